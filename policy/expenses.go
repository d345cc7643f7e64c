package policy

// expensesSince is the first day whose expenses count today: those of the last twelve months.
func expensesSince(today Date) Date { return today.AddMonths(-12) }

// told is what departments have told of the expenses of a kind, in fen: the days of the last twelve months together, or
// the newest year that a department has summed up, this one or the last, whichever is more. The two may tell of the same
// bills, so that they are never added.
func (f *Family) told(kind string, today Date) int64 {
	var days, year int64
	newest := today.Year - 1
	for _, e := range f.Expenses {
		switch {
		case e.Kind != kind:
		case e.Year == 0:
			if !e.On.Before(expensesSince(today)) {
				days += e.Fen
			}
		case e.Year >= newest && e.Year <= today.Year:
			if e.Year > newest {
				newest, year = e.Year, 0
			}
			year += e.Fen
		}
	}
	return max(days, year)
}

// toldSpending is all that departments have told of the household's rigid expenses of the last twelve months, in fen.
func (f *Family) toldSpending(today Date) int64 { return f.rigid(0, today) }

// rigid is the household's rigid expense in fen: what it says it has paid itself for treatment, or what departments have
// told of that if it is more, and what they have told of everything else.
func (f *Family) rigid(ownMedical int64, today Date) int64 {
	sum := max(ownMedical, f.told("medical", today))
	for _, kind := range []string{"schooling", "disaster", "other"} {
		sum += f.told(kind, today)
	}
	return sum
}

// SuddenFacts are what the test of sudden hardship looks at beside the income of a period (E-27): the own payment that
// the household has stated, with what departments have told; and the income of the year before the period ends, as the
// register has it.
func (f *Family) SuddenFacts(ownMedical int64, today, end Date) SuddenFacts {
	out := SuddenFacts{RigidExpense: f.rigid(ownMedical, today)}
	for _, y := range f.Years {
		if before, known := y.result(len(f.Members)); known && y.Year == end.Year-1 {
			out.IncomeBefore = &before.Household
		}
	}
	return out
}
