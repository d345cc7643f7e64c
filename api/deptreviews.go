package api

import (
	"context"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/deptlist"
	"shouwang/models"
	"shouwang/policy"
)

// scopeDeptReviews keeps the doubts about persons of the areas whose offices v is in.
func scopeDeptReviews(tx *gorm.DB, v *viewer) *gorm.DB {
	c := managed(v, "dept_matches.region_code")
	return tx.Where(c.sql, c.args...)
}

// ListDeptReviews lists the open doubts.
func (s *server) ListDeptReviews(ctx context.Context, r gen.ListDeptReviewsRequestObject) (gen.ListDeptReviewsResponseObject, error) {
	v := viewerOf(ctx)
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := scopeDeptReviews(s.db(ctx).Where("decision = ''"), v)
	if after != nil {
		tx = tx.Where("dept_matches.id > ?", after.ID)
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.DeptMatch
	if err := tx.Order("dept_matches.id").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(m models.DeptMatch) cursor { return cursor{ID: m.ID} })
	items, err := s.deptReviews(ctx, rows)
	if err != nil {
		return nil, err
	}
	for _, m := range rows {
		if err := s.logAccess(ctx, v, inArea(m.RegionCode), models.AccessLog{Action: "read", Table: "dept_matches", RecordID: m.ID, Class: "P2"}); err != nil {
			return nil, err
		}
	}
	return gen.ListDeptReviews200JSONResponse(gen.DeptReviewPage{Items: items, NextCursor: next}), nil
}

// inArea reports for each grant whether it is for an area that has a region.
func inArea(region string) func(models.RoleGrant) bool {
	return func(g models.RoleGrant) bool { return inRegion(region, g.RegionCode) }
}

func (s *server) deptReviews(ctx context.Context, rows []models.DeptMatch) ([]gen.DeptReview, error) {
	out := []gen.DeptReview{}
	var lists []models.DeptList
	var listIDs []string
	for _, m := range rows {
		listIDs = append(listIDs, m.ListID)
	}
	if len(rows) > 0 {
		if err := s.db(ctx).Where("id IN ?", distinct(listIDs)).Find(&lists).Error; err != nil {
			return nil, err
		}
	}
	byID := map[string]models.DeptList{}
	for _, l := range lists {
		byID[l.ID] = l
	}
	for i := range rows {
		item, err := s.deptReview(ctx, &rows[i], byID[rows[i].ListID])
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

func (s *server) deptReview(ctx context.Context, m *models.DeptMatch, l models.DeptList) (gen.DeptReview, error) {
	who, err := m.Who(s.engine.Store.Vault)
	if err != nil {
		return gen.DeptReview{}, err
	}
	k, ok := deptlist.ByCode(l.Kind)
	if !ok {
		k = &deptlist.Kind{Title: l.Kind, Dept: l.Dept}
	}
	out := gen.DeptReview{ID: m.ID, Seq: m.Seq, KindTitle: k.Title, DeptTitle: k.DeptTitle(), AsOf: l.AsOf, Line: m.Line, Reason: m.Reason, ReasonTitle: deptlist.ReasonTitles[m.Reason],
		Name: who.Name, Village: who.Township + who.Village, IDNoMasked: policy.MaskID(who.IDNo), BirthYear: yearOf(who.Birth), Candidates: []gen.DeptCandidate{}, Decision: gen.DeptReviewDecision(m.Decision)}
	found, err := (&deptlist.Register{DB: s.engine.Store.DB, Vault: s.engine.Store.Vault, Region: m.Area}).ByID(ctx, m.Candidates)
	if err != nil {
		return out, err
	}
	var want codes
	for _, c := range found {
		want.regions, want.households = append(want.regions, c.Village), append(want.households, c.Person.HouseholdID)
	}
	names, err := s.labels(ctx, want)
	if err != nil {
		return out, err
	}
	for _, c := range found {
		out.Candidates = append(out.Candidates, gen.DeptCandidate{PersonID: c.Person.ID, Name: c.Person.Name, HouseholdID: c.Person.HouseholdID, HeadName: names.household(c.Person.HouseholdID).HeadName,
			RegionName: names.region(c.Village), IDNoMasked: policy.MaskID(c.Secret.IDNo), BirthYear: yearOf(c.Secret.BirthDate)})
	}
	return out, nil
}

// yearOf is the year of a date that was written as 2006-01-02, or in the spelling of an office that begins with it.
func yearOf(date string) string {
	if len(date) < 4 || date == "0000-00-00" {
		return ""
	}
	return date[:4]
}

// DecideDeptReview records what somebody says about a doubt.
func (s *server) DecideDeptReview(ctx context.Context, r gen.DecideDeptReviewRequestObject) (gen.DecideDeptReviewResponseObject, error) {
	v := viewerOf(ctx)
	var m models.DeptMatch
	err := scopeDeptReviews(s.db(ctx).Where("dept_matches.id = ?", r.ID), v).Take(&m).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, err
	}
	decided, err := s.engine.DecideDeptMatch(ctx, activities.DecideDept{ID: m.ID, Decision: string(r.Body.Decision), PersonID: r.Body.PersonID, Note: scrub(r.Body.Note),
		UserID: v.user.ID, ExpectedSeq: r.Body.ExpectedSeq})
	if err != nil {
		return nil, err
	}
	items, err := s.deptReviews(ctx, []models.DeptMatch{*decided})
	if err != nil {
		return nil, err
	}
	return gen.DecideDeptReview200JSONResponse(items[0]), nil
}
