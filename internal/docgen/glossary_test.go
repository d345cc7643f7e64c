package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/procedure"
)

// The glossary is written by hand; no state, role or paper in use may be missing.
func TestGlossaryIsComplete(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/glossary.md")
	require.NoError(t, err)
	text := string(raw)
	for _, r := range procedure.Roles {
		require.Contains(t, text, code(string(r.Code)), "role %s", r.Title)
	}
	for _, d := range procedure.All {
		_, part, found := strings.Cut(text, "### "+d.Title+" "+code(d.Name))
		require.True(t, found, d.Key())
		part, _, _ = strings.Cut(part, "\n#")
		for _, s := range d.States {
			require.Contains(t, part, code(string(s.Code)), "%s %s", d.Name, s.Title)
			require.Contains(t, part, s.Title, "%s %s", d.Name, s.Code)
		}
		for i := range d.Events {
			if paper := d.Events[i].Document; paper != "" {
				require.Contains(t, text, paper, "%s %s", d.Name, d.Events[i].Code)
			}
		}
	}
}
