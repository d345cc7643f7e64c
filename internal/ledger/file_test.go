package ledger

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// packed makes a package of the given parts.
func packed(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, content := range parts {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return buf.Bytes()
}

func minimal(sheet string) map[string]string {
	return map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + sheet + `</sheetData></worksheet>`,
	}
}

func inline(cells ...string) string {
	var b strings.Builder
	b.WriteString("<row>")
	for _, c := range cells {
		fmt.Fprintf(&b, `<c t="inlineStr"><is><t>%s</t></is></c>`, c)
	}
	return b.String() + "</row>"
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	bomb := minimal(inline("户编号", "户主姓名"))
	bomb["xl/media/zero.bin"] = strings.Repeat("\x00", MaxUnpacked)
	crowd := minimal("")
	for i := range MaxParts {
		crowd[fmt.Sprintf("x/%d", i)] = ""
	}
	long := minimal(inline("户编号", "户主姓名") + strings.Repeat(inline("1", "张三"), MaxRows+50))
	with := func(part, content string) []byte {
		sheet := minimal(inline("户编号", "户主姓名") + inline("1", "张三"))
		sheet[part] = content
		return packed(t, sheet)
	}
	_, err := Read(bytes.NewReader(with("xl/theme/other.xml", "")))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		file []byte
		code string
	}{
		"empty":           {nil, "LED-001"},
		"text":            {[]byte("户编号,姓名\n1,张三"), "LED-001"},
		"old format":      {append([]byte{0xD0, 0xCF, 0x11, 0xE0}, make([]byte, 600)...), "LED-001"},
		"zip of no sheet": {packed(t, map[string]string{"a.txt": "a"}), "LED-001"},
		"cut off":         {workbook(t, "S", []any{"户编号", "户主姓名"})[:900], "LED-001"},
		"too large":       {make([]byte, MaxBytes+1), "LED-002"},
		"bomb":            {packed(t, bomb), "LED-003"},
		"many parts":      {packed(t, crowd), "LED-003"},
		"no heading":      {workbook(t, "S", []any{"一", "二"}, []any{1, 2}), "LED-004"},
		"only a name":     {workbook(t, "S", []any{"姓名"}, []any{"张三"}), "LED-004"},
		"empty sheet":     {workbook(t, "S"), "LED-004"},
		"too many rows":   {packed(t, long), "LED-005"},
		"macros":          {with("xl/vbaProject.bin", ""), "LED-006"},
		"old macros":      {with("xl/macrosheets/sheet1.xml", ""), "LED-006"},
		"macros by type":  {with("[Content_Types].xml", "<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"), "LED-006"},
		"control":         {with(`xl\activeX\activeX1.xml`, ""), "LED-006"},
		"embedded file":   {with("xl/embeddings/oleObject1.bin", ""), "LED-006"},
		"another file":    {with("xl/externalLinks/externalLink1.xml", ""), "LED-007"},
		"connection":      {with("xl/connections.xml", ""), "LED-007"},
		"query":           {with("xl/queryTables/queryTable1.xml", ""), "LED-007"},
	} {
		_, err := Read(bytes.NewReader(c.file))
		require.Error(t, err, name)
		require.Equal(t, c.code, code(t, err), name)
		if c.code == "LED-004" {
			continue // a workbook of other rows needs no heading of a ledger
		}
		_, err = OpenWorkbook(bytes.NewReader(c.file))
		require.Error(t, err, name)
		require.Equal(t, c.code, code(t, err), name)
	}
}

// A part that claims to be small and is not must not be unpacked beyond its claim. Not parallel: it watches the memory.
func TestLyingBomb(t *testing.T) {
	parts := minimal(inline("户编号", "户主姓名", "身份证号"))
	parts["xl/media/zero.bin"] = strings.Repeat("0", 64<<20)
	file := packed(t, parts)
	size := make([]byte, 4)
	binary.LittleEndian.PutUint32(size, 64<<20)
	require.Positive(t, bytes.Count(file, size))
	file = bytes.ReplaceAll(file, size, []byte{100, 0, 0, 0})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = Read(bytes.NewReader(file)) // whether the rest is usable does not matter
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
}

func TestSparseSheetIsBounded(t *testing.T) {
	t.Parallel()
	far := minimal(inline("户编号", "户主姓名", "身份证号") + inline("H1", "单志明", headID) +
		`<row r="1048570"><c r="XFD1048570" t="inlineStr"><is><t>远</t></is></c></row>`)
	l := read(t, packed(t, far))
	require.Len(t, l.Sheets[0].Rows, 1)
	wide := minimal(inline("户编号", "户主姓名", "身份证号") + strings.Repeat(`<row><c r="XFD2" t="inlineStr"><is><t>远</t></is></c></row>`, 50))
	require.Empty(t, read(t, packed(t, wide)).Sheets[0].Rows)
}

func TestFormulasInNamelessCells(t *testing.T) {
	t.Parallel()
	file := packed(t, minimal(inline("户编号", "户主姓名", "身份证号")+`<row><c t="inlineStr"><is><t>H1</t></is></c><c><f>A1</f><v>1</v></c></row>`))
	l := read(t, file)
	require.Equal(t, []int{1}, l.Sheets[0].Rows[0].Formulas)
	x := readable(t, file)
	defer x.Close()
	require.Equal(t, map[[2]int]bool{{1, 1}: true}, layouts(x)["S"].formulas)
}

func TestAgeFormulaIsNoFault(t *testing.T) {
	t.Parallel()
	l := read(t, workbook(t, "S", []any{"户编号", "户主姓名", "年龄"}, []any{"H1", "单志明", "=1+1"}))
	require.Empty(t, l.Sheets[0].Rows[0].Formulas, "ages are not read")
}

func TestReturnedIsDisarmed(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	original := workbook(t, "松塘村", []any{"户编号", "户主姓名", "身份证号", "年收入", "备注"},
		[]any{"H1", "@SUM(A1)", headID, "=1+1", "+cmd|' /C calc'!A0"}, []any{"H2", "李秀芳", wifeID, -5, "-2+3"}, []any{"H3", "贺天顺", id("51990119900101015"), 1, "-"})
	// A text cell may hold what looks like a formula.
	x := readable(t, original)
	require.NoError(t, x.SetCellStr("松塘村", "F1", "=HYPERLINK"))
	original = saved(t, x)
	p := plan(t, store, original)
	var out bytes.Buffer
	require.NoError(t, Returned(&out, bytes.NewReader(original), p))
	x = readable(t, out.Bytes())
	defer x.Close()
	for _, sheet := range x.GetSheetList() {
		require.Empty(t, layouts(x)[sheet].formulas)
		grid, err := readGrid(x, sheet)
		require.NoError(t, err)
		for _, row := range grid {
			for _, v := range row {
				require.Equal(t, guarded(v), v, "nothing that could run is left")
			}
		}
	}
	for cell, want := range map[string]string{"B2": "'@SUM(A1)", "D2": "'=1+1", "E2": "'+cmd|' /C calc'!A0", "D3": "-5", "E3": "'-2+3", "E4": "-", "F1": "'=HYPERLINK", "G2": "未导入", "G4": "新增", "G1": resultHeading, "H1": faultHeading} {
		got, err := x.GetCellValue("松塘村", cell)
		require.NoError(t, err)
		require.Equal(t, want, got, cell)
	}
	words, err := x.GetCellValue("松塘村", "H2")
	require.NoError(t, err)
	require.Contains(t, words, "LED-101")
	require.Contains(t, words, "LED-103")
	require.True(t, red(t, x, "D2") && red(t, x, "B2") && red(t, x, "G2") && !red(t, x, "B4") && !red(t, x, "E2"))

	// Mended and sent again, it replaces its own result columns.
	require.NoError(t, x.SetCellStr("松塘村", "B2", "单志明"))
	require.NoError(t, x.SetCellInt("松塘村", "D2", 12000))
	mended := saved(t, x)
	p = plan(t, store, mended)
	require.Equal(t, 2, p.Created)
	var again bytes.Buffer
	require.NoError(t, Returned(&again, bytes.NewReader(mended), p))
	x = readable(t, again.Bytes())
	defer x.Close()
	got, err := x.GetCellValue("松塘村", "G2")
	require.NoError(t, err)
	require.Equal(t, "新增", got)
	require.Contains(t, x.GetSheetList(), summarySheet)

	require.Equal(t, "LED-902", code(t, Returned(&again, bytes.NewReader(original), p)), "not the file of the plan")
}

func red(t *testing.T, x *excelize.File, cell string) bool {
	t.Helper()
	i, err := x.GetCellStyle("松塘村", cell)
	require.NoError(t, err)
	style, err := x.GetStyle(i)
	require.NoError(t, err)
	return len(style.Fill.Color) == 1 && strings.HasSuffix(style.Fill.Color[0], "FFC7CE")
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	a, _ := generated(t, GenerateOptions{Seed: 1, Households: 90})
	b, _ := generated(t, GenerateOptions{Seed: 1, Households: 90})
	c, _ := generated(t, GenerateOptions{Seed: 2, Households: 90})
	require.Equal(t, read(t, a).Sheets, read(t, b).Sheets, "equal seeds, equal ledgers")
	require.NotEqual(t, read(t, a).Sheets, read(t, c).Sheets)
	for _, s := range read(t, a).Sheets {
		require.True(t, s.PerPerson)
		for _, r := range s.Rows {
			n, _ := digits(r.Values[IDNo])
			require.True(t, strings.HasPrefix(n, FictionPrefix), "invented numbers only")
		}
	}
	for _, o := range []GenerateOptions{{Households: 3}, {Villages: 10}, {Area: "510923"}, {Area: "5199"}} {
		_, err := Generate(&bytes.Buffer{}, o)
		require.Error(t, err)
	}
}
