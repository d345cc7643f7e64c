package policy

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-30", 3, "2027-02-28"}, {"2027-11-30", 3, "2028-02-29"}, {"2026-01-31", 1, "2026-02-28"}, {"2026-10-15", 3, "2027-01-15"},
		{"2026-03-31", -1, "2026-02-28"}, {"2026-01-15", -13, "2024-12-15"}, {"2026-05-31", 0, "2026-05-31"}, {"2026-12-31", 12, "2027-12-31"},
	} {
		require.Equal(t, c.want, mustDate(c.from).AddMonths(c.n).String(), "%s%+d", c.from, c.n)
	}
}

func TestMonthsUntil(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		want     int
	}{
		{"2026-03-15", "2026-09-14", 5}, {"2026-03-15", "2026-09-15", 6}, {"2026-08-31", "2027-02-27", 5}, {"2026-08-31", "2027-02-28", 6},
		{"2026-03-15", "2026-03-15", 0}, {"2026-09-15", "2026-03-15", 0}, {"2025-12-31", "2026-01-30", 0}, {"2025-12-31", "2026-01-31", 1},
	} {
		require.Equal(t, c.want, mustDate(c.from).MonthsUntil(mustDate(c.to)), "%s to %s", c.from, c.to)
	}
}

func TestLookbackPeriod(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode, day string
		n         int
		from, to  string
	}{
		{LookbackRolling, "2026-11-20", 1, "2026-11-21", "2027-02-20"},
		{LookbackRolling, "2026-11-20", 2, "2027-02-21", "2027-05-20"},
		{LookbackRolling, "2026-11-20", 4, "2027-08-21", "2027-11-20"},
		{LookbackRolling, "2026-11-30", 1, "2026-12-01", "2027-02-28"},
		{LookbackRolling, "2026-11-30", 2, "2027-03-01", "2027-05-30"},
		{LookbackCalendar, "2026-11-20", 1, "2027-01-01", "2027-03-31"},
		{LookbackCalendar, "2026-12-31", 1, "2027-01-01", "2027-03-31"},
		{LookbackCalendar, "2026-01-01", 1, "2026-04-01", "2026-06-30"},
		{LookbackCalendar, "2026-11-20", 4, "2027-10-01", "2027-12-31"},
	} {
		from, to := LookbackPeriod(c.mode, mustDate(c.day), c.n)
		require.Equal(t, []string{c.from, c.to}, []string{from.String(), to.String()}, "%s %s %d", c.mode, c.day, c.n)
	}
}

// passing are facts with every condition at its boundary, so that the least change breaks one.
func passing() PrecheckFacts {
	yes := func() Known { return Known{new(true), FromCommittee} }
	return PrecheckFacts{
		Today: mustDate("2026-11-22"), PerHead: new(int64(700000)), AboveSince: mustDate("2026-05-22"),
		Education: yes(), Medical: yes(), Housing: yes(), Water: yes(), Delivered: Known{new(true), FromRecords},
		Risks: []RiskOutcome{{"因病", RiskResolved}, {"因学", RiskNatural}}, MonitoredSince: mustDate("2026-05-22"),
		NoLabour: Known{new(false), FromRecords},
	}
}

func precheckPolicy(values map[string]string) Snapshot {
	rows := []Row{row("income_line", "51", `{"fen":700000,"concept":"net"}`)}
	for key, v := range values {
		rows = append(rows, row(key, "5109", v))
	}
	return Resolve(rows, "510923", time.Now())
}

// Both sides of every condition of the precheck.
func TestPrecheck(t *testing.T) {
	t.Parallel()
	noLabour := func(since string) func(*PrecheckFacts) {
		return func(f *PrecheckFacts) {
			f.NoLabour.Yes, f.SecuredSince = new(true), Date{}
			f.SecuredSince, _ = ParseDate(since)
		}
	}
	for name, c := range map[string]struct {
		policy map[string]string
		change func(*PrecheckFacts)
		code   string
		want   Verdict
	}{
		"on the line":                 {nil, func(*PrecheckFacts) {}, "income", VerdictYes},
		"a fen below the line":        {nil, func(f *PrecheckFacts) { *f.PerHead-- }, "income", VerdictNo},
		"on an inclusive line":        {map[string]string{"income_line": `{"fen":700000,"concept":"net","inclusive":true}`}, func(*PrecheckFacts) {}, "income", VerdictNo},
		"above an inclusive line":     {map[string]string{"income_line": `{"fen":700000,"concept":"net","inclusive":true}`}, func(f *PrecheckFacts) { *f.PerHead++ }, "income", VerdictYes},
		"income unknown":              {nil, func(f *PrecheckFacts) { f.PerHead = nil }, "income", VerdictJudge},
		"six months":                  {nil, func(*PrecheckFacts) {}, "stable", VerdictYes},
		"a day less than six months":  {nil, func(f *PrecheckFacts) { f.AboveSince = mustDate("2026-05-23") }, "stable", VerdictNo},
		"seven months wanted":         {map[string]string{"stable_months": "7"}, func(*PrecheckFacts) {}, "stable", VerdictNo},
		"since when unknown":          {nil, func(f *PrecheckFacts) { f.AboveSince = Date{} }, "stable", VerdictJudge},
		"education":                   {nil, func(f *PrecheckFacts) { f.Education.Yes = new(false) }, "education", VerdictNo},
		"medical":                     {nil, func(f *PrecheckFacts) { f.Medical.Yes = new(false) }, "medical", VerdictNo},
		"housing":                     {nil, func(f *PrecheckFacts) { f.Housing.Yes = new(false) }, "housing", VerdictNo},
		"water":                       {nil, func(f *PrecheckFacts) { f.Water.Yes = new(false) }, "water", VerdictNo},
		"water unknown":               {nil, func(f *PrecheckFacts) { f.Water.Yes = nil }, "water", VerdictJudge},
		"a risk left":                 {nil, func(f *PrecheckFacts) { f.Risks[1].Outcome = RiskOpen }, "risks", VerdictNo},
		"a risk not told":             {nil, func(f *PrecheckFacts) { f.Risks[1].Outcome = "" }, "risks", VerdictNo},
		"no risk at all":              {nil, func(f *PrecheckFacts) { f.Risks = nil }, "risks", VerdictNo},
		"an excluded situation":       {nil, func(f *PrecheckFacts) { f.Excluded = []string{"收入不稳"} }, "excluded", VerdictNo},
		"a new clue":                  {nil, func(f *PrecheckFacts) { f.OpenClues = 1 }, "clues", VerdictNo},
		"a measure not delivered":     {nil, func(f *PrecheckFacts) { f.Delivered.Yes = new(false) }, "measures", VerdictNo},
		"gone by itself":              {nil, func(f *PrecheckFacts) { f.Delivered.Yes, f.Natural = new(false), true }, "measures", VerdictYes},
		"a problem to be rectified":   {nil, func(f *PrecheckFacts) { f.Rectifications = 1 }, "rectification", VerdictNo},
		"labour unknown":              {nil, func(f *PrecheckFacts) { f.NoLabour.Yes = nil }, "labour", VerdictJudge},
		"no labour":                   {nil, noLabour("2020-01-01"), "labour", VerdictNo},
		"no labour, as any other":     {map[string]string{"no_labour_elimination": `"normal"`}, noLabour(""), "labour", VerdictYes},
		"no labour, secured":          {map[string]string{"no_labour_elimination": `"after_stable"`}, noLabour("2026-05-22"), "labour", VerdictYes},
		"no labour, secured too late": {map[string]string{"no_labour_elimination": `"after_stable"`}, noLabour("2026-05-23"), "labour", VerdictNo},
		"no labour, not secured":      {map[string]string{"no_labour_elimination": `"after_stable"`, "stable_months": "0"}, noLabour(""), "labour", VerdictNo},
	} {
		t.Run(name, func(t *testing.T) {
			f := passing()
			c.change(&f)
			items := Precheck(f, precheckPolicy(c.policy))
			i := slices.IndexFunc(items, func(i PrecheckItem) bool { return i.Code == c.code })
			require.GreaterOrEqual(t, i, 0)
			require.Equal(t, c.want, items[i].Verdict, items[i].Reason)
			require.Equal(t, c.want == VerdictYes, PrecheckPasses(items), "this condition alone decides")
			for _, x := range items {
				require.NotContains(t, []string{x.Title, x.Value, x.Threshold, x.Source, x.Reason}, "", x.Code)
			}
		})
	}
}

// A short time since the identification is a warning and stops nothing (E-11).
func TestPrecheckWarnsOfAnEarlyElimination(t *testing.T) {
	t.Parallel()
	for since, want := range map[string]Verdict{"2026-05-22": VerdictYes, "2026-05-23": VerdictNo, "": VerdictJudge} {
		f := passing()
		f.MonitoredSince, _ = ParseDate(since)
		items := Precheck(f, precheckPolicy(nil))
		i := slices.IndexFunc(items, func(i PrecheckItem) bool { return i.Code == "months" })
		require.Equal(t, want, items[i].Verdict, since)
		require.True(t, items[i].Warning)
		require.True(t, PrecheckPasses(items), since)
	}
}

// Without an income line of the year nothing is eliminated.
func TestPrecheckWithoutALine(t *testing.T) {
	t.Parallel()
	items := Precheck(passing(), Resolve(nil, "510923", time.Now()))
	require.Equal(t, VerdictJudge, items[0].Verdict)
	require.False(t, PrecheckPasses(items))
}

// No key sets a target or a ranking of eliminations, and none can be added to the rows of a place (S003 #11).
func TestNoTargetOfEliminationsCanBeSet(t *testing.T) {
	t.Parallel()
	for _, k := range Keys {
		for _, word := range []string{"target", "rate", "rank", "quota"} {
			require.NotContains(t, strings.Split(k.Code, "_"), word, k.Code)
		}
		for _, word := range []string{"消除率", "消除比例", "消除指标", "消除任务", "消除目标", "排名"} {
			require.NotContains(t, k.Title, word, k.Code)
		}
	}
	for _, code := range []string{"elimination_target", "elimination_rate", "elimination_rank", "elimination_quota"} {
		faults := ValidateRow(Row{Key: code, Region: "51", Value: json.RawMessage("50")})
		require.NotEmpty(t, faults)
		require.Equal(t, "policy_key", faults[0].Code)
		require.NotContains(t, Resolve([]Row{{Key: code, Region: "51", Value: json.RawMessage("50")}}, "510923", time.Now()).Values, code)
	}
}
