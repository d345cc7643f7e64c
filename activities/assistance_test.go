package activities_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// row is one measure of a plan.
func row(risk, kind, due string, more ...string) map[string]any {
	r := map[string]any{"risk": risk, "kind": kind, "content": "按规定落实", "dept": "human_resources", "amount": 100000.0, "due": due}
	if len(more) > 0 {
		r["ends_on"] = more[0]
	}
	return r
}

func rows(list ...map[string]any) map[string]any {
	out := make([]any, len(list))
	for i, r := range list {
		out[i] = r
	}
	return map[string]any{"measures": out}
}

// admitted is a plan in the hands of its assistance person, for a household
// identified with the given risks.
func admitted(w *testkit.World, risks ...string) *models.Case {
	w.T.Helper()
	ident := w.Reach("identification", "county_review")
	w.Ready(ident.ID, "county_pass")
	types := make([]any, len(risks))
	for i, r := range risks {
		types[i] = r
	}
	w.Fire(ident.ID, "county_pass", w.Actor(procedure.CountyOffice), map[string]any{"risk_types": types})
	plan := w.Last(ident.ID, "assistance_plan")
	w.Do(plan.ID, "assign_responsible")
	return w.Case(plan.ID)
}

// helper is the assistance person of a plan's household.
func helper(w *testkit.World, plan *models.Case) activities.Actor {
	a := w.Nth(procedure.ResidentMember, plan.RegionCode, 0)
	a.Role, a.Region = procedure.AssistancePerson, ""
	return a
}

// finish brings a measure to its verification.
func finish(w *testkit.World, m models.Case) {
	w.T.Helper()
	for _, event := range []string{"apply", "accept", "begin", "deliver", "verify"} {
		w.Do(m.ID, event)
	}
}

// The whole life of a plan: two measures, one refused by its department, so that the
// plan is adjusted; a second version; all verified; evaluated; ended with the
// observation. The second version does not open again what was done.
func TestAPlanFromPairingToTheEndOfObservation(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		plan := admitted(w, "illness", "unstable_employment")
		me := helper(w, plan)
		due := "2026-10-30"
		w.Fire(plan.ID, "declare_plan", me, rows(row("illness", "health", due), row("unstable_employment", "employment", due)))
		w.Do(plan.ID, "plan_return")
		w.Fire(plan.ID, "declare_plan", me, rows(row("illness", "health", due), row("unstable_employment", "employment", due)))
		w.Do(plan.ID, "plan_approve")
		w.Do(plan.ID, "start")
		list := w.Children(plan.ID, "measure")
		require.Len(t, list, 2)
		require.Equal(t, []string{"health", "human_resources", due}, []string{list[0].Facts.Text("kind"), list[0].Dept, list[0].Facts.Text("due")})
		require.Empty(t, list[0].Facts.Text("risk"), "the department is not told why")

		finish(w, list[0])
		require.EqualValues(t, "implementing", w.State(plan.ID))
		w.Do(list[1].ID, "apply")
		w.Do(list[1].ID, "refuse")
		require.EqualValues(t, "adjusting", w.State(plan.ID), "a refused measure is told")

		_, err := w.Try(plan.ID, "declare_plan", me, map[string]any{"measures": nil})
		w.Refused(err, procedure.Invalid, "risk_unanswered")
		w.Fire(plan.ID, "declare_plan", me, rows(row("unstable_employment", "public_post", due, "2028-12-31")))
		w.Do(plan.ID, "plan_approve")
		w.Do(plan.ID, "start")
		list = w.Children(plan.ID, "measure")
		require.Len(t, list, 3, "one more, none twice")
		var version int
		list[2].Facts.Value("plan_version", &version)
		require.Equal(t, 2, version)

		w.Do(list[2].ID, "apply")
		w.Do(list[2].ID, "accept")
		require.EqualValues(t, "implementing", w.State(plan.ID))
		w.Do(list[2].ID, "begin")
		require.EqualValues(t, "delivered", w.State(plan.ID), "a post that runs on for years holds up nothing")
		evaluate := map[string]any{"risks": []any{map[string]any{"risk": "illness", "result": "resolved", "detail": "已康复"}}}
		w.Ready(plan.ID, "evaluate")
		_, err = w.Try(plan.ID, "evaluate", w.Actor(procedure.VillageCadre), evaluate)
		w.Refused(err, procedure.Invalid, "risk_not_evaluated")
		evaluate["risks"] = append(evaluate["risks"].([]any), map[string]any{"risk": "unstable_employment", "result": "eased", "detail": "已上岗"})
		w.Fire(plan.ID, "evaluate", w.Actor(procedure.VillageCadre), evaluate)

		_, err = w.Engine.Commit(t.Context(), activities.CommitRequest{CaseID: plan.ID, Event: "close", Key: "x", ExpectedSeq: activities.AnySeq, Actor: activities.BySystem})
		w.Refused(err, procedure.Invalid, "not_observed")
		w.SetStatus(plan.HouseholdID, "stable")
		w.ByRule(plan.ID, "close", activities.BySystem)
		require.EqualValues(t, "closed", w.State(plan.ID))
		require.EqualValues(t, "delivering", w.State(list[2].ID), "outlasts the plan")
		finishing := []string{"deliver", "verify"}
		for _, event := range finishing {
			w.Do(list[2].ID, event)
		}
		require.EqualValues(t, "verified", w.State(list[2].ID))
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// The account that is paired reaches the household; the one before does no more.
func TestPairingMovesTheGrant(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		plan := admitted(w, "unstable_employment")
		holders := func() []string {
			ids, err := w.Engine.Holders(s.DB, plan, procedure.AssistancePerson)
			require.NoError(t, err)
			return ids
		}
		member, leader := w.Actor(procedure.ResidentMember), w.Actor(procedure.ResidentLeader)
		require.Equal(t, []string{member.UserID}, holders(), "the one of before has gone")
		office := w.Actor(procedure.TownshipOffice)
		_, err := w.Try(plan.ID, "replace_responsible", office, map[string]any{"responsible_account": member.UserID})
		w.Refused(err, procedure.Invalid, "same_person")
		_, err = w.Try(plan.ID, "replace_responsible", office, map[string]any{"responsible_account": w.Farmer(plan.HouseholdID).UserID})
		w.Refused(err, procedure.Invalid, "unknown_option")
		w.SetNow(w.Now().Add(time.Minute))
		w.Fire(plan.ID, "replace_responsible", office, map[string]any{"responsible_account": leader.UserID})
		require.Equal(t, []string{leader.UserID}, holders())
		require.EqualValues(t, "drafting", w.State(plan.ID))
		var grants int64
		require.NoError(t, s.DB.Model(&models.RoleGrant{}).Where("household_id = ? AND role = ?", plan.HouseholdID, procedure.AssistancePerson).Count(&grants).Error)
		require.EqualValues(t, 3, grants, "ended, not removed")
	})
}

// With 先行帮扶 the plan begins beside the identification; without, with its approval;
// never twice. Its limit counts from there.
func TestFastLanePlanBeginsBeforeApproval(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		cadre := w.Actor(procedure.VillageCadre)
		slow := w.Open("identification", w.NewHousehold(testkit.Village), cadre, map[string]any{"fast_lane": false})
		fast := w.Open("identification", w.NewHousehold(testkit.Village), cadre, map[string]any{"fast_lane": true})
		for _, id := range []string{slow.ID, fast.ID} {
			w.Do(id, "prepare")
			w.Do(id, "sign_authorization")
		}
		require.Empty(t, w.Children(slow.ID, "assistance_plan"))
		plan := w.Last(fast.ID, "assistance_plan")
		w.Do(plan.ID, "assign_responsible")
		_, err := w.Try(plan.ID, "declare_plan", helper(w, plan))
		w.Refused(err, procedure.Invalid, "risks_unknown")
		w.Do(fast.ID, "submit_verification")
		w.Fire(plan.ID, "declare_plan", helper(w, plan), rows(row("unstable_employment", "employment", "2026-10-30"), row("other", "social", "2026-10-30")))
		for _, event := range []string{"review_pass", "notice_passed", "township_pass", "county_pass"} {
			w.Do(fast.ID, event)
		}
		require.EqualValues(t, "approved", w.State(fast.ID))
		require.Len(t, w.Children(fast.ID, "assistance_plan"), 1)

		var clock models.ClockRow
		require.NoError(t, s.DB.Where("case_id = ? AND code = ?", plan.ID, "plan").Take(&clock).Error)
		require.Equal(t, "2026-10-01", clock.LastDay, "ten days from 21 September")
	})
}

// A plan that began early and whose household is not admitted is put before the
// township at once; one of an admitted household is not.
func TestTheTownshipIsToldToStopAPlan(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		told := func(plan string) (n int64) {
			require.NoError(t, s.DB.Model(&models.Message{}).Where("case_id = ? AND clock_id LIKE 'stop:%' AND urgent", plan).Count(&n).Error)
			return n
		}
		begin := func() (ident, plan string) {
			c := w.Open("identification", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre), map[string]any{"fast_lane": true})
			w.Do(c.ID, "prepare")
			w.Do(c.ID, "sign_authorization")
			return c.ID, w.Last(c.ID, "assistance_plan").ID
		}
		away, hands := w.Actor(procedure.TownshipOffice), w.Actor(procedure.LinkedLeader)
		leave(t, w, away, hands, "2026-09-01", "2026-10-30")
		ident, plan := begin()
		w.Do(ident, "verify_no_risk")
		require.EqualValues(t, 3, told(plan), "both accounts of the office and who stands in for one")
		require.Contains(t, messages(t, w, plan, hands.UserID)[0].Body, "代"+w.Name(away.UserID)+"办理")
		w.Do(plan, "stop")
		require.EqualValues(t, "ended_no_admission", w.State(plan))
		ident, plan = begin()
		w.Do(ident, "submit_verification")
		require.Zero(t, told(plan))
	})
}

// inboxes are the roles in whose inbox a case waits.
func inboxes(t *testing.T, w *testkit.World, id string) []procedure.Role {
	t.Helper()
	var out []procedure.Role
	require.NoError(t, w.Store.DB.Model(&models.Task{}).Where("case_id = ? AND closed_at IS NULL", id).Order("role").Pluck("role", &out).Error)
	return out
}

// A plan of a household that was not admitted waits with the township until somebody
// stops it: its clock runs and climbs, nothing new begins, and no timer ends it. When
// the household is identified again, the plan goes on.
func TestAPlanToBeStoppedWaitsWithTheTownship(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		fast := func() (ident *models.Case) {
			ident = w.Open("identification", h, cadre, map[string]any{"fast_lane": true})
			w.Do(ident.ID, "prepare")
			w.Do(ident.ID, "sign_authorization")
			return ident
		}
		ident := fast()
		plan := w.Last(ident.ID, "assistance_plan")
		w.Do(plan.ID, "assign_responsible")
		w.Do(ident.ID, "submit_verification")
		w.Fire(plan.ID, "declare_plan", helper(w, plan), rows(row("unstable_employment", "employment", "2026-10-30"), row("other", "social", "2026-10-30")))
		w.Do(plan.ID, "plan_approve")
		require.Empty(t, clockRuns(t, w, plan.ID, "stop"))
		require.Equal(t, []procedure.Role{procedure.AssistancePerson}, inboxes(t, w, plan.ID))

		w.Do(ident.ID, "withdraw")
		require.Equal(t, "2026-09-26", running(t, w, plan.ID, "stop").LastDay, "five days after 21 September")
		require.Equal(t, []procedure.Role{procedure.AssistancePerson, procedure.TownshipOffice}, inboxes(t, w, plan.ID))
		_, err := w.Try(plan.ID, "start", helper(w, plan))
		w.Refused(err, procedure.Invalid, "plan_to_stop")

		again := fast()
		require.NotNil(t, clockRuns(t, w, plan.ID, "stop")[0].StoppedAt, "goes on with the next identification")
		require.Equal(t, []procedure.Role{procedure.AssistancePerson}, inboxes(t, w, plan.ID))
		w.Do(again.ID, "withdraw")
		w.AdvanceTo(at("10-20 09:00"))
		row := running(t, w, plan.ID, "stop")
		require.Equal(t, 2, row.Run)
		require.EqualValues(t, "approved", w.State(plan.ID), "no timer stops a plan")
		var levels []string
		require.NoError(t, s.DB.Model(&models.ClockRung{}).Where("clock_id = ?", row.ID).Order("no").Pluck("level", &levels).Error)
		require.Contains(t, levels, policy.LevelCounty, "the ladder climbs")

		w.Do(plan.ID, "stop")
		require.EqualValues(t, "ended_no_admission", w.State(plan.ID))
		require.Empty(t, inboxes(t, w, plan.ID))
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// A household that was observed before goes on with the plan it had; one begun for the
// identification that was refused is to be stopped.
func TestOnlyThePlanBegunForARefusedIdentificationIsToStop(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		plan := w.Reach("assistance_plan", "evaluated")
		var h models.Household
		require.NoError(t, s.DB.Where("id = ?", plan.HouseholdID).Take(&h).Error)
		w.Do(plan.ParentID, "announce")
		w.Do(plan.ParentID, "register")
		w.SetStatus(h.ID, "observing")
		require.NoError(t, s.DB.Model(&models.Case{}).Where("household_id = ? AND procedure = ?", h.ID, "household_status").Update("state", "observing").Error)
		w.SetNow(w.Now().Add(24 * time.Hour))
		ident := w.Open("identification", &h, w.Actor(procedure.VillageCadre), map[string]any{"fast_lane": true})
		w.Do(ident.ID, "cancel")
		require.NoError(t, s.DB.Where("id = ?", h.ID).Take(&h).Error)
		require.EqualValues(t, "observing", h.Status)
		require.Empty(t, clockRuns(t, w, plan.ID, "stop"))

		w.ByRule(plan.ID, "adjust", activities.ByProcedure)
		require.NoError(t, s.DB.Model(&models.Case{}).Where("id = ?", plan.ID).Update("opened_at", w.Now()).Error)
		ident = w.Open("identification", &h, w.Actor(procedure.VillageCadre), map[string]any{"fast_lane": true})
		w.Do(ident.ID, "cancel")
		require.Len(t, clockRuns(t, w, plan.ID, "stop"), 1)
	})
}

// Once the responsible person has left, the township has its days to name another one;
// the clock starts by the record, stops with the replacement or the return, and what was
// handed over late needs a reason.
func TestAHandoverHasAClock(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		plan := w.Reach("assistance_plan", "implementing")
		fresh := w.Reach("assistance_plan", "unassigned")
		start := func() {
			_, err := w.Engine.StartHandovers(t.Context())
			require.NoError(t, err)
			w.Deliver()
		}
		grant := s.DB.Model(&models.RoleGrant{}).Where("role = ? AND household_id = ? AND user_id = ?", procedure.AssistancePerson, plan.HouseholdID, plan.Facts.Text("responsible_account"))
		start()
		require.Empty(t, clockRuns(t, w, plan.ID, "handover"))

		left := w.Now()
		day := func(n int) string { return policy.DateOf(left).AddDays(n).String() }
		require.NoError(t, grant.Update("valid_to", left).Error)
		w.SetNow(left.AddDate(0, 0, 1))
		start()
		start()
		require.Len(t, clockRuns(t, w, plan.ID, "handover"), 1, "once")
		require.Equal(t, day(5), running(t, w, plan.ID, "handover").LastDay, "five days after he left")
		require.Equal(t, []procedure.Role{procedure.TownshipOffice}, inboxes(t, w, plan.ID))
		require.Empty(t, clockRuns(t, w, fresh.ID, "handover"), "nobody was named yet")

		require.NoError(t, grant.Update("valid_to", nil).Error)
		start()
		require.NotNil(t, clockRuns(t, w, plan.ID, "handover")[0].StoppedAt, "he is back")
		require.Empty(t, inboxes(t, w, plan.ID))

		account := s.DB.Model(&models.User{}).Where("id = ?", plan.Facts.Text("responsible_account"))
		require.NoError(t, account.Update("disabled", true).Error)
		w.SetNow(left.AddDate(0, 0, 3))
		start()
		require.Equal(t, day(3+5), running(t, w, plan.ID, "handover").LastDay, "his account was closed today")
		w.Advance(12)
		row := running(t, w, plan.ID, "handover")
		require.Greater(t, row.LastNo, 3, "overdue, it goes on climbing")

		other := w.Actor(procedure.ResidentLeader)
		_, err := w.Try(plan.ID, "replace_responsible", w.Actor(procedure.TownshipOffice), map[string]any{
			"responsible_account": other.UserID, "left_on": day(12), "handed_over_on": day(12), "late_reason": nil})
		w.Refused(err, procedure.Invalid, "handover_late")
		w.Fire(plan.ID, "replace_responsible", w.Actor(procedure.TownshipOffice), map[string]any{
			"responsible_account": other.UserID, "left_on": day(3), "handed_over_on": day(12), "late_reason": "汛期值守"})
		require.NotNil(t, clockRuns(t, w, plan.ID, "handover")[1].StoppedAt)
		require.Empty(t, inboxes(t, w, plan.ID))
		start()
		require.Len(t, clockRuns(t, w, plan.ID, "handover"), 2)
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// plan_anchor counts the ten days from the approval, or from the acceptance.
func TestPlanDaysCountFromTheirAnchor(t *testing.T) {
	t.Parallel()
	for _, anchor := range []string{"identified", "accepted"} {
		t.Run(anchor, func(t *testing.T) {
			t.Parallel()
			testkit.EachStore(t, func(t *testing.T, s *models.Store) {
				w := testkit.NewWorld(t, s)
				w.SetPolicy("plan_anchor", testkit.County, anchor)
				ident := w.Fresh("identification")
				want := w.Now()
				w.SetNow(want.Add(24 * time.Hour))
				for _, event := range []string{"prepare", "sign_authorization", "submit_verification", "review_pass", "notice_passed", "township_pass", "county_pass"} {
					w.Do(ident.ID, event)
				}
				if anchor == "identified" {
					want = w.Now()
				}
				from, err := time.Parse(time.RFC3339, w.Last(ident.ID, "assistance_plan").Facts.Text("plan_from"))
				require.NoError(t, err)
				require.Equal(t, want, from.UTC())
			})
		})
	}
}

// labour writes what the record says of the members' labour.
func labour(w *testkit.World, household string, values ...string) {
	w.T.Helper()
	var people []models.Person
	require.NoError(w.T, w.Store.DB.Where("household_id = ?", household).Order("ord").Find(&people).Error)
	for i := range people {
		v := ""
		if i < len(values) {
			v = values[i]
		}
		require.NoError(w.T, people[i].SetSecret(w.Store.Vault, models.PersonSecret{Labour: v}))
		require.NoError(w.T, w.Store.DB.Save(&people[i]).Error)
	}
}

// What stops a plan is on record: an admission refused or revoked; and no help is
// left in the air.
func TestAPlanIsStoppedForACause(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		plan := w.Reach("assistance_plan", "implementing")
		office := w.Actor(procedure.TownshipOffice)
		stop := func(cause string) error {
			_, err := w.Try(plan.ID, "stop", office, map[string]any{"cause": cause})
			return err
		}
		w.Refused(stop("not_admitted"), procedure.Invalid, "cause_differs")
		w.Refused(stop("revoked"), procedure.Invalid, "cause_differs")
		w.Refused(stop("household_gone"), procedure.Invalid, "measures_open")
		w.Do(plan.ParentID, "cancel_approved")
		w.Refused(stop("not_admitted"), procedure.Invalid, "measures_open")
		w.Do(w.Last(plan.ID, "measure").ID, "cancel")
		require.NoError(t, stop("not_admitted"))
		require.EqualValues(t, "ended_no_admission", w.State(plan.ID))

		h := w.NewHousehold(testkit.Village)
		_, err := w.TryOpen(w.Key(), "assistance_plan", h, office)
		w.Refused(err, procedure.Invalid, "no_plan_needed")
		w.SetStatus(h.ID, "monitored")
		other := w.Open("assistance_plan", h, office)
		_, err = w.TryOpen(w.Key(), "assistance_plan", h, office)
		w.Refused(err, procedure.Conflict, "case_already_open")
		w.SetStatus(h.ID, "revoked")
		_, err = w.Try(other.ID, "stop", office, map[string]any{"cause": "revoked"})
		require.NoError(t, err)
	})
}

// A measure goes to the department that the plan named, is verified by somebody
// who did not deliver it, and its department answers within the days of its kind.
func TestMeasureInItsDepartment(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		m := w.Reach("measure", "applied")
		require.Equal(t, "human_resources", m.Dept)
		want := w.Now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, 5).Format(time.DateOnly)
		require.Equal(t, want, m.Facts.Text("accept_by"))
		var clock models.ClockRow
		require.NoError(t, s.DB.Where("case_id = ? AND code = ? AND stopped_at IS NULL", m.ID, "accept").Take(&clock).Error)
		require.Equal(t, want, clock.LastDay)
		_, err := w.Try(m.ID, "accept", w.DeptOf(procedure.CountyDept, "education"))
		w.Refused(err, procedure.Invalid, "other_department")
		w.Fire(m.ID, "accept", w.DeptOf(procedure.CountyDept, "human_resources"))
		w.Do(m.ID, "begin")
		worker := w.Grant(w.Actor(procedure.TownshipOffice), procedure.AssistancePerson, testkit.Township)
		w.Fire(m.ID, "deliver", worker)
		_, err = w.Try(m.ID, "verify", w.Actor(procedure.TownshipOffice))
		w.Refused(err, procedure.Forbidden, "separation_of_duties")
		plan := m.ParentID
		w.Do(m.ID, "no_effect")
		require.EqualValues(t, "adjusting", w.State(plan), "without effect: the plan is told")
	})
}

func TestFiveOnesOfAHousehold(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		w.SetPolicy("spread_days", testkit.County, 1)
		plan := w.Reach("assistance_plan", "declared")
		score := func() string {
			f, err := w.Engine.FiveOnes(t.Context(), plan.HouseholdID)
			require.NoError(t, err)
			return f.String()
		}
		require.Equal(t, "2/5，缺一个帮扶计划、一套帮扶措施、一月一走访", score())
		w.Do(plan.ID, "plan_approve")
		w.Do(plan.ID, "start")
		require.Equal(t, "4/5，缺一月一走访", score())
		w.SetStatus(plan.HouseholdID, "monitored")
		var h models.Household
		require.NoError(t, s.DB.Where("id = ?", plan.HouseholdID).Take(&h).Error)
		visit := w.Visit(&h, "monitored_month")
		w.Skip(visit.ID, w.Now())
		w.Do(visit.ID, "record_home")
		require.Equal(t, "5/5", score())
		closed := *w.Case(visit.ID).ClosedAt
		w.SetNow(closed.AddDate(0, 1, 0))
		require.Equal(t, "5/5", score())
		w.SetNow(closed.AddDate(0, 1, 1))
		require.Equal(t, "4/5，缺一月一走访", score(), "a month has gone by")
		require.NoError(t, s.DB.Model(&models.User{}).Where("id = ?", w.Case(plan.ID).Facts.Text("responsible_account")).Update("disabled", true).Error)
		require.Contains(t, score(), "一名结对帮扶责任人", "whose account is closed helps nobody")
	})
}

// S003 #18: a plan is late after the last day of its limit, a visit after a month, by what the procedures have recorded.
func TestAssistanceChecksOfAHousehold(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("spread_days", testkit.County, 1)
		plan := w.Reach("assistance_plan", "drafting")
		w.SetStatus(plan.HouseholdID, "monitored")
		h := reload(t, w, &models.Household{ID: plan.HouseholdID})
		visit := w.Visit(h, "monitored_month")
		w.Skip(visit.ID, w.Now())
		w.Do(visit.ID, "record_home")
		seen := policy.DateOf(*w.Case(visit.ID).ClosedAt)
		check := func(code string) policy.Finding {
			t.Helper()
			found, err := w.Engine.AssistanceChecks(t.Context(), reload(t, w, &models.Household{ID: plan.HouseholdID}))
			require.NoError(t, err)
			i := slices.IndexFunc(found, func(f policy.Finding) bool { return f.Code == code })
			return found[i]
		}
		due := running(t, w, plan.ID, "plan").LastDay
		last, err := policy.ParseDate(due)
		require.NoError(t, err)
		w.SetNow(last.Start().Add(9 * time.Hour))
		require.Equal(t, policy.VerdictYes, check(policy.CheckPlan).Verdict, check(policy.CheckPlan).Reason)
		w.SetNow(last.AddDays(1).Start().Add(9 * time.Hour))
		require.Equal(t, policy.VerdictNo, check(policy.CheckPlan).Verdict, check(policy.CheckPlan).Reason)
		require.Equal(t, policy.VerdictJudge, check(policy.CheckMeasures).Verdict)
		w.Do(plan.ID, "declare_plan")
		w.SetNow(last.AddDays(9).Start().Add(9 * time.Hour))
		require.Contains(t, check(policy.CheckPlan).Reason, "超期1天", "it was made the day after")
		for day, want := range map[policy.Date]policy.Verdict{seen.AddMonths(1): policy.VerdictYes, seen.AddMonths(1).AddDays(1): policy.VerdictNo} {
			w.SetNow(day.Start().Add(9 * time.Hour))
			require.Equal(t, want, check(policy.CheckVisit).Verdict, check(policy.CheckVisit).Reason)
		}
	})
}

// A plan that another procedure has taken up again, as a rollback does, answers for
// what was thought resolved; one that its person adjusts does not.
func TestARollbackRevivesTheRisks(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		asked := func(by activities.Actor) int {
			plan := w.Reach("assistance_plan", "evaluated")
			if by.Role.Human() {
				w.Do(plan.ID, "adjust")
			} else {
				w.ByRule(plan.ID, "adjust", by)
			}
			// The measure of the first version counts no more.
			require.NoError(t, s.DB.Exec("UPDATE cases SET state = 'not_effective' WHERE parent_id = ?", plan.ID).Error)
			faults, err := w.Engine.AskGuard(w.Case(plan.ID), "declare_plan", activities.Actor{}, nil, procedure.Guard{Name: procedure.GuardRisksAnswered})
			require.NoError(t, err)
			return len(faults)
		}
		require.Equal(t, 1, asked(activities.ByProcedure))
		require.Zero(t, asked(activities.Actor{Role: procedure.AssistancePerson}))
	})
}
