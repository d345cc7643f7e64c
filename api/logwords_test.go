package api

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/internal/sealing"
)

var (
	// whole entries with their action, and calls that take one
	entryOf = regexp.MustCompile(`(?s)(?:models\.AccessLog|identityAct)\{[^}]*?[aA]ction: ([^,}]+)`)
	actions = regexp.MustCompile(`(?:a\.action = |entry\.Action = |caredFor\(ctx, tx, v, u, |(?:logPaper|openPaper)\([^"\n]*?)"([a-z_]+)"`)
	tables  = regexp.MustCompile(`(?s)models\.AccessLog\{[^}]*?Table: ([^,}]+)`)
)

// Every action that is written anywhere has a title, and so has every table.
func TestTheAccessLogHasTitles(t *testing.T) {
	t.Parallel()
	var files []string
	for _, dir := range []string{"*.go", "../cmd/shouwang/*.go", "../internal/*/*.go", "../activities/*.go", "../worker/*.go"} {
		found, err := filepath.Glob(dir)
		require.NoError(t, err)
		files = append(files, found...)
	}
	has := func(code string) bool {
		return slices.ContainsFunc(accessActions, func(k gen.CodeTitle) bool { return k.Code == code })
	}
	known := map[string]string{"RefusedAction": RefusedAction, "PruneAction": sealing.PruneAction}
	passed := []string{"action", "a.action"} // named where it is called
	seen := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		text := string(raw)
		for _, m := range entryOf.FindAllStringSubmatch(text, -1) {
			code := m[1]
			if slices.Contains(passed, code) {
				continue
			}
			if strings.HasPrefix(code, `"`) {
				code = strings.Trim(code, `"`)
			} else {
				require.Contains(t, known, code, file)
				code = known[code]
			}
			require.True(t, has(code), "%s in %s", code, file)
			seen[code] = true
		}
		for _, m := range actions.FindAllStringSubmatch(text, -1) {
			require.True(t, has(m[1]), "%s in %s", m[1], file)
			seen[m[1]] = true
		}
		for _, m := range tables.FindAllStringSubmatch(text, -1) {
			if table := m[1]; strings.HasPrefix(table, `"`) {
				require.Contains(t, accessTables, strings.Trim(table, `"`), file)
			}
		}
	}
	for _, k := range accessActions {
		require.True(t, seen[k.Code], "%s is written nowhere", k.Code)
	}
}
