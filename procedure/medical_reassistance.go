package procedure

// medicalForm is what the alert is computed from (S003 #12): the cost and what the
// three layers of insurance have paid.
var medicalForm = []Field{
	integer("year", "费用年度", 2015, 2100).fact(),
	text("person_id", "患病成员").fact(),
	money("total_cost", "政策范围内医疗费用").class(P3), money("basic_paid", "基本医保报销").class(P3),
	money("serious_paid", "大病保险报销").class(P3), money("aid_paid", "医疗救助支付").class(P3),
	must("return_risk", "经研判存在返贫致贫风险"), long("situation", "情况说明").class(P3),
}

// medicalReassistanceV1 is 2.15: a household whose own medical burden is above the
// share that the policy sets (S003 #12).
var medicalReassistanceV1 = Definition{
	Name: "medical_reassistance", Version: 1, Title: "医疗再救助", Prefix: "YL", Mode: Durable, Initial: "alert", OnePerHousehold: true,
	States: []StateDef{
		{Code: "alert", Title: "预警", Todo: []Role{Farmer, VillageCadre}},
		{Code: "applied", Title: "已申请", Todo: []Role{VillageCadre}},
		{Code: "township_check", Title: "乡镇核实", Todo: []Role{TownshipOffice}},
		{Code: "dept_review", Title: "医保部门审核", Todo: []Role{CountyDept}},
		{Code: "granted", Title: "已救助", Final: true},
		{Code: "refused", Title: "不予救助", Final: true},
		{Code: "no_need", Title: "无需", Final: true},
	},
	Opening: Opening{
		Roles: []Role{VillageCadre, VillageMonitor, VillageSecretary, TownshipOffice, CountyOffice},
		Form:  medicalForm, Guards: guards(GuardMedicalBurden), Derive: []string{"clue_by_rule"},
		Effects: []Effect{{Kind: OpenCase, Procedure: "risk_clue"}},
	},
	Events: []Event{
		{Code: "apply", Title: "申请", From: []State{"alert"}, To: "applied", Roles: []Role{Farmer}, Proxies: []Role{VillageCadre},
			Form: []Field{files("application", "农户签字的申请书"), money("requested", "申请金额").class(P3), files("bills", "医疗费用结算单")}, Document: "医疗再救助申请书"},
		{Code: "no_need", Title: "无需", Decides: true, From: []State{"alert"}, To: "no_need", Roles: []Role{VillageCadre},
			Form: []Field{must("household_confirms", "农户本人确认无需再救助"), files("statement", "农户签字的确认记录"), reason}},
		{Code: "check", Title: "核实", Decides: true, From: []State{"applied"}, To: "township_check", Roles: []Role{VillageCadre},
			Form: []Field{date("visited_on", "入户日期").past(), long("findings", "核实情况").class(P3), money("verified_own", "核实的自付费用").class(P3)}, Document: "医疗再救助核实记录"},
		{Code: "send", Title: "送审", From: []State{"township_check"}, To: "dept_review", Roles: []Role{TownshipOffice}, NotBy: []string{"check"},
			Form: []Field{long("opinion", "乡镇意见")}, Derive: []string{"to_medical_insurance"}},
		{Code: "reject_check", Title: "不符", From: []State{"township_check"}, To: "refused", Roles: []Role{TownshipOffice}, NotBy: []string{"check"},
			Form: []Field{reason, householdTold}, Document: "医疗再救助告知书"},
		{Code: "grant", Title: "救助", Decides: true, From: []State{"dept_review"}, To: "granted", Roles: []Role{CountyDept},
			Form:   []Field{{Code: "amount", Title: "救助金额", Kind: Money, Required: true, Class: P2, Min: num(1)}, date("paid_on", "发放日期"), text("basis", "政策依据")},
			Guards: guards(GuardOwnDepartment), Document: "医疗再救助审批表"},
		{Code: "refuse", Title: "不予", Decides: true, From: []State{"dept_review"}, To: "refused", Roles: []Role{CountyDept},
			Form: []Field{reason, householdTold}, Guards: guards(GuardOwnDepartment), Document: "医疗再救助告知书"},
	},
	Clocks: []Clock{
		{Code: "alert", Title: "预警处理", In: []State{"alert"}, Budget: "medical_alert_days", Ladder: "standard"},
		{Code: "check", Title: "核实送审", In: []State{"applied", "township_check"}, Budget: "medical_check_days", Ladder: "standard"},
		{Code: "review", Title: "医保部门审核", In: []State{"dept_review"}, Budget: "medical_review_days", Ladder: "county"},
	},
}
