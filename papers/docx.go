package papers

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
)

// DOCX writes documents one after the other as one Word file, each a section with page numbers of its own. The fonts are
// named as the offices name them; Word and WPS supply them, or what their tables name as a stand-in.
func DOCX(w io.Writer, docs ...*Document) error {
	for _, d := range docs {
		if err := d.check(); err != nil {
			return err
		}
	}
	z := zip.NewWriter(w)
	body, feet, pictures := wordBody(docs)
	parts := []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes(len(feet))},
		{"_rels/.rels", relsPackage},
		{"docProps/core.xml", coreProperties(docs)},
		{"word/document.xml", body},
		{"word/styles.xml", wordStyles()},
		{"word/fontTable.xml", fontTable()},
		{"word/settings.xml", settings},
		{"word/_rels/document.xml.rels", relsDocument(len(feet), len(pictures))},
	}
	for i, p := range pictures {
		parts = append(parts, struct{ name, text string }{fmt.Sprintf("word/media/code%d.png", i+1), string(p)})
	}
	for i, f := range feet {
		parts = append(parts, struct{ name, text string }{fmt.Sprintf("word/header%d.xml", i+1), f.header}, struct{ name, text string }{fmt.Sprintf("word/footer%d.xml", i+1), f.footer})
	}
	for _, p := range parts {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: epoch})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, p.text); err != nil {
			return err
		}
	}
	return z.Close()
}

// check refuses tables whose cells do not fill their columns: Word would show such a file as damaged; and addresses too
// long for a code.
func (d *Document) check() error {
	for i, b := range d.Blocks {
		if b.Link != nil {
			if _, err := modulesOf(b.Link.Address); err != nil {
				return fmt.Errorf("block %d of %q: %w", i+1, d.Title, err)
			}
		}
		if b.Table == nil {
			continue
		}
		if _, err := place(b.Table); err != nil {
			return fmt.Errorf("block %d of %q: %w", i+1, d.Title, err)
		}
	}
	return nil
}

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relSpace  = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	relTypes  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

	relsPackage = xmlHead + `<Relationships ` + relSpace + `><Relationship Id="rId1" Type="` + relTypes + `officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

	settings = xmlHead + `<w:settings ` + wordSpace + `><w:zoom w:percent="100"/><w:characterSpacingControl w:val="compressPunctuation"/></w:settings>`
)

func contentTypes(sections int) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>`)
	part := func(name, kind string) {
		fmt.Fprintf(&b, `<Override PartName="/word/%s.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.%s+xml"/>`, name, kind)
	}
	part("document", "document.main")
	part("styles", "styles")
	part("fontTable", "fontTable")
	part("settings", "settings")
	for i := range sections {
		part(fmt.Sprintf("header%d", i+1), "header")
		part(fmt.Sprintf("footer%d", i+1), "footer")
	}
	return b.String() + `</Types>`
}

func relsDocument(sections, pictures int) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Relationships ` + relSpace + `>`)
	rel := func(id, kind, target string) {
		fmt.Fprintf(&b, `<Relationship Id="%s" Type="%s%s" Target="%s.xml"/>`, id, relTypes, kind, target)
	}
	rel("styles", "styles", "styles")
	rel("fonts", "fontTable", "fontTable")
	rel("settings", "settings", "settings")
	for i := range sections {
		rel(fmt.Sprintf("head%d", i+1), "header", fmt.Sprintf("header%d", i+1))
		rel(fmt.Sprintf("foot%d", i+1), "footer", fmt.Sprintf("footer%d", i+1))
	}
	for i := range pictures {
		fmt.Fprintf(&b, `<Relationship Id="code%d" Type="%simage" Target="media/code%d.png"/>`, i+1, relTypes, i+1)
	}
	return b.String() + `</Relationships>`
}

func coreProperties(docs []*Document) string {
	title := ""
	if len(docs) > 0 {
		title = docs[0].Title
	}
	when := epoch.Format("2006-01-02T15:04:05Z")
	return xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` + escape(title) + `</dc:title>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + when + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + when + `</dcterms:modified></cp:coreProperties>`
}

// escape makes text fit for XML; characters that XML cannot hold become U+FFFD.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder does not fail
	return b.String()
}

// wordNames are the fonts as offices name them, and alternatives that a computer without them may have.
var wordNames = [families]struct{ name, other string }{
	fangsong: {"仿宋_GB2312", "仿宋"},
	xiaobiao: {"方正小标宋简体", "宋体"},
	heiti:    {"黑体", "Noto Sans CJK SC"},
	kaiti:    {"楷体_GB2312", "楷体"},
	songti:   {"宋体", "Noto Serif CJK SC"},
}

func fontTable() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:fonts ` + wordSpace + `>`)
	for _, f := range wordNames {
		fmt.Fprintf(&b, `<w:font w:name="%s"><w:altName w:val="%s"/><w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="default"/></w:font>`, f.name, f.other)
	}
	return b.String() + `</w:fonts>`
}

// runProperties are font, size in points, weight and colour of a run.
func runProperties(hand family, size float64, bold, red bool) string {
	n := wordNames[hand].name
	out := fmt.Sprintf(`<w:rPr><w:rFonts w:hint="eastAsia" w:ascii="%s" w:hAnsi="%s" w:eastAsia="%s" w:cs="Times New Roman"/>`, n, n, n)
	if bold {
		out += `<w:b/>`
	}
	if red {
		out += `<w:color w:val="C81018"/>`
	}
	if size == 16 { // 28 characters in a line of 156 mm
		out += `<w:spacing w:val="-4"/>`
	}
	half := int(math.Round(size * 2))
	return out + fmt.Sprintf(`<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr>`, half, half)
}

// wordSize is the nominal size of a style: 三号 is 16 pt in Word.
func wordSize(l look) float64 {
	if l.size == bodySize {
		return 16
	}
	return l.size
}

func twips(points float64) int { return int(math.Round(points * 20)) }

func wordStyles() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:styles ` + wordSpace + `><w:docDefaults><w:rPrDefault>` + runProperties(fangsong, 16, false, false) +
		`</w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:before="0" w:after="0"/></w:pPr></w:pPrDefault></w:docDefaults>`)
	b.WriteString(`<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>`)
	for _, s := range []struct {
		style Style
		name  string
	}{{Title, "公文标题"}, {Heading1, "一级标题"}, {Heading2, "二级标题"}, {Heading3, "三级标题"}, {Body, "公文正文"}, {Plain, "主送"}, {Right, "落款"}, {Centre, "居中"}, {Note, "注释"}} {
		l := looks[s.style]
		fmt.Fprintf(&b, `<w:style w:type="paragraph" w:customStyle="1" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="a"/><w:qFormat/><w:pPr>`, s.style, s.name)
		if strings.HasPrefix(string(s.style), "heading") {
			b.WriteString(`<w:keepNext/>`)
		}
		fmt.Fprintf(&b, `<w:spacing w:before="0" w:after="%d" w:line="%d" w:lineRule="exact"/>`, twips(l.after), twips(l.pitch))
		if l.indent > 0 {
			fmt.Fprintf(&b, `<w:ind w:firstLineChars="%d" w:firstLine="%d"/>`, int(l.indent*100), twips(l.indent*wordSize(l)))
		}
		b.WriteString(justification(l) + `</w:pPr>` + runProperties(l.hand, wordSize(l), l.bold, false) + `</w:style>`)
	}
	return b.String() + `</w:styles>`
}

func justification(l look) string {
	switch {
	case l.centre:
		return `<w:jc w:val="center"/>`
	case l.right:
		return `<w:jc w:val="right"/>`
	}
	return `<w:jc w:val="both"/>`
}
