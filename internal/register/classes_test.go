package register_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/register"
	"shouwang/procedure"
)

// The classes of 3.3: what is kept under which code, and the same about a child.
func TestClasses(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]procedure.Class{
		"base_type": procedure.P1, "id_no": procedure.P2, "phone": procedure.P2, "address": procedure.P2, "relation": procedure.P2,
		"health": procedure.P3, "disability": procedure.P3, "medical": procedure.P3, "bank": procedure.P3, "certificate": procedure.P3, "resident_insured": procedure.P3,
		"nobody knows": procedure.P3,
	} {
		require.Equal(t, want, register.ClassOf(code), code)
	}
	for _, c := range register.Columns {
		require.Equal(t, c.Class, register.ClassOf(c.Code))
		require.Contains(t, []procedure.Class{procedure.P2, procedure.P3}, c.Class, c.Code)
	}
	require.Equal(t, procedure.P3, register.OfChild(procedure.P2))
	require.Equal(t, procedure.P1, register.OfChild(procedure.P1))
}
