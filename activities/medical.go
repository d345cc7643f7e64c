package activities

import (
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardMedicalBurden] = medicalBurden
	derivations["to_medical_insurance"] = toMedicalInsurance
}

// medicalBurden holds when what the household pays itself after the three layers of
// insurance is above the share of the policy (S003 #12). A verification in the home,
// which asks for that sum alone, opens an alert by it if none is open.
func medicalBurden(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	fen := func(code string) int64 { v, _ := k.form[code].(float64); return int64(v) }
	own := fen("own_medical")
	if k.c.Procedure == "medical_reassistance" {
		own = fen("total_cost") - fen("basic_paid") - fen("serious_paid") - fen("aid_paid")
		if own < 0 {
			return no("total_cost", "paid_more_than_cost", "三项支付合计大于医疗费用")
		}
		if faults := k.isMember("person_id"); len(faults) > 0 {
			return faults
		}
	} else if faults := k.noOpen("medical_reassistance"); len(faults) > 0 {
		return faults
	}
	if !k.policy.Has("disposable_income_fen") {
		return no("", "disposable_income_missing", "本地尚未设定“上年度当地居民人均可支配收入”，不能核算医疗负担")
	}
	f := policy.MedicalBurden(own, int64(k.policy.Int("disposable_income_fen")), k.policy)
	k.note(f)
	if f.Verdict != policy.VerdictYes {
		return no("", "burden_below_ratio", "%s", f.Reason)
	}
	return nil
}

// isMember wants the answer to name a present member of the household, if it names one.
func (k *act) isMember(field string) []procedure.FieldFault {
	id := text(k.form, field)
	if id == "" {
		return nil
	}
	var n int64
	err := k.tx.Model(&models.Person{}).Where("id = ? AND household_id = ? AND left_at IS NULL", id, k.c.HouseholdID).Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if n == 0 {
		return no(field, "not_a_member", "该成员不在本户")
	}
	return nil
}

// noOpen holds while the household has no open case of a procedure.
func (k *act) noOpen(proc string) []procedure.FieldFault {
	var n int64
	err := k.tx.Model(&models.Case{}).Where("household_id = ? AND procedure = ? AND closed_at IS NULL", k.c.HouseholdID, proc).Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "case_already_open", "该户已有在办的同类事项")
	}
	return nil
}

// toMedicalInsurance puts the case before the medical insurance department.
func toMedicalInsurance(k *act) error {
	k.c.Dept = "medical_insurance"
	return nil
}
