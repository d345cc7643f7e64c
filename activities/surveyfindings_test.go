package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/example"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// cluesOf are the clues about a household, the oldest first.
func cluesOf(w *testkit.World, household string) []models.Case {
	w.T.Helper()
	var out []models.Case
	require.NoError(w.T, w.Store.DB.Where("household_id = ? AND procedure = ?", household, "risk_clue").Order("opened_at, id").Find(&out).Error)
	return out
}

// S0-002, S0-041, S4-011: an answer that is a sign of risk becomes a clue with the hand-in, which names campaign and form
// and counts from the day in the home.
func TestSurveyOpensAClue(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, c := range []struct {
			name, base string
			status     procedure.State
			sheet      string
			said       answers
			words      string // "" for no clue
		}{
			{"S4-018 result is a clue", "ordinary", "", "screening_form", answers{"result": "clue", "problem": "户主务工受伤", "action": "登记线索"}, "登记风险线索"},
			{"S4-006 key person just below the line", "ordinary", "", "screening_form", answers{"per_head_estimate": 699999.0, "line": 700000.0, "difficult": true, "result": "watch", "problem": "困难", "action": "关注"}, "重点监测排查对象"},
			{"S4-006 on the line", "ordinary", "", "screening_form", answers{"per_head_estimate": 700000.0, "line": 700000.0, "difficult": true, "result": "watch", "problem": "困难", "action": "关注"}, ""},
			{"S4-016 no risk", "ordinary", "", "screening_form", nil, ""},
			{"S1-023 missed risk", "ordinary", "", "ordinary_key", answers{"missed_risk": true, "confirmed": false}, "有漏评风险"},
			{"S1-023 none missed", "ordinary", "", "ordinary_key", nil, ""},
			{"S0-028 elimination unstable", "out_of_poverty", "stable", "annex5", answers{"risk_state": "unstable", "risk_note": "停工"}, "风险消除不稳定"},
			{"S0-028 still open", "out_of_poverty", "monitored", "annex5", answers{"risk_state": "open", "risk_note": "停工"}, ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				form := surveyedWith(w, c.base, c.status, c.sheet)
				do(w, form, "visit")
				w.Fire(form.ID, "fill", w.In(w.Case(form.ID), procedure.Surveyor), c.said)
				filled := w.Case(form.ID).Facts.At["fill"]
				do(w, form, "self_check")
				require.Empty(t, cluesOf(w, form.HouseholdID), "a form in hand may still be wrong")
				w.Do(form.ID, "hand_in")
				clues := cluesOf(w, form.HouseholdID)
				if c.words == "" {
					require.Empty(t, clues)
					return
				}
				require.Len(t, clues, 1)
				require.Equal(t, form.ID, clues[0].ParentID)
				require.Equal(t, "lookback", clues[0].Facts.Text("channel"))
				require.Equal(t, policy.DateOf(filled).String(), clues[0].Facts.Text("found_at")[:10])
				said, err := w.Engine.OpeningAnswers(clues[0].ID)
				require.NoError(t, err)
				require.Contains(t, said["content"], c.words)
				require.Contains(t, said["content"], w.Case(form.ParentID).Facts.Text("title"))
				require.Contains(t, said["content"], form.No)
				var start models.Outbox
				require.NoError(t, w.Store.DB.Where("target_id = ? AND kind = ?", clues[0].ID, "start").Take(&start).Error)
			})
		}
	})
}

// Of one finding there is one clue: not again when the form comes back, nor when the clue has ended without risk; what a
// correction adds is told to the clue that is open.
func TestSurveyClueOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.OpenIn("campaign", testkit.Township, w.Actor(procedure.TownshipOffice), answers{"kind": "screening", "scope": []any{procedure.ScopeListed},
			"households": []any{answers{"household_id": w.NewHousehold(testkit.Village).ID}}, "forms": []any{"household_form", "screening_form"}})
		form := &formsOf(w, w.InField(c))[0]
		found := answers{"result": "clue", "problem": "户主务工受伤", "action": "登记线索"}
		do(w, form, "visit")
		w.Fire(form.ID, "fill", w.In(w.Case(form.ID), procedure.Surveyor), found)
		do(w, form, "self_check", "hand_in", "instructor_return")
		w.Fire(form.ID, "revisit_done", w.In(w.Case(form.ID), procedure.Surveyor), found)
		do(w, form, "self_check", "hand_in")
		clues := cluesOf(w, form.HouseholdID)
		require.Len(t, clues, 1)
		require.Equal(t, "concentrated_screening", clues[0].Facts.Text("channel"))
		kind, _ := lastAct(t, w, clues[0].ID)
		require.Equal(t, "open", kind, "nothing new was found")

		do(w, form, "instructor_pass", "joint_pass", "to_office", "office_return")
		worse := answers{"result": "clue", "problem": "户主务工受伤", "action": "登记线索", "per_head_estimate": 100.0, "line": 700000.0, "difficult": true}
		w.Fire(form.ID, "corrected", w.In(w.Case(form.ID), procedure.Surveyor), worse)
		w.Do(form.ID, "office_pass")
		kind, said := lastAct(t, w, clues[0].ID)
		require.Equal(t, "survey_found", kind)
		require.Contains(t, said["detail"], "重点监测排查对象")
		require.NotContains(t, said["detail"], "登记风险线索", "it was told before")
		require.Len(t, cluesOf(w, form.HouseholdID), 1)

		do(w, &clues[0], "dispatch", "accept", "close_no_risk")
		do(w, form, "enter", "feedback")
		w.Fire(form.ID, "corrected", w.In(w.Case(form.ID), procedure.Surveyor), worse)
		w.Do(form.ID, "office_pass")
		require.Len(t, cluesOf(w, form.HouseholdID), 1, "the visit has answered it")
	})
}

// A household whose identification is under way gets no clue: the identification is told.
func TestSurveyTellsTheIdentification(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		form := surveyedWith(w, "ordinary", "", "ordinary_key")
		h := stored[models.Household](w, form.HouseholdID)
		clue := w.Open("risk_clue", h, w.Actor(procedure.VillageCadre))
		do(w, clue, "register_locally", "confirm_risk")
		ident := w.Last(clue.ID, "identification")
		do(w, form, "visit")
		w.Fire(form.ID, "fill", w.In(w.Case(form.ID), procedure.Surveyor), answers{"missed_risk": true, "confirmed": false})
		do(w, form, "self_check", "hand_in")
		require.Len(t, cluesOf(w, form.HouseholdID), 1)
		kind, said := lastAct(t, w, ident.ID)
		require.Equal(t, "survey_found", kind)
		require.Contains(t, said["detail"], "有漏评风险")
	})
}

// A screening form outside of a campaign leads to the same when it is finished, by the channel that it names.
func TestRecordOpensAClue(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, c := range []struct {
			name    string
			status  procedure.State
			said    answers
			channel string
		}{
			{"told by the family", "", answers{"channel": "application", "result": "clue", "problem": "受伤", "action": "登记"}, "self_declared"},
			{"a key person", "", answers{"channel": "daily", "per_head_estimate": 100.0, "difficult": true, "result": "watch", "problem": "困难", "action": "关注"}, "routine_check"},
			{"a key person who is monitored", "monitored", answers{"channel": "daily", "per_head_estimate": 100.0, "difficult": true, "result": "watch", "problem": "困难", "action": "关注"}, ""},
		} {
			t.Run(c.name, func(t *testing.T) {
				h := w.NewHousehold(testkit.Village)
				if c.status != "" {
					w.SetStatus(h.ID, c.status)
				}
				finishedForm(w, "screening_form", h, nil, c.said)
				clues := cluesOf(w, h.ID)
				if c.channel == "" {
					require.Empty(t, clues)
					return
				}
				require.Len(t, clues, 1)
				require.Equal(t, c.channel, clues[0].Facts.Text("channel"))
			})
		}
	})
}

// finishedForm is a form record about a household, or else about a region, filled in and finished.
func finishedForm(w *testkit.World, code string, h *models.Household, region *models.Region, said answers) *models.FormRecord {
	w.T.Helper()
	who := w.Actor(procedure.VillageCadre)
	d := activities.FormDraft{Key: w.Key(), Form: code, Actor: who, Period: models.NewID()}
	about := &models.Case{RegionCode: testkit.Village}
	if h != nil {
		d.HouseholdID, about.HouseholdID, region = h.ID, h.ID, &models.Region{}
		require.NoError(w.T, w.Store.DB.Where("code = ?", h.RegionCode).Take(region).Error)
	} else {
		d.RegionCode, about.RegionCode = region.Code, region.Code
	}
	blank, err := w.Engine.BlankForm(w.T.Context(), code, h, region, "某甲")
	require.NoError(w.T, err)
	d.Answers = example.Fields(blank.Form.Key(), blank.Form.Written(), w.Setting(about))
	for k, v := range said {
		d.Answers[k] = v
	}
	r, err := w.Engine.OpenRecord(w.T.Context(), d)
	require.NoError(w.T, err)
	r, err = w.Engine.ActOnRecord(w.T.Context(), activities.RecordAct{Key: w.Key(), ID: r.ID, RowVersion: r.RowVersion, Action: activities.RecordFinish, Actor: who})
	require.NoError(w.T, err)
	return r
}

// S0-033 to S0-036: what of the “四个不摘” is not met becomes a rectification each, with the limit that the form sets, which
// an assignment keeps to; filled in again it is the same problem.
func TestFourNotsUnmet(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		village := &models.Region{Code: testkit.Village}
		unmet := answers{"responsibility_ok": false, "responsibility_note": "没有专人", "supervision_ok": false, "supervision_note": "问题未销号", "unit": "清溪村", "unit_kind": "village",
			"action": "落实专人，限期销号", "due_on": day(w, 5)}
		finishedForm(w, "four_nots", nil, village, unmet)
		problems := allCases(w, "rectification")
		require.Len(t, problems, 2)
		p := problems[0]
		require.Equal(t, []string{"village", day(w, 5), day(w, 5)}, []string{p.Facts.Text("subject_kind"), p.Facts.Text("asked_by"), p.Facts.Text("due_on")})
		require.Equal(t, w.Actor(procedure.VillageSecretary).UserID, p.Facts.Text("proposed_responsible"))
		said, err := w.Engine.OpeningAnswers(p.ID)
		require.NoError(t, err)
		require.Contains(t, said["description"], "落实专人，限期销号")

		finishedForm(w, "four_nots", nil, village, unmet)
		require.Len(t, allCases(w, "rectification"), 2)
		w.Do(p.ID, "register")
		office := w.Actor(procedure.TownshipOffice)
		_, err = w.Try(p.ID, "assign", office, answers{"due_kind": "date", "due_date": day(w, 6)})
		require.Contains(t, faultCodes(err), "after_asked")
		w.Fire(p.ID, "assign", office, answers{"due_kind": "date", "due_date": day(w, 5)})
	})
}

// S4-018: a household form whose result is to be mended brings the problem up once, under the form.
func TestSurveyOpensARectification(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		form := surveyedWith(w, "ordinary", "", "screening_form")
		found := answers{"result": "rectify", "problem": "水管冻裂", "action": "更换水管"}
		do(w, form, "visit")
		w.Fire(form.ID, "fill", w.In(w.Case(form.ID), procedure.Surveyor), found)
		do(w, form, "self_check", "hand_in", "instructor_return")
		w.Fire(form.ID, "revisit_done", w.In(w.Case(form.ID), procedure.Surveyor), found)
		do(w, form, "self_check", "hand_in")
		problems := w.Children(form.ID, "rectification")
		require.Len(t, problems, 1)
		require.Equal(t, form.HouseholdID, problems[0].HouseholdID)
		require.Empty(t, cluesOf(w, form.HouseholdID))
	})
}
