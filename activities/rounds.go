package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"shouwang/policy"
)

// Rounds are the activities of the workflow that keeps the time for all cases
// without one. Both say how far they have come, so that another server goes on where
// one has stopped, and both may be done twice.
type Rounds struct {
	Engine *Engine
	// PassOn delivers what follows for other cases.
	PassOn func(ctx context.Context, out []Outgoing)
}

const (
	dutyBatch = 500
	// sweepBatch is how many due cases are looked at between two heartbeats, and after each batch of duties. It is small:
	// on a busy machine one may take half a second, and an activity that is silent for a minute is begun anew.
	sweepBatch = 20
	// lookbackBatch is smaller: on SQLite every step waits until all of a batch are opened.
	lookbackBatch = 2
)

// dutiesDone is how far the duties of a day have come.
type dutiesDone struct {
	Cursor string
	Made   int
	// Visits says that those are made; Lookbacks is where their rest begins.
	Visits    bool
	Lookbacks string
}

// Duties makes the duties of a day, "2006-01-02", for all households and returns how
// many there were: the visits, and the look-backs of the quarter. First it starts the
// clocks of the plans whose responsible person has left; the full screenings that are
// due are drawn up on the way, and the nightly run of the data rules is put in line.
func (r *Rounds) Duties(ctx context.Context, day string) (int, error) {
	on, err := policy.ParseDate(day)
	if err != nil {
		return 0, answer(err)
	}
	var at dutiesDone
	if activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &at) // unreadable: from the beginning
	}
	out, err := r.Engine.StartHandovers(ctx)
	r.PassOn(ctx, out)
	if err != nil {
		return at.Made, answer(err)
	}
	for !at.Visits {
		g, err := r.Engine.GenerateDuties(ctx, on, at.Cursor, dutyBatch)
		if err != nil {
			return at.Made, answer(err)
		}
		at.Made, at.Cursor, at.Visits = at.Made+g.Duties, g.Cursor, g.Cursor == ""
		if err := r.between(ctx, at); err != nil {
			return at.Made, answer(err)
		}
	}
	if _, err := r.Engine.PlanScreenings(ctx, on); err != nil {
		return at.Made, answer(err)
	}
	if err := r.Engine.NightlyRuns(ctx, on); err != nil {
		return at.Made, answer(err)
	}
	return r.lookBacks(ctx, on, at)
}

// lookBacks opens the look-backs of the quarter in which a day lies. Households that
// come to be monitored after the first month of a quarter are looked back on from
// the next one on.
func (r *Rounds) lookBacks(ctx context.Context, on policy.Date, at dutiesDone) (int, error) {
	quarter := policy.PeriodOf("quarter", on)
	if !on.Before(quarter.First.AddMonths(1)) {
		return at.Made, nil
	}
	for {
		l, err := r.Engine.OpenQuarterLookbacks(ctx, quarter, at.Lookbacks, lookbackBatch)
		if err != nil {
			return at.Made, answer(err)
		}
		at.Made, at.Lookbacks = at.Made+l.Opened, l.Cursor
		if l.Cursor == "" {
			return at.Made, nil
		}
		if err := r.between(ctx, at); err != nil {
			return at.Made, answer(err)
		}
	}
}

// between says how far the duties have come, and sweeps once while they are made: what is due meanwhile does not wait until they
// are all there, which for many households takes long, and a great many due at once do not keep the duties waiting either.
func (r *Rounds) between(ctx context.Context, at dutiesDone) error {
	if err := beat(ctx, at); err != nil {
		return err
	}
	s, err := r.Engine.Sweep(ctx, sweepBatch)
	r.PassOn(ctx, s.Out)
	return err
}

// Sweep looks at the clocks of all cases without a workflow that are due, and
// returns when the next of them is.
func (r *Rounds) Sweep(ctx context.Context) (*time.Time, error) {
	for {
		s, err := r.Engine.Sweep(ctx, sweepBatch)
		r.PassOn(ctx, s.Out)
		if err != nil {
			return nil, answer(err)
		}
		if s.Cases < sweepBatch {
			return s.Next, nil
		}
		if err := beat(ctx, s.Cases); err != nil {
			return nil, err
		}
	}
}

// errStops ends an activity of a server that is stopping. It is begun again a second later by whoever works then, and goes on
// from its last heartbeat; without it the rounds would rest until the silence of a minute tells that nobody is at it.
var errStops = errors.New("the server stops")

// beat says how far an activity has come, and whether it is to end here.
func beat(ctx context.Context, done any) error {
	activity.RecordHeartbeat(ctx, done)
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return errStops
	default:
		return nil
	}
}
