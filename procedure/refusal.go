package procedure

import "strings"

// RefusalKind groups refusals by what the caller can do about them.
type RefusalKind string

// Kinds of refusals. The API alone maps them to HTTP: 403, 409, 422, 404, 503.
const (
	Forbidden RefusalKind = "Forbidden" // this person may not
	Conflict  RefusalKind = "Conflict"  // the case has moved, or the state does not know the event
	Invalid   RefusalKind = "Invalid"   // the form or a condition is not met
	NotFound  RefusalKind = "NotFound"
	Busy      RefusalKind = "Busy" // try again with the same key
)

// FieldFault is one thing to mend: where, what, in Chinese, with a stable code.
type FieldFault struct {
	Field   string `json:"field,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Refusal is the answer no. Nothing has changed.
type Refusal struct {
	Kind    RefusalKind  `json:"kind"`
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Faults  []FieldFault `json:"faults,omitempty"`
}

func (r *Refusal) Error() string {
	parts := []string{r.Code, r.Message}
	for _, f := range r.Faults {
		parts = append(parts, f.Field+" "+f.Code)
	}
	return strings.Join(parts, "; ")
}

// Refuse makes a refusal.
func Refuse(kind RefusalKind, code, message string, faults ...FieldFault) *Refusal {
	return &Refusal{Kind: kind, Code: code, Message: message, Faults: faults}
}
