package procedure

// lateObjection is no silent matter (section 6 #19).
var lateObjection = []Effect{{Kind: RunHook, Hook: "late_objection"}}

// objectionV1 is 2.14. The objector's identity (P5) is seen by the handler only
// and, masked, by the auditor.
var objectionV1 = Definition{
	Name: "objection", Version: 1, Title: "异议/信访", Prefix: "YY", Mode: Durable, Initial: "received",
	States: []StateDef{
		{Code: "received", Title: "已收到", Todo: []Role{VillageCadre, TownshipOffice}},
		{Code: "accepted", Title: "已受理", Todo: []Role{Handler}},
		{Code: "investigating", Title: "核查中", Todo: []Role{Handler}},
		{Code: "upheld", Title: "成立", Todo: []Role{Handler}},
		{Code: "overruled", Title: "不成立", Todo: []Role{Handler}},
		{Code: "replied", Title: "已答复"},
		{Code: "second_review", Title: "上级复核", Todo: []Role{TownshipOffice, CountyOffice}},
		{Code: "closed", Title: "办结", Final: true},
		{Code: "out_of_scope", Title: "不予受理", Final: true},
	},
	Opening: Opening{
		Roles: []Role{VillageCadre, TownshipOffice, CountyOffice},
		Form: []Field{long("facts", "反映的事实").class(P5), text("objector_name", "反映人姓名").class(P5).optional(),
			text("objector_contact", "联系方式").class(P5).optional(), text("named_person", "被反映的干部").class(P5).optional()},
	},
	Events: []Event{
		{Code: "accept", Title: "受理", From: []State{"received"}, To: "accepted", Roles: []Role{VillageCadre, TownshipOffice}, Guards: guards(GuardHandlerNotNamed)},
		{Code: "reject_scope", Title: "不予受理", Decides: true, From: []State{"received"}, To: "out_of_scope", Roles: []Role{TownshipOffice}, Form: []Field{reason}},
		{Code: "start", Title: "核查", From: []State{"accepted"}, To: "investigating", Roles: []Role{Handler},
			Signers: []Signer{{Title: "另一名核查人", Roles: []Role{VillageCadre, VillageSecretary, TownshipOffice}, Min: 1}}, Guards: guards(GuardSigned, GuardHandler, GuardHandlerNotNamed)},
		{Code: "find_upheld", Title: "成立", Decides: true, From: []State{"investigating"}, To: "upheld", Roles: []Role{Handler},
			Form: []Field{long("finding", "核查结论").class(P2), files("evidence", "证据")}, Guards: guards(GuardHandler),
			Effects: lateObjection, Document: "核查结论"},
		{Code: "find_overruled", Title: "不成立", Decides: true, From: []State{"investigating"}, To: "overruled", Roles: []Role{Handler},
			Form: []Field{long("finding", "核查结论").class(P2), files("evidence", "证据")}, Guards: guards(GuardHandler), Document: "核查结论"},
		{Code: "reply", Title: "答复", From: []State{"upheld", "overruled"}, To: "replied", Roles: []Role{Handler},
			Form:   []Field{choice("mode", "答复方式", Option{"written", "书面"}, Option{"village", "匿名，在村内说明"}).fact(), date("replied_on", "答复日期").past(), files("reply", "答复书").optional()},
			Guards: guards(GuardHandler), Document: "答复书"},
		{Code: "ask_second_review", Title: "申请复核", From: []State{"replied"}, To: "second_review", Roles: []Role{Objector}, Proxies: []Role{VillageCadre, TownshipOffice},
			Form: []Field{long("request", "复核请求").class(P5)}, Guards: guards(GuardObjector, GuardAskWindow)},
		{Code: "second_result", Title: "复核结论", From: []State{"second_review"}, To: "closed", Roles: hubs, NotBy: []string{"accept", "start", "find_upheld", "find_overruled"},
			Form: []Field{choice("result", "结论", Option{"upheld", "异议成立"}, Option{"overruled", "异议不成立"}).fact(), long("finding", "复核结论").class(P2)}, Guards: guards(GuardAboveHandler),
			Effects: lateObjection, Document: "复核结论"},
		{Code: "close", Title: "办结", From: []State{"replied"}, To: "closed", Roles: []Role{Timer}, Guards: guards(GuardNoReviewAsked)},
	},
	Clocks: []Clock{
		{Code: "accept", Title: "受理", In: []State{"received"}, Budget: "objection_accept_days", Ladder: "standard"},
		{Code: "investigate", Title: "核查", In: []State{"accepted", "investigating"}, Budget: "objection_days", Ladder: "standard"},
		{Code: "reply", Title: "答复", In: []State{"upheld", "overruled"}, Budget: "objection_reply_days", Ladder: "standard"},
		{Code: "ask", Title: "申请复核期", In: []State{"replied"}, Budget: "second_review_ask_days", Ladder: "silent", Fires: []string{"close"}},
		{Code: "second", Title: "上级复核", In: []State{"second_review"}, Budget: "second_review_days", Ladder: "standard"},
	},
}
