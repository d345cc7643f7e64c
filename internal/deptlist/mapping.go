package deptlist

import (
	"fmt"
	"slices"
	"strings"

	"shouwang/internal/cell"
	"shouwang/policy"
)

// Mapping says for headings which field their column is; a heading that it does not name is passed over.
type Mapping map[string]string

// Suggest proposes a mapping for the headings of a file: what was saved last for a heading, or else what the kind knows by
// that name. No field is proposed twice.
func Suggest(k *Kind, headings []string, saved Mapping) Mapping {
	out, taken := Mapping{}, map[string]bool{}
	take := func(h, code string) {
		if code != "" && !taken[code] && out[h] == "" {
			out[h], taken[code] = code, true
		}
	}
	for _, h := range headings {
		if _, known := k.Field(saved[h]); known {
			take(h, saved[h])
		}
	}
	for _, f := range k.All() {
		for _, h := range headings {
			if slices.ContainsFunc(f.Names, func(n string) bool { return headingKey(n) == headingKey(h) }) {
				take(h, f.Code)
			}
		}
	}
	return out
}

// Check finds what is wrong with a mapping for a kind, as policy.Fault with codes DPT-201 to DPT-203.
func (m Mapping) Check(k *Kind) []policy.Fault {
	var out []policy.Fault
	by := map[string][]string{}
	for h, code := range m {
		if _, ok := k.Field(code); !ok {
			out = append(out, policy.Fault{Code: "DPT-203", Field: "mapping", Message: fmt.Sprintf("“%s”对应的数据项不属于这类名单", h)})
		}
		by[code] = append(by[code], h)
	}
	for _, f := range k.All() {
		switch cols := by[f.Code]; {
		case len(cols) > 1:
			slices.Sort(cols)
			out = append(out, policy.Fault{Code: "DPT-202", Field: f.Code, Message: fmt.Sprintf("“%s”对应了不止一列：%s", f.Title, strings.Join(cols, "、"))})
		case len(cols) == 0 && f.Required:
			out = append(out, policy.Fault{Code: "DPT-201", Field: f.Code, Message: fmt.Sprintf("没有一列对应“%s”，请指定", f.Title)})
		}
	}
	if len(by[FieldID]) == 0 && len(by[FieldVillage]) == 0 {
		out = append(out, policy.Fault{Code: "DPT-201", Field: FieldID, Message: "身份证号和村至少要有一列，否则无法确认是谁"})
	}
	slices.SortFunc(out, func(a, b policy.Fault) int { return strings.Compare(a.Code+a.Message, b.Code+b.Message) })
	return out
}

// Headings are those that the mapping names.
func (m Mapping) Headings() []string {
	out := make([]string, 0, len(m))
	for h := range m {
		out = append(out, h)
	}
	slices.Sort(out)
	return out
}

// Trimmed is the mapping with its headings as files are read, without entries that say nothing.
func (m Mapping) Trimmed() Mapping {
	out := Mapping{}
	for h, code := range m {
		if h = cell.Tight(h); h != "" && code != "" {
			out[h] = code
		}
	}
	return out
}
