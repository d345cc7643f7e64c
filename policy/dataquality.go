package policy

import "fmt"

// Register is what the data rules look at: one household as the register has it. Numbers are personal data; what a rule
// says never repeats them.
type Register struct {
	Population int
	Phone      string
	Members    []RegisterMember
}

// RegisterMember is one present member. Taken says that somebody else in the register has the same identity number.
type RegisterMember struct {
	ID, Name, IDNo, BirthDate, Sex, Relation, Phone string
	Head, Taken                                     bool
}

// DataFault is one thing a rule has found; Member is the member's id, or "" for the household as a whole.
type DataFault struct {
	Member  string
	Message string
}

// DataRule is one check of a household's record (domain 5.5).
type DataRule struct {
	Code  string
	Find  func(Register) []DataFault
	Basis string
}

// DataRules are the checks the system can run itself, in the order in which they are shown.
var DataRules = []DataRule{
	{"id_invalid", perMember(idInvalid), "DQ-20"}, {"id_duplicate", perMember(idTaken), "DQ-20"}, {"birth_mismatch", perMember(birthMismatch), "DQ-20"},
	{"sex_mismatch", perMember(sexMismatch), "DQ-21"}, {"population_mismatch", populationMismatch, "DQ-09, DQ-10"}, {"head_count", headCount, "DQ-21"},
	{"relation_missing", perMember(relationMissing), "DQ-21"}, {"phone_invalid", phoneInvalid, "DQ-22"},
}

// FindDataRule looks a rule up by its code.
func FindDataRule(code string) (DataRule, bool) {
	for _, r := range DataRules {
		if r.Code == code {
			return r, true
		}
	}
	return DataRule{}, false
}

// perMember asks one question of every member; "" is no fault.
func perMember(ask func(RegisterMember) string) func(Register) []DataFault {
	return func(r Register) []DataFault {
		var out []DataFault
		for _, m := range r.Members {
			if word := ask(m); word != "" {
				out = append(out, DataFault{m.ID, m.Name + "：" + word})
			}
		}
		return out
	}
}

func idInvalid(m RegisterMember) string {
	if m.IDNo == "" {
		return ""
	}
	if _, err := ParseID(m.IDNo); err != nil {
		return err.Error()
	}
	return ""
}

func idTaken(m RegisterMember) string {
	if m.Taken {
		return "身份证号与另一名在册人员重复"
	}
	return ""
}

func birthMismatch(m RegisterMember) string {
	id, err := ParseID(m.IDNo)
	if m.IDNo == "" || err != nil || id.Birth.String() == m.BirthDate {
		return ""
	}
	return "出生日期与身份证号中的不一致"
}

func sexMismatch(m RegisterMember) string {
	id, err := ParseID(m.IDNo)
	if m.IDNo == "" || err != nil || m.Sex == "" || id.Sex.Title() == m.Sex {
		return ""
	}
	return "性别与身份证号中的不一致"
}

func relationMissing(m RegisterMember) string {
	if m.Relation == "" && !m.Head {
		return "与户主关系未填写"
	}
	return ""
}

func populationMismatch(r Register) []DataFault {
	if r.Population == len(r.Members) {
		return nil
	}
	return []DataFault{{Message: fmt.Sprintf("家庭人口登记为%d人，在册成员%d人", r.Population, len(r.Members))}}
}

func headCount(r Register) []DataFault {
	heads := 0
	for _, m := range r.Members {
		if m.Head {
			heads++
		}
	}
	if heads == 1 {
		return nil
	}
	return []DataFault{{Message: fmt.Sprintf("户主应为一人，现登记%d人", heads)}}
}

func phoneInvalid(r Register) []DataFault {
	var out []DataFault
	wrong := func(s string) bool { _, err := ParseMobile(s); return s != "" && err != nil }
	if wrong(r.Phone) {
		out = append(out, DataFault{Message: "户联系电话不是十一位手机号"})
	}
	for _, m := range r.Members {
		if wrong(m.Phone) {
			out = append(out, DataFault{m.ID, m.Name + "：联系电话不是十一位手机号"})
		}
	}
	return out
}
