package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var defaults = Resolve(nil, "", time.Date(2026, 10, 1, 0, 0, 0, 0, Shanghai))

// Every line of the minimum map of 5.3, and a kind beside it that does not fit.
func TestEveryRiskNeedsAFittingMeasure(t *testing.T) {
	t.Parallel()
	for risk, c := range map[string]struct{ fits, not []string }{
		"illness":    {[]string{"health", "social", "security"}, []string{"education", "industry"}},
		"schooling":  {[]string{"compulsory_education", "education", "social"}, []string{"health", "security"}},
		"disability": {[]string{"security", "social"}, []string{"health"}},
		"housing":    {[]string{"housing_safety", "relocation"}, []string{"water_safety", "security"}},
		"water":      {[]string{"water_safety"}, []string{"housing_safety", "social"}},
		"accident":   {[]string{"industry", "social"}, nil},
	} {
		for _, kind := range c.fits {
			require.Empty(t, Unanswered([]string{risk}, []Measure{{kind, risk}}, defaults), "%s %s", risk, kind)
		}
		for _, kind := range c.not {
			require.Equal(t, []string{risk}, Unanswered([]string{risk}, []Measure{{kind, risk}}, defaults), "%s %s", risk, kind)
		}
		require.Equal(t, []string{risk}, Unanswered([]string{risk}, []Measure{{c.fits[0], "other"}}, defaults), "it answers another risk")
	}
	require.Equal(t, []string{"water"}, Unanswered([]string{"illness", "water"}, []Measure{{"health", "illness"}}, defaults))
	require.Equal(t, "住房安全保障、搬迁", FittingKinds("housing", defaults))
	require.Empty(t, FittingKinds("accident", defaults))
}

func TestRiskMapIsPolicy(t *testing.T) {
	t.Parallel()
	s := Resolve([]Row{row("risk_measures", "51", `{"accident":["social"]}`)}, "51", time.Now())
	require.Equal(t, []string{"accident"}, Unanswered([]string{"accident"}, []Measure{{"industry", "accident"}}, s))
	require.Empty(t, Unanswered([]string{"illness"}, []Measure{{"industry", "illness"}}, s))
	require.Equal(t, "policy_empty", ValidateRow(row("risk_measures", "51", `{"accident":[]}`))[0].Code)
	for _, bad := range []string{`[{"code":"a","title":"甲","class":"other","accept_days":5}]`, `[{"code":"a","title":"甲","class":"protective","accept_days":0}]`} {
		require.NotEmpty(t, ValidateRow(row("measure_kinds", "51", bad)), bad)
	}
}

func TestLabourRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		can    bool
		kinds  []string
		reason bool
		code   string
	}{
		{"labour and a development measure", true, []string{"security", "public_post"}, false, ""},
		{"labour and 低保 only", true, []string{"security", "health"}, false, "development_measure_missing"},
		{"labour, 低保 only, and a reason", true, []string{"security"}, true, ""},
		{"no labour and medical aid", false, []string{"health", "industry"}, false, ""},
		{"no labour and a business", false, []string{"industry"}, false, "protective_measure_missing"},
		{"no labour, a business, and a reason", false, []string{"industry"}, true, ""},
		{"nothing", true, nil, false, "development_measure_missing"},
	} {
		faults := LabourRule(c.can, c.kinds, c.reason, defaults)
		require.Equal(t, c.code == "", len(faults) == 0, c.name)
		if c.code != "" {
			require.Equal(t, c.code, faults[0].Code, c.name)
		}
	}
	for labour, want := range map[string][2]bool{"普通劳动力": {true, true}, "技能劳动力": {true, true}, "弱劳动力或半劳动力": {true, true},
		"丧失劳动力": {false, true}, "无劳动力": {false, true}, "无劳动能力": {false, true}, " ": {false, false}} {
		can, known := CanWork(labour)
		require.Equal(t, want, [2]bool{can, known}, labour)
	}
}

func TestFiveOnes(t *testing.T) {
	t.Parallel()
	all := FiveOnes{true, true, true, true, true}
	require.Equal(t, 5, all.Score())
	require.Equal(t, "5/5", all.String())
	require.Equal(t, 0, FiveOnes{}.Score())
	for i, title := range []string{"一名结对帮扶责任人", "一个帮扶计划", "一套帮扶措施", "一月一走访", "一本帮扶手册"} {
		f := all
		*[]*bool{&f.Responsible, &f.Plan, &f.Measures, &f.Visit, &f.Handbook}[i] = false
		require.Equal(t, "4/5，缺"+title, f.String())
	}
}
