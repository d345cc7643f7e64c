package api

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// toldOf begins to collect what is told to a person: what acts and forms say of him and his households, those he has left too, by
// field, as it was filled in last, with its class and where it comes from. Of rows about other members nothing is told, their
// names do not stand in texts, and neither does anything about who has complained (P5).
func (s *server) toldOf(ctx context.Context, p *models.Person, homes []home) (*telling, error) {
	told, ids := &telling{own: p.ID}, []string{}
	for _, x := range homes {
		ids = append(ids, x.id)
	}
	var members []models.Person
	if err := s.db(ctx).Where("household_id IN ? AND id <> ?", ids, p.ID).Find(&members).Error; err != nil {
		return nil, err
	}
	for i := range members {
		secret, err := members[i].Secret(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		for _, word := range []string{members[i].ID, secret.IDNo, members[i].Name} {
			if len(word) > 1 && word != p.Name {
				told.others = append(told.others, word)
			}
		}
	}
	return told, nil
}

// valuesOfRecord tells what a form said when he was last in the household.
func (s *server) valuesOfRecord(ctx context.Context, r *models.FormRecord, x *home, told *telling) error {
	f, snapshot, given, _, err := s.engine.ReadRecord(ctx, r)
	if err != nil {
		return err
	}
	at := r.UpdatedAt
	if !x.holds(at) {
		var then models.FormRecordAct
		if err := x.within(s.db(ctx), "at").Where("record_id = ?", r.ID).Order("row_version DESC").Take(&then).Error; err != nil {
			return err
		}
		if given, _, err = then.Open(s.engine.Store.Vault); err != nil {
			return err
		}
		at = then.At
	}
	told.add(answers(told.fields(f.Written(), given), told.form(given), sightWhole, false, snapshot), x.source("表册："+f.Title), "", at)
	return nil
}

func (s *server) valuesOfCase(ctx context.Context, c *models.Case, x *home, told *telling) error {
	h := &history{c: c, d: definitionOf(c), see: sightWhole}
	var err error
	if h.policy, err = s.engine.Snapshot(s.db(ctx), c.PolicyHash); err != nil {
		return err
	}
	if h.events, err = s.engine.Events(ctx, c.ID); err != nil {
		return err
	}
	for i := range h.events {
		form, err := s.engine.Payload(&h.events[i])
		if err != nil {
			return err
		}
		h.forms = append(h.forms, form)
	}
	if h.names, err = s.mentioned(ctx, c, h.see, h.forms...); err != nil {
		return err
	}
	for i := range h.events {
		ev := &h.events[i]
		if !x.holds(ev.At) {
			continue
		}
		fields := told.fields(h.names.in(h.fields(ev)), h.forms[i])
		told.add(answers(fields, told.form(h.forms[i]), h.see, false, h.policy), x.source(procedureTitle(c.Procedure)+" "+c.No+"："+h.title(ev)), c.ID+ev.Kind+ev.Event, ev.At)
	}
	return nil
}

// telling collects what is told to a person.
type telling struct {
	own    string
	others []string // what names other members of the household
	out    []gen.PersonValue
	keys   []string
}

// fields are those that are told at all.
func (t *telling) fields(list []procedure.Field, form map[string]any) []procedure.Field {
	return slices.DeleteFunc(slices.Clone(list), func(f procedure.Field) bool {
		id, _ := form[f.Code].(string)
		return f.Class == procedure.P5 || f.Kind == procedure.Files || slices.Contains(t.others, id)
	})
}

// form is one without the rows about others.
func (t *telling) form(form map[string]any) map[string]any {
	out := map[string]any{}
	for code, v := range form {
		if rows, ok := v.([]any); ok {
			v = slices.DeleteFunc(slices.Clone(rows), func(row any) bool {
				raw, _ := json.Marshal(row) // was JSON before
				if of, _ := row.(map[string]any); of["person_id"] != nil && of["person_id"] != t.own {
					return true
				}
				return !bytes.Contains(raw, []byte(t.own)) && slices.ContainsFunc(t.others, func(w string) bool { return bytes.Contains(raw, []byte(w)) })
			})
		}
		out[code] = v
	}
	return out
}

// add takes answers over; one that is given again takes the place of the one before.
func (t *telling) add(list []gen.Answer, source, key string, at time.Time) {
	for _, a := range list {
		text := a.Text
		for _, w := range t.others {
			text = strings.ReplaceAll(text, w, "（其他成员）")
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		v := gen.PersonValue{Source: source, Title: a.Title, Text: text, Class: a.Class, At: at}
		k := key + "/" + source + "/" + a.Code
		if i := slices.Index(t.keys, k); i >= 0 {
			t.out[i] = v
			continue
		}
		t.keys, t.out = append(t.keys, k), append(t.out, v)
	}
}
