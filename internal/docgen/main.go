// Command docgen writes docs/procedures from the definitions, so that the pages
// never say anything else than the engine does, docs/coverage.md, and the list of
// the words that the web application says in English.
//
//	go run ./internal/docgen [folder]
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"shouwang/internal/coverage"
)

func main() {
	dir := "docs"
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	err := write(filepath.Join(dir, "procedures"))
	if err == nil {
		err = writeCoverage(filepath.Join(dir, "coverage.md"))
	}
	if err == nil && len(os.Args) == 1 {
		err = writeWords(".")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

// write puts every page into dir and removes pages of definitions that are gone.
func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	pages := Pages()
	old, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if _, ok := pages[filepath.Base(path)]; ok {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func writeCoverage(path string) error {
	rows, err := coverage.Rows()
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(coverage.Page(rows)), 0o644)
}
