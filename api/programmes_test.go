package api

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/api/gen"
	"shouwang/internal/programme"
	"shouwang/models"
	"shouwang/procedure"
)

// programmeInput is a plan of the first township.
func programmeInput(more ...object) object {
	in := object{"title": "反馈问题整改方案", "region_code": township, "source_paper": "反馈意见", "plan": "三个不放过", "cut_off": "2026-12-31",
		"phases": []object{{"kind": "rectify", "title": "集中整改", "from": "2026-03-01", "until": "2026-06-30"}, {"kind": "consolidate", "title": "巩固提升", "from": "2026-07-01", "until": "2026-12-31"}},
		"events": []object{{"code": "review", "title": "后评估"}}}
	for _, m := range more {
		for k, v := range m {
			in[k] = v
		}
	}
	return in
}

func (w *world) programme(t testing.TB) gen.Programme {
	t.Helper()
	rec := w.do(t, call{user: "town", method: "POST", url: basePath + "/programmes", status: 200, body: programmeInput()})
	return decode[gen.Programme](t, rec)
}

// A programme is kept by the office at or above its level and seen by those who work
// in its area, each with his own numbers.
func TestProgrammeIsKeptByItsOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.programme(t)
	url := basePath + "/programmes/" + p.ID
	for user, status := range map[string]int{"town": 200, "county": 200, "cadre": 200, "next_cadre": 200, "auditor": 200, "far_town": 404, "far_cadre": 404, "sec": 404, "civil": 404, "farmer": 404} {
		w.do(t, call{user: user, method: "GET", url: url, status: status})
		n := map[bool]int{true: 1, false: 0}[status == 200]
		rec := w.do(t, call{user: user, method: "GET", url: basePath + "/programmes", status: 200})
		require.Len(t, decode[gen.ProgrammePage](t, rec).Items, n, user)
	}
	for user, status := range map[string]int{"cadre": 403, "secretary": 403, "auditor": 403, "far_town": 404, "county": 200} {
		w.do(t, call{user: user, method: "PUT", url: url, status: status, body: programmeInput(object{"expected_seq": 1, "title": "改过的方案"})})
	}
	w.do(t, call{user: "town", method: "PUT", url: url, status: 409, code: "programme_moved", body: programmeInput(object{"expected_seq": 1})})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/programmes", status: 403, body: programmeInput()})
	w.do(t, call{user: "far_town", method: "POST", url: basePath + "/programmes", status: 403, body: programmeInput()})
	for field, bad := range map[string]object{
		"phases[0].until": {"phases": []object{{"kind": "rectify", "title": "x", "from": "2026-03-02", "until": "2026-03-01"}}},
		"phases[1].from":  {"phases": []object{{"kind": "rectify", "title": "x", "from": "2026-03-02", "until": "2026-03-03"}, {"kind": "rectify", "title": "y", "from": "2026-03-01", "until": "2026-03-03"}}},
		"phases[1].kind":  {"phases": []object{{"kind": "consolidate", "title": "x", "from": "2026-03-02", "until": "2026-03-03"}, {"kind": "consolidate", "title": "y", "from": "2026-03-04", "until": "2026-03-05"}}},
		"events[1].code":  {"events": []object{{"code": "a", "title": "甲"}, {"code": "a", "title": "乙"}}},
		"title":           {"title": " "},
	} {
		w.do(t, call{user: "town", method: "POST", url: basePath + "/programmes", status: 422, want: []string{`"` + field + `"`}, body: programmeInput(bad)})
	}
	b1 := decode[gen.Bulletin](t, w.do(t, call{user: "town", method: "POST", url: url + "/bulletins", status: 200, headers: map[string]string{"Idempotency-Key": "bulletin-key"}}))
	b2 := decode[gen.Bulletin](t, w.do(t, call{user: "town", method: "POST", url: url + "/bulletins", status: 200, headers: map[string]string{"Idempotency-Key": "bulletin-key"}}))
	require.Equal(t, b1, b2)
	same := map[string]string{"Idempotency-Key": "the-same-key"}
	first := decode[gen.Programme](t, w.do(t, call{user: "town", method: "POST", url: basePath + "/programmes", status: 200, body: programmeInput(), headers: same}))
	again := decode[gen.Programme](t, w.do(t, call{user: "town", method: "POST", url: basePath + "/programmes", status: 200, body: programmeInput(), headers: same}))
	require.Equal(t, first.ID, again.ID)
	w.do(t, call{user: "town", method: "POST", url: basePath + "/programmes", status: 422, code: "key_reused", body: programmeInput(object{"plan": "另一个"}), headers: same})
}

// openProblem opens a problem of a programme about a household.
func (w *world) openProblem(t testing.TB, no, household, brief string) string {
	t.Helper()
	rec := w.do(t, call{user: "town", method: "POST", url: basePath + "/cases", status: 200, body: object{"procedure": "rectification", "household_id": household,
		"form": object{"brief": brief, "subject_kind": "household", "household_type": "ordinary", "population": 3, "description": "入户发现", "found_on": "2026-03-09", "self_found": true, "programme_no": no}}})
	return decode[struct{ Case struct{ ID string } }](t, rec).Case.ID
}

func (w *world) assignProblem(t testing.TB, id string, due object) {
	t.Helper()
	w.fire(t, "town", id, "register", object{"problem_type": "work", "nature": "water", "source_class": "self", "persons": "管水员", "facts": "停水三次", "concealed": false})
	form := object{"class": "special", "measure": "更换管道", "responsible": "u-cadre", "verifier": "u-leader"}
	for k, v := range due {
		form[k] = v
	}
	w.fire(t, "town", id, "assign", form)
}

// A problem opened from the page of a programme names it; the number is checked, and
// one that the opener cannot see is as unknown as one that does not exist.
func TestProblemNamesItsProgramme(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.programme(t)
	hers := programmeInput(object{"region_code": farTownship})
	far := decode[gen.Programme](t, w.do(t, call{user: "far_town", method: "POST", url: basePath + "/programmes", status: 200, body: hers}))
	open := func(no, brief string, status int, want ...string) {
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases", status: status, want: want, body: object{"procedure": "rectification", "household_id": "household-1",
			"form": object{"brief": brief, "subject_kind": "household", "household_type": "ordinary", "population": 3, "description": "入户发现", "found_on": "2026-03-09", "self_found": true, "programme_no": no}}})
	}
	open(p.No, "供水不稳", 200)
	open(p.No, "供水 不稳", 422, `"brief"`, "problem_listed")
	for _, no := range []string{far.No, "FA20260101-000000"} {
		open(no, "另一问题", 422, `"programme_no"`, "programme_unknown")
	}
	rec := w.do(t, call{user: "cadre", method: "GET", url: basePath + "/programmes/" + p.ID + "/problems", status: 200})
	require.Len(t, decode[gen.ProgrammeProblemList](t, rec).Items, 1)
	// A programme of the county covers the problems of its townships.
	own := decode[gen.Programme](t, w.do(t, call{user: "county", method: "POST", url: basePath + "/programmes", status: 200, body: programmeInput(object{"region_code": county})}))
	w.do(t, call{user: "town", method: "POST", url: basePath + "/cases", status: 200, body: object{"procedure": "rectification", "region_code": township,
		"form": object{"brief": "台账不全", "subject_kind": "township", "description": "三季度未更新", "found_on": "2026-03-09", "self_found": false, "programme_no": own.No}}})
}

// Moving the day of an event moves the problems that are due before it; an event in
// use stays.
func TestMovedEventRedatesProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.programme(t)
	id := w.openProblem(t, p.No, "household-1", "供水不稳")
	w.assignProblem(t, id, object{"due_kind": "before_event", "due_event": "review"})
	due := func() string {
		rec := w.do(t, call{user: "cadre", method: "GET", url: basePath + "/programmes/" + p.ID + "/problems", status: 200, want: []string{"供水不稳", "专项整治", "测cadre"}})
		return decode[gen.ProgrammeProblemList](t, rec).Items[0].DueOn.String()
	}
	require.Equal(t, "2026-12-31", due())
	url := basePath + "/programmes/" + p.ID
	w.do(t, call{user: "town", method: "PUT", url: url, status: 200, body: programmeInput(object{"expected_seq": 1, "events": []object{{"code": "review", "title": "后评估", "on": "2026-10-16"}}})})
	require.Equal(t, "2026-10-15", due())
	require.Contains(t, w.cases.nudged, id)
	w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + id + "/timeline", status: 200, want: []string{"整改期限随方案事项调整", "测cadre"}})
	w.do(t, call{user: "town", method: "PUT", url: url, status: 422, want: []string{"event_in_use"}, body: programmeInput(object{"expected_seq": 2, "events": []object{}})})
	w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + id, status: 200, want: []string{"测cadre", "自查发现，不作为考核依据"}})
}

// A cut-off is not moved before the limit of an open problem; those due before an
// event follow it.
func TestCutOffKeepsLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.programme(t)
	fixed, follows := w.openProblem(t, p.No, "household-1", "供水不稳"), w.openProblem(t, p.No, "household-2", "台账不全")
	w.assignProblem(t, fixed, object{"due_kind": "date", "due_date": "2026-10-31"})
	w.assignProblem(t, follows, object{"due_kind": "before_event", "due_event": "review"})
	var c models.Case
	require.NoError(t, w.store.DB.Where("id = ?", fixed).Take(&c).Error)
	url := basePath + "/programmes/" + p.ID
	move := func(day string, seq, status int, want ...string) {
		w.do(t, call{user: "town", method: "PUT", url: url, status: status, want: want, body: programmeInput(object{"expected_seq": seq, "cut_off": day})})
	}
	move("2026-10-30", 1, 422, `"cut_off"`, "limit_after_cut_off", c.No)
	move("2026-10-31", 1, 200)
	var moved models.Case
	require.NoError(t, w.store.DB.Where("id = ?", follows).Take(&moved).Error)
	require.Equal(t, "2026-10-31", moved.Facts.Text("due_on"))
}

// The bulletin's figures are those of its moment: fifty problems with mixed limits,
// ten of them late.
func TestBulletinFreezesTheNumbers(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			bulletinFreezes(t, newWorld(t, dialect))
		})
	}
}

func bulletinFreezes(t *testing.T, w *world) {
	t.Helper()
	p := w.programme(t)
	for i := range 50 {
		house := []string{"household-1", "household-2", "household-3"}[i%3]
		id := w.openProblem(t, p.No, house, fmt.Sprintf("问题%02d", i))
		who := map[bool]string{true: "u-next_cadre", false: "u-cadre"}[i%3 == 2]
		due := []object{{"due_kind": "date", "due_date": "2026-03-20", "responsible": who}, {"due_kind": "days_after", "due_days": 60, "responsible": who},
			{"due_kind": "before_event", "due_event": "review", "responsible": who}}
		switch {
		case i < 10:
			w.assignProblem(t, id, due[0])
		case i < 40:
			w.assignProblem(t, id, due[1+i%2])
		}
	}
	w.pass(21 * day24)
	var ids []string
	require.NoError(t, w.store.DB.Model(&models.Case{}).Where("procedure = ? AND wake_at <= ?", "rectification", w.clock()).Pluck("id", &ids).Error)
	for _, id := range ids {
		_, err := w.engine.Wake(t.Context(), id)
		require.NoError(t, err)
	}
	url := basePath + "/programmes/" + p.ID
	w.do(t, call{user: "cadre", method: "POST", url: url + "/bulletins", status: 403})
	rec := w.do(t, call{user: "town", method: "POST", url: url + "/bulletins", status: 200})
	b := decode[gen.Bulletin](t, rec)
	n := b.Numbers
	require.Equal(t, []int{1, 50, 50, 10, 0, 0, 40, 0}, []int{b.No, n.Total, n.Open, n.Overdue, n.Done, n.Dropped, n.SelfFound, n.Concealed})
	require.Len(t, n.Unescalated, 10)
	require.Equal(t, []gen.ProgressCount{{Code: "handle", Title: "按规定处理", Count: 10}}, n.Ladder)
	require.Equal(t, []gen.ProgressCount{{Code: "found", Title: "发现", Count: 10}, {Code: "assigned", Title: "已交办", Count: 40}}, n.States)
	require.Len(t, n.Villages, 2)
	require.Equal(t, []any{village, 34, 7}, []any{n.Villages[0].Code, n.Villages[0].Total, n.Villages[0].Overdue})
	require.Equal(t, "测cadre", n.Responsible[0].Title)
	require.Equal(t, []int{27, 7}, []int{n.Responsible[0].Total, n.Responsible[0].Overdue})
	var late models.Case
	require.NoError(t, w.store.DB.Where("no = ?", n.Unescalated[0]).Take(&late).Error)
	require.Equal(t, procedure.State("assigned"), late.State, "nothing closes by itself")

	w.pass(60 * day24) // time goes on, the bulletin does not
	rec = w.do(t, call{user: "cadre", method: "GET", url: url + "/bulletins", status: 200})
	require.Equal(t, []gen.Bulletin{b}, decode[gen.BulletinList](t, rec).Items)
	rec = w.do(t, call{user: "cadre", method: "GET", url: url, status: 200})
	d := decode[gen.ProgrammeDetail](t, rec)
	require.Equal(t, 34, d.Progress.Total, "his own village only")
	rec = w.do(t, call{user: "town", method: "GET", url: url, status: 200})
	d = decode[gen.ProgrammeDetail](t, rec)
	require.Equal(t, []int{50, 25}, []int{d.Progress.Total, d.Progress.Overdue}, "those with sixty days are late too")
	require.Equal(t, "2026-03-10", d.BurnDown[0].Day.String())
	require.Equal(t, "2026-12-31", d.BurnDown[len(d.BurnDown)-1].Day.String())
	require.Equal(t, []int{50, 50}, []int{*d.BurnDown[0].Open, d.BurnDown[0].Planned})
	require.Equal(t, 40, d.BurnDown[10].Planned, "on the twentieth of March ten were to be done")
	require.Nil(t, d.BurnDown[len(d.BurnDown)-1].Open)
	require.Error(t, w.store.DB.Model(&models.Bulletin{}).Where("id = ?", b.ID).Update("no", 9).Error, "bulletins are append-only")
}

func problemBook(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	x := excelize.NewFile()
	for i, row := range rows {
		require.NoError(t, x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
	}
	var b bytes.Buffer
	require.NoError(t, x.Write(&b))
	return b.Bytes()
}

func workbookForm(t testing.TB, content []byte) *form {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("file", "问题清单.xlsx")
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	require.NoError(t, m.Close())
	return &form{b.Bytes(), m.FormDataContentType()}
}

// The example of S003 goes in whole, once.
func TestExampleIsImportedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.programme(t)
	var book bytes.Buffer
	require.NoError(t, programme.ExampleWorkbook(&book))
	url := basePath + "/programmes/" + p.ID + "/import"
	send := func(user, confirm string, status int) gen.ProblemImport {
		rec := w.do(t, call{user: user, method: "POST", url: url + confirm, status: status, body: workbookForm(t, book.Bytes())})
		if status != 200 {
			return gen.ProblemImport{}
		}
		return decode[gen.ProblemImport](t, rec)
	}
	send("cadre", "", 403)
	preview := send("town", "", 200)
	require.Equal(t, []any{23, 0, false}, []any{preview.Created, preview.Rejected, preview.Applied}, "%+v", preview.Rows)
	require.Equal(t, "入台账", preview.Rows[0].UntilTitle)
	var n int64
	require.NoError(t, w.store.DB.Model(&models.ProgrammeProblem{}).Count(&n).Error)
	require.Zero(t, n, "a preview writes nothing")
	send("town", "?confirm="+strings.Repeat("0", 64), 409)
	done := send("town", "?confirm="+preview.Sha256, 200)
	require.Equal(t, []any{23, true}, []any{done.Created, done.Applied})
	again := send("town", "?confirm="+preview.Sha256, 200)
	require.Equal(t, []int{0, 23}, []int{again.Created, again.Unchanged})
	var cases []models.Case
	require.NoError(t, w.store.DB.Where("procedure = ?", "rectification").Order("opened_at, id").Find(&cases).Error)
	require.Len(t, cases, 23)
	sources := map[string]int{}
	for _, c := range cases {
		require.Equal(t, procedure.State("registered"), c.State)
		require.Equal(t, township, c.RegionCode)
		sources[c.Facts.Text("source_class")]++
	}
	require.Equal(t, map[string]int{"central_report": 5, "central_province": 7, "city": 6, "county": 5}, sources)
}

// Each row is judged for itself, and the workbook says so when it comes back.
func TestWorkbookComesBackWithWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.programme(t)
	book := problemBook(t, []any{"二〇二六年问题清单"},
		[]any{"核验人", "村", "户主", "具体问题", "问题类型", "问题性质", "问题来源", "涉及人员", "整改措施", "整改方式", "责任人", "完成时限", "我们自己的列"},
		[]any{"测leader", "石桥村", "罗守田", "屋顶漏雨", "工作落实", "住房安全问题", "县级督查", "户主", "修缮屋顶", "立行立改", "测cadre", "15日内", "x"},
		[]any{"", "石桥村", "", "台账更新不及时", "工作落实", "监测对象识别", "自查", "信息员"},
		[]any{"", "松林村", "", "外乡的问题"},
		[]any{"", "石桥村", "无此人", "户主不对"},
		[]any{"测cadre", "石桥村", "", "核验人同责任人", "工作落实", "愁吃", "县级", "户主", "措施", "立行立改", "测cadre", "2026年4月1日"},
		[]any{"", "石桥村", "", "身份证" + headID},
		[]any{"", "石桥村", "", "台账更新不及时"},
		[]any{"", "石桥村", "", "性质不对", "工作落实", "没有这一种"},
		[]any{"测nobody", "石桥村", "", "没有这个人", "", "", "", "", "", "", "", "改天"},
	)
	url := basePath + "/programmes/" + p.ID + "/import"
	out := decode[gen.ProblemImport](t, w.do(t, call{user: "town", method: "POST", url: url, status: 200, body: workbookForm(t, book), not: []string{headID}}))
	require.Equal(t, []string{"我们自己的列"}, out.Unknown)
	got := map[int]string{}
	for _, r := range out.Rows {
		got[r.Line] = string(r.Action) + " " + r.UntilTitle
		for _, f := range r.Faults {
			got[r.Line] += " " + f.Code
		}
	}
	require.Equal(t, map[int]string{3: "create 交办", 4: "create 入台账", 5: "reject  PRB-102", 6: "reject  PRB-103", 7: "reject  PRB-109", 8: "reject  PRB-112",
		9: "reject  PRB-111", 10: "reject  PRB-105", 11: "reject  PRB-108 PRB-110"}, got)
	done := decode[gen.ProblemImport](t, w.do(t, call{user: "town", method: "POST", url: url + "?confirm=" + out.Sha256, status: 200, body: workbookForm(t, book)}))
	require.Equal(t, []int{2, 7}, []int{done.Created, done.Rejected})
	var c models.Case
	require.NoError(t, w.store.DB.Where("procedure = ? AND household_id = ?", "rectification", "household-1").Take(&c).Error)
	require.Equal(t, []any{procedure.State("assigned"), "u-cadre", "u-leader", w.clock().Add(15 * 24 * time.Hour).Format(time.DateOnly)},
		[]any{c.State, c.Facts.Text("responsible"), c.Facts.Text("verifier"), c.Facts.Text("due_on")})

	rec := w.do(t, call{user: "town", method: "POST", url: url + "/returned", status: 200, body: workbookForm(t, book)})
	x, err := excelize.OpenReader(rec.Body)
	require.NoError(t, err)
	word, err := x.GetCellValue("Sheet1", "N3")
	require.NoError(t, err)
	require.Equal(t, "已在方案中", word)
	word, err = x.GetCellValue("Sheet1", "O8")
	require.NoError(t, err)
	require.Contains(t, word, "PRB-112")
	w.do(t, call{user: "town", method: "POST", url: url, status: 422, want: []string{"PRB-001"}, body: workbookForm(t, problemBook(t, []any{"姓名"}, []any{"甲"}))})
	w.do(t, call{user: "town", method: "POST", url: url, status: 422, want: []string{"LED-001"}, body: workbookForm(t, png)})
}

// The notices of a problem stand with it and on the list of those who reach it, until
// the work is handed in.
func TestSupervisionNotices(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			p := w.programme(t)
			special, spot := w.openProblem(t, p.No, "household-1", "供水不稳"), w.openProblem(t, p.No, "household-2", "管道渗漏")
			w.assignProblem(t, special, object{"due_kind": "date", "due_date": "2026-03-20"})
			w.pass(time.Hour)
			w.assignProblem(t, spot, object{"due_kind": "date", "due_date": "2026-03-11", "class": "immediate"})
			list := func(user, query string) (out []string) {
				for _, it := range decode[gen.SupervisionPage](t, w.do(t, call{user: user, method: "GET", url: basePath + "/supervisions" + query, status: 200})).Items {
					out = append(out, it.Brief)
				}
				return out
			}
			require.Equal(t, []string{"供水不稳"}, list("cadre", ""), "put right on the spot: none")
			w.pass(3 * day24)
			_, err := w.engine.Wake(t.Context(), spot)
			require.NoError(t, err)
			require.Equal(t, []string{"管道渗漏", "供水不稳"}, list("town", ""))
			require.Equal(t, []string{"管道渗漏", "供水不稳"}, list("cadre", "?open=true&programme_id="+p.ID))
			require.Empty(t, list("town", "?programme_id=other"))
			require.Empty(t, list("far_town", ""))
			require.Empty(t, list("farmer", "?programme_id=other"))
			first := decode[gen.SupervisionPage](t, w.do(t, call{user: "town", method: "GET", url: basePath + "/supervisions?limit=1", status: 200}))
			require.Equal(t, []string{"供水不稳"}, list("town", "?limit=1&cursor="+first.NextCursor))

			detail := func(id string) []gen.Supervision {
				return decode[gen.CaseDetail](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases/" + id, status: 200})).Supervisions
			}
			d := detail(special)
			require.Len(t, d, 1)
			require.Equal(t, []any{"交办", "测town（乡镇乡村振兴办）", "2026-03-20", true}, []any{d[0].Reason, d[0].IssuedBy, d[0].DueOn.String(), d[0].RepliedAt.IsZero()})
			d = detail(spot)
			require.Equal(t, []any{"due.supervise", "整改期限届满未完成", "系统（逾期）"}, []any{d[0].Event, d[0].Reason, d[0].IssuedBy})

			w.fire(t, "cadre", special, "start", object{})
			before, after := w.attach(t, "cadre", special, "before"), w.attach(t, "cadre", special, "after")
			w.fire(t, "cadre", special, "submit", object{"result": "已更换管道", "before": []string{before}, "after": []string{after}})
			require.False(t, detail(special)[0].RepliedAt.IsZero())
			require.Equal(t, []string{"管道渗漏"}, list("town", "?open=true"))
		})
	}
}
