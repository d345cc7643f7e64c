package procedure

import "slices"

// identifying are the states in which the whole-case clock of 2.2 runs; it stops
// at county_pass and keeps running on returns (section 6 #20).
var identifying = []State{"accepted", "authorization_pending", "home_verification", "democratic_review", "village_notice", "township_review", "county_review", "supplement"}

var (
	// resultTold are told what the county has decided: those who answer for the village and led the review have no task of
	// it any more.
	resultTold = []Role{VillageSecretary, LinkedLeader}
	negative   = []Effect{
		{Kind: SetHousehold, Event: "case_negative"},
		{Kind: RunHook, Hook: "settle_observation"}, // of a household that was observed before
		{Kind: Tell, To: ToChildren, Procedure: "village_notice", Event: "pull"},
		{Kind: Tell, To: ToChildren, Procedure: "dept_comparison", Event: "refuse"}, // the authorization was for this case
		{Kind: RunHook, Hook: "plan_to_stop"},
	}
	// What the data leave open of the five situations is judged by people, on record.
	mustAdmitChecked = must("must_admit_checked", "已逐条核对应纳尽纳情形，均不符合")
	householdTold    = must("household_told", "已告知农户并说明理由")
	reviewForm       = []Field{
		instant("held_at", "评议时间").past(), text("place", "地点").class(P0), text("chair", "主持人"),
		choice("kind", "会议形式", Option{"representatives", "村民代表会议"}, Option{"panel", "评议小组"}).fact(),
		integer("eligible", "应到人数", 1, 10000).fact(), integer("present", "实到人数", 1, 10000).fact(),
		integer("agree", "同意", 0, 10000).fact(), integer("against", "反对", 0, 10000).fact(), integer("abstain", "弃权", 0, 10000).fact(),
		must("recused", "与农户有亲属关系的人员已回避"), long("minutes", "评议记录").class(P2),
		files("sign_in", "签到表"), files("photos", "会场照片").optional(),
	}
)

func review(extra ...Field) []Field { return append(append([]Field{}, reviewForm...), extra...) }

// verificationForm is F4 (S000 names its content groups: basic facts, risks,
// income, measures; 5.4) with the signatures of S003 #23.
var verificationForm = slices.Concat([]Field{
	date("visited_on", "入户日期").past().fact(), text("respondent", "受访人").class(P2),
	choice("mode", "方式", Option{"home", "入户"}, Option{"remote", "远程（整户外出）"}).fact(),
	choiceOf("category", "拟定对象类别", "category_set").fact(),
	choicesOf("risk_types", "返贫致贫风险", "risk_type_set").class(P3),
	{Code: "risk_note", Title: "其他风险说明", Kind: Text, Class: P3, Required: true, MaxLen: 200, When: &When{Field: "risk_types", In: []string{"other"}}},
	integer("population", "家庭人口", 1, 30).fact(),
}, incomePeriod, []Field{
	{Code: "income", Title: "收入测算表", Kind: Rows, Class: P2, Required: true, Help: "按收入周期、按类别逐项填写", Columns: []Field{
		text("item", "项目").class(P2),
		choice("category", "类别", Option{"production", "生产经营性"}, Option{"property", "财产性"}, Option{"transfer", "转移性"}, Option{"wage", "工资性"}),
		money("income", "收入"), money("expense", "支出"),
	}},
	money("per_head_claimed", "申报人均纯收入"), money("own_medical", "合规自付医疗支出"),
	yes("education_ok", "义务教育有保障").class(P3), yes("medical_ok", "基本医疗有保障").class(P3),
	yes("housing_ok", "住房安全有保障").class(P3), yes("water_ok", "饮水安全有保障").class(P3), claimNote,
	{Code: "must_admit", Title: "应纳尽纳情形", Kind: Choices, Class: P3, OptionsKey: "must_admit_rules"},
	{Code: "longitude", Title: "经度", Kind: Number, Class: P3, Required: true, Min: num(73), Max: num(136), When: &When{Field: "category", In: []string{"marginal", "sudden"}}},
	{Code: "latitude", Title: "纬度", Kind: Number, Class: P3, Required: true, Min: num(3), Max: num(54), When: &When{Field: "category", In: []string{"marginal", "sudden"}}},
	long("findings", "核实情况").class(P3), files("surveyor_signature", "调查人员签字"), files("farmer_signature", "农户签字或手印"), files("photos", "入户照片").optional(),
})

// identificationV1 is 2.2: whether a household becomes a monitored household.
var identificationV1 = Definition{
	Name: "identification", Version: 1, Title: "识别认定", Prefix: "RD", Mode: Durable, Initial: "accepted", OnePerHousehold: true,
	States: []StateDef{
		{Code: "accepted", Title: "已受理", Todo: []Role{VillageCadre}},
		{Code: "authorization_pending", Title: "待签承诺授权", Todo: []Role{Farmer, VillageCadre}},
		{Code: "home_verification", Title: "入户核实", Todo: []Role{Surveyor}},
		{Code: "democratic_review", Title: "民主评议", Todo: []Role{VillageSecretary}},
		{Code: "village_notice", Title: "村级公示"},
		{Code: "township_review", Title: "乡镇审核", Todo: []Role{TownshipOffice, LinkedLeader}},
		{Code: "county_review", Title: "县级审定", Todo: []Role{CountyOffice}},
		{Code: "supplement", Title: "补充材料", Todo: []Role{VillageCadre}},
		{Code: "approved", Title: "审定通过", Todo: []Role{TownshipOffice}},
		{Code: "announced", Title: "结果公告", Todo: []Role{DataEntry}},
		{Code: "registered", Title: "已纳入并录入", Final: true},
		{Code: "not_admitted", Title: "不予纳入", Final: true},
		{Code: "withdrawn", Title: "农户撤回", Final: true},
		{Code: "cancelled", Title: "撤销", Final: true},
		{Code: "revoked", Title: "错纳纠正", Final: true},
	},
	Opening: Opening{
		Roles: []Role{Farmer, VillageCadre, TownshipOffice},
		Form: []Field{
			instant("found_at", "发现时间").past().fact().help("十五日时限从此刻起算"),
			choice("channel", "来源", clueChannels...).fact(),
			yes("fast_lane", "是否先行帮扶").fact(), long("content", "申请或说明").class(P2).optional(),
		},
		Guards: guards(GuardNoIdentification), Derive: []string{"identification_kind"},
		Effects: []Effect{
			{Kind: SetHousehold, Event: "case_opened"},
			{Kind: RunHook, Hook: "plan_goes_on"},
			{Kind: Tell, To: ToHousehold, Procedure: "risk_clue", Event: "merge"},
		},
	},
	Events: []Event{
		{Code: "prepare", Title: "受理告知", From: []State{"accepted"}, To: "authorization_pending", Roles: []Role{VillageCadre},
			Form: []Field{must("policy_sheet", "已向农户发放并讲解政策明白纸"), date("told_on", "告知日期").past()}},
		{Code: "sign_authorization", Title: "签署", From: []State{"authorization_pending"}, To: "home_verification", Roles: []Role{Farmer}, Proxies: []Role{VillageCadre},
			Form: []Field{
				choice("sign_mode", "签署方式", Option{"hand", "本人签字"}, Option{"fingerprint", "本人捺印"}, Option{"on_behalf", "他人代签"}).fact(),
				{Code: "helper", Title: "代签（代读）人姓名", Kind: Text, Class: P2, Required: true, MaxLen: 50, When: &When{Field: "sign_mode", In: []string{"on_behalf", "fingerprint"}}},
				{Code: "read_out", Title: "已向农户宣读内容", Kind: Yes, Class: P1, Required: true, Must: true, When: &When{Field: "sign_mode", In: []string{"on_behalf", "fingerprint"}}},
				{Code: "persons", Title: "授权查询的家庭成员", Kind: Rows, Class: P2, Required: true, Columns: []Field{text("person_id", "成员")}},
				choicesOf("items", "授权查询事项", "comparison_items").fact(), date("valid_until", "授权有效期至").fact(),
				files("authorization", "承诺授权书"),
			},
			Guards: guards(GuardAuthorization),
			Effects: []Effect{{Kind: OpenCase, Procedure: "dept_comparison", Each: "comparison_departments"},
				{Kind: OpenCase, Procedure: "assistance_plan", If: Guard{Name: GuardPlanEarly}}}, // S003 #3: beside the identification
			Document: "承诺授权书"},
		{Code: "refuse_authorization", Title: "拒签", From: []State{"authorization_pending"}, To: "not_admitted", Roles: []Role{Farmer}, Proxies: []Role{VillageCadre},
			Form:    []Field{must("explained", "已说明拒签后果"), must("offered_again", "已再次提供签署机会"), date("offered_on", "再次提供日期").past(), files("note", "拒签记录").optional(), reason},
			Effects: negative, Document: "拒签记录"},
		{Code: "submit_verification", Title: "入户核实完成", From: []State{"home_verification"}, To: "democratic_review", Roles: []Role{Surveyor},
			Signers: []Signer{{Title: "其他调查人员", Roles: []Role{Surveyor}, Min: 1, MinKey: "verify_team_min"}},
			Form:    verificationForm,
			Guards:  append(guards(GuardSigned, GuardVerification, GuardIncomeSheet), Guard{GuardJoin, "before_review"}),
			Effects: []Effect{{Kind: OpenCase, Procedure: "dept_comparison", Each: "comparison_departments", If: Guard{Name: GuardComparisonStale}}, // a new batch (2.12)
				{Kind: OpenCase, Procedure: "medical_reassistance", If: Guard{Name: GuardMedicalBurden}}}, Document: "防止返贫监测对象信息采集表"},
		{Code: "verify_no_risk", Title: "核实不符合", From: []State{"home_verification"}, To: "not_admitted", Roles: []Role{Surveyor},
			Signers: []Signer{{Title: "其他调查人员", Roles: []Role{Surveyor}, Min: 1, MinKey: "verify_team_min"}},
			Form:    []Field{date("visited_on", "入户日期").past(), long("findings", "核实情况").class(P3), must("township_told", "已报告乡镇"), mustAdmitChecked, householdTold, reason},
			Guards:  guards(GuardSigned, GuardNotMustAdmit), Effects: negative, Document: "核实记录"},
		{Code: "review_pass", Title: "评议通过", Decides: true, From: []State{"democratic_review"}, To: "village_notice", Roles: []Role{VillageSecretary},
			Form: review(), Guards: append(guards(GuardQuorum, GuardNotTwiceUpheld), Guard{GuardJoin, "before_notice"}),
			Effects: []Effect{{Kind: OpenCase, Procedure: "village_notice"}}, Document: "评议记录"},
		{Code: "review_doubt", Title: "评议存疑", Decides: true, From: []State{"democratic_review"}, To: "home_verification", Roles: []Role{VillageSecretary},
			Form: review(long("question", "存疑问题").class(P2), reason), Return: true, Document: "评议记录"},
		{Code: "review_reject", Title: "评议不通过", Decides: true, From: []State{"democratic_review"}, To: "not_admitted", Roles: []Role{VillageSecretary},
			Form: review(reason, mustAdmitChecked, householdTold), Guards: guards(GuardNotMustAdmit), Effects: negative, Document: "评议记录"},
		{Code: "notice_passed", Title: "公示无异议/异议不成立", From: []State{"village_notice"}, To: "township_review", Roles: []Role{Procedure},
			Guards: []Guard{{GuardNoticeEnded, "passed"}}, Document: "公示结果"},
		{Code: "notice_upheld", Title: "异议成立", From: []State{"village_notice"}, To: "home_verification", Roles: []Role{Procedure},
			Guards: []Guard{{GuardNoticeEnded, "upheld"}}, Document: "异议核查结论"},
		{Code: "township_pass", Title: "审核通过", From: []State{"township_review"}, To: "county_review", Roles: []Role{TownshipOffice},
			Signers: []Signer{{Title: "联村领导", Roles: []Role{LinkedLeader}, Min: 1}}, NotBy: []string{"submit_verification"},
			Form: []Field{long("opinion", "审核意见"), yes("sampled", "是否抽查入户").fact(),
				{Code: "sample_record", Title: "抽查入户记录", Kind: Long, Class: P2, Required: true, When: &When{Field: "sampled", In: []string{"true"}}},
				long("unanswered_reason", "部门不予办理时继续审核的理由").optional(), files("list", "上报名单").optional()},
			Guards: append(guards(GuardSigned, GuardSampleVisit), Guard{GuardJoin, "before_township"}), Document: "乡镇审核意见"},
		{Code: "township_return", Title: "退回", From: []State{"township_review"}, To: "home_verification", Roles: []Role{TownshipOffice},
			NotBy: []string{"submit_verification"}, Form: []Field{reason}, Return: true, Document: "退回通知"},
		{Code: "township_supplement", Title: "补材料", From: []State{"township_review", "county_review"}, To: "supplement", Roles: []Role{TownshipOffice},
			Form: []Field{{Code: "missing", Title: "需补充的材料", Kind: Rows, Class: P1, Required: true, Fact: true, Columns: []Field{text("item", "材料名称")}}}, Document: "补正通知"},
		{Code: "supplement_done", Title: "补齐", From: []State{"supplement"}, To: "township_review", Roles: []Role{VillageCadre},
			Form:   []Field{{Code: "answers", Title: "补充的材料", Kind: Rows, Class: P2, Required: true, Columns: []Field{text("item", "材料名称"), files("papers", "附件")}}},
			Guards: guards(GuardSupplementAnswered)},
		{Code: "township_reject", Title: "审核不通过", From: []State{"township_review"}, To: "not_admitted", Roles: []Role{TownshipOffice},
			NotBy: []string{"submit_verification"}, Form: []Field{reason, mustAdmitChecked, householdTold}, Guards: guards(GuardNotMustAdmit), Effects: negative, Document: "告知书"},
		{Code: "county_pass", Title: "审定通过", From: []State{"county_review"}, To: "approved", Roles: []Role{CountyOffice, CountyGroup}, Copies: resultTold,
			NotBy: []string{"submit_verification", "township_pass"},
			Form: []Field{choiceOf("category", "对象类别", "category_set").fact(), choicesOf("risk_types", "返贫致贫风险", "risk_type_set").class(P3),
				long("opinion", "审定意见"), long("unanswered_reason", "部门不予办理时继续审定的理由").optional()},
			Guards: []Guard{{GuardJoin, "before_county"}}, Effects: []Effect{{Kind: OpenCase, Procedure: "assistance_plan", If: Guard{Name: GuardNoPlan}}}, Document: "审定名单"},
		{Code: "county_return", Title: "退回", From: []State{"county_review"}, To: "township_review", Roles: []Role{CountyOffice},
			NotBy: []string{"submit_verification"}, Form: []Field{reason}, Return: true, Document: "退回通知"},
		{Code: "county_reject", Title: "不予认定", From: []State{"county_review"}, To: "not_admitted", Roles: []Role{CountyOffice}, Copies: resultTold,
			NotBy: []string{"submit_verification"},
			Form:  []Field{reason, long("leader_reason", "应纳尽纳情形不予认定的领导意见").optional(), householdTold}, Guards: guards(GuardMustAdmitReason), Effects: negative, Document: "不予认定决定"},
		{Code: "announce", Title: "公告", From: []State{"approved"}, To: "announced", Roles: []Role{TownshipOffice},
			Form:   []Field{text("place", "公告地点").class(P0), text("unit", "公告单位").class(P0), text("phone", "监督电话").class(P0)},
			Guards: guards(GuardPrivacy), Effects: []Effect{{Kind: Publish}}, Document: "公告"},
		{Code: "register", Title: "录入", From: []State{"announced"}, To: "registered", Roles: []Role{DataEntry},
			Signers: []Signer{{Title: "复核人", Roles: []Role{DataEntry, TownshipOffice}, Min: 1}},
			Form:    []Field{text("national_no", "国家系统编号"), date("entered_on", "录入日期").past(), files("receipt", "录入回执").optional()},
			Guards:  guards(GuardSigned, GuardEntryApproved), Effects: []Effect{{Kind: SetHousehold, Event: "admitted"}, {Kind: RunHook, Hook: "open_episode"}, {Kind: Tell, To: ToHousehold, Procedure: "lookback_window", Event: "cancel"}}, Document: "录入回执"},
		{Code: "withdraw", Title: "撤回", From: []State{"authorization_pending", "home_verification", "democratic_review", "village_notice", "township_review", "county_review", "supplement"}, To: "withdrawn",
			Roles: []Role{Farmer}, Proxies: []Role{VillageCadre}, Form: []Field{files("statement", "农户签字的撤回申请"), reason}, Effects: negative, Document: "撤回申请"},
		{Code: "cancel", Title: "撤销", Decides: true, From: identifying, To: "cancelled", Roles: []Role{TownshipOffice},
			Form:    []Field{choice("cause", "撤销情形", Option{"duplicate", "重复立案"}, Option{"death", "整户死亡"}, Option{"moved_out", "整户迁出"}, Option{"clue_false", "线索不实"}).fact(), reason},
			Effects: negative, Document: "撤销记录"},
		{Code: "revoke", Title: "错纳纠正", Decides: true, From: []State{"registered"}, To: "revoked", Roles: []Role{CountyOffice}, Correction: true,
			Form: []Field{long("proof", "错纳事实和证据").class(P3), must("household_heard", "已听取农户陈述"), text("rectification_no", "整改台账编号"), reason},
			Effects: []Effect{{Kind: SetHousehold, Event: "revoked"}, {Kind: RunHook, Hook: "plan_to_stop"}, {Kind: RunHook, Hook: "revoke_episode"}, {Kind: TakeDown},
				{Kind: Tell, To: ToHousehold, Procedure: "lookback_window", Event: "cancel"}}, Document: "错纳纠正决定"},
		{Code: "cancel_approved", Title: "撤销审定", Decides: true, From: []State{"approved", "announced"}, To: "cancelled", Roles: []Role{CountyOffice},
			Form: []Field{choice("cause", "撤销情形", Option{"death", "整户死亡"}, Option{"moved_out", "整户迁出"}, Option{"late_objection", "录入前异议成立"}).fact(),
				yes("household_heard", "已听取农户陈述"), reason},
			Effects: append([]Effect{{Kind: TakeDown}}, negative...), Document: "撤销审定决定"},
	},
	Clocks: []Clock{
		{Code: "ident_total", Title: "识别认定总时限", In: identifying, Budget: "ident_total_days", Anchor: "found_at", AnchorKey: "ident_total_anchor", Ladder: "identification"},
		{Code: "home_verify", Title: "承诺授权与入户核实", In: []State{"accepted", "authorization_pending", "home_verification"}, Budget: "home_verify_days", Ladder: "standard"},
		{Code: "review", Title: "民主评议", In: []State{"democratic_review"}, Budget: "review_days", Ladder: "standard"},
		{Code: "township", Title: "乡镇审核", In: []State{"township_review"}, Budget: "township_days", Ladder: "township"},
		{Code: "supplement", Title: "补充材料", In: []State{"supplement"}, Budget: "supplement_days", Ladder: "standard"},
		{Code: "county", Title: "县级审定", In: []State{"county_review"}, Budget: "county_days", Ladder: "county"},
		{Code: "announce", Title: "结果公告", In: []State{"approved"}, Budget: "announce_post_days", Ladder: "township"},
		{Code: "entry", Title: "系统录入", In: []State{"announced"}, Budget: "entry_days", Ladder: "township"},
	},
}
