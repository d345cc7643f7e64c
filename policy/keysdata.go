package policy

import "encoding/json"

// dataKeys are the thresholds that domain 5.5 leaves open in DQ-01 to DQ-41. What it names itself, ages and the amounts
// of a month's pay, stands in the rules.
var dataKeys = []Key{
	yesNo("quality_nightly", "每夜自动运行数据质量规则", "true", "D"),
	yesNo("screening_nightly", "每夜自动按识别条件筛查全部农户", "true", "S004, D"),
	count("dq_sheet_items_min", "收支雷同比对所需的最少非零项目数", "项", "5", "S003 #23", 1, 60),
	count("dq_signature_seconds", "同一设备两次签名的最短间隔", "秒", "10", "S003 #23, D", 1, 600),
	count("dq_signature_bits", "两个签名图像视为雷同的差异位数上限", "位", "6", "S003 #23, D", 1, 32),
	count("dq_signature_sample_percent", "签名随机抽样人工比对的比例", "%", "5", "S003 #23, D", 0, 100),
	{Code: "dq_large_expense_fen", Title: "部门反馈的大额刚性支出标准", Kind: KindInt, Unit: "分", Basis: "S003 #23, D", Default: json.RawMessage("500000"), Check: whole(10_000, 100_000_000)},
	count("dq_forms_per_hour", "一名排查人员一小时内采集户表的上限", "份", "6", "D", 1, 100),
	count("dq_measure_months", "识别后须有针对性措施的月数", "月", "1", "X 1_11_010", 0, 12),
	count("dq_same_income_years", "收入连续无变化的年数", "年", "2", "S002, D", 2, 5),
	number64("dq_labour_share", "缺劳动力户的劳动力占比上限", "比例", "0.25", "X 5_15_020", "", 0.01, 1),
	number64("dq_arable_max_mu", "耕地面积上限", "亩", "100", "X 5_14_*, D", "100 至 200", 1, 10000),
	number64("dq_land_max_mu", "林地、退耕还林、林果、牧草地、水面面积上限", "亩", "200", "X 5_14_*, D", "100 至 200", 1, 10000),
	number64("dq_road_max_km", "与村主干路距离上限", "公里", "5", "X 5_14_*", "", 0.1, 100),
}

// dataLimits are the thresholds as the rules use them; months are calendar months.
type dataLimits struct {
	school                    schoolRules
	sheetItems, seconds, bits int
	expense                   int64
	perHour, far              int
	measureMonths, eliminated int
	sameYears                 int
	labourShare               float64
	arable, land, road        float64
	line                      *IncomeLine // nil where the place has set none
}

func readLimits(s Snapshot) dataLimits {
	l := dataLimits{
		school:     readSchoolRules(s),
		sheetItems: s.Int("dq_sheet_items_min"), seconds: s.Int("dq_signature_seconds"), bits: s.Int("dq_signature_bits"),
		expense: int64(s.Int("dq_large_expense_fen")), perHour: s.Int("dq_forms_per_hour"), far: s.Int("visit_far_metres"),
		measureMonths: s.Int("dq_measure_months"), eliminated: s.Int("min_months_monitored"), sameYears: s.Int("dq_same_income_years"),
		labourShare: s.Number("dq_labour_share"), arable: s.Number("dq_arable_max_mu"), land: s.Number("dq_land_max_mu"), road: s.Number("dq_road_max_km"),
	}
	var line IncomeLine
	if s.JSON("income_line", &line) == nil {
		l.line = &line
	}
	return l
}

// thresholds are the limits read before, or else read now.
func (c DataContext) thresholds() *dataLimits {
	if c.limits != nil {
		return c.limits
	}
	l := readLimits(c.Snapshot)
	return &l
}
