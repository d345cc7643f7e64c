package policy

// residencyKeys steer the monthly check of resident teams (2.16).
var residencyKeys = []Key{
	count("resident_days_min", "驻村工作队员每月驻村天数下限", "天", "20", "S003 #22", 0, 31),
}

// ResidencyFacts is a month of a member of a resident team.
type ResidencyFacts struct {
	Days                                                             int
	LongPlan, AnnualPlan, AccidentInsured, IllnessInsured, TasksDone bool
}

// Residency checks a month (S003 #5, #22); what it finds is told, and nothing follows.
func Residency(f ResidencyFacts, s Snapshot) []Fault {
	var out []Fault
	if least := s.Int("resident_days_min"); f.Days < least {
		out = append(out, bad("resident_days", "驻村 %d 天，少于 %d 天", f.Days, least)...)
	}
	for _, x := range []struct {
		ok         bool
		code, word string
	}{
		{f.LongPlan, "resident_long_plan", "没有制定或执行乡村振兴帮扶规划"}, {f.AnnualPlan, "resident_annual_plan", "没有制定或执行年度计划"},
		{f.AccidentInsured, "resident_accident", "没有购买人身意外保险"}, {f.IllnessInsured, "resident_illness", "没有购买重大疾病保险"},
		{f.TasksDone, "resident_tasks", "《驻村工作提示》所列任务没有完成"},
	} {
		if !x.ok {
			out = append(out, bad(x.code, "%s", x.word)...)
		}
	}
	return out
}
