package procedure

var (
	visitDays  = date("visited_on", "走访日期").past().fact()
	visitNotes = []Field{
		text("respondent", "受访人").class(P2), text("topic", "走访事项"), long("finding", "走访情况").class(P3),
		yes("new_risk", "是否发现新风险").fact().help("选“是”即登记风险线索"),
		money("income", "本季家庭收入").optional().help("收入监测任务须填写"),
		date("next_on", "下次走访计划").optional(),
	}
	// visitFound are the consequences of a visit, by whatever way it was made.
	visitFound = []Effect{{Kind: RunHook, Hook: "compare_texts"}, {Kind: OpenCase, Procedure: "risk_clue", If: Guard{Name: GuardNewRisk}}}
)

func visitRecord(first ...Field) []Field { return append(first, visitNotes...) }

func roleOptions(roles []Role) []Option {
	out := make([]Option, len(roles))
	for i, r := range roles {
		def, _ := RoleOf(r)
		out[i] = Option{string(r), def.Title}
	}
	return out
}

// visitTaskV1 is 2.5: one duty to see a household in one period. Duties are made
// in bulk by rule; one workflow keeps the time for all of them.
var visitTaskV1 = Definition{
	Name: "visit_task", Version: 1, Title: "走访联系", Prefix: "ZF", Mode: Inline, Initial: "scheduled",
	States: []StateDef{
		{Code: "scheduled", Title: "已排定"},
		{Code: "due", Title: "到期", Todo: []Role{Visitor}},
		{Code: "done_home", Title: "已入户", Final: true},
		{Code: "done_remote", Title: "已电话/微信", Final: true},
		{Code: "failed_absent", Title: "未遇", Todo: []Role{Visitor}},
		{Code: "missed", Title: "逾期", Final: true},
		{Code: "excused", Title: "免除", Final: true},
	},
	// Nobody fills this in: it says what is known of a duty.
	Opening: Opening{Form: []Field{
		choiceOf("duty", "走访任务", "visit_rule").fact(), choice("duty_role", "走访岗位", roleOptions(staff)...).fact(),
		choice("mode", "走访方式", Option{"home", "入户"}, Option{"home_or_away", "入户；整户外出的可电话联系"}, Option{"remote", "电话或微信"}).fact(),
		text("period", "周期").fact(), date("wait_until", "走访期前一日").fact(), date("ends_on", "走访期末日").fact(),
		yes("income_duty", "收入监测").fact(), text("text_flag", "走访记录雷同").optional().fact(), text("place_flag", "走访地点").optional().fact(),
	}},
	Events: []Event{
		{Code: "open", Title: "到期窗口", From: []State{"scheduled"}, To: "due", Roles: []Role{Timer}, Guards: guards(GuardLimitOver)},
		{Code: "record_home", Title: "入户", From: []State{"due", "failed_absent"}, To: "done_home", Roles: []Role{Visitor},
			Form: visitRecord(visitDays, Field{Code: "longitude", Title: "经度", Kind: Number, Class: P3, Required: true, Min: num(73), Max: num(136)},
				Field{Code: "latitude", Title: "纬度", Kind: Number, Class: P3, Required: true, Min: num(3), Max: num(54)}, files("photos", "走访照片").optional()),
			Guards: guards(GuardVisitDay, GuardIncomeAsked), Derive: []string{"visit_clue", "visit_place"}, Effects: visitFound, Document: "走访记录"},
		{Code: "record_remote", Title: "电话", From: []State{"due", "failed_absent"}, To: "done_remote", Roles: []Role{Visitor},
			Form: visitRecord(visitDays, choice("channel_used", "联系方式", Option{"phone", "电话"}, Option{"wechat", "微信"}).fact(),
				yes("family_away", "整户外出").fact()),
			Guards: guards(GuardRemoteAllowed, GuardVisitDay, GuardIncomeAsked), Derive: []string{"visit_clue"}, Effects: visitFound, Document: "联系记录"},
		{Code: "not_met", Title: "未遇", From: []State{"due"}, To: "failed_absent", Roles: []Role{Visitor},
			Form: []Field{date("tried_on", "走访日期").past(), date("second_try_on", "再次走访日期").fact(), long("note", "说明").optional()}, Guards: guards(GuardSecondTry)},
		{Code: "miss", Title: "逾期", From: []State{"due", "failed_absent"}, To: "missed", Roles: []Role{Timer}, Guards: guards(GuardLimitOver)},
		{Code: "excuse", Title: "免除", Decides: true, From: []State{"scheduled", "due", "failed_absent"}, To: "excused", Roles: []Role{TownshipOffice},
			Form: []Field{choice("cause", "免除情形", Option{"household_cancelled", "整户注销"}, Option{"disaster", "灾害等不可抗力"}, Option{"other", "其他"}).fact(), reason}},
	},
	Clocks: []Clock{
		{Code: "open", Title: "走访期开始", In: []State{"scheduled"}, Until: "wait_until", Ladder: "silent", Fires: []string{"open"}},
		{Code: "visit", Title: "走访期", In: []State{"due", "failed_absent"}, Until: "ends_on", Ladder: "standard", Fires: []string{"miss"}},
	},
}
