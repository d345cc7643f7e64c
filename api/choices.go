package api

import (
	"context"
	"encoding/json"
	"slices"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// lists are the options that a case gives, by the name under which fields ask for them.
type lists map[string][]procedure.Option

// in are the fields with the options that the case gives.
func (l lists) in(fields []procedure.Field) []procedure.Field {
	var out []procedure.Field
	for i, f := range fields {
		if f.OptionsFrom == "" {
			continue
		}
		if out == nil {
			out = append(out, fields...)
		}
		out[i].Options = l[f.OptionsFrom]
	}
	if out == nil {
		return fields
	}
	return out
}

// form are the questions of an event, with the options that policy and, where it can
// be fired now, the case give.
func (s *server) form(ctx context.Context, c *models.Case, e *procedure.Event, p policy.Snapshot) ([]gen.Field, error) {
	l := lists{}
	for _, f := range e.Form {
		if f.OptionsFrom == "" || l[f.OptionsFrom] != nil || !slices.Contains(e.From, c.State) {
			continue
		}
		list, err := s.engine.Choices(ctx, c, f.OptionsFrom)
		if err != nil {
			return nil, err
		}
		l[f.OptionsFrom] = list
	}
	return formFields(l.in(e.Form), p), nil
}

// mentioned are the names for the answers of forms to fields that take their options
// from the case: of accounts those only that are named, be they still in office or not.
func (s *server) mentioned(ctx context.Context, c *models.Case, forms ...map[string]any) (lists, error) {
	out, ids := lists{}, []string{}
	for _, f := range allFields(definitionOf(c)) {
		switch {
		case f.OptionsFrom == procedure.FromStaff:
			for _, form := range forms {
				if id, ok := form[f.Code].(string); ok {
					ids = append(ids, id)
				}
			}
		case f.OptionsFrom != "" && out[f.OptionsFrom] == nil:
			list, err := s.engine.Choices(ctx, c, f.OptionsFrom)
			if err != nil {
				return nil, err
			}
			out[f.OptionsFrom] = list
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	l, err := s.labels(ctx, codes{users: ids})
	for _, id := range distinct(ids) {
		if err == nil {
			out[procedure.FromStaff] = append(out[procedure.FromStaff], procedure.Option{Code: id, Title: l.user(id).Name})
		}
	}
	return out, err
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
