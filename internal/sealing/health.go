package sealing

import (
	"context"
	"time"

	"github.com/oklog/ulid/v2"
	"gorm.io/gorm"

	"shouwang/models"
)

// What may be wrong with the sealing, as Health tells it.
const (
	// CheckpointLate says that a record is older than late and in no signed checkpoint.
	CheckpointLate = "checkpoint_late"
	// CheckpointUndelivered says that a checkpoint as old has not left the database.
	CheckpointUndelivered = "checkpoint_undelivered"
)

// late is how long after it was made a record must have been sealed and sent out: one checkpoint may have been missed.
const late = 2 * Every

// Health tells what is wrong with the sealing, "" for nothing. It looks at the newest records and checkpoint that are old
// enough: they are sealed and delivered in their order.
func (s *Sealer) Health(ctx context.Context) (string, error) {
	open, err := s.overdue(ctx)
	if err != nil || open {
		return map[bool]string{true: CheckpointLate}[open], err
	}
	db, before := s.Store.DB.WithContext(ctx), s.now().Add(-late)
	for target, on := range map[string]bool{folderTarget: s.Dir != "", serviceTarget: s.URL != ""} {
		if !on {
			continue
		}
		var open []int64
		err := db.Raw(`SELECT size FROM (SELECT size FROM log_checkpoints WHERE at < ? ORDER BY size DESC LIMIT 1) c
			WHERE NOT EXISTS (SELECT 1 FROM log_deliveries d WHERE d.size = c.size AND d.target = ?)`, before, target).Scan(&open).Error
		if err != nil {
			return "", err
		}
		if len(open) > 0 {
			return CheckpointUndelivered, nil
		}
	}
	return "", nil
}

// overdue reports whether a record that is old enough is in no signed checkpoint.
func (s *Sealer) overdue(ctx context.Context) (bool, error) {
	db := s.Store.DB.WithContext(ctx)
	last, err := lastCheckpoint(db)
	if err != nil {
		return false, err
	}
	for _, table := range []string{"case_events", "access_logs", "admin_acts", "form_record_acts"} {
		if open, err := unsealedBefore(db, table, s.now().Add(-late), last.Size); err != nil || open {
			return open, err
		}
	}
	return false, nil
}

// unsealedBefore reports whether the newest record of a table that was made before some time is in no signed checkpoint.
// Ids sort by the time when they were made.
func unsealedBefore(db *gorm.DB, table string, before time.Time, signed int64) (bool, error) {
	var newest []string
	if err := db.Table(table).Where("id < ?", ulid.MustNew(ulid.Timestamp(before), zeroes{}).String()).Order("id DESC").Limit(1).Pluck("id", &newest).Error; err != nil || len(newest) == 0 {
		return false, err
	}
	var n int64
	err := db.Model(&models.LogLeaf{}).Where("ref = ? AND idx < ?", newest[0], signed).Count(&n).Error
	return n == 0, err
}
