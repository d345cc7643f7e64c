package testkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/evidence"
	"shouwang/internal/example"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Open opens a case of a procedure for a household with a complete form, changed
// by the given answers.
func (w *World) Open(proc string, h *models.Household, actor activities.Actor, answers ...map[string]any) *models.Case {
	w.T.Helper()
	c, err := w.TryOpen(w.Key(), proc, h, actor, answers...)
	require.NoError(w.T, err)
	return w.Case(c.ID)
}

// TryOpen is Open with a key of the caller's, for what may be refused.
func (w *World) TryOpen(key, proc string, h *models.Household, actor activities.Actor, answers ...map[string]any) (*models.Case, error) {
	w.T.Helper()
	d, ok := procedure.Latest(proc)
	require.True(w.T, ok, proc)
	form := example.Opening(d, w.Setting(&models.Case{HouseholdID: h.ID, RegionCode: h.RegionCode}))
	delete(form, "papers") // a case that is not open has no attachments yet
	w.alter(d.Opening.Form, form)
	for _, a := range answers {
		merge(form, a)
	}
	c, err := w.Engine.OpenCase(context.Background(), activities.OpenRequest{Key: key, Procedure: proc, HouseholdID: h.ID, Actor: actor, Form: form})
	if err == nil {
		w.deliver()
	}
	return c, err
}

// merge puts answers into a form; nil takes one out.
func merge(form, answers map[string]any) {
	for k, v := range answers {
		if v == nil {
			delete(form, k)
			continue
		}
		form[k] = v
	}
}

// Setting is what the forms of a case refer to. Files are attached on demand, one
// for each field.
func (w *World) Setting(c *models.Case) example.Setting {
	w.T.Helper()
	var rows []models.PolicyRow // and not by the engine, whose clock some tests break
	err := w.Store.DB.Find(&rows).Error
	require.NoError(w.T, err)
	inForce := policy.Resolve(activities.PolicyRows(rows), villageOf(c), w.Now())
	s := example.Setting{Now: w.Now(), Village: villageOf(c), VillageName: "上坪村", Group: "一组", HeadName: "田禾", Population: 4,
		Policy: inForce, File: func(field string) string { return w.File(c.ID, field) }}
	s.Account = func(r procedure.Role) string { return w.Nth(r, villageOf(c), 0).UserID }
	s.Twin = func(name string) string { return w.twin(c, name) }
	err = w.Store.DB.Model(&models.Person{}).Where("household_id = ?", c.HouseholdID).Order("ord").Pluck("id", &s.People).Error
	require.NoError(w.T, err)
	return s
}

// File is an attachment of a case of some kind, made when there is none.
func (w *World) File(caseID, kind string) string {
	w.T.Helper()
	if caseID == "" {
		return "no-case"
	}
	var a models.Attachment
	err := w.Store.DB.Where("case_id = ? AND kind = ?", caseID, kind).Order("id").Take(&a).Error
	if models.Missing(err) {
		return w.Attach(caseID, kind)
	}
	require.NoError(w.T, err)
	return a.ID
}

// FileHash is the hash of a file that Attach has attached: its bytes are its id.
func FileHash(id string) string { return evidence.Digest([]byte(id)) }

// Attach attaches a new file of some kind and returns its id.
func (w *World) Attach(caseID, kind string) string {
	w.T.Helper()
	id := models.NewID()
	a := models.Attachment{ID: id, CaseID: caseID, Kind: kind, Name: kind + ".jpg", MIME: "image/jpeg", Size: 3, SHA256: FileHash(id), Class: procedure.P3}
	_, err := w.Engine.Attach(context.Background(), a, w.Key(), w.Actor(procedure.VillageCadre))
	require.NoError(w.T, err)
	return id
}

// Form is a complete, valid form for an event of a case.
func (w *World) Form(c *models.Case, event string, answers ...map[string]any) map[string]any {
	w.T.Helper()
	form := w.answers(c, event)
	if e, ok := w.Definition(c).Event(event); ok {
		w.alter(e.Form, form)
	}
	for _, a := range answers {
		merge(form, a)
	}
	return form
}

func (w *World) alter(fields []procedure.Field, form map[string]any) {
	if w.Alter != nil {
		w.Alter(fields, form)
	}
}

// answers are those to the form of an event, or to the forms that the case was opened with.
func (w *World) answers(c *models.Case, event string) map[string]any {
	w.T.Helper()
	d := w.Definition(c)
	var keys []string
	if ev, ok := d.Event(event); ok && c.Facts.Value("sheets", &keys) {
		fields, err := activities.EventFields(c, ev)
		require.NoError(w.T, err)
		if !slices.EqualFunc(fields, ev.Form, func(a, b procedure.Field) bool { return a.Code == b.Code }) {
			return example.Fields(strings.Join(keys, ","), fields, w.Setting(c))
		}
	}
	return example.Form(d, event, w.Setting(c))
}

// Definition is the definition a case runs on.
func (w *World) Definition(c *models.Case) *procedure.Definition {
	w.T.Helper()
	d, ok := procedure.Lookup(c.Procedure, c.Version)
	require.True(w.T, ok)
	return d
}

// Case reads a case.
func (w *World) Case(id string) *models.Case {
	w.T.Helper()
	c, err := w.Engine.Case(context.Background(), id)
	require.NoError(w.T, err)
	return c
}

// State is where a case stands.
func (w *World) State(id string) procedure.State {
	w.T.Helper()
	return w.Case(id).State
}

// Children are the cases of a procedure that a case has opened, oldest first.
func (w *World) Children(id, proc string) []models.Case {
	w.T.Helper()
	var out []models.Case
	require.NoError(w.T, w.Store.DB.Where("parent_id = ? AND procedure = ?", id, proc).Order("id").Find(&out).Error)
	return out
}

// Last is the youngest of Children.
func (w *World) Last(id, proc string) *models.Case {
	w.T.Helper()
	list := w.Children(id, proc)
	require.NotEmpty(w.T, list, "%s has no %s", id, proc)
	return &list[len(list)-1]
}

// Try fires an event with a complete form, changed by the given answers, and
// delivers what follows from it.
func (w *World) Try(caseID, event string, actor activities.Actor, answers ...map[string]any) (activities.Reply, error) {
	w.T.Helper()
	c := w.Case(caseID)
	r := w.Request(c, event, actor, answers...)
	return w.Send(r)
}

// Request is an event as a person would send it now.
func (w *World) Request(c *models.Case, event string, actor activities.Actor, answers ...map[string]any) activities.FireRequest {
	w.T.Helper()
	form := w.Form(c, event, answers...)
	return activities.FireRequest{CaseID: c.ID, Event: event, Key: w.Key(), ExpectedSeq: w.Case(c.ID).Seq, Actor: actor, Form: form}
}

// Send takes a request the way the server does, with the workflow left out:
// staged, checked, committed, delivered.
func (w *World) Send(r activities.FireRequest) (activities.Reply, error) {
	reply, err := w.SendAlone(r)
	if err == nil {
		w.deliver()
	}
	return reply, err
}

// SendAlone is Send without delivering what follows; it may be called from many
// goroutines.
func (w *World) SendAlone(r activities.FireRequest) (activities.Reply, error) {
	ctx := context.Background()
	submission, err := w.Engine.Stage(ctx, r)
	if err != nil {
		return activities.Reply{}, err
	}
	if reply, ok, err := w.Engine.Done(ctx, r.CaseID, r.Key); err != nil || ok {
		return reply, err
	}
	if err := w.Engine.Precheck(ctx, r); err != nil {
		return activities.Reply{}, errors.Join(err, w.Engine.Unstage(ctx, submission))
	}
	out, err := w.Engine.Commit(ctx, activities.CommitRequest{CaseID: r.CaseID, Event: r.Event, Key: r.Key, ExpectedSeq: r.ExpectedSeq, Actor: r.Actor, SubmissionID: submission})
	return out.Reply, err
}

// Fire is Try that must succeed.
func (w *World) Fire(caseID, event string, actor activities.Actor, answers ...map[string]any) activities.Reply {
	w.T.Helper()
	reply, err := w.Try(caseID, event, actor, answers...)
	require.NoError(w.T, err, "%s as %s", event, actor.Role)
	return reply
}

// Endorse signs under an event.
func (w *World) Endorse(caseID, event string, actor activities.Actor) {
	w.T.Helper()
	_, err := w.Engine.Endorse(context.Background(), caseID, event, w.Key(), activities.AnySeq, []activities.Actor{actor})
	require.NoError(w.T, err, "%s signs %s", actor.Role, event)
}

// Refused is the refusal that err must be.
func (w *World) Refused(err error, kind procedure.RefusalKind, code string) *procedure.Refusal {
	w.T.Helper()
	var r *procedure.Refusal
	require.ErrorAs(w.T, err, &r)
	require.Equal(w.T, kind, r.Kind, r.Error())
	if r.Code != code && !slices.ContainsFunc(r.Faults, func(f procedure.FieldFault) bool { return f.Code == code }) {
		require.Fail(w.T, "another refusal", "%s, want %s", r.Error(), code)
	}
	return r
}

func (w *World) deliver() {
	if !w.Hold {
		w.Deliver()
	}
}

// Deliver passes on what cases have asked of each other, as the workflows do,
// until nothing is left.
func (w *World) Deliver() {
	w.T.Helper()
	for range 1000 {
		var o models.Outbox
		q := w.Store.DB.Where("done_at IS NULL")
		if w.still != "" {
			q = q.Where("NOT (kind = 'tell' AND case_id = target_id AND target_id IN (SELECT id FROM cases WHERE procedure = ?))", w.still)
		}
		err := q.Order("id").Take(&o).Error
		if models.Missing(err) {
			return
		}
		require.NoError(w.T, err)
		w.pass(o)
	}
	require.Fail(w.T, "the cases never stop telling each other")
}

func (w *World) pass(o models.Outbox) {
	w.T.Helper()
	ctx := context.Background()
	target := w.Case(o.TargetID)
	if o.Kind == "start" {
		_, err := w.Engine.Load(ctx, o.TargetID, "run-"+o.TargetID)
		require.NoError(w.T, err)
		return
	}
	acts := activities.Activities{Engine: w.Engine}
	if target.ClosedAt != nil { // its workflow is gone
		require.NoError(w.T, acts.Undelivered(ctx, o.ID))
		return
	}
	if o.Kind == "nudge" {
		require.NoError(w.T, acts.Dispose(ctx, o.ID, ""))
		w.Wake(o.TargetID)
		return
	}
	actor := activities.ByProcedure
	if e, ok := w.Definition(target).Event(o.Event); ok && slices.Contains(e.Roles, procedure.System) {
		actor = activities.BySystem
	}
	_, err := w.Engine.Commit(ctx, activities.CommitRequest{CaseID: o.TargetID, Event: o.Event, Key: "tell:" + o.ID, ExpectedSeq: activities.AnySeq, Actor: actor, OutboxID: o.ID})
	var no *procedure.Refusal
	if errors.As(err, &no) {
		require.NoError(w.T, acts.Dispose(ctx, o.ID, no.Code))
		return
	}
	require.NoError(w.T, err)
}

// Advance lets days pass: every open case is woken at each of its moments, in
// order, and what the timer may fire is fired.
func (w *World) Advance(days int) { w.AdvanceTo(w.Now().AddDate(0, 0, days)) }

// AdvanceTo lets time pass until a moment.
func (w *World) AdvanceTo(until time.Time) {
	w.T.Helper()
	for range 10000 {
		var c models.Case
		err := w.Store.DB.Where("closed_at IS NULL AND wake_at <= ?", until.UTC()).Order("wake_at, id").Take(&c).Error
		if models.Missing(err) {
			w.SetNow(until)
			return
		}
		require.NoError(w.T, err)
		if c.WakeAt.After(w.Now()) {
			w.SetNow(*c.WakeAt)
		}
		w.Wake(c.ID)
		if next := w.Case(c.ID).WakeAt; next != nil {
			require.True(w.T, next.After(w.Now()), "%s would wake for ever at %s", c.Procedure, next)
		}
	}
	require.Fail(w.T, "the clocks never come to rest")
}

// Skip lets time pass for one case alone; all others are woken late, as after a
// long stop. While messages are held the case is not woken either.
func (w *World) Skip(caseID string, until time.Time) {
	w.T.Helper()
	w.SetNow(until)
	if !w.Hold {
		w.Wake(caseID)
	}
}

// Wake looks at the clocks of a case, as its timer or a nudge does.
func (w *World) Wake(caseID string) activities.Woken {
	w.T.Helper()
	woken, err := w.Engine.Wake(context.Background(), caseID)
	require.NoError(w.T, err)
	step := w.Case(caseID).Step
	for _, event := range woken.Fire {
		r := activities.CommitRequest{CaseID: caseID, Event: event, Key: fmt.Sprintf("timer:%s:%d", event, step), ExpectedSeq: activities.AnySeq, Actor: activities.ByTimer}
		out, err := w.Engine.Commit(context.Background(), r)
		var no *procedure.Refusal
		if errors.As(err, &no) {
			continue
		}
		require.NoError(w.T, err)
		if out.Reply.Step != step {
			break
		}
	}
	w.deliver()
	return woken
}
