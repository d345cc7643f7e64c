package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/procedure"
)

// A campaign runs as a workflow and its forms do not: a form opens a problem, which
// runs as one, waits for it and is told; the last form moves the campaign on; the
// village form begins by itself.
func TestCampaignOnRealTemporal(t *testing.T) {
	t.Parallel()
	onReal(t, 0, func(t *testing.T, w *live.World) {
		h := w.NewHousehold(testkit.Village)
		r := w.Opening("campaign", &models.Household{RegionCode: testkit.Township}, w.Actor(procedure.TownshipOffice))
		r.RegionCode = testkit.Township
		r.Form["scope"], r.Form["households"] = []any{procedure.ScopeListed}, []any{map[string]any{"household_id": h.ID}}
		c, err := w.Cases.Open(t.Context(), r)
		require.NoError(t, err)
		w.Do(c.ID, "issue", "train", "start_field")
		require.NoError(t, w.Engine.TendCampaigns(t.Context()))
		form, village := w.Last(c.ID, "household_form").ID, w.Last(c.ID, "village_form").ID

		w.Do(form, "visit", "mismatch")
		problem := w.Last(form, "rectification").ID
		w.Do(problem, "register", "assign", "start", "submit", "take", "verify_pass")
		w.Until(form, "visiting")
		w.Do(form, "fill", "self_check", "hand_in")
		w.Until(c.ID, "review")
		w.Do(form, "instructor_pass", "joint_pass", "to_office", "office_pass")
		w.Until(village, "drafting")
		w.Do(c.ID, "to_rect")
		require.Equal(t, procedure.State("rectification"), w.State(c.ID))
	})
}
