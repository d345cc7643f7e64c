package policy

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDeadline(t *testing.T) {
	t.Parallel()
	calendar := func(n int) Budget { return Budget{Days: n, Unit: UnitCalendar} }
	rolling := func(n int) Budget { return Budget{Days: n, Unit: UnitCalendar, RollHoliday: true} }
	working := func(n int) Budget { return Budget{Days: n, Unit: UnitWorking} }
	for _, c := range []struct {
		name        string
		anchor      string
		b           Budget
		lost        int
		first, last string
		rolled      bool
		provisional bool
	}{
		{"15 days, anchor day not counted", "2026-11-02", calendar(15), 0, "2026-11-03", "2026-11-17", false, false},
		{"no days", "2026-11-02", calendar(0), 0, "2026-11-02", "2026-11-02", false, false},
		{"negative days count as none", "2026-11-02", calendar(-3), -1, "2026-11-02", "2026-11-02", false, false},
		{"no days on a holiday, rolling", "2026-10-01", rolling(0), 0, "2026-10-01", "2026-10-08", true, false},
		{"notice ends on the day before the holiday", "2026-09-25", rolling(5), 0, "2026-09-26", "2026-09-30", false, false},
		{"notice ends on the first day of the holiday", "2026-09-26", rolling(5), 0, "2026-09-27", "2026-10-08", true, false},
		{"the same without rolling", "2026-09-26", calendar(5), 0, "2026-09-27", "2026-10-01", false, false},
		{"last day on the worked Saturday", "2026-10-05", rolling(5), 0, "2026-10-06", "2026-10-10", false, false},
		{"last day on an ordinary Saturday", "2026-11-02", rolling(5), 0, "2026-11-03", "2026-11-09", true, false},
		{"two lost days", "2026-11-02", rolling(5), 2, "2026-11-03", "2026-11-09", false, false},
		{"5 working days over the holiday", "2026-09-30", working(5), 0, "2026-10-08", "2026-10-13", false, false},
		{"2 working days with the worked Sunday before spring festival", "2025-01-24", working(2), 0, "2025-01-26", "2025-01-27", false, false},
		{"3 working days over spring festival", "2025-01-24", working(3), 0, "2025-01-26", "2025-02-05", false, false},
		{"20 working days, 2024 spring", "2024-02-02", working(20), 0, "2024-02-04", "2024-03-06", false, false},
		{"working days and a lost one", "2026-11-02", working(4), 1, "2026-11-03", "2026-11-09", false, false},
		{"the last sure working day", "2026-12-23", working(1), 0, "2026-12-24", "2026-12-24", false, false},
		{"the first unsure working day", "2026-12-24", working(1), 0, "2026-12-25", "2026-12-25", false, true},
		{"working into 2027", "2026-12-31", working(1), 0, "2027-01-01", "2027-01-01", false, true},
		{"rolling in 2027", "2026-12-28", rolling(5), 0, "2026-12-29", "2027-01-04", true, true},
		{"a plain count of days is never provisional", "2026-12-28", calendar(5), 0, "2026-12-29", "2027-01-02", false, false},
	} {
		d := DefaultCalendar().Deadline(mustDate(c.anchor).Start().Add(17*time.Hour), c.b, c.lost)
		require.Equal(t, c.first, d.FirstDay.String(), c.name)
		require.Equal(t, c.last, d.LastDay.String(), c.name)
		require.Equal(t, c.rolled, d.Rolled, c.name)
		require.Equal(t, c.provisional, d.Provisional, c.name)
		require.Equal(t, mustDate(c.last).AddDays(1).Start(), d.Due, c.name)
		require.Len(t, d.Days, d.LastDay.Sub(d.Anchor), c.name)
	}
}

func TestDeadlineAnchorAtMidnight(t *testing.T) {
	t.Parallel()
	day := mustDate("2026-11-02")
	b := Budget{Days: 1, Unit: UnitCalendar}
	require.Equal(t, mustDate("2026-11-02"), DefaultCalendar().Deadline(day.Start().Add(-time.Second), b, 0).LastDay)
	require.Equal(t, mustDate("2026-11-03"), DefaultCalendar().Deadline(day.Start(), b, 0).LastDay)
	require.Equal(t, mustDate("2026-11-03"), DefaultCalendar().Deadline(day.Start().UTC(), b, 0).LastDay)
}

func TestDeadlineIsRecomputedWhenTheYearIsPublished(t *testing.T) {
	t.Parallel()
	anchor, b := mustDate("2026-12-30").Start(), Budget{Days: 1, Unit: UnitWorking}
	before := DefaultCalendar().Deadline(anchor, b, 0)
	require.Equal(t, "2027年放假安排尚未公布，按周末暂估，公布后自动重算", before.Warning())
	require.Equal(t, mustDate("2026-12-31"), before.LastDay)
	after := DefaultCalendar().With(year2027(t)).Deadline(anchor, b, 0)
	require.Equal(t, mustDate("2027-01-04"), after.LastDay)
	require.False(t, after.Provisional)
	require.Empty(t, after.Warning())

	old := DefaultCalendar().Deadline(mustDate("2023-05-04").Start(), b, 0)
	require.Equal(t, "2023年放假安排未收录，按周末暂估，补录后自动重算", old.Warning())
}

func TestExplain(t *testing.T) {
	t.Parallel()
	cal := DefaultCalendar()
	require.Equal(t, []string{
		"起算：2026年9月30日（周三）当日不计入（民法典第二百零一条）。",
		"期限：5个工作日。",
		"跳过：2026年10月1日（周四）至2026年10月7日（周三），国庆节放假7天，不计入。",
		"周末上班：2026年10月10日（周六），国庆节调休上班，计入。",
		"跳过：2026年10月11日（周日），周末1天，不计入。",
		"结果：最后一日为2026年10月13日（周二），当日24时截止。",
	}, cal.Deadline(mustDate("2026-09-30").Start(), Budget{Days: 5, Unit: UnitWorking}, 0).Explain())
	require.Equal(t, []string{
		"起算：2026年9月26日（周六）当日不计入（民法典第二百零一条）。",
		"期限：5天（自然日，届满日遇休息日顺延）。",
		"补足：中断1天，相应顺延。",
		"经过：2026年9月27日（周日），中秋节放假1天，自然日照常计入。",
		"经过：2026年10月1日（周四）至2026年10月2日（周五），国庆节放假2天，自然日照常计入。",
		"顺延：期限届满日不是工作日，顺延至2026年10月8日（周四）（民法典第二百零三条）。",
		"结果：最后一日为2026年10月8日（周四），当日24时截止。",
	}, cal.Deadline(mustDate("2026-09-26").Start(), Budget{Days: 5, Unit: UnitCalendar, RollHoliday: true}, 1).Explain())
	lines := cal.Deadline(mustDate("2026-12-31").Start(), Budget{Days: 2, Unit: UnitWorking}, 0).Explain()
	require.Equal(t, "提示：2027年放假安排尚未公布，按周末暂估，公布后自动重算。", lines[len(lines)-1])
}

func TestDeadlineProperties(t *testing.T) {
	t.Parallel()
	cal := DefaultCalendar()
	rapid.Check(t, func(t *rapid.T) {
		anchor := NewDate(2024, 1, 1+rapid.IntRange(0, 1200).Draw(t, "day")).Start().
			Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second)
		b := Budget{
			Days: rapid.IntRange(0, 60).Draw(t, "days"), Unit: rapid.SampledFrom([]Unit{UnitCalendar, UnitWorking}).Draw(t, "unit"),
			RollHoliday: rapid.Bool().Draw(t, "roll"),
		}
		lost := rapid.IntRange(0, 5).Draw(t, "lost")
		d := cal.Deadline(anchor, b, lost)

		more := b
		more.Days++
		require.False(t, cal.Deadline(anchor, more, lost).Due.Before(d.Due), "monotone in days")
		require.False(t, cal.Deadline(anchor, b, lost+1).Due.Before(d.Due), "monotone in lost days")
		require.False(t, cal.Deadline(anchor.Add(24*time.Hour), b, lost).Due.Before(d.Due), "monotone in the anchor")
		if b.RollHoliday || (b.Unit == UnitWorking && b.Days+lost > 0) {
			require.True(t, cal.Day(d.LastDay).Work, "the last day is worked")
		}
		if b.Unit == UnitWorking && !b.RollHoliday {
			n, _ := cal.WorkdaysBetween(d.Anchor, d.LastDay)
			require.Equal(t, b.Days+lost, n)
		}
		require.True(t, d.Due.After(anchor))
		counted := 0
		for i, note := range d.Days {
			require.Equal(t, d.Anchor.AddDays(i+1), note.Date)
			if note.Effect == DayCounted {
				counted++
			}
		}
		require.Equal(t, b.Days+lost, counted)
	})
}

func TestDeadlineSurvivesJSON(t *testing.T) {
	t.Parallel()
	d := DefaultCalendar().Deadline(mustDate("2026-12-28").Start(), Budget{Days: 5, Unit: UnitCalendar, RollHoliday: true}, 1)
	raw, err := json.Marshal(d)
	require.NoError(t, err)
	var back Deadline
	require.NoError(t, json.Unmarshal(raw, &back))
	require.True(t, d.Due.Equal(back.Due))
	back.Due = d.Due
	require.Equal(t, d, back)
}

func BenchmarkDeadline(b *testing.B) {
	cal, anchor := DefaultCalendar(), mustDate("2026-09-26").Start()
	for b.Loop() {
		cal.Deadline(anchor, Budget{Days: 20, Unit: UnitWorking}, 0)
	}
}
