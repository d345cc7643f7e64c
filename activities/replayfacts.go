package activities

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"shouwang/models"
	"shouwang/procedure"
)

// rewritten are answers that a later act may change without asking for them again, so
// that the last answer does not tell what the fact should be.
var rewritten = []string{"due_kind"}

// refold tells the facts of a case again from its acts: answers, who, how often, when.
// Facts that were inherited or computed stand for themselves. Seen is the number of the
// act that last said something of an event or an answer.
type refold struct {
	facts  models.Facts
	titles map[string]string
	seen   map[string]int
}

// factsFault compares the facts of a case with those of its acts, whose forms are
// given, and names the first that differs.
func factsFault(c *models.Case, events []models.CaseEvent, forms [][]byte) *BadRecord {
	r := refold{facts: models.Facts{Count: map[string]int{}, At: map[string]time.Time{}}, titles: map[string]string{}, seen: map[string]int{}}
	if d, ok := procedure.Lookup(c.Procedure, c.Version); ok {
		for _, e := range d.Events {
			r.titles["event:"+e.Code] = e.Title
		}
	}
	for i := range events {
		if ev := &events[i]; ev.Kind == "open" || ev.Kind == "event" {
			r.add(ev, events[:i], forms[i])
		}
	}
	what, by := r.differs(&c.Facts)
	if what == "" {
		return nil
	}
	return &BadRecord{CaseID: c.ID, No: c.No, Seq: cmp.Or(r.seen[by], len(events)), Fault: what + "与办理记录不符"}
}

func (r *refold) add(ev *models.CaseEvent, before []models.CaseEvent, form []byte) {
	d, ok := procedure.Lookup(procedureOf(ev, before), ev.Version)
	if !ok {
		return
	}
	fields := d.Opening.Form
	if ev.Kind == "event" {
		e, _ := d.Event(ev.Event)
		fields = e.Form
		r.who(ev, before, e)
	}
	var answers map[string]any
	erased := form == nil
	_ = json.Unmarshal(form, &answers) // its hash holds: we wrote it
	for _, f := range fields {
		if v, given := answers[f.Code]; f.Fact && (erased || given && v != nil) {
			r.titles[f.Code], r.seen[f.Code] = f.Title, ev.Seq
		}
		if f.Fact && erased { // nobody knows it any more
			delete(r.facts.Values, f.Code)
		}
	}
	_ = learn(&r.facts, fields, answers) // came as JSON, goes as JSON
}

// procedureOf is the procedure of a case, which its first act names.
func procedureOf(ev *models.CaseEvent, before []models.CaseEvent) string {
	if len(before) == 0 {
		return ev.Event
	}
	return before[0].Event
}

// who notes the actor of an event and those who had signed it at that step.
func (r *refold) who(ev *models.CaseEvent, before []models.CaseEvent, e *procedure.Event) {
	r.seen["event:"+ev.Event] = ev.Seq
	rememberWho(&r.facts, ev.Event, Actor{UserID: ev.ActorID, ForID: ev.ForID})
	for i := range before {
		if s := &before[i]; len(e.Signers) > 0 && s.Kind == "endorse" && s.Event == ev.Event && s.Step == ev.Step-1 {
			rememberWho(&r.facts, ev.Event, Actor{UserID: s.ActorID, ForID: s.ForID})
		}
	}
	r.facts.Count[ev.Event]++
	r.facts.At[ev.Event] = ev.At
}

// differs names the first fact that is not as the acts tell it, and whose act it was.
func (r *refold) differs(has *models.Facts) (what, by string) {
	for _, code := range sortedKeys(r.facts.Values) {
		if !slices.Contains(rewritten, code) && !sameJSON(r.facts.Values[code], has.Values[code]) {
			return fmt.Sprintf("“%s”", r.titles[code]), code
		}
	}
	for _, event := range r.events(has) {
		title, key := fmt.Sprintf("“%s”的办理", r.titles["event:"+event]), "event:"+event
		switch {
		case r.facts.Count[event] != has.Count[event]:
			return title + "次数", key
		case !r.facts.At[event].Equal(has.At[event]):
			return title + "时间", key
		case !slices.Equal(r.facts.By[event], has.By[event]) || !slices.Equal(r.facts.Hands[event], has.Hands[event]):
			return title + "人", key
		}
	}
	return "", ""
}

// events are those that either side knows.
func (r *refold) events(has *models.Facts) []string {
	all := maps.Clone(r.facts.Count)
	maps.Copy(all, has.Count)
	for _, people := range []map[string][]string{has.By, has.Hands} {
		for event := range people {
			all[event] = 0
		}
	}
	return sortedKeys(all)
}

// sameJSON compares two values as JSON: a database may have written one anew.
func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
