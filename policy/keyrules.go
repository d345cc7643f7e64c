package policy

import "encoding/json"

// publicKeys bound what is shown outside the office.
var publicKeys = []Key{
	codeSet("public_fields", "公示可列内容", "E-1, E-16a–c", publicFields),
	{Code: "publication_days", Title: "信息公开期限", Kind: KindDays, Unit: "天", Basis: "S003 meta, E-24", SeenRange: "5 至 20 个工作日",
		Default: encode(Budget{Days: 20, Unit: UnitWorking}), Check: days(1)},
}

// IncomeLine is the yearly reference line per head, in fen. Concept says which income it is compared with; Inclusive
// counts a household exactly on the line as below it, as Hainan does (E-22).
type IncomeLine struct {
	Fen       int64  `json:"fen"`
	Concept   string `json:"concept"` // net 纯收入, disposable 可支配收入
	Inclusive bool   `json:"inclusive,omitempty"`
}

func (l IncomeLine) check() []Fault {
	var out []Fault
	if l.Fen < 100_000 || l.Fen > 10_000_000 {
		out = append(out, at("fen", bad("policy_range", "收入线 %s 元不在 1000 至 100000 元之间（单位为分）", Yuan(l.Fen)))...)
	}
	if l.Concept != "net" && l.Concept != "disposable" {
		out = append(out, at("concept", bad("policy_choice", "收入口径只能是 net（纯收入）或 disposable（可支配收入）"))...)
	}
	return out
}

// ruleKeys are the thresholds of the computed tests of a household.
var ruleKeys = []Key{
	codeSet("category_set", "监测对象类别", "E-27", categorySet),
	codeSet("risk_type_set", "返贫致贫风险类型", "E-27c, E-11", riskTypeSet),
	{Code: "income_line", Title: "年度收入参考线（人均）", Kind: KindObject, Unit: "分", Basis: "E-22", SeenRange: "6500 至 8700 元", Required: true, Check: object(IncomeLine.check)},
	pick("income_period_rule", "收入计算期", "rolling_12m", "E-23", "rolling_12m", "fixed_cycle", "calendar_year"),
	{Code: "income_cycle_start", Title: "固定周期起始月日", Kind: KindText, Basis: "S002", Default: encode("10-01"), Check: parsed(parseMonthDay)},
	yesNo("income_expense_elsewhere", "财产、转移、工资类可填支出而不提示", "false", "S000, S003 #16"),
	{Code: "sudden_rigid_fen", Title: "突发大额刚性支出标准", Kind: KindInt, Unit: "分", Basis: "D", Check: whole(1, 1_000_000_000)},
	{Code: "sudden_income_drop", Title: "收入大幅缩减比例", Kind: KindNumber, Unit: "比例", Basis: "D", Check: number(0.01, 1)},
	{Code: "must_admit_rules", Title: "应纳尽纳情形", Kind: KindItems, Basis: "S003 #3", Default: encode(mustAdmitSet), Check: list(knownMustAdmit)},
	pick("must_admit_dibao_join", "整户低保情形中大病与在校生的关系", "any", "S003 #3", "any", "all"),
	count("must_admit_students_min", "在校生人数", "人", "3", "S003 #3", 1, 10),
	number64("water_litres_min", "每人每日最低水量", "升", "20", "S000, E-21b", "20 至 35", 1, 200),
	number64("water_minutes_max", "取水往返时间", "分钟", "20", "S000", "", 1, 240),
	yesNo("water_minutes_inclusive", "取水恰为该时间即不达标", "true", "S000, E-17b"),
	number64("water_distance_max", "取水水平距离", "米", "800", "S000", "", 1, 10000),
	yesNo("water_distance_inclusive", "取水恰为该距离即不达标", "false", "S000, E-17b"),
	{Code: "water_vertical_max", Title: "取水垂直距离在此以内即达标", Kind: KindNumber, Unit: "米", Basis: "E-21b", SeenRange: "80", Check: number(1, 1000)},
	count("water_shortage_days", "年缺水天数", "天", "36", "S000", 1, 366),
	yesNo("water_shortage_inclusive", "缺水恰为该天数即不达标", "true", "S000, E-17b"),
	number64("med_burden_ratio", "医疗自付负担比例", "比例", "0.25", "S003 #12", "", 0.01, 10),
	count("education_age_min", "义务教育起始年龄", "岁", "6", "D", 5, 8),
	count("education_age_max", "义务教育截止年龄", "岁", "15", "D", 14, 18),
	codeSet("schooling_excuses", "义务教育阶段未上学的正当原因（所填原因含有其中一项）", "S0-015, D", schoolingExcuses),
}

func number64(code, title, unit, value, basis, seen string, lo, hi float64) Key {
	return Key{Code: code, Title: title, Kind: KindNumber, Unit: unit, Basis: basis, SeenRange: seen, Default: json.RawMessage(value), Check: number(lo, hi)}
}

func parseMonthDay(s string) (Date, error) { return ParseDate("2024-" + s) }

func knownMustAdmit(i Item) []Fault {
	for _, known := range mustAdmitSet {
		if known.Code == i.Code {
			return nil
		}
	}
	return bad("policy_choice", "不认识的应纳尽纳情形 %s", Shown(i.Code))
}

// keepingKeys say what is kept and for how long.
var keepingKeys = []Key{
	count("log_retention_months", "日志保存月数", "月", "36", "E-18a", 6, 1200),
	pick("case_retention", "案卷保管期限", "permanent", "E-19a, E-19b", "permanent", "30_years", "10_years"),
}

func checkRectifyDue(due map[string]json.RawMessage) []Fault {
	var out []Fault
	for _, class := range sortedKeys(due) {
		if class != "immediate" && class != "special" && class != "long_term" {
			out = append(out, at(class, bad("policy_choice", "不认识的整改类别 %s", Shown(class)))...)
		}
		out = append(out, at(class, days(1)(due[class]))...)
	}
	return out
}
