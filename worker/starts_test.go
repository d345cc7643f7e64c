package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/worker"
)

// quarterOf opens the look-backs of the present quarter for n monitored households
// and returns their cases.
func quarterOf(t *testing.T, w *live.World, n int) []models.Case {
	t.Helper()
	households := make([]models.Household, n)
	for i := range households {
		id := models.NewID()
		households[i] = models.Household{ID: id, No: id, RegionCode: testkit.Village, HeadName: "田禾", Status: "monitored", BaseType: "ordinary", CreatedAt: w.Now(), UpdatedAt: w.Now()}
		require.NoError(t, households[i].SetSecret(w.Store.Vault, models.HouseholdSecret{}))
	}
	require.NoError(t, w.Store.DB.CreateInBatches(households, 100).Error)
	quarter := policy.PeriodOf("quarter", policy.DateOf(w.Engine.Clock.Now()))
	out, err := w.Engine.OpenQuarterLookbacks(t.Context(), quarter, "", n+1)
	require.NoError(t, err)
	require.Equal(t, n, out.Opened)
	var cases []models.Case
	require.NoError(t, w.Store.DB.Where("procedure = ?", "lookback_window").Find(&cases).Error)
	require.Len(t, cases, n)
	return cases
}

// Two hundred look-backs that are opened on one day are started no faster than told,
// each once, by one of two servers; and a step that somebody takes meanwhile is
// answered. (internal/scale measures twenty thousand.)
func TestBulkIsStartedAtABoundedRate(t *testing.T) {
	t.Parallel()
	const n, perSecond = 200, 50
	w := county(t)
	cases := quarterOf(t, w, n)
	ordinary := clue(w)
	here := &worker.Cases{Client: w.Client, Engine: w.Engine, StartRate: perSecond}
	there := &worker.Cases{Client: w.Client, Engine: w.Engine, StartRate: perSecond}

	began := time.Now()
	type result struct {
		started int
		err     error
	}
	done := make(chan result)
	go func() {
		started, err := here.StartWaiting(t.Context(), 0)
		done <- result{started, err}
	}()
	w.Eventually(func() bool { return loaded(t, w, cases) > 0 }, "nothing is started")
	started, err := there.StartWaiting(t.Context(), 0)
	require.NoError(t, err)
	require.Zero(t, started, "one server at a time")
	w.Do(ordinary, "register_locally")
	require.Less(t, loaded(t, w, cases), n, "the step was answered before all were started")

	r := <-done
	require.NoError(t, r.err)
	require.Equal(t, n, r.started)
	require.GreaterOrEqual(t, time.Since(began), (n-1)*time.Second/perSecond, "no faster than told")
	w.Eventually(func() bool { return loaded(t, w, cases) == n }, "not all are started")
	var runs int64
	require.NoError(t, w.Store.DB.Model(&models.WorkflowRun{}).Where("case_id <> ?", ordinary).Count(&runs).Error)
	require.EqualValues(t, n, runs, "each once")
	require.Empty(t, kinds(t, w, false))
	requireSpread(t, w, cases)
}

// loaded is how many of the cases have been taken up by their workflows.
func loaded(t *testing.T, w *live.World, cases []models.Case) int {
	t.Helper()
	ids := make([]string, len(cases))
	for i := range cases {
		ids[i] = cases[i].ID
	}
	var n int64
	require.NoError(t, w.Store.DB.Model(&models.Outbox{}).Where("kind = 'start' AND done_at IS NOT NULL AND target_id IN ?", ids).Count(&n).Error)
	return int(n)
}

// requireSpread checks that the look-backs begin on as many working days as policy
// says, on each about as many.
func requireSpread(t *testing.T, w *live.World, cases []models.Case) {
	t.Helper()
	want := policy.Resolve(nil, "", w.Engine.Clock.Now()).Int("spread_days")
	days := map[string]int{}
	for i := range cases {
		days[cases[i].Facts.Text("starts_on")]++
	}
	require.Len(t, days, want)
	for day, n := range days {
		require.Greater(t, n, len(cases)/want/2, day)
	}
}

// A server that goes down in the middle leaves the rest to another one.
func TestAnotherServerStartsTheRest(t *testing.T) {
	t.Parallel()
	w := county(t)
	cases := quarterOf(t, w, 20)
	ctx, down := context.WithCancel(t.Context())
	first := &worker.Cases{Client: w.Client, Engine: w.Engine, StartRate: 10}
	ended := make(chan error)
	go func() {
		_, err := first.StartWaiting(ctx, 0)
		ended <- err
	}()
	w.Eventually(func() bool { return loaded(t, w, cases) > 2 }, "nothing is started")
	down()
	require.Error(t, <-ended) // as whatever was asked last says it
	require.Less(t, loaded(t, w, cases), 20)

	// What a server that was killed leaves behind ends by itself; here at once.
	require.NoError(t, w.Store.DB.Model(&models.Meta{}).Where("name = ?", "lease.starts").Update("value", "0").Error)
	second := &worker.Cases{Client: w.Client, Engine: w.Engine, StartRate: 1000}
	_, err := second.StartWaiting(t.Context(), 0)
	require.NoError(t, err)
	w.Eventually(func() bool { return loaded(t, w, cases) == 20 }, "the rest is not started")
}
