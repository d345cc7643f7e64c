package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/procedure"
)

func TestSecondFactorRoles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting, profile string
		want             []procedure.Role
		fails            bool
	}{
		{"auto", "demo", nil, false},
		{"auto", "production", strongRoles, false},
		{"none", "production", nil, false},
		{"auditor, county_office", "demo", []procedure.Role{procedure.Auditor, procedure.CountyOffice}, false},
		{"auditor,nobody", "production", nil, true},
		{"", "production", strongRoles, false},
	} {
		got, err := secondFactorRoles(c.setting, c.profile)
		require.Equal(t, c.fails, err != nil, c.setting)
		require.Equal(t, c.want, got, c.setting)
	}
}
