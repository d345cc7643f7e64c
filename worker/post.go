package worker

import (
	"context"
	"log/slog"
	"time"
)

const (
	// postEvery is how soon a message goes out of the application.
	postEvery = 2 * time.Second
	// postLease is how long a server that has gone down keeps the others from sending.
	postLease = 30 * time.Second
)

// keepPosting carries messages out of the application as long as the server runs. Of several servers one does, so that the
// limits of the other side are counted in one place. No step waits for it, and it waits for no step.
func (c *Cases) keepPosting(ctx context.Context, log *slog.Logger) {
	if c.Post == nil {
		return
	}
	defer c.Post.Wait()
	tick := time.NewTicker(postEvery)
	defer tick.Stop()
	for {
		if err := c.postRound(ctx); err != nil && ctx.Err() == nil {
			log.Warn("messages on their way out", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (c *Cases) postRound(ctx context.Context) error {
	if due, err := c.Post.Due(ctx); err != nil || !due {
		return err
	}
	mine, err := c.Engine.Store.Lease(ctx, "post", c.self(), postLease)
	if err != nil || !mine {
		return err
	}
	return c.Post.Round(ctx)
}
