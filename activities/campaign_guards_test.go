package activities_test

import (
	"maps"
	"strings"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func day(w *testkit.World, n int) string { return policy.DateOf(w.Now()).AddDays(n).String() }

// issuerOf is the office that drew up a campaign.
func issuerOf(w *testkit.World, c *models.Case) activities.Actor { return w.In(c, procedure.Issuer) }

// fielded is a campaign in the field over new households of the first village.
func fielded(w *testkit.World, n int) *models.Case {
	w.T.Helper()
	var list []*models.Household
	for range n {
		list = append(list, w.NewHousehold(testkit.Village))
	}
	return w.InField(w.Campaign(list...))
}

// formsOf are the household forms of a campaign.
func formsOf(w *testkit.World, campaign *models.Case) []models.Case {
	return w.Children(campaign.ID, "household_form")
}

// do makes events happen one after the other.
func do(w *testkit.World, c *models.Case, events ...string) {
	w.T.Helper()
	for _, e := range events {
		w.Do(c.ID, e)
	}
}

var (
	toHandIn = []string{"visit", "fill", "self_check", "hand_in"}
	toFinal  = append(append([]string{}, toHandIn...), "instructor_pass", "joint_pass", "to_office", "office_pass")
)

func tableOf(list ...map[string]any) []any {
	out := make([]any, len(list))
	for i, r := range list {
		out[i] = r
	}
	return out
}

func init() {
	maps.Copy(guardTests, map[string]func(a *asked){
		procedure.GuardCampaignRegion: func(a *asked) {
			township, county := a.Actor(procedure.TownshipOffice), a.Actor(procedure.CountyOffice)
			a.OpenIn("campaign", testkit.Township, township)
			a.OpenIn("campaign", testkit.Township2, county)
			a.OpenIn("campaign", testkit.County, county)
			for _, region := range []string{testkit.Village, testkit.Township2, testkit.County} {
				_, err := a.TryOpenIn("campaign", region, township)
				a.Refused(err, procedure.Invalid, "campaign_region")
			}
		},
		procedure.GuardCampaignPlan:     campaignPlans,
		procedure.GuardSurveyorsTrained: surveyorsTrained,
		procedure.GuardScopeCovered:     scopeCovered,
		procedure.GuardFormsFinal: func(a *asked) {
			c := fielded(a.World, 1)
			form := &formsOf(a.World, c)[0]
			do(a.World, form, toFinal[:len(toFinal)-1]...)
			a.fails("forms_not_final", c, "to_rect", nobody, nil)
			a.Do(form.ID, "office_pass")
			a.holds(c, "to_rect", nobody, nil)
		},
		procedure.GuardProblemsSettled: problemsSettled,
		procedure.GuardRedoDates: func(a *asked) {
			c := a.Campaign(a.NewHousehold(testkit.Village))
			a.holds(c, "spot_fail", nobody, answers{"redo_by": day(a.World, 0), "spot_by": day(a.World, 0)})
			a.fails("redo_dates", c, "spot_fail", nobody, answers{"redo_by": day(a.World, -1), "spot_by": day(a.World, 3)})
			a.fails("redo_dates", c, "spot_fail", nobody, answers{"redo_by": day(a.World, 3), "spot_by": day(a.World, 2)})
		},
		procedure.GuardPhasesDone: func(a *asked) {
			a = a.alone() // the gates of phases look at all that departments were asked
			c, end := phased(a.World)
			a.fails("phases_left", c, "to_rect", nobody, nil)
			for range 2 {
				_, err := end("已办结", procedure.TownshipOffice)
				require.NoError(a.t, err)
			}
			a.fails("data_unchecked", c, "to_rect", nobody, nil)
			a.MeetGates(c.ID)
			a.holds(c, "to_rect", nobody, nil)
		},
		procedure.GuardPapersComplete: func(a *asked) {
			c := a.Reach("campaign", "closed")
			a.fails("forms_not_locked", c, "archive", nobody, nil)
			a.Need(c, "archive")
			a.holds(c, "archive", nobody, nil)
		},
		procedure.GuardAssigned: func(a *asked) {
			form := &formsOf(a.World, fielded(a.World, 1))[0]
			mine, other := a.Nth(procedure.Surveyor, testkit.Village, 0), a.Nth(procedure.Surveyor, testkit.Village, 1)
			require.Equal(a.t, mine.UserID, form.Facts.Text("surveyor"))
			a.holds(form, "visit", mine, nil)
			a.fails("not_assigned", form, "visit", other, nil)
		},
		procedure.GuardPreviousChecked: func(a *asked) {
			forms := formsOf(a.World, fielded(a.World, 2))
			me := a.Nth(procedure.Surveyor, testkit.Village, 0)
			do(a.World, &forms[0], "visit")
			a.holds(&forms[1], "visit", me, nil) // nobody at home: that is not a form to be checked
			do(a.World, &forms[0], "fill")
			a.fails("previous_unchecked", &forms[1], "visit", me, nil)
			a.holds(&forms[1], "visit", a.Nth(procedure.Surveyor, testkit.Village, 1), nil)
			do(a.World, &forms[0], "self_check")
			a.holds(&forms[1], "visit", me, nil)
		},
		procedure.GuardRectifiedFirst: func(a *asked) {
			me := a.Nth(procedure.Surveyor, testkit.Village, 0)
			for _, differs := range []string{"three_unified", "four_agree"} {
				form := &formsOf(a.World, fielded(a.World, 1))[0]
				a.Fire(form.ID, "visit", me, answers{differs: false})
				a.fails("rectify_first", form, "fill", me, nil)
				do(a.World, form, "mismatch", "rectified")
				a.holds(form, "fill", me, nil)
			}
		},
		procedure.GuardRectified:  func(a *asked) { problemOfForm(a, "mismatches_open", "rectified") },
		procedure.GuardNoFeedback: func(a *asked) { problemOfForm(a, "feedback_open", "lock") },
		procedure.GuardBothSigned: func(a *asked) {
			form := &formsOf(a.World, fielded(a.World, 1))[0]
			one, two := a.Attach(form.ID, "one"), a.Attach(form.ID, "two")
			a.holds(form, "fill", nobody, answers{"surveyor_signature": []any{one}, "household_signature": []any{two}})
			a.fails("same_signature", form, "fill", nobody, answers{"surveyor_signature": []any{one}, "household_signature": []any{one}})
			a.holds(form, "fill", nobody, answers{"surveyor_signature": []any{one}}) // by telephone nobody signs for the household
		},
		procedure.GuardFormLogic: formLogic,
		procedure.GuardWholeVillage: func(a *asked) {
			c := fielded(a.World, 2)
			forms := formsOf(a.World, c)
			do(a.World, &forms[0], append(toHandIn, "instructor_pass")...)
			do(a.World, &forms[1], toHandIn...)
			a.fails("village_not_together", &forms[0], "joint_pass", nobody, nil)
			a.Do(forms[1].ID, "instructor_pass")
			a.holds(&forms[0], "joint_pass", nobody, nil)
			a.Do(forms[1].ID, "joint_return")
			a.fails("village_not_together", &forms[0], "joint_pass", nobody, nil)
		},
		procedure.GuardFormCode: func(a *asked) {
			forms := formsOf(a.World, fielded(a.World, 2))
			for i := range forms {
				do(a.World, &forms[i], append(toHandIn, "instructor_pass")...)
			}
			a.Do(forms[0].ID, "joint_pass")
			a.fails("form_code_taken", &forms[1], "joint_pass", nobody, answers{"form_code": "HB-001"})
			a.holds(&forms[1], "joint_pass", nobody, answers{"form_code": "HB-002"})
			a.holds(&forms[0], "joint_pass", nobody, answers{"form_code": "HB-001"})
		},
		procedure.GuardVillageFinal: func(a *asked) {
			c := fielded(a.World, 2)
			forms, village := formsOf(a.World, c), a.Last(c.ID, "village_form")
			do(a.World, &forms[0], "skip")
			do(a.World, &forms[1], toFinal[:len(toFinal)-1]...)
			a.fails("village_not_final", village, "open", nobody, nil)
			a.holds(&forms[1], "office_pass", nobody, nil) // its own step makes it so
			a.Do(forms[1].ID, "office_pass")
			a.holds(village, "open", nobody, nil)
		},
		procedure.GuardSumsCurrent: func(a *asked) {
			village := a.Reach("village_form", "village_checked")
			a.holds(village, "group_check", nobody, nil)
			form := &a.Children(village.ParentID, "household_form")[0]
			do(a.World, form, "enter", "feedback")
			a.Fire(form.ID, "corrected", a.In(form, procedure.Surveyor), answers{"dibao_persons": 1.0})
			a.fails("sums_changed", village, "group_check", nobody, nil)
		},
	})
}

func campaignPlans(a *asked) {
	c := a.Campaign(a.NewHousehold(testkit.Village))
	who := issuerOf(a.World, c)
	stages := func(from, until int) []any {
		out := tableOf()
		for _, s := range []string{"training", "fieldwork", "review", "rectification", "spot_check", "reporting"} {
			out = append(out, map[string]any{"stage": s, "from": day(a.World, from), "until": day(a.World, until)})
		}
		return out
	}
	person := func(role procedure.Role, area string) map[string]any {
		return map[string]any{"area": area, "duty": string(role), "user": a.Nth(role, testkit.Village, 0).UserID}
	}
	full := tableOf(person(procedure.Surveyor, testkit.Village), person(procedure.Instructor, testkit.Township), person(procedure.GroupLeader, testkit.Township))
	a.holds(c, "issue", who, answers{"groups": full}) // the rest as the draft says
	a.fails("groups_incomplete", c, "issue", who, nil)
	a.holds(c, "issue", who, answers{"groups": full, "stages": stages(-3, 0)})
	a.fails("stages_past", c, "issue", who, answers{"stages": stages(-3, -1)})
	a.fails("stages_incomplete", c, "issue", who, answers{"stages": stages(0, 1)[1:]})
	a.fails("stages_backwards", c, "issue", who, answers{"stages": stages(2, 1)})
	later := stages(0, 5)
	later[3].(map[string]any)["until"] = day(a.World, 4)
	a.fails("stages_backwards", c, "issue", who, answers{"stages": later})
	a.fails("forms_missing", c, "issue", who, answers{"forms": []any{"village_form"}})
	a.fails("cutoff_missing", c, "issue", who, answers{"cutoffs": tableOf(map[string]any{"item": "report", "on": day(a.World, 9)})})
	checking := stages(0, 5)
	checking[1].(map[string]any)["gates"] = []any{procedure.FourNotsDone}
	a.fails("departments_missing", c, "issue", who, answers{"groups": full, "stages": checking})
	office := map[string]any{"name": "民政办"}
	a.holds(c, "issue", who, answers{"groups": full, "stages": checking, procedure.CheckedDepartments: tableOf(office)})
	a.fails("department_twice", c, "issue", who, answers{"groups": full, procedure.CheckedDepartments: tableOf(office, office)})
	// Other guards have left such households in the county.
	require.NoError(a.T, a.Store.DB.Model(&models.Household{}).Where("base_type = ?", "out_of_poverty").Update("base_type", "ordinary").Error)
	a.fails("scope_empty", c, "issue", who, answers{"scope": []any{"out_of_poverty"}})
	for i := range full {
		short := append(append(tableOf(), full[:i]...), full[i+1:]...)
		a.fails("groups_incomplete", c, "issue", who, answers{"groups": short})
	}
	a.fails("not_a_holder", c, "issue", who, answers{"groups": append(full[1:], person(procedure.Surveyor, testkit.Village2))})
	a.fails("not_a_holder", c, "issue", who, answers{"groups": append(full, person(procedure.Instructor, testkit.Township2))})
}

func surveyorsTrained(a *asked) {
	c := a.Reach("campaign", "training")
	who := issuerOf(a.World, c)
	a.holds(c, "start_field", who, answers{"trained": tableOf(map[string]any{"user": a.Nth(procedure.Surveyor, testkit.Village, 0).UserID})})
	a.fails("surveyors_untrained", c, "start_field", who, answers{"trained": tableOf(map[string]any{"user": a.Nth(procedure.Surveyor, testkit.Village, 1).UserID})})
}

func scopeCovered(a *asked) {
	c := a.Campaign(a.NewHousehold(testkit.Village), a.NewHousehold(testkit.Village))
	do(a.World, c, "issue", "train", "start_field")
	a.fails("scope_opening", c, "to_review", issuerOf(a.World, c), nil)
	a.Tend()
	who, forms := issuerOf(a.World, c), formsOf(a.World, c)
	except := func(ids ...string) answers {
		out := tableOf()
		for _, id := range ids {
			out = append(out, map[string]any{"household_id": id, "cause": "unreachable", "note": "三次上门无人"})
		}
		return answers{"exceptions": out}
	}
	a.fails("scope_uncovered", c, "to_review", activities.BySystem, nil)
	a.fails("scope_uncovered", c, "to_review", who, nil)
	a.fails("scope_uncovered", c, "to_review", who, except(forms[0].HouseholdID))
	a.holds(c, "to_review", who, except(forms[0].HouseholdID, forms[1].HouseholdID))
	do(a.World, &forms[0], toHandIn...)
	a.fails("not_missing", c, "to_review", who, except(forms[0].HouseholdID, forms[1].HouseholdID))
	a.fails("scope_uncovered", c, "to_review", activities.BySystem, nil)
	a.holds(c, "to_review", who, except(forms[1].HouseholdID))
	a.Fire(c.ID, "to_review", who, except(forms[1].HouseholdID))
	a.holds(c, "to_review", activities.BySystem, nil)
}

func problemsSettled(a *asked) {
	c := fielded(a.World, 1)
	form := &formsOf(a.World, c)[0]
	do(a.World, form, "visit", "mismatch")
	p := a.Last(form.ID, "rectification")
	require.Equal(a.t, "household", p.Facts.Text("subject_kind"))
	a.fails("problems_unregistered", c, "to_spot", nobody, nil)
	do(a.World, p, "register")
	a.fails("problems_unclassed", c, "to_spot", nobody, nil)
	a.Fire(p.ID, "assign", a.Actor(procedure.TownshipOffice), answers{"class": procedure.RectifyImmediate, "due_date": day(a.World, 1)})
	a.fails("immediate_open", c, "to_spot", nobody, nil)
	do(a.World, p, "start", "submit", "take", "verify_pass")
	a.holds(c, "to_spot", nobody, nil)
}

// problemOfForm has a problem of a form opened and closed.
func problemOfForm(a *asked, code, event string) {
	form := &formsOf(a.World, fielded(a.World, 1))[0]
	do(a.World, form, "visit", "mismatch")
	a.fails(code, form, event, nobody, nil)
	p := a.Last(form.ID, "rectification")
	do(a.World, p, "register", "assign", "start", "submit", "take")
	a.fails(code, form, event, nobody, nil)
	a.Do(p.ID, "verify_pass")
	a.holds(form, event, nobody, nil)
	require.Equal(a.t, procedure.State("visiting"), a.State(form.ID), "told by the problem")
}

func formLogic(a *asked) {
	form := &formsOf(a.World, fielded(a.World, 1))[0]
	sheet := func(more answers) answers {
		out := a.Form(form, "corrected")
		maps.Copy(out, more)
		return out
	}
	a.holds(form, "corrected", nobody, sheet(nil))
	for _, x := range []struct {
		code string
		more answers
		mend answers
	}{
		{"income_differs", answers{"per_head_claimed": 600101.0}, answers{"per_head_claimed": 600101.0, "claim_note": "农户把下月工钱算进去了"}},
		{"population_differs", answers{"population": 5.0, "per_head_claimed": 480000.0}, answers{"population": 5.0, "per_head_claimed": 480000.0, "population_note": "新生儿未入系统"}},
		{"more_than_family", answers{"dibao_persons": 5.0}, answers{"dibao_persons": 4.0}},
		{"measures_missing", answers{"household_type": "monitored", "measures": tableOf()}, answers{"household_type": "monitored"}},
		{"water_differs", answers{"water_shortage_days": 36.0}, answers{"water_shortage_days": 35.0}},
		{"water_differs", answers{"water_litres": 19.0}, answers{"water_litres": 19.0, "water_ok": false}},
		{"water_differs", answers{"water_ok": false}, nil},
	} {
		a.fails(x.code, form, "corrected", nobody, sheet(x.more))
		a.holds(form, "corrected", nobody, sheet(x.mend))
	}
	do(a.World, form, "visit")
	a.Fire(form.ID, "fill", a.In(form, procedure.Surveyor), answers{"dibao_persons": 5.0})
	faults, err := a.Engine.AskGuard(a.Case(form.ID), "self_check", nobody, nil, procedure.Guard{Name: procedure.GuardFormLogic})
	require.NoError(a.t, err)
	require.Len(a.t, faults, 1)
	require.Empty(a.t, faults[0].Field, "that cell is not on this screen")
	require.True(a.t, strings.Contains(faults[0].Message, "4"))
}
