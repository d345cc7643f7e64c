// Package stack runs the embedded Temporal server as a child process: it finds
// the launcher, starts it, keeps it running, and ends it. The launcher is its
// own program because the server's dependencies are not to be the product's.
package stack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// ErrStopped is returned by Restart and Kill once Stop was called.
var ErrStopped = errors.New("the embedded Temporal server was stopped")

const (
	startWithin = 60 * time.Second
	stopWithin  = 7 * time.Second // the launcher itself gives its services 4 s
	backOffMin  = 200 * time.Millisecond
	backOffMax  = 10 * time.Second
)

// Options say what to run. Only DB is required.
type Options struct {
	// Binary is the launcher; found by FindBinary if empty.
	Binary string
	// DB is a SQLite file, or a postgres:// URL, which only the own launcher takes.
	DB string
	// Port of the gRPC endpoint on 127.0.0.1; 0 picks a free one, kept over restarts.
	Port int
	// UIPort of the web UI; 0 serves none.
	UIPort int
	// Namespace to create; "shouwang" if empty.
	Namespace string
	// SharedLimits keeps the rate limits of a shared cluster, which the own launcher
	// raises otherwise.
	SharedLimits bool
	// LogFile receives what the server logs, appended; empty discards it.
	LogFile string
	// Logger is told when the server ends by itself; slog.Default() if nil.
	Logger *slog.Logger
}

// Stack is an embedded Temporal server. Its methods may be called from any goroutine.
type Stack struct {
	// Address is the host:port of the gRPC endpoint, the same over restarts.
	Address string
	// UI is the URL of the web UI, empty if there is none.
	UI string
	// Namespace is the one created at start.
	Namespace string

	opts   Options
	log    *slog.Logger
	ctx    context.Context // ended by Stop
	cancel context.CancelFunc

	mu   sync.Mutex
	proc *process // nil while the server is down on purpose
}

// Start runs the server and returns once its namespace answers. If the server
// ends by itself afterwards it is started again, until Stop. ctx bounds only
// the start.
func Start(ctx context.Context, opts Options) (*Stack, error) {
	s, err := newStack(opts)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.launch(ctx); err != nil {
		s.cancel()
		return nil, err
	}
	return s, nil
}

func newStack(opts Options) (*Stack, error) {
	var err error
	if opts.Binary == "" {
		if opts.Binary, err = FindBinary(); err != nil {
			return nil, err
		}
	}
	if opts.DB == "" {
		return nil, errors.New("embedded Temporal: no database given")
	}
	if opts.Namespace == "" {
		opts.Namespace = "shouwang"
	}
	if opts.Port == 0 {
		if opts.Port, err = freePort(); err != nil {
			return nil, err
		}
	}
	s := &Stack{Address: address(opts.Port), Namespace: opts.Namespace, opts: opts, log: opts.Logger}
	if opts.UIPort != 0 {
		s.UI = "http://" + address(opts.UIPort)
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Stop ends the server in order, and for good.
func (s *Stack) Stop() error {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(syscall.SIGTERM)
}

// Kill ends the server as a crash would (SIGKILL) and leaves it down until
// Restart, for fault tests.
func (s *Stack) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return ErrStopped
	}
	return s.end(syscall.SIGKILL)
}

// Restart stops the server if it runs and starts it on the same address and
// data; it returns once the server answers.
func (s *Stack) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return ErrStopped
	}
	if err := s.end(syscall.SIGTERM); err != nil {
		return err
	}
	return s.launch(ctx)
}

// PID is the id of the server process, 0 while it is down.
func (s *Stack) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil {
		return 0
	}
	return s.proc.cmd.Process.Pid
}

// launch starts the process and its watch; s.mu is held.
func (s *Stack) launch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	stop := context.AfterFunc(s.ctx, cancel)
	defer stop()
	p, err := startProcess(ctx, s.opts)
	if err != nil {
		return fmt.Errorf("start embedded Temporal: %w", err)
	}
	s.proc = p
	go s.watch(p)
	return nil
}

// end stops the process on purpose, so that the watch lets it go; s.mu is held.
func (s *Stack) end(how syscall.Signal) error {
	p := s.proc
	s.proc = nil
	if p == nil {
		return nil
	}
	return p.stop(how, stopWithin)
}

// watch waits for the process to end and, unless that was on purpose, starts a
// new one, waiting longer after each failure.
func (s *Stack) watch(p *process) {
	<-p.ended
	for wait := backOffMin; ; wait = min(2*wait, backOffMax) {
		s.mu.Lock()
		if s.proc != p || s.ctx.Err() != nil {
			s.mu.Unlock()
			return
		}
		s.log.Warn("embedded Temporal server ended by itself; starting it again",
			"cause", p.describeEnd(), "wait", wait.String())
		s.mu.Unlock()
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(wait):
		}
		if s.replace(p) {
			return
		}
	}
}

// replace starts a process in the place of the ended one; done is also true
// if meanwhile somebody stopped or restarted the server on purpose.
func (s *Stack) replace(p *process) (done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != p || s.ctx.Err() != nil {
		return true
	}
	if err := s.launch(s.ctx); err != nil {
		s.log.Error("embedded Temporal server does not start", "error", err)
		return false
	}
	s.log.Info("embedded Temporal server runs again", "address", s.Address)
	return true
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePort picks a port that nobody listens on. It lies below those that systems give to outgoing connections (32768 and up): one
// of these could take it before the server listens on it.
func freePort() (port int, err error) {
	for range 100 {
		var n *big.Int
		if n, err = rand.Int(rand.Reader, big.NewInt(12000)); err != nil {
			return 0, err
		}
		port = 20000 + int(n.Int64())
		var l net.Listener
		if l, err = net.Listen("tcp", address(port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}
