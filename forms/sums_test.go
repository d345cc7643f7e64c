package forms_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/forms"
	"shouwang/internal/example"
	"shouwang/internal/papertest"
	"shouwang/procedure"
)

// shared is one filled form with what it comes to here. The web application's tests read the same file and compute it with
// its own evaluator (web/src/lib/sums.test.ts).
type shared struct {
	Form    string          `json:"form"`
	Fields  []sharedField   `json:"fields"`
	Sums    forms.Sums      `json:"sums"`
	Answers []sharedAnswers `json:"answers"`
}

type sharedField struct {
	Code    string          `json:"code"`
	Kind    procedure.Kind  `json:"kind"`
	When    *procedure.When `json:"when,omitempty"`
	Columns []sharedField   `json:"columns,omitempty"`
}

type sharedAnswers struct {
	Given    map[string]any    `json:"given"`
	Values   map[string]string `json:"values"`   // text by code, of those that are known
	Findings map[string]string `json:"findings"` // message by code, of the checks that are expressions
}

func sharedFields(in []procedure.Field) []sharedField {
	out := []sharedField{}
	for _, f := range in {
		x := sharedField{Code: f.Code, Kind: f.Kind, When: f.When}
		if len(f.Columns) > 0 {
			x.Columns = sharedFields(f.Columns)
		}
		out = append(out, x)
	}
	return out
}

// Both evaluators give the same for each form: blank, filled in with care, and with every answer that can be turned round.
func TestSumsAreShared(t *testing.T) {
	t.Parallel()
	var out []shared
	known, found := 0, 0
	for _, f := range forms.Standard.All() {
		s := shared{Form: f.Key(), Fields: sharedFields(f.Written()), Sums: f.Sums(world)}
		careful := example.Fields(f.Key(), f.Fields, setting)
		for _, answers := range []map[string]any{{}, careful, turned(f.Fields, careful)} {
			result := f.Compute(answers, world)
			a := sharedAnswers{Given: answers, Values: map[string]string{}, Findings: map[string]string{}}
			for _, v := range result.Values {
				if v.Known {
					a.Values[v.Code] = v.Text
					known++
				}
			}
			for _, x := range result.Findings {
				for _, c := range s.Sums.Checks {
					if c.Code == x.Code && c.Field == x.Field {
						a.Findings[x.Code+" "+x.Field] = x.Message
						found++
					}
				}
			}
			s.Answers = append(s.Answers, a)
		}
		out = append(out, s)
	}
	require.Greater(t, known, 60)
	require.Greater(t, found, 30)
	raw, err := json.MarshalIndent(out, "", " ")
	require.NoError(t, err)
	papertest.Same(t, "../../web/src/lib/testdata/sums.json", append(raw, '\n'))
}

// turned has the other answer to each question of yes or no, the last choice for the first, and numbers that are too large.
func turned(fields []procedure.Field, answers map[string]any) map[string]any {
	out := map[string]any{}
	for _, f := range fields {
		v, given := answers[f.Code]
		if !given {
			continue
		}
		out[f.Code] = v
		switch x := v.(type) {
		case bool:
			out[f.Code] = !x
		case float64:
			out[f.Code] = x + 7
		case string:
			if f.Kind == procedure.Choice && len(f.Options) > 0 {
				out[f.Code] = f.Options[len(f.Options)-1].Code
			}
		case []any:
			if f.Kind == procedure.Rows && len(x) > 0 {
				rows := []any{}
				for _, row := range x {
					m, _ := row.(map[string]any)
					rows = append(rows, turned(f.Columns, m))
				}
				out[f.Code] = append(rows, rows[0])
			}
		}
	}
	return out
}
