package policy

import (
	"fmt"
	"slices"
)

// eliminationRules are DQ-36 and DQ-37: what the record of an object says after its risk was eliminated.
var eliminationRules = []DataRule{
	afterwards("eliminated_indicators_empty", "DQ-36", "风险消除后指标未填写", "X 1_11_011", DataError, indicatorsEmpty),
	afterwards("eliminated_below_line", "DQ-36", "风险消除后收入低于监测线", "X 1_02_008", DataError, eliminatedBelowLine),
	afterwards("eliminated_dangerous_house", "DQ-36", "风险消除后仍为危房户", "X 1_02_009", DataError, eliminatedHouse),
	afterwards("eliminated_unsafe_water", "DQ-36", "风险消除后饮水不安全", "X 1_02_009", DataError, eliminatedWater),
	afterwards("eliminated_contact_missing", "DQ-36", "风险消除后无监测联系人", "X 1_11_011", DataError, contactMissing),
	afterwards("eliminated_without_measure", "DQ-36", "消除方式为帮扶消除而无帮扶措施", "X 1_11_009", DataError, eliminatedWithoutMeasure),
	afterwards("eliminated_too_soon", "DQ-36", "识别至消除时间过短", "X 2_11_002", DataDoubt, eliminatedTooSoon),
	afterwards("eliminated_same_month", "DQ-36", "识别当月或次月即消除风险", "X 1_11_004", DataError, eliminatedSameMonth),
	afterwards("eliminated_industry_without_income", "DQ-37", "有产业帮扶而无生产经营性收入", "X 1_02_008", DataDoubt, industryWithoutIncome),
	afterwards("eliminated_dibao_without_transfer", "DQ-37", "享受低保而无转移性收入", "X 1_02_008", DataDoubt, dibaoWithoutTransfer),
	afterwards("eliminated_post_without_wage", "DQ-37", "有公益性岗位而无工资性收入", "X 1_02_008", DataDoubt, postWithoutWage),
}

// afterwards makes a rule about families whose risk was eliminated.
func afterwards(code, group, title, basis, severity string, find func(*Family, DataContext) []DataFault) DataRule {
	return household(code, group, title, basis, severity, func(f *Family, c DataContext) []DataFault {
		if !f.WasEliminated() {
			return nil
		}
		return find(f, c)
	}).needing(wasEliminated)
}

func indicatorsEmpty(f *Family, _ DataContext) []DataFault {
	if f.Episode.Checked {
		return nil
	}
	return fault("已标注风险消除，消除后的“三保障”、饮水和收入指标未填写；请补充", "消除后指标", "未登记")
}

func eliminatedBelowLine(f *Family, c DataContext) []DataFault {
	y := f.Latest()
	if y == nil || !y.recorded() || !c.below(y.PerHead) {
		return nil
	}
	return fault(fmt.Sprintf("已标注风险消除，%d年人均纯收入%s元，低于参考线；请核实，属实的按回退或再次识别办理", y.Year, Yuan(y.PerHead)), "年度", fmt.Sprint(y.Year), "人均纯收入", Yuan(y.PerHead))
}

func eliminatedHouse(f *Family, _ DataContext) []DataFault {
	if !f.House.Unsafe() {
		return nil
	}
	return fault("已标注风险消除，住房仍登记为危房；请核实，属实的按回退办理", f.House.text()...)
}

func eliminatedWater(f *Family, c DataContext) []DataFault {
	if !f.unsafeWater(c) {
		return nil
	}
	return fault("已标注风险消除，饮水安全评价不达标；请核实，属实的按回退办理", "饮水安全", "不达标")
}

func contactMissing(f *Family, _ DataContext) []DataFault {
	if f.Contact != "" {
		return nil
	}
	return fault("已标注风险消除，没有监测联系人；请明确", "监测联系人", "未登记")
}

func eliminatedWithoutMeasure(f *Family, _ DataContext) []DataFault {
	if f.Episode.Method != "assisted" || len(f.Measures) > 0 {
		return nil
	}
	return fault("消除方式为帮扶消除，没有任何帮扶措施；请补录措施或更正消除方式", "消除方式", "帮扶消除", "措施", "0")
}

// soon is how many calendar months lie between identification and elimination; known is false without the first.
func (e Episode) soon() (months int, known bool) {
	months = (e.Eliminated.Year-e.Identified.Year)*12 + int(e.Eliminated.Month) - int(e.Identified.Month)
	return months, !e.Identified.IsZero()
}

// eliminatedTooSoon leaves the same and the next month to eliminatedSameMonth.
func eliminatedTooSoon(f *Family, c DataContext) []DataFault {
	e, least := f.Episode, c.thresholds().eliminated
	if n, known := e.soon(); !known || n <= 1 || !e.Eliminated.Before(e.Identified.AddMonths(least)) {
		return nil
	}
	return fault(fmt.Sprintf("识别至消除不足%s；请复核是否稳定消除", months(least)), "识别", e.Identified.String(), "消除", e.Eliminated.String())
}

func eliminatedSameMonth(f *Family, _ DataContext) []DataFault {
	if n, known := f.Episode.soon(); !known || n > 1 {
		return nil
	}
	return fault("识别当月或次月即标注风险消除；请核实识别和消除时间", "识别", f.Episode.Identified.String(), "消除", f.Episode.Eliminated.String())
}

// without makes the finding of DQ-37 for a family that has something and no income of the category it brings. A year
// without any category was not broken down.
func without(f *Family, has bool, amount func(*IncomeYear) int64, what, category string) []DataFault {
	y := f.Latest()
	if !has || y == nil || amount(y) > 0 || y.Wage == 0 && y.Production == 0 && y.Property == 0 && y.Transfer == 0 {
		return nil
	}
	return fault(fmt.Sprintf("%s，%d年没有%s收入；请核实收入或措施", what, y.Year, category), "年度", fmt.Sprint(y.Year), category+"收入", Yuan(amount(y)))
}

func (f *Family) measured(kind string) bool {
	return slices.ContainsFunc(f.Measures, func(x FamilyMeasure) bool { return x.Kind == kind })
}

func industryWithoutIncome(f *Family, _ DataContext) []DataFault {
	return without(f, f.measured("industry"), func(y *IncomeYear) int64 { return y.Production }, "有产业帮扶措施", "生产经营性")
}

func dibaoWithoutTransfer(f *Family, _ DataContext) []DataFault {
	has := f.LowIncome == ClassDibao || f.any(func(m *Member) bool { return yes(m.Dibao) })
	return without(f, has, func(y *IncomeYear) int64 { return y.Transfer }, "享受低保", "转移性")
}

func postWithoutWage(f *Family, _ DataContext) []DataFault {
	has := f.measured("public_post") || f.any(func(m *Member) bool { return m.PublicPosts > 0 })
	return without(f, has, func(y *IncomeYear) int64 { return y.Wage }, "有公益性岗位", "工资性")
}

// months writes a number of months.
func months(n int) string { return fmt.Sprintf("%d个月", n) }
