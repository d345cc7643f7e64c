package procedure

// failedConditions are what an elimination may turn out to lack.
var failedConditions = []Option{
	{"income", "收入稳定高于收入线"}, {"food", "不愁吃、不愁穿"}, {"education", "义务教育"}, {"medical", "基本医疗"}, {"housing", "住房安全"}, {"water", "饮水安全"},
	{"measures", "帮扶政策须延续"}, {"risk", "原风险点复发"},
}

func failed() Field {
	return Field{Code: "failed", Title: "不再满足的条件", Kind: Choices, Required: true, Class: P3, Options: failedConditions}
}

var (
	// refusedRollback leaves the household where it is; the observation may have to go on.
	refusedRollback = []Effect{{Kind: RunHook, Hook: "settle_observation"}}
	oneMore         = []Signer{{Title: "另一名核实人", Roles: witnesses, Min: 1}}
)

// rollbackV1 is 2.7b: the elimination was not stable, and the same episode is
// reopened. A new risk is not a rollback but another identification.
var rollbackV1 = Definition{
	Name: "rollback", Version: 1, Title: "风险消除回退", Prefix: "HT", Mode: Durable, Initial: "proposed", OnePerHousehold: true,
	States: []StateDef{
		{Code: "proposed", Title: "提出", Todo: []Role{VillageCadre}},
		{Code: "village_confirmed", Title: "村级核实", Todo: []Role{VillageSecretary}},
		{Code: "township_review", Title: "乡镇审核", Todo: []Role{TownshipOffice}},
		{Code: "county_review", Title: "县级审定", Todo: []Role{CountyOffice}},
		{Code: "rolled_back", Title: "已回退", Final: true},
		{Code: "refused", Title: "不予回退", Final: true},
	},
	Opening: Opening{
		Roles: []Role{VillageCadre, VillageSecretary, TownshipOffice, CountyOffice},
		Form:  []Field{failed(), long("evidence", "不稳定的情况和依据").class(P3)}, Guards: guards(GuardHouseholdEliminated),
	},
	Events: []Event{
		{Code: "verify", Title: "核实", From: []State{"proposed"}, To: "village_confirmed", Roles: []Role{VillageCadre}, Signers: oneMore,
			Form:   []Field{date("visited_on", "入户日期").past(), failed(), long("findings", "核实情况").class(P3), files("proof", "证明材料")},
			Guards: guards(GuardSigned), Document: "回退核实表"},
		{Code: "verify_no", Title: "不成立", From: []State{"proposed"}, To: "refused", Roles: []Role{VillageCadre}, Signers: oneMore,
			Form: []Field{date("visited_on", "入户日期").past(), long("findings", "核实情况").class(P3), reason}, Guards: guards(GuardSigned), Effects: refusedRollback, Document: "核实记录"},
		{Code: "send", Title: "上报", From: []State{"village_confirmed"}, To: "township_review", Roles: []Role{VillageSecretary}, Form: []Field{long("opinion", "村级意见")}},
		{Code: "township_pass", Title: "审核", From: []State{"township_review"}, To: "county_review", Roles: []Role{TownshipOffice}, NotBy: []string{"verify"},
			Form: []Field{long("opinion", "审核意见")}, Document: "乡镇审核意见"},
		{Code: "township_return", Title: "退回", From: []State{"township_review"}, To: "proposed", Roles: []Role{TownshipOffice}, NotBy: []string{"verify"},
			Form: []Field{reason}, Return: true, Document: "退回通知"},
		{Code: "county_pass", Title: "同意回退", From: []State{"county_review"}, To: "rolled_back", Roles: []Role{CountyOffice}, Copies: resultTold, NotBy: []string{"verify", "township_pass"},
			Form: []Field{long("opinion", "审定意见"), files("decision", "回退决定").optional()},
			Effects: []Effect{
				{Kind: SetHousehold, Event: "rolled_back"}, {Kind: RunHook, Hook: "reopen_episode"},
				{Kind: Tell, To: ToHousehold, Procedure: "lookback_window", Event: "cancel"},
				{Kind: Tell, To: ToHousehold, Procedure: "assistance_plan", Event: "adjust"},
				{Kind: OpenCase, Procedure: "assistance_plan", If: Guard{Name: GuardNoPlan}},
			}, Document: "回退决定"},
		{Code: "county_reject", Title: "不同意", From: []State{"county_review"}, To: "refused", Roles: []Role{CountyOffice}, Copies: resultTold, NotBy: []string{"verify"},
			Form: []Field{reason}, Effects: refusedRollback, Document: "不予回退决定"},
	},
	Clocks: []Clock{
		{Code: "verify", Title: "村级核实上报", In: []State{"proposed", "village_confirmed"}, Budget: "rollback_verify_days", Ladder: "standard"},
		{Code: "township", Title: "乡镇审核", In: []State{"township_review"}, Budget: "township_days", Ladder: "township"},
		{Code: "county", Title: "县级审定", In: []State{"county_review"}, Budget: "county_days", Ladder: "county"},
	},
}
