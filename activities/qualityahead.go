package activities

import (
	"context"
	"errors"

	"shouwang/models"
)

// homesRead is a batch of households, or why it could not be read.
type homesRead struct {
	homes []*home
	all   []*home // with the villages, which come last
	err   error
}

// lookAhead goes through the households behind the cursor: while one batch is written, the next is judged, and the one
// after it is read. The channel closes behind the last batch, or behind one that failed.
func (w *running) lookAhead(ctx context.Context) {
	read, ready := make(chan homesRead), make(chan homesRead)
	w.ahead.Go(func() { w.readAll(ctx, w.run.Cursor, read) })
	w.ahead.Go(func() { w.judgeAll(ctx, read, ready) })
	w.ready = ready
}

func (w *looker) readAll(ctx context.Context, cursor string, to chan<- homesRead) {
	defer close(to)
	for more := true; more; {
		homes, err := w.next(ctx, cursor, w.size())
		if more = err == nil && len(homes) == w.size(); more {
			cursor = cursorAfter(homes)
		}
		more = pass(ctx, to, homesRead{homes, homes, err}) && more
	}
}

func (w *looker) judgeAll(ctx context.Context, from <-chan homesRead, to chan<- homesRead) {
	defer close(to)
	for r := range from {
		if r.err == nil {
			r.err = w.judgeRead(ctx, &r)
		}
		if !pass(ctx, to, r) || r.err != nil {
			return
		}
	}
}

// pass hands a batch on; false when nobody wants it any more.
func pass(ctx context.Context, to chan<- homesRead, r homesRead) bool {
	select {
	case to <- r:
		return true
	case <-ctx.Done():
		return false
	}
}

// judgeRead judges a batch, and the villages behind the last, and reads what was known of those that were looked at.
func (w *looker) judgeRead(ctx context.Context, r *homesRead) error {
	if err := w.judge(r.homes); err != nil {
		return err
	}
	if len(r.homes) < w.size() {
		villages, err := w.readVillages(ctx)
		if err != nil {
			return err
		}
		r.all = append(r.all, villages...)
	}
	return w.readKnown(ctx, r.all)
}

// take is the next batch.
func (w *running) take(ctx context.Context) (homesRead, error) {
	if w.ready == nil {
		w.lookAhead(ctx)
	}
	r, ok := <-w.ready
	if err := ctx.Err(); err != nil {
		return r, err
	}
	if !ok {
		return r, errors.New("no households behind the last")
	}
	return r, r.err
}

// giveBack lets the memory of a batch be used again. What it points to goes at once: a few waiting batches would otherwise
// hold the records of thousands.
func (w *looker) giveBack(homes []*home) {
	for _, h := range homes {
		clear(h.people)
		h.household, h.expenses, h.followed = models.Household{}, nil, nil
	}
	select {
	case w.spare <- homes:
	default:
	}
}
