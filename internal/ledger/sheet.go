package ledger

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"shouwang/internal/register"
	"shouwang/policy"
)

// office is one way of keeping a ledger: headings in two levels or one, and household cells merged over the members or
// repeated in each row.
type office struct {
	merged  bool
	columns [][3]string // upper heading, heading, field
}

var offices = []office{
	{true, [][3]string{
		{"序号", "", "ignored"}, {"家庭基本信息", "户编号", "household_no"}, {"家庭基本信息", "所在村", "village"}, {"家庭基本信息", "村民小组", "group"},
		{"户主信息", "姓名", "head_name"}, {"户主信息", "联系电话", "home_phone"}, {"家庭基本信息", "人口数", "population"}, {"家庭基本信息", "户类型", "base_type"},
		{"家庭成员信息", "姓名", "name"}, {"家庭成员信息", "与户主关系", "relation"}, {"家庭成员信息", "身份证号码", "id_no"}, {"家庭成员信息", "性别", "sex"},
		{"家庭成员信息", "出生日期", "birth_date"}, {"家庭成员信息", "民族", "ethnicity"}, {"家庭成员信息", "文化程度", "education"}, {"家庭成员信息", "在校生状况", "school"},
		{"家庭成员信息", "健康状况", "health"}, {"家庭成员信息", "残疾类别等级", "disability"}, {"家庭成员信息", "劳动技能", "labour"}, {"家庭成员信息", "医保参保情况", "medical"},
		{"住房等级", "", "house_grade"}, {"家庭年纯收入（元）", "", "income"}, {"惠农一卡通", "", "bank"}, {"家庭住址", "", "address"}, {"备注", "", "remark"},
	}},
	{false, [][3]string{
		{"行政村", "", "village"}, {"组别", "", "group"}, {"户号", "", "household_no"}, {"户主", "", "head_name"}, {"姓 名", "", "name"}, {"公民身份号码", "", "id_no"},
		{"关系", "", "relation"}, {"性别", "", "sex"}, {"出生年月日", "", "birth_date"}, {"手机号码", "", "phone"}, {"家庭人口", "", "population"}, {"农户类型", "", "base_type"},
		{"身体状况", "", "health"}, {"残疾情况", "", "disability"}, {"劳动能力", "", "labour"}, {"学历", "", "education"}, {"就读情况", "", "school"}, {"民族", "", "ethnicity"},
		{"基本医保", "", "medical"}, {"房屋安全等级", "", "house_grade"}, {"年收入(万元)", "", "income"}, {"银行账号", "", "bank"}, {"现住址", "", "address"},
	}},
	{true, [][3]string{
		{"序号", "", "ignored"}, {"村名", "", "village"}, {"小组", "", "group"}, {"户编号", "", "household_no"}, {"户主姓名", "", "head_name"}, {"家庭成员姓名", "", "name"},
		{"与户主的关系", "", "relation"}, {"*证件号码", "", "id_no"}, {"性别", "", "sex"}, {"出生日期", "", "birth_date"}, {"联系方式", "", "phone"}, {"户籍人口", "", "population"},
		{"户属性", "", "base_type"}, {"健康情况", "", "health"}, {"残疾等级", "", "disability"}, {"劳动力状况", "", "labour"}, {"受教育程度", "", "education"}, {"在读情况", "", "school"},
		{"民族", "", "ethnicity"}, {"医保情况", "", "medical"}, {"危房等级", "", "house_grade"}, {"家庭年收入", "", "income"}, {"一卡通账号", "", "bank"}, {"详细地址", "", "address"},
	}},
}

// sheet writes the ledger of one village.
func (f *folk) sheet(x *excelize.File, i int, o GenerateOptions, families []*family) error {
	if _, err := x.NewSheet(o.Names[i]); err != nil {
		return err
	}
	w, err := x.NewStreamWriter(o.Names[i])
	if err != nil {
		return err
	}
	day, err := x.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		return err
	}
	kind := offices[i%len(offices)]
	if o.Wide {
		kind = kind.wide()
	}
	if err := w.SetColWidth(2, len(kind.columns), 14); err != nil {
		return err
	}
	line, err := writeHeading(w, kind, o.Township+o.Names[i])
	if err != nil {
		return err
	}
	for n, h := range families {
		for j, m := range h.members {
			row := make([]any, len(kind.columns))
			for k, c := range kind.columns {
				if j == 0 || !kind.merged || !Field(c[2]).ofHousehold() {
					row[k] = f.cell(Field(c[2]), n+1, h, m, c[0], day)
				}
			}
			if err := w.SetRow("A"+strconv.Itoa(line+j), row); err != nil {
				return err
			}
		}
		if err := mergeHousehold(w, kind, line, len(h.members)); err != nil {
			return err
		}
		line += len(h.members)
	}
	return w.Flush()
}

// writeHeading writes title and heading and gives the first line of data.
func writeHeading(w *excelize.StreamWriter, kind office, place string) (int, error) {
	last, err := excelize.ColumnNumberToName(len(kind.columns))
	if err != nil {
		return 0, err
	}
	if err := w.SetRow("A1", []any{place + "农户家庭信息台账（演示数据，人物均为虚构）"}); err != nil {
		return 0, err
	}
	if err := w.MergeCell("A1", last+"1"); err != nil {
		return 0, err
	}
	if err := w.SetRow("A2", []any{"填报单位：" + place + "村民委员会"}); err != nil {
		return 0, err
	}
	top, sub, two := make([]any, len(kind.columns)), make([]any, len(kind.columns)), false
	for i, c := range kind.columns {
		top[i] = c[0]
		if c[1] != "" {
			sub[i], two = c[1], true
		}
	}
	if err := w.SetRow("A3", top); err != nil || !two {
		return 4, err
	}
	if err := w.SetRow("A4", sub); err != nil {
		return 0, err
	}
	return 5, mergeHeading(w, kind)
}

func mergeHeading(w *excelize.StreamWriter, kind office) error {
	for i := 0; i < len(kind.columns); {
		j := i + 1
		for j < len(kind.columns) && kind.columns[i][1] != "" && kind.columns[j][0] == kind.columns[i][0] {
			j++
		}
		from, to := cellName(i, 3), cellName(j-1, 3)
		if kind.columns[i][1] == "" {
			to = cellName(i, 4)
		}
		if from != to {
			if err := w.MergeCell(from, to); err != nil {
				return err
			}
		}
		i = j
	}
	return nil
}

func mergeHousehold(w *excelize.StreamWriter, kind office, line, n int) error {
	if !kind.merged || n < 2 {
		return nil
	}
	for k, c := range kind.columns {
		if Field(c[2]).ofHousehold() {
			if err := w.MergeCell(cellName(k, line), cellName(k, line+n-1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// cell is one value as an office writes it.
func (f *folk) cell(field Field, n int, h *family, m *villager, heading string, day int) any {
	switch field {
	case ignored:
		return n
	case HouseholdNo:
		return h.no
	case Village:
		return h.village
	case Group:
		return h.group
	case HeadName:
		return h.members[0].name
	case HomePhone, Phone:
		if field == HomePhone {
			return f.messy(h.members[0].phone)
		}
		return f.messy(m.phone)
	case Population:
		return h.population
	case BaseType:
		return h.base
	case HouseGrade:
		return h.grade
	case Bank:
		return h.bank
	case Address:
		return h.address
	case Income:
		if h.formula && m == h.members[0] {
			return excelize.Cell{Formula: "=" + strconv.Itoa(h.income) + "*1"}
		}
		if strings.Contains(heading, "万元") {
			return float64(h.income) / 10_000
		}
		return h.income
	case Birth:
		return f.date(m, day)
	case IDNo:
		return f.messy(m.id)
	}
	if c, ok := register.Find(string(field)); ok {
		return h.column(c, m)
	}
	if field == Year {
		return strconv.Itoa(h.year)
	}
	return map[Field]string{Name: m.name, Relation: m.relation, Sex: m.sex, Ethnicity: m.ethnicity, Education: m.education, School: m.school,
		Health: m.health, Disability: m.disability, Labour: m.labour, Medical: m.medical}[field]
}

// messy writes a number as people type it: now and then with a space behind, an apostrophe before, or full-width.
func (f *folk) messy(s string) string {
	switch n := f.IntN(40); {
	case s == "" || n > 2:
		return s
	case n == 0:
		return s + " "
	case n == 1:
		return "'" + s
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
}

// date writes a birth date in one of the spellings of offices.
func (f *folk) date(m *villager, day int) any {
	if m.birthShown != "" {
		return m.birthShown
	}
	d := m.birth
	switch f.IntN(5) {
	case 0:
		return d.String()
	case 1:
		return fmt.Sprintf("%d/%d/%d", d.Year, d.Month, d.Day)
	case 2:
		return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day)
	case 3:
		return d.Start().Format("20060102")
	}
	return excelize.Cell{StyleID: day, Value: d.Sub(policy.NewDate(1899, 12, 30))}
}
