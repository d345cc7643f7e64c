package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

// maker makes values from the schemas of the specification: valid ones, ones at
// the edge of what is allowed, and broken ones.
type maker struct {
	r *rand.Rand
	// known are values that mean something here, by the name of the property or
	// parameter; what answers tell is added.
	known map[string][]string
	// files are what uploads are made of.
	files []namedFile
	today time.Time
	// edge asks for values at and just beyond the limits of a schema.
	edge bool
	// innocent leaves out values that hold personal data: what a stranger writes
	// himself is no leak when it comes back to him.
	innocent bool
}

type namedFile struct {
	name    string
	content []byte
}

// private are files that name people; strangers have none of them.
var private = []string{"表.xlsx", "截断.xlsx", "名单.csv"}

// chance is true in so many of a hundred cases.
func (m *maker) chance(percent int) bool { return m.r.IntN(100) < percent }

func oneOf[T any](m *maker, list []T) T { return list[m.r.IntN(len(list))] }

// learn keeps a value for later requests, forgetting an old one when there are many.
func (m *maker) learn(name, value string) {
	const most = 40
	list := m.known[name]
	switch {
	case value == "" || len(value) > 200 || slices.Contains(list, value):
	case len(list) < most:
		m.known[name] = append(list, value)
	default:
		list[m.r.IntN(most)] = value
	}
}

// knows picks a known value by name.
func (m *maker) knows(name string) (string, bool) {
	list := m.known[name]
	if m.innocent {
		list = slices.DeleteFunc(slices.Clone(list), holdsCanary)
	}
	if len(list) == 0 {
		return "", false
	}
	return oneOf(m, list), true
}

// value makes a value that a schema allows, or nearly so at the edge.
func (m *maker) value(name string, s *openapi3.Schema, depth int) any {
	switch {
	case s == nil || depth > 6:
		return m.anything(depth)
	case len(s.AllOf) > 0:
		out := map[string]any{}
		for _, part := range s.AllOf {
			if v, ok := m.value(name, part.Value, depth+1).(map[string]any); ok {
				maps.Copy(out, v)
			}
		}
		return out
	case len(s.Enum) > 0:
		return oneOf(m, s.Enum)
	case s.Type.Is("string"):
		return m.text(name, s)
	case s.Type.Is("integer"), s.Type.Is("number"):
		return m.number(s)
	case s.Type.Is("boolean"):
		return m.chance(50)
	case s.Type.Is("array"):
		return m.array(name, s, depth)
	case s.Type.Is("object"):
		return m.object(name, s, depth)
	}
	return m.anything(depth)
}

func (m *maker) text(name string, s *openapi3.Schema) string {
	if m.edge {
		if s.MaxLength != nil && m.chance(60) {
			return strings.Repeat("长", int(*s.MaxLength)+m.r.IntN(3)-1)
		}
		if m.chance(40) {
			return strings.Repeat("短", max(0, int(s.MinLength)+m.r.IntN(2)-1))
		}
	}
	if v, ok := m.knows(name); ok && m.chance(75) {
		return v
	}
	switch s.Format {
	case "date":
		return m.today.AddDate(0, 0, m.r.IntN(120)-60).Format(time.DateOnly)
	case "date-time":
		return m.today.Add(time.Duration(m.r.IntN(2000)-1000) * time.Hour).Format(time.RFC3339)
	}
	if s.Pattern != "" {
		return rapid.StringMatching(s.Pattern).Example(m.r.IntN(1 << 30))
	}
	text := oneOf(m, []string{"入户核实", "反映困难", "a", "屋顶漏雨，已报镇里", "0", "测试 test", "2026", "是"})
	for len([]rune(text)) < int(s.MinLength) {
		text += text
	}
	if s.MaxLength != nil {
		text = truncate(text, int(*s.MaxLength))
	}
	return text
}

func (m *maker) number(s *openapi3.Schema) any {
	low, high := -10.0, 1000.0
	if s.Min != nil {
		low = *s.Min
		high = max(high, low+10)
	}
	if s.Max != nil {
		high = *s.Max
	}
	if m.edge {
		return oneOf(m, []any{low, low - 1, high, high + 1, 0, -1, 1 << 31, -1 << 31, 1 << 53})
	}
	if m.chance(60) { // sequences and versions are small
		high = min(high, low+8)
	}
	return int(low) + m.r.IntN(int(high-low)+1)
}

func (m *maker) array(name string, s *openapi3.Schema, depth int) []any {
	n := int(s.MinItems) + m.r.IntN(3)
	if m.edge && m.chance(30) {
		n = max(0, int(s.MinItems)-1)
		if s.MaxItems != nil && *s.MaxItems <= 300 {
			n = int(*s.MaxItems) + 1
		}
	}
	out := make([]any, n)
	for i := range out {
		out[i] = m.value(name, s.Items.Value, depth+1)
	}
	return out
}

func (m *maker) object(name string, s *openapi3.Schema, depth int) map[string]any {
	out := map[string]any{}
	for _, code := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, code) || m.chance(45) {
			out[code] = m.value(code, s.Properties[code].Value, depth+1)
		}
	}
	if free := s.AdditionalProperties; len(s.Properties) == 0 && (free.Schema != nil || free.Has != nil && *free.Has) {
		for range m.r.IntN(4) {
			var inner *openapi3.Schema
			if free.Schema != nil {
				inner = free.Schema.Value
			}
			key, ok := m.knows(name + "{}")
			if !ok || m.chance(30) {
				key = oneOf(m, []string{"note", "content", "households", "x", "form", ""})
			}
			out[key] = m.value(key, inner, depth+1)
		}
	}
	return out
}

// anything is a value of no particular shape.
func (m *maker) anything(depth int) any {
	if depth < 4 && m.chance(15) {
		return map[string]any{"a": m.anything(depth + 1), oneOf(m, []string{"code", "id", "note"}): m.anything(depth + 1)}
	}
	if depth < 4 && m.chance(15) {
		return []any{m.anything(depth + 1), m.anything(depth + 1)}
	}
	return m.nasty()
}

// nasty is a value that something may stumble over.
func (m *maker) nasty() any {
	list := []any{
		nil, true, false, 0, -1, 0.5, 1e300, -1e300, json.Number("9223372036854775807"), json.Number("9223372036854775808"), json.Number("-0"), json.Number("1e-400"),
		"", " ", "\t\n", "0", "-1", "null", "NaN", "1e9", "' OR '1'='1", `"; --`, "%", "_%_", `\`, `\x`, "$1", "{{.}}", "${x}", "=1+1", "@x", "<script>alert(1)</script>", "../../../x", "..\\x", "/",
		"2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "99999-01-01", "2026-13", "2026-03-10T25:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "-2026-01-01",
		"\u202e反", "\ufeff", "\x00", "a\x00b", "\xff\xfe", "👨‍👩‍👧‍👦", "\u0300", "ﷺ", "𠮷", "ı", "\U0010ffff", json.RawMessage(`"\ud800"`), json.RawMessage(`"\udfff\ud800"`), json.RawMessage(`"\u0000"`),
		strings.Repeat("长", 3000), strings.Repeat("a", 70_000), []any{}, map[string]any{}, []any{nil}, []any{[]any{}}, map[string]any{"": nil}, json.RawMessage(strings.Repeat("[", 2000) + strings.Repeat("]", 2000)),
		json.RawMessage("1" + strings.Repeat("0", 400)), json.RawMessage(`{"a":1,"a":2}`),
	}
	if !m.innocent {
		list = append(list, headID, canaryPhone)
	}
	return oneOf(m, list)
}

// spoil breaks one place of a JSON value.
func (m *maker) spoil(v any) any {
	switch x := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(x))
		switch {
		case len(keys) == 0 || m.chance(10):
			x[oneOf(m, []string{"id", "user_id", "actor", "role", "seq", "__proto__", "", "ID"})] = m.nasty()
		case m.chance(12):
			delete(x, oneOf(m, keys))
		default:
			key := oneOf(m, keys)
			x[key] = m.spoil(x[key])
		}
		return x
	case []any:
		if len(x) == 0 || m.chance(30) {
			return append(x, m.nasty())
		}
		i := m.r.IntN(len(x))
		x[i] = m.spoil(x[i])
		return x
	}
	return m.nasty()
}

// encode writes a value as JSON, sometimes not quite.
func (m *maker) encode(v any, broken bool) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf(`{"unwritable":%q}`, err)
	}
	text := string(raw)
	if !broken || m.chance(75) {
		return text
	}
	cut := m.r.IntN(len(text) + 1)
	return oneOf(m, []string{"", text[:cut], text + text, "\ufeff" + text, "[" + text + "]", strings.ReplaceAll(text, `"`, `'`), text[:cut] + "\xff" + text[cut:], text[:cut] + "\x00" + text[cut:],
		strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 20_000), "null", "0", `""`, text + " // x", strings.Repeat(" ", maxBody) + text})
}

// multipart writes a form with a file.
func (m *maker) multipart(s *openapi3.Schema, broken bool) (body, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, code := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[code].Value
		if !slices.Contains(s.Required, code) && m.chance(50) || broken && m.chance(15) {
			continue
		}
		times := 1
		if broken && m.chance(10) {
			times = 2
		}
		for range times {
			if p.Format == "binary" {
				f := oneOf(m, m.files)
				for m.innocent && slices.Contains(private, f.name) {
					f = oneOf(m, m.files)
				}
				part, _ := w.CreateFormFile(code, f.name)
				_, _ = part.Write(f.content)
				continue
			}
			v := m.value(code, p, 0)
			if broken && m.chance(30) {
				v = m.nasty()
			}
			_ = w.WriteField(code, fmt.Sprint(v))
		}
	}
	if broken && m.chance(10) {
		_ = w.WriteField("unknown", "1")
	}
	_ = w.Close()
	body, contentType = b.String(), w.FormDataContentType()
	if broken && m.chance(25) {
		body = body[:m.r.IntN(len(body)+1)]
	}
	if broken && m.chance(10) {
		contentType = oneOf(m, []string{"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "text/plain", "", "multipart/mixed; boundary=x", "application/json"})
	}
	return body, contentType
}
