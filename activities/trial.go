package activities

import (
	"encoding/json"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// A rule that a place has written itself is tried on its real households before it takes
// effect: a run that counts and shows some of those it hits, and changes nothing.

// trialDays is how long a trial counts: after that the register is another one.
const trialDays = 30

// sampleSize is how many of the households that a rule hits are shown.
const sampleSize = 20

// ruleText is a rule as runs keep it, so that a trial is known to be of this very rule.
func ruleText(r policy.CountyRule) (string, error) {
	raw, err := json.Marshal(r)
	return string(raw), err
}

// TrialRule is the rule that a run tries.
func TrialRule(run *models.QualityRun) (policy.CountyRule, error) {
	var r policy.CountyRule
	err := json.Unmarshal([]byte(run.Rule), &r)
	return r, err
}

// askTrial checks the rule of a request and puts it into the run.
func askTrial(run *models.QualityRun, rule *policy.CountyRule) error {
	if run.Kind != models.RunTrial {
		return nil
	}
	if rule == nil {
		return procedure.Refuse(procedure.Invalid, "rule_required", "试算应当写明规则", procedure.FieldFault{Field: "rule", Code: "required", Message: "请写明要试算的规则"})
	}
	var faults []procedure.FieldFault
	for _, f := range rule.Faults() {
		field := "rule"
		if f.Field != "" {
			field += "." + f.Field
		}
		faults = append(faults, procedure.FieldFault{Field: field, Code: f.Code, Message: f.Message})
	}
	if len(faults) > 0 {
		return procedure.Refuse(procedure.Invalid, "rule_invalid", "规则不合要求", faults...)
	}
	var err error
	run.Rule, err = ruleText(*rule)
	run.FullLook = true
	return err
}

// try runs the rule of a trial over one family.
func (x *home) try(w *looker, f *policy.Family) {
	switch found := w.trial.Judge(f, w.today, x.policy.Snapshot); found.Verdict {
	case policy.VerdictYes:
		x.found = append(x.found, finding{rule: w.trial.Code})
	case policy.VerdictJudge:
		x.unjudged = append(x.unjudged, w.trial.Code)
	}
}

// countTrial adds what a batch has found to a trial.
func (w *looker) countTrial(run *models.QualityRun, homes []*home) {
	n := run.Counts.Rule(w.trial.Code)
	for _, x := range homes {
		if !x.looked {
			continue
		}
		run.Looked++
		n.Hits += len(x.found)
		n.Unjudged += len(x.unjudged)
		if len(x.found) > 0 && len(run.Sample) < sampleSize {
			run.Sample = append(run.Sample, x.household.ID)
		}
	}
}

// untried tells which rules of a value of county_rules have been tried neither in the
// area or one above it of late, nor hold there already.
func untried(tx *gorm.DB, row *models.PolicyRow, now time.Time) ([]procedure.FieldFault, error) {
	var rules, before []policy.CountyRule
	if row.Key != "county_rules" || json.Unmarshal(row.Value, &rules) != nil {
		return nil, nil
	}
	var last models.PolicyRow
	err := tx.Where("key = ? AND region_code = ? AND id <> ?", row.Key, row.RegionCode, row.ID).Order("valid_from DESC").Limit(1).Find(&last).Error
	if err != nil {
		return nil, err
	}
	_ = json.Unmarshal(last.Value, &before) // none
	had := map[policy.CountyRule]bool{}
	for _, r := range before {
		had[r] = true
	}
	var faults []procedure.FieldFault
	for _, r := range rules {
		if had[r] {
			continue
		}
		text, err := ruleText(r)
		if err != nil {
			return nil, err
		}
		var runs []models.QualityRun
		err = tx.Select("region_code").Where("kind = ? AND rule = ? AND state = ? AND ended_at > ?", models.RunTrial, text, models.RunDone, now.AddDate(0, 0, -trialDays)).Find(&runs).Error
		if err != nil {
			return nil, err
		}
		tried := false
		for _, run := range runs {
			tried = tried || strings.HasPrefix(row.RegionCode, run.RegionCode)
		}
		if !tried {
			faults = append(faults, procedure.FieldFault{Field: "value", Code: "rule_untried", Message: "规则“" + r.Title + "”在本辖区还没有试算，或试算已超过三十天，请先试算再生效"})
		}
	}
	return faults, nil
}

// CheckTrials refuses a value of county_rules with rules that nobody has tried.
func CheckTrials(tx *gorm.DB, row *models.PolicyRow, now time.Time) error {
	faults, err := untried(tx, row, now)
	if err != nil || len(faults) == 0 {
		return err
	}
	return procedure.Refuse(procedure.Invalid, "rule_untried", "有规则尚未试算", faults...)
}
