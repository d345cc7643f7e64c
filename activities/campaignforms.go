package activities

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// The forms about places that a campaign may take beside those of its households and villages.
const (
	fourNots   = "four_nots"
	conference = "case_conference"
)

// WantedForm is a form that a campaign waits for: about a place, or about a department or a working group of it.
type WantedForm struct{ Form, RegionCode, Unit string }

// Answers are what the form says of whom it is about.
func (w WantedForm) Answers(place string) map[string]any {
	switch {
	case w.Form == conference:
		return map[string]any{"group": w.Unit}
	case w.Form == fourNots && w.Unit != "":
		return map[string]any{"unit": w.Unit, "unit_kind": "department"}
	case w.Form == fourNots && len(w.RegionCode) > 9:
		return map[string]any{"unit": place, "unit_kind": "village"}
	}
	return nil
}

// CampaignForms are the forms about places that a campaign waits for: the check of the “四个不摘” of each village and
// department (S0-031), the conference of each working group (S1-032).
func (e *Engine) CampaignForms(ctx context.Context, c *models.Case) ([]WantedForm, error) {
	return wantedForms(e.Store.DB.WithContext(ctx), c)
}

func wantedForms(tx *gorm.DB, c *models.Case) ([]WantedForm, error) {
	var taken []string
	c.Facts.Value("forms", &taken)
	var out []WantedForm
	if slices.Contains(taken, fourNots) || checksFourNots(c.Facts) {
		var err error
		if out, err = wantedFourNots(tx, c); err != nil {
			return nil, err
		}
	}
	if slices.Contains(taken, conference) {
		out = append(out, wantedConferences(c)...)
	}
	return out, nil
}

// checksFourNots reports whether a phase of a campaign ends with the check of the “四个不摘”.
func checksFourNots(f models.Facts) bool {
	var stages phasePlan
	f.Value("stages", &stages)
	for _, s := range stages {
		if slices.Contains(s.Gates, procedure.FourNotsDone) {
			return true
		}
	}
	return false
}

func checkedDepartments(f models.Facts) []string {
	var rows []struct {
		Name string `json:"name"`
	}
	f.Value(procedure.CheckedDepartments, &rows)
	var out []string
	for _, r := range rows {
		out = append(out, strings.TrimSpace(r.Name))
	}
	return out
}

// wantedFourNots are those of the villages, and of the departments of their townships. A campaign that was issued before
// departments were named has one for a township.
func wantedFourNots(tx *gorm.DB, c *models.Case) ([]WantedForm, error) {
	var villages, townships []string
	err := tx.Model(&models.CampaignVillage{}).Where("campaign_id = ?", c.ID).Order("region_code").Pluck("region_code", &villages).Error
	var out []WantedForm
	for _, v := range villages {
		out = append(out, WantedForm{Form: fourNots, RegionCode: v})
		if len(v) > 9 {
			townships = append(townships, v[:9])
		}
	}
	units := checkedDepartments(c.Facts)
	if len(units) == 0 {
		units = []string{""}
	}
	for _, t := range slices.Compact(townships) {
		for _, u := range units {
			out = append(out, WantedForm{Form: fourNots, RegionCode: t, Unit: u})
		}
	}
	return out, err
}

func wantedConferences(c *models.Case) []WantedForm {
	var out []WantedForm
	for _, g := range groupsOf(c) {
		w := WantedForm{Form: conference, RegionCode: g.Area, Unit: g.Group}
		if w.RegionCode == "" {
			w.RegionCode = c.RegionCode
		}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// campaignTakes refuses a form that a campaign does not take: a unit it does not wait for, or a campaign that is over.
func campaignTakes(tx *gorm.DB, d FormDraft) error {
	if d.CampaignID == "" {
		if d.Unit != "" {
			return procedure.Refuse(procedure.Invalid, "unit_unknown", "部门、工作组只在行动的表中填写", no("unit", "unit_unknown", "部门、工作组只在行动的表中填写")...)
		}
		return nil
	}
	c, err := take(tx, d.CampaignID)
	if err != nil {
		return err
	}
	if c.ClosedAt != nil {
		return procedure.Refuse(procedure.Conflict, "campaign_over", "行动已经结束，不能再填它的表")
	}
	want, err := wantedForms(tx, c)
	if err != nil {
		return err
	}
	of := func(w WantedForm) bool { return w.Form == d.Form }
	if d.Unit == "" && (d.HouseholdID != "" || !slices.ContainsFunc(want, of)) {
		return nil
	}
	if !slices.Contains(want, WantedForm{Form: d.Form, RegionCode: d.RegionCode, Unit: d.Unit}) {
		return procedure.Refuse(procedure.Invalid, "unit_unknown", "本次行动不要求填写这份表", no("unit", "unit_unknown", "请从行动的表册中选择要填的村、部门或工作组")...)
	}
	return nil
}
