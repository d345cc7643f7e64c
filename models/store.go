// Package models holds the tables, their queries and migrations. It knows
// neither Temporal nor HTTP.
package models

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/oklog/ulid/v2"
	"gorm.io/driver/postgres"
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

	unsynced *gorm.DB
	bell     *bell
}

// NewID makes an identifier that sorts by time of making.
func NewID() string { return ulid.Make().String() }

// Open connects to a database: "postgres://…", or the path of an SQLite file.
func Open(dsn string, vault *Vault) (*Store, error) {
	dial, unsynced, err := dialectors(dsn)
	if err != nil {
		return nil, err
	}
	s := &Store{Vault: vault, bell: &bell{}}
	s.bell.ctx, s.bell.end = context.WithCancel(context.Background())
	if isPostgres(dsn) {
		s.bell.dsn = dsn
	}
	if s.DB, err = connect(dial, 24); err != nil {
		return nil, err
	}
	if s.unsynced, err = connect(unsynced, 8); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// connect opens a pool. All its connections are kept while there is work: a new one
// costs more than many statements, and has none prepared.
func connect(dial gorm.Dialector, most int) (*gorm.DB, error) {
	db, err := gorm.Open(dial, &gorm.Config{
		Logger:                 logger.Discard,
		TranslateError:         true,
		SkipDefaultTransaction: true,
		// Not PrepareStmt: its cache lets a transaction wait for a statement that is
		// being prepared by somebody who waits for a connection, for ever once all
		// connections are in transactions. Each connection keeps its own statements:
		// pgx by itself, those to SQLite by liteConn.
		NowFunc: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	})
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return db, nil
}

// dialectors are two ways into one database: the second does not wait for the disk
// when it writes.
func dialectors(dsn string) (synced, unsynced gorm.Dialector, err error) {
	if isPostgres(dsn) {
		u, err := url.Parse(dsn)
		if err != nil { // which says the whole address, its password too
			var fault *url.Error
			if errors.As(err, &fault) {
				err = fault.Err
			}
			return nil, nil, fmt.Errorf("database address: %w", err)
		}
		q := u.Query()
		if !q.Has("plan_cache_mode") {
			// A plan for all values of a statement is right for none of a list's: after five requests those of
			// a state, a surname or a surveyor took up to a hundred times as long as the first.
			q.Set("plan_cache_mode", "force_custom_plan")
		}
		u.RawQuery = q.Encode()
		asked := u.String()
		q.Set("synchronous_commit", "off")
		u.RawQuery = q.Encode()
		return postgres.Open(asked), postgres.Open(u.String()), nil
	}
	if dir := filepath.Dir(dsn); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, nil, fmt.Errorf("make data folder: %w", err)
		}
	}
	// Made by us, so that nobody but its owner reads it, also outside our folder.
	f, err := os.OpenFile(dsn, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("make database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, nil, err
	}
	// SQLite compares times as text, so all are written in one zone. Transactions take the write lock at once: a read that later writes would
	// otherwise fail with "database is locked" instead of waiting.
	opts := "file:" + dsn + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=cache_size(-8000)&_txlock=immediate&_time_format=sqlite&_timezone=UTC"
	turn := make(chan struct{}, 1)
	if synced, err = liteDialector(opts+"&_pragma=synchronous(FULL)", turn); err != nil {
		return nil, nil, err
	}
	unsynced, err = liteDialector(opts+"&_pragma=synchronous(NORMAL)", turn)
	return synced, unsynced, err
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Postgres reports whether the database is PostgreSQL.
func (s *Store) Postgres() bool { return s.DB.Name() == "postgres" }

// Close closes the connections.
func (s *Store) Close() error {
	var errs []error
	s.bell.end()
	for _, db := range []*gorm.DB{s.unsynced, s.DB} {
		if db == nil {
			continue
		}
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Unsynced is the same database for what need not outlive a loss of power by
// itself. It does not wait for the disk; whatever a later transaction of Tx is
// based on reaches the disk with that transaction, since both dialects write one
// log in order.
func (s *Store) Unsynced(ctx context.Context) *gorm.DB { return s.unsynced.WithContext(ctx) }

// Tx runs f in one transaction, which is rolled back when f fails. What f has touched is told once it is committed.
func (s *Store) Tx(ctx context.Context, f func(tx *gorm.DB) error) error {
	touched := &Touched{}
	err := s.DB.WithContext(context.WithValue(ctx, touchedKey{}, touched)).Transaction(f)
	if err == nil {
		s.ring(*touched)
	}
	return err
}

// Locked adds a row lock to a query where the dialect has one; SQLite holds the
// write lock of the whole file already.
func Locked(tx *gorm.DB) *gorm.DB { return locking(tx, clause.Locking{Strength: "UPDATE"}) }

// LockedIn is Locked for the rows of one of several joined tables.
func LockedIn(tx *gorm.DB, table string) *gorm.DB {
	return locking(tx, clause.Locking{Strength: "UPDATE", Table: clause.Table{Name: table}})
}

func locking(tx *gorm.DB, l clause.Locking) *gorm.DB {
	if tx.Name() == "postgres" {
		return tx.Clauses(l)
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
