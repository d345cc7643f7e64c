package policy

import (
	"errors"
	"fmt"
)

// identityRules are DQ-20 to DQ-22: numbers, relations and telephones.
var identityRules = []DataRule{
	badID("id_length", "证件号位数不是18、20或22位"),
	badID("id_characters", "证件号含有不应出现的字符"),
	badID("id_placeholder", "证件号以999999开头"),
	badID("id_region", "证件号前两位不是省级区划代码"),
	badID("id_birth", "证件号中的出生日期不存在"),
	badID("id_check", "证件号校验位不符"),
	badID("id_disability", "残疾人证号的类别、等级位不符"),
	member("id_duplicate", "DQ-20", "身份证号与他人重复", "X 4_01_003", DataError, idTaken).needing(twinNumber),
	member("birth_mismatch", "DQ-20", "出生日期与身份证号不一致", "X 1_12_*", DataError, birthMismatch),
	member("sex_mismatch", "DQ-21", "性别与身份证号不一致", "X 2_01_*", DataError, sexMismatch),
	member("relation_missing", "DQ-21", "与户主关系未填写", "X 3_*", DataError, relationMissing),
	member("relation_sex", "DQ-21", "与户主关系和性别不符", "X 2_01_*", DataError, relationSex),
	member("head_spouse_same_sex", "DQ-21", "户主与配偶性别相同", "X 2_01_*", DataError, spouseSex).needing(spoused),
	household("head_count", "DQ-21", "户主缺失或不止一人", "X 3_*", DataError, headCount),
	household("phone_invalid", "DQ-22", "联系电话不是十一位手机号", "X 5_15_021", DataError, phoneInvalid).needing(phoned),
	household("phone_shared_household", "DQ-22", "不同户使用同一联系电话", "X 5_15_021", DataDoubt, phoneShared).needing(phoned | sharedPhone),
	household("phone_shared_county", "DQ-22", "不同县使用同一联系电话", "X 5_15_022", DataDoubt, phoneSharedCounty).needing(phoned | sharedPhone),
}

// badID makes the rule for one fault of ParseID.
func badID(code, title string) DataRule {
	return member(code, "DQ-20", title, "X 1_01_*, 1_12_*", DataError, func(m *Member, f *Family, c DataContext) says {
		if s := idInvalid(m, f, c); s.values["问题"] == code {
			return s
		}
		return says{}
	}).needing(wrongNumber)
}

// idInvalid is any fault of the number; a blank one is none.
func idInvalid(m *Member, _ *Family, _ DataContext) says {
	if m.IDNo == "" {
		return says{}
	}
	_, err := m.identity()
	if err == nil {
		return says{}
	}
	var f Fault
	if !errors.As(err, &f) {
		return says{}
	}
	return wrong(f.Message+"；请核对证件后更正", "问题", f.Code)
}

func idTaken(m *Member, f *Family, _ DataContext) says {
	same := 0
	for i := range f.Members {
		o := &f.Members[i]
		if m.IDNo != "" && o.IDNo == m.IDNo {
			same++
		}
	}
	if m.Taken || same > 1 {
		return wrong("身份证号与另一名在册人员重复；请核对证件，更正录错的一方", "重复", "是")
	}
	return says{}
}

func birthMismatch(m *Member, _ *Family, _ DataContext) says {
	if m.IDNo == "" || m.Birth.IsZero() {
		return says{}
	}
	id, err := m.identity()
	if err != nil || id.Birth == m.Birth {
		return says{}
	}
	return wrong("出生日期与身份证号中的不一致；请按证件更正", "登记的出生日期", m.Birth.String())
}

func sexMismatch(m *Member, _ *Family, _ DataContext) says {
	if m.IDNo == "" || m.Sex == "" {
		return says{}
	}
	id, err := m.identity()
	if err != nil || id.Sex.Title() == m.Sex {
		return says{}
	}
	return wrong("性别与身份证号中的不一致；请按证件更正", "登记的性别", m.Sex)
}

func relationMissing(m *Member, _ *Family, _ DataContext) says {
	if m.Relation == "" && !m.Head {
		return wrong("与户主关系未填写；请补充", "与户主关系", "未登记")
	}
	return says{}
}

// sexOf is what is known of the sex: the column, or else the number.
func (m *Member) sexOf() string {
	if m.Sex != "" {
		return m.Sex
	}
	id, _ := m.identity()
	return id.Sex.Title()
}

func relationSex(m *Member, _ *Family, _ DataContext) says {
	want, is := m.kin().Sex, m.sexOf()
	if want == "" || is == "" || want == is {
		return says{}
	}
	return wrong(fmt.Sprintf("与户主关系填“%s”，性别为%s，两者不符；请更正其中一项", m.Relation, is), "与户主关系", m.Relation, "性别", is)
}

func spouseSex(m *Member, f *Family, _ DataContext) says {
	if m.Head || !m.kin().Spouse {
		return says{}
	}
	is := m.sexOf()
	for i := range f.Members {
		head := &f.Members[i]
		if head.Head && is != "" && head.sexOf() == is {
			return wrong("登记为配偶，与户主性别相同；请核对关系和性别", "性别", is, "户主性别", is)
		}
	}
	return says{}
}

func headCount(f *Family, _ DataContext) []DataFault {
	heads := 0
	for i := range f.Members {
		m := &f.Members[i]
		if m.Head {
			heads++
		}
	}
	if heads == 1 {
		return nil
	}
	return fault(fmt.Sprintf("户主应为一人，现登记%d人；请确定户主", heads), "户主人数", fmt.Sprint(heads))
}

// perPhone asks of the household's telephone and of each member's.
func perPhone(f *Family, ask func(phone string, use PhoneUse) string) []DataFault {
	var out []DataFault
	add := func(member, who, phone string, use PhoneUse) {
		if word := ask(phone, use); phone != "" && word != "" {
			out = append(out, DataFault{Member: member, Message: who + word, Values: values("电话", word)})
		}
	}
	add("", "户联系电话", f.Phone, f.PhoneElsewhere)
	for i := range f.Members {
		m := &f.Members[i]
		if m.Phone != f.Phone || f.Phone == "" {
			add(m.ID, m.Name+"：联系电话", m.Phone, m.PhoneElsewhere)
		}
	}
	return out
}

func phoneInvalid(f *Family, _ DataContext) []DataFault {
	return perPhone(f, func(phone string, _ PhoneUse) string {
		if _, err := ParseMobile(phone); err != nil {
			return "不是十一位手机号；请核实后更正"
		}
		return ""
	})
}

func phoneShared(f *Family, _ DataContext) []DataFault {
	return perPhone(f, func(_ string, use PhoneUse) string {
		if use.Households == 0 {
			return ""
		}
		return fmt.Sprintf("与另外%d户相同；请核实是谁的号码", use.Households)
	})
}

func phoneSharedCounty(f *Family, _ DataContext) []DataFault {
	return perPhone(f, func(_ string, use PhoneUse) string {
		if !use.OtherCounty {
			return ""
		}
		return "与其他县的农户相同；请核实是谁的号码"
	})
}
