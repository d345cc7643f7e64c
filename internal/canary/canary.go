// Package canary looks for values where they must not be: as they are, and in every coding that a log, a dump or a file
// may have given them. Tests plant such values and look for them in everything that leaves the server.
package canary

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"shouwang/procedure"
)

// Bird is a value that must not be found.
type Bird struct {
	Class procedure.Class
	Name  string // what it is, such as 身份证号
	Value string
}

// Finding is a value that was found, where, and in which coding.
type Finding struct {
	Bird
	Place, Coding string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s %s in %s (%s)", f.Class, f.Name, f.Place, f.Coding)
}

// Search looks for birds. It may be used by many at once.
type Search struct {
	needles []needle

	mu     sync.Mutex
	found  map[Finding]bool
	looked map[string]int
}

type needle struct {
	bird   Bird
	coding string
	bytes  []byte
}

// shortest is how many bytes of a coding must be left: fewer would be met by chance.
const shortest = 8

// New makes a search for birds.
func New(birds ...Bird) *Search {
	s := &Search{found: map[Finding]bool{}, looked: map[string]int{}}
	for _, b := range birds {
		seen := map[string]bool{}
		for _, c := range codings(b.Value) {
			if len(c.bytes) >= shortest && !seen[string(c.bytes)] {
				seen[string(c.bytes)] = true
				s.needles = append(s.needles, needle{b, c.coding, c.bytes})
			}
		}
	}
	return s
}

// codings are a value in all the ways in which it may be written down.
func codings(value string) []needle {
	raw := []byte(value)
	out := []needle{{coding: "plain", bytes: raw},
		{coding: "hex", bytes: []byte(hex.EncodeToString(raw))}, {coding: "hex", bytes: []byte(strings.ToUpper(hex.EncodeToString(raw)))},
		{coding: "url", bytes: []byte(url.QueryEscape(value))}, {coding: "url", bytes: []byte(url.PathEscape(value))},
		{coding: "json", bytes: escaped(value)}, {coding: "go", bytes: []byte(strings.Trim(strconv.QuoteToASCII(value), `"`))}, {coding: "utf-16", bytes: wide(value)}}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for shift := range 3 {
			out = append(out, needle{coding: "base64", bytes: within(e, raw, shift)})
		}
	}
	return out
}

// escaped is a text as JSON writes it in ASCII only.
func escaped(value string) []byte {
	var b bytes.Buffer
	for _, u := range utf16.Encode([]rune(value)) {
		if u < 0x80 {
			b.WriteByte(byte(u))
		} else {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	return b.Bytes()
}

func wide(value string) []byte {
	var b bytes.Buffer
	for _, u := range utf16.Encode([]rune(value)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.Bytes()
}

// within are the letters of a base64 text that depend on the value alone, when so many bytes stand before it.
func within(e *base64.Encoding, raw []byte, shift int) []byte {
	text := e.WithPadding(base64.NoPadding).EncodeToString(append(make([]byte, shift), raw...))
	first := (shift*8 + 5) / 6
	last := (shift + len(raw)) * 8 / 6
	return []byte(text[first:last])
}

// Look looks for all birds in some content, which has come from a place. What is packed is unpacked.
func (s *Search) Look(place string, content []byte) {
	s.look(place, content, 3)
}

func (s *Search) look(place string, content []byte, deep int) {
	for _, n := range s.needles {
		if bytes.Contains(content, n.bytes) {
			s.note(Finding{n.bird, place, n.coding})
		}
	}
	s.mu.Lock()
	s.looked[place] += len(content)
	s.mu.Unlock()
	if deep > 0 {
		s.unpack(place, content, deep-1)
	}
}

func (s *Search) note(f Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found[f] = true
}

func (s *Search) unpack(place string, content []byte, deep int) {
	switch {
	case bytes.HasPrefix(content, []byte{0x1f, 0x8b}):
		if r, err := gzip.NewReader(bytes.NewReader(content)); err == nil {
			plain, _ := io.ReadAll(r) // what is cut short is looked at as far as it goes
			s.look(place, plain, deep)
		}
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		for _, f := range z.File {
			if r, err := f.Open(); err == nil {
				plain, _ := io.ReadAll(r)
				_ = r.Close()
				s.look(place, plain, deep)
			}
		}
	case json.Valid(content):
		s.decoded(place, content, deep)
	}
}

// decoded looks at what base64 texts of a JSON document hold, when that is packed.
func (s *Search) decoded(place string, content []byte, deep int) {
	var v any
	if json.Unmarshal(content, &v) != nil {
		return
	}
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case string:
			if raw, err := base64.StdEncoding.DecodeString(x); err == nil && len(raw) >= shortest {
				s.look(place, raw, deep)
			}
		case []any:
			for _, y := range x {
				walk(y)
			}
		case map[string]any:
			for _, y := range x {
				walk(y)
			}
		}
	}
	walk(v)
}

// Folder looks into every file of a folder, and at the names of the files.
func (s *Search) Folder(place string, folder fs.FS) error {
	var logs, files []string
	err := fs.WalkDir(folder, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.Type().IsRegular():
		case strings.HasSuffix(path, "-wal"):
			logs = append(logs, path)
		default:
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	// A database in use moves rows from its log into its file, never back: in this order none is missed on its way.
	for _, file := range append(logs, files...) {
		s.Look(place+": names of files", []byte(file))
		content, err := fs.ReadFile(folder, file)
		if err != nil {
			return err
		}
		s.Look(place+": "+path.Base(file), content)
	}
	return nil
}

// Findings are those so far, in order.
func (s *Search) Findings() []Finding {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Finding
	for f := range s.found {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Finding) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// Looked says how many bytes of each place have been looked at: a place of which nothing was seen proves nothing.
func (s *Search) Looked() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int{}
	for k, n := range s.looked {
		out[k] = n
	}
	return out
}
