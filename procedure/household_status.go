package procedure

var byProcedure = []Role{Procedure}

// endPlan lets an evaluated plan end once nobody needs it any more (2.4 close).
var endPlan = []Effect{{Kind: Tell, To: ToHousehold, Procedure: "assistance_plan", Event: "close"}}

// householdStatusV1 is 2.17: where a household stands. Only the results of other
// procedures move it.
var householdStatusV1 = Definition{
	Name: "household_status", Version: 1, Title: "农户状态", Prefix: "ZT", Mode: Inline, Initial: "none", OnePerHousehold: true,
	States: []StateDef{
		{Code: "none", Title: "未纳入"}, {Code: "candidate", Title: "拟纳入"}, {Code: "monitored", Title: "监测中(未消除风险)"},
		{Code: "eliminating", Title: "拟消除"}, {Code: "observing", Title: "已消除(观察期一年)"}, {Code: "stable", Title: "稳定消除"},
		{Code: "revoked", Title: "错纳撤销", Final: true}, {Code: "household_cancelled", Title: "整户注销", Final: true},
	},
	Events: []Event{
		{Code: "case_opened", Title: "识别立案", From: []State{"none", "observing", "stable"}, To: "candidate", Roles: byProcedure},
		{Code: "case_negative", Title: "未予纳入", From: []State{"candidate"}, To: "none", Former: []State{"observing", "stable"}, Roles: byProcedure},
		{Code: "admitted", Title: "纳入监测", From: []State{"candidate"}, To: "monitored", Roles: byProcedure},
		{Code: "elimination_started", Title: "启动风险消除", From: []State{"monitored"}, To: "eliminating", Roles: byProcedure},
		{Code: "elimination_failed", Title: "未予消除", From: []State{"eliminating"}, To: "monitored", Roles: byProcedure},
		{Code: "eliminated", Title: "风险消除", From: []State{"eliminating"}, To: "observing", Roles: byProcedure},
		{Code: "observation_done", Title: "观察期满", From: []State{"observing"}, To: "stable", Roles: byProcedure, Guards: guards(GuardStableWindows), Effects: endPlan},
		{Code: "rolled_back", Title: "风险回退", From: []State{"observing", "stable"}, To: "monitored", Roles: byProcedure},
		{Code: "revoked", Title: "错纳撤销", From: []State{"monitored"}, To: "revoked", Roles: byProcedure},
		{Code: "household_gone", Title: "整户注销", From: []State{"none", "candidate", "monitored", "eliminating", "observing", "stable"}, To: "household_cancelled", Roles: byProcedure, Guards: guards(GuardCasesClosed),
			Effects: append([]Effect{{Kind: Tell, To: ToHousehold, Procedure: "lookback_window", Event: "cancel"}}, endPlan...)},
	},
}
