package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Departments is the catalogue of departments that may take part in the comparison (S004, E-14).
var Departments = []Item{
	{"civil_affairs", "民政"}, {"public_security", "公安"}, {"human_resources", "人社"}, {"medical_insurance", "医保"},
	{"health", "卫健"}, {"education", "教体"}, {"disabled_federation", "残联"}, {"housing", "住建"},
	{"market", "市场监管"}, {"land", "自然资源"}, {"tax", "税务"}, {"housing_fund", "公积金"}, {"agriculture", "农业农村"},
	{"water_affairs", "水利"}, {"finance", "财政"},
}

// defaultDepartments is a short list to begin with; a county sets its own.
func defaultDepartments() []Item {
	short := []string{"civil_affairs", "public_security", "market", "land"}
	return slices.DeleteFunc(slices.Clone(Departments), func(d Item) bool { return !slices.Contains(short, d.Code) })
}

func knownDepartment(d Item) []Fault {
	if !slices.ContainsFunc(Departments, func(k Item) bool { return k.Code == d.Code }) {
		return bad("policy_department", "不认识的部门代码 %s", Shown(d.Code))
	}
	return nil
}

// Severities of a comparison item. A hit is never a rejection by itself: "exclude" only says that the county usually
// does not admit, and people still decide (domain 4.4).
const (
	SeverityInfo    = "info"
	SeverityExplain = "explain"
	SeverityExclude = "exclude"
)

// ComparisonItem is one thing the departments compare, and who answers for it.
type ComparisonItem struct {
	Code       string `json:"code"`
	Title      string `json:"title"`
	Department string `json:"department"`
	Severity   string `json:"severity"`
	Exception  string `json:"exception,omitempty"`
}

func (c ComparisonItem) code() (string, string) { return c.Code, c.Title }

func (c ComparisonItem) check() []Fault {
	out := at("department", knownDepartment(Item{Code: c.Department}))
	if !slices.Contains([]string{SeverityInfo, SeverityExplain, SeverityExclude}, c.Severity) {
		out = append(out, at("severity", bad("policy_choice", "%s的严重程度“%s”不是 info、explain、exclude 之一", c.Title, Shown(c.Severity)))...)
	}
	return out
}

var comparisonItems = []ComparisonItem{
	{"real_estate", "房产", "land", SeverityExplain, "唯一住房、易地搬迁安置房除外"},
	{"vehicle", "车辆", "public_security", SeverityExplain, "残疾人代步车、已报废未注销车辆除外"},
	{"crime", "涉案处罚", "public_security", SeverityExplain, ""},
	{"farm_machine", "大型农机具", "agriculture", SeverityExplain, "生产必需的除外"},
	{"public_employee", "财政供养人员", "human_resources", SeverityExplain, ""},
	{"pension", "职工养老保险", "human_resources", SeverityExplain, ""},
	{"business", "工商登记", "market", SeverityExplain, "被冒名登记、已停业未注销的除外"},
	{"housing_fund", "住房公积金", "housing_fund", SeverityExplain, ""},
	{"tax", "纳税记录", "tax", SeverityExplain, ""},
	{"deposit", "银行存款", "civil_affairs", SeverityExplain, "赔偿金、捐助款等专用款项除外"},
	{"wealth_product", "理财产品、基金", "civil_affairs", SeverityExplain, ""},
	{"securities", "股票、股权", "civil_affairs", SeverityExplain, ""},
	{"investment_insurance", "投资型保险", "civil_affairs", SeverityExplain, ""},
}

// categorySet is regime C: three kinds of monitored household (E-27).
var categorySet = []Item{{"unstable", "脱贫不稳定户"}, {"marginal", "边缘易致贫户"}, {"sudden", "突发严重困难户"}}

// riskTypeSet is E-27c with the two guarantees that E-11 adds.
var riskTypeSet = []Item{
	{"illness", "因病"}, {"schooling", "因学"}, {"disability", "因残"}, {"disaster", "因自然灾害"}, {"accident", "因意外事故"},
	{"industry_failure", "因产业项目失败"}, {"unstable_employment", "因务工就业不稳"}, {"labour_shortage", "缺劳动力"},
	{"housing", "因安全住房"}, {"water", "因安全饮水"}, {"other", "其他"},
}

// publicFields is what a public notice may show (domain 5.6, E-1).
var publicFields = []Item{
	{"village", "村"}, {"group", "组"}, {"head_name", "户主姓名"}, {"population", "家庭人口"}, {"category", "对象类别"},
	{"proposal", "公示事项"}, {"period", "公示期"}, {"unit", "公示单位"}, {"objection_phone", "异议受理电话"},
}

// mustAdmitSet is the five situations of S003 #3 (S3-013 to S3-017).
var mustAdmitSet = []Item{
	{MustAdmitDibao, "整户低保且有大病或在校生"}, {MustAdmitHouse, "C、D级危房且无力解决"},
	{MustAdmitIllness, "低于基准线，有大病或重残且无人赡养"}, {MustAdmitStudents, "低于基准线且有三名以上在校生"},
	{MustAdmitUnmet, "低收入家庭“三保障”或饮水未落实且无力解决"},
}

// Quorum is the rule of a review meeting (E-15): the least share of those entitled who must be present, and the share of
// those present that the votes in favour must exceed. Both are fractions such as "2/3".
type Quorum struct {
	Present string `json:"present"`
	Agree   string `json:"agree"`
}

// fraction reads "2/3"; the value lies above 0 and at most at 1.
func fraction(s string) (num, den int, err error) {
	if n, e := fmt.Sscanf(s, "%d/%d", &num, &den); n != 2 || e != nil || fmt.Sprintf("%d/%d", num, den) != s {
		return 0, 0, errors.New("不是 2/3 这样的分数")
	}
	if num <= 0 || den <= 0 || num > den || den > 1000 {
		return 0, 0, errors.New("分数应大于 0 且不超过 1")
	}
	return num, den, nil
}

func (q Quorum) check() []Fault {
	var out []Fault
	for _, share := range []struct{ place, of string }{{"present", q.Present}, {"agree", q.Agree}} {
		if _, _, err := fraction(share.of); err != nil {
			out = append(out, at(share.place, bad("policy_fraction", "%s", err))...)
		}
	}
	return out
}

// Met tells what is missing for a valid decision: at least the share Present of those eligible are present, and the
// votes in favour are more than the share Agree of those present. Impossible numbers are faults as well.
func (q Quorum) Met(eligible, present, agree int) []Fault {
	if faults := q.check(); len(faults) > 0 {
		return faults
	}
	if eligible <= 0 || present < 0 || agree < 0 || present > eligible || agree > present {
		return []Fault{{"quorum_numbers", "present", fmt.Sprintf("应到%d人、实到%d人、同意%d票，人数不合情理", eligible, present, agree)}}
	}
	var out []Fault
	if num, den, _ := fraction(q.Present); present*den < eligible*num {
		out = append(out, Fault{"quorum_present", "present", fmt.Sprintf("应到%d人，实到%d人，不足%s", eligible, present, q.Present)})
	}
	if num, den, _ := fraction(q.Agree); agree*den <= present*num {
		out = append(out, Fault{"quorum_agree", "agree", fmt.Sprintf("实到%d人，同意%d票，未超过%s", present, agree, q.Agree)})
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
