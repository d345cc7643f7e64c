package activities

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// householdSheet is the form of a household in a campaign that names no other.
const householdSheet = "household_sheet"

// sheetsFor are the forms that households of each kind are surveyed with; a campaign
// takes those that its paper names (S0-011, S0-025, S1-022, S1-057, S4-016).
var sheetsFor = map[string][]string{
	"out_of_poverty": {"annex4", "annex6", "nine_documents"},
	"monitored":      {"annex5", "annex6", "nine_documents"},
	"ordinary":       {"ordinary_key", "screening_form"},
}

// formSheets chooses the forms that a household form consists of: by the campaign, by
// the kind of household and by the versions in force. They stay those of the case.
func formSheets(k *act) error {
	var named []string
	if k.c.ParentID != "" {
		campaign, err := take(k.tx, k.c.ParentID)
		if err != nil {
			return err
		}
		campaign.Facts.Value("forms", &named)
	}
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	keys, err := ChooseSheets(kindOf(h), named, k.policy)
	if err != nil || len(keys) == 0 {
		return err
	}
	return setFact(&k.c.Facts, "sheets", keys)
}

// ChooseSheets are the versions of the forms for a kind of household out of those that a
// campaign names; none means the household sheet as the definition has it.
func ChooseSheets(kind string, named []string, s policy.Snapshot) ([]string, error) {
	var keys []string
	for _, code := range chosenSheets(kind, named) {
		f, ok := forms.Standard.InForce(code, s)
		if !ok {
			return nil, noSuchForm(code)
		}
		keys = append(keys, f.Key())
	}
	return keys, nil
}

func noSuchForm(key string) error {
	code, _, _ := strings.Cut(key, "@")
	return procedure.Refuse(procedure.Conflict, "form_unknown", fmt.Sprintf("本系统没有表单 %s 的所选版本，请联系管理员", policy.Shown(code)))
}

func chosenSheets(kind string, named []string) []string {
	var own []string
	for _, code := range sheetsFor[kind] {
		if slices.Contains(named, code) {
			own = append(own, code)
		}
	}
	if slices.ContainsFunc(own, func(code string) bool { return !slices.Contains(supplements, code) }) {
		return append([]string{"survey_head"}, own...)
	}
	// The household sheet has an income sheet of its own.
	if own = slices.DeleteFunc(own, func(code string) bool { return code == "annex6" }); len(own) == 0 {
		return nil
	}
	return append([]string{householdSheet}, own...)
}

// supplements are the forms that come with others: alone, they come with the household sheet.
var supplements = []string{"annex6", "nine_documents"}

// kindOf is the kind of a household as forms know it: a monitored one that was out of
// poverty is surveyed as monitored (S0-009).
func kindOf(h *models.Household) string {
	switch {
	case slices.Contains([]procedure.State{"monitored", "eliminating", "observing", "stable"}, h.Status):
		return "monitored"
	case h.BaseType == "out_of_poverty":
		return "out_of_poverty"
	}
	return "ordinary"
}

// Sheets are the forms that a household form consists of.
func Sheets(c *models.Case) ([]*forms.Form, error) {
	keys := []string{householdSheet + "@1"}
	c.Facts.Value("sheets", &keys)
	out := make([]*forms.Form, len(keys))
	for i, key := range keys {
		f, ok := forms.Standard.Find(key)
		if !ok {
			return nil, noSuchForm(key)
		}
		out[i] = f
	}
	return out, nil
}

// given are the answers that the case itself knows: nobody writes them down again.
var given = []string{"region.township", "region.village", "household.group", "household.no", "household.head", "user.name", "today",
	"case.visit", "case.mismatch", "case.code"}

// EventFields is the form of an event on a case. What a household form asks is decided by
// the versions of the forms its case was opened with; the event adds questions of its own.
func EventFields(c *models.Case, ev *procedure.Event) ([]procedure.Field, error) {
	if c.Procedure != "household_form" || !slices.Contains(sheetEvents, ev.Code) || c.Facts.Values["sheets"] == nil {
		return ev.Form, nil
	}
	list, err := Sheets(c)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, f := range procedure.Sheet("household_sheet") {
		seen[f.Code] = true
	}
	out := slices.DeleteFunc(slices.Clone(ev.Form), func(f procedure.Field) bool { return seen[f.Code] })
	clear(seen)
	for _, sheet := range list {
		for _, f := range sheet.Fields {
			if !seen[f.Code] && !slices.Contains(given, f.Prefill) {
				out = append(out, f)
			}
			seen[f.Code] = true
		}
	}
	return out, nil
}

// sheetFaults are what is wrong with a filled form by the checks of its forms: income
// (S003 #16), head count, water (S000), a monitored household without help (DQ-05).
func (k *act) sheetFaults(answers map[string]any, h *models.Household) ([]procedure.FieldFault, error) {
	findings, err := k.sheetFindings(answers, h)
	if err != nil {
		return nil, err
	}
	var out []procedure.FieldFault
	for _, f := range findings {
		if f.Severity == forms.Error || f.Severity == forms.Explain {
			out = append(out, procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message})
		}
	}
	return out, nil
}

// sheetFindings are what the checks of the forms say, each once.
func (k *act) sheetFindings(answers map[string]any, h *models.Household) ([]forms.Finding, error) {
	list, err := Sheets(k.c)
	if err != nil {
		return nil, err
	}
	var out []forms.Finding
	w := forms.World{Policy: k.policy, Now: k.now, Asked: surveyDay(k.c), Registered: &forms.Registered{Population: h.Population}}
	for _, sheet := range list {
		for _, f := range sheet.Compute(answers, w).Findings {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// Locked tells of each answer of a household form that may not be changed now why: the
// rectification of its indicator is open (S001: 先整改后填报).
func (e *Engine) Locked(ctx context.Context, c *models.Case) (map[string]string, error) {
	return lockedFields(e.Store.DB.WithContext(ctx), c)
}

func lockedFields(tx *gorm.DB, c *models.Case) (map[string]string, error) {
	var problems []models.Case
	if err := tx.Where("household_id = ? AND procedure = ?", c.HouseholdID, "rectification").Order("id").Find(&problems).Error; err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i := range problems {
		p, err := keptProblem(tx, &problems[i])
		if err != nil {
			return nil, err
		}
		if slices.Contains(settledProblem, p.State) {
			continue
		}
		for _, field := range procedure.IndicatorFields(problems[i].Facts.Text("indicator")) {
			out[field] = fmt.Sprintf("该指标的问题（%s）正在整改，整改完成前不能改动", p.No)
		}
	}
	return out, nil
}

// indicatorsFree: no answer has changed that speaks of an indicator under rectification.
// A form that was never filled in waits until it is over.
func indicatorsFree(k *act) []procedure.FieldFault {
	locked, err := lockedFields(k.tx, k.c)
	if err != nil {
		return failed(err)
	}
	if len(locked) == 0 {
		return nil
	}
	before, err := k.e.lastSheet(k.tx, k.c.ID)
	if err != nil && !models.Missing(err) {
		return failed(err)
	}
	if before == nil {
		return no("", "indicator_locked", "%s", firstOf(locked))
	}
	if k.asking {
		return nil
	}
	var faults []procedure.FieldFault
	for _, field := range sortedKeys(locked) {
		if !same(before[field], k.form[field]) {
			faults = append(faults, no(field, "indicator_locked", "%s", locked[field])...)
		}
	}
	return faults
}

func firstOf(m map[string]string) string { return m[sortedKeys(m)[0]] }

// same compares two answers; none and an empty one are the same.
func same(a, b any) bool {
	return reflect.DeepEqual(a, b) || forms.Empty(a) && forms.Empty(b)
}

// SheetFacts are the facts of a household form that consists of some forms of the library, by their keys.
func SheetFacts(keys []string) models.Facts {
	var f models.Facts
	_ = setFact(&f, "sheets", keys) // a list of texts
	return f
}
