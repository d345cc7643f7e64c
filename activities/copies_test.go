package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
)

// What the county has decided on a household, those are told who answer for its village and led the review: they have no
// task of it any more. Others are not, and no other step tells anybody.
func TestTheCountysDecisionIsTold(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, store *models.Store) {
		w := testkit.NewWorld(t, store)
		c := w.Reach("identification", "county_review")
		copies := func() (rows []models.CaseCopy) {
			require.NoError(t, store.DB.Where("case_id = ?", c.ID).Order("user_id").Find(&rows).Error)
			return rows
		}
		require.Empty(t, copies())
		w.Do(c.ID, "county_pass")
		after := w.Case(c.ID)
		roles := map[string]bool{}
		for _, row := range copies() {
			require.Equal(t, after.StepSeq, row.Seq)
			require.Empty(t, row.FromID)
			require.Nil(t, row.ReadAt)
			var g models.RoleGrant
			require.NoError(t, store.DB.Where("user_id = ? AND role IN ?", row.UserID, []string{"village_secretary", "linked_leader"}).Take(&g).Error)
			roles[string(g.Role)] = true
		}
		require.Equal(t, map[string]bool{"village_secretary": true, "linked_leader": true}, roles)
	})
}
