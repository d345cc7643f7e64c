package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
)

// What a step was decided on is in its record, under the hash, and nowhere in the clear.
func TestChecksAreRecorded(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Bring(w.Fresh("identification").ID, "democratic_review")
		var events []models.CaseEvent
		require.NoError(t, w.Store.DB.Where("case_id = ?", c.ID).Order("seq").Find(&events).Error)
		found := map[string][]policy.Finding{}
		for i := range events {
			form, err := w.Engine.Payload(&events[i])
			require.NoError(t, err)
			computed, err := activities.Computed(form)
			require.NoError(t, err)
			found[events[i].Event] = computed
		}
		require.Empty(t, found["prepare"])
		below := found["submit_verification"][0]
		require.Equal(t, []any{"below_line", "S003 #16"}, []any{below.Code, below.Basis})
		require.Contains(t, below.Values, policy.Value{Name: "监测线", Text: "7000.00元"})
		for _, v := range w.Case(c.ID).Facts.Values {
			require.NotContains(t, string(v), "监测线")
		}
		_, bad, err := w.Engine.VerifyCase(t.Context(), c)
		require.NoError(t, err)
		require.Nil(t, bad)
	})
}
