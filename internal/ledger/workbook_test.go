package ledger

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// A workbook that some program has written without styles comes back with its words, only without colours.
func TestReturnedWithoutStyles(t *testing.T) {
	const office, rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://schemas.openxmlformats.org/package/2006/relationships"
	const types, main = "application/vnd.openxmlformats-officedocument.spreadsheetml", "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	var raw bytes.Buffer
	z := zip.NewWriter(&raw)
	for _, p := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="` + types + `.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + types + `.worksheet+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + rels + `"><Relationship Id="rId1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + main + `" xmlns:r="` + office + `"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + rels + `"><Relationship Id="rId1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", `<worksheet xmlns="` + main + `"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>具体问题</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>漏雨</t></is></c></row></sheetData></worksheet>`},
	} {
		f, err := z.Create(p[0])
		require.NoError(t, err)
		_, err = f.Write([]byte(p[1]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	book, err := OpenWorkbook(&raw)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, book.Returned(&out, map[string]int{"Sheet1": 0}, []Line{{Sheet: "Sheet1", Line: 2, Result: "未导入", Text: "没有这一户", Bad: true}}))
	x, err := excelize.OpenReader(&out)
	require.NoError(t, err)
	rows, err := x.GetRows("Sheet1")
	require.NoError(t, err)
	require.Equal(t, []string{"漏雨", "未导入", "没有这一户"}, rows[1])
}
