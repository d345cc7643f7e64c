package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/casetime"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
)

// probe is one request that is measured for one viewer. A raw statement is the
// least SQL that finds the same rows by the same index.
type probe struct {
	viewer, name string
	send         func(i int) (method, url, body string)
	raw          string
	args         []any
	list         string            // instead of a request: page 50 of this list, if it is so long
	step         func(i int) error // instead of a request
	aim          int               // the p95 that is aimed at, milliseconds; 0 without one
}

// bench is the API in this process with a look at what it asks of the database.
type bench struct {
	plans  io.Writer // where the plans of what has an aim are kept, nil when they are not wanted
	t      testing.TB
	store  *models.Store
	engine *activities.Engine
	api    http.Handler
	sql    *watcher
	plan   plan
	keys   int
}

// measured is when the province is measured: the noon after the last case moved.
func measured() time.Time { return testkit.Start.Add(3 * time.Hour) }

func measure(t testing.TB, s *models.Store, p plan) {
	w := &watcher{}
	s.DB.Logger = w
	e := &activities.Engine{Store: s, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{Real: measured}}
	h, err := api.New(api.Options{Engine: e, Cases: direct{e}, Blobs: api.DirBlobs(t.TempDir()), Log: slog.New(slog.DiscardHandler), Now: measured, PerMinute: 1_000_000})
	require.NoError(t, err)
	b := &bench{t: t, store: s, engine: e, api: h, sql: w, plan: p}
	if p.plans != "" {
		f, err := os.Create(p.plans)
		require.NoError(t, err)
		defer f.Close()
		fmt.Fprintf(f, "# Query plans at %d households\n\n%s", p.households, plansHead)
		b.plans = f
	}
	fmt.Printf("- %s, %d cores, %s, load %s\n", s.DB.Name(), runtime.NumCPU(), runtime.Version(), load())
	fmt.Printf("\n| viewer | request | p50 ms | p95 ms | aim | worst ms | statements | slowest statement p95 ms | raw SQL p50 ms | ratio |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, pr := range b.probes() {
		if strings.Contains(pr.viewer+" "+pr.name, p.only) {
			b.run(pr)
		}
	}
	fmt.Printf("\n- load at the end %s\n", load())
}

// run warms a probe up and measures it.
func (b *bench) run(p probe) {
	if p.list != "" {
		cursor := b.page50(p.viewer, p.list)
		if cursor == "" {
			return
		}
		p.send = get(p.list + "cursor=" + cursor)
	}
	if p.send != nil {
		p.step = func(i int) error {
			method, url, body := p.send(i)
			rec := b.request(p.viewer, method, url, body)
			if rec.Code != http.StatusOK {
				return fmt.Errorf("%s %s: %d %s", method, url, rec.Code, rec.Body)
			}
			return nil
		}
	}
	asked := 20 // so often to warm up; steps go round in turn, and none may be left out
	b.sql.keep(b.plan.explain)
	for i := range asked {
		require.NoError(b.t, p.step(i), "%s %s", p.viewer, p.name)
	}
	b.explain(os.Stdout, p)
	if b.plans != nil && p.aim > 0 {
		b.sql.keep(1)
		require.NoError(b.t, p.step(asked), "%s %s", p.viewer, p.name)
		asked++
		b.explain(b.plans, p)
	}
	runtime.GC()
	b.sql.keep(0)
	var all, slowest []time.Duration
	statements := 0
	for i := range b.plan.requests {
		b.sql.reset()
		began := time.Now()
		err := p.step(asked + i)
		all = append(all, time.Since(began))
		require.NoError(b.t, err, "%s %s", p.viewer, p.name)
		slowest, statements = append(slowest, b.sql.slowest), max(statements, b.sql.n)
	}
	slices.Sort(all)
	slices.Sort(slowest)
	fmt.Printf("| %s | %s | %.1f | %.1f | %s | %.1f | %d | %.1f |", p.viewer, p.name, ms(at(all, 50)), ms(at(all, 95)), p.aimed(), ms(all[len(all)-1]), statements, ms(at(slowest, 95)))
	if p.raw == "" {
		fmt.Println(" | |")
		return
	}
	raw := b.rawTime(p)
	fmt.Printf(" %.2f | %.1f |\n", ms(raw), float64(at(all, 50))/float64(raw))
}

// rawTime is the median time of the raw statement, rows read.
func (b *bench) rawTime(p probe) time.Duration {
	pool, err := b.store.DB.DB()
	require.NoError(b.t, err)
	stmt, err := pool.Prepare(b.placeholders(p.raw))
	require.NoError(b.t, err, p.raw)
	defer stmt.Close()
	var all []time.Duration
	for range b.plan.requests {
		began := time.Now()
		require.NoError(b.t, readAll(stmt, p.args))
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	return at(all, 50)
}

func readAll(stmt *sql.Stmt, args []any) error {
	rows, err := stmt.Query(args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	into := make([]any, len(columns))
	for i := range into {
		into[i] = new(sql.RawBytes)
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (b *bench) placeholders(text string) string {
	if !b.store.Postgres() {
		return text
	}
	for i := 1; strings.Contains(text, "?"); i++ {
		text = strings.Replace(text, "?", fmt.Sprintf("$%d", i), 1)
	}
	return text
}

// aimed is the aim in words.
func (p probe) aimed() string {
	if p.aim == 0 {
		return ""
	}
	return fmt.Sprintf("≤ %d", p.aim)
}

// plansHead tells how the file of plans was made.
const plansHead = `Written by the benchmark beside its figures (docs/scale.md): every statement of one request of each kind that has an aim, with
the plan that PostgreSQL chose for it. ` + "`make bench-scale`" + ` writes it anew.

`

// explain writes the plans of the statements that were kept of the last requests.
func (b *bench) explain(to io.Writer, p probe) {
	for _, text := range b.sql.take() {
		how := "EXPLAIN QUERY PLAN "
		if b.store.Postgres() {
			how = "EXPLAIN (ANALYZE, BUFFERS) "
		}
		if !strings.HasPrefix(text, "SELECT") {
			continue
		}
		fmt.Fprintf(to, "\n%s %s: %s\n\n", p.viewer, p.name, text)
		rows, err := b.store.DB.Raw(how + strings.ReplaceAll(text, "?", "??")).Rows()
		if err != nil {
			fmt.Fprintln(to, err)
			continue
		}
		columns, _ := rows.Columns()
		into := make([]any, len(columns))
		for i := range into {
			into[i] = new(sql.NullString)
		}
		for rows.Next() {
			require.NoError(b.t, rows.Scan(into...))
			fmt.Fprintln(to, "   ", into[len(into)-1].(*sql.NullString).String)
		}
		require.NoError(b.t, rows.Close())
	}
	b.sql.take()
}

// request sends one as a browser would.
func (b *bench) request(viewer, method, url, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/api/v1"+url, strings.NewReader(body))
	r.AddCookie(&http.Cookie{Name: "shouwang_session", Value: viewer})
	r.Header.Set("X-Requested-With", "shouwang")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", b.key())
	}
	rec := httptest.NewRecorder()
	b.api.ServeHTTP(rec, r)
	return rec
}

func (b *bench) key() string {
	b.keys++
	return fmt.Sprintf("scale-%d-%08d", os.Getpid(), b.keys)
}

// direct drives cases on the engine alone, without Temporal.
type direct struct{ engine *activities.Engine }

// Open implements api.Cases.
func (d direct) Open(ctx context.Context, r activities.OpenRequest) (*models.Case, error) {
	return d.engine.OpenCase(ctx, r)
}

// Fire implements api.Cases.
func (d direct) Fire(ctx context.Context, r activities.FireRequest) (activities.Reply, error) {
	id, err := d.engine.Stage(ctx, r)
	if err != nil {
		return activities.Reply{}, err
	}
	out, err := d.engine.Commit(ctx, activities.CommitRequest{CaseID: r.CaseID, Event: r.Event, Key: r.Key, ExpectedSeq: r.ExpectedSeq, Actor: r.Actor, SubmissionID: id})
	return out.Reply, err
}

// Nudge implements api.Cases.
func (d direct) Nudge(context.Context, string) error { return nil }

// at is a percentile of a sorted list.
func at(all []time.Duration, percent int) time.Duration {
	return all[min(len(all)*percent/100, len(all)-1)]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func load() string {
	raw, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(raw), " ")
	return one
}
