package forms

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"shouwang/policy"
	"shouwang/procedure"
)

// MaxRows is how many rows a table, and how many items a list may have.
const MaxRows = 200

// rowsAtMost is how many rows a table of a form may have: ledgers of a whole village have more.
func rowsAtMost(f procedure.Field) int {
	if f.MaxRows > 0 {
		return f.MaxRows
	}
	return MaxRows
}

// clockSkew is how far the clock of somebody's telephone may be ahead of ours.
const clockSkew = 10 * time.Minute

// World is what answers are looked at with: the policy, the moment, the attachments they may name, and what the register
// says about the household, nil for a form about none.
type World struct {
	Policy     policy.Snapshot
	Now        time.Time
	Asked      policy.Date // when the household was asked, zero if only the answers say
	Files      map[string]bool
	Registered *Registered
	// IDNumbers are the identity numbers that a paper may show, by name; nil leaves room to write them.
	IDNumbers map[string]string
	// Attached are the files that belong to the filled form, for its paper.
	Attached []Attached
	// Signed are the places of the paper that were signed on a screen, by title.
	Signed map[string]Signed
}

// Signed is a signature that was drawn on a screen: as PNG, black on white, and its day.
type Signed struct {
	Ink []byte
	On  policy.Date
}

// Attached is one file of a filled form as its paper lists it: what it is, who added it when, and the hash of its bytes in hex.
type Attached struct {
	Kind, Name, By string
	On             policy.Date
	Hash           string
}

// Registered is what the register says about a household, as far as forms compare it.
type Registered struct {
	Population int
}

// formCheck checks answers against fields; the faults name each field by path,
// such as "income[2].item".
type formCheck struct {
	World
	faults []procedure.FieldFault
}

// Faults tells what is wrong with answers, field by field.
func Faults(fields []procedure.Field, answers map[string]any, w World) []procedure.FieldFault {
	c := formCheck{World: w}
	c.form("", fields, answers)
	return c.faults
}

func (c *formCheck) fault(path, code, format string, a ...any) {
	c.faults = append(c.faults, procedure.FieldFault{Field: path, Code: code, Message: fmt.Sprintf(format, a...)})
}

func (c *formCheck) form(path string, fields []procedure.Field, form map[string]any) {
	known := map[string]bool{}
	for _, f := range fields {
		known[f.Code] = true
		v, given := form[f.Code]
		applies := Applies(f, form)
		switch {
		case !applies && given && !Empty(v):
			c.fault(path+f.Code, "not_applicable", "“%s”在当前情况下不应填写", f.Title)
		case applies && (!given || Empty(v)):
			if f.Required {
				c.fault(path+f.Code, "required", "请填写“%s”", f.Title)
			}
		case applies:
			c.field(path+f.Code, f, v)
		}
	}
	for _, k := range sorted(form) {
		if !known[k] {
			c.fault(path+policy.Shown(k), "unknown_field", "表单中没有“%s”这一项", policy.Shown(k))
		}
	}
}

// Applies reports whether a field is asked, given the other answers.
func Applies(f procedure.Field, form map[string]any) bool {
	if f.When == nil {
		return true
	}
	switch v := form[f.When.Field].(type) {
	case string:
		return slices.Contains(f.When.In, v)
	case bool:
		return slices.Contains(f.When.In, fmt.Sprint(v))
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { s, ok := x.(string); return ok && slices.Contains(f.When.In, s) })
	}
	return false
}

// Empty reports whether a value is no answer.
func Empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(x) == ""
	case []any:
		return len(x) == 0
	}
	return false
}

func (c *formCheck) field(path string, f procedure.Field, v any) {
	switch f.Kind {
	case procedure.Text, procedure.Long, procedure.Choice, procedure.Date, procedure.DateTime:
		s, ok := v.(string)
		if !ok {
			c.fault(path, "wrong_type", "“%s”应为文字", f.Title)
			return
		}
		c.text(path, f, s)
	case procedure.Integer, procedure.Money, procedure.Number:
		c.number(path, f, v)
	case procedure.Yes:
		b, ok := v.(bool)
		if !ok {
			c.fault(path, "wrong_type", "“%s”应为是或否", f.Title)
		} else if f.Must && !b {
			c.fault(path, "must_be_yes", "须先完成：%s", f.Title)
		}
	case procedure.Choices, procedure.Files:
		c.list(path, f, v)
	case procedure.Rows:
		c.rows(path, f, v)
	}
}

func (c *formCheck) text(path string, f procedure.Field, s string) {
	switch f.Kind {
	case procedure.Date:
		d, err := policy.ParseDate(s)
		if err != nil {
			c.fault(path, "bad_date", "“%s”应写作 2026-01-31", f.Title)
		} else if !usual(d.Year) {
			c.year(path, f)
		} else if f.Past && policy.DateOf(c.Now).Before(d) {
			c.fault(path, "date_in_future", "“%s”不能晚于今天", f.Title)
		}
	case procedure.DateTime:
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			c.fault(path, "bad_time", "“%s”应写作 2026-01-31T09:00:00+08:00", f.Title)
		} else if !usual(policy.DateOf(at).Year) {
			c.year(path, f)
		} else if f.Past && at.After(c.Now.Add(clockSkew)) {
			c.fault(path, "time_in_future", "“%s”不能晚于现在", f.Title)
		}
	case procedure.Choice:
		c.option(path, f, s)
	default:
		limit := f.MaxLen
		if limit == 0 {
			limit = 2000
		}
		if n := utf8.RuneCountInString(s); n > limit {
			c.fault(path, "too_long", "“%s”最多 %d 字，现有 %d 字", f.Title, limit, n)
		}
		// A fact stands with the case in the clear; what is for the notice may name a telephone.
		if f.Fact && f.Class != procedure.P0 && policy.Personal(s) {
			c.fault(path, "personal_data", "“%s”会在列表中显示，请不要填写身份证号、手机号或者银行卡号", f.Title)
		}
	}
}

// usual reports whether a year can be meant: limits are counted from what is typed.
func usual(year int) bool { return year >= 1900 && year < 2200 }

func (c *formCheck) year(path string, f procedure.Field) {
	c.fault(path, "year_out_of_range", "“%s”的年份应在 1900 年至 2199 年之间", f.Title)
}

func (c *formCheck) number(path string, f procedure.Field, v any) {
	n, ok := v.(float64)
	if !ok || math.IsNaN(n) || math.IsInf(n, 0) {
		c.fault(path, "wrong_type", "“%s”应为数字", f.Title)
		return
	}
	if f.Kind != procedure.Number && (n != math.Trunc(n) || math.Abs(n) > 1e15) {
		c.fault(path, "not_whole", "“%s”应为整数", f.Title)
	}
	if f.Min != nil && n < *f.Min {
		c.fault(path, "too_small", "“%s”不应小于 %v", f.Title, *f.Min)
	}
	if f.Max != nil && n > *f.Max {
		c.fault(path, "too_large", "“%s”不应大于 %v", f.Title, *f.Max)
	}
}

func (c *formCheck) option(path string, f procedure.Field, s string) {
	if f.OptionsFrom != "" {
		return // the case has the list: listed
	}
	for _, o := range Options(f, c.Policy) {
		if o.Code == s {
			return
		}
	}
	c.fault(path, "unknown_option", "“%s”没有“%s”这一选项", f.Title, policy.Shown(s))
}

// Options are the choices of a field under a policy.
func Options(f procedure.Field, s policy.Snapshot) []procedure.Option {
	if f.OptionsKey == "" {
		return f.Options
	}
	items := s.Items(f.OptionsKey)
	out := make([]procedure.Option, len(items))
	for i, it := range items {
		out[i] = procedure.Option{Code: it.Code, Title: it.Title}
	}
	return out
}

func (c *formCheck) list(path string, f procedure.Field, v any) {
	items, ok := v.([]any)
	if !ok {
		c.fault(path, "wrong_type", "“%s”应为列表", f.Title)
		return
	}
	if len(items) > MaxRows {
		c.fault(path, "too_many", "“%s”最多 %d 项", f.Title, MaxRows)
		return
	}
	seen := map[string]bool{}
	for i, item := range items {
		p := fmt.Sprintf("%s[%d]", path, i)
		s, ok := item.(string)
		switch {
		case !ok:
			c.fault(p, "wrong_type", "“%s”的每一项应为文字", f.Title)
		case seen[s]:
			c.fault(p, "repeated", "“%s”中有重复项", f.Title)
		case f.Kind == procedure.Files && !c.Files[s]:
			c.fault(p, "unknown_file", "“%s”中的附件不存在或不属于本事项", f.Title)
		case f.Kind == procedure.Choices:
			c.option(p, f, s)
		}
		seen[s] = true
	}
}

func (c *formCheck) rows(path string, f procedure.Field, v any) {
	rows, ok := v.([]any)
	if !ok {
		c.fault(path, "wrong_type", "“%s”应为表格", f.Title)
		return
	}
	if most := rowsAtMost(f); len(rows) > most {
		c.fault(path, "too_many", "“%s”最多 %d 行", f.Title, most)
		return
	}
	for i, row := range rows {
		m, ok := row.(map[string]any)
		if !ok {
			c.fault(fmt.Sprintf("%s[%d]", path, i), "wrong_type", "“%s”第 %d 行格式不对", f.Title, i+1)
			continue
		}
		c.form(fmt.Sprintf("%s[%d].", path, i), f.Columns, m)
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
