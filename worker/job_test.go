package worker_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	sdkworker "go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/proto"

	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/worker"
)

const drillDay = time.Second

// The whole main job, through a real Temporal server, on every database; once
// with Temporal itself in PostgreSQL, as it runs in a county, and once with so
// short runs that every case goes through many.
func TestMainJobOnRealTemporal(t *testing.T) {
	for _, x := range []struct {
		name, product string
		temporal      func(t *testing.T) string
		continueAfter int
	}{
		{name: "sqlite", product: "sqlite"},
		{name: "postgres", product: "postgres"},
		{name: "all in postgres", product: "postgres", temporal: postgresForTemporal},
		{name: "short runs", product: "sqlite", continueAfter: 15},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			db := ""
			if x.temporal != nil {
				db = x.temporal(t)
			}
			w := live.New(t, store(t, x.product), live.Temporal(t, db), drillDay)
			w.Cases.ContinueAfter = x.continueAfter
			// On a slow machine a department would be late within seconds, and its
			// comparison overdue.
			w.SetPolicy("comparison_days", testkit.County, policy.Budget{Days: 60, Unit: policy.UnitCalendar})
			j := w.MainJob()
			requireDone(t, w, j)
			for _, id := range w.CasesOf(j) {
				for _, h := range w.Histories(id) {
					requireOneTimerAtATime(t, h)
					requireNothingPersonal(t, w, h)
				}
			}
			if x.continueAfter > 0 {
				require.Greater(t, len(w.Histories(j.Ident)), 2, "the identification goes through several runs")
			}
			requireArchived(t, w, j)
		})
	}
}

func postgresForTemporal(t *testing.T) string {
	return strings.Replace(testkit.NewCluster(t).DSN(), "/postgres?", "/engine?", 1)
}

func store(t *testing.T, dialect string) *models.Store {
	t.Helper()
	return testkit.OpenMigrated(t, dialect)
}

// requireDone checks what must hold after a main job.
func requireDone(t *testing.T, w *live.World, j live.Job) {
	t.Helper()
	require.EqualValues(t, "registered", w.State(j.Ident))
	require.EqualValues(t, "risk_confirmed", w.State(j.Clue))
	require.EqualValues(t, "monitored", w.Status(j.Household.ID).State)
	var h models.Household
	require.NoError(t, w.Store.DB.Where("id = ?", j.Household.ID).Take(&h).Error)
	require.EqualValues(t, "monitored", h.Status)
	require.Len(t, w.Children(j.Ident, "village_notice"), 2)

	verdict, err := w.Engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, verdict.Bad)
	require.Greater(t, verdict.Events, 50)

	w.Eventually(func() bool {
		var open int64
		return w.Store.DB.Model(&models.Outbox{}).Where("done_at IS NULL").Count(&open).Error == nil && open == 0
	}, "what was asked for is not done")
	var refused []models.Outbox
	require.NoError(t, w.Store.DB.Where("note <> ''").Find(&refused).Error)
	require.Empty(t, refused, "no message was out of place")
	w.Eventually(func() bool { return len(kinds(t, w, false)) == 0 }, "cases and workflows differ")
}

// requireOneTimerAtATime checks that a case that goes on cancels the timer it
// waited on: an uncancelled one would wake it later for nothing.
func requireOneTimerAtATime(t *testing.T, h *history.History) {
	t.Helper()
	waiting := map[string]bool{}
	for _, e := range h.Events {
		switch {
		case e.GetTimerStartedEventAttributes() != nil:
			waiting[e.GetTimerStartedEventAttributes().TimerId] = true
		case e.GetTimerCanceledEventAttributes() != nil:
			delete(waiting, e.GetTimerCanceledEventAttributes().TimerId)
		case e.GetTimerFiredEventAttributes() != nil:
			delete(waiting, e.GetTimerFiredEventAttributes().TimerId)
		}
		require.LessOrEqual(t, len(waiting), 1, "event %d", e.EventId)
	}
	last := h.Events[len(h.Events)-1].EventType
	if last == enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED || last == enums.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW {
		require.Empty(t, waiting, "an ended run waits for nothing")
	}
}

// requireNothingPersonal looks into every byte of a history for names and for what
// was written in forms.
func requireNothingPersonal(t *testing.T, w *live.World, h *history.History) {
	t.Helper()
	raw, err := proto.Marshal(h)
	require.NoError(t, err)
	for _, word := range personal(t, w) {
		require.NotContains(t, string(raw), word)
	}
}

// personal are all names of the world, and every answer in Chinese or of many
// digits that somebody has given.
func personal(t *testing.T, w *live.World) []string {
	t.Helper()
	var words []string
	for _, table := range []string{"people", "users"} {
		var names []string
		require.NoError(t, w.Store.DB.Table(table).Distinct().Pluck("name", &names).Error)
		words = append(words, names...)
	}
	var events []models.CaseEvent
	require.NoError(t, w.Store.DB.Find(&events).Error)
	for i := range events {
		form, err := w.Engine.Payload(&events[i])
		require.NoError(t, err)
		words = append(words, texts(form)...)
	}
	require.Greater(t, len(words), 50)
	return words
}

var telling = regexp.MustCompile(`\p{Han}|[0-9-]{11,}`)

func texts(v any) []string {
	switch x := v.(type) {
	case string:
		if telling.MatchString(x) && !strings.HasPrefix(testkit.Village, x) {
			return []string{x}
		}
	case []any:
		var out []string
		for _, e := range x {
			out = append(out, texts(e)...)
		}
		return out
	case map[string]any:
		var out []string
		for _, e := range x {
			out = append(out, texts(e)...)
		}
		return out
	}
	return nil
}

// requireArchived checks that the history of every ended run is kept and replays.
func requireArchived(t *testing.T, w *live.World, j live.Job) {
	t.Helper()
	ended := []string{j.Ident, j.Clue, j.Notice}
	for _, id := range ended {
		w.Eventually(func() bool { return status(t, w, id) == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED }, "the workflow does not end")
	}
	require.NoError(t, w.Cases.Archive(t.Context()))
	for _, id := range ended {
		var runs []models.WorkflowRun
		require.NoError(t, w.Store.DB.Where("case_id = ?", id).Find(&runs).Error)
		require.Len(t, runs, len(w.Histories(id)), "every run is known")
		for _, r := range runs {
			require.NotEmpty(t, r.History)
			h, err := worker.Unpack(r.History)
			require.NoError(t, err)
			replayer := sdkworker.NewWorkflowReplayer()
			worker.RegisterWorkflows(replayer)
			require.NoError(t, replayer.ReplayWorkflowHistory(nil, h))
			requireInChain(t, w, r)
		}
	}
}

// requireInChain checks that a case vouches for an archived history: a changed one
// is found.
func requireInChain(t *testing.T, w *live.World, r models.WorkflowRun) {
	t.Helper()
	_, bad, err := w.Engine.VerifyCase(t.Context(), w.Case(r.CaseID))
	require.NoError(t, err)
	require.Nil(t, bad)
	set := func(history []byte) {
		require.NoError(t, w.Store.DB.Model(&models.WorkflowRun{}).Where("run_id = ?", r.RunID).Update("history", history).Error)
	}
	set(append([]byte{0}, r.History...))
	_, bad, err = w.Engine.VerifyCase(t.Context(), w.Case(r.CaseID))
	require.NoError(t, err)
	require.NotNil(t, bad)
	require.Equal(t, "归档的流程运行记录与其摘要不符", bad.Fault)
	set(r.History)
}

// Timers outlive a crash of Temporal and a restart of the server.
func TestTimersOutliveRestarts(t *testing.T) {
	t.Parallel()
	w := live.New(t, store(t, "sqlite"), live.Temporal(t, ""), drillDay)
	w.Cases.ContinueAfter = 10_000 // however many days the restart takes
	id := clue(w)
	fired := func() (n int64) {
		require.NoError(t, w.Store.DB.Model(&models.ClockRung{}).Where("case_id = ?", id).Count(&n).Error)
		return n
	}
	w.Eventually(func() bool { return fired() > 0 }, "no rung before the restart")
	require.NoError(t, w.Temporal.Kill())
	w.Rest()
	require.NoError(t, w.Temporal.Restart(t.Context()))
	before := fired()
	w.Work()
	w.Eventually(func() bool { return fired() > before+1 }, "no rung after the restart")
	require.Len(t, w.Histories(id), 1, "it is the same run")
	v, err := w.Engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Bad)
}
