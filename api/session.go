package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"shouwang/api/gen"
	"shouwang/internal/passrules"
	"shouwang/models"
	"shouwang/policy"
)

const (
	sessionCookie = "shouwang_session"
	csrfHeader    = "X-Requested-With"
	csrfValue     = "shouwang"
	// unattendedHeader is how a page says that it asks by itself, since something has changed, and nobody has touched it for
	// a while. It only shortens a session.
	unattendedHeader = "X-Unattended"

	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
	// seenEvery spares a write per request: the last use is kept to the minute.
	seenEvery = time.Minute

	// halfLife bounds the steps of signing in after the password.
	halfLife = 10 * time.Minute

	maxFailures = 5
	lockFor     = 15 * time.Minute
)

// The steps that may follow the password. A session in one of them opens nothing else.
const (
	stepFactor   = "second_factor"
	stepEnrol    = "enrol"
	stepPassword = "password"
)

var stepOperations = map[string][]string{
	stepFactor:   {"proveSecondFactor", "signOut"},
	stepEnrol:    {"beginSecondFactor", "confirmSecondFactor", "signOut"},
	stepPassword: {"changePassword", "signOut"},
}

// viewer is the person behind a request with the grants that are valid now: his
// own first, then those he uses in place of somebody who is away.
type viewer struct {
	user     models.User
	session  models.Session
	grants   []models.RoleGrant
	standIns []models.StandIn
	token    string // the id of the token that let a machine in, "" for a session
}

type viewerKey struct{}

// viewerOf is the signed-in viewer; operations without sign-in never ask for it.
func viewerOf(ctx context.Context) *viewer {
	v, _ := ctx.Value(viewerKey{}).(*viewer)
	return v
}

// sameOrigin knows requests that a browser says come from another page's origin.
var sameOrigin = http.NewCrossOriginProtection()

// csrf refuses unsafe requests that a foreign page could have made a browser
// send: such a page cannot set this header, and the browser itself tells whose the
// request is.
func csrf(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		switch c.Request().Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
		default:
			// No page can make a browser send a token, and the form of the public page, behind which there is no account, sets no header.
			if bearer(c.Request()) == "" && !isPublicPage(c.Path()) && c.Request().Header.Get(csrfHeader) != csrfValue {
				return forbidden("csrf_header_missing", "请求缺少 "+csrfHeader+": "+csrfValue)
			}
			if sameOrigin.Check(c.Request()) != nil {
				return forbidden("cross_origin", "请求来自其他网站，不予办理")
			}
		}
		return next(c)
	}
}

// authenticate puts the viewer into the context of every operation that needs one.
func (s *server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := s.ops.of(c)
		if openToAll(route) {
			return next(c)
		}
		r := c.Request()
		v, err := s.whoIs(r, route.Operation.OperationID)
		if err != nil {
			return err
		}
		if step := v.session.Step; step != "" && !slices.Contains(stepOperations[step], route.Operation.OperationID) {
			return &problem{status: http.StatusUnauthorized, code: "sign_in_unfinished", detail: "登录还没有完成，请办完最后一步"}
		}
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), viewerKey{}, v)))
		return next(c)
	}
}

// whoIs is the viewer behind a request: a person by his cookie, or a program by its token, never both.
func (s *server) whoIs(r *http.Request, operation string) (*viewer, error) {
	if r.Header.Get(echo.HeaderAuthorization) != "" {
		return s.byToken(r, operation)
	}
	return s.signedIn(r, r.Header.Get(unattendedHeader) == "" && !slices.Contains(polled, operation))
}

// polled are the operations that an open page asks by itself, minute by minute: nobody has to be there.
var polled = []string{"countTasks", "getHealth", liveOperation}

func unauthorized() *problem {
	return &problem{status: http.StatusUnauthorized, code: "not_signed_in", detail: "请先登录；登录可能已失效"}
}

// signedIn is the person whose session it is. Somebody who is there keeps it from ending.
func (s *server) signedIn(r *http.Request, there bool) (*viewer, error) {
	cookie, err := r.Cookie(s.cookieName())
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
	if there && now.Sub(v.session.SeenAt) > seenEvery {
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
		Joins("JOIN users ON users.id = sessions.user_id AND "+models.InUse, now).
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
	if v.grants, err = s.engaged(db, v.user.ID, v.grants); err != nil {
		return nil, err
	}
	if rows[0].Named {
		if err := s.standIn(db, v); err != nil {
			return nil, err
		}
	}
	return v, s.grouped(db, v.grants)
}

// entitle gives v the grants he has now and those he uses for somebody else. It
// reports whether there is anything left for the account to do.
func (s *server) entitle(db *gorm.DB, v *viewer) (bool, error) {
	var err error
	if v.grants, err = s.grantsOf(db, v.user.ID); err != nil {
		return false, err
	}
	if v.user.Disabled || s.ended(&v.user) || len(v.grants) == 0 {
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
	if err != nil {
		return nil, err
	}
	if out, err = s.engaged(db, user, out); err != nil {
		return nil, err
	}
	return out, s.grouped(db, out)
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
	if locked(&u, now) {
		return nil, s.refuseSignIn(ctx, u.ID, "locked", lockedOut(&u, now))
	}
	right, err := checkPassword(ctx, u.PasswordHash, in.Password)
	if err == nil && known {
		err = s.readLock(ctx, &u)
	}
	if err != nil {
		return nil, err
	}
	failed := &problem{status: http.StatusUnauthorized, code: "login_failed", detail: "账号或口令不符"}
	switch {
	case locked(&u, now):
		return nil, s.refuseSignIn(ctx, u.ID, "locked", lockedOut(&u, now))
	case !known:
		s.ghosts.fail(in.Login, now)
		return nil, s.refuseSignIn(ctx, "", "unknown", failed)
	case !right || u.Disabled:
		if err := s.countFailure(ctx, u.ID, now); err != nil {
			return nil, err
		}
		return nil, s.refuseSignIn(ctx, u.ID, "password", failed)
	case u.MustChange && now.Sub(passwordSince(&u)) >= passrules.Temporary:
		return nil, s.refuseSignIn(ctx, u.ID, "temporary_password", forbidden("temporary_password_expired", "临时口令已过期，请联系账号管理员重新设置"))
	}
	if err := s.rehash(ctx, &u, in.Password); err != nil {
		return nil, err
	}
	return s.admit(c, u, models.ViaPassword, false)
}

// admit starts a session of an account whose owner has shown who he is; proved says that this was by a second factor, too.
func (s *server) admit(c echo.Context, u models.User, via string, proved bool) (*viewer, error) {
	ctx, now := c.Request().Context(), s.now().UTC()
	v := &viewer{user: u, session: models.Session{Via: via}}
	entitled, err := s.entitle(s.db(ctx), v)
	if err != nil {
		return nil, err
	}
	if !entitled {
		return nil, s.refuseSignIn(ctx, u.ID, "ended", forbidden("account_ended", "该账号目前没有有效的岗位，请联系安全管理员"))
	}
	step, err := s.nextStep(ctx, v, proved, now)
	if err != nil {
		return nil, err
	}
	return v, s.startSession(c, v, step, now)
}

// nextStep is what v must still do before he is signed in.
func (s *server) nextStep(ctx context.Context, v *viewer, proved bool, now time.Time) (string, error) {
	if !proved {
		f, err := s.factorOf(ctx, v.user.ID)
		switch {
		case err != nil:
			return "", err
		case f != nil:
			return stepFactor, nil
		case s.needsFactor(v):
			return stepEnrol, nil
		}
	}
	if v.session.Via == models.ViaPassword && (v.user.MustChange || s.passwords.Expired(passwordSince(&v.user), now)) {
		return stepPassword, nil
	}
	return "", nil
}

// passwordSince is when the password of an account was chosen.
func passwordSince(u *models.User) time.Time {
	if u.PasswordSetAt != nil {
		return *u.PasswordSetAt
	}
	return u.CreatedAt
}

// ended reports whether an account has come to its end, by the clock of the cases as the posts do.
func (s *server) ended(u *models.User) bool {
	return u.EndsAt != nil && !s.engine.Clock.Now().Before(*u.EndsAt)
}

func locked(u *models.User, now time.Time) bool {
	return u.LockedUntil != nil && now.Before(*u.LockedUntil)
}

// readLock reads again whether an account is locked: others may have guessed, too, while a password was checked.
func (s *server) readLock(ctx context.Context, u *models.User) error {
	var as models.User
	err := s.db(ctx).Select("locked_until").Where("id = ?", u.ID).Take(&as).Error
	u.LockedUntil = as.LockedUntil
	return err
}

func lockedOut(u *models.User, now time.Time) *problem {
	return tooMany("login_locked", fmt.Sprintf("口令或验证码多次不符，账号锁定至 %s；急需使用的，请联系账号管理员重置口令", u.LockedUntil.In(policy.Shanghai).Format("15:04")), int(u.LockedUntil.Sub(now).Seconds())+1)
}

// refuseSignIn records a sign-in that has failed, and why.
func (s *server) refuseSignIn(ctx context.Context, user, why string, p *problem) error {
	if err := s.logIdentity(ctx, s.db(ctx), identityAct{by: user, about: user, action: "sign_in_failed", why: why}); err != nil {
		return err
	}
	return p
}

var nobodysHash = sync.OnceValue(func() string { return HashPassword(rand.Text()) })

// countFailure counts one more failure and locks the account at the fifth. Sessions in which signing in was not finished
// end then: what they were begun with is what is being guessed.
func (s *server) countFailure(ctx context.Context, id string, now time.Time) error {
	return s.db(ctx).Transaction(func(tx *gorm.DB) error {
		var u models.User
		if err := models.Locked(tx).Where("id = ?", id).Take(&u).Error; err != nil {
			return err
		}
		if u.FailedLogins+1 < maxFailures {
			return tx.Model(&models.User{}).Where("id = ?", id).Update("failed_logins", u.FailedLogins+1).Error
		}
		err := tx.Model(&models.User{}).Where("id = ?", id).Updates(map[string]any{"failed_logins": 0, "locked_until": now.Add(lockFor)}).Error
		if err == nil {
			err = tx.Where("user_id = ? AND step <> ''", id).Delete(&models.Session{}).Error
		}
		if err != nil {
			return err
		}
		return s.logIdentity(ctx, tx, identityAct{by: id, about: id, action: "account_locked", why: "failures"})
	})
}

// startSession makes a new token on every sign-in and after every step of it, so that none can be planted. Failures are
// forgotten only when nothing is left to guess.
func (s *server) startSession(c echo.Context, v *viewer, step string, now time.Time) error {
	token, life := newToken(), sessionLife
	if step != "" {
		life = halfLife
	}
	v.session = models.Session{TokenHash: tokenHash(token), ID: models.NewID(), Step: step, Via: v.session.Via, UserID: v.user.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(life),
		IP: c.RealIP(), Agent: truncate(c.Request().UserAgent(), 200)}
	ctx := c.Request().Context()
	db := s.db(ctx)
	err := db.Transaction(func(tx *gorm.DB) error {
		if old, err := c.Cookie(s.cookieName()); err == nil {
			if err := tx.Where("token_hash = ?", tokenHash(old.Value)).Delete(&models.Session{}).Error; err != nil {
				return err
			}
		}
		if err := tx.Where("expires_at < ?", now).Delete(&models.Session{}).Error; err != nil {
			return err
		}
		if err := tx.Create(&v.session).Error; err != nil || step != "" {
			return err
		}
		err := tx.Model(&models.User{}).Where("id = ?", v.user.ID).Updates(map[string]any{"failed_logins": 0, "locked_until": nil}).Error
		if err != nil {
			return err
		}
		return s.logIdentity(ctx, tx, identityAct{by: v.user.ID, about: v.user.ID, action: "sign_in", why: v.session.Via})
	})
	if err != nil {
		return err
	}
	s.setCookie(c, token, int(life.Seconds()))
	return nil
}

// cookieName is the name of the cookie of a session.
func (s *server) cookieName() string { return s.ownCookie(sessionCookie) }

// ownCookie gives a cookie a prefix over HTTPS by which browsers take it from this
// very host only, for all its paths, and never without HTTPS.
func (s *server) ownCookie(name string) string {
	if s.secureCookies {
		return "__Host-" + name
	}
	return name
}

// setCookie sets a cookie that comes with requests of our own pages only. A link
// from elsewhere opens the page, which then asks for itself.
func (s *server) setCookie(c echo.Context, token string, maxAge int) {
	c.SetCookie(&http.Cookie{Name: s.cookieName(), Value: token, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secureCookies, SameSite: http.SameSiteStrictMode})
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
