package policy

import (
	"hash/fnv"
	"math"
	"strings"
	"unicode"
)

// Plain is a text without what changes from copy to copy: spaces, punctuation, digits and the given names.
func Plain(text string, names ...string) string {
	for _, n := range names {
		if n != "" {
			text = strings.ReplaceAll(text, n, "")
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// sketchSize is how many numbers a sketch has: enough to tell texts of which 85 of 100 parts agree from those of which
// 60 do.
const sketchSize = 48

// Sketch is a small stand-in for a plain text (MinHash over pairs of characters): the share of equal numbers of two
// sketches is about the share of pairs that their texts have in common. A text of less than eight characters has none,
// because short answers are alike by nature.
func Sketch(plain string) []uint32 {
	runes := []rune(plain)
	if len(runes) < 8 {
		return nil
	}
	out := make([]uint32, sketchSize)
	for i := range out {
		out[i] = math.MaxUint32
	}
	for i := range len(runes) - 1 {
		sum := fnv.New64a()
		_, _ = sum.Write([]byte(string(runes[i : i+2])))
		h := sum.Sum64()
		for j := range out {
			// One hash, mixed differently for each number.
			x := h ^ (uint64(j+1) * 0x9e3779b97f4a7c15)
			x = (x ^ x>>33) * 0xff51afd7ed558ccd
			x ^= x >> 33
			out[j] = min(out[j], uint32(x))
		}
	}
	return out
}

// Alike is how much two texts have in common by their sketches, 0 to 1; 0 where one has none.
func Alike(a, b []uint32) float64 {
	if len(a) == 0 || len(a) != len(b) {
		return 0
	}
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return float64(same) / float64(len(a))
}
