package testkit

import (
	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/procedure"
)

// freshMembers opens a case of member change, data issue, medical re-assistance or of
// the regime before 2021, about a household that such a case may be about.
func (w *World) freshMembers(proc string) *models.Case {
	w.T.Helper()
	h := w.NewHousehold(Village)
	who := w.Actor(procedure.VillageCadre)
	switch proc {
	case "data_issue":
		w.change(h, "population", 5)
		who = w.Actor(procedure.TownshipOffice)
	case "return_to_poverty":
		w.change(h, "base_type", "out_of_poverty")
	case "medical_reassistance":
		w.setOnce("disposable_income_fen", 2000000)
	}
	return w.Open(proc, h, who)
}

// change writes a column of a household as the register had it from the start.
func (w *World) change(h *models.Household, column string, value any) {
	w.T.Helper()
	require.NoError(w.T, w.Store.DB.Model(&models.Household{}).Where("id = ?", h.ID).Update(column, value).Error)
	require.NoError(w.T, w.Store.DB.Where("id = ?", h.ID).Take(h).Error)
}

// setOnce sets a value for the county unless it has one.
func (w *World) setOnce(key string, value any) {
	w.T.Helper()
	var n int64
	require.NoError(w.T, w.Store.DB.Model(&models.PolicyRow{}).Where("key = ?", key).Count(&n).Error)
	if n == 0 {
		w.SetPolicy(key, County, value)
	}
}

// AsTransfer reports a change again as a transfer to another household and has the
// village confirm it.
func (w *World) AsTransfer(c *models.Case, to *models.Household) {
	w.T.Helper()
	w.Do(c.ID, "send")
	w.Do(c.ID, "return")
	people := w.Setting(c).People
	w.Fire(c.ID, "resubmit", w.Actor(procedure.VillageCadre), map[string]any{"kind": procedure.MemberTransfer, "target_no": to.No,
		"leaving": []any{map[string]any{"person_id": people[len(people)-1], "new_relation": "儿媳"}}})
	w.Do(c.ID, "confirm")
}

// counterpart is a cadre of the village that a member goes to.
func (w *World) counterpart(c *models.Case) activities.Actor {
	w.T.Helper()
	village := c.OtherRegion
	if village == "" {
		village = Village2
	}
	a := w.Nth(procedure.VillageCadre, village, 0)
	a.Role, a.As = procedure.Counterpart, procedure.VillageCadre
	return a
}

// clearQueue has the departments send back the households reported before this one.
func (w *World) clearQueue(c *models.Case) {
	w.T.Helper()
	var waiting []models.Case
	require.NoError(w.T, w.Store.DB.Where("procedure = ? AND state = ? AND id <> ? AND step_seq > 0", c.Procedure, c.State, c.ID).Order("updated_at, id").Find(&waiting).Error)
	for i := range waiting {
		o := &waiting[i]
		if sent := o.Facts.At["send"]; o.Dept == "" || !sent.Before(c.Facts.At["send"]) {
			continue
		}
		w.Fire(o.ID, "dept_fail", w.In(o, procedure.CountyDept), map[string]any{"item": o.Dept})
	}
}
