package papers

import (
	"fmt"
	"math"
	"strings"
)

// page is a laid out page: marks in points from its upper left corner.
type page struct {
	doc           *Document
	width, height float64
	marks         []mark
}

// mark is text, a rule or a box on a page.
type mark struct {
	text      []glyph // glyphs in one row; y is their base line
	x, y      float64
	size      float64
	stretch   float64
	bold, red bool
	x2, y2    float64 // a rule from x,y to x2,y2 when text is nil
	thick     float64
	filled    bool // a dark box from x,y to x2,y2
}

// margins of GB/T 9704: 37 mm above, 35 below, 28 left, 26 right.
type margins struct{ top, bottom, left, right float64 }

func (d *Document) margins() margins {
	if d.Narrow {
		return margins{20 * pt, 20 * pt, 20 * pt, 20 * pt}
	}
	if d.Landscape { // the page turned to the left: its head is the binding side
		return margins{28 * pt, 26 * pt, 37 * pt, 35 * pt}
	}
	return margins{37 * pt, 35 * pt, 28 * pt, 26 * pt}
}

func (d *Document) size() (width, height float64) {
	width, height = 210*pt, 297*pt
	if d.Landscape {
		return height, width
	}
	return width, height
}

// look is how a style is drawn. pitch is the height of a line; before is empty space above.
type look struct {
	hand          family
	size, pitch   float64
	indent        float64 // of the first line, in characters
	centre, right bool
	bold          bool
	before, after float64
}

// body is 28 characters on 156 mm and 22 lines on 225 mm.
const (
	bodySize  = 156 * pt / 28
	bodyPitch = 225 * pt / 22
)

var looks = map[Style]look{
	Title:    {hand: xiaobiao, size: 22, pitch: 33, centre: true, bold: true, after: bodyPitch},
	Heading1: {hand: heiti, size: bodySize, pitch: bodyPitch, indent: 2},
	Heading2: {hand: kaiti, size: bodySize, pitch: bodyPitch, indent: 2},
	Heading3: {hand: fangsong, size: bodySize, pitch: bodyPitch, indent: 2, bold: true},
	Body:     {hand: fangsong, size: bodySize, pitch: bodyPitch, indent: 2},
	Plain:    {hand: fangsong, size: bodySize, pitch: bodyPitch},
	Right:    {hand: fangsong, size: bodySize, pitch: bodyPitch, right: true},
	Centre:   {hand: fangsong, size: bodySize, pitch: bodyPitch, centre: true},
	Note:     {hand: songti, size: 10.5, pitch: 16},
}

// typesetter fills pages from top to bottom.
type typesetter struct {
	fonts *Fonts
	doc   *Document
	edge  margins
	width float64 // of the text
	end   float64 // the lowest y of the text
	y     float64
	pages []*page
}

// layout sets a document into pages, without the lines at their feet.
func (f *Fonts) layout(d *Document) ([]*page, error) {
	w, h := d.size()
	e := d.margins()
	t := &typesetter{fonts: f, doc: d, edge: e, width: w - e.left - e.right, end: h - e.bottom}
	t.newPage()
	if err := t.head(); err != nil {
		return nil, err
	}
	for i := range d.Blocks {
		err := t.keep(d.Blocks[i:])
		if err == nil {
			err = t.block(&d.Blocks[i])
		}
		if err != nil {
			return nil, fmt.Errorf("block %d of %q: %w", i+1, d.Title, err)
		}
	}
	return t.pages, nil
}

// keep goes to a new page rather than leave a heading alone at the foot, or above a table that moves on.
func (t *typesetter) keep(blocks []Block) error {
	if p := blocks[0].Paragraph; p == nil || !strings.HasPrefix(string(p.Style), "heading") {
		return nil
	}
	need := bodyPitch
	for _, b := range blocks[1:] {
		switch {
		case b.Table != nil:
			g, err := t.grid(b.Table)
			if err != nil {
				return err
			}
			t.room(need + g.least(b.Table.Header, t.end-t.edge.top))
			return nil
		case b.Paragraph != nil:
			t.room(need + bodyPitch)
			return nil
		}
		need += b.Space * pt
	}
	return nil
}

func (t *typesetter) newPage() {
	w, h := t.doc.size()
	t.pages = append(t.pages, &page{doc: t.doc, width: w, height: h})
	t.y = t.edge.top
}

func (t *typesetter) top() *page { return t.pages[len(t.pages)-1] }

func (t *typesetter) put(m mark) { t.top().marks = append(t.top().marks, m) }

// room goes to a new page unless a height is left on this one.
func (t *typesetter) room(height float64) {
	if t.y+height > t.end+0.5 && t.y > t.edge.top {
		t.newPage()
	}
}

func (t *typesetter) block(b *Block) error {
	switch {
	case b.Paragraph != nil:
		return t.paragraph(b.Paragraph)
	case b.Table != nil:
		return t.table(b.Table)
	case b.Sign != nil:
		return t.sign(b.Sign)
	case b.Link != nil:
		return t.link(b.Link)
	case b.Break:
		t.newPage()
	default:
		t.y = math.Min(t.y+b.Space*pt, t.end)
	}
	return nil
}

func (t *typesetter) paragraph(p *Paragraph) error {
	l, known := looks[p.Style]
	if !known {
		return fmt.Errorf("no style %q", p.Style)
	}
	bold := l.bold || p.Bold
	lines, err := t.fonts.wrap(p.Text, l.hand, l.size, t.width, l.indent*l.size, !l.centre && !l.right)
	if err != nil {
		return err
	}
	for _, line := range lines {
		t.room(l.pitch)
		x := t.edge.left + line.indent
		switch free := t.width - line.width(); {
		case l.centre:
			x += free / 2
		case l.right:
			x += free
		}
		t.put(mark{text: line.glyphs, x: x, y: baseline(t.y, l.pitch, l.size), size: l.size, stretch: line.stretch, bold: bold})
		t.y += l.pitch
	}
	t.y += l.after
	return nil
}

// baseline is where characters of a size stand that are centred in a line.
func baseline(top, pitch, size float64) float64 { return top + (pitch-size)/2 + size*0.86 }

// head is the red head: the office as wide as fits, the number, a red rule.
func (t *typesetter) head() error {
	h := t.doc.Head
	if h == nil {
		return nil
	}
	glyphs, err := t.fonts.runes(h.Office+h.Kind, xiaobiao, 1)
	if err != nil {
		return err
	}
	natural := line{glyphs: glyphs}.width()
	size := math.Min(34, t.width/natural)
	if glyphs, err = t.fonts.runes(h.Office+h.Kind, xiaobiao, size); err != nil {
		return err
	}
	t.y += 10 * pt
	x := t.edge.left + (t.width-natural*size)/2
	t.put(mark{text: glyphs, x: x, y: baseline(t.y, size, size), size: size, bold: true, red: true})
	t.y += size + 8*pt
	number := h.Number
	if number == "" {
		number = "（未编号）"
	}
	if err := t.headLine(number, h.Signer); err != nil {
		return err
	}
	t.y += 2 * pt
	t.put(mark{x: t.edge.left, y: t.y, x2: t.edge.left + t.width, y2: t.y, thick: 1.5, red: true})
	t.y += bodyPitch
	return nil
}

// headLine is the number in the middle; with a signer, the number to the left and he to the right.
func (t *typesetter) headLine(number, signer string) error {
	style := P(Centre, number)
	if signer == "" {
		return t.paragraph(style.Paragraph)
	}
	y := t.y
	if err := t.paragraph(P(Plain, "　"+number).Paragraph); err != nil {
		return err
	}
	t.y = y
	return t.paragraph(P(Right, "签发人："+signer+"　").Paragraph)
}

// sign sets two places a line, each with a line to sign on.
func (t *typesetter) sign(s *Sign) error {
	const size, pitch = 12.0, 32.0
	rows := (len(s.Places) + 1) / 2
	per := pitch
	if s.Dated {
		per = 2 * pitch
	}
	t.room(math.Min(float64(rows)*per, t.end-t.edge.top))
	half := t.width / 2
	for i := 0; i < len(s.Places); i += 2 {
		t.room(per)
		for j, place := range s.Places[i:min(i+2, len(s.Places))] {
			if err := t.place(place, s.Dated, t.edge.left+float64(j)*half, half-12, size, pitch); err != nil {
				return err
			}
		}
		t.y += per
	}
	return nil
}

func (t *typesetter) place(p Place, dated bool, x, width, size, pitch float64) error {
	label := p.Label + "："
	glyphs, err := t.fonts.runes(label, songti, size)
	if err != nil {
		return err
	}
	base := baseline(t.y, pitch, size)
	t.put(mark{text: glyphs, x: x, y: base, size: size})
	from := math.Min(x+line{glyphs: glyphs}.width(), x+width-40)
	on := p.Name
	if p.Seal {
		on += "（盖章）"
	}
	if on != "" {
		if glyphs, err = t.fonts.runes(on, kaiti, size); err != nil {
			return err
		}
		t.put(mark{text: glyphs, x: from + 4, y: base, size: size})
	}
	t.put(mark{x: from, y: base + 3, x2: x + width, y2: base + 3, thick: 0.5})
	if len(p.Ink) > 0 {
		if err := t.ink(p.Ink, from+4, base+2, x+width-from-8, inkHeight); err != nil {
			return err
		}
	}
	if !dated {
		return nil
	}
	if glyphs, err = t.fonts.runes(or(p.On, "年　　月　　日"), songti, size); err != nil {
		return err
	}
	t.put(mark{text: glyphs, x: x + width - (line{glyphs: glyphs}).width(), y: base + pitch, size: size})
	return nil
}
