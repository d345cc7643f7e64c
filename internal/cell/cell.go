// Package cell reads the cells of workbooks as offices in the countryside fill them: widths, spaces, dates, amounts and
// numbers that are names.
package cell

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"shouwang/policy"
)

// Fold turns full-width letters, digits and signs into their ordinary form and every kind of space into one ordinary
// space, and cuts the spaces and apostrophes at both ends that keep a number as text in a sheet.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r), r == '\u200b', r == '\ufeff':
			space = true
			continue
		case unicode.IsControl(r):
			continue
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return strings.Trim(b.String(), " '`‘’")
}

// Tight is Fold without any space, for names, numbers and headings.
func Tight(s string) string { return strings.ReplaceAll(Fold(s), " ", "") }

// Blank tells whether a cell says nothing; offices write a dash or a slash for that.
func Blank(s string) bool {
	switch s {
	case "", "-", "--", "—", "——", "/", "\\", "无数据", "未填":
		return true
	}
	return false
}

var (
	dateParts   = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$`)
	dateClock   = regexp.MustCompile(`^(.*?)[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$`)
	dateCompact = regexp.MustCompile(`^\d{8}$`)
	dateSerial  = regexp.MustCompile(`^\d{1,5}(\.\d+)?$`)
)

// ParseDate reads a date in the spellings of offices: 2026-11-22, 2026/11/22 (also with dots), 2026年11月22日, 20261122
// and the day numbers of Excel, counted from 1904 when the workbook says so. A time of day is ignored.
func ParseDate(s string, from1904 bool) (policy.Date, bool) {
	s = Fold(s)
	if m := dateClock.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	s = strings.ReplaceAll(s, " ", "")
	if m := dateParts.FindStringSubmatch(s); m != nil {
		return civil(m[1], m[2], m[3])
	}
	if dateCompact.MatchString(s) {
		return civil(s[:4], s[4:6], s[6:])
	}
	if dateSerial.MatchString(s) {
		n, _ := strconv.ParseFloat(s, 64)
		return serial(int(n), from1904)
	}
	return policy.Date{}, false
}

// serial reads a day number of Excel. Numbers that look like a year are one, and no date; Excel's calendar has a 29th of
// February 1900, which never was.
func serial(n int, from1904 bool) (policy.Date, bool) {
	d := policy.NewDate(1899, time.December, 30).AddDays(n)
	switch {
	case n < 1 || (n >= 1900 && n <= 2100):
		return policy.Date{}, false
	case from1904:
		d = policy.NewDate(1904, time.January, 1).AddDays(n)
	case n < 60:
		d = d.AddDays(1)
	}
	if d.Year > 2100 {
		return policy.Date{}, false
	}
	return d, true
}

// civil makes a date of its parts and refuses days that do not exist and years in which nobody now living was born.
func civil(year, month, day string) (policy.Date, bool) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	out := policy.NewDate(y, time.Month(m), d)
	ok := out.Year == y && int(out.Month) == m && out.Day == d && y >= 1900 && y <= 2100
	if !ok {
		return policy.Date{}, false
	}
	return out, true
}

// ParseWhole reads a count such as "4", "4人" or "4.0".
func ParseWhole(s string) (int, bool) {
	s = strings.TrimRight(Tight(s), "人口个名")
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || f < 0 || f > 1000 {
		return 0, false
	}
	return int(f), true
}

// ParseMoney reads an amount in yuan, or in ten thousand yuan when the heading or the cell says 万, and gives fen.
func ParseMoney(s string, tenThousands bool) (int64, bool) {
	s = strings.TrimLeft(Tight(s), "¥￥")
	s = strings.TrimSuffix(strings.ReplaceAll(s, ",", ""), "元")
	if cut, ok := strings.CutSuffix(s, "万"); ok {
		s, tenThousands = cut, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, false
	}
	if tenThousands {
		f *= 10_000
	}
	if f < 0 || f > 1e10 {
		return 0, false
	}
	return int64(math.Round(f * 100)), true
}

var scientific = regexp.MustCompile(`^\d(\.\d+)?[eE]\+?\d{1,2}$`)

// Digits cleans a number that is a name: an identity, telephone or card number. It drops spaces and hyphens, and writes
// out what Excel kept as 5.1E+17; lost says that the last digits are gone, because Excel keeps fifteen.
func Digits(s string) (out string, lost bool) {
	s = strings.ToUpper(strings.ReplaceAll(Tight(s), "-", ""))
	if !scientific.MatchString(s) {
		return s, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f >= 1e30 {
		return s, false
	}
	return strconv.FormatFloat(f, 'f', 0, 64), f >= 1e15
}

// Said is the text of a cell with widths and spaces made ordinary; "" for one that says nothing.
func Said(s string) string {
	if s = Fold(s); Blank(s) {
		return ""
	}
	return s
}

// Dibao reads the columns about 低保 that offices keep beside the known ones: value by heading.
func Dibao(other map[string]string) bool {
	for heading, value := range other {
		no := slices.Contains([]string{"否", "无", "不", "未", "0"}, firstRune(value))
		if strings.Contains(heading, "低保") && !strings.Contains(heading, "边缘") && value != "" && !no {
			return true
		}
	}
	return false
}

func firstRune(s string) string {
	for _, r := range strings.TrimSpace(s) {
		return string(r)
	}
	return ""
}
