package deptlist

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"shouwang/models"
	"shouwang/policy"
)

var today = policy.NewDate(2026, 9, 21)

// number is an invented identity number with a right check digit.
func number(birth string, n int) string {
	first := fmt.Sprintf("510923%s%03d", birth, n%1000)
	sum := 0
	for i, c := range first {
		sum += int(c-'0') * []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	return first + string("10X98765432"[sum%11])
}

func kind(t testing.TB, code string) *Kind {
	t.Helper()
	k, ok := ByCode(code)
	require.True(t, ok)
	return k
}

func places() *Places {
	p := &Places{byName: map[string][]models.Region{}}
	for _, r := range []models.Region{{Code: "510923101201", Name: "石桥村", Path: "云岭县清溪镇石桥村"}, {Code: "510923101202", Name: "柳湾村", Path: "云岭县清溪镇柳湾村"}, {Code: "510923102202", Name: "柳湾村", Path: "云岭县高坪镇柳湾村"}} {
		p.byName[villageKey(r.Name)] = append(p.byName[villageKey(r.Name)], r)
	}
	return p
}

// book makes a workbook of rows; edit may do more to it.
func book(t testing.TB, rows [][]any, edit ...func(*excelize.File)) []byte {
	t.Helper()
	x := excelize.NewFile()
	for i, r := range rows {
		require.NoError(t, x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r))
	}
	for _, f := range edit {
		f(x)
	}
	var b bytes.Buffer
	require.NoError(t, x.Write(&b))
	return b.Bytes()
}

// rowsOf reads all rows of a file by the suggested mapping.
func rowsOf(t testing.TB, k *Kind, content []byte) []*Row {
	t.Helper()
	f, err := Open(bytes.NewReader(content), k, nil)
	require.NoError(t, err)
	m := Suggest(k, f.Headings(), nil)
	require.Empty(t, m.Check(k))
	var out []*Row
	require.NoError(t, (&Reader{File: f, Kind: k, Mapping: m, Places: places(), Today: today}).Each(func(r *Row) error {
		r.Cells = nil
		out = append(out, r)
		return nil
	}))
	require.Len(t, out, f.Rows)
	return out
}

func codes(r *Row) []string {
	out := []string{}
	for _, f := range r.Faults {
		out = append(out, f.Code)
	}
	return out
}

func TestWorkbookAndTextReadTheSame(t *testing.T) {
	t.Parallel()
	k, id := kind(t, "medical_cost"), number("19600307", 1)
	want := &Row{Sheet: "CSV", Line: 3, Who: Who{Name: "罗守田", IDNo: id, Village: "石桥村", Birth: policy.NewDate(1960, 3, 7)}, Village: "510923101201",
		Values: map[string]string{"year": "2026", "own": "1234567"}}
	csv := "2026年1—8月大额医疗费用\n序号,姓 名,身份证号码,行政村,年度,个人自付(元)\n1,罗守田," + id + ",石桥村,2026年,\"12,345.67\"\n\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(csv)
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"utf8": []byte(csv), "bom": []byte("\ufeff" + csv), "gb18030": []byte(gb), "tab": []byte(strings.NewReplacer("\"12,345.67\"", "12345.67", ",", "\t").Replace(csv)),
		"kept as text": []byte(strings.Replace(csv, id, `="`+id+`"`, 1)),
	} {
		require.Equal(t, []*Row{want}, rowsOf(t, k, content), name)
	}
	want.Sheet, want.Line = "Sheet1", 3
	rows := [][]any{{"2026年1—8月大额医疗费用"}, {"序号", "姓 名", "*身份证号码", "行政村", "年度", "个人自付(元)"}, {1, "罗守田", id, "石桥村", 2026, 12345.67}}
	require.Equal(t, []*Row{want}, rowsOf(t, k, book(t, rows)))
	wan := [][]any{{"x"}, {"姓名", "身份证号", "村", "年度", "个人自付(万元)"}, {"罗守田", id, "石桥村", "2026", "1.234567"}}
	require.Equal(t, []*Row{want}, rowsOf(t, k, book(t, wan)))
}

func TestFaultsOfRows(t *testing.T) {
	t.Parallel()
	id := number("19600307", 1)
	for _, x := range []struct {
		row  string
		want []string
	}{
		{"罗守田," + id + ",,,一级,肢体,2026-01-02", []string{}},
		{"罗守田,,石桥村,1960.3.7,1,肢体残疾,46024", []string{}},
		{"," + id + ",,,一级,肢体,", []string{"DPT-101"}},
		{"罗守田,,,,一级,肢体,", []string{"DPT-102"}},
		{"罗守田,,柳湾村,,一级,肢体,", []string{"DPT-104"}},
		{"罗守田,,无名村,,一级,肢体,", []string{"DPT-104"}},
		{"罗守田," + id[:17] + "?,,,一级,肢体,", []string{"DPT-103"}},
		{"罗守田,5.10923E+17,,,一级,肢体,", []string{"DPT-103"}},
		{"罗守田," + id + ",,1961-03-07,一级,肢体,", []string{"DPT-110"}},
		{"罗守田," + id + ",,2999-03-07,一级,肢体,", []string{"DPT-106"}},
		{"罗守田," + id + ",,,五级,肢体,", []string{"DPT-109"}},
		{"罗守田," + id + ",,,,肢体,昨天", []string{"DPT-105", "DPT-106"}},
	} {
		got := rowsOf(t, kind(t, "disability"), []byte("姓名,身份证号,村,出生日期,残疾等级,残疾类别,发证日期\n"+x.row+"\n"))
		require.Len(t, got, 1, x.row)
		require.ElementsMatch(t, x.want, codes(got[0]), "%s %v", x.row, got[0].Faults)
		for _, f := range got[0].Faults {
			require.NotContains(t, f.Message, id[:17], "a message repeats no number")
		}
	}
	for s, want := range map[string]string{"2026": "2026", "2025-2026学年": "2025", "2027年度": "2027", "2028": "", "2014": "", "去年": ""} {
		got, ok := year(s, today)
		require.Equal(t, want != "", ok, s)
		require.Equal(t, want, got, s)
	}
}

// part adds a part to a workbook, or says that one is something else.
func part(t testing.TB, content []byte, name, body string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		if f.Name != name {
			require.NoError(t, w.Copy(f))
		}
	}
	p, err := w.Create(name)
	require.NoError(t, err)
	_, err = io.WriteString(p, body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestDangerousFilesAreRefused(t *testing.T) {
	t.Parallel()
	rows := [][]any{{"姓名", "身份证号", "死亡日期"}, {"罗守田", number("19600307", 1), "2026-01-02"}}
	plain := book(t, rows)
	formula := func(cell string) []byte {
		return book(t, rows, func(x *excelize.File) { require.NoError(t, x.SetCellFormula("Sheet1", cell, "1+1")) })
	}
	head := "姓名,身份证号,死亡日期\n"
	for _, x := range []struct {
		name    string
		content []byte
		code    string
	}{
		{"plain", plain, ""},
		{"formula above the data", book(t, append([][]any{{"标题"}}, rows...), func(x *excelize.File) { require.NoError(t, x.SetCellFormula("Sheet1", "D1", "TODAY()")) }), ""},
		{"formula", formula("C2"), "DPT-008"},
		{"formula in csv", []byte(head + "罗守田,=HYPERLINK(\"x\"),2026-01-02\n"), "DPT-008"},
		{"formula as text", []byte(head + "罗守田,\"=\"\"1\"\"&\"\"2\"\"\",2026-01-02\n"), "DPT-008"},
		{"macro", part(t, plain, "xl/vbaProject.bin", "x"), "DPT-006"},
		{"macro type", part(t, plain, "[Content_Types].xml", "<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"), "DPT-006"},
		{"embedded", part(t, plain, "xl/embeddings/oleObject1.bin", "x"), "DPT-006"},
		{"link", part(t, plain, "xl/externalLinks/externalLink1.xml", "<x/>"), "DPT-007"},
		{"connection", part(t, plain, "xl/connections.xml", "<x/>"), "DPT-007"},
		{"no heading", book(t, [][]any{{"甲", "乙"}, {"1", "2"}}), "DPT-004"},
		{"one known column", []byte("姓名,备注\n罗守田,x\n"), "DPT-004"},
		{"old", []byte("\xD0\xCF\x11\xE0xxxxxxxx"), "DPT-001"},
		{"broken zip", append([]byte("PK\x03\x04"), bytes.Repeat([]byte{7}, 90)...), "DPT-001"},
		{"broken xml", part(t, plain, "xl/worksheets/sheet1.xml", "<worksheet><sheetData><row><c"), "DPT-001"},
		{"utf16", []byte("\xff\xfex\x00"), "DPT-009"},
		{"no encoding", []byte(head + "\xff\xff\xff,1,2026-01-02\n"), "DPT-009"},
		{"bomb", part(t, plain, "xl/media/x", strings.Repeat("0", MaxUnpacked+1)), "DPT-003"},
		{"too large", bytes.Repeat([]byte("a"), MaxBytes+1), "DPT-002"},
		{"most rows", []byte(head + strings.Repeat("罗,1,2\n", MaxRows)), ""},
		{"too many rows", []byte(head + strings.Repeat("罗,1,2\n", MaxRows+1)), "DPT-005"},
	} {
		_, err := Open(bytes.NewReader(x.content), kind(t, "death"), nil)
		if x.code == "" {
			require.NoError(t, err, x.name)
			continue
		}
		var f policy.Fault
		require.ErrorAs(t, err, &f, x.name)
		require.Equal(t, x.code, f.Code, x.name)
	}
}

// A zip that declares less than it holds is not believed.
func TestLyingArchiveIsRefused(t *testing.T) {
	t.Parallel()
	plain := book(t, [][]any{{"姓名", "身份证号", "死亡日期"}, {"罗", "1", "2"}})
	z, err := zip.NewReader(bytes.NewReader(plain), int64(len(plain)))
	require.NoError(t, err)
	for _, f := range z.File {
		f.UncompressedSize64 = 10
	}
	_, err = openWorkbook(z)
	require.Error(t, err)
}

func TestMappings(t *testing.T) {
	t.Parallel()
	k := kind(t, "house_grade")
	heads := []string{"序号", "户主姓名", "姓名", "身份证号", "鉴定等级", "级别"}
	require.Equal(t, Mapping{"户主姓名": "name", "身份证号": "id_no", "鉴定等级": "grade"}, Suggest(k, []string{"序号", "户主姓名", "身份证号", "鉴定等级"}, nil))
	saved := Mapping{"级别": "grade", "旧列": "on", "户主姓名": "name", "序号": "nonsense"}
	require.Equal(t, Mapping{"级别": "grade", "户主姓名": "name", "身份证号": "id_no"}, Suggest(k, heads, saved), "what was saved comes first, and no field twice")

	fine := Mapping{"a": "name", "b": "id_no", "c": "grade"}
	require.Empty(t, fine.Check(k))
	for code, m := range map[string]Mapping{
		"DPT-201": {"a": "name", "b": "id_no"}, "DPT-202": {"a": "name", "b": "id_no", "c": "grade", "d": "grade"}, "DPT-203": {"a": "name", "b": "id_no", "c": "grade", "d": "own"},
	} {
		faults := m.Check(k)
		require.Len(t, faults, 1, code)
		require.Equal(t, code, faults[0].Code)
	}
	require.Equal(t, "DPT-201", Mapping{"a": "name", "c": "grade"}.Check(k)[0].Code, "nobody can be told by a name alone")
	require.Empty(t, Mapping{"a": "name", "b": "village", "c": "grade"}.Check(k))
	require.Equal(t, Mapping{"户主": "name"}, Mapping{" 户 主 ": "name", "x": "", "": "on"}.Trimmed())
}

// Every kind can be read: its own headings are understood, and codes and headings clash nowhere.
func TestKindsAreSound(t *testing.T) {
	t.Parallel()
	seen, depts := map[string]bool{}, map[string]bool{}
	for i := range Kinds {
		k := &Kinds[i]
		require.False(t, seen[k.Code], k.Code)
		seen[k.Code], depts[k.Dept] = true, true
		require.NotEqual(t, k.Dept, k.DeptTitle(), "%s has a department of the catalogue", k.Code)
		var heads []string
		names := map[string]string{}
		for _, f := range k.All() {
			heads = append(heads, f.Names[0])
			for _, n := range f.Names {
				if other, ok := names[headingKey(n)]; ok {
					require.Equal(t, other, f.Code, "%s: %s", k.Code, n)
				}
				names[headingKey(n)] = f.Code
			}
			require.Equal(t, f.Kind == Choice, len(f.Values) > 0)
		}
		m := Suggest(k, heads, nil)
		require.Len(t, m, len(heads), k.Code)
		require.Empty(t, m.Check(k))
		for _, s := range append(k.Slot, k.Amount) {
			if _, ok := k.Field(s); s != "" {
				require.True(t, ok, "%s %s", k.Code, s)
			}
		}
	}
	for _, d := range []string{"agriculture", "civil_affairs", "public_security", "human_resources", "medical_insurance", "health", "education", "disabled_federation", "housing", "water_affairs"} {
		require.True(t, depts[d], "S4-013: a list of %s", d)
	}
}

// What is held while 100,000 rows are read does not grow with them, beside the file itself.
func TestMemoryIsConstant(t *testing.T) {
	k := kind(t, "death")
	used := func(rows int) uint64 {
		x := excelize.NewFile()
		w, err := x.NewStreamWriter("Sheet1")
		require.NoError(t, err)
		require.NoError(t, w.SetRow("A1", []any{"姓名", "身份证号", "死亡日期", "住址", "备注"}))
		for i := range rows {
			require.NoError(t, w.SetRow(fmt.Sprintf("A%d", i+2), []any{"罗守田", number("19600307", i), "2026-01-02", fmt.Sprintf("石桥村三组%d号", i), "按月报送"}))
		}
		require.NoError(t, w.Flush())
		var b bytes.Buffer
		require.NoError(t, x.Write(&b))
		require.NoError(t, x.Close())
		f, err := Open(&b, k, nil)
		require.NoError(t, err)
		m := Suggest(k, f.Headings(), nil)
		most, n, stats := uint64(0), 0, runtime.MemStats{}
		require.NoError(t, (&Reader{File: f, Kind: k, Mapping: m, Places: places(), Today: today}).Each(func(*Row) error {
			if n++; n%(rows/3) == 0 {
				runtime.GC()
				runtime.ReadMemStats(&stats)
				most = max(most, stats.HeapAlloc)
			}
			return nil
		}))
		require.Equal(t, rows, n)
		return most
	}
	few, many := used(1000), used(MaxRows)
	require.Less(t, many, few+16<<20, "no more than the file itself and a little")
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("姓名,身份证号,死亡日期\n罗守田,510923196003070014,2026-01-02\n"))
	f.Add([]byte("\ufeff姓名\t村\t死亡日期\n\"罗\"\t石桥村\t1\n"))
	f.Add(book(f, [][]any{{"姓名", "身份证号", "死亡日期"}, {"罗守田", "510923196003070014", 46024}}))
	f.Add([]byte("\xd0\xd5\xc3\xfb,\xb4\xe5\n"))
	k := kind(f, "death")
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := Open(bytes.NewReader(content), k, nil)
		if err != nil {
			var fault policy.Fault
			require.ErrorAs(t, err, &fault, "a file is refused with a code and words")
			return
		}
		n := 0
		require.NoError(t, (&Reader{File: file, Kind: k, Mapping: Suggest(k, file.Headings(), nil), Places: places(), Today: today}).Each(func(r *Row) error {
			n++
			require.Positive(t, r.Line)
			if !r.Bad() {
				require.NotEmpty(t, r.Who.Name)
				require.True(t, r.Who.IDNo != "" || r.Village != "")
			}
			return nil
		}))
		require.Equal(t, file.Rows, n, "all rows are given that were counted")
	})
}

func FuzzMapping(f *testing.F) {
	f.Add("姓名", "身份证号", "鉴定等级", "grade")
	f.Add("户主", "x", "村", "name")
	k := kind(f, "house_grade")
	f.Fuzz(func(t *testing.T, a, b, c, code string) {
		m := Suggest(k, []string{a, b, c}, Mapping{a: code})
		taken := map[string]bool{}
		for _, field := range m {
			require.False(t, taken[field], "no field has two columns")
			taken[field] = true
			_, ok := k.Field(field)
			require.True(t, ok)
		}
		for _, fault := range m.Check(k) {
			require.Equal(t, "DPT-201", fault.Code)
		}
	})
}
