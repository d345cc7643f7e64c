package register

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// samples are values that each kind reads, and ones that it refuses.
var samples = map[Kind]struct {
	good map[string]string // written: read again
	bad  []string
}{
	YesNo:  {map[string]string{"是": "是", "有": "是", "√": "是", "已参加": "是", "１": "是", "否": "否", "无": "否", "未参保": "否", "0": "否"}, []string{"可能", "二", "是否"}},
	Number: {map[string]string{"98.5": "98.5", "1.2公里": "1.2", "-3": "-3", "4.50亩": "4.5", "1,200": "1200"}, []string{"很多", "1.2.3", "1e400", "NaN", "5吨", "1000000001"}},
	Whole:  {map[string]string{"2": "2", "3个": "3", "是": "1", "无": "0", "12个月": "12"}, []string{"1.5", "-1", "10001", "两个"}},
	Money:  {map[string]string{"4500": "4500.00", "4500.125元": "4500.13", "0": "0.00"}, []string{"四千", "--"}},
	Day:    {map[string]string{"2026-03-01": "2026-03-01", "2026-03": "2026-03-01"}, []string{"2026-02-30", "去年", "3月"}},
	Text:   {map[string]string{" 建筑业 ": "建筑业"}, nil},
}

// Every column reads what it has written, keeps it apart from all others, and refuses what is none of its kind.
func TestColumns(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range Columns {
		require.False(t, seen[c.Code] || seen[c.Title], "twice: "+c.Code)
		seen[c.Code], seen[c.Title] = true, true
		require.Contains(t, []procedure.Class{procedure.P2, procedure.P3}, c.Class, c.Code)
		kind := samples[c.Kind]
		if c.Kind == Choice {
			kind.good, kind.bad = map[string]string{c.Options[0].Title: c.Options[0].Title, c.Options[1].Code: c.Options[1].Title}, []string{"别的"}
		}
		require.NotEmpty(t, kind.good, c.Code)
		for written, read := range kind.good {
			r := Blank()
			require.Empty(t, c.Get(r), c.Code)
			require.NoError(t, c.Set(r, written), "%s %s", c.Code, written)
			require.Equal(t, read, c.Get(r), "%s %s", c.Code, written)
			for _, o := range Columns {
				require.Equal(t, o.Code == c.Code, o.Get(r) != "", "%s also sets %s", c.Code, o.Code)
			}
			require.NoError(t, c.Set(r, c.Get(r)), "what it writes it reads")
			require.Equal(t, read, c.Get(r))
			require.NoError(t, c.Set(r, ""))
			require.Equal(t, Blank(), r, c.Code)
		}
		for _, s := range kind.bad {
			r := Blank()
			err := c.Set(r, s)
			require.Error(t, err, "%s %s", c.Code, s)
			require.Contains(t, err.Error(), c.Title)
			require.Equal(t, Blank(), r, "nothing is kept of what cannot be read")
		}
	}
	_, ok := Find("nothing")
	require.False(t, ok)
}

// What is in the register comes to the rules as it is, and what is not stays unknown.
func TestFamily(t *testing.T) {
	t.Parallel()
	home, person, work, y := models.HouseholdSecret{Phone: "16012345678", House: "B"}, models.PersonSecret{BirthDate: "2010-03-15", School: "八年级", Schools: map[int]string{2025: "七年级", 2026: "八年级", 2023: "小学"}}, models.WorkRecord{}, models.IncomeYear{Year: 2025}
	r := Record{&home, &y, &person, &work}
	for code, v := range map[string]string{"dangerous": "否", "house_area": "98", "road_km": "1.2", "arable": "4.5", "water_piped": "是", "water_vertical": "60", "water_litres": "60", "water_shortage_days": "0", "water_test": "合格",
		"contact": "周联系", "low_income": "低保户", "supporter": "有，但无能力", "income_wage": "30000", "income_production": "8000", "production_expense": "2000", "own_medical": "100",
		"resident_insured": "是", "dibao": "是", "public_posts": "1", "work_started": "2026-02", "work_income": "4500", "off_county": "是"} {
		c, ok := Find(code)
		require.True(t, ok, code)
		require.NoError(t, c.Set(r, v))
	}
	home.Years, person.Work = []models.IncomeYear{{Year: 2024, Total: new(int64(2_000_000))}, y}, []models.WorkRecord{work}
	f := Family(models.Household{ID: "H", Population: 2, BaseType: "out_of_poverty", Status: "none"}, home, []models.Person{{ID: "P", Name: "田禾", IsHead: true}}, []models.PersonSecret{person})
	require.Equal(t, policy.House{Housing: policy.Housing{Grade: "B"}, Area: new(98.0), Dangerous: new(false)}, f.House)
	require.Equal(t, 4.5, *f.Land.Arable)
	require.Nil(t, f.Land.Forest)
	require.Equal(t, &policy.WaterFacts{LitresPerDay: 60, Piped: true, VerticalM: new(60.0), Report: policy.ReportPass}, f.Water)
	require.Equal(t, policy.ClassDibao, f.LowIncome)
	require.Equal(t, policy.SupporterUnable, f.Supporter)
	require.Equal(t, []policy.IncomeYear{{Year: 2024, PerHead: 1_000_000}, {Year: 2025, Wage: 3_000_000, Production: 800_000, ProductionExpense: 200_000, OwnMedical: 10_000, PerHead: 1_800_000}}, f.Years)
	m := f.Members[0]
	require.Equal(t, "七年级", m.SchoolBefore)
	require.Equal(t, []policy.WorkRecord{{Started: policy.NewDate(2026, 2, 1), Income: 450_000, OffCounty: true}}, m.Work)
	require.True(t, *m.ResidentInsured && *m.Dibao && m.PublicPosts == 1 && m.Tekun == nil)
	home.Water.ShortageDays = nil
	require.Nil(t, Family(models.Household{}, home, nil, nil).Water, "not known whether there is enough")
}

func TestInsurance(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]*bool{
		"": {}, "城乡居民基本医疗保险": {new(true), new(false)}, "新农合": {new(true), new(false)}, "城镇职工基本医疗保险": {new(false), new(true)}, "未参保": {new(false), new(false)},
		"否": {new(false), new(false)}, "是": {new(true), nil}, "居民、职工": {new(true), new(true)},
	} {
		resident, employee := insurance(text)
		require.Equal(t, want, [2]*bool{resident, employee}, text)
	}
}

func TestIncomeOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s models.HouseholdSecret
		years := rapid.SliceOf(rapid.IntRange(2018, 2027)).Draw(t, "years")
		for _, y := range years {
			s.IncomeOf(y).Wage = new(int64(y))
		}
		for i, y := range s.Years {
			require.Equal(t, int64(y.Year), *y.Wage)
			require.True(t, i == 0 || s.Years[i-1].Year < y.Year)
		}
	})
}

// A record as it was sealed before the register grew opens, and is written as it was.
func TestOldSecrets(t *testing.T) {
	t.Parallel()
	old := `{"phone":"16012345678","house_grade":"A","income_fen":100}`
	var s models.HouseholdSecret
	require.NoError(t, json.Unmarshal([]byte(old), &s))
	raw, err := json.Marshal(s)
	require.NoError(t, err)
	require.JSONEq(t, old, string(raw))
	raw, err = json.Marshal(models.PersonSecret{})
	require.NoError(t, err)
	require.Equal(t, `{}`, string(raw))
}
