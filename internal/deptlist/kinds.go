package deptlist

import (
	"slices"

	"shouwang/policy"
	"shouwang/procedure"
)

// ValueKind is how the text of a cell is read.
type ValueKind string

// The kinds of values. Money is kept in fen, dates as 2006-01-02, numbers as people write them.
const (
	Text   ValueKind = "text"
	Date   ValueKind = "date"
	Money  ValueKind = "money"
	Number ValueKind = "number"
	Year   ValueKind = "year"
	Choice ValueKind = "choice"
	ID     ValueKind = "id"
)

// Field is one column that lists of a kind may have. Names are headings that mean it; Values maps the words of a choice to
// its codes.
type Field struct {
	Code, Title string
	Kind        ValueKind
	Required    bool
	Class       procedure.Class
	Names       []string
	Values      map[string]string
}

// Kind is one sort of list that a department sends again and again.
type Kind struct {
	Dept, Code, Title string
	// Fields beside those that say who is meant.
	Fields []Field
	// Slot names the fields that tell facts of one person apart; without any there is one fact, which the newest list states.
	Slot []string
	// Household says that the fact is about the home and not about the person named.
	Household bool
	// Expense is the kind of policy.Expense that the rows state, Amount the field with the sum.
	Expense, Amount string
	Basis           string // the rows of the requirements
}

// Codes of the fields that say who is meant.
const (
	FieldName    = "name"
	FieldID      = "id_no"
	FieldBirth   = "birth_date"
	FieldVillage = "village"
	FieldTown    = "township"
)

// who are the fields of every kind.
var who = []Field{
	{Code: FieldName, Title: "姓名", Kind: Text, Required: true, Class: procedure.P1, Names: []string{"姓名", "人员姓名", "患者姓名", "学生姓名", "户主姓名", "持证人", "持证人姓名", "参保人", "参保人姓名", "低保对象姓名", "户主", "产权人", "死者姓名"}},
	{Code: FieldID, Title: "身份证号", Kind: ID, Class: procedure.P2, Names: []string{"身份证号", "身份证号码", "公民身份号码", "证件号码", "证件号", "身份证", "户主身份证号", "学生身份证号", "社会保障号码"}},
	{Code: FieldBirth, Title: "出生日期", Kind: Date, Class: procedure.P2, Names: []string{"出生日期", "出生年月日", "生日"}},
	{Code: FieldVillage, Title: "村", Kind: Text, Class: procedure.P1, Names: []string{"村", "行政村", "所在村", "村（社区）", "村(社区)", "村名", "村居", "村委会"}},
	{Code: FieldTown, Title: "乡镇", Kind: Text, Class: procedure.P1, Names: []string{"乡镇", "乡（镇）", "乡(镇)", "乡镇（街道）", "乡镇(街道)", "镇", "街道", "所在乡镇"}},
}

func field(code, title string, kind ValueKind, required bool, names ...string) Field {
	return Field{Code: code, Title: title, Kind: kind, Required: required, Class: procedure.P3, Names: append([]string{title}, names...)}
}

func choice(code, title string, values map[string]string, names ...string) Field {
	f := field(code, title, Choice, true, names...)
	f.Values = values
	return f
}

// Kinds are the lists of the nine departments of S4-013, and of 水利, with their fields as data.
var Kinds = []Kind{
	{Dept: "medical_insurance", Code: "medical_cost", Title: "医疗费用年度累计", Slot: []string{"year"}, Expense: "medical", Amount: "own", Basis: "S003 #12, S4-013", Fields: []Field{
		field("year", "费用年度", Year, true, "年度", "结算年度"),
		field("own", "个人自付", Money, true, "个人自付费用", "个人自付金额", "个人负担", "合规自付费用", "自付费用", "自付金额"),
		field("total", "医疗总费用", Money, false, "总费用", "费用总额", "政策范围内费用"),
		field("basic", "基本医保支付", Money, false, "统筹支付", "基本医保报销"),
		field("serious", "大病保险支付", Money, false, "大病保险报销"),
		field("aid", "医疗救助支付", Money, false, "医疗救助", "救助金额"),
	}},
	{Dept: "medical_insurance", Code: "uninsured", Title: "未参保人员", Slot: []string{"year"}, Basis: "S003 #20", Fields: []Field{
		field("year", "参保年度", Year, true, "年度"), field("reason", "未参保原因", Text, false, "原因"),
		choice("unable", "是否无力缴费", yesNo, "无力缴费"),
	}},
	{Dept: "health", Code: "serious_illness", Title: "大病患者", Slot: []string{"illness"}, Basis: "S003 #3", Fields: []Field{
		field("illness", "病种", Text, true, "大病病种", "疾病名称", "诊断"), field("on", "确诊日期", Date, false, "诊断日期"),
	}},
	{Dept: "disabled_federation", Code: "disability", Title: "残疾人证", Basis: "S4-013", Fields: []Field{
		field("certificate", "残疾人证号", Text, false, "残疾证号", "证号"),
		choice("type", "残疾类别", words("视力", "听力", "言语", "肢体", "智力", "精神", "多重"), "残疾类型", "类别"),
		choice("level", "残疾等级", map[string]string{"一级": "1", "二级": "2", "三级": "3", "四级": "4", "1": "1", "2": "2", "3": "3", "4": "4", "1级": "1", "2级": "2", "3级": "3", "4级": "4"}, "等级"),
		field("on", "发证日期", Date, false, "核发日期"),
	}},
	{Dept: "civil_affairs", Code: "dibao", Title: "低保对象", Basis: "S003 #3", Fields: []Field{
		choice("status", "保障状态", map[string]string{"在保": "yes", "新增": "yes", "拟新增": "yes", "停保": "no", "退保": "no"}, "状态", "低保状态"),
		field("on", "起始日期", Date, false, "纳入日期", "享受起始日期"),
	}},
	{Dept: "civil_affairs", Code: "tekun", Title: "特困供养对象", Basis: "S4-013", Fields: []Field{
		choice("mode", "供养方式", map[string]string{"分散": "scattered", "分散供养": "scattered", "集中": "central", "集中供养": "central"}),
		field("on", "起始日期", Date, false, "纳入日期"),
	}},
	{Dept: "education", Code: "dropout", Title: "义务教育失学辍学", Basis: "S4-013", Fields: []Field{
		choice("status", "就学状态", map[string]string{"辍学": "out", "失学": "out", "疑似辍学": "out", "未入学": "out", "复学": "in", "在校": "in", "已劝返": "in"}, "状态", "在校状态"),
		field("school", "学校", Text, false, "原就读学校", "就读学校"), field("grade", "年级", Text, false, "原年级"), field("reason", "失学辍学原因", Text, false, "辍学原因", "原因"),
		field("on", "辍学日期", Date, false, "失学日期", "离校日期"),
	}},
	{Dept: "education", Code: "school_cost", Title: "就学费用", Slot: []string{"year"}, Expense: "schooling", Amount: "amount", Basis: "DQ-04", Fields: []Field{
		field("year", "学年", Year, true, "年度"), field("amount", "就学支出", Money, true, "费用", "学费", "支出金额", "金额"), field("school", "学校", Text, false, "就读学校"),
	}},
	{Dept: "housing", Code: "house_grade", Title: "房屋安全等级", Household: true, Basis: "S003 #3", Fields: []Field{
		choice("grade", "房屋等级", map[string]string{"A": "A", "B": "B", "C": "C", "D": "D", "A级": "A", "B级": "B", "C级": "C", "D级": "D", "C级危房": "C", "D级危房": "D"}, "鉴定等级", "危房等级", "房屋安全等级", "住房等级"),
		field("on", "鉴定日期", Date, false, "认定日期"),
	}},
	{Dept: "human_resources", Code: "unemployment", Title: "劳动力失业", Basis: "S003 #2", Fields: []Field{
		choice("status", "就业状态", map[string]string{"失业": "out", "未就业": "out", "返乡未就业": "out", "就业": "in", "已就业": "in"}, "状态"),
		field("on", "失业日期", Date, false, "登记日期"), field("reason", "失业原因", Text, false, "原因"),
	}},
	{Dept: "public_security", Code: "death", Title: "死亡注销", Basis: "S4-013", Fields: []Field{field("on", "死亡日期", Date, true, "注销日期")}},
	{Dept: "public_security", Code: "registration", Title: "户籍变动", Basis: "S4-013", Fields: []Field{
		choice("change", "变动类型", map[string]string{"迁出": "out", "迁入": "in", "分户": "split", "并户": "merge", "更名": "rename"}, "变动原因", "变动类别"),
		field("on", "变动日期", Date, false, "日期"),
	}},
	{Dept: "agriculture", Code: "large_expense", Title: "大额刚性支出", Slot: []string{"cause", "on"}, Expense: "other", Amount: "amount", Basis: "DQ-04", Fields: []Field{
		choice("cause", "支出类别", map[string]string{"医疗": "medical", "就医": "medical", "教育": "schooling", "就学": "schooling", "灾害": "disaster", "自然灾害": "disaster", "意外事故": "disaster", "其他": "other"}, "类别", "支出原因"),
		field("amount", "支出金额", Money, true, "金额"), field("on", "支出日期", Date, true, "日期", "发生日期"),
	}},
	{Dept: "water_affairs", Code: "water_test", Title: "饮水水质检测", Household: true, Basis: "S4-013, S003 #17", Fields: []Field{
		choice("passed", "检测结果", map[string]string{"达标": "yes", "合格": "yes", "不达标": "no", "不合格": "no"}, "结果", "是否达标", "水质"),
		field("item", "不达标项目", Text, false, "超标项目"), field("on", "检测日期", Date, false, "采样日期"),
	}},
}

var yesNo = map[string]string{"是": "yes", "否": "no", "有": "yes", "无": "no"}

// words are choices that are their own codes.
func words(list ...string) map[string]string {
	out := map[string]string{}
	for _, w := range list {
		out[w], out[w+"残疾"] = w, w
	}
	return out
}

// Find is the kind of a department with that code.
func Find(dept, code string) (*Kind, bool) {
	for i := range Kinds {
		if k := &Kinds[i]; k.Code == code && k.Dept == dept {
			return k, true
		}
	}
	return nil, false
}

// ByCode is the kind with that code; codes are unique.
func ByCode(code string) (*Kind, bool) {
	for i := range Kinds {
		if Kinds[i].Code == code {
			return &Kinds[i], true
		}
	}
	return nil, false
}

// DeptTitle is the name of the department that sends the list.
func (k *Kind) DeptTitle() string {
	for _, d := range policy.Departments {
		if d.Code == k.Dept {
			return d.Title
		}
	}
	return k.Dept
}

// All are the fields of the kind, those that say who is meant first.
func (k *Kind) All() []Field { return slices.Concat(who, k.Fields) }

// Field is a field of the kind by its code.
func (k *Kind) Field(code string) (Field, bool) {
	for _, f := range k.All() {
		if f.Code == code {
			return f, true
		}
	}
	return Field{}, false
}
