package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/procedure"
)

// A life in Temporal's test environment, every case a workflow: clue, identified,
// helped and visited, eliminated, looked back on twice, found unstable, rolled back,
// helped again, eliminated, four look-backs, observation done. Two years pass in
// seconds; people act at planned moments, and where they do not, timers do.
func TestALife(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	var episode string
	l.identified()
	l.on("2026-10-09 17:00", func() {
		l.stands("monitored")
		require.Nil(t, l.episode().ClosedAt)
		episode = l.episode().ID
	})
	l.acts("2026-10-14 09:00", "assistance_plan", "assign_responsible")
	l.helped("2026-10-15")

	l.eliminated("2027-04-12")
	l.on("2027-04-22 23:00", func() {
		l.stands("observing")
		l.looked("scheduled scheduled scheduled scheduled")
		require.NotNil(t, l.episode().ClosedAt)
		require.Equal(t, l.youngest("risk_elimination"), l.episode().EliminationID)
	})
	l.on("2027-04-23 00:01", func() { l.looked("open scheduled scheduled scheduled") })
	l.looksBack("2027-05-20", 0, "report_stable", "stable scheduled scheduled scheduled")
	l.looksBack("2027-08-19", 1, "report_unstable", "stable unstable scheduled scheduled")
	l.acts("2027-08-23 09:00", "rollback", "verify", "send")
	l.acts("2027-08-24 09:00", "rollback", "township_pass", "county_pass")
	l.on("2027-08-24 17:00", func() {
		l.stands("monitored")
		l.looked("stable unstable cancelled cancelled")
		ep := l.episode()
		require.Equal(t, episode, ep.ID, "the same episode goes on")
		require.Nil(t, ep.ClosedAt)
		require.NotNil(t, ep.RolledBackAt)
		require.Empty(t, ep.EliminationID)
	})
	l.helped("2027-08-26")

	l.eliminated("2027-12-06")
	l.looksBack("2028-01-18", 0, "report_stable", "stable scheduled scheduled scheduled")
	l.looksBack("2028-04-18", 1, "report_stable", "stable stable scheduled scheduled")
	l.on("2028-09-16 23:59", func() { l.looked("stable stable open scheduled") })
	l.on("2028-09-17 00:01", func() { l.looked("stable stable overdue open") })
	l.looksBack("2028-09-26", 2, "report_stable", "stable stable stable open")
	l.on("2028-11-07 08:00", func() { l.stands("observing") })
	l.looksBack("2028-11-07", 3, "report_stable", "stable stable stable stable")
	l.live("2028-11-08 12:00")

	l.stands("stable")
	ep := l.episode()
	require.Equal(t, episode, ep.ID)
	require.Equal(t, l.youngest("risk_elimination"), ep.EliminationID)
	require.NotNil(t, ep.ClosedAt)
	require.NotNil(t, ep.RolledBackAt)
	require.Equal(t, lifePaths, l.paths())
	require.Equal(t, map[procedure.State]int{"done_home": 7 + 5}, l.visits("monitored_month"), "October to April, August to December")
	l.requireRungs()
	l.requireOver()
}

// identified takes the clue to an admission; over the National Day nobody reviews it.
func (l *life) identified() {
	l.acts("2026-09-21 10:00", "risk_clue", "register_locally")
	l.acts("2026-09-22 10:00", "risk_clue", "confirm_risk")
	l.acts("2026-09-22 13:00", "identification", "prepare", "sign_authorization")
	l.acts("2026-09-23 09:00", "dept_comparison", "accept", "answer_clean")
	l.acts("2026-09-24 09:00", "identification", "submit_verification", "review_pass")
	l.noticed("2026-09-25")
	l.acts("2026-10-08 09:00", "identification", "township_pass", "county_pass")
	l.acts("2026-10-09 14:00", "identification", "announce", "register")
}

// noticed posts a notice on a day and photographs it on the last of its five days, at
// whose end it is over by itself.
func (l *life) noticed(day string) {
	l.acts(day+" 09:00", "village_notice", "submit_draft", "post")
	l.on(l.after(day, 5, "12:00"), func() { l.Attach(l.youngest("village_notice"), "end_photo") })
	l.on(l.after(day, 5, "23:59"), func() { require.EqualValues(l.T, "posted", l.State(l.youngest("village_notice"))) })
	l.on(l.after(day, 6, "00:01"), func() { require.EqualValues(l.T, "ended_clean", l.State(l.youngest("village_notice"))) })
}

// helped declares the plan on a day, carries it out and evaluates it.
func (l *life) helped(day string) {
	l.acts(l.after(day, 0, "09:00"), "assistance_plan", "declare_plan")
	l.acts(l.after(day, 1, "11:00"), "assistance_plan", "plan_approve", "start")
	l.acts(l.after(day, 4, "09:00"), "measure", "apply", "accept", "begin")
	l.acts(l.after(day, 6, "09:00"), "measure", "deliver", "verify")
	l.acts(l.after(day, 15, "14:00"), "assistance_plan", "evaluate")
}

// eliminated nominates the household on a day and takes it to the mark ten days later.
func (l *life) eliminated(day string) {
	l.on(day+" 09:00", func() {
		c := l.Open("risk_elimination", l.home, l.Actor(procedure.VillageSecretary), map[string]any{"method": "assisted"})
		l.start(c.ID)
	})
	l.on(day+" 10:00", func() { l.stands("eliminating") })
	l.acts(l.after(day, 1, "09:00"), "risk_elimination", "submit_verification")
	l.acts(l.after(day, 2, "09:00"), "risk_elimination", "confirm", "review_pass")
	l.noticed(l.after(day, 3, "00:00")[:len(time.DateOnly)])
	l.acts(l.after(day, 9, "09:00"), "risk_elimination", "township_pass", "county_pass")
	l.acts(l.after(day, 10, "09:00"), "risk_elimination", "mark")
}

// looksBack reports a look-back after the last elimination; then all stand as given.
func (l *life) looksBack(day string, no int, event, then string) {
	l.on(day+" 09:00", func() { l.does(&l.Windows(l.youngest("risk_elimination"))[no], event) })
	l.on(day+" 10:00", func() { l.looked(then) })
}

// call makes the visits that are due, and the look-back of the quarter.
func (l *life) call() {
	l.T.Helper()
	for _, c := range l.open("visit_task") {
		if c.State == "due" {
			l.Do(c.ID, "record_home")
		}
	}
	for _, c := range l.open("lookback_window") {
		if c.State == "open" && c.Facts.Text("round") == procedure.RoundQuarterly {
			l.does(&c, "report_stable")
		}
	}
}

// lifePaths are the ways that the cases of the life go, and how many go so.
var lifePaths = map[string]int{
	"risk_clue: new verifying risk_confirmed": 1,
	"identification: accepted authorization_pending home_verification democratic_review village_notice township_review county_review approved announced registered": 1,
	"dept_comparison: requested accepted clean":                 4,
	"village_notice: drafting privacy_check posted ended_clean": 3,
	"assistance_plan: unassigned drafting declared approved implementing delivered evaluated adjusting declared approved implementing delivered evaluated closed": 1,
	"measure: planned applied dept_accepted delivering delivered verified":                                                                                        2,
	"risk_elimination: nominated precheck home_verification household_confirm democratic_review village_notice township_review county_review approved eliminated": 2,
	"lookback_window: scheduled open stable":                                                                  4 + 9, // nine of them of a quarter
	"lookback_window: scheduled open unstable":                                                                1,
	"lookback_window: scheduled cancelled":                                                                    2,
	"lookback_window: scheduled open overdue stable":                                                          1,
	"rollback: proposed village_confirmed township_review county_review rolled_back":                          1,
	"household_status: none candidate monitored eliminating observing monitored eliminating observing stable": 1,
}

// requireRungs checks every rung where nobody acted for days: over the National Day,
// before the household had its helper, and when a look-back was late.
func (l *life) requireRungs() {
	l.T.Helper()
	require.Equal(l.T, []string{
		"2026-10-01 08:30 remind", "2026-10-04 08:30 urge", "2026-10-06 08:30 urge", "2026-10-07 08:30 supervise",
	}, l.rang("identification", "ident_total"))
	require.Equal(l.T, []string{
		"2026-10-02 08:30 remind", "2026-10-03 08:30 remind", "2026-10-04 08:30 urge", "2026-10-07 08:30 supervise",
	}, l.rang("identification", "township"))
	require.Equal(l.T, []string{
		"2026-10-09 08:30 remind", "2026-10-10 08:30 remind", "2026-10-11 08:30 urge", "2026-10-14 08:30 supervise",
	}, l.rang("assistance_plan", "assign"))
	require.Equal(l.T, []string{
		"2028-09-13 08:30 remind", "2028-09-15 08:30 remind", "2028-09-16 08:30 remind",
	}, l.rang("lookback_window", "window"))
	require.Equal(l.T, []string{
		"2028-09-17 08:30 urge", "2028-09-20 08:30 supervise", "2028-09-23 08:30 report", "2028-09-26 08:30 report",
	}, l.rang("lookback_window", "overdue"))
}
