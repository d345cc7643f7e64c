package boundary

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/stretchr/testify/require"
)

func featureOf(code, kind string, coordinates any) string {
	raw, _ := json.Marshal(coordinates)
	return fmt.Sprintf(`{"type":"Feature","properties":{"code":%q},"geometry":{"type":%q,"coordinates":%s}}`, code, kind, raw)
}

func fileOf(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

type points = [][2]float64

var square = points{{104, 30}, {104.1, 30}, {104.1, 30.1}, {104, 30.1}, {104, 30}}

// Every fault of an outline is told under its code, and just beyond its boundary there is none.
func TestReadTellsFaults(t *testing.T) {
	t.Parallel()
	hole := points{{104.02, 30.02}, {104.04, 30.02}, {104.04, 30.04}, {104.02, 30.04}, {104.02, 30.02}}
	for name, tc := range map[string]struct{ file, fault string }{
		"a square":               {fileOf(featureOf("510923101201", "Polygon", []points{square})), ""},
		"with a hole":            {fileOf(featureOf("510923101201", "Polygon", []points{square, hole})), ""},
		"two parts":              {fileOf(featureOf("510923101201", "MultiPolygon", [][]points{{square}, {points{{105, 30}, {105.1, 30}, {105.1, 30.1}, {105, 30}}}})), ""},
		"a hole outside":         {fileOf(featureOf("1", "Polygon", []points{square, {{105.02, 30.02}, {105.04, 30.02}, {105.04, 30.04}, {105.02, 30.02}}})), "hole_outside"},
		"not closed":             {fileOf(featureOf("1", "Polygon", []points{square[:4]})), "not_closed"},
		"three points":           {fileOf(featureOf("1", "Polygon", []points{{{104, 30}, {104.1, 30}, {104, 30}}})), "not_closed"},
		"flat":                   {fileOf(featureOf("1", "Polygon", []points{{{104, 30}, {104.1, 30}, {104.2, 30}, {104, 30}}})), "flat"},
		"a bow tie":              {fileOf(featureOf("1", "Polygon", []points{{{104, 30}, {104.2, 30.1}, {104.2, 30}, {104, 30.05}, {104, 30}}})), "crosses"},
		"latitude first":         {fileOf(featureOf("1", "Polygon", []points{{{30, 104}, {30, 104.1}, {30.1, 104.1}, {30, 104}}})), "outside"},
		"on the western edge":    {fileOf(featureOf("1", "Polygon", []points{{{73, 30}, {74, 30}, {74, 31}, {73, 30}}})), ""},
		"beyond the western":     {fileOf(featureOf("1", "Polygon", []points{{{72.999, 30}, {74, 30}, {74, 31}, {72.999, 30}}})), "outside"},
		"a line":                 {fileOf(featureOf("1", "LineString", square)), "not_polygon"},
		"no code":                {fileOf(featureOf("", "Polygon", []points{square})), "no_code"},
		"an area twice":          {fileOf(featureOf("1", "Polygon", []points{square}), featureOf("1", "Polygon", []points{square})), "twice"},
		"no polygon at all":      {fileOf(featureOf("1", "MultiPolygon", []any{})), "not_polygon"},
		"a polygon without ring": {fileOf(featureOf("1", "Polygon", []points{})), "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := Read(strings.NewReader(tc.file))
			require.NoError(t, err)
			last := f.Areas[len(f.Areas)-1]
			if tc.fault == "" {
				require.Empty(t, last.Faults)
				require.NotEmpty(t, last.Coordinates())
				return
			}
			require.Len(t, last.Faults, 1)
			require.Equal(t, tc.fault, last.Faults[0].Code)
			require.Empty(t, last.Coordinates(), "what is at fault is not kept")
		})
	}
	for _, not := range []string{"", "[]", `{"type":"Feature"}`, fileOf(), strings.Repeat(" ", maxBytes+1)} {
		_, err := Read(strings.NewReader(not))
		require.Error(t, err)
	}
}

// A winding outline is kept with fewer points, closed, the right way round and of nearly the same area.
func TestReadSimplifies(t *testing.T) {
	t.Parallel()
	var ring points
	const n = 6000
	for i := range n {
		a := -2 * math.Pi * float64(i) / n // with the clock
		ring = append(ring, [2]float64{104.5 + 0.1*math.Cos(a), 30.5 + 0.1*math.Sin(a)})
	}
	ring = append(ring, ring[0])
	f, err := Read(strings.NewReader(fileOf(featureOf("1", "Polygon", []points{ring}))))
	require.NoError(t, err)
	a := f.Areas[0]
	require.Empty(t, a.Faults)
	require.Less(t, a.Points, 300)
	kept := a.Shape[0][0]
	require.True(t, kept.Closed())
	require.Equal(t, orb.CCW, kept.Orientation())
	require.InEpsilon(t, math.Pi*0.01, planar.Area(a.Shape), 0.01)
	require.InDelta(t, 104.5, a.Center[0], 0.001)
	ring = append(ring, make(points, maxPoints)...)
	f, err = Read(strings.NewReader(fileOf(featureOf("1", "Polygon", []points{ring}))))
	require.NoError(t, err)
	require.Equal(t, "too_many_points", f.Areas[0].Faults[0].Code)
}
