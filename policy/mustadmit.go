package policy

import "strings"

// Codes of the five must-admit situations of S003 #3.
const (
	MustAdmitDibao    = "M1" // whole household on 低保, with serious illness or a pupil
	MustAdmitHouse    = "M2" // house of grade C or D
	MustAdmitIllness  = "M3" // below the line, ill or severely disabled, nobody able to support
	MustAdmitStudents = "M4" // below the line with three or more pupils
	MustAdmitUnmet    = "M5" // low-income class with a guarantee or water not met
)

// Supporter says whether somebody with a legal duty can support the household; "" is not yet known.
type Supporter string

// What is known about supporters.
const (
	SupporterNone   Supporter = "none"
	SupporterUnable Supporter = "unable"
	SupporterAble   Supporter = "able"
)

// LowIncomeClass is the class of a household in social assistance; "" is not recorded.
type LowIncomeClass string

// The classes that S003 #3 names, and that it is none of them.
const (
	ClassDibao     LowIncomeClass = "dibao"            // 低保户
	ClassTekun     LowIncomeClass = "tekun_scattered"  // 分散供养特困人员
	ClassDibaoEdge LowIncomeClass = "dibao_borderline" // 低保边缘家庭
	ClassLowIncome LowIncomeClass = "low_income"       // 其他低收入家庭
	ClassNone      LowIncomeClass = "none"             // 否
)

// MustAdmitFacts is what the five situations look at. The pointers are judgements or facts that may be missing yet;
// CannotSolveAlone is always a recorded judgement and never computed (domain 5.5).
type MustAdmitFacts struct {
	OutOfPoverty     bool           `json:"out_of_poverty"` // base type 脱贫户
	Eliminated       bool           `json:"eliminated"`     // object whose risk has been eliminated
	WholeDibao       bool           `json:"whole_dibao"`    // the whole household receives 低保
	SeriousIllness   bool           `json:"serious_illness"`
	SevereDisability bool           `json:"severe_disability"`
	Students         int            `json:"students"`    // in school, from pre-school to high school and above
	HouseGrade       string         `json:"house_grade"` // A, B, C, D; "" unknown
	BelowLine        *bool          `json:"below_line"`  // nil: income not computed yet
	Supporter        Supporter      `json:"supporter"`
	LowIncomeClass   LowIncomeClass `json:"low_income_class"`
	Unmet            []string       `json:"unmet"` // titles of guarantees not met, water included
	CannotSolveAlone *bool          `json:"cannot_solve_alone"`
}

// MustAdmit tests the situations that the policy lists under must_admit_rules, in that order (S003 #3). What is unknown
// is a no in low and a yes in high; what is known is the same in both. A situation that depends on what is unknown is open.
func MustAdmit(low, high MustAdmitFacts, s Snapshot) []Finding {
	items, limits := s.Items("must_admit_rules"), mustAdmitLimits(s)
	out := make([]Finding, 0, len(items))
	for _, item := range items {
		v := between(low.judge(item.Code, limits), high.judge(item.Code, limits))
		values := low.values(item.Code, limits)
		for i, most := range high.values(item.Code, limits) {
			if v != VerdictYes && values[i] != most {
				values[i].Text = "未核实"
			}
		}
		out = append(out, finding(item.Code, item.Title, v, "S003 #3", inWords(values), values...))
	}
	return out
}

// MustAdmitHit tells whether one situation holds (yes), is still open (judge), or none does (no).
func MustAdmitHit(found []Finding) Verdict {
	out := VerdictNo
	for _, f := range found {
		out = anyOf(out, f.Verdict)
	}
	return out
}

// admitLimits is what the policy says about the situations.
type admitLimits struct {
	students int
	both     bool // illness and pupils, not one of them
}

func mustAdmitLimits(s Snapshot) admitLimits {
	return admitLimits{students: s.Int("must_admit_students_min"), both: s.Text("must_admit_dibao_join") == "all"}
}

func (f *MustAdmitFacts) judge(code string, l admitLimits) Verdict {
	switch code {
	case MustAdmitDibao:
		return f.dibao(l.both)
	case MustAdmitHouse:
		return f.house()
	case MustAdmitIllness:
		return f.illness()
	case MustAdmitStudents:
		return all(recorded(f.BelowLine), verdict(f.Students >= l.students))
	case MustAdmitUnmet:
		_, low := lowIncomeTitles[f.LowIncomeClass]
		return all(verdict(low), verdict(len(f.Unmet) > 0), recorded(f.CannotSolveAlone))
	}
	return VerdictJudge
}

// values are what a situation looks at, thresholds included.
func (f *MustAdmitFacts) values(code string, l admitLimits) []Value {
	poor, alone := yesVal("脱贫户或已消除风险", f.OutOfPoverty || f.Eliminated), Value{"自身无力解决", f.aloneText()}
	switch code {
	case MustAdmitDibao:
		return []Value{poor, yesVal("整户低保", f.WholeDibao), yesVal("大病", f.SeriousIllness), val("在校生", "%d人", f.Students)}
	case MustAdmitHouse:
		return []Value{poor, {"住房等级", orUnknown(f.HouseGrade)}, alone}
	case MustAdmitIllness:
		return []Value{{"人均收入", f.lineText()}, yesVal("大病", f.SeriousIllness), yesVal("重残", f.SevereDisability), {"赡养人", supporterTitles[f.Supporter]}}
	case MustAdmitStudents:
		return []Value{{"人均收入", f.lineText()}, val("在校生", "%d人", f.Students), val("标准", "%d人以上", l.students)}
	case MustAdmitUnmet:
		return []Value{{"低收入类别", f.lowIncomeText()}, {"未落实", orNone(strings.Join(f.Unmet, "、"))}, alone}
	}
	return nil
}

// text is the reason of a situation: the values that were looked at.
func (f *MustAdmitFacts) text(code string, l admitLimits) string { return inWords(f.values(code, l)) }

func inWords(values []Value) string {
	if len(values) == 0 {
		return "不认识的情形，须人工判断"
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = v.Name + "：" + v.Text
	}
	return strings.Join(words, "；")
}

func orNone(s string) string {
	if s == "" {
		return "无"
	}
	return s
}

// formerlyPoor is the base of the first two situations: 脱贫户 or an object whose risk was eliminated.
func (f *MustAdmitFacts) formerlyPoor() Verdict { return verdict(f.OutOfPoverty || f.Eliminated) }

// dibao reads the “、” between illness and pupils as "or" unless the policy says both.
func (f *MustAdmitFacts) dibao(both bool) Verdict {
	join := anyOf
	if both {
		join = all
	}
	return all(f.formerlyPoor(), verdict(f.WholeDibao), join(verdict(f.SeriousIllness), verdict(f.Students > 0)))
}

func (f *MustAdmitFacts) house() Verdict {
	grade := verdict(f.HouseGrade == "C" || f.HouseGrade == "D")
	if f.HouseGrade == "" {
		grade = VerdictJudge
	}
	return all(f.formerlyPoor(), grade, recorded(f.CannotSolveAlone))
}

func (f *MustAdmitFacts) illness() Verdict {
	support := verdict(f.Supporter == SupporterNone || f.Supporter == SupporterUnable)
	if f.Supporter == "" {
		support = VerdictJudge
	}
	return all(recorded(f.BelowLine), verdict(f.SeriousIllness || f.SevereDisability), support)
}

func (f *MustAdmitFacts) lowIncomeText() string {
	if title, low := lowIncomeTitles[f.LowIncomeClass]; low {
		return title
	}
	return "否"
}

var supporterTitles = map[Supporter]string{"": "未核实", SupporterNone: "无", SupporterUnable: "有，但无能力", SupporterAble: "有能力"}

var lowIncomeTitles = map[LowIncomeClass]string{
	ClassDibao: "低保户", ClassTekun: "分散供养特困", ClassDibaoEdge: "低保边缘家庭", ClassLowIncome: "其他低收入家庭",
}

func (f *MustAdmitFacts) lineText() string {
	if f.BelowLine == nil {
		return "未测算"
	}
	if *f.BelowLine {
		return "低于参考线"
	}
	return "不低于参考线"
}

func (f *MustAdmitFacts) aloneText() string {
	if f.CannotSolveAlone == nil {
		return "未判断"
	}
	return yesText(*f.CannotSolveAlone)
}

func yesText(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

func orUnknown(s string) string {
	if s == "" {
		return "未知"
	}
	return s
}
