package models

import (
	"database/sql/driver"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// The rows of a step are written by the functions of this file. They take tables and
// columns from GORM's schema, and leave out its statement builder and hooks, which
// cost as much as the statement (docs/benchmarks.md).

// Values are the columns of one row as the database takes them, in the order of its schema.
type Values []any

// ValuesOf are the present values of a row, a pointer to a struct. They share no
// memory with it, so that they tell later what has changed.
func ValuesOf[T any](tx *gorm.DB, row *T) (Values, error) {
	s, err := schemaOf(tx, row)
	if err != nil {
		return nil, err
	}
	return valuesOf(tx, s, row)
}

// Insert stores rows in one statement.
func Insert[T any](tx *gorm.DB, rows ...*T) error {
	if len(rows) == 0 {
		return nil
	}
	s, err := schemaOf(tx, rows[0])
	if err != nil {
		return err
	}
	q := query{tx: tx}
	q.write(`INSERT INTO "` + s.Table + `" ("` + strings.Join(s.DBNames, `","`) + `") VALUES `)
	for i, row := range rows {
		values, err := valuesOf(tx, s, row)
		if err != nil {
			return err
		}
		if i > 0 {
			q.write(",")
		}
		open := "("
		for _, v := range values {
			q.write(open)
			q.bind(v)
			open = ","
		}
		q.write(")")
	}
	_, err = q.exec()
	return err
}

// SaveChanges writes the columns of a row that differ from what is stored, and
// nothing when none does: an update of a column costs as much as all its indexes.
// It fails with gorm.ErrRecordNotFound when the row is gone.
func SaveChanges[T any](tx *gorm.DB, row *T, stored Values) error {
	s, err := schemaOf(tx, row)
	if err != nil {
		return err
	}
	values, err := valuesOf(tx, s, row)
	if err != nil {
		return err
	}
	q := query{tx: tx}
	verb := `UPDATE "` + s.Table + `" SET "`
	for i, v := range values {
		if same(v, stored[i]) {
			continue
		}
		q.write(verb + s.DBNames[i] + `"=`)
		q.bind(v)
		verb = `,"`
	}
	if len(q.args) == 0 {
		return nil
	}
	key, _ := s.PrioritizedPrimaryField.ValueOf(tx.Statement.Context, reflect.ValueOf(row).Elem())
	q.write(` WHERE "` + s.PrioritizedPrimaryField.DBName + `"=`)
	q.bind(key)
	n, err := q.exec()
	if err == nil && n == 0 {
		err = gorm.ErrRecordNotFound
	}
	return err
}

func schemaOf(tx *gorm.DB, row any) (*schema.Schema, error) {
	stmt := gorm.Statement{DB: tx}
	err := stmt.Parse(row)
	return stmt.Schema, err
}

func valuesOf(tx *gorm.DB, s *schema.Schema, row any) (Values, error) {
	out, at := make(Values, len(s.DBNames)), reflect.ValueOf(row).Elem()
	for i, name := range s.DBNames {
		v, _ := s.FieldsByDBName[name].ValueOf(tx.Statement.Context, at)
		v, err := plain(v)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// plain is a value without pointers and without what must still be encoded.
func plain(v any) (any, error) {
	if coded, ok := v.(driver.Valuer); ok {
		return coded.Value()
	}
	if at := reflect.ValueOf(v); at.Kind() == reflect.Pointer {
		if at.IsNil() {
			return nil, nil
		}
		return at.Elem().Interface(), nil
	}
	return v, nil
}

func same(a, b any) bool {
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	}
	return reflect.DeepEqual(a, b)
}

// query is a statement that is being written, in the dialect of its connection.
type query struct {
	tx   *gorm.DB
	text strings.Builder
	args []any
}

func (q *query) write(s string) { q.text.WriteString(s) }

func (q *query) bind(v any) {
	q.args = append(q.args, v)
	q.tx.BindVarTo(&q.text, &gorm.Statement{Vars: q.args}, v)
}

func (q *query) exec() (int64, error) {
	done, err := q.tx.Statement.ConnPool.ExecContext(q.tx.Statement.Context, q.text.String(), q.args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
