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

// A risk that is confirmed of a monitored household is not identified again: it joins
// those of the episode, and the plan is adjusted until a measure answers it; a plan is
// opened where there is none (2.4 adjust).
func TestAnotherRiskOfAMonitoredHousehold(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		plan := admitted(w, "unstable_employment")
		me, due := helper(w, plan), "2026-12-30"
		w.Fire(plan.ID, "declare_plan", me, rows(row("unstable_employment", "employment", due)))
		w.Do(plan.ID, "plan_approve")
		w.Do(plan.ID, "start")
		w.Do(plan.ParentID, "announce")
		w.Do(plan.ParentID, "register")
		h := householdOf(w, plan)
		confirm := func() {
			clue := w.Open("risk_clue", h, w.Actor(procedure.VillageCadre))
			w.Do(clue.ID, "register_locally")
			w.Ready(clue.ID, "confirm_risk")
			w.Fire(clue.ID, "confirm_risk", w.Actor(procedure.VillageCadre), answers{"risk_types": []any{"illness"}})
			require.Empty(t, w.Children(clue.ID, "identification"))
		}
		confirm()
		require.EqualValues(t, "adjusting", w.State(plan.ID))
		_, err := w.Try(plan.ID, "declare_plan", me, rows(row("unstable_employment", "employment", due)))
		w.Refused(err, procedure.Invalid, "risk_unanswered")
		w.Fire(plan.ID, "declare_plan", me, rows(row("illness", "health", due)))

		require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("id = ?", plan.ID).Updates(map[string]any{"closed_at": w.Now(), "state": "closed", "solo_key": nil}).Error)
		w.SetNow(w.Now().AddDate(0, 0, 20))
		confirm()
		var second models.Case
		require.NoError(t, w.Store.DB.Where("household_id = ? AND procedure = ? AND closed_at IS NULL", h.ID, "assistance_plan").Take(&second).Error)
		require.Equal(t, policy.DateOf(w.Now()).AddDays(10).String(), running(t, w, second.ID, "plan").LastDay, "counted from now, not from the identification")
	})
}

// Once a household's admission was revoked nobody looks back at it.
func TestARevokedHouseholdIsNotLookedBackOn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		ident := w.Reach("identification", "registered")
		quarter := policy.PeriodOf("quarter", policy.DateOf(w.Now()))
		_, err := w.Engine.OpenQuarterLookbacks(t.Context(), quarter, "", 100)
		require.NoError(t, err)
		w.Deliver()
		window := casesOf(w, ident.HouseholdID, "lookback_window")[0]
		require.Nil(t, w.Case(window).ClosedAt)
		w.Do(ident.ID, "revoke")
		require.EqualValues(t, "cancelled", w.State(window))
	})
}

// What the former person had taken is in the inbox of the one who follows.
func TestAHandoverGivesBackWhatWasTaken(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		plan := w.Reach("assistance_plan", "implementing")
		m := w.Last(plan.ID, "measure")
		taken := func() (task models.Task) {
			require.NoError(t, w.Store.DB.Where("case_id = ? AND closed_at IS NULL AND role = ?", m.ID, procedure.AssistancePerson).Take(&task).Error)
			return task
		}
		old := plan.Facts.Text("responsible_account")
		require.NoError(t, w.Store.DB.Model(&models.Task{}).Where("id = ?", taken().ID).Update("assignee_id", old).Error)
		w.SetNow(w.Now().Add(time.Minute))
		leader := w.Actor(procedure.ResidentLeader)
		w.Fire(plan.ID, "replace_responsible", w.Actor(procedure.TownshipOffice), answers{"responsible_account": leader.UserID})
		require.Empty(t, taken().AssigneeID)
	})
}

// A plan that the township returns has what was left of its ten days, not ten new ones:
// the days with the township are given back, those before are spent.
func TestAReturnedPlanHasTheRestOfItsDays(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		plan := admitted(w, "unstable_employment")
		before := running(t, w, plan.ID, "plan")
		declare := func() {
			w.Fire(plan.ID, "declare_plan", helper(w, plan), rows(row("unstable_employment", "employment", "2026-12-30")))
		}
		w.SetNow(w.Now().AddDate(0, 0, 4))
		declare()
		require.NotNil(t, running(t, w, plan.ID, "plan").PausedAt, "the township has limits of its own")
		w.SetNow(w.Now().AddDate(0, 0, 2))
		w.Do(plan.ID, "plan_return")
		after := running(t, w, plan.ID, "plan")
		require.Equal(t, before.Run, after.Run)
		last, err := policy.ParseDate(before.LastDay)
		require.NoError(t, err)
		require.Equal(t, last.AddDays(3).String(), after.LastDay, "the three days on which it lay there")
		declare()
		w.Do(plan.ID, "plan_approve")
		require.NotNil(t, clockRuns(t, w, plan.ID, "plan")[0].StoppedAt)
	})
}
