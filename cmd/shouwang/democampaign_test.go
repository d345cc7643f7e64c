package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// A small look-back campaign (S000) is played to its archive over HTTP: the rules find every fault that was planted and
// invent none, every household is covered, and everything verifies.
func TestDemoCampaign(t *testing.T) {
	dir := t.TempDir()
	d := demoCmd{CampaignOptions: CampaignOptions{Campaign: true, Households: 240, Villages: 2, Surveyors: 12, Papers: dir}}
	require.NoError(t, d.Run(t.Context(), nil))
	r := d.result
	require.Equal(t, "archived", r.State)
	require.Equal(t, []int{240, 240}, []int{r.Households, r.Covered})
	require.Greater(t, r.Planted, 100)
	require.Equal(t, []int{r.Planted, 0}, []int{r.Found, r.Invented})
	require.Empty(t, r.Unseen, "rules that nothing was planted for, and that nothing was prevented of")
	require.Equal(t, 13, r.Prevented)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, r.Papers)
}
