package policy

import "fmt"

// VillageFacts is a village form (村表, F7) with what the register says of the same village. Numbers not filled in are
// nil.
type VillageFacts struct {
	Code, Name                         string
	Blank                              []string // titles of required cells left blank
	Totals                             []VillageTotal
	Households, UnsafeWater, Dangerous *int
	Land, OfHouseholds                 Land // as the village states it; the sums of its households
}

// VillageTotal is one number that the village states and its groups add up to.
type VillageTotal struct {
	Title         string
	Stated, Added *float64
}

// VillageRules are DQ-09 and DQ-40.
var VillageRules = []VillageRule{
	village("village_total", "DQ-09", "村级合计与各组之和不一致", "S002 S2-061", villageTotal),
	village("village_blank", "DQ-40", "村表有未填写的项目", "X", villageBlank),
	village("village_water_households", "DQ-40", "未实现饮水安全户数大于总户数", "X", func(v VillageFacts, _ DataContext) []DataFault {
		return moreThanAll(v, v.UnsafeWater, "未实现饮水安全户数")
	}),
	village("village_dangerous_households", "DQ-40", "危房户数大于总户数", "X", func(v VillageFacts, _ DataContext) []DataFault {
		return moreThanAll(v, v.Dangerous, "危房户数")
	}),
	village("village_land_short", "DQ-40", "村土地面积小于农户土地面积之和", "X", villageLand),
}

func village(code, group, title, basis string, find func(VillageFacts, DataContext) []DataFault) VillageRule {
	return VillageRule{RuleInfo{code, group, title, basis, DataError}, func(v VillageFacts, c DataContext) []DataFault { return graded(DataError, find(v, c)) }}
}

// rounding is how far sums of areas and amounts may differ by rounding.
const rounding = 0.005

func villageTotal(v VillageFacts, _ DataContext) []DataFault {
	var out []DataFault
	for _, t := range v.Totals {
		if t.Stated == nil || t.Added == nil || *t.Stated-*t.Added <= rounding && *t.Added-*t.Stated <= rounding {
			continue
		}
		out = append(out, fault(fmt.Sprintf("%s填%g，各组之和为%g；请核对各组数据", t.Title, *t.Stated, *t.Added), "项目", t.Title, "村", fmt.Sprint(*t.Stated), "各组之和", fmt.Sprint(*t.Added))...)
	}
	return out
}

func villageBlank(v VillageFacts, _ DataContext) []DataFault {
	var out []DataFault
	for _, title := range v.Blank {
		out = append(out, fault(title+"未填写；请补充", "项目", title)...)
	}
	return out
}

func moreThanAll(v VillageFacts, n *int, what string) []DataFault {
	if n == nil || v.Households == nil || *n <= *v.Households {
		return nil
	}
	return fault(fmt.Sprintf("%s%d大于总户数%d；请核对", what, *n, *v.Households), what, fmt.Sprint(*n), "总户数", fmt.Sprint(*v.Households))
}

func villageLand(v VillageFacts, _ DataContext) []DataFault {
	var out []DataFault
	sums := v.OfHouseholds.areas()
	for i, a := range v.Land.areas() {
		sum := sums[i].Mu
		if a.Mu == nil || sum == nil || *a.Mu >= *sum-rounding {
			continue
		}
		out = append(out, fault(fmt.Sprintf("全村%s%g亩，小于农户之和%g亩；请核对", a.Title, *a.Mu, *sum), a.Title, fmt.Sprintf("%g亩", *a.Mu), "农户之和", fmt.Sprintf("%g亩", *sum))...)
	}
	return out
}
