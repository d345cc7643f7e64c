package policy

import (
	"fmt"
	"strings"
)

// Guarantees tells of a family whether the three guarantees and safe drinking water are met by its record, each with its
// rule: schooling, medical care, housing, then water in its four parts before the whole. Yes is met; judge means that a
// fact is missing. Members are counted and not named.
func Guarantees(f *Family, today Date, s Snapshot) []Finding {
	f.Prepare()
	x := &screened{}
	newScreener(today, s, nil).look(x, f)
	return append([]Finding{x.schoolingFinding(), x.insuranceFinding(), x.housingFinding()}, waterFindings(f.Water, s)...)
}

func (x *screened) schoolingFinding() Finding {
	children, unmet, unknown := 0, 0, 0
	for i := range x.f.Members {
		m := &x.f.Members[i]
		age, known := m.Age(x.today)
		if known && age >= x.school.lo && age <= x.school.hi {
			children++
		}
		tally(x.schooled(m), &unmet, &unknown)
	}
	reason := "适龄儿童均在校，或者有规定的情形"
	if children == 0 && unknown == 0 {
		reason = "没有义务教育阶段适龄儿童"
	}
	return finding(ScreenEducation, "义务教育", x.schooling, "S000", missing(reason, "适龄未在校%d人", unmet, "在校情况没有记录或者须核清%d人", unknown),
		val("适龄", "%d至%d岁", x.school.lo, x.school.hi), val("适龄儿童", "%d人", children), val("未落实", "%d人", unmet), val("不清楚", "%d人", unknown))
}

func (x *screened) insuranceFinding() Finding {
	unmet, unknown := 0, 0
	for i := range x.f.Members {
		tally(insured(&x.f.Members[i]), &unmet, &unknown)
	}
	return finding(ScreenMedical, "基本医疗", x.insured, "S002", missing("全员参加一种基本医疗保险和大病保险", "未参保、重复参保或者无大病保险%d人", unmet, "参保情况没有记录%d人", unknown),
		val("家庭成员", "%d人", len(x.f.Members)), val("未落实", "%d人", unmet), val("不清楚", "%d人", unknown))
}

func (x *screened) housingFinding() Finding {
	house := x.f.House
	values := []Value{{"住房等级", orUnknown(house.Grade)}, yesVal("已改造", house.Repaired), yesVal("已入住", house.MovedIn)}
	if house.Dangerous != nil {
		values = append(values, yesVal("危房", *house.Dangerous))
	}
	return finding(ScreenHousing, "住房安全", x.housing, "S002", "等级为A、B级，或者已改造并入住的为安全；"+x.houseText(), values...)
}

// waterFindings are the parts of drinking water and the whole; of a record that lacks one of them the whole is open.
func waterFindings(w *WaterFacts, s Snapshot) []Finding {
	if w == nil {
		return []Finding{finding(ScreenWater, "饮水安全", VerdictJudge, "S000", "饮水情况没有登记，或者登记不全")}
	}
	return Water(*w, s)
}

func tally(v Verdict, unmet, unknown *int) {
	switch v {
	case VerdictNo:
		*unmet++
	case VerdictJudge:
		*unknown++
	}
}

// missing says what is not met and what is not known, or else that all is well.
func missing(well, unmetText string, unmet int, unknownText string, unknown int) string {
	var words []string
	if unmet > 0 {
		words = append(words, fmt.Sprintf(unmetText, unmet))
	}
	if unknown > 0 {
		words = append(words, fmt.Sprintf(unknownText, unknown))
	}
	if len(words) == 0 {
		return well
	}
	return strings.Join(words, "；")
}
