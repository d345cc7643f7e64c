package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The timers of a case survive whatever happens to it on its way: the limit of the
// whole identification rings after each detour, and after an end no more. All
// detours are made on one real Temporal server, on which a day lasts a second;
// restarts have a test of their own, a change of version too.
func TestTimersSurviveDetours(t *testing.T) {
	t.Parallel()
	w := live.New(t, store(t, "sqlite"), live.Temporal(t, ""), drillDay)
	cadre := w.Actor(procedure.VillageCadre)
	to := map[string][]string{
		"verification": {"prepare", "sign_authorization"},
		"review":       {"prepare", "sign_authorization", "submit_verification"},
		"notice":       {"prepare", "sign_authorization", "submit_verification", "review_pass"},
	}
	type detour struct {
		name, at string
		do       func(t *testing.T, id string)
	}
	detours := []detour{
		{"return", "review", func(t *testing.T, id string) { w.Do(id, "review_doubt") }},
		{"return and again", "review", func(t *testing.T, id string) { w.Do(id, "review_doubt", "submit_verification", "review_doubt") }},
		{"notice corrected and hung again", "notice", func(t *testing.T, id string) {
			var n *models.Case
			w.Eventually(func() bool { return len(w.Children(id, "village_notice")) == 1 }, "no notice")
			n = w.Last(id, "village_notice")
			w.Do(n.ID, "submit_draft", "post", "correct")
			w.Eventually(func() bool { return len(w.Children(id, "village_notice")) == 2 }, "no second notice")
		}},
		{"reassignment", "verification", func(t *testing.T, id string) {
			var task models.Task
			require.NoError(t, w.Store.DB.Where("case_id = ? AND closed_at IS NULL", id).Take(&task).Error)
			_, err := w.Engine.AssignTask(t.Context(), task.ID, "reassign", w.Key(), w.Nth(task.Role, testkit.Village, 1).UserID, w.Actor(procedure.TownshipOffice))
			require.NoError(t, err)
		}},
		{"substitute", "verification", func(t *testing.T, id string) {
			away, in := w.Nth(procedure.Surveyor, testkit.Village, 0), w.Nth(procedure.Surveyor, testkit.Village, 1)
			var grant models.RoleGrant
			require.NoError(t, w.Store.DB.Where("user_id = ?", away.UserID).Take(&grant).Error)
			today := policy.DateOf(w.Engine.Clock.Now())
			a := models.Absence{ID: models.NewID(), UserID: away.UserID, FromDay: today.String(), UntilDay: today.AddDays(60).String(), Reason: "training", EnteredBy: away.UserID, CreatedAt: w.Now()}
			require.NoError(t, w.Store.DB.Create(&a).Error)
			require.NoError(t, w.Store.DB.Create(&models.Substitution{AbsenceID: a.ID, GrantID: grant.ID, SubstituteID: in.UserID}).Error)
			in.ForID = away.UserID
			r := w.Request(w.Case(id), "submit_verification", in)
			w.Endorse(id, "submit_verification", w.Nth(procedure.Surveyor, testkit.Village, 2)) // neither of the two
			w.Fire(r)
		}},
		{"stop", "verification", func(t *testing.T, id string) {
			stop(t, w, id, activities.StopAsk, 0)
			stop(t, w, id, activities.StopApprove, 1)
			began, before := w.Engine.Clock.Now(), rang(t, w, id)
			w.Eventually(func() bool { return w.Engine.Clock.Now().After(began.AddDate(0, 0, 15)) }, "the days do not pass")
			require.Equal(t, before, rang(t, w, id), "while the clocks stand still nobody is reminded")
			stop(t, w, id, activities.StopResume, 1)
			require.NoError(t, w.Cases.Nudge(t.Context(), id))
		}},
		{"message out of place", "verification", func(t *testing.T, id string) {
			_, err := w.Cases.Fire(t.Context(), w.Request(w.Case(id), "submit_verification", cadre))
			require.Error(t, err)
		}},
	}
	ids := map[string]string{}
	for _, d := range append(detours, detour{name: "reject", at: "verification"}) {
		ids[d.name] = w.Open("identification", w.NewHousehold(testkit.Village), cadre)
		w.Do(ids[d.name], to[d.at]...)
	}
	w.Do(ids["reject"], "verify_no_risk")
	for _, d := range detours {
		t.Run(d.name, func(t *testing.T) {
			d.do(t, ids[d.name])
			before := rang(t, w, ids[d.name])
			w.Eventually(func() bool { return rang(t, w, ids[d.name]) > before }, "no rung after the detour")
		})
	}
	require.Zero(t, rang(t, w, ids["reject"]), "a case that has ended rings no more")
}

// rang is how many rungs of the limit of the whole identification have fired.
func rang(t *testing.T, w *live.World, id string) (n int64) {
	t.Helper()
	require.NoError(t, w.Store.DB.Model(&models.ClockRung{}).Joins("JOIN clocks ON clocks.id = clock_rungs.clock_id").
		Where("clocks.case_id = ? AND clocks.code = 'ident_total'", id).Count(&n).Error)
	return n
}

func stop(t *testing.T, w *live.World, id, action string, who int) {
	t.Helper()
	_, err := w.Engine.Stop(t.Context(), activities.StopRequest{CaseID: id, Action: action, Cause: "disaster", Reason: "县防汛抗旱指挥部一级响应命令", Key: w.Key(),
		Actors: []activities.Actor{w.Nth(procedure.CountyOffice, testkit.Village, who)}})
	require.NoError(t, err)
	require.NoError(t, w.Cases.Nudge(t.Context(), id))
}
