package activities

import (
	"context"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// visited are the ends of a visit that was made.
var visited = []procedure.State{"done_home", "done_remote"}

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
		householdID, "visit_task", visited, month.UTC()); err != nil {
		return f, err
	}
	plan, err := lastPlan(db, householdID)
	if plan == nil || err != nil {
		return f, err
	}
	f.Plan, f.Handbook = plan.Facts.Count["plan_approve"] > 0, plan.Facts.Yes("handbook")
	f.Measures, err = count(&models.Case{}, "parent_id = ? AND procedure = ? AND state NOT IN ?", plan.ID, "measure", failedMeasure)
	return f, err
}

// AssistanceChecks are the visit and assistance checks (5.5) of a monitored household.
func (e *Engine) AssistanceChecks(ctx context.Context, h *models.Household) ([]policy.Finding, error) {
	now, db := e.Clock.Now(), e.Store.DB.WithContext(ctx)
	f := policy.AssistanceFacts{Today: policy.DateOf(now), Class: policy.VisitClass(string(h.Status), h.BaseType)}
	s, err := e.resolve(db, h.RegionCode, now)
	if err != nil {
		return nil, err
	}
	if f.FiveOnes, err = e.FiveOnes(ctx, h.ID); err != nil {
		return nil, err
	}
	if ep, err := episode(db, h.ID); err != nil {
		return nil, err
	} else if ep != nil {
		f.Since = policy.DateOf(ep.OpenedAt)
	}
	var visit models.Case
	err = db.Where("household_id = ? AND procedure = ? AND state IN ?", h.ID, "visit_task", visited).Order("closed_at DESC").Limit(1).Find(&visit).Error
	if visit.ClosedAt != nil {
		f.LastVisit = policy.DateOf(*visit.ClosedAt)
	}
	if err != nil {
		return nil, err
	}
	if f.Plan, f.Measures, err = limitsOf(db, h.ID); err != nil {
		return nil, err
	}
	return policy.AssistanceChecks(f, s), nil
}

// limitsOf are the limits of the household's last plan and of its measures that have not failed, by their clocks.
func limitsOf(db *gorm.DB, householdID string) (plan policy.Due, measures []policy.Due, err error) {
	last, err := lastPlan(db, householdID)
	if last == nil || err != nil {
		return plan, nil, err
	}
	if list, err := dues(db, "plan", []string{last.ID}); err != nil {
		return plan, nil, err
	} else if len(list) > 0 {
		plan = list[0]
	}
	var ids []string
	err = db.Model(&models.Case{}).Where("parent_id = ? AND procedure = ? AND state NOT IN ?", last.ID, "measure", failedMeasure).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return plan, nil, err
	}
	measures, err = dues(db, "deliver", ids)
	return plan, measures, err
}

// dues are the limits that the last runs of a clock have set; a clock that was stopped, or waits for others, is done with.
func dues(db *gorm.DB, clock string, cases []string) ([]policy.Due, error) {
	var rows []models.ClockRow
	if err := db.Where("case_id IN ? AND code = ?", cases, clock).Order("case_id, run").Find(&rows).Error; err != nil {
		return nil, err
	}
	var out []policy.Due
	for i, r := range rows {
		if i+1 < len(rows) && rows[i+1].CaseID == r.CaseID {
			continue
		}
		var d policy.Due
		d.By, _ = policy.ParseDate(r.LastDay)
		for _, at := range []*time.Time{r.PausedAt, r.StoppedAt} {
			if at != nil {
				d.Done = policy.DateOf(*at)
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// lastPlan is the household's last plan that was not ended by a refused admission, nil without one.
func lastPlan(db *gorm.DB, householdID string) (*models.Case, error) {
	var plan models.Case
	err := db.Where("household_id = ? AND procedure = ? AND state <> ?", householdID, "assistance_plan", "ended_no_admission").
		Order("opened_at DESC, id DESC").Limit(1).Find(&plan).Error
	if err != nil || plan.ID == "" {
		return nil, err
	}
	return &plan, nil
}

// NoLabour reports whether the records say of every member of a household that he
// cannot work: such a household is secured by its minimum allowance and the like and
// stays monitored (整户无劳动能力兜底保障户, 2.6).
func (e *Engine) NoLabour(ctx context.Context, householdID string) (bool, error) {
	can, known, err := e.canWork(e.Store.DB.WithContext(ctx), householdID)
	return known && !can, err
}
