package procedure

// DataRuleListed is a problem named by a list from above for which there is no rule:
// whether it is mended is for the reviewer to say.
const DataRuleListed = "listed"

// dataIssueV1 is 2.13: something wrong in the register, found by a rule or named on a
// list from above, mended or explained by its owner and checked by the linked leader
// (S003 #21). It is closed only after the rule was run again.
var dataIssueV1 = Definition{
	Name: "data_issue", Version: 1, Title: "问题数据清洗", Prefix: "SJ", Mode: Inline, Initial: "detected",
	States: []StateDef{
		{Code: "detected", Title: "检出", Todo: []Role{TownshipOffice}},
		{Code: "assigned", Title: "已派发", Todo: []Role{Owner}},
		{Code: "checking", Title: "核实中", Todo: []Role{Owner}},
		{Code: "corrected", Title: "已更正", Todo: []Role{LinkedLeader}},
		{Code: "explained", Title: "情况属实说明", Todo: []Role{LinkedLeader}},
		{Code: "verified", Title: "已核验"},
		{Code: "closed", Title: "办结", Final: true},
		{Code: "returned", Title: "退回", Todo: []Role{Owner}},
	},
	Opening: Opening{
		Roles: []Role{TownshipOffice, CountyOffice},
		Form: []Field{
			choice("source", "来源", Option{"own_rule", "本系统规则检出"}, Option{"list_above", "上级下发清单"}).fact(),
			choice("rule", "规则", dataRules...).fact(),
			{Code: "list_no", Title: "清单名称和序号", Kind: Text, Class: P1, Required: true, MaxLen: 200, Fact: true, When: &When{"source", []string{"list_above"}}},
			text("person_id", "涉及成员").optional().fact(), long("detail", "问题描述").class(P2),
		},
		Guards: guards(GuardRuleFinds),
	},
	Events: []Event{
		{Code: "assign", Title: "派发", From: []State{"detected"}, To: "assigned", Roles: []Role{TownshipOffice},
			Form: []Field{choice("cause", "问题环节", Option{"content", "采集内容有误"}, Option{"typing", "录入有误"}).fact(),
				choiceFrom("owner", "清洗责任人", FromStaff).fact().help("内容问题由采集人负责，录入问题由录入员负责"),
				date("due_on", "清洗截止日期").fact()},
			Guards: guards(GuardDataOwner), Document: "问题数据清单"},
		{Code: "check", Title: "核实", From: []State{"assigned", "returned"}, To: "checking", Roles: []Role{Owner},
			Form: []Field{choice("mode", "核实方式", Option{"visit", "入户"}, Option{"phone", "电话"}, Option{"archive", "查阅档案"}).fact(), date("checked_on", "核实日期").past()}},
		{Code: "correct", Title: "更正", From: []State{"checking"}, To: "corrected", Roles: []Role{Owner},
			Form: []Field{
				{Code: "corrections", Title: "更正内容", Kind: Rows, Class: P2, Required: true, Columns: []Field{
					choice("item", "数据项", correctable...), text("person_id", "成员").optional().help("家庭人口和户联系电话不填成员"),
					text("old", "原值").class(P2).optional(), text("new", "更正为").class(P2).optional(),
				}},
				files("evidence", "佐证材料"), long("note", "说明").class(P2).optional(),
			},
			Guards: guards(GuardCorrections), Effects: []Effect{{Kind: RunHook, Hook: "correct_register"}}, Document: "数据更正佐证"},
		{Code: "explain", Title: "说明属实", Decides: true, From: []State{"checking"}, To: "explained", Roles: []Role{Owner},
			Form: []Field{long("explanation", "情况属实的说明").class(P2), files("evidence", "佐证材料")}, Document: "情况属实说明"},
		{Code: "verify", Title: "核验", From: []State{"corrected", "explained"}, To: "verified", Roles: []Role{LinkedLeader}, NotBy: []string{"check", "correct", "explain"},
			Form: []Field{long("opinion", "核验意见")}, Guards: guards(GuardRuleClean), Effects: []Effect{{Kind: Tell, To: ToSelf, Event: "close"}}},
		{Code: "return", Title: "退回", Decides: true, From: []State{"corrected", "explained"}, To: "returned", Roles: []Role{LinkedLeader}, Form: []Field{reason}, Return: true},
		{Code: "close", Title: "办结", From: []State{"verified"}, To: "closed", Roles: []Role{System}, Guards: guards(GuardRuleClean)},
	},
	Clocks: []Clock{
		{Code: "assign", Title: "派发", In: []State{"detected"}, Budget: "issue_assign_days", Ladder: "township"},
		{Code: "clean", Title: "清洗", In: []State{"assigned", "checking", "returned"}, Until: "due_on", Ladder: "standard"},
		{Code: "verify", Title: "核验", In: []State{"corrected", "explained"}, Budget: "issue_verify_days", Ladder: "township"},
	},
}
