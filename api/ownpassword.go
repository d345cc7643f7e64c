package api

import (
	"context"
	"net/http"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// half tells what is still to be done to sign in.
func (s *server) half(v *viewer) gen.HalfSession {
	return gen.HalfSession{Step: gen.HalfSessionStep(v.session.Step), PasswordRules: s.passwords.Words()}
}

// rehash renews a hash of another cost while the password is at hand.
func (s *server) rehash(ctx context.Context, u *models.User, password string) error {
	if !outdated(u.PasswordHash) {
		return nil
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	err = s.db(ctx).Model(&models.User{}).Where("id = ? AND password_hash = ?", u.ID, u.PasswordHash).Update("password_hash", hash).Error
	u.PasswordHash = hash
	return err
}

// secret is something that v can show he knows.
type secret struct {
	field, code, detail string
	right               func() (bool, error)
}

// prove lets v show it. Failures count as those of signing in do and lock the account; a session in which too much was
// guessed ends.
func (s *server) prove(ctx context.Context, v *viewer, x secret) error {
	now := s.now().UTC()
	if ok, _ := s.signIns.Allow(echoOf(ctx).RealIP()); !ok {
		return tooMany("too_many", "尝试过于频繁，请稍后再试", 60)
	}
	ok := false
	var err error
	if !locked(&v.user, now) {
		if ok, err = x.right(); err == nil {
			err = s.readLock(ctx, &v.user)
		}
	}
	if err != nil {
		return err
	}
	if locked(&v.user, now) {
		if err := s.db(ctx).Where("token_hash = ?", v.session.TokenHash).Delete(&models.Session{}).Error; err != nil {
			return err
		}
		return lockedOut(&v.user, now)
	}
	if ok {
		return nil
	}
	if err := s.countFailure(ctx, v.user.ID, now); err != nil {
		return err
	}
	return s.refuseSignIn(ctx, v.user.ID, x.code, &problem{status: http.StatusUnprocessableEntity, code: x.code, detail: x.detail,
		faults: []procedure.FieldFault{{Field: x.field, Code: x.code, Message: x.detail}}})
}

// ownPassword is the password of v as it was typed.
func ownPassword(ctx context.Context, v *viewer, field, typed string) secret {
	return secret{field, "password_wrong", "口令不符", func() (bool, error) { return checkPassword(ctx, v.user.PasswordHash, typed) }}
}

// GetSecurity tells what the account of v is guarded by.
func (s *server) GetSecurity(ctx context.Context, _ gen.GetSecurityRequestObject) (gen.GetSecurityResponseObject, error) {
	v := viewerOf(ctx)
	out := gen.GetSecurity200JSONResponse{PasswordRules: s.passwords.Words(), PasswordSetAt: passwordSince(&v.user), SecondFactorRequired: s.needsFactor(v)}
	if s.passwords.Age > 0 {
		out.PasswordExpiresAt = out.PasswordSetAt.Add(s.passwords.Age)
	}
	f, err := s.factorOf(ctx, v.user.ID)
	if err != nil || f == nil {
		return out, err
	}
	out.SecondFactor, out.SecondFactorSince = true, *f.ConfirmedAt
	var left int64
	err = s.db(ctx).Model(&models.RecoveryCode{}).Where("user_id = ? AND used_at IS NULL", v.user.ID).Count(&left).Error
	out.RecoveryCodesLeft = int(left)
	return out, err
}

// ChangePassword changes the password of v, ends his other sessions and renews this one.
func (s *server) ChangePassword(ctx context.Context, r gen.ChangePasswordRequestObject) (gen.ChangePasswordResponseObject, error) {
	v := viewerOf(ctx)
	if err := s.prove(ctx, v, ownPassword(ctx, v, "current", r.Body.Current)); err != nil {
		return nil, err
	}
	faults := s.passwords.Check(r.Body.New, v.user.Login, v.user.Name)
	used, err := s.usedBefore(ctx, v, r.Body.New)
	if err != nil {
		return nil, err
	}
	if used {
		faults = append(faults, procedure.FieldFault{Field: "new", Code: "password_used", Message: "新口令不能与现在的或最近用过的相同"})
	}
	if len(faults) > 0 {
		return nil, &problem{status: http.StatusUnprocessableEntity, code: faults[0].Code, detail: faults[0].Message, faults: faults}
	}
	hash, err := hashPassword(ctx, r.Body.New)
	if err != nil {
		return nil, err
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	err = s.db(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.setPassword(tx, &v.user, hash, false, now); err != nil {
			return err
		}
		return s.logIdentity(ctx, tx, identityAct{by: v.user.ID, about: v.user.ID, action: "password_changed"})
	})
	if err != nil {
		return nil, err
	}
	if err := s.startSession(echoOf(ctx), v, "", now); err != nil {
		return nil, err
	}
	me, err := s.me(ctx, v)
	return gen.ChangePassword200JSONResponse(me), err
}

// usedBefore reports whether a password is the present one, or one of those that the rules remember.
func (s *server) usedBefore(ctx context.Context, v *viewer, password string) (bool, error) {
	hashes := []string{v.user.PasswordHash}
	if n := s.passwords.History - 1; n > 0 {
		var former []string
		err := s.db(ctx).Model(&models.UsedPassword{}).Where("user_id = ?", v.user.ID).Order("set_at DESC, id DESC").Limit(n).Pluck("hash", &former).Error
		if err != nil {
			return false, err
		}
		hashes = append(hashes, former...)
	}
	for _, h := range hashes {
		if same, err := checkPassword(ctx, h, password); err != nil || same {
			return same, err
		}
	}
	return false, nil
}

// setPassword gives an account another password, remembers the one before and ends all sessions. A password that somebody
// else has set must be changed.
func (s *server) setPassword(tx *gorm.DB, u *models.User, hash string, mustChange bool, now time.Time) error {
	before := models.UsedPassword{ID: models.NewID(), UserID: u.ID, Hash: u.PasswordHash, SetAt: now}
	if err := tx.Create(&before).Error; err != nil {
		return err
	}
	kept := tx.Model(&models.UsedPassword{}).Select("id").Where("user_id = ?", u.ID).Order("set_at DESC, id DESC").Limit(max(s.passwords.History, 1))
	if err := tx.Where("user_id = ? AND id NOT IN (?)", u.ID, kept).Delete(&models.UsedPassword{}).Error; err != nil {
		return err
	}
	u.PasswordHash, u.PasswordSetAt, u.MustChange = hash, &now, mustChange
	err := tx.Model(&models.User{}).Where("id = ?", u.ID).Updates(map[string]any{"password_hash": hash, "password_set_at": now, "must_change": mustChange}).Error
	if err != nil {
		return err
	}
	return tx.Where("user_id = ?", u.ID).Delete(&models.Session{}).Error
}
