package testkit

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const envHelper = "SHOUWANG_TESTKIT_HELPER"

// TestMain lets the test program play a test process that is killed: with the
// variable set it starts a server, says where, and waits to be killed.
func TestMain(m *testing.M) {
	if os.Getenv(envHelper) == "" {
		os.Exit(m.Run())
	}
	bin, err := findBinaries()
	if err == nil {
		shared, err = startCluster(bin)
	}
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(shared.DSN() + " " + shared.dir + "\n")
	select {}
}

func exec1(t *testing.T, dsn, statement string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return admin(ctx, dsn, statement)
}

func TestPostgresDatabasesAreFreshAndApart(t *testing.T) {
	a, b := Postgres(t), Postgres(t)
	require.NotEqual(t, a, b)
	require.NoError(t, exec1(t, a, "CREATE TABLE household (id int PRIMARY KEY)"))
	require.ErrorContains(t, exec1(t, b, "SELECT * FROM household"), "does not exist")
}

func TestPostgresDatabaseIsDroppedWithItsTest(t *testing.T) {
	var dsn string
	t.Run("inner", func(t *testing.T) {
		dsn = Postgres(t)
		conn, err := pgx.Connect(t.Context(), dsn) // left open: the drop must not wait for it
		require.NoError(t, err)
		require.NoError(t, conn.Ping(t.Context()))
	})
	require.ErrorContains(t, exec1(t, dsn, "SELECT 1"), "does not exist")
}

func TestClusterKeepsItsDataOverStopAndCrash(t *testing.T) {
	c := NewCluster(t)
	dsn := c.CreateDB(t)
	require.NoError(t, exec1(t, dsn, "CREATE TABLE step (n int)"))

	c.Stop(t)
	require.Error(t, exec1(t, dsn, "SELECT 1"), "a stopped server refuses")
	c.Start(t)
	require.NoError(t, exec1(t, dsn, "INSERT INTO step VALUES (1)"))

	c.Crash(t)
	require.Error(t, exec1(t, dsn, "SELECT 1"))
	c.Start(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	var rows int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM step").Scan(&rows))
	require.Equal(t, 1, rows, "what was committed survives the crash")
}

func TestKilledTestProcessLeavesNoServer(t *testing.T) {
	requireBinaries(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envHelper+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	dsn, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
	require.NoError(t, exec1(t, dsn, "SELECT 1"))

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.Eventually(t, func() bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err) && exec1(t, dsn, "SELECT 1") != nil
	}, 20*time.Second, 50*time.Millisecond)
}
