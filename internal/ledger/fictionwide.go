package ledger

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
)

// wide adds the further columns to an office's own, before the remarks if it has any.
func (o office) wide() office {
	more := [][3]string{{"年度", "", string(Year)}}
	for _, c := range register.Columns {
		more = append(more, [3]string{c.Title, "", c.Code})
	}
	return office{o.merged, slices.Concat(o.columns, more)}
}

// column is one further column of a household or a member, as offices write it.
func (h *family) column(c register.Column, m *villager) string {
	r := register.Record{Household: &h.secret, Income: &h.money, Person: &m.secret, Work: &models.WorkRecord{}}
	if len(m.secret.Work) > 0 {
		r.Work = &m.secret.Work[0]
	}
	return c.Get(r)
}

// widen gives every household the further columns, with chances of their own, so that the people are those of the
// narrow ledger.
func (f *folk) widen(villages [][]*family, o GenerateOptions) {
	g := &folk{Rand: rand.New(rand.NewPCG(o.Seed, 0x71de)), today: f.today, prefix: f.prefix}
	for _, families := range villages {
		for _, h := range families {
			g.wideHousehold(h, o.Year)
		}
	}
}

func (f *folk) wideHousehold(h *family, year int) {
	h.year = year
	s := &h.secret
	danger := h.grade == "C级" || h.grade == "D级"
	s.Dangerous, s.HouseArea, s.Relocated = &danger, new(float64(60+5*f.IntN(20))), new(f.chance(3))
	s.Electricity, s.TV, s.Toilet, s.ToiletUsable, s.RoadHardened = new(true), new(f.chance(97)), new(f.chance(96)), new(true), new(f.chance(95))
	*s.ToiletUsable = *s.Toilet
	s.RoadKm, s.Arable, s.Forest = new(float64(f.IntN(45))/10), new(float64(10+f.IntN(90))/10), new(float64(f.IntN(200))/10)
	s.ReturnedForest, s.Orchard, s.Pasture, s.Pond = new(float64(f.IntN(30))/10), new(float64(f.IntN(20))/10), new(0.0), new(float64(f.IntN(5))/10)
	s.Water = models.WaterRecord{Piped: new(true), Litres: new(float64(40 + f.IntN(40))), ShortageDays: new(f.IntN(5)), TestPassed: new(true)}
	s.WholeAway, s.LostContact = new(false), new(false)
	able := slices.ContainsFunc(h.members, func(m *villager) bool { return m.labour != "无劳动力" && m.labour != "丧失劳动力" })
	dibao := h.base == "脱贫户" && f.chance(15) || !able && f.chance(60)
	for _, m := range h.members {
		f.widePerson(m, year)
		m.secret.Dibao = new(dibao)
	}
	s.NoLabour = new(!able)
	if dibao {
		s.LowIncome = string(policy.ClassDibao)
	}
	f.wideIncome(h, year)
}

// wideIncome divides the household's income into its categories. A year before is a little poorer; 脱贫户 stay above the
// reference lines of all places.
func (f *folk) wideIncome(h *family, year int) {
	perHead := h.income / len(h.members)
	if h.base == "脱贫户" {
		perHead = max(perHead, 10_500+perHead%1_000)
	}
	perHead -= (f.today.Year - year) * (perHead/20 + f.IntN(50))
	n := int64(perHead) * int64(len(h.members)) * 100
	transfer, property, production := n/10, n/50, n/4
	expense := production / 5
	y := &h.money
	y.Transfer, y.Property, y.Production, y.ProductionExpense = &transfer, &property, &production, &expense
	y.Wage, y.PerHead = new(n-transfer-property-production+expense), new(int64(perHead)*100)
	y.OwnMedical = new(int64(f.IntN(3000)) * 100)
	h.income = perHead * len(h.members)
}

// stages are the years of study after the twelfth year of age; the school of a year before is the stage before.
var stages = []string{"七年级", "八年级", "九年级", "普通高中一年级", "普通高中二年级", "普通高中三年级"}

// schoolOf is the school of somebody in a year, who attends now what the present year's ledger says.
func schoolOf(now string, age, ago int) string {
	switch i := slices.Index(stages, now); {
	case ago == 0 || now == "本科" || now == "":
		return now
	case i >= ago:
		return stages[i-ago]
	case i >= 0:
		return "小学"
	case now == "高职高专二年级":
		return "高职高专一年级"
	case now == "高职高专一年级":
		return "普通高中三年级"
	}
	return schoolAt(max(age-ago, 3))
}

func (f *folk) widePerson(m *villager, year int) {
	s := &m.secret
	age := policy.AgeOn(m.birth, f.today)
	if age < 3 {
		m.school = "学龄前儿童"
	}
	studies := m.school != ""
	m.school = schoolOf(m.school, age, f.today.Year-year)
	employee := m.medical == "城镇职工基本医疗保险"
	if m.medical == "未参保" {
		m.medical = "城乡居民基本医疗保险"
	}
	s.ResidentInsured, s.EmployeeInsured, s.SeriousIllness = new(!employee), &employee, new(true)
	adult := age >= 16 && !studies
	s.ResidentPension, s.EmployeePension = new(adult && !employee), new(adult && employee)
	s.Tekun, s.DoctorSigned, s.TwoAfter, s.PublicPosts = new(false), new(true), new(false), new(0)
	if m.disability != "" {
		s.Certificate = m.id + certificateTail(m.disability)
	}
	full := m.labour == "普通劳动力" || m.labour == "技能劳动力"
	switch {
	case full && age >= 18 && age < 58 && f.chance(45):
		s.Work = []models.WorkRecord{f.stretch()}
	case full && age >= 45 && age < 60 && f.chance(6):
		s.PublicPosts, s.PublicPostMonths = new(1), new(6+f.IntN(6))
	}
	if year != f.today.Year {
		s.Work = nil // it began this year
	}
}

// certificateTail is what follows the identity number on a disability certificate.
func certificateTail(disability string) string {
	kind, level := 1, 1
	for i := 1; i < len(disabilityTypes); i++ {
		if len(disability) >= 6 && disability[:6] == disabilityTypes[i] {
			kind = i
		}
	}
	for i := 1; i < len(disabilityLevels); i++ {
		if disability[len(disability)-6:] == disabilityLevels[i] {
			level = i
		}
	}
	return strconv.Itoa(kind) + strconv.Itoa(level)
}

// stretch is work away from the farm that began this year and lasts.
func (f *folk) stretch() models.WorkRecord {
	began := policy.NewDate(f.today.Year, 1, 10).AddDays(f.IntN(60))
	off := f.chance(70)
	w := models.WorkRecord{Started: began.String(), Place: "县内", OffCounty: &off, Income: new(int64(2_500+100*f.IntN(50)) * 100), Months: new(max(1, int(f.today.Month)-int(began.Month)))}
	if off {
		w.Place = pick(f, []string{"云山市", "江城市", "南屏市"})
	}
	w.Company, w.Industry = pick(f, []string{"青石建筑公司", "明河电子厂", "长风物流公司", "白桦服装厂"}), pick(f, []string{"建筑业", "制造业", "交通运输业", "居民服务业"})
	w.Channel = pick(f, []string{"自主就业", "劳务协作", "亲友介绍"})
	return w
}
