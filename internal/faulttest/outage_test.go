package faulttest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
)

const (
	outage  = 10 * time.Second
	clients = 4
)

// The Temporal server dies without warning under load and is away for ten seconds.
func TestTemporalAwayForTenSecondsUnderLoad(t *testing.T) {
	s := newSite(t, "", "", "")
	s.surviveOutage(func() { require.NoError(t, s.temporal.Kill()) }, func() { require.NoError(t, s.temporal.Restart(t.Context())) })
}

// PostgreSQL, which keeps the product's data and Temporal's as it does in a county,
// is away for ten seconds: stopped in order, and crashed.
func TestDatabaseAwayForTenSecondsUnderLoad(t *testing.T) {
	for _, how := range []string{"stopped", "crashed"} {
		t.Run(how, func(t *testing.T) {
			db := testkit.NewCluster(t)
			s := newSite(t, db.CreateDB(t), strings.Replace(db.DSN(), "/postgres?", "/engine?", 1), "")
			s.surviveOutage(func() {
				if how == "stopped" {
					db.Stop(t)
				} else {
					db.Crash(t)
				}
			}, func() { db.Start(t) })
		})
	}
}

// load is what a client has seen.
type load struct {
	answered int
	refused  int           // asked to come again
	stall    time.Duration // the longest wait for one answer, repeats included
	err      error
}

// surviveOutage has clients step while something is away, each repeating a request
// under its key until it is answered, and then compares what was answered with what
// was recorded.
func (s *site) surviveOutage(away, back func()) {
	s.T.Helper()
	notices := make([]*notice, clients)
	for i := range notices {
		notices[i] = s.notice()
	}
	results := make([]load, clients)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i, n := range notices {
		wg.Go(func() { results[i] = s.drive(n, stop) })
	}
	s.until(notices, 5)
	away()
	pause := time.NewTimer(outage)
	<-pause.C
	back()
	from := make([]int64, clients)
	for i, n := range notices {
		from[i] = s.events(n)
	}
	for i, n := range notices {
		require.Eventually(s.T, func() bool { return s.events(n) > from[i]+3 }, 90*time.Second, 50*time.Millisecond, "it does not go on")
	}
	close(stop)
	wg.Wait()
	for i, r := range results {
		require.NoError(s.T, r.err)
		require.EqualValues(s.T, r.answered, s.events(notices[i]), "what was answered is what was recorded")
		s.T.Logf("client %d: %d answered, %d times asked to come again, longest wait %s", i, r.answered, r.refused, r.stall.Round(time.Millisecond))
	}
	s.requireWhole()
}

// until waits until every notice has made some steps.
func (s *site) until(notices []*notice, steps int64) {
	s.T.Helper()
	for _, n := range notices {
		require.Eventually(s.T, func() bool { return s.events(n) >= steps }, 30*time.Second, 10*time.Millisecond)
	}
}

// drive steps until told to stop. Only an answer or a request to come again will do.
func (s *site) drive(n *notice, stop <-chan struct{}) (l load) {
	for {
		key, body := n.request()
		began := time.Now()
		for {
			status, raw, err := s.post("/cases/"+n.id+"/events", key, body)
			if err == nil && status == http.StatusOK {
				if l.err = n.answered(raw); l.err != nil {
					return l
				}
				break
			}
			if err != nil || status != http.StatusServiceUnavailable {
				l.err = fmt.Errorf("status %d, body %s, error %v", status, raw, err)
				s.T.Log(l.err) // at once: the others go on
				return l
			}
			l.refused++
			again := time.NewTimer(200 * time.Millisecond)
			<-again.C
		}
		l.answered++
		l.stall = max(l.stall, time.Since(began))
		select {
		case <-stop:
			return l
		default:
		}
	}
}
