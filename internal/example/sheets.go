package example

import (
	"maps"
	"slices"
	"strings"

	"shouwang/policy"
	"shouwang/procedure"
)

// Fields are complete, valid answers to the fields of a form of the library, such as annex6@1, or of several that are
// filled in together, with commas between their keys.
func Fields(key string, fields []procedure.Field, s Setting) map[string]any {
	return s.form(key, fields)
}

// sheets are the answers to the forms of the library: of a household that is well, and of papers in good order.
func (s Setting) sheets(keys string) map[string]any {
	var out map[string]any
	for key := range strings.SplitSeq(keys, ",") {
		if one := s.sheet(key); out == nil {
			out = one
		} else {
			maps.Copy(out, one)
		}
	}
	return out
}

// period are the answers about the period of an income sheet, the policy's.
func (s Setting) period() map[string]any {
	asked := s.Asked
	if asked.IsZero() {
		asked = s.Now
	}
	from, to := policy.IncomePeriod(policy.DateOf(asked), s.Policy)
	return map[string]any{"period_from": from.String(), "period_to": to.String(), "period_note": nil, "claim_note": nil}
}

func (s Setting) sheet(key string) map[string]any {
	code, _, _ := strings.Cut(key, "@")
	well := map[string]any{"education_ok": true, "medical_ok": true, "housing_ok": true, "food_ok": true, "clothes_ok": true, "student_aid_ok": true,
		"insurance_paid": true, "reimbursed": true, "electricity_ok": true, "tv_ok": true, "income_stable": true, "population": s.Population}
	own := map[string]map[string]any{
		"annex3": {"problems": []any{
			map[string]any{"problem_type": "work", "problem_nature": "water", "subject_kind": "household", "head": s.HeadName, "household_type": "ordinary", "population": s.Population,
				"description": "户主反映屋后水管冻裂半月无人修，全家挑水吃", "remark": nil},
			map[string]any{"problem_type": "policy", "problem_nature": "student_aid", "subject_kind": "department", "dept": "education", "description": "教育部门未将上半年助学金发到学生手中", "remark": nil}}},
		"annex5":           {"measures": []any{map[string]any{"measure": "公益性岗位", "in_place": true, "works": true}}, "risk_state": "eliminated"},
		"annex6":           {"income": s.incomeRows(), "per_head_claimed": 600000},
		"nine_documents":   {"documents": s.documents()},
		"ordinary_key":     {"confirmed": true},
		"village_sheet":    {"register_households": 300, "register_population": 1000, "clinics": 1, "labour_persons": 500},
		"f1":               {"members": s.memberRows(), "wage": 3000000, "production": 200000, "production_expense": 100000, "year": 2026},
		"f2":               {"items": []any{map[string]any{"item": "联系电话", "stored": "登记的号码", "changed_to": nil}, map[string]any{"item": "家庭人口", "stored": "4", "changed_to": "5"}}},
		"f4":               {"members": s.memberRows()},
		"f5":               {"marked": "marked", "method": "assisted", "eliminated_on": s.day(0)},
		"f6a":              {"year": 2026, "changes": []any{map[string]any{"household_no": "H-1", "head": s.HeadName, "name": "新生儿", "relation": "之孙", "sex": "女", "birth_date": s.day(-3), "reason": s.Policy.Strings("member_in_reasons")[0], "changed_on": s.day(-1), "evidence": "出生证明"}}},
		"f6b":              {"year": 2026, "changes": []any{map[string]any{"household_no": "H-1", "head": s.HeadName, "name": "老人", "relation": "之父", "reason": s.Policy.Strings("member_out_reasons")[0], "changed_on": s.day(-1), "evidence": "死亡证明"}}},
		"screening_form":   {"groups": []string{"none"}, "wage": 900000 * s.Population, "per_head_estimate": 900000, "medical_expense": nil, "schooling_expense": nil, "line": s.line(), "result": "no_risk", "problem": nil, "action": nil},
		"screening_ledger": {"households": []any{map[string]any{"head": s.HeadName, "population": s.Population, "channel": "screening", "per_head_estimate": 900000, "difficult": false, "result": "no_risk"}}},
		"authorization":    {"valid_until": s.day(180), "told": true},
		"elimination_evaluation": {"identified_on": s.day(-400), "per_head": 900000, "line": s.line(), "risks": []any{map[string]any{"risk": "illness", "outcome": "resolved", "basis": "医疗费用已报销"}},
			"measures_delivered": true, "evaluation": "reached"},
		"elimination_measures": {"measures": []any{map[string]any{"risk": "illness", "kind": s.Policy.Strings("measure_kinds")[0], "measure": "医疗救助", "since": s.day(-100), "amount": 500000, "state": "delivered", "effect": "自付减轻"}}},
		"case_conference": {"attendants": []any{map[string]any{"name": "何组长", "post": "工作组组长"}, map[string]any{"name": "周调查", "post": "调查员"}},
			"problems": []any{map[string]any{"brief": "住房等级与实际不一致", "detail": "系统为C级，实际已改造入住", "conclusion": "rectify", "measure": "更正系统信息", "responsible": "村主任", "due_on": s.day(3)}}},
		"four_nots":            {"responsibility_ok": true, "policy_ok": true, "help_ok": true, "supervision_ok": true},
		"rectification_ledger": {"problems": []any{map[string]any{"subject": s.HeadName, "brief": "水管冻裂", "found_on": s.day(-1), "source": "self", "class": "immediate", "measure": "更换水管", "responsible": "村主任", "due_on": s.day(3), "state": "open"}}},
		"visit_handbook": {"measures": []any{map[string]any{"kind": s.Policy.Strings("measure_kinds")[0], "measure": "公益性岗位", "in_place": true}},
			"visits": []any{map[string]any{"visited_on": s.day(-2), "mode": "home", "visitor": "驻村队员", "finding": "务工稳定"}}, "members": s.memberRows()},
		"personnel": {"people": s.people()},
	}[code]
	if own == nil && !slices.Contains([]string{"annex4", "survey_head", "household_sheet", "f3"}, code) {
		return nil
	}
	for _, of := range []map[string]any{water, s.period(), {"longitude": 104.5, "latitude": 30.5, "accuracy": 8}} {
		maps.Copy(well, of)
	}
	switch code {
	case "household_sheet", "survey_head":
		maps.Copy(well, s.household())
	case "f4":
		maps.Copy(well, s.verification())
	case "f5":
		maps.Copy(well, s.elimination())
	}
	maps.Copy(well, own)
	return well
}

var water = map[string]any{"water_litres": 35, "water_piped": true, "water_shortage_days": 0, "water_report": "none", "water_looks_good": true, "water_ok": true}

// incomeRows are those of the county's list, 6,000 yuan for each member.
func (s Setting) incomeRows() []any {
	n := float64(s.Population)
	return []any{map[string]any{"item": "4-02", "quantity": 10, "income": 500000 * n, "expense": 0}, map[string]any{"item": "1-11", "quantity": 800, "income": 200000 * n, "expense": 100000 * n}}
}

func (s Setting) documents() []any {
	var out []any
	for _, code := range s.Policy.Strings("nine_documents") {
		out = append(out, map[string]any{"document": code, "present": true, "complete": true, "agrees": true})
	}
	return out
}

func (s Setting) memberRows() []any {
	var out []any
	for i := range s.Population {
		out = append(out, map[string]any{"name": s.HeadName + strings.Repeat("一", i), "relation": "户主", "sex": "男", "birth_date": "1980-01-01", "health": "健康", "labour": "普通劳动力",
			"medical": true, "serious_illness": true, "pension": true, "dibao": false, "tekun": false})
	}
	return out
}

// line is the line of income in force, in fen.
func (s Setting) line() int64 {
	line := policy.IncomeLine{Fen: 690000}
	_ = s.Policy.JSON("income_line", &line) // a place may have none
	return line.Fen
}

func (s Setting) people() []any {
	var out []any
	for _, duty := range []string{"leader", "instructor", "surveyor", "guide"} {
		out = append(out, map[string]any{"group": "第一组", "name": "张某", "sex": "女", "unit": "镇政府", "duty": duty, "area": s.VillageName, "phone": "0999-8800123"})
	}
	return out
}

// Documents are the nine of a household, all in order.
func (s Setting) Documents() []any { return s.documents() }

// Members are those of the household in a form.
func (s Setting) Members() []any { return s.memberRows() }

// Surveyors are the people of a group that has nobody else.
func (s Setting) Surveyors() []any { return s.people()[2:3] }
