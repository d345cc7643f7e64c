package shouwang_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// file is one Go file of the product, tests left out.
type file struct {
	path, folder string
	ast          *ast.File
	imports      []string
}

func files(t *testing.T) []file {
	t.Helper()
	var out []file
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			module := path != "." && exists(filepath.Join(path, "go.mod"))
			if module || name == "node_modules" || name == "testdata" || path != "." && strings.HasPrefix(name, ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		tree, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f := file{path: path, folder: filepath.ToSlash(filepath.Dir(path)), ast: tree}
		for _, i := range tree.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, name)
		}
		out = append(out, f)
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, len(out), 80)
	return out
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// may lists what each layer may import of this module. What is below knows nothing
// of what is above; internal/ holds helpers, which obey the same direction.
var may = map[string][]string{
	"procedure":  {},
	"policy":     {"internal/casetime", "internal/exprs", "internal/memo"},
	"models":     {"procedure", "internal/secretfile", "internal/spell"},
	"papers":     {"policy"},
	"forms":      {"policy", "procedure", "papers", "internal/exprs"},
	"activities": {"forms", "models", "policy", "procedure", "internal/casetime", "internal/evidence", "internal/spell", "internal/deptlist", "internal/register", "internal/cell", "internal/notify", "internal/howfar"},
	"workflows":  {"activities", "procedure", "internal/casetime"},
	"worker":     {"workflows", "activities", "models", "procedure"},
	"api":        {"activities", "forms", "models", "papers", "policy", "procedure", "api/gen", "internal/casetime", "internal/exprs", "internal/ical", "internal/programme", "internal/deptlist", "internal/register", "internal/sheet", "internal/formbook", "internal/passrules", "internal/signature", "internal/tale", "internal/evidence", "internal/sealing", "internal/notify", "internal/boundary", "internal/howfar", "internal/ledger"},
}

func TestImportsPointOneWay(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range files(t) {
		layer, _, _ := strings.Cut(f.folder, "/")
		allowed, ok := may[layer]
		if !ok {
			continue
		}
		seen[layer] = true
		for _, i := range f.imports {
			own, is := strings.CutPrefix(i, "shouwang/")
			if is && own != f.folder && !strings.HasPrefix(own, layer+"/") {
				require.Contains(t, allowed, own, "%s imports %s", f.path, i)
			}
		}
	}
	require.Len(t, seen, len(may), "every layer exists")
}

func TestNothingBelowImportsTheServer(t *testing.T) {
	for _, f := range files(t) {
		if f.folder == "cmd/shouwang" || strings.HasPrefix(f.folder, "internal/bench") {
			continue
		}
		for _, i := range f.imports {
			require.NotEqual(t, "shouwang/cmd/shouwang", i, f.path)
			if i == "shouwang/api" {
				require.Contains(t, []string{"api", "internal/scale"}, f.folder, "%s imports the API", f.path)
			}
		}
	}
}

// third are the frameworks a layer may see.
func TestFrameworksStayWhereTheyBelong(t *testing.T) {
	const fsm = "github.com/looplab/fsm"
	home := map[string][]string{
		"go.temporal.io/":            {"workflows", "worker", "activities", "cmd", "internal"},
		"github.com/labstack/echo":   {"api", "cmd", "internal", "web"},
		"gorm.io/":                   {"models", "activities", "api", "worker", "cmd", "internal"},
		"github.com/stretchr":        {"internal"},
		"github.com/jackc/pgx":       {"models", "api", "internal"}, // api tells by its errors whether waiting helps
		"modernc.org/sqlite":         {"models", "internal"},
		"github.com/getkin/kin-open": {"api"},
	}
	var machines []string
	for _, f := range files(t) {
		layer, _, _ := strings.Cut(f.folder, "/")
		for _, i := range f.imports {
			if i == fsm {
				machines = append(machines, f.path)
			}
			if f.path == "deps.go" { // holds what is wanted, imports for no code
				continue
			}
			for prefix, layers := range home {
				if strings.HasPrefix(i, prefix) {
					require.Contains(t, layers, layer, "%s imports %s", f.path, i)
				}
			}
		}
	}
	machines = slices.DeleteFunc(machines, func(p string) bool { return p == "deps.go" })
	require.Equal(t, []string{"procedure/machine.go"}, machines, "looplab/fsm is behind one door")
}

func TestProceduresAreDataOnly(t *testing.T) {
	for _, f := range files(t) {
		if f.folder != "procedure" {
			continue
		}
		for _, i := range f.imports {
			if i != "github.com/looplab/fsm" {
				require.False(t, strings.Contains(i, ".") || strings.HasPrefix(i, "shouwang/"), "%s imports %s", f.path, i)
			}
		}
	}
}

// Workflow code is replayed: it reads no clock, no environment and no chance, starts
// no goroutine, and goes over no map. `make lint` looks deeper with workflowcheck;
// this says it without tools.
func TestWorkflowsAreDeterministic(t *testing.T) {
	forbidden := []string{"sync", "os", "math/rand", "math/rand/v2", "net", "net/http", "context", "crypto/rand", "maps", "log", "log/slog"}
	for _, f := range files(t) {
		if f.folder != "workflows" {
			continue
		}
		for _, i := range f.imports {
			require.NotContains(t, forbidden, i, f.path)
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.GoStmt, *ast.SelectStmt, *ast.SendStmt:
				require.Fail(t, "not in a workflow", "%s: %T", f.path, x)
			case *ast.SelectorExpr:
				if p, ok := x.X.(*ast.Ident); ok && p.Name == "time" {
					require.NotContains(t, []string{"Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker"}, x.Sel.Name, f.path)
				}
			case *ast.MapType:
				require.Fail(t, "no maps in workflow code", f.path)
			}
			return true
		})
	}
}
