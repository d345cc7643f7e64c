package api

import (
	"context"
	"encoding/json"
	"slices"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// lists are the options that a case gives, by the name under which fields ask for them.
type lists map[string][]procedure.Option

// in are the fields, and those of tables, with the options that the case gives.
func (l lists) in(fields []procedure.Field) []procedure.Field {
	if !slices.ContainsFunc(fields, looksUp) {
		return fields
	}
	out := slices.Clone(fields)
	for i, f := range fields {
		out[i].Columns = l.in(f.Columns)
		switch {
		case f.OptionsFrom != "":
			out[i].Options = l[f.OptionsFrom]
		case isMember(f) && l[fromMembers] != nil:
			out[i].Kind, out[i].Options = procedure.Choice, l[fromMembers]
		case isVillage(f) && l[fromVillages] != nil:
			out[i].Kind, out[i].Options = procedure.Choice, l[fromVillages]
		case isHousehold(f) && l[fromHouseholds] != nil:
			out[i].Kind, out[i].Options = procedure.Choice, l[fromHouseholds]
		}
	}
	return out
}

func looksUp(f procedure.Field) bool {
	return f.OptionsFrom != "" || isMember(f) || isVillage(f) || isHousehold(f) || slices.ContainsFunc(f.Columns, looksUp)
}

// isMember reports whether a field names a member of the household by his id.
func isMember(f procedure.Field) bool {
	return f.Kind == procedure.Text && (f.Code == "person_id" || f.Code == "new_head")
}

// isVillage reports whether a field names a village by its code.
func isVillage(f procedure.Field) bool { return f.Kind == procedure.Text && f.Code == "target_village" }

// isHousehold reports whether a field names a household by its id.
func isHousehold(f procedure.Field) bool {
	return f.Kind == procedure.Text && f.Code == "household_id"
}

// fromHouseholds are the households that answers name.
const fromHouseholds = "households"

// fromVillages are the villages that answers name.
const fromVillages = "villages"

// fromMembers are the members that answers name, as far as the viewer may see names.
const fromMembers = "members"

// sources are the lists that fields take their options from.
func sources(fields []procedure.Field) []string {
	var out []string
	for _, f := range fields {
		out = append(append(out, f.OptionsFrom), sources(f.Columns)...)
	}
	return distinct(out)
}

// form are the questions of an event, with the options that policy and, where it can
// be fired now, the case give.
func (s *server) form(ctx context.Context, c *models.Case, e *procedure.Event, p policy.Snapshot) ([]gen.Field, error) {
	fields, err := activities.EventFields(c, e)
	if err != nil {
		return nil, err
	}
	l := lists{}
	if slices.Contains(e.From, c.State) {
		for _, from := range sources(fields) {
			list, err := s.engine.Choices(ctx, c, from)
			if err != nil {
				return nil, err
			}
			l[from] = list
		}
	}
	out := formFields(l.in(fields), p)
	return out, s.lock(ctx, c, e, out)
}

// lock tells of the fields of a household form why they may not be changed now (S001).
func (s *server) lock(ctx context.Context, c *models.Case, e *procedure.Event, fields []gen.Field) error {
	if !slices.Contains(e.From, c.State) || !slices.ContainsFunc(e.Guards, func(g procedure.Guard) bool { return g.Name == procedure.GuardIndicatorsFree }) {
		return nil
	}
	locked, err := s.engine.Locked(ctx, c)
	for i := range fields {
		fields[i].Locked = locked[fields[i].Code]
	}
	return err
}

// answerNames says of what the answers to fields with a list are: only those that are
// named are looked up, be they still on the list or not.
var answerNames = map[string]func(w *codes, id string){
	procedure.FromStaff: wantUser, procedure.FromHelpers: wantUser, procedure.FromCampaignPeople: wantUser, procedure.FromTrainees: wantUser,
	procedure.FromCampaignAreas: func(w *codes, code string) { w.regions = append(w.regions, code) },
	procedure.FromUncovered:     func(w *codes, id string) { w.households = append(w.households, id) },
}

func wantUser(w *codes, id string) { w.users = append(w.users, id) }

// mentioned are the names for the answers of forms to fields that take their options
// from the case.
func (s *server) mentioned(ctx context.Context, c *models.Case, see sight, forms ...map[string]any) (lists, error) {
	fields, out, want := withProposals(allFields(definitionOf(c)), nil), lists{}, codes{}
	for _, from := range sources(fields) {
		if answerNames[from] != nil {
			continue
		}
		list, err := s.engine.Choices(ctx, c, from)
		if err != nil {
			return nil, err
		}
		out[from] = list
	}
	for _, form := range forms {
		want.ask(fields, form)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	var known []procedure.Option
	for _, id := range distinct(want.users) {
		known = append(known, procedure.Option{Code: id, Title: l.user(id).Name})
	}
	for _, code := range distinct(want.regions) {
		known = append(known, procedure.Option{Code: code, Title: l.region(code)})
	}
	for _, id := range distinct(want.households) {
		known = append(known, procedure.Option{Code: id, Title: l.households[id].HeadName + "（" + l.households[id].No + "）"})
	}
	for from := range answerNames {
		out[from] = known
	}
	out[fromVillages], out[fromHouseholds] = known, known
	out[fromMembers], err = s.memberNames(ctx, distinct(want.people), see)
	return out, err
}

// memberNames are the names of members, of class P2, and P3 of children.
func (s *server) memberNames(ctx context.Context, ids []string, see sight) ([]procedure.Option, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var people []models.Person
	if err := s.db(ctx).Select("id", "name", "sealed").Where("id IN ?", ids).Order("id").Find(&people).Error; err != nil {
		return nil, err
	}
	var out []procedure.Option
	for _, p := range people {
		secret, err := p.Secret(s.engine.Store.Vault) // which may hold the name
		if err != nil {
			return nil, err
		}
		name, class := "（家庭成员）", procedure.P2
		if childOn(&secret, s.today()) {
			class = register.OfChild(class)
		}
		switch see.of(class) {
		case full:
			name = p.Name
		case masked:
			name = maskText(p.Name)
		}
		out = append(out, procedure.Option{Code: p.ID, Title: name})
	}
	return out, nil
}

// ask notes the answers of a form, and of its tables, that have names.
func (w *codes) ask(fields []procedure.Field, form map[string]any) {
	for _, f := range fields {
		if id, ok := form[f.Code].(string); ok && answerNames[f.OptionsFrom] != nil {
			answerNames[f.OptionsFrom](w, id)
		}
		if id, ok := form[f.Code].(string); ok && isMember(f) {
			w.people = append(w.people, id)
		}
		if code, ok := form[f.Code].(string); ok && isVillage(f) {
			w.regions = append(w.regions, code)
		}
		if id, ok := form[f.Code].(string); ok && isHousehold(f) {
			w.households = append(w.households, id)
		}
		rows, _ := form[f.Code].([]any)
		for _, r := range rows {
			if row, ok := r.(map[string]any); ok && len(f.Columns) > 0 {
				w.ask(f.Columns, row)
			}
		}
	}
}

func allFields(d *procedure.Definition) []procedure.Field {
	out := append([]procedure.Field{}, d.Opening.Form...)
	for _, e := range d.Events {
		out = append(out, e.Form...)
	}
	return out
}

// factForm are the facts of a case as a form.
func factForm(values map[string]json.RawMessage) map[string]any {
	out := map[string]any{}
	for code, raw := range values {
		var v any
		if json.Unmarshal(raw, &v) == nil {
			out[code] = v
		}
	}
	return out
}
