package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"shouwang/activities"
	"shouwang/internal/evidence"
	"shouwang/internal/sealing"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/worker"
)

// measureVerify replays and verifies the records of many cases, beside reading the same rows. The cases are a few that were
// really worked on, copied, each with hashes of its own; the workflow histories are those that are checked in.
func measureVerify(t testing.TB, s *models.Store, dsn string, p plan) {
	w := testkit.NewWorld(t, s)
	made := workedOn(w)
	b := newBulk(t, s, dsn, &models.Case{}, &models.CaseEvent{}, &models.Attachment{}, &models.WorkflowRun{})
	copies := copier{t: t, w: w, b: b}
	for i := range p.verify {
		copies.copyOf(made[i%len(made)])
	}
	runs := copies.histories(min(p.verify, 1000)) // some milliseconds each
	b.close()

	key, err := evidence.NewKey()
	require.NoError(t, err)
	sealer := sealing.Sealer{Store: s, Key: key, Dir: t.TempDir()}
	began := time.Now()
	last, err := sealer.Seal(t.Context())
	require.NoError(t, err)
	fmt.Printf("- %d cases, copies of %d of %d kinds, %d records sealed in %.1f s, %d workflow histories, %s, %d cores, %s, load %s\n", p.verify, len(made), kindsOf(t, s), last.Size, time.Since(began).Seconds(), runs, s.DB.Name(), runtime.GOMAXPROCS(0), runtime.Version(), load())

	stop := profile(t, p.profile)
	defer stop()
	jobs := runtime.GOMAXPROCS(0)
	m := meter{}
	m.measure("read the rows of the cases and their records", func() { readCases(t, s, jobs) })
	for _, n := range slices.Compact([]int{1, jobs}) {
		m.measure(fmt.Sprintf("replay and verify, %d at a time", n), func() {
			v, err := (&activities.Verifier{Engine: w.Engine, Jobs: n}).Run(t.Context())
			require.NoError(t, err)
			require.Zero(t, len(v.Bad))
			require.GreaterOrEqual(t, v.Cases, p.verify)
		})
	}
	m.measure("compare what was sealed, and the tree", func() {
		a := sealing.Audit{Store: s, PublicKey: key.Public, Dir: sealer.Dir}
		rep, err := a.Run(t.Context())
		require.NoError(t, err)
		require.Zero(t, len(rep.Bad))
	})
	m.measure("read the workflow histories", func() { readHistories(t, s) })
	m.measure(fmt.Sprintf("replay the workflow histories, %d at a time", jobs), func() {
		rep, err := (&worker.Replays{Engine: w.Engine, Jobs: jobs}).Run(t.Context())
		require.NoError(t, err)
		require.Zero(t, len(rep.Bad))
		require.Equal(t, runs, rep.Replayed)
	})
	fmt.Printf("\n| | s | cases or histories/s | CPU s, ours + server | against reading |\n| --- | --- | --- | --- | --- |\n")
	base, n := m.list[0], p.verify
	for _, x := range m.list {
		if strings.HasPrefix(x.what, "read ") {
			base = x
		}
		if strings.Contains(x.what, "histories") {
			n = runs
		}
		fmt.Printf("| %s | %.2f | %.0f | %.2f + %.2f | %.1f |\n", x.what, x.took.Seconds(), float64(n)/x.took.Seconds(), x.ours.Seconds(), x.server.Seconds(), x.took.Seconds()/base.took.Seconds())
	}
}

// workedOn are cases of many kinds that have been worked on, most of them to their end, with those that followed from them.
func workedOn(w *testkit.World) (ids []string) {
	for _, end := range []struct {
		procedure string
		state     procedure.State
	}{
		{"risk_clue", "no_risk"}, {"identification", "registered"}, {"assistance_plan", "evaluated"}, {"visit_task", "due"},
		{"risk_elimination", "eliminated"}, {"return_to_poverty", "entered"}, {"poverty_exit", "review_notice"}, {"objection", "upheld"},
		{"member_change", "entered"}, {"data_issue", "corrected"}, {"household_form", "final"}, {"lookback_window", "open"},
	} {
		w.Reach(end.procedure, end.state)
	}
	require.NoError(w.T, w.Store.DB.Model(&models.Case{}).Order("id").Pluck("id", &ids).Error)
	return ids
}

func kindsOf(t testing.TB, s *models.Store) (n int64) {
	require.NoError(t, s.DB.Model(&models.Case{}).Distinct("procedure").Count(&n).Error)
	return n
}

// copier copies cases with all that their records name.
type copier struct {
	t testing.TB
	w *testkit.World
	b *bulk
	n int
}

func (x *copier) copyOf(id string) {
	x.n++
	c := *x.w.Case(id)
	c.ID, c.No, c.SoloKey = models.NewID(), fmt.Sprintf("COPY-%d", x.n), nil
	events, err := x.w.Engine.Events(x.t.Context(), id)
	require.NoError(x.t, err)
	var files []models.Attachment
	require.NoError(x.t, x.w.Store.DB.Where("case_id = ?", id).Find(&files).Error)
	names := []string{id, c.ID}
	for i := range files {
		names = append(names, files[i].ID)
		files[i].ID, files[i].CaseID = models.NewID(), c.ID
		names = append(names, files[i].ID)
	}
	renamed := strings.NewReplacer(names...)
	for i := range files { // the hashes of invented files have their names in them
		files[i].SHA256 = renamed.Replace(files[i].SHA256)
	}
	facts, err := json.Marshal(c.Facts)
	require.NoError(x.t, err)
	c.Facts = models.Facts{}
	require.NoError(x.t, json.Unmarshal([]byte(renamed.Replace(string(facts))), &c.Facts))
	prev, acts := "", make([]any, len(events))
	for i := range events {
		ev := &events[i]
		form, err := x.w.Store.Vault.Open("case_events", "payload", ev.ID, ev.Payload)
		require.NoError(x.t, err)
		form = []byte(renamed.Replace(string(form)))
		ev.ID, ev.CaseID, ev.Prev = models.NewID(), c.ID, prev
		ev.Payload = x.w.Store.Vault.Seal("case_events", "payload", ev.ID, form)
		ev.PayloadHash = activities.PayloadHash(ev.Salt, form)
		ev.Reply = json.RawMessage(renamed.Replace(string(ev.Reply)))
		ev.Hash = activities.EventHash(ev)
		prev, acts[i] = ev.Hash, ev
	}
	c.HeadHash = prev
	x.b.add(&c)
	x.b.add(acts...)
	for i := range files {
		x.b.add(&files[i])
	}
}

// histories keeps so many archived runs, each with one of the checked-in histories.
func (x *copier) histories(n int) int {
	files, err := filepath.Glob("workflows/testdata/histories/v2/*.json")
	require.NoError(x.t, err)
	if len(files) == 0 { // not run from the top of the source
		files, err = filepath.Glob("../../workflows/testdata/histories/v2/*.json")
		require.NoError(x.t, err)
	}
	require.NotEmpty(x.t, files)
	var packed [][]byte
	for _, f := range files {
		raw, err := os.ReadFile(f)
		require.NoError(x.t, err)
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, err = z.Write(raw)
		require.NoError(x.t, err)
		require.NoError(x.t, z.Close())
		packed = append(packed, out.Bytes())
	}
	for i := range n {
		x.b.add(&models.WorkflowRun{RunID: fmt.Sprintf("copy-%d", i), CaseID: fmt.Sprintf("copy-%d", i), StartedAt: testkit.Start, History: packed[i%len(packed)]})
	}
	return n
}

// readCases reads what a verification reads, in the same batches and as many at a time.
func readCases(t testing.TB, s *models.Store, jobs int) {
	var ids []string
	require.NoError(t, s.DB.Model(&models.Case{}).Order("id").Pluck("id", &ids).Error)
	var g errgroup.Group
	g.SetLimit(jobs)
	for batch := range slices.Chunk(ids, 200) {
		g.Go(func() error {
			var cases []models.Case
			var events []models.CaseEvent
			if err := s.DB.Where(models.Among(s.DB, "id", batch)).Find(&cases).Error; err != nil {
				return err
			}
			return s.DB.Where(models.Among(s.DB, "case_id", batch)).Order("case_id, seq").Find(&events).Error
		})
	}
	require.NoError(t, g.Wait())
}

func readHistories(t testing.TB, s *models.Store) {
	var ids []string
	require.NoError(t, s.DB.Model(&models.WorkflowRun{}).Order("run_id").Pluck("run_id", &ids).Error)
	for batch := range slices.Chunk(ids, 200) {
		var runs []models.WorkflowRun
		require.NoError(t, s.DB.Where(models.Among(s.DB, "run_id", batch)).Find(&runs).Error)
	}
}
