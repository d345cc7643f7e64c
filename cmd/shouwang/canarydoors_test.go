package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/forms"
	"shouwang/internal/canary"
	"shouwang/internal/demo"
	"shouwang/internal/example"
	"shouwang/internal/programme"
	"shouwang/internal/story"
	"shouwang/models"
)

// The other doors by which personal data come in: forms of the library, workbooks, the ledger, and requests of all kinds.

// fillForms fills in every form of the library that the village or its township may, with canaries, and takes the
// workbook of one out and brings it back.
func (v *aviary) fillForms() {
	t, ctx, filled := v.t, v.t.Context(), 0
	setting := example.Setting{Now: v.app.engine.Clock.Now(), Village: v.house.Village, VillageName: v.house.VillageName, Group: v.house.Group, HeadName: v.house.HeadName,
		Population: v.house.Population, People: v.house.People, Policy: v.play.Policy, File: func(string) string { return "" }}
	for _, f := range forms.Standard.All() {
		about := map[string]any{"form": f.Code, "period": "2026"}
		if f.Subject == forms.AboutHousehold {
			about["household_id"] = v.house.ID
		} else {
			about["region_code"] = v.house.Village
		}
		all, answers := example.Fields(f.Key(), f.Fields, setting), map[string]any{}
		for _, x := range f.Written() {
			if value := all[x.Code]; value != nil {
				answers[x.Code] = value
			}
		}
		v.plant(f.Written(), answers, true)
		about["answers"] = answers
		var record struct{ Item struct{ ID string } }
		if err := v.as("cadre").Post(ctx, "/form-records", models.NewID(), about, &record); err != nil {
			about["region_code"] = demo.Township
			if v.as("township").Post(ctx, "/form-records", models.NewID(), about, &record) != nil {
				continue // a form of departments, of campaigns
			}
		}
		filled++
		require.NoError(t, v.as("cadre").Get(ctx, "/form-records/"+record.Item.ID, nil, nil))
	}
	require.Greater(t, filled, len(forms.Standard.All())/2)

	cadre := v.as("cadre")
	var book []byte
	require.NoError(t, cadre.Post(ctx, "/forms/workbook/export", "", map[string]any{"form": "f3", "region_code": v.house.Village, "period": "2026", "purpose": "入户核对"}, &book))
	var preview struct{ Sha256 string }
	require.NoError(t, cadre.Send(ctx, "/forms/workbook", "", nil, bird("文件名")+".xlsx", sheetType, book, &preview))
	require.NoError(t, cadre.Send(ctx, "/forms/workbook?confirm="+preview.Sha256, "", nil, bird("文件名")+".xlsx", sheetType, book, nil))
}

// joins reports a new member of the household, with number and birth date: a date that stands in the form of a procedure.
func (v *aviary) joins() {
	t, ctx, cadre := v.t, v.t.Context(), v.as("cadre")
	require.NoError(t, cadre.Post(ctx, "/cases", models.NewID(), map[string]any{"procedure": "member_change", "household_id": v.house.ID, "form": map[string]any{"kind": "increase", "changed_on": v.app.engine.Clock.Now().Format(time.DateOnly), "in_reason": "other", "note": bird("表单"), "new_members": []any{map[string]any{
		"name": canaryNotes + "新来的人", "relation": "其他", "id_no": birdNewID, "sex": "女", "birth_date": birdDate, "health": "患有大病", "medical": bird("健康状况"), "phone": bird("成员电话")}}}}, nil))
	v.planted["date"]++
}

// watch keeps what an open page of the township is told while all this happens.
func (v *aviary) watch() {
	in := httptest.NewRequestWithContext(v.t.Context(), http.MethodPost, "/api/v1/session", strings.NewReader(fmt.Sprintf(`{"login":"township","password":%q}`, demo.Password)))
	in.Header.Set("Content-Type", "application/json")
	in.Header.Set("X-Requested-With", "shouwang")
	rec := httptest.NewRecorder()
	v.handler.ServeHTTP(rec, in)
	require.Equal(v.t, http.StatusOK, rec.Code, rec.Body)
	r := httptest.NewRequestWithContext(v.t.Context(), http.MethodGet, "/api/v1/live", nil)
	for _, c := range rec.Result().Cookies() {
		r.AddCookie(c)
	}
	v.watched = true
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.handler.ServeHTTP(&taped{http.Header{}, &v.stream}, r)
	}()
	v.t.Cleanup(func() {
		<-done
		require.Contains(v.t, string(v.stream.bytes()), "event: change")
	})
}

// taped is an answer that is kept as it comes.
type taped struct {
	head http.Header
	*tape
}

func (w *taped) Header() http.Header { return w.head }
func (w *taped) WriteHeader(int)     {}
func (w *taped) Flush()              {}

// searches looks for canaries in every list that can be searched, has what is found taken out, and acts on it.
func (v *aviary) searches() {
	ctx, cadre := v.t.Context(), v.as("cadre")
	for _, looked := range []string{birdID, bird("成员电话"), bird("未成年人姓名")} {
		for _, list := range []string{"households", "persons", "cases", "tasks"} {
			require.NoError(v.t, cadre.Post(ctx, "/"+list+"/query", "", map[string]any{"q": looked}, nil), list)
			require.NoError(v.t, cadre.Post(ctx, "/exports", models.NewID(), map[string]any{"list": list, "reason": "季度核查", "filter": map[string]any{"q": looked}}, nil), list)
			v.planted["search"] += 2
		}
		var p *story.Problem
		require.ErrorAs(v.t, cadre.Post(ctx, "/bulk-jobs", models.NewID(), map[string]any{"action": "claim", "filter": map[string]any{"q": looked}}, nil), &p)
		require.Equal(v.t, "nothing_chosen", p.Code)
	}
	// A part of the name of the household's head finds its tasks, so that the job stays.
	require.NoError(v.t, cadre.Post(ctx, "/bulk-jobs", models.NewID(), map[string]any{"action": "claim", "filter": map[string]any{"q": v.house.HeadName}}, nil))
}

// away enters an absence and has everybody look at it. It holds nothing of class P2 or higher, and has no place for it: its reason
// is one of four words, which tell of no illness, its days and names are those of offices. So canaries can only be refused.
func (v *aviary) away() {
	t, ctx, cadre := v.t, v.t.Context(), v.as("cadre")
	var grant models.RoleGrant
	db := v.app.engine.Store.DB
	require.NoError(t, db.Joins("JOIN users ON users.id = role_grants.user_id").Where("users.login = ? AND role_grants.role = ?", "cadre", "village_cadre").Take(&grant).Error)
	require.NoError(t, cadre.Get(ctx, "/absences/people", nil, nil))
	today := v.app.engine.Clock.Now()
	day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
	leave := map[string]any{"from": day(5), "until": day(60), "reason": "leave", "substitutes": []any{map[string]any{"grant_id": grant.ID, "user_id": v.second(grant)}}}
	require.NoError(t, cadre.Post(ctx, "/absences", models.NewID(), leave, nil))
	require.NoError(t, v.as("township").Get(ctx, "/absences", nil, nil))
	for field, value := range map[string]any{"reason": bird("健康状况"), "from": birdDate, "until": bird("未成年人出生日期"), "user_id": birdID, "substitutes": []any{map[string]any{"grant_id": birdID, "user_id": bird("未成年人姓名")}}} {
		wrong := maps.Clone(leave)
		wrong[field] = value
		var p *story.Problem
		require.ErrorAs(t, cadre.Post(ctx, "/absences", models.NewID(), wrong, nil), &p)
		require.Less(t, p.Status, 500, field)
		v.planted["refused"]++
	}
}

// second is somebody else with a post in the village of a grant.
func (v *aviary) second(grant models.RoleGrant) string {
	var other models.RoleGrant
	require.NoError(v.t, v.app.engine.Store.DB.Where("region_code = ? AND user_id <> ? AND role IN ?", grant.RegionCode, grant.UserID, []string{"village_secretary", "village_cadre", "resident_member"}).Order("id").Take(&other).Error)
	return other.UserID
}

// caseFiles has the file (案卷) of each ended case of the household made, as PDF and as a document, with the canaries in it.
func (v *aviary) caseFiles() {
	t, ctx, town := v.t, v.t.Context(), v.as("township")
	var cases []models.Case
	require.NoError(t, v.app.engine.Store.DB.Where("household_id = ? AND procedure = ? AND closed_at IS NOT NULL", v.house.ID, "identification").Find(&cases).Error)
	require.NotEmpty(t, cases)
	for _, c := range cases {
		var paper struct{ ID string }
		require.NoError(t, town.Post(ctx, "/papers", models.NewID(), map[string]any{"kind": "case_file", "case_id": c.ID}, &paper))
		s := canary.New(birds...)
		for _, format := range []string{"pdf", "docx"} {
			var raw []byte
			require.NoError(t, town.Get(ctx, "/papers/"+paper.ID+"/file", url.Values{"format": {format}, "purpose": {"print"}}, &raw))
			s.Look(format, raw)
		}
		require.NotEmpty(t, s.Findings(), "the file holds canaries, so that a leak of it would be found")
		v.planted["paper"]++
	}
}

const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// importLists brings in the ledger of a village and the problems of a programme, with canaries in their cells.
func (v *aviary) importLists() {
	t, ctx, town := v.t, v.t.Context(), v.as("township")
	dir := t.TempDir()
	file := filepath.Join(dir, "台账.xlsx")
	require.NoError(t, generateCmd{Out: file, Households: 4, Villages: 1}.Run())
	x, err := excelize.OpenFile(file)
	require.NoError(t, err)
	planted := 0
	for _, sheet := range x.GetSheetList() {
		for value, titles := range map[string][]string{bird("住址"): {"住址", "家庭住址", "详细地址", "地址"}, bird("户联系电话"): {"户联系电话", "家庭联系电话", "户主电话"}, bird("银行账号"): {"银行卡号", "银行账号", "一卡通账号"}} {
			for _, title := range titles {
				planted += v.plantColumn(x, sheet, title, value)
			}
		}
	}
	require.Positive(t, planted, "the ledger has a column for a canary: %v", must(x.GetRows(x.GetSheetName(0))))
	require.NoError(t, x.Save())
	var seen struct{ Sha256 string }
	raw := must(os.ReadFile(file))
	require.NoError(t, town.Send(ctx, "/households/ledger", "", nil, bird("文件名")+".xlsx", sheetType, raw, &seen))
	require.NoError(t, town.Send(ctx, "/households/ledger?confirm="+seen.Sha256, "", nil, bird("文件名")+".xlsx", sheetType, raw, nil))
	require.NoError(t, importCmd{File: file, Apply: true, Out: filepath.Join(dir, "back.xlsx")}.Run(ctx, v.cfg))

	today := v.app.engine.Clock.Now()
	day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
	var p struct{ ID string }
	require.NoError(t, town.Post(ctx, "/programmes", models.NewID(), map[string]any{"title": "整改方案", "region_code": demo.Township, "source_paper": "反馈意见", "plan": "三个不放过", "cut_off": day(300),
		"phases": []any{map[string]any{"kind": "rectify", "title": "集中整改", "from": day(0), "until": day(100)}, map[string]any{"kind": "consolidate", "title": "巩固提升", "from": day(101), "until": day(300)}}, "events": []any{map[string]any{"code": "review", "title": "后评估"}}}, &p))
	var problems, told bytes.Buffer
	require.NoError(t, programme.ExampleWorkbook(&problems))
	x, err = excelize.OpenReader(&problems)
	require.NoError(t, err)
	sheet := x.GetSheetName(0)
	require.NoError(t, x.SetCellStr(sheet, "H2", "问题具体描述")) // in place of the remarks
	for row := range 20 {
		require.NoError(t, x.SetCellStr(sheet, fmt.Sprintf("H%d", row+3), bird("表单")))
		v.planted["cell"]++
	}
	require.NoError(t, x.Write(&told))
	var preview struct{ Sha256 string }
	require.NoError(t, town.Send(ctx, "/programmes/"+p.ID+"/import", "", nil, bird("文件名")+".xlsx", sheetType, told.Bytes(), &preview))
	require.NoError(t, town.Send(ctx, "/programmes/"+p.ID+"/import?confirm="+preview.Sha256, "", nil, bird("文件名")+".xlsx", sheetType, told.Bytes(), nil))
}

// plantColumn writes a canary into a column of a sheet, below its head, and says into how many cells.
func (v *aviary) plantColumn(x *excelize.File, sheet, title, value string) (n int) {
	rows, err := x.GetRows(sheet)
	require.NoError(v.t, err)
	at := -1
	for i, row := range rows {
		for j, cell := range row {
			if at < 0 && strings.TrimSpace(strings.TrimSuffix(cell, "*")) == title {
				at = j
			}
		}
		if at >= 0 && i > 0 && len(row) > at && row[at] != "" && strings.TrimSpace(strings.TrimSuffix(row[at], "*")) != title {
			name, err := excelize.CoordinatesToCellName(at+1, i+1)
			require.NoError(v.t, err)
			require.NoError(v.t, x.SetCellStr(sheet, name, value))
			v.planted["cell"]++
			n++
		}
	}
	return n
}

// audit looks at the household as an auditor does, as a program with a token does, and runs the rules over it.
func (v *aviary) audit() {
	t, ctx, county := v.t, v.t.Context(), v.as("county")
	today := v.app.engine.Clock.Now()
	var auditor models.User
	require.NoError(t, v.app.engine.Store.DB.Where("login = ?", "auditor").Take(&auditor).Error)
	require.NoError(t, county.Post(ctx, "/engagements", models.NewID(), map[string]any{"user_id": auditor.ID, "title": "专项审计", "basis": "审计通知书", "areas": []string{demo.County},
		"from": today.Format(time.DateOnly), "until": today.AddDate(1, 0, 0).Format(time.DateOnly)}, nil))
	desk := v.as("auditor")
	var page struct{ Items []struct{ ID string } }
	require.NoError(t, desk.Get(ctx, "/cases", url.Values{"limit": {"20"}}, &page))
	require.NotEmpty(t, page.Items)
	later := v.app.engine.Clock.Now().UTC().Format(time.RFC3339)
	for _, c := range page.Items {
		require.NoError(t, desk.Get(ctx, "/cases/"+c.ID+"/asof", url.Values{"at": {later}}, nil))
		require.NoError(t, desk.Get(ctx, "/cases/"+c.ID+"/compare", url.Values{"from": {today.UTC().Add(-time.Hour).Format(time.RFC3339)}, "to": {later}}, nil))
	}
	for _, pattern := range []string{"text_copied", "evidence_reused", "same_person", "too_fast"} {
		require.NoError(t, desk.Get(ctx, "/audit/hits", url.Values{"pattern": {pattern}}, nil))
	}
	var run struct{ ID, State string }
	require.Eventually(t, func() bool { // that of the night may be under way
		return county.Post(ctx, "/runs", models.NewID(), map[string]any{"kind": "quality", "region_code": v.house.Village}, &run) == nil
	}, time.Minute, 200*time.Millisecond)
	require.Eventually(t, func() bool {
		require.NoError(t, county.Get(ctx, "/runs/"+run.ID, nil, &run))
		return run.State == "done"
	}, time.Minute, 200*time.Millisecond)

	var made struct{ Token string }
	require.NoError(t, v.as("cadre").Post(ctx, "/me/tokens", "", map[string]any{"name": "脚本", "scopes": []string{"households.read"}, "days": 1, "password": demo.Password}, &made))
	for status, path := range map[int]string{http.StatusOK: "/households/" + v.house.ID + "/members", http.StatusForbidden: "/cases"} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+"/api/v1"+path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+made.Token)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, status, answer.StatusCode, path)
	}
}

// everywhere sends canaries in each place of a request: in the path, as names and values of the query and of headers, in
// the body as JSON, as no JSON and as names of a form's parts, and looks for them in what is answered and logged. That these
// URLs hold them is the doing of the test, so they are not kept.
func (v *aviary) everywhere() {
	t := v.t
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		v.handler.ServeHTTP(rec, r)
		fmt.Fprintf(&v.faults, "%v %s\n", rec.Header(), rec.Body.Bytes())
		v.last = fmt.Sprint(rec.Code, rec.Header(), rec.Body.String())
		for k, values := range rec.Header() {
			w.Header()[k] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}))
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	cadre, sent := &http.Client{Jar: jar}, 0
	ask := func(req *http.Request) int {
		req.Header.Set("X-Requested-With", "shouwang")
		answer, err := cadre.Do(req)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	in, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/api/v1/session", strings.NewReader(fmt.Sprintf(`{"login":"cadre","password":%q}`, demo.Password)))
	require.NoError(t, err)
	in.Header.Set("Content-Type", "application/json")
	require.Equal(t, http.StatusOK, ask(in))
	for _, b := range birds {
		word, json := b.Value, func(name, value string) string { return fmt.Sprintf(`{%q:%q}`, name, value) }
		code := "X" + word // looks like a code when it is a number
		for _, r := range []struct{ method, path, mime, body, header string }{
			{"GET", "/households/" + url.PathEscape(word), "", "", ""},
			{"GET", "/" + url.PathEscape(word), "", "", ""},
			{"GET", "/cases/" + url.PathEscape(word) + "/timeline", "", "", ""},
			{"GET", "/cases?cursor=" + url.QueryEscape(word), "", "", ""},
			{"GET", "/cases?limit=" + url.QueryEscape(word), "", "", ""},
			{"GET", "/cases?village=" + url.QueryEscape(word), "", "", ""},
			{"GET", "/cases?state=none&" + url.QueryEscape(word) + "=1", "", "", ""},
			{"GET", "/forms/schema?form=" + url.QueryEscape(word), "", "", ""},
			{"POST", "/households/search", "application/json", json(word, "x"), ""},
			{"POST", "/households/search", "application/json", word, ""},
			{"POST", "/households/search", word, `{}`, ""},
			{"POST", "/households/search", "application/json", json("id_no", word+"?"), ""},
			{"POST", "/cases", "application/json", fmt.Sprintf(`{"procedure":"risk_clue","household_id":%q,"form":{%q:%q}}`, v.house.ID, word, word), ""},
			{"POST", "/cases", "application/json", fmt.Sprintf(`{"procedure":"risk_clue","household_id":%q,"form":{%q:%q}}`, v.house.ID, code, word), ""},
			{"POST", "/cases", "application/json", fmt.Sprintf(`{"procedure":"risk_clue","household_id":%q,"form":{"channel":%q}}`, v.house.ID, code), word},
			{"POST", "/form-records", "application/json", fmt.Sprintf(`{"form":%q,"household_id":%q,"answers":{}}`, code, v.house.ID), ""},
			{"POST", "/dept-files/preview", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"" + code + "\"\r\n\r\nx\r\n--b--\r\n", ""},
			{"POST", "/dept-files/preview", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"" + word + "\"\r\n\r\nx\r\n--b--\r\n", ""},
			{"GET", "/me", "", "", word},
		} {
			sent++
			req, err := http.NewRequestWithContext(t.Context(), r.method, srv.URL+"/api/v1"+r.path, strings.NewReader(r.body))
			require.NoError(t, err)
			if r.mime != "" {
				req.Header.Set("Content-Type", r.mime)
			}
			if r.method == "POST" {
				req.Header.Set("Idempotency-Key", models.NewID())
			}
			if r.header != "" {
				for _, name := range []string{"X-Request-Id", "Accept-Language", "If-None-Match", "User-Agent"} {
					req.Header.Set(name, url.QueryEscape(r.header))
				}
			}
			require.Less(t, ask(req), 500, r.path)
			s := canary.New(birds...)
			s.Look("answer", []byte(v.last))
			for _, f := range s.Findings() {
				t.Errorf("%s: %s %s %s: %s", f, r.method, r.path, r.body, v.last)
			}
		}
	}
	v.planted["request"] += sent
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
