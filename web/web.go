// Package web carries the built staff application inside the binary and serves
// it: assets with a year's cache, the page itself never cached and with a fresh
// nonce for its content security policy.
package web

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// noncePlaceholder stands in the built page where the nonce belongs.
const noncePlaceholder = "__CSP_NONCE__"

// phoneHome is where the phone's own page lives with everything below it: the scope of its service worker ends in a stroke,
// or /messages would be in it too.
const phoneHome = "/m/"

// pdfWorker begins the name of the script that reads the PDFs which the page shows, apart from the page.
const pdfWorker = "assets/pdf.worker"

// phoneWorker is the service worker of the phone's page.
const phoneWorker = "m/sw.js"

// Handler serves the application. Paths under /assets/ and other built files are
// files; every other path gives the page, whose own router reads it, below /m/ that
// of the phone. /api paths are never answered here but with 404. Only GET and HEAD.
func Handler() http.Handler {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded above; a missing one does not compile
	}
	return newHandler(built)
}

type handler struct {
	files fs.FS
	page  []byte // nil when the application has not been built
	phone []byte // likewise
}

func newHandler(files fs.FS) http.Handler {
	return &handler{files: files, page: pageOf(files, "index.html"), phone: pageOf(files, "m.html")}
}

func pageOf(files fs.FS, name string) []byte {
	page, err := fs.ReadFile(files, name)
	if err != nil {
		return nil
	}
	return page
}

// isPage knows the built pages: they are not files, since a nonce goes into them.
func isPage(name string) bool { return name == "index.html" || name == "m.html" }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "此地址只能读取", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	switch {
	case name == "api" || strings.HasPrefix(name, "api/"):
		http.Error(w, "没有这个接口", http.StatusNotFound)
	case r.URL.Path == strings.TrimSuffix(phoneHome, "/"):
		http.Redirect(w, r, phoneHome, http.StatusFound)
	case !isPage(name) && h.serveFile(w, r, name):
	case strings.HasPrefix(name, "assets/"):
		// A page that answered for a missing script would hide an old cache.
		http.Error(w, "文件不存在，请刷新页面", http.StatusNotFound)
	case h.page == nil:
		serveNotBuilt(w, r)
	case h.phone != nil && strings.HasPrefix(name+"/", strings.TrimPrefix(phoneHome, "/")):
		servePage(w, r, h.phone)
	default:
		servePage(w, r, h.page)
	}
}

// serveFile answers with a built file, compressed when the caller takes that.
func (h *handler) serveFile(w http.ResponseWriter, r *http.Request, name string) bool {
	if strings.HasPrefix(name, ".") || strings.Contains(name, "/.") || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") {
		return false
	}
	body, err := fs.ReadFile(h.files, name)
	if err != nil {
		return false
	}
	head := w.Header()
	head.Set("Content-Type", contentType(name))
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "public, max-age=3600")
	if strings.HasPrefix(name, "assets/") {
		// Names in assets/ carry a hash of the content.
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if name == phoneWorker {
		// It decides what the phone shows without a network: never an old one, and it may fetch its files, from here alone.
		head.Set("Cache-Control", "no-cache")
		head.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'")
	}
	if strings.HasPrefix(name, pdfWorker) {
		// What it reads was made by others. It gets the bytes from the page and fetches nothing but decoders of our own.
		head.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'")
	}
	if packed, encoding := h.packed(name, r.Header.Get("Accept-Encoding")); encoding != "" {
		body = packed
		head.Set("Content-Encoding", encoding)
	}
	head.Set("Vary", "Accept-Encoding")
	send(w, r, body)
	return true
}

// packed returns the compressed copy of a file that the caller accepts, if there
// is one.
func (h *handler) packed(name, accept string) ([]byte, string) {
	for _, c := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(accept, c.encoding) {
			continue
		}
		if body, err := fs.ReadFile(h.files, name+c.suffix); err == nil {
			return body, c.encoding
		}
	}
	return nil, ""
}

// accepts reports whether an Accept-Encoding header names the encoding without
// refusing it by q=0.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !found || (err == nil && weight > 0)
	}
	return false
}

func servePage(w http.ResponseWriter, r *http.Request, page []byte) {
	nonce := newNonce()
	pageHeaders(w.Header(), nonce)
	send(w, r, bytes.ReplaceAll(page, []byte(noncePlaceholder), []byte(nonce)))
}

func pageHeaders(head http.Header, nonce string) {
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-cache")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'self'",
		"script-src 'self' 'nonce-" + nonce + "'",
		"style-src 'self' 'nonce-" + nonce + "'",
		"img-src 'self' data: blob:",
		"connect-src 'self'",
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	}, "; "))
}

func newNonce() string {
	var raw [16]byte
	rand.Read(raw[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func send(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the caller has gone; there is nobody to tell
	}
}
