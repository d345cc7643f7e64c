package activities

import (
	"slices"
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
	var pausing []procedure.State
	if i := slices.IndexFunc(d.Clocks, func(k procedure.Clock) bool { return k.Code == row.Code }); i >= 0 {
		pausing = d.Clocks[i].Pause
	}
	for _, ev := range events {
		if !ev.At.After(row.StartedAt) || ev.At.After(at) || row.StoppedAt != nil && !ev.At.Before(*row.StoppedAt) {
			continue
		}
		switch ev.Kind {
		case "event":
			e.pauseClock(&row, slices.Contains(pausing, ev.ToState), s, ev.At)
		case "suspend", "resume":
			e.pauseClock(&row, ev.Kind == "suspend", s, ev.At)
		}
	}
	e.arm(&row, s)
	return row
}
