package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// holidays2027 is an invented arrangement that frees the first working day of January and has a Saturday worked for it.
func holidays2027(more object) object {
	body := object{"number": "国办发明电〔2026〕0号", "title": "虚构的2027年安排", "published_on": "2026-11-04",
		"holidays": []object{{"name": "元旦", "first": "2027-01-01", "last": "2027-01-03", "work": []string{}}, {"name": "虚构节", "first": "2027-01-04", "last": "2027-01-05", "work": []string{"2027-01-09"}}}}
	for k, v := range more {
		body[k] = v
	}
	return body
}

// The system administrator enters the holidays of a year: a dry run tells which limits would move and writes nothing, what is
// entered is in use at once and stands among his acts, and a faulty arrangement is refused.
func TestEnteringTheHolidaysOfAYear(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		w.create(&models.PolicyRow{ID: "clue", Key: "clue_days", RegionCode: county, Value: []byte(`{"days":5,"unit":"working"}`), ValidFrom: w.clock().AddDate(-1, 0, 0), CreatedAt: w.clock()})
		w.pass(293 * day24) // 28 December: five working days end in a year that is not arranged
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases", status: 200, body: object{"procedure": "risk_clue", "household_id": "household-1",
			"form": object{"channel": "routine_check", "found_at": w.clock().Format(time.RFC3339), "content": "房屋漏雨"}}})
		put := func(user string, body object, status int, code string) gen.CalendarChange {
			return decode[gen.CalendarChange](t, w.do(t, call{user: user, method: "PUT", url: basePath + "/calendar/2027", body: body, status: status, code: code}))
		}
		year := func(user string) gen.CalendarYear {
			return decode[gen.CalendarYear](t, w.do(t, call{user: user, method: "GET", url: basePath + "/calendar/2027", status: 200}))
		}
		acts := func() (n int64) {
			require.NoError(t, w.store.DB.Model(&models.AdminAct{}).Where("kind = ?", activities.ActCalendar).Count(&n).Error)
			return n
		}
		require.Equal(t, []bool{true, false, false}, []bool{year("sys").CanEdit, year("sec").CanEdit, year("county").CanEdit})
		for _, user := range []string{"sec", "log", "county", "cadre"} {
			put(user, holidays2027(nil), 403, "role_not_allowed")
		}
		told := put("sys", holidays2027(object{"dry_run": true}), 200, "")
		require.Equal(t, gen.CalendarChange{DryRun: true, Limits: 1, Cases: 1, Shifts: []gen.CalendarShift{{Days: 3, Limits: 1}}}, told)
		require.False(t, year("sys").Published)
		require.Zero(t, acts(), "a dry run writes nothing")

		put("sys", holidays2027(object{"published_on": "2026-13-04"}), 400, "")
		put("sys", holidays2027(object{"number": " "}), 422, "calendar_invalid")
		put("sys", holidays2027(object{"holidays": []object{{"name": "元旦", "first": "2027-01-01", "last": "2027-02-01", "work": []string{}}}}), 422, "calendar_invalid")
		put("sys", holidays2027(object{"holidays": []object{{"name": "元旦", "first": "2027-01-01", "last": "2027-01-01", "work": []string{"2027-01-04"}}}}), 422, "calendar_invalid") // a Monday is worked anyway
		require.Zero(t, acts())

		done := put("sys", holidays2027(nil), 200, "")
		require.Equal(t, told.Shifts, done.Shifts)
		now := year("cadre")
		require.True(t, now.Published)
		require.Equal(t, []any{"国办发明电〔2026〕0号", "虚构的2027年安排", 2, "虚构节"}, []any{now.Source, now.Title, len(now.Holidays), now.Holidays[1].Name})
		require.Equal(t, "makeup", now.Days[8].Kind)
		w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts?kind=" + activities.ActCalendar, status: 200, want: []string{"测sys", "启用放假安排", "2027年放假安排", "国办发明电〔2026〕0号"}})
		put("sys", holidays2027(nil), 200, "")
		require.EqualValues(t, 1, acts(), "the same once more changes nothing")

		moved, err := w.engine.RearmProvisional(t.Context())
		require.NoError(t, err)
		require.Len(t, moved, 1)
		told = put("sys", holidays2027(object{"dry_run": true, "holidays": []object{{"name": "元旦", "first": "2027-01-01", "last": "2027-01-03", "work": []string{}}}}), 200, "")
		require.Equal(t, gen.CalendarChange{DryRun: true, Shifts: []gen.CalendarShift{}, Fixed: 1}, told, "what is settled stays when the year is amended")

		// Another server, and one that starts anew, take it up from the record.
		other := &activities.Engine{Store: w.store, Calendar: policy.DefaultCalendar(), Clock: w.engine.Clock}
		require.NoError(t, other.LoadCalendar(t.Context()))
		require.Equal(t, w.engine.CalendarNow().Years(), other.CalendarNow().Years())

		w.pass(10 * day24)
		w.do(t, call{user: "sys", method: "PUT", url: basePath + "/calendar/2026", body: object{"number": "n", "title": "t", "published_on": "2025-11-04",
			"holidays": []object{{"name": "元旦", "first": "2026-01-01", "last": "2026-01-03", "work": []string{}}}}, status: 422, code: "calendar_past"})
	})
}
