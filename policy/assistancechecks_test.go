package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The visit and assistance checks of 5.5, each on both sides of its limit.
func TestAssistanceChecks(t *testing.T) {
	t.Parallel()
	today := NewDate(2026, 11, 22)
	for _, c := range []struct {
		name, code string
		with       func(*AssistanceFacts)
		want       Verdict
		reason     string
	}{
		{"S3-048 all five", CheckFiveOnes, nil, VerdictYes, "5/5"},
		{"S3-048 no handbook", CheckFiveOnes, func(f *AssistanceFacts) { f.FiveOnes.Handbook = false }, VerdictNo, "4/5，缺一本帮扶手册"},
		{"S003 #18 a month ago", CheckVisit, func(f *AssistanceFacts) { f.LastVisit = NewDate(2026, 10, 22) }, VerdictYes, "最近一次走访2026年10月22日（周四），距今31天；监测对象每月走访"},
		{"S003 #18 a month and a day ago", CheckVisit, func(f *AssistanceFacts) { f.LastVisit = NewDate(2026, 10, 21) }, VerdictNo, "最近一次走访2026年10月21日（周三），距今32天；监测对象每月走访，已超1天"},
		{"S003 #18 never, identified a month ago", CheckVisit, func(f *AssistanceFacts) { f.LastVisit, f.Since = Date{}, NewDate(2026, 10, 22) }, VerdictYes, ""},
		{"S003 #18 never, identified before that", CheckVisit, func(f *AssistanceFacts) { f.LastVisit, f.Since = Date{}, NewDate(2026, 10, 21) }, VerdictNo, ""},
		{"S003 #18 nothing known", CheckVisit, func(f *AssistanceFacts) { f.LastVisit, f.Since = Date{}, Date{} }, VerdictJudge, ""},
		{"S003 #5 an ordinary household within the year", CheckVisit, func(f *AssistanceFacts) { f.Class, f.LastVisit = "ordinary", NewDate(2025, 11, 22) }, VerdictYes, ""},
		{"S003 #5 an ordinary household after the year", CheckVisit, func(f *AssistanceFacts) { f.Class, f.LastVisit = "ordinary", NewDate(2025, 11, 21) }, VerdictNo, ""},
		{"plan on its last day", CheckPlan, func(f *AssistanceFacts) { f.Plan = Due{By: today} }, VerdictYes, "期限2026年11月22日（周日），尚未制定"},
		{"plan a day late", CheckPlan, func(f *AssistanceFacts) { f.Plan = Due{By: today.AddDays(-1)} }, VerdictNo, "期限2026年11月21日（周六），尚未制定，超期1天"},
		{"plan made in time", CheckPlan, func(f *AssistanceFacts) { f.Plan = Due{By: today.AddDays(-9), Done: today.AddDays(-9)} }, VerdictYes, ""},
		{"plan made late", CheckPlan, func(f *AssistanceFacts) { f.Plan = Due{By: today.AddDays(-9), Done: today.AddDays(-8)} }, VerdictNo, ""},
		{"no plan", CheckPlan, func(f *AssistanceFacts) { f.Plan = Due{} }, VerdictJudge, ""},
		{"measures on their last day", CheckMeasures, func(f *AssistanceFacts) { f.Measures = []Due{{By: today}, {By: today.AddDays(1)}} }, VerdictYes, "2项措施均未超期"},
		{"one measure late", CheckMeasures, func(f *AssistanceFacts) { f.Measures = []Due{{By: today}, {By: today.AddDays(-3)}} }, VerdictNo, "2项措施中1项超期，最长3天"},
		{"no measure", CheckMeasures, func(f *AssistanceFacts) { f.Measures = nil }, VerdictJudge, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := AssistanceFacts{Today: today, Class: "monitored", FiveOnes: FiveOnes{true, true, true, true, true}, LastVisit: today}
			if c.with != nil {
				c.with(&f)
			}
			for _, x := range AssistanceChecks(f, with()) {
				if x.Code != c.code {
					continue
				}
				require.Equal(t, c.want, x.Verdict, x.Reason)
				require.NotEmpty(t, x.Basis)
				if c.reason != "" {
					require.Equal(t, c.reason, x.Reason)
				}
				require.Equal(t, x.Verdict == VerdictJudge, len(x.Values) == 0)
			}
		})
	}
}
