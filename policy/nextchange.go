package policy

// NextChange is the first day after today on which a rule may say something else about the same facts, zero when none is
// known within them. What turns with the month or the year is not among them.
func (f *Family) NextChange(c DataContext) Date {
	next := nextDay{today: c.Today}
	for i := range f.Members {
		next.member(&f.Members[i])
	}
	if f.InForce() && !f.Episode.Identified.IsZero() { // DQ-05
		next.add(f.Episode.Identified.AddMonths(c.thresholds().measureMonths).AddDays(1))
	}
	for _, e := range f.Expenses {
		if e.Year == 0 {
			next.add(e.On.AddMonths(12).AddDays(1))
		}
	}
	return next.day
}

// nextDay keeps the earliest of the days after today.
type nextDay struct{ today, day Date }

// order is less for an earlier day: comparing days by the clock is too slow for every date of every household.
func (d Date) order() int { return d.Year*10_000 + int(d.Month)*100 + d.Day }

func (n *nextDay) add(d Date) {
	if n.today.order() < d.order() && (n.day.IsZero() || d.order() < n.day.order()) {
		n.day = d
	}
}

func (n *nextDay) member(m *Member) {
	birth := m.Birth
	if id, err := m.identity(); birth.IsZero() && err == nil {
		birth = id.Birth
	}
	if !birth.IsZero() {
		for _, year := range []int{n.today.Year, n.today.Year + 1} {
			n.add(NewDate(year, birth.Month, birth.Day))
		}
	}
	for _, w := range m.Work { // DQ-31, and who is at work
		n.add(w.Started)
		if w.Ended.IsZero() {
			n.monthly(w.Started)
			continue
		}
		n.add(w.Ended)
		n.add(w.Ended.AddDays(1))
		n.monthly(w.Ended.AddDays(1))
	}
}

// monthly adds the next day on which another whole month of work lies in the last twelve, or no longer does.
func (n *nextDay) monthly(from Date) {
	months := (n.today.Year-from.Year)*12 + int(n.today.Month) - int(from.Month)
	for m := max(1, months); m <= min(12, months+1) && !from.IsZero(); m++ {
		n.add(from.AddMonths(m))
	}
}
