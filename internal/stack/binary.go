package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

const (
	launcher = "devstack"
	cli      = "temporal"
	// envBinary names the launcher outright.
	envBinary = "SHOUWANG_DEVSTACK"
	// envDB hands the launcher its database where the process list does not show it.
	envDB = "DEVSTACK_DB"
)

// ErrNoBinary is returned by FindBinary if there is nothing to run.
var ErrNoBinary = errors.New("no embedded Temporal server: build it with `make bin/devstack`, name it in $" +
	envBinary + ", or use an outside server with TEMPORAL_ADDRESS")

// FindBinary looks for the launcher: named by $SHOUWANG_DEVSTACK, beside the
// running program, in bin/ of the working folder or one above it (as in tests);
// else for the Temporal CLI on PATH. A name that does not exist is an error.
func FindBinary() (string, error) {
	if named := os.Getenv(envBinary); named != "" {
		if !isFile(named) {
			return "", fmt.Errorf("$%s: %s is not a file", envBinary, named)
		}
		return named, nil
	}
	for _, candidate := range candidates() {
		if isFile(candidate) {
			return candidate, nil
		}
	}
	if path, err := exec.LookPath(cli); err == nil {
		return path, nil
	}
	return "", ErrNoBinary
}

func candidates() []string {
	var list []string
	if self, err := os.Executable(); err == nil {
		list = append(list, filepath.Join(filepath.Dir(self), launcher))
	}
	dir, err := os.Getwd()
	for err == nil {
		list = append(list, filepath.Join(dir, "bin", launcher))
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return list
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isCLI(binary string) bool { return filepath.Base(binary) == cli }

// searchAttributes of the namespace; the own launcher knows them itself.
var searchAttributes = []string{
	"ShouwangProcedure=Keyword", "ShouwangState=Keyword", "ShouwangRegion=Keyword", "ShouwangDue=Datetime",
}

// command is the program with its arguments, not started.
func command(opts Options) (*exec.Cmd, error) {
	if isCLI(opts.Binary) {
		return cliCommand(opts)
	}
	cmd := exec.Command(opts.Binary, "--die-with-parent", "--ip", "127.0.0.1",
		"--port", strconv.Itoa(opts.Port), "--ui-port", strconv.Itoa(opts.UIPort), "--namespace", opts.Namespace)
	if opts.SharedLimits {
		cmd.Args = append(cmd.Args, "--shared-limits")
	}
	cmd.Env = append(os.Environ(), envDB+"="+opts.DB)
	return cmd, nil
}

func cliCommand(opts Options) (*exec.Cmd, error) {
	if strings.Contains(opts.DB, "://") {
		return nil, fmt.Errorf("the Temporal CLI keeps its data in a file only; PostgreSQL needs the %s launcher", launcher)
	}
	if err := os.MkdirAll(filepath.Dir(opts.DB), 0o700); err != nil {
		return nil, err
	}
	args := []string{"server", "start-dev", "--db-filename", opts.DB, "--ip", "127.0.0.1",
		"--port", strconv.Itoa(opts.Port), "--namespace", opts.Namespace, "--log-level", "error"}
	if opts.UIPort == 0 {
		args = append(args, "--headless")
	} else {
		args = append(args, "--ui-port", strconv.Itoa(opts.UIPort))
	}
	for _, attribute := range searchAttributes {
		args = append(args, "--search-attribute", attribute)
	}
	return exec.Command(opts.Binary, args...), nil
}

// healthy is closed when the server's own health check says it serves; it stays
// open if ctx ends first.
func healthy(ctx context.Context, addr string) <-chan struct{} {
	ready := make(chan struct{})
	go func() {
		conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return
		}
		defer conn.Close()
		health := grpc_health_v1.NewHealthClient(conn)
		request := &grpc_health_v1.HealthCheckRequest{Service: "temporal.api.workflowservice.v1.WorkflowService"}
		for ctx.Err() == nil {
			answer, err := health.Check(ctx, request, grpc.WaitForReady(true))
			if err == nil && answer.Status == grpc_health_v1.HealthCheckResponse_SERVING {
				close(ready)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return ready
}
