package activities

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// ActCalendar is the act by which the holidays of a year come into use, are amended or are taken out: sealed like all acts of the
// administration, so that a date that was reckoned by holidays amended since can still be proved.
const ActCalendar = "calendar.use"

// calendarUsed is a calendar and since when it was used.
type calendarUsed struct {
	since    time.Time
	years    map[int]string // each as the act has it
	calendar *policy.Calendar
}

// calendarsUsed are the calendars that servers have used, the earliest first.
func calendarsUsed(db *gorm.DB) ([]calendarUsed, error) {
	var acts []models.AdminAct
	if err := db.Where("kind = ?", ActCalendar).Order("seq").Find(&acts).Error; err != nil {
		return nil, err
	}
	var out []calendarUsed
	for i := range acts {
		a := &acts[i]
		year, err := strconv.Atoi(a.TargetID)
		if err != nil {
			return nil, err
		}
		if len(out) == 0 || !out[len(out)-1].since.Equal(a.At) { // what came into use together has one moment
			next := calendarUsed{since: a.At, years: map[int]string{}}
			if len(out) > 0 {
				next.years = maps.Clone(out[len(out)-1].years)
			}
			out = append(out, next)
		}
		years := out[len(out)-1].years
		if years[year] = a.Detail["holidays"]; years[year] == "" {
			delete(years, year)
		}
	}
	for i := range out {
		var years []policy.YearData
		for _, raw := range out[i].years {
			var y policy.YearData
			if err := json.Unmarshal([]byte(raw), &y); err != nil {
				return nil, err
			}
			years = append(years, y)
		}
		out[i].calendar = (&policy.Calendar{}).With(years...)
	}
	return out, nil
}

// recordCalendar puts on record which years have come into use, were amended or taken out since a server started last.
func (e *Engine) recordCalendar(tx *gorm.DB) error {
	used, err := calendarsUsed(tx)
	if err != nil {
		return err
	}
	before, now := map[int]string{}, map[int]string{}
	if len(used) > 0 {
		before = used[len(used)-1].years
	}
	notices := map[int]policy.YearData{}
	for _, y := range e.CalendarNow().Years() {
		raw, err := json.Marshal(y)
		if err != nil {
			return err
		}
		now[y.Year], notices[y.Year] = string(raw), y
	}
	var top []string
	if err := tx.Model(&models.Region{}).Order("length(code), code").Limit(1).Pluck("code", &top).Error; err != nil {
		return err
	}
	at := e.Clock.Now()
	all := maps.Clone(before)
	maps.Copy(all, now)
	for _, year := range slices.Sorted(maps.Keys(all)) {
		if before[year] == now[year] {
			continue
		}
		a := models.AdminAct{At: at, ActorName: "系统", ActorRole: procedure.System, Kind: ActCalendar, Target: "calendar", TargetID: strconv.Itoa(year), TargetName: strconv.Itoa(year) + "年放假安排",
			Detail: map[string]string{"basis": notices[year].Number, "holidays": now[year]}}
		if len(top) > 0 {
			a.RegionCode = top[0]
		}
		if err := models.RecordAdminAct(tx, &a); err != nil {
			return err
		}
	}
	return nil
}

// CalendarNow is the calendar in use.
func (e *Engine) CalendarNow() *policy.Calendar {
	if cal := e.calendar.Load(); cal != nil {
		return cal
	}
	return e.Calendar
}

// EnterYear puts on record the holidays of a year as an administrator has entered them. The record is where they are kept: every
// server takes them up from there.
func (k AdminCall) EnterYear(region string, y policy.YearData) error {
	raw, err := json.Marshal(y)
	if err != nil {
		return err
	}
	return k.Record(ActCalendar, region, "calendar", strconv.Itoa(y.Year), strconv.Itoa(y.Year)+"年放假安排", map[string]string{"basis": y.Number, "holidays": string(raw)})
}

// LoadCalendar takes into use what administrators have entered, besides what the server began with. Of each year the latest word
// counts: a file, or a new version of the program, speaks anew once it says something else than when a server last noted it.
func (e *Engine) LoadCalendar(ctx context.Context) error {
	var acts []models.AdminAct
	if err := e.Store.DB.WithContext(ctx).Where("kind = ?", ActCalendar).Order("seq").Find(&acts).Error; err != nil {
		return err
	}
	begun := map[string]string{} // by year, what the server began with
	for _, y := range e.Calendar.Years() {
		raw, err := json.Marshal(y)
		if err != nil {
			return err
		}
		begun[strconv.Itoa(y.Year)] = string(raw)
	}
	noted, entered := map[string]string{}, map[string]string{}
	for i := range acts {
		year, holidays := acts[i].TargetID, acts[i].Detail["holidays"]
		if acts[i].ActorRole == procedure.System {
			noted[year] = holidays
			delete(entered, year)
		} else {
			entered[year] = holidays
		}
	}
	var years []policy.YearData
	for year, raw := range entered {
		if noted[year] != begun[year] {
			continue
		}
		var y policy.YearData
		if err := json.Unmarshal([]byte(raw), &y); err != nil {
			return err
		}
		years = append(years, y)
	}
	e.calendar.Store(e.Calendar.With(years...))
	if n := len(acts); n > 0 {
		e.calendarSeen.Store(acts[n-1].Seq)
	}
	return nil
}

// calendarWatch is how often a server looks whether an administrator has entered holidays, and calendarLag the longest that one may
// still reckon by the former ones.
const (
	calendarWatch = 5 * time.Second
	calendarLag   = time.Minute
)

// WatchCalendar takes into use what administrators enter while the server runs, until ctx ends. A server that works on cases gets
// those whose dates have moved: twice, since another one may have opened a case by the former calendar meanwhile.
func (e *Engine) WatchCalendar(ctx context.Context, moved func(ctx context.Context, cases []string) error, failed func(error)) {
	t := time.NewTicker(calendarWatch)
	defer t.Stop()
	w := calendarWatcher{e: e, seen: e.calendarSeen.Load()}
	for {
		if err := w.look(ctx, moved); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// calendarWatcher remembers the last act it has seen, and how often cases are still to be gone through.
type calendarWatcher struct {
	e    *Engine
	seen int64
	left int
}

func (w *calendarWatcher) look(ctx context.Context, moved func(ctx context.Context, cases []string) error) error {
	var last int64
	err := w.e.Store.DB.WithContext(ctx).Model(&models.AdminAct{}).Select("COALESCE(MAX(seq), 0)").Where("kind = ? AND seq > ?", ActCalendar, w.seen).Scan(&last).Error
	if err != nil {
		return err
	}
	if last > w.seen {
		if err := w.e.LoadCalendar(ctx); err != nil {
			return err
		}
		w.seen, w.left = last, 2
	}
	if w.left == 0 || moved == nil {
		return nil
	}
	cases, err := w.e.RearmProvisional(ctx)
	if err := errors.Join(err, moved(ctx, cases)); err != nil {
		return err
	}
	w.left--
	return nil
}

// CalendarOutlook is what other holidays would do to the limits that run.
type CalendarOutlook struct {
	Shifts map[int]int // by how many days, forward or back, how many limits would move
	Cases  int         // in how many cases
	Guess  int         // limits that would go on being provisional
	Fixed  int         // limits that are settled by the former holidays of the year and stay
}

// TryCalendar tells what holidays would do, and changes nothing.
func (e *Engine) TryCalendar(ctx context.Context, y policy.YearData) (CalendarOutlook, error) {
	now := e.CalendarNow()
	next := &Engine{Calendar: now.With(y)}
	out, cases := CalendarOutlook{Shifts: map[int]int{}}, map[string]bool{}
	running := e.Store.DB.WithContext(ctx).Where("stopped_at IS NULL").Session(&gorm.Session{})
	err := next.reckon(running.Where("provisional"), func(row *models.ClockRow, days int, guess bool) {
		if days != 0 {
			out.Shifts[days]++
			cases[row.CaseID] = true
		}
		if guess {
			out.Guess++
		}
	})
	out.Cases = len(cases)
	known := slices.ContainsFunc(now.Years(), func(x policy.YearData) bool { return x.Year == y.Year })
	if err != nil || !known {
		return out, err
	}
	from, until := policy.NewDate(y.Year-1, time.December, 1).Start().UTC(), policy.NewDate(y.Year+1, time.March, 1).Start().UTC()
	err = next.reckon(running.Where("NOT provisional AND due_at >= ? AND due_at < ?", from, until), func(_ *models.ClockRow, days int, _ bool) {
		if days != 0 {
			out.Fixed++
		}
	})
	return out, err
}

// reckon tells of clocks by how many days their last day would move by e's calendar, and whether it would be a guess.
func (e *Engine) reckon(tx *gorm.DB, use func(row *models.ClockRow, days int, guess bool)) error {
	var rows []models.ClockRow
	return tx.Select("id", "case_id", "anchor_at", "budget", "lost_days", "last_day").FindInBatches(&rows, 2000, func(*gorm.DB, int) error {
		for i := range rows {
			last, err := policy.ParseDate(rows[i].LastDay)
			if err != nil {
				return err
			}
			then := e.Deadline(&rows[i])
			use(&rows[i], then.LastDay.Sub(last), then.Provisional)
		}
		return nil
	}).Error
}

// byAnotherCalendar reports whether a clock is as a calendar has it that was used while it ran, and has been amended since.
func byAnotherCalendar(db *gorm.DB, then, row *models.ClockRow) (bool, error) {
	used, err := calendarsUsed(db)
	for i, u := range used {
		if row.StoppedAt != nil && i > 0 && u.since.After(*row.StoppedAt) || i+1 < len(used) && !used[i+1].since.Add(calendarLag).After(row.StartedAt) {
			continue
		}
		was := *then
		d := (&Engine{Calendar: u.calendar}).Deadline(&was)
		was.LastDay, was.DueAt, was.Provisional = d.LastDay.String(), d.Due.UTC(), d.Provisional
		if !was.Provisional && sameClock(&was, row) {
			return true, nil
		}
	}
	return false, err
}
