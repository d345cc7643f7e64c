package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"shouwang/internal/sheet"
)

// The columns and the sheet that Returned adds; a later import of the same file passes over them.
const (
	resultHeading = "导入结果"
	faultHeading  = "错误说明"
	summarySheet  = "导入说明"
)

// returner writes the outcome of a plan into a workbook.
type returner struct {
	x      *excelize.File
	plan   *Plan
	lines  map[string]map[int][]string // messages by sheet and line
	result map[string]map[int]string   // outcome by sheet and line
	red    map[int]int                 // style of a cell: the same style in red
}

// Returned writes the original workbook with two more columns beside each row, the outcome and the faults in words, and
// the faulty cells in red. Nothing in it can run: computed cells become text, and so does every text that a spreadsheet
// program could take for a formula. The plan must be one that NewPlan made from the same file.
func Returned(w io.Writer, original io.Reader, p *Plan) error {
	raw, err := readAll(original)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(raw); p.ledger == nil || hex.EncodeToString(sum[:]) != p.SHA256 {
		return fileFault("LED-902", "返回的工作簿须与预览时的文件相同，请重新预览")
	}
	x, err := open(raw)
	if err != nil {
		return err
	}
	defer x.Close()
	r := &returner{x: x, plan: p, lines: map[string]map[int][]string{}, result: map[string]map[int]string{}, red: map[int]int{}}
	r.collect()
	for name, extra := range layouts(x) {
		if err := r.disarm(name, extra); err != nil {
			return fmt.Errorf("returned workbook, sheet %s: %w", name, err)
		}
	}
	for _, s := range p.ledger.Sheets {
		if err := r.sheet(s); err != nil {
			return fmt.Errorf("returned workbook, sheet %s: %w", s.Name, err)
		}
	}
	if err := r.summary(); err != nil {
		return fmt.Errorf("returned workbook: %w", err)
	}
	return x.Write(w)
}

// collect sorts outcomes and messages by line.
func (r *returner) collect() {
	for _, s := range r.plan.ledger.Sheets {
		r.lines[s.Name], r.result[s.Name] = map[int][]string{}, map[int]string{}
	}
	for _, h := range r.plan.Households {
		bad := 0
		for _, f := range h.Faults {
			r.lines[f.Sheet][f.Line] = append(r.lines[f.Sheet][f.Line], f.text())
			if !f.Note && (bad == 0 || f.Line < bad) {
				bad = f.Line
			}
		}
		for _, line := range h.Lines {
			r.result[h.Sheet][line] = h.Action.Title()
			if h.Action == Reject && len(r.lines[h.Sheet][line]) == 0 {
				r.lines[h.Sheet][line] = []string{fmt.Sprintf("同户第%d行有错误，整户未导入", bad)}
			}
		}
	}
}

// text is the message as the returned workbook shows it, in front of it the column.
func (f Fault) text() string {
	s := f.Message
	if f.Field != "" {
		s = f.Field + "：" + s
	}
	if f.Note {
		return s + "（提示，" + f.Code + "）"
	}
	return s + "（" + f.Code + "）"
}

// disarm turns everything in a sheet that could run into text.
func (r *returner) disarm(name string, extra layout) error {
	grid, err := readGrid(r.x, name)
	if err != nil {
		return err
	}
	for i, row := range grid {
		for j, v := range row {
			if safe := guarded(v); safe != v && !extra.formulas[[2]int{i, j}] {
				if err := r.x.SetCellStr(name, cellName(j, i+1), safe); err != nil {
					return err
				}
			}
		}
	}
	for at := range extra.formulas {
		cell := cellName(at[1], at[0]+1)
		formula, err := r.x.GetCellFormula(name, cell)
		if err != nil {
			return err
		}
		if err := r.x.SetCellFormula(name, cell, ""); err != nil {
			return err
		}
		if err := r.x.SetCellStr(name, cell, guarded("="+strings.TrimPrefix(formula, "="))); err != nil {
			return err
		}
	}
	return nil
}

func guarded(s string) string { return sheet.Guarded(s) }

func (r *returner) sheet(s Sheet) error {
	column := s.width
	if i := slices.IndexFunc(s.Columns, func(c Column) bool { return c.Heading == resultHeading }); i >= 0 {
		column = s.Columns[i].Index
	}
	from, to := cellName(column, s.heading+1), cellName(column+1, s.heading+1)
	err := errors.Join(r.x.SetCellStr(s.Name, from, resultHeading), r.x.SetCellStr(s.Name, to, faultHeading), r.embolden(s.Name, from, to))
	if err != nil {
		return err
	}
	for _, row := range s.Rows {
		result := r.result[s.Name][row.Line]
		err := errors.Join(
			r.x.SetCellStr(s.Name, cellName(column, row.Line), result),
			r.x.SetCellStr(s.Name, cellName(column+1, row.Line), guarded(strings.Join(r.lines[s.Name][row.Line], "；"))),
		)
		if err == nil && result == Reject.Title() {
			err = r.paint(s.Name, cellName(column, row.Line))
		}
		if err != nil {
			return err
		}
	}
	for _, f := range r.plan.Faults() {
		if f.Sheet == s.Name && f.Cell != "" && !f.Note {
			if err := r.paint(s.Name, f.Cell); err != nil {
				return err
			}
		}
	}
	wide, err := excelize.ColumnNumberToName(column + 2)
	if err != nil {
		return err
	}
	return r.x.SetColWidth(s.Name, wide, wide, 60)
}

// embolden makes cells of one row bold.
func (r *returner) embolden(sheet, from, to string) error {
	if r.plain() {
		return nil
	}
	bold, err := r.x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	return r.x.SetCellStyle(sheet, from, to, bold)
}

// plain reports whether some program has written the workbook without any styles: then nothing of it is painted.
func (r *returner) plain() bool {
	s := r.x.Styles
	return s == nil || s.Fonts == nil || s.Fills == nil || s.Borders == nil || s.CellXfs == nil
}

// paint makes a cell red and keeps the rest of its style, such as the way it shows a date.
func (r *returner) paint(sheet, cell string) error {
	if r.plain() {
		return nil
	}
	id, err := r.x.GetCellStyle(sheet, cell)
	if err != nil {
		return err
	}
	if _, ok := r.red[id]; !ok {
		style, err := r.x.GetStyle(id)
		if err != nil {
			return err
		}
		style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFC7CE"}}
		if r.red[id], err = r.x.NewStyle(style); err != nil {
			return err
		}
	}
	return r.x.SetCellStyle(sheet, cell, cell, r.red[id])
}

// summary adds a sheet with the counts and with what was not understood.
func (r *returner) summary() error {
	if i, _ := r.x.GetSheetIndex(summarySheet); i >= 0 {
		if err := r.x.DeleteSheet(summarySheet); err != nil {
			return err
		}
	}
	if _, err := r.x.NewSheet(summarySheet); err != nil {
		return err
	}
	p := r.plan
	rows := [][]any{
		{"处理结果", "户数"}, {Create.Title(), p.Created}, {Update.Title(), p.Changed}, {Leave.Title(), p.Unchanged}, {Reject.Title(), p.Rejected},
		{"未导入的户请按“错误说明”改正红色单元格后，将本工作簿重新导入；已导入的户不会重复登记。"},
		{"没有认出、按原样保存的列", guarded(strings.Join(p.Unknown, "、"))},
		{"没有找到表头、未读取的工作表", guarded(strings.Join(p.Skipped, "、"))},
	}
	for i, row := range rows {
		if err := r.x.SetSheetRow(summarySheet, cellName(0, i+1), &row); err != nil {
			return err
		}
	}
	return r.x.SetColWidth(summarySheet, "A", "B", 32)
}
