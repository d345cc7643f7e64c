package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/procedure"
)

// The demonstration is the acceptance test of the whole product: every party over
// HTTP on a real Temporal, then replayed and verified.
func TestDemo(t *testing.T) {
	require.NoError(t, (&demoCmd{Rate: "1d=2s"}).Run(t.Context(), nil))
}

func withInput(t *testing.T, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	old := os.Stdin
	os.Stdin = f
	t.Cleanup(func() { os.Stdin = old; _ = f.Close() })
}

// A production installation begins with an empty database: areas, an account, a
// ledger.
func TestFirstSteps(t *testing.T) {
	cfg := &Config{Data: t.TempDir(), Profile: "production"}
	ctx := t.Context()
	require.Error(t, regionCmd{Code: "999901101", Name: "青禾镇"}.Run(ctx, cfg), "the county is missing")
	for _, r := range []regionCmd{{"999901", "云岫县"}, {"999901101", "青禾镇"}, {"999901101201", "松塘村"}, {"999901101201", "松塘新村"}} {
		require.NoError(t, r.Run(ctx, cfg))
	}
	require.Error(t, regionCmd{Code: "9999", Name: "某市"}.Run(ctx, cfg))

	withInput(t, "短口令\n")
	who := accountCmd{Login: "li", Name: "李有田", Role: procedure.VillageCadre, Region: "999901101201"}
	require.ErrorContains(t, who.Run(ctx, cfg), "8")
	withInput(t, "correct horse battery\n")
	require.NoError(t, who.Run(ctx, cfg))
	require.NoError(t, accountCmd{Login: "li", Role: procedure.Surveyor, Region: "999901101201"}.Run(ctx, cfg), "one more role asks for no password")
	for name, bad := range map[string]accountCmd{
		"unknown role":         {Login: "x", Name: "某", Role: "king", Region: "999901"},
		"system role":          {Login: "x", Name: "某", Role: procedure.System, Region: "999901"},
		"no area":              {Login: "x", Name: "某", Role: procedure.CountyOffice},
		"department missing":   {Login: "x", Name: "某", Role: procedure.CountyDept, Region: "999901"},
		"department too much":  {Login: "x", Name: "某", Role: procedure.CountyOffice, Region: "999901", Dept: "land"},
		"farmer and no family": {Login: "x", Name: "某", Role: procedure.Farmer, Region: "999901101201"},
	} {
		require.Error(t, bad.Run(ctx, cfg), name)
	}

	e, err := cfg.open(ctx, false)
	require.NoError(t, err)
	defer e.Store.Close()
	var grants []models.RoleGrant
	require.NoError(t, e.Store.DB.Joins("JOIN users ON users.id = role_grants.user_id").Where("users.login = ?", "li").Find(&grants).Error)
	require.Len(t, grants, 2)
	var path string
	require.NoError(t, e.Store.DB.Model(&models.Region{}).Where("code = ?", "999901101201").Pluck("path", &path).Error)
	require.Equal(t, "云岫县青禾镇松塘新村", path)

	file := filepath.Join(cfg.Data, "台账.xlsx")
	require.NoError(t, generateCmd{Out: file, Households: 30, Villages: 9, Faults: 3, Seed: 7}.Run())
	require.NoError(t, importCmd{File: file}.Run(ctx, cfg))
	require.FileExists(t, filepath.Join(cfg.Data, "台账-导入结果.xlsx"))
	var n int64
	require.NoError(t, e.Store.DB.Model(&models.Household{}).Count(&n).Error)
	require.Zero(t, n, "a preview writes nothing")
}

func TestDrillIsRefusedInProduction(t *testing.T) {
	cfg := &Config{Data: t.TempDir(), Profile: "production", Drill: "1d=2s"}
	_, err := cfg.open(t.Context(), true)
	require.ErrorContains(t, err, "production")

	cfg.Profile = "demo"
	e, err := cfg.open(t.Context(), true)
	require.NoError(t, err)
	drill := e.Clock.Drill
	require.NoError(t, e.Store.Close())
	cfg.Drill = ""
	e, err = cfg.open(t.Context(), false)
	require.NoError(t, err)
	require.True(t, drill.Real.Equal(e.Clock.Drill.Real), "a second start goes on with the same clock")
	require.Equal(t, drill.Rate, e.Clock.Drill.Rate)
	require.NoError(t, e.Store.Close())
	cfg.Profile = "production"
	_, err = cfg.open(t.Context(), false)
	require.ErrorContains(t, err, "演练", "data of a drill are never production")
}

// A list of a department is previewed without a trace and then written once.
func TestDeptListByCommand(t *testing.T) {
	cfg := &Config{Data: t.TempDir(), Profile: "production"}
	ctx := t.Context()
	require.NoError(t, regionCmd{Code: "999901", Name: "云岫县"}.Run(ctx, cfg))
	file := filepath.Join(t.TempDir(), "低保.csv")
	require.NoError(t, os.WriteFile(file, []byte("姓名,身份证号,状态\n外人,510923196003070014,新增\n"), 0o600))
	c := deptListCmd{Kind: "nothing", File: file, AsOf: "2026-01-01", Area: "999901"}
	require.ErrorContains(t, c.Run(ctx, cfg), "dibao")
	c.Kind = "dibao"
	require.NoError(t, c.Run(ctx, cfg))
	require.FileExists(t, strings.TrimSuffix(file, ".csv")+"-导入结果.xlsx")
	count := func() (n int64) {
		e, err := cfg.open(ctx, false)
		require.NoError(t, err)
		defer e.Store.Close()
		require.NoError(t, e.Store.DB.Model(&models.DeptList{}).Where("state = ? AND outside = 1", models.DeptDone).Count(&n).Error)
		return n
	}
	require.Zero(t, count())
	c.Apply = true
	require.NoError(t, c.Run(ctx, cfg))
	require.NoError(t, c.Run(ctx, cfg))
	require.EqualValues(t, 1, count())
}
