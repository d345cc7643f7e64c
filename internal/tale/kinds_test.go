package tale_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/tale"
	"shouwang/models"
	"shouwang/procedure"
)

// recorders are what puts acts beside the steps of a case on record, and which argument says of which kind they are.
var recorders = map[string]int{"side": 2, "sideIn": 2, "asIssuer": 2, "change": 2, "runUntil": 2, "note": 1}

// Whatever is recorded beside the steps of a case has words that people read.
func TestEveryKindHasWords(t *testing.T) {
	t.Parallel()
	kinds := map[string]bool{"open": true, "claim": true, "release": true, "rebuild": true, "rule_again": true, "rule_changed": true, "handover_due": true, "handover_lifted": true,
		activities.StopAsk: true, activities.StopApprove: true, activities.StopRefuse: true, activities.StopResume: true}
	files, err := filepath.Glob("../../activities/*.go")
	require.NoError(t, err)
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			at, ok := recorders[fun.Sel.Name]
			if !ok || len(call.Args) <= at {
				return true
			}
			if lit, ok := call.Args[at].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				kind, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				kinds[kind] = true
			}
			return true
		})
	}
	delete(kinds, "paper") // its event says what was done
	require.Greater(t, len(kinds), 20)
	d, _ := procedure.Lookup("risk_clue", 1)
	for kind := range kinds {
		require.Regexp(t, regexp.MustCompile(`\p{Han}`), tale.What(d, &models.CaseEvent{Kind: kind, Event: kind}), kind)
	}
}
