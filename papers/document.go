// Package papers makes the papers of the offices: a small model of a document, the papers of domain.md (public notice,
// 督办通知, minutes, reports, case file …) as pure functions from data to that model, and its renderers for PDF and Word.
//
// A Document says what stands on the paper and never how a renderer draws it, so that the same value gives the same paper
// as PDF and as DOCX. It is plain data: as JSON it is what an issued paper freezes.
package papers

// Document is one paper. The zero value is an empty A4 page in portrait.
type Document struct {
	// Title is the name of the paper, as in lists and in the file's properties. It is not printed: a paper that shows
	// its title has a paragraph in the style Title.
	Title string `json:"title"`
	// Head is the red head 文头 of an official letter; nil on other papers.
	Head *Head `json:"head,omitempty"`
	// Landscape turns the page.
	Landscape bool `json:"landscape,omitempty"`
	// Narrow uses margins of 20 mm instead of those of GB/T 9704 (37, 35, 28, 26 mm): for wide tables and survey forms.
	Narrow bool `json:"narrow,omitempty"`
	// Draft prints 草稿 across each page. A draft has no number.
	Draft bool `json:"draft,omitempty"`
	// Continues numbers the pages on from those of the document before it in the same file.
	Continues bool `json:"continues,omitempty"`
	// Foot is the small line under the page number.
	Foot   Foot    `json:"foot"`
	Blocks []Block `json:"blocks"`
}

// Head is the red head of an official letter: the issuing office in red, the number, a red line.
type Head struct {
	// Office is the whole name, such as 青禾乡实施乡村振兴战略工作领导小组办公室.
	Office string `json:"office"`
	// Kind is what follows the office in the head: 文件 for a letter with weight, else empty.
	Kind string `json:"kind,omitempty"`
	// Number is the 文号, such as 青禾乡振督〔2026〕7号; empty on a draft.
	Number string `json:"number,omitempty"`
	// Signer is the 签发人, only on papers that go upwards.
	Signer string `json:"signer,omitempty"`
}

// Foot is the line at the foot of each page, beside the page number 第 1 页 共 3 页.
type Foot struct {
	// Number is the paper's number.
	Number string `json:"number,omitempty"`
	// Hash is the hash of the frozen record, in hex; as much of it is printed as is given.
	Hash string `json:"hash,omitempty"`
}

// Block is one part of a document from top to bottom. Exactly one of its fields is set.
type Block struct {
	Paragraph *Paragraph `json:"paragraph,omitempty"`
	Table     *Table     `json:"table,omitempty"`
	Sign      *Sign      `json:"sign,omitempty"`
	Link      *Link      `json:"link,omitempty"`
	// Space is an empty height in mm.
	Space float64 `json:"space,omitempty"`
	// Break starts a new page.
	Break bool `json:"break,omitempty"`
}

// Style is the look of a paragraph.
type Style string

const (
	// Title is the title of the paper: 方正小标宋, 22 pt, centred.
	Title Style = "title"
	// Heading1 is a heading 一、 in 黑体.
	Heading1 Style = "heading1"
	// Heading2 is a heading （一） in 楷体.
	Heading2 Style = "heading2"
	// Heading3 is a heading 1. in bold 仿宋.
	Heading3 Style = "heading3"
	// Body is running text: 仿宋 16 pt, first line indented by two characters.
	Body Style = "body"
	// Plain is body text without indent: the addressee, a line of a form.
	Plain Style = "plain"
	// Right is body text at the right margin: the office and the date at the end of a letter.
	Right Style = "right"
	// Centre is body text in the middle.
	Centre Style = "centre"
	// Note is small text of 10.5 pt without indent: explanations under a form.
	Note Style = "note"
)

// Paragraph is text in one style. A "\n" in it starts a new line without a new indent.
type Paragraph struct {
	Style Style  `json:"style"`
	Text  string `json:"text"`
	Bold  bool   `json:"bold,omitempty"`
}

// Align is where text stands in a cell.
type Align string

const (
	// Left is the default.
	Left   Align = ""
	Middle Align = "centre"
	AtEnd  Align = "right"
)

// Table is a ruled table as wide as the text.
type Table struct {
	// Columns are the widths, in parts of the whole: {1, 2} gives a third and two thirds.
	Columns []float64 `json:"columns"`
	// Header is the number of first rows that are repeated on each page.
	Header int   `json:"header,omitempty"`
	Rows   []Row `json:"rows"`
	// Size is the size of the text in pt; 0 is 10.5 (五号).
	Size float64 `json:"size,omitempty"`
}

// Row is a row of cells from left to right. A place that is covered by a cell from above or from the left has no cell.
type Row struct {
	Cells []Cell `json:"cells"`
	// Height is the least height in mm, for rows that are filled in by hand.
	Height float64 `json:"height,omitempty"`
}

// Cell is one cell. A "\n" in its text starts a new line.
type Cell struct {
	Text  string `json:"text,omitempty"`
	Align Align  `json:"align,omitempty"`
	Bold  bool   `json:"bold,omitempty"`
	// Top sets the text at the upper edge instead of the middle: for long texts.
	Top bool `json:"top,omitempty"`
	// Cols and Rows are how many columns and rows it covers; 0 is one.
	Cols int `json:"cols,omitempty"`
	Rows int `json:"rows,omitempty"`
}

// Sign is the places for signatures and seals, two in a line, with a line for the date.
type Sign struct {
	Places []Place `json:"places"`
	// Dated prints 年 月 日 under each place.
	Dated bool `json:"dated,omitempty"`
}

// Place is one place to sign, such as 户主（签字）.
type Place struct {
	Label string `json:"label"`
	// Name is printed on the line when it is known already.
	Name string `json:"name,omitempty"`
	// Seal prints （盖章） on the line.
	Seal bool `json:"seal,omitempty"`
	// Ink is a signature that was drawn on a screen, as PNG, black on white; On is its day in words. Both stand on the line.
	Ink []byte `json:"ink,omitempty"`
	On  string `json:"on,omitempty"`
}

// Link is an address as a code to scan (QR), with what it is for beside it.
type Link struct {
	Address string `json:"address"`
	Text    string `json:"text"`
}

// Add puts blocks at the end and gives the document back, so that calls can be chained.
func (d *Document) Add(blocks ...Block) *Document {
	d.Blocks = append(d.Blocks, blocks...)
	return d
}

// P is a paragraph of a style.
func P(style Style, text string) Block {
	return Block{Paragraph: &Paragraph{Style: style, Text: text}}
}

// T is a table as a block.
func T(t Table) Block { return Block{Table: &t} }

// Signed is a block of places to sign with a line for the date.
func Signed(places ...Place) Block { return Block{Sign: &Sign{Places: places, Dated: true}} }

// Gap is an empty height in mm.
func Gap(mm float64) Block { return Block{Space: mm} }

// NewPage starts a new page.
func NewPage() Block { return Block{Break: true} }

// Cells makes a row of plain cells.
func Cells(texts ...string) Row {
	row := Row{Cells: make([]Cell, len(texts))}
	for i, text := range texts {
		row.Cells[i] = Cell{Text: text}
	}
	return row
}

// Header makes a row of centred bold cells.
func Header(texts ...string) Row {
	row := Cells(texts...)
	for i := range row.Cells {
		row.Cells[i].Bold, row.Cells[i].Align = true, Middle
	}
	return row
}

// Check is a box with its label: ☑ label or ☐ label.
func Check(on bool, label string) string {
	if on {
		return "☑" + label
	}
	return "☐" + label
}
