package example

import "strings"

// members answers the forms of member changes, data issues, medical re-assistance and
// of the regime before 2021.
func (s Setting) members(where string) map[string]any {
	proc, event, _ := strings.Cut(where, ".")
	switch proc {
	case "member_change":
		return s.memberChange(event)
	case "data_issue":
		return s.dataIssue(event)
	case "medical_reassistance":
		return s.medical(event)
	case "poverty_exit":
		return s.povertyExit(event)
	}
	return nil
}

// memberChange reports that the youngest member has left.
func (s Setting) memberChange(event string) map[string]any {
	if (event != "open" && event != "resubmit") || len(s.People) == 0 {
		return nil
	}
	return map[string]any{"kind": "decrease", "out_reason": "marriage", "new_head": "",
		"leaving": []any{map[string]any{"person_id": s.People[len(s.People)-1], "new_relation": ""}}}
}

// dataIssue is about a population that is one too many.
func (s Setting) dataIssue(event string) map[string]any {
	switch event {
	case "open":
		return map[string]any{"rule": "population_mismatch", "person_id": ""}
	case "assign":
		return map[string]any{"cause": "content"}
	case "correct":
		return map[string]any{"corrections": []any{map[string]any{"item": "population", "person_id": "", "old": "5", "new": "4"}}}
	}
	return nil
}

func (s Setting) medical(event string) map[string]any {
	if event != "open" || len(s.People) == 0 {
		return nil
	}
	return map[string]any{"year": 2025, "person_id": s.People[0], "total_cost": 5000000, "basic_paid": 3000000, "serious_paid": 500000, "aid_paid": 300000}
}

func (s Setting) povertyExit(event string) map[string]any {
	switch event {
	case "open":
		return map[string]any{"year": 2025}
	case "survey":
		return map[string]any{"cycle_from": "2024-10-01", "cycle_to": "2025-09-30", "income_per_head": 600000, "income_stable": true, "food_clothes": true,
			"tap_water": true, "house_safe": true, "moved_in": true, "no_dropout": true, "students_supported": true, "all_insured": true,
			"all_doctor_signed": true, "all_pensioned": true}
	case "dept_fail":
		return map[string]any{"item": "water_affairs"}
	}
	return nil
}
