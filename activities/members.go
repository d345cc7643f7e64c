package activities

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardMemberForm] = memberForm
	guards[procedure.GuardTransfer] = transfer
	guards[procedure.GuardNotTransfer] = notTransfer
	guards[procedure.GuardHouseholdClear] = householdClear
	guards[procedure.GuardHouseholdEmpty] = householdEmpty
	derivations["member_change"] = memberFacts
	derivations["counterpart_village"] = counterpartVillage
	derivations["counterpart_done"] = counterpartDone
	hooks["apply_member_change"] = applyMemberChange
}

// change is a member change as it was last reported.
type change struct {
	kind     string
	on       policy.Date
	why      string
	joining  []map[string]any
	leaving  []map[string]any
	newHead  string
	targetNo string
}

// ids are the persons who leave.
func (c change) ids() []string {
	out := make([]string, len(c.leaving))
	for i, row := range c.leaving {
		out[i] = text(row, "person_id")
	}
	return out
}

// change reads the report from the form that is being sent, or the last one kept. The
// case itself knows ids only.
func (k *act) change() (change, error) {
	form := k.form
	if text(form, "kind") == "" {
		last, err := k.e.lastForm(k.tx, k.c.ID, "resubmit")
		if err != nil {
			return change{}, err
		}
		if form = last; form == nil {
			if form, err = k.e.openingForm(k.tx, k.c.ID); err != nil {
				return change{}, err
			}
		}
	}
	out := change{kind: text(form, "kind"), why: text(form, "in_reason") + text(form, "out_reason"), newHead: text(form, "new_head"), targetNo: strings.TrimSpace(text(form, "target_no")),
		joining: tableOf(form, "new_members"), leaving: tableOf(form, "leaving")}
	out.on, _ = policy.ParseDate(text(form, "changed_on")) // checked with the form
	return out, nil
}

// memberForm wants persons who are who the form says: new ones that nobody has yet,
// leaving ones that are here, a head for those who stay, a household to go to.
func memberForm(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	ch, err := k.change()
	if err != nil {
		return failed(err)
	}
	if ch.kind == procedure.MemberIncrease {
		return k.joining(ch)
	}
	here, err := present(k.tx, k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	faults := leaving(ch, here)
	if ch.kind == procedure.MemberTransfer {
		if _, err := k.transferTarget(ch); err != nil {
			faults = append(faults, no("target_no", "target_unknown", "没有这个户编号，或者是本户、已整户注销的户")...)
		}
	}
	return faults
}

// joining checks new members. An identity number must be right and not that of anybody
// who is in a household now; somebody who has left may come back.
func (k *act) joining(ch change) []procedure.FieldFault {
	var faults []procedure.FieldFault
	seen := map[string]bool{}
	for i, row := range ch.joining {
		at := func(field string) string { return fmt.Sprintf("new_members[%d].%s", i, field) }
		if text(row, "relation") == "户主" {
			faults = append(faults, no(at("relation"), "second_head", "新增成员不能是户主")...)
		}
		number := text(row, "id_no")
		if number == "" {
			continue
		}
		id, err := policy.ParseID(number)
		if err != nil {
			faults = append(faults, no(at("id_no"), "id_invalid", "%s", err)...)
			continue
		}
		if id.Birth.String() != text(row, "birth_date") {
			faults = append(faults, no(at("birth_date"), "birth_mismatch", "出生日期与身份证号中的不一致")...)
		}
		if id.Sex.Title() != text(row, "sex") {
			faults = append(faults, no(at("sex"), "sex_mismatch", "性别与身份证号中的不一致")...)
		}
		taken, err := k.taken(id.Resident(), "")
		if err != nil {
			return failed(err)
		}
		if taken || seen[id.Resident()] {
			faults = append(faults, no(at("id_no"), "id_duplicate", "该身份证号的人员已在册，跨户迁移请办理“转移”")...)
		}
		seen[id.Resident()] = true
	}
	return faults
}

// taken reports whether somebody other than one person has the number and is in a
// household now.
func (k *act) taken(number, except string) (bool, error) {
	var n int64
	err := k.tx.Model(&models.Person{}).Where("id_index IN ? AND left_at IS NULL AND id <> ?", k.e.Store.Vault.Indexes(number), except).Count(&n).Error
	return n > 0, err
}

func leaving(ch change, here []models.Person) []procedure.FieldFault {
	var faults []procedure.FieldFault
	gone, head := map[string]bool{}, false
	for i, row := range ch.leaving {
		id := text(row, "person_id")
		at := slices.IndexFunc(here, func(p models.Person) bool { return p.ID == id })
		if at < 0 || gone[id] {
			faults = append(faults, no(fmt.Sprintf("leaving[%d].person_id", i), "not_a_member", "该成员不在本户，或者重复填写")...)
			continue
		}
		gone[id], head = true, head || here[at].IsHead
		if ch.kind == procedure.MemberTransfer && text(row, "new_relation") == "" {
			faults = append(faults, no(fmt.Sprintf("leaving[%d].new_relation", i), "required", "请填写“与转入户户主关系”")...)
		}
	}
	stays := slices.ContainsFunc(here, func(p models.Person) bool { return p.ID == ch.newHead && !gone[p.ID] })
	switch {
	case head && len(gone) < len(here) && ch.newHead == "":
		faults = append(faults, no("new_head", "new_head_required", "户主减少或转出，请指定新户主")...)
	case ch.newHead != "" && (!head || !stays):
		faults = append(faults, no("new_head", "new_head_wrong", "新户主应为户主变更后仍在本户的成员")...)
	}
	return faults
}

// present are the members of a household now, the head first.
func present(tx *gorm.DB, household string) ([]models.Person, error) {
	var out []models.Person
	err := tx.Where("household_id = ? AND left_at IS NULL", household).Order("ord, id").Find(&out).Error
	return out, err
}

// transferTarget is the household that takes the persons over.
func (k *act) transferTarget(ch change) (*models.Household, error) {
	var h models.Household
	err := k.tx.Where("no = ? AND id <> ? AND status <> ?", ch.targetNo, k.c.HouseholdID, "household_cancelled").Take(&h).Error
	return &h, err
}

// memberFacts keeps the ids of those who leave and of the household they go to; a
// report sent again replaces the former one.
func memberFacts(k *act) error {
	ch, err := k.change()
	if err != nil {
		return err
	}
	k.c.OtherRegion = ""
	delete(k.c.Facts.Values, "leaving_ids")
	delete(k.c.Facts.Values, "target_household")
	if len(ch.leaving) > 0 {
		if err := setFact(&k.c.Facts, "leaving_ids", ch.ids()); err != nil {
			return err
		}
	}
	if ch.kind != procedure.MemberTransfer {
		return nil
	}
	target, err := k.transferTarget(ch)
	if err != nil {
		return err
	}
	return setFact(&k.c.Facts, "target_household", target.ID)
}

// counterpartVillage lets the village of the other household see and answer the case.
func counterpartVillage(k *act) error {
	target, err := household(k.tx, k.c.Facts.Text("target_household"))
	if err != nil {
		return err
	}
	k.c.OtherRegion = target.RegionCode
	return nil
}

func counterpartDone(k *act) error {
	k.c.OtherRegion = ""
	return nil
}

func transfer(k *act) []procedure.FieldFault {
	if k.c.Facts.Text("kind") != procedure.MemberTransfer {
		return no("", "not_a_transfer", "不是转移，不需要对方村确认")
	}
	return nil
}

func notTransfer(k *act) []procedure.FieldFault {
	if k.c.Facts.Text("kind") == procedure.MemberTransfer {
		return no("", "counterpart_first", "转移须先由对方村确认")
	}
	return nil
}

// takesAll reports whether nobody is left in the household after the change.
func (k *act) takesAll() (bool, error) {
	var gone []string
	k.c.Facts.Value("leaving_ids", &gone)
	if len(gone) == 0 {
		return false, nil
	}
	here, err := present(k.tx, k.c.HouseholdID)
	left := slices.ContainsFunc(here, func(p models.Person) bool { return !slices.Contains(gone, p.ID) })
	return !left, err
}

// householdClear: before a household is struck off, what is still open about it must
// have been ended by those who may; the fault names each.
func householdClear(k *act) []procedure.FieldFault {
	all, err := k.takesAll()
	if err != nil {
		return failed(err)
	}
	if !all {
		return nil
	}
	open, err := k.openAbout()
	if err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	for i := range open {
		d, err := definition(&open[i])
		if err != nil {
			return failed(err)
		}
		st, _ := d.State(open[i].State)
		faults = append(faults, no("", "cases_open", "变更后该户将整户注销，请先办结或撤销“%s”%s（%s）", d.Title, open[i].No, st.Title)...)
	}
	return faults
}

// openAbout are the other open cases about the household that somebody has to end.
// Look-backs, and a plan that is evaluated, end by themselves with the household; what
// an ended case had asked of others nobody needs any more.
func (k *act) openAbout() ([]models.Case, error) {
	var out []models.Case
	err := k.tx.Where("household_id = ? AND closed_at IS NULL AND id <> ? AND procedure NOT IN ?", k.c.HouseholdID, k.c.ID, []string{"household_status", "lookback_window"}).
		Where("NOT (procedure = ? AND state = ?)", "assistance_plan", "evaluated").
		Where("NOT (procedure IN ? AND EXISTS (SELECT 1 FROM cases p WHERE p.id = cases.parent_id AND p.closed_at IS NOT NULL))", quietNames()).Order("opened_at, id").Find(&out).Error
	return out, err
}

// householdEmpty holds once nobody is left.
func householdEmpty(k *act) []procedure.FieldFault {
	here, err := present(k.tx, k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	if len(here) > 0 {
		return no("", "members_left", "该户还有 %d 名在册成员", len(here))
	}
	return nil
}
