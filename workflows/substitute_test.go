package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/procedure"
)

// A leave leaves the timers alone: they ring when they would have, the substitute
// hears them while he stands in, acts in between, and the next step's clock starts.
func TestSubstituteKeepsTheTimers(t *testing.T) {
	m := newIdentification(t)
	away, hands := m.Actor(procedure.VillageCadre), m.Actor(procedure.GridMember)
	m.on("09-21 10:00", func() {
		var grant models.RoleGrant
		require.NoError(t, m.Store.DB.Where("user_id = ?", away.UserID).Take(&grant).Error)
		a := models.Absence{ID: models.NewID(), UserID: away.UserID, FromDay: "2026-09-23", UntilDay: "2026-09-23", Reason: "leave", EnteredBy: away.UserID, CreatedAt: m.Now()}
		require.NoError(t, m.Store.DB.Create(&a).Error)
		require.NoError(t, m.Store.DB.Create(&models.Substitution{AbsenceID: a.ID, GrantID: grant.ID, SubstituteID: hands.UserID, UntilDay: a.UntilDay}).Error)
	})
	m.on("09-23 12:00", func() {
		due := m.due(m.id, "ident_total")
		lent := activities.Actor{UserID: hands.UserID, ForID: away.UserID, Role: away.Role, Region: away.Region}
		m.send(m.Request(m.Case(m.id), "prepare", lent), func(_ activities.Reply, err error) {
			require.NoError(t, err)
			require.EqualValues(t, "authorization_pending", m.State(m.id))
			require.Equal(t, due, m.due(m.id, "ident_total"), "the whole runs on")
		})
	})
	m.on("09-24 09:00", func() { // the workflow carries ids only; both names are in the record
		var ev models.CaseEvent
		require.NoError(t, m.Store.DB.Where("case_id = ? AND event = ?", m.id, "prepare").Take(&ev).Error)
		require.Equal(t, []string{m.Name(hands.UserID), m.Name(away.UserID)}, []string{ev.ActorName, ev.ForName})
	})
	m.fire("09-24 12:00", "cancel")
	m.run()
	require.Equal(t, []string{"09-23 08:30 home_verify remind", "09-24 08:30 home_verify remind"}, m.rungs())
	told := func(user string) (n int64) {
		require.NoError(t, m.Store.DB.Model(&models.Message{}).Where("user_id = ?", user).Count(&n).Error)
		return n
	}
	require.EqualValues(t, 1, told(hands.UserID), "on the day he stands in")
	m.requireWhole()
}
