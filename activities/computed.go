package activities

import (
	"encoding/json"
	"maps"
	"slices"

	"shouwang/policy"
	"shouwang/procedure"
)

// note keeps checks with the act that was taken on them, so that years later the record
// still says which values were used and which rule.
func (k *act) note(found ...policy.Finding) {
	for _, f := range found {
		if !slices.ContainsFunc(k.computed, func(had policy.Finding) bool { return had.Code == f.Code }) {
			k.computed = append(k.computed, f)
		}
	}
}

// recorded is the form of an act together with the checks it was taken on.
func (k *act) recorded() map[string]any {
	if len(k.computed) == 0 {
		return k.form
	}
	out := map[string]any{procedure.ComputedField: k.computed}
	maps.Copy(out, k.form)
	return out
}

// Computed are the checks that a recorded act was taken on, from its payload.
func Computed(form map[string]any) ([]policy.Finding, error) {
	v, ok := form[procedure.ComputedField]
	if !ok {
		return nil, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out []policy.Finding
	err = json.Unmarshal(raw, &out)
	return out, err
}
