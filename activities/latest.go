package activities

import (
	"context"
	"hash/fnv"
	"sync/atomic"

	"shouwang/models"
)

// Whoever fires an event and the worker that commits it are in one process most of
// the time. Then the caller need not wait for Temporal to pass the answer on, nor
// read again what was just written.

// caller is a request that waits for its event to be committed.
type caller struct{ caseID, key string }

// Await returns a channel that gets the reply to an event once it is committed in this
// process, and what to call when nobody waits any more.
func (e *Engine) Await(caseID, key string) (committed <-chan Reply, forget func()) {
	c := make(chan Reply, 1)
	e.waiting.Store(caller{caseID, key}, c)
	return c, func() { e.waiting.CompareAndDelete(caller{caseID, key}, c) }
}

// announce tells who waits for an act that it is committed.
func (e *Engine) announce(key string, c *models.Case, r Reply) {
	e.latest.keep(c)
	if w, ok := e.waiting.LoadAndDelete(caller{c.ID, key}); ok {
		w.(chan Reply) <- r
	}
}

// CaseAt is the case as an act has left it that was just committed, with the sequence
// of its reply. Later acts of others may be in it or not.
func (e *Engine) CaseAt(ctx context.Context, id string, seq int) (*models.Case, error) {
	if c := e.latest.find(id, seq); c != nil {
		return c, nil
	}
	return e.Case(ctx, id)
}

// latest keeps some cases as their last acts have left them.
type latest [256]atomic.Pointer[models.Case]

func (l *latest) place(id string) *atomic.Pointer[models.Case] {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return &l[h.Sum32()%uint32(len(l))]
}

func (l *latest) keep(c *models.Case) { l.place(c.ID).Store(c) }

func (l *latest) find(id string, seq int) *models.Case {
	if c := l.place(id).Load(); c != nil && c.ID == id && c.Seq == seq {
		return c
	}
	return nil
}
