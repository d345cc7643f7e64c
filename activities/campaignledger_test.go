package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// S1-016: the day's problems go to the leaders of the township and to the village they are in, on days on which something
// has changed, once.
func TestTheDailyLedgerGoesToLeadersAndVillages(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 1)
		secretary, elsewhere := w.Nth(procedure.VillageSecretary, testkit.Village, 0), w.Nth(procedure.VillageSecretary, testkit.Village2, 0)
		leader, head := w.Actor(procedure.LinkedLeader), w.Actor(procedure.TownshipHead)
		told := func(user string) (bodies []string) {
			require.NoError(t, w.Store.DB.Model(&models.Message{}).Where("user_id = ? AND case_id = ? AND clock_id LIKE 'ledger:%'", user, c.ID).Order("clock_id, id").Pluck("body", &bodies).Error)
			return bodies
		}
		over := func(days int) {
			w.SetNow(w.Now().AddDate(0, 0, days))
			w.Tend()
			w.Tend()
		}
		over(1)
		require.Empty(t, told(secretary.UserID), "nothing was found")

		form := &formsOf(w, c)[0]
		do(w, form, "visit", "mismatch")
		p := w.Last(form.ID, "rectification")
		do(w, p, "register")
		w.Fire(p.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"class": procedure.RectifyImmediate, "due_date": day(w, 1)})
		over(1)
		for _, user := range []string{secretary.UserID, leader.UserID, head.UserID} {
			require.Len(t, told(user), 1)
			require.Contains(t, told(user)[0], "累计发现1件（当日新增1件），销号0件，未销号1件")
		}
		require.Empty(t, told(elsewhere.UserID), "of another village")

		over(1)
		require.Len(t, told(leader.UserID), 1, "as the day before")
		over(1)
		require.Len(t, told(leader.UserID), 2)
		require.Contains(t, told(leader.UserID)[1], "逾期1件")
		do(w, p, "start", "submit", "take", "verify_pass")
		over(1)
		require.Contains(t, told(secretary.UserID)[2], "销号1件（当日1件），未销号0件")
	})
}
