package forms

import (
	"fmt"
	"slices"
	"time"

	"shouwang/policy"
)

// rules are the checks that policy computes; a form names them.
var rules = map[string]func(answers map[string]any, w World) []Finding{
	"income": incomeRule, "water": waterRule, "nine_documents": documentsRule, "period": periodRule,
}

// ruleFields are the fields that a rule looks at: a form that names the rule must have them.
var ruleFields = map[string][]string{
	"income": {"income", "population", "per_head_claimed", "claim_note"}, "nine_documents": {"documents"}, "period": {"period_from", "period_to", "period_note"},
	"water": {"water_litres", "water_piped", "water_minutes", "water_distance", "water_vertical", "water_shortage_days", "water_report", "water_looks_good", "water_ok"},
}

// IncomeSheet reads the income sheet of a form (S000 annex 6). A row names its category, or an item of the county's list.
func IncomeSheet(answers map[string]any, s policy.Snapshot) policy.IncomeSheet {
	sheet := policy.IncomeSheet{Population: whole(answers, "population")}
	if claimed, ok := answers["per_head_claimed"].(float64); ok {
		fen := int64(claimed)
		sheet.ClaimedPerHead = &fen
	}
	items := map[string]policy.IncomeItem{}
	for _, i := range s.IncomeItems() {
		items[i.Code] = i
	}
	for _, row := range Rows(answers, "income") {
		x := policy.IncomeRow{Category: policy.IncomeCategory(text(row, "category")), Item: text(row, "item"), Income: fen(row, "income"), Expense: fen(row, "expense")}
		if known, ok := items[x.Item]; ok && x.Category == "" {
			x.Category, x.Item = known.Category, known.Title
		}
		sheet.Rows = append(sheet.Rows, x)
	}
	return sheet
}

// incomeRule: S003 #16, and what the farmer claims against what is computed (5.4): one that is explained is still shown.
func incomeRule(answers map[string]any, w World) []Finding {
	result, wrong := policy.ComputeIncome(IncomeSheet(answers, w.Policy), w.Policy)
	claim := Explain
	if ClaimExplained(answers) {
		claim = Warning
	}
	return slices.Concat(incomeFindings(Error, wrong), incomeFindings(claim, result.Findings), incomeFindings(Warning, result.Warnings))
}

// ClaimExplained reports whether a form says why its claimed income is not the computed one.
func ClaimExplained(answers map[string]any) bool { return !Empty(answers["claim_note"]) }

func incomeFindings(severity Severity, faults []policy.Fault) []Finding {
	var out []Finding
	for _, f := range faults {
		out = append(out, Finding{Code: f.Code, Field: IncomeField(f.Field), Severity: severity, Message: f.Message})
	}
	return out
}

// IncomeField is the place in our forms of a place in the sheet.
func IncomeField(field string) string {
	switch field {
	case "population":
		return field
	case "claimed_per_head":
		return "per_head_claimed"
	}
	if len(field) > 4 && field[:4] == "rows" {
		return "income" + field[4:]
	}
	return "income"
}

// periodRule: the period of an income sheet is the policy's, or explained (E-23, S2-028). It counts from the day on which
// the household was asked.
func periodRule(answers map[string]any, w World) []Finding {
	from, err := policy.ParseDate(text(answers, "period_from"))
	to, also := policy.ParseDate(text(answers, "period_to"))
	if err != nil || also != nil || text(answers, "period_note") != "" {
		return nil
	}
	f := policy.PeriodDiffers(from, to, w.asked(answers), w.Policy)
	if f == nil {
		return nil
	}
	return []Finding{{Code: f.Code, Field: f.Field, Severity: Explain, Message: f.Message}}
}

// asked is the day on which a household was asked, as its visit or the form says, or else today.
func (w World) asked(answers map[string]any) policy.Date {
	if !w.Asked.IsZero() {
		return w.Asked
	}
	for _, code := range []string{"visited_on", "surveyed_on", "signed_on"} {
		if day, err := policy.ParseDate(text(answers, code)); err == nil {
			return day
		}
	}
	return policy.DateOf(w.Now)
}

// PeriodFindings are what is to be said about the period of an income sheet by a policy.
func PeriodFindings(answers map[string]any, s policy.Snapshot, now time.Time) []Finding {
	return periodRule(answers, World{Policy: s, Now: now})
}

// waterRule compares the judgement on drinking water with its four tests (S0-018 to S0-021). What is still open, as a
// failed test report beside a good look, is to be cleared up and never a pass (5.5).
func waterRule(answers map[string]any, w World) []Finding {
	litres, known := answers["water_litres"].(float64)
	ok, judged := answers["water_ok"].(bool)
	if !known || !judged {
		return nil
	}
	facts := policy.WaterFacts{LitresPerDay: litres, Piped: answers["water_piped"] == true, Minutes: number(answers, "water_minutes"),
		DistanceM: number(answers, "water_distance"), ShortageDays: whole(answers, "water_shortage_days")}
	if up, said := answers["water_vertical"].(float64); said {
		facts.VerticalM = &up
	}
	if good, said := answers["water_looks_good"].(bool); said {
		facts.LooksGood = &good
	}
	if r := text(answers, "water_report"); r != "none" {
		facts.Report = policy.Report(r)
	}
	found := policy.Water(facts, w.Policy)
	verdict := found[len(found)-1].Verdict
	switch {
	case verdict == policy.VerdictJudge && ok:
		return []Finding{{Code: "water_unclear", Field: "water_ok", Severity: Error, Message: "水质尚不能判定（" + found[3].Reason + "），核清之前饮水安全不能填“是”"}}
	case verdict == policy.VerdictJudge, (verdict == policy.VerdictYes) == ok:
		return nil
	}
	return []Finding{{Code: "water_differs", Field: "water_ok", Severity: Error, Message: "饮水安全的结论与水量、取水、保证率、水质四项不一致"}}
}

// documentsRule: each document of the county's list is checked once (S1-057).
func documentsRule(answers map[string]any, w World) []Finding {
	seen := map[string]int{}
	for _, row := range Rows(answers, "documents") {
		seen[text(row, "document")]++
	}
	var out []Finding
	for _, d := range w.Policy.Items("nine_documents") {
		if n := seen[d.Code]; n != 1 {
			word := "没有核查"
			if n > 1 {
				word = "重复核查"
			}
			out = append(out, Finding{Code: "documents_incomplete", Field: "documents", Severity: Error, Message: fmt.Sprintf("“%s”%s", d.Title, word)})
		}
	}
	return out
}

// Rows are the rows of a table.
func Rows(answers map[string]any, code string) []map[string]any {
	list, _ := answers[code].([]any)
	out := make([]map[string]any, 0, len(list))
	for _, x := range list {
		if row, ok := x.(map[string]any); ok {
			out = append(out, row)
		}
	}
	return out
}

func text(m map[string]any, code string) string    { s, _ := m[code].(string); return s }
func number(m map[string]any, code string) float64 { n, _ := m[code].(float64); return n }
func whole(m map[string]any, code string) int      { return int(number(m, code)) }
func fen(m map[string]any, code string) int64      { return int64(number(m, code)) }
