package procedure

import "slices"

// The states of a campaign in which its phases begin, in their order.
var campaignStages = []Option{
	{"draft", "制定方案"}, {"training", "培训"}, {"fieldwork", "入户"}, {"review", "审核复审"}, {"rectification", "整改"}, {"spot_check", "抽查验收"}, {"reporting", "总结报告"},
}

// Duties of the people of a campaign (S001). A guide leads the way and needs no account.
var campaignDuties = []Option{
	{"surveyor", "调查员"}, {"instructor", "指导员"}, {"group_leader", "工作组组长"}, {"guide", "引导员"},
}

// SlowRectification is what is to be done before an event, not by a day (S0-074).
const SlowRectification = "slow_rectification"

var cutOffItems = []Option{
	{"rectification", "全部整改销号"}, {"report", "上报总结报告"}, {"new_objects", "上报新增监测对象名单"}, {"entry", "系统录入"},
	{"feedback", "部门反馈问题整改上报"}, {"village_reports", "各村情况报送"}, {SlowRectification, "需要一定时间的问题完成整改"},
}

// owedRoles say who owes the cut-offs that villages are reminded of: the secretary himself (S0-067) and, for what goes
// into the system, those who enter it (S2-018).
var owedRoles = map[string][]Role{
	"new_objects": {VillageSecretary}, "entry": {DataEntry}, "feedback": {VillageSecretary}, "village_reports": {VillageSecretary},
}

// OwedCutOffs are the cut-offs of a campaign that its villages owe, as they are listed.
func OwedCutOffs() []Option {
	return slices.DeleteFunc(slices.Clone(cutOffItems), func(o Option) bool { return owedRoles[o.Code] == nil })
}

// CutOffFact is the fact with the last day of a cut-off that villages owe.
func CutOffFact(item string) string { return item + "_by" }

// cutOffClocks run from the issue until every village is through, if need be beyond the report.
func cutOffClocks() []Clock {
	var out []Clock
	for _, o := range OwedCutOffs() {
		out = append(out, Clock{Code: o.Code, Title: o.Title, In: []State{"issued", "training", "fieldwork", "review", "rectification", "spot_check", "reporting", "closed"},
			Until: CutOffFact(o.Code), Ladder: "standard", Owed: &Owed{Item: o.Code, Roles: owedRoles[o.Code]}})
	}
	return out
}

// campaignGates are what a phase may wait for at its end beside the guards of its events.
var campaignGates = []Option{
	{"entered", "户表全部录入系统"}, {"departments_answered", "部门审核均已反馈、反馈均已整改"}, {FourNotsDone, "“四个不摘”核查完成"}, {"village_forms_signed", "村表均已签章"},
	{"data_checked", "已运行数据质量检查"}, {"data_corrected", "问题数据均已更正"}, {"problems_verified", "问题均已核查入台账"}, {"problems_settled", "立行立改的问题销号、其余入台账"},
	{"all_settled", "问题全部整改到位"}, {"bulletin_issued", "结果已通报"},
}

// CampaignGates are the gates that a phase of a campaign may name.
func CampaignGates() []Option { return slices.Clone(campaignGates) }

// ScopeListed is the scope of a campaign that names its households one by one.
const ScopeListed = "listed"

// CheckedDepartments is the fact with the departments whose “四个不摘” a campaign checks (S0-031).
const CheckedDepartments = "checked_departments"

// FourNotsDone is the gate that waits for the forms about the “四个不摘”.
const FourNotsDone = "four_nots_done"

// campaignPlan is what the paper of a campaign sets. A draft may lack any of it;
// what is there at the issue counts.
var campaignPlan = []Field{
	{Code: "scope", Title: "排查对象", Kind: Choices, Class: P1, Fact: true, Options: []Option{
		{"out_of_poverty", "脱贫户"}, {"monitored", "监测户（含已标注风险消除）"}, {"ordinary", "一般农户"}, {ScopeListed, "名单内的重点户"}}},
	{Code: "households", Title: "重点户名单", Kind: Rows, Class: P1, Fact: true, When: &When{Field: "scope", In: []string{ScopeListed}},
		Columns: []Field{text("household_id", "农户").help("按户主姓名、拼音或户编号查找")}},
	{Code: "stages", Title: "阶段和日期", Kind: Rows, Class: P1, Fact: true, Columns: []Field{
		choice("stage", "环节", campaignStages...), text("title", "阶段名称").optional().help("同一环节可以分几个阶段；没有单列的环节属于前一阶段"),
		date("from", "起始日期"), date("until", "截止日期"), text("gate", "完成标准").optional(), text("outputs", "形成的材料").optional(),
		{Code: "gates", Title: "须核实的完成条件", Kind: Choices, Class: P1, Options: campaignGates, Help: "未达到的，本阶段不能办结"}}},
	{Code: "forms", Title: "使用的表册", Kind: Choices, Class: P1, Fact: true, Options: append([]Option{
		{"household_form", "户表"}, {"village_form", "村表"}, {"income_sheet", "收入计算表"}, {"problem_list", "问题清单"}, {"four_nots", "“四个不摘”核查表"}, {"case_conference", "研判会记录"}}, surveySheets...)},
	{Code: CheckedDepartments, Title: "核查“四个不摘”的街道（镇直）部门", Kind: Rows, Class: P1, Fact: true, Help: "每个部门一份核查表", Columns: []Field{text("name", "部门").maxLen(60)}},
	{Code: "cutoffs", Title: "截止事项", Kind: Rows, Class: P1, Fact: true, Columns: []Field{
		choice("item", "事项", cutOffItems...), date("on", "截止日期").when("item", "rectification", "report", "new_objects", "entry", "feedback", "village_reports"),
		text("event", "在何事之前").when("item", SlowRectification), date("event_on", "该事项的日期").optional().when("item", SlowRectification).help("尚未定的不填")}},
}

func plan(extra ...Field) []Field { return append(append([]Field{}, extra...), campaignPlan...) }

// campaignGroups are the people of a campaign. They are named at the issue: before it
// there is no case whose area says who can be.
var campaignGroups = Field{Code: "groups", Title: "工作组人员", Kind: Rows, Class: P1, Fact: true, Required: true, Columns: []Field{
	text("group", "组别"), choiceFrom("area", "负责的村（乡镇）", FromCampaignAreas).help("选乡镇的负责全乡镇"), choice("duty", "职责", campaignDuties...),
	choiceFrom("user", "人员", FromCampaignPeople).when("duty", "surveyor", "instructor", "group_leader"), text("name", "姓名").when("duty", "guide")}}

// campaignProgramme joins a campaign to the plan of rectification whose problems it has to settle (S003): those that
// were fed back, and are not brought up by its own forms.
var campaignProgramme = choiceFrom("programme", "整改方案", FromProgrammes).optional().fact().help("考核反馈整改须选定：方案所列的本地问题计入行动的进度、完成条件和报告")

// campaignV1 is 2.9: one action over many households, stage by stage, each with its
// dates and the gate that lets it end.
var campaignV1 = Definition{
	Name: "campaign", Version: 1, Title: "排查评估行动", Prefix: "XD", Mode: Durable, Initial: "draft", About: AboutRegion, Brief: "title",
	States: []StateDef{
		{Code: "draft", Title: "拟定", Todo: []Role{Issuer}},
		{Code: "issued", Title: "印发", Todo: []Role{Issuer}},
		{Code: "training", Title: "培训", Todo: []Role{Issuer}},
		{Code: "fieldwork", Title: "入户", Todo: []Role{Issuer}},
		{Code: "review", Title: "审核复审", Todo: []Role{Issuer}},
		{Code: "rectification", Title: "整改", Todo: []Role{GuidanceGroup}},
		{Code: "spot_check", Title: "抽查验收", Todo: []Role{GuidanceGroup}},
		{Code: "reporting", Title: "总结报告", Todo: []Role{Issuer, LinkedLeader}},
		{Code: "closed", Title: "结束", Todo: []Role{Issuer}},
		{Code: "archived", Title: "归档", Final: true},
		{Code: "cancelled", Title: "取消", Final: true},
	},
	Opening: Opening{
		Roles: []Role{TownshipOffice, CountyOffice},
		Form: plan(text("title", "行动名称").maxLen(60).fact(),
			choice("kind", "类型", Option{"look_back", "回头看"}, Option{"self_assessment", "自查评估"}, Option{"dynamic", "动态管理"},
				Option{"feedback", "考核反馈整改"}, Option{"screening", "排查整改"}).fact(),
			text("paper", "依据文件").optional().fact(), text("template", "所用模板").maxLen(40).optional().fact().help("由“选择模板和开始日期”填写")),
		Guards: guards(GuardCampaignRegion), Derive: []string{"campaign_issuer", "campaign_stage"},
	},
	Events: []Event{
		{Code: "issue", Title: "印发", From: []State{"draft"}, To: "issued", Roles: []Role{Issuer},
			Form: plan(text("document_no", "文号").fact(), files("plan", "行动方案").class(P1), campaignGroups, campaignProgramme), Guards: guards(GuardCampaignPlan),
			Derive: []string{"campaign_stage", "campaign_cutoffs"}, Document: "行动方案"},
		{Code: "train", Title: "培训", From: []State{"issued"}, To: "training", Roles: []Role{Issuer},
			Form:   []Field{date("held_on", "培训日期").past(), text("place", "培训地点"), long("content", "培训内容").help("填表说明、指标解释、口径把握、数据质量"), files("sign_in", "签到表").class(P2)},
			Derive: []string{"campaign_stage"}, Document: "培训签到表"},
		{Code: "start_field", Title: "入户", From: []State{"training"}, To: "fieldwork", Roles: []Role{Issuer},
			Form:   []Field{{Code: "trained", Title: "已培训的调查员", Kind: Rows, Class: P1, Required: true, Fact: true, Columns: []Field{choiceFrom("user", "调查员", FromTrainees)}}},
			Guards: guards(GuardSurveyorsTrained, GuardPhasesDone), Derive: []string{"campaign_stage"}, Effects: []Effect{{Kind: RunHook, Hook: "campaign_villages"}}},
		// The system moves on when every household has a result; whoever issued the
		// campaign may do so before, naming each exception.
		{Code: "to_review", Title: "转审核", From: []State{"fieldwork"}, To: "review", Roles: []Role{System, Issuer},
			Form: []Field{{Code: "exceptions", Title: "尚无结果的农户", Kind: Rows, Class: P1, Columns: []Field{
				choiceFrom("household_id", "农户", FromUncovered), choice("cause", "情形", Option{"unreachable", "多次联系不上"}, Option{"refused", "拒绝调查"}, Option{"disaster", "灾害阻断"}), text("note", "说明")}}},
			Guards: guards(GuardScopeCovered, GuardPhasesDone), Derive: []string{"campaign_stage"}, Effects: []Effect{{Kind: RunHook, Hook: "campaign_exceptions"}}},
		{Code: "to_rect", Title: "转整改", From: []State{"review"}, To: "rectification", Roles: []Role{Issuer},
			Guards: guards(GuardFormsFinal, GuardPhasesDone), Derive: []string{"campaign_stage"}},
		{Code: "to_spot", Title: "抽查", From: []State{"rectification"}, To: "spot_check", Roles: []Role{GuidanceGroup},
			Form:   []Field{text("sample", "抽查范围").help("抽查的村和户数，不写姓名"), integer("sample_size", "抽查户数", 1, 100000).fact().help("由系统随机抽取，随机种子留存备查")},
			Guards: guards(GuardProblemsSettled, GuardPhasesDone, GuardNotSurveyor), Derive: []string{"campaign_stage"}, Effects: []Effect{{Kind: RunHook, Hook: "campaign_sample"}}},
		{Code: "spot_fail", Title: "抽查不过", Decides: true, From: []State{"spot_check"}, To: "rectification", Roles: []Role{GuidanceGroup}, Return: true,
			Form: []Field{reason, {Code: "findings", Title: "抽查发现的问题", Kind: Rows, Class: P2, Required: true, Columns: []Field{
				text("brief", "问题性质简述").help("不写姓名"), long("detail", "具体情况").class(P2)}},
				date("redo_by", "重新整改截止日期").fact(), date("spot_by", "再次抽查截止日期").fact()},
			Guards: guards(GuardRedoDates, GuardNotSurveyor), Derive: []string{"campaign_stage", "spot_problem"},
			Effects: []Effect{{Kind: OpenCase, Procedure: "rectification", Rows: "findings"}}, Document: "抽查问题清单"},
		{Code: "spot_pass", Title: "抽查通过", Decides: true, From: []State{"spot_check"}, To: "reporting", Roles: []Role{GuidanceGroup},
			Form: []Field{long("opinion", "验收意见"), files("report", "抽查验收报告").class(P1)}, Guards: guards(GuardPhasesDone, GuardNotSurveyor, GuardSampleClean), Derive: []string{"campaign_stage"}, Document: "抽查验收报告"},
		{Code: "report", Title: "报告", From: []State{"reporting"}, To: "closed", Roles: []Role{Issuer},
			Signers: []Signer{{Title: "联村（分管）领导", Roles: []Role{LinkedLeader}, Min: 1}},
			Form: []Field{long("achievements", "工作成效"), long("problems", "发现的主要问题"), long("corrected", "立行立改情况"), long("next_steps", "下步工作打算"),
				files("village_reports", "各村自查评估报告").class(P1)},
			Guards: guards(GuardSigned, GuardPhasesDone), Effects: []Effect{{Kind: RunHook, Hook: "campaign_figures"}}, Document: "自查评估报告"},
		{Code: "archive", Title: "归档", From: []State{"closed"}, To: "archived", Roles: []Role{Issuer},
			Form:   []Field{text("archive_no", "档号").fact(), must("papers_filed", "工作资料已整理归档")},
			Guards: guards(GuardPapersComplete)},
		{Code: "cancel", Title: "取消", From: []State{"draft", "issued", "training"}, To: "cancelled", Roles: []Role{Issuer}, Form: []Field{reason}},
	},
	Clocks: append([]Clock{
		{Code: "stage", Title: "本阶段", In: []State{"draft", "issued", "training", "fieldwork", "review", "rectification", "spot_check", "reporting"}, Until: "stage_until", Ladder: "township"},
	}, cutOffClocks()...),
}
