package faulttest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
)

// The server is killed after an event was committed and before its caller was
// answered. The same request to the next server gets the answer, and the event is
// there once.
func TestKilledBetweenCommitAndAnswer(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			dsn := ""
			if dialect == "postgres" {
				dsn = testkit.NewCluster(t).CreateDB(t)
			}
			s := newSite(t, dsn, "", "")
			n := s.notice()
			for range 20 {
				if s.killUnanswered(n) {
					return
				}
			}
			require.Fail(t, "every answer was faster than the kill")
		})
	}
}

// killUnanswered sends the next event and kills the server once it is committed.
// It reports whether the caller was left without answer, having checked that the
// same request is then answered and has had one effect.
func (s *site) killUnanswered(n *notice) bool {
	s.T.Helper()
	key, body := n.request()
	before := s.events(n)
	type answer struct {
		status int
		raw    []byte
		err    error
	}
	got := make(chan answer, 1)
	go func() {
		status, raw, err := s.post("/cases/"+n.id+"/events", key, body)
		got <- answer{status, raw, err}
	}()
	for deadline := time.Now().Add(20 * time.Second); s.events(n) == before; {
		require.True(s.T, time.Now().Before(deadline), "not committed")
	}
	s.kill()
	a := <-got
	s.start()
	if a.err == nil {
		require.Equal(s.T, http.StatusOK, a.status, string(a.raw))
		require.NoError(s.T, n.answered(a.raw))
		return false
	}
	status, first, err := s.post("/cases/"+n.id+"/events", key, body)
	require.NoError(s.T, err)
	require.Equal(s.T, http.StatusOK, status, string(first))
	require.Equal(s.T, before+1, s.events(n), "one event, not two")
	status, _, err = s.post("/cases/"+n.id+"/events", key, body)
	require.NoError(s.T, err)
	require.Equal(s.T, http.StatusOK, status, "and so for ever")
	require.NoError(s.T, n.answered(first))

	key, body = n.request() // and the case goes on
	status, raw, err := s.post("/cases/"+n.id+"/events", key, body)
	require.NoError(s.T, err)
	require.Equal(s.T, http.StatusOK, status, string(raw))
	var c models.Case
	require.NoError(s.T, s.Store.DB.Where("id = ?", n.id).Take(&c).Error)
	s.requireWhole()
	return true
}
