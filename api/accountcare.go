package api

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/passrules"
	"shouwang/models"
	"shouwang/procedure"
)

// What the account administrator does for somebody who cannot sign in, or whose device is lost. He learns a password that
// opens nothing but the choice of another, and the person is told.

// findAccount is the account with that id, if v keeps it as 系统管理员. His own is cared for by another.
func (s *server) findAccount(ctx context.Context, v *viewer, id string) (*models.User, error) {
	var areas []condition
	for _, g := range v.own() {
		if g.Role == procedure.SysAdmin && g.RegionCode != "" {
			areas = append(areas, keptIn(g.RegionCode))
		}
	}
	kept := anyOf(areas)
	var u models.User
	err := s.db(ctx).Where("users.id = ? AND users.id <> ?", id, v.user.ID).Where(kept.sql, kept.args...).Take(&u).Error
	return &u, orMissing(err)
}

// ResetAccount sets a password that must be changed, or takes the second factor away. What programs were let in by goes with
// it: somebody else may have made it. For one who administers the system another administrator has to agree first.
func (s *server) ResetAccount(ctx context.Context, r gen.ResetAccountRequestObject) (gen.ResetAccountResponseObject, error) {
	v := viewerOf(ctx)
	u, err := s.findAccount(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if r.Body.What == gen.AccountResetWhatSecondFactor {
		agreed, err := s.care(ctx, v, u, activities.CareSecondFactor, "", func(tx *gorm.DB) error {
			if err := dropFactor(tx, u.ID); err != nil {
				return err
			}
			if err := tx.Where("user_id = ?", u.ID).Delete(&models.Session{}).Error; err != nil {
				return err
			}
			return s.caredFor(ctx, tx, v, u, "second_factor_reset", "您的第二因素已被重置", "账号管理员"+v.user.Name+"取消了您登记的验证器和备用码。不是您要求的，请立即报告。")
		})
		return gen.ResetAccount200JSONResponse{Asked: !agreed}, err
	}
	temporary := temporaryPassword()
	hash, err := hashPassword(ctx, temporary)
	if err != nil {
		return nil, err
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	agreed, err := s.care(ctx, v, u, activities.CarePassword, "", func(tx *gorm.DB) error {
		if err := s.setPassword(tx, u, hash, true, now); err != nil {
			return err
		}
		if err := tx.Model(&models.User{}).Where("id = ?", u.ID).Updates(map[string]any{"failed_logins": 0, "locked_until": nil}).Error; err != nil {
			return err
		}
		return s.caredFor(ctx, tx, v, u, "password_reset", "您的口令已被重置", "账号管理员"+v.user.Name+"为您设置了临时口令。不是您要求的，请立即报告。")
	})
	if err != nil || !agreed {
		return gen.ResetAccount200JSONResponse{Asked: !agreed}, err
	}
	return gen.ResetAccount200JSONResponse{Password: temporary, Until: now.Add(passrules.Temporary)}, nil
}

// care does for an account what could make whoever does it the account's owner: it is recorded as an act of the
// administrator, and done to one of the three administrators only after another has agreed. Until then it is asked for,
// and nothing is done.
func (s *server) care(ctx context.Context, v *viewer, u *models.User, kind, what string, do func(tx *gorm.DB) error) (agreed bool, err error) {
	g, err := administering(v, keepingAccounts)
	if err != nil {
		return false, err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		k := s.engine.Administer(tx, v.as(g))
		area := orText(u.Area, g.RegionCode)
		agreed, err = k.Agreed(u, kind, area, what)
		if err != nil || !agreed {
			return err
		}
		if err := tx.Model(&models.APIToken{}).Where("user_id = ? AND revoked_at IS NULL", u.ID).Update("revoked_at", s.now().UTC().Truncate(time.Microsecond)).Error; err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		return k.Record("account."+kind, area, "account", u.ID, u.Name, map[string]string{"what": what})
	})
	return agreed, err
}

// temporaryPassword is one of 75 random bits, which every profile allows.
func temporaryPassword() string {
	raw := make([]byte, 10)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	text := strings.ToLower(base32.StdEncoding.EncodeToString(raw))[:15]
	return "Tk7-" + strings.Join(slices.Collect(fours(text)), "-")
}

// caredFor records what an administrator has done to an account, and tells its owner.
func (s *server) caredFor(ctx context.Context, tx *gorm.DB, v *viewer, u *models.User, action, title, body string) error {
	now := s.engine.Clock.Now()
	m := models.Message{ID: models.NewID(), UserID: u.ID, ClockID: "account:" + models.NewID(), RungNo: 1, Kind: "account", Title: title, Body: body,
		Urgent: true, DeliverAt: now, CreatedAt: now}
	if err := tx.Create(&m).Error; err != nil {
		return err
	}
	return s.logIdentity(ctx, tx, identityAct{by: v.user.ID, about: u.ID, role: procedure.SysAdmin, action: action})
}

// ListAccountSessions lists the devices on which somebody is signed in.
func (s *server) ListAccountSessions(ctx context.Context, r gen.ListAccountSessionsRequestObject) (gen.ListAccountSessionsResponseObject, error) {
	u, err := s.findAccount(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.devices(ctx, u.ID, "")
	return gen.ListAccountSessions200JSONResponse(out), err
}

// EndAccountSessions signs somebody out everywhere.
func (s *server) EndAccountSessions(ctx context.Context, r gen.EndAccountSessionsRequestObject) (gen.EndAccountSessionsResponseObject, error) {
	v := viewerOf(ctx)
	u, err := s.findAccount(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	_, err = s.endSessions(ctx, identityAct{by: v.user.ID, about: u.ID, role: procedure.SysAdmin}, "1 = 1")
	return gen.EndAccountSessions204Response{}, err
}

// ListAccountTokens lists the tokens of somebody.
func (s *server) ListAccountTokens(ctx context.Context, r gen.ListAccountTokensRequestObject) (gen.ListAccountTokensResponseObject, error) {
	u, err := s.findAccount(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.tokens(ctx, u.ID)
	return gen.ListAccountTokens200JSONResponse(out), err
}

// RevokeAccountTokens ends all tokens of somebody.
func (s *server) RevokeAccountTokens(ctx context.Context, r gen.RevokeAccountTokensRequestObject) (gen.RevokeAccountTokensResponseObject, error) {
	v := viewerOf(ctx)
	u, err := s.findAccount(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	_, err = s.revokeTokens(ctx, identityAct{by: v.user.ID, about: u.ID, role: procedure.SysAdmin}, "1 = 1")
	return gen.RevokeAccountTokens204Response{}, err
}
