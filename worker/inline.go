package worker

import (
	"context"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/workflows"
)

func isInline(c *models.Case) bool { return procedure.IsInline(c.Procedure, c.Version) }

// fireInline takes an event of a case that has no workflow: it is committed here,
// and what follows for other cases is passed on.
func (c *Cases) fireInline(ctx context.Context, r activities.FireRequest, submission string) (activities.Reply, error) {
	out, err := c.Engine.Commit(ctx, activities.CommitRequest{CaseID: r.CaseID, Event: r.Event, Key: r.Key, ExpectedSeq: r.ExpectedSeq, Actor: r.Actor, SubmissionID: submission})
	if err != nil {
		return activities.Reply{}, c.Engine.UnstageRefused(ctx, submission, err)
	}
	c.PassOn(ctx, out.Out)
	return out.Reply, nil
}

// PassOn delivers what inline cases ask of others. What cannot be delivered now is
// found by Redeliver.
func (c *Cases) PassOn(ctx context.Context, out []activities.Outgoing) {
	for len(out) > 0 {
		o := out[0]
		out = out[1:]
		target := &models.Case{ID: o.TargetID, Procedure: o.Procedure, Version: o.Version}
		switch {
		case isInline(target):
			more, err := c.Engine.Deliver(ctx, o.ID)
			if err == nil {
				out = append(out, more...)
			}
		default:
			_ = c.passOn(ctx, o)
		}
	}
}

func (c *Cases) passOn(ctx context.Context, o activities.Outgoing) error {
	if o.Kind == "start" {
		target, err := c.Engine.Case(ctx, o.TargetID)
		if err != nil {
			return err
		}
		return c.Start(ctx, target, false)
	}
	return c.signal(ctx, o.ID, o.Kind, o.TargetID, o.Event)
}

// signal passes a message on to the workflow of a case. One that only has it look at
// its clocks is settled here: looking once too often does no harm.
func (c *Cases) signal(ctx context.Context, outboxID, kind, target, event string) error {
	if kind != "nudge" {
		return c.Client.SignalWorkflow(ctx, workflows.ID(target), "", workflows.SignalTell, workflows.Message{OutboxID: outboxID, Event: event})
	}
	if err := c.Nudge(ctx, target); err != nil {
		return err
	}
	return (&activities.Activities{Engine: c.Engine}).Dispose(ctx, outboxID, "")
}
