package example

// risksGone says that the risk of the example is resolved.
func risksGone() []any {
	return []any{map[string]any{"risk": "unstable_employment", "outcome": "resolved", "basis": "已稳定务工"}}
}

// nomination is that of a household whose risk has gone.
func (s Setting) nomination() map[string]any {
	return map[string]any{
		"meeting_on": s.day(0), "method": "natural", "exclusions": []string{}, "per_head": 900000, "above_since": s.day(-200), "secured_since": s.day(-200),
		"education_ok": true, "medical_ok": true, "housing_ok": true, "house_repaired": true, "water_ok": true, "risks": risksGone(), "measures_delivered": true, "no_labour": false,
	}
}

// elimination is F5 of the same household.
func (s Setting) elimination() map[string]any {
	return map[string]any{
		"population":       s.Population,
		"income":           []any{map[string]any{"item": "务工工资", "category": "wage", "income": 900000 * s.Population, "expense": 0}},
		"per_head_claimed": 900000, "claim_note": nil, "own_medical": 30000, "education_ok": true, "medical_ok": true, "housing_ok": true, "water_ok": true, "risks": risksGone(),
		"measures":   []any{map[string]any{"measure": "公益性岗位", "state": "delivered", "effect": "每月有固定收入"}},
		"evaluation": "reached",
	}
}

// marking are the indicators after its elimination.
func (s Setting) marking() map[string]any {
	return map[string]any{
		"unit": "云岭镇人民政府", "method": "natural", "eliminated_on": s.day(0),
		"dropout": false, "house_damaged": false, "uninsured": false, "water_damaged": false,
		"wage": 900000 * s.Population, "household_net": 900000 * s.Population, "per_head": 900000,
	}
}
