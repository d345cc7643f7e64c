package models

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"
)

// decode reads what json.Marshal has written of a struct of ours. A run over a province opens millions of records: the
// values they consist of, texts and yes or no, are read here, and what is nested is left to encoding/json, as is the whole
// when it is not as expected.
func decode(raw []byte, into any) error {
	v := reflect.ValueOf(into).Elem()
	if v.Kind() != reflect.Struct { // a list's values are a map
		return json.Unmarshal(raw, into)
	}
	if p := (&parser{text: string(raw)}); p.plain() && p.object(v, fieldsOf(v.Type())) {
		return nil
	}
	v.SetZero()
	return json.Unmarshal(raw, into)
}

// jsonFields are the fields of a struct by their names in JSON.
type jsonFields map[string]jsonField

type jsonField struct {
	index int
	kind  fieldKind
}

type fieldKind int

const (
	nestedField fieldKind = iota
	textField
	yesNoField // *bool
)

var knownFields sync.Map // reflect.Type → jsonFields

func fieldsOf(t reflect.Type) jsonFields {
	if f, ok := knownFields.Load(t); ok {
		return f.(jsonFields)
	}
	out := jsonFields{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind := nestedField
		switch {
		case f.Type == reflect.TypeFor[string]():
			kind = textField
		case f.Type == reflect.TypeFor[*bool]():
			kind = yesNoField
		}
		out[name] = jsonField{i, kind}
	}
	knownFields.Store(t, out)
	return out
}

// parser goes through a text once; every step tells whether it went well.
type parser struct {
	text string
	at   int
}

// plain: well-formed, and nothing but text, as json.Marshal writes it.
func (p *parser) plain() bool {
	for i := range len(p.text) {
		if p.text[i] < ' ' {
			return false
		}
	}
	return utf8.ValidString(p.text)
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
	n := strings.IndexByte(p.text[p.at:], '"')
	if n < 0 {
		return "", false
	}
	s := p.text[p.at : p.at+n]
	p.at += n + 1
	return s, strings.IndexByte(s, '\\') < 0
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
	for {
		name, ok := p.quoted()
		if !ok || !p.take(':') {
			return false
		}
		f, known := fields[name]
		if !known || !p.value(v.Field(f.index), f.kind) {
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
	return p.skip() && json.Unmarshal([]byte(p.text[start:p.at]), field.Addr().Interface()) == nil
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
