package signature

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// alike is the default of dq_signature_bits.
const alike = 6

func drawn(t *testing.T, seed uint64, dx, dy int, specks int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, Scribble(seed, dx, dy, specks)))
	return b.Bytes()
}

func look(raw []byte) uint64 { return Look(bytes.NewReader(raw)) }

func apart(a, b uint64) int { return bits.OnesCount64(a ^ b) }

// S003 #23: the same hand moved on the sheet, or with a few specks, looks alike; 200 different hands never do.
func TestLook(t *testing.T) {
	var looks []uint64
	for seed := range uint64(200) {
		own := look(drawn(t, seed, 0, 0, 0))
		require.NotZero(t, own)
		require.LessOrEqual(t, apart(own, look(drawn(t, seed, 7, 5, 0))), alike, "moved")
		for _, other := range looks {
			require.Greater(t, apart(own, other), alike)
		}
		looks = append(looks, own)
	}
	require.LessOrEqual(t, apart(looks[0], look(drawn(t, 0, 0, 0, 3))), alike, "specks inside")
}

func TestNoLook(t *testing.T) {
	var blank bytes.Buffer
	require.NoError(t, png.Encode(&blank, image.NewGray(image.Rect(0, 0, 40, 40))))
	dot := image.NewGray(image.Rect(0, 0, 40, 40))
	dot.SetGray(3, 3, color.Gray{255})
	var huge bytes.Buffer
	require.NoError(t, png.Encode(&huge, image.NewGray(image.Rect(0, 0, 2049, 2049))))
	for name, raw := range map[string][]byte{"blank": blank.Bytes(), "no picture": []byte("%PDF-1.7"), "too large": huge.Bytes(), "cut off": drawn(t, 1, 0, 0, 0)[:60]} {
		require.Zero(t, look(raw), name)
	}
	require.Zero(t, Look(strings.NewReader("")))
}

func FuzzLook(f *testing.F) {
	var b bytes.Buffer
	_ = png.Encode(&b, Scribble(1, 0, 0, 0))
	f.Add(b.Bytes())
	f.Fuzz(func(_ *testing.T, raw []byte) { look(raw) })
}

func TestScribbleIsTheSame(t *testing.T) {
	seed := rand.Uint64()
	require.Equal(t, drawn(t, seed, 0, 0, 0), drawn(t, seed, 0, 0, 0))
}

// The writing alone, cut out: it looks as the sheet it was on does.
func TestInk(t *testing.T) {
	sheet := drawn(t, 5, 9, 4, 0)
	ink, err := Ink(bytes.NewReader(sheet))
	require.NoError(t, err)
	require.Equal(t, look(sheet), look(ink))
	img, err := png.Decode(bytes.NewReader(ink))
	require.NoError(t, err)
	whole, err := png.Decode(bytes.NewReader(sheet))
	require.NoError(t, err)
	require.Less(t, img.Bounds().Dx(), whole.Bounds().Dx())
	none, err := Ink(strings.NewReader("%PDF-1.7"))
	require.NoError(t, err)
	require.Nil(t, none)
}
