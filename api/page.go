package api

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"gorm.io/gorm"
)

const defaultLimit = 20

// cursor is the place of the last row of a page in the order of its list.
type cursor struct {
	At   time.Time `json:"t,omitzero"`
	Key  string    `json:"k,omitempty"`
	Keys []string  `json:"m,omitempty"`
	ID   string    `json:"i"`
	Sort string    `json:"s,omitempty"` // the order it was given in
}

func (c cursor) String() string {
	raw, _ := json.Marshal(c) // a time and two strings always encode
	return base64.RawURLEncoding.EncodeToString(raw)
}

// parseCursor reads a cursor; "" is the beginning.
func parseCursor(s string) (*cursor, error) {
	if s == "" {
		return nil, nil
	}
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.ID == "" {
		return nil, badRequest("bad_cursor", "cursor 应为上一页给出的 next_cursor")
	}
	return &c, nil
}

// byDue orders a list by due date, most urgent first, and goes on after a cursor.
func byDue(tx *gorm.DB, table string, after *cursor, limit int) *gorm.DB {
	if after != nil {
		tx = tx.Where("("+table+".due_at, "+table+".id) > (?, ?)", after.At.UTC(), after.ID)
	}
	return tx.Order(table + ".due_at, " + table + ".id").Limit(limit + 1)
}

// newestFirst orders rows by a moment and their id, the latest first, from after a place; one row more tells that there is a
// next page.
func newestFirst(tx *gorm.DB, at, id string, after *cursor, limit int) *gorm.DB {
	if after != nil {
		tx = tx.Where("("+at+", "+id+") < (?, ?)", after.At.UTC(), after.ID)
	}
	return tx.Order(at + " DESC, " + id + " DESC").Limit(limit + 1)
}

// cut takes the row off that only told that there is a next page.
func cut[T any](rows []T, limit int, place func(T) cursor) ([]T, string) {
	if len(rows) <= limit {
		return rows, ""
	}
	rows = rows[:limit]
	return rows, place(rows[limit-1]).String()
}

func pageLimit(n int) int {
	if n == 0 {
		return defaultLimit
	}
	return n
}
