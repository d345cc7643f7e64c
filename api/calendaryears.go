package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	openapitypes "github.com/oapi-codegen/runtime/types"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/policy"
	"shouwang/procedure"
)

// GetCalendar shows the working days of a year.
func (s *server) GetCalendar(ctx context.Context, r gen.GetCalendarRequestObject) (gen.GetCalendarResponseObject, error) {
	out := gen.CalendarYear{Year: r.Year, Days: []gen.CalendarDay{}}
	cal := s.engine.CalendarNow()
	if y, ok := arranged(cal, r.Year); ok {
		out.Published, out.Source, out.Title, out.PublishedOn = true, y.Number, y.Title, day(y.Published)
		for _, h := range y.Holidays {
			out.Holidays = append(out.Holidays, gen.CalendarHoliday{Name: h.Name, First: day(h.From), Last: day(h.To), Work: days(h.Work)})
		}
	} else {
		out.Warning = "这一年的放假安排尚未公布或未收录，工作日按周末暂估"
	}
	for d := policy.NewDate(r.Year, time.January, 1); d.Year == r.Year; d = d.AddDays(1) {
		info := cal.Day(d)
		out.Days = append(out.Days, gen.CalendarDay{Date: day(d), Work: info.Work, Name: info.Name, Kind: string(info.Kind)})
	}
	_, err := administering(viewerOf(ctx), keepingCalendar)
	out.CanEdit = err == nil && r.Year >= s.today().Year
	return gen.GetCalendar200JSONResponse(out), nil
}

func arranged(cal *policy.Calendar, year int) (policy.YearData, bool) {
	years := cal.Years()
	i := slices.IndexFunc(years, func(y policy.YearData) bool { return y.Year == year })
	if i < 0 {
		return policy.YearData{}, false
	}
	return years[i], true
}

func days(dates []policy.Date) []openapitypes.Date {
	out := []openapitypes.Date{}
	for _, d := range dates {
		out = append(out, day(d))
	}
	return out
}

// PutCalendarYear enters the holidays of a year, or tells what that would do to the limits that run. What is entered once more
// changes nothing.
func (s *server) PutCalendarYear(ctx context.Context, r gen.PutCalendarYearRequestObject) (gen.PutCalendarYearResponseObject, error) {
	v := viewerOf(ctx)
	g, err := administering(v, keepingCalendar)
	if err != nil {
		return nil, err
	}
	year, err := enteredYear(r.Year, r.Body)
	if err != nil {
		return nil, err
	}
	if year.Year < s.today().Year {
		return nil, invalidField("year", "calendar_past", "以前年份的放假安排不能再改")
	}
	told, err := s.engine.TryCalendar(ctx, year)
	if err != nil {
		return nil, err
	}
	if now, ok := arranged(s.engine.CalendarNow(), year.Year); !r.Body.DryRun && !(ok && sameYear(now, year)) {
		err := s.engine.Store.Tx(ctx, func(tx *gorm.DB) error { return s.engine.Administer(tx, v.as(g)).EnterYear(g.RegionCode, year) })
		if err == nil {
			err = s.engine.LoadCalendar(ctx)
		}
		if err != nil {
			return nil, err
		}
	}
	return gen.PutCalendarYear200JSONResponse(calendarChange(told, r.Body.DryRun)), nil
}

// enteredYear is the arrangement that a request tells, as a file of it would say it.
func enteredYear(year int, in *gen.CalendarInput) (policy.YearData, error) {
	y := policy.YearData{Year: year, Number: in.Number, Title: in.Title, Published: dateOf(in.PublishedOn.Time)}
	for _, h := range in.Holidays {
		one := policy.Holiday{Name: h.Name, From: dateOf(h.First.Time), To: dateOf(h.Last.Time), Work: []policy.Date{}}
		for _, d := range h.Work {
			one.Work = append(one.Work, dateOf(d.Time))
		}
		y.Holidays = append(y.Holidays, one)
	}
	raw, err := json.Marshal(y)
	if err != nil {
		return y, err
	}
	out, err := policy.ParseYear(raw)
	var fault policy.Fault
	if errors.As(err, &fault) {
		return y, procedure.Refuse(procedure.Invalid, "calendar_invalid", "放假安排不合要求", procedure.FieldFault{Field: fault.Field, Code: fault.Code, Message: fault.Message})
	}
	return out, err
}

// sameYear reports whether two arrangements say the same.
func sameYear(a, b policy.YearData) bool {
	one, err := json.Marshal(a)
	other, errB := json.Marshal(b)
	return err == nil && errB == nil && string(one) == string(other)
}

func calendarChange(o activities.CalendarOutlook, dry bool) gen.CalendarChange {
	out := gen.CalendarChange{DryRun: dry, Cases: o.Cases, Provisional: o.Guess, Fixed: o.Fixed, Shifts: []gen.CalendarShift{}}
	for n, limits := range o.Shifts {
		out.Limits += limits
		out.Shifts = append(out.Shifts, gen.CalendarShift{Days: n, Limits: limits})
	}
	slices.SortFunc(out.Shifts, func(a, b gen.CalendarShift) int { return a.Days - b.Days })
	return out
}
