package procedure_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/procedure"
)

// Whoever sends a case back or corrects its end judges, whether or not the definition asks others to look at it.
func TestJudgementsAreDecisions(t *testing.T) {
	t.Parallel()
	for _, d := range procedure.All {
		for i := range d.Events {
			e := &d.Events[i]
			if slices.ContainsFunc(e.Roles, procedure.Role.Human) && (e.Return || e.Correction) {
				require.True(t, e.Decision(), "%s/%s", d.Name, e.Code)
			}
		}
	}
}
