package papers

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
)

const (
	// inkHeight is how high a drawn signature stands on the paper at most, in points: above its line, below the one before.
	inkHeight = 27.0
	// inkRows is how many rows of dots it is drawn in at most: finer than a printer's dot it need not be.
	inkRows = 120
)

// ink is a drawn signature, black on white.
type ink struct{ image.Image }

// inkOf reads a signature; nil where there is none.
func inkOf(raw []byte) (*ink, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if img.Bounds().Empty() {
		return nil, nil
	}
	return &ink{img}, nil
}

// fit is its size in points within a box, its shape kept.
func (i *ink) fit(width, height float64) (float64, float64) {
	b := i.Bounds()
	scale := math.Min(width/float64(b.Dx()), height/float64(b.Dy()))
	return float64(b.Dx()) * scale, float64(b.Dy()) * scale
}

// bars are the dark parts row by row, as long as they go: x, y and length in cells of so many pixels. A cell is dark when
// any of its pixels is, so that thin strokes stay.
func (i *ink) bars(cell int) (out [][3]int) {
	b := i.Bounds()
	across, down := (b.Dx()+cell-1)/cell, (b.Dy()+cell-1)/cell
	for y := range down {
		for x := 0; x < across; x++ {
			from := x
			for x < across && i.dark(b, cell, x, y) {
				x++
			}
			if x > from {
				out = append(out, [3]int{from, y, x - from})
			}
		}
	}
	return out
}

func (i *ink) dark(b image.Rectangle, cell, x, y int) bool {
	for py := b.Min.Y + y*cell; py < min(b.Min.Y+(y+1)*cell, b.Max.Y); py++ {
		for px := b.Min.X + x*cell; px < min(b.Min.X+(x+1)*cell, b.Max.X); px++ {
			if r, _, _, a := i.At(px, py).RGBA(); r < 0x8000 && a > 0x8000 {
				return true
			}
		}
	}
	return false
}

// ink draws a signature into a box whose lower left corner is at x, y.
func (t *typesetter) ink(raw []byte, x, y, width, height float64) error {
	i, err := inkOf(raw)
	if i == nil || err != nil {
		return err
	}
	w, h := i.fit(width, height)
	cell := max(1, (i.Bounds().Dy()+inkRows-1)/inkRows)
	dot := w * float64(cell) / float64(i.Bounds().Dx())
	for _, bar := range i.bars(cell) {
		left, top := x+float64(bar[0])*dot, y-h+float64(bar[1])*dot
		t.put(mark{x: left, y: top, x2: math.Min(left+float64(bar[2])*dot, x+w), y2: top + dot, filled: true})
	}
	return nil
}
