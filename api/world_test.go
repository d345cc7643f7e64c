package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/evidence"
	"shouwang/internal/notify"
	"shouwang/internal/sealing"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Two townships of one county; the people of the first act, those of the second
// are the neighbours who must see nothing.
const (
	county       = "510923"
	township     = "510923101"
	village      = "510923101201"
	nextVillage  = "510923101202"
	farTownship  = "510923102"
	farVillage   = "510923102201"
	password     = "守望-2026-口令"
	headID       = "510923196003070014"
	childID      = "510923201505050021"
	headPhone    = "13800001234"
	headBank     = "6222021234567890123"
	noonOfAMonth = "2026-03-10T04:00:00Z"
)

// world is a server with a small county in it, on its own database.
type world struct {
	// another is a further server over the same database and the same folder of attachments.
	another func() http.Handler
	t       testing.TB
	store   *models.Store
	engine  *activities.Engine
	server  *server
	echo    *echo.Echo
	http    http.Handler
	cases   *direct

	mu     sync.Mutex
	now    time.Time // of cases
	real   time.Time // of sessions
	tokens map[string]string
	keys   int
}

// TestMain makes a hash of a password cheap: the tests sign in a thousand times.
func TestMain(m *testing.M) {
	costNow = hashCost{passes: 1, memory: 64, threads: 1}
	os.Exit(m.Run())
}

var passwordHash = sync.OnceValue(func() string { return HashPassword(password) })

// users are named by what they are; the hash of the password is shared.
var users = []struct {
	login, role, region, dept string
	household, group          string
}{
	{login: "cadre", role: "village_cadre", region: village},
	{login: "cadre2", role: "village_cadre", region: village},
	{login: "secretary", role: "village_secretary", region: village},
	{login: "surveyor", role: "surveyor", region: village},
	{login: "surveyor2", role: "surveyor", region: village},
	{login: "grid", role: "grid_member", region: village, group: "三组"},
	{login: "next_cadre", role: "village_cadre", region: nextVillage},
	{login: "town", role: "township_office", region: township},
	{login: "leader", role: "linked_leader", region: township},
	{login: "entry", role: "data_entry", region: township},
	{login: "county", role: "county_office", region: county},
	{login: "civil", role: "county_dept", region: county, dept: "civil_affairs"},
	{login: "medical", role: "county_dept", region: county, dept: "land"},
	{login: "auditor", role: "auditor", region: county},
	{login: "discipline", role: "discipline", region: township},
	{login: "sec", role: "sec_admin", region: county},
	{login: "sys", role: "sys_admin", region: county},
	{login: "farmer", role: "farmer", region: village, household: "household-1"},
	{login: "far_cadre", role: "village_cadre", region: farVillage},
	{login: "far_town", role: "township_office", region: farTownship},
}

// newWorld is a county in a database of its own, on SQLite unless told otherwise.
func newWorld(t testing.TB, dialect ...string) *world {
	t.Helper()
	store := testkit.OpenMigrated(t, append(dialect, "sqlite")[0])
	require.NoError(t, store.OpenKeys(context.Background()))
	w := &world{t: t, store: store, tokens: map[string]string{}}
	now, err := time.Parse(time.RFC3339, noonOfAMonth)
	require.NoError(t, err)
	w.now, w.real = now, now
	w.engine = &activities.Engine{Store: store, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{Real: w.clock}}
	w.cases = &direct{engine: w.engine}
	blobs := DirBlobs(t.TempDir())
	opts := Options{Engine: w.engine, Cases: w.cases, Blobs: blobs, Now: w.wall, PerMinute: 10_000,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), MaxAttachment: 64 << 10, Version: "test", ExportDir: blobs.Exports()}
	key, err := evidence.NewKey()
	require.NoError(t, err)
	opts.Mail = &notify.Mail{Address: "mail.county.example:587", TLS: notify.TLSStart, From: "shouwang@county.example"} // nothing is sent here
	opts.Sealer = &sealing.Sealer{Store: store, Key: key, Now: w.wall}
	w.another = func() http.Handler {
		h, err := New(opts)
		require.NoError(t, err)
		return h
	}
	w.server, w.echo, err = build(opts)
	require.NoError(t, err)
	w.http, err = New(opts)
	require.NoError(t, err)
	w.seed()
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wall() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.real
}

// session is one of an account, opened by its password.
func (w *world) session(login string) *models.Session {
	now := w.wall()
	return &models.Session{Via: models.ViaPassword, ID: "s-" + login, TokenHash: tokenHash(w.tokens[login]), UserID: "u-" + login, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(1000 * time.Hour)}
}

// pass moves the clock of the cases, idle that of the sessions.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) idle(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.real = w.real.Add(d)
}

func (w *world) create(rows ...any) {
	for _, r := range rows {
		require.NoError(w.t, w.store.DB.Create(r).Error)
	}
}

func (w *world) seed() {
	now := w.clock()
	for _, r := range []models.Region{
		{Code: county, Level: "county", Name: "云岭县", Path: "云岭县"},
		{Code: township, Parent: county, Level: "township", Name: "清溪镇", Path: "云岭县清溪镇"},
		{Code: village, Parent: township, Level: "village", Name: "石桥村", Path: "云岭县清溪镇石桥村"},
		{Code: nextVillage, Parent: township, Level: "village", Name: "柳湾村", Path: "云岭县清溪镇柳湾村"},
		{Code: farTownship, Parent: county, Level: "township", Name: "高坪镇", Path: "云岭县高坪镇"},
		{Code: farVillage, Parent: farTownship, Level: "village", Name: "松林村", Path: "云岭县高坪镇松林村"},
	} {
		w.create(&r)
	}
	for _, u := range users {
		w.create(&models.User{ID: "u-" + u.login, Login: u.login, Name: "测" + u.login, PasswordHash: passwordHash(), CreatedAt: now},
			&models.RoleGrant{ID: "g-" + u.login, UserID: "u-" + u.login, Role: procedure.Role(u.role), RegionCode: u.region, Dept: u.dept, HouseholdID: u.household, GroupName: u.group, ValidFrom: now.Add(-time.Hour)})
		token := "token-" + u.login
		w.tokens[u.login] = token
		w.create(w.session(u.login))
	}
	w.engage("u-auditor", 0, 365)
	w.create(&models.PolicyRow{ID: "line", Key: "income_line", RegionCode: county, Value: []byte(`{"fen":700000,"concept":"net"}`), ValidFrom: now.AddDate(-1, 0, 0), CreatedAt: now})
	w.household("household-1", village, "罗守田", "luoshoutian", "lst")
	w.household("household-2", village, "余春苗", "yuchunmiao", "ycm")
	w.household("household-3", nextVillage, "罗望禾", "luowanghe", "lwh")
	w.household("household-9", farVillage, "程远山", "chengyuanshan", "cys")
	head := models.Person{ID: "person-1", HouseholdID: "household-1", Name: "罗守田", IsHead: true, CreatedAt: now, UpdatedAt: now}
	index := w.store.Vault.Index(headID)
	head.IDIndex = &index
	require.NoError(w.t, head.SetSecret(w.store.Vault, models.PersonSecret{IDNo: headID, Relation: "户主", Sex: "男", BirthDate: "1960-03-07", Phone: headPhone, Health: "长期慢性病", Labour: "弱劳动力"}))
	child := models.Person{ID: "person-2", HouseholdID: "household-1", Ord: 1, Name: "罗小禾", CreatedAt: now, UpdatedAt: now}
	childIndex := w.store.Vault.Index(childID)
	child.IDIndex = &childIndex
	require.NoError(w.t, child.SetSecret(w.store.Vault, models.PersonSecret{IDNo: childID, Relation: "孙女", BirthDate: "2015-05-05", School: "小学五年级"}))
	w.create(&head, &child)
}

func (w *world) household(id, region, head, pinyin, abbr string) {
	h := models.Household{ID: id, No: "H" + strings.ToUpper(strings.TrimPrefix(id, "household-")) + region, RegionCode: region, GroupName: "三组", HeadName: head, HeadPinyin: pinyin, HeadAbbr: abbr,
		Population: 3, BaseType: "ordinary", Status: "none", CreatedAt: w.clock(), UpdatedAt: w.clock()}
	require.NoError(w.t, h.SetSecret(w.store.Vault, models.HouseholdSecret{Phone: headPhone, Address: "清溪镇石桥村三组五号", Bank: headBank, Income: 1_234_500}))
	w.create(&h)
}

// direct drives cases on the engine alone: what a workflow would deliver is
// delivered at once.
type direct struct {
	engine *activities.Engine
	nudged []string
	fail   error
}

func (d *direct) Open(ctx context.Context, r activities.OpenRequest) (*models.Case, error) {
	c, err := d.engine.OpenCase(ctx, r)
	if err != nil {
		return nil, err
	}
	loaded, err := d.engine.Load(ctx, c.ID, "run-"+c.ID)
	if err != nil {
		return nil, err
	}
	return c, d.deliver(ctx, loaded.Outcome)
}

func (d *direct) Fire(ctx context.Context, r activities.FireRequest) (activities.Reply, error) {
	if d.fail != nil {
		return activities.Reply{}, d.fail
	}
	id, err := d.engine.Stage(ctx, r)
	if err != nil {
		return activities.Reply{}, err
	}
	out, err := d.engine.Commit(ctx, activities.CommitRequest{CaseID: r.CaseID, Event: r.Event, Key: r.Key, ExpectedSeq: r.ExpectedSeq, Actor: r.Actor, SubmissionID: id})
	if err != nil {
		return activities.Reply{}, errors.Join(err, d.engine.Unstage(ctx, id))
	}
	return out.Reply, d.deliver(ctx, out)
}

func (d *direct) deliver(ctx context.Context, out activities.Outcome) error {
	for _, o := range out.Out {
		var next activities.Outcome
		if o.Kind == "start" {
			loaded, err := d.engine.Load(ctx, o.TargetID, "run-"+o.TargetID)
			if err != nil {
				return err
			}
			next = loaded.Outcome
		} else if o.Kind == "nudge" {
			if err := (&activities.Activities{Engine: d.engine}).Dispose(ctx, o.ID, ""); err != nil {
				return err
			}
		} else {
			def, _ := procedure.Lookup(o.Procedure, o.Version)
			var err error
			next, err = d.engine.Commit(ctx, activities.CommitRequest{CaseID: o.TargetID, Event: o.Event, Key: "out:" + o.ID, ExpectedSeq: activities.AnySeq, Actor: activities.RuleActor(def, o.Event), OutboxID: o.ID})
			if err != nil {
				return err
			}
		}
		if err := d.deliver(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

func (d *direct) Nudge(_ context.Context, caseID string) error {
	d.nudged = append(d.nudged, caseID)
	return nil
}

// call is one request and what its answer must and must not say.
type call struct {
	name, user, method, url string
	body                    any // a string goes as it is, anything else as JSON
	headers                 map[string]string
	status                  int
	code                    string // of a problem
	want, not               []string
}

// plain sends a request without looking at more than the status of the answer.
func (w *world) plain(t testing.TB, method, url, body string, status int) {
	t.Helper()
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	r.Header.Set(csrfHeader, csrfValue)
	r.Header.Set("Idempotency-Key", w.key())
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: w.tokens["cadre"]})
	rec := httptest.NewRecorder()
	w.http.ServeHTTP(rec, r)
	require.Equal(t, status, rec.Code)
}

// do sends a request as a browser would and checks the answer against the
// specification.
func (w *world) do(t testing.TB, c call) *httptest.ResponseRecorder {
	t.Helper()
	return w.doOn(t, w.http, c)
}

// doOn is do on a server of the caller's.
func (w *world) doOn(t testing.TB, h http.Handler, c call) *httptest.ResponseRecorder {
	t.Helper()
	var body io.Reader
	contentType := ""
	switch b := c.body.(type) {
	case nil:
	case string:
		body, contentType = strings.NewReader(b), echo.MIMEApplicationJSON
	case *form:
		body, contentType = bytes.NewReader(b.bytes), b.contentType
	default:
		raw, err := json.Marshal(b)
		require.NoError(t, err)
		body, contentType = bytes.NewReader(raw), echo.MIMEApplicationJSON
	}
	r := httptest.NewRequest(c.method, c.url, body)
	if contentType != "" {
		r.Header.Set(echo.HeaderContentType, contentType)
	}
	r.Header.Set(csrfHeader, csrfValue)
	if c.method != http.MethodGet && c.method != http.MethodDelete {
		r.Header.Set("Idempotency-Key", w.key())
	}
	if c.user != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: w.tokens[c.user]})
	}
	for k, v := range c.headers {
		if v == "" {
			r.Header.Del(k)
		} else {
			r.Header.Set(k, v)
		}
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	what := fmt.Sprintf("%s %s %s as %s: %s", c.name, c.method, c.url, c.user, rec.Body.String())
	if c.status != 0 {
		require.Equal(t, c.status, rec.Code, what)
	}
	if c.code != "" {
		require.Equal(t, c.code, decode[struct{ Code string }](t, rec).Code, what)
	}
	for _, s := range c.want {
		require.Contains(t, rec.Body.String(), s, what)
	}
	for _, s := range c.not {
		require.NotContains(t, rec.Body.String(), s, what)
	}
	w.conform(t, r, rec, what)
	return rec
}

func (w *world) key() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys++
	return fmt.Sprintf("test-key-%06d", w.keys)
}

// conform validates an answer against the operation that Echo routes to.
func (w *world) conform(t testing.TB, r *http.Request, rec *httptest.ResponseRecorder, what string) {
	t.Helper()
	c := w.echo.NewContext(r, httptest.NewRecorder())
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	w.echo.Router().Find(method, r.URL.Path, c)
	route := w.server.ops.byRoute[method+" "+c.Path()]
	if route == nil {
		require.Contains(t, []int{404, 405}, rec.Code, what)
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	isFile := (strings.HasPrefix(c.Path(), basePath+"/attachments/") || strings.HasPrefix(c.Path(), basePath+"/feeds/") || strings.HasSuffix(c.Path(), "/returned") || strings.HasSuffix(c.Path(), "/file") ||
		rec.Result().Header.Get(echo.HeaderContentType) == progressType) && rec.Code == 200
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: pathParams(c), Route: route},
		Status:                 rec.Code, Header: rec.Header(), Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, ExcludeResponseBody: isFile},
	}
	require.NoError(t, openapi3filter.ValidateResponse(r.Context(), in), what)
}

func decode[T any](t testing.TB, rec *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &v), rec.Body.String())
	return v
}

// form is a multipart body.
type form struct {
	bytes       []byte
	contentType string
}

func upfile(t testing.TB, kind, name string, content []byte) *form {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	require.NoError(t, m.WriteField("kind", kind))
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename=%q`, name))
	h.Set("Content-Type", "application/octet-stream")
	p, err := m.CreatePart(h)
	require.NoError(t, err)
	_, err = p.Write(content)
	require.NoError(t, err)
	require.NoError(t, m.Close())
	return &form{b.Bytes(), m.FormDataContentType()}
}

// png is the smallest picture that is one.
var png = append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"), make([]byte, 32)...)

type object = map[string]any

// openClue opens a clue about a household as its cadre and returns its id.
func (w *world) openClue(t testing.TB, household, user string) string {
	t.Helper()
	rec := w.do(t, call{user: user, method: "POST", url: "/api/v1/cases", status: 200, body: object{
		"procedure": "risk_clue", "household_id": household,
		"form": object{"channel": "routine_check", "found_at": "2026-03-10T09:00:00+08:00", "content": "房屋漏雨，近日住院，身份证 " + headID},
	}})
	return decode[struct{ Case struct{ ID string } }](t, rec).Case.ID
}

// seq is the sequence a user sees.
func (w *world) seq(t testing.TB, user, id string) int {
	t.Helper()
	rec := w.do(t, call{user: user, method: "GET", url: "/api/v1/cases/" + id, status: 200})
	return decode[struct{ Summary struct{ Seq int } }](t, rec).Summary.Seq
}

// fire fires an event with the sequence the user sees.
func (w *world) fire(t testing.TB, user, id, event string, form object, more ...object) *httptest.ResponseRecorder {
	t.Helper()
	body := object{"event": event, "expected_seq": w.seq(t, user, id), "form": form}
	for _, m := range more {
		for k, v := range m {
			body[k] = v
		}
	}
	return w.do(t, call{user: user, method: "POST", url: "/api/v1/cases/" + id + "/events", status: 200, body: body})
}

// attach uploads a picture and returns its id.
func (w *world) attach(t testing.TB, user, id, kind string) string {
	t.Helper()
	rec := w.do(t, call{user: user, method: "POST", url: "/api/v1/cases/" + id + "/attachments", status: 201, body: upfile(t, kind, "现场.png", append(bytes.Clone(png), w.key()...))})
	return decode[struct{ ID string }](t, rec).ID
}
