package policy

import (
	"fmt"
	"slices"
)

// familyRules are DQ-06, DQ-08, DQ-10 to DQ-12: the household as a whole and its income over the years. Those that ask
// about income hold for households in the national system.
var familyRules = []DataRule{
	household("population_mismatch", "DQ-10", "家庭人口与在册成员数不一致", "S001", DataError, populationMismatch),
	household("income_unchanged", "DQ-06", "收入连续年度无变化", "S002 S2-057", DataDoubt, incomeUnchanged).needing(registered),
	household("new_member_income_unchanged", "DQ-08", "新增家庭成员而收入无变化", "S002 S2-058", DataDoubt, newMemberIncome).needing(registered | twoYears),
	household("income_fell", "DQ-11", "人均纯收入同比不增反减", "S003 #6", DataDoubt, incomeFell).needing(registered | twoYears),
	household("below_line_unmonitored", "DQ-12", "脱贫户收入低于监测线而未纳入监测", "X 1_02_006", DataDoubt, belowLineUnmonitored).needing(outOfPoverty),
}

func populationMismatch(f *Family, _ DataContext) []DataFault {
	if f.Population == len(f.Members) {
		return nil
	}
	return fault(fmt.Sprintf("家庭人口登记为%d人，在册成员%d人；请更正人口数，或办理人口增减", f.Population, len(f.Members)),
		"家庭人口", fmt.Sprint(f.Population), "在册成员", fmt.Sprint(len(f.Members)))
}

// same tells whether two years of income agree in every part; years without any income say nothing.
func (y IncomeYear) same(o IncomeYear) bool {
	y.Year, y.PerHead, y.OwnMedical = o.Year, o.PerHead, o.OwnMedical
	return y == o
}

// consecutive gives the last n years, nil unless all are there without a gap.
func (f *Family) consecutive(n int) []IncomeYear {
	if len(f.Years) < n || n < 1 {
		return nil
	}
	last := f.Years[len(f.Years)-n:]
	for i := 1; i < n; i++ {
		if last[i].Year != last[i-1].Year+1 {
			return nil
		}
	}
	return last
}

func incomeUnchanged(f *Family, c DataContext) []DataFault {
	years := f.consecutive(c.thresholds().sameYears)
	if !f.Registered() || years == nil || years[0].PerHead == 0 && years[0].Net() == 0 {
		return nil
	}
	for _, y := range years[1:] {
		if !y.same(years[0]) || y.PerHead != years[0].PerHead {
			return nil
		}
	}
	last := years[len(years)-1]
	return fault(fmt.Sprintf("%d年至%d年收入完全相同（人均%s元）；请重新测算并更新", years[0].Year, last.Year, Yuan(last.PerHead)),
		"年度", fmt.Sprint(last.Year), "人均纯收入", Yuan(last.PerHead))
}

func newMemberIncome(f *Family, c DataContext) []DataFault {
	years := f.consecutive(2)
	if !f.Registered() || years == nil || years[1].Net() == 0 && years[1].PerHead == 0 {
		return nil
	}
	var out []DataFault
	for i := range f.Members {
		m := &f.Members[i]
		joined := !m.Joined.IsZero() && m.Joined.Year == years[1].Year
		if joined && (years[0].PerHead == years[1].PerHead || years[0].Net() == years[1].Net() && years[1].Net() != 0) {
			out = append(out, DataFault{Member: m.ID, Message: fmt.Sprintf("%s：%d年新增为家庭成员，家庭收入与上年相同；请按现有人口重新测算", m.Name, m.Joined.Year),
				Values: values("新增日期", m.Joined.String(), "人均纯收入", Yuan(years[1].PerHead))})
		}
	}
	return out
}

func incomeFell(f *Family, _ DataContext) []DataFault {
	years := f.consecutive(2)
	if !f.Registered() || years == nil || !years[1].recorded() || years[1].PerHead >= years[0].PerHead {
		return nil
	}
	return fault(fmt.Sprintf("%d年人均纯收入%s元，低于上年的%s元；请核实原因，确有困难的按线索上报", years[1].Year, Yuan(years[1].PerHead), Yuan(years[0].PerHead)),
		"本年人均", Yuan(years[1].PerHead), "上年人均", Yuan(years[0].PerHead))
}

// below tells whether an income per head lies below the line; false without a line.
func (c DataContext) below(perHead int64) bool {
	line := c.thresholds().line
	return line != nil && (perHead < line.Fen || line.Inclusive && perHead == line.Fen)
}

func belowLineUnmonitored(f *Family, c DataContext) []DataFault {
	y := f.Latest()
	watched := slices.Contains([]string{"candidate", "monitored", "eliminating", "observing", "stable"}, f.Status)
	if !f.OutOfPoverty || watched || y == nil || !y.recorded() || !c.below(y.PerHead) {
		return nil
	}
	return fault(fmt.Sprintf("脱贫户%d年人均纯收入%s元，低于参考线，未纳入监测；请核实收入，属实的按线索上报", y.Year, Yuan(y.PerHead)),
		"年度", fmt.Sprint(y.Year), "人均纯收入", Yuan(y.PerHead))
}
