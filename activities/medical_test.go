package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() { guardTests[procedure.GuardMedicalBurden] = medicalBurdenGuard }

// The share is 25 % of 20,000 yuan: exactly 5,000 yuan is not above it.
func medicalBurdenGuard(a *asked) {
	c := a.Fresh("medical_reassistance")
	who := a.Actor(procedure.VillageCadre)
	bill := func(own float64) answers {
		return answers{"person_id": a.Setting(c).People[0], "total_cost": 1000000 + own, "basic_paid": 600000.0, "serious_paid": 300000.0, "aid_paid": 100000.0}
	}
	a.holds(c, "apply", who, bill(500001))
	a.fails("burden_below_ratio", c, "apply", who, bill(500000))
	a.fails("paid_more_than_cost", c, "apply", who, bill(-1))
	stranger := bill(500001)
	stranger["person_id"] = "nobody"
	a.fails("not_a_member", c, "apply", who, stranger)

	// A verification knows the sum alone, and opens no second alert.
	ident := a.Fresh("identification")
	a.holds(ident, "submit_verification", who, answers{"own_medical": 500001.0})
	a.fails("burden_below_ratio", ident, "submit_verification", who, answers{"own_medical": 500000.0})
	same := a.Open("identification", a.household(c), who)
	a.fails("case_already_open", same, "submit_verification", who, answers{"own_medical": 500001.0})

	a.SetPolicy("med_burden_ratio", testkit.Village2, 0.5)
	other := a.Open("identification", a.NewHousehold(testkit.Village2), a.Nth(procedure.VillageCadre, testkit.Village2, 0))
	a.fails("burden_below_ratio", other, "submit_verification", who, answers{"own_medical": 1000000.0})
	a.holds(other, "submit_verification", who, answers{"own_medical": 1000001.0})
}

// A place that has not set the income it is measured by gets no alert and is told why.
func TestMedicalBurdenNeedsAReference(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		_, err := w.TryOpen(w.Key(), "medical_reassistance", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre))
		w.Refused(err, procedure.Invalid, "disposable_income_missing")
	})
}

// From the alert, which also opens a clue, to the payment by the medical insurance
// department, which sees the case only once it is before it.
func TestMedicalReassistance(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Fresh("medical_reassistance")
		clue := w.Last(c.ID, "risk_clue")
		require.Equal(t, []any{procedure.State("new"), "associated"}, []any{clue.State, clue.Facts.Text("channel")})
		for _, code := range []string{"total_cost", "basic_paid", "situation"} {
			require.NotContains(t, c.Facts.Values, code, "sums and illness stay out of the facts")
		}
		through(w, c, "apply", "check")
		require.Empty(t, w.Case(c.ID).Dept)
		w.Do(c.ID, "send")
		require.Equal(t, "medical_insurance", w.Case(c.ID).Dept)
		var task models.Task
		require.NoError(t, w.Store.DB.Where("case_id = ? AND closed_at IS NULL", c.ID).Take(&task).Error)
		require.Equal(t, "county_dept@"+testkit.County+"/medical_insurance", task.Queue)
		_, err := w.Try(c.ID, "grant", w.DeptOf(procedure.CountyDept, "civil_affairs"))
		w.Refused(err, procedure.Invalid, "other_department")
		w.Do(c.ID, "grant")
		require.NotNil(t, w.Case(c.ID).ClosedAt)
	})
}

// A verification in the home that finds the burden opens the alert by itself; its clue
// goes into the identification that is open.
func TestVerificationOpensTheAlert(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("disposable_income_fen", testkit.County, 2000000)
		for _, x := range []struct {
			own  float64
			want int
		}{{500001, 1}, {500000, 0}} {
			ident := w.Reach("identification", "home_verification")
			w.Ready(ident.ID, "submit_verification")
			e, _ := w.Definition(ident).Event("submit_verification")
			w.Fire(ident.ID, "submit_verification", w.Doer(ident, e), answers{"own_medical": x.own})
			alerts := w.Children(ident.ID, "medical_reassistance")
			require.Len(t, alerts, x.want)
			for _, m := range alerts {
				require.Equal(t, procedure.State("merged"), w.Last(m.ID, "risk_clue").State)
			}
		}
	})
}

func TestMedicalClocks(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for state, x := range map[procedure.State]struct {
			clock string
			days  int
		}{"alert": {"alert", 5}, "applied": {"check", 5}, "township_check": {"check", 5}, "dept_review": {"review", 10}} {
			c := w.Reach("medical_reassistance", state)
			due := running(t, w, c.ID, x.clock).DueAt
			require.Equal(t, policy.DateOf(w.Now()).AddDays(x.days+1).Start().UTC(), due.UTC(), state)
		}
	})
}
