package papers

import (
	"fmt"
	"math"
)

const (
	cellPad  = 3.0 // points between rule and text
	ruleSize = 0.5
)

// box is a cell in its place: columns and rows it covers, its text in lines.
type box struct {
	cell       *Cell
	row, col   int
	rows, cols int
	lines      []line
}

// grid is a table with every cell in its place. starts are the left edges of the columns, and the right edge of the last.
type grid struct {
	boxes   []box
	starts  []float64
	heights []float64
	tied    []bool // the row belongs together with the one before: a cell covers both
	size    float64
	pitch   float64
}

// place puts cells into columns as HTML does: each takes the next places that are not covered. A row that does not fill
// the columns exactly is a fault of the paper.
func place(t *Table) ([]box, error) {
	var out []box
	n := len(t.Columns)
	covered := make([]int, n) // rows left that a cell above still covers
	for r := range t.Rows {
		c := 0
		skip := func() {
			for c < n && covered[c] > 0 {
				c++
			}
		}
		for i := range t.Rows[r].Cells {
			cell := &t.Rows[r].Cells[i]
			skip()
			b := box{cell: cell, row: r, col: c, rows: max(cell.Rows, 1), cols: max(cell.Cols, 1)}
			if c+b.cols > n || r+b.rows > len(t.Rows) {
				return nil, fmt.Errorf("row %d, cell %d does not fit the table", r+1, i+1)
			}
			out = append(out, b)
			c += b.cols
		}
		skip()
		if c != n {
			return nil, fmt.Errorf("row %d fills %d of %d columns", r+1, c, n)
		}
		cover(covered, out, r)
	}
	return out, nil
}

// cover counts the row that was just filled off the cells that reach into later rows.
func cover(covered []int, boxes []box, r int) {
	for c := range covered {
		covered[c] = max(covered[c]-1, 0)
	}
	for _, b := range boxes {
		if b.row == r {
			for c := b.col; c < b.col+b.cols; c++ {
				covered[c] = b.rows - 1
			}
		}
	}
}

func (t *typesetter) grid(table *Table) (*grid, error) {
	boxes, err := place(table)
	if err != nil {
		return nil, err
	}
	g := &grid{boxes: boxes, size: table.Size, heights: make([]float64, len(table.Rows)), tied: make([]bool, len(table.Rows))}
	if g.size == 0 {
		g.size = 10.5
	}
	g.pitch = math.Round(g.size * 1.4)
	whole := 0.0
	for _, w := range table.Columns {
		whole += w
	}
	x := t.edge.left
	for _, w := range table.Columns {
		g.starts = append(g.starts, x)
		x += t.width * w / whole
	}
	g.starts = append(g.starts, x)
	for i := range table.Rows {
		g.heights[i] = math.Max(table.Rows[i].Height*pt, g.pitch+2*cellPad)
	}
	for i := range g.boxes {
		b := &g.boxes[i]
		width := g.starts[b.col+b.cols] - g.starts[b.col] - 2*cellPad
		if b.lines, err = t.fonts.wrap(b.cell.Text, handOf(b.cell), g.size, width, 0, false); err != nil {
			return nil, err
		}
		g.grow(b)
	}
	return g, nil
}

func handOf(c *Cell) family {
	if c.Bold {
		return heiti
	}
	return songti
}

func (g *grid) textHeight(b *box) float64 { return float64(len(b.lines))*g.pitch + 2*cellPad }

// grow makes rows high enough for a cell: its only row, or the first of several, so that a cell which is cut by the end of
// a page still has its whole text on the first part.
func (g *grid) grow(b *box) {
	if b.rows == 1 {
		g.heights[b.row] = math.Max(g.heights[b.row], g.textHeight(b))
		return
	}
	have := 0.0
	for r := b.row; r < b.row+b.rows; r++ {
		have += g.heights[r]
		g.tied[r] = g.tied[r] || r > b.row
	}
	g.heights[b.row] += math.Max(0, g.textHeight(b)-have)
}

// table draws rows until the page is full, and repeats the head on the next one.
func (t *typesetter) table(table *Table) error {
	g, err := t.grid(table)
	if err != nil {
		return err
	}
	head := sum(g.heights[:table.Header])
	t.room(g.least(table.Header, t.end-t.edge.top))
	for from := 0; from < len(g.heights); {
		above := 0.0 // height of the repeated head
		if from >= table.Header {
			above = head
		}
		fresh := t.y <= t.edge.top+above+1
		to := g.fill(from, t.end-t.y, fresh)
		headOnly := from < table.Header && to <= table.Header && to < len(g.heights)
		switch {
		case to > from && (fresh || !headOnly):
			t.draw(g, from, to)
			from = to
		case !fresh:
			t.newPage()
			t.repeat(g, table.Header, from)
		case from < table.Header:
			return fmt.Errorf("the head of the table is higher than a page")
		default:
			if err := t.long(g, table.Header, from); err != nil {
				return err
			}
			from++
		}
	}
	t.y += 4
	return nil
}

// least is how much of a table must stand together: all of a small one, else its head and first row.
func (g *grid) least(header int, page float64) float64 {
	whole := sum(g.heights)
	if whole < page/3 {
		return whole
	}
	return sum(g.heights[:min(header+1, len(g.heights))])
}

// repeat draws the head of the table again, on a page that goes on with a later row.
func (t *typesetter) repeat(g *grid, header, from int) {
	if from >= header {
		t.draw(g, 0, header)
	}
}

// fill is the row up to which rows fit into a height: rows that are tied stay together, unless not even
// a whole page can hold them and they may be cut.
func (g *grid) fill(from int, height float64, cut bool) int {
	to, h := from, 0.0
	for to < len(g.heights) && h+g.heights[to] <= height+0.5 {
		h += g.heights[to]
		to++
	}
	if to == len(g.heights) {
		return to
	}
	for back := to; back > from; back-- {
		if !g.tied[back] {
			return back
		}
	}
	if cut { // one group longer than a page
		return to
	}
	return from
}

// draw draws rows from..to at the present height.
func (t *typesetter) draw(g *grid, from, to int) {
	tops := make([]float64, to-from+1)
	tops[0] = t.y
	for r := from; r < to; r++ {
		tops[r-from+1] = tops[r-from] + g.heights[r]
	}
	for i := range g.boxes {
		b := &g.boxes[i]
		first, last := max(b.row, from), min(b.row+b.rows, to)
		if first >= last {
			continue
		}
		t.cell(g, b, b.lines, tops[first-from], tops[last-from])
	}
	t.y = tops[to-from]
}

// cell draws the rules of a cell and its lines, in the middle of its height.
func (t *typesetter) cell(g *grid, b *box, lines []line, top, bottom float64) {
	left, right := g.starts[b.col], g.starts[b.col+b.cols]
	for _, r := range [][4]float64{{left, top, right, top}, {left, bottom, right, bottom}, {left, top, left, bottom}, {right, top, right, bottom}} {
		t.put(mark{x: r[0], y: r[1], x2: r[2], y2: r[3], thick: ruleSize})
	}
	y := top + (bottom-top-float64(len(lines))*g.pitch)/2
	if b.cell.Top {
		y = top + cellPad
	}
	for _, l := range lines {
		x := left + cellPad
		switch free := right - left - 2*cellPad - l.width(); b.cell.Align {
		case Middle:
			x += free / 2
		case AtEnd:
			x += free
		}
		t.put(mark{text: l.glyphs, x: x, y: baseline(y, g.pitch, g.size), size: g.size, bold: b.cell.Bold})
		y += g.pitch
	}
}

// long cuts a single row that no page can hold: each page takes as many lines of every cell as fit.
func (t *typesetter) long(g *grid, header, row int) error {
	left := map[int][]line{}
	for i := range g.boxes {
		if g.boxes[i].row == row {
			left[i] = g.boxes[i].lines
		}
	}
	for {
		n := int((t.end - t.y - 2*cellPad) / g.pitch)
		if n < 1 {
			return fmt.Errorf("the head of the table leaves no room for row %d", row+1)
		}
		if !t.slice(g, left, n) {
			return nil
		}
		t.newPage()
		t.repeat(g, header, row)
	}
}

// slice draws at most n lines of each cell of a row and says whether lines are left.
func (t *typesetter) slice(g *grid, left map[int][]line, n int) bool {
	most := 0
	for _, lines := range left { // the greatest: in whichever order
		most = max(most, min(n, len(lines)))
	}
	bottom, more := t.y+float64(most)*g.pitch+2*cellPad, false
	for i := range g.boxes {
		lines, mine := left[i]
		if !mine {
			continue
		}
		take := min(n, len(lines))
		t.cell(g, &g.boxes[i], lines[:take], t.y, bottom)
		left[i] = lines[take:]
		more = more || len(left[i]) > 0
	}
	t.y = bottom
	return more
}

func sum(xs []float64) float64 {
	s := 0.0
	for _, x := range xs {
		s += x
	}
	return s
}
