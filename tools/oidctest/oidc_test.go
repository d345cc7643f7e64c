package oidctest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/casetime"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

const clientSecret = "a-secret-of-the-test"

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// world is a server and a provider that know each other.
type world struct {
	store    *models.Store
	app      *httptest.Server
	provider *httptest.Server
}

// newWorld has two accounts: one of the person "id1" of the provider, one of nobody there.
func newWorld(t *testing.T, change func(*api.Options)) *world {
	t.Helper()
	vault, err := models.NewVault(bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32))
	require.NoError(t, err)
	w := &world{}
	w.store, err = models.Open(filepath.Join(t.TempDir(), "test.db"), vault)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.store.Close()) })
	_, err = w.store.Migrate(context.Background())
	require.NoError(t, err)

	var app, provider http.Handler
	w.app = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { app.ServeHTTP(rw, r) }))
	t.Cleanup(w.app.Close)
	w.provider = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { provider.ServeHTTP(rw, r) }))
	t.Cleanup(w.provider.Close)
	client := storage.WebClient("shouwang", clientSecret, w.app.URL+"/api/v1/session/oidc/callback")
	provider = exampleop.SetupServer(w.provider.URL, storage.NewStorageWithClients(storage.NewUserStore(w.provider.URL), map[string]*storage.Client{"shouwang": client}), silent, false)

	engine := &activities.Engine{Store: w.store, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{}}
	o := api.Options{Engine: engine, Log: silent, PerMinute: 10_000,
		Web:  http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "page") }),
		OIDC: api.OIDC{Issuer: w.provider.URL, ClientID: "shouwang", ClientSecret: clientSecret, Title: "县统一认证", PublicURL: w.app.URL}}
	if change != nil {
		change(&o)
	}
	app, err = api.New(o)
	require.NoError(t, err)
	w.seed(t)
	return w
}

func (w *world) seed(t *testing.T) {
	t.Helper()
	past := time.Now().Add(-time.Hour)
	rows := []any{&models.Region{Code: "999901", Level: "county", Name: "云岫县", Path: "云岫县"}}
	for _, login := range []string{"li", "wang", "sys"} {
		role := map[string]procedure.Role{"sys": procedure.SysAdmin}[login]
		if role == "" {
			role = procedure.CountyOffice
		}
		rows = append(rows, &models.User{ID: "u-" + login, Login: login, Name: "测" + login, PasswordHash: "none", CreatedAt: past},
			&models.RoleGrant{ID: "g-" + login, UserID: "u-" + login, Role: role, RegionCode: "999901", ValidFrom: past})
	}
	rows = append(rows, &models.ExternalIdentity{Issuer: w.provider.URL, Subject: "id1", UserID: "u-li", CreatedBy: "u-sys", CreatedAt: past})
	for _, r := range rows {
		require.NoError(t, w.store.DB.Create(r).Error)
	}
}

// browser is a browser of its own. Where stop says so it does not follow.
func browser(t *testing.T, stop func(*url.URL) bool) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if stop != nil && stop(r.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

func atCallback(u *url.URL) bool { return strings.HasSuffix(u.Path, "/session/oidc/callback") }

// visit opens an address and gives where it has led, and the page it would have led to.
func visit(t *testing.T, b *http.Client, address string) (at *url.URL, next string) {
	t.Helper()
	res, err := b.Get(address)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.Request.URL, res.Header.Get("Location")
}

// signIn begins here, signs in there as somebody, and comes back.
func (w *world) signIn(t *testing.T, b *http.Client, name string) (at *url.URL, next string) {
	t.Helper()
	login, _ := visit(t, b, w.app.URL+"/api/v1/session/oidc")
	id := login.Query().Get("authRequestID")
	require.NotEmpty(t, id, login.String())
	res, err := b.PostForm(w.provider.URL+"/login/username", url.Values{"username": {name}, "password": {"verysecure"}, "id": {id}})
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.Request.URL, res.Header.Get("Location")
}

const (
	linked   = "test-user@127.0.0.1"
	stranger = "test-user2"
)

func (w *world) get(t *testing.T, b *http.Client, path string) (int, string) {
	t.Helper()
	res, err := b.Get(w.app.URL + "/api/v1" + path)
	require.NoError(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(raw)
}

func (w *world) failures(t *testing.T) (out []string) {
	t.Helper()
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = 'sign_in_failed'").Order("at, id").Pluck("purpose", &out).Error)
	return out
}

func TestSignIn(t *testing.T) {
	w := newWorld(t, nil)
	b := browser(t, nil)
	_, methods := w.get(t, b, "/session/methods")
	require.JSONEq(t, `{"oidc":"县统一认证"}`, methods)
	at, _ := w.signIn(t, b, linked)
	require.Equal(t, w.app.URL+"/", at.String())
	status, me := w.get(t, b, "/me")
	require.Equal(t, 200, status)
	require.Contains(t, me, `"login":"li"`)
	_, devices := w.get(t, b, "/me/sessions")
	require.Contains(t, devices, `"via":"oidc"`)
	var n int64
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = 'sign_in' AND purpose = 'oidc' AND record_id = 'u-li'").Count(&n).Error)
	require.EqualValues(t, 1, n)
	require.Empty(t, w.failures(t))
}

// Somebody whom nobody has linked gets no account.
func TestStrangersStayOutside(t *testing.T) {
	w := newWorld(t, nil)
	b := browser(t, nil)
	at, _ := w.signIn(t, b, stranger)
	require.Equal(t, "/login?fault=oidc_unknown", at.RequestURI())
	status, _ := w.get(t, b, "/me")
	require.Equal(t, 401, status)
	var n int64
	require.NoError(t, w.store.DB.Model(&models.User{}).Count(&n).Error)
	require.EqualValues(t, 3, n)
	require.Equal(t, []string{"oidc_unknown"}, w.failures(t))
}

// What the browser carries to the provider: a state, a nonce, and the challenge of PKCE.
func TestTheJourneyIsGuarded(t *testing.T) {
	w := newWorld(t, nil)
	b := browser(t, func(*url.URL) bool { return true })
	_, next := visit(t, b, w.app.URL+"/api/v1/session/oidc")
	u, err := url.Parse(next)
	require.NoError(t, err)
	require.Equal(t, w.provider.URL, u.Scheme+"://"+u.Host)
	q := u.Query()
	require.Equal(t, "code", q.Get("response_type"))
	require.Equal(t, "S256", q.Get("code_challenge_method"))
	require.Equal(t, "openid", q.Get("scope"))
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		require.GreaterOrEqual(t, len(q.Get(name)), 43, name)
	}
}

// A code that has come back is good in the browser that began, once.
func TestTheWayBackIsOnesOwn(t *testing.T) {
	w := newWorld(t, nil)
	b := browser(t, atCallback)
	_, back := w.signIn(t, b, linked)
	require.Contains(t, back, "code=")

	at, _ := visit(t, browser(t, nil), back)
	require.Equal(t, "/login?fault=oidc_state", at.RequestURI(), "another browser")
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	_, next := visit(t, b, back)
	require.Equal(t, "/", next)
	_, next = visit(t, b, back)
	require.Equal(t, "/login?fault=oidc_state", next, "a second time")
}

// Each guard of the way back refuses by itself: the cookie is one that the server could have set, with one thing changed.
func TestEachGuard(t *testing.T) {
	type journey struct {
		State, Nonce, Verifier string
		Begun                  time.Time
	}
	for name, c := range map[string]struct {
		change func(*journey)
		more   string
		want   string
	}{
		"nothing":         {func(*journey) {}, "", "/"},
		"another nonce":   {func(j *journey) { j.Nonce = "another" }, "", "/login?fault=oidc_failed"},
		"another PKCE":    {func(j *journey) { j.Verifier = strings.Repeat("x", 43) }, "", "/login?fault=oidc_failed"},
		"another state":   {func(j *journey) { j.State = "another" }, "", "/login?fault=oidc_state"},
		"too late":        {func(j *journey) { j.Begun = j.Begun.Add(-11 * time.Minute) }, "", "/login?fault=oidc_state"},
		"another issuer":  {func(*journey) {}, "&iss=https%3A%2F%2Fevil.example", "/login?fault=oidc_issuer"},
		"refused there":   {func(*journey) {}, "&error=access_denied", "/login?fault=oidc_refused"},
		"somewhere else?": {func(*journey) {}, "&next=https%3A%2F%2Fevil.example", "/"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			b := browser(t, atCallback)
			_, back := w.signIn(t, b, linked)
			here, err := url.Parse(w.app.URL + "/api/v1/session/oidc/callback")
			require.NoError(t, err)
			var j journey
			for _, cookie := range b.Jar.Cookies(here) {
				if cookie.Name == "shouwang_oidc" {
					sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
					require.NoError(t, err)
					raw, err := w.store.Vault.Open("oidc", "journey", "", sealed)
					require.NoError(t, err)
					require.NoError(t, json.Unmarshal(raw, &j))
				}
			}
			require.NotEmpty(t, j.Verifier)
			c.change(&j)
			raw, err := json.Marshal(j)
			require.NoError(t, err)
			value := base64.RawURLEncoding.EncodeToString(w.store.Vault.Seal("oidc", "journey", "", raw))
			b.Jar.SetCookies(here, []*http.Cookie{{Name: "shouwang_oidc", Value: value, Path: "/"}})
			b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			_, next := visit(t, b, back+c.more)
			require.Equal(t, c.want, next)
		})
	}
}

func TestAWrongSecretIsRefusedByTheProvider(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.OIDC.ClientSecret = "wrong" })
	at, _ := w.signIn(t, browser(t, nil), linked)
	require.Equal(t, "/login?fault=oidc_failed", at.RequestURI())
}

// A post that needs a second factor needs it here, too, unless the provider has asked for one.
func TestSecondFactorStillStands(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.SecondFactor = []procedure.Role{procedure.CountyOffice} })
	b := browser(t, nil)
	at, _ := w.signIn(t, b, linked)
	require.Equal(t, "/login?step=enrol", at.RequestURI())
	status, body := w.get(t, b, "/me")
	require.Equal(t, 401, status)
	require.Contains(t, body, "sign_in_unfinished")
}

func TestAccountsThatHaveEnded(t *testing.T) {
	for name, change := range map[string]func(*world) error{
		"disabled": func(w *world) error {
			return w.store.DB.Model(&models.User{}).Where("id = 'u-li'").Update("disabled", true).Error
		},
		"at its end": func(w *world) error {
			return w.store.DB.Model(&models.User{}).Where("id = 'u-li'").Update("ends_at", time.Now().Add(-time.Minute)).Error
		},
		"without a post": func(w *world) error {
			return w.store.DB.Model(&models.RoleGrant{}).Where("user_id = 'u-li'").Update("valid_to", time.Now().Add(-time.Minute)).Error
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			require.NoError(t, change(w))
			at, _ := w.signIn(t, browser(t, nil), linked)
			require.Equal(t, "/login?fault=account_ended", at.RequestURI())
		})
	}
}

// The server works without its provider, and with it again.
func TestTheProviderIsAway(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.OIDC.Issuer = "http://127.0.0.1:1" })
	at, _ := visit(t, browser(t, nil), w.app.URL+"/api/v1/session/oidc")
	require.Equal(t, "/login?fault=oidc_unreachable", at.RequestURI())
	w = newWorld(t, func(o *api.Options) { o.OIDC = api.OIDC{} })
	status, body := w.get(t, browser(t, nil), "/session/oidc")
	require.Equal(t, 404, status)
	require.Contains(t, body, "not_found")
}
