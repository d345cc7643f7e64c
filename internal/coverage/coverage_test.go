package coverage

import (
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
		"field:campaign.nothing.scope", "role:nobody", "guard:nothing", "key:nothing", "rule:nothing", "go:policy.Nothing", "go:nowhere.Nothing", "test:policy.ComputeIncome", "file:nothing.md",
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

// A threshold that the rules compute is proved by a table whose cases bear its row.
func TestThresholdsNameTheirRow(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(root + "/*/*_test.go")
	require.NoError(t, err)
	var all strings.Builder
	for _, path := range files {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		all.Write(raw)
	}
	rows, err := Rows()
	require.NoError(t, err)
	for _, r := range rows {
		computed := slices.ContainsFunc(r.By, func(ref string) bool { return strings.HasPrefix(ref, "go:policy.") })
		if r.Kind == "THR" && computed {
			require.Contains(t, all.String(), r.ID, r.Item)
		}
	}
}
