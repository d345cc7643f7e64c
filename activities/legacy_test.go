package activities_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	maps.Copy(guardTests, map[string]func(a *asked){
		procedure.GuardStillPoor: func(a *asked) {
			baseTypeGuard(a, "poverty_exit", "ordinary", "out_of_poverty", "already_out_of_poverty")
		},
		procedure.GuardOutOfPoverty: func(a *asked) {
			baseTypeGuard(a, "return_to_poverty", "out_of_poverty", "ordinary", "not_out_of_poverty")
		},
		procedure.GuardExitCycle:    exitCycleGuard,
		procedure.GuardExitStandard: exitStandardGuard,
		procedure.GuardOwnItem: func(a *asked) {
			c := a.Reach("poverty_exit", "dept_check")
			a.holds(c, "dept_fail", nobody, answers{"item": "water_affairs"})
			a.fails("other_item", c, "dept_fail", nobody, answers{"item": "housing"})
		},
		procedure.GuardFirstInQueue: firstInQueueGuard,
	})
}

func baseTypeGuard(a *asked, proc, good, bad, code string) {
	c := a.Fresh(proc)
	e := a.Definition(c).Events[0].Code
	set := func(base string) {
		require.NoError(a.t, a.Store.DB.Model(&models.Household{}).Where("id = ?", c.HouseholdID).Update("base_type", base).Error)
	}
	set(good)
	a.holds(c, e, nobody, nil)
	set(bad)
	a.fails(code, c, e, nobody, nil)
	set("ordinary") // the guards share a county
}

func exitCycleGuard(a *asked) {
	c := a.Fresh("poverty_exit") // of 2025
	a.holds(c, "survey", nobody, answers{"cycle_from": "2024-10-01", "cycle_to": "2025-09-30"})
	for _, wrong := range []answers{{"cycle_from": "2024-10-02", "cycle_to": "2025-09-30"}, {"cycle_from": "2024-10-01", "cycle_to": "2025-10-01"}, {"cycle_from": "2025-10-01", "cycle_to": "2026-09-30"}} {
		a.fails("cycle_wrong", c, "survey", nobody, wrong)
	}
}

// surveyed is a household at the committees with some answers of its survey changed.
func surveyed(w *testkit.World, more answers) *models.Case {
	c := w.Reach("poverty_exit", "home_survey")
	w.Ready(c.ID, "survey")
	e, _ := w.Definition(c).Event("survey")
	w.Fire(c.ID, "survey", w.Doer(w.Case(c.ID), e), more)
	return w.Case(c.ID)
}

func exitStandardGuard(a *asked) {
	a.holds(surveyed(a.World, nil), "propose", nobody, nil)
	a.holds(surveyed(a.World, answers{"income_per_head": 350001.0}), "propose", nobody, nil)
	for code, wrong := range map[string]answers{
		"below_e1": {"income_per_head": 350000.0}, "below_e3": {"moved_in": false}, "below_e4": {"no_dropout": false}, "below_e5": {"all_doctor_signed": false},
		"below_e6": {"all_pensioned": false}, "below_e7": {"assistance": []any{}}, "below_e2": {"tap_water": false, "water_safe": true, "water_radius_m": 1001.0},
	} {
		require.Equal(a.t, []string{code}, a.codes(surveyed(a.World, wrong), "propose", nobody, nil))
	}
	a.holds(surveyed(a.World, answers{"tap_water": false, "water_safe": true, "water_radius_m": 1000.0}), "propose", nobody, nil)
}

func firstInQueueGuard(a *asked) {
	first := a.Reach("poverty_exit", "dept_check")
	a.SetNow(a.Now().Add(time.Hour))
	second := a.Reach("poverty_exit", "dept_check")
	a.clearOthers(first, second)
	dept := a.DeptOf(procedure.TownshipDept, "water_affairs")
	a.holds(first, "dept_fail", dept, nil)
	a.fails("not_first_in_queue", second, "dept_fail", dept, nil)
	elsewhere := dept
	elsewhere.Region = testkit.Township2
	a.holds(second, "dept_fail", elsewhere, nil) // a queue of its own
	a.Endorse(first.ID, "dept_pass", dept)
	a.holds(second, "dept_fail", dept, nil) // the first lies with the next department
}

// clearOthers sends back whatever else lies with the departments.
func (a *asked) clearOthers(keep ...*models.Case) {
	var waiting []models.Case
	require.NoError(a.t, a.Store.DB.Where("procedure = ? AND state = ? AND closed_at IS NULL", "poverty_exit", "dept_check").Order("updated_at, id").Find(&waiting).Error)
	for i := range waiting {
		c := &waiting[i]
		if c.ID != keep[0].ID && c.ID != keep[1].ID && c.Dept != "" {
			a.Fire(c.ID, "dept_fail", a.In(c, procedure.CountyDept), answers{"item": c.Dept})
		}
	}
}

// Six steps, seven criteria: those of the community signed by it, the other five each
// by its own department, in order, none left out (S002 #26, #31 to #40).
func TestEveryCriterionHasItsOwner(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("poverty_exit", "dept_check")
		office := w.Actor(procedure.TownshipOffice)
		order := []string{"water_affairs", "housing", "education", "medical_insurance", "human_resources"}
		for i, dept := range order {
			require.Equal(t, dept, w.Case(c.ID).Dept, "the case lies with it")
			var task models.Task
			require.NoError(t, w.Store.DB.Where("case_id = ? AND closed_at IS NULL AND role = ?", c.ID, procedure.TownshipDept).Take(&task).Error)
			require.Equal(t, "township_dept@"+testkit.Township+"/"+dept, task.Queue)
			for _, other := range order[i+1:] {
				_, err := w.Engine.Endorse(t.Context(), c.ID, "dept_pass", w.Key(), activities.AnySeq, []activities.Actor{w.DeptOf(procedure.TownshipDept, other)})
				w.Refused(err, procedure.Conflict, "not_your_turn")
			}
			_, err := w.Try(c.ID, "dept_pass", office)
			r := w.Refused(err, procedure.Invalid, "signature_missing")
			require.Len(t, r.Faults, len(order)-i, "each that is missing is named")
			level := procedure.TownshipDept
			if i%2 == 1 {
				level = procedure.CountyDept
			}
			w.Endorse(c.ID, "dept_pass", w.DeptOf(level, dept))
		}
		require.Empty(t, w.Case(c.ID).Dept)
		w.Fire(c.ID, "dept_pass", office)
		w.Do(c.ID, "district_pass")
		require.Equal(t, "out_of_poverty", reload(t, w, &models.Household{ID: c.HouseholdID}).BaseType)
	})
}

// What a department feeds back is mended by 10 November, and then every department
// looks again: nobody's earlier signature counts.
func TestFeedbackIsMendedAndLookedAtAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("poverty_exit", "dept_check")
		w.Endorse(c.ID, "dept_pass", w.DeptOf(procedure.TownshipDept, "water_affairs"))
		w.Fire(c.ID, "dept_fail", w.DeptOf(procedure.CountyDept, "housing"), answers{"item": "housing"})
		require.Equal(t, 1, w.Case(c.ID).Returns)
		due := running(t, w, c.ID, "rectify")
		require.Equal(t, "2026-11-10", due.LastDay)
		w.AdvanceTo(due.DueAt.Add(72 * time.Hour))
		require.Equal(t, procedure.State("rectify"), w.State(c.ID), "late, and still to be mended")
		w.Do(c.ID, "rectified")
		require.Equal(t, "water_affairs", w.Case(c.ID).Dept)
		w.Do(c.ID, "dept_pass")
		w.Fire(c.ID, "district_return", w.Actor(procedure.CountyOffice))
		require.Equal(t, policy.DateOf(w.Now()).String(), running(t, w, c.ID, "rectify").LastDay, "after 10 November at once")
		w.Do(c.ID, "dept_drop")
		require.Equal(t, "ordinary", reload(t, w, &models.Household{ID: c.HouseholdID}).BaseType)
	})
}

// A household below the standard cannot be proposed; it is dropped.
func TestBelowTheStandardNeverLeaves(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := surveyed(w, answers{"income_per_head": 350000.0})
		w.Ready(c.ID, "propose")
		_, err := w.Try(c.ID, "propose", w.Nth(procedure.VillageCadre, testkit.Village, 0))
		r := w.Refused(err, procedure.Invalid, "below_e1")
		require.Contains(t, r.Faults[0].Message, "3500.00")
		w.Do(c.ID, "drop")
		require.Equal(t, procedure.State("not_exited"), w.State(c.ID))
	})
}

// An upheld objection sends the household back to the survey; a clean notice goes on.
func TestExitNotice(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("poverty_exit", "review_notice")
		w.Do(c.ID, "notice_bad")
		require.Equal(t, procedure.State("home_survey"), w.State(c.ID))
		through(w, c, "survey", "propose")
		require.Len(t, w.Children(c.ID, "village_notice"), 2)
		w.Do(c.ID, "notice_ok")
		require.Equal(t, procedure.State("community_verified"), w.State(c.ID))
	})
}

// A return that has been entered is never changed: the correction names the entry by
// id and hash, and the entry stays as it was (S002 #50).
func TestReturnIsCorrectedByALinkedRecord(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("return_to_poverty", "entered")
		var entry models.CaseEvent
		require.NoError(t, w.Store.DB.Where("case_id = ? AND event = ?", c.ID, "enter").Take(&entry).Error)
		before, err := w.Engine.Payload(&entry)
		require.NoError(t, err)
		for _, e := range []string{"verify", "enter"} {
			_, err := w.Try(c.ID, e, w.Actor(procedure.DataEntry))
			w.Refused(err, procedure.Conflict, "event_not_allowed")
		}
		require.Error(t, w.Store.DB.Model(&models.CaseEvent{}).Where("id = ?", entry.ID).Update("payload_hash", "x").Error, "nor what proves it, by SQL")
		w.Do(c.ID, "correct")
		now := w.Case(c.ID)
		require.Equal(t, []string{entry.ID, entry.Hash}, []string{now.Facts.Text("corrects"), now.Facts.Text("corrects_hash")})
		require.NoError(t, w.Store.DB.Where("id = ?", entry.ID).Take(&entry).Error)
		after, err := w.Engine.Payload(&entry)
		require.NoError(t, err)
		require.Equal(t, before, after)
		_, err = w.Try(c.ID, "correct", w.Actor(procedure.CountyOffice))
		w.Refused(err, procedure.Conflict, "event_not_allowed")
	})
}
