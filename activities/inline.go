package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// An Inline case has the same clocks and messages as any other and no workflow of
// its own: messages are committed where they are sent, and one workflow for all of
// them asks Sweep when the next clock is due.

func isInline(c *models.Case) bool { return procedure.IsInline(c.Procedure, c.Version) }

// inlineNames are the procedures whose cases have no workflow.
func inlineNames() []string {
	var out []string
	for _, d := range procedure.All {
		if d.Mode == procedure.Inline {
			out = append(out, d.Name)
		}
	}
	return out
}

// Deliver commits the message in an outbox row on its inline target. In a state
// where it makes no sense it is refused and noted, never queued (2.0 #7). It
// returns what follows for other cases.
func (e *Engine) Deliver(ctx context.Context, outboxID string) ([]Outgoing, error) {
	var o models.Outbox
	db := e.Store.DB.WithContext(ctx)
	if err := db.Where("id = ?", outboxID).Take(&o).Error; err != nil {
		return nil, err
	}
	if o.DoneAt != nil {
		return nil, nil
	}
	c, err := take(db, o.TargetID)
	if err != nil {
		return nil, err
	}
	d, err := definition(c)
	if err != nil {
		return nil, err
	}
	out, err := e.Commit(ctx, CommitRequest{CaseID: c.ID, Event: o.Event, Key: "tell:" + o.ID, ExpectedSeq: AnySeq, Actor: RuleActor(d, o.Event), OutboxID: o.ID})
	var refusal *procedure.Refusal
	if errors.As(err, &refusal) && refusal.Kind != procedure.Busy {
		return nil, e.Store.Tx(ctx, func(tx *gorm.DB) error { return settle(tx, o.ID, refusal.Code, e.Clock.Now()) })
	}
	return out.Out, err
}

// Swept is what a look at the clocks of inline cases has done.
type Swept struct {
	// Cases is how many were looked at; as many as were asked for means there are more.
	Cases int
	// Next is when the next of them is due, nil without one.
	Next *time.Time
	// Out is what follows for other cases.
	Out []Outgoing
}

// Sweep looks at the clocks of at most limit inline cases that are due: it fires
// their rungs and the events that the timer may fire. Doing so twice does no harm.
func (e *Engine) Sweep(ctx context.Context, limit int) (Swept, error) {
	var s Swept
	waiting := func() *gorm.DB {
		return e.Store.DB.WithContext(ctx).Model(&models.Case{}).Where("closed_at IS NULL AND wake_at IS NOT NULL AND procedure IN ?", inlineNames())
	}
	var ids []string
	if err := waiting().Where("wake_at <= ?", e.Clock.Now()).Order("wake_at, id").Limit(limit).Pluck("id", &ids).Error; err != nil {
		return s, err
	}
	for _, id := range ids {
		out, err := e.tick(ctx, id)
		if err != nil {
			return s, err
		}
		s.Cases, s.Out = s.Cases+1, append(s.Out, out...)
	}
	var next models.Case
	err := waiting().Select("wake_at").Order("wake_at, id").Limit(1).Find(&next).Error
	s.Next = next.WakeAt
	return s, err
}

// tick wakes one inline case and fires what the timer may fire.
func (e *Engine) tick(ctx context.Context, id string) ([]Outgoing, error) {
	w, err := e.Wake(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, event := range w.Fire {
		out, err := e.Commit(ctx, CommitRequest{CaseID: id, Event: event, Key: fmt.Sprintf("timer:%s:%d", event, w.Reply.Step), ExpectedSeq: AnySeq, Actor: ByTimer})
		var refusal *procedure.Refusal
		if err != nil && !errors.As(err, &refusal) {
			return nil, err
		}
		if err == nil {
			return out.Out, nil
		}
	}
	return w.Out, nil
}
