package api

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/tale"
	"shouwang/models"
	"shouwang/policy"
)

// The desk: what the inbox does not say. Every number is that of a list which the same conditions give.

// monthStart is the beginning of the month of a moment.
func monthStart(now time.Time) time.Time {
	d := policy.DateOf(now)
	return policy.Date{Year: d.Year, Month: d.Month, Day: 1}.Start().UTC()
}

// GetDesk counts what has ended this month, what was sent back, and what one was told of.
func (s *server) GetDesk(ctx context.Context, _ gen.GetDeskRequestObject) (gen.GetDeskResponseObject, error) {
	v := viewerOf(ctx)
	var over, returned, unread int64
	for _, part := range []struct {
		tx *gorm.DB
		n  *int64
	}{
		{ended(s.doneBy(ctx, v, monthStart(s.engine.Clock.Now()))), &over},
		{sentBack(scopeTasks(s.db(ctx).Model(&models.Task{}), v)), &returned},
		{s.copiesFor(ctx, v).Where("case_copies.read_at IS NULL"), &unread},
	} {
		if err := part.tx.Count(part.n).Error; err != nil {
			return nil, err
		}
	}
	return gen.GetDesk200JSONResponse{EndedThisMonth: int(over), Returned: int(returned), UnreadCopies: int(unread)}, nil
}

// sentBack keeps the tasks of cases that have been returned.
func sentBack(tx *gorm.DB) *gorm.DB {
	return tx.Where("EXISTS (SELECT 1 FROM cases WHERE cases.id = tasks.case_id AND cases.returns > 0)")
}

// deskAreas is how many places the desk shows at most: a township has no more villages.
const deskAreas = 100

// ListDeskAreas counts, place by place, the open cases that are late or soon will be: by township for the offices of a
// county, by village for those below. It reads no other cases than these.
func (s *server) ListDeskAreas(ctx context.Context, _ gen.ListDeskAreasRequestObject) (gen.ListDeskAreasResponseObject, error) {
	v, now := viewerOf(ctx), s.engine.Clock.Now()
	_, soon := edges(now)
	place := "cases.region_code"
	if slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool { return isArea(reachOf(g)) && len(g.RegionCode) <= len("510923") }) {
		place = "substr(cases.region_code, 1, 9)"
	}
	var rows []struct {
		Code          string
		Overdue, Soon int
	}
	err := inAreas(s.db(ctx).Model(&models.Case{}), v, casesWithin).Where("cases.closed_at IS NULL AND cases.due_at <= ?", soon).Where(matters).
		Select(place+" AS code, SUM(CASE WHEN cases.due_at <= ? THEN 1 ELSE 0 END) AS overdue, SUM(CASE WHEN cases.due_at > ? THEN 1 ELSE 0 END) AS soon", now.UTC(), now.UTC()).
		Group(place).Order("overdue DESC, soon DESC, code").Limit(deskAreas).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	var want codes
	for _, r := range rows {
		want.regions = append(want.regions, r.Code)
	}
	l, err := s.labels(ctx, want)
	out := gen.DeskAreas{Items: []gen.DeskArea{}}
	for _, r := range rows {
		out.Items = append(out.Items, gen.DeskArea{Code: r.Code, Name: orText(l.regions[r.Code].Name, r.Code), Overdue: r.Overdue, Soon: r.Soon})
	}
	return gen.ListDeskAreas200JSONResponse(out), err
}

// doneBy are the last acts of v on each case that he still reaches, since a moment.
func (s *server) doneBy(ctx context.Context, v *viewer, since time.Time) *gorm.DB {
	// One line for each case: the act after which there is none of his.
	tx := s.db(ctx).Model(&models.CaseEvent{}).Joins("JOIN cases ON cases.id = case_events.case_id").
		Where("case_events.actor_id = ? AND case_events.actor_id <> '' AND case_events.kind IN ?", v.user.ID, doings).
		Where("NOT EXISTS (SELECT 1 FROM case_events later WHERE later.case_id = case_events.case_id AND later.seq > case_events.seq AND later.actor_id = case_events.actor_id AND later.kind IN ?)", doings)
	if !since.IsZero() {
		tx = tx.Where("case_events.at >= ?", since)
	}
	return s.filterCases(tx, v)
}

// doings are the acts that count as having worked on a case.
var doings = []string{"open", "event", "endorse"}

func ended(tx *gorm.DB) *gorm.DB { return tx.Where("cases.closed_at IS NOT NULL") }

// ListDone lists the cases that the viewer has worked on, with his last act and where they stand now.
func (s *server) ListDone(ctx context.Context, r gen.ListDoneRequestObject) (gen.ListDoneResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	var since time.Time
	if p.ThisMonth {
		since = monthStart(s.engine.Clock.Now())
	}
	tx := s.doneBy(ctx, v, since)
	if p.Ended {
		tx = ended(tx)
	}
	if p.Procedure != "" {
		tx = tx.Where("cases.procedure = ?", p.Procedure)
	}
	limit := pageLimit(p.Limit)
	var rows []models.CaseEvent
	if err := newestFirst(tx.Select(actColumns), "case_events.at", "case_events.id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(e models.CaseEvent) cursor { return cursor{At: e.At, ID: e.ID} })
	told, err := s.acts(ctx, rows)
	out := gen.DonePage{Items: []gen.DoneItem{}, NextCursor: next}
	for _, t := range told {
		out.Items = append(out.Items, gen.DoneItem{Case: t.of, Act: t.act})
	}
	return gen.ListDone200JSONResponse(out), err
}

// actColumns are those of an act that lists tell of, without what was written in its form.
const actColumns = "case_events.id, case_events.case_id, case_events.seq, case_events.kind, case_events.event, case_events.actor_id, case_events.actor_name, case_events.actor_role, case_events.for_id, case_events.for_name, case_events.on_behalf, case_events.at"

// actOf is an act and the case as it stands now.
type actOf struct {
	of  gen.CaseSummary
	act gen.ActRef
}

// acts puts acts into words, each with its case.
func (s *server) acts(ctx context.Context, rows []models.CaseEvent) ([]actOf, error) {
	ids := make([]string, len(rows))
	for i, e := range rows {
		ids[i] = e.CaseID
	}
	var cases []models.Case
	if len(ids) > 0 {
		if err := s.db(ctx).Where("id IN ?", distinct(ids)).Find(&cases).Error; err != nil {
			return nil, err
		}
	}
	list, err := s.summaries(ctx, cases)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i := range cases {
		at[cases[i].ID] = i
	}
	out := make([]actOf, len(rows))
	for i := range rows {
		n := at[rows[i].CaseID]
		h := history{c: &cases[n], d: definitionOf(&cases[n])}
		out[i] = actOf{list[n], gen.ActRef{Seq: rows[i].Seq, Title: h.title(&rows[i]), At: rows[i].At, By: tale.Who(&rows[i])}}
	}
	return out, nil
}

// ListStarted lists the cases that the viewer has opened.
func (s *server) ListStarted(ctx context.Context, r gen.ListStartedRequestObject) (gen.ListStartedResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.filterCases(s.db(ctx).Model(&models.Case{}).Where("cases.opened_by = ? AND cases.opened_by <> ''", v.user.ID), v)
	if p.Procedure != "" {
		tx = tx.Where("cases.procedure = ?", p.Procedure)
	}
	if p.Open != nil {
		tx = tx.Where(map[bool]string{true: "cases.closed_at IS NULL", false: "cases.closed_at IS NOT NULL"}[*p.Open])
	}
	limit := pageLimit(p.Limit)
	var rows []models.Case
	if err := newestFirst(tx, "cases.opened_at", "cases.id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(c models.Case) cursor { return cursor{At: c.OpenedAt, ID: c.ID} })
	items, err := s.summaries(ctx, rows)
	return gen.ListStarted200JSONResponse(gen.CasePage{Items: items, NextCursor: next}), err
}
