package models

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
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
	return conn.Raw(func(driver any) error {
		rows, err := driver.(*stdlib.Conn).Conn().Query(ctx, text, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
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
