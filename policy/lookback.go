package policy

import "time"

// AddMonths moves by n months, forwards or back; a day that the month does not have becomes its last one.
func (d Date) AddMonths(n int) Date {
	first := NewDate(d.Year, d.Month, 1)
	first = NewDate(first.Year, first.Month+time.Month(n), 1)
	last := NewDate(first.Year, first.Month+1, 0).Day
	return NewDate(first.Year, first.Month, min(d.Day, last))
}

// MonthsUntil is the number of whole months from d to a later day; negative numbers count as none.
func (d Date) MonthsUntil(later Date) int {
	n := (later.Year-d.Year)*12 + int(later.Month-d.Month)
	if later.Before(d.AddMonths(n)) {
		n--
	}
	return max(n, 0)
}

// Modes of the look-backs after an elimination (S003 #11, domain section 6 #5).
const (
	LookbackRolling  = "rolling_3m"
	LookbackCalendar = "calendar_quarter"
)

// LookbackPeriod is the first and the last day of the n-th look-back, counted from 1, after a risk was eliminated on a
// day: three months each, counted on from that day, or the calendar quarters that follow its own.
func LookbackPeriod(mode string, eliminated Date, n int) (from, to Date) {
	if mode == LookbackCalendar {
		from = PeriodOf("quarter", eliminated).First.AddMonths(3 * n)
		return from, from.AddMonths(3).AddDays(-1)
	}
	return eliminated.AddMonths(3 * (n - 1)).AddDays(1), eliminated.AddMonths(3 * n)
}
