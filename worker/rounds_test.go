package worker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/workflows"
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

	// It stops while it looks: held up in the database, it ends that look and says so.
	tx := w.Store.DB.Begin()
	require.NoError(t, tx.Exec("UPDATE households SET status = status WHERE id = ?", h.ID).Error)
	w.Eventually(func() bool {
		d, err := w.Client.DescribeWorkflowExecution(t.Context(), workflows.RoundsID, "")
		return err == nil && len(d.PendingActivities) == 1 && d.PendingActivities[0].State == enums.PENDING_ACTIVITY_STATE_STARTED
	}, "nobody looks")
	rested := make(chan struct{})
	go func() {
		defer close(rested)
		w.Rest()
	}()
	select { // it waits for what it has in hand
	case <-rested:
	case <-time.After(time.Second):
	}
	require.NoError(t, tx.Rollback().Error)
	<-rested
	d, err := w.Client.DescribeWorkflowExecution(t.Context(), workflows.RoundsID, "")
	require.NoError(t, err)
	for _, a := range d.PendingActivities {
		require.NotEqual(t, enums.PENDING_ACTIVITY_STATE_STARTED, a.State, "a look is left to be missed by its silence")
	}
	w.Work()
	w.Eventually(count("missed"), "no duty was missed at its end")
	v, err := w.Engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Bad)
}
