package policy

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

//go:embed calendar/*.json
var calendarFiles embed.FS

// DayKind says why a day is worked or free.
type DayKind string

// The four kinds of day. A weekend day inside a holiday is a holiday; a weekend day worked in exchange is a makeup day.
const (
	DayWorkday DayKind = "workday"
	DayWeekend DayKind = "weekend"
	DayHoliday DayKind = "holiday"
	DayMakeup  DayKind = "makeup"
)

// DayInfo is what the calendar knows about one day. Name is the holiday's name, also on its make-up days.
// Published is false where the State Council has not yet arranged the day, so that Work is only the weekday guess.
type DayInfo struct {
	Date      Date    `json:"date"`
	Work      bool    `json:"work"`
	Name      string  `json:"name,omitempty"`
	Kind      DayKind `json:"kind"`
	Published bool    `json:"published"`
}

// Calendar is an immutable working-day calendar made of the yearly arrangements it was given.
type Calendar struct {
	years map[int]YearData
	days  map[Date]DayInfo
}

var defaultCalendar = sync.OnceValue(func() *Calendar {
	files, err := calendarFiles.ReadDir("calendar")
	if err != nil {
		panic(err)
	}
	c := &Calendar{}
	for _, f := range files {
		raw, err := calendarFiles.ReadFile("calendar/" + f.Name())
		if err != nil {
			panic(err)
		}
		y, err := ParseYear(raw)
		if err != nil {
			panic(fmt.Errorf("calendar/%s: %w", f.Name(), err))
		}
		c = c.With(y)
	}
	return c
})

// DefaultCalendar is the calendar built into the program: 2024, 2025 and 2026 by the notices named in the data files.
func DefaultCalendar() *Calendar { return defaultCalendar() }

// With gives a new calendar in which the given years replace or join those of c; c itself does not change.
// This is the administrator's overlay, for a newly published year or an amended one.
func (c *Calendar) With(years ...YearData) *Calendar {
	n := &Calendar{years: map[int]YearData{}, days: map[Date]DayInfo{}}
	maps.Copy(n.years, c.years)
	for _, y := range years {
		n.years[y.Year] = y
	}
	// In ascending order, so that a later year's notice decides the last days of December that it names.
	for _, k := range slices.Sorted(maps.Keys(n.years)) {
		n.apply(n.years[k])
	}
	return n
}

func (c *Calendar) apply(y YearData) {
	for _, h := range y.Holidays {
		for d := h.From; !h.To.Before(d); d = d.AddDays(1) {
			c.days[d] = DayInfo{Date: d, Name: h.Name, Kind: DayHoliday, Published: true}
		}
		for _, d := range h.Work {
			c.days[d] = DayInfo{Date: d, Work: true, Name: h.Name, Kind: DayMakeup, Published: true}
		}
	}
}

// Years lists the arrangements in the calendar in ascending order, to be shown with their sources.
func (c *Calendar) Years() []YearData {
	out := make([]YearData, 0, len(c.years))
	for _, k := range slices.Sorted(maps.Keys(c.years)) {
		out = append(out, c.years[k])
	}
	return out
}

// Day tells what kind of day d is.
func (c *Calendar) Day(d Date) DayInfo {
	if info, ok := c.days[d]; ok {
		return info
	}
	info := DayInfo{Date: d, Work: true, Kind: DayWorkday, Published: c.waitsFor(d) == 0}
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		info.Work, info.Kind = false, DayWeekend
	}
	return info
}

// yearEndDay is the first day of December that the next year's notice may still rearrange for New Year's Day; the
// earliest such day so far was 29 December (2018).
const yearEndDay = 25

// waitsFor gives the year whose notice is still needed to be sure of the day, or 0.
func (c *Calendar) waitsFor(d Date) int {
	if _, ok := c.years[d.Year]; !ok {
		return d.Year
	}
	if d.Month == time.December && d.Day >= yearEndDay {
		if _, ok := c.years[d.Year+1]; !ok {
			return d.Year + 1
		}
	}
	return 0
}

// coversBefore tells whether the calendar has a year earlier than the given one.
func (c *Calendar) coversBefore(year int) bool {
	for y := range c.years {
		if y < year {
			return true
		}
	}
	return false
}

// WorkdaysBetween counts the working days after a up to and including b; when b lies before a the count is negative.
// provisional is true when one of these days is not yet arranged by a published notice.
func (c *Calendar) WorkdaysBetween(a, b Date) (n int, provisional bool) {
	if b.Before(a) {
		n, provisional = c.WorkdaysBetween(b, a)
		return -n, provisional
	}
	for d := a.AddDays(1); !b.Before(d); d = d.AddDays(1) {
		info := c.Day(d)
		if info.Work {
			n++
		}
		provisional = provisional || !info.Published
	}
	return n, provisional
}
