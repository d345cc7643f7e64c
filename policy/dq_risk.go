package policy

import (
	"fmt"
	"slices"
	"strings"
)

// riskRules are DQ-32, DQ-33 and DQ-38: the risk types of an object against what its record says. All but DQ-38's look
// at risks that are not yet eliminated.
var riskRules = []DataRule{
	ofRisk("risk_disability_without_disabled", "disability", "风险类型为因残而无残疾成员", "X 2_11_001", func(f *Family, _ DataContext) says {
		return lacking(f, (*Member).Disabled, "风险类型为因残，家庭成员中没有残疾人；请核实风险类型或成员残疾情况", "残疾成员")
	}),
	ofRisk("risk_illness_without_ill", "illness", "风险类型为因病而无患病成员", "X 2_11_001", func(f *Family, _ DataContext) says {
		return lacking(f, (*Member).Ill, "风险类型为因病，家庭成员中没有患大病或长期慢性病的人；请核实风险类型或成员健康状况", "患病成员")
	}),
	ofRisk("risk_illness_without_payment", "illness", "风险类型为因病而合规自付支出为零", "X 5_15_013", illnessWithoutPayment),
	ofRisk("risk_schooling_without_student", "schooling", "风险类型为因学而无在校生", "X 5_15_013", func(f *Family, _ DataContext) says {
		return lacking(f, (*Member).InSchool, "风险类型为因学，家庭成员中没有在校生；请核实风险类型或在校生状况", "在校生")
	}),
	ofRisk("risk_labour_shortage_with_labour", "labour_shortage", "风险类型为缺劳动力而劳动力较多", "X 5_15_020", labourShortage),
	ofRisk("risk_employment_without_worker", "unstable_employment", "风险类型为因务工就业不稳而无务工人员", "X 5_15_015", func(f *Family, _ DataContext) says {
		return lacking(f, func(m *Member) bool { return len(m.Work) > 0 }, "风险类型为因务工就业不稳，家庭成员中没有务工记录；请核实风险类型或补充务工信息", "务工成员")
	}),
	household("housing_without_risk", "DQ-33", "住房不安全而无相应风险类型", "X 4_11_006", DataError, housingWithoutRisk).needing(inForce),
	household("water_without_risk", "DQ-33", "饮水不安全而无相应风险类型", "X 4_11_006", DataError, waterWithoutRisk).needing(inForce),
	household("schooling_without_risk", "DQ-33", "义务教育失学辍学而无相应风险类型", "X 4_11_006", DataError, schoolingWithoutRisk).needing(inForce),
	household("medical_without_risk", "DQ-33", "基本医疗无保障而无相应风险类型", "X 4_11_006", DataError, medicalWithoutRisk).needing(inForce),
	household("risk_type_missing", "DQ-38", "风险类型未填写", "X 1_11_001", DataError, riskTypeMissing).needing(watchedOnce),
	household("other_without_note", "DQ-38", "风险类型为其他而无说明", "X 2_11_004", DataError, otherWithoutNote).needing(watchedOnce),
	household("identified_on_missing", "DQ-38", "识别监测时间未填写", "X 1_11_001", DataError, identifiedMissing).needing(watchedOnce),
}

// at reports whether the family is monitored for that risk.
func (f *Family) at(risk string) bool {
	return f.InForce() && slices.Contains(f.Episode.RiskTypes, risk)
}

// ofRisk makes a rule about families monitored for one risk.
func ofRisk(code, risk, title, basis string, ask func(*Family, DataContext) says) DataRule {
	return household(code, "DQ-32", title, basis, DataError, func(f *Family, c DataContext) []DataFault {
		if !f.at(risk) {
			return nil
		}
		if s := ask(f, c); s.message != "" {
			return []DataFault{{Message: s.message, Values: s.values}}
		}
		return nil
	}).needing(inForce)
}

// lacking answers when no member is so.
func lacking(f *Family, is func(*Member) bool, message, title string) says {
	if f.any(is) {
		return says{}
	}
	return wrong(message, title, "0")
}

func illnessWithoutPayment(f *Family, _ DataContext) says {
	y := f.Latest()
	if y == nil || y.OwnMedical > 0 {
		return says{}
	}
	return wrong(fmt.Sprintf("风险类型为因病，%d年合规自付支出为零或未登记；请向医保部门核实后补充", y.Year), "年度", fmt.Sprint(y.Year), "合规自付支出", Yuan(y.OwnMedical))
}

// labourShortage counts ordinary and skilled labour: exactly on the share is not above it, and where all work there is no
// shortage whatever the share.
func labourShortage(f *Family, c DataContext) says {
	n := 0
	for i := range f.Members {
		m := &f.Members[i]
		if m.Labour == "" {
			return says{}
		}
		if m.FullLabour() {
			n++
		}
	}
	all := len(f.Members)
	share := c.thresholds().labourShare
	if n == 0 || n < all && float64(n) <= share*float64(all) {
		return says{}
	}
	return wrong(fmt.Sprintf("风险类型为缺劳动力，全家%d人中有劳动力%d人，超过%g；请核实风险类型或劳动技能", all, n, share), "家庭人口", fmt.Sprint(all), "劳动力", fmt.Sprint(n))
}

// Unsafe tells whether the house is recorded as dangerous: by the flag, or by grade C or D and not repaired and moved
// into.
func (h House) Unsafe() bool {
	danger := h.Grade == "C" || h.Grade == "D"
	return yes(h.Dangerous) || danger && !(h.Repaired && h.MovedIn)
}

func (h House) text() []string {
	return []string{"住房等级", orElse(h.Grade, "未登记"), "是否危房户", known(h.Dangerous)}
}

func housingWithoutRisk(f *Family, _ DataContext) []DataFault {
	if !f.InForce() || !f.House.Unsafe() || f.at("housing") {
		return nil
	}
	return fault("登记为危房，风险类型中没有因安全住房；请核实住房，或增补风险类型", f.House.text()...)
}

// unsafeWater tells whether the water test failed; an open test is not a no.
func (f *Family) unsafeWater(c DataContext) bool {
	if f.Water == nil {
		return false
	}
	parts := Water(*f.Water, c.Snapshot)
	return parts[len(parts)-1].Verdict == VerdictNo
}

func waterWithoutRisk(f *Family, c DataContext) []DataFault {
	if !f.InForce() || f.at("water") || !f.unsafeWater(c) {
		return nil
	}
	return fault("饮水安全评价不达标，风险类型中没有因安全饮水；请核实饮水，或增补风险类型", "饮水安全", "不达标")
}

// dropout tells whether the record gives a reason for which a child of compulsory age is out of school, and none that
// excuses it.
func (m *Member) dropout(c DataContext) bool {
	return m.NotInSchool != "" && m.schooling(c.Today, c.thresholds().school) == VerdictNo
}

func schoolingWithoutRisk(f *Family, c DataContext) []DataFault {
	if !f.InForce() || f.at("schooling") {
		return nil
	}
	var out []DataFault
	for i := range f.Members {
		m := &f.Members[i]
		if m.dropout(c) {
			out = append(out, DataFault{Member: m.ID, Message: m.Name + "：义务教育阶段失学辍学，风险类型中没有因学；请核实就学情况，或增补风险类型", Values: values("未上学原因", m.NotInSchool)})
		}
	}
	return out
}

// medicalWithoutRisk looks at what is recorded as missing; the risk that answers it is the one of illness.
func medicalWithoutRisk(f *Family, _ DataContext) []DataFault {
	if !f.InForce() || f.at("illness") {
		return nil
	}
	var out []DataFault
	for i := range f.Members {
		if m := &f.Members[i]; insured(m) == VerdictNo {
			out = append(out, DataFault{Member: m.ID, Message: m.Name + "：未参保、重复参保或无大病保险，风险类型中没有因病；请核实参保，或增补风险类型",
				Values: values(m.insurance()...)})
		}
	}
	return out
}

func riskTypeMissing(f *Family, _ DataContext) []DataFault {
	if f.Episode == nil || len(f.Episode.RiskTypes) > 0 {
		return nil
	}
	return fault("监测对象的风险类型未填写；请补充", "风险类型", "未登记")
}

func otherWithoutNote(f *Family, _ DataContext) []DataFault {
	if f.Episode == nil || !slices.Contains(f.Episode.RiskTypes, "other") || strings.TrimSpace(f.Episode.OtherNote) != "" {
		return nil
	}
	return fault("风险类型为其他，未写明具体风险；请补充说明", "其他说明", "未登记")
}

func identifiedMissing(f *Family, _ DataContext) []DataFault {
	if f.Episode == nil || !f.Episode.Identified.IsZero() {
		return nil
	}
	return fault("识别监测时间未填写；请补充", "识别监测时间", "未登记")
}
