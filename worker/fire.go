package worker

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/workflows"
)

const (
	// updateWait bounds how long a caller waits for a case; then he is told to come
	// again with the same key.
	updateWait = 10 * time.Second
	// maxInFlight is Temporal's limit of updates per case. One more would not be
	// refused but hang.
	maxInFlight = 10
	// drainPause is how long to let a run finish that continues as new.
	drainPause = 25 * time.Millisecond
)

func busy() error {
	return procedure.Refuse(procedure.Busy, "case_busy", "该事项正在处理其他操作，请稍后用同一请求编号重试")
}

// Fire fires an event. Bad requests are answered from the database, before
// anything is sent; the rest goes through the workflow of the case. The same key
// always gets the same reply, also after a crash between commit and answer.
func (c *Cases) Fire(ctx context.Context, r activities.FireRequest) (activities.Reply, error) {
	if r.Case == nil {
		var err error
		if r.Case, err = c.Engine.Case(ctx, r.CaseID); err != nil {
			return activities.Reply{}, err
		}
	}
	submission, again, err := c.Engine.StageAgain(ctx, r)
	if err != nil {
		return activities.Reply{}, err
	}
	if again {
		if reply, ok, err := c.Engine.Done(ctx, r.CaseID, r.Key); err != nil || ok {
			return reply, err
		}
	}
	if err := c.Engine.Precheck(ctx, r); err != nil {
		return activities.Reply{}, c.Engine.UnstageRefused(ctx, submission, err)
	}
	if isInline(r.Case) {
		return c.fireInline(ctx, r, submission)
	}
	if !c.enter(r.CaseID) {
		return activities.Reply{}, busy()
	}
	return c.deliver(ctx, r, submission)
}

// deliver hands an event to the workflow of its case and returns as soon as it is
// committed: that is what the answer rests on. Temporal notes the end of the step
// meanwhile; if it cannot, the case is doubted, and settled later.
func (c *Cases) deliver(ctx context.Context, r activities.FireRequest, submission string) (activities.Reply, error) {
	type answer struct {
		reply activities.Reply
		err   error
	}
	committed, forget := c.Engine.Await(r.CaseID, r.Key)
	noted := make(chan answer, 1)
	c.noting.Go(func() {
		defer c.leave(r.CaseID)
		defer forget()
		ctx := context.WithoutCancel(ctx) // send has a limit of its own
		reply, err := c.send(ctx, r.Case, r, submission)
		if err != nil {
			reply, err = c.explain(ctx, r, submission, err)
		}
		noted <- answer{reply, err}
	})
	select {
	case reply := <-committed:
		return reply, nil
	case a := <-noted:
		return a.reply, a.err
	case <-ctx.Done():
		return activities.Reply{}, busy()
	}
}

// Drain waits until Temporal has noted the end of every step that was answered.
func (c *Cases) Drain() { c.noting.Wait() }

func (c *Cases) enter(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flying == nil {
		c.flying = map[string]int{}
	}
	if c.flying[id] >= maxInFlight {
		return false
	}
	c.flying[id]++
	return true
}

func (c *Cases) leave(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flying[id]--; c.flying[id] <= 0 {
		delete(c.flying, id)
	}
}

func (c *Cases) send(ctx context.Context, cs *models.Case, r activities.FireRequest, submission string) (activities.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, updateWait)
	defer cancel()
	reply, err := c.update(ctx, r, submission)
	if isGone(err) {
		// The case is there and its workflow is not: it has ended and takes its one
		// corrective event, or Temporal has lost it.
		if err := c.Start(ctx, cs, cs.ClosedAt != nil); err != nil {
			return activities.Reply{}, err
		}
		reply, err = c.update(ctx, r, submission)
	}
	for draining(err) && pause(ctx, drainPause) { // the next run takes it
		reply, err = c.update(ctx, r, submission)
	}
	return reply, err
}

// draining reports whether a case refused an update because its run is ending.
func draining(err error) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.Type() == string(procedure.Busy)
}

// pause waits, and reports false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (c *Cases) update(ctx context.Context, r activities.FireRequest, submission string) (activities.Reply, error) {
	// The submission stands for key and content: a repeated request meets its own
	// update, and one that was mended after a refusal is a new one.
	h, err := c.Client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflows.ID(r.CaseID), UpdateID: submission, UpdateName: workflows.UpdateFire,
		WaitForStage: client.WorkflowUpdateStageCompleted,
		Args:         []any{activities.CommitRequest{CaseID: r.CaseID, Event: r.Event, Key: r.Key, ExpectedSeq: r.ExpectedSeq, Actor: r.Actor, SubmissionID: submission}},
	})
	if err != nil {
		return activities.Reply{}, err
	}
	var reply activities.Reply
	err = h.Get(ctx, &reply)
	return reply, err
}

// explain turns what Temporal says into an answer. A refusal comes back as a code
// only, so the words are looked up again; and whatever went wrong, an event that
// was committed has its reply.
func (c *Cases) explain(ctx context.Context, r activities.FireRequest, submission string, cause error) (activities.Reply, error) {
	r.Case = nil // it may have moved meanwhile
	if unavailable(cause) {
		c.doubt(r.CaseID)
	}
	if reply, ok, err := c.Engine.Done(ctx, r.CaseID, r.Key); err == nil && ok {
		return reply, nil
	}
	var app *temporal.ApplicationError
	if !errors.As(cause, &app) {
		if unavailable(cause) {
			return activities.Reply{}, busy()
		}
		return activities.Reply{}, cause
	}
	if draining(cause) {
		return activities.Reply{}, busy()
	}
	if !isRefusal(app.Type()) {
		return activities.Reply{}, cause
	}
	if err := c.Engine.Precheck(ctx, r); err != nil {
		return activities.Reply{}, c.Engine.UnstageRefused(ctx, submission, err)
	}
	// Refused a moment ago, allowed now: come again, as a new request.
	if err := c.Engine.Unstage(ctx, submission); err != nil {
		return activities.Reply{}, err
	}
	return activities.Reply{}, busy()
}

func isRefusal(kind string) bool {
	switch procedure.RefusalKind(kind) {
	case procedure.Forbidden, procedure.Conflict, procedure.Invalid, procedure.NotFound:
		return true
	}
	return false
}

// unavailable reports whether waiting and trying again may help.
func unavailable(err error) bool {
	var (
		down    *serviceerror.Unavailable
		dead    *serviceerror.DeadlineExceeded
		full    *serviceerror.ResourceExhausted
		timeout *client.WorkflowUpdateServiceTimeoutOrCanceledError
		gone    *serviceerror.NotFound
		aborted *serviceerror.Aborted
	)
	return errors.As(err, &down) || errors.As(err, &dead) || errors.As(err, &full) || errors.As(err, &timeout) ||
		errors.As(err, &gone) || errors.As(err, &aborted) || errors.Is(err, context.DeadlineExceeded)
}
