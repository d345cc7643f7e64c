package ledger

import "slices"

// headingDepth is how far down a heading is looked for.
const headingDepth = 15

// headingRows are the one or two lines of a heading.
type headingRows struct {
	first, last int
	columns     []Column
}

func (h headingRows) has(f Field) bool {
	return slices.ContainsFunc(h.columns, func(c Column) bool { return c.Field == f })
}

// perPerson: members have their own name column beside a relation or the head's name.
func (h headingRows) perPerson() bool { return h.has(Name) && (h.has(Relation) || h.has(HeadName)) }

func (h headingRows) known() int {
	n := 0
	for _, c := range h.columns {
		if c.Field != "" {
			n++
		}
	}
	return n
}

// usable asks for a name and something to tell households or people apart by.
func (h headingRows) usable() bool {
	return (h.has(Name) || h.has(HeadName)) && h.known() >= 2 &&
		slices.ContainsFunc([]Field{HouseholdNo, IDNo, HeadID, Relation, Village, Group}, h.has)
}

// findHeading takes the line, or pair of lines, under which most columns are understood; one line wins a tie, so that a
// title above it is not taken for its upper half.
func findHeading(grid [][]string, merges []area) (headingRows, bool) {
	var best headingRows
	found := false
	for _, lines := range []int{1, 2} {
		for i := range min(headingDepth, len(grid)-lines+1) {
			if grid[i] == nil {
				continue
			}
			h := headingRows{first: i, last: i + lines - 1, columns: readColumns(grid, merges, i, i+lines-1)}
			if h.usable() && (!found || h.known() > best.known()) {
				best, found = h, true
			}
		}
	}
	return best, found
}

// readColumns reads the heading in lines first to last, giving every cell of a merged range the range's text.
func readColumns(grid [][]string, merges []area, first, last int) []Column {
	width := max(len(grid[first]), len(grid[last]))
	top, sub := headingLine(grid, merges, first, width), headingLine(grid, merges, last, width)
	var out []Column
	for i := range width {
		if fold(top[i]) == "" && fold(sub[i]) == "" {
			continue
		}
		f, _ := meaning(top[i], sub[i])
		c := Column{Index: i, Heading: caption(top[i], sub[i]), Field: f}
		c.wan = money(f) && wan.MatchString(tight(c.Heading))
		// A second column of the same meaning is kept beside the first.
		if f != "" && f != ignored && slices.ContainsFunc(out, func(o Column) bool { return o.Field == f }) {
			c.Field = ""
		}
		out = append(out, c)
	}
	return out
}

func headingLine(grid [][]string, merges []area, line, width int) []string {
	out := make([]string, width)
	copy(out, grid[line])
	for _, m := range merges {
		if m.top > line || m.bottom < line || m.top >= len(grid) {
			continue
		}
		for i := m.left; i <= m.right && i < width; i++ {
			out[i] = at(grid[m.top], m.left)
		}
	}
	return out
}
