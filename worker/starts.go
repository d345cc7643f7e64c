package worker

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"shouwang/models"
)

const (
	// StartRate is how many waiting cases are started in a second by default. Chosen
	// by measurement (docs/scale.md).
	StartRate = 20
	// startLease is how long a server that goes down keeps others from starting cases.
	startLease = time.Minute
)

// keepStarting starts waiting cases as long as the server runs.
func (c *Cases) keepStarting(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(repairEvery)
	defer tick.Stop()
	for {
		if _, err := c.StartWaiting(ctx, repairEvery); err != nil && ctx.Err() == nil {
			log.Warn("start waiting cases", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// StartWaiting starts the workflows of the cases that were opened at least age ago
// and have none yet: those opened in bulk, as the look-backs of a quarter, and those
// whose start was lost. It goes through all of them once, one after another and at
// most StartRate in a second, so that people's work on other cases does not wait for
// them. One server at a time does so; the others start none.
func (c *Cases) StartWaiting(ctx context.Context, age time.Duration) (started int, err error) {
	pace := rate.NewLimiter(rate.Limit(c.startRate()), 1)
	var leased time.Time
	for after := ""; ; {
		var rows []models.Outbox
		err := c.Engine.Store.DB.WithContext(ctx).Where("kind = ? AND done_at IS NULL AND created_at < ? AND id > ?", "start", c.Engine.Clock.Now().Add(-age), after).
			Order("id").Limit(repairBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return started, err
		}
		for _, o := range rows {
			if time.Since(leased) > startLease/3 {
				if mine, err := c.Engine.Store.Lease(ctx, "starts", c.self(), startLease); err != nil || !mine {
					return started, err
				}
				leased = time.Now()
			}
			if err := pace.Wait(ctx); err != nil {
				return started, err
			}
			if err := c.startOne(ctx, o); err != nil {
				return started, err
			}
			started++
		}
		after = rows[len(rows)-1].ID
	}
}

func (c *Cases) startOne(ctx context.Context, o models.Outbox) error {
	target, err := c.Engine.Case(ctx, o.TargetID)
	if err != nil {
		return err
	}
	return c.redeliver(ctx, o, target)
}

func (c *Cases) startRate() float64 {
	if c.StartRate <= 0 {
		return StartRate
	}
	return c.StartRate
}

// self tells this server from others.
func (c *Cases) self() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.id == "" {
		c.id = models.NewID()
	}
	return c.id
}
