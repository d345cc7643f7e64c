package activities_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/deptlist"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// runOver starts a run, works it to its end and returns it.
func runOver(w *testkit.World, r activities.RunRequest) models.QualityRun {
	w.T.Helper()
	run, err := w.Engine.StartRun(w.T.Context(), r)
	require.NoError(w.T, err)
	require.NoError(w.T, w.Engine.WorkRuns(w.T.Context(), "test", nil))
	out := *stored[models.QualityRun](w, run.ID)
	require.Equal(w.T, models.RunDone, out.State, out.Fault)
	require.Equal(w.T, out.Total, out.Passed)
	return out
}

// stored is a row as it is now.
func stored[T any](w *testkit.World, id string) *T {
	w.T.Helper()
	var out T
	require.NoError(w.T, w.Store.DB.Where("id = ?", id).Take(&out).Error)
	return &out
}

func check(w *testkit.World, region string) models.QualityRun {
	w.T.Helper()
	return runOver(w, activities.RunRequest{Kind: models.RunQuality, Region: region})
}

// tidyHome is a household in whose record nothing is wrong; change may put something wrong.
func tidyHome(w *testkit.World, village string, change func(h *models.Household, s *models.HouseholdSecret, people []models.Person, secrets []models.PersonSecret)) *models.Household {
	w.T.Helper()
	h := &models.Household{ID: models.NewID(), RegionCode: village, GroupName: "一组", HeadName: "田禾", Population: 2, BaseType: "ordinary", Status: "none", CreatedAt: w.Now(), UpdatedAt: w.Now()}
	h.No = h.ID
	s := models.HouseholdSecret{House: "A"}
	people := []models.Person{{Name: "田禾", IsHead: true}, {Name: "苗青", Ord: 1}}
	secrets := []models.PersonSecret{{Relation: "户主", Sex: "男", BirthDate: "1980-01-02", Health: "健康", Labour: "普通劳动力", Education: "初中"},
		{Relation: "配偶", Sex: "女", BirthDate: "1982-05-06", Health: "健康", Labour: "普通劳动力", Education: "初中"}}
	if change != nil {
		change(h, &s, people, secrets)
	}
	require.NoError(w.T, h.SetSecret(w.Store.Vault, s))
	require.NoError(w.T, w.Store.DB.Create(h).Error)
	for i := range people {
		p := &people[i]
		p.ID, p.HouseholdID, p.CreatedAt, p.UpdatedAt = models.NewID(), h.ID, w.Now(), w.Now()
		require.NoError(w.T, p.SetSecret(w.Store.Vault, secrets[i]))
		require.NoError(w.T, w.Store.DB.Create(p).Error)
	}
	return h
}

func hitsOf(w *testkit.World, household string) []models.QualityHit {
	var out []models.QualityHit
	require.NoError(w.T, w.Store.DB.Where("household_id = ?", household).Order("rule, person_id").Find(&out).Error)
	return out
}

func allCases(w *testkit.World, procedure string) []models.Case {
	var out []models.Case
	require.NoError(w.T, w.Store.DB.Where("procedure = ?", procedure).Order("id").Find(&out).Error)
	return out
}

func populate(w *testkit.World, h *models.Household, n int) {
	require.NoError(w.T, w.Store.DB.Model(&models.Household{}).Where("id = ?", h.ID).Update("population", n).Error)
}

// DQ-10: a wrong population opens one data issue, with whom it is proposed to; the same run again, and a look at
// everything, open none.
func TestQualityRunOpensOneIssue(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		tidyHome(w, testkit.Village, nil)
		h := tidyHome(w, testkit.Village, nil)
		populate(w, h, 5)
		run := check(w, testkit.Township)
		require.Equal(t, []int{2, 2, 1, 0}, []int{run.Total, run.Looked, run.Counts.Opened, run.Counts.Standing})
		require.Equal(t, map[string]*models.RuleCount{"population_mismatch": {Hits: 1}}, run.Counts.Rules)
		hits := hitsOf(w, h.ID)
		require.Len(t, hits, 1)
		secret, err := hits[0].Secret(w.Store.Vault)
		require.NoError(t, err)
		require.Contains(t, secret.Message, "5人")
		c := w.Case(hits[0].CaseID)
		require.Equal(t, "population_mismatch", c.Facts.Text("rule"))
		opened, err := w.Engine.OpeningAnswers(c.ID)
		require.NoError(t, err)
		used, err := activities.Computed(opened)
		require.NoError(t, err)
		require.Equal(t, []policy.Finding{{Code: "population_mismatch", Title: "家庭人口与在册成员数不一致", Verdict: policy.VerdictYes, Reason: secret.Message, Basis: "S001",
			Values: []policy.Value{{Name: "在册成员", Text: "2"}, {Name: "家庭人口", Text: "5"}}}}, used, "the act keeps the inputs of the rule")
		require.Equal(t, "own_rule", c.Facts.Text("source"))
		require.Equal(t, "content", c.Facts.Text("proposed_cause"))
		require.Equal(t, w.Actor(procedure.VillageCadre).UserID, c.Facts.Text("proposed_owner"))
		require.True(t, c.DueAt.Before(models.FarFuture))
		var tasks []models.Task
		require.NoError(t, w.Store.DB.Where("case_id = ? AND closed_at IS NULL", c.ID).Find(&tasks).Error)
		require.Len(t, tasks, 1)
		require.Equal(t, models.Queue(procedure.TownshipOffice, testkit.Township, ""), tasks[0].Queue)

		again := check(w, testkit.County)
		require.Equal(t, []int{2, 0, 0}, []int{again.Passed, again.Looked, again.Counts.Opened}, "nothing has changed, nothing is looked at")
		full := runOver(w, activities.RunRequest{Kind: models.RunQuality, Region: testkit.County, Full: true})
		require.Equal(t, []int{2, 0, 1}, []int{full.Looked, full.Counts.Opened, full.Counts.Standing})
		require.Len(t, allCases(w, "data_issue"), 1)
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// lastAct is the last record of a case and what it keeps.
func lastAct(t *testing.T, w *testkit.World, id string) (string, map[string]any) {
	t.Helper()
	events, err := w.Engine.Events(t.Context(), id)
	require.NoError(t, err)
	form, err := w.Engine.Payload(&events[len(events)-1])
	require.NoError(t, err)
	return events[len(events)-1].Kind, form
}

// A hit whose values have changed while its issue is open tells the issue, once.
func TestQualityChangedWhileOpen(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := tidyHome(w, testkit.Village, nil)
		populate(w, h, 5)
		check(w, testkit.Village)
		issue := hitsOf(w, h.ID)[0].CaseID
		populate(w, h, 6)
		run := check(w, testkit.Village)
		require.Equal(t, []int{0, 1}, []int{run.Counts.Opened, run.Counts.Standing})
		kind, form := lastAct(t, w, issue)
		require.Equal(t, "rule_changed", kind)
		require.Contains(t, form["detail"], "6人")
		used, err := activities.Computed(form)
		require.NoError(t, err)
		require.Equal(t, policy.Value{Name: "家庭人口", Text: "6"}, used[0].Values[1])
		seq := w.Case(issue).Seq
		runOver(w, activities.RunRequest{Kind: models.RunQuality, Region: testkit.Village, Full: true})
		require.Equal(t, seq, w.Case(issue).Seq, "nothing has changed since")
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// Only what has changed is looked at again: the household, a member, the policy, the month.
func TestQualityRunIsIncremental(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		var list []*models.Household
		c := w.Fresh("data_issue")
		for range 3 {
			list = append(list, tidyHome(w, testkit.Village, nil))
		}
		looked := func() int { return check(w, testkit.Village).Looked }
		require.Equal(t, 4, looked())
		require.Zero(t, looked())
		populate(w, list[0], 3)
		require.Equal(t, 1, looked())
		var p models.Person
		require.NoError(t, w.Store.DB.Where("household_id = ? AND is_head", list[1].ID).Take(&p).Error)
		require.NoError(t, p.SetSecret(w.Store.Vault, models.PersonSecret{Relation: "户主"}))
		require.NoError(t, w.Store.DB.Save(&p).Error)
		require.Equal(t, 1, looked())
		left := w.Now()
		require.NoError(t, w.Store.DB.Model(&p).Update("left_at", left).Error)
		require.Equal(t, 1, looked())
		require.NoError(t, w.Store.DB.Create(&models.MonitoringEpisode{ID: models.NewID(), HouseholdID: list[2].ID, No: 1, CaseID: c.ID, RegionCode: testkit.Village, OpenedAt: w.Now(), Category: "unstable"}).Error)
		require.NoError(t, w.Store.DB.Model(&models.Household{}).Where("id = ?", list[2].ID).Update("status", "monitored").Error)
		require.Equal(t, 1, looked())
		w.SetNow(time.Date(2026, 10, 1, 1, 0, 0, 0, time.UTC))
		require.Equal(t, 4, looked(), "ages go on: once a month everything")
		w.SetPolicy("dq_road_max_km", testkit.Village2, 3)
		require.Zero(t, looked(), "another village's policy")
		w.SetPolicy("dq_road_max_km", testkit.Village, 3)
		require.Equal(t, 4, looked())
	})
}

// DQ-22: the same telephone in two households, found by its mark; both are told, and when one gives it up both are clean.
func TestQualitySharedPhone(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		phone := func(number string) func(*models.Household, *models.HouseholdSecret, []models.Person, []models.PersonSecret) {
			return func(_ *models.Household, _ *models.HouseholdSecret, _ []models.Person, secrets []models.PersonSecret) {
				secrets[0].Phone = number
			}
		}
		a := tidyHome(w, testkit.Village, phone("13900001111"))
		check(w, testkit.Village)
		require.Empty(t, hitsOf(w, a.ID))
		b := tidyHome(w, testkit.Village3, phone("13900001111"))
		tidyHome(w, testkit.Village, phone("13900002222"))
		run := check(w, testkit.County)
		require.Equal(t, 2, run.Counts.Rules["phone_shared_household"].Hits)
		require.Equal(t, 3, run.Looked, "the one that was known as well")
		for _, h := range []*models.Household{a, b} {
			require.Len(t, hitsOf(w, h.ID), 1)
			require.Equal(t, "phone_shared_household", hitsOf(w, h.ID)[0].Rule)
		}
		issue := hitsOf(w, a.ID)[0].CaseID
		w.Fire(issue, "assign", w.Actor(procedure.TownshipOffice), answers{"cause": "typing", "owner": w.Actor(procedure.DataEntry).UserID, "due_on": policy.DateOf(w.Now()).AddDays(3).String()})
		w.Do(issue, "check")
		w.Fire(issue, "correct", owner(w, w.Case(issue)), answers{"corrections": []any{answers{"item": "other", "person_id": "", "old": "", "new": ""}}})
		_, err := w.Try(issue, "verify", w.Actor(procedure.LinkedLeader))
		w.Refused(err, procedure.Invalid, "rule_still_finds")
		var p models.Person
		require.NoError(t, w.Store.DB.Where("household_id = ? AND is_head", b.ID).Take(&p).Error)
		secret, err := p.Secret(w.Store.Vault)
		require.NoError(t, err)
		secret.Phone = ""
		require.NoError(t, p.SetSecret(w.Store.Vault, secret))
		require.NoError(t, w.Store.DB.Save(&p).Error)
		run = check(w, testkit.County)
		require.Equal(t, []int{2, 2}, []int{run.Looked, run.Counts.Gone})
		hit := hitsOf(w, a.ID)[0]
		require.NotNil(t, hit.GoneAt)
		require.Equal(t, procedure.State("corrected"), w.State(hit.CaseID), "people close it")
		events, err := w.Engine.Events(t.Context(), hit.CaseID)
		require.NoError(t, err)
		require.Equal(t, "rule_clean", events[len(events)-1].Kind)
		w.Do(hit.CaseID, "verify")
		require.Equal(t, procedure.State("closed"), w.State(hit.CaseID))
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// A register of before the marks: the first run makes them, and goes round once more for what they show.
func TestQualityMakesMissingMarks(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for range 2 {
			tidyHome(w, testkit.Village, func(_ *models.Household, s *models.HouseholdSecret, _ []models.Person, _ []models.PersonSecret) {
				s.Phone = "13900001111"
			})
		}
		tidyHome(w, testkit.Village, nil)
		require.NoError(t, w.Store.DB.Exec("UPDATE households SET phone_mark = NULL").Error)
		run := check(w, testkit.Village)
		require.Equal(t, 2, run.Counts.Rules["phone_shared_household"].Hits)
		require.Equal(t, 5, run.Looked)
		require.Zero(t, check(w, testkit.Village).Looked)
	})
}

// DQ-20: a number without its index that somebody else in the register has.
func TestQualityTakenNumber(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		number := idNumber("5101011980010200", 1)
		index := w.Store.Vault.Index(number)
		with := func(index *string) *models.Household {
			return tidyHome(w, testkit.Village, func(_ *models.Household, _ *models.HouseholdSecret, people []models.Person, secrets []models.PersonSecret) {
				secrets[0].IDNo, people[0].IDIndex = number, index
			})
		}
		with(&index)
		b := with(nil)
		check(w, testkit.Village)
		var rules []string
		for _, hit := range hitsOf(w, b.ID) {
			rules = append(rules, hit.Rule)
		}
		require.Contains(t, rules, "id_duplicate")
	})
}

// S003 #21: what was explained stays explained until the values that the rule has used change.
func TestQualityExplained(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		populate(w, h, 5)
		check(w, testkit.Village)
		var first models.QualityHit
		require.NoError(t, w.Store.DB.Where("household_id = ? AND rule = ?", h.ID, "population_mismatch").Take(&first).Error)
		explain(w, first.CaseID)
		require.Equal(t, procedure.State("closed"), w.State(first.CaseID))

		same := runOver(w, activities.RunRequest{Kind: models.RunQuality, Region: testkit.Village, Full: true})
		require.Zero(t, same.Counts.Opened+same.Counts.Renewed)
		require.NoError(t, w.Store.DB.Model(&models.Household{}).Where("id = ?", h.ID).Update("head_name", "田和").Error)
		require.Zero(t, check(w, testkit.Village).Counts.Renewed, "something else has changed")
		populate(w, h, 6)
		require.Equal(t, 1, check(w, testkit.Village).Counts.Renewed)
		second := *stored[models.QualityHit](w, first.ID)
		require.NotEqual(t, first.CaseID, second.CaseID)
		require.Equal(t, procedure.State("detected"), w.State(second.CaseID))
		populate(w, h, 7)
		require.Zero(t, check(w, testkit.Village).Counts.Renewed, "the open one answers it")
		require.Equal(t, second.CaseID, stored[models.QualityHit](w, first.ID).CaseID)
	})
}

// explain takes an issue to its end with an explanation.
func explain(w *testkit.World, id string) {
	collector := w.Actor(procedure.VillageCadre)
	w.Fire(id, "assign", w.Actor(procedure.TownshipOffice), answers{"cause": "content", "owner": collector.UserID, "due_on": policy.DateOf(w.Now()).AddDays(3).String()})
	for _, event := range []string{"check", "explain", "verify"} {
		w.Do(id, event)
	}
}

// What was corrected and is wrong again is a new problem; an issue that somebody has opened by hand answers the rule.
func TestQualityCorrectedAndByHand(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("data_issue", "corrected")
		run := check(w, testkit.Village)
		for _, hit := range hitsOf(w, c.HouseholdID) {
			require.NotEqual(t, "population_mismatch", hit.Rule, "it is right now")
		}
		h := reload(t, w, &models.Household{ID: c.HouseholdID})
		populate(w, h, 5)
		run = check(w, testkit.Village)
		require.Zero(t, run.Counts.Opened+run.Counts.Renewed)
		var hit models.QualityHit
		require.NoError(t, w.Store.DB.Where("household_id = ? AND rule = ?", h.ID, "population_mismatch").Take(&hit).Error)
		require.Equal(t, c.ID, hit.CaseID, "the issue opened by hand")
		populate(w, h, 4)
		require.Equal(t, 1, check(w, testkit.Village).Counts.Gone)
		w.Do(c.ID, "verify")
		require.Equal(t, procedure.State("closed"), w.State(c.ID))
		populate(w, h, 5)
		require.Equal(t, 1, check(w, testkit.Village).Counts.Renewed, "the same value, but it was corrected")
		require.NotEqual(t, c.ID, stored[models.QualityHit](w, hit.ID).CaseID)
	})
}

// A run that was interrupted goes on where it stood: nothing twice, nothing left out. One that was cancelled stays where
// it is.
func TestQualityRunGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.Engine.RunSize = 3
		for range 8 {
			populate(w, tidyHome(w, testkit.Village, nil), 5)
		}
		start := func() *models.QualityRun {
			run, err := w.Engine.StartRun(t.Context(), activities.RunRequest{Kind: models.RunQuality, Region: testkit.Village})
			require.NoError(t, err)
			return run
		}
		run := start()
		ctx, cancel := context.WithCancel(t.Context())
		err := w.Engine.WorkRun(ctx, run.ID, "first", func(models.QualityRun) { cancel() })
		require.ErrorIs(t, err, context.Canceled)
		stands := stored[models.QualityRun](w, run.ID)
		require.Equal(t, []any{models.RunRunning, 3, 3}, []any{stands.State, stands.Passed, stands.Counts.Opened})
		require.NoError(t, w.Engine.WorkRun(t.Context(), run.ID, "second", nil))
		require.Equal(t, 3, stored[models.QualityRun](w, run.ID).Passed, "the first has its lease still")
		require.NoError(t, w.Engine.WorkRun(t.Context(), run.ID, "first", nil))
		done := stored[models.QualityRun](w, run.ID)
		require.Equal(t, []any{models.RunDone, 8, 8, 8}, []any{done.State, done.Passed, done.Looked, done.Counts.Opened})
		require.Len(t, allCases(w, "data_issue"), 8)

		run = start()
		require.NoError(t, w.Engine.WorkRun(t.Context(), run.ID, "first", func(models.QualityRun) {
			_, err := w.Engine.CancelRun(t.Context(), run.ID)
			require.NoError(t, err)
		}))
		stopped := stored[models.QualityRun](w, run.ID)
		require.Equal(t, []any{models.RunCancelled, 3}, []any{stopped.State, stopped.Passed})
		require.NoError(t, w.Engine.WorkRuns(t.Context(), "first", nil))
		require.Equal(t, 3, stored[models.QualityRun](w, run.ID).Passed)
	})
}

// Two servers at once, one of them believing that the other has gone down: every hit has one case.
func TestQualityTwoServers(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.Engine.RunSize = 2
		for range 20 {
			populate(w, tidyHome(w, testkit.Village, nil), 5)
		}
		run, err := w.Engine.StartRun(t.Context(), activities.RunRequest{Kind: models.RunQuality, Region: testkit.Village})
		require.NoError(t, err)
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, owner := range []string{"a", "b"} {
			wg.Go(func() { errs[i] = w.Engine.WorkRunUnleased(t.Context(), run.ID, owner) })
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		done := stored[models.QualityRun](w, run.ID)
		require.Equal(t, []any{models.RunDone, 20, 20, 20}, []any{done.State, done.Passed, done.Looked, done.Counts.Opened})
		require.Len(t, allCases(w, "data_issue"), 20)
	})
}

// One run at a time in an area and in what it lies in; the key makes asking safe to repeat.
func TestOneRunInAnArea(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		ask := func(kind, region, key string) error {
			_, err := w.Engine.StartRun(t.Context(), activities.RunRequest{Kind: kind, Region: region, Key: key})
			return err
		}
		require.NoError(t, ask(models.RunQuality, testkit.Township, "k1"))
		require.NoError(t, ask(models.RunQuality, testkit.Township, "k1"))
		w.Refused(ask(models.RunQuality, testkit.Township2, "k1"), procedure.Invalid, "key_reused")
		for _, region := range []string{testkit.Township, testkit.Village, testkit.County} {
			w.Refused(ask(models.RunQuality, region, ""), procedure.Conflict, "run_in_progress")
		}
		require.NoError(t, ask(models.RunQuality, testkit.Township2, ""))
		require.NoError(t, ask(models.RunScreening, testkit.County, ""))
		w.Refused(ask(models.RunQuality, "123456", ""), procedure.Invalid, "region_unknown")
		require.NoError(t, w.Engine.WorkRuns(t.Context(), "test", nil))
		require.NoError(t, ask(models.RunQuality, testkit.County, ""))
	})
}

// A new installation runs the data rules and screening every night, once each, over whatever has households; after the
// first night over what has changed; and not where the policy of the place says no.
func TestNightlyRuns(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		day := policy.DateOf(w.Now())
		night := func(n int) map[string][]string {
			require.NoError(t, w.Engine.NightlyRuns(t.Context(), day.AddDays(n)))
			var rows []models.QualityRun
			require.NoError(t, w.Store.DB.Where("ended_at IS NULL").Order("region_code").Find(&rows).Error)
			areas := map[string][]string{}
			for _, r := range rows {
				require.False(t, r.FullLook)
				require.Empty(t, r.AskedBy)
				areas[r.Kind] = append(areas[r.Kind], r.RegionCode)
			}
			return areas
		}
		looked := func() (n int) {
			require.NoError(t, w.Engine.WorkRuns(t.Context(), "test", nil))
			var rows []models.QualityRun
			require.NoError(t, w.Store.DB.Order("created_at DESC, id DESC").Limit(2).Find(&rows).Error)
			for _, r := range rows {
				require.Equal(t, models.RunDone, r.State)
				n += r.Looked
			}
			return n
		}
		county := map[string][]string{models.RunQuality: {testkit.County}, models.RunScreening: {testkit.County}}
		require.Empty(t, night(0), "nobody lives there yet")
		house(w, tidyHome(w, testkit.Village, nil), "D")
		require.Equal(t, county, night(0), "nobody has asked for a first run")
		require.Equal(t, county, night(0), "once a day")
		require.Equal(t, county, night(1), "those of the day before are still under way")
		require.Equal(t, 2, looked())
		require.Len(t, allCases(w, "risk_clue"), 1)
		require.Empty(t, night(0), "they were made for that day")

		w.Advance(1)
		require.Equal(t, county, night(2))
		require.Zero(t, looked(), "nothing has changed")

		w.SetPolicy("quality_nightly", testkit.Township2, false)
		w.SetPolicy("screening_nightly", testkit.County, false)
		require.Equal(t, map[string][]string{models.RunQuality: {testkit.Township}}, night(3), "each township by its own policy")
		require.NoError(t, w.Engine.WorkRuns(t.Context(), "test", nil))
		w.SetPolicy("quality_nightly", testkit.Township, false)
		require.Empty(t, night(4))
	})
}

func screen(w *testkit.World, channel string) models.QualityRun {
	w.T.Helper()
	return runOver(w, activities.RunRequest{Kind: models.RunScreening, Region: testkit.Village, Channel: channel})
}

// house sets the grade of the house of a household.
func house(w *testkit.World, h *models.Household, grade string) {
	w.T.Helper()
	row := stored[models.Household](w, h.ID)
	require.NoError(w.T, row.SetSecret(w.Store.Vault, models.HouseholdSecret{House: grade}))
	require.NoError(w.T, w.Store.DB.Save(row).Error)
}

// S003 #3: a household against the rules of admission becomes one clue, never twice for the same facts: not while it is
// open, and not after the visit has found no risk; for other facts again. What nobody knows is counted apart.
func TestScreeningOpensOneClue(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		w.NewHousehold(testkit.Village)
		house(w, h, "D")
		run := screen(w, "concentrated_screening")
		require.Equal(t, []int{2, 1}, []int{run.Looked, run.Counts.Opened})
		require.Equal(t, models.RuleCount{Hits: 1}, *run.Counts.Rules[policy.ScreenHousing])
		require.Equal(t, models.RuleCount{Unjudged: 2}, *run.Counts.Rules[policy.ScreenWater], "nobody has looked at the water")
		hit := hitsOf(w, h.ID)[0]
		clue := w.Case(hit.CaseID)
		require.Equal(t, "concentrated_screening", clue.Facts.Text("channel"))
		form, err := w.Engine.OpeningAnswers(clue.ID)
		require.NoError(t, err)
		require.Contains(t, form["content"], "住房等级：D")
		signs, err := activities.Computed(form)
		require.NoError(t, err)
		require.Equal(t, []any{policy.ScreenHousing, "S002"}, []any{signs[0].Code, signs[0].Basis}, "the record keeps what it was opened for")
		var start models.Outbox
		require.NoError(t, w.Store.DB.Where("target_id = ? AND kind = ?", clue.ID, "start").Take(&start).Error)

		require.Zero(t, screen(w, "").Looked)
		require.NoError(t, w.Store.DB.Model(&models.Household{}).Where("id = ?", h.ID).Update("head_name", "田和").Error)
		require.Equal(t, []int{0, 1}, []int{screen(w, "").Counts.Opened, len(allCases(w, "risk_clue"))})

		for _, event := range []string{"dispatch", "accept", "close_no_risk"} {
			w.Do(clue.ID, event)
		}
		require.Equal(t, procedure.State("no_risk"), w.State(clue.ID))
		again := runOver(w, activities.RunRequest{Kind: models.RunScreening, Region: testkit.Village, Full: true})
		require.Equal(t, []int{0, 0, 1}, []int{again.Counts.Opened, again.Counts.Renewed, again.Counts.Standing}, "answered, and nothing has changed")
		house(w, h, "C")
		require.Equal(t, 1, screen(w, "").Counts.Renewed)
		require.Len(t, allCases(w, "risk_clue"), 2)
		house(w, h, "A")
		require.Equal(t, 1, screen(w, "").Counts.Gone)
	})
}

// Who is monitored is not screened, and an identification that is open answers what is found.
func TestScreeningLeavesWhatIsUnderWay(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		monitored, candidate := w.NewHousehold(testkit.Village), w.NewHousehold(testkit.Village)
		house(w, monitored, "D")
		house(w, candidate, "D")
		require.NoError(t, w.Store.DB.Model(monitored).Update("status", "monitored").Error)
		open, err := w.Engine.OpenCase(t.Context(), activities.OpenRequest{Key: w.Key(), Procedure: "risk_clue", HouseholdID: candidate.ID, Actor: w.Actor(procedure.VillageCadre),
			Form: answers{"channel": "routine_check", "found_at": w.Now().In(policy.Shanghai).Format(time.RFC3339), "content": "日常走访发现"}})
		require.NoError(t, err)
		run := screen(w, "")
		require.Equal(t, []int{0, 1, 1}, []int{run.Counts.Opened, run.Counts.Standing, run.Counts.Watched})
		require.Equal(t, open.ID, hitsOf(w, candidate.ID)[0].CaseID)
		kind, form := lastAct(t, w, open.ID)
		require.Equal(t, "rule_found", kind)
		signs, err := activities.Computed(form)
		require.NoError(t, err)
		require.Equal(t, policy.ScreenHousing, signs[0].Code, "the clue keeps what was found later")
		require.Empty(t, hitsOf(w, monitored.ID))
	})
}

// While the key of indexes is being changed, a telephone and an identity number that stand under two keys are known to be the
// same, and that they are found again afterwards opens nothing anew.
func TestQualityUnderTwoIndexKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		ctx, number := t.Context(), idNumber("5101011980010200", 1)
		home := func(index *string) *models.Household {
			return tidyHome(w, testkit.Village, func(_ *models.Household, s *models.HouseholdSecret, people []models.Person, secrets []models.PersonSecret) {
				s.Phone, secrets[0].IDNo, people[0].IDIndex = "13900001111", number, index
			})
		}
		a := home(new(w.Store.Vault.Index(number)))
		require.NoError(t, w.Store.NewIndexKey(ctx))
		require.NoError(t, w.Store.UseIndexKey(ctx))
		b := home(nil)
		keys, err := w.Store.IndexedWith(ctx)
		require.NoError(t, err)
		require.Len(t, keys, 2)
		run := check(w, testkit.Village)
		require.Equal(t, 2, run.Counts.Rules["phone_shared_household"].Hits)
		require.Equal(t, 1, run.Counts.Rules["id_duplicate"].Hits)
		for _, id := range []string{a.ID, b.ID} {
			f, err := w.Engine.Family(w.Store.DB, id, w.Now())
			require.NoError(t, err)
			require.Equal(t, 1, f.PhoneElsewhere.Households)
			require.Equal(t, id == b.ID, f.Members[0].Taken)
		}
		_, err = w.Store.Reindex(ctx, deptlist.Named, func(models.Resealed) {})
		require.NoError(t, err)
		left, err := w.Store.IndexDone(ctx)
		require.NoError(t, err)
		require.Zero(t, left)
		run = runOver(w, activities.RunRequest{Kind: models.RunQuality, Region: testkit.Village, Full: true})
		require.Equal(t, 2, run.Counts.Rules["phone_shared_household"].Hits)
		require.Zero(t, run.Counts.Opened+run.Counts.Renewed+run.Counts.Gone)
	})
}
