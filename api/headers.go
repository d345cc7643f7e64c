package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// safeHeaders stand on every answer of the server: of the API, its files and
// refusals, and of the pages. The page of the application alone sets another policy
// for content, which lets it run its own scripts.
var safeHeaders = []struct{ name, value string }{
	{echo.HeaderXContentTypeOptions, "nosniff"},
	{echo.HeaderXFrameOptions, "DENY"},
	// Whatever is opened as a document runs nothing, loads nothing and has no origin.
	{echo.HeaderContentSecurityPolicy, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"},
	{echo.HeaderReferrerPolicy, "no-referrer"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	// Where a photograph was taken may be noted by who allows it (web/src/lib/place.ts); nothing else of the device is asked for.
	{"Permissions-Policy", "camera=(), microphone=(), geolocation=(self), payment=(), usb=()"},
	{echo.HeaderCacheControl, "no-store"},
}

// hsts tells browsers to come by HTTPS only for a year.
const hsts = "max-age=31536000; includeSubDomains"

// safe sets the headers before anything else answers.
func safe(next http.Handler, secure bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, h := range safeHeaders {
			w.Header().Set(h.name, h.value)
		}
		if secure {
			w.Header().Set(echo.HeaderStrictTransportSecurity, hsts)
		}
		next.ServeHTTP(w, r)
	})
}
