package deptlist

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// text is a file of separated values: UTF-8 with or without a byte order mark, or GB18030 as Excel in China saves it.
type text struct {
	content []byte
	gb      bool
	comma   rune
}

func openText(content []byte) (source, error) {
	t := &text{content: bytes.TrimPrefix(content, []byte("\ufeff"))}
	t.gb = !utf8.Valid(t.content)
	if bytes.HasPrefix(content, []byte{0xFF, 0xFE}) || bytes.HasPrefix(content, []byte{0xFE, 0xFF}) || bytes.IndexByte(content, 0) >= 0 {
		return nil, refuse("DPT-009", "文件不是文本表格，或者是 UTF-16 编码，请另存为 .xlsx 或 CSV（UTF-8）再导入")
	}
	sample, err := io.ReadAll(io.LimitReader(t.reader(), 8<<10))
	if err != nil {
		return nil, refuse("DPT-009", "文件编码无法识别，请另存为 CSV（UTF-8）再导入")
	}
	t.comma = ','
	for _, c := range []rune{'\t', ';', '，'} {
		if bytes.Count(sample, []byte(string(c))) > bytes.Count(sample, []byte(string(t.comma))) {
			t.comma = c
		}
	}
	return t, nil
}

func (t *text) reader() io.Reader {
	if t.gb {
		return transform.NewReader(bytes.NewReader(t.content), simplifiedchinese.GB18030.NewDecoder())
	}
	return bytes.NewReader(t.content)
}

func (t *text) sheets() []string { return []string{"CSV"} }
func (t *text) from1904() bool   { return false }

// quoted is how some systems keep a number as text for Excel: ="5109…". It computes nothing.
var quoted = regexp.MustCompile(`^="([^"=]*)"$`)

func (t *text) lines(_ int, yield func(raw) error) error {
	r := csv.NewReader(t.reader())
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = t.comma, -1, true, false
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return refuse("DPT-001", "文本表格的引号不成对，无法读取，请重新另存后再导入")
		}
		no, _ := r.FieldPos(0)
		l := raw{no: no, cells: cells[:min(len(cells), maxColumns)]}
		blank := true
		for i, c := range l.cells {
			c = strings.TrimSpace(c)
			if m := quoted.FindStringSubmatch(c); m != nil {
				c = m[1]
			}
			if strings.ContainsRune(c, utf8.RuneError) {
				return refuse("DPT-009", fmt.Sprintf("第 %d 行有无法识别的文字，请另存为 CSV（UTF-8）再导入", no))
			}
			if strings.HasPrefix(c, "=") && len(c) > 1 && l.formula == "" {
				l.formula = fmt.Sprintf("第 %d 行第 %d 列", no, i+1)
			}
			l.cells[i] = shortened(c)
			blank = blank && c == ""
		}
		if blank {
			continue
		}
		if err := yield(l); err != nil {
			return err
		}
	}
}

// shortened bounds a cell: nothing of a list is longer.
func shortened(s string) string {
	if len(s) <= maxCell {
		return s
	}
	if r := []rune(s); len(r) > maxCell {
		return string(r[:maxCell])
	}
	return s
}
