package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// Tokens by which programs act for an account: never more than the account itself may, and of that only the operations of
// their scopes (scopes.go).

const (
	tokenPrefix = "sw_" // by which people and scanners of leaked secrets know one
	maxTokens   = 20
)

// bearer is the token of a request, "" for none.
func bearer(r *http.Request) string {
	kind, token, ok := strings.Cut(r.Header.Get(echo.HeaderAuthorization), " ")
	if !ok || !strings.EqualFold(kind, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// byToken is who acts by a token, when it covers an operation.
func (s *server) byToken(r *http.Request, operation string) (*viewer, error) {
	if _, err := r.Cookie(s.cookieName()); err == nil {
		return nil, &problem{status: http.StatusUnauthorized, code: "two_credentials", detail: "接口令牌和 Cookie 不能同时使用"}
	}
	db, now := s.db(r.Context()), s.now().UTC()
	refused := &problem{status: http.StatusUnauthorized, code: "token_invalid", detail: "接口令牌无效、已过期或已停用"}
	var t models.APIToken
	err := db.Where("hash = ? AND revoked_at IS NULL AND expires_at > ?", tokenHash(bearer(r)), now).Take(&t).Error
	if models.Missing(err) {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	v := &viewer{session: models.Session{ExpiresAt: t.ExpiresAt}, token: t.ID}
	if err := db.Where("id = ?", t.UserID).Take(&v.user).Error; err != nil {
		return nil, err
	}
	if entitled, err := s.entitle(db, v); err != nil || !entitled {
		return nil, cmpErr(err, refused)
	}
	if !slices.Contains(t.Scopes, scopeOf[operation]) {
		err := outOfScope()
		s.refused(r.Context(), v, operation, "", err)
		return nil, err
	}
	if t.UsedAt == nil || now.Sub(*t.UsedAt) > seenEvery {
		err = db.Model(&models.APIToken{}).Where("id = ?", t.ID).Update("used_at", now.Truncate(time.Microsecond)).Error
	}
	return v, err
}

func cmpErr(err error, otherwise *problem) error {
	if err != nil {
		return err
	}
	return otherwise
}

// ListTokens lists the tokens of v.
func (s *server) ListTokens(ctx context.Context, _ gen.ListTokensRequestObject) (gen.ListTokensResponseObject, error) {
	out, err := s.tokens(ctx, viewerOf(ctx).user.ID)
	return gen.ListTokens200JSONResponse(out), err
}

// tokens are those of an account, the newest first, with the scopes there are.
func (s *server) tokens(ctx context.Context, user string) (gen.TokenList, error) {
	out := gen.TokenList{Items: []gen.Token{}, Scopes: []gen.TokenScope{}}
	for _, x := range scopes {
		out.Scopes = append(out.Scopes, gen.TokenScope{Code: x.code, Title: x.title})
	}
	var rows []models.APIToken
	err := s.db(ctx).Where("user_id = ?", user).Order("created_at DESC, id DESC").Find(&rows).Error
	for _, t := range rows {
		out.Items = append(out.Items, s.tokenView(t))
	}
	return out, err
}

func (s *server) tokenView(t models.APIToken) gen.Token {
	out := gen.Token{ID: t.ID, Name: t.Name, Scopes: t.Scopes, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt,
		Over: t.RevokedAt != nil || !s.now().Before(t.ExpiresAt)}
	if t.UsedAt != nil {
		out.UsedAt = *t.UsedAt
	}
	if t.RevokedAt != nil {
		out.RevokedAt = *t.RevokedAt
	}
	return out
}

// MakeToken makes a token, which is shown this once.
func (s *server) MakeToken(ctx context.Context, r gen.MakeTokenRequestObject) (gen.MakeTokenResponseObject, error) {
	v := viewerOf(ctx)
	for i, code := range r.Body.Scopes {
		if !slices.ContainsFunc(scopes, func(x scope) bool { return x.code == code }) {
			return nil, badRequest("unknown_option", "没有这个范围", procedure.FieldFault{Field: fmt.Sprintf("scopes.%d", i), Code: "unknown_option", Message: "没有这个范围"})
		}
	}
	if err := s.prove(ctx, v, ownPassword(ctx, v, "password", r.Body.Password)); err != nil {
		return nil, err
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	var n int64
	if err := s.db(ctx).Model(&models.APIToken{}).Where("user_id = ? AND revoked_at IS NULL AND expires_at > ?", v.user.ID, now).Count(&n).Error; err != nil {
		return nil, err
	}
	if n >= maxTokens {
		return nil, procedure.Refuse(procedure.Invalid, "too_many_tokens", fmt.Sprintf("有效的接口令牌至多 %d 个，请先停用不用的", maxTokens))
	}
	token := tokenPrefix + newToken()
	codes := slices.Clone(r.Body.Scopes)
	slices.Sort(codes)
	row := models.APIToken{ID: models.NewID(), UserID: v.user.ID, Name: r.Body.Name, Hash: tokenHash(token), Scopes: slices.Compact(codes),
		CreatedAt: now, ExpiresAt: now.AddDate(0, 0, r.Body.Days)}
	err := s.db(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.logIdentity(ctx, tx, identityAct{by: v.user.ID, about: v.user.ID, action: "token_made"})
	})
	return gen.MakeToken200JSONResponse{Token: token, Item: s.tokenView(row)}, err
}

// RevokeToken ends a token of v.
func (s *server) RevokeToken(ctx context.Context, r gen.RevokeTokenRequestObject) (gen.RevokeTokenResponseObject, error) {
	v := viewerOf(ctx)
	n, err := s.revokeTokens(ctx, identityAct{by: v.user.ID, about: v.user.ID}, "id = ?", r.ID)
	if err == nil && n == 0 {
		err = notFound()
	}
	return gen.RevokeToken204Response{}, err
}

// revokeTokens ends those tokens of an account for which a condition holds, at once.
func (s *server) revokeTokens(ctx context.Context, a identityAct, sql string, args ...any) (n int64, err error) {
	a.action = "tokens_revoked"
	err = s.db(ctx).Transaction(func(tx *gorm.DB) error {
		res := tx.Model(&models.APIToken{}).Where("user_id = ? AND revoked_at IS NULL", a.about).Where(sql, args...).Update("revoked_at", s.now().UTC().Truncate(time.Microsecond))
		if n = res.RowsAffected; res.Error != nil || n == 0 {
			return res.Error
		}
		return s.logIdentity(ctx, tx, a)
	})
	return n, err
}

func outOfScope() *problem {
	return forbidden("token_scope", "接口令牌的范围不包括这一接口")
}
