package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// An objection found justified after its matter has gone on is not silent: township
// and county are told at once (section 6 #19). One that the notice still waits for, and
// one that is overruled, tell nobody.
func TestLateObjection(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		told := func(caseID string) []string {
			var users []string
			require.NoError(t, w.Store.DB.Model(&models.Message{}).Where("case_id = ? AND clock_id LIKE ?", caseID, "objection:%").Order("user_id").Pluck("user_id", &users).Error)
			return users
		}
		raise := func(c *models.Case, finding string) {
			var h models.Household
			require.NoError(t, w.Store.DB.Where("id = ?", c.HouseholdID).Take(&h).Error)
			o := w.Open("objection", &h, w.Actor(procedure.CountyOffice))
			for _, e := range []string{"accept", "start", finding} {
				w.Do(o.ID, e)
			}
		}
		for _, state := range []procedure.State{"township_review", "approved", "registered"} {
			c := w.Reach("identification", state)
			raise(c, "find_overruled")
			require.Empty(t, told(c.ID), state)
			raise(c, "find_upheld")
			users := told(c.ID)
			require.Contains(t, users, w.Actor(procedure.CountyOffice).UserID, state)
			require.Contains(t, users, w.Actor(procedure.TownshipOffice).UserID, state)
			require.NotContains(t, users, w.Actor(procedure.VillageCadre).UserID, state)
		}

		o := w.Reach("objection", "upheld") // during the notice, which it ends
		require.Empty(t, told(w.Case(o.ParentID).ParentID))
		c := w.Reach("identification", "home_verification")
		raise(c, "find_upheld")
		require.Empty(t, told(c.ID), "the case is still to be reviewed")
	})
}

// A second review that finds otherwise does so when the notice is over.
func TestSecondReviewFindsOtherwise(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for result, want := range map[string]int{"upheld": 1, "overruled": 0} {
			o := w.Reach("objection", "received")
			notice := w.Case(o.ParentID)
			for _, e := range []string{"accept", "start", "find_overruled", "reply", "ask_second_review"} {
				w.Do(o.ID, e)
			}
			w.Do(notice.ID, "overrule")
			w.RunOut(w.Case(notice.ID))
			require.Equal(t, procedure.State("township_review"), w.State(notice.ParentID))
			w.Fire(o.ID, "second_result", w.Actor(procedure.CountyOffice), answers{"result": result})
			var n int64
			require.NoError(t, w.Store.DB.Model(&models.Message{}).Where("case_id = ? AND user_id = ? AND clock_id = ?", notice.ParentID, w.Actor(procedure.CountyOffice).UserID, "objection:"+o.ID).Count(&n).Error)
			require.EqualValues(t, want, n, result)
		}
	})
}
