package api

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// identityAct is something that has happened to an account: who did it (nobody known, for a sign-in under a name that does
// not exist), to whom, and why it was refused.
type identityAct struct {
	by, about   string
	role        procedure.Role
	action, why string
}

// logIdentity records it in the access log (5.7). The address stands there as a keyed mark: the same address has the same
// mark, and nobody without the key can tell which it was. No secret stands there, and no name that was typed, which may
// have been a password.
func (s *server) logIdentity(ctx context.Context, tx *gorm.DB, a identityAct) error {
	if kind := actOfCare[a.action]; kind != "" && a.role == procedure.SysAdmin {
		if err := s.recordCare(ctx, tx, kind, a.about); err != nil {
			return err
		}
	}
	return s.writeAccess(ctx, tx, &models.AccessLog{ID: models.NewID(), At: s.now().UTC().Truncate(time.Microsecond), UserID: a.by, Role: string(a.role),
		Action: a.action, Table: "users", RecordID: a.about, Field: s.addressMark(ctx), Purpose: a.why, RequestID: requestID(ctx)})
}

// actOfCare are the acts of an administrator on somebody's account that stand among his acts as well, for the audit
// administrator to see; care records the others.
var actOfCare = map[string]string{"sessions_ended": "account.sessions", "tokens_revoked": "account.tokens", "identity_unlinked": "account.unlink"}

func (s *server) recordCare(ctx context.Context, tx *gorm.DB, kind, about string) error {
	v := viewerOf(ctx)
	g, err := administering(v, keepingAccounts)
	if err != nil {
		return err
	}
	var u models.User
	if err := tx.Where("id = ?", about).Take(&u).Error; err != nil {
		return err
	}
	return s.engine.Administer(tx, v.as(g)).Record(kind, orText(u.Area, g.RegionCode), "account", u.ID, u.Name, nil)
}

func (s *server) addressMark(ctx context.Context) string {
	return fmt.Sprintf("%016x", uint64(s.engine.Store.Vault.Mark("address", echoOf(ctx).RealIP())))
}
