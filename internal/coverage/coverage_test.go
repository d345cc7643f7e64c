package coverage

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// Every row of the requirements is carried by something that exists, or says why not.
func TestEveryRowIsCarried(t *testing.T) {
	t.Parallel()
	rows, err := Rows()
	require.NoError(t, err)
	require.Len(t, rows, 324)
	r, err := NewResolver(root)
	require.NoError(t, err)
	for _, row := range rows {
		for _, ref := range row.By {
			if err := r.Resolve(ref); err != nil {
				t.Errorf("%s: %v", row.ID, err)
			}
		}
	}
}

func TestDanglingReferencesAreFound(t *testing.T) {
	t.Parallel()
	r, err := NewResolver(root)
	require.NoError(t, err)
	for _, ref := range []string{"proc:identification", "event:identification.announce", "state:rectification.long_term", "clock:identification.ident_total", "field:campaign.open.scope",
		"role:guide", "guard:scope_covered", "key:water_litres_min", "go:policy.ComputeIncome", "go:activities.Engine.Verify", "test:policy.TestMustAdmit", "file:README.md", "api:PUT_/policy/rows"} {
		require.NoError(t, r.Resolve(ref), ref)
	}
	for _, ref := range []string{"proc:nothing", "event:identification.nothing", "event:identification", "state:rectification.nothing", "clock:identification.nothing", "field:campaign.issue.nothing",
		"field:campaign.nothing.scope", "role:nobody", "guard:nothing", "key:nothing", "rule:nothing", "go:policy.Nothing", "go:policy.dropoutWords", "go:procedure.Definition.nothing", "go:nowhere.Nothing", "test:policy.ComputeIncome", "file:nothing.md",
		"api:GET_/nothing", "nothing", "word:nothing"} {
		require.Error(t, r.Resolve(ref), ref)
	}
}

func TestFaultyLists(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"S0-001", "S0-001 proc:a\nS0-001 proc:b", "S0-001 none:"} {
		_, err := parseCarried(text)
		require.Error(t, err, text)
	}
	rows, err := parseCarried("# words\n\nS0-001 proc:a key:b none: because\nS0-002 none: words")
	require.NoError(t, err)
	require.Equal(t, Row{By: []string{"proc:a", "key:b"}, Reason: "because"}, rows["S0-001"])
	require.Equal(t, Row{Reason: "words", By: []string{}}, rows["S0-002"])
}

func TestPageIsCurrent(t *testing.T) {
	t.Parallel()
	rows, err := Rows()
	require.NoError(t, err)
	got, err := os.ReadFile(root + "/docs/coverage.md")
	require.NoError(t, err)
	require.Equal(t, Page(rows), string(got), "run: go run ./internal/docgen")
}

// A threshold or a rule that package policy computes is proved by a case that bears its row in its name.
func TestRulesNameTheirRow(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(root + "/*/*_test.go")
	require.NoError(t, err)
	var names []string
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			names = append(names, caseNames(n)...)
			return true
		})
	}
	all := strings.Join(names, "\n")
	rows, err := Rows()
	require.NoError(t, err)
	for _, r := range rows {
		computed := slices.ContainsFunc(r.By, func(ref string) bool { return strings.HasPrefix(ref, "go:policy.") })
		if (r.Kind == "THR" || r.Kind == "RULE") && computed && !strings.Contains(all, r.ID) {
			t.Errorf("%s: no case bears the row in its name: %s", r.ID, r.Item)
		}
	}
}

// caseNames are the names that a node gives to cases: what a subtest is called, and the first text of a row of a table.
func caseNames(n ast.Node) []string {
	text := func(e ast.Node) (out []string) {
		ast.Inspect(e, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				out = append(out, lit.Value)
			}
			return true
		})
		return out
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Run" && len(n.Args) == 2 {
			return text(n.Args[0])
		}
	case *ast.CompositeLit:
		if len(n.Elts) == 0 || n.Type != nil { // the rows of a table leave their type out
			return nil
		}
		if lit, ok := n.Elts[0].(*ast.BasicLit); ok {
			return text(lit)
		}
		if kv, ok := n.Elts[0].(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "name" {
				return text(kv.Value)
			}
		}
	}
	return nil
}
