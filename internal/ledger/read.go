package ledger

import (
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
	"golang.org/x/sync/errgroup"
)

// Ledger is a workbook as read: its sheets with their columns understood, the cells still as text.
type Ledger struct {
	SHA256 string // of the file, hex
	Sheets []Sheet
	// Skipped names the visible sheets without a heading that was understood.
	Skipped []string
}

// Sheet is one sheet with a heading row.
type Sheet struct {
	Name  string
	Title string // what stands above the heading
	// PerPerson tells one row per person from one row per household.
	PerPerson bool
	Columns   []Column
	Rows      []Row
	from1904  bool
	heading   int // zero-based row of the last heading line
	width     int // columns in use
}

// Column is a column with a heading. Field is "" when the heading is not known; its cells are kept in Other.
type Column struct {
	Index   int // zero-based
	Heading string
	Field   Field
	wan     bool // amounts in ten thousand yuan
}

// Row is one line of data. Cells that say nothing are left out.
type Row struct {
	Line     int // as Excel counts
	Values   map[Field]string
	Other    map[string]string
	Formulas []int // zero-based columns of computed cells
}

// rows counts the lines of data.
func (l *Ledger) rows() int {
	n := 0
	for _, s := range l.Sheets {
		n += len(s.Rows)
	}
	return n
}

// Unknown lists the headings that were not understood, without repeats.
func (l *Ledger) Unknown() []string {
	var out []string
	for _, s := range l.Sheets {
		for _, c := range s.Columns {
			if c.Field == "" && !slices.Contains(out, c.Heading) {
				out = append(out, c.Heading)
			}
		}
	}
	return out
}

// Read understands a household ledger as offices keep it (domain 5.2): one row per person or per household, several
// sheets, titles above a heading of one or two levels, Chinese headings in any order, merged cells. It finds structure
// only; what the cells say is judged by NewPlan. A file that cannot be used is refused with a policy.Fault whose code is
// LED-001 to LED-007.
func Read(r io.Reader) (*Ledger, error) {
	b, err := openBook(r)
	if err != nil {
		return nil, err
	}
	x := b.x
	defer x.Close()
	l := &Ledger{SHA256: b.sha256}
	names, extra := visible(x), layouts(x)
	sheets := make([]*Sheet, len(names))
	err = eachGrid(x, names, func(i int, grid [][]string) {
		if s, ok := readSheet(names[i], grid, extra[names[i]]); ok {
			s.from1904, sheets[i] = b.from1904, &s
		}
	})
	if err != nil {
		return nil, err
	}
	total := 0
	for i, s := range sheets {
		if s == nil {
			l.Skipped = append(l.Skipped, names[i])
			continue
		}
		if total += len(s.Rows); total > MaxRows {
			return nil, fileFault("LED-005", "数据超过 100000 行，请按乡镇或按村拆分后分别导入")
		}
		l.Sheets = append(l.Sheets, *s)
	}
	if len(l.Sheets) == 0 {
		return nil, fileFault("LED-004", "没有找到表头：至少要有“姓名”或“户主姓名”一列，以及户编号、身份证号、与户主关系、村、组等列中的一列")
	}
	return l, nil
}

// visible are the sheets that people see; others are lists for drop-downs.
func visible(x *excelize.File) []string {
	return slices.DeleteFunc(x.GetSheetList(), func(name string) bool {
		shown, err := x.GetSheetVisible(name)
		return err != nil || !shown
	})
}

// eachGrid reads the cells of several sheets, as many at a time as there are cores, and hands each over where it was
// read: reading is most of the work of an import.
func eachGrid(x *excelize.File, names []string, use func(i int, grid [][]string)) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		g.Go(func() error {
			grid, err := readGrid(x, name)
			if err == nil {
				use(i, grid)
			}
			return err
		})
	}
	return g.Wait()
}

// readGrid reads the cells of a sheet as they are stored: dates are day numbers.
func readGrid(x *excelize.File, name string) ([][]string, error) {
	rows, err := x.Rows(name)
	if err != nil {
		return nil, fileFault("LED-001", "工作表“"+name+"”已损坏，无法读取")
	}
	defer rows.Close()
	var grid [][]string
	last := 0
	for rows.Next() && len(grid)-last <= maxGap {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, fileFault("LED-001", "工作表“"+name+"”已损坏，无法读取")
		}
		cells = cells[:min(len(cells), maxColumns)]
		if !slices.ContainsFunc(cells, func(c string) bool { return fold(c) != "" }) {
			cells = nil
		}
		grid = append(grid, slices.Clone(cells))
		if cells != nil {
			last = len(grid)
		}
		if last > MaxRows+headingDepth {
			return nil, fileFault("LED-005", "数据超过 100000 行，请按乡镇或按村拆分后分别导入")
		}
	}
	return grid[:last], nil
}

func readSheet(name string, grid [][]string, extra layout) (Sheet, bool) {
	h, ok := findHeading(grid, extra.merges)
	if !ok {
		return Sheet{}, false
	}
	s := Sheet{Name: name, Columns: h.columns, PerPerson: h.perPerson(), heading: h.last}
	for _, row := range grid {
		s.width = max(s.width, len(row))
	}
	for _, row := range grid[:h.first] {
		for _, cell := range row {
			if c := fold(cell); c != "" {
				s.Title = strings.TrimSpace(s.Title + " " + c)
			}
		}
	}
	spread(grid, extra.merges, h)
	for i := h.last + 1; i < len(grid); i++ {
		if row, ok := readRow(grid[i], i, h.columns, extra.formulas); ok {
			s.Rows = append(s.Rows, row)
		}
	}
	return s, true
}

// spread copies the value of a cell merged over several data rows into each of them, in the columns that hold for the
// household or are not known.
func spread(grid [][]string, merges []area, h headingRows) {
	for _, m := range merges {
		i := slices.IndexFunc(h.columns, func(c Column) bool { return c.Index == m.left })
		if m.top <= h.last || m.top >= len(grid) || i < 0 || !(h.columns[i].Field.ofHousehold() || h.columns[i].Field == "") {
			continue
		}
		for r := m.top + 1; r <= m.bottom && r < len(grid); r++ {
			if grid[r] != nil {
				grid[r] = put(grid[r], m.left, at(grid[m.top], m.left))
			}
		}
	}
}

func at(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}

func put(row []string, i int, v string) []string {
	for len(row) <= i {
		row = append(row, "")
	}
	row[i] = v
	return row
}

// none are words for "has none", which in these fields mean the same as an empty cell.
var (
	none        = words("无 没有 暂无 否 不详 不在校 非在校 非在校生")
	saysNothing = map[Field]bool{Phone: true, HomePhone: true, Bank: true, IDNo: true, HeadID: true, Birth: true, Income: true, Address: true, School: true, Disability: true}
)

// repeatsHeading recognises the heading that is repeated on each printed page.
func repeatsHeading(values map[Field]string) bool {
	n := 0
	for f, v := range values {
		if g, ok := lookup(heading(v)); ok && g == f {
			n++
		}
	}
	return n >= 2 && 2*n >= len(values)
}

var closing = []string{"合计", "小计", "总计", "共计", "填表", "制表", "审核", "备注:", "注:", "说明:", "单位负责人", "负责人"}

// readRow takes one line; lines without a person, such as totals and signatures, are no data.
func readRow(cells []string, i int, columns []Column, formulas map[[2]int]bool) (Row, bool) {
	row := Row{Line: i + 1, Values: map[Field]string{}, Other: map[string]string{}}
	first := ""
	for _, c := range cells {
		if first = tight(c); first != "" {
			break
		}
	}
	for _, c := range columns {
		if formulas[[2]int{i, c.Index}] && c.Field != ignored {
			row.Formulas = append(row.Formulas, c.Index)
		}
		v := fold(at(cells, c.Index))
		if blank(v) || c.Field == ignored || (none[v] && saysNothing[c.Field]) {
			continue
		}
		if r := []rune(v); len(r) > maxCell {
			v = string(r[:maxCell])
		}
		if c.Field == "" {
			row.Other[c.Heading] = v
		} else if _, twice := row.Values[c.Field]; !twice {
			row.Values[c.Field] = v
		}
	}
	if slices.ContainsFunc(closing, func(w string) bool { return strings.HasPrefix(first, w) }) {
		return row, false
	}
	if repeatsHeading(row.Values) {
		return row, false
	}
	own := 0
	for f := range row.Values {
		if !f.ofHousehold() || f == HeadName || f == HouseholdNo || f == HeadID {
			own++
		}
	}
	return row, own > 0
}
