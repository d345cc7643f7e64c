package activities

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardClueMerges] = clueMerges
	derivations["same_day_clue"] = sameDayClue
	derivations["clue_by_rule"] = clueByRule
}

// sameDayClue notes which open clue of the same day about the household this one is to
// be merged into (section 6 #18). The household is locked: of two clues posted at the
// same moment one comes after the other, and only the later names the earlier.
func sameDayClue(k *act) error {
	if err := lockHousehold(k.tx, k.c.HouseholdID); err != nil {
		return err
	}
	today := policy.DateOf(k.now)
	var older models.Case
	err := k.tx.Where("household_id = ? AND procedure = ? AND closed_at IS NULL AND opened_at >= ? AND opened_at < ?",
		k.c.HouseholdID, "risk_clue", today.Start().UTC(), today.AddDays(1).Start().UTC()).Order("opened_at, id").Take(&older).Error
	if models.Missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	// The one that stays, not another that is itself about to be merged.
	into := older.ID
	if first := older.Facts.Text("merge_into"); first != "" {
		into = first
	}
	return setFact(&k.c.Facts, "merge_into", into)
}

// clueMerges holds when an identification is open, or the earlier clue of that day
// still is. Nothing is merged into a case that has ended meanwhile.
func clueMerges(k *act) []procedure.FieldFault {
	faults := identificationOpen(k)
	into := k.c.Facts.Text("merge_into")
	if len(faults) == 0 || into == "" {
		return faults
	}
	older, err := take(k.tx, into)
	if err != nil {
		return failed(err)
	}
	if older.ClosedAt != nil {
		return faults
	}
	return nil
}

// clueByRule gives a clue that a rule opens its channel and the moment it was found.
func clueByRule(k *act) error {
	if err := setFact(&k.c.Facts, "channel", "associated"); err != nil {
		return err
	}
	return setFact(&k.c.Facts, "found_at", k.now.In(policy.Shanghai).Format(time.RFC3339))
}

// FoundInLedger opens a clue for a household about which an import has found something
// new: 低保, a house of grade C or D, a serious illness (S003 #3). It runs in the
// import's transaction, so that the change and the clue are written together, once.
func (e *Engine) FoundInLedger(ctx context.Context, tx *gorm.DB, householdID string, reasons []string) error {
	h, err := household(tx.WithContext(ctx), householdID)
	if err != nil {
		return err
	}
	return e.clueByData(tx, h, nil, reasons, e.Clock.Now())
}

// clueByData opens a clue as the system, with its reasons as the text.
func (e *Engine) clueByData(tx *gorm.DB, h *models.Household, parent *models.Case, reasons []string, now time.Time) error {
	if h.Status == "household_cancelled" {
		return nil
	}
	channel := "big_data"
	for _, r := range reasons {
		if strings.Contains(r, "低保") || strings.Contains(r, "危房") {
			channel = "dibao_or_housing"
		}
	}
	_, err := e.openClue(tx, h, parent, channel, strings.Join(reasons, "；"), now)
	return err
}

// openClue opens a clue as the system.
func (e *Engine) openClue(tx *gorm.DB, h *models.Household, parent *models.Case, channel, content string, now time.Time) (*models.Case, error) {
	form := map[string]any{"channel": channel, "found_at": now.In(policy.Shanghai).Format(time.RFC3339), "content": content}
	c, err := e.open(tx, opening{procedure: "risk_clue", parent: parent, household: h.ID, region: h.RegionCode, subject: h.HeadName,
		key: "open:" + h.ID, actor: BySystem, now: now, form: form})
	if err != nil {
		return nil, err
	}
	return c, ask(tx, c.ID, "start", c.ID, "", now)
}
