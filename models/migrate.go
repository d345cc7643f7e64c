package models

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the database to the newest schema and returns the names of the
// migrations it ran. Several servers may start at once.
func (s *Store) Migrate(ctx context.Context) ([]string, error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	results, err := p.Up(ctx)
	var ran []string
	for _, r := range results {
		ran = append(ran, r.Source.Path)
	}
	if err != nil {
		return ran, fmt.Errorf("migrate: %w", err)
	}
	return ran, s.grant(ctx)
}

// SchemaCurrent fails when a migration has not run yet: no server works on an
// old schema.
func (s *Store) SchemaCurrent(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return err
	}
	if pending {
		return fmt.Errorf("数据库结构不是最新版本，请先运行 shouwang migrate")
	}
	return nil
}

func (s *Store) provider() (*goose.Provider, error) {
	dialect, dir := goose.DialectSQLite3, "migrations/sqlite"
	var opts []goose.ProviderOption
	if s.Postgres() {
		dialect, dir = goose.DialectPostgres, "migrations/postgres"
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	sub, err := fs.Sub(migrations, dir)
	if err != nil {
		return nil, err
	}
	pool, err := s.DB.DB()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, pool, sub, opts...)
}
