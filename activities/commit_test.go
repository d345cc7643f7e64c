package activities_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

func TestSameKeySameReply(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Fresh("risk_clue")
		r := w.Request(c, "register_locally", w.Actor(procedure.VillageCadre))
		first, err := w.Send(r)
		require.NoError(t, err)
		w.Do(c.ID, "misrouted") // the case has moved on meanwhile
		again, err := w.Send(r)
		require.NoError(t, err)
		require.Equal(t, first, again)
		require.Equal(t, procedure.State("returned"), w.State(c.ID))

		// Past the server's look-up, Commit itself knows the key.
		id, err := w.Engine.Stage(t.Context(), r)
		require.NoError(t, err)
		out, err := w.Engine.Commit(t.Context(), activities.CommitRequest{CaseID: c.ID, Event: r.Event, Key: r.Key, ExpectedSeq: r.ExpectedSeq, Actor: r.Actor, SubmissionID: id})
		require.NoError(t, err)
		require.Equal(t, first, out.Reply)
	})
}

func TestSameKeyAnotherRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Fresh("risk_clue")
		r := w.Request(c, "register_locally", w.Actor(procedure.VillageCadre), answers{"note": "一"})
		_, err := w.Send(r)
		require.NoError(t, err)
		seq := w.Case(c.ID).Seq
		for name, change := range map[string]func(r *activities.FireRequest){
			"body":   func(r *activities.FireRequest) { r.Form = answers{"note": "二"} },
			"event":  func(r *activities.FireRequest) { r.Event = "misrouted" },
			"person": func(r *activities.FireRequest) { r.Actor = w.Nth(procedure.VillageCadre, testkit.Village, 1) },
			"proxy":  func(r *activities.FireRequest) { r.Actor.OnBehalf = true },
		} {
			other := r
			change(&other)
			_, err := w.Send(other)
			w.Refused(err, procedure.Invalid, "key_reused")
			require.Equal(t, seq, w.Case(c.ID).Seq, name)
		}
	})
}

// One key may not serve two acts of different kinds either: the second would be
// answered with the reply to the first and never happen.
func TestOneKeyForTwoKindsOfActs(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		ctx := t.Context()
		c := w.Reach("risk_clue", "verifying")
		cadre, witness := w.Actor(procedure.VillageCadre), w.Actor(procedure.GridMember)
		file := models.Attachment{ID: models.NewID(), CaseID: c.ID, Kind: "note", SHA256: "a", Class: procedure.P1}
		_, err := w.Engine.Attach(ctx, file, "k1", cadre)
		require.NoError(t, err)

		_, err = w.Engine.Endorse(ctx, c.ID, "confirm_risk", "k1", activities.AnySeq, []activities.Actor{witness})
		w.Refused(err, procedure.Invalid, "key_reused")
		_, err = w.Engine.Commit(ctx, activities.CommitRequest{CaseID: c.ID, Event: "misrouted", Key: "k1", ExpectedSeq: activities.AnySeq, Actor: cadre})
		w.Refused(err, procedure.Invalid, "key_reused")
		require.Equal(t, procedure.State("verifying"), w.State(c.ID))

		_, err = w.Engine.Endorse(ctx, c.ID, "confirm_risk", "k2", activities.AnySeq, []activities.Actor{witness})
		require.NoError(t, err)
		first, err := w.Engine.Endorse(ctx, c.ID, "confirm_risk", "k2", activities.AnySeq, []activities.Actor{witness})
		require.NoError(t, err, "the same signature again is the same answer")
		_, err = w.Engine.Endorse(ctx, c.ID, "close_no_risk", "k2", activities.AnySeq, []activities.Actor{witness})
		w.Refused(err, procedure.Invalid, "key_reused")
		_, err = w.Engine.Endorse(ctx, c.ID, "confirm_risk", "k2", activities.AnySeq, []activities.Actor{w.Actor(procedure.VillageSecretary)})
		w.Refused(err, procedure.Invalid, "key_reused")
		require.Equal(t, first.Seq, w.Case(c.ID).Seq)
	})
}

func TestStaleSeq(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Fresh("risk_clue")
		opened := c.Seq
		w.Do(c.ID, "register_locally")
		w.Attach(c.ID, "photo")
		c = w.Case(c.ID)
		require.Equal(t, c.StepSeq+1, c.Seq)
		for _, k := range []struct {
			seen  int
			stale bool
		}{{opened, true}, {c.StepSeq - 1, true}, {c.StepSeq, false}, {c.Seq, false}, {c.Seq + 1, true}, {0, true}, {-2, true}, {activities.AnySeq, false}} {
			r := w.Request(c, "misrouted", w.Actor(procedure.VillageCadre))
			r.ExpectedSeq = k.seen
			err := w.Engine.Precheck(t.Context(), r)
			_, signErr := w.Engine.Endorse(t.Context(), c.ID, "misrouted", w.Key(), k.seen, []activities.Actor{w.Actor(procedure.GridMember)})
			if !k.stale {
				require.NoError(t, err, "seen %d", k.seen)
				w.Refused(signErr, procedure.Forbidden, "not_a_signer")
				continue
			}
			w.Refused(err, procedure.Conflict, "case_moved")
			w.Refused(signErr, procedure.Conflict, "case_moved")
			_, err = w.Send(r)
			w.Refused(err, procedure.Conflict, "case_moved")
		}
		require.Equal(t, procedure.State("verifying"), w.State(c.ID))
	})
}

// A signature holds for the step it was given in, not for the next time round.
func TestSignaturesEndWithTheStep(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("identification", "home_verification")
		w.Do(c.ID, "submit_verification")
		w.Do(c.ID, "review_doubt")
		_, err := w.Try(c.ID, "submit_verification", w.Actor(procedure.Surveyor))
		w.Refused(err, procedure.Invalid, "signature_missing")
	})
}

func TestRefusedFormIsForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Fresh("risk_clue")
		r := w.Request(c, "dispatch", w.Actor(procedure.TownshipOffice), answers{"target_village": "990101999999"})
		_, err := w.Send(r)
		w.Refused(err, procedure.Invalid, "village_not_in_area")
		var n int64
		require.NoError(t, w.Store.DB.Model(&models.Submission{}).Where("case_id = ?", c.ID).Count(&n).Error)
		require.Zero(t, n)
		r.Form["target_village"] = testkit.Village2
		_, err = w.Send(r)
		require.NoError(t, err, "the mended form may come under the same key")
		require.Equal(t, testkit.Village2, w.Case(c.ID).RegionCode)

		_, err = w.Engine.Commit(t.Context(), activities.CommitRequest{CaseID: c.ID, Event: "accept", Key: w.Key(), ExpectedSeq: activities.AnySeq,
			Actor: w.Nth(procedure.VillageCadre, testkit.Village2, 0), SubmissionID: "gone"})
		w.Refused(err, procedure.Conflict, "submission_gone")
	})
}

// Many at once with one key: one event, and one reply for all.
func TestOneKeyManyAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Fresh("risk_clue")
		r := w.Request(c, "register_locally", w.Actor(procedure.VillageCadre))
		replies := make([]activities.Reply, 12)
		var wg sync.WaitGroup
		for i := range replies {
			wg.Go(func() {
				reply, err := w.SendAlone(r)
				if err != nil { // checked after another had moved the case: the server answers with what was committed
					reply, _, err = w.Engine.Done(context.Background(), r.CaseID, r.Key)
				}
				if err == nil {
					replies[i] = reply
				}
			})
		}
		wg.Wait()
		for _, reply := range replies {
			require.Equal(t, replies[0], reply)
		}
		require.Equal(t, 1, w.Case(c.ID).Step)
	})
}

// The same key opens one case, also when it is sent many times at once. (That its
// form is the same is checked where the form is staged, by the API.)
func TestOpenWithOneKey(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		w.Hold = true
		ids := make([]string, 8)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				if c, err := w.TryOpen("once", "risk_clue", h, cadre); err == nil {
					ids[i] = c.ID
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			require.NotEmpty(t, id)
			require.Equal(t, ids[0], id)
		}
		other, err := w.TryOpen("once", "risk_clue", h, w.Nth(procedure.VillageCadre, testkit.Village, 1))
		require.NoError(t, err)
		require.NotEqual(t, ids[0], other.ID, "keys belong to a person")
	})
}

func TestOpenRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		_, err := w.TryOpen(w.Key(), "risk_clue", h, w.Actor(procedure.Auditor))
		w.Refused(err, procedure.Forbidden, "role_not_allowed")
		for _, proc := range []string{"village_notice", "dept_comparison", "household_status"} {
			_, err = w.TryOpen(w.Key(), proc, h, cadre)
			w.Refused(err, procedure.NotFound, "procedure_not_found")
		}
		_, err = w.Engine.OpenCase(t.Context(), activities.OpenRequest{Key: "x", Procedure: "nothing", HouseholdID: h.ID, Actor: cadre})
		w.Refused(err, procedure.NotFound, "procedure_not_found")
		_, err = w.TryOpen(w.Key(), "risk_clue", &models.Household{ID: "nobody", RegionCode: testkit.Village}, cadre)
		w.Refused(err, procedure.NotFound, "household_not_found")
		_, err = w.TryOpen(w.Key(), "risk_clue", h, cadre, answers{"channel": "rumour", "content": nil})
		r := w.Refused(err, procedure.Invalid, "unknown_option")
		require.Len(t, r.Faults, 2, "all that is to be mended at once")
		_, err = w.Engine.Case(t.Context(), "nothing")
		w.Refused(err, procedure.NotFound, "case_not_found")
		var n int64
		require.NoError(t, w.Store.DB.Model(&models.Case{}).Count(&n).Error)
		require.Zero(t, n)
	})
}

// What rules have done is remembered like what people do, whoever acts first.
func TestActsByRuleAreCounted(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Fresh("dept_comparison")
		w.Do(c.ID, "lapse") // by the timer: nobody to remember
		lapsed := w.Case(c.ID).Facts.At["lapse"]
		w.SetNow(w.Now().Add(time.Hour))
		w.Do(c.ID, "answer_clean")
		facts := w.Case(c.ID).Facts
		require.Equal(t, map[string]int{"lapse": 1, "answer_clean": 1}, facts.Count)
		require.True(t, facts.At["lapse"].Equal(lapsed))
	})
}
