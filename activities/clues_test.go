package activities_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// clueStates counts the clues of a household by state.
func clueStates(t *testing.T, w *testkit.World, household string) map[procedure.State]int {
	t.Helper()
	var cases []models.Case
	require.NoError(t, w.Store.DB.Where("household_id = ? AND procedure = ?", household, "risk_clue").Find(&cases).Error)
	out := map[procedure.State]int{}
	for _, c := range cases {
		out[c.State]++
	}
	return out
}

// Clues posted at the same moment end as one open and the others merged into it
// (section 6 #18).
func TestCluesPostedAtOnceEndAsOne(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, many := range []int{2, 5} {
			h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
			w.Hold = true
			var wg sync.WaitGroup
			errs := make([]error, many)
			for i := range errs {
				wg.Go(func() { _, errs[i] = w.TryOpen(w.Key(), "risk_clue", h, cadre) })
			}
			wg.Wait()
			for _, err := range errs {
				require.NoError(t, err, "none is lost")
			}
			require.Equal(t, map[procedure.State]int{"new": many}, clueStates(t, w, h.ID))
			w.Hold = false
			w.Deliver()
			require.Equal(t, map[procedure.State]int{"new": 1, "merged": many - 1}, clueStates(t, w, h.ID))
			var open models.Case
			require.NoError(t, w.Store.DB.Where("household_id = ? AND procedure = ? AND closed_at IS NULL", h.ID, "risk_clue").Take(&open).Error)
			var merged []models.Case
			require.NoError(t, w.Store.DB.Where("household_id = ? AND state = ?", h.ID, "merged").Find(&merged).Error)
			for _, c := range merged {
				require.Equal(t, open.ID, c.Facts.Text("merge_into"), "each says into which")
			}
		}
	})
}

// The day is that of the county: a minute before midnight and a minute after are two.
func TestCluesOfTwoDaysStayApart(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		midnight := policy.DateOf(w.Now()).AddDays(1).Start()
		w.SetNow(midnight.Add(-time.Minute))
		w.Open("risk_clue", h, cadre)
		require.Equal(t, procedure.State("merged"), w.Open("risk_clue", h, cadre).State)
		w.SetNow(midnight)
		require.Equal(t, procedure.State("new"), w.Open("risk_clue", h, cadre).State)
		require.Equal(t, procedure.State("new"), w.Open("risk_clue", w.NewHousehold(testkit.Village), cadre).State)
	})
}

// A clue whose earlier one has ended before the message arrives is not lost in it.
func TestClueIsNotMergedIntoAnEndedOne(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		first := w.Open("risk_clue", h, cadre)
		w.Do(first.ID, "register_locally")
		w.Hold = true
		second := w.Open("risk_clue", h, cadre)
		w.Do(first.ID, "close_no_risk")
		w.Hold = false
		w.Deliver()
		require.Equal(t, procedure.State("new"), w.State(second.ID))
	})
}

// What an import finds opens one clue of its own, with the moment and the reason.
func TestClueFoundInLedger(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, x := range []struct{ reason, channel string }{{"新增低保", "dibao_or_housing"}, {"住房等级变为D级危房", "dibao_or_housing"}, {"家庭成员患有大病", "big_data"}} {
			h := w.NewHousehold(testkit.Village)
			find := func() {
				require.NoError(t, w.Store.Tx(t.Context(), func(tx *gorm.DB) error { return w.Engine.FoundInLedger(t.Context(), tx, h.ID, []string{x.reason}) }))
				w.Deliver()
			}
			find()
			find()
			require.Equal(t, map[procedure.State]int{"new": 1, "merged": 1}, clueStates(t, w, h.ID), "found again on the same day it is one")
			var c models.Case
			require.NoError(t, w.Store.DB.Where("household_id = ? AND state = ?", h.ID, "new").Take(&c).Error)
			require.Equal(t, []string{x.channel, w.Now().In(policy.Shanghai).Format(time.RFC3339)}, []string{c.Facts.Text("channel"), c.Facts.Text("found_at")})
			var ev models.CaseEvent
			require.NoError(t, w.Store.DB.Where("case_id = ? AND kind = ?", c.ID, "open").Take(&ev).Error)
			require.Equal(t, procedure.System, ev.ActorRole)
			form, err := w.Engine.Payload(&ev)
			require.NoError(t, err)
			require.Equal(t, x.reason, form["content"])
			w.Do(c.ID, "dispatch") // and it goes its way
			w.Do(c.ID, "accept")
		}
	})
}
