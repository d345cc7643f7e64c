package activities_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	maps.Copy(guardTests, map[string]func(a *asked){
		procedure.GuardMemberForm:     memberFormGuard,
		procedure.GuardTransfer:       func(a *asked) { transferGuard(a, "not_a_transfer", "is") },
		procedure.GuardNotTransfer:    func(a *asked) { transferGuard(a, "counterpart_first", "not") },
		procedure.GuardHouseholdClear: householdClearGuard,
		procedure.GuardHouseholdEmpty: householdEmptyGuard,
		procedure.GuardClueMerges:     clueMergesGuard,
	})
}

func newborn(more answers) answers {
	row := answers{"name": "田小山", "relation": "长子", "id_no": idNumber("5101012026080100", 1), "sex": "男", "birth_date": "2026-08-01", "health": "健康"}
	maps.Copy(row, more)
	return row
}

// idNumber completes sixteen digits and a sequence digit to an identity number.
func idNumber(sixteen string, odd int) string {
	for _, check := range "0123456789X" {
		number := sixteen + string(rune('0'+odd)) + string(check)
		if _, err := policy.ParseID(number); err == nil {
			return number
		}
	}
	return ""
}

func increase(rows ...any) answers {
	return answers{"kind": "increase", "changed_on": "2026-09-01", "in_reason": "birth", "new_members": rows,
		"out_reason": nil, "leaving": nil, "new_head": nil}
}

func leaves(kind string, more answers, ids ...string) answers {
	rows := make([]any, len(ids))
	for i, id := range ids {
		rows[i] = answers{"person_id": id, "new_relation": "女儿"}
	}
	out := answers{"kind": kind, "changed_on": "2026-09-01", "out_reason": "other", "leaving": rows, "new_head": ""}
	maps.Copy(out, more)
	return out
}

func memberFormGuard(a *asked) {
	c := a.Fresh("member_change")
	who := a.Actor(procedure.VillageCadre)
	ask := func(form answers) []string { return a.codes(c, "resubmit", who, form) }
	people := a.Setting(c).People
	other := a.NewHousehold(testkit.Village2)

	require.Empty(a.t, ask(increase(newborn(nil))))
	require.Empty(a.t, ask(increase(newborn(answers{"id_no": ""}))), "not registered yet")
	wrong := []byte(idNumber("5101012026080100", 1))
	wrong[17] = "0123456789X"[(int(wrong[17]-'0')+1)%10]
	for code, row := range map[string]answers{
		"id_invalid": {"id_no": string(wrong)}, "birth_mismatch": {"birth_date": "2026-08-02"}, "sex_mismatch": {"sex": "女"}, "second_head": {"relation": "户主"},
	} {
		require.Equal(a.t, []string{code}, ask(increase(newborn(row))))
	}
	require.Equal(a.t, []string{"id_duplicate"}, ask(increase(newborn(nil), newborn(nil))), "twins have two numbers")
	index := a.Store.Vault.Index(idNumber("5101012026080100", 1))
	elsewhere := a.Store.DB.Model(&models.Person{}).Where("household_id = ? AND ord = 3", other.ID)
	require.NoError(a.t, elsewhere.Update("id_index", index).Error)
	require.Equal(a.t, []string{"id_duplicate"}, ask(increase(newborn(nil))), "somebody has it")
	require.NoError(a.t, elsewhere.Update("left_at", a.Now()).Error)
	require.Empty(a.t, ask(increase(newborn(nil))), "who has left may come back")

	require.Empty(a.t, ask(leaves("decrease", nil, people[3])))
	require.Equal(a.t, []string{"not_a_member"}, ask(leaves("decrease", nil, "nobody")))
	require.Equal(a.t, []string{"not_a_member"}, ask(leaves("decrease", nil, people[3], people[3])), "twice")
	require.Equal(a.t, []string{"new_head_required"}, ask(leaves("decrease", nil, people[0])))
	require.Empty(a.t, ask(leaves("decrease", answers{"new_head": people[1]}, people[0])))
	require.Equal(a.t, []string{"new_head_wrong"}, ask(leaves("decrease", answers{"new_head": people[1]}, people[0], people[1])), "leaves too")
	require.Equal(a.t, []string{"new_head_wrong"}, ask(leaves("decrease", answers{"new_head": people[1]}, people[3])), "the head stays")
	require.Empty(a.t, ask(leaves("decrease", nil, people...)), "the whole family")

	require.Empty(a.t, ask(leaves("transfer", answers{"target_no": other.No}, people[3])))
	require.Equal(a.t, []string{"target_unknown"}, ask(leaves("transfer", answers{"target_no": "9"}, people[3])))
	own := a.household(c)
	require.Equal(a.t, []string{"target_unknown"}, ask(leaves("transfer", answers{"target_no": own.No}, people[3])))
	nameless := leaves("transfer", answers{"target_no": other.No}, people[3])
	nameless["leaving"] = []any{answers{"person_id": people[3], "new_relation": ""}}
	require.Equal(a.t, []string{"required"}, ask(nameless))
}

func (a *asked) household(c *models.Case) *models.Household {
	a.t.Helper()
	var h models.Household
	require.NoError(a.t, a.Store.DB.Where("id = ?", c.HouseholdID).Take(&h).Error)
	return &h
}

func transferGuard(a *asked, code, which string) {
	change := a.Reach("member_change", "village_confirmed")
	moved := a.Reach("member_change", "counterpart_pending")
	if which == "not" {
		change, moved = moved, change
	}
	a.holds(moved, "ask_counterpart", a.Actor(procedure.VillageCadre), nil)
	a.fails(code, change, "ask_counterpart", a.Actor(procedure.VillageCadre), nil)
}

func householdClearGuard(a *asked) {
	some := a.Reach("member_change", "approved")
	a.Open("risk_clue", a.household(some), a.Actor(procedure.VillageCadre))
	a.holds(some, "enter", a.Actor(procedure.DataEntry), nil)
	all, _ := wholeFamily(a.World)
	a.holds(all, "enter", a.Actor(procedure.DataEntry), nil)
	clue := a.Open("risk_clue", a.household(all), a.Actor(procedure.VillageCadre))
	a.fails("cases_open", all, "enter", a.Actor(procedure.DataEntry), nil)
	a.Do(clue.ID, "register_locally")
	a.Do(clue.ID, "close_no_risk")
	a.holds(all, "enter", a.Actor(procedure.DataEntry), nil)
}

func householdEmptyGuard(a *asked) {
	c := a.Fresh("member_change")
	a.fails("members_left", c, "enter", a.Actor(procedure.DataEntry), nil)
	require.NoError(a.t, a.Store.DB.Model(&models.Person{}).Where("household_id = ?", c.HouseholdID).Update("left_at", a.Now()).Error)
	a.holds(c, "enter", a.Actor(procedure.DataEntry), nil)
}

func clueMergesGuard(a *asked) {
	h, cadre := a.NewHousehold(testkit.Village), a.Actor(procedure.VillageCadre)
	first := a.Open("risk_clue", h, cadre)
	a.fails("no_open_identification", first, "merge", cadre, nil)
	a.Hold = true
	second := a.Open("risk_clue", h, cadre)
	a.holds(second, "merge", cadre, nil)
	a.Do(first.ID, "register_locally")
	a.Do(first.ID, "close_no_risk")
	a.fails("no_open_identification", second, "merge", cadre, nil)
	a.Open("identification", h, cadre)
	a.holds(second, "merge", cadre, nil)
	a.Hold = false
}

// wholeFamily is an approved change by which nobody is left.
func wholeFamily(w *testkit.World) (*models.Case, *models.Household) {
	h := w.NewHousehold(testkit.Village)
	people := w.Setting(&models.Case{HouseholdID: h.ID, RegionCode: h.RegionCode}).People
	c := w.Open("member_change", h, w.Actor(procedure.VillageCadre), leaves("decrease", nil, people...))
	for _, event := range []string{"confirm", "send", "pass"} {
		w.Do(c.ID, event)
	}
	return w.Case(c.ID), h
}

func members(t *testing.T, w *testkit.World, household string) []models.Person {
	t.Helper()
	var out []models.Person
	require.NoError(t, w.Store.DB.Where("household_id = ? AND left_at IS NULL", household).Order("ord").Find(&out).Error)
	return out
}

func reload(t *testing.T, w *testkit.World, h *models.Household) *models.Household {
	t.Helper()
	var out models.Household
	require.NoError(t, w.Store.DB.Where("id = ?", h.ID).Take(&out).Error)
	return &out
}

func through(w *testkit.World, c *models.Case, events ...string) {
	for _, e := range events {
		w.Do(c.ID, e)
	}
}

// A child is born: the register has it once the change is entered, and not before.
func TestBirthIsEntered(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		c := w.Open("member_change", h, w.Actor(procedure.VillageCadre), increase(newborn(answers{"health": "患有大病"})))
		require.NotContains(t, string(c.Facts.Values["kind"])+string(c.Facts.Values["changed_on"]), "田小山")
		require.Len(t, c.Facts.Values, 2, "a birth leaves only its kind and day with the case: %v", c.Facts.Values)
		through(w, c, "confirm", "send")
		w.Fire(c.ID, "pass", w.Actor(procedure.TownshipOffice)) // one person is enough for an increase
		require.Len(t, members(t, w, h.ID), 4)
		w.Do(c.ID, "enter")
		people := members(t, w, h.ID)
		require.Len(t, people, 5)
		child := people[4]
		require.NotContains(t, child.Name, "田小山", "the name of a child is sealed")
		require.True(t, child.JoinedAt.Equal(time.Date(2026, 9, 1, 0, 0, 0, 0, policy.Shanghai)))
		secret, err := child.Secret(w.Store.Vault)
		require.NoError(t, err)
		require.Equal(t, []any{"田小山", false}, []any{child.Name, child.IsHead})
		require.Equal(t, []string{"长子", "男", "2026-08-01", "birth"}, []string{secret.Relation, secret.Sex, secret.BirthDate, secret.InReason})
		require.Equal(t, w.Store.Vault.Index(secret.IDNo), *child.IDIndex)
		require.Equal(t, 5, reload(t, w, h).Population)
		require.Greater(t, reload(t, w, h).RowVersion, h.RowVersion, "an import planned before it is stale")
		require.Equal(t, map[procedure.State]int{"new": 1}, clueStates(t, w, h.ID), "a serious illness is a risk of the household")
	})
}

// The head dies: another member takes over, and the dead person is nobody's member.
func TestHeadLeaves(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		people := members(t, w, h.ID)
		c := w.Open("member_change", h, w.Actor(procedure.VillageCadre), leaves("decrease", answers{"new_head": people[1].ID, "out_reason": "death"}, people[0].ID))
		through(w, c, "confirm", "send")
		_, err := w.Try(c.ID, "pass", w.Actor(procedure.TownshipOffice))
		w.Refused(err, procedure.Invalid, "signature_missing")
		through(w, c, "pass", "enter")
		now := reload(t, w, h)
		require.Equal(t, []any{"苗青", "miaoqing", "mq", 3, procedure.State("none")}, []any{now.HeadName, now.HeadPinyin, now.HeadAbbr, now.Population, now.Status})
		left := members(t, w, h.ID)
		require.Len(t, left, 3)
		require.True(t, left[0].IsHead)
		var dead models.Person
		require.NoError(t, w.Store.DB.Where("id = ?", people[0].ID).Take(&dead).Error)
		require.NotNil(t, dead.LeftAt)
		require.False(t, dead.IsHead)
		secret, err := dead.Secret(w.Store.Vault)
		require.NoError(t, err)
		require.Equal(t, "death", secret.OutReason)
		require.Empty(t, clueStates(t, w, h.ID))
	})
}

// A daughter marries into another village: its cadre agrees, both registers change in
// one transaction, and the change is entered once.
func TestTransferBetweenVillages(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		from, to := w.NewHousehold(testkit.Village), w.NewHousehold(testkit.Village3)
		daughter := members(t, w, from.ID)[3]
		c := w.Open("member_change", from, w.Actor(procedure.VillageCadre), leaves("transfer", answers{"target_no": to.No}, daughter.ID))
		require.Empty(t, c.OtherRegion, "the other village is asked once ours has confirmed")
		w.Do(c.ID, "confirm")
		require.Equal(t, procedure.State("counterpart_pending"), w.State(c.ID))
		require.Equal(t, testkit.Village3, w.Case(c.ID).OtherRegion)
		var task models.Task
		require.NoError(t, w.Store.DB.Where("case_id = ? AND closed_at IS NULL", c.ID).Take(&task).Error)
		require.Equal(t, "village_cadre@"+testkit.Village3, task.Queue)

		ours := w.Nth(procedure.VillageCadre, testkit.Village, 1)
		ours.Role, ours.As = procedure.Counterpart, procedure.VillageCadre
		_, err := w.Try(c.ID, "counterpart_ok", ours)
		w.Refused(err, procedure.Forbidden, "not_in_relation")
		w.Do(c.ID, "counterpart_no")
		require.Equal(t, procedure.State("returned"), w.State(c.ID))
		w.Fire(c.ID, "resubmit", w.Actor(procedure.VillageCadre), leaves("transfer", answers{"target_no": to.No}, daughter.ID))
		require.Empty(t, w.Case(c.ID).OtherRegion)
		through(w, c, "confirm", "counterpart_ok", "pass", "enter")

		require.Equal(t, []int{3, 5}, []int{reload(t, w, from).Population, reload(t, w, to).Population})
		require.Len(t, members(t, w, from.ID), 3)
		there := members(t, w, to.ID)
		require.Equal(t, daughter.ID, there[4].ID, "the same person")
		secret, err := there[4].Secret(w.Store.Vault)
		require.NoError(t, err)
		require.Equal(t, "女儿", secret.Relation)
		require.Empty(t, w.Case(c.ID).OtherRegion, "the other village has no more say")
		require.Empty(t, clueStates(t, w, to.ID))
	})
}

// Who comes with a serious illness is a risk of the household that takes him in.
func TestIllMemberArrives(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		from, to := w.NewHousehold(testkit.Village), w.NewHousehold(testkit.Village3)
		daughter := members(t, w, from.ID)[3]
		secret, err := daughter.Secret(w.Store.Vault)
		require.NoError(t, err)
		secret.Health = "患有大病"
		require.NoError(t, daughter.SetSecret(w.Store.Vault, secret))
		require.NoError(t, w.Store.DB.Save(&daughter).Error)
		c := w.Open("member_change", from, w.Actor(procedure.VillageCadre), leaves("transfer", answers{"target_no": to.No}, daughter.ID))
		through(w, c, "confirm", "counterpart_ok", "pass", "enter")
		require.Equal(t, map[procedure.State]int{"new": 1}, clueStates(t, w, to.ID))
		require.Empty(t, clueStates(t, w, from.ID))
	})
}

// The other village is reminded when it does not answer.
func TestSilentCounterpartIsReminded(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("member_change", "counterpart_pending")
		due := running(t, w, c.ID, "counterpart").DueAt
		require.Equal(t, policy.DateOf(w.Now()).AddDays(6).Start().UTC(), due.UTC(), "five full days")
		w.AdvanceTo(due.Add(24 * time.Hour))
		require.Equal(t, procedure.State("counterpart_pending"), w.State(c.ID), "silence is no consent")
		var told int64
		cadre := w.Nth(procedure.VillageCadre, testkit.Village2, 0)
		require.NoError(t, w.Store.DB.Model(&models.Message{}).Where("case_id = ? AND user_id = ?", c.ID, cadre.UserID).Count(&told).Error)
		require.Positive(t, told)
	})
}

// The last members leave: the household is struck off, once nothing is open about it.
func TestWholeFamilyIsStruckOff(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c, h := wholeFamily(w)
		clue := w.Open("risk_clue", h, w.Actor(procedure.VillageCadre))
		_, err := w.Try(c.ID, "enter", w.Actor(procedure.DataEntry))
		r := w.Refused(err, procedure.Invalid, "cases_open")
		require.Contains(t, r.Faults[0].Message, clue.No, "the list says which")
		require.Len(t, members(t, w, h.ID), 4, "nothing has happened")
		through(w, clue, "register_locally", "close_no_risk")
		w.Do(c.ID, "enter")
		gone := reload(t, w, h)
		require.Equal(t, []any{0, procedure.State("household_cancelled")}, []any{gone.Population, gone.Status})
		require.Equal(t, procedure.State("household_cancelled"), w.Status(h.ID).State)
		require.Equal(t, procedure.State("entered"), w.State(c.ID))
	})
}

// An observed household is struck off with its look-backs, which nobody but the system
// can end.
func TestObservedFamilyIsStruckOff(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		window := w.Fresh("lookback_window")
		h := reload(t, w, &models.Household{ID: window.HouseholdID})
		require.Equal(t, procedure.State("observing"), h.Status)
		c := w.Open("member_change", h, w.Actor(procedure.VillageCadre), leaves("decrease", nil, w.Setting(window).People...))
		through(w, c, "confirm", "send", "pass")
		_, err := w.Try(c.ID, "enter", w.Actor(procedure.DataEntry))
		for _, f := range w.Refused(err, procedure.Invalid, "cases_open").Faults {
			require.NotContains(t, f.Message, "季度回头看")
		}
		stopPlan(w, h.ID)
		w.Do(c.ID, "enter")
		require.Equal(t, procedure.State("household_cancelled"), reload(t, w, h).Status)
		require.Equal(t, procedure.State("cancelled"), w.State(window.ID))
		var open int64
		require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("household_id = ? AND closed_at IS NULL", h.ID).Count(&open).Error)
		require.Zero(t, open, "nothing is left to be done about it")
	})
}

// A register that lists fewer members than it counts keeps the difference.
func TestRegisterKeepsWhatItDoesNotList(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		require.NoError(t, w.Store.DB.Model(&models.Household{}).Where("id = ?", h.ID).Update("population", 6).Error)
		c := w.Open("member_change", h, w.Actor(procedure.VillageCadre), leaves("decrease", nil, members(t, w, h.ID)[3].ID))
		through(w, c, "confirm", "send", "pass", "enter")
		require.Equal(t, 5, reload(t, w, h).Population, "a register that lists four of six loses one")
	})
}

// stopPlan has the people end what the system does not: the plan of a household, its
// measures, and the duties to visit it.
func stopPlan(w *testkit.World, household string) {
	end := map[string]string{"measure": "cancel", "assistance_plan": "stop", "visit_task": "excuse"}
	for _, proc := range []string{"measure", "assistance_plan", "visit_task"} {
		var open []models.Case
		require.NoError(w.T, w.Store.DB.Where("household_id = ? AND procedure = ? AND closed_at IS NULL", household, proc).Order("id").Find(&open).Error)
		for i := range open {
			more := answers{}
			if proc == "assistance_plan" {
				more["cause"] = "household_gone"
			}
			w.Fire(open[i].ID, end[proc], w.Actor(procedure.TownshipOffice), more)
		}
	}
}
