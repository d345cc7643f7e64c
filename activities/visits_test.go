package activities_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// visitWorld has one household of each kind of 2.5, by class.
func visitWorld(t *testing.T, s *models.Store) (*testkit.World, map[string]*models.Household) {
	t.Helper()
	w := testkit.NewWorld(t, s)
	out := map[string]*models.Household{}
	for _, class := range []string{"monitored", "observing", "stable", "out_of_poverty", "ordinary", "gone"} {
		h := w.NewHousehold(testkit.Village)
		out[class] = h
		switch class {
		case "out_of_poverty":
			w.SetBase(h, class)
		case "ordinary":
		case "gone":
			w.SetStatus(h.ID, "household_cancelled")
		default:
			w.SetStatus(h.ID, procedure.State(class))
		}
	}
	return w, out
}

func dutiesOf(t *testing.T, w *testkit.World, h *models.Household) []string {
	t.Helper()
	var out []string
	require.NoError(t, w.Store.DB.Model(&models.VisitDuty{}).Where("household_id = ?", h.ID).Order("duty, period").Select("duty || ' ' || period").Scan(&out).Error)
	return out
}

// Every row of 2.5, once per period however often the duties are made.
func TestDutiesByStatusAndPeriod(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w, h := visitWorld(t, s)
		require.Equal(t, 8, w.MakeDuties())
		require.Zero(t, w.MakeDuties(), "made before")
		want := map[string][]string{
			"monitored":      {"monitored_income 2026Q3", "monitored_month 2026-09"},
			"stable":         {"stable_month 2026-09", "stable_quarter 2026Q3"},
			"out_of_poverty": {"out_of_poverty_income 2026Q3", "out_of_poverty_month 2026-09", "out_of_poverty_quarter 2026Q3"},
			"ordinary":       {"ordinary_year 2026"},
		}
		for class, duties := range want {
			require.Equal(t, duties, dutiesOf(t, w, h[class]), class)
		}
		require.Empty(t, dutiesOf(t, w, h["observing"]), "2.7 looks after it")
		require.Empty(t, dutiesOf(t, w, h["gone"]))

		w.SetNow(time.Date(2026, 10, 1, 0, 0, 0, 0, policy.Shanghai))
		require.Equal(t, 7, w.MakeDuties(), "a month and a quarter have begun, a year has not")
		w.SetStatus(h["ordinary"].ID, "monitored")
		require.Equal(t, 2, w.MakeDuties(), "admitted today")

		var c models.Case
		require.NoError(t, s.DB.Where("household_id = ? AND procedure = ?", h["monitored"].ID, "visit_task").Order("id").Take(&c).Error)
		require.Equal(t, []any{procedure.State("scheduled"), 1, 1, 0}, []any{c.State, c.Seq, c.StepSeq, c.Step})
		require.NotNil(t, c.WakeAt)
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad, "the chains of duties made in bulk are whole")
	})
}

// Batches end where the next begins, and what a crash leaves behind is made up for.
func TestDutiesResumeByCursor(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w, _ := visitWorld(t, s)
		day, cursor, made, rounds := policy.DateOf(w.Now()), "", 0, 0
		for {
			g, err := w.Engine.GenerateDuties(t.Context(), day, cursor, 2)
			require.NoError(t, err)
			made, cursor, rounds = made+g.Duties, g.Cursor, rounds+1
			again, err := w.Engine.GenerateDuties(t.Context(), day, "", 2)
			require.NoError(t, err)
			require.Zero(t, again.Duties)
			if cursor == "" {
				break
			}
			require.Equal(t, 2, g.Households)
		}
		require.Equal(t, []int{8, 4}, []int{made, rounds}, "the last is found empty")
	})
}

// Two servers at once make each duty once.
func TestDutiesMadeByTwoServersAtOnce(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w, _ := visitWorld(t, s)
		made := make(chan int, 4)
		for range cap(made) {
			go func() {
				g, err := w.Engine.GenerateDuties(t.Context(), policy.DateOf(w.Now()), "", 100)
				if err != nil {
					g.Duties = -100
				}
				made <- g.Duties
			}()
		}
		sum := 0
		for range cap(made) {
			sum += <-made
		}
		require.Equal(t, 8, sum)
		var cases int64
		require.NoError(t, s.DB.Model(&models.Case{}).Where("procedure = ?", "visit_task").Count(&cases).Error)
		require.EqualValues(t, 8, cases)
	})
}

// The rules are policy, by region.
func TestDutyRulesArePolicy(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		here, there := w.NewHousehold(testkit.Village), w.NewHousehold(testkit.Village3)
		w.SetPolicy("visit_rule", testkit.Township, []policy.VisitRule{{Code: "half", Title: "半年走访", Status: "ordinary", Actor: "grid_member", Mode: "remote", Every: "half_year"}})
		w.SetPolicy("spread_days", testkit.County, 1)
		require.Equal(t, 2, w.MakeDuties())
		require.Equal(t, []string{"half 2026H2"}, dutiesOf(t, w, here))
		require.Equal(t, []string{"ordinary_year 2026"}, dutiesOf(t, w, there))
		c := w.Visit(here, "half")
		require.Equal(t, []string{"grid_member", "remote", "2026-09-20", "2026-12-31"},
			[]string{c.Facts.Text("duty_role"), c.Facts.Text("mode"), c.Facts.Text("wait_until"), c.Facts.Text("ends_on")})
	})
}

// sweep looks at all clocks that are due, as the rounds do.
func sweep(t *testing.T, w *testkit.World) *time.Time {
	t.Helper()
	for range 100 {
		s, err := w.Engine.Sweep(t.Context(), 50)
		require.NoError(t, err)
		if s.Cases < 50 {
			return s.Next
		}
	}
	require.Fail(t, "the clocks never come to rest")
	return nil
}

// A duty opens, reminds, and is missed at its end; nothing is done by itself.
func TestAVisitNobodyMakesIsMissed(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		w.SetPolicy("spread_days", testkit.County, 1)
		h := w.NewHousehold(testkit.Village)
		w.SetStatus(h.ID, "monitored")
		c := w.Visit(h, "monitored_month")
		sweep(t, w)
		require.EqualValues(t, "due", w.State(c.ID), "the period has begun")
		var task models.Task
		require.NoError(t, s.DB.Where("case_id = ? AND closed_at IS NULL", c.ID).Take(&task).Error)
		require.Equal(t, models.Queue(procedure.AssistancePerson, h.ID, ""), task.Queue, "in the inbox of the assistance person")

		end := time.Date(2026, 10, 1, 0, 0, 0, 0, policy.Shanghai)
		for {
			next := sweep(t, w)
			if next == nil || !next.Before(end) {
				break
			}
			w.SetNow(*next)
		}
		var rungs int64
		require.NoError(t, s.DB.Model(&models.ClockRung{}).Where("case_id = ?", c.ID).Count(&rungs).Error)
		require.EqualValues(t, 3, rungs, "three days, one day before, and on the day")
		w.SetNow(end.Add(-time.Second))
		sweep(t, w)
		require.EqualValues(t, "due", w.State(c.ID), "the last day is a whole day")
		w.SetNow(end)
		sweep(t, w)
		require.EqualValues(t, "missed", w.State(c.ID))
	})
}

// record makes the monthly visit to a household with a finding.
func record(w *testkit.World, h *models.Household, finding string, more ...map[string]any) *models.Case {
	w.T.Helper()
	c := w.Visit(h, "out_of_poverty_month")
	w.Skip(c.ID, w.Now())
	e, _ := w.Definition(c).Event("record_home")
	w.Fire(c.ID, "record_home", w.Doer(w.Case(c.ID), e), append([]map[string]any{{"finding": finding}}, more...)...)
	return w.Case(c.ID)
}

// A finding of new risk opens a clue in the same transaction, whose fifteen days
// count from the visit.
func TestNewRiskOpensAClue(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		w.SetPolicy("spread_days", testkit.County, 1)
		h := w.NewHousehold(testkit.Village)
		w.SetBase(h, "out_of_poverty")
		c := record(w, h, "户主突发疾病住院，自付费用很高，家中无其他收入", map[string]any{"new_risk": true})
		clue := w.Last(c.ID, "risk_clue")
		require.EqualValues(t, "new", clue.State)
		require.Equal(t, []string{h.ID, "routine_check", w.Now().Format(time.RFC3339)}, []string{clue.HouseholdID, clue.Facts.Text("channel"), clue.Facts.Text("found_at")})

		quiet := w.NewHousehold(testkit.Village)
		w.SetBase(quiet, "out_of_poverty")
		require.Empty(t, w.Children(record(w, quiet, "一切正常，收入稳定，孩子在校").ID, "risk_clue"))
	})
}

// Copied texts are flagged and never refused; what one writes about one household
// twice, or another visitor writes, is no copy.
func TestCopiedRecordsAreFlagged(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		w.SetPolicy("spread_days", testkit.County, 1)
		next := func() *models.Household {
			h := w.NewHousehold(testkit.Village)
			w.SetBase(h, "out_of_poverty")
			return h
		}
		text := "入户查看住房和饮水，户主在家务农，本月卖猪收入3200元，孩子在校读书，无新增困难，帮扶措施正常实施。"
		first := record(w, next(), text)
		require.Empty(t, first.Facts.Text("text_flag"))
		same := record(w, next(), "入户查看住房和饮水，户主在家务农，本月卖猪收入4100元，孩子在校读书，无新增困难，帮扶措施正常实施！")
		require.Equal(t, "与其他农户的走访记录相同", same.Facts.Text("text_flag"))
		near := record(w, next(), text+"已提醒")
		require.Equal(t, "与其他农户的走访记录高度相似", near.Facts.Text("text_flag"))
		other := record(w, next(), "户主外出务工，与其妻交谈，了解低保金发放和两个孩子的学费减免，老人身体尚好")
		require.Empty(t, other.Facts.Text("text_flag"))
		short := record(w, next(), "无变化")
		require.Empty(t, record(w, next(), "无变化").Facts.Text("text_flag"), "short answers are alike by nature")

		var rows []models.VisitText
		require.NoError(t, s.DB.Order("at, case_id").Find(&rows).Error)
		i := slices.IndexFunc(rows, func(r models.VisitText) bool { return r.CaseID == same.ID })
		require.Equal(t, first.ID, rows[i].LikeCaseID)
		i = slices.IndexFunc(rows, func(r models.VisitText) bool { return r.CaseID == short.ID })
		require.Nil(t, rows[i].Sketch)
		for _, r := range rows {
			require.NotContains(t, r.TextHash+string(r.Sketch), "务农", "no word of it is kept in the clear")
		}
	})
}

// Only whoever holds the role of the duty may record it.
func TestOnlyTheVisitorRecords(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		c := w.Reach("visit_task", "due") // a duty of the resident team
		cadre := w.Actor(procedure.VillageCadre)
		cadre.Role, cadre.As = procedure.Visitor, procedure.VillageCadre
		_, err := w.Try(c.ID, "record_home", cadre)
		w.Refused(err, procedure.Forbidden, "not_in_relation")
		member := w.Actor(procedure.ResidentMember)
		member.Role, member.As = procedure.Visitor, procedure.ResidentMember
		w.Fire(c.ID, "record_home", member)
		options, err := w.Engine.Options(t.Context(), w.Reach("visit_task", "due"), []activities.Actor{w.Actor(procedure.VillageCadre)})
		require.NoError(t, err)
		require.False(t, slices.ContainsFunc(options, func(o activities.Option) bool { return o.Allowed }))
	})
}

// A visit far from the house on record is flagged: from a thousand metres on.
func TestFarVisitsAreFlagged(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		w.SetPolicy("spread_days", testkit.County, 1)
		for latitude, far := range map[float64]bool{30.5: false, 30.5089: false, 30.5091: true} { // 990 m and 1012 m
			ident := w.Reach("identification", "approved") // verified at 104.5, 30.5
			var h models.Household
			require.NoError(t, s.DB.Where("id = ?", ident.HouseholdID).Take(&h).Error)
			w.SetBase(&h, "out_of_poverty")
			c := record(w, &h, "了解务工情况", map[string]any{"longitude": 104.5, "latitude": latitude})
			require.Equal(t, far, c.Facts.Text("place_flag") != "", latitude)
		}
	})
}

// What is due while the duties of a day are made rings in between.
func TestDutiesLetDueClocksRing(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		w.SetPolicy("spread_days", testkit.County, 1)
		h := w.NewHousehold(testkit.Village)
		w.SetStatus(h.ID, "monitored")
		c := w.Visit(h, "monitored_month")
		require.EqualValues(t, "scheduled", w.State(c.ID), "its clock is due, and nobody has looked")
		suite := testsuite.WorkflowTestSuite{}
		env := suite.NewTestActivityEnvironment()
		r := &activities.Rounds{Engine: w.Engine, PassOn: func(context.Context, []activities.Outgoing) {}}
		env.RegisterActivity(r)
		_, err := env.ExecuteActivity(r.Duties, policy.DateOf(w.Now()).String())
		require.NoError(t, err)
		require.EqualValues(t, "due", w.State(c.ID))
	})
}

// A server that stops leaves the duties of a day after a batch; another goes on from there.
func TestDutiesAreHandedOverByAServerThatStops(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w, _ := visitWorld(t, s)
		suite := testsuite.WorkflowTestSuite{}
		r := &activities.Rounds{Engine: w.Engine, PassOn: func(context.Context, []activities.Outgoing) {}}
		server := func() *testsuite.TestActivityEnvironment {
			env := suite.NewTestActivityEnvironment()
			env.RegisterActivity(r)
			return env
		}
		day := policy.DateOf(w.Now()).String()

		stops := make(chan struct{})
		close(stops)
		env := server()
		env.SetWorkerStopChannel(stops)
		var done map[string]any
		env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
			require.NoError(t, details.Get(&done))
		})
		_, err := env.ExecuteActivity(r.Duties, day)
		require.ErrorContains(t, err, "stops")
		require.EqualValues(t, 8, done["Made"])
		_, err = env.ExecuteActivity(r.Sweep)
		require.NoError(t, err, "what is done at once is done")

		env = server()
		env.SetHeartbeatDetails(done)
		made, err := env.ExecuteActivity(r.Duties, day)
		require.NoError(t, err)
		var n int
		require.NoError(t, made.Get(&n))
		require.Equal(t, 8, n)
	})
}
