package policy

import (
	"shouwang/internal/exprs"
)

// countyFact is one name that a county's rule may use. Value answers with nil where nobody has recorded it.
type countyFact struct {
	name, help string
	kind       exprs.Type
	value      func(*countyView) any
}

// countyView is a family on a day, under a policy.
type countyView struct {
	f      *Family
	today  Date
	policy Snapshot
	// guarantees are water and the three others, by their code; only where a rule names one.
	guarantees map[string]Verdict
}

// memberCells are what a rule may ask of each of 成员.
var memberCells = exprs.Env{
	"年龄": exprs.Whole, "性别": exprs.Text, "关系": exprs.Text, "健康": exprs.Text, "残疾": exprs.Text, "劳动力": exprs.Text, "在校": exprs.Text, "文化程度": exprs.Text,
	"大病": exprs.YesNo, "重残": exprs.YesNo, "务工": exprs.YesNo, "低保": exprs.YesNo,
}

// countyFacts are all names, in the order in which the editor lists them. Amounts are in yuan.
var countyFacts = []countyFact{
	{"人均收入", "元，最近一年", exprs.Number, func(v *countyView) any {
		return v.yuan(0, func(y IncomeYear) int64 { return y.perHead(len(v.f.Members)) })
	}},
	{"上年人均收入", "元，再前一年", exprs.Number, func(v *countyView) any {
		return v.yuan(1, func(y IncomeYear) int64 { return y.perHead(len(v.f.Members)) })
	}},
	{"家庭纯收入", "元", exprs.Number, func(v *countyView) any { return v.yuan(0, IncomeYear.Net) }},
	{"工资性收入", "元", exprs.Number, func(v *countyView) any { return v.yuan(0, func(y IncomeYear) int64 { return y.Wage }) }},
	{"转移性收入", "元", exprs.Number, func(v *countyView) any { return v.yuan(0, func(y IncomeYear) int64 { return y.Transfer }) }},
	{"自付医疗", "元", exprs.Number, func(v *countyView) any { return v.yuan(0, func(y IncomeYear) int64 { return y.OwnMedical }) }},
	{"大额支出", "元，部门一年内推送的合计", exprs.Number, func(v *countyView) any { return float64(v.f.toldSpending(v.today)) / 100 }},
	{"监测线", "元", exprs.Number, (*countyView).line},
	{"家庭人口", "人", exprs.Whole, func(v *countyView) any { return len(v.f.Members) }},
	{"劳动力", "人", exprs.Whole, (*countyView).labour},
	{"在校生", "人", exprs.Whole, v((*Member).InSchool)},
	{"大病", "人", exprs.Whole, v((*Member).SeriouslyIll)},
	{"患病", "人，含慢性病", exprs.Whole, v((*Member).Ill)},
	{"残疾", "人", exprs.Whole, v((*Member).Disabled)},
	{"重残", "人", exprs.Whole, v((*Member).SeverelyDisabled)},
	{"低保", "人", exprs.Whole, v(func(m *Member) bool { return m.Dibao != nil && *m.Dibao })},
	{"特困", "人", exprs.Whole, v(func(m *Member) bool { return m.Tekun != nil && *m.Tekun })},
	{"务工", "人", exprs.Whole, func(c *countyView) any { return c.count(func(m *Member) bool { return m.Working(c.today) }) }},
	{"稳定务工", "人，一年内县外务工满规定月数", exprs.Whole, func(c *countyView) any {
		return c.count(func(m *Member) bool { return m.SteadyWork(c.today, c.policy) })
	}},
	{"老人", "人，60周岁以上", exprs.Whole, func(c *countyView) any { return c.count(func(m *Member) bool { return m.between(60, 200, c.today) }) }},
	{"儿童", "人，16周岁以下", exprs.Whole, func(c *countyView) any { return c.count(func(m *Member) bool { return m.between(0, 15, c.today) }) }},
	{"户类型", "脱贫户、一般农户", exprs.Text, func(v *countyView) any {
		return map[bool]string{true: "脱贫户", false: "一般农户"}[v.f.OutOfPoverty]
	}},
	{"监测状态", "未纳入、监测中、已消除", exprs.Text, func(v *countyView) any { return watchTitles[v.f.Status] }},
	{"风险类型", "如 \"因病\" in 风险类型", exprs.Texts, (*countyView).risks},
	{"住房等级", "A、B、C、D", exprs.Text, func(v *countyView) any { return told(v.f.House.Grade) }},
	{"赡养人", "无、有，但无能力、有能力", exprs.Text, func(v *countyView) any {
		if v.f.Supporter == "" {
			return nil
		}
		return supporterTitles[v.f.Supporter]
	}},
	{"低收入类别", "低保户、分散供养特困、低保边缘家庭、其他低收入家庭、否", exprs.Text, func(v *countyView) any {
		low, high := v.f.lowIncome()
		if low != high {
			return nil
		}
		return (&MustAdmitFacts{LowIncomeClass: low}).lowIncomeText()
	}},
	{"饮水达标", "是或否", exprs.YesNo, func(v *countyView) any { return v.assured(ScreenWater) }},
	{"义务教育达标", "是或否", exprs.YesNo, func(v *countyView) any { return v.assured(ScreenEducation) }},
	{"医保达标", "是或否", exprs.YesNo, func(v *countyView) any { return v.assured(ScreenMedical) }},
	{"住房达标", "是或否", exprs.YesNo, func(v *countyView) any { return v.assured(ScreenHousing) }},
	{"无力解决", "是或否，人工判断", exprs.YesNo, func(v *countyView) any { return deref(v.f.CannotSolveAlone) }},
	{"整户外出", "是或否", exprs.YesNo, func(v *countyView) any { return deref(v.f.WholeAway) }},
	{"失联", "是或否", exprs.YesNo, func(v *countyView) any { return deref(v.f.LostContact) }},
	{"搬迁户", "是或否", exprs.YesNo, func(v *countyView) any { return deref(v.f.House.Relocated) }},
	{"耕地", "亩", exprs.Number, func(v *countyView) any { return deref(v.f.Land.Arable) }},
	{"住房面积", "平方米", exprs.Number, func(v *countyView) any { return deref(v.f.House.Area) }},
	{"成员", "逐人：年龄、性别、关系、健康、残疾、劳动力、在校、文化程度、大病、重残、务工、低保", exprs.Rows(memberCells), (*countyView).members},
}

var watchTitles = map[string]string{"none": "未纳入", "candidate": "拟纳入", "monitored": "监测中", "eliminating": "监测中", "observing": "已消除", "stable": "已消除", "revoked": "未纳入", "household_cancelled": "已注销"}

// v counts the members of whom something is true.
func v(is func(*Member) bool) func(*countyView) any {
	return func(c *countyView) any { return c.count(is) }
}

func (v *countyView) count(is func(*Member) bool) int {
	n := 0
	for i := range v.f.Members {
		m := &v.f.Members[i]
		if is(m) {
			n++
		}
	}
	return n
}

func (y IncomeYear) perHead(people int) int64 {
	if y.PerHead != 0 || people == 0 {
		return y.PerHead
	}
	return PerHead(y.Net(), people)
}

// yuan reads the income of the last year but back years, if it is recent enough to say something about today.
func (v *countyView) yuan(back int, read func(IncomeYear) int64) any {
	i := len(v.f.Years) - 1 - back
	if i < 0 || v.f.Years[i].Year < v.today.Year-1-back {
		return nil
	}
	return float64(read(v.f.Years[i])) / 100
}

func (v *countyView) line() any {
	var line IncomeLine
	if v.policy.JSON("income_line", &line) != nil {
		return nil
	}
	return float64(line.Fen) / 100
}

// labour counts who can work; it is unknown as long as one member's ability is.
func (v *countyView) labour() any {
	n := 0
	for i := range v.f.Members {
		m := &v.f.Members[i]
		can, known := CanWork(m.Labour)
		if !known {
			return nil
		}
		if can {
			n++
		}
	}
	return n
}

func (v *countyView) risks() any {
	if v.f.Episode == nil {
		return []string{}
	}
	out := make([]string, len(v.f.Episode.RiskTypes))
	for i, code := range v.f.Episode.RiskTypes {
		out[i] = v.policy.Title("risk_type_set", code)
	}
	return out
}

func (v *countyView) assured(code string) any {
	switch v.guarantees[code] {
	case VerdictYes:
		return true
	case VerdictNo:
		return false
	}
	return nil
}

func (v *countyView) members() any {
	out := make([]map[string]any, len(v.f.Members))
	for i, m := range v.f.Members {
		out[i] = map[string]any{"性别": m.Sex, "关系": m.Relation, "健康": m.Health, "残疾": m.Disability, "劳动力": m.Labour, "在校": m.School, "文化程度": m.Education,
			"大病": m.SeriouslyIll(), "重残": m.SeverelyDisabled(), "务工": m.Working(v.today), "低保": m.Dibao != nil && *m.Dibao}
		if age, known := m.Age(v.today); known {
			out[i]["年龄"] = age
		}
	}
	return out
}

func told(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
