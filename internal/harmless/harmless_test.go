package harmless_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/harmless"
	"shouwang/policy"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	rels := func(kind, mode string) string {
		return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + types + kind +
			`" Target="file:///somewhere" TargetMode="` + mode + `"/></Relationships>`
	}
	for _, c := range []struct{ name, part, content, code string }{
		{"a sheet", "xl/worksheets/sheet1.xml", "<worksheet/>", ""},
		{"macros", "xl/vbaProject.bin", "x", "TST-006"},
		{"macros by another slash", `xl\vbaProject.bin`, "x", "TST-006"},
		{"macros said in the types", "[Content_Types].xml", `<Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>`, "TST-006"},
		{"a control", "xl/activeX/activeX1.xml", "<x/>", "TST-006"},
		{"another file inside", "xl/embeddings/oleObject1.bin", "x", "TST-006"},
		{"another workbook", "xl/externalLinks/externalLink1.xml", "<x/>", "TST-007"},
		{"a database", "xl/connections.xml", "<x/>", "TST-007"},
		{"a picture from elsewhere", "xl/drawings/_rels/drawing1.xml.rels", rels("/image", "External"), "TST-007"},
		{"a picture of its own", "xl/drawings/_rels/drawing1.xml.rels", rels("/image", "Internal"), ""},
		{"an address to click on", "xl/worksheets/_rels/sheet1.xml.rels", rels("/hyperlink", "External"), ""},
		{"a part that is no XML", "xl/_rels/workbook.xml.rels", "<", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			w := zip.NewWriter(&b)
			part, err := w.Create(c.part)
			require.NoError(t, err)
			_, err = part.Write([]byte(c.content))
			require.NoError(t, err)
			require.NoError(t, w.Close())
			z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
			require.NoError(t, err)
			err = harmless.Check(z, "TST")
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			var f policy.Fault
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.code, f.Code)
		})
	}
}
