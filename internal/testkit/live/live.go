// Package live drives the cases of a testkit.World through real workflows on a
// real Temporal server, for tests and measurements.
package live

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/example"
	"shouwang/internal/stack"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/worker"
)

// Quiet is a logger for tests.
var Quiet = slog.New(slog.DiscardHandler)

// patience bounds every wait of a test.
const patience = 60 * time.Second

// World is a county whose cases run as workflows.
type World struct {
	*testkit.World
	Temporal *stack.Stack
	Client   client.Client
	Cases    *worker.Cases
	worker   sdkworker.Worker
}

// Temporal starts a server of the test's own, in a SQLite file or, given a
// postgres:// URL, in that database. Changes may ask for more of it.
func Temporal(t testing.TB, db string, changes ...func(*stack.Options)) *stack.Stack {
	t.Helper()
	if db == "" {
		db = filepath.Join(t.TempDir(), "temporal.db")
	}
	o := stack.Options{DB: db, Logger: Quiet}
	for _, change := range changes {
		change(&o)
	}
	s, err := stack.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

// New makes a county in an empty, migrated store and works on its cases. A day
// of case time takes the given real time; 0 is the real clock.
func New(t testing.TB, s *models.Store, temporal *stack.Stack, day time.Duration) *World {
	t.Helper()
	var clock casetime.Drill
	if day != 0 {
		clock = casetime.Drill{Case: testkit.Start, Rate: float64(24*time.Hour) / float64(day)}
	}
	return NewAt(t, s, temporal, clock)
}

// NewAt is New with a clock of the caller's; without a real moment it starts now.
func NewAt(t testing.TB, s *models.Store, temporal *stack.Stack, clock casetime.Drill, options ...func(*client.Options)) *World {
	t.Helper()
	w := &World{World: testkit.NewWorld(t, s), Temporal: temporal}
	w.Hold = true
	if clock.Rate != 0 && clock.Real.IsZero() {
		clock.Real = time.Now()
	}
	w.Engine.Clock = &casetime.Clock{Drill: clock}
	w.Client = Dial(t, temporal, options...)
	w.Cases = &worker.Cases{Client: w.Client, Engine: w.Engine}
	w.Work()
	t.Cleanup(w.Rest)
	t.Cleanup(w.Cases.Drain)
	return w
}

// Dial connects to a server until the test ends.
func Dial(t testing.TB, s *stack.Stack, options ...func(*client.Options)) client.Client {
	t.Helper()
	c, err := worker.Dial(s.Address, s.Namespace, Quiet, options...)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// Work starts the worker.
func (w *World) Work() {
	w.T.Helper()
	w.worker = worker.New(w.Client, w.Engine)
	require.NoError(w.T, w.worker.Start())
}

// Rest stops the worker, as when a server goes down.
func (w *World) Rest() {
	if w.worker != nil {
		w.worker.Stop()
		w.worker = nil
	}
}

// Tick sets the world to the time of the engine, so that forms carry it.
func (w *World) Tick() { w.SetNow(w.Engine.Clock.Now()) }

// Open opens a case by hand.
func (w *World) Open(proc string, h *models.Household, actor activities.Actor) string {
	w.T.Helper()
	c, err := w.Cases.Open(w.T.Context(), w.Opening(proc, h, actor))
	require.NoError(w.T, err)
	return c.ID
}

// Opening is a complete request to open a case.
func (w *World) Opening(proc string, h *models.Household, actor activities.Actor) activities.OpenRequest {
	w.T.Helper()
	w.Tick()
	d, ok := procedure.Latest(proc)
	require.True(w.T, ok)
	form := example.Opening(d, w.Setting(&models.Case{HouseholdID: h.ID, RegionCode: h.RegionCode}))
	delete(form, "papers") // a case that is not open has no attachments yet
	return activities.OpenRequest{Key: w.Key(), Procedure: proc, HouseholdID: h.ID, Actor: actor, Form: form}
}

// Prepare is an event with all it needs, signatures included, as the first person
// who may fire it would send it.
func (w *World) Prepare(caseID, event string, answers ...map[string]any) activities.FireRequest {
	w.T.Helper()
	w.Tick()
	c := w.Case(caseID)
	e, ok := w.Definition(c).EventFrom(event, c.State)
	require.True(w.T, ok, "%s in %s", event, c.State)
	actor := w.Doer(c, e)
	w.Sign(c, e, actor)
	return w.Request(c, event, actor, answers...)
}

// Fire sends a request that must succeed.
func (w *World) Fire(r activities.FireRequest) activities.Reply {
	w.T.Helper()
	reply, err := w.Cases.Fire(w.T.Context(), r)
	require.NoError(w.T, err, r.Event)
	return reply
}

// Do fires events one after another, each with all it needs.
func (w *World) Do(caseID string, events ...string) {
	w.T.Helper()
	for _, event := range events {
		w.Fire(w.Prepare(caseID, event))
	}
}

// Until waits for a case to come into a state.
func (w *World) Until(caseID string, state procedure.State) {
	w.T.Helper()
	w.Eventually(func() bool { return w.State(caseID) == state }, "%s is in %s, waiting for %s", caseID, w.State(caseID), state)
}

// Eventually waits for a condition.
func (w *World) Eventually(ok func() bool, message string, args ...any) {
	w.T.Helper()
	require.Eventually(w.T, ok, patience, 20*time.Millisecond, append([]any{message}, args...)...)
}

// Histories are those of all runs of a case, the last run first.
func (w *World) Histories(caseID string) []*history.History {
	w.T.Helper()
	var out []*history.History
	for run := ""; ; {
		h, err := w.Cases.History(context.Background(), caseID, run)
		require.NoError(w.T, err)
		out = append(out, h)
		if run = h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId(); run == "" {
			return out
		}
	}
}
