package activities

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
)

// Family is one household with everything the data rules look at, as the register has it at a moment: the record, its
// last episode, the measures that have not failed, what departments have told of its expenses, and whether somebody else
// has a number of theirs.
func (e *Engine) Family(tx *gorm.DB, id string, at time.Time) (policy.Family, error) {
	r, err := e.record(tx, id)
	if err != nil {
		return policy.Family{}, err
	}
	f := register.Family(r.household, r.secret, r.people, r.secrets)
	k := &act{e: e, tx: tx, c: &models.Case{HouseholdID: id}, now: at}
	for i := range f.Members {
		if m := &f.Members[i]; m.IDNo != "" {
			if m.Taken, err = k.taken(m.IDNo, m.ID); err != nil {
				return f, err
			}
		}
	}
	if err := e.phonesElsewhere(tx, r, &f); err != nil {
		return f, err
	}
	if f.Expenses, err = e.DeptExpenses(tx, id); err != nil {
		return f, err
	}
	all, err := e.followed(tx, []string{id}, at)
	if err != nil {
		return f, err
	}
	return f, all[id].tell(&f, e)
}

// phonesElsewhere tells who else has the telephone numbers of a household, by their marks (DQ-22).
func (e *Engine) phonesElsewhere(tx *gorm.DB, r *record, f *policy.Family) (err error) {
	v := e.Store.Vault
	if f.PhoneElsewhere, err = phoneElsewhere(tx, &r.household, v.PhoneMarks(r.secret.Phone)); err != nil {
		return err
	}
	for i := range f.Members {
		if f.Members[i].PhoneElsewhere, err = phoneElsewhere(tx, &r.household, v.PhoneMarks(r.secrets[i].Phone)); err != nil {
			return err
		}
	}
	return nil
}

func phoneElsewhere(tx *gorm.DB, h *models.Household, marks []int64) (policy.PhoneUse, error) {
	if len(marks) == 0 {
		return policy.PhoneUse{}, nil
	}
	var counties []string
	err := phoneUsers(tx, h, marks).Pluck("substr(region_code, 1, 6)", &counties).Error
	own := h.RegionCode[:min(6, len(h.RegionCode))]
	return policy.PhoneUse{Households: len(counties), OtherCounty: slices.ContainsFunc(counties, func(c string) bool { return c != own })}, err
}

// phoneUsers are the other households with one of these telephone numbers, their own or a member's. The two are asked each by
// itself: together they would read every household on PostgreSQL.
func phoneUsers(tx *gorm.DB, h *models.Household, marks []int64) *gorm.DB {
	return tx.Model(&models.Household{}).Where("id <> ? AND status <> ? AND id IN (SELECT id FROM households WHERE phone_mark IN ? UNION ALL SELECT household_id FROM people WHERE phone_mark IN ? AND left_at IS NULL)",
		h.ID, "household_cancelled", marks, marks)
}
