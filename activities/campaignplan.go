package activities

import (
	"slices"
	"strings"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// groupRow is one person of a campaign.
type groupRow struct {
	Group string `json:"group"`
	Area  string `json:"area"`
	Duty  string `json:"duty"`
	User  string `json:"user"`
	Name  string `json:"name"` // of a guide, who has no account
}

// joinedLater is the fact with the people who came to a campaign after its issue.
const joinedLater = "joined_later"

// groupsOf are the people of a campaign: those of its plan and those who joined.
func groupsOf(c *models.Case) []groupRow {
	var planned, later []groupRow
	c.Facts.Value("groups", &planned)
	c.Facts.Value(joinedLater, &later)
	return append(planned, later...)
}

// campaignPlan is the gate of the issue: what the form changes counts before what the
// draft says.
func campaignPlan(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	facts := with(k.c.Facts, nil)
	if err := learn(&facts, k.ev.Form, k.form); err != nil {
		return failed(err)
	}
	var forms, cutoffs []string
	var rows []struct {
		Item string `json:"item"`
		On   string `json:"on"`
	}
	facts.Value("forms", &forms)
	facts.Value("cutoffs", &rows)
	for _, r := range rows {
		cutoffs = append(cutoffs, r.Item)
	}
	faults := stageFaults(facts, policy.DateOf(k.now))
	if facts.Text("kind") == "feedback" && facts.Text("programme") == "" {
		faults = append(faults, no("programme", "programme_missing", "考核反馈整改应当选定列有反馈问题的整改方案")...)
	}
	if !slices.Contains(forms, "household_form") {
		faults = append(faults, no("forms", "forms_missing", "表册中应当有户表")...)
	}
	for _, want := range []string{"rectification", "report"} {
		if !slices.Contains(cutoffs, want) {
			faults = append(faults, no("cutoffs", "cutoff_missing", "请设定整改销号和上报总结报告的截止日期")...)
			break
		}
	}
	return append(append(faults, departmentFaults(facts)...), k.groupFaults(facts)...)
}

// departmentFaults: a campaign that checks the “四个不摘” names the departments, each once: each has a form of its own.
func departmentFaults(facts models.Facts) []procedure.FieldFault {
	names := checkedDepartments(facts)
	if len(names) == 0 && checksFourNots(facts) {
		return no(procedure.CheckedDepartments, "departments_missing", "请列出核查“四个不摘”的街道（镇直）部门")
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) < len(names) {
		return no(procedure.CheckedDepartments, "department_twice", "同一部门列了两次")
	}
	return nil
}

// stageFaults: phases from the plan or the training on, in the order of the states, with
// dates that do not run backwards and a training that does not lie behind.
func stageFaults(facts models.Facts, today policy.Date) []procedure.FieldFault {
	var rows phasePlan
	facts.Value("stages", &rows)
	order := rows.stages()
	if !procedure.StagesInOrder(order) {
		return no("stages", "stages_incomplete", "请从培训起按培训、入户、审核复审、整改、抽查验收、总结报告的先后填写各阶段")
	}
	for i, r := range rows {
		if r.Until < r.From || i > 0 && (r.From < rows[i-1].From || r.Until < rows[i-1].Until) {
			return no("stages", "stages_backwards", "各阶段的起止日期前后颠倒")
		}
	}
	if rows[slices.Index(order, "training")].Until < today.String() {
		return no("stages", "stages_past", "培训阶段的日期已过")
	}
	return nil
}

// groupFaults: every person has the post, and every village with households in scope
// has surveyor, instructor and group leader.
func (k *act) groupFaults(facts models.Facts) []procedure.FieldFault {
	var rows []groupRow
	facts.Value("groups", &rows)
	var faults []procedure.FieldFault
	for _, r := range rows {
		if r.Duty == "guide" {
			continue
		}
		ok, err := k.holds(r.User, procedure.Role(r.Duty), r.Area)
		if err != nil {
			return failed(err)
		}
		if !ok || !strings.HasPrefix(r.Area, k.c.RegionCode) {
			faults = append(faults, no("groups", "not_a_holder", "工作组人员中有账号在所负责的村（乡镇）没有相应岗位")...)
			break
		}
	}
	villages, err := scopeVillages(k.tx, k.c.RegionCode, facts)
	if err != nil {
		return failed(err)
	}
	if len(villages) == 0 {
		faults = append(faults, no("scope", "scope_empty", "排查对象范围内没有农户")...)
	}
	for _, v := range villages {
		for _, duty := range []string{"surveyor", "instructor", "group_leader"} {
			if len(peopleOf(rows, duty, v)) == 0 {
				return append(faults, no("groups", "groups_incomplete", "区划%s还没有调查员、指导员或工作组组长", v)...)
			}
		}
	}
	return faults
}

// peopleOf are the accounts with a duty in a village, in the order of the table.
func peopleOf(rows []groupRow, duty, village string) []string {
	var out []string
	for _, r := range rows {
		if r.Duty == duty && r.Area != "" && strings.HasPrefix(village, r.Area) {
			out = append(out, r.User)
		}
	}
	return out
}

// holds reports whether an account has a post that covers an area now.
func (k *act) holds(user string, role procedure.Role, region string) (bool, error) {
	var n int64
	err := k.tx.Model(&models.RoleGrant{}).Joins("JOIN users ON users.id = role_grants.user_id AND NOT users.disabled").
		Where("role_grants.user_id = ? AND role_grants.role = ? AND role_grants.region_code <> ''", user, role).
		Where("role_grants.valid_from <= ? AND (role_grants.valid_to IS NULL OR role_grants.valid_to > ?)", k.now, k.now).
		Where("substr(CAST(? AS TEXT), 1, length(role_grants.region_code)) = role_grants.region_code", region).Count(&n).Error
	return n > 0, err
}

// surveyorsTrained: nobody goes to the field without the training (S001).
func surveyorsTrained(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	rows := groupsOf(k.c)
	trained := map[string]bool{}
	list, _ := k.form["trained"].([]any)
	for _, r := range list {
		m, _ := r.(map[string]any)
		trained[text(m, "user")] = true
	}
	missing := map[string]bool{}
	for _, r := range rows {
		if r.Duty == "surveyor" && !trained[r.User] {
			missing[r.User] = true
		}
	}
	if len(missing) > 0 {
		return no("trained", "surveyors_untrained", "还有%d名调查员未培训", len(missing))
	}
	return nil
}
