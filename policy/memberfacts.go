package policy

import (
	"strings"

	"shouwang/internal/memo"
)

// Stage is what kind of school somebody attends; "" is none.
type Stage string

// The stages of 在校生状况 (5.2).
const (
	StagePreschool  Stage = "preschool"
	StagePrimary    Stage = "primary"
	StageJunior     Stage = "junior"
	StageSenior     Stage = "senior"
	StageVocational Stage = "vocational" // 中职
	StageCollege    Stage = "college"    // 高职高专
	StageUniversity Stage = "university" // 本科
	StageMaster     Stage = "master"
	StageOther      Stage = "other" // such as 特殊教育
)

var stageWords = []struct {
	stage Stage
	words []string
}{
	{StageMaster, []string{"硕士", "研究生", "博士"}}, {StagePreschool, []string{"学龄前", "学前", "幼儿", "托班"}}, {StagePrimary, []string{"小学"}},
	{StageJunior, []string{"七年级", "八年级", "九年级", "初中", "初一", "初二", "初三"}},
	{StageCollege, []string{"高职", "高专", "大专", "专科"}}, {StageVocational, []string{"中职", "中等职业", "职业高中", "职高", "中专", "技工", "技校"}},
	{StageSenior, []string{"高中", "高一", "高二", "高三"}}, {StageUniversity, []string{"本科", "大学"}},
}

// StageOf reads 在校生状况; 非在校生 and a blank are no school.
func StageOf(school string) Stage { return stages(school) }

var stages = memo.Of(func(school string) Stage {
	school = strings.TrimSpace(school)
	if school == "" || school == "无" || school == "否" || strings.Contains(school, "非在校") {
		return ""
	}
	for _, s := range stageWords {
		if hasAny(school, s.words...) {
			return s.stage
		}
	}
	return StageOther
})

// gradedSchool tells whether the school status names the year of study; 小学, 本科 and 学龄前儿童 do not.
func gradedSchool(school string) bool {
	return strings.ContainsAny(school, "一二三四五六七八九123456789")
}

func hasAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// InSchool tells whether the member attends a school of whatever stage, pre-school included.
func (m *Member) InSchool() bool { return m.stage() != "" }

// Age is the full years on a day; known is false without a birth date, in the record or in the identity number.
func (m *Member) Age(on Date) (age int, known bool) {
	birth := m.Birth
	if birth.IsZero() {
		id, err := m.identity()
		if err != nil {
			return 0, false
		}
		birth = id.Birth
	}
	return AgeOn(birth, on), true
}

// between tells whether the age is known and lies within, both ends included.
func (m *Member) between(lo, hi int, on Date) bool {
	age, known := m.Age(on)
	return known && age >= lo && age <= hi
}

// Disabled tells whether the record calls the member disabled, in whatever column.
func (m *Member) Disabled() bool {
	return m.Certificate != "" || strings.Contains(m.Health, "残疾") || m.Disability != "" && !hasAny(m.Disability, "无", "否", "健全")
}

// SeverelyDisabled is level one or two.
func (m *Member) SeverelyDisabled() bool { return hasAny(m.Disability, "一级", "二级", "重度") }

// SeriouslyIll is 患有大病, LongIll 长期慢性病.
func (m *Member) SeriouslyIll() bool { return strings.Contains(m.Health, "大病") }

// LongIll is 长期慢性病.
func (m *Member) LongIll() bool { return strings.Contains(m.Health, "慢性病") }

// Ill is a serious or a long illness.
func (m *Member) Ill() bool { return m.SeriouslyIll() || m.LongIll() }

// Uninsured tells that the record says no to both basic insurances of medical care.
func (m *Member) Uninsured() bool {
	return m.ResidentInsured != nil && m.EmployeeInsured != nil && !*m.ResidentInsured && !*m.EmployeeInsured
}

// Healthy is 健康, said so.
func (m *Member) Healthy() bool { return strings.TrimSpace(m.Health) == "健康" }

// FullLabour is 普通劳动力 or 技能劳动力; NoLabour is 丧失劳动力 or 无劳动力. A blank is neither.
func (m *Member) FullLabour() bool { return hasAny(m.Labour, "普通", "技能") }

// WeakLabour is 弱劳动力或半劳动力.
func (m *Member) WeakLabour() bool { return hasAny(m.Labour, "弱", "半") }

// NoLabour is 丧失劳动力 or 无劳动力.
func (m *Member) NoLabour() bool { can, known := CanWork(m.Labour); return known && !can }

// Working tells whether some work away from the farm goes on that day.
func (m *Member) Working(on Date) bool {
	for _, w := range m.Work {
		if w.goesOn(on) {
			return true
		}
	}
	return false
}

func (w WorkRecord) goesOn(on Date) bool {
	return !on.Before(w.Started) && (w.Ended.IsZero() || !w.Ended.Before(on))
}

// readMember is what many rules ask of a member's texts, read once.
type readMember struct {
	id    ID
	err   error
	stage Stage
	kin   Kin
}

// Prepare reads identity numbers, schools and relations once, for the many rules that look at them, and notes what there
// is to look at; change nothing afterwards. Rules work without it as well.
func (f *Family) Prepare() {
	if f.read = f.read[:0]; cap(f.read) < len(f.Members) {
		f.read = make([]readMember, 0, len(f.Members))
	}
	for i := range f.Members {
		m := &f.Members[i]
		f.read = append(f.read, readMember{stage: StageOf(m.School), kin: KinOf(m.Relation)})
		m.read = &f.read[i]
		m.read.id, m.read.err = ParseID(m.IDNo)
	}
	f.has = f.facts()
}

// Reset empties a family; what was made to hold another one is used again.
func (f *Family) Reset() { *f = Family{Members: f.Members[:0], read: f.read[:0]} }

func (m *Member) identity() (ID, error) {
	if m.read != nil {
		return m.read.id, m.read.err
	}
	return ParseID(m.IDNo)
}

func (m *Member) stage() Stage {
	if m.read != nil {
		return m.read.stage
	}
	return StageOf(m.School)
}

func (m *Member) kin() Kin {
	if m.read != nil {
		return m.read.kin
	}
	return KinOf(m.Relation)
}

// InForce tells whether the family is monitored now: it has an episode whose risk is not eliminated.
func (f *Family) InForce() bool { return f.Episode != nil && f.Episode.Eliminated.IsZero() }

// WasEliminated tells whether the risk of the family's last episode was marked as eliminated.
func (f *Family) WasEliminated() bool { return f.Episode != nil && !f.Episode.Eliminated.IsZero() }

// Registered tells whether the national system has a record of the family, so that its columns may not stay blank:
// 脱贫户 and those who are or were monitored.
func (f *Family) Registered() bool { return f.OutOfPoverty || f.Episode != nil }

// HasIndicators tells whether house, water and income of the family are recorded, which is asked after an elimination
// (X 1_11_011).
func (f *Family) HasIndicators() bool {
	return f.House.Grade != "" && f.Water != nil && f.Latest() != nil
}

// Latest is the last year of income, nil without any.
func (f *Family) Latest() *IncomeYear {
	if len(f.Years) == 0 {
		return nil
	}
	return &f.Years[len(f.Years)-1]
}

// any tells whether one member is so.
func (f *Family) any(is func(*Member) bool) bool {
	for i := range f.Members {
		m := &f.Members[i]
		if is(m) {
			return true
		}
	}
	return false
}
