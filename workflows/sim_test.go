package workflows_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/worker"
	"shouwang/workflows"
)

// sim runs one case and its children in Temporal's test environment, where weeks
// pass in no time. The engine's clock is that of the environment.
type sim struct {
	*testkit.World
	env *testsuite.TestWorkflowEnvironment
	// id is the case at the root.
	id string
	at time.Time
	// plans says that assistance plans run as well; a test must then bring them to their ends.
	plans bool
}

// newSim opens a case at a moment; its workflow starts with run.
func newSim(t *testing.T, proc string, at time.Time, setup ...func(*testkit.World)) *sim {
	t.Helper()
	s := testkit.OpenMigrated(t, "sqlite")
	m := &sim{World: testkit.NewWorld(t, s), at: at}
	m.Hold = true
	m.SetNow(at)
	m.SetPolicy("wake_spread_minutes", testkit.County, 0) // every moment to the second
	for _, f := range setup {
		f(m.World)
	}
	m.id = m.Open(proc, m.NewHousehold(testkit.Village), m.Actor(procedure.VillageCadre)).ID
	m.environment()
	return m
}

// environment makes a fresh environment that starts at m.at.
func (m *sim) environment() {
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	m.env = suite.NewTestWorkflowEnvironment()
	m.env.SetTestTimeout(30 * time.Second)
	m.env.SetStartTime(m.at)
	m.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.ID(m.id), TaskQueue: worker.TaskQueue})
	m.Engine.Clock = &casetime.Clock{Real: m.env.Now}
	worker.RegisterWorkflows(m.env)
	m.env.RegisterActivity(&activities.Activities{Engine: m.Engine})
	if !m.plans {
		m.withoutPlans()
	}
}

// withoutPlans only takes note that a plan was started: it would go on for years, and
// the environment waits for all children.
func (m *sim) withoutPlans() {
	m.env.OnWorkflow("assistance_plan", mock.Anything, mock.Anything).Return(func(_ workflow.Context, in workflows.Input) error {
		_, err := m.Engine.Load(m.T.Context(), in.CaseID, "noted")
		return err
	}).Maybe()
}

// run runs the root case until it ends.
func (m *sim) run() {
	m.T.Helper()
	c := m.Case(m.id)
	m.runWith(workflows.Input{CaseID: m.id, Version: c.Version, Region: c.RegionCode, KeepTimer: true})
}

func (m *sim) runWith(in workflows.Input) {
	m.T.Helper()
	m.env.ExecuteWorkflow(m.Case(m.id).Procedure, in)
	require.True(m.T, m.env.IsWorkflowCompleted(), "the case stands in %s", m.State(m.id))
}

// on does something at a moment of county time, "10-08 09:00".
func (m *sim) on(moment string, do func()) {
	m.T.Helper()
	at := day(m.T, moment)
	require.False(m.T, at.Before(m.at), moment)
	m.env.RegisterDelayedCallback(func() {
		m.SetNow(m.env.Now())
		do()
	}, at.Sub(m.at))
}

func day(t testing.TB, moment string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+moment, casetime.Shanghai)
	require.NoError(t, err)
	return at
}

// fire has the first person who may fire an event on the root case do so.
func (m *sim) fire(moment, event string, answers ...map[string]any) {
	m.T.Helper()
	m.on(moment, func() { m.do(m.id, event, answers...) })
}

// child fires events on the youngest child of a procedure, a minute apart.
func (m *sim) child(moment, proc string, events ...string) {
	m.T.Helper()
	at := day(m.T, moment)
	for i, event := range events {
		m.on(at.Add(time.Duration(i)*time.Minute).Format("01-02 15:04"), func() { m.do(m.youngest(proc), event) })
	}
}

func (m *sim) youngest(proc string) string {
	var c models.Case
	require.NoError(m.T, m.Store.DB.Where("procedure = ?", proc).Order("id DESC").Take(&c).Error)
	return c.ID
}

// do sends an event as the server does and requires that it is taken.
func (m *sim) do(id, event string, answers ...map[string]any) {
	m.T.Helper()
	c := m.Case(id)
	e, ok := m.Definition(c).EventFrom(event, c.State)
	require.True(m.T, ok, "%s in %s", event, c.State)
	actor := m.Doer(c, e)
	m.Sign(c, e, actor)
	m.send(m.Request(c, event, actor, answers...), func(reply activities.Reply, err error) {
		require.NoError(m.T, err, "%s %s", c.Procedure, event)
		require.Equal(m.T, event, reply.Event)
	})
}

// send stages a request, sends it to the workflow of its case, and hands on the
// answer. accepted, if given, is called when the case has taken it up.
func (m *sim) send(r activities.FireRequest, answer func(activities.Reply, error), accepted ...func()) {
	m.T.Helper()
	submission, err := m.Engine.Stage(m.T.Context(), r)
	require.NoError(m.T, err)
	commit := activities.CommitRequest{CaseID: r.CaseID, Event: r.Event, Key: r.Key, ExpectedSeq: r.ExpectedSeq, Actor: r.Actor, SubmissionID: submission}
	err = m.env.UpdateWorkflowByID(workflows.ID(r.CaseID), workflows.UpdateFire, models.NewID(), &testsuite.TestUpdateCallback{
		OnAccept: func() {
			for _, f := range accepted {
				f()
			}
		},
		OnReject: func(err error) { answer(activities.Reply{}, err) },
		OnComplete: func(v any, err error) {
			reply, _ := v.(activities.Reply)
			answer(reply, err)
		},
	}, commit)
	require.NoError(m.T, err)
}

// rungs lists every rung that has fired as "10-08 08:30 ident_total remind", in
// order, having checked that each came at its moment.
func (m *sim) rungs() []string {
	m.T.Helper()
	var fired []models.ClockRung
	require.NoError(m.T, m.Store.DB.Order("fired_at, case_id, clock_id, no").Find(&fired).Error)
	var out []string
	for _, r := range fired {
		var c models.ClockRow
		require.NoError(m.T, m.Store.DB.Where("id = ?", r.ClockID).Take(&c).Error)
		require.WithinDuration(m.T, r.At, r.FiredAt, time.Second, "%s %s", c.Code, r.Action)
		out = append(out, fmt.Sprintf("%s %s %s", r.At.In(casetime.Shanghai).Format("01-02 15:04"), c.Code, r.Action))
	}
	slices.Sort(out)
	return out
}

// due is the last day of the running or last run of a clock of a case.
func (m *sim) due(caseID, clock string) string {
	m.T.Helper()
	var c models.ClockRow
	require.NoError(m.T, m.Store.DB.Where("case_id = ? AND code = ?", caseID, clock).Order("run DESC").Take(&c).Error)
	return c.LastDay
}

// each fires an event on every child of a procedure.
func (m *sim) each(proc, event string) {
	m.T.Helper()
	for _, c := range m.Children(m.id, proc) {
		m.do(c.ID, event)
	}
}

// requireWhole checks that the records hold and that nothing is left to deliver.
func (m *sim) requireWhole() {
	m.T.Helper()
	v, err := m.Engine.Verify(m.T.Context())
	require.NoError(m.T, err)
	require.Empty(m.T, v.Bad)
	var left []models.Outbox
	require.NoError(m.T, m.Store.DB.Where("done_at IS NULL").Find(&left).Error)
	require.Empty(m.T, left)
}

func (m *sim) nudge(id string) {
	m.T.Helper()
	require.NoError(m.T, m.env.SignalWorkflowByID(workflows.ID(id), workflows.SignalNudge, nil))
}
