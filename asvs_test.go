package shouwang_test

import (
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// asvs are the requirements of levels 1 and 2 of ASVS 5.0.0: the section and the
// level of each of its requirements in their order, - for one of level 3.
const asvs = `
1.1 22  1.2 111112222-  1.3 11222222222-  1.4 222  1.5 12-
2.1 122  2.2 112  2.3 1222-  2.4 2-
3.1 -  3.2 11-  3.3 1222-  3.4 112222--  3.5 11122---  3.6 -  3.7 22---
4.1 122--  4.2 2----  4.3 22  4.4 1222
5.1 2  5.2 112---  5.3 11-  5.4 222
6.1 122  6.2 111111112222  6.3 1122----  6.4 1122--  6.5 22222---  6.6 222-  6.7 --  6.8 2222
7.1 222  7.2 1111  7.3 22  7.4 11222  7.5 22-  7.6 22
8.1 12--  8.2 112-  8.3 1--  8.4 2-
9.1 111  9.2 1222
10.1 22  10.2 22-  10.3 2222-  10.4 11111222222-----  10.5 22222  10.6 22  10.7 222
11.1 22--  11.2 222--  11.3 112--  11.4 1222  11.5 2-  11.6 2-  11.7 --
12.1 122--  12.2 11  12.3 2222-
13.1 2---  13.2 22222-  13.3 22--  13.4 12222--
14.1 22  14.2 1222----  14.3 122
15.1 122--  15.2 122--  15.3 1222222  15.4 ----
16.1 2  16.2 22222  16.3 2222  16.4 222  16.5 222-
17.1 2-  17.2 2222----  17.3 22
`

var (
	asvsLine = regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| (met|partly|no|n/a) \| ([^|]+) \|$`)
	testName = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	testFunc = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(t \*testing\.T\)`)
)

// requirements are the numbers with their levels.
func requirements() map[string]string {
	out := map[string]string{}
	words := strings.Fields(asvs)
	for i := 0; i < len(words); i += 2 {
		for n, level := range words[i+1] {
			if level != '-' {
				out[fmt.Sprintf("%s.%d", words[i], n+1)] = string(level)
			}
		}
	}
	return out
}

// Every requirement has one line with its level and a test or a reason; what is not
// met says why; every test that is named exists.
func TestASVS(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("docs", "security.md"))
	require.NoError(t, err)
	want, got := requirements(), map[string]string{}
	require.Len(t, want, 253)
	counts := map[string]int{}
	for _, m := range asvsLine.FindAllStringSubmatch(string(raw), -1) {
		require.NotContains(t, got, m[1], "twice")
		got[m[1]] = m[2]
		counts[m[4]]++
		require.NotEmpty(t, strings.TrimSpace(m[5]), m[1])
		if m[4] == "partly" || m[4] == "no" {
			require.NotEmpty(t, strings.TrimSpace(testName.ReplaceAllString(m[5], "")), "%s: the reason", m[1])
		}
	}
	require.Equal(t, want, got)
	require.Contains(t, string(raw), fmt.Sprintf("| met | %d |", counts["met"]))
	require.Contains(t, string(raw), fmt.Sprintf("| partly: read the reason | %d |", counts["partly"]))
	require.Contains(t, string(raw), fmt.Sprintf("| no | %d |", counts["no"]))
	require.Contains(t, string(raw), fmt.Sprintf("| n/a: there is no such thing here | %d |", counts["n/a"]))

	known := tests(t)
	for _, m := range testName.FindAllStringSubmatch(string(raw), -1) {
		require.True(t, slices.Contains(known, m[1]), "docs/security.md names a test that is not there: %s", m[1])
	}
}

// tests are the names of all tests in Go.
func tests(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || path != "." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		for _, m := range testFunc.FindAllStringSubmatch(string(raw), -1) {
			out = append(out, m[1])
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(out), 500)
	return out
}

// doors are what can be put to bad use, by import or by name, and the only files of ours that have it. Where a folder
// stands, it is of the tests, the benchmarks or the invented county, and no part of what serves.
var doors = map[string][]string{
	"os/exec":     {"internal/stack/binary.go", "internal/stack/process.go", "internal/testkit/", "internal/papertest/", "internal/inventory/"}, // the embedded Temporal
	"http.Client": {"api/oidc.go", "internal/sealing/deliver.go", "internal/notify/robot.go", "internal/story/", "internal/bench/"},             // to addresses of the settings
	"http.Get":    nil, "http.Head": nil, "http.Post": nil, "http.PostForm": nil, "http.DefaultClient": nil, "http.DefaultTransport": nil, "net/smtp": nil,
	"os.StartProcess": nil, "syscall.Exec": nil, "plugin": nil, "unsafe": nil, "C": nil, "encoding/gob": nil,
	"text/template":      nil,
	"html/template":      {"api/auditpages.go", "api/publicpages.go"}, // of pages which are files of the repository
	"pattern of a value": {"policy/notice.go"},                        // whose patterns are a table beside it
	"crypto/md5":         nil, "crypto/sha1": nil, "crypto/des": nil, "crypto/rc4": nil, "crypto/dsa": nil, "crypto/elliptic": nil,
	"crypto/cipher":          {"models/vault.go", "models/datakeys.go"},
	"cipher.NewCBCEncrypter": nil, "cipher.NewCBCDecrypter": nil, "cipher.NewCTR": nil, "cipher.NewCFBEncrypter": nil, "cipher.NewOFB": nil,
	"rsa.EncryptPKCS1v15": nil, "rsa.DecryptPKCS1v15": nil,
	// Chance that anybody may know: samples that are drawn again from a seed on record, and invented people.
	"math/rand": nil, "math/rand/v2": {"activities/campaignsample.go", "internal/scale/", "internal/bench/", "internal/signature/scribble.go", "internal/lookback/monitored.go",
		"internal/ledger/fiction.go", "internal/ledger/fictionwide.go", "internal/ledger/invent.go", "internal/ledger/spoil.go"},
	"tls.Config":         {"cmd/shouwang/secure.go", "internal/notify/mail.go", "internal/notify/receivers/receivers.go"},
	"InsecureSkipVerify": nil, "InsecureSkipSignatureCheck": nil, "SkipClientIDCheck": nil, "SkipIssuerCheck": nil, "SkipExpiryCheck": nil, "InsecureIssuerURLContext": nil,
}

// used are the doors of a file.
func (f file) used() map[string]bool {
	out := map[string]bool{}
	for _, i := range f.imports {
		out[i] = true
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.Ident:
			if strings.HasPrefix(x.Name, "Insecure") || strings.HasPrefix(x.Name, "Skip") {
				out[x.Name] = true
			}
		case *ast.SelectorExpr:
			if of, ok := x.X.(*ast.Ident); ok {
				out[of.Name+"."+x.Sel.Name] = true
			}
		case *ast.CallExpr:
			if to, ok := x.Fun.(*ast.SelectorExpr); ok && strings.HasSuffix(to.Sel.Name, "Compile") && fmt.Sprint(to.X) == "regexp" {
				if _, plain := x.Args[0].(*ast.BasicLit); !plain {
					out["pattern of a value"] = true
				}
			}
		}
		return true
	})
	return out
}

// Nothing of what can be put to bad use stands where it is not known: programs, outgoing requests, templates, patterns made
// of values, weak algorithms, chance that can be foreseen, checks that can be left out.
func TestDangerousDoors(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range files(t) {
		used := f.used()
		for door, homes := range doors {
			home := slices.IndexFunc(homes, func(h string) bool { return f.path == h || strings.HasSuffix(h, "/") && strings.HasPrefix(f.path, h) })
			if !used[door] {
				continue
			}
			require.NotEqual(t, -1, home, "%s has %s", f.path, door)
			seen[door+" "+homes[home]] = true
		}
	}
	for door, homes := range doors {
		for _, h := range homes {
			require.True(t, seen[door+" "+h], "%s has no %s any more", h, door)
		}
	}
}

// The pages write text and nothing else: no piece of them is made of HTML, and no
// text is run.
func TestPagesWriteText(t *testing.T) {
	t.Parallel()
	dangerous := regexp.MustCompile(`dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(|postMessage\(`)
	require.Regexp(t, dangerous, `<div dangerouslySetInnerHTML={{ __html: x }} />`)
	seen := 0
	err := filepath.WalkDir(filepath.Join("web", "src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".ts", ".tsx"}, filepath.Ext(path)) {
			return err
		}
		seen++
		raw, err := os.ReadFile(path)
		// A channel between tabs is of our own origin, as a message between windows need not be.
		require.NotRegexp(t, dangerous, strings.ReplaceAll(string(raw), "channel.postMessage(", ""), path)
		return err
	})
	require.NoError(t, err)
	require.Greater(t, seen, 50)
}
