// Package casetime is the clock of the cases. It is the real clock, except in a
// drill, where case time runs faster than real time so that a procedure of weeks
// can be watched in minutes.
package casetime

import (
	"fmt"
	"strings"
	"time"
)

// Shanghai is the zone of all case dates. China has one zone and no summer time.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Drill maps real time to case time: the case clock stood at Case when the real
// clock stood at Real, and runs Rate times as fast. The zero Drill is the real clock.
type Drill struct {
	Real time.Time `json:"real,omitzero"`
	Case time.Time `json:"case,omitzero"`
	Rate float64   `json:"rate,omitempty"`
}

// ParseRate reads "1d=2s" (one day of case time in two real seconds) as a rate.
func ParseRate(s string) (float64, error) {
	left, right, ok := strings.Cut(s, "=")
	days, hasDays := strings.CutSuffix(left, "d")
	if !ok || !hasDays || days != "1" {
		return 0, fmt.Errorf("演练时钟 %q 应写作 1d=2s", s)
	}
	real, err := time.ParseDuration(right)
	if err != nil || real < 10*time.Millisecond || real > 24*time.Hour {
		return 0, fmt.Errorf("演练时钟 %q：一天应对应 10ms 至 24h", s)
	}
	return float64(24*time.Hour) / float64(real), nil
}

// At is the case time at a real time.
func (d Drill) At(real time.Time) time.Time {
	if d.Rate == 0 {
		return real
	}
	return d.Case.Add(time.Duration(float64(real.Sub(d.Real)) * d.Rate))
}

// Wait is the real time from a real now until the case time at, never negative.
func (d Drill) Wait(real, at time.Time) time.Duration {
	wait := at.Sub(d.At(real))
	if d.Rate != 0 {
		// One millisecond more, so that rounding never wakes a case too early.
		wait = time.Duration(float64(wait)/d.Rate) + time.Millisecond
	}
	return max(wait, 0)
}

// Clock tells the case time now.
type Clock struct {
	Drill Drill
	// Real is the real clock; nil means time.Now. Tests set it.
	Real func() time.Time
}

// Now is the case time in UTC, in whole microseconds, which is what the databases keep.
func (c *Clock) Now() time.Time {
	real := time.Now
	if c.Real != nil {
		real = c.Real
	}
	return c.Drill.At(real()).UTC().Truncate(time.Microsecond)
}
