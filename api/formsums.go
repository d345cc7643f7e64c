package api

import (
	"context"

	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
)

// registered is what the register says about a household as forms compare it, nil for a form about none.
func registered(h *models.Household) *forms.Registered {
	if h == nil {
		return nil
	}
	return &forms.Registered{Population: h.Population}
}

// draftSums are the expressions of a record for who goes on filling it in.
func (s *server) draftSums(ctx context.Context, rec *models.FormRecord, f *forms.Form, p policy.Snapshot) (gen.FormSums, error) {
	w, err := s.engine.RecordWorld(ctx, rec, p)
	return formSums(f, w), err
}

// formSums are the expressions of a form as a page computes them while somebody types.
func formSums(f *forms.Form, w forms.World) gen.FormSums {
	in := f.Sums(w)
	out := gen.FormSums{Computed: []gen.FormSum{}, Checks: []gen.FormRule{}, World: in.World, IncomeItems: in.IncomeItems}
	for _, c := range in.Computed {
		out.Computed = append(out.Computed, gen.FormSum{Code: c.Code, Title: c.Title, Kind: gen.FieldKind(c.Kind), Value: c.Value, Text: c.Text})
	}
	for _, c := range in.Checks {
		out.Checks = append(out.Checks, gen.FormRule{Code: c.Code, Field: c.Field, Severity: gen.FormRuleSeverity(c.Severity), When: c.When, Text: c.Text})
	}
	return out
}
