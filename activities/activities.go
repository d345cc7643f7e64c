package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// Activities are the local activities of the case workflow. Each turns a refusal
// into an error that is not retried and holds a code only, since words may name
// persons and histories must not; everything else is retried without end.
type Activities struct {
	Engine *Engine
}

func answer(err error) error {
	var r *procedure.Refusal
	if errors.As(err, &r) {
		return temporal.NewNonRetryableApplicationError(r.Code, string(r.Kind), nil)
	}
	return err
}

// Load gives the workflow the state of its case.
func (a *Activities) Load(ctx context.Context, caseID string) (Loaded, error) {
	out, err := a.Engine.Load(ctx, caseID, activity.GetInfo(ctx).WorkflowExecution.RunID)
	return out, answer(err)
}

// Commit takes one event in one transaction.
func (a *Activities) Commit(ctx context.Context, r CommitRequest) (Outcome, error) {
	r.RunID = activity.GetInfo(ctx).WorkflowExecution.RunID
	out, err := a.Engine.Commit(ctx, r)
	return out, answer(err)
}

// Wake looks at the clocks of a case.
func (a *Activities) Wake(ctx context.Context, caseID string) (Woken, error) {
	out, err := a.Engine.Wake(ctx, caseID)
	return out, answer(err)
}

// Deliver gives a message to a case without a workflow.
func (a *Activities) Deliver(ctx context.Context, outboxID string) error {
	_, err := a.Engine.Deliver(ctx, outboxID)
	return answer(err)
}

// Dispose marks a message as refused, with the code of the refusal.
func (a *Activities) Dispose(ctx context.Context, outboxID, note string) error {
	return a.Engine.Store.Tx(ctx, func(tx *gorm.DB) error { return settle(tx, outboxID, note, a.Engine.Clock.Now()) })
}

// Undelivered looks at a message that could not be delivered: to a case that has
// ended it is done with; to an open one it stays for reconcile.
func (a *Activities) Undelivered(ctx context.Context, outboxID string) error {
	return a.Engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		var o models.Outbox
		if err := tx.Where("id = ?", outboxID).Take(&o).Error; err != nil {
			return err
		}
		c, err := take(tx, o.TargetID)
		if err != nil {
			return err
		}
		if c.ClosedAt == nil {
			return nil
		}
		return settle(tx, outboxID, "case_closed", a.Engine.Clock.Now())
	})
}
