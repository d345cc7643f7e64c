package policy

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Codes of the screening rules beside the must-admit situations M1 to M5 (S003 #3).
const (
	ScreenBelowLine     = "below_line"
	ScreenPoorBelow     = "below_line_unmonitored" // DQ-12, as the data rule has it
	ScreenWater         = "water"
	ScreenEducation     = "education"
	ScreenMedical       = "medical"
	ScreenHousing       = "housing"
	ScreenSudden        = "sudden"
	ScreenMedicalBurden = "medical_burden"
)

// Screener holds the households of an area against the rules of admission, on a day and under a policy that it has read
// once.
type Screener struct {
	today  Date
	policy Snapshot
	line   *IncomeLine // nil: the place has not set one
	school schoolRules
	rules  []screenRule
	county []CountyRule // of the place itself
}

// screenRule is one rule. Its text, and its values where the text does not tell them all, are asked for only where there
// is something to tell.
type screenRule struct {
	code, title, basis string
	judge              func(*screened) Verdict
	text               func(*screened) string
	values             func(*screened) []Value
}

// screenRules are the rules beside the must-admit situations, in the order in which they are shown.
var screenRules = []screenRule{
	{ScreenBelowLine, "收入低于参考线且有困难", "S004", (*screened).poorAndTroubled, (*screened).troubleText, nil},
	{ScreenPoorBelow, "脱贫户收入低于参考线未纳入监测", "DQ-12", func(x *screened) Verdict { return all(verdict(x.f.OutOfPoverty), x.below) }, (*screened).incomeText, nil},
	{ScreenWater, "饮水安全未达标", "S000", func(x *screened) Verdict { return opposite(x.water) }, (*screened).waterText, nil},
	{ScreenEducation, "义务教育无保障", "S000", func(x *screened) Verdict { return opposite(x.schooling) }, (*screened).schoolText, nil},
	{ScreenMedical, "基本医疗无保障", "S002", func(x *screened) Verdict { return opposite(x.insured) }, (*screened).insuranceText, nil},
	{ScreenHousing, "住房安全无保障", "S002", func(x *screened) Verdict { return opposite(x.housing) }, (*screened).houseText, nil},
	{ScreenSudden, "突发严重困难", "E-27", (*screened).suddenly, func(x *screened) string { return x.sudden().Reason }, nil},
	{ScreenMedicalBurden, "医疗负担过重", "S003 #12", (*screened).burdened, func(x *screened) string { return x.burden().Reason }, nil},
}

// ScreenTitles are the titles of all screening rules by their code.
func ScreenTitles() map[string]string {
	out := map[string]string{}
	for _, r := range screenRules {
		out[r.code] = r.title
	}
	for _, m := range mustAdmitSet {
		out[m.Code] = m.Title
	}
	return out
}

// screened is one family with what several rules ask of it, worked out once.
type screened struct {
	*Screener
	f                           *Family
	income                      *IncomeResult // nil: not known
	sums                        IncomeResult  // what income points to
	earlier                     int64         // what before points to
	before                      *int64        // the net income of the year before, fen
	rigid                       int64         // fen
	below                       Verdict
	schooling, insured, housing Verdict // yes: assured
	water                       Verdict
	low, high                   MustAdmitFacts // with what is unknown read as no, and as yes
	unmet                       [2][4]string   // of low and high
}

// NewScreener reads the policy for a run over many families.
func NewScreener(today Date, s Snapshot) *Screener {
	return newScreener(today, s, s.CountyRules(CountyScreening))
}

func newScreener(today Date, s Snapshot, county []CountyRule) *Screener {
	out := &Screener{today: today, policy: s, county: county, school: readSchoolRules(s)}
	var line IncomeLine
	if s.JSON("income_line", &line) == nil {
		out.line = &line
	}
	out.rules = slices.Clone(screenRules)
	limits := mustAdmitLimits(s)
	for _, item := range s.Items("must_admit_rules") {
		code := item.Code
		out.rules = append(out.rules, screenRule{code, item.Title, "S003 #3",
			func(x *screened) Verdict { return between(x.low.judge(code, limits), x.high.judge(code, limits)) },
			func(x *screened) string { return x.low.text(code, limits) },
			func(x *screened) []Value { return x.low.values(code, limits) }})
	}
	return out
}

// Screen answers every rule about a family that is not monitored (S003 #3, DQ-12, 4.3). Yes is a sign of risk; judge
// means that a fact or a recorded judgement is missing, which nobody may read as a no. Only what is a yes has a reason:
// it tells the values that were used, so that the same reason means the same facts.
func (s *Screener) Screen(f *Family) []Finding {
	return s.AppendScreen(make([]Finding, 0, len(s.rules)+len(s.county)), f)
}

// AppendScreen is Screen that adds its answers to a list.
func (s *Screener) AppendScreen(out []Finding, f *Family) []Finding {
	x := lookedAt.Get().(*screened)
	defer lookedAt.Put(x)
	s.look(x, f)
	for i := range s.rules {
		r := &s.rules[i]
		found := Finding{Code: r.code, Title: r.title, Verdict: r.judge(x), Basis: r.basis}
		if found.Verdict == VerdictYes {
			found.Reason = r.text(x)
			if r.values != nil {
				found.Values = r.values(x)
			}
		}
		out = append(out, found)
	}
	for _, r := range s.county {
		out = append(out, r.judge(f, s.today, s.policy, func() *screened { return x }))
	}
	return out
}

// lookedAt keeps what one family was looked at with, for the next.
var lookedAt = sync.Pool{New: func() any { return new(screened) }}

// Watched tells whether a household of a status is monitored already, about to be, or gone: it is not screened.
func Watched(status string) bool {
	return slices.Contains([]string{"candidate", "monitored", "eliminating", "household_cancelled"}, status)
}

func opposite(v Verdict) Verdict {
	switch v {
	case VerdictYes:
		return VerdictNo
	case VerdictNo:
		return VerdictYes
	}
	return VerdictJudge
}

// between is the answer where what is unknown does not matter, and open where it does.
func between(low, high Verdict) Verdict {
	if low == high {
		return low
	}
	return VerdictJudge
}

func (s *Screener) look(x *screened, f *Family) {
	*x = screened{Screener: s, f: f, below: VerdictJudge, water: VerdictJudge}
	x.money()
	x.guarantees()
	if f.Water != nil {
		list := Water(*f.Water, s.policy)
		x.water = list[len(list)-1].Verdict
	}
	x.situations()
}

// money: the income of this year or the last is what is known of it; an older one says nothing about today.
func (x *screened) money() {
	people := len(x.f.Members)
	for i, y := range x.f.Years {
		if y.Year < x.today.Year-1 || y.Year > x.today.Year || people == 0 {
			continue
		}
		x.income, x.before = nil, nil
		var known bool
		if x.sums, known = y.result(people); known {
			x.income = &x.sums
		}
		if i > 0 && x.f.Years[i-1].Year == y.Year-1 {
			if last, known := x.f.Years[i-1].result(people); known {
				x.earlier, x.before = last.Household, &x.earlier
			}
		}
	}
	x.rigid = x.f.rigid(x.saidMedical(), x.today)
	if x.income != nil && x.line != nil {
		x.below = verdict(x.income.BelowLine(*x.line))
	}
}

// result is the income of the year over so many people, by its categories or, where nobody has broken it down, by the
// income per head that was recorded; known is false where there is neither.
func (y IncomeYear) result(people int) (sums IncomeResult, known bool) {
	switch {
	case people == 0:
		return sums, false
	case y.Wage != 0 || y.Production != 0 || y.Property != 0 || y.Transfer != 0 || y.ProductionExpense != 0:
		return IncomeResult{Household: y.Net(), Population: people, PerHead: PerHead(y.Net(), people)}, true
	case y.PerHead != 0:
		return IncomeResult{Household: y.PerHead * int64(people), Population: people, PerHead: y.PerHead}, true
	}
	return sums, false
}

// saidMedical is what the household has said that it has paid itself, by its newest income sheet.
func (x *screened) saidMedical() int64 {
	var said int64
	for _, y := range x.f.Years {
		if y.Year >= x.today.Year-1 && y.Year <= x.today.Year {
			said = y.OwnMedical
		}
	}
	return said
}

func (x *screened) guarantees() {
	x.schooling, x.insured, x.housing = VerdictYes, VerdictYes, x.f.House.safe()
	if x.f.House.Dangerous != nil && *x.f.House.Dangerous && !(x.f.House.Repaired && x.f.House.MovedIn) {
		x.housing = VerdictNo
	}
	for i := range x.f.Members {
		m := &x.f.Members[i]
		x.schooling, x.insured = all(x.schooling, x.schooled(m)), all(x.insured, insured(m))
	}
}

func (x *screened) schooled(m *Member) Verdict { return m.schooling(x.today, x.school) }

// insured is basic medical care (S002; S3-053): one basic insurance, not two, and the one against serious illness.
func insured(m *Member) Verdict {
	twice := yes(m.ResidentInsured) && yes(m.EmployeeInsured)
	return all(anyOf(recorded(m.ResidentInsured), recorded(m.EmployeeInsured)), verdict(!twice), recorded(m.SeriousIllnessInsured))
}

// situations gathers what the must-admit situations look at, twice: once with every unknown fact read as no.
func (x *screened) situations() {
	f := x.f
	facts := MustAdmitFacts{OutOfPoverty: f.OutOfPoverty, Eliminated: f.Status == "observing" || f.Status == "stable", HouseGrade: f.House.Grade,
		Supporter: f.Supporter, CannotSolveAlone: f.CannotSolveAlone, WholeDibao: len(f.Members) > 0}
	if x.below != VerdictJudge {
		below := x.below == VerdictYes
		facts.BelowLine = &below
	}
	low, high := facts, facts
	low.LowIncomeClass, high.LowIncomeClass = f.lowIncome()
	low.Unmet, high.Unmet = x.unmet[0][:0], x.unmet[1][:0]
	for i := range f.Members {
		m := &f.Members[i]
		low.WholeDibao = low.WholeDibao && yes(m.Dibao)
		high.WholeDibao = high.WholeDibao && (m.Dibao == nil || *m.Dibao)
		low.SeriousIllness, high.SeriousIllness = low.SeriousIllness || m.SeriouslyIll(), high.SeriousIllness || m.SeriouslyIll() || m.Health == ""
		low.SevereDisability, high.SevereDisability = low.SevereDisability || m.SeverelyDisabled(), high.SevereDisability || m.SeverelyDisabled()
		switch {
		case m.InSchool():
			low.Students, high.Students = low.Students+1, high.Students+1
		case m.School == "" && m.NotInSchool == "" && (m.Birth.IsZero() || x.schoolAge(m)):
			high.Students++
		}
	}
	for _, g := range []struct {
		title string
		v     Verdict
	}{{"义务教育", x.schooling}, {"基本医疗", x.insured}, {"住房安全", x.housing}, {"饮水安全", x.water}} {
		if g.v == VerdictNo {
			low.Unmet = append(low.Unmet, g.title)
		}
		if g.v != VerdictYes {
			high.Unmet = append(high.Unmet, g.title)
		}
	}
	x.low, x.high = low, high
}

// lowIncome is the class of the household in social assistance: as recorded for the household, or else by what its
// members receive (S003 #3). What nobody has recorded is none at the least and a class at the most.
func (f *Family) lowIncome() (low, high LowIncomeClass) {
	switch {
	case f.LowIncome != "":
		return f.LowIncome, f.LowIncome
	case f.any(func(m *Member) bool { return yes(m.Tekun) }):
		return ClassTekun, ClassTekun
	case f.any(func(m *Member) bool { return yes(m.Dibao) }):
		return ClassDibao, ClassDibao
	}
	return "", ClassLowIncome
}

// Seen is what a verification in the home has found out, which is newer than the register: the income against the line,
// nil when it was not computed, and whether a guarantee is met, by the code of its screening rule.
type Seen struct {
	BelowLine *bool
	Met       map[string]bool
}

// MustAdmit answers the must-admit situations for a family by the register and by what was seen in its home, nil before
// anybody has been there (S003 #3). A guarantee that the register knows to be missing and that was seen to be met is for
// people to clear up.
func (s *Screener) MustAdmit(f *Family, seen *Seen) []Finding {
	x := new(screened)
	s.look(x, f)
	if seen != nil {
		x.take(seen)
		x.situations()
	}
	return MustAdmit(x.low, x.high, s.policy)
}

func (x *screened) take(seen *Seen) {
	if seen.BelowLine != nil {
		x.below = verdict(*seen.BelowLine)
	}
	for code, known := range map[string]*Verdict{ScreenEducation: &x.schooling, ScreenMedical: &x.insured, ScreenHousing: &x.housing, ScreenWater: &x.water} {
		switch met, asked := seen.Met[code]; {
		case !asked:
		case met && *known == VerdictNo:
			*known = VerdictJudge
		default:
			*known = verdict(met)
		}
	}
}

// schoolAge: an age at which people are at school, compulsory or not.
func (x *screened) schoolAge(m *Member) bool {
	age := AgeOn(m.Birth, x.today)
	return age >= 3 && age <= 22
}

// trouble is what a household below the line must have beside it: an unmet guarantee, an illness or disability, a large
// expense, nobody who can work.
func (x *screened) trouble() Verdict {
	noLabour := VerdictJudge
	if x.f.NoLabour != nil {
		noLabour = verdict(*x.f.NoLabour)
	}
	return anyOf(opposite(x.schooling), opposite(x.insured), opposite(x.housing), opposite(x.water), noLabour,
		between(verdict(x.low.SeriousIllness || x.low.SevereDisability), verdict(x.high.SeriousIllness || x.high.SevereDisability)), verdict(x.rigid > 0))
}

func (x *screened) poorAndTroubled() Verdict {
	if x.below == VerdictNo {
		return VerdictNo
	}
	return all(x.below, x.trouble())
}

func (x *screened) incomeText() string {
	return fmt.Sprintf("人均纯收入%s元，参考线%s元", Yuan(x.income.PerHead), Yuan(x.line.Fen))
}

func (x *screened) troubleText() string {
	words := slices.Clone(x.low.Unmet)
	for i := range words {
		words[i] += "未落实"
	}
	if x.low.SeriousIllness {
		words = append(words, "有大病患者")
	}
	if x.low.SevereDisability {
		words = append(words, "有重度残疾人")
	}
	if x.f.NoLabour != nil && *x.f.NoLabour {
		words = append(words, "整户无劳动能力")
	}
	if x.rigid > 0 {
		words = append(words, "刚性支出"+Yuan(x.rigid)+"元")
	}
	return x.incomeText() + "，" + strings.Join(words, "、")
}

func (x *screened) waterText() string {
	var words []string
	list := Water(*x.f.Water, x.policy)
	for _, w := range list[:len(list)-1] {
		if w.Verdict == VerdictNo {
			words = append(words, w.Title+"："+w.Reason)
		}
	}
	return strings.Join(words, "；")
}

// namesOf are the members for whom a guarantee is not met.
func (x *screened) namesOf(assured func(*Member) Verdict) string {
	var names []string
	for i := range x.f.Members {
		if m := &x.f.Members[i]; assured(m) == VerdictNo {
			names = append(names, m.Name)
		}
	}
	return strings.Join(names, "、")
}

func (x *screened) schoolText() string { return "适龄未在校：" + x.namesOf(x.schooled) }

func (x *screened) insuranceText() string {
	return "未参保、重复参保或无大病保险：" + x.namesOf(insured)
}

func (x *screened) houseText() string {
	return fmt.Sprintf("住房等级：%s；已改造：%s；已入住：%s", orUnknown(x.f.House.Grade), yesText(x.f.House.Repaired), yesText(x.f.House.MovedIn))
}

// suddenly: without an expense and without less income than before nothing can have been sudden.
func (x *screened) suddenly() Verdict {
	switch {
	case x.rigid == 0 && x.income == nil:
		return VerdictJudge
	case x.rigid == 0 && (x.before == nil || x.income.Household >= *x.before):
		return VerdictNo
	case x.income == nil || x.line == nil:
		return VerdictJudge
	}
	return x.sudden().Verdict
}

func (x *screened) sudden() Finding {
	return x.income.Sudden(SuddenFacts{RigidExpense: x.rigid, IncomeBefore: x.before}, *x.line, x.policy)
}

// burdened: what a household pays itself is known from its income sheet or from the department.
func (x *screened) burdened() Verdict {
	if x.medicalFen() == 0 {
		if x.income == nil {
			return VerdictJudge
		}
		return VerdictNo
	}
	return x.burden().Verdict
}

func (x *screened) burden() Finding {
	return MedicalBurden(x.medicalFen(), int64(x.policy.Int("disposable_income_fen")), x.policy)
}

// medicalFen is the larger of what the household has said and what the department has told.
func (x *screened) medicalFen() int64 { return max(x.saidMedical(), x.f.told("medical", x.today)) }
