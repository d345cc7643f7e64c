package ledger

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"shouwang/policy"
)

// Workbook is a file of rows of another kind than households, read with the same care:
// its size is bounded, computed cells are known, and what it gives back cannot run.
type Workbook struct {
	SHA256 string // of the file, hex
	Sheets []Cells
	raw    []byte
}

// Cells are the cells of one visible sheet as text. Merged cells hold the text of
// their range in its first column over all its lines.
type Cells struct {
	Name     string
	Grid     [][]string
	from1904 bool
	formulas map[[2]int]bool
}

// Line is what a returned workbook says beside a line, counted as Excel does.
type Line struct {
	Sheet  string
	Line   int
	Result string
	Text   string
	Bad    bool
}

// OpenWorkbook reads a file, or refuses it with a policy.Fault LED-001 to LED-007.
func OpenWorkbook(r io.Reader) (*Workbook, error) {
	b, err := openBook(r)
	if err != nil {
		return nil, err
	}
	x := b.x
	defer x.Close()
	w := &Workbook{SHA256: b.sha256, raw: b.raw}
	names := slices.DeleteFunc(visible(x), func(name string) bool { return name == summarySheet })
	extra := layouts(x)
	w.Sheets = make([]Cells, len(names))
	err = eachGrid(x, names, func(i int, grid [][]string) {
		unmerge(grid, extra[names[i]].merges)
		w.Sheets[i] = Cells{Name: names[i], Grid: grid, from1904: b.from1904, formulas: extra[names[i]].formulas}
	})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// unmerge repeats the text of a merged range down its first column.
func unmerge(grid [][]string, merges []area) {
	for _, m := range merges {
		for r := m.top + 1; r <= m.bottom && r < len(grid); r++ {
			if m.top < len(grid) && grid[r] != nil {
				grid[r] = put(grid[r], m.left, at(grid[m.top], m.left))
			}
		}
	}
}

// Text is a cell, zero-based, with widths and spaces of letters made ordinary; "" for
// one that says nothing.
func (c *Cells) Text(row, column int) string {
	if row >= len(c.Grid) {
		return ""
	}
	v := fold(at(c.Grid[row], column))
	if blank(v) {
		return ""
	}
	return v
}

// Computed reports whether a cell is a formula.
func (c *Cells) Computed(row, column int) bool { return c.formulas[[2]int{row, column}] }

// Date reads a date in the spellings of offices.
func (c *Cells) Date(s string) (policy.Date, bool) { return parseDate(s, c.from1904) }

// Tight is a text without any space, as headings and names are compared.
func Tight(s string) string { return tight(s) }

// Returned writes the workbook with two more columns, the outcome of each line and
// what is wrong with it. Nothing in it can run. headings are the zero-based rows of
// the headings by sheet.
func (w *Workbook) Returned(out io.Writer, headings map[string]int, lines []Line) error {
	x, err := open(w.raw)
	if err != nil {
		return err
	}
	defer x.Close()
	r := &returner{x: x, red: map[int]int{}}
	for name, extra := range layouts(x) {
		if err := r.disarm(name, extra); err != nil {
			return fmt.Errorf("returned workbook, sheet %s: %w", name, err)
		}
	}
	for _, s := range w.Sheets {
		if head, ok := headings[s.Name]; ok {
			if err := r.annotate(s, head, lines); err != nil {
				return fmt.Errorf("returned workbook, sheet %s: %w", s.Name, err)
			}
		}
	}
	return x.Write(out)
}

func (r *returner) annotate(s Cells, head int, lines []Line) error {
	column := slices.IndexFunc(s.Grid[head], func(c string) bool { return tight(c) == resultHeading })
	if column < 0 {
		for _, row := range s.Grid {
			column = max(column, len(row))
		}
	}
	from, to := cellName(column, head+1), cellName(column+1, head+1)
	err := errors.Join(r.x.SetCellStr(s.Name, from, resultHeading), r.x.SetCellStr(s.Name, to, faultHeading), r.embolden(s.Name, from, to))
	for _, l := range lines {
		if err != nil || l.Sheet != s.Name {
			continue
		}
		cell := cellName(column, l.Line)
		err = errors.Join(r.x.SetCellStr(s.Name, cell, l.Result), r.x.SetCellStr(s.Name, cellName(column+1, l.Line), guarded(strings.TrimSpace(l.Text))))
		if err == nil && l.Bad {
			err = r.paint(s.Name, cell)
		}
	}
	if err != nil {
		return err
	}
	wide, err := excelize.ColumnNumberToName(column + 2)
	if err != nil {
		return err
	}
	return r.x.SetColWidth(s.Name, wide, wide, 60)
}
