package forms

import (
	"slices"
	"strconv"
	"strings"

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
	doc.Add(papers.P(papers.Title, f.Title))
	blocks := f.Layout.Blocks
	if len(blocks) == 0 {
		blocks = f.plainLayout()
		doc.Landscape = slices.ContainsFunc(blocks, func(b Block) bool { return len(b.Columns) > 10 })
	}
	for _, b := range blocks {
		doc.Add(p.block(b))
	}
	if len(f.Signatures) > 0 {
		var places []papers.Place
		for _, s := range f.Signatures {
			places = append(places, papers.Place{Label: s.Title, Seal: s.Seal})
		}
		doc.Add(papers.Gap(3), papers.Signed(places...))
	}
	return doc
}

// plainLayout is that of a form which names none: single answers two beside each other, tables under them.
func (f *Form) plainLayout() []Block {
	grid := Block{Widths: []float64{3, 5, 3, 5}}
	var tables []Block
	var half []Cell
	flush := func() {
		if len(half) > 0 {
			half[1].Cols = 3
			grid.Grid, half = append(grid.Grid, half), nil
		}
	}
	add := func(code, title string, wide bool) {
		cells := []Cell{{Text: title, Head: true}, {Field: code}}
		switch {
		case wide:
			flush()
			cells[1].Cols = 3
			grid.Grid = append(grid.Grid, cells)
		case half == nil:
			half = cells
		default:
			grid.Grid, half = append(grid.Grid, append(half, cells...)), nil
		}
	}
	for _, x := range f.Written() {
		if x.Kind == procedure.Rows {
			tables = append(tables, plainTable(x)...)
			continue
		}
		add(x.Code, x.Title, x.Kind == procedure.Long || x.Kind == procedure.Choices || x.Kind == procedure.Choice && len(x.Options) > 3)
	}
	for _, c := range f.Computed {
		add(c.Code, c.Title, false)
	}
	flush()
	if len(grid.Grid) == 0 {
		return tables
	}
	return append([]Block{grid}, tables...)
}

func plainTable(x procedure.Field) []Block {
	t := Block{Table: x.Code, Columns: []string{"#"}, Widths: []float64{1}, Blank: 4}
	for _, c := range x.Columns {
		t.Columns, t.Widths = append(t.Columns, c.Code), append(t.Widths, 2)
	}
	return []Block{{Text: x.Title}, t}
}

type printer struct {
	form    *Form
	answers map[string]any
	world   World
	values  map[string]Value
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
	out := papers.Row{Height: 8}
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
		return strconv.FormatFloat(x, 'f', -1, 64) + f.Unit
	case string:
		return x
	}
	return ""
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
			if c.Kind == procedure.Yes {
				s = c.Title + s
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
		row := papers.Row{Height: 8}
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
			if c.Code != code {
				continue
			}
			out[i] = c.Title
			if c.Kind == procedure.Money {
				out[i] += "（元）"
			}
		}
	}
	return out
}

func (p *printer) cell(f procedure.Field, code string, row map[string]any) string {
	i := slices.IndexFunc(f.Columns, func(c procedure.Field) bool { return c.Code == code })
	if i < 0 || row[code] == nil {
		return ""
	}
	if yes, ok := row[code].(bool); ok {
		return map[bool]string{true: "是", false: "否"}[yes]
	}
	return p.say(f.Columns[i], row[code], false)
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
			head := papers.Cell{Align: papers.Middle, Bold: true}
			if n == 0 { // not spanned: a long list goes over to the next page
				head.Text = category.Title
			}
			cells := []papers.Cell{head, {Text: item.Title}, {Text: item.Unit, Align: papers.Middle}}
			out = append(out, papers.Row{Cells: append(cells, amounts(filled[item.Code])...)})
		}
		sum := result.Categories[policy.IncomeCategory(category.Code)]
		if len(items) > 0 {
			out = append(out, papers.Row{Cells: append([]papers.Cell{{Text: "小计", Align: papers.Middle, Bold: true, Cols: 4}}, sums(known, sum.Income, sum.Expense, sum.Net)...)})
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
