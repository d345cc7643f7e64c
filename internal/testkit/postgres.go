// Package testkit is what tests of several packages share: real servers, made for
// one test and gone with it.
package testkit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	// envServer names a PostgreSQL server to use instead of a private one, as
	// the DSN of a role that may create databases.
	envServer = "SHOUWANG_TEST_POSTGRES"
	// envSkip, set to 1, skips the tests that need PostgreSQL where its
	// programs are missing; without it they fail.
	envSkip = "SHOUWANG_TEST_SKIP_POSTGRES"
)

// carefree has a server leave to the system when what it writes comes to the disk: what tests of one process share must not
// outlive a crash of the machine, and each database that is dropped would otherwise wait for all the others.
var carefree = []string{"fsync=off", "full_page_writes=off"}

var (
	sharedOnce sync.Once
	shared     *Cluster
	errShared  error
)

// Postgres returns the DSN of a fresh, empty PostgreSQL database, dropped when
// the test ends. All tests of one process share one private server, started at
// first use and gone with the process however that ends; with
// SHOUWANG_TEST_POSTGRES set, that server is used.
func Postgres(t testing.TB) (dsn string) {
	t.Helper()
	if server := os.Getenv(envServer); server != "" {
		return createDB(t, server, "template1")
	}
	return sharedCluster(t).CreateDB(t)
}

func sharedCluster(t testing.TB) *Cluster {
	t.Helper()
	bin := requireBinaries(t)
	sharedOnce.Do(func() { shared, errShared = startCluster(bin, carefree...) })
	require.NoError(t, errShared)
	return shared
}

// Cluster is a private PostgreSQL server, with its own files and port, that a
// test may stop and start. Its port and data stay the same over a restart.
type Cluster struct {
	bin, dir string
	settings []string // beyond the defaults, as name=value
	port     int
	server   *postmaster
}

// NewCluster starts a server of the test's own, for tests that stop it; it is
// removed when the test ends.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	c, err := startCluster(requireBinaries(t))
	require.NoError(t, err)
	t.Cleanup(c.remove)
	return c
}

// DSN is the URL of the server's maintenance database, as its superuser.
func (c *Cluster) DSN() string {
	return c.dsn("postgres")
}

func (c *Cluster) dsn(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

// CreateDB returns the DSN of a fresh, empty database, dropped when the test ends.
func (c *Cluster) CreateDB(t testing.TB) (dsn string) {
	t.Helper()
	return createDB(t, c.DSN(), "template1")
}

// Stop ends the server in order: open transactions are rolled back, clients cut off.
func (c *Cluster) Stop(t testing.TB) {
	t.Helper()
	require.NoError(t, c.server.stop(fastShutdown))
}

// Crash ends the server at once, as a power cut would; the next Start recovers from its log.
func (c *Cluster) Crash(t testing.TB) {
	t.Helper()
	require.NoError(t, c.server.stop(immediateShutdown))
}

// Start brings a stopped server back on the same port and returns when it answers.
func (c *Cluster) Start(t testing.TB) {
	t.Helper()
	require.NoError(t, c.start())
}

func requireBinaries(t testing.TB) string {
	t.Helper()
	bin, err := findBinaries()
	if err != nil && os.Getenv(envSkip) == "1" {
		t.Skipf("%s=1: %v", envSkip, err)
	}
	require.NoError(t, err, "install PostgreSQL (Debian: apt-get install postgresql), "+
		"or name a server in %s, or leave these tests out with %s=1", envServer, envSkip)
	return bin
}

// PostgresProgram is the path of one of the programs that come with the server, such as pg_dump.
func PostgresProgram(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(requireBinaries(t), name)
}

func newName() string {
	suffix := make([]byte, 8)
	_, _ = rand.Read(suffix)
	return "t_" + hex.EncodeToString(suffix)
}

// createDB makes a database like another one, to which nobody is connected.
func createDB(t testing.TB, server, like string) string {
	t.Helper()
	name := newName()
	require.NoError(t, admin(t.Context(), server, "CREATE DATABASE "+name+" TEMPLATE "+like))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := admin(ctx, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Logf("database %s is left behind: %v", name, err)
		}
	})
	u, err := url.Parse(server)
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}

// admin runs one statement on the server's maintenance database.
func admin(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, statement)
	return err
}

// waitAnswering polls until the server takes a connection or has ended.
func waitAnswering(dsn string, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for {
		err := admin(ctx, dsn, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("the server ended while starting")
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// tail is the end of a log for an error message.
func tail(file string) string {
	b, _ := os.ReadFile(file)
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
