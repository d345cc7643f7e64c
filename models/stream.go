package models

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Row is one row that is read.
type Row interface{ Scan(into ...any) error }

// rows are what a statement has found, of either driver.
type rows interface {
	Next() bool
	Err() error
}

// Stream reads the rows of a statement one after another, a []string or []int64 standing for a list after IN. PostgreSQL
// gets the list as one array, and the rows come by its own driver, which is quicker with a million of them. It plans the
// statement each time: a plan that was made while a table was empty would be kept while somebody fills it.
func (s *Store) Stream(ctx context.Context, text string, args []any, each func(Row) error) error {
	if s.Postgres() {
		return s.streamNative(ctx, numbered(text, args), args, each)
	}
	found, err := s.DB.WithContext(ctx).Raw(text, args...).Rows()
	if err != nil {
		return err
	}
	defer found.Close()
	return through(found, found, each)
}

func (s *Store) streamNative(ctx context.Context, text string, args []any, each func(Row) error) error {
	pool, err := s.DB.DB()
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		found, err := raw.(*stdlib.Conn).Conn().Query(ctx, text, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
		if err != nil {
			return err
		}
		defer found.Close()
		return through(found, &nativeRow{rows: found}, each)
	})
}

func through(found rows, row Row, each func(Row) error) error {
	for found.Next() {
		if err := each(row); err != nil {
			return err
		}
	}
	return found.Err()
}

// numbered writes the placeholders of a statement as PostgreSQL has them, and lists as arrays.
func numbered(text string, args []any) string {
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(text, "?") {
		if n > 0 {
			b.WriteString(placeholder(n, args[n-1]))
		}
		n++
		if n <= len(args) && arrayType(args[n-1]) != "" {
			part = strings.TrimSuffix(part, "IN ")
		}
		b.WriteString(part)
	}
	return b.String()
}

func placeholder(n int, arg any) string {
	if array := arrayType(arg); array != "" {
		return inArray("$" + strconv.Itoa(n) + array)
	}
	return "$" + strconv.Itoa(n)
}

// inArray compares with the values of an array, which the planner is not to look into: to guess how many rows each of
// hundreds of values has costs it more than to find them.
func inArray(value string) string { return "= ANY(ARRAY(SELECT unnest(" + value + ")))" }

func arrayType(arg any) string {
	switch arg.(type) {
	case []string:
		return "::text[]"
	case []int64:
		return "::bigint[]"
	}
	return ""
}

// Among is the condition that a column has one of some values. PostgreSQL gets them as one array: a list of hundreds it
// would plan anew, each by itself.
func Among(tx *gorm.DB, column string, list []string) clause.Expr {
	if tx.Name() != "postgres" {
		return clause.Expr{SQL: column + " IN ?", Vars: []any{list}}
	}
	return clause.Expr{SQL: column + " " + inArray("?::text[]"), Vars: []any{pgtype.Array[string]{Elements: list, Dims: []pgtype.ArrayDimension{{Length: int32(len(list)), LowerBound: 1}}, Valid: true}}}
}
