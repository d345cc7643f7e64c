// Package papertest compares papers with stored reference renderings: what they say as text, how they look as small grey
// pictures. "-update" writes the references anew; look at them before they are committed.
package papertest

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the reference renderings anew; look at them before they are committed")

// Same compares bytes with the reference of that name in testdata.
func Same(t *testing.T, name string, got []byte) {
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

// dpi of the reference pictures: enough to see each character as a shape, small enough to keep.
const dpi = "40"

// Poppler must be there, unless it is left out on purpose.
func Poppler(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		if os.Getenv("SHOUWANG_TEST_SKIP_PICTURES") == "1" {
			t.Skip("no pictures asked for")
		}
		t.Fatal("pdftoppm (poppler-utils) is missing; SHOUWANG_TEST_SKIP_PICTURES=1 leaves the pictures out")
	}
}

// Pictures are the pages of a PDF as poppler draws them.
func Pictures(t *testing.T, pdf []byte) []image.Image {
	t.Helper()
	Poppler(t)
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
		images[i] = read(t, n)
	}
	return images
}

func read(t *testing.T, name string) image.Image {
	t.Helper()
	r, err := os.Open(name)
	require.NoError(t, err)
	defer r.Close()
	img, err := png.Decode(r)
	require.NoError(t, err)
	return img
}

// Differ is the part of points that are clearly lighter or darker in one of two pictures.
func Differ(a, b image.Image) float64 {
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

// Looks compares the pages of a PDF one by one with the pictures NAME-1.png, NAME-2.png … in testdata.
func Looks(t *testing.T, name string, pdf []byte) {
	t.Helper()
	images := Pictures(t, pdf)
	for i, img := range images {
		path := filepath.Join("testdata", fmt.Sprintf("%s-%d.png", name, i+1))
		if *update {
			write(t, path, img)
			continue
		}
		require.Less(t, Differ(read(t, path), img), 0.001, path)
	}
	more := filepath.Join("testdata", fmt.Sprintf("%s-%d.png", name, len(images)+1))
	require.NoFileExists(t, more, "a page is missing")
}

func write(t *testing.T, path string, img image.Image) {
	t.Helper()
	var greys color.Palette // sixteen are enough to compare, and half the size
	for i := range 16 {
		greys = append(greys, color.Gray{Y: uint8(i * 17)})
	}
	small := image.NewPaletted(img.Bounds(), greys)
	draw.Draw(small, img.Bounds(), img, img.Bounds().Min, draw.Src)
	w, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, small))
	require.NoError(t, w.Close())
}
