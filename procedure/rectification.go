package procedure

// Classes of a problem by the time it takes (S003): on the spot, special, long-term.
const (
	RectifyImmediate = "immediate"
	RectifySpecial   = "special"
	RectifyLongTerm  = "long_term"
)

// Ways in which the limit of a problem is set: a day, days from now, or an event of
// its programme that it must be finished before (S000, S001, S003).
const (
	DueDate        = "date"
	DueDaysAfter   = "days_after"
	DueBeforeEvent = "before_event"
)

var (
	// noticers may report that a rectified problem is back: everybody with an account
	// but the farmers, who raise a clue or an objection.
	noticers = []Role{
		VillageCadre, GridMember, VillageMonitor, VillageSecretary, ResidentLeader, ResidentMember, AssistancePerson, MonitoringContact,
		Surveyor, TownshipOffice, LinkedLeader, TownshipHead, GuidanceGroup, CountyOffice, CountyGroup, Discipline, Auditor,
	}
	problemSubject = []Field{
		text("brief", "问题性质简述").help("用于台账和通报，不写姓名等个人信息").fact(),
		choice("subject_kind", "问题对象", Option{"household", "农户"}, Option{"village", "村"}, Option{"township", "乡镇"}, Option{"department", "部门"}).fact(),
		choiceOf("dept", "责任部门", "problem_department_set").when("subject_kind", "department").fact(),
		choice("household_type", "户类型", Option{"out_of_poverty", "脱贫户"}, Option{"monitored", "监测户"}, Option{"ordinary", "一般农户"}).when("subject_kind", "household"),
		integer("population", "家庭人口", 1, 30).when("subject_kind", "household"),
		long("description", "问题具体描述").class(P2), long("remark", "备注").class(P2).optional(),
		date("found_on", "发现日期").past().fact(), yes("self_found", "自查发现").fact(),
		text("found_in", "发现于（活动、表册、指标）").optional().fact(),
		choice("indicator", "户表指标", indicators...).optional().fact().help("整改完成前，户表中该指标不能改动"),
		long("proposed_measure", "整改方案拟定的措施").optional(),
		date("asked_by", "要求的整改期限").optional().fact().help("发现时提出的期限；交办时定的期限不能晚于它"),
		text("programme_no", "所属整改方案编号").optional().fact(),
	}
	dueFields = []Field{
		choice("due_kind", "期限方式", Option{DueDate, "指定日期"}, Option{DueDaysAfter, "交办后若干天"}, Option{DueBeforeEvent, "在方案所列事项之前"}).fact(),
		date("due_date", "整改期限").when("due_kind", DueDate),
		integer("due_days", "天数", 1, 731).help("不填的，按本类问题的整改期限").optional().when("due_kind", DueDaysAfter),
		choiceFrom("due_event", "须在此事项之前完成", FromProgrammeEvents).when("due_kind", DueBeforeEvent).fact(),
	}
	// formGoesOn lets the household forms go on that waited for the problem (先整改后填报):
	// its own, and those of the problems that were found to be the same as it.
	formGoesOn = []Effect{{Kind: Tell, To: ToParent, Procedure: "household_form", Event: "rectified"}, {Kind: RunHook, Hook: "waiting_forms"}}
	newDue     = date("new_due", "新的整改期限")
	concealed  = yes("concealed", "上级发现时存在隐瞒").fact()
)

// rectificationV1 is 2.8: a problem from the ledger to its close-out and the look-back
// upon it. A limit that is over climbs its ladder; nothing is closed by time.
// NotHandedIn are the states of a problem in which its limit counts.
var NotHandedIn = []State{"found", "registered", "assigned", "rectifying", "escalated"}

var rectificationV1 = Definition{
	Name: "rectification", Version: 1, Title: "问题整改", Prefix: "ZG", Mode: Durable, Initial: "found", About: AboutEither, Brief: "brief",
	States: []StateDef{
		{Code: "found", Title: "发现", Todo: []Role{TownshipOffice}},
		{Code: "registered", Title: "已入台账", Todo: []Role{TownshipOffice}},
		{Code: "assigned", Title: "已交办", Todo: []Role{Responsible}},
		{Code: "rectifying", Title: "整改中", Todo: []Role{Responsible}},
		{Code: "escalated", Title: "已上报", Todo: []Role{TownshipHead, CountyOffice}},
		{Code: "submitted", Title: "申请销号", Todo: []Role{Verifier}},
		{Code: "verifying", Title: "核验中", Todo: []Role{Verifier}},
		{Code: "closed", Title: "已销号"},
		{Code: "lookback", Title: "整改回头看", Todo: []Role{TownshipOffice}},
		{Code: "consolidated", Title: "巩固", Final: true},
		{Code: "long_term", Title: "常态长期", Todo: []Role{TownshipOffice}},
		{Code: "not_established", Title: "不属实", Final: true},
		{Code: "duplicate", Title: "重复", Final: true},
	},
	Opening: Opening{
		Roles: []Role{VillageCadre, VillageSecretary, ResidentLeader, Surveyor, TownshipOffice, GuidanceGroup, CountyOffice, Auditor},
		Form:  problemSubject, Guards: guards(GuardProblemSubject, GuardProgramme), Derive: []string{"problem_found"},
		Effects: []Effect{{Kind: RunHook, Hook: "join_programme"}},
	},
	Events: []Event{
		{Code: "register", Title: "入台账", From: []State{"found"}, To: "registered", Roles: []Role{Surveyor, TownshipOffice, Auditor},
			Form: []Field{choiceOf("problem_type", "问题类型", "problem_type_set").fact(), choiceOf("nature", "问题性质", "problem_nature_set").fact(),
				choiceOf("source_class", "来源类别", "problem_source_set").fact(), choiceOf("channel", "发现渠道", "problem_channel_set").optional().fact(),
				text("persons", "所涉人员（见人）").class(P2), long("facts", "具体事实（见事）").class(P2), concealed},
			Guards: guards(GuardConcealedByHigher), Derive: []string{"protection"}, Document: "问题台账"},
		{Code: "dismiss", Title: "不属实", From: []State{"found", "registered"}, To: "not_established", Roles: []Role{TownshipOffice},
			Form: []Field{reason, files("evidence", "证明材料")}, Guards: guards(GuardSigned), Effects: formGoesOn,
			Signers: []Signer{{Title: "另一名核实人员", Roles: []Role{LinkedLeader, TownshipOffice, VillageSecretary}, Min: 1}}},
		{Code: "merge", Title: "重复", Decides: true, From: []State{"found", "registered"}, To: "duplicate", Roles: []Role{TownshipOffice},
			Form: []Field{text("duplicate_of", "与之重复的问题编号").fact()}, Guards: guards(GuardDuplicate), Effects: formGoesOn},
		{Code: "assign", Title: "交办", From: []State{"registered"}, To: "assigned", Roles: []Role{TownshipOffice},
			Form: append([]Field{
				choice("class", "整改类别", Option{RectifyImmediate, "立行立改"}, Option{RectifySpecial, "专项整治"}, Option{RectifyLongTerm, "持续整改"}).fact(),
				long("measure", "整改措施"), text("co_units", "配合单位").optional(),
				choiceFrom("responsible", "整改责任人", FromStaff).fact(), choiceFrom("verifier", "核验人", FromStaff).fact(),
			}, dueFields...),
			Guards: guards(GuardAssignees, GuardDue), Derive: []string{"due_assigned"},
			Effects: []Effect{{Kind: RunHook, Hook: "supervision_notice", If: Guard{Name: GuardNotImmediate}}}, Document: "督办通知"},
		{Code: "start", Title: "开始整改", From: []State{"assigned"}, To: "rectifying", Roles: []Role{Responsible}},
		{Code: "escalate", Title: "上报", From: []State{"assigned", "rectifying"}, To: "escalated", Roles: []Role{TownshipOffice},
			Form: []Field{must("beyond_us", "本级确实无法解决"), reason, files("signed_list", "签字的问题清单")}, Guards: guards(GuardSigned, GuardVillageSigned),
			Signers: []Signer{
				{Title: "村党组织书记（镇级问题为联村领导）", Roles: []Role{VillageSecretary, LinkedLeader}, Min: 1},
				{Title: "驻村第一书记（镇级问题为另一名经办人）", Roles: []Role{ResidentLeader, TownshipOffice}, Min: 1},
			}, Document: "签字清单"},
		{Code: "decide", Title: "审定交办", Decides: true, From: []State{"escalated"}, To: "assigned", Roles: []Role{TownshipHead, CountyOffice},
			Form:   []Field{long("decision", "审定意见"), choiceFrom("responsible", "新的整改责任人", FromStaff).fact(), newDue},
			Guards: guards(GuardNewResponsible, GuardNewDue), Derive: []string{"due_moved"},
			Effects: []Effect{{Kind: RunHook, Hook: "supervision_notice", If: Guard{Name: GuardNotImmediate}}}, Document: "审定意见"},
		{Code: "extend", Title: "延期", From: []State{"rectifying"}, To: Stay, Roles: []Role{Responsible},
			Form: []Field{reason, newDue}, Guards: guards(GuardSigned, GuardExtension, GuardNewDue), Derive: []string{"due_moved"},
			Signers:  []Signer{{Title: "上一级", Roles: []Role{TownshipOffice, LinkedLeader, TownshipHead, CountyOffice, CountyGroup}, Min: 1}},
			Document: "延期申请"},
		{Code: "submit", Title: "申请销号", From: []State{"rectifying"}, To: "submitted", Roles: []Role{Responsible},
			Form:    []Field{long("result", "整改结果").class(P2), files("before", "整改前佐证"), files("after", "整改后佐证")},
			Effects: []Effect{{Kind: RunHook, Hook: "supervision_reply"}}, Document: "整改报告"},
		{Code: "take", Title: "受理核验", From: []State{"submitted"}, To: "verifying", Roles: []Role{Verifier}, NotBy: []string{"start", "submit"}},
		{Code: "verify_return", Title: "核验退回", From: []State{"verifying"}, To: "rectifying", Roles: []Role{Verifier}, NotBy: []string{"start", "submit"},
			Form: []Field{reason, newDue}, Guards: guards(GuardNewDue), Derive: []string{"due_moved"}, Return: true},
		{Code: "verify_pass", Title: "销号", From: []State{"verifying"}, To: "closed", Roles: []Role{Verifier, TownshipHead, CountyOffice, CountyGroup}, NotBy: []string{"start", "submit"},
			Form: []Field{must("cause_clear", "问题已查清"), must("measure_done", "整改已到位"), must("books_match", "账实相符、账账相符"),
				choice("satisfaction", "群众意见", Option{"satisfied", "满意"}, Option{"dissatisfied", "不满意"}, Option{"silent", "未表态"}, Option{"nobody", "不涉及农户"}).fact(),
				long("exception_reason", "仍予销号的理由").when("satisfaction", "dissatisfied", "silent"),
				long("finding", "核验情况").class(P2), files("verification", "核验记录")},
			Guards: guards(GuardSatisfied), Derive: []string{"lookback_planned"}, Effects: formGoesOn, Document: "核验记录"},
		{Code: "to_long_term", Title: "转常态", Decides: true, From: []State{"rectifying", "verifying"}, To: "long_term", Roles: []Role{TownshipHead},
			Form:   []Field{reason, long("upkeep", "常态化措施"), date("yearly_check", "年度检查日期").fact()},
			Guards: guards(GuardLongTermClass, GuardYearlyCheck), Derive: []string{"check_planned"}, Effects: formGoesOn, Document: "转常态决定"},
		{Code: "long_term_check", Title: "常态检查", From: []State{"long_term"}, To: "verifying", Roles: []Role{TownshipOffice},
			Form: []Field{long("finding", "检查情况").class(P2), files("evidence", "检查佐证").optional()}},
		{Code: "start_lookback", Title: "回头看", From: []State{"closed"}, To: "lookback", Roles: []Role{Timer}, Guards: guards(GuardLimitOver), Derive: []string{"lookback_started"}},
		{Code: "lookback_ok", Title: "未反弹", From: []State{"lookback"}, To: "consolidated", Roles: []Role{TownshipOffice}, NotBy: []string{"start", "submit", "take", "verify_pass"},
			Form: []Field{long("finding", "回头看情况").class(P2), files("evidence", "回头看佐证")}, Guards: guards(GuardNotVerifier), Document: "整改回头看记录"},
		{Code: "rebound", Title: "反弹", From: []State{"closed", "lookback"}, To: "assigned", Roles: noticers,
			Form: []Field{long("finding", "反弹情况").class(P2), files("evidence", "佐证").optional(), concealed}, Guards: guards(GuardConcealedByHigher),
			Derive: []string{"due_rebound", "protection"}, Document: "反弹记录"},
	},
	Clocks: []Clock{
		{Code: "register", Title: "入台账", In: []State{"found"}, Budget: "problem_register_days", Ladder: "township"},
		{Code: "assign", Title: "研判交办", In: []State{"registered"}, Budget: "problem_assign_days", Ladder: "township"},
		{Code: "start", Title: "接办", In: []State{"assigned"}, Budget: "rectify_start_days", Ladder: "standard"},
		// An escalation does not stop the limit: only the decision sets a new one.
		{Code: "due", Title: "整改期限", In: []State{"assigned", "rectifying", "escalated"}, Until: "due_on", Ladder: "rectification", OnRung: map[string]string{"supervise": "supervision_notice"}},
		{Code: "decide", Title: "审定交办", In: []State{"escalated"}, Budget: "rectify_decide_days", Ladder: "county"},
		{Code: "verify", Title: "销号核验", In: []State{"submitted", "verifying"}, Budget: "rectify_verify_days", Ladder: "township"},
		{Code: "wait", Title: "销号后观察", In: []State{"closed"}, Until: "lookback_on", Ladder: "silent", Fires: []string{"start_lookback"}},
		{Code: "lookback", Title: "整改回头看", In: []State{"lookback"}, Until: "lookback_until", Ladder: "township"},
		{Code: "check", Title: "常态检查", In: []State{"long_term"}, Until: "check_on", Ladder: "township"},
	},
}
