package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/models"
)

// The data rules and screening from the command line: a run that was interrupted goes on, and what was found is counted.
func TestRunsFromTheCommandLine(t *testing.T) {
	cfg := &Config{Data: t.TempDir(), Profile: "production"}
	ctx := t.Context()
	for _, r := range []regionCmd{{"999901", "云岫县"}, {"999901101", "青禾镇"}, {"999901101201", "松塘村"}} {
		require.NoError(t, r.Run(ctx, cfg))
	}
	e, err := cfg.open(ctx, false)
	require.NoError(t, err)
	h := models.Household{ID: "h", No: "h", RegionCode: "999901101201", HeadName: "田禾", Population: 2, BaseType: "ordinary", Status: "none"}
	require.NoError(t, h.SetSecret(e.Store.Vault, models.HouseholdSecret{House: "D"}))
	require.NoError(t, e.Store.DB.Create(&h).Error)
	_, err = e.StartRun(ctx, activities.RunRequest{Kind: models.RunQuality, Region: "999901"})
	require.NoError(t, err)
	require.NoError(t, e.Store.Close())

	require.NoError(t, qualityCmd{RunOptions{Region: "999901"}}.Run(ctx, cfg))
	require.NoError(t, screenCmd{RunOptions{Region: "999901101201"}, "concentrated_screening"}.Run(ctx, cfg))
	require.Error(t, qualityCmd{RunOptions{Region: "123456"}}.Run(ctx, cfg))

	e, err = cfg.open(ctx, false)
	require.NoError(t, err)
	defer e.Store.Close()
	var runs []models.QualityRun
	require.NoError(t, e.Store.DB.Order("created_at, id").Find(&runs).Error)
	require.Len(t, runs, 2)
	for _, run := range runs {
		require.Equal(t, models.RunDone, run.State)
	}
	var clue models.Case
	require.NoError(t, e.Store.DB.Where("procedure = ?", "risk_clue").Take(&clue).Error)
	require.Equal(t, "concentrated_screening", clue.Facts.Text("channel"))
	var issues int64
	require.NoError(t, e.Store.DB.Model(&models.Case{}).Where("procedure = ?", "data_issue").Count(&issues).Error)
	require.Positive(t, issues)
}
