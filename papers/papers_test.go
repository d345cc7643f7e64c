package papers

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the reference renderings anew; look at them before they are committed")

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

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), name)
}

func TestThePapersSayWhatTheirReferencesSay(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	for name, docs := range every(t, f) {
		pages, err := f.sheets(docs)
		require.NoError(t, err, name)
		golden(t, name+".txt", []byte(textOf(pages)))
		golden(t, name+".xml", []byte(strings.ReplaceAll(part(t, docs, "word/document.xml"), "><w:p>", ">\n<w:p>")))
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

// dpi of the reference pictures: enough to see each character as a shape, small enough to keep.
const dpi = "40"

// poppler must be there, unless it is left out on purpose.
func poppler(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		if os.Getenv("SHOUWANG_TEST_SKIP_PICTURES") == "1" {
			t.Skip("no pictures asked for")
		}
		t.Fatal("pdftoppm (poppler-utils) is missing; SHOUWANG_TEST_SKIP_PICTURES=1 leaves the pictures out")
	}
}

// pictures are the pages of a PDF as poppler draws them.
func pictures(t *testing.T, pdf []byte) []image.Image {
	t.Helper()
	poppler(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "paper.pdf")
	require.NoError(t, os.WriteFile(file, pdf, 0o600))
	out, err := exec.Command("pdftoppm", "-r", dpi, "-gray", "-png", file, filepath.Join(dir, "p")).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Empty(t, string(out), "poppler complains of nothing")
	names, err := filepath.Glob(filepath.Join(dir, "p-*.png"))
	require.NoError(t, err)
	slices.Sort(names)
	images := make([]image.Image, len(names))
	for i, n := range names {
		images[i] = readPNG(t, n)
	}
	return images
}

func readPNG(t *testing.T, name string) image.Image {
	t.Helper()
	r, err := os.Open(name)
	require.NoError(t, err)
	defer r.Close()
	img, err := png.Decode(r)
	require.NoError(t, err)
	return img
}

// differ is the part of points that are clearly lighter or darker in one of two pictures.
func differ(a, b image.Image) float64 {
	if a.Bounds() != b.Bounds() {
		return 1
	}
	n, other := 0, 0
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			p, _, _, _ := a.At(x, y).RGBA()
			q, _, _, _ := b.At(x, y).RGBA()
			if d := int(p) - int(q); d > 0x5000 || d < -0x5000 {
				other++
			}
			n++
		}
	}
	return float64(other) / float64(n)
}

func TestThePapersLookAsTheirReferencesLook(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	for name, docs := range every(t, f) {
		var b bytes.Buffer
		require.NoError(t, f.PDF(&b, docs...))
		images := pictures(t, b.Bytes())
		for i, img := range images {
			path := filepath.Join("testdata", fmt.Sprintf("%s-%d.png", name, i+1))
			if *update {
				w, err := os.Create(path)
				require.NoError(t, err)
				require.NoError(t, png.Encode(w, img))
				require.NoError(t, w.Close())
				continue
			}
			require.Less(t, differ(readPNG(t, path), img), 0.001, path)
		}
		more := filepath.Join("testdata", fmt.Sprintf("%s-%d.png", name, len(images)+1))
		require.NoFileExists(t, more, "a page is missing")
	}
}

// What a reader of the PDF finds, copies and searches is what was laid out: the characters of the file map back to text.
func TestTheTextOfThePDFIsThatOfTheLayout(t *testing.T) {
	t.Parallel()
	poppler(t)
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
		return pictures(t, b.Bytes())[0]
	}
	require.Zero(t, differ(draw("覃守田"), draw("覃守田")))
	require.Positive(t, differ(draw("覃守田"), draw("岑水生")))
}
