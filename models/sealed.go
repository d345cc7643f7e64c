package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// SealedColumn is a column of sealed values; Key is the column whose value is part of the place they are sealed for.
type SealedColumn struct{ Table, Column, Key string }

// SealedColumns are all of them: what is not among them is not sealed anew when keys are changed.
var SealedColumns = []SealedColumn{
	{"households", "sealed", "id"},
	{"people", "sealed", "id"},
	{"case_events", "payload", "id"},
	{"submissions", "body", "id"},
	{"form_records", "answers", "id"},
	{"form_records", "computed", "id"},
	{"form_record_acts", "answers", "id"},
	{"form_record_acts", "note", "id"},
	{"issued_papers", "frozen", "id"},
	{"monitoring_episodes", "sealed", "id"},
	{"dept_matches", "sealed", "id"},
	{"dept_rows", "sealed", "id"},
	{"quality_hits", "sealed", "id"},
	{"visit_texts", "sketch", "case_id"},
	{"attachments", "sealed_name", "id"},
	{"attachments", "sealed_facts", "id"},
	{"second_factors", "sealed", "user_id"},
	{"bulk_jobs", "sealed_search", "id"},
	{"bulk_rows", "message", "id"},
	{"exports", "sealed_search", "id"},
	{"notice_settings", "sealed", "user_id"},
	{"robots", "sealed", "id"},
	{"phone_keys", "sealed", "user_id"},
}

func (c SealedColumn) String() string { return c.Table + "." + c.Column }

// resealBatch bounds how many rows are held in memory, and locked in one transaction.
const resealBatch = 500

// Resealed tells how far sealing anew has come: so many values of a place.
type Resealed struct {
	Place string
	Done  int
}

// Reseal seals everything in the database with the present data key that is not sealed with it yet, in batches between
// which others work on. A value that is written meanwhile stays as it was written. It may be interrupted and begun again:
// what is done is passed by.
func (s *Store) Reseal(ctx context.Context, tell func(Resealed)) (int, error) {
	total := 0
	for _, c := range SealedColumns {
		n, err := s.resealColumn(ctx, c, tell)
		if total += n; err != nil {
			return total, fmt.Errorf("%s: %w", c, err)
		}
	}
	return total, nil
}

type sealedValue struct {
	Key   string
	Value []byte
}

func (s *Store) resealColumn(ctx context.Context, c SealedColumn, tell func(Resealed)) (int, error) {
	done, last, head := 0, "", headOf(s.Vault.Key())
	for {
		var rows []sealedValue
		err := s.DB.WithContext(ctx).Table(c.Table).Select(c.Key+" AS key, "+c.Column+" AS value").
			Where(c.Key+" > ? AND length("+c.Column+") > 0 AND substr("+c.Column+", 1, ?) <> ?", last, headSize, head).
			Order(c.Key).Limit(resealBatch).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return done, err
		}
		err = s.Tx(ctx, func(tx *gorm.DB) error { return s.resealRows(tx, c, rows) })
		if err != nil {
			return done, err
		}
		done, last = done+len(rows), rows[len(rows)-1].Key
		tell(Resealed{c.String(), done})
	}
}

func (s *Store) resealRows(tx *gorm.DB, c SealedColumn, rows []sealedValue) error {
	for _, r := range rows {
		value, err := s.Vault.Reseal(c.Table, c.Column, r.Key, r.Value)
		if err != nil {
			return fmt.Errorf("row %s: %w", r.Key, err)
		}
		if value == nil {
			continue // sealed with a key that another has just made, and that opening the rows before it has made ours
		}
		// Only what was read: who has written meanwhile has sealed with the new key, or is met the next time.
		err = tx.Table(c.Table).Where(c.Key+" = ? AND "+c.Column+" = ?", r.Key, r.Value).UpdateColumn(c.Column, value).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// SealedWith counts the values in the database by the number of the key they are sealed with, 0 for those of before there
// were data keys.
func (s *Store) SealedWith(ctx context.Context) (map[uint32]int, error) {
	var known []uint32
	if err := s.DB.WithContext(ctx).Model(&DataKey{}).Where("kind = ?", kindData).Order("id").Pluck("id", &known).Error; err != nil {
		return nil, err
	}
	out := map[uint32]int{}
	for _, c := range SealedColumns {
		all, err := s.countSealed(ctx, c, nil)
		if err != nil {
			return nil, err
		}
		for _, id := range known {
			n, err := s.countSealed(ctx, c, headOf(id))
			if err != nil {
				return nil, err
			}
			out[id], all = out[id]+n, all-n
		}
		out[unnamed] += all
	}
	return out, nil
}

func (s *Store) countSealed(ctx context.Context, c SealedColumn, head []byte) (int, error) {
	q := s.DB.WithContext(ctx).Table(c.Table).Where("length(" + c.Column + ") > 0")
	if head != nil {
		q = q.Where("substr("+c.Column+", 1, ?) = ?", headSize, head)
	}
	var n int64
	err := q.Count(&n).Error
	return int(n), err
}

// Retire notes of the data keys older than the present one that nothing is sealed with them any more.
func (s *Store) Retire(ctx context.Context) error {
	return s.DB.WithContext(ctx).Model(&DataKey{}).Where("kind = ? AND id < ? AND retired_at IS NULL", kindData, s.Vault.Key()).Update("retired_at", now()).Error
}

// DropKeys deletes the retired data keys that nothing is sealed with, as counted, and returns how many.
func (s *Store) DropKeys(ctx context.Context, sealed map[uint32]int) (int64, error) {
	var used []uint32
	for id, n := range sealed {
		if n > 0 {
			used = append(used, id)
		}
	}
	res := s.DB.WithContext(ctx).Where("kind = 'data' AND retired_at IS NOT NULL AND id < ? AND id NOT IN ?", s.Vault.Key(), append(used, 0)).Delete(&DataKey{})
	return res.RowsAffected, res.Error
}
