package coverage

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// mentions are the names that a file of the product mentions: its own package's alone, those of others after their package's
// name, and fields and methods after anything.
type mentions struct {
	folder string
	names  map[string]bool
}

// besides are folders whose code proves or draws the product and does not use it.
var besides = []string{"internal/coverage", "internal/testkit", "internal/faulttest", "web", "docs", "bin", ".git"}

// readMentions reads every file of the product but its tests, by path from root.
func readMentions(root string) (map[string]mentions, error) {
	out := map[string]mentions{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(besides, filepath.ToSlash(name)):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		m := mentions{folder: filepath.ToSlash(filepath.Dir(name)), names: map[string]bool{}}
		ast.Inspect(f, m.visit)
		out[filepath.ToSlash(name)] = m
		return nil
	})
	return out, err
}

func (m mentions) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		m.names["."+n.Sel.Name] = true
		if pkg, ok := n.X.(*ast.Ident); ok {
			m.names[pkg.Name+"."+n.Sel.Name] = true
		}
	case *ast.Ident:
		m.names[n.Name] = true
	}
	return true
}

// used reports whether a file other than the one that declares it mentions package.Name or package.Type.Method.
func (r *Resolver) used(name, folder, declaredIn string) (bool, error) {
	if r.mentions == nil {
		var err error
		if r.mentions, err = readMentions(r.root); err != nil {
			return false, err
		}
	}
	pkg, symbol, _ := strings.Cut(name, ".")
	_, method, isMethod := strings.Cut(symbol, ".")
	for path, m := range r.mentions {
		switch {
		case path == declaredIn:
		case isMethod && m.names["."+method], !isMethod && m.folder == folder && m.names[symbol], m.names[pkg+"."+symbol]:
			return true, nil
		}
	}
	return false, nil
}
