package procedure

// The channels a clue may come through (2.1, union of S000, S003, S004).
var clueChannels = []Option{
	{"self_declared", "农户自主申报"}, {"routine_check", "日常摸排"}, {"concentrated_screening", "集中排查"},
	{"dept_push", "部门推送"}, {"associated", "关联监测"}, {"big_data", "大数据监测"}, {"petition", "信访"},
	{"media", "媒体舆情"}, {"audit_inspection", "巡视审计考核"}, {"lookback", "回头看"}, {"dibao_or_housing", "新增低保或危房联动"},
}

// witnesses are those who may sign beside the village cadre.
var witnesses = []Role{VillageCadre, VillageSecretary, VillageMonitor, GridMember, ResidentLeader, ResidentMember}

// riskClueV1 is 2.1: a sign that a household may be at risk, from its
// registration to a decision at the door.
var riskClueV1 = Definition{
	Name: "risk_clue", Version: 1, Title: "风险线索", Prefix: "XS", Mode: Durable, Initial: "new",
	States: []StateDef{
		{Code: "new", Title: "新线索", Todo: []Role{TownshipOffice, VillageCadre}, TodoIf: map[Role]string{VillageCadre: GuardOwnVillage}},
		{Code: "dispatched", Title: "已派发", Todo: []Role{VillageCadre}},
		{Code: "verifying", Title: "核实中", Todo: []Role{VillageCadre}},
		{Code: "returned", Title: "退回派发方", Todo: []Role{TownshipOffice, CountyOffice}},
		{Code: "risk_confirmed", Title: "有风险,转识别", Final: true},
		{Code: "no_risk", Title: "无风险办结", Final: true},
		{Code: "merged", Title: "并入在办案件", Final: true},
		{Code: "invalid", Title: "线索不实", Final: true},
	},
	Opening: Opening{
		Roles: []Role{GridMember, VillageMonitor, VillageCadre, VillageSecretary, ResidentLeader, ResidentMember, AssistancePerson, MonitoringContact, TownshipOffice, TownshipDept, CountyOffice, CountyDept},
		Form: []Field{
			choice("channel", "线索来源", clueChannels...).fact(),
			instant("found_at", "发现时间").past().fact().help("十五日识别时限从此刻起算"),
			choicesOf("risk_types", "疑似风险类型", "risk_type_set").class(P3).optional(),
			long("content", "情况说明").class(P2),
		},
		Derive:  []string{"same_day_clue"},
		Effects: []Effect{{Kind: Tell, To: ToSelf, Event: "merge", If: Guard{Name: GuardClueMerges}}},
	},
	Events: []Event{
		{Code: "dispatch", Title: "派发", From: []State{"new"}, To: "dispatched", Roles: []Role{TownshipOffice, CountyOffice},
			Form:   []Field{text("target_village", "目标村").class(P0).fact().help("村级区划代码"), long("note", "派发意见").optional()},
			Guards: guards(GuardTargetVillage), Effects: []Effect{{Kind: MoveCase}}, Document: "派发单"},
		{Code: "register_locally", Title: "村级登记", From: []State{"new"}, To: "verifying", Roles: []Role{VillageCadre, GridMember},
			Form: []Field{long("note", "登记说明").optional()}, Guards: guards(GuardOwnVillage), Document: "线索登记表"},
		{Code: "accept", Title: "接收", From: []State{"dispatched"}, To: "verifying", Roles: []Role{VillageCadre}},
		{Code: "misrouted", Title: "非本辖区", Decides: true, From: []State{"dispatched", "verifying"}, To: "returned", Roles: []Role{VillageCadre}, Form: []Field{reason}, Return: true},
		{Code: "redispatch", Title: "重新派发", From: []State{"returned"}, To: "dispatched", Roles: []Role{TownshipOffice, CountyOffice},
			Form:   []Field{text("target_village", "目标村").class(P0).fact().help("村级区划代码"), long("note", "派发意见").optional()},
			Guards: guards(GuardTargetVillage), Effects: []Effect{{Kind: MoveCase}}},
		{Code: "merge", Title: "并入", From: []State{"new", "dispatched", "verifying"}, To: "merged", Roles: []Role{System},
			Guards: guards(GuardClueMerges), Document: "关联记录"},
		{Code: "confirm_risk", Title: "确认有风险", From: []State{"verifying"}, To: "risk_confirmed", Roles: []Role{VillageCadre},
			Signers: []Signer{{Title: "另一名核实人", Roles: witnesses, Min: 1}},
			Form: []Field{
				date("visited_on", "入户日期").past(), text("respondent", "受访人").class(P2),
				choicesOf("risk_types", "风险类型", "risk_type_set").class(P3),
				money("income_estimate", "家庭年纯收入估算"),
				long("difficulty", "家庭困难情况").class(P3), files("screening_form", "排查表（有受访人签字）"),
				yes("fast_lane", "是否先行帮扶").fact().help("情况紧急的，制定帮扶计划与识别认定同步开展"),
			},
			Guards:   guards(GuardSigned),
			Effects:  []Effect{{Kind: OpenCase, Procedure: "identification", If: Guard{Name: GuardNoIdentification}}, {Kind: RunHook, Hook: "risk_added"}},
			Document: "防止返贫排查表"},
		{Code: "close_no_risk", Title: "无风险办结", From: []State{"verifying"}, To: "no_risk", Roles: []Role{VillageCadre},
			Signers: []Signer{{Title: "另一名核实人", Roles: witnesses, Min: 1}},
			Form: []Field{date("visited_on", "入户日期").past(), mustAdmitChecked, must("explained", "已向农户说明结论"), long("explanation", "说明内容").class(P2),
				files("note", "办结记录").optional()},
			Guards: guards(GuardSigned, GuardNotMustAdmit), Document: "线索办结记录"},
		{Code: "close_invalid", Title: "不实", Decides: true, From: []State{"verifying", "returned"}, To: "invalid", Roles: []Role{TownshipOffice},
			Form: []Field{choice("cause", "不实情形", Option{"person_not_found", "查无此人"}, Option{"not_rural", "非农村户籍或居住人口"}, Option{"duplicate", "重复线索"}).fact(), reason}},
		{Code: "reopen", Title: "抽查重启", Decides: true, From: []State{"no_risk"}, To: "verifying", Roles: []Role{TownshipOffice, CountyOffice, Auditor}, Correction: true,
			Form: []Field{long("finding", "抽查发现的问题").class(P2)}, Guards: guards(GuardReopenPeriod), Document: "抽查记录"},
	},
	Clocks: []Clock{
		{Code: "accept", Title: "接收派发", In: []State{"dispatched"}, Budget: "clue_accept_days", Ladder: "standard"},
		{Code: "clue", Title: "线索核实", In: []State{"new", "dispatched", "verifying", "returned"}, Budget: "clue_days", Anchor: "found_at", Ladder: "standard"},
	},
}
