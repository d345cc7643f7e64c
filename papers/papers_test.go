package papers

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/papertest"
)

// every are all papers as the documents of one file each.
func every(t *testing.T, f *Fonts) map[string][]*Document {
	t.Helper()
	out := map[string][]*Document{}
	for name, d := range samples() {
		out[name] = []*Document{d}
	}
	c, bound := sampleCaseFile()
	docs, err := f.CaseFile(c, bound)
	require.NoError(t, err)
	out["case_file"] = docs
	return out
}

func fonts(t *testing.T) *Fonts {
	t.Helper()
	f, err := LoadFonts("")
	require.NoError(t, err)
	return f
}

// textOf is what stands on pages, row by row: text that begins at the same height is one row.
func textOf(pages []*page) string {
	var b strings.Builder
	for i, p := range pages {
		fmt.Fprintf(&b, "== %d (%.0f × %.0f)\n", i+1, p.width/pt, p.height/pt)
		y := -1.0
		for _, m := range p.marks {
			if m.text == nil {
				continue
			}
			if y >= 0 && m.y != y {
				b.WriteString("\n")
			} else if y >= 0 {
				b.WriteString(" | ")
			}
			y = m.y
			b.WriteString(plain(m.text))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestThePapersSayWhatTheirReferencesSay(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	for name, docs := range every(t, f) {
		pages, err := f.sheets(docs)
		require.NoError(t, err, name)
		papertest.Same(t, name+".txt", []byte(textOf(pages)))
		papertest.Same(t, name+".xml", []byte(strings.ReplaceAll(part(t, docs, "word/document.xml"), "><w:p>", ">\n<w:p>")))
	}
}

// part is one part of the Word file of documents.
func part(t *testing.T, docs []*Document, name string) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, DOCX(&b, docs...))
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	r, err := z.Open(name)
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	for name, docs := range every(t, f) {
		var a, b, c, d bytes.Buffer
		require.NoError(t, f.PDF(&a, docs...))
		require.NoError(t, f.PDF(&b, docs...))
		require.True(t, bytes.Equal(a.Bytes(), b.Bytes()), name+" as PDF")
		require.NoError(t, DOCX(&c, docs...))
		require.NoError(t, DOCX(&d, docs...))
		require.True(t, bytes.Equal(c.Bytes(), d.Bytes()), name+" as DOCX")
		require.Less(t, a.Len(), 400_000, "only the characters in use are in the file")
	}
}

func TestThePapersLookAsTheirReferencesLook(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	for name, docs := range every(t, f) {
		var b bytes.Buffer
		require.NoError(t, f.PDF(&b, docs...))
		papertest.Looks(t, name, b.Bytes())
	}
}

// What a reader of the PDF finds, copies and searches is what was laid out: the characters of the file map back to text.
func TestTheTextOfThePDFIsThatOfTheLayout(t *testing.T) {
	t.Parallel()
	papertest.Poppler(t)
	f := fonts(t)
	bare := strings.NewReplacer(" ", "", "\n", "", "\f", "", "　", "", "☐", "", "☑", "").Replace // boxes are drawn
	for name, docs := range every(t, f) {
		pages, err := f.sheets(docs)
		require.NoError(t, err)
		var want strings.Builder
		for _, p := range pages {
			for _, m := range p.marks {
				want.WriteString(plain(m.text))
			}
		}
		var b bytes.Buffer
		require.NoError(t, f.PDF(&b, docs...))
		file := filepath.Join(t.TempDir(), "paper.pdf")
		require.NoError(t, os.WriteFile(file, b.Bytes(), 0o600))
		got, err := exec.Command("pdftotext", "-raw", "-enc", "UTF-8", file, "-").Output()
		require.NoError(t, err)
		require.Equal(t, bare(want.String()), bare(string(got)), name)
	}
}

// The comparison of pictures must see what matters: one other name on a page.
func TestAnotherNameIsSeenInThePicture(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	draw := func(head string) image.Image {
		n := sampleNotice()
		n.Rows[0].Head = head
		var b bytes.Buffer
		require.NoError(t, f.PDF(&b, VillageNotice(n)))
		return papertest.Pictures(t, b.Bytes())[0]
	}
	require.Zero(t, papertest.Differ(draw("覃守田"), draw("覃守田")))
	require.Positive(t, papertest.Differ(draw("覃守田"), draw("岑水生")))
}
