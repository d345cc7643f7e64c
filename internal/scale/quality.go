package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/models"
	"shouwang/policy"
)

// measureQuality runs the data rules and screening over all households of an empty PostgreSQL database that it fills,
// on one core of ours, beside reading the same rows and doing nothing, and reading and opening them.
func measureQuality(t testing.TB, s *models.Store, dsn string, p plan) {
	var there int64
	require.NoError(t, s.DB.Model(&models.Household{}).Count(&there).Error)
	if there == 0 {
		began := time.Now()
		persons := fillFamilies(t, s, dsn, p.households)
		fmt.Printf("- %d households, %d persons filled in %s\n", p.households, persons, time.Since(began).Round(time.Second))
		if p.fillOnly {
			return
		}
	} else {
		p.households = int(there)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	debug.SetGCPercent(400) // as the command does
	e := &activities.Engine{Store: s, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{Real: func() time.Time { return measuredOn }}}
	stop := profile(t, p.profile)
	defer stop()
	fmt.Printf("- %s, one core of ours, %s, load %s\n\n| | s | households/s | CPU s, ours + server | CPU against reading | s against reading | peak MB |\n| --- | --- | --- | --- | --- | --- | --- |\n", s.DB.Name(), runtime.Version(), load())
	var bare cost
	line := func(what string, do func()) {
		runtime.GC()
		peak := watchHeap()
		c := costOf(do)
		if bare.took == 0 {
			bare = c
		}
		fmt.Printf("| %s | %.1f | %.0f | %.1f + %.1f | %.1f | %.1f | %d |\n", what, c.took.Seconds(), float64(p.households)/c.took.Seconds(), c.ours.Seconds(), c.server.Seconds(),
			(c.ours+c.server).Seconds()/max(0.01, (bare.ours+bare.server).Seconds()), c.took.Seconds()/bare.took.Seconds(), peak()>>20)
	}
	readBare(t, dsn) // from the disk into memory
	line("read the rows, do nothing", func() { readBare(t, dsn) })
	run := func(r activities.RunRequest) func() {
		return func() {
			r.Region = area
			x, err := e.StartRun(t.Context(), r)
			require.NoError(t, err)
			require.NoError(t, e.WorkRun(t.Context(), x.ID, "scale", nil))
			x, err = e.Run(t.Context(), x.ID)
			require.NoError(t, err)
			require.Equal(t, models.RunDone, x.State, x.Fault)
			require.Equal(t, p.households, x.Passed)
			p.told = append(p.told, fmt.Sprintf("%s: %d looked at, %d cases opened, %d standing", x.Kind, x.Looked, x.Counts.Opened, x.Counts.Standing))
		}
	}
	line("read and open them, as a run does", func() { require.NoError(t, e.ReadThrough(t.Context(), area)) })
	line("data rules, all for the first time", run(activities.RunRequest{Kind: models.RunQuality}))
	line("data rules again, all", run(activities.RunRequest{Kind: models.RunQuality, Full: true}))
	line("data rules again, only what has changed: nothing", run(activities.RunRequest{Kind: models.RunQuality}))
	line("screening, all for the first time", run(activities.RunRequest{Kind: models.RunScreening}))
	line("screening again, all", run(activities.RunRequest{Kind: models.RunScreening, Full: true}))
	fmt.Printf("\n- %s\n- load at the end %s\n", strings.Join(p.told, "\n- "), load())
}

// cost is what something has taken: time, computing of ours, and of the database server.
type cost struct{ took, ours, server time.Duration }

func (c cost) cpu() time.Duration { return c.ours + c.server }

func (c cost) and(o cost) cost { return cost{c.took + o.took, c.ours + o.ours, c.server + o.server} }

func costOf(do func()) cost {
	server := serverCPU() // first: looking for its processes is work of ours
	ours, start := cpuTime(""), time.Now()
	do()
	c := cost{time.Since(start), cpuTime("") - ours, 0}
	c.server = serverCPU() - server
	return c
}

// area is what all the counties lie in.
const area = "9902"

// profile writes a CPU profile into a file, if one is named.
func profile(t testing.TB, file string) func() {
	if file == "" {
		return func() {}
	}
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, pprof.StartCPUProfile(f))
	return func() {
		pprof.StopCPUProfile()
		require.NoError(t, f.Close())
	}
}

// watchHeap samples how much memory the heap takes; what it returns tells the most.
func watchHeap() func() uint64 {
	var most atomic.Uint64
	done := make(chan struct{})
	go func() {
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse+m.StackInuse))
			select {
			case <-done:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(done); return most.Load() }
}

// readBare reads the rows that a run reads, in the same order, on one connection, and lets them go.
func readBare(t testing.TB, dsn string) {
	db, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer db.Close(context.WithoutCancel(t.Context()))
	for _, text := range []string{
		"SELECT id, no, region_code, head_name, population, base_type, status, sealed, phone_mark FROM households ORDER BY region_code, id",
		"SELECT id, household_id, ord, name, is_head, id_index, sealed, phone_mark, joined_at FROM people WHERE left_at IS NULL ORDER BY household_id, ord",
		"SELECT household_id, id, no, case_id, opened_at, category, closed_at, method, elimination_id, revoked_at, sealed FROM monitoring_episodes ORDER BY household_id, no",
		"SELECT household_id, id, procedure, state, parent_id, facts, opened_at, closed_at FROM cases WHERE procedure IN ('assistance_plan', 'measure') ORDER BY household_id, id",
		"SELECT case_id, event, payload FROM case_events WHERE kind = 'event' AND event IN ('declare_plan', 'adjust', 'evaluate', 'mark') ORDER BY case_id, seq",
		"SELECT g.household_id, g.id, g.valid_from, g.valid_to, u.name FROM role_grants g JOIN users u ON u.id = g.user_id WHERE g.role = 'assistance_person' ORDER BY g.household_id, g.id",
	} {
		rows, err := db.Query(t.Context(), text)
		require.NoError(t, err)
		for rows.Next() {
			_ = rows.RawValues()
		}
		require.NoError(t, rows.Err())
	}
}
