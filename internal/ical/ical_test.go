package ical_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"shouwang/internal/casetime"
	"shouwang/internal/ical"
)

// unfold and unescape are what a calendar program does.
func unfold(text string) string { return strings.ReplaceAll(text, "\r\n ", "") }

func unescape(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(text)
}

func write(t *testing.T, events ...ical.Event) []string {
	t.Helper()
	c := ical.Calendar{Name: "待办期限", Product: "-//Shouwang//Deadlines//ZH", At: time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC), Refresh: time.Hour, Events: events}
	var b bytes.Buffer
	n, err := c.WriteTo(&b)
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), n)
	require.True(t, strings.HasSuffix(b.String(), "END:VCALENDAR\r\n"))
	for _, line := range strings.Split(b.String(), "\r\n") {
		require.LessOrEqual(t, len(line), 75, line)
		require.NotContains(t, line, "\n")
	}
	return strings.Split(unfold(b.String()), "\r\n")
}

func TestEmptyCalendarIsACalendar(t *testing.T) {
	t.Parallel()
	got := write(t)
	for _, line := range []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Shouwang//Deadlines//ZH", "METHOD:PUBLISH", "X-WR-CALNAME:待办期限",
		"REFRESH-INTERVAL;VALUE=DURATION:PT1H", "BEGIN:VTIMEZONE", "TZID:Asia/Shanghai", "TZOFFSETTO:+0800"} {
		require.Contains(t, got, line)
	}
	require.NotContains(t, got, "BEGIN:VEVENT")
}

// A limit that is over at midnight is the whole last day; a second later or earlier
// it is a moment.
func TestDayOrMoment(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 10, 1, 0, 0, 0, 0, casetime.Shanghai).UTC()
	for _, x := range []struct {
		name      string
		end       time.Time
		want, not []string
	}{
		{"midnight", midnight, []string{"DTSTART;VALUE=DATE:20260930", "DTEND;VALUE=DATE:20261001", "TRIGGER:-PT15H30M"}, []string{"TZID="}},
		{"a second before", midnight.Add(-time.Second), []string{"DTSTART;TZID=Asia/Shanghai:20260930T235959", "TRIGGER:-P1D"}, []string{"DTEND", "VALUE=DATE:"}},
		{"a second after", midnight.Add(time.Second), []string{"DTSTART;TZID=Asia/Shanghai:20261001T000001", "TRIGGER:-P1D"}, []string{"DTEND", "VALUE=DATE:"}},
	} {
		got := strings.Join(write(t, ical.Event{UID: "case-clue@shouwang", Summary: "线索", End: x.end}), "\n")
		for _, line := range append(x.want, "UID:case-clue@shouwang", "DTSTAMP:20260310T040000Z", "STATUS:CONFIRMED", "ACTION:DISPLAY") {
			require.Contains(t, got, line, x.name)
		}
		for _, part := range x.not {
			require.NotContains(t, got, part, x.name)
		}
	}
}

func TestTextsAreEscapedAndTentativeIsSaid(t *testing.T) {
	t.Parallel()
	got := write(t, ical.Event{UID: "u", Summary: `甲;乙,丙\丁`, Description: "一\r\n二\n三\r四", Location: "石桥村\x00\x7f", End: time.Now(), Tentative: true})
	for _, line := range []string{`SUMMARY:甲\;乙\,丙\\丁`, `DESCRIPTION:一\n二\n三\n四`, "LOCATION:石桥村", "STATUS:TENTATIVE"} {
		require.Contains(t, got, line)
	}
}

// 75 octets stay one line, 76 become two; a character is never torn.
func TestFoldBoundary(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		line  string
		sizes []int
	}{
		{strings.Repeat("a", 75), []int{75}},
		{strings.Repeat("a", 76), []int{75, 2}},
		{strings.Repeat("a", 75+74), []int{75, 75}},
		{strings.Repeat("a", 75+75), []int{75, 75, 2}},
		{strings.Repeat("守", 25), []int{75}},
		{"a" + strings.Repeat("守", 25), []int{73, 4}},
	} {
		var sizes []int
		for _, piece := range strings.Split(ical.Fold(x.line), "\r\n") {
			sizes = append(sizes, len(piece))
		}
		require.Equal(t, x.sizes, sizes)
	}
}

// FuzzLine: whatever the text, it comes back whole, and no line is too long, torn
// or anything but a line of its own.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "线索·核实", `a;b,c\n`, "一\r\n二\r三\n", strings.Repeat("守望\\", 60), "\xff\xfe", "\r\nEND:VCALENDAR\r\n", "\r\x00\n", "👪" + strings.Repeat("x", 74)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folded := ical.Fold("SUMMARY:" + ical.Escape(text))
		for i, line := range strings.Split(folded, "\r\n") {
			require.LessOrEqual(t, len(line), 75)
			require.True(t, utf8.ValidString(line))
			require.NotContains(t, line, "\r")
			require.NotContains(t, line, "\n")
			require.True(t, i == 0 || strings.HasPrefix(line, " "), "what was folded is one line")
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\r' || r == 0x7f {
				return -1
			}
			return r
		}, strings.ToValidUTF8(text, ""))
		want = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(want)
		require.Equal(t, "SUMMARY:"+want, unescape(unfold(folded)))
	})
}
