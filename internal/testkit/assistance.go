package testkit

import (
	"context"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// freshAssistance is a plan, a measure or a visit as it comes about: by the approval
// of an identification, by the start of a plan, and by the duties of a day.
func (w *World) freshAssistance(proc string) *models.Case {
	w.T.Helper()
	switch proc {
	case "assistance_plan":
		return w.Last(w.Reach("identification", "approved").ID, proc)
	case "measure":
		return w.Last(w.Reach("assistance_plan", "implementing").ID, proc)
	}
	h := w.NewHousehold(Village)
	w.SetBase(h, "out_of_poverty")
	return w.Visit(h, "out_of_poverty_month")
}

// SetBase makes a household 脱贫户 or 一般农户.
func (w *World) SetBase(h *models.Household, base string) {
	w.T.Helper()
	require.NoError(w.T, w.Store.DB.Model(h).Update("base_type", base).Error)
}

// SetStatus puts a household into a status past the engine.
func (w *World) SetStatus(household string, s procedure.State) {
	w.T.Helper()
	require.NoError(w.T, w.Store.DB.Model(&models.Household{}).Where("id = ?", household).Update("status", s).Error)
}

// Visit is the duty of a rule for a household in the present period, made if it is
// not there yet.
func (w *World) Visit(h *models.Household, rule string) *models.Case {
	w.T.Helper()
	w.MakeDuties()
	var c models.Case
	err := w.Store.DB.Joins("JOIN visit_duties ON visit_duties.case_id = cases.id").
		Where("visit_duties.household_id = ? AND visit_duties.duty = ?", h.ID, rule).Order("cases.id DESC").Take(&c).Error
	require.NoError(w.T, err, rule)
	return &c
}

// MakeDuties makes the duties of today and returns how many there were.
func (w *World) MakeDuties() int {
	w.T.Helper()
	made, cursor := 0, ""
	for {
		g, err := w.Engine.GenerateDuties(context.Background(), policy.DateOf(w.Now()), cursor, 100)
		require.NoError(w.T, err)
		made, cursor = made+g.Duties, g.Cursor
		if cursor == "" {
			return made
		}
	}
}

// settleMeasures brings every open measure of a plan to an end, verified or cancelled.
func (w *World) settleMeasures(plan string, end procedure.State) {
	w.T.Helper()
	for _, m := range w.Children(plan, "measure") {
		if m.ClosedAt != nil {
			continue
		}
		for _, event := range route(w.Definition(&m), m.State, end) {
			w.Do(m.ID, event)
		}
	}
}

// refuseAdmission ends the identification a plan belongs to without an admission.
func (w *World) refuseAdmission(plan *models.Case) {
	w.T.Helper()
	if ident := w.Case(plan.ParentID); ident.ClosedAt == nil {
		w.Do(ident.ID, "cancel_approved")
	}
}

// after lets time pass until a clock of a case is over, unless it is already.
func (w *World) after(c *models.Case, clock string) {
	w.T.Helper()
	var row models.ClockRow
	require.NoError(w.T, w.Store.DB.Where("case_id = ? AND code = ? AND stopped_at IS NULL", c.ID, clock).Take(&row).Error)
	at := row.DueAt
	if at.Before(w.Now()) {
		at = w.Now()
	}
	w.Skip(c.ID, at)
}
