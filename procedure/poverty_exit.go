package procedure

import "slices"

// exitOwners sign the criteria they answer for, each its own, in this order (S002 #31
// to #38). The community's two, E1 and E7, are signed when it reports the household.
var exitOwners = []Signer{
	{Title: "E2 饮水安全（水利）", Roles: []Role{TownshipDept, CountyDept}, Dept: "water_affairs", Min: 1},
	{Title: "E3 住房安全（住建）", Roles: []Role{TownshipDept, CountyDept}, Dept: "housing", Min: 1},
	{Title: "E4 义务教育（教体）", Roles: []Role{TownshipDept, CountyDept}, Dept: "education", Min: 1},
	{Title: "E5 基本医疗（医保）", Roles: []Role{TownshipDept, CountyDept}, Dept: "medical_insurance", Min: 1},
	{Title: "E6 养老保险（人社）", Roles: []Role{TownshipDept, CountyDept}, Dept: "human_resources", Min: 1},
}

// exitHelp are the ten kinds of assistance of which an exit needs one (S002 #39).
var exitHelp = []Option{
	{"relocation", "易地扶贫搬迁"}, {"house_renovation", "农村危房改造"}, {"industry", "产业带动"}, {"education", "教育帮扶"}, {"asset_income", "资产收益"},
	{"job_training", "就业培训"}, {"labour_transfer", "有序转移就业"}, {"finance", "金融扶持"}, {"ecology", "生态扶持"}, {"dibao", "低保兜底"},
}

// ExitHelp are those kinds.
func ExitHelp() []Option { return slices.Clone(exitHelp) }

// exitSurvey asks what the seven criteria look at (5.5 Exit, S002 #28 to #44).
var exitSurvey = []Field{
	date("visited_on", "入户日期").past(), text("respondent", "受访人").class(P2),
	date("cycle_from", "收入计算周期起").fact(), date("cycle_to", "收入计算周期止").fact().past(),
	money("income_per_head", "周期内人均纯收入").help("低保金、养老金计入"), yes("income_stable", "E1 收入稳定、来源真实").class(P2), yes("food_clothes", "E1 有必需的口粮和四季衣服").class(P2),
	yes("tap_water", "E2 通自来水").class(P2), {Code: "water_radius_m", Title: "E2 取水半径（米）", Kind: Integer, Class: P2, Required: true, Min: num(0), Max: num(20000), When: &When{"tap_water", []string{"false"}}},
	{Code: "water_safe", Title: "E2 饮水安全有保障", Kind: Yes, Class: P2, Required: true, When: &When{"tap_water", []string{"false"}}},
	yes("house_safe", "E3 住房遮风避雨、结构安全").class(P2), yes("moved_in", "E3 已实际入住").class(P2),
	yes("no_dropout", "E4 义务教育阶段无辍学").class(P3), yes("students_supported", "E4 “两后生”入学或有实际帮扶").class(P3),
	yes("all_insured", "E5 全员参加基本医保和大病保险").class(P3), yes("all_doctor_signed", "E5 家庭医生全员签约").class(P3),
	yes("all_pensioned", "E6 符合条件的成员全部参加养老保险").class(P2),
	{Code: "assistance", Title: "E7 已享受的帮扶项目", Kind: Choices, Class: P1, Options: exitHelp},
	long("findings", "调查情况").class(P3), files("surveyor_signature", "调查人员签字"), files("farmer_signature", "农户签字或手印"),
}

// povertyExitV1 is 2.11, of the regime before 2021: six steps, none of which may be
// left out (S002 #26, #40), and a household below the standard never leaves (S002 #41).
var povertyExitV1 = Definition{
	Name: "poverty_exit", Version: 1, Title: "脱贫退出", Prefix: "TP", Mode: Durable, Initial: "analysis", OnePerHousehold: true,
	States: []StateDef{
		{Code: "analysis", Title: "贫情分析", Todo: committees},
		{Code: "home_survey", Title: "入户调查", Todo: append([]Role{Surveyor}, committees...)},
		{Code: "committee", Title: "两委商议", Todo: committees},
		{Code: "review_notice", Title: "评议公示"},
		{Code: "community_verified", Title: "社区核查公告", Todo: []Role{VillageSecretary}},
		{Code: "dept_check", Title: "部门复核", Todo: []Role{TownshipDept, CountyDept, TownshipOffice}},
		{Code: "rectify", Title: "反馈整改", Todo: []Role{VillageSecretary, TownshipOffice}},
		{Code: "district_review", Title: "区级审定", Todo: []Role{CountyOffice}},
		{Code: "exited", Title: "已销号", Final: true},
		{Code: "not_exited", Title: "不予退出", Final: true},
	},
	Opening: Opening{
		Roles: []Role{VillageCadre, VillageSecretary, TownshipOffice, CountyOffice},
		Form: []Field{integer("year", "退出年度", 2014, 2100).fact(), text("poor_no", "建档立卡编号").maxLen(60), must("registered_poor", "系在册建档立卡贫困户"),
			date("stage_end", "本阶段截止日期").optional().fact().help("方案规定的入户调整截止日期")},
		Guards: guards(GuardStillPoor),
	},
	Events: []Event{
		{Code: "select", Title: "初选", From: []State{"analysis"}, To: "home_survey", Roles: committees,
			Form: []Field{long("analysis", "贫情分析").class(P2), date("met_on", "研判日期").past()}, Document: "贫情分析记录"},
		{Code: "survey", Title: "调查", From: []State{"home_survey"}, To: "committee", Roles: []Role{Surveyor},
			Signers: []Signer{{Title: "其他调查人员", Roles: []Role{Surveyor}, Min: 1, MinKey: "verify_team_min"}},
			Form:    exitSurvey, Guards: guards(GuardSigned, GuardExitCycle), Document: "贫困户退出调查表"},
		{Code: "propose", Title: "商议", From: []State{"committee"}, To: "review_notice", Roles: committees, NotBy: []string{"survey"},
			Signers: []Signer{{Title: "另一名“两委”成员", Roles: committees, Min: 1}},
			Form:    []Field{date("met_on", "商议日期").past(), long("minutes", "商议记录").class(P2), must("household_agrees", "农户同意退出"), files("household_signature", "农户签字确认")},
			Guards:  guards(GuardSigned, GuardExitStandard), Effects: []Effect{{Kind: OpenCase, Procedure: "village_notice"}}, Document: "“两委”商议记录"},
		{Code: "drop", Title: "不符", Decides: true, From: []State{"home_survey", "committee"}, To: "not_exited", Roles: committees, Form: []Field{reason, householdTold}},
		{Code: "notice_ok", Title: "公示通过", From: []State{"review_notice"}, To: "community_verified", Roles: byProcedure, Guards: []Guard{{GuardNoticeEnded, "passed"}}},
		{Code: "notice_bad", Title: "异议成立", From: []State{"review_notice"}, To: "home_survey", Roles: byProcedure, Guards: []Guard{{GuardNoticeEnded, "upheld"}}},
		{Code: "send", Title: "报复核", From: []State{"community_verified"}, To: "dept_check", Roles: []Role{VillageSecretary},
			Signers: []Signer{{Title: "村（社区）“两委”", Roles: []Role{VillageCadre}, Min: 1}},
			Form: []Field{date("announced_on", "核查公告日期").past(), text("place", "公告地点").class(P0),
				must("e1_answered", "E1 收入和吃穿经社区核查达标，并对结果负责"), must("e7_answered", "E7 帮扶项目经社区核查属实，并对结果负责")},
			Guards: guards(GuardSigned), Derive: []string{"first_owner"}, Document: "社区核查公告"},
		{Code: "dept_fail", Title: "反馈问题", Decides: true, From: []State{"dept_check"}, To: "rectify", Roles: []Role{TownshipDept, CountyDept}, Return: true,
			Form: []Field{choice("item", "未达标的指标", Option{"water_affairs", "E2 饮水安全"}, Option{"housing", "E3 住房安全"}, Option{"education", "E4 义务教育"},
				Option{"medical_insurance", "E5 基本医疗"}, Option{"human_resources", "E6 养老保险"}).fact(), reason},
			Guards: guards(GuardOwnDepartment, GuardFirstInQueue, GuardOwnItem), Derive: []string{"rectify_by"}, Document: "部门复核反馈"},
		{Code: "rectified", Title: "整改后重报", From: []State{"rectify"}, To: "dept_check", Roles: []Role{VillageSecretary},
			Form: []Field{long("result", "整改情况").class(P2), files("evidence", "佐证材料")}, Derive: []string{"first_owner"}},
		{Code: "dept_drop", Title: "无法达标", Decides: true, From: []State{"rectify"}, To: "not_exited", Roles: []Role{TownshipOffice}, Form: []Field{reason, householdTold}},
		{Code: "dept_pass", Title: "复核通过", From: []State{"dept_check"}, To: "district_review", Roles: []Role{TownshipOffice}, NotBy: []string{"survey"},
			Signers: exitOwners, Form: []Field{long("opinion", "汇总意见"), files("list", "复核结果汇总表").optional()}, Guards: guards(GuardSigned), Document: "部门复核结果"},
		{Code: "district_return", Title: "退回", Decides: true, From: []State{"district_review"}, To: "rectify", Roles: []Role{CountyOffice}, Form: []Field{reason}, Return: true,
			Derive: []string{"rectify_by"}},
		{Code: "district_pass", Title: "审定销号", From: []State{"district_review"}, To: "exited", Roles: []Role{CountyOffice}, NotBy: []string{"survey", "dept_pass"},
			Form:    []Field{long("opinion", "审定意见"), text("list_no", "退出名单编号"), must("city_reported", "已按程序上报市级"), date("reported_on", "上报日期").past()},
			Effects: []Effect{{Kind: RunHook, Hook: "out_of_poverty"}}, Document: "贫困退出名单"},
	},
	Clocks: []Clock{
		{Code: "stage", Title: "阶段截止", In: []State{"analysis", "home_survey", "committee"}, Until: "stage_end", Ladder: "standard"},
		{Code: "rectify", Title: "反馈整改", In: []State{"rectify"}, Until: "rectify_by", Ladder: "standard"},
	},
}
