package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// The first three are made once, each with one post, and it stands on record.
func TestFirstAdministrators(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		e := &activities.Engine{Store: s, Clock: &casetime.Clock{Real: time.Now}}
		cmd := adminsCmd{Region: "999901", Sys: "sysadmin", Sec: "secadmin", Log: "logadmin"}
		var out bytes.Buffer
		require.ErrorContains(t, cmd.create(t.Context(), e, &out), "没有县级区划")
		require.NoError(t, s.DB.Create(&models.Region{Code: "999901", Level: "county", Name: "云岫县", Path: "云岫县"}).Error)
		require.NoError(t, cmd.create(t.Context(), e, &out))
		require.Equal(t, 3, strings.Count(out.String(), "初始口令"))
		require.ErrorContains(t, cmd.create(t.Context(), e, &out), "已有管理员")

		var grants []models.RoleGrant
		require.NoError(t, s.DB.Order("role").Find(&grants).Error)
		var roles []procedure.Role
		for _, g := range grants {
			roles = append(roles, g.Role)
		}
		require.Equal(t, []procedure.Role{procedure.LogAdmin, procedure.SecAdmin, procedure.SysAdmin}, roles)
		n, fault, err := models.VerifyAdminActs(s.DB)
		require.NoError(t, err)
		require.Empty(t, fault)
		require.EqualValues(t, 6, n)
		var act models.AdminAct
		require.NoError(t, s.DB.Where("seq = 1").Take(&act).Error)
		require.Equal(t, []string{"命令行", "account.create", "999901"}, []string{act.ActorName, act.Kind, act.RegionCode})
	})
}
