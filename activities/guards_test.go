package activities_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func TestEveryGuardHasCodeAndATest(t *testing.T) {
	t.Parallel()
	var names, tested []string
	for _, g := range procedure.Guards {
		names = append(names, g.Name)
	}
	for name := range guardTests {
		tested = append(tested, name)
	}
	require.ElementsMatch(t, names, activities.GuardNames())
	require.ElementsMatch(t, names, tested)
}

// Each guard on both sides of its boundary.
func TestGuards(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, d := range procedure.Guards {
			t.Run(d.Name, func(t *testing.T) { guardTests[d.Name](&asked{World: w, t: t, guard: d.Name}) })
		}
	})
}

// asked is a world with one guard to ask.
type asked struct {
	*testkit.World
	t     *testing.T
	guard string
	arg   string
}

func (a *asked) codes(c *models.Case, event string, who activities.Actor, form answers) []string {
	a.t.Helper()
	faults, err := a.Engine.AskGuard(a.Case(c.ID), event, who, form, procedure.Guard{Name: a.guard, Arg: a.arg})
	require.NoError(a.t, err)
	var out []string
	for _, f := range faults {
		require.NotEmpty(a.t, f.Message)
		out = append(out, f.Code)
	}
	return out
}

func (a *asked) holds(c *models.Case, event string, who activities.Actor, form answers) {
	a.t.Helper()
	require.Empty(a.t, a.codes(c, event, who, form))
}

func (a *asked) fails(code string, c *models.Case, event string, who activities.Actor, form answers) {
	a.t.Helper()
	require.Contains(a.t, a.codes(c, event, who, form), code)
}

// dueOf is when the running clock of a case is due.
func (a *asked) dueOf(c *models.Case, code string) time.Time {
	return running(a.t, a.World, c.ID, code).DueAt
}

// around asks just before a moment and at it.
func (a *asked) around(at time.Time, before, then func()) {
	a.SetNow(at.Add(-time.Microsecond))
	before()
	a.SetNow(at)
	then()
}

// alone asks in a world of its own, where no other test has left anything open.
func (a *asked) alone() *asked {
	dialect := "sqlite"
	if a.Store.Postgres() {
		dialect = "postgres"
	}
	return &asked{World: testkit.NewWorld(a.t, testkit.OpenMigrated(a.t, dialect)), t: a.t, guard: a.guard, arg: a.arg}
}

var nobody = activities.Actor{}

var guardTests = map[string]func(a *asked){
	procedure.GuardSigned: func(a *asked) {
		a.SetPolicy("verify_team_min", testkit.Village2, 3)
		c := a.Open("identification", a.NewHousehold(testkit.Village2), a.Nth(procedure.VillageCadre, testkit.Village2, 0))
		for _, e := range []string{"prepare", "sign_authorization"} {
			a.Do(c.ID, e)
		}
		who := a.Hire(procedure.Surveyor, testkit.Village2, "")
		a.Endorse(c.ID, "submit_verification", who)
		a.fails("signature_missing", c, "submit_verification", a.Nth(procedure.Surveyor, testkit.Village2, 0), nil)
		a.Endorse(c.ID, "submit_verification", a.Nth(procedure.Surveyor, testkit.Village2, 1))
		a.holds(c, "submit_verification", a.Nth(procedure.Surveyor, testkit.Village2, 0), nil)
		a.fails("signature_missing", c, "submit_verification", who, nil) // his own does not count
	},
	procedure.GuardTargetVillage: func(a *asked) {
		c := a.Fresh("risk_clue")
		office, county := a.Actor(procedure.TownshipOffice), a.Actor(procedure.CountyOffice)
		a.holds(c, "dispatch", office, answers{"target_village": testkit.Village2})
		a.holds(c, "dispatch", county, answers{"target_village": testkit.Village3})
		for _, code := range []string{testkit.Village3, testkit.Township, "990101101299", ""} {
			a.fails("village_not_in_area", c, "dispatch", office, answers{"target_village": code})
		}
	},
	procedure.GuardOwnVillage: func(a *asked) {
		c := a.Fresh("risk_clue")
		a.holds(c, "register_locally", a.Actor(procedure.VillageCadre), nil)
		a.fails("not_own_village", c, "register_locally", a.Nth(procedure.VillageCadre, testkit.Village2, 0), nil)
		for role, own := range map[procedure.Role]bool{procedure.GridMember: true, procedure.AssistancePerson: true, procedure.TownshipOffice: false, procedure.CountyDept: false} {
			h := a.NewHousehold(testkit.Village)
			c := a.Open("risk_clue", h, a.In(&models.Case{HouseholdID: h.ID, RegionCode: testkit.Village}, role))
			waits := int64(0)
			require.NoError(a.t, a.Store.DB.Model(&models.Task{}).Where("case_id = ? AND role = ? AND closed_at IS NULL", c.ID, procedure.VillageCadre).Count(&waits).Error)
			require.Equal(a.t, own, waits == 1, "in the inbox of the village, opened by %s", role)
			if own {
				a.holds(c, "register_locally", a.Actor(procedure.VillageCadre), nil)
				continue
			}
			a.fails("not_found_here", c, "register_locally", a.Actor(procedure.VillageCadre), nil)
			a.Do(c.ID, "dispatch")
			a.Do(c.ID, "accept")
		}
	},
	procedure.GuardIdentificationOpen: func(a *asked) { identifications(a, "no_open_identification", "") },
	procedure.GuardNoIdentification:   func(a *asked) { identifications(a, "", "identification_open") },
	procedure.GuardNotMustAdmit: func(a *asked) {
		a.holds(reviewed(a, nil), "review_reject", nobody, nil)
		a.fails("must_admit", reviewed(a, []any{"M4"}), "review_reject", nobody, nil)
		a.holds(a.Fresh("risk_clue"), "close_no_risk", nobody, nil)
		mustAdmitByRegister(a)
	},
	procedure.GuardMustAdmitReason: func(a *asked) {
		a.holds(reviewed(a, nil), "county_reject", nobody, answers{})
		c := reviewed(a, []any{"M1", "M2"})
		require.Equal(a.t, []string{"leader_reason_required", "must_admit", "must_admit"}, a.codes(c, "county_reject", nobody, answers{"leader_reason": ""}))
		a.holds(c, "county_reject", nobody, answers{"leader_reason": "已由专项救助解决，分管领导同意"})
	},
	procedure.GuardReopenPeriod: func(a *asked) {
		c := a.Reach("risk_clue", "no_risk")
		last := policy.DateOf(a.Now()).AddDays(180)
		a.around(last.End(), func() { a.holds(c, "reopen", nobody, nil) }, func() { a.fails("sampling_over", c, "reopen", nobody, nil) })
	},
	procedure.GuardAuthorization: func(a *asked) {
		c, today := a.Reach("identification", "authorization_pending"), policy.DateOf(a.Now())
		a.holds(c, "sign_authorization", nobody, answers{"valid_until": today.String()})
		a.fails("authorization_expired", c, "sign_authorization", nobody, answers{"valid_until": today.AddDays(-1).String()})
		a.fails("authorization_expired", c, "sign_authorization", nobody, answers{"valid_until": "soon"})
		people, valid := a.Setting(c).People, today.String()
		row := func(id string) any { return answers{"person_id": id} }
		a.holds(c, "sign_authorization", nobody, answers{"valid_until": valid, "persons": []any{row(people[1]), row(people[0])}})
		for _, persons := range [][]any{{row("nobody")}, {row(people[0]), row(people[0])}, {row(a.Setting(a.Fresh("risk_clue")).People[0])}} {
			a.fails("not_a_member", c, "sign_authorization", nobody, answers{"valid_until": valid, "persons": persons})
		}
		a.Do(c.ID, "sign_authorization")
		dept := a.Last(c.ID, "dept_comparison")
		end := policy.DateOf(a.Now()).AddDays(180).End()
		a.around(end, func() { a.holds(dept, "accept", nobody, nil) }, func() { a.fails("authorization_expired", dept, "accept", nobody, nil) })
	},
	procedure.GuardVerification: func(a *asked) {
		c := a.Reach("identification", "home_verification")
		one, two, copied := a.Attach(c.ID, "surveyor_signature"), a.Attach(c.ID, "farmer_signature"), models.NewID()
		_, err := a.Engine.Attach(a.t.Context(), models.Attachment{ID: copied, CaseID: c.ID, Kind: "farmer_signature", SHA256: testkit.FileHash(one)}, a.Key(), a.Actor(procedure.VillageCadre))
		require.NoError(a.t, err)
		a.holds(c, "submit_verification", nobody, answers{"surveyor_signature": []any{one}, "farmer_signature": []any{two}})
		a.fails("same_signature", c, "submit_verification", nobody, answers{"surveyor_signature": []any{one}, "farmer_signature": []any{one}})
		a.fails("same_signature", c, "submit_verification", nobody, answers{"surveyor_signature": []any{one}, "farmer_signature": []any{two, copied}})
	},
	procedure.GuardEntryApproved: func(a *asked) {
		c := a.Reach("identification", "announced")
		approved := policy.DateOf(c.Facts.At["county_pass"])
		entry := a.Actor(procedure.DataEntry)
		a.holds(c, "register", entry, answers{"entered_on": approved.String()})
		a.fails("before_approval", c, "register", entry, answers{"entered_on": approved.AddDays(-1).String()})
	},
	procedure.GuardIncomeSheet: func(a *asked) {
		c := a.Reach("identification", "home_verification")
		for claimed, ok := range map[float64]bool{600000: true, 600100: true, 599900: true, 600101: false, 599899: false} {
			form := a.Form(c, "submit_verification", answers{"per_head_claimed": claimed})
			if ok {
				a.holds(c, "submit_verification", nobody, form)
				continue
			}
			a.fails("income_differs", c, "submit_verification", nobody, form)
			form["claim_note"] = "农户把下月工钱算进去了"
			a.holds(c, "submit_verification", nobody, form)
		}
		require.NoError(a.t, a.Store.DB.Where("key = ?", "income_line").Delete(&models.PolicyRow{}).Error)
		a.holds(c, "submit_verification", nobody, a.Form(c, "submit_verification")) // it keeps the one it was opened under
		c = a.Reach("identification", "home_verification")
		a.fails("policy_missing", c, "submit_verification", nobody, a.Form(c, "submit_verification"))
		a.SetPolicy("income_line", testkit.County, policy.IncomeLine{Fen: 700000, Concept: "net"})
		a.holds(c, "submit_verification", nobody, a.Form(c, "submit_verification"))
	},
	procedure.GuardJoin: joinTest,
	procedure.GuardQuorum: func(a *asked) {
		c := a.Reach("identification", "democratic_review")
		vote := func(kind string, eligible, present, agree, against float64) []string {
			return a.codes(c, "review_pass", nobody, answers{"kind": kind, "eligible": eligible, "present": present, "agree": agree, "against": against, "abstain": 0.0})
		}
		const meeting, panel = "representatives", "panel"
		require.Empty(a.t, vote(meeting, 30, 20, 11, 9))
		require.Equal(a.t, []string{"quorum_agree"}, vote(meeting, 30, 20, 10, 10))
		require.Equal(a.t, []string{"quorum_present"}, vote(meeting, 30, 19, 19, 0))
		require.Equal(a.t, []string{"quorum_present"}, vote(meeting, 31, 20, 20, 0))
		require.Empty(a.t, vote(meeting, 1, 1, 1, 0))
		require.Empty(a.t, vote(panel, 30, 5, 3, 2))
		require.Equal(a.t, []string{"votes_do_not_add_up"}, vote(meeting, 30, 24, 20, 3))
		require.Equal(a.t, []string{"quorum_numbers"}, vote(meeting, 20, 21, 21, 0))
	},
	procedure.GuardNotTwiceUpheld: func(a *asked) {
		c := a.Reach("identification", "democratic_review")
		for i := range 2 {
			a.holds(c, "review_pass", nobody, nil)
			a.Do(c.ID, "review_pass")
			a.Do(c.ID, "notice_upheld")
			a.Do(c.ID, "submit_verification")
			require.Equal(a.t, i+1, a.Case(c.ID).Facts.Count["notice_upheld"])
		}
		a.fails("twice_upheld", c, "review_pass", nobody, nil)
		a.Do(c.ID, "review_doubt")
		a.Ready(c.ID, "submit_verification")
		a.Fire(c.ID, "submit_verification", a.Actor(procedure.Surveyor), answers{"must_admit": []any{"M4"}})
		a.holds(c, "review_pass", nobody, nil) // the village may not reject it either
	},
	procedure.GuardNoticeEnded: func(a *asked) {
		a.arg = "passed"
		a.fails("notice_missing", a.Reach("identification", "democratic_review"), "notice_passed", nobody, nil)
		a.Hold = true
		defer func() { a.Hold = false; a.Deliver() }()
		for state, passed := range map[procedure.State]bool{"posted": false, "ended_clean": true, "ended_overruled": true, "superseded": false} {
			c := a.Case(a.Reach("village_notice", state).ParentID)
			a.arg = "passed"
			require.Equal(a.t, passed, len(a.codes(c, "notice_passed", nobody, nil)) == 0, state)
			a.arg = "upheld"
			a.fails("notice_not_ended", c, "notice_upheld", nobody, nil)
		}
		c := a.Case(a.Reach("village_notice", "ended_upheld").ParentID)
		a.holds(c, "notice_upheld", nobody, nil)
		a.arg = "passed"
		a.fails("notice_not_ended", c, "notice_passed", nobody, nil)
	},
	procedure.GuardSampleVisit: func(a *asked) {
		c := a.Fresh("identification")
		a.holds(c, "township_pass", nobody, answers{"sampled": false})
		a.SetPolicy("sample_visit_required", testkit.Village3, true)
		c = a.Open("identification", a.NewHousehold(testkit.Village3), a.Nth(procedure.VillageCadre, testkit.Village3, 0))
		a.fails("sample_visit_required", c, "township_pass", nobody, answers{"sampled": false})
		a.holds(c, "township_pass", nobody, answers{"sampled": true})
	},
	procedure.GuardSupplementAnswered: func(a *asked) {
		c := a.Reach("identification", "township_review")
		a.Fire(c.ID, "township_supplement", a.Actor(procedure.TownshipOffice), answers{"missing": []any{answers{"item": "务工证明"}, answers{"item": "房产说明"}}})
		one, two := answers{"item": "务工证明 "}, answers{"item": "房产说明"}
		a.fails("item_unanswered", c, "supplement_done", nobody, answers{"answers": []any{one}})
		a.holds(c, "supplement_done", nobody, answers{"answers": []any{two, one}})
	},
	procedure.GuardPrivacy: func(a *asked) {
		n := a.Reach("village_notice", "drafting")
		sheet := a.Form(n, "submit_draft")
		a.holds(n, "submit_draft", nobody, sheet)
		for code, words := range map[string]string{"notice_id": "拟纳入，身份证 990101199001011234", "notice_risk_health": "因病拟纳入", "notice_phone": "详询 13900000000"} {
			sheet["proposal"] = words
			require.NotEmpty(a.t, a.codes(n, "submit_draft", nobody, sheet), code)
		}
		a.Do(n.ID, "submit_draft")
		const board = "龙泉街12号公示栏"
		a.holds(n, "post", nobody, answers{"phone": "0999-8800123", "place": board})
		a.holds(n, "post", nobody, answers{"phone": "12317、13900000000", "place": board})
		for words, code := range map[string]string{"0999-8800123 990101199001011234": "notice_id", "0999-8800123（户主患癌症）": "notice_health", "找支书": "notice_no_phone"} {
			a.fails(code, n, "post", nobody, answers{"phone": words, "place": board})
		}
		a.fails("notice_id", n, "post", nobody, answers{"phone": "0999-8800123", "place": "村口 990101199001011234"})
		ident := a.Reach("identification", "approved")
		a.holds(ident, "announce", nobody, answers{"unit": "云岭镇人民政府", "phone": "0999-8800123"})
		require.NotEmpty(a.t, a.codes(ident, "announce", nobody, answers{"unit": "云岭镇 13900000000"}))
		a.fails("notice_risk_health", ident, "announce", nobody, answers{"unit": "云岭镇人民政府", "phone": "0999-8800123 因病"})
	},
	procedure.GuardPrivacyFails: func(a *asked) {
		n := a.Reach("village_notice", "privacy_check")
		a.holds(n, "privacy_fail", a.Actor(procedure.TownshipOffice), nil)
		a.fails("privacy_passes", n, "privacy_fail", activities.BySystem, nil)
	},
	procedure.GuardInWindow: func(a *asked) {
		n := a.Reach("village_notice", "posted")
		a.around(a.dueOf(n, "window"), func() { a.holds(n, "object", nobody, nil) }, func() { a.fails("window_over", n, "object", nobody, nil) })
		a.fails("window_over", a.Reach("village_notice", "privacy_check"), "object", nobody, nil)
	},
	procedure.GuardWindowOver: func(a *asked) {
		n := a.Reach("village_notice", "posted")
		a.around(a.dueOf(n, "window"), func() { a.fails("window_running", n, "expire_clean", nobody, nil) }, func() { a.holds(n, "expire_clean", nobody, nil) })
	},
	procedure.GuardNeverObjected: func(a *asked) {
		n := a.Reach("village_notice", "posted")
		a.holds(n, "expire_clean", nobody, nil)
		a.Do(n.ID, "object")
		a.Do(n.ID, "overrule")
		a.fails("objected", n, "expire_clean", nobody, nil)
	},
	procedure.GuardAllOverruled: func(a *asked) {
		n := a.Reach("village_notice", "posted")
		a.fails("objections_open", n, "expire_overruled", nobody, nil)
		for range 2 {
			a.Do(n.ID, "object")
			a.fails("objections_open", n, "expire_overruled", nobody, nil)
			a.Do(n.ID, "overrule")
			a.holds(n, "expire_overruled", nobody, nil)
		}
	},
	procedure.GuardObjectionFinding: findingTest,
	procedure.GuardEndPhoto: func(a *asked) {
		n := a.Reach("village_notice", "posted")
		lastDay := a.dueOf(n, "window").AddDate(0, 0, -1)
		a.fails("end_photo_missing", n, "expire_clean", nobody, nil)
		a.around(lastDay, func() {
			a.Attach(n.ID, "end_photo")
			a.Attach(n.ID, "photo")
			a.fails("end_photo_missing", n, "expire_clean", nobody, nil)
		}, func() { a.Attach(n.ID, "end_photo"); a.holds(n, "expire_clean", nobody, nil) })
	},
	procedure.GuardParentEnded: func(a *asked) {
		a.Hold = true
		defer func() { a.Hold = false; a.Deliver() }()
		n := a.Reach("village_notice", "posted")
		a.fails("parent_open", n, "pull", nobody, nil)
		a.Do(n.ParentID, "withdraw")
		a.holds(n, "pull", nobody, nil)
	},
	procedure.GuardHandler: func(a *asked) {
		o := a.Reach("objection", "investigating")
		a.holds(o, "find_upheld", a.In(o, procedure.Handler), nil)
		a.holds(o, "find_upheld", a.Nth(procedure.VillageCadre, testkit.Village, 1), nil) // signed to investigate
		a.fails("not_handler", o, "find_upheld", a.Actor(procedure.TownshipOffice), nil)
		a.fails("not_handler", o, "find_upheld", nobody, nil)
	},
	procedure.GuardHandlerNotNamed: func(a *asked) {
		n, cadre := a.Reach("village_notice", "posted"), a.Actor(procedure.VillageCadre)
		a.Fire(n.ID, "object", a.Actor(procedure.Public), answers{"named_person": a.Name(cadre.UserID)})
		o := a.Last(n.ID, "objection")
		a.fails("handler_is_named", o, "accept", cadre, nil)
		a.holds(o, "accept", a.Nth(procedure.VillageCadre, testkit.Village, 1), nil)
		byHand := a.Open("objection", a.NewHousehold(testkit.Village), a.Actor(procedure.TownshipOffice), answers{"named_person": a.Name(cadre.UserID)})
		a.fails("handler_is_named", byHand, "accept", cadre, nil)
		a.holds(byHand, "accept", a.Actor(procedure.TownshipOffice), nil)

		second := a.Nth(procedure.VillageCadre, testkit.Village, 1)
		a.Fire(o.ID, "accept", second)
		_, err := a.Engine.Endorse(a.t.Context(), o.ID, "start", a.Key(), activities.AnySeq, []activities.Actor{cadre})
		a.Refused(err, procedure.Forbidden, "handler_is_named")
		options, err := a.Engine.Options(a.t.Context(), a.Case(o.ID), []activities.Actor{cadre})
		require.NoError(a.t, err)
		for _, option := range options {
			require.False(a.t, option.Event.Code == "start" && option.Signers[0].MaySign)
		}
		a.Endorse(o.ID, "start", a.Nth(procedure.VillageSecretary, testkit.Village, 0))
		a.holds(o, "start", second, nil)
	},
	procedure.GuardAboveHandler: func(a *asked) {
		office, county := a.Actor(procedure.TownshipOffice), a.Actor(procedure.CountyOffice)
		o := a.Reach("objection", "accepted")
		a.holds(o, "second_result", office, nil)
		a.holds(o, "second_result", county, nil)
		o = a.Reach("objection", "received")
		a.Fire(o.ID, "accept", office)
		a.fails("not_above_handler", o, "second_result", office, nil)
		a.holds(o, "second_result", county, nil)
		o = a.Reach("objection", "accepted")
		a.Endorse(o.ID, "start", office) // one of the two who investigate
		a.fails("not_above_handler", o, "second_result", a.Nth(procedure.TownshipOffice, testkit.Village, 1), nil)
		a.holds(o, "second_result", county, nil)
	},
	procedure.GuardObjector: func(a *asked) {
		o, other := a.Reach("objection", "replied"), a.Nth(procedure.Public, testkit.Village, 1)
		a.holds(o, "ask_second_review", a.In(o, procedure.Objector), nil)
		a.fails("not_objector", o, "ask_second_review", other, nil)
		other.OnBehalf = true
		a.holds(o, "ask_second_review", other, nil)
	},
	procedure.GuardAskWindow: func(a *asked) {
		o := a.Reach("objection", "replied")
		a.around(a.dueOf(o, "ask"), func() { a.holds(o, "ask_second_review", nobody, nil) }, func() { a.fails("ask_window_over", o, "ask_second_review", nobody, nil) })
	},
	procedure.GuardNoReviewAsked: func(a *asked) {
		o := a.Reach("objection", "replied")
		a.around(a.dueOf(o, "ask"), func() { a.fails("limit_not_over", o, "close", nobody, nil) }, func() { a.holds(o, "close", nobody, nil) })
	},
	procedure.GuardLimitOver: func(a *asked) {
		c := a.Reach("dept_comparison", "requested")
		a.around(a.dueOf(c, "answer"), func() { a.fails("limit_not_over", c, "lapse", nobody, nil) }, func() { a.holds(c, "lapse", nobody, nil) })
	},
	procedure.GuardFastLane: func(a *asked) {
		cadre := a.Actor(procedure.VillageCadre)
		a.fails("not_fast_lane", a.Open("identification", a.NewHousehold(testkit.Village), cadre, answers{"fast_lane": false}), "prepare", nobody, nil)
		a.holds(a.Open("identification", a.NewHousehold(testkit.Village), cadre, answers{"fast_lane": true}), "prepare", nobody, nil)
	},
	procedure.GuardOwnDepartment: func(a *asked) {
		c := a.Fresh("dept_comparison")
		a.holds(c, "accept", a.DeptOf(procedure.CountyDept, c.Dept), nil)
		a.fails("other_department", c, "accept", a.DeptOf(procedure.CountyDept, "tax"), nil)
	},
	procedure.GuardStableWindows: func(a *asked) {
		c := a.Reach("household_status", "observing")
		a.fails("windows_missing", c, "observation_done", nobody, nil)
		a.Need(c, "observation_done")
		a.holds(c, "observation_done", nobody, nil)
		require.NoError(a.t, a.Store.DB.Exec("UPDATE cases SET state = 'unstable' WHERE id = (SELECT id FROM cases WHERE household_id = ? AND procedure = 'lookback_window' LIMIT 1)", c.HouseholdID).Error)
		a.fails("windows_missing", c, "observation_done", nobody, nil)
	},
	procedure.GuardFreshAnswer: func(a *asked) {
		c, today := a.Reach("dept_comparison", "accepted"), policy.DateOf(a.Now())
		for _, e := range []string{"answer_clean", "answer_hit"} {
			a.holds(c, e, nobody, answers{"as_of": today.AddDays(-90).String()})
			a.fails("answer_stale", c, e, nobody, answers{"as_of": today.AddDays(-91).String()})
		}
	},
	procedure.GuardComparisonStale: func(a *asked) {
		c := a.Reach("identification", "home_verification")
		a.fails("comparisons_fresh", c, "submit_verification", nobody, nil)
		a.Compare(c.ID)
		last := policy.DateOf(a.Now()).AddDays(90)
		a.around(last.End(), func() { a.fails("comparisons_fresh", c, "submit_verification", nobody, nil) }, func() { a.holds(c, "submit_verification", nobody, nil) })
	},
	procedure.GuardCasesClosed: func(a *asked) {
		ident := a.Fresh("identification")
		c := a.Status(ident.HouseholdID)
		a.fails("cases_open", c, "household_gone", nobody, nil)
		a.Do(ident.ID, "cancel")
		a.holds(c, "household_gone", nobody, nil)
	},
}

// identifications asks with an open identification of the household and without.
func identifications(a *asked, without, with string) {
	c := a.Fresh("risk_clue")
	ask := func(code string) {
		if code == "" {
			a.holds(c, "merge", activities.BySystem, nil)
			return
		}
		a.fails(code, c, "merge", activities.BySystem, nil)
	}
	ask(without)
	a.Hold = true
	var h models.Household
	require.NoError(a.t, a.Store.DB.Where("id = ?", c.HouseholdID).Take(&h).Error)
	ident := a.Open("identification", &h, a.Actor(procedure.VillageCadre))
	ask(with)
	a.Do(ident.ID, "cancel")
	ask(without)
	a.Hold = false
	a.Deliver()
}

// reviewed is a case at the review whose surveyors have recorded must-admit situations.
func reviewed(a *asked, situations []any) *models.Case {
	c := a.Reach("identification", "home_verification")
	a.Ready(c.ID, "submit_verification")
	a.Fire(c.ID, "submit_verification", a.Actor(procedure.Surveyor), answers{"must_admit": situations})
	return a.Case(c.ID)
}

// joinTest asks at every join point with departments that have answered in every way.
func joinTest(a *asked) {
	points := []string{"before_review", "before_notice", "before_township", "before_county"}
	for _, point := range points {
		a.SetPolicy("comparison_join", testkit.Village, point)
		a.SetNow(a.Now().Add(time.Second))
		c := a.Reach("identification", "home_verification")
		for _, a.arg = range points {
			require.Equal(a.t, a.arg == point, slices.Contains(a.codes(c, "township_pass", nobody, answers{}), "comparison_unsettled"), "%s asked at %s", point, a.arg)
		}
		require.NoError(a.t, a.Store.DB.Where("key = ? AND region_code = ?", "comparison_join", testkit.Village).Delete(&models.PolicyRow{}).Error)
	}
	a.arg = "before_township"
	for state, code := range map[procedure.State]string{
		"requested": "comparison_unsettled", "accepted": "comparison_unsettled", "hit": "comparison_unsettled", "explained": "comparison_unsettled",
		"overdue": "comparison_unsettled", "clean": "", "settled": "", "refused": "comparison_refused",
	} {
		one := a.Reach("dept_comparison", state)
		parent := a.Case(one.ParentID)
		for _, other := range a.Children(parent.ID, "dept_comparison") {
			if other.ID != one.ID {
				if other.State == "requested" {
					a.Do(other.ID, "accept")
				}
				a.Do(other.ID, "answer_clean")
			}
		}
		if code == "" {
			a.holds(parent, "township_pass", nobody, answers{})
			continue
		}
		a.fails(code, parent, "township_pass", nobody, answers{})
		require.Equal(a.t, code != "comparison_refused", len(a.codes(parent, "township_pass", nobody, answers{"unanswered_reason": "无法律依据，已另行核实"})) > 0, state)
	}
	c := a.Reach("identification", "home_verification")
	a.Compare(c.ID)
	last := policy.DateOf(a.Now()).AddDays(90)
	a.around(last.End(), func() { a.holds(c, "township_pass", nobody, answers{}) }, func() { a.fails("comparison_stale", c, "township_pass", nobody, answers{}) })
	refusalTest(a)
}

// refusalTest has a department refuse before each join point: what is joined in the
// village goes on, and the reason is given where somebody can write it.
func refusalTest(a *asked) {
	for point, where := range map[string]string{"before_review": "before_township", "before_notice": "before_township", "before_township": "before_township", "before_county": "before_county"} {
		a.SetPolicy("comparison_join", testkit.Village, point)
		a.SetNow(a.Now().Add(time.Second))
		c := a.Reach("identification", "home_verification")
		a.Do(a.Children(c.ID, "dept_comparison")[0].ID, "refuse")
		a.Compare(c.ID)
		for _, a.arg = range []string{"before_review", "before_notice", "before_township", "before_county"} {
			require.Equal(a.t, a.arg == where, len(a.codes(c, "township_pass", nobody, answers{})) > 0, "%s asked at %s", point, a.arg)
			a.holds(c, "township_pass", nobody, answers{"unanswered_reason": "无法律依据，已另行核实"})
		}
		require.NoError(a.t, a.Store.DB.Where("key = ? AND region_code = ?", "comparison_join", testkit.Village).Delete(&models.PolicyRow{}).Error)
	}
}

// findingTest asks whether the village decides as the handlers have found.
func findingTest(a *asked) {
	a.arg = "overruled"
	a.fails("objection_missing", a.Reach("village_notice", "posted"), "overrule", nobody, nil)
	for _, x := range []struct {
		events []string
		result string
	}{
		{nil, ""}, {[]string{"accept", "start"}, ""}, {[]string{"accept", "start", "find_upheld"}, "upheld"}, {[]string{"accept", "start", "find_overruled"}, "overruled"},
		{[]string{"accept", "start", "find_overruled", "reply"}, "overruled"}, {[]string{"reject_scope"}, "overruled"},
		{[]string{"accept", "start", "find_overruled", "reply", "ask_second_review", "second_result"}, "upheld"}, // the higher level found otherwise
	} {
		o := a.Reach("objection", "received")
		for _, e := range x.events {
			a.Do(o.ID, e)
		}
		n := a.Case(o.ParentID)
		for _, a.arg = range []string{"upheld", "overruled"} {
			switch x.result {
			case a.arg:
				a.holds(n, "overrule", nobody, nil)
			case "":
				a.fails("finding_missing", n, "overrule", nobody, nil)
			default:
				a.fails("finding_differs", n, "overrule", nobody, nil)
			}
		}
	}
}
