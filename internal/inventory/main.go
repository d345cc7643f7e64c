// Command inventory writes docs/dependencies.md: everything that others have
// written and that this repository needs, with versions and licences. It reads the
// module files, the licence texts in the module cache, and the lock file of npm.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// item is one module or package.
type item struct{ name, version, licence string }

// part is what is used in one place. What is shipped must have a licence that asks
// for a notice, or, as MPL-2.0, that its own files stay free, which we do not change.
// For what only builds and tests a few more will do.
type part struct {
	title, about string
	shipped      bool
	items        []item
}

var (
	notice = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "Unlicense"}
	// tools are licences of what is not part of the program.
	tools = append([]string{"(MIT OR CC0-1.0)", "Python-2.0"}, notice...)
)

// exceptions are modules that come without the text of a licence, with what is known.
var exceptions = map[string]string{
	"github.com/cactus/go-statsd-client/statsd":    "MIT",      // so say its files; the text stands in the folder above
	"github.com/nexus-rpc/nexus-proto-annotations": noneStated, // generated descriptors that go.temporal.io/api imports
}

const noneStated = "none stated"

func main() {
	parts, err := collect(".")
	if err == nil {
		err = refused(parts)
	}
	if err == nil {
		err = os.WriteFile("docs/dependencies.md", page(parts), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "inventory:", err)
		os.Exit(1)
	}
}

// collect lists all parts of the repository at root.
func collect(root string) ([]part, error) {
	program, err1 := modules(root, "./cmd/shouwang")
	tests, err2 := modules(root, "-test", "./...")
	generators, err3 := modules(root, "-modfile=tools/go.mod", "tool")
	engine, err4 := modules(filepath.Join(root, "deploy", "devstack"), ".")
	page, tooling, err5 := packages(filepath.Join(root, "web", "package-lock.json"))
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			return nil, err
		}
	}
	others := slices.Concat(tests, generators)
	apart, err := filepath.Glob(filepath.Join(root, "tools", "*", "go.mod"))
	if err != nil {
		return nil, err
	}
	for _, file := range apart { // tests that have a module of their own
		more, err := modules(filepath.Dir(file), "-test", "./...")
		if err != nil {
			return nil, err
		}
		others = append(others, more...)
	}
	others = slices.DeleteFunc(others, func(i item) bool { return slices.Contains(program, i) })
	return []part{
		{"The program", "Go modules compiled into `shouwang`.", true, program},
		{"The web application", "npm packages bundled into the pages.", true, page},
		{"The embedded Temporal server", "Go modules compiled into `devstack`.", true, engine},
		{"Tests and generators in Go", "Not part of the programs.", false, unique(others)},
		{"Build and tests of the web application", "Not part of the pages.", false, tooling},
	}, nil
}

// modules lists the modules that packages need, on the system that is built for.
func modules(dir string, arguments ...string) ([]item, error) {
	const line = `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`
	c := exec.Command("go", append([]string{"list", "-deps", "-f", line}, arguments...)...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	var faults bytes.Buffer
	c.Stderr = &faults
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w: %s", dir, err, faults.String())
	}
	var items []item
	for _, l := range slices.Compact(slices.Sorted(strings.Lines(string(out)))) {
		words := strings.Fields(l)
		if len(words) != 3 {
			continue
		}
		licence, known := exceptions[words[0]]
		if !known {
			if licence, err = licenceIn(words[2]); err != nil {
				return nil, fmt.Errorf("%s: %w", words[0], err)
			}
		}
		items = append(items, item{words[0], words[1], licence})
	}
	return unique(items), nil
}

// packages lists what a lock file names, what is bundled apart from what builds.
func packages(file string) (bundled, tooling []item, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version, License string
			Dev              bool
		}
	}
	if err := json.Unmarshal(raw, &lock); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	for path, p := range lock.Packages {
		_, name, found := cutLast(path, "node_modules/")
		if !found {
			continue // the application itself
		}
		i := item{name, p.Version, p.License}
		if p.Dev {
			tooling = append(tooling, i)
		} else {
			bundled = append(bundled, i)
		}
	}
	return unique(bundled), unique(tooling), nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func unique(items []item) []item {
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.version, b.version))
	})
	return slices.Compact(items)
}

// refused names the first licence that is not allowed.
func refused(parts []part) error {
	for _, p := range parts {
		allowed := tools
		if p.shipped {
			allowed = notice
		}
		for _, i := range p.items {
			unknown := func(licence string) bool { return !slices.Contains(allowed, licence) }
			if exceptions[i.name] == "" && slices.ContainsFunc(strings.Split(i.licence, " AND "), unknown) {
				return fmt.Errorf("%s: %s %s has the licence %q, which is not allowed there", p.title, i.name, i.version, i.licence)
			}
		}
	}
	return nil
}

// page writes the document.
func page(parts []part) []byte {
	var b bytes.Buffer
	b.WriteString("# Dependencies\n\nWritten by `make dependencies` from the module files, the texts of the licences and the lock file of npm; do not edit. A test fails\n" +
		"when this page is stale or a licence is not on the allowed ones.\n\nFonts that are part of the program: [papers/fonts](../papers/fonts/README.md). `none stated`: the module says nothing of a licence; its authors\n" +
		"publish what belongs to it under MIT.\n\n| Part | Number | Licences |\n| --- | --- | --- |\n")
	for _, p := range parts {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", p.title, len(p.items), count(p.items))
	}
	for _, p := range parts {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| Name | Version | Licence |\n| --- | --- | --- |\n", p.title, p.about)
		for _, i := range p.items {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", i.name, i.version, i.licence)
		}
	}
	return b.Bytes()
}

func count(items []item) string {
	n := map[string]int{}
	for _, i := range items {
		n[i.licence]++
	}
	var out []string
	for _, licence := range slices.Sorted(maps.Keys(n)) {
		out = append(out, fmt.Sprintf("%s %d", licence, n[licence]))
	}
	return strings.Join(out, ", ")
}
