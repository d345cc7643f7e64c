package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// identityNumber finds identity numbers that somebody has typed into a text.
// They are masked for everybody, whatever the class of the field.
var identityNumber = regexp.MustCompile(`[0-9]{17}[0-9Xx]`)

func scrub(s string) string { return identityNumber.ReplaceAllStringFunc(s, policy.MaskID) }

// scrubAll masks identity numbers in every text of a value.
func scrubAll(v any) any {
	switch x := v.(type) {
	case string:
		return scrub(x)
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = scrubAll(x[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k := range x {
			out[k] = scrubAll(x[k])
		}
		return out
	}
	return v
}

// answers are the filled fields of a form as somebody with that sight sees them,
// in the order of the form. own shows all: he wrote it himself.
func answers(fields []procedure.Field, form map[string]any, see sight, own bool, p policy.Snapshot) []gen.Answer {
	out := []gen.Answer{}
	for _, f := range fields {
		v, ok := form[f.Code]
		if !ok || v == nil {
			continue
		}
		a := gen.Answer{Code: f.Code, Title: f.Title, Kind: gen.FieldKind(f.Kind), Class: gen.DataClass(f.Class)}
		show := see.of(f.Class)
		if own {
			show = full
		}
		switch show {
		case hidden:
			a.Hidden = true
		case masked:
			a.Hidden, a.Text = true, maskText(answerText(f, v, p))
		default:
			visible := scrubAll(visibleRows(f, v, see, own))
			a.Value, a.Text = visible, answerText(f, visible, p)
		}
		out = append(out, a)
	}
	return out
}

// visibleRows leaves the columns out of a table that the viewer may not see.
func visibleRows(f procedure.Field, v any, see sight, own bool) any {
	rows, ok := v.([]any)
	if !ok || f.Kind != procedure.Rows || own {
		return v
	}
	out := make([]any, 0, len(rows))
	for _, r := range rows {
		m, ok := r.(map[string]any)
		if !ok {
			continue
		}
		kept := map[string]any{}
		for _, col := range f.Columns {
			if x, ok := m[col.Code]; ok && see.of(col.Class) == full {
				kept[col.Code] = x
			}
		}
		out = append(out, kept)
	}
	return out
}

// maskText keeps the first character.
func maskText(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return ""
	}
	return string(r[0]) + "＊＊"
}

// answerText is an answer in words.
func answerText(f procedure.Field, v any, p policy.Snapshot) string {
	switch x := v.(type) {
	case bool:
		if x {
			return "是"
		}
		return "否"
	case string:
		return textOf(f, x, p)
	case float64:
		if f.Kind == procedure.Money {
			return policy.Yuan(int64(x)) + "元"
		}
		return fmt.Sprint(x)
	case []any:
		return listText(f, x, p)
	}
	return ""
}

func textOf(f procedure.Field, s string, p policy.Snapshot) string {
	switch f.Kind {
	case procedure.Choice, procedure.Choices:
		for _, o := range forms.Options(f, p) {
			if o.Code == s {
				return o.Title
			}
		}
	case procedure.DateTime:
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return t.In(policy.Shanghai).Format("2006-01-02 15:04")
		}
	}
	return s
}

func listText(f procedure.Field, list []any, p policy.Snapshot) string {
	switch f.Kind {
	case procedure.Files:
		return fmt.Sprintf("%d 个附件", len(list))
	case procedure.Rows:
		return rowsText(f, list, p)
	}
	words := make([]string, len(list))
	for i, item := range list {
		s, _ := item.(string)
		words[i] = textOf(f, s, p)
	}
	return strings.Join(words, "、")
}

// rowsText writes one row after the other: 务工 工资性 15000.00元；….
func rowsText(f procedure.Field, list []any, p policy.Snapshot) string {
	var lines []string
	for _, row := range list {
		m, _ := row.(map[string]any)
		var cells []string
		for _, col := range f.Columns {
			if text := answerText(col, m[col.Code], p); text != "" {
				cells = append(cells, text)
			}
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, "；")
}

// factFields are the fields of a definition whose answers are kept as facts, in
// the order of the forms, each code once.
func factFields(d *procedure.Definition) []procedure.Field {
	var out []procedure.Field
	seen := map[string]bool{}
	add := func(fields []procedure.Field) {
		for _, f := range fields {
			if f.Fact && !seen[f.Code] {
				seen[f.Code] = true
				out = append(out, f)
			}
		}
	}
	add(d.Opening.Form)
	for _, e := range d.Events {
		add(e.Form)
	}
	return out
}

// withProposals adds to each fact that nobody has given yet what the system proposes for it: proposed_cause for cause.
func withProposals(fields []procedure.Field, values map[string]json.RawMessage) []procedure.Field {
	var out []procedure.Field
	for _, f := range fields {
		out = append(out, f)
		if _, given := values[f.Code]; !given {
			f.Code, f.Title = "proposed_"+f.Code, "建议的"+f.Title
			out = append(out, f)
		}
	}
	return out
}

// withPeriod adds to the facts of an open case the period of income that the policy sets, as a proposal for the forms that
// ask for it: of a household form that of its visit.
func (s *server) withPeriod(c *models.Case, p policy.Snapshot) map[string]json.RawMessage {
	if c.ClosedAt != nil {
		return c.Facts.Values
	}
	out := maps.Clone(c.Facts.Values)
	if out == nil {
		out = map[string]json.RawMessage{}
	}
	from, to := policy.IncomePeriod(activities.AskedOn(c, s.engine.Clock.Now()), p)
	for code, day := range map[string]policy.Date{"proposed_period_from": from, "proposed_period_to": to} {
		out[code], _ = json.Marshal(day.String()) // a text
	}
	return out
}

// facts are what is known about a case, in words.
func facts(d *procedure.Definition, values map[string]json.RawMessage, see sight, p policy.Snapshot, names lists) []gen.Fact {
	out := []gen.Fact{}
	for _, a := range answers(names.in(withProposals(factFields(d), values)), factForm(values), see, false, p) {
		out = append(out, gen.Fact{Code: a.Code, Title: a.Title, Class: a.Class, Kind: a.Kind, Value: a.Value, Text: a.Text, Hidden: a.Hidden})
	}
	return out
}

// fields are the questions of a form, with the options the policy gives.
func formFields(in []procedure.Field, p policy.Snapshot) []gen.Field {
	out := make([]gen.Field, len(in))
	for i, f := range in {
		g := gen.Field{Code: f.Code, Title: f.Title, Kind: gen.FieldKind(f.Kind), Required: f.Required, Class: gen.DataClass(f.Class),
			Help: f.Help, Must: f.Must, MaxLen: f.MaxLen, Fact: f.Fact, Unit: f.Unit, Min: f.Min, Max: f.Max}
		for _, o := range forms.Options(f, p) {
			g.Options = append(g.Options, gen.Option{Code: o.Code, Title: o.Title})
		}
		if f.When != nil {
			g.When = gen.When{Field: f.When.Field, In: f.When.In}
		}
		if len(f.Columns) > 0 {
			g.Columns = formFields(f.Columns, p)
		}
		out[i] = g
	}
	return out
}
