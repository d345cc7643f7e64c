package api

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/web"
)

// served is another server over the same world.
func (w *world) served(t testing.TB, change func(*Options)) http.Handler {
	o := Options{Engine: w.engine, Cases: w.cases, Blobs: w.server.blobs, Now: w.wall, PerMinute: 10_000, Log: slog.New(slog.DiscardHandler), Web: web.Handler(),
		MaxAttachment: 64 << 10, ExportDir: w.server.exportDir}
	if change != nil {
		change(&o)
	}
	h, err := New(o)
	require.NoError(t, err)
	return h
}

// browse sends a request to a handler as a browser signed in with a token would.
func browse(h http.Handler, method, target, token string, body any, headers map[string]string) *httptest.ResponseRecorder {
	var raw []byte
	contentType := echo.MIMEApplicationJSON
	switch b := body.(type) {
	case nil:
	case *form:
		raw, contentType = b.bytes, b.contentType
	default:
		raw, _ = json.Marshal(b)
	}
	r := httptest.NewRequest(method, target, bytes.NewReader(raw))
	r.RemoteAddr = "10.0.0.1:1" // a proxy's
	r.Header.Set("Content-Type", contentType)
	r.Header.Set(csrfHeader, csrfValue)
	r.Header.Set("Idempotency-Key", models.NewID())
	if token != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: token})
	}
	for k, v := range headers {
		r.Header.Set(k, v)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

// Every kind of answer carries the headers of the table; what may differ is written
// here.
func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	file := w.attach(t, "cadre", clue, "screening_form")
	feed := w.subscribe(t, "cadre")
	h := w.served(t, nil)
	broken := w.served(t, func(o *Options) { o.Cases = nil })
	event := object{"event": "register_locally", "expected_seq": 1}
	events := basePath + "/cases/" + clue + "/events"
	big := object{"event": strings.Repeat("x", maxBody)}
	page := map[string]string{"Content-Security-Policy": "script-src 'self' 'nonce-", "Cache-Control": "no-cache"}
	public := map[string]string{"Content-Security-Policy": "default-src 'none'; style-src 'self'", "Referrer-Policy": "same-origin"}
	for _, c := range []struct {
		name, method, url, token string
		body                     any
		headers                  map[string]string
		handler                  http.Handler
		status                   int
		other                    map[string]string // headers of this answer that differ, by how they begin or what they hold
	}{
		{name: "list", method: "GET", url: basePath + "/cases", token: "token-cadre", status: 200},
		{name: "head", method: "HEAD", url: basePath + "/cases", token: "token-cadre", status: 200},
		{name: "not signed in", method: "GET", url: basePath + "/cases", status: 401},
		{name: "forbidden", method: "POST", url: events, token: "token-cadre", body: event, headers: map[string]string{csrfHeader: ""}, status: 403},
		{name: "not his", method: "GET", url: basePath + "/cases/" + clue, token: "token-far_cadre", status: 404},
		{name: "no route", method: "GET", url: basePath + "/nothing", status: 404},
		{name: "method", method: "PUT", url: basePath + "/cases", status: 405},
		{name: "malformed", method: "GET", url: basePath + "/cases?limit=x", token: "token-cadre", status: 400},
		{name: "moved", method: "POST", url: events, token: "token-cadre", body: object{"event": "register_locally", "expected_seq": 9}, status: 409},
		{name: "too large", method: "POST", url: events, token: "token-cadre", body: big, status: 413},
		{name: "media type", method: "POST", url: events, token: "token-cadre", body: event, headers: map[string]string{"Content-Type": "text/plain"}, status: 415},
		{name: "fault", method: "POST", url: events, token: "token-cadre", body: event, handler: broken, status: 500},
		{name: "attachment", method: "GET", url: basePath + "/attachments/" + file, token: "token-cadre", status: 200},
		{name: "paper", method: "POST", url: basePath + "/forms/print", body: object{"form": "f3", "format": "pdf", "purpose": "print", "region_code": village}, token: "token-cadre", status: 200},
		{name: "workbook", method: "POST", url: basePath + "/forms/workbook/export", body: object{"form": "f3", "period": "2026", "region_code": village, "purpose": "入户核对"}, token: "token-cadre", status: 200},
		{name: "calendar", method: "GET", url: feed, status: 200, other: map[string]string{"Cache-Control": "private, no-cache"}},
		{name: "public", method: "GET", url: basePath + "/public/villages/" + village + "/notices", status: 200},
		{name: "specification", method: "GET", url: basePath + "/openapi.json", status: 200},
		{name: "health", method: "GET", url: basePath + "/health", status: 200},
		{name: "page", method: "GET", url: "/", status: 200, other: page},
		{name: "route of the page", method: "GET", url: "/cases", status: 200, other: page},
		{name: "public page", method: "GET", url: "/public/villages/" + village, status: 200, other: public},
		{name: "public page that is none", method: "GET", url: "/public/nothing", status: 404, other: public},
		{name: "style of the public page", method: "GET", url: "/public/style.css", status: 200, other: map[string]string{"Cache-Control": "public, max-age=3600"}},
		{name: "file of the application", method: "GET", url: "/favicon.svg", status: 200, other: map[string]string{"Cache-Control": "public, max-age=3600"}},
		{name: "missing file of the application", method: "GET", url: "/assets/none.js", status: 404},
		{name: "method on the page", method: "POST", url: "/", status: 405},
		{name: "trace", method: "TRACE", url: basePath + "/me", token: "token-cadre", headers: map[string]string{"X-Said": "said back"}, status: 405},
		{name: "trace of the page", method: "TRACE", url: "/", headers: map[string]string{"X-Said": "said back"}, status: 405},
		{name: "traversal", method: "GET", url: "/../../etc/passwd", status: 200, other: page},
	} {
		handler := h
		if c.handler != nil {
			handler = c.handler
		}
		rec := browse(handler, c.method, c.url, c.token, c.body, c.headers)
		require.Equal(t, c.status, rec.Code, "%s: %s", c.name, rec.Body)
		for _, want := range safeHeaders {
			got := rec.Header().Get(want.name)
			if other, ok := c.other[want.name]; ok {
				require.Contains(t, got, other, c.name+" "+want.name)
				continue
			}
			require.Equal(t, want.value, got, c.name+" "+want.name)
		}
		require.Empty(t, rec.Header().Get("Access-Control-Allow-Origin"), c.name)
		require.Empty(t, rec.Header().Get("Strict-Transport-Security"), "without HTTPS there is nothing to insist on")
		require.NotContains(t, rec.Body.String(), "said back", c.name)
		if rec.Body.Len() > 0 {
			kind, more, err := mime.ParseMediaType(rec.Header().Get("Content-Type"))
			require.NoError(t, err, c.name)
			if strings.HasPrefix(kind, "text/") {
				require.Equal(t, "utf-8", strings.ToLower(more["charset"]), c.name)
			}
			require.Equal(t, strings.HasSuffix(kind, "json"), json.Valid(rec.Body.Bytes()), "%s: %s", c.name, kind)
		}
	}
}

// Files are downloads, whatever they hold, and only a paper of our own making is
// shown, in a sandbox.
func TestFilesAreNeverPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := w.attach(t, "cadre", w.openClue(t, "household-1", "cadre"), "screening_form")
	rec := browse(w.served(t, nil), "GET", basePath+"/attachments/"+file, "token-cadre", nil, nil)
	require.True(t, strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment"), rec.Header())
	require.Contains(t, rec.Header().Get("Content-Security-Policy"), "sandbox")
	require.NotContains(t, rec.Header().Get("Content-Security-Policy"), "allow-scripts")
	for _, name := range []string{"a\"\r\nSet-Cookie: x=1\r\n.png", "名单;filename=x.exe.png", "../../x.png"} {
		up := upfile(t, "screening_form", "x.png", append(bytes.Clone(png), name...))
		up.bytes = bytes.Replace(up.bytes, []byte(`filename="x.png"`), []byte("filename*=UTF-8''"+everyByte(name)), 1)
		clue := w.openClue(t, "household-2", "cadre")
		rec := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/" + clue + "/attachments", status: 201, body: up})
		id := decode[struct{ ID string }](t, rec).ID
		got := w.do(t, call{user: "cadre", method: "GET", url: basePath + "/attachments/" + id, status: 200}).Header()
		require.True(t, strings.HasPrefix(got.Get("Content-Disposition"), "attachment; filename"), got)
		require.NotContains(t, got.Get("Content-Disposition"), "\n")
		require.NotContains(t, got.Get("Content-Disposition"), "/")
		require.Empty(t, got.Get("Set-Cookie"))
		w.openedNo(clue, t)
	}
}

// everyByte writes each byte as %XX.
func everyByte(s string) (out string) {
	for _, b := range []byte(s) {
		out += fmt.Sprintf("%%%02X", b)
	}
	return out
}

// openedNo ends a clue so that the household may have another.
func (w *world) openedNo(clue string, t testing.TB) {
	t.Helper()
	w.store.DB.Exec("UPDATE cases SET household_id = '' WHERE id = ?", clue)
}

// Over HTTPS the cookie belongs to this host alone and every answer insists on HTTPS.
func TestOverHTTPS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.served(t, func(o *Options) { o.SecureCookies = true })
	rec := browse(h, "POST", basePath+"/session", "", object{"login": "cadre", "password": password}, nil)
	require.Equal(t, 200, rec.Code, rec.Body)
	cookie := rec.Result().Cookies()[0]
	require.Equal(t, "__Host-shouwang_session", cookie.Name)
	require.True(t, cookie.Secure && cookie.HttpOnly)
	require.Equal(t, "/", cookie.Path)
	require.Empty(t, cookie.Domain)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	require.Equal(t, "max-age=31536000; includeSubDomains", rec.Header().Get("Strict-Transport-Security"))
	require.Equal(t, hsts, browse(h, "GET", "/", "", nil, nil).Header().Get("Strict-Transport-Security"))

	require.Equal(t, 200, browse(h, "GET", basePath+"/me", "", nil, map[string]string{"Cookie": cookie.Name + "=" + cookie.Value}).Code)
	require.Equal(t, 401, browse(h, "GET", basePath+"/me", cookie.Value, nil, nil).Code, "a cookie without the prefix may have been planted by another host")
}

// A browser that says that a request comes from elsewhere is believed; one that says
// nothing has the header that pages elsewhere cannot set.
func TestRequestsFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.served(t, nil)
	for _, c := range []struct {
		name    string
		headers map[string]string
		code    string
	}{
		{"our page", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://example.com"}, ""},
		{"typed by hand", map[string]string{"Sec-Fetch-Site": "none"}, ""},
		{"a program", nil, ""},
		{"old browser, our page", map[string]string{"Origin": "http://example.com"}, ""},
		{"another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, "cross_origin"},
		{"a neighbouring host", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://www.example.com"}, "cross_origin"},
		{"old browser, another site", map[string]string{"Origin": "https://evil.example"}, "cross_origin"},
		{"sandboxed frame", map[string]string{"Origin": "null"}, "cross_origin"},
		{"form of another site", map[string]string{"Sec-Fetch-Site": "cross-site", csrfHeader: ""}, "csrf_header_missing"},
	} {
		rec := browse(h, "POST", basePath+"/tasks/nobody/claim", "token-cadre", nil, c.headers)
		if c.code == "" {
			require.Equal(t, 404, rec.Code, c.name)
			continue
		}
		require.Equal(t, 403, rec.Code, c.name)
		require.Equal(t, c.code, decode[struct{ Code string }](t, rec).Code, c.name)
	}
	require.Equal(t, 200, browse(h, "GET", basePath+"/me", "token-cadre", nil, map[string]string{"Sec-Fetch-Site": "cross-site"}).Code, "reading changes nothing, and a page elsewhere cannot see the answer")
	pre := browse(h, "OPTIONS", basePath+"/cases", "", nil, map[string]string{"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
	require.Empty(t, pre.Header().Get("Access-Control-Allow-Origin"))
}

// No answer leads to another host, however the address is written.
func TestNoRedirects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.served(t, nil)
	for _, target := range []string{"//evil.example/", "//evil.example/..", "/\\evil.example", "/%5cevil.example", "/%2f%2fevil.example", "/api/v1//evil.example", "/api//evil.example/..", "/assets/../../evil",
		"/login?next=https://evil.example", "/login?next=//evil.example", "/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/cases/", "/index.html", "/assets", "/assets/", "/a/../b", "/."} {
		u := &url.URL{Path: target}
		if parsed, err := url.ParseRequestURI(target); err == nil {
			u = parsed
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.URL, r.RequestURI = u, target
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		require.Empty(t, rec.Header().Get("Location"), target)
		require.False(t, rec.Code >= 300 && rec.Code < 400, "%s: %d", target, rec.Code)
	}
}

// Every operation has a cost, and lists that name operations name real ones.
func TestEveryOperationHasACost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := map[string]cost{}
	for _, r := range w.server.ops.byRoute {
		got[r.Operation.OperationID] = costOf(r)
		if takesFile(r) && !slices.Contains(plainFiles, r.Operation.OperationID) {
			require.Equal(t, heavy, costOf(r), r.Operation.OperationID)
		}
	}
	for _, name := range slices.Concat(heavyOperations, plainFiles) {
		require.Contains(t, got, name)
	}
	for name, want := range map[string]cost{"getMe": cheap, "getAttachment": cheap, "attach": change, "fireEvent": change, "exportFormWorkbook": heavy, "previewPaper": heavy, "importDeptFile": heavy, "createExport": heavy, "getExportFile": cheap} {
		require.Equal(t, want, got[name], name)
	}
}

// strict is a server with narrow limits, behind a proxy, that refuses at once.
func (w *world) strict(t testing.TB, perMinute int) http.Handler {
	s, e, err := build(Options{Engine: w.engine, Cases: w.cases, Blobs: w.server.blobs, Fonts: w.server.fonts, Now: w.wall, PerMinute: perMinute, TrustProxy: true, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	s.limits.hold = 0
	return e
}

// A refusal is kept back for a moment, unless many are.
func TestRefusalsAreKeptBack(t *testing.T) {
	t.Parallel()
	l := newLimits(1)
	l.hold = 30 * time.Millisecond
	began := time.Now()
	require.Equal(t, 7, l.tooSoon(t.Context(), 7*time.Second).retryAfter)
	require.GreaterOrEqual(t, time.Since(began), l.hold)
	l.hold = time.Hour
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	l.tooSoon(gone, time.Hour) // nobody waits any more
	l.held.Add(maxHeld)
	l.tooSoon(t.Context(), time.Hour) // too many are kept back
}

// Whoever asks too often is told when to come again; nobody else notices.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := func(address string) map[string]string { return map[string]string{"X-Forwarded-For": address} }
	for _, c := range []struct {
		name, method, url, token string
		body                     any
		allowed                  int // at once
		other                    string
	}{
		{name: "reads of an account", method: "GET", url: "/me", token: "token-cadre", allowed: 20, other: "token-town"},
		{name: "long pages of an account", method: "GET", url: "/cases?limit=100", token: "token-cadre", allowed: 20 / 5, other: "token-town"},
		{name: "pages of an account, a little too long", method: "GET", url: "/cases?limit=21", token: "token-cadre", allowed: 20 / 2, other: "token-town"},
		{name: "pages of an account", method: "GET", url: "/cases?limit=20", token: "token-cadre", allowed: 20, other: "token-town"},
		{name: "writes of an account", method: "POST", url: "/tasks/nobody/claim", token: "token-cadre", allowed: 10, other: "token-town"},
		{name: "searches of an account", method: "POST", url: "/households/search", token: "token-cadre", body: object{"id_no": headID}, allowed: burst / heavyBurst, other: "token-town"},
	} {
		h := w.strict(t, burst)
		ask := func(token, address string) *httptest.ResponseRecorder {
			return browse(h, c.method, basePath+c.url, token, c.body, from(address))
		}
		for i := range c.allowed {
			require.NotEqual(t, 429, ask(c.token, "203.0.113.1").Code, "%s %d", c.name, i)
		}
		for _, address := range []string{"203.0.113.1", "203.0.113.2"} { // an account is the same from anywhere
			rec := ask(c.token, address)
			require.Equal(t, 429, rec.Code, c.name)
			require.Equal(t, "too_many", decode[struct{ Code string }](t, rec).Code)
			after, err := strconv.Atoi(rec.Header().Get("Retry-After"))
			require.NoError(t, err)
			require.True(t, after >= 1 && after <= 60, rec.Header())
		}
		require.NotEqual(t, 429, ask(c.other, "203.0.113.1").Code, "%s: another account of the same address", c.name)
		if c.method == "GET" {
			require.NotEqual(t, 429, browse(h, "POST", basePath+"/tasks/nobody/claim", c.token, nil, nil).Code, "who has read too much may still write")
		}
	}

	// An address has the share of many accounts, and no more.
	h := w.strict(t, burst)
	search := func(user, address string) int {
		return browse(h, "POST", basePath+"/households/search", "token-"+user, object{"id_no": headID}, from(address)).Code
	}
	for i, u := range users { // whose sessions are known to hold
		browse(h, "GET", basePath+"/me", "token-"+u.login, nil, from(fmt.Sprintf("198.51.100.%d", i)))
	}
	for i := range 3 * len(users) {
		if user := users[i%len(users)].login; user != "auditor" {
			search(user, "203.0.113.7")
		}
	}
	require.Equal(t, 429, search("auditor", "203.0.113.7"))
	require.NotEqual(t, 429, search("auditor", "203.0.113.8"), "it was the address, not the account")

	// Nobody signed in, or with sessions that do not hold: by address.
	for _, target := range []string{"/cases", "/public/villages/" + village + "/notices", "/nothing"} {
		h = w.strict(t, burst)
		require.Equal(t, 200, browse(h, "GET", basePath+"/me", "token-cadre", nil, from("203.0.113.10")).Code)
		codes := map[int]int{}
		for i := range 20*lobby + 20 {
			codes[browse(h, "GET", basePath+target, fmt.Sprint("invented-", i), nil, from("203.0.113.9")).Code]++
		}
		require.Equal(t, 20, codes[429], "%s: %v", target, codes)
		require.NotEqual(t, 429, browse(h, "GET", basePath+"/me", "token-cadre", nil, from("203.0.113.9")).Code, "his colleagues behind the same address go on")
	}
}

// A flood with a session that was refused does not reach the database.
func TestRefusalsAreCheap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.strict(t, 1)
	ask := func() int { return browse(h, "GET", basePath+"/me", "token-cadre", nil, nil).Code }
	for ask() != 429 {
	}
	require.NoError(t, w.store.DB.Where("user_id = ?", "u-cadre").Delete(&models.Session{}).Error)
	require.Equal(t, 429, ask(), "a lookup would have answered 401")
	w.idle(time.Minute)
	require.Equal(t, 401, ask(), "his time has come")
	require.Equal(t, 401, ask(), "and now he is a stranger")
}

// Buckets fill again, say how long that takes, and are forgotten when full.
func TestBuckets(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := newBuckets(60, burst) // ten at once, one each second
	for range 10 {
		require.Zero(t, b.take("a", now, 1))
	}
	require.InDelta(t, time.Second, b.take("a", now, 1), float64(time.Millisecond))
	require.InDelta(t, 3*time.Second, b.take("a", now, 3), float64(time.Millisecond))
	require.Zero(t, b.take("b", now, 1))
	require.Zero(t, b.take("a", now.Add(time.Second), 1))
	require.NotZero(t, b.take("a", now.Add(time.Second), 1))
	require.Zero(t, b.take("d", now, 100), "what is more than a full bucket takes all of it")
	require.NotZero(t, b.take("d", now, 1))
	require.Len(t, b.by, 3)
	b.take("c", now.Add(2*time.Minute), 1)
	require.Equal(t, []string{"c"}, slices.Collect(maps.Keys(b.by)))
}

// An account has one heavy request at a time; some wait, the rest are refused.
func TestHeavyRequestsStandInLine(t *testing.T) {
	t.Parallel()
	s := slots{by: map[string]*slot{}, most: 1, queue: 8}
	free, ok := s.take(t.Context(), "a")
	require.True(t, ok)
	got := make(chan func(), s.queue)
	for range s.queue {
		go func() {
			next, ok := s.take(t.Context(), "a")
			if ok {
				got <- next
			}
		}()
	}
	require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.by["a"].users == s.most+s.queue }, 5*time.Second, time.Millisecond)
	require.Empty(t, got)
	_, ok = s.take(t.Context(), "a")
	require.False(t, ok, "the line is full")
	other, ok := s.take(t.Context(), "b")
	require.True(t, ok)
	other()
	for range s.queue {
		free()
		free = <-got
	}
	free()
	require.Empty(t, s.by)
}

// Whose word about the caller's address counts.
func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, inner, err := net.ParseCIDR("10.1.2.0/24")
	require.NoError(t, err)
	for _, c := range []struct {
		name    string
		trust   bool
		proxies []*net.IPNet
		peer    string
		header  string
		want    string
	}{
		{"no proxy", false, nil, "10.1.2.3:1", "203.0.113.1", "10.1.2.3"},
		{"a private network", true, nil, "10.9.9.9:1", "203.0.113.1", "203.0.113.1"},
		{"the caller's own claim before the proxy's", true, nil, "10.9.9.9:1", "198.51.100.1, 203.0.113.1", "203.0.113.1"},
		{"not from a proxy", true, nil, "198.51.100.7:1", "203.0.113.1", "198.51.100.7"},
		{"the named network", true, []*net.IPNet{inner}, "10.1.2.3:1", "203.0.113.1", "203.0.113.1"},
		{"another private network", true, []*net.IPNet{inner}, "10.9.9.9:1", "203.0.113.1", "10.9.9.9"},
		{"this very machine", true, []*net.IPNet{inner}, "127.0.0.1:1", "203.0.113.1", "127.0.0.1"},
	} {
		_, e, err := build(Options{Engine: w.engine, Cases: w.cases, TrustProxy: c.trust, Proxies: c.proxies, Fonts: w.server.fonts})
		require.NoError(t, err)
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-For", c.header)
		r.Header.Set("X-Real-Ip", "192.0.2.1")
		require.Equal(t, c.want, e.NewContext(r, nil).RealIP(), c.name)
	}
}

// Each operation that takes a file looks into it: what is no file of the kind, what
// is too large, and what would grow when unpacked are refused, and nothing is kept.
func TestEveryUploadIsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.records(t)
	var grown bytes.Buffer
	z := zip.NewWriter(&grown)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		part, err := z.Create(name)
		require.NoError(t, err)
		for range 40 {
			_, err = part.Write(bytes.Repeat([]byte("<row><c>"), 1<<17)) // 1 MiB
			require.NoError(t, err)
		}
	}
	require.NoError(t, z.Close())
	evil := map[string]namedFile{
		"a page":             {"a.png", []byte("<!doctype html><script>alert(1)</script>")},
		"a page as workbook": {"a.xlsx", []byte("<!doctype html><script>alert(1)</script>")},
		"a picture of code":  {"a.svg", []byte("<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>")},
		"a program":          {"a.xlsx", append([]byte("MZ\x90\x00"), make([]byte, 512)...)},
		"a bomb":             {"a.xlsx", grown.Bytes()},
		"half a workbook":    {"a.xlsx", grown.Bytes()[:grown.Len()/2]},
	}
	takers := map[string]string{"attach": "cadre", "attachToFormRecord": "cadre", "importFormWorkbook": "cadre", "returnFormWorkbook": "cadre", "importProblems": "town", "returnProblems": "town",
		"previewDeptFile": "civil", "importDeptFile": "civil", "returnDeptFile": "civil", "importBoundaries": "county", "returnBoundaries": "county", "importLedger": "town", "returnLedger": "town"}
	fields := map[string]string{"attach": "screening_form", "attachToFormRecord": "signed"}
	files := func() (n int64) {
		require.NoError(t, w.store.DB.Model(&models.Attachment{}).Count(&n).Error)
		return n
	}
	before := files()
	for _, r := range w.server.ops.byRoute {
		if !takesFile(r) {
			continue
		}
		op := r.Operation.OperationID
		require.Contains(t, takers, op, "a new upload needs a line here")
		first := strings.Split(strings.TrimPrefix(r.Path, "/"), "/")[0]
		target := basePath + strings.Replace(r.Path, "{id}", ids[first], 1)
		send := func(f namedFile) *httptest.ResponseRecorder {
			body := workbookForm(t, f.content)
			body.bytes = bytes.Replace(body.bytes, []byte("问题清单.xlsx"), []byte(f.name), 1)
			if kind := fields[op]; kind != "" {
				body = upfile(t, kind, f.name, f.content)
			}
			if strings.HasPrefix(r.Path, "/dept-files") {
				body = deptUploadForm(t, f)
			}
			return w.do(t, call{name: op, user: takers[op], method: r.Method, url: target, body: body})
		}
		for name, f := range evil {
			rec := send(f)
			require.True(t, rec.Code >= 400 && rec.Code < 500, "%s of %s: %d %s", op, name, rec.Code, rec.Body)
			require.NotContains(t, []int{401, 403, 404}, rec.Code, "%s of %s was refused for another reason: %s", op, name, rec.Body)
		}
		// Files that are kept as they are, and outlines, which are text, are not unpacked.
		if !slices.Contains(plainFiles, op) && op != "importBoundaries" && op != "returnBoundaries" {
			for name, f := range map[string][]byte{"grows too large": declared(t, 3, 100<<20), "too many parts": declared(t, 2001, 1)} {
				rec := send(namedFile{"a.xlsx", f})
				require.True(t, rec.Code >= 400 && rec.Code < 500, "%s of %s: %d", op, name, rec.Code)
				require.Contains(t, rec.Body.String(), "解压后过大", "%s of what %s", op, name)
			}
		}
		limit := 64<<10 + maxBody
		require.Equal(t, 413, send(namedFile{"a.xlsx", make([]byte, limit+1)}).Code, op)
	}
	require.Equal(t, before, files())
}

// declared is a workbook of so many parts, each of which says how large it would be.
func declared(t testing.TB, parts int, size uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range parts {
		name := fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", i)
		if i < 2 {
			name = []string{"[Content_Types].xml", "xl/vbaProject.bin"}[i] // measured before anything else is looked at
		}
		_, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, CompressedSize64: 0, UncompressedSize64: size})
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func deptUploadForm(t testing.TB, f namedFile) *form {
	up := upfile(t, "dibao", f.name, f.content)
	// upfile writes the kind and the file; the day and the area go before them.
	boundary := up.bytes[:bytes.IndexByte(up.bytes, '\r')]
	var b bytes.Buffer
	for _, field := range [][2]string{{"region", county}, {"as_of", "2026-03-01"}} {
		fmt.Fprintf(&b, "%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", boundary, field[0], field[1])
	}
	b.Write(up.bytes)
	return &form{b.Bytes(), up.contentType}
}
