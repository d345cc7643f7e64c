package api

import (
	"context"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// Erasures: an office asks that what is held about a person goes, a second person of the county decides, and the system's
// administrator carries it out by command, since no server may touch recorded acts.

var (
	groundTitles  = map[string]string{models.GroundWithdrawn: "撤回授权", models.GroundExpired: "保存期满", models.GroundWrong: "非本人或者不必要", models.GroundUnlawful: "违法收集"}
	erasureStates = map[gen.ErasureState]string{gen.ErasureStateAsked: "待审批", gen.ErasureStateApproved: "已批准，待执行", gen.ErasureStateRefused: "未批准", gen.ErasureStateDone: "已删除"}
)

// officeOf is the grant of an office of that kind, or of the county, over an area, v's own or lent.
func officeOf(v *viewer, region string, roles ...procedure.Role) (models.RoleGrant, bool) {
	for _, g := range v.grants {
		for _, r := range roles {
			if g.Role == r && reachOf(g) == area && inRegion(region, g.RegionCode) { // an auditor of some kinds of cases has not the area
				return g, true
			}
		}
	}
	return models.RoleGrant{}, false
}

// AskErasure asks for one.
func (s *server) AskErasure(ctx context.Context, r gen.AskErasureRequestObject) (gen.AskErasureResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	var p models.Person
	err := s.db(ctx).Where("id = ?", in.MemberID).Take(&p).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, err
	}
	h, err := s.findHousehold(ctx, v, p.HouseholdID)
	if err != nil {
		return nil, err
	}
	g, may := officeOf(v, h.RegionCode, procedure.TownshipOffice, procedure.CountyOffice)
	if !may {
		return nil, forbidden("role_not_allowed", "删除个人信息由乡镇或者县级办公室申请")
	}
	actor := v.actor(g)
	x, err := s.engine.AskErasure(ctx, models.Erasure{Key: caseKey("erasure", v.user.ID, r.Params.IdempotencyKey), HouseholdID: h.ID, PersonID: p.ID, RegionCode: h.RegionCode,
		Ground: string(in.Ground), Reason: in.Reason, Files: in.Files, AskedBy: actor.UserID, AskedRole: string(actor.Role)})
	if err != nil {
		return nil, err
	}
	out, err := s.erasureView(ctx, v, x)
	return gen.AskErasure200JSONResponse(out), err
}

// DecideErasure decides on one.
func (s *server) DecideErasure(ctx context.Context, r gen.DecideErasureRequestObject) (gen.DecideErasureResponseObject, error) {
	v := viewerOf(ctx)
	var x models.Erasure
	c := erasureScope(v)
	err := s.db(ctx).Where("id = ?", r.ID).Where(c.sql, c.args...).Take(&x).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, err
	}
	g, may := officeOf(v, x.RegionCode, procedure.CountyOffice)
	if !may {
		return nil, forbidden("role_not_allowed", "删除个人信息由县级办公室审批")
	}
	decided, err := s.engine.DecideErasure(ctx, x.ID, string(r.Body.Decision), r.Body.Note, v.actor(g))
	if err != nil {
		return nil, err
	}
	out, err := s.erasureView(ctx, v, decided)
	return gen.DecideErasure200JSONResponse(out), err
}

// erasureScope holds for those that v may see: offices of the township and the county, and whoever audits them.
func erasureScope(v *viewer) condition {
	var cs []condition
	for _, g := range v.grants {
		if (managing(g.Role) || g.Role == procedure.Auditor) && reachOf(g) == area && g.RegionCode != "" {
			cs = append(cs, within("region_code", g.RegionCode))
		}
	}
	return anyOf(cs)
}

// ListErasures lists them, newest first.
func (s *server) ListErasures(ctx context.Context, r gen.ListErasuresRequestObject) (gen.ListErasuresResponseObject, error) {
	v := viewerOf(ctx)
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	c := erasureScope(v)
	tx := s.db(ctx).Where(c.sql, c.args...)
	if r.Params.HouseholdID != "" {
		tx = tx.Where("household_id = ?", r.Params.HouseholdID)
	}
	if after != nil {
		tx = tx.Where("id < ?", after.ID)
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.Erasure
	if err := tx.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(x models.Erasure) cursor { return cursor{ID: x.ID} })
	page := gen.ErasurePage{Items: []gen.Erasure{}, NextCursor: next}
	for i := range rows {
		item, err := s.erasureView(ctx, v, &rows[i])
		if err != nil {
			return nil, err
		}
		page.Items = append(page.Items, item)
	}
	return gen.ListErasures200JSONResponse(page), nil
}

func stateOfErasure(x *models.Erasure) gen.ErasureState {
	switch {
	case x.DoneAt != nil:
		return gen.ErasureStateDone
	case x.Decision == models.ErasureApproved:
		return gen.ErasureStateApproved
	case x.Decision == models.ErasureRefused:
		return gen.ErasureStateRefused
	}
	return gen.ErasureStateAsked
}

func (s *server) erasureView(ctx context.Context, v *viewer, x *models.Erasure) (gen.Erasure, error) {
	l, err := s.labels(ctx, codes{regions: []string{x.RegionCode}, households: []string{x.HouseholdID}, users: []string{x.AskedBy, x.DecidedBy}})
	if err != nil {
		return gen.Erasure{}, err
	}
	state := stateOfErasure(x)
	_, county := officeOf(v, x.RegionCode, procedure.CountyOffice)
	out := gen.Erasure{ID: x.ID, HouseholdID: x.HouseholdID, HouseholdNo: l.households[x.HouseholdID].No, MemberID: x.PersonID, RegionName: l.region(x.RegionCode),
		Ground: gen.ErasureGround(x.Ground), GroundTitle: groundTitles[x.Ground], Reason: x.Reason, Files: len(x.Files), AskedBy: l.users[x.AskedBy].Name, AskedAt: x.AskedAt,
		State: state, StateTitle: erasureStates[state], DecidedBy: l.users[x.DecidedBy].Name, Note: x.Note,
		CanDecide: county && state == gen.ErasureStateAsked && x.AskedBy != v.user.ID}
	if x.DecidedAt != nil {
		out.DecidedAt = *x.DecidedAt
	}
	if x.DoneAt != nil {
		out.DoneAt = *x.DoneAt
	}
	return out, nil
}
