package activities_test

import (
	"encoding/json"
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

// monitored is a household that has just been identified.
func monitored(w *testkit.World) *models.Household {
	return householdOf(w, w.Reach("identification", "registered"))
}

func householdOf(w *testkit.World, c *models.Case) *models.Household {
	var h models.Household
	require.NoError(w.T, w.Store.DB.Where("id = ?", c.HouseholdID).Take(&h).Error)
	return &h
}

func episodes(w *testkit.World, household string) []models.MonitoringEpisode {
	var out []models.MonitoringEpisode
	require.NoError(w.T, w.Store.DB.Where("household_id = ?", household).Order("no").Find(&out).Error)
	return out
}

func init() {
	maps.Copy(guardTests, map[string]func(a *asked){
		procedure.GuardHouseholdMonitored: statuses("nominate_check", "not_monitored", "risk_elimination", "monitored"),
		procedure.GuardRenominate: func(a *asked) {
			c := a.Reach("risk_elimination", "not_eliminated") // by its precheck
			h := householdOf(a.World, c)
			village, town := a.Actor(procedure.VillageSecretary), a.Actor(procedure.TownshipOffice)
			again := &models.Case{Procedure: "risk_elimination", Version: 1, HouseholdID: h.ID, PolicyHash: c.PolicyHash}
			ask := func(who activities.Actor) []procedure.FieldFault {
				faults, err := a.Engine.AskGuard(again, "mark", who, nil, procedure.Guard{Name: a.guard})
				require.NoError(a.t, err)
				return faults
			}
			require.Empty(a.t, ask(village), "only what the household did not agree to is held back")
			for _, clue := range a.ofHousehold(h.ID, "risk_clue") {
				a.Bring(clue, "invalid")
			}
			c = a.Bring(a.Open("risk_elimination", h, village).ID, "household_confirm")
			a.Fire(c.ID, "dissent", a.Farmer(h.ID))
			day := policy.DateOf(a.Now()).AddMonths(3)
			a.around(day.Start(), func() {
				require.Equal(a.t, "renominate_later", ask(town)[0].Code)
			}, func() {
				require.Empty(a.t, ask(town))
				require.Equal(a.t, "renominate_by_township", ask(village)[0].Code)
			})
		},
		procedure.GuardNoNewRisk: func(a *asked) {
			c := a.Reach("risk_elimination", "county_review")
			a.holds(c, "county_pass", nobody, nil)
			for end, settled := range map[procedure.State]bool{"no_risk": true, "invalid": true, "risk_confirmed": false} {
				clue := a.Open("risk_clue", householdOf(a.World, c), a.Actor(procedure.VillageCadre))
				a.fails("new_risk", c, "county_pass", nobody, nil)
				a.Bring(clue.ID, end)
				a.either(settled, "new_risk", c, "county_pass", nobody, nil)
				require.NoError(a.t, a.Store.DB.Model(&models.Case{}).Where("id = ?", clue.ID).Update("closed_at", a.Case(c.ID).OpenedAt.Add(-time.Second)).Error)
				a.holds(c, "county_pass", nobody, nil) // confirmed before the nomination
			}
			_, err := a.Engine.OpenQuarterLookbacks(a.t.Context(), policy.PeriodOf("quarter", policy.DateOf(a.Now())), "", 1000)
			require.NoError(a.t, err)
			a.Deliver()
			window := a.Case(casesOf(a.World, c.HouseholdID, "lookback_window")[0])
			a.holds(c, "county_pass", nobody, nil)
			a.LookBack(window, "report_unstable")
			a.fails("new_risk", c, "county_pass", nobody, nil)
		},
		procedure.GuardIncomeLine: func(a *asked) {
			c := a.Reach("risk_elimination", "nominated")
			a.holds(c, "mark", nobody, nil)
			other := a.Case(c.ID)
			other.PolicyHash = a.snapshotWithout("income_line")
			faults, err := a.Engine.AskGuard(other, "mark", nobody, nil, procedure.Guard{Name: a.guard})
			require.NoError(a.t, err)
			require.Equal(a.t, "policy_missing", faults[0].Code)
		},
		procedure.GuardPrecheck: func(a *asked) {
			c := a.Reach("risk_elimination", "precheck")
			verdict := func(pass, fail []string) {
				a.t.Helper()
				a.arg = "pass"
				require.Equal(a.t, pass, a.codes(c, "precheck_pass", activities.BySystem, nil))
				a.arg = "fail"
				require.Equal(a.t, fail, a.codes(c, "precheck_fail", activities.BySystem, nil))
			}
			verdict(nil, []string{"other_verdict"})
			clue := a.Open("risk_clue", householdOf(a.World, c), a.Actor(procedure.VillageCadre))
			verdict([]string{"other_verdict"}, nil)
			a.Bring(clue.ID, "invalid")
			verdict(nil, []string{"other_verdict"})
		},
		procedure.GuardConditionsSeen: func(a *asked) {
			c := a.Reach("risk_elimination", "home_verification")
			form := func(change answers) answers { return a.Form(c, "submit_verification", change) }
			a.holds(c, "submit_verification", nobody, form(nil))
			for code, change := range map[string]answers{
				"not_assured": {"water_ok": false}, "not_reached": {"evaluation": "not_reached"}, "risk_open": {"risks": []any{map[string]any{"risk": "unstable_employment", "outcome": "open"}}},
				"not_delivered": {"measures": []any{map[string]any{"measure": "岗位", "state": "none", "effect": "无"}}},
				"below_line":    {"income": []any{map[string]any{"item": "工资", "category": "wage", "income": float64(2799999), "expense": float64(0)}}},
			} {
				a.fails(code, c, "submit_verification", nobody, form(change))
			}
			a.holds(c, "submit_verification", nobody, form(answers{"income": []any{map[string]any{"item": "工资", "category": "wage", "income": float64(2800000), "expense": float64(0)}}}))
			a.fails("risk_open", c, "submit_verification", nobody, form(answers{"risks": []any{map[string]any{"risk": "illness", "outcome": "resolved"}}}))
		},
		procedure.GuardComparedAgain: func(a *asked) {
			c := a.Reach("risk_elimination", "county_review")
			a.holds(c, "county_pass", nobody, answers{"compared": false})
			a.SetPolicy("elimination_comparison", testkit.County, true)
			c = a.Reach("risk_elimination", "county_review")
			a.fails("comparison_again", c, "county_pass", nobody, answers{"compared": false})
			a.holds(c, "county_pass", nobody, answers{"compared": true})
		},
		procedure.GuardMarkComplete: func(a *asked) {
			c := a.Reach("risk_elimination", "approved")
			form := func(change answers) answers { return a.Form(c, "mark", change) }
			today := policy.DateOf(a.Now())
			a.holds(c, "mark", nobody, form(nil))
			a.fails("before_decision", c, "mark", nobody, form(answers{"eliminated_on": today.AddDays(-1).String()}))
			for _, code := range []string{"dropout", "house_damaged", "uninsured", "water_damaged"} {
				a.fails("indicator", c, "mark", nobody, form(answers{code: true}))
			}
			money := func(net, head float64) answers {
				return answers{"wage": net, "household_net": net, "per_head": head}
			}
			a.holds(c, "mark", nobody, form(money(2800000, 700000)))
			a.fails("below_line", c, "mark", nobody, form(money(2799996, 699999)))
			a.fails("income_differs", c, "mark", nobody, form(answers{"household_net": float64(3600101)}))
			a.holds(c, "mark", nobody, form(answers{"household_net": float64(3600100)}))
			a.fails("income_differs", c, "mark", nobody, form(answers{"per_head": float64(900101)}))
		},
		procedure.GuardCountyCancels: func(a *asked) {
			c := a.Reach("risk_elimination", "county_review")
			town, county := a.Actor(procedure.TownshipOffice), a.Actor(procedure.CountyOffice)
			a.holds(c, "cancel", town, nil)
			a.Do(c.ID, "county_pass")
			a.fails("county_cancels", c, "cancel", town, nil)
			a.holds(c, "cancel", county, nil)
			a.holds(c, "cancel", activities.ByProcedure, nil)
		},
		procedure.GuardIncomeStable: func(a *asked) {
			c := a.Reach("lookback_window", "open")
			a.holds(c, "report_stable", nobody, answers{"per_head": float64(700000)})
			a.fails("below_line", c, "report_stable", nobody, answers{"per_head": float64(699999)})
			a.SetPolicy("income_line", testkit.Township, policy.IncomeLine{Fen: 800000, Concept: "net"}) // of the new year
			a.fails("below_line", c, "report_stable", nobody, answers{"per_head": float64(700000)})
		},
		procedure.GuardConditionFailed: func(a *asked) {
			c := a.Reach("lookback_window", "open")
			well := a.Form(c, "report_stable")
			a.fails("nothing_failed", c, "report_unstable", nobody, well)
			for _, change := range []answers{{"water_ok": false}, {"risks_ok": false}, {"per_head": float64(699999)}} {
				form := maps.Clone(well)
				maps.Copy(form, change)
				a.holds(c, "report_unstable", nobody, form)
			}
		},
		procedure.GuardStillMonitored:      statuses("open", "not_monitored", "lookback_window", "monitored", "eliminating"),
		procedure.GuardHouseholdEliminated: statuses("verify", "not_eliminated", "rollback", "observing", "stable"),
		procedure.GuardNotToObserve: func(a *asked) {
			statuses("cancel", "still_to_observe", "lookback_window", "none", "monitored", "eliminating", "revoked", "stable", "household_cancelled")(a)
			h := monitored(a.World)
			opened, err := a.Engine.OpenQuarterLookbacks(a.t.Context(), policy.PeriodOf("quarter", policy.DateOf(a.Now())), "", 100)
			require.NoError(a.t, err)
			require.Positive(a.t, opened.Opened)
			c := a.Case(a.ofHousehold(h.ID, "lookback_window")[0])
			for _, st := range householdStates {
				a.SetStatus(h.ID, st)
				if st == "none" || st == "revoked" || st == "stable" || st == "household_cancelled" {
					a.holds(c, "cancel", nobody, nil)
					continue
				}
				a.fails("still_to_observe", c, "cancel", nobody, nil)
			}
		},
		procedure.GuardRollbackPossible: func(a *asked) {
			c := a.Reach("risk_elimination", "eliminated")
			window := a.Windows(c.ID)[0]
			a.holds(&window, "report_unstable", nobody, nil)
			r := a.Open("rollback", householdOf(a.World, c), a.Actor(procedure.VillageCadre))
			a.fails("rollback_open", &window, "report_unstable", nobody, nil)
			a.Do(r.ID, "verify_no")
			a.holds(&window, "report_unstable", nobody, nil)
			a.SetStatus(c.HouseholdID, "monitored")
			a.fails("not_eliminated", &window, "report_unstable", nobody, nil)
		},
	})
}

var householdStates = []procedure.State{"none", "candidate", "monitored", "eliminating", "observing", "stable", "revoked", "household_cancelled"}

// statuses asks a guard that looks at where the household stands (2.17) for each of
// its states.
func statuses(event, code, proc string, holding ...procedure.State) func(a *asked) {
	return func(a *asked) {
		c := a.Fresh(proc)
		for _, st := range householdStates {
			a.SetStatus(c.HouseholdID, st)
			held := len(a.codes(c, event, nobody, nil)) == 0
			want := false
			for _, h := range holding {
				want = want || h == st
			}
			require.Equal(a.t, want, held, st)
			if !want {
				a.fails(code, c, event, nobody, nil)
			}
		}
	}
}

// ofHousehold are the cases of a procedure about a household, oldest first.
func (a *asked) ofHousehold(id, proc string) []string { return casesOf(a.World, id, proc) }

func casesOf(w *testkit.World, household, proc string) []string {
	var ids []string
	require.NoError(w.T, w.Store.DB.Model(&models.Case{}).Where("household_id = ? AND procedure = ?", household, proc).Order("id").Pluck("id", &ids).Error)
	return ids
}

// snapshotWithout stores a policy in which a key has no value.
func (a *asked) snapshotWithout(key string) string {
	s := policy.Resolve(nil, testkit.Village, a.Now())
	require.False(a.t, s.Has(key))
	body, err := json.Marshal(s)
	require.NoError(a.t, err)
	require.NoError(a.t, a.Store.DB.Where("hash = ?", s.Hash()).FirstOrCreate(&models.PolicySnapshot{Hash: s.Hash(), Body: body}).Error)
	return s.Hash()
}

// The way of an elimination with its result sheet, and what it leaves behind.
func TestEliminationStory(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := monitored(w)
		require.Len(t, episodes(w, h.ID), 1)
		w.Help(h.ID)
		w.SetNow(w.Now().AddDate(0, 7, 0))
		c := w.Open("risk_elimination", h, w.Actor(procedure.ResidentLeader), answers{"method": "assisted"})
		require.Equal(t, procedure.State("home_verification"), w.State(c.ID), "the precheck runs by itself")
		require.Equal(t, procedure.State("eliminating"), householdOf(w, c).Status)
		sheet := sheetOf(w, c.ID, "precheck_pass")
		require.Len(t, sheet, 13)
		for _, row := range sheet {
			require.Equal(t, "yes", row["verdict"], row["title"])
		}
		require.Equal(t, policy.FromRecords, condition(sheet, "帮扶措施已全部落实并评价")["source"])
		require.Equal(t, "7000.00元", condition(sheet, "收入高于当年收入线")["threshold"])
		w.Bring(c.ID, "village_notice")
		w.Do(c.ID, "notice_passed")
		w.Bring(c.ID, "eliminated")

		require.Equal(t, procedure.State("observing"), householdOf(w, c).Status)
		ep := episodes(w, h.ID)[0]
		require.Equal(t, []any{1, "unstable", "natural", c.ID}, []any{ep.No, ep.Category, ep.Method, ep.EliminationID})
		require.Equal(t, policy.DateOf(w.Now()), policy.DateOf(*ep.ClosedAt))
		secret, err := ep.Secret(w.Store.Vault)
		require.NoError(t, err)
		require.Equal(t, []string{"unstable_employment"}, secret.RiskTypes)
		require.Equal(t, "务工收入中断", secret.OtherNote)
		var notice models.PublicNotice
		require.NoError(t, w.Store.DB.Where("case_id = ?", c.ID).Take(&notice).Error)
		require.Equal(t, []any{"风险消除公告", "消除返贫致贫风险"}, []any{notice.Title, notice.Sheet["proposal"]})
		require.Len(t, w.Windows(c.ID), 4)
		require.Error(t, w.Store.DB.Delete(&models.MonitoringEpisode{}, "id = ?", ep.ID).Error, "an episode is never removed")
		require.Error(t, w.Store.DB.Model(&models.MonitoringEpisode{}).Where("id = ?", ep.ID).Update("no", 7).Error)
	})
}

func sheetOf(w *testkit.World, caseID, event string) []map[string]any {
	var ev models.CaseEvent
	require.NoError(w.T, w.Store.DB.Where("case_id = ? AND event = ?", caseID, event).Take(&ev).Error)
	require.NotContains(w.T, string(ev.Payload), "人均", "sealed")
	form, err := w.Engine.Payload(&ev)
	require.NoError(w.T, err)
	var out []map[string]any
	for _, r := range form["sheet"].([]any) {
		out = append(out, r.(map[string]any))
	}
	return out
}

func condition(sheet []map[string]any, title string) map[string]any {
	for _, r := range sheet {
		if r["title"] == title {
			return r
		}
	}
	return nil
}

// Each condition of the precheck that the records or the nomination do not meet ends
// the nomination, with the sheet that says so.
func TestEliminationFailsItsPrecheck(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for title, x := range map[string]struct {
			form  answers
			world func(h *models.Household)
		}{
			"收入高于当年收入线":    {form: answers{"per_head": float64(699999)}},
			"收入持续稳定":       {form: answers{"above_since": "2026-09-01"}},
			"饮水安全有保障":      {form: answers{"water_ok": false}},
			"风险点全部消除":      {form: answers{"risks": []any{map[string]any{"risk": "unstable_employment", "outcome": "open"}}}},
			"无不得提名情形":      {form: answers{"exclusions": []any{"rigid_cost"}}},
			"帮扶措施已全部落实并评价": {form: answers{"method": "assisted"}}, // the plan has not begun
			"没有新的风险线索":     {world: func(h *models.Household) { w.Open("risk_clue", h, w.Actor(procedure.VillageCadre)) }},
			"没有未整改的问题":     {world: func(h *models.Household) { w.Open("rectification", h, w.Actor(procedure.VillageCadre)) }},
			"住房安全有保障": {form: answers{"house_repaired": false}, world: func(h *models.Household) {
				require.NoError(t, h.SetSecret(w.Store.Vault, models.HouseholdSecret{House: "D"}))
				require.NoError(t, w.Store.DB.Model(h).Update("sealed", h.Sealed).Error)
			}},
			"整户无劳动能力的处理": {world: func(h *models.Household) { registerLabour(w, h.ID, "丧失劳动力", "无劳动力") }},
		} {
			h := monitored(w)
			if x.world != nil {
				x.world(h)
			}
			c := w.Open("risk_elimination", h, w.Actor(procedure.VillageSecretary), x.form)
			require.Equal(t, procedure.State("not_eliminated"), w.State(c.ID), "%s on %s", title, w.Now())
			sheet := sheetOf(w, c.ID, "precheck_fail")
			for _, r := range sheet {
				require.Equal(t, r["title"] == title || r["warning"] == true, r["verdict"] != "yes", "%s: %s, %v", title, r["title"], r["reason"])
			}
			require.Equal(t, procedure.State("monitored"), householdOf(w, c).Status, "as before")
			require.Nil(t, episodes(w, h.ID)[0].ClosedAt)
		}
	})
}

// registerLabour writes what the register says about the members of a household.
func registerLabour(w *testkit.World, household string, words ...string) {
	var people []models.Person
	require.NoError(w.T, w.Store.DB.Where("household_id = ?", household).Find(&people).Error)
	for i := range people {
		require.NoError(w.T, people[i].SetSecret(w.Store.Vault, models.PersonSecret{Labour: words[i%len(words)]}))
		require.NoError(w.T, w.Store.DB.Save(&people[i]).Error)
	}
}

// What the records say of labour goes before what the meeting says.
func TestPrecheckReadsLabourFromTheRecords(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, x := range []struct {
			words []string
			said  bool
			want  procedure.State
		}{
			{[]string{""}, false, "home_verification"}, {[]string{""}, true, "not_eliminated"},
			{[]string{"普通劳动力", "无劳动力"}, true, "home_verification"}, {[]string{"无劳动力"}, false, "not_eliminated"}, {[]string{"无劳动能力"}, false, "not_eliminated"},
			{[]string{"无劳动力", ""}, false, "home_verification"}, // not all known
		} {
			h := monitored(w)
			registerLabour(w, h.ID, x.words...)
			c := w.Open("risk_elimination", h, w.Actor(procedure.VillageSecretary), answers{"no_labour": x.said})
			require.Equal(t, x.want, w.State(c.ID), "%v %v", x.words, x.said)
		}
	})
}

// Every negative end leaves the household monitored and takes the notice down; a
// statement of the household is kept, and only the township comes back to it.
func TestEliminationEndsNegative(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for event, at := range map[string]procedure.State{"verify_fail": "home_verification", "dissent": "household_confirm", "review_reject": "democratic_review",
			"county_reject": "county_review", "withdraw": "democratic_review", "cancel": "approved"} {
			c := w.Reach("risk_elimination", at)
			w.Do(c.ID, event)
			require.NotNil(t, w.Case(c.ID).ClosedAt, event)
			require.Equal(t, procedure.State("monitored"), householdOf(w, c).Status, event)
			require.Empty(t, w.Windows(c.ID))
			_, err := w.TryOpen(w.Key(), "risk_elimination", householdOf(w, c), w.Actor(procedure.VillageSecretary))
			if event == "dissent" {
				w.Refused(err, procedure.Invalid, "renominate_later")
				continue
			}
			require.NoError(t, err, event)
		}
		c := w.Reach("risk_elimination", "village_notice")
		w.Do(c.ID, "cancel")
		require.Equal(t, procedure.State("withdrawn"), w.Last(c.ID, "village_notice").State)
	})
}

// An objection that is upheld sends the case back to the home; the second time the
// review cannot pass any more.
func TestEliminationObjectedTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("risk_elimination", "village_notice")
		for range 2 {
			w.Bring(c.ID, "village_notice")
			w.Do(c.ID, "notice_upheld")
			require.Equal(t, procedure.State("home_verification"), w.State(c.ID))
		}
		w.Bring(c.ID, "democratic_review")
		_, err := w.Try(c.ID, "review_pass", w.Actor(procedure.VillageSecretary))
		w.Refused(err, procedure.Invalid, "twice_upheld")
		w.Do(c.ID, "review_reject")
	})
}

// Nobody is eliminated twice at once, nor without being monitored; and no clock moves
// an elimination.
func TestEliminationOnlyOfTheMonitored(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		_, err := w.TryOpen(w.Key(), "risk_elimination", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageSecretary))
		w.Refused(err, procedure.Invalid, "not_monitored")
		c := w.Reach("risk_elimination", "county_review")
		_, err = w.TryOpen(w.Key(), "risk_elimination", householdOf(w, c), w.Actor(procedure.VillageSecretary))
		w.Refused(err, procedure.Invalid, "not_monitored")
		w.Advance(60)
		require.Equal(t, procedure.State("county_review"), w.State(c.ID))
		var rungs int64
		require.NoError(t, w.Store.DB.Model(&models.ClockRung{}).Where("case_id = ? AND action = ?", c.ID, policy.ActionReport).Count(&rungs).Error)
		require.Positive(t, rungs, "it climbs to 通报 instead")
	})
}

// A later identification is a new episode and calls the look-backs of the former one
// off; a revoked one is marked.
func TestIdentifiedAgainIsANewEpisode(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("risk_elimination", "eliminated")
		h := householdOf(w, c)
		ident := w.Open("identification", h, w.Actor(procedure.VillageCadre))
		require.Equal(t, "again", ident.Facts.Text("identification_kind"))
		require.Equal(t, procedure.State("scheduled"), w.Windows(c.ID)[3].State, "not before it is decided")
		w.Bring(ident.ID, "registered")
		for _, x := range w.Windows(c.ID) {
			require.Equal(t, procedure.State("cancelled"), x.State)
		}
		list := episodes(w, h.ID)
		require.Len(t, list, 2)
		require.NotNil(t, list[0].ClosedAt)
		require.Nil(t, list[1].ClosedAt)
		w.Do(ident.ID, "revoke")
		list = episodes(w, h.ID)
		require.Nil(t, list[0].RevokedAt)
		require.NotNil(t, list[1].RevokedAt)
		first := w.Open("identification", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre))
		require.Equal(t, "first", first.Facts.Text("identification_kind"))
	})
}
