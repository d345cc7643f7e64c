package activities_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// at is a moment in the county, "09-21 09:00" of 2026 or with its year.
func at(s string) time.Time {
	if len(s) == len("01-02 15:04") {
		s = "2026-" + s
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", s, policy.Shanghai)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// clockRuns are all runs of a clock of a case, oldest first.
func clockRuns(t *testing.T, w *testkit.World, caseID, code string) []models.ClockRow {
	t.Helper()
	var rows []models.ClockRow
	require.NoError(t, w.Store.DB.Where("case_id = ? AND code = ?", caseID, code).Order("run").Find(&rows).Error)
	return rows
}

// running is the run of a clock that has not been stopped.
func running(t *testing.T, w *testkit.World, caseID, code string) models.ClockRow {
	t.Helper()
	rows := clockRuns(t, w, caseID, code)
	require.NotEmpty(t, rows, code)
	last := rows[len(rows)-1]
	require.Nil(t, last.StoppedAt, code)
	return last
}

func days(n int, unit policy.Unit) policy.Budget { return policy.Budget{Days: n, Unit: unit} }

// The whole-case clock runs on through returns and stops at the county's pass;
// the clock of a step starts anew each time the step is entered.
func TestClocksThroughReturns(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Open("identification", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre), answers{"found_at": "2026-09-18T23:59:00+08:00"})
		total := running(t, w, c.ID, "ident_total")
		require.True(t, total.AnchorAt.Equal(at("09-18 23:59")), "counted from the finding, not from the opening")
		require.Equal(t, "2026-10-03", total.LastDay)
		require.True(t, w.Case(c.ID).DueAt.Equal(at("09-25 00:00")), "the step is due first")

		for _, e := range []string{"prepare", "sign_authorization"} {
			w.Do(c.ID, e)
		}
		require.Len(t, clockRuns(t, w, c.ID, "home_verify"), 1, "three states, one clock")
		for _, e := range []string{"submit_verification", "review_pass", "notice_passed"} {
			w.Do(c.ID, e)
		}
		entered := w.Now()
		require.True(t, running(t, w, c.ID, "township").StartedAt.Equal(entered))
		w.Do(c.ID, "township_return")
		runs := clockRuns(t, w, c.ID, "home_verify")
		require.Len(t, runs, 2)
		require.NotNil(t, runs[0].StoppedAt)
		require.Equal(t, 2, runs[1].Run)
		require.True(t, runs[1].StartedAt.Equal(entered))
		require.Zero(t, runs[1].LastNo, "its rungs start from the first")
		require.NotNil(t, clockRuns(t, w, c.ID, "township")[0].StoppedAt)
		require.Equal(t, total.DueAt.UTC(), running(t, w, c.ID, "ident_total").DueAt.UTC(), "a return costs no day")

		for _, e := range []string{"submit_verification", "review_pass", "notice_passed", "township_pass", "county_pass"} {
			w.Do(c.ID, e)
		}
		require.NotNil(t, clockRuns(t, w, c.ID, "ident_total")[0].StoppedAt)
		require.True(t, w.Case(c.ID).DueAt.Equal(running(t, w, c.ID, "announce").DueAt))
	})
}

// Days on which a notice did not hang all day are added at its end, each once.
func TestLostDays(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		for _, x := range []struct {
			name    string
			posted  string
			pauses  [][2]string
			lost    int
			lastDay string
		}{
			{"none", "09-21 09:00", nil, 0, "2026-09-28"}, // the 26th falls on the Mid-Autumn holiday
			{"an hour", "09-21 09:00", [][2]string{{"09-22 10:00", "09-22 11:00"}}, 1, "2026-09-28"},
			{"over midnight", "09-14 09:00", [][2]string{{"09-15 23:59", "09-16 00:01"}}, 2, "2026-09-21"},
			{"twice on one day", "09-14 09:00", [][2]string{{"09-15 09:00", "09-15 10:00"}, {"09-15 15:00", "09-15 16:00"}}, 1, "2026-09-20"}, // a Sunday worked for 国庆
			{"on adjacent days", "09-14 09:00", [][2]string{{"09-15 09:00", "09-15 10:00"}, {"09-16 09:00", "09-16 10:00"}}, 2, "2026-09-21"},
			{"sharing a day", "09-14 09:00", [][2]string{{"09-15 09:00", "09-16 10:00"}, {"09-16 15:00", "09-17 16:00"}}, 3, "2026-09-22"},
			{"over the end of a month", "08-28 09:00", [][2]string{{"08-31 20:00", "09-01 08:00"}}, 2, "2026-09-04"},
			{"into the holiday", "09-29 09:00", [][2]string{{"09-30 09:00", "09-30 10:00"}}, 1, "2026-10-08"},
		} {
			w.SetNow(at(x.posted).AddDate(0, 0, -1))
			n := w.Reach("village_notice", "privacy_check")
			w.SetNow(at(x.posted))
			w.Do(n.ID, "post")
			for _, p := range x.pauses {
				w.SetNow(at(p[0]))
				w.Do(n.ID, "interrupt")
				require.True(t, w.Case(n.ID).DueAt.Equal(models.FarFuture), "%s: nothing runs while it is down", x.name)
				require.Nil(t, w.Case(n.ID).WakeAt, x.name)
				w.SetNow(at(p[1]))
				w.Do(n.ID, "resume")
			}
			row := running(t, w, n.ID, "window")
			require.Equal(t, x.lost, row.LostDays, x.name)
			require.Equal(t, x.lastDay, row.LastDay, x.name)
			require.Equal(t, 1, row.Run, x.name)
			day, err := policy.ParseDate(x.lastDay)
			require.NoError(t, err)
			require.True(t, row.DueAt.Equal(day.End()), x.name)
			require.True(t, row.FireAt.Equal(row.DueAt), "%s: the period ends by itself", x.name)
		}
	})
}

// Budgets may count working days, by the calendar with its make-up days.
func TestWorkingDayBudgets(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("clue_accept_days", testkit.Township, days(2, policy.UnitWorking))
		w.SetPolicy("clue_days", testkit.Village, days(3, policy.UnitWorking))
		for _, x := range []struct{ now, accept, clue string }{
			{"09-17 10:00", "2026-09-20", "2026-09-21"}, // Thursday: Friday, the Sunday worked for 国庆, Monday
			{"09-30 10:00", "2026-10-09", "2026-10-10"}, // the holiday until the 7th; the Saturday after is worked
			{"09-30 23:59", "2026-10-09", "2026-10-10"},
			{"10-01 00:00", "2026-10-09", "2026-10-10"},
			{"10-07 23:59", "2026-10-09", "2026-10-10"},
			{"10-08 00:00", "2026-10-10", "2026-10-12"},
		} {
			w.SetNow(at(x.now))
			c := w.Reach("risk_clue", "dispatched")
			require.Equal(t, x.accept, running(t, w, c.ID, "accept").LastDay, x.now)
			require.Equal(t, x.clue, running(t, w, c.ID, "clue").LastDay, x.now)
		}
		far := w.NewHousehold(testkit.Village3)
		c := w.Open("risk_clue", far, w.Nth(procedure.VillageCadre, testkit.Village3, 0))
		require.Equal(t, "2026-10-10", running(t, w, c.ID, "clue").LastDay, "another place keeps two calendar days")
	})
}

// A case keeps the policy it was opened under, whatever is decided meanwhile.
func TestPolicyOfACaseIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		old := w.Reach("risk_clue", "verifying")
		w.SetPolicy("clue_days", testkit.County, days(9, policy.UnitCalendar))
		w.SetPolicy("verify_team_min", testkit.County, 4)
		w.Do(old.ID, "misrouted")
		w.Do(old.ID, "redispatch")
		require.Equal(t, "2026-09-23", running(t, w, old.ID, "clue").LastDay)
		young := w.Fresh("risk_clue")
		require.Equal(t, "2026-09-30", running(t, w, young.ID, "clue").LastDay)
		require.NotEqual(t, old.PolicyHash, young.PolicyHash)

		snapshot, err := w.Engine.Snapshot(w.Store.DB, old.PolicyHash)
		require.NoError(t, err)
		require.Equal(t, old.PolicyHash, snapshot.Hash())
		require.Equal(t, 2, snapshot.Int("verify_team_min"))
		var n int64
		require.NoError(t, w.Store.DB.Model(&models.PolicySnapshot{}).Count(&n).Error)
		require.EqualValues(t, 2, n, "kept once per content")
	})
}

// An opening that is rolled back leaves nothing behind that later cases would rely
// on: the policy it had resolved is stored by the case that stays.
func TestPolicyOfARolledBackOpening(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		first := w.Open("identification", h, cadre)
		w.SetPolicy("verify_team_min", testkit.County, 4)
		// The guard does not see the case that is open, its unique key does, when the
		// new policy has been resolved already.
		require.NoError(t, w.Store.DB.Model(first).Update("household_id", w.NewHousehold(testkit.Village).ID).Error)
		_, err := w.TryOpen(w.Key(), "identification", h, cadre)
		w.Refused(err, procedure.Conflict, "case_already_open")

		c := w.Fresh("risk_clue")
		later := &activities.Engine{Store: w.Store, Calendar: w.Engine.Calendar, Clock: w.Engine.Clock} // after a restart
		snapshot, err := later.Snapshot(w.Store.DB, c.PolicyHash)
		require.NoError(t, err)
		require.Equal(t, 4, snapshot.Int("verify_team_min"))
	})
}

// Dates beyond the published calendar are guesses, computed anew when the year is
// published, and a case whose dates have moved is named.
func TestProvisionalDates(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("clue_days", testkit.County, days(5, policy.UnitWorking))
		w.SetNow(at("12-28 09:00"))
		guess, sure := w.Fresh("risk_clue"), w.Open("identification", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre))
		before := running(t, w, guess.ID, "clue")
		require.True(t, before.Provisional)
		require.Equal(t, "2027-01-04", before.LastDay)
		require.False(t, running(t, w, sure.ID, "ident_total").Provisional, "a plain count of days rests on no notice")

		year, err := policy.ParseYear([]byte(`{"year":2027,"number":"国办发明电〔2026〕0号","title":"虚构的2027年安排","published":"2026-12-29",
			"holidays":[{"name":"元旦","from":"2027-01-01","to":"2027-01-03","work":[]},{"name":"虚构节","from":"2027-01-04","to":"2027-01-05","work":["2027-01-09"]}]}`))
		require.NoError(t, err)
		w.SetNow(at("12-29 09:00"))
		moved, err := w.Engine.UseCalendar(t.Context(), w.Engine.CalendarNow().With(year))
		require.NoError(t, err)
		require.Equal(t, []string{guess.ID}, moved)
		after := running(t, w, guess.ID, "clue")
		require.False(t, after.Provisional)
		require.Equal(t, "2027-01-07", after.LastDay)
		require.Equal(t, before.ID, after.ID, "the same clock goes on")
		require.True(t, w.Case(guess.ID).DueAt.Equal(after.DueAt))
		wakesSoonAfter(t, w.Case(guess.ID), *after.NextAt)
		var task models.Task
		require.NoError(t, w.Store.DB.Where("case_id = ? AND closed_at IS NULL", guess.ID).First(&task).Error)
		require.True(t, task.DueAt.Equal(after.DueAt), "the inbox shows the new date")
		moved, err = w.Engine.UseCalendar(t.Context(), w.Engine.CalendarNow())
		require.NoError(t, err)
		require.Empty(t, moved)
	})
}

// Holidays that are amended are put on record. A date that was reckoned before stays and can be proved; one that no calendar of
// its time has cannot.
func TestAmendedHolidays(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		acts := func() (n int64) {
			require.NoError(t, w.Store.DB.Model(&models.AdminAct{}).Where("kind = ?", activities.ActCalendar).Count(&n).Error)
			return n
		}
		use := func(cal *policy.Calendar) {
			moved, err := w.Engine.UseCalendar(t.Context(), cal)
			require.NoError(t, err)
			require.Empty(t, moved)
		}
		bad := func() int {
			v, err := w.Engine.Verify(t.Context())
			require.NoError(t, err)
			return len(v.Bad)
		}
		w.SetPolicy("clue_days", testkit.County, days(5, policy.UnitWorking))
		use(policy.DefaultCalendar())
		built := acts()
		require.EqualValues(t, len(policy.DefaultCalendar().Years()), built)

		c := w.Fresh("risk_clue")
		row := running(t, w, c.ID, "clue")
		year := w.Engine.Calendar.Years()[built-1]
		require.Equal(t, w.Now().Year(), year.Year)
		from := policy.DateOf(w.Now()).AddDays(1)
		year.Holidays = append(slices.Clone(year.Holidays), policy.Holiday{Name: "虚构节", From: from, To: from.AddDays(1)})
		amended := w.Engine.Calendar.With(year)
		w.SetNow(w.Now().Add(time.Minute))
		use(amended)
		use(amended)
		require.Equal(t, built+1, acts(), "the year that was amended, once")
		require.Zero(t, bad(), "reckoned by the holidays of its time")

		w.SetNow(w.Now().Add(2 * time.Minute)) // by then every server has taken it up
		late := w.Fresh("risk_clue")
		require.NotEqual(t, row.LastDay, running(t, w, late.ID, "clue").LastDay)
		require.Zero(t, bad())
		change := func(id string, like models.ClockRow) {
			require.NoError(t, w.Store.DB.Model(&models.ClockRow{}).Where("id = ?", id).Updates(map[string]any{"last_day": like.LastDay, "due_at": like.DueAt}).Error)
		}
		was := running(t, w, late.ID, "clue")
		change(was.ID, row)
		require.Equal(t, 1, bad(), "by holidays that were amended before it began")
		change(was.ID, was)
		require.Zero(t, bad())
	})
}

// A finding cannot lie in the future, or the limit would not run. A telephone's
// clock may be ten minutes fast.
func TestFoundAtCannotPutOffTheLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h, cadre := w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre)
		for _, x := range []struct {
			found string
			ok    bool
		}{{"2026-09-21T09:00:00+08:00", true}, {"2026-09-21T01:00:00Z", true}, {"2026-09-21T09:10:00+08:00", true}, {"2026-09-21T09:10:01+08:00", false}, {"2027-09-21T09:00:00+08:00", false}} {
			_, err := w.TryOpen(w.Key(), "risk_clue", h, cadre, answers{"found_at": x.found})
			if x.ok {
				require.NoError(t, err, x.found)
				continue
			}
			w.Refused(err, procedure.Invalid, "time_in_future")
		}
	})
}

// A clue that sampling reopens has its days again; it is not overdue by the months
// it was closed.
func TestReopenedClueHasItsDays(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("risk_clue", "no_risk")
		w.SetNow(at("11-20 09:00"))
		w.Do(c.ID, "reopen")
		require.Equal(t, "2026-11-22", running(t, w, c.ID, "clue").LastDay)
		require.Nil(t, w.Case(c.ID).ClosedAt)
	})
}

func rungs(t *testing.T, w *testkit.World, clockID string) []string {
	t.Helper()
	var rows []models.ClockRung
	require.NoError(t, w.Store.DB.Where("clock_id = ?", clockID).Order("no").Find(&rows).Error)
	var out []string
	for _, r := range rows {
		require.True(t, r.FiredAt.Equal(r.At), "on time")
		out = append(out, fmt.Sprintf("%d %s %s %s", r.No, r.At.In(policy.Shanghai).Format("01-02 15:04"), r.Action, r.Level))
	}
	return out
}

// The ladder of a step and that of the whole case, around the National Day.
func TestLaddersAroundNationalDay(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("home_verify_days", testkit.County, days(4, policy.UnitWorking))
		w.SetPolicy("wake_spread_minutes", testkit.County, 0) // to the second
		w.SetNow(at("09-28 09:00"))
		c := w.Open("identification", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre))
		step, total := running(t, w, c.ID, "home_verify"), running(t, w, c.ID, "ident_total")
		require.Equal(t, "2026-10-09", step.LastDay, "29th, 30th, 8th, 9th")
		w.AdvanceTo(at("10-20 09:00"))
		require.Equal(t, []string{
			"1 10-06 08:30 remind holder", "2 10-08 08:30 remind holder", "3 10-09 08:30 remind holder", "4 10-10 08:30 urge township",
			"5 10-13 08:30 supervise county", "6 10-16 08:30 report county", "7 10-19 08:30 report county",
		}, rungs(t, w, step.ID))
		require.Equal(t, []string{
			"1 10-08 08:30 remind township", "2 10-11 08:30 urge township", "3 10-13 08:30 urge county",
			"4 10-14 08:30 supervise county", "5 10-17 08:30 report county", "6 10-20 08:30 report county",
		}, rungs(t, w, total.ID))
		seq := w.Case(c.ID).Seq
		require.Equal(t, 1+13, seq, "each rung is one recorded act")
		for range 2 {
			require.Empty(t, w.Wake(c.ID).Fire)
		}
		require.Equal(t, seq, w.Case(c.ID).Seq, "to wake again does no harm")
		_, bad, err := w.Engine.VerifyCase(t.Context(), w.Case(c.ID))
		require.NoError(t, err)
		require.Nil(t, bad)
	})
}

func messages(t *testing.T, w *testkit.World, caseID, user string) []models.Message {
	t.Helper()
	var out []models.Message
	require.NoError(t, w.Store.DB.Where("case_id = ? AND user_id = ?", caseID, user).Order("id").Find(&out).Error)
	return out
}

// Ordinary reminders come with the morning digest of their day, urgent ones at once.
func TestDigestAndUrgent(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("clue_days", testkit.County, days(5, policy.UnitCalendar))
		w.SetPolicy("wake_spread_minutes", testkit.County, 0) // to the second
		c := w.Fresh("risk_clue")                             // due on the 26th
		w.AdvanceTo(at("09-27 09:00"))
		cadre := messages(t, w, c.ID, w.Actor(procedure.VillageCadre).UserID)
		require.Len(t, cadre, 4)
		for i, want := range []struct {
			deliver string
			urgent  bool
			kind    string
		}{{"09-23 09:00", false, "remind"}, {"09-25 09:00", false, "remind"}, {"09-26 08:30", true, "remind"}, {"09-27 08:30", true, "urge"}} {
			require.Equal(t, want.urgent, cadre[i].Urgent)
			require.Equal(t, want.kind, cadre[i].Kind)
			require.True(t, cadre[i].DeliverAt.Equal(at(want.deliver)), "%s, want %s", cadre[i].DeliverAt, want.deliver)
			require.Contains(t, cadre[i].Body, "2026-09-26")
			require.NotContains(t, cadre[i].Title+cadre[i].Body, "田禾", "no names in messages")
		}
		require.Len(t, messages(t, w, c.ID, w.Actor(procedure.TownshipOffice).UserID), 4, "a new clue waits for both")
		require.Empty(t, messages(t, w, c.ID, w.Nth(procedure.VillageCadre, testkit.Village2, 0).UserID), "not for the neighbours")
	})
}

// After a long stop all missed rungs are recorded and one message is sent.
func TestOneMessageAfterALongStop(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("risk_clue", "verifying")
		row := running(t, w, c.ID, "clue") // due on the 23rd
		w.SetNow(at("10-05 12:00"))
		w.Wake(c.ID)
		var fired []models.ClockRung
		require.NoError(t, w.Store.DB.Where("clock_id = ?", row.ID).Order("no").Find(&fired).Error)
		require.Len(t, fired, 6, "the 22nd, 23rd, 24th, 27th, 30th, 3rd: that of the 20th lay before the start")
		got := messages(t, w, c.ID, w.Actor(procedure.VillageCadre).UserID)
		require.Len(t, got, 1)
		require.Equal(t, fired[5].No, got[0].RungNo, "the highest of them")
		require.True(t, got[0].DeliverAt.Equal(w.Now()))
		w.Wake(c.ID)
		require.Len(t, messages(t, w, c.ID, w.Actor(procedure.VillageCadre).UserID), 1)
		wakesSoonAfter(t, w.Case(c.ID), at("10-06 08:30"))
	})
}

// wakesSoonAfter checks that a case wakes within the spread of its policy.
func wakesSoonAfter(t *testing.T, c *models.Case, moment time.Time) {
	t.Helper()
	require.False(t, c.WakeAt.Before(moment))
	require.True(t, c.WakeAt.Before(moment.Add(25*time.Minute)))
}

// Cases whose limits end at one moment do not wake at one moment, each always as long
// after it; without a spread they do.
func TestCasesDueTogetherWakeApart(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		office := w.Actor(procedure.TownshipOffice)
		const cases = 90 // numbers are drawn: of so many, none falls into one of the five stretches once in a hundred million runs
		open := func() map[string]int {
			minutes := map[string]int{}
			for range cases {
				c := w.Open("risk_clue", w.NewHousehold(testkit.Village), office)
				row := running(t, w, c.ID, "clue")
				minutes[c.WakeAt.Truncate(5*time.Minute).UTC().Format(time.RFC3339)]++
				w.Do(c.ID, "dispatch")
				require.Equal(t, row.NextAt, running(t, w, c.ID, "clue").NextAt, "only the waking is put off")
			}
			return minutes
		}
		require.Len(t, open(), 5, "over all of the 25 minutes")
		w.SetPolicy("wake_spread_minutes", testkit.County, 0)
		require.Equal(t, map[string]int{at("09-22 08:30").UTC().Format(time.RFC3339): cases}, open())
	})
}

// A notice on the board waits for nobody's decision, but somebody must hear that
// its end is near: it needs a photo.
func TestSomebodyIsRemindedOfAnEndingNotice(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		n := w.Reach("village_notice", "posted")
		w.AdvanceTo(running(t, w, n.ID, "window").DueAt.Add(-time.Hour))
		require.NotEmpty(t, messages(t, w, n.ID, w.Actor(procedure.VillageCadre).UserID))
	})
}

// The end of a notice period waits for the photo, then comes by itself.
func TestNoticeWaitsForItsEndPhoto(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		n := w.Reach("village_notice", "posted")
		due := running(t, w, n.ID, "window").DueAt
		w.SetNow(due.AddDate(0, 0, -1).Add(-time.Second))
		w.Attach(n.ID, "end_photo") // the evening before the last day
		w.AdvanceTo(due.Add(time.Hour))
		require.Equal(t, procedure.State("posted"), w.State(n.ID), "too early a photo does not count")
		w.Attach(n.ID, "end_photo")
		require.Equal(t, []string{"expire_clean"}, w.Wake(n.ID).Fire, "a nudge after the photo is enough")
		require.Equal(t, procedure.State("ended_clean"), w.State(n.ID))
		require.Equal(t, procedure.State("township_review"), w.State(n.ParentID))
	})
}
