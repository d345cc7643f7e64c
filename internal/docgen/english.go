package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"shouwang/activities"
	formbook "shouwang/forms"
	"shouwang/internal/register"
	"shouwang/policy"
	"shouwang/procedure"
)

// wordsFile is where the web application keeps what it has to say in English; see web/src/i18n.
const wordsFile = "web/src/i18n/server.keys.json"

// vocabulary is a set of Chinese words by kind.
type vocabulary map[string]map[string]bool

func (v vocabulary) add(kind string, texts ...string) {
	if v[kind] == nil {
		v[kind] = map[string]bool{}
	}
	for _, t := range texts {
		if chinese(t) {
			v[kind][t] = true
		}
	}
}

func chinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// Vocabulary lists the words of the product that the server sends, by kind, and the codes of its problems: as "#code" one
// that says the same each time, as "#code+" one whose sentence says more than the code does. What definitions, policy and
// forms say is taken from them; the short words and the codes in between stand in the source below root.
func Vocabulary(root string) (vocabulary, error) {
	v := vocabulary{}
	problems := problems{}
	for _, r := range procedure.Roles {
		v.add("roles", r.Title)
	}
	for _, d := range procedure.All {
		v.definition(d)
	}
	for _, g := range procedure.Guards {
		v.add("conditions", g.Title)
	}
	v.policy()
	for _, f := range formbook.Standard.All() {
		v.form(f)
	}
	for _, c := range register.Columns {
		v.add("fields", c.Title, c.Unit)
		v.items(c.Options)
	}
	for _, p := range activities.Patterns {
		v.add("labels", p.Title, p.Help)
		if p.Least != nil {
			v.add("labels", p.Least.Title)
		}
	}
	for _, dir := range []string{"api", "activities", "forms", "internal/boundary", "internal/deptlist", "internal/notify", "internal/tale", "policy"} {
		if err := v.source(filepath.Join(root, dir), problems); err != nil {
			return nil, err
		}
	}
	v["codes"] = problems.codes()
	return v, nil
}

// problems are the sentences of each code, as far as they stand in the source as they are said; "" for one put together.
type problems map[string]map[string]bool

func (p problems) add(code string, sentence ast.Expr) {
	if p[code] == nil {
		p[code] = map[string]bool{}
	}
	text, _ := quoted(sentence)
	if strings.Contains(text, "%") {
		text = ""
	}
	p[code][text] = true
}

func (p problems) codes() map[string]bool {
	out := map[string]bool{}
	for code, sentences := range p {
		if len(sentences) > 1 || sentences[""] {
			code += "+"
		}
		out["#"+code] = true
	}
	return out
}

func (v vocabulary) definition(d *procedure.Definition) {
	v.add("procedures", d.Title)
	for _, s := range d.States {
		v.add("states", s.Title)
	}
	for _, c := range d.Clocks {
		v.add("clocks", c.Title)
	}
	v.fields(d.Opening.Form)
	for _, e := range d.Events {
		v.add("events", e.Title)
		v.add("papers", e.Document)
		for _, s := range e.Signers {
			v.add("fields", s.Title)
		}
		v.fields(e.Form)
	}
}

func (v vocabulary) fields(list []procedure.Field) {
	for _, f := range list {
		v.add("fields", f.Title, f.Help, f.Unit)
		for _, o := range f.Options {
			v.add("options", o.Title)
		}
		v.fields(f.Columns)
	}
}

func (v vocabulary) items(list []policy.Item) {
	for _, i := range list {
		v.add("options", i.Title)
	}
}

func (v vocabulary) policy() {
	v.items(policy.Departments)
	for _, k := range policy.Keys {
		v.add("policy", k.Title, k.Unit, k.SeenRange)
		v.lists(k.Default)
		if t, ok := k.Table(); ok {
			for _, c := range t.Columns {
				v.items(c.Options)
			}
		}
	}
	for _, r := range policy.AllRules() {
		v.add("rules", r.Title)
	}
}

// lists are the titles in the value that a policy key has unless a place sets it: choices of forms.
func (v vocabulary) lists(value json.RawMessage) {
	var items []struct {
		Title string `json:"title"`
	}
	if json.Unmarshal(value, &items) == nil {
		for _, i := range items {
			v.add("options", i.Title)
		}
	}
}

func (v vocabulary) form(f *formbook.Form) {
	v.add("forms", f.Title)
	v.fields(f.Fields)
	for _, c := range f.Computed {
		v.add("fields", c.Title)
	}
	for _, s := range f.Signatures {
		v.add("fields", s.Title)
	}
}

// source adds the short words of a package, which are titles in literals and texts in maps, and the codes of the problems it makes.
func (v vocabulary) source(dir string, p problems) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				v.literal(n, p)
			case *ast.CallExpr:
				v.call(n, p)
			case *ast.FuncDecl:
				v.sentences(n.Name, n)
			case *ast.ValueSpec:
				v.sentences(n.Names[0], n)
			}
			return true
		})
	}
	return nil
}

// saying are the functions and lists that put together what screens show of limits and acts; "%s" stands in a sentence
// for what differs.
var saying = []string{"Explain", "Warning", "explain", "Chinese", "weekdayNames", "nextOf", "urgency", "flags", "guarantees", "ruleFinding", "What"}

func (v vocabulary) sentences(name *ast.Ident, n ast.Node) {
	if !slices.Contains(saying, name.Name) {
		return
	}
	ast.Inspect(n, func(part ast.Node) bool {
		if e, ok := part.(ast.Expr); ok {
			text, _ := quoted(e)
			v.add("sentences", text)
		}
		return true
	})
}

// titled are the fields of literals that hold words to show.
var titled = []string{"Title", "Help", "Label", "title", "help"}

func (v vocabulary) literal(n *ast.CompositeLit, p problems) {
	_, isMap := n.Type.(*ast.MapType)
	for _, e := range n.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, named := pair.Key.(*ast.Ident)
		text, isText := quoted(pair.Value)
		switch {
		case !isText:
		case isMap && len(text) < 120, named && slices.Contains(titled, key.Name):
			v.add("labels", text)
		case named && strings.EqualFold(key.Name, "code"):
			if sentence := sentenceOf(n); sentence != nil {
				p.add(text, sentence)
				v.details(sentence)
			}
		}
	}
}

// sentenceOf is what a literal that is a problem says is wrong, nil for any other.
func sentenceOf(n *ast.CompositeLit) ast.Expr {
	for _, e := range n.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if key, named := pair.Key.(*ast.Ident); named && (key.Name == "Message" || key.Name == "detail") {
				return pair.Value
			}
		}
	}
	return nil
}

// refusing are the functions that make problems of a code and a sentence.
var refusing = []string{"badRequest", "forbidden", "tooMany", "Refuse", "refuse", "no", "statusIn", "bad"}

// titling are those that take a code and its title.
var titling = []string{"item", "finding", "assured", "add", "change", "field", "choice"}

var codePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

func (v vocabulary) call(n *ast.CallExpr, p problems) {
	name := ""
	switch f := n.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	if slices.Contains(titling, name) && len(n.Args) > 1 {
		title, _ := quoted(n.Args[1])
		v.add("labels", title)
	}
	if !slices.Contains(refusing, name) {
		return
	}
	for i, a := range n.Args[:max(len(n.Args)-1, 0)] {
		code, ok := quoted(a)
		if ok && codePattern.MatchString(code) && says(n.Args[i+1]) {
			p.add(code, n.Args[i+1])
			v.details(n.Args[i+1])
			return
		}
	}
}

// details are the sentences of problems in which something differs.
func (v vocabulary) details(sentence ast.Expr) {
	ast.Inspect(sentence, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if text, _ := quoted(e); strings.Contains(text, "%") {
				v.add("details", text)
			}
		}
		return true
	})
}

// says reports whether an expression holds a Chinese text.
func says(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok {
			text, _ := quoted(x)
			found = found || chinese(text)
		}
		return !found
	})
	return found
}

func quoted(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// wordsJSON is the vocabulary as the web application reads it.
func wordsJSON(root string) ([]byte, error) {
	v, err := Vocabulary(root)
	if err != nil {
		return nil, err
	}
	lists := map[string][]string{}
	for kind, texts := range v {
		lists[kind] = slices.Sorted(maps.Keys(texts))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(lists); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// writeWords puts the vocabulary beside the web application.
func writeWords(root string) error {
	body, err := wordsJSON(root)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, wordsFile), body, 0o644)
}
