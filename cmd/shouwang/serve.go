package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/demo"
	"shouwang/internal/passrules"
	"shouwang/internal/stack"
	"shouwang/papers"
	"shouwang/web"
	"shouwang/worker"
)

// ServeOptions are the settings of a listening server.
type ServeOptions struct {
	Addr   string `env:"SHOUWANG_ADDR" default:"127.0.0.1:8080" help:"监听地址"`
	UIPort int    `env:"SHOUWANG_TEMPORAL_UI_PORT" default:"8233" help:"Temporal 网页界面的端口，0 不启动"`
	Seed   string `env:"SHOUWANG_SEED" enum:"auto,demo,none" default:"auto" help:"演示数据：auto 只在空的自带数据库中生成"`
	// SeedHouseholds makes a smaller township, as for a drill in which days pass in seconds.
	SeedHouseholds int    `env:"SHOUWANG_SEED_HOUSEHOLDS" name:"seed-households" default:"3000" help:"演示数据的户数，不少于 100"`
	Fonts          string `env:"SHOUWANG_FONTS" help:"本地字体目录（fangsong.ttf 等），用于 PDF 文书；默认用自带的开源字体"`
	// SecondFactor are the roles that must sign in with a second factor.
	SecondFactor string `env:"SHOUWANG_SECOND_FACTOR" default:"auto" help:"必须使用第二因素的岗位，逗号分隔；auto 在 production 中为管理员、县级和审计岗位，在 demo 中不要求；none 不要求"`
	OIDC
	Proxy bool `env:"SHOUWANG_TRUST_PROXY" help:"在可信代理之后：取 X-Forwarded-For，Cookie 只走 HTTPS"`
	// ProxyNets narrow down whose X-Forwarded-For counts.
	ProxyNets []string `env:"SHOUWANG_PROXY_NETS" name:"proxy-nets" help:"可信代理所在网段，如 10.1.2.0/24，逗号分隔；默认为各私有网段"`
	TLSCert   string   `env:"SHOUWANG_TLS_CERT" name:"tls-cert" help:"证书文件（PEM，含中间证书）；给出后以 HTTPS 服务，文件更换后自动使用新证书"`
	TLSKey    string   `env:"SHOUWANG_TLS_KEY" name:"tls-key" help:"证书的私钥文件（PEM）"`
	PerMinute int      `env:"SHOUWANG_PER_MINUTE" name:"per-minute" default:"30" help:"同一地址每分钟可登录的次数；其他请求的限额为其倍数"`
	PhoneDays int      `env:"SHOUWANG_PHONE_DAYS" name:"phone-days" default:"7" help:"手机联系不上服务器满多少天，即删去其上的离线资料"`
}

type (
	serveCmd  struct{ ServeOptions }
	apiCmd    struct{ ServeOptions }
	workerCmd struct{}
)

// app is a running server.
type app struct {
	cfg    *Config
	log    *slog.Logger
	engine *activities.Engine
	stack  *stack.Stack // nil with an outside Temporal
	client client.Client
	cases  *worker.Cases
}

// start connects everything, with a Temporal server of its own if none is given.
func start(ctx context.Context, cfg *Config, migrate bool, uiPort int) (*app, error) {
	a := &app{cfg: cfg, log: cfg.logger()}
	var err error
	if a.engine, err = cfg.open(ctx, migrate); err != nil {
		return nil, err
	}
	if err := cfg.guarded(ctx, a.engine.Store); err != nil {
		return nil, errors.Join(err, a.close())
	}
	address := cfg.Temporal
	if address == "" {
		if a.stack, err = a.startStack(ctx, uiPort); err != nil {
			return nil, errors.Join(err, a.close())
		}
		address = a.stack.Address
	}
	if a.client, err = worker.Dial(address, cfg.Namespace, a.log); err != nil {
		return nil, errors.Join(err, a.close())
	}
	a.cases = &worker.Cases{Client: a.client, Engine: a.engine, StartRate: cfg.StartRate}
	if a.cases.Post, err = a.post(); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *app) startStack(ctx context.Context, uiPort int) (*stack.Stack, error) {
	binary, err := stack.FindBinary()
	if err != nil {
		return nil, err
	}
	return stack.Start(ctx, stack.Options{
		Binary: binary, DB: a.temporalDB(), UIPort: a.free(uiPort), Namespace: a.cfg.Namespace,
		LogFile: filepath.Join(a.cfg.Data, "temporal.log"), Logger: a.log,
	})
}

// temporalDB is where the embedded Temporal keeps its data.
func (a *app) temporalDB() string {
	if a.cfg.TemporalDB != "" {
		return a.cfg.TemporalDB
	}
	return filepath.Join(a.cfg.Data, "temporal.db")
}

// free is the port if nobody listens there. Otherwise the web UI of Temporal,
// which the product does not need, is left out.
func (a *app) free(port int) int {
	if port == 0 {
		return 0
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		a.log.Warn("Temporal 网页界面的端口已被占用，不启动该界面", "port", port)
		return 0
	}
	_ = l.Close() // nothing was sent
	return port
}

// newCalendar recomputes the dates that had to be guessed because their year was
// not published, now that it may be, and wakes the cases whose dates have moved.
func (a *app) newCalendar(ctx context.Context) error {
	moved, err := a.engine.UseCalendar(ctx, a.engine.CalendarNow())
	return errors.Join(err, a.wake(ctx, moved))
}

// wake lets cases look at their clocks again.
func (a *app) wake(ctx context.Context, cases []string) error {
	for _, id := range cases {
		if err := a.cases.Nudge(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) close() error {
	var errs []error
	if a.client != nil {
		a.client.Close()
	}
	if a.stack != nil {
		errs = append(errs, a.stack.Stop())
	}
	if a.engine != nil {
		errs = append(errs, a.engine.Store.Close())
	}
	return errors.Join(errs...)
}

// Run serves everything from one process.
func (s serveCmd) Run(ctx context.Context, cfg *Config) error {
	return run(ctx, cfg, s.ServeOptions, true, true)
}

// Run serves pages and API only.
func (s apiCmd) Run(ctx context.Context, cfg *Config) error {
	return run(ctx, cfg, s.ServeOptions, true, false)
}

// Run works on cases only.
func (workerCmd) Run(ctx context.Context, cfg *Config) error {
	return run(ctx, cfg, ServeOptions{Seed: "none"}, false, true)
}

func run(ctx context.Context, cfg *Config, o ServeOptions, serve, work bool) (err error) {
	if cfg.Temporal == "" && !(serve && work) {
		return errors.New("单独运行 api 或 worker 时，请用 TEMPORAL_ADDRESS 指明共用的 Temporal")
	}
	if serve {
		if err := inTheClear(cfg.Profile, o); err != nil {
			return err
		}
	}
	began := time.Now()
	// Only the server that does everything changes the schema by itself.
	a, err := start(ctx, cfg, serve && work, o.UIPort)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	seeded, err := a.seed(ctx, o.Seed, o.SeedHouseholds)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		a.engine.Store.WatchKeys(ctx, func(err error) { a.log.Warn("data keys", "err", err) })
		return nil
	})
	var wake func(context.Context, []string) error
	if work {
		wake = a.wake
	}
	g.Go(func() error {
		a.engine.WatchCalendar(ctx, wake, func(err error) { a.log.Warn("calendar", "err", err) })
		return nil
	})
	if work {
		w := worker.New(a.client, a.engine)
		if err := w.Start(); err != nil {
			return err
		}
		defer w.Stop()
		defer a.cases.Drain()
		if seeded {
			if err := a.samples(ctx); err != nil {
				return err
			}
		}
		g.Go(func() error { a.cases.Repair(ctx, a.log); return nil })
		g.Go(func() error { return a.seal(ctx) })
		if err := a.cases.StartRounds(ctx); err != nil {
			return err
		}
		if err := a.newCalendar(ctx); err != nil {
			return err
		}
	}
	if serve {
		g.Go(func() error { return a.listen(ctx, o, began) })
	}
	return g.Wait()
}

// listen serves HTTP until ctx ends, then lets requests in flight finish.
func (a *app) listen(ctx context.Context, o ServeOptions, began time.Time) error {
	h, err := a.handler(ctx, o)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return err
	}
	srv, err := a.server(h, o)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	scheme := "http"
	if srv.TLSConfig != nil {
		scheme, l = "https", tls.NewListener(l, srv.TLSConfig)
	}
	a.welcome(ctx, scheme+"://"+l.Addr().String(), time.Since(began))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	fmt.Fprintln(os.Stderr, "正在停止……")
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	return srv.Shutdown(stopCtx)
}

func (a *app) handler(ctx context.Context, o ServeOptions) (http.Handler, error) {
	blobs := api.SealedBlobs{Dir: api.DirBlobs(filepath.Join(a.cfg.Data, "attachments")), Vault: a.engine.Store.Vault}
	_ = os.Rename(filepath.Join(a.cfg.Data, "exports"), blobs.Dir.Exports()) // where older versions kept them; mostly there are none
	fonts, err := papers.LoadFonts(o.Fonts)
	if err != nil {
		return nil, err
	}
	factor, err := secondFactorRoles(o.SecondFactor, a.cfg.Profile)
	if err != nil {
		return nil, err
	}
	o.OIDC.PublicURL = a.cfg.PublicURL
	provider, err := o.OIDC.provider()
	if err != nil {
		return nil, err
	}
	public, err := a.cfg.publicURL()
	if err != nil {
		return nil, err
	}
	proxies, err := networks(o.ProxyNets)
	if err != nil {
		return nil, err
	}
	sealer, err := a.cfg.sealer(ctx, a.engine.Store)
	if err != nil {
		return nil, err
	}
	mail, robots, err := a.cfg.notices()
	if err != nil {
		return nil, err
	}
	return api.New(api.Options{Sealer: sealer, Mail: mail, Robots: robots, Histories: a.histories, Engine: a.engine, OIDC: provider, PublicURL: public, Passwords: passrules.Named(a.cfg.PasswordProfile), SecondFactor: factor, Cases: a.cases, Blobs: blobs, Fonts: fonts, Web: web.Handler(), Log: a.log, Version: version, SecureCookies: o.Proxy || o.TLSCert != "", TrustProxy: o.Proxy, Proxies: proxies, PerMinute: o.PerMinute, PhoneDays: o.PhoneDays,
		ExportDir: blobs.Dir.Exports(), Background: ctx,
		Checks: map[string]func(context.Context) error{"temporal": a.temporalHealth}})
}

// histories replays the workflow histories of some cases, those that still run included.
func (a *app) histories(ctx context.Context, cases []string) (replayed, missing int, bad []activities.BadRecord, err error) {
	r := worker.Replays{Engine: a.engine, Jobs: jobs(0), Running: running(a.cases)}
	rep, err := r.Cases(ctx, cases)
	return rep.Replayed, rep.Missing, rep.Bad, err
}

func (a *app) temporalHealth(ctx context.Context) error {
	if _, err := a.client.CheckHealth(ctx, nil); err != nil {
		return api.HealthFault("temporal_unreachable")
	}
	return nil
}

func (a *app) welcome(ctx context.Context, address string, took time.Duration) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n  守望已启动（%.1f 秒）：%s\n", took.Seconds(), address)
	if a.stack != nil {
		fmt.Fprintf(&b, "  Temporal：%s\n", a.stack.Address)
	}
	if a.stack != nil && a.stack.UI != "" {
		fmt.Fprintf(&b, "  工作流界面：%s\n", a.stack.UI)
	}
	if d := a.engine.Clock.Drill; d.Rate != 0 {
		fmt.Fprintf(&b, "  演练时钟：快 %.0f 倍，现在是 %s\n", d.Rate, a.engine.Clock.Now().Format(time.DateTime))
	}
	if a.demoData(ctx) {
		fmt.Fprintf(&b, "\n  演示账号（密码均为 %s）：\n", demo.Password)
		for _, x := range demo.Accounts {
			fmt.Fprintf(&b, "    %-22s %s（%s，%s）\n", x.Login, x.Name, x.Role, x.Area)
		}
	}
	b.WriteString("\n  按 Ctrl-C 停止\n\n")
	fmt.Print(b.String())
}
