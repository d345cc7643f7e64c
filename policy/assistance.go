package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Classes of measures (5.3): a development measure lets a household earn, a protective one assures what it needs.
const (
	MeasureDevelopment = "development"
	MeasureProtective  = "protective"
)

// MeasureKind is one kind of measure. AcceptDays is how long a department may take to accept an application of the
// kind (2.4b, "per kind").
type MeasureKind struct {
	Code       string `json:"code"`
	Title      string `json:"title"`
	Class      string `json:"class"`
	AcceptDays int    `json:"accept_days"`
}

func (m MeasureKind) code() (string, string) { return m.Code, m.Title }

func (m MeasureKind) check() []Fault {
	var out []Fault
	if m.Class != MeasureDevelopment && m.Class != MeasureProtective {
		out = append(out, at("class", bad("policy_choice", "%s的类别“%s”不是 development（开发式）或 protective（保障性）", m.Title, Shown(m.Class)))...)
	}
	if m.AcceptDays < 1 || m.AcceptDays > maxDays {
		out = append(out, at("accept_days", bad("policy_range", "%s的受理天数 %d 不在 1 至 %d 之间", m.Title, m.AcceptDays, maxDays))...)
	}
	return out
}

// measureKinds are the columns of the national export (5.3).
var measureKinds = []MeasureKind{
	{"industry", "产业帮扶", MeasureDevelopment, 5}, {"employment", "就业帮扶", MeasureDevelopment, 5}, {"public_post", "公益岗位帮扶", MeasureDevelopment, 5},
	{"finance", "金融帮扶", MeasureDevelopment, 10}, {"relocation", "搬迁", MeasureDevelopment, 10},
	{"living_conditions", "生产生活条件改善", MeasureDevelopment, 10}, {"infrastructure", "基础设施建设", MeasureDevelopment, 10},
	{"housing_safety", "住房安全保障", MeasureProtective, 5}, {"water_safety", "饮水安全保障", MeasureProtective, 5},
	{"compulsory_education", "义务教育保障", MeasureProtective, 5}, {"education", "教育帮扶", MeasureProtective, 5},
	{"health", "健康帮扶", MeasureProtective, 5}, {"security", "综合保障", MeasureProtective, 5}, {"social", "社会帮扶", MeasureProtective, 5},
}

// riskMeasures is the minimum map of 5.3 (rules 3_11_003, 3_11_004, 5_18_*): which kinds answer a risk. A risk that is
// not listed is answered by a measure of any kind.
var riskMeasures = map[string][]string{
	"illness": {"health", "social", "security"}, "schooling": {"compulsory_education", "education", "social"},
	"disability": {"security", "social"}, "housing": {"housing_safety", "relocation"}, "water": {"water_safety"},
}

// noLabourFirst are the measures that come first where a whole household cannot work (S003 #10, #18): basic and
// serious-illness insurance and medical aid, and 低保.
var noLabourFirst = []string{"health", "security"}

// assistanceKeys steer plans and measures (2.4, 2.4b).
var assistanceKeys = []Key{
	budget("plan_assign_days", "落实帮扶责任人", "2", "D", ""),
	budget("plan_days", "帮扶计划制定", "10", "S003 #10", ""),
	pick("plan_anchor", "帮扶计划起算点", "identified", "S003 #10", "identified", "accepted"),
	budget("plan_approve_days", "帮扶计划审批", "2", "D", ""),
	budget("handover_days", "帮扶责任人交接", "5", "D", ""),
	budget("plan_stop_days", "终止未纳入户的帮扶计划", "5", "D", ""),
	budget("measure_apply_days", "帮扶措施申报", "2", "D", ""),
	{Code: "premium_departments", Title: "承办无力缴费人员参保资助的部门", Kind: KindItems, Basis: "S003 #20", Default: encode([]Item{{"medical_insurance", "医保"}}), Check: list(knownDepartment)},
	budget("premium_help_days", "无力缴费人员参保资助落实", "30", "S003 #20, D", ""),
	{Code: "measure_kinds", Title: "帮扶措施类型", Kind: KindItems, Basis: "E-11", Default: encode(measureKinds), Check: list(MeasureKind.check)},
	{Code: "measure_departments", Title: "承办帮扶措施的部门", Kind: KindItems, Basis: "S004, E-14", Default: encode(Departments), Check: list(knownDepartment)},
	{Code: "risk_measures", Title: "各类风险至少应有的措施", Kind: KindObject, Basis: "E-11", Default: encode(riskMeasures), Check: object(checkRiskMeasures)},
}

func checkRiskMeasures(fits map[string][]string) []Fault {
	var out []Fault
	for _, risk := range sortedKeys(fits) {
		if len(fits[risk]) == 0 {
			out = append(out, at(risk, bad("policy_empty", "风险 %s 没有写明措施；不设要求的风险请勿列出", Shown(risk)))...)
		}
	}
	return out
}

// Measure is one measure of a plan: its kind and the risk it answers.
type Measure struct{ Kind, Risk string }

// MeasureKinds are the kinds of measures in force.
func (s Snapshot) MeasureKinds() []MeasureKind { return get[[]MeasureKind](s, "measure_kinds") }

// MeasureKind finds a kind by its code; an unknown one is the zero kind.
func (s Snapshot) MeasureKind(code string) MeasureKind {
	kinds := s.MeasureKinds()
	if i := slices.IndexFunc(kinds, func(k MeasureKind) bool { return k.Code == code }); i >= 0 {
		return kinds[i]
	}
	return MeasureKind{}
}

// Unanswered lists the risks that no measure answers: one of a fitting kind where the map names kinds, of any kind
// elsewhere (2.4 declare_plan).
func Unanswered(risks []string, measures []Measure, s Snapshot) []string {
	fits := get[map[string][]string](s, "risk_measures")
	var out []string
	for _, risk := range risks {
		answers := func(m Measure) bool {
			kinds, limited := fits[risk]
			return m.Risk == risk && (!limited || slices.Contains(kinds, m.Kind))
		}
		if !slices.ContainsFunc(measures, answers) {
			out = append(out, risk)
		}
	}
	return out
}

// FittingKinds names, for people, the kinds that answer a risk, and "" where any does.
func FittingKinds(risk string, s Snapshot) string {
	kinds := get[map[string][]string](s, "risk_measures")[risk]
	titles := make([]string, len(kinds))
	for i, k := range kinds {
		titles[i] = orElse(s.MeasureKind(k).Title, k)
	}
	return strings.Join(titles, "、")
}

// CanWork tells whether somebody of that 劳动技能 can work: of the five values of 5.2 the first three can. known is
// false where the record says nothing.
func CanWork(labour string) (can, known bool) {
	labour = strings.TrimSpace(labour)
	switch {
	case labour == "":
		return false, false
	case strings.Contains(labour, "无劳动") || strings.Contains(labour, "丧失"):
		return false, true
	}
	return true, true
}

// LabourRule is S003 #10 and #18: where somebody can work at least one development measure, where nobody can the
// protective measures first. A written reason stands for either.
func LabourRule(canWork bool, kinds []string, reason bool, s Snapshot) []Fault {
	if reason {
		return nil
	}
	development := func(k string) bool { return s.MeasureKind(k).Class == MeasureDevelopment }
	switch {
	case canWork && !slices.ContainsFunc(kinds, development):
		return []Fault{{"development_measure_missing", "labour_reason", "家庭有劳动力，应至少安排一项产业、就业等开发式措施，或书面说明理由"}}
	case !canWork && !slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(noLabourFirst, k) }):
		return []Fault{{"protective_measure_missing", "labour_reason", "整户无劳动力，应首先落实健康帮扶（基本医疗、大病保险、医疗救助）或综合保障（低保等），或书面说明理由"}}
	}
	return nil
}

// FiveOnes are the five things a household not yet eliminated must have (S003 #18).
type FiveOnes struct {
	Responsible, Plan, Measures, Visit, Handbook bool
}

// Score counts them.
func (f FiveOnes) Score() int { return 5 - len(f.Missing()) }

// Missing names those that are not there, in the order of the rule.
func (f FiveOnes) Missing() []string {
	out := []string{}
	for _, x := range []struct {
		there bool
		title string
	}{{f.Responsible, "一名结对帮扶责任人"}, {f.Plan, "一个帮扶计划"}, {f.Measures, "一套帮扶措施"}, {f.Visit, "一月一走访"}, {f.Handbook, "一本帮扶手册"}} {
		if !x.there {
			out = append(out, x.title)
		}
	}
	return out
}

// String is the score as people read it: "4/5，缺一月一走访".
func (f FiveOnes) String() string {
	out := fmt.Sprintf("%d/5", f.Score())
	if missing := f.Missing(); len(missing) > 0 {
		out += "，缺" + strings.Join(missing, "、")
	}
	return out
}
