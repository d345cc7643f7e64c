// Package faulttest kills what a running installation consists of, one by one, and
// sees that nothing is lost, done twice, or answered wrongly. The server is the real
// program, reached over HTTP.
package faulttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/casetime"
	"shouwang/internal/stack"
	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/procedure"
)

const password = "Fault-Password-2026"

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "shouwang-fault-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "shouwang")
	build := exec.Command("go", "build", "-o", binary, "shouwang/cmd/shouwang")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// site is an installation: a database with a county in it, Temporal, and the server.
type site struct {
	*testkit.World
	temporal *stack.Stack
	dir, dsn string
	addr     string
	drill    string
	cmd      *exec.Cmd
	log      *os.File
	client   *http.Client
	actor    activities.Actor
}

// newSite makes an installation on a database and starts it.
func newSite(t *testing.T, dsn, temporalDB, drill string) *site {
	t.Helper()
	dir := t.TempDir()
	if dsn == "" {
		dsn = filepath.Join(dir, "shouwang.db")
	}
	vault, err := models.LoadVault(filepath.Join(dir, "keys.json"))
	require.NoError(t, err)
	store, err := models.Open(dsn, vault)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	_, err = store.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.OpenKeys(t.Context()))
	s := &site{World: testkit.NewWorld(t, store), dir: dir, dsn: dsn, addr: freeAddress(t), drill: drill}
	s.Hold = true
	s.Engine.Clock = &casetime.Clock{}
	s.SetNow(time.Now().UTC())
	s.actor = s.Hire(procedure.VillageCadre, testkit.Village, "")
	require.NoError(t, store.DB.Model(&models.User{}).Where("id = ?", s.actor.UserID).
		Updates(map[string]any{"login": "cadre", "password_hash": api.HashPassword(password), "password_set_at": time.Now()}).Error)
	s.temporal = live.Temporal(t, temporalDB)
	s.log, err = os.Create(filepath.Join(dir, "server.log"))
	require.NoError(t, err)
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			raw, _ := os.ReadFile(s.log.Name())
			t.Logf("the server said:\n%s", raw[max(0, len(raw)-4000):])
		}
	})
	s.start()
	s.signIn()
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func (s *site) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "SHOUWANG_DATA="+s.dir, "SHOUWANG_DB="+s.dsn, "SHOUWANG_ADDR="+s.addr, "SHOUWANG_SEED=none",
		"SHOUWANG_DRILL="+s.drill, "SHOUWANG_TEMPORAL_UI_PORT=0", "SHOUWANG_PER_MINUTE=10000", "TEMPORAL_ADDRESS="+s.temporal.Address, "TEMPORAL_NAMESPACE="+s.temporal.Namespace)
	return cmd
}

// start runs the server and waits until it answers.
func (s *site) start() {
	s.T.Helper()
	s.cmd = s.command("serve")
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(s.T, s.cmd.Start())
	require.Eventually(s.T, func() bool {
		r, err := http.Get("http://" + s.addr + "/api/v1/health")
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return r.StatusCode == http.StatusOK
	}, 30*time.Second, 20*time.Millisecond, "the server does not start")
}

// kill ends the server as a crash would.
func (s *site) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

func (s *site) signIn() {
	s.T.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(s.T, err)
	s.client = &http.Client{Jar: jar, Timeout: 40 * time.Second}
	status, raw, err := s.post("/session", "", map[string]any{"login": "cadre", "password": password})
	require.NoError(s.T, err)
	require.Equal(s.T, http.StatusOK, status, string(raw))
}

// post sends a request and returns status and body.
func (s *site) post(path, key string, body any) (int, []byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+s.addr+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Requested-With", "shouwang")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	raw, err = io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") == "" {
		err = fmt.Errorf("503 without Retry-After")
	}
	return answer.StatusCode, raw, err
}

// notice is a notice on the board, which can be torn down and put up for ever.
type notice struct {
	id, photo string
	seq, next int
}

func (s *site) notice() *notice {
	s.T.Helper()
	c := s.Reach("village_notice", "posted")
	photo := s.Attach(c.ID, "photo")
	return &notice{id: c.ID, photo: photo, seq: s.Case(c.ID).Seq}
}

// request is the next event of a notice; the same until it has been answered.
func (n *notice) request() (key string, body map[string]any) {
	event := []string{"interrupt", "resume"}[n.next%2]
	form := map[string]any{"photo": []any{n.photo}}
	if event == "interrupt" {
		form["cause"] = "公示栏被大雨损坏"
	}
	return fmt.Sprintf("%s-%06d", n.id, n.next), map[string]any{"event": event, "expected_seq": n.seq, "form": form}
}

// answered takes over what a successful answer says.
func (n *notice) answered(raw []byte) error {
	var out struct {
		Reply struct {
			Seq int `json:"seq"`
		} `json:"reply"`
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return err
	}
	n.seq = out.Reply.Seq
	n.next++
	return nil
}

// events counts the steps of a notice since it was posted.
func (s *site) events(n *notice) (count int64) {
	s.T.Helper()
	require.NoError(s.T, s.Store.DB.Model(&models.CaseEvent{}).
		Where("case_id = ? AND event IN ('interrupt','resume') AND kind = 'event'", n.id).Count(&count).Error)
	return count
}

// requireWhole checks every record of the installation.
func (s *site) requireWhole() {
	s.T.Helper()
	v, err := s.Engine.Verify(s.T.Context())
	require.NoError(s.T, err)
	require.Empty(s.T, v.Bad)
	require.Positive(s.T, v.Events)
}
