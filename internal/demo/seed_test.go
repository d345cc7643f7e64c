package demo

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/boundary"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
)

var now = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

func newStore(t *testing.T, dsn string) *models.Store {
	t.Helper()
	vault, err := models.NewVault(bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32))
	require.NoError(t, err)
	store, err := models.Open(dsn, vault)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	_, err = store.Migrate(t.Context())
	require.NoError(t, err)
	return store
}

func options(hashes *int) Options {
	return Options{Households: 120, Now: now, HashPassword: func(p string) (string, error) {
		*hashes++
		return "hash of " + p, nil
	}}
}

func TestSeed(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "demo.db") },
		"postgres": func(t *testing.T) string { return testkit.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, hashes := newStore(t, dsn(t)), 0
			s, err := Seed(t.Context(), store, options(&hashes))
			require.NoError(t, err)
			require.Equal(t, 1, hashes)
			require.Equal(t, len(Regions()), s.Regions)
			require.Equal(t, len(Accounts), s.Accounts)
			require.Equal(t, 180, s.Households)
			require.Equal(t, 1, s.Policies)
			require.Greater(t, s.People, 400)

			var farmer struct{ Name, HeadName string }
			require.NoError(t, store.DB.Raw(`SELECT users.name, households.head_name FROM users
				JOIN role_grants ON role_grants.user_id = users.id JOIN households ON households.id = role_grants.household_id
				WHERE users.login = 'farmer' AND households.region_code = ?`, Village(1)).Scan(&farmer).Error)
			require.Equal(t, farmer.HeadName, farmer.Name)
			for _, c := range SampleClues(now) {
				require.NoError(t, store.DB.Where("no = ?", c.Household).Take(&models.Household{}).Error, c.Household)
			}

			again, err := Seed(t.Context(), store, options(&hashes))
			require.NoError(t, err)
			require.Equal(t, Summary{}, again, "a complete demonstration is left alone")
			require.Equal(t, 1, hashes)

			// An interrupted run is completed without doing anything twice.
			require.NoError(t, store.DB.Where("name = ?", marker).Delete(&models.Meta{}).Error)
			require.NoError(t, store.DB.Where("user_id IN (SELECT id FROM users WHERE login = 'grid')").Delete(&models.RoleGrant{}).Error)
			require.NoError(t, store.DB.Where("login = ?", "grid").Delete(&models.User{}).Error)
			rest, err := Seed(t.Context(), store, options(&hashes))
			require.NoError(t, err)
			require.Equal(t, Summary{Accounts: 1}, rest)
		})
	}
}

func TestIncomeLineIsInForce(t *testing.T) {
	t.Parallel()
	store, hashes := newStore(t, filepath.Join(t.TempDir(), "demo.db")), 0
	_, err := Seed(t.Context(), store, options(&hashes))
	require.NoError(t, err)
	var rows []models.PolicyRow
	require.NoError(t, store.DB.Find(&rows).Error)
	require.Len(t, rows, 1)
	s := policy.Resolve([]policy.Row{{Key: rows[0].Key, Region: rows[0].RegionCode, Value: rows[0].Value, ValidFrom: rows[0].ValidFrom}}, Village(1), now)
	require.Empty(t, policy.Missing(s), "everything that a place must set is set")
}

func TestSeedWithAnEarlyClock(t *testing.T) {
	t.Parallel()
	store, hashes := newStore(t, filepath.Join(t.TempDir(), "demo.db")), 0
	o := options(&hashes)
	o.Now = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	s, err := Seed(t.Context(), store, o)
	require.NoError(t, err)
	require.Equal(t, 180, s.Households)
}

func TestFullSeedIsFast(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("seeds 3,000 households")
	}
	store, hashes := newStore(t, filepath.Join(t.TempDir(), "demo.db")), 0
	o := options(&hashes)
	o.Households = 0
	start := time.Now()
	s, err := Seed(t.Context(), store, o)
	require.NoError(t, err)
	require.Equal(t, 3060, s.Households)
	t.Logf("%d households and %d people in %v", s.Households, s.People, time.Since(start).Round(time.Millisecond))
}

// The outlines of the invented county are such as an office could supply: every village has one, and none is at fault.
func TestOutlinesAreInOrder(t *testing.T) {
	t.Parallel()
	var features []map[string]any
	drawn := map[string]bool{}
	for _, b := range outlines(time.Now()) {
		drawn[b.RegionCode] = true
		features = append(features, map[string]any{"type": "Feature", "properties": map[string]any{"code": b.RegionCode}, "geometry": map[string]any{"type": "MultiPolygon", "coordinates": b.Shape}})
	}
	for _, r := range Regions() {
		require.True(t, drawn[r.Code], r.Code)
	}
	raw, err := json.Marshal(map[string]any{"type": "FeatureCollection", "features": features})
	require.NoError(t, err)
	f, err := boundary.Read(bytes.NewReader(raw))
	require.NoError(t, err)
	for _, a := range f.Areas {
		require.Empty(t, a.Faults, a.Code)
	}
}
