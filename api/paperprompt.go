package api

import (
	"context"

	"shouwang/models"
	"shouwang/papers"
	"shouwang/policy"
)

// promptPaper is the 驻村工作提示 of the month: what there is to do in each village of the area (S3-022).
func promptPaper(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	p := papers.Prompt{Office: b.office.paper(), Place: b.place(), Month: b.on, Demand: b.texts["demand"], On: b.on}
	var err error
	if p.Visits, err = s.monthCounts(ctx, b, "cases.procedure = 'visit_task'"); err != nil {
		return nil, err
	}
	if p.Cases, err = s.monthCounts(ctx, b, "cases.procedure <> 'visit_task'"); err != nil {
		return nil, err
	}
	return withNumber(func(number string) *papers.Document {
		p.Number = number
		return papers.ResidentPrompt(p)
	}), nil
}

// monthCounts are the matters of each village of an area that were open in the month so far, as the viewer may count them.
func (s *server) monthCounts(ctx context.Context, b *paperBase, which string) ([]papers.Count, error) {
	now, first := s.engine.Clock.Now(), policy.NewDate(b.on.Year, b.on.Month, 1).Start()
	within := casesWithin(b.region.Code)
	var rows []struct {
		RegionCode        string
		Total, Done, Late int
	}
	err := s.scopeCases(s.db(ctx).Model(&models.Case{}), b.v).Where(within.sql, within.args...).Where("length(cases.region_code) = 12 AND "+which).
		Where("cases.closed_at IS NULL OR cases.closed_at >= ?", first).
		Select("cases.region_code, count(*) AS total, count(cases.closed_at) AS done, count(CASE WHEN cases.closed_at IS NULL AND cases.due_at < ? THEN 1 END) AS late", now).
		Group("cases.region_code").Order("cases.region_code").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	var want codes
	for _, r := range rows {
		want.regions = append(want.regions, r.RegionCode)
	}
	names, err := s.labels(ctx, want)
	var out []papers.Count
	for _, r := range rows {
		out = append(out, papers.Count{Name: names.region(r.RegionCode), Total: r.Total, Done: r.Done, Open: r.Total - r.Done, Late: r.Late})
	}
	return out, err
}
