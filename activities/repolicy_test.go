package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// A case keeps the policy it was opened under until it is put under the present one
// by an act (section 6 #22).
func TestRepolicy(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("village_notice", "posted")
		window := func() models.ClockRow {
			var row models.ClockRow
			require.NoError(t, w.Store.DB.Where("case_id = ? AND code = ? AND stopped_at IS NULL", c.ID, "window").Take(&row).Error)
			return row
		}
		ask := func(role procedure.Role, key, reason string, dry bool) (activities.Repoliced, error) {
			return w.Engine.Repolicy(t.Context(), activities.Change{CaseID: c.ID, Key: key, Reason: reason, DryRun: dry, Actors: []activities.Actor{w.Actor(role)}})
		}
		_, err := ask(procedure.CountyOffice, "k0", "规则已改", false)
		w.Refused(err, procedure.Conflict, "already_so")

		w.SetPolicy("notice_days", testkit.County, map[string]any{"days": 15, "unit": "calendar"})
		before := window()
		_, err = ask(procedure.TownshipOffice, "k1", "规则已改", false)
		w.Refused(err, procedure.Forbidden, "role_not_allowed")
		_, err = ask(procedure.CountyOffice, "k1", "", false)
		w.Refused(err, procedure.Invalid, "conditions_not_met")

		told, err := ask(procedure.CountyOffice, "k1", "", true)
		require.NoError(t, err)
		require.Equal(t, []string{"notice_days"}, told.Keys)
		require.Len(t, told.Clocks, 1)
		require.Equal(t, before, window(), "a dry run changes nothing")
		require.Equal(t, c.Seq, w.Case(c.ID).Seq)

		done, err := ask(procedure.CountyOffice, "k1", "县里改为公示十五天", false)
		require.NoError(t, err)
		require.Equal(t, told.Keys, done.Keys)
		after := window()
		require.True(t, after.DueAt.After(before.DueAt))
		require.True(t, after.DueAt.Equal(done.Clocks[0].After))
		require.Equal(t, before.Run, after.Run, "the clock runs on")
		require.NotEqual(t, c.PolicyHash, w.Case(c.ID).PolicyHash)

		again, err := ask(procedure.CountyOffice, "k1", "县里改为公示十五天", false)
		require.NoError(t, err)
		require.Equal(t, done.Reply, again.Reply, "the same key gets the same answer")
		_, bad, err := w.Engine.VerifyCase(t.Context(), w.Case(c.ID))
		require.NoError(t, err)
		require.Nil(t, bad)
	})
}
