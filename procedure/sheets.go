package procedure

import "slices"

// Sheet gives the fields of one of the forms inside the definitions, for the papers that share them: the household sheet
// (S001), the sums and the facts of the village form (S002), what a home verification writes down (F4) and an
// elimination (F5). Each is its version 1; an unknown name gives nothing.
func Sheet(name string) []Field {
	return slices.Clone(map[string][]Field{
		"household_sheet": householdSheet, "village_sums": villageSums, "village_facts": villageFacts,
		"home_verification": verificationForm, "elimination_sheet": eliminationSheet, "after_elimination": afterElimination,
	}[name])
}

// IndicatorFields are the answers of a household form that speak of an indicator: while the rectification of one is open
// they stay as they are (S001: 先整改后填报).
func IndicatorFields(indicator string) []string { return indicatorFields[indicator] }

// IndicatorTitle is what an indicator of a household form is called, "" for none.
func IndicatorTitle(code string) string {
	if i := slices.IndexFunc(indicators, func(o Option) bool { return o.Code == code }); i >= 0 {
		return indicators[i].Title
	}
	return ""
}

var indicatorFields = map[string][]string{
	"members":      {"population", "population_note", "groups", "key_reasons", "labour_persons", "dibao_persons", "tekun_persons", "disabled_persons", "pension_persons"},
	"food_clothes": {"food_ok", "clothes_ok"},
	"education":    {"education_ok", "student_aid_ok", "education_note"},
	"medical":      {"medical_ok", "insurance_paid", "reimbursed", "medical_note", "own_medical"},
	"housing":      {"housing_ok", "housing_note"},
	"water": {"water_litres", "water_piped", "water_minutes", "water_distance", "water_vertical", "water_shortage_days", "water_report",
		"water_looks_good", "water_ok"},
	"income": {"period_from", "period_to", "period_note", "income", "per_head_claimed", "claim_note", "income_stable", "rigid_or_drop", "income_note", "per_head_estimate", "difficult",
		"wage", "production", "property", "transfer", "production_expense", "rigid_expense", "medical_expense", "schooling_expense"},
	"measures": {"measures"},
	"other":    {"electricity_ok", "tv_ok", "category", "risk_state", "risk_note", "documents", "remarks"},
}
