package papers

import (
	"strings"
	"unicode/utf8"
)

// pt is how many points a millimetre has: layouts are computed in points.
const pt = 72 / 25.4

// glyph is a character where it may be broken off, with its width in points.
type glyph struct {
	r    rune
	face *face // nil for the boxes ☐ ☑, which are drawn
	w    float64
}

// line is a line of text. stretch is added after each glyph so that full lines end at the margin.
type line struct {
	glyphs  []glyph
	indent  float64
	stretch float64
}

func (l line) width() float64 {
	w := l.indent
	for _, g := range l.glyphs {
		w += g.w
	}
	return w
}

// runes are the characters of a text in a hand and size. Tabs and the like become a space: no font has them.
func (f *Fonts) runes(text string, hand family, size float64) ([]glyph, error) {
	out := make([]glyph, 0, len(text))
	for _, r := range text {
		if r == '\t' || r == '\r' || r == '\u00a0' {
			r = ' '
		}
		if r == '☐' || r == '☑' {
			out = append(out, glyph{r: r, w: size})
			continue
		}
		face, err := f.face(hand, r)
		if err != nil {
			return nil, err
		}
		out = append(out, glyph{r: r, face: face, w: face.width(r) * size})
	}
	return out, nil
}

// wrap breaks a text into lines of at most width points, the first indented. Full lines are stretched to the width when
// justify is set.
func (f *Fonts) wrap(text string, hand family, size, width, indent float64, justify bool) ([]line, error) {
	var out []line
	for part := range strings.SplitSeq(text, "\n") {
		glyphs, err := f.runes(part, hand, size)
		if err != nil {
			return nil, err
		}
		for {
			l := line{indent: indent}
			n := fit(glyphs, width-indent, justify)
			l.glyphs, glyphs = glyphs[:n], glyphs[n:]
			if justify && n > 1 && (len(glyphs) > 0 || l.width() > width) {
				l.stretch = min((width-l.width())/float64(n-1), size/4)
			}
			out, indent = append(out, l), 0
			if len(glyphs) == 0 {
				break
			}
		}
	}
	return out, nil
}

// Characters that may not begin a line, and that may not end one (避头尾).
const (
	closers = "，。、；：？！）》〉」』】〕”’…—％%,.;:?!)]"
	openers = "（《〈「『【〔“‘(["
)

func in(set string, r rune) bool { return strings.ContainsRune(set, r) }

// joined says that two characters are parts of one word or number.
func joined(a, b rune) bool { return wordly(a) && wordly(b) }

func wordly(r rune) bool {
	return r < utf8.RuneSelf && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || in(".-+/%@#", r))
}

// fit is how many glyphs a line takes, at least one of any. Closing marks are squeezed into a long line rather than pushed to
// the next one, if its characters can be moved together.
func fit(glyphs []glyph, width float64, squeeze bool) int {
	n, w := 0, 0.0
	for n < len(glyphs) && w+glyphs[n].w <= width+0.01 {
		w += glyphs[n].w
		n++
	}
	if n == len(glyphs) {
		return n
	}
	for squeezed := 0; squeeze && squeezed < 2 && n < len(glyphs) && n > 0 && in(closers, glyphs[n].r) && glyphs[n].w <= width/10; squeezed++ {
		n++
	}
	most, before := max(n, 1), widthOf(glyphs[:n])
	for n > 1 && n < len(glyphs) && (in(openers, glyphs[n-1].r) || in(closers, glyphs[n].r) || joined(glyphs[n-1].r, glyphs[n].r)) {
		n--
	}
	// A long number is cut rather than leave a hole; two characters may always move on, in however narrow a column.
	if n <= 1 || before-widthOf(glyphs[:n]) > max(width/8, widthOf(glyphs[n:min(n+2, len(glyphs))])) {
		return most
	}
	return n
}

func widthOf(glyphs []glyph) float64 { return line{glyphs: glyphs}.width() }
