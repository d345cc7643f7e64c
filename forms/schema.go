package forms

import (
	"shouwang/policy"
	"shouwang/procedure"
)

// Schema is the form as JSON Schema 2020-12, under a policy that gives its code lists: what an answer must look like. That
// a field only applies with certain answers to another is said by x-when; the computed values are read-only.
func (f *Form) Schema(s policy.Snapshot) map[string]any {
	out := object(f.Fields, s)
	out["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	out["$id"] = "urn:shouwang:form:" + f.Key()
	out["title"], out["x-source"] = f.Title, f.Source
	props := out["properties"].(map[string]any)
	for i, c := range f.Computed {
		p := property(procedure.Field{Title: c.Title, Kind: c.Kind}, s)
		p["readOnly"], p["description"], p["x-order"] = true, c.Text, len(f.Fields)+i+1
		props[c.Code] = p
	}
	return out
}

func object(fields []procedure.Field, s policy.Snapshot) map[string]any {
	props, required := map[string]any{}, []string{}
	for i, x := range fields {
		p := property(x, s)
		p["x-order"] = i + 1 // members of an object have none
		props[x.Code] = p
		if x.Required && x.When == nil {
			required = append(required, x.Code)
		}
	}
	return map[string]any{"type": "object", "properties": props, "required": required, "additionalProperties": false}
}

func property(f procedure.Field, s policy.Snapshot) map[string]any {
	p := map[string]any{"title": f.Title}
	add := func(key string, v any, given bool) {
		if given {
			p[key] = v
		}
	}
	add("description", f.Help, f.Help != "")
	add("x-class", f.Class, f.Class != "")
	add("x-unit", f.Unit, f.Unit != "")
	if f.When != nil {
		p["x-when"] = f.When
	}
	switch f.Kind {
	case procedure.Integer, procedure.Money:
		p["type"] = "integer"
		add("x-unit", "分", f.Kind == procedure.Money)
	case procedure.Number:
		p["type"] = "number"
	case procedure.Yes:
		p["type"] = "boolean"
		add("const", true, f.Must)
	case procedure.Choices, procedure.Files:
		item := map[string]any{"type": "string"}
		if f.Kind == procedure.Choices {
			item["oneOf"] = choices(f, s)
		}
		p["type"], p["items"], p["uniqueItems"], p["maxItems"] = "array", item, true, MaxRows
	case procedure.Rows:
		p["type"], p["items"], p["maxItems"] = "array", object(f.Columns, s), rowsAtMost(f)
	default:
		p["type"] = "string"
		textual(p, f, s)
	}
	if f.Min != nil {
		p["minimum"] = *f.Min
	}
	if f.Max != nil {
		p["maximum"] = *f.Max
	}
	return p
}

func textual(p map[string]any, f procedure.Field, s policy.Snapshot) {
	switch f.Kind {
	case procedure.Choice:
		p["oneOf"] = choices(f, s)
	case procedure.Date:
		p["format"] = "date"
	case procedure.DateTime:
		p["format"] = "date-time"
	default:
		p["maxLength"] = 2000
		if f.MaxLen > 0 {
			p["maxLength"] = f.MaxLen
		}
	}
}

func choices(f procedure.Field, s policy.Snapshot) []any {
	out := []any{}
	for _, o := range Options(f, s) {
		out = append(out, map[string]any{"const": o.Code, "title": o.Title})
	}
	return out
}
