package policy

import (
	"fmt"
	"slices"
)

// labourRules are DQ-27 to DQ-31. Ages are full years; pay is a month's, in fen.
var labourRules = []DataRule{
	member("child_labour", "DQ-27", "未满16周岁登记为有劳动力", "X 5_12_*", DataError, childLabour),
	member("child_works", "DQ-27", "未满16周岁登记有务工", "X 5_12_*", DataError, childWorks).needing(worked),
	member("child_public_post", "DQ-27", "未满16周岁登记有公益性岗位", "X 5_12_*", DataError, childPost).needing(posted),
	member("old_public_post", "DQ-27", "70周岁及以上登记有公益性岗位", "X 5_12_*", DataDoubt, oldPost).needing(posted),
	member("public_posts_many", "DQ-27", "同时登记3个及以上公益性岗位", "X 5_12_*", DataError, manyPosts).needing(posted),
	member("healthy_without_labour", "DQ-28", "健康的16至59岁非在校人员登记为弱劳动力或无劳动力", "X 5_12_008", DataDoubt, healthyWithoutLabour),
	member("student_with_labour", "DQ-28", "在校生未登记为无劳动力", "X 5_12_008", DataDoubt, studentWithLabour).needing(schooled),
	member("severe_limb_labour", "DQ-29", "肢体重度残疾登记为普通或技能劳动力", "X 5_12_*", DataDoubt, severeLimbLabour).needing(impaired),
	member("disabled_without_certificate", "DQ-29", "登记为残疾而无残疾证号", "X 5_12_*", DataDoubt, noCertificate).needing(impaired),
	member("no_labour_working", "DQ-30", "无劳动力或丧失劳动力人员在务工", "X 2_12_004", DataError, noLabourWorking).needing(worked),
	member("tekun_working", "DQ-30", "特困供养人员在务工", "X 2_12_004", DataError, tekunWorking).needing(worked),
	member("work_overlap", "DQ-31", "务工开始早于上一段务工结束", "X 5_16_002", DataError, workOverlap).needing(worked),
	member("work_end_missing", "DQ-31", "已有后一段务工而前一段未填结束日期", "X 5_16_002", DataError, workEndMissing).needing(worked),
	member("work_end_wrong", "DQ-31", "务工结束日期在今天之后或早于开始日期", "X 5_16_002", DataError, workEndWrong).needing(worked),
	member("work_income_range", "DQ-31", "务工月收入低于100元或高于30000元", "X 5_12_006", DataDoubt, workIncomeRange).needing(worked),
	member("work_blank", "DQ-31", "务工企业、行业或就业渠道未填写", "X 5_12_006", DataError, workBlank).needing(worked),
}

// Ages and amounts that domain 5.5 names.
const (
	workingAge     = 16
	retiredAge     = 59
	oldestPostAge  = 69
	mostPosts      = 2
	leastMonthPay  = 100_00
	largestMonthly = 30_000_00
)

// child tells whether the member is known to be under the working age.
func (m *Member) child(c DataContext) bool { return m.between(-1, workingAge-1, c.Today) }

func (m *Member) canWork() bool { can, _ := CanWork(m.Labour); return can }

func (m *Member) ageText(c DataContext) string {
	age, known := m.Age(c.Today)
	if !known {
		return "未知"
	}
	return fmt.Sprint(age)
}

func childLabour(m *Member, _ *Family, c DataContext) says {
	if !m.child(c) || !m.canWork() {
		return says{}
	}
	return wrong(fmt.Sprintf("未满16周岁，劳动技能登记为“%s”；应登记为无劳动力", m.Labour), "年龄", m.ageText(c), "劳动技能", m.Labour)
}

func childWorks(m *Member, _ *Family, c DataContext) says {
	if len(m.Work) == 0 || !m.child(c) {
		return says{}
	}
	return wrong("未满16周岁，登记有务工；请核实，录错的更正，属实的立即上报", "年龄", m.ageText(c), "务工记录", fmt.Sprint(len(m.Work)))
}

func childPost(m *Member, _ *Family, c DataContext) says {
	if m.PublicPosts == 0 || !m.child(c) {
		return says{}
	}
	return wrong("未满16周岁，登记有公益性岗位；请核实更正", "年龄", m.ageText(c), "公益性岗位", fmt.Sprint(m.PublicPosts))
}

func oldPost(m *Member, _ *Family, c DataContext) says {
	if age, known := m.Age(c.Today); m.PublicPosts == 0 || !known || age <= oldestPostAge {
		return says{}
	}
	return wrong("70周岁及以上，登记有公益性岗位；请核实是否仍在岗", "年龄", m.ageText(c), "公益性岗位", fmt.Sprint(m.PublicPosts))
}

func manyPosts(m *Member, _ *Family, _ DataContext) says {
	if m.PublicPosts <= mostPosts {
		return says{}
	}
	return wrong(fmt.Sprintf("登记有%d个公益性岗位；请核实后更正", m.PublicPosts), "公益性岗位", fmt.Sprint(m.PublicPosts))
}

func healthyWithoutLabour(m *Member, _ *Family, c DataContext) says {
	if !m.between(workingAge, retiredAge, c.Today) || m.InSchool() || !m.Healthy() || !(m.NoLabour() || m.WeakLabour()) {
		return says{}
	}
	return wrong(fmt.Sprintf("健康，16至59岁，不在校，劳动技能登记为“%s”；请核实健康状况和劳动技能", m.Labour), "年龄", m.ageText(c), "劳动技能", m.Labour)
}

// studentWithLabour leaves those under the working age to childLabour.
func studentWithLabour(m *Member, _ *Family, c DataContext) says {
	if !m.InSchool() || m.child(c) || !m.canWork() {
		return says{}
	}
	return wrong(fmt.Sprintf("在校（%s），劳动技能登记为“%s”；在校生应登记为无劳动力", m.School, m.Labour), "在校生状况", m.School, "劳动技能", m.Labour)
}

func severeLimbLabour(m *Member, _ *Family, _ DataContext) says {
	if !hasAny(m.Disability, "肢体") || !m.SeverelyDisabled() || !m.FullLabour() {
		return says{}
	}
	return wrong(fmt.Sprintf("%s，劳动技能登记为“%s”；请核实更正", m.Disability, m.Labour), "残疾情况", m.Disability, "劳动技能", m.Labour)
}

func noCertificate(m *Member, _ *Family, _ DataContext) says {
	if !m.Disabled() || m.Certificate != "" {
		return says{}
	}
	return wrong("登记为残疾，未登记残疾证号；已办证的请补录，未办证的请协助办理", "健康状况", orElse(m.Health, "未登记"), "残疾证", "未登记")
}

func noLabourWorking(m *Member, _ *Family, c DataContext) says {
	if !m.NoLabour() || !m.Working(c.Today) {
		return says{}
	}
	return wrong(fmt.Sprintf("劳动技能登记为“%s”，又登记正在务工；请更正其中一项", m.Labour), "劳动技能", m.Labour, "正在务工", "是")
}

func tekunWorking(m *Member, _ *Family, c DataContext) says {
	if !yes(m.Tekun) || !m.Working(c.Today) {
		return says{}
	}
	return wrong("享受特困供养，又登记正在务工；请核实待遇和务工情况", "特困供养", "是", "正在务工", "是")
}

// perWork asks one question of each stretch of work, in the order of their beginning; next is the one that follows.
func (m *Member) perWork(ask func(w WorkRecord, next *WorkRecord) says) says {
	work := m.Work
	if byStart := func(a, b WorkRecord) int { return a.Started.Sub(b.Started) }; !slices.IsSortedFunc(work, byStart) {
		work = slices.Clone(work)
		slices.SortStableFunc(work, byStart)
	}
	for i, w := range work {
		var next *WorkRecord
		if i+1 < len(work) {
			next = &work[i+1]
		}
		if s := ask(w, next); s.message != "" {
			return s
		}
	}
	return says{}
}

func workOverlap(m *Member, _ *Family, _ DataContext) says {
	return m.perWork(func(w WorkRecord, next *WorkRecord) says {
		if next == nil || w.Started.IsZero() || w.Ended.IsZero() || !next.Started.Before(w.Ended) {
			return says{}
		}
		return wrong(fmt.Sprintf("%s开始的务工早于上一段务工的结束日期%s；请更正日期", next.Started.Chinese(), w.Ended.Chinese()),
			"开始", next.Started.String(), "上一段结束", w.Ended.String())
	})
}

func workEndMissing(m *Member, _ *Family, _ DataContext) says {
	return m.perWork(func(w WorkRecord, next *WorkRecord) says {
		if next == nil || w.Started.IsZero() || !w.Ended.IsZero() {
			return says{}
		}
		return wrong(fmt.Sprintf("%s开始的务工未填结束日期，之后又有务工；请补充结束日期", w.Started.Chinese()), "开始", w.Started.String(), "结束", "未登记")
	})
}

func workEndWrong(m *Member, _ *Family, c DataContext) says {
	return m.perWork(func(w WorkRecord, _ *WorkRecord) says {
		if w.Ended.IsZero() || !c.Today.Before(w.Ended) && !w.Ended.Before(w.Started) {
			return says{}
		}
		return wrong(fmt.Sprintf("务工结束日期%s在今天之后或早于开始日期；请更正，仍在务工的不填结束日期", w.Ended.Chinese()),
			"开始", w.Started.String(), "结束", w.Ended.String())
	})
}

func workIncomeRange(m *Member, _ *Family, _ DataContext) says {
	return m.perWork(func(w WorkRecord, _ *WorkRecord) says {
		if w.Income >= leastMonthPay && w.Income <= largestMonthly {
			return says{}
		}
		return wrong(fmt.Sprintf("务工月收入%s元，应在100至30000元之间；请核实是否按月填写", Yuan(w.Income)), "务工月收入", Yuan(w.Income))
	})
}

func workBlank(m *Member, _ *Family, _ DataContext) says {
	return m.perWork(func(w WorkRecord, _ *WorkRecord) says {
		missing := blanks("企业", w.Company, "行业", w.Industry, "就业渠道", w.Channel)
		if missing == "" {
			return says{}
		}
		return wrong("务工的"+missing+"未填写；请补充", "未填写", missing)
	})
}
