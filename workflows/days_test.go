package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/policy"
)

func inWorkingDays(w *testkit.World) {
	w.SetPolicy("notice_days", testkit.County, policy.Budget{Days: 5, Unit: policy.UnitWorking})
}

// Fifteen days of an identification over the National Day of 2026: 1 to 7 October
// are off, Saturday the 10th is worked. A notice of five working days that is
// posted on 30 September ends with the 13th.
func TestFifteenDaysAcrossNationalDay(t *testing.T) {
	m := newSim(t, "identification", day(t, "09-28 09:00"), inWorkingDays)
	m.fire("09-28 10:00", "prepare")
	m.fire("09-28 11:00", "sign_authorization")
	m.on("09-28 15:00", func() { m.each("dept_comparison", "accept") })
	m.on("09-29 09:00", func() { m.each("dept_comparison", "answer_clean") })
	m.fire("09-29 10:00", "submit_verification")
	m.fire("09-29 14:00", "review_pass")
	m.child("09-29 17:00", "village_notice", "submit_draft")
	m.child("09-30 09:00", "village_notice", "post")
	m.child("10-09 09:00", "village_notice", "object")
	m.child("10-09 10:00", "objection", "accept", "start", "find_overruled")
	m.child("10-10 09:00", "village_notice", "overrule")
	m.child("10-10 10:00", "objection", "reply")
	m.on("10-13 16:00", func() { m.Attach(m.youngest("village_notice"), "end_photo") })
	m.fire("10-14 09:00", "township_pass")
	m.fire("10-14 14:00", "county_pass")
	m.fire("10-15 09:00", "announce")
	m.fire("10-15 15:00", "register")
	m.run()

	require.NoError(t, m.env.GetWorkflowError())
	require.EqualValues(t, "registered", m.State(m.id))
	notice := m.Last(m.id, "village_notice")
	require.EqualValues(t, "ended_overruled", notice.State)
	require.Equal(t, day(t, "10-14 00:00"), notice.ClosedAt.In(day(t, "10-14 00:00").Location()), "the 13th is a whole day")
	require.Equal(t, []string{
		"10-08 08:30 ident_total remind", // day 10 of 15
		"10-10 08:30 reply remind",
		"10-10 08:30 window remind", // a Saturday that is worked
		"10-11 08:30 ident_total urge",
		"10-12 08:30 window remind",
		"10-13 08:30 ident_total urge",
		"10-13 08:30 window remind",
		"10-14 08:30 ident_total supervise", // the notice took so long
		"10-15 08:30 announce remind",
	}, m.rungs())
	require.EqualValues(t, "closed", m.State(m.youngest("objection")), "nobody asked for a second review")
	m.requireWhole()
}

// A case that nobody touches is reminded of, rung by rung, its two clocks side by
// side, until somebody ends it.
func TestNobodyActs(t *testing.T) {
	m := newSim(t, "identification", day(t, "09-21 09:00"))
	m.fire("10-08 09:00", "cancel")
	m.run()
	require.NoError(t, m.env.GetWorkflowError())
	require.Equal(t, []string{
		"09-23 08:30 home_verify remind", // three days before had passed when it began
		"09-24 08:30 home_verify remind",
		"09-25 08:30 home_verify urge",
		"09-28 08:30 home_verify supervise",
		"10-01 08:30 home_verify report",
		"10-01 08:30 ident_total remind", // day 10
		"10-04 08:30 home_verify report",
		"10-04 08:30 ident_total urge", // day 13
		"10-06 08:30 ident_total urge", // day 15
		"10-07 08:30 home_verify report",
		"10-07 08:30 ident_total supervise",
	}, m.rungs())
	m.requireWhole()
}
