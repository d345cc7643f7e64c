package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// registered puts secrets of a household and its members into the register.
func registered(w *testkit.World, id string, base string, home func(*models.HouseholdSecret), each func(i int, p *models.PersonSecret)) {
	w.T.Helper()
	h := stored[models.Household](w, id)
	s, err := h.Secret(w.Store.Vault)
	require.NoError(w.T, err)
	if home != nil {
		home(&s)
	}
	h.BaseType = base
	require.NoError(w.T, h.SetSecret(w.Store.Vault, s))
	require.NoError(w.T, w.Store.DB.Save(h).Error)
	var people []models.Person
	require.NoError(w.T, w.Store.DB.Where("household_id = ?", id).Order("ord").Find(&people).Error)
	for i := range people {
		p, err := people[i].Secret(w.Store.Vault)
		require.NoError(w.T, err)
		each(i, &p)
		require.NoError(w.T, people[i].SetSecret(w.Store.Vault, p))
		require.NoError(w.T, w.Store.DB.Save(&people[i]).Error)
	}
}

// mustAdmitByRegister asks for each situation with what the register says alone; the surveyors have recorded none.
func mustAdmitByRegister(a *asked) {
	plain := func(int, *models.PersonSecret) {}
	ill := func(i int, p *models.PersonSecret) {
		if i == 0 {
			p.Health = "患有大病"
		}
	}
	dibao := func(all bool) func(int, *models.PersonSecret) {
		return func(i int, p *models.PersonSecret) { ill(i, p); p.Dibao = new(all || i > 0) }
	}
	pupils := func(n int) func(int, *models.PersonSecret) {
		return func(i int, p *models.PersonSecret) {
			if i < n {
				p.School = "小学"
			}
		}
	}
	poor := func(s *models.HouseholdSecret) { s.Years = []models.IncomeYear{{Year: 2026, Wage: new(int64(10_000))}} }
	home := func(change ...func(*models.HouseholdSecret)) func(*models.HouseholdSecret) {
		return func(s *models.HouseholdSecret) {
			for _, c := range change {
				c(s)
			}
		}
	}
	unsupported := func(s *models.HouseholdSecret) { s.Supporter = string(policy.SupporterNone) }
	dangerous := func(s *models.HouseholdSecret) { s.House = "D" }
	alone := func(s *models.HouseholdSecret) { s.CannotSolve = new(true) }
	unaided := func(s *models.HouseholdSecret) { s.CannotSolve = new(false) }
	edge := func(s *models.HouseholdSecret) { s.LowIncome = string(policy.ClassDibaoEdge) }
	for _, c := range []struct {
		name, base string
		home       func(*models.HouseholdSecret)
		each       func(int, *models.PersonSecret)
		hit        string
	}{
		{"S3-013 M1 whole household on 低保, ill", "out_of_poverty", nil, dibao(true), "M1"},
		{"S3-013 M1 all but one", "out_of_poverty", nil, dibao(false), ""},
		{"S3-014 M2 grade D, cannot solve", "out_of_poverty", home(dangerous, alone), plain, "M2"},
		{"S3-014 M2 grade D, can solve", "out_of_poverty", home(dangerous, unaided), plain, ""},
		{"S3-015 M3 below the line, ill, nobody to support", "ordinary", home(poor, unsupported), ill, "M3"},
		{"S3-015 M3 healthy", "ordinary", home(poor, unsupported), plain, ""},
		{"S3-016 M4 three pupils", "ordinary", poor, pupils(3), "M4"},
		{"S3-016 M4 two pupils", "ordinary", poor, pupils(2), ""},
		{"S3-017 M5 低保边缘, house D, cannot solve", "ordinary", home(edge, dangerous, alone), plain, "M5"},
		{"S2-045 M5 house D without a class", "ordinary", home(dangerous, alone, func(s *models.HouseholdSecret) { s.LowIncome = string(policy.ClassNone) }), plain, ""},
	} {
		h := a.NewHousehold(testkit.Village)
		for i := range 3 {
			p := models.Person{ID: models.NewID(), HouseholdID: h.ID, Name: "田小雨", Ord: 5 + i, CreatedAt: a.Now(), UpdatedAt: a.Now()}
			require.NoError(a.t, p.SetSecret(a.Store.Vault, models.PersonSecret{Relation: "之子"}))
			require.NoError(a.t, a.Store.DB.Create(&p).Error)
		}
		registered(a.World, h.ID, c.base, c.home, func(i int, p *models.PersonSecret) {
			p.Health, p.School, p.Disability = "健康", "非在校生", ""
			c.each(i, p)
		})
		clue := a.Open("risk_clue", h, a.Actor("village_cadre"))
		codes := a.codes(clue, "close_no_risk", nobody, nil)
		require.Equal(a.t, c.hit != "", len(codes) > 0, "%s: %v", c.name, codes)
	}
}

// S3-013: what M1 rests on is in the record of the act as it is known, and not as a no.
func TestMustAdmitIsRecordedAsKnown(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Bring(w.Fresh("identification").ID, "democratic_review")
		registered(w, c.HouseholdID, "out_of_poverty", nil, func(_ int, p *models.PersonSecret) { p.Dibao, p.Health = new(true), "患有大病" })
		faults, err := w.Engine.AskGuard(w.Case(c.ID), "review_reject", nobody, answers{}, procedure.Guard{Name: procedure.GuardNotMustAdmit})
		require.NoError(t, err)
		require.Len(t, faults, 1)
		require.Contains(t, faults[0].Message, "整户低保：是")
	})
}

// E-27, S003 #12: at identification the expense counts that departments have told, and the fall against the year before
// that the register has.
func TestSuddenAtIdentification(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		sudden := func(household *models.Household) policy.Finding {
			c := l.Open("identification", household, l.Actor("village_cadre"))
			l.Bring(c.ID, "democratic_review")
			var ev models.CaseEvent
			require.NoError(t, l.Store.DB.Where("case_id = ? AND event = ?", c.ID, "submit_verification").Order("seq DESC").Take(&ev).Error)
			form, err := l.Engine.Payload(&ev)
			require.NoError(t, err)
			found, err := activities.Computed(form)
			require.NoError(t, err)
			for _, f := range found {
				if f.Code == "sudden" {
					return f
				}
			}
			return policy.Finding{}
		}
		l.SetPolicy("sudden_rigid_fen", testkit.County, 2_000_000)
		l.SetPolicy("sudden_income_drop", testkit.County, 0.5)
		l.SetPolicy("income_line", testkit.Village, policy.IncomeLine{Fen: 500_000, Concept: "net"})
		l.SetNow(l.Now().Add(time.Second))
		h, id := l.known(testkit.Village, "ordinary")
		l.bring("large_expense", "2026-08-31", "姓名,身份证号,支出类别,支出金额,支出日期\n田禾,"+id+",灾害,19000,2026-08-01\n")
		found := sudden(h)
		require.Contains(t, found.Values, policy.Value{Name: "刚性支出", Text: "20200.00元"}, "1200 yuan of its own and what was told")
		require.Contains(t, found.Values, policy.Value{Name: "上期家庭纯收入", Text: "未知"})

		fallen, _ := l.known(testkit.Village, "ordinary")
		registered(l.World, fallen.ID, "ordinary", func(s *models.HouseholdSecret) {
			s.Years = []models.IncomeYear{{Year: 2025, Wage: new(int64(900_000_000))}}
		}, func(int, *models.PersonSecret) {})
		found = sudden(fallen)
		require.Contains(t, found.Values, policy.Value{Name: "上期家庭纯收入", Text: "9000000.00元"})
		require.Equal(t, policy.VerdictYes, found.Verdict, found.Reason)
	})
}

// S003 #12, S3-049: what a department tells of expenses reaches the screening and the county's rules, in a run that looks
// at what has changed alone; exactly on the share is not above it.
func TestToldExpensesReachTheRules(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		h, id := l.known(testkit.Village, "ordinary")
		l.known(testkit.Village, "ordinary")
		burdened := func() []string {
			var out []string
			for _, hit := range hitsOf(l.World, h.ID) {
				if hit.Rule == policy.ScreenMedicalBurden && hit.GoneAt == nil {
					out = append(out, hit.Rule)
				}
			}
			return out
		}
		head := "姓名,身份证号,费用年度,个人自付\n"
		l.SetPolicy("disposable_income_fen", testkit.County, 2_000_000)
		screen(l.World, "")
		require.Empty(t, burdened())
		l.bring("medical_cost", "2026-08-31", head+"田禾,"+id+",2026,5000\n")
		require.Equal(t, 1, screen(l.World, "").Looked, "of the two households the one that was told about")
		require.Empty(t, burdened())
		l.bring("medical_cost", "2026-09-10", head+"田禾,"+id+",2026,5000.01\n")
		require.Equal(t, 1, screen(l.World, "").Looked)
		require.Equal(t, []string{policy.ScreenMedicalBurden}, burdened())
		require.Zero(t, screen(l.World, "").Looked)

		for over, hits := range map[string]int{"5000": 1, "5000.01": 0} {
			rule := localRule("大额支出 > " + over)
			run := runOver(l.World, activities.RunRequest{Kind: models.RunTrial, Region: testkit.Village, Rule: &rule})
			require.Equal(t, hits, run.Counts.Rules[rule.Code].Hits, over)
		}
	})
}
