package api

import (
	"context"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
)

// ListSessions lists the devices on which v is signed in.
func (s *server) ListSessions(ctx context.Context, _ gen.ListSessionsRequestObject) (gen.ListSessionsResponseObject, error) {
	v := viewerOf(ctx)
	out, err := s.devices(ctx, v.user.ID, v.session.TokenHash)
	return gen.ListSessions200JSONResponse(out), err
}

// devices are the sessions of an account that are good for something, the last used first.
func (s *server) devices(ctx context.Context, user, current string) (gen.SessionList, error) {
	now := s.now().UTC()
	var rows []models.Session
	err := s.db(ctx).Where("user_id = ? AND step = '' AND expires_at >= ? AND seen_at >= ?", user, now, now.Add(-sessionIdle)).Order("seen_at DESC, id").Find(&rows).Error
	out := gen.SessionList{Items: []gen.SignedInDevice{}}
	for _, r := range rows {
		out.Items = append(out.Items, gen.SignedInDevice{ID: r.ID, Via: gen.SignedInDeviceVia(r.Via), CreatedAt: r.CreatedAt, SeenAt: r.SeenAt, IP: r.IP, Agent: r.Agent, Current: r.TokenHash == current})
	}
	return out, err
}

// EndSession ends one session of v.
func (s *server) EndSession(ctx context.Context, r gen.EndSessionRequestObject) (gen.EndSessionResponseObject, error) {
	v := viewerOf(ctx)
	n, err := s.endSessions(ctx, identityAct{by: v.user.ID, about: v.user.ID}, "id = ?", r.ID)
	if err == nil && n == 0 {
		err = notFound()
	}
	return gen.EndSession204Response{}, err
}

// EndSessions ends all sessions of v but this one.
func (s *server) EndSessions(ctx context.Context, _ gen.EndSessionsRequestObject) (gen.EndSessionsResponseObject, error) {
	v := viewerOf(ctx)
	_, err := s.endSessions(ctx, identityAct{by: v.user.ID, about: v.user.ID}, "token_hash <> ?", v.session.TokenHash)
	return gen.EndSessions204Response{}, err
}

// endSessions ends those sessions of an account for which a condition holds, at once: every request asks for its session.
func (s *server) endSessions(ctx context.Context, a identityAct, sql string, args ...any) (n int64, err error) {
	a.action = "sessions_ended"
	err = s.db(ctx).Transaction(func(tx *gorm.DB) error {
		res := tx.Where("user_id = ?", a.about).Where(sql, args...).Delete(&models.Session{})
		if n = res.RowsAffected; res.Error != nil || n == 0 {
			return res.Error
		}
		return s.logIdentity(ctx, tx, a)
	})
	return n, err
}
