package activities_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/register"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	maps.Copy(guardTests, map[string]func(a *asked){
		procedure.GuardRuleFinds:   ruleFindsGuard,
		procedure.GuardRuleClean:   ruleCleanGuard,
		procedure.GuardDataOwner:   dataOwnerGuard,
		procedure.GuardCorrections: correctionsGuard,
	})
}

func ruleFindsGuard(a *asked) {
	c := a.Fresh("data_issue")
	office := a.Actor(procedure.TownshipOffice)
	people := a.Setting(c).People
	form := func(more answers) answers {
		out := answers{"source": "own_rule", "rule": "population_mismatch", "person_id": ""}
		maps.Copy(out, more)
		return out
	}
	a.holds(c, "assign", office, form(nil))
	a.fails("rule_clean", c, "assign", office, form(answers{"rule": "head_count"}))
	a.holds(c, "assign", office, form(answers{"rule": "head_count", "source": "list_above"}))
	a.holds(c, "assign", office, form(answers{"rule": "listed", "source": "list_above"}))
	a.fails("rule_by_run", c, "assign", office, form(answers{"rule": "collector_missing"}))
	a.holds(c, "assign", office, form(answers{"rule": "collector_missing", "source": "list_above"}))
	a.holds(c, "assign", office, form(answers{"rule": "disabled_without_certificate", "source": "list_above"}))
	a.fails("rule_clean", c, "assign", office, form(answers{"rule": "disabled_without_certificate"}))
	a.fails("rule_needs_list", c, "assign", office, form(answers{"rule": "listed"}))
	a.holds(c, "assign", office, form(answers{"rule": "relation_missing", "person_id": people[1]}))
	a.fails("rule_clean", c, "assign", office, form(answers{"rule": "relation_missing", "person_id": people[0]}))
	a.fails("not_a_member", c, "assign", office, form(answers{"person_id": "nobody"}))
}

func ruleCleanGuard(a *asked) {
	leader := a.Actor(procedure.LinkedLeader)
	a.holds(a.Reach("data_issue", "corrected"), "verify", leader, nil)
	a.holds(a.Reach("data_issue", "explained"), "verify", leader, nil)
	c := a.Reach("data_issue", "corrected")
	set := a.Store.DB.Model(&models.Household{}).Where("id = ?", c.HouseholdID)
	require.NoError(a.t, set.Update("population", 6).Error)
	a.fails("rule_still_finds", c, "verify", leader, nil)
}

func dataOwnerGuard(a *asked) {
	c := a.Fresh("data_issue")
	office := a.Actor(procedure.TownshipOffice)
	ask := func(cause, owner, due string) []string {
		return a.codes(c, "assign", office, answers{"cause": cause, "owner": owner, "due_on": due})
	}
	today := policy.DateOf(a.Now())
	clerk, cadre := a.Actor(procedure.DataEntry).UserID, a.Actor(procedure.VillageCadre).UserID
	require.Empty(a.t, ask("typing", clerk, today.String()))
	require.Empty(a.t, ask("content", cadre, today.String()))
	require.Equal(a.t, []string{"due_in_past"}, ask("content", cadre, today.AddDays(-1).String()))
	require.Equal(a.t, []string{"wrong_owner"}, ask("typing", cadre, today.String()))
	require.Equal(a.t, []string{"wrong_owner"}, ask("content", clerk, today.String()))
	require.Equal(a.t, []string{"wrong_owner"}, ask("content", a.Nth(procedure.VillageCadre, testkit.Village2, 0).UserID, today.String()))
	require.Equal(a.t, []string{"wrong_owner"}, ask("content", a.Actor(procedure.Auditor).UserID, today.String()))
	require.Empty(a.t, ask("content", a.Paired(procedure.AssistancePerson, c.HouseholdID).UserID, today.String()))
	require.Equal(a.t, []string{"wrong_owner"}, ask("content", a.Paired(procedure.AssistancePerson, a.NewHousehold(testkit.Village).ID).UserID, today.String()))
}

func correctionsGuard(a *asked) {
	c := a.Reach("data_issue", "checking")
	people := a.Setting(c).People
	who := a.Actor(procedure.VillageCadre)
	ask := func(item, person, old, now string) []string {
		return a.codes(c, "correct", who, answers{"corrections": []any{answers{"item": item, "person_id": person, "old": old, "new": now}}})
	}
	require.Empty(a.t, ask("population", "", "5", "4"))
	require.Equal(a.t, []string{"old_value_differs"}, ask("population", "", "4", "4"))
	for _, wrong := range []string{"0", "31", "四", ""} {
		require.Equal(a.t, []string{"new_value_wrong"}, ask("population", "", "5", wrong))
	}
	require.Equal(a.t, []string{"not_a_member"}, ask("population", people[0], "5", "4"))
	require.Equal(a.t, []string{"not_a_member"}, ask("name", "", "田禾", "田和"))
	require.Equal(a.t, []string{"not_a_member"}, ask("phone", "nobody", "", "13900001111"))
	require.Empty(a.t, ask("name", people[0], "田禾", "田和"))
	require.Equal(a.t, []string{"new_value_wrong"}, ask("name", people[0], "田禾", " "))
	require.Empty(a.t, ask("relation", people[1], "", "配偶"))
	require.Empty(a.t, ask("phone", "", "", "13900001111"))
	require.Empty(a.t, ask("phone", people[1], "", "13900001111"))
	require.Equal(a.t, []string{"new_value_wrong"}, ask("phone", "", "", "0999"))
	require.Empty(a.t, ask("head", people[0], "是", "否"))
	require.Equal(a.t, []string{"new_value_wrong"}, ask("head", people[0], "是", "不"))
	require.Empty(a.t, ask("house_grade", "", "A", "D"))
	require.Equal(a.t, []string{"new_value_wrong"}, ask("house_grade", "", "A", "E"))
	require.Equal(a.t, []string{"new_value_wrong"}, ask("birth_date", people[0], "", "2026-13-01"))
	require.Empty(a.t, ask("id_no", people[3], "", idNumber("5101012016080100", 1)))
	require.Equal(a.t, []string{"new_value_wrong"}, ask("id_no", people[3], "", "1"))
	taken := a.Store.DB.Model(&models.Person{}).Where("id = ?", people[2])
	require.NoError(a.t, taken.Update("id_index", a.Store.Vault.Index(idNumber("5101012016080100", 1))).Error)
	require.Equal(a.t, []string{"new_value_wrong"}, ask("id_no", people[3], "", idNumber("5101012016080100", 1)))
	require.Empty(a.t, ask("other", "", "任何", "内容"))
	require.Empty(a.t, ask("house_area", "", "", "98.5平方米"))
	require.Equal(a.t, []string{"new_value_wrong"}, ask("house_area", "", "", "很大"))
	require.Equal(a.t, []string{"old_value_differs"}, ask("house_area", "", "90", "98.5"))
	require.Equal(a.t, []string{"not_a_member"}, ask("house_area", people[0], "", "98.5"))
	require.Empty(a.t, ask("resident_insured", people[0], "", "是"))
	require.Equal(a.t, []string{"not_a_member"}, ask("resident_insured", "", "", "是"))
	require.Empty(a.t, ask("work_started", people[0], "", "2026-03-01"))
	require.Equal(a.t, []string{"new_value_wrong"}, ask("income_wage", "", "", "30000")) // of no year
	require.Empty(a.t, ask("education", people[0], "", "初中"))
}

// Columns beyond the first are corrected like those; what is corrected is what the rules see.
func TestFurtherColumnsAreCorrected(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("data_issue", "checking")
		people := w.Setting(c).People
		h := reload(t, w, &models.Household{ID: c.HouseholdID})
		secret, err := h.Secret(w.Store.Vault)
		require.NoError(t, err)
		secret.IncomeOf(2025).Wage = new(int64(3_000_000))
		require.NoError(t, h.SetSecret(w.Store.Vault, secret))
		require.NoError(t, w.Store.DB.Save(h).Error)
		var rows []any
		for item, v := range map[string][3]string{"house_area": {"", "", "98.5平方米"}, "income_wage": {"", "30000.00", "36000"}, "low_income": {"", "", "低保户"},
			"resident_insured": {people[1], "", "是"}, "work_company": {people[0], "", "明河电子厂"}, "work_income": {people[0], "", "4500元"}, "school": {people[3], "", "七年级"}} {
			rows = append(rows, answers{"item": item, "person_id": v[0], "old": v[1], "new": v[2]})
		}
		w.Fire(c.ID, "correct", owner(w, c), answers{"corrections": rows})
		f, err := w.Engine.Family(w.Store.DB, c.HouseholdID, w.Now())
		require.NoError(t, err)
		require.Equal(t, []any{98.5, policy.ClassDibao, int64(3_600_000)}, []any{*f.House.Area, f.LowIncome, f.Years[0].Wage})
		require.True(t, *f.Members[1].ResidentInsured)
		require.Equal(t, []policy.WorkRecord{{Company: "明河电子厂", Income: 450_000}}, f.Members[0].Work)
		require.Equal(t, "七年级", f.Members[3].School)
	})
}

// The rules see the last episode with its risks, and the measures with those they answer.
func TestFamilyOfAMonitoredHousehold(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := monitored(w)
		family := func() policy.Family {
			f, err := w.Engine.Family(w.Store.DB, h.ID, w.Now())
			require.NoError(t, err)
			again, err := w.Engine.RunFamily(t.Context(), h)
			require.NoError(t, err)
			require.Equal(t, f, again, "a run sees what the check of an issue sees")
			return f
		}
		f := family()
		require.True(t, f.InForce())
		require.Equal(t, []any{"unstable", []string{"unstable_employment"}, "务工收入中断", policy.DateOf(w.Now())},
			[]any{f.Episode.Category, f.Episode.RiskTypes, f.Episode.OtherNote, f.Episode.Identified})
		missing, _ := policy.FindDataRule("measure_missing")
		later := policy.DataContext{Today: policy.DateOf(w.Now()).AddDays(40)}
		require.Len(t, missing.Find(&f, later), 1, "nothing is done about the risk")
		w.Help(h.ID)
		f = family()
		require.NotEmpty(t, f.Measures)
		for _, x := range f.Measures {
			require.True(t, x.Risk == "unstable_employment" && x.Delivered && x.Name != "", x)
		}
		require.Empty(t, missing.Find(&f, later))
		require.NotEmpty(t, f.Contact, "who is paired with the household")

		w.SetNow(w.Now().AddDate(0, 7, 0))
		c := w.Open("risk_elimination", h, w.Actor(procedure.ResidentLeader), answers{"method": "assisted"})
		w.Bring(c.ID, "village_notice")
		w.Do(c.ID, "notice_passed")
		w.Bring(c.ID, "eliminated")
		f = family()
		require.True(t, f.WasEliminated() && f.Episode.Checked, "the marking wants the indicators")
		require.Equal(t, []any{"natural", policy.DateOf(w.Now())}, []any{f.Episode.Method, f.Episode.Eliminated})

		fresh := w.NewHousehold(testkit.Village)
		f, err := w.Engine.Family(w.Store.DB, fresh.ID, w.Now())
		require.NoError(t, err)
		require.Nil(t, f.Episode)
		require.Empty(t, f.Measures)
	})
}

// Every value that the form lets one correct is kept somewhere, and every further column can be corrected.
func TestCorrectableValuesAreThoseOfTheRegister(t *testing.T) {
	t.Parallel()
	d, _ := procedure.Latest("data_issue")
	e, ok := d.Event("correct")
	require.True(t, ok)
	titles := map[string]string{}
	for _, o := range e.Form[0].Columns[0].Options {
		titles[o.Code] = o.Title
	}
	for _, c := range register.Columns {
		require.Equal(t, c.Title, titles[c.Code], c.Code)
	}
	delete(titles, "other")
	require.ElementsMatch(t, slices.Collect(maps.Keys(titles)), activities.Correctable())
}

// A wrong population: found by a rule, given to the collector, corrected in the
// register with both values kept, and closed after the rule was run again.
func TestDataIssueIsCorrected(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Fresh("data_issue")
		collector := w.Actor(procedure.VillageCadre)
		w.Fire(c.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"owner": collector.UserID, "due_on": policy.DateOf(w.Now()).AddDays(3).String()})
		stranger := w.Nth(procedure.VillageCadre, testkit.Village, 1)
		stranger.Role, stranger.As = procedure.Owner, procedure.VillageCadre
		_, err := w.Try(c.ID, "check", stranger)
		w.Refused(err, procedure.Forbidden, "not_in_relation")
		through(w, c, "check", "correct")
		h := reload(t, w, &models.Household{ID: c.HouseholdID})
		require.Equal(t, 4, h.Population)
		w.Fire(c.ID, "return", w.Actor(procedure.LinkedLeader))
		through(w, c, "check")
		w.Fire(c.ID, "correct", owner(w, c), answers{"corrections": []any{answers{"item": "phone", "person_id": "", "old": "", "new": "13900001111"}}})
		w.Do(c.ID, "verify")
		require.Equal(t, procedure.State("closed"), w.State(c.ID), "by the system")
		var ev models.CaseEvent
		require.NoError(t, w.Store.DB.Where("case_id = ? AND event = ?", c.ID, "correct").Order("seq").Take(&ev).Error)
		form, err := w.Engine.Payload(&ev)
		require.NoError(t, err)
		require.Equal(t, answers{"item": "population", "person_id": "", "old": "5", "new": "4"}, form["corrections"].([]any)[0], "old and new value are kept")
		secret, err := reload(t, w, h).Secret(w.Store.Vault)
		require.NoError(t, err)
		require.Equal(t, "13900001111", secret.Phone)
	})
}

func owner(w *testkit.World, c *models.Case) activities.Actor {
	d, _ := procedure.Latest("data_issue")
	e, _ := d.Event("correct")
	return w.Doer(w.Case(c.ID), e)
}

// A value that is as it is needs an explanation; without one and without a correction
// that satisfies the rule nothing is closed.
func TestDataIssueExplainedOrStillWrong(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("data_issue", "explained")
		w.Do(c.ID, "verify")
		require.Equal(t, procedure.State("closed"), w.State(c.ID))
		require.Equal(t, 5, reload(t, w, &models.Household{ID: c.HouseholdID}).Population, "nothing was changed")

		c = w.Reach("data_issue", "checking")
		w.Fire(c.ID, "correct", owner(w, c), answers{"corrections": []any{answers{"item": "population", "person_id": "", "old": "5", "new": "6"}}})
		_, err := w.Try(c.ID, "verify", w.Actor(procedure.LinkedLeader))
		r := w.Refused(err, procedure.Invalid, "rule_still_finds")
		require.Contains(t, r.Faults[0].Message, "家庭人口登记为6人，在册成员4人")
		w.Advance(30)
		require.Equal(t, procedure.State("corrected"), w.State(c.ID), "time closes nothing")
	})
}

// Every option of the form that has a rule is one of the rules, and the other way round.
func TestDataRulesAreThoseOfTheForm(t *testing.T) {
	t.Parallel()
	d, _ := procedure.Latest("data_issue")
	rules := d.Opening.Form[1].Options
	require.Equal(t, procedure.DataRuleListed, rules[len(rules)-1].Code)
	var want []procedure.Option
	for _, r := range policy.AllRules() {
		want = append(want, procedure.Option{Code: r.Code, Title: r.Title})
	}
	require.Equal(t, want, rules[:len(rules)-1])
}
