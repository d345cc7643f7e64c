package papers

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// epoch is the date in every file: the same document gives the same bytes, whenever it is drawn.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// PDF draws documents one after the other into one file, each with page numbers of its own unless it Continues. Only the
// characters that are used are put into the file. A character that no font has is the error Missing.
func (f *Fonts) PDF(w io.Writer, docs ...*Document) error {
	pages, err := f.sheets(docs)
	if err != nil {
		return err
	}
	return f.write(w, pages)
}

// sheets are the pages of documents with the lines at their feet.
func (f *Fonts) sheets(docs []*Document) ([]*page, error) {
	var out []*page
	from := 0 // the first page of the present count
	for i, d := range docs {
		pages, err := f.layout(d)
		if err != nil {
			return nil, err
		}
		out = append(out, pages...)
		if i == len(docs)-1 || !docs[i+1].Continues {
			if err := f.feet(out[from:]); err != nil {
				return nil, err
			}
			from = len(out)
		}
	}
	return out, nil
}

// Pages is how many pages a document has.
func (f *Fonts) Pages(d *Document) (int, error) {
	pages, err := f.layout(d)
	return len(pages), err
}

// feet puts the page numbers, and the number and hash of the paper, below the text.
func (f *Fonts) feet(pages []*page) error {
	for i, p := range pages {
		e := p.doc.margins()
		small := e.bottom < 60 // points: a narrow page has its foot closer to its edge
		y := p.height - e.bottom + 7*pt + 10.5
		if small {
			y = p.height - e.bottom + 10.5 + 2*pt
		}
		if err := f.centred(p, fmt.Sprintf("第 %d 页 共 %d 页", i+1, len(pages)), 10.5, y); err != nil {
			return err
		}
		if line := p.doc.Foot.line(); line != "" {
			if err := f.centred(p, line, 8, y+13); err != nil {
				return err
			}
		}
	}
	return nil
}

// line is what stands under the page number: the paper's number and the start of its hash.
func (f Foot) line() string {
	var parts []string
	if f.Number != "" {
		parts = append(parts, f.Number)
	}
	if f.Hash != "" {
		parts = append(parts, "校验码 "+f.Hash)
	}
	return strings.Join(parts, "　")
}

func (f *Fonts) centred(p *page, text string, size, y float64) error {
	glyphs, err := f.runes(text, songti, size)
	if err != nil {
		return err
	}
	p.marks = append(p.marks, mark{text: glyphs, x: (p.width - line{glyphs: glyphs}.width()) / 2, y: y, size: size})
	return nil
}

// pen writes pages with the PDF library.
type pen struct {
	*fpdf.Fpdf
	fonts *Fonts
	known map[*face]string
}

func (f *Fonts) write(w io.Writer, pages []*page) error {
	p := pen{Fpdf: fpdf.New("P", "pt", "A4", ""), fonts: f, known: map[*face]string{}}
	p.SetAutoPageBreak(false, 0)
	p.SetCatalogSort(true)
	p.SetCreationDate(epoch)
	p.SetModificationDate(epoch)
	p.SetProducer("Shouwang", true)
	p.SetLang("zh-CN")
	if len(pages) > 0 {
		p.SetTitle(pages[0].doc.Title, true)
	}
	for _, one := range pages {
		if err := p.page(one); err != nil {
			return err
		}
	}
	return p.Output(w)
}

func (p *pen) page(one *page) error {
	p.AddPageFormat("P", fpdf.SizeType{Wd: one.width, Ht: one.height})
	if one.doc.Draft {
		if err := p.watermark(one, "草稿"); err != nil {
			return err
		}
	}
	for _, m := range one.marks {
		p.colour(m.red)
		if m.filled {
			p.SetFillColor(0, 0, 0)
			p.Rect(m.x, m.y, m.x2-m.x, m.y2-m.y, "F")
			continue
		}
		if m.text == nil {
			p.SetLineWidth(m.thick)
			p.Line(m.x, m.y, m.x2, m.y2)
			continue
		}
		p.text(m)
	}
	return p.Error()
}

func (p *pen) colour(red bool) {
	r, g, b := 0, 0, 0
	if red {
		r, g, b = 200, 16, 24
	}
	p.SetTextColor(r, g, b)
	p.SetDrawColor(r, g, b)
}

// text writes a row of characters: in one piece as long as the font stays the same and nothing is stretched.
func (p *pen) text(m mark) {
	if m.bold { // no free bold font is made for print: the outline is drawn as well
		p.SetLineWidth(m.size / 40)
		p.SetTextRenderingMode(2)
	}
	x := m.x
	for i := 0; i < len(m.text); {
		g := m.text[i]
		if g.face == nil {
			p.box(x, m.y, m.size, g.r == '☑')
			x += g.w + m.stretch
			i++
			continue
		}
		j, w := i, 0.0
		for j < len(m.text) && m.text[j].face == g.face && (j == i || m.stretch == 0) {
			w += m.text[j].w + m.stretch
			j++
		}
		p.hand(g.face, m.size)
		p.Text(x, m.y, plain(m.text[i:j]))
		x, i = x+w, j
	}
	if m.bold {
		p.SetTextRenderingMode(0)
	}
}

func plain(glyphs []glyph) string {
	var b strings.Builder
	for _, g := range glyphs {
		b.WriteRune(g.r)
	}
	return b.String()
}

// hand takes a font up, and puts it into the file when it is used first.
func (p *pen) hand(f *face, size float64) {
	name, known := p.known[f]
	if !known {
		name = fmt.Sprintf("f%d", len(p.known)+1)
		p.known[f] = name
		p.AddUTF8FontFromBytes(name, "", bytes.Clone(f.raw)) // the library writes into what it is given
	}
	p.SetFont(name, "", size)
}

// box draws ☐ or ☑ where its character would stand.
func (p *pen) box(x, base, size float64, ticked bool) {
	s := size * 0.78
	left, top := x+size*0.11, base-size*0.74
	p.SetLineWidth(size / 16)
	p.Rect(left, top, s, s, "D")
	if ticked {
		p.SetLineWidth(size / 9)
		p.Line(left+s*0.2, top+s*0.5, left+s*0.43, top+s*0.75)
		p.Line(left+s*0.43, top+s*0.75, left+s*0.83, top+s*0.2)
	}
}

// watermark writes a word large and pale across a page, under its text.
func (p *pen) watermark(one *page, word string) error {
	const size = 150.0
	glyphs, err := p.fonts.runes(word, heiti, size)
	if err != nil {
		return err
	}
	w := line{glyphs: glyphs}.width()
	cx, cy := one.width/2, one.height/2
	angle := math.Atan2(one.height, one.width) * 180 / math.Pi
	p.TransformBegin()
	p.TransformRotate(angle, cx, cy)
	p.SetTextColor(228, 228, 228)
	x := cx - w/2
	for _, g := range glyphs {
		p.hand(g.face, size)
		p.Text(x, cy+size*0.36, string(g.r))
		x += g.w
	}
	p.TransformEnd()
	return p.Error()
}
