package procedure

// GuardDef describes a guard: the condition in words, as the screen and the
// documentation show it. The code behind it is in package activities.
type GuardDef struct {
	Name  string
	Title string
}

// The guards that definitions may name.
const (
	GuardSigned             = "signed"
	GuardTargetVillage      = "target_village"
	GuardOwnVillage         = "own_village"
	GuardIdentificationOpen = "identification_open"
	GuardNoIdentification   = "no_identification_open"
	GuardNotMustAdmit       = "not_must_admit"
	GuardMustAdmitReason    = "must_admit_reason"
	GuardReopenPeriod       = "reopen_period"
	GuardAuthorization      = "authorization_valid"
	GuardVerification       = "verification_complete"
	GuardIncomeSheet        = "income_sheet"
	GuardJoin               = "comparison_joined"
	GuardQuorum             = "quorum"
	GuardNotTwiceUpheld     = "not_twice_upheld"
	GuardNoticeEnded        = "notice_ended"
	GuardSampleVisit        = "sample_visit"
	GuardSupplementAnswered = "supplement_answered"
	GuardPrivacy            = "privacy"
	GuardPrivacyFails       = "privacy_fails"
	GuardInWindow           = "in_window"
	GuardWindowOver         = "window_over"
	GuardNeverObjected      = "never_objected"
	GuardAllOverruled       = "all_overruled"
	GuardObjectionFinding   = "objection_finding"
	GuardEndPhoto           = "end_photo"
	GuardParentEnded        = "parent_ended"
	GuardHandler            = "is_handler"
	GuardHandlerNotNamed    = "handler_not_named"
	GuardAboveHandler       = "above_handler"
	GuardObjector           = "is_objector"
	GuardAskWindow          = "ask_window"
	GuardNoReviewAsked      = "no_review_asked"
	GuardLimitOver          = "limit_over"
	GuardFastLane           = "fast_lane"
	GuardOwnDepartment      = "own_department"
	GuardStableWindows      = "stable_windows"
	GuardCasesClosed        = "cases_closed"
)

// Guards lists every guard, in the order of the constants.
var Guards = []GuardDef{
	{GuardSigned, "应当会签的人员均已会签"},
	{GuardTargetVillage, "已指定本辖区内的目标村"},
	{GuardOwnVillage, "线索属于本村"},
	{GuardIdentificationOpen, "该户有在办的识别认定"},
	{GuardNoIdentification, "该户没有在办的识别认定，也未纳入监测"},
	{GuardNotMustAdmit, "不属于应纳尽纳的五种情形"},
	{GuardMustAdmitReason, "属于应纳尽纳情形的，须有领导书面理由"},
	{GuardReopenPeriod, "在抽查期限内"},
	{GuardAuthorization, "承诺授权书要件齐全并在有效期内"},
	{GuardVerification, "入户核实表完整，调查人员、日期和双方签字齐全"},
	{GuardIncomeSheet, "收入测算表已计算且与申报一致"},
	{GuardJoin, "部门信息比对已有结果"},
	{GuardQuorum, "到会人数和同意人数符合规定"},
	{GuardNotTwiceUpheld, "异议成立未达两次"},
	{GuardNoticeEnded, "村级公示已结束且结果相符"},
	{GuardSampleVisit, "已按要求抽查入户"},
	{GuardSupplementAnswered, "所列材料均已补齐"},
	{GuardPrivacy, "公示内容通过隐私校验"},
	{GuardPrivacyFails, "已指出公示内容中的隐私问题"},
	{GuardInWindow, "在公示期内"},
	{GuardWindowOver, "公示期已满"},
	{GuardNeverObjected, "公示期内无异议"},
	{GuardAllOverruled, "全部异议均不成立"},
	{GuardObjectionFinding, "异议核查结论与本操作一致"},
	{GuardEndPhoto, "已上传公示期满照片"},
	{GuardParentEnded, "所属事项已结束"},
	{GuardHandler, "由本件承办人办理"},
	{GuardHandlerNotNamed, "承办人不是被反映人"},
	{GuardAboveHandler, "由承办人的上一级办理"},
	{GuardObjector, "由异议人本人（或代录）提出"},
	{GuardAskWindow, "在申请复核期限内"},
	{GuardNoReviewAsked, "期限内未申请复核"},
	{GuardLimitOver, "期限已满"},
	{GuardFastLane, "实行先行帮扶"},
	{GuardOwnDepartment, "由被请求的部门办理"},
	{GuardStableWindows, "四次季度回头看均稳定"},
	{GuardCasesClosed, "该户在办事项均已撤销"},
}

func guards(names ...string) []Guard {
	out := make([]Guard, len(names))
	for i, n := range names {
		out[i] = Guard{Name: n}
	}
	return out
}
