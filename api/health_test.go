package api

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
)

// What does not do its work is told with a code, though people can go on.
func TestHealthIsDegraded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.http = w.echo
	health := func(status gen.HealthStatus, name, code string) {
		t.Helper()
		got := decode[gen.Health](t, w.do(t, call{method: "GET", url: basePath + "/health", status: 200}))
		require.Equal(t, status, got.Status)
		for _, c := range got.Checks {
			if c.Name == name {
				require.Equal(t, []any{code == "", code}, []any{c.Ok, c.Code})
				return
			}
		}
		require.Fail(t, "no check "+name)
	}
	id := w.openClue(t, "household-1", "cadre")
	see := func(status int) {
		t.Helper()
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases/" + id + "/timeline", status: status})
	}

	// The access log cannot be written: nobody sees anything, and it is told until it can be again.
	health("ok", "access_log", "")
	require.NoError(t, w.store.DB.Exec("CREATE TRIGGER full BEFORE INSERT ON access_logs BEGIN SELECT RAISE(ABORT, 'disk full'); END").Error)
	see(500)
	health("degraded", "access_log", "access_log_failing")
	w.server.logFailed.Store(false)
	w.do(t, call{user: "far_town", method: "GET", url: basePath + "/cases/" + id, status: 404})
	health("degraded", "access_log", "access_log_failing") // nor is it written who was refused
	require.NoError(t, w.store.DB.Exec("DROP TRIGGER full").Error)
	see(200)
	health("ok", "access_log", "")

	// A record that was not sealed in time.
	w.mu.Lock()
	w.real = time.Now().Add(3 * time.Hour)
	w.mu.Unlock()
	health("degraded", "sealing", "checkpoint_late")
	_, err := w.server.checkpoint(t.Context())
	require.NoError(t, err)
	health("ok", "sealing", "")

	// A trigger that was taken away.
	require.NoError(t, w.store.DB.Exec("DROP TRIGGER access_logs_no_update").Error)
	health("degraded", "record", "record_unguarded")

	// Another part.
	w.server.checks = map[string]func(context.Context) error{"temporal": func(context.Context) error { return HealthFault("temporal_unreachable") }}
	health("degraded", "temporal", "temporal_unreachable")
}
