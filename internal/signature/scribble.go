package signature

import (
	"image"
	"image/color"
	"math/rand/v2"
)

// Scribble is an invented signature: equal seeds give the same hand. It may be moved on its sheet, and have specks in it,
// as when somebody draws it once more. It is for tests and the demonstration.
func Scribble(seed uint64, dx, dy, specks int) image.Image {
	const width, height, strokes = 96, 56, 9
	img := image.NewPaletted(image.Rect(0, 0, width+16, height+16), color.Palette{color.White, color.Black})
	r := rand.New(rand.NewPCG(seed, 0x51c4))
	x, y := float64(r.IntN(width)), float64(r.IntN(height))
	for range strokes {
		toX, toY := float64(r.IntN(width)), float64(r.IntN(height))
		for i := range 100 {
			f := float64(i) / 100
			px, py := int(x+(toX-x)*f), int(y+(toY-y)*f)
			for _, d := range []image.Point{{}, {X: 1}, {Y: 1}} {
				img.SetColorIndex(dx+px+d.X, dy+py+d.Y, 1)
			}
		}
		x, y = toX, toY
	}
	for i := range specks {
		img.SetColorIndex(dx+width/2+3*i, dy+height/2, 1)
	}
	return img
}
