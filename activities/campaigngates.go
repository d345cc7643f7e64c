package activities

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// gates are the conditions that a phase of a campaign names for its end.
var campaignGates = map[string]guard{
	"entered": gateEntered, "departments_answered": gateDepartments, "four_nots_done": gateFourNots, "village_forms_signed": gateVillageForms,
	"data_checked": gateDataChecked, "data_corrected": gateDataCorrected, "problems_verified": gateProblemsVerified, "problems_settled": problemsSettled,
	"all_settled": gateAllSettled, "bulletin_issued": gateBulletin,
}

// PhaseGates are the codes of the gates of the present phase of a campaign.
func PhaseGates(c *models.Case) []string {
	plan, at := phasesOf(c), phaseNow(c)
	if at < 0 || at >= len(plan) {
		return nil
	}
	return plan[at].Gates
}

// gatesOpen is what the present phase still lacks by its own gates.
func gatesOpen(k *act) []procedure.FieldFault {
	var out []procedure.FieldFault
	for _, code := range PhaseGates(k.c) {
		if gate := campaignGates[code]; gate != nil {
			out = append(out, gate(k)...)
		}
	}
	return out
}

// phaseBegan is when the present phase began; zero for campaigns that did not note it.
func phaseBegan(c *models.Case) time.Time {
	at, _ := time.Parse(time.RFC3339, c.Facts.Text("phase_began"))
	return at
}

// gateCount is a gate that stays shut while something is left.
func gateCount(q *gorm.DB, code, message string) []procedure.FieldFault {
	var n int64
	if err := q.Count(&n).Error; err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", code, message, n)
	}
	return nil
}

// inArea are the cases of a procedure in the area of the campaign.
func (k *act) inArea(proc string) *gorm.DB {
	lo, hi := regionRange(k.c.RegionCode)
	return k.tx.Model(&models.Case{}).Where("procedure = ? AND region_code >= ? AND region_code < ?", proc, lo, hi)
}

// gateEntered: every household form is in the system (S2-018, S4-021).
func gateEntered(k *act) []procedure.FieldFault {
	n, err := formsOutside(k.tx, k.c.ID, "", "", enteredForm...)
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "forms_not_entered", "还有%d份户表未录入系统", n)
	}
	return nil
}

// gateDepartments: what departments were asked about since the campaign began is answered, and what they fed back is
// put right (S2-014 to S2-016).
func gateDepartments(k *act) []procedure.FieldFault {
	out := gateCount(k.inArea("dept_comparison").Where("opened_at >= ? AND closed_at IS NULL", k.c.OpenedAt), "departments_unanswered", "还有%d件部门比对未反馈或未了结")
	return append(out, gateCount(k.inArea("poverty_exit").Where("state IN ?", []string{"dept_check", "rectify"}), "departments_unanswered", "还有%d户脱贫退出未经部门复核或未按反馈整改")...)
}

// gateFourNots: the “四不摘” of each village and of each department of its township is checked, on a finished form of this
// campaign (S0-031, S0-062).
func gateFourNots(k *act) []procedure.FieldFault {
	want, err := wantedFourNots(k.tx, k.c)
	var done []models.FormRecord
	if err == nil {
		err = k.tx.Select("subject_id, unit").Where("form = ? AND campaign_id = ? AND state = ?", fourNots, k.c.ID, models.RecordFinal).Find(&done).Error
	}
	if err != nil {
		return failed(err)
	}
	left := slices.DeleteFunc(want, func(w WantedForm) bool {
		return slices.ContainsFunc(done, func(r models.FormRecord) bool { return r.SubjectID == w.RegionCode && r.Unit == w.Unit })
	})
	if len(left) > 0 {
		return no("", "four_nots_missing", "还有%d份“四个不摘”核查表没有完成（各村和街道、镇直各部门每个一份）", len(left))
	}
	return nil
}

// gateVillageForms: every village form is signed by those who answer for it (S1-012, S1-013).
func gateVillageForms(k *act) []procedure.FieldFault {
	return gateCount(k.tx.Model(&models.Case{}).Where("parent_id = ? AND procedure = ? AND state NOT IN ?", k.c.ID, "village_form", []string{"signed", "county_comparison", "entered", "locked"}),
		"village_forms_unsigned", "还有%d份村表未签章")
}

// gateDataChecked: the data rules have gone over the whole area since the phase began (S2-020).
func gateDataChecked(k *act) []procedure.FieldFault {
	var n int64
	err := k.tx.Model(&models.QualityRun{}).Where("kind = ? AND state = ? AND created_at >= ?", models.RunQuality, models.RunDone, phaseBegan(k.c)).
		Where("substr(CAST(? AS TEXT), 1, length(region_code)) = region_code", k.c.RegionCode).Limit(1).Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if n == 0 {
		return no("", "data_unchecked", "本阶段还没有对行动范围完成数据质量检查")
	}
	return nil
}

// gateDataCorrected: what was found wrong in the data before the phase began is put right or explained (S2-023).
func gateDataCorrected(k *act) []procedure.FieldFault {
	return gateCount(k.inArea("data_issue").Where("opened_at < ? AND closed_at IS NULL", phaseBegan(k.c)), "data_uncorrected", "还有%d条问题数据未更正")
}

// gateProblemsVerified: every problem that was brought up is looked into: it is in the ledger or was no problem (S2-022).
func gateProblemsVerified(k *act) []procedure.FieldFault {
	return k.problemsLeft(func(p models.Case) bool { return p.State == "found" }, "problems_unregistered", "还有%d个问题未核查入台账")
}

// gateAllSettled: no problem is left, of whatever class (S1-043, S4-021).
func gateAllSettled(k *act) []procedure.FieldFault {
	return k.problemsLeft(func(p models.Case) bool { return !slices.Contains(settledProblem, p.State) }, "problems_open", "还有%d个问题未整改到位")
}

// problemsLeft is a gate that stays shut while there are such problems of the campaign.
func (k *act) problemsLeft(left func(models.Case) bool, code, message string) []procedure.FieldFault {
	list, err := problemsOf(k.tx, k.c.ID)
	if err != nil {
		return failed(err)
	}
	n := 0
	for _, p := range list {
		if left(p) {
			n++
		}
	}
	if n > 0 {
		return no("", code, message, n)
	}
	return nil
}

// gateBulletin: the result is made known to all by a bulletin about the campaign (S4-020).
func gateBulletin(k *act) []procedure.FieldFault {
	var n int64
	err := k.tx.Model(&models.IssuedPaper{}).Where("kind = ? AND case_id = ? AND id NOT IN (SELECT paper_id FROM voided_papers)", "bulletin", k.c.ID).Limit(1).Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if n == 0 {
		return no("", "bulletin_missing", "回访核查结果还没有通报")
	}
	return nil
}
