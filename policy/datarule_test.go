package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var ruleDay = NewDate(2026, 11, 22)

// ruleContext is the default policy with a line of 8,000 yuan.
func ruleContext(rows ...Row) DataContext {
	rows = append([]Row{row("income_line", "", `{"fen":800000,"concept":"net"}`)}, rows...)
	return NewDataContext(ruleDay, Resolve(rows, "519901001001", ruleDay.Start()))
}

// numbered makes a valid invented identity number.
func numbered(birth string, sex string) string {
	seq := "012"
	if sex == "男" {
		seq = "011"
	}
	n := "519901" + strings.ReplaceAll(birth, "-", "") + seq
	return n + string(checkDigit(n))
}

func person(name, relation, sex, birth string) Member {
	return Member{ID: name, Name: name, Relation: relation, Sex: sex, Birth: mustDate(birth), IDNo: numbered(birth, sex), Head: relation == "户主",
		Health: "健康", Labour: "普通劳动力", Education: "初中",
		ResidentInsured: new(true), EmployeeInsured: new(false), SeriousIllnessInsured: new(true), ResidentPension: new(true), Dibao: new(false), Tekun: new(false)}
}

// goodFamily is a monitored 脱贫户 of which everything is recorded and nothing is wrong.
func goodFamily() Family {
	head := person("田禾", "户主", "男", "1980-05-06")
	head.Phone = "16012345678"
	head.Work = []WorkRecord{
		{Started: NewDate(2025, 3, 1), Ended: NewDate(2025, 12, 20), Place: "重庆市", Company: "某建筑公司", Industry: "建筑业", Channel: "自主就业", Income: 420_000, OffCounty: true},
		{Started: NewDate(2026, 2, 20), Place: "重庆市", Company: "某建筑公司", Industry: "建筑业", Channel: "劳务协作", Income: 450_000, OffCounty: true},
	}
	wife := person("李秀芳", "配偶", "女", "1982-09-01")
	wife.Health, wife.Labour = "长期慢性病", "弱劳动力或半劳动力"
	son := person("田思远", "之子", "男", "2010-03-15")
	son.School, son.SchoolBefore, son.Education, son.Labour = "普通高中一年级", "九年级", "", "无劳动力"
	girl := person("田雨桐", "之女", "女", "2016-04-20")
	girl.School, girl.SchoolBefore, girl.Education, girl.Labour = "小学", "小学", "", "无劳动力"
	mother := person("王桂兰", "母亲", "女", "1952-01-30")
	mother.Health, mother.Disability, mother.Certificate, mother.Labour, mother.Education = "残疾", "肢体残疾二级", numbered("1952-01-30", "女")+"42", "无劳动力", "小学"
	return Family{
		ID: "H1", No: "51990101001", Region: "519901001001", Head: "田禾", Population: 5, OutOfPoverty: true, Status: "monitored", Phone: "16012345678", Contact: "周联系",
		House:  House{Housing: Housing{Grade: "B"}, Area: new(98.0), Dangerous: new(false), Relocated: new(false)},
		Living: Living{Electricity: new(true), TV: new(true), Toilet: new(true), ToiletUsable: new(true), RoadHardened: new(true), RoadKm: new(1.2)},
		Land:   Land{Arable: new(4.5), Forest: new(12.0), Returned: new(0.0)},
		Water:  &WaterFacts{LitresPerDay: 60, Piped: true, Report: ReportPass}, NoLabour: new(false),
		Years: []IncomeYear{
			{Year: 2024, Wage: 4_000_000, Production: 700_000, Property: 20_000, Transfer: 210_000, ProductionExpense: 180_000, OwnMedical: 300_000, PerHead: 950_000},
			{Year: 2025, Wage: 4_400_000, Production: 750_000, Property: 20_000, Transfer: 230_000, ProductionExpense: 200_000, OwnMedical: 420_000, PerHead: 1_040_000},
		},
		Members: []Member{head, wife, son, girl, mother},
		Episode: &Episode{Category: "unstable", RiskTypes: []string{"illness", "schooling"}, Identified: NewDate(2026, 3, 2)},
		Measures: []FamilyMeasure{{Kind: "health", Name: "医疗救助", Risk: "illness", Delivered: true}, {Kind: "education", Name: "教育资助", Risk: "schooling", Delivered: true},
			{Kind: "employment", Name: "外出务工补贴"}},
	}
}

// eliminated is the same family after its risk was eliminated.
func eliminated(f *Family) {
	f.Status = "observing"
	f.Episode.Eliminated, f.Episode.Method, f.Episode.Checked = NewDate(2026, 10, 10), "assisted", true
}

// codesFound runs every rule and gives the codes of those that found something.
func codesFound(f Family, c DataContext) []string {
	var out []string
	for _, r := range DataRules {
		if len(r.Find(&f, c)) > 0 {
			out = append(out, r.Code)
		}
	}
	return out
}

func ruleAt(code string) RuleInfo {
	i := slices.IndexFunc(AllRules(), func(r RuleInfo) bool { return r.Code == code })
	return AllRules()[i]
}

// familyCase changes the good family; want are the codes that must be found then, and no others.
type familyCase struct {
	name   string
	want   string // the code under test, with a minus where it must not be found
	change func(f *Family)
	also   []string
	rows   []Row
}

func age(m *Member, birth string) {
	m.Birth = mustDate(birth)
	m.IDNo = numbered(birth, m.Sex)
}

func pupil(m *Member, school, birth string) {
	m.School, m.SchoolBefore, m.Education, m.Labour = school, "", "", "无劳动力"
	age(m, birth)
}

func worker(m *Member) *WorkRecord { return &m.Work[len(m.Work)-1] }

func weaken(f *Family) { // nobody can work
	for i := range f.Members {
		f.Members[i].Labour, f.Members[i].Work = "无劳动力", nil
	}
	f.Members[0].Health, f.Measures[2] = "长期慢性病", FamilyMeasure{Kind: "security", Name: "低保"}
	f.NoLabour, f.LowIncome, f.Members[0].Dibao = new(true), ClassDibao, new(true)
}

func risks(types ...string) func(f *Family) {
	return func(f *Family) {
		f.Episode.RiskTypes = types
		for i := range f.Measures {
			f.Measures[i].Risk = ""
		}
		f.Measures = append(f.Measures, FamilyMeasure{Kind: "housing_safety", Name: "住房改造"}, FamilyMeasure{Kind: "water_safety", Name: "饮水改造"}, FamilyMeasure{Kind: "social", Name: "社会帮扶"})
	}
}

func both(changes ...func(f *Family)) func(f *Family) {
	return func(f *Family) {
		for _, c := range changes {
			c(f)
		}
	}
}

var badWater = &WaterFacts{LitresPerDay: 15, Piped: true, Report: ReportPass}

var familyCases = []familyCase{
	// DQ-20
	{"17 digits", "id_length", func(f *Family) { f.Members[1].IDNo = f.Members[1].IDNo[:17] }, nil, nil},
	{"20 digits of a certificate", "-id_length", func(f *Family) { f.Members[4].IDNo = f.Members[4].Certificate }, nil, nil},
	{"19 digits", "id_length", func(f *Family) { f.Members[1].IDNo += "1" }, nil, nil},
	{"21 digits", "id_length", func(f *Family) { f.Members[1].IDNo += "111" }, nil, nil},
	{"blank", "-id_length", func(f *Family) { f.Members[1].IDNo = "" }, nil, nil},
	{"a letter", "id_characters", func(f *Family) { f.Members[1].IDNo = "A" + f.Members[1].IDNo[1:] }, nil, nil},
	{"999999", "id_placeholder", func(f *Family) { f.Members[1].IDNo = "999999" + f.Members[1].IDNo[6:] }, nil, nil},
	{"999998", "-id_placeholder", func(f *Family) { f.Members[1].IDNo = "999998" + f.Members[1].IDNo[6:] }, []string{"id_region"}, nil},
	{"no such province", "id_region", func(f *Family) { f.Members[1].IDNo = "02" + f.Members[1].IDNo[2:] }, nil, nil},
	{"30th of February", "id_birth", func(f *Family) { f.Members[1].IDNo = "519901198202300123" }, nil, nil},
	{"wrong check digit", "id_check", func(f *Family) {
		f.Members[1].IDNo = f.Members[1].IDNo[:17] + string('0'+(f.Members[1].IDNo[17]-'0'+1)%10)
	}, nil, nil},
	{"certificate of type 8", "id_disability", func(f *Family) { f.Members[4].IDNo = f.Members[4].IDNo + "82" }, nil, nil},
	{"certificate of level 4", "-id_disability", func(f *Family) { f.Members[4].IDNo = f.Members[4].IDNo + "44" }, nil, nil},
	{"certificate of level 5", "id_disability", func(f *Family) { f.Members[4].IDNo = f.Members[4].IDNo + "45" }, nil, nil},
	{"in another household", "id_duplicate", func(f *Family) { f.Members[1].Taken = true }, nil, nil},
	{"twice in the family", "id_duplicate", func(f *Family) {
		f.Members = append(f.Members, f.Members[3])
		f.Members[5].ID, f.Population = "again", 6
	}, nil, nil},
	{"a day apart", "birth_mismatch", func(f *Family) { f.Members[1].Birth = f.Members[1].Birth.AddDays(1) }, nil, nil},
	{"birth blank", "-birth_mismatch", func(f *Family) { f.Members[1].Birth = Date{} }, nil, nil},
	// DQ-21
	{"sex of the number", "sex_mismatch", func(f *Family) { f.Members[3].Sex, f.Members[3].Relation = "男", "孙辈" }, nil, nil},
	{"sex blank", "-sex_mismatch", func(f *Family) { f.Members[3].Sex = "" }, nil, nil},
	{"blank", "relation_missing", func(f *Family) { f.Members[3].Relation = "" }, nil, nil},
	{"blank for the head", "-relation_missing", func(f *Family) { f.Members[0].Relation = "" }, nil, nil},
	{"之子 of a girl", "relation_sex", func(f *Family) { f.Members[3].Relation = "之子" }, nil, nil},
	{"a word without sex", "-relation_sex", func(f *Family) { f.Members[3].Relation = "其他" }, nil, nil},
	{"two men", "head_spouse_same_sex", func(f *Family) { f.Members[1].Sex = "男"; f.Members[1].IDNo = numbered("1982-09-01", "男") }, nil, nil},
	{"no head", "head_count", func(f *Family) { f.Members[0].Head = false }, nil, nil},
	{"two heads", "head_count", func(f *Family) { f.Members[1].Head = true }, nil, nil},
	// DQ-22
	{"ten digits of a member", "phone_invalid", func(f *Family) { f.Members[1].Phone = "1601234567" }, nil, nil},
	{"twelve digits of the household", "phone_invalid", func(f *Family) { f.Phone = "160123456789" }, nil, nil},
	{"blank", "-phone_invalid", func(f *Family) { f.Phone, f.Members[0].Phone = "", "" }, nil, nil},
	{"in one other household", "phone_shared_household", func(f *Family) { f.PhoneElsewhere.Households = 1 }, nil, nil},
	{"of a member", "phone_shared_household", func(f *Family) {
		f.Members[1].Phone, f.Members[1].PhoneElsewhere.Households = "16012345679", 2
	}, nil, nil},
	{"in no other", "-phone_shared_household", func(f *Family) { f.Members[1].Phone = f.Phone }, nil, nil},
	{"in another county", "phone_shared_county", func(f *Family) { f.PhoneElsewhere = PhoneUse{1, true} }, []string{"phone_shared_household"}, nil},
	// DQ-10, DQ-06, DQ-08, DQ-11, DQ-12
	{"one more stated", "population_mismatch", func(f *Family) { f.Population++ }, nil, nil},
	{"one less stated", "population_mismatch", func(f *Family) { f.Population-- }, nil, nil},
	{"S2-057 two equal years", "income_unchanged", func(f *Family) { y := f.Years[1]; y.Year = 2024; f.Years[0] = y }, nil, nil},
	{"S2-057 one fen apart", "-income_unchanged", func(f *Family) { y := f.Years[1]; y.Year = 2024; y.Wage--; f.Years[0] = y }, nil, nil},
	{"S2-057 a year between", "-income_unchanged", func(f *Family) { y := f.Years[1]; y.Year = 2023; f.Years[0] = y }, nil, nil},
	{"S2-057 two of three asked for", "-income_unchanged", func(f *Family) { y := f.Years[1]; y.Year = 2024; f.Years[0] = y }, nil, []Row{row("dq_same_income_years", "", "3")}},
	{"S2-057 an ordinary household", "-income_unchanged", func(f *Family) {
		y := f.Years[1]
		y.Year, f.OutOfPoverty, f.Episode, f.Status = 2024, false, nil, "none"
		f.Years[0] = y
	}, nil, nil},
	{"S2-058 joined, the same per head", "new_member_income_unchanged", func(f *Family) {
		f.Members[3].Joined, f.Years[0].PerHead = NewDate(2025, 12, 31), f.Years[1].PerHead
	}, nil, nil},
	{"S2-058 joined the year after", "-new_member_income_unchanged", func(f *Family) {
		f.Members[3].Joined, f.Years[0].PerHead = NewDate(2026, 1, 1), f.Years[1].PerHead
	}, nil, nil},
	{"S2-058 joined, income told anew", "-new_member_income_unchanged", func(f *Family) { f.Members[3].Joined = NewDate(2025, 6, 1) }, nil, nil},
	{"S3-025 one fen less", "income_fell", func(f *Family) { f.Years[0].PerHead = f.Years[1].PerHead + 1 }, nil, nil},
	{"S3-025 as much", "-income_fell", func(f *Family) { f.Years[0].PerHead = f.Years[1].PerHead }, nil, nil},
	{"S3-025 expenses and no income told", "-income_fell", func(f *Family) { f.Years[1] = IncomeYear{Year: f.Years[1].Year, OwnMedical: 5_000} }, nil, nil},
	{"S3-025 no year before", "-income_fell", func(f *Family) { f.Years = f.Years[1:] }, nil, nil},
	{"just under the line", "below_line_unmonitored", func(f *Family) {
		f.Status, f.Episode, f.Measures = "none", nil, nil
		f.Years[0].PerHead, f.Years[1].PerHead = 700_000, 799_999
	}, nil, nil},
	{"on the line", "-below_line_unmonitored", func(f *Family) {
		f.Status, f.Episode, f.Measures = "none", nil, nil
		f.Years[0].PerHead, f.Years[1].PerHead = 700_000, 800_000
	}, nil, nil},
	{"on an inclusive line", "below_line_unmonitored", func(f *Family) {
		f.Status, f.Episode, f.Measures = "none", nil, nil
		f.Years[0].PerHead, f.Years[1].PerHead = 700_000, 800_000
	}, nil, []Row{row("income_line", "51", `{"fen":800000,"concept":"net","inclusive":true}`)}},
	{"expenses and no income told", "-below_line_unmonitored", func(f *Family) {
		f.Status, f.Episode, f.Measures = "none", nil, nil
		f.Years[1] = IncomeYear{Year: f.Years[1].Year, OwnMedical: 5_000}
	}, nil, nil},
	{"under the line and monitored", "-below_line_unmonitored", func(f *Family) { f.Years[0].PerHead, f.Years[1].PerHead = 700_000, 799_999 }, nil, nil},
	// DQ-07, DQ-23
	{"S2-057 the same grade", "grade_unchanged", func(f *Family) { f.Members[2].SchoolBefore = "普通高中一年级" }, nil, nil},
	{"S2-057 小学 names no grade", "-grade_unchanged", func(f *Family) { f.Members[3].SchoolBefore = "小学" }, nil, nil},
	{"both filled", "education_and_school_both", func(f *Family) { f.Members[3].Education = "小学" }, nil, nil},
	{"非在校生 is none", "-education_and_school_both", func(f *Family) { f.Members[0].School = "非在校生" }, nil, nil},
	{"all blank", "education_school_blank", func(f *Family) { f.Members[4].Education = "" }, nil, nil},
	{"all blank of an ordinary household", "-education_school_blank", func(f *Family) {
		f.Members[4].Education, f.OutOfPoverty, f.Episode, f.Status = "", false, nil, "none"
	}, nil, nil},
	// DQ-24
	{"11", "junior_age", func(f *Family) { pupil(&f.Members[3], "七年级", "2014-11-23") }, nil, nil},
	{"12 today", "-junior_age", func(f *Family) { pupil(&f.Members[3], "七年级", "2014-11-22") }, nil, nil},
	{"17", "-junior_age", func(f *Family) { pupil(&f.Members[3], "九年级", "2008-11-23") }, nil, nil},
	{"18 today", "junior_age", func(f *Family) { pupil(&f.Members[3], "九年级", "2008-11-22") }, nil, nil},
	{"14", "senior_age", func(f *Family) { pupil(&f.Members[3], "中职一年级", "2011-11-23") }, nil, nil},
	{"15 today", "-senior_age", func(f *Family) { pupil(&f.Members[3], "中职一年级", "2011-11-22") }, nil, nil},
	{"20", "-senior_age", func(f *Family) { pupil(&f.Members[3], "普通高中三年级", "2005-11-23") }, nil, nil},
	{"21 today", "senior_age", func(f *Family) { pupil(&f.Members[3], "普通高中三年级", "2005-11-22") }, nil, nil},
	{"6", "-preschool_age", func(f *Family) { pupil(&f.Members[3], "学龄前儿童", "2019-11-23") }, nil, nil},
	{"7 today", "preschool_age", func(f *Family) { pupil(&f.Members[3], "学龄前儿童", "2019-11-22") }, nil, nil},
	{"7 and disabled", "-preschool_age", func(f *Family) {
		pupil(&f.Members[3], "学龄前儿童", "2019-11-22")
		f.Members[3].Health, f.Members[3].Certificate = "残疾", "有"
	}, nil, nil},
	{"17", "college_age", func(f *Family) { pupil(&f.Members[3], "本科", "2008-11-23") }, nil, nil},
	{"18 today", "-college_age", func(f *Family) { pupil(&f.Members[3], "高职高专一年级", "2008-11-22") }, nil, nil},
	{"19", "master_age", func(f *Family) { pupil(&f.Members[3], "硕士及以上", "2006-11-23") }, nil, nil},
	{"20 today", "-master_age", func(f *Family) { pupil(&f.Members[3], "硕士及以上", "2006-11-22") }, nil, nil},
	{"22", "primary_education_age", func(f *Family) { age(&f.Members[1], "2003-11-23"); f.Members[1].Education = "小学" }, nil, nil},
	{"23 today", "-primary_education_age", func(f *Family) { age(&f.Members[1], "2003-11-22"); f.Members[1].Education = "小学" }, nil, nil},
	{"16 today", "primary_education_age", func(f *Family) {
		pupil(&f.Members[3], "", "2010-11-22")
		f.Members[3].Education, f.Members[3].Labour = "文盲或半文盲", "普通劳动力"
	}, nil, nil},
	// DQ-25
	{"age 15 without school", "out_of_school_unexplained", func(f *Family) { pupil(&f.Members[3], "", "2010-11-23") }, nil, nil},
	{"age 15, finished junior school", "-out_of_school_unexplained", func(f *Family) {
		pupil(&f.Members[3], "", "2010-11-23")
		f.Members[3].Education = "初中"
	}, nil, nil},
	{"age 6 today", "out_of_school_unexplained", func(f *Family) { pupil(&f.Members[3], "", "2020-11-22") }, nil, nil},
	{"age 5", "-out_of_school_unexplained", func(f *Family) { pupil(&f.Members[3], "", "2020-11-23") }, []string{"education_school_blank"}, nil},
	{"with a reason", "-out_of_school_unexplained", func(f *Family) {
		pupil(&f.Members[3], "", "2014-11-23")
		f.Members[3].NotInSchool = "因残不具备学习条件"
	}, nil, nil},
	{"a reason for a pupil", "dropout_flag_without_child", func(f *Family) { f.Members[3].NotInSchool = "辍学" }, nil, nil},
	{"a reason at 16", "dropout_flag_without_child", func(f *Family) {
		pupil(&f.Members[3], "", "2010-11-22")
		f.Members[3].NotInSchool, f.Members[3].Labour = "辍学", "普通劳动力"
	}, nil, nil},
	// DQ-26
	{"S3-053 neither", "uninsured", func(f *Family) { f.Members[1].ResidentInsured = new(false) }, nil, nil},
	{"both", "double_insured", func(f *Family) { f.Members[1].EmployeeInsured = new(true) }, nil, nil},
	{"nothing recorded", "insurance_blank", func(f *Family) { f.Members[1].ResidentInsured, f.Members[1].EmployeeInsured = nil, nil }, nil, nil},
	{"one no, one blank", "insurance_blank", func(f *Family) { f.Members[1].ResidentInsured, f.Members[1].EmployeeInsured = new(false), nil }, nil, nil},
	{"one yes, one blank", "-insurance_blank", func(f *Family) { f.Members[1].EmployeeInsured = nil }, nil, nil},
	{"blank", "serious_illness_insurance_blank", func(f *Family) { f.Members[1].SeriousIllnessInsured = nil }, nil, nil},
	{"blank beside employee insurance", "-serious_illness_insurance_blank", func(f *Family) {
		f.Members[1].ResidentInsured, f.Members[1].EmployeeInsured, f.Members[1].SeriousIllnessInsured = new(false), new(true), nil
	}, nil, nil},
	// DQ-27
	{"15 with labour", "child_labour", func(f *Family) {
		pupil(&f.Members[3], "九年级", "2010-11-23")
		f.Members[3].Labour = "普通劳动力"
	}, nil, nil},
	{"15 at work", "child_works", func(f *Family) {
		pupil(&f.Members[3], "九年级", "2010-11-23")
		f.Members[3].Work = f.Members[0].Work[:1]
	}, nil, nil},
	{"15 in a post", "child_public_post", func(f *Family) { pupil(&f.Members[3], "九年级", "2010-11-23"); f.Members[3].PublicPosts = 1 }, nil, nil},
	{"16 in a post", "-child_public_post", func(f *Family) { pupil(&f.Members[3], "九年级", "2010-11-22"); f.Members[3].PublicPosts = 1 }, nil, nil},
	{"69 in a post", "-old_public_post", func(f *Family) { age(&f.Members[4], "1956-11-23"); f.Members[4].PublicPosts = 1 }, nil, nil},
	{"70 today in a post", "old_public_post", func(f *Family) { age(&f.Members[4], "1956-11-22"); f.Members[4].PublicPosts = 1 }, nil, nil},
	{"two posts", "-public_posts_many", func(f *Family) { f.Members[0].PublicPosts = 2 }, nil, nil},
	{"three posts", "public_posts_many", func(f *Family) { f.Members[0].PublicPosts = 3 }, nil, nil},
	// DQ-28
	{"healthy, 44, half labour", "healthy_without_labour", func(f *Family) { f.Members[1].Health = "健康" }, []string{"risk_illness_without_ill"}, nil},
	{"healthy, 59", "healthy_without_labour", func(f *Family) { age(&f.Members[4], "1966-11-23"); unimpaired(&f.Members[4]) }, nil, nil},
	{"healthy, 60 today", "-healthy_without_labour", func(f *Family) { age(&f.Members[4], "1966-11-22"); unimpaired(&f.Members[4]) }, nil, nil},
	{"a student of 16 with labour", "student_with_labour", func(f *Family) { f.Members[2].Labour = "普通劳动力" }, nil, nil},
	{"a student of blank labour", "-student_with_labour", func(f *Family) { f.Members[2].Labour = "" }, nil, nil},
	// DQ-29
	{"level two, ordinary labour", "severe_limb_labour", func(f *Family) { f.Members[4].Labour = "普通劳动力" }, nil, nil},
	{"level three, ordinary labour", "-severe_limb_labour", func(f *Family) {
		f.Members[4].Labour, f.Members[4].Disability = "普通劳动力", "肢体残疾三级"
	}, nil, nil},
	{"another disability, ordinary labour", "-severe_limb_labour", func(f *Family) {
		f.Members[4].Labour, f.Members[4].Disability = "普通劳动力", "视力残疾一级"
	}, nil, nil},
	{"no number", "disabled_without_certificate", func(f *Family) { f.Members[4].Certificate = "" }, nil, nil},
	// DQ-30
	{"working now", "no_labour_working", func(f *Family) { f.Members[4].Work = f.Members[0].Work[1:] }, nil, nil},
	{"worked before", "-no_labour_working", func(f *Family) { f.Members[4].Work = f.Members[0].Work[:1] }, nil, nil},
	{"working now", "tekun_working", func(f *Family) { f.Members[0].Tekun = new(true) }, nil, nil},
	// DQ-31
	{"a day before the end", "work_overlap", func(f *Family) { worker(&f.Members[0]).Started = NewDate(2025, 12, 19) }, nil, nil},
	{"on the day of the end", "-work_overlap", func(f *Family) { worker(&f.Members[0]).Started = NewDate(2025, 12, 20) }, nil, nil},
	{"an earlier one without end", "work_end_missing", func(f *Family) { f.Members[0].Work[0].Ended = Date{} }, nil, nil},
	{"tomorrow", "work_end_wrong", func(f *Family) { worker(&f.Members[0]).Ended = ruleDay.AddDays(1) }, nil, nil},
	{"today", "-work_end_wrong", func(f *Family) { worker(&f.Members[0]).Ended = ruleDay }, nil, nil},
	{"before it began", "work_end_wrong", func(f *Family) { worker(&f.Members[0]).Ended = NewDate(2026, 2, 19) }, nil, nil},
	{"99.99 yuan", "work_income_range", func(f *Family) { worker(&f.Members[0]).Income = 9_999 }, nil, nil},
	{"100 yuan", "-work_income_range", func(f *Family) { worker(&f.Members[0]).Income = 10_000 }, nil, nil},
	{"30,000 yuan", "-work_income_range", func(f *Family) { worker(&f.Members[0]).Income = 3_000_000 }, nil, nil},
	{"30,000.01 yuan", "work_income_range", func(f *Family) { worker(&f.Members[0]).Income = 3_000_001 }, nil, nil},
	{"no company", "work_blank", func(f *Family) { worker(&f.Members[0]).Company = "" }, nil, nil},
	{"no channel", "work_blank", func(f *Family) { worker(&f.Members[0]).Channel = " " }, nil, nil},
	// DQ-32
	{"nobody disabled", "risk_disability_without_disabled", both(risks("disability"), func(f *Family) { unimpaired(&f.Members[4]) }), nil, nil},
	{"somebody disabled", "-risk_disability_without_disabled", risks("disability"), nil, nil},
	{"nobody ill", "risk_illness_without_ill", func(f *Family) { f.Members[1].Health, f.Members[1].Labour = "健康", "普通劳动力" }, nil, nil},
	{"nothing paid", "risk_illness_without_payment", func(f *Family) { f.Years[1].OwnMedical = 0 }, nil, nil},
	{"one fen paid", "-risk_illness_without_payment", func(f *Family) { f.Years[1].OwnMedical = 1 }, nil, nil},
	{"payment not known", "-risk_illness_without_payment", func(f *Family) { f.Years = nil }, nil, nil},
	{"nobody at school", "risk_schooling_without_student", func(f *Family) {
		f.Members[2], f.Members[3] = person("田甲", "之子", "男", "2001-01-01"), person("田乙", "之女", "女", "2003-01-01")
	}, nil, nil},
	{"one of four can work", "-risk_labour_shortage_with_labour", both(risks("labour_shortage"), func(f *Family) { f.Members, f.Population = f.Members[:4], 4 }), nil, nil},
	{"one of five can work", "-risk_labour_shortage_with_labour", risks("labour_shortage"), nil, nil},
	{"two of five can work", "risk_labour_shortage_with_labour", both(risks("labour_shortage"), func(f *Family) { f.Members[1].Labour = "技能劳动力" }), nil, nil},
	{"all can work, whatever the share", "risk_labour_shortage_with_labour", both(risks("labour_shortage"), func(f *Family) { f.Members, f.Population = f.Members[:1], 1 }), nil,
		[]Row{row("dq_labour_share", "", "1")}},
	{"labour of one not known", "-risk_labour_shortage_with_labour", both(risks("labour_shortage"), func(f *Family) { f.Members[1].Labour, f.Members[2].Labour = "技能劳动力", "" }), nil, nil},
	{"nobody worked", "risk_employment_without_worker", both(risks("unstable_employment"), func(f *Family) { f.Members[0].Work, f.Measures[2].Name = nil, "就业培训" }), nil, nil},
	{"somebody worked", "-risk_employment_without_worker", risks("unstable_employment"), nil, nil},
	// DQ-33
	{"S3-014 grade C", "housing_without_risk", func(f *Family) { f.House.Grade = "C" }, nil, nil},
	{"S3-014 grade C with the risk", "-housing_without_risk", both(risks("illness", "schooling", "housing"), func(f *Family) { f.House.Grade = "C" }), nil, nil},
	{"S2-042 grade D, repaired and moved in", "-housing_without_risk", func(f *Family) { f.House.Grade, f.House.Repaired, f.House.MovedIn = "D", true, true }, nil, nil},
	{"S2-042 grade D, repaired and empty", "housing_without_risk", func(f *Family) { f.House.Grade, f.House.Repaired = "D", true }, nil, nil},
	{"S0-018 19.9 litres", "water_without_risk", func(f *Family) { f.Water.LitresPerDay = 19.9 }, nil, nil},
	{"S0-018 20 litres", "-water_without_risk", func(f *Family) { f.Water.LitresPerDay = 20 }, nil, nil},
	{"S0-018 not looked at", "-water_without_risk", func(f *Family) { f.Water = nil }, nil, nil},
	{"a child that left", "schooling_without_risk", both(risks("illness"), func(f *Family) { pupil(&f.Members[3], "", "2014-11-23"); f.Members[3].NotInSchool = "辍学" }), nil, nil},
	{"a child with a reason of its own", "-schooling_without_risk", both(risks("illness"), func(f *Family) { pupil(&f.Members[3], "", "2014-11-23"); f.Members[3].NotInSchool = "重度残疾" }), nil, nil},
	{"S3-053 no insurance against serious illness", "medical_without_risk", both(risks("schooling"), func(f *Family) { f.Members[0].SeriousIllnessInsured = new(false) }), nil, nil},
	{"S3-053 none, with the risk", "-medical_without_risk", both(risks("illness", "schooling"), func(f *Family) { f.Members[0].SeriousIllnessInsured = new(false) }), nil, nil},
	{"S3-053 insured", "-medical_without_risk", risks("schooling"), nil, nil},
	// DQ-38
	{"none", "risk_type_missing", func(f *Family) { f.Episode.RiskTypes = nil }, nil, nil},
	{"other without words", "other_without_note", func(f *Family) { f.Episode.RiskTypes, f.Episode.OtherNote = []string{"other"}, " " }, nil, nil},
	{"other with words", "-other_without_note", both(risks("other"), func(f *Family) { f.Episode.OtherNote = "主要劳动力服刑" }), nil, nil},
	{"no day", "identified_on_missing", func(f *Family) { f.Episode.Identified = Date{} }, nil, nil},
	// DQ-05
	{"S3-067 a month and a day", "measure_missing", func(f *Family) { f.Measures, f.Episode.Identified = f.Measures[1:], NewDate(2026, 10, 21) }, nil, nil},
	{"S3-067 a month", "-measure_missing", func(f *Family) { f.Measures, f.Episode.Identified = f.Measures[1:], NewDate(2026, 10, 22) }, nil, nil},
	{"S3-067 one that does not fit", "measure_missing", func(f *Family) { f.Measures[0].Kind = "industry" }, nil, nil},
	{"S3-067 one for another risk", "measure_missing", func(f *Family) { f.Measures[0].Risk = "schooling" }, nil, nil},
	{"S3-067 one that names no risk", "-measure_missing", func(f *Family) { f.Measures[0].Risk = "" }, nil, nil},
	// DQ-34
	{"only 综合保障", "labour_only_security", func(f *Family) {
		f.Episode.RiskTypes, f.Measures = []string{"illness"}, []FamilyMeasure{{Kind: "security", Name: "综合保障"}}
	}, nil, nil},
	{"综合保障 and another", "-labour_only_security", func(f *Family) {
		f.Episode.RiskTypes, f.Measures = []string{"illness"}, []FamilyMeasure{{Kind: "security", Name: "综合保障"}, {Kind: "industry", Name: "养殖"}}
	}, nil, nil},
	{"with 低保 and flag", "-no_labour_without_dibao", weaken, nil, nil},
	{"without 低保", "no_labour_without_dibao", both(weaken, func(f *Family) { f.LowIncome, f.Members[0].Dibao = "", new(false) }), nil, nil},
	{"低保 not told", "-no_labour_without_dibao", both(weaken, func(f *Family) {
		f.LowIncome = ""
		for i := range f.Members {
			f.Members[i].Dibao = nil
		}
	}), nil, nil},
	{"without flag", "no_labour_without_flag", both(weaken, func(f *Family) { f.NoLabour = new(false) }), nil, nil},
	{"flag blank", "no_labour_without_flag", both(weaken, func(f *Family) { f.NoLabour = nil }), nil, nil},
	{"somebody half able", "-no_labour_without_flag", both(weaken, func(f *Family) { f.NoLabour, f.Members[1].Labour = nil, "弱劳动力或半劳动力" }), nil, nil},
	// DQ-35
	{"nobody disabled", "disability_subsidy_without_disabled", func(f *Family) { f.Measures[0].Name = "残疾人生活补贴"; unimpaired(&f.Members[4]) }, nil, nil},
	{"somebody disabled", "-disability_subsidy_without_disabled", func(f *Family) { f.Measures[0].Name = "残疾人生活补贴" }, nil, nil},
	{"no vocational pupil", "rain_dew_without_student", func(f *Family) { f.Measures[1].Name = "雨露计划" }, nil, nil},
	{"a vocational pupil", "-rain_dew_without_student", func(f *Family) { f.Measures[1].Name, f.Members[2].School = "雨露计划", "中职二年级" }, nil, nil},
	{"nobody off the county", "work_subsidy_without_worker", func(f *Family) { f.Members[0].Work[0].OffCounty, f.Members[0].Work[1].OffCounty = false, false }, nil, nil},
	{"nobody in a post", "public_post_without_worker", func(f *Family) { f.Measures[2] = FamilyMeasure{Kind: "public_post", Name: "保洁员"} }, nil, nil},
	{"somebody in a post", "-public_post_without_worker", func(f *Family) {
		f.Measures[2], f.Members[0].PublicPosts = FamilyMeasure{Kind: "public_post", Name: "保洁员"}, 1
	}, nil, nil},
	{"no such person", "tekun_measure_without_person", func(f *Family) { f.Measures[0].Name = "特困供养" }, nil, nil},
	// DQ-36
	{"eliminated as it should be", "-eliminated_indicators_empty", eliminated, nil, nil},
	{"not filled in", "eliminated_indicators_empty", both(eliminated, func(f *Family) { f.Episode.Checked = false }), nil, nil},
	{"just under the line", "eliminated_below_line", both(eliminated, func(f *Family) { f.Years[0].PerHead, f.Years[1].PerHead = 1, 799_999 }), nil, nil},
	{"on the line", "-eliminated_below_line", both(eliminated, func(f *Family) { f.Years[0].PerHead, f.Years[1].PerHead = 1, 800_000 }), nil, nil},
	{"expenses and no income told", "-eliminated_below_line", both(eliminated, func(f *Family) { f.Years[1] = IncomeYear{Year: f.Years[1].Year, OwnMedical: 5_000} }), nil, nil},
	{"a dangerous house", "eliminated_dangerous_house", both(eliminated, func(f *Family) { f.House.Dangerous = new(true) }), nil, nil},
	{"not enough water", "eliminated_unsafe_water", both(eliminated, func(f *Family) { f.Water = badWater }), nil, nil},
	{"no contact", "eliminated_contact_missing", both(eliminated, func(f *Family) { f.Contact = "" }), nil, nil},
	{"assisted by nothing", "eliminated_without_measure", both(eliminated, func(f *Family) { f.Measures = nil }), nil, nil},
	{"natural, by nothing", "-eliminated_without_measure", both(eliminated, func(f *Family) { f.Measures, f.Episode.Method = nil, "natural" }), nil, nil},
	{"a day before six months", "eliminated_too_soon", both(eliminated, func(f *Family) { f.Episode.Identified = NewDate(2026, 4, 11) }), nil, nil},
	{"six months", "-eliminated_too_soon", both(eliminated, func(f *Family) { f.Episode.Identified = NewDate(2026, 4, 10) }), nil, nil},
	{"the next month", "eliminated_same_month", both(eliminated, func(f *Family) { f.Episode.Identified = NewDate(2026, 9, 1) }), nil, nil},
	{"the month after the next", "-eliminated_same_month", both(eliminated, func(f *Family) { f.Episode.Identified = NewDate(2026, 8, 31) }), []string{"eliminated_too_soon"}, nil},
	{"the same month", "eliminated_same_month", both(eliminated, func(f *Family) { f.Episode.Identified = NewDate(2026, 10, 1) }), nil, nil},
	// DQ-37
	{"industry without income", "eliminated_industry_without_income", both(eliminated, func(f *Family) {
		f.Measures[2], f.Years[1].Production = FamilyMeasure{Kind: "industry", Name: "养殖"}, 0
	}), nil, nil},
	{"industry with one fen", "-eliminated_industry_without_income", both(eliminated, func(f *Family) {
		f.Measures[2], f.Years[1].Production = FamilyMeasure{Kind: "industry", Name: "养殖"}, 1
	}), nil, nil},
	{"低保 without transfer", "eliminated_dibao_without_transfer", both(eliminated, func(f *Family) { f.Members[4].Dibao, f.Years[1].Transfer = new(true), 0 }), nil, nil},
	{"a post without wage", "eliminated_post_without_wage", both(eliminated, func(f *Family) { f.Members[0].PublicPosts, f.Years[1].Wage = 1, 0 }), nil, nil},
	{"income not known", "-eliminated_post_without_wage", both(eliminated, func(f *Family) { f.Members[0].PublicPosts, f.Years = 1, nil }), nil, nil},
	// DQ-39
	{"under nothing", "land_negative", func(f *Family) { f.Land.Forest = new(-0.1) }, nil, nil},
	{"100 mu arable", "-land_too_large", func(f *Family) { f.Land.Arable = new(100.0) }, nil, nil},
	{"100.1 mu arable", "land_too_large", func(f *Family) { f.Land.Arable = new(100.1) }, nil, nil},
	{"200 mu of forest", "-land_too_large", func(f *Family) { f.Land.Forest = new(200.0) }, nil, nil},
	{"200.1 mu of forest", "land_too_large", func(f *Family) { f.Land.Forest = new(200.1) }, nil, nil},
	{"5 km", "-road_too_far", func(f *Family) { f.Living.RoadKm = new(5.0) }, nil, nil},
	{"5.1 km", "road_too_far", func(f *Family) { f.Living.RoadKm = new(5.1) }, nil, nil},
	{"blank", "house_area_blank", func(f *Family) { f.House.Area = nil }, nil, nil},
	{"blank", "road_blank", func(f *Family) { f.Living.RoadHardened = nil }, nil, nil},
	{"blank", "toilet_blank", func(f *Family) { f.Living.Toilet = nil }, nil, nil},
	{"none, said so", "-toilet_blank", func(f *Family) { f.Living.Toilet = new(false) }, nil, nil},
}

func unimpaired(m *Member) { m.Health, m.Disability, m.Certificate = "健康", "", "" }

func TestFamilyRules(t *testing.T) {
	t.Parallel()
	hit := map[string]bool{}
	for _, c := range familyCases {
		code, silent := strings.CutPrefix(c.want, "-")
		info := ruleAt(code)
		t.Run(fmt.Sprintf("%s %s (%s) %s", info.Group, code, info.Basis, c.name), func(t *testing.T) {
			f, context := goodFamily(), ruleContext(c.rows...)
			c.change(&f)
			want := slices.Clone(c.also)
			if !silent {
				want = append(want, code)
				hit[code] = true
			}
			require.ElementsMatch(t, want, codesFound(f, context))
			requireSameFaults(t, &f, context)
			require.ElementsMatch(t, want, codesFound(f, DataContext{Today: context.Today, Snapshot: context.Snapshot}), "prepared or not")
			for _, r := range DataRules {
				requireSafe(t, f, r.Find(&f, context))
			}
		})
	}
	for _, r := range DataRules {
		require.True(t, hit[r.Code], "no case hits "+r.Code)
	}
}

// requireSameFaults: rules that are left out for want of what they look at would have found nothing.
func requireSameFaults(t require.TestingT, f *Family, c DataContext) {
	var want, got []DataFault
	for _, r := range DataRules {
		want = append(want, r.Find(f, c)...)
	}
	FindFaults(DataRules, f, c, func(_ *DataRule, x DataFault) { got = append(got, x) })
	require.Equal(t, want, got)
}

// requireSafe: what a rule says has a sentence with what to do, and no number of a person.
func requireSafe(t require.TestingT, f Family, faults []DataFault) {
	for _, x := range faults {
		raw, err := json.Marshal(x)
		require.NoError(t, err)
		require.Contains(t, x.Message, "；", "how to mend it")
		require.NotEmpty(t, x.Values)
		require.Contains(t, []string{DataError, DataDoubt}, x.Severity)
		for _, m := range f.Members {
			for _, secret := range []string{m.IDNo, m.Phone, m.Certificate, f.Phone} {
				if len(secret) > 6 {
					require.NotContains(t, string(raw), secret)
				}
			}
		}
	}
}

func TestGoodFamilies(t *testing.T) {
	t.Parallel()
	f := goodFamily()
	require.Empty(t, codesFound(f, ruleContext()))
	require.Empty(t, codesFound(Family{Population: 1, Members: []Member{{Head: true}}}, ruleContext()), "of a family of which nothing is known nothing is said")
	f.Years[1].PerHead = 1
	require.NotContains(t, codesFound(f, NewDataContext(ruleDay, Snapshot{})), "below_line_unmonitored", "no line is set")
}

func TestMessagesNameTheMember(t *testing.T) {
	t.Parallel()
	f := goodFamily()
	f.Members[1].ResidentInsured = new(false)
	rule, ok := FindDataRule("uninsured")
	require.True(t, ok)
	require.Equal(t, []DataFault{{Member: "李秀芳", Message: "李秀芳：未参加居民医保，也未参加职工医保；请动员参保",
		Values: map[string]string{"居民医保": "否", "职工医保": "否", "大病保险": "是"}, Severity: DataError}}, rule.Find(&f, ruleContext()))
	f.Members[1].IDNo = "1"
	old, ok := FindDataRule("id_invalid")
	require.True(t, ok, "codes of earlier issues stay known")
	require.Len(t, old.Find(&f, ruleContext()), 1)
	_, ok = FindDataRule("nothing")
	require.False(t, ok)
}

func TestRulesAreWhole(t *testing.T) {
	t.Parallel()
	seen, groups := map[string]bool{}, map[string]bool{}
	for _, r := range AllRules() {
		require.False(t, seen[r.Code], "twice: "+r.Code)
		seen[r.Code], groups[r.Group] = true, true
		require.Regexp(t, `^[a-z][a-z_]+$`, r.Code)
		require.NotEmpty(t, r.Title, r.Code)
		require.NotEmpty(t, r.Basis, r.Code)
		require.Contains(t, []string{DataError, DataDoubt}, r.Severity)
	}
	for _, span := range [][2]int{{1, 14}, {20, 41}} {
		for n := span[0]; n <= span[1]; n++ {
			require.True(t, groups[fmt.Sprintf("DQ-%02d", n)], "DQ-%02d has no rule", n)
		}
	}
	require.True(t, groups["5.4"], "claimed against computed")
	require.Len(t, groups, 37)
}

func TestRulesNeverPanic(t *testing.T) {
	t.Parallel()
	context := ruleContext()
	text := rapid.SampledFrom([]string{"", " ", "无", "小学", "普通高中一年级", "学龄前儿童", "本科", "硕士及以上", "残疾", "患有大病", "健康", "肢体残疾一级", "无劳动力", "普通劳动力", "配偶", "户主", "之子", "x", "男", "女", "辍学"})
	day := rapid.Custom(func(t *rapid.T) Date {
		return rapid.SampledFrom([]Date{{}, ruleDay, ruleDay.AddDays(1), NewDate(1900, 1, 1), NewDate(2010, 2, 28), NewDate(2026, 2, 1), NewDate(9999, 12, 31)}).Draw(t, "day")
	})
	flag := rapid.SampledFrom([]*bool{nil, new(true), new(false)})
	fen := rapid.SampledFrom([]int64{-1, 0, 1, 799_999, 1 << 60})
	mu := rapid.SampledFrom([]*float64{nil, new(-1.0), new(0.0), new(1e300)})
	work := rapid.Custom(func(t *rapid.T) WorkRecord {
		return WorkRecord{Started: day.Draw(t, "started"), Ended: day.Draw(t, "ended"), Company: text.Draw(t, "company"), Income: fen.Draw(t, "pay"), OffCounty: rapid.Bool().Draw(t, "off")}
	})
	member := rapid.Custom(func(t *rapid.T) Member {
		return Member{Name: rapid.String().Draw(t, "name"), IDNo: rapid.OneOf(rapid.String(), rapid.Just(numbered("1980-05-06", "男"))).Draw(t, "id"), Birth: day.Draw(t, "birth"), Joined: day.Draw(t, "joined"),
			Sex: text.Draw(t, "sex"), Relation: text.Draw(t, "relation"), Phone: rapid.String().Draw(t, "phone"), Head: rapid.Bool().Draw(t, "head"), Education: text.Draw(t, "education"),
			School: text.Draw(t, "school"), SchoolBefore: text.Draw(t, "before"), NotInSchool: text.Draw(t, "reason"), Health: text.Draw(t, "health"), Disability: text.Draw(t, "disability"),
			Labour: text.Draw(t, "labour"), ResidentInsured: flag.Draw(t, "resident"), EmployeeInsured: flag.Draw(t, "employee"), Dibao: flag.Draw(t, "dibao"), Tekun: flag.Draw(t, "tekun"),
			Work: rapid.SliceOfN(work, 0, 3).Draw(t, "work"), PublicPosts: rapid.IntRange(-1, 4).Draw(t, "posts")}
	})
	year := rapid.Custom(func(t *rapid.T) IncomeYear {
		return IncomeYear{Year: rapid.IntRange(2023, 2026).Draw(t, "year"), Wage: fen.Draw(t, "wage"), Production: fen.Draw(t, "production"), PerHead: fen.Draw(t, "per head")}
	})
	rapid.Check(t, func(t *rapid.T) {
		f := Family{Population: rapid.IntRange(-1, 9).Draw(t, "population"), OutOfPoverty: rapid.Bool().Draw(t, "poor"), Phone: rapid.String().Draw(t, "phone"),
			Members: rapid.SliceOfN(member, 0, 5).Draw(t, "members"), Years: rapid.SliceOfN(year, 0, 4).Draw(t, "years"), Land: Land{Arable: mu.Draw(t, "land"), Pond: mu.Draw(t, "pond")},
			Living: Living{RoadKm: mu.Draw(t, "road")}, NoLabour: flag.Draw(t, "no labour")}
		if rapid.Bool().Draw(t, "monitored") {
			f.Episode = &Episode{RiskTypes: rapid.SliceOf(rapid.SampledFrom([]string{"illness", "other", "labour_shortage", "x", ""})).Draw(t, "risks"), Identified: day.Draw(t, "identified"), Eliminated: day.Draw(t, "eliminated"), Method: "assisted"}
			f.Measures = rapid.SliceOf(rapid.Custom(func(t *rapid.T) FamilyMeasure {
				return FamilyMeasure{Kind: text.Draw(t, "kind"), Name: text.Draw(t, "measure")}
			})).Draw(t, "measures")
			f.Water = rapid.SampledFrom([]*WaterFacts{nil, {}, badWater}).Draw(t, "water")
		}
		before := fmt.Sprintf("%+v", f)
		found := codesFound(f, context)
		require.Equal(t, before, fmt.Sprintf("%+v", f), "rules only look")
		f.Prepare()
		require.Equal(t, found, codesFound(f, context))
		requireSameFaults(t, &f, context)
	})
}

// BenchmarkRules is the cost of all rules for one household of five.
func BenchmarkRules(b *testing.B) {
	f, context := goodFamily(), ruleContext()
	f.Prepare()
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range DataRules {
			if len(r.Find(&f, context)) > 0 {
				b.Fatal(r.Code)
			}
		}
	}
}
