package example

import (
	"maps"
	"strings"

	"shouwang/procedure"
)

// campaign are the answers of 2.9 to 2.9c: a screening of one village that lasts five
// weeks, and the form of a family whose books and means agree.
func (s Setting) campaign(where string) map[string]any {
	switch where {
	case "campaign.open":
		return map[string]any{"title": "秋季集中排查", "scope": []string{"out_of_poverty", "monitored", "ordinary"}, "stages": s.stages(), "checked_departments": nil,
			"forms":   []string{"household_form", "village_form", "income_sheet"},
			"cutoffs": []any{map[string]any{"item": "rectification", "on": s.day(25)}, map[string]any{"item": "report", "on": s.day(35)}}}
	case "campaign.issue": // the draft stands as it is
		return map[string]any{"scope": nil, "stages": nil, "forms": nil, "groups": s.groups(), "cutoffs": nil, "programme": nil, "checked_departments": nil, "document_no": "云府发〔2026〕34号"}
	case "campaign.start_field":
		return map[string]any{"trained": []any{map[string]any{"user": s.account(procedure.Surveyor)}}}
	case "campaign.to_review":
		return map[string]any{"exceptions": nil}
	case "campaign.spot_fail":
		return map[string]any{"redo_by": s.day(5), "spot_by": s.day(8)}
	case "household_form.visit":
		return map[string]any{"three_unified": true, "four_agree": true, "guide": "老党员"}
	case "household_form.fill", "household_form.revisit_done", "household_form.corrected":
		return s.household()
	case "household_form.joint_pass":
		return map[string]any{"form_code": "HB-001"}
	case "household_form.feedback", "village_form.return":
		return map[string]any{"answer_by": s.day(3)}
	case "village_form.village_check":
		return map[string]any{"hardened_road": true, "bus": true, "clinics": 1, "doctors": 1, "entry_clerk": s.account(procedure.VillageMonitor)}
	}
	if strings.HasPrefix(where, "household_form.mismatch") {
		return map[string]any{"brief": "系统登记住房等级与实际不一致", "detail": "系统为C级，实际已改造入住"}
	}
	return nil
}

func (s Setting) stages() []any {
	var out []any
	for _, r := range []struct {
		stage       string
		from, until int
	}{{"training", 0, 2}, {"fieldwork", 1, 10}, {"review", 8, 15}, {"rectification", 15, 25}, {"spot_check", 25, 28}, {"reporting", 28, 35}} {
		out = append(out, map[string]any{"stage": r.stage, "from": s.day(r.from), "until": s.day(r.until)})
	}
	return out
}

func (s Setting) groups() []any {
	out := []any{map[string]any{"group": "第一组", "area": s.Village, "duty": "guide", "name": "老党员"}}
	for _, r := range []procedure.Role{procedure.Surveyor, procedure.Instructor, procedure.GroupLeader} {
		out = append(out, map[string]any{"group": "第一组", "area": s.Village, "duty": string(r), "user": s.account(r)})
	}
	return out
}

// household is 户表 of a family whose claimed income agrees with its sheet.
func (s Setting) household() map[string]any {
	people := float64(s.Population)
	out := s.period()
	maps.Copy(out, map[string]any{
		"household_type": "ordinary", "population": s.Population, "population_note": nil, "labour_persons": 2, "pension_persons": 2,
		"food_ok": true, "clothes_ok": true, "education_ok": true, "medical_ok": true, "housing_ok": true, "electricity_ok": true, "tv_ok": true,
		"water_litres": 35, "water_piped": true, "water_report": "none", "water_looks_good": true, "water_ok": true,
		"income": []any{
			map[string]any{"category": "wage", "item": "务工收入", "income": 500000 * people, "expense": 0},
			map[string]any{"category": "production", "item": "玉米", "unit": "斤", "quantity": 1000, "income": 200000 * people, "expense": 100000 * people},
		},
		"per_head_claimed": 600000, "change_reason": "电话核实后更正务工月数",
	})
	return out
}
