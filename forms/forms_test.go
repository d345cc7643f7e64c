package forms_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/forms"
	"shouwang/internal/example"
	"shouwang/policy"
	"shouwang/procedure"
)

var (
	now     = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	here    = policy.Snapshot{}
	setting = example.Setting{Now: now, Village: "510923101201", VillageName: "上坪村", Group: "二组", HeadName: "周大山", Population: 4, Policy: here,
		File: func(field string) string { return "file-" + field }}
	world = forms.World{Policy: here, Now: now, Registered: &forms.Registered{Population: 4},
		Files: map[string]bool{"file-surveyor_signature": true, "file-household_signature": true, "file-call_record": true, "file-registers": true, "file-farmer_signature": true, "file-photos": true}}
)

func form(t *testing.T, code string) *forms.Form {
	t.Helper()
	f, ok := forms.Standard.InForce(code, here)
	require.True(t, ok, code)
	return f
}

// All forms of the sources exist, and a careful answer to each is in order.
func TestEveryFormOfTheSources(t *testing.T) {
	t.Parallel()
	want := []string{"annex3", "annex4", "annex5", "annex6", "authorization", "case_conference", "elimination_evaluation", "elimination_measures", "f1", "f2", "f3", "f4", "f5", "f6a", "f6b",
		"four_nots", "household_sheet", "nine_documents", "ordinary_key", "personnel", "rectification_ledger", "screening_form", "screening_ledger", "survey_head",
		"village_sheet", "visit_handbook"}
	var got []string
	for _, f := range forms.Standard.All() {
		got = append(got, f.Code)
		t.Run(f.Key(), func(t *testing.T) {
			answers := example.Fields(f.Key(), f.Fields, setting)
			require.Empty(t, forms.Faults(f.Fields, answers, world))
			res := f.Compute(answers, world)
			for _, x := range res.Findings {
				require.Equal(t, forms.Warning, x.Severity, "%v", x)
			}
			for _, v := range res.Values {
				require.True(t, v.Known, v.Code)
				require.NotContains(t, v.Text, "＿", v.Code)
				require.NotEmpty(t, v.Text)
			}
			require.NotEmpty(t, f.Source)
		})
	}
	require.Equal(t, want, got)
}

// Each check of a form speaks when it should; the row is where the rule comes from.
func TestChecks(t *testing.T) {
	t.Parallel()
	rows := func(r ...any) []any { return r }
	first := func(code, field string, more map[string]any) map[string]any { // the first row of a table, changed
		f := form(t, code)
		row := maps.Clone(example.Fields(f.Key(), f.Fields, setting)[field].([]any)[0].(map[string]any))
		maps.Copy(row, more)
		return map[string]any{field: rows(row)}
	}
	for _, c := range []struct {
		name, form string
		change     map[string]any
		code       string // "" for nothing wrong
	}{
		{"S0-085 a problem that names nobody", "annex3", first("annex3", "problems", map[string]any{"description": "有问题待核实"}), "problem_vague"},
		{"S0-085 eight characters", "annex3", first("annex3", "problems", map[string]any{"description": "周大山家缺水半月"}), ""},
		{"S0-018 just under 20 litres", "annex4", map[string]any{"water_litres": 19.9}, "water_differs"},
		{"S0-018 on 20 litres", "annex4", map[string]any{"water_litres": 20.0}, ""},
		{"S0-021 on 36 days", "annex4", map[string]any{"water_shortage_days": 36.0}, "water_differs"},
		{"S0-021 just under 36 days", "annex4", map[string]any{"water_shortage_days": 35.0}, ""},
		{"S0-020 20 minutes beyond 800 m", "annex4", map[string]any{"water_piped": false, "water_minutes": 20.0, "water_distance": 801.0}, "water_differs"},
		{"S0-020 20 minutes on 800 m", "annex4", map[string]any{"water_piped": false, "water_minutes": 20.0, "water_distance": 800.0}, ""},
		{"S0-019 a failed test beside a good look, called safe", "annex4", map[string]any{"water_report": "fail", "water_looks_good": true}, "water_unclear"},
		{"S0-019 a failed test beside a good look, left open", "annex4", map[string]any{"water_report": "fail", "water_looks_good": true, "water_ok": false}, ""},
		{"S0-019 a failed test beside a bad look", "annex4", map[string]any{"water_report": "fail", "water_looks_good": false, "water_ok": true}, "water_differs"},
		{"S0-019 a passed test", "annex4", map[string]any{"water_report": "pass"}, ""},
		{"S0-014 rigid expense untold", "annex4", map[string]any{"rigid_or_drop": true, "income_note": nil}, "risk_untold"},
		{"S0-015 dropout untold", "annex4", map[string]any{"education_ok": false, "education_note": nil}, "education_untold"},
		{"S0-016 not paid in full", "annex4", map[string]any{"insurance_paid": false, "medical_note": nil}, "medical_untold"},
		{"S0-017 house with a hazard", "annex4", map[string]any{"housing_ok": false, "housing_note": nil}, "housing_untold"},
		{"S0-027 no measure", "annex5", map[string]any{"measures": rows()}, "measures_missing"},
		{"S0-027 a measure not in place", "annex5", first("annex5", "measures", map[string]any{"in_place": false}), "measure_not_in_place"},
		{"S0-028 risk open, untold", "annex5", map[string]any{"risk_state": "open", "risk_note": nil}, "risk_untold"},
		{"S0-028 elimination unstable", "annex5", map[string]any{"risk_state": "unstable"}, "rollback_due"},
		{"S3-066 monitored with a rigid expense, untold", "annex5", map[string]any{"rigid_or_drop": true, "income_note": nil}, "expense_untold"},
		{"S3-066 monitored with a rigid expense, told", "annex5", map[string]any{"rigid_or_drop": true, "income_note": "住院自付较多"}, ""},
		{"S0-094 claimed just over a yuan off", "annex6", map[string]any{"per_head_claimed": 600101.0}, "income_differs"},
		{"S0-094 claimed just over a yuan off, explained, is still shown", "annex6", map[string]any{"per_head_claimed": 600101.0, "claim_note": "下月工钱算进去了"}, "income_differs"},
		{"S0-094 claimed a yuan off", "annex6", map[string]any{"per_head_claimed": 600100.0}, ""},
		{"S3-044 expense of a pension", "annex6", map[string]any{"income": rows(map[string]any{"item": "3-03", "income": 2400000.0, "expense": 100.0})}, "income_expense"},
		{"S2-028 just under a year", "annex6", map[string]any{"period_from": "2025-11-02"}, "period_not_a_year"},
		{"S2-028 just over a year", "annex6", map[string]any{"period_from": "2025-10-30"}, "period_not_a_year"},
		{"S2-028 a month later than the policy's period", "annex6", map[string]any{"period_from": "2025-12-01", "period_to": "2026-11-30"}, "period_differs"},
		{"S2-028 another period, explained", "annex6", map[string]any{"period_from": "2025-12-01", "period_to": "2026-11-30", "period_note": "按上级统一口径"}, ""},
		{"S2-028 the period of the day it was asked", "annex6", map[string]any{"period_from": "2025-10-01", "period_to": "2026-09-30", "signed_on": "2026-10-31"}, ""},
		{"S2-028 another period at home", "f4", map[string]any{"period_from": "2025-01-01", "period_to": "2025-12-31"}, "period_differs"},
		{"S2-028 no period told at home is the policy's", "f4", map[string]any{"period_from": nil, "period_to": nil}, ""},
		{"S2-028 another period in the household sheet", "household_sheet", map[string]any{"period_from": "2025-01-01", "period_to": "2025-12-31"}, "period_differs"},
		{"S0-092 the same item twice", "annex6", map[string]any{"income": rows(map[string]any{"item": "4-02", "income": 1200000.0, "expense": 0.0}, map[string]any{"item": "4-02", "income": 1200000.0, "expense": 0.0})}, "item_twice"},
		{"S1-057 eight of nine documents", "nine_documents", map[string]any{"documents": setting.Documents()[1:]}, "documents_incomplete"},
		{"S1-057 one checked twice", "nine_documents", map[string]any{"documents": append(setting.Documents(), setting.Documents()[0])}, "documents_incomplete"},
		{"S1-023 confirmed with missed risk", "ordinary_key", map[string]any{"missed_risk": true}, "missed_not_confirmed"},
		{"S1-023 unmet and no missed risk", "ordinary_key", map[string]any{"water_ok": false}, "unmet_is_risk"},
		{"S2-061 as many unsafe houses as households", "village_sheet", map[string]any{"unsafe_houses": 300.0}, ""},
		{"S2-061 more unsafe houses than households", "village_sheet", map[string]any{"unsafe_houses": 301.0}, "sum_too_large"},
		{"S0-045 a member too few", "f1", map[string]any{"members": setting.Members()[1:]}, "members_differ"},
		{"S2-055 changed to the same", "f2", first("f2", "items", map[string]any{"changed_to": "登记的号码"}), "changed_to_same"},
		{"S0-047 accurate to 101 m", "f3", map[string]any{"accuracy": 101.0}, "place_inexact"},
		{"S0-047 accurate to 100 m", "f3", map[string]any{"accuracy": 100.0}, ""},
		{"S0-049 a member too many", "f4", map[string]any{"population": 3.0, "per_head_claimed": 800000.0}, "members_differ"},
		{"S0-051 marked without its day", "f5", map[string]any{"eliminated_on": nil}, "date_missing"},
		{"S0-051 a risk still open", "f5", map[string]any{"risks": rows(map[string]any{"risk": "illness", "outcome": "open"})}, "risk_open"},
		{"S0-051 water not assured", "f5", map[string]any{"water_ok": false}, "guarantee_open"},
		{"S0-054 born after joining", "f6a", first("f6a", "changes", map[string]any{"birth_date": "2026-11-22", "changed_on": "2026-11-21"}), "born_after"},
		{"S0-054 born on the day of joining", "f6a", first("f6a", "changes", map[string]any{"birth_date": "2026-11-21", "changed_on": "2026-11-21"}), ""},
		{"S2-052 the head leaves", "f6b", first("f6b", "changes", map[string]any{"name": "周大山"}), "head_without_new"},
		{"S4-006 just below the line and in difficulty", "screening_form", map[string]any{"per_head_estimate": 689999.0, "difficult": true}, "key_person_no_risk"},
		{"S4-006 on the line and in difficulty", "screening_form", map[string]any{"per_head_estimate": 690000.0, "wage": 690000.0 * 4, "difficult": true}, ""},
		{"S4-006 below the line without difficulty", "screening_form", map[string]any{"per_head_estimate": 689999.0, "wage": 689999.0 * 4}, ""},
		{"S4-010 items a yuan a head off the estimate", "screening_form", map[string]any{"wage": 900100.0 * 4}, ""},
		{"S4-010 items more than a yuan a head off", "screening_form", map[string]any{"wage": 900100.0*4 + 1}, "estimate_differs"},
		{"S4-010 production expense comes off", "screening_form", map[string]any{"production_expense": 401.0}, "estimate_differs"},
		{"S4-010 parts that are the whole expense", "screening_form", map[string]any{"rigid_expense": 300.0, "medical_expense": 100.0, "schooling_expense": 200.0}, ""},
		{"S4-010 parts above the whole expense", "screening_form", map[string]any{"rigid_expense": 299.0, "medical_expense": 100.0, "schooling_expense": 200.0}, "expense_parts"},
		{"S4-010 water unmet", "screening_form", map[string]any{"water_ok": false}, "unmet_no_risk"},
		{"S4-006 just below the line and in difficulty is told", "screening_form", map[string]any{"per_head_estimate": 689999.0, "wage": 689999.0 * 4, "difficult": true, "result": "watch", "problem": "困难", "action": "关注"}, "key_person_found"},
		{"S4-006 on the line is not told", "screening_form", map[string]any{"per_head_estimate": 690000.0, "wage": 690000.0 * 4, "difficult": true, "result": "watch", "problem": "困难", "action": "关注"}, ""},
		{"S4-018 a clue is told", "screening_form", map[string]any{"result": "clue", "problem": "缺水", "action": "登记线索"}, "clue_found"},
		{"S1-023 missed risk is told", "ordinary_key", map[string]any{"missed_risk": true, "confirmed": false}, "missed_risk_found"},
		{"S4-016 clue without a problem", "screening_form", map[string]any{"result": "clue"}, "problem_untold"},
		{"S4-018 problem without action", "screening_form", map[string]any{"result": "clue", "problem": "缺水"}, "action_missing"},
		{"S4-017 done without its day", "screening_ledger", first("screening_ledger", "households", map[string]any{"result": "done", "problem": "缺水"}), "done_without_day"},
		{"E-4 authorization over already", "authorization", map[string]any{"valid_until": "2026-11-21"}, "already_over"},
		{"E-4 valid for a day", "authorization", map[string]any{"valid_until": "2026-11-22"}, ""},
		{"E-5 just below the line", "elimination_evaluation", map[string]any{"per_head": 689999.0}, "below_line"},
		{"E-5 on the line", "elimination_evaluation", map[string]any{"per_head": 690000.0}, ""},
		{"E-8c nobody can work", "elimination_evaluation", map[string]any{"no_labour": true}, "no_labour_kept"},
		{"E-7 under six months", "elimination_evaluation", map[string]any{"identified_on": "2026-05-23"}, "too_short"},
		{"E-7 six months", "elimination_evaluation", map[string]any{"identified_on": "2026-05-22"}, ""},
		{"E-5 delivered without effect", "elimination_measures", first("elimination_measures", "measures", map[string]any{"effect": nil}), "effect_missing"},
		{"S0-033 duty unmet, nothing ordered", "four_nots", map[string]any{"responsibility_ok": false, "action": nil, "due_on": "2026-12-01"}, "unmet_untold"},
		{"S0-033 duty unmet is a problem", "four_nots", map[string]any{"responsibility_ok": false, "action": "限期整改", "due_on": "2026-12-01"}, "unmet_found"},
		{"S4-018 to be mended is a problem", "screening_form", map[string]any{"result": "rectify", "problem": "缺水", "action": "接通管道"}, "rectify_found"},
		{"S0-036 unmet without a limit", "four_nots", map[string]any{"supervision_ok": false, "action": "立即整改", "due_on": nil}, "due_missing"},
		{"S1-032 nobody but the chair", "case_conference", map[string]any{"attendants": []any{map[string]any{"name": "何组长", "post": "组长"}}}, "too_few"},
		{"S1-033 to be rectified by nobody", "case_conference", first("case_conference", "problems", map[string]any{"responsible": nil}), "rectify_untold"},
		{"S1-033 no limit", "case_conference", first("case_conference", "problems", map[string]any{"due_on": nil}), "rectify_untold"},
		{"S1-033 no problem needs no measure", "case_conference", first("case_conference", "problems", map[string]any{"conclusion": "none", "measure": nil, "responsible": nil, "due_on": nil}), ""},
		{"S1-048 closed without its day", "rectification_ledger", first("rectification_ledger", "problems", map[string]any{"state": "closed"}), "closed_without_day"},
		{"S1-048 closed by who did it", "rectification_ledger", first("rectification_ledger", "problems", map[string]any{"state": "closed", "closed_on": "2026-11-22", "verifier": "村主任"}), "closed_unverified"},
		{"S1-048 closed by another", "rectification_ledger", first("rectification_ledger", "problems", map[string]any{"state": "closed", "closed_on": "2026-11-22", "verifier": "驻村队员"}), ""},
		{"S1-019 books that do not agree, untold", "household_sheet", map[string]any{"three_unified": false, "mismatches": rows()}, "mismatch_untold"},
		{"S1-048 due yesterday", "rectification_ledger", first("rectification_ledger", "problems", map[string]any{"due_on": "2026-11-21"}), "overdue"},
		{"S1-048 due today", "rectification_ledger", first("rectification_ledger", "problems", map[string]any{"due_on": "2026-11-22"}), ""},
		{"S3-048 monitored without measures", "visit_handbook", map[string]any{"measures": rows()}, "measures_missing"},
		{"S3-049 only by telephone", "visit_handbook", first("visit_handbook", "visits", map[string]any{"mode": "remote"}), "home_before_remote"},
		{"S1-056 no group leader", "personnel", map[string]any{"people": setting.Surveyors()}, "no_leader"},
		{"S0-084 population differs", "survey_head", map[string]any{"population": 5.0}, "population_differs"},
		{"S0-084 population explained", "survey_head", map[string]any{"population": 5.0, "population_note": "新生儿未入系统"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := form(t, c.form)
			answers := example.Fields(f.Key(), f.Fields, setting)
			maps.Copy(answers, roundTrip(t, c.change))
			var codes []string
			for _, x := range f.Compute(answers, world).Findings {
				codes = append(codes, x.Code)
				require.NotContains(t, x.Message, "＿")
			}
			if c.code == "" {
				require.Empty(t, codes)
			} else {
				require.Contains(t, codes, c.code)
			}
		})
	}
}

// What forms compare with are the rows of the policy, not numbers of their own.
func TestFormsAskThePolicy(t *testing.T) {
	t.Parallel()
	row := func(key, value string) []policy.Row { return []policy.Row{{Key: key, Value: json.RawMessage(value)}} }
	strict, inclusive := row("income_line", `{"fen": 690000, "concept": "net"}`), row("income_line", `{"fen": 690000, "concept": "net", "inclusive": true}`)
	for _, c := range []struct {
		name, form string
		change     map[string]any
		rows       []policy.Row
		code       string
	}{
		{"E-5 a line that is not in force", "elimination_evaluation", map[string]any{"per_head": 680000.0, "line": 670000.0}, strict, "line_differs"},
		{"S4-006 a line that is not in force", "screening_form", map[string]any{"line": 670000.0}, strict, "line_differs"},
		{"E-5 the line in force", "elimination_evaluation", map[string]any{"line": 690000.0}, strict, ""},
		{"E-5 on an inclusive line", "elimination_evaluation", map[string]any{"per_head": 690000.0}, inclusive, "below_line"},
		{"E-5 just above an inclusive line", "elimination_evaluation", map[string]any{"per_head": 690001.0}, inclusive, ""},
		{"S4-006 on an inclusive line", "screening_form", map[string]any{"per_head_estimate": 690000.0, "wage": 690000.0 * 4, "difficult": true}, inclusive, "key_person_no_risk"},
		{"S4-006 just above it", "screening_form", map[string]any{"per_head_estimate": 690001.0, "wage": 690001.0 * 4, "difficult": true}, inclusive, ""},
		{"E-8c nobody can work, by the usual way", "elimination_evaluation", map[string]any{"no_labour": true}, row("no_labour_elimination", `"normal"`), ""},
		{"E-8c nobody can work, after a stable time", "elimination_evaluation", map[string]any{"no_labour": true}, row("no_labour_elimination", `"after_stable"`), ""},
		{"E-11 three months asked, three watched", "elimination_evaluation", map[string]any{"identified_on": "2026-08-22"}, row("min_months_monitored", "3"), ""},
		{"E-11 three months asked, a day too few", "elimination_evaluation", map[string]any{"identified_on": "2026-08-23"}, row("min_months_monitored", "3"), "too_short"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := form(t, c.form)
			answers := example.Fields(f.Key(), f.Fields, setting)
			maps.Copy(answers, roundTrip(t, c.change))
			here := world
			here.Policy = policy.Resolve(c.rows, "510923101201", now)
			var codes []string
			for _, x := range f.Compute(answers, here).Findings {
				codes = append(codes, x.Code)
			}
			if c.code == "" {
				require.Empty(t, codes)
			} else {
				require.Contains(t, codes, c.code)
			}
		})
	}
}

// E-21b: where policy sets how far up water may be, within that it is convenient however far on the level.
func TestWaterWithinReachUpwards(t *testing.T) {
	t.Parallel()
	f := form(t, "household_sheet")
	far := map[string]any{"water_piped": false, "water_minutes": 30.0, "water_distance": 900.0, "water_ok": true}
	for _, c := range []struct {
		name string
		up   any
		rows []policy.Row
		code string
	}{
		{"E-21b 80 metres up", 80.0, []policy.Row{{Key: "water_vertical_max", Value: json.RawMessage("80")}}, ""},
		{"E-21b 80.1 metres up", 80.1, []policy.Row{{Key: "water_vertical_max", Value: json.RawMessage("80")}}, "water_differs"},
		{"E-21b not measured", nil, []policy.Row{{Key: "water_vertical_max", Value: json.RawMessage("80")}}, "water_differs"},
		{"E-21b no limit set", 80.0, nil, "water_differs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers := example.Fields(f.Key(), f.Fields, setting)
			maps.Copy(answers, far)
			answers["water_vertical"] = c.up
			var codes []string
			for _, x := range f.Compute(answers, forms.World{Policy: policy.Resolve(c.rows, "510923101201", now), Now: now, Registered: &forms.Registered{Population: 4}}).Findings {
				codes = append(codes, x.Code)
			}
			require.Equal(t, c.code != "", slices.Contains(codes, "water_differs"), "%v", codes)
		})
	}
}

// S1-018 (先整改后填报): each answer of a form that a campaign surveys households with is of an indicator, and locks with it,
// or says nothing of the household's condition.
func TestSurveyAnswersLockWithTheirIndicator(t *testing.T) {
	t.Parallel()
	locks := map[string]bool{}
	for _, indicator := range []string{"members", "food_clothes", "education", "medical", "housing", "water", "income", "measures", "other"} {
		for _, code := range procedure.IndicatorFields(indicator) {
			require.False(t, locks[code], "%s is of two indicators", code)
			locks[code] = true
		}
	}
	free := strings.Fields("township village group household_no head surveyor surveyed_on signed_on respondent_kind respondent contact household_type " +
		"visited_at guide three_unified four_agree mismatches form_code surveyor_signature household_signature call_record registers " + // who was asked, by whom and when
		"satisfaction channel line " + // an opinion, the way there, the policy
		"missed_risk judgement confirmed problem action result") // what the surveyor concludes from all of it
	for _, code := range []string{"household_sheet", "survey_head", "annex4", "annex5", "annex6", "nine_documents", "ordinary_key", "screening_form"} {
		for _, f := range form(t, code).Fields {
			require.True(t, locks[f.Code] != slices.Contains(free, f.Code), "%s.%s", code, f.Code)
		}
	}
}

// The list of the documentation names every form with its source.
func TestDocumentationNamesEveryForm(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/forms.md")
	require.NoError(t, err)
	for _, f := range forms.Standard.All() {
		require.Contains(t, string(page), "| `"+f.Key()+"` | "+f.Title+" | ")
		require.Contains(t, string(page), " | "+f.Source+" |\n")
	}
}

func roundTrip(t *testing.T, in map[string]any) map[string]any {
	raw, err := json.Marshal(in)
	require.NoError(t, err)
	out := map[string]any{}
	require.NoError(t, json.Unmarshal(raw, &out))
	return out
}

// S003 #16: production alone deducts its expense, and each subtotal is shown.
func TestIncomeSheetComputes(t *testing.T) {
	t.Parallel()
	f := form(t, "annex6")
	answers := example.Fields(f.Key(), f.Fields, setting)
	answers["income"] = roundTrip(t, map[string]any{"r": []any{
		map[string]any{"item": "1-11", "income": 300000, "expense": 100001}, map[string]any{"item": "2-01", "income": 50000, "expense": 0},
		map[string]any{"item": "3-04", "income": 240000, "expense": 0}, map[string]any{"item": "4-02", "income": 2000000, "expense": 0}}})["r"]
	got := map[string]any{}
	for _, v := range f.Compute(answers, world).Values {
		got[v.Code] = v.Value
	}
	require.Equal(t, map[string]any{"production_net": 199999, "property_net": 50000, "transfer_net": 240000, "wage_net": 2000000, "household_net": 2489999, "per_head": 622500}, got)
	delete(answers, "population")
	for _, v := range f.Compute(answers, world).Values {
		require.False(t, v.Known, "%s: without the people nothing is known", v.Code)
	}
}

// A place may stay with an older version, and is told of one that does not exist.
func TestVersionsSideBySide(t *testing.T) {
	t.Parallel()
	doc := func(version, max string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`{"code":"note","version":` + version + `,"title":"便条","source":"D","subject":"region","fields":[{"code":"text","title":"内容","kind":"text","class":"P1","max_len":` + max + `}],"layout":{}}`)}
	}
	l, err := forms.Load(fstest.MapFS{"data/note.v1.json": doc("1", "10"), "data/note.v2.json": doc("2", "20")})
	require.NoError(t, err)
	for value, want := range map[string]string{`{}`: "note@2", `{"note":1}`: "note@1", `{"note":2}`: "note@2"} {
		f, ok := l.InForce("note", policy.Snapshot{Values: map[string]json.RawMessage{"form_versions": json.RawMessage(value)}})
		require.True(t, ok)
		require.Equal(t, want, f.Key())
	}
	_, ok := l.InForce("note", policy.Snapshot{Values: map[string]json.RawMessage{"form_versions": json.RawMessage(`{"note":3}`)}})
	require.False(t, ok, "never another version in its place")
	require.Empty(t, l.CheckVersions(map[string]int{"note": 1}))
	require.Len(t, l.CheckVersions(map[string]int{"note": 3, "other": 1}), 2)
}

func TestFaultyDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	good := `{"code":"x","version":1,"title":"甲","source":"D","subject":"region","fields":[{"code":"n","title":"数","kind":"integer","class":"P1"}],"layout":{}}`
	for name, change := range map[string][2]string{
		"unknown member": {`"layout":{}`, `"layout":{},"more":1`}, "no title": {`"title":"甲"`, `"title":""`}, "subject": {`"region"`, `"moon"`},
		"kind": {`"integer"`, `"whole"`}, "class": {`"P1"`, `"P9"`}, "part": {`{"code":"n"`, `{"part":"nothing.v1"},{"code":"n"`},
		"options": {`"kind":"integer"`, `"kind":"choice"`}, "columns": {`"kind":"integer"`, `"kind":"rows"`},
		"when":       {`"class":"P1"`, `"class":"P1","when":{"field":"later","in":["a"]}`},
		"fact":       {`"class":"P1"`, `"class":"P2","fact":true`},
		"expression": {`"layout":{}`, `"checks":[{"code":"c","severity":"error","when":"m > 1","text":"错"}],"layout":{}`},
		"text":       {`"layout":{}`, `"checks":[{"code":"c","severity":"error","when":"n > 1","text":"{m}"}],"layout":{}`},
		"severity":   {`"layout":{}`, `"checks":[{"code":"c","severity":"grave","when":"n > 1","text":"错"}],"layout":{}`},
		"rule":       {`"layout":{}`, `"checks":[{"rule":"income"}],"layout":{}`},
		"computed":   {`"layout":{}`, `"computed":[{"code":"n","title":"数","kind":"integer","value":"1","text":"一"}],"layout":{}`},
		"type":       {`"layout":{}`, `"computed":[{"code":"m","title":"数","kind":"text","value":"given(n)","text":"一"}],"layout":{}`},
		"layout":     {`"layout":{}`, `"layout":{"blocks":[{"text":"{m}"}]}`},
		"follows":    {`"layout":{}}`, `"layout":{}} {}`},
	} {
		require.Contains(t, good, change[0], name)
		_, err := forms.Load(fstest.MapFS{"data/x.v1.json": {Data: []byte(strings.Replace(good, change[0], change[1], 1))}})
		require.Error(t, err, name)
	}
	_, err := forms.Load(fstest.MapFS{"data/x.v1.json": {Data: []byte(good)}})
	require.NoError(t, err)
	_, err = forms.Load(fstest.MapFS{"data/y.v1.json": {Data: []byte(good)}})
	require.Error(t, err, "under another name")
}

func TestSchemaNamesEveryField(t *testing.T) {
	t.Parallel()
	for _, f := range forms.Standard.All() {
		raw, err := json.Marshal(f.Schema(here))
		require.NoError(t, err)
		var s struct {
			Properties map[string]struct {
				Type     string
				ReadOnly bool
				Order    int `json:"x-order"`
			}
			Required []string
		}
		require.NoError(t, json.Unmarshal(raw, &s))
		require.Len(t, s.Properties, len(f.Fields)+len(f.Computed), f.Key())
		for i, x := range f.Fields {
			require.Equal(t, i+1, s.Properties[x.Code].Order)
			require.NotEmpty(t, s.Properties[x.Code].Type)
			require.Equal(t, x.Required && x.When == nil, slices.Contains(s.Required, x.Code), x.Code)
		}
	}
}

// Whatever is sent as answers, a form answers with faults and findings and never breaks.
func FuzzAnswers(f *testing.F) {
	for _, x := range forms.Standard.All() {
		raw, err := json.Marshal(example.Fields(x.Key(), x.Fields, setting))
		require.NoError(f, err)
		f.Add(x.Key(), string(raw))
	}
	f.Add("annex6@1", `{"income":[{"income":"x"},null,3],"population":0.5}`)
	f.Fuzz(func(t *testing.T, key, raw string) {
		form, ok := forms.Standard.Find(key)
		var answers map[string]any
		if !ok || json.Unmarshal([]byte(raw), &answers) != nil {
			return
		}
		forms.Faults(form.Fields, answers, world)
		form.Compute(answers, world)
	})
}

// Whatever stands in a document, it is refused with a word, or is a form that checks, computes, describes and prints.
func FuzzDocument(f *testing.F) {
	files, err := filepath.Glob("data/*.json")
	require.NoError(f, err)
	shared := fstest.MapFS{}
	parts, err := filepath.Glob("parts/*.json")
	require.NoError(f, err)
	for _, name := range parts {
		raw, err := os.ReadFile(name)
		require.NoError(f, err)
		shared[name] = &fstest.MapFile{Data: raw}
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(string(raw))
	}
	f.Add(`{"code":"x","version":1,"title":"甲","source":"D","subject":"region","fields":[{"code":"n","title":"数","kind":"rows","class":"P1","columns":[]}],"layout":{"blocks":[{"table":"n"}]}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		var named struct {
			Code    string
			Version int
		}
		if json.Unmarshal([]byte(raw), &named) != nil || !fs.ValidPath(named.Code) || strings.ContainsAny(named.Code, "/\\*?[") {
			return
		}
		all := maps.Clone(shared)
		all["data/"+named.Code+".v"+strconv.Itoa(named.Version)+".json"] = &fstest.MapFile{Data: []byte(raw)}
		l, err := forms.Load(all)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		for _, x := range l.All() {
			forms.Faults(x.Fields, map[string]any{}, world)
			x.Compute(map[string]any{}, world)
			x.Print(map[string]any{}, world)
			x.Schema(here)
		}
	})
}

// Annex 3 has the 4 types and 19 natures of its source, and the three types of households (S0-080 to S0-084).
func TestProblemListHasTheTypesAndNaturesOfItsSource(t *testing.T) {
	t.Parallel()
	f := form(t, "annex3")
	problems, _ := f.Field("problems")
	for column, want := range map[string]string{
		"problem_type": "责任落实 政策落实 工作落实 巩固成果",
		"problem_nature": "愁吃 愁穿 住房安全问题 义务教育儿童失辍学 教育资助 医疗保障 农户家庭收支 饮水安全 监测对象识别 监测对象帮扶 监测对象风险消除 易地扶贫搬迁后续扶持 " +
			"党委政府主体责任 党委农村工作领导小组责任 行业部门风险信息推送 行业部门信息比对 行业部门帮扶 驻村工作组责任 监测户联系人责任",
		"household_type": "脱贫户 监测户 一般农户",
	} {
		i := slices.IndexFunc(problems.Columns, func(c procedure.Field) bool { return c.Code == column })
		require.GreaterOrEqual(t, i, 0, column)
		var got []string
		for _, o := range forms.Options(problems.Columns[i], here) {
			got = append(got, o.Title)
		}
		require.Equal(t, strings.Fields(want), got, column)
	}
}

// Annex 6 has the items of its source in their order, category by category; a county changes the list (S0-092, 5.4).
func TestIncomeSheetHasTheItemsOfItsSource(t *testing.T) {
	t.Parallel()
	got := map[string][]string{}
	for _, item := range here.IncomeItems() {
		got[string(item.Category)] = append(got[string(item.Category)], item.Title)
	}
	require.Equal(t, map[string][]string{
		"production": strings.Fields("猪 牛 羊 鸡 鸭 鹅 兔 蛋类 鱼类 柠檬 玉米 水稻 红苕 土豆 小麦 花生 油菜 大豆 柑子、梨子等水果 核桃 苗木 蔬菜 中药材类 蚕桑 其他"),
		"property":   strings.Fields("土地流转金 租金 红利（利息、股息） 其他"),
		"transfer":   strings.Fields("生态补偿金 地力补贴 新农保（养老保险金） 低保金 特困供养金 计生奖扶（特扶、独生子女费） 高龄补贴 残疾补贴 抚恤金 子女赡养金 其他"),
		"wage":       strings.Fields("务工补贴 务工收入"),
	}, got)
	local := policy.Snapshot{Values: map[string]json.RawMessage{"income_items": json.RawMessage(`[{"code":"1-01","title":"牦牛","category":"production","unit":"头"}]`)}}
	paper := textOf(form(t, "annex6").Print(map[string]any{}, forms.World{Policy: local, Now: now}))
	require.Contains(t, paper, "牦牛|头|")
	require.NotContains(t, paper, "柠檬")
}

// A ledger of a whole village takes more rows than other tables.
func TestLedgersTakeAVillage(t *testing.T) {
	ledger, _ := forms.Standard.Find("screening_ledger@1")
	other, _ := forms.Standard.Find("personnel@1")
	tooMany := func(f *forms.Form, n int) bool {
		for _, x := range f.Fields {
			if x.Kind != procedure.Rows {
				continue
			}
			rows := make([]any, n)
			for i := range rows {
				rows[i] = map[string]any{}
			}
			return slices.ContainsFunc(forms.Faults(f.Written(), map[string]any{x.Code: rows}, forms.World{}), func(y procedure.FieldFault) bool { return y.Code == "too_many" })
		}
		return false
	}
	require.False(t, tooMany(ledger, 2000))
	require.True(t, tooMany(ledger, 2001))
	require.True(t, tooMany(other, forms.MaxRows+1))
}
