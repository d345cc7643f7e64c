package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/procedure"
)

// S0-031: of the forms about the “四个不摘” there is one for each village and each department, S1-032: of the record of
// the conference one for each working group and day.
func TestCampaignFormsAreOfUnits(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := waitingFor(w, procedure.FourNotsDone)
		want, err := w.Engine.CampaignForms(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, []activities.WantedForm{{Form: "four_nots", RegionCode: testkit.Village}, {Form: "four_nots", RegionCode: testkit.Township, Unit: "民政办"}, {Form: "four_nots", RegionCode: testkit.Township, Unit: "农业服务中心"}}, want)
		open := func(unit, campaign string) error {
			_, err := w.Engine.OpenRecord(t.Context(), activities.FormDraft{Key: w.Key(), Form: "four_nots", RegionCode: testkit.Township, CampaignID: campaign, Unit: unit,
				Answers: map[string]any{}, Actor: w.Actor(procedure.TownshipOffice)})
			return err
		}
		require.NoError(t, open("民政办", c.ID))
		w.Refused(open("民政办", c.ID), procedure.Conflict, "form_exists")
		require.NoError(t, open("农业服务中心", c.ID), "another department has its own")
		w.Refused(open("气象站", c.ID), procedure.Invalid, "unit_unknown")
		w.Refused(open("", c.ID), procedure.Invalid, "unit_unknown")
		w.Refused(open("民政办", ""), procedure.Invalid, "unit_unknown")
	})
}
