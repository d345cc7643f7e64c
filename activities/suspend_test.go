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
		county, asker := w.Nth(procedure.CountyOffice, testkit.Village, 1), w.Actor(procedure.CountyOffice)
		c := w.Open("identification", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre))
		before := clock(t, w, c.ID, "ident_total")
		act := func(action, key string, actor activities.Actor) (activities.Reply, error) {
			return w.Engine.Stop(t.Context(), activities.StopRequest{CaseID: c.ID, Action: action, Key: key, Cause: "disaster",
				Reason: "县防汛抗旱指挥部一级响应命令", Actors: []activities.Actor{actor}})
		}
		suspend := func(stop bool, key string) (activities.Reply, error) {
			if !stop {
				return act(activities.StopResume, key, county)
			}
			return act(activities.StopApprove, key, county)
		}

		_, err := act(activities.StopAsk, "s0", w.Actor(procedure.VillageCadre))
		w.Refused(err, procedure.Forbidden, "role_not_allowed")
		_, err = act(activities.StopApprove, "s0", w.Actor(procedure.TownshipOffice))
		w.Refused(err, procedure.Forbidden, "role_not_allowed")
		_, err = w.Engine.Stop(t.Context(), activities.StopRequest{CaseID: c.ID, Action: activities.StopAsk, Key: "s1", Cause: "disaster", Actors: []activities.Actor{county}})
		w.Refused(err, procedure.Invalid, "conditions_not_met")
		_, err = w.Engine.Stop(t.Context(), activities.StopRequest{CaseID: c.ID, Action: activities.StopAsk, Key: "s1", Cause: "holiday", Reason: "放假", Actors: []activities.Actor{county}})
		w.Refused(err, procedure.Invalid, "unknown_option")
		for _, action := range []string{activities.StopApprove, activities.StopRefuse, activities.StopResume} {
			_, err = act(action, "s2"+action, county)
			w.Refused(err, procedure.Conflict, "already_so")
		}

		_, err = act(activities.StopAsk, "a1", asker)
		require.NoError(t, err)
		require.True(t, w.Case(c.ID).DueAt.Before(models.FarFuture), "asking stops nothing")
		_, err = act(activities.StopApprove, "a2", asker)
		w.Refused(err, procedure.Forbidden, "separation_of_duties")
		_, err = act(activities.StopRefuse, "a3", county)
		require.NoError(t, err)
		require.True(t, w.Case(c.ID).DueAt.Before(models.FarFuture), "a refused request stops nothing")
		_, err = act(activities.StopAsk, "a4", asker)
		require.NoError(t, err)
		_, err = act(activities.StopAsk, "a5", w.Actor(procedure.TownshipOffice))
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
		ledger, err := w.Engine.Stops(t.Context(), c.ID)
		require.NoError(t, err)
		require.Len(t, ledger, 2)
		require.False(t, ledger[0].Approved)
		require.Equal(t, []any{"disaster", asker.UserID, county.UserID, true, county.UserID}, []any{ledger[1].Cause, ledger[1].AskedBy, ledger[1].DecidedBy, ledger[1].Approved, ledger[1].ResumedBy})

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
