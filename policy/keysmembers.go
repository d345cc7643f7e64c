package policy

// memberKeys steer member changes, data issues, medical re-assistance and the exit of the regime before 2021.
var memberKeys = []Key{
	budget("counterpart_days", "转移的对方村确认", "5", "D", ""),
	codeSet("member_in_reasons", "家庭成员新增原因", "S002, D", []Item{{"birth", "新生儿"}, {"marriage", "婚入"}, {"adoption", "收养"}, {"moved_in", "户口迁入"},
		{"discharged", "退伍、刑满释放等返乡"}, {"other", "其他"}}),
	codeSet("member_out_reasons", "家庭成员减少原因", "S002, D", []Item{{"death", "死亡"}, {"marriage", "婚出"}, {"moved_out", "户口迁出"}, {"split", "分户、并户"},
		{"enlisted", "服兵役、服刑等销户"}, {"other", "其他"}}),
	budget("issue_assign_days", "问题数据派发", "1", "D", ""),
	budget("issue_verify_days", "问题数据核验", "2", "D", ""),
	{Code: "disposable_income_fen", Title: "上年度当地居民人均可支配收入", Kind: KindInt, Unit: "分", Basis: "S003 #12", Check: whole(100_000, 100_000_000)},
	budget("medical_alert_days", "医疗再救助预警处理", "5", "D", ""),
	budget("medical_check_days", "医疗再救助核实送审", "5", "D", ""),
	budget("medical_review_days", "医疗再救助医保审核", "10", "D", ""),
	{Code: "exit_income_fen", Title: "贫困退出人均纯收入标准", Kind: KindInt, Unit: "分", Basis: "S002 #32", Default: encode(350_000), Check: whole(100_000, 10_000_000)},
	count("exit_water_radius_m", "贫困退出取水半径上限", "米", "1000", "S002 #33", 1, 20000),
	{Code: "exit_rectify_by", Title: "贫困退出反馈问题整改截止月日", Kind: KindText, Basis: "S002 #16", Default: encode("11-10"), Check: parsed(parseMonthDay)},
}
