package api

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// upcoming is how many future rungs are listed; some ladders never end.
const upcoming = 6

func (s *server) clockRows(ctx context.Context, caseID string) ([]models.ClockRow, error) {
	var rows []models.ClockRow
	err := s.db(ctx).Where("case_id = ?", caseID).Order("started_at, id").Find(&rows).Error
	return rows, err
}

// clocksAt are the limits that had been started at a moment, in short.
func (s *server) clocksAt(c *models.Case, rows []models.ClockRow, at time.Time) []gen.ClockShort {
	out := []gen.ClockShort{}
	for i := range rows {
		k := &rows[i]
		if at.Before(k.StartedAt) {
			continue
		}
		short := gen.ClockShort{Code: k.Code, Title: clockTitle(c, k.Code), State: gen.ClockShortStateRunning, StartedAt: k.StartedAt,
			DueAt: k.DueAt, Overdue: !at.Before(k.DueAt), Provisional: k.Provisional}
		switch {
		case k.StoppedAt != nil && !at.Before(*k.StoppedAt):
			short.State, short.StoppedAt, short.Overdue = gen.ClockShortStateStopped, *k.StoppedAt, k.StoppedAt.After(k.DueAt)
		case k.PausedAt != nil && !at.Before(*k.PausedAt):
			short.State, short.Overdue = gen.ClockShortStatePaused, false
		}
		out = append(out, short)
	}
	return out
}

// ListClocks shows the arithmetic of every limit of a case, what reminders have
// gone out and which are to come.
func (s *server) ListClocks(ctx context.Context, r gen.ListClocksRequestObject) (gen.ListClocksResponseObject, error) {
	c, err := s.findCase(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	rows, err := s.clockRows(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	var fired []models.ClockRung
	if err := s.db(ctx).Where("case_id = ?", c.ID).Order("clock_id, no").Find(&fired).Error; err != nil {
		return nil, err
	}
	p, err := s.engine.Snapshot(s.db(ctx), c.PolicyHash)
	if err != nil {
		return nil, err
	}
	out := gen.ClockList{CaseID: c.ID, Items: []gen.Clock{}}
	for i := range rows {
		out.Items = append(out.Items, s.clock(c, &rows[i], fired, p))
	}
	return gen.ListClocks200JSONResponse(out), nil
}

func (s *server) clock(c *models.Case, k *models.ClockRow, fired []models.ClockRung, p policy.Snapshot) gen.Clock {
	short := s.clocksAt(c, []models.ClockRow{*k}, s.engine.Clock.Now())
	deadline := s.engine.Deadline(k)
	out := gen.Clock{Code: k.Code, Title: clockTitle(c, k.Code), StartedAt: k.StartedAt, Anchor: k.AnchorAt, DueAt: k.DueAt,
		Provisional: k.Provisional, Warning: deadline.Warning(), Lines: deadline.Explain(), Rungs: []gen.Rung{}, State: gen.ClockStateRunning}
	if len(short) > 0 {
		out.State, out.Overdue, out.StoppedAt = gen.ClockState(short[0].State), short[0].Overdue, short[0].StoppedAt
	}
	var b policy.Budget
	if json.Unmarshal(k.Budget, &b) == nil {
		out.Budget = b.Chinese()
	}
	for _, f := range fired {
		if f.ClockID == k.ID {
			out.Rungs = append(out.Rungs, gen.Rung{Code: f.Action, Title: policy.ActionTitle(f.Action), At: f.At, To: levelRef(f.Level), Fired: true, FiredAt: f.FiredAt})
		}
	}
	if k.StoppedAt != nil {
		return out
	}
	ladder, no := p.Ladder(k.Ladder), k.LastNo
	for range upcoming {
		next, ok := ladder.Next(deadline, k.StartedAt, no)
		if !ok {
			break
		}
		no = next.No
		out.Rungs = append(out.Rungs, gen.Rung{Code: next.Action, Title: policy.ActionTitle(next.Action), At: next.At.UTC(), To: levelRef(next.Level)})
	}
	slices.SortStableFunc(out.Rungs, func(a, b gen.Rung) int { return a.At.Compare(b.At) })
	return out
}

var levelTitles = map[string]string{policy.LevelHolder: "承办人", policy.LevelVillage: "村", policy.LevelTownship: "乡镇", policy.LevelLeader: "乡镇主要负责人", policy.LevelCounty: "县"}

func levelRef(level string) []gen.RoleRef {
	return []gen.RoleRef{{Code: level, Title: orText(levelTitles[level], level)}}
}
