package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// DQ-05, DQ-31, DQ-24: a nightly run looks at a household again on the day on which a rule may say something else, and
// only then; everybody is looked at again in a new month.
func TestDatesAreLookedAtOnTheirDay(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		tidyHome(w, testkit.Village, nil)
		worker := tidyHome(w, testkit.Village, func(_ *models.Household, _ *models.HouseholdSecret, _ []models.Person, secrets []models.PersonSecret) {
			secrets[0].Work = []models.WorkRecord{{Started: "2026-01-01", Ended: "2026-09-23", Company: "厂", Industry: "制造业", Channel: "自发", Income: new(int64(300_000)), OffCounty: new(false)}}
		})
		helped := tidyHome(w, testkit.Village, nil)
		ends := policy.NewDate(2026, time.September, 26).Start().UTC()
		require.NoError(t, w.Store.DB.Model(&models.Household{}).Where("id = ?", helped.ID).Update("status", "monitored").Error)
		require.NoError(t, w.Store.DB.Create(&models.RoleGrant{ID: models.NewID(), UserID: w.Actor(procedure.VillageCadre).UserID, Role: procedure.AssistancePerson, HouseholdID: helped.ID, ValidFrom: w.Now().AddDate(0, 0, -7), ValidTo: &ends}).Error)
		night := func(day string) int {
			w.SetNow(at(day + " 02:00"))
			return check(w, testkit.Village).Looked
		}
		open := func() bool {
			for _, h := range hitsOf(w, worker.ID) {
				if h.Rule == "work_end_wrong" {
					return h.GoneAt == nil
				}
			}
			return false
		}
		require.Equal(t, 3, night("2026-09-21"))
		require.True(t, open())
		require.Zero(t, night("2026-09-22"), "the day before")
		require.True(t, open())
		require.Equal(t, 1, night("2026-09-23"))
		require.False(t, open(), "today is not after today")
		require.Equal(t, 1, night("2026-09-24"), "he is at work no more")
		require.Zero(t, night("2026-09-25"))
		require.Equal(t, 1, night("2026-09-26"), "nobody is paired with the third any more")
		require.Zero(t, night("2026-09-30"))
		require.Equal(t, 3, night("2026-10-01"))
	})
}
