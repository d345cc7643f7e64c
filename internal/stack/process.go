package stack

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one run of the server program.
type process struct {
	cmd   *exec.Cmd
	log   *logTail
	ended chan struct{} // closed when the process is gone and reaped
	err   error         // how it ended; read after ended
}

// startProcess runs the program and returns when it is ready. The child is in
// a process group of its own, so that Ctrl-C reaches the parent alone, which
// stops its workers first.
func startProcess(ctx context.Context, opts Options) (*process, error) {
	cmd, err := command(opts)
	if err != nil {
		return nil, err
	}
	log, err := newLogTail(opts.LogFile)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log, ended: make(chan struct{})}
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe() // its end tells the launcher that this process is gone
	if err != nil {
		return nil, err
	}
	stdout, stdoutWriter, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = stdoutWriter
	err = cmd.Start()
	_ = stdoutWriter.Close()
	if err != nil {
		_, _ = stdin.Close(), stdout.Close()
		return nil, errors.Join(err, log.Close())
	}
	line := make(chan struct{})
	go func() {
		defer stdout.Close()
		r := bufio.NewReader(stdout)
		if _, err := r.ReadString('\n'); err == nil {
			close(line)
		}
		_, _ = io.Copy(io.Discard, r)
	}()
	go func() {
		p.err = cmd.Wait()
		_ = log.Close()
		close(p.ended)
	}()
	return p, p.waitReady(ctx, opts, line)
}

// waitReady waits for the launcher's line on standard output, or, with the
// Temporal CLI, which prints many, for the health check. A process that does
// not get ready is ended.
func (p *process) waitReady(ctx context.Context, opts Options, line <-chan struct{}) error {
	ready := line
	if isCLI(opts.Binary) {
		ready = healthy(ctx, address(opts.Port))
	}
	select {
	case <-ready:
		return nil
	case <-p.ended:
		return errors.New(p.describeEnd())
	case <-ctx.Done():
		_ = p.stop(syscall.SIGKILL, stopWithin)
		return fmt.Errorf("not ready: %w\n%s", ctx.Err(), p.log.tail())
	}
}

// stop sends the signal, then SIGKILL after the time given.
func (p *process) stop(how syscall.Signal, within time.Duration) error {
	for _, signal := range []syscall.Signal{how, syscall.SIGKILL} {
		_ = p.cmd.Process.Signal(signal)
		select {
		case <-p.ended:
			return nil
		case <-time.After(within):
		}
	}
	return fmt.Errorf("embedded Temporal (process %d) does not end", p.cmd.Process.Pid)
}

// describeEnd says how an ended process ended, with the last it logged.
func (p *process) describeEnd() string {
	how := "exit status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	return strings.TrimSpace(how + "\n" + p.log.tail())
}

// logTail passes a log on to a file and keeps its end for error messages.
type logTail struct {
	mu   sync.Mutex
	file *os.File // nil discards
	end  []byte
}

// So much of a log is kept, and so much of each line told: behind what went wrong a line holds a trace as long as all else.
const (
	tailBytes = 64 << 10
	tailLines = 8
	lineBytes = 600
)

func newLogTail(path string) (*logTail, error) {
	if path == "" {
		return &logTail{}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &logTail{file: f}, nil
}

// Write implements io.Writer. It never fails: a full disk must not end the
// server whose log this is.
func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end = append(l.end, b...)
	l.end = l.end[max(0, len(l.end)-tailBytes):]
	if l.file != nil {
		_, _ = l.file.Write(b)
	}
	return len(b), nil
}

// Close closes the file.
func (l *logTail) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

func (l *logTail) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(l.end)), "\n")
	lines = lines[max(0, len(lines)-tailLines):]
	for i, line := range lines {
		if len(line) > lineBytes {
			lines[i] = strings.ToValidUTF8(line[:lineBytes], "") + "…"
		}
	}
	return strings.Join(lines, "\n")
}
