package policy

import (
	"slices"
	"strings"
)

// measureRules are DQ-05, DQ-34 and DQ-35: measures against risks, labour and the people they are for.
var measureRules = []DataRule{
	household("measure_missing", "DQ-05", "未消除风险的监测对象没有针对性帮扶措施", "S003 #23, X 1_11_010", DataError, measureMissing).needing(inForce),
	household("labour_only_security", "DQ-34", "有劳动力而只有综合保障措施", "X 5_11_032", DataDoubt, labourOnlySecurity).needing(inForce | measured),
	household("no_labour_without_dibao", "DQ-34", "整户无劳动力而未享受低保", "X 5_11_033", DataDoubt, noLabourWithoutDibao).needing(inForce),
	household("no_labour_without_flag", "DQ-34", "整户无劳动力而未标注兜底保障", "X 5_11_033", DataError, noLabourWithoutFlag).needing(inForce),
	unfounded("disability_subsidy_without_disabled", "有残疾人补贴而无残疾成员", "残疾人", (*Member).Disabled, named("残疾", "残补")),
	unfounded("rain_dew_without_student", "有雨露计划而无中高职在校生", "中职或高职高专在校生", func(m *Member) bool {
		s := m.stage()
		return s == StageVocational || s == StageCollege
	}, named("雨露")),
	unfounded("work_subsidy_without_worker", "有外出务工补贴而无县外务工人员", "县外务工人员", func(m *Member) bool {
		return slices.ContainsFunc(m.Work, func(w WorkRecord) bool { return w.OffCounty })
	}, named("务工补贴", "务工交通", "交通补")),
	unfounded("public_post_without_worker", "有公益岗位帮扶而无在岗人员", "公益性岗位人员", func(m *Member) bool { return m.PublicPosts > 0 },
		func(x FamilyMeasure) bool { return x.Kind == "public_post" }),
	unfounded("tekun_measure_without_person", "有特困供养而无特困人员", "特困供养人员", func(m *Member) bool { return yes(m.Tekun) }, named("特困")),
}

func named(words ...string) func(FamilyMeasure) bool {
	return func(x FamilyMeasure) bool { return hasAny(x.Name, words...) }
}

// unfounded makes a rule for measures that nobody in the family can have (DQ-35).
func unfounded(code, title, who string, is func(*Member) bool, of func(FamilyMeasure) bool) DataRule {
	return household(code, "DQ-35", title, "X 5_18_*", DataError, func(f *Family, _ DataContext) []DataFault {
		i := slices.IndexFunc(f.Measures, of)
		if i < 0 || f.any(is) {
			return nil
		}
		return fault("登记有帮扶措施“"+f.Measures[i].Name+"”，家庭成员中没有"+who+"；请核实措施或成员信息", "措施", f.Measures[i].Name)
	}).needing(measured)
}

// measureMissing begins some months after the identification; a measure that does not say which risk it answers may
// answer any that its kind fits.
func measureMissing(f *Family, c DataContext) []DataFault {
	if !f.InForce() || f.Episode.Identified.IsZero() || !f.Episode.Identified.AddMonths(c.thresholds().measureMonths).Before(c.Today) {
		return nil
	}
	var have []Measure
	for _, x := range f.Measures {
		for _, risk := range f.Episode.RiskTypes {
			if x.Risk == "" || x.Risk == risk {
				have = append(have, Measure{x.Kind, risk})
			}
		}
	}
	var open []string
	for _, risk := range Unanswered(f.Episode.RiskTypes, have, c.Snapshot) {
		open = append(open, c.Title("risk_type_set", risk))
	}
	if len(open) == 0 {
		return nil
	}
	words := strings.Join(open, "、")
	return fault("识别已满"+months(c.thresholds().measureMonths)+"，"+words+"没有针对性帮扶措施；请制定并落实", "缺措施的风险", words)
}

func labourOnlySecurity(f *Family, _ DataContext) []DataFault {
	other := func(x FamilyMeasure) bool { return x.Kind != "security" }
	if !f.InForce() || len(f.Measures) == 0 || slices.ContainsFunc(f.Measures, other) || !f.any((*Member).FullLabour) {
		return nil
	}
	return fault("家中有劳动力，帮扶措施只有综合保障；请安排产业、就业等开发式措施", "措施", "综合保障")
}

// withoutLabour tells whether a monitored family is known to have nobody who can work.
func (f *Family) withoutLabour() bool {
	return f.InForce() && len(f.Members) > 0 && !f.any(func(m *Member) bool { return !m.NoLabour() })
}

func noLabourWithoutDibao(f *Family, _ DataContext) []DataFault {
	helped := f.LowIncome == ClassDibao || f.LowIncome == ClassTekun || f.any(func(m *Member) bool { return yes(m.Dibao) || yes(m.Tekun) })
	told := f.any(func(m *Member) bool { return m.Dibao != nil })
	if !f.withoutLabour() || helped || !told {
		return nil
	}
	return fault("整户无劳动力，未享受低保或特困供养；请商民政部门核实", "低保", "否")
}

func noLabourWithoutFlag(f *Family, _ DataContext) []DataFault {
	if !f.withoutLabour() || yes(f.NoLabour) {
		return nil
	}
	return fault("全部成员登记为无劳动力，未标注为整户无劳动能力兜底保障户；请补充标注或更正劳动技能", "兜底保障户", known(f.NoLabour))
}
