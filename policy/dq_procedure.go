package policy

import (
	"fmt"
	"strings"
)

// CaseFacts is what the rules of order look at in a procedure of a household: the answers about agreeing records, and
// the days and doers of its decisive steps. Days that have not come are zero.
type CaseFacts struct {
	ID, Household string
	// RecordsAgree is 三统一 (system, archive, reality), LevelsAgree 四相符 (county, township, village, household); nil is
	// not answered. Differing names what does not agree.
	RecordsAgree, LevelsAgree *bool
	Differing                 []string
	EnteredBy, CheckedBy      string // user ids of the external entry and its second check
	EntryOn, ApprovedOn       Date   // entry in the national system; the county's approval
	// NoticeDue is the last day that the public notice must stand by the policy, NoticeEnded the last day it stood.
	NoticeDue, NoticeEnded Date
}

// CaseRules are DQ-10 as answered, and DQ-41.
var CaseRules = []CaseRule{
	procedureRule("records_disagree", "DQ-10", "系统、档案与实际情况不统一", "S001 S1-019", func(f CaseFacts, _ DataContext) []DataFault {
		return disagreeing(f.RecordsAgree, f.Differing, "系统数据、档案资料与实际情况不统一")
	}),
	procedureRule("levels_disagree", "DQ-10", "县、乡、村、户数据不相符", "S001 S1-020", func(f CaseFacts, _ DataContext) []DataFault {
		return disagreeing(f.LevelsAgree, f.Differing, "县、乡、村、户数据不相符")
	}),
	procedureRule("entry_unchecked", "DQ-41", "系统录入未经第二人复核", "D", entryUnchecked),
	procedureRule("entry_before_approval", "DQ-41", "系统录入早于县级审定", "D", entryBeforeApproval),
	procedureRule("notice_too_short", "DQ-41", "公示时间短于规定", "D", noticeTooShort),
	procedureRule("approval_before_notice_end", "DQ-41", "县级审定早于公示届满", "D", approvalBeforeNotice),
}

func procedureRule(code, group, title, basis string, find func(CaseFacts, DataContext) []DataFault) CaseRule {
	return CaseRule{RuleInfo{code, group, title, basis, DataError}, func(f CaseFacts, c DataContext) []DataFault { return graded(DataError, find(f, c)) }}
}

func disagreeing(agree *bool, differing []string, message string) []DataFault {
	if !no(agree) {
		return nil
	}
	if len(differing) > 0 {
		message += "（" + strings.Join(differing, "、") + "）"
	}
	return fault(message+"；请核实后更正不符的一方", "不符项目", orElse(strings.Join(differing, "、"), "未写明"))
}

func entryUnchecked(f CaseFacts, _ DataContext) []DataFault {
	if f.EntryOn.IsZero() || f.CheckedBy != "" && f.CheckedBy != f.EnteredBy {
		return nil
	}
	return fault("系统录入没有第二人复核；请由他人核对", "录入日期", f.EntryOn.String(), "复核", "未登记")
}

func entryBeforeApproval(f CaseFacts, _ DataContext) []DataFault {
	if f.EntryOn.IsZero() || !f.ApprovedOn.IsZero() && !f.EntryOn.Before(f.ApprovedOn) {
		return nil
	}
	approved := "未登记"
	if !f.ApprovedOn.IsZero() {
		approved = f.ApprovedOn.String()
	}
	return fault("系统录入早于县级审定；请核实程序和日期", "录入日期", f.EntryOn.String(), "审定日期", approved)
}

func noticeTooShort(f CaseFacts, _ DataContext) []DataFault {
	if f.NoticeDue.IsZero() || f.NoticeEnded.IsZero() || !f.NoticeEnded.Before(f.NoticeDue) {
		return nil
	}
	return fault(fmt.Sprintf("公示至%s，规定应至%s；请补足公示", f.NoticeEnded.Chinese(), f.NoticeDue.Chinese()), "公示至", f.NoticeEnded.String(), "应公示至", f.NoticeDue.String())
}

// approvalBeforeNotice: the county may decide from the day after the notice has ended.
func approvalBeforeNotice(f CaseFacts, _ DataContext) []DataFault {
	if f.ApprovedOn.IsZero() || f.NoticeEnded.IsZero() || f.NoticeEnded.Before(f.ApprovedOn) {
		return nil
	}
	return fault("县级审定早于公示届满；请核实程序和日期", "审定日期", f.ApprovedOn.String(), "公示届满", f.NoticeEnded.String())
}
