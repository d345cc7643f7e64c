// Package forms holds the forms of the sources as data: their fields, what is computed from them, what is checked, who
// signs, and how the paper looks. Each is a JSON document of a version that never changes once it was used; a place
// chooses among the versions by its policy (form_versions). Screen, API, Excel and paper read the same document.
package forms

import (
	"fmt"
	"slices"

	"shouwang/internal/exprs"
	"shouwang/policy"
	"shouwang/procedure"
)

// Subject is what one filled form is about.
type Subject string

// The subjects. A form about a region is about a village or a township and lists many households, persons or problems.
const (
	AboutHousehold Subject = "household"
	AboutRegion    Subject = "region"
)

// Form is one version of one form.
type Form struct {
	Code    string
	Version int
	Title   string
	// Source names the rows of the requirements, such as "S0-087, S0-088".
	Source  string
	Subject Subject
	Fields  []procedure.Field
	// Computed are in the order of computing: a later one may use an earlier one.
	Computed   []Computed
	Checks     []Check
	Signatures []Signature
	Layout     Layout
}

// Computed is a value that is never typed.
type Computed struct {
	Code  string         `json:"code"`
	Title string         `json:"title"`
	Kind  procedure.Kind `json:"kind"`
	Value string         `json:"value"`
	// Text says it in Chinese, with the values in braces.
	Text string `json:"text"`

	value *exprs.Program
	text  template
}

// Severity is how much a finding weighs.
type Severity string

// An error keeps the form from being finished, a finding has to be explained first, a warning is only shown. A clue is a
// sign of risk: the form is right, and opens a risk clue when it is handed in or finished. A problem opens a rectification.
const (
	Error   Severity = "error"
	Explain Severity = "finding"
	Warning Severity = "warning"
	Clue    Severity = "clue"
	Problem Severity = "problem"
)

// Check is one rule over the answers: When tells that something is wrong. In its place Rule names one of the rules that
// the policy package computes, such as the income sheet and drinking water.
type Check struct {
	Code     string   `json:"code,omitempty"`
	Field    string   `json:"field,omitempty"`
	Severity Severity `json:"severity,omitempty"`
	When     string   `json:"when,omitempty"`
	Text     string   `json:"text,omitempty"`
	Rule     string   `json:"rule,omitempty"`

	when *exprs.Program
	text template
}

// Signature is a place to sign on the paper, with a seal where Seal says so.
type Signature struct {
	Title string `json:"title"`
	Seal  bool   `json:"seal,omitempty"`
}

// Layout is how the paper looks; one without blocks lists the fields two beside each other, and its tables under them.
type Layout struct {
	Landscape bool    `json:"landscape,omitempty"`
	Blocks    []Block `json:"blocks,omitempty"`
}

// Block is one part of the paper from top to bottom; exactly one of Text, Grid and Table is set. {code} in a text is the
// answer to that field.
type Block struct {
	Text string `json:"text,omitempty"`
	// Widths are those of the columns, in parts of the whole.
	Widths []float64 `json:"widths,omitempty"`
	Grid   [][]Cell  `json:"grid,omitempty"`
	// Table is the code of a field of rows. Columns are what is printed of it, "#" being the number of the row and
	// "a|b" the first answer of two columns, "@id_no" the identity number of the person in the row, which the register gives
	// for the paper alone, and "@signature" a place for him to sign;
	// Headings replace the titles where the paper has headings of several lines. Blank is the least number of rows.
	Table    string   `json:"table,omitempty"`
	Columns  []string `json:"columns,omitempty"`
	Headings [][]Cell `json:"headings,omitempty"`
	Blank    int      `json:"blank,omitempty"`
	// Fixed prints the rows of the policy list of that name, filled or not (the income sheet).
	Fixed string `json:"fixed,omitempty"`
}

// Cell is one cell of a grid: fixed text, or the answer to a field or a computed value. Boxes prints a choice as ☑ ☐.
type Cell struct {
	Text  string `json:"text,omitempty"`
	Field string `json:"field,omitempty"`
	Boxes bool   `json:"boxes,omitempty"`
	Head  bool   `json:"head,omitempty"`
	Cols  int    `json:"cols,omitempty"`
	Rows  int    `json:"rows,omitempty"`
}

// Key names the version: annex6@1.
func (f *Form) Key() string { return Key(f.Code, f.Version) }

// Key is the key of a version of a form.
func Key(code string, version int) string { return fmt.Sprintf("%s@%d", code, version) }

// Field finds a field by its code.
func (f *Form) Field(code string) (procedure.Field, bool) {
	i := slices.IndexFunc(f.Fields, func(x procedure.Field) bool { return x.Code == code })
	if i < 0 {
		return procedure.Field{}, false
	}
	return f.Fields[i], true
}

// Written are the fields that are answered in writing. Files belong to a case; a form outside of one is signed on paper.
func (f *Form) Written() []procedure.Field {
	return slices.DeleteFunc(slices.Clone(f.Fields), func(x procedure.Field) bool { return x.Kind == procedure.Files })
}

// Library is a set of forms.
type Library struct {
	byKey  map[string]*Form
	latest map[string]*Form
}

// All lists every version, by code and number.
func (l *Library) All() []*Form {
	var out []*Form
	for _, f := range l.byKey {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *Form) int {
		if a.Code == b.Code {
			return a.Version - b.Version
		}
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	return out
}

// Find looks a version up by its key.
func (l *Library) Find(key string) (*Form, bool) {
	f, ok := l.byKey[key]
	return f, ok
}

// InForce is the version of a form that a place fills in: the one its policy names, or the latest. A version that this
// build does not have is told as unknown, never replaced.
func (l *Library) InForce(code string, s policy.Snapshot) (*Form, bool) {
	var versions map[string]int
	if s.JSON("form_versions", &versions) == nil && versions[code] > 0 {
		return l.Find(Key(code, versions[code]))
	}
	f, ok := l.latest[code]
	return f, ok
}

// CheckVersions tells what is wrong with a value of the policy form_versions: forms and versions that do not exist.
func (l *Library) CheckVersions(versions map[string]int) []policy.Fault {
	var out []policy.Fault
	for _, code := range sorted(versions) {
		if _, ok := l.byKey[Key(code, versions[code])]; !ok {
			out = append(out, policy.Fault{Code: "form_unknown", Field: "form_versions." + code, Message: fmt.Sprintf("没有表单 %s 的第 %d 版", code, versions[code])})
		}
	}
	return out
}
