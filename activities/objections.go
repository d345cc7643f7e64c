package activities

import (
	"fmt"
	"slices"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() { hooks["late_objection"] = lateObjection }

// decided are the states in which a matter has left its notice behind, so that an
// objection found justified can no longer send it back by itself.
var decided = map[string][]procedure.State{
	"identification":   {"township_review", "county_review", "supplement", "approved", "announced", "registered"},
	"risk_elimination": {"township_review", "county_review", "approved", "eliminated"},
}

// lateObjection tells township and county at once of an objection that was found
// justified when its matter had gone on (section 6 #19): whether to return it, to cancel
// it or to revoke the admission is for them to decide.
func lateObjection(k *act) error {
	if k.ev.Code == "second_result" && text(k.form, "result") != "upheld" || k.c.HouseholdID == "" {
		return nil
	}
	for _, proc := range sortedKeys(decided) {
		var c models.Case
		err := k.tx.Where("household_id = ? AND procedure = ?", k.c.HouseholdID, proc).Order("opened_at DESC, id DESC").Take(&c).Error
		if models.Missing(err) || err == nil && !slices.Contains(decided[proc], c.State) {
			continue
		}
		if err != nil {
			return err
		}
		if err := k.tellOfObjection(&c); err != nil {
			return err
		}
	}
	return nil
}

func (k *act) tellOfObjection(c *models.Case) error {
	d, err := definition(c)
	if err != nil {
		return err
	}
	st, _ := d.State(c.State)
	users, err := k.e.holding(k.tx, c, procedure.TownshipOffice, procedure.CountyOffice)
	if err != nil {
		return err
	}
	return k.tell(users, models.Message{CaseID: c.ID, ClockID: "objection:" + k.c.ID, RungNo: k.c.Seq, Kind: policy.ActionSupervise, Urgent: true,
		Title: fmt.Sprintf("%s：异议成立（%s）", policy.ActionTitle(policy.ActionSupervise), c.No),
		Body:  fmt.Sprintf("对该户的异议（%s）经核查成立，“%s”已到“%s”环节，请核查是否退回、撤销或纠正。", k.c.No, d.Title, st.Title)})
}

// mayNotSign says why a person may not sign an event: for the same reasons as he might
// not fire it, and because nobody investigates a complaint about himself.
func (k *act) mayNotSign(a Actor) *procedure.FieldFault {
	if f := k.separated(a); f != nil {
		return f
	}
	if !slices.Contains(k.ev.Guards, procedure.Guard{Name: procedure.GuardHandlerNotNamed}) {
		return nil
	}
	signer := *k
	signer.actor = a
	if faults := handlerNotNamed(&signer); len(faults) > 0 {
		return &faults[0]
	}
	return nil
}
