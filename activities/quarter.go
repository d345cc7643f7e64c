package activities

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// watched are the households that the look-back of each quarter covers (S003 #23).
var watched = []procedure.State{"monitored", "eliminating", "observing"}

// Lookbacks is what a batch of the quarter's round has done.
type Lookbacks struct {
	Opened int
	// Cursor is where the next batch begins; "" means that this was the last one.
	Cursor string
}

// OpenQuarterLookbacks opens the look-back of a calendar quarter for at most limit
// monitored households from the cursor on, in one transaction. Who has one already
// gets no second. They begin spread over spread_days working days, and their
// workflows are asked for in the outbox, from which they are started little by little.
func (e *Engine) OpenQuarterLookbacks(ctx context.Context, quarter policy.Period, cursor string, limit int) (Lookbacks, error) {
	var out Lookbacks
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		out = Lookbacks{}
		var list []models.Household
		if err := tx.Where("id > ? AND status IN ?", cursor, watched).Order("id").Limit(limit).Find(&list).Error; err != nil {
			return err
		}
		if len(list) == limit {
			out.Cursor = list[len(list)-1].ID
		}
		done, err := openedBefore(tx, quarter, list)
		if err != nil {
			return err
		}
		for i := range list {
			if done[quarterKey(quarter, list[i].ID)] {
				continue
			}
			if err := e.openQuarterLookback(tx, quarter, &list[i]); err != nil {
				return err
			}
			out.Opened++
		}
		return nil
	})
	return out, err
}

func quarterKey(q policy.Period, household string) string {
	return fmt.Sprintf("lookback:%s:%s", q.Key, household)
}

// openedBefore are the keys of those households of a batch that have the look-back of
// the quarter.
func openedBefore(tx *gorm.DB, q policy.Period, list []models.Household) (map[string]bool, error) {
	keys := make([]string, len(list))
	for i := range list {
		keys[i] = quarterKey(q, list[i].ID)
	}
	var found []string
	err := tx.Model(&models.CaseEvent{}).Where("kind = ? AND key IN ?", "open", keys).Pluck("key", &found).Error
	out := map[string]bool{}
	for _, k := range found {
		out[k] = true
	}
	return out, err
}

func (e *Engine) openQuarterLookback(tx *gorm.DB, q policy.Period, h *models.Household) error {
	if err := lockHousehold(tx, h.ID); err != nil { // two servers may have the same idea
		return err
	}
	done, err := openedBefore(tx, q, []models.Household{*h})
	if err != nil || len(done) > 0 {
		return err
	}
	now := e.Clock.Now()
	s, err := e.resolve(tx, h.RegionCode, now)
	if err != nil {
		return err
	}
	first := e.CalendarNow().Spread(q.First, q.Last, s.Int("spread_days"), h.ID)
	facts := with(models.Facts{}, map[string]any{"no": 1, "round": procedure.RoundQuarterly, "quarter": q.Key, "starts_on": first.String(), "ends_on": q.Last.String()})
	c, err := e.open(tx, opening{procedure: "lookback_window", household: h.ID, region: h.RegionCode, subject: h.HeadName,
		key: quarterKey(q, h.ID), actor: BySystem, now: now, facts: facts})
	if err != nil {
		return err
	}
	return ask(tx, c.ID, "start", c.ID, "", now)
}
