// Package ical writes calendars of deadlines in the format of RFC 5545, for
// calendar programs that fetch them again and again.
package ical

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shouwang/internal/casetime"
)

// maxLine is how many octets a line may have without its end (RFC 5545, 3.1).
const maxLine = 75

// Calendar is a list of events with a name, as it is at a moment.
type Calendar struct {
	Name string
	// Product names the program that writes, "-//Shouwang//Deadlines//ZH".
	Product string
	At      time.Time
	// Refresh is how often a program should fetch the calendar again, in whole hours.
	Refresh time.Duration
	Events  []Event
}

// Event is a day or a moment with a reminder one day before.
type Event struct {
	// UID is the same for ever for the same thing, so that a program moves an event
	// instead of adding another.
	UID         string
	Summary     string
	Description string
	Location    string
	// End is when the time is over. An End at midnight in the county is shown as the
	// whole day before it, any other as a moment.
	End time.Time
	// Tentative events may move without anybody doing anything.
	Tentative bool
}

// WriteTo writes the calendar. The error is that of w.
func (c *Calendar) WriteTo(w io.Writer) (int64, error) {
	var b lines
	b.put("BEGIN", "VCALENDAR")
	b.put("VERSION", "2.0")
	b.put("PRODID", Escape(c.Product))
	b.put("CALSCALE", "GREGORIAN")
	b.put("METHOD", "PUBLISH")
	b.put("X-WR-CALNAME", Escape(c.Name))
	b.put("X-WR-TIMEZONE", zone)
	b.put("REFRESH-INTERVAL;VALUE=DURATION", hours(c.Refresh))
	b.put("X-PUBLISHED-TTL", hours(c.Refresh))
	b.zone()
	for i := range c.Events {
		b.event(&c.Events[i], c.At)
	}
	b.put("END", "VCALENDAR")
	return b.WriteTo(w)
}

const (
	zone = "Asia/Shanghai"
	day  = "20060102"
	// local and utc are the two forms of a moment.
	local = "20060102T150405"
	utc   = "20060102T150405Z"
)

// lines are content lines, folded and ended as the format wants it.
type lines struct{ bytes.Buffer }

func (b *lines) put(name, value string) {
	b.WriteString(Fold(name + ":" + value))
	b.WriteString("\r\n")
}

// zone describes the one time zone of the county, which has no summer time.
func (b *lines) zone() {
	for _, p := range [][2]string{{"BEGIN", "VTIMEZONE"}, {"TZID", zone}, {"BEGIN", "STANDARD"}, {"DTSTART", "19910915T010000"},
		{"TZOFFSETFROM", "+0800"}, {"TZOFFSETTO", "+0800"}, {"TZNAME", "CST"}, {"END", "STANDARD"}, {"END", "VTIMEZONE"}} {
		b.put(p[0], p[1])
	}
}

func (b *lines) event(e *Event, at time.Time) {
	b.put("BEGIN", "VEVENT")
	b.put("UID", Escape(e.UID))
	b.put("DTSTAMP", at.UTC().Format(utc))
	end, before := e.End.In(casetime.Shanghai), "-P1D"
	if h, m, s := end.Clock(); h == 0 && m == 0 && s == 0 {
		b.put("DTSTART;VALUE=DATE", end.AddDate(0, 0, -1).Format(day))
		b.put("DTEND;VALUE=DATE", end.Format(day))
		before = "-PT15H30M" // half past eight on the day before, not midnight
	} else {
		b.put("DTSTART;TZID="+zone, end.Format(local))
	}
	b.put("SUMMARY", Escape(e.Summary))
	b.text("DESCRIPTION", e.Description)
	b.text("LOCATION", e.Location)
	status := "CONFIRMED"
	if e.Tentative {
		status = "TENTATIVE"
	}
	b.put("STATUS", status)
	b.put("TRANSP", "TRANSPARENT") // a deadline takes nobody's time
	b.put("BEGIN", "VALARM")
	b.put("ACTION", "DISPLAY")
	b.put("DESCRIPTION", Escape(e.Summary))
	b.put("TRIGGER", before)
	b.put("END", "VALARM")
	b.put("END", "VEVENT")
}

// text puts a property that may be left out.
func (b *lines) text(name, value string) {
	if value != "" {
		b.put(name, Escape(value))
	}
}

func hours(d time.Duration) string { return "PT" + strconv.Itoa(max(int(d.Hours()), 1)) + "H" }

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// Escape writes a text as a value. Control characters, which the format does not
// know, and bytes that are no UTF-8 are left out.
func Escape(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return escapes.Replace(clean)
}

// Fold breaks a line into pieces of at most 75 octets, never within a character.
// Every piece but the first begins with a space, which does not belong to it.
func Fold(line string) string {
	var b strings.Builder
	for room := maxLine; len(line) > room; room = maxLine - 1 {
		n := room
		for n > 0 && !utf8.RuneStart(line[n]) {
			n--
		}
		if n == 0 {
			n = room // no UTF-8
		}
		b.WriteString(line[:n])
		b.WriteString("\r\n ")
		line = line[n:]
	}
	b.WriteString(line)
	return b.String()
}
