package activities_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// A clue of another day stays a clue of its own, and goes into the identification that
// the first has opened, whichever comes first (section 6 #18).
func TestTwoCluesMerge(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		first := w.Open("risk_clue", h, cadre)
		w.SetNow(w.Now().AddDate(0, 0, 1))
		second := w.Open("risk_clue", h, cadre)
		w.Do(second.ID, "register_locally")
		w.Do(first.ID, "register_locally")
		w.Do(first.ID, "confirm_risk")
		require.Equal(t, procedure.State("risk_confirmed"), w.State(first.ID))
		require.Equal(t, procedure.State("merged"), w.State(second.ID))
		late := w.Open("risk_clue", h, cadre)
		require.Equal(t, procedure.State("merged"), w.State(late.ID), "a later one at once")
		var ev models.CaseEvent
		require.NoError(t, w.Store.DB.Where("case_id = ? AND event = ?", late.ID, "merge").Take(&ev).Error)
		require.Equal(t, procedure.System, ev.ActorRole)
		require.NotEqual(t, procedure.State("merged"), w.State(w.Fresh("risk_clue").ID), "another household's clue stays")
	})
}

// Two clues confirmed at the same moment open one identification.
func TestTwoConfirmedAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		var requests []activities.FireRequest
		for range 2 {
			c := w.Open("risk_clue", h, cadre)
			w.Do(c.ID, "register_locally")
			w.Ready(c.ID, "confirm_risk")
			requests = append(requests, w.Request(c, "confirm_risk", cadre))
			w.SetNow(w.Now().AddDate(0, 0, 1)) // two on one day would be one
		}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i := range requests {
			wg.Go(func() { _, errs[i] = w.SendAlone(requests[i]) })
		}
		wg.Wait()
		require.NoError(t, errs[0])
		require.NoError(t, errs[1], "the second finds an identification open and opens none")
		var n int64
		require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("household_id = ? AND procedure = ?", h.ID, "identification").Count(&n).Error)
		require.EqualValues(t, 1, n)
	})
}

func TestOneOpenIdentification(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		w.Hold = true
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wg.Go(func() { _, errs[i] = w.TryOpen(w.Key(), "identification", h, cadre) })
		}
		wg.Wait()
		opened := 0
		for _, err := range errs {
			if err == nil {
				opened++
				continue
			}
			w.Refused(err, procedure.Invalid, "identification_open")
		}
		require.Equal(t, 1, opened)
		w.Hold = false
		var c models.Case
		require.NoError(t, w.Store.DB.Where("household_id = ? AND procedure = ?", h.ID, "identification").Take(&c).Error)
		w.Do(c.ID, "cancel")
		require.NotEmpty(t, w.Open("identification", h, cadre).ID, "once it has ended there may be another")
	})
}

// A negative end gives the household its former status back (2.17).
func TestNegativeEndGivesTheFormerStatusBack(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, former := range []procedure.State{"none", "observing", "stable"} {
			st := w.Reach("household_status", former)
			var h models.Household
			require.NoError(t, w.Store.DB.Where("id = ?", st.HouseholdID).Take(&h).Error)
			ident := w.Open("identification", &h, w.Actor(procedure.VillageCadre))
			require.Equal(t, procedure.State("candidate"), w.Status(h.ID).State)
			w.Do(ident.ID, "prepare")
			w.Do(ident.ID, "refuse_authorization")
			require.Equal(t, former, w.Status(h.ID).State)
			require.NoError(t, w.Store.DB.Where("id = ?", h.ID).Take(&h).Error)
			require.Equal(t, former, h.Status)
		}
	})
}

// What ends a case by the household's will or the authority's takes its notice off
// the board, wherever the notice stands.
func TestEndPullsTheNotice(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, x := range []struct {
			state procedure.State
			end   string
		}{{"drafting", "withdraw"}, {"privacy_check", "cancel"}, {"posted", "withdraw"}, {"objection_open", "cancel"}, {"interrupted", "withdraw"}} {
			n := w.Reach("village_notice", x.state)
			w.Do(n.ParentID, x.end)
			require.Equal(t, procedure.State("withdrawn"), w.State(n.ID), x.state)
			var shown int64
			require.NoError(t, w.Store.DB.Model(&models.PublicNotice{}).Where("case_id = ? AND taken_down IS NULL", n.ID).Count(&shown).Error)
			require.Zero(t, shown, x.state)
			require.Empty(t, w.Children(n.ParentID, "x"))
		}
	})
}

// The fourth return of a case goes to township and county, at once and each time; three
// are nobody's business (2.2, max_returns).
func TestTooManyReturns(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("identification", "home_verification")
		told := func(role procedure.Role) []models.Message {
			var out []models.Message
			require.NoError(t, w.Store.DB.Where("case_id = ? AND clock_id = ? AND user_id = ?", c.ID, "returns:"+c.ID, w.Actor(role).UserID).Order("rung_no").Find(&out).Error)
			return out
		}
		for n := 1; n <= 5; n++ {
			w.Do(c.ID, "submit_verification")
			w.Do(c.ID, "review_doubt")
			require.Equal(t, n, w.Case(c.ID).Returns)
			for _, role := range []procedure.Role{procedure.TownshipOffice, procedure.CountyOffice} {
				require.Len(t, told(role), max(0, n-3), "%s after %d", role, n)
			}
		}
		first := told(procedure.CountyOffice)[0]
		require.True(t, first.Urgent)
		require.True(t, first.DeliverAt.Equal(w.Now()))
		require.Equal(t, 4, first.RungNo)
		require.Contains(t, first.Body, "已退回 4 次，超过上限 3 次")
	})
}

// A message that makes no sense where the case stands is refused and noted, never
// queued (2.0 #7).
func TestSenselessMessageIsNoted(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		n := w.Reach("village_notice", "posted")
		o := models.Outbox{ID: models.NewID(), CaseID: n.ID, Kind: "tell", TargetID: n.ParentID, Event: "notice_upheld", CreatedAt: w.Now()}
		require.NoError(t, w.Store.DB.Create(&o).Error)
		seq := w.Case(n.ParentID).Seq
		w.Deliver()
		require.NoError(t, w.Store.DB.Where("id = ?", o.ID).Take(&o).Error)
		require.NotNil(t, o.DoneAt)
		require.Equal(t, "conditions_not_met", o.Note)
		require.Equal(t, seq, w.Case(n.ParentID).Seq)
	})
}

// A correction starts a new notice with a whole period; the old sheet comes down.
func TestCorrectionStartsAnew(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		old := w.Reach("village_notice", "posted")
		w.SetNow(w.Now().AddDate(0, 0, 3))
		w.Do(old.ID, "correct")
		young := w.Last(old.ParentID, "village_notice")
		require.NotEqual(t, old.ID, young.ID)
		require.Equal(t, procedure.State("village_notice"), w.State(old.ParentID))
		for _, e := range []string{"submit_draft", "post"} {
			w.Do(young.ID, e)
		}
		require.True(t, running(t, w, young.ID, "window").StartedAt.Equal(w.Now()))
		w.Do(old.ParentID, "notice_passed")
		require.Equal(t, procedure.State("township_review"), w.State(old.ParentID))
	})
}

// The order by which a task finds its holder: claimed, released, handed on.
func TestTasksAreClaimedAndHandedOn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Fresh("risk_clue")
		one, two, stranger := w.Actor(procedure.VillageCadre), w.Nth(procedure.VillageCadre, testkit.Village, 1), w.Nth(procedure.VillageCadre, testkit.Village2, 0)
		var task models.Task
		require.NoError(t, w.Store.DB.Where("case_id = ? AND role = ?", c.ID, procedure.VillageCadre).Take(&task).Error)
		require.Equal(t, "village_cadre@"+testkit.Village, task.Queue)
		assign := func(kind, to string, by activities.Actor) error {
			_, err := w.Engine.AssignTask(t.Context(), task.ID, kind, w.Key(), to, by)
			return err
		}
		w.Refused(assign("claim", stranger.UserID, stranger), procedure.Invalid, "not_a_holder")
		require.NoError(t, assign("claim", one.UserID, one))
		w.Refused(assign("claim", two.UserID, two), procedure.Conflict, "task_claimed")
		require.NoError(t, assign("claim", one.UserID, one), "his own again")
		require.NoError(t, assign("reassign", two.UserID, one))
		require.NoError(t, assign("release", "", two))
		require.NoError(t, w.Store.DB.Where("id = ?", task.ID).Take(&task).Error)
		require.Empty(t, task.AssigneeID)
		_, err := w.Engine.AssignTask(t.Context(), "nothing", "claim", w.Key(), one.UserID, one)
		w.Refused(err, procedure.NotFound, "task_not_found")
		w.Do(c.ID, "register_locally")
		w.Refused(assign("claim", one.UserID, one), procedure.Conflict, "task_closed")
	})
}

// A moment from which limits are counted lies in a year that can be meant.
func TestYearOfAMoment(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for at, ok := range map[string]bool{"1900-01-01T00:00:00+08:00": true, "1899-12-31T23:59:59+08:00": false, "0001-01-01T00:00:00Z": false} {
			_, err := w.TryOpen(w.Key(), "risk_clue", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre), answers{"found_at": at})
			if ok {
				require.NoError(t, err, at)
				continue
			}
			r := w.Refused(err, procedure.Invalid, "conditions_not_met")
			require.Equal(t, []any{"found_at", "year_out_of_range"}, []any{r.Faults[0].Field, r.Faults[0].Code}, at)
		}
	})
}

// What a form may hold: each kind of field at its limits, on one event's form.
func TestFormLimits(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		c := w.Reach("identification", "home_verification")
		w.Ready(c.ID, "submit_verification")
		long := make([]rune, 2001)
		for i := range long {
			long[i] = '长'
		}
		row := answers{"item": "务工", "category": "wage", "income": 2400000.0, "expense": 0.0}
		for _, x := range []struct {
			field string
			value any
			code  string // "" is accepted
		}{
			{"findings", string(long[:2000]), ""}, {"findings", string(long), "too_long"}, {"findings", "  \n ", "required"}, {"findings", 7.0, "wrong_type"},
			{"population", 0.0, "too_small"}, {"population", 31.0, "too_large"}, {"population", 4.5, "not_whole"}, {"population", "4", "wrong_type"},
			{"longitude", 73.0, ""}, {"longitude", 72.999, "too_small"}, {"longitude", 136.0, ""}, {"longitude", 136.001, "too_large"},
			{"own_medical", -1.0, "too_small"}, {"own_medical", 1e16, "not_whole"},
			{"education_ok", "true", "wrong_type"}, {"mode", "drone", "unknown_option"}, {"category", "rich", "unknown_option"},
			{"risk_types", []any{"illness", "illness"}, "repeated"}, {"risk_types", []any{"boredom"}, "unknown_option"}, {"risk_types", "illness", "wrong_type"},
			{"risk_types", []any{"illness"}, "not_applicable"}, // risk_note was for "other"
			{"visited_on", policy.DateOf(w.Now()).AddDays(1).String(), "date_in_future"}, {"visited_on", "2026-2-30", "bad_date"}, {"visited_on", "2026-09-31", "bad_date"},
			{"visited_on", "1900-01-01", ""}, {"visited_on", "1899-12-31", "year_out_of_range"}, {"visited_on", "2200-01-01", "year_out_of_range"},
			{"farmer_signature", []any{"of another case"}, "unknown_file"}, {"farmer_signature", []any{}, "required"}, {"farmer_signature", []any{3.0}, "wrong_type"},
			{"income", []any{row}, ""}, {"income", []any{"x"}, "wrong_type"}, {"income", row, "wrong_type"}, {"income", []any{answers{"item": "x"}}, "required"},
		} {
			form := w.Form(c, "submit_verification", answers{x.field: x.value, "period_note": "上年度未开展核查"})
			err := w.Engine.Precheck(t.Context(), activities.FireRequest{CaseID: c.ID, Event: "submit_verification", ExpectedSeq: activities.AnySeq, Actor: w.Actor(procedure.Surveyor), Form: form})
			if x.code == "" {
				require.NoError(t, err, "%s %v", x.field, x.value)
				continue
			}
			w.Refused(err, procedure.Invalid, x.code)
		}
	})
}
