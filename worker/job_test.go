package worker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
)

const drillDay = time.Second

// The whole main job, through a real Temporal server, on every database; once
// with Temporal itself in PostgreSQL, as it runs in a county.
func TestMainJobOnRealTemporal(t *testing.T) {
	for _, x := range []struct {
		name, product string
		temporal      func(t *testing.T) string
	}{
		{"sqlite", "sqlite", func(*testing.T) string { return "" }},
		{"postgres", "postgres", func(*testing.T) string { return "" }},
		{"all in postgres", "postgres", func(t *testing.T) string {
			return strings.Replace(testkit.NewCluster(t).DSN(), "/postgres?", "/engine?", 1)
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := live.New(t, store(t, x.product), live.Temporal(t, x.temporal(t)), drillDay)
			j := w.MainJob()
			requireDone(t, w, j)
		})
	}
}

func store(t *testing.T, dialect string) *models.Store {
	t.Helper()
	s := testkit.OpenStore(t, testkit.NewDSN(t, dialect))
	_, err := s.Migrate(t.Context())
	require.NoError(t, err)
	return s
}

// requireDone checks what must hold after a main job.
func requireDone(t *testing.T, w *live.World, j live.Job) {
	t.Helper()
	require.EqualValues(t, "registered", w.State(j.Ident))
	require.EqualValues(t, "risk_confirmed", w.State(j.Clue))
	require.EqualValues(t, "monitored", w.Status(j.Household.ID).State)
	var h models.Household
	require.NoError(t, w.Store.DB.Where("id = ?", j.Household.ID).Take(&h).Error)
	require.EqualValues(t, "monitored", h.Status)
	require.Len(t, w.Children(j.Ident, "village_notice"), 2)

	verdict, err := w.Engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, verdict.Bad)
	require.Greater(t, verdict.Events, 50)

	var open []models.Outbox
	require.NoError(t, w.Store.DB.Where("done_at IS NULL").Find(&open).Error)
	require.Empty(t, open, "everything that was asked for has been done")
	var refused []models.Outbox
	require.NoError(t, w.Store.DB.Where("note <> ''").Find(&refused).Error)
	require.Empty(t, refused, "no message was out of place")
	diverging, err := w.Cases.Reconcile(t.Context(), false)
	require.NoError(t, err)
	require.Empty(t, diverging)
}
