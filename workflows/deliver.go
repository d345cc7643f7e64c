package workflows

import (
	"errors"
	"slices"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/procedure"
)

// unsent is what the case has been asked to deliver and has not sent yet.
func (c *caseRun) unsent() []activities.Outgoing {
	var out []activities.Outgoing
	for _, o := range c.st.Out {
		if !slices.Contains(c.st.Sent, o.ID) {
			out = append(out, o)
		}
	}
	return out
}

// deliver starts child cases and passes events on. The receiver marks each as
// done in its own transaction; what gets lost on the way is found by reconcile.
func (c *caseRun) deliver(ctx workflow.Context) error {
	for _, o := range c.unsent() {
		c.st.Sent = append(c.st.Sent, o.ID)
		if err := c.send(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (c *caseRun) send(ctx workflow.Context, o activities.Outgoing) error {
	switch {
	case o.Kind == "start":
		return c.startChild(ctx, o)
	case o.Kind == "nudge":
		return c.nudge(ctx, o)
	case procedure.IsInline(o.Procedure, o.Version):
		return workflow.ExecuteLocalActivity(local(ctx), acts.Deliver, o.ID).Get(ctx, nil)
	case o.TargetID == c.in.CaseID:
		return c.receive(ctx, Message{OutboxID: o.ID, Event: o.Event})
	}
	err := workflow.SignalExternalWorkflow(ctx, ID(o.TargetID), "", SignalTell, Message{OutboxID: o.ID, Event: o.Event}).Get(ctx, nil)
	if err != nil {
		c.log.Warn("message not delivered", "target", o.TargetID, "event", o.Event, "err", err)
		return workflow.ExecuteLocalActivity(local(ctx), acts.Undelivered, o.ID).Get(ctx, nil)
	}
	return nil
}

// nudge has another case look at its clocks, after its limits were changed from
// outside; or this one, which has done so by being asked.
func (c *caseRun) nudge(ctx workflow.Context, o activities.Outgoing) error {
	if o.TargetID == c.in.CaseID {
		if err := c.dispose(ctx, o.ID, ""); err != nil {
			return err
		}
		return c.wake(ctx)
	}
	if err := workflow.SignalExternalWorkflow(ctx, ID(o.TargetID), "", SignalNudge, nil).Get(ctx, nil); err != nil {
		c.log.Warn("nudge not delivered", "target", o.TargetID, "err", err)
		return workflow.ExecuteLocalActivity(local(ctx), acts.Undelivered, o.ID).Get(ctx, nil)
	}
	return c.dispose(ctx, o.ID, "")
}

func (c *caseRun) startChild(ctx workflow.Context, o activities.Outgoing) error {
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            ID(o.TargetID),
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		TypedSearchAttributes: Attributes(o.Procedure, c.in.Region),
	})
	in := Input{CaseID: o.TargetID, Version: o.Version, Region: c.in.Region, Drill: c.in.Drill, ContinueAfter: c.in.ContinueAfter, KeepTimer: true}
	err := workflow.ExecuteChildWorkflow(child, o.Procedure, in).GetChildWorkflowExecution().Get(ctx, nil)
	var started *temporal.ChildWorkflowExecutionAlreadyStartedError
	if errors.As(err, &started) {
		return nil
	}
	return err
}

// Attributes are the search attributes a case starts with.
func Attributes(proc, region string) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(AttrProcedure.ValueSet(proc), AttrRegion.ValueSet(region))
}

// longEnough reports whether the history has grown so that the case should
// continue as new when idle, or must because it was moved to another version.
func (c *caseRun) longEnough(ctx workflow.Context) bool {
	limit := c.in.ContinueAfter
	if limit == 0 {
		limit = continueAfter
	}
	info := workflow.GetInfo(ctx)
	return c.version != c.in.Version || info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() >= limit
}

// continueAsNew hands the case over to a new run, unless something comes up
// while the handlers finish. Updates are refused meanwhile and come again.
func (c *caseRun) continueAsNew(ctx workflow.Context) (bool, error) {
	c.draining = true
	defer func() { c.draining = false }()
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return true, err
	}
	if len(c.unsent()) > 0 || c.over() {
		return false, nil
	}
	for c.tells.Len() > 0 || c.nudges.Len() > 0 {
		if err := c.act(ctx, false); err != nil {
			return true, err
		}
	}
	if len(c.unsent()) > 0 || c.over() {
		return false, nil
	}
	c.alarm.stop()
	if err := c.show(ctx); err != nil {
		return true, err
	}
	next := c.in
	next.Version = c.version
	next.State, next.Correcting, next.KeepTimer = &c.st, false, true
	return true, workflow.NewContinueAsNewError(ctx, workflow.GetInfo(ctx).WorkflowType.Name, next)
}
