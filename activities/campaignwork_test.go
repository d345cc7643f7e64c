package activities_test

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/programme"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	maps.Copy(guardTests, map[string]func(a *asked){
		procedure.GuardNotSurveyor: func(a *asked) {
			c := a.Reach("campaign", "spot_check")
			a.holds(c, "spot_fail", a.Actor(procedure.GuidanceGroup), answers{"redo_by": day(a.World, 1), "spot_by": day(a.World, 2)})
			own := a.Nth(procedure.Surveyor, testkit.Village, 0)
			own.Role = procedure.GuidanceGroup
			a.fails("own_survey", c, "spot_fail", own, answers{"redo_by": day(a.World, 1), "spot_by": day(a.World, 2)})
			other := a.Nth(procedure.Surveyor, testkit.Village, 1)
			other.Role = procedure.GuidanceGroup
			a.holds(c, "spot_fail", other, answers{"redo_by": day(a.World, 1), "spot_by": day(a.World, 2)})
			require.NoError(a.T, a.Store.DB.Model(&models.CampaignScope{}).Where("campaign_id = ?", c.ID).Update("surveyor_id", other.UserID).Error)
			a.fails("own_survey", c, "spot_fail", other, answers{"redo_by": day(a.World, 1), "spot_by": day(a.World, 2)})
		},
		procedure.GuardSampleClean: func(a *asked) {
			c := a.Reach("campaign", "spot_check")
			a.fails("sample_unchecked", c, "spot_pass", nobody, nil)
			sampled(a.World, c, models.SampleFail, "户表与实际不符")
			a.fails("sample_failed", c, "spot_pass", nobody, nil)
			a.Need(c, "spot_pass")
			a.holds(c, "spot_pass", nobody, nil)
		},
	})
}

// sampled notes one result for all of the present sample.
func sampled(w *testkit.World, c *models.Case, result, brief string) {
	w.T.Helper()
	rows, _, err := activities.Samples(w.Store.DB, w.Case(c.ID))
	require.NoError(w.T, err)
	var results []activities.SampleResult
	for _, r := range rows {
		results = append(results, activities.SampleResult{HouseholdID: r.HouseholdID, Result: result, Brief: brief})
	}
	_, err = w.Engine.RecordSample(w.T.Context(), activities.SampleRequest{CampaignID: c.ID, Key: w.Key(), Results: results, Actors: []activities.Actor{w.Actor(procedure.GuidanceGroup)}})
	require.NoError(w.T, err)
}

// assignment is one by the office that leads the campaign.
func assignment(w *testkit.World, c *models.Case, r activities.Assignment) (activities.Assigned, error) {
	r.CampaignID, r.Key, r.Actors = c.ID, w.Key(), []activities.Actor{w.Actor(procedure.TownshipOffice)}
	return w.Engine.Assign(w.T.Context(), r)
}

// Households are shared out evenly, counting what each surveyor has: a preview changes
// nothing, forms that are open go over, results stay where they are.
func TestBulkAssignment(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		one, two := w.Nth(procedure.Surveyor, testkit.Village, 0), w.Nth(procedure.Surveyor, testkit.Village, 1)
		var list []*models.Household
		for i := range 9 {
			list = append(list, w.NewHousehold(testkit.Village))
			require.NoError(t, w.Store.DB.Model(list[i]).Update("group_name", []string{"一组", "二组", "三组"}[i/3]).Error)
		}
		c := w.Campaign(list...)
		groups := append(w.Form(c, "issue")["groups"].([]any), answers{"group": "第二组", "area": testkit.Village, "duty": "surveyor", "user": two.UserID})
		w.Fire(c.ID, "issue", issuerOf(w, c), answers{"groups": groups})
		w.Do(c.ID, "train")
		w.Fire(c.ID, "start_field", issuerOf(w, w.Case(c.ID)), answers{"trained": tableOf(answers{"user": one.UserID}, answers{"user": two.UserID})})
		w.Tend()
		held := func() map[string]int {
			out := map[string]int{}
			for _, f := range formsOf(w, c) {
				out[w.Case(f.ID).Facts.Text("surveyor")]++
			}
			return out
		}
		require.Equal(t, map[string]int{one.UserID: 5, two.UserID: 4}, held(), "as they were listed")

		did, err := assignment(w, c, activities.Assignment{Groups: []string{"一组"}, To: []string{two.UserID}, DryRun: true})
		require.NoError(t, err)
		require.Equal(t, 3, did.Households)
		require.ElementsMatch(t, []activities.Load{{one.UserID, 5, 2}, {two.UserID, 4, 7}}, did.Loads)
		require.Equal(t, map[string]int{one.UserID: 5, two.UserID: 4}, held(), "only looked at")

		did, err = assignment(w, c, activities.Assignment{Groups: []string{"一组"}, To: []string{two.UserID}})
		require.NoError(t, err)
		require.Zero(t, did.Pending)
		require.Equal(t, map[string]int{one.UserID: 2, two.UserID: 7}, held())
		did, err = assignment(w, c, activities.Assignment{To: []string{one.UserID, two.UserID}})
		require.NoError(t, err)
		require.Equal(t, map[string]int{one.UserID: 5, two.UserID: 4}, held(), "even again")

		// What one has not finished goes to the other; what he has handed in stays.
		mine := ""
		for _, f := range formsOf(w, c) {
			if f.Facts.Text("surveyor") == one.UserID {
				mine = f.ID
			}
		}
		w.Do(mine, "visit")
		w.Do(mine, "skip")
		did, err = assignment(w, c, activities.Assignment{From: one.UserID, To: []string{two.UserID}})
		require.NoError(t, err)
		require.Equal(t, 4, did.Households)
		require.Equal(t, map[string]int{one.UserID: 1, two.UserID: 8}, held())
		var tasks int64
		require.NoError(t, w.Store.DB.Model(&models.Task{}).Where("closed_at IS NULL AND role = ? AND procedure = ? AND assignee_id = ?", procedure.Surveyor, "household_form", two.UserID).Count(&tasks).Error)
		require.EqualValues(t, 8, tasks)
		var scope int64
		require.NoError(t, w.Store.DB.Model(&models.CampaignScope{}).Where("campaign_id = ? AND surveyor_id = ?", c.ID, two.UserID).Count(&scope).Error)
		require.EqualValues(t, 8, scope)

		for code, r := range map[string]activities.Assignment{
			"conditions_not_met": {From: two.UserID},
			"nothing_to_assign":  {From: one.UserID, To: []string{two.UserID}},
			"not_a_surveyor":     {To: []string{w.Nth(procedure.Surveyor, testkit.Village2, 0).UserID}},
		} {
			_, err := assignment(w, c, r)
			w.Refused(err, procedure.Invalid, code)
		}
		_, err = w.Engine.Assign(t.Context(), activities.Assignment{CampaignID: c.ID, Key: w.Key(), To: []string{one.UserID}, Actors: []activities.Actor{w.Actor(procedure.CountyOffice)}})
		w.Refused(err, procedure.Forbidden, "role_not_allowed")
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// stop acts on the clocks of a campaign.
func stop(w *testkit.World, c *models.Case, action string, role procedure.Role) error {
	_, err := w.Engine.Stop(w.T.Context(), activities.StopRequest{CaseID: c.ID, Action: action, Cause: "disaster", Reason: "防汛一级响应命令", Key: w.Key(), Actors: []activities.Actor{w.Actor(role)}})
	return err
}

// A campaign that is paused by disaster order holds its forms: none can be filled in,
// their clocks stand still, and run on with the lost days when it goes on.
func TestCampaignPauses(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 2)
		forms := formsOf(w, c)
		me := w.Nth(procedure.Surveyor, testkit.Village, 0)
		before := running(t, w, forms[0].ID, "field")
		require.NoError(t, stop(w, c, activities.StopAsk, procedure.TownshipOffice))
		w.Do(forms[1].ID, "visit") // asked for is not paused
		require.NoError(t, stop(w, c, activities.StopApprove, procedure.CountyOffice))
		_, err := w.Try(forms[0].ID, "visit", me)
		r := w.Refused(err, procedure.Invalid, "conditions_not_met")
		require.Equal(t, "campaign_paused", r.Faults[0].Code)
		w.Tend()
		require.NotNil(t, clock(t, w, forms[0].ID, "field").PausedAt)
		w.Refused(stop(w, &forms[0], activities.StopResume, procedure.TownshipOffice), procedure.Conflict, "stopped_with_campaign")
		stops, err := w.Engine.Stops(t.Context(), forms[0].ID)
		require.NoError(t, err)
		require.Empty(t, activities.StopsAllowed(w.Case(forms[0].ID), stops, []activities.Actor{w.Actor(procedure.TownshipOffice)}))

		w.SetNow(w.Now().AddDate(0, 0, 3))
		require.NoError(t, stop(w, c, activities.StopResume, procedure.TownshipOffice))
		w.Tend()
		after := running(t, w, forms[0].ID, "field")
		require.Nil(t, clock(t, w, forms[0].ID, "field").PausedAt)
		require.Positive(t, after.LostDays)
		require.Equal(t, clock(t, w, c.ID, "stage").LostDays, after.LostDays, "as many as the campaign")
		require.Equal(t, 24*time.Hour*time.Duration(after.LostDays), after.DueAt.Sub(before.DueAt))
		w.Fire(forms[0].ID, "visit", me)
		w.Tend()
		stops, err = w.Engine.Stops(t.Context(), forms[0].ID)
		require.NoError(t, err)
		require.Len(t, stops, 1, "once, however often one looks")
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// The clocks of the problems that a campaign has found stand still with it, those that are found meanwhile too: nobody is
// reminded, the last day moves by the days lost, and the history of each tells why.
func TestCampaignPauseReachesItsProblems(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 2)
		forms := formsOf(w, c)
		opened := func(form *models.Case) *models.Case {
			do(w, form, "visit", "mismatch")
			p := w.Last(form.ID, "rectification")
			do(w, p, "register")
			w.Fire(p.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"class": procedure.RectifySpecial, "due_kind": procedure.DueDate, "due_date": day(w, 6)})
			do(w, p, "start")
			return p
		}
		p, elsewhere := opened(&forms[0]), w.Fresh("rectification")
		before := clock(t, w, p.ID, "due")
		require.NoError(t, stop(w, c, activities.StopAsk, procedure.TownshipOffice))
		w.Tend()
		require.Nil(t, clock(t, w, p.ID, "due").PausedAt, "asked for is not paused")
		require.NoError(t, stop(w, c, activities.StopApprove, procedure.CountyOffice))
		w.Tend()
		w.Tend()
		require.NotNil(t, clock(t, w, p.ID, "due").PausedAt)
		require.False(t, w.Case(elsewhere.ID).Facts.Yes("suspended"), "another has nothing to do with it")

		w.Advance(9)
		require.Equal(t, 0, rungsOf(w, p.ID, before.StartedAt), "past the day that was set nobody is reminded")
		require.Equal(t, models.FarFuture, w.Case(p.ID).DueAt.UTC())
		require.False(t, w.Case(p.ID).Late(policy.DateOf(w.Now()).String()), "nor is it late in any figure")
		require.NoError(t, stop(w, c, activities.StopResume, procedure.TownshipOffice))
		w.Tend()
		w.Deliver()
		after := clock(t, w, p.ID, "due")
		require.Nil(t, after.PausedAt)
		require.Equal(t, 10, after.LostDays, "the days of stop and resumption both count")
		require.Equal(t, before.DueAt.AddDate(0, 0, 10), after.DueAt)
		last, err := policy.ParseDate(after.LastDay)
		require.NoError(t, err)
		moved := w.Case(p.ID)
		require.Equal(t, after.LastDay, moved.LastDay("due_on"))
		require.Equal(t, last, (&programme.Problem{Case: *moved}).DueOn(), "figures and programmes count by that day")
		require.False(t, moved.Late(last.String()), "and so do papers and the numbers of the campaign")
		require.True(t, moved.Late(last.AddDays(1).String()))
		require.Equal(t, before.LastDay, w.Case(p.ID).Facts.Text("due_on"), "what was set stands in the record")
		require.NotNil(t, w.Case(p.ID).WakeAt)
		events, err := w.Engine.Events(t.Context(), p.ID)
		require.NoError(t, err)
		var kinds []string
		for _, ev := range events {
			if ev.Kind == activities.StopApprove || ev.Kind == activities.StopResume {
				kinds = append(kinds, ev.Kind)
			}
		}
		require.Equal(t, []string{activities.StopApprove, activities.StopResume}, kinds)

		_, err = w.Try(p.ID, "extend", w.In(w.Case(p.ID), procedure.Responsible), answers{"new_due": before.LastDay})
		require.NotContains(t, refusalCodes(err), "limit_over")
		w.Advance(9)
		require.Positive(t, rungsOf(w, p.ID, after.StartedAt), "the clock has gone on")
		do(w, p, "submit", "take", "verify_pass")
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// rungsOf counts the reminders of a case from a moment on.
func rungsOf(w *testkit.World, id string, from time.Time) int {
	var n int64
	require.NoError(w.T, w.Store.DB.Model(&models.ClockRung{}).Where("case_id = ? AND fired_at >= ?", id, from).Count(&n).Error)
	return int(n)
}

// refusalCodes are the codes of a refusal and of its faults.
func refusalCodes(err error) (out []string) {
	var no *procedure.Refusal
	if errors.As(err, &no) {
		out = append(out, no.Code)
		for _, f := range no.Faults {
			out = append(out, f.Code)
		}
	}
	return out
}

// A sample is drawn by a seed that is kept, from the households that were asked; the
// same seed draws the same again.
func TestSpotCheckSample(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 6)
		forms := formsOf(w, c)
		w.Do(forms[0].ID, "visit")
		w.Do(forms[0].ID, "skip") // nobody there to be asked again
		for i := range forms[1:] {
			do(w, &forms[i+1], append(toHandIn, "instructor_pass")...)
		}
		for i := range forms[1:] {
			w.Ready(forms[i+1].ID, "joint_pass")
			w.Fire(forms[i+1].ID, "joint_pass", w.In(&forms[i+1], procedure.GroupLeader), answers{"form_code": strconv.Itoa(i)})
			do(w, &forms[i+1], "to_office", "office_pass")
		}
		do(w, c, "to_rect")
		w.Fire(c.ID, "to_spot", w.Actor(procedure.GuidanceGroup), answers{"sample_size": 3.0})
		rows, seed, err := activities.Samples(w.Store.DB, w.Case(c.ID))
		require.NoError(t, err)
		require.Len(t, rows, 3)
		var asked, drawn []string
		for _, f := range forms[1:] {
			asked = append(asked, f.HouseholdID)
		}
		for _, r := range rows {
			require.Equal(t, 1, r.Round)
			require.NotEmpty(t, r.SurveyorID)
			drawn = append(drawn, r.HouseholdID)
		}
		n, err := strconv.ParseUint(seed, 10, 64)
		require.NoError(t, err)
		require.ElementsMatch(t, drawn, activities.DrawSample(asked, 3, n))
		slices.Reverse(asked)
		require.ElementsMatch(t, drawn, activities.DrawSample(asked, 3, n), "in whatever order they come")
		require.Len(t, activities.DrawSample(asked, 9, n), 5)

		guide := []activities.Actor{w.Actor(procedure.GuidanceGroup)}
		put := func(actors []activities.Actor, r ...activities.SampleResult) error {
			_, err := w.Engine.RecordSample(t.Context(), activities.SampleRequest{CampaignID: c.ID, Key: w.Key(), Results: r, Actors: actors})
			return err
		}
		w.Refused(put([]activities.Actor{w.Actor(procedure.TownshipOffice)}, activities.SampleResult{drawn[0], models.SamplePass, ""}), procedure.Forbidden, "role_not_allowed")
		w.Refused(put(guide, activities.SampleResult{drawn[0], models.SampleFail, ""}), procedure.Invalid, "conditions_not_met")
		w.Refused(put(guide, activities.SampleResult{forms[0].HouseholdID, models.SamplePass, ""}), procedure.Invalid, "not_in_sample")
		own := w.Nth(procedure.Surveyor, testkit.Village, 0)
		own.Role = procedure.GuidanceGroup
		w.Refused(put([]activities.Actor{own}, activities.SampleResult{drawn[0], models.SamplePass, ""}), procedure.Forbidden, "own_survey")
		require.NoError(t, put(guide, activities.SampleResult{drawn[0], models.SampleFail, "收入少计"}, activities.SampleResult{drawn[1], models.SamplePass, ""}))
		w.Do(c.ID, "spot_fail")
		spot := w.Last(c.ID, "rectification")
		do(w, spot, "register")
		w.Fire(spot.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"responsible": w.Actor(procedure.TownshipHead).UserID})
		do(w, spot, "start", "submit", "take", "verify_pass")
		w.Refused(put(guide, activities.SampleResult{drawn[0], models.SamplePass, ""}), procedure.Conflict, "not_in_spot_check")
		w.Fire(c.ID, "to_spot", w.Actor(procedure.GuidanceGroup), answers{"sample_size": 2.0})
		again, other, err := activities.Samples(w.Store.DB, w.Case(c.ID))
		require.NoError(t, err)
		require.Len(t, again, 2)
		require.Equal(t, 2, again[0].Round)
		require.NotEqual(t, seed, other)
		do(w, c, "spot_pass")
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// The progress of a day is counted from the acts and frozen when the day is over: what
// happens later, a form that goes to somebody else too, does not change it.
func TestDailyProgress(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 4)
		forms := formsOf(w, c)
		one := w.Nth(procedure.Surveyor, testkit.Village, 0)
		first := policy.DateOf(w.Now())
		on := func(d policy.Date) (models.CampaignProgress, bool) {
			p, frozen, err := w.Engine.ProgressOn(t.Context(), w.Case(c.ID), d)
			require.NoError(t, err)
			return p, frozen
		}
		line := func(visited, handed, passed, returned int) []models.ProgressLine {
			return []models.ProgressLine{{RegionCode: testkit.Village, Group: forms0Group(w, c), SurveyorID: one.UserID, Assigned: 4, Visited: visited, HandedIn: handed, Passed: passed, Returned: returned}}
		}
		do(w, &forms[0], "visit", "mismatch")
		do(w, &forms[1], toHandIn...)
		do(w, &forms[1], "instructor_return", "revisit_done", "self_check", "hand_in", "instructor_pass")
		p, frozen := on(first)
		require.False(t, frozen)
		require.Equal(t, line(2, 1, 1, 1), p.Lines)
		require.Equal(t, []models.ProblemLine{{RegionCode: testkit.Village, Found: 1}}, p.Problems)
		now, err := w.Engine.ProgressNow(t.Context(), w.Case(c.ID))
		require.NoError(t, err)
		p.Lines[0].Group = "" // the glance has no groups
		require.Equal(t, p, now)
		w.Tend()
		_, frozen = on(first)
		require.False(t, frozen, "the day is not over")

		w.SetNow(w.Now().AddDate(0, 0, 2))
		p2 := w.Last(forms[0].ID, "rectification")
		do(w, p2, "register")
		w.Fire(p2.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"class": procedure.RectifyImmediate, "due_date": day(w, 0)})
		w.Tend()
		w.Tend()
		days, err := w.Engine.ProgressDays(t.Context(), c.ID)
		require.NoError(t, err)
		require.Len(t, days, 2, "yesterday and the day before")
		require.Equal(t, line(2, 1, 1, 1), days[0].Progress.Lines)
		require.Equal(t, line(2, 1, 1, 1), days[1].Progress.Lines)
		frozenThen, _ := on(first)

		do(w, p2, "start", "submit", "take", "verify_pass")
		do(w, &forms[0], append(toHandIn[1:], "instructor_pass")...)
		p, frozen = on(first.AddDays(2))
		require.False(t, frozen)
		require.Equal(t, line(2, 2, 2, 1), p.Lines)
		require.Equal(t, []models.ProblemLine{{RegionCode: testkit.Village, Class: procedure.RectifyImmediate, Found: 1, Closed: 1}}, p.Problems)
		now, frozen = on(first)
		require.True(t, frozen)
		require.Equal(t, frozenThen, now)
		require.Error(t, w.Store.DB.Model(&models.CampaignDay{}).Where("campaign_id = ?", c.ID).Update("day", "2000-01-01").Error)
	})
}

// A problem is overdue from the day after its day until it is settled.
func TestProgressCountsOverdueProblems(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 1)
		form := &formsOf(w, c)[0]
		do(w, form, "visit", "mismatch")
		p := w.Last(form.ID, "rectification")
		do(w, p, "register")
		w.Fire(p.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"class": procedure.RectifyImmediate, "due_date": day(w, 2)})
		first := policy.DateOf(w.Now())
		w.SetNow(w.Now().AddDate(0, 0, 5))
		do(w, p, "start", "submit", "take", "verify_pass")
		for d, want := range map[int][3]int{-1: {}, 0: {1, 0, 0}, 2: {1, 0, 0}, 3: {1, 0, 1}, 4: {1, 0, 1}, 5: {1, 1, 0}} {
			got, _, err := w.Engine.ProgressOn(t.Context(), w.Case(c.ID), first.AddDays(d))
			require.NoError(t, err)
			if d < 0 {
				require.Empty(t, got.Problems)
				continue
			}
			require.Equal(t, want, [3]int{got.Problems[0].Found, got.Problems[0].Closed, got.Problems[0].Overdue}, d)
		}
	})
}

func forms0Group(w *testkit.World, c *models.Case) string {
	var h models.Household
	require.NoError(w.T, w.Store.DB.Where("id = ?", formsOf(w, c)[0].HouseholdID).Take(&h).Error)
	return h.GroupName
}

// What villages owe by a day beside the stages: each village's own people are reminded until it is through, the township
// and the county after that, the clock stops with the last village, and a campaign is not archived over what is owed.
func TestCutOffsAreOwedByVillages(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Campaign(w.NewHousehold(testkit.Village), w.NewHousehold(testkit.Village2))
		plan := []any{map[string]any{"item": "rectification", "on": day(w, 20)}, map[string]any{"item": "report", "on": day(w, 40)},
			map[string]any{"item": "new_objects", "on": day(w, 10)}, map[string]any{"item": "entry", "on": day(w, 12)}}
		var groups, trained []any
		for _, village := range []string{testkit.Village, testkit.Village2} {
			for _, role := range []procedure.Role{procedure.Surveyor, procedure.Instructor, procedure.GroupLeader} {
				groups = append(groups, map[string]any{"group": "一组", "area": village, "duty": string(role), "user": w.Nth(role, village, 0).UserID})
			}
			trained = append(trained, map[string]any{"user": w.Nth(procedure.Surveyor, village, 0).UserID})
		}
		w.Fire(c.ID, "issue", issuerOf(w, c), answers{"cutoffs": plan, "groups": groups})
		do(w, c, "train")
		w.Fire(c.ID, "start_field", issuerOf(w, c), answers{"trained": trained})
		w.Tend()
		limit := clock(t, w, c.ID, "new_objects")
		require.Equal(t, day(w, 10), limit.LastDay)
		one, two := w.Nth(procedure.VillageSecretary, testkit.Village, 0), w.Nth(procedure.VillageSecretary, testkit.Village2, 0)
		township, county, clerk := w.Actor(procedure.TownshipOffice), w.Actor(procedure.CountyOffice), w.Actor(procedure.DataEntry)
		told := func(a activities.Actor, clock string) int {
			var n int64
			require.NoError(t, w.Store.DB.Model(&models.Message{}).Where("user_id = ? AND case_id = ? AND clock_id IN (SELECT id FROM clocks WHERE code = ?)", a.UserID, c.ID, clock).Count(&n).Error)
			return int(n)
		}
		all := func(clock string) []int {
			return []int{told(one, clock), told(two, clock), told(township, clock), told(county, clock), told(clerk, clock)}
		}
		meet := func(item string, actor activities.Actor, villages ...string) error {
			_, err := w.Engine.MeetCutOff(t.Context(), activities.CutOffRequest{CaseID: c.ID, Item: item, Note: "名单已报送，本村新增一户", Villages: villages, Key: w.Key(), Actors: []activities.Actor{actor}})
			return err
		}
		until := func(n int) { w.AdvanceTo(policy.DateOf(testkit.Start).AddDays(n).Start().Add(9 * time.Hour)) }

		until(6)
		require.Equal(t, []int{0, 0, 0, 0, 0}, all("new_objects"))
		until(7)
		require.Equal(t, []int{1, 1, 0, 0, 0}, all("new_objects"), "three days before the last")
		w.Refused(meet("new_objects", county, testkit.Village), procedure.Forbidden, "role_not_allowed")
		w.Refused(meet("new_objects", township, testkit.Village3), procedure.Invalid, "not_owing")
		w.Refused(meet("feedback", township, testkit.Village), procedure.Conflict, "already_so")
		w.Refused(meet("entry", township, testkit.Village), procedure.Conflict, "already_so")
		require.NoError(t, meet("new_objects", township, testkit.Village))
		w.Refused(meet("new_objects", township, testkit.Village), procedure.Invalid, "not_owing")
		until(10)
		require.Equal(t, []int{1, 3, 0, 0, 0}, all("new_objects"), "only the village that still owes")
		until(11)
		require.Equal(t, []int{1, 4, 1, 0, 0}, all("new_objects"), "over: the township is told")
		until(14)
		require.Equal(t, []int{1, 5, 2, 1, 0}, all("new_objects"), "and then the county")

		list, err := w.Engine.CutOffs(t.Context(), w.Case(c.ID))
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, activities.CutOff{Item: "new_objects", Title: "上报新增监测对象名单", On: limit.LastDay, Owing: []string{testkit.Village2}, Villages: 2, Overdue: true}, list[0])
		require.Equal(t, []string{testkit.Village, testkit.Village2}, list[1].Owing)
		require.Positive(t, told(clerk, "entry"), "what is to be entered those who enter it owe")
		require.NoError(t, meet("new_objects", township, testkit.Village2))
		done := all("new_objects")
		until(30)
		require.Equal(t, done, all("new_objects"), "nobody owes it any more")

		forms := formsOf(w, c)
		do(w, &forms[0], toFinal...)
		do(w, &forms[1], "skip")
		w.Tend()
		require.NotEmpty(t, w.Case(c.ID).Facts.Text("entry_by"), "final is not entered")
		do(w, c, "to_rect", "to_spot", "spot_pass", "report")
		require.Equal(t, procedure.State("closed"), w.State(c.ID))
		require.NotEmpty(t, clock(t, w, c.ID, "entry").ID, "it outlives the report")
		_, err = w.Try(c.ID, "archive", issuerOf(w, c))
		require.Contains(t, refusalCodes(err), "cutoff_open")
		do(w, &forms[0], "enter")
		w.Tend()
		w.Tend()
		_, err = w.Try(c.ID, "archive", issuerOf(w, c))
		require.NotContains(t, refusalCodes(err), "cutoff_open")
		list, err = w.Engine.CutOffs(t.Context(), w.Case(c.ID))
		require.NoError(t, err)
		require.Empty(t, list[0].Owing)
		require.Empty(t, list[1].Owing)
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}
