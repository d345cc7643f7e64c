package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
)

// options say what to serve and where; see the flags in main.go.
type options struct {
	DB, IP       string
	Port, UIPort int
	Namespace    string
	Retention    time.Duration
	LogLevel     string
	SharedLimits bool
}

// stack is one running server with its UI.
type stack struct {
	ready  ready
	server temporal.Server
	ui     *uiserver.Server
	lock   *fileLock
	logger log.Logger
}

// start prepares the store, starts every service and returns once the
// namespace answers over gRPC and the UI over TCP.
func start(ctx context.Context, o options) (_ *stack, err error) {
	if o.Port == 0 {
		o.Port = freePort()
	}
	// Asked for here, since the server and the UI end the process when their port is taken.
	for _, port := range []int{o.Port, o.UIPort} {
		if port != 0 {
			if err := waitPortFree(ctx, hostPort(o.IP, port)); err != nil {
				return nil, err
			}
		}
	}
	s := &stack{logger: log.NewZapLogger(log.BuildZapLogger(log.Config{Level: o.LogLevel}))}
	defer func() {
		if err != nil {
			s.stop(stopWithin)
		}
	}()
	store, err := openStore(ctx, o, s)
	if err != nil {
		return nil, err
	}
	if s.server, err = newServer(o, store, s.logger); err != nil {
		return nil, fmt.Errorf("configure server: %w", err)
	}
	if err := s.server.Start(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	s.ready = ready{Address: hostPort(o.IP, o.Port), Namespace: o.Namespace}
	if err := ensureNamespaceReady(ctx, s.ready.Address, o.Namespace); err != nil {
		return nil, err
	}
	if o.UIPort != 0 {
		if err := s.startUI(ctx, o); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// startUI serves the web UI, read only: a case is driven by the product, and a
// workflow terminated here by hand would leave its case behind.
func (s *stack) startUI(ctx context.Context, o options) error {
	s.ui = uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host:                o.IP,
		Port:                o.UIPort,
		TemporalGRPCAddress: s.ready.Address,
		DefaultNamespace:    o.Namespace,
		EnableUI:            true,
		CORS:                uiconfig.CORS{CookieInsecure: true},
		HideLogs:            true,
		DisableNewsFetch:    true,
		DisableWriteActions: true,
	}))
	go func() { _ = s.ui.Start() }()
	addr := hostPort(o.IP, o.UIPort)
	if err := poll(ctx, 10*time.Second, func() error {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			err = c.Close()
		}
		return err
	}); err != nil {
		return fmt.Errorf("web UI on %s: %w", addr, err)
	}
	s.ready.UI = "http://" + addr
	return nil
}

// stop ends the UI and all services, waiting at most within for them.
func (s *stack) stop(within time.Duration) {
	if s.ui != nil {
		s.ui.Stop()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s.server != nil {
			if err := s.server.Stop(); err != nil {
				s.logger.Error("stop: " + err.Error())
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(within):
		s.logger.Warn("services did not stop in time; leaving them")
	}
	s.lock.release()
}

// poll calls try every 20 ms until it succeeds, ctx ends or the time is up; it
// then returns the last failure.
func poll(ctx context.Context, within time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// waitPortFree waits a little for a port that a server just stopped may still hold.
func waitPortFree(ctx context.Context, addr string) error {
	return poll(ctx, 5*time.Second, func() error {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		return l.Close()
	})
}

func hostPort(ip string, port int) string { return net.JoinHostPort(ip, strconv.Itoa(port)) }
