package papers

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

const (
	// linkSide is the width of a code on paper, its quiet edge included: readable at arm's length.
	linkSide = 32 * pt
	// quietEdge is the empty edge that readers need, in modules.
	quietEdge = 4
	// wordScale is how many points of the picture in Word a module has.
	wordScale = 8
)

// modules are the points of a code, quiet edge left out.
type modules struct {
	barcode.Barcode
	side int
}

// modulesOf makes the code of an address. A quarter of it may be lost to dirt and creases.
func modulesOf(address string) (modules, error) {
	code, err := qr.Encode(address, qr.Q, qr.Auto)
	if err != nil {
		return modules{}, fmt.Errorf("code of an address: %w", err)
	}
	return modules{code, code.Bounds().Dx()}, nil
}

func (m modules) dark(x, y int) bool {
	r, _, _, _ := m.At(x, y).RGBA()
	return r < 0x8000
}

// bars are the dark parts row by row, as long as they go: x, y and length in modules.
func (m modules) bars() (out [][3]int) {
	for y := range m.side {
		for x := 0; x < m.side; x++ {
			from := x
			for x < m.side && m.dark(x, y) {
				x++
			}
			if x > from {
				out = append(out, [3]int{from, y, x - from})
			}
		}
	}
	return out
}

// picture is the code as PNG, with its quiet edge.
func (m modules) picture() ([]byte, error) {
	side := (m.side + 2*quietEdge) * wordScale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for _, b := range m.bars() {
		for x := (b[0] + quietEdge) * wordScale; x < (b[0]+b[2]+quietEdge)*wordScale; x++ {
			for y := (b[1] + quietEdge) * wordScale; y < (b[1]+quietEdge+1)*wordScale; y++ {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// link sets a code to the left and its words beside it.
func (t *typesetter) link(l *Link) error {
	code, err := modulesOf(l.Address)
	if err != nil {
		return err
	}
	t.room(linkSide)
	each := linkSide / float64(code.side+2*quietEdge)
	for _, b := range code.bars() {
		x, y := t.edge.left+float64(b[0]+quietEdge)*each, t.y+float64(b[1]+quietEdge)*each
		t.put(mark{x: x, y: y, x2: x + float64(b[2])*each, y2: y + each, filled: true})
	}
	n := looks[Note]
	lines, err := t.fonts.wrap(l.Text, n.hand, n.size, t.width-linkSide, 0, false)
	if err != nil {
		return err
	}
	top := t.y + (linkSide-float64(len(lines))*n.pitch)/2
	for i, line := range lines {
		t.put(mark{text: line.glyphs, x: t.edge.left + linkSide, y: baseline(top+float64(i)*n.pitch, n.pitch, n.size), size: n.size})
	}
	t.y += linkSide
	return nil
}
