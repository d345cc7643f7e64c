package procedure

var (
	// planned are the states in which a plan has a responsible person who may be replaced.
	// Once he has left (fact handover_by), a clock runs until he is.
	planned    = []State{"drafting", "declared", "approved", "implementing", "adjusting", "delivered"}
	planOpen   = []State{"unassigned", "drafting", "declared", "approved", "implementing", "adjusting", "delivered", "evaluated"}
	pairedWith = choiceFrom("responsible_account", "结对帮扶责任人", FromHelpers).fact().help("每户一名")
	signedPlan = []Field{must("household_agrees", "农户已了解并同意"), files("household_signature", "农户签字或手印")}
)

// planForm is the plan with its table of measures. A later version lists what is
// new: measures under way or verified count on by themselves.
var planForm = append([]Field{
	long("goals", "帮扶目标").class(P2),
	yes("has_labour", "家庭是否有劳动力"),
	{Code: "measures", Title: "帮扶措施", Kind: Rows, Class: P3, Help: "每类风险至少一项相应的措施；调整计划时只列新增的措施", Columns: []Field{
		choiceOf("risk", "针对的风险", "risk_type_set").class(P3), choiceOf("kind", "措施类型", "measure_kinds"), text("content", "措施内容"),
		choiceOf("dept", "承办部门", "measure_departments"), money("amount", "计划金额").class(P1), date("due", "落实期限"),
		date("ends_on", "措施止期").optional().help("信贷、岗位、助学等消除风险后仍延续的措施填写"),
	}},
	long("labour_reason", "有劳动力而无开发式措施，或无劳动力而无保障性措施的理由").class(P2).optional(),
	yes("handbook", "帮扶手册是否已填写").fact(), files("plan", "帮扶计划").optional(),
}, signedPlan...)

// assistancePlanV1 is 2.4: who helps a household, with which measures, and with
// what result. It may begin before the admission when help is urgent (先行帮扶).
var assistancePlanV1 = Definition{
	Name: "assistance_plan", Version: 1, Title: "帮扶计划", Prefix: "BF", Mode: Durable, Initial: "unassigned", OnePerHousehold: true,
	States: []StateDef{
		{Code: "unassigned", Title: "待落实责任人", Todo: []Role{VillageSecretary, TownshipOffice}},
		{Code: "drafting", Title: "制定中", Todo: []Role{AssistancePerson}},
		{Code: "declared", Title: "已申报", Todo: []Role{TownshipOffice}},
		{Code: "approved", Title: "已批准", Todo: []Role{AssistancePerson}},
		{Code: "implementing", Title: "实施中"},
		{Code: "adjusting", Title: "调整中", Todo: []Role{AssistancePerson}},
		{Code: "delivered", Title: "措施落实", Todo: []Role{VillageCadre, AssistancePerson}},
		{Code: "evaluated", Title: "成效评价"},
		{Code: "closed", Title: "结束", Final: true},
		{Code: "ended_no_admission", Title: "未纳入终止", Final: true},
	},
	Opening: Opening{
		Roles: []Role{VillageSecretary, TownshipOffice},
		Form:  []Field{long("note", "开启说明").optional()},
		// A household that is monitored already, as one of an imported ledger.
		Guards: guards(GuardNeedsPlan),
		Derive: []string{"plan_start"},
	},
	Events: []Event{
		{Code: "assign_responsible", Title: "落实责任人", From: []State{"unassigned"}, To: "drafting", Roles: []Role{VillageSecretary},
			Signers: []Signer{{Title: "乡镇乡村振兴办", Roles: []Role{TownshipOffice}, Min: 1}},
			Form:    []Field{pairedWith, date("paired_on", "结对日期").past()},
			Guards:  guards(GuardSigned, GuardPlanGoesOn), Effects: []Effect{{Kind: RunHook, Hook: "pair"}}, Document: "结对帮扶登记"},
		{Code: "declare_plan", Title: "申报", From: []State{"drafting", "adjusting"}, To: "declared", Roles: []Role{AssistancePerson},
			Form: planForm, Guards: guards(GuardPlanGoesOn, GuardPlanMeasures, GuardRisksAnswered, GuardLabourRule), Document: "帮扶计划和措施清单"},
		{Code: "plan_return", Title: "退回", Decides: true, From: []State{"declared"}, To: "drafting", Roles: []Role{TownshipOffice}, Form: []Field{reason}, Return: true, Document: "退回通知"},
		{Code: "plan_approve", Title: "批准", From: []State{"declared"}, To: "approved", Roles: []Role{TownshipOffice}, NotBy: []string{"declare_plan"},
			Form: []Field{long("opinion", "审批意见")}, Guards: guards(GuardPlanGoesOn), Document: "审批意见"},
		{Code: "start", Title: "实施", From: []State{"approved"}, To: "implementing", Roles: []Role{AssistancePerson},
			Form: []Field{must("sent", "措施已报送承办部门"), long("note", "说明").optional()}, Guards: guards(GuardPlanGoesOn),
			Effects: []Effect{{Kind: OpenCase, Procedure: "measure", Rows: "measures", RowsOf: "declare_plan"},
				{Kind: Tell, To: ToSelf, Event: "all_delivered", If: Guard{Name: GuardAllDelivered}}}},
		{Code: "adjust", Title: "调整", From: []State{"implementing", "delivered", "evaluated"}, To: "adjusting", Roles: []Role{AssistancePerson}, Proxies: []Role{Procedure},
			Form: []Field{choice("cause", "调整原因", Option{"new_risk", "出现新风险"}, Option{"no_effect", "措施无成效"}, Option{"refusal", "部门不予办理"},
				Option{"family_change", "家庭情况变化"}, Option{"lookback", "回头看发现问题"}).fact(),
				choicesOf("risk_types", "新增风险", "risk_type_set").class(P3).when("cause", "new_risk"), reason},
			Derive: []string{"plan_version"}, Document: "调整记录（新版本）"},
		{Code: "all_delivered", Title: "全部落实", From: []State{"implementing"}, To: "delivered", Roles: []Role{System}, Guards: guards(GuardAllDelivered)},
		{Code: "evaluate", Title: "评价", From: []State{"delivered"}, To: "evaluated", Roles: []Role{VillageCadre},
			Signers: []Signer{{Title: "结对帮扶责任人", Roles: []Role{AssistancePerson}, Min: 1}},
			Form: []Field{
				{Code: "risks", Title: "风险点", Kind: Rows, Class: P3, Required: true, Columns: []Field{choiceOf("risk", "风险", "risk_type_set").class(P3),
					choice("result", "现状", Option{"resolved", "已消除"}, Option{"eased", "有所缓解"}, Option{"remains", "仍存在"}), long("detail", "说明").class(P3)}},
				long("evaluation", "成效评价").class(P2), files("papers", "评价材料").optional()},
			Guards: guards(GuardSigned, GuardRiskPoints), Document: "帮扶成效评价"},
		{Code: "close", Title: "结束", From: []State{"evaluated"}, To: "closed", Roles: []Role{System}, Guards: guards(GuardObserved)},
		{Code: "stop", Title: "终止", Decides: true, From: planOpen, To: "ended_no_admission", Roles: []Role{TownshipOffice},
			Form: []Field{choice("cause", "终止情形", Option{"not_admitted", "未予纳入"}, Option{"revoked", "错纳纠正"}, Option{"household_gone", "整户死亡或迁出"}).fact(),
				must("help_settled", "已开展的帮扶已妥善处理"), reason},
			Guards: guards(GuardStopCause, GuardHelpSettled), Document: "终止记录"},
		{Code: "replace_responsible", Title: "更换责任人", From: planned, To: Stay, Roles: []Role{TownshipOffice},
			Form: []Field{pairedWith, date("left_on", "原责任人离任日期").past(), date("handed_over_on", "交接日期").past(), must("handed_over", "手册、计划和未办事项已交接"),
				files("record", "交接记录"), long("late_reason", "逾期交接的理由").optional(), reason},
			Guards: guards(GuardOtherPerson, GuardHandover), Derive: []string{"handed_over"}, Effects: []Effect{{Kind: RunHook, Hook: "pair"}}, Document: "交接记录"},
	},
	Clocks: []Clock{
		{Code: "assign", Title: "落实帮扶责任人", In: []State{"unassigned"}, Budget: "plan_assign_days", Ladder: "standard"},
		{Code: "plan", Title: "制定帮扶计划", In: []State{"unassigned", "drafting", "declared"}, Pause: []State{"declared"},
			Budget: "plan_days", Anchor: "plan_from", Ladder: "standard"}, // a plan that is returned has what was left
		{Code: "approve", Title: "审批帮扶计划", In: []State{"declared"}, Budget: "plan_approve_days", Ladder: "township"},
		{Code: "adjust", Title: "调整帮扶计划", In: []State{"adjusting"}, Budget: "plan_days", Ladder: "standard"},
		{Code: "handover", Title: "更换离任的帮扶责任人", In: planned, Until: "handover_by", Ladder: "township", Todo: []Role{TownshipOffice}},
		{Code: "stop", Title: "终止帮扶计划", In: planOpen, Until: "stop_by", Ladder: "township", Todo: []Role{TownshipOffice}},
	},
}
