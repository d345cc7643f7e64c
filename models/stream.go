package models

import (
	"context"
	"database/sql/driver"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Row is one row that is read.
type Row interface{ Scan(into ...any) error }

// Stream reads the rows of a statement one after another, a []string standing for a list after IN. PostgreSQL gets the
// list as one array, and the rows come by its own driver, which is quicker with a million of them. It plans the
// statement each time: a plan that was made while a table was empty would be kept while somebody fills it.
func (s *Store) Stream(ctx context.Context, text string, args []any, each func(Row) error) error {
	if !s.Postgres() {
		rows, err := s.DB.WithContext(ctx).Raw(text, args...).Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	pool, err := s.DB.DB()
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	text = numbered(strings.ReplaceAll(text, "IN ?", "= ANY(?)"))
	return conn.Raw(func(raw any) error {
		rows, err := raw.(*stdlib.Conn).Conn().Query(ctx, text, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// numbered writes the placeholders of a statement as PostgreSQL has them.
func numbered(text string) string {
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(text, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

// Among is the condition that a column has one of some values. PostgreSQL gets them as one array: a list of hundreds it
// would plan anew, each by itself.
func Among(tx *gorm.DB, column string, list []string) clause.Expr {
	if tx.Name() != "postgres" {
		return clause.Expr{SQL: column + " IN ?", Vars: []any{list}}
	}
	return clause.Expr{SQL: column + " = ANY(?)", Vars: []any{textArray(list)}}
}

// textArray is a value of type text[] in the writing of PostgreSQL.
type textArray []string

// Value implements driver.Valuer.
func (a textArray) Value() (driver.Value, error) {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	quoted := make([]string, len(a))
	for i, s := range a {
		quoted[i] = `"` + escape.Replace(s) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}", nil
}
