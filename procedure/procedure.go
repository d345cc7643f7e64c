// Package procedure holds the procedures as data: for each of them its states,
// events, roles, forms, guards, clocks and effects. The engine, the API, the
// flow chart, the documentation and the static checker read the same values.
// It imports no Temporal, web or database package.
package procedure

import (
	"fmt"
	"slices"
)

// State is the code of a state, English snake_case.
type State string

// Mode says who drives the cases of a procedure.
type Mode string

// A Durable case has a workflow of its own, which receives events and owns the
// timers. An Inline case owns no timers; its events are committed directly.
const (
	Durable Mode = "durable"
	Inline  Mode = "inline"
)

// Definition is one version of one procedure. Once cases run on a version its
// edges never change; titles, roles, guards, forms and further events may.
type Definition struct {
	Name    string
	Version int
	Title   string
	// Prefix begins the numbers of the cases, such as RD20260105-….
	Prefix  string
	Mode    Mode
	Initial State
	States  []StateDef
	Events  []Event
	Clocks  []Clock
	Opening Opening
	// QuietWithParent takes a case out of all inboxes and stops its reminders once the case that opened it
	// has ended: nobody waits for its result any more.
	QuietWithParent bool
	// OnePerHousehold refuses a second open case of this procedure for one household.
	OnePerHousehold bool
	// About says what its cases are about: a household unless said otherwise.
	About About
	// Brief is the fact that lists show beside the title, "" for none: it tells cases of
	// one place apart.
	Brief string
}

// About says what a case is about.
type About string

// A case is about one household, about a village, township or county, or, as a
// problem to be rectified, about either.
const (
	AboutHousehold About = ""
	AboutRegion    About = "region"
	AboutEither    About = "either"
)

// StateDef describes one state.
type StateDef struct {
	Code  State
	Title string
	Final bool
	// Todo names the roles in whose inbox a case waits while it is here; where TodoIf names
	// a guard for a role, only while that holds.
	Todo   []Role
	TodoIf map[Role]string
}

// Opening says who may open a case by hand, with which form, and what follows.
// Without roles a case is opened by other procedures only.
type Opening struct {
	Roles  []Role
	Form   []Field
	Guards []Guard
	// Derive names computations that set facts of the new case.
	Derive  []string
	Effects []Effect
}

// Event moves a case from any of From to To. To equal to the present state, or
// Stay, leaves the state as it is.
type Event struct {
	Code  string
	Title string
	From  []State
	To    State
	// Former lists states the case returns to instead of To when it was in one
	// of them before (household status, 2.17).
	Former []State
	// Roles of which the actor must hold one.
	Roles []Role
	// Proxies may record the act for somebody who has no account, such as a
	// farmer signing on paper. The record then names the proxy and says that it was
	// on behalf; for whom, the form says.
	Proxies []Role
	// Signers are further persons who must have signed before the event is fired.
	Signers []Signer
	// NotBy lists events whose actors and signers may not fire or sign this one
	// (separation of duties, 2.0 #5).
	NotBy  []string
	Form   []Field
	Guards []Guard
	// Derive names computations that set facts of the case, before its clocks move.
	Derive  []string
	Effects []Effect
	// Sheet names the computation that fills in the form of an act by rule, such as
	// the conditions it has tested.
	Sheet string
	// Copies are the roles that are told of the act without having to act themselves (抄送).
	Copies []Role
	// Return marks 退回: it carries a reason and counts.
	Return bool
	// Correction marks the one later corrective event of an end: a new run on
	// the same record.
	Correction bool
	// Decides marks a judgement of one person about what others have brought, so that one made at once is noticed (5.7).
	// What others must sign, or keep away from, is one without saying so: see Decision.
	Decides  bool
	Document string
}

// Decision reports whether an event is a judgement: one that is marked, or that others have to sign or to keep away from.
func (e *Event) Decision() bool { return e.Decides || len(e.NotBy) > 0 || len(e.Signers) > 0 }

// Signer asks for Min further persons holding one of Roles; MinKey, when set,
// is the policy key that gives the number of all persons, the actor included.
type Signer struct {
	Title  string
	Roles  []Role
	Min    int
	MinKey string
	// Dept is the department that must sign. Signers with a department sign in the
	// order in which they are listed; the case goes from one to the next.
	Dept string
	// When asks for the signature only where a fact of the case has one of these values.
	When *When
}

// Guard is a named condition on facts, with an argument that some guards take.
type Guard struct {
	Name string
	Arg  string
}

// Clock is a time limit that runs while a case is in one of In. Entering In
// from outside starts it anew; leaving In stops it.
type Clock struct {
	Code  string
	Title string
	In    []State
	// Budget is the policy key of the number of days.
	Budget string
	// Until, in place of a budget, is the fact that holds the last day,
	// "2006-01-02". Without that fact the clock does not run; when the fact changes,
	// as by an extension, it starts anew.
	Until string
	// Anchor is the fact that holds the moment the count starts from; empty
	// means the moment the clock starts.
	Anchor string
	// AnchorKey is the policy key that may say to count from the opening of the
	// case instead ("case.accepted_at").
	AnchorKey string
	// Pause lists states of In whose days are added to the limit.
	Pause []State
	// Ladder is the policy name of the reminder ladder.
	Ladder string
	// Fires lists events tried in order, as the timer, once the limit is over.
	Fires []string
	// Todo names the roles in whose inbox a case waits while this clock runs, beside
	// those of its state.
	Todo []Role
	// Owed, in place of those who act in the state, names who is reminded: the holders of
	// its roles in each village that has not met Item, a cut-off of a campaign.
	Owed *Owed
	// OnRung names, by the action of a rung, the hook that writes the record which goes
	// with it, such as a 督办通知.
	OnRung map[string]string
}

// Owed is something that the villages of a campaign owe by a day.
type Owed struct {
	Item  string
	Roles []Role
}

// EffectKind says what an effect does.
type EffectKind string

// Effects run in the same transaction as their event, except that a message to
// another durable case is delivered by the workflow.
const (
	OpenCase     EffectKind = "open"     // open a case of Procedure
	Tell         EffectKind = "tell"     // fire Event on To
	SetHousehold EffectKind = "status"   // fire Event on the household's status
	Publish      EffectKind = "publish"  // put the drafted sheet on the public page
	TakeDown     EffectKind = "takedown" // remove it from there
	Prolong      EffectKind = "prolong"  // show its new last day there
	MoveCase     EffectKind = "move"     // the case now belongs to the village in fact target_village
	RunHook      EffectKind = "hook"     // write the records that Hook names, such as an episode
)

// Targets of Tell and OpenCase.
const (
	ToParent    = "parent"    // the case that opened this one
	ToSelf      = "self"      // this case
	ToChildren  = "children"  // open cases of Procedure opened by this one
	ToHousehold = "household" // open cases of Procedure about the same household
)

// Effect is a consequence of an event.
type Effect struct {
	Kind      EffectKind
	Procedure string
	Event     string
	To        string
	// Each names a policy list; one case is opened for every entry.
	Each string
	// Rows names a table of the form; one case is opened for every row, which takes
	// the row's answers for its facts and its "dept" for its department.
	Rows string
	// RowsOf names the event whose last form has that table, when it is not this one.
	RowsOf string
	// Count is a policy key; so many cases are opened, with the fact "no" from 1 on.
	Count string
	// Hook is the name of what RunHook does.
	Hook string
	// If names a guard; the effect takes place only when it holds.
	If Guard
}

// Key identifies a definition, as in "identification@1".
func (d *Definition) Key() string { return fmt.Sprintf("%s@%d", d.Name, d.Version) }

// State returns the description of s.
func (d *Definition) State(s State) (StateDef, bool) {
	i := slices.IndexFunc(d.States, func(x StateDef) bool { return x.Code == s })
	if i < 0 {
		return StateDef{}, false
	}
	return d.States[i], true
}

// Final reports whether s is an end.
func (d *Definition) Final(s State) bool {
	st, ok := d.State(s)
	return ok && st.Final
}

// Event returns the event with the given code, in whatever state.
func (d *Definition) Event(code string) (*Event, bool) {
	i := slices.IndexFunc(d.Events, func(e Event) bool { return e.Code == code })
	if i < 0 {
		return nil, false
	}
	return &d.Events[i], true
}

// EventFrom returns the event code as it may be fired in state s.
func (d *Definition) EventFrom(code string, s State) (*Event, bool) {
	e, ok := d.Event(code)
	if !ok || !slices.Contains(e.From, s) {
		return nil, false
	}
	return e, true
}

// Stay as the target of an event leaves the case in whichever state it is.
const Stay State = "="

// Target is the state that e leads to from a state, for a case that was in former
// before that.
func (e *Event) Target(from, former State) State {
	if slices.Contains(e.Former, former) {
		return former
	}
	return e.next(from)
}

// Targets are all states that e may lead to from a state.
func (e *Event) Targets(from State) []State { return append([]State{e.next(from)}, e.Former...) }

func (e *Event) next(from State) State {
	if e.To == Stay {
		return from
	}
	return e.To
}

// Open lists the states that are not ends.
func (d *Definition) Open() []State {
	var out []State
	for _, s := range d.States {
		if !s.Final {
			out = append(out, s.Code)
		}
	}
	return out
}
