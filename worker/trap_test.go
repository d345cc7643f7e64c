package worker_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

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

// county is a World on the real clock, in SQLite.
func county(t *testing.T) *live.World {
	t.Helper()
	return live.New(t, store(t, "sqlite"), live.Temporal(t, ""), 0)
}

func clue(w *live.World) string {
	return w.Open("risk_clue", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre))
}

func refused(t *testing.T, err error, kind procedure.RefusalKind) *procedure.Refusal {
	t.Helper()
	var r *procedure.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, kind, r.Kind, r.Error())
	return r
}

func countEvents(t *testing.T, w *live.World, id, event string) (n int64) {
	t.Helper()
	require.NoError(t, w.Store.DB.Model(&models.CaseEvent{}).Where("case_id = ? AND event = ?", id, event).Count(&n).Error)
	return n
}

// Ten updates may be in flight on one case. The eleventh is told to come again at
// once; one that another server sends is told so within its patience.
func TestEleventhUpdateInFlightIsAnsweredBusy(t *testing.T) {
	w := county(t)
	id := clue(w)
	w.Rest() // nobody answers now
	var wg sync.WaitGroup
	answers := make([]error, 10)
	for i := range answers {
		r := w.Prepare(id, "register_locally")
		wg.Go(func() { _, answers[i] = w.Cases.Fire(t.Context(), r) })
	}
	w.Eventually(func() bool { return w.Cases.Flying(id) == 10 }, "ten in flight")

	began := time.Now()
	_, err := w.Cases.Fire(t.Context(), w.Prepare(id, "register_locally"))
	refused(t, err, procedure.Busy)
	require.Less(t, time.Since(began), 5*time.Second, "without waiting for its turn")

	elsewhere := &worker.Cases{Client: w.Client, Engine: w.Engine}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err = elsewhere.Fire(ctx, w.Prepare(id, "register_locally"))
	refused(t, err, procedure.Busy)

	w.Work()
	wg.Wait()
	taken := 0
	for _, err := range answers {
		if err == nil {
			taken++
			continue
		}
		var r *procedure.Refusal
		require.ErrorAs(t, err, &r)
		require.Contains(t, []procedure.RefusalKind{procedure.Conflict, procedure.Busy}, r.Kind)
	}
	require.LessOrEqual(t, taken, 1)
	w.Until(id, "verifying")
	require.EqualValues(t, 1, countEvents(t, w, id, "register_locally"))
}

// A request that was taken is answered alike for ever, also by a later run that is
// asked directly.
func TestDuplicateKeyAfterContinueAsNew(t *testing.T) {
	w := county(t)
	w.Cases.ContinueAfter = 1
	id := clue(w)
	r := w.Prepare(id, "register_locally")
	first := w.Fire(r)
	w.Do(id, "misrouted")
	w.Eventually(func() bool { return len(w.Histories(id)) >= 3 }, "no new run")

	again, err := w.Cases.Fire(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, first, again)
	h, err := w.Client.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: workflows.ID(id), UpdateName: workflows.UpdateFire, UpdateID: "another", WaitForStage: client.WorkflowUpdateStageCompleted,
		Args: []any{activities.CommitRequest{CaseID: id, Event: r.Event, Key: r.Key, ExpectedSeq: r.ExpectedSeq, Actor: r.Actor}},
	})
	require.NoError(t, err)
	var direct activities.Reply
	require.NoError(t, h.Get(t.Context(), &direct))
	require.Equal(t, first, direct)
	require.EqualValues(t, 1, countEvents(t, w, id, "register_locally"))
	require.EqualValues(t, "returned", w.State(id))
}

// A request refused inside the workflow may be mended and sent again under its key.
func TestMendedRequestUnderTheSameKey(t *testing.T) {
	w := county(t)
	id := clue(w)
	w.Do(id, "register_locally")
	r := w.Prepare(id, "misrouted")
	good := r.Form
	r.Form = map[string]any{}
	_, err := w.Cases.Fire(t.Context(), r)
	refused(t, err, procedure.Invalid)
	r.Form = good
	w.Fire(r)
	r.Form = map[string]any{"reason": "另一个理由"}
	_, err = w.Cases.Fire(t.Context(), r)
	require.Equal(t, "key_reused", refused(t, err, procedure.Invalid).Code)
}

// An event another case asks for where it makes no sense is refused and noted.
func TestMessageInAWrongStateIsRefusedAndNoted(t *testing.T) {
	w := county(t)
	h := w.NewHousehold(testkit.Village)
	id := w.Open("risk_clue", h, w.Actor(procedure.VillageCadre))
	w.Do(id, "register_locally", "misrouted")
	w.Open("identification", h, w.Actor(procedure.VillageCadre)) // asks open clues to merge
	o := settled(t, w, id)
	require.Equal(t, "event_not_allowed", o.Note)
	require.EqualValues(t, "returned", w.State(id))
	w.Do(id, "redispatch", "accept")
	require.NoError(t, w.Client.SignalWorkflow(t.Context(), workflows.ID(id), "", workflows.SignalTell, workflows.Message{OutboxID: o.ID, Event: "merge"}))
	w.Do(id, "misrouted")
	require.EqualValues(t, "returned", w.State(id), "what was refused stays refused, though it be told twice")
}

func TestMessageToAnEndedCaseIsDoneWith(t *testing.T) {
	w := county(t)
	h := w.NewHousehold(testkit.Village)
	id := w.Open("risk_clue", h, w.Actor(procedure.VillageCadre))
	w.Do(id, "register_locally")
	w.Rest()
	w.Open("identification", h, w.Actor(procedure.VillageCadre))
	c := w.Case(id) // ends before the message arrives
	e, _ := w.Definition(c).Event("close_invalid")
	_, err := w.SendAlone(w.Request(c, "close_invalid", w.Doer(c, e)))
	require.NoError(t, err)
	w.Work()
	require.NotEmpty(t, settled(t, w, id).Note)
	require.EqualValues(t, "invalid", w.State(id))
	w.Eventually(func() bool { return status(t, w, id) == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED }, "the workflow does not end")
}

// A case opened while Temporal is down is open all the same, and its workflow is
// started when it is back, so that its limits are kept.
func TestCaseOpenedWhileTemporalIsDownIsStartedLater(t *testing.T) {
	w := county(t)
	require.NoError(t, w.Temporal.Kill())
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	h := w.NewHousehold(testkit.Village)
	c, err := w.Cases.Open(ctx, w.Opening("risk_clue", h, w.Actor(procedure.VillageCadre)))
	require.NoError(t, err)
	require.NoError(t, w.Temporal.Restart(t.Context()))
	require.Eventually(t, func() bool { _, err := w.Cases.StartWaiting(t.Context(), 0); return err == nil }, 30*time.Second, 100*time.Millisecond)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, status(t, w, c.ID))
	w.Eventually(func() bool {
		var n int64
		return w.Store.DB.Model(&models.Outbox{}).Where("target_id = ? AND done_at IS NULL", c.ID).Count(&n).Error == nil && n == 0
	}, "the start is not done")
}

// An event that was committed while Temporal lost the end of its step reaches the
// workflow once Temporal is back, so that the limits it started are kept.
func TestDoubtedCaseIsBroughtUpToDate(t *testing.T) {
	w := county(t)
	id := clue(w)
	w.Do(id, "register_locally")
	r := w.Prepare(id, "misrouted")
	require.NoError(t, w.Temporal.Kill())
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := w.Cases.Fire(ctx, r)
	refused(t, err, procedure.Busy)
	_, err = w.SendAlone(r) // as the local activity did
	require.NoError(t, err)
	require.NoError(t, w.Temporal.Restart(t.Context()))
	require.Eventually(t, func() bool { return w.Cases.Settle(t.Context()) == nil }, 30*time.Second, 100*time.Millisecond)
	w.Eventually(func() bool { return len(kinds(t, w, false)) == 0 }, "the workflow stays behind")
	again, err := w.Cases.Fire(t.Context(), r)
	require.NoError(t, err)
	require.EqualValues(t, "returned", again.State)
}

// A workflow that is not there is started again by the next event.
func TestMissingWorkflowHealsItself(t *testing.T) {
	w := county(t)
	id := clue(w)
	w.Do(id, "register_locally")
	require.NoError(t, w.Client.TerminateWorkflow(t.Context(), workflows.ID(id), "", "lost"))
	w.Do(id, "misrouted", "redispatch")
	require.EqualValues(t, "dispatched", w.State(id))
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, status(t, w, id))
}

// The one corrective event of an end reopens the case in a new run.
func TestCorrectionReopensAnEndedCase(t *testing.T) {
	w := county(t)
	id := clue(w)
	w.Do(id, "register_locally", "close_no_risk")
	w.Eventually(func() bool { return status(t, w, id) == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED }, "the workflow does not end")
	require.NotNil(t, w.Case(id).ClosedAt)
	w.Do(id, "reopen")
	require.Nil(t, w.Case(id).ClosedAt)
	require.NotNil(t, w.Case(id).WakeAt, "its limits run again")
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, status(t, w, id))
	w.Do(id, "misrouted")
	w.Do(id, "close_invalid")
	w.Eventually(func() bool { return status(t, w, id) == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED }, "the workflow does not end again")
}

// A case that the engine cannot serve waits; it does not fail, and goes on once
// the engine is mended.
func TestPanicBlocksTheCaseButDoesNotFailIt(t *testing.T) {
	w := county(t)
	id := clue(w)
	healthy := w.Engine.Clock
	var broken sync.Mutex
	isBroken := true
	w.Cases.Engine = &activities.Engine{Store: w.Store, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{}}
	w.Engine.Clock = &casetime.Clock{Real: func() time.Time {
		broken.Lock()
		defer broken.Unlock()
		if isBroken {
			panic("the engine is broken")
		}
		return healthy.Now()
	}}
	w.SetNow(healthy.Now())
	c := w.Case(id)
	r := w.Request(c, "register_locally", w.Actor(procedure.VillageCadre))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := w.Cases.Fire(ctx, r)
	refused(t, err, procedure.Busy)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, status(t, w, id))
	broken.Lock()
	isBroken = false
	broken.Unlock()
	require.Eventually(t, func() bool { _, err := w.Cases.Fire(t.Context(), r); return err == nil }, 30*time.Second, 50*time.Millisecond)
	require.EqualValues(t, 1, countEvents(t, w, id, "register_locally"))
}

// Cases opened before a new version of their procedure run to their end on the
// old one, beside those on the new one; one is moved by an act of its own, after its
// dry run, and its timers with it.
func TestVersionsRunSideBySide(t *testing.T) {
	w := live.New(t, store(t, "sqlite"), live.Temporal(t, ""), drillDay)
	before, moved := clue(w), clue(w)
	w.Do(before, "register_locally")
	w.Do(moved, "register_locally")
	old, _ := procedure.Lookup("risk_clue", 1)
	v2 := *old
	v2.Version = 2
	v2.States = append([]procedure.StateDef{{Code: "screening", Title: "初筛", Todo: []procedure.Role{procedure.VillageCadre}}}, old.States...)
	v2.Events = nil
	for _, e := range old.Events {
		if e.Code == "register_locally" {
			e.To = "screening"
		}
		v2.Events = append(v2.Events, e)
	}
	v2.Events = append(v2.Events, procedure.Event{Code: "screened", Title: "初筛完成", From: []procedure.State{"screening"}, To: "verifying", Roles: []procedure.Role{procedure.VillageCadre}})
	v2.Events = append(v2.Events, procedure.Event{Code: "recheck", Title: "复核", From: []procedure.State{"verifying"}, To: "verifying", Roles: []procedure.Role{procedure.VillageCadre}})
	v2.Clocks = append(slices.Clone(old.Clocks), procedure.Clock{Code: "recheck_limit", Title: "复核", In: []procedure.State{"verifying"}, Budget: "clue_days", Ladder: "standard"})
	all := procedure.All
	procedure.All = append(append([]*procedure.Definition{}, all...), &v2)
	t.Cleanup(func() { procedure.All = all })

	after := clue(w)
	require.Equal(t, 2, w.Case(after).Version)
	w.Do(after, "register_locally")
	require.EqualValues(t, "screening", w.State(after))
	w.Do(before, "misrouted", "close_invalid")
	w.Do(after, "screened", "misrouted", "close_invalid")
	require.Equal(t, 1, w.Case(before).Version)
	require.EqualValues(t, "invalid", w.State(before))
	require.EqualValues(t, "invalid", w.State(after))
	_, err := w.Cases.Fire(t.Context(), activities.FireRequest{CaseID: before, Event: "screened", Key: w.Key(), ExpectedSeq: w.Case(before).Seq, Actor: w.Actor(procedure.VillageCadre)})
	require.Equal(t, "unknown_event", refused(t, err, procedure.Conflict).Code)

	migrate := func(dry bool) (activities.Migrated, error) {
		return w.Engine.Migrate(t.Context(), activities.Migration{To: 2, Change: activities.Change{CaseID: moved, Key: w.Key(), Reason: "新规定自本月起施行", DryRun: dry,
			Actors: []activities.Actor{w.Actor(procedure.CountyOffice)}}})
	}
	dry, err := migrate(true)
	require.NoError(t, err)
	require.Equal(t, []string{"recheck"}, dry.Gained)
	require.Equal(t, []string{"recheck_limit"}, dry.Started)
	require.Equal(t, 1, w.Case(moved).Version, "a dry run changes nothing")
	done, err := migrate(false)
	require.NoError(t, err)
	require.Equal(t, dry.Started, done.Started)
	require.NoError(t, w.Cases.Nudge(t.Context(), moved))
	w.Eventually(func() bool { return len(w.Histories(moved)) == 2 }, "the case goes on in a run of the new version")
	var rungs int64
	w.Eventually(func() bool {
		require.NoError(t, w.Store.DB.Model(&models.ClockRung{}).Joins("JOIN clocks ON clocks.id = clock_rungs.clock_id").
			Where("clocks.case_id = ? AND clocks.code = 'recheck_limit'", moved).Count(&rungs).Error)
		return rungs > 0
	}, "the timer of the new version rings")
	w.Do(moved, "recheck", "misrouted", "close_invalid")
	require.EqualValues(t, "invalid", w.State(moved))
	v, err := w.Engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Bad)
	_, err = migrate(false)
	require.Equal(t, "case_closed", refused(t, err, procedure.Conflict).Code)
}

func status(t *testing.T, w *live.World, id string) enums.WorkflowExecutionStatus {
	t.Helper()
	d, err := w.Client.DescribeWorkflowExecution(t.Context(), workflows.ID(id), "")
	require.NoError(t, err)
	return d.GetWorkflowExecutionInfo().GetStatus()
}

// settled waits until the message to a case is done with and returns it.
func settled(t *testing.T, w *live.World, id string) models.Outbox {
	t.Helper()
	var o models.Outbox
	w.Eventually(func() bool {
		return w.Store.DB.Where("target_id = ? AND kind = 'tell' AND done_at IS NOT NULL", id).Take(&o).Error == nil
	}, "the message is not settled")
	return o
}
