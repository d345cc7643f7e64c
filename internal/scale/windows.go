package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/casetime"
	"shouwang/internal/stack"
	"shouwang/models"
	"shouwang/policy"
)

// quarterEve is when the round of a quarter is measured to its first midnight: its
// first working day is the day after, so that a fifth of its look-backs begin then.
var quarterEve = time.Date(2026, 10, 8, 0, 0, 0, 0, casetime.Shanghai)

// openPerSecond is how fast a round is opened at least, to know how long before
// midnight to begin.
const openPerSecond = 100

// windows measures a quarter's start: n monitored households get their look-back on
// one day, as the rounds do it, their workflows are started at the given rate, and at
// the real speed of the clock those of the first working day begin at midnight. All
// the while people work. Temporal keeps the limits of a shared cluster.
func windows(t testing.TB, dialect string, n int, rate float64, night bool) {
	before := 2*time.Minute + time.Duration(float64(n)*1.1/rate+float64(n)/openPerSecond)*time.Second
	in := install(t, dialect, casetime.Drill{Case: quarterEve.Add(-before), Rate: 1}, func(o *stack.Options) { o.SharedLimits = true })
	fmt.Printf("\n### %d look-backs of a quarter, %s, %.0f started per second, load %s\n\n", n, dialect, rate, load())
	in.households(n, "monitored")
	usual := in.circle.steps(100)
	fmt.Printf("- an ordinary step before: %s\n", usual)
	in.Cases.StartRate = rate
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go in.Cases.Repair(ctx, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	most := make(chan int64, 1)
	go func() { most <- in.asked.peak(ctx) }()

	count := func(where string, args ...any) int {
		return in.count(&models.Case{}, "procedure = 'lookback_window' AND "+where, args...)
	}
	began := time.Now()
	opening := in.circle.during(func() {
		in.watch("opened", n, 30*time.Second, func() int { return count("TRUE") })
	})
	fmt.Printf("- an ordinary step while they are opened: %s\n", opening)
	starting := in.circle.during(func() {
		in.watch("started", n, 30*time.Second, func() int {
			return in.count(&models.Outbox{}, "kind = 'start' AND done_at IS NOT NULL AND target_id IN (SELECT id FROM cases WHERE procedure = 'lookback_window')")
		})
		fmt.Printf("- all started %s after the first was opened\n", time.Since(began).Round(time.Second))
	})
	fmt.Printf("- an ordinary step while they are started: %s\n", starting)
	due := in.spread(n)[policy.DateOf(quarterEve).String()]
	if night {
		in.firstNight(due)
	}
	cancel()
	refused := in.asked.refused.Load()
	fmt.Printf("- at most %d requests to Temporal in a second, %d refused as too many\n", <-most, refused)
	require.Zero(t, refused)
}

// firstNight waits for the look-backs of the first day to begin.
func (in *installation) firstNight(due int) {
	midnight := time.Until(in.real(quarterEve))
	fmt.Printf("- %d of them begin at midnight, in %s\n", due, midnight.Round(time.Second))
	<-time.After(max(midnight, 0))
	ringing := in.circle.during(func() {
		in.watch("begun", due, 2*time.Minute, func() int {
			return in.count(&models.Case{}, "procedure = 'lookback_window' AND state <> 'scheduled'")
		})
	})
	fmt.Printf("- an ordinary step meanwhile: %s\n", ringing)
}

// real is when the clock on the wall shows a time of the cases.
func (in *installation) real(at time.Time) time.Time {
	now := time.Now()
	return now.Add(in.Engine.Clock.Drill.Wait(now, at))
}

// spread counts how many look-backs begin on each day; there must be as many days as
// policy says.
func (in *installation) spread(n int) map[string]int {
	var cases []models.Case
	require.NoError(in.T, in.Store.DB.Select("facts").Where("procedure = ?", "lookback_window").Find(&cases).Error)
	days := map[string]int{}
	for i := range cases {
		days[cases[i].Facts.Text("starts_on")]++
	}
	var list []string
	for _, day := range slices.Sorted(maps.Keys(days)) {
		list = append(list, fmt.Sprintf("%s: %d", day, days[day]))
	}
	fmt.Printf("- begin on %s\n", strings.Join(list, ", "))
	require.Len(in.T, list, policy.Resolve(nil, "", in.Engine.Clock.Now()).Int("spread_days"))
	require.Equal(in.T, n, len(cases))
	return days
}
