package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// others runs the rules of one kind over their subjects.
type others struct {
	name   string
	want   string // the code under test, with a minus where it must not be found
	change func(o *subjects)
	rows   []Row
}

type subjects struct {
	form    FormFacts
	village VillageFacts
	proc    CaseFacts
}

// goodSubjects are a form, a village form and a procedure with which nothing is wrong.
func goodSubjects() subjects {
	at := ruleDay.Start().Add(10 * time.Hour)
	return subjects{
		FormFacts{ID: "F1", Collector: "01A", Reviewer: "01B", CollectedOn: ruleDay, Farmer: Signature{"aa", 0b1, "pad", at}, Surveyor: Signature{"bb", 0xff00, "pad", at.Add(time.Minute)},
			Place: &Place{105.0, 30.0}, Home: &Place{105.0, 30.001}, Income: map[string]int64{"1-11": 10, "1-12": 20, "3-04": 30, "4-02": 40, "4-01": 50, "2-01": 0}, Spent: map[string]int64{"medical": 1},
			Told: []Expense{{Kind: "medical", Fen: 900_000}}, FormsWithinHour: 6},
		VillageFacts{Code: "519901001001", Totals: []VillageTotal{{"总户数", new(300.0), new(300.0)}, {"总人口", new(900.0), nil}}, Households: new(300), UnsafeWater: new(0), Dangerous: new(300),
			Land: Land{Arable: new(900.5)}, OfHouseholds: Land{Arable: new(900.5), Forest: new(3.0)}},
		CaseFacts{RecordsAgree: new(true), LevelsAgree: new(true), EnteredBy: "01A", CheckedBy: "01B", EntryOn: NewDate(2026, 3, 2), ApprovedOn: NewDate(2026, 3, 2), NoticeDue: NewDate(2026, 3, 1), NoticeEnded: NewDate(2026, 3, 1)},
	}
}

// claimed is an income sheet that comes to 6,000 yuan a head, with what was claimed in fen.
func claimed(fen int64) *IncomeResult {
	r, _ := ComputeIncome(IncomeSheet{Rows: []IncomeRow{{Wage, "务工收入", 600_000, 0}}, Population: 1, ClaimedPerHead: &fen}, Snapshot{})
	return &r
}

func (s subjects) found(c DataContext) (codes []string, faults []DataFault) {
	add := func(r RuleInfo, found []DataFault) {
		if len(found) > 0 {
			codes, faults = append(codes, r.Code), append(faults, found...)
		}
	}
	for _, r := range FormRules {
		add(r.RuleInfo, r.Find(s.form, c))
	}
	for _, r := range VillageRules {
		add(r.RuleInfo, r.Find(s.village, c))
	}
	for _, r := range CaseRules {
		add(r.RuleInfo, r.Find(s.proc, c))
	}
	return codes, faults
}

func TestOtherRules(t *testing.T) {
	t.Parallel()
	hit := map[string]bool{}
	at := ruleDay.Start().Add(10 * time.Hour)
	for _, c := range []others{
		{"nothing wrong", "-collector_missing", func(*subjects) {}, nil},
		{"S3-063 nobody", "collector_missing", func(o *subjects) { o.form.Collector = "" }, nil},
		{"S3-063 no day", "survey_date_missing", func(o *subjects) { o.form.CollectedOn = Date{} }, nil},
		{"S3-063 farmer", "farmer_signature_missing", func(o *subjects) { o.form.Farmer = Signature{} }, nil},
		{"S3-063 surveyor", "collector_signature_missing", func(o *subjects) { o.form.Surveyor = Signature{} }, nil},
		{"S3-063 no day where none is asked", "-survey_date_missing", func(o *subjects) { o.form.CollectedOn, o.form.Unasked.Date = Date{}, true }, nil},
		{"S3-063 farmer where none is asked", "-farmer_signature_missing", func(o *subjects) { o.form.Farmer, o.form.Unasked.Farmer = Signature{}, true }, nil},
		{"S3-063 surveyor where none is asked", "-collector_signature_missing", func(o *subjects) { o.form.Surveyor, o.form.Unasked.Surveyor = Signature{}, true }, nil},
		{"S3-064 five items", "same_income_sheet", func(o *subjects) { o.form.SameIncome = 1 }, nil},
		{"S3-064 four items", "-same_income_sheet", func(o *subjects) { o.form.SameIncome = 1; o.form.Income["1-11"] = 0 }, nil},
		{"S3-064 no other household", "-same_income_sheet", func(o *subjects) { o.form.SameIncome = 0 }, nil},
		{"S3-065 one image", "signature_same_image", func(o *subjects) { o.form.Surveyor.Hash = "aa" }, nil},
		{"S3-065 six bits apart", "signature_alike", func(o *subjects) { o.form.Farmer.Look, o.form.Surveyor.Look = 0b1111111, 0b1 }, nil},
		{"S3-065 seven bits apart", "-signature_alike", func(o *subjects) { o.form.Farmer.Look, o.form.Surveyor.Look = 0b11111111, 0b1 }, nil},
		{"S3-065 no perceptual hash", "-signature_alike", func(o *subjects) { o.form.Farmer.Look, o.form.Surveyor.Look = 0, 0 }, nil},
		{"S3-065 9.999 seconds", "signature_same_device", func(o *subjects) { o.form.Surveyor.At = at.Add(9999 * time.Millisecond) }, nil},
		{"S3-065 surveyor first", "signature_same_device", func(o *subjects) { o.form.Surveyor.At = at.Add(-time.Second) }, nil},
		{"S3-065 10 seconds", "-signature_same_device", func(o *subjects) { o.form.Surveyor.At = at.Add(10 * time.Second) }, nil},
		{"S3-065 another device", "-signature_same_device", func(o *subjects) { o.form.Surveyor.At, o.form.Surveyor.Device = at, "phone" }, nil},
		{"S3-065 drawn for comparison by eye", "signature_sample", func(o *subjects) { o.form.Drawn = "42" }, nil},
		{"S3-065 not drawn", "-signature_sample", func(o *subjects) { o.form.Drawn = "" }, nil},
		{"S3-066 5,000 yuan", "expense_unknown", func(o *subjects) { o.form.Spent, o.form.Told[0].Fen = nil, 500_000 }, nil},
		{"S3-066 4,999.99 yuan", "-expense_unknown", func(o *subjects) { o.form.Spent, o.form.Told[0].Fen = nil, 499_999 }, nil},
		{"S3-066 two that add up", "expense_unknown", func(o *subjects) {
			o.form.Told = append(o.form.Told, Expense{Kind: "schooling", Fen: 250_000}, Expense{Kind: "schooling", Fen: 250_000})
		}, nil},
		{"S3-066 on the first day of the period", "expense_unknown", func(o *subjects) {
			o.form.Spent, o.form.Since, o.form.Told[0].On = nil, NewDate(2025, 3, 1), NewDate(2025, 3, 1)
		}, nil},
		{"S3-066 the day before the period", "-expense_unknown", func(o *subjects) {
			o.form.Spent, o.form.Since, o.form.Told[0].On = nil, NewDate(2025, 3, 1), NewDate(2025, 2, 28)
		}, nil},
		{"S3-066 on the day of the form", "expense_unknown", func(o *subjects) { o.form.Spent, o.form.Told[0].On = nil, o.form.CollectedOn }, nil},
		{"S3-066 the day after the form", "-expense_unknown", func(o *subjects) { o.form.Spent, o.form.Told[0].On = nil, o.form.CollectedOn.AddDays(1) }, nil},
		{"S3-066 the sum of a year that the form lies in", "expense_unknown", func(o *subjects) {
			o.form.Spent, o.form.Told[0].Year, o.form.Told[0].On = nil, o.form.CollectedOn.Year, o.form.CollectedOn.AddDays(90)
		}, nil},
		{"S3-066 the sum of a year that begins after the form", "-expense_unknown", func(o *subjects) {
			o.form.Spent, o.form.Told[0].Year, o.form.Told[0].On = nil, o.form.CollectedOn.Year+1, NewDate(o.form.CollectedOn.Year+1, 2, 1)
		}, nil},
		{"S3-044 a fen more than a yuan above", "income_claim_differs", func(o *subjects) { o.form.Claim = claimed(600_101) }, nil},
		{"S3-044 a fen more than a yuan below", "income_claim_differs", func(o *subjects) { o.form.Claim = claimed(599_899) }, nil},
		{"S3-044 a yuan above", "-income_claim_differs", func(o *subjects) { o.form.Claim = claimed(600_100) }, nil},
		{"S3-044 a yuan below", "-income_claim_differs", func(o *subjects) { o.form.Claim = claimed(599_900) }, nil},
		{"one person", "collector_is_reviewer", func(o *subjects) { o.form.Reviewer = "01A" }, nil},
		{"not reviewed", "-collector_is_reviewer", func(o *subjects) { o.form.Reviewer = "" }, nil},
		{"1,001 metres", "collector_far", func(o *subjects) { o.form.Home.Lat = 30 + 1001.0/111_194.93 }, nil},
		{"999 metres", "-collector_far", func(o *subjects) { o.form.Home.Lat = 30 + 999.0/111_194.93 }, nil},
		{"no place", "-collector_far", func(o *subjects) { o.form.Place = nil }, nil},
		{"seven in an hour", "forms_per_hour", func(o *subjects) { o.form.FormsWithinHour = 7 }, nil},
		{"seven where eight may be", "-forms_per_hour", func(o *subjects) { o.form.FormsWithinHour = 7 }, []Row{row("dq_forms_per_hour", "", "8")}},
		{"S2-061 one apart", "village_total", func(o *subjects) { o.village.Totals[0].Added = new(299.0) }, nil},
		{"S2-061 rounding", "-village_total", func(o *subjects) { o.village.Totals[0].Added = new(300.004) }, nil},
		{"a blank", "village_blank", func(o *subjects) { o.village.Blank = []string{"卫生室个数"} }, nil},
		{"one more than all", "village_water_households", func(o *subjects) { o.village.UnsafeWater = new(301) }, nil},
		{"as many as all", "-village_water_households", func(o *subjects) { o.village.UnsafeWater = new(300) }, nil},
		{"one more than all", "village_dangerous_households", func(o *subjects) { o.village.Dangerous = new(301) }, nil},
		{"all not told", "-village_dangerous_households", func(o *subjects) { o.village.Dangerous, o.village.Households = new(301), nil }, nil},
		{"a hundredth less", "village_land_short", func(o *subjects) { o.village.Land.Arable = new(900.49) }, nil},
		{"more", "-village_land_short", func(o *subjects) { o.village.Land.Arable = new(901.0) }, nil},
		{"S1-019 no", "records_disagree", func(o *subjects) { o.proc.RecordsAgree, o.proc.Differing = new(false), []string{"人口"} }, nil},
		{"S1-019 not asked", "-records_disagree", func(o *subjects) { o.proc.RecordsAgree = nil }, nil},
		{"S1-020 no", "levels_disagree", func(o *subjects) { o.proc.LevelsAgree = new(false) }, nil},
		{"by nobody", "entry_unchecked", func(o *subjects) { o.proc.CheckedBy = "" }, nil},
		{"by oneself", "entry_unchecked", func(o *subjects) { o.proc.CheckedBy = "01A" }, nil},
		{"a day before", "entry_before_approval", func(o *subjects) { o.proc.EntryOn = NewDate(2026, 3, 1) }, nil},
		{"not approved", "entry_before_approval", func(o *subjects) { o.proc.ApprovedOn = Date{} }, nil},
		{"not entered", "-entry_before_approval", func(o *subjects) { o.proc.EntryOn, o.proc.ApprovedOn = Date{}, Date{} }, nil},
		{"a day less", "notice_too_short", func(o *subjects) { o.proc.NoticeEnded = NewDate(2026, 2, 28) }, nil},
		{"a day more", "-notice_too_short", func(o *subjects) { o.proc.NoticeDue = NewDate(2026, 2, 28) }, nil},
		{"on the last day", "approval_before_notice_end", func(o *subjects) { o.proc.NoticeEnded, o.proc.NoticeDue = NewDate(2026, 3, 2), NewDate(2026, 3, 2) }, nil},
	} {
		code, silent := strings.CutPrefix(c.want, "-")
		info := ruleAt(code)
		t.Run(fmt.Sprintf("%s %s (%s) %s", info.Group, code, info.Basis, c.name), func(t *testing.T) {
			s := goodSubjects()
			c.change(&s)
			codes, faults := s.found(ruleContext(c.rows...))
			if silent {
				require.Empty(t, codes)
				return
			}
			hit[code] = true
			require.Equal(t, []string{code}, codes)
			requireSafe(t, Family{}, faults)
		})
	}
	for _, r := range AllRules() {
		_, family := FindDataRule(r.Code)
		require.True(t, family || hit[r.Code], "no case hits "+r.Code)
	}
	codes, _ := subjects{proc: CaseFacts{}, form: FormFacts{Collector: "1", CollectedOn: ruleDay, Farmer: Signature{Hash: "a"}, Surveyor: Signature{Hash: "b"}}}.found(ruleContext())
	require.Empty(t, codes, "of what is not known nothing is said")
}

func TestIncomeVector(t *testing.T) {
	t.Parallel()
	c := ruleContext()
	items := goodSubjects().form.Income
	hash, ok := IncomeVector(items, c)
	require.True(t, ok)
	delete(items, "2-01")
	items["9-99"] = 0
	again, _ := IncomeVector(items, c)
	require.Equal(t, hash, again, "rows of nothing do not count")
	items["1-11"], items["1-12"] = items["1-12"], items["1-11"]
	other, _ := IncomeVector(items, c)
	require.NotEqual(t, hash, other, "the same amounts in other rows")
	three := map[string]int64{"1-11.income": 9, "1-11.expense": 4, "1-12.income": 8, "1-12.expense": 3, "4-02.income": 7}
	_, ok = IncomeVector(three, c)
	require.False(t, ok, "S3-064 three items with five sides")
	three["2-01.income"], three["3-04.income"] = 1, 1
	_, ok = IncomeVector(three, c)
	require.True(t, ok, "S3-064 five items")
}

// A draw leaves out what another rule points at anyway, and what there is nothing to compare of.
func TestSignatureSample(t *testing.T) {
	t.Parallel()
	base := FormFacts{Drawn: "42", Farmer: Signature{Hash: "aaaaaaaaaa", Look: 1 << 20}, Surveyor: Signature{Hash: "bbbbbbbbbb", Look: 0xfff}}
	c := DataContext{Today: NewDate(2026, 11, 22), Snapshot: Resolve(nil, "", mustDate("2026-11-22").Start())}
	found := signatureSample(base, c)
	require.Len(t, found, 1)
	require.Contains(t, found[0].Message, "42")
	for name, change := range map[string]func(f *FormFacts){
		"not drawn":  func(f *FormFacts) { f.Drawn = "" },
		"one image":  func(f *FormFacts) { f.Surveyor.Hash = f.Farmer.Hash },
		"alike":      func(f *FormFacts) { f.Surveyor.Look = f.Farmer.Look },
		"not signed": func(f *FormFacts) { f.Farmer.Hash = "" },
		"one device": func(f *FormFacts) {
			f.Farmer.Device, f.Surveyor.Device = "a", "a"
			f.Farmer.At = mustDate("2026-11-22").Start()
			f.Surveyor.At = f.Farmer.At
		},
	} {
		f := base
		change(&f)
		require.Empty(t, signatureSample(f, c), name)
	}
}
