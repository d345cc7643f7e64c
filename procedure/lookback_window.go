package procedure

// Rounds of look-backs: those of the year after an elimination (S003 #11), and the one
// of each calendar quarter for every monitored household (S003 #23).
const (
	RoundAfter     = "after_elimination"
	RoundQuarterly = "quarterly"
)

var (
	villageSide  = []Role{VillageCadre, VillageSecretary}
	townshipSide = []Role{TownshipOffice, LinkedLeader, TownshipHead}
	// finders may report a new risk through any channel.
	finders = []Role{VillageCadre, VillageSecretary, VillageMonitor, GridMember, ResidentLeader, ResidentMember, AssistancePerson, MonitoringContact, TownshipOffice, LinkedLeader, CountyOffice}

	bothSign = []Signer{{Title: "镇干部", Roles: townshipSide, Min: 1}}
)

// survey is the eight cells of the survey form of monitored households (S000 Annex 5)
// with the income of the period.
func survey(cell func(code, title string) Field) []Field {
	return []Field{
		date("visited_on", "入户日期").past(), text("respondent", "受访人").class(P2), money("per_head", "近十二个月人均纯收入"),
		cell("food_ok", "不愁吃、不愁穿").class(P3), cell("water_ok", "饮水安全").class(P3), cell("housing_ok", "住房安全").class(P3),
		cell("measures_ok", "帮扶措施继续落实").class(P3), cell("education_ok", "义务教育").class(P3),
		cell("risks_ok", "风险点已消除且稳定").class(P3), cell("medical_ok", "基本医疗").class(P3),
		long("other", "其他").class(P2).optional(), files("signatures", "农户和监测联系人签字"), files("photos", "入户照片").optional(),
	}
}

// lookbackWindowV1 is 2.7: one look-back at a household. Four stable ones end the year
// of observation; one that is overdue stays so until somebody reports.
var lookbackWindowV1 = Definition{
	Name: "lookback_window", Version: 1, Title: "季度回头看", Prefix: "HK", Mode: Durable, Initial: "scheduled",
	States: []StateDef{
		{Code: "scheduled", Title: "已排定"},
		{Code: "open", Title: "待查", Todo: []Role{VillageCadre, TownshipOffice}},
		{Code: "overdue", Title: "逾期未查", Todo: []Role{VillageCadre, TownshipOffice}},
		{Code: "stable", Title: "稳定", Final: true},
		{Code: "unstable", Title: "不稳定,拟回退", Final: true},
		{Code: "new_risk", Title: "新风险,重新识别", Final: true},
		{Code: "cancelled", Title: "取消", Final: true},
	},
	Opening: Opening{
		Form: []Field{
			integer("no", "第几次", 1, 100).fact(),
			choice("round", "回头看类别", Option{RoundAfter, "消除后回头看"}, Option{RoundQuarterly, "监测对象季度回头看"}).fact(),
			date("eliminated_on", "风险消除日期").fact().optional(), text("quarter", "季度").fact().optional(), date("extended_from", "延长自").fact().optional(),
			date("starts_on", "开始日期").fact().optional(), date("ends_on", "截止日期").fact().optional(),
		},
		Derive: []string{"lookback_period"},
	},
	Events: []Event{
		{Code: "open", Title: "到期", From: []State{"scheduled"}, To: "open", Roles: []Role{Timer}, Guards: guards(GuardLimitOver)},
		{Code: "report_stable", Title: "稳定", From: []State{"open", "overdue"}, To: "stable", Roles: villageSide, Signers: bothSign,
			Form: survey(must), Guards: guards(GuardSigned, GuardIncomeStable),
			Effects: []Effect{{Kind: RunHook, Hook: "settle_observation"}}, Document: "回头看表"},
		{Code: "report_unstable", Title: "不稳定", From: []State{"open", "overdue"}, To: "unstable", Roles: villageSide, Signers: bothSign,
			Form: append(survey(yes), long("evidence", "不稳定的情况和依据").class(P3)), Guards: guards(GuardSigned, GuardConditionFailed),
			Effects: []Effect{
				{Kind: OpenCase, Procedure: "rollback", If: Guard{Name: GuardRollbackPossible}},
				{Kind: Tell, To: ToHousehold, Procedure: "assistance_plan", Event: "adjust", If: Guard{Name: GuardStillMonitored}},
			}, Document: "回头看表"},
		{Code: "report_new_risk", Title: "新风险", From: []State{"open", "overdue"}, To: "new_risk", Roles: finders,
			Form: []Field{
				choice("channel", "线索来源", clueChannels...).fact(), instant("found_at", "发现时间").past().fact().help("十五日识别时限从此刻起算"),
				choicesOf("risk_types", "疑似风险类型", "risk_type_set").class(P3), long("content", "情况说明").class(P2),
			},
			Effects: []Effect{{Kind: OpenCase, Procedure: "risk_clue"}, {Kind: RunHook, Hook: "settle_observation"}}, Document: "回头看表"},
		{Code: "lapse", Title: "逾期", From: []State{"open"}, To: "overdue", Roles: []Role{Timer}, Guards: guards(GuardLimitOver),
			Effects: []Effect{{Kind: RunHook, Hook: "settle_observation"}}},
		{Code: "cancel", Title: "取消", From: []State{"scheduled", "open", "overdue"}, To: "cancelled", Roles: []Role{System}, Guards: guards(GuardNotToObserve)},
	},
	Clocks: []Clock{
		{Code: "start", Title: "回头看开始", In: []State{"scheduled"}, Until: "waits_until", Ladder: "silent", Fires: []string{"open"}},
		{Code: "window", Title: "季度回头看", In: []State{"open"}, Until: "ends_on", Ladder: "standard", Fires: []string{"lapse"}},
		{Code: "overdue", Title: "逾期回头看", In: []State{"overdue"}, Until: "ends_on", Ladder: "standard"},
	},
}
