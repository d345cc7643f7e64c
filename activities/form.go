package activities

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

const maxRows = forms.MaxRows

// checkForm returns what is wrong with the answers of a form.
func checkForm(fields []procedure.Field, form map[string]any, s policy.Snapshot, attachments []models.Attachment, now time.Time) []procedure.FieldFault {
	w := forms.World{Policy: s, Now: now, Files: map[string]bool{}}
	for _, a := range attachments {
		w.Files[a.ID] = true
	}
	return forms.Faults(fields, form, w)
}

// namesFiles reports whether a form has an answer that must name attachments.
func namesFiles(fields []procedure.Field, form map[string]any) bool {
	return slices.ContainsFunc(fields, func(f procedure.Field) bool {
		v, given := form[f.Code]
		// Columns of a table are rare enough to look without looking into it.
		return given && !forms.Empty(v) && (f.Kind == procedure.Files || f.Kind == procedure.Rows)
	})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// learn keeps the answers marked as facts with the case.
func learn(facts *models.Facts, fields []procedure.Field, form map[string]any) error {
	for _, f := range fields {
		v, ok := form[f.Code]
		if !f.Fact || !ok || v == nil { // null is no answer
			continue
		}
		if err := setFact(facts, f.Code, v); err != nil {
			return err
		}
	}
	return nil
}

func setFact(facts *models.Facts, code string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if facts.Values == nil {
		facts.Values = map[string]json.RawMessage{}
	}
	facts.Values[code] = raw
	return nil
}
