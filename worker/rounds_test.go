package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
)

// On a real server and the drill clock: the duties of a household come by themselves,
// open and are missed, and the rounds go on with another worker.
func TestRoundsOnRealTemporal(t *testing.T) {
	t.Parallel()
	w := live.New(t, store(t, "sqlite"), live.Temporal(t, ""), drillDay)
	h := w.NewHousehold(testkit.Village)
	w.SetStatus(h.ID, "monitored")
	require.NoError(t, w.Cases.StartRounds(t.Context()))
	require.NoError(t, w.Cases.StartRounds(t.Context()), "already running")
	count := func(state string) func() bool {
		return func() bool {
			var n int64
			return w.Store.DB.Model(&models.Case{}).Where("procedure = ? AND state = ?", "visit_task", state).Count(&n).Error == nil && n > 0
		}
	}
	w.Eventually(count("due"), "no duty has opened")
	w.Rest()
	w.Work()
	w.Eventually(count("missed"), "no duty was missed at its end")
	v, err := w.Engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Bad)
}
