package activities_test

import (
	"maps"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	maps.Copy(guardTests, map[string]func(a *asked){
		procedure.GuardNeedsPlan: func(a *asked) {
			c := a.Reach("assistance_plan", "unassigned")
			for status, needed := range map[procedure.State]bool{"none": false, "candidate": false, "monitored": true, "eliminating": true, "observing": false, "household_cancelled": false} {
				a.SetStatus(c.HouseholdID, status)
				a.either(needed, "no_plan_needed", c, "stop", nobody, nil)
			}
			early := a.Open("identification", a.NewHousehold(testkit.Village), a.Actor(procedure.VillageCadre), answers{"fast_lane": true})
			a.holds(early, "prepare", nobody, nil)
			a.Do(early.ID, "cancel")
			a.fails("no_plan_needed", early, "prepare", nobody, nil)
		},
		procedure.GuardNoPlan: func(a *asked) {
			plan := a.Reach("assistance_plan", "unassigned")
			ident := a.Case(plan.ParentID)
			a.fails("plan_open", ident, "announce", nobody, nil)
			a.Do(plan.ID, "stop")
			a.holds(ident, "announce", nobody, nil)
		},
		procedure.GuardPlanEarly: func(a *asked) {
			slow, fast := a.Fresh("identification"), a.Open("identification", a.NewHousehold(testkit.Village), a.Actor(procedure.VillageCadre), answers{"fast_lane": true})
			a.fails("not_fast_lane", slow, "sign_authorization", nobody, nil)
			a.holds(fast, "sign_authorization", nobody, nil)
			a.Do(fast.ID, "prepare")
			a.Do(fast.ID, "sign_authorization")
			a.fails("plan_open", fast, "withdraw", nobody, nil)
		},
		procedure.GuardOtherPerson: func(a *asked) {
			c := a.Reach("assistance_plan", "drafting")
			a.fails("same_person", c, "replace_responsible", nobody, answers{"responsible_account": c.Facts.Text("responsible_account")})
			a.holds(c, "replace_responsible", nobody, answers{"responsible_account": "somebody else"})
		},
		procedure.GuardHandover: func(a *asked) {
			c := a.Reach("assistance_plan", "drafting")
			for _, x := range []struct {
				over, why string
				fits      bool
			}{{"2026-09-06", "", true}, {"2026-09-07", "", false}, {"2026-09-07", "汛期值守", true}} {
				a.either(x.fits, "handover_late", c, "replace_responsible", nobody, answers{"left_on": "2026-09-01", "handed_over_on": x.over, "late_reason": x.why})
			}
		},
		procedure.GuardPlanMeasures: func(a *asked) {
			c := a.Reach("assistance_plan", "drafting")
			today, yesterday := a.day(0), a.day(-1)
			a.holds(c, "declare_plan", nobody, rows(row("illness", "health", today)))
			a.holds(c, "declare_plan", nobody, rows(row("illness", "health", today, today)))
			a.fails("due_passed", c, "declare_plan", nobody, rows(row("illness", "health", yesterday)))
			a.fails("end_before_due", c, "declare_plan", nobody, rows(row("illness", "health", today, yesterday)))
			a.fails("measures_required", c, "declare_plan", nobody, nil)
		},
		procedure.GuardRisksAnswered: func(a *asked) {
			c, today := admitted(a.World, "illness", "housing"), a.day(0)
			a.holds(c, "declare_plan", nobody, rows(row("illness", "security", today), row("housing", "relocation", today)))
			a.fails("risk_unanswered", c, "declare_plan", nobody, rows(row("illness", "security", today)))
			a.fails("risk_unanswered", c, "declare_plan", nobody, rows(row("illness", "security", today), row("housing", "health", today)))
			require.Len(a.t, a.codes(c, "declare_plan", nobody, nil), 2)
		},
		procedure.GuardLabourRule: labourRule,
		procedure.GuardAllDelivered: func(a *asked) {
			c := a.Reach("assistance_plan", "implementing")
			m := a.Last(c.ID, "measure")
			for _, e := range []string{"apply", "accept", "begin", "deliver"} {
				a.Do(m.ID, e)
			}
			a.fails("measures_open", c, "all_delivered", activities.BySystem, nil)
			a.Do(m.ID, "verify")
			a.holds(c, "all_delivered", activities.BySystem, nil)
			other := a.Reach("assistance_plan", "implementing")
			a.Do(a.Last(other.ID, "measure").ID, "cancel")
			a.fails("measures_missing", other, "all_delivered", activities.BySystem, nil)
		},
		procedure.GuardLeavesRisk: func(a *asked) {
			c := admitted(a.World, "illness", "unstable_employment")
			due := a.day(30)
			a.Fire(c.ID, "declare_plan", helper(a.World, c), rows(row("illness", "health", due), row("illness", "security", due), row("unstable_employment", "employment", due)))
			a.Do(c.ID, "plan_approve")
			a.Do(c.ID, "start")
			list := a.Children(c.ID, "measure")
			a.fails("risks_answered", &list[0], "cancel", nobody, nil)
			a.holds(&list[2], "cancel", nobody, nil)
			a.Do(list[0].ID, "cancel")
			require.EqualValues(a.t, "implementing", a.State(c.ID))
			a.holds(&list[1], "cancel", nobody, nil)
			a.Do(list[1].ID, "cancel")
			require.EqualValues(a.t, "adjusting", a.State(c.ID), "nobody else would look")
			a.Do(c.ParentID, "cancel_approved")
			a.fails("risks_answered", &list[2], "cancel", nobody, nil)
		},
		procedure.GuardRiskPoints: func(a *asked) {
			c := admitted(a.World, "illness", "unstable_employment")
			risk := func(codes ...string) answers {
				var list []any
				for _, code := range codes {
					list = append(list, map[string]any{"risk": code, "result": "eased", "detail": "好转"})
				}
				return answers{"risks": list}
			}
			a.fails("risk_not_evaluated", c, "evaluate", nobody, risk("illness"))
			a.holds(c, "evaluate", nobody, risk("unstable_employment", "illness"))
		},
		procedure.GuardObserved: func(a *asked) {
			c := a.Reach("assistance_plan", "evaluated")
			for status, over := range map[procedure.State]bool{"candidate": false, "monitored": false, "observing": false, "stable": true, "household_cancelled": true} {
				a.SetStatus(c.HouseholdID, status)
				a.either(over, "not_observed", c, "close", activities.BySystem, nil)
			}
		},
		procedure.GuardStopCause: func(a *asked) {
			c := a.Reach("assistance_plan", "drafting")
			a.fails("cause_differs", c, "stop", nobody, answers{"cause": "not_admitted"})
			a.fails("cause_differs", c, "stop", nobody, answers{"cause": "revoked"})
			a.fails("cause_differs", c, "stop", nobody, answers{"cause": "household_gone"})
			a.Do(c.ParentID, "cancel_approved")
			a.holds(c, "stop", nobody, answers{"cause": "not_admitted"})
			a.SetStatus(c.HouseholdID, "monitored")
			a.fails("cause_differs", c, "stop", nobody, answers{"cause": "not_admitted"})
			a.SetStatus(c.HouseholdID, "revoked")
			a.fails("cause_differs", c, "stop", nobody, answers{"cause": "not_admitted"})
			a.holds(c, "stop", nobody, answers{"cause": "revoked"})
			for _, status := range []procedure.State{"observing", "stable"} { // begun for the identification that was refused
				a.SetStatus(c.HouseholdID, status)
				a.holds(c, "stop", nobody, answers{"cause": "not_admitted"})
				begun := a.Case(c.ParentID).OpenedAt
				opened := a.Store.DB.Model(&models.Case{}).Where("id = ?", c.ID)
				require.NoError(a.t, opened.Update("opened_at", begun.Add(-time.Second)).Error)
				a.fails("cause_differs", c, "stop", nobody, answers{"cause": "not_admitted"})
				require.NoError(a.t, opened.Update("opened_at", begun).Error)
			}
			a.SetStatus(c.HouseholdID, "monitored")
			cadre, people := a.Actor(procedure.VillageCadre), a.Setting(c).People
			some := a.Open("member_change", a.household(c), cadre, leaves("decrease", nil, people[3]))
			a.fails("cause_differs", c, "stop", nobody, answers{"cause": "household_gone"})
			a.Fire(some.ID, "confirm", cadre)
			a.Do(some.ID, "send")
			a.Do(some.ID, "reject")
			a.Open("member_change", a.household(c), cadre, leaves("decrease", nil, people...))
			a.holds(c, "stop", nobody, answers{"cause": "household_gone"})
		},
		procedure.GuardPlanGoesOn: func(a *asked) {
			c := a.Reach("assistance_plan", "drafting")
			a.holds(c, "plan_approve", nobody, nil)
			a.Do(c.ParentID, "cancel_approved")
			a.fails("plan_to_stop", a.Case(c.ID), "plan_approve", nobody, nil)
		},
		procedure.GuardHelpSettled: func(a *asked) {
			c := a.Reach("assistance_plan", "implementing")
			a.fails("measures_open", c, "stop", nobody, nil)
			a.Do(a.Last(c.ID, "measure").ID, "cancel")
			a.holds(c, "stop", nobody, nil)
		},
		procedure.GuardMeasureDepartment: func(a *asked) {
			c := a.Reach("measure", "delivering")
			a.holds(c, "deliver", a.DeptOf(procedure.TownshipDept, "human_resources"), nil)
			a.fails("other_department", c, "deliver", a.DeptOf(procedure.CountyDept, "tax"), nil)
			a.holds(c, "deliver", a.Paired(procedure.AssistancePerson, c.HouseholdID), nil)
		},
		procedure.GuardVisitDay:  func(a *asked) { aroundPeriod(a, "record_home", "visited_on", "visit_outside_period") },
		procedure.GuardSecondTry: func(a *asked) { aroundPeriod(a, "not_met", "second_try_on", "second_try_outside") },
		procedure.GuardIncomeAsked: func(a *asked) {
			month, income := monitoredVisits(a)
			a.holds(month, "record_home", nobody, nil)
			a.fails("income_required", income, "record_home", nobody, nil)
			a.holds(income, "record_home", nobody, answers{"income": 0.0})
		},
		procedure.GuardRemoteAllowed: func(a *asked) {
			month, income := monitoredVisits(a)
			a.holds(month, "record_remote", nobody, answers{"family_away": true})
			a.fails("family_not_away", month, "record_remote", nobody, answers{"family_away": false})
			a.holds(income, "record_remote", nobody, answers{"family_away": false})
			h := models.Household{ID: month.HouseholdID}
			a.SetStatus(h.ID, "stable")
			a.fails("home_visit_required", a.Visit(&h, "stable_quarter"), "record_remote", nobody, answers{"family_away": true})
		},
		procedure.GuardNewRisk: func(a *asked) {
			c := a.Fresh("visit_task")
			a.holds(c, "record_home", nobody, answers{"new_risk": true})
			a.fails("no_new_risk", c, "record_home", nobody, answers{"new_risk": false})
		},
	})
}

// either asks a guard that must hold or fail with a code.
func (a *asked) either(fits bool, code string, c *models.Case, event string, who activities.Actor, form answers) {
	a.t.Helper()
	if fits {
		a.holds(c, event, who, form)
		return
	}
	a.fails(code, c, event, who, form)
}

// day is some days from today in the county, "2006-01-02".
func (a *asked) day(n int) string { return policy.DateOf(a.Now()).AddDays(n).String() }

// monitoredVisits are the monthly visit to a monitored household and the look at its income.
func monitoredVisits(a *asked) (month, income *models.Case) {
	h := a.NewHousehold(testkit.Village)
	a.SetStatus(h.ID, "monitored")
	return a.Visit(h, "monitored_month"), a.Visit(h, "monitored_income")
}

// aroundPeriod asks for the first and the last day of a duty, and those beside them.
func aroundPeriod(a *asked, event, field, code string) {
	a.SetPolicy("spread_days", testkit.Village2, 1)
	h := a.NewHousehold(testkit.Village2)
	c := a.Visit(h, "ordinary_year")
	first, err := policy.ParseDate(c.Facts.Text("wait_until"))
	require.NoError(a.t, err)
	a.SetNow(first.AddDays(1).Start())
	last, err := policy.ParseDate(c.Facts.Text("ends_on"))
	require.NoError(a.t, err)
	a.fails(code, c, event, nobody, answers{field: first.String()})
	a.holds(c, event, nobody, answers{field: first.AddDays(1).String()})
	a.holds(c, event, nobody, answers{field: last.String()})
	a.fails(code, c, event, nobody, answers{field: last.AddDays(1).String()})
}

func labourRule(a *asked) {
	c, today := a.Reach("assistance_plan", "drafting"), a.day(0)
	for _, x := range []struct {
		labour []string // of the four members, on record
		said   bool
		kind   string
		reason string
		code   string
	}{
		{nil, true, "employment", "", ""},
		{[]string{"无劳动力", "普通劳动力"}, true, "employment", "", ""},
		{[]string{"无劳动力", "普通劳动力"}, false, "health", "", "labour_differs"},
		{[]string{"普通劳动力"}, true, "security", "", "development_measure_missing"},
		{[]string{"普通劳动力"}, true, "security", "唯一劳动力需照料病人", ""},
		{[]string{"无劳动力", "丧失劳动力", "无劳动力", "无劳动力"}, false, "health", "", ""},
		{[]string{"无劳动力", "丧失劳动力", "无劳动力", "无劳动力"}, false, "industry", "", "protective_measure_missing"},
		{[]string{"无劳动力", "丧失劳动力", "无劳动力", ""}, true, "industry", "", ""}, // of one nothing is known
	} {
		labour(a.World, c.HouseholdID, x.labour...)
		form := rows(row("illness", x.kind, today))
		form["has_labour"], form["labour_reason"] = x.said, x.reason
		a.either(x.code == "", x.code, c, "declare_plan", nobody, form)
	}
}
