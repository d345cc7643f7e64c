package procedure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/procedure"
)

// Offices can be lent; watchers, families and parties that are no account cannot.
func TestWhoCanBeSubstituted(t *testing.T) {
	t.Parallel()
	for role, want := range map[procedure.Role]bool{
		procedure.VillageCadre: true, procedure.GridMember: true, procedure.AssistancePerson: true, procedure.TownshipOffice: true, procedure.CountyDept: true, procedure.CountyGroup: true,
		procedure.Auditor: false, procedure.Discipline: false, procedure.SysAdmin: false, procedure.SecAdmin: false, procedure.LogAdmin: false,
		procedure.Farmer: false, procedure.Public: false, procedure.Handler: false, procedure.Responsible: false, procedure.Timer: false, procedure.System: false, "nobody": false,
	} {
		require.Equal(t, want, role.Substitutable(), role)
		require.False(t, want && role.Independent(), role)
	}
	require.Contains(t, procedure.SubstitutableRoles(), procedure.LinkedLeader)
	require.NotContains(t, procedure.SubstitutableRoles(), procedure.Auditor)
	require.Equal(t, []procedure.Role{procedure.Discipline, procedure.Auditor, procedure.SysAdmin, procedure.SecAdmin, procedure.LogAdmin}, procedure.IndependentRoles())
}
