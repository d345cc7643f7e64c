package models

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// decode reads what json.Marshal has written of a struct of ours. A run over a province opens millions of records: the
// values they consist of, texts, numbers and yes or no, are read here, and what is nested is left to encoding/json, as is
// the whole when it is not as expected. Nothing of raw is kept.
func decode(raw []byte, into any) error {
	if !wellFormed(raw) {
		return json.Unmarshal(raw, into)
	}
	return decodeOwn(string(raw), into)
}

// decodeOwn is decode of a text that is known to be ours, for it was sealed.
func decodeOwn(text string, into any) error {
	v := reflect.ValueOf(into).Elem()
	if v.Kind() == reflect.Struct { // a list's values are a map
		if p := (parser{text: text}); p.object(v, fieldsOf(v.Type())) {
			return nil
		}
	}
	v.SetZero()
	return json.Unmarshal([]byte(text), into)
}

// jsonFields are the fields of a struct in their order, in which json.Marshal writes them.
type jsonFields []jsonField

type jsonField struct {
	key   string // its name as it is written, with quotes and colon
	index int
	kind  fieldKind
}

type fieldKind int

const (
	nestedField fieldKind = iota
	textField
	yesNoField // *bool
	wholeField // int64
	realField  // *float64
)

var knownFields sync.Map // reflect.Type → jsonFields

func fieldsOf(t reflect.Type) jsonFields {
	if f, ok := knownFields.Load(t); ok {
		return f.(jsonFields)
	}
	var out jsonFields
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind := nestedField
		switch {
		case f.Type == reflect.TypeFor[string]():
			kind = textField
		case f.Type == reflect.TypeFor[*bool]():
			kind = yesNoField
		case f.Type == reflect.TypeFor[int64]():
			kind = wholeField
		case f.Type == reflect.TypeFor[*float64]():
			kind = realField
		}
		out = append(out, jsonField{`"` + name + `":`, i, kind})
	}
	knownFields.Store(t, out)
	return out
}

// key takes the name of a field and tells its place, which is mostly at from or soon behind it; -1 when there is none.
func (p *parser) key(fields jsonFields, from int) int {
	rest := p.text[p.at:]
	for n := range fields {
		i := from + n
		if i >= len(fields) {
			i -= len(fields)
		}
		if key := fields[i].key; strings.HasPrefix(rest, key) {
			p.at += len(key)
			return i
		}
	}
	return -1
}

// wellFormed, and nothing but text, as json.Marshal writes it.
func wellFormed(raw []byte) bool {
	for _, c := range raw {
		if c < ' ' {
			return false
		}
	}
	return utf8.Valid(raw)
}

// parser goes through a text once; every step tells whether it went well.
type parser struct {
	text string
	at   int
}

func (p *parser) take(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// quoted takes a text without escapes.
func (p *parser) quoted() (string, bool) {
	if !p.take('"') {
		return "", false
	}
	for i := p.at; i < len(p.text); i++ { // they are short
		switch p.text[i] {
		case '"':
			s := p.text[p.at:i]
			p.at = i + 1
			return s, true
		case '\\':
			return "", false
		}
	}
	return "", false
}

func (p *parser) word(w string) bool {
	if strings.HasPrefix(p.text[p.at:], w) {
		p.at += len(w)
		return true
	}
	return false
}

func (p *parser) object(v reflect.Value, fields jsonFields) bool {
	if !p.take('{') {
		return false
	}
	if p.take('}') {
		return p.at == len(p.text)
	}
	for next := 0; ; next++ {
		if next = p.key(fields, next); next < 0 || !p.value(v.Field(fields[next].index), fields[next].kind) {
			return false
		}
		if p.take('}') {
			return p.at == len(p.text)
		}
		if !p.take(',') {
			return false
		}
	}
}

var yesValue, noValue = true, false

func (p *parser) value(field reflect.Value, kind fieldKind) bool {
	switch kind {
	case textField:
		s, ok := p.quoted()
		field.SetString(s)
		return ok
	case yesNoField:
		b := yesValue
		if !p.word("true") {
			if b = noValue; !p.word("false") {
				return false
			}
		}
		field.Set(reflect.ValueOf(&b)) // its own, for somebody may change it
		return true
	}
	start := p.at
	if kind != nestedField {
		word, ok := p.number()
		if x, err := strconv.ParseFloat(word, 64); ok && err == nil && kind == realField {
			field.Set(reflect.ValueOf(&x))
			return true
		}
		if n, err := strconv.ParseInt(word, 10, 64); ok && err == nil && kind == wholeField {
			field.SetInt(n)
			return true
		}
	}
	p.at = start
	return p.skip() && json.Unmarshal([]byte(p.text[start:p.at]), field.Addr().Interface()) == nil
}

// number takes a number without an exponent.
func (p *parser) number() (string, bool) {
	start := p.at
	p.take('-')
	whole := p.digits()
	if whole == 0 || whole > 1 && p.text[p.at-whole] == '0' || p.take('.') && p.digits() == 0 {
		return "", false
	}
	return p.text[start:p.at], true
}

func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

// skip goes over one value: to the comma or bracket behind it.
func (p *parser) skip() bool {
	depth := 0
	for ; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case '"':
			if !p.string() {
				return false
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return true
			}
			depth--
		case ',':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

// string goes over a text, escapes included, to its closing quote.
func (p *parser) string() bool {
	for p.at++; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case '\\':
			p.at++
		case '"':
			return true
		}
	}
	return false
}
