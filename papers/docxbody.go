package papers

import (
	"fmt"
	"math"
	"strings"
)

// edges are the header and footer part of one section.
type edges struct{ header, footer string }

// word writes document.xml.
type word struct {
	strings.Builder
	width    float64 // of the text, in points
	pictures [][]byte
}

func wordBody(docs []*Document) (body string, feet []edges, pictures [][]byte) {
	w := &word{}
	w.WriteString(xmlHead + `<w:document ` + wordSpace + `><w:body>`)
	for i, d := range docs {
		e := d.margins()
		width, _ := d.size()
		w.width = width - e.left - e.right
		w.head(d.Head)
		for _, b := range d.Blocks {
			w.block(b)
		}
		one := counts(docs) == 1
		section := sectionOf(d, i+1, !one && !d.Continues)
		if i < len(docs)-1 {
			section = `<w:p><w:pPr>` + section + `</w:pPr></w:p>`
		}
		w.WriteString(section)
		feet = append(feet, edges{headerPart(d), footerPart(d, !one)})
	}
	w.WriteString(`</w:body></w:document>`)
	return w.String(), feet, w.pictures
}

// counts is how many times the page numbers begin anew.
func counts(docs []*Document) int {
	n := 0
	for i, d := range docs {
		if i == 0 || !d.Continues {
			n++
		}
	}
	return n
}

// sectionOf is the page of a document: paper, margins, its header and footer. Lines have exact heights and characters exact
// distances (see the styles); a grid of the section would stretch the text of tables as well.
func sectionOf(d *Document, n int, restart bool) string {
	e := d.margins()
	width, height := d.size()
	turn := ""
	if d.Landscape {
		turn = ` w:orient="landscape"`
	}
	start := ""
	if restart {
		start = `<w:pgNumType w:start="1"/>`
	}
	return fmt.Sprintf(`<w:sectPr><w:headerReference w:type="default" r:id="head%d"/><w:footerReference w:type="default" r:id="foot%d"/><w:type w:val="nextPage"/>`+
		`<w:pgSz w:w="%d" w:h="%d"%s/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="%d" w:gutter="0"/>%s</w:sectPr>`,
		n, n, twips(width), twips(height), turn, twips(e.top), twips(e.right), twips(e.bottom), twips(e.left), twips(math.Max(e.bottom-14*pt, 8*pt)), start)
}

// headerPart is empty but on a draft, which says so on each page.
func headerPart(d *Document) string {
	text := ""
	if d.Draft {
		text = `<w:r>` + runProperties(heiti, 22, true, true) + `<w:t>草　稿</w:t></w:r>`
	}
	return xmlHead + `<w:hdr ` + wordSpace + `><w:p><w:pPr><w:jc w:val="center"/></w:pPr>` + text + `</w:p></w:hdr>`
}

// footerPart has the page number in fields that Word fills in, and the paper's number and hash.
func footerPart(d *Document, section bool) string {
	total := "NUMPAGES"
	if section {
		total = "SECTIONPAGES"
	}
	props := runProperties(songti, 10.5, false, false)
	run := func(inner string) string { return `<w:r>` + props + inner + `</w:r>` }
	text := func(s string) string { return run(`<w:t xml:space="preserve">` + s + `</w:t>`) }
	number := func(code string) string {
		return run(`<w:fldChar w:fldCharType="begin"/>`) + run(`<w:instrText xml:space="preserve"> `+code+` </w:instrText>`) + run(`<w:fldChar w:fldCharType="separate"/>`) +
			text("1") + run(`<w:fldChar w:fldCharType="end"/>`)
	}
	out := xmlHead + `<w:ftr ` + wordSpace + `><w:p><w:pPr><w:jc w:val="center"/></w:pPr>` + text("第 ") + number("PAGE") + text(" 页 共 ") + number(total) + text(" 页") + `</w:p>`
	if line := d.Foot.line(); line != "" {
		out += `<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r>` + runProperties(songti, 8, false, false) + `<w:t xml:space="preserve">` + escape(line) + `</w:t></w:r></w:p>`
	}
	return out + `</w:ftr>`
}

// head is the red head with its rule, a border under the number.
func (w *word) head(h *Head) {
	if h == nil {
		return
	}
	size := math.Min(34, w.width/float64(len([]rune(h.Office+h.Kind))))
	w.WriteString(`<w:p><w:pPr><w:spacing w:before="567" w:after="340"/><w:jc w:val="center"/></w:pPr>`)
	w.run(h.Office+h.Kind, runProperties(xiaobiao, math.Floor(size*2)/2, true, true))
	w.WriteString(`</w:p>`)
	number := h.Number
	if number == "" {
		number = "（未编号）"
	}
	if h.Signer != "" {
		number += "　　　　签发人：" + h.Signer
	}
	fmt.Fprintf(w, `<w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="12" w:space="6" w:color="C81018"/></w:pBdr><w:spacing w:after="%d"/><w:jc w:val="center"/></w:pPr>`, twips(bodyPitch))
	w.run(number, runProperties(fangsong, 16, false, false))
	w.WriteString(`</w:p>`)
}

// run writes text; a line break in it becomes one of Word's.
func (w *word) run(text, props string) {
	for i, part := range strings.Split(text, "\n") {
		w.WriteString(`<w:r>` + props)
		if i > 0 {
			w.WriteString(`<w:br/>`)
		}
		w.WriteString(`<w:t xml:space="preserve">` + escape(part) + `</w:t></w:r>`)
	}
}

func (w *word) block(b Block) {
	switch {
	case b.Paragraph != nil:
		p := b.Paragraph
		props := ""
		if p.Bold {
			props = `<w:rPr><w:b/></w:rPr>`
		}
		fmt.Fprintf(w, `<w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr>`, p.Style)
		w.run(p.Text, props)
		w.WriteString(`</w:p>`)
	case b.Table != nil:
		w.table(b.Table)
	case b.Sign != nil:
		w.sign(b.Sign)
	case b.Link != nil:
		w.link(b.Link)
	case b.Break:
		w.WriteString(`<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
	default:
		fmt.Fprintf(w, `<w:p><w:pPr><w:spacing w:line="%d" w:lineRule="exact"/></w:pPr></w:p>`, twips(b.Space*pt))
	}
}

// link is a table without rules: the code as a picture, its words beside it.
func (w *word) link(l *Link) {
	code, _ := modulesOf(l.Address) // checked before
	picture, _ := code.picture()    // into memory
	side, rest := twips(linkSide), twips(w.width-linkSide)
	fmt.Fprintf(w, `<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="%d"/><w:gridCol w:w="%d"/></w:tblGrid><w:tr><w:trPr><w:cantSplit/></w:trPr>`, side+rest, side, rest)
	fmt.Fprintf(w, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr><w:p>`, side)
	w.picture(picture, linkSide, linkSide, l.Address)
	w.WriteString(`</w:p></w:tc>`)
	fmt.Fprintf(w, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr>`, rest, Note)
	w.run(l.Text, "")
	w.WriteString(`</w:p></w:tc></w:tr></w:tbl><w:p><w:pPr><w:spacing w:line="120" w:lineRule="exact"/></w:pPr></w:p>`)
}

// picture puts a PNG into the line, so many points wide and high.
func (w *word) picture(png []byte, width, height float64, words string) {
	w.pictures = append(w.pictures, png)
	n := len(w.pictures)
	emu := func(points float64) int { return int(math.Round(points * 12700)) }
	fmt.Fprintf(w, `<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">`+
		`<wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="code%d" descr="%s"/><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">`+
		`<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="%d" name="code%d.png"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="code%d"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>`+
		`<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>`,
		emu(width), emu(height), n, n, escape(words), n, n, n, emu(width), emu(height))
}

// sign is a table without rules: two places in each row, the line to sign on is a border.
func (w *word) sign(s *Sign) {
	half := twips(w.width / 2)
	fmt.Fprintf(w, `<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid><w:gridCol w:w="%d"/><w:gridCol w:w="%d"/></w:tblGrid>`, 2*half, half, half)
	props := runProperties(songti, 12, false, false)
	for i := 0; i < len(s.Places); i += 2 {
		w.WriteString(`<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="900"/></w:trPr>`)
		for j := i; j < i+2; j++ {
			fmt.Fprintf(w, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, half)
			if j >= len(s.Places) {
				w.WriteString(`<w:p/></w:tc>`)
				continue
			}
			p := s.Places[j]
			on := p.Name
			if p.Seal {
				on += "（盖章）"
			}
			w.WriteString(`<w:p><w:pPr><w:spacing w:before="240"/></w:pPr>`)
			if ink, err := inkOf(p.Ink); err == nil && ink != nil {
				w.run(p.Label+"："+on, props)
				width, height := ink.fit(w.width/4, inkHeight)
				w.picture(p.Ink, width, height, "手写签名")
			} else {
				w.run(p.Label+"："+or(on, "＿＿＿＿＿＿"), props)
			}
			w.WriteString(`</w:p>`)
			if s.Dated {
				w.WriteString(`<w:p><w:pPr><w:spacing w:before="160"/><w:jc w:val="right"/></w:pPr>`)
				w.run(or(p.On, "年　　月　　日")+"　　", props)
				w.WriteString(`</w:p>`)
			}
			w.WriteString(`</w:tc>`)
		}
		w.WriteString(`</w:tr>`)
	}
	w.WriteString(`</w:tbl><w:p><w:pPr><w:spacing w:line="120" w:lineRule="exact"/></w:pPr></w:p>`)
}

// table writes rows as Word has them: every column of every row is there, covered places as parts of a merge.
func (w *word) table(t *Table) {
	widths := columnTwips(t.Columns, w.width)
	fmt.Fprintf(w, `<w:tbl><w:tblPr><w:tblW w:w="%d" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>`, twips(w.width))
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(w, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="000000"/>`, side)
	}
	w.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="60" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`)
	for _, x := range widths {
		fmt.Fprintf(w, `<w:gridCol w:w="%d"/>`, x)
	}
	w.WriteString(`</w:tblGrid>`)
	boxes, _ := place(t) // checked before
	for r := range t.Rows {
		w.row(t, boxes, widths, r)
	}
	w.WriteString(`</w:tbl><w:p><w:pPr><w:spacing w:line="120" w:lineRule="exact"/></w:pPr></w:p>`)
}

func columnTwips(columns []float64, width float64) []int {
	whole := sum(columns)
	out := make([]int, len(columns))
	for i, c := range columns {
		out[i] = twips(width * c / whole)
	}
	return out
}

func (w *word) row(t *Table, boxes []box, widths []int, r int) {
	w.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
	if h := t.Rows[r].Height; h > 0 {
		fmt.Fprintf(w, `<w:trHeight w:val="%d"/>`, twips(h*pt))
	}
	if r < t.Header {
		w.WriteString(`<w:tblHeader/>`)
	}
	w.WriteString(`</w:trPr>`)
	size := t.Size
	if size == 0 {
		size = 10.5
	}
	for c := 0; c < len(widths); {
		b := covering(boxes, r, c)
		if b == nil {
			break
		}
		w.cell(b, widths, r, size)
		c += b.cols
	}
	w.WriteString(`</w:tr>`)
}

func covering(boxes []box, r, c int) *box {
	for i := range boxes {
		b := &boxes[i]
		if b.row <= r && r < b.row+b.rows && b.col == c {
			return b
		}
	}
	return nil
}

func (w *word) cell(b *box, widths []int, r int, size float64) {
	width := 0
	for _, x := range widths[b.col : b.col+b.cols] {
		width += x
	}
	fmt.Fprintf(w, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>`, width)
	if b.cols > 1 {
		fmt.Fprintf(w, `<w:gridSpan w:val="%d"/>`, b.cols)
	}
	if b.rows > 1 && r == b.row {
		w.WriteString(`<w:vMerge w:val="restart"/>`)
	} else if b.rows > 1 {
		w.WriteString(`<w:vMerge/>`)
	}
	if !b.cell.Top {
		w.WriteString(`<w:vAlign w:val="center"/>`)
	}
	w.WriteString(`</w:tcPr><w:p>`)
	if r == b.row {
		align := map[Align]string{Left: "left", Middle: "center", AtEnd: "right"}[b.cell.Align]
		fmt.Fprintf(w, `<w:pPr><w:jc w:val="%s"/></w:pPr>`, align)
		w.run(b.cell.Text, runProperties(handOf(b.cell), size, b.cell.Bold, false))
	}
	w.WriteString(`</w:p></w:tc>`)
}
