package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
)

// openPage is an open page with its stream.
type openPage struct {
	lines chan string // closed when the stream ends
	stop  context.CancelFunc
	code  int
}

// watch opens the stream as a browser would and reads it, until it is stopped.
func watch(t testing.TB, base, token string) *openPage {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, "GET", base+basePath+"/live", nil)
	require.NoError(t, err)
	if token != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: token})
	}
	client := &http.Client{Transport: &http.Transport{}} // a connection of its own
	t.Cleanup(client.CloseIdleConnections)
	res, err := client.Do(r)
	require.NoError(t, err)
	w := &openPage{lines: make(chan string, 100), stop: stop, code: res.StatusCode}
	go func() {
		defer close(w.lines)
		defer res.Body.Close()
		for in := bufio.NewScanner(res.Body); in.Scan(); {
			w.lines <- in.Text()
		}
	}()
	if res.StatusCode == http.StatusOK {
		require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
		require.Empty(t, res.Header.Get("Content-Encoding"))
		w.until(t, "event: ready")
	}
	return w
}

// until reads to a line that begins so.
func (w *openPage) until(t testing.TB, begin string) string {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case line, open := <-w.lines:
			require.True(t, open, "the stream ended before %q", begin)
			if strings.HasPrefix(line, begin) {
				return line
			}
		case <-deadline:
			t.Fatalf("nothing like %q came", begin)
		}
	}
}

func (w *openPage) change(t testing.TB) (out gen.LiveChange) {
	t.Helper()
	w.until(t, "event: change")
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(w.until(t, "data: "), "data: ")), &out))
	return out
}

// still requires that nothing is told for a while.
func (w *openPage) still(t testing.TB, d time.Duration) {
	t.Helper()
	deadline := time.After(d)
	for {
		select {
		case line, open := <-w.lines:
			require.True(t, open, "the stream ended")
			require.False(t, strings.HasPrefix(line, "event: change"), "a change was told")
		case <-deadline:
			return
		}
	}
}

// ended waits for the end of the stream.
func (w *openPage) ended(t testing.TB, within time.Duration) {
	t.Helper()
	deadline := time.After(within)
	for {
		select {
		case _, open := <-w.lines:
			if !open {
				return
			}
		case <-deadline:
			t.Fatal("the stream goes on")
		}
	}
}

// tuned waits until the bell is heard by all streams: on PostgreSQL its connection comes up by itself.
func (w *world) tuned(t testing.TB, pages ...*openPage) {
	t.Helper()
	for _, x := range pages {
		for heard := false; !heard; {
			require.NoError(t, w.store.Tx(t.Context(), touchAll))
			select {
			case line, open := <-x.lines:
				require.True(t, open)
				heard = strings.HasPrefix(line, "event: change")
			case <-time.After(200 * time.Millisecond):
			}
		}
	}
	time.Sleep(livePause + 300*time.Millisecond)
	for _, x := range pages {
		for len(x.lines) > 0 {
			<-x.lines
		}
	}
}

// touchAll is a change of more than can be told one by one.
func touchAll(tx *gorm.DB) error {
	models.Touch(tx, models.Touched{All: true})
	return nil
}

func TestLiveTellsWhoMayKnow(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			srv := httptest.NewServer(w.http)
			t.Cleanup(srv.Close)
			cadre, town, far, medical := watch(t, srv.URL, "token-cadre"), watch(t, srv.URL, "token-town"), watch(t, srv.URL, "token-far_cadre"), watch(t, srv.URL, "token-medical")
			w.tuned(t, cadre, town, far, medical)

			began := time.Now()
			clue := w.openClue(t, "household-1", "cadre")
			for _, x := range []*openPage{cadre, town} {
				got := x.change(t)
				require.Equal(t, []string{clue}, got.Cases)
				require.ElementsMatch(t, []gen.LiveChangeKinds{gen.LiveTasks, gen.LiveCases}, got.Kinds)
				require.Equal(t, []string{"household-1"}, got.Households)
			}
			t.Logf("%s: two pages were told %s after the act began", dialect, time.Since(began).Round(time.Millisecond))
			require.Less(t, time.Since(began), 2*time.Second)
			far.still(t, 700*time.Millisecond)
			medical.still(t, 0) // a department of the same county, of which nothing was asked

			require.NoError(t, w.store.Tx(t.Context(), func(tx *gorm.DB) error {
				now := w.clock()
				return tx.Create(&models.Message{ID: models.NewID(), UserID: "u-far_cadre", ClockID: "k", Kind: "remind", Title: "提醒", DeliverAt: now, CreatedAt: now}).Error
			}))
			got := far.change(t)
			require.Equal(t, []gen.LiveChangeKinds{gen.LiveMessages}, got.Kinds)
			require.Empty(t, got.Cases)
			cadre.still(t, 300*time.Millisecond)
		})
	}
}

// Forms, problems and campaigns are told to those who reach them, with the households that they are about.
func TestLiveTellsOfFormsAndProblems(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			srv := httptest.NewServer(w.http)
			t.Cleanup(srv.Close)
			p := w.programme(t)
			town, next, far, medical := watch(t, srv.URL, "token-town"), watch(t, srv.URL, "token-next_cadre"), watch(t, srv.URL, "token-far_town"), watch(t, srv.URL, "token-medical")
			w.tuned(t, town, next, far, medical)
			touch := func(changed models.Touched) {
				require.NoError(t, w.store.Tx(t.Context(), func(tx *gorm.DB) error { models.Touch(tx, changed); return nil }))
			}
			record := models.FormRecord{ID: "record-live", Form: "f3", Version: 1, SubjectKind: "household", SubjectID: "household-1", Subject: "罗守田", RegionCode: village, Period: "2026", State: models.RecordDraft, CampaignID: "campaign-live",
				CollectorID: "u-cadre", EnteredBy: "u-cadre", Answers: []byte{}, Computed: []byte{}, RowVersion: 1, CreatedAt: w.clock(), UpdatedAt: w.clock()}
			w.create(&record)
			touch(models.Touched{Records: []models.TouchedRecord{{ID: record.ID, Region: village}}})
			got := town.change(t)
			require.ElementsMatch(t, []gen.LiveChangeKinds{gen.LiveForms, gen.LiveCampaigns}, got.Kinds)
			require.Equal(t, []any{[]string{}, []string{"household-1"}}, []any{got.Cases, got.Households})
			for _, x := range []*openPage{next, far, medical} {
				x.still(t, 700*time.Millisecond)
			}
			id := w.openProblem(t, p.No, "household-3", "供水不稳")
			for _, x := range []*openPage{town, next} {
				got = x.change(t)
				require.Equal(t, []string{id}, got.Cases)
				require.Contains(t, got.Kinds, gen.LiveProgrammes)
				require.NotContains(t, got.Kinds, gen.LiveCampaigns)
				require.Equal(t, []string{"household-3"}, got.Households)
			}
			far.still(t, 300*time.Millisecond)
		})
	}
}

// Watching is no use of a session: it ends by itself, and takes the stream along within seconds.
func TestLiveEndsWithTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	srv := httptest.NewServer(w.http)
	t.Cleanup(srv.Close)
	require.Equal(t, http.StatusUnauthorized, watch(t, srv.URL, "").code)

	idle, out, fired := watch(t, srv.URL, "token-cadre"), watch(t, srv.URL, "token-town"), watch(t, srv.URL, "token-secretary")
	lastSeen := func() int64 {
		var one models.Session
		require.NoError(t, w.store.DB.Where("token_hash = ?", tokenHash("token-cadre")).Take(&one).Error)
		return one.SeenAt.Unix()
	}
	seen := lastSeen()
	w.idle(2 * seenEvery)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases", headers: map[string]string{unattendedHeader: "1"}, status: 200})
	require.NoError(t, w.store.DB.Where("token_hash = ?", tokenHash("token-town")).Delete(&models.Session{}).Error)
	require.NoError(t, w.store.DB.Model(&models.User{}).Where("id = ?", "u-secretary").Update("disabled", true).Error)
	out.ended(t, 2*liveCheck)
	fired.ended(t, 2*liveCheck)
	require.Equal(t, seen, lastSeen(), "neither the stream nor what a page asks by itself keeps it alive")
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases", status: 200})
	require.Greater(t, lastSeen(), seen, "a person does")
	w.idle(sessionIdle + time.Minute)
	idle.ended(t, 2*liveCheck)
}

func TestLiveHasLimitsOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	background, stop := context.WithCancel(t.Context())
	h := w.served(t, func(o *Options) { o.Background, o.ExportDir, o.Timeout = background, "", 300*time.Millisecond })
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	var open []*openPage
	for range liveEach {
		open = append(open, watch(t, srv.URL, "token-cadre"))
	}
	require.Equal(t, http.StatusTooManyRequests, watch(t, srv.URL, "token-cadre").code)
	// The streams stand in nobody's way, and the time of a request does not end them.
	rec := browse(h, "GET", basePath+"/tasks", "token-cadre", nil, nil)
	require.Equal(t, http.StatusOK, rec.Code)
	for _, x := range open {
		x.still(t, 100*time.Millisecond)
	}
	open[0].stop()
	open[0].ended(t, time.Second)
	require.Eventually(t, func() bool { return watch(t, srv.URL, "token-cadre").code == http.StatusOK }, 5*time.Second, 50*time.Millisecond)

	// A server that stops ends them at once.
	stop()
	for _, x := range open[1:] {
		x.ended(t, time.Second)
	}
	down, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	require.NoError(t, srv.Config.Shutdown(down))
}

// SHOUWANG_LIVE_STREAMS=200 prints what so many open pages cost, and how soon each is told.
func TestLiveLoad(t *testing.T) {
	if os.Getenv("SHOUWANG_LIVE_STREAMS") == "" {
		t.Skip("SHOUWANG_LIVE_STREAMS=200 measures")
	}
	var n int
	_, err := fmt.Sscan(os.Getenv("SHOUWANG_LIVE_STREAMS"), &n)
	require.NoError(t, err)
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			w := newWorld(t, dialect)
			srv := httptest.NewServer(w.http)
			t.Cleanup(srv.Close)
			var tokens []string
			for i := range (n + liveEach - 1) / liveEach {
				login := fmt.Sprintf("watcher-%d", i)
				w.create(&models.User{ID: "u-" + login, Login: login, Name: login, CreatedAt: w.clock()},
					&models.RoleGrant{ID: "g-" + login, UserID: "u-" + login, Role: "village_cadre", RegionCode: village, ValidFrom: w.clock().Add(-time.Hour)})
				w.tokens[login] = "token-" + login
				w.create(w.session(login))
				tokens = append(tokens, w.tokens[login])
			}
			clue := w.openClue(t, "household-1", "cadre")
			before := memory()
			var open []*openPage
			for i := range n {
				open = append(open, watch(t, srv.URL, tokens[i/liveEach]))
			}
			w.tuned(t, open[0])
			each := (memory() - before) / uint64(n)
			var all []time.Duration
			for range 10 {
				time.Sleep(time.Second)
				for _, x := range open {
					for len(x.lines) > 0 {
						<-x.lines
					}
				}
				w.attach(t, "cadre", clue, "screening_form")
				done := time.Now() // the act is committed and answered
				for _, x := range open {
					x.change(t)
				}
				all = append(all, time.Since(done))
			}
			slices.Sort(all)
			fmt.Printf("live %s: %d streams, %d KiB each with both ends; the last of them told %s after the answer to the act (middle of 10), %s at worst\n", dialect, n, each>>10,
				all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
		})
	}
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
