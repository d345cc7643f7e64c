package notify

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace keeps a robot below the limits of its vendor.
type pace struct {
	mu      sync.Mutex
	limits  []*rate.Limiter
	blocked time.Time
}

// atMost lets so many pass in any span of that length: some at once, and the rest evenly. What a bucket lets through at once
// counts in the same span as what flows into it, so that both together must not be more.
func atMost(n, atOnce int, span time.Duration) *rate.Limiter {
	return rate.NewLimiter(rate.Every(span/time.Duration(n-atOnce)), atOnce)
}

// take lets one pass, or says how long to wait.
func (p *pace) take(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := p.blocked.Sub(now)
	for _, l := range p.limits {
		if missing := 1 - l.TokensAt(now); missing > 0 {
			wait = max(wait, time.Duration(missing/float64(l.Limit())*float64(time.Second))+time.Millisecond)
		}
	}
	if wait > 0 {
		return wait
	}
	for _, l := range p.limits {
		l.AllowN(now, 1)
	}
	return 0
}

// block lets nothing pass for a while.
func (p *pace) block(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blocked = until
}
