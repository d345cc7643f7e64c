package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.temporal.io/server/common/testing/freeport"
)

// The test program doubles as the launcher, so that one link of the server
// serves both.
func TestMain(m *testing.M) {
	if os.Getenv("DEVSTACK_TEST_AS_LAUNCHER") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const taskQueue = "test"

// waitThenAnswer answers after a timer; the state is visible while it waits.
func waitThenAnswer(ctx workflow.Context, wait time.Duration) (string, error) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, stateKey.ValueSet("waiting")); err != nil {
		return "", err
	}
	if err := workflow.Sleep(ctx, wait); err != nil {
		return "", err
	}
	return "fired", nil
}

var (
	procedureKey = temporal.NewSearchAttributeKeyKeyword("ShouwangProcedure")
	stateKey     = temporal.NewSearchAttributeKeyKeyword("ShouwangState")
	regionKey    = temporal.NewSearchAttributeKeyKeyword("ShouwangRegion")
	dueKey       = temporal.NewSearchAttributeKeyTime("ShouwangDue")
)

func TestTimerFiresAfterRestartOnTheSameFile(t *testing.T) {
	db := filepath.Join(t.TempDir(), "sub", "temporal.db")
	first := launch(t, db, "--ui-port", "0", "--retention", "48h")
	c := dial(t, first.ready)
	stopWorker := work(t, c)
	due := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "case-1", TaskQueue: taskQueue,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			procedureKey.ValueSet("identification"), stateKey.ValueSet("opened"),
			regionKey.ValueSet("320000000000"), dueKey.ValueSet(due)),
	}, waitThenAnswer, 5*time.Second)
	require.NoError(t, err)

	requireListed(t, c, `ShouwangProcedure = "identification" AND ShouwangState = "waiting"`, "case-1")
	requireListed(t, c, `ShouwangRegion STARTS_WITH "32" AND ShouwangDue < "2026-11-21T00:00:00Z"`, "case-1")
	ns, err := c.WorkflowService().DescribeNamespace(t.Context(),
		&workflowservice.DescribeNamespaceRequest{Namespace: first.ready.Namespace})
	require.NoError(t, err)
	require.Equal(t, 48*time.Hour, ns.Config.WorkflowExecutionRetentionTtl.AsDuration())

	stopWorker()
	c.Close()
	first.signal(t, syscall.SIGTERM)
	require.NoError(t, first.wait(t, 6*time.Second), "a clean stop exits with 0")

	second := launch(t, db, "--ui-port", "0")
	c = dial(t, second.ready)
	defer work(t, c)()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var answer string
	require.NoError(t, c.GetWorkflow(ctx, run.GetID(), run.GetRunID()).Get(ctx, &answer))
	require.Equal(t, "fired", answer)
}

func TestSurvivesKillAndServesTheUI(t *testing.T) {
	db := filepath.Join(t.TempDir(), "temporal.db")
	ui := freeport.MustGetFreePort()
	first := launch(t, db, "--ui-port", "0")
	c := dial(t, first.ready)
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "case-2", TaskQueue: taskQueue},
		waitThenAnswer, time.Millisecond)
	require.NoError(t, err)
	c.Close()
	first.signal(t, syscall.SIGKILL)
	require.Error(t, first.wait(t, 5*time.Second))

	second := launch(t, db, "--ui-port", hostPort("", ui)[1:])
	response, err := http.Get(second.ready.UI + "/")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	c = dial(t, second.ready)
	defer work(t, c)()
	var answer string
	require.NoError(t, c.GetWorkflow(t.Context(), "case-2", "").Get(t.Context(), &answer))
	require.Equal(t, "fired", answer)
}

func TestEndsWithItsParent(t *testing.T) {
	p := launch(t, filepath.Join(t.TempDir(), "temporal.db"), "--ui-port", "0", "--die-with-parent")
	require.NoError(t, p.stdin.Close())
	require.NoError(t, p.wait(t, 3*time.Second))
	_, err := net.DialTimeout("tcp", p.ready.Address, time.Second)
	require.Error(t, err)
}

func TestRefusesBadFlags(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown flag":      {"--nope"},
		"stray argument":    {"start"},
		"bad port":          {"--port", "x"},
		"bad database name": {"--db", "postgres://%zz"},
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, run(args, os.Stderr)) })
	}
}

// launcher is the program running as a child, as the product runs it.
type launcher struct {
	cmd   *exec.Cmd
	ready ready
	stdin interface{ Close() error }
	ended chan error
}

func launch(t *testing.T, db string, args ...string) *launcher {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"--db", db, "--port", "0"}, args...)...)
	cmd.Env = append(os.Environ(), "DEVSTACK_TEST_AS_LAUNCHER=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	l := &launcher{cmd: cmd, stdin: stdin, ended: make(chan error, 1)}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	require.NoError(t, err, "the launcher says on standard output when it is ready")
	require.NoError(t, json.Unmarshal(line, &l.ready))
	require.Equal(t, "shouwang", l.ready.Namespace)
	go func() { l.ended <- cmd.Wait() }()
	return l
}

func (l *launcher) signal(t *testing.T, s os.Signal) { require.NoError(t, l.cmd.Process.Signal(s)) }

// wait returns how the launcher ended and fails the test if it does not in time.
func (l *launcher) wait(t *testing.T, within time.Duration) error {
	t.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(within):
		require.FailNow(t, "the launcher did not end", "within %s", within)
		return nil
	}
}

func dial(t *testing.T, r ready) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: r.Address, Namespace: r.Namespace})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func work(t *testing.T, c client.Client) (stop func()) {
	t.Helper()
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflow(waitThenAnswer)
	require.NoError(t, w.Start())
	return w.Stop
}

// requireListed waits until the query, on the visibility store, finds exactly the workflow.
func requireListed(t *testing.T, c client.Client, query, id string) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		list, err := c.ListWorkflow(context.Background(), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
		require.NoError(t, err)
		require.Len(t, list.Executions, 1)
		require.Equal(t, id, list.Executions[0].Execution.WorkflowId)
	}, 20*time.Second, 50*time.Millisecond, query)
}
