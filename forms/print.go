package forms

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shouwang/papers"
	"shouwang/policy"
	"shouwang/procedure"
)

// Print is the form on paper in the layout of its source, blank where there is no answer. The computed values are printed
// as far as they are known.
func (f *Form) Print(answers map[string]any, w World) *papers.Document {
	p := printer{form: f, answers: answers, world: w, values: map[string]Value{}}
	for _, v := range f.Compute(answers, w).Values {
		p.values[v.Code] = v
	}
	doc := &papers.Document{Title: f.Title, Landscape: f.Layout.Landscape, Narrow: true, Foot: papers.Foot{Number: f.Key()}}
	blocks := f.Layout.Blocks
	if len(blocks) == 0 {
		doc.Landscape = slices.ContainsFunc(f.Fields, func(x procedure.Field) bool { return len(x.Columns) > 10 })
		blocks = f.plainLayout(doc.Landscape)
	}
	if p.height = 8; doc.Landscape {
		p.height = 7
	}
	doc.Add(papers.P(papers.Title, f.titleLines(doc.Landscape)))
	for _, b := range blocks {
		doc.Add(p.block(b))
	}
	if len(f.Signatures) > 0 {
		var places []papers.Place
		for _, s := range f.Signatures {
			place := papers.Place{Label: s.Title, Seal: s.Seal}
			if drawn, ok := w.Signed[s.Title]; ok {
				place.Ink, place.On = drawn.Ink, inWords(procedure.Date, drawn.On.String())
			}
			places = append(places, place)
		}
		doc.Add(papers.Gap(3), papers.Signed(places...))
	}
	if len(w.Attached) > 0 {
		doc.Add(papers.Gap(3), attachedTable(w.Attached))
	}
	return doc
}

// hashShown is how much of a file's hash a paper shows, in hex digits: enough to tell files apart.
const hashShown = 16

// attachedTable lists the files of a filled form.
func attachedTable(files []Attached) papers.Block {
	t := papers.Table{Columns: []float64{1, 3, 6, 3, 3, 4}, Header: 2, Size: 9}
	t.Rows = append(t.Rows, papers.Row{Cells: []papers.Cell{{Text: fmt.Sprintf("附件清单（%d件）", len(files)), Bold: true, Cols: 6}}},
		papers.Header("序号", "种类", "文件名", "上传人", "上传日期", "校验值"))
	for i, f := range files {
		t.Rows = append(t.Rows, papers.Cells(strconv.Itoa(i+1), f.Kind, f.Name, f.By, f.On.String(), f.Hash[:min(hashShown, len(f.Hash))]))
	}
	return papers.T(t)
}

// longTitle is how many characters of a title a page in portrait holds.
const longTitle = 21

// titleLines is the title of the paper; one that is too long goes on below with what it says in brackets.
func (f *Form) titleLines(landscape bool) string {
	if at := strings.LastIndex(f.Title, "（"); at > 0 && !landscape && utf8.RuneCountInString(f.Title) > longTitle {
		return f.Title[:at] + "\n" + f.Title[at:]
	}
	return f.Title
}

// plainLayout is that of a form which names none: single answers two beside each other, three on a page that is turned,
// tables under them.
func (f *Form) plainLayout(landscape bool) []Block {
	grid, blank := Block{Widths: []float64{3, 4, 3, 4}}, 4
	if landscape {
		blank = 3
		grid.Widths = []float64{3.5, 3.5, 3.5, 3.5, 3.5, 3.5}
	}
	wide := len(grid.Widths) - 1 // how many columns an answer on a line of its own covers
	var tables []Block
	var line []Cell
	flush := func() {
		if len(line) > 0 {
			line[len(line)-1].Cols = wide + 2 - len(line)
			grid.Grid, line = append(grid.Grid, line), nil
		}
	}
	for _, x := range f.Written() {
		if x.Kind == procedure.Rows {
			tables = append(tables, plainTable(x, blank))
			continue
		}
		if alone(x) {
			flush()
		}
		if line = append(line, Cell{Text: Heading(x), Head: true}, Cell{Field: x.Code}); alone(x) || len(line) > wide {
			flush()
		}
	}
	for _, c := range f.Computed {
		if line = append(line, Cell{Text: Heading(procedure.Field{Title: c.Title, Kind: c.Kind}), Head: true}, Cell{Field: c.Code}); len(line) > wide {
			flush()
		}
	}
	flush()
	if len(grid.Grid) == 0 {
		return tables
	}
	return append([]Block{grid}, tables...)
}

// alone reports whether an answer is long enough for a line of its own.
func alone(x procedure.Field) bool {
	return x.Kind == procedure.Long || x.Kind == procedure.Choices || x.Kind == procedure.Choice && len(x.Options) > 3
}

// Heading is the title of a field with its unit.
func Heading(f procedure.Field) string {
	unit := f.Unit
	if f.Kind == procedure.Money {
		unit = "元"
	}
	if unit == "" {
		return f.Title
	}
	return f.Title + "（" + unit + "）"
}

// room is how wide a column of a plain table is for its kind of answer, in parts of the whole.
var room = map[procedure.Kind]float64{procedure.Yes: 1.2, procedure.Integer: 1.3, procedure.Number: 1.6, procedure.Date: 2.9, procedure.Choice: 2, procedure.Long: 4}

// plainTable has at least so many rows, for writing by hand.
func plainTable(x procedure.Field, rows int) Block {
	t := Block{Table: x.Code, Columns: []string{"#"}, Widths: []float64{1}, Blank: rows}
	heads := []Cell{{Text: "序号", Head: true}}
	for _, c := range x.Columns {
		width := room[c.Kind]
		if width == 0 {
			width = 2
		}
		if utf8.RuneCountInString(c.Title) > 6 { // its heading in few lines
			width = max(width, 1.8)
		}
		t.Columns, t.Widths, heads = append(t.Columns, c.Code), append(t.Widths, width), append(heads, Cell{Text: Heading(c), Head: true})
	}
	t.Headings = [][]Cell{{{Text: x.Title, Head: true, Cols: len(heads)}}, heads}
	return t
}

// Columns that are on paper alone: the answers do not hold them.
const (
	idNumber     = "@id_no"
	ownSignature = "@signature"
)

// NamesNumbers reports whether the paper of the form shows identity numbers.
func (f *Form) NamesNumbers() bool {
	return slices.ContainsFunc(f.Layout.Blocks, func(b Block) bool { return slices.Contains(b.Columns, idNumber) })
}

type printer struct {
	form    *Form
	answers map[string]any
	world   World
	values  map[string]Value
	height  float64 // the least height of a row, in mm
}

func (p *printer) block(b Block) papers.Block {
	switch {
	case b.Text != "":
		return papers.P(papers.Note, p.fill(b.Text, "＿＿＿＿"))
	case len(b.Grid) > 0:
		t := papers.Table{Columns: b.Widths}
		for _, row := range b.Grid {
			t.Rows = append(t.Rows, p.row(row))
		}
		return papers.T(t)
	}
	return papers.T(p.table(b))
}

func (p *printer) row(cells []Cell) papers.Row {
	out := papers.Row{Height: p.height}
	for _, c := range cells {
		x := papers.Cell{Text: p.fill(c.Text, "＿＿"), Bold: c.Head, Cols: c.Cols, Rows: c.Rows}
		if c.Head {
			x.Align = papers.Middle
		}
		if c.Field != "" {
			x.Text = p.answer(c.Field, c.Boxes)
		}
		out.Cells = append(out.Cells, x)
	}
	return out
}

// fill puts answers for the {code} of a text; an answer that there is not leaves a place to write.
func (p *printer) fill(text, blank string) string {
	return place.ReplaceAllStringFunc(text, func(m string) string {
		if s := p.answer(m[1:len(m)-1], false); s != "" {
			return s
		}
		if f, ok := p.form.Field(m[1 : len(m)-1]); ok && (f.Kind == procedure.Long || f.Kind == procedure.Rows) {
			return ""
		}
		return blank
	})
}

// answer is a field or a computed value as the paper shows it.
func (p *printer) answer(code string, boxes bool) string {
	if v, ok := p.values[code]; ok {
		if !v.Known {
			return ""
		}
		n, isInt := v.Value.(int)
		if isInt && v.Kind == procedure.Money {
			return policy.Yuan(int64(n))
		}
		return p.say(procedure.Field{Kind: v.Kind}, jsonOf(v.Value), false)
	}
	f, _ := p.form.Field(code)
	return p.say(f, p.answers[code], boxes)
}

func jsonOf(v any) any {
	if n, ok := v.(int); ok {
		return float64(n)
	}
	return v
}

// say is an answer in the words of an office. Whether yes or no is a pair of boxes, so is a choice with boxes.
func (p *printer) say(f procedure.Field, v any, boxes bool) string {
	switch f.Kind {
	case procedure.Yes:
		return papers.Check(v == true, "是") + " " + papers.Check(v == false, "否")
	case procedure.Choice, procedure.Choices:
		return p.chosen(f, v, boxes)
	case procedure.Money:
		if n, ok := v.(float64); ok {
			return policy.Yuan(int64(n))
		}
	case procedure.Rows:
		return p.rowsText(f, v)
	}
	switch x := v.(type) {
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case string:
		return inWords(f.Kind, x)
	}
	return ""
}

// inWords is a text as the paper has it: days and times as they are spoken.
func inWords(kind procedure.Kind, s string) string {
	switch kind {
	case procedure.Date:
		if d, err := policy.ParseDate(s); err == nil {
			return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day)
		}
	case procedure.DateTime:
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			return at.In(policy.Shanghai).Format("2006年1月2日15:04")
		}
	}
	return s
}

func (p *printer) chosen(f procedure.Field, v any, boxes bool) string {
	var on []string
	switch x := v.(type) {
	case string:
		on = []string{x}
	case []any:
		for _, item := range x {
			s, _ := item.(string)
			on = append(on, s)
		}
	}
	options := Options(f, p.world.Policy)
	var words []string
	for _, o := range options {
		if boxes || len(on) == 0 && len(options) <= 5 {
			words = append(words, papers.Check(slices.Contains(on, o.Code), o.Title))
		} else if slices.Contains(on, o.Code) {
			words = append(words, o.Title)
		}
	}
	if boxes || len(on) == 0 {
		return strings.Join(words, " ")
	}
	return strings.Join(words, "、")
}

// rowsText writes the rows of a table into one cell.
func (p *printer) rowsText(f procedure.Field, v any) string {
	var lines []string
	for _, row := range Rows(map[string]any{"t": v}, "t") {
		var words []string
		for _, c := range f.Columns {
			s := p.say(c, row[c.Code], false)
			if s != "" && (c.Kind == procedure.Yes || Heading(c) != c.Title) {
				s = Heading(c) + s
			}
			if s != "" {
				words = append(words, s)
			}
		}
		lines = append(lines, strings.Join(words, "　"))
	}
	return strings.Join(lines, "\n")
}

func (p *printer) table(b Block) papers.Table {
	f, _ := p.form.Field(b.Table)
	t := papers.Table{Columns: b.Widths, Header: 1}
	if len(b.Columns) > 10 {
		t.Size = 9
	}
	if len(b.Columns) > 14 {
		t.Size = 8
	}
	if len(b.Headings) > 0 {
		t.Header = len(b.Headings)
		for _, h := range b.Headings {
			t.Rows = append(t.Rows, p.row(h))
		}
	} else {
		t.Rows = append(t.Rows, papers.Header(headings(f, b.Columns)...))
	}
	rows := Rows(p.answers, b.Table)
	if b.Fixed != "" {
		t.Size = 8
		t.Rows = append(t.Rows, p.incomeRows(rows)...)
		return t
	}
	for i := range max(len(rows), b.Blank) {
		row := papers.Row{Height: p.height}
		for _, code := range b.Columns {
			cell := papers.Cell{}
			if code == "#" {
				cell = papers.Cell{Text: strconv.Itoa(i + 1), Align: papers.Middle}
			} else if i < len(rows) {
				cell.Text = p.cell(f, code, rows[i])
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func headings(f procedure.Field, columns []string) []string {
	out := make([]string, len(columns))
	for i, code := range columns {
		out[i] = "序号"
		for _, c := range f.Columns {
			if c.Code == code {
				out[i] = Heading(c)
			}
		}
	}
	return out
}

// cell is the answer of a row to a column, or to the first of several columns that stand in one place (head|dept). Days
// are short, so that they fit a column.
func (p *printer) cell(f procedure.Field, codes string, row map[string]any) string {
	if codes == idNumber {
		return p.world.IDNumbers[text(row, "name")]
	}
	for code := range strings.SplitSeq(codes, "|") {
		i := slices.IndexFunc(f.Columns, func(c procedure.Field) bool { return c.Code == code })
		if i < 0 || Empty(row[code]) {
			continue
		}
		switch x := row[code].(type) {
		case bool:
			return map[bool]string{true: "是", false: "否"}[x]
		case string:
			if f.Columns[i].Kind == procedure.Date {
				return x
			}
		}
		return p.say(f.Columns[i], row[code], false)
	}
	return ""
}

// incomeRows are the income sheet as the county prints it: every item, filled in or not, with the subtotal of each
// category (S0-092). Only production deducts its expense, so that the last line has the net income of S003 #16.
func (p *printer) incomeRows(rows []map[string]any) []papers.Row {
	filled := map[string]map[string]any{}
	for _, r := range rows {
		filled[text(r, "item")] = r
	}
	result, faults := policy.ComputeIncome(IncomeSheet(p.answers, p.world.Policy), p.world.Policy)
	known := len(rows) > 0 && len(faults) == 0
	var out []papers.Row
	for _, category := range policy.IncomeCategories {
		items := slices.DeleteFunc(slices.Clone(p.world.Policy.IncomeItems()), func(i policy.IncomeItem) bool { return string(i.Category) != category.Code })
		for n, item := range items {
			var cells []papers.Cell
			if n == 0 {
				cells = append(cells, papers.Cell{Text: category.Title, Align: papers.Middle, Bold: true, Rows: len(items) + 1})
			}
			cells = append(cells, papers.Cell{Text: item.Title}, papers.Cell{Text: item.Unit, Align: papers.Middle})
			out = append(out, papers.Row{Cells: append(cells, amounts(filled[item.Code])...)})
		}
		sum := result.Categories[policy.IncomeCategory(category.Code)]
		if len(items) > 0 {
			out = append(out, papers.Row{Cells: append([]papers.Cell{{Text: "小计", Align: papers.Middle, Bold: true, Cols: 3}}, sums(known, sum.Income, sum.Expense, sum.Net)...)})
		}
	}
	return append(out, p.total(known, result))
}

func (p *printer) total(known bool, result policy.IncomeResult) papers.Row {
	var income int64
	for _, s := range result.Categories {
		income += s.Income
	}
	cells := sums(known, income, result.Categories[policy.Production].Expense, result.Household)
	return papers.Row{Cells: append([]papers.Cell{{Text: "合计", Align: papers.Middle, Bold: true, Cols: 4}}, cells...)}
}

// amounts are quantity, income, expense and net of one item.
func amounts(row map[string]any) []papers.Cell {
	out := make([]papers.Cell, 4)
	if row == nil {
		return out
	}
	if n, ok := row["quantity"].(float64); ok {
		out[0].Text = strconv.FormatFloat(n, 'f', -1, 64)
	}
	in, expense := fen(row, "income"), fen(row, "expense")
	copy(out[1:], sums(true, in, expense, in-expense))
	return out
}

func sums(known bool, amounts ...int64) []papers.Cell {
	out := make([]papers.Cell, len(amounts))
	for i, n := range amounts {
		out[i].Align = papers.AtEnd
		if known {
			out[i].Text = policy.Yuan(n)
		}
	}
	return out
}
