package procedure

var committees = []Role{VillageCadre, VillageSecretary}

// noticeSheet is what a village may publish and nothing else (5.6). The period
// and the telephone are added when the sheet is posted.
var noticeSheet = []Field{
	text("village", "村").class(P0), text("group", "组").class(P0),
	text("head_name", "户主姓名").class(P0).maxLen(20), integer("population", "家庭人口", 1, 30).class(P0),
	choiceOf("category", "对象类别", "category_set").class(P0).optional(),
	text("proposal", "公示事项").class(P0).help("如：拟纳入防止返贫监测对象"), text("unit", "公示单位").class(P0),
}

// villageNoticeV1 is 2.3: one notice per case, in the village.
var villageNoticeV1 = Definition{
	Name: "village_notice", Version: 1, Title: "村级公示", Prefix: "GS", Mode: Durable, Initial: "drafting",
	States: []StateDef{
		{Code: "drafting", Title: "拟制", Todo: []Role{VillageCadre}},
		{Code: "privacy_check", Title: "隐私校验", Todo: []Role{VillageCadre, TownshipOffice}},
		{Code: "posted", Title: "公示中"},
		{Code: "objection_open", Title: "异议核查中", Todo: []Role{VillageCadre, VillageSecretary}},
		{Code: "interrupted", Title: "公示中断", Todo: []Role{VillageCadre}},
		{Code: "ended_clean", Title: "期满无异议", Final: true},
		{Code: "ended_overruled", Title: "异议不成立", Final: true},
		{Code: "ended_upheld", Title: "异议成立", Final: true},
		{Code: "superseded", Title: "更正重新公示", Final: true},
		{Code: "withdrawn", Title: "撤回公示", Final: true},
	},
	Events: []Event{
		{Code: "submit_draft", Title: "送校验", From: []State{"drafting"}, To: "privacy_check", Roles: []Role{VillageCadre},
			Form: noticeSheet, Guards: guards(GuardPrivacy), Document: "公示稿"},
		{Code: "privacy_fail", Title: "校验不通过", Decides: true, From: []State{"privacy_check"}, To: "drafting", Roles: []Role{System, TownshipOffice},
			Form: []Field{reason}, Guards: guards(GuardPrivacyFails), Return: true, Document: "校验记录"},
		{Code: "post", Title: "张贴", From: []State{"privacy_check"}, To: "posted", Roles: []Role{VillageCadre},
			Form: []Field{text("place", "张贴地点").class(P0).fact(), text("phone", "异议受理电话").class(P0).fact(),
				choice("channel", "公示方式", Option{"board", "公示栏"}, Option{"screen", "电子屏"}, Option{"group", "村民群"}, Option{"site", "网站"}).class(P0).fact(),
				files("photo", "张贴照片（含时间）")},
			Guards: guards(GuardPrivacy), Effects: []Effect{{Kind: Publish}}, Document: "张贴照片"},
		{Code: "object", Title: "提出异议", From: []State{"posted"}, To: "objection_open", Roles: []Role{Public, Farmer}, Proxies: []Role{VillageCadre, TownshipOffice},
			Form: []Field{long("facts", "异议事实").class(P5), text("objector_name", "异议人姓名").class(P5).optional().help("可不填写；匿名异议应有具体事实"),
				text("objector_contact", "联系方式").class(P5).optional(), text("named_person", "被反映的干部").class(P5).optional()},
			Guards: guards(GuardInWindow), Effects: []Effect{{Kind: OpenCase, Procedure: "objection"}}, Document: "异议记录"},
		{Code: "overrule", Title: "不成立", Decides: true, From: []State{"objection_open"}, To: "posted", Roles: committees,
			Form:   []Field{long("finding", "核查结论").class(P2), must("objector_told", "已告知异议人（匿名的已在村内说明）")},
			Guards: []Guard{{GuardObjectionFinding, "overruled"}}, Document: "异议核查结论"},
		{Code: "uphold", Title: "成立", From: []State{"objection_open"}, To: "ended_upheld", Roles: committees,
			Signers: []Signer{{Title: "乡镇", Roles: []Role{TownshipOffice}, Min: 1}},
			Form:    []Field{long("finding", "核查结论").class(P2)},
			Guards:  []Guard{{GuardSigned, ""}, {GuardObjectionFinding, "upheld"}},
			Effects: []Effect{{Kind: TakeDown}, {Kind: Tell, To: ToParent, Procedure: "identification", Event: "notice_upheld"}, {Kind: Tell, To: ToParent, Procedure: "risk_elimination", Event: "notice_upheld"}, {Kind: Tell, To: ToParent, Procedure: "poverty_exit", Event: "notice_bad"}}, Document: "异议核查结论"},
		{Code: "interrupt", Title: "中断", From: []State{"posted"}, To: "interrupted", Roles: []Role{VillageCadre, TownshipOffice},
			Form: []Field{long("cause", "中断原因"), files("photo", "现场照片")}, Document: "现场照片"},
		{Code: "resume", Title: "恢复", From: []State{"interrupted"}, To: "posted", Roles: []Role{VillageCadre},
			Form: []Field{files("photo", "恢复张贴照片")}, Effects: []Effect{{Kind: Prolong}}, Document: "恢复张贴照片"},
		{Code: "correct", Title: "更正", From: []State{"posted", "interrupted"}, To: "superseded", Roles: []Role{VillageCadre},
			Form:    []Field{long("change", "更正内容")},
			Effects: []Effect{{Kind: TakeDown}, {Kind: OpenCase, Procedure: "village_notice", To: ToParent}}, Document: "更正公示稿"},
		{Code: "expire_clean", Title: "期满", From: []State{"posted"}, To: "ended_clean", Roles: []Role{Timer},
			Guards:  guards(GuardWindowOver, GuardNeverObjected, GuardEndPhoto),
			Effects: []Effect{{Kind: TakeDown}, {Kind: Tell, To: ToParent, Procedure: "identification", Event: "notice_passed"}, {Kind: Tell, To: ToParent, Procedure: "risk_elimination", Event: "notice_passed"}, {Kind: Tell, To: ToParent, Procedure: "poverty_exit", Event: "notice_ok"}}, Document: "期满照片"},
		{Code: "expire_overruled", Title: "期满", From: []State{"posted"}, To: "ended_overruled", Roles: []Role{Timer},
			Guards:  guards(GuardWindowOver, GuardAllOverruled, GuardEndPhoto),
			Effects: []Effect{{Kind: TakeDown}, {Kind: Tell, To: ToParent, Procedure: "identification", Event: "notice_passed"}, {Kind: Tell, To: ToParent, Procedure: "risk_elimination", Event: "notice_passed"}, {Kind: Tell, To: ToParent, Procedure: "poverty_exit", Event: "notice_ok"}}, Document: "期满照片"},
		{Code: "pull", Title: "撤回", From: []State{"drafting", "privacy_check", "posted", "objection_open", "interrupted"}, To: "withdrawn",
			Roles: []Role{TownshipOffice}, Proxies: []Role{Procedure}, Guards: guards(GuardParentEnded), Effects: []Effect{{Kind: TakeDown}}},
	},
	Clocks: []Clock{
		{Code: "window", Title: "公示期", In: []State{"posted", "objection_open", "interrupted"}, Pause: []State{"interrupted"}, Budget: "notice_days", Ladder: "standard",
			Fires: []string{"expire_clean", "expire_overruled"}},
		{Code: "objection", Title: "异议核查", In: []State{"objection_open"}, Budget: "objection_days", Ladder: "standard"},
	},
}
