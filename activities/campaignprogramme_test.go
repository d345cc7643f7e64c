package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// S3-002, S3-073: a campaign that answers an assessment has the problems that were fed back, which are in the plan of
// rectification and not under its forms: in its gates, its numbers and its papers.
func TestCampaignOfAProgramme(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		aProgramme(w, "P1", "", nil)
		require.NoError(t, w.Store.DB.Create(&models.Programme{ID: models.NewID(), No: "P2", RegionCode: testkit.Township2, CreatedAt: w.Now(), UpdatedAt: w.Now()}).Error)
		require.NoError(t, w.Store.DB.Create(&models.Programme{ID: models.NewID(), No: "P3", RegionCode: testkit.County, CreatedAt: w.Now(), UpdatedAt: w.Now()}).Error)
		fed := problem(w, answers{"programme_no": "P1"})
		problem(w, answers{"programme_no": "P3"})
		problem(w) // of no plan

		c := w.OpenIn("campaign", testkit.Township, w.Actor(procedure.TownshipOffice), answers{"kind": "feedback", "scope": []any{procedure.ScopeListed},
			"households": []any{answers{"household_id": w.NewHousehold(testkit.Village).ID}}})
		_, err := w.Try(c.ID, "issue", issuerOf(w, c))
		require.Contains(t, faultCodes(err), "programme_missing")
		list, err := w.Engine.Choices(t.Context(), c, procedure.FromProgrammes)
		require.NoError(t, err)
		var offered []string
		for _, o := range list {
			offered = append(offered, o.Code)
		}
		require.ElementsMatch(t, []string{"P1", "P3"}, offered, "not that of another township")
		_, err = w.Try(c.ID, "issue", issuerOf(w, c), answers{"programme": "P2"})
		require.Contains(t, faultCodes(err), "unknown_option")
		w.Fire(c.ID, "issue", issuerOf(w, c), answers{"programme": "P1"})

		do(w, c, "train", "start_field")
		w.Tend()
		do(w, &formsOf(w, c)[0], toFinal...)
		w.Deliver()
		do(w, c, "to_rect")
		_, err = w.Try(c.ID, "to_spot", w.Actor(procedure.GuidanceGroup))
		require.Contains(t, faultCodes(err), "problems_unregistered")

		problems, err := activities.CampaignProblems(w.Store.DB, c.ID)
		require.NoError(t, err)
		require.Len(t, problems, 1)
		require.Equal(t, fed.ID, problems[0].ID)
		n, err := w.Engine.CampaignNumbers(w.Store.DB, w.Case(c.ID))
		require.NoError(t, err)
		require.Equal(t, []int{1, 0}, []int{n.Problems, n.Corrected})

		do(w, fed, "register", "assign", "start", "submit", "take", "verify_pass")
		n, err = w.Engine.CampaignNumbers(w.Store.DB, w.Case(c.ID))
		require.NoError(t, err)
		require.Equal(t, []int{1, 1}, []int{n.Problems, n.Corrected})
		w.Do(c.ID, "to_spot")
	})
}

// A plan of the county has problems of other townships too: they are not those of a township's campaign.
func TestCampaignOfACountyProgramme(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		require.NoError(t, w.Store.DB.Create(&models.Programme{ID: models.NewID(), No: "P3", RegionCode: testkit.County, CreatedAt: w.Now(), UpdatedAt: w.Now()}).Error)
		here := problem(w, answers{"programme_no": "P3"})
		w.Open("rectification", w.NewHousehold(testkit.Village3), w.Nth(procedure.VillageCadre, testkit.Village3, 0), answers{"programme_no": "P3"})
		c := w.Campaign(w.NewHousehold(testkit.Village))
		w.Fire(c.ID, "issue", issuerOf(w, c), answers{"programme": "P3"})
		problems, err := activities.CampaignProblems(w.Store.DB, c.ID)
		require.NoError(t, err)
		require.Len(t, problems, 1)
		require.Equal(t, here.ID, problems[0].ID)
	})
}
