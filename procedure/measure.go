package procedure

var departments = []Role{TownshipDept, CountyDept}

// measureV1 is 2.4b: one measure of a plan, on its way through a department. It
// may outlast the plan when it has an end date of its own.
var measureV1 = Definition{
	Name: "measure", Version: 1, Title: "帮扶措施", Prefix: "CS", Mode: Durable, Initial: "planned",
	States: []StateDef{
		{Code: "planned", Title: "计划", Todo: []Role{AssistancePerson}},
		{Code: "applied", Title: "已申报", Todo: departments},
		{Code: "dept_accepted", Title: "部门受理", Todo: departments},
		{Code: "dept_refused", Title: "部门不予", Final: true},
		{Code: "delivering", Title: "实施中", Todo: []Role{TownshipDept, CountyDept, AssistancePerson}},
		{Code: "delivered", Title: "已落实", Todo: []Role{TownshipOffice, VillageCadre}},
		{Code: "verified", Title: "已核验", Final: true},
		{Code: "not_effective", Title: "无成效", Final: true},
		{Code: "cancelled", Title: "取消", Final: true},
	},
	// What a department must know; the risk it answers stays with the plan (3.3).
	Opening: Opening{Form: []Field{
		choiceOf("kind", "措施类型", "measure_kinds").fact(), text("content", "措施内容").fact(), money("amount", "计划金额").class(P1).fact(),
		date("due", "落实期限").fact(), date("ends_on", "措施止期").optional().fact(),
		integer("plan_version", "计划版本", 1, 1000).fact(), integer("no", "序号", 1, 1000).fact(),
	}},
	Events: []Event{
		{Code: "apply", Title: "申报", From: []State{"planned"}, To: "applied", Roles: []Role{AssistancePerson}, Proxies: []Role{Procedure},
			Form: []Field{long("request", "申报说明").class(P2), files("papers", "申报材料").optional()}, Derive: []string{"accept_by"}},
		{Code: "accept", Title: "受理", From: []State{"applied"}, To: "dept_accepted", Roles: departments, Guards: guards(GuardMeasureDepartment)},
		{Code: "refuse", Title: "不予", Decides: true, From: []State{"applied"}, To: "dept_refused", Roles: departments, Guards: guards(GuardMeasureDepartment), Form: []Field{reason},
			Effects: []Effect{{Kind: Tell, To: ToParent, Procedure: "assistance_plan", Event: "adjust"}}},
		{Code: "begin", Title: "开始", From: []State{"dept_accepted"}, To: "delivering", Roles: departments, Guards: guards(GuardMeasureDepartment),
			Form: []Field{date("begun_on", "开始日期").past()}, Effects: []Effect{tellDelivered}},
		{Code: "deliver", Title: "落实", From: []State{"delivering"}, To: "delivered", Roles: []Role{TownshipDept, CountyDept, AssistancePerson}, Guards: guards(GuardMeasureDepartment),
			Form: []Field{money("delivered_amount", "落实金额").class(P1).fact(), date("delivered_on", "落实日期").past().fact(), files("receipt", "落实凭证"),
				files("household_signature", "农户签字或手印"), must("handbook", "已记入帮扶手册")}, Document: "落实凭证、帮扶手册"},
		{Code: "verify", Title: "核验", From: []State{"delivered"}, To: "verified", Roles: []Role{TownshipOffice}, NotBy: []string{"deliver"},
			Form:    []Field{choice("how", "核验方式", Option{"seen", "实地查看"}, Option{"receipt", "核对凭证"}).fact(), long("opinion", "核验意见"), files("photos", "核验照片").optional()},
			Effects: []Effect{tellDelivered}},
		{Code: "no_effect", Title: "无成效", Decides: true, From: []State{"delivered"}, To: "not_effective", Roles: []Role{VillageCadre}, Form: []Field{reason},
			Effects: []Effect{{Kind: Tell, To: ToParent, Procedure: "assistance_plan", Event: "adjust"}}},
		{Code: "cancel", Title: "取消", Decides: true, From: []State{"planned", "applied", "dept_accepted", "delivering"}, To: "cancelled", Roles: []Role{TownshipOffice}, Form: []Field{reason},
			// A risk that is left without a measure is for the plan to answer anew: nobody else would look.
			Effects: []Effect{tellDelivered, {Kind: Tell, To: ToParent, Procedure: "assistance_plan", Event: "adjust", If: Guard{Name: GuardLeavesRisk}}}},
	},
	Clocks: []Clock{
		{Code: "apply", Title: "申报帮扶措施", In: []State{"planned"}, Budget: "measure_apply_days", Ladder: "standard"},
		{Code: "accept", Title: "部门受理", In: []State{"applied"}, Until: "accept_by", Ladder: "county"},
		{Code: "deliver", Title: "落实帮扶措施", In: []State{"dept_accepted", "delivering"}, Until: "due", Ladder: "county"},
	},
}

// tellDelivered lets the plan look whether all its measures are done now.
var tellDelivered = Effect{Kind: Tell, To: ToParent, Procedure: "assistance_plan", Event: "all_delivered"}
