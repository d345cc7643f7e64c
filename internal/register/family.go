package register

import (
	"strings"

	"shouwang/internal/memo"
	"shouwang/models"
	"shouwang/policy"
)

// Family puts a household and its present members, with their secrets, into the shape the rules look at. What needs
// other rows, such as the episode and who else has a number, is for the caller to add.
func Family(h models.Household, s models.HouseholdSecret, people []models.Person, secrets []models.PersonSecret) (f policy.Family) {
	Fill(&f, &h, &s, people, secrets)
	return f
}

// Fill is Family in the place of another one, whose memory is used again.
func Fill(f *policy.Family, h *models.Household, s *models.HouseholdSecret, people []models.Person, secrets []models.PersonSecret) {
	f.Reset()
	f.ID, f.No, f.Region, f.Head, f.Population, f.OutOfPoverty = h.ID, h.No, h.RegionCode, h.HeadName, h.Population, h.BaseType == "out_of_poverty"
	f.Status, f.Phone, f.Contact = string(h.Status), s.Phone, s.Contact
	f.House = policy.House{Housing: policy.Housing{Grade: s.House, Repaired: yes(s.Repaired), MovedIn: yes(s.MovedIn)}, Area: s.HouseArea, Dangerous: s.Dangerous, Relocated: s.Relocated}
	f.Living = policy.Living{Electricity: s.Electricity, TV: s.TV, Toilet: s.Toilet, ToiletUsable: s.ToiletUsable, RoadHardened: s.RoadHardened, RoadKm: s.RoadKm}
	f.Land = Land(s)
	f.Water, f.WholeAway, f.LostContact, f.NoLabour = water(&s.Water), s.WholeAway, s.LostContact, s.NoLabour
	f.Supporter, f.LowIncome, f.CannotSolveAlone = policy.Supporter(s.Supporter), policy.LowIncomeClass(s.LowIncome), s.CannotSolve
	for _, y := range s.Years {
		f.Years = append(f.Years, year(y, h.Population))
	}
	if cap(f.Members) < len(people) {
		f.Members = make([]policy.Member, 0, len(people))
	}
	f.Members = f.Members[:len(people)]
	for i := range people {
		fillMember(&f.Members[i], &people[i], &secrets[i])
	}
}

// Land is that of a household, in mu.
func Land(s *models.HouseholdSecret) policy.Land {
	return policy.Land{Arable: s.Arable, Forest: s.Forest, Returned: s.ReturnedForest, Orchard: s.Orchard, Pasture: s.Pasture, Pond: s.Pond}
}

func yes(b *bool) bool { return b != nil && *b }

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// water is known once quantity, access and guarantee are.
func water(w *models.WaterRecord) *policy.WaterFacts {
	reached := w.Piped != nil && (*w.Piped || w.Minutes != nil && w.Distance != nil)
	if w.Litres == nil || w.ShortageDays == nil || !reached {
		return nil
	}
	out := policy.WaterFacts{LitresPerDay: *w.Litres, Piped: *w.Piped, Minutes: value(w.Minutes), DistanceM: value(w.Distance), VerticalM: w.Vertical, ShortageDays: *w.ShortageDays, LooksGood: w.LooksGood}
	if w.TestPassed != nil {
		out.Report = policy.ReportFail
		if *w.TestPassed {
			out.Report = policy.ReportPass
		}
	}
	return &out
}

// year takes the income per head as recorded, or else from the categories, or else from the total.
func year(y models.IncomeYear, population int) policy.IncomeYear {
	out := policy.IncomeYear{Year: y.Year, Wage: value(y.Wage), Production: value(y.Production), Property: value(y.Property), Transfer: value(y.Transfer),
		ProductionExpense: value(y.ProductionExpense), OwnMedical: value(y.OwnMedical)}
	whole := out.Net()
	if y.Wage == nil && y.Production == nil && y.Property == nil && y.Transfer == nil {
		whole = value(y.Total)
	}
	switch {
	case y.PerHead != nil:
		out.PerHead = *y.PerHead
	case population > 0:
		out.PerHead = policy.PerHead(whole, population)
	}
	return out
}

// Member is one person in the shape the rules look at.
func Member(p *models.Person, s *models.PersonSecret) (m policy.Member) {
	fillMember(&m, p, s)
	return m
}

func fillMember(m *policy.Member, p *models.Person, s *models.PersonSecret) {
	*m = policy.Member{
		ID: p.ID, Name: p.Name, Head: p.IsHead, IDNo: s.IDNo, Sex: s.Sex, Relation: s.Relation, Phone: s.Phone, Certificate: s.Certificate,
		Education: s.Education, School: s.School, NotInSchool: s.NotInSchool, SchoolBefore: schoolBefore(s), Health: s.Health, Disability: s.Disability, Labour: s.Labour,
		ResidentInsured: s.ResidentInsured, EmployeeInsured: s.EmployeeInsured, SeriousIllnessInsured: s.SeriousIllness, ResidentPension: s.ResidentPension,
		EmployeePension: s.EmployeePension, Dibao: s.Dibao, Tekun: s.Tekun, DoctorSigned: s.DoctorSigned, TwoAfter: yes(s.TwoAfter),
		PublicPosts: value(s.PublicPosts), PublicPostMonths: value(s.PublicPostMonths),
	}
	m.Birth, _ = policy.ParseDate(s.BirthDate)
	if p.JoinedAt != nil {
		m.Joined = policy.DateOf(*p.JoinedAt)
	}
	if s.ResidentInsured == nil && s.EmployeeInsured == nil {
		if s.Medical != "" {
			in := insuranceOf(s.Medical)
			m.ResidentInsured, m.EmployeeInsured = in[0], in[1]
		}
	}
	for _, w := range s.Work {
		m.Work = append(m.Work, stretch(w))
	}
}

func stretch(w models.WorkRecord) policy.WorkRecord {
	out := policy.WorkRecord{Place: w.Place, Company: w.Company, Industry: w.Industry, Channel: w.Channel, Income: value(w.Income), Months: value(w.Months), OffCounty: yes(w.OffCounty)}
	out.Started, _ = policy.ParseDate(w.Started)
	out.Ended, _ = policy.ParseDate(w.Ended)
	return out
}

// schoolBefore is the school of the year before the last one recorded, "" where that year is missing.
func schoolBefore(s *models.PersonSecret) string {
	if len(s.Schools) == 0 {
		return ""
	}
	last := 0
	for y := range s.Schools {
		last = max(last, y)
	}
	return s.Schools[last-1]
}

var insuranceOf = memo.Of(func(text string) [2]*bool {
	resident, employee := insurance(text)
	return [2]*bool{resident, employee}
})

// insurance reads the one column that many ledgers have for both basic insurances; nil is not told.
func insurance(text string) (resident, employee *bool) {
	none := text == "否" || text == "无" || strings.Contains(text, "未参") || strings.Contains(text, "没有") || strings.Contains(text, "不参")
	works, lives := strings.Contains(text, "职工"), strings.Contains(text, "居民") || strings.Contains(text, "城乡") || strings.Contains(text, "农合")
	switch {
	case text == "":
		return nil, nil
	case none:
		return new(false), new(false)
	case works || lives:
		return new(lives), new(works)
	}
	return new(true), nil // 是, 已参保: in a village that is the insurance of residents
}
