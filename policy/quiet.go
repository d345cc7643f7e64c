package policy

import "time"

// Quiet is the time of day in which people are left alone. One that ends before it begins goes over midnight; one that ends
// when it begins is none.
type Quiet struct{ From, Until time.Duration }

// ParseQuiet reads both ends, as 21:00 and 07:30.
func ParseQuiet(from, until string) (q Quiet, err error) {
	if q.From, err = ParseTimeOfDay(from); err == nil {
		q.Until, err = ParseTimeOfDay(until)
	}
	return q, err
}

// End is when a quiet time ends that a moment lies in; its first instant does, its last does not.
func (q Quiet) End(at time.Time) (end time.Time, quiet bool) {
	day := DateOf(at)
	since := at.Sub(day.Start())
	switch {
	case q.From <= since && since < q.Until, q.Until < q.From && since < q.Until:
		return day.Start().Add(q.Until), true
	case q.Until < q.From && q.From <= since:
		return day.AddDays(1).Start().Add(q.Until), true
	}
	return at, false
}
