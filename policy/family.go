package policy

// Family is one household as the rules look at it on a day: what the register, its present episode and the departments
// say. Pointers and empty texts are what nobody has recorded yet; a rule says so and never reads them as a no. Numbers
// and names are personal data: what a rule says never repeats an identity number, a telephone number or an address.
type Family struct {
	ID, No, Region string // Region is the village, 12 digits
	Head           string
	Population     int // as registered
	OutOfPoverty   bool
	Status         string // household status, 2.17
	Phone, Contact string // of the household; of its 监测联系人
	PhoneElsewhere PhoneUse

	House       House
	Living      Living
	Land        Land
	Water       *WaterFacts
	WholeAway   *bool
	LostContact *bool
	NoLabour    *bool // 整户无劳动能力兜底保障户
	Supporter   Supporter
	LowIncome   LowIncomeClass
	// CannotSolveAlone is a recorded judgement, never computed.
	CannotSolveAlone *bool

	Years    []IncomeYear // oldest first
	Members  []Member     // those who belong to it today
	Episode  *Episode
	Measures []FamilyMeasure
	Expenses []Expense // told by departments

	read []readMember // by Prepare
	has  facts
}

// House is the only dwelling.
type House struct {
	Housing
	Area      *float64 // square metres
	Dangerous *bool    // 是否危房户
	Relocated *bool
}

// Living is what else the national form asks about a home; RoadKm is the way to the village's main road.
type Living struct {
	Electricity, TV, Toilet, ToiletUsable, RoadHardened *bool
	RoadKm                                              *float64
}

// Land is in mu.
type Land struct {
	Arable, Forest, Returned, Orchard, Pasture, Pond *float64
}

// IncomeYear is the income of a household in a year, in fen. Net is S003 #16.
type IncomeYear struct {
	Year                                 int
	Wage, Production, Property, Transfer int64
	ProductionExpense                    int64
	OwnMedical                           int64 // 合规自付支出
	PerHead                              int64
}

// recorded tells whether there is an income at all: a year may hold expenses alone.
func (y IncomeYear) recorded() bool {
	return y.PerHead != 0 || y.Wage != 0 || y.Production != 0 || y.Property != 0 || y.Transfer != 0 || y.ProductionExpense != 0
}

// Net is the household's net income of the year by S003 #16.
func (y IncomeYear) Net() int64 {
	return y.Wage + y.Production + y.Property + y.Transfer - y.ProductionExpense
}

// PhoneUse says who else has a telephone number: how many other households, and whether one of another county.
type PhoneUse struct {
	Households  int
	OtherCounty bool
}

// Member is one person of a family. Taken says that somebody else in the register has the same identity number.
type Member struct {
	ID, Name, IDNo, Sex, Relation, Phone string
	Birth                                Date // zero when unknown
	Head, Taken                          bool
	PhoneElsewhere                       PhoneUse
	Joined                               Date // by a member change; zero for the first register
	Certificate                          string
	Education, School, NotInSchool       string
	SchoolBefore                         string // of the year before
	Health, Disability, Labour           string // the five values of 5.2; 肢体残疾一级
	ResidentInsured, EmployeeInsured     *bool
	SeriousIllnessInsured                *bool
	ResidentPension, EmployeePension     *bool
	Dibao, Tekun, DoctorSigned           *bool
	TwoAfter                             bool // 两后生
	Work                                 []WorkRecord
	PublicPosts                          int
	PublicPostMonths                     int
	read                                 *readMember // by Prepare
}

// WorkRecord is one stretch of work away from the farm (务工); Income is a month's, in fen.
type WorkRecord struct {
	Started, Ended             Date // Ended zero while it lasts
	Place                      string
	Company, Industry, Channel string
	Income                     int64
	Months                     int
	OffCounty                  bool
}

// Episode is the present or last time of monitoring of a family.
type Episode struct {
	Category               string
	RiskTypes              []string
	OtherNote              string
	Identified, Eliminated Date // zero when not
	Method                 string
	// Checked says that the indicators after the elimination are filled in: three guarantees, water, income.
	Checked bool
}

// FamilyMeasure is one measure of assistance in force; Kind is a code of measure_kinds, Risk the risk it answers, ""
// when nobody has said.
type FamilyMeasure struct {
	Kind, Name string
	Risk       string
	Delivered  bool
	Since      Date
}

// Expense is a rigid expense that a department has told, in fen.
type Expense struct {
	Kind   string // medical, schooling, disaster, other
	Fen    int64
	Source string
	On     Date
	Year   int // of which Fen is the sum as far as On, 0 for the expense of a day
}

// within tells whether an expense may have been made between two days; a zero day leaves its side open.
func (e Expense) within(from, until Date) bool {
	first, last := e.On, e.On
	if e.Year != 0 {
		first = NewDate(e.Year, 1, 1)
		if end := NewDate(e.Year, 12, 31); end.Before(last) {
			last = end
		}
	}
	return (from.IsZero() || !last.Before(from)) && (until.IsZero() || !until.Before(first))
}
