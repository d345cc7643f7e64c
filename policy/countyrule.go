package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"shouwang/internal/exprs"
)

// What a county's own rule is for: a sign of risk, looked for by the screening, or a doubt about the data.
const (
	CountyScreening = "screening"
	CountyQuality   = "quality"
)

// CountyRule is a rule that a place has written itself, over the Chinese names of CountyNames, such as
// 人均收入 < 监测线 && 大病 > 0. Message is the sentence to show on a hit, Basis the paper it rests on.
type CountyRule struct {
	Code    string `json:"code"`
	Title   string `json:"title"`
	Use     string `json:"use"`
	When    string `json:"when"`
	Message string `json:"message"`
	Basis   string `json:"basis"`
}

func (r CountyRule) code() (string, string) { return r.Code, r.Title }

// maxCountyRules bounds what one run looks at in each household.
const maxCountyRules = 40

var countyKeys = []Key{{Code: "county_rules", Title: "本地规则", Kind: KindItems, Basis: "D", Default: encode([]CountyRule{}), Check: func(raw json.RawMessage) []Fault {
	var rules []CountyRule
	switch err := decodeStrict(raw, &rules); {
	case err == nil && rules != nil && len(rules) == 0:
		return nil // a place need not have any
	case len(rules) > maxCountyRules:
		return bad("policy_range", "本地规则最多%d条", maxCountyRules)
	}
	return list(CountyRule.check)(raw)
}},
	count("work_months_min", "稳定务工的年务工月数", "个月", "6", "S003 #2", 1, 12),
}

// SteadyWork tells whether the member has worked outside the county for the months of the policy within the last twelve
// (S003 #2).
func (m *Member) SteadyWork(today Date, s Snapshot) bool {
	months := 0
	for _, w := range m.Work {
		if w.OffCounty && !w.Started.IsZero() {
			months += w.monthsSince(today.AddMonths(-12), today)
		}
	}
	return months >= s.Int("work_months_min")
}

// monthsSince counts the whole months of the work between two days.
func (w WorkRecord) monthsSince(from, to Date) int {
	start, end := w.Started, to
	if start.Before(from) {
		start = from
	}
	if !w.Ended.IsZero() && w.Ended.Before(to) {
		end = w.Ended.AddDays(1) // the last day counts
	}
	return max(0, start.MonthsUntil(end))
}

// Faults tells what is wrong with the rule: its code and words, and its expression with the place.
func (r CountyRule) Faults() []Fault {
	out := r.check()
	if r.Code == "" || r.Title == "" {
		out = append(out, Fault{"required", "title", "请填写规则的代码和名称"})
	}
	return out
}

// check compiles the rule against the names and types: what is saved can be run.
func (r CountyRule) check() []Fault {
	var out []Fault
	if r.Use != CountyScreening && r.Use != CountyQuality {
		out = append(out, bad("policy_choice", "本地规则“%s”的用途只能是 screening（风险排查）或 quality（数据核查）", r.Title)...)
	}
	if !strings.HasPrefix(r.Code, "local_") {
		out = append(out, bad("policy_item", "本地规则“%s”的代码应以 local_ 开头", r.Title)...)
	}
	if strings.TrimSpace(r.Message) == "" || strings.TrimSpace(r.Basis) == "" {
		out = append(out, bad("policy_item", "本地规则“%s”须写明提示语和依据文件", r.Title)...)
	}
	if _, err := r.program(); err != nil {
		var f exprs.Fault
		if errors.As(err, &f) {
			return append(out, Fault{f.Code, fmt.Sprintf("when[%d]", f.Column), "本地规则“" + r.Title + "”：" + f.Message})
		}
		out = append(out, bad("expr_wrong", "本地规则“%s”有误", r.Title)...)
	}
	return out
}

// countyEnv is filled below: the values of the names ask the policy, whose keys check rules against them.
var countyEnv = exprs.Env{}

func init() {
	for _, f := range countyFacts {
		countyEnv[f.name] = f.kind
	}
}

// CountyName is one name that a county's rule may use, with what it means.
type CountyName struct{ Name, Help string }

// CountyNames are all of them, for the editor.
func CountyNames() []CountyName {
	out := make([]CountyName, len(countyFacts))
	for i, f := range countyFacts {
		out[i] = CountyName{f.name, f.help}
	}
	return out
}

// CountyCells are what may be asked of each of 成员.
func CountyCells() []string { return sortedKeys(memberCells) }

// programs keeps what was compiled, by its text: rules are few and run over every household.
var programs sync.Map

func (r CountyRule) program() (*exprs.Program, error) {
	if p, ok := programs.Load(r.When); ok {
		return p.(*exprs.Program), nil
	}
	p, err := exprs.Compile(r.When, countyEnv, exprs.YesNo)
	if err == nil {
		programs.Store(r.When, p)
	}
	return p, err
}

// CountyRules are the rules of the place for one use.
func (s Snapshot) CountyRules(use string) []CountyRule {
	return slices.DeleteFunc(get[[]CountyRule](s, "county_rules"), func(r CountyRule) bool { return r.Use != use })
}

// Judge runs the rule over one family. Yes is a hit; judge means that something it looks at is not recorded, which is
// never read as a no. The values are those that it looked at.
func (r CountyRule) Judge(f *Family, today Date, s Snapshot) Finding {
	return r.judge(f, today, s, func() *screened {
		x := &screened{}
		newScreener(today, s, nil).look(x, f)
		return x
	})
}

// judge is Judge; look tells of the guarantees, and is asked only by a rule that names one.
func (r CountyRule) judge(f *Family, today Date, s Snapshot, look func() *screened) Finding {
	out := finding(r.Code, r.Title, VerdictJudge, r.Basis, "")
	p, err := r.program()
	if err != nil {
		out.Reason = "规则有误，未能运行"
		return out
	}
	view := countyView{f: f, today: today, policy: s}
	if slices.ContainsFunc(p.Names, func(n string) bool { return strings.HasSuffix(n, "达标") }) {
		x := look()
		view.guarantees = map[string]Verdict{ScreenWater: x.water, ScreenEducation: x.schooling, ScreenMedical: x.insured, ScreenHousing: x.housing}
	}
	values, missing := map[string]any{}, []string(nil)
	for _, fact := range countyFacts {
		if !slices.Contains(p.Names, fact.name) {
			continue
		}
		values[fact.name] = fact.value(&view)
		out.Values = append(out.Values, Value{fact.name, shown(values[fact.name])})
		if values[fact.name] == nil && slices.Contains(p.Needs, fact.name) {
			missing = append(missing, fact.name)
		}
	}
	hit, known, err := p.Run(values)
	switch {
	case len(missing) > 0 || !known && err == nil:
		out.Reason = "未登记：" + strings.Join(missing, "、")
	case err != nil:
		out.Reason = "有未登记的内容，未能判断"
	default:
		out.Verdict = verdict(hit == true)
		out.Reason = r.Message
	}
	return out
}

// shown is a value in words; tables are told by their length alone.
func shown(v any) string {
	switch x := v.(type) {
	case nil:
		return "未登记"
	case bool:
		return yesText(x)
	case float64:
		return fmt.Sprintf("%.2f", x)
	case []string:
		return orNone(strings.Join(x, "、"))
	case []map[string]any:
		return fmt.Sprintf("%d人", len(x))
	}
	return fmt.Sprint(v)
}

// QualityRules are the data rules together with those of the place itself.
func (s Snapshot) QualityRules() []DataRule {
	out := slices.Clone(DataRules)
	for _, r := range s.CountyRules(CountyQuality) {
		out = append(out, r.dataRule())
	}
	return out
}

// QualityRule looks one of them up by its code, former ones included.
func (s Snapshot) QualityRule(code string) (DataRule, bool) {
	for _, r := range s.CountyRules(CountyQuality) {
		if r.Code == code {
			return r.dataRule(), true
		}
	}
	return FindDataRule(code)
}

func (r CountyRule) dataRule() DataRule {
	info := RuleInfo{Code: r.Code, Group: "本地", Title: r.Title, Basis: r.Basis, Severity: DataDoubt}
	return DataRule{RuleInfo: info, Find: func(f *Family, c DataContext) []DataFault {
		found := r.Judge(f, c.Today, c.Snapshot)
		if found.Verdict != VerdictYes {
			return nil
		}
		values := map[string]string{}
		for _, v := range found.Values {
			values[v.Name] = v.Text
		}
		return []DataFault{{Message: r.Message, Values: values, Severity: DataDoubt}}
	}}
}
