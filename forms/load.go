package forms

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"shouwang/internal/exprs"
	"shouwang/policy"
	"shouwang/procedure"
)

//go:embed data/*.json parts/*.json
var embedded embed.FS

// Standard are the forms of this build. A faulty document is a fault of the build, and stops it at the start.
var Standard = mustLoad(embedded)

func mustLoad(files fs.FS) *Library {
	l, err := Load(files)
	if err != nil {
		panic(err)
	}
	return l
}

// document is a form as its JSON file says it.
type document struct {
	Code       string      `json:"code"`
	Version    int         `json:"version"`
	Title      string      `json:"title"`
	Source     string      `json:"source"`
	Subject    Subject     `json:"subject"`
	Fields     []entry     `json:"fields"`
	Computed   []Computed  `json:"computed,omitempty"`
	Checks     []Check     `json:"checks,omitempty"`
	Signatures []Signature `json:"signatures,omitempty"`
	Layout     Layout      `json:"layout"`
}

// entry is one field, or the fields of a part that several forms share: a file of the folder parts, or "procedure:" and
// the name of a form inside the definitions. Only picks some of them, in that order.
type entry struct {
	procedure.Field
	Part string   `json:"part,omitempty"`
	Only []string `json:"only,omitempty"`
}

// Load reads all documents of the folder data and checks them; the error tells everything that is wrong.
func Load(files fs.FS) (*Library, error) {
	names, err := fs.Glob(files, "data/*.json")
	if err != nil {
		return nil, err
	}
	l := &Library{byKey: map[string]*Form{}, latest: map[string]*Form{}}
	var faults []error
	for _, name := range names {
		f, err := read(files, name)
		if err == nil {
			err = l.add(f, name)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("form %s: %w", name, err))
		}
	}
	return l, errors.Join(faults...)
}

func (l *Library) add(f *Form, name string) error {
	if want := fmt.Sprintf("data/%s.v%d.json", f.Code, f.Version); name != want {
		return fmt.Errorf("its file should be %s", want)
	}
	l.byKey[f.Key()] = f
	if last := l.latest[f.Code]; last == nil || last.Version < f.Version {
		l.latest[f.Code] = f
	}
	return nil
}

func read(files fs.FS, name string) (*Form, error) {
	var d document
	if err := decode(files, name, &d); err != nil {
		return nil, err
	}
	f := &Form{Code: d.Code, Version: d.Version, Title: d.Title, Source: d.Source, Subject: d.Subject, Computed: d.Computed, Checks: d.Checks, Signatures: d.Signatures, Layout: d.Layout}
	for _, e := range d.Fields {
		fields, err := e.fields(files)
		if err != nil {
			return nil, err
		}
		f.Fields = append(f.Fields, fields...)
	}
	return f, f.prepare()
}

// decode reads exactly one JSON value and refuses what the type does not know.
func decode(files fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something follows the document")
	}
	return nil
}

func (e entry) fields(files fs.FS) ([]procedure.Field, error) {
	if e.Part == "" {
		return []procedure.Field{e.Field}, nil
	}
	var all []procedure.Field
	if name, inside := strings.CutPrefix(e.Part, "procedure:"); inside {
		all = procedure.Sheet(name)
	} else if err := decode(files, path.Join("parts", e.Part+".json"), &all); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("part %s has no fields", e.Part)
	}
	if len(e.Only) == 0 {
		return all, nil
	}
	var out []procedure.Field
	for _, code := range e.Only {
		i := slices.IndexFunc(all, func(f procedure.Field) bool { return f.Code == code })
		if i < 0 {
			return nil, fmt.Errorf("part %s has no field %s", e.Part, code)
		}
		out = append(out, all[i])
	}
	return out, nil
}

var (
	kinds      = []procedure.Kind{procedure.Text, procedure.Long, procedure.Date, procedure.DateTime, procedure.Integer, procedure.Money, procedure.Number, procedure.Yes, procedure.Choice, procedure.Choices, procedure.Files, procedure.Rows}
	classes    = []procedure.Class{procedure.P0, procedure.P1, procedure.P2, procedure.P3, procedure.P4, procedure.P5}
	severities = []Severity{Error, Explain, Warning, Clue, Problem}
)

// prepare checks a form and compiles its expressions.
func (f *Form) prepare() error {
	p := preparer{form: f, env: exprs.Env{}}
	p.require(f.Code != "" && f.Version > 0 && f.Title != "" && f.Source != "", "code, version, title and source are needed")
	p.require(f.Subject == AboutHousehold || f.Subject == AboutRegion, "unknown subject %q", f.Subject)
	p.fields("", f.Fields)
	if len(p.faults) == 0 {
		p.env = f.env()
		p.computed()
		p.checks()
		p.layout()
	}
	return errors.Join(p.faults...)
}

type preparer struct {
	form   *Form
	env    exprs.Env
	faults []error
}

func (p *preparer) require(ok bool, format string, a ...any) {
	if !ok {
		p.faults = append(p.faults, fmt.Errorf(format, a...))
	}
}

func (p *preparer) fields(path string, fields []procedure.Field) {
	seen := map[string]bool{}
	for _, f := range fields {
		at := path + f.Code
		p.require(f.Code != "" && f.Title != "", "field %q: code and title are needed", at)
		p.require(!seen[f.Code], "field %s is there twice", at)
		p.require(slices.Contains(kinds, f.Kind), "field %s: unknown kind %q", at, f.Kind)
		p.require(slices.Contains(classes, f.Class), "field %s: unknown class %q", at, f.Class)
		p.require(!f.Fact || f.Class == procedure.P0 || f.Class == procedure.P1, "field %s: a fact of class %s", at, f.Class)
		p.require(f.When == nil || seen[f.When.Field], "field %s depends on one that is not before it", at)
		p.require((f.Kind == procedure.Rows) == (len(f.Columns) > 0), "field %s: columns and rows go together", at)
		if f.Kind == procedure.Choice || f.Kind == procedure.Choices {
			_, known := policy.FindKey(f.OptionsKey)
			p.require(len(f.Options) > 0 || known, "field %s has no options", at)
		}
		seen[f.Code] = true
		p.fields(at+".", f.Columns)
	}
}

func (p *preparer) computed() {
	for i := range p.form.Computed {
		c := &p.form.Computed[i]
		_, taken := p.env[c.Code]
		p.require(!taken && c.Code != "" && c.Title != "", "computed %q: its code is taken or something is missing", c.Code)
		kind := fieldEnv([]procedure.Field{{Code: c.Code, Kind: c.Kind}})[c.Code]
		var err error
		c.value, err = exprs.Compile(c.Value, p.env, kind)
		p.require(err == nil, "computed %s: %v", c.Code, err)
		p.env[c.Code] = kind
		c.text, err = parseTemplate(c.Text, p.env)
		p.require(err == nil && c.Text != "", "computed %s, text: %v", c.Code, err)
	}
}

func (p *preparer) checks() {
	for i := range p.form.Checks {
		c := &p.form.Checks[i]
		if c.Rule != "" {
			p.require(rules[c.Rule] != nil && c.Code+c.Field+c.When+c.Text+string(c.Severity) == "", "check %s: no such rule, or more than the rule", c.Rule)
			for _, code := range ruleFields[c.Rule] {
				_, ok := p.form.Field(code)
				p.require(ok, "check %s looks at a field %s", c.Rule, code)
			}
			continue
		}
		_, known := p.form.Field(c.Field)
		p.require(c.Code != "" && (c.Field == "" || known) && slices.Contains(severities, c.Severity), "check %q: code, field or severity", c.Code)
		var err error
		c.when, err = exprs.Compile(c.When, p.env, exprs.YesNo)
		p.require(err == nil, "check %s: %v", c.Code, err)
		c.text, err = parseTemplate(c.Text, p.env)
		p.require(err == nil && c.Text != "", "check %s, text: %v", c.Code, err)
	}
}

// layout checks that the paper shows only what the form has.
func (p *preparer) layout() {
	for i, b := range p.form.Layout.Blocks {
		set := 0
		for _, is := range []bool{b.Text != "", len(b.Grid) > 0, b.Table != ""} {
			if is {
				set++
			}
		}
		p.require(set == 1, "layout block %d: one of text, grid and table", i)
		for _, row := range append(slices.Clone(b.Grid), b.Headings...) {
			for _, c := range row {
				_, known := p.env[c.Field]
				p.require(c.Field == "" || known, "layout block %d: no field %s", i, c.Field)
				p.places(i, c.Text)
			}
		}
		p.places(i, b.Text)
		if b.Table == "" {
			continue
		}
		t, ok := p.form.Field(b.Table)
		p.require(ok && t.Kind == procedure.Rows, "layout block %d: no table %s", i, b.Table)
		p.require(len(b.Widths) == len(b.Columns), "layout block %d: a width for each column", i)
		for code := range strings.SplitSeq(strings.Join(b.Columns, "|"), "|") {
			known := code == "#" || code == idNumber || code == ownSignature || code == "category" && b.Fixed != "" || code == "net" && b.Fixed != "" || code == "unit" && b.Fixed != ""
			known = known || slices.ContainsFunc(t.Columns, func(c procedure.Field) bool { return c.Code == code })
			p.require(known, "layout block %d: no column %s", i, code)
		}
	}
}

var place = regexp.MustCompile(`\{([a-z0-9_]+)\}`)

// places checks the {code} of a text of the paper.
func (p *preparer) places(block int, text string) {
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		_, known := p.env[m[1]]
		p.require(known, "layout block %d: no field %s", block, m[1])
	}
}
