package register

import (
	"strings"

	"shouwang/models"
	"shouwang/policy"
)

// Family puts a household and its present members, with their secrets, into the shape the rules look at. What needs
// other rows, such as the episode and who else has a number, is for the caller to add.
func Family(h models.Household, s models.HouseholdSecret, people []models.Person, secrets []models.PersonSecret) policy.Family {
	f := policy.Family{
		ID: h.ID, No: h.No, Region: h.RegionCode, Head: h.HeadName, Population: h.Population, OutOfPoverty: h.BaseType == "out_of_poverty",
		Status: string(h.Status), Phone: s.Phone, Contact: s.Contact,
		House:  policy.House{Housing: policy.Housing{Grade: s.House, Repaired: yes(s.Repaired), MovedIn: yes(s.MovedIn)}, Area: s.HouseArea, Dangerous: s.Dangerous, Relocated: s.Relocated},
		Living: policy.Living{Electricity: s.Electricity, TV: s.TV, Toilet: s.Toilet, ToiletUsable: s.ToiletUsable, RoadHardened: s.RoadHardened, RoadKm: s.RoadKm},
		Land:   Land(s),
		Water:  water(s.Water), WholeAway: s.WholeAway, LostContact: s.LostContact, NoLabour: s.NoLabour,
		Supporter: policy.Supporter(s.Supporter), LowIncome: policy.LowIncomeClass(s.LowIncome), CannotSolveAlone: s.CannotSolve,
	}
	for _, y := range s.Years {
		f.Years = append(f.Years, year(y, h.Population))
	}
	if len(people) > 0 {
		f.Members = make([]policy.Member, len(people))
	}
	for i := range people {
		f.Members[i] = member(&people[i], &secrets[i])
	}
	return f
}

// Land is that of a household, in mu.
func Land(s models.HouseholdSecret) policy.Land {
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
func water(w models.WaterRecord) *policy.WaterFacts {
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
		out.PerHead = whole / int64(population)
	}
	return out
}

func member(p *models.Person, s *models.PersonSecret) policy.Member {
	m := policy.Member{
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
		m.ResidentInsured, m.EmployeeInsured = insurance(s.Medical)
	}
	for _, w := range s.Work {
		m.Work = append(m.Work, stretch(w))
	}
	return m
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
