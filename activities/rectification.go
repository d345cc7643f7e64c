package activities

import (
	"slices"
	"strings"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardProblemSubject] = problemSubject
	guards[procedure.GuardConcealedByHigher] = concealedByHigher
	guards[procedure.GuardDuplicate] = duplicateKnown
	guards[procedure.GuardAssignees] = assignees
	guards[procedure.GuardNewResponsible] = newResponsible
	guards[procedure.GuardNotImmediate] = notImmediate
	guards[procedure.GuardVillageSigned] = villageSigned
	guards[procedure.GuardSatisfied] = householdSatisfied
	guards[procedure.GuardLongTermClass] = longTermClass
	guards[procedure.GuardYearlyCheck] = yearlyCheck
	guards[procedure.GuardNotVerifier] = notTheVerifier
}

// problemSubject: a problem is about what it was opened on. A household has an id,
// a village twelve digits, a township nine; a department has its code.
func problemSubject(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	kind, digits := text(k.form, "subject_kind"), len(k.c.RegionCode)
	right := map[string]bool{
		"household":  k.c.HouseholdID != "",
		"village":    k.c.HouseholdID == "" && digits == 12,
		"township":   k.c.HouseholdID == "" && digits == 9,
		"department": k.c.HouseholdID == "" && (digits == 9 || digits == 12),
	}
	if !right[kind] {
		return no("subject_kind", "subject_differs", "问题对象与所选的户、村、乡镇不一致，问题应当落到户、村、乡镇或部门")
	}
	return nil
}

// concealedByHigher: that somebody hid a problem is said by the level above or by
// those who supervise, never by the office that may have hidden it (S001).
func concealedByHigher(k *act) []procedure.FieldFault {
	if k.asking || k.form["concealed"] != true || len(k.actor.Region) < len(k.c.RegionCode) ||
		slices.Contains([]procedure.Role{procedure.Auditor, procedure.Discipline, procedure.GuidanceGroup}, k.actor.Role) {
		return nil
	}
	return no("concealed", "not_above", "是否隐瞒由上级或监督人员认定")
}

// duplicateKnown: the other problem exists in the same area, is not this one, and is
// still worked on: one that was closed out and is there again has not been put right.
func duplicateKnown(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	var other models.Case
	err := k.tx.Where("no = ? AND procedure = ? AND id <> ?", strings.TrimSpace(text(k.form, "duplicate_of")), "rectification", k.c.ID).Take(&other).Error
	if err != nil && !models.Missing(err) {
		return failed(err)
	}
	if err != nil || !strings.HasPrefix(other.RegionCode, k.actor.Region) || other.State == "duplicate" || other.State == "not_established" {
		return no("duplicate_of", "problem_unknown", "没有这一编号的在册问题")
	}
	if slices.Contains([]procedure.State{"closed", "lookback", "consolidated"}, other.State) {
		return no("duplicate_of", "problem_closed", "该问题已经销号，又出现的应按“反弹”办理或另行整改，不作重复处理")
	}
	return nil
}

// assignees: nobody verifies his own work (2.0 #5).
func assignees(k *act) []procedure.FieldFault {
	if r := text(k.form, "responsible"); !k.asking && r != "" && r == text(k.form, "verifier") {
		return no("verifier", "verifier_is_responsible", "核验人不能是整改责任人")
	}
	return nil
}

func newResponsible(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	switch text(k.form, "responsible") {
	case k.c.Facts.Text("verifier"):
		return no("responsible", "verifier_is_responsible", "核验人不能是整改责任人")
	case k.c.Facts.Text("responsible"):
		return no("responsible", "same_responsible", "上报的问题应当另行指定整改责任人")
	}
	return nil
}

func notImmediate(k *act) []procedure.FieldFault {
	if k.c.Facts.Text("class") == procedure.RectifyImmediate {
		return no("", "immediate", "立行立改的问题不发督办通知")
	}
	return nil
}

// villageSigned: a problem of a village is sent up by its secretary and the leader of
// the resident team; one of the township by its linked leader and a second clerk (S001).
func villageSigned(k *act) []procedure.FieldFault {
	want := []procedure.Role{procedure.VillageSecretary, procedure.ResidentLeader}
	if len(k.c.RegionCode) < 12 {
		want = []procedure.Role{procedure.LinkedLeader, procedure.TownshipOffice}
	}
	given, err := signatures(k.tx, k.c, k.ev.Code)
	if err != nil {
		return failed(err)
	}
	var out []procedure.FieldFault
	for _, role := range want {
		if !slices.ContainsFunc(given, func(g models.Endorsement) bool { return g.Role == role }) {
			def, _ := procedure.RoleOf(role)
			out = append(out, no("", "signature_missing", "还缺%s会签", def.Title)...)
		}
	}
	return out
}

// householdSatisfied is the third 不放过 (S003): who is not satisfied, or says
// nothing, keeps the problem open, unless the level above the verifier takes the
// closing upon itself with a reason; it has no part in any other closing.
func householdSatisfied(k *act) []procedure.FieldFault {
	opinion := text(k.form, "satisfaction")
	satisfied := opinion == "satisfied" || opinion == "nobody"
	switch {
	case k.asking:
		return nil
	case opinion == "nobody" && k.c.HouseholdID != "":
		return no("satisfaction", "household_concerned", "农户的问题应当听取该户意见")
	case satisfied && k.actor.Role != procedure.Verifier:
		return no("", "not_the_verifier", "群众满意的，由核验人销号")
	case satisfied:
		return nil
	case k.actor.Role == procedure.Verifier:
		return no("satisfaction", "not_satisfied", "群众未表态或者不满意的，不能销号；确需销号的，由核验人的上一级说明理由")
	}
	verifier, err := k.rank(k.c.Facts.Text("verifier"))
	if err != nil {
		return failed(err)
	}
	if roleRank(k.actor.Role) <= verifier {
		return no("satisfaction", "not_above", "应由核验人的上一级说明理由后销号")
	}
	return nil
}

// roleRank orders the levels: village 1, township 2, county 3, and above the offices
// of the county its leading group.
func roleRank(r procedure.Role) int {
	if r == procedure.CountyGroup {
		return 4
	}
	def, _ := procedure.RoleOf(r)
	return map[procedure.Level]int{procedure.LevelTownship: 2, procedure.LevelCounty: 3, procedure.LevelCity: 5}[def.Level]
}

// rank is the highest level at which an account holds a post.
func (k *act) rank(user string) (int, error) {
	var held []procedure.Role
	err := k.tx.Model(&models.RoleGrant{}).Where("user_id = ? AND role IN ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", user, procedure.Staff(), k.now, k.now).
		Pluck("role", &held).Error
	best := 0
	for _, r := range held {
		best = max(best, roleRank(r))
	}
	return best, err
}

func longTermClass(k *act) []procedure.FieldFault {
	if k.c.Facts.Text("class") != procedure.RectifyLongTerm {
		return no("", "not_long_term", "只有持续整改的问题可以转为常态长期")
	}
	return nil
}

// yearlyCheck: what became routine is checked within a year (2.8).
func yearlyCheck(k *act) []procedure.FieldFault {
	day, err := policy.ParseDate(text(k.form, "yearly_check"))
	if k.asking || err != nil {
		return nil // said by the form
	}
	today := policy.DateOf(k.now)
	if day.Before(today.AddDays(1)) || addMonths(today, k.policy.Int("rectify_yearly_months")).Before(day) {
		return no("yearly_check", "check_out_of_range", "年度检查应当在明天之后、%d 个月之内", k.policy.Int("rectify_yearly_months"))
	}
	return nil
}

func notTheVerifier(k *act) []procedure.FieldFault {
	if slices.Contains(k.actor.persons(), k.c.Facts.Text("verifier")) {
		return no("", "is_verifier", "回头看不由核验人办理")
	}
	return nil
}
