package formbook

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"shouwang/forms"
	"shouwang/internal/ledger"
	"shouwang/policy"
	"shouwang/procedure"
)

// Book is a workbook that was read, with what it says.
type Book struct {
	*ledger.Workbook
	Form   *forms.Form
	Period string
	// Campaign is the campaign whose forms they are, "" for none.
	Campaign string
	Entries  []Read
	heads    map[string]int
}

// Read is one form as it came back. Faults are what cannot be read; then it is not taken.
type Read struct {
	Entry
	Sheet  string
	Line   int // counted as Excel does
	Faults []Note
}

// Note is a remark on one entry.
type Note struct{ Code, Field, Message string }

// Open reads a workbook that Write has made, filled in by people. It refuses files that are too large, have macros or
// links to other files, are no such workbook, or are about a form that this build does not have.
func Open(r io.Reader, snapshot func(*forms.Form) policy.Snapshot) (*Book, error) {
	w, err := ledger.OpenWorkbook(r)
	if err != nil {
		return nil, err
	}
	b := &Book{Workbook: w, heads: map[string]int{}}
	for i := range w.Sheets {
		if err := b.sheet(&w.Sheets[i], snapshot); err != nil {
			return nil, err
		}
	}
	if b.Form == nil {
		return nil, policy.Fault{Code: "FRM-001", Message: "这不是由本系统导出的表单工作簿：第一行没有“" + marker + "”标记，请重新导出后填写"}
	}
	return b, b.twice()
}

func (b *Book) sheet(s *ledger.Cells, snapshot func(*forms.Form) policy.Snapshot) error {
	if cell(s, 0, 0) != marker {
		return nil
	}
	f, ok := forms.Standard.Find(cell(s, 0, 1))
	if !ok {
		return policy.Fault{Code: "FRM-004", Message: fmt.Sprintf("本系统没有表单“%s”", cell(s, 0, 1))}
	}
	if b.Form != nil && (b.Form != f || b.Period != cell(s, 0, 2) || b.Campaign != cell(s, 0, 4)) {
		return policy.Fault{Code: "FRM-005", Message: "一个工作簿里只能有同一种表、同一期、同一次行动的"}
	}
	b.Form, b.Period, b.Campaign = f, cell(s, 0, 2), cell(s, 0, 4)
	p := parser{cells: s, policy: snapshot(f)}
	b.heads[s.Name] = 1
	if Flat(f) {
		b.Entries = append(b.Entries, p.lines(f)...)
	} else {
		b.Entries = append(b.Entries, p.form(f))
	}
	return nil
}

// twice notes entries about one and the same subject.
func (b *Book) twice() error {
	seen := map[string]int{}
	for i := range b.Entries {
		e := &b.Entries[i]
		if first, ok := seen[e.Subject]; ok && e.Subject != "" {
			e.Faults = append(e.Faults, Note{"FRM-102", "", fmt.Sprintf("与%s第%d行是同一对象", b.Entries[first].Sheet, b.Entries[first].Line)})
			continue
		}
		seen[e.Subject] = i
	}
	return nil
}

func cell(s *ledger.Cells, row, column int) string {
	if row >= len(s.Grid) || column >= len(s.Grid[row]) {
		return ""
	}
	return plain(strings.TrimSpace(s.Grid[row][column]))
}

type parser struct {
	cells  *ledger.Cells
	policy policy.Snapshot
	faults []Note
}

func (p *parser) fault(code, field, format string, a ...any) {
	p.faults = append(p.faults, Note{code, field, fmt.Sprintf(format, a...)})
}

// lines reads a sheet with a line for each entry; its columns may stand in any order.
func (p *parser) lines(f *forms.Form) []Read {
	fields := f.Written()
	columns := p.columns(1, fields)
	var out []Read
	for row := 2; row < len(p.cells.Grid); row++ {
		p.faults = nil
		e := Entry{Subject: cell(p.cells, row, 0), Name: cell(p.cells, row, 2), Answers: map[string]any{}}
		e.Version = p.version(cell(p.cells, row, 1))
		for column, f := range columns {
			p.answer(e.Answers, f, row, column, "")
		}
		if e.Subject == "" {
			if len(e.Answers) == 0 && e.Name == "" {
				continue
			}
			p.fault("FRM-101", "", "行键被删去或改动，不知道是哪一户，请在原导出的行里填写")
		}
		out = append(out, Read{Entry: e, Sheet: p.cells.Name, Line: row + 1, Faults: p.faults})
	}
	return out
}

func (p *parser) version(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		p.fault("FRM-103", "", "版本被删去或改动")
	}
	return n
}

// columns finds the fields of a line of headings.
func (p *parser) columns(row int, fields []procedure.Field) map[int]procedure.Field {
	out := map[int]procedure.Field{}
	if row >= len(p.cells.Grid) {
		return out
	}
	for column := range p.cells.Grid[row] {
		title := ledger.Tight(cell(p.cells, row, column))
		i := slices.IndexFunc(fields, func(f procedure.Field) bool { return ledger.Tight(forms.Heading(f)) == title })
		if i >= 0 {
			out[column] = fields[i]
		}
	}
	return out
}

// form reads a sheet that is one form: single answers by their titles, tables from their name on.
func (p *parser) form(f *forms.Form) Read {
	e := Entry{Subject: cell(p.cells, 1, 1), Version: p.version(cell(p.cells, 1, 3)), Name: cell(p.cells, 1, 5), Answers: map[string]any{}}
	if e.Subject == "" {
		p.fault("FRM-101", "", "行键被删去或改动，不知道是哪一户，请在原导出的表里填写")
	}
	fields := f.Written()
	for row := 2; row < len(p.cells.Grid); {
		title := ledger.Tight(cell(p.cells, row, 0))
		i := slices.IndexFunc(fields, func(f procedure.Field) bool {
			return f.Kind == procedure.Rows && ledger.Tight("【表】"+f.Title) == title || f.Kind != procedure.Rows && ledger.Tight(forms.Heading(f)) == title
		})
		switch {
		case i < 0:
			row++
		case fields[i].Kind == procedure.Rows:
			row = p.table(e.Answers, fields[i], row+1)
		default:
			p.answer(e.Answers, fields[i], row, 1, "")
			row++
		}
	}
	return Read{Entry: e, Sheet: p.cells.Name, Line: 2, Faults: p.faults}
}

// table reads rows until the next name of a table. A row that only names a choice, as the items of the income sheet that
// a household does not have, says nothing.
func (p *parser) table(answers map[string]any, f procedure.Field, head int) int {
	columns := p.columns(head, f.Columns)
	list := []any{}
	row := head + 1
	for ; row < len(p.cells.Grid) && !strings.HasPrefix(cell(p.cells, row, 0), "【表】"); row++ {
		values := map[string]any{}
		for column, c := range columns {
			p.answer(values, c, row, column, fmt.Sprintf("%s[%d].", f.Code, len(list)))
		}
		if says(values, f) {
			list = append(list, zeroed(values, f))
		}
	}
	if len(list) > 0 {
		answers[f.Code] = list
	}
	return row
}

func says(row map[string]any, f procedure.Field) bool {
	if f.Code == "income" {
		return row["income"] != nil || row["expense"] != nil
	}
	return len(row) > 0
}

// zeroed puts 0 for the amount that a row of the income sheet leaves blank.
func zeroed(row map[string]any, f procedure.Field) map[string]any {
	if f.Code == "income" {
		for _, code := range []string{"income", "expense"} {
			if row[code] == nil {
				row[code] = 0.0
			}
		}
	}
	return row
}

// answer reads one cell as its field has it; a blank one gives nothing.
func (p *parser) answer(into map[string]any, f procedure.Field, row, column int, at string) {
	s := cell(p.cells, row, column)
	if s == "" {
		return
	}
	if p.cells.Computed(row, column) {
		p.fault("FRM-111", at+f.Code, "“%s”是公式，请“选择性粘贴为数值”后再导入", f.Title)
		return
	}
	v, ok := p.value(f, s)
	if !ok {
		p.fault("FRM-112", at+f.Code, "“%s”填的“%s”读不懂", f.Title, short(s))
		return
	}
	into[f.Code] = v
}

func short(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}

func (p *parser) value(f procedure.Field, s string) (any, bool) {
	switch f.Kind {
	case procedure.Yes:
		i := slices.Index([]string{"是", "√", "有", "✓", "否", "×", "无", "✗"}, s)
		return i < 4, i >= 0
	case procedure.Choice:
		return p.choice(f, s)
	case procedure.Choices:
		out := []any{}
		for _, word := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(";；\n", r) }) {
			code, ok := p.choice(f, word)
			if !ok {
				return nil, false
			}
			out = append(out, code)
		}
		return out, true
	case procedure.Date:
		d, ok := p.cells.Date(s)
		return d.String(), ok
	case procedure.Money:
		return fen(s)
	case procedure.Integer, procedure.Number:
		n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
		return n, err == nil && n-n == 0
	}
	return s, true
}

func (p *parser) choice(f procedure.Field, s string) (any, bool) {
	for _, o := range choicesOf(f, p.policy) {
		if ledger.Tight(o.Title) == ledger.Tight(s) || o.Code == s {
			return o.Code, true
		}
	}
	return nil, false
}

// fen reads an amount in yuan without a rounding error of ours: at most two decimals, or what a spreadsheet makes of them.
func fen(s string) (any, bool) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(strings.ReplaceAll(s, ",", ""), "元"), 64)
	if err != nil || n < -1e11 || n > 1e11 || n != n {
		return nil, false
	}
	text := strconv.FormatFloat(n, 'f', 6, 64)
	whole, part, _ := strings.Cut(text, ".")
	if part[2:] != "0000" {
		return nil, false
	}
	v, err := strconv.ParseInt(whole+part[:2], 10, 64)
	return float64(v), err == nil
}

// Result is a word on one entry, for the returned workbook.
type Result struct {
	Sheet, Text, Title string
	Line               int
	Bad                bool
}

// Return writes the workbook back with a word beside each entry. Nothing in it can run.
func (b *Book) Return(w io.Writer, results []Result) error {
	var lines []ledger.Line
	for _, r := range results {
		lines = append(lines, ledger.Line{Sheet: r.Sheet, Line: r.Line, Result: r.Title, Text: r.Text, Bad: r.Bad})
	}
	return b.Returned(w, b.heads, lines)
}
