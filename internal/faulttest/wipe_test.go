package faulttest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// Temporal's whole database is lost under ten open cases. They are listed, rebuilt
// from the product's database, and their timers ring again.
func TestTemporalDatabaseWipedUnderTenOpenCases(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.db")
	s := newSite(t, "", file, "1d=2s")
	var cases []string
	for range 10 {
		h := s.NewHousehold(testkit.Village)
		cases = append(cases, s.Open("identification", h, s.Actor(procedure.VillageCadre)).ID)
	}
	require.Eventually(t, func() bool { return len(s.reconcile(false)) == 0 }, 60*time.Second, 500*time.Millisecond, "the server starts what was opened")

	require.NoError(t, s.temporal.Kill())
	files, err := filepath.Glob(file + "*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		require.NoError(t, os.Remove(f))
	}
	require.NoError(t, s.temporal.Restart(t.Context()))

	found := s.reconcile(false)
	var missing []string
	for _, d := range found {
		require.Equal(t, "missing", d.Kind)
		missing = append(missing, d.CaseID)
	}
	require.ElementsMatch(t, cases, missing)
	s.reconcile(true)
	require.Eventually(t, func() bool { return len(s.reconcile(false)) == 0 }, 60*time.Second, 500*time.Millisecond, "not rebuilt")

	before := s.rungs()
	require.Eventually(t, func() bool {
		now := s.rungs()
		for _, id := range cases {
			if now[id] <= before[id] {
				return false
			}
		}
		return true
	}, 60*time.Second, 100*time.Millisecond, "not every case rings after it was rebuilt")
	s.requireWhole()
}

// reconcile runs the command and returns what it found.
func (s *site) reconcile(rebuild bool) []activities.Divergence {
	s.T.Helper()
	args := []string{"reconcile", "--json"}
	if rebuild {
		args = append(args, "--rebuild")
	}
	cmd := s.command(args...)
	cmd.Stderr = s.log
	raw, err := cmd.Output()
	require.NoError(s.T, err, string(raw))
	var out []activities.Divergence
	require.NoError(s.T, json.Unmarshal(raw, &out))
	return out
}

// rungs counts the rungs that have fired by case.
func (s *site) rungs() map[string]int {
	s.T.Helper()
	var fired []models.ClockRung
	require.NoError(s.T, s.Store.DB.Find(&fired).Error)
	out := map[string]int{}
	for _, r := range fired {
		out[r.CaseID]++
	}
	return out
}
