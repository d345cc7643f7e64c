package example

import "shouwang/procedure"

// account is an account of the village that holds a role, "somebody" where the
// setting knows none.
func (s Setting) account(r procedure.Role) string {
	if s.Account == nil {
		return "somebody"
	}
	return s.Account(r)
}

// rectification are the answers of 2.8: a long-term problem of a household, given to
// a village cadre and verified by the leader linked with the village.
func (s Setting) rectification(where string) map[string]any {
	switch where {
	case "rectification.open":
		return map[string]any{"brief": "饮水管道破损，供水不稳", "description": "入户发现管道破损，冬季多次停水", "programme_no": nil, "asked_by": nil, "dept": nil, "self_found": true}
	case "rectification.register":
		return map[string]any{"problem_type": "work", "nature": "water", "source_class": "self", "persons": "户主及管水员", "facts": "十一月停水三次，管水员未及时检修"}
	case "rectification.merge":
		other := "ZG20260101-00000000"
		if s.Twin != nil {
			other = s.Twin("rectification")
		}
		return map[string]any{"duplicate_of": other}
	case "rectification.assign":
		return map[string]any{"class": procedure.RectifyLongTerm, "measure": "更换破损管道，落实管护人员", "due_date": s.day(20),
			"responsible": s.account(procedure.VillageCadre), "verifier": s.account(procedure.LinkedLeader)}
	case "rectification.decide":
		return map[string]any{"decision": "由镇供水专班牵头整改", "responsible": s.account(procedure.ResidentMember), "new_due": s.day(25)}
	case "rectification.extend":
		return map[string]any{"new_due": s.day(60)}
	case "rectification.verify_return":
		return map[string]any{"new_due": s.day(10)}
	case "rectification.to_long_term":
		return map[string]any{"upkeep": "每季度检修一次，管护人员上墙公示", "yearly_check": s.day(300)}
	}
	return nil
}
