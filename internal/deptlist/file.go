package deptlist

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"

	"shouwang/internal/cell"
	"shouwang/policy"
)

// Limits of one file.
const (
	MaxBytes    = 20 << 20
	MaxUnpacked = 256 << 20
	MaxShared   = 64 << 20 // bytes of the texts that cells share
	MaxRows     = 100_000
	maxParts    = 2000
	maxColumns  = 200
	maxCell     = 2000 // characters
	headLines   = 20   // lines among which the heading must be
)

// File is a list as sent: its bytes, of which rows are read one at a time, and where its headings are.
type File struct {
	SHA256 string // hex
	Sheets []Sheet
	// Rows counts the lines of data in all sheets.
	Rows int
	src  source
}

// Sheet is one sheet, or the whole of a .csv, with its headings.
type Sheet struct {
	Name     string
	Headings []string
	heading  int // zero-based line of the heading among those that are not empty, -1 without one
}

// Line is one line of data.
type Line struct {
	Sheet string
	No    int // as a spreadsheet counts
	Cells []string
}

// raw is a line as the file has it; formula names its first computed cell.
type raw struct {
	no      int
	cells   []string
	formula string
}

// source gives the lines of a file that are not empty, as often as it is asked.
type source interface {
	sheets() []string
	lines(sheet int, yield func(raw) error) error
	from1904() bool
}

func refuse(code, message string) error { return policy.Fault{Code: code, Message: message} }

// Open reads a list of a kind and refuses a file that is dangerous, too large or without a heading with a policy.Fault
// DPT-001 to DPT-009. known are headings that a saved mapping knows beside those of the kind. The whole file has been
// looked at once when it returns.
func Open(r io.Reader, k *Kind, known []string) (*File, error) {
	content, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(content) > MaxBytes {
		return nil, refuse("DPT-002", "文件超过 20 MB，请拆分后分别导入")
	}
	sum := sha256.Sum256(content)
	f := &File{SHA256: hex.EncodeToString(sum[:])}
	if f.src, err = sourceOf(content); err != nil {
		return nil, err
	}
	found := false
	for i, name := range f.src.sheets() {
		s, rows, err := f.survey(i, name, headingWords(k, known))
		if err != nil {
			return nil, err
		}
		f.Sheets = append(f.Sheets, s)
		if s.heading >= 0 {
			found = true
			f.Rows += rows
		}
		if f.Rows > MaxRows {
			return nil, refuse("DPT-005", "数据超过 100000 行，请拆分后分别导入")
		}
	}
	if !found {
		return nil, refuse("DPT-004", "没有找到表头：至少要有“姓名”或“身份证号”，以及本类名单的另一列")
	}
	return f, nil
}

func sourceOf(content []byte) (source, error) {
	switch {
	case bytes.HasPrefix(content, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return nil, refuse("DPT-001", "文件是旧式的 .xls 或者加了密码，请另存为不带密码的 .xlsx 再导入")
	case bytes.HasPrefix(content, []byte("PK")):
		z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return nil, refuse("DPT-001", "工作簿已损坏，无法打开，请重新另存后再导入")
		}
		return openWorkbook(z)
	}
	return openText(content)
}

func headingWords(k *Kind, known []string) map[string]bool {
	out := map[string]bool{}
	for _, f := range k.All() {
		for _, n := range f.Names {
			out[headingKey(n)] = true
		}
	}
	for _, n := range known {
		out[headingKey(n)] = true
	}
	return out
}

// headingKey is how headings are compared: without spaces, marks of required columns and units.
func headingKey(s string) string {
	s = strings.Trim(cell.Tight(s), "*＊:：")
	for _, unit := range []string{"(元)", "(万元)", "（元）", "（万元）"} {
		s = strings.TrimSuffix(s, unit)
	}
	return strings.NewReplacer("（", "(", "）", ")").Replace(s)
}

// survey reads a sheet once: where its heading is, how many lines of data it has, and that none of them is computed.
func (f *File) survey(i int, name string, words map[string]bool) (Sheet, int, error) {
	s := Sheet{Name: name, heading: -1}
	seen, rows, most := 0, 0, 1
	err := f.src.lines(i, func(l raw) error {
		if seen < headLines {
			if n := knownIn(l.cells, words); n > most { // at least two columns are known
				most, rows = n, -1
				s.heading, s.Headings = seen, headings(l.cells)
			}
		}
		seen++
		rows++
		if s.heading >= 0 && rows > 0 && l.formula != "" {
			return refuse("DPT-008", "单元格 "+l.formula+" 是公式，请复制后“选择性粘贴为数值”再导入")
		}
		if rows > MaxRows {
			return refuse("DPT-005", "数据超过 100000 行，请拆分后分别导入")
		}
		return nil
	})
	return s, max(rows, 0), err
}

func knownIn(cells []string, words map[string]bool) int {
	n := 0
	for _, c := range cells {
		if words[headingKey(c)] {
			n++
		}
	}
	return n
}

func headings(cells []string) []string {
	out := make([]string, min(len(cells), maxColumns))
	for i := range out {
		out[i] = strings.Trim(cell.Tight(cells[i]), "*＊")
	}
	return out
}

// Each gives every line of data in order and ends early with the error of yield.
func (f *File) Each(yield func(Line) error) error {
	for i, s := range f.Sheets {
		if s.heading < 0 {
			continue
		}
		n := -1
		err := f.src.lines(i, func(l raw) error {
			if n++; n <= s.heading {
				return nil
			}
			return yield(Line{Sheet: s.Name, No: l.no, Cells: l.cells})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Date reads a date of the file.
func (f *File) Date(s string) (policy.Date, bool) { return cell.ParseDate(s, f.src.from1904()) }

// Headings are those of all sheets, each once.
func (f *File) Headings() []string {
	var out []string
	for _, s := range f.Sheets {
		for _, h := range s.Headings {
			if h != "" && !slices.Contains(out, h) {
				out = append(out, h)
			}
		}
	}
	return out
}
