package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// toNotice takes the root identification to its notice of
// five calendar days, posted on 22 September: it ends with the 27th.
func (m *sim) toNotice() {
	m.fire("09-21 10:00", "prepare")
	m.fire("09-21 11:00", "sign_authorization")
	m.on("09-21 12:00", func() { m.each("dept_comparison", "accept") })
	m.on("09-21 13:00", func() { m.each("dept_comparison", "answer_clean") })
	m.fire("09-21 14:00", "submit_verification")
	m.fire("09-21 15:00", "review_pass")
	m.child("09-22 09:00", "village_notice", "submit_draft", "post")
}

// photo attaches the photo of the last day of the notice and lets it look again.
func (m *sim) photo(moment string) {
	m.on(moment, func() { m.Attach(m.youngest("village_notice"), "end_photo") })
}

func newIdentification(t *testing.T) *sim {
	return newSim(t, "identification", day(t, "09-21 09:00"), func(w *testkit.World) {
		w.SetPolicy("notice_roll_holiday", testkit.County, false)
	})
}

func TestReturnKeepsTheWholeClockAndStartsTheStepAnew(t *testing.T) {
	m := newIdentification(t)
	m.toNotice()
	m.photo("09-27 12:00")
	m.fire("09-28 09:00", "township_return")
	m.on("09-28 10:00", func() {
		require.Equal(t, "2026-10-06", m.due(m.id, "ident_total"), "the fifteen days run on")
		require.Equal(t, "2026-10-01", m.due(m.id, "home_verify"), "the step has its three days again")
		require.Equal(t, 1, m.Case(m.id).Returns)
	})
	m.fire("10-05 09:00", "cancel")
	m.run()
	require.Equal(t, []string{
		"09-24 08:30 window remind", "09-26 08:30 window remind", "09-27 08:30 window remind",
		"09-30 08:30 home_verify remind", "10-01 08:30 home_verify remind", "10-01 08:30 ident_total remind",
		"10-02 08:30 home_verify urge", "10-04 08:30 ident_total urge", "10-05 08:30 home_verify supervise",
	}, m.rungs())
	m.requireWhole()
}

func TestRejectStopsEveryClock(t *testing.T) {
	m := newIdentification(t)
	m.fire("09-21 10:00", "prepare")
	m.fire("09-22 10:00", "sign_authorization")
	m.on("09-22 11:00", func() { m.each("dept_comparison", "accept") })
	m.on("09-22 12:00", func() { m.each("dept_comparison", "answer_clean") })
	m.fire("09-23 10:00", "verify_no_risk")
	m.run()
	require.Equal(t, []string{"09-23 08:30 home_verify remind"}, m.rungs())
	require.Nil(t, m.Case(m.id).WakeAt)
	var running int64
	require.NoError(t, m.Store.DB.Model(&models.ClockRow{}).Where("stopped_at IS NULL").Count(&running).Error)
	require.Zero(t, running)
	m.requireWhole()
}

func TestReassignKeepsTheTimers(t *testing.T) {
	m := newIdentification(t)
	m.on("09-22 10:00", func() {
		var task models.Task
		require.NoError(t, m.Store.DB.Where("case_id = ? AND closed_at IS NULL", m.id).Take(&task).Error)
		boss, cadre := m.Actor(procedure.VillageSecretary), m.Nth(procedure.VillageCadre, testkit.Village, 1)
		_, err := m.Engine.AssignTask(t.Context(), task.ID, "reassign", m.Key(), cadre.UserID, boss)
		require.NoError(t, err)
	})
	m.fire("09-24 12:00", "cancel")
	m.run()
	require.Equal(t, []string{"09-23 08:30 home_verify remind", "09-24 08:30 home_verify remind"}, m.rungs())
	var told []string
	require.NoError(t, m.Store.DB.Model(&models.Message{}).Distinct().Pluck("user_id", &told).Error)
	require.Equal(t, []string{m.Nth(procedure.VillageCadre, testkit.Village, 1).UserID}, told, "the new holder is reminded")
	m.requireWhole()
}

func TestWithdrawalPullsTheNoticeAndEndsBoth(t *testing.T) {
	m := newIdentification(t)
	m.toNotice()
	m.fire("09-25 09:00", "withdraw")
	m.run()
	notice := m.Last(m.id, "village_notice")
	require.EqualValues(t, "withdrawn", notice.State)
	require.Equal(t, day(t, "09-25 09:00").UTC(), notice.ClosedAt.UTC())
	require.Equal(t, []string{"09-24 08:30 window remind"}, m.rungs(), "nothing rings after the withdrawal")
	m.requireWhole()
}

func TestCorrectionStartsTheNoticeAnew(t *testing.T) {
	m := newIdentification(t)
	m.toNotice()
	m.child("09-25 09:00", "village_notice", "correct")
	m.child("09-25 10:00", "village_notice", "submit_draft", "post")
	m.photo("09-30 12:00")
	m.fire("10-01 09:00", "cancel")
	m.run()
	notices := m.Children(m.id, "village_notice")
	require.Len(t, notices, 2)
	require.EqualValues(t, "superseded", notices[0].State)
	require.EqualValues(t, "ended_clean", notices[1].State)
	require.Equal(t, "2026-09-27", m.due(notices[0].ID, "window"))
	require.Equal(t, "2026-09-30", m.due(notices[1].ID, "window"), "five whole days from the new posting")
	require.Equal(t, day(t, "10-01 00:00").UTC(), notices[1].ClosedAt.UTC())
	m.requireWhole()
}

func TestInterruptionAddsTheLostDays(t *testing.T) {
	m := newIdentification(t)
	m.toNotice()
	m.child("09-23 20:00", "village_notice", "interrupt")
	m.child("09-25 08:00", "village_notice", "resume")
	m.photo("09-30 12:00")
	m.fire("10-01 09:00", "cancel")
	m.run()
	notice := m.Last(m.id, "village_notice")
	require.EqualValues(t, "ended_clean", notice.State)
	require.Equal(t, "2026-09-30", m.due(notice.ID, "window"), "the 23rd, 24th and 25th do not count")
	require.Equal(t, []string{
		"09-27 08:30 window remind", "09-29 08:30 window remind", "09-30 08:30 window remind", "10-01 08:30 ident_total remind",
	}, m.rungs(), "nothing rings while the notice stands still")
	m.requireWhole()
}

// A notice without the photo of its last day does not end by itself; the photo,
// whenever it comes, ends it at once.
func TestLatePhotoEndsTheNotice(t *testing.T) {
	m := newIdentification(t)
	m.toNotice()
	m.on("09-29 10:00", func() {
		id := m.youngest("village_notice")
		require.EqualValues(t, "posted", m.State(id))
		m.Attach(id, "end_photo")
		m.nudge(id)
	})
	m.fire("09-29 11:00", "township_reject")
	m.run()
	require.Equal(t, day(t, "09-29 10:00").UTC(), m.Last(m.id, "village_notice").ClosedAt.UTC().Truncate(time.Second))
	m.requireWhole()
}
