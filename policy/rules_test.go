package policy

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func ptr[T any](v T) *T { return &v }

// with gives the default policy with some values set.
func with(kv ...string) Snapshot {
	var rows []Row
	for i := 0; i < len(kv); i += 2 {
		rows = append(rows, row(kv[i], "", kv[i+1]))
	}
	return Resolve(rows, "510923", time.Date(2026, 11, 22, 0, 0, 0, 0, Shanghai))
}

func TestComputeIncome(t *testing.T) {
	t.Parallel()
	sheet := IncomeSheet{Population: 3, ClaimedPerHead: ptr(int64(1_000_000)), Rows: []IncomeRow{
		{Production, "水稻", 600_000, 200_000}, {Production, "猪", 400_000, 500_000}, {Property, "土地流转金", 100_000, 0},
		{Transfer, "地力补贴", 50_000, 0}, {Wage, "务工收入", 2_000_000, 300_000},
	}}
	res, faults := ComputeIncome(sheet, with())
	require.Empty(t, faults)
	require.Equal(t, CategorySum{1_000_000, 700_000, 300_000}, res.Categories[Production])
	require.Equal(t, CategorySum{2_000_000, 300_000, 1_700_000}, res.Categories[Wage], "the sheet shows it")
	require.Equal(t, int64(2_450_000), res.Household, "only production deducts its expense")
	require.Equal(t, int64(816_667), res.PerHead)
	require.Equal(t, []Fault{{"income_expense", "rows[4].expense", "“务工收入”填了支出3000.00元；只有生产经营性收入扣除支出，该支出不扣除"}}, res.Warnings)
	require.Equal(t, []Fault{{"income_differs", "claimed_per_head", "申报人均10000.00元，测算人均8166.67元，相差1833.33元"}}, res.Findings)

	allowed, _ := ComputeIncome(sheet, with("income_expense_elsewhere", "true"))
	require.Empty(t, allowed.Warnings)
	require.Equal(t, res.Household, allowed.Household)
}

func TestClaimTolerance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		claimed int64
		finding bool
	}{
		{"S2-044 as computed", 690_000, false}, {"S0-094 a yuan more", 690_100, false}, {"S0-094 just over a yuan more", 690_101, true},
		{"S0-094 a yuan less", 689_900, false}, {"S0-094 just over a yuan less", 689_899, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, faults := ComputeIncome(IncomeSheet{Population: 1, ClaimedPerHead: &c.claimed, Rows: []IncomeRow{{Wage, "务工", 690_000, 0}}}, with())
			require.Empty(t, faults)
			require.Equal(t, c.finding, len(res.Findings) > 0)
		})
	}
	t.Run("S2-029 a pension and 低保 count", func(t *testing.T) {
		res, _ := ComputeIncome(IncomeSheet{Population: 1, Rows: []IncomeRow{{Wage, "务工", 100_000, 0}, {Transfer, "低保金", 350_000, 0}, {Transfer, "养老金", 120_000, 0}}}, with())
		require.Equal(t, int64(570_000), res.PerHead)
	})
	res, _ := ComputeIncome(IncomeSheet{Population: 1, Rows: []IncomeRow{{Production, "鱼", 0, 5_000}}}, with())
	require.Equal(t, int64(-5_000), res.PerHead, "a loss is a loss")
	require.Equal(t, "-50.00", Yuan(res.PerHead))
	require.Empty(t, res.Findings)
}

func TestIncomeSheetRefused(t *testing.T) {
	t.Parallel()
	for code, sheet := range map[string]IncomeSheet{
		"income_population": {Population: 0}, "income_category": {Population: 1, Rows: []IncomeRow{{"gift", "礼金", 1, 0}}},
		"income_amount": {Population: 1, Rows: []IncomeRow{{Wage, "务工", -1, 0}}},
	} {
		_, faults := ComputeIncome(sheet, with())
		require.Len(t, faults, 1)
		require.Equal(t, code, faults[0].Code)
	}
	for n, ok := range map[int64]bool{largestAmount: true, largestAmount + 1: false} {
		_, faults := ComputeIncome(IncomeSheet{Population: 1, Rows: []IncomeRow{{Production, "柠檬", 0, n}}}, with())
		require.Equal(t, ok, len(faults) == 0)
	}
	for n, ok := range map[int]bool{1: true, 100: true, 101: false} {
		_, faults := ComputeIncome(IncomeSheet{Population: n}, with())
		require.Equal(t, ok, len(faults) == 0)
	}
}

func TestBelowLine(t *testing.T) {
	t.Parallel()
	line := IncomeLine{Fen: 690_000, Concept: "net"}
	for _, c := range []struct {
		name      string
		household int64
		inclusive bool
		want      bool
	}{
		{"just under, though rounded per head it equals the line", 2_069_999, false, true}, {"on the line", 2_070_000, false, false}, {"just over", 2_070_001, false, false},
		{"on the line, inclusive", 2_070_000, true, true}, {"just over, inclusive", 2_070_001, true, false},
	} {
		t.Run("S3-015, S4-005, S4-006 "+c.name, func(t *testing.T) {
			line.Inclusive = c.inclusive
			r := IncomeResult{Household: c.household, Population: 3}
			require.Equal(t, c.want, r.BelowLine(line))
			found := r.Below(line)
			require.Equal(t, []any{verdict(c.want), Value{"监测线", "6900.00元"}}, []any{found.Verdict, found.Values[3]})
		})
	}
}

func TestSudden(t *testing.T) {
	t.Parallel()
	line := IncomeLine{Fen: 690_000, Concept: "net"}
	above, below := IncomeResult{Household: 2_070_000, Population: 3}, IncomeResult{Household: 2_069_999, Population: 3}
	both := with("sudden_rigid_fen", "3000000", "sudden_income_drop", "0.5")
	odd := with("sudden_rigid_fen", "3000000", "sudden_income_drop", "0.55")
	for _, c := range []struct {
		name string
		r    IncomeResult
		f    SuddenFacts
		s    Snapshot
		want Verdict
	}{
		{"no numbers set: people judge", above, SuddenFacts{9_000_000, nil}, with(), VerdictJudge},
		{"below the line is no sudden case", below, SuddenFacts{9_000_000, nil}, both, VerdictNo},
		{"expense at the number", above, SuddenFacts{3_000_000, ptr(int64(2_070_000))}, both, VerdictYes},
		{"expense just under, no drop", above, SuddenFacts{2_999_999, ptr(int64(2_070_000))}, both, VerdictNo},
		{"income halved", above, SuddenFacts{0, ptr(int64(4_140_000))}, both, VerdictYes},
		{"income nearly halved", above, SuddenFacts{0, ptr(int64(4_139_999))}, both, VerdictNo},
		{"a drop of just the share", IncomeResult{Household: 720000, Population: 1}, SuddenFacts{0, ptr(int64(1600000))}, odd, VerdictYes},
		{"a fen less", IncomeResult{Household: 720001, Population: 1}, SuddenFacts{0, ptr(int64(1600000))}, odd, VerdictNo},
		{"former income unknown", above, SuddenFacts{0, nil}, both, VerdictJudge},
	} {
		require.Equal(t, c.want, c.r.Sudden(c.f, line, c.s).Verdict, c.name)
	}
}

func TestIncomePeriod(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, anchor, from, to string }{
		{"rolling_12m", "2021-06-15", "2020-06-01", "2021-05-31"}, // the example of E-23
		{"rolling_12m", "2024-03-01", "2023-03-01", "2024-02-29"},
		{"calendar_year", "2026-01-01", "2025-01-01", "2025-12-31"},
		{"calendar_year", "2026-12-31", "2025-01-01", "2025-12-31"},
		{"fixed_cycle", "2026-09-30", "2024-10-01", "2025-09-30"},
		{"fixed_cycle", "2026-10-01", "2025-10-01", "2026-09-30"},
	} {
		from, to := IncomePeriod(mustDate(c.anchor), with("income_period_rule", `"`+c.rule+`"`))
		require.Equal(t, [2]string{c.from, c.to}, [2]string{from.String(), to.String()}, c)
	}
}

func TestMustAdmit(t *testing.T) {
	t.Parallel()
	yes, no := ptr(true), ptr(false)
	for _, c := range []struct {
		name string
		f    MustAdmitFacts
		s    Snapshot
		code string
		want Verdict
	}{
		{"M1 illness", MustAdmitFacts{OutOfPoverty: true, WholeDibao: true, SeriousIllness: true}, with(), "M1", VerdictYes},
		{"M1 one pupil", MustAdmitFacts{Eliminated: true, WholeDibao: true, Students: 1}, with(), "M1", VerdictYes},
		{"M1 neither", MustAdmitFacts{OutOfPoverty: true, WholeDibao: true}, with(), "M1", VerdictNo},
		{"M1 not the whole household", MustAdmitFacts{OutOfPoverty: true, SeriousIllness: true}, with(), "M1", VerdictNo},
		{"M1 ordinary household", MustAdmitFacts{WholeDibao: true, SeriousIllness: true, Students: 2}, with(), "M1", VerdictNo},
		{"M1 read as both: one", MustAdmitFacts{OutOfPoverty: true, WholeDibao: true, Students: 1}, with("must_admit_dibao_join", `"all"`), "M1", VerdictNo},
		{"M1 read as both: both", MustAdmitFacts{OutOfPoverty: true, WholeDibao: true, Students: 1, SeriousIllness: true}, with("must_admit_dibao_join", `"all"`), "M1", VerdictYes},
		{"M2 C", MustAdmitFacts{OutOfPoverty: true, HouseGrade: "C", CannotSolveAlone: yes}, with(), "M2", VerdictYes},
		{"M2 D", MustAdmitFacts{Eliminated: true, HouseGrade: "D", CannotSolveAlone: yes}, with(), "M2", VerdictYes},
		{"M2 B", MustAdmitFacts{OutOfPoverty: true, HouseGrade: "B", CannotSolveAlone: yes}, with(), "M2", VerdictNo},
		{"M2 can solve", MustAdmitFacts{OutOfPoverty: true, HouseGrade: "D", CannotSolveAlone: no}, with(), "M2", VerdictNo},
		{"M2 not judged yet", MustAdmitFacts{OutOfPoverty: true, HouseGrade: "D"}, with(), "M2", VerdictJudge},
		{"M2 grade unknown", MustAdmitFacts{OutOfPoverty: true, CannotSolveAlone: yes}, with(), "M2", VerdictJudge},
		{"M2 ordinary household", MustAdmitFacts{HouseGrade: "D", CannotSolveAlone: yes}, with(), "M2", VerdictNo},
		{"M3 ill, no supporter", MustAdmitFacts{BelowLine: yes, SeriousIllness: true, Supporter: SupporterNone}, with(), "M3", VerdictYes},
		{"M3 disabled, unable supporter", MustAdmitFacts{BelowLine: yes, SevereDisability: true, Supporter: SupporterUnable}, with(), "M3", VerdictYes},
		{"M3 able supporter", MustAdmitFacts{BelowLine: yes, SevereDisability: true, Supporter: SupporterAble}, with(), "M3", VerdictNo},
		{"M3 supporter unknown", MustAdmitFacts{BelowLine: yes, SevereDisability: true}, with(), "M3", VerdictJudge},
		{"M3 above the line", MustAdmitFacts{BelowLine: no, SeriousIllness: true, Supporter: SupporterNone}, with(), "M3", VerdictNo},
		{"M3 healthy", MustAdmitFacts{BelowLine: yes, Supporter: SupporterNone}, with(), "M3", VerdictNo},
		{"M4 three pupils", MustAdmitFacts{BelowLine: yes, Students: 3}, with(), "M4", VerdictYes},
		{"M4 two pupils", MustAdmitFacts{BelowLine: yes, Students: 2}, with(), "M4", VerdictNo},
		{"M4 four pupils", MustAdmitFacts{BelowLine: yes, Students: 4}, with(), "M4", VerdictYes},
		{"M4 two pupils by local rule", MustAdmitFacts{BelowLine: yes, Students: 2}, with("must_admit_students_min", "2"), "M4", VerdictYes},
		{"M4 above the line", MustAdmitFacts{BelowLine: no, Students: 5}, with(), "M4", VerdictNo},
		{"M4 income not computed", MustAdmitFacts{Students: 3}, with(), "M4", VerdictJudge},
		{"M5 each class", MustAdmitFacts{LowIncomeClass: ClassDibaoEdge, Unmet: []string{"饮水安全"}, CannotSolveAlone: yes}, with(), "M5", VerdictYes},
		{"M5 all met", MustAdmitFacts{LowIncomeClass: ClassTekun, CannotSolveAlone: yes}, with(), "M5", VerdictNo},
		{"M5 no class", MustAdmitFacts{Unmet: []string{"饮水安全"}, CannotSolveAlone: yes}, with(), "M5", VerdictNo},
		{"M5 invented class", MustAdmitFacts{LowIncomeClass: "x", Unmet: []string{"饮水安全"}, CannotSolveAlone: yes}, with(), "M5", VerdictNo},
		{"M5 not judged", MustAdmitFacts{LowIncomeClass: ClassDibao, Unmet: []string{"饮水安全"}}, with(), "M5", VerdictJudge},
	} {
		row := map[string]string{"M1": "S3-013", "M2": "S3-014", "M3": "S3-015", "M4": "S3-016", "M5": "S3-017"}[c.code]
		t.Run(row+" "+c.name, func(t *testing.T) {
			findings := MustAdmit(c.f, c.f, c.s)
			require.Len(t, findings, 5)
			for _, f := range findings {
				require.NotEmpty(t, f.Reason)
				require.NotEmpty(t, f.Values)
				require.Equal(t, "S003 #3", f.Basis)
				if f.Code == c.code {
					require.Equal(t, c.want, f.Verdict)
				}
			}
		})
	}
	local := with("must_admit_rules", `[{"code":"M4","title":"在校生"}]`)
	require.Len(t, MustAdmit(MustAdmitFacts{}, MustAdmitFacts{}, local), 1)
	require.Equal(t, VerdictJudge, MustAdmitHit(MustAdmit(MustAdmitFacts{Students: 3}, MustAdmitFacts{Students: 3}, local)))
	require.Equal(t, VerdictNo, MustAdmitHit(MustAdmit(MustAdmitFacts{}, MustAdmitFacts{}, local)))
	require.Equal(t, VerdictYes, MustAdmitHit(MustAdmit(MustAdmitFacts{BelowLine: yes, Students: 3}, MustAdmitFacts{BelowLine: yes, Students: 3}, with())))
}

func TestWater(t *testing.T) {
	t.Parallel()
	good := WaterFacts{LitresPerDay: 20, Minutes: 19, DistanceM: 900, ShortageDays: 35, LooksGood: ptr(true)}
	change := func(f func(*WaterFacts)) WaterFacts { w := good; f(&w); return w }
	for _, c := range []struct {
		name, code string
		f          WaterFacts
		s          Snapshot
		want       Verdict
	}{
		{"all good", "water", good, with(), VerdictYes},
		{"20 litres", "water_quantity", good, with(), VerdictYes},
		{"20.1 litres", "water_quantity", change(func(w *WaterFacts) { w.LitresPerDay = 20.1 }), with(), VerdictYes},
		{"19.9 minutes and far", "water_access", change(func(w *WaterFacts) { w.Minutes = 19.9 }), with(), VerdictYes},
		{"20.1 minutes and far", "water_access", change(func(w *WaterFacts) { w.Minutes = 20.1 }), with(), VerdictNo},
		{"20.1 minutes and far, exclusive", "water_access", change(func(w *WaterFacts) { w.Minutes = 20.1 }), with("water_minutes_inclusive", "false"), VerdictNo},
		{"30 minutes, 799 m", "water_access", change(func(w *WaterFacts) { w.Minutes, w.DistanceM = 30, 799 }), with(), VerdictYes},
		{"35 days short", "water_guarantee", good, with(), VerdictYes},
		{"37 days short", "water_guarantee", change(func(w *WaterFacts) { w.ShortageDays = 37 }), with(), VerdictNo},
		{"19.9 litres", "water_quantity", change(func(w *WaterFacts) { w.LitresPerDay = 19.9 }), with(), VerdictNo},
		{"20 litres in a water-rich zone", "water_quantity", good, with("water_litres_min", "35"), VerdictNo},
		{"exactly 20 minutes and far", "water_access", change(func(w *WaterFacts) { w.Minutes = 20 }), with(), VerdictNo},
		{"exactly 20 minutes, exclusive", "water_access", change(func(w *WaterFacts) { w.Minutes = 20 }), with("water_minutes_inclusive", "false"), VerdictYes},
		{"30 minutes, exactly 800 m", "water_access", change(func(w *WaterFacts) { w.Minutes, w.DistanceM = 30, 800 }), with(), VerdictYes},
		{"30 minutes, exactly 800 m, inclusive", "water_access", change(func(w *WaterFacts) { w.Minutes, w.DistanceM = 30, 800 }), with("water_distance_inclusive", "true"), VerdictNo},
		{"30 minutes, 801 m", "water_access", change(func(w *WaterFacts) { w.Minutes, w.DistanceM = 30, 801 }), with(), VerdictNo},
		{"the same, piped", "water_access", change(func(w *WaterFacts) { w.Minutes, w.DistanceM, w.Piped = 30, 801, true }), with(), VerdictYes},
		{"the same, 80 m up, no such rule", "water_access", change(func(w *WaterFacts) { w.Minutes, w.DistanceM, w.VerticalM = 30, 801, ptr(80.0) }), with(), VerdictNo},
		{"the same, 80 m up", "water_access", change(func(w *WaterFacts) { w.Minutes, w.DistanceM, w.VerticalM = 30, 801, ptr(80.0) }), with("water_vertical_max", "80"), VerdictYes},
		{"the same, 81 m up", "water_access", change(func(w *WaterFacts) { w.Minutes, w.DistanceM, w.VerticalM = 30, 801, ptr(81.0) }), with("water_vertical_max", "80"), VerdictNo},
		{"exactly 36 days short", "water_guarantee", change(func(w *WaterFacts) { w.ShortageDays = 36 }), with(), VerdictNo},
		{"exactly 36 days short, exclusive", "water_guarantee", change(func(w *WaterFacts) { w.ShortageDays = 36 }), with("water_shortage_inclusive", "false"), VerdictYes},
		{"37 days short, exclusive", "water_guarantee", change(func(w *WaterFacts) { w.ShortageDays = 37 }), with("water_shortage_inclusive", "false"), VerdictNo},
		{"passed report", "water_quality", change(func(w *WaterFacts) { w.Report, w.LooksGood = ReportPass, nil }), with(), VerdictYes},
		{"failed report", "water_quality", change(func(w *WaterFacts) { w.Report, w.LooksGood = ReportFail, nil }), with(), VerdictNo},
		{"failed report, bad look", "water_quality", change(func(w *WaterFacts) { w.Report, w.LooksGood = ReportFail, ptr(false) }), with(), VerdictNo},
		{"failed report beside a good look", "water_quality", change(func(w *WaterFacts) { w.Report = ReportFail }), with(), VerdictJudge},
		{"a contradiction is never a pass", "water", change(func(w *WaterFacts) { w.Report = ReportFail }), with(), VerdictJudge},
		{"no report, bad look", "water_quality", change(func(w *WaterFacts) { w.LooksGood = ptr(false) }), with(), VerdictNo},
		{"nothing known of the quality", "water", change(func(w *WaterFacts) { w.LooksGood = nil }), with(), VerdictJudge},
		{"one no decides", "water", change(func(w *WaterFacts) { w.LooksGood, w.ShortageDays = nil, 100 }), with(), VerdictNo},
	} {
		row := map[string]string{"water_quantity": "S0-018", "water_quality": "S0-019", "water_access": "S0-020", "water_guarantee": "S0-021", "water": "S0-018 to S0-021"}[c.code]
		t.Run(row+" "+c.name, func(t *testing.T) {
			seen := false
			for _, f := range Water(c.f, c.s) {
				require.Equal(t, "S000", f.Basis)
				if f.Code == c.code {
					seen = true
					require.Equal(t, c.want, f.Verdict)
				}
			}
			require.True(t, seen)
		})
	}
}

// The three guarantees and the assurance of water stand in the screening: a hit is a guarantee that is not met.
func TestThreeGuarantees(t *testing.T) {
	t.Parallel()
	child := func(birth Date, school, reason string) func(*Family) {
		return func(f *Family) {
			f.Members[2].Birth, f.Members[2].School, f.Members[2].NotInSchool = birth, school, reason
		}
	}
	ten := NewDate(2016, 11, 22)
	insured := func(resident, employee, serious *bool) func(*Family) {
		return func(f *Family) {
			m := &f.Members[0]
			m.ResidentInsured, m.EmployeeInsured, m.SeriousIllnessInsured = resident, employee, serious
		}
	}
	house := func(h Housing) func(*Family) { return func(f *Family) { f.House.Housing = h } }
	for _, c := range []struct {
		name, code string
		with       func(*Family)
		want       Verdict // that it is not met
	}{
		{"S0-015 at school", ScreenEducation, child(ten, "小学四年级", ""), VerdictNo},
		{"S0-015 aged 5", ScreenEducation, child(NewDate(2020, 11, 23), "非在校生", ""), VerdictNo},
		{"S0-015 aged 6", ScreenEducation, child(NewDate(2020, 11, 22), "非在校生", ""), VerdictYes},
		{"S0-015 aged 15", ScreenEducation, child(NewDate(2010, 11, 23), "非在校生", ""), VerdictYes},
		{"S0-015 aged 16", ScreenEducation, child(NewDate(2010, 11, 22), "非在校生", ""), VerdictNo},
		{"S0-015 born on an unknown day", ScreenEducation, child(Date{}, "非在校生", ""), VerdictJudge},
		{"S0-015 nothing recorded", ScreenEducation, child(ten, "", ""), VerdictJudge},
		{"S0-015 dropped out", ScreenEducation, child(ten, "", "辍学"), VerdictYes},
		{"S0-015 dropped out, weary of school", ScreenEducation, child(ten, "非在校生", "失学辍学（厌学）"), VerdictYes},
		{"S0-015 a reason that is not listed", ScreenEducation, child(ten, "非在校生", "在家帮忙"), VerdictYes},
		{"S0-015 severely disabled", ScreenEducation, child(ten, "非在校生", "重度残疾"), VerdictNo},
		{"S0-015 taught at home", ScreenEducation, child(ten, "", "送教上门"), VerdictNo},
		{"S0-015 ill", ScreenEducation, child(ten, "非在校生", "因病休学"), VerdictNo},
		{"S0-015 a listed reason and left school", ScreenEducation, child(ten, "非在校生", "重度残疾，已辍学"), VerdictJudge},
		{"S0-015 has finished", ScreenEducation, func(f *Family) { child(NewDate(2011, 1, 1), "非在校生", "")(f); f.Members[2].Education = "初中" }, VerdictNo},
		{"S0-015 has left before the end", ScreenEducation, func(f *Family) {
			child(NewDate(2011, 1, 1), "非在校生", "辍学")(f)
			f.Members[2].Education = "初中"
		}, VerdictYes},
		{"S3-053 insured", ScreenMedical, insured(new(true), new(false), new(true)), VerdictNo},
		{"S3-053 insured as an employee", ScreenMedical, insured(new(false), new(true), new(true)), VerdictNo},
		{"S3-053 one insurance told", ScreenMedical, insured(new(true), nil, new(true)), VerdictNo},
		{"S3-053 uninsured", ScreenMedical, insured(new(false), new(false), new(true)), VerdictYes},
		{"S3-053 insured twice", ScreenMedical, insured(new(true), new(true), new(true)), VerdictYes},
		{"S3-053 without serious illness cover", ScreenMedical, insured(new(true), new(false), new(false)), VerdictYes},
		{"S3-053 serious illness cover unknown", ScreenMedical, insured(new(true), new(false), nil), VerdictJudge},
		{"S0-017 grade B", ScreenHousing, house(Housing{Grade: "B"}), VerdictNo},
		{"S0-017 grade C", ScreenHousing, house(Housing{Grade: "C"}), VerdictYes},
		{"S0-017 grade unknown", ScreenHousing, house(Housing{}), VerdictJudge},
		{"S2-042 repaired", ScreenHousing, house(Housing{Grade: "C", Repaired: true}), VerdictYes},
		{"S2-042 repaired and moved in", ScreenHousing, house(Housing{Grade: "D", Repaired: true, MovedIn: true}), VerdictNo},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := sound()
			c.with(&f)
			for _, found := range NewScreener(screenDay, screenPolicy()).Screen(&f) {
				if found.Code == c.code {
					require.Equal(t, c.want, found.Verdict)
				}
			}
		})
	}
	own := sound()
	child(ten, "非在校生", "在县外就读")(&own)
	require.Equal(t, map[string]Verdict{ScreenEducation: VerdictYes}, verdicts(own, screenPolicy()), "S0-015 a county lists its own reasons")
	require.Empty(t, verdicts(own, screenPolicy("schooling_excuses", `[{"code":"elsewhere","title":"县外就读"}]`)))
}

func TestMedicalBurden(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		own, disposable int64
		s               Snapshot
		want            Verdict
	}{
		{499_999, 2_000_000, with(), VerdictNo}, {500_000, 2_000_000, with(), VerdictNo}, {500_001, 2_000_000, with(), VerdictYes}, {0, 2_000_000, with(), VerdictNo},
		{500_000, 0, with(), VerdictJudge}, {-1, 2_000_000, with(), VerdictJudge},
		{600_000, 2_000_000, with("med_burden_ratio", "0.3"), VerdictNo}, {600_001, 2_000_000, with("med_burden_ratio", "0.3"), VerdictYes},
	} {
		t.Run(fmt.Sprintf("S3-041 own %d of %d", c.own, c.disposable), func(t *testing.T) {
			require.Equal(t, c.want, MedicalBurden(c.own, c.disposable, c.s).Verdict)
		})
	}
}

func TestIncomeProperties(t *testing.T) {
	t.Parallel()
	s := with()
	rapid.Check(t, func(t *rapid.T) {
		sheet := IncomeSheet{Population: rapid.IntRange(1, 12).Draw(t, "population")}
		for range rapid.IntRange(0, 20).Draw(t, "rows") {
			sheet.Rows = append(sheet.Rows, IncomeRow{
				rapid.SampledFrom([]IncomeCategory{Production, Property, Transfer, Wage}).Draw(t, "category"), "x",
				rapid.Int64Range(0, largestAmount).Draw(t, "income"), rapid.Int64Range(0, largestAmount).Draw(t, "expense"),
			})
		}
		res, faults := ComputeIncome(sheet, s)
		require.Empty(t, faults)
		expense, income := int64(0), int64(0)
		for _, sum := range res.Categories {
			income += sum.Income
		}
		expense = res.Categories[Production].Expense
		require.Equal(t, income-expense, res.Household)
		require.LessOrEqual(t, 2*abs(res.PerHead*int64(res.Population)-res.Household), int64(res.Population))
		raw, err := json.Marshal(res)
		require.NoError(t, err)
		var back IncomeResult
		require.NoError(t, json.Unmarshal(raw, &back))
		require.Equal(t, res, back)
	})
}
