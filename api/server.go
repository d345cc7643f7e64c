package api

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/time/rate"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/papers"
)

// Cases drives cases: on Temporal in the product, directly on the engine in tests.
type Cases interface {
	Open(ctx context.Context, r activities.OpenRequest) (*models.Case, error)
	Fire(ctx context.Context, r activities.FireRequest) (activities.Reply, error)
	// Nudge lets a case look again whether something that waits for evidence or a
	// signature can go on now.
	Nudge(ctx context.Context, caseID string) error
}

// Options is what a server is made of. Zero values of the lower half mean the
// defaults that are named.
type Options struct {
	Engine *activities.Engine
	Cases  Cases
	Blobs  Blobs
	// Fonts are what papers are written with, the free ones by default.
	Fonts *papers.Fonts
	// Web answers everything outside /api; nil answers 404.
	Web http.Handler
	Log *slog.Logger

	Version string
	// Checks are further parts whose state /health tells, by name. The database
	// alone decides whether the server is available: without Temporal it still reads.
	Checks map[string]func(context.Context) error
	// Now is the real clock of sessions and locks, time.Now by default. Cases go
	// by the clock of the engine.
	Now func() time.Time
	// SecureCookies sets the Secure flag; every address but localhost needs it.
	SecureCookies bool
	// TrustProxy takes the caller's address from X-Forwarded-For, as set by a
	// proxy in a private network.
	TrustProxy bool
	// Timeout bounds one request, 30 s by default; uploads have five minutes.
	Timeout time.Duration
	// MaxAttachment is the largest file in bytes, 20 MiB by default.
	MaxAttachment int64
	// PerMinute bounds sign-ins, anonymous objections and fetched calendars of one
	// address, each for itself, 30 by default.
	PerMinute int
	// ExportDir is the folder for exported lists, which are sealed; "" allows no exports. Several servers share it.
	ExportDir string
	// Background ends with the server and is what exports are written under. Without it they are written, but not taken
	// up again after a restart and not cleared away.
	Background context.Context
}

type server struct {
	engine        *activities.Engine
	cases         Cases
	blobs         Blobs
	fonts         *papers.Fonts
	log           *slog.Logger
	version       string
	checks        map[string]func(context.Context) error
	now           func() time.Time
	secureCookies bool
	maxAttachment int64
	timeout       time.Duration

	ops      *operations
	signIns  *middleware.RateLimiterMemoryStore
	publicRL *middleware.RateLimiterMemoryStore
	feeds    *middleware.RateLimiterMemoryStore
	ghosts   ghosts
	areas    areas

	exportDir  string
	exporting  chan struct{}
	background context.Context
}

var _ gen.StrictServerInterface = (*server)(nil)

// New wires the whole server: the API below /api/v1 and the web application
// everywhere else. It fails only when the embedded specification cannot be read.
func New(o Options) (http.Handler, error) {
	s, e, err := build(o)
	if err != nil {
		return nil, err
	}
	if o.Background != nil && o.ExportDir != "" {
		go s.tendExports()
	}
	web := o.Web
	if web == nil {
		web = http.NotFoundHandler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api" && !strings.HasPrefix(r.URL.Path, "/api/") {
			web.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodHead {
			// A HEAD is answered by the GET route; net/http drops the body.
			r = r.WithContext(r.Context())
			r.Method = http.MethodGet
		}
		e.ServeHTTP(w, r)
	}), nil
}

func build(o Options) (*server, *echo.Echo, error) {
	spec, err := Spec()
	if err != nil {
		return nil, nil, err
	}
	s := &server{
		engine: o.Engine, cases: o.Cases, blobs: o.Blobs, fonts: o.Fonts, log: o.Log, version: o.Version, checks: o.Checks, now: o.Now,
		secureCookies: o.SecureCookies, maxAttachment: o.MaxAttachment, timeout: o.Timeout, ops: newOperations(spec),
		exportDir: o.ExportDir, exporting: make(chan struct{}, exportsAtOnce), background: o.Background,
	}
	if s.background == nil {
		s.background = context.Background()
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.fonts == nil {
		if s.fonts, err = papers.LoadFonts(""); err != nil {
			return nil, nil, err
		}
	}
	if s.maxAttachment == 0 {
		s.maxAttachment = 20 << 20
	}
	perMinute := o.PerMinute
	if perMinute == 0 {
		perMinute = 30
	}
	s.signIns, s.publicRL, s.feeds = limiter(perMinute), limiter(perMinute), limiter(perMinute)
	if s.timeout == 0 {
		s.timeout = 30 * time.Second
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.fail
	e.IPExtractor = echo.ExtractIPDirect()
	if o.TrustProxy {
		e.IPExtractor = echo.ExtractIPFromXFFHeader()
	}
	e.Use(numbered, recovered, headers, s.caseTime, carry, s.bounded, csrf, s.authenticate, s.validate)
	gen.RegisterHandlersWithBaseURL(e, gen.NewStrictHandler(s, nil), basePath)
	return s, e, nil
}

func limiter(perMinute int) *middleware.RateLimiterMemoryStore {
	return middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
		Rate: rate.Limit(float64(perMinute) / 60), Burst: perMinute, ExpiresIn: 10 * time.Minute,
	})
}

func (s *server) db(ctx context.Context) *gorm.DB { return s.engine.Store.DB.WithContext(ctx) }

// headers are those of every answer of the API: it is data, never a page.
func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set(echo.HeaderXContentTypeOptions, "nosniff")
		h.Set(echo.HeaderXFrameOptions, "DENY")
		h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'; sandbox")
		h.Set(echo.HeaderReferrerPolicy, "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set(echo.HeaderCacheControl, "no-store")
		return next(c)
	}
}

// caseTime tells the screen the time of the cases in a drill, where it runs ahead
// of the clock on the wall.
func (s *server) caseTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.engine.Clock.Drill.Rate != 0 {
			c.Response().Header().Set("X-Case-Time", s.engine.Clock.Now().Format(time.RFC3339))
		}
		return next(c)
	}
}

// numbered gives every request a number of our own: one that a caller chose would
// stand in logs that are kept for years.
func numbered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text())
		return next(c)
	}
}

// recovered turns a panic into a fault like any other.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch r := recover(); r {
			case nil:
			case http.ErrAbortHandler:
				panic(r)
			default:
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// uploadTime is how long a file may take over a poor line.
const uploadTime = 5 * time.Minute

// bounded ends a request that takes too long, the sending of its body included.
func (s *server) bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit := s.timeout
		if route := s.ops.of(c); route != nil && takesFile(route) {
			limit = max(limit, uploadTime)
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), limit)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		// Not every writer can; those of tests have no connection to bound.
		_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(limit))
		return next(c)
	}
}

type echoKey struct{}

// carry lets handlers, which get a context only, reach cookies and addresses.
func carry(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), echoKey{}, c)))
		return next(c)
	}
}

func echoOf(ctx context.Context) echo.Context { return ctx.Value(echoKey{}).(echo.Context) }

func requestID(ctx context.Context) string {
	return echoOf(ctx).Response().Header().Get(echo.HeaderXRequestID)
}
