package activities_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// A life, in simulated time with every clock running: clue, identified, helped and
// visited for months, eliminated, looked back on twice, found unstable, rolled back,
// helped again, eliminated, four stable look-backs, observation done.
func TestALife(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		clue := w.Open("risk_clue", h, w.Actor(procedure.VillageCadre))
		w.Bring(clue.ID, "risk_confirmed")
		ident := w.Last(clue.ID, "identification")
		w.Bring(ident.ID, "registered")
		w.Compare(ident.ID)
		w.Help(h.ID)
		visited := months(w, h, 6)
		require.GreaterOrEqual(t, visited, 6)

		first := eliminate(w, h)
		lookBack(w, first, 0, "report_stable")
		lookBack(w, first, 1, "report_unstable")
		w.RollBack(h.ID)
		require.Equal(t, []procedure.State{"stable", "unstable", "cancelled", "cancelled"}, looked(w, first))
		w.Help(h.ID)
		require.GreaterOrEqual(t, months(w, h, 3), 3)

		second := eliminate(w, h)
		for i := range 4 {
			require.Equal(t, procedure.State("observing"), householdOf(w, clue).Status)
			lookBack(w, second, i, "report_stable")
		}
		require.Equal(t, procedure.State("stable"), householdOf(w, clue).Status)
		list := episodes(w, h.ID)
		require.Len(t, list, 1, "one episode all along")
		require.NotNil(t, list[0].RolledBackAt)
		require.Equal(t, second, list[0].EliminationID)
		var events []string
		require.NoError(t, w.Store.DB.Model(&models.CaseEvent{}).Where("case_id = ? AND kind = ?", w.Status(h.ID).ID, "event").Order("seq").Pluck("event", &events).Error)
		require.Equal(t, []string{"case_opened", "admitted", "elimination_started", "eliminated", "rolled_back", "elimination_started", "eliminated", "observation_done"}, events)
		require.Greater(t, w.Now().Sub(testkit.Start).Hours(), 20.0*30*24, "the better part of two years")

		var open []string
		require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("household_id = ? AND closed_at IS NULL AND procedure NOT IN ?", h.ID, []string{"household_status", "visit_task"}).Pluck("procedure", &open).Error)
		require.Empty(t, open, "nothing is left over")
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// months lets so many months pass, day by day, and has each visit done by its visitor
// when it is due. It returns how many there were.
func months(w *testkit.World, h *models.Household, n int) int {
	w.T.Helper()
	done, until := 0, w.Now().AddDate(0, n, 0)
	for w.Now().Before(until) {
		w.MakeDuties()
		w.Advance(5)
		for _, id := range casesOf(w, h.ID, "visit_task") {
			if w.State(id) == "due" {
				w.Do(id, "record_home")
				done++
			}
		}
	}
	return done
}

func eliminate(w *testkit.World, h *models.Household) string {
	w.T.Helper()
	c := w.Open("risk_elimination", h, w.Actor(procedure.VillageSecretary), answers{"method": "assisted"})
	w.Bring(c.ID, "eliminated")
	return c.ID
}

// lookBack waits until a look-back has opened by its clock and reports it.
func lookBack(w *testkit.World, elimination string, no int, event string) {
	w.T.Helper()
	for range 20 {
		if c := w.Windows(elimination)[no]; slices.Contains([]procedure.State{"open", "overdue"}, c.State) {
			w.Do(c.ID, event)
			return
		}
		w.Advance(6)
	}
	require.Fail(w.T, "the look-back never opened")
}
