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
	p, err := exprs.Compile("len(map(1..population, # * 2)) > 0", env, exprs.YesNo)
	require.NoError(t, err)
	_, _, err = p.Run(map[string]any{"population": 10_000_000})
	require.Error(t, err)
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"人口 > 1", "sum(income, .income) > 3", "given(name) ? 1 : 2", "1/0", "1..9", `name matches "a+"`, "#", "let x = 1; x"} {
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
