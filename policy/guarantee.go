package policy

import (
	"fmt"
	"math"
)

// Report is the result of a water test; "" means that there is none.
type Report string

// The results of a water test.
const (
	ReportPass Report = "pass"
	ReportFail Report = "fail"
)

// WaterFacts is what the visit found out about drinking water (S000).
type WaterFacts struct {
	LitresPerDay float64  `json:"litres_per_day"` // per person
	Piped        bool     `json:"piped"`
	Minutes      float64  `json:"minutes"`              // per trip, there and back
	DistanceM    float64  `json:"distance_m"`           // one way, horizontal
	VerticalM    *float64 `json:"vertical_m,omitempty"` // one way, vertical
	ShortageDays int      `json:"shortage_days"`        // in the past year
	Report       Report   `json:"report"`
	LooksGood    *bool    `json:"looks_good,omitempty"` // field judgement: look, smell, ask, taste
}

// Water tests drinking water: quantity, access, guarantee and quality, in this order, and then the whole (S000). Whether
// a value exactly on a threshold fails is policy (民法典 1259).
func Water(f WaterFacts, s Snapshot) []Finding {
	out := []Finding{
		finding("water_quantity", "水量", verdict(f.LitresPerDay >= s.Number("water_litres_min")), "S000",
			fmt.Sprintf("每人每日%g升，标准%g升以上", f.LitresPerDay, s.Number("water_litres_min")),
			val("每人每日水量", "%g升", f.LitresPerDay), val("标准", "%g升以上", s.Number("water_litres_min"))),
		finding("water_access", "取水方便程度", verdict(f.accessible(s)), "S000", f.accessText(),
			yesVal("通自来水", f.Piped), val("往返时间", "%g分钟", f.Minutes), limitVal("不达标时间", s.Number("water_minutes_max"), "分钟", s.Bool("water_minutes_inclusive")),
			val("水平距离", "%g米", f.DistanceM), limitVal("不达标距离", s.Number("water_distance_max"), "米", s.Bool("water_distance_inclusive"))),
		finding("water_guarantee", "供水保证率", verdict(!reaches(float64(f.ShortageDays), float64(s.Int("water_shortage_days")), s.Bool("water_shortage_inclusive"))), "S000",
			fmt.Sprintf("近一年缺水%d天，标准%d天", f.ShortageDays, s.Int("water_shortage_days")),
			val("近一年缺水", "%d天", f.ShortageDays), limitVal("不达标天数", float64(s.Int("water_shortage_days")), "天", s.Bool("water_shortage_inclusive"))),
		f.quality(),
	}
	whole := VerdictYes
	for _, part := range out {
		whole = all(whole, part.Verdict)
	}
	return append(out, finding("water", "饮水安全", whole, "S000", "水量、取水、保证率、水质四项均达标方为达标"))
}

// accessible: piped, or not both far in time and far in distance, or within the vertical distance where policy sets one.
func (f WaterFacts) accessible(s Snapshot) bool {
	slow := reaches(f.Minutes, s.Number("water_minutes_max"), s.Bool("water_minutes_inclusive"))
	far := reaches(f.DistanceM, s.Number("water_distance_max"), s.Bool("water_distance_inclusive"))
	near := s.Has("water_vertical_max") && f.VerticalM != nil && *f.VerticalM <= s.Number("water_vertical_max")
	return f.Piped || !(slow && far) || near
}

func (f WaterFacts) accessText() string {
	if f.Piped {
		return "已通自来水"
	}
	return fmt.Sprintf("往返%g分钟，距离%g米", f.Minutes, f.DistanceM)
}

// quality: a test report decides, save that a failed report beside water that looks good is a contradiction to clear up,
// never a pass; without a report the judgement on the spot decides.
func (f WaterFacts) quality() Finding {
	out := finding("water_quality", "水质", VerdictJudge, "S000", "既无检测报告，也无现场评价", Value{"检测报告", "无"}, Value{"现场评价", "无"})
	if f.Report != "" {
		out.Values[0].Text = map[Report]string{ReportPass: "合格", ReportFail: "不合格"}[f.Report]
	}
	if f.LooksGood != nil {
		out.Values[1].Text = map[bool]string{true: "良好", false: "不好"}[*f.LooksGood]
	}
	switch {
	case f.Report == ReportPass:
		out.Verdict, out.Reason = VerdictYes, "检测报告合格"
	case f.Report == ReportFail && f.LooksGood != nil && *f.LooksGood:
		out.Reason = "检测报告不合格，与现场评价良好矛盾，须先核清"
	case f.Report == ReportFail:
		out.Verdict, out.Reason = VerdictNo, "检测报告不合格"
	case f.LooksGood != nil:
		out.Verdict, out.Reason = verdict(*f.LooksGood), "无检测报告，按现场望、闻、问、尝评价"
	}
	return out
}

// limitVal is a threshold that a value must not reach: 以上 includes the number, 以外 does not (民法典 1259).
func limitVal(name string, limit float64, unit string, inclusive bool) Value {
	word := "以外"
	if inclusive {
		word = "及以上"
	}
	return val(name, "%g%s%s", limit, unit, word)
}

// reaches tells whether a value is at the threshold (inclusive) or beyond it.
func reaches(value, threshold float64, inclusive bool) bool {
	return value > threshold || (inclusive && value == threshold)
}

// Housing is what is known of the only house; Grade is A to D, "" unknown.
type Housing struct {
	Grade    string `json:"grade"`
	Repaired bool   `json:"repaired"`
	MovedIn  bool   `json:"moved_in"`
}

// safe: grade A or B, or repaired and moved in; an unknown grade of a house that was not repaired is open.
func (h Housing) safe() Verdict {
	if h.Grade == "A" || h.Grade == "B" || (h.Repaired && h.MovedIn) {
		return VerdictYes
	}
	if h.Grade == "" {
		return VerdictJudge
	}
	return VerdictNo
}

// MedicalBurden tests whether the own payment after all insurance exceeds the policy share of last year's local
// disposable income per head, both in fen (S003 #12). Exactly on the share is not above it.
func MedicalBurden(ownPayment, disposablePerHead int64, s Snapshot) Finding {
	out := finding("medical_burden", "医疗负担过重", VerdictJudge, "S003 #12", "缺少上年度当地居民人均可支配收入")
	if disposablePerHead <= 0 || ownPayment < 0 || ownPayment > largestAmount || disposablePerHead > largestAmount {
		return out
	}
	share := int64(math.Round(s.Number("med_burden_ratio") * 10000)) // to the hundredth of a percent
	out.Verdict = verdict(ownPayment*10000 > share*disposablePerHead)
	out.Reason = fmt.Sprintf("自付%s元，为当地人均可支配收入%s元的%.1f%%，标准%.1f%%", Yuan(ownPayment), Yuan(disposablePerHead),
		float64(ownPayment)*100/float64(disposablePerHead), float64(share)/100)
	out.Values = []Value{val("自付", "%s元", Yuan(ownPayment)), val("当地人均可支配收入", "%s元", Yuan(disposablePerHead)), val("标准", "超过%.1f%%", float64(share)/100)}
	return out
}
