package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The day on which a household must be looked at again, each on its eve.
func TestNextChange(t *testing.T) {
	t.Parallel()
	today := NewDate(2026, 11, 10)
	born := func(on Date) func(*Family) { return func(f *Family) { f.Members[0].Birth = on } }
	work := func(from, to Date) func(*Family) {
		return func(f *Family) { f.Members[0].Work = []WorkRecord{{Started: from, Ended: to, OffCounty: true}} }
	}
	for _, c := range []struct {
		name string
		with func(*Family)
		want Date
	}{
		{"nothing", func(*Family) {}, Date{}},
		{"DQ-24 birthday tomorrow", born(NewDate(2014, 11, 11)), NewDate(2026, 11, 11)},
		{"DQ-24 birthday today", born(NewDate(2014, 11, 10)), NewDate(2027, 11, 10)},
		{"DQ-24 by the identity number", func(f *Family) { f.Members[0].IDNo = "110101201611157479" }, NewDate(2026, 11, 15)},
		{"DQ-31 end of work tomorrow", work(NewDate(2024, 1, 1), NewDate(2026, 11, 11)), NewDate(2026, 11, 11)},
		{"DQ-30 the day after the last day of work", work(NewDate(2024, 1, 1), today), NewDate(2026, 11, 11)},
		{"S3-008 another month of work", work(NewDate(2026, 5, 20), Date{}), NewDate(2026, 11, 20)},
		{"S3-008 work of years", work(NewDate(2020, 5, 20), Date{}), Date{}},
		{"DQ-05 a month after the identification", func(f *Family) { f.Episode = &Episode{Identified: NewDate(2026, 10, 10)} }, NewDate(2026, 11, 11)},
		{"DQ-05 past", func(f *Family) { f.Episode = &Episode{Identified: NewDate(2026, 10, 9)} }, Date{}},
		{"DQ-05 eliminated", func(f *Family) {
			f.Episode = &Episode{Identified: NewDate(2026, 10, 10), Eliminated: NewDate(2026, 11, 1)}
		}, Date{}},
		{"S003 #12 an expense grows old", func(f *Family) { f.Expenses = []Expense{{On: NewDate(2025, 11, 10)}} }, NewDate(2026, 11, 11)},
		{"S003 #12 the sum of a year turns with the year", func(f *Family) { f.Expenses = []Expense{{On: NewDate(2025, 11, 10), Year: 2026}} }, Date{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := Family{Members: []Member{{ID: "a"}}}
			c.with(&f)
			require.Equal(t, c.want, f.NextChange(NewDataContext(today, with())))
		})
	}
}
