package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/stack"
	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/procedure"
)

// installation is the product on a real Temporal server, each with a database that
// can be looked into.
type installation struct {
	*live.World
	product  string // where its database is
	temporal []string
	circle   *circle
	asked    *requests
}

// install makes one, both databases of one dialect, with its clock.
func install(t testing.TB, dialect string, clock casetime.Drill, changes ...func(*stack.Options)) *installation {
	in := &installation{product: testkit.NewDSN(t, "sqlite")}
	db := filepath.Join(t.TempDir(), "temporal.db")
	in.temporal = []string{db}
	if dialect == "postgres" {
		cluster := testkit.NewCluster(t)
		in.product = cluster.CreateDB(t)
		db = strings.Replace(cluster.DSN(), "/postgres?", "/engine?", 1)
		in.temporal = []string{db, other(db, "_visibility")}
	}
	s := testkit.OpenStore(t, in.product)
	pool, err := s.DB.DB()
	require.NoError(t, err)
	pool.SetMaxOpenConns(24) // as the server has it
	pool.SetMaxIdleConns(12)
	_, err = s.Migrate(t.Context())
	require.NoError(t, err)
	in.asked = &requests{}
	in.World = live.NewAt(t, s, live.Temporal(t, db, changes...), clock, func(o *client.Options) { o.MetricsHandler = in.asked })
	in.circle = in.newCircle(40)
	return in
}

// requests counts what the server and its worker ask of Temporal.
type requests struct{ all, refused atomic.Int64 }

// WithTags implements client.MetricsHandler.
func (r *requests) WithTags(map[string]string) client.MetricsHandler { return r }

// Counter implements client.MetricsHandler.
func (r *requests) Counter(name string) client.MetricsCounter {
	switch {
	case strings.Contains(name, "resource_exhausted"):
		return counter{&r.refused}
	case name == "temporal_request_attempt" || name == "temporal_long_request_attempt":
		return counter{&r.all}
	}
	return client.MetricsNopHandler.Counter(name)
}

// Gauge implements client.MetricsHandler.
func (r *requests) Gauge(name string) client.MetricsGauge {
	return client.MetricsNopHandler.Gauge(name)
}

// Timer implements client.MetricsHandler.
func (r *requests) Timer(name string) client.MetricsTimer {
	return client.MetricsNopHandler.Timer(name)
}

type counter struct{ n *atomic.Int64 }

// Inc implements client.MetricsCounter.
func (c counter) Inc(by int64) { c.n.Add(by) }

// peak samples the requests of each second until ctx ends and returns the most there
// were in one.
func (r *requests) peak(ctx context.Context) (most int64) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for before := r.all.Load(); ; {
		select {
		case <-ctx.Done():
			return most
		case <-tick.C:
			now := r.all.Load()
			most, before = max(most, now-before), now
		}
	}
}

// sizes are those of the product's database and of Temporal's.
func (in *installation) sizes() (product, temporal sizes) {
	product, temporal = measureSizes(in.T, look(in.T, in.product)), sizes{}
	for _, dsn := range in.temporal {
		for name, s := range measureSizes(in.T, look(in.T, dsn)) {
			temporal[name] = s
		}
	}
	return product, temporal
}

// households makes n of them in the first village, nothing but the households.
func (in *installation) households(n int, status procedure.State) []models.Household {
	out := make([]models.Household, n)
	now := in.Engine.Clock.Now()
	for i := range out {
		id := householdID(i)
		chars, pinyin, abbr := name(i)
		out[i] = models.Household{ID: id, No: id, RegionCode: testkit.Village, HeadName: chars, HeadPinyin: pinyin, HeadAbbr: abbr, Population: 3,
			BaseType: "ordinary", Status: status, CreatedAt: now, UpdatedAt: now}
		require.NoError(in.T, out[i].SetSecret(in.Store.Vault, models.HouseholdSecret{House: "A"}))
	}
	require.NoError(in.T, in.Store.DB.CreateInBatches(out, 200).Error)
	return out
}

// circle are clues that people move round and round, through their workflows: the
// ordinary work.
type circle struct {
	in  *installation
	ids []string
	n   int
	by  map[string]activities.Actor
}

func (in *installation) newCircle(n int) *circle {
	c := &circle{in: in, by: map[string]activities.Actor{"village": in.Actor(procedure.VillageCadre), "township": in.Actor(procedure.TownshipOffice)}}
	for range n {
		id := in.World.Open("risk_clue", in.NewHousehold(testkit.Village), c.by["village"])
		in.Do(id, "register_locally")
		c.ids = append(c.ids, id)
	}
	return c
}

// step moves the next clue on.
func (c *circle) step() error {
	id, act := c.ids[c.n%len(c.ids)], acts[c.n/len(c.ids)%len(acts)]
	form := act.form
	if _, ok := form["target_village"]; ok {
		form = map[string]any{"target_village": testkit.Village}
	}
	r := activities.FireRequest{CaseID: id, Event: act.event, Key: fmt.Sprintf("circle-%08d", c.n), ExpectedSeq: activities.AnySeq, Actor: c.by[act.viewer], Form: form}
	for {
		_, err := c.in.Cases.Fire(c.in.T.Context(), r)
		var no *procedure.Refusal
		if errors.As(err, &no) && no.Kind == procedure.Busy {
			<-time.After(rest) // as the page does: again, with the same key
			continue
		}
		c.n++
		return err
	}
}

// times are how long steps took, repetitions included.
type times []time.Duration

func (l times) String() string {
	slices.Sort(l)
	at := func(percent int) float64 {
		if len(l) == 0 {
			return 0
		}
		return float64(l[min(len(l)*percent/100, len(l)-1)].Microseconds()) / 1000
	}
	return fmt.Sprintf("%d steps, p50 %.0f, p95 %.0f, worst %.0f ms", len(l), at(50), at(95), at(100))
}

// rest is the pause of one who works: five steps in a second at most.
const rest = 200 * time.Millisecond

// steps does n steps, one after another.
func (c *circle) steps(n int) times {
	var out times
	for range n {
		began := time.Now()
		require.NoError(c.in.T, c.step())
		out = append(out, time.Since(began))
		<-time.After(rest)
	}
	return out
}

// during does steps until something is over.
func (c *circle) during(what func()) times {
	var out times
	over := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				out = append(out, c.steps(1)...)
			}
		}
	})
	what()
	close(over)
	wg.Wait()
	return out
}

// count counts rows.
func (in *installation) count(model any, where string, args ...any) int {
	var n int64
	require.NoError(in.T, in.Store.DB.Model(model).Where(where, args...).Count(&n).Error)
	return int(n)
}

// watch polls a number until it reaches n and prints it from time to time with the
// rate. It returns when the first was seen and when the last.
func (in *installation) watch(title string, n int, every time.Duration, number func() int) (first, last time.Time) {
	began, shown, before := time.Now(), time.Now(), number()
	for {
		k := number()
		now := time.Now()
		if first.IsZero() && k > 0 {
			first, shown = now, now
		}
		if now.Sub(shown) >= every || k >= n {
			fmt.Printf("- %s after %s: %d, %.1f per second, Temporal %d MB, load %s\n", title, now.Sub(began).Round(time.Second), k,
				float64(k-before)/max(now.Sub(shown).Seconds(), 0.001), memory("devstack"), load())
			shown, before = now, k
		}
		if k >= n {
			return first, now
		}
		<-time.After(500 * time.Millisecond)
	}
}
