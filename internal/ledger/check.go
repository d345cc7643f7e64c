package ledger

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"shouwang/policy"
)

// checker reads the rows of one household into a record and says what is wrong with them.
type checker struct {
	faults
	today policy.Date
	rec   record
}

// household reads and checks a bundle on its own; villages and other households are looked at later.
func (c *checker) household(b *bundle) {
	c.rec.PerPerson = b.sheet.PerPerson
	for _, row := range b.rows {
		for _, col := range row.Formulas {
			c.add(row, "", "LED-101", "单元格 %s 是公式，请复制后“选择性粘贴为数值”再导入", cellName(col, row.Line))
			c.list[len(c.list)-1].Cell = cellName(col, row.Line)
		}
		c.rec.Members = append(c.rec.Members, c.person(row))
	}
	first := b.rows[0]
	c.rec.No = tight(c.same(b, HouseholdNo))
	c.rec.Group = groupName(c.same(b, Group))
	c.size(b)
	c.kind(b)
	s := &c.rec.Secret
	s.Address = c.first(b, Address)
	s.House = c.grade(first, c.same(b, HouseGrade))
	s.Bank = c.card(first, c.first(b, Bank))
	s.Income = c.income(b)
	s.Phone = c.phone(first, HomePhone, c.first(b, HomePhone))
	c.columns(b)
	c.family(b)
	if head := c.rec.head(); head != nil && s.Phone == "" {
		s.Phone = head.Secret.Phone
	}
	if !c.rec.PerPerson && len(b.rows) > 0 {
		s.Other, c.rec.Members[0].Secret.Other = c.rec.Members[0].Secret.Other, nil
	}
}

// groupName writes 第3组 and 3 as 3组.
func groupName(s string) string {
	s = strings.TrimPrefix(tight(s), "第")
	if s != "" && strings.Trim(s, "0123456789") == "" {
		return s + "组"
	}
	return s
}

// first is the first value stated for the household.
func (c *checker) first(b *bundle, f Field) string {
	for _, r := range b.rows {
		if v := r.Values[f]; v != "" {
			return v
		}
	}
	return ""
}

// same is the value of a field that must not differ within a household.
func (c *checker) same(b *bundle, f Field) string {
	value := c.first(b, f)
	for _, r := range b.rows {
		if v := r.Values[f]; v != "" && tight(v) != tight(value) {
			c.add(r, f, "LED-208", "同一户的%s前后不一致：“%s”与“%s”", f.Title(), value, v)
			break
		}
	}
	return value
}

func (c *checker) size(b *bundle) {
	s := c.same(b, Population)
	n, ok := parseWhole(s)
	switch {
	case s == "":
	case !ok || n == 0:
		c.add(b.rows[0], Population, "LED-142", "家庭人口“%s”不是人数", s)
	default:
		c.rec.Population = n
		if b.sheet.PerPerson && n != len(b.rows) {
			c.add(b.rows[0], Population, "LED-207", "家庭人口填 %d 人，表中这一户有 %d 行", n, len(b.rows))
		}
	}
}

func (c *checker) kind(b *bundle) {
	s := tight(c.same(b, BaseType))
	if s == "" {
		return
	}
	code, ok := baseTypes[s]
	if !ok {
		c.add(b.rows[0], BaseType, "LED-144", "户类型“%s”无法识别，应为一般农户或脱贫户", s)
	}
	c.rec.BaseType = code
	if monitoredTypes[s] {
		c.note(b.rows[0], BaseType, "LED-303", "“%s”是监测对象身份，须经识别认定程序确定，导入时不登记", s)
	}
}

var gradeWord = regexp.MustCompile(`^([A-D])级?(危房|房)?$`)

func (c *checker) grade(row *Row, s string) string {
	if s == "" {
		return ""
	}
	m := gradeWord.FindStringSubmatch(strings.ToUpper(tight(s)))
	if m == nil {
		c.add(row, HouseGrade, "LED-145", "住房等级“%s”应为 A、B、C、D 级之一", s)
		return ""
	}
	return m[1]
}

var cardDigits = regexp.MustCompile(`^\d{12,21}$`)

func (c *checker) card(row *Row, s string) string {
	n, lost := digits(s)
	switch {
	case s == "":
	case lost:
		c.add(row, Bank, "LED-141", "银行卡号被存成数字，末几位已丢失，请以文本格式重新填写")
	case !cardDigits.MatchString(n):
		c.add(row, Bank, "LED-141", "银行卡号应为 12 至 21 位数字")
	}
	return n
}

func (c *checker) income(b *bundle) int64 {
	s := c.same(b, Income)
	if s == "" {
		return 0
	}
	fen, ok := parseMoney(s, slices.ContainsFunc(b.sheet.Columns, func(col Column) bool { return col.wan }))
	if !ok {
		c.add(b.rows[0], Income, "LED-143", "年收入“%s”不是金额", s)
	}
	return fen
}

func (c *checker) phone(row *Row, f Field, s string) string {
	if s == "" {
		return ""
	}
	// Two numbers in one cell: the first one counts.
	first := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("/、,;，； ", r) })
	n, err := policy.ParseMobile(s)
	if err != nil && len(first) > 1 {
		n, err = policy.ParseMobile(first[0])
	}
	if err != nil {
		c.add(row, f, "LED-140", "%s应为 11 位手机号", f.Title())
	}
	return n
}

// person reads one row as a member of the household.
func (c *checker) person(row *Row) member {
	v := row.Values
	m := member{row: row, Name: c.name(row)}
	s := &m.Secret
	s.Relation = tight(v[Relation])
	m.kin = policy.KinOf(s.Relation)
	c.identity(row, &m)
	s.Phone = c.phone(row, Phone, v[Phone])
	s.Ethnicity, s.Education, s.School = tight(v[Ethnicity]), v[Education], v[School]
	s.Health, s.Labour, s.Medical = v[Health], v[Labour], v[Medical]
	if v[Disability] != "" {
		s.Disability = v[Disability]
	}
	if len(row.Other) > 0 {
		s.Other = maps.Clone(row.Other)
	}
	c.memberColumns(row, &m)
	return m
}

var nameWord = regexp.MustCompile(`^[\p{Han}·•．.〇A-Za-z]+$`)

func (c *checker) name(row *Row) string {
	f, name := Name, tight(row.Values[Name])
	if !c.rec.PerPerson && name == "" {
		f, name = HeadName, tight(row.Values[HeadName])
	}
	switch {
	case name == "":
		c.add(row, f, "LED-102", "缺少姓名")
	case !nameWord.MatchString(name) || utf8.RuneCountInString(name) > 30:
		c.add(row, f, "LED-103", "姓名中有不应出现的字符，或者过长")
	}
	return name
}

// identity reads identity number, birth date and sex, and compares them with each other.
func (c *checker) identity(row *Row, m *member) {
	f, raw := IDNo, row.Values[IDNo]
	if head := row.Values[HeadID]; raw == "" && head != "" && (!c.rec.PerPerson || m.kin.Head && m.Secret.Relation != "") {
		f, raw = HeadID, head
	}
	var id policy.ID
	if raw != "" {
		id = c.id(row, f, raw)
	}
	m.Secret.IDNo, m.Secret.Sex = id.Number[:min(18, len(id.Number))], id.Sex.Title()
	m.Secret.Disability = disabilityOf(id)
	if id.Kind == policy.IDDisability {
		m.Secret.Certificate = id.Number
	}
	m.Secret.BirthDate = c.birth(row, id)
	c.sex(row, m)
	if raw == "" && m.Secret.BirthDate == "" && c.rec.PerPerson {
		c.add(row, IDNo, "LED-118", "身份证号和出生日期都没有填写，无法确认是哪一个人")
	}
}

func (c *checker) id(row *Row, f Field, raw string) policy.ID {
	n, lost := digits(raw)
	id, err := policy.ParseID(n)
	if err == nil && !lost {
		return id
	}
	// Excel keeps fifteen digits of a number: 510…123 becomes 510…000.
	if lost || (len(n) == 18 && strings.HasSuffix(n, "000")) {
		c.add(row, f, "LED-117", "证件号被存成数字，末三位已丢失，请以文本格式重新填写")
		return policy.ID{}
	}
	var fault policy.Fault
	errors.As(err, &fault)
	c.add(row, f, idFaults[fault.Code], "%s", fault.Message)
	return policy.ID{}
}

func (c *checker) birth(row *Row, id policy.ID) string {
	birth := id.Birth
	if raw := row.Values[Birth]; raw != "" {
		d, ok := parseDate(raw, c.sheet.from1904)
		switch {
		case !ok:
			c.add(row, Birth, "LED-130", "出生日期“%s”无法识别，应写成 1980-05-06、1980/5/6、1980年5月6日或 19800506", raw)
		case !id.Birth.IsZero() && d != id.Birth:
			c.add(row, Birth, "LED-131", "出生日期 %s 与证件号中的 %s 不一致", d, id.Birth)
		case id.Birth.IsZero():
			birth = d
		}
	}
	if !birth.IsZero() && c.today.Before(birth) {
		c.add(row, Birth, "LED-132", "出生日期 %s 在今天之后", birth)
	}
	return birth.String()
}

func (c *checker) sex(row *Row, m *member) {
	raw := tight(row.Values[Sex])
	sex, ok := map[string]string{"男": "男", "男性": "男", "1": "男", "女": "女", "女性": "女", "2": "女"}[raw]
	switch {
	case raw == "":
	case !ok:
		c.add(row, Sex, "LED-133", "性别“%s”应为男或女", raw)
	case m.Secret.Sex != "" && m.Secret.Sex != sex:
		c.add(row, Sex, "LED-134", "性别填“%s”，与证件号中的“%s”不一致", sex, m.Secret.Sex)
	default:
		m.Secret.Sex = sex
	}
	if want := m.kin.Sex; want != "" && m.Secret.Sex != "" && want != m.Secret.Sex {
		c.add(row, Relation, "LED-205", "与户主关系“%s”与性别“%s”不符", m.Secret.Relation, m.Secret.Sex)
	}
}
