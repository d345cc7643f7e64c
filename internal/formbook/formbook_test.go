package formbook_test

import (
	"archive/zip"
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/forms"
	"shouwang/internal/example"
	"shouwang/internal/formbook"
	"shouwang/policy"
)

var (
	setting  = example.Setting{Now: time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC), Village: "510923101201", VillageName: "上坪村", Group: "二组", HeadName: "周大山", Population: 4}
	snapshot = func(*forms.Form) policy.Snapshot { return policy.Snapshot{} }
)

// written are the answers to a form that may stand in a workbook.
func written(f *forms.Form) map[string]any {
	s := setting
	s.File = func(string) string { return "" }
	all, out := example.Fields(f.Key(), f.Fields, s), map[string]any{}
	for _, x := range f.Written() {
		if v, ok := all[x.Code]; ok && !forms.Empty(v) {
			out[x.Code] = clean(v)
		}
	}
	return out
}

// clean leaves out the cells that say nothing.
func clean(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	for _, x := range list {
		if row, ok := x.(map[string]any); ok {
			for k, cell := range row {
				if forms.Empty(cell) {
					delete(row, k)
				}
			}
		}
	}
	return list
}

func book(t testing.TB, f *forms.Form, entries ...formbook.Entry) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, formbook.Write(&out, f, "2026", "", "何某 某村 编号 DC1 用途：核对", entries, policy.Snapshot{}))
	return out.Bytes()
}

// What goes out comes back the same, whatever the form.
func TestEveryFormRoundTrips(t *testing.T) {
	t.Parallel()
	for _, f := range forms.Standard.All() {
		t.Run(f.Key(), func(t *testing.T) {
			answers := written(f)
			raw := book(t, f, formbook.Entry{Subject: "H1", Name: "周大山", Version: 3, Answers: answers}, formbook.Entry{Subject: "H2", Name: "=1+1", Answers: map[string]any{}})
			b, err := formbook.Open(bytes.NewReader(raw), snapshot)
			require.NoError(t, err)
			require.Same(t, f, b.Form)
			require.Equal(t, "2026", b.Period)
			require.Len(t, b.Entries, 2)
			require.Empty(t, b.Entries[0].Faults)
			require.Equal(t, formbook.Entry{Subject: "H1", Name: "周大山", Version: 3, Answers: answers}, b.Entries[0].Entry)
			require.Equal(t, "=1+1", b.Entries[1].Name, "what looks like a formula is text")
			require.Empty(t, b.Entries[1].Answers)
		})
	}
}

// change opens a workbook, changes cells and writes it again.
func change(t *testing.T, raw []byte, f func(x *excelize.File, sheet string)) []byte {
	t.Helper()
	x, err := excelize.OpenReader(bytes.NewReader(raw))
	require.NoError(t, err)
	f(x, x.GetSheetName(0))
	var out bytes.Buffer
	require.NoError(t, x.Write(&out))
	return out.Bytes()
}

func TestCellsAreRead(t *testing.T) {
	t.Parallel()
	f, _ := forms.Standard.InForce("screening_form", policy.Snapshot{})
	raw := book(t, f, formbook.Entry{Subject: "H1", Name: "周大山"})
	column := map[string]string{}
	x, err := excelize.OpenReader(bytes.NewReader(raw))
	require.NoError(t, err)
	head, err := x.GetRows(x.GetSheetName(0))
	require.NoError(t, err)
	for i, title := range head[1] {
		cell, err := excelize.CoordinatesToCellName(i+1, 3)
		require.NoError(t, err)
		column[title] = cell
	}
	for _, c := range []struct {
		title string
		cell  any
		field string
		want  any
		code  string
	}{
		{"人均收入（估算）（元）", 6899.99, "per_head_estimate", 689999.0, ""},
		{"人均收入（估算）（元）", "6,900元", "per_head_estimate", 690000.0, ""},
		{"人均收入（估算）（元）", 0.1 + 0.2, "per_head_estimate", 30.0, ""},
		{"人均收入（估算）（元）", "1.005", "per_head_estimate", nil, "FRM-112"},
		{"人均收入（估算）（元）", "六千", "per_head_estimate", nil, "FRM-112"},
		{"生活整体出现困难", "√", "difficult", true, ""},
		{"生活整体出现困难", "×", "difficult", false, ""},
		{"生活整体出现困难", "也许", "difficult", nil, "FRM-112"},
		{"发现渠道", "农户申请", "channel", "application", ""},
		{"发现渠道", "听说", "channel", nil, "FRM-112"},
		{"特殊群体", "低保家庭；重度残疾", "groups", []any{"dibao", "disabled"}, ""},
		{"调查日期", "2026年11月3日", "surveyed_on", "2026-11-03", ""},
		{"调查日期", "昨天", "surveyed_on", nil, "FRM-112"},
		{"家庭人口", 4, "population", 4.0, ""},
		{"行键（勿改）", "", "", nil, "FRM-101"},
		{"版本（勿改）", "新", "", nil, "FRM-103"},
	} {
		require.Contains(t, column, c.title)
		b, err := formbook.Open(bytes.NewReader(change(t, raw, func(x *excelize.File, sheet string) {
			require.NoError(t, x.SetCellValue(sheet, column[c.title], c.cell))
		})), snapshot)
		require.NoError(t, err)
		require.Len(t, b.Entries, 1)
		if c.code == "" {
			require.Empty(t, b.Entries[0].Faults, "%v", c)
			require.Equal(t, c.want, b.Entries[0].Answers[c.field], "%v", c)
		} else {
			require.NotEmpty(t, b.Entries[0].Faults, "%v", c)
			require.Equal(t, c.code, b.Entries[0].Faults[0].Code, "%v", c)
		}
	}
}

// An income sheet goes out with the items of the county, and those left blank are not taken.
func TestIncomeSheetHasTheItemsOfTheCounty(t *testing.T) {
	t.Parallel()
	f, _ := forms.Standard.InForce("annex6", policy.Snapshot{})
	raw := book(t, f, formbook.Entry{Subject: "H1", Name: "周大山"})
	raw = change(t, raw, func(x *excelize.File, sheet string) {
		rows, err := x.GetRows(sheet)
		require.NoError(t, err)
		n := 0
		for i, r := range rows {
			if len(r) > 0 && r[0] == "玉米" {
				n++
				cell, err := excelize.CoordinatesToCellName(3, i+1)
				require.NoError(t, err)
				require.NoError(t, x.SetCellValue(sheet, cell, 1200.5))
			}
		}
		require.Equal(t, 1, n)
	})
	b, err := formbook.Open(bytes.NewReader(raw), snapshot)
	require.NoError(t, err)
	require.Equal(t, []any{map[string]any{"item": "1-11", "income": 120050.0, "expense": 0.0}}, b.Entries[0].Answers["income"])
}

func TestSameSubjectTwice(t *testing.T) {
	t.Parallel()
	f, _ := forms.Standard.InForce("f3", policy.Snapshot{})
	b, err := formbook.Open(bytes.NewReader(book(t, f, formbook.Entry{Subject: "H1", Name: "甲"}, formbook.Entry{Subject: "H1", Name: "甲"})), snapshot)
	require.NoError(t, err)
	require.Empty(t, b.Entries[0].Faults)
	require.Equal(t, "FRM-102", b.Entries[1].Faults[0].Code)
}

func TestWorkbooksAreRefused(t *testing.T) {
	t.Parallel()
	f, _ := forms.Standard.InForce("f3", policy.Snapshot{})
	good := book(t, f, formbook.Entry{Subject: "H1", Name: "甲"})
	withPart := func(name string) []byte {
		in, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
		require.NoError(t, err)
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, part := range in.File {
			require.NoError(t, z.Copy(part))
		}
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte("x"))
		require.NoError(t, err)
		require.NoError(t, z.Close())
		return out.Bytes()
	}
	bomb := func() []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		w, err := z.Create("xl/worksheets/sheet1.xml")
		require.NoError(t, err)
		zeros := make([]byte, 1<<20)
		for range 257 {
			_, err = w.Write(zeros)
			require.NoError(t, err)
		}
		require.NoError(t, z.Close())
		return out.Bytes()
	}
	for name, c := range map[string]struct {
		raw  []byte
		code string
	}{
		"no workbook": {[]byte("x"), "LED-001"}, "zip bomb": {bomb(), "LED-003"}, "macros": {withPart("xl/vbaProject.bin"), "LED-006"}, "controls": {withPart("xl/activeX/activeX1.xml"), "LED-006"},
		"links": {withPart("xl/externalLinks/externalLink1.xml"), "LED-007"}, "connections": {withPart("xl/connections.xml"), "LED-007"}, "objects": {withPart("xl/embeddings/a.docx"), "LED-006"},
		"another workbook": {change(t, good, func(x *excelize.File, s string) { require.NoError(t, x.SetCellValue(s, "A1", "别的")) }), "FRM-001"},
		"unknown form":     {change(t, good, func(x *excelize.File, s string) { require.NoError(t, x.SetCellValue(s, "B1", "f3@9")) }), "FRM-004"},
	} {
		_, err := formbook.Open(bytes.NewReader(c.raw), snapshot)
		var fault policy.Fault
		require.ErrorAs(t, err, &fault, name)
		require.Equal(t, c.code, fault.Code, name)
	}
	b, err := formbook.Open(bytes.NewReader(change(t, good, func(x *excelize.File, s string) { require.NoError(t, x.SetCellFormula(s, "D3", "1+1")) })), snapshot)
	require.NoError(t, err)
	if len(b.Entries[0].Faults) > 0 {
		require.Equal(t, "FRM-111", b.Entries[0].Faults[0].Code)
	}
	var many []formbook.Entry
	for range formbook.MaxSheets + 1 {
		many = append(many, formbook.Entry{Subject: "H", Name: "甲"})
	}
	annex, _ := forms.Standard.InForce("annex6", policy.Snapshot{})
	require.Error(t, formbook.Write(&bytes.Buffer{}, annex, "", "", "", many, policy.Snapshot{}))
}

// The returned workbook has a word beside each line, and reads again as it was.
func TestReturnedWorkbook(t *testing.T) {
	t.Parallel()
	f, _ := forms.Standard.InForce("f3", policy.Snapshot{})
	b, err := formbook.Open(bytes.NewReader(book(t, f, formbook.Entry{Subject: "H1", Name: "甲", Answers: written(f)})), snapshot)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, b.Return(&out, []formbook.Result{{Sheet: b.Entries[0].Sheet, Line: b.Entries[0].Line, Title: "未导入", Text: "他人已改动", Bad: true}}))
	again, err := formbook.Open(bytes.NewReader(out.Bytes()), snapshot)
	require.NoError(t, err)
	require.Equal(t, b.Entries[0].Entry, again.Entries[0].Entry)
	x, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	require.NoError(t, err)
	rows, err := x.GetRows(x.GetSheetName(0))
	require.NoError(t, err)
	require.Contains(t, rows[2], "未导入")
	require.Contains(t, rows[2], "他人已改动")
}

// Whatever a file holds, it is read or refused with a code, and what was read are answers that the form can look at.
func FuzzOpen(f *testing.F) {
	for _, code := range []string{"f3", "annex6", "screening_form"} {
		form, _ := forms.Standard.InForce(code, policy.Snapshot{})
		f.Add(book(f, form, formbook.Entry{Subject: "H1", Name: "周大山", Answers: written(form)}))
	}
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := formbook.Open(bytes.NewReader(raw), snapshot)
		if err != nil {
			return
		}
		for _, e := range b.Entries {
			forms.Faults(b.Form.Written(), e.Answers, forms.World{Now: setting.Now})
			b.Form.Compute(e.Answers, forms.World{Now: setting.Now})
		}
	})
}
