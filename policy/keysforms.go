package policy

import "slices"

// formKeys steer the forms: which version is filled in, and the lists that each county has of its own (5.4).
var formKeys = []Key{
	{Code: "form_versions", Title: "表单版本（未列的用最新版本）", Kind: KindObject, Basis: "D", Default: encode(map[string]int{}), Check: object(checkFormVersions)},
	{Code: "income_items", Title: "收入计算表的品种", Kind: KindItems, Basis: "S000", Default: encode(incomeItems), Check: list(IncomeItem.check)},
	codeSet("nine_documents", "“九种资料”目录", "S001, D", nineDocuments),
}

func checkFormVersions(versions map[string]int) []Fault {
	for _, form := range sortedKeys(versions) {
		if versions[form] < 1 {
			return at(form, bad("policy_range", "表单 %s 的版本应从 1 起", Shown(form)))
		}
	}
	return nil
}

// IncomeItem is one row of the income sheet as a county prints it (S0-092).
type IncomeItem struct {
	Code     string         `json:"code"`
	Title    string         `json:"title"`
	Category IncomeCategory `json:"category"`
	Unit     string         `json:"unit,omitempty"`
}

func (i IncomeItem) code() (string, string) { return i.Code, i.Title }

func (i IncomeItem) check() []Fault {
	if !slices.Contains([]IncomeCategory{Production, Property, Transfer, Wage}, i.Category) {
		return at("category", bad("policy_choice", "“%s”的收入类别 %s 不存在", i.Title, Shown(string(i.Category))))
	}
	return nil
}

// IncomeItems are the rows of the income sheet of a place, in the order of the paper.
func (s Snapshot) IncomeItems() []IncomeItem { return get[[]IncomeItem](s, "income_items") }

// incomeItems are those of S000 annex 6. The names of the first seven are lost in the source: what stands here is a
// suggestion, and each county sets its own list (lemon shows that the list is local).
var incomeItems = []IncomeItem{
	{"1-01", "猪", Production, "头"}, {"1-02", "牛", Production, "头"}, {"1-03", "羊", Production, "只"}, {"1-04", "鸡", Production, "只"},
	{"1-05", "鸭", Production, "只"}, {"1-06", "鹅", Production, "只"}, {"1-07", "兔", Production, "只"}, {"1-08", "蛋类", Production, "公斤"},
	{"1-09", "鱼类", Production, "公斤"}, {"1-10", "柠檬", Production, "公斤"}, {"1-11", "玉米", Production, "公斤"}, {"1-12", "水稻", Production, "公斤"},
	{"1-13", "红苕", Production, "公斤"}, {"1-14", "土豆", Production, "公斤"}, {"1-15", "小麦", Production, "公斤"}, {"1-16", "花生", Production, "公斤"},
	{"1-17", "油菜", Production, "公斤"}, {"1-18", "大豆", Production, "公斤"}, {"1-19", "柑子、梨子等水果", Production, "公斤"}, {"1-20", "核桃", Production, "公斤"},
	{"1-21", "苗木", Production, "株"}, {"1-22", "蔬菜", Production, "公斤"}, {"1-23", "中药材类", Production, "公斤"}, {"1-24", "蚕桑", Production, "公斤"},
	{"1-25", "其他", Production, ""},
	{"2-01", "土地流转金", Property, "亩"}, {"2-02", "租金", Property, ""}, {"2-03", "红利（利息、股息）", Property, ""}, {"2-04", "其他", Property, ""},
	{"3-01", "生态补偿金", Transfer, "亩"}, {"3-02", "地力补贴", Transfer, "亩"}, {"3-03", "新农保（养老保险金）", Transfer, "人"}, {"3-04", "低保金", Transfer, "人"},
	{"3-05", "特困供养金", Transfer, "人"}, {"3-06", "计生奖扶（特扶、独生子女费）", Transfer, "人"}, {"3-07", "高龄补贴", Transfer, "人"}, {"3-08", "残疾补贴", Transfer, "人"},
	{"3-09", "抚恤金", Transfer, "人"}, {"3-10", "子女赡养金", Transfer, "人"}, {"3-11", "其他", Transfer, ""},
	{"4-01", "务工补贴", Wage, "人"}, {"4-02", "务工收入", Wage, "月"},
}

// nineDocuments: the source counts them and does not name them (S1-057), so that these are a suggestion.
var nineDocuments = []Item{
	{"application", "申请书"}, {"identity", "户口簿、身份证复印件"}, {"review", "民主评议记录"}, {"notice", "公示公告资料"}, {"handbook", "帮扶手册"},
	{"income", "收入测算资料"}, {"plan", "帮扶计划和措施资料"}, {"proof", "享受政策佐证资料"}, {"exit", "脱贫（消除）确认资料"},
}
