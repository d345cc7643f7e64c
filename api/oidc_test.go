package api

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/procedure"
)

// falseProvider is a provider of identities that says what a test tells it to.
type falseProvider struct {
	*httptest.Server
	key       *rsa.PrivateKey
	issuer    string         // as it calls itself
	tokens    map[string]any // what it gives for a code
	moved     bool           // it sends whoever brings a code elsewhere
	elsewhere atomic.Int64   // how often somebody came there
}

const clientSecret = "the secret between us"

func newFalseProvider(t *testing.T) *falseProvider {
	t.Helper()
	p := &falseProvider{key: newRSA(t)}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	p.issuer = p.URL
	answer := func(what func() any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(what())
		}
	}
	mux.HandleFunc("/.well-known/openid-configuration", answer(func() any {
		return object{"issuer": p.issuer, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}}
	}))
	mux.HandleFunc("/keys", answer(func() any { return object{"keys": []any{publicJWK(&p.key.PublicKey)}} }))
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		p.elsewhere.Add(1)
		answer(func() any { return p.tokens })(w, r)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		if p.moved {
			http.Redirect(w, r, p.URL+"/elsewhere", http.StatusTemporaryRedirect)
			return
		}
		answer(func() any { return p.tokens })(w, r)
	})
	return p
}

func newRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

func publicJWK(k *rsa.PublicKey) object {
	return object{"kty": "RSA", "kid": "k", "alg": "RS256", "use": "sig", "n": base64.RawURLEncoding.EncodeToString(k.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.E)).Bytes())}
}

// jwt writes a token; sign makes the signature of its first two parts.
func jwt(t *testing.T, head, claims object, sign func(text string) []byte) string {
	t.Helper()
	part := func(v any) string {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	text := part(head) + "." + part(claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(sign(text))
}

func rs256(t *testing.T, key *rsa.PrivateKey) func(string) []byte {
	return func(text string) []byte {
		sum := sha256.Sum256([]byte(text))
		out, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		require.NoError(t, err)
		return out
	}
}

func hs256(secret []byte) func(string) []byte {
	return func(text string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
}

// relying is a server that people sign in to by p, where li is the cadre.
func (w *world) relying(t *testing.T, p *falseProvider, change func(*Options)) http.Handler {
	t.Helper()
	w.create(&models.ExternalIdentity{Issuer: p.URL, Subject: "li", UserID: "u-cadre", CreatedBy: "u-sys", CreatedAt: w.wall()})
	return w.served(t, func(o *Options) {
		o.OIDC, o.SecureCookies = OIDC{Issuer: p.URL, ClientID: "shouwang", ClientSecret: clientSecret, Title: "县统一认证", PublicURL: "https://case.example"}, true
		if change != nil {
			change(o)
		}
	})
}

// begin goes to the provider: the question that the browser takes there, and the cookie that it keeps.
func begin(t *testing.T, h http.Handler) (url.Values, *http.Cookie) {
	t.Helper()
	rec := browse(h, "GET", oidcPath, "", nil, map[string]string{"Sec-Fetch-Site": "same-origin"})
	require.Equal(t, http.StatusFound, rec.Code, rec.Body)
	to, err := url.Parse(rec.Header().Get("Location"))
	require.NoError(t, err)
	require.Len(t, rec.Result().Cookies(), 1, to.String())
	return to.Query(), rec.Result().Cookies()[0]
}

// comeBack brings a code from the provider.
func comeBack(h http.Handler, asked url.Values, cookie *http.Cookie) *httptest.ResponseRecorder {
	return browse(h, "GET", oidcPath+"/callback?code=c&state="+url.QueryEscape(asked.Get("state")), "", nil, map[string]string{"Cookie": cookie.Name + "=" + cookie.Value, "Sec-Fetch-Site": "cross-site"})
}

// claims are those of the token that answers a question.
func (w *world) claims(p *falseProvider, asked url.Values) object {
	now := w.wall()
	return object{"iss": p.URL, "sub": "li", "aud": "shouwang", "nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
}

// A token of identity is believed when the provider's own key has signed it, by an algorithm that tells it so, for us, for
// now and for this very journey; nothing in the token itself says which key.
func TestForgedIdentities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := newFalseProvider(t)
	h := w.relying(t, p, nil)
	stranger := newRSA(t)
	own := rs256(t, p.key)
	w.create(&models.ExternalIdentity{Issuer: "https://another.example", Subject: "wang", UserID: "u-town", CreatedBy: "u-sys", CreatedAt: w.wall()})
	for _, c := range []struct {
		name   string
		change func(head, claims object)
		sign   func(string) []byte
		want   string // "" for a token that is not believed
	}{
		{"as it should be", nil, own, "/"},
		{"with others", func(_, c object) { c["aud"] = []string{"another", "shouwang"} }, own, "/"},
		{"another's signature", nil, rs256(t, stranger), ""},
		{"another's words", nil, func(text string) []byte { return own(text + "x") }, ""},
		{"no algorithm", func(h, _ object) { h["alg"] = "none" }, func(string) []byte { return nil }, ""},
		{"our secret as key", func(h, _ object) { h["alg"] = "HS256" }, hs256([]byte(clientSecret)), ""},
		{"the public key as key", func(h, _ object) { h["alg"] = "HS256" }, hs256(p.key.N.Bytes()), ""},
		{"brings its key", func(h, _ object) { h["jwk"] = publicJWK(&stranger.PublicKey) }, rs256(t, stranger), ""},
		{"names its keys", func(h, _ object) { h["jku"] = p.URL + "/elsewhere" }, rs256(t, stranger), ""},
		{"over", func(_, c object) { c["exp"] = w.wall().Add(-time.Second).Unix() }, own, ""},
		{"never over", func(_, c object) { delete(c, "exp") }, own, ""},
		{"not yet", func(_, c object) { c["nbf"] = w.wall().Add(time.Hour).Unix() }, own, ""},
		{"for another", func(_, c object) { c["aud"] = "another" }, own, ""},
		{"for nobody", func(_, c object) { delete(c, "aud") }, own, ""},
		{"of another issuer", func(_, c object) { c["iss"] = "https://another.example" }, own, ""},
		{"of another journey", func(_, c object) { c["nonce"] = "another" }, own, ""},
		{"of no journey", func(_, c object) { delete(c, "nonce") }, own, ""},
		{"somebody whom another provider calls so", func(_, c object) { c["sub"] = "wang" }, own, "/login?fault=oidc_unknown"},
		{"nobody", func(_, c object) { delete(c, "sub") }, own, "/login?fault=oidc_unknown"},
		{"known by name alone", func(_, c object) { c["sub"], c["preferred_username"], c["email"] = "x", "cadre", "li" }, own, "/login?fault=oidc_unknown"},
	} {
		asked, cookie := begin(t, h)
		head, claims := object{"alg": "RS256", "kid": "k", "typ": "JWT"}, w.claims(p, asked)
		if c.change != nil {
			c.change(head, claims)
		}
		token := jwt(t, head, claims, c.sign)
		p.tokens = object{"access_token": "for the provider alone", "token_type": "Bearer", "id_token": token}
		rec := comeBack(h, asked, cookie)
		want := c.want
		if want == "" {
			want = "/login?fault=oidc_failed"
		}
		require.Equal(t, want, rec.Header().Get("Location"), c.name)
		signedIn := false
		for _, got := range rec.Result().Cookies() {
			signedIn = signedIn || got.Name == "__Host-"+sessionCookie && got.Value != ""
			require.NotContains(t, got.Value, token, "tokens stay here")
		}
		require.Equal(t, want == "/", signedIn, c.name)
		require.NotContains(t, rec.Body.String(), token)

		if c.want == "/" { // a token for something else is none of identity
			asked, cookie = begin(t, h)
			p.tokens = object{"access_token": jwt(t, head, w.claims(p, asked), own), "token_type": "Bearer"}
			require.Equal(t, "/login?fault=oidc_failed", comeBack(h, asked, cookie).Header().Get("Location"))
		}
	}
	require.Zero(t, p.elsewhere.Load(), "no address out of a token is asked")
}

// The cookies of the journey belong to this host alone, and a page elsewhere begins none: nobody is signed in who did not
// press the button.
func TestTheJourneyBeginsHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := newFalseProvider(t)
	h := w.relying(t, p, nil)
	asked, cookie := begin(t, h)
	p.tokens = object{"access_token": "x", "token_type": "Bearer", "id_token": jwt(t, object{"alg": "RS256", "kid": "k"}, w.claims(p, asked), rs256(t, p.key))}
	rec := comeBack(h, asked, cookie)
	require.Equal(t, "/", rec.Header().Get("Location"))
	for _, c := range append(rec.Result().Cookies(), cookie) {
		require.True(t, strings.HasPrefix(c.Name, "__Host-"), c.Name)
		require.True(t, c.Secure && c.HttpOnly && c.Domain == "" && c.Path == "/", c.Name)
		require.Contains(t, []http.SameSite{http.SameSiteLaxMode, http.SameSiteStrictMode}, c.SameSite)
	}
	for site, here := range map[string]bool{"": true, "none": true, "same-origin": true, "same-site": false, "cross-site": false} {
		rec := browse(h, "GET", oidcPath, "", nil, map[string]string{"Sec-Fetch-Site": site})
		if here {
			require.True(t, strings.HasPrefix(rec.Header().Get("Location"), p.URL+"/authorize?"), "%s: to the provider that is set", site)
			continue
		}
		require.Equal(t, "/login", rec.Header().Get("Location"), site)
		require.Empty(t, rec.Result().Cookies(), site)
	}
}

// A provider that calls itself by another name is not the one that was set, and one that sends our question elsewhere is
// not followed.
func TestAnotherProviderIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := newFalseProvider(t)
	h := w.relying(t, p, nil)
	p.issuer = "https://another.example"
	rec := browse(h, "GET", oidcPath, "", nil, nil)
	require.Equal(t, "/login?fault=oidc_unreachable", rec.Header().Get("Location"))
	p.issuer = p.URL
	w.idle(oidcAgain)
	asked, cookie := begin(t, h)
	p.tokens = object{"access_token": "x", "token_type": "Bearer", "id_token": jwt(t, object{"alg": "RS256", "kid": "k"}, w.claims(p, asked), rs256(t, p.key))}
	p.moved = true
	require.Equal(t, "/login?fault=oidc_failed", comeBack(h, asked, cookie).Header().Get("Location"))
	require.Zero(t, p.elsewhere.Load())
}

// Where a post needs a second factor, the provider's word that it has asked for several is enough, and for one is not.
func TestStrengthThatTheProviderStates(t *testing.T) {
	t.Parallel()
	for want, methods := range map[string][]string{"/login?step=enrol": {"pwd"}, "/": {"pwd", "mfa"}} {
		w := newWorld(t)
		p := newFalseProvider(t)
		h := w.relying(t, p, func(o *Options) { o.SecondFactor = []procedure.Role{procedure.VillageCadre} })
		asked, cookie := begin(t, h)
		claims := maps.Clone(w.claims(p, asked))
		claims["amr"] = methods
		p.tokens = object{"access_token": "x", "token_type": "Bearer", "id_token": jwt(t, object{"alg": "RS256", "kid": "k"}, claims, rs256(t, p.key))}
		require.Equal(t, want, comeBack(h, asked, cookie).Header().Get("Location"), methods)
	}
}
