package policy

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var screenDay = NewDate(2026, 11, 22)

// sound is a family of which everything is known and nothing wrong; the line is 7000 yuan.
func sound() Family {
	member := func(name string, birth Date) Member {
		return Member{ID: name, Name: name, Birth: birth, Health: "健康", ResidentInsured: new(true), EmployeeInsured: new(false), SeriousIllnessInsured: new(true), Dibao: new(false)}
	}
	child := member("田小雨", NewDate(2016, 3, 1))
	child.School = "小学四年级"
	return Family{Members: []Member{member("田禾", NewDate(1980, 1, 2)), member("苗青", NewDate(1982, 5, 6)), child}, Population: 3, Status: "none",
		House: House{Housing: Housing{Grade: "A"}}, Water: &WaterFacts{LitresPerDay: 60, Piped: true, Report: ReportPass}, NoLabour: new(false), LowIncome: ClassNone,
		Years: []IncomeYear{{Year: 2025, Wage: 3_000_000}, {Year: 2026, Wage: 3_000_000}}}
}

func screenPolicy(more ...string) Snapshot {
	s := with("income_line", `{"fen":700000,"concept":"net"}`, "disposable_income_fen", "2000000", "sudden_rigid_fen", "2000000", "sudden_income_drop", "0.5")
	for i := 0; i < len(more); i += 2 {
		s.Values[more[i]] = json.RawMessage(more[i+1])
	}
	return s
}

// verdicts are the answers of the rules that are not a plain no.
func verdicts(f Family, s Snapshot) map[string]Verdict {
	out := map[string]Verdict{}
	for _, x := range NewScreener(screenDay, s).Screen(&f) {
		if x.Verdict != VerdictNo {
			out[x.Code] = x.Verdict
		}
	}
	return out
}

func TestScreenSoundFamilyIsClean(t *testing.T) {
	t.Parallel()
	require.Empty(t, verdicts(sound(), screenPolicy()))
}

// Each rule of admission on, just under and just over its boundary.
func TestScreening(t *testing.T) {
	t.Parallel()
	type hits = map[string]Verdict
	yes, judge := VerdictYes, VerdictJudge
	poor := func(f *Family) { f.Years[1].Wage = 2_099_999 }
	for _, tc := range []struct {
		name string
		with func(*Family)
		more []string
		want hits
	}{
		{"E-27 below the line with an expense", func(f *Family) { poor(f); f.Years[1].OwnMedical = 1 }, nil, hits{ScreenBelowLine: yes}},
		{"E-27 below the line without difficulty", poor, nil, hits{}},
		{"E-27 on the line", func(f *Family) { f.Years[1].Wage = 2_100_000; f.Years[1].OwnMedical = 1 }, nil, hits{}},
		{"E-22 on an inclusive line", func(f *Family) { f.Years[1].Wage = 2_100_000; f.Years[1].OwnMedical = 1 },
			[]string{"income_line", `{"fen":700000,"concept":"net","inclusive":true}`}, hits{ScreenBelowLine: yes}},
		{"S003 #16 production expense counts", func(f *Family) {
			f.Years[1] = IncomeYear{Year: 2026, Production: 3_000_000, ProductionExpense: 900_001, OwnMedical: 1}
		}, nil, hits{ScreenBelowLine: yes}},
		{"DQ-12 脱贫户 just below the line", func(f *Family) { poor(f); f.OutOfPoverty = true }, nil, hits{ScreenPoorBelow: yes}},
		{"DQ-12 脱贫户 on the line", func(f *Family) { f.Years[1].Wage = 2_100_000; f.OutOfPoverty = true }, nil, hits{}},
		{"DQ-12 income per head alone, on the line", func(f *Family) { f.Years = []IncomeYear{{Year: 2026, PerHead: 700_000}}; f.OutOfPoverty = true }, nil, hits{}},
		{"DQ-12 income per head alone, below the line", func(f *Family) { f.Years = []IncomeYear{{Year: 2026, PerHead: 699_999}}; f.OutOfPoverty = true }, nil,
			hits{ScreenPoorBelow: yes}},
		{"DQ-12 a year without any income recorded", func(f *Family) { f.Years = []IncomeYear{{Year: 2026, OwnMedical: 100}}; f.OutOfPoverty = true }, nil,
			hits{ScreenPoorBelow: judge, ScreenBelowLine: judge, ScreenSudden: judge}},
		{"DQ-12 income unknown", func(f *Family) { f.Years = nil; f.OutOfPoverty = true }, nil,
			hits{ScreenPoorBelow: judge, ScreenSudden: judge, ScreenMedicalBurden: judge}},
		{"DQ-12 income of two years ago says nothing", func(f *Family) { f.Years = []IncomeYear{{Year: 2024, Wage: 1}}; f.OutOfPoverty = true }, nil,
			hits{ScreenPoorBelow: judge, ScreenSudden: judge, ScreenMedicalBurden: judge}},
		{"S3-017 M5 a member on 低保", func(f *Family) {
			f.LowIncome, f.Members[0].Dibao, f.CannotSolveAlone, f.Water.ShortageDays = "", new(true), new(true), 36
		}, nil, hits{MustAdmitUnmet: yes, ScreenWater: yes}},
		{"S3-017 M5 a member on 特困", func(f *Family) {
			f.LowIncome, f.Members[0].Tekun, f.CannotSolveAlone, f.Water.ShortageDays = "", new(true), new(true), 36
		}, nil, hits{MustAdmitUnmet: yes, ScreenWater: yes}},
		{"S3-017 M5 class not recorded", func(f *Family) { f.LowIncome, f.CannotSolveAlone, f.Water.ShortageDays = "", new(true), 36 }, nil,
			hits{MustAdmitUnmet: judge, ScreenWater: yes}},
		{"S3-017 M5 no class", func(f *Family) { f.CannotSolveAlone, f.Water.ShortageDays = new(true), 36 }, nil, hits{ScreenWater: yes}},
		{"S3-017 M5 class not recorded, all met", func(f *Family) { f.LowIncome, f.CannotSolveAlone = "", new(true) }, nil, hits{}},
		{"S3-017 M5 a child who dropped out", func(f *Family) {
			f.LowIncome, f.CannotSolveAlone, f.Members[2].School, f.Members[2].NotInSchool = ClassDibao, new(true), "", "辍学"
		}, nil, hits{MustAdmitUnmet: yes, ScreenEducation: yes}},
		{"S003 M1 whole 低保 and a pupil", func(f *Family) {
			f.OutOfPoverty = true
			for i := range f.Members {
				f.Members[i].Dibao = new(true)
			}
		}, nil, hits{MustAdmitDibao: yes}},
		{"S003 M1 one without 低保", func(f *Family) {
			f.OutOfPoverty = true
			f.Members[0].Dibao, f.Members[1].Dibao = new(true), new(true)
		}, nil, hits{}},
		{"S003 M1 低保 of one unknown", func(f *Family) {
			f.Status = "stable"
			f.Members[0].Dibao, f.Members[1].Dibao, f.Members[2].Dibao = new(true), new(true), nil
		}, nil, hits{MustAdmitDibao: judge}},
		{"S003 M2 grade C and cannot solve alone", func(f *Family) { f.OutOfPoverty, f.House.Grade, f.CannotSolveAlone = true, "C", new(true) }, nil,
			hits{MustAdmitHouse: yes, ScreenHousing: yes}},
		{"S003 M2 not judged", func(f *Family) { f.OutOfPoverty, f.House.Grade = true, "D" }, nil, hits{MustAdmitHouse: judge, ScreenHousing: yes}},
		{"S003 M2 grade B", func(f *Family) { f.OutOfPoverty, f.House.Grade, f.CannotSolveAlone = true, "B", new(true) }, nil, hits{}},
		{"S003 M3 below, ill, no supporter", func(f *Family) { poor(f); f.Members[0].Health, f.Supporter = "患有大病", SupporterNone }, nil,
			hits{MustAdmitIllness: yes, ScreenBelowLine: yes}},
		{"S003 M3 supporter unknown", func(f *Family) { poor(f); f.Members[0].Disability = "肢体残疾二级" }, nil, hits{MustAdmitIllness: judge, ScreenBelowLine: yes}},
		{"S003 M3 third degree", func(f *Family) { poor(f); f.Members[0].Disability, f.Supporter = "肢体残疾三级", SupporterNone }, nil, hits{}},
		{"S003 M4 three pupils below the line", func(f *Family) { poor(f); f.Members[0].School, f.Members[1].School = "本科", "本科" }, nil, hits{MustAdmitStudents: yes}},
		{"S003 M4 two pupils", func(f *Family) { poor(f); f.Members[1].School = "本科" }, nil, hits{}},
		{"S003 M5 低保边缘, water unmet", func(f *Family) {
			f.LowIncome, f.CannotSolveAlone, f.Water.ShortageDays = ClassDibaoEdge, new(true), 36
		}, nil, hits{MustAdmitUnmet: yes, ScreenWater: yes}},
		{"S000 water one day less", func(f *Family) { f.Water.ShortageDays = 35 }, nil, hits{}},
		{"S000 water unknown", func(f *Family) { f.Water = nil }, nil, hits{ScreenWater: judge}},
		{"S002 a child of 15 not in school", func(f *Family) { f.Members[2].Birth, f.Members[2].School = NewDate(2010, 11, 23), "非在校生" }, nil, hits{ScreenEducation: yes}},
		{"S002 a child of 16 not in school", func(f *Family) { f.Members[2].Birth, f.Members[2].School = NewDate(2010, 11, 22), "非在校生" }, nil, hits{}},
		{"S002 a child of 5 not in school", func(f *Family) { f.Members[2].Birth, f.Members[2].School = NewDate(2020, 11, 23), "非在校生" }, nil, hits{}},
		{"S002 a listed reason", func(f *Family) { f.Members[2].School, f.Members[2].NotInSchool = "非在校生", "因病休学" }, nil, hits{}},
		{"S002 schooling unknown", func(f *Family) { f.Members[2].School = "" }, nil, hits{ScreenEducation: judge}},
		{"S002 no insurance", func(f *Family) { f.Members[0].ResidentInsured = new(false) }, nil, hits{ScreenMedical: yes}},
		{"S002 two insurances", func(f *Family) { f.Members[0].EmployeeInsured = new(true) }, nil, hits{ScreenMedical: yes}},
		{"S002 insurance unknown", func(f *Family) { f.Members[0].EmployeeInsured, f.Members[0].ResidentInsured = nil, nil }, nil, hits{ScreenMedical: judge}},
		{"S002 repaired and moved in", func(f *Family) { f.House.Housing = Housing{"D", true, true} }, nil, hits{}},
		{"S002 repaired, not moved in", func(f *Family) { f.House.Housing = Housing{"D", true, false} }, nil, hits{ScreenHousing: yes}},
		{"E-27 sudden: expense on the size", func(f *Family) { f.Expenses = []Expense{{Kind: "disaster", Fen: 2_000_000, On: screenDay}} }, nil, hits{ScreenSudden: yes}},
		{"E-27 sudden: a fen less", func(f *Family) { f.Expenses = []Expense{{Kind: "disaster", Fen: 1_999_999, On: screenDay}} }, nil, hits{}},
		{"E-27 sudden: a year ago", func(f *Family) {
			f.Expenses = []Expense{{Kind: "disaster", Fen: 2_000_000, On: screenDay.AddMonths(-12).AddDays(-1)}}
		}, nil, hits{}},
		{"E-27 sudden: income halved", func(f *Family) { f.Years[0].Wage = 6_000_000 }, nil, hits{ScreenSudden: yes}},
		{"E-27 sudden: not quite halved", func(f *Family) { f.Years[0].Wage = 5_999_999 }, nil, hits{}},
		{"S003 #12 on a quarter", func(f *Family) { f.Years[1].OwnMedical = 500_000 }, nil, hits{}},
		{"S003 #12 a fen over", func(f *Family) { f.Years[1].OwnMedical = 500_001 }, nil, hits{ScreenMedicalBurden: yes}},
		{"E-27 sudden: what is said and told of one bill is not added", func(f *Family) {
			f.Years[1].OwnMedical, f.Expenses = 400_000, []Expense{{Kind: "medical", Fen: 1_999_999, On: screenDay}}
			f.Years[1].Wage = 20_000_000
		}, []string{"disposable_income_fen", "100000000"}, hits{}},
		{"E-27 sudden: treatment and schooling together", func(f *Family) {
			f.Expenses = []Expense{{Kind: "medical", Fen: 400_000, On: screenDay}, {Kind: "schooling", Fen: 1_600_000, Year: 2026, On: screenDay}}
		}, nil, hits{ScreenSudden: yes}},
		{"S003 #12 a year's sum of two members", func(f *Family) {
			f.Expenses = []Expense{{Kind: "medical", Fen: 250_001, Year: 2026, On: screenDay}, {Kind: "medical", Fen: 250_000, Year: 2026, On: screenDay}}
		}, nil, hits{ScreenMedicalBurden: yes}},
		{"S003 #12 two years are not added", func(f *Family) {
			f.Expenses = []Expense{{Kind: "medical", Fen: 250_001, Year: 2025, On: screenDay}, {Kind: "medical", Fen: 250_000, Year: 2026, On: screenDay}}
		}, nil, hits{}},
		{"S003 #12 the sum of the year before the last", func(f *Family) { f.Expenses = []Expense{{Kind: "medical", Fen: 500_001, Year: 2024, On: screenDay}} }, nil, hits{}},
		{"S003 #12 told by the department", func(f *Family) { f.Expenses = []Expense{{Kind: "medical", Fen: 500_001, On: screenDay}} }, nil, hits{ScreenMedicalBurden: yes}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := sound()
			tc.with(&f)
			require.Equal(t, tc.want, verdicts(f, screenPolicy(tc.more...)))
		})
	}
}

// Without the policy numbers people have to judge what is sudden (5.5).
func TestScreenWithoutNumbers(t *testing.T) {
	t.Parallel()
	f := sound()
	f.Years[1].OwnMedical = 500_001
	f.OutOfPoverty = true
	require.Equal(t, map[string]Verdict{ScreenSudden: VerdictJudge, ScreenMedicalBurden: VerdictJudge, ScreenPoorBelow: VerdictJudge, ScreenBelowLine: VerdictJudge}, verdicts(f, with()))
}

func TestWatched(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]bool{"none": false, "observing": false, "stable": false, "candidate": true, "monitored": true, "eliminating": true, "household_cancelled": true} {
		require.Equal(t, want, Watched(status), status)
	}
}

// The same facts give the same reason, and no family makes a rule panic or answer yes without a reason.
func TestScreenAnyFamily(t *testing.T) {
	t.Parallel()
	s := NewScreener(screenDay, screenPolicy())
	rapid.Check(t, func(t *rapid.T) {
		f := sound()
		f.OutOfPoverty, f.Status = rapid.Bool().Draw(t, "poor"), rapid.SampledFrom([]string{"none", "stable"}).Draw(t, "status")
		f.House.Grade, f.Members[1].Health = rapid.SampledFrom([]string{"", "A", "D"}).Draw(t, "grade"), rapid.SampledFrom([]string{"", "健康", "患有大病"}).Draw(t, "health")
		f.Members[2].School, f.Members[2].Birth = rapid.SampledFrom([]string{"", "非在校生", "小学"}).Draw(t, "school"), NewDate(rapid.IntRange(2000, 2026).Draw(t, "born"), 1, 1)
		if rapid.Bool().Draw(t, "poorer") {
			f.Years = []IncomeYear{{Year: rapid.IntRange(2023, 2027).Draw(t, "year"), Wage: rapid.Int64Range(0, 4_000_000).Draw(t, "wage"), OwnMedical: rapid.Int64Range(0, 1_000_000).Draw(t, "own")}}
		}
		if rapid.Bool().Draw(t, "dry") {
			f.Water = nil
		}
		if rapid.Bool().Draw(t, "alone") {
			f.Members = nil
		}
		a, b := s.Screen(&f), s.Screen(&f)
		first, _ := json.Marshal(a)
		second, _ := json.Marshal(b)
		if string(first) != string(second) {
			t.Fatalf("%s %s", first, second)
		}
		for _, x := range a {
			if (x.Verdict == VerdictYes) != (x.Reason != "") {
				t.Fatalf("%+v", x)
			}
		}
	})
}

// The register and the visit to the home together, each side of what they say.
func TestMustAdmitSeenAtHome(t *testing.T) {
	t.Parallel()
	verdictOf := func(f Family, seen *Seen, code string) Finding {
		for _, x := range NewScreener(screenDay, screenPolicy()).MustAdmit(&f, seen) {
			if x.Code == code {
				return x
			}
		}
		return Finding{}
	}
	edge := func(more func(*Family)) Family {
		f := sound()
		f.LowIncome, f.CannotSolveAlone, f.Supporter = ClassDibaoEdge, new(true), SupporterNone
		f.Members[0].Health = "患有大病"
		more(&f)
		return f
	}
	met := func(code string, yes bool) *Seen { return &Seen{Met: map[string]bool{code: yes}} }
	for _, c := range []struct {
		name string
		f    Family
		seen *Seen
		code string
		want Verdict
	}{
		{"S3-015 M3 nobody has been there", edge(func(*Family) {}), nil, MustAdmitIllness, VerdictNo},
		{"S3-015 M3 below the line by the visit", edge(func(*Family) {}), &Seen{BelowLine: new(true)}, MustAdmitIllness, VerdictYes},
		{"S3-015 M3 below the line by the register alone", edge(func(f *Family) { f.Years[1].Wage = 2_099_999 }), &Seen{BelowLine: new(false)}, MustAdmitIllness, VerdictNo},
		{"S3-017 M5 all met", edge(func(*Family) {}), met(ScreenWater, true), MustAdmitUnmet, VerdictNo},
		{"S3-017 M5 not met by the visit", edge(func(*Family) {}), met(ScreenWater, false), MustAdmitUnmet, VerdictYes},
		{"S3-017 M5 unknown, met by the visit", edge(func(f *Family) { f.Water = nil }), met(ScreenWater, true), MustAdmitUnmet, VerdictNo},
		{"S3-017 M5 unknown to both", edge(func(f *Family) { f.Water = nil }), met(ScreenHousing, true), MustAdmitUnmet, VerdictJudge},
		{"S3-017 M5 the register says no, the visit yes", edge(func(f *Family) { f.Water.ShortageDays = 36 }), met(ScreenWater, true), MustAdmitUnmet, VerdictJudge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, verdictOf(c.f, c.seen, c.code).Verdict)
		})
	}
	f := edge(func(f *Family) { f.OutOfPoverty = true; f.Members[0].Dibao = nil })
	f.Members[1].Dibao, f.Members[2].Dibao = new(true), new(true)
	open := verdictOf(f, nil, MustAdmitDibao)
	require.Equal(t, VerdictJudge, open.Verdict)
	require.Contains(t, open.Reason, "整户低保：未核实", "what nobody has recorded is not written down as a no")
}
