package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// YearData is one year's holiday arrangement as the State Council's notice states it, with its source.
type YearData struct {
	Year      int       `json:"year"`
	Number    string    `json:"number"`    // document number, 国办发明电〔2025〕7号
	Title     string    `json:"title"`     // title of the notice
	Published Date      `json:"published"` // date of the notice
	Source    string    `json:"source,omitempty"`
	Note      string    `json:"note,omitempty"` // how the days were checked
	Holidays  []Holiday `json:"holidays"`
}

// Holiday is one holiday of the notice: free from From to To, both included, and the weekend days worked for it.
type Holiday struct {
	Name string `json:"name"`
	From Date   `json:"from"`
	To   Date   `json:"to"`
	Work []Date `json:"work"`
}

// longestHoliday bounds a span, so that a wrong year in one date cannot free half a year.
const longestHoliday = 12

// ParseYear reads one year's arrangement and refuses a faulty one with a Fault: unknown fields, missing source, days
// outside the year (the last days of the December before are allowed), spans in the wrong order, overlapping or too
// long, and make-up days that are not weekend days.
func ParseYear(raw []byte) (YearData, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var y YearData
	if err := dec.Decode(&y); err != nil {
		return YearData{}, Fault{"calendar_json", "", "放假安排不是有效的 JSON：" + err.Error()}
	}
	if _, err := dec.Token(); err != io.EOF {
		return YearData{}, Fault{"calendar_json", "", "放假安排之后还有多余内容"}
	}
	if err := y.check(); err != nil {
		return YearData{}, err
	}
	return y, nil
}

func (y YearData) check() error {
	switch {
	case y.Year < 2000 || y.Year > 2100:
		return Fault{"calendar_year", "year", fmt.Sprintf("年份 %d 不在 2000 至 2100 之间", y.Year)}
	case strings.TrimSpace(y.Number) == "" || strings.TrimSpace(y.Title) == "":
		return Fault{"calendar_source", "number", "须写明通知的文号和标题"}
	case y.Published.IsZero():
		return Fault{"calendar_source", "published", "须写明通知的发布日期"}
	case len(y.Holidays) == 0:
		return Fault{"calendar_empty", "holidays", "放假安排为空"}
	}
	seen := map[Date]string{}
	for i, h := range y.Holidays {
		field := fmt.Sprintf("holidays[%d]", i)
		if err := y.checkHoliday(field, h, seen); err != nil {
			return err
		}
	}
	return nil
}

func (y YearData) checkHoliday(field string, h Holiday, seen map[Date]string) error {
	if strings.TrimSpace(h.Name) == "" {
		return Fault{"calendar_name", field, "节日名称为空"}
	}
	if h.From.IsZero() || h.To.IsZero() {
		return Fault{"calendar_span", field, h.Name + "缺少起止日期"}
	}
	if span := h.To.Sub(h.From) + 1; span < 1 || span > longestHoliday {
		return Fault{"calendar_span", field, fmt.Sprintf("%s放假 %d 天，应在 1 至 %d 天之间", h.Name, span, longestHoliday)}
	}
	for d := h.From; !h.To.Before(d); d = d.AddDays(1) {
		if err := y.claim(field, d, h.Name, seen); err != nil {
			return err
		}
	}
	for _, d := range h.Work {
		if err := y.claim(field, d, h.Name+"调休", seen); err != nil {
			return err
		}
		if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
			return Fault{"calendar_makeup", field, fmt.Sprintf("%s调休上班日 %s 不是周末", h.Name, d.Chinese())}
		}
	}
	return nil
}

// claim marks a day as arranged and refuses a second arrangement of it, or a day of another year.
func (y YearData) claim(field string, d Date, name string, seen map[Date]string) error {
	inDecember := d.Year == y.Year-1 && d.Month == time.December && d.Day >= yearEndDay
	if d.Year != y.Year && !inDecember {
		return Fault{"calendar_range", field, fmt.Sprintf("%s不属于%d年的安排", d.Chinese(), y.Year)}
	}
	if other, ok := seen[d]; ok {
		return Fault{"calendar_overlap", field, fmt.Sprintf("%s同时属于%s和%s", d.Chinese(), other, name)}
	}
	seen[d] = name
	return nil
}
