package api

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// What two administrators of different kinds decide together.

var requestTitles = map[string]string{"grant": "授予管理员岗位", "end": "终止管理员岗位", "disable": "停用管理员账号", "enable": "启用管理员账号",
	activities.CarePassword: "重置管理员的口令", activities.CareSecondFactor: "重置管理员的第二因素", activities.CareIdentity: "为管理员关联统一身份认证", activities.CareName: "改管理员的姓名"}

var requestStates = map[string]string{models.RequestOpen: "等待批准", models.RequestApproved: "已批准", models.RequestRefused: "未批准", models.RequestDone: "已办理"}

// scopeRequests keeps the requests of an administrator's area.
func scopeRequests(tx *gorm.DB, g models.RoleGrant) *gorm.DB {
	here := within("admin_requests.region_code", g.RegionCode)
	return tx.Where(here.sql, here.args...)
}

// ListAdminRequests lists them, newest first.
func (s *server) ListAdminRequests(ctx context.Context, r gen.ListAdminRequestsRequestObject) (gen.ListAdminRequestsResponseObject, error) {
	v := viewerOf(ctx)
	g, err := administering(v, lookingAtPosts)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := scopeRequests(s.db(ctx), g)
	limit := pageLimit(r.Params.Limit)
	var rows []models.AdminRequest
	if err := newestFirst(tx, "asked_at", "id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(q models.AdminRequest) cursor { return cursor{At: q.AskedAt, ID: q.ID} })
	items, err := s.requestViews(ctx, v, g, rows)
	return gen.ListAdminRequests200JSONResponse{Items: items, NextCursor: next}, err
}

// DecideAdminRequest answers one; the same answer given again changes nothing.
func (s *server) DecideAdminRequest(ctx context.Context, r gen.DecideAdminRequestRequestObject) (gen.DecideAdminRequestResponseObject, error) {
	v := viewerOf(ctx)
	g, err := administering(v, deciding)
	if err != nil {
		return nil, err
	}
	var q models.AdminRequest
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		err := scopeRequests(models.Locked(tx), g).Where("id = ?", r.ID).Take(&q).Error
		if models.Missing(err) {
			return notFound()
		}
		if err != nil {
			return err
		}
		if q.DecidedBy == v.user.ID && (q.State != models.RequestRefused) == r.Body.Approve { // approved, and perhaps done since
			return nil
		}
		return s.engine.Administer(tx, v.as(g)).Decide(&q, r.Body.Approve, r.Body.Note)
	})
	if err != nil {
		return nil, err
	}
	views, err := s.requestViews(ctx, v, g, []models.AdminRequest{q})
	if err != nil {
		return nil, err
	}
	return gen.DecideAdminRequest200JSONResponse(views[0]), nil
}

func (s *server) requestViews(ctx context.Context, v *viewer, g models.RoleGrant, rows []models.AdminRequest) ([]gen.AdminRequest, error) {
	var want codes
	for _, q := range rows {
		want.users, want.regions = append(want.users, q.UserID, q.AskedBy, q.DecidedBy), append(want.regions, q.RegionCode)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := make([]gen.AdminRequest, len(rows))
	for i, q := range rows {
		x := gen.AdminRequest{ID: q.ID, Kind: gen.AdminRequestKind(q.Kind), KindTitle: requestTitles[q.Kind], User: l.user(q.UserID), Role: string(q.Role), RegionName: l.region(q.RegionCode), Reason: q.Reason,
			AskedBy: l.user(q.AskedBy), AskedAt: q.AskedAt, State: gen.AdminRequestState(q.State), StateTitle: requestStates[q.State], DecidedBy: l.user(q.DecidedBy), Note: q.Note,
			CanDecide: q.State == models.RequestOpen && activities.Decides(g.Role, &q) && !slices.Contains([]string{q.UserID, q.AskedBy}, v.user.ID)}
		if q.Role != "" {
			x.RoleTitle = roleTitle(q.Role)
		}
		if q.ValidFrom != nil {
			x.From = day(policy.DateOf(*q.ValidFrom))
		}
		if q.ValidTo != nil {
			x.Until = lastDay(*q.ValidTo)
		}
		if q.DecidedAt != nil {
			x.DecidedAt = *q.DecidedAt
		}
		out[i] = x
	}
	return out, nil
}
