package worker_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"shouwang/activities"
	"shouwang/internal/stack"
	"shouwang/worker"
)

var quiet = slog.New(slog.DiscardHandler)

// temporal starts a real Temporal server for one test, in a SQLite file or in
// the given PostgreSQL database.
func temporal(t testing.TB, db string) *stack.Stack {
	t.Helper()
	if db == "" {
		db = filepath.Join(t.TempDir(), "temporal.db")
	}
	s, err := stack.Start(t.Context(), stack.Options{DB: db, Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

// serve runs the engine on a Temporal server, as `shouwang serve` does without
// its HTTP part.
func serve(t testing.TB, s *stack.Stack, e *activities.Engine) *worker.Cases {
	t.Helper()
	c := dial(t, s)
	work(t, c, e)
	return &worker.Cases{Client: c, Engine: e}
}

func dial(t testing.TB, s *stack.Stack) client.Client {
	t.Helper()
	c, err := worker.Dial(s.Address, s.Namespace, quiet)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func work(t testing.TB, c client.Client, e *activities.Engine) sdkworker.Worker {
	t.Helper()
	w := worker.New(c, e)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return w
}

var background = context.Background()
