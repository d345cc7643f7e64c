package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

func clock(t *testing.T, w *testkit.World, caseID, code string) models.ClockRow {
	t.Helper()
	var row models.ClockRow
	require.NoError(t, w.Store.DB.Where("case_id = ? AND code = ? AND stopped_at IS NULL", caseID, code).Take(&row).Error)
	return row
}

// Clocks that a disaster order has stopped stay stopped while the case goes on,
// and those that start meanwhile stand still as well (section 6 #20).
func TestSuspensionOutlastsSteps(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		county := w.Actor(procedure.CountyOffice)
		c := w.Open("identification", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre))
		before := clock(t, w, c.ID, "ident_total")
		suspend := func(stop bool, key string) (activities.Reply, error) {
			return w.Engine.Suspend(t.Context(), c.ID, key, "县防汛抗旱指挥部一级响应命令", stop, county)
		}

		_, err := w.Engine.Suspend(t.Context(), c.ID, "s0", "无权", true, w.Actor(procedure.TownshipOffice))
		w.Refused(err, procedure.Forbidden, "role_not_allowed")
		_, err = w.Engine.Suspend(t.Context(), c.ID, "s1", "", true, county)
		w.Refused(err, procedure.Invalid, "reason_required")
		_, err = suspend(false, "s2")
		w.Refused(err, procedure.Conflict, "already_so")

		first, err := suspend(true, "s3")
		require.NoError(t, err)
		again, err := suspend(true, "s3")
		require.NoError(t, err)
		require.Equal(t, first, again, "the same key gets the same reply")
		_, err = suspend(true, "s4")
		w.Refused(err, procedure.Conflict, "already_so")
		require.Equal(t, models.FarFuture, w.Case(c.ID).DueAt.UTC(), "nothing is due while the clocks stand still")

		w.SetNow(w.Now().AddDate(0, 0, 10))
		require.Empty(t, w.Wake(c.ID).Fire)
		var rungs int64
		require.NoError(t, w.Store.DB.Model(&models.ClockRung{}).Where("case_id = ?", c.ID).Count(&rungs).Error)
		require.Zero(t, rungs, "and nobody is reminded")
		w.Fire(c.ID, "prepare", w.Actor(procedure.VillageCadre))
		w.Do(c.ID, "sign_authorization")
		w.Do(c.ID, "submit_verification")
		require.NotNil(t, clock(t, w, c.ID, "ident_total").PausedAt, "a step does not start it again")
		require.NotNil(t, clock(t, w, c.ID, "review").PausedAt, "a new clock stands still too")

		_, err = suspend(false, "s5")
		require.NoError(t, err)
		after := clock(t, w, c.ID, "ident_total")
		require.Nil(t, after.PausedAt)
		require.Equal(t, 11, after.LostDays, "ten days and the one it began on")
		require.Equal(t, before.DueAt.Add(11*24*time.Hour).UTC(), after.DueAt.UTC())
		require.True(t, w.Case(c.ID).DueAt.Before(models.FarFuture))

		events, err := w.Engine.Events(t.Context(), c.ID)
		require.NoError(t, err)
		s, err := w.Engine.Snapshot(w.Store.DB, w.Case(c.ID).PolicyHash)
		require.NoError(t, err)
		d := w.Definition(c)
		require.Equal(t, after.DueAt.UTC(), w.Engine.ClockAt(after, d, events, s, w.Now()).DueAt.UTC(), "as of now it is as it is")
		require.NotNil(t, w.Engine.ClockAt(after, d, events, s, w.Now().Add(-time.Hour)).PausedAt, "as of an hour ago it stood still")
		require.Equal(t, before.DueAt.UTC(), w.Engine.ClockAt(after, d, events, s, before.StartedAt).DueAt.UTC(), "as of the start it was not yet longer")
	})
}
