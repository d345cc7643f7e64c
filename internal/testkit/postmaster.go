package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// How PostgreSQL understands signals to its main process.
const (
	fastShutdown      = syscall.SIGINT
	immediateShutdown = syscall.SIGQUIT
)

// postmaster is one running server process.
type postmaster struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func (p *postmaster) stop(how os.Signal) error {
	_ = p.cmd.Process.Signal(how)
	select {
	case <-p.ended:
		return nil
	case <-time.After(30 * time.Second):
		return fmt.Errorf("PostgreSQL did not stop on %v", how)
	}
}

// findBinaries returns the folder with initdb and postgres: from PATH, or
// where Debian keeps them, the newest version first.
func findBinaries() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			return filepath.Dir(p), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	best, version := "", 0
	for _, f := range found {
		dir := filepath.Dir(f)
		if v, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))); v > version {
			best, version = dir, v
		}
	}
	if best == "" {
		return "", fmt.Errorf("no PostgreSQL server programs (initdb, postgres) on this machine")
	}
	return best, nil
}

// startCluster makes the files of a new server in a temporary folder and
// starts it. Everything is gone when this process ends, also by a kill.
func startCluster(bin string, settings ...string) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "shouwang-postgres-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, dir: dir, settings: settings}
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	if err := giveAway(dir); err != nil {
		return nil, err
	}
	if err := c.guard(); err != nil {
		return nil, err
	}
	initdb := c.command("initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return c, c.start()
}

func (c *Cluster) data() string    { return filepath.Join(c.dir, "data") }
func (c *Cluster) logFile() string { return filepath.Join(c.dir, "log") }

// start runs the server with its defaults, fsync included, so that what a test
// sees of commits and recovery is what production does, but for the settings given.
func (c *Cluster) start() error {
	log, err := os.OpenFile(c.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := c.command("postgres", "-D", c.data(), "-p", strconv.Itoa(c.port), "-k", c.dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200")
	for _, setting := range c.settings {
		cmd.Args = append(cmd.Args, "-c", setting)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &postmaster{cmd: cmd, ended: make(chan struct{})}
	go func() { _ = cmd.Wait(); close(p.ended) }()
	if err := waitAnswering(c.DSN(), p.ended); err != nil {
		return fmt.Errorf("start PostgreSQL: %w\n%s", err, tail(c.logFile()))
	}
	c.server = p
	return nil
}

func (c *Cluster) remove() {
	_ = c.server.stop(immediateShutdown)
	_ = os.RemoveAll(c.dir)
}

// guard starts a watchdog that holds the reading end of a pipe: when this
// process ends, the pipe closes, and it ends the server and removes the files.
// It outlives this process by design and so must not share its terminal signals
// or its output.
func (c *Cluster) guard() error {
	const script = `read -r _
pid=$(head -n 1 data/postmaster.pid 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  n=0; while kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
fi
cd / && rm -rf "$1"`
	cmd := exec.Command("/bin/sh", "-c", script, "watchdog", c.dir)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := cmd.StdinPipe(); err != nil { // closed by the end of this process
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

// command runs a PostgreSQL program in the cluster's folder, in a process group
// of its own, and not as root, which PostgreSQL refuses.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if uid, gid, ok := unprivileged(); ok {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return cmd
}

// giveAway makes the unprivileged user the owner of the folder when this process is root.
func giveAway(dir string) error {
	if uid, gid, ok := unprivileged(); ok {
		return os.Chown(dir, int(uid), int(gid))
	}
	return nil
}

// unprivileged is the user to run PostgreSQL as; ok is false when this process
// is not root and simply runs it as itself.
func unprivileged() (uid, gid uint32, ok bool) {
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			id, _ := strconv.ParseUint(u.Uid, 10, 32)
			group, _ := strconv.ParseUint(u.Gid, 10, 32)
			return uint32(id), uint32(group), true
		}
	}
	return 0, 0, false
}
