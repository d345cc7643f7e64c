package stack_test

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"shouwang/internal/stack"
	"shouwang/internal/testkit"
)

const envHelper = "SHOUWANG_STACK_HELPER_DB"

// TestMain lets the test program play a product that is killed: it starts a
// stack on the named file, says where, and waits.
func TestMain(m *testing.M) {
	db := os.Getenv(envHelper)
	if db == "" {
		os.Exit(m.Run())
	}
	s, err := stack.Start(context.Background(), stack.Options{DB: db})
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(s.Address + "\n")
	select {}
}

func start(t *testing.T, opts stack.Options) *stack.Stack {
	t.Helper()
	if opts.DB == "" {
		opts.DB = filepath.Join(t.TempDir(), "temporal.db")
	}
	s, err := stack.Start(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

func dial(t *testing.T, s *stack.Stack) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: s.Address, Namespace: s.Namespace})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// open starts a workflow that no worker takes up, to see it remembered.
func open(t *testing.T, c client.Client, id string) {
	t.Helper()
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: "nobody",
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword("ShouwangProcedure").ValueSet("identification"),
			temporal.NewSearchAttributeKeyTime("ShouwangDue").ValueSet(time.Date(2026, 5, 6, 0, 0, 0, 0, time.UTC))),
	}, "Case")
	require.NoError(t, err)
}

func requireListed(t *testing.T, c client.Client, ids ...string) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		list, err := c.ListWorkflow(context.Background(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: `ShouwangProcedure = "identification" AND ShouwangDue < "2026-06-01T00:00:00Z"`})
		require.NoError(t, err)
		var found []string
		for _, e := range list.Executions {
			found = append(found, e.Execution.WorkflowId)
		}
		require.ElementsMatch(t, ids, found)
	}, 30*time.Second, 100*time.Millisecond)
}

func TestStackKeepsItsDataOverKillRestartAndCrash(t *testing.T) {
	var log syncBuffer
	file := filepath.Join(t.TempDir(), "log", "temporal.log")
	s := start(t, stack.Options{LogFile: file, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	c := dial(t, s)
	open(t, c, "a")

	require.NoError(t, s.Kill())
	require.Zero(t, s.PID())
	_, err := net.DialTimeout("tcp", s.Address, time.Second)
	require.Error(t, err, "killed on purpose it stays down")
	require.NoError(t, s.Restart(t.Context()))
	open(t, c, "b")

	crashed := s.PID()
	require.NoError(t, syscall.Kill(crashed, syscall.SIGKILL))
	require.Eventually(t, func() bool { return s.PID() != crashed }, 20*time.Second, 20*time.Millisecond,
		"a crash is repaired without being asked")
	require.Contains(t, log.String(), "ended by itself")
	open(t, c, "c")
	requireListed(t, c, "a", "b", "c")
	require.FileExists(t, file)

	require.NoError(t, s.Stop())
	require.ErrorIs(t, s.Restart(t.Context()), stack.ErrStopped)
	require.ErrorIs(t, s.Kill(), stack.ErrStopped)
}

func TestStackOnPostgresOutlivesItsDatabase(t *testing.T) {
	db := testkit.NewCluster(t)
	url := strings.Replace(db.DSN(), "/postgres?", "/engine?", 1)
	s := start(t, stack.Options{DB: url})
	c := dial(t, s)
	open(t, c, "a")

	db.Stop(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "lost", TaskQueue: "nobody"}, "Case")
	require.Error(t, err)
	db.Start(t)

	require.EventuallyWithT(t, func(t *assert.CollectT) {
		_, err := c.DescribeWorkflowExecution(context.Background(), "a", "")
		require.NoError(t, err)
	}, 60*time.Second, 100*time.Millisecond, "the server finds its database again")
	open(t, c, "b")
	requireListed(t, c, "a", "b")

	require.NoError(t, s.Restart(t.Context()), "a migrated database is taken as it is")
	requireListed(t, c, "a", "b")
}

func TestKilledParentLeavesNoServerAndTheNextTakesOver(t *testing.T) {
	db := filepath.Join(t.TempDir(), "temporal.db")
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), envHelper+"="+db)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	addr, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())

	_, port, err := net.SplitHostPort(strings.TrimSpace(addr))
	require.NoError(t, err)
	p, err := strconv.Atoi(port)
	require.NoError(t, err)
	start(t, stack.Options{DB: db, Port: p}) // the same file and port, at once
}

func TestStartTellsWhyItFailed(t *testing.T) {
	script := filepath.Join(t.TempDir(), "devstack")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\necho disk is full >&2\nexit 3\n"), 0o700))
	_, err := stack.Start(t.Context(), stack.Options{Binary: script, DB: "x"})
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "disk is full")

	_, err = stack.Start(t.Context(), stack.Options{Binary: script})
	require.ErrorContains(t, err, "no database")
}

func TestStartGivesUpWhenItsContextEnds(t *testing.T) {
	script := filepath.Join(t.TempDir(), "devstack")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\nexec sleep 60\n"), 0o700))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := stack.Start(ctx, stack.Options{Binary: script, DB: "x"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestTemporalCLIGetsOurAttributes(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "temporal")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\necho \"$@\" >&2\nexit 1\n"), 0o700))
	_, err := stack.Start(t.Context(), stack.Options{Binary: script, DB: filepath.Join(dir, "t.db"), Port: 7999})
	require.ErrorContains(t, err, "server start-dev --db-filename "+filepath.Join(dir, "t.db"))
	require.ErrorContains(t, err, "--port 7999 --namespace shouwang")
	require.ErrorContains(t, err, "--search-attribute ShouwangDue=Datetime")

	_, err = stack.Start(t.Context(), stack.Options{Binary: script, DB: "postgres://localhost/x"})
	require.ErrorContains(t, err, "PostgreSQL needs the devstack launcher")
}

func TestFindBinary(t *testing.T) {
	dir := t.TempDir()
	write := func(parts ...string) string {
		path := filepath.Join(append([]string{dir}, parts...)...)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700))
		return path
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "work", "deep"), 0o700))
	t.Chdir(filepath.Join(dir, "work", "deep"))
	t.Setenv("PATH", filepath.Join(dir, "path"))
	t.Setenv("SHOUWANG_DEVSTACK", "")

	_, err := stack.FindBinary()
	require.ErrorIs(t, err, stack.ErrNoBinary)
	onPath := write("path", "temporal")
	requireFound(t, onPath)
	above := write("work", "bin", "devstack")
	requireFound(t, above)
	named := write("elsewhere", "mine")
	t.Setenv("SHOUWANG_DEVSTACK", named)
	requireFound(t, named)
	t.Setenv("SHOUWANG_DEVSTACK", filepath.Join(dir, "missing"))
	_, err = stack.FindBinary()
	require.ErrorContains(t, err, "is not a file")
}

func requireFound(t *testing.T, want string) {
	t.Helper()
	got, err := stack.FindBinary()
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// syncBuffer is a buffer that the supervisor writes while the test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
