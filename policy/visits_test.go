package policy

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPeriodOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ every, day, key, first, last string }{
		{"month", "2026-02-28", "2026-02", "2026-02-01", "2026-02-28"},
		{"month", "2028-02-29", "2028-02", "2028-02-01", "2028-02-29"},
		{"quarter", "2026-09-30", "2026Q3", "2026-07-01", "2026-09-30"},
		{"quarter", "2026-10-01", "2026Q4", "2026-10-01", "2026-12-31"},
		{"half_year", "2026-06-30", "2026H1", "2026-01-01", "2026-06-30"},
		{"half_year", "2026-07-01", "2026H2", "2026-07-01", "2026-12-31"},
		{"year", "2026-12-31", "2026", "2026-01-01", "2026-12-31"},
	} {
		require.Equal(t, Period{c.key, mustDate(c.first), mustDate(c.last)}, PeriodOf(c.every, mustDate(c.day)), c)
	}
	require.Zero(t, PeriodOf("week", mustDate("2026-01-01")))
}

func TestVisitClass(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"monitored", "ordinary", "monitored"}, {"eliminating", "out_of_poverty", "monitored"}, {"observing", "ordinary", "observing"},
		{"stable", "out_of_poverty", "stable"}, {"none", "out_of_poverty", "out_of_poverty"}, {"candidate", "ordinary", "ordinary"},
		{"revoked", "ordinary", "ordinary"}, {"household_cancelled", "out_of_poverty", ""},
	} {
		require.Equal(t, c[2], VisitClass(c[0], c[1]), c)
	}
	for _, r := range defaults.VisitRules() {
		require.Empty(t, r.check(), r.Code)
	}
}

// A hundred households over the days from 1 October 2026 on: the holiday is left
// out, Saturday the 10th is worked.
func TestSpread(t *testing.T) {
	t.Parallel()
	cal := DefaultCalendar()
	first, last := mustDate("2026-10-01"), mustDate("2026-10-31")
	got := map[string]int{}
	for i := range 100 {
		key := fmt.Sprint("household ", i)
		d := cal.Spread(first, last, 3, key)
		require.Equal(t, d, cal.Spread(first, last, 3, key), "always the same day")
		got[d.String()]++
	}
	require.Len(t, got, 3)
	for _, d := range []string{"2026-10-08", "2026-10-09", "2026-10-10"} {
		require.Greater(t, got[d], 15, d)
	}
	require.Equal(t, "2026-10-08", cal.Spread(first, last, 1, "x").String())
	for i := range 20 { // the period is nearly over
		require.Equal(t, "2026-10-30", cal.Spread(mustDate("2026-10-30"), last, 9, fmt.Sprint(i)).String())
	}
	require.Equal(t, "2026-10-31", cal.Spread(last, last, 5, "x").String(), "no working day is left")
}

func TestCopiedTexts(t *testing.T) {
	t.Parallel()
	text := "入户查看住房和饮水，户主田禾在家务农，本月卖猪收入3200元，孩子在校读书，无新增困难。"
	copied := "入户查看住房和饮水，户主苗青在家务农，本月卖猪收入2800元，孩子在校读书，无新增困难！"
	require.Equal(t, Plain(text, "田禾"), Plain(copied, "苗青"), "numbers, names and marks aside")
	near := "入户查看住房和饮水，户主在家务农，本月卖猪有收入，孩子在校读书，没有新增困难，谢谢"
	other := "户主住院治疗，自付费用较高，已说明医疗救助的申请办法，陪同到乡镇提交了材料"
	a := Sketch(Plain(text, "田禾"))
	require.Equal(t, 1.0, Alike(a, Sketch(Plain(copied, "苗青"))))
	require.Greater(t, Alike(a, Sketch(Plain(near))), 0.6)
	require.Less(t, Alike(a, Sketch(Plain(near))), 1.0)
	require.Less(t, Alike(a, Sketch(Plain(other))), 0.2)
	require.Nil(t, Sketch("一切正常无变化"), "seven characters")
	require.NotNil(t, Sketch("一切正常没有变化"), "eight characters")
	require.Zero(t, Alike(nil, nil))
}

func TestMetres(t *testing.T) {
	t.Parallel()
	require.Zero(t, Metres(104.5, 30.5, 104.5, 30.5))
	require.InDelta(t, 111_195, Metres(104.5, 30, 104.5, 31), 10, "a degree of latitude")
	require.InDelta(t, 96_297, Metres(104, 30, 105, 30), 20, "a degree of longitude at thirty degrees")
	require.InDelta(t, 20_015_000, Metres(0, 0, 180, 0), 1000, "half around")
}
