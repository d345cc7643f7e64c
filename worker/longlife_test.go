package worker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"

	"shouwang/internal/testkit/live"
	"shouwang/models"
)

// Over five years in which nobody acts, a case is reminded of every third day; it
// continues as new in time, so that no run of its workflow grows long, and is one
// case with one whole chain.
func TestFiveYearsOfOneCase(t *testing.T) {
	t.Parallel()
	w := live.New(t, store(t, "sqlite"), live.Temporal(t, ""), 40*time.Millisecond)
	id := clue(w)
	began := w.Engine.Clock.Now()
	require.Eventually(t, func() bool { return w.Engine.Clock.Now().After(began.AddDate(5, 0, 0)) }, 3*time.Minute, 50*time.Millisecond)
	var rungs int64
	require.NoError(t, w.Store.DB.Model(&models.ClockRung{}).Where("case_id = ?", id).Count(&rungs).Error)
	require.Greater(t, rungs, int64(5*365/3-5), "every third day, but for those of the last days")

	runs := w.Histories(id)
	t.Logf("%d rungs; runs of %v events", rungs, lengths(runs))
	require.Greater(t, len(runs), 1)
	for i, h := range runs {
		require.Less(t, len(h.Events), 2000)
		last := h.Events[len(h.Events)-1].EventType
		require.Equal(t, i > 0, last == enums.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW, "run %d ends with %s", i, last)
	}
	v, err := w.Engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Bad)
}

func lengths(runs []*history.History) []int {
	out := make([]int, len(runs))
	for i, h := range runs {
		out[i] = len(h.Events)
	}
	return out
}
