package activities_test

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// A campaign whole: four households asked in four ways, one of them a mismatch, one
// ruling, a return on each level of review, the village form, a failed spot check,
// the frozen report and the archive.
func TestCampaign(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 4)
		forms := formsOf(w, c)
		me := w.Nth(procedure.Surveyor, testkit.Village, 0)
		village := w.Last(c.ID, "village_form")

		// 先整改后填报: the problem holds the form up, and lets it go by itself.
		w.Fire(forms[0].ID, "visit", me, answers{"four_agree": false})
		w.Do(forms[0].ID, "mismatch")
		p := w.Last(forms[0].ID, "rectification")
		require.Equal(t, []any{forms[0].HouseholdID, "秋季集中排查", true}, []any{p.HouseholdID, p.Facts.Text("found_in"), p.Facts.Yes("self_found")})
		do(w, p, "register", "assign", "start", "submit", "take", "verify_pass")
		require.Equal(t, procedure.State("visiting"), w.State(forms[0].ID))
		// 先确认再填报: the ruling is kept with the form.
		do(w, &forms[0], "ask_ruling", "ruling", "fill", "self_check", "hand_in")

		do(w, &forms[1], "visit")
		w.Fire(forms[1].ID, "fill", me, answers{"respondent_kind": procedure.RespondentRemote, "contact": "微信", "household_signature": nil, "call_record": []any{w.Attach(forms[1].ID, "call")}})
		do(w, &forms[1], "self_check", "hand_in")
		do(w, &forms[2], "visit")
		w.Fire(forms[2].ID, "fill", me, answers{"respondent_kind": procedure.RespondentRegisters, "respondent": nil, "household_signature": nil, "registers": []any{w.Attach(forms[2].ID, "register")}, "dibao_persons": 2.0, "housing_ok": false})
		do(w, &forms[2], "self_check")
		require.Equal(t, procedure.State("fieldwork"), w.State(c.ID))
		w.Do(forms[3].ID, "skip")
		require.Equal(t, procedure.State("fieldwork"), w.State(c.ID), "one has no result yet")
		w.Do(forms[2].ID, "hand_in")
		require.Equal(t, procedure.State("review"), w.State(c.ID), "by itself, with the last result")

		do(w, &forms[0], "instructor_return", "revisit_done", "self_check", "hand_in")
		for i := range forms[:3] {
			do(w, &forms[i], "instructor_pass")
		}
		do(w, &forms[1], "joint_return", "revisit_done", "self_check", "hand_in", "instructor_pass")
		for i := range forms[:3] {
			w.Sign(w.Case(forms[i].ID), eventOf(w, &forms[i], "joint_pass"), w.In(&forms[i], procedure.GroupLeader))
			w.Fire(forms[i].ID, "joint_pass", w.In(&forms[i], procedure.GroupLeader), answers{"form_code": []string{"HB-1", "HB-2", "HB-3"}[i]})
			do(w, &forms[i], "to_office")
		}
		do(w, &forms[1], "office_return", "corrected")
		do(w, &forms[0], "office_pass")
		do(w, &forms[1], "office_pass")
		require.Equal(t, procedure.State("waiting"), w.State(village.ID))
		do(w, &forms[2], "office_pass")
		require.Equal(t, procedure.State("drafting"), w.State(village.ID), "by itself, with the last form")
		village = w.Case(village.ID)
		for code, want := range map[string]int{"surveyed_households": 3, "surveyed_population": 12, "dibao_households": 1, "dibao_persons": 2, "unsafe_houses": 1, "unsafe_water": 0, "labour_persons": 6} {
			got := -1
			village.Facts.Value(code, &got)
			require.Equal(t, want, got, code)
		}
		do(w, village, "village_check", "group_check", "sign", "send", "return", "redo", "village_check", "group_check", "sign", "send", "enter")

		do(w, c, "to_rect", "to_spot", "spot_fail")
		spot := w.Last(c.ID, "rectification")
		require.Equal(t, []any{testkit.Township, "", "township", false}, []any{spot.RegionCode, spot.HouseholdID, spot.Facts.Text("subject_kind"), spot.Facts.Yes("self_found")})
		require.Equal(t, day(w, 5), running(t, w, c.ID, "stage").LastDay, "the date set for mending it")
		do(w, spot, "register")
		w.Fire(spot.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"responsible": w.Actor(procedure.TownshipHead).UserID})
		do(w, spot, "start", "submit", "take", "verify_pass")
		do(w, c, "to_spot", "spot_pass", "report")
		var frozen models.CampaignFigure
		require.NoError(t, w.Store.DB.Where("campaign_id = ?", c.ID).Take(&frozen).Error)
		want := models.CampaignNumbers{Villages: 1, Households: 4, Results: map[string]int{"surveyed": 2, "lost_contact_flagged": 1, "not_applicable": 1}, Exceptions: map[string]int{},
			Problems: 2, Corrected: 2, ByVillage: []models.VillageNumbers{{RegionCode: testkit.Village, Households: 4, Done: 4, Lost: 1}}}
		problems := 0
		for _, l := range frozen.Figures.ByProblem {
			problems += l.Closed
		}
		require.Equal(t, 2, problems)
		require.Equal(t, 2, frozen.Figures.Natures[0].Done)
		frozen.Figures.ByProblem, frozen.Figures.Natures = nil, nil
		require.Equal(t, want, frozen.Figures) // the second was met at home when it was visited again
		require.Error(t, w.Store.DB.Model(&frozen).Update("campaign_id", "x").Error, "frozen")

		w.Do(c.ID, "archive")
		require.Equal(t, procedure.State("archived"), w.State(c.ID))
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

func eventOf(w *testkit.World, c *models.Case, code string) *procedure.Event {
	e, _ := w.Definition(c).Event(code)
	return e
}

// The scope of a campaign, kind by kind, and each household with a surveyor.
func TestCampaignScope(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		kinds := map[string][]string{}
		add := func(kind, base, status string) {
			h := w.NewHousehold(testkit.Village)
			require.NoError(t, w.Store.DB.Model(h).Updates(map[string]any{"base_type": base, "status": status, "group_name": base}).Error)
			kinds[kind] = append(kinds[kind], h.ID)
		}
		for _, status := range []string{"monitored", "eliminating", "observing", "stable"} {
			add("monitored", "ordinary", status)
		}
		for _, status := range []string{"none", "candidate", "revoked"} {
			add("ordinary", "ordinary", status)
		}
		add("out_of_poverty", "out_of_poverty", "none")
		add("nobody", "ordinary", "household_cancelled")
		elsewhere := w.NewHousehold(testkit.Village3)
		second := w.Nth(procedure.Surveyor, testkit.Village, 1)
		for _, kind := range []string{"monitored", "ordinary", "out_of_poverty"} {
			c := w.OpenIn("campaign", testkit.Township, w.Actor(procedure.TownshipOffice), answers{"scope": []any{kind}})
			groups := append(w.Form(c, "issue")["groups"].([]any), answers{"group": "第二组", "area": testkit.Village, "duty": "surveyor", "user": second.UserID})
			w.Fire(c.ID, "issue", issuerOf(w, c), answers{"groups": groups})
			w.Do(c.ID, "train")
			w.Fire(c.ID, "start_field", issuerOf(w, w.Case(c.ID)), answers{"trained": tableOf(answers{"user": second.UserID}, answers{"user": w.Nth(procedure.Surveyor, testkit.Village, 0).UserID})})
			w.Tend()
			var got []string
			given := map[string]int{}
			for _, f := range formsOf(w, c) {
				got = append(got, f.HouseholdID)
				given[f.Facts.Text("surveyor")]++
				require.NotEqual(t, elsewhere.ID, f.HouseholdID)
			}
			require.ElementsMatch(t, kinds[kind], got, kind)
			if kind == "monitored" {
				require.Equal(t, map[string]int{second.UserID: 2, w.Nth(procedure.Surveyor, testkit.Village, 0).UserID: 2}, given)
			}
		}
	})
}

// Opening the forms in bulk may be interrupted, repeated and done by several servers
// at once: every household has one form.
func TestFormsAreOpenedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.OpenIn("campaign", testkit.Township, w.Actor(procedure.TownshipOffice), answers{"scope": []any{"ordinary"}})
		var list []models.Household
		for range 450 {
			id := models.NewID()
			list = append(list, models.Household{ID: id, No: id, RegionCode: testkit.Village, GroupName: "一组", HeadName: "田禾", Population: 3, BaseType: "ordinary", Status: "none", CreatedAt: w.Now(), UpdatedAt: w.Now()})
		}
		require.NoError(t, w.Store.DB.CreateInBatches(&list, 100).Error)
		do(w, c, "issue", "train", "start_field")
		stopped, stop := context.WithCancel(t.Context())
		stop()
		require.Error(t, w.Engine.TendCampaigns(stopped))
		var wg sync.WaitGroup
		errs := make([]error, 3)
		for i := range errs {
			wg.Go(func() { errs[i] = w.Engine.TendCampaigns(t.Context()) })
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		w.Tend()
		require.Len(t, formsOf(w, c), 450)
		var households int64
		require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("procedure = ?", "household_form").Distinct("household_id").Count(&households).Error)
		require.EqualValues(t, 450, households)
		require.Len(t, w.Children(c.ID, "village_form"), 1)
	})
}

// Two surveyors who hand in the last two forms at the same moment may each see the
// other's still missing. The next look at the campaigns finds it.
func TestCampaignIsRemindedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 1)
		form := &formsOf(w, c)[0]
		do(w, form, toHandIn[:3]...)
		w.Hold = true
		w.Do(form.ID, "hand_in")
		require.NoError(t, w.Store.DB.Exec("DELETE FROM outbox WHERE event = 'to_review'").Error) // as if the guard had not held
		for range 2 {
			require.NoError(t, w.Engine.TendCampaigns(t.Context()))
		}
		var told int64
		require.NoError(t, w.Store.DB.Model(&models.Outbox{}).Where("event = ? AND done_at IS NULL", "to_review").Count(&told).Error)
		require.EqualValues(t, 1, told)
		w.Hold = false
		w.Deliver()
		require.Equal(t, procedure.State("review"), w.State(c.ID))
	})
}

// The limits of a form: handed in on the day it was filled in, an answer in a day, the
// daily review; locked on its day and not before, never while a problem is open. A
// stage that is over is reminded of and nothing ends by itself.
func TestFormClocks(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 3)
		forms := formsOf(w, c)
		require.Equal(t, day(w, 10), running(t, w, forms[0].ID, "field").LastDay)
		do(w, &forms[0], "visit", "fill")
		require.Equal(t, day(w, 0), running(t, w, forms[0].ID, "hand_in").LastDay)
		w.SetNow(w.Now().AddDate(0, 0, 1))
		do(w, &forms[0], "self_check", "hand_in")
		require.Equal(t, day(w, 1), running(t, w, forms[0].ID, "instructor").LastDay)
		do(w, &forms[1], "visit", "ask_ruling")
		require.Equal(t, day(w, 1), running(t, w, forms[1].ID, "ruling").LastDay)

		w.Advance(60)
		require.Equal(t, []procedure.State{"fieldwork", "handed_in", "awaiting_ruling", "assigned"}, []procedure.State{w.State(c.ID), w.State(forms[0].ID), w.State(forms[1].ID), w.State(forms[2].ID)})
		var actions []string
		require.NoError(t, w.Store.DB.Model(&models.ClockRung{}).Where("case_id = ?", c.ID).Distinct().Order("action").Pluck("action", &actions).Error)
		require.Equal(t, []string{"remind", "report", "supervise", "urge"}, actions)
		var told int64
		require.NoError(t, w.Store.DB.Model(&models.ClockRung{}).Where("case_id = ?", forms[2].ID).Count(&told).Error)
		require.Zero(t, told, "the stage reminds, not each of its forms")
	})
}

func TestFormsAreLockedOnTheirDay(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		early, late := w.Reach("household_form", "entered"), w.Reach("household_form", "final")
		review := early.Facts.Text("review_until")
		require.Equal(t, review, early.Facts.Text("lock_on"), "the end of the review")
		w.SetNow(w.Now().AddDate(0, 0, 12))
		w.Do(late.ID, "enter")
		late = w.Case(late.ID)
		require.Equal(t, day(w, 5), late.Facts.Text("lock_on"), "the days the county has to answer")
		due := running(t, w, early.ID, "lock").DueAt
		w.AdvanceTo(due.Add(-time.Second))
		require.Equal(t, procedure.State("entered"), w.State(early.ID))
		w.AdvanceTo(due)
		require.Equal(t, procedure.State("locked"), w.State(early.ID))
		w.Do(late.ID, "feedback")
		w.Advance(30)
		require.Equal(t, procedure.State("correcting"), w.State(late.ID), "feedback is open")
	})
}

// A form that is handed to another surveyor is his from then on.
func TestFormIsReassigned(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 2)
		form := &formsOf(w, c)[0]
		first, second := w.Nth(procedure.Surveyor, testkit.Village, 0), w.Nth(procedure.Surveyor, testkit.Village, 1)
		task := func() (out models.Task) {
			require.NoError(t, w.Store.DB.Where("case_id = ? AND role = ? AND closed_at IS NULL", form.ID, procedure.Surveyor).Take(&out).Error)
			return out
		}
		require.Equal(t, first.UserID, task().AssigneeID)
		give := func(kind, to string) {
			_, err := w.Engine.AssignTask(t.Context(), task().ID, kind, w.Key(), to, w.Actor(procedure.TownshipOffice))
			require.NoError(t, err)
		}
		give("reassign", second.UserID)
		_, err := w.Try(form.ID, "visit", first)
		w.Refused(err, procedure.Invalid, "not_assigned")
		give("release", "")
		w.Fire(form.ID, "visit", second) // whoever comes first
		require.Equal(t, []string{second.UserID, second.UserID}, []string{w.Case(form.ID).Facts.Text("surveyor"), task().AssigneeID})
		var row models.CampaignScope
		require.NoError(t, w.Store.DB.Where("form_id = ?", form.ID).Take(&row).Error)
		require.Equal(t, second.UserID, row.SurveyorID)
		w.Fire(form.ID, "fill", second)
		next := &formsOf(w, c)[1]
		_, err = w.Engine.AssignTask(t.Context(), taskOf(t, w, next.ID).ID, "reassign", w.Key(), second.UserID, w.Actor(procedure.TownshipOffice))
		require.NoError(t, err)
		_, err = w.Try(next.ID, "visit", second)
		w.Refused(err, procedure.Invalid, "previous_unchecked")
	})
}

// A verification knows who had a form before it was handed on, by a task or with others of the campaign, and that a row which says
// otherwise is wrong.
func TestFormsHandedOnVerify(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 3)
		first, second := w.Nth(procedure.Surveyor, testkit.Village, 0), w.Nth(procedure.Surveyor, testkit.Village, 1)
		verify := func() []activities.BadRecord {
			v, err := w.Engine.Verify(t.Context())
			require.NoError(t, err)
			return v.Bad
		}
		forms := formsOf(w, c)
		one := forms[0].ID
		w.Fire(one, "visit", first)
		for _, kind := range []string{"reassign", "release"} {
			_, err := w.Engine.AssignTask(t.Context(), taskOf(t, w, one).ID, kind, w.Key(), map[string]string{"reassign": second.UserID}[kind], w.Actor(procedure.TownshipOffice))
			require.NoError(t, err)
			require.Empty(t, verify(), "after %s by its task", kind)
		}
		w.Fire(one, "fill", second)
		require.Empty(t, verify(), "nobody's, whoever came")

		w.Fire(forms[1].ID, "visit", first)
		_, err := w.Engine.Join(t.Context(), activities.Joining{CampaignID: c.ID, Key: w.Key(), Group: "二组", Area: testkit.Village, Duty: "surveyor", User: second.UserID, Name: "调查员乙", Trained: true, Actors: []activities.Actor{w.Actor(procedure.TownshipOffice)}})
		require.NoError(t, err)
		did, err := assignment(w, c, activities.Assignment{From: first.UserID, To: []string{second.UserID}})
		require.NoError(t, err)
		require.Equal(t, 2, did.Households)
		require.Empty(t, verify(), "after others of the campaign")

		require.NoError(t, w.Store.DB.Exec("UPDATE tasks SET assignee_id = ? WHERE case_id = ? AND state = 'assigned'", second.UserID, forms[1].ID).Error)
		bad := verify()
		require.Len(t, bad, 1)
		require.Contains(t, bad[0].Fault, "承办人与办理记录不符")
	})
}

func taskOf(t *testing.T, w *testkit.World, caseID string) (out models.Task) {
	t.Helper()
	require.NoError(t, w.Store.DB.Where("case_id = ? AND closed_at IS NULL", caseID).Take(&out).Error)
	return out
}

// Only the office that drew a campaign up leads it; what it names as exceptions stays
// on the list.
func TestCampaignIsLedByItsIssuer(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Campaign(w.NewHousehold(testkit.Village))
		county := w.Actor(procedure.CountyOffice)
		county.Role, county.As = procedure.Issuer, procedure.CountyOffice
		_, err := w.Try(c.ID, "issue", county)
		w.Refused(err, procedure.Forbidden, "not_in_relation")
		require.Equal(t, models.Queue(procedure.TownshipOffice, testkit.Township, ""), taskOf(t, w, c.ID).Queue)
		whole := w.OpenIn("campaign", testkit.County, w.Actor(procedure.CountyOffice))
		require.Equal(t, models.Queue(procedure.CountyOffice, testkit.County, ""), taskOf(t, w, whole.ID).Queue)
		w.Fire(whole.ID, "issue", issuerOf(w, whole))
		w.InField(c)
		form := &formsOf(w, c)[0]
		w.Fire(c.ID, "to_review", issuerOf(w, w.Case(c.ID)), answers{"exceptions": tableOf(answers{"household_id": form.HouseholdID, "cause": "refused", "note": "拒绝开门"})})
		n, err := activities.HouseholdNumbers(w.Store.DB, c.ID)
		require.NoError(t, err)
		require.Equal(t, map[string]int{"refused": 1}, n.Exceptions)
		w.Fire(c.ID, "to_rect", issuerOf(w, w.Case(c.ID)))
		require.Equal(t, procedure.State("assigned"), w.State(form.ID), "it may still be asked later")
	})
}

// 先整改后填报 holds through a duplicate: the form waits for the problem that is kept.
func TestDuplicateKeepsTheFormWaiting(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		form := &formsOf(w, fielded(w, 1))[0]
		do(w, form, "visit", "mismatch")
		twice, kept, first := w.Last(form.ID, "rectification"), given(w, nil), given(w, nil)
		w.Fire(twice.ID, "merge", w.Actor(procedure.TownshipOffice), answers{"duplicate_of": " " + kept.No})
		require.Equal(t, procedure.State("blocked_rectify"), w.State(form.ID), "nothing has been put right")
		third := problem(w)
		w.Fire(third.ID, "merge", w.Actor(procedure.TownshipOffice), answers{"duplicate_of": first.No})
		do(w, first, "start", "submit", "take", "verify_pass")
		require.Equal(t, procedure.State("blocked_rectify"), w.State(form.ID), "that was another problem")
		do(w, kept, "start", "submit", "take", "verify_pass")
		require.Equal(t, procedure.State("visiting"), w.State(form.ID))
	})
}

// A problem that comes back holds the lock of its form; once it is closed out again the
// form is locked after all.
func TestReboundHoldsTheLock(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		form := &formsOf(w, fielded(w, 1))[0]
		do(w, form, "visit", "mismatch")
		p := w.Last(form.ID, "rectification")
		do(w, p, "register", "assign", "start", "submit", "take", "verify_pass")
		do(w, form, append(toFinal[1:], "enter")...)
		w.Do(p.ID, "rebound")
		w.AdvanceTo(running(t, w, form.ID, "lock").DueAt.Add(time.Hour))
		require.Equal(t, procedure.State("entered"), w.State(form.ID))
		do(w, p, "start", "submit", "take", "verify_pass")
		require.Equal(t, procedure.State("locked"), w.State(form.ID))
	})
}

// The people, places and households of a campaign are chosen from lists, in its tables
// too.
func TestCampaignChoices(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Campaign(w.NewHousehold(testkit.Village), w.NewHousehold(testkit.Village))
		titles := func(from string) map[string]string {
			list, err := w.Engine.Choices(t.Context(), w.Case(c.ID), from)
			require.NoError(t, err)
			out := map[string]string{}
			for _, o := range list {
				out[o.Code] = o.Title
			}
			return out
		}
		people := titles(procedure.FromCampaignPeople)
		surveyor := w.Nth(procedure.Surveyor, testkit.Village, 0)
		require.Contains(t, people[surveyor.UserID], w.Name(surveyor.UserID)+"（")
		require.Contains(t, people[surveyor.UserID], "调查员")
		require.Contains(t, people, w.Nth(procedure.Instructor, testkit.Village, 0).UserID)
		require.NotContains(t, people, w.Nth(procedure.Surveyor, testkit.Village3, 0).UserID, "of another township")
		require.NotContains(t, people, w.Actor(procedure.VillageCadre).UserID)
		areas := titles(procedure.FromCampaignAreas)
		require.Contains(t, areas, testkit.Township)
		require.Contains(t, areas, testkit.Village)
		require.NotContains(t, areas, testkit.Village3)

		groups := w.Form(c, "issue")["groups"].([]any)
		wrong := func(field, value string) {
			row := maps.Clone(groups[1].(map[string]any))
			row[field] = value
			_, err := w.Try(c.ID, "issue", issuerOf(w, c), answers{"groups": []any{groups[0], row, groups[2], groups[3]}})
			r := w.Refused(err, procedure.Invalid, "unknown_option")
			require.Equal(t, "groups[1]."+field, r.Faults[0].Field)
		}
		wrong("user", w.Actor(procedure.VillageCadre).UserID)
		wrong("area", testkit.Village3)

		require.Empty(t, titles(procedure.FromTrainees))
		do(w, c, "issue")
		require.Equal(t, map[string]string{surveyor.UserID: w.Name(surveyor.UserID)}, titles(procedure.FromTrainees))
		do(w, c, "train", "start_field")
		w.Tend()
		require.Len(t, titles(procedure.FromUncovered), 2)
		do(w, &formsOf(w, c)[0], toHandIn...)
		require.Len(t, titles(procedure.FromUncovered), 1)
	})
}

// A cut-off that lies before the end of its stage is the limit of the stage.
func TestCutOffsBoundTheirStages(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Campaign(w.NewHousehold(testkit.Village))
		w.Fire(c.ID, "issue", issuerOf(w, c), answers{"cutoffs": tableOf(
			map[string]any{"item": "rectification", "on": day(w, 20)}, map[string]any{"item": "report", "on": day(w, 40)})})
		do(w, c, "train", "start_field")
		w.Tend()
		do(w, &formsOf(w, c)[0], toFinal...)
		do(w, c, "to_rect")
		require.Equal(t, "2026-10-11", running(t, w, c.ID, "stage").LastDay, "not the 16th of the plan")
		do(w, c, "to_spot", "spot_pass")
		require.Equal(t, "2026-10-26", running(t, w, c.ID, "stage").LastDay, "the plan ends before the cut-off")
	})
}
