// Package workflows is the engine that runs any procedure durably. One function
// is registered once per procedure under its name; what it does is in the
// procedure's definition. It holds deterministic code only: the database is
// reached through local activities, and ids alone travel through histories.
package workflows

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/procedure"
)

// Names of the messages a case takes.
const (
	UpdateFire  = "fire"   // an event fired by a person; answers with activities.Reply
	SignalTell  = "tell"   // an event fired by another case
	SignalNudge = "nudge"  // look at the clocks again
	QueryStatus = "status" // State
)

// Search attributes carry codes only.
var (
	AttrProcedure = temporal.NewSearchAttributeKeyKeyword("ShouwangProcedure")
	AttrState     = temporal.NewSearchAttributeKeyKeyword("ShouwangState")
	AttrRegion    = temporal.NewSearchAttributeKeyKeyword("ShouwangRegion")
	AttrDue       = temporal.NewSearchAttributeKeyTime("ShouwangDue")
)

const (
	// remembered is how many answered requests a case carries along, so that a
	// retry in a later run gets the same answer without asking the database.
	remembered = 50
	// continueAfter is the length of history, in events, past which an idle case
	// continues as new. Chosen by measurement (docs/benchmarks.md).
	continueAfter = 400
	// correctionWait is how long a run started for a corrective event waits for it.
	correctionWait = time.Minute
	// patience is how long to wait for a lagging clock before looking again.
	patience = 250 * time.Millisecond
)

// ID is the workflow id of a case. Nobody else builds it.
func ID(caseID string) string { return idPrefix + caseID }

const idPrefix = "case-"

// CaseID is the case a workflow id belongs to, if it is one of ours.
func CaseID(workflowID string) (string, bool) { return strings.CutPrefix(workflowID, idPrefix) }

// Input starts a run of a case.
type Input struct {
	CaseID  string         `json:"case_id"`
	Version int            `json:"version"`
	Region  string         `json:"region,omitempty"`
	Drill   casetime.Drill `json:"drill,omitzero"`
	// Correcting says that the case has ended and one corrective event follows.
	Correcting bool `json:"correcting,omitempty"`
	// ContinueAfter replaces the length of history at which a case continues as
	// new; 0 keeps the default. It is part of the input so that replay sees it.
	ContinueAfter int `json:"continue_after,omitempty"`
	// KeepTimer leaves a timer running that rings no later than needed, and looks
	// again when it rings. Runs begun without it set a timer anew at each step.
	KeepTimer bool `json:"keep_timer,omitempty"`
	// State is carried over by continue-as-new.
	State *State `json:"state,omitempty"`
}

// State is everything that survives continue-as-new.
type State struct {
	Current procedure.State `json:"current"`
	Step    int             `json:"step"`
	// StepSeq is the sequence of the last transition: what a caller has seen is
	// stale when it is less.
	StepSeq int `json:"step_seq"`
	// Wake is the case time to look at the clocks again.
	Wake *time.Time            `json:"wake,omitempty"`
	Out  []activities.Outgoing `json:"out,omitempty"`
	Sent []string              `json:"sent,omitempty"`
	Done []Applied             `json:"done,omitempty"`
}

// Applied remembers an answered request.
type Applied struct {
	Key   string           `json:"key"`
	Reply activities.Reply `json:"reply"`
}

// Message is an event another case asks for.
type Message struct {
	OutboxID string `json:"outbox_id"`
	Event    string `json:"event"`
}

var acts *activities.Activities

type caseRun struct {
	in       Input
	def      *procedure.Definition
	st       State
	machine  *procedure.Machine
	lock     workflow.Mutex
	log      log.Logger
	tells    workflow.ReceiveChannel
	nudges   workflow.ReceiveChannel
	alarm    alarm
	rev      int // counts changes within this run
	draining bool
	// version is that of the definition which the database says the case runs on; a
	// run of another version goes on as a new one.
	version int
	// early says that a look at the clocks found nothing due though the time had
	// come: the clock of that server lags behind.
	early bool
}

// Case runs one case of one procedure until its end. The procedure is the name
// the workflow was registered under.
func Case(ctx workflow.Context, in Input) error {
	name := workflow.GetInfo(ctx).WorkflowType.Name
	def, ok := procedure.Lookup(name, in.Version)
	if !ok {
		// Blocks the run until a build that knows the version takes it.
		panic(fmt.Sprintf("procedure %s@%d is not in this build", name, in.Version))
	}
	c := &caseRun{in: in, def: def, version: in.Version, lock: workflow.NewMutex(ctx), log: log.With(workflow.GetLogger(ctx), "case", in.CaseID, "procedure", def.Key())}
	c.tells, c.nudges = workflow.GetSignalChannel(ctx, SignalTell), workflow.GetSignalChannel(ctx, SignalNudge)
	if in.State != nil {
		c.st = *in.State
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	return c.run(ctx)
}

// prepare sets the handlers and reads the case. An update that comes before its
// handler is set would be refused as unknown, so the handlers are set before
// anything blocks, and find the lock taken until the case has been read.
func (c *caseRun) prepare(ctx workflow.Context) error {
	if err := c.lock.Lock(ctx); err != nil {
		return err
	}
	defer c.lock.Unlock()
	err := workflow.SetQueryHandler(ctx, QueryStatus, func() (State, error) { return c.st, nil })
	if err != nil {
		return err
	}
	err = workflow.SetUpdateHandlerWithOptions(ctx, UpdateFire, c.fire, workflow.UpdateHandlerOptions{Validator: c.validate})
	if err != nil {
		return err
	}
	if err := c.load(ctx); err != nil {
		return err
	}
	c.rev = 0
	return nil
}

// load reads the case from the database. A new run does so too, carried state or
// not: it notes the run, and whatever is not as it was carried is mended.
func (c *caseRun) load(ctx workflow.Context) error {
	var l activities.Loaded
	err := workflow.ExecuteLocalActivity(local(ctx), acts.Load, c.in.CaseID).Get(ctx, &l)
	if err != nil {
		return err
	}
	c.st.Current, c.st.Step, c.st.StepSeq = l.State, l.Step, l.StepSeq
	c.machine = procedure.NewMachine(c.def, l.State)
	c.learn(l.Outcome)
	return nil
}

// local gives the options of all local activities: they retry without end,
// because giving up would leave case and database apart. A refusal is no failure.
func local(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: 10 * 365 * 24 * time.Hour,
		StartToCloseTimeout:    20 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 5 * time.Second},
	})
}

// run is the story of a case: deliver what is to be delivered, wait, act on what
// has come, until the end.
func (c *caseRun) run(ctx workflow.Context) error {
	for {
		if err := c.deliver(ctx); err != nil {
			return err
		}
		if c.over() {
			c.alarm.stop()
			if err := c.show(ctx); err != nil {
				return err
			}
			return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
		}
		if c.longEnough(ctx) {
			if next, err := c.continueAsNew(ctx); next {
				return err
			}
			continue
		}
		due, err := c.wait(ctx)
		if err != nil {
			return err
		}
		if err := c.act(ctx, due); err != nil {
			return err
		}
	}
}

// over reports whether the case has ended and nothing is left to do. A run for a
// corrective event first waits for it.
func (c *caseRun) over() bool {
	waiting := c.in.Correcting && c.rev == 0
	return c.machine.Final() && !waiting && len(c.unsent()) == 0 && c.tells.Len() == 0
}

// wait returns when the next moment of the clocks has come, or something else.
func (c *caseRun) wait(ctx workflow.Context) (due bool, err error) {
	rev := c.rev
	woken := func() bool {
		return c.rev != rev || c.tells.Len() > 0 || c.nudges.Len() > 0 || len(c.unsent()) > 0 || (c.longEnough(ctx) && !c.draining)
	}
	if c.in.KeepTimer {
		return c.waitForAlarm(ctx, woken)
	}
	at, ok := c.next(ctx)
	if !ok {
		return false, workflow.Await(ctx, woken)
	}
	// AwaitWithTimeout would leave its timer running when the condition comes first.
	timerCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timerCtx, at, workflow.TimerOptions{Summary: "期限提醒"})
	err = workflow.Await(ctx, func() bool { return timer.IsReady() || woken() })
	return timer.IsReady(), err
}

// next is the real time until the case must look at its clocks.
func (c *caseRun) next(ctx workflow.Context) (time.Duration, bool) {
	switch {
	case c.machine.Final() && c.in.Correcting:
		return correctionWait, true
	case c.st.Wake == nil || c.machine.Final():
		return 0, false
	}
	// A timer of no length would not be a timer; a whole millisecond is always one.
	least := time.Millisecond
	if c.early {
		least = patience
	}
	return max(c.in.Drill.Wait(workflow.Now(ctx), *c.st.Wake), least), true
}

// act deals with what has come: messages of other cases, a nudge, the clocks.
func (c *caseRun) act(ctx workflow.Context, due bool) error {
	for c.tells.Len() > 0 {
		var m Message
		c.tells.ReceiveAsync(&m)
		if err := c.receive(ctx, m); err != nil {
			return err
		}
	}
	for c.nudges.Len() > 0 {
		c.nudges.ReceiveAsync(nil)
		due = true
	}
	if due && c.machine.Final() {
		c.rev++ // the corrective event did not come
		return nil
	}
	if due {
		return c.wake(ctx)
	}
	return nil
}

// wake looks at the clocks and fires what the timer may fire.
func (c *caseRun) wake(ctx workflow.Context) error {
	if err := c.lock.Lock(ctx); err != nil {
		return err
	}
	defer c.lock.Unlock()
	var w activities.Woken
	if err := workflow.ExecuteLocalActivity(local(ctx), acts.Wake, c.in.CaseID).Get(ctx, &w); err != nil {
		return err
	}
	c.learn(w.Outcome)
	if w.Reply.Step > c.st.Step {
		if err := c.load(ctx); err != nil {
			return err
		}
	}
	if err := c.show(ctx); err != nil {
		return err
	}
	c.early = c.st.Wake != nil && !c.st.Wake.After(c.in.Drill.At(workflow.Now(ctx)))
	for _, event := range w.Fire {
		step := c.st.Step
		if _, err := c.commit(ctx, c.byRule(event, "timer:"+event+":"+itoa(step), activities.ByTimer, "")); err != nil && !refused(err) {
			return err
		}
		if c.st.Step != step {
			return nil
		}
	}
	return nil
}

// show writes state and next moment where operators search. That costs as much as a
// third of a whole step (docs/benchmarks.md), so it is done when a run ends and when
// the clocks are looked at, not at every step; lists for people never read it.
func (c *caseRun) show(ctx workflow.Context) error {
	due := AttrDue.ValueUnset()
	if c.st.Wake != nil {
		due = AttrDue.ValueSet(*c.st.Wake)
	}
	return workflow.UpsertTypedSearchAttributes(ctx, AttrState.ValueSet(string(c.st.Current)), due)
}

func (c *caseRun) byRule(event, key string, actor activities.Actor, outbox string) activities.CommitRequest {
	return activities.CommitRequest{CaseID: c.in.CaseID, Event: event, Key: key, ExpectedSeq: activities.AnySeq, Actor: actor, OutboxID: outbox}
}

// receive takes an event of another case. In a state where it makes no sense it
// is refused and noted, never queued (2.0 #7).
func (c *caseRun) receive(ctx workflow.Context, m Message) error {
	if err := c.lock.Lock(ctx); err != nil {
		return err
	}
	defer c.lock.Unlock()
	_, err := c.commit(ctx, c.byRule(m.Event, "tell:"+m.OutboxID, activities.RuleActor(c.def, m.Event), m.OutboxID))
	if refused(err) {
		code := refusalCode(err)
		c.log.Info("message refused", "event", m.Event, "code", code)
		return c.dispose(ctx, m.OutboxID, code)
	}
	return err
}

func (c *caseRun) dispose(ctx workflow.Context, outboxID, note string) error {
	return workflow.ExecuteLocalActivity(local(ctx), acts.Dispose, outboxID, note).Get(ctx, nil)
}

// learn takes over what an activity has told about the case.
func (c *caseRun) learn(o activities.Outcome) {
	c.st.Wake, c.st.Out = o.Wake, o.Out
	if o.Version != 0 {
		c.version = o.Version
	}
	c.st.Sent = slices.DeleteFunc(c.st.Sent, func(id string) bool {
		return !slices.ContainsFunc(o.Out, func(x activities.Outgoing) bool { return x.ID == id })
	})
	c.rev++
}

// commit makes an event durable and then moves the machine. Call it with the
// lock held.
func (c *caseRun) commit(ctx workflow.Context, r activities.CommitRequest) (activities.Reply, error) {
	var out activities.Outcome
	err := workflow.ExecuteLocalActivity(local(ctx), acts.Commit, r).Get(ctx, &out)
	if conflict(err) {
		// The database may be ahead of this run, as after a restored Temporal: follow it.
		if err := c.load(ctx); err != nil {
			return activities.Reply{}, err
		}
	}
	if err != nil {
		return activities.Reply{}, err
	}
	c.learn(out)
	c.remember(r.Key, out.Reply)
	if out.Reply.Step <= c.st.Step {
		return out.Reply, nil // an answer given before
	}
	if to, err := c.machine.Fire(r.Event, ""); err != nil || to != out.Reply.State {
		// The database has the last word about where a case stands.
		c.log.Warn("machine follows the database", "event", r.Event, "state", out.Reply.State)
		c.machine = procedure.NewMachine(c.def, out.Reply.State)
	}
	c.st.Current, c.st.Step, c.st.StepSeq = out.Reply.State, out.Reply.Step, out.Reply.Seq
	return out.Reply, nil
}

func (c *caseRun) remember(key string, r activities.Reply) {
	c.st.Done = append(c.st.Done, Applied{Key: key, Reply: r})
	if extra := len(c.st.Done) - remembered; extra > 0 {
		c.st.Done = slices.Delete(c.st.Done, 0, extra)
	}
}

func (c *caseRun) done(key string) (activities.Reply, bool) {
	i := slices.IndexFunc(c.st.Done, func(a Applied) bool { return a.Key == key })
	if i < 0 {
		return activities.Reply{}, false
	}
	return c.st.Done[i].Reply, true
}

// refused reports whether an activity answered no, rather than failed.
func refused(err error) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.NonRetryable()
}

func conflict(err error) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.Type() == string(procedure.Conflict)
}

// refusalCode is the code of a refusal.
func refusalCode(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	return ""
}
