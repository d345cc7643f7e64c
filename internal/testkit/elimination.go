package testkit

import (
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// nominated is a household that is monitored and has just been nominated for
// elimination.
func (w *World) nominated() *models.Case {
	w.T.Helper()
	h := w.household(w.Reach("identification", "registered"))
	return w.Open("risk_elimination", h, w.Actor(procedure.VillageSecretary))
}

// Bring takes a case on to a state by the shortest way of its definition.
func (w *World) Bring(caseID string, state procedure.State) *models.Case {
	w.T.Helper()
	c := w.Case(caseID)
	for _, event := range route(w.Definition(c), c.State, state) {
		w.Do(c.ID, event)
	}
	c = w.Case(caseID)
	require.Equal(w.T, state, c.State)
	return c
}

// Windows are the look-backs after an elimination, in the order of their numbers.
func (w *World) Windows(elimination string) []models.Case {
	return w.Children(elimination, "lookback_window")
}

// until is the moment at which the present clock of a case is due.
func (w *World) until(c *models.Case) time.Time {
	w.T.Helper()
	var clock models.ClockRow
	require.NoError(w.T, w.Store.DB.Where("case_id = ? AND stopped_at IS NULL", c.ID).Order("due_at").Take(&clock).Error)
	return clock.DueAt
}

// LookBack opens a scheduled look-back when its time has come and reports it.
func (w *World) LookBack(c *models.Case, event string) {
	w.T.Helper()
	if from, err := policy.ParseDate(c.Facts.Text("starts_on")); err == nil && w.Now().Before(from.Start()) {
		w.SetNow(from.Start().Add(9 * time.Hour))
	}
	w.Wake(c.ID)
	w.Do(c.ID, event)
}

// RollBack has the elimination of a household rolled back, by its open rollback if
// there is one.
func (w *World) RollBack(household string) {
	w.T.Helper()
	var c models.Case
	err := w.Store.DB.Where("household_id = ? AND procedure = ? AND closed_at IS NULL", household, "rollback").Take(&c).Error
	if models.Missing(err) {
		c = *w.Open("rollback", w.household(&models.Case{HouseholdID: household}), w.Actor(procedure.VillageCadre))
	}
	w.Bring(c.ID, "rolled_back")
}

// observed gives the household of a status its stable look-backs: it is identified,
// its risk eliminated and looked back on, and then its status led where it was.
func (w *World) observed(status *models.Case) {
	w.T.Helper()
	defer func(before bool) { w.Hold = before }(w.Hold)
	w.Hold = false
	h := w.household(status)
	ident := w.Bring(w.Open("identification", h, w.Actor(procedure.VillageCadre)).ID, "registered")
	w.Compare(ident.ID)
	w.Help(h.ID)
	c := w.Bring(w.Open("risk_elimination", h, w.Actor(procedure.VillageSecretary)).ID, "eliminated")
	for _, x := range w.Windows(c.ID) {
		w.LookBack(&x, "report_stable")
	}
	require.Equal(w.T, procedure.State("stable"), w.State(status.ID))
	for _, event := range []string{"case_opened", "admitted", "elimination_started", "eliminated"} {
		w.Do(status.ID, event)
	}
}

// Help has the plan of a household carried out and evaluated.
func (w *World) Help(household string) {
	w.T.Helper()
	var plan models.Case
	require.NoError(w.T, w.Store.DB.Where("household_id = ? AND procedure = ? AND closed_at IS NULL", household, "assistance_plan").Take(&plan).Error)
	w.Bring(plan.ID, "evaluated")
}
