package exprs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/exprs"
)

var env = exprs.Env{
	"人口": exprs.Whole, "population": exprs.Whole, "litres": exprs.Number, "name": exprs.Text, "piped": exprs.YesNo, "on": exprs.Text,
	"income": exprs.Rows(exprs.Env{"item": exprs.Text, "income": exprs.Whole}),
}

func TestExpressionsCompute(t *testing.T) {
	values := map[string]any{"人口": 4, "population": 3, "litres": 19.5, "piped": false, "name": "", "on": "2026-01-31",
		"income": []any{map[string]any{"item": "玉米", "income": 300}, map[string]any{"item": "低保金", "income": 200}}}
	for _, c := range []struct {
		source string
		want   any
	}{
		{"人口 * 2 + population", 11},
		{"litres < 20", true},
		{"sum(income, .income)", 500},
		{`count(income, .item == "玉米")`, 1},
		{"yuan(sum(income, .income))", "5.00"},
		{"yuan(-1)", "-0.01"},
		{`days("2026-01-01", on)`, 30},
		{"given(name)", false},
		{"given(litres)", true},
		{"fallback(population, 9)", 3},
	} {
		p, err := exprs.Compile(c.source, env, nil)
		require.NoError(t, err, c.source)
		got, known, err := p.Run(values)
		require.NoError(t, err, c.source)
		require.True(t, known)
		require.Equal(t, c.want, got, c.source)
	}
}

// What has no answer is never read as a no or a zero.
func TestMissingAnswerSaysNothing(t *testing.T) {
	p, err := exprs.Compile("litres < 20 && !piped", env, exprs.YesNo)
	require.NoError(t, err)
	require.Equal(t, []string{"litres", "piped"}, p.Needs)
	_, known, err := p.Run(map[string]any{"litres": 3.0})
	require.NoError(t, err)
	require.False(t, known)

	p, err = exprs.Compile("fallback(population, 0) + len(income)", env, exprs.Whole)
	require.NoError(t, err)
	require.Equal(t, []string{"income"}, p.Needs, "asked for with fallback")
	got, known, err := p.Run(map[string]any{"income": []any{}})
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, 0, got)
}

func TestExpressionsAreRefused(t *testing.T) {
	for _, c := range []struct{ source, code string }{
		{"", "expr_syntax"},
		{"population +", "expr_syntax"},
		{"nobody > 1", "expr_name"},
		{"sum(income, .nothing)", "expr_name"},
		{`population + name`, "expr_type"},
		{"population", "expr_type"}, // not a yes or no
		{`now() > now()`, "expr_name"},
		{`toJSON(income) == ""`, "expr_name"},
		{strings.Repeat("1 + ", 600) + "1 > 0", "expr_long"},
		{strings.Repeat("1+", 400) + "1 > 0", "expr_wrong"},
		{"all(income, all(income, all(income, true)))", "expr_loops"},
		{"let r = 1..40000; all(r, all(r, # > 0))", "expr_range"},
		{"len(1..population) > 0", "expr_range"},
	} {
		_, err := exprs.Compile(c.source, env, exprs.YesNo)
		var f exprs.Fault
		require.ErrorAs(t, err, &f, c.source)
		require.Equal(t, c.code, f.Code, "%s: %s", c.source, err)
	}
	_, err := exprs.Compile("all(income, all(income, true))", env, exprs.YesNo)
	require.NoError(t, err, "two loops are allowed")
}

// An expression that would take all the memory is stopped.
func TestMemoryIsBounded(t *testing.T) {
	rows := make([]any, 2000)
	for i := range rows {
		rows[i] = map[string]any{"item": "玉米", "income": 1}
	}
	p, err := exprs.Compile("len(map(income, map(income, .income))) > 0", env, exprs.YesNo)
	require.NoError(t, err)
	_, _, err = p.Run(map[string]any{"income": rows})
	require.Error(t, err)
}

// Amounts in yuan are no whole numbers: 6900 * 1.1 must be 7590 all the same.
func TestNumbersCompareToTheMillionth(t *testing.T) {
	for source, want := range map[string]bool{
		"litres < 6900 * 1.1": false, "litres <= 6900 * 1.1": true, "litres >= 6900 * 1.1": true, "litres > 6900 * 1.1": false,
		"litres == 6900 * 1.1": true, "litres != 6900 * 1.1": false, "litres < 6900 * 1.1 + 0.01": true, "litres > 6900 * 1.1 - 0.01": true,
		"litres == 7590": true, "7590 >= litres": true, "7591 > litres": true, "population < 4": true, "population == 3.0": true,
	} {
		p, err := exprs.Compile(source, env, exprs.YesNo)
		require.NoError(t, err, source)
		got, known, err := p.Run(map[string]any{"litres": 7590.0, "population": 3})
		require.NoError(t, err, source)
		require.True(t, known)
		require.Equal(t, want, got, source)
	}
}

func TestMonths(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     int
	}{
		{"2026-03-15", "2026-09-14", 5}, {"2026-03-15", "2026-09-15", 6}, {"2026-08-31", "2027-02-27", 5}, {"2026-08-31", "2027-02-28", 6}, {"2026-03-15", "2026-03-15", 0},
	} {
		p, err := exprs.Compile("months(name, on)", env, exprs.Whole)
		require.NoError(t, err)
		got, _, err := p.Run(map[string]any{"name": c.from, "on": c.to})
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%s to %s", c.from, c.to)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"人口 > 1", "sum(income, .income) > 3", "given(name) ? 1 : 2", "1/0", "1..9", `name matches "a+"`, "#", "let x = 1; x", "let r = 1..40000; all(r, all(r, # > 0))", "litres < 6900 * 1.1"} {
		f.Add(s)
	}
	values := map[string]any{"人口": 4, "population": 3, "litres": 19.5, "name": "甲", "piped": false, "on": "x", "income": []any{map[string]any{"item": "玉米", "income": 300}}}
	f.Fuzz(func(t *testing.T, source string) {
		p, err := exprs.Compile(source, env, nil)
		if err != nil {
			require.ErrorAs(t, err, new(exprs.Fault))
			return
		}
		if _, _, err := p.Run(values); err != nil {
			require.ErrorAs(t, err, new(exprs.Fault))
		}
	})
}
