package example

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/policy"
	"shouwang/procedure"
)

func TestFormAnswersEveryRequiredField(t *testing.T) {
	t.Parallel()
	s := Setting{
		Now: time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC), Village: "990101101201", VillageName: "上坪村", Group: "一组", HeadName: "田禾", Population: 4,
		People: []string{"p1", "p2"}, File: func(field string) string { return "file-" + field }, Policy: policy.Resolve(nil, "", time.Time{}),
	}
	for _, d := range procedure.All {
		opening := Opening(d, s)
		requireAnswers(t, d.Key()+" open", d.Opening.Form, opening)
		for _, e := range d.Events {
			requireAnswers(t, d.Key()+" "+e.Code, e.Form, Form(d, e.Code, s))
		}
	}
	require.PanicsWithValue(t, "example: no event risk_clue.fly", func() { Form(procedure.All[0], "fly", s) })
}

func requireAnswers(t *testing.T, where string, fields []procedure.Field, form map[string]any) {
	t.Helper()
	known := map[string]bool{}
	for _, f := range fields {
		known[f.Code] = true
		if f.Required && f.When == nil {
			require.Contains(t, form, f.Code, where)
		}
	}
	for code := range form {
		require.True(t, known[code], "%s: %s is not asked", where, code)
	}
}
