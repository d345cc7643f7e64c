package policy

import (
	"fmt"
	"strings"
)

// Outcomes of one risk of a monitored household, as the precheck of an elimination wants them (E-7).
const (
	RiskResolved = "resolved" // 帮扶后解决
	RiskNatural  = "natural"  // 自然消除
	RiskOpen     = "open"     // 未消除
)

// What may happen with a household of which nobody can work (E-8c), the values of no_labour_elimination.
const (
	NoLabourNever       = "never"
	NoLabourAfterStable = "after_stable"
	NoLabourNormal      = "normal"
)

// Where a value of the precheck comes from.
const (
	FromRecords   = "系统记录"
	FromCommittee = "村级提名填报"
)

// Known is a yes or no with its source; Yes nil means that nobody has said.
type Known struct {
	Yes    *bool
	Source string
}

// RiskOutcome is one risk that the household was identified for and what has become of it.
type RiskOutcome struct {
	Title   string
	Outcome string
}

// PrecheckFacts is what is known of a household that is nominated for elimination (2.6). A zero date, a nil pointer and
// a Known without answer mean that it is not known.
type PrecheckFacts struct {
	Today      Date
	PerHead    *int64 // income per head of the period, fen
	AboveSince Date   // since when it has lain above the line without a break
	Education  Known
	Medical    Known
	Housing    Known
	Water      Known
	Risks      []RiskOutcome
	Excluded   []string // situations in which nobody is nominated (E-5), by their titles
	OpenClues  int      // clues and identifications that are open
	Delivered  Known    // every measure of the plan delivered and its result evaluated
	Natural    bool     // the risk has gone by itself, without measures (自然消除)
	// MonitoredSince is when the household was identified.
	MonitoredSince Date
	Rectifications int // problems of the household that are still to be rectified
	NoLabour       Known
	// SecuredSince is since when the social security of a household without labour has been in place.
	SecuredSince Date
}

// PrecheckItem is the answer to one condition of the precheck: the value that was used, where it comes from, and what is
// wanted. Only a warning may be other than yes in a household that passes.
type PrecheckItem struct {
	Finding
	Value     string `json:"value"`
	Threshold string `json:"threshold"`
	Source    string `json:"source"`
	Warning   bool   `json:"warning,omitempty"`
}

// Precheck tests the conditions of precheck_pass one by one, in the order of the result sheet. A condition that cannot be
// judged does not hold.
func Precheck(f PrecheckFacts, s Snapshot) []PrecheckItem {
	return []PrecheckItem{
		f.income(s), f.stable(s),
		assured("education", "义务教育有保障", f.Education), assured("medical", "基本医疗有保障", f.Medical),
		assured("housing", "住房安全有保障", f.Housing), assured("water", "饮水安全有保障", f.Water),
		f.risks(), f.excluded(), f.clues(), f.measures(),
		f.months(s), f.rectified(), f.labour(s),
	}
}

// PrecheckPasses tells whether every condition that is not a mere warning holds.
func PrecheckPasses(items []PrecheckItem) bool {
	for _, i := range items {
		if i.Verdict != VerdictYes && !i.Warning {
			return false
		}
	}
	return true
}

func item(code, title string, v Verdict, value, threshold, source, reason string) PrecheckItem {
	return PrecheckItem{Finding: finding(code, title, v, "E-7", reason, Value{"实际", value}, Value{"标准", threshold}), Value: value, Threshold: threshold, Source: source}
}

const unknown = "未知"

// income: not below the line of the current year (E-7, E-22).
func (f PrecheckFacts) income(s Snapshot) PrecheckItem {
	var line IncomeLine
	if s.JSON("income_line", &line) != nil || f.PerHead == nil {
		return item("income", "收入高于当年收入线", VerdictJudge, unknown, unknown, FromCommittee, "缺少收入或当年收入线，不能判断")
	}
	below := *f.PerHead < line.Fen || line.Inclusive && *f.PerHead == line.Fen
	value, threshold := Yuan(*f.PerHead)+"元", Yuan(line.Fen)+"元"
	return item("income", "收入高于当年收入线", verdict(!below), value, threshold, FromCommittee,
		fmt.Sprintf("人均纯收入%s，当年收入线%s", value, threshold))
}

// stable: above the line for stable_months without a break (E-7).
func (f PrecheckFacts) stable(s Snapshot) PrecheckItem {
	want := s.Int("stable_months")
	if f.AboveSince.IsZero() {
		return item("stable", "收入持续稳定", VerdictJudge, unknown, fmt.Sprintf("%d个月", want), FromCommittee, "未填写收入稳定的起始日期")
	}
	have := f.AboveSince.MonthsUntil(f.Today)
	return item("stable", "收入持续稳定", verdict(have >= want), fmt.Sprintf("%d个月", have), fmt.Sprintf("%d个月", want), FromCommittee,
		fmt.Sprintf("自%s起收入稳定，已满%d个月，应满%d个月", f.AboveSince.Chinese(), have, want))
}

func assured(code, title string, k Known) PrecheckItem {
	if k.Yes == nil {
		return item(code, title, VerdictJudge, unknown, "是", FromCommittee, "“"+title+"”未填写，不能判断")
	}
	return item(code, title, verdict(*k.Yes), yesText(*k.Yes), "是", k.Source, title+"："+yesText(*k.Yes))
}

// risks: every risk the household was identified for is resolved or gone by itself.
func (f PrecheckFacts) risks() PrecheckItem {
	var left []string
	for _, r := range f.Risks {
		if r.Outcome != RiskResolved && r.Outcome != RiskNatural {
			left = append(left, r.Title)
		}
	}
	done := len(f.Risks) - len(left)
	i := item("risks", "风险点全部消除", verdict(len(f.Risks) > 0 && len(left) == 0), fmt.Sprintf("%d项", done), fmt.Sprintf("%d项", len(f.Risks)),
		FromCommittee, fmt.Sprintf("风险%d项，已解决或自然消除%d项", len(f.Risks), done))
	if len(left) > 0 {
		i.Reason += "，未消除：" + strings.Join(left, "、")
	}
	return i
}

// excluded: lost labour, weak stability, unstable income, uncontrollable rigid cost (E-5).
func (f PrecheckFacts) excluded() PrecheckItem {
	reason := "没有不得提名的情形"
	if len(f.Excluded) > 0 {
		reason = "存在不得提名的情形：" + strings.Join(f.Excluded, "、")
	}
	return item("excluded", "无不得提名情形", verdict(len(f.Excluded) == 0), fmt.Sprintf("%d项", len(f.Excluded)), "0项", FromCommittee, reason)
}

func (f PrecheckFacts) clues() PrecheckItem {
	return item("clues", "没有新的风险线索", verdict(f.OpenClues == 0), fmt.Sprintf("%d件", f.OpenClues), "0件", FromRecords,
		fmt.Sprintf("在办风险线索、识别认定%d件", f.OpenClues))
}

// measures: all delivered, save where the risk has gone by itself (E-7).
func (f PrecheckFacts) measures() PrecheckItem {
	const title = "帮扶措施已全部落实并评价"
	if f.Natural {
		return item("measures", title, VerdictYes, "自然消除", "不限", FromCommittee, "自然消除，不以措施落实为条件")
	}
	return assured("measures", title, f.Delivered)
}

// months warns of an elimination soon after the identification (E-11).
func (f PrecheckFacts) months(s Snapshot) PrecheckItem {
	want := s.Int("min_months_monitored")
	i := item("months", "监测时间", VerdictJudge, unknown, fmt.Sprintf("%d个月", want), FromRecords, "没有监测记录")
	if !f.MonitoredSince.IsZero() {
		have := f.MonitoredSince.MonthsUntil(f.Today)
		i = item("months", "监测时间", verdict(have >= want), fmt.Sprintf("%d个月", have), i.Threshold, FromRecords,
			fmt.Sprintf("自%s纳入，已满%d个月；不足%d个月的请核实是否过早消除", f.MonitoredSince.Chinese(), have, want))
	}
	i.Warning = true
	return i
}

func (f PrecheckFacts) rectified() PrecheckItem {
	return item("rectification", "没有未整改的问题", verdict(f.Rectifications == 0), fmt.Sprintf("%d件", f.Rectifications), "0件", FromRecords,
		fmt.Sprintf("该户未办结的整改问题%d件", f.Rectifications))
}

// labour is E-8c: what policy says of a household of which nobody can work. Its social security must be in place for
// stable_months where after_stable is the rule.
func (f PrecheckFacts) labour(s Snapshot) PrecheckItem {
	rule := s.Text("no_labour_elimination")
	title := "整户无劳动能力的处理"
	if f.NoLabour.Yes == nil {
		return item("labour", title, VerdictJudge, unknown, "是否整户无劳动能力", FromCommittee, "未填写是否整户无劳动能力")
	}
	if !*f.NoLabour.Yes {
		return item("labour", title, VerdictYes, "有劳动能力", "不限", f.NoLabour.Source, "家庭中有人有劳动能力")
	}
	value := "整户无劳动能力"
	switch rule {
	case NoLabourNormal:
		return item("labour", title, VerdictYes, value, "按一般程序", f.NoLabour.Source, "整户无劳动能力，按政策可以按一般程序消除")
	case NoLabourAfterStable:
		want, have := s.Int("stable_months"), 0
		if !f.SecuredSince.IsZero() {
			have = f.SecuredSince.MonthsUntil(f.Today)
		}
		return item("labour", title, verdict(!f.SecuredSince.IsZero() && have >= want), fmt.Sprintf("兜底保障%d个月", have), fmt.Sprintf("%d个月", want),
			f.NoLabour.Source, fmt.Sprintf("整户无劳动能力，兜底保障落实已满%d个月，应满%d个月", have, want))
	}
	return item("labour", title, VerdictNo, value, "暂不标注", f.NoLabour.Source, "整户无劳动能力，落实兜底保障后暂不标注风险消除，继续跟踪监测")
}
