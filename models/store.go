// Package models holds the tables, their queries and migrations. It knows
// neither Temporal nor HTTP.
package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/oklog/ulid/v2"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	sqlitedrv "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Store is the database and the keys of its sealed columns.
type Store struct {
	DB    *gorm.DB
	Vault *Vault
}

// NewID makes an identifier that sorts by time of making.
func NewID() string { return ulid.Make().String() }

// Open connects to a database: "postgres://…", or the path of an SQLite file.
func Open(dsn string, vault *Vault) (*Store, error) {
	dial, err := dialector(dsn)
	if err != nil {
		return nil, err
	}
	db, err := gorm.Open(dial, &gorm.Config{
		Logger:                 logger.Discard,
		TranslateError:         true,
		SkipDefaultTransaction: true,
		// Not PrepareStmt: its cache lets a transaction wait for a statement that is
		// being prepared by somebody who waits for a connection, for ever once all
		// connections are in transactions. pgx keeps statements by connection itself.
		NowFunc: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	})
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(24)
	pool.SetMaxIdleConns(12)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return &Store{DB: db, Vault: vault}, nil
}

func dialector(dsn string) (gorm.Dialector, error) {
	if isPostgres(dsn) {
		return postgres.Open(dsn), nil
	}
	if dir := filepath.Dir(dsn); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make data folder: %w", err)
		}
	}
	// Made by us, so that nobody but its owner reads it, also outside our folder.
	f, err := os.OpenFile(dsn, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	// SQLite compares times as text, so all are written in one zone. Transactions take the write lock at once: a read that later writes would
	// otherwise fail with "database is locked" instead of waiting.
	opts := "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)&_txlock=immediate&_time_format=sqlite&_timezone=UTC"
	return sqlite.New(sqlite.Config{DriverName: "sqlite", DSN: "file:" + dsn + opts}), nil
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Postgres reports whether the database is PostgreSQL.
func (s *Store) Postgres() bool { return s.DB.Name() == "postgres" }

// Close closes the connections.
func (s *Store) Close() error {
	pool, err := s.DB.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// Tx runs f in one transaction, which is rolled back when f fails.
func (s *Store) Tx(ctx context.Context, f func(tx *gorm.DB) error) error {
	return s.DB.WithContext(ctx).Transaction(f)
}

// Locked adds a row lock to a query where the dialect has one; SQLite holds the
// write lock of the whole file already.
func Locked(tx *gorm.DB) *gorm.DB {
	if tx.Name() == "postgres" {
		return tx.Clauses(clause.Locking{Strength: "UPDATE"})
	}
	return tx
}

// Duplicate reports whether err says that a unique key exists already. GORM does
// not translate the errors of the pure Go SQLite driver, so this does.
func Duplicate(err error) bool {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return true
	}
	var lite *sqlitedrv.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// Missing reports whether err says that there is no such row.
func Missing(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }
