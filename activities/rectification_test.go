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

// aProgramme writes a programme of the first township past the API.
func aProgramme(w *testkit.World, no, cutOff string, phases []models.Phase, events ...models.ProgrammeEvent) *models.Programme {
	w.T.Helper()
	p := models.Programme{ID: models.NewID(), No: no, Title: "考核评估反馈问题整改方案", RegionCode: testkit.Township, CutOff: cutOff, Phases: phases, Events: events,
		Seq: 1, CreatedAt: w.Now(), UpdatedAt: w.Now()}
	require.NoError(w.T, w.Store.DB.Create(&p).Error)
	return &p
}

// problem opens a problem of a new household of the first village.
func problem(w *testkit.World, a ...answers) *models.Case {
	return w.Open("rectification", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre), a...)
}

// given is a problem that was registered and assigned.
func given(w *testkit.World, a ...answers) *models.Case {
	return assign(w, problem(w), a...)
}

func assign(w *testkit.World, c *models.Case, a ...answers) *models.Case {
	w.Do(c.ID, "register")
	w.Fire(c.ID, "assign", w.Actor(procedure.TownshipOffice), a...)
	return w.Case(c.ID)
}

func init() {
	maps.Copy(guardTests, map[string]func(a *asked){
		procedure.GuardProblemSubject: inSeptember(func(a *asked) {
			office := a.Actor(procedure.TownshipOffice)
			h := problem(a.World)
			a.holds(h, "register", office, answers{"subject_kind": "household"})
			for _, kind := range []string{"village", "township", "department", ""} {
				a.fails("subject_differs", h, "register", office, answers{"subject_kind": kind})
			}
			of := func(region string) *models.Case {
				c, err := a.Engine.OpenCase(a.t.Context(), activities.OpenRequest{Key: a.Key(), Procedure: "rectification", RegionCode: region, Actor: a.Actor(procedure.CountyOffice),
					Form: answers{"brief": "台账更新不及时", "subject_kind": map[int]string{12: "village", 9: "township"}[len(region)], "description": "三季度台账未更新", "found_on": "2026-09-20", "self_found": false}})
				require.NoError(a.t, err)
				return c
			}
			v, tn := of(testkit.Village), of(testkit.Township)
			a.holds(v, "register", office, answers{"subject_kind": "village"})
			a.holds(v, "register", office, answers{"subject_kind": "department"})
			a.holds(tn, "register", office, answers{"subject_kind": "township"})
			a.fails("subject_differs", tn, "register", office, answers{"subject_kind": "village"})
			a.fails("subject_differs", v, "register", office, answers{"subject_kind": "household"})
		}),
		procedure.GuardProgramme: inSeptember(func(a *asked) {
			aProgramme(a.World, "P1", "", nil)
			other := models.Programme{ID: models.NewID(), No: "P2", RegionCode: testkit.Township2}
			require.NoError(a.t, a.Store.DB.Create(&other).Error)
			c := problem(a.World, answers{"programme_no": "P1"})
			who := a.Actor(procedure.VillageCadre)
			a.holds(c, "register", who, answers{"programme_no": "", "brief": "另一问题"})
			a.holds(c, "register", who, answers{"programme_no": "P1", "brief": "另一问题"})
			a.fails("programme_unknown", c, "register", who, answers{"programme_no": "P9", "brief": "另一问题"})
			a.fails("programme_unknown", c, "register", who, answers{"programme_no": "P2", "brief": "另一问题"})
			a.fails("problem_listed", c, "register", who, answers{"programme_no": "P1", "brief": " 饮水管道破损， 供水不稳"})
		}),
		procedure.GuardConcealedByHigher: func(a *asked) {
			c := problem(a.World)
			a.holds(c, "register", a.Actor(procedure.VillageCadre), answers{"concealed": false})
			a.fails("not_above", c, "rebound", a.Actor(procedure.VillageCadre), answers{"concealed": true})
			a.holds(c, "register", a.Actor(procedure.TownshipOffice), answers{"concealed": true})
			a.holds(c, "register", a.Actor(procedure.GuidanceGroup), answers{"concealed": true})
		},
		procedure.GuardDuplicate: inSeptember(func(a *asked) {
			c, other := problem(a.World), problem(a.World)
			far := a.Open("rectification", a.NewHousehold(testkit.Village3), a.Nth(procedure.VillageCadre, testkit.Village3, 0))
			gone, done := a.Reach("rectification", "not_established"), a.Reach("rectification", "lookback")
			routine := a.Reach("rectification", "long_term")
			office := a.Actor(procedure.TownshipOffice)
			a.holds(c, "merge", office, answers{"duplicate_of": " " + other.No})
			a.holds(c, "merge", office, answers{"duplicate_of": routine.No})
			a.fails("problem_closed", c, "merge", office, answers{"duplicate_of": done.No}) // it is back, not twice
			for _, no := range []string{c.No, far.No, gone.No, "ZG1", ""} {
				a.fails("problem_unknown", c, "merge", office, answers{"duplicate_of": no})
			}
		}),
		procedure.GuardAssignees: func(a *asked) {
			c := problem(a.World)
			office := a.Actor(procedure.TownshipOffice)
			a.holds(c, "assign", office, answers{"responsible": "a", "verifier": "b"})
			a.fails("verifier_is_responsible", c, "assign", office, answers{"responsible": "a", "verifier": "a"})
		},
		procedure.GuardNewResponsible: inSeptember(func(a *asked) {
			c := given(a.World)
			head := a.Actor(procedure.TownshipHead)
			a.holds(c, "decide", head, answers{"responsible": a.Actor(procedure.ResidentMember).UserID})
			a.fails("verifier_is_responsible", c, "decide", head, answers{"responsible": c.Facts.Text("verifier")})
			a.fails("same_responsible", c, "decide", head, answers{"responsible": c.Facts.Text("responsible")})
		}),
		procedure.GuardDue: inSeptember(dueGuard),
		procedure.GuardNewDue: inSeptember(func(a *asked) {
			aProgramme(a.World, "P3", "2026-09-30", nil)
			c := assign(a.World, problem(a.World, answers{"programme_no": "P3"}), answers{"due_date": "2026-09-28"})
			who := a.In(c, procedure.Responsible)
			a.holds(c, "extend", who, answers{"new_due": "2026-09-21"})
			a.holds(c, "extend", who, answers{"new_due": "2026-09-30"})
			a.fails("due_past", c, "extend", who, answers{"new_due": "2026-09-20"})
			a.fails("after_cut_off", c, "extend", who, answers{"new_due": "2026-10-01"})
			a.SetNow(at("10-01 00:00")) // the programme is over, the problem is not
			a.holds(c, "extend", who, answers{"new_due": "2026-10-08"})
		}),
		procedure.GuardExtension: inSeptember(extensionGuard),
		procedure.GuardNotImmediate: inSeptember(func(a *asked) {
			who := a.Actor(procedure.TownshipOffice)
			a.fails("immediate", given(a.World, answers{"class": "immediate"}), "assign", who, nil)
			a.holds(given(a.World, answers{"class": "special"}), "assign", who, nil)
		}),
		procedure.GuardVillageSigned: inSeptember(func(a *asked) {
			c := given(a.World)
			who := a.Actor(procedure.TownshipOffice)
			a.Endorse(c.ID, "escalate", a.Actor(procedure.VillageSecretary))
			a.Endorse(c.ID, "escalate", a.Nth(procedure.TownshipOffice, testkit.Village, 1))
			a.fails("signature_missing", c, "escalate", who, nil)
			a.Endorse(c.ID, "escalate", a.Actor(procedure.ResidentLeader))
			a.holds(c, "escalate", who, nil)
		}),
		procedure.GuardSatisfied: inSeptember(func(a *asked) {
			c := given(a.World)
			verifier := a.In(c, procedure.Verifier)
			a.holds(c, "verify_pass", verifier, answers{"satisfaction": "satisfied"})
			for _, r := range []procedure.Role{procedure.TownshipHead, procedure.CountyOffice} { // they are there for the exception only
				a.fails("not_the_verifier", c, "verify_pass", a.Actor(r), answers{"satisfaction": "satisfied"})
			}
			for _, s := range []string{"dissatisfied", "silent"} {
				a.fails("not_satisfied", c, "verify_pass", verifier, answers{"satisfaction": s})
				a.fails("not_above", c, "verify_pass", a.Actor(procedure.TownshipHead), answers{"satisfaction": s}) // the verifier is at the township himself
				a.holds(c, "verify_pass", a.Actor(procedure.CountyOffice), answers{"satisfaction": s})
			}
			a.fails("household_concerned", c, "verify_pass", verifier, answers{"satisfaction": "nobody"})
			office := a.Actor(procedure.TownshipOffice)
			own := assign(a.World, a.OpenIn("rectification", testkit.Township, office, answers{"subject_kind": "township", "household_type": nil, "population": nil}),
				answers{"responsible": a.Actor(procedure.TownshipHead).UserID})
			a.holds(own, "verify_pass", a.In(own, procedure.Verifier), answers{"satisfaction": "nobody"}) // nobody there to be asked
			a.fails("not_the_verifier", own, "verify_pass", a.Actor(procedure.CountyOffice), answers{"satisfaction": "nobody"})
			low := given(a.World, answers{"verifier": a.Actor(procedure.VillageSecretary).UserID})
			a.holds(low, "verify_pass", a.Actor(procedure.TownshipHead), answers{"satisfaction": "silent"})
		}),
		procedure.GuardLongTermClass: inSeptember(func(a *asked) {
			who := a.Actor(procedure.TownshipHead)
			a.holds(given(a.World, answers{"class": "long_term"}), "to_long_term", who, nil)
			a.fails("not_long_term", given(a.World, answers{"class": "special"}), "to_long_term", who, nil)
		}),
		procedure.GuardYearlyCheck: inSeptember(func(a *asked) {
			c, who := given(a.World), a.Actor(procedure.TownshipHead)
			for _, day := range []string{"2026-09-22", "2027-09-21"} {
				a.holds(c, "to_long_term", who, answers{"yearly_check": day})
			}
			for _, day := range []string{"2026-09-21", "2027-09-22"} {
				a.fails("check_out_of_range", c, "to_long_term", who, answers{"yearly_check": day})
			}
		}),
		procedure.GuardNotVerifier: inSeptember(func(a *asked) {
			c := given(a.World)
			who := a.Actor(procedure.TownshipOffice)
			a.holds(c, "lookback_ok", who, nil)
			who.UserID = c.Facts.Text("verifier")
			a.fails("is_verifier", c, "lookback_ok", who, nil)
		}),
	})
}

func dueGuard(a *asked) {
	aProgramme(a.World, "P4", "2026-10-31", nil, models.ProgrammeEvent{Code: "review", Title: "后评估", On: "2026-10-16"}, models.ProgrammeEvent{Code: "someday", Title: "回访"})
	c := problem(a.World, answers{"programme_no": "P4"})
	office := a.Actor(procedure.TownshipOffice)
	by := func(kind, field string, v any) answers {
		return answers{"class": "special", "due_kind": kind, field: v}
	}
	a.holds(c, "assign", office, by("date", "due_date", "2026-09-21"))
	a.fails("due_past", c, "assign", office, by("date", "due_date", "2026-09-20"))
	a.holds(c, "assign", office, by("date", "due_date", "2026-10-31"))
	a.fails("after_cut_off", c, "assign", office, by("date", "due_date", "2026-11-01"))
	a.holds(c, "assign", office, by("days_after", "due_days", 40.0))
	a.fails("after_cut_off", c, "assign", office, by("days_after", "due_days", 41.0))
	a.fails("days_unset", c, "assign", office, by("days_after", "due_days", nil))
	a.holds(c, "assign", office, by("before_event", "due_event", "review"))
	a.holds(c, "assign", office, by("before_event", "due_event", "someday"))
	a.SetNow(at("10-16 09:00")) // the last day before the event is over
	a.fails("due_past", c, "assign", office, by("before_event", "due_event", "review"))
	a.SetNow(testkit.Start)

	a.SetPolicy("rectify_due", testkit.Village2, answers{"special": 10})
	limited := a.Open("rectification", a.NewHousehold(testkit.Village2), a.Nth(procedure.VillageCadre, testkit.Village2, 0))
	a.holds(limited, "assign", office, by("days_after", "due_days", nil))
	a.holds(limited, "assign", office, by("date", "due_date", "2026-10-01"))
	a.fails("after_class_limit", limited, "assign", office, by("date", "due_date", "2026-10-02"))
}

func extensionGuard(a *asked) {
	c := given(a.World, answers{"due_date": "2026-09-30"})
	a.Do(c.ID, "start")
	who := a.In(c, procedure.Responsible)
	a.Endorse(c.ID, "extend", a.Actor(procedure.TownshipOffice))
	a.holds(c, "extend", who, answers{"new_due": "2026-10-01"})
	a.fails("not_later", c, "extend", who, answers{"new_due": "2026-09-30"})
	a.around(at("10-01 00:00"), func() { a.holds(c, "extend", who, answers{"new_due": "2026-10-20"}) },
		func() { a.fails("limit_over", c, "extend", who, answers{"new_due": "2026-10-20"}) })
	a.SetNow(testkit.Start)

	high := given(a.World, answers{"responsible": a.Actor(procedure.TownshipHead).UserID})
	a.Fire(high.ID, "start", a.In(high, procedure.Responsible))
	a.Endorse(high.ID, "extend", a.Actor(procedure.TownshipOffice))
	a.fails("not_above", high, "extend", a.In(high, procedure.Responsible), answers{"new_due": "2026-10-20"})
	a.Endorse(high.ID, "extend", a.Actor(procedure.CountyOffice))
	a.holds(high, "extend", a.In(high, procedure.Responsible), answers{"new_due": "2026-10-20"})

	for i, day := range []string{"2026-10-05", "2026-10-12"} {
		if i > 0 { // each extension has a signature of its own
			a.Sign(a.Case(c.ID), mustEvent(a.Definition(c), "extend"), who)
		}
		a.Fire(c.ID, "extend", who, answers{"new_due": day})
		require.Equal(a.t, i+1, a.Case(c.ID).Facts.Count["extend"])
	}
	a.fails("extensions_used", c, "extend", who, answers{"new_due": "2026-10-20"})
}

// inSeptember asks a guard at the start of the world and leaves its clock as it was.
func inSeptember(test func(a *asked)) func(a *asked) {
	return func(a *asked) {
		now := a.Now()
		a.SetNow(testkit.Start)
		test(a)
		a.SetNow(now)
	}
}

func mustEvent(d *procedure.Definition, code string) *procedure.Event {
	e, ok := d.Event(code)
	if !ok {
		panic(code)
	}
	return e
}

// A problem from the village to its close-out, with everything it leaves behind.
func TestRectificationStory(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := problem(w)
		require.Equal(t, "2026-09-21", running(t, w, c.ID, "register").LastDay, "into the ledger on the same day")
		c = assign(w, c, answers{"due_date": "2026-10-10"})
		require.True(t, c.Facts.Yes("protected"), "found by the village itself")
		require.Equal(t, "2026-10-10", running(t, w, c.ID, "due").LastDay)
		require.Equal(t, "2026-09-22", running(t, w, c.ID, "start").LastDay)
		var notices []models.SupervisionNotice
		require.NoError(t, w.Store.DB.Where("case_id = ?", c.ID).Find(&notices).Error)
		require.Len(t, notices, 1)
		require.Equal(t, "DB-"+c.No+"-1", notices[0].No)
		require.Nil(t, notices[0].RepliedAt)

		w.Do(c.ID, "start")
		w.Do(c.ID, "submit")
		require.NoError(t, w.Store.DB.Take(&notices[0], "id = ?", notices[0].ID).Error)
		require.NotNil(t, notices[0].RepliedAt)
		w.Do(c.ID, "take")
		w.Fire(c.ID, "verify_return", w.In(w.Case(c.ID), procedure.Verifier), answers{"new_due": "2026-10-20"})
		require.Equal(t, "2026-10-20", running(t, w, c.ID, "due").LastDay)
		w.Do(c.ID, "submit")
		w.Do(c.ID, "take")
		verifier := w.In(w.Case(c.ID), procedure.Verifier)
		_, err := w.Try(c.ID, "verify_pass", verifier, answers{"satisfaction": "silent", "exception_reason": "多次联系不上"})
		w.Refused(err, procedure.Invalid, "not_satisfied")
		w.Fire(c.ID, "verify_pass", verifier)
		require.Equal(t, "2026-12-21", w.Case(c.ID).Facts.Text("lookback_on"), "three months later")
		require.Nil(t, w.Case(c.ID).ClosedAt, "still to be looked back upon")
		w.AdvanceTo(at("12-22 09:00")) // cases wake some minutes apart
		require.Equal(t, procedure.State("lookback"), w.State(c.ID))
		require.Equal(t, "2027-01-21", running(t, w, c.ID, "lookback").LastDay)
		w.Do(c.ID, "lookback_ok")
		require.NotNil(t, w.Case(c.ID).ClosedAt)
	})
}

// A problem that is back gets less time each time; hiding it costs the protection.
func TestReboundShortensTheLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := given(w, answers{"due_date": "2026-10-11"}) // twenty days
		for i, want := range []int{10, 5, 2} {
			for _, e := range []string{"start", "submit", "take", "verify_pass"} {
				w.Do(c.ID, e)
			}
			w.Fire(c.ID, "rebound", w.Actor(procedure.GuidanceGroup), answers{"concealed": i == 1})
			c = w.Case(c.ID)
			require.Equal(t, procedure.State("assigned"), c.State)
			require.Equal(t, policy.DateOf(w.Now()).AddDays(want).String(), c.Facts.Text("due_on"))
			require.Equal(t, running(t, w, c.ID, "due").LastDay, c.Facts.Text("due_on"))
			require.Equal(t, i < 1, c.Facts.Yes("protected"), "hidden once is hidden for good")
			var n int
			require.True(t, c.Facts.Value("rebound_count", &n))
			require.Equal(t, i+1, n)
		}
	})
}

// What became routine is checked half-yearly, by its yearly day at the latest.
func TestLongTermIsChecked(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := given(w)
		w.Do(c.ID, "start")
		w.Fire(c.ID, "to_long_term", w.Actor(procedure.TownshipHead), answers{"yearly_check": "2027-08-01"})
		require.Equal(t, "2027-03-21", running(t, w, c.ID, "check").LastDay)
		w.Do(c.ID, "long_term_check")
		w.Fire(c.ID, "to_long_term", w.Actor(procedure.TownshipHead), answers{"yearly_check": "2026-12-01"})
		require.Equal(t, "2026-12-01", running(t, w, c.ID, "check").LastDay)
		w.Advance(400)
		require.Equal(t, procedure.State("long_term"), w.State(c.ID), "no clock ends it")
	})
}

// An escalation does not stop the limit; the leaders' decision sets a new one.
func TestEscalationKeepsTheLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := given(w, answers{"due_date": "2026-09-25"})
		w.Do(c.ID, "escalate")
		require.Equal(t, "2026-09-25", running(t, w, c.ID, "due").LastDay)
		require.Equal(t, "2026-09-23", running(t, w, c.ID, "decide").LastDay)
		w.AdvanceTo(at("09-29 12:00"))
		require.Equal(t, procedure.State("escalated"), w.State(c.ID))
		require.Equal(t, []string{"remind holder", "remind village", "supervise township", "report leader"}, climbed(t, w, c.ID, "due")[:4])
		old := c.Facts.Text("responsible")
		w.Fire(c.ID, "decide", w.Actor(procedure.TownshipHead), answers{"new_due": "2026-10-08"})
		c = w.Case(c.ID)
		require.NotEqual(t, old, c.Facts.Text("responsible"))
		require.Equal(t, "2026-10-08", running(t, w, c.ID, "due").LastDay)
		_, err := w.Try(c.ID, "start", activities.Actor{UserID: old, Role: procedure.Responsible, As: procedure.VillageCadre, Region: testkit.Village})
		w.Refused(err, procedure.Forbidden, "not_in_relation")
	})
}

// climbed are the rungs of a clock that have fired, in order.
func climbed(t *testing.T, w *testkit.World, caseID, clock string) []string {
	t.Helper()
	var out []string
	for _, run := range clockRuns(t, w, caseID, clock) {
		var rungs []models.ClockRung
		require.NoError(t, w.Store.DB.Where("clock_id = ?", run.ID).Order("no").Find(&rungs).Error)
		for _, r := range rungs {
			out = append(out, r.Action+" "+r.Level)
		}
	}
	return out
}

// The look-back keeps to the consolidation phase of the programme.
func TestLookbackFollowsThePhase(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		pass := func(no string, from, until string) *models.Case {
			aProgramme(w, no, "", []models.Phase{{Kind: models.PhaseConsolidate, Title: "巩固提升", From: from, Until: until}})
			c := assign(w, problem(w, answers{"programme_no": no}))
			for _, e := range []string{"start", "submit", "take", "verify_pass"} {
				w.Do(c.ID, e)
			}
			return w.Case(c.ID)
		}
		ahead := pass("A", "2026-10-15", "2026-12-31")
		require.Equal(t, "2026-10-14", ahead.Facts.Text("lookback_on"))
		require.Equal(t, "2026-12-01", pass("B", "2026-09-01", "2026-12-31").Facts.Text("lookback_on"), "a month before the phase ends")
		require.Equal(t, "2026-12-21", pass("C", "2026-06-01", "2026-09-20").Facts.Text("lookback_on"), "the phase is over")
		w.AdvanceTo(at("10-15 09:00"))
		require.Equal(t, procedure.State("lookback"), w.State(ahead.ID))
		require.Equal(t, "2026-12-31", running(t, w, ahead.ID, "lookback").LastDay)
	})
}

// Moving an event moves the problems that are due before it, each by an act.
func TestRedate(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		p := aProgramme(w, "P", "2026-12-31", nil, models.ProgrammeEvent{Code: "review", Title: "后评估"})
		waits := assign(w, problem(w, answers{"programme_no": "P"}), answers{"due_kind": "before_event", "due_event": "review", "due_date": nil})
		fixed := assign(w, problem(w, answers{"programme_no": "P"}))
		require.Equal(t, "2026-12-31", running(t, w, waits.ID, "due").LastDay, "the cut-off while the event has no day")
		ids, err := w.Engine.BeforeEvents(t.Context(), p.ID)
		require.NoError(t, err)
		require.Equal(t, []string{waits.ID}, ids)

		move := func(day string) bool {
			p.Events[0].On = day
			require.NoError(t, w.Store.DB.Save(p).Error)
			moved, err := w.Engine.Redate(t.Context(), waits.ID, w.Key(), w.Actor(procedure.TownshipOffice))
			require.NoError(t, err)
			return moved
		}
		require.True(t, move("2026-11-16"))
		require.Equal(t, "2026-11-15", running(t, w, waits.ID, "due").LastDay)
		require.False(t, move("2026-11-16"), "nothing has changed")
		require.True(t, move("2027-03-01"))
		require.Equal(t, "2026-12-31", running(t, w, waits.ID, "due").LastDay, "not after the cut-off")
		moved, err := w.Engine.Redate(t.Context(), fixed.ID, w.Key(), w.Actor(procedure.TownshipOffice))
		require.NoError(t, err)
		require.False(t, moved, "its day was set by hand")
		var act models.CaseEvent
		require.NoError(t, w.Store.DB.Where("case_id = ? AND kind = ?", waits.ID, "redate").Order("seq").Take(&act).Error)
		require.Equal(t, w.Actor(procedure.TownshipOffice).UserID, act.ActorID)
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// A mismatch stops the household form until its problem is closed out, by the cut-off
// of the campaign.
func TestMismatchIsRectifiedFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		form := w.Reach("household_form", "blocked_rectify")
		c := w.Last(form.ID, "rectification")
		w.Do(c.ID, "register")
		var rows []struct{ Item, On string }
		campaign := w.Case(form.ParentID)
		require.True(t, campaign.Facts.Value("cutoffs", &rows))
		require.Equal(t, "rectification", rows[0].Item)
		cut, err := policy.ParseDate(rows[0].On)
		require.NoError(t, err)
		_, err = w.Try(c.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"class": "immediate", "due_date": cut.AddDays(1).String()})
		w.Refused(err, procedure.Invalid, "after_cut_off")
		w.Fire(c.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"class": "immediate", "due_date": cut.String()})
		for _, e := range []string{"start", "submit", "take"} {
			w.Do(c.ID, e)
			require.Equal(t, procedure.State("blocked_rectify"), w.State(form.ID))
		}
		w.Do(c.ID, "verify_pass")
		require.Equal(t, procedure.State("visiting"), w.State(form.ID))
	})
}

// What a campaign wants mended on the spot is due by its cut-off; what takes longer is due before the event that it names
// for those, and without a day of it by no cut-off (S0-072 to S0-074, S3-078).
func TestSlowProblemsHaveTheirOwnLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		at := func(event any) (*models.Case, func(answers) error) {
			campaign := w.Campaign(w.NewHousehold(testkit.Village))
			slow := map[string]any{"item": procedure.SlowRectification, "event": "后评估"}
			if event != nil {
				slow["event_on"] = event
			}
			w.Fire(campaign.ID, "issue", issuerOf(w, campaign), answers{"cutoffs": tableOf(
				map[string]any{"item": "rectification", "on": day(w, 5)}, map[string]any{"item": "report", "on": day(w, 30)}, slow)})
			do(w, campaign, "train", "start_field")
			w.Tend()
			form := &formsOf(w, campaign)[0]
			do(w, form, "visit", "mismatch")
			p := w.Last(form.ID, "rectification")
			w.Do(p.ID, "register")
			return p, func(a answers) error {
				_, err := w.Try(p.ID, "assign", w.Actor(procedure.TownshipOffice), a)
				return err
			}
		}
		by := func(class, day string) answers { return answers{"class": class, "due_kind": "date", "due_date": day} }
		dated, try := at(day(w, 20))
		w.Refused(try(by("immediate", day(w, 6))), procedure.Invalid, "after_cut_off")
		w.Refused(try(by("special", day(w, 20))), procedure.Invalid, "after_cut_off")
		w.Refused(try(by("long_term", day(w, 20))), procedure.Invalid, "after_cut_off")
		list, err := w.Engine.Choices(t.Context(), w.Case(dated.ID), procedure.FromProgrammeEvents)
		require.NoError(t, err)
		require.Equal(t, []procedure.Option{{Code: procedure.SlowRectification, Title: "后评估 " + day(w, 20)}}, list)
		require.NoError(t, try(answers{"class": "special", "due_kind": "before_event", "due_event": procedure.SlowRectification, "due_date": nil}))
		require.Equal(t, day(w, 19), running(t, w, dated.ID, "due").LastDay, "the last day before the event")

		for _, c := range []struct{ class, day string }{{"immediate", day(w, 5)}, {"special", day(w, 6)}, {"long_term", day(w, 300)}} {
			_, try := at(nil)
			require.NoError(t, try(by(c.class, c.day)), c.class)
		}
	})
}

// A problem is given to those only who see it.
func TestStaffOfAProblem(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := problem(w)
		w.Do(c.ID, "register")
		list, err := w.Engine.Choices(t.Context(), c, procedure.FromStaff)
		require.NoError(t, err)
		codes := map[string]bool{}
		for _, o := range list {
			codes[o.Code] = true
		}
		for _, r := range []procedure.Role{procedure.VillageCadre, procedure.TownshipOffice, procedure.CountyOffice} {
			require.True(t, codes[w.Actor(r).UserID], r)
		}
		require.True(t, codes[w.Paired(procedure.AssistancePerson, c.HouseholdID).UserID])
		strangers := []string{w.Nth(procedure.VillageCadre, testkit.Village2, 0).UserID, w.Nth(procedure.TownshipOffice, testkit.Village3, 0).UserID,
			w.Actor(procedure.Auditor).UserID, w.DeptOf(procedure.CountyDept, "health").UserID, w.Paired(procedure.AssistancePerson, w.NewHousehold(testkit.Village).ID).UserID}
		for _, id := range strangers {
			require.False(t, codes[id])
			_, err := w.Try(c.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"responsible": id})
			w.Refused(err, procedure.Invalid, "unknown_option")
		}
		require.NoError(t, w.Store.DB.Model(&models.User{}).Where("id = ?", w.Actor(procedure.VillageCadre).UserID).Update("disabled", true).Error)
		_, err = w.Try(c.ID, "assign", w.Actor(procedure.TownshipOffice))
		w.Refused(err, procedure.Invalid, "unknown_option")
	})
}

// Fifty problems with mixed limits, ten of which run over: the ladder climbs to 通报
// and beyond, and nothing closes by itself.
func TestFiftyProblems(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		aProgramme(w, "F", "2026-12-31", nil, models.ProgrammeEvent{Code: "review", Title: "后评估", On: "2026-11-21"})
		var late, done []string
		for i := range 50 {
			c := problem(w, answers{"programme_no": "F"})
			due := []answers{{"due_date": "2026-10-10"}, {"due_kind": "days_after", "due_days": 30.0, "due_date": nil},
				{"due_kind": "before_event", "due_event": "review", "due_date": nil}, {"due_date": "2026-12-20"}}[i%4]
			assign(w, c, due)
			w.Do(c.ID, "start")
			if i%4 == 0 && len(late) < 10 {
				late = append(late, c.ID)
			} else {
				done = append(done, c.ID)
			}
		}
		for i, id := range done {
			w.SetNow(testkit.Start.Add(time.Duration(i) * time.Minute))
			for _, e := range []string{"submit", "take", "verify_pass"} {
				w.Do(id, e)
			}
		}
		w.AdvanceTo(at("10-14 12:00"))
		for _, id := range late {
			require.Equal(t, []string{"remind holder", "remind village", "supervise township", "report leader"}, climbed(t, w, id, "due"))
		}
		w.AdvanceTo(at("11-30 09:00"))
		for _, id := range late {
			require.Equal(t, procedure.State("rectifying"), w.State(id), "nothing closes by itself")
			require.Contains(t, climbed(t, w, id, "due"), "handle county")
			require.False(t, w.Now().Before(w.Case(id).DueAt))
		}
		for _, id := range done {
			require.NotContains(t, climbed(t, w, id, "due"), "supervise township")
		}
	})
}

// A limit that is over and climbs to 督办 puts a notice on record, of whatever class
// the problem is; it is answered when the work is handed in.
func TestOverdueProblemGetsANotice(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := given(w, answers{"class": "immediate", "due_date": "2026-09-25"})
		notices := func() (out []models.SupervisionNotice) {
			require.NoError(t, w.Store.DB.Where("case_id = ?", c.ID).Order("no").Find(&out).Error)
			return out
		}
		w.AdvanceTo(at("09-26 08:00"))
		require.Empty(t, notices(), "put right on the spot: none with the assignment")
		w.AdvanceTo(at("09-29 12:00"))
		list := notices()
		require.Len(t, list, 1, "the rungs after it repeat no notice")
		require.Equal(t, []any{"due.supervise", procedure.Timer, "", "2026-09-25"}, []any{list[0].Event, list[0].IssuedRole, list[0].IssuedBy, list[0].DueOn})
		w.Do(c.ID, "start")
		w.Do(c.ID, "submit")
		require.NotNil(t, notices()[0].RepliedAt)
	})
}

// Only what the place has found itself is protected: not what a higher level's paper
// names, whatever was ticked when it was reported (section 6 #12).
func TestWhatOthersFoundIsNotProtected(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for source, want := range map[string]bool{"self": true, "county": false, "central_report": false} {
			c := problem(w)
			w.Fire(c.ID, "register", w.Actor(procedure.TownshipOffice), answers{"source_class": source})
			require.Equal(t, want, w.Case(c.ID).Facts.Yes("protected"), source)
		}
		c := problem(w, answers{"self_found": false})
		w.Do(c.ID, "register")
		require.False(t, w.Case(c.ID).Facts.Yes("protected"))
		w.SetPolicy("problem_source_set", testkit.Village2, []policy.Item{{Code: "inspection", Title: "督查"}})
		c = w.Open("rectification", w.NewHousehold(testkit.Village2), w.Nth(procedure.VillageCadre, testkit.Village2, 0))
		w.Fire(c.ID, "register", w.Actor(procedure.TownshipOffice), answers{"source_class": "inspection"})
		require.True(t, w.Case(c.ID).Facts.Yes("protected"), "a place whose sources do not tell goes by the report")
	})
}
