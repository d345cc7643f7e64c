package workflows_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/worker"
	"shouwang/workflows"
)

// life simulates years of one household. The environment runs a single workflow and
// its children, so one of the test's own is at the root: it starts the cases that
// people or the rounds have opened, as the server does, each as an abandoned child.
type life struct {
	*sim
	home *models.Household
	// timers are those that are set and have neither rung nor been cancelled.
	timers map[string]bool
	// ended are the workflows that have ended, with what error.
	ended map[string]error
}

const (
	lifeName = "life"
	lifeOpen = "open"
	lifeOver = "over"
)

// opened is a case whose workflow is to be started.
type opened struct {
	Procedure string          `json:"procedure"`
	Input     workflows.Input `json:"input"`
}

// lead starts cases when told, beside the rounds that make the duties and keep the
// time of cases without a workflow, until the life is over.
func lead(ctx workflow.Context) error {
	roundsCtx, stop := workflow.WithCancel(ctx)
	rounds := workflow.ExecuteChildWorkflow(workflow.WithWorkflowID(roundsCtx, workflows.RoundsID), workflows.RoundsName,
		workflows.RoundsInput{Every: 24 * time.Hour, Looks: 40})
	begun, over := map[string]bool{}, false
	var failed error
	told := workflow.NewSelector(ctx).
		AddReceive(workflow.GetSignalChannel(ctx, lifeOpen), func(c workflow.ReceiveChannel, _ bool) {
			var o opened
			if c.Receive(ctx, &o); !begun[o.Input.CaseID] {
				begun[o.Input.CaseID] = true
				failed = begin(ctx, o)
			}
		}).
		AddReceive(workflow.GetSignalChannel(ctx, lifeOver), func(c workflow.ReceiveChannel, _ bool) { over = c.Receive(ctx, nil) })
	for !over {
		if told.Select(ctx); failed != nil {
			return failed
		}
	}
	stop()
	if err := rounds.Get(ctx, nil); !temporal.IsCanceledError(err) {
		return fmt.Errorf("the rounds have ended by themselves: %w", err)
	}
	return nil
}

func begin(ctx workflow.Context, o opened) error {
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            workflows.ID(o.Input.CaseID),
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		TypedSearchAttributes: workflows.Attributes(o.Procedure, o.Input.Region),
	})
	return workflow.ExecuteChildWorkflow(child, o.Procedure, o.Input).GetChildWorkflowExecution().Get(ctx, nil)
}

// newLife opens the clue about a household on 21 September 2026.
func newLife(t *testing.T) *life {
	t.Helper()
	m := newSim(t, "risk_clue", moment(t, "2026-09-21 09:00"), func(w *testkit.World) {
		w.SetPolicy("notice_roll_holiday", testkit.County, false)
		w.SetPolicy("full_screening_period", testkit.County, "by_hand")
		w.SetPolicy("spread_days", testkit.County, 1) // which day of several depends on the household
	})
	m.plans = true
	m.environment()
	l := &life{sim: m, home: &models.Household{}, timers: map[string]bool{}, ended: map[string]error{}}
	require.NoError(t, l.Store.DB.Where("id = ?", l.Case(l.id).HouseholdID).Take(l.home).Error)
	l.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: lifeName, TaskQueue: worker.TaskQueue})
	l.env.RegisterWorkflowWithOptions(lead, workflow.RegisterOptions{Name: lifeName})
	l.env.RegisterActivity(&activities.Rounds{Engine: l.Engine, PassOn: func(context.Context, []activities.Outgoing) {
		l.env.RegisterDelayedCallback(l.startDue, 0) // where the environment does all else
	}})
	l.env.SetOnTimerScheduledListener(func(id string, _ time.Duration) { l.timers[id] = true })
	l.env.SetOnTimerFiredListener(func(id string) { delete(l.timers, id) })
	l.env.SetOnTimerCanceledListener(func(id string) { delete(l.timers, id) })
	l.env.SetOnChildWorkflowCompletedListener(func(i *workflow.Info, _ converter.EncodedValue, err error) { l.ended[i.WorkflowExecution.ID] = err })
	return l
}

const minutes = "2006-01-02 15:04"

func moment(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(minutes, s, casetime.Shanghai)
	require.NoError(t, err)
	return at
}

// after is a moment some days after a day.
func (l *life) after(day string, days int, clock string) string {
	l.T.Helper()
	return moment(l.T, day+" "+clock).AddDate(0, 0, days).Format(minutes)
}

// on does something at a moment of county time, "2026-10-08 09:00".
func (l *life) on(when string, do func()) {
	l.T.Helper()
	l.env.RegisterDelayedCallback(func() {
		l.SetNow(l.env.Now())
		do()
	}, moment(l.T, when).Sub(l.at))
}

// acts fires events, an hour apart, on all open cases of a procedure.
func (l *life) acts(when, proc string, events ...string) {
	l.T.Helper()
	for i, event := range events {
		l.on(moment(l.T, when).Add(time.Duration(i)*time.Hour).Format(minutes), func() {
			list := l.open(proc)
			require.NotEmpty(l.T, list, "no %s is open to %s", proc, event)
			for _, c := range list {
				l.does(&c, event)
			}
		})
	}
}

// does fires an event on a case.
func (l *life) does(c *models.Case, event string) {
	l.T.Helper()
	l.follows(c)
	l.do(c.ID, event)
}

// follows checks that the workflow of a case stands where the database says.
func (l *life) follows(c *models.Case) {
	l.T.Helper()
	id := workflows.ID(c.ID)
	if c.ClosedAt != nil {
		require.Contains(l.T, l.ended, id, "%s %s", c.Procedure, c.State)
		return
	}
	v, err := l.env.QueryWorkflowByID(id, workflows.QueryStatus)
	require.NoError(l.T, err, c.Procedure)
	var st workflows.State
	require.NoError(l.T, v.Get(&st))
	require.Equal(l.T, []any{c.State, c.Step}, []any{st.Current, st.Step}, c.Procedure)
}

// open are the open cases of a procedure about the household.
func (l *life) open(proc string) (out []models.Case) {
	l.T.Helper()
	require.NoError(l.T, l.Store.DB.Where("household_id = ? AND procedure = ? AND closed_at IS NULL", l.home.ID, proc).Order("id").Find(&out).Error)
	return out
}

// start has the workflow of a case started.
func (l *life) start(id string) {
	c := l.Case(id)
	l.env.SignalWorkflow(lifeOpen, opened{c.Procedure, workflows.Input{CaseID: id, Version: c.Version, Region: c.RegionCode, KeepTimer: true}})
}

// startDue starts the look-backs of the quarter, which wait in the outbox for a server.
func (l *life) startDue() {
	var due []string
	require.NoError(l.T, l.Store.DB.Model(&models.Outbox{}).Where("kind = ? AND case_id = target_id AND done_at IS NULL", "start").Pluck("target_id", &due).Error)
	for _, id := range due {
		l.start(id)
	}
}

// looked checks where the look-backs after the last elimination stand.
func (l *life) looked(want string) {
	l.T.Helper()
	var got []string
	for _, c := range l.Windows(l.youngest("risk_elimination")) {
		l.follows(&c)
		got = append(got, string(c.State))
	}
	require.Equal(l.T, want, strings.Join(got, " "))
}

// stands checks the status of the household, in the register and of its case, and that
// all its workflows follow.
func (l *life) stands(want procedure.State) {
	l.T.Helper()
	var h models.Household
	require.NoError(l.T, l.Store.DB.Where("id = ?", l.home.ID).Take(&h).Error)
	require.Equal(l.T, want, h.Status)
	require.Equal(l.T, want, l.Status(h.ID).State)
	for _, c := range l.durable() {
		l.follows(&c)
	}
}

// durable are the cases that run as workflows.
func (l *life) durable() (out []models.Case) {
	l.T.Helper()
	require.NoError(l.T, l.Store.DB.Where("procedure NOT IN ?", []string{"household_status", "visit_task"}).Find(&out).Error)
	return out
}

// episode is the only episode of the household.
func (l *life) episode() models.MonitoringEpisode {
	l.T.Helper()
	var list []models.MonitoringEpisode
	require.NoError(l.T, l.Store.DB.Where("household_id = ?", l.home.ID).Find(&list).Error)
	require.Len(l.T, list, 1, "one episode all along")
	return list[0]
}

// live runs the life until a moment, with calls at the household every Friday.
func (l *life) live(until string) {
	l.T.Helper()
	for day := 4; l.at.AddDate(0, 0, day).Before(moment(l.T, until)); day += 7 {
		l.on(l.at.AddDate(0, 0, day).Format(time.DateOnly)+" 16:00", l.call)
	}
	l.on(until, func() { l.env.SignalWorkflow(lifeOver, nil) })
	l.env.RegisterDelayedCallback(func() { l.start(l.id) }, time.Second)
	l.env.ExecuteWorkflow(lifeName)
	require.True(l.T, l.env.IsWorkflowCompleted())
	require.NoError(l.T, l.env.GetWorkflowError())
	l.SetNow(l.env.Now())
}

// paths counts the ways that the cases have gone, state by state, the visits left out.
func (l *life) paths() map[string]int {
	l.T.Helper()
	var list []models.Case
	require.NoError(l.T, l.Store.DB.Where("procedure <> ?", "visit_task").Find(&list).Error)
	out := map[string]int{}
	for _, c := range list {
		var states []string
		require.NoError(l.T, l.Store.DB.Model(&models.CaseEvent{}).Where("case_id = ? AND kind IN ?", c.ID, []string{"open", "event"}).Order("seq").Pluck("to_state", &states).Error)
		out[c.Procedure+": "+strings.Join(states, " ")]++
	}
	return out
}

// visits counts the visits of a duty by where they stand.
func (l *life) visits(duty string) map[procedure.State]int {
	l.T.Helper()
	var made []models.VisitDuty
	require.NoError(l.T, l.Store.DB.Where("household_id = ? AND duty = ?", l.home.ID, duty).Find(&made).Error)
	out := map[procedure.State]int{}
	for _, v := range made {
		out[l.State(v.CaseID)]++
	}
	return out
}

// rang lists the rungs of a clock that have fired, having checked that each came at
// its moment.
func (l *life) rang(proc, clock string) (out []string) {
	l.T.Helper()
	var fired []models.ClockRung
	require.NoError(l.T, l.Store.DB.Joins("JOIN clocks ON clocks.id = clock_rungs.clock_id").Joins("JOIN cases ON cases.id = clock_rungs.case_id").
		Where("cases.procedure = ? AND clocks.code = ?", proc, clock).Order("clock_rungs.at").Find(&fired).Error)
	for _, r := range fired {
		require.WithinDuration(l.T, r.At, r.FiredAt, time.Second, "%s %s %s", proc, clock, r.Action)
		out = append(out, r.At.In(casetime.Shanghai).Format(minutes)+" "+r.Action)
	}
	return out
}

// requireOver checks that nothing is left: no case but the status and the visits, no
// workflow, no clock, no timer, no message.
func (l *life) requireOver() {
	l.T.Helper()
	list := l.durable()
	for _, c := range list {
		require.NotNil(l.T, c.ClosedAt, c.Procedure)
		require.Nil(l.T, c.WakeAt, c.Procedure)
		err, ended := l.ended[workflows.ID(c.ID)]
		require.True(l.T, ended, c.Procedure)
		require.NoError(l.T, err, c.Procedure)
	}
	require.Len(l.T, l.ended, len(list)+1, "every workflow has ended, and the rounds")
	require.Empty(l.T, l.timers)
	var clocks int64
	require.NoError(l.T, l.Store.DB.Model(&models.ClockRow{}).Where("stopped_at IS NULL AND case_id NOT IN (SELECT id FROM cases WHERE procedure = ?)", "visit_task").Count(&clocks).Error)
	require.Zero(l.T, clocks)
	l.requireWhole()
}
