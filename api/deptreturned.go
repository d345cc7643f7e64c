package api

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"shouwang/activities"
	"shouwang/internal/deptlist"
	"shouwang/internal/sheet"
)

var outcomeTitles = map[deptlist.Outcome]string{deptlist.Matched: "在册", deptlist.Doubtful: "待核对", deptlist.Outside: "不在册"}

// DeptReturned writes a list with four more columns: sheet and line, the outcome of each row and what is wrong with it.
// Whether somebody is in the register is told only where matches says so.
func DeptReturned(ctx context.Context, e *activities.Engine, u activities.DeptUpload, matches bool, w io.Writer) error {
	x, err := sheet.New(w, sheet.Options{Name: "导入结果", Widths: []float64{12, 8, 10, 40}})
	if err != nil {
		return err
	}
	heads := u.File.Headings()
	if err := x.Row(sheet.Bold, append([]string{"工作表", "行", "结果", "说明"}, heads...)...); err != nil {
		return err
	}
	columns := map[string][]int{} // of a cell, by sheet
	for _, s := range u.File.Sheets {
		for _, h := range s.Headings {
			columns[s.Name] = append(columns[s.Name], slices.Index(heads, h))
		}
	}
	_, err = e.PreviewDeptList(ctx, u, func(r *deptlist.Row, m deptlist.Match) error {
		result, style := "可导入", sheet.Plain
		if matches {
			result = outcomeTitles[m.Outcome]
		}
		var words []string
		for _, f := range r.Faults {
			result, style = "有误", sheet.Faulty
			words = append(words, f.Message+"（"+f.Code+"）")
		}
		cells := make([]string, 4+len(heads))
		copy(cells, []string{r.Sheet, strconv.Itoa(r.Line), result, strings.Join(words, "；")})
		for i, column := range columns[r.Sheet] {
			if column >= 0 && i < len(r.Cells) {
				cells[4+column] = r.Cells[i]
			}
		}
		return x.Row(style, cells...)
	})
	if err != nil {
		return err
	}
	return x.Close()
}
