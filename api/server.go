package api

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/time/rate"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/notify"
	"shouwang/internal/passrules"
	"shouwang/internal/sealing"
	"shouwang/models"
	"shouwang/papers"
	"shouwang/procedure"
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
	// Checks are further parts whose state /health tells, by name; a HealthFault says what is wrong. The database
	// alone decides whether the server is available: without Temporal it still reads.
	Checks map[string]func(context.Context) error
	// Now is the real clock of sessions and locks, time.Now by default. Cases go
	// by the clock of the engine.
	Now func() time.Time
	// Passwords are the rules for new passwords, passrules.MLPS3 by default.
	Passwords passrules.Profile
	// SecondFactor are the roles that must sign in with a second factor.
	SecondFactor []procedure.Role
	// OIDC is the provider of identities that people may sign in with, none by default.
	OIDC OIDC
	// PublicURL is the address by which people reach this server, without the stroke at its end; the codes on public notices
	// lead there. "" prints none.
	PublicURL string
	// SecureCookies says that browsers come by HTTPS, as every address but localhost
	// needs: cookies never go without, and no other way is tried any more.
	SecureCookies bool
	// TrustProxy takes the caller's address from X-Forwarded-For, as set by a proxy
	// in one of Proxies; without any these are the private networks.
	TrustProxy bool
	Proxies    []*net.IPNet
	// Timeout bounds one request, 30 s by default; uploads have five minutes.
	Timeout time.Duration
	// MaxAttachment is the largest file in bytes, 20 MiB by default.
	MaxAttachment int64
	// PerMinute bounds sign-ins, anonymous objections and fetched calendars of one
	// address, and whole values shown to one account, each for itself, 30 by default. Other requests have multiples of it.
	PerMinute int
	// PhoneDays is how long a phone keeps offline data without having reached the server, 7 by default.
	PhoneDays int
	// ExportDir is the folder for exported lists, which are sealed; "" allows no exports. Several servers share it.
	ExportDir string
	// Sealer signs evidence packages and the checkpoint they are proved against; nil allows no packages.
	Sealer *sealing.Sealer
	// Histories replays the workflow histories of some cases; nil leaves them out of replays.
	Histories Histories
	// Mail is the mail server by which notices go out, nil for none; Robots knows the addresses of robots that may be spoken to.
	Mail   *notify.Mail
	Robots *notify.Robots
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
	passwords     passrules.Profile
	secondFactor  []procedure.Role
	oidc          *relyingParty // nil without a provider
	publicURL     string
	secureCookies bool
	maxAttachment int64
	timeout       time.Duration
	tellAfter     time.Duration // before an import says how far it is, and between two words about it
	tellEvery     time.Duration

	ops      *operations
	signIns  *middleware.RateLimiterMemoryStore
	publicRL *middleware.RateLimiterMemoryStore
	feeds    *middleware.RateLimiterMemoryStore
	limits   *limits
	reveals  *middleware.RateLimiterMemoryStore
	ghosts   ghosts
	refusals refusals
	areas    areas

	phoneDays  int
	exportDir  string
	exporting  chan struct{}
	bulks      chan struct{}
	sealer     *sealing.Sealer
	sealing    sync.Mutex
	replaying  sync.Mutex
	streams    streams
	waiting    atomic.Bool // a replay may wait that nobody has seen
	logFailed  atomic.Bool // the last entry of the access log could not be written
	histories  Histories
	mail       *notify.Mail
	robots     *notify.Robots
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
	if o.Background != nil {
		go s.tendReplays()
		go s.tendBulks()
		go s.placePeople()
	}
	web := o.Web
	if web == nil {
		web = http.NotFoundHandler()
	}
	return safe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api" && !isPublicPage(r.URL.Path) && !strings.HasPrefix(r.URL.Path, "/api/") {
			web.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodHead {
			// A HEAD is answered by the GET route; net/http drops the body.
			r = r.WithContext(r.Context())
			r.Method = http.MethodGet
		}
		e.ServeHTTP(w, r)
	}), o.SecureCookies), nil
}

func build(o Options) (*server, *echo.Echo, error) {
	spec, err := Spec()
	if err != nil {
		return nil, nil, err
	}
	s := &server{
		engine: o.Engine, cases: o.Cases, blobs: o.Blobs, fonts: o.Fonts, log: o.Log, version: o.Version, checks: o.Checks, now: o.Now,
		passwords: o.Passwords, secondFactor: o.SecondFactor,
		publicURL: strings.TrimSuffix(o.PublicURL, "/"), secureCookies: o.SecureCookies, maxAttachment: o.MaxAttachment, timeout: o.Timeout, tellAfter: tellAfter, tellEvery: tellEvery, ops: newOperations(spec),
		phoneDays: o.PhoneDays, exportDir: o.ExportDir, exporting: make(chan struct{}, exportsAtOnce), bulks: make(chan struct{}, bulksAtOnce), background: o.Background, sealer: o.Sealer, histories: o.Histories, mail: o.Mail, robots: o.Robots,
	}
	if s.robots == nil {
		s.robots = &notify.Robots{}
	}
	if s.passwords.Name == "" {
		s.passwords = passrules.MLPS3
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
	s.oidc = newRelyingParty(s.background, o.OIDC, s.now)
	if s.fonts == nil {
		if s.fonts, err = papers.LoadFonts(""); err != nil {
			return nil, nil, err
		}
	}
	if s.maxAttachment == 0 {
		s.maxAttachment = 20 << 20
	}
	if s.phoneDays == 0 {
		s.phoneDays = 7
	}
	perMinute := o.PerMinute
	if perMinute == 0 {
		perMinute = 30
	}
	s.signIns, s.publicRL, s.feeds, s.reveals = limiter(perMinute), limiter(perMinute), limiter(perMinute), limiter(perMinute)
	s.limits = newLimits(perMinute)
	if s.timeout == 0 {
		s.timeout = 30 * time.Second
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.fail
	e.IPExtractor = echo.ExtractIPDirect()
	if o.TrustProxy {
		e.IPExtractor = echo.ExtractIPFromXFFHeader(trusted(o.Proxies)...)
	}
	e.Use(numbered, recovered, s.caseTime, carry, s.bounded, s.limited, csrf, s.authenticate, s.paced, s.validate, s.told)
	gen.RegisterHandlersWithBaseURL(e, gen.NewStrictHandler(s, []gen.StrictMiddlewareFunc{s.noteRefused}), basePath)
	s.routePublicPages(e)
	return s, e, nil
}

// trusted are the networks whose word about the caller's address counts.
func trusted(proxies []*net.IPNet) (out []echo.TrustOption) {
	if len(proxies) > 0 {
		out = append(out, echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false))
	}
	for _, n := range proxies {
		out = append(out, echo.TrustIPRange(n))
	}
	return out
}

func limiter(perMinute int) *middleware.RateLimiterMemoryStore {
	return middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
		Rate: rate.Limit(float64(perMinute) / 60), Burst: perMinute, ExpiresIn: 10 * time.Minute,
	})
}

func (s *server) db(ctx context.Context) *gorm.DB { return s.engine.Store.DB.WithContext(ctx) }

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
		if goesOn(s.ops.of(c)) { // until its reader goes; see live.go
			_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Time{})
			return next(c)
		}
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

// requestID is "" for what no request has asked for, such as a command.
func requestID(ctx context.Context) string {
	c, ok := ctx.Value(echoKey{}).(echo.Context)
	if !ok {
		return ""
	}
	return c.Response().Header().Get(echo.HeaderXRequestID)
}

// Histories replays the workflow histories of some cases through the present code: how many were replayed, how many are
// not to be had, and which do not hold.
type Histories func(ctx context.Context, caseIDs []string) (replayed, missing int, bad []activities.BadRecord, err error)
