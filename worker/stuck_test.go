package worker_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/worker"
	"shouwang/workflows"
)

// watch looks for stuck cases at a standing clock and keeps what it logs.
type watch struct {
	*worker.Cases
	told bytes.Buffer
}

func watching(w *live.World, clock casetime.Clock) *watch {
	return &watch{Cases: &worker.Cases{Client: w.Client, Engine: &activities.Engine{Store: w.Store, Calendar: w.Engine.Calendar, Clock: &clock}}}
}

func (s *watch) look(t *testing.T) {
	t.Helper()
	require.NoError(t, s.FindStuck(t.Context(), slog.New(slog.NewTextHandler(&s.told, nil))))
}

// wakes sets the moment at which a case was to look at its clocks.
func wakes(t *testing.T, w *live.World, id string, at time.Time) {
	t.Helper()
	require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("id = ?", id).Update("wake_at", at.UTC()).Error)
}

// lose takes the workflow of a case away, as a lost Temporal database does.
func lose(t *testing.T, w *live.World, id string) {
	t.Helper()
	require.NoError(t, w.Client.TerminateWorkflow(t.Context(), workflows.ID(id), "", "lost"))
}

// A late case is marked when its workflow is not there or fails again and again,
// the operator is told once, and the mark goes when the case goes on.
func TestStuckCasesAreMarkedAndCleared(t *testing.T) {
	t.Parallel()
	w := county(t)
	now := w.Engine.Clock.Now()
	s := watching(w, casetime.Clock{Real: func() time.Time { return now }})
	sound, missing, failing := clue(w), clue(w), clue(w)
	lose(t, w, missing)
	lose(t, w, failing)
	_, err := w.Client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: workflows.ID(failing), TaskQueue: worker.TaskQueue}, "not in this build")
	require.NoError(t, err)
	for _, id := range []string{sound, missing, failing} {
		wakes(t, w, id, now.Add(-time.Hour))
	}

	// Temporal waits longer and longer between attempts.
	require.Eventually(t, func() bool { s.look(t); return w.Case(failing).Stuck != "" }, 3*time.Minute, 100*time.Millisecond, "a workflow that always fails is not found")
	require.Contains(t, w.Case(failing).Stuck, "不能推进")
	require.Contains(t, w.Case(missing).Stuck, "reconcile --rebuild")
	require.Empty(t, w.Case(sound).Stuck)
	told := s.told.String()
	require.Equal(t, 1, strings.Count(told, missing))
	require.NotContains(t, told, sound)
	s.look(t)
	require.Equal(t, 1, strings.Count(s.told.String(), missing), "told once")

	lose(t, w, failing)
	_, err = w.Cases.Reconcile(t.Context(), true)
	require.NoError(t, err)
	s.look(t)
	require.Empty(t, w.Case(missing).Stuck)
	require.Empty(t, w.Case(failing).Stuck)
}

// A case is late after two minutes of real time, which are longer in a drill.
func TestLateBoundaryOfStuckCases(t *testing.T) {
	t.Parallel()
	w := county(t)
	id := clue(w)
	lose(t, w, id)
	now := w.Engine.Clock.Now()
	standing := func() time.Time { return now }
	for _, x := range []struct {
		name  string
		drill casetime.Drill
		late  time.Duration
	}{
		{"real clock", casetime.Drill{}, 2 * time.Minute},
		{"drill", casetime.Drill{Real: now, Case: now, Rate: 100}, 200 * time.Minute},
	} {
		s := watching(w, casetime.Clock{Real: standing, Drill: x.drill})
		require.NoError(t, s.Engine.MarkStuck(t.Context(), id, ""))
		wakes(t, w, id, now.Add(-x.late))
		s.look(t)
		require.Empty(t, w.Case(id).Stuck, x.name)
		wakes(t, w, id, now.Add(-x.late-time.Microsecond))
		s.look(t)
		require.NotEmpty(t, w.Case(id).Stuck, x.name)
	}
}

// A case that has ended is not stuck, however late it was.
func TestEndedCasesAreNotStuck(t *testing.T) {
	t.Parallel()
	w := county(t)
	id := clue(w)
	lose(t, w, id)
	now := w.Engine.Clock.Now()
	wakes(t, w, id, now.Add(-time.Hour))
	require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("id = ?", id).Update("closed_at", now).Error)
	s := watching(w, casetime.Clock{Real: func() time.Time { return now }})
	s.look(t)
	require.Empty(t, w.Case(id).Stuck)
}

// A case without a workflow waits for the rounds: it is marked while they do not run.
func TestStuckWithoutRounds(t *testing.T) {
	t.Parallel()
	w := county(t)
	now := w.Engine.Clock.Now()
	s := watching(w, casetime.Clock{Real: func() time.Time { return now }})
	h := w.NewHousehold(testkit.Village)
	ident := w.Open("identification", h, w.Actor(procedure.VillageCadre))
	require.NotEmpty(t, ident)
	status := w.Status(h.ID)
	wakes(t, w, status.ID, now.Add(-time.Hour))
	s.look(t)
	require.Contains(t, w.Case(status.ID).Stuck, "巡查")
	require.NoError(t, w.Cases.StartRounds(t.Context()))
	wakes(t, w, status.ID, now.Add(-time.Hour)) // the rounds may have looked at it
	s.look(t)
	require.Empty(t, w.Case(status.ID).Stuck)
}
