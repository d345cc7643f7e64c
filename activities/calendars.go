package activities

import (
	"encoding/json"
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
	for _, y := range e.Calendar.Years() {
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

// byAnotherCalendar reports whether a clock is as a calendar has it that was used while it ran, and has been amended since.
func byAnotherCalendar(db *gorm.DB, then, row *models.ClockRow) (bool, error) {
	used, err := calendarsUsed(db)
	for i, u := range used {
		if row.StoppedAt != nil && i > 0 && u.since.After(*row.StoppedAt) || i+1 < len(used) && !used[i+1].since.After(row.StartedAt) {
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
