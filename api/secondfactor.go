package api

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"image/color"
	"slices"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// The second factor: six digits that an app on a telephone makes of a shared secret and the time (TOTP, RFC 6238), or one
// of ten codes on paper when the telephone is lost.

const (
	factorPeriod = 30
	// factorSkew is how many periods a telephone's clock may be off.
	factorSkew    = 1
	recoveryCodes = 10
)

var factorOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// needsFactor reports whether one of the posts of v asks for a second factor, lent ones included.
func (s *server) needsFactor(v *viewer) bool {
	return slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool { return slices.Contains(s.secondFactor, g.Role) })
}

// factorOf is the second factor that guards an account, nil for none.
func (s *server) factorOf(ctx context.Context, user string) (*models.SecondFactor, error) {
	return s.takeFactor(s.db(ctx).Where("user_id = ? AND confirmed_at IS NOT NULL", user))
}

// newFactorOf is one that was begun and not confirmed yet, nil for none.
func (s *server) newFactorOf(ctx context.Context, user string) (*models.SecondFactor, error) {
	return s.takeFactor(s.db(ctx).Where("user_id = ? AND confirmed_at IS NULL", user))
}

func (s *server) takeFactor(tx *gorm.DB) (*models.SecondFactor, error) {
	var f models.SecondFactor
	err := tx.Take(&f).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &f, err
}

// BeginSecondFactor makes the secret that v's telephone shall share. It guards nothing until a code of it was shown.
func (s *server) BeginSecondFactor(ctx context.Context, r gen.BeginSecondFactorRequestObject) (gen.BeginSecondFactorResponseObject, error) {
	v := viewerOf(ctx)
	if v.session.Step != stepEnrol { // where the password was shown a moment ago
		if err := s.prove(ctx, v, ownPassword(ctx, v, "password", r.Body.Password)); err != nil {
			return nil, err
		}
	}
	f, err := s.factorOf(ctx, v.user.ID)
	if err != nil {
		return nil, err
	}
	if f != nil {
		return nil, procedure.Refuse(procedure.Conflict, "second_factor_exists", "已登记验证器；更换时请先停用")
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "守望", AccountName: v.user.Login, Period: factorPeriod})
	if err != nil {
		return nil, err
	}
	code, err := qr.Encode(key.URL(), qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	size := code.Bounds().Dx()
	rows := make([]string, size)
	for y := range rows {
		row := make([]byte, size)
		for x := range row {
			row[x] = '0'
			if code.At(x, y) == color.Black {
				row[x] = '1'
			}
		}
		rows[y] = string(row)
	}
	sealed := s.engine.Store.Vault.Seal("second_factors", "sealed", v.user.ID, []byte(key.Secret()))
	row := models.SecondFactor{UserID: v.user.ID, Sealed: sealed, CreatedAt: s.now().UTC().Truncate(time.Microsecond)}
	// Begun anew, the one before is forgotten; one that was confirmed meanwhile stays.
	instead := clause.OnConflict{Columns: []clause.Column{{Name: "user_id"}}, DoUpdates: clause.AssignmentColumns([]string{"sealed", "last_step", "created_at"}),
		Where: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "second_factors.confirmed_at IS NULL"}}}}
	return gen.BeginSecondFactor200JSONResponse{Secret: key.Secret(), URI: key.URL(), Qr: rows}, s.db(ctx).Clauses(instead).Create(&row).Error
}

// ConfirmSecondFactor lets the new second factor guard the account. Other sessions, which never showed it, end.
func (s *server) ConfirmSecondFactor(ctx context.Context, r gen.ConfirmSecondFactorRequestObject) (gen.ConfirmSecondFactorResponseObject, error) {
	v := viewerOf(ctx)
	f, err := s.newFactorOf(ctx, v.user.ID)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, notBegun()
	}
	if err := s.prove(ctx, v, s.factorCode(ctx, f, r.Body.Code)); err != nil {
		return nil, err
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	var codes []string
	err = s.db(ctx).Transaction(func(tx *gorm.DB) error {
		res := tx.Model(&models.SecondFactor{}).Where("user_id = ? AND confirmed_at IS NULL AND created_at = ?", f.UserID, f.CreatedAt).Update("confirmed_at", now)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 { // begun anew, or confirmed, in the meantime
			return notBegun()
		}
		if codes, err = newRecoveryCodes(tx, v.user.ID); err != nil {
			return err
		}
		if err := tx.Where("user_id = ?", v.user.ID).Delete(&models.Session{}).Error; err != nil {
			return err
		}
		return s.logIdentity(ctx, tx, identityAct{by: v.user.ID, about: v.user.ID, action: "second_factor_set"})
	})
	if err != nil {
		return nil, err
	}
	step, err := s.nextStep(ctx, v, true, now)
	if err != nil {
		return nil, err
	}
	return gen.ConfirmSecondFactor200JSONResponse{RecoveryCodes: codes, Step: gen.SecondFactorConfirmedStep(step), PasswordRules: s.passwords.Words()},
		s.startSession(echoOf(ctx), v, step, now)
}

func notBegun() error {
	return procedure.Refuse(procedure.Conflict, "second_factor_not_begun", "没有待确认的验证器，请重新登记")
}

// ProveSecondFactor is the second step of signing in.
func (s *server) ProveSecondFactor(ctx context.Context, r gen.ProveSecondFactorRequestObject) (gen.ProveSecondFactorResponseObject, error) {
	v := viewerOf(ctx)
	if v.session.Step != stepFactor {
		return nil, forbidden("not_asked", "这次登录不需要这一步")
	}
	if err := s.proveFactor(ctx, v, r.Body.Code, true); err != nil {
		return nil, err
	}
	v, err := s.admit(echoOf(ctx), v.user, v.session.Via, true)
	if err != nil {
		return nil, err
	}
	if v.session.Step != "" {
		return gen.ProveSecondFactor202JSONResponse(s.half(v)), nil
	}
	me, err := s.me(ctx, v)
	return gen.ProveSecondFactor200JSONResponse(me), err
}

// RenewRecoveryCodes makes ten other codes; those before are of no use any more.
func (s *server) RenewRecoveryCodes(ctx context.Context, r gen.RenewRecoveryCodesRequestObject) (gen.RenewRecoveryCodesResponseObject, error) {
	v := viewerOf(ctx)
	if err := s.proveFactor(ctx, v, r.Body.Code, false); err != nil {
		return nil, err
	}
	var codes []string
	err := s.db(ctx).Transaction(func(tx *gorm.DB) (err error) {
		if codes, err = newRecoveryCodes(tx, v.user.ID); err != nil {
			return err
		}
		return s.logIdentity(ctx, tx, identityAct{by: v.user.ID, about: v.user.ID, action: "recovery_codes_made"})
	})
	return gen.RenewRecoveryCodes200JSONResponse{RecoveryCodes: codes}, err
}

// RemoveSecondFactor lets v do without, unless one of his posts asks for it.
func (s *server) RemoveSecondFactor(ctx context.Context, r gen.RemoveSecondFactorRequestObject) (gen.RemoveSecondFactorResponseObject, error) {
	v := viewerOf(ctx)
	if s.needsFactor(v) {
		return nil, forbidden("second_factor_required", "您的岗位必须使用第二因素；更换手机请联系账号管理员重置")
	}
	if err := s.proveFactor(ctx, v, r.Body.Code, true); err != nil {
		return nil, err
	}
	return gen.RemoveSecondFactor204Response{}, s.db(ctx).Transaction(func(tx *gorm.DB) error {
		if err := dropFactor(tx, v.user.ID); err != nil {
			return err
		}
		return s.logIdentity(ctx, tx, identityAct{by: v.user.ID, about: v.user.ID, action: "second_factor_removed"})
	})
}

// dropFactor takes the second factor of an account away, with its recovery codes.
func dropFactor(tx *gorm.DB, user string) error {
	if err := tx.Where("user_id = ?", user).Delete(&models.RecoveryCode{}).Error; err != nil {
		return err
	}
	return tx.Where("user_id = ?", user).Delete(&models.SecondFactor{}).Error
}

// proveFactor lets v show his second factor: a code of the app, or, when paper will do, a recovery code.
func (s *server) proveFactor(ctx context.Context, v *viewer, typed string, paper bool) error {
	f, err := s.factorOf(ctx, v.user.ID)
	if err != nil {
		return err
	}
	if f == nil {
		return procedure.Refuse(procedure.Conflict, "second_factor_missing", "尚未登记验证器")
	}
	x := s.factorCode(ctx, f, typed)
	if app := x.right; paper {
		x.right = func() (bool, error) {
			if ok, err := app(); err != nil || ok {
				return ok, err
			}
			return s.useRecoveryCode(ctx, v.user.ID, typed)
		}
	}
	return s.prove(ctx, v, x)
}

// factorCode is a code of the app, which is taken once: no code is of a step at or before the last one that was.
func (s *server) factorCode(ctx context.Context, f *models.SecondFactor, typed string) secret {
	return secret{"code", "second_factor_wrong", "验证码不符或已经用过，请输入验证器上现在的数字", func() (bool, error) {
		key, err := s.engine.Store.Vault.Open("second_factors", "sealed", f.UserID, f.Sealed)
		if err != nil {
			return false, err
		}
		step, err := factorStep(string(key), strings.ReplaceAll(typed, " ", ""), s.now())
		if err != nil || step == 0 {
			return false, err
		}
		res := s.db(ctx).Model(&models.SecondFactor{}).Where("user_id = ? AND last_step < ?", f.UserID, step).Update("last_step", step)
		return res.RowsAffected == 1, res.Error
	}}
}

// factorStep is the time step that a code belongs to, 0 when it belongs to none near now.
func factorStep(key, code string, now time.Time) (int64, error) {
	present := now.Unix() / factorPeriod
	for step := present - factorSkew; step <= present+factorSkew; step++ {
		want, err := hotp.GenerateCodeCustom(key, uint64(step), factorOptions)
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, nil
		}
	}
	return 0, nil
}

// newRecoveryCodes makes the ten codes of an account anew; only their hashes are kept.
func newRecoveryCodes(tx *gorm.DB, user string) ([]string, error) {
	if err := tx.Where("user_id = ?", user).Delete(&models.RecoveryCode{}).Error; err != nil {
		return nil, err
	}
	codes, rows := make([]string, recoveryCodes), make([]models.RecoveryCode, recoveryCodes)
	for i := range codes {
		raw := make([]byte, 15)
		_, _ = rand.Read(raw) // never fails since Go 1.24
		plain := base32.StdEncoding.EncodeToString(raw)
		codes[i] = strings.Join(slices.Collect(fours(plain)), "-")
		rows[i] = models.RecoveryCode{Hash: tokenHash(plain), UserID: user}
	}
	return codes, tx.Create(&rows).Error
}

// fours are the groups of four characters of a text.
func fours(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(text) && yield(text[i:min(i+4, len(text))]); i += 4 {
		}
	}
}

// useRecoveryCode takes a code of paper, once.
func (s *server) useRecoveryCode(ctx context.Context, user, typed string) (bool, error) {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(typed))
	used := false
	err := s.db(ctx).Transaction(func(tx *gorm.DB) error {
		res := tx.Model(&models.RecoveryCode{}).Where("hash = ? AND user_id = ? AND used_at IS NULL", tokenHash(plain), user).
			Update("used_at", s.now().UTC().Truncate(time.Microsecond))
		if used = res.RowsAffected == 1; res.Error != nil || !used {
			return res.Error
		}
		return s.logIdentity(ctx, tx, identityAct{by: user, about: user, action: "recovery_code_used"})
	})
	return used, err
}
