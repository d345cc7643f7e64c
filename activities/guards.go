package activities

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// guard is the code of a named condition. No fault means that it holds. While a
// list of allowed events is made there is no form yet, and a guard answers for
// what can be known without it.
type guard func(k *act) []procedure.FieldFault

var guards = map[string]guard{}

func init() { // breaks the cycle between the table and guards that open cases
	maps.Copy(guards, map[string]guard{
		procedure.GuardSigned: signed, procedure.GuardTargetVillage: targetVillage, procedure.GuardOwnVillage: ownVillage,
		procedure.GuardIdentificationOpen: identificationOpen, procedure.GuardNoIdentification: noIdentification,
		procedure.GuardNotMustAdmit: notMustAdmit, procedure.GuardMustAdmitReason: mustAdmitReason, procedure.GuardReopenPeriod: reopenPeriod,
		procedure.GuardAuthorization: authorization, procedure.GuardVerification: verification, procedure.GuardIncomeSheet: incomeSheet, procedure.GuardEntryApproved: entryApproved,
		procedure.GuardJoin: joined, procedure.GuardQuorum: quorum, procedure.GuardNotTwiceUpheld: notTwiceUpheld,
		procedure.GuardNoticeEnded: noticeEnded, procedure.GuardSampleVisit: sampleVisit, procedure.GuardSupplementAnswered: supplementAnswered,
		procedure.GuardPrivacy: privacy, procedure.GuardPrivacyFails: privacyFails, procedure.GuardInWindow: inWindow,
		procedure.GuardWindowOver: windowOver, procedure.GuardNeverObjected: neverObjected, procedure.GuardAllOverruled: allOverruled,
		procedure.GuardObjectionFinding: objectionFinding, procedure.GuardEndPhoto: endPhoto, procedure.GuardParentEnded: parentEnded,
		procedure.GuardHandler: isHandler, procedure.GuardHandlerNotNamed: handlerNotNamed, procedure.GuardAboveHandler: aboveHandler,
		procedure.GuardObjector: isObjector, procedure.GuardAskWindow: askWindow, procedure.GuardNoReviewAsked: limitOver,
		procedure.GuardLimitOver: limitOver, procedure.GuardFastLane: fastLane, procedure.GuardOwnDepartment: ownDepartment,
		procedure.GuardStableWindows: stableWindows, procedure.GuardCasesClosed: casesClosed,
		procedure.GuardFreshAnswer: freshAnswer, procedure.GuardComparisonStale: comparisonStale,
	})
}

// GuardNames lists the guards that have code, sorted.
func GuardNames() []string { return sortedKeys(guards) }

// run asks one guard. A guard without code holds for nobody.
func (k *act) run(g procedure.Guard) []procedure.FieldFault {
	f, ok := guards[g.Name]
	if !ok {
		return no("", "guard_missing", "条件“%s”没有实现", g.Name)
	}
	asked := *k
	asked.arg = g.Arg
	faults := f(&asked)
	k.computed = asked.computed
	return faults
}

func no(field, code, format string, a ...any) []procedure.FieldFault {
	return []procedure.FieldFault{{Field: field, Code: code, Message: fmt.Sprintf(format, a...)}}
}

// failed turns a database error inside a guard into a fault: what cannot be
// checked does not hold.
func failed(err error) []procedure.FieldFault {
	return no("", "check_failed", "条件暂时无法核对，请稍后再试（%T）", err)
}

func signed(k *act) []procedure.FieldFault {
	given, err := signatures(k.tx, k.c, k.ev.Code)
	if err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	for _, s := range k.ev.Signers {
		if !Asked(s, k.c) {
			continue
		}
		want := SignersNeeded(s, k.policy)
		if have := countSigned(k, s, given); have < want {
			faults = append(faults, no("", "signature_missing", "还缺%d名“%s”会签", want-have, s.Title)...)
		}
	}
	return faults
}

// SignersNeeded is how many persons beside the actor must sign.
func SignersNeeded(s procedure.Signer, p policy.Snapshot) int {
	if s.MinKey != "" {
		return max(p.Int(s.MinKey)-1, s.Min)
	}
	return s.Min
}

func countSigned(k *act, s procedure.Signer, given []models.Endorsement) int {
	n := 0
	for _, g := range given {
		if fits(s, g.Role, g.Dept) && (k.asking || !share(signers(g), k.actor.persons())) {
			n++
		}
	}
	return n
}

func targetVillage(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	code := text(k.form, "target_village")
	var n int64
	if err := k.tx.Model(&models.Region{}).Where("code = ? AND level = ?", code, "village").Count(&n).Error; err != nil {
		return failed(err)
	}
	if n == 0 || !strings.HasPrefix(code, k.actor.Region) {
		return no("target_village", "village_not_in_area", "目标村不存在或不在您的辖区内")
	}
	return nil
}

// ownVillage: what the village has found itself it registers; what comes from an office
// above it, from a department or from data is dispatched to it (2.1).
func ownVillage(k *act) []procedure.FieldFault {
	if k.actor.Role.Human() && !strings.HasPrefix(k.c.RegionCode, k.actor.Region) {
		return no("", "not_own_village", "该线索不属于本村，请由乡镇派发")
	}
	var opened models.CaseEvent
	if err := k.tx.Select("actor_role").Where("case_id = ? AND kind = ?", k.c.ID, "open").Take(&opened).Error; err != nil {
		return failed(err)
	}
	by, _ := procedure.RoleOf(opened.ActorRole)
	if by.Code == procedure.System || by.Level == procedure.LevelTownship || by.Level == procedure.LevelCounty {
		return no("", "not_found_here", "该线索不是本村发现的，请等候乡镇派发")
	}
	return nil
}

func openIdentifications(k *act) (int64, error) {
	var n int64
	err := k.tx.Model(&models.Case{}).Where("household_id = ? AND procedure = ? AND closed_at IS NULL", k.c.HouseholdID, "identification").Count(&n).Error
	return n, err
}

func identificationOpen(k *act) []procedure.FieldFault {
	n, err := openIdentifications(k)
	if err != nil {
		return failed(err)
	}
	if n == 0 {
		return no("", "no_open_identification", "该户没有在办的识别认定")
	}
	return nil
}

func noIdentification(k *act) []procedure.FieldFault {
	n, err := openIdentifications(k)
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "identification_open", "该户已有在办的识别认定")
	}
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	if slices.Contains([]procedure.State{"monitored", "eliminating", "household_cancelled"}, h.Status) {
		return no("", "not_to_be_identified", "该户已纳入监测或已整户注销，不再立案识别")
	}
	return nil
}

func reopenPeriod(k *act) []procedure.FieldFault {
	if k.c.ClosedAt == nil {
		return nil
	}
	d := k.e.CalendarNow().Deadline(*k.c.ClosedAt, k.policy.Days("clue_reopen_days"), 0)
	if !k.now.Before(d.Due) {
		return no("", "sampling_over", "抽查期限已于%s届满", d.LastDay.Chinese())
	}
	return nil
}

// authorization is 承诺授权书: on signing, valid from now on and for members of the
// household; for a department, still valid today.
func authorization(k *act) []procedure.FieldFault {
	until := text(k.form, "valid_until")
	if k.c.Procedure == "dept_comparison" {
		parent, err := take(k.tx, k.c.ParentID)
		if err != nil {
			return failed(err)
		}
		if parent.ClosedAt != nil {
			return no("", "authorization_ended", "所属事项已办结，授权书不再适用")
		}
		until = parent.Facts.Text("valid_until")
	} else if k.asking {
		return nil
	}
	faults, err := k.strangers("persons")
	if err != nil {
		return failed(err)
	}
	day, err := policy.ParseDate(until)
	if err != nil || day.Before(policy.DateOf(k.now)) {
		faults = append(faults, no("valid_until", "authorization_expired", "承诺授权书不在有效期内")...)
	}
	return faults
}

// strangers are the rows of a table that do not name a member of the household, or
// one who was named before.
func (k *act) strangers(field string) ([]procedure.FieldFault, error) {
	rows := tableOf(k.form, field)
	if len(rows) == 0 {
		return nil, nil
	}
	here, err := present(k.tx, k.c.HouseholdID)
	var faults []procedure.FieldFault
	for i, row := range rows {
		at := slices.IndexFunc(here, func(p models.Person) bool { return p.ID == text(row, "person_id") })
		if at < 0 {
			faults = append(faults, no(fmt.Sprintf("%s[%d].person_id", field, i), "not_a_member", "该成员不在本户，或者重复填写")...)
			continue
		}
		here = slices.Delete(here, at, at+1)
	}
	return faults, err
}

func sampleVisit(k *act) []procedure.FieldFault {
	if k.asking || !k.policy.Bool("sample_visit_required") || k.form["sampled"] == true {
		return nil
	}
	return no("sampled", "sample_visit_required", "按规定乡镇审核应当抽查入户")
}

// supplementAnswered wants an answer for every paper that was asked for.
func supplementAnswered(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	var missing []struct {
		Item string `json:"item"`
	}
	k.c.Facts.Value("missing", &missing)
	answered := map[string]bool{}
	rows, _ := k.form["answers"].([]any)
	for _, r := range rows {
		if m, ok := r.(map[string]any); ok {
			answered[strings.TrimSpace(text(m, "item"))] = true
		}
	}
	var faults []procedure.FieldFault
	for _, m := range missing {
		if !answered[strings.TrimSpace(m.Item)] {
			faults = append(faults, no("answers", "item_unanswered", "尚未补充“%s”", m.Item)...)
		}
	}
	return faults
}

func fastLane(k *act) []procedure.FieldFault {
	if !k.c.Facts.Yes("fast_lane") {
		return no("", "not_fast_lane", "未实行先行帮扶")
	}
	return nil
}

func ownDepartment(k *act) []procedure.FieldFault {
	if k.actor.Role != procedure.Procedure && k.actor.Dept != k.c.Dept {
		return no("", "other_department", "该事项不属于您的部门")
	}
	return nil
}

// limitOver holds once the clock that fires this event has run out.
func limitOver(k *act) []procedure.FieldFault {
	due, ok := k.firingClock()
	if !ok || k.now.Before(due) {
		return no("", "limit_not_over", "期限未满")
	}
	return nil
}

// firingClock is when the running clock that fires this event is due.
func (k *act) firingClock() (time.Time, bool) {
	rows, err := runningClocks(k.tx, k.c.ID)
	if err != nil {
		return time.Time{}, false
	}
	for _, def := range k.d.Clocks {
		if !slices.Contains(def.Fires, k.ev.Code) {
			continue
		}
		for _, r := range rows {
			if r.Code == def.Code {
				return r.DueAt, true
			}
		}
	}
	return time.Time{}, false
}

func casesClosed(k *act) []procedure.FieldFault {
	open, err := k.openAbout()
	if err != nil {
		return failed(err)
	}
	if n := len(open); n > 0 {
		return no("", "cases_open", "该户还有 %d 件在办事项", n)
	}
	return nil
}
