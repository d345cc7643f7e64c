package api

import (
	"context"
	"slices"
	"strings"

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

// ListRegions lists the areas of the viewer with everything below and above them: all of them to choose from, or page by
// page, by a part of the name or the beginning of the code.
func (s *server) ListRegions(ctx context.Context, r gen.ListRegionsRequestObject) (gen.ListRegionsResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	here := regionsOf(v)
	tx := s.db(ctx).Where(here.sql, here.args...).Order("code")
	if p.Q != "" {
		code := startsWith("code", p.Q)
		tx = tx.Where("("+code.sql+" OR name LIKE ? ESCAPE '!')", append(code.args, "%"+literally.Replace(p.Q)+"%")...)
	}
	if after != nil {
		tx = tx.Where("code > ?", after.ID)
	}
	if p.Limit > 0 {
		tx = tx.Limit(p.Limit + 1)
	}
	var rows []models.Region
	if err := tx.Find(&rows).Error; err != nil {
		return nil, err
	}
	out := gen.RegionList{Items: []gen.Region{}}
	if p.Limit > 0 {
		rows, out.NextCursor = cut(rows, p.Limit, func(r models.Region) cursor { return cursor{ID: r.Code} })
	}
	for _, r := range rows {
		in := slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool { return inRegion(r.Code, g.RegionCode) })
		out.Items = append(out.Items, gen.Region{Code: r.Code, Name: r.Name, Level: r.Level, Parent: r.Parent, InScope: in})
	}
	return gen.ListRegions200JSONResponse(out), nil
}

// literally takes a text as it stands in a pattern of LIKE.
var literally = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// regionsOf are the areas of the viewer, what lies below them and the chain above.
func regionsOf(v *viewer) condition {
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
	return anyOf(cs)
}
