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
		procedure.GuardCampaignRegion: campaignRegion, procedure.GuardCampaignPlan: campaignPlan, procedure.GuardSurveyorsTrained: surveyorsTrained,
		procedure.GuardScopeCovered: scopeCovered, procedure.GuardFormsFinal: formsFinal, procedure.GuardProblemsSettled: problemsSettled,
		procedure.GuardRedoDates: redoDates, procedure.GuardPapersComplete: papersComplete, procedure.GuardPhasesDone: phasesDone,
	})
	derivations["campaign_issuer"], derivations["campaign_stage"], derivations["spot_problem"] = campaignIssuer, campaignStage, spotProblem
}

// campaignRegion: a campaign covers a township or a county inside the area of the
// office that draws it up.
func campaignRegion(k *act) []procedure.FieldFault {
	if n := len(k.c.RegionCode); n != 6 && n != 9 || !strings.HasPrefix(k.c.RegionCode, k.actor.Region) {
		return no("region_code", "campaign_region", "行动应当覆盖您所辖的一个乡镇或县")
	}
	return nil
}

// campaignIssuer is the office that draws a campaign up; one that is due by the
// calendar falls to the office of its level.
func campaignIssuer(k *act) error {
	role := k.actor.Role
	switch {
	case role.Human():
	case len(k.c.RegionCode) == 9:
		role = procedure.TownshipOffice
	default:
		role = procedure.CountyOffice
	}
	return setFact(&k.c.Facts, "issuer_role", role)
}

// stageCutOffs are the cut-offs by which a stage is over, if they come first.
var stageCutOffs = map[string]string{"rectification": "rectification", "reporting": "report"}

// planCutOff is one thing that a campaign wants done by a day, or before an event,
// whose day may not be known yet. Days are 2006-01-02.
type planCutOff struct {
	Item    string `json:"item"`
	On      string `json:"on"`
	Event   string `json:"event"`
	EventOn string `json:"event_on"`
}

// cutOffOf is a cut-off of a campaign, empty for none.
func cutOffOf(c *models.Case, item string) planCutOff {
	var rows []planCutOff
	c.Facts.Value("cutoffs", &rows)
	for _, r := range rows {
		if r.Item == item {
			return r
		}
	}
	return planCutOff{}
}

// campaignOf is the campaign that an act belongs to.
func (k *act) campaignOf() string {
	if k.c.Procedure == "campaign" {
		return k.c.ID
	}
	return k.c.ParentID
}

// scopeOf selects the households of a campaign.
func scopeOf(tx *gorm.DB, campaign string) *gorm.DB {
	return tx.Model(&models.CampaignScope{}).Where("campaign_scope.campaign_id = ?", campaign)
}

// unlisted counts the villages whose households are not in the scope list yet, and
// the listed ones whose form is still to be opened.
func unlisted(tx *gorm.DB, campaign string) (int64, error) {
	var villages, forms int64
	if err := tx.Model(&models.CampaignVillage{}).Where("campaign_id = ? AND listed_at IS NULL", campaign).Count(&villages).Error; err != nil {
		return 0, err
	}
	err := scopeOf(tx, campaign).Where("form_id = ''").Count(&forms).Error
	return villages + forms, err
}

// scopeCovered is the gate of the field work: every household of the scope has a
// result (S001), or is named as an exception by whoever moves on without it.
func scopeCovered(k *act) []procedure.FieldFault {
	campaign := k.campaignOf()
	if k.c.Procedure != "campaign" { // one of its forms asks, as each does: until the last ones one row tells
		var open models.CampaignScope
		err := scopeOf(k.tx, campaign).Where("result = '' AND exception = '' AND form_id <> ?", k.c.ID).Limit(1).Find(&open).Error
		if err != nil {
			return failed(err)
		}
		if open.HouseholdID != "" {
			return no("", "scope_uncovered", "还有农户没有调查结果")
		}
	}
	waiting, err := unlisted(k.tx, campaign)
	if err != nil {
		return failed(err)
	}
	if waiting > 0 {
		return no("", "scope_opening", "户表尚未全部分派")
	}
	var missing []string
	if err := scopeOf(k.tx, campaign).Where("result = '' AND exception = ''").Limit(maxRows+1).Pluck("household_id", &missing).Error; err != nil {
		return failed(err)
	}
	if k.c.Procedure != "campaign" || !k.actor.Role.Human() {
		if len(missing) > 0 {
			return no("", "scope_uncovered", "还有农户没有调查结果")
		}
		return nil
	}
	if len(missing) > maxRows {
		return no("", "scope_uncovered", "还有%d户以上没有调查结果，不能转入审核", maxRows)
	}
	if k.asking {
		return nil
	}
	return exceptionFaults(k.form, missing)
}

// exceptionFaults: the exceptions are exactly the households without a result.
func exceptionFaults(form map[string]any, missing []string) []procedure.FieldFault {
	listed := map[string]bool{}
	rows, _ := form["exceptions"].([]any)
	for _, r := range rows {
		m, _ := r.(map[string]any)
		id := text(m, "household_id")
		if !slices.Contains(missing, id) {
			return no("exceptions", "not_missing", "所列农户已有结果或不在范围内")
		}
		listed[id] = true
	}
	if left := len(missing) - len(listed); left > 0 {
		return no("exceptions", "scope_uncovered", "还有%d户没有调查结果，请逐户列明例外", left)
	}
	return nil
}

// formsOutside counts the forms of a campaign that are not in one of the states;
// households excepted do not count, nor does the form except. village "" means all.
func formsOutside(tx *gorm.DB, campaign, village, except string, states ...procedure.State) (int64, error) {
	q := scopeOf(tx, campaign).Joins("LEFT JOIN cases ON cases.id = campaign_scope.form_id").
		Where("campaign_scope.exception = '' AND (cases.id IS NULL OR cases.state NOT IN ? AND cases.id <> ?)", states, except)
	if village != "" {
		q = q.Where("campaign_scope.region_code = ?", village)
	}
	var n int64
	err := q.Count(&n).Error
	return n, err
}

var (
	finalForm  = []procedure.State{"final", "entered", "locked", "not_applicable"}
	lockedForm = []procedure.State{"locked", "not_applicable"}
)

func formsFinal(k *act) []procedure.FieldFault {
	n, err := formsOutside(k.tx, k.c.ID, "", "", finalForm...)
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "forms_not_final", "还有%d份户表未定稿", n)
	}
	return nil
}

// settledProblem are the states in which a problem no longer holds up what waits for
// it: mended, unfounded, or taken into regular care by decision of the leaders.
var settledProblem = []procedure.State{"closed", "lookback", "consolidated", "not_established", "duplicate", "long_term"}

// problemsOf are the problems of a campaign.
func problemsOf(tx *gorm.DB, campaign string) ([]models.Case, error) {
	var c models.Case
	if err := tx.Select("id", "region_code", "facts").Where("id = ?", campaign).Limit(1).Find(&c).Error; err != nil {
		return nil, err
	}
	var out []models.Case
	err := OfCampaign(tx.Where("procedure = ?", "rectification"), &c).Order("id").Find(&out).Error
	return out, err
}

// OfCampaign keeps the problems of a campaign: those it has brought up, itself or by its forms, and those of its area in
// the plan of rectification that it carries out (S003).
func OfCampaign(tx *gorm.DB, c *models.Case) *gorm.DB {
	found := tx.Session(&gorm.Session{NewDB: true}).Where("cases.parent_id IN (SELECT form_id FROM campaign_scope WHERE campaign_id = ? AND form_id <> '' UNION ALL SELECT CAST(? AS TEXT))", c.ID, c.ID)
	if number := c.Facts.Text("programme"); number != "" {
		found = found.Or("substr(cases.region_code, 1, ?) = ? AND cases.id IN (SELECT case_id FROM programme_problems WHERE programme_id IN (SELECT id FROM programmes WHERE no = ?))", len(c.RegionCode), c.RegionCode, number)
	}
	return tx.Where(found)
}

// problemsSettled: what is to be mended on the spot is mended, the rest is in the
// ledger (S000).
func problemsSettled(k *act) []procedure.FieldFault {
	list, err := problemsOf(k.tx, k.c.ID)
	if err != nil {
		return failed(err)
	}
	open, unknown, unclassed := 0, 0, 0
	for _, p := range list {
		switch {
		case p.State == "found":
			unknown++
		case p.Facts.Text("class") == "" && !slices.Contains(settledProblem, p.State):
			unclassed++ // it may be one for the spot
		case p.Facts.Text("class") == procedure.RectifyImmediate && !slices.Contains(settledProblem, p.State):
			open++
		}
	}
	var faults []procedure.FieldFault
	if open > 0 {
		faults = append(faults, no("", "immediate_open", "还有%d个立行立改的问题未销号", open)...)
	}
	if unknown > 0 {
		faults = append(faults, no("", "problems_unregistered", "还有%d个问题未入台账", unknown)...)
	}
	if unclassed > 0 {
		faults = append(faults, no("", "problems_unclassed", "还有%d个问题未交办，没有定整改类别", unclassed)...)
	}
	return faults
}

func redoDates(k *act) []procedure.FieldFault {
	redo, spot, today := text(k.form, "redo_by"), text(k.form, "spot_by"), policy.DateOf(k.now).String()
	if k.asking || redo == "" || spot == "" {
		return nil // the form says so
	}
	if redo < today || spot < redo {
		return no("redo_by", "redo_dates", "重新整改日期不应早于今天，再次抽查日期不应早于重新整改日期")
	}
	return nil
}

// spotProblem tells the problems of a spot check what they are about: the township,
// found by others than itself.
func spotProblem(k *act) error { return k.problemFacts("township", k.c.Facts.Text("title"), false) }

// problemFacts are what a problem inherits from the case that brings it up.
func (k *act) problemFacts(subject, foundIn string, self bool) error {
	for code, v := range map[string]any{"subject_kind": subject, "found_in": foundIn, "self_found": self, "found_on": policy.DateOf(k.now).String()} {
		if err := setFact(&k.c.Facts, code, v); err != nil {
			return err
		}
	}
	return nil
}

// papersComplete is the gate of the archive (S000): every form is locked, no problem is
// outside the ledger, and every village has handed in what it owes.
func papersComplete(k *act) []procedure.FieldFault {
	n, err := formsOutside(k.tx, k.c.ID, "", "", lockedForm...)
	if err != nil {
		return failed(err)
	}
	var villages int64
	err = k.tx.Model(&models.Case{}).Where("parent_id = ? AND procedure = ? AND closed_at IS NULL", k.c.ID, "village_form").Count(&villages).Error
	if err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	if n+villages > 0 {
		faults = no("", "forms_not_locked", "还有%d份户表、%d份村表未锁定", n, villages)
	}
	return append(append(faults, problemsSettled(k)...), cutOffsLeft(k)...)
}
