package activities

import (
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	maps.Copy(guards, map[string]guard{
		procedure.GuardAssigned: assignedSurveyor, procedure.GuardPreviousChecked: previousChecked, procedure.GuardRectifiedFirst: rectifiedFirst,
		procedure.GuardRectified: mismatchesRectified, procedure.GuardBothSigned: bothSigned, procedure.GuardFormLogic: formLogic,
		procedure.GuardIndicatorsFree: indicatorsFree,
		procedure.GuardWholeVillage:   wholeVillage, procedure.GuardFormCode: formCodeFree, procedure.GuardNoFeedback: noFeedback,
	})
	maps.Copy(derivations, map[string]func(k *act) error{
		"form_surveyor": formSurveyor, "form_sheets": formSheets, "form_problem": formProblem, "hand_in_day": handInDay, "lock_day": lockDay, "review_again": reviewAgain,
	})
	hooks["scope_result"], hooks["scope_code"], hooks["waiting_forms"] = scopeResult, scopeCode, waitingForms
}

// sheetEvents send the whole household form.
var sheetEvents = []string{"fill", "revisit_done", "corrected"}

// surveyor is the account that a household form is assigned to, "" for none.
func surveyor(c *models.Case) string { return c.Facts.Text("surveyor") }

// assignedSurveyor: a form is worked on by the surveyor it was given to.
func assignedSurveyor(k *act) []procedure.FieldFault {
	if who := surveyor(k.c); who != "" && who != k.actor.Person() {
		return no("", "not_assigned", "该户表已分派给其他调查员")
	}
	return nil
}

// formSurveyor: who visits a household that nobody had is its surveyor from then on.
func formSurveyor(k *act) error {
	if surveyor(k.c) != "" {
		return nil
	}
	return giveForm(k.tx, k.c, k.actor.Person())
}

// giveForm assigns a household form to a surveyor, or with "" to whoever comes first.
func giveForm(tx *gorm.DB, c *models.Case, user string) error {
	if err := setFact(&c.Facts, "surveyor", user); err != nil {
		return err
	}
	return scopeOf(tx, c.ParentID).Where("form_id = ?", c.ID).Update("surveyor_id", user).Error
}

// previousChecked is 边自核边登记 (S001): the next household waits until the form of
// the last one has been checked by its surveyor.
func previousChecked(k *act) []procedure.FieldFault {
	var n int64
	err := scopeOf(k.tx, k.c.ParentID).Joins("JOIN cases ON cases.id = campaign_scope.form_id").
		Where("campaign_scope.surveyor_id = ? AND cases.state = ? AND cases.id <> ?", k.actor.Person(), "filled", k.c.ID).Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "previous_unchecked", "您还有%d份户表未自核，请先自核再入下一户", n)
	}
	return nil
}

// rectifiedFirst is 先整改后填报 (S001): what did not agree at the visit has gone
// through a rectification before the form is filled in.
func rectifiedFirst(k *act) []procedure.FieldFault {
	f := &k.c.Facts
	if (!f.Yes("three_unified") || !f.Yes("four_agree")) && f.Count["rectified"] == 0 {
		return no("", "rectify_first", "“三统一”或“四相符”不符的，先登记账实不符并整改，再填户表")
	}
	return nil
}

// formProblem tells the problems of a mismatch what they are about: a household, and
// found by the township itself.
func formProblem(k *act) error {
	return k.problemFacts("household", k.c.Facts.Text("campaign_title"), true)
}

// openProblems counts the problems of a form that are not settled; one that is the same
// as another is settled with that one.
func (k *act) openProblems() (int, error) {
	var list []models.Case
	if err := k.tx.Where("parent_id = ? AND procedure = ?", k.c.ID, "rectification").Find(&list).Error; err != nil {
		return 0, err
	}
	n := 0
	for i := range list {
		p, err := keptProblem(k.tx, &list[i])
		if err != nil {
			return 0, err
		}
		if !slices.Contains(settledProblem, p.State) {
			n++
		}
	}
	return n, nil
}

// keptProblem is the problem that stands for one which was found to be a duplicate.
func keptProblem(tx *gorm.DB, p *models.Case) (*models.Case, error) {
	for p.State == "duplicate" { // whose original was none then: no circle
		var kept models.Case
		err := tx.Where("no = ?", strings.TrimSpace(p.Facts.Text("duplicate_of"))).Take(&kept).Error
		if models.Missing(err) {
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		p = &kept
	}
	return p, nil
}

// waitingForms asks the forms that waited for this problem to go on: of its duplicates,
// and its own when that only waits to be locked.
func waitingForms(k *act) error {
	forms := map[string][]string{"lock": {k.c.ParentID}}
	var twins []models.Case
	err := k.tx.Where("procedure = ? AND state = ? AND parent_id <> '' AND substr(region_code, 1, 9) = ?", "rectification", "duplicate", k.c.RegionCode[:9]).Order("id").Find(&twins).Error
	if err != nil {
		return err
	}
	for i := range twins {
		if p, err := keptProblem(k.tx, &twins[i]); err != nil {
			return err
		} else if p.ID == k.c.ID {
			forms["rectified"], forms["lock"] = append(forms["rectified"], twins[i].ParentID), append(forms["lock"], twins[i].ParentID)
		}
	}
	for event, state := range map[string]procedure.State{"rectified": "blocked_rectify", "lock": "entered"} {
		var ids []string
		if err := k.tx.Model(&models.Case{}).Where("id IN ? AND procedure = ? AND state = ?", forms[event], "household_form", state).Order("id").Pluck("id", &ids).Error; err != nil {
			return err
		}
		for _, id := range ids {
			if err := ask(k.tx, k.c.ID, "tell", id, event, k.now); err != nil {
				return err
			}
		}
	}
	return nil
}

func mismatchesRectified(k *act) []procedure.FieldFault {
	n, err := k.openProblems()
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "mismatches_open", "还有%d个不相符的问题未销号", n)
	}
	return nil
}

// noFeedback: a form is not locked while a problem found with it is open.
func noFeedback(k *act) []procedure.FieldFault {
	if len(mismatchesRectified(k)) > 0 {
		return no("", "feedback_open", "该户还有未办结的问题")
	}
	return nil
}

// bothSigned: the two signatures are not the same file (S003 #23). Which of them a
// form needs, its fields say.
func bothSigned(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	mine, _ := k.form["surveyor_signature"].([]any)
	theirs, _ := k.form["household_signature"].([]any)
	same, err := k.sameFile(mine, theirs)
	if err != nil {
		return failed(err)
	}
	if same || slices.ContainsFunc(mine, func(f any) bool { return slices.Contains(theirs, f) }) {
		return no("household_signature", "same_signature", "农户签字与调查员签字不能是同一个文件")
	}
	return nil
}

// formLogic checks a household form against itself and the register. The faults of a
// form that was sent before name no field, since none of them is on the screen.
func formLogic(k *act) []procedure.FieldFault {
	sheet := k.form
	if !slices.Contains(sheetEvents, k.ev.Code) {
		var err error
		if sheet, err = k.e.lastSheet(k.tx, k.c.ID); err != nil {
			return failed(err)
		}
	} else if k.asking {
		return nil
	}
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	if claim := claimOf(sheet, k.policy); claim != nil {
		k.noteClaim(*claim)
	}
	faults, err := k.sheetFaults(sheet, h)
	if err != nil {
		return failed(err)
	}
	if !slices.Contains(sheetEvents, k.ev.Code) {
		for i := range faults {
			faults[i].Field = ""
		}
	}
	return faults
}

func whole(form map[string]any, code string) int { v, _ := form[code].(float64); return int(v) }

func rowsOf(form map[string]any, code string) []any { v, _ := form[code].([]any); return v }

// lastSheet is the household form as it was last sent.
func (e *Engine) lastSheet(tx *gorm.DB, caseID string) (map[string]any, error) {
	var ev models.CaseEvent
	err := tx.Where("case_id = ? AND kind = ? AND event IN ?", caseID, "event", sheetEvents).Order("seq DESC").Take(&ev).Error
	if err != nil {
		return nil, err
	}
	return e.Payload(&ev)
}

// handInDay: a form is handed in on the day it was filled in (S001).
func handInDay(k *act) error {
	return setFact(&k.c.Facts, "hand_in_on", policy.DateOf(k.now).String())
}

// lockDay: an entered form is locked at the end of the review, and not before the
// county has had its days to answer.
func lockDay(k *act) error {
	answer := k.e.CalendarNow().Deadline(k.now, k.policy.Days("form_feedback_days"), 0).LastDay.String()
	return setFact(&k.c.Facts, "lock_on", max(answer, k.c.Facts.Text("review_until")))
}

// reviewAgain: what comes back after the review has its own day.
func reviewAgain(k *act) error {
	return setFact(&k.c.Facts, "review_until", max(k.c.Facts.Text("review_until"), k.c.Facts.Text("answer_by")))
}

// results are those of the ways in which a household was asked (S001).
var results = map[string]string{
	procedure.RespondentSelf: models.ResultSurveyed, procedure.RespondentFamily: models.ResultSurveyed, procedure.RespondentCadre: models.ResultProxy,
	procedure.RespondentRemote: models.ResultRemote, procedure.RespondentRegisters: models.ResultLostContact,
}

// scopeResult notes the result of a household on the list of its campaign.
func scopeResult(k *act) error {
	result := results[k.c.Facts.Text("respondent_kind")]
	if k.c.State == "not_applicable" {
		result = models.ResultNotApplicable
	}
	return scopeOf(k.tx, k.c.ParentID).Where("form_id = ?", k.c.ID).Update("result", result).Error
}

func scopeCode(k *act) error {
	return scopeOf(k.tx, k.c.ParentID).Where("form_id = ?", k.c.ID).Update("code", k.c.Facts.Text("form_code")).Error
}

// afterReview are the states of a form that has come to the joint review.
var afterReview = append([]procedure.State{"joint_review", "coded", "office_review", "correcting"}, finalForm...)

// wholeVillage: the joint review goes through every household of the village (S001).
func wholeVillage(k *act) []procedure.FieldFault {
	n, err := formsOutside(k.tx, k.c.ParentID, k.c.RegionCode, "", afterReview...)
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "village_not_together", "本村还有%d份户表未进入会审", n)
	}
	return nil
}

func formCodeFree(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	var n int64
	err := scopeOf(k.tx, k.c.ParentID).Where("code = ? AND form_id <> ?", text(k.form, "form_code"), k.c.ID).Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("form_code", "form_code_taken", "该编码已用于本次行动的另一份户表")
	}
	return nil
}
