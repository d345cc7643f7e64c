package testkit

import (
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// A database of today's schema with no rows is made once in a process: running all migrations takes a hundred times as
// long as a copy of what they leave.
var (
	schemaFileOnce sync.Once
	schemaFile     []byte // of SQLite
	schemaNameOnce sync.Once
	schemaName     string // of the database on the shared server
)

// MigratedDSN names a fresh database of a dialect, "sqlite" or "postgres", on which all migrations have run.
func MigratedDSN(t testing.TB, dialect string) string {
	t.Helper()
	if dialect == "postgres" {
		return migratedPostgres(t)
	}
	schemaFileOnce.Do(func() {
		file := NewDSN(t, dialect)
		migrate(t, file)
		var err error
		schemaFile, err = os.ReadFile(file)
		require.NoError(t, err)
	})
	require.NotEmpty(t, schemaFile, "the migrations failed")
	file := NewDSN(t, dialect)
	require.NoError(t, os.WriteFile(file, schemaFile, 0o600))
	return file
}

// OpenMigrated opens a fresh database of a dialect on which all migrations have run.
func OpenMigrated(t testing.TB, dialect string) *models.Store {
	t.Helper()
	return OpenStore(t, MigratedDSN(t, dialect))
}

func migratedPostgres(t testing.TB) string {
	t.Helper()
	if os.Getenv(envServer) != "" { // it is not ours to leave a database on that
		dsn := NewDSN(t, "postgres")
		migrate(t, dsn)
		return dsn
	}
	c := sharedCluster(t)
	schemaNameOnce.Do(func() {
		name := newName()
		dsn := c.dsn(name)
		require.NoError(t, admin(t.Context(), c.DSN(), "CREATE DATABASE "+name))
		migrate(t, dsn)
		schemaName = name
	})
	require.NotEmpty(t, schemaName, "the migrations failed")
	return createDB(t, c.DSN(), schemaName)
}

// migrate runs all migrations on an empty database and leaves it.
func migrate(t testing.TB, dsn string) {
	t.Helper()
	s, err := models.Open(dsn, nil)
	require.NoError(t, err)
	_, err = s.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
}
