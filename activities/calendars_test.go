package activities_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/policy"
	"shouwang/procedure"
)

// invented is an arrangement of 2027 with some holidays beside New Year's Day.
func invented(t *testing.T, more string) policy.YearData {
	t.Helper()
	y, err := policy.ParseYear([]byte(`{"year":2027,"number":"国办发明电〔2026〕0号","title":"虚构的安排","published":"2026-11-04","holidays":[{"name":"元旦","from":"2027-01-01","to":"2027-01-03","work":[]}` + more + `]}`))
	require.NoError(t, err)
	return y
}

const two = `,{"name":"虚构节","from":"2027-01-04","to":"2027-01-05","work":["2027-01-09"]}`

// Of what was entered on the screen and what a server began with the latest word counts: what is entered replaces a file, and a
// file that has changed since speaks anew.
func TestTheLatestWordOnHolidays(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		begin := func(cal *policy.Calendar) *activities.Engine {
			e := &activities.Engine{Store: w.Store, Calendar: cal, Clock: w.Engine.Clock}
			require.NoError(t, e.LoadCalendar(t.Context()))
			_, err := e.UseCalendar(t.Context(), e.CalendarNow())
			require.NoError(t, err)
			return e
		}
		enter := func(y policy.YearData) {
			require.NoError(t, w.Store.Tx(t.Context(), func(tx *gorm.DB) error {
				return w.Engine.Administer(tx, activities.Admin{UserID: "u-sys", Name: "系统管理员", Role: procedure.SysAdmin}).EnterYear(testkit.County, y)
			}))
		}
		free := func(e *activities.Engine) bool { return !e.CalendarNow().Day(policy.NewDate(2027, 1, 4)).Work }
		plain := policy.DefaultCalendar()
		require.False(t, free(begin(plain)))
		enter(invented(t, two))
		require.True(t, free(begin(plain)))
		require.True(t, free(begin(plain)), "it goes on after every start")

		file := plain.With(invented(t, ""))
		require.False(t, free(begin(file)), "a file that is new speaks last")
		require.False(t, free(begin(file)))
		enter(invented(t, two))
		require.True(t, free(begin(file)), "until something is entered again")
		require.False(t, free(begin(plain.With(invented(t, `,{"name":"另一节","from":"2027-05-01","to":"2027-05-03","work":[]}`)))), "a file that has changed")
	})
}

// A server that runs takes up what is entered at another one, goes through its cases and does so once more; with nothing entered it
// does nothing.
func TestServersTakeUpHolidays(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("clue_days", testkit.County, days(5, policy.UnitWorking))
		w.SetNow(at("12-28 09:00"))
		_, err := w.Engine.UseCalendar(t.Context(), w.Engine.CalendarNow())
		require.NoError(t, err)
		require.NoError(t, w.Engine.LoadCalendar(t.Context()))
		guess := w.Fresh("risk_clue")
		require.True(t, running(t, w, guess.ID, "clue").Provisional)

		told, err := w.Engine.TryCalendar(t.Context(), invented(t, two))
		require.NoError(t, err)
		require.Equal(t, map[int]int{3: 1}, told.Shifts)
		require.Equal(t, 1, told.Cases)
		require.True(t, running(t, w, guess.ID, "clue").Provisional, "nothing has changed")

		var given [][]string
		look := w.Engine.CalendarLook(func(_ context.Context, cases []string) error { given = append(given, cases); return nil })
		require.NoError(t, look(t.Context()))
		require.Empty(t, given, "nothing was entered")
		require.NoError(t, w.Store.Tx(t.Context(), func(tx *gorm.DB) error {
			return w.Engine.Administer(tx, activities.Admin{UserID: "u-sys", Name: "系统管理员", Role: procedure.SysAdmin}).EnterYear(testkit.County, invented(t, two))
		}))
		for range 4 {
			require.NoError(t, look(t.Context()))
		}
		require.Equal(t, [][]string{{guess.ID}, nil}, given, "twice, and the second time nothing moves")
		require.Equal(t, "2027-01-07", running(t, w, guess.ID, "clue").LastDay)
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}
