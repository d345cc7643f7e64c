package activities

import (
	"context"
	"time"

	"shouwang/models"
)

// Staged forms are kept this long: those that were committed live on in the
// history of their case, the others were never heard of again.
const (
	keepCommitted = 24 * time.Hour
	keepAbandoned = 30 * 24 * time.Hour
)

// Tidy forgets the sealed copies of forms that are no longer needed. Key and hash
// of a committed form stay, so that its key cannot be used for another one.
func (e *Engine) Tidy(ctx context.Context) error {
	db := e.Store.DB.WithContext(ctx)
	now := e.Clock.Now()
	committed := "EXISTS (SELECT 1 FROM case_events WHERE case_events.case_id = submissions.case_id AND case_events.key = submissions.key)"
	err := db.Model(&models.Submission{}).Where("body IS NOT NULL AND created_at < ? AND "+committed, now.Add(-keepCommitted)).Update("body", nil).Error
	if err != nil {
		return err
	}
	return db.Where("created_at < ? AND NOT "+committed, now.Add(-keepAbandoned)).Delete(&models.Submission{}).Error
}
