package activities

import (
	"time"

	"shouwang/policy"
)

// The print of a look has the day in its last bits on which the household must be looked at again although nothing has
// changed, counted from firstDay; none is 0.
const dayBits = 1<<16 - 1

var firstDay = policy.NewDate(2020, 1, 1)

// due reports whether a household must be looked at: not when it is as it was at the last look and no day has come since
// on which a rule may say something else.
func (w *looker) due(x *home) bool {
	if w.full || x.before == nil || (*x.before^x.print)&^dayBits != 0 {
		return true
	}
	day := int(*x.before & dayBits)
	if day > 0 && w.today.Sub(firstDay) >= day {
		return true
	}
	x.print = *x.before
	return false
}

// dated notes in the print of a household when it must be looked at again.
func (x *home) dated(f *policy.Family) {
	day := f.NextChange(x.policy.data)
	if !x.turn.IsZero() && (day.IsZero() || x.turn.Before(day)) {
		day = x.turn
	}
	if n := day.Sub(firstDay); !day.IsZero() && n > 0 && n <= dayBits {
		x.print |= int64(n)
	}
}

// turns notes a moment to come at which what is known of a household changes by itself: the rest of that day sees it.
func (x *home) turns(today policy.Date, moments ...*time.Time) {
	for _, at := range moments {
		if at == nil {
			continue
		}
		day := policy.DateOf(*at)
		if !day.Start().Equal(*at) {
			day = day.AddDays(1) // at night, when the runs are, it is over
		}
		if today.Before(day) && (x.turn.IsZero() || day.Before(x.turn)) {
			x.turn = day
		}
	}
}
