package activities

import (
	"encoding/json"
	"hash/fnv"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// moveClocks starts, stops, pauses and resumes the time limits of a case that
// goes from one state to another, and sets when the case is due and must be
// looked at again.
func (e *Engine) moveClocks(tx *gorm.DB, c *models.Case, d *procedure.Definition, from, to procedure.State, now time.Time) error {
	snapshot, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return err
	}
	var rows []models.ClockRow
	if from != "" { // a case that is being opened has none
		if rows, err = runningClocks(tx, c.ID); err != nil {
			return err
		}
	}
	stored := slices.Clone(rows)
	for _, k := range d.Clocks {
		was, is := from != "" && slices.Contains(k.In, from), slices.Contains(k.In, to)
		i := slices.IndexFunc(rows, func(r models.ClockRow) bool { return r.Code == k.Code })
		if k.Until != "" {
			is = is && c.Facts.Text(k.Until) != ""
			if is && i >= 0 && e.Deadline(&rows[i]).Budget.Until != c.Facts.Text(k.Until) { // extended or shortened
				rows[i].StoppedAt = &now
				i = -1
			}
		}
		switch {
		case is && (!was || i < 0):
			row, err := e.startClock(tx, c, k, snapshot, now)
			if err != nil {
				return err
			}
			rows, stored = append(rows, row), append(stored, row)
		case !is && i >= 0:
			rows[i].StoppedAt = &now
		case is && i >= 0:
			e.pauseClock(&rows[i], slices.Contains(k.Pause, to) || c.Facts.Yes(models.Suspended), snapshot, now)
			if len(k.Fires) > 0 { // what could not be fired from the former state may be now
				due := rows[i].DueAt
				rows[i].FireAt = &due
			}
		}
	}
	return e.saveClocks(tx, c, rows, stored...)
}

func runningClocks(tx *gorm.DB, caseID string) ([]models.ClockRow, error) {
	var rows []models.ClockRow
	err := tx.Where("case_id = ? AND stopped_at IS NULL", caseID).Order("id").Find(&rows).Error
	return rows, err
}

func (e *Engine) startClock(tx *gorm.DB, c *models.Case, k procedure.Clock, s policy.Snapshot, now time.Time) (models.ClockRow, error) {
	var before int64
	if err := tx.Model(&models.ClockRow{}).Where("case_id = ? AND code = ?", c.ID, k.Code).Count(&before).Error; err != nil {
		return models.ClockRow{}, err
	}
	row, err := e.newClock(c, k, s, int(before)+1, now)
	if err != nil {
		return models.ClockRow{}, err
	}
	return row, models.Insert(tx, &row)
}

// newClock is one run of a clock, armed and still to be stored.
func (e *Engine) newClock(c *models.Case, k procedure.Clock, s policy.Snapshot, run int, now time.Time) (models.ClockRow, error) {
	days := policy.Budget{Unit: policy.UnitCalendar, Until: c.Facts.Text(k.Until)}
	if k.Until == "" {
		days = s.Days(k.Budget)
	}
	budget, err := json.Marshal(days)
	if err != nil {
		return models.ClockRow{}, err
	}
	row := models.ClockRow{
		ID: models.NewID(), CaseID: c.ID, Code: k.Code, Run: run, StartedAt: now,
		AnchorAt: anchor(c, k, s, now), Budget: budget, Ladder: k.Ladder,
	}
	if run > 1 { // started anew, as by a correction months later: not overdue at once
		row.AnchorAt = now
	}
	e.arm(&row, s)
	if len(k.Fires) > 0 {
		due := row.DueAt
		row.FireAt = &due
	}
	if c.Facts.Yes(models.Suspended) || slices.Contains(k.Pause, c.State) {
		row.PausedAt = &now
	}
	return row, nil
}

// anchor is the moment a limit counts from: a fact of the case, or now.
func anchor(c *models.Case, k procedure.Clock, s policy.Snapshot, now time.Time) time.Time {
	if k.Anchor == "" || k.AnchorKey != "" && s.Text(k.AnchorKey) == "case.accepted_at" {
		return now
	}
	at, err := time.Parse(time.RFC3339, c.Facts.Text(k.Anchor))
	if err != nil {
		return now
	}
	return at.UTC()
}

// arm computes the due date and the next rung from the ledger of the clock.
func (e *Engine) arm(row *models.ClockRow, s policy.Snapshot) {
	d := e.Deadline(row)
	row.LastDay, row.DueAt, row.Provisional = d.LastDay.String(), d.Due.UTC(), d.Provisional
	row.NextAt = nil
	if rung, ok := s.Ladder(row.Ladder).Next(d, row.StartedAt, row.LastNo); ok {
		at := rung.At.UTC()
		row.NextAt = &at
	}
	if row.FireAt != nil {
		due := row.DueAt
		row.FireAt = &due
	}
}

// Deadline is the arithmetic of a clock, day by day.
func (e *Engine) Deadline(row *models.ClockRow) policy.Deadline {
	var b policy.Budget
	if err := json.Unmarshal(row.Budget, &b); err != nil {
		return policy.Deadline{}
	}
	return e.CalendarNow().Deadline(row.AnchorAt, b, row.LostDays)
}

// pauseClock stops or resumes the count. Every day on which the count stood
// still, even for an hour, is lost and added at the end (2.3 resume).
func (e *Engine) pauseClock(row *models.ClockRow, pause bool, s policy.Snapshot, now time.Time) {
	switch {
	case pause && row.PausedAt == nil:
		row.PausedAt = &now
	case !pause && row.PausedAt != nil:
		first, last := policy.DateOf(*row.PausedAt), policy.DateOf(now)
		if until, err := policy.ParseDate(row.LostUntil); err == nil && first.Before(until.AddDays(1)) {
			first = until.AddDays(1)
		}
		if !last.Before(first) {
			row.LostDays += last.Sub(first) + 1
			row.LostUntil = last.String()
		}
		row.PausedAt = nil
		e.arm(row, s)
	}
}

// pausedIn reports whether a clock stands still in a state by its definition.
func pausedIn(d *procedure.Definition, clock string, s procedure.State) bool {
	i := slices.IndexFunc(d.Clocks, func(k procedure.Clock) bool { return k.Code == clock })
	return i >= 0 && slices.Contains(d.Clocks[i].Pause, s)
}

// saveClocks writes the clocks back and derives from them when the case is due
// and when its workflow must wake.
func (e *Engine) saveClocks(tx *gorm.DB, c *models.Case, rows []models.ClockRow, stored ...models.ClockRow) error {
	c.DueAt, c.WakeAt = models.FarFuture, nil
	for i := range rows {
		r := &rows[i]
		if err := saveClock(tx, r, stored, i); err != nil {
			return err
		}
		if r.StoppedAt != nil || r.PausedAt != nil {
			continue
		}
		if r.Ladder != policy.LadderSilent && r.DueAt.Before(c.DueAt) {
			c.DueAt = r.DueAt
		}
		for _, at := range []*time.Time{r.NextAt, r.FireAt} {
			if at != nil && (c.WakeAt == nil || at.Before(*c.WakeAt)) {
				c.WakeAt = at
			}
		}
	}
	return e.spreadWake(tx, c)
}

// saveClock writes a clock, or what has changed of it where it is known how it is stored.
func saveClock(tx *gorm.DB, r *models.ClockRow, stored []models.ClockRow, i int) error {
	if i >= len(stored) {
		return tx.Save(r).Error
	}
	before, err := models.ValuesOf(tx, &stored[i])
	if err != nil {
		return err
	}
	return models.SaveChanges(tx, r, before)
}

// spreadWake has a case look at its clocks some minutes after the moment for which
// they are set, always as many for the same case. All limits end at midnight and all
// reminders go out at one time of the day: thousands of cases would ring at once, and
// whoever works then would wait for all of them. Inline cases have no timers.
func (e *Engine) spreadWake(tx *gorm.DB, c *models.Case) error {
	if c.WakeAt == nil || isInline(c) {
		return nil
	}
	s, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return err
	}
	if n := s.Int("wake_spread_minutes"); n > 0 {
		h := fnv.New32a()
		_, _ = h.Write([]byte(c.ID))
		at := c.WakeAt.Add(time.Duration(h.Sum32()%uint32(n*60)) * time.Second)
		c.WakeAt = &at
	}
	return nil
}

// rearm recomputes the running clocks of a case, as after a new calendar, and
// returns whether any date has changed.
func (e *Engine) rearm(tx *gorm.DB, c *models.Case) (bool, error) {
	snapshot, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return false, err
	}
	rows, err := runningClocks(tx, c.ID)
	if err != nil {
		return false, err
	}
	changed := false
	for i := range rows {
		before := rows[i].DueAt
		e.arm(&rows[i], snapshot)
		changed = changed || !rows[i].DueAt.Equal(before)
	}
	return changed, e.saveClocks(tx, c, rows)
}
