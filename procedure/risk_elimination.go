package procedure

var (
	// nominators may propose a household for elimination: the two committees with the
	// resident team, township and county (2.6, 3.4).
	nominators = []Role{VillageCadre, VillageSecretary, ResidentLeader, TownshipOffice, CountyOffice}
	// townshipCadres are those of whom one takes part in the visit (E-5). Whoever does
	// so reviews nothing in the same case.
	townshipCadres = []Role{Instructor, TownshipDept, TownshipHead, LinkedLeader, TownshipOffice}

	eliminationFailed = []Effect{
		{Kind: SetHousehold, Event: "elimination_failed"},
		{Kind: Tell, To: ToChildren, Procedure: "village_notice", Event: "pull"},
	}
	eliminationMethods = []Option{{"assisted", "帮扶消除"}, {"natural", "自然消除"}}

	eliminationOpen = []State{"nominated", "precheck", "home_verification", "household_confirm", "democratic_review", "village_notice", "township_review", "county_review", "approved"}
)

// nominationForm is what the proposing meeting answers: all that the precheck looks at
// and the records do not hold.
var nominationForm = []Field{
	date("meeting_on", "村级商议日期").past(), must("resident_team", "村“两委”与驻村工作队共同商议提名"),
	choice("method", "拟消除方式", eliminationMethods...).fact(),
	{Code: "exclusions", Title: "存在的不得提名情形", Kind: Choices, Class: P3, Help: "没有的不选",
		Options: []Option{{"labour_lost", "丧失劳动力"}, {"weak", "发展稳定性不强"}, {"unstable_income", "收入不稳定"}, {"rigid_cost", "刚性支出不可控"}}},
	money("per_head", "近十二个月人均纯收入"), date("above_since", "收入稳定超过当年收入线的起始日期").past(),
	yes("education_ok", "义务教育有保障").class(P3), yes("medical_ok", "基本医疗有保障").class(P3),
	yes("housing_ok", "住房安全有保障").class(P3), yes("house_repaired", "危房已改造并入住").class(P3).optional(),
	yes("water_ok", "饮水安全有保障").class(P3),
	riskOutcomes,
	yes("measures_delivered", "帮扶措施已全部落实"),
	yes("no_labour", "整户无劳动能力").class(P3),
	date("secured_since", "兜底保障落实日期").past().class(P3).optional().help("整户无劳动能力的填写"),
	long("content", "提名说明").class(P2).optional(),
}

var riskOutcomes = Field{Code: "risks", Title: "风险点消除情况", Kind: Rows, Class: P3, Required: true, Help: "逐项填写识别认定时的风险", Columns: []Field{
	choiceOf("risk", "风险类型", "risk_type_set").class(P3),
	choice("outcome", "结果", Option{"resolved", "已解决"}, Option{"natural", "自然消除"}, Option{"open", "未消除"}).class(P3),
	text("basis", "依据").class(P3).optional(),
}}

// resultSheet is the answer of the precheck, condition by condition, as it is kept
// with the verdict.
var resultSheet = []Field{{Code: "sheet", Title: "预检结果", Kind: Rows, Class: P3, Required: true, Columns: []Field{
	text("title", "条件"), choice("verdict", "结论", Option{"yes", "符合"}, Option{"no", "不符合"}, Option{"judge", "不能判断"}),
	text("value", "采用的数值").class(P3), text("threshold", "标准"), text("source", "来源"), yes("warning", "仅提示"), long("reason", "说明").class(P3),
}}}

// eliminationSheet is F5 with the table of measures and the evaluation (2.6, 5.4).
var eliminationSheet = []Field{
	date("visited_on", "入户日期").past(), text("respondent", "受访人").class(P2),
	integer("population", "家庭人口", 1, 30).fact(),
	{Code: "income", Title: "收入测算表", Kind: Rows, Class: P2, Required: true, Help: "按政策规定的收入计算期、按类别逐项填写", Columns: []Field{
		text("item", "项目").class(P2),
		choice("category", "类别", Option{"production", "生产经营性"}, Option{"property", "财产性"}, Option{"transfer", "转移性"}, Option{"wage", "工资性"}),
		money("income", "收入"), money("expense", "支出"),
	}},
	money("per_head_claimed", "申报人均纯收入"), claimNote, money("own_medical", "合规自付医疗支出"),
	yes("education_ok", "义务教育有保障").class(P3), yes("medical_ok", "基本医疗有保障").class(P3),
	yes("housing_ok", "住房安全有保障").class(P3), yes("water_ok", "饮水安全有保障").class(P3),
	riskOutcomes,
	{Code: "measures", Title: "措施落实情况表", Kind: Rows, Class: P2, Required: true, Columns: []Field{
		text("measure", "帮扶措施").class(P2), choice("state", "落实情况", Option{"delivered", "已落实"}, Option{"continuing", "已落实并延续"}, Option{"none", "未落实"}), text("effect", "成效").class(P2),
	}},
	choice("evaluation", "消除风险评估结论", Option{"reached", "达到消除条件"}, Option{"not_reached", "未达到消除条件"}), long("findings", "评估说明").class(P3),
	files("surveyor_signature", "核实人员签字"), files("farmer_signature", "农户签字或手印"), files("photos", "入户照片").optional(),
}

// afterElimination are the indicators that the national record wants after an
// elimination (5.3, E-11).
var afterElimination = []Field{
	yes("dropout", "有失学辍学").class(P3), yes("house_damaged", "住房损毁").class(P3), yes("uninsured", "有人未参保").class(P3), yes("water_damaged", "饮水设施损毁").class(P3),
	money("production", "生产经营性收入"), money("property", "财产性收入"), money("transfer", "转移性收入"), money("wage", "工资性收入"),
	money("expense", "生产经营性支出"), {Code: "household_net", Title: "家庭纯收入", Kind: Money, Class: P2, Required: true}, {Code: "per_head", Title: "人均纯收入", Kind: Money, Class: P2, Required: true},
	money("claims", "理赔收入"), money("own_medical", "合规自付支出"),
}

// riskEliminationV1 is 2.6: whether the risk of a monitored household is gone. It goes
// the way of the identification once more; nothing in it can be set as a target.
var riskEliminationV1 = Definition{
	Name: "risk_elimination", Version: 1, Title: "风险消除", Prefix: "XC", Mode: Durable, Initial: "nominated", OnePerHousehold: true,
	States: []StateDef{
		{Code: "nominated", Title: "村级提名"},
		{Code: "precheck", Title: "条件预检"},
		{Code: "home_verification", Title: "入户核实", Todo: []Role{Surveyor}},
		{Code: "household_confirm", Title: "农户确认", Todo: []Role{Farmer, VillageCadre}},
		{Code: "democratic_review", Title: "民主评议", Todo: []Role{VillageSecretary}},
		{Code: "village_notice", Title: "村级公示"},
		{Code: "township_review", Title: "乡镇审核", Todo: []Role{TownshipOffice, LinkedLeader}},
		{Code: "county_review", Title: "县级审定", Todo: []Role{CountyOffice}},
		{Code: "approved", Title: "审定通过", Todo: []Role{TownshipOffice, DataEntry}},
		{Code: "eliminated", Title: "已标注风险消除", Final: true},
		{Code: "not_eliminated", Title: "不予消除", Final: true},
		{Code: "withdrawn", Title: "撤回提名", Final: true},
		{Code: "cancelled", Title: "撤销", Final: true},
	},
	Opening: Opening{
		Roles: nominators, Form: nominationForm, Guards: guards(GuardHouseholdMonitored, GuardRenominate, GuardIncomeLine),
		Effects: []Effect{
			{Kind: SetHousehold, Event: "elimination_started"},
			{Kind: Tell, To: ToSelf, Event: "nominate_check"},
		},
	},
	Events: []Event{
		{Code: "nominate_check", Title: "预检", From: []State{"nominated"}, To: "precheck", Roles: []Role{System},
			// Whichever verdict holds when it arrives is taken, the other one refused.
			Effects:  []Effect{{Kind: Tell, To: ToSelf, Event: "precheck_pass"}, {Kind: Tell, To: ToSelf, Event: "precheck_fail"}},
			Document: "提名名单"},
		{Code: "precheck_fail", Title: "预检不过", From: []State{"precheck"}, To: "not_eliminated", Roles: []Role{System},
			Form: resultSheet, Sheet: "precheck", Guards: []Guard{{GuardPrecheck, "fail"}}, Effects: eliminationFailed, Document: "预检结果单"},
		{Code: "precheck_pass", Title: "预检通过", From: []State{"precheck"}, To: "home_verification", Roles: []Role{System},
			Form: resultSheet, Sheet: "precheck", Guards: []Guard{{GuardPrecheck, "pass"}}, Document: "预检结果单"},
		{Code: "submit_verification", Title: "核实", From: []State{"home_verification"}, To: "household_confirm", Roles: []Role{Surveyor},
			Signers: []Signer{{Title: "其他核实人员", Roles: append([]Role{Surveyor}, townshipCadres...), Min: 1, MinKey: "verify_team_min"}, {Title: "参加核实的乡镇干部", Roles: townshipCadres, Min: 1}},
			Form:    eliminationSheet, Guards: guards(GuardSigned, GuardVerification, GuardIncomeSheet, GuardConditionsSeen), Document: "消除风险信息采集表、措施落实情况表、评估表"},
		{Code: "verify_fail", Title: "核实不符", From: []State{"home_verification"}, To: "not_eliminated", Roles: []Role{Surveyor},
			Signers: []Signer{{Title: "其他核实人员", Roles: append([]Role{Surveyor}, townshipCadres...), Min: 1, MinKey: "verify_team_min"}, {Title: "参加核实的乡镇干部", Roles: townshipCadres, Min: 1}},
			Form:    []Field{date("visited_on", "入户日期").past(), long("findings", "核实情况").class(P3), reason, householdTold}, Guards: guards(GuardSigned),
			Effects: append([]Effect{{Kind: Tell, To: ToHousehold, Procedure: "assistance_plan", Event: "adjust"}}, eliminationFailed...), Document: "核实记录"},
		{Code: "confirm", Title: "农户签字", From: []State{"household_confirm"}, To: "democratic_review", Roles: []Role{Farmer}, Proxies: []Role{VillageCadre},
			Form: []Field{date("signed_on", "签字日期").past(), files("signature", "农户签字或手印")}, Document: "农户确认书"},
		{Code: "dissent", Title: "农户不同意", From: []State{"household_confirm"}, To: "not_eliminated", Roles: []Role{Farmer}, Proxies: []Role{VillageCadre},
			Form: []Field{long("statement", "农户陈述").class(P2), files("signature", "农户签字或手印").optional()}, Effects: eliminationFailed, Document: "农户陈述记录"},
		{Code: "review_pass", Title: "评议通过", Decides: true, From: []State{"democratic_review"}, To: "village_notice", Roles: []Role{VillageSecretary},
			Form: review(), Guards: guards(GuardQuorum, GuardNotTwiceUpheld), Effects: []Effect{{Kind: OpenCase, Procedure: "village_notice"}}, Document: "评议记录"},
		{Code: "review_reject", Title: "评议不过", Decides: true, From: []State{"democratic_review"}, To: "not_eliminated", Roles: []Role{VillageSecretary},
			Form: review(reason, householdTold), Effects: eliminationFailed, Document: "评议记录"},
		{Code: "notice_passed", Title: "公示通过", From: []State{"village_notice"}, To: "township_review", Roles: []Role{Procedure}, Guards: []Guard{{GuardNoticeEnded, "passed"}}, Document: "公示结果"},
		{Code: "notice_upheld", Title: "异议成立", From: []State{"village_notice"}, To: "home_verification", Roles: []Role{Procedure}, Guards: []Guard{{GuardNoticeEnded, "upheld"}}, Document: "异议核查结论"},
		{Code: "township_pass", Title: "审核通过", From: []State{"township_review"}, To: "county_review", Roles: []Role{TownshipOffice},
			Signers: []Signer{{Title: "联村领导", Roles: []Role{LinkedLeader}, Min: 1}}, NotBy: []string{"submit_verification"},
			Form: []Field{long("opinion", "审核意见"), yes("sampled", "是否抽查入户").fact(),
				{Code: "sample_record", Title: "抽查入户记录", Kind: Long, Class: P2, Required: true, When: &When{Field: "sampled", In: []string{"true"}}}, files("list", "上报名单").optional()},
			Guards: guards(GuardSigned, GuardSampleVisit, GuardNoNewRisk), Document: "乡镇审核意见"},
		{Code: "township_return", Title: "退回", From: []State{"township_review"}, To: "home_verification", Roles: []Role{TownshipOffice},
			NotBy: []string{"submit_verification"}, Form: []Field{reason}, Return: true, Document: "退回通知"},
		{Code: "county_return", Title: "退回", From: []State{"county_review"}, To: "township_review", Roles: []Role{CountyOffice},
			NotBy: []string{"submit_verification"}, Form: []Field{reason}, Return: true, Document: "退回通知"},
		{Code: "county_reject", Title: "不予消除", From: []State{"county_review"}, To: "not_eliminated", Roles: []Role{CountyOffice}, Copies: resultTold,
			NotBy: []string{"submit_verification"}, Form: []Field{reason, householdTold}, Effects: eliminationFailed, Document: "不予消除决定"},
		{Code: "county_pass", Title: "审定", From: []State{"county_review"}, To: "approved", Roles: []Role{CountyOffice}, Copies: resultTold, NotBy: []string{"submit_verification", "township_pass"},
			Form:   []Field{long("opinion", "审定意见"), yes("compared", "已再次进行部门信息比对，异常均已核清"), files("list", "审定名单").optional()},
			Guards: guards(GuardComparedAgain, GuardNoNewRisk), Document: "审定名单"},
		{Code: "mark", Title: "公告并标注", From: []State{"approved"}, To: "eliminated", Roles: []Role{TownshipOffice},
			Signers: []Signer{{Title: "信息录入员", Roles: []Role{DataEntry}, Min: 1}},
			Form: append([]Field{text("place", "公告地点").class(P0), text("unit", "公告单位").class(P0), text("phone", "监督电话").class(P0),
				choice("method", "风险消除方式", eliminationMethods...).fact(), date("eliminated_on", "风险消除日期").past().fact(), files("receipt", "录入回执").optional()}, afterElimination...),
			Guards: guards(GuardSigned, GuardPrivacy, GuardMarkComplete, GuardNoNewRisk),
			Effects: []Effect{
				{Kind: Publish}, {Kind: SetHousehold, Event: "eliminated"}, {Kind: RunHook, Hook: "close_episode"},
				{Kind: OpenCase, Procedure: "lookback_window", Count: "lookback_windows"},
			},
			Document: "公告、录入回执"},
		{Code: "withdraw", Title: "撤回提名", From: []State{"nominated", "precheck", "home_verification", "household_confirm", "democratic_review"}, To: "withdrawn", Roles: []Role{VillageSecretary},
			Form: []Field{choice("cause", "撤回情形", Option{"new_risk", "出现新的风险"}, Option{"error", "提名有误"}).fact(), reason}, Effects: eliminationFailed, Document: "撤回记录"},
		{Code: "cancel", Title: "撤销", Decides: true, From: eliminationOpen, To: "cancelled", Roles: []Role{CountyOffice, TownshipOffice}, Proxies: []Role{Procedure},
			Form:   []Field{choice("cause", "撤销情形", Option{"death", "整户死亡"}, Option{"moved_out", "整户迁出"}, Option{"new_risk", "发现新的风险"}, Option{"late_objection", "异议事后成立"}).fact(), reason},
			Guards: guards(GuardCountyCancels), Effects: eliminationFailed, Document: "撤销记录"},
	},
	Clocks: []Clock{
		{Code: "home_verify", Title: "入户核实", In: []State{"home_verification"}, Budget: "elim_verify_days", Ladder: "standard"},
		{Code: "confirm", Title: "农户确认", In: []State{"household_confirm"}, Budget: "elim_confirm_days", Ladder: "standard"},
		{Code: "review", Title: "民主评议", In: []State{"democratic_review"}, Budget: "review_days", Ladder: "standard"},
		{Code: "township", Title: "乡镇审核", In: []State{"township_review"}, Budget: "township_days", Ladder: "township"},
		{Code: "county", Title: "县级审定", In: []State{"county_review"}, Budget: "county_days", Ladder: "county"},
		{Code: "mark", Title: "公告与标注", In: []State{"approved"}, Budget: "elim_mark_days", Ladder: "township"},
	},
}

// EliminationMethod is the title of a way in which a risk was eliminated, "" for none.
func EliminationMethod(code string) string {
	for _, o := range eliminationMethods {
		if o.Code == code {
			return o.Title
		}
	}
	return ""
}
