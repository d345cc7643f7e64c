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

// soon is how long after its moment a case has looked at its clocks at the latest.
const soon = time.Hour

// looked are the states of the look-backs after an elimination, by their numbers.
func looked(w *testkit.World, elimination string) []procedure.State {
	var out []procedure.State
	for _, c := range w.Windows(elimination) {
		out = append(out, c.State)
	}
	return out
}

// eliminated is an elimination of 21 September 2026 or some days later, and its
// look-backs, all looked after by their clocks.
func eliminated(w *testkit.World) (*models.Case, []models.Case) {
	c := w.Reach("risk_elimination", "eliminated")
	return c, w.Windows(c.ID)
}

// A look-back opens on its first day and is overdue after its last; then it reminds
// without end and is never stable by itself.
func TestLookBackOpensAndLapses(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c, windows := eliminated(w)
		day, err := policy.ParseDate(c.Facts.Text("eliminated_on"))
		require.NoError(t, err)
		for i, x := range windows {
			require.Equal(t, []string{day.AddMonths(3 * i).AddDays(1).String(), day.AddMonths(3*i + 3).String()}, []string{x.Facts.Text("starts_on"), x.Facts.Text("ends_on")})
		}
		w.AdvanceTo(day.End().Add(-time.Microsecond))
		require.Equal(t, []procedure.State{"scheduled", "scheduled", "scheduled", "scheduled"}, looked(w, c.ID))
		w.AdvanceTo(day.End().Add(soon))
		require.Equal(t, []procedure.State{"open", "scheduled", "scheduled", "scheduled"}, looked(w, c.ID))
		end := day.AddMonths(3).End()
		w.AdvanceTo(end.Add(-time.Microsecond))
		require.Equal(t, procedure.State("open"), looked(w, c.ID)[0])
		w.AdvanceTo(end.Add(soon))
		require.Equal(t, []procedure.State{"overdue", "open", "scheduled", "scheduled"}, looked(w, c.ID))
		w.AdvanceTo(day.AddMonths(11).End().Add(soon))
		require.Equal(t, []procedure.State{"overdue", "overdue", "overdue", "open"}, looked(w, c.ID))
		var reports int64
		require.NoError(t, w.Store.DB.Model(&models.ClockRung{}).Where("case_id = ? AND action = ?", windows[0].ID, policy.ActionReport).Count(&reports).Error)
		require.Greater(t, reports, int64(50), "every three days for eight months")
		w.Do(windows[0].ID, "report_stable")
		require.Equal(t, procedure.State("stable"), w.State(windows[0].ID), "late, but people have been there")
	})
}

// Four look-backs, each signed by village and township, end the year of observation
// and with it the plan.
func TestFourStableLookBacks(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := monitored(w)
		w.Help(h.ID)
		c := w.Bring(w.Open("risk_elimination", h, w.Actor(procedure.VillageSecretary)).ID, "eliminated")
		windows := w.Windows(c.ID)
		for i, x := range windows {
			require.Equal(t, procedure.State("observing"), householdOf(w, c).Status, i)
			w.LookBack(&x, "report_stable")
		}
		require.Equal(t, procedure.State("stable"), householdOf(w, c).Status)
		require.Equal(t, procedure.State("stable"), w.Status(h.ID).State)
		require.Equal(t, procedure.State("closed"), w.State(casesOf(w, h.ID, "assistance_plan")[0]))
		require.Len(t, w.Windows(c.ID), 4)
	})
}

// Neither side reports alone.
func TestLookBackNeedsBothSignatures(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("lookback_window", "open")
		cadre := w.Actor(procedure.VillageCadre)
		_, err := w.Try(c.ID, "report_stable", cadre)
		w.Refused(err, procedure.Invalid, "signature_missing")
		_, err = w.Try(c.ID, "report_stable", w.Actor(procedure.TownshipOffice))
		w.Refused(err, procedure.Forbidden, "role_not_allowed")
		w.Endorse(c.ID, "report_stable", w.Actor(procedure.LinkedLeader))
		w.Fire(c.ID, "report_stable", cadre)
	})
}

// An unstable look-back proposes a rollback. Once the county agrees the same episode
// goes on, the plan is adjusted and the look-backs that are left are called off.
func TestUnstableLookBackRollsBack(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := monitored(w)
		w.Help(h.ID)
		c := w.Bring(w.Open("risk_elimination", h, w.Actor(procedure.VillageSecretary)).ID, "eliminated")
		windows := w.Windows(c.ID)
		w.LookBack(&windows[0], "report_stable")
		w.LookBack(&windows[1], "report_unstable")
		back := w.Last(windows[1].ID, "rollback")
		require.Equal(t, procedure.State("observing"), householdOf(w, c).Status, "until the county has decided")
		require.NotNil(t, episodes(w, h.ID)[0].ClosedAt)
		w.Bring(back.ID, "rolled_back")
		require.Equal(t, []procedure.State{"stable", "unstable", "cancelled", "cancelled"}, looked(w, c.ID))
		require.Equal(t, procedure.State("monitored"), householdOf(w, c).Status)
		list := episodes(w, h.ID)
		require.Len(t, list, 1, "the same episode")
		require.Nil(t, list[0].ClosedAt)
		require.NotNil(t, list[0].RolledBackAt)
		plans := casesOf(w, h.ID, "assistance_plan")
		require.Len(t, plans, 1)
		require.Equal(t, procedure.State("adjusting"), w.State(plans[0]))
		require.Equal(t, policy.DateOf(w.Now()).AddDays(10).String(), running(t, w, plans[0], "adjust").LastDay, "declared again within plan_days")
	})
}

// A household whose observation is over may still be rolled back; it gets a new plan,
// whose days count from then on.
func TestRollbackOfAStableHousehold(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := monitored(w)
		w.Help(h.ID)
		c := w.Bring(w.Open("risk_elimination", h, w.Actor(procedure.VillageSecretary)).ID, "eliminated")
		for _, x := range w.Windows(c.ID) {
			w.LookBack(&x, "report_stable")
		}
		w.RollBack(h.ID)
		require.Equal(t, procedure.State("monitored"), householdOf(w, c).Status)
		plans := casesOf(w, h.ID, "assistance_plan")
		require.Len(t, plans, 2)
		require.Equal(t, policy.DateOf(w.Now()).AddDays(10).String(), running(t, w, plans[1], "plan").LastDay)
	})
}

// A new risk becomes a clue, which the fifteen days count from; the look-backs go on
// until the household has been identified again.
func TestNewRiskInALookBack(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c, windows := eliminated(w)
		w.LookBack(&windows[0], "report_new_risk")
		clue := w.Last(windows[0].ID, "risk_clue")
		require.Equal(t, w.Case(windows[0].ID).Facts.Text("found_at"), clue.Facts.Text("found_at"))
		w.Bring(clue.ID, "risk_confirmed")
		ident := w.Last(clue.ID, "identification")
		require.Equal(t, []procedure.State{"new_risk", "scheduled", "scheduled", "scheduled"}, looked(w, c.ID))
		w.Bring(ident.ID, "registered")
		require.Equal(t, []procedure.State{"new_risk", "cancelled", "cancelled", "cancelled"}, looked(w, c.ID))
		require.Len(t, episodes(w, c.HouseholdID), 2)
	})
}

// When all periods have ended without any result the observation is extended by a
// further one, again and again, and ends as soon as enough were stable.
func TestObservationIsExtendedWhenNobodyReports(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c, windows := eliminated(w)
		day, err := policy.ParseDate(c.Facts.Text("eliminated_on"))
		require.NoError(t, err)
		w.AdvanceTo(day.AddMonths(12).End().Add(-time.Microsecond))
		require.Len(t, w.Windows(c.ID), 4)
		w.AdvanceTo(day.AddMonths(12).End().Add(soon))
		require.Equal(t, []procedure.State{"overdue", "overdue", "overdue", "overdue", "scheduled"}, looked(w, c.ID))
		fifth := w.Windows(c.ID)[4]
		require.Equal(t, []string{policy.DateOf(w.Now()).AddDays(1).String(), policy.DateOf(w.Now()).AddMonths(3).String()}, []string{fifth.Facts.Text("starts_on"), fifth.Facts.Text("ends_on")})
		require.Equal(t, procedure.State("observing"), householdOf(w, c).Status)
		for _, x := range windows {
			w.LookBack(&x, "report_stable")
		}
		require.Equal(t, procedure.State("stable"), householdOf(w, c).Status)
		require.Equal(t, procedure.State("cancelled"), w.State(fifth.ID), "not needed any more")
	})
}

// A look-back that gave another result than stable is made up for, unless the
// household is not observed any more.
func TestObservationIsExtendedByWhatIsMissing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c, windows := eliminated(w)
		w.LookBack(&windows[0], "report_unstable")
		w.Do(w.Last(windows[0].ID, "rollback").ID, "verify_no")
		for _, x := range windows[1:3] {
			w.LookBack(&x, "report_stable")
		}
		require.Len(t, w.Windows(c.ID), 4, "one is still to come")
		w.LookBack(&windows[3], "report_stable")
		require.Equal(t, procedure.State("observing"), householdOf(w, c).Status)
		all := w.Windows(c.ID)
		require.Len(t, all, 5)
		w.LookBack(&all[4], "report_unstable")
		back := w.Last(all[4].ID, "rollback")
		w.Bring(back.ID, "county_review")
		require.Len(t, w.Windows(c.ID), 5, "not while the rollback is open")
		w.Do(back.ID, "county_reject")
		all = w.Windows(c.ID)
		require.Len(t, all, 6)
		w.LookBack(&all[5], "report_stable")
		require.Equal(t, procedure.State("stable"), householdOf(w, c).Status)
	})
}

// An identification that ends negative gives the household back to its observation,
// which may have been fulfilled meanwhile.
func TestObservationIsSettledAfterANegativeIdentification(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c, windows := eliminated(w)
		for _, x := range windows[:3] {
			w.LookBack(&x, "report_stable")
		}
		ident := w.Open("identification", householdOf(w, c), w.Actor(procedure.VillageCadre))
		w.LookBack(&windows[3], "report_stable")
		require.Equal(t, procedure.State("candidate"), householdOf(w, c).Status)
		w.Do(ident.ID, "cancel")
		require.Equal(t, procedure.State("stable"), householdOf(w, c).Status)
	})
}

func TestLookBacksByCalendarQuarter(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("lookback_mode", testkit.County, policy.LookbackCalendar)
		w.SetPolicy("lookback_windows", testkit.County, 2)
		_, windows := eliminated(w)
		require.Len(t, windows, 2)
		day, err := policy.ParseDate(windows[0].Facts.Text("eliminated_on"))
		require.NoError(t, err)
		q := policy.PeriodOf("quarter", day)
		require.Equal(t, q.Last.AddDays(1).String(), windows[0].Facts.Text("starts_on"))
		require.Equal(t, q.First.AddMonths(6).AddDays(-1).String(), windows[0].Facts.Text("ends_on"))
		require.Equal(t, q.First.AddMonths(9).AddDays(-1).String(), windows[1].Facts.Text("ends_on"))
		for _, x := range windows {
			w.LookBack(&x, "report_stable")
		}
		require.Equal(t, procedure.State("stable"), householdOf(w, &windows[0]).Status)
	})
}

// The round of a calendar quarter: once for every monitored household, spread over
// working days, and apart from the observation.
func TestQuarterLookbacks(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c, windows := eliminated(w)
		list := map[procedure.State]*models.Household{}
		for _, st := range householdStates {
			list[st] = w.NewHousehold(testkit.Village)
			w.SetStatus(list[st].ID, st)
		}
		quarter := policy.PeriodOf("quarter", policy.DateOf(w.Now()).AddMonths(3))
		opened, batches := 0, 0
		for cursor := ""; ; batches++ {
			out, err := w.Engine.OpenQuarterLookbacks(t.Context(), quarter, cursor, 2)
			require.NoError(t, err)
			opened += out.Opened
			if cursor = out.Cursor; cursor == "" {
				break
			}
		}
		require.Equal(t, 4, opened, "monitored, eliminating, observing and the household of the elimination")
		require.Positive(t, batches)
		again, err := w.Engine.OpenQuarterLookbacks(t.Context(), quarter, "", 100)
		require.NoError(t, err)
		require.Equal(t, 0, again.Opened)
		require.Empty(t, again.Cursor)
		for st, h := range list {
			require.Equal(t, st == "monitored" || st == "eliminating" || st == "observing", len(casesOf(w, h.ID, "lookback_window")) == 1, st)
		}
		w.Deliver()
		x := w.Case(casesOf(w, list["monitored"].ID, "lookback_window")[0])
		first, err := policy.ParseDate(x.Facts.Text("starts_on"))
		require.NoError(t, err)
		require.Equal(t, policy.DefaultCalendar().Spread(quarter.First, quarter.Last, 5, list["monitored"].ID), first)
		w.AdvanceTo(first.Start().Add(-time.Microsecond))
		require.Equal(t, procedure.State("scheduled"), w.State(x.ID))
		w.AdvanceTo(first.Start().Add(soon))
		require.Equal(t, procedure.State("open"), w.State(x.ID))
		w.Do(x.ID, "report_unstable")
		require.Empty(t, w.Children(x.ID, "rollback"), "there is nothing to roll back")

		ids := casesOf(w, c.HouseholdID, "lookback_window")
		extra := w.Case(ids[len(ids)-1])
		require.Equal(t, procedure.RoundQuarterly, extra.Facts.Text("round"))
		w.LookBack(extra, "report_stable")
		for _, y := range windows[:3] {
			w.LookBack(&y, "report_stable")
		}
		require.Equal(t, procedure.State("observing"), householdOf(w, c).Status, "it does not count among the four")
	})
}
