package workflows

import (
	"slices"
	"strconv"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/procedure"
)

func itoa(n int) string { return strconv.Itoa(n) }

// validate refuses, without leaving a trace in the history, what can never succeed.
// Roles are checked here because this is never replayed; it must not block or
// change anything. Whether the case can move is not for it to say: the database may
// be ahead of this run, and only the handler can ask.
func (c *caseRun) validate(_ workflow.Context, r activities.CommitRequest) error {
	if c.draining {
		return temporal.NewApplicationError("draining", string(procedure.Busy))
	}
	if _, ok := c.done(r.Key); ok {
		return nil
	}
	e, ok := c.def.Event(r.Event)
	if !ok {
		return refusal(procedure.Conflict, "unknown_event")
	}
	held := slices.Contains(e.Roles, r.Actor.Role)
	if r.Actor.OnBehalf {
		held = slices.Contains(e.Proxies, r.Actor.Role)
	}
	if !held || !r.Actor.Role.Human() {
		return refusal(procedure.Forbidden, "role_not_allowed")
	}
	return nil
}

// find decides whether the case can move. It is replayed: structure only.
func (c *caseRun) find(r activities.CommitRequest) error {
	if r.ExpectedSeq != activities.AnySeq && r.ExpectedSeq < c.st.StepSeq {
		return refusal(procedure.Conflict, "case_moved")
	}
	if _, ok := c.def.EventFrom(r.Event, c.machine.State()); !ok {
		return refusal(procedure.Conflict, "event_not_allowed")
	}
	return nil
}

// refusal says no with a code only: words may hold personal data, and histories
// must not.
func refusal(kind procedure.RefusalKind, code string) error {
	return temporal.NewNonRetryableApplicationError(code, string(kind), nil)
}

// fire takes an event from a person. An event that does not fit may do so in the
// database, which is ahead when Temporal has lost the end of a step: follow it.
func (c *caseRun) fire(ctx workflow.Context, r activities.CommitRequest) (activities.Reply, error) {
	if err := c.lock.Lock(ctx); err != nil {
		return activities.Reply{}, err
	}
	defer c.lock.Unlock()
	if reply, ok := c.done(r.Key); ok {
		return reply, nil
	}
	if c.find(r) != nil {
		if err := c.load(ctx); err != nil {
			return activities.Reply{}, err
		}
		if err := c.find(r); err != nil {
			return activities.Reply{}, err
		}
	}
	return c.commit(ctx, r)
}
