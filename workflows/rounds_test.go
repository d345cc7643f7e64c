package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
	"shouwang/worker"
	"shouwang/workflows"
)

// roundsSim runs the rounds in Temporal's test environment, run after run, as
// continue-as-new does.
type roundsSim struct {
	*testkit.World
	env  *testsuite.TestWorkflowEnvironment
	runs int
}

func newRounds(t *testing.T, at time.Time) *roundsSim {
	t.Helper()
	s := testkit.OpenMigrated(t, "sqlite")
	m := &roundsSim{World: testkit.NewWorld(t, s)}
	m.SetNow(at)
	return m
}

// until lets the rounds go on until a moment, in as many runs as they make.
func (m *roundsSim) until(end time.Time, in workflows.RoundsInput) {
	m.T.Helper()
	for at := m.Now(); at.Before(end); at = m.Now() {
		m.runs++
		suite := testsuite.WorkflowTestSuite{}
		suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
		m.env = suite.NewTestWorkflowEnvironment()
		m.env.SetTestTimeout(time.Minute)
		m.env.SetStartTime(at)
		m.Engine.Clock = &casetime.Clock{Real: m.env.Now}
		worker.RegisterWorkflows(m.env)
		m.env.RegisterActivity(&activities.Rounds{Engine: m.Engine, PassOn: func(context.Context, []activities.Outgoing) {}})
		m.env.RegisterDelayedCallback(m.env.CancelWorkflow, end.Sub(at))
		m.env.ExecuteWorkflow(workflows.RoundsName, in)
		require.True(m.T, m.env.IsWorkflowCompleted())
		m.SetNow(m.env.Now())
		var next *workflow.ContinueAsNewError
		if !errors.As(m.env.GetWorkflowError(), &next) {
			return
		}
		require.NoError(m.T, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	}
}

// A quarter of visits to one monitored household, made by nobody but reminded of:
// its duties come with their months and quarter, open, and are missed at their ends.
func TestRoundsOverAQuarter(t *testing.T) {
	t.Parallel()
	m := newRounds(t, time.Date(2026, 9, 30, 23, 30, 0, 0, casetime.Shanghai))
	h := m.NewHousehold(testkit.Village)
	m.SetStatus(h.ID, "monitored")
	m.until(time.Date(2027, 1, 1, 0, 30, 0, 0, casetime.Shanghai), workflows.RoundsInput{Every: 12 * time.Hour, Looks: 40})
	require.Greater(t, m.runs, 2, "the history does not grow for ever")

	var duties []models.VisitDuty
	require.NoError(t, m.Store.DB.Order("duty, period").Find(&duties).Error)
	got := map[string]string{}
	for _, d := range duties {
		c := m.Case(d.CaseID)
		got[d.Duty+" "+d.Period] = string(c.State)
		if c.ClosedAt == nil {
			got[d.Duty+" "+d.Period] = "open"
		} else {
			last, err := policy.ParseDate(c.Facts.Text("ends_on"))
			require.NoError(t, err)
			require.WithinDuration(t, last.End(), *c.ClosedAt, 2*time.Second, "missed when its last day was over")
		}
	}
	require.Equal(t, map[string]string{
		"monitored_month 2026-09": "missed", "monitored_income 2026Q3": "missed", // half an hour was left
		"monitored_month 2026-10": "missed", "monitored_month 2026-11": "missed", "monitored_month 2026-12": "missed",
		"monitored_income 2026Q4": "missed",
		"monitored_month 2027-01": "open", "monitored_income 2027Q1": "open", // begun or not, as their household's day is
	}, got)
	var quarters []string
	require.NoError(t, m.Store.DB.Model(&models.CaseEvent{}).Where("kind = 'open' AND key LIKE 'lookback:%'").Order("key").Pluck("key", &quarters).Error)
	require.Equal(t, []string{"lookback:2026Q4:" + h.ID, "lookback:2027Q1:" + h.ID}, quarters, "a look-back for each quarter, but not for what is left of one")
	var drafts []models.Case
	require.NoError(t, m.Store.DB.Where("procedure = ?", "campaign").Find(&drafts).Error)
	require.Len(t, drafts, 1, "the screening of the new half-year")
	require.Equal(t, procedure.State("draft"), drafts[0].State, "which nobody has issued")
	var october models.Case
	require.NoError(t, m.Store.DB.Where("id = (SELECT case_id FROM visit_duties WHERE period = ?)", "2026-10").Take(&october).Error)
	require.Less(t, "2026-10-07", october.Facts.Text("wait_until")+"~", "after the holiday")
	var opened models.CaseEvent
	require.NoError(t, m.Store.DB.Where("case_id = ? AND event = ? AND kind = ?", october.ID, "open", "event").Take(&opened).Error)
	wait, err := policy.ParseDate(october.Facts.Text("wait_until"))
	require.NoError(t, err)
	require.WithinDuration(t, wait.End(), opened.At, 2*time.Second, "opened when its day began")
	v, err := m.Engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Bad)
}

// A day's duties are made once, at the turn of the day, and a failure is made up for.
func TestRoundsTryAgain(t *testing.T) {
	t.Parallel()
	m := newRounds(t, time.Date(2026, 9, 30, 23, 0, 0, 0, casetime.Shanghai))
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(m.Now())
	worker.RegisterWorkflows(env)
	r := &activities.Rounds{}
	env.RegisterActivity(r)
	var days []string
	env.OnActivity("Duties", mock.Anything, mock.Anything).Return(func(_ context.Context, day string) (int, error) {
		days = append(days, day)
		if len(days) == 1 {
			return 0, errors.New("the database is away")
		}
		return 0, nil
	})
	var sweeps []time.Time
	soon := time.Date(2026, 9, 30, 23, 20, 0, 0, casetime.Shanghai)
	env.OnActivity("Sweep", mock.Anything).Return(func(context.Context) (*time.Time, error) {
		sweeps = append(sweeps, env.Now())
		if len(sweeps) == 1 {
			return &soon, nil
		}
		return nil, nil
	})
	env.RegisterDelayedCallback(env.CancelWorkflow, 3*time.Hour)
	env.ExecuteWorkflow(workflows.RoundsName, workflows.RoundsInput{})
	require.Equal(t, []string{"2026-09-30", "2026-09-30", "2026-10-01"}, days)
	var at []string
	for _, s := range sweeps {
		at = append(at, s.In(casetime.Shanghai).Truncate(time.Minute).Format("15:04"))
	}
	require.Equal(t, []string{"23:00", "23:00", "23:20", "00:00", "00:00", "01:00"}, at, "when a case is due, when the day ends, and every hour; on a new day before and after its duties are made")
}

// What is due at midnight does not wait until the duties of the new day are made.
func TestRoundsSweepBeforeTheDutiesOfADay(t *testing.T) {
	t.Parallel()
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(time.Date(2026, 9, 30, 23, 30, 0, 0, casetime.Shanghai))
	worker.RegisterWorkflows(env)
	env.RegisterActivity(&activities.Rounds{})
	var order []string
	env.OnActivity("Duties", mock.Anything, mock.Anything).Return(func(_ context.Context, day string) (int, error) {
		order = append(order, "duties "+day)
		return 0, nil
	})
	env.OnActivity("Sweep", mock.Anything).Return(func(context.Context) (*time.Time, error) {
		order = append(order, "sweep")
		return nil, nil
	})
	env.RegisterDelayedCallback(env.CancelWorkflow, 45*time.Minute)
	env.ExecuteWorkflow(workflows.RoundsName, workflows.RoundsInput{Day: "2026-09-30"})
	require.Equal(t, []string{"sweep", "sweep", "duties 2026-10-01", "sweep"}, order)
}

// On the drill clock the moments are those of the cases, and never less than a second apart.
func TestRoundsOnTheDrillClock(t *testing.T) {
	t.Parallel()
	real := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	drill := casetime.Drill{Real: real, Case: time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC), Rate: 43200} // a day in two seconds
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(real)
	worker.RegisterWorkflows(env)
	env.RegisterActivity(&activities.Rounds{})
	days := map[string]int{}
	env.OnActivity("Duties", mock.Anything, mock.Anything).Return(func(_ context.Context, day string) (int, error) { days[day]++; return 0, nil })
	sweeps := 0
	env.OnActivity("Sweep", mock.Anything).Return(func(context.Context) (*time.Time, error) { sweeps++; return nil, nil })
	env.RegisterDelayedCallback(env.CancelWorkflow, 60*time.Second)
	env.ExecuteWorkflow(workflows.RoundsName, workflows.RoundsInput{Drill: drill})
	require.GreaterOrEqual(t, len(days), 30, "a month in a minute")
	for day, n := range days {
		require.Equal(t, 1, n, day)
	}
	require.LessOrEqual(t, sweeps, 2*61, "twice on each new day")
}

func TestReplayOfTheRounds(t *testing.T) {
	for _, folder := range []string{histories, roundsHistories} {
		require.NoError(t, replay(read(t, filepath.Join(folder, "rounds.json"))), folder)
	}
}

// TestRecordRounds makes the history of a short run on a real server.
func TestRecordRounds(t *testing.T) {
	if !*record {
		t.Skip("only with -record")
	}
	s := testkit.OpenMigrated(t, "sqlite")
	w := live.New(t, s, live.Temporal(t, ""), time.Second)
	w.SetStatus(w.NewHousehold(testkit.Village).ID, "monitored")
	run, err := w.Client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: workflows.RoundsID, TaskQueue: worker.TaskQueue}, workflows.RoundsName,
		workflows.RoundsInput{Drill: w.Engine.Clock.Drill, Looks: 4})
	require.NoError(t, err)
	h := &history.History{}
	for events := w.Client.GetWorkflowHistory(t.Context(), workflows.RoundsID, run.GetRunID(), true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		require.NoError(t, err)
		h.Events = append(h.Events, e)
	}
	write(t, roundsHistories, "rounds", h)
}
