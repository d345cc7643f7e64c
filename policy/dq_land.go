package policy

import (
	"cmp"
	"fmt"
	"strings"
)

// landRules are DQ-39: land, road, house and toilet. A blank is a fault in the national system only.
var landRules = []DataRule{
	household("land_negative", "DQ-39", "土地面积为负数", "X 5_14_*", DataError, landNegative).needing(landed),
	household("land_too_large", "DQ-39", "土地面积过大", "X 5_14_*", DataDoubt, landTooLarge).needing(landed),
	household("road_too_far", "DQ-39", "与村主干路距离过远", "X 5_14_*", DataDoubt, roadTooFar).needing(roaded),
	ofHome("house_area_blank", "住房面积未登记", "住房面积", func(f *Family) bool { return f.House.Area == nil || *f.House.Area <= 0 }),
	ofHome("road_blank", "入户道路是否硬化未登记", "入户道路", func(f *Family) bool { return f.Living.RoadHardened == nil }),
	ofHome("toilet_blank", "有无卫生厕所未登记", "卫生厕所", func(f *Family) bool { return f.Living.Toilet == nil }),
}

func ofHome(code, title, what string, blank func(*Family) bool) DataRule {
	return household(code, "DQ-39", title, "X 5_14_*", DataError, func(f *Family, _ DataContext) []DataFault {
		if !f.Registered() || !blank(f) {
			return nil
		}
		return fault(title+"；请补充", what, "未登记")
	}).needing(registered)
}

// area is one kind of land; nil is not recorded.
type area struct {
	Title string
	Mu    *float64
}

// areas lists the kinds of land, arable first.
func (l Land) areas() []area {
	return []area{{"耕地", l.Arable}, {"林地", l.Forest}, {"退耕还林", l.Returned}, {"林果", l.Orchard}, {"牧草地", l.Pasture}, {"水面", l.Pond}}
}

// Plus adds what is recorded of both.
func (l Land) Plus(o Land) Land {
	sum := func(a, b *float64) *float64 {
		if a == nil || b == nil {
			return cmp.Or(a, b)
		}
		return new(*a + *b)
	}
	return Land{sum(l.Arable, o.Arable), sum(l.Forest, o.Forest), sum(l.Returned, o.Returned), sum(l.Orchard, o.Orchard), sum(l.Pasture, o.Pasture), sum(l.Pond, o.Pond)}
}

// perArea names the kinds of land that are so.
func perArea(f *Family, is func(i int, mu float64) bool, what string) []DataFault {
	var named, looked []string
	for i, a := range f.Land.areas() {
		if a.Mu != nil && is(i, *a.Mu) {
			named = append(named, fmt.Sprintf("%s%g亩", a.Title, *a.Mu))
			looked = append(looked, a.Title, fmt.Sprintf("%g亩", *a.Mu))
		}
	}
	if len(named) == 0 {
		return nil
	}
	return fault(strings.Join(named, "、")+what, looked...)
}

func landNegative(f *Family, _ DataContext) []DataFault {
	return perArea(f, func(_ int, mu float64) bool { return mu < 0 }, "，面积不能为负数；请更正")
}

func landTooLarge(f *Family, c DataContext) []DataFault {
	l := c.thresholds()
	return perArea(f, func(i int, mu float64) bool { return i == 0 && mu > l.arable || mu > l.land }, "，面积过大；请核实单位是否为亩")
}

func roadTooFar(f *Family, c DataContext) []DataFault {
	km, most := f.Living.RoadKm, c.thresholds().road
	if km == nil || *km <= most {
		return nil
	}
	return fault(fmt.Sprintf("与村主干路距离%g公里，超过%g公里；请核实单位是否为公里", *km, most), "与村主干路距离", fmt.Sprintf("%g公里", *km))
}

// blanks names those of the pairs of title and text whose text is empty.
func blanks(pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.TrimSpace(pairs[i+1]) == "" {
			out = append(out, pairs[i])
		}
	}
	return strings.Join(out, "、")
}
