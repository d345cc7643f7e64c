package api

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"shouwang/internal/passrules"
	"shouwang/models"
	"shouwang/procedure"
)

const better = "Willow-bridge-27"

// keep remembers the session that an answer has set, for calls as somebody of that name.
func (w *world) keep(t *testing.T, name string, rec *httptest.ResponseRecorder) {
	t.Helper()
	require.NotEmpty(t, rec.Result().Cookies(), rec.Body.String())
	w.tokens[name] = rec.Result().Cookies()[0].Value
}

// acts are what the access log says about an account, oldest first: "action why".
func (w *world) acts(t *testing.T, user string) []string {
	t.Helper()
	var rows []models.AccessLog
	require.NoError(t, w.store.DB.Where("tbl = 'users' AND record_id = ?", user).Order("at, id").Find(&rows).Error)
	var out []string
	for _, r := range rows {
		require.Len(t, r.Field, 16, "a mark of the address")
		require.NotContains(t, r.Field, "192.0.2.1")
		out = append(out, strings.TrimSpace(r.Action+" "+r.Purpose))
	}
	return out
}

// code is what an app would show now for a secret.
func (w *world) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := hotp.GenerateCodeCustom(secret, uint64(w.wall().Unix()/factorPeriod), factorOptions)
	require.NoError(t, err)
	return code
}

type newFactor struct {
	Secret, URI   string
	QR            []string
	RecoveryCodes []string `json:"recovery_codes"`
}

// enrol gives somebody a second factor; his session is renewed.
func (w *world) enrol(t *testing.T, user string) newFactor {
	t.Helper()
	f := decode[newFactor](t, w.do(t, call{user: user, method: "POST", url: basePath + "/me/second-factor", body: object{"password": password}, status: 200}))
	rec := w.do(t, call{user: user, method: "POST", url: basePath + "/me/second-factor/confirm", body: object{"code": w.code(t, f.Secret)}, status: 200})
	f.RecoveryCodes = decode[newFactor](t, rec).RecoveryCodes
	w.keep(t, user, rec)
	w.idle(factorPeriod * time.Second)
	return f
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(t, "phone", w.signIn(t, "cadre", password))
	change := func(current, new string, status int, code string, want ...string) *httptest.ResponseRecorder {
		return w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/password", body: object{"current": current, "new": new}, status: status, code: code, want: want})
	}
	change("wrong", better, 422, "password_wrong", `"field":"current"`)
	change(password, "short", 422, "password_short", `"password_simple"`, `"field":"new"`)
	change(password, password, 422, "password_simple", `"password_used"`, `"password_context"`)
	change(password, "Cadre-bridge-27", 422, "password_context")
	rec := change(password, better, 200, "")
	w.do(t, call{name: "the session before is over", user: "cadre", method: "GET", url: basePath + "/me", status: 401})
	w.do(t, call{name: "and that of another device", user: "phone", method: "GET", url: basePath + "/me", status: 401})
	w.keep(t, "cadre", rec)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 200})
	require.Equal(t, 401, w.signIn(t, "cadre", password).Code)
	require.Equal(t, 200, w.signIn(t, "cadre", better).Code)
	require.Contains(t, w.acts(t, "u-cadre"), "password_changed")
}

// Five passwords, the present one included, are not taken again; the sixth is, where the rules remember five.
func TestPasswordHistory(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		profile  passrules.Profile
		remember int
	}{{passrules.MLPS3, 5}, {passrules.ASVS, 1}} {
		t.Run(c.profile.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.passwords = c.profile
			own := func(i int) string { return "Willow-bridge-" + string(rune('a'+i)) + "27" }
			set := func(from, to string) *httptest.ResponseRecorder {
				w.idle(time.Second)
				rec := w.through(t, "cadre", "POST", "/me/password", object{"current": from, "new": to})
				if rec.Code == 200 {
					w.keep(t, "cadre", rec)
				}
				return rec
			}
			from := password
			for i := range c.remember {
				require.Equal(t, 200, set(from, own(i)).Code)
				from = own(i)
			}
			oldest := set(from, own(0))
			require.Equal(t, "password_used", decode[struct{ Code string }](t, oldest).Code)
			require.Equal(t, 200, set(from, own(c.remember)).Code)
			require.Equal(t, 200, set(own(c.remember), own(0)).Code, "forgotten by now")
			var kept int64
			require.NoError(t, w.store.DB.Model(&models.UsedPassword{}).Count(&kept).Error)
			require.LessOrEqual(t, kept, int64(c.remember))
		})
	}
}

// through sends a request to the server at hand, whose settings a test has changed, rather than to a fresh one.
func (w *world) through(t *testing.T, user, method, path string, body any) *httptest.ResponseRecorder {
	t.Helper()
	before := w.http
	w.http = w.echo
	defer func() { w.http = before }()
	return w.do(t, call{user: user, method: method, url: basePath + path, body: body})
}

func TestPasswordGrowsOld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		profile passrules.Profile
		days    int
		status  int
	}{{passrules.MLPS3, 89, 200}, {passrules.MLPS3, 90, 202}, {passrules.ASVS, 4000, 200}} {
		w := newWorld(t)
		w.server.passwords = c.profile
		w.idle(time.Duration(c.days) * day24)
		rec := w.through(t, "", "POST", "/session", object{"login": "cadre", "password": password})
		require.Equal(t, c.status, rec.Code, "%s after %d days", c.profile.Name, c.days)
		if c.status == 202 {
			require.Equal(t, "password", decode[struct{ Step string }](t, rec).Step)
		}
	}
}

// weakHash is a hash far below today's cost.
func weakHash(password string) string {
	salt := []byte("sixteen bytes...")
	key := argon2.IDKey([]byte(password), salt, 1, 8, 1, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// A hash made at another cost is renewed when its owner signs in, and the password stays what it was.
func TestRehash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.False(t, outdated(passwordHash()))
	old := weakHash(password)
	require.True(t, outdated(old))
	require.NoError(t, w.store.DB.Model(&models.User{}).Where("id = 'u-cadre'").Update("password_hash", old).Error)
	require.Equal(t, 401, w.signIn(t, "cadre", "wrong").Code)
	hash := func() (out string) {
		require.NoError(t, w.store.DB.Model(&models.User{}).Where("id = 'u-cadre'").Pluck("password_hash", &out).Error)
		return out
	}
	require.Equal(t, old, hash(), "not for a wrong password")
	require.Equal(t, 200, w.signIn(t, "cadre", password).Code)
	require.False(t, outdated(hash()))
	require.Equal(t, 200, w.signIn(t, "cadre", password).Code)
}

func TestSecondFactor(t *testing.T) { t.Parallel(); onBoth(t, checkSecondFactor) }

func checkSecondFactor(t *testing.T, w *world) {
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/second-factor", body: object{"password": "wrong"}, status: 422, code: "password_wrong"})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/second-factor/confirm", body: object{"code": "123456"}, status: 409, code: "second_factor_not_begun"})
	given := decode[newFactor](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/second-factor", body: object{"password": password}, status: 200}))
	w.idle(time.Second)
	f := w.enrol(t, "cadre") // begun anew
	require.NotEqual(t, given.Secret, f.Secret)
	require.Len(t, f.RecoveryCodes, recoveryCodes)
	require.Contains(t, f.URI, "otpauth://totp/")
	require.Len(t, f.QR, len(f.QR[0]), "a square")
	var row models.SecondFactor
	require.NoError(t, w.store.DB.Where("user_id = 'u-cadre'").Take(&row).Error)
	require.NotContains(t, string(row.Sealed), f.Secret, "sealed")
	require.Len(t, f.Secret, 32, "160 bits")
	var hashes []string
	require.NoError(t, w.store.DB.Model(&models.RecoveryCode{}).Where("user_id = 'u-cadre'").Pluck("hash", &hashes).Error)
	for _, code := range f.RecoveryCodes {
		plain := strings.ReplaceAll(code, "-", "")
		require.Len(t, plain, 24, "120 bits")
		require.NotContains(t, hashes, plain)
		require.Contains(t, hashes, tokenHash(plain))
	}
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(f.RecoveryCodes))), recoveryCodes)
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/second-factor", body: object{"password": password}, status: 409, code: "second_factor_exists"})

	rec := w.signIn(t, "cadre", password)
	require.Equal(t, 202, rec.Code)
	require.Equal(t, "second_factor", decode[struct{ Step string }](t, rec).Step)
	w.keep(t, "half", rec)
	second := func(code string, status int) *httptest.ResponseRecorder {
		return w.do(t, call{user: "half", method: "POST", url: basePath + "/session/second-factor", body: object{"code": code}, status: status})
	}
	second("000000", 422)
	code := w.code(t, f.Secret)
	done := second(code, 200)
	second(code, 401) // the half session is over
	w.keep(t, "whole", done)
	w.do(t, call{user: "whole", method: "GET", url: basePath + "/me", status: 200})
	w.do(t, call{user: "whole", method: "POST", url: basePath + "/session/second-factor", body: object{"code": code}, status: 403, code: "not_asked"})

	w.keep(t, "half", w.signIn(t, "cadre", password))
	require.Equal(t, "second_factor_wrong", decode[struct{ Code string }](t, second(code, 422)).Code, "a code is taken once")
	w.idle(factorPeriod * time.Second)
	second(w.code(t, f.Secret), 200)

	// One period off is the clock of a telephone, two are a stranger.
	for _, c := range []struct{ periods, status int }{{1, 200}, {2, 422}} {
		w.idle(10 * factorPeriod * time.Second)
		w.keep(t, "half", w.signIn(t, "cadre", password))
		late := w.code(t, f.Secret)
		w.idle(time.Duration(c.periods) * factorPeriod * time.Second)
		second(late, c.status)
	}

	w.keep(t, "half", w.signIn(t, "cadre", password))
	second(f.RecoveryCodes[3], 200)
	w.keep(t, "half", w.signIn(t, "cadre", password))
	second(f.RecoveryCodes[3], 422)
	second(strings.ToLower(strings.ReplaceAll(f.RecoveryCodes[4], "-", " ")), 200)
	w.keep(t, "whole", w.signInFully(t, "cadre", f.Secret))
	w.do(t, call{user: "whole", method: "GET", url: basePath + "/me/security", status: 200, want: []string{`"recovery_codes_left":8`, `"second_factor":true`}})
	w.idle(factorPeriod * time.Second)
	renewed := decode[newFactor](t, w.do(t, call{user: "whole", method: "POST", url: basePath + "/me/second-factor/codes", body: object{"code": w.code(t, f.Secret)}, status: 200}))
	w.keep(t, "half", w.signIn(t, "cadre", password))
	second(f.RecoveryCodes[5], 422)
	second(renewed.RecoveryCodes[5], 200)
	w.idle(factorPeriod * time.Second)
	w.do(t, call{user: "whole", method: "POST", url: basePath + "/me/second-factor/remove", body: object{"code": w.code(t, f.Secret)}, status: 204})
	require.Equal(t, 200, w.signIn(t, "cadre", password).Code)
	acts := w.acts(t, "u-cadre")
	for _, want := range []string{"second_factor_set", "sign_in password", "sign_in_failed second_factor_wrong", "recovery_code_used", "recovery_codes_made", "second_factor_removed"} {
		require.Contains(t, acts, want)
	}
}

// signInFully signs in with both factors.
func (w *world) signInFully(t *testing.T, login, secret string) *httptest.ResponseRecorder {
	t.Helper()
	w.idle(factorPeriod * time.Second)
	w.keep(t, "half", w.signIn(t, login, password))
	return w.do(t, call{user: "half", method: "POST", url: basePath + "/session/second-factor", body: object{"code": w.code(t, secret)}, status: 200})
}

// A session in which signing in is not finished opens nothing but its step, whatever is asked.
func TestHalfSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, step := range []string{stepFactor, stepEnrol, stepPassword} {
		token := "half-" + step
		w.tokens[step] = token
		now := w.wall()
		w.create(&models.Session{Via: models.ViaPassword, ID: token, Step: step, TokenHash: tokenHash(token), UserID: "u-county", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(halfLife)})
		n := 0
		for path, item := range w.server.ops.spec.Paths.Map() {
			for method, op := range item.Operations() {
				if op.Security != nil && len(*op.Security) == 0 || slices.Contains(stepOperations[step], op.OperationID) {
					continue
				}
				url := basePath + strings.NewReplacer("{id}", "household-1", "{name}", "risk_clue", "{code}", village, "{year}", "2026").Replace(path)
				w.do(t, call{name: op.OperationID, user: step, method: method, url: url, body: validBody(t, op.OperationID), status: 401, code: "sign_in_unfinished"})
				n++
			}
		}
		require.Greater(t, n, 100, i)
		w.idle(halfLife + time.Second)
		w.do(t, call{name: "nor for long", user: step, method: "DELETE", url: basePath + "/session", status: 401, code: "not_signed_in"})
	}
}

// Guessing at codes locks the account as guessing at passwords does, and knowing the password does not set the count back.
func TestCodesCannotBeGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.enrol(t, "cadre")
	for i := range maxFailures {
		w.keep(t, "half", w.signIn(t, "cadre", password))
		w.do(t, call{name: "guess", user: "half", method: "POST", url: basePath + "/session/second-factor", body: object{"code": "12345" + string(rune('0'+i))}, status: 422})
	}
	w.do(t, call{user: "half", method: "POST", url: basePath + "/session/second-factor", body: object{"code": w.code(t, f.Secret)}, status: 401})
	require.Equal(t, 429, w.signIn(t, "cadre", password).Code)
	require.Contains(t, w.acts(t, "u-cadre"), "account_locked failures")
	w.idle(lockFor + time.Second)
	w.keep(t, "whole", w.signInFully(t, "cadre", f.Secret))
}

// Whoever sits at an open screen cannot guess the password there either.
func TestPasswordCannotBeGuessedInside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range maxFailures {
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/password", body: object{"current": "wrong", "new": better}, status: 422})
	}
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/password", body: object{"current": password, "new": better}, status: 429, code: "login_locked"})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 401})
}

func TestRolesThatNeedASecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.secondFactor = []procedure.Role{procedure.CountyOffice}
	require.Equal(t, 200, w.through(t, "", "POST", "/session", object{"login": "cadre", "password": password}).Code)
	rec := w.through(t, "", "POST", "/session", object{"login": "county", "password": password})
	require.Equal(t, 202, rec.Code)
	require.Equal(t, "enrol", decode[struct{ Step string }](t, rec).Step)
	w.keep(t, "half", rec)
	f := decode[newFactor](t, w.through(t, "half", "POST", "/me/second-factor", object{}))
	rec = w.through(t, "half", "POST", "/me/second-factor/confirm", object{"code": w.code(t, f.Secret)})
	require.Equal(t, 200, rec.Code, rec.Body.String())
	w.keep(t, "whole", rec)
	require.Equal(t, 200, w.through(t, "whole", "GET", "/me", nil).Code)
	require.Equal(t, 401, w.through(t, "half", "GET", "/me", nil).Code)
	w.idle(factorPeriod * time.Second)
	rec = w.through(t, "whole", "POST", "/me/second-factor/remove", object{"code": w.code(t, f.Secret)})
	require.Equal(t, "second_factor_required", decode[struct{ Code string }](t, rec).Code)

	// Who stands in for such a post needs it as well.
	w.server.secondFactor = []procedure.Role{procedure.TownshipOffice}
	require.Equal(t, 200, w.through(t, "", "POST", "/session", object{"login": "leader", "password": password}).Code)
	w.absence("u-town", "g-town", "u-leader", 0, 3)
	require.Equal(t, 202, w.through(t, "", "POST", "/session", object{"login": "leader", "password": password}).Code)
}

// The administrator sets a password that opens only the choice of another, and takes a second factor away; the person is
// told, the sessions end, and it stands in the access log.
func TestReset(t *testing.T) { t.Parallel(); onBoth(t, checkReset) }

func checkReset(t *testing.T, w *world) {
	f := w.enrol(t, "cadre")
	type reply struct {
		Password string
		Until    time.Time
	}
	reset := func(what string) reply {
		return decode[reply](t, w.do(t, call{user: "sys", method: "POST", url: basePath + "/accounts/u-cadre/reset", body: object{"what": what}, status: 200}))
	}
	given := reset("password")
	require.Empty(t, passrules.MLPS3.Check(given.Password))
	require.Empty(t, passrules.ASVS.Check(given.Password))
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 401})
	require.Equal(t, 401, w.signIn(t, "cadre", password).Code)
	rec := w.signIn(t, "cadre", given.Password)
	require.Equal(t, "second_factor", decode[struct{ Step string }](t, rec).Step, "the second factor still stands")
	require.Empty(t, reset("second_factor").Password)
	w.keep(t, "half", w.signIn(t, "cadre", given.Password))
	w.do(t, call{user: "half", method: "GET", url: basePath + "/me", status: 401, code: "sign_in_unfinished"})
	rec = w.do(t, call{user: "half", method: "POST", url: basePath + "/me/password", body: object{"current": given.Password, "new": better}, status: 200})
	w.keep(t, "cadre", rec)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/messages", status: 200, want: []string{"您的口令已被重置", "您的第二因素已被重置", "测sys"}, not: []string{given.Password}})
	require.Equal(t, 200, w.signIn(t, "cadre", better).Code)
	acts := w.acts(t, "u-cadre")
	require.Contains(t, acts, "password_reset")
	require.Contains(t, acts, "second_factor_reset")
	var by []string
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action IN ('password_reset','second_factor_reset')").Pluck("user_id || role", &by).Error)
	require.Equal(t, []string{"u-syssys_admin", "u-syssys_admin"}, by)
	require.NotContains(t, f.RecoveryCodes, "")

	given = reset("password")
	w.idle(passrules.Temporary - time.Second)
	require.Equal(t, 202, w.signIn(t, "cadre", given.Password).Code)
	w.idle(2 * time.Second)
	rec = w.signIn(t, "cadre", given.Password)
	require.Equal(t, "temporary_password_expired", decode[struct{ Code string }](t, rec).Code)

	for _, user := range []string{"sys", "sec", "county", "cadre2"} { // theirs have grown old meanwhile
		w.keep(t, user, w.signIn(t, user, password))
	}
	for _, c := range []struct{ user, account string }{{"sys", "u-sys"}, {"sec", "u-cadre"}, {"county", "u-cadre"}, {"cadre2", "u-cadre"}} {
		w.do(t, call{name: c.user, user: c.user, method: "POST", url: basePath + "/accounts/" + c.account + "/reset", body: object{"what": "password"}, status: 404})
	}
	// A post elsewhere, even a past one, is more than this administrator may open.
	past := w.clock().Add(-time.Minute)
	w.create(&models.RoleGrant{ID: "g-more", UserID: "u-cadre2", Role: "city_office", RegionCode: "5109", ValidFrom: w.clock().Add(-time.Hour), ValidTo: &past})
	w.do(t, call{user: "sys", method: "POST", url: basePath + "/accounts/u-cadre2/reset", body: object{"what": "password"}, status: 404})
}

func TestDevices(t *testing.T) { t.Parallel(); onBoth(t, checkDevices) }

func checkDevices(t *testing.T, w *world) {
	for _, d := range []string{"phone", "tablet"} {
		w.keep(t, d, w.signIn(t, "cadre", password))
	}
	type list struct {
		Items []struct {
			ID      string
			Current bool
		}
	}
	devices := func(user, path string) list {
		return decode[list](t, w.do(t, call{user: user, method: "GET", url: basePath + path, status: 200, not: []string{tokenHash(w.tokens["phone"]), w.tokens["phone"]}}))
	}
	mine := devices("phone", "/me/sessions")
	require.Len(t, mine.Items, 3)
	n := 0
	var phone, other string
	for _, d := range mine.Items {
		switch {
		case d.Current:
			n, phone = n+1, d.ID
		case d.ID != "s-cadre":
			other = d.ID
		}
	}
	require.Equal(t, 1, n)
	w.do(t, call{name: "another's", user: "town", method: "DELETE", url: basePath + "/me/sessions/" + other, status: 404})
	w.do(t, call{user: "tablet", method: "GET", url: basePath + "/me", status: 200})
	w.do(t, call{user: "phone", method: "DELETE", url: basePath + "/me/sessions/" + other, status: 204})
	w.do(t, call{name: "at once", user: "tablet", method: "GET", url: basePath + "/me", status: 401})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 200})
	w.do(t, call{user: "phone", method: "DELETE", url: basePath + "/me/sessions", status: 204})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 401})
	w.do(t, call{user: "phone", method: "GET", url: basePath + "/me", status: 200})

	require.Equal(t, phone, devices("sys", "/accounts/u-cadre/sessions").Items[0].ID)
	w.do(t, call{user: "sys", method: "DELETE", url: basePath + "/accounts/u-cadre/sessions", status: 204})
	w.do(t, call{user: "phone", method: "GET", url: basePath + "/me", status: 401})
	require.Empty(t, devices("sys", "/accounts/u-cadre/sessions").Items)
	require.Equal(t, []string{"sign_in password", "sign_in password", "sessions_ended", "sessions_ended", "sessions_ended"}, w.acts(t, "u-cadre"))
}

// What has happened at the door stands in the access log, without secrets and without what was typed.
func TestSignInsAreLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(t, "cadre", "not-the-password")
	w.keep(t, "fresh", w.signIn(t, "cadre", password))
	w.do(t, call{user: "fresh", method: "DELETE", url: basePath + "/session", status: 204})
	w.signIn(t, "a-password-typed-as-name", "x")
	require.Equal(t, []string{"sign_in_failed password", "sign_in password", "sign_out"}, w.acts(t, "u-cadre"))
	require.Equal(t, []string{"sign_in_failed unknown"}, w.acts(t, ""))
	for range maxFailures {
		w.signIn(t, "town", "x")
	}
	w.signIn(t, "town", password)
	acts := w.acts(t, "u-town")
	require.Equal(t, "sign_in_failed locked", acts[len(acts)-1])
	require.Contains(t, acts, "account_locked failures")
	var rows []models.AccessLog
	require.NoError(t, w.store.DB.Find(&rows).Error)
	for _, r := range rows {
		for _, text := range []string{r.Field, r.Purpose, r.RecordID, r.UserID} {
			require.NotContains(t, text, "typed")
			require.NotContains(t, text, "not-the-password")
		}
	}
}

// Every operation has a scope or is refused to tokens, and nothing else stands in the table.
func TestEveryOperationHasAScopeOrNone(t *testing.T) {
	t.Parallel()
	spec, err := Spec()
	require.NoError(t, err)
	codes := []string{""}
	for _, x := range scopes {
		require.NotEmpty(t, x.title)
		codes = append(codes, x.code)
	}
	var named []string
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security != nil && len(*op.Security) == 0 {
				require.NotContains(t, scopeOf, op.OperationID, "open to all")
				continue
			}
			scope, ok := scopeOf[op.OperationID]
			require.True(t, ok, "%s %s (%s) needs a line in scopeOf", method, path, op.OperationID)
			require.Contains(t, codes, scope, op.OperationID)
			named = append(named, op.OperationID)
		}
	}
	require.Len(t, scopeOf, len(named))
	for _, code := range codes[1:] {
		require.True(t, slices.ContainsFunc(named, func(id string) bool { return scopeOf[id] == code }), "nothing has scope %s", code)
	}
}

func TestTokens(t *testing.T) { t.Parallel(); onBoth(t, checkTokens) }

func checkTokens(t *testing.T, w *world) {
	type made struct {
		Token string
		Item  struct{ ID string }
	}
	order := func(scopes ...string) object {
		return object{"name": "县级数据平台", "scopes": scopes, "days": 30, "password": password}
	}
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/tokens", body: order("everything"), status: 400, code: "unknown_option"})
	wrong := order("self")
	wrong["password"] = "wrong"
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/tokens", body: wrong, status: 422, code: "password_wrong"})
	m := decode[made](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/tokens", body: order("self", "cases.read", "self"), status: 200}))
	var kept models.APIToken
	require.NoError(t, w.store.DB.Take(&kept).Error)
	require.NotContains(t, m.Token, kept.Hash)
	require.Equal(t, []string{"cases.read", "self"}, kept.Scopes)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me/tokens", status: 200, want: []string{"县级数据平台", `"over":false`}, not: []string{m.Token, kept.Hash}})

	with := func(token, method, path string, body any, status int, code string) *httptest.ResponseRecorder {
		return w.do(t, call{name: "with token", method: method, url: basePath + path, body: body, status: status, code: code,
			headers: map[string]string{"Authorization": "Bearer " + token, csrfHeader: ""}})
	}
	with(m.Token, "GET", "/me", nil, 200, "")
	clue := w.openClue(t, "household-1", "cadre")
	with(m.Token, "GET", "/cases/"+clue, nil, 200, "")
	with(m.Token, "GET", "/households/household-1", nil, 403, "token_scope")
	with(m.Token, "POST", "/me/password", object{"current": password, "new": better}, 403, "token_scope")
	with(m.Token, "POST", "/me/tokens", order("self"), 403, "token_scope")
	with("sw_wrong", "GET", "/me", nil, 401, "token_invalid")
	w.do(t, call{name: "both", user: "cadre", method: "GET", url: basePath + "/me", status: 401, code: "two_credentials", headers: map[string]string{"Authorization": "Bearer " + m.Token}})
	w.do(t, call{name: "another kind", user: "cadre", method: "GET", url: basePath + "/me", status: 401, code: "two_credentials", headers: map[string]string{"Authorization": "Basic eDp5"}})

	write := decode[made](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/tokens", body: order("cases.write"), status: 200}))
	with(write.Token, "POST", "/cases/"+clue+"/events", object{"event": "register_locally", "expected_seq": 1, "form": object{}}, 200, "")
	with(write.Token, "GET", "/cases/"+clue, nil, 403, "token_scope")
	for action, status := range map[string]int{"endorse": 403, "fire": 200} {
		with(write.Token, "POST", "/tasks/bulk", object{"action": action, "event": "confirm_risk", "task_ids": []string{"nobody"}}, status, map[int]string{403: "token_scope"}[status])
	}

	// What is masked is shown for a purpose to persons only.
	reading := decode[made](t, w.do(t, call{user: "town", method: "POST", url: basePath + "/me/tokens", body: order("households.read"), status: 200}))
	with(reading.Token, "POST", "/persons/query", object{"age_from": 60}, 200, "")
	with(reading.Token, "POST", "/persons/query", object{"marks": []string{"disabled"}, "purpose": "核对残疾人两项补贴"}, 403, "token_scope")

	// A token does what its account may, no more, and ends with it.
	far := decode[made](t, w.do(t, call{user: "far_cadre", method: "POST", url: basePath + "/me/tokens", body: order("cases.read"), status: 200}))
	with(far.Token, "GET", "/cases/"+clue, nil, 404, "")
	with(far.Token, "GET", "/cases", nil, 200, "")
	require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("user_id = 'u-far_cadre'").Update("valid_to", w.clock()).Error)
	with(far.Token, "GET", "/cases", nil, 401, "token_invalid")

	w.do(t, call{user: "town", method: "DELETE", url: basePath + "/me/tokens/" + m.Item.ID, status: 404})
	w.do(t, call{user: "sys", method: "GET", url: basePath + "/accounts/u-cadre/tokens", status: 200, want: []string{m.Item.ID, `"used_at"`}})
	w.do(t, call{user: "cadre", method: "DELETE", url: basePath + "/me/tokens/" + m.Item.ID, status: 204})
	with(m.Token, "GET", "/me", nil, 401, "token_invalid")
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me/tokens", status: 200, want: []string{`"over":true`}})
	w.do(t, call{user: "sys", method: "DELETE", url: basePath + "/accounts/u-cadre/tokens", status: 204})
	with(write.Token, "GET", "/cases", nil, 401, "token_invalid")

	short := decode[made](t, w.do(t, call{user: "town", method: "POST", url: basePath + "/me/tokens", body: order("self"), status: 200}))
	w.idle(30*day24 - time.Second)
	with(short.Token, "GET", "/me", nil, 200, "")
	w.idle(time.Second)
	with(short.Token, "GET", "/me", nil, 401, "token_invalid")
	require.Contains(t, w.acts(t, "u-cadre"), "token_made")
	require.Contains(t, w.acts(t, "u-cadre"), "tokens_revoked")
}

// Over HTTPS the cookie has another name, and beside a token it is refused as well.
func TestTokenWithACookieOverTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.served(t, func(o *Options) { o.SecureCookies = true })
	ask := func(name string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "https://shouwang.test"+basePath+"/me", nil)
		r.TLS = &tls.ConnectionState{HandshakeComplete: true}
		r.Header.Set("Authorization", "Bearer sw_any")
		r.AddCookie(&http.Cookie{Name: name, Value: "token-cadre"})
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec
	}
	require.Equal(t, "two_credentials", decode[struct{ Code string }](t, ask("__Host-"+sessionCookie)).Code)
	require.Equal(t, "token_invalid", decode[struct{ Code string }](t, ask("another")).Code, "another cookie is not ours")
}

// A program needs no header against forged pages, a browser with a cookie does, whatever else it sends.
func TestForgedRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, headers := range []map[string]string{{csrfHeader: ""}, {csrfHeader: "", "Authorization": "Basic eDp5"}} {
		w.do(t, call{user: "cadre", method: "DELETE", url: basePath + "/session", headers: headers, status: http.StatusForbidden, code: "csrf_header_missing"})
	}
	w.do(t, call{user: "cadre", method: "DELETE", url: basePath + "/session", headers: map[string]string{csrfHeader: "", "Authorization": "Bearer x"}, status: http.StatusUnauthorized, code: "two_credentials"})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 200})
}

// Posts begin and end at their very moment, for sessions, sign-ins and tokens alike; so do accounts.
func TestBoundaries(t *testing.T) { t.Parallel(); onBoth(t, checkBoundaries) }

func checkBoundaries(t *testing.T, w *world) {
	noon := w.clock().Add(time.Hour)
	for _, c := range []struct{ table, column, where string }{
		{"role_grants", "valid_to", "user_id = 'u-cadre'"},
		{"role_grants", "valid_from", "user_id = 'u-cadre2'"},
		{"users", "ends_at", "id = 'u-secretary'"},
	} {
		require.NoError(t, w.store.DB.Table(c.table).Where(c.where).Update(c.column, noon).Error)
	}
	check := func(user string, status int) {
		t.Helper()
		w.do(t, call{name: user, user: user, method: "GET", url: basePath + "/me", status: status})
		want := map[int]int{200: 200, 401: 403}[status]
		require.Equal(t, want, w.signIn(t, user, password).Code, user)
		entitled, err := w.server.entitle(w.store.DB.WithContext(context.Background()), &viewer{user: w.account(t, user)})
		require.NoError(t, err)
		require.Equal(t, status == 200, entitled, user)
	}
	w.pass(time.Hour - time.Microsecond)
	check("cadre", 200)
	check("cadre2", 401)
	check("secretary", 200)
	w.pass(time.Microsecond)
	check("cadre", 401)
	check("cadre2", 200)
	check("secretary", 401)
	require.Contains(t, w.acts(t, "u-cadre"), "sign_in_failed ended")
}

func (w *world) account(t *testing.T, login string) (u models.User) {
	t.Helper()
	require.NoError(t, w.store.DB.Where("login = ?", login).Take(&u).Error)
	return u
}

// The administrator says who somebody is at the provider of identities; one person there is one account here.
func TestLinkIdentity(t *testing.T) { t.Parallel(); onBoth(t, checkLinkIdentity) }

func checkLinkIdentity(t *testing.T, w *world) {
	const who = "248289761001"
	link := func(user, account string) *httptest.ResponseRecorder {
		return w.through(t, user, "PUT", "/accounts/"+account+"/identity", object{"subject": who})
	}
	require.Equal(t, "oidc_off", decode[struct{ Code string }](t, link("sys", "u-cadre")).Code)
	w.server.oidc = newRelyingParty(context.Background(), OIDC{Issuer: "https://id.example", ClientID: "x", PublicURL: "https://case.example"}, w.wall)
	require.Equal(t, 404, link("cadre2", "u-cadre").Code)
	require.Equal(t, 404, link("sys", "u-sys").Code, "not his own")
	require.Equal(t, 200, link("sys", "u-cadre").Code)
	require.Equal(t, 200, link("sys", "u-cadre").Code, "again")
	require.Equal(t, "identity_taken", decode[struct{ Code string }](t, link("sys", "u-cadre2")).Code)
	rec := w.through(t, "sys", "GET", "/accounts/u-cadre/identity", nil)
	require.Contains(t, rec.Body.String(), who)

	now := w.wall()
	w.tokens["there"] = "there"
	w.create(&models.Session{ID: "there", Via: models.ViaOIDC, TokenHash: tokenHash("there"), UserID: "u-cadre", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(sessionLife)})
	require.Equal(t, 200, w.through(t, "there", "GET", "/me", nil).Code)
	require.Equal(t, 204, w.through(t, "sys", "DELETE", "/accounts/u-cadre/identity", nil).Code)
	require.Equal(t, 401, w.through(t, "there", "GET", "/me", nil).Code, "begun there, ended with the link")
	require.Equal(t, 200, w.through(t, "cadre", "GET", "/me", nil).Code, "begun here")
	require.Equal(t, 200, link("sys", "u-cadre2").Code)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/messages", status: 200, want: []string{"已关联统一身份认证", "已取消关联"}})
	require.Equal(t, []string{"identity_linked", "identity_linked", "identity_unlinked"}, w.acts(t, "u-cadre"))
}
