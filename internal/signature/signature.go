// Package signature tells how a drawn signature looks, so that two of them can be compared (DQ-03).
package signature

import (
	"bytes"
	"image"
	"image/color"
	_ "image/jpeg" // signatures are photographed
	"image/png"    // or drawn
	"io"
	"slices"
)

// Kinds are the kinds of attachments that are signatures.
var Kinds = []string{"surveyor_signature", "household_signature"}

// maxPixels bounds what is decoded; side is how many cells a look has across and down.
const (
	maxPixels = 4 << 20
	side      = 8
)

// Look is a perceptual hash of the ink of a picture, wherever on the sheet it is and however large: two looks of nearly
// the same writing differ in few bits, those of two hands in about half. It is 0 for what has no ink, is no picture or is
// too large to be a signature.
func Look(r io.ReadSeeker) uint64 {
	ink, box := written(r)
	if ink == nil {
		return 0
	}
	return hash(density(ink, box))
}

// Ink is the writing alone, black on white, as PNG; nil for what has no look.
func Ink(r io.ReadSeeker) ([]byte, error) {
	ink, box := written(r)
	if ink == nil {
		return nil, nil
	}
	img := image.NewPaletted(image.Rect(0, 0, box.Dx(), box.Dy()), color.Palette{color.White, color.Black})
	for y := range box.Dy() {
		for x := range box.Dx() {
			if ink[box.Min.Y+y][box.Min.X+x] {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// written are the inked pixels of a picture and the smallest box around them; nil for what has no ink, is no picture or is
// too large or too small to be a signature.
func written(r io.ReadSeeker) ([][]bool, image.Rectangle) {
	c, _, err := image.DecodeConfig(r)
	if err != nil || c.Width*c.Height > maxPixels {
		return nil, image.Rectangle{}
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, image.Rectangle{}
	}
	img, _, err := image.Decode(r)
	if err != nil {
		return nil, image.Rectangle{}
	}
	ink := inked(img)
	box := bounds(ink)
	if box.Dx() < side || box.Dy() < side {
		return nil, image.Rectangle{}
	}
	return ink, box
}

// inked are the pixels that are darker than the middle between the darkest and the brightest.
func inked(img image.Image) [][]bool {
	b := img.Bounds()
	light := make([][]uint32, b.Dy())
	least, most := uint32(1<<32-1), uint32(0)
	for y := range light {
		light[y] = make([]uint32, b.Dx())
		for x := range light[y] {
			r, g, bl, a := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			light[y][x] = (299*r+587*g+114*bl)/1000 + 0xffff - a // what is transparent is paper
			least, most = min(least, light[y][x]), max(most, light[y][x])
		}
	}
	out := make([][]bool, len(light))
	for y := range out {
		out[y] = make([]bool, len(light[y]))
		for x, l := range light[y] {
			out[y][x] = l < least+(most-least)/2
		}
	}
	return out
}

// bounds is the smallest box around the ink.
func bounds(ink [][]bool) image.Rectangle {
	var box image.Rectangle
	for y := range ink {
		for x := range ink[y] {
			if ink[y][x] {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

// density is the share of ink in each cell of the box, in parts of 10,000.
func density(ink [][]bool, box image.Rectangle) []int {
	full, all := make([]int, side*side), make([]int, side*side)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			i := (y-box.Min.Y)*side/box.Dy()*side + (x-box.Min.X)*side/box.Dx()
			all[i]++
			if ink[y][x] {
				full[i]++
			}
		}
	}
	for i := range full {
		full[i] = full[i] * 10_000 / all[i]
	}
	return full
}

// hash has a bit for each cell with more ink than the middle one.
func hash(cells []int) uint64 {
	middle := slices.Sorted(slices.Values(cells))[len(cells)/2]
	var out uint64
	for i, n := range cells {
		if n > middle {
			out |= 1 << i
		}
	}
	return out
}
