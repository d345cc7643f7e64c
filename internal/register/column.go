// Package register is the one list of the columns of the household register that the national export has beside the
// first ones (domain 5.2, X): what each is called, of what class it is, where it is kept and how it is read and written.
// The ledger, the household page and corrections all work from it.
package register

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Part says of what a column tells.
type Part int

// The four parts of a record: the household, its income of a year, a person, and a person's last stretch of work.
const (
	Household Part = iota
	Income
	Person
	Work
)

// Record is where columns are kept; a column needs its own part only.
type Record struct {
	Household *models.HouseholdSecret
	Income    *models.IncomeYear
	Person    *models.PersonSecret
	Work      *models.WorkRecord
}

// Blank is a record of which nothing is recorded.
func Blank() Record {
	return Record{Household: &models.HouseholdSecret{}, Income: &models.IncomeYear{}, Person: &models.PersonSecret{}, Work: &models.WorkRecord{}}
}

// Kind is how a column is written: 是 or 否, a number, whole numbers, an amount in yuan, a day, one of a list, or text.
type Kind string

// The kinds.
const (
	YesNo  Kind = "yes_no"
	Number Kind = "number"
	Whole  Kind = "whole"
	Money  Kind = "money"
	Day    Kind = "day"
	Choice Kind = "choice"
	Text   Kind = "text"
)

// Column is one of them. Headings are how else offices call it, separated by spaces; Options the values of a choice.
type Column struct {
	Code, Title, Unit string
	Part              Part
	Kind              Kind
	Class             procedure.Class
	Headings          string
	Options           []policy.Item

	place func(r Record) any
}

// OfMember tells whether the column is kept for each member.
func (c Column) OfMember() bool { return c.Part == Person || c.Part == Work }

// Find looks a column up by its code.
func Find(code string) (Column, bool) {
	i, ok := index[code]
	if !ok {
		return Column{}, false
	}
	return Columns[i], true
}

var index = func() map[string]int {
	m := make(map[string]int, len(Columns))
	for i, c := range Columns {
		m[c.Code] = i
	}
	return m
}()

// Get writes the value as people read it, without the unit; "" is not recorded.
func (c Column) Get(r Record) string {
	switch v := c.place(r).(type) {
	case **bool:
		return yesText(*v)
	case **float64:
		if *v != nil {
			return strconv.FormatFloat(**v, 'f', -1, 64)
		}
	case **int:
		if *v != nil {
			return strconv.Itoa(**v)
		}
	case **int64:
		if *v != nil {
			return policy.Yuan(**v)
		}
	case *string:
		return c.title(*v)
	}
	return ""
}

func yesText(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return "是"
	}
	return "否"
}

func (c Column) title(code string) string {
	for _, o := range c.Options {
		if o.Code == code {
			return o.Title
		}
	}
	return code
}

// Set reads a value as people write it; "" makes it not recorded. The error says in Chinese what it should be.
func (c Column) Set(r Record, s string) error {
	if s = strings.TrimSpace(s); c.Kind != Text {
		s = strings.TrimSpace(policy.Fold(s))
	}
	switch v := c.place(r).(type) {
	case **bool:
		return parse(v, s, c.flag)
	case **float64:
		return parse(v, s, c.number)
	case **int:
		return parse(v, s, c.whole)
	case **int64:
		return parse(v, s, c.money)
	case *string:
		return c.text(v, s)
	}
	return nil
}

func parse[T any](into **T, s string, read func(string) (T, error)) error {
	if s == "" {
		*into = nil
		return nil
	}
	v, err := read(s)
	if err == nil {
		*into = &v
	}
	return err
}

var (
	yesWords = strings.Fields("是 有 已 参加 已参加 参保 已参保 享受 已享受 合格 达标 好 √ 对 Y YES 1 TRUE")
	noWords  = strings.Fields("否 无 没有 未 未参加 不参加 未参保 不享受 未享受 不合格 不达标 差 × X 错 N NO 0 FALSE")
)

func (c Column) flag(s string) (bool, error) {
	s = strings.ToUpper(s)
	switch {
	case slices.Contains(yesWords, s):
		return true, nil
	case slices.Contains(noWords, s):
		return false, nil
	}
	return false, fmt.Errorf("%s“%s”应为是或否", c.Title, s)
}

var amount = regexp.MustCompile(`^[¥￥]?(-?\d+(?:\.\d+)?)\s*(?:亩|㎡|平方米|平米|公里|千米|KM|km|米|M|m|升|L|分钟|天|个|次|个月|月|元|元/月|人)?$`)

// largest bounds every number: more is a typing error.
const largest = 1e9

func (c Column) number(s string) (float64, error) {
	m := amount.FindStringSubmatch(strings.ReplaceAll(s, ",", ""))
	if m == nil {
		return 0, fmt.Errorf("%s“%s”应为数字", c.Title, s)
	}
	f, err := strconv.ParseFloat(m[1], 64)
	if err != nil || math.Abs(f) > largest {
		return 0, fmt.Errorf("%s“%s”应为数字", c.Title, s)
	}
	return f, nil
}

// whole reads a count; offices write 是 and 否 for one and none.
func (c Column) whole(s string) (int, error) {
	if yes, err := c.flag(s); err == nil && !strings.ContainsAny(s, "01") {
		if yes {
			return 1, nil
		}
		return 0, nil
	}
	f, err := c.number(s)
	if err != nil || f != math.Trunc(f) || f < 0 || f > 10_000 {
		return 0, fmt.Errorf("%s“%s”应为整数", c.Title, s)
	}
	return int(f), nil
}

// money reads yuan and gives fen.
func (c Column) money(s string) (int64, error) {
	f, err := c.number(s)
	if err != nil {
		return 0, fmt.Errorf("%s“%s”不是金额", c.Title, s)
	}
	return int64(math.Round(f * 100)), nil
}

func (c Column) text(into *string, s string) error {
	switch {
	case s == "":
	case c.Kind == Day:
		d, err := policy.ParseDate(s)
		if err != nil {
			d, err = policy.ParseDate(s + "-01")
		}
		if err != nil {
			return fmt.Errorf("%s“%s”应为 2026-03-01 这样的日期", c.Title, s)
		}
		s = d.String()
	case c.Kind == Choice:
		i := slices.IndexFunc(c.Options, func(o policy.Item) bool { return policy.Fold(o.Title) == s || policy.Fold(o.Code) == s })
		if i < 0 {
			return fmt.Errorf("%s“%s”应为%s之一", c.Title, s, c.choices())
		}
		s = c.Options[i].Code
	}
	*into = s
	return nil
}

func (c Column) choices() string {
	titles := make([]string, len(c.Options))
	for i, o := range c.Options {
		titles[i] = o.Title
	}
	return strings.Join(titles, "、")
}
