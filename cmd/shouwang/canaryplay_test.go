package main

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/casetime"
	"shouwang/internal/demo"
	"shouwang/internal/story"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/worker"
)

// every is a server on which each event of each procedure that asks for anything of class P2 or higher is fired over HTTP,
// through its workflow, with a canary in every answer that can hold one.
type every struct {
	*aviary
	w       *testkit.World
	clients map[string]*story.Client
	hash    string
	fired   map[string]int // by procedure
	bare    []string       // events that were fired without numbers: these must agree with each other
}

// playEvery plays all procedures on a server of its own.
func playEvery(t *testing.T, db databases) *every {
	t.Helper()
	v := &every{aviary: newServer(t, db, nil), clients: map[string]*story.Client{}, hash: api.HashPassword(demo.Password), fired: map[string]int{}}
	v.w = testkit.NewWorld(t, v.app.engine.Store)
	v.app.engine.Clock = &casetime.Clock{Real: v.w.Now}
	v.w.Engine = v.app.engine
	v.w.Alter = func(fields []procedure.Field, form map[string]any) { v.plant(fields, form, false) }
	w := worker.New(v.app.client, v.app.engine)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	v.listen()
	for _, d := range procedure.All {
		if latest, _ := procedure.Latest(d.Name); latest != d {
			continue // an older version asks for nothing that the latest does not
		}
		for i := range d.Events {
			if e := &d.Events[i]; asked(e) {
				v.step(d, e)
			}
		}
	}
	require.NoError(t, story.Anonymous(v.base).Get(t.Context(), "/public/villages/"+testkit.Village+"/notices", nil, nil))
	v.app.cases.Drain()
	// What the test's own world has called runs is known to no Temporal.
	require.NoError(t, v.app.engine.Store.DB.Where("run_id LIKE ?", "run-%").Delete(&models.WorkflowRun{}).Error)
	require.NoError(t, v.app.cases.Archive(t.Context()))
	return v
}

// personal reports whether a form asks for anything of class P2 or higher.
func personal(fields []procedure.Field) bool {
	return slices.ContainsFunc(fields, func(f procedure.Field) bool { return f.Class >= procedure.P2 || personal(f.Columns) })
}

// asked reports whether people are asked for personal data when they fire an event.
func asked(e *procedure.Event) bool {
	return personal(e.Form) && slices.ContainsFunc(e.Roles, procedure.Role.Human)
}

// step fires one event on a case of its own.
func (v *every) step(d *procedure.Definition, e *procedure.Event) {
	t, w := v.t, v.w
	t.Helper()
	w.Hold = false
	c := w.Reach(d.Name, e.From[0])
	w.Hold = true
	defer func() { w.Hold = false }()
	w.Need(c, e.Code)
	c = w.Case(c.ID)
	actor := w.Doer(c, e)
	w.Sign(c, e, actor)
	form := w.Form(c, e.Code)
	v.plant(e.Form, form, true)
	err := v.fire(c.ID, e.Code, actor, form)
	var p *story.Problem
	var no *procedure.Refusal
	if errors.As(err, &p) && p.Status == http.StatusUnprocessableEntity || errors.As(err, &no) && no.Kind == procedure.Invalid {
		v.bare = append(v.bare, d.Name+"."+e.Code)
		alter := w.Alter
		w.Alter = nil
		err = v.fire(c.ID, e.Code, actor, w.Form(c, e.Code))
		w.Alter = alter
	}
	if err != nil {
		t.Errorf("%s.%s as %s: %v", d.Name, e.Code, actor.Role, err)
		return
	}
	v.fired[d.Name]++
}

// fire sends an event over HTTP, or as the server would for those whom it does not let
// in: the public, families, and a surveyor who was given no task.
func (v *every) fire(id, event string, actor activities.Actor, form map[string]any) error {
	ctx, seq := v.t.Context(), v.w.Case(id).Seq
	if c := v.clientOf(actor); c != nil {
		err := c.Post(ctx, "/cases/"+id+"/events", models.NewID(), map[string]any{"event": event, "expected_seq": seq, "form": form}, nil)
		var p *story.Problem
		if !errors.As(err, &p) || p.Status != http.StatusNotFound {
			return err
		}
	}
	_, err := v.app.cases.Fire(ctx, activities.FireRequest{CaseID: id, Event: event, Key: models.NewID(), ExpectedSeq: seq, Actor: actor, Form: form})
	return err
}

// clientOf signs somebody in, whose account gets the password of all others for it; nil for whom there is no signing in.
func (v *every) clientOf(a activities.Actor) *story.Client {
	t := v.t
	t.Helper()
	if def, _ := procedure.RoleOf(a.Role); a.Role == procedure.Public || a.Role == procedure.Objector || def.Level == procedure.LevelHousehold {
		return nil
	}
	if c := v.clients[a.UserID]; c != nil {
		return c
	}
	var u models.User
	require.NoError(t, v.app.engine.Store.DB.Where("id = ?", a.UserID).Take(&u).Error)
	require.NoError(t, v.app.engine.Store.DB.Model(&u).Update("password_hash", v.hash).Error)
	c, err := story.SignIn(t.Context(), v.base, u.Login, demo.Password)
	require.NoError(t, err)
	v.clients[a.UserID] = c
	return c
}

// TestCanaryEveryProcedure plays every step of every procedure that asks for personal data, with canaries in all answers, and
// looks for them wherever they must not be.
func TestCanaryEveryProcedure(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		v := playEvery(t, databasesOf(t, dialect))
		steps := 0
		for _, d := range procedure.All {
			if latest, _ := procedure.Latest(d.Name); latest == d && asks(d) {
				require.Positive(t, v.fired[d.Name], "%s was played", d.Name)
			}
			steps += v.fired[d.Name]
		}
		for _, kind := range []procedure.Kind{procedure.Text, procedure.Long, procedure.Number, procedure.Money} {
			require.Positive(t, v.planted[string(kind)], "canaries of kind %s", kind)
		}
		require.LessOrEqual(t, len(v.bare), 5, "steps that take no canary, because their answers must agree: %v", v.bare)
		s := v.search()
		v.none(s)
		report(v.planted, s)
	})
}

// asks reports whether people are asked for personal data in a procedure.
func asks(d *procedure.Definition) bool {
	return slices.ContainsFunc(d.Events, func(e procedure.Event) bool { return asked(&e) })
}
