package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Statuses and types of a hundred households, about as in a county: 3 monitored, 1
// observing, 4 stable, 12 脱贫户 besides, the rest ordinary.
func (p plan) class(i int) (status, base string) {
	switch n := i % 100; {
	case n < 3:
		return "monitored", "ordinary"
	case n < 4:
		return "observing", "out_of_poverty"
	case n < 8:
		return "stable", "out_of_poverty"
	case n < 20:
		return "none", "out_of_poverty"
	}
	return "none", "ordinary"
}

// measureDuties makes the duties of a new year for all households of an empty
// database, once more for nothing, and opens those of the first working day.
func measureDuties(t testing.TB, s *models.Store, dsn string, p plan) {
	began := time.Now()
	b := newBulk(t, s, dsn, &models.Region{}, &models.Household{})
	fillRegions(b)
	for i := range p.households {
		chars, pinyin, abbr := name(i)
		status, base := p.class(i)
		b.add(&models.Household{ID: householdID(i), No: fmt.Sprintf("%s%07d", villageCode(villageOf(i)), i), RegionCode: villageCode(villageOf(i)), GroupName: "一组",
			HeadName: chars, HeadPinyin: pinyin, HeadAbbr: abbr, Population: 4, BaseType: base, Status: procedure.State(status), CreatedAt: testkit.Start, UpdatedAt: testkit.Start})
	}
	b.close()
	fmt.Printf("- %d households filled in %s\n", p.households, time.Since(began).Round(time.Second))

	now := time.Date(2026, 1, 1, 0, 5, 0, 0, policy.Shanghai)
	e := &activities.Engine{Store: s, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{Real: func() time.Time { return now }}}
	made, took, worst := generate(t, e, now)
	fmt.Printf("- duties of 1 January: %d in %.1f s, %.0f a second; longest batch %d ms (%s, load %s)\n", made, took.Seconds(), float64(made)/took.Seconds(), worst.Milliseconds(), s.DB.Name(), load())
	made, took, worst = generate(t, e, now)
	require.Zero(t, made)
	fmt.Printf("- once more, nothing to do: %.1f s; longest batch %d ms\n", took.Seconds(), worst.Milliseconds())
	for opened := 0; opened == 0; { // until the first working day
		now = now.AddDate(0, 0, 1)
		opened = openDuties(t, e, policy.DateOf(now))
	}
}

// openDuties looks at the clocks that are due, as the rounds do.
func openDuties(t testing.TB, e *activities.Engine, day policy.Date) (opened int) {
	began := time.Now()
	for {
		swept, err := e.Sweep(t.Context(), 200)
		require.NoError(t, err)
		if opened += swept.Cases; swept.Cases < 200 {
			break
		}
	}
	if took := time.Since(began); opened > 0 {
		fmt.Printf("- %s: %d duties opened in %.1f s, %.0f a second (load %s)\n", day, opened, took.Seconds(), float64(opened)/took.Seconds(), load())
	}
	return opened
}

// generate makes the duties of a day as the rounds do.
func generate(t testing.TB, e *activities.Engine, at time.Time) (made int, took, worst time.Duration) {
	began, cursor := time.Now(), ""
	for {
		batch := time.Now()
		g, err := e.GenerateDuties(t.Context(), policy.DateOf(at), cursor, 500)
		require.NoError(t, err)
		worst = max(worst, time.Since(batch))
		made, cursor = made+g.Duties, g.Cursor
		if cursor == "" {
			return made, time.Since(began), worst
		}
	}
}
