package ledger

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"shouwang/internal/harmless"
	"shouwang/policy"
)

// Limits of one ledger file. A township of 3,000 households needs about 1 MB, 15 MB unpacked and 10,000 rows.
const (
	MaxBytes    = 20 << 20
	MaxUnpacked = 256 << 20
	MaxParts    = 2000
	MaxRows     = 100_000
	maxColumns  = 200
	maxCell     = 2000 // characters
	maxGap      = 2000 // blank rows after which a sheet is over
)

func fileFault(code, message string) error { return policy.Fault{Code: code, Message: message} }

// readAll takes the whole file, or refuses one that is too large.
func readAll(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxBytes {
		return nil, fileFault("LED-002", "文件超过 20 MB，请按村拆分后分别导入")
	}
	return raw, nil
}

// open checks a file before it is unpacked and opens it. Everything is unpacked in memory: personal data must not
// reach the folder for temporary files.
func open(raw []byte) (*excelize.File, error) {
	if bytes.HasPrefix(raw, []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		return nil, fileFault("LED-001", "文件是旧式的 .xls 或者加了密码，请另存为不带密码的 .xlsx 再导入")
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, fileFault("LED-001", "文件不是 .xlsx 工作簿，请用 Excel 或 WPS 另存为 .xlsx 再导入")
	}
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		if len(z.File) > MaxParts || f.UncompressedSize64 > MaxUnpacked || total > MaxUnpacked {
			return nil, fileFault("LED-003", "文件解压后过大，可能已损坏或被人做了手脚，未予读取")
		}
	}
	if err := harmless.Check(z, "LED"); err != nil {
		return nil, err
	}
	x, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{RawCellValue: true, UnzipSizeLimit: MaxUnpacked, UnzipXMLSizeLimit: MaxUnpacked})
	if err != nil {
		return nil, fileFault("LED-001", "工作簿已损坏，无法打开，请重新另存后再导入")
	}
	return x, nil
}

var (
	formulaTag = regexp.MustCompile(`<(?:\w+:)?f[\s/>]`)
	mergeTag   = regexp.MustCompile(`<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"`)
)

// area is a merged range, zero-based and inclusive.
type area struct{ top, left, bottom, right int }

// layout is what a sheet says beside its values.
type layout struct {
	merges   []area
	formulas map[[2]int]bool // row, column
}

// layouts reads merged ranges and formulas of all sheets out of their parts. The library would build a second copy of
// each sheet in memory for either.
func layouts(x *excelize.File) map[string]layout {
	out := map[string]layout{}
	for name, part := range sheetParts(x) {
		raw := rawPart(x, part)
		l := layout{formulas: map[[2]int]bool{}}
		for _, m := range mergeTag.FindAllSubmatch(mergesOf(raw), -1) {
			if a, ok := parseArea(string(m[1])); ok {
				l.merges = append(l.merges, a)
			}
		}
		if (bytes.Contains(raw, []byte("<f")) || bytes.Contains(raw, []byte(":f"))) && formulaTag.Match(raw) {
			l.formulas = formulaCells(raw)
		}
		out[name] = l
	}
	return out
}

// mergesOf is the end of a sheet from where its merged ranges begin: expressions are slow over the many rows before them.
func mergesOf(raw []byte) []byte {
	at := bytes.Index(raw, []byte("mergeCells"))
	if at < 0 {
		return nil
	}
	return raw[at:]
}

func rawPart(x *excelize.File, name string) []byte {
	v, _ := x.Pkg.Load(name)
	raw, _ := v.([]byte)
	return raw
}

// sheetParts maps the name of each sheet to its part of the package.
func sheetParts(x *excelize.File) map[string]string {
	var book struct {
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		Rel []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if xml.Unmarshal(rawPart(x, "xl/workbook.xml"), &book) != nil || xml.Unmarshal(rawPart(x, "xl/_rels/workbook.xml.rels"), &rels) != nil {
		return nil
	}
	target := map[string]string{}
	for _, r := range rels.Rel {
		if strings.HasPrefix(r.Target, "/") {
			target[r.ID] = strings.TrimPrefix(r.Target, "/")
		} else {
			target[r.ID] = path.Join("xl", r.Target)
		}
	}
	out := map[string]string{}
	for _, s := range book.Sheets {
		for _, a := range s.Attr {
			if a.Name.Local == "id" {
				out[s.Name] = target[a.Value]
			}
		}
	}
	return out
}

func parseArea(ref string) (area, bool) {
	from, to, _ := strings.Cut(ref, ":")
	c1, r1, err1 := excelize.CellNameToCoordinates(from)
	c2, r2, err2 := excelize.CellNameToCoordinates(to)
	if err1 != nil || err2 != nil {
		return area{}, false
	}
	return area{min(r1, r2) - 1, min(c1, c2) - 1, max(r1, r2) - 1, max(c1, c2) - 1}, true
}

// formulaCells lists the cells of a sheet that are computed.
func formulaCells(raw []byte) map[[2]int]bool {
	out := map[[2]int]bool{}
	var cell [2]int
	for d := xml.NewDecoder(bytes.NewReader(raw)); ; {
		token, err := d.RawToken()
		if err != nil {
			return out
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		// Rows and cells may leave out their own name and then follow the one before.
		switch start.Name.Local {
		case "sheetData":
			cell = [2]int{-1, -1}
		case "row":
			cell = [2]int{cell[0] + 1, -1}
			if n, err := strconv.Atoi(attr(start, "r")); err == nil {
				cell[0] = n - 1
			}
		case "c":
			cell[1]++
			if col, row, err := excelize.CellNameToCoordinates(attr(start, "r")); err == nil {
				cell = [2]int{row - 1, col - 1}
			}
		case "f":
			out[cell] = true
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// book is an opened file: its bytes and their hash, and whether its days count from 1904.
type book struct {
	x        *excelize.File
	raw      []byte
	sha256   string
	from1904 bool
}

// openBook reads and opens a file; close its x.
func openBook(r io.Reader) (*book, error) {
	raw, err := readAll(r)
	if err != nil {
		return nil, err
	}
	x, err := open(raw)
	if err != nil {
		return nil, err
	}
	props, err := x.GetWorkbookProps()
	if err != nil {
		_ = x.Close()
		return nil, fileFault("LED-001", "工作簿已损坏，无法打开，请重新另存后再导入")
	}
	sum := sha256.Sum256(raw)
	return &book{x: x, raw: raw, sha256: hex.EncodeToString(sum[:]), from1904: props.Date1904 != nil && *props.Date1904}, nil
}
