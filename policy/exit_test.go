package policy

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// met is a household that meets all seven criteria, each just so.
func met() ExitFacts {
	return ExitFacts{IncomePerHead: 350_001, IncomeStable: true, FoodClothes: true, WaterRadius: 1000, WaterSafe: true, HouseSafe: true, MovedIn: true,
		NoDropout: true, StudentsSupported: true, AllInsured: true, AllDoctorSigned: true, AllPensioned: true, Assistance: []any{"industry"}}
}

func TestExitStandard(t *testing.T) {
	t.Parallel()
	s := Resolve(nil, "", time.Time{})
	below := func(f ExitFacts) (out []string) {
		found := ExitStandard(f, s)
		require.Len(t, found, 7, "none is left out")
		for i, x := range found {
			require.Equal(t, []string{"E1", "E2", "E3", "E4", "E5", "E6", "E7"}[i], x.Code)
			require.NotEmpty(t, x.Reason)
			if x.Verdict != VerdictYes {
				out = append(out, x.Code)
			}
		}
		return out
	}
	require.Empty(t, below(met()))
	for want, spoil := range map[string][]func(f *ExitFacts){
		"E1": {func(f *ExitFacts) { f.IncomePerHead = 350_000 }, func(f *ExitFacts) { f.IncomeStable = false }, func(f *ExitFacts) { f.FoodClothes = false }},
		"E2": {func(f *ExitFacts) { f.WaterRadius = 1001 }, func(f *ExitFacts) { f.WaterSafe = false }},
		"E3": {func(f *ExitFacts) { f.HouseSafe = false }, func(f *ExitFacts) { f.MovedIn = false }},
		"E4": {func(f *ExitFacts) { f.NoDropout = false }, func(f *ExitFacts) { f.StudentsSupported = false }},
		"E5": {func(f *ExitFacts) { f.AllInsured = false }, func(f *ExitFacts) { f.AllDoctorSigned = false }},
		"E6": {func(f *ExitFacts) { f.AllPensioned = false }},
		"E7": {func(f *ExitFacts) { f.Assistance = nil }},
	} {
		for i, do := range spoil {
			row := map[string]string{"E1": "S2-032", "E2": "S2-033", "E3": "S2-034", "E4": "S2-035", "E5": "S2-036", "E6": "S2-037", "E7": "S2-038"}[want]
			t.Run(fmt.Sprintf("%s %s spoilt %d", row, want, i), func(t *testing.T) {
				f := met()
				do(&f)
				require.Equal(t, []string{want}, below(f))
			})
		}
	}
	for _, c := range []struct {
		name string
		f    func(f *ExitFacts)
		want []string
	}{
		{"S2-027 all seven met", func(*ExitFacts) {}, nil}, {"S2-032 income just under", func(f *ExitFacts) { f.IncomePerHead = 349_999 }, []string{"E1"}}, {"S2-032 income on the standard", func(f *ExitFacts) { f.IncomePerHead = 350_000 }, []string{"E1"}},
		{"S2-032 income just over", func(f *ExitFacts) { f.IncomePerHead = 350_001 }, nil}, {"S2-033 water within", func(f *ExitFacts) { f.WaterRadius = 999 }, nil},
		{"S2-033 water on the radius", func(f *ExitFacts) { f.WaterRadius = 1000 }, nil}, {"S2-033 water beyond", func(f *ExitFacts) { f.WaterRadius = 1001 }, []string{"E2"}},
		{"S2-034 sound and moved in", func(f *ExitFacts) { f.HouseSafe, f.MovedIn = true, true }, nil}, {"S2-034 sound, not moved in", func(f *ExitFacts) { f.MovedIn = false }, []string{"E3"}},
		{"S2-035 nobody dropped out", func(f *ExitFacts) { f.NoDropout = true }, nil}, {"S2-043 a student without school or help", func(f *ExitFacts) { f.StudentsSupported = false }, []string{"E4"}}, {"S2-035 one dropped out", func(f *ExitFacts) { f.NoDropout = false }, []string{"E4"}},
		{"S2-036 all insured and signed", func(f *ExitFacts) { f.AllInsured, f.AllDoctorSigned = true, true }, nil}, {"S2-036 one not signed", func(f *ExitFacts) { f.AllDoctorSigned = false }, []string{"E5"}},
		{"S2-037 all with a pension", func(f *ExitFacts) { f.AllPensioned = true }, nil}, {"S2-037 one without", func(f *ExitFacts) { f.AllPensioned = false }, []string{"E6"}},
		{"S2-038 one project", func(f *ExitFacts) { f.Assistance = []any{"industry"} }, nil}, {"S2-038 none", func(f *ExitFacts) { f.Assistance = []any{} }, []string{"E7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := met()
			c.f(&f)
			require.Equal(t, c.want, below(f))
		})
	}
	tap := met()
	tap.TapWater, tap.WaterSafe, tap.WaterRadius = true, false, 0
	require.Empty(t, below(tap), "the tap is enough")
	require.Len(t, below(ExitFacts{}), 7)
}

func TestExitCycle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		start, from, to string
		year            int
	}{
		{"", "2017-10-01", "2018-09-30", 2018}, {`"01-01"`, "2018-01-01", "2018-12-31", 2018}, {`"03-01"`, "2019-03-01", "2020-02-29", 2020},
	} {
		s := Resolve(nil, "", time.Time{})
		if c.start != "" {
			s = Resolve([]Row{{Key: "income_cycle_start", Value: []byte(c.start)}}, "", time.Time{})
		}
		from, to := ExitCycle(c.year, s)
		require.Equal(t, []string{c.from, c.to}, []string{from.String(), to.String()})
	}
}

func TestRectifyBy(t *testing.T) {
	t.Parallel()
	s := Resolve(nil, "", time.Time{})
	for today, want := range map[string]string{"2018-10-16": "2018-11-10", "2018-11-10": "2018-11-10", "2018-11-11": "2018-11-11", "2018-12-31": "2018-12-31", "2019-01-01": "2019-11-10"} {
		d, err := ParseDate(today)
		require.NoError(t, err)
		require.Equal(t, want, RectifyBy(d, s).String(), today)
	}
}
