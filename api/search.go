package api

import (
	"context"
	"strings"
)

// like is a search by what somebody types: names, pinyin, initials or numbers, all
// by their beginning. It can be done in two ways, and which one is fast depends on
// how many rows there are.
type like struct {
	// keys is a query for the ids found, by indexes.
	keys condition
	// row is the same as a condition on a row of the table.
	row condition
}

// found is a search made ready. When it finds few, the rows are picked by their
// keys; when it finds many, the list is walked in its own order and soon full.
type found struct {
	condition
	few bool
	// many is a search that finds more: its rows are known one by one as the list is walked, and counting them all would walk
	// all of it.
	many bool
}

// fewKeys is how many rows are sorted rather than looked for in order.
const fewKeys = 500

// look makes a search ready for the table whose ids the column holds.
func (s *server) look(ctx context.Context, l *like, column string) (found, error) {
	if l == nil {
		return found{condition: condition{sql: "1 = 1"}}, nil
	}
	var n int
	err := s.db(ctx).Raw("SELECT COUNT(*) FROM (SELECT * FROM ("+l.keys.sql+") k LIMIT ?) f", append(l.keys.args, fewKeys+1)...).Scan(&n).Error
	if err != nil {
		return found{}, err
	}
	if n > fewKeys {
		return found{condition: l.row, many: true}, nil
	}
	return found{condition: condition{column + " IN (" + l.keys.sql + ")", l.keys.args}, few: true}, nil
}

// householdsLike finds households by the head's name, its pinyin or initials, or
// the number of the household; nil without a text.
func householdsLike(v *viewer, q string) *like {
	q = strings.Join(strings.Fields(q), "")
	if q == "" {
		return nil
	}
	lower, upper := strings.ToLower(q), strings.ToUpper(q)
	cs := []condition{startsWith("head_name", q), startsWith("no", upper)}
	if lower != upper {
		cs = append(cs, startsWith("no", lower), startsWith("head_pinyin", lower), startsWith("head_abbr", lower))
	}
	var parts []condition
	for _, c := range cs {
		parts = append(parts, inCountiesOf(v).and(c))
	}
	return &like{union("households", parts), anyOf(cs)}
}

// casesLike finds cases of such households, or by their own number.
func casesLike(v *viewer, q string) *like {
	of := householdsLike(v, q)
	if of == nil {
		return nil
	}
	no := strings.ToUpper(strings.TrimSpace(q))
	keys := union("cases", []condition{inCountiesOf(v).and(startsWith("no", no)), {"household_id IN (" + of.keys.sql + ")", of.keys.args}})
	return &like{keys, anyOf([]condition{startsWith("cases.no", no), {"cases.household_id IN (" + of.keys.sql + ")", of.keys.args}})}
}

// union is a query for the ids of rows for which one of the conditions holds. Each
// is asked by itself, because together they would use no index.
func union(table string, cs []condition) condition {
	parts := make([]string, len(cs))
	var args []any
	for i, c := range cs {
		parts[i] = "SELECT id FROM " + table + " WHERE " + c.sql
		args = append(args, c.args...)
	}
	return condition{strings.Join(parts, " UNION ALL "), args}
}

// startsWith holds for values that begin with q. It is a range, which uses an index
// where LIKE does not; the columns compare byte by byte.
func startsWith(column, q string) condition {
	return condition{column + " >= ? AND " + column + " < ?", []any{q, q + "\U0010FFFF"}}
}
