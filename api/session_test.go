package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/models"
)

func (w *world) signIn(t *testing.T, login, pw string) *httptest.ResponseRecorder {
	return w.do(t, call{method: "POST", url: basePath + "/session", body: object{"login": login, "password": pw}})
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.signIn(t, "cadre", password)
	require.Equal(t, 200, rec.Code, rec.Body.String())
	require.NotContains(t, rec.Body.String(), "argon2id")
	cookie := rec.Result().Cookies()[0]
	require.Equal(t, sessionCookie, cookie.Name)
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	require.GreaterOrEqual(t, len(cookie.Value), 43) // 32 bytes
	var n int64
	require.NoError(t, w.store.DB.Model(&models.Session{}).Where("token_hash = ?", cookie.Value).Count(&n).Error)
	require.Zero(t, n, "the token itself is never stored")

	w.tokens["fresh"] = cookie.Value
	w.do(t, call{user: "fresh", method: "GET", url: basePath + "/me", status: 200, want: []string{"village_cadre", "石桥村", "村“两委”干部"}})
	// Who signs in once more, and be it with a cookie that somebody has planted, gets another session and leaves this one.
	again := w.do(t, call{user: "fresh", method: "POST", url: basePath + "/session", body: object{"login": "cadre", "password": password}, status: 200})
	w.do(t, call{user: "fresh", method: "GET", url: basePath + "/me", status: 401, code: "not_signed_in"})
	require.NotEqual(t, cookie.Value, again.Result().Cookies()[0].Value)
	w.tokens["fresh"] = again.Result().Cookies()[0].Value
	require.NotContains(t, again.Body.String(), w.tokens["fresh"], "the cookie alone has it")
	w.do(t, call{user: "fresh", method: "DELETE", url: basePath + "/session", status: 204})
	w.do(t, call{user: "fresh", method: "GET", url: basePath + "/me", status: 401, code: "not_signed_in"})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		steps  []time.Duration
		status int
	}{
		{"used within half an hour", []time.Duration{29 * time.Minute}, 200},
		{"idle for half an hour", []time.Duration{31 * time.Minute}, 401},
		{"kept alive by use", []time.Duration{29 * time.Minute, 29 * time.Minute, 29 * time.Minute}, 200},
		{"twelve hours are the end", steps(25, 29*time.Minute), 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tokens["fresh"] = w.signIn(t, "cadre", password).Result().Cookies()[0].Value
			var rec *httptest.ResponseRecorder
			for _, d := range c.steps {
				w.idle(d)
				rec = w.do(t, call{user: "fresh", method: "GET", url: basePath + "/me"})
			}
			require.Equal(t, c.status, rec.Code)
		})
	}
	for _, polled := range []string{"/tasks/counts", "/health"} {
		t.Run("a page that is left open "+polled, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tokens["fresh"] = w.signIn(t, "cadre", password).Result().Cookies()[0].Value
			for range 31 {
				w.idle(time.Minute)
				w.do(t, call{user: "fresh", method: "GET", url: basePath + polled})
			}
			w.do(t, call{user: "fresh", method: "GET", url: basePath + "/me", status: 401})
		})
	}
}

func steps(n int, d time.Duration) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = d
	}
	return out
}

// Five failures lock an account for a quarter of an hour, whether it exists or
// not, and the answers do not tell which.
func TestLockout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, login := range []string{"cadre", "nobody"} {
		for range maxFailures {
			rec := w.signIn(t, login, "wrong")
			require.Equal(t, 401, rec.Code)
			require.Equal(t, "login_failed", decode[struct{ Code string }](t, rec).Code)
		}
		rec := w.signIn(t, login, password)
		require.Equal(t, 429, rec.Code, "even with the right password")
		require.Equal(t, "login_locked", decode[struct{ Code string }](t, rec).Code)
		require.NotEmpty(t, rec.Header().Get("Retry-After"))
	}
	w.idle(lockFor + time.Second)
	require.Equal(t, 200, w.signIn(t, "cadre", password).Code)
	require.Equal(t, 401, w.signIn(t, "nobody", password).Code)
}

func TestSuccessForgetsFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		for range maxFailures - 1 {
			require.Equal(t, 401, w.signIn(t, "cadre", "wrong").Code)
		}
		require.Equal(t, 200, w.signIn(t, "cadre", password).Code)
	}
}

func TestAccountsEndWithThePost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("user_id = ?", "u-cadre").Update("valid_to", w.clock()).Error)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 401})
	rec := w.signIn(t, "cadre", password)
	require.Equal(t, 403, rec.Code)
	require.Equal(t, "account_ended", decode[struct{ Code string }](t, rec).Code)

	require.NoError(t, w.store.DB.Model(&models.User{}).Where("id = ?", "u-town").Update("disabled", true).Error)
	w.do(t, call{user: "town", method: "GET", url: basePath + "/me", status: 401})
	require.Equal(t, 401, w.signIn(t, "town", password).Code)
}

func TestTooManySignIns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.signIns = limiter(2)
	h := w.echo
	var last int
	for range 4 {
		r := httptest.NewRequest("POST", basePath+"/session", strings.NewReader(`{"login":"nobody","password":"x"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(csrfHeader, csrfValue)
		r.Header.Set("X-Forwarded-For", rec4()) // another address each time is not believed
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		last = rec.Code
	}
	require.Equal(t, 429, last)
}

var rec4 = func() func() string {
	n := 0
	return func() string { n++; return "10.0.0." + strings.Repeat("1", n) }
}()

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	phc, long := fullCost.hash(password), strings.Repeat("长 ", 99)+"1"
	require.Regexp(t, `^\$argon2id\$v=19\$m=65536,t=3,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, phc)
	for _, c := range []struct {
		phc, password string
		ok, err       bool
	}{
		{phc, password, true, false},
		{phc, password + " ", false, false},
		{HashPassword("Willow"), "WILLOW", false, false},
		{HashPassword(long + "x"), long + "x", true, false},
		{HashPassword(long + "x"), long + "y", false, false},
		{HashPassword(long + "x"), long, false, false},
		{phc, "", false, false},
		{"plain", password, false, true},
		{strings.Replace(phc, "argon2id", "argon2i", 1), password, false, true},
		{strings.Replace(phc, "m=65536", "m=99999999", 1), password, false, true},
	} {
		ok, err := checkPassword(t.Context(), c.phc, c.password)
		require.Equal(t, c.ok, ok)
		require.Equal(t, c.err, err != nil)
	}
}

// What every answer of the API carries.
func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []call{{user: "cadre", method: "GET", url: basePath + "/me", status: 200}, {method: "GET", url: basePath + "/me", status: 401}, {method: "GET", url: basePath + "/health", status: 200}} {
		h := w.do(t, c).Header()
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		require.Equal(t, "DENY", h.Get("X-Frame-Options"))
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'")
		require.Equal(t, "no-store", h.Get("Cache-Control"))
		require.NotEmpty(t, h.Get("X-Request-Id"))
	}
	w.do(t, call{name: "HEAD is answered as GET", user: "cadre", method: "HEAD", url: basePath + "/me", status: 200})
	w.do(t, call{method: "GET", url: basePath + "/openapi.json", status: 200, want: []string{`"operationId":"getAttachment"`, "守望接口"}})
}

// Who guesses many passwords at the same time has no more guesses than one after the other: what is right after the account
// was locked is refused as well.
func TestLockedWhileAPasswordIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		try  func(w *world, t *testing.T) *httptest.ResponseRecorder
	}{
		{"signing in", func(w *world, t *testing.T) *httptest.ResponseRecorder { return w.signIn(t, "cadre", password) }},
		{"with a session", func(w *world, t *testing.T) *httptest.ResponseRecorder {
			return w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/tokens", body: object{"name": "接口", "scopes": []string{"self"}, "days": 1, "password": password}})
		}},
	} {
		w := newWorld(t)
		var once sync.Once
		lock := func(tx *gorm.DB) { // another has failed for the fifth time, just when the account was read
			if tx.Statement.Table != "users" && tx.Statement.Table != "sessions" {
				return
			}
			once.Do(func() {
				other := tx.Session(&gorm.Session{NewDB: true})
				_ = tx.AddError(other.Exec("UPDATE users SET locked_until = ? WHERE id = 'u-cadre'", w.wall().Add(lockFor)).Error)
			})
		}
		require.NoError(t, w.store.DB.Callback().Query().After("gorm:query").Register("lock", lock))
		require.NoError(t, w.store.DB.Callback().Row().After("gorm:row").Register("lock", lock))
		rec := c.try(w, t)
		require.Equal(t, "login_locked", decode[struct{ Code string }](t, rec).Code, "%s: %s", c.name, rec.Body)
		var u models.User
		require.NoError(t, w.store.DB.Where("id = ?", "u-cadre").Take(&u).Error)
		require.NotNil(t, u.LockedUntil, "and the lock stands")
	}
}
