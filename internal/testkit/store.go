package testkit

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// EachStore runs a test on both databases, as parallel subtests, each on an
// empty, migrated store of its own.
func EachStore(t *testing.T, f func(t *testing.T, s *models.Store)) {
	t.Helper()
	EachDialect(t, func(t *testing.T, dialect string) {
		s := OpenMigrated(t, dialect)
		require.NoError(t, s.OpenKeys(t.Context()))
		f(t, s)
	})
}

// EachDialect runs a test for both databases, as parallel subtests.
func EachDialect(t *testing.T, f func(t *testing.T, dialect string)) {
	t.Helper()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			f(t, dialect)
		})
	}
}

// NewDSN names a fresh, empty database of a dialect, "sqlite" or "postgres".
func NewDSN(t testing.TB, dialect string) string {
	t.Helper()
	if dialect == "postgres" {
		return Postgres(t)
	}
	return filepath.Join(t.TempDir(), "test.db")
}

// OpenStore opens a database with the keys that all tests share. It is closed
// when the test ends.
func OpenStore(t testing.TB, dsn string) *models.Store {
	t.Helper()
	vault, err := models.NewVault(bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32))
	require.NoError(t, err)
	s, err := models.Open(dsn, vault)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	pool, err := s.DB.DB()
	require.NoError(t, err)
	pool.SetMaxOpenConns(8) // many tests share one server
	return s
}
