package api

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// ListPatterns lists what can be looked for.
func (s *server) ListPatterns(context.Context, gen.ListPatternsRequestObject) (gen.ListPatternsResponseObject, error) {
	out := gen.PatternList{Items: []gen.Pattern{}}
	for _, p := range activities.Patterns {
		item := gen.Pattern{Code: p.Code, Title: p.Title, Help: p.Help}
		if l := p.Least; l != nil {
			item.LeastTitle, item.Least, item.LeastMin, item.LeastMax = l.Title, l.Default, l.Min, l.Max
		}
		out.Items = append(out.Items, item)
	}
	return gen.ListPatterns200JSONResponse(out), nil
}

// ListPatternHits lists what a pattern finds in the cases and forms of the engagements of an auditor, newest first.
func (s *server) ListPatternHits(ctx context.Context, r gen.ListPatternHitsRequestObject) (gen.ListPatternHitsResponseObject, error) {
	v, q := auditing(viewerOf(ctx)), r.Params
	if v == nil {
		return nil, noEngagement()
	}
	after, err := parseCursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	p, _ := activities.PatternOf(string(q.Pattern)) // the specification lists them all
	if l := p.Least; q.Least != 0 && (l == nil || q.Least < l.Min || q.Least > l.Max) {
		return nil, procedure.Refuse(procedure.Invalid, "least_out_of_range", "界限超出该疑点类型可以设定的范围",
			procedure.FieldFault{Field: "least", Code: "least_out_of_range", Message: "界限超出可以设定的范围"})
	}
	limit := pageLimit(q.Limit)
	ask := activities.PatternQuery{Least: q.Least, Limit: limit + 1, Scope: func(tx *gorm.DB) *gorm.DB {
		tx = s.scopeCases(tx, v)
		if q.Village != "" {
			c := casesWithin(q.Village)
			tx = tx.Where(c.sql, c.args...)
		}
		if q.Procedure != "" {
			tx = tx.Where("cases.procedure = ?", q.Procedure)
		}
		return tx
	}, Records: s.recordsOf(v, q.Village, q.Procedure)}
	if !q.From.IsZero() {
		ask.From = dateOf(q.From.Time).Start()
	}
	if !q.Until.IsZero() {
		ask.Until = dateOf(q.Until.Time).AddDays(1).Start()
	}
	if after != nil {
		ask.AfterAt, ask.AfterID = after.At, after.ID
	}
	hits, err := s.engine.Find(s.db(ctx), p, ask)
	if err != nil {
		return nil, err
	}
	hits, next := cut(hits, limit, func(h activities.PatternHit) cursor { return cursor{At: h.At, ID: h.ID} })
	items, err := s.patternHits(ctx, p, hits)
	return gen.ListPatternHits200JSONResponse(gen.PatternHitPage{Items: items, NextCursor: next}), err
}

// recordsOf keeps the form records of an area that v reaches; of a procedure there are none.
func (s *server) recordsOf(v *viewer, area, procedure string) func(*gorm.DB) *gorm.DB {
	if procedure != "" {
		return nil
	}
	return func(tx *gorm.DB) *gorm.DB {
		tx = s.scopeRecords(tx, v)
		if area != "" {
			c := within("form_records.region_code", area)
			tx = tx.Where(c.sql, c.args...)
		}
		return tx
	}
}

// patternHits are hits with the cases and form records they are about.
func (s *server) patternHits(ctx context.Context, p activities.Pattern, hits []activities.PatternHit) ([]gen.PatternHit, error) {
	var ids, acts, records []string
	for _, h := range hits {
		ids, records = append(ids, h.CaseID, h.OtherCase), append(records, h.RecordID, h.OtherRecord)
		acts = append(acts, h.CaseID)
	}
	cases, summaries, err := s.casesByID(ctx, distinct(ids))
	if err != nil {
		return nil, err
	}
	titles, err := s.actTitles(ctx, cases, hits, distinct(acts))
	if err != nil {
		return nil, err
	}
	forms, err := s.recordsByID(ctx, distinct(records))
	if err != nil {
		return nil, err
	}
	out := []gen.PatternHit{}
	for _, h := range hits {
		item := gen.PatternHit{ID: h.ID, At: h.At, Seq: h.Seq, Act: titles[h.CaseID][h.Seq], Actor: gen.UserRef{ID: h.ActorID, Name: h.ActorName}, Text: p.Words(h), Case: summaries[h.CaseID], Record: forms[h.RecordID], OtherRecord: forms[h.OtherRecord]}
		if c := cases[h.OtherCase]; c != nil {
			item.Other = caseRef(c)
		}
		out = append(out, item)
	}
	return out, nil
}

// casesByID are cases that somebody reaches, and how lists show them.
func (s *server) casesByID(ctx context.Context, ids []string) (map[string]*models.Case, map[string]gen.CaseSummary, error) {
	var rows []models.Case
	if err := s.db(ctx).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, nil, err
	}
	list, err := s.summaries(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	cases, summaries := map[string]*models.Case{}, map[string]gen.CaseSummary{}
	for i := range rows {
		cases[rows[i].ID], summaries[rows[i].ID] = &rows[i], list[i]
	}
	return cases, summaries, nil
}

// recordsByID are form records that somebody reaches, as lists show them.
func (s *server) recordsByID(ctx context.Context, ids []string) (map[string]gen.FormRecordItem, error) {
	var rows []models.FormRecord
	if err := s.db(ctx).Omit("answers", "computed").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	list, err := s.recordItems(ctx, rows)
	out := map[string]gen.FormRecordItem{}
	for _, x := range list {
		out[x.ID] = x
	}
	return out, err
}

// actTitles are the words for the acts that were found, by case and number.
func (s *server) actTitles(ctx context.Context, cases map[string]*models.Case, hits []activities.PatternHit, ids []string) (map[string]map[int]string, error) {
	var seqs []int
	for _, h := range hits {
		seqs = append(seqs, h.Seq)
	}
	var rows []models.CaseEvent
	err := s.db(ctx).Select("case_id, seq, kind, event").Where("case_id IN ? AND seq IN ?", ids, seqs).Find(&rows).Error
	out := map[string]map[int]string{}
	for i := range rows {
		ev := &rows[i]
		if out[ev.CaseID] == nil {
			out[ev.CaseID] = map[int]string{}
		}
		h := history{c: cases[ev.CaseID], d: definitionOf(cases[ev.CaseID])}
		out[ev.CaseID][ev.Seq] = h.title(ev)
	}
	return out, err
}

// patternHitsList takes hits out.
func patternHitsList() exportList {
	return exportOf("疑点筛查结果", "/audit/hits", []string{"时间", "发现", "事项编号", "程序或者表", "对象", "区划", "状态", "第几条记录", "办理", "经办人", "另一事项", "另一份表"}, (*server).ListPatternHits,
		func(p gen.ListPatternHits200JSONResponse) ([]gen.PatternHit, string) { return p.Items, p.NextCursor },
		func(h gen.PatternHit) []string {
			no, kind, about, region, state := h.Case.No, h.Case.ProcedureTitle, h.Case.Household.HeadName, h.Case.RegionName, h.Case.StateTitle
			if r := h.Record; r.ID != "" {
				kind, about, region, state = r.Info.Title, r.Subject, r.RegionName, r.StateTitle
			}
			return []string{moment(h.At), h.Text, no, kind, about, region, state, count(h.Seq), h.Act, h.Actor.Name, h.Other.No, recordName(h.OtherRecord)}
		})
}

// recordName is a form record in a cell: its title and whom it is about.
func recordName(r gen.FormRecordItem) string {
	if r.ID == "" {
		return ""
	}
	return strings.TrimSpace(r.Info.Title + " " + r.Subject + " " + r.Period)
}
