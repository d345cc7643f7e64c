package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

const (
	sessionCookie = "shouwang_session"
	csrfHeader    = "X-Requested-With"
	csrfValue     = "shouwang"

	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
	// seenEvery spares a write per request: the last use is kept to the minute.
	seenEvery = time.Minute

	maxFailures = 5
	lockFor     = 15 * time.Minute
)

// viewer is the person behind a request with the grants that are valid now: his
// own first, then those he uses in place of somebody who is away.
type viewer struct {
	user     models.User
	session  models.Session
	grants   []models.RoleGrant
	standIns []models.StandIn
}

type viewerKey struct{}

// viewerOf is the signed-in viewer; operations without sign-in never ask for it.
func viewerOf(ctx context.Context) *viewer {
	v, _ := ctx.Value(viewerKey{}).(*viewer)
	return v
}

// csrf refuses unsafe requests that a foreign page could have made a browser
// send: such a page cannot set this header.
func csrf(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		switch c.Request().Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
		default:
			if c.Request().Header.Get(csrfHeader) != csrfValue {
				return forbidden("csrf_header_missing", "请求缺少 "+csrfHeader+": "+csrfValue)
			}
		}
		return next(c)
	}
}

// authenticate puts the viewer into the context of every operation that needs one.
func (s *server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := s.ops.of(c)
		if route == nil || (route.Operation.Security != nil && len(*route.Operation.Security) == 0) {
			return next(c)
		}
		r := c.Request()
		v, err := s.signedIn(r)
		if err != nil {
			return err
		}
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), viewerKey{}, v)))
		return next(c)
	}
}

func unauthorized() *problem {
	return &problem{status: http.StatusUnauthorized, code: "not_signed_in", detail: "请先登录；登录可能已失效"}
}

func (s *server) signedIn(r *http.Request) (*viewer, error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value == "" {
		return nil, unauthorized()
	}
	db, now := s.db(r.Context()), s.now().UTC()
	v, err := s.viewerWith(db, tokenHash(cookie.Value))
	if err != nil {
		return nil, err
	}
	if now.After(v.session.ExpiresAt) || now.Sub(v.session.SeenAt) > sessionIdle {
		db.Where("token_hash = ?", v.session.TokenHash).Delete(&models.Session{})
		return nil, unauthorized()
	}
	if now.Sub(v.session.SeenAt) > seenEvery {
		err = db.Model(&models.Session{}).Where("token_hash = ?", v.session.TokenHash).Update("seen_at", now).Error
	}
	return v, err
}

// viewerWith reads what every request needs in one statement: the session, its
// account, the grants that are valid now, and whether there may be others to use.
// An account that is disabled or has no grant has no session either.
func (s *server) viewerWith(db *gorm.DB, token string) (*viewer, error) {
	var rows []struct {
		models.Session
		Account models.User      `gorm:"embedded;embeddedPrefix:account_"`
		Grant   models.RoleGrant `gorm:"embedded;embeddedPrefix:grant_"`
		Named   bool
	}
	now := s.engine.Clock.Now()
	err := db.Table("sessions").Select(sessionColumns()+", EXISTS (SELECT 1 FROM substitutions WHERE substitute_id = sessions.user_id AND until_day >= ?) AS named", policy.DateOf(now).String()).
		Joins("JOIN users ON users.id = sessions.user_id AND NOT users.disabled").
		Joins("JOIN role_grants ON role_grants.user_id = users.id AND role_grants.valid_from <= ? AND (role_grants.valid_to IS NULL OR role_grants.valid_to > ?)", now, now).
		Where("sessions.token_hash = ?", token).Order("role_grants.id").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, unauthorized()
	}
	v := &viewer{session: rows[0].Session, user: rows[0].Account}
	for _, r := range rows {
		v.grants = append(v.grants, r.Grant)
	}
	if !rows[0].Named {
		return v, nil
	}
	return v, s.standIn(db, v)
}

// entitle gives v the grants he has now and those he uses for somebody else. It
// reports whether there is anything left for the account to do.
func (s *server) entitle(db *gorm.DB, v *viewer) (bool, error) {
	var err error
	if v.grants, err = s.grantsOf(db, v.user.ID); err != nil {
		return false, err
	}
	if v.user.Disabled || len(v.grants) == 0 {
		return false, nil
	}
	return true, s.standIn(db, v)
}

// sessionColumns are those of a session, of its account and of a grant, in one row.
var sessionColumns = sync.OnceValue(func() string {
	return "sessions.*" + columnsOf(&models.User{}, "account_") + columnsOf(&models.RoleGrant{}, "grant_")
})

// columnsOf are the columns of a joined table, named with a prefix.
func columnsOf(row any, prefix string) (out string) {
	table, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		panic(err) // our own table
	}
	for _, name := range table.DBNames {
		out += ", " + table.Table + "." + name + " AS " + prefix + name
	}
	return out
}

// grantsOf are the grants of a user that are valid now, by the clock of the cases.
func (s *server) grantsOf(db *gorm.DB, user string) ([]models.RoleGrant, error) {
	var out []models.RoleGrant
	now := s.engine.Clock.Now()
	err := db.Where("user_id = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", user, now, now).Order("id").Find(&out).Error
	return out, err
}

// newToken is a secret of 256 bits.
func newToken() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(raw)
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// signIn checks the password and starts a session. Unknown accounts take as
// long, and are locked as soon, as known ones.
func (s *server) signIn(c echo.Context, in gen.SignInRequest) (*viewer, error) {
	ctx, db, now := c.Request().Context(), s.db(c.Request().Context()), s.now().UTC()
	if ok, _ := s.signIns.Allow(c.RealIP()); !ok {
		return nil, tooMany("too_many", "登录过于频繁，请稍后再试", 60)
	}
	var u models.User
	err := db.Where("login = ?", in.Login).Take(&u).Error
	known := err == nil
	switch {
	case models.Missing(err):
		u = models.User{PasswordHash: nobodysHash(), LockedUntil: s.ghosts.lockedUntil(in.Login)}
	case err != nil:
		return nil, err
	}
	if u.LockedUntil != nil && now.Before(*u.LockedUntil) {
		return nil, tooMany("login_locked", "口令多次不符，账号已暂时锁定，请稍后再试", int(u.LockedUntil.Sub(now).Seconds())+1)
	}
	right, err := checkPassword(ctx, u.PasswordHash, in.Password)
	if err != nil {
		return nil, err
	}
	if !known || !right || u.Disabled {
		if known {
			err = s.countFailure(db, u.ID, now)
		} else {
			s.ghosts.fail(in.Login, now)
		}
		if err != nil {
			return nil, err
		}
		return nil, &problem{status: http.StatusUnauthorized, code: "login_failed", detail: "账号或口令不符"}
	}
	grants, err := s.grantsOf(db, u.ID)
	if err != nil {
		return nil, err
	}
	if len(grants) == 0 {
		return nil, forbidden("account_ended", "该账号目前没有有效的岗位")
	}
	v := &viewer{user: u, grants: grants}
	if err := s.standIn(db, v); err != nil {
		return nil, err
	}
	return v, s.startSession(c, v, now)
}

var nobodysHash = sync.OnceValue(func() string { return HashPassword(rand.Text()) })

func (s *server) countFailure(db *gorm.DB, id string, now time.Time) error {
	return db.Transaction(func(tx *gorm.DB) error {
		var u models.User
		if err := models.Locked(tx).Where("id = ?", id).Take(&u).Error; err != nil {
			return err
		}
		changes := map[string]any{"failed_logins": u.FailedLogins + 1}
		if u.FailedLogins+1 >= maxFailures {
			changes = map[string]any{"failed_logins": 0, "locked_until": now.Add(lockFor)}
		}
		return tx.Model(&models.User{}).Where("id = ?", id).Updates(changes).Error
	})
}

// startSession makes a new token on every sign-in, so that none can be planted.
func (s *server) startSession(c echo.Context, v *viewer, now time.Time) error {
	token := newToken()
	v.session = models.Session{TokenHash: tokenHash(token), UserID: v.user.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(sessionLife),
		IP: c.RealIP(), Agent: truncate(c.Request().UserAgent(), 200)}
	db := s.db(c.Request().Context())
	err := db.Transaction(func(tx *gorm.DB) error {
		if old, err := c.Cookie(sessionCookie); err == nil {
			if err := tx.Where("token_hash = ?", tokenHash(old.Value)).Delete(&models.Session{}).Error; err != nil {
				return err
			}
		}
		if err := tx.Where("expires_at < ?", now).Delete(&models.Session{}).Error; err != nil {
			return err
		}
		err := tx.Model(&models.User{}).Where("id = ?", v.user.ID).Updates(map[string]any{"failed_logins": 0, "locked_until": nil}).Error
		if err != nil {
			return err
		}
		return tx.Create(&v.session).Error
	})
	if err != nil {
		return err
	}
	s.setCookie(c, token, int(sessionLife.Seconds()))
	return nil
}

func (s *server) setCookie(c echo.Context, token string, maxAge int) {
	c.SetCookie(&http.Cookie{Name: sessionCookie, Value: token, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secureCookies, SameSite: http.SameSiteLaxMode})
}

func truncate(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}

// ghosts counts failed sign-ins of accounts that do not exist, so that a lock
// does not tell which accounts do. It forgets everything when it grows large.
type ghosts struct {
	mu    sync.Mutex
	count map[string]int
	until map[string]time.Time
}

const maxGhosts = 10_000

func (g *ghosts) lockedUntil(login string) *time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t, ok := g.until[login]; ok {
		return &t
	}
	return nil
}

func (g *ghosts) fail(login string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count == nil || len(g.count)+len(g.until) > maxGhosts {
		g.count, g.until = map[string]int{}, map[string]time.Time{}
	}
	g.count[login]++
	if g.count[login] >= maxFailures {
		delete(g.count, login)
		g.until[login] = now.Add(lockFor)
	}
}
