package activities_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() { guardTests[procedure.GuardIndicatorsFree] = indicatorsFree }

// problemWith opens a problem of a household that names an indicator.
func problemWith(w *testkit.World, household, indicator string) *models.Case {
	w.T.Helper()
	var h models.Household
	require.NoError(w.T, w.Store.DB.Where("id = ?", household).Take(&h).Error)
	return w.Open("rectification", &h, w.Actor(procedure.TownshipOffice), answers{"subject_kind": "household", "indicator": indicator, "brief": "饮水工程停水 " + models.NewID()})
}

// indicatorsFree: S001, 先整改后填报.
func indicatorsFree(a *asked) {
	form := &formsOf(a.World, fielded(a.World, 1))[0]
	do(a.World, form, "visit")
	first := problemWith(a.World, form.HouseholdID, "water")
	a.fails("indicator_locked", form, "fill", nobody, nil) // asked without a form: it was never filled in
	do(a.World, first, "register", "assign", "start", "submit", "take", "verify_pass")
	a.holds(form, "fill", nobody, a.Form(form, "fill"))

	do(a.World, form, "fill", "self_check", "hand_in", "instructor_return")
	second := problemWith(a.World, form.HouseholdID, "water")
	a.holds(form, "revisit_done", nobody, a.Form(form, "revisit_done", answers{"dibao_persons": 1.0}))
	a.fails("indicator_locked", form, "revisit_done", nobody, a.Form(form, "revisit_done", answers{"water_litres": 34.0}))
	locked, err := a.Engine.Locked(a.t.Context(), a.Case(form.ID))
	require.NoError(a.t, err)
	require.Contains(a.t, locked["water_ok"], second.No)
	require.NotContains(a.t, locked, "dibao_persons")
	problemWith(a.World, form.HouseholdID, "") // names none
	do(a.World, second, "register", "assign", "start", "submit", "take", "verify_pass")
	a.holds(form, "revisit_done", nobody, a.Form(form, "revisit_done", answers{"water_litres": 34.0}))
}

// surveyedWith is a campaign in the field that names its forms, with one household of a kind.
func surveyedWith(w *testkit.World, base string, status procedure.State, named ...any) *models.Case {
	w.T.Helper()
	h := w.NewHousehold(testkit.Village)
	w.SetBase(h, base)
	if status != "" {
		w.SetStatus(h.ID, status)
	}
	c := w.OpenIn("campaign", testkit.Township, w.Actor(procedure.TownshipOffice), map[string]any{"scope": []any{procedure.ScopeListed},
		"households": []any{map[string]any{"household_id": h.ID}}, "forms": append([]any{"household_form", "village_form"}, named...)})
	return &formsOf(w, w.InField(c))[0]
}

// The forms of a household are chosen by the campaign and by its kind, and filled in,
// checked and summed up from whatever carries the answer (S0-011, S0-025, S0-092, S1-022, S1-057).
func TestSheetsOfACampaign(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, c := range []struct {
			name, base string
			status     procedure.State
			named      []any
			sheets     []string
			asked      []string // fields
			wrong      answers
			code       string
		}{
			{"S0-011 out of poverty", "out_of_poverty", "", []any{"annex4", "annex5", "annex6"}, []string{"survey_head@1", "annex4@1", "annex6@1"},
				[]string{"respondent_kind", "student_aid_ok", "period_from", "surveyor_signature"}, answers{"water_litres": 19.0}, "water_differs"},
			{"S0-025 monitored", "out_of_poverty", "monitored", []any{"annex4", "annex5", "annex6"}, []string{"survey_head@1", "annex5@1", "annex6@1"},
				[]string{"risk_state", "measures"}, answers{"per_head_claimed": 600101.0}, "income_differs"},
			{"S1-022 ordinary", "ordinary", "", []any{"annex4", "ordinary_key"}, []string{"survey_head@1", "ordinary_key@1"}, []string{"missed_risk"}, answers{"missed_risk": true}, "missed_not_confirmed"},
			{"S4-016 screening", "ordinary", "", []any{"screening_form"}, []string{"survey_head@1", "screening_form@1"}, []string{"difficult"}, answers{"water_ok": false}, "unmet_no_risk"},
			{"S1-057 with the household sheet", "out_of_poverty", "", []any{"nine_documents", "annex6"}, []string{"household_sheet@1", "nine_documents@1"},
				[]string{"documents", "per_head_claimed"}, answers{"documents": []any{}}, "required"},
		} {
			t.Run(c.name, func(t *testing.T) {
				form := surveyedWith(w, c.base, c.status, c.named...)
				var sheets []string
				form.Facts.Value("sheets", &sheets)
				require.Equal(t, c.sheets, sheets)
				ev, _ := w.Definition(form).Event("fill")
				fields, err := activities.EventFields(form, ev)
				require.NoError(t, err)
				var codes []string
				for _, f := range fields {
					codes = append(codes, f.Code)
				}
				require.Subset(t, codes, c.asked)
				require.NotContains(t, codes, "head", "the case knows whom it is about")

				do(w, form, "visit", "fill", "self_check", "hand_in", "instructor_return")
				_, err = w.Try(form.ID, "revisit_done", w.In(w.Case(form.ID), procedure.Surveyor), c.wrong)
				if c.code == "required" {
					w.Refused(err, procedure.Invalid, "conditions_not_met")
					return
				}
				require.NoError(t, err, "told at the self-check")
				faults, err := w.Engine.AskGuard(w.Case(form.ID), "self_check", nobody, nil, procedure.Guard{Name: procedure.GuardFormLogic})
				require.NoError(t, err)
				require.Len(t, faults, 1)
				require.Equal(t, c.code, faults[0].Code)
			})
		}
	})
}

// A campaign that names no sheet surveys with the household sheet, as the definition says.
func TestHouseholdSheetIsTheDefault(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		form := surveyedWith(w, "out_of_poverty", "", "income_sheet", "annex6")
		require.NotContains(t, form.Facts.Values, "sheets")
		ev, _ := w.Definition(form).Event("fill")
		fields, err := activities.EventFields(form, ev)
		require.NoError(t, err)
		require.Equal(t, ev.Form, fields)
	})
}

// S2-060: the cells of a village form are sums over all households of the village: of those surveyed by their form as far
// as it asks, of the others and for the rest by the register's members.
func TestVillageSumsOfTheWholeVillage(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		form := surveyedWith(w, "out_of_poverty", "", "annex4")
		enrolled(w, form.HouseholdID, "B", models.PersonSecret{Labour: "普通劳动力", Dibao: new(true), ResidentPension: new(true)}, models.PersonSecret{Labour: "无劳动力", Dibao: new(true)})
		enrolled(w, w.NewHousehold(testkit.Village).ID, "D", models.PersonSecret{Labour: "技能劳动力", Tekun: new(true)}, models.PersonSecret{Labour: "弱劳动力或半劳动力", Disability: "肢体残疾二级", Dibao: new(false)})
		gone := w.NewHousehold(testkit.Village)
		enrolled(w, gone.ID, "D", models.PersonSecret{Dibao: new(true)})
		w.SetStatus(gone.ID, "household_cancelled")
		enrolled(w, w.NewHousehold(testkit.Village2).ID, "D", models.PersonSecret{Dibao: new(true)})

		do(w, form, "visit")
		w.Fire(form.ID, "fill", w.In(w.Case(form.ID), procedure.Surveyor), answers{"water_ok": false, "water_litres": 5.0})
		do(w, form, "self_check", "hand_in", "instructor_pass", "joint_pass", "to_office", "office_pass")
		w.Deliver()
		village := w.Last(form.ParentID, "village_form")
		require.Equal(t, procedure.State("drafting"), village.State)
		got := map[string]int{}
		for _, f := range procedure.Sheet("village_sums") {
			var n int
			if village.Facts.Value(f.Code, &n) {
				got[f.Code] = n
			}
		}
		require.Equal(t, map[string]int{"register_households": 2, "register_population": 8, "register_out_of_poverty": 1, "register_monitored": 0,
			"surveyed_households": 1, "surveyed_population": 4, "labour_persons": 3, "dibao_households": 1, "dibao_persons": 2, "tekun_persons": 1,
			"disabled_households": 1, "disabled_persons": 1, "pension_persons": 1, "unsafe_houses": 1, "unsafe_water": 1}, got)
		do(w, village, "village_check")
	})
}

// What neither a form nor the register tells of any household is not known, which is not none, and is found blank (DQ-40).
func TestVillageSumsNotKnown(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		form := surveyedWith(w, "out_of_poverty", "", "annex4")
		do(w, form, toFinal...)
		w.Deliver()
		village := w.Last(form.ParentID, "village_form")
		require.NotContains(t, village.Facts.Values, "dibao_persons")
		require.NotContains(t, village.Facts.Values, "dibao_households")
		do(w, village, "village_check")
		check(w, testkit.Village)
		require.Contains(t, rulesOf(w, testkit.Village), "village_blank")
	})
}

// enrolled gives a household a house of a grade and, for its first members, what the register knows of them.
func enrolled(w *testkit.World, household, grade string, known ...models.PersonSecret) {
	w.T.Helper()
	house(w, stored[models.Household](w, household), grade)
	var people []models.Person
	require.NoError(w.T, w.Store.DB.Where("household_id = ?", household).Order("ord").Find(&people).Error)
	for i, s := range known {
		require.NoError(w.T, people[i].SetSecret(w.Store.Vault, s))
		require.NoError(w.T, w.Store.DB.Save(&people[i]).Error)
	}
}

// A place that names a version which this build does not have opens no forms with another one.
func TestUnknownFormVersionIsRefused(t *testing.T) {
	s := policy.Snapshot{Values: map[string]json.RawMessage{"form_versions": json.RawMessage(`{"annex4":9}`)}}
	_, err := activities.ChooseSheets("out_of_poverty", []string{"annex4"}, s)
	var refusal *procedure.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "form_unknown", refusal.Code)
}
