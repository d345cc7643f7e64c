package policy

// campaignKeys are the limits of household forms and village forms, the stages of a
// campaign having dates of their own (2.9), and what figures tell.
var campaignKeys = []Key{
	budget("form_ruling_days", "户表请示答复", "1", "D", ""),
	budget("form_instructor_days", "指导员审核户表", "1", "S001", ""),
	budget("form_revisit_days", "户表重访核实", "2", "D", ""),
	budget("form_feedback_days", "录入后等待上级反馈", "5", "D", ""),
	// Fewer households than this are not told by risk type, which is sensitive (3.3).
	count("figures_minimum", "统计中风险类型的最小户数", "户", "5", "D", 2, 100),
	// by_hand leaves it to the offices when they draw one up.
	pick("full_screening_period", "集中排查周期", "half_year", "S003 #23, E-3", "half_year", "year", "by_hand"),
}
