package papers

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"

	"shouwang/internal/papertest"
)

const noticeAddress = "https://sw.example.gov.cn/public/villages/990101101001/notices/01KAZ3W5Q7N8R2T4V6X8Z0B1C3"

// scanned is what a reader of codes, made by others than the writer, finds in a picture.
func scanned(t *testing.T, img image.Image) (string, error) {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	require.NoError(t, err)
	found, err := qrcode.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}

// printed is the first page of a PDF as a phone would see it.
func printed(t *testing.T, pdf []byte) image.Image {
	t.Helper()
	papertest.Poppler(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "paper.pdf")
	require.NoError(t, os.WriteFile(file, pdf, 0o600))
	out, err := exec.Command("pdftoppm", "-r", "110", "-gray", "-png", "-singlefile", file, filepath.Join(dir, "p")).CombinedOutput()
	require.NoError(t, err, string(out))
	raw, err := os.ReadFile(filepath.Join(dir, "p.png"))
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	return img
}

func TestTheCodeOnAPrintedNoticeLeadsToIt(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	n := sampleNotice()
	n.Address = noticeAddress
	for name, d := range map[string]*Document{"notice": VillageNotice(n), "announcement": Announcement(n)} {
		var pdf bytes.Buffer
		require.NoError(t, f.PDF(&pdf, d), name)
		text, err := scanned(t, printed(t, pdf.Bytes()))
		require.NoError(t, err, name)
		require.Equal(t, noticeAddress, text, name)
		pages, err := f.Pages(d)
		require.NoError(t, err)
		require.Equal(t, 1, pages, "the code finds room on the sheet")

		var word bytes.Buffer
		require.NoError(t, DOCX(&word, d), name)
		z, err := zip.NewReader(bytes.NewReader(word.Bytes()), int64(word.Len()))
		require.NoError(t, err)
		r, err := z.Open("word/media/code1.png")
		require.NoError(t, err)
		raw, err := io.ReadAll(r)
		require.NoError(t, err)
		img, err := png.Decode(bytes.NewReader(raw))
		require.NoError(t, err)
		text, err = scanned(t, img)
		require.NoError(t, err, name)
		require.Equal(t, noticeAddress, text, name)
		require.Contains(t, part(t, []*Document{d}, "word/_rels/document.xml.rels"), `Target="media/code1.png"`)
	}
}

func TestNoAddressNoCode(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	var pdf bytes.Buffer
	require.NoError(t, f.PDF(&pdf, VillageNotice(sampleNotice())))
	_, err := scanned(t, printed(t, pdf.Bytes()))
	require.Error(t, err)
	pages, err := f.sheets([]*Document{VillageNotice(sampleNotice())})
	require.NoError(t, err)
	require.NotContains(t, textOf(pages), "扫码", "nor words about one")
}

func TestAnAddressTooLongForACodeIsRefused(t *testing.T) {
	t.Parallel()
	n := sampleNotice()
	n.Address = noticeAddress + string(bytes.Repeat([]byte("x"), 3000))
	require.Error(t, fonts(t).PDF(io.Discard, VillageNotice(n)))
	require.Error(t, DOCX(io.Discard, VillageNotice(n)))
}
