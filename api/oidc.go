package api

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// Signing in with a provider of identities (OpenID Connect, authorization code with PKCE). Who a person is there an account
// administrator has said before: nobody gets an account by signing in, and no name or address of the provider is believed.

// OIDC is a provider of identities. Without an issuer there is none.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	// Title is what the sign-in page calls it.
	Title string
	// PublicURL is the address of this server as browsers see it; they come back to it.
	PublicURL string
}

const (
	oidcPath   = basePath + "/session/oidc"
	oidcCookie = "shouwang_oidc"
	// oidcWithin is how long somebody may take at the provider.
	oidcWithin = 10 * time.Minute
	// oidcTimeout bounds each question to the provider.
	oidcTimeout = 10 * time.Second
	// oidcAgain is how long a provider that has not answered is left alone.
	oidcAgain = 15 * time.Second
)

// relyingParty is our side of the protocol. The provider is asked about itself when it is first needed, so that the server
// starts without it.
type relyingParty struct {
	OIDC
	ctx context.Context
	now func() time.Time

	mu       sync.Mutex
	provider *oidc.Provider
	failed   error // of the last attempt to reach it
	again    time.Time
}

func newRelyingParty(ctx context.Context, o OIDC, now func() time.Time) *relyingParty {
	if o.Issuer == "" {
		return nil
	}
	client := &http.Client{Timeout: oidcTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // nobody sends us elsewhere
	return &relyingParty{OIDC: o, now: now, ctx: oidc.ClientContext(ctx, client)}
}

// discover gives the endpoints and the verifier of identities. Keys are fetched again by it when they have changed.
func (p *relyingParty) discover() (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.provider == nil {
		if p.failed == nil || !p.now().Before(p.again) {
			p.provider, p.failed = oidc.NewProvider(p.ctx, p.Issuer)
			p.again = p.now().Add(oidcAgain)
		}
		if p.failed != nil { // whoever waited meanwhile need not find out for himself
			return nil, nil, p.failed
		}
	}
	config := &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: p.provider.Endpoint(),
		RedirectURL: strings.TrimSuffix(p.PublicURL, "/") + oidcPath + "/callback", Scopes: []string{oidc.ScopeOpenID}}
	return config, p.provider.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.now}), nil
}

// journey is what a browser carries to the provider and back, sealed, in a cookie: that it began here, and when.
type journey struct {
	State, Nonce, Verifier string
	Begun                  time.Time
}

// identity asks the provider who has come back with a code, and whether he has shown more than a password there.
func (p *relyingParty) identity(j journey, code string) (subject string, strong bool, err error) {
	config, verifier, err := p.discover()
	if err != nil {
		return "", false, err
	}
	tokens, err := config.Exchange(p.ctx, code, oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return "", false, err
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return "", false, errors.New("no id_token")
	}
	id, err := verifier.Verify(p.ctx, raw)
	if err != nil {
		return "", false, err
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(j.Nonce)) != 1 {
		return "", false, errors.New("nonce differs")
	}
	var claims struct {
		Methods []string `json:"amr"`
	}
	if err := id.Claims(&claims); err != nil {
		return "", false, err
	}
	for _, m := range claims.Methods { // RFC 8176: multiple factors were used
		strong = strong || m == "mfa"
	}
	return id.Subject, strong, nil
}

// ListSignInMethods tells the sign-in page what there is beside the password.
func (s *server) ListSignInMethods(context.Context, gen.ListSignInMethodsRequestObject) (gen.ListSignInMethodsResponseObject, error) {
	out := gen.ListSignInMethods200JSONResponse{}
	if s.oidc != nil {
		out.Oidc = s.oidc.Title
	}
	return out, nil
}

func (s *server) oidcAllowed(ctx context.Context) error {
	if s.oidc == nil {
		return notFound()
	}
	if ok, _ := s.signIns.Allow(echoOf(ctx).RealIP()); !ok {
		return tooMany("too_many", "登录过于频繁，请稍后再试", 60)
	}
	return nil
}

// BeginOIDC sends a browser to the provider. From a page elsewhere it leads to the sign-in page instead: nobody is signed
// in who did not ask for it here.
func (s *server) BeginOIDC(ctx context.Context, _ gen.BeginOIDCRequestObject) (gen.BeginOIDCResponseObject, error) {
	if err := s.oidcAllowed(ctx); err != nil {
		return nil, err
	}
	switch echoOf(ctx).Request().Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return beginAt("/login"), nil
	}
	config, _, err := s.oidc.discover()
	if err != nil {
		s.log.Warn("provider of identities does not answer", "err", err.Error())
		return beginAt("/login?fault=oidc_unreachable"), nil
	}
	j := journey{State: newToken(), Nonce: newToken(), Verifier: oauth2.GenerateVerifier(), Begun: s.now().UTC()}
	raw, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	sealed := s.engine.Store.Vault.Seal("oidc", "journey", "", raw)
	s.setJourney(echoOf(ctx), base64.RawURLEncoding.EncodeToString(sealed), int(oidcWithin.Seconds()))
	return beginAt(config.AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier))), nil
}

func beginAt(to string) gen.BeginOIDC302Response {
	return gen.BeginOIDC302Response{Headers: gen.BeginOIDC302ResponseHeaders{Location: to}}
}

func (s *server) setJourney(c echo.Context, value string, maxAge int) {
	c.SetCookie(&http.Cookie{Name: s.ownCookie(oidcCookie), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.secureCookies, SameSite: http.SameSiteLaxMode})
}

// journeyOf is the journey that a browser comes back from, if it began here and not too long ago.
func (s *server) journeyOf(c echo.Context, state string) (j journey, ok bool) {
	cookie, err := c.Cookie(s.ownCookie(oidcCookie))
	if err != nil {
		return j, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return j, false
	}
	raw, err := s.engine.Store.Vault.Open("oidc", "journey", "", sealed)
	if err != nil || json.Unmarshal(raw, &j) != nil {
		return j, false
	}
	return j, state != "" && subtle.ConstantTimeCompare([]byte(j.State), []byte(state)) == 1 && s.now().Sub(j.Begun) <= oidcWithin
}

// EndOIDC takes a browser back from the provider and signs its person in. Whatever goes wrong leads to the sign-in page,
// which says it by its code; where it leads nobody else can say.
func (s *server) EndOIDC(ctx context.Context, r gen.EndOIDCRequestObject) (gen.EndOIDCResponseObject, error) {
	if err := s.oidcAllowed(ctx); err != nil {
		return nil, err
	}
	to, err := s.comeBack(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return gen.EndOIDC302Response{Headers: gen.EndOIDC302ResponseHeaders{Location: to}}, nil
}

// comeBack is the page that a browser goes to from the provider.
func (s *server) comeBack(ctx context.Context, r gen.EndOIDCParams) (string, error) {
	c := echoOf(ctx)
	j, ok := s.journeyOf(c, r.State)
	s.setJourney(c, "", -1) // for this once
	switch {
	case !ok:
		return s.failOIDC(ctx, "", "oidc_state")
	case r.Error != "" || r.Code == "":
		return s.failOIDC(ctx, "", "oidc_refused")
	case r.Iss != "" && r.Iss != s.oidc.Issuer:
		return s.failOIDC(ctx, "", "oidc_issuer")
	}
	subject, strong, err := s.oidc.identity(j, r.Code)
	if err != nil {
		s.log.Warn("sign-in with the provider of identities failed", "err", err.Error(), "request_id", requestID(ctx))
		return s.failOIDC(ctx, "", "oidc_failed")
	}
	var u models.User
	err = s.db(ctx).Where("users.id IN (SELECT user_id FROM external_identities WHERE issuer = ? AND subject = ?)", s.oidc.Issuer, subject).Take(&u).Error
	if models.Missing(err) {
		return s.failOIDC(ctx, "", "oidc_unknown")
	}
	if err != nil {
		return "", err
	}
	v, err := s.admit(c, u, models.ViaOIDC, strong)
	var refused *problem
	switch {
	case errors.As(err, &refused):
		return "/login?fault=" + url.QueryEscape(refused.code), nil
	case err != nil:
		return "", err
	case v.session.Step != "":
		return "/login?step=" + v.session.Step, nil
	}
	return "/", nil
}

// failOIDC records a sign-in that has failed.
func (s *server) failOIDC(ctx context.Context, user, code string) (string, error) {
	return "/login?fault=" + code, s.logIdentity(ctx, s.db(ctx), identityAct{by: user, about: user, action: "sign_in_failed", why: code})
}

// GetAccountIdentity tells who the owner of an account is at the provider.
func (s *server) GetAccountIdentity(ctx context.Context, r gen.GetAccountIdentityRequestObject) (gen.GetAccountIdentityResponseObject, error) {
	u, err := s.findAccount(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	var x models.ExternalIdentity
	err = s.db(ctx).Where("user_id = ?", u.ID).Take(&x).Error
	if models.Missing(err) {
		return gen.GetAccountIdentity200JSONResponse{}, nil
	}
	return gen.GetAccountIdentity200JSONResponse{Issuer: x.Issuer, Subject: x.Subject, CreatedAt: x.CreatedAt}, err
}

// LinkAccountIdentity says who the owner of an account is at the provider.
func (s *server) LinkAccountIdentity(ctx context.Context, r gen.LinkAccountIdentityRequestObject) (gen.LinkAccountIdentityResponseObject, error) {
	v := viewerOf(ctx)
	u, err := s.findAccount(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if s.oidc == nil {
		return nil, procedure.Refuse(procedure.Conflict, "oidc_off", "没有配置统一身份认证")
	}
	x := models.ExternalIdentity{Issuer: s.oidc.Issuer, Subject: r.Body.Subject, UserID: u.ID, CreatedBy: v.user.ID, CreatedAt: s.now().UTC().Truncate(time.Microsecond)}
	agreed, err := s.care(ctx, v, u, activities.CareIdentity, s.oidc.Issuer+" "+r.Body.Subject, func(tx *gorm.DB) error {
		if err := unlink(tx, u.ID); err != nil {
			return err
		}
		if err := tx.Create(&x).Error; err != nil {
			return err
		}
		return s.caredFor(ctx, tx, v, u, "identity_linked", "您的账号已关联统一身份认证", "账号管理员"+v.user.Name+"为您关联了统一身份认证。不是您要求的，请立即报告。")
	})
	if models.Duplicate(err) {
		return nil, procedure.Refuse(procedure.Conflict, "identity_taken", "此人已关联另一个账号")
	}
	if err != nil || !agreed {
		return gen.LinkAccountIdentity200JSONResponse{Asked: !agreed}, err
	}
	return gen.LinkAccountIdentity200JSONResponse{Issuer: x.Issuer, Subject: x.Subject, CreatedAt: x.CreatedAt}, err
}

// UnlinkAccountIdentity takes that back.
func (s *server) UnlinkAccountIdentity(ctx context.Context, r gen.UnlinkAccountIdentityRequestObject) (gen.UnlinkAccountIdentityResponseObject, error) {
	v := viewerOf(ctx)
	u, err := s.findAccount(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	return gen.UnlinkAccountIdentity204Response{}, s.db(ctx).Transaction(func(tx *gorm.DB) error {
		if err := unlink(tx, u.ID); err != nil {
			return err
		}
		return s.caredFor(ctx, tx, v, u, "identity_unlinked", "您的账号已取消关联统一身份认证", "账号管理员"+v.user.Name+"取消了关联，今后请以口令登录。")
	})
}

// unlink forgets who the owner of an account is at the provider, and ends the sessions that were begun there.
func unlink(tx *gorm.DB, user string) error {
	if err := tx.Where("user_id = ?", user).Delete(&models.ExternalIdentity{}).Error; err != nil {
		return err
	}
	return tx.Where("user_id = ? AND via = ?", user, models.ViaOIDC).Delete(&models.Session{}).Error
}
