package policy

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestKeysAreWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range Keys {
		require.False(t, seen[k.Code], "twice: "+k.Code)
		seen[k.Code] = true
		require.NotEmpty(t, k.Title, k.Code)
		require.NotEmpty(t, k.Basis, k.Code)
		require.Regexp(t, `\p{Han}`, k.Title, k.Code)
		if k.Kind == KindDays || k.Kind == KindInt || k.Kind == KindNumber {
			require.Regexp(t, `^\p{Han}+$|^%$`, k.Unit, k.Code)
		}
		require.NotNil(t, k.Check, k.Code)
		if k.Default != nil {
			require.Empty(t, k.Check(k.Default), k.Code)
		}
		for _, nonsense := range []string{``, `nul`, `null`, `{"surprise":[]}`, `[[]]`, `-1`, `1e99`, `"?"`, `1 2`} {
			if k.Kind == KindObject && nonsense == `null` {
				continue // an empty object
			}
			require.NotEmpty(t, k.Check(json.RawMessage(nonsense)), "%s accepts %s", k.Code, nonsense)
		}
	}
	require.Len(t, Keys, len(seen))
	for _, code := range []string{"income_line", "sudden_rigid_fen", "rectify_due"} {
		k, ok := FindKey(code)
		require.True(t, ok)
		require.Nil(t, k.Default, code)
	}
}

func TestDefaultsAreTheTable(t *testing.T) {
	t.Parallel()
	s := Resolve(nil, "510923101201", time.Now())
	for key, n := range map[string]int{
		"ident_total_days": 15, "clue_accept_days": 2, "clue_days": 2, "home_verify_days": 3, "review_days": 1,
		"comparison_accept_days": 1, "comparison_days": 5, "explain_days": 2, "announce_days": 30, "announce_post_days": 1,
		"objection_accept_days": 1, "objection_days": 5, "objection_reply_days": 2, "second_review_ask_days": 5,
		"second_review_days": 10, "township_days": 2, "supplement_days": 2, "county_days": 2, "entry_days": 2,
		"comparison_valid_days": 90, "clue_reopen_days": 180, "plan_days": 10,
	} {
		require.Equal(t, Budget{Days: n, Unit: UnitCalendar}, s.Days(key), key)
	}
	require.Equal(t, Budget{Days: 5, Unit: UnitCalendar, RollHoliday: true}, s.Days("notice_days"))
	require.Equal(t, Budget{Days: 20, Unit: UnitWorking}, s.Days("publication_days"))
	require.Equal(t, 2, s.Int("verify_team_min"))
	require.Equal(t, 3, s.Int("max_returns"))
	require.Equal(t, 0.25, s.Number("med_burden_ratio"))
	require.Equal(t, "before_township", s.Text("comparison_join"))
	require.Equal(t, "09:00", s.Text("digest_hour"))
	require.False(t, s.Bool("sample_visit_required"))
	require.Equal(t, []string{"unstable", "marginal", "sudden"}, s.Strings("category_set"))
	require.Equal(t, []string{"civil_affairs", "public_security", "market", "land"}, s.Strings("comparison_departments"))
	require.Equal(t, []string{"M1", "M2", "M3", "M4", "M5"}, s.Strings("must_admit_rules"))
	require.Contains(t, s.Strings("risk_type_set"), "other")
	require.Equal(t, "因病", s.Title("risk_type_set", "illness"))
	require.Equal(t, "nonsense", s.Title("risk_type_set", "nonsense"))
	require.Equal(t, DefaultLadders()["identification"], s.Ladder("identification"))
	require.Equal(t, DefaultLadders()["standard"], s.Ladder("unknown"))
	require.Empty(t, ValidateSet(s))
	require.Equal(t, []Fault{{"policy_missing", "income_line", "年度收入参考线（人均）尚未设置"}}, Missing(s))
	var line IncomeLine
	require.Error(t, s.JSON("income_line", &line))
	require.Equal(t, Budget{}, s.Days("no_such_key"))
}

func row(key, region, value string) Row {
	return Row{Key: key, Region: region, Value: json.RawMessage(value)}
}

func TestResolveTakesTheLongestRegion(t *testing.T) {
	t.Parallel()
	rows := []Row{
		row("township_days", "", "11"), row("township_days", "51", "12"), row("township_days", "510900", "13"),
		row("township_days", "510923000000", "14"), row("township_days", "510923101", "15"), row("township_days", "510923101201", "16"),
	}
	for region, want := range map[string]int{
		"510923101201": 16, "510923101202": 15, "510923101": 15, "510923102000": 14, "510923": 14, "510900000000": 12,
		"510900": 13, "510901": 12, "510000000000": 12, "51": 12, "52": 11, "": 11, "51092310120107": 16,
	} {
		require.Equal(t, want, Resolve(rows, region, time.Now()).Days("township_days").Days, region)
	}
}

func TestResolveByTime(t *testing.T) {
	t.Parallel()
	from, to := mustDate("2026-01-01").Start(), mustDate("2027-01-01").Start()
	r := row("income_line", "53", `{"fen":870000,"concept":"net"}`)
	r.ValidFrom, r.ValidTo = from, to
	for at, want := range map[time.Time]bool{
		from.Add(-time.Nanosecond): false, from: true, to.Add(-time.Nanosecond): true, to: false,
	} {
		require.Equal(t, want, Resolve([]Row{r}, "530000", at).Has("income_line"), at)
	}
	later := row("income_line", "53", `{"fen":900000,"concept":"net"}`)
	later.ValidFrom = from.AddDate(0, 6, 0)
	var line IncomeLine
	require.NoError(t, Resolve([]Row{later, r}, "53", later.ValidFrom).JSON("income_line", &line))
	require.Equal(t, int64(900000), line.Fen, "the row that became valid last wins")
	require.NoError(t, Resolve([]Row{later, r}, "53", from).JSON("income_line", &line))
	require.Equal(t, int64(870000), line.Fen)
}

func TestResolveIgnoresFaultyRowsAndOrder(t *testing.T) {
	t.Parallel()
	rows := []Row{
		row("county_days", "51", "4"), row("county_days", "51", "5"), row("county_days", "5109", `"many"`), row("no_such_key", "51", "1"),
		row("notice_roll_holiday", "51", "false"), row("max_returns", "51x", "9"),
	}
	want := Resolve(rows, "510923", time.Now())
	require.Equal(t, 5, want.Days("county_days").Days)
	require.Equal(t, "51", want.From["county_days"])
	require.NotContains(t, want.From, "clue_days")
	require.False(t, want.Days("notice_days").RollHoliday)
	for range 20 {
		rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		require.Equal(t, want, Resolve(rows, "510923", time.Now()))
	}
}

func TestSnapshotHash(t *testing.T) {
	t.Parallel()
	at := time.Now()
	s := Resolve(nil, "51", at)
	raw, err := json.MarshalIndent(s, "  ", "\t")
	require.NoError(t, err)
	var back Snapshot
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, s.Hash(), back.Hash(), "indentation does not matter")
	require.Len(t, s.Hash(), 64)

	a := Resolve([]Row{row("review_quorum", "51", `{"present":"2/3","agree":"1/2"}`)}, "51", at)
	b := Resolve([]Row{row("review_quorum", "5109", `{ "agree":"1/2","present":"2/3" }`)}, "5109", at)
	require.Equal(t, s.Hash(), a.Hash(), "equal values, wherever from")
	require.Equal(t, a.Hash(), b.Hash())
	require.NotEqual(t, s.Hash(), Resolve([]Row{row("county_days", "51", "3")}, "51", at).Hash())
	require.Equal(t, Budget{Days: 2, Unit: UnitCalendar}, Snapshot{}.Days("county_days"), "a key younger than the snapshot has its default")
}

func TestValidateRow(t *testing.T) {
	t.Parallel()
	good := []Row{
		row("notice_days", "510923", `7`), row("notice_days", "", `{"days":5,"unit":"working"}`), row("notice_days", "51", `1`),
		row("notice_days", "51", `731`), row("water_vertical_max", "51", `80`), row("review_quorum", "51", `{"present":"1/1","agree":"2/3"}`),
		row("income_line", "51", `{"fen":690000,"concept":"net","inclusive":true}`), row("log_retention_months", "51", `6`),
		row("comparison_items", "51", `[{"code":"x","title":"房产","department":"land","severity":"exclude"}]`),
		row("rectify_due", "51", `{"immediate":3,"special":{"days":30,"unit":"working"}}`), row("income_cycle_start", "51", `"02-29"`),
		row("ladders", "51", `{"mine":{"at":"09:00","steps":[{"offset_days":0,"action":"urge","level":"county"}]}}`),
		row("form_versions", "51", `{"F4":2}`),
	}
	for _, r := range good {
		require.Empty(t, ValidateRow(r), "%s %s", r.Key, r.Value)
	}
	for _, c := range []struct{ key, region, value, code string }{
		{"no_such", "", `1`, "policy_key"},
		{"notice_days", "5", `7`, "policy_region"}, {"notice_days", "51092A", `7`, "policy_region"},
		{"notice_days", "", `0`, "policy_range"}, {"notice_days", "", `732`, "policy_range"}, {"notice_days", "", `7.5`, "policy_shape"},
		{"notice_days", "", `{"days":5,"unit":"weeks"}`, "policy_unit"}, {"notice_days", "", `{"days":5,"until":1}`, "policy_shape"},
		{"verify_team_min", "", `1`, "policy_range"}, {"log_retention_months", "", `5`, "policy_range"},
		{"review_quorum", "", `{"present":"3/2","agree":"1/2"}`, "policy_fraction"}, {"review_quorum", "", `{"present":"2/3"}`, "policy_fraction"},
		{"review_quorum", "", `{"present":"2/3 ","agree":"1/2"}`, "policy_fraction"},
		{"comparison_join", "", `"whenever"`, "policy_choice"}, {"digest_hour", "", `"8:00"`, "policy_choice"}, {"digest_hour", "", `"24:00"`, "policy_choice"},
		{"category_set", "", `[]`, "policy_empty"}, {"category_set", "", `[{"code":"a","title":""}]`, "policy_item"},
		{"category_set", "", `[{"code":"a","title":"甲"},{"code":"a","title":"乙"}]`, "policy_twice"},
		{"comparison_departments", "", `[{"code":"navy","title":"海军"}]`, "policy_department"},
		{"comparison_items", "", `[{"code":"x","title":"房产","department":"land","severity":"reject"}]`, "policy_choice"},
		{"must_admit_rules", "", `[{"code":"M6","title":"其他"}]`, "policy_choice"},
		{"income_line", "", `{"fen":6900,"concept":"net"}`, "policy_range"}, {"income_line", "", `{"fen":690000,"concept":"gross"}`, "policy_choice"},
		{"visit_rule", "", `[{"code":"v","title":"走访","status":"monitored","actor":"village_cadre","mode":"home","every":"week"}]`, "policy_item"},
		{"rectify_due", "", `{"someday":3}`, "policy_choice"}, {"income_cycle_start", "", `"02-30"`, "policy_choice"},
		{"ladders", "", `{"mine":{"at":"9","steps":[]}}`, "ladder_at"}, {"form_versions", "", `{"F4":0}`, "policy_range"},
	} {
		faults := ValidateRow(row(c.key, c.region, c.value))
		require.True(t, slices.ContainsFunc(faults, func(f Fault) bool { return f.Code == c.code }), "%v: %v", c, faults)
	}
	r := row("notice_days", "51", "7")
	r.ValidFrom, r.ValidTo = mustDate("2026-01-01").Start(), mustDate("2026-01-01").Start()
	require.Equal(t, "policy_validity", ValidateRow(r)[0].Code)
}

func TestValidateSetBudget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rows []Row
		ok   bool
	}{
		{"the default is exactly full", nil, true},
		{"notice of 7 days", []Row{row("notice_days", "", "7")}, false},
		{"notice of 7 days with shorter steps", []Row{row("notice_days", "", "7"), row("home_verify_days", "", "2"), row("county_days", "", "1")}, true},
		{"one day too many", []Row{row("review_days", "", "2")}, false},
		{"total of 10 days", []Row{row("ident_total_days", "", "10")}, false},
		{"total of 20 working days", []Row{row("ident_total_days", "", `{"days":20,"unit":"working"}`), row("notice_days", "", "18")}, true},
		{"20 working days are 28", []Row{row("ident_total_days", "", `{"days":20,"unit":"working"}`), row("notice_days", "", "19")}, false},
		{"5 working days are 7", []Row{row("notice_days", "", `{"days":5,"unit":"working"}`)}, false},
	} {
		faults := ValidateSet(Resolve(c.rows, "51", time.Now()))
		require.Equal(t, c.ok, len(faults) == 0, "%s: %v", c.name, faults)
	}
	faults := ValidateSet(Resolve([]Row{row("notice_days", "", "7")}, "51", time.Now()))
	require.Equal(t, "线索、入户、评议、公示、乡镇、县级各步时限之和（2+3+1+7+2+2）折合17天，超过总时限15天（自然日）", faults[0].Message)
}

func TestQuorum(t *testing.T) {
	t.Parallel()
	q := Quorum{"2/3", "1/2"}
	for _, c := range []struct {
		eligible, present, agree int
		codes                    []string
	}{
		{30, 20, 11, nil},
		{30, 19, 11, []string{"quorum_present"}},
		{30, 20, 10, []string{"quorum_agree"}},
		{31, 20, 11, []string{"quorum_present"}}, // 20.67 needed
		{31, 21, 11, nil},
		{30, 10, 5, []string{"quorum_present", "quorum_agree"}},
		{30, 31, 20, []string{"quorum_numbers"}},
		{30, 20, 21, []string{"quorum_numbers"}},
		{0, 0, 0, []string{"quorum_numbers"}},
	} {
		var codes []string
		for _, f := range q.Met(c.eligible, c.present, c.agree) {
			codes = append(codes, f.Code)
		}
		require.Equal(t, c.codes, codes, c)
	}
	require.Equal(t, "policy_fraction", Quorum{"two thirds", "1/2"}.Met(3, 3, 3)[0].Code)
}
