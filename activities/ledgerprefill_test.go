package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// A ledger of a village is begun with the rows that the system knows: households, changes of members, problems.
func TestLedgersAreBegunWithWhatIsKnown(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 1)
		problemBrought(t, w, c)
		p := w.Last(formsOf(w, c)[0].ID, "rectification")
		do(w, p, "register", "assign")
		change := w.Reach("member_change", "entered")
		require.NoError(t, w.Store.DB.Model(&models.Household{}).Where("id = ?", change.HouseholdID).Update("base_type", "out_of_poverty").Error)
		begun := func(form, table, region string) []any {
			var r models.Region
			require.NoError(t, w.Store.DB.Where("code = ?", region).Take(&r).Error)
			b, err := w.Engine.BlankForm(t.Context(), form, nil, &r, "某甲")
			require.NoError(t, err)
			rows, _ := b.Answers[table].([]any)
			return rows
		}
		with := func(rows []any, code string, v any) map[string]any {
			for _, x := range rows {
				if m := x.(map[string]any); m[code] == v {
					return m
				}
			}
			require.Fail(t, "no row", "%s is %v in %v", code, v, rows)
			return nil
		}
		h := householdOf(w, p)
		require.InDelta(t, float64(h.Population), with(begun("screening_ledger", "households", testkit.Village), "household_no", h.No)["population"], 0)
		line := with(begun("rectification_ledger", "problems", testkit.Village), "subject", p.Subject)
		require.Equal(t, "open", line["state"])
		require.NotEmpty(t, line["due_on"])
		require.NotEmpty(t, line["responsible"])
		require.Equal(t, "household", with(begun("annex3", "problems", testkit.Village), "head", p.Subject)["subject_kind"])
		require.Empty(t, begun("annex3", "problems", testkit.Village2), "another village's are not its own")

		whose := householdOf(w, change)
		form := "f6a"
		if change.Facts.Text("kind") != procedure.MemberIncrease {
			form = "f6b"
		}
		moved := with(begun(form, "changes", change.RegionCode), "household_no", whose.No)
		require.NotEmpty(t, moved["name"])
		require.NotEmpty(t, moved["reason"])
		require.Contains(t, moved["evidence"], change.No)
	})
}
