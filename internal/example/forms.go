// Package example fills in the forms of the procedures as a careful office
// would. Tests and the demonstration share it, so that a changed form is mended
// in one place. All persons and places are invented.
package example

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"shouwang/policy"
	"shouwang/procedure"
)

// Setting is what the answers refer to.
type Setting struct {
	Now time.Time
	// Asked is when the household was asked, Now if it is zero.
	Asked time.Time
	// Village is a 12-digit code; the other names are as the notice shows them.
	Village, VillageName, Group, HeadName string
	Population                            int
	// People are the ids of the household's members.
	People []string
	// File returns the id of an attachment of the case for a field, making it
	// when there is none.
	File func(field string) string
	// Policy gives the options of the fields that name a code set.
	Policy policy.Snapshot
	// Account, if there is one, gives the id of an account that holds a role for the case,
	// and Twin the number of another open case of a procedure.
	Account func(role procedure.Role) string
	Twin    func(name string) string
}

// Opening is a complete, valid form with which a case of a procedure may be
// opened by hand, as decoded JSON.
func Opening(d *procedure.Definition, s Setting) map[string]any {
	return s.form(d.Name+".open", d.Opening.Form)
}

// Form is a complete, valid form for an event, as decoded JSON: every field that
// applies is filled in.
func Form(d *procedure.Definition, event string, s Setting) map[string]any {
	e, ok := d.Event(event)
	if !ok {
		panic("example: no event " + d.Name + "." + event)
	}
	return s.form(d.Name+"."+event, e.Form)
}

func (s Setting) form(where string, fields []procedure.Field) map[string]any {
	out := map[string]any{}
	for _, f := range fields {
		if s.applies(f, out) {
			out[f.Code] = s.answer(where, f)
		}
	}
	return decoded(out)
}

// decoded gives the form the shape it has after a journey as JSON.
func decoded(form map[string]any) map[string]any {
	raw, err := json.Marshal(form)
	if err != nil {
		panic(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(err)
	}
	return out
}

func (s Setting) applies(f procedure.Field, form map[string]any) bool {
	if f.When == nil {
		return true
	}
	switch v := form[f.When.Field].(type) {
	case []string:
		return slices.ContainsFunc(v, func(x string) bool { return slices.Contains(f.When.In, x) })
	default:
		return slices.Contains(f.When.In, fmt.Sprint(v))
	}
}

// answer is the special answer to a field, or a plain one of its kind.
func (s Setting) answer(where string, f procedure.Field) any {
	if v, ok := s.special(where)[f.Code]; ok {
		return v
	}
	switch f.Kind {
	case procedure.Date:
		return s.day(0)
	case procedure.DateTime:
		return s.Now.In(policy.Shanghai).Format(time.RFC3339)
	case procedure.Integer, procedure.Money, procedure.Number:
		if f.Min != nil {
			return *f.Min
		}
		return 0
	case procedure.Yes:
		return f.Must
	case procedure.Choice:
		return s.options(f)[0]
	case procedure.Choices:
		return s.options(f)[:1]
	case procedure.Files:
		return []string{s.File(f.Code)}
	case procedure.Rows:
		row := map[string]any{}
		for _, c := range f.Columns {
			row[c.Code] = s.answer(where+"."+f.Code, c)
		}
		return []any{row}
	}
	if t, ok := texts[f.Code]; ok {
		return t
	}
	return "已办理"
}

func (s Setting) options(f procedure.Field) []string {
	if f.OptionsFrom != "" {
		return []string{s.account(procedure.ResidentMember)}
	}
	if f.OptionsKey != "" {
		return s.Policy.Strings(f.OptionsKey)
	}
	out := make([]string, len(f.Options))
	for i, o := range f.Options {
		out[i] = o.Code
	}
	return out
}

// day is the date some days from now, "2006-01-02".
func (s Setting) day(n int) string { return policy.DateOf(s.Now).AddDays(n).String() }

// texts are the words for fields of free text, wherever they occur.
var texts = map[string]string{
	"reason": "材料与入户情况不一致，请核对后重新报送", "opinion": "经审核，材料齐全，符合条件",
	"content": "主要劳动力务工不稳，家中有在校学生，收入明显减少", "note": "已登记", "difficulty": "务工收入中断，学费和生活开支较大",
	"findings": "入户查看住房、饮水，核对家庭成员和收入，情况属实", "minutes": "逐户介绍情况，代表发表意见后表决",
	"explanation": "已当面说明认定标准和结论", "finding": "核查组入户并走访邻居，结论已书面记录", "facts": "反映该户在县城有住房",
	"respondent": "户主", "chair": "村党组织书记", "place": "村务公开栏", "phone": "0999-8800123", "unit": "上坪村村民委员会",
	"proposal": "拟纳入防止返贫监测对象", "national_no": "FPJC-2026-000123", "question": "户主外出务工收入是否全部计入",
	"cause": "公示栏被大雨损坏", "change": "家庭人口数更正", "request": "对核查结论不服，请求上级复核", "proof": "部门复查发现申报时隐瞒财产",
	"rectification_no": "ZG-2026-007", "sample_record": "抽查入户，与采集表一致", "detail": "登记有车辆一辆", "helper": "热心邻居",
}

// special are answers that depend on the event or on the setting.
func (s Setting) special(where string) map[string]any {
	if strings.HasPrefix(where, "rectification.") {
		return s.rectification(where)
	}
	if v := s.sheets(where); v != nil {
		return v
	}
	if v := s.assistance(where); v != nil {
		return v
	}
	if v := s.campaign(where); v != nil {
		return v
	}
	if v := s.members(where); v != nil {
		return v
	}
	switch where {
	case "risk_clue.dispatch", "risk_clue.redispatch":
		return map[string]any{"target_village": s.Village}
	case "identification.sign_authorization":
		persons := make([]any, len(s.People))
		for i, p := range s.People {
			persons[i] = map[string]any{"person_id": p}
		}
		return map[string]any{"persons": persons, "valid_until": s.day(180), "items": s.Policy.Strings("comparison_items")}
	case "identification.submit_verification":
		return s.verification()
	case "identification.review_pass", "identification.review_doubt", "identification.review_reject", "risk_elimination.review_pass", "risk_elimination.review_reject":
		return map[string]any{"eligible": 30, "present": 24, "agree": 20, "against": 2, "abstain": 2, "place": "村委会会议室"}
	case "identification.township_pass", "risk_elimination.township_pass":
		return map[string]any{"sampled": true}
	case "identification.cancel_approved":
		return map[string]any{"household_heard": true}
	case "identification.county_pass":
		return map[string]any{"category": "unstable", "risk_types": []string{"unstable_employment"}}
	case "identification.township_supplement", "identification.township_supplement.missing", "identification.supplement_done.answers":
		return map[string]any{"item": "务工收入证明"}
	case "identification.announce":
		return map[string]any{"unit": "云岭镇人民政府"}
	case "risk_elimination.open":
		return s.nomination()
	case "risk_elimination.submit_verification":
		return s.elimination()
	case "risk_elimination.county_pass":
		return map[string]any{"compared": true}
	case "risk_elimination.mark":
		return s.marking()
	case "lookback_window.report_stable", "lookback_window.report_unstable":
		return map[string]any{"per_head": 900000}
	case "village_notice.submit_draft":
		return map[string]any{"village": s.VillageName, "group": s.Group, "head_name": s.HeadName, "population": s.Population, "category": "unstable", "unit": s.VillageName + "村民委员会"}
	case "dept_comparison.answer_hit":
		return map[string]any{"item": "vehicle", "person_id": s.People[0]}
	case "dept_comparison.settle":
		return map[string]any{"opinion": "车辆已报废未注销，说明成立"}
	}
	return nil
}

// verification is F4 of a household whose claimed income agrees with its sheet.
func (s Setting) verification() map[string]any {
	people := float64(s.Population)
	out := s.period()
	maps.Copy(out, map[string]any{
		"category": "marginal", "population": s.Population, "risk_types": []string{"unstable_employment", "other"}, "risk_note": "务工收入中断",
		"income": []any{
			map[string]any{"item": "务工工资", "category": "wage", "income": 500000 * people, "expense": 0},
			map[string]any{"item": "种植玉米", "category": "production", "income": 200000 * people, "expense": 100000 * people},
		},
		"per_head_claimed": 600000, "own_medical": 120000, "education_ok": true, "medical_ok": true, "housing_ok": true, "water_ok": true,
		"must_admit": []string{}, "longitude": 104.5, "latitude": 30.5,
	})
	return out
}
