package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

type answers = map[string]any

func onBoth(t *testing.T, f func(t *testing.T, w *testkit.World)) {
	t.Helper()
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) { f(t, testkit.NewWorld(t, s)) })
}

// The main job, whole: from a clue to a registered household, with a department
// hit explained, an objection overruled and a township return on the way.
func TestMainJob(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		office := w.Actor(procedure.TownshipOffice)
		ident := fromClueToReview(t, w, h)

		w.Fire(ident.ID, "review_pass", w.Actor(procedure.VillageSecretary))
		hit := explainHit(w, ident.ID, office)
		notice := overruleObjection(t, w, ident.ID)
		require.Equal(t, procedure.State("ended_overruled"), w.State(notice.ID))
		require.Equal(t, procedure.State("township_review"), w.State(ident.ID))

		w.Fire(ident.ID, "township_return", office, answers{"reason": "收入测算表缺少务工证明"})
		require.Equal(t, 1, w.Case(ident.ID).Returns)
		w.Do(ident.ID, "submit_verification")
		w.Fire(ident.ID, "review_pass", w.Actor(procedure.VillageSecretary))
		require.Len(t, w.Children(ident.ID, "village_notice"), 2, "a second review has a notice of its own")
		w.Do(ident.ID, "notice_passed")
		require.Equal(t, procedure.State("settled"), w.State(hit), "a department is not asked again")
		approveAndRegister(t, w, ident.ID, office)

		require.Equal(t, procedure.State("monitored"), w.Status(h.ID).State)
		var stored models.Household
		require.NoError(t, w.Store.DB.Where("id = ?", h.ID).Take(&stored).Error)
		require.Equal(t, procedure.State("monitored"), stored.Status)
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// fromClueToReview takes a household from a clue found by big data to the review.
func fromClueToReview(t *testing.T, w *testkit.World, h *models.Household) *models.Case {
	cadre := w.Actor(procedure.VillageCadre)
	clue := w.Open("risk_clue", h, w.Actor(procedure.CountyOffice), answers{"found_at": "2026-09-20T15:00:00+08:00", "channel": "big_data"})
	w.Fire(clue.ID, "dispatch", w.Actor(procedure.TownshipOffice), answers{"target_village": testkit.Village})
	w.Fire(clue.ID, "accept", cadre)
	w.Endorse(clue.ID, "confirm_risk", w.Actor(procedure.GridMember))
	w.Fire(clue.ID, "confirm_risk", cadre)
	require.Equal(t, procedure.State("risk_confirmed"), w.State(clue.ID), "not merged into what it has opened")

	ident := w.Last(clue.ID, "identification")
	require.Equal(t, "2026-09-20T15:00:00+08:00", ident.Facts.Text("found_at"), "the moment of the clue starts the fifteen days")
	require.Equal(t, "big_data", ident.Facts.Text("channel"))
	require.Equal(t, procedure.State("candidate"), w.Status(h.ID).State)

	w.Fire(ident.ID, "prepare", cadre)
	cadre.OnBehalf = true // the farmer leaves his fingerprint, the cadre records it
	w.Fire(ident.ID, "sign_authorization", cadre, answers{"sign_mode": "fingerprint", "helper": "邻居老何", "read_out": true})
	require.Len(t, w.Children(ident.ID, "dept_comparison"), 4)
	w.Do(ident.ID, "submit_verification")
	return w.Case(ident.ID)
}

// explainHit has one department find something that is then explained and
// accepted, and returns that comparison.
func explainHit(w *testkit.World, ident string, office activities.Actor) string {
	c := w.Children(ident, "dept_comparison")[0]
	dept := w.DeptOf(procedure.CountyDept, c.Dept)
	w.Fire(c.ID, "accept", dept)
	w.Fire(c.ID, "answer_hit", dept)
	w.Do(c.ID, "explain")
	w.Fire(c.ID, "ask_more", office)
	w.Do(c.ID, "explain")
	w.Fire(c.ID, "settle", office)
	return c.ID
}

// overruleObjection posts the notice, has it objected to, and lets its period end.
func overruleObjection(t *testing.T, w *testkit.World, ident string) *models.Case {
	cadre, n := w.Actor(procedure.VillageCadre), w.Last(ident, "village_notice")
	w.Fire(n.ID, "submit_draft", cadre)
	w.Fire(n.ID, "post", cadre)
	w.Advance(1)
	w.Fire(n.ID, "object", w.Actor(procedure.Public))
	w.Do(n.ID, "overrule")
	o := w.Last(n.ID, "objection")
	w.Do(o.ID, "reply")
	w.RunOut(w.Case(n.ID))
	w.Advance(6)
	require.Equal(t, procedure.State("closed"), w.State(o.ID), "nobody asked for a second review")
	var page models.PublicNotice
	require.NoError(t, w.Store.DB.Where("case_id = ?", n.ID).Take(&page).Error)
	require.NotNil(t, page.TakenDown, "a notice whose period is over comes down")
	return n
}

func approveAndRegister(t *testing.T, w *testkit.World, ident string, office activities.Actor) {
	w.Endorse(ident, "township_pass", w.Actor(procedure.LinkedLeader))
	_, err := w.Try(ident, "township_pass", office)
	w.Refused(err, procedure.Invalid, "comparison_unsettled")
	w.Compare(ident)
	w.Fire(ident, "township_pass", office)
	w.Fire(ident, "county_pass", w.Actor(procedure.CountyOffice))
	w.Fire(ident, "announce", office)
	var page models.PublicNotice
	require.NoError(t, w.Store.DB.Where("case_id = ? AND kind = ?", ident, "announcement").Take(&page).Error)
	require.Equal(t, "田禾", page.Sheet["head_name"])
	require.True(t, page.UntilAt.Equal(policy.DateOf(w.Now()).AddDays(31).Start()), "results come down after announce_days")
	w.Do(ident, "register")
	c := w.Case(ident)
	require.Equal(t, procedure.State("registered"), c.State)
	require.NotNil(t, c.ClosedAt)
	require.Nil(t, c.SoloKey, "the household may have another identification later")
	require.True(t, c.DueAt.Equal(models.FarFuture))
	require.Nil(t, c.WakeAt)
}

// A new risk of a household that is monitored already is confirmed, and opens no
// second identification; once a wrong admission has been revoked, it may be
// identified again, on a status record of its own (2.17).
func TestMonitoredHouseholdIsNotIdentifiedTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		ident := w.Reach("identification", "registered")
		var h models.Household
		require.NoError(t, w.Store.DB.Where("id = ?", ident.HouseholdID).Take(&h).Error)
		_, err := w.TryOpen(w.Key(), "identification", &h, w.Actor(procedure.VillageCadre))
		r := w.Refused(err, procedure.Invalid, "conditions_not_met")
		require.Equal(t, "not_to_be_identified", r.Faults[0].Code)

		clue := w.Open("risk_clue", &h, w.Actor(procedure.VillageCadre))
		w.Do(clue.ID, "register_locally")
		w.Do(clue.ID, "confirm_risk")
		require.Equal(t, procedure.State("risk_confirmed"), w.State(clue.ID))
		require.Empty(t, w.Children(clue.ID, "identification"))

		w.Do(ident.ID, "revoke")
		require.NoError(t, w.Store.DB.Where("id = ?", h.ID).Take(&h).Error)
		require.Equal(t, procedure.State("revoked"), h.Status)
		again := w.Open("identification", &h, w.Actor(procedure.VillageCadre))
		require.Equal(t, procedure.State("accepted"), w.State(again.ID))
		var records int64
		require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("household_id = ? AND procedure = ?", h.ID, "household_status").Count(&records).Error)
		require.EqualValues(t, 2, records)
		require.NoError(t, w.Store.DB.Where("id = ?", h.ID).Take(&h).Error)
		require.Equal(t, procedure.State("candidate"), h.Status)
	})
}

// A result that has grown too old holds the case up until the departments have been
// asked again, which is done when it is verified anew (2.12).
func TestStaleComparisonIsAskedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("identification", "township_review")
		w.Compare(c.ID)
		w.SetNow(w.Now().AddDate(0, 0, 91))
		_, err := w.Try(c.ID, "township_pass", w.Actor(procedure.TownshipOffice))
		w.Refused(err, procedure.Invalid, "comparison_stale")
		w.Do(c.ID, "township_return")
		w.Do(c.ID, "submit_verification")
		require.Len(t, w.Children(c.ID, "dept_comparison"), 8, "a second batch")
		w.Do(c.ID, "review_pass")
		w.Do(c.ID, "notice_passed")
		w.Do(c.ID, "township_pass")
		require.Equal(t, procedure.State("county_review"), w.State(c.ID))
		require.Len(t, w.Children(c.ID, "dept_comparison"), 8)
	})
}

// Once an identification has ended badly its departments are asked no more: what they
// have not answered is refused, what is under way leaves the inboxes, and nobody is
// reminded of either.
func TestComparisonsAreQuietOnceTheirCaseHasEnded(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("identification", "home_verification")
		all := w.Children(c.ID, "dept_comparison")
		for i, events := range [][]string{{}, {"accept"}, {"accept", "answer_hit"}, {"lapse"}} {
			for _, e := range events {
				w.Do(all[i].ID, e)
			}
		}
		tasks, messages := func() (n int64) {
			require.NoError(t, w.Store.DB.Model(&models.Task{}).Where("procedure = ? AND closed_at IS NULL", "dept_comparison").Count(&n).Error)
			return n
		}, func() (n int64) {
			require.NoError(t, w.Store.DB.Model(&models.Message{}).Where("case_id IN (?)", w.Store.DB.Model(&models.Case{}).Select("id").Where("parent_id = ?", c.ID)).Count(&n).Error)
			return n
		}
		require.EqualValues(t, 1+1+2+2, tasks())
		w.Do(c.ID, "withdraw")
		told := messages()
		w.Advance(12)
		require.Equal(t, told, messages())
		for i, state := range []procedure.State{"refused", "refused", "hit", "overdue"} {
			require.Equal(t, state, w.State(all[i].ID))
		}
		require.Zero(t, tasks())
		w.ByRule(w.Status(c.HouseholdID).ID, "household_gone", activities.ByProcedure) // they do not count as open
	})
}

// An authorization serves the case for which it was signed, and no longer.
func TestAuthorizationEndsWithItsCase(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("identification", "home_verification")
		one := w.Last(c.ID, "dept_comparison")
		w.Hold = true
		w.Do(c.ID, "withdraw")
		_, err := w.Try(one.ID, "accept", w.DeptOf(procedure.CountyDept, one.Dept))
		w.Refused(err, procedure.Invalid, "authorization_ended")
		w.Hold = false
		w.Deliver()
	})
}
