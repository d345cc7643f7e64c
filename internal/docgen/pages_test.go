package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const committed = "../../docs/procedures"

// The committed pages are what the definitions say now.
func TestPagesAreCurrent(t *testing.T) {
	t.Parallel()
	pages := Pages()
	files, err := filepath.Glob(filepath.Join(committed, "*.md"))
	require.NoError(t, err)
	require.Len(t, files, len(pages), "run: go run ./internal/docgen")
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(committed, name))
		require.NoError(t, err)
		require.Equal(t, want, string(got), "%s is old; run: go run ./internal/docgen", name)
	}
}

// Writing removes the page of a definition that is gone, and nothing else.
func TestWriteRemovesOldPages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "gone-v1.md"), nil, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "picture.png"), nil, 0o644))
	require.NoError(t, write(dir))
	require.NoFileExists(t, filepath.Join(dir, "gone-v1.md"))
	require.FileExists(t, filepath.Join(dir, "picture.png"))
	require.FileExists(t, filepath.Join(dir, "identification-v1.md"))
}

// No guard with an argument is left without words for it, and no cell is empty
// where a title is missing.
func TestEveryWordIsKnown(t *testing.T) {
	t.Parallel()
	for name, text := range Pages() {
		require.NotContains(t, text, "%!", name)
		require.NotContains(t, text, "、、", name)
		require.NotContains(t, text, "“”", name)
	}
}
