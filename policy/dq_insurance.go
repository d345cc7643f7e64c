package policy

// insuranceRules are DQ-26. A blank is a fault in the national system only.
var insuranceRules = []DataRule{
	member("uninsured", "DQ-26", "未参加基本医疗保险", "X 2_12_015, S003 #20", DataError, uninsured),
	member("double_insured", "DQ-26", "同时参加居民医保和职工医保", "X 2_12_015", DataError, doubleInsured),
	member("insurance_blank", "DQ-26", "基本医疗保险未登记", "X 1_02_003", DataError, insuranceBlank).needing(registered),
	member("serious_illness_insurance_blank", "DQ-26", "大病保险未登记", "X 1_02_003", DataError, seriousIllnessBlank).needing(registered),
}

func yes(b *bool) bool { return b != nil && *b }

func no(b *bool) bool { return b != nil && !*b }

// known writes a fact that may be missing.
func known(b *bool) string {
	if b == nil {
		return "未登记"
	}
	return yesText(*b)
}

func (m *Member) insurance() []string {
	return []string{"居民医保", known(m.ResidentInsured), "职工医保", known(m.EmployeeInsured), "大病保险", known(m.SeriousIllnessInsured)}
}

func uninsured(m *Member, _ *Family, _ DataContext) says {
	if no(m.ResidentInsured) && no(m.EmployeeInsured) {
		return wrong("未参加居民医保，也未参加职工医保；请动员参保", m.insurance()...)
	}
	return says{}
}

func doubleInsured(m *Member, _ *Family, _ DataContext) says {
	if yes(m.ResidentInsured) && yes(m.EmployeeInsured) {
		return wrong("居民医保和职工医保都登记为参加；请核实后保留一种", m.insurance()...)
	}
	return says{}
}

func insuranceBlank(m *Member, f *Family, _ DataContext) says {
	blank := !yes(m.ResidentInsured) && !yes(m.EmployeeInsured) && (m.ResidentInsured == nil || m.EmployeeInsured == nil)
	if !f.Registered() || !blank {
		return says{}
	}
	return wrong("未登记参加哪一种基本医疗保险；请补充", m.insurance()...)
}

// seriousIllnessBlank: who is insured as an employee has the cover of that insurance.
func seriousIllnessBlank(m *Member, f *Family, _ DataContext) says {
	if !f.Registered() || m.SeriousIllnessInsured != nil || yes(m.EmployeeInsured) {
		return says{}
	}
	return wrong("是否参加大病保险未登记；请补充", m.insurance()...)
}
