package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Twice a year, or once where policy says so, each township with households has a
// screening to issue: a draft, once, and none where people have been quicker.
func TestScreeningsAreDrawnUp(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.NewHousehold(testkit.Village)
		w.NewHousehold(testkit.Village3)
		plan := func(day string) (drafts []models.Case) {
			on, err := policy.ParseDate(day)
			require.NoError(t, err)
			w.SetNow(on.Start())
			before := map[string]bool{}
			for _, c := range campaigns(t, w) {
				before[c.ID] = true
			}
			n, err := w.Engine.PlanScreenings(t.Context(), on)
			require.NoError(t, err)
			for _, c := range campaigns(t, w) {
				if !before[c.ID] {
					drafts = append(drafts, c)
				}
			}
			require.Len(t, drafts, n)
			return drafts
		}
		require.Empty(t, plan("2026-12-31"), "the first month of the period is over")
		first := plan("2027-01-31")
		require.Len(t, first, 2)
		c := first[0]
		require.Equal(t, []any{testkit.Township, procedure.State("draft"), "township_office", "2027年上半年返贫致贫风险全覆盖排查"},
			[]any{c.RegionCode, c.State, c.Facts.Text("issuer_role"), c.Facts.Text("title")})
		require.Equal(t, models.Queue(procedure.TownshipOffice, testkit.Township, ""), taskOf(t, w, c.ID).Queue)
		require.Equal(t, []string{"screening@1", "第一阶段 制定方案（1/5）"}, []string{c.Facts.Text("template"), activities.PhaseTitle(&c)})
		require.Empty(t, plan("2027-01-31"), "once")
		require.Empty(t, plan("2027-02-01"))
		w.Fire(c.ID, "cancel", w.In(w.Case(c.ID), procedure.Issuer))

		w.SetPolicy("full_screening_period", testkit.Township2, "year")
		w.SetNow(at("2027-06-30 09:00"))
		w.OpenIn("campaign", testkit.Township, w.Actor(procedure.TownshipOffice), answers{"kind": "look_back"})
		second := plan("2027-07-01")
		require.Len(t, second, 1, "the other is screened once a year")
		require.Equal(t, testkit.Township, second[0].RegionCode)
		w.SetPolicy("full_screening_period", testkit.Township2, "by_hand")
		w.SetNow(at("2028-01-01 09:00"))
		w.OpenIn("campaign", testkit.County, w.Actor(procedure.CountyOffice), answers{"kind": "screening"})
		require.Empty(t, plan("2028-01-02"), "the county does it for one, the other by hand")
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

func campaigns(t *testing.T, w *testkit.World) (out []models.Case) {
	t.Helper()
	require.NoError(t, w.Store.DB.Where("procedure = ?", "campaign").Order("region_code, id").Find(&out).Error)
	return out
}
