package worker

import (
	"context"
	"log/slog"
	"time"
)

// runsEvery is how soon a run of the data rules or of screening begins that somebody has asked for.
const runsEvery = 2 * time.Second

// tendEvery is how soon a campaign that has come to the field begins to open its forms.
const tendEvery = 3 * time.Second

// keepTending goes on with the campaigns as long as the server runs.
func (c *Cases) keepTending(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		if err := c.Engine.TendCampaigns(ctx); err != nil && ctx.Err() == nil {
			log.Warn("campaigns", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

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
