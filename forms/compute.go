package forms

import (
	"fmt"
	"strings"

	"shouwang/internal/exprs"
	"shouwang/policy"
	"shouwang/procedure"
)

// Value is one computed value. Known is false where an answer it needs is missing; Text says it in Chinese.
type Value struct {
	Code  string         `json:"code"`
	Title string         `json:"title"`
	Kind  procedure.Kind `json:"kind"`
	Value any            `json:"value,omitempty"`
	Known bool           `json:"known"`
	Text  string         `json:"text"`
}

// Finding is what a check has found.
type Finding struct {
	Code     string   `json:"code"`
	Field    string   `json:"field,omitempty"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
}

// Result is what a form says about its answers.
type Result struct {
	Values   []Value   `json:"values,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
}

// Has reports whether there is a finding of a severity.
func (r Result) Has(s Severity) bool {
	for _, f := range r.Findings {
		if f.Severity == s {
			return true
		}
	}
	return false
}

// Compute gives the computed values and what the checks say. A check that lacks an answer says nothing; that an answer
// is missing is for Faults to tell.
func (f *Form) Compute(answers map[string]any, w World) Result {
	var out Result
	values := f.values(answers, w)
	for _, c := range f.Computed {
		v, known, err := c.value.Run(values)
		if err != nil {
			known = false
		}
		item := Value{Code: c.Code, Title: c.Title, Kind: c.Kind, Value: v, Known: known, Text: c.Title + "：未能计算，所需的项还没有填全"}
		values[c.Code] = nil
		if known {
			values[c.Code] = v
			item.Text, _ = c.text.write(values)
		}
		out.Values = append(out.Values, item)
	}
	for _, c := range f.Checks {
		if c.Rule != "" {
			out.Findings = append(out.Findings, rules[c.Rule](answers, w)...)
			continue
		}
		wrong, known, err := c.when.Run(values)
		if err != nil || !known || wrong != true {
			continue
		}
		message, _ := c.text.write(values)
		out.Findings = append(out.Findings, Finding{Code: c.Code, Field: c.Field, Severity: c.Severity, Message: message})
	}
	return out
}

// env are the names that the expressions of a form may use: its fields, what the register and the policy say, and the
// results of the policy rules that its fields make possible.
func (f *Form) env() exprs.Env {
	out := fieldEnv(f.Fields)
	out["registered"] = exprs.Env{"population": exprs.Whole}
	out["policy"] = exprs.Env{"line": exprs.Whole, "line_inclusive": exprs.YesNo, "min_months_monitored": exprs.Whole, "no_labour_elimination": exprs.Text}
	out["today"] = exprs.Text
	if _, ok := f.Field("income"); ok {
		sum := exprs.Env{"income": exprs.Whole, "expense": exprs.Whole, "net": exprs.Whole}
		out["income_sheet"] = exprs.Env{"production": sum, "property": sum, "transfer": sum, "wage": sum, "household": exprs.Whole, "per_head": exprs.Whole}
	}
	return out
}

func fieldEnv(fields []procedure.Field) exprs.Env {
	out := exprs.Env{}
	for _, f := range fields {
		switch f.Kind {
		case procedure.Integer, procedure.Money:
			out[f.Code] = exprs.Whole
		case procedure.Number:
			out[f.Code] = exprs.Number
		case procedure.Yes:
			out[f.Code] = exprs.YesNo
		case procedure.Choices, procedure.Files:
			out[f.Code] = exprs.Texts
		case procedure.Rows:
			out[f.Code] = exprs.Rows(fieldEnv(f.Columns))
		default:
			out[f.Code] = exprs.Text
		}
	}
	return out
}

// values are the answers under the names of env. An answer that is missing, of another type, or not asked has none; a
// table without rows is empty, and in a row a blank number counts nothing, as on paper.
func (f *Form) values(answers map[string]any, w World) map[string]any {
	out := f.beside(w)
	for _, x := range f.Fields {
		if Applies(x, answers) {
			out[x.Code] = valueOf(x, answers[x.Code])
		}
	}
	if _, ok := f.Field("income"); ok {
		if r, faults := policy.ComputeIncome(IncomeSheet(answers, w.Policy), w.Policy); len(faults) == 0 {
			out["income_sheet"] = incomeValues(r)
		}
	}
	return out
}

// policyValues are the numbers of the place that expressions compare with. A place may have no line of income.
func policyValues(s policy.Snapshot) map[string]any {
	out := map[string]any{"line": nil, "line_inclusive": false, "min_months_monitored": s.Int("min_months_monitored"), "no_labour_elimination": s.Text("no_labour_elimination")}
	var line policy.IncomeLine
	if s.JSON("income_line", &line) == nil {
		out["line"], out["line_inclusive"] = int(line.Fen), line.Inclusive
	}
	return out
}

func valueOf(f procedure.Field, v any) any {
	switch f.Kind {
	case procedure.Integer, procedure.Money:
		if n, ok := v.(float64); ok {
			return int(n)
		}
	case procedure.Number:
		if n, ok := v.(float64); ok {
			return n
		}
	case procedure.Yes:
		if b, ok := v.(bool); ok {
			return b
		}
	case procedure.Choices, procedure.Files:
		return textsOf(v)
	case procedure.Rows:
		return rowValues(f.Columns, v)
	default:
		if s, ok := v.(string); ok && strings.TrimSpace(s) != "" {
			return s
		}
	}
	return nil
}

func textsOf(v any) any {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func rowValues(columns []procedure.Field, v any) any {
	list, _ := v.([]any)
	out := make([]any, 0, len(list))
	for _, x := range list {
		row, _ := x.(map[string]any)
		cells := map[string]any{}
		for _, c := range columns {
			cell := valueOf(c, row[c.Code])
			if cell == nil {
				cell = blankOf(c)
			}
			cells[c.Code] = cell
		}
		out = append(out, cells)
	}
	return out
}

func blankOf(c procedure.Field) any {
	switch c.Kind {
	case procedure.Integer, procedure.Money:
		return 0
	case procedure.Number:
		return 0.0
	case procedure.Yes:
		return nil
	}
	return ""
}

func incomeValues(r policy.IncomeResult) map[string]any {
	out := map[string]any{"household": int(r.Household), "per_head": int(r.PerHead)}
	for _, c := range policy.IncomeCategories {
		s := r.Categories[policy.IncomeCategory(c.Code)]
		out[c.Code] = map[string]any{"income": int(s.Income), "expense": int(s.Expense), "net": int(s.Net)}
	}
	return out
}

// template is a sentence with expressions in braces.
type template []piece

// piece is fixed text, or an expression.
type piece struct {
	text string
	expr *exprs.Program
}

func parseTemplate(s string, env exprs.Env) (template, error) {
	var out template
	for s != "" {
		before, rest, found := strings.Cut(s, "{")
		out = append(out, piece{text: before})
		if !found {
			break
		}
		source, after, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, exprs.Fault{Code: "expr_syntax", Message: "花括号没有闭合"}
		}
		p, err := exprs.Compile(source, env, nil)
		if err != nil {
			return nil, err
		}
		out, s = append(out, piece{expr: p}), after
	}
	return out, nil
}

// write fills the sentence in; known is false where a value is missing, for which ＿＿ stands.
func (t template) write(values map[string]any) (text string, known bool) {
	var b strings.Builder
	known = true
	for _, p := range t {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		v, ok, err := p.expr.Run(values)
		if err != nil || !ok || v == nil {
			known = false
			b.WriteString("＿＿")
			continue
		}
		fmt.Fprint(&b, v)
	}
	return b.String(), known
}
