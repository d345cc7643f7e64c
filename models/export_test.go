package models

import "io/fs"

// MigrationFiles are the migrations of a store's dialect.
func MigrationFiles(s *Store) fs.FS {
	dir := "migrations/sqlite"
	if s.Postgres() {
		dir = "migrations/postgres"
	}
	sub, err := fs.Sub(migrations, dir)
	if err != nil {
		panic(err)
	}
	return sub
}

// Decode is how secrets are read.
var Decode = decode
