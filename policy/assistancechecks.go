package policy

import "fmt"

// Codes of the visit and assistance checks (domain 5.5).
const (
	CheckFiveOnes = "five_ones"
	CheckVisit    = "visit_due"
	CheckPlan     = "plan_late"
	CheckMeasures = "measure_late"
)

// AssistanceFacts is what the visit and assistance checks look at in a monitored household. A zero date is not known, or
// has not come yet.
type AssistanceFacts struct {
	Today     Date
	Class     string // of visit_rule
	FiveOnes  FiveOnes
	Since     Date // since when it has been monitored
	LastVisit Date // at home or by telephone
	Plan      Due
	Measures  []Due
}

// Due is something that is to be done by the end of a day.
type Due struct {
	By, Done Date
}

// late tells by how many days it is or was late, 0 in time.
func (d Due) late(today Date) int {
	end := d.Done
	if end.IsZero() {
		end = today
	}
	if d.By.IsZero() || !d.By.Before(end) {
		return 0
	}
	return end.Sub(d.By)
}

// AssistanceChecks answers whether a monitored household is helped as it must be: the five things (S003 #18), the last
// visit against the duty (S003 #5, #18), the plan and the measures against their limits (S003 #10, #18). Yes is in order.
func AssistanceChecks(f AssistanceFacts, s Snapshot) []Finding {
	return []Finding{f.FiveOnes.finding(), f.visited(s), f.planned(), f.delivered()}
}

func (f FiveOnes) finding() Finding {
	return finding(CheckFiveOnes, "“五个一”帮扶", verdict(f.Score() == 5), "S003 #18", f.String(), yesVal("责任人", f.Responsible), yesVal("计划", f.Plan),
		yesVal("措施", f.Measures), yesVal("一月一走访", f.Visit), yesVal("手册", f.Handbook))
}

// visitMonths are the periods of visit_rule in months.
var visitMonths = map[string]int{"month": 1, "quarter": 3, "half_year": 6, "year": 12}

// visited takes the duty that comes most often. On the day of the month a month later the visit still counts.
func (f AssistanceFacts) visited(s Snapshot) Finding {
	var duty *VisitRule
	for _, r := range s.VisitRules() {
		if r.Status == f.Class && !r.Income && (duty == nil || visitMonths[r.Every] < visitMonths[duty.Every]) {
			duty = &r
		}
	}
	out := finding(CheckVisit, "走访", VerdictJudge, "S003 #18", "没有适用的走访规则")
	from, what := f.LastVisit, "最近一次走访"
	if from.IsZero() {
		from, what = f.Since, "纳入监测后未走访，纳入时间"
	}
	if duty == nil || from.IsZero() {
		return out
	}
	days := f.Today.Sub(from)
	last := from.AddMonths(visitMonths[duty.Every])
	out.Verdict = verdict(!last.Before(f.Today))
	out.Values = []Value{{"走访要求", duty.Title}, {what, from.Chinese()}, val("距今", "%d天", days), {"应于此日前走访", last.Chinese()}}
	out.Reason = fmt.Sprintf("%s%s，距今%d天；%s", what, from.Chinese(), days, duty.Title)
	if out.Verdict == VerdictNo {
		out.Reason += fmt.Sprintf("，已超%d天", f.Today.Sub(last))
	}
	return out
}

func (f AssistanceFacts) planned() Finding {
	out := finding(CheckPlan, "帮扶计划期限", VerdictJudge, "S003 #18", "没有帮扶计划")
	if f.Plan.By.IsZero() {
		return out
	}
	days := f.Plan.late(f.Today)
	out.Verdict = verdict(days == 0)
	out.Values = []Value{{"期限", f.Plan.By.Chinese()}, {"制定", chineseOr(f.Plan.Done, "尚未制定")}, val("超期", "%d天", days)}
	out.Reason = fmt.Sprintf("期限%s，%s", f.Plan.By.Chinese(), chineseOr(f.Plan.Done, "尚未")+"制定")
	if days > 0 {
		out.Reason += fmt.Sprintf("，超期%d天", days)
	}
	return out
}

func (f AssistanceFacts) delivered() Finding {
	late, most := 0, 0
	for _, m := range f.Measures {
		if days := m.late(f.Today); days > 0 {
			late, most = late+1, max(most, days)
		}
	}
	if len(f.Measures) == 0 {
		return finding(CheckMeasures, "帮扶措施期限", VerdictJudge, "S003 #10", "没有已排定期限的帮扶措施")
	}
	reason := fmt.Sprintf("%d项措施均未超期", len(f.Measures))
	if late > 0 {
		reason = fmt.Sprintf("%d项措施中%d项超期，最长%d天", len(f.Measures), late, most)
	}
	return finding(CheckMeasures, "帮扶措施期限", verdict(late == 0), "S003 #10", reason, val("措施", "%d项", len(f.Measures)), val("超期", "%d项", late), val("最长超期", "%d天", most))
}

func chineseOr(d Date, none string) string {
	if d.IsZero() {
		return none
	}
	return d.Chinese()
}
