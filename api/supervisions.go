package api

import (
	"context"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// supervisionsOf are the 督办通知 of a case, oldest first. Who reaches the case sees them.
func (s *server) supervisionsOf(ctx context.Context, c *models.Case) ([]gen.Supervision, error) {
	var rows []models.SupervisionNotice
	if err := s.db(ctx).Where("case_id = ?", c.ID).Order("issued_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	l, err := s.labels(ctx, codes{users: issuers(rows)})
	out := []gen.Supervision{}
	for i := range rows {
		if err == nil {
			out = append(out, supervision(&rows[i], c, l))
		}
	}
	return out, err
}

func issuers(rows []models.SupervisionNotice) []string {
	var out []string
	for _, n := range rows {
		out = append(out, n.IssuedBy)
	}
	return out
}

func supervision(n *models.SupervisionNotice, c *models.Case, l *labels) gen.Supervision {
	out := gen.Supervision{No: n.No, CaseID: n.CaseID, Event: n.Event, Reason: "整改期限届满未完成", IssuedBy: "系统（逾期）", IssuedAt: n.IssuedAt, DueOn: optionalDay(n.DueOn)}
	if n.IssuedRole != procedure.Timer {
		out.Reason = eventTitle(definitionOf(c), n.Event)
		out.IssuedBy = l.user(n.IssuedBy).Name + "（" + roleTitle(n.IssuedRole) + "）"
	}
	if n.RepliedAt != nil {
		out.RepliedAt = *n.RepliedAt
	}
	return out
}

// ListSupervisions lists the 督办通知 of the cases that the viewer reaches, newest first.
func (s *server) ListSupervisions(ctx context.Context, r gen.ListSupervisionsRequestObject) (gen.ListSupervisionsResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.scopeCases(s.db(ctx).Model(&models.SupervisionNotice{}).Select("supervision_notices.*").Joins("JOIN cases ON cases.id = supervision_notices.case_id"), v)
	if p.Open {
		tx = tx.Where("supervision_notices.replied_at IS NULL AND cases.closed_at IS NULL")
	}
	if p.ProgrammeID != "" {
		tx = tx.Where("cases.id IN (SELECT case_id FROM programme_problems WHERE programme_id = ?)", p.ProgrammeID)
	}
	limit := pageLimit(p.Limit)
	var rows []models.SupervisionNotice
	if err := newestFirst(tx, "supervision_notices.issued_at", "supervision_notices.id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(n models.SupervisionNotice) cursor { return cursor{At: n.IssuedAt, ID: n.ID} })
	items, err := s.supervisionItems(ctx, rows)
	return gen.ListSupervisions200JSONResponse(gen.SupervisionPage{Items: items, NextCursor: next}), err
}

// supervisionItems are notices with the problems they are about.
func (s *server) supervisionItems(ctx context.Context, rows []models.SupervisionNotice) ([]gen.SupervisionItem, error) {
	var ids []string
	for _, n := range rows {
		ids = append(ids, n.CaseID)
	}
	var cases []models.Case
	if err := s.db(ctx).Where("id IN ?", distinct(ids)).Find(&cases).Error; err != nil {
		return nil, err
	}
	list, err := s.summaries(ctx, cases)
	if err != nil {
		return nil, err
	}
	l, err := s.labels(ctx, codes{users: issuers(rows)})
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i := range cases {
		at[cases[i].ID] = i
	}
	out := []gen.SupervisionItem{}
	for i := range rows {
		n := at[rows[i].CaseID]
		out = append(out, gen.SupervisionItem{Notice: supervision(&rows[i], &cases[n], l), Case: list[n], Brief: scrub(cases[n].Facts.Text("brief"))})
	}
	return out, nil
}
