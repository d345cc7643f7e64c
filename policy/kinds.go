package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Kind is the shape of a policy value; the editor draws its form by it.
type Kind string

// The shapes: a number of days (3, or {"days","unit","roll_holiday"}), a whole number, a number, a yes or no, a text out
// of a list, a list of coded items, and an object with its own shape.
const (
	KindDays   Kind = "days"
	KindInt    Kind = "int"
	KindNumber Kind = "number"
	KindBool   Kind = "bool"
	KindText   Kind = "text"
	KindItems  Kind = "items"
	KindObject Kind = "object"
)

// Item is one entry of a code set: a stable code and its Chinese title.
type Item struct {
	Code  string `json:"code"`
	Title string `json:"title"`
}

// maxDays bounds every budget: more than two years is a typing error.
const maxDays = 731

// decodeStrict reads exactly one JSON value into v, refusing unknown fields.
func decodeStrict(raw json.RawMessage, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("值之后还有多余内容")
	}
	return nil
}

// unread says in what way a value is not of its type, without a word of what is in it.
func unread(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return wrong.Field + " 的类型不对"
	}
	return "有不认识的项，或者类型不对"
}

// parseBudget reads 3 or {"days":3,"unit":"working","roll_holiday":true}; the unit defaults to calendar days.
func parseBudget(raw json.RawMessage) (Budget, error) {
	b := Budget{Unit: UnitCalendar}
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '{' {
		err := decodeStrict(raw, &b)
		return b, err
	}
	var n *int
	if err := decodeStrict(raw, &n); err != nil || n == nil {
		return b, fmt.Errorf("不是天数")
	}
	b.Days = *n
	return b, nil
}

type check func(json.RawMessage) []Fault

// at puts faults to a part of the value, "2.severity": the place that an editor shows them at.
func at(place string, faults []Fault) []Fault {
	for i := range faults {
		faults[i].Field = strings.TrimSuffix(place+"."+faults[i].Field, ".")
	}
	return faults
}

func bad(code, format string, args ...any) []Fault {
	return []Fault{{Code: code, Message: fmt.Sprintf(format, args...)}}
}

func days(lo int) check {
	return func(raw json.RawMessage) []Fault {
		b, err := parseBudget(raw)
		switch {
		case err != nil:
			return bad("policy_shape", "应为天数，或者 {\"days\":天数,\"unit\":\"calendar\"或\"working\"}")
		case b.Unit != UnitCalendar && b.Unit != UnitWorking:
			return bad("policy_unit", "单位只能是 calendar（自然日）或 working（工作日）")
		case b.Days < lo || b.Days > maxDays:
			return bad("policy_range", "天数 %d 不在 %d 至 %d 之间", b.Days, lo, maxDays)
		}
		return nil
	}
}

func whole(lo, hi int) check {
	return func(raw json.RawMessage) []Fault {
		var n *int
		if err := decodeStrict(raw, &n); err != nil || n == nil {
			return bad("policy_shape", "应为整数")
		}
		if *n < lo || *n > hi {
			return bad("policy_range", "%d 不在 %d 至 %d 之间", *n, lo, hi)
		}
		return nil
	}
}

func number(lo, hi float64) check {
	return func(raw json.RawMessage) []Fault {
		var n *float64
		if err := decodeStrict(raw, &n); err != nil || n == nil {
			return bad("policy_shape", "应为数字")
		}
		if *n < lo || *n > hi {
			return bad("policy_range", "%v 不在 %v 至 %v 之间", *n, lo, hi)
		}
		return nil
	}
}

func flag(raw json.RawMessage) []Fault {
	var b *bool
	if err := decodeStrict(raw, &b); err != nil || b == nil {
		return bad("policy_shape", "应为 true 或 false")
	}
	return nil
}

func oneOf(allowed ...string) check {
	return func(raw json.RawMessage) []Fault {
		var s string
		if err := decodeStrict(raw, &s); err != nil {
			return bad("policy_shape", "应为文字")
		}
		if !slices.Contains(allowed, s) {
			return bad("policy_choice", "“%s”不在可选值 %s 之中", Shown(s), strings.Join(allowed, "、"))
		}
		return nil
	}
}

// parsed checks that the text can be read by the parser.
func parsed[T any](read func(string) (T, error)) check {
	return func(raw json.RawMessage) []Fault {
		var s string
		if err := decodeStrict(raw, &s); err != nil {
			return bad("policy_shape", "应为文字")
		}
		if _, err := read(s); err != nil {
			return bad("policy_choice", "%s", err)
		}
		return nil
	}
}

// coded is what every entry of a coded list has.
type coded interface{ code() (code, title string) }

func (i Item) code() (string, string) { return i.Code, i.Title }

// list checks a list of coded entries: not empty, every code and title filled, no code twice, and each entry by more.
func list[T coded](more func(T) []Fault) check {
	return func(raw json.RawMessage) []Fault {
		var entries []T
		if err := decodeStrict(raw, &entries); err != nil {
			return bad("policy_shape", "应为列表，每项须有 code 和 title：%s", unread(err))
		}
		if len(entries) == 0 {
			return bad("policy_empty", "列表不能为空")
		}
		var out []Fault
		seen := map[string]bool{}
		for i, e := range entries {
			code, title := e.code()
			var faults []Fault
			if strings.TrimSpace(code) == "" || strings.TrimSpace(title) == "" {
				faults = append(faults, bad("policy_item", "第 %d 项缺少代码或名称", i+1)...)
			}
			if seen[code] {
				faults = append(faults, at("code", bad("policy_twice", "代码 %s 重复", Shown(code)))...)
			}
			seen[code] = true
			if more != nil {
				faults = append(faults, more(e)...)
			}
			out = append(out, at(strconv.Itoa(i), faults)...)
		}
		return out
	}
}

// object checks a value that has a Go type of its own.
func object[T any](more func(T) []Fault) check {
	return func(raw json.RawMessage) []Fault {
		var v T
		if err := decodeStrict(raw, &v); err != nil {
			return bad("policy_shape", "内容不合要求：%s", unread(err))
		}
		return more(v)
	}
}
