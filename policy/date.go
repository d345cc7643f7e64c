package policy

import (
	"fmt"
	"time"
)

// Shanghai is the only time zone of the product. It is a fixed zone, because China has kept UTC+8 without summer time
// since 1991 and the binary must not depend on a tzdata installation.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Date is a calendar day in Asia/Shanghai. The zero value means "no date". Dates are comparable with ==.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf gives the day in Asia/Shanghai on which the instant t lies.
func DateOf(t time.Time) Date {
	y, m, d := t.In(Shanghai).Date()
	return Date{y, m, d}
}

// NewDate builds a date; an overflowing day or month is carried over as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, Shanghai))
}

// ParseDate reads "2006-01-02" and nothing else.
func ParseDate(s string) (Date, error) {
	if d, ok := usualDate(s); ok {
		return d, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, Shanghai)
	if err != nil {
		return Date{}, Fault{"date_invalid", "", "日期应写作 2006-01-02"}
	}
	return DateOf(t), nil
}

// usualDate reads a day from 1 to 28, which every month has: a run over a province reads millions.
func usualDate(s string) (Date, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' || !allDigits(s[:4]) || !allDigits(s[5:7]) || !allDigits(s[8:]) {
		return Date{}, false
	}
	d := Date{number10(s[:4]), time.Month(number10(s[5:7])), number10(s[8:])}
	return d, d.usual()
}

// usual tells whether every month has such a day.
func (d Date) usual() bool { return d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= 28 }

// number10 is the number that digits write.
func number10(digits string) (n int) {
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// IsZero tells whether the date is unset.
func (d Date) IsZero() bool { return d == Date{} }

// String gives "2006-01-02", and "" for the zero date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Start().Format(time.DateOnly)
}

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// Start is the first instant of the day in Asia/Shanghai.
func (d Date) Start() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Shanghai) }

// End is the instant after the last moment of the day, 24:00.
func (d Date) End() time.Time { return d.AddDays(1).Start() }

// AddDays moves by n calendar days, forwards or back.
func (d Date) AddDays(n int) Date { return NewDate(d.Year, d.Month, d.Day+n) }

// Sub is the number of calendar days from o to d.
func (d Date) Sub(o Date) int { return int((d.Start().Unix() - o.Start().Unix()) / (24 * 60 * 60)) }

// Before tells whether d lies before o.
func (d Date) Before(o Date) bool { return d.Start().Before(o.Start()) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.Start().Weekday() }

// Chinese writes the date for people: 2026年10月8日（周四）.
func (d Date) Chinese() string {
	return fmt.Sprintf("%d年%d月%d日（%s）", d.Year, d.Month, d.Day, weekdayNames[d.Weekday()])
}

var weekdayNames = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}
