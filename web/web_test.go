package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

var built = fstest.MapFS{
	".gitkeep":                    {},
	".git/config":                 {Data: []byte(`kept apart`)},
	"index.html":                  {Data: []byte(`<html><meta property="csp-nonce" nonce="__CSP_NONCE__"><script nonce="__CSP_NONCE__" src="/assets/a-1.js"></script></html>`)},
	"favicon.svg":                 {Data: []byte(`<svg/>`)},
	"m.html":                      {Data: []byte(`<html><title>phone</title><script nonce="__CSP_NONCE__" src="/assets/a-1.js"></script></html>`)},
	"m/sw.js":                     {Data: []byte(`worker`)},
	"m/app.webmanifest":           {Data: []byte(`{"scope":"/m/"}`)},
	"assets/a-1.js":               {Data: []byte(`plain`)},
	"assets/a-1.js.br":            {Data: []byte(`brotli`)},
	"assets/a-1.js.gz":            {Data: []byte(`gzipped`)},
	"assets/only-plain-2.js":      {Data: []byte(`plain two`)},
	"assets/pdf.worker.min-3.mjs": {Data: []byte(`reads`)},
}

func get(t *testing.T, h http.Handler, method, target, accept string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	if accept != "" {
		r.Header.Set("Accept-Encoding", accept)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func TestServe(t *testing.T) {
	t.Parallel()
	const immutable = "public, max-age=31536000, immutable"
	for _, c := range []struct {
		name, method, target, accept string
		status                       int
		cache, encoding, body, notIn string
	}{
		{name: "asset plain", target: "/assets/a-1.js", status: 200, cache: immutable, body: "plain"},
		{name: "asset brotli first", target: "/assets/a-1.js", accept: "gzip, br", status: 200, cache: immutable, encoding: "br", body: "brotli"},
		{name: "asset gzip", target: "/assets/a-1.js", accept: "gzip;q=0.5, deflate", status: 200, cache: immutable, encoding: "gzip", body: "gzipped"},
		{name: "refused by weight", target: "/assets/a-1.js", accept: "br;q=0, gzip; q=0.0", status: 200, cache: immutable, body: "plain"},
		{name: "no compressed copy", target: "/assets/only-plain-2.js", accept: "br, gzip", status: 200, cache: immutable, body: "plain two"},
		{name: "compressed copy is no address", target: "/assets/a-1.js.gz", status: 404},
		{name: "missing asset is not the page", target: "/assets/old-9.js", status: 404, notIn: "<html>"},
		{name: "other file", target: "/favicon.svg", status: 200, cache: "public, max-age=3600", body: "<svg/>"},
		{name: "a folder is not listed", target: "/assets/", status: 200, cache: "no-cache", body: "<html>", notIn: "only-plain"},
		{name: "nor without a stroke", target: "/assets", status: 200, cache: "no-cache", body: "<html>", notIn: "only-plain"},
		{name: "no history of the source", target: "/.git/config", status: 200, cache: "no-cache", body: "<html>", notIn: "kept apart"},
		{name: "hidden file gives the page", target: "/.gitkeep", status: 200, cache: "no-cache", body: "<html>"},
		{name: "page", target: "/", status: 200, cache: "no-cache", body: "<html>", notIn: noncePlaceholder},
		{name: "page by name", target: "/index.html", status: 200, cache: "no-cache", body: "<html>", notIn: noncePlaceholder},
		{name: "route of the page", target: "/cases/01J", status: 200, cache: "no-cache", body: "<html>"},
		{name: "page of the phone", target: "/m/", status: 200, cache: "no-cache", body: "phone", notIn: noncePlaceholder},
		{name: "route of the phone", target: "/m/households/01J", status: 200, cache: "no-cache", body: "phone", notIn: noncePlaceholder},
		{name: "page of the phone by name", target: "/m.html", status: 200, cache: "no-cache", notIn: "phone"},
		{name: "messages are the desk's", target: "/messages", status: 200, cache: "no-cache", body: "<html>", notIn: "phone"},
		{name: "worker", target: "/m/sw.js", status: 200, cache: "no-cache", body: "worker"},
		{name: "reader of PDFs", target: "/assets/pdf.worker.min-3.mjs", status: 200, cache: immutable, body: "reads"},
		{name: "manifest", target: "/m/app.webmanifest", status: 200, cache: "public, max-age=3600", body: "scope"},
		{name: "climbing out", target: "/../web.go", status: 200, cache: "no-cache", notIn: "package"},
		{name: "api is not the page", target: "/api/v1/nothing", status: 404, notIn: "<html>"},
		{name: "api by a detour", target: "/x/../api/v1/nothing", status: 404, notIn: "<html>"},
		{name: "apiary is a route", target: "/apiary", status: 200, cache: "no-cache", body: "<html>"},
		{name: "head", method: http.MethodHead, target: "/assets/a-1.js", status: 200, cache: immutable},
		{name: "post", method: http.MethodPost, target: "/", status: 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			method := c.method
			if method == "" {
				method = http.MethodGet
			}
			res, body := get(t, newHandler(built), method, c.target, c.accept)
			require.Equal(t, c.status, res.StatusCode)
			require.Equal(t, c.encoding, res.Header.Get("Content-Encoding"))
			if c.cache != "" {
				require.Equal(t, c.cache, res.Header.Get("Cache-Control"))
			}
			require.Contains(t, body, c.body)
			if c.notIn != "" {
				require.NotContains(t, body, c.notIn)
			}
			if method == http.MethodHead {
				require.Empty(t, body)
			}
		})
	}
}

var nonceInPage = regexp.MustCompile(`nonce="([A-Za-z0-9_-]{22})"`)

func TestNonce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 3 {
		res, body := get(t, newHandler(built), http.MethodGet, "/", "")
		found := nonceInPage.FindAllStringSubmatch(body, -1)
		require.Len(t, found, 2)
		require.Equal(t, found[0][1], found[1][1])
		policy := res.Header.Get("Content-Security-Policy")
		require.Contains(t, policy, "script-src 'self' 'nonce-"+found[0][1]+"'")
		require.NotContains(t, policy, "unsafe")
		for _, nothing := range []string{"object-src", "base-uri", "frame-ancestors"} {
			require.Contains(t, policy, nothing+" 'none'")
		}
		require.False(t, seen[found[0][1]], "a nonce was used twice")
		seen[found[0][1]] = true
	}
}

// The scope of the worker is /m/, so that the page is there too; and it may fetch from here, which the policy of other
// files forbids.
func TestPhone(t *testing.T) {
	t.Parallel()
	h := newHandler(built)
	res, _ := get(t, h, http.MethodGet, "/m", "")
	require.Equal(t, http.StatusFound, res.StatusCode)
	require.Equal(t, "/m/", res.Header.Get("Location"))
	res, _ = get(t, h, http.MethodGet, "/m/sw.js", "")
	require.Equal(t, "text/javascript; charset=utf-8", res.Header.Get("Content-Type"))
	require.Equal(t, "default-src 'none'; connect-src 'self'", res.Header.Get("Content-Security-Policy"))
	res, _ = get(t, h, http.MethodGet, "/m/app.webmanifest", "")
	require.Equal(t, "application/manifest+json", res.Header.Get("Content-Type"))
	res, page := get(t, h, http.MethodGet, "/m/", "")
	require.Contains(t, res.Header.Get("Content-Security-Policy"), "script-src 'self' 'nonce-"+nonceInPage.FindStringSubmatch(page)[1]+"'")
}

// The script that reads PDFs may load decoders from here, and send nothing anywhere; no other file gets a policy of its own.
func TestReaderOfPDFs(t *testing.T) {
	t.Parallel()
	h := newHandler(built)
	res, _ := get(t, h, http.MethodGet, "/assets/pdf.worker.min-3.mjs", "")
	require.Equal(t, "text/javascript; charset=utf-8", res.Header.Get("Content-Type"))
	require.Equal(t, "default-src 'none'; script-src 'self'", res.Header.Get("Content-Security-Policy"))
	res, _ = get(t, h, http.MethodGet, "/assets/a-1.js", "")
	require.Empty(t, res.Header.Get("Content-Security-Policy"))
}

func TestNotBuilt(t *testing.T) {
	t.Parallel()
	h := newHandler(fstest.MapFS{".gitkeep": {}})
	res, body := get(t, h, http.MethodGet, "/inbox", "br")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, body, "npm run build")
	require.True(t, strings.HasPrefix(res.Header.Get("Content-Type"), "text/html"))
	res, _ = get(t, h, http.MethodGet, "/api/v1/x", "")
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}

// inline finds what a policy without inline code would stop: scripts and handlers in
// the page itself, styles without the nonce, addresses that run.
var inline = regexp.MustCompile(`(?is)<script(?:[^>]*)>[^<]+</script>|<script(?:\s+(?:type|nonce|crossorigin)(?:="[^"]*")?)*\s*>|\son[a-z]+\s*=|\sstyle\s*=|<style(?:\s*)>|(?:javascript|data):|<(?:iframe|object|embed|base|form)\b`)

func TestPageHasNothingInline(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`<script>alert(1)</script>`, `<script type="module" nonce="x">a()</script>`, `<p onclick="x()">`, `<p style="color:red">`, `<style>p{}</style>`, `<a href="javascript:x()">`, `<iframe src="x">`, `<base href="//x">`} {
		require.Regexp(t, inline, bad)
	}
	for file, address := range map[string]string{"index.html": "/", "m.html": "/m/"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotRegexp(t, inline, string(source))
		_, page := get(t, Handler(), http.MethodGet, address, "") // as built, or the page that says that it is not
		require.NotRegexp(t, inline, page)
		require.NotContains(t, page, "https://")
		require.NotContains(t, page, "http://")
	}
	require.NotRegexp(t, inline, notBuiltPage)
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	res, _ := get(t, Handler(), http.MethodGet, "/", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
}
