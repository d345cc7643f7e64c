package api

import (
	"context"
	"slices"
	"strings"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

var resultTitles = map[string]string{models.ResultSurveyed: "入户调查", models.ResultRemote: "电话视频调查", models.ResultProxy: "他人代答", models.ResultLostContact: "失联标记", models.ResultNotApplicable: "不适用"}

// ListCoverage lists the households in the scope of a campaign with their results, those of the areas in which v works, by
// village and household. The figures of coverage count these rows.
func (s *server) ListCoverage(ctx context.Context, r gen.ListCoverageRequestObject) (gen.ListCoverageResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	c, err := s.findCampaign(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	here := areasOf(v, func(r reach) bool { return r != nothing }, withinColumn("campaign_scope.region_code"))
	tx := s.db(ctx).Where("campaign_id = ?", c.ID).Where(here.sql, here.args...)
	if p.Village != "" {
		only := within("campaign_scope.region_code", p.Village)
		tx = tx.Where(only.sql, only.args...)
	}
	if p.Done != nil && *p.Done {
		tx = tx.Where("result <> '' OR exception <> ''")
	} else if p.Done != nil {
		tx = tx.Where("result = '' AND exception = ''")
	}
	if p.Surveyor != "" {
		tx = tx.Where("surveyor_id = ?", strings.TrimPrefix(p.Surveyor, "-"))
	}
	if after != nil {
		tx = tx.Where("(campaign_scope.region_code, campaign_scope.household_id) > (?, ?)", after.Key, after.ID)
	}
	limit := pageLimit(p.Limit)
	var rows []models.CampaignScope
	if err := tx.Order("region_code, household_id").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(x models.CampaignScope) cursor { return cursor{Key: x.RegionCode, ID: x.HouseholdID} })
	items, err := s.coverage(ctx, v, c, rows)
	return gen.ListCoverage200JSONResponse(gen.CoveragePage{Items: items, NextCursor: next}), err
}

func (s *server) coverage(ctx context.Context, v *viewer, c *models.Case, rows []models.CampaignScope) ([]gen.CoverageItem, error) {
	var want codes
	var forms []string
	for _, x := range rows {
		want.households, want.regions, want.users = append(want.households, x.HouseholdID), append(want.regions, x.RegionCode), append(want.users, x.SurveyorID)
		forms = append(forms, x.FormID)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	states, err := s.caseStates(ctx, v, distinct(forms))
	out := []gen.CoverageItem{}
	for _, x := range rows {
		item := gen.CoverageItem{Household: l.household(x.HouseholdID), RegionName: l.region(x.RegionCode), Code: x.Code, Done: x.Result != "" || x.Exception != "", ResultTitle: resultTitles[x.Result]}
		if x.SurveyorID != "" {
			item.Surveyor = l.user(x.SurveyorID)
		}
		if x.Result == "" && x.Exception != "" {
			item.ResultTitle = exceptionTitle(definitionOf(c), x.Exception)
		}
		if state, ok := states[x.FormID]; ok {
			item.FormID, item.FormState = x.FormID, state
		}
		out = append(out, item)
	}
	return out, err
}

// exceptionTitle is why a campaign went on without the result of a household.
func exceptionTitle(d *procedure.Definition, code string) string {
	fields := allFields(d)
	i := slices.IndexFunc(fields, func(f procedure.Field) bool { return f.Code == "exceptions" })
	return "例外：" + optionTitle(fields[i].Columns, "cause", code)
}
