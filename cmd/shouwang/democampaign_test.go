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
	d := demoCmd{Rate: "1d=1800ms", CampaignOptions: CampaignOptions{Campaign: true, Households: 150, Villages: 2, Surveyors: 8, Ahead: 4, Papers: dir}}
	require.NoError(t, d.Run(t.Context(), nil))
	r := d.result
	require.Equal(t, "archived", r.State)
	require.Equal(t, []int{150, 150}, []int{r.Households, r.Covered})
	require.Greater(t, r.Planted, 75)
	require.Equal(t, []int{r.Planted, 0}, []int{r.Found, r.Invented})
	require.Equal(t, 7, r.Prevented)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, r.Papers)
}
