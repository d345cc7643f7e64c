package deptlist

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"shouwang/internal/harmless"
	"shouwang/policy"
)

// workbook reads .xlsx as a stream: a sheet is unpacked line by line, and only the texts that cells share are held. The
// library would hold every cell, or put the file unsealed into the folder for temporary files.
type workbook struct {
	parts  map[string]*zip.File
	names  []string
	paths  []string
	shared []string
	old    bool // days count from 1904
}

var errBroken = refuse("DPT-001", "工作簿已损坏，无法打开，请重新另存后再导入")

func openWorkbook(z *zip.Reader) (source, error) {
	w := &workbook{parts: map[string]*zip.File{}}
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		if len(z.File) > maxParts || f.UncompressedSize64 > MaxUnpacked || total > MaxUnpacked {
			return nil, tooLarge()
		}
		w.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	if err := harmless.Check(z, "DPT"); err != nil { // which unpacks some
		return nil, err
	}
	if err := w.list(); err != nil {
		return nil, err
	}
	return w, w.texts()
}

func tooLarge() error {
	return refuse("DPT-003", "文件解压后过大，可能已损坏或被人做了手脚，未予读取")
}

// bounded reads a part and says when there is more than the file has declared.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, tooLarge()
	}
	return n, err
}

func (w *workbook) part(name string) (io.ReadCloser, io.Reader, error) {
	f := w.parts[name]
	if f == nil {
		return nil, nil, errBroken
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, errBroken
	}
	return r, &bounded{r, int64(f.UncompressedSize64)}, nil
}

func (w *workbook) whole(name string) ([]byte, error) {
	c, r, err := w.part(name)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	raw, err := io.ReadAll(io.LimitReader(r, 4<<20))
	return raw, broken(err)
}

// broken turns what the readers of archives and XML say into a refusal.
func broken(err error) error {
	var f policy.Fault
	if err == nil || errors.As(err, &f) {
		return err
	}
	return errBroken
}

// list finds the visible sheets.
func (w *workbook) list() error {
	var book struct {
		Pr struct {
			Old string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attr  []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		Rel []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	for name, into := range map[string]any{"xl/workbook.xml": &book, "xl/_rels/workbook.xml.rels": &rels} {
		raw, err := w.whole(name)
		if err != nil {
			return err
		}
		if xml.Unmarshal(raw, into) != nil {
			return errBroken
		}
	}
	w.old = book.Pr.Old == "1" || book.Pr.Old == "true"
	target := map[string]string{}
	for _, r := range rels.Rel {
		target[r.ID] = path.Join("xl", r.Target)
		if strings.HasPrefix(r.Target, "/") {
			target[r.ID] = strings.TrimPrefix(r.Target, "/")
		}
	}
	for _, s := range book.Sheets {
		for _, a := range s.Attr {
			if a.Name.Local == "id" && (s.State == "" || s.State == "visible") && w.parts[target[a.Value]] != nil {
				w.names, w.paths = append(w.names, s.Name), append(w.paths, target[a.Value])
			}
		}
	}
	if len(w.names) == 0 {
		return errBroken
	}
	return nil
}

func (w *workbook) sheets() []string { return w.names }
func (w *workbook) from1904() bool   { return w.old }

// texts reads the texts that cells share.
func (w *workbook) texts() error {
	const name = "xl/sharedStrings.xml"
	if w.parts[name] == nil {
		return nil
	}
	c, r, err := w.part(name)
	if err != nil {
		return err
	}
	defer c.Close()
	size := 0
	t := tokens(r)
	for {
		start, err := t.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return broken(err)
		}
		if start.Name.Local != "si" {
			continue
		}
		s, err := t.text("si")
		if err != nil {
			return broken(err)
		}
		if size += len(s) + 16; size > MaxShared {
			return tooLarge()
		}
		w.shared = append(w.shared, s)
	}
}

func (w *workbook) lines(i int, yield func(raw) error) error {
	c, r, err := w.part(w.paths[i])
	if err != nil {
		return err
	}
	defer c.Close()
	return broken(w.rows(tokens(r), yield))
}

// stopped carries an error of yield past the errors of reading.
type stopped struct{ error }

func (w *workbook) rows(t *tokenizer, yield func(raw) error) error {
	l, open := raw{}, false
	give := func() error {
		if !open || strings.Join(l.cells, "") == "" && l.formula == "" {
			return nil
		}
		if err := yield(l); err != nil {
			return stopped{err}
		}
		return nil
	}
	err := func() error {
		for {
			start, err := t.next()
			if err == io.EOF {
				return give()
			}
			if err != nil {
				return err
			}
			switch start.Name.Local {
			case "row":
				if err := give(); err != nil {
					return err
				}
				l, open = raw{no: l.no + 1}, true
				if n, err := strconv.Atoi(attr(start, "r")); err == nil && n > 0 {
					l.no = n
				}
			case "c":
				if err := w.cell(t, start, &l); err != nil {
					return err
				}
			}
		}
	}()
	if s, ok := err.(stopped); ok {
		return s.error
	}
	return broken(err)
}

// cell reads one cell into its line. Cells may leave out their name and then follow the one before.
func (w *workbook) cell(t *tokenizer, start xml.StartElement, l *raw) error {
	at := len(l.cells)
	if col, _, err := excelize.CellNameToCoordinates(attr(start, "r")); err == nil {
		at = col - 1
	}
	v, formula, err := t.cell()
	if err != nil {
		return err
	}
	if at >= maxColumns {
		return nil
	}
	if attr(start, "t") == "s" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n >= len(w.shared) {
			return errBroken
		}
		v = w.shared[n]
	}
	if formula && l.formula == "" {
		if l.formula, err = excelize.CoordinatesToCellName(at+1, max(l.no, 1)); err != nil {
			return errBroken
		}
	}
	for len(l.cells) <= at {
		l.cells = append(l.cells, "")
	}
	l.cells[at] = shortened(strings.TrimSpace(v))
	return nil
}

// tokenizer walks through a part.
type tokenizer struct{ d *xml.Decoder }

func tokens(r io.Reader) *tokenizer {
	d := xml.NewDecoder(r)
	d.Strict = true
	return &tokenizer{d}
}

// next is the next beginning of an element.
func (t *tokenizer) next() (xml.StartElement, error) {
	for {
		token, err := t.d.RawToken()
		if err != nil {
			return xml.StartElement{}, err
		}
		if s, ok := token.(xml.StartElement); ok {
			return s, nil
		}
	}
}

// text is what stands in the t elements up to the end of an element; notes on how characters sound are left out.
func (t *tokenizer) text(end string) (string, error) {
	var b strings.Builder
	in, sound := 0, 0
	for {
		token, err := t.d.RawToken()
		if err != nil {
			return "", eof(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			switch x.Name.Local {
			case "t":
				in++
			case "rPh":
				sound++
			}
		case xml.EndElement:
			switch x.Name.Local {
			case end:
				return b.String(), nil
			case "t":
				in--
			case "rPh":
				sound--
			}
		case xml.CharData:
			if in > 0 && sound == 0 && b.Len() < 8*maxCell {
				b.Write(x)
			}
		}
	}
}

// cell is the value of a cell up to its end, and whether it is computed.
func (t *tokenizer) cell() (value string, formula bool, err error) {
	var b strings.Builder
	in := false
	for {
		token, err := t.d.RawToken()
		if err != nil {
			return "", false, eof(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			switch x.Name.Local {
			case "f":
				formula = true
			case "v":
				in = true
			case "is":
				s, err := t.text("is")
				if err != nil {
					return "", false, err
				}
				b.WriteString(s)
			}
		case xml.EndElement:
			switch x.Name.Local {
			case "c":
				return b.String(), formula, nil
			case "v":
				in = false
			}
		case xml.CharData:
			if in && b.Len() < 8*maxCell {
				b.Write(x)
			}
		}
	}
}

// eof is an end where none may be.
func eof(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
