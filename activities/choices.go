package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/procedure"
)

// choices are the lists that a case gives for the fields that name one.
var choices = map[string]func(k *act) ([]procedure.Option, error){}

func init() {
	choices[procedure.FromStaff] = staffOf
	choices[procedure.FromProgrammeEvents] = eventsOf
}

// Choices are the options of a field that takes them from the case.
func (e *Engine) Choices(ctx context.Context, c *models.Case, from string) ([]procedure.Option, error) {
	return choices[from](&act{e: e, tx: e.Store.DB.WithContext(ctx), c: c, now: e.Clock.Now()})
}

// listed refuses answers that are not in the list the case gives, in the form and in
// its tables.
func (k *act) listed(fields []procedure.Field) ([]procedure.FieldFault, error) {
	return k.listedIn("", fields, k.form, map[string][]procedure.Option{})
}

func (k *act) listedIn(path string, fields []procedure.Field, form map[string]any, known map[string][]procedure.Option) ([]procedure.FieldFault, error) {
	var out []procedure.FieldFault
	for _, f := range fields {
		for i, row := range tableOf(form, f.Code) {
			more, err := k.listedIn(fmt.Sprintf("%s%s[%d].", path, f.Code, i), f.Columns, row, known)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
		s := text(form, f.Code)
		if f.OptionsFrom == "" || s == "" || !forms.Applies(f, form) {
			continue
		}
		if known[f.OptionsFrom] == nil {
			list, err := choices[f.OptionsFrom](k)
			if err != nil {
				return nil, err
			}
			known[f.OptionsFrom] = list
		}
		if !slices.ContainsFunc(known[f.OptionsFrom], func(o procedure.Option) bool { return o.Code == s }) {
			out = append(out, no(path+f.Code, "unknown_option", "“%s”不在可选范围内", f.Title)...)
		}
	}
	return out, nil
}

// staffOf are the accounts that a case may be given to by name: those whose office
// covers it, the persons paired with the household, and the department it concerns.
// A surveyor sees only cases that wait for surveyors and is left out.
func staffOf(k *act) ([]procedure.Option, error) {
	var rows []struct {
		ID, Name, RegionCode, Dept, HouseholdID string
		Role                                    procedure.Role
	}
	err := k.tx.Model(&models.RoleGrant{}).Joins("JOIN users ON users.id = role_grants.user_id AND NOT users.disabled").
		Select("users.id, users.name, role_grants.role, role_grants.region_code, role_grants.dept, role_grants.household_id").
		Where("role_grants.role IN ? AND role_grants.valid_from <= ? AND (role_grants.valid_to IS NULL OR role_grants.valid_to > ?)", procedure.Staff(), k.now, k.now).
		Where("role_grants.region_code IN ? OR role_grants.household_id = ? AND role_grants.household_id <> ''", officesOf(k.c.RegionCode), k.c.HouseholdID).
		Order("length(role_grants.region_code) DESC, role_grants.role, users.name, users.id").Scan(&rows).Error
	var out []procedure.Option
	for _, r := range rows {
		def, _ := procedure.RoleOf(r.Role)
		department := r.Role == procedure.CountyDept || r.Role == procedure.TownshipDept
		switch {
		case department && r.Dept != k.c.Dept, def.Level == procedure.LevelHousehold && r.HouseholdID != k.c.HouseholdID:
			continue
		case slices.ContainsFunc(out, func(o procedure.Option) bool { return o.Code == r.ID }):
			continue // an account with two posts
		}
		out = append(out, procedure.Option{Code: r.ID, Title: r.Name + "（" + def.Title + "）"})
	}
	return out, err
}

// officesOf are the codes of the offices that answer for a region: its own and those above.
func officesOf(region string) []string {
	var out []string
	for _, n := range []int{2, 4, 6, 9, 12} {
		if len(region) >= n {
			out = append(out, region[:n])
		}
	}
	return out
}

// eventsOf are the events of the programme that a problem belongs to, and the one
// before which the campaign that found it wants the slower ones mended (S0-074).
func eventsOf(k *act) ([]procedure.Option, error) {
	p, err := k.programme()
	if err != nil {
		return nil, err
	}
	var out []procedure.Option
	add := func(code, title, on string) {
		out = append(out, procedure.Option{Code: code, Title: strings.TrimSpace(title + " " + on)})
	}
	if p != nil {
		for _, e := range p.Events {
			add(e.Code, e.Title, e.On)
		}
	}
	campaign, err := k.foundIn()
	if err != nil || campaign == nil {
		return out, err
	}
	if slow := cutOffOf(campaign, procedure.SlowRectification); slow.Event != "" {
		add(procedure.SlowRectification, slow.Event, slow.EventOn)
	}
	return out, nil
}
