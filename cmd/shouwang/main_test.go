package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// Production makes no demonstration data, whatever is asked for: there is no account, and none of the demonstration signs in.
func TestProductionHasNoDemoAccounts(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"production", "demo"} {
		for _, mode := range []string{"auto", "demo", "none"} {
			cfg := &Config{Data: t.TempDir(), Profile: profile}
			e, err := cfg.open(t.Context(), true)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, e.Store.Close()) })
			want := profile == "demo" && mode != "none"
			if want && mode == "demo" {
				continue // the same as auto here, and takes seconds
			}
			made, err := (&app{cfg: cfg, engine: e}).seed(t.Context(), mode, 0)
			require.NoError(t, err)
			var users int64
			require.NoError(t, e.Store.DB.Model(&models.User{}).Count(&users).Error)
			require.Equal(t, []bool{want, want}, []bool{made, users > 0}, "%s, %s: %d accounts", profile, mode, users)
		}
	}
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
	require.Error(t, regionCmd{Code: "99990", Name: "某市"}.Run(ctx, cfg))

	withInput(t, "短口令\n")
	who := accountCmd{Login: "li", Name: "李有田", Role: procedure.VillageCadre, Region: "999901101201"}
	require.ErrorContains(t, who.Run(ctx, cfg), "10")
	withInput(t, "Correct horse 27\n")
	require.NoError(t, who.Run(ctx, cfg))
	require.NoError(t, accountCmd{Login: "li", Role: procedure.Surveyor, Region: "999901101201", Until: "2030-06-30"}.Run(ctx, cfg), "one more role asks for no password")
	require.NoError(t, accountCmd{Login: "li", Ends: "2031-12-31"}.Run(ctx, cfg), "nor does a last day")
	for name, bad := range map[string]accountCmd{
		"unknown role":            {Login: "x", Name: "某", Role: "king", Region: "999901"},
		"system role":             {Login: "x", Name: "某", Role: procedure.System, Region: "999901"},
		"no area":                 {Login: "x", Name: "某", Role: procedure.CountyOffice},
		"department missing":      {Login: "x", Name: "某", Role: procedure.CountyDept, Region: "999901"},
		"department too much":     {Login: "x", Name: "某", Role: procedure.CountyOffice, Region: "999901", Dept: "land"},
		"a day that is none":      {Login: "li", Ends: "31.12.2031"},
		"a last day that is none": {Login: "li", Role: procedure.Surveyor, Region: "999901101201", Until: "soon"},
		"farmer and no family":    {Login: "x", Name: "某", Role: procedure.Farmer, Region: "999901101201"},
	} {
		require.Error(t, bad.Run(ctx, cfg), name)
	}

	e, err := cfg.open(ctx, false)
	require.NoError(t, err)
	defer e.Store.Close()
	var grants []models.RoleGrant
	require.NoError(t, e.Store.DB.Joins("JOIN users ON users.id = role_grants.user_id").Where("users.login = ?", "li").Find(&grants).Error)
	require.Len(t, grants, 2)
	ends := map[procedure.Role]*time.Time{grants[0].Role: grants[0].ValidTo, grants[1].Role: grants[1].ValidTo}
	require.Nil(t, ends[procedure.VillageCadre])
	require.Equal(t, "2030-06-30T16:00:00Z", ends[procedure.Surveyor].UTC().Format(time.RFC3339), "midnight after the last day")
	var li models.User
	require.NoError(t, e.Store.DB.Where("login = 'li'").Take(&li).Error)
	require.Equal(t, "2031-12-31T16:00:00Z", li.EndsAt.UTC().Format(time.RFC3339))
	require.True(t, li.MustChange, "somebody else typed the password")
	require.NoError(t, accountCmd{Login: "li", Role: procedure.DataEntry, Region: "999901101", Ends: "2032-12-31"}.Run(ctx, cfg))
	var acts []models.AdminAct
	require.NoError(t, e.Store.DB.Where("kind = 'account.end' AND target_id = ?", li.ID).Order("seq").Find(&acts).Error)
	require.Len(t, acts, 2, "also beside one more post")
	require.Equal(t, []string{"2031-12-31", "2032-12-31"}, []string{acts[0].Detail["until"], acts[1].Detail["until"]})
	require.NotNil(t, li.PasswordSetAt)
	var logged int64
	require.NoError(t, e.Store.DB.Model(&models.AccessLog{}).Where("action = 'password_reset' AND record_id = ?", li.ID).Count(&logged).Error)
	require.EqualValues(t, 1, logged)
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

// Who types a password keeps no server waiting, however long it takes.
func TestTypingAPasswordHoldsNobodyUp(t *testing.T) {
	cfg, ctx := &Config{Data: t.TempDir(), Profile: "production"}, t.Context()
	require.NoError(t, regionCmd{"999901", "云岫县"}.Run(ctx, cfg))
	in, typed, err := os.Pipe()
	require.NoError(t, err)
	old := os.Stdin
	os.Stdin = in
	t.Cleanup(func() { os.Stdin = old; _ = in.Close() })
	done := make(chan error, 1)
	go func() {
		done <- accountCmd{Login: "li", Name: "李有田", Role: procedure.CountyOffice, Region: "999901"}.Run(ctx, cfg)
	}()
	_, err = typed.WriteString("Correct ") // fits the pipe, and is waited for where it is not read yet
	require.NoError(t, err)
	server, err := cfg.open(ctx, false)
	require.NoError(t, err)
	defer server.Store.Close()
	for range 200 { // more often than it takes the other one to get as far as asking
		select {
		case err := <-done:
			t.Fatal("it has not been typed yet: ", err)
		default:
		}
		require.NoError(t, server.Store.DB.Exec("UPDATE regions SET name = '云岫' WHERE code = '999901'").Error)
	}
	_, err = typed.WriteString("horse 27\n")
	require.NoError(t, err)
	require.NoError(t, <-done)
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
