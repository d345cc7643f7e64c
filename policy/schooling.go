package policy

import "strings"

// schoolingExcuses are the reasons for which a child of compulsory age may be out of school (domain 5.5): what the body
// does not allow, and what takes the place of school. A county adds the words its ledgers use.
var schoolingExcuses = []Item{
	{"severe_disability", "重度残疾"}, {"unfit", "不具备学习条件"}, {"illness_leave", "休学"}, {"home_teaching", "送教上门"}, {"deferred", "延缓入学"}, {"finished", "毕业"},
}

// dropoutWords say that a child has left school, whatever else the reason says.
var dropoutWords = []string{"失学", "辍学", "厌学"}

// schoolRules is what the policy says about compulsory schooling.
type schoolRules struct {
	lo, hi  int // ages, both included
	excuses []string
}

func readSchoolRules(s Snapshot) schoolRules {
	out := schoolRules{lo: s.Int("education_age_min"), hi: s.Int("education_age_max")}
	for _, item := range s.Items("schooling_excuses") {
		out.excuses = append(out.excuses, item.Title)
	}
	return out
}

// schooling tells whether a member's compulsory schooling is assured on a day (domain 5.5; S0-015): by age, by a school,
// or by a listed reason for not being in one. Any other reason is a no; one that names a listed reason and says that the
// child has left school is for people to clear up, and so is what nobody has recorded.
func (m *Member) schooling(on Date, r schoolRules) Verdict {
	age, known := m.Age(on)
	switch {
	case !known:
		return VerdictJudge
	case age < r.lo || age > r.hi || m.InSchool():
		return VerdictYes
	case strings.TrimSpace(m.NotInSchool) == "" && m.graduated():
		return VerdictYes
	case m.School == "" && strings.TrimSpace(m.NotInSchool) == "":
		return VerdictJudge
	case !hasAny(m.NotInSchool, r.excuses...):
		return VerdictNo
	case hasAny(m.NotInSchool, dropoutWords...):
		return VerdictJudge
	}
	return VerdictYes
}
