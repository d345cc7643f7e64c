package example

import "shouwang/procedure"

// assistance are the answers of a plan that helps a member find work (2.4, 2.4b), and
// of visits (2.5).
func (s Setting) assistance(where string) map[string]any {
	switch where {
	case "assistance_plan.assign_responsible":
		return map[string]any{"responsible_account": s.account(procedure.ResidentMember)}
	case "assistance_plan.replace_responsible":
		return map[string]any{"responsible_account": s.account(procedure.ResidentLeader), "late_reason": nil}
	case "assistance_plan.declare_plan":
		return map[string]any{"goals": "帮助务工就业，收入稳定高于基准线", "has_labour": true, "labour_reason": nil, "handbook": true}
	case "assistance_plan.declare_plan.measures":
		return map[string]any{"risk": "unstable_employment", "kind": "employment", "content": "推荐到县内企业务工，发放交通补助", "dept": "human_resources",
			"amount": 200000, "due": s.day(30), "ends_on": nil}
	case "assistance_plan.adjust":
		return map[string]any{"cause": "lookback"}
	case "assistance_plan.evaluate":
		return map[string]any{"evaluation": "已稳定务工，收入明显增加"}
	case "assistance_plan.evaluate.risks":
		return map[string]any{"risk": "unstable_employment", "result": "resolved", "detail": "已签订劳动合同"}
	case "measure.deliver":
		return map[string]any{"delivered_amount": 200000}
	case "visit_task.record_home":
		return map[string]any{"topic": "了解务工和收入", "longitude": 104.5, "latitude": 30.5, "income": 850000}
	case "visit_task.record_remote":
		return map[string]any{"topic": "了解在外务工情况", "family_away": true, "income": 850000}
	case "visit_task.not_met":
		return map[string]any{"second_try_on": s.day(0)}
	}
	return nil
}
