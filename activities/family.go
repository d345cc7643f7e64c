package activities

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
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
	k := e.about(tx, id, at)
	for i := range f.Members {
		if m := &f.Members[i]; m.IDNo != "" {
			if m.Taken, err = k.taken(m.IDNo, m.ID); err != nil {
				return f, err
			}
		}
	}
	if err := phonesElsewhere(tx, r, &f); err != nil {
		return f, err
	}
	if f.Expenses, err = e.DeptExpenses(tx, id); err != nil {
		return f, err
	}
	return f, k.followed(&f)
}

// about is an act that only looks at a household.
func (e *Engine) about(tx *gorm.DB, household string, at time.Time) *act {
	return &act{e: e, tx: tx, c: &models.Case{HouseholdID: household}, now: at}
}

// followed adds what the procedures know of a household: who is paired with it, its last episode and the measures.
func (k *act) followed(f *policy.Family) (err error) {
	if f.Contact == "" {
		if f.Contact, err = k.contact(); err != nil {
			return err
		}
	}
	if f.Episode, err = k.familyEpisode(f); err != nil || f.Episode == nil {
		return err
	}
	f.Measures, err = k.familyMeasures()
	return err
}

// phonesElsewhere tells who else has the telephone numbers of a household, by their marks (DQ-22).
func phonesElsewhere(tx *gorm.DB, r *record, f *policy.Family) (err error) {
	if f.PhoneElsewhere, err = phoneElsewhere(tx, &r.household, r.household.PhoneMark); err != nil {
		return err
	}
	for i := range f.Members {
		if f.Members[i].PhoneElsewhere, err = phoneElsewhere(tx, &r.household, r.people[i].PhoneMark); err != nil {
			return err
		}
	}
	return nil
}

func phoneElsewhere(tx *gorm.DB, h *models.Household, mark *int64) (policy.PhoneUse, error) {
	if mark == nil {
		return policy.PhoneUse{}, nil
	}
	var counties []string
	err := tx.Model(&models.Household{}).Where("id <> ? AND status <> ? AND (phone_mark = ? OR id IN (SELECT household_id FROM people WHERE phone_mark = ? AND left_at IS NULL))",
		h.ID, "household_cancelled", mark, mark).Pluck("substr(region_code, 1, 6)", &counties).Error
	own := h.RegionCode[:min(6, len(h.RegionCode))]
	return policy.PhoneUse{Households: len(counties), OtherCounty: slices.ContainsFunc(counties, func(c string) bool { return c != own })}, err
}

// contact is who is paired with the household now, "" nobody.
func (k *act) contact() (string, error) {
	var names []string
	err := k.tx.Model(&models.User{}).Joins("JOIN role_grants g ON g.user_id = users.id").
		Where("g.household_id = ? AND g.role = ? AND g.valid_from <= ? AND (g.valid_to IS NULL OR g.valid_to > ?)", k.c.HouseholdID, procedure.AssistancePerson, k.now, k.now).
		Order("g.id DESC").Limit(1).Pluck("users.name", &names).Error
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0], nil
}

// familyEpisode is the last episode that was not revoked, nil without one. Of one from before the system came the day of the
// identification may be unknown, and its indicators after the elimination are those of the register.
func (k *act) familyEpisode(f *policy.Family) (*policy.Episode, error) {
	ep, err := episode(k.tx, k.c.HouseholdID)
	if err != nil || ep == nil || ep.RevokedAt != nil {
		return nil, err
	}
	secret, err := ep.Secret(k.e.Store.Vault)
	if err != nil {
		return nil, err
	}
	out := &policy.Episode{Category: ep.Category, OtherNote: secret.OtherNote, Method: ep.Method}
	if !ep.OpenedAt.IsZero() {
		out.Identified = policy.DateOf(ep.OpenedAt)
	}
	if out.RiskTypes, err = k.risks(ep); err != nil {
		return nil, err
	}
	if ep.ClosedAt == nil {
		return out, nil
	}
	out.Eliminated = policy.DateOf(*ep.ClosedAt)
	if ep.EliminationID == "" {
		out.Checked = f.HasIndicators()
		return out, nil
	}
	var n int64
	err = k.tx.Model(&models.CaseEvent{}).Where("case_id = ? AND kind = ? AND event = ?", ep.EliminationID, "event", "mark").Count(&n).Error
	out.Checked = n > 0 // the marking wants the indicators
	return out, err
}

// familyMeasures are the measures of the household's plans that have not failed, with the risk each was declared
// against.
func (k *act) familyMeasures() ([]policy.FamilyMeasure, error) {
	var plans []models.Case
	err := k.tx.Where("household_id = ? AND procedure = ? AND state <> ?", k.c.HouseholdID, "assistance_plan", "ended_no_admission").Order("id").Find(&plans).Error
	if err != nil {
		return nil, err
	}
	var out []policy.FamilyMeasure
	for i := range plans {
		of := &act{e: k.e, tx: k.tx, c: &plans[i], now: k.now}
		var cases []*models.Case
		found, err := of.standing(func(c *models.Case) bool { cases = append(cases, c); return true })
		if err != nil {
			return nil, err
		}
		if len(found) != len(cases) {
			cases = nil // one without a row in its plan: the kinds still tell
		}
		for j, m := range found {
			x := policy.FamilyMeasure{Kind: m.Kind, Risk: m.Risk}
			if cases != nil {
				c := cases[j]
				x.Name, x.Since = c.Facts.Text("content"), policy.DateOf(c.OpenedAt)
				x.Delivered = slices.Contains([]procedure.State{"delivered", "verified"}, c.State)
			}
			out = append(out, x)
		}
	}
	return out, nil
}
