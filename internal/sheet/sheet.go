// Package sheet writes .xlsx workbooks of one sheet as a stream: a row is compressed and gone before the next one is
// asked for, so that the memory it takes does not depend on the number of rows, and nothing personal reaches the folder
// for temporary files, where the stream writer of excelize keeps what it has no room for.
package sheet

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxRows is what one sheet can hold, its title rows included.
const MaxRows = 1 << 20

// Writer writes one sheet. Its methods must be called by one goroutine.
type Writer struct {
	zip  *zip.Writer
	out  *bufio.Writer
	mark string
	rows int
	err  error
}

// Options are what stands around the cells. Mark is the first row
// and printed at the head of every page; Widths are in characters, from
// the first column on.
type Options struct {
	Name   string
	Mark   string
	Widths []float64
}

// Styles of a row.
const (
	Plain = iota
	Bold
	Faulty
)

const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// parts are what every workbook has; the name of the sheet goes into the third.
var parts = [][2]string{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="%s" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
	// Every cell is text (format 49), so that a number that is a name keeps its digits when somebody edits it.
	{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><name val="宋体"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFFC7CE"/></patternFill></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/><xf numFmtId="49" fillId="2" applyNumberFormat="1" applyFill="1"/></cellXfs></styleSheet>`},
}

// New begins a workbook on w.
func New(w io.Writer, o Options) (*Writer, error) {
	z := zip.NewWriter(w)
	for _, p := range parts {
		f, err := z.Create(p[0])
		if err != nil {
			return nil, err
		}
		body := p[1]
		if p[0] == "xl/workbook.xml" {
			body = fmt.Sprintf(body, escape(sheetName(o.Name)))
		}
		if _, err := io.WriteString(f, head+body); err != nil {
			return nil, err
		}
	}
	f, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return nil, err
	}
	s := &Writer{zip: z, out: bufio.NewWriterSize(f, 64<<10), mark: o.Mark}
	s.put(head, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
	if len(o.Widths) > 0 {
		s.put(`<cols>`)
		for i, n := range o.Widths {
			s.put(`<col min="`, strconv.Itoa(i+1), `" max="`, strconv.Itoa(i+1), `" width="`, strconv.FormatFloat(n, 'f', 1, 64), `" customWidth="1"/>`)
		}
		s.put(`</cols>`)
	}
	s.put(`<sheetData>`)
	if o.Mark != "" {
		return s, s.Row(Bold, o.Mark)
	}
	return s, s.err
}

// Row writes one row of texts. A text that a spreadsheet program could take for a formula gets an apostrophe.
func (s *Writer) Row(style int, cells ...string) error {
	if s.err != nil {
		return s.err
	}
	if s.rows++; s.rows > MaxRows {
		return fmt.Errorf("sheet: more than %d rows", MaxRows)
	}
	row := strconv.Itoa(s.rows)
	s.put(`<row r="`, row, `">`)
	for i, c := range cells {
		if c == "" {
			continue
		}
		s.put(`<c r="`, Column(i), row, `" s="`, strconv.Itoa(style), `" t="inlineStr"><is><t xml:space="preserve">`, escape(cut(Guarded(c))), `</t></is></c>`)
	}
	s.put(`</row>`)
	return s.err
}

// Close ends the workbook. It does not close what it was made on.
func (s *Writer) Close() error {
	s.put(`</sheetData><pageMargins left="0.5" right="0.5" top="0.9" bottom="0.6" header="0.4" footer="0.3"/><pageSetup paperSize="9" orientation="landscape"/>`)
	if s.mark != "" {
		// An ampersand begins a field there, and no header is longer than 255 characters.
		s.put(`<headerFooter><oddHeader>&amp;C`, escape(strings.ReplaceAll(firstRunes(s.mark, 200), "&", "＆")), `</oddHeader><oddFooter>&amp;C&amp;P/&amp;N</oddFooter></headerFooter>`)
	}
	s.put(`</worksheet>`)
	if s.err == nil {
		s.err = s.out.Flush()
	}
	return errors.Join(s.err, s.zip.Close())
}

func (s *Writer) put(texts ...string) {
	for _, t := range texts {
		if s.err == nil {
			_, s.err = s.out.WriteString(t)
		}
	}
}

// Column is the name of a column, counted from 0: A, B … Z, AA.
func Column(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// Guarded puts an apostrophe before a text that a spreadsheet program could take for a formula. Numbers stay as they are.
func Guarded(s string) string {
	if len(s) < 2 || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// maxCell is what a cell of Excel can hold, in characters.
const maxCell = 32767

func cut(s string) string {
	if len(s) <= maxCell {
		return s
	}
	return firstRunes(s, maxCell)
}

func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

func escape(s string) string {
	if strings.IndexFunc(s, func(r rune) bool {
		return r < ' ' || r == '<' || r == '>' || r == '&' || r == '"' || r >= utf8.RuneError
	}) < 0 {
		return s
	}
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder never fails
	return b.String()
}

// sheetName leaves out what a sheet may not be called.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return "Sheet1"
	}
	return firstRunes(s, 31)
}
