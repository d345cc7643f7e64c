package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/worker"
)

// contender is one thing to measure: step does it once for a client.
type contender struct {
	name   string
	step   func(client int) error
	rounds []figures
}

// figures are those of one round.
type figures struct {
	p50, p95   time.Duration
	throughput float64
	cpu        time.Duration // per step, of all processes together
}

// run measures all contenders on one database, interleaved.
func run(t testing.TB, p plan, db, profile string) {
	temporalDB := ""
	dsn := testkit.NewDSN(t, "sqlite")
	if db == "postgres" {
		cluster := testkit.NewCluster(t)
		dsn = cluster.CreateDB(t)
		temporalDB = strings.Replace(cluster.DSN(), "/postgres?", "/engine?", 1)
	}
	s := testkit.OpenStore(t, dsn)
	pool, err := s.DB.DB()
	require.NoError(t, err)
	pool.SetMaxOpenConns(24) // as the server has it
	_, err = s.Migrate(t.Context())
	require.NoError(t, err)
	w := live.New(t, s, live.Temporal(t, temporalDB), 0)
	if p.abuse {
		fmt.Print(abuse(t, w, p, db))
		return
	}
	startBareWorker(t, w.Client)
	if profile != "" {
		f, err := os.Create(profile + "." + db)
		require.NoError(t, err)
		require.NoError(t, pprof.StartCPUProfile(f))
		defer pprof.StopCPUProfile()
	}
	for _, clients := range p.clients {
		list := slices.DeleteFunc(contenders(t, w, p, clients), func(c contender) bool { return !strings.Contains(c.name, p.only) })
		for round := range p.rounds + 1 {
			for i := range list {
				f, err := measureOne(list[i].step, clients, p.seconds)
				require.NoError(t, err, list[i].name)
				if round > 0 { // the first one warms up
					list[i].rounds = append(list[i].rounds, f)
				}
			}
		}
		fmt.Print(report(db, clients, list))
	}
}

// The limits that others are measured by: what Temporal takes, and the one
// transaction that a step must have reached the disk with in any case.
const (
	bareUpdate = "bare Update, empty local activity"
	bareTx     = "bare database transaction, one row changed"
)

func contenders(t testing.TB, w *live.World, p plan, clients int) []contender {
	t.Helper()
	local := bareInput{Activity: "local"}
	list := []contender{
		{name: bareUpdate, step: bareStep(t, w.Client, "bare", local, clients)},
		{name: bareTx, step: txStep(t, w.Store, clients)},
		{name: "**one step over HTTP**", step: openOffice(t, w, clients).step},
		{name: "bare Update, local activity, one timer re-armed", step: bareStep(t, w.Client, "timer", bareInput{Activity: "local", Timer: true}, clients)},
	}
	if !p.engine {
		return list
	}
	each := *w
	each.Cases = &worker.Cases{Client: w.Client, Engine: w.Engine, ContinueAfter: 1}
	return append(list,
		contender{name: "one step without HTTP", step: openOffice(t, w, clients).direct},
		contender{name: "bare Update, normal activity, timer", step: bareStep(t, w.Client, "normal", bareInput{Activity: "normal", Timer: true}, clients)},
		contender{name: "bare Update, local activity, timer, continue-as-new each step", step: bareStep(t, w.Client, "renew", bareInput{Activity: "local", Timer: true, Renew: true}, clients)},
		contender{name: "one step over HTTP, continue-as-new each step", step: openOffice(t, &each, clients).step},
	)
}

// measureOne has the clients step for some time.
func measureOne(step func(int) error, clients int, length time.Duration) (figures, error) {
	runtime.GC()
	took := make([][]time.Duration, clients)
	errs := make([]error, clients)
	before, began := cpuTime(), time.Now()
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for time.Since(began) < length {
				at := time.Now()
				if errs[i] = step(i); errs[i] != nil {
					return
				}
				took[i] = append(took[i], time.Since(at))
			}
		})
	}
	wg.Wait()
	elapsed, used := time.Since(began), cpuTime()-before
	for _, err := range errs {
		if err != nil {
			return figures{}, err
		}
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	f := figures{p50: at(all, 50), p95: at(all, 95), throughput: float64(len(all)) / elapsed.Seconds()}
	f.cpu = used / time.Duration(max(len(all), 1))
	return f, nil
}

// at is a percentile of a sorted list.
func at(all []time.Duration, percent int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[min(len(all)*percent/100, len(all)-1)]
}

// report is a table of the medians over the rounds. Ratios are to the bare Update,
// those in brackets to a bare Update and a bare transaction one after the other.
func report(db string, clients int, list []contender) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s, %d client(s), load %s\n\n| | p50 ms | p95 ms | per second | CPU ms | p50 ratio | throughput ratio | CPU ratio |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n", db, clients, load())
	limit, tx := medianOf(list, bareUpdate), medianOf(list, bareTx)
	both := figures{p50: limit.p50 + tx.p50, cpu: limit.cpu + tx.cpu, throughput: 1 / (1/limit.throughput + 1/tx.throughput)}
	for _, c := range list {
		m := median(c.rounds)
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %.1f | %.1f | %.2f (%.2f) | %.2f (%.2f) | %.2f (%.2f) |\n", c.name, ms(m.p50), ms(m.p95), m.throughput, ms(m.cpu),
			ratio(m.p50, limit.p50), ratio(m.p50, both.p50), m.throughput/limit.throughput, m.throughput/both.throughput, ratio(m.cpu, limit.cpu), ratio(m.cpu, both.cpu))
	}
	return b.String()
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// medianOf are the figures of one contender, none when it was not measured.
func medianOf(list []contender, name string) figures {
	i := slices.IndexFunc(list, func(c contender) bool { return c.name == name })
	if i < 0 {
		return figures{}
	}
	return median(list[i].rounds)
}

// median takes each figure's median over the rounds.
func median(rounds []figures) figures {
	mid := func(value func(figures) float64) float64 {
		var all []float64
		for _, r := range rounds {
			all = append(all, value(r))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return figures{
		p50:        time.Duration(mid(func(f figures) float64 { return float64(f.p50) })),
		p95:        time.Duration(mid(func(f figures) float64 { return float64(f.p95) })),
		throughput: mid(func(f figures) float64 { return f.throughput }),
		cpu:        time.Duration(mid(func(f figures) float64 { return float64(f.cpu) })),
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// machine describes where and with what was measured.
func machine(busy float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- %s, %d cores, %s\n- %s\n", cpu(), runtime.NumCPU(), kernel(), runtime.Version())
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			switch d.Path {
			case "go.temporal.io/sdk", "gorm.io/gorm", "modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/labstack/echo/v4":
				fmt.Fprintf(&b, "- %s %s\n", d.Path, d.Version)
			}
		}
	}
	fmt.Fprintf(&b, "- load at the start: %s\n", load())
	var one float64
	if _, err := fmt.Sscan(load(), &one); err == nil && one > busy {
		fmt.Fprintf(&b, "- **the machine was not calm**: other work shared its cores\n")
	}
	return b.String()
}

func cpu() string {
	raw, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(raw)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	raw, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS
	}
	return "Linux " + strings.TrimSpace(string(raw))
}

func load() string {
	raw, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(raw), " ")
	return one
}
