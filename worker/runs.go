package worker

import (
	"context"
	"log/slog"
	"time"
)

// runsEvery is how soon a run of the data rules or of screening begins that somebody has asked for.
const runsEvery = 2 * time.Second

// keepRunning carries out runs over areas as long as the server runs, one at a time, so that people's work does not wait
// for them. Of several servers one works at each run, and takes over what another has left.
func (c *Cases) keepRunning(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(runsEvery)
	defer tick.Stop()
	for {
		if err := c.Engine.WorkRuns(ctx, c.self(), nil); err != nil && ctx.Err() == nil {
			log.Warn("runs over areas", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
