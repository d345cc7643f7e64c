package activities

import (
	"context"
	"encoding/json"
	"slices"

	"gorm.io/gorm"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Filled is a form that a case consists of, with what was last answered in it.
type Filled struct {
	Form    *forms.Form
	Answers map[string]any
	World   forms.World
}

// FilledSheets are the forms of a household form or a village form as they were last filled in; they stand on paper and in
// workbooks as forms of their own do.
func (e *Engine) FilledSheets(ctx context.Context, c *models.Case) ([]Filled, error) {
	tx := e.Store.DB.WithContext(ctx)
	s, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return nil, err
	}
	switch c.Procedure {
	case "household_form":
		return e.filledHousehold(tx, c, s)
	case "village_form":
		return e.filledVillage(tx, c, s)
	}
	return nil, procedure.Refuse(procedure.NotFound, "no_form", "这一事项没有户表、村表")
}

func notFilled() error {
	return procedure.Refuse(procedure.Conflict, "form_not_filled", "这份表还没有填写，不能打印、导出")
}

func (e *Engine) filledHousehold(tx *gorm.DB, c *models.Case, s policy.Snapshot) ([]Filled, error) {
	list, err := Sheets(c)
	if err != nil {
		return nil, err
	}
	sheet, err := e.lastSheet(tx, c.ID)
	if models.Missing(err) {
		return nil, notFilled()
	}
	if err != nil {
		return nil, err
	}
	h, err := household(tx, c.HouseholdID)
	if err != nil {
		return nil, err
	}
	known, err := e.caseKnows(tx, c, s, h)
	if err != nil {
		return nil, err
	}
	w := forms.World{Policy: s, Now: e.Clock.Now(), Asked: surveyDay(c), Registered: &forms.Registered{Population: h.Population}}
	out := make([]Filled, len(list))
	for i, f := range list {
		answers := map[string]any{}
		for _, x := range f.Fields {
			if v, ok := sheet[x.Code]; ok {
				answers[x.Code] = v
			} else if v, ok := known[x.Code]; ok {
				answers[x.Code] = v
			} else if v, ok := known[x.Prefill]; ok && slices.Contains(given, x.Prefill) {
				answers[x.Code] = v
			}
		}
		out[i] = Filled{f, answers, w}
	}
	return out, nil
}

// caseKnows are the answers that nobody wrote into the form itself: those of the register and of the visit.
func (e *Engine) caseKnows(tx *gorm.DB, c *models.Case, s policy.Snapshot, h *models.Household) (map[string]any, error) {
	var region models.Region
	if err := tx.Where("code = ?", c.RegionCode).Take(&region).Error; err != nil {
		return nil, err
	}
	by, err := nameOf(tx, c.Facts.Text("surveyor"))
	if err != nil {
		return nil, err
	}
	out, err := e.known(tx, s, h, &region, by)
	if err != nil {
		return nil, err
	}
	out["today"] = AskedOn(c, e.Clock.Now()).String()
	visits, err := e.saidIn(tx, c.ID, "visit")
	if err != nil {
		return nil, err
	}
	for _, said := range visits {
		for _, code := range []string{"visited_at", "guide", "three_unified", "four_agree"} {
			if v, ok := said[code]; ok {
				out[code] = v
			}
		}
	}
	mismatches, err := e.saidIn(tx, c.ID, "mismatch")
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, said := range mismatches {
		more, _ := said["mismatches"].([]any)
		rows = append(rows, more...)
	}
	out["mismatches"] = rows
	if code := c.Facts.Text("form_code"); code != "" {
		out["form_code"] = code
	}
	return out, nil
}

// saidIn are the forms of an event of a case, the last one last.
func (e *Engine) saidIn(tx *gorm.DB, caseID, event string) ([]map[string]any, error) {
	var events []models.CaseEvent
	if err := tx.Where("case_id = ? AND kind = ? AND event = ?", caseID, "event", event).Order("seq").Find(&events).Error; err != nil {
		return nil, err
	}
	out := make([]map[string]any, len(events))
	for i := range events {
		var err error
		if out[i], err = e.Payload(&events[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func nameOf(tx *gorm.DB, user string) (string, error) {
	var u models.User
	err := tx.Select("name").Where("id = ?", user).Limit(1).Find(&u).Error
	return u.Name, err
}

// filledVillage is the village sheet with the sums over the household forms and what the village answered (S002).
func (e *Engine) filledVillage(tx *gorm.DB, c *models.Case, s policy.Snapshot) ([]Filled, error) {
	f, ok := forms.Standard.InForce("village_sheet", s)
	if !ok {
		return nil, noSuchForm("village_sheet")
	}
	at, checked := c.Facts.At["village_check"]
	if !checked {
		return nil, notFilled()
	}
	var region models.Region
	if err := tx.Where("code = ?", c.RegionCode).Take(&region).Error; err != nil {
		return nil, err
	}
	answers := map[string]any{}
	if err := places(tx, &region, answers); err != nil {
		return nil, err
	}
	answers["today"] = policy.DateOf(at).String()
	if by := c.Facts.By["village_check"]; len(by) > 0 {
		name, err := nameOf(tx, by[len(by)-1])
		if err != nil {
			return nil, err
		}
		answers["user.name"] = name
	}
	out := map[string]any{}
	for _, x := range f.Fields {
		var v any
		if raw, ok := c.Facts.Values[x.Code]; ok && json.Unmarshal(raw, &v) == nil {
			out[x.Code] = v
		} else if v, ok := answers[x.Prefill]; ok {
			out[x.Code] = v
		}
	}
	return []Filled{{f, out, forms.World{Policy: s, Now: e.Clock.Now()}}}, nil
}
