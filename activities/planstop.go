package activities

import (
	"fmt"
	"slices"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// A plan may begin before its household is admitted (先行帮扶). When the household is
// not admitted after all, or its admission is revoked, people have to settle the help
// that was begun and stop the plan (2.4 stop). No timer does so: from the decision on
// the plan waits in the inbox of the township, its clock "stop" runs and climbs its
// ladder, and no new help is begun meanwhile.

func init() {
	hooks["plan_to_stop"], hooks["plan_goes_on"] = planToStop, planGoesOnAgain
	guards[procedure.GuardPlanGoesOn], guards[procedure.GuardStopCause] = planGoesOn, stopCause
}

// stopBy is the fact with the last day to stop a plan, which its clock follows.
const stopBy = "stop_by"

// openPlans are the plans of a household that have not ended.
func openPlans(tx *gorm.DB, household string) ([]models.Case, error) {
	var out []models.Case
	err := tx.Where("household_id = ? AND procedure = ? AND closed_at IS NULL", household, "assistance_plan").Order("id").Find(&out).Error
	return out, err
}

// begunFor reports whether a plan of a household that is not admitted was begun for an
// identification: one that is observed goes on with the plan it had before.
func begunFor(plan, ident *models.Case, status procedure.State) bool {
	observed := status == "observing" || status == "stable"
	return !observed || ident != nil && !plan.OpenedAt.Before(ident.OpenedAt)
}

// planToStop puts the plans of a household that was not admitted, or whose admission
// was revoked, before the township.
func planToStop(k *act) error {
	status, err := k.statusNow()
	if err != nil || !slices.Contains([]procedure.State{"none", "revoked", "observing", "stable"}, status) {
		return err
	}
	plans, err := openPlans(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	for i := range plans {
		if !begunFor(&plans[i], k.c, status) {
			continue
		}
		last := k.e.CalendarNow().Deadline(k.now, k.policy.Days("plan_stop_days"), 0).LastDay
		if err := k.e.runUntil(k.tx, plans[i].ID, "stop_due", stopBy, last.String(), fmt.Sprintf("stop_due:%s:%d", k.c.ID, k.c.Seq), k.c.ID); err != nil {
			return err
		}
		if err := k.tellTownship(&plans[i]); err != nil {
			return err
		}
	}
	return nil
}

// tellTownship tells its office of a plan to be stopped, at once.
func (k *act) tellTownship(plan *models.Case) error {
	users, err := k.e.holding(k.tx, plan, procedure.TownshipOffice)
	if err != nil {
		return err
	}
	return k.tell(users, models.Message{CaseID: plan.ID, ClockID: "stop:" + k.c.ID, Kind: policy.ActionRemind, Urgent: true,
		Title: fmt.Sprintf("请终止帮扶计划（%s）", plan.No),
		Body:  "该户未予纳入或已纠正错纳，请妥善处理已开展的帮扶，并终止帮扶计划。"})
}

// planGoesOnAgain: a plan that was to be stopped and was not is kept when its
// household is being identified again.
func planGoesOnAgain(k *act) error {
	plans, err := openPlans(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	for i := range plans {
		if plans[i].Facts.Text(stopBy) == "" {
			continue
		}
		if err := k.e.runUntil(k.tx, plans[i].ID, "stop_lifted", stopBy, "", "stop_lifted:"+k.c.ID, k.c.ID); err != nil {
			return err
		}
	}
	return nil
}

// runUntil sets the last day that a clock of another case follows, "" for none, as an
// act in the chain of that case; from is the case whose workflow has it look again.
func (e *Engine) runUntil(tx *gorm.DB, caseID, kind, fact, day, key, from string) error {
	_, err := e.sideIn(tx, caseID, kind, kind, key, BySystem, map[string]any{fact: day}, func(k *act) error {
		if err := setFact(&k.c.Facts, fact, day); err != nil {
			return err
		}
		if err := e.moveClocks(tx, k.c, k.d, k.c.State, k.c.State, k.now); err != nil {
			return err
		}
		return e.fitTasks(tx, k.c, k.d, k.now)
	})
	if err != nil {
		return err
	}
	return ask(tx, from, "nudge", caseID, "", e.Clock.Now())
}

// planGoesOn: no new help is begun under a plan that is to be stopped.
func planGoesOn(k *act) []procedure.FieldFault {
	if k.c.Facts.Text(stopBy) != "" {
		return no("", "plan_to_stop", "该户未予纳入或已纠正错纳，应妥善处理已开展的帮扶并终止帮扶计划")
	}
	return nil
}

// stopCause: a plan is stopped for a household that was not admitted, whose admission
// was revoked, or that has died or moved away, by the record and not by word.
func stopCause(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	status, err := k.statusNow()
	if err != nil {
		return failed(err)
	}
	switch cause := text(k.form, "cause"); cause {
	case "not_admitted":
		return k.notAdmitted(status)
	case "revoked":
		if status != "revoked" {
			return no("cause", "cause_differs", "该户没有错纳纠正的记录")
		}
	case "household_gone":
		gone, err := k.leaves()
		if err != nil {
			return failed(err)
		}
		if !gone && status != "household_cancelled" {
			return no("cause", "cause_differs", "该户没有整户死亡或迁出的成员变更")
		}
	}
	return nil
}

func (k *act) notAdmitted(status procedure.State) []procedure.FieldFault {
	open, err := openIdentifications(k)
	if err != nil {
		return failed(err)
	}
	ident, err := k.identification()
	if err != nil {
		return failed(err)
	}
	admitted := slices.Contains([]procedure.State{"candidate", "monitored", "eliminating", "revoked"}, status) || ident != nil && ident.State == "registered"
	if open > 0 || admitted || !begunFor(k.c, ident, status) {
		return no("cause", "cause_differs", "该户的识别认定尚未以不予纳入结束")
	}
	return nil
}

// leaves reports whether a member change is under way that takes everybody out of the
// household, which cannot be struck off before its plan has ended.
func (k *act) leaves() (bool, error) {
	var changes []models.Case
	err := k.tx.Where("household_id = ? AND procedure = ? AND closed_at IS NULL", k.c.HouseholdID, "member_change").Find(&changes).Error
	for i := range changes {
		change := *k
		change.c = &changes[i]
		if all, err := change.takesAll(); err != nil || all {
			return all, err
		}
	}
	return false, err
}
