package policy

import (
	"encoding/json"
	"slices"
)

// Key is one number, list or choice that a place may set (domain 4.9). Basis names the rows the default rests on, "D"
// meaning this product's own choice. Default is nil where a place must set the value itself. Check looks at one value
// and answers with faults whose Field is left to the caller.
type Key struct {
	Code      string                        `json:"code"`
	Title     string                        `json:"title"`
	Kind      Kind                          `json:"kind"`
	Unit      string                        `json:"unit,omitempty"`
	Basis     string                        `json:"basis"`
	SeenRange string                        `json:"seen_range,omitempty"`
	Default   json.RawMessage               `json:"default,omitempty"`
	Required  bool                          `json:"required,omitempty"` // no default, must be set before work begins
	Check     func(json.RawMessage) []Fault `json:"-"`
}

// FindKey looks a key up by its code.
func FindKey(code string) (Key, bool) {
	i, ok := keyIndex[code]
	if !ok {
		return Key{}, false
	}
	return Keys[i], true
}

// KeyCodes lists the codes of all keys in their fixed order.
func KeyCodes() []string {
	out := make([]string, len(Keys))
	for i, k := range Keys {
		out[i] = k.Code
	}
	return out
}

var keyIndex = func() map[string]int {
	m := make(map[string]int, len(Keys))
	for i, k := range Keys {
		m[k.Code] = i
	}
	return m
}()

// Keys lists every policy key, in the order in which the editor shows them.
var Keys = inOneForm(slices.Concat(dayKeys, processKeys, publicKeys, ruleKeys, eliminationKeys, rectifyKeys, assistanceKeys, visitKeys, memberKeys, campaignKeys, formKeys, dataKeys, countyKeys, deptKeys, residencyKeys, paperKeys, keepingKeys))

// inOneForm writes the defaults as every snapshot keeps them, once and not for each snapshot.
func inOneForm(keys []Key) []Key {
	for i, k := range keys {
		if k.Default != nil {
			keys[i].Default = canonical(k.Default)
		}
	}
	return keys
}

func budget(code, title, value, basis, seen string) Key {
	return Key{Code: code, Title: title, Kind: KindDays, Unit: "天", Basis: basis, SeenRange: seen, Default: json.RawMessage(value), Check: days(1)}
}

func yesNo(code, title, value, basis string) Key {
	return Key{Code: code, Title: title, Kind: KindBool, Basis: basis, Default: json.RawMessage(value), Check: flag}
}

func count(code, title, unit, value, basis string, lo, hi int) Key {
	return Key{Code: code, Title: title, Kind: KindInt, Unit: unit, Basis: basis, Default: json.RawMessage(value), Check: whole(lo, hi)}
}

func pick(code, title, value, basis string, allowed ...string) Key {
	return Key{Code: code, Title: title, Kind: KindText, Basis: basis, Default: encode(value), Check: oneOf(allowed...)}
}

func codeSet(code, title, basis string, value []Item) Key {
	return Key{Code: code, Title: title, Kind: KindItems, Basis: basis, Default: encode(value), Check: list[Item](nil)}
}

// encode writes a built-in default, which can always be written.
func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// dayKeys are the limits of the steps. The six serial ones (clue, home, review, notice, township, county) add up to the
// 15 days of ident_total_days (S003 #3, E-1); comparison runs beside them, announcement and entry come afterwards.
var dayKeys = []Key{
	budget("ident_total_days", "识别认定总时限", "15", "S003 #3, E-1", "10 天至 20 个工作日"),
	pick("ident_total_anchor", "识别认定总时限的起算点", "clue.found_at", "S003 #3", "clue.found_at", "case.accepted_at"),
	budget("clue_accept_days", "线索接收", "2", "E-4", ""),
	budget("clue_days", "线索核实办结", "2", "E-4", ""),
	budget("home_verify_days", "承诺授权与入户核实", "3", "E-6", ""),
	budget("review_days", "民主评议", "1", "D", ""),
	budget("notice_days", "村级公示", "5", "E-1, E-2", "5 至 7 天"),
	yesNo("notice_roll_holiday", "公示届满日遇休息日顺延", "true", "E-17a, E-17d"),
	budget("township_days", "乡镇审核", "2", "D", ""),
	budget("supplement_days", "补充材料", "2", "D", ""),
	budget("county_days", "县级审定", "2", "D", ""),
	budget("announce_post_days", "结果公告张贴", "1", "D", ""),
	budget("announce_days", "结果公告展示", "30", "D", ""),
	budget("entry_days", "系统录入", "2", "D", ""),
	budget("comparison_accept_days", "部门接收比对", "1", "D", ""),
	budget("comparison_days", "部门比对反馈", "5", "E-6", ""),
	budget("explain_days", "比对异常核实说明", "2", "D", ""),
	budget("comparison_valid_days", "比对结果有效期", "90", "D", ""),
	budget("objection_accept_days", "异议受理", "1", "D", ""),
	budget("objection_days", "异议核查", "5", "D", ""),
	budget("objection_reply_days", "异议答复", "2", "D", ""),
	budget("second_review_ask_days", "申请复核期限", "5", "D", ""),
	budget("second_review_days", "上级复核", "10", "D", ""),
	budget("clue_reopen_days", "无风险线索抽查重启期", "180", "D", ""),
}

// processKeys steer the procedure: who, how many, in which order, and who is reminded.
var processKeys = []Key{
	count("verify_team_min", "入户核实最少人数", "人", "2", "E-5", 2, 10),
	{Code: "review_quorum", Title: "民主评议法定人数", Kind: KindObject, Basis: "E-15", Default: encode(Quorum{"2/3", "1/2"}), Check: object(Quorum.check)},
	count("max_returns", "退回次数上限，超过即上报", "次", "3", "D", 1, 20),
	pick("comparison_join", "信息比对须在何步之前办结", "before_township", "S004, E-2, E-5b, S003 #3",
		"before_review", "before_notice", "before_township", "before_county"),
	{Code: "comparison_departments", Title: "参加比对的部门", Kind: KindItems, Basis: "S004, E-14", Default: encode(defaultDepartments()), Check: list(knownDepartment)},
	{Code: "comparison_items", Title: "比对项目", Kind: KindItems, Basis: "E-14", Default: encode(comparisonItems), Check: list(ComparisonItem.check)},
	yesNo("sample_visit_required", "乡镇审核须抽查入户", "false", "E-5"),
	{Code: "ladders", Title: "提醒阶梯", Kind: KindObject, Basis: "S001, S002, S004, D", Default: encode(DefaultLadders()), Check: object(checkLadders)},
	codeSet("stop_causes", "中止计时的法定情形", "section 6 #20", []Item{{"disaster", "自然灾害应急命令"}, {"epidemic", "疫情防控命令"},
		{"lawsuit", "涉及诉讼、仲裁或行政复议"}, {"law", "法律法规规定的其他情形"}}),
	{Code: "digest_hour", Title: "每日提醒汇总时刻", Kind: KindText, Basis: "D", Default: encode("09:00"), Check: parsed(ParseTimeOfDay)},
	{Code: "quiet_from", Title: "免打扰开始时刻（本人未另行设定的）", Kind: KindText, Basis: "D", Default: encode("21:00"), Check: parsed(ParseTimeOfDay)},
	{Code: "quiet_until", Title: "免打扰结束时刻（本人未另行设定的）", Kind: KindText, Basis: "D", Default: encode("07:30"), Check: parsed(ParseTimeOfDay)},
	count("notice_give_up_hours", "邮件和群消息发不出去时，多久后不再重发", "小时", "24", "D", 1, 168),
	count("wake_spread_minutes", "同一时刻到期的期限和提醒错开的时间", "分钟", "25", "D", 0, 240),
}

func checkLadders(ladders map[string]Ladder) []Fault {
	var out []Fault
	for _, name := range sortedKeys(ladders) {
		out = append(out, ladders[name].Check(name)...)
	}
	return out
}
