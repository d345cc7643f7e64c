package policy

import (
	"fmt"
	"math"
)

// IncomeCategory is one of the four categories of the income sheet (S000 Annex 6).
type IncomeCategory string

// The four categories; only production deducts its expense (S003 #16).
const (
	Production IncomeCategory = "production"
	Property   IncomeCategory = "property"
	Transfer   IncomeCategory = "transfer"
	Wage       IncomeCategory = "wage"
)

// IncomeCategories lists them in the order of the sheet.
var IncomeCategories = []Item{
	{string(Production), "生产经营性"}, {string(Property), "财产性"}, {string(Transfer), "转移性"}, {string(Wage), "工资性"},
}

// IncomeRow is one row of the sheet; amounts in fen, not negative.
type IncomeRow struct {
	Category IncomeCategory `json:"category"`
	Item     string         `json:"item"`
	Income   int64          `json:"income"`
	Expense  int64          `json:"expense"`
}

// IncomeSheet is what the team wrote down. ClaimedPerHead is the figure the farmer signed, in fen; nil if none is given.
type IncomeSheet struct {
	Rows           []IncomeRow `json:"rows"`
	Population     int         `json:"population"`
	ClaimedPerHead *int64      `json:"claimed_per_head,omitempty"`
}

// CategorySum is the sum of a category as the sheet shows it: net is income less expense.
type CategorySum struct {
	Income  int64 `json:"income"`
	Expense int64 `json:"expense"`
	Net     int64 `json:"net"`
}

// IncomeResult is the computed sheet in fen. Household is the net income of S003 #16: wages, production, property and
// transfers less the expense of production alone. PerHead is rounded to the fen; tests against a line use Household.
type IncomeResult struct {
	Categories map[IncomeCategory]CategorySum `json:"categories"`
	Household  int64                          `json:"household"`
	PerHead    int64                          `json:"per_head"`
	Population int                            `json:"population"`
	Claimed    *int64                         `json:"claimed,omitempty"`
	Findings   []Fault                        `json:"findings,omitempty"` // to be cleared up
	Warnings   []Fault                        `json:"warnings,omitempty"` // to be looked at
}

// largestAmount bounds one amount: a hundred million yuan is a typing error, and sums stay far from overflow.
const largestAmount = 10_000_000_000

// claimTolerance is one yuan: a larger difference between the claimed and the computed figure is a finding (domain 5.4).
const claimTolerance = 100

// ComputeIncome computes the sheet (S000 Annex 6, S003 #16). The faults say why it cannot be computed: no people, an
// amount that is negative or impossible, or an unknown category. An expense outside production is never deducted, and
// is a warning unless the policy income_expense_elsewhere allows it.
func ComputeIncome(sheet IncomeSheet, s Snapshot) (IncomeResult, []Fault) {
	if faults := sheet.check(); len(faults) > 0 {
		return IncomeResult{}, faults
	}
	res := IncomeResult{Categories: map[IncomeCategory]CategorySum{}, Population: sheet.Population, Claimed: sheet.ClaimedPerHead}
	for i, row := range sheet.Rows {
		sum := res.Categories[row.Category]
		sum.Income += row.Income
		sum.Expense += row.Expense
		sum.Net = sum.Income - sum.Expense
		res.Categories[row.Category] = sum
		res.Household += row.Income
		if row.Category == Production {
			res.Household -= row.Expense
		} else if row.Expense > 0 && !s.Bool("income_expense_elsewhere") {
			res.Warnings = append(res.Warnings, Fault{"income_expense", fmt.Sprintf("rows[%d].expense", i), fmt.Sprintf(
				"“%s”填了支出%s元；只有生产经营性收入扣除支出，该支出不扣除", row.Item, Yuan(row.Expense))})
		}
	}
	res.PerHead = PerHead(res.Household, sheet.Population)
	if c := sheet.ClaimedPerHead; c != nil && abs(*c-res.PerHead) > claimTolerance {
		res.Findings = append(res.Findings, Fault{"income_differs", "claimed_per_head", fmt.Sprintf(
			"申报人均%s元，测算人均%s元，相差%s元", Yuan(*c), Yuan(res.PerHead), Yuan(abs(*c-res.PerHead)))})
	}
	return res, nil
}

func (sheet IncomeSheet) check() []Fault {
	var out []Fault
	if sheet.Population < 1 || sheet.Population > 100 {
		out = append(out, Fault{"income_population", "population", "家庭人口应在1至100人之间"})
	}
	for i, row := range sheet.Rows {
		place := fmt.Sprintf("rows[%d]", i)
		switch row.Category {
		case Production, Property, Transfer, Wage:
		default:
			out = append(out, Fault{"income_category", place, fmt.Sprintf("不认识的收入类别“%s”", Shown(string(row.Category)))})
		}
		if row.Income < 0 || row.Expense < 0 || row.Income > largestAmount || row.Expense > largestAmount {
			out = append(out, Fault{"income_amount", place, fmt.Sprintf("“%s”的金额应在0至%s元之间", row.Item, Yuan(largestAmount))})
		}
	}
	if c := sheet.ClaimedPerHead; c != nil && (*c < -largestAmount || *c > largestAmount) {
		out = append(out, Fault{"income_amount", "claimed_per_head", "申报人均收入不合情理"})
	}
	return out
}

// PerHead is the net income of a household for each of its people, in fen, rounded half away from zero.
func PerHead(household int64, people int) int64 {
	if household < 0 {
		return -PerHead(-household, people)
	}
	return (household + int64(people)/2) / int64(people)
}

// BelowLine tells whether the household's income per head lies below the line: strictly, or on it as well where the
// line is inclusive. It compares without dividing, so no rounding decides.
func (r IncomeResult) BelowLine(line IncomeLine) bool {
	limit := line.Fen * int64(r.Population)
	return r.Household < limit || (line.Inclusive && r.Household == limit)
}

// Below is BelowLine as a finding, with all that was counted.
func (r IncomeResult) Below(line IncomeLine) Finding {
	word := "低于"
	if line.Inclusive {
		word = "不高于"
	}
	out := finding("below_line", "人均收入低于监测线", verdict(r.BelowLine(line)), "S003 #16",
		fmt.Sprintf("家庭纯收入%s元，人口%d人，人均%s元；监测线%s元，%s即为是", Yuan(r.Household), r.Population, Yuan(r.PerHead), Yuan(line.Fen), word),
		val("家庭纯收入", "%s元", Yuan(r.Household)), val("家庭人口", "%d人", r.Population), val("人均纯收入", "%s元", Yuan(r.PerHead)),
		val("监测线", "%s元", Yuan(line.Fen)))
	for _, c := range IncomeCategories {
		sum := r.Categories[IncomeCategory(c.Code)]
		out.Values = append(out.Values, val(c.Title, "收入%s元，支出%s元", Yuan(sum.Income), Yuan(sum.Expense)))
	}
	if r.Claimed != nil {
		out.Values = append(out.Values, val("申报人均", "%s元", Yuan(*r.Claimed)))
	}
	return out
}

// ClaimDiffers is the claimed figure against the computed one, as a finding (5.4).
func (r IncomeResult) ClaimDiffers() Finding {
	var claimed int64
	if r.Claimed != nil {
		claimed = *r.Claimed
	}
	differs := r.Claimed != nil && abs(claimed-r.PerHead) > claimTolerance
	return finding("claim_differs", "申报人均纯收入与测算不一致", verdict(differs), "S000 S003 #16",
		fmt.Sprintf("申报人均%s元，测算人均%s元，相差%s元；相差超过1元即为是", Yuan(claimed), Yuan(r.PerHead), Yuan(abs(claimed-r.PerHead))),
		val("申报人均", "%s元", Yuan(claimed)), val("测算人均", "%s元", Yuan(r.PerHead)))
}

// SuddenFacts is what makes a hardship sudden, in fen: rigid expenses of the period, and household income a year before.
type SuddenFacts struct {
	RigidExpense int64  `json:"rigid_expense"`
	IncomeBefore *int64 `json:"income_before,omitempty"`
}

// Sudden tests for 突发严重困难 (E-27): income at or above the line, and a large rigid expense or a large drop in income.
// How large is not in the law: without the policy numbers people have to judge.
func (r IncomeResult) Sudden(f SuddenFacts, line IncomeLine, s Snapshot) Finding {
	rigid, drop := VerdictJudge, VerdictJudge
	if s.Has("sudden_rigid_fen") {
		rigid = verdict(f.RigidExpense >= int64(s.Int("sudden_rigid_fen")))
	}
	if s.Has("sudden_income_drop") && f.IncomeBefore != nil {
		share := int64(math.Round(s.Number("sudden_income_drop") * 10000)) // to the hundredth of a percent
		drop = verdict(*f.IncomeBefore > 0 && (*f.IncomeBefore-r.Household)*10000 >= share**f.IncomeBefore)
	}
	values := []Value{val("人均纯收入", "%s元", Yuan(r.PerHead)), val("参考线", "%s元", Yuan(line.Fen)), val("刚性支出", "%s元", Yuan(f.RigidExpense)),
		{"大额刚性支出标准", "未设定"}, {"上期家庭纯收入", "未知"}, {"大幅缩减比例", "未设定"}}
	if s.Has("sudden_rigid_fen") {
		values[3].Text = Yuan(int64(s.Int("sudden_rigid_fen"))) + "元"
	}
	if f.IncomeBefore != nil {
		values[4].Text = Yuan(*f.IncomeBefore) + "元"
	}
	if s.Has("sudden_income_drop") {
		values[5].Text = fmt.Sprintf("%g%%", s.Number("sudden_income_drop")*100)
	}
	return finding("sudden", "突发严重困难", all(verdict(!r.BelowLine(line)), anyOf(rigid, drop)), "E-27",
		fmt.Sprintf("人均%s元，参考线%s元，刚性支出%s元", Yuan(r.PerHead), Yuan(line.Fen), Yuan(f.RigidExpense)), values...)
}

// PeriodDiffers compares the period of an income sheet that was asked for on a day with the one that the policy sets (E-23,
// S2-028); nil when they agree.
func PeriodDiffers(from, to, anchor Date, s Snapshot) *Fault {
	first, last := IncomePeriod(anchor, s)
	if from == first && to == last {
		return nil
	}
	return &Fault{Code: "period_differs", Field: "period_from", Message: fmt.Sprintf("收入周期%s至%s与政策规定的%s至%s不一致，请更正或说明", from, to, first, last)}
}

// IncomePeriod gives the first and the last day of the twelve months an income sheet covers (E-23): the twelve whole
// months before the month of the anchor, the last complete fixed cycle, or the last calendar year.
func IncomePeriod(anchor Date, s Snapshot) (from, to Date) {
	switch s.Text("income_period_rule") {
	case "calendar_year":
		from = NewDate(anchor.Year-1, 1, 1)
	case "fixed_cycle":
		start, _ := parseMonthDay(s.Text("income_cycle_start"))
		from = NewDate(anchor.Year-1, start.Month, start.Day)
		if anchor.Before(NewDate(anchor.Year, start.Month, start.Day)) {
			from = NewDate(anchor.Year-2, start.Month, start.Day)
		}
	default:
		from = NewDate(anchor.Year-1, anchor.Month, 1)
	}
	return from, NewDate(from.Year+1, from.Month, from.Day).AddDays(-1)
}
