// Command bench measures one step of a case over HTTP beside the bare limit of the
// machine: an Update with an empty local activity on the same Temporal server. It
// prints a report as Markdown; docs/benchmarks.md keeps one.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// plan is what to measure.
type plan struct {
	rounds  int
	seconds time.Duration
	alone   time.Duration // with abuse, without the client
	clients []int
	engine  bool // the engine's own variants instead of the bare ones
	busy    float64
	only    string // part of a contender's name
	abuse   bool   // measure what many users notice of one abusive client instead
	users   int
	think   time.Duration
}

func main() {
	var p plan
	var clients, dbs, profile string
	flag.IntVar(&p.rounds, "rounds", 3, "rounds, all contenders in each")
	flag.DurationVar(&p.alone, "alone", 0, "with -abuse: how long the users are measured without the client, 0 for as long as with it")
	flag.DurationVar(&p.seconds, "for", 5*time.Second, "how long each contender runs in a round")
	flag.StringVar(&clients, "clients", "1,16", "numbers of clients")
	flag.StringVar(&dbs, "db", "sqlite,postgres", "databases, for the product and for Temporal alike")
	flag.BoolVar(&p.engine, "variants", false, "also compare local and normal activity, continue-as-new each step and on suggestion")
	flag.Float64Var(&p.busy, "busy", 1.5, "load of the machine above which the report says that it was not calm")
	flag.StringVar(&p.only, "only", "", "measure only contenders with this in their name, as for a profile")
	flag.StringVar(&profile, "cpuprofile", "", "write a CPU profile of this process")
	flag.BoolVar(&p.abuse, "abuse", false, "measure what many signed-in users notice of one abusive client")
	flag.IntVar(&p.users, "users", 200, "how many users with -abuse")
	flag.DurationVar(&p.think, "think", 4*time.Second, "how long such a user looks at an answer, on average")
	testing.Init()
	flag.Parse()
	for _, c := range strings.Split(clients, ",") {
		n, err := strconv.Atoi(c)
		if err != nil || n < 1 {
			fmt.Fprintf(os.Stderr, "bench: -clients %q\n", clients)
			os.Exit(2)
		}
		p.clients = append(p.clients, n)
	}
	measure(p, strings.Split(dbs, ","), profile)
}

// measure runs the plan on each database inside a benchmark of its own, because
// the servers made for tests are made for one run and gone with it.
func measure(p plan, dbs []string, profile string) {
	fmt.Print(machine(p.busy))
	for _, db := range dbs {
		testing.Benchmark(func(b *testing.B) { run(loud{b}, p, db, profile) })
	}
}

// loud prints what went wrong, which a benchmark outside of a test program keeps
// to itself.
type loud struct{ *testing.B }

// Errorf implements testing.TB.
func (l loud) Errorf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
