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
	GuardEntryApproved      = "entry_approved"
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
	GuardFreshAnswer        = "answer_fresh"
	GuardComparisonStale    = "comparison_stale"

	GuardProblemSubject    = "problem_subject"
	GuardProgramme         = "programme_known"
	GuardConcealedByHigher = "concealed_by_higher"
	GuardDuplicate         = "duplicate_known"
	GuardAssignees         = "assignees"
	GuardNewResponsible    = "new_responsible"
	GuardDue               = "due_within"
	GuardNewDue            = "new_due_within"
	GuardExtension         = "extension_allowed"
	GuardNotImmediate      = "not_immediate"
	GuardVillageSigned     = "village_signed"
	GuardSatisfied         = "household_satisfied"
	GuardLongTermClass     = "long_term_class"
	GuardYearlyCheck       = "yearly_check"
	GuardNotVerifier       = "not_the_verifier"

	GuardNeedsPlan         = "needs_plan"
	GuardNoPlan            = "no_plan_open"
	GuardPlanEarly         = "plan_early"
	GuardOtherPerson       = "other_person"
	GuardHandover          = "handover_in_time"
	GuardPlanMeasures      = "plan_measures"
	GuardRisksAnswered     = "risks_answered"
	GuardLabourRule        = "labour_rule"
	GuardAllDelivered      = "all_delivered"
	GuardRiskPoints        = "risk_points"
	GuardObserved          = "observed_or_gone"
	GuardPlanGoesOn        = "plan_goes_on"
	GuardStopCause         = "stop_cause"
	GuardHelpSettled       = "help_settled"
	GuardMeasureDepartment = "measure_department"
	GuardLeavesRisk        = "leaves_risk"
	GuardVisitDay          = "visit_day"
	GuardIncomeAsked       = "income_asked"
	GuardRemoteAllowed     = "remote_allowed"
	GuardSecondTry         = "second_try"
	GuardNewRisk           = "new_risk"

	// Members, data issues, medical re-assistance and the older regime.
	GuardClueMerges     = "clue_merges"
	GuardMemberForm     = "member_form"
	GuardTransfer       = "is_transfer"
	GuardNotTransfer    = "not_transfer"
	GuardHouseholdClear = "household_clear"
	GuardHouseholdEmpty = "household_empty"
	GuardRuleFinds      = "rule_finds"
	GuardRuleClean      = "rule_clean"
	GuardDataOwner      = "data_owner"
	GuardCorrections    = "corrections"
	GuardMedicalBurden  = "medical_burden"
	GuardStillPoor      = "still_poor"
	GuardOutOfPoverty   = "out_of_poverty"
	GuardExitCycle      = "exit_cycle"
	GuardExitStandard   = "exit_standard"
	GuardOwnItem        = "own_item"
	GuardFirstInQueue   = "first_in_queue"

	// Elimination, look-back and rollback.
	GuardHouseholdMonitored  = "household_monitored"
	GuardRenominate          = "renominate"
	GuardNoNewRisk           = "no_new_risk"
	GuardIncomeLine          = "income_line_set"
	GuardPrecheck            = "precheck"
	GuardConditionsSeen      = "conditions_seen"
	GuardComparedAgain       = "compared_again"
	GuardMarkComplete        = "mark_complete"
	GuardCountyCancels       = "county_cancels_approved"
	GuardIncomeStable        = "income_stable"
	GuardConditionFailed     = "condition_failed"
	GuardStillMonitored      = "still_monitored"
	GuardNotToObserve        = "not_to_observe"
	GuardHouseholdEliminated = "household_eliminated"
	GuardRollbackPossible    = "rollback_possible"

	GuardCampaignRegion   = "campaign_region"
	GuardCampaignPlan     = "campaign_plan"
	GuardSurveyorsTrained = "surveyors_trained"
	GuardScopeCovered     = "scope_covered"
	GuardFormsFinal       = "forms_final"
	GuardProblemsSettled  = "problems_settled"
	GuardRedoDates        = "redo_dates"
	GuardPhasesDone       = "phases_done"
	GuardNotSurveyor      = "not_surveyor"
	GuardSampleClean      = "sample_clean"
	GuardPapersComplete   = "papers_complete"
	GuardAssigned         = "assigned_surveyor"
	GuardPreviousChecked  = "previous_checked"
	GuardRectifiedFirst   = "rectified_first"
	GuardRectified        = "mismatches_rectified"
	GuardBothSigned       = "both_signed"
	GuardIndicatorsFree   = "indicators_free"
	GuardFormLogic        = "form_logic"
	GuardWholeVillage     = "whole_village"
	GuardFormCode         = "form_code_free"
	GuardVillageFinal     = "village_final"
	GuardNoFeedback       = "no_feedback_open"
	GuardSumsCurrent      = "sums_current"
)

// Guards lists every guard, in the order of the constants.
var Guards = []GuardDef{
	{GuardSigned, "应当会签的人员均已会签"},
	{GuardTargetVillage, "已指定本辖区内的目标村"},
	{GuardOwnVillage, "线索属于本村，由本村发现"},
	{GuardIdentificationOpen, "该户有在办的识别认定"},
	{GuardNoIdentification, "该户没有在办的识别认定，也未纳入监测"},
	{GuardNotMustAdmit, "不属于应纳尽纳的五种情形"},
	{GuardMustAdmitReason, "属于应纳尽纳情形的，须有领导书面理由"},
	{GuardReopenPeriod, "在抽查期限内"},
	{GuardAuthorization, "承诺授权书要件齐全并在有效期内"},
	{GuardVerification, "入户核实表完整，调查人员、日期和双方签字齐全"},
	{GuardIncomeSheet, "收入测算表已计算，与申报不一致的已说明"},
	{GuardEntryApproved, "录入日期不早于县级审定"},
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
	{GuardFreshAnswer, "数据截止日期在比对结果有效期内"},
	{GuardComparisonStale, "有部门的比对结果已超过有效期"},

	{GuardProblemSubject, "问题对象与所属的户、村、乡镇或部门一致"},
	{GuardProgramme, "整改方案存在且覆盖本地，同一问题未重复列入"},
	{GuardConcealedByHigher, "隐瞒由上级或监督人员认定"},
	{GuardDuplicate, "已指明另一件在册、尚未销号的问题"},
	{GuardAssignees, "核验人不是整改责任人"},
	{GuardNewResponsible, "另行指定的责任人不是原责任人，也不是核验人"},
	{GuardDue, "整改期限不早于今天，不超过本类期限和方案截止日期"},
	{GuardNewDue, "新的期限不早于今天，不超过方案截止日期"},
	{GuardExtension, "期限未到，延期次数未满，由上一级同意"},
	{GuardNotImmediate, "不是立行立改的问题"},
	{GuardVillageSigned, "由本级两名负责人会签"},
	{GuardSatisfied, "群众满意；未表态或不满意的，由核验人的上一级说明理由"},
	{GuardLongTermClass, "属于持续整改的问题"},
	{GuardYearlyCheck, "已定年度检查日期"},
	{GuardNotVerifier, "不由核验人办理"},

	{GuardNeedsPlan, "该户正在监测帮扶或先行帮扶中"},
	{GuardNoPlan, "该户没有在办的帮扶计划"},
	{GuardPlanEarly, "先行帮扶且没有在办的帮扶计划"},
	{GuardOtherPerson, "与现任帮扶责任人不是同一人"},
	{GuardHandover, "在规定期限内完成交接，逾期的已说明理由"},
	{GuardPlanMeasures, "帮扶措施完整，期限不早于今天"},
	{GuardRisksAnswered, "每类风险都有相应的措施"},
	{GuardLabourRule, "有劳动力的有开发式措施，无劳动力的有保障性措施，或有书面理由"},
	{GuardAllDelivered, "全部措施已核验或已替换"},
	{GuardRiskPoints, "每类风险都已评价"},
	{GuardObserved, "该户风险已消除且观察期满，或已整户注销"},
	{GuardPlanGoesOn, "该户没有未予纳入或错纳纠正，帮扶计划不须终止"},
	{GuardStopCause, "终止情形与该户状态一致"},
	{GuardHelpSettled, "已开展的措施均已办结或取消"},
	{GuardMeasureDepartment, "由承办部门或帮扶责任人办理"},
	{GuardLeavesRisk, "取消后还有风险没有相应的措施"},
	{GuardVisitDay, "走访日期在走访期内"},
	{GuardIncomeAsked, "收入监测任务已填写收入"},
	{GuardRemoteAllowed, "按规定可以电话或微信联系"},
	{GuardSecondTry, "已安排走访期内的再次走访"},
	{GuardNewRisk, "走访发现新风险"},

	{GuardClueMerges, "该户有在办的识别认定，或当天已有在办的线索"},
	{GuardMemberForm, "成员、户主、转入户相符，身份证号不重复"},
	{GuardTransfer, "属于转移到另一户"},
	{GuardNotTransfer, "不属于转移"},
	{GuardHouseholdClear, "整户注销的，该户其他在办事项已撤销"},
	{GuardHouseholdEmpty, "该户已无在册成员"},
	{GuardRuleFinds, "规则检出该问题"},
	{GuardRuleClean, "再次运行规则已无问题，或已说明属实"},
	{GuardDataOwner, "录入问题由录入员负责，内容问题由采集人员负责"},
	{GuardCorrections, "原值与现有记录一致，更正值可用"},
	{GuardMedicalBurden, "自付医疗费用超过规定比例"},
	{GuardStillPoor, "尚未脱贫退出"},
	{GuardOutOfPoverty, "系脱贫户"},
	{GuardExitCycle, "收入计算周期为退出年度的固定周期"},
	{GuardExitStandard, "达到户“七条”退出标准"},
	{GuardOwnItem, "反馈本部门负责的指标"},
	{GuardFirstInQueue, "先报先复核，前面的户已复核"},

	{GuardHouseholdMonitored, "该户在监测中，风险尚未消除"},
	{GuardRenominate, "农户不同意消除的，间隔期满后由乡镇再次提名"},
	{GuardNoNewRisk, "提名以来没有新的风险线索，回头看没有不稳定"},
	{GuardIncomeLine, "已设置当年收入线"},
	{GuardPrecheck, "条件预检有相应的结论"},
	{GuardConditionsSeen, "入户核实各项条件均已达到，风险逐项消除"},
	{GuardComparedAgain, "按规定应再次比对的，比对异常已核清"},
	{GuardMarkComplete, "消除日期不早于县级审定，消除后指标齐全、相符并达标"},
	{GuardCountyCancels, "审定通过后由县级撤销"},
	{GuardIncomeStable, "人均纯收入不低于当年收入线"},
	{GuardConditionFailed, "至少一项条件不再满足"},
	{GuardStillMonitored, "该户仍在监测中"},
	{GuardNotToObserve, "该户不再需要回头看"},
	{GuardHouseholdEliminated, "该户风险已消除"},
	{GuardRollbackPossible, "该户风险已消除，没有在办的回退"},

	{GuardCampaignRegion, "行动覆盖印发单位所辖的乡镇或县"},
	{GuardCampaignPlan, "对象、阶段、日期、表册、人员和截止事项均已确定"},
	{GuardSurveyorsTrained, "全体调查员均已培训"},
	{GuardScopeCovered, "范围内农户均有调查结果，或已逐户列明例外"},
	{GuardFormsFinal, "全部户表均已定稿"},
	{GuardProblemsSettled, "立行立改的问题均已销号，其余均已入台账"},
	{GuardNotSurveyor, "经办人不是本次行动的调查员"},
	{GuardSampleClean, "抽查样本均有结果且无不合格"},
	{GuardPhasesDone, "本环节各阶段均已办结"},
	{GuardRedoDates, "重新整改和再次抽查的日期不早于今天，先后合理"},
	{GuardPapersComplete, "户表、村表均已锁定，问题均已入台账"},
	{GuardAssigned, "由指派的调查员办理"},
	{GuardPreviousChecked, "本人上一户的户表已自核"},
	{GuardRectifiedFirst, "数据不相符的已先行整改"},
	{GuardRectified, "不相符的问题均已销号"},
	{GuardBothSigned, "双方签字齐全，不是同一文件"},
	{GuardIndicatorsFree, "正在整改的指标未改动"},
	{GuardFormLogic, "户表数据逻辑一致"},
	{GuardWholeVillage, "全村户表均已进入会审"},
	{GuardFormCode, "户表编码未重复"},
	{GuardVillageFinal, "全村户表均已定稿"},
	{GuardNoFeedback, "没有未办结的反馈问题"},
	{GuardSumsCurrent, "汇总数与户表现有数据一致"},
}

func guards(names ...string) []Guard {
	out := make([]Guard, len(names))
	for i, n := range names {
		out[i] = Guard{Name: n}
	}
	return out
}
