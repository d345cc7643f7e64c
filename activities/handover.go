package activities

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// A household has one responsible person (S003 #18). Once his account is closed or his
// pairing has ended, the township has handover_days to name another one and have the
// work handed over (2.4 replace_responsible): the clock "handover" of the plan runs.

// handoverBy is the fact with the last day of a handover, which its clock follows.
const handoverBy = "handover_by"

// handedOver: somebody else is responsible now.
func handedOver(k *act) error {
	if k.c.Facts.Text(handoverBy) == "" {
		return nil
	}
	return setFact(&k.c.Facts, handoverBy, "")
}

// helped is the condition that somebody is paired with the household of a case.
const helped = `EXISTS (SELECT 1 FROM role_grants JOIN users ON users.id = role_grants.user_id AND NOT users.disabled
	WHERE role_grants.role = 'assistance_person' AND role_grants.household_id = cases.household_id
	AND role_grants.valid_from <= @now AND (role_grants.valid_to IS NULL OR role_grants.valid_to > @now))`

// StartHandovers starts the clock of every plan whose responsible person has left, and
// stops that of one whose person is back. It returns what must be passed on; doing so
// twice does no harm.
func (e *Engine) StartHandovers(ctx context.Context) ([]Outgoing, error) {
	var out []Outgoing
	now := map[string]any{"now": e.Clock.Now()}
	plans := func() *gorm.DB {
		return e.Store.DB.WithContext(ctx).Where("procedure = ? AND closed_at IS NULL", "assistance_plan").Order("id")
	}
	// A plan for which nobody has been named yet has a clock of its own.
	d, _ := procedure.Latest("assistance_plan")
	now["initial"] = d.Initial
	running := "EXISTS (SELECT 1 FROM clocks WHERE clocks.case_id = cases.id AND clocks.code = 'handover' AND clocks.stopped_at IS NULL)"
	for _, x := range []struct {
		kind, which string
	}{{"handover_due", "state <> @initial AND NOT " + helped + " AND NOT " + running}, {"handover_lifted", helped + " AND " + running}} {
		var left []models.Case
		if err := plans().Where(x.which, now).Find(&left).Error; err != nil {
			return out, err
		}
		for i := range left {
			more, err := e.handover(ctx, left[i].ID, x.kind)
			if err != nil {
				return out, err
			}
			out = append(out, more...)
		}
	}
	return out, nil
}

// handover sets or lifts the limit of one plan, as it is by then.
func (e *Engine) handover(ctx context.Context, id, kind string) ([]Outgoing, error) {
	var out Outcome
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		c, err := take(models.Locked(tx), id)
		if err != nil {
			return err
		}
		day := ""
		if kind == "handover_due" {
			if c.ClosedAt != nil || c.Facts.Text("responsible_account") == "" {
				return nil
			}
			if day, err = e.handoverDay(tx, c); err != nil {
				return err
			}
		}
		if c.Facts.Text(handoverBy) == day {
			return nil
		}
		if err := e.runUntil(tx, id, kind, handoverBy, day, fmt.Sprintf("%s:%d", kind, c.Seq), id); err != nil {
			return err
		}
		out, err = outcome(tx, c, Reply{})
		return err
	})
	return out.Out, err
}

// handoverDay is the last day of a handover: counted from the end of the pairing, or
// from today if the account was closed.
func (e *Engine) handoverDay(tx *gorm.DB, c *models.Case) (string, error) {
	snapshot, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return "", err
	}
	now := e.Clock.Now()
	var last models.RoleGrant
	err = tx.Where("user_id = ? AND role = ? AND household_id = ? AND valid_to <= ?", c.Facts.Text("responsible_account"), procedure.AssistancePerson, c.HouseholdID, now).
		Order("valid_to DESC").Limit(1).Find(&last).Error
	if err != nil {
		return "", err
	}
	from := now
	if last.ValidTo != nil {
		from = *last.ValidTo
	}
	return e.CalendarNow().Deadline(policy.DateOf(from).Start().In(time.UTC), snapshot.Days("handover_days"), 0).LastDay.String(), nil
}
