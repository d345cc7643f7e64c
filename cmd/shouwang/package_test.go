package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// An evidence package is made by command within an engagement and no further, stands on record, and verifies by itself.
func TestPackageByCommand(t *testing.T) {
	cfg, id := sealedPlace(t)
	e := opened(t, cfg, false)
	today := policy.DateOf(e.Clock.Now())
	var c models.Case
	require.NoError(t, e.Store.DB.Where("id = ?", id).Take(&c).Error)
	require.NoError(t, e.Store.DB.Create(&models.User{ID: "u-kang", Login: "kang", Name: "康为民", CreatedAt: time.Now()}).Error)
	require.NoError(t, e.Store.DB.Create(&models.RoleGrant{ID: "g-kang", UserID: "u-kang", Role: procedure.Auditor, RegionCode: testkit.County, ValidFrom: e.Clock.Now().Add(-time.Hour)}).Error)
	require.NoError(t, e.Store.DB.Create(&models.Engagement{ID: "e-1", No: "SJ-1", UserID: "u-kang", Title: "专项审计", Basis: "审通〔2026〕9号", Areas: []string{testkit.Village}, Procedures: []string{}, FromDay: today.String(),
		UntilDay: today.AddDays(9).String(), RegionCode: testkit.County, GivenBy: "u-kang", GivenRole: procedure.CountyOffice, GivenAt: time.Now()}).Error)
	require.NoError(t, e.Store.Close())

	ctx, out := t.Context(), filepath.Join(t.TempDir(), "pack.zip")
	x := evidencePackageCmd{Engagement: "SJ-1", By: "kang", Purpose: "跟踪审计取证", Out: out}
	refused := func(want string, change func(*evidencePackageCmd)) {
		t.Helper()
		y := x
		change(&y)
		require.ErrorContains(t, y.Run(ctx, cfg), want)
		require.NoFileExists(t, out, "a refusal leaves nothing")
	}
	refused("not_found", func(y *evidencePackageCmd) { y.By = "nobody" })
	refused("not_found", func(y *evidencePackageCmd) { y.Engagement = "SJ-2" })
	refused("not_found", func(y *evidencePackageCmd) { y.Case = "RD-none" })
	refused("没有事项", func(y *evidencePackageCmd) { y.Village = "510999" })
	refused("用途", func(y *evidencePackageCmd) { y.Purpose = "审" })
	require.NoError(t, x.Run(ctx, cfg))
	require.ErrorIs(t, x.Run(ctx, cfg), os.ErrExist, "it overwrites nothing")
	nowhere := &Config{Data: filepath.Join(t.TempDir(), "nothing")}
	key := filepath.Join(cfg.Data, "checkpoints", "key.txt")
	require.NoError(t, verifyCmd{Offline: out, Key: key}.Run(ctx, nowhere))
	require.NoError(t, verifyCmd{Offline: out, JSON: true}.Run(ctx, nowhere))

	x.Out, x.Case = filepath.Join(t.TempDir(), "one.zip"), c.No
	require.NoError(t, x.Run(ctx, cfg))
	e = opened(t, cfg, false)
	var made []models.Export
	require.NoError(t, e.Store.DB.Where("list = 'audit_package'").Order("created_at").Find(&made).Error)
	require.Len(t, made, 2)
	require.Equal(t, []any{models.ExportExpired, 1, "跟踪审计取证"}, []any{made[1].State, made[1].Rows, made[1].Reason})
	var entries int64
	require.NoError(t, e.Store.DB.Model(&models.AccessLog{}).Where("tbl = 'audit_package' AND user_id = 'u-kang'").Count(&entries).Error)
	require.EqualValues(t, 2, entries)
	require.NoError(t, e.Store.Close())

	raw, err := os.ReadFile(out)
	require.NoError(t, err)
	raw[len(raw)/2] ^= 1
	require.NoError(t, os.WriteFile(out, raw, 0o600))
	require.Error(t, verifyCmd{Offline: out}.Run(ctx, nowhere))
}
