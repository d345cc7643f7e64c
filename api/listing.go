package api

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"gorm.io/gorm"
)

// order is a way in which a list is sorted: by columns that an index has in that order, and by the id. A list is paged by the
// place of its last row in that order, so that a page deep within costs what the first one does, and nobody is shown twice or
// passed by when others are entered meanwhile.
type order[T any] struct {
	sort    string   // its name
	id      string   // the column of the id
	columns []string // of text, or one of moments
	moment  bool     // what the one column holds
	newest  bool     // the last first
	place   func(*T) cursor
}

// orders are the ways in which a list can be sorted, the usual one first.
type orders[T any] []order[T]

// of is the order of that name; "" is the usual one. A cursor is good for the order it was given in.
func (l orders[T]) of(sort, after string) (order[T], *cursor, error) {
	i := max(slices.IndexFunc(l, func(o order[T]) bool { return o.sort == sort }), 0)
	c, err := parseCursor(after)
	if err != nil {
		return l[i], nil, err
	}
	if c != nil && (orText(c.Sort, l[0].sort) != l[i].sort || !l[i].fits(c)) {
		return l[i], nil, badRequest("bad_cursor", "cursor 应为上一页按同样次序给出的 next_cursor")
	}
	return l[i], c, nil
}

// fits reports whether a cursor is a place in the order: whoever made one up himself is told so.
func (o order[T]) fits(c *cursor) bool {
	if o.moment {
		return !c.At.IsZero() && len(c.Keys) == 0
	}
	odd := func(k string) bool { return strings.ContainsFunc(k, unicode.IsControl) }
	return c.At.IsZero() && len(c.Keys) == len(o.columns) && !slices.ContainsFunc(c.Keys, odd)
}

// rows reads a page of a list and the cursor of the next, "" when there is none.
func (o order[T]) rows(tx *gorm.DB, after *cursor, limit int) ([]T, string, error) {
	var out []T
	if err := o.sorted(tx, after, limit).Find(&out).Error; err != nil {
		return nil, "", err
	}
	out, next := cut(out, limit, o.at)
	return out, next, nil
}

// at is the place of a row.
func (o order[T]) at(row T) cursor {
	c := o.place(&row)
	c.Sort = o.sort
	return c
}

// sorted orders rows from after a place; one row more tells that there is a next page.
func (o order[T]) sorted(tx *gorm.DB, after *cursor, limit int) *gorm.DB {
	columns, way, than := append(slices.Clone(o.columns), o.id), "", ">"
	if o.newest {
		way, than = " DESC", "<"
	}
	if after != nil {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
		tx = tx.Where("("+strings.Join(columns, ", ")+") "+than+" ("+marks+")", after.values()...)
	}
	for _, c := range columns {
		tx = tx.Order(c + way)
	}
	return tx.Limit(limit + 1)
}

// values are what the columns of an order have at a place.
func (c *cursor) values() []any {
	var out []any
	if !c.At.IsZero() {
		out = append(out, c.At.UTC())
	}
	for _, k := range c.Keys {
		out = append(out, k)
	}
	return append(out, c.ID)
}

// byMoment and byText are orders by one column.
func byMoment[T any](sort, table, column string, newest bool, at func(*T) (time.Time, string)) order[T] {
	return order[T]{sort, table + ".id", []string{table + "." + column}, true, newest, func(x *T) cursor { t, id := at(x); return cursor{At: t, ID: id} }}
}

func byText[T any](sort, table, column string, at func(*T) (string, string)) order[T] {
	return order[T]{sort, table + ".id", []string{table + "." + column}, false, false, func(x *T) cursor { k, id := at(x); return cursor{Keys: []string{k}, ID: id} }}
}

// mostCounted is how far the rows of a list are counted: beyond it nobody wants to know.
const mostCounted = 10000

// countRows counts the rows of a list, no further than that, when it is asked for. A list that is longer has one more. Who
// takes a list out reads all of it anyway.
func (s *server) countRows(ctx context.Context, asked bool, tx *gorm.DB) (*int, error) {
	if !asked {
		return nil, nil
	}
	if tx = tx.Select("1"); ctx.Value(exportingKey{}) == nil {
		tx = tx.Limit(mostCounted + 1)
	}
	var n int
	err := s.db(ctx).Raw("SELECT COUNT(*) FROM (?) counted", tx).Scan(&n).Error
	return &n, err
}

// levelOf is within for lists that are sorted otherwise than by place: the counties and villages have an index in the order of the
// list, the few hundred households of a township are sorted.
func levelOf(column string) func(prefix string) condition {
	return func(prefix string) condition {
		if len(prefix) == 6 {
			return condition{"substr(" + column + ", 1, 6) = ?", []any{prefix}}
		}
		return within(column, prefix)
	}
}
