package activities

import (
	"encoding/json"
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

// BudgetAt is a clock with the limit that held under a policy and the answers given by then: a case may have been moved
// to another policy since, or its last day to another date.
func BudgetAt(row models.ClockRow, d *procedure.Definition, s policy.Snapshot, facts map[string]json.RawMessage) models.ClockRow {
	i := slices.IndexFunc(d.Clocks, func(c procedure.Clock) bool { return c.Code == row.Code })
	if i < 0 {
		return row
	}
	then := models.Facts{Values: facts}
	b := policy.Budget{Unit: policy.UnitCalendar, Until: then.Text(d.Clocks[i].Until)}
	switch {
	case d.Clocks[i].Until == "":
		b = s.Days(d.Clocks[i].Budget)
	case b.Until == "": // not an answer of a form: it does not change
		return row
	}
	if raw, err := json.Marshal(b); err == nil {
		row.Budget = raw
	}
	return row
}
