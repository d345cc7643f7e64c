package demo

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
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
		})
	}
}
