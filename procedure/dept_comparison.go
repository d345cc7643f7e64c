package procedure

var hubs = []Role{TownshipOffice, CountyOffice}

// deptComparisonV1 is 2.12: one department's answer about one household. A hit
// is never an automatic rejection and silence is never a clean answer.
var deptComparisonV1 = Definition{
	Name: "dept_comparison", Version: 1, Title: "部门信息比对", Prefix: "BD", Mode: Durable, Initial: "requested", QuietWithParent: true,
	States: []StateDef{
		{Code: "requested", Title: "已送达", Todo: []Role{CountyDept}},
		{Code: "accepted", Title: "已接收", Todo: []Role{CountyDept}},
		{Code: "clean", Title: "无异常", Final: true},
		{Code: "hit", Title: "有异常", Todo: []Role{Surveyor, VillageCadre}},
		{Code: "explained", Title: "已核实说明", Todo: []Role{TownshipOffice, CountyOffice}},
		{Code: "settled", Title: "已了结", Final: true},
		{Code: "overdue", Title: "逾期", Todo: []Role{CountyDept, CountyOffice}},
		{Code: "refused", Title: "不予办理", Final: true},
	},
	Events: []Event{
		{Code: "accept", Title: "接收", From: []State{"requested"}, To: "accepted", Roles: []Role{CountyDept, TownshipDept}, Guards: guards(GuardOwnDepartment, GuardAuthorization)},
		{Code: "refuse", Title: "不予办理", Decides: true, From: []State{"requested", "accepted"}, To: "refused", Roles: []Role{CountyDept}, Proxies: []Role{Procedure}, Guards: guards(GuardOwnDepartment),
			Form: []Field{choice("cause", "情形", Option{"no_legal_basis", "无法律依据"}, Option{"authorization_expired", "授权已失效"}).fact(), reason}},
		{Code: "answer_clean", Title: "无异常", Decides: true, From: []State{"accepted", "overdue"}, To: "clean", Roles: []Role{CountyDept}, Guards: guards(GuardOwnDepartment, GuardFreshAnswer),
			Form: []Field{date("as_of", "数据截止日期").past().fact(), long("note", "说明").class(P4).optional()}, Document: "比对反馈"},
		{Code: "answer_hit", Title: "有异常", Decides: true, From: []State{"accepted", "overdue"}, To: "hit", Roles: []Role{CountyDept}, Guards: guards(GuardOwnDepartment, GuardFreshAnswer),
			Form: []Field{choiceOf("item", "比对事项", "comparison_items").fact(), date("as_of", "数据来源日期").past().fact(),
				text("person_id", "涉及成员").class(P2), long("detail", "异常情况").class(P4)}, Document: "比对反馈"},
		{Code: "lapse", Title: "逾期", From: []State{"requested", "accepted"}, To: "overdue", Roles: []Role{Timer}, Guards: guards(GuardLimitOver)},
		{Code: "explain", Title: "核实说明", From: []State{"hit"}, To: "explained", Roles: []Role{Surveyor},
			Signers: []Signer{{Title: "村干部", Roles: []Role{VillageCadre}, Min: 1}},
			Form:    []Field{long("explanation", "入户核实说明").class(P4), files("evidence", "入户取得的证据")}, Guards: guards(GuardSigned), Document: "异常情况说明"},
		{Code: "settle", Title: "采信", From: []State{"explained"}, To: "settled", Roles: hubs, NotBy: []string{"explain"},
			Form: []Field{choice("use", "处理", Option{"accepted", "说明成立，予以采信"}, Option{"reason", "作为不予认定的理由"}).fact(), long("opinion", "意见")}},
		{Code: "ask_more", Title: "再核", From: []State{"explained"}, To: "hit", Roles: hubs, NotBy: []string{"explain"}, Form: []Field{reason}, Return: true},
		{Code: "proceed_without", Title: "说明后继续", Decides: true, From: []State{"overdue"}, To: "settled", Roles: []Role{CountyOffice}, Form: []Field{reason}},
	},
	Clocks: []Clock{
		{Code: "accept", Title: "部门接收", In: []State{"requested"}, Budget: "comparison_accept_days", Ladder: "county"},
		{Code: "answer", Title: "部门比对", In: []State{"requested", "accepted"}, Budget: "comparison_days", Ladder: "county", Fires: []string{"lapse"}},
		{Code: "explain", Title: "核实说明", In: []State{"hit"}, Budget: "explain_days", Ladder: "standard"},
	},
}
