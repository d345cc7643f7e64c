package api

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/internal/testkit"
	"shouwang/models"
)

// found are the ids of the households that a question finds, and the page.
func (w *world) found(t testing.TB, user string, q object) ([]string, gen.HouseholdPage) {
	t.Helper()
	page := decode[gen.HouseholdPage](t, w.do(t, call{user: user, method: "POST", url: basePath + "/households/query", status: 200, body: with(object{"count": true}, q)}))
	ids := []string{}
	for _, h := range page.Items {
		ids = append(ids, h.ID)
	}
	return ids, page
}

// Households are narrowed by their type, their group and the category they are monitored in, within the area of who asks.
func TestHouseholdsByTypeGroupAndCategory(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		set := func(id string, values map[string]any) {
			require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = ?", id).Updates(values).Error)
		}
		set("household-2", map[string]any{"base_type": "out_of_poverty", "group_name": "一组"})
		set("household-3", map[string]any{"base_type": "out_of_poverty"})
		set("household-9", map[string]any{"base_type": "out_of_poverty", "group_name": "九组"})
		monitored := func(id, region, category string, more func(*models.MonitoringEpisode)) {
			ep := models.MonitoringEpisode{ID: models.NewID(), HouseholdID: id, No: 1, CaseID: w.row("identification", "admitted", region, nil).ID, RegionCode: region, OpenedAt: w.clock(), Category: category}
			if more != nil {
				more(&ep)
			}
			w.create(&ep)
		}
		now := w.clock()
		monitored("household-1", village, "marginal", nil)
		monitored("household-9", farVillage, "marginal", nil)
		monitored("household-2", village, "marginal", func(ep *models.MonitoringEpisode) { ep.ClosedAt = &now })
		monitored("household-3", nextVillage, "marginal", func(ep *models.MonitoringEpisode) { ep.RevokedAt = &now })
		for _, c := range []struct {
			user string
			q    object
			want []string
		}{
			{"town", object{}, []string{"household-1", "household-2", "household-3"}},
			{"town", object{"base_type": "out_of_poverty"}, []string{"household-2", "household-3"}},
			{"town", object{"base_type": "ordinary"}, []string{"household-1"}},
			{"cadre", object{"base_type": "out_of_poverty"}, []string{"household-2"}},
			{"far_town", object{"base_type": "out_of_poverty"}, []string{"household-9"}},
			{"county", object{"base_type": "out_of_poverty", "village": township}, []string{"household-2", "household-3"}},
			{"town", object{"village": village, "group": "三组"}, []string{"household-1"}},
			{"town", object{"village": village, "group": "一组", "base_type": "ordinary"}, []string{}},
			{"town", object{"village": farVillage, "group": "九组"}, []string{}},
			{"town", object{"category": "marginal"}, []string{"household-1"}}, // not one that is over or was revoked
			{"county", object{"category": "marginal"}, []string{"household-1", "household-9"}},
			{"town", object{"category": "sudden"}, []string{}},
			{"town", object{"q": "lst", "category": "marginal", "base_type": "ordinary"}, []string{"household-1"}},
		} {
			got, page := w.found(t, c.user, c.q)
			require.ElementsMatch(t, c.want, got, "%s %v", c.user, c.q)
			require.Equal(t, len(c.want), *page.Total)
		}
		_, page := w.found(t, "town", object{"village": village})
		require.Equal(t, []string{"一组", "三组"}, page.Groups)
		require.Len(t, page.Categories, 3)
		_, page = w.found(t, "town", object{"village": farVillage})
		require.Empty(t, page.Groups, "groups of a village that he does not reach")
		_, page = w.found(t, "grid", object{"village": village})
		require.Equal(t, []string{"三组"}, page.Groups, "the head of a group has his own")
		for _, at := range []string{"", township} {
			w.do(t, call{user: "town", method: "GET", url: basePath + "/households?group=" + url.QueryEscape("三组") + "&village=" + at, status: map[bool]int{true: 400, false: 422}[at == ""]})
		}
		w.do(t, call{user: "town", method: "GET", url: basePath + "/households?base_type=poor", status: 400})
		x := w.export(t, "town", "households", object{"filter": object{"base_type": "out_of_poverty", "village": township}}, 200)
		require.Equal(t, 2, x.Rows, "the same rows are taken out")
		require.Equal(t, 0, w.export(t, "town", "persons", object{"filter": object{"base_type": "out_of_poverty"}}, 200).Rows)
	})
}

// A household is found by its risk by whom its page shows the risk, and by nobody else: freely, or for a purpose that is kept.
func TestHouseholdsByRisk(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		w.recordedHome(t)
		for _, user := range []string{"cadre", "secretary", "grid", "town", "county", "leader", "auditor", "farmer"} {
			see := decode[gen.HouseholdOverview](t, w.do(t, call{user: user, method: "GET", url: overviewURL, status: 200}))
			told := w.do(t, call{user: user, method: "POST", url: overviewURL, body: object{"purpose": "研判是否纳入监测"}})
			freely := len(see.Risk.Types) > 0
			forPurpose := told.Code == 200 && len(decode[gen.HouseholdOverview](t, told).Risk.Types) > 0
			_, page := w.found(t, user, object{})
			require.Equal(t, freely || forPurpose, len(page.Risks.Items) > 0, user)
			require.Equal(t, forPurpose && !freely, page.Risks.ForPurpose, user)
			ask := call{user: user, method: "POST", url: basePath + "/households/query", body: object{"risk": "illness"}}
			switch {
			case freely:
				ids, _ := w.found(t, user, object{"risk": "illness"})
				require.Equal(t, []string{"household-1"}, ids, user)
			case forPurpose:
				ask.status, ask.want = 422, []string{`"purpose"`}
				w.do(t, ask)
				for risk, want := range map[string][]string{"illness": {"household-1"}, "disaster": {}} {
					ids, page := w.found(t, user, object{"risk": risk, "purpose": "排查因病返贫"})
					require.Equal(t, want, ids, user)
					require.Equal(t, len(want), *page.Total)
				}
			default:
				ask.status, ask.code = 403, "class_not_allowed"
				w.do(t, ask)
				ask.body = object{"risk": "illness", "purpose": "排查因病返贫"}
				w.do(t, ask)
			}
		}
		ids, _ := w.found(t, "far_town", object{"risk": "illness", "purpose": "排查因病返贫"})
		require.Empty(t, ids, "of its own area only")
		w.do(t, call{user: "town", method: "POST", url: basePath + "/households/query", status: 400, code: "personal_data", body: object{"risk": "illness", "purpose": "核实" + headID}})
		var kept int64
		require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = ? AND field = ? AND user_id = ? AND purpose = ? AND class = ?", "search", riskField, "u-town", "排查因病返贫", "P3").Count(&kept).Error)
		require.EqualValues(t, 2, kept)
		require.NoError(t, w.store.DB.Model(&models.MonitoringEpisode{}).Where("id = ?", "ep-1").Update("closed_at", w.clock()).Error)
		ids, _ = w.found(t, "town", object{"risk": "illness", "purpose": "排查因病返贫"})
		require.Empty(t, ids, "a risk that is over is none")
	})
}
