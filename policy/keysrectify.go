package policy

import "encoding/json"

// rectifyKeys steer the rectification of problems (2.8). A class without a limit of
// its own takes the one its assignment names; a programme's cut-off binds both.
var rectifyKeys = []Key{
	{Code: "rectify_due", Title: "各类问题整改期限", Kind: KindObject, Unit: "天", Basis: "S000, S001, S003", Check: object(checkRectifyDue)},
	sameDay("problem_register_days", "问题登记入台账", "S001"),
	sameDay("problem_assign_days", "问题研判交办", "S001"),
	budget("rectify_start_days", "接办问题", "1", "D", ""),
	budget("rectify_decide_days", "上报问题的审定交办", "2", "D", ""),
	budget("rectify_verify_days", "销号核验", "3", "D", ""),
	count("rectify_max_extensions", "整改延期次数上限", "次", "2", "D", 0, 10),
	count("rectify_lookback_months", "销号后回头看的间隔（方案无巩固阶段时）", "月", "3", "D", 1, 24),
	budget("rectify_lookback_days", "整改回头看办结（方案无巩固阶段时）", "30", "D", ""),
	count("rectify_check_months", "常态长期问题的检查间隔", "月", "6", "D", 1, 12),
	count("rectify_yearly_months", "常态长期问题年度检查的最长间隔", "月", "12", "2.8", 1, 24),
	count("rectify_rebound_percent", "反弹问题的整改期限占原期限的百分比", "%", "50", "D", 1, 99),
	codeSet("problem_type_set", "问题类型", "S000", []Item{{"duty", "责任落实"}, {"policy", "政策落实"}, {"work", "工作落实"}, {"result", "巩固成果"}}),
	codeSet("problem_nature_set", "问题性质", "S000", problemNatures),
	codeSet("problem_source_set", "问题来源类别", "S003, S000", []Item{
		{"central_report", "中办、国办《通报》指出问题"}, {"central_province", "中央农村工作领导小组文件反馈和省级层面发现问题"},
		{"city", "市级督查、考核等发现问题"}, {"county", "县级督查、考核等发现问题"}, {"self", "自查发现问题"}}),
	codeSet("problem_channel_set", "问题发现渠道", "S004", []Item{{"inspection", "巡视"}, {"audit", "审计"}, {"petition", "信访"},
		{"assessment", "考核"}, {"acceptance", "验收"}, {"research", "调研"}, {"screening", "排查"}}),
	codeSet("problem_department_set", "问题责任部门", "D", Departments),
}

// problemNatures are the nineteen of the problem list (S000, annex 3).
var problemNatures = []Item{
	{"food", "愁吃"}, {"clothing", "愁穿"}, {"housing", "住房安全问题"}, {"dropout", "义务教育儿童失辍学"}, {"student_aid", "教育资助"},
	{"medical", "医疗保障"}, {"income", "农户家庭收支"}, {"water", "饮水安全"}, {"identification", "监测对象识别"}, {"assistance", "监测对象帮扶"},
	{"elimination", "监测对象风险消除"}, {"relocation", "易地扶贫搬迁后续扶持"}, {"main_duty", "党委政府主体责任"},
	{"group_duty", "党委农村工作领导小组责任"}, {"dept_risk", "行业部门风险信息推送"}, {"dept_compare", "行业部门信息比对"},
	{"dept_help", "行业部门帮扶"}, {"team_duty", "驻村工作组责任"}, {"contact_duty", "监测户联系人责任"},
}

// sameDay is a limit that ends, unless a place gives more days, with the day it starts.
func sameDay(code, title, basis string) Key {
	return Key{Code: code, Title: title, Kind: KindDays, Unit: "天", Basis: basis, Default: json.RawMessage("0"), Check: days(0)}
}

// RectifyDays is the limit of a class of problems, if the place has set one.
func (s Snapshot) RectifyDays(class string) (Budget, bool) {
	var due map[string]json.RawMessage
	if s.JSON("rectify_due", &due) != nil || due[class] == nil {
		return Budget{}, false
	}
	b, err := parseBudget(due[class])
	return b, err == nil
}
