package procedure

import "slices"

// Kinds of respondents of a household form (S001).
const (
	RespondentSelf      = "self"
	RespondentFamily    = "family"
	RespondentCadre     = "cadre"
	RespondentRemote    = "remote"
	RespondentRegisters = "registers"
)

var (
	assigned   = []Role{Surveyor}
	indicators = []Option{
		{"members", "家庭成员"}, {"food_clothes", "吃穿"}, {"education", "义务教育"}, {"medical", "基本医疗"}, {"housing", "住房安全"},
		{"water", "饮水安全"}, {"income", "收入"}, {"measures", "帮扶措施"}, {"other", "其他"},
	}
	// AtHome are the ways of asking a household in which somebody is met, who signs.
	AtHome = []string{RespondentSelf, RespondentFamily, RespondentCadre}
)

func flag(code, title string, c Class) Field {
	return Field{Code: code, Title: title, Kind: Yes, Required: true, Class: c}
}

func number(code, title string, max float64) Field {
	return Field{Code: code, Title: title, Kind: Number, Required: true, Class: P3, Min: num(0), Max: &max}
}

// collectedAt is a coordinate of where a form is filled in; a telephone that does not tell leaves it out.
func collectedAt(code, title string, least, most float64) Field {
	return Field{Code: code, Title: title, Kind: Number, Class: P3, Min: &least, Max: &most}
}

// surveySheets are the forms that a campaign may survey its households with in place of
// the household sheet, or with it; which of them a household gets its kind decides.
var surveySheets = []Option{
	{"annex4", "入户调查表（脱贫户）"}, {"annex5", "入户调查表（监测户）"}, {"annex6", "收入计算表（单独成表）"}, {"nine_documents", "“九种资料”核查情况表"},
	{"ordinary_key", "一般农户重点户自查评估表"}, {"screening_form", "防止返贫监测帮扶排查表"},
}

// incomePeriod is what period the income of a form is of (E-23): the policy's unless it is explained.
var incomePeriod = []Field{
	date("period_from", "收入周期起").optional().fact().help("不填的，按政策规定的收入计算期"), date("period_to", "收入周期止").optional().fact(),
	long("period_note", "收入周期与政策规定不一致的说明").optional(),
}

// claimNote explains why what the household has claimed and signed is not what its items come to: both are kept (5.4).
var claimNote = long("claim_note", "申报与测算不一致的说明").class(P2).optional().help("人均相差超过1元的须说明；农户签字确认的申报数不改")

// householdSheet is the content of 《户表》 (5.4, S001, Annexes 4 to 6 of S000).
// Whoever changes a form sends it whole again.
var householdSheet = slices.Concat([]Field{
	choice("respondent_kind", "受访方式", Option{RespondentSelf, "本人"}, Option{RespondentFamily, "家人"}, Option{RespondentCadre, "村社干部代答"},
		Option{RespondentRemote, "电话或微信（外出）"}, Option{RespondentRegisters, "登记资料（失联）"}).fact(),
	text("respondent", "受访人").class(P2).when("respondent_kind", RespondentSelf, RespondentFamily, RespondentCadre, RespondentRemote),
	text("contact", "联系方式").class(P2).when("respondent_kind", RespondentRemote),
	choice("household_type", "户类型", Option{"out_of_poverty", "脱贫户"}, Option{"monitored", "监测户"}, Option{"ordinary", "一般农户"}).fact(),
	integer("population", "家庭人口", 1, 30).fact(), text("population_note", "家庭人口与台账不一致的说明").class(P2).optional(),
	integer("labour_persons", "劳动力人数", 0, 30).class(P2), integer("dibao_persons", "享受低保人数", 0, 30).class(P2),
	integer("tekun_persons", "特困供养人数", 0, 30).class(P2), integer("disabled_persons", "持证残疾人数", 0, 30).class(P3),
	integer("pension_persons", "参加城乡居民养老保险人数", 0, 30).class(P2),
	flag("food_ok", "不愁吃", P2), flag("clothes_ok", "不愁穿", P2),
	flag("education_ok", "义务教育有保障", P3), flag("medical_ok", "基本医疗有保障", P3), flag("housing_ok", "住房安全有保障", P3),
	number("water_litres", "每人每日饮水量（升）", 10000), flag("water_piped", "供水入户", P3),
	number("water_minutes", "单次取水时间（分钟）", 1440).when("water_piped", "false"), number("water_distance", "取水水平距离（米）", 100000).when("water_piped", "false"),
	number("water_vertical", "取水垂直距离（米）", 5000).optional().when("water_piped", "false"),
	integer("water_shortage_days", "近一年累计缺水天数", 0, 366).class(P3),
	choice("water_report", "水质检测报告", Option{"pass", "合格"}, Option{"fail", "不合格"}, Option{"none", "无"}).class(P3),
	flag("water_looks_good", "水质现场评价良好", P3), flag("water_ok", "饮水安全有保障", P3),
	flag("electricity_ok", "生活用电有保障", P2), flag("tv_ok", "能正常收看电视", P2),
}, incomePeriod, []Field{
	{Code: "income", Title: "收入计算表", Kind: Rows, Class: P2, Required: true, Columns: []Field{
		choice("category", "类别", Option{"production", "生产经营性"}, Option{"property", "财产性"}, Option{"transfer", "转移性"}, Option{"wage", "工资性"}),
		text("item", "品种").class(P2), text("unit", "计量单位").optional(), {Code: "quantity", Title: "数量", Kind: Number, Class: P2, Min: num(0)},
		money("income", "收入"), money("expense", "支出"),
	}},
	money("per_head_claimed", "人均纯收入"), claimNote, money("own_medical", "合规自付医疗支出"),
	flag("rigid_or_drop", "刚性支出较大或收入大幅缩减", P2).optional(),
	{Code: "measures", Title: "帮扶措施", Kind: Rows, Class: P2, Columns: []Field{
		text("measure", "措施").class(P2), yes("in_place", "已落实").class(P2), yes("works", "有成效").class(P2)}},
	choice("satisfaction", "对帮扶工作的评价", Option{"satisfied", "满意"}, Option{"fair", "基本满意"}, Option{"dissatisfied", "不满意"}, Option{"unsaid", "未表态"}).class(P2),
	long("remarks", "其他情况").class(P3).optional(),
	files("surveyor_signature", "调查员签字"), files("household_signature", "农户（代答人）签字或手印").when("respondent_kind", AtHome...),
	files("call_record", "通话或聊天记录").when("respondent_kind", RespondentRemote), files("registers", "登记资料").when("respondent_kind", RespondentRegisters),
})

func sheet(extra ...Field) []Field { return append(append([]Field{}, extra...), householdSheet...) }

// householdFormV1 is 2.9b: the form of one household in a campaign, through three
// levels of review. It is opened in bulk by its campaign (S001: 先核查再填报,
// 先整改后填报, 先确认再填报, 边自核边登记).
var householdFormV1 = Definition{
	Name: "household_form", Version: 1, Title: "户表", Prefix: "HB", Mode: Inline, Initial: "assigned", Brief: "campaign_title",
	States: []StateDef{
		{Code: "assigned", Title: "已分派", Todo: assigned},
		{Code: "visiting", Title: "入户中", Todo: assigned},
		{Code: "blocked_rectify", Title: "待先整改"},
		{Code: "awaiting_ruling", Title: "待请示", Todo: []Role{GroupLeader}},
		{Code: "filled", Title: "已填", Todo: assigned},
		{Code: "self_checked", Title: "已自核", Todo: assigned},
		{Code: "handed_in", Title: "已上交", Todo: []Role{Instructor}},
		{Code: "revisit", Title: "重访/电话核实", Todo: assigned},
		{Code: "joint_review", Title: "会审", Todo: []Role{GroupLeader, Surveyor, VillageCadre}},
		{Code: "coded", Title: "已编码", Todo: []Role{GroupLeader}},
		{Code: "office_review", Title: "复审", Todo: []Role{TownshipOffice}},
		{Code: "correcting", Title: "修订", Todo: assigned},
		{Code: "final", Title: "定稿", Todo: []Role{DataEntry}},
		{Code: "entered", Title: "已录入"},
		{Code: "locked", Title: "锁定", Final: true},
		{Code: "not_applicable", Title: "不适用", Final: true},
	},
	Opening: Opening{Form: []Field{
		text("campaign_title", "所属行动").fact(), choiceFrom("surveyor", "调查员", FromStaff).optional().fact(),
		date("field_until", "入户截止日期").fact(), date("review_until", "审核截止日期").fact(),
	}, Derive: []string{"form_sheets"}},
	Events: []Event{
		{Code: "visit", Title: "入户", From: []State{"assigned"}, To: "visiting", Roles: assigned,
			Form: []Field{must("identity_stated", "已表明身份"), must("purpose_stated", "已说明来意"), instant("visited_at", "到户（联系）时间").past().fact(),
				text("guide", "引导员").optional(), collectedAt("longitude", "采集地点经度", 73, 136), collectedAt("latitude", "采集地点纬度", 3, 54),
				yes("three_unified", "系统、档案、实际“三统一”").fact(), yes("four_agree", "县、乡、村、户数据“四相符”").fact()},
			Guards: guards(GuardAssigned, GuardPreviousChecked), Derive: []string{"form_surveyor"}},
		{Code: "skip", Title: "不适用", From: []State{"assigned", "visiting"}, To: "not_applicable", Roles: assigned,
			Signers: []Signer{{Title: "村干部", Roles: []Role{VillageCadre}, Min: 1}},
			Form:    []Field{choice("cause", "情形", Option{"died", "整户死亡"}, Option{"moved", "整户迁出"}, Option{"merged", "并入他户"}, Option{"wrong", "不在范围内"}).fact(), reason},
			Guards:  guards(GuardSigned, GuardAssigned),
			Effects: []Effect{{Kind: RunHook, Hook: "scope_result"}, {Kind: Tell, To: ToParent, Procedure: "campaign", Event: "to_review", If: Guard{Name: GuardScopeCovered}}, {Kind: RunHook, Hook: "open_village_form", If: Guard{Name: GuardVillageFinal}}}},
		{Code: "mismatch", Title: "账实不符", From: []State{"visiting"}, To: "blocked_rectify", Roles: assigned,
			Form: []Field{{Code: "mismatches", Title: "不相符的指标", Kind: Rows, Class: P2, Required: true, Columns: []Field{
				choice("indicator", "指标", indicators...), choice("mismatch", "情形", Option{"books", "账账不相符"}, Option{"reality", "账实不相符"}),
				text("brief", "问题性质简述").help("用于台账和通报，不写姓名等个人信息"), long("detail", "具体情况").class(P2)}}},
			Guards: guards(GuardAssigned), Derive: []string{"form_problem"},
			Effects: []Effect{{Kind: OpenCase, Procedure: "rectification", Rows: "mismatches"}}},
		{Code: "rectified", Title: "整改完成", From: []State{"blocked_rectify"}, To: "visiting", Roles: []Role{System}, Guards: guards(GuardRectified)},
		{Code: "ask_ruling", Title: "请示", From: []State{"visiting"}, To: "awaiting_ruling", Roles: assigned,
			Form: []Field{choice("indicator", "无法判断的指标", indicators...).fact(), long("question", "请示事项").class(P3)}, Guards: guards(GuardAssigned)},
		{Code: "ruling", Title: "答复", From: []State{"awaiting_ruling"}, To: "visiting", Roles: []Role{GroupLeader}, NotBy: []string{"ask_ruling"},
			Form: []Field{long("answer", "书面答复").class(P3)}, Document: "请示答复"},
		{Code: "fill", Title: "填完", From: []State{"visiting"}, To: "filled", Roles: assigned,
			Form: sheet(), Guards: guards(GuardAssigned, GuardRectifiedFirst, GuardBothSigned, GuardIndicatorsFree), Derive: []string{"hand_in_day"}},
		{Code: "self_check", Title: "自核", From: []State{"filled"}, To: "self_checked", Roles: assigned,
			Form: []Field{must("complete", "内容完整"), must("consistent", "逻辑一致")}, Guards: guards(GuardAssigned, GuardFormLogic)},
		{Code: "hand_in", Title: "上交", From: []State{"self_checked"}, To: "handed_in", Roles: assigned, Guards: guards(GuardAssigned),
			// A sign of risk does not wait for the reviews: its fifteen days run from when it was found (2.1, S003), the form is
			// handed in that same day (S001), and help has to come in time (S0-041).
			Effects: []Effect{{Kind: RunHook, Hook: "scope_result"}, {Kind: RunHook, Hook: "survey_findings"}, {Kind: Tell, To: ToParent, Procedure: "campaign", Event: "to_review", If: Guard{Name: GuardScopeCovered}}}},
		{Code: "instructor_return", Title: "指导员退回", From: []State{"handed_in"}, To: "revisit", Roles: []Role{Instructor}, NotBy: []string{"fill", "revisit_done"},
			Form: []Field{reason}, Return: true},
		{Code: "revisit_done", Title: "核实完", From: []State{"revisit"}, To: "filled", Roles: assigned,
			Form:   sheet(choice("revisit_mode", "核实方式", Option{"visit", "重新访问"}, Option{"phone", "电话核实"}).fact(), long("change_reason", "变更理由").class(P2)),
			Guards: guards(GuardAssigned, GuardBothSigned, GuardIndicatorsFree), Derive: []string{"hand_in_day"}},
		{Code: "instructor_pass", Title: "指导员通过", From: []State{"handed_in"}, To: "joint_review", Roles: []Role{Instructor}, NotBy: []string{"fill", "revisit_done"}},
		{Code: "joint_return", Title: "会审退回", Decides: true, From: []State{"joint_review"}, To: "revisit", Roles: []Role{GroupLeader}, Form: []Field{reason}, Return: true},
		{Code: "joint_pass", Title: "会审通过并编码", From: []State{"joint_review"}, To: "coded", Roles: []Role{GroupLeader},
			Signers: []Signer{{Title: "调查员", Roles: []Role{Surveyor}, Min: 1}, {Title: "村（社区）干部", Roles: []Role{VillageCadre, VillageSecretary}, Min: 1}},
			Form:    []Field{date("reviewed_on", "会审日期").past(), text("form_code", "户表编码").maxLen(40).fact()},
			Guards:  guards(GuardSigned, GuardWholeVillage, GuardFormCode), Effects: []Effect{{Kind: RunHook, Hook: "scope_code"}}},
		{Code: "to_office", Title: "送复审", From: []State{"coded"}, To: "office_review", Roles: []Role{GroupLeader}},
		{Code: "office_return", Title: "复审修订", From: []State{"office_review"}, To: "correcting", Roles: []Role{TownshipOffice}, NotBy: []string{"fill", "revisit_done"},
			Form: []Field{choice("ground", "依据", Option{"comparison", "数据比对"}, Option{"doubt", "存疑"}).fact(), reason}, Return: true},
		{Code: "corrected", Title: "修订完成", From: []State{"correcting"}, To: "office_review", Roles: assigned,
			Form:   sheet(must("shown_to_village", "修订内容已反馈村（社区）"), long("change_reason", "变更理由").class(P2)),
			Guards: guards(GuardAssigned, GuardBothSigned, GuardIndicatorsFree, GuardFormLogic)},
		{Code: "office_pass", Title: "定稿", From: []State{"office_review"}, To: "final", Roles: []Role{TownshipOffice}, NotBy: []string{"fill", "revisit_done", "corrected"},
			// What only a correction has brought up is told when the form is final.
			Effects: []Effect{{Kind: RunHook, Hook: "survey_findings"}, {Kind: RunHook, Hook: "open_village_form", If: Guard{Name: GuardVillageFinal}}}},
		{Code: "enter", Title: "录入", From: []State{"final"}, To: "entered", Roles: []Role{DataEntry},
			Signers: []Signer{{Title: "复核人", Roles: []Role{DataEntry, TownshipOffice}, Min: 1}},
			Form:    []Field{date("entered_on", "录入日期").past(), text("national_no", "系统编号").optional()},
			Guards:  guards(GuardSigned), Derive: []string{"lock_day"}},
		{Code: "feedback", Title: "上级比对反馈", Decides: true, From: []State{"entered"}, To: "correcting", Roles: []Role{CountyOffice}, Return: true,
			Form: []Field{{Code: "problems", Title: "问题清单", Kind: Rows, Class: P3, Required: true, Columns: []Field{
				choice("indicator", "指标", indicators...), long("problem", "问题").class(P3)}}, date("answer_by", "修订期限").fact(), reason},
			Derive: []string{"review_again"}},
		{Code: "lock", Title: "锁定", From: []State{"entered"}, To: "locked", Roles: []Role{System, Timer}, Guards: guards(GuardLimitOver, GuardNoFeedback)},
	},
	Clocks: []Clock{
		// The stage's own clock reminds; hundreds of forms with one day would only repeat it.
		{Code: "field", Title: "入户调查", In: []State{"assigned", "visiting"}, Until: "field_until", Ladder: "listed"},
		{Code: "ruling", Title: "请示答复", In: []State{"awaiting_ruling"}, Budget: "form_ruling_days", Ladder: "township"},
		{Code: "hand_in", Title: "当日上交", In: []State{"filled", "self_checked"}, Until: "hand_in_on", Ladder: "standard"},
		{Code: "instructor", Title: "指导员审核", In: []State{"handed_in"}, Budget: "form_instructor_days", Ladder: "township"},
		{Code: "revisit", Title: "重访核实", In: []State{"revisit"}, Budget: "form_revisit_days", Ladder: "standard"},
		{Code: "review", Title: "会审复审", In: []State{"joint_review", "coded", "office_review", "correcting", "final"}, Until: "review_until", Ladder: "listed"},
		{Code: "lock", Title: "反馈期", In: []State{"entered"}, Until: "lock_on", Ladder: "silent", Fires: []string{"lock"}},
	},
}
