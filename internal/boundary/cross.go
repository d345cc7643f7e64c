package boundary

import (
	"slices"

	"github.com/paulmach/orb"
)

// segment is one side of a ring.
type segment struct {
	at   int
	a, b orb.Point
}

func (s segment) west() float64 { return min(s.a[0], s.b[0]) }
func (s segment) east() float64 { return max(s.a[0], s.b[0]) }

// crosses reports whether two sides of a closed ring that are not neighbours meet. Sides are gone through from west to east,
// so that each is compared with the few beside it only.
func crosses(r orb.Ring) bool {
	n := len(r) - 1
	sides := make([]segment, n)
	for i := range sides {
		sides[i] = segment{i, r[i], r[i+1]}
	}
	slices.SortFunc(sides, func(x, y segment) int {
		switch {
		case x.west() < y.west():
			return -1
		case x.west() > y.west():
			return 1
		}
		return x.at - y.at
	})
	for i, x := range sides {
		for _, y := range sides[i+1:] {
			if y.west() > x.east() {
				break
			}
			if apart := abs(x.at - y.at); apart > 1 && apart < n-1 && meet(x, y) {
				return true
			}
		}
	}
	return false
}

func abs(n int) int { return max(n, -n) }

// meet reports whether two sides have a point in common.
func meet(x, y segment) bool {
	d1, d2 := side(y.a, y.b, x.a), side(y.a, y.b, x.b)
	d3, d4 := side(x.a, x.b, y.a), side(x.a, x.b, y.b)
	if d1*d2 < 0 && d3*d4 < 0 {
		return true
	}
	return d1 == 0 && within(y, x.a) || d2 == 0 && within(y, x.b) || d3 == 0 && within(x, y.a) || d4 == 0 && within(x, y.b)
}

// side tells on which side of the line from a to b a point lies, 0 on it.
func side(a, b, p orb.Point) float64 {
	return (b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0])
}

// within reports whether a point on the line of a side lies between its ends.
func within(s segment, p orb.Point) bool {
	return min(s.a[0], s.b[0]) <= p[0] && p[0] <= max(s.a[0], s.b[0]) && min(s.a[1], s.b[1]) <= p[1] && p[1] <= max(s.a[1], s.b[1])
}
