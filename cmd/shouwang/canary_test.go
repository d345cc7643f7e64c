package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"shouwang/internal/canary"
	"shouwang/internal/demo"
	"shouwang/internal/story"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/worker"
)

// The places where no personal data may be, as findings name them.
const (
	inLog       = "log"
	inHistory   = "workflow histories"
	inSearch    = "search attributes"
	inURLs      = "URLs"
	inFaults    = "error texts"
	inPublic    = "notice page"
	inStream    = "live stream"
	inDatabase  = "database"
	inDump      = "dump"
	inFolder    = "data folder"
	inTemporal  = "database of Temporal"
	canaryNotes = "金丝雀"
)

// Invented, all of them; the numbers pass their checks.
var (
	birdID      = numbered18("99010119710203451")
	birdChildID = numbered18("99010120190405672")
	birdNewID   = numbered18("51010119371123458") // born on birdDate
	birds       = []canary.Bird{
		{Class: "P2", Name: "身份证号", Value: birdID},
		{Class: "P2", Name: "户联系电话", Value: "19912345678"},
		{Class: "P2", Name: "成员电话", Value: "19987654321"},
		{Class: "P2", Name: "住址", Value: canaryNotes + "住址柳树湾十七号"},
		{Class: "P2", Name: "表单", Value: canaryNotes + "表单里的个人信息"},
		{Class: "P2", Name: "文件名", Value: canaryNotes + "本人照片"},
		{Class: "P3", Name: "未成年人身份证号", Value: birdChildID},
		{Class: "P3", Name: "未成年人姓名", Value: canaryNotes + "小禾苗"},
		{Class: "P3", Name: "银行账号", Value: "6222021234599887766"},
		{Class: "P3", Name: "健康状况", Value: canaryNotes + "慢性病甲乙丙"},
		{Class: "P3", Name: "残疾", Value: canaryNotes + "肢体二级"},
		{Class: "P3", Name: "表单", Value: canaryNotes + "表单里的敏感信息"},
		{Class: "P3", Name: "经度", Value: number(birdLongitude)},
		{Class: "P3", Name: "纬度", Value: number(birdLatitude)},
		{Class: "P2", Name: "金额", Value: number(birdMoney)},
		{Class: "P2", Name: "日期", Value: birdDate},
		{Class: "P2", Name: "新增成员身份证号", Value: birdNewID},
		{Class: "P2", Name: "出生日期", Value: "1971-02-03"},
		{Class: "P3", Name: "未成年人出生日期", Value: "2019-04-05"},
		{Class: "P4", Name: "存款", Value: canaryNotes + "存款三十七万"},
		{Class: "P4", Name: "部门名单", Value: canaryNotes + "低保名单备注"},
		{Class: "P5", Name: "举报人", Value: canaryNotes + "举报人胡某某"},
		{Class: "P5", Name: "举报人电话", Value: "19955554444"},
		{Class: "P5", Name: "举报内容", Value: canaryNotes + "举报称有小汽车"},
	}
	// formBirds are put into the texts of forms, by their class.
	formBirds = map[procedure.Class]string{"P2": birds[4].Value, "P3": birds[11].Value, "P4": bird("存款"), "P5": bird("举报内容")}
)

// Canaries that are no texts: a place, fen, a day.
const (
	birdLongitude = 104.58371946
	birdLatitude  = 30.57194628
	birdMoney     = 7391846052.0
	birdDate      = "1937-11-23"
)

// number is a number as it is written.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func bird(name string) string {
	i := slices.IndexFunc(birds, func(b canary.Bird) bool { return b.Name == name })
	return birds[i].Value
}

func numbered18(first string) string {
	sum := 0
	for i, c := range first {
		sum += int(c-'0') * []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	return first + string("10X98765432"[sum%11])
}

// tape keeps what is written to it.
type tape struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *tape) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *tape) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

// aviary is a running server, with everything recorded that it lets out.
type aviary struct {
	t                                 *testing.T
	cfg                               *Config
	app                               *app
	base                              string
	log, urls, faults, public, stream tape
	house                             story.House
	play                              *story.Play
	exported                          string
	planted                           map[string]int // by kind of field
	watched                           bool
	thoughtless                       atomic.Bool
	handler                           http.Handler
	last                              string // what was answered last by everywhere
	post                              post   // what went out by mail and to groups
}

// databases are those of the product and of Temporal, "" for a file.
type databases struct{ product, temporal string }

func databasesOf(t *testing.T, dialect string) databases {
	if dialect == "postgres" {
		return databases{testkit.Postgres(t), testkit.Postgres(t)}
	}
	return databases{}
}

// newServer starts the whole product; nothing works on its cases yet.
func newServer(t *testing.T, db databases, vault *models.Vault) *aviary {
	t.Helper()
	return newServerOf(t, &Config{DB: db.product, TemporalDB: db.temporal, useVault: vault})
}

func newServerOf(t *testing.T, cfg *Config) *aviary {
	t.Helper()
	v := &aviary{t: t, cfg: cfg, planted: map[string]int{}}
	cfg.Data, cfg.Namespace, cfg.Profile, cfg.Drill, cfg.LogLevel, cfg.logTo = t.TempDir(), "shouwang", "demo", "1d=2s", "debug", &v.log
	var err error
	v.app, err = start(t.Context(), v.cfg, true, 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.app.close()) })
	return v
}

// listen serves HTTP, with everything recorded.
func (v *aviary) listen() {
	var err error
	v.handler, err = v.app.handler(v.t.Context(), ServeOptions{PerMinute: 1000}) // everybody acts from this machine
	require.NoError(v.t, err)
	srv := httptest.NewServer(v.recorded(v.telling(v.handler)))
	v.t.Cleanup(srv.Close)
	v.base = srv.URL
}

// newAviary is a server with the demonstration county, whose cases run.
func newAviary(t *testing.T, db databases, vault *models.Vault) *aviary {
	t.Helper()
	return newServer(t, db, vault).settled()
}

// settled fills in the demonstration county and has its cases run.
func (v *aviary) settled() *aviary {
	t, ctx := v.t, v.t.Context()
	t.Helper()
	require.NoError(t, v.app.seedDemo(ctx, 60))
	w := worker.New(v.app.client, v.app.engine)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	t.Cleanup(v.app.tend(ctx))
	v.listen()
	snapshot, err := v.app.engine.PolicyNow(ctx, demo.Village(1))
	require.NoError(t, err)
	v.play = &story.Play{Base: v.base, Clock: v.app.engine.Clock, Party: party(snapshot), Policy: snapshot, Say: t.Logf,
		Alter:    func(fields []procedure.Field, form map[string]any) { v.plant(fields, form, false) },
		Objector: map[string]string{"objector_name": bird("举报人"), "objector_contact": bird("举报人电话"), "facts": bird("举报内容")},
		FileName: func(kind string) string { return bird("文件名") + kind + ".png" }}
	return v
}

// plant puts canaries into a form and counts them.
func (v *aviary) plant(fields []procedure.Field, form map[string]any, numbers bool) {
	plantAll(formBirds, fields, form, numbers, func(k procedure.Kind) { v.planted[string(k)]++ })
}

// plantAll puts a canary into every answer of a form that can hold one, and tells of each: of texts that of their class; with
// numbers also coordinates, sums of money and dates.
func plantAll(birds map[procedure.Class]string, fields []procedure.Field, form map[string]any, numbers bool, planted func(procedure.Kind)) {
	for _, f := range fields {
		if rows, ok := form[f.Code].([]any); ok {
			for _, row := range rows {
				if cells, ok := row.(map[string]any); ok {
					plantAll(birds, f.Columns, cells, numbers, planted)
				}
			}
			continue
		}
		if value := canaryOf(birds, f, form[f.Code], numbers); value != nil {
			form[f.Code] = value
			planted(f.Kind)
		}
	}
}

// canaryOf is the canary for a field that has an answer, nil where there is none.
func canaryOf(birds map[procedure.Class]string, f procedure.Field, answer any, numbers bool) any {
	value, personal := birds[f.Class]
	_, isText := answer.(string)
	switch f.Kind {
	case procedure.Text, procedure.Long:
		if personal && isText && len(f.Options) == 0 && f.OptionsKey == "" && f.OptionsFrom == "" && (f.MaxLen == 0 || utf8.RuneCountInString(value) <= f.MaxLen) {
			return value
		}
	case procedure.Number:
		if at, ok := map[string]float64{"longitude": birdLongitude, "latitude": birdLatitude}[f.Code]; ok && numbers && answer != nil {
			return at
		}
	case procedure.Money:
		if personal && numbers && answer != nil {
			return birdMoney
		}
	case procedure.Date:
		if personal && numbers && isText {
			return birdDate
		}
	}
	return nil
}

// telling is the server's handler, whose refusals repeat what was sent while thoughtless is set: what its own care prevents.
func (v *aviary) telling(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !v.thoughtless.Load() {
			next.ServeHTTP(w, r)
			return
		}
		sent, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		var problem map[string]any
		if rec.Code >= http.StatusBadRequest && json.Unmarshal(rec.Body.Bytes(), &problem) == nil {
			problem["detail"] = fmt.Sprintf("%v：%s", problem["detail"], sent)
		}
		w.WriteHeader(rec.Code)
		_ = json.NewEncoder(w).Encode(problem)
	})
}

// faultTells sends a request that is refused by an answer that repeats it.
func (v *aviary) faultTells(word string) {
	v.t.Helper()
	cadre := v.as("cadre")
	v.thoughtless.Store(true)
	defer v.thoughtless.Store(false)
	require.Error(v.t, cadre.Post(v.t.Context(), "/households/search", "", map[string]string{"id_no": word}, nil))
}

// recorded keeps the URLs of all requests, the bodies of all faults, and what the public sees.
func (v *aviary) recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(&v.urls, "%s %s %s\n", r.Method, r.URL.RequestURI(), r.Referer())
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		if rec.Code >= http.StatusBadRequest {
			_, _ = v.faults.Write(append(rec.Body.Bytes(), '\n'))
		}
		if strings.Contains(r.URL.Path, "/public/") {
			_, _ = v.public.Write(append(rec.Body.Bytes(), '\n'))
		}
		for k, values := range rec.Header() {
			w.Header()[k] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// register puts the canaries of the register into the household that the play is about.
func (v *aviary) register() {
	t, db, vault := v.t, v.app.engine.Store.DB, v.app.engine.Store.Vault
	var err error
	v.house, err = v.play.FindHouse(t.Context(), 0)
	require.NoError(t, err)
	var h models.Household
	require.NoError(t, db.Where("id = ?", v.house.ID).Take(&h).Error)
	home, err := h.Secret(vault)
	require.NoError(t, err)
	home.Phone, home.Address, home.Bank = bird("户联系电话"), bird("住址"), bird("银行账号")
	home.Other = map[string]string{"备注": bird("住址")}
	require.NoError(t, h.SetSecret(vault, home))
	require.NoError(t, db.Save(&h).Error)
	var people []models.Person
	require.NoError(t, db.Where("household_id = ?", h.ID).Order("ord").Find(&people).Error)
	require.GreaterOrEqual(t, len(people), 2)
	for i := range people[:2] {
		p := &people[i]
		secret, err := p.Secret(vault)
		require.NoError(t, err)
		secret.IDNo, secret.Phone, secret.Health, secret.Disability = birdID, bird("成员电话"), bird("健康状况"), bird("残疾")
		secret.BirthDate = bird("出生日期")
		if !p.IsHead {
			secret.IDNo, secret.BirthDate, p.Name = birdChildID, bird("未成年人出生日期"), bird("未成年人姓名")
		}
		index := vault.Index(secret.IDNo)
		p.IDIndex = &index
		require.NoError(t, p.SetSecret(vault, secret))
		require.NoError(t, db.Save(p).Error)
	}
}

func (v *aviary) as(login string) *story.Client {
	v.t.Helper()
	c, err := story.SignIn(v.t.Context(), v.base, login, demo.Password)
	require.NoError(v.t, err)
	return c
}

// look reads, searches, unmasks, exports and prints what there is of the household.
func (v *aviary) look() {
	t, ctx, cadre, town := v.t, v.t.Context(), v.as("cadre"), v.as("township")
	home := "/households/" + v.house.ID
	get := func(c *story.Client, path string, query url.Values) string {
		var raw []byte
		require.NoError(t, c.Get(ctx, path, query, &raw), path)
		return string(raw)
	}
	var members struct {
		Items []struct {
			ID        string
			CanUnmask []string `json:"can_unmask"`
		}
	}
	require.NoError(t, town.Get(ctx, home+"/members", nil, &members))
	alive := map[string]bool{}
	for _, m := range members.Items {
		for _, field := range m.CanUnmask {
			if field != "name" && field != "health" { // the number of them is bounded
				continue
			}
			var shown struct{ Value string }
			require.NoError(t, town.Post(ctx, home+"/unmask", "", map[string]string{"field": field, "member_id": m.ID, "purpose": "核对人员信息"}, &shown))
			alive[shown.Value] = true
		}
	}
	require.True(t, alive[bird("未成年人姓名")] && alive[bird("健康状况")], "the canaries are alive")
	for _, list := range []string{get(cadre, home+"/members", nil), get(town, home+"/members", nil)} {
		require.NotContains(t, list, bird("未成年人姓名"))
		require.NotContains(t, list, bird("健康状况"))
	}
	get(cadre, home, nil)
	var found struct{ Items []struct{ ID string } }
	require.NoError(t, cadre.Post(ctx, "/households/search", "", map[string]string{"id_no": birdID}, &found))
	require.Equal(t, v.house.ID, found.Items[0].ID)
	var seen struct{ Value string }
	require.NoError(t, cadre.Post(ctx, home+"/unmask", "", map[string]string{"field": "address", "purpose": "入户核实"}, &seen))
	require.Equal(t, bird("住址"), seen.Value)

	var record struct{ Item struct{ ID string } }
	require.NoError(t, cadre.Post(ctx, "/form-records", models.NewID(), map[string]any{"form": "f3", "household_id": v.house.ID,
		"answers": map[string]any{"head": v.house.HeadName, "taken_by": bird("表单")}}, &record))
	get(cadre, "/form-records/"+record.Item.ID, nil)

	list := "姓名,身份证号,状态,备注\n" + bird("未成年人姓名") + "," + birdChildID + ",新增," + bird("部门名单") + "\n"
	var preview struct{ Sha256 string }
	words := map[string]string{"kind": "dibao", "as_of": v.app.engine.Clock.Now().Format(time.DateOnly)}
	require.NoError(t, town.Send(ctx, "/dept-files/preview", "", words, "名单.csv", "text/csv", []byte(list), &preview))
	words["confirm"] = preview.Sha256
	require.NoError(t, town.Send(ctx, "/dept-files/import", models.NewID(), words, "名单.csv", "text/csv", []byte(list), nil))

	var paper struct{ ID string }
	cases := get(town, home+"/cases", url.Values{"limit": {"100"}}) // nightly checks find much wrong here: more than the first page
	var page struct {
		Items []struct{ ID, Procedure string }
	}
	require.NoError(t, json.Unmarshal([]byte(cases), &page))
	for _, c := range page.Items {
		get(town, "/cases/"+c.ID, nil)
		get(town, "/cases/"+c.ID+"/timeline", nil)
		if c.Procedure == "identification" {
			require.NoError(t, cadre.Post(ctx, "/papers", models.NewID(), map[string]any{"kind": "authorization", "case_id": c.ID, "purpose": "sign"}, &paper))
			get(cadre, "/papers/"+paper.ID+"/file", url.Values{"format": {"pdf"}})
		}
	}
	var report struct{ Name string }
	require.NoError(t, v.as("county").Post(ctx, "/people/report", "", map[string]string{"id_no": birdChildID, "purpose": "监护人申请查阅"}, &report))
	require.Equal(t, bird("未成年人姓名"), report.Name)
	require.NoError(t, v.as("county").Post(ctx, "/people/report/file", "", map[string]string{"id_no": birdID, "purpose": "本人申请查阅"}, new([]byte)))
	v.export(town)
}

func (v *aviary) export(c *story.Client) {
	t, ctx := v.t, v.t.Context()
	var x struct{ ID, State string }
	require.NoError(t, c.Post(ctx, "/exports", models.NewID(), map[string]any{"list": "persons", "reason": "季度核查", "filter": map[string]string{"village": v.house.Village}}, &x))
	require.Eventually(t, func() bool {
		require.NoError(t, c.Get(ctx, "/exports/"+x.ID, nil, &x))
		return x.State == "ready"
	}, time.Minute, 100*time.Millisecond)
	var raw []byte
	require.NoError(t, c.Get(ctx, "/exports/"+x.ID+"/file", nil, &raw))
	s := canary.New(birds...)
	s.Look("download", raw)
	require.NotEmpty(t, s.Findings(), "the file holds canaries, so that a leak of it would be found")
}

// err sends what is refused, with canaries in it.
func (v *aviary) err() {
	t, ctx, cadre := v.t, v.t.Context(), v.as("cadre")
	refused := func(err error) {
		t.Helper()
		var p *story.Problem
		require.True(t, errors.As(err, &p), "%v", err)
		require.Less(t, p.Status, 500)
	}
	home := "/households/" + v.house.ID
	refused(story.Anonymous(v.base).Post(ctx, "/session", "", map[string]string{"login": birdID, "password": bird("住址")}, nil))
	refused(cadre.Post(ctx, home+"/unmask", "", map[string]string{"field": birdID, "purpose": bird("住址")}, nil))
	refused(cadre.Post(ctx, home+"/unmask", "", map[string]any{"field": "phone", "purpose": []string{bird("住址")}}, nil))
	for _, told := range []string{"查" + birdID, "打电话19912345678", "账号6222021234599887766"} {
		refused(cadre.Post(ctx, home+"/unmask", "", map[string]string{"field": "phone", "purpose": told}, nil))
		refused(cadre.Post(ctx, "/exports", models.NewID(), map[string]any{"list": "persons", "reason": told, "filter": map[string]string{}}, nil))
	}
	refused(cadre.Post(ctx, "/households/search", "", map[string]any{"id_no": []string{birdID}}, nil))
	refused(cadre.Post(ctx, "/households/search", "", map[string]any{"id_no": birdID + bird("住址")}, nil))
	refused(cadre.Post(ctx, "/cases", models.NewID(), map[string]any{"procedure": "risk_clue", "household_id": v.house.ID, "form": map[string]any{bird("未成年人姓名"): 1, "content": 7, "channel": bird("健康状况"), "found_at": birdID}}, nil))
	refused(cadre.Post(ctx, "/cases", models.NewID(), map[string]any{"procedure": bird("健康状况"), "household_id": birdID, "form": map[string]any{}}, nil))
	refused(cadre.Post(ctx, "/form-records", models.NewID(), map[string]any{"form": "f3", "household_id": v.house.ID, "answers": map[string]any{"longitude": bird("住址")}}, nil))
	id, err := v.play.Neglect(ctx, v.house)
	require.NoError(t, err)
	refused(cadre.Post(ctx, "/cases/"+id+"/events", models.NewID(), map[string]any{"event": "confirm_risk", "expected_seq": 1, "form": map[string]any{"respondent": birdID}}, nil))
	refused(cadre.Post(ctx, "/cases/"+id+"/events", models.NewID(), map[string]any{"event": "register_locally", "expected_seq": 1, "form": map[string]any{"note": strings.Repeat(bird("住址"), 400)}}, nil))
	_, err = cadre.Upload(ctx, id, bird("健康状况"), bird("未成年人姓名")+".png", "image/png", []byte("\x89PNG\r\n\x1a\n"+bird("住址")))
	refused(err)
	_, err = cadre.Upload(ctx, id, "screening_form", bird("未成年人姓名")+".exe", "application/octet-stream", []byte("MZ"+bird("住址")))
	refused(err)
}

// search looks for the canaries everywhere.
func (v *aviary) search() *canary.Search {
	t, ctx := v.t, v.t.Context()
	t.Helper()
	s := canary.New(birds...)
	s.Look(inLog, v.log.bytes())
	s.Look(inURLs, v.urls.bytes())
	s.Look(inFaults, v.faults.bytes())
	s.Look(inPublic, v.public.bytes())
	s.Look(inStream, v.stream.bytes())
	v.post.look(t, s)
	v.temporal(s)
	v.tables(s)
	for name, dsn := range map[string]string{inDump: v.cfg.DB, inTemporal: v.cfg.TemporalDB} {
		if strings.HasPrefix(dsn, "postgres://") {
			s.Look(name, dumped(t, ctx, dsn))
		}
	}
	require.NoError(t, s.Folder(inFolder, os.DirFS(v.cfg.Data)))
	return s
}

// temporal looks at every workflow that Temporal knows: what it is found by, and its history.
func (v *aviary) temporal(s *canary.Search) {
	t, ctx := v.t, v.t.Context()
	var next []byte
	for {
		list, err := v.app.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: v.cfg.Namespace, NextPageToken: next})
		require.NoError(t, err)
		for _, x := range list.Executions {
			raw, err := proto.Marshal(x)
			require.NoError(t, err)
			s.Look(inSearch, raw)
			for it := v.app.client.GetWorkflowHistory(ctx, x.Execution.WorkflowId, x.Execution.RunId, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
				e, err := it.Next()
				require.NoError(t, err)
				raw, err := proto.Marshal(e)
				require.NoError(t, err)
				s.Look(inHistory, raw)
			}
		}
		if next = list.NextPageToken; len(next) == 0 {
			return
		}
	}
}

// tables looks at every value of every table.
func (v *aviary) tables(s *canary.Search) {
	t, db := v.t, v.app.engine.Store.DB
	names, err := db.Migrator().GetTables()
	require.NoError(t, err)
	require.Greater(t, len(names), 40)
	for _, name := range names {
		rows, err := db.Table(name).Rows()
		require.NoError(t, err)
		everyValue(t, rows, func(column string, value []byte) { s.Look(inDatabase+": "+name+"."+column, value) })
	}
}

func everyValue(t *testing.T, rows *sql.Rows, f func(column string, value []byte)) {
	t.Helper()
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		require.NoError(t, rows.Scan(into...))
		for i, v := range values {
			switch x := v.(type) {
			case []byte:
				f(columns[i], x)
			case string:
				f(columns[i], []byte(x))
			}
		}
	}
	require.NoError(t, rows.Err())
}

// dumped is what an operator takes away for a backup.
func dumped(t *testing.T, ctx context.Context, dsn string) []byte {
	t.Helper()
	out, err := exec.CommandContext(ctx, testkit.PostgresProgram(t, "pg_dump"), "--dbname="+dsn, "--inserts").Output()
	require.NoError(t, err)
	return out
}

// TestCanary plays a life in which personal data of every class come in by every door, and looks for them wherever they
// must not be: nothing of class P2 or higher stands in a log, a history, a URL, an error text, on the notice page, in either
// database or in a file.
func TestCanary(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		v := newServer(t, databasesOf(t, dialect), nil)
		v.receives()
		v.settled()
		v.everybodyIsTold()
		v.register()
		v.watch()
		_, err := v.play.Identify(t.Context(), v.house)
		require.NoError(t, err)
		v.look()
		v.fillForms()
		v.joins()
		v.away()
		v.searches()
		v.caseFiles()
		for _, kind := range []procedure.Kind{procedure.Text, procedure.Long, procedure.Number, procedure.Money, procedure.Date} {
			require.Positive(t, v.planted[string(kind)], "canaries of kind %s", kind)
		}
		v.audit()
		v.importLists()
		v.err()
		v.everywhere()
		require.NoError(t, v.app.cases.Archive(t.Context()))
		s := v.search()
		v.none(s)
		report(v.planted, s)
		v.caught(dialect)
	})
}

// none fails for each canary that was found, and for each place that was not looked at.
func (v *aviary) none(s *canary.Search) {
	v.t.Helper()
	for _, f := range s.Findings() {
		v.t.Error(f)
	}
	seen := s.Looked()
	places := []string{inLog, inHistory, inSearch, inURLs, inFaults, inPublic, inDatabase + ": people.sealed", inDatabase + ": case_events.payload", inDatabase + ": workflow_runs.history"}
	if v.watched {
		places = append(places, inStream)
	}
	if v.app.engine.Store.Postgres() {
		places = append(places, inDump, inTemporal)
	} else {
		places = append(places, inFolder+": shouwang.db", inFolder+": temporal.db")
	}
	if v.post.mail != nil {
		places = append(places, inPost)
	}
	for _, place := range places {
		require.Positive(v.t, seen[place], "%s was looked at", place)
	}
}

// report prints what make security tells of the test.
func report(planted map[string]int, s *canary.Search) {
	values, bytes := 0, 0
	for _, n := range planted {
		values += n
	}
	for _, n := range s.Looked() {
		bytes += n
	}
	fmt.Printf("canary: %d values planted × %d places searched × %d bytes, none found\n", values, len(s.Looked()), bytes)
}

// leak takes a protection away: the bird is found in these places then, and was in none of them before.
type leak struct {
	bird   string
	let    func(word string)
	places []string
}

// caught takes each protection away, one after another, and demands that the search says so: a search that finds nothing
// after that would be no proof.
func (v *aviary) caught(dialect string) {
	t, ctx, db, now := v.t, v.t.Context(), v.app.engine.Store.DB, v.app.engine.Clock.Now()
	product, temporal := inDump, inTemporal
	if dialect == "sqlite" {
		product, temporal = inFolder+": shouwang.db", inFolder+": temporal.db" // or the log beside it
	}
	leaks := []leak{
		{"住址", func(word string) { v.app.log.Debug("request", "body", `{"address":"`+word+`"}`) }, []string{inLog}},
		{"银行账号", func(word string) { _ = v.as("cadre").Get(ctx, "/households", url.Values{"q": {word}}, nil) }, []string{inURLs}},
		{"健康状况", v.faultTells, []string{inFaults}},
		{"残疾", func(word string) {
			_, err := v.app.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "leak", TaskQueue: "nobody"}, "risk_clue", map[string]string{"disability": word})
			require.NoError(t, err)
			v.listed(inHistory)
		}, []string{inHistory, temporal}},
		{"身份证号", func(word string) {
			_, err := v.app.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "leak-" + word, TaskQueue: "nobody"}, "risk_clue")
			require.NoError(t, err)
			v.listed(inSearch)
		}, []string{inSearch, temporal}},
		{"未成年人姓名", func(word string) {
			require.NoError(t, db.Create(&models.PublicNotice{ID: "leak", Kind: "notice", RegionCode: v.house.Village, Title: "公示", Sheet: map[string]any{"head_name": word}, PostedAt: now.Add(-time.Hour), UntilAt: now.AddDate(1, 0, 0)}).Error)
			require.NoError(t, story.Anonymous(v.base).Get(ctx, "/public/villages/"+v.house.Village+"/notices", nil, nil))
		}, []string{inPublic, product}},
		{"存款", func(word string) {
			require.NoError(t, db.Create(&models.Message{ID: "leak", UserID: "nobody", Title: "提醒", Body: word, DeliverAt: time.Now(), CreatedAt: time.Now()}).Error)
		}, []string{inDatabase + ": messages.body", product}},
		{"举报内容", v.tellsGroup, []string{inPost}},
		{"成员电话", func(word string) {
			require.NoError(t, os.WriteFile(filepath.Join(v.cfg.Data, "leak.xlsx"), []byte(word), 0o600))
		}, []string{inFolder + ": leak.xlsx"}},
	}
	before := v.search()
	for _, l := range leaks {
		l.let(bird(l.bird))
	}
	after, places := v.search(), map[string]bool{}
	for _, l := range leaks {
		for _, place := range l.places {
			require.False(t, found(before, l.bird, place), "%s in %s before it leaked", l.bird, place)
			require.True(t, found(after, l.bird, place), "%s in %s: %v", l.bird, place, after.Findings())
			places[place] = true
		}
	}
	fmt.Printf("canary: without protection, %d leaks × %d places, all found, on %s\n", len(leaks), len(places), dialect)
}

// found reports whether a bird was found in a place.
func found(s *canary.Search, name, place string) bool {
	return slices.ContainsFunc(s.Findings(), func(f canary.Finding) bool { return f.Name == name && strings.HasPrefix(f.Place, place) })
}

// listed waits until Temporal lists the workflow that leaks.
func (v *aviary) listed(place string) {
	require.Eventually(v.t, func() bool {
		s := canary.New(birds...)
		v.temporal(s)
		return slices.ContainsFunc(s.Findings(), func(f canary.Finding) bool { return f.Place == place })
	}, time.Minute, 200*time.Millisecond)
}

// Without sealing, the canaries stand in the database for everybody to read, and are found there.
func TestCanaryIsCaughtWithoutSealing(t *testing.T) {
	t.Parallel()
	vault, err := models.NewVaultWith(clear{}, make([]byte, 32))
	require.NoError(t, err)
	v := newAviary(t, databases{}, vault)
	v.register()
	_, err = v.play.Neglect(t.Context(), v.house)
	require.NoError(t, err)
	found := map[string]bool{}
	for _, f := range v.search().Findings() {
		found[f.Name+" in "+f.Place] = true
	}
	for _, want := range []string{"身份证号 in " + inDatabase + ": people.sealed", "住址 in " + inDatabase + ": households.sealed", "银行账号 in " + inDatabase + ": households.sealed",
		"健康状况 in " + inFolder + ": shouwang.db-wal"} {
		require.True(t, found[want], "%s: %v", want, found)
	}
}

// clear is a cipher that does nothing.
type clear struct{}

func (clear) NonceSize() int { return 12 }
func (clear) Overhead() int  { return 0 }
func (clear) Seal(dst, _, plain, _ []byte) []byte {
	return append(dst, plain...)
}
func (clear) Open(dst, _, sealed, _ []byte) ([]byte, error) { return append(dst, sealed...), nil }
