package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/casetime"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// waiting measures what n cases cost that do nothing but wait for a timer: clues
// that nobody has looked at yet, whose first reminder comes on the next morning.
// The day is long enough to open them all before.
func waiting(t testing.TB, dialect string, n int, day time.Duration) {
	in := install(t, dialect, casetime.Drill{Case: testkit.Start, Rate: float64(24*time.Hour) / float64(day)})
	fmt.Printf("\n### %d waiting cases, %s, a day lasts %s, load %s\n\n", n, dialect, day, load())
	list := in.households(n, "none")
	fmt.Printf("- an ordinary step before: %s\n", in.circle.steps(60))
	productBefore, temporalBefore := in.sizes()
	temporalMB, ownMB := memory("devstack"), memory("")
	rungsBefore := in.count(&models.ClockRung{}, "TRUE")

	began, cpu := time.Now(), cpuTime("devstack")+cpuTime("")
	n = in.openAll(list, in.real(firstRung).Add(-aside))
	in.watch("started", n, 30*time.Second, func() int {
		return in.count(&models.Outbox{}, "kind = 'start' AND done_at IS NOT NULL") - len(in.circle.ids)
	})
	took, cpu := time.Since(began), cpuTime("devstack")+cpuTime("")-cpu
	fmt.Printf("- opened and started in %s: %.1f per second, %.1f ms CPU each (product and Temporal)\n", took.Round(time.Second), float64(n)/took.Seconds(), float64(cpu.Milliseconds())/float64(n))
	require.Equal(t, rungsBefore, in.count(&models.ClockRung{}, "TRUE"), "a reminder came while cases were still being opened: give a longer -day")

	product, temporal := in.sizes()
	perCase("product", productBefore, product, n)
	perCase("Temporal", temporalBefore, temporal, n)
	fmt.Printf("\n- memory: Temporal %d → %d MB, server and worker %d → %d MB\n", temporalMB, memory("devstack"), ownMB, memory(""))
	const idle = 15 * time.Second
	cpu = cpuTime("devstack") + cpuTime("")
	<-time.After(idle)
	fmt.Printf("- while they wait: %.1f %% of one core (product and Temporal)\n", 100*float64(cpuTime("devstack")+cpuTime("")-cpu)/float64(idle))
	fmt.Printf("- an ordinary step with all of them waiting: %s\n", in.circle.steps(60))
	// Those that were opened after midnight have a day more.
	in.ring(in.count(&models.Case{}, "wake_at < ?", firstRung.Add(time.Hour)), rungsBefore)
}

// ahead is how many cases may be opened and not yet taken up by the worker.
const ahead = 100

// firstRung is when a clue of the first day is first reminded of, and aside the real
// time before it that is set aside to measure.
var firstRung = time.Date(2026, 9, 22, 8, 30, 0, 0, casetime.Shanghai)

const aside = 2 * time.Minute

// openAll opens a clue for each household, eight at a time, as fast as the worker
// takes them up, until it is time to stop, and returns how many there are.
func (in *installation) openAll(list []models.Household, until time.Time) int {
	cadre := in.Actor(procedure.VillageCadre)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)) && time.Now().Before(until); i = next.Add(1) - 1 {
				for i%8 == 0 && in.count(&models.Outbox{}, "kind = 'start' AND done_at IS NULL") > ahead {
					<-time.After(rest)
				}
				_, err := in.Cases.Open(in.T.Context(), in.Opening("risk_clue", &list[i], cadre))
				require.NoError(in.T, err)
			}
		})
	}
	wg.Wait()
	return in.count(&models.Case{}, "procedure = 'risk_clue'") - len(in.circle.ids)
}

// ring waits for the morning on which all of them ring, with ordinary work going on.
func (in *installation) ring(n, before int) {
	rung := func() int { return in.count(&models.ClockRung{}, "TRUE") - before }
	for rung() == 0 {
		<-time.After(rest)
	}
	cpu := cpuTime("devstack") + cpuTime("")
	var first, last time.Time
	steps := in.circle.during(func() { first, last = in.watch("rung", n, 10*time.Second, rung) })
	cpu = cpuTime("devstack") + cpuTime("") - cpu
	took := last.Sub(first)
	fmt.Printf("- all %d rang within %s: %.1f per second, %.1f ms CPU each (the steps included)\n- an ordinary step until the last rang: %s\n", n, took.Round(time.Second),
		float64(n)/max(took.Seconds(), 1), float64(cpu.Milliseconds())/float64(n), steps)
}
