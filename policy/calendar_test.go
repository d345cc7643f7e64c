package policy

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// notices repeats the three notices independently of the data files: free weekdays and worked weekend days, by hand.
var notices = map[int]struct {
	offWeekdays, worked []string
	workdays            int // of the whole year
}{
	2024: {
		strings.Fields("01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 10-01 10-02 10-03 10-04 10-07"),
		strings.Fields("02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12"), 251,
	},
	2025: {
		strings.Fields("01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08"),
		strings.Fields("01-26 02-08 04-27 09-28 10-11"), 248,
	},
	2026: {
		strings.Fields("01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02 10-05 10-06 10-07"),
		strings.Fields("01-04 02-14 02-28 05-09 09-20 10-10"), 248,
	},
}

func TestDefaultCalendarIsTheNotices(t *testing.T) {
	t.Parallel()
	cal := DefaultCalendar()
	for year, n := range notices {
		off, worked, total := []string{}, []string{}, 0
		for d := NewDate(year, 1, 1); d.Year == year; d = d.AddDays(1) {
			info := cal.Day(d)
			weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
			if info.Work {
				total++
			}
			switch {
			case weekend && info.Work:
				require.Equal(t, DayMakeup, info.Kind)
				worked = append(worked, d.String()[5:])
			case !weekend && !info.Work:
				require.Equal(t, DayHoliday, info.Kind)
				require.NotEmpty(t, info.Name)
				off = append(off, d.String()[5:])
			}
		}
		require.Equal(t, n.offWeekdays, off, year)
		require.Equal(t, n.worked, worked, year)
		require.Equal(t, n.workdays, total, year)
	}
}

func TestCalendarYearsNameTheirSource(t *testing.T) {
	t.Parallel()
	years := DefaultCalendar().Years()
	require.Len(t, years, 3)
	require.Equal(t, "国办发明电〔2023〕7号", years[0].Number)
	require.Equal(t, "国办发明电〔2024〕12号", years[1].Number)
	require.Equal(t, NewDate(2025, 11, 4), years[2].Published)
}

func TestUnpublishedYear(t *testing.T) {
	t.Parallel()
	cal := DefaultCalendar()
	for day, published := range map[string]bool{
		"2026-12-24": true, "2026-12-25": false, "2026-12-31": false, "2027-01-01": false, "2023-12-29": false,
		"2023-12-30": true, "2024-01-02": true,
	} {
		require.Equal(t, published, cal.Day(mustDate(day)).Published, day)
	}
	guess := cal.Day(mustDate("2027-01-02"))
	require.Equal(t, DayInfo{Date: mustDate("2027-01-02"), Kind: DayWeekend}, guess)
}

func TestOverlayReplacesAndJoins(t *testing.T) {
	t.Parallel()
	cal := DefaultCalendar().With(year2027(t))
	require.Equal(t, DayInfo{mustDate("2026-12-27"), true, "元旦", DayMakeup, true}, cal.Day(mustDate("2026-12-27")))
	require.Equal(t, DayHoliday, cal.Day(mustDate("2026-12-31")).Kind)
	require.True(t, cal.Day(mustDate("2026-12-28")).Published)
	require.Equal(t, DayHoliday, cal.Day(mustDate("2026-10-01")).Kind, "the other years stay")
	require.False(t, DefaultCalendar().Day(mustDate("2027-01-01")).Published, "the built-in calendar is not changed")

	amended := year2027(t)
	amended.Holidays = amended.Holidays[:0]
	require.Equal(t, DayWorkday, cal.With(amended).Day(mustDate("2027-01-01")).Kind, "a year is replaced as a whole")
}

func TestParseYearRefuses(t *testing.T) {
	t.Parallel()
	const head = `"year":2027,"number":"文号","title":"通知","published":"2026-11-10"`
	day := func(s string) string { return `{` + head + `,"holidays":[` + s + `]}` }
	for name, c := range map[string]struct{ raw, code string }{
		"not json":          {`{`, "calendar_json"},
		"unknown field":     {`{` + head + `,"days":[]}`, "calendar_json"},
		"trailing":          {day(`{"name":"元旦","from":"2027-01-01","to":"2027-01-01"}`) + "1", "calendar_json"},
		"bad date":          {day(`{"name":"元旦","from":"2027-02-30","to":"2027-03-01"}`), "calendar_json"},
		"year":              {`{"year":27,"number":"文号","title":"通知","published":"2026-11-10","holidays":[]}`, "calendar_year"},
		"no number":         {`{"year":2027,"number":" ","title":"通知","published":"2026-11-10"}`, "calendar_source"},
		"no published":      {`{"year":2027,"number":"文号","title":"通知"}`, "calendar_source"},
		"empty":             {day(``), "calendar_empty"},
		"no name":           {day(`{"name":"","from":"2027-01-01","to":"2027-01-01"}`), "calendar_name"},
		"no from":           {day(`{"name":"元旦","to":"2027-01-01"}`), "calendar_span"},
		"backwards":         {day(`{"name":"元旦","from":"2027-01-02","to":"2027-01-01"}`), "calendar_span"},
		"13 days":           {day(`{"name":"春节","from":"2027-02-01","to":"2027-02-13"}`), "calendar_span"},
		"other year":        {day(`{"name":"元旦","from":"2028-01-01","to":"2028-01-01"}`), "calendar_range"},
		"too early":         {day(`{"name":"元旦","from":"2026-12-24","to":"2026-12-26"}`), "calendar_range"},
		"overlap":           {day(`{"name":"A","from":"2027-01-01","to":"2027-01-03"},{"name":"B","from":"2027-01-03","to":"2027-01-04"}`), "calendar_overlap"},
		"work in holiday":   {day(`{"name":"A","from":"2027-01-01","to":"2027-01-03","work":["2027-01-02"]}`), "calendar_overlap"},
		"work on a weekday": {day(`{"name":"A","from":"2027-01-01","to":"2027-01-03","work":["2027-01-04"]}`), "calendar_makeup"},
	} {
		_, err := ParseYear([]byte(c.raw))
		var fault Fault
		require.ErrorAs(t, err, &fault, name)
		require.Equal(t, c.code, fault.Code, name)
	}
	_, err := ParseYear([]byte(day(`{"name":"春节","from":"2027-02-01","to":"2027-02-12"}`)))
	require.NoError(t, err, "twelve days are allowed")
}

func TestWorkdaysBetween(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to    string
		n           int
		provisional bool
	}{
		{"2026-09-30", "2026-09-30", 0, false},
		{"2026-09-30", "2026-10-07", 0, false}, // the whole national holiday
		{"2026-09-30", "2026-10-08", 1, false},
		{"2026-10-08", "2026-10-10", 2, false}, // Saturday the 10th is worked
		{"2026-10-10", "2026-10-08", -2, false},
		{"2025-12-31", "2026-01-04", 1, false}, // across the year, Sunday the 4th is worked
		{"2026-12-24", "2026-12-25", 1, true},
		{"2026-12-23", "2026-12-24", 1, false},
	} {
		n, provisional := DefaultCalendar().WorkdaysBetween(mustDate(c.from), mustDate(c.to))
		require.Equal(t, c.n, n, c)
		require.Equal(t, c.provisional, provisional, c)
	}
}

func TestDateRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := NewDate(2000, 1, 1+rapid.IntRange(0, 36500).Draw(t, "day"))
		raw, err := json.Marshal(d)
		require.NoError(t, err)
		var back Date
		require.NoError(t, json.Unmarshal(raw, &back))
		require.Equal(t, d, back)
		require.Equal(t, d, DateOf(d.End().Add(-time.Nanosecond)))
		n := rapid.IntRange(-5000, 5000).Draw(t, "n")
		require.Equal(t, n, d.AddDays(n).Sub(d))
	})
	require.Equal(t, mustDate("2026-01-01"), DateOf(time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC)), "16:00 UTC is midnight here")
	require.Equal(t, mustDate("2025-12-31"), DateOf(time.Date(2025, 12, 31, 15, 59, 59, 0, time.UTC)))
	require.Equal(t, "", Date{}.String())
	_, err := ParseDate("2026-1-1")
	require.Error(t, err)
}

func FuzzParseYear(f *testing.F) {
	raw, err := calendarFiles.ReadFile("calendar/2026.json")
	require.NoError(f, err)
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		y, err := ParseYear(raw)
		if err != nil {
			return
		}
		cal := DefaultCalendar().With(y)
		for _, h := range y.Holidays {
			require.False(t, cal.Day(h.From).Work)
		}
	})
}

func mustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// year2027 is an invented arrangement that reaches back into December, as the one for 2019 did.
func year2027(t *testing.T) YearData {
	t.Helper()
	y, err := ParseYear([]byte(`{"year":2027,"number":"试验〔2026〕1号","title":"试验安排","published":"2026-11-10","holidays":[
		{"name":"元旦","from":"2026-12-31","to":"2027-01-02","work":["2026-12-27"]}]}`))
	require.NoError(t, err)
	return y
}
