package activities

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardStillPoor] = stillPoor
	guards[procedure.GuardOutOfPoverty] = outOfPoverty
	guards[procedure.GuardExitCycle] = exitCycle
	guards[procedure.GuardExitStandard] = exitStandard
	guards[procedure.GuardOwnItem] = ownItem
	guards[procedure.GuardFirstInQueue] = firstInQueue
	derivations["first_owner"] = firstOwner
	derivations["rectify_by"] = rectifyBy
	derivations["corrected_record"] = correctedRecord
	hooks["out_of_poverty"] = setOutOfPoverty
}

func (k *act) baseType() (string, error) {
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return "", err
	}
	return h.BaseType, nil
}

func stillPoor(k *act) []procedure.FieldFault {
	base, err := k.baseType()
	if err != nil {
		return failed(err)
	}
	if base == "out_of_poverty" {
		return no("", "already_out_of_poverty", "该户已登记为脱贫户")
	}
	return nil
}

func outOfPoverty(k *act) []procedure.FieldFault {
	base, err := k.baseType()
	if err != nil {
		return failed(err)
	}
	if base != "out_of_poverty" {
		return no("", "not_out_of_poverty", "只有脱贫户可以办理返贫纳入")
	}
	return nil
}

// exitCycle wants the income of the fixed cycle that ends in the year of the exit
// (S002 #28).
func exitCycle(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	var year int
	k.c.Facts.Value("year", &year)
	from, to := policy.ExitCycle(year, k.policy)
	if text(k.form, "cycle_from") != from.String() || text(k.form, "cycle_to") != to.String() {
		return no("cycle_from", "cycle_wrong", "%d年度退出的收入计算周期应为%s至%s", year, from.Chinese(), to.Chinese())
	}
	return nil
}

// exitStandard tells each of the seven criteria that the last survey does not meet: a
// household below the standard never leaves (S002 #41).
func exitStandard(k *act) []procedure.FieldFault {
	form, err := k.e.lastForm(k.tx, k.c.ID, "survey")
	if err != nil {
		return failed(err)
	}
	raw, err := json.Marshal(form)
	if err != nil {
		return failed(err)
	}
	var facts policy.ExitFacts
	if err := json.Unmarshal(raw, &facts); err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	found := policy.ExitStandard(facts, k.policy)
	k.note(found...)
	for _, f := range found {
		if f.Verdict != policy.VerdictYes {
			faults = append(faults, no("", "below_"+strings.ToLower(f.Code), "%s %s未达标：%s", f.Code, f.Title, f.Reason)...)
		}
	}
	return faults
}

// firstOwner puts the case before the department that signs first.
func firstOwner(k *act) error {
	pass, _ := k.d.Event("dept_pass")
	i := slices.IndexFunc(pass.Signers, func(s procedure.Signer) bool { return s.Dept != "" })
	k.c.Dept = pass.Signers[i].Dept
	return nil
}

// ownItem: a department speaks of the criterion it answers for and of no other.
func ownItem(k *act) []procedure.FieldFault {
	if k.asking || text(k.form, "item") == k.c.Dept {
		return nil
	}
	return no("item", "other_item", "只能反馈本部门负责的指标")
}

// queuedAt is when a case was last handed to the departments.
func queuedAt(c *models.Case) time.Time {
	sent, again := c.Facts.At["send"], c.Facts.At["rectified"]
	if again.After(sent) {
		return again
	}
	return sent
}

// firstInQueue refuses a department's word on a household while one reported earlier
// waits for the same department (S002 #13 先报先复核).
func firstInQueue(k *act) []procedure.FieldFault {
	var waiting []models.Case
	err := k.tx.Where("procedure = ? AND state = ? AND dept = ? AND dept <> '' AND closed_at IS NULL AND id <> ?", k.c.Procedure, k.c.State, k.c.Dept, k.c.ID).Find(&waiting).Error
	if err != nil {
		return failed(err)
	}
	mine := queuedAt(k.c)
	for i := range waiting {
		if c := &waiting[i]; strings.HasPrefix(c.RegionCode, k.actor.Region) && queuedAt(c).Before(mine) {
			return no("", "not_first_in_queue", "先报先复核：%s 上报在前，请先复核", c.No)
		}
	}
	return nil
}

// rectifyBy sets the last day for mending what was fed back (S002 #16).
func rectifyBy(k *act) error {
	return setFact(&k.c.Facts, "rectify_by", policy.RectifyBy(policy.DateOf(k.now), k.policy).String())
}

// correctedRecord links a correction with the entry it corrects, which stays as it is
// (S002 #50).
func correctedRecord(k *act) error {
	var entry models.CaseEvent
	if err := k.tx.Where("case_id = ? AND event = ? AND kind = ?", k.c.ID, "enter", "event").Order("seq DESC").Take(&entry).Error; err != nil {
		return err
	}
	if err := setFact(&k.c.Facts, "corrects", entry.ID); err != nil {
		return err
	}
	return setFact(&k.c.Facts, "corrects_hash", entry.Hash)
}

// setOutOfPoverty makes the household one that has left poverty.
func setOutOfPoverty(k *act) error {
	if err := lockHousehold(k.tx, k.c.HouseholdID); err != nil {
		return err
	}
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	return k.tx.Model(h).Updates(map[string]any{"base_type": "out_of_poverty", "updated_at": k.now, "row_version": h.RowVersion + 1}).Error
}
