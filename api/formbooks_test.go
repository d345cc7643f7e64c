package api

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/internal/example"
	"shouwang/internal/formbook"
	"shouwang/models"
	"shouwang/policy"
)

// Every form goes out as a workbook, is filled in there cell by cell, is previewed, and comes back as a record that says
// what was written; the same file a second time changes nothing.
func TestEveryFormComesBackFromItsWorkbook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, err := w.server.policyFor(t.Context(), village, w.server.engine.Clock.Now())
	require.NoError(t, err)
	setting := example.Setting{Now: w.server.engine.Clock.Now(), Village: village, VillageName: "石桥村", Group: "三组", HeadName: "罗守田", Population: 3, Policy: p, File: func(string) string { return "" }}
	for _, f := range forms.Standard.All() {
		t.Run(f.Key(), func(t *testing.T) {
			subject := village
			if f.Subject == forms.AboutHousehold {
				subject = "household-1"
			}
			want := answered(t, f, setting)
			exported := w.do(t, call{user: "cadre", method: "POST", status: 200, url: basePath + "/forms/workbook/export",
				body: object{"form": f.Code, "period": "2026", "region_code": village, "purpose": "入户核对"}}).Body.Bytes()
			raw := filledIn(t, exported, f, subject, want, p)
			post := func(more string) gen.FormImport {
				return decode[gen.FormImport](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/forms/workbook" + more, status: 200, body: workbookForm(t, raw)}))
			}
			preview := post("")
			require.False(t, preview.Applied)
			require.Equal(t, []int{1, 0, 0}, []int{preview.Created, preview.Saved, preview.Rejected}, "%+v", preview.Rows)
			var n int64
			require.NoError(t, w.store.DB.Model(&models.FormRecord{}).Where("form = ?", f.Code).Count(&n).Error)
			require.Zero(t, n, "a preview writes nothing")

			done := post("?confirm=" + preview.Sha256)
			require.Equal(t, []int{1, 0}, []int{done.Created, done.Rejected}, "%+v", done.Rows)
			var rec models.FormRecord
			require.NoError(t, w.store.DB.Where("form = ? AND subject_id = ? AND period = '2026'", f.Code, subject).Take(&rec).Error)
			_, _, got, _, err := w.server.engine.ReadRecord(t.Context(), &rec)
			require.NoError(t, err)
			require.Equal(t, said(want), said(got))
			require.Equal(t, 1, post("").Unchanged)
		})
	}
}

// answered are careful answers to what a form asks in writing, as JSON has them.
func answered(t *testing.T, f *forms.Form, s example.Setting) map[string]any {
	t.Helper()
	all := example.Fields(f.Key(), f.Fields, s)
	written := map[string]any{}
	for _, x := range f.Written() {
		written[x.Code] = all[x.Code]
	}
	raw, err := json.Marshal(written)
	require.NoError(t, err)
	out := map[string]any{}
	require.NoError(t, json.Unmarshal(raw, &out))
	return out
}

// filledIn writes answers into the cells of an exported workbook, into the place of a subject. How an office writes them
// is taken from a workbook that has them.
func filledIn(t *testing.T, exported []byte, f *forms.Form, subject string, answers map[string]any, p policy.Snapshot) []byte {
	t.Helper()
	var model bytes.Buffer
	require.NoError(t, formbook.Write(&model, f, "2026", "", "", []formbook.Entry{{Subject: subject, Name: "样", Answers: answers}}, p))
	from, err := excelize.OpenReader(&model)
	require.NoError(t, err)
	rows, err := from.GetRows(from.GetSheetName(0))
	require.NoError(t, err)
	to, err := excelize.OpenReader(bytes.NewReader(exported))
	require.NoError(t, err)
	sheet, at := sheetOf(t, to, f, subject)
	set := func(row, column int, text string) {
		cell, err := excelize.CoordinatesToCellName(column+1, row+1)
		require.NoError(t, err)
		require.NoError(t, to.SetCellStr(sheet, cell, text))
	}
	if formbook.Flat(f) {
		for column := 3; column < len(rows[1]); column++ {
			set(at, column, cellAt(rows, 2, column))
		}
	} else {
		there, err := to.GetRows(sheet)
		require.NoError(t, err)
		for row := 2; row < len(rows) && !table(rows, row); row++ {
			if len(rows[row]) > 0 {
				set(row, 1, cellAt(rows, row, 1))
			}
		}
		for row := range rows {
			if table(rows, row) {
				fillTable(rows, row, there, set)
			}
		}
	}
	var out bytes.Buffer
	require.NoError(t, to.Write(&out))
	return out.Bytes()
}

// sheetOf is the sheet of a subject and, for a form without tables, its line.
func sheetOf(t *testing.T, x *excelize.File, f *forms.Form, subject string) (sheet string, line int) {
	t.Helper()
	for _, sheet := range x.GetSheetList() {
		rows, err := x.GetRows(sheet)
		require.NoError(t, err)
		if !formbook.Flat(f) && cellAt(rows, 1, 1) == subject {
			return sheet, 0
		}
		if i := slices.IndexFunc(rows, func(r []string) bool { return len(r) > 0 && r[0] == subject }); formbook.Flat(f) && i > 0 {
			return sheet, i
		}
	}
	require.Fail(t, "the workbook has no place for "+subject)
	return "", 0
}

func cellAt(rows [][]string, row, column int) string {
	if row >= len(rows) || column >= len(rows[row]) {
		return ""
	}
	return rows[row][column]
}

func table(rows [][]string, row int) bool {
	return strings.HasPrefix(cellAt(rows, row, 0), "【表】")
}

// fillTable writes the rows of a table of the model over those of the same table there; what the register had put there and
// the model has not is wiped.
func fillTable(model [][]string, from int, there [][]string, set func(row, column int, text string)) {
	to := slices.IndexFunc(there, func(r []string) bool { return len(r) > 0 && r[0] == model[from][0] })
	width := max(len(model[from+1]), len(there[to+1]))
	for i, written := 2, true; ; i++ {
		written = written && from+i < len(model) && strings.Join(model[from+i], "") != "" && !table(model, from+i)
		if !written && (to+i >= len(there) || table(there, to+i)) {
			return
		}
		for column := range width {
			text := ""
			if written {
				text = cellAt(model, from+i, column)
			}
			set(to+i, column, text)
		}
	}
}
