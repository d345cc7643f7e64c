package policy

import (
	"fmt"
	"strings"
)

// schoolingRules are DQ-07 and DQ-23 to DQ-25. Ages are full years, both ends allowed.
var schoolingRules = []DataRule{
	member("grade_unchanged", "DQ-07", "连续年度就读同一年级", "S002 S2-057", DataDoubt, gradeUnchanged).needing(schooled),
	member("education_and_school_both", "DQ-23", "文化程度与在校生状况同时填写", "X 3_01_003", DataError, educationAndSchool).needing(schooled),
	member("education_school_blank", "DQ-23", "文化程度、在校生状况和未上学原因均未填写", "X 3_01_003", DataError, educationBlank).needing(registered),
	stageAge("junior_age", "初中学生年龄不在12至17岁之间", 12, 17, StageJunior),
	stageAge("senior_age", "高中、中职学生年龄不在15至20岁之间", 15, 20, StageSenior, StageVocational),
	member("preschool_age", "DQ-24", "7岁及以上健康儿童仍为学龄前", "X 5_17_*", DataDoubt, preschoolAge).needing(schooled),
	stageAge("college_age", "高职高专、本科学生不满18岁", 18, oldest, StageCollege, StageUniversity),
	stageAge("master_age", "硕士及以上学生不满20岁", 20, oldest, StageMaster),
	member("primary_education_age", "DQ-24", "16至22岁文化程度为小学及以下", "X 5_12_*", DataDoubt, primaryEducation),
	member("out_of_school_unexplained", "DQ-25", "义务教育阶段未上学且未填原因", "X 5_15_016", DataError, outOfSchool),
	member("dropout_flag_without_child", "DQ-25", "填了失学辍学原因而不属于义务教育阶段未上学", "X 5_15_017", DataError, dropoutFlag).needing(unschooled),
}

// oldest is an age that bounds nothing.
const oldest = 200

// stageAge makes the rule for the usual ages of a stage, from lo to hi.
func stageAge(code, title string, lo, hi int, stages ...Stage) DataRule {
	return member(code, "DQ-24", title, "X 5_17_*", DataDoubt, func(m *Member, _ *Family, c DataContext) says {
		age, known := m.Age(c.Today)
		stage := m.stage()
		for _, s := range stages {
			if known && stage == s && (age < lo || age > hi) {
				return wrong(fmt.Sprintf("%d岁，在校生状况为“%s”，年龄与学段不符；请核对出生日期和在校情况", age, m.School), "年龄", fmt.Sprint(age), "在校生状况", m.School)
			}
		}
		return says{}
	}).needing(schooled)
}

func gradeUnchanged(m *Member, _ *Family, _ DataContext) says {
	if m.School != m.SchoolBefore || !m.InSchool() || !gradedSchool(m.School) {
		return says{}
	}
	return wrong(fmt.Sprintf("上年和本年均登记为“%s”；升学的请更新，留级的请说明", m.School), "在校生状况", m.School)
}

func educationAndSchool(m *Member, _ *Family, _ DataContext) says {
	if m.Education == "" || !m.InSchool() {
		return says{}
	}
	return wrong("文化程度与在校生状况只应填一项；在校的请删去文化程度，已毕业的请删去在校生状况", "文化程度", m.Education, "在校生状况", m.School)
}

// educationBlank leaves children of compulsory age to outOfSchool.
func educationBlank(m *Member, f *Family, c DataContext) says {
	l := c.thresholds()
	if !f.Registered() || m.Education != "" || m.School != "" || m.NotInSchool != "" || m.between(l.school.lo, l.school.hi, c.Today) {
		return says{}
	}
	return wrong("文化程度、在校生状况均未填写；请补充其中一项", "文化程度", "未登记", "在校生状况", "未登记")
}

func preschoolAge(m *Member, _ *Family, c DataContext) says {
	age, known := m.Age(c.Today)
	if !known || age < 7 || !m.Healthy() || m.stage() != StagePreschool {
		return says{}
	}
	return wrong(fmt.Sprintf("%d岁，健康，仍登记为学龄前儿童；请核实是否已入学", age), "年龄", fmt.Sprint(age), "在校生状况", m.School)
}

func primaryEducation(m *Member, _ *Family, c DataContext) says {
	if !m.between(16, 22, c.Today) || m.InSchool() || !(hasAny(m.Education, "文盲", "未上") || strings.HasPrefix(m.Education, "小学")) {
		return says{}
	}
	return wrong(fmt.Sprintf("16至22岁，文化程度为“%s”；请核实是否接受过义务教育", m.Education), "文化程度", m.Education)
}

// graduated tells whether the compulsory years are done.
func (m *Member) graduated() bool {
	return hasAny(m.Education, "初中", "高中", "中专", "大专", "本科")
}

func outOfSchool(m *Member, _ *Family, c DataContext) says {
	l := c.thresholds()
	if m.InSchool() || m.NotInSchool != "" || !m.between(l.school.lo, l.school.hi, c.Today) || m.graduated() {
		return says{}
	}
	return wrong("属义务教育阶段，未登记在校情况，也未填未上学原因；请核实在校情况，确未上学的填明原因并劝返", "在校生状况", orElse(m.School, "未登记"))
}

func dropoutFlag(m *Member, _ *Family, c DataContext) says {
	l := c.thresholds()
	age, known := m.Age(c.Today)
	if m.NotInSchool == "" || !known || age >= l.school.lo && age <= l.school.hi && !m.InSchool() {
		return says{}
	}
	return wrong("填了义务教育阶段未上学原因，但本人已在校或不在义务教育年龄；请更正", "未上学原因", m.NotInSchool, "在校生状况", orElse(m.School, "未登记"))
}
