package worker_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// onReal runs a test against a real Temporal server on every database, and checks
// afterwards that the records hold, that every message was taken and that case and
// workflow agree, with nothing personal in any history.
func onReal(t *testing.T, day time.Duration, test func(t *testing.T, w *live.World)) {
	t.Helper()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := live.New(t, store(t, dialect), live.Temporal(t, ""), day)
			test(t, w)
			w.Eventually(func() bool {
				var open int64
				return w.Store.DB.Model(&models.Outbox{}).Where("done_at IS NULL").Count(&open).Error == nil && open == 0
			}, "what was asked for is not done")
			w.Eventually(func() bool { return len(kinds(t, w, false)) == 0 }, "cases and workflows differ")
			v, err := w.Engine.Verify(t.Context())
			require.NoError(t, err)
			require.Empty(t, v.Bad)
			var ids []string
			require.NoError(t, w.Store.DB.Model(&models.WorkflowRun{}).Distinct().Pluck("case_id", &ids).Error)
			for _, id := range ids {
				for _, h := range w.Histories(id) {
					requireNothingPersonal(t, w, h)
				}
			}
		})
	}
}

// A transfer waits for the other village, is denied by it once, and then changes both
// registers in one step.
func TestTransferOnRealTemporal(t *testing.T) {
	t.Parallel()
	onReal(t, 0, func(t *testing.T, w *live.World) {
		from, to := w.NewHousehold(testkit.Village), w.NewHousehold(testkit.Village3)
		var daughter models.Person
		require.NoError(t, w.Store.DB.Where("household_id = ? AND ord = 3", from.ID).Take(&daughter).Error)
		leaving := map[string]any{"kind": procedure.MemberTransfer, "out_reason": "other", "target_no": to.No, "new_head": "",
			"leaving": []any{map[string]any{"person_id": daughter.ID, "new_relation": "女儿"}}}
		r := w.Opening("member_change", from, w.Actor(procedure.VillageCadre))
		for _, code := range []string{"in_reason", "new_members"} {
			delete(r.Form, code)
		}
		maps.Copy(r.Form, leaving)
		c, err := w.Cases.Open(t.Context(), r)
		require.NoError(t, err)
		w.Do(c.ID, "confirm")
		w.Until(c.ID, "counterpart_pending")
		require.Equal(t, testkit.Village3, w.Case(c.ID).OtherRegion)

		w.Do(c.ID, "counterpart_no")
		require.EqualValues(t, "returned", w.State(c.ID))
		w.Fire(w.Prepare(c.ID, "resubmit", leaving, map[string]any{"in_reason": nil, "new_members": nil}))
		w.Do(c.ID, "confirm")
		w.Until(c.ID, "counterpart_pending")
		w.Do(c.ID, "counterpart_ok", "pass", "enter")

		require.EqualValues(t, "entered", w.State(c.ID))
		require.NoError(t, w.Store.DB.Where("id = ?", daughter.ID).Take(&daughter).Error)
		require.Equal(t, to.ID, daughter.HouseholdID, "the same person, there")
		for h, want := range map[string]int{from.ID: 3, to.ID: 5} {
			var got models.Household
			require.NoError(t, w.Store.DB.Where("id = ?", h).Take(&got).Error)
			require.Equal(t, want, got.Population)
		}
	})
}

// A household leaves poverty: six steps, the notice of days in between, one department
// that reports a problem, and then all five in their order.
func TestPovertyExitOnRealTemporal(t *testing.T) {
	t.Parallel()
	onReal(t, drillDay, func(t *testing.T, w *live.World) {
		h := w.NewHousehold(testkit.Village)
		id := w.Open("poverty_exit", h, w.Actor(procedure.VillageCadre))
		w.Do(id, "select", "survey", "propose")
		notice := w.Last(id, "village_notice").ID
		w.Do(notice, "submit_draft", "post")
		w.WaitOut(notice, "ended_clean")
		w.Until(id, "community_verified")
		w.Do(id, "send", "dept_fail")
		require.EqualValues(t, "rectify", w.State(id))
		w.Do(id, "rectified", "dept_pass", "district_pass")
		require.EqualValues(t, "exited", w.State(id))
		var signed []string
		require.NoError(t, w.Store.DB.Model(&models.Endorsement{}).Where("case_id = ? AND event = ?", id, "dept_pass").Order("id").Pluck("dept", &signed).Error)
		require.Equal(t, []string{"water_affairs", "housing", "education", "medical_insurance", "human_resources"}, signed)
		require.NoError(t, w.Store.DB.Where("id = ?", h.ID).Take(h).Error)
		require.Equal(t, "out_of_poverty", h.BaseType)
	})
}

// The clocks of a plan that are started from outside ring: that of a plan begun early
// whose household is not admitted, and that of one whose responsible person has left.
// Both plans had no clock, and so no timer, at all.
func TestClocksStartedFromOutsideRing(t *testing.T) {
	t.Parallel()
	onReal(t, drillDay, func(t *testing.T, w *live.World) {
		w.SetPolicy("comparison_days", testkit.County, policy.Budget{Days: 60, Unit: policy.UnitCalendar})
		cadre := w.Actor(procedure.VillageCadre)
		begun := func() (ident, plan string) {
			r := w.Opening("identification", w.NewHousehold(testkit.Village), cadre)
			r.Form["fast_lane"] = true
			c, err := w.Cases.Open(t.Context(), r)
			require.NoError(t, err)
			w.Do(c.ID, "prepare", "sign_authorization")
			plan = w.Last(c.ID, "assistance_plan").ID
			w.Do(plan, "assign_responsible")
			w.Do(c.ID, "submit_verification")
			w.Fire(w.Prepare(plan, "declare_plan", map[string]any{"measures": []any{
				measure(w, "unstable_employment", "employment", "human_resources"), measure(w, "other", "social", "civil_affairs")}}))
			w.Do(plan, "plan_approve", "start")
			return c.ID, plan
		}
		ident, toStop := begun()
		_, left := begun()
		rang := func(plan, clock string) func() bool {
			return func() bool {
				var n int64
				err := w.Store.DB.Model(&models.ClockRung{}).Joins("JOIN clocks ON clocks.id = clock_rungs.clock_id").
					Where("clocks.case_id = ? AND clocks.code = ?", plan, clock).Count(&n).Error
				return err == nil && n > 0
			}
		}
		w.Do(ident, "withdraw")
		w.Eventually(rang(toStop, "stop"), "nobody is reminded to stop the plan")

		account := w.Case(left).Facts.Text("responsible_account")
		require.NoError(t, w.Store.DB.Model(&models.RoleGrant{}).Where("household_id = ? AND user_id = ?", w.Case(left).HouseholdID, account).
			Update("valid_to", w.Engine.Clock.Now()).Error)
		require.NoError(t, w.Cases.StartRounds(t.Context()))
		w.Eventually(rang(left, "handover"), "nobody is reminded to name another person")
		require.EqualValues(t, "implementing", w.State(toStop), "no timer ends a plan")
		require.NoError(t, w.Client.TerminateWorkflow(t.Context(), "rounds", "", "the test ends"))
	})
}

// measure is one row of a plan.
func measure(w *live.World, risk, kind, dept string) map[string]any {
	due := policy.DateOf(w.Engine.Clock.Now()).AddDays(200)
	return map[string]any{"risk": risk, "kind": kind, "content": "按户落实", "dept": dept, "amount": 100000.0, "due": due.String()}
}
