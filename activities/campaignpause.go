package activities

import (
	"slices"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// A campaign pauses by the ledger of clock stops, for a cause of law or by disaster
// order (section 6 #20). Its forms stand still with it: they cannot be filled in, and
// their clocks stop and run on with its own. So do the clocks of the problems that it
// has found (2.8); these may be mended meanwhile, but nobody is reminded or reported.

// heldForms are the cases of a campaign that nobody can act on while it is paused.
var heldForms = []string{"household_form", "village_form"}

// followersOf are the open cases whose clocks stop with those of a campaign: its forms,
// and the problems that it or one of its forms has found.
func followersOf(tx *gorm.DB, campaign string) *gorm.DB {
	forms := tx.Model(&models.Case{}).Select("id").Where("parent_id = ? AND procedure IN ?", campaign, heldForms)
	return tx.Model(&models.Case{}).Where("closed_at IS NULL").
		Where("parent_id = ? AND procedure IN ? OR procedure = ? AND (parent_id = ? OR parent_id IN (?))", campaign, heldForms, "rectification", campaign, forms)
}

// halted: nothing is done about a form while its campaign is paused.
func (k *act) halted() []procedure.FieldFault {
	if !slices.Contains(heldForms, k.c.Procedure) || !k.actor.Role.Human() {
		return nil
	}
	var n int64
	err := k.tx.Model(&models.ClockStop{}).Where("case_id = ? AND approved AND resumed_at IS NULL", k.c.ParentID).Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "campaign_paused", "行动已暂停，恢复之前不能办理户表、村表")
	}
	return nil
}

// followStop stops the clocks of the next followers of a paused campaign, or lets those
// run on whose campaign does.
func (e *Engine) followStop(tx *gorm.DB, c *models.Case) (more bool, err error) {
	stop, err := lastStop(tx, c.ID)
	if err != nil || stop.ID == "" {
		return false, err
	}
	if stop.Running() {
		return e.stopFollowers(tx, c, stop)
	}
	var rows []models.ClockStop
	err = tx.Where("follows_id <> '' AND resumed_at IS NULL AND follows_id IN (SELECT id FROM clock_stops WHERE case_id = ? AND resumed_at IS NOT NULL)", c.ID).
		Order("case_id").Limit(formBatch).Find(&rows).Error
	for i := range rows {
		if err != nil {
			break
		}
		_, err = e.sideIn(tx, rows[i].CaseID, StopResume, StopResume, "stop:"+rows[i].ID, BySystem, map[string]any{"reason": "行动恢复 " + c.No}, func(k *act) error {
			if err := k.resume(rows[i]); err != nil || isInline(k.c) {
				return err
			}
			return ask(tx, c.ID, "nudge", k.c.ID, "", k.now) // its workflow sleeps while the clocks stand still
		})
	}
	return len(rows) == formBatch, err
}

func (e *Engine) stopFollowers(tx *gorm.DB, c *models.Case, stop models.ClockStop) (more bool, err error) {
	var ids []string
	err = followersOf(tx, c.ID).Where("NOT EXISTS (SELECT 1 FROM clock_stops WHERE clock_stops.case_id = cases.id AND clock_stops.follows_id = ?)", stop.ID).
		Order("id").Limit(formBatch).Pluck("id", &ids).Error
	for _, id := range ids {
		if err != nil {
			break
		}
		form := map[string]any{"reason": "行动暂停 " + c.No, "cause": stop.Cause}
		_, err = e.sideIn(tx, id, StopApprove, StopApprove, "stop:"+stop.ID, BySystem, form, func(k *act) error { return k.follow(stop) })
	}
	return len(ids) == formBatch, err
}

// follow stops the clocks of a case with those of its campaign.
func (k *act) follow(stop models.ClockStop) error {
	row := stop
	row.ID, row.CaseID, row.FollowsID = models.NewID(), k.c.ID, stop.ID
	if err := k.tx.Create(&row).Error; err != nil {
		return err
	}
	return k.stand(true)
}
