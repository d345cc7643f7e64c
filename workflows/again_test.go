package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/workflows"
)

// continued takes over the input of the next run.
func (m *sim) continued() workflows.Input {
	m.T.Helper()
	var next *workflow.ContinueAsNewError
	require.ErrorAs(m.T, m.env.GetWorkflowError(), &next)
	var in workflows.Input
	require.NoError(m.T, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	return in
}

func (m *sim) events(id string) (n int64) {
	m.T.Helper()
	require.NoError(m.T, m.Store.DB.Model(&models.CaseEvent{}).Where("case_id = ?", id).Count(&n).Error)
	return n
}

// The second run of a case knows its state, wakes at the same moment, and gives
// the same answer to a request that the first run has taken.
func TestSecondRunKeepsStateTimersAndKeys(t *testing.T) {
	m := newIdentification(t)
	var request activities.FireRequest
	var first activities.Reply
	m.on("09-21 10:00", func() {
		request = m.Request(m.Case(m.id), "prepare", m.Actor(procedure.VillageCadre))
		m.send(request, func(r activities.Reply, err error) {
			require.NoError(t, err)
			first = r
			m.env.SetCurrentHistoryLength(10_000)
		})
	})
	m.run()
	in := m.continued()
	require.EqualValues(t, "authorization_pending", in.State.Current)
	require.Equal(t, 1, in.State.Step)
	require.Equal(t, day(t, "09-23 08:30").UTC(), in.State.Wake.UTC())
	require.Equal(t, []workflows.Applied{{Key: request.Key, Reply: first}}, in.State.Done)
	require.False(t, in.Correcting)

	m.at = m.env.Now()
	m.environment()
	before := m.events(m.id)
	m.on("09-21 12:00", func() {
		m.send(request, func(r activities.Reply, err error) {
			require.NoError(t, err)
			require.Equal(t, first, r)
			require.Equal(t, before, m.events(m.id), "nothing is recorded twice")
		})
	})
	m.fire("09-24 12:00", "cancel")
	m.runWith(in)
	require.NoError(t, m.env.GetWorkflowError())
	require.Equal(t, []string{"09-23 08:30 home_verify remind", "09-24 08:30 home_verify remind"}, m.rungs())
	m.requireWhole()
}

// While a run finishes what it has taken before it continues as new, it takes
// nothing more, and what it has taken is done.
func TestUpdateWhileDrainingIsRefusedAndTheOneInFlightIsDone(t *testing.T) {
	m := newIdentification(t)
	gate := make(chan struct{})
	var answers []string
	m.on("09-21 10:00", func() {
		cadre := m.Actor(procedure.VillageCadre)
		slow, late := m.Request(m.Case(m.id), "prepare", cadre), m.Request(m.Case(m.id), "prepare", cadre)
		m.send(slow, func(r activities.Reply, err error) {
			require.NoError(t, err)
			answers = append(answers, "slow "+string(r.State))
		}, func() { m.env.SetCurrentHistoryLength(10_000) })
		m.send(late, func(_ activities.Reply, err error) {
			var app *temporal.ApplicationError
			require.ErrorAs(t, err, &app)
			answers = append(answers, "late "+app.Type())
			close(gate)
		})
		real := m.env.Now
		m.Engine.Clock = &casetime.Clock{Real: func() time.Time { <-gate; return real() }}
	})
	m.run()
	require.Equal(t, []string{"late Busy", "slow authorization_pending"}, answers)
	require.EqualValues(t, "authorization_pending", m.continued().State.Current)
}

// A server whose clock lags behind Temporal's finds nothing due when it is woken.
// It is asked again soon, not without pause.
func TestLaggingClockDoesNotSpin(t *testing.T) {
	m := newIdentification(t)
	m.fire("09-23 09:00", "cancel")
	real := m.env.Now
	m.Engine.Clock = &casetime.Clock{Real: func() time.Time { return real().Add(-5 * time.Second) }}
	wakes := 0
	m.env.SetOnLocalActivityStartedListener(func(info *activity.Info, _ context.Context, _ []any) {
		if info.ActivityType.Name == "Wake" {
			wakes++
		}
	})
	m.run()
	var fired []models.ClockRung
	require.NoError(t, m.Store.DB.Find(&fired).Error)
	require.Len(t, fired, 1)
	require.LessOrEqual(t, wakes, 25)
	m.requireWhole()
}

// Temporal has lost the end of a step that the database has. The next event, which
// fits there only, is taken; a nudge alone brings the case up to date as well.
func TestCaseFollowsTheDatabase(t *testing.T) {
	for _, nudged := range []bool{false, true} {
		m := newIdentification(t)
		m.on("09-21 10:00", func() { m.lost("prepare") })
		if nudged {
			m.on("09-21 11:00", func() { m.nudge(m.id) })
			m.on("09-21 11:30", func() {
				require.EqualValues(t, "authorization_pending", m.status().Current)
				require.Equal(t, 1, m.status().Step)
			})
		}
		m.on("09-21 12:00", func() {
			if !nudged {
				require.EqualValues(t, "accepted", m.status().Current)
			}
			m.do(m.id, "withdraw")
		})
		m.run()
		require.EqualValues(t, "withdrawn", m.State(m.id))
		m.requireWhole()
	}
}

// lost commits an event of which the workflow never hears.
func (m *sim) lost(event string) {
	m.T.Helper()
	c := m.Case(m.id)
	e, _ := m.Definition(c).Event(event)
	_, err := m.SendAlone(m.Request(c, event, m.Doer(c, e)))
	require.NoError(m.T, err)
}

func (m *sim) status() (st workflows.State) {
	m.T.Helper()
	v, err := m.env.QueryWorkflow(workflows.QueryStatus)
	require.NoError(m.T, err)
	require.NoError(m.T, v.Get(&st))
	return st
}
