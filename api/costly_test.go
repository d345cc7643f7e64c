package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// costly are calls that take the server long, whoever makes them: a password hash, a search over all acts, a chain checked
// from its beginning, a sample drawn from a population, what is known of a person gathered, a text given to the papers.
var costly = []string{"hashPassword", "checkPassword", "Find", "VerifyAdminActs", "VerifyCase", "Verify", "DrawSample", "reportOn", "Replay"}

// narrower are operations with a count of their own, which is narrower than any cost.
var narrower = []string{"signIn", "endOIDC"}

// Every operation whose code comes to something costly is counted as heavy: a new one is found by its code, not by memory.
func TestCostlyOperationsAreHeavy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	calls := callsOf(t)
	reaches, light := map[string]bool{}, []string{}
	var visit func(name string, seen map[string]bool) bool
	visit = func(name string, seen map[string]bool) bool {
		if slices.Contains(costly, name) {
			return true
		}
		if seen[name] {
			return false
		}
		seen[name] = true
		return slices.ContainsFunc(calls[name], func(next string) bool { return visit(next, seen) })
	}
	for _, r := range w.server.ops.byRoute {
		op := r.Operation.OperationID
		handler := strings.ToUpper(op[:1]) + op[1:]
		require.Contains(t, calls, handler, "no handler")
		if reaches[op] = visit(handler, map[string]bool{}); reaches[op] && !slices.Contains(narrower, op) && costOf(r) != heavy {
			light = append(light, op)
		}
	}
	require.Empty(t, light)
	for _, op := range []string{"listPatternHits", "drawAuditSample", "checkAdminActs", "changePassword", "resetAccount"} {
		require.True(t, reaches[op], "%s is found", op)
	}
	require.False(t, reaches["getMe"])
	require.False(t, reaches["listCases"])
}

// callsOf are the names that each function of this package calls, or hands on, methods by their bare name.
func callsOf(t *testing.T) map[string][]string {
	t.Helper()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	out := map[string][]string{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		require.NoError(t, err)
		imported := map[string]bool{}
		for _, i := range parsed.Imports {
			imported[path.Base(strings.Trim(i.Path.Value, `"`))] = true
		}
		for _, d := range parsed.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				switch name := call.Fun.(type) {
				case *ast.Ident:
					out[fn.Name.Name] = append(out[fn.Name.Name], name.Name)
				case *ast.SelectorExpr:
					x, ok := name.X.(*ast.Ident)
					if ok && imported[x.Name] && !slices.Contains(costly, name.Sel.Name) {
						return true // a function of another package is no method of this one that happens to be called so
					}
					if name.Sel.Name != "Find" && (!ok || !slices.Contains([]string{"tx", "db"}, x.Name)) || engineCall(name) {
						out[fn.Name.Name] = append(out[fn.Name.Name], name.Sel.Name)
					}
				}
				return true
			})
			if out[fn.Name.Name] == nil {
				out[fn.Name.Name] = []string{}
			}
		}
	}
	return out
}

// engineCall reports whether a call is one of the engine: a query ends with Find as well.
func engineCall(s *ast.SelectorExpr) bool {
	x, ok := s.X.(*ast.SelectorExpr)
	return ok && x.Sel.Name == "engine"
}
