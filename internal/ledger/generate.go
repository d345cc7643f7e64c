package ledger

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"shouwang/policy"
)

// GenerateOptions says what township to invent. The zero value is the demonstration township: nine villages, 3,000
// households, about 10,000 persons.
type GenerateOptions struct {
	Seed       uint64
	Villages   int // at most len(Names)
	Households int
	Faults     int // households with a fault put in, the kinds taking turns
	Township   string
	Names      []string // of the villages
	// Area is six digits beginning with FictionPrefix: the first digits of all identity and household numbers. Two
	// ledgers of different areas share no person.
	Area  string
	Today policy.Date // ages are as of this day
	// Wide adds the further columns of the register, such that no data rule has anything to say. Year is the one of its
	// income and schooling, Today's when 0; equal options of another year give the same people that year.
	Wide bool
	Year int
	// Large favours families of several generations: four persons on average instead of three and a third.
	Large bool
}

// Planted is one fault that Generate has put in: the household must be rejected with this code.
type Planted struct {
	Sheet string
	No    string
	Code  string
}

func (o GenerateOptions) filled() (GenerateOptions, error) {
	if o.Names == nil {
		o.Names = FictionVillages
	}
	if o.Township == "" {
		o.Township = FictionTownship
	}
	if o.Villages == 0 {
		o.Villages = len(o.Names)
	}
	if o.Households == 0 {
		o.Households = 3000
	}
	if o.Area == "" {
		o.Area = FictionPrefix + "01"
	}
	if o.Today.IsZero() {
		o.Today = policy.NewDate(2026, 11, 1)
	}
	if o.Year == 0 {
		o.Year = o.Today.Year
	}
	if o.Villages > len(o.Names) || o.Households < o.Villages || len(o.Area) != 6 || o.Area[:4] != FictionPrefix {
		return o, fmt.Errorf("ledger: cannot generate %d households in %d of %d villages with area %q", o.Households, o.Villages, len(o.Names), o.Area)
	}
	return o, nil
}

// Generate writes the household ledger of an invented township as an .xlsx, in the manner of offices: one sheet per
// village, three different layouts, merged headings and cells, dates in mixed spellings, stray spaces and full-width
// digits. Every person is invented (see FictionPrefix). Equal options give equal content.
func Generate(w io.Writer, o GenerateOptions) ([]Planted, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	f, villages := o.township()
	planted := f.plant(villages, o)
	x := excelize.NewFile()
	defer x.Close()
	for i, families := range villages {
		if err := f.sheet(x, i, o, families); err != nil {
			return nil, fmt.Errorf("write sheet %s: %w", o.Names[i], err)
		}
	}
	if err := x.DeleteSheet("Sheet1"); err != nil {
		return nil, err
	}
	return planted, x.Write(w)
}

// township invents the households of each village; villages differ in size.
func (f *folk) township(o GenerateOptions) [][]*family {
	villages := make([][]*family, o.Villages)
	for i := range o.Households {
		v := i % o.Villages // everyone gets some
		if i >= o.Villages*2 && f.chance(40) {
			v = f.IntN(1 + f.IntN(o.Villages))
		}
		villages[v] = append(villages[v], f.household(o, v, len(villages[v])+1))
	}
	return villages
}

func (f *folk) household(o GenerateOptions, village, n int) *family {
	h := &family{no: fmt.Sprintf("%s%02d%04d", o.Area, village+1, n), village: o.Names[village], members: f.family()}
	h.population = len(h.members)
	group := 1 + (n-1)*7%8
	h.group = fmt.Sprintf("%d组", group)
	h.address = fmt.Sprintf("%s%s%s%d号", o.Township, h.village, h.group, n)
	h.base = []string{"一般农户", "脱贫户"}[f.weighted(86, 14)]
	h.grade = []string{"A级", "B级", "C级", "D级"}[f.weighted(620, 358, 17, 5)]
	h.bank = fmt.Sprintf("9999%015d", f.Int64N(1e15))
	perHead := 9_000 + f.IntN(9_000) + f.IntN(12_000)
	if h.base == "脱贫户" || f.chance(4) {
		perHead = 6_000 + f.IntN(12_000)
	}
	h.income = perHead * len(h.members) / 10 * 10
	return h
}
