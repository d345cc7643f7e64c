// Command scale measures the product with a province in it: a million households
// and the cases about them. It fills an empty database in bulk, starts the API in
// this process and prints how long its requests take on the server, as Markdown;
// docs/scale.md keeps a report.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/worker"
)

// plan is what to fill and to measure.
type plan struct {
	households, cases, requests int
	only                        string
	duties, quality, fillOnly   bool
	ledger, verify              int
	profile, plans              string
	told                        []string
	explain                     time.Duration
	// waiting and windows, when set, are measured on a real Temporal server instead.
	waiting, windows int
	day              time.Duration
	rate             float64
	night            bool
}

func main() {
	var p plan
	var dsn string
	flag.StringVar(&dsn, "db", "", "an SQLite file or postgres://…; filled when it is empty, or else taken as filled; \"sqlite\" or \"postgres\" is a private one, gone afterwards")
	flag.IntVar(&p.households, "households", 1_000_000, "how many households")
	flag.IntVar(&p.cases, "cases", 200_000, "how many cases, household statuses and comparisons included")
	flag.IntVar(&p.requests, "requests", 200, "how often each request is sent")
	flag.StringVar(&p.only, "only", "", "measure only what contains this text")
	flag.DurationVar(&p.explain, "explain", 0, "show the plans of statements that take at least so long")
	flag.StringVar(&p.plans, "plans", "", "write the plans of the statements of each request that has an aim into this file")
	flag.IntVar(&p.waiting, "waiting", 0, "instead: what so many cases cost that wait on a real Temporal server (-db sqlite or postgres)")
	flag.DurationVar(&p.day, "day", 0, "with -waiting: how long a day of the case clock lasts; 0 fits the number of cases")
	flag.IntVar(&p.windows, "windows", 0, "instead: the look-backs of a quarter of so many households, begun on one day on a real Temporal server (-db sqlite or postgres)")
	flag.Float64Var(&p.rate, "rate", worker.StartRate, "with -windows: how many are started in a second")
	flag.BoolVar(&p.night, "night", true, "with -windows: stay until those of the first day have begun")
	flag.BoolVar(&p.duties, "duties", false, "instead: make the visits of a new year for the households of an empty database")
	flag.BoolVar(&p.quality, "quality", false, "instead: the data rules and screening over families of four of an empty PostgreSQL database")
	flag.BoolVar(&p.fillOnly, "fill-only", false, "with -quality: fill the empty database and leave it so, as a template for many measurements")
	flag.IntVar(&p.ledger, "ledger", 0, "instead: the import of a ledger of so many households into an empty PostgreSQL database, beside COPY")
	flag.IntVar(&p.verify, "verify", 0, "instead: replay and verify so many cases of an empty database, beside reading the same rows")
	flag.StringVar(&p.profile, "profile", "", "with -quality, -ledger or -verify: write a CPU profile into this file")
	testing.Init()
	flag.Parse()
	if dsn == "" {
		flag.Usage()
		os.Exit(2)
	}
	// Inside a benchmark, because the servers made for tests are made for one run
	// and gone with it. A short one would be repeated.
	var once sync.Once
	testing.Benchmark(func(b *testing.B) {
		once.Do(func() {
			switch {
			case p.waiting > 0:
				if p.day == 0 {
					p.day = time.Minute + time.Duration(p.waiting)*100*time.Millisecond
				}
				waiting(loud{b}, dsn, p.waiting, p.day)
			case p.windows > 0:
				windows(loud{b}, dsn, p.windows, p.rate, p.night)
			default:
				run(loud{b}, dsn, p)
			}
		})
	})
}

func run(t testing.TB, dsn string, p plan) {
	if dsn == "sqlite" || dsn == "postgres" {
		dsn = testkit.NewDSN(t, dsn)
	}
	s := testkit.OpenStore(t, dsn)
	pool, err := s.DB.DB()
	require.NoError(t, err)
	pool.SetMaxOpenConns(24) // as the server has it
	pool.SetMaxIdleConns(12)
	_, err = s.Migrate(t.Context())
	require.NoError(t, err)
	if p.duties {
		measureDuties(t, s, dsn, p)
		return
	}
	if p.ledger > 0 {
		measureLedger(t, s, dsn, p)
		return
	}
	if p.verify > 0 {
		measureVerify(t, s, dsn, p)
		return
	}
	if p.quality {
		measureQuality(t, s, dsn, p)
		return
	}
	var n int64
	require.NoError(t, s.DB.Model(&models.Household{}).Limit(1).Count(&n).Error)
	if n == 0 {
		began := time.Now()
		fill(t, s, dsn, p)
		fmt.Printf("- filled in %s\n", time.Since(began).Round(time.Second))
	}
	measure(t, s, p)
}

// loud prints what went wrong, which a benchmark outside of a test program keeps
// to itself.
type loud struct{ *testing.B }

// Errorf implements testing.TB.
func (l loud) Errorf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, strings.TrimRight(format, "\n")+"\n", args...)
	os.Exit(1)
}
