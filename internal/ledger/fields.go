package ledger

import (
	"regexp"
	"strings"

	"shouwang/internal/register"
)

// Field is what a column of a ledger means.
type Field string

// The fields of a household (up to Income) and of a person.
const (
	HouseholdNo Field = "household_no"
	Township    Field = "township"
	Village     Field = "village"
	Group       Field = "group"
	HeadName    Field = "head_name"
	HeadID      Field = "head_id"
	HomePhone   Field = "home_phone"
	Address     Field = "address"
	Population  Field = "population"
	BaseType    Field = "base_type"
	HouseGrade  Field = "house_grade"
	Bank        Field = "bank"
	Income      Field = "income"
	Year        Field = "year" // that income and schooling are of

	Name       Field = "name"
	IDNo       Field = "id_no"
	Relation   Field = "relation"
	Sex        Field = "sex"
	Birth      Field = "birth_date"
	Ethnicity  Field = "ethnicity"
	Phone      Field = "phone"
	Education  Field = "education"
	School     Field = "school"
	Health     Field = "health"
	Disability Field = "disability"
	Labour     Field = "labour"
	Medical    Field = "medical"
)

// ignored marks columns that carry nothing to keep: running numbers, ages, and what an earlier import wrote.
const ignored Field = "ignored"

// fieldDef gives a field its title and the headings under which offices keep it. Household fields hold for all rows of a
// household, so a cell merged over them, or filled in the first row only, counts for each.
type fieldDef struct {
	field     Field
	title     string
	household bool
	headings  string
}

var fieldDefs = []fieldDef{
	{HouseholdNo, "户编号", true, "户编号 户号 家庭编号 农户编号 户编码 户口编号 家庭户号"},
	{Township, "乡镇", true, "乡镇 乡镇街道 乡(镇) 乡/镇 街道 镇 镇街 所属乡镇 乡镇名称"},
	{Village, "村", true, "村 行政村 村名 村社区 村(社区) 村/社区 所在村 所属村 所属行政村 行政村名称 村居 村(居) 社区 村委会 村别"},
	{Group, "组", true, "组 村民小组 小组 组别 自然村 自然村组 村组 屯 社 村民小组(组) 所在组 居民小组 网格"},
	{HeadName, "户主姓名", true, "户主姓名 户主 户主名字 户主名 户主名称"},
	{HeadID, "户主身份证号", true, "户主身份证号 户主身份证号码 户主身份证 户主证件号码 户主公民身份号码 户主证件号"},
	{HomePhone, "户联系电话", true, "户联系电话 家庭联系电话 家庭电话 户主电话 户主联系电话 户主手机号 户主联系方式 户主手机号码 户主手机"},
	{Address, "住址", true, "住址 家庭住址 家庭地址 地址 详细地址 居住地址 现住址 户籍地址 家庭详细地址"},
	{Population, "家庭人口", true, "家庭人口 人口数 家庭人口数 家庭人数 人口 户人口 户籍人口 户籍人数 家庭成员数 家庭总人口 总人口 人数"},
	{BaseType, "户类型", true, "户类型 农户类型 户属性 农户属性 家庭类型 户类别 户别 农户类别 类型"},
	{HouseGrade, "住房等级", true, "住房等级 房屋等级 房屋安全等级 住房安全等级 住房鉴定等级 危房等级 房屋鉴定等级 住房安全等级鉴定"},
	{Bank, "银行卡号", true, "银行卡号 银行账号 一卡通账号 惠农一卡通 一卡通 社保卡银行账号 银行卡 开户账号 惠民惠农一卡通账号 惠农卡号"},
	{Income, "年收入", true, "年收入 家庭年收入 年纯收入 家庭年纯收入 全年收入 家庭收入 年总收入 家庭总收入 户年收入 全年纯收入"},

	{Name, "姓名", false, "姓名 成员姓名 家庭成员姓名 人员姓名 人口姓名 农户姓名"},
	{IDNo, "身份证号", false, "身份证号 身份证号码 公民身份号码 证件号码 身份证 证件号 成员身份证号 成员身份证号码 家庭成员身份证号 家庭成员身份证号码 公民身份证号码 身份号码 家庭成员证件号码 成员证件号码 家庭成员公民身份号码"},
	{Relation, "与户主关系", false, "与户主关系 与户主的关系 和户主关系 同户主关系 关系 家庭关系 户主关系 与户主之关系 成员关系 家庭成员与户主关系 家庭成员关系"},
	{Sex, "性别", false, "性别 家庭成员性别 成员性别"},
	{Birth, "出生日期", false, "出生日期 出生年月日 生日 出生时间 出生年月 成员出生日期 家庭成员出生日期"},
	{Ethnicity, "民族", false, "民族 家庭成员民族"},
	{Phone, "联系电话", false, "联系电话 手机号 手机号码 电话 联系方式 电话号码 手机 移动电话 成员联系电话 家庭成员联系电话 本人电话"},
	{Education, "文化程度", false, "文化程度 学历 受教育程度 文化水平 教育程度"},
	{School, "在校情况", false, "在校情况 在校生状况 在校生情况 在校状况 就学情况 就读情况 在读情况 就学状况"},
	{Health, "健康状况", false, "健康状况 身体状况 健康情况 身体健康状况 健康"},
	{Disability, "残疾情况", false, "残疾情况 残疾类别 残疾等级 残疾类型 残疾类别等级 残疾证 残疾类别及等级 残疾"},
	{Labour, "劳动能力", false, "劳动能力 劳动技能 劳动力情况 劳动力状况 劳动力 劳力情况 劳动力类型"},
	{Medical, "医保", false, "医保 医保情况 基本医保 参保情况 医疗保险 基本医疗保险 参加医保情况 医保参保情况 是否参加基本医疗保险 是否参加城乡居民基本医疗保险 参加城乡居民基本医疗保险"},

	{Year, "年度", true, "年度 年份 数据年度 采集年度 统计年度"},

	{ignored, "", false, "序号 编号 年龄 周岁 导入结果 错误说明"},
}

var (
	headingIndex = map[string]Field{}
	fieldIndex   = map[Field]fieldDef{}
)

func init() {
	for _, c := range register.Columns {
		fieldDefs = append(fieldDefs, fieldDef{Field(c.Code), c.Title, !c.OfMember(), strings.TrimSpace(c.Title + " " + c.Headings)})
	}
	for _, d := range fieldDefs {
		fieldIndex[d.field] = d
		for _, h := range strings.Fields(d.headings) {
			headingIndex[h] = d.field
		}
	}
}

// Title is the Chinese name of the field.
func (f Field) Title() string { return fieldIndex[f].title }

func (f Field) ofHousehold() bool { return fieldIndex[f].household }

var (
	headingNoise = strings.NewReplacer("*", "", "※", "", "★", "", ":", "", "、", "", "“", "", "”", "", "\"", "")
	headingUnit  = regexp.MustCompile(`\((万?元|人|必填|选填|人民币元|单位:?万?元|岁|年|下拉选择|可不填)[^()]*\)`)
	groupNoise   = regexp.MustCompile(`(基本|基础)?(信息|情况|资料)$`)
	wan          = regexp.MustCompile(`万元`)
)

// heading is a column heading made comparable: no spaces, no marks of emphasis, ordinary signs.
func heading(s string) string { return headingNoise.Replace(tight(s)) }

// lookup finds the field of a one-level heading, with or without a unit behind it.
func lookup(h string) (Field, bool) {
	if f, ok := headingIndex[h]; ok {
		return f, true
	}
	f, ok := headingIndex[headingUnit.ReplaceAllString(h, "")]
	return f, ok
}

// meaning finds the field of a heading of one or two levels: "户主信息" over "姓名" is the head's name, "家庭成员" over
// "姓名" a member's.
func meaning(top, sub string) (Field, bool) {
	top, sub = heading(top), heading(sub)
	if top == sub {
		sub = ""
	}
	if sub == "" {
		return lookup(top)
	}
	if f, ok := lookup(groupNoise.ReplaceAllString(top, "") + sub); ok {
		return f, true
	}
	return lookup(sub)
}

// caption is the heading as the preview shows it.
func caption(top, sub string) string {
	top, sub = fold(top), fold(sub)
	switch {
	case sub == "" || sub == top:
		return top
	case top == "":
		return sub
	}
	return top + "·" + sub
}
