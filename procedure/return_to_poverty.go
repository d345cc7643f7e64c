package procedure

// returnCauses are why a household fell back (S002 #46, #56).
var returnCauses = []Option{{"disaster", "因灾"}, {"illness", "因病"}, {"schooling", "因学"}, {"disability", "因残"}, {"labour", "缺劳动力"}, {"accident", "因意外事故"}, {"other", "其他"}}

// returnToPovertyV1 is 2.11b, of the regime before 2021. What has been entered is never
// changed (S002 #50): a mistake is put right by a correction that names the record it
// corrects and leaves it as it was.
var returnToPovertyV1 = Definition{
	Name: "return_to_poverty", Version: 1, Title: "返贫纳入", Prefix: "FP", Mode: Durable, Initial: "proposed", OnePerHousehold: true,
	States: []StateDef{
		{Code: "proposed", Title: "提出", Todo: []Role{Surveyor}},
		{Code: "verified", Title: "村级核实", Todo: []Role{CountyOffice}},
		{Code: "dept_check", Title: "部门比对", Todo: []Role{CountyOffice}},
		{Code: "district_home_check", Title: "区级逐户核实", Todo: []Role{CountyOffice}},
		{Code: "city_explained", Title: "向市说明", Todo: []Role{DataEntry}},
		{Code: "entered", Title: "已录入(不可改)", Final: true},
		{Code: "refused", Title: "不予纳入", Final: true},
		{Code: "corrected", Title: "更正记录", Final: true},
	},
	Opening: Opening{
		Roles:  []Role{VillageCadre, VillageSecretary, TownshipOffice, CountyOffice},
		Form:   []Field{integer("year", "返贫年度", 2014, 2100).fact(), Field{Code: "causes", Title: "返贫原因", Kind: Choices, Required: true, Class: P3, Options: returnCauses}, long("content", "情况说明").class(P2)},
		Guards: guards(GuardOutOfPoverty),
	},
	Events: []Event{
		{Code: "verify", Title: "核实", From: []State{"proposed"}, To: "verified", Roles: []Role{Surveyor},
			Signers: []Signer{{Title: "其他调查人员", Roles: []Role{Surveyor}, Min: 1, MinKey: "verify_team_min"}},
			Form: []Field{date("visited_on", "入户日期").past(), {Code: "causes", Title: "核实的返贫原因", Kind: Choices, Required: true, Class: P3, Options: returnCauses},
				{Code: "cause_note", Title: "其他原因说明", Kind: Text, Required: true, Class: P3, MaxLen: 200, When: &When{"causes", []string{"other"}}},
				money("income_per_head", "人均纯收入"), long("findings", "核实情况").class(P3), files("farmer_signature", "农户签字或手印")},
			Guards: guards(GuardSigned), Document: "返贫核实表"},
		{Code: "compare", Title: "比对", From: []State{"verified"}, To: "dept_check", Roles: []Role{CountyOffice},
			Form: []Field{text("batch_no", "比对批次"), date("sent_on", "送比对日期").past()}},
		{Code: "compare_fail", Title: "不符", Decides: true, From: []State{"dept_check"}, To: "refused", Roles: []Role{CountyOffice},
			Form: []Field{long("result", "比对结果").class(P4), reason, householdTold}},
		{Code: "district_check", Title: "入户", From: []State{"dept_check"}, To: "district_home_check", Roles: []Role{CountyOffice}, NotBy: []string{"verify"},
			Form: []Field{long("result", "比对结果").class(P4), date("visit_on", "入户安排日期"), must("every_household", "逐户入户，不抽样")}},
		{Code: "district_fail", Title: "不符", From: []State{"district_home_check"}, To: "refused", Roles: []Role{CountyOffice}, NotBy: []string{"verify"},
			Form: []Field{date("visited_on", "入户日期").past(), long("findings", "入户核实情况").class(P3), reason, householdTold}},
		{Code: "explain", Title: "说明", From: []State{"district_home_check"}, To: "city_explained", Roles: []Role{CountyOffice}, NotBy: []string{"verify"},
			Form:     []Field{date("visited_on", "入户日期").past(), long("findings", "入户核实情况").class(P3), long("explanation", "向市级说明的内容").class(P2), date("explained_on", "说明日期").past(), files("paper", "说明材料")},
			Document: "返贫情况说明"},
		{Code: "enter", Title: "录入", From: []State{"city_explained"}, To: "entered", Roles: []Role{DataEntry}, NotBy: []string{"explain"},
			Signers: []Signer{{Title: "复核人", Roles: []Role{DataEntry, TownshipOffice}, Min: 1}},
			Form: []Field{text("national_no", "国家系统编号"), date("entered_on", "录入日期").past(), {Code: "causes", Title: "录入的返贫原因", Kind: Choices, Required: true, Class: P3, Options: returnCauses},
				must("immutable", "已知录入后不可修改")},
			Guards: guards(GuardSigned), Document: "录入回执"},
		{Code: "correct", Title: "更正", From: []State{"entered"}, To: "corrected", Roles: []Role{CountyOffice}, NotBy: []string{"enter"}, Correction: true,
			Form: []Field{{Code: "corrections", Title: "更正内容", Kind: Rows, Required: true, Class: P3, Columns: []Field{
				text("item", "数据项").class(P2), text("recorded", "原记录").class(P3), text("right", "应为").class(P3)}},
				files("proof", "证明材料"), reason},
			Derive: []string{"corrected_record"}, Document: "返贫更正记录"},
	},
}
