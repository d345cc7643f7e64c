package api

import (
	"context"
	"slices"

	openapitypes "github.com/oapi-codegen/runtime/types"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// SignIn starts a session.
func (s *server) SignIn(ctx context.Context, r gen.SignInRequestObject) (gen.SignInResponseObject, error) {
	v, err := s.signIn(echoOf(ctx), *r.Body)
	if err != nil {
		return nil, err
	}
	if v.session.Step != "" {
		return gen.SignIn202JSONResponse(s.half(v)), nil
	}
	me, err := s.me(ctx, v)
	if err != nil {
		return nil, err
	}
	return gen.SignIn200JSONResponse(me), nil
}

// SignOut ends the session.
func (s *server) SignOut(ctx context.Context, _ gen.SignOutRequestObject) (gen.SignOutResponseObject, error) {
	v := viewerOf(ctx)
	if err := s.db(ctx).Where("token_hash = ?", v.session.TokenHash).Delete(&models.Session{}).Error; err != nil {
		return nil, err
	}
	s.setCookie(echoOf(ctx), "", -1)
	return gen.SignOut204Response{}, s.logIdentity(ctx, s.db(ctx), identityAct{by: v.user.ID, about: v.user.ID, action: "sign_out"})
}

// GetMe says who is signed in.
func (s *server) GetMe(ctx context.Context, _ gen.GetMeRequestObject) (gen.GetMeResponseObject, error) {
	me, err := s.me(ctx, viewerOf(ctx))
	if err != nil {
		return nil, err
	}
	return gen.GetMe200JSONResponse(me), nil
}

func (s *server) me(ctx context.Context, v *viewer) (gen.Me, error) {
	var want codes
	for _, g := range v.grants {
		want.regions = append(want.regions, g.RegionCode)
	}
	own := v.own()
	l, err := s.labels(ctx, want)
	if err != nil {
		return gen.Me{}, err
	}
	unread, err := s.unread(ctx, v)
	if err != nil {
		return gen.Me{}, err
	}
	me := gen.Me{User: gen.UserRef{ID: v.user.ID, Login: v.user.Login, Name: v.user.Name}, Grants: []gen.Grant{}, StandingIn: []gen.StandingIn{},
		UnreadMessages: int(unread), ExpiresAt: v.session.ExpiresAt}
	for _, st := range v.standIns {
		me.StandingIn = append(me.StandingIn, gen.StandingIn{User: gen.UserRef{ID: st.UserID, Name: st.Name}, Role: string(st.Role), RoleTitle: roleTitle(st.Role),
			RegionCode: st.RegionCode, RegionName: l.region(st.RegionCode), Dept: st.Dept, Until: dayOf(st.Until)})
	}
	for _, g := range own {
		grant := gen.Grant{Role: string(g.Role), RoleTitle: roleTitle(g.Role), RegionCode: g.RegionCode, RegionName: l.region(g.RegionCode),
			Dept: g.Dept, HouseholdID: g.HouseholdID, ValidFrom: day(policy.DateOf(g.ValidFrom))}
		if g.ValidTo != nil {
			grant.ValidTo = day(policy.DateOf(*g.ValidTo))
		}
		me.Grants = append(me.Grants, grant)
	}
	return me, nil
}

func day(d policy.Date) openapitypes.Date { return openapitypes.Date{Time: d.Start()} }

// ListRegions lists the areas of the viewer with everything below and above them.
func (s *server) ListRegions(ctx context.Context, _ gen.ListRegionsRequestObject) (gen.ListRegionsResponseObject, error) {
	v := viewerOf(ctx)
	var cs []condition
	for _, g := range v.grants {
		if g.RegionCode == "" {
			continue
		}
		cs = append(cs, within("code", g.RegionCode))
		for _, n := range []int{2, 4, 6, 9} {
			if n < len(g.RegionCode) {
				cs = append(cs, condition{"code = ?", []any{g.RegionCode[:n]}})
			}
		}
	}
	c := anyOf(cs)
	var rows []models.Region
	if err := s.db(ctx).Where(c.sql, c.args...).Order("code").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := gen.RegionList{Items: []gen.Region{}}
	for _, r := range rows {
		in := slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool { return inRegion(r.Code, g.RegionCode) })
		out.Items = append(out.Items, gen.Region{Code: r.Code, Name: r.Name, Level: r.Level, Parent: r.Parent, InScope: in})
	}
	return gen.ListRegions200JSONResponse(out), nil
}
