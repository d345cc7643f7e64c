package activities

import (
	"context"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// FiveOnes are the five things a monitored household must have (S003 #18), as far as
// they are on record: an assistance person paired with it, an approved plan, measures
// that have not failed, a visit within the last month, and a handbook.
func (e *Engine) FiveOnes(ctx context.Context, householdID string) (policy.FiveOnes, error) {
	var f policy.FiveOnes
	now, db := e.Clock.Now(), e.Store.DB.WithContext(ctx)
	count := func(model any, where string, args ...any) (bool, error) {
		var n int64
		err := db.Model(model).Where(where, args...).Count(&n).Error
		return n > 0, err
	}
	var err error
	if f.Responsible, err = count(&models.RoleGrant{}, "household_id = ? AND role = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?) AND user_id IN (SELECT id FROM users WHERE NOT disabled)",
		householdID, procedure.AssistancePerson, now, now); err != nil {
		return f, err
	}
	month := policy.DateOf(now).Start().AddDate(0, -1, 0)
	if f.Visit, err = count(&models.Case{}, "household_id = ? AND procedure = ? AND state IN ? AND closed_at >= ?",
		householdID, "visit_task", []procedure.State{"done_home", "done_remote"}, month.UTC()); err != nil {
		return f, err
	}
	var plan models.Case
	err = db.Where("household_id = ? AND procedure = ? AND state <> ?", householdID, "assistance_plan", "ended_no_admission").
		Order("opened_at DESC, id DESC").Take(&plan).Error
	if models.Missing(err) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	f.Plan, f.Handbook = plan.Facts.Count["plan_approve"] > 0, plan.Facts.Yes("handbook")
	f.Measures, err = count(&models.Case{}, "parent_id = ? AND procedure = ? AND state NOT IN ?", plan.ID, "measure", failedMeasure)
	return f, err
}

// NoLabour reports whether the records say of every member of a household that he
// cannot work: such a household is secured by its minimum allowance and the like and
// stays monitored (整户无劳动能力兜底保障户, 2.6).
func (e *Engine) NoLabour(ctx context.Context, householdID string) (bool, error) {
	can, known, err := e.canWork(e.Store.DB.WithContext(ctx), householdID)
	return known && !can, err
}
