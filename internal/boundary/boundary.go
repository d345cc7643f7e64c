// Package boundary reads the outlines of areas that an office supplies as GeoJSON.
package boundary

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"

	"shouwang/policy"
)

const (
	maxBytes    = 8 << 20
	maxAreas    = 600
	maxPolygons = 200
	maxPoints   = 20_000 // of one area
	// tolerance is how far a drawn outline may lie from the one supplied, in degrees: some ten metres.
	tolerance = 0.0001
)

// china is where an outline may lie.
var china = orb.Bound{Min: orb.Point{73, 3}, Max: orb.Point{136, 54}}

// Area is the outline of one area as it will be kept: simplified, and turned the same way round. One with faults has none.
type Area struct {
	Code   string
	Shape  orb.MultiPolygon
	Center orb.Point
	Points int
	Faults []policy.Fault
}

// File is what was read, with the hash of its bytes.
type File struct {
	Areas  []Area
	SHA256 string
}

// Read reads a FeatureCollection whose features name their areas by the property code (or adcode).
func Read(r io.Reader) (*File, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxBytes {
		return nil, policy.Fault{Code: "too_large", Field: "file", Message: fmt.Sprintf("文件超过%d兆，请先简化界线", maxBytes>>20)}
	}
	var list collection
	if err := json.Unmarshal(raw, &list); err != nil || list.Type != "FeatureCollection" || len(list.Features) == 0 {
		return nil, policy.Fault{Code: "not_geojson", Field: "file", Message: "不是 GeoJSON 的 FeatureCollection，或者没有内容"}
	}
	if len(list.Features) > maxAreas {
		return nil, policy.Fault{Code: "too_many", Field: "file", Message: fmt.Sprintf("一次最多导入%d个地区", maxAreas)}
	}
	sum := sha256.Sum256(raw)
	out := &File{SHA256: hex.EncodeToString(sum[:])}
	seen := map[string]bool{}
	for i := range list.Features {
		a := areaOf(&list.Features[i])
		if seen[a.Code] && a.Code != "" {
			a.fault("twice", "文件中这个地区出现了两次")
		}
		seen[a.Code] = true
		if len(a.Faults) > 0 {
			a.Shape = nil
		}
		out.Areas = append(out.Areas, a)
	}
	return out, nil
}

func (a *Area) fault(code, message string) {
	a.Faults = append(a.Faults, policy.Fault{Code: code, Message: message})
}

// collection is what is read of GeoJSON. (The reader of orb would bring a database driver along.)
type collection struct {
	Type     string
	Features []feature
}

type feature struct {
	Properties map[string]any
	Geometry   struct {
		Type        string
		Coordinates json.RawMessage
	}
}

func areaOf(f *feature) Area {
	a := Area{Code: codeOf(f.Properties)}
	if a.Code == "" {
		a.fault("no_code", "缺少属性 code（地区代码）")
	}
	shape, ok := f.polygons()
	if !ok {
		a.fault("not_polygon", "应为 Polygon 或 MultiPolygon")
		return a
	}
	if len(shape) > maxPolygons || count(shape) > maxPoints {
		a.fault("too_many_points", fmt.Sprintf("一个地区最多%d个多边形、%d个点，请先简化", maxPolygons, maxPoints))
		return a
	}
	if a.check(shape); len(a.Faults) > 0 {
		return a
	}
	a.Shape = tidy(shape)
	a.Center, _ = planar.CentroidArea(a.Shape)
	a.Points = count(a.Shape)
	return a
}

func codeOf(p map[string]any) string {
	for _, key := range []string{"code", "adcode"} {
		switch x := p[key].(type) {
		case string:
			return x
		case float64: // such as a spreadsheet would have written it
			return fmt.Sprintf("%.0f", x)
		}
	}
	return ""
}

func (f *feature) polygons() (out orb.MultiPolygon, ok bool) {
	switch f.Geometry.Type {
	case "Polygon":
		out = make(orb.MultiPolygon, 1)
		ok = json.Unmarshal(f.Geometry.Coordinates, &out[0]) == nil
	case "MultiPolygon":
		ok = json.Unmarshal(f.Geometry.Coordinates, &out) == nil
	}
	return out, ok && len(out) > 0
}

func count(shape orb.MultiPolygon) int {
	n := 0
	for _, p := range shape {
		for _, r := range p {
			n += len(r)
		}
	}
	return n
}

// check says what is wrong with the rings of a shape, each kind of fault once.
func (a *Area) check(shape orb.MultiPolygon) {
	told := map[string]bool{}
	say := func(code, message string) {
		if !told[code] {
			a.fault(code, message)
		}
		told[code] = true
	}
	for _, p := range shape {
		if len(p) == 0 {
			say("empty", "有空的多边形")
		}
		for i, r := range p {
			switch {
			case !inside(r):
				say("outside", "有的点不在中国范围内，应为经度、纬度（度）")
			case len(r) < 4 || !r.Closed():
				say("not_closed", "有的环没有闭合，或者不足四个点")
			case math.Abs(planar.Area(r)) == 0:
				say("flat", "有的环没有面积")
			case crosses(r):
				say("crosses", "有的环自相交")
			case i > 0 && !planar.RingContains(p[0], r[0]):
				say("hole_outside", "有的孔不在多边形之内")
			}
		}
	}
}

func inside(r orb.Ring) bool {
	for _, p := range r {
		if math.IsNaN(p[0]) || math.IsNaN(p[1]) || !china.Contains(p) {
			return false
		}
	}
	return true
}

// tidy simplifies the rings and turns outer ones against the clock, inner ones with it, as RFC 7946 has them. A ring too
// small for that stays as it is.
func tidy(shape orb.MultiPolygon) orb.MultiPolygon {
	out := make(orb.MultiPolygon, len(shape))
	for i, p := range shape {
		out[i] = make(orb.Polygon, len(p))
		for j, r := range p {
			ring := simplify.DouglasPeucker(tolerance).Ring(r.Clone())
			if len(ring) < 4 || crosses(ring) {
				ring = r.Clone()
			}
			want := orb.CCW
			if j > 0 {
				want = orb.CW
			}
			if ring.Orientation() != want {
				ring.Reverse()
			}
			for k := range ring {
				ring[k] = orb.Point{round(ring[k][0]), round(ring[k][1])}
			}
			out[i][j] = ring
		}
	}
	return out
}

// round keeps six decimals: a tenth of a metre.
func round(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// Coordinates are the polygons of an area with their rings and points, as GeoJSON writes a MultiPolygon.
func (a *Area) Coordinates() [][][][]float64 {
	out := make([][][][]float64, len(a.Shape))
	for i, p := range a.Shape {
		out[i] = make([][][]float64, len(p))
		for j, r := range p {
			for _, at := range r {
				out[i][j] = append(out[i][j], []float64{at[0], at[1]})
			}
		}
	}
	return out
}
