package forms_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/forms"
	"shouwang/procedure"
)

// What stands with a case in the clear holds no number that names a person; what is sealed may.
func TestFactsNameNobody(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		field procedure.Field
		text  string
		fault bool
	}{
		"fact with a number":  {procedure.Field{Code: "a", Kind: procedure.Text, Class: procedure.P1, Fact: true}, "查510923196003070014", true},
		"long fact":           {procedure.Field{Code: "a", Kind: procedure.Long, Class: procedure.P1, Fact: true}, "打13800001234", true},
		"fact without":        {procedure.Field{Code: "a", Kind: procedure.Text, Class: procedure.P1, Fact: true}, "房屋漏雨", false},
		"sealed":              {procedure.Field{Code: "a", Kind: procedure.Text, Class: procedure.P2}, "打13800001234", false},
		"phone of the notice": {procedure.Field{Code: "a", Kind: procedure.Text, Class: procedure.P0, Fact: true}, "13800001234", false},
	} {
		got := forms.Faults([]procedure.Field{x.field}, map[string]any{"a": x.text}, forms.World{})
		if !x.fault {
			require.Empty(t, got, name)
			continue
		}
		require.Len(t, got, 1, name)
		require.Equal(t, "personal_data", got[0].Code, name)
		require.NotContains(t, got[0].Message, x.text, name)
	}
}
