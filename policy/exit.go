package policy

import (
	"fmt"
	"time"
)

// ExitFacts is what the seven criteria of the exit look at (domain 5.5 Exit; S002 #32 to #39). Income is per head over
// the cycle, in fen.
type ExitFacts struct {
	IncomePerHead     int64 `json:"income_per_head"`
	IncomeStable      bool  `json:"income_stable"`
	FoodClothes       bool  `json:"food_clothes"`
	TapWater          bool  `json:"tap_water"`
	WaterRadius       int   `json:"water_radius_m"`
	WaterSafe         bool  `json:"water_safe"`
	HouseSafe         bool  `json:"house_safe"`
	MovedIn           bool  `json:"moved_in"`
	NoDropout         bool  `json:"no_dropout"`
	StudentsSupported bool  `json:"students_supported"`
	AllInsured        bool  `json:"all_insured"`
	AllDoctorSigned   bool  `json:"all_doctor_signed"`
	AllPensioned      bool  `json:"all_pensioned"`
	Assistance        []any `json:"assistance"`
}

// ExitStandard tests the seven criteria E1 to E7 in their order. Income must be above the line: on it is below the
// standard. Water is the tap, or safe water within the radius, the radius included.
func ExitStandard(f ExitFacts, s Snapshot) []Finding {
	line, radius := int64(s.Int("exit_income_fen")), s.Int("exit_water_radius_m")
	return []Finding{
		finding("E1", "收入稳定超过标准、不愁吃穿", verdict(f.IncomePerHead > line && f.IncomeStable && f.FoodClothes), "S002",
			fmt.Sprintf("人均纯收入%s元（标准为超过%s元）；收入稳定：%s；口粮衣服：%s", Yuan(f.IncomePerHead), Yuan(line), yesText(f.IncomeStable), yesText(f.FoodClothes)),
			val("人均纯收入", "%s元", Yuan(f.IncomePerHead)), val("标准", "超过%s元", Yuan(line)), yesVal("收入稳定", f.IncomeStable), yesVal("口粮衣服", f.FoodClothes)),
		finding("E2", "饮水安全", verdict(f.TapWater || f.WaterSafe && f.WaterRadius <= radius), "S002",
			fmt.Sprintf("自来水：%s；饮水安全：%s；取水半径%d米（标准不超过%d米）", yesText(f.TapWater), yesText(f.TapWater || f.WaterSafe), f.WaterRadius, radius),
			yesVal("自来水", f.TapWater), yesVal("饮水安全", f.WaterSafe), val("取水半径", "%d米", f.WaterRadius), val("标准", "不超过%d米", radius)),
		finding("E3", "住房安全", verdict(f.HouseSafe && f.MovedIn), "S002", fmt.Sprintf("住房安全：%s；已入住：%s", yesText(f.HouseSafe), yesText(f.MovedIn)),
			yesVal("住房安全", f.HouseSafe), yesVal("已入住", f.MovedIn)),
		finding("E4", "义务教育", verdict(f.NoDropout && f.StudentsSupported), "S002", fmt.Sprintf("无辍学：%s；“两后生”入学或有帮扶：%s", yesText(f.NoDropout), yesText(f.StudentsSupported)),
			yesVal("无辍学", f.NoDropout), yesVal("“两后生”入学或有帮扶", f.StudentsSupported)),
		finding("E5", "基本医疗", verdict(f.AllInsured && f.AllDoctorSigned), "S002", fmt.Sprintf("全员参保：%s；家庭医生全员签约：%s", yesText(f.AllInsured), yesText(f.AllDoctorSigned)),
			yesVal("全员参保", f.AllInsured), yesVal("家庭医生全员签约", f.AllDoctorSigned)),
		finding("E6", "养老保险", verdict(f.AllPensioned), "S002", fmt.Sprintf("符合条件的全部参保：%s", yesText(f.AllPensioned)), yesVal("符合条件的全部参保", f.AllPensioned)),
		finding("E7", "有一个以上帮扶项目", verdict(len(f.Assistance) > 0), "S002", fmt.Sprintf("已享受%d项", len(f.Assistance)), val("帮扶项目", "%d项", len(f.Assistance))),
	}
}

// ExitCycle is the fixed cycle of twelve months whose income counts for the exit of a year: it ends in that year, such
// as 1 October 2017 to 30 September 2018 for 2018 (S002 #28).
func ExitCycle(year int, s Snapshot) (from, to Date) {
	start, err := parseMonthDay(s.Text("income_cycle_start"))
	if err != nil {
		start = Date{Year: year, Month: time.January, Day: 1}
	}
	to = NewDate(year, start.Month, start.Day).AddDays(-1)
	if to.Year < year { // the cycle is the calendar year
		to = NewDate(year+1, start.Month, start.Day).AddDays(-1)
	}
	return NewDate(to.AddDays(1).Year-1, start.Month, start.Day), to
}

// RectifyBy is the last day for mending what the departments found (S002 #16): the set day of this year, and today once
// that is over.
func RectifyBy(today Date, s Snapshot) Date {
	day, err := parseMonthDay(s.Text("exit_rectify_by"))
	if err != nil {
		return today
	}
	by := Date{Year: today.Year, Month: day.Month, Day: day.Day}
	if by.Before(today) {
		return today
	}
	return by
}
