package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"shouwang/models"
)

// bulk writes rows of any model by the fastest way of the database: COPY, or
// inserts of many rows in one transaction.
type bulk struct {
	t      testing.TB
	db     *gorm.DB
	pg     *pgx.Conn
	lite   *sql.Conn
	tables []*table // in the order in which they must be written
	byType map[reflect.Type]*table
	stmts  map[string]*sql.Stmt
}

type table struct {
	name    string
	columns []string
	fields  []*schema.Field
	rows    [][]any
}

const batch = 4000

// newBulk opens a writer; the models are named parents first.
func newBulk(t testing.TB, s *models.Store, dsn string, list ...any) *bulk {
	b := &bulk{t: t, db: s.DB, byType: map[reflect.Type]*table{}, stmts: map[string]*sql.Stmt{}}
	var err error
	if s.Postgres() {
		b.pg, err = pgx.Connect(t.Context(), dsn)
		require.NoError(t, err)
		_, err = b.pg.Exec(t.Context(), "SET synchronous_commit = off")
	} else {
		pool, poolErr := s.DB.DB()
		require.NoError(t, poolErr)
		b.lite, err = pool.Conn(t.Context())
		require.NoError(t, err)
		_, err = b.lite.ExecContext(t.Context(), "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -1000000; BEGIN")
	}
	require.NoError(t, err)
	for _, m := range list {
		stmt := &gorm.Statement{DB: s.DB}
		require.NoError(t, stmt.Parse(m))
		tab := &table{name: stmt.Schema.Table}
		for _, f := range stmt.Schema.Fields {
			if f.DBName != "" {
				tab.columns, tab.fields = append(tab.columns, f.DBName), append(tab.fields, f)
			}
		}
		b.tables = append(b.tables, tab)
		b.byType[stmt.Schema.ModelType] = tab
	}
	return b
}

// add takes rows, each a pointer to a model.
func (b *bulk) add(rows ...any) {
	full := false
	for _, r := range rows {
		v := reflect.ValueOf(r)
		tab := b.byType[v.Elem().Type()]
		values := make([]any, len(tab.fields))
		for i, f := range tab.fields {
			values[i] = plain(b.t, f, v)
		}
		tab.rows = append(tab.rows, values)
		full = full || len(tab.rows) >= batch
	}
	if full {
		b.flush()
	}
}

// plain is a value as a driver takes it.
func plain(t testing.TB, f *schema.Field, row reflect.Value) any {
	value, _ := f.ValueOf(context.Background(), row)
	if v, ok := value.(driver.Valuer); ok {
		out, err := v.Value()
		require.NoError(t, err)
		return out
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.String {
		return v.String()
	}
	return value
}

func (b *bulk) flush() {
	for _, tab := range b.tables {
		if b.pg != nil {
			_, err := b.pg.CopyFrom(b.t.Context(), pgx.Identifier{tab.name}, tab.columns, pgx.CopyFromRows(tab.rows))
			require.NoError(b.t, err, tab.name)
		} else {
			b.insert(tab)
		}
		tab.rows = tab.rows[:0]
	}
}

func (b *bulk) insert(tab *table) {
	const most = 200 // rows in one statement
	for rows := tab.rows; len(rows) > 0; {
		n := min(most, len(rows))
		one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(tab.columns)), ",") + ")"
		text := "INSERT INTO " + tab.name + " (" + strings.Join(tab.columns, ",") + ") VALUES " + strings.TrimSuffix(strings.Repeat(one+",", n), ",")
		stmt, ok := b.stmts[text]
		if !ok {
			var err error
			stmt, err = b.lite.PrepareContext(b.t.Context(), text)
			require.NoError(b.t, err)
			b.stmts[text] = stmt
		}
		var args []any
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		_, err := stmt.ExecContext(b.t.Context(), args...)
		require.NoError(b.t, err, tab.name)
		rows = rows[n:]
	}
}

// close writes the rest and lets the database look at what it has now.
func (b *bulk) close() {
	b.flush()
	if b.pg != nil {
		_, err := b.pg.Exec(b.t.Context(), "VACUUM ANALYZE")
		require.NoError(b.t, err)
		require.NoError(b.t, b.pg.Close(b.t.Context()))
		return
	}
	for _, s := range b.stmts {
		require.NoError(b.t, s.Close())
	}
	_, err := b.lite.ExecContext(b.t.Context(), "COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -2000")
	require.NoError(b.t, err)
	require.NoError(b.t, b.lite.Close())
}
