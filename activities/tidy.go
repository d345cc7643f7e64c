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
	// keepDeliveries is how long it is known where a message went.
	keepDeliveries = 90 * 24 * time.Hour
)

// Tidy forgets the sealed copies of forms that are no longer needed. Key and hash
// of a committed form stay, so that its key cannot be used for another one. It also forgets old deliveries.
func (e *Engine) Tidy(ctx context.Context) error {
	db := e.Store.DB.WithContext(ctx)
	now := e.Clock.Now()
	committed := "EXISTS (SELECT 1 FROM case_events WHERE case_events.case_id = submissions.case_id AND case_events.key = submissions.key)"
	err := db.Model(&models.Submission{}).Where("body IS NOT NULL AND created_at < ? AND "+committed, now.Add(-keepCommitted)).Update("body", nil).Error
	if err != nil {
		return err
	}
	if err := db.Where("created_at < ? AND NOT "+committed, now.Add(-keepAbandoned)).Delete(&models.Submission{}).Error; err != nil {
		return err
	}
	old := time.Now().UTC().Add(-keepDeliveries) // deliveries go by the clock on the wall
	return db.Where("way IN ? AND created_at < ? AND ended_at IS NOT NULL", []string{models.WayMail, models.WayRobot}, old).Delete(&models.Delivery{}).Error
}
