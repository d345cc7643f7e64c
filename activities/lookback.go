package activities

import (
	"fmt"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	derivations["lookback_period"] = lookbackPeriod
	hooks["settle_observation"] = settleObservation
	guards[procedure.GuardIncomeStable] = incomeStable
	guards[procedure.GuardConditionFailed] = conditionFailed
	guards[procedure.GuardStillMonitored] = stillMonitored
	guards[procedure.GuardNotToObserve] = notToObserve
	guards[procedure.GuardHouseholdEliminated] = householdEliminated
	guards[procedure.GuardRollbackPossible] = rollbackPossible
}

// lookbackPeriod sets the days of a look-back: by its number and the day of the
// elimination, or as the round of the quarter has set them. It waits until the day
// before its first one is over.
func lookbackPeriod(k *act) error {
	f := &k.c.Facts
	if f.Text("round") != procedure.RoundQuarterly {
		day, err := policy.ParseDate(f.Text("eliminated_on"))
		if err != nil {
			return err
		}
		var n int
		f.Value("no", &n)
		if since, err := policy.ParseDate(f.Text("extended_from")); err == nil {
			day, n = since, 1
		}
		from, to := policy.LookbackPeriod(k.policy.Text("lookback_mode"), day, n)
		for code, v := range map[string]string{"round": procedure.RoundAfter, "starts_on": from.String(), "ends_on": to.String()} {
			if err := setFact(f, code, v); err != nil {
				return err
			}
		}
	}
	from, err := policy.ParseDate(f.Text("starts_on"))
	if err != nil {
		return err
	}
	return setFact(f, "waits_until", from.AddDays(-1).String())
}

// observation is the year after the last elimination of a household: the case that
// decided it, and its look-backs.
type observation struct {
	by      *models.Case
	windows []models.Case
	wanted  int
	extend  int
}

// observationOf reads the observation of a household, nil without an elimination. Its
// own policy says how many look-backs it takes, whoever asks.
func (k *act) observationOf(household string) (*observation, error) {
	var by models.Case
	err := k.tx.Where("household_id = ? AND procedure = ? AND state = ?", household, "risk_elimination", "eliminated").Order("closed_at DESC, id DESC").Take(&by).Error
	if models.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := k.e.Snapshot(k.tx, by.PolicyHash)
	if err != nil {
		return nil, err
	}
	o := &observation{by: &by, wanted: s.Int("lookback_windows"), extend: s.Int("lookback_extension")}
	err = k.tx.Where("parent_id = ? AND procedure = ?", by.ID, "lookback_window").Order("id").Find(&o.windows).Error
	for i := range o.windows {
		if o.windows[i].ID == k.c.ID { // as it is about to be stored
			o.windows[i].State, o.windows[i].ClosedAt = k.c.State, k.c.ClosedAt
		}
	}
	return o, err
}

// in counts the look-backs in one of the states.
func (o *observation) in(states ...procedure.State) int {
	n := 0
	for i := range o.windows {
		for _, s := range states {
			if o.windows[i].State == s {
				n++
			}
		}
	}
	return n
}

// missing is how many further look-backs the observation needs (2.7): those that no
// open one can still give; or, when all periods are over and nobody has reported
// anything, as many as policy says.
func (o *observation) missing() int {
	if o.in("scheduled", "open") > 0 {
		return 0
	}
	overdue, stable := o.in("overdue"), o.in("stable")
	if overdue > 0 && stable == 0 && overdue == len(o.windows) {
		return o.extend
	}
	return max(o.wanted-stable-overdue, 0)
}

// observed are the consequences of the last stable look-back (2.17).
var observed = []procedure.Effect{
	{Kind: procedure.SetHousehold, Event: "observation_done"},
	{Kind: procedure.Tell, To: procedure.ToHousehold, Procedure: "lookback_window", Event: "cancel"},
}

// settleObservation ends the observation of a household that has had its stable
// look-backs, and extends it by further ones when those left cannot be enough.
func settleObservation(k *act) error {
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil || h.Status != "observing" || k.c.Facts.Text("round") == procedure.RoundQuarterly {
		return err
	}
	o, err := k.observationOf(h.ID)
	if err != nil || o == nil {
		return err
	}
	if o.in("stable") >= o.wanted {
		if err := models.SaveCase(k.tx, k.c); err != nil { // so that the status finds it
			return err
		}
		return k.e.effects(k, observed)
	}
	for range o.missing() {
		if err := k.extendObservation(o); err != nil {
			return err
		}
	}
	return nil
}

// extendObservation opens one further look-back after the last one, or from tomorrow
// on if that is later.
func (k *act) extendObservation(o *observation) error {
	no, from := len(o.windows)+1, policy.DateOf(k.now)
	for i := range o.windows {
		if end, err := policy.ParseDate(o.windows[i].Facts.Text("ends_on")); err == nil && from.Before(end) {
			from = end
		}
	}
	facts := with(o.by.Facts, map[string]any{"no": no, "round": procedure.RoundAfter, "extended_from": from.String()})
	c, err := k.e.open(k.tx, opening{procedure: "lookback_window", parent: o.by, household: o.by.HouseholdID, region: o.by.RegionCode, subject: o.by.Subject,
		key: fmt.Sprintf("open:%s:%d", k.c.ID, no), actor: ByProcedure, now: k.now, facts: facts})
	if err != nil {
		return err
	}
	o.windows = append(o.windows, *c)
	return ask(k.tx, k.c.ID, "start", c.ID, "", k.now)
}

// stableWindows: as many stable look-backs as the observation takes (2.17).
func stableWindows(k *act) []procedure.FieldFault {
	o, err := k.observationOf(k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	if o == nil {
		return no("", "windows_missing", "该户没有消除后的季度回头看")
	}
	if n := o.in("stable"); n < o.wanted {
		return no("", "windows_missing", "季度回头看已稳定 %d 次，应为 %d 次", n, o.wanted)
	}
	return nil
}

func incomeStable(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	return k.aboveLine("per_head")
}

// conditionFailed: who reports that a household is unstable says what it lacks.
func conditionFailed(k *act) []procedure.FieldFault {
	if k.asking || len(k.aboveLine("per_head")) > 0 {
		return nil
	}
	for _, f := range k.ev.Form {
		if f.Kind == procedure.Yes && k.form[f.Code] == false {
			return nil
		}
	}
	return no("", "nothing_failed", "各项条件均满足、收入不低于当年收入线的，应报告为稳定")
}

// statusIn holds for a household in one of the states of 2.17.
func (k *act) statusIn(code, message string, states ...procedure.State) []procedure.FieldFault {
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	for _, s := range states {
		if h.Status == s {
			return nil
		}
	}
	return no("", code, "%s", message)
}

func stillMonitored(k *act) []procedure.FieldFault {
	return k.statusIn("not_monitored", "该户不在监测中", "monitored", "eliminating")
}

func householdEliminated(k *act) []procedure.FieldFault {
	return k.statusIn("not_eliminated", "该户没有已消除的风险，不能回退", "observing", "stable")
}

// notToObserve: a look-back is called off once the household is not observed any
// more, and one of the quarter once it is no monitored household (2.7 cancel).
func notToObserve(k *act) []procedure.FieldFault {
	if k.c.Facts.Text("round") == procedure.RoundQuarterly {
		return k.statusIn("still_to_observe", "该户仍是监测对象", "none", "revoked", "stable", "household_cancelled")
	}
	return k.statusIn("still_to_observe", "该户仍在观察期", "none", "monitored", "eliminating", "revoked", "stable", "household_cancelled")
}

// rollbackPossible: the household is eliminated and no rollback of it is open.
func rollbackPossible(k *act) []procedure.FieldFault {
	if faults := householdEliminated(k); len(faults) > 0 {
		return faults
	}
	n, err := openOf(k.tx, k.c.HouseholdID, "rollback")
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "rollback_open", "该户已有在办的回退")
	}
	return nil
}

// openOf counts the open cases of some procedures about a household.
func openOf(tx *gorm.DB, household string, procedures ...string) (int, error) {
	var n int64
	err := tx.Model(&models.Case{}).Where("household_id = ? AND procedure IN ? AND closed_at IS NULL", household, procedures).Count(&n).Error
	return int(n), err
}

// begunAnew reports whether this plan is not that of the identification: a rollback has
// opened it, or another risk that was confirmed later.
func (k *act) begunAnew() (bool, error) {
	var n int64
	err := k.tx.Model(&models.Case{}).Where("id = ? AND procedure IN ?", k.c.ParentID, []string{"rollback", "risk_clue"}).Count(&n).Error
	return n > 0, err
}
