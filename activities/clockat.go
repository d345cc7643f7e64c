package activities

import (
	"time"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// ClockAt is a clock as it stood at a moment after its start: its pauses and the
// days they cost are replayed from the recorded acts of the case up to then.
func (e *Engine) ClockAt(row models.ClockRow, d *procedure.Definition, events []models.CaseEvent, s policy.Snapshot, at time.Time) models.ClockRow {
	row.LostDays, row.LostUntil, row.PausedAt = 0, "", nil
	if row.StoppedAt != nil && row.StoppedAt.After(at) {
		row.StoppedAt = nil
	}
	still := false // by law, from suspend to resume
	for _, ev := range events {
		if ev.Kind == "suspend" || ev.Kind == "resume" {
			still = ev.Kind == "suspend"
		} else if ev.Kind != "event" && ev.Kind != "open" {
			continue
		}
		if ev.At.After(at) || row.StoppedAt != nil && !ev.At.Before(*row.StoppedAt) {
			break
		}
		if !ev.At.Before(row.StartedAt) {
			e.pauseClock(&row, still || pausedIn(d, row.Code, ev.ToState), s, ev.At)
		}
	}
	e.arm(&row, s)
	return row
}
