package ledger

import (
	"maps"
	"slices"
	"strings"
	"time"

	"shouwang/models"
	"shouwang/policy"
)

// spoiling puts one fault into the target, and reports whether the target is such that it could be one.
type spoiling func(s *subject, all []*subject, used map[string]bool) bool

// spoilings has a fault for each rule of Spoilable. Whether the rule finds it, and no other does, is tried afterwards:
// a spoiling need not ask for more than what it changes.
var spoilings = map[string]spoiling{
	"id_length":        number(func(n string) string { return n[:17] }),
	"id_characters":    number(func(n string) string { return "A" + n[1:] }),
	"id_placeholder":   number(func(n string) string { return "999999" + n[6:] }),
	"id_region":        number(func(n string) string { return "02" + n[2:] }),
	"id_birth":         number(func(n string) string { return n[:10] + "0230" + n[14:] }),
	"id_check":         number(wrongCheck),
	"id_disability":    number(func(n string) string { return n + "82" }),
	"id_duplicate":     takeNumber,
	"birth_mismatch":   one(func(p *models.PersonSecret, s *subject) { p.BirthDate = shifted(p.BirthDate) }),
	"sex_mismatch":     one(func(p *models.PersonSecret, s *subject) { p.Sex = otherSex(p.Sex) }),
	"relation_missing": one(func(p *models.PersonSecret, s *subject) { p.Relation = "" }),
	"relation_sex": one(func(p *models.PersonSecret, s *subject) {
		p.Relation = map[string]string{"之子": "之女", "之女": "之子"}[p.Relation]
	}),
	"head_count":             whole(func(s *subject) { s.people[0].IsHead = false }),
	"phone_invalid":          whole(func(s *subject) { s.secret.Phone = "1234567" }),
	"phone_shared_household": sharePhone,
	"head_spouse_same_sex":   one(func(p *models.PersonSecret, s *subject) { p.Relation = "配偶" }),

	"population_mismatch":         whole(func(s *subject) { s.household.Population++ }),
	"income_unchanged":            years(func(was, is *models.IncomeYear, s *subject) { y := was.Year; *was = *is; was.Year = y }),
	"new_member_income_unchanged": joined,
	"income_fell":                 years(func(was, is *models.IncomeYear, s *subject) { was.PerHead = new(*is.PerHead + 100) }),
	"below_line_unmonitored": years(func(was, is *models.IncomeYear, s *subject) {
		was.PerHead, is.PerHead = new(int64(100_000)), new(int64(150_000))
	}),

	"grade_unchanged": one(func(p *models.PersonSecret, s *subject) {
		p.Schools = maps.Clone(p.Schools)
		for y := range p.Schools {
			p.Schools[y] = p.School
		}
	}),
	"education_and_school_both":  one(func(p *models.PersonSecret, s *subject) { p.Education = "小学" }),
	"education_school_blank":     one(func(p *models.PersonSecret, s *subject) { p.Education, p.School = "", "" }),
	"junior_age":                 one(func(p *models.PersonSecret, s *subject) { p.School = pupil(p, "八年级") }),
	"senior_age":                 one(func(p *models.PersonSecret, s *subject) { p.School = pupil(p, "普通高中二年级") }),
	"preschool_age":              one(func(p *models.PersonSecret, s *subject) { p.School = pupil(p, "学龄前儿童") }),
	"college_age":                one(func(p *models.PersonSecret, s *subject) { p.School = pupil(p, "本科") }),
	"master_age":                 one(func(p *models.PersonSecret, s *subject) { p.School = pupil(p, "硕士及以上") }),
	"primary_education_age":      one(func(p *models.PersonSecret, s *subject) { p.Education = "小学" }),
	"out_of_school_unexplained":  one(func(p *models.PersonSecret, s *subject) { p.School = "" }),
	"dropout_flag_without_child": one(func(p *models.PersonSecret, s *subject) { p.NotInSchool = "辍学" }),

	"uninsured": one(func(p *models.PersonSecret, s *subject) {
		p.ResidentInsured, p.EmployeeInsured = new(false), new(false)
	}),
	"double_insured": one(func(p *models.PersonSecret, s *subject) { p.ResidentInsured, p.EmployeeInsured = new(true), new(true) }),
	"insurance_blank": one(func(p *models.PersonSecret, s *subject) {
		p.ResidentInsured, p.EmployeeInsured, p.Medical = nil, nil, ""
	}),
	"serious_illness_insurance_blank": one(func(p *models.PersonSecret, s *subject) { p.SeriousIllness = nil }),

	"child_labour": labourOf("普通劳动力"),
	"child_works": one(func(p *models.PersonSecret, s *subject) {
		w := work(s)
		w.Ended = s.today.AddDays(-5).String() // to work still is another fault as well
		p.Work = []models.WorkRecord{w}
	}),
	"child_public_post":            one(func(p *models.PersonSecret, s *subject) { p.PublicPosts = new(1) }),
	"old_public_post":              one(func(p *models.PersonSecret, s *subject) { p.PublicPosts = new(1) }),
	"public_posts_many":            one(func(p *models.PersonSecret, s *subject) { p.PublicPosts = new(3) }),
	"healthy_without_labour":       labourOf("弱劳动力或半劳动力"),
	"student_with_labour":          labourOf("普通劳动力"),
	"severe_limb_labour":           labourOf("普通劳动力"),
	"disabled_without_certificate": one(func(p *models.PersonSecret, s *subject) { p.Certificate = "" }),
	"no_labour_working":            one(func(p *models.PersonSecret, s *subject) { p.Work = []models.WorkRecord{work(s)} }),
	"tekun_working":                one(func(p *models.PersonSecret, s *subject) { p.Tekun = new(true) }),
	"work_overlap":                 before(func(w *models.WorkRecord, s *subject) { w.Ended = s.today.AddDays(-5).String() }),
	"work_end_missing":             before(func(w *models.WorkRecord, s *subject) { w.Ended = "" }),
	"work_end_wrong":               last(func(w *models.WorkRecord, s *subject) { w.Ended = s.today.AddDays(300).String() }),
	"work_income_range":            last(func(w *models.WorkRecord, s *subject) { w.Income = new(int64(5_000_000)) }),
	"work_blank":                   last(func(w *models.WorkRecord, s *subject) { w.Industry = "" }),

	"land_negative":    whole(func(s *subject) { s.secret.Arable = new(-1.5) }),
	"land_too_large":   whole(func(s *subject) { s.secret.Forest = new(2500.0) }),
	"road_too_far":     whole(func(s *subject) { s.secret.RoadKm = new(12.0) }),
	"house_area_blank": whole(func(s *subject) { s.secret.HouseArea = nil }),
	"road_blank":       whole(func(s *subject) { s.secret.RoadHardened = nil }),
	"toilet_blank":     whole(func(s *subject) { s.secret.Toilet = nil }),
}

// monitoredSpoilings has a fault for each rule of SpoilableMonitored: it takes the ground from a risk, or makes a household
// unsafe whose risk is another or eliminated.
var monitoredSpoilings = map[string]spoiling{
	"risk_disability_without_disabled": every(func(p *models.PersonSecret, s *subject) {
		if p.Certificate != "" || p.Disability != "" {
			heal(p, s)
		}
	}),
	"risk_illness_without_ill": every(func(p *models.PersonSecret, s *subject) {
		if strings.Contains(p.Health, "病") {
			heal(p, s)
		}
	}),
	"risk_illness_without_payment": years(func(_, is *models.IncomeYear, _ *subject) { is.OwnMedical = new(int64(0)) }),
	"risk_schooling_without_student": every(func(p *models.PersonSecret, s *subject) {
		if p.School != "" && s.age(p) >= 16 {
			p.School, p.Education = "", "初中"
			heal(p, s)
		}
	}),
	"risk_labour_shortage_with_labour": every(heal),
	"risk_employment_without_worker":   every(func(p *models.PersonSecret, _ *subject) { p.Work = nil }),
	"housing_without_risk":             whole(unsafeHouse),
	"water_without_risk":               whole(littleWater),
	"schooling_without_risk":           one(func(p *models.PersonSecret, _ *subject) { p.School, p.NotInSchool = "", "辍学" }),
	"medical_without_risk":             one(func(p *models.PersonSecret, _ *subject) { p.SeriousIllness = new(false) }),
	"no_labour_without_dibao": whole(func(s *subject) {
		s.secret.LowIncome = ""
		for i := range s.secrets {
			s.secrets[i].Dibao = new(false)
		}
	}),
	"no_labour_without_flag": whole(func(s *subject) { s.secret.NoLabour = new(false) }),
	"eliminated_below_line": years(func(was, is *models.IncomeYear, s *subject) {
		was.PerHead, is.PerHead = new(int64(100_000)), new(int64(150_000))
	}),
	"eliminated_dangerous_house":         whole(unsafeHouse),
	"eliminated_unsafe_water":            whole(littleWater),
	"eliminated_industry_without_income": years(func(_, is *models.IncomeYear, _ *subject) { is.Production = new(int64(0)) }),
	"eliminated_dibao_without_transfer":  years(func(_, is *models.IncomeYear, _ *subject) { is.Transfer = new(int64(0)) }),
	"eliminated_post_without_wage":       years(func(_, is *models.IncomeYear, _ *subject) { is.Wage = new(int64(0)) }),
}

func unsafeHouse(s *subject) { s.secret.Dangerous = new(true) }

func littleWater(s *subject) { s.secret.Water.Litres = new(10.0) }

// every spoils all members, for the household as a whole.
func every(put func(p *models.PersonSecret, s *subject)) spoiling {
	return whole(func(s *subject) {
		for i := range s.secrets {
			put(&s.secrets[i], s)
		}
	})
}

// heal makes somebody healthy, and able to work at the age for it.
func heal(p *models.PersonSecret, s *subject) {
	p.Health, p.Disability, p.Certificate = "健康", "", ""
	if age := s.age(p); p.School == "" && age >= 16 && age < 60 {
		p.Labour = "普通劳动力"
	}
}

func (s *subject) age(p *models.PersonSecret) int {
	born, err := policy.ParseDate(p.BirthDate)
	if err != nil {
		return -1
	}
	return policy.AgeOn(born, s.today)
}

// whole spoils the household.
func whole(put func(s *subject)) spoiling {
	return func(s *subject, _ []*subject, _ map[string]bool) bool {
		if s.target >= 0 {
			return false
		}
		put(s)
		return true
	}
}

// one spoils a member.
func one(put func(p *models.PersonSecret, s *subject)) spoiling {
	return func(s *subject, _ []*subject, _ map[string]bool) bool {
		if s.target < 0 {
			return false
		}
		put(&s.secrets[s.target], s)
		return true
	}
}

func number(change func(string) string) spoiling {
	return one(func(p *models.PersonSecret, _ *subject) { p.IDNo = change(p.IDNo) })
}

func labourOf(labour string) spoiling {
	return one(func(p *models.PersonSecret, _ *subject) { p.Labour = labour })
}

// years changes the last two years of income.
func years(put func(was, is *models.IncomeYear, s *subject)) spoiling {
	return func(s *subject, _ []*subject, _ map[string]bool) bool {
		n := len(s.secret.Years)
		if s.target >= 0 || n < 2 {
			return false
		}
		put(&s.secret.Years[n-2], &s.secret.Years[n-1], s)
		return true
	}
}

// joined makes a member a new one of the last year, with the income per head as before.
func joined(s *subject, _ []*subject, _ map[string]bool) bool {
	n := len(s.secret.Years)
	if s.target < 0 || n < 2 {
		return false
	}
	is := s.secret.Years[n-1]
	s.secret.Years[n-2].PerHead = is.PerHead
	s.people[s.target].JoinedAt = new(time.Date(is.Year, time.May, 6, 2, 0, 0, 0, time.UTC))
	return true
}

// before puts another stretch of work before the last one.
func before(put func(w *models.WorkRecord, s *subject)) spoiling {
	return func(s *subject, _ []*subject, _ map[string]bool) bool {
		if s.target < 0 || len(s.secrets[s.target].Work) == 0 {
			return false
		}
		p := &s.secrets[s.target]
		w := p.Work[0]
		w.Started = policy.NewDate(s.today.Year-1, 2, 1).String()
		put(&w, s)
		p.Work = append([]models.WorkRecord{w}, p.Work...)
		return true
	}
}

// last changes the last stretch of work.
func last(put func(w *models.WorkRecord, s *subject)) spoiling {
	return func(s *subject, _ []*subject, _ map[string]bool) bool {
		if s.target < 0 || len(s.secrets[s.target].Work) == 0 {
			return false
		}
		p := &s.secrets[s.target]
		p.Work = slices.Clone(p.Work)
		put(&p.Work[len(p.Work)-1], s)
		return true
	}
}

// work is a stretch with which nothing is wrong in itself.
func work(s *subject) models.WorkRecord {
	return models.WorkRecord{Started: s.today.AddDays(-90).String(), Place: "江城市", Company: "明河电子厂", Industry: "制造业", Channel: "自主就业", Income: new(int64(300_000)), OffCounty: new(true)}
}

// takeNumber gives a member the number, birth date and sex of somebody else.
func takeNumber(s *subject, all []*subject, used map[string]bool) bool {
	if s.target < 0 {
		return false
	}
	p := &s.secrets[s.target]
	for _, o := range all {
		for _, q := range o.secrets {
			if o.household.ID != s.household.ID && !used[o.household.ID] && q.Sex == p.Sex && q.Labour == p.Labour && q.School == p.School && q.BirthDate[:3] == p.BirthDate[:3] {
				p.IDNo, p.BirthDate, s.taken = q.IDNo, q.BirthDate, true
				if p.Certificate != "" {
					return false
				}
				return true
			}
		}
	}
	return false
}

// sharePhone gives the household another's telephone number; the rule finds both.
func sharePhone(s *subject, all []*subject, used map[string]bool) bool {
	if s.target >= 0 {
		return false
	}
	for _, o := range all {
		others := func(p models.PersonSecret) bool { return p.Phone == o.secret.Phone }
		if o.household.ID != s.household.ID && !used[o.household.ID] && o.secret.Phone != "" && !slices.ContainsFunc(s.secrets, others) {
			s.secret.Phone, s.shared, s.also = o.secret.Phone, 1, o
			return true
		}
	}
	return false
}

// pupil is another school for somebody who goes to one.
func pupil(p *models.PersonSecret, school string) string {
	if p.School == "" {
		return ""
	}
	return school
}

func otherSex(sex string) string { return map[string]string{"男": "女", "女": "男"}[sex] }

// shifted is another day of the same month.
func shifted(birth string) string {
	if strings.HasSuffix(birth, "-15") {
		return birth[:8] + "16"
	}
	return birth[:8] + "15"
}
