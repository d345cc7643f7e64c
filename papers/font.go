package papers

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

//go:embed fonts/*.gz
var fontFiles embed.FS

// family is one of the hands in which offices write.
type family int

const (
	fangsong family = iota // 仿宋: running text
	xiaobiao               // 小标宋: titles and red heads
	heiti                  // 黑体: first headings, table heads
	kaiti                  // 楷体: second headings
	songti                 // 宋体: tables, page numbers
	families
)

// files are what a county calls its own fonts, and the free font that stands in.
var files = [families]struct{ own, free string }{
	fangsong: {"fangsong.ttf", "song"},
	xiaobiao: {"xiaobiaosong.ttf", "song"},
	heiti:    {"heiti.ttf", "wide"},
	kaiti:    {"kaiti.ttf", "kai"},
	songti:   {"songti.ttf", "song"},
}

// Fonts are what PDF papers are written with. They may be used by many at once.
type Fonts struct {
	// chains are, for each hand, the fonts to look for a character in, in this order. The free fonts are unpacked when the
	// first paper is drawn: most starts of the program draw none.
	chains func() ([families][]*face, error)
}

// Missing is the fault that no font has a character of the paper: it would be an empty box, in a name perhaps.
type Missing struct{ Rune rune }

// Error names the character.
func (m Missing) Error() string {
	return fmt.Sprintf("字库中没有“%c”（U+%04X）：请在字体目录中放入含有此字的字体", m.Rune, m.Rune)
}

var free = sync.OnceValues(func() (map[string]*face, error) {
	out := map[string]*face{}
	for _, name := range []string{"song", "kai", "wide"} {
		packed, err := fontFiles.ReadFile("fonts/" + name + ".ttf.gz")
		if err != nil {
			return nil, err
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, err
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		if out[name], err = readFace(name, plain); err != nil {
			return nil, err
		}
	}
	return out, nil
})

// LoadFonts reads the fonts of a folder; the free fonts of the program stand in for those that it lacks, and for all when
// dir is empty. A file that is no TrueType font is an error, not passed over.
func LoadFonts(dir string) (*Fonts, error) {
	var own [families]*face
	for hand, names := range files {
		if dir == "" {
			break
		}
		raw, err := os.ReadFile(filepath.Join(dir, names.own))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			own[hand], err = readFace(names.own, raw)
		}
		if err != nil {
			return nil, err
		}
	}
	return &Fonts{sync.OnceValues(func() ([families][]*face, error) { return chains(own) })}, nil
}

// chains puts the font of each hand first, then those of the other hands, and last those with the most characters.
func chains(own [families]*face) (out [families][]*face, err error) {
	have, err := free()
	if err != nil {
		return out, err
	}
	for hand, names := range files {
		if own[hand] == nil {
			own[hand] = have[names.free]
		}
	}
	for hand := range own {
		out[hand] = append([]*face{own[hand]}, own[:]...)
		out[hand] = append(out[hand], have["song"], have["wide"])
	}
	return out, nil
}

// face finds the font that has a character: the one of the family, or the first other.
func (f *Fonts) face(want family, r rune) (*face, error) {
	chains, err := f.chains()
	if err != nil {
		return nil, err
	}
	for _, x := range chains[want] {
		if x.has(r) {
			return x, nil
		}
	}
	return nil, Missing{r}
}

// face is a TrueType font with what laying out needs: which characters it has, and how wide they are.
type face struct {
	name   string
	raw    []byte
	em     float64
	glyphs map[rune]uint16
	widths []uint16
}

func (f *face) has(r rune) bool { _, ok := f.glyphs[r]; return ok }

// width is the width of a character in parts of the size.
func (f *face) width(r rune) float64 {
	g := int(f.glyphs[r])
	return float64(f.widths[min(g, len(f.widths)-1)]) / f.em
}

var errFont = errors.New("不是可用的 TrueType 字体")

// readFace reads the tables head, hhea, hmtx and cmap (format 4, which is all that the PDF writer knows).
func readFace(name string, raw []byte) (f *face, err error) {
	defer func() {
		if recover() != nil { // an index beyond the end: the file is cut off or no font
			f, err = nil, fmt.Errorf("%s: %w", name, errFont)
		}
	}()
	tables := map[string][]byte{}
	be := binary.BigEndian
	if kind := be.Uint32(raw); kind != 0x00010000 && kind != 0x74727565 {
		return nil, fmt.Errorf("%s: %w", name, errFont)
	}
	for i := range int(be.Uint16(raw[4:])) {
		e := raw[12+16*i:]
		at, size := be.Uint32(e[8:]), be.Uint32(e[12:])
		tables[string(e[:4])] = raw[at : at+size]
	}
	f = &face{name: name, raw: raw, em: float64(be.Uint16(tables["head"][18:])), glyphs: map[rune]uint16{}}
	for i := range int(be.Uint16(tables["hhea"][34:])) {
		f.widths = append(f.widths, be.Uint16(tables["hmtx"][4*i:]))
	}
	f.readCmap(tables["cmap"])
	if len(f.glyphs) == 0 || f.em == 0 || len(f.widths) == 0 {
		return nil, fmt.Errorf("%s: %w", name, errFont)
	}
	return f, nil
}

func (f *face) readCmap(cmap []byte) {
	be := binary.BigEndian
	for i := range int(be.Uint16(cmap[2:])) {
		e := cmap[4+8*i:]
		platform, encoding, t := be.Uint16(e), be.Uint16(e[2:]), cmap[be.Uint32(e[4:]):]
		unicode := platform == 0 || platform == 3 && encoding == 1
		if unicode && be.Uint16(t) == 4 {
			f.readSegments(t)
			return
		}
	}
}

func (f *face) readSegments(t []byte) {
	be := binary.BigEndian
	n := int(be.Uint16(t[6:]) / 2)
	ends, starts, deltas, offsets := t[14:], t[16+2*n:], t[16+4*n:], t[16+6*n:]
	for s := range n {
		first, last := int(be.Uint16(starts[2*s:])), int(be.Uint16(ends[2*s:]))
		delta, offset := be.Uint16(deltas[2*s:]), int(be.Uint16(offsets[2*s:]))
		for c := first; c <= last && c != 0xFFFF; c++ {
			g := uint16(c)
			if offset != 0 {
				g = be.Uint16(offsets[2*s+offset+2*(c-first):])
			}
			if g != 0 || offset == 0 {
				g += delta
			}
			if g != 0 {
				f.glyphs[rune(c)] = g
			}
		}
	}
}
