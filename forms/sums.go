package forms

import "shouwang/policy"

// Sums are the expressions of a form with what they look at besides the answers, for a page that computes while somebody
// types. What counts is what Compute says; the rules that policy computes are not among them.
type Sums struct {
	Computed []Computed     `json:"computed"`
	Checks   []Check        `json:"checks"`
	World    map[string]any `json:"world"`
	// IncomeItems is the category of each item of the county's list, for a form with an income sheet.
	IncomeItems map[string]string `json:"income_items,omitempty"`
}

// Sums gives the expressions of the form under a policy.
func (f *Form) Sums(w World) Sums {
	out := Sums{Computed: []Computed{}, Checks: []Check{}, World: f.beside(w)}
	out.Computed = append(out.Computed, f.Computed...)
	for _, c := range f.Checks {
		if c.Rule == "" {
			out.Checks = append(out.Checks, c)
		}
	}
	if _, ok := f.Field("income"); ok {
		out.IncomeItems = map[string]string{}
		for _, i := range w.Policy.IncomeItems() {
			out.IncomeItems[i.Code] = string(i.Category)
		}
	}
	return out
}

// beside is what expressions look at that is no answer.
func (f *Form) beside(w World) map[string]any {
	out := map[string]any{"today": policy.DateOf(w.Now).String(), "policy": policyValues(w.Policy)}
	if w.Registered != nil {
		out["registered"] = map[string]any{"population": w.Registered.Population}
	}
	return out
}
