package workflows

import (
	"cmp"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/internal/casetime"
)

// RoundsID is the workflow id of the rounds, and RoundsName the name they are
// registered under. There is one of them in an installation.
const (
	RoundsID   = "rounds"
	RoundsName = "rounds"
)

const (
	// roundsEvery is the longest time, by the case clock, between two looks at the
	// cases without a workflow: one of them may have got an earlier moment meanwhile.
	roundsEvery = time.Hour
	// roundsLeast is the shortest real time between two looks, for a drill.
	roundsLeast = time.Second
	// roundsLooks is how many times one run looks; each takes about a dozen events of
	// its history, one on a new day twice as many.
	roundsLooks = 100
)

// RoundsInput starts a run of the rounds.
type RoundsInput struct {
	Drill casetime.Drill `json:"drill,omitzero"`
	// Every, when set, replaces the longest time between two looks.
	Every time.Duration `json:"every,omitempty"`
	// Looks replaces how many times one run looks.
	Looks int `json:"looks,omitempty"`
	// Day is the last day for which duties were made, "2006-01-02".
	Day string `json:"day,omitempty"`
}

var rounds *activities.Rounds

// Rounds keep the time for all cases that have no workflow of their own, and make the
// duties of each day. They never end: whatever fails is tried again.
func Rounds(ctx workflow.Context, in RoundsInput) error {
	every, looks := cmp.Or(in.Every, roundsEvery), cmp.Or(in.Looks, roundsLooks)
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 6 * time.Hour,
		HeartbeatTimeout:    time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
	// What is due rings before a new day's duties are made, which for many households
	// takes a while, and again afterwards, since some of them begin at once.
	sweepFirst := workflow.GetVersion(ctx, "sweep-first", workflow.DefaultVersion, 1) >= 1
	for range looks {
		var next *time.Time
		now := in.Drill.At(workflow.Now(ctx))
		today := now.In(casetime.Shanghai).Format(time.DateOnly)
		if sweepFirst || today == in.Day {
			if err := workflow.ExecuteActivity(ctx, rounds.Sweep).Get(ctx, &next); err != nil {
				return err
			}
		}
		if today != in.Day {
			if err := workflow.ExecuteActivity(ctx, rounds.Duties, today).Get(ctx, nil); err != nil {
				return err
			}
			in.Day = today
			if err := workflow.ExecuteActivity(ctx, rounds.Sweep).Get(ctx, &next); err != nil {
				return err
			}
		}
		if err := workflow.Sleep(ctx, roundsPause(workflow.Now(ctx), in.Drill, every, next)); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, RoundsName, in)
}

// roundsPause is the real time until the next look: when the next case is due, when
// the day ends, or after every, whichever comes first.
func roundsPause(real time.Time, d casetime.Drill, every time.Duration, next *time.Time) time.Duration {
	now := d.At(real)
	until := now.Add(every)
	y, m, day := now.In(casetime.Shanghai).Date()
	if midnight := time.Date(y, m, day+1, 0, 0, 0, 0, casetime.Shanghai); midnight.Before(until) {
		until = midnight
	}
	if next != nil && next.Before(until) {
		until = *next
	}
	return max(d.Wait(real, until), roundsLeast)
}
