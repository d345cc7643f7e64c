package activities

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	derivations["plan_start"], derivations["plan_version"], derivations["accept_by"] = planStart, planVersion, acceptBy
	derivations["handed_over"] = handedOver
	hooks["pair"] = pair
	choices[procedure.FromHelpers] = helpersOf
	guards[procedure.GuardNeedsPlan], guards[procedure.GuardNoPlan], guards[procedure.GuardPlanEarly] = needsPlan, noPlan, planEarly
	guards[procedure.GuardOtherPerson], guards[procedure.GuardHandover] = otherPerson, handoverInTime
	guards[procedure.GuardObserved] = observedOrGone
}

// planStart gives a plan its first version and the moment its limit counts from:
// that of the identification, or by plan_anchor that of its acceptance. A plan that
// begins before the household is identified counts from its own opening.
func planStart(k *act) error {
	if err := setFact(&k.c.Facts, "plan_version", 1); err != nil {
		return err
	}
	from := k.now
	ident, err := k.identification()
	if err != nil {
		return err
	}
	again, err := k.begunAnew()
	if err != nil {
		return err
	}
	if ident != nil && !again {
		if k.policy.Text("plan_anchor") == "accepted" {
			from = ident.OpenedAt
		} else if at, ok := ident.Facts.At["county_pass"]; ok {
			from = at
		}
	}
	return setFact(&k.c.Facts, "plan_from", from.UTC().Format(time.RFC3339))
}

func planVersion(k *act) error {
	var n int
	k.c.Facts.Value("plan_version", &n)
	return setFact(&k.c.Facts, "plan_version", n+1)
}

// acceptBy is the last day on which a department accepts a measure of that kind.
func acceptBy(k *act) error {
	days := k.policy.MeasureKind(k.c.Facts.Text("kind")).AcceptDays
	return setFact(&k.c.Facts, "accept_by", policy.DateOf(k.now).AddDays(max(days, 1)).String())
}

// identification is the one that the household of this case was identified by, or
// is being identified by: the youngest. Nil for a household of an imported ledger.
func (k *act) identification() (*models.Case, error) {
	var c models.Case
	err := k.tx.Where("household_id = ? AND procedure = ?", k.c.HouseholdID, "identification").Order("opened_at DESC, id DESC").Take(&c).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &c, err
}

// pair makes the chosen account the assistance person of the household, in place of
// whoever was: it reaches the household and gets what waits for that role.
func pair(k *act) error {
	user := k.c.Facts.Text("responsible_account")
	mine := func() *gorm.DB {
		return k.tx.Model(&models.RoleGrant{}).Where("role = ? AND household_id = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)",
			procedure.AssistancePerson, k.c.HouseholdID, k.now, k.now)
	}
	if err := mine().Where("user_id <> ?", user).Update("valid_to", k.now).Error; err != nil {
		return err
	}
	// What the one before had taken waits for whoever is responsible now.
	err := k.tx.Model(&models.Task{}).Where("queue = ? AND closed_at IS NULL AND assignee_id NOT IN ?",
		models.Queue(procedure.AssistancePerson, k.c.HouseholdID, ""), []string{"", user}).Update("assignee_id", "").Error
	if err != nil {
		return err
	}
	var n int64
	if err := mine().Where("user_id = ?", user).Count(&n).Error; err != nil || n > 0 {
		return err
	}
	return k.tx.Create(&models.RoleGrant{ID: models.NewID(), UserID: user, Role: procedure.AssistancePerson, RegionCode: k.c.RegionCode,
		HouseholdID: k.c.HouseholdID, ValidFrom: k.now}).Error
}

// helpersOf are those a household may be paired with: the staff of its area, and
// whoever helps another household of its village already.
func helpersOf(k *act) ([]procedure.Option, error) {
	out, err := staffOf(k)
	if err != nil {
		return nil, err
	}
	var rows []models.User
	err = k.tx.Model(&models.User{}).Distinct("users.id", "users.name").Joins("JOIN role_grants ON role_grants.user_id = users.id").
		Where("NOT users.disabled AND role_grants.role = ? AND role_grants.region_code = ?", procedure.AssistancePerson, k.c.RegionCode).
		Where("role_grants.valid_from <= ? AND (role_grants.valid_to IS NULL OR role_grants.valid_to > ?)", k.now, k.now).
		Order("users.name, users.id").Find(&rows).Error
	def, _ := procedure.RoleOf(procedure.AssistancePerson)
	for _, u := range rows {
		if !slices.ContainsFunc(out, func(o procedure.Option) bool { return o.Code == u.ID }) {
			out = append(out, procedure.Option{Code: u.ID, Title: u.Name + "（" + def.Title + "）"})
		}
	}
	return out, err
}

// needsPlan: a plan is for a household that is monitored, or whose identification
// is on the fast lane.
func needsPlan(k *act) []procedure.FieldFault {
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	if h.Status == "monitored" || h.Status == "eliminating" {
		return nil
	}
	ident, err := k.identification()
	if err != nil {
		return failed(err)
	}
	if ident != nil && ident.ClosedAt == nil && ident.Facts.Yes("fast_lane") {
		return nil
	}
	return no("", "no_plan_needed", "该户未纳入监测，也未实行先行帮扶，不制定帮扶计划")
}

func noPlan(k *act) []procedure.FieldFault {
	var n int64
	err := k.tx.Model(&models.Case{}).Where("household_id = ? AND procedure = ? AND closed_at IS NULL", k.c.HouseholdID, "assistance_plan").Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "plan_open", "该户已有在办的帮扶计划")
	}
	return nil
}

func planEarly(k *act) []procedure.FieldFault { return append(fastLane(k), noPlan(k)...) }

func otherPerson(k *act) []procedure.FieldFault {
	if !k.asking && text(k.form, "responsible_account") == k.c.Facts.Text("responsible_account") {
		return no("responsible_account", "same_person", "该人员已是现任帮扶责任人")
	}
	return nil
}

// handoverInTime: what the former person did is handed over within handover_days of
// his leaving, or it is written down why not.
func handoverInTime(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	left, errLeft := policy.ParseDate(text(k.form, "left_on"))
	over, errOver := policy.ParseDate(text(k.form, "handed_over_on"))
	if errLeft != nil || errOver != nil {
		return nil // the form says so
	}
	last := k.e.CalendarNow().Deadline(left.Start(), k.policy.Days("handover_days"), 0).LastDay
	if by, err := policy.ParseDate(k.c.Facts.Text(handoverBy)); err == nil { // the record knows when he left
		last = earlier(last, by)
	}
	if last.Before(over) && text(k.form, "late_reason") == "" {
		return no("late_reason", "handover_late", "交接应在%s前完成，逾期须说明理由", last.Chinese())
	}
	return nil
}

// observedOrGone: the risk is eliminated and the year of observation over, or the
// household is no more (2.4 close).
func observedOrGone(k *act) []procedure.FieldFault {
	h, err := k.statusNow()
	if err != nil {
		return failed(err)
	}
	if h != "stable" && h != "household_cancelled" {
		return no("", "not_observed", "该户观察期未满，帮扶计划不能结束")
	}
	return nil
}

// statusNow is where the household stands.
func (k *act) statusNow() (procedure.State, error) {
	h, err := household(k.tx, k.c.HouseholdID)
	return h.Status, err
}
