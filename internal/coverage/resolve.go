package coverage

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shouwang/forms"
	"shouwang/policy"
	"shouwang/procedure"
)

// Resolver looks references up in the sources under a folder.
type Resolver struct {
	root     string
	symbols  map[string]map[string]string // by package, Type.Method for methods: the file
	paths    map[string]bool              // "GET /cases" of the API
	mentions map[string]mentions          // of each file
}

// NewResolver reads the API document under root, the project's folder.
func NewResolver(root string) (*Resolver, error) {
	raw, err := os.ReadFile(filepath.Join(root, "api", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	return &Resolver{root: root, symbols: map[string]map[string]string{}, paths: operations(string(raw))}, nil
}

// operations are the methods and paths of an OpenAPI document in our own layout: paths
// indented by two, their methods by four.
func operations(doc string) map[string]bool {
	out := map[string]bool{}
	path := ""
	for line := range strings.Lines(doc) {
		line = strings.TrimRight(line, "\n")
		name, ended := strings.CutSuffix(strings.TrimSpace(line), ":")
		switch {
		case !ended:
		case strings.HasPrefix(line, "  /"):
			path = name
		case strings.HasPrefix(line, "    ") && line[4] != ' ' && path != "" && slices.Contains([]string{"get", "post", "put", "patch", "delete"}, name):
			out[strings.ToUpper(name)+" "+path] = true
		case len(line) > 0 && line[0] != ' ':
			path = ""
		}
	}
	return out
}

// Resolve fails when a reference names something that is not there.
func (r *Resolver) Resolve(ref string) error {
	kind, name, ok := strings.Cut(ref, ":")
	if !ok {
		return fmt.Errorf("%s is no reference", ref)
	}
	found, err := false, error(nil)
	switch kind {
	case "proc", "event", "state", "clock", "field":
		found = inProcedures(kind, strings.Split(name, "."))
	case "role":
		_, found = procedure.RoleOf(procedure.Role(name))
	case "guard":
		found = slices.ContainsFunc(procedure.All, func(d *procedure.Definition) bool { return uses(d, name) })
	case "key":
		_, found = policy.FindKey(name)
	case "rule":
		found = isRule(name)
	case "form":
		found = inForms(name)
	case "template":
		_, found = procedure.TemplateOf(name)
	case "file":
		_, err := os.Stat(filepath.Join(r.root, name))
		found = err == nil
	case "api":
		found = r.paths[strings.Replace(name, "_", " ", 1)]
	case "go", "test":
		found, err = r.symbol(name, kind == "test")
	default:
		return fmt.Errorf("%s: unknown kind of reference", ref)
	}
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%s is not there", ref)
	}
	return nil
}

// inForms reports whether a form is there, and with a point after it what it asks, has in a table, computes or checks:
// annex4, annex4.income_stable, annex3.problems.dept.
func inForms(name string) bool {
	code, part, inside := strings.Cut(name, ".")
	f, found := forms.Standard.Find(code + "@1")
	if !found || !inside {
		return found
	}
	part, column, deep := strings.Cut(part, ".")
	x, asked := f.Field(part)
	if deep {
		return slices.ContainsFunc(x.Columns, func(c procedure.Field) bool { return c.Code == column })
	}
	return asked || slices.ContainsFunc(f.Computed, func(c forms.Computed) bool { return c.Code == part }) ||
		slices.ContainsFunc(f.Checks, func(c forms.Check) bool { return part == c.Code || part == c.Rule })
}

// isRule reports whether a data rule has the code, of whatever kind.
func isRule(code string) bool {
	_, found := policy.FindDataRule(code)
	return found || slices.ContainsFunc(policy.FormRules, func(r policy.FormRule) bool { return r.Code == code }) ||
		slices.ContainsFunc(policy.VillageRules, func(r policy.VillageRule) bool { return r.Code == code }) ||
		slices.ContainsFunc(policy.CaseRules, func(r policy.CaseRule) bool { return r.Code == code })
}

func inProcedures(kind string, parts []string) bool {
	d, ok := procedure.Latest(parts[0])
	if !ok || len(parts) != map[string]int{"proc": 1, "event": 2, "state": 2, "clock": 2, "field": 3}[kind] {
		return false
	}
	switch kind {
	case "event":
		_, ok = d.Event(parts[1])
	case "state":
		_, ok = d.State(procedure.State(parts[1]))
	case "clock":
		ok = slices.ContainsFunc(d.Clocks, func(c procedure.Clock) bool { return c.Code == parts[1] })
	case "field":
		fields := d.Opening.Form
		if e, isEvent := d.Event(parts[1]); isEvent {
			fields = e.Form
		} else if parts[1] != "open" {
			return false
		}
		ok = slices.ContainsFunc(fields, func(f procedure.Field) bool { return f.Code == parts[2] })
	}
	return ok
}

// uses reports whether a definition asks a guard anywhere.
func uses(d *procedure.Definition, guard string) bool {
	is := func(g procedure.Guard) bool { return g.Name == guard }
	return slices.ContainsFunc(d.Opening.Guards, is) || slices.ContainsFunc(d.Events, func(e procedure.Event) bool {
		return slices.ContainsFunc(e.Guards, is) || slices.ContainsFunc(e.Effects, func(f procedure.Effect) bool { return is(f.If) })
	})
}

// folders are the packages that references may name.
var folders = map[string]string{
	"procedure": "procedure", "policy": "policy", "models": "models", "activities": "activities", "workflows": "workflows", "worker": "worker", "api": "api",
	"forms": "forms", "papers": "papers", "ledger": "internal/ledger", "deptlist": "internal/deptlist", "programme": "internal/programme", "scale": "internal/scale", "faulttest": "internal/faulttest",
}

// symbol looks for package.Name or package.Type.Method, in the tests or beside them. What is not a test must be used by
// something: a rule that nothing asks carries no requirement.
func (r *Resolver) symbol(name string, test bool) (bool, error) {
	pkg, symbol, _ := strings.Cut(name, ".")
	folder, ok := folders[pkg]
	if !ok {
		return false, fmt.Errorf("package %s is not among the folders", pkg)
	}
	key := fmt.Sprint(pkg, test)
	if r.symbols[key] == nil {
		found, err := symbols(filepath.Join(r.root, folder), test)
		if err != nil {
			return false, err
		}
		r.symbols[key] = found
	}
	file, found := r.symbols[key][symbol]
	if !found || test {
		return found, nil
	}
	used, err := r.used(name, folder, folder+"/"+filepath.Base(file))
	if err == nil && !used {
		err = fmt.Errorf("%s is used by nothing outside its own file and tests", name)
	}
	return used, err
}

func symbols(folder string, test bool) (map[string]string, error) {
	out := map[string]string{}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") != test {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			declared(d, func(name string) { out[name] = path })
		}
	}
	return out, nil
}

func declared(d ast.Decl, add func(name string)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		add(receiver(d) + d.Name.Name)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				add(s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					add(n.Name)
				}
			}
		}
	}
}

// receiver is "Type." of a method and "" of a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "."
	}
	return ""
}
