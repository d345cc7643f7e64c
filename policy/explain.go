package policy

import (
	"fmt"
	"strings"
)

// Explain tells the arithmetic in Chinese, one sentence per line: start, budget, days skipped, weekend days worked,
// rolling, result and, where it applies, that the date is provisional.
func (d Deadline) Explain() []string {
	lines := []string{
		fmt.Sprintf("起算：%s当日不计入（民法典第二百零一条）。", d.Anchor.Chinese()),
		fmt.Sprintf("期限：%s。", d.Budget.Chinese()),
	}
	if d.Budget.Until != "" {
		lines = []string{fmt.Sprintf("期限：%s。", d.Budget.Chinese())}
	}
	if d.Lost > 0 {
		lines = append(lines, fmt.Sprintf("补足：中断%d天，相应顺延。", d.Lost))
	}
	for _, run := range dayRuns(d.Days) {
		if s := run.explain(); s != "" {
			lines = append(lines, s)
		}
	}
	if d.Rolled {
		lines = append(lines, fmt.Sprintf("顺延：期限届满日不是工作日，顺延至%s（民法典第二百零三条）。", d.LastDay.Chinese()))
	}
	lines = append(lines, fmt.Sprintf("结果：最后一日为%s，当日24时截止。", d.LastDay.Chinese()))
	if w := d.Warning(); w != "" {
		lines = append(lines, fmt.Sprintf("提示：%s。", w))
	}
	return lines
}

// Warning is the sentence to show beside a provisional date, and "" for a firm one.
func (d Deadline) Warning() string {
	switch {
	case !d.Provisional:
		return ""
	case d.Unlisted:
		return fmt.Sprintf("%d年放假安排未收录，按周末暂估，补录后自动重算", d.WaitsFor)
	default:
		return fmt.Sprintf("%d年放假安排尚未公布，按周末暂估，公布后自动重算", d.WaitsFor)
	}
}

// Chinese names the budget: 5天（自然日，届满日遇休息日顺延）, 20个工作日.
func (b Budget) Chinese() string {
	switch {
	case b.Until != "":
		return fmt.Sprintf("指定日期%s", b.Until)
	case b.Unit == UnitWorking:
		return fmt.Sprintf("%d个工作日", b.Days)
	case b.RollHoliday:
		return fmt.Sprintf("%d天（自然日，届满日遇休息日顺延）", b.Days)
	default:
		return fmt.Sprintf("%d天（自然日）", b.Days)
	}
}

// dayRun is a row of consecutive days with the same kind, name and effect.
type dayRun struct {
	first, last DayNote
	n           int
}

func dayRuns(days []DayNote) []dayRun {
	var runs []dayRun
	for _, d := range days {
		if k := len(runs) - 1; k >= 0 && sameRun(runs[k].last, d) {
			runs[k].last = d
			runs[k].n++
			continue
		}
		runs = append(runs, dayRun{d, d, 1})
	}
	return runs
}

func sameRun(a, b DayNote) bool {
	return a.Kind == b.Kind && a.Name == b.Name && a.Effect == b.Effect
}

func (r dayRun) explain() string {
	span := r.first.Date.Chinese()
	if r.n > 1 {
		span = fmt.Sprintf("%s至%s", span, r.last.Date.Chinese())
	}
	switch {
	case r.first.Effect == DaySkipped && r.first.Kind == DayHoliday:
		return fmt.Sprintf("跳过：%s，%s放假%d天，不计入。", span, r.first.Name, r.n)
	case r.first.Effect == DaySkipped:
		return fmt.Sprintf("跳过：%s，周末%d天，不计入。", span, r.n)
	case r.first.Kind == DayMakeup:
		return fmt.Sprintf("周末上班：%s，%s调休上班，计入。", span, strings.TrimSuffix(r.first.Name, "调休"))
	case r.first.Kind == DayHoliday && r.first.Effect == DayCounted:
		return fmt.Sprintf("经过：%s，%s放假%d天，自然日照常计入。", span, r.first.Name, r.n)
	}
	return ""
}
