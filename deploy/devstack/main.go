// Command devstack runs a whole Temporal server, its database and its web UI in
// one process. It is the durable engine under `make run`, the tests and the
// benchmarks: the real server from its Go module, not an imitation.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// stopWithin bounds a clean stop. The store is transactional and made to
// survive a kill, so what has not stopped by then may be cut off.
const stopWithin = 4 * time.Second

// envDB is for a database URL with a password, which the process list would show.
const envDB = "DEVSTACK_DB"

// ready is the one line on standard output that tells the caller where to go.
type ready struct {
	Address   string `json:"address"`
	UI        string `json:"ui"`
	Namespace string `json:"namespace"`
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "devstack:", err)
		os.Exit(1)
	}
}

// run serves until a signal arrives or, with --die-with-parent, until the
// parent process is gone.
func run(args []string, stdout io.Writer) error {
	opts, dieWithParent, err := parseFlags(args)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // garbage collection is a fifth of the server's CPU at the default
	}
	if dieWithParent {
		exitWithParent()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	stack, err := start(ctx, opts)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(stdout).Encode(stack.ready); err != nil {
		stack.stop(stopWithin)
		return err
	}
	<-ctx.Done()
	stack.stop(stopWithin)
	return nil
}

func parseFlags(args []string) (options, bool, error) {
	var o options
	var dieWithParent bool
	fs := flag.NewFlagSet("devstack", flag.ContinueOnError)
	fs.StringVar(&o.DB, "db", cmp.Or(os.Getenv(envDB), "data/temporal.db"),
		"SQLite file, or a postgres:// URL (its visibility database is NAME_visibility); default also from $"+envDB)
	fs.StringVar(&o.IP, "ip", "127.0.0.1", "address to listen on")
	fs.IntVar(&o.Port, "port", 7233, "gRPC port; 0 picks a free one")
	fs.IntVar(&o.UIPort, "ui-port", 8233, "web UI port; 0 serves no UI")
	fs.StringVar(&o.Namespace, "namespace", "shouwang", "namespace to create and serve")
	fs.DurationVar(&o.Retention, "retention", 72*time.Hour, "how long closed workflows are kept, set when the namespace is created")
	fs.StringVar(&o.LogLevel, "log-level", "error", "debug, info, warn or error")
	fs.BoolVar(&o.SharedLimits, "shared-limits", false, "keep the rate limits of a shared cluster instead of raising them")
	fs.BoolVar(&dieWithParent, "die-with-parent", false, "exit as soon as the parent process is gone")
	if err := fs.Parse(args); err != nil {
		return o, false, err
	}
	if fs.NArg() > 0 {
		return o, false, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return o, dieWithParent, nil
}
