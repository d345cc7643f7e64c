package policy

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

var countyDay = NewDate(2026, 11, 1)

func countyPolicy(t *testing.T, rules ...CountyRule) Snapshot {
	t.Helper()
	return Snapshot{Values: map[string]json.RawMessage{"income_line": encode(IncomeLine{Fen: 690000, Concept: "net"}), "county_rules": encode(rules)}}
}

func localRule(when string) CountyRule {
	return CountyRule{Code: "local_one", Title: "本地一", Use: CountyScreening, When: when, Message: "请核实", Basis: "县规〔2026〕1号"}
}

// What is saved can be run: names, types, size and loops are checked, and the place of the fault is told.
func TestCountyRulesAreChecked(t *testing.T) {
	t.Parallel()
	key, ok := FindKey("county_rules")
	require.True(t, ok)
	for when, want := range map[string]string{
		`人均收入 < 监测线 && 大病 > 0`:               "",
		`any(成员, .年龄 >= 80 && .关系 == "户主")`:  "",
		`"因病" in 风险类型 || 住房等级 in ["C", "D"]`: "",
		`count(成员, .务工) == 0 && given(自付医疗)`: "",
		`人均收入 < `:          "expr_syntax",
		`人均收人 < 监测线`:       "expr_name",
		`any(成员, .工资 > 0)`: "expr_name",
		`住房等级 < 3`:         "expr_type",
		`人均收入 + 1`:         "expr_type",
		`any(成员, any(成员, any(成员, .年龄 > 1)))`: "expr_loops",
		`now() > 1`:                  "expr_name",
		`repeat("a", 1000000) == ""`: "expr_name",
	} {
		faults := key.Check(encode([]CountyRule{localRule(when)}))
		if want == "" {
			require.Empty(t, faults, when)
			continue
		}
		require.Len(t, faults, 1, when)
		require.Equal(t, want, faults[0].Code, when)
	}
	many := make([]CountyRule, maxCountyRules+1)
	for i := range many {
		many[i] = localRule("大病 > 0")
		many[i].Code += string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	require.Empty(t, key.Check(encode(many[1:])))
	require.Equal(t, "policy_range", key.Check(encode(many))[0].Code)
	wrong := localRule("大病 > 0")
	wrong.Code, wrong.Use, wrong.Message = "mine", "other", ""
	require.Len(t, key.Check(encode([]CountyRule{wrong})), 3)
}

// Just below the line is a hit, on it is none, and an income that nobody recorded is neither.
func TestCountyRuleJudges(t *testing.T) {
	t.Parallel()
	s := countyPolicy(t, localRule("人均收入 < 监测线"))
	r := s.CountyRules(CountyScreening)[0]
	family := func(net int64) *Family {
		return &Family{Members: []Member{{ID: "a", Head: true}}, Years: []IncomeYear{{Year: 2025, Wage: net}}}
	}
	under := r.Judge(family(689999), countyDay, s)
	require.Equal(t, []any{VerdictYes, "请核实", "县规〔2026〕1号"}, []any{under.Verdict, under.Reason, under.Basis})
	require.Equal(t, []Value{{"人均收入", "6899.99"}, {"监测线", "6900.00"}}, under.Values)
	require.Equal(t, VerdictNo, r.Judge(family(690000), countyDay, s).Verdict)
	blank := r.Judge(&Family{Members: []Member{{}}}, countyDay, s)
	require.Equal(t, []any{VerdictJudge, "未登记：人均收入"}, []any{blank.Verdict, blank.Reason})
	old := family(1)
	old.Years[0].Year = 2024
	require.Equal(t, VerdictJudge, r.Judge(old, countyDay, s).Verdict, "an income of two years ago says nothing about today")
	require.Equal(t, VerdictJudge, r.Judge(family(1), countyDay, Snapshot{}).Verdict, "no line is set")
}

// Every name can be asked of a family of which nothing is known, and of one of which much is.
func TestEveryCountyNameAnswers(t *testing.T) {
	t.Parallel()
	yes := true
	rich := Family{OutOfPoverty: true, Status: "monitored", CannotSolveAlone: &yes, House: House{Housing: Housing{Grade: "C"}},
		Episode: &Episode{RiskTypes: []string{"illness"}}, Supporter: SupporterNone, Years: []IncomeYear{{Year: 2024, Wage: 2}, {Year: 2025, Wage: 100}},
		Members: []Member{{Birth: NewDate(1940, 1, 1), Health: "患有大病", Labour: "无劳动力"}}}
	for _, f := range countyFacts {
		view := countyView{f: &rich, today: countyDay, policy: countyPolicy(t)}
		_ = f.value(&view)
		empty := countyView{f: &Family{}, today: countyDay}
		_ = f.value(&empty)
	}
	for when, want := range map[string]Verdict{
		`老人 == 1 && 大病 == 1 && 劳动力 == 0`: VerdictYes, `上年人均收入 < 人均收入`: VerdictYes, `"因病" in 风险类型`: VerdictYes, `住房达标`: VerdictNo, `监测状态 == "监测中"`: VerdictYes,
		`饮水达标`: VerdictJudge, `赡养人 == "无" && 户类型 == "脱贫户"`: VerdictYes, `any(成员, .年龄 >= 86)`: VerdictYes, `any(成员, .年龄 >= 87)`: VerdictNo,
	} {
		require.Equal(t, want, localRule(when).Judge(&rich, countyDay, countyPolicy(t)).Verdict, when)
	}
	require.Equal(t, VerdictJudge, localRule(`any(成员, .年龄 >= 87)`).Judge(&Family{Members: []Member{{}}}, countyDay, countyPolicy(t)).Verdict, "an age that nobody knows")
}

// The screening runs the rules of the place beside its own.
func TestScreeningRunsCountyRules(t *testing.T) {
	t.Parallel()
	s := countyPolicy(t, localRule("家庭人口 == 1"))
	found := NewScreener(countyDay, s).Screen(&Family{Members: []Member{{}}})
	last := found[len(found)-1]
	require.Equal(t, []any{"local_one", VerdictYes}, []any{last.Code, last.Verdict})
}

func FuzzCountyRule(f *testing.F) {
	for _, seed := range []string{"人均收入 < 监测线", "any(成员, .年龄 > 1)", "大病 > 0 ? true : false", "\"因病\" in 风险类型", "((((", "1/0 > 1", "成员[9].年龄 > 1", "住房等级 matches \"(a+)+$\""} {
		f.Add(seed)
	}
	yes := true
	family := Family{Members: []Member{{Birth: NewDate(1980, 1, 1)}, {}}, Years: []IncomeYear{{Year: 2025, Wage: 5}}, WholeAway: &yes}
	s := Snapshot{Values: map[string]json.RawMessage{"income_line": encode(IncomeLine{Fen: 1, Concept: "net"})}}
	f.Fuzz(func(t *testing.T, when string) {
		r := localRule(when)
		if len(r.check()) > 0 {
			return
		}
		require.Contains(t, []Verdict{VerdictYes, VerdictNo, VerdictJudge}, r.Judge(&family, countyDay, s).Verdict)
	})
}

func TestCountyRulesOfQuality(t *testing.T) {
	t.Parallel()
	doubt := localRule("家庭人口 == 1")
	doubt.Use = CountyQuality
	s := countyPolicy(t, doubt, CountyRule{Code: "local_two", Use: CountyScreening, When: "大病 > 0"})
	require.Len(t, s.QualityRules(), len(DataRules)+1)
	r, ok := s.QualityRule("local_one")
	require.True(t, ok)
	found := r.Find(&Family{Members: []Member{{}}}, NewDataContext(countyDay, s))
	require.Len(t, found, 1)
	require.Equal(t, map[string]string{"家庭人口": "1"}, found[0].Values)
	require.Empty(t, r.Find(&Family{}, NewDataContext(countyDay, s)))
	_, ok = s.QualityRule("local_two")
	require.False(t, ok, "a rule of the screening is none of the data")
	_, ok = s.QualityRule(DataRules[0].Code)
	require.True(t, ok)
}

func TestSteadyWork(t *testing.T) {
	t.Parallel()
	day := NewDate(2026, 11, 1)
	work := func(from, to Date) WorkRecord { return WorkRecord{Started: from, Ended: to, OffCounty: true} }
	for _, c := range []struct {
		name string
		work []WorkRecord
		want bool
	}{
		{"a day short of six months", []WorkRecord{work(NewDate(2026, 2, 1), NewDate(2026, 7, 30))}, false},
		{"six months", []WorkRecord{work(NewDate(2026, 2, 1), NewDate(2026, 7, 31))}, true},
		{"seven months", []WorkRecord{work(NewDate(2026, 2, 1), NewDate(2026, 8, 31))}, true},
		{"three and three", []WorkRecord{work(NewDate(2026, 1, 1), NewDate(2026, 3, 31)), work(NewDate(2026, 6, 1), NewDate(2026, 8, 31))}, true},
		{"since long ago and still", []WorkRecord{work(NewDate(2020, 1, 1), Date{})}, true},
		{"over before the year", []WorkRecord{work(NewDate(2025, 1, 1), NewDate(2025, 10, 31))}, false},
		{"in the county", []WorkRecord{{Started: NewDate(2020, 1, 1)}}, false},
		{"no work", nil, false},
	} {
		t.Run("S3-008 "+c.name, func(t *testing.T) {
			require.Equal(t, c.want, (&Member{Work: c.work}).SteadyWork(day, with()))
		})
	}
}
