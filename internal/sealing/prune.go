package sealing

import (
	"context"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"shouwang/models"
)

// PruneAction is the entry of the access log that says that older ones were removed.
const PruneAction = "prune"

// Prune removes the entries of the access log that were sealed more than so many months ago; their hashes stay. First it
// writes and seals an entry that says so, by which an audit knows that they may be gone. It returns how many went. The
// database refuses to let go of any that is younger than six months.
func (s *Sealer) Prune(ctx context.Context, by models.User, months int, why string) (int64, error) {
	if months < keepMonths {
		return 0, fmt.Errorf("访问日志至少保存 %d 个月", keepMonths)
	}
	before := s.now().AddDate(0, -months, -4) // the database makes another day of 30 February, in a time zone of its own
	db := s.Store.DB.WithContext(ctx)
	var c models.LogCheckpoint
	if err := db.Where("at <= ?", before).Order("size DESC").Limit(1).Find(&c).Error; err != nil || c.Size == 0 {
		return 0, err
	}
	old := func(tx *gorm.DB) *gorm.DB {
		return tx.Where("at < ? AND action <> ? AND id IN (SELECT ref FROM log_leaves WHERE chain = 'access' AND idx < ?)", before, PruneAction, c.Size)
	}
	var n int64
	if err := old(db.Model(&models.AccessLog{})).Count(&n).Error; err != nil || n == 0 {
		return 0, err
	}
	entry := models.AccessLog{ID: models.NewID(), At: s.now(), UserID: by.ID, Action: PruneAction, Table: "access_logs", RecordID: strconv.FormatInt(c.Size, 10), Purpose: why}
	if err := db.Create(&entry).Error; err != nil {
		return 0, err
	}
	if _, err := s.Seal(ctx); err != nil {
		return 0, err
	}
	done := old(db).Delete(&models.AccessLog{})
	return done.RowsAffected, done.Error
}
