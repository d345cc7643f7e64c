package policy

import "time"

// Unit says in which days a budget counts.
type Unit string

// Calendar days count every day; working days count by the State Council's calendar with its make-up workdays.
const (
	UnitCalendar Unit = "calendar"
	UnitWorking  Unit = "working"
)

// Budget is the time a step may take. RollHoliday moves a last day that is not worked to the next working day
// (E-17a, 民法典 203); it has no effect on working days, whose last day is always worked.
type Budget struct {
	Days        int  `json:"days"`
	Unit        Unit `json:"unit"`
	RollHoliday bool `json:"roll_holiday,omitempty"`
	// Until, "2006-01-02", is a last day that somebody has set; nothing is counted.
	Until string `json:"until,omitempty"`
}

// DayEffect says what a passed day did to the count.
type DayEffect string

// Counted days use up the budget, skipped days do not, and rolled days are those the last day was moved across.
const (
	DayCounted DayEffect = "counted"
	DaySkipped DayEffect = "skipped"
	DayRolled  DayEffect = "rolled"
)

// DayNote is one calendar day of the arithmetic.
type DayNote struct {
	DayInfo
	Effect DayEffect `json:"effect"`
}

// Deadline is a due date together with its whole arithmetic, so that it can be shown and recomputed.
// Due is the instant after the last moment of LastDay (24:00). FirstDay is the first day that counts.
// Provisional means that a day the result depends on is not arranged by any notice in the calendar; WaitsFor is the
// year whose notice is missing, and Unlisted that it lies before all years of the calendar rather than in the future.
// A plain count of calendar days depends on no notice and is never provisional.
type Deadline struct {
	Anchor      Date      `json:"anchor"`
	Budget      Budget    `json:"budget"`
	Lost        int       `json:"lost,omitempty"`
	FirstDay    Date      `json:"first_day"`
	LastDay     Date      `json:"last_day"`
	Due         time.Time `json:"due"`
	Rolled      bool      `json:"rolled,omitempty"`
	Provisional bool      `json:"provisional,omitempty"`
	WaitsFor    int       `json:"waits_for,omitempty"`
	Unlisted    bool      `json:"unlisted,omitempty"`
	Days        []DayNote `json:"days"`
}

// Deadline counts the budget from the day of the anchor, which itself is not counted (E-17a, 民法典 201). lostDays are
// days to be made up, such as those on which a public notice was interrupted; they count in the budget's unit.
// Negative numbers of days count as none; a budget of no days ends with the day of the anchor.
func (c *Calendar) Deadline(anchor time.Time, b Budget, lostDays int) Deadline {
	start := DateOf(anchor)
	lost := max(lostDays, 0)
	d := Deadline{Anchor: start, Budget: b, Lost: lost, FirstDay: start, LastDay: start}
	if day, err := ParseDate(b.Until); err == nil {
		d.LastDay = day
		b.Days = 0
	}
	for left := max(b.Days, 0) + lost; left > 0; {
		d.LastDay = d.LastDay.AddDays(1)
		note := DayNote{c.Day(d.LastDay), DayCounted}
		if b.Unit == UnitWorking {
			c.depend(&d, note.DayInfo)
			if !note.Work {
				note.Effect = DaySkipped
			}
		}
		if note.Effect == DayCounted {
			left--
			if d.FirstDay == start {
				d.FirstDay = d.LastDay
			}
		}
		d.Days = append(d.Days, note)
	}
	if b.RollHoliday {
		c.roll(&d)
	}
	d.Due = d.LastDay.End()
	return d
}

// roll moves a last day that is not worked to the next day that is.
func (c *Calendar) roll(d *Deadline) {
	for info := c.Day(d.LastDay); ; {
		c.depend(d, info)
		if info.Work {
			return
		}
		d.Rolled = true
		info = c.Day(d.LastDay.AddDays(1))
		d.LastDay = info.Date
		d.Days = append(d.Days, DayNote{info, DayRolled})
	}
}

// depend records that the result rests on the kind of this day.
func (c *Calendar) depend(d *Deadline, info DayInfo) {
	if info.Published || d.Provisional {
		return
	}
	d.Provisional, d.WaitsFor = true, c.waitsFor(info.Date)
	d.Unlisted = !c.coversBefore(d.WaitsFor)
}
