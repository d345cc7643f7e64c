package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/papers"
)

// What is held about a person is told whole to the county office, for him, with who has seen it; never who complained.
func TestPersonReport(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			personReport(t, newWorld(t, dialect))
		})
	}
}

func personReport(t *testing.T, w *world) {
	w.pupil(t)
	record := w.formRecord(t, "cadre", "f3", "household-1", place)
	clue := w.openClue(t, "household-1", "cadre")
	w.attach(t, "cadre", clue, "screening_form")
	w.create(&models.Case{ID: "complaint", No: "YY-1", Procedure: "objection", Version: 1, State: "received", HouseholdID: "household-1", RegionCode: village, OpenedAt: w.clock(), DueAt: models.FarFuture})
	row := models.DeptRow{ID: "row-1", ListID: "list-1", Kind: "dropout", AsOf: "2026-03-01", State: models.RowCurrent, PersonID: "person-2", HouseholdID: "household-1", FactKey: "k", CreatedAt: w.clock()}
	require.NoError(t, row.SetValues(w.store.Vault, map[string]string{"name": "罗小禾", "status": "dropped_out"}))
	w.create(&models.DeptList{ID: "list-1", RegionCode: county, Mapping: map[string]string{}, CreatedAt: w.clock(), UpdatedAt: w.clock()}, &row)
	// What is read of a case and of a form counts as his; who read the complaint would tell that there was one.
	file := w.attach(t, "cadre", clue, "screening_form")
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/attachments/" + file, status: 200})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/form-records/" + record, status: 200})
	w.create(&models.AccessLog{ID: models.NewID(), At: w.clock(), UserID: "u-county", Action: "read", Table: "cases", RecordID: "complaint", CaseID: "complaint", HouseholdID: "household-1"})
	w.do(t, call{user: "town", method: "POST", url: basePath + "/households/household-1/unmask", status: 200, body: object{"field": "id_no", "member_id": "person-2", "purpose": "核对户口簿"}})
	w.export(t, "town", "persons", nil, 200)

	url := basePath + "/people/report"
	ask := func(more object) object { return with(object{"purpose": "监护人申请查阅"}, more) }
	rec := w.do(t, call{user: "county", method: "POST", url: url, status: 200, body: ask(object{"id_no": pupilID}),
		want: []string{"罗小禾", pupilID, "小学五年级", headPhone, headBank, "清溪镇石桥村三组五号", "核对户口簿", "测town", "查看完整信息", "石桥村", "季度核查"}, not: []string{"YY-1", "complaint", "余春苗", headID}})
	x := decode[gen.PersonReport](t, rec)
	kinds := map[string]int{}
	for _, r := range x.Records {
		kinds[r.Kind]++
	}
	require.Equal(t, map[string]int{"事项": 1, "表册": 1, "附件": 2}, kinds)
	require.NotEmpty(t, x.DeptFacts)
	said := map[string]gen.PersonValue{}
	for _, v := range x.Values {
		said[v.Title] = v
		require.NotEqual(t, gen.DataClass("P5"), v.Class)
		require.NotContains(t, v.Text, "罗守田", "another member")
	}
	require.Contains(t, said["情况说明"].Text, "房屋漏雨，近日住院", "what is in the acts")
	require.Equal(t, gen.DataClass("P2"), said["情况说明"].Class)
	require.Equal(t, "清溪镇", said["乡镇（街道）"].Text, "what is in the forms")
	require.Equal(t, x.SeenTotal, len(x.Seen))
	var seen []string
	for _, e := range x.Seen {
		seen = append(seen, e.Action+" "+e.What)
	}
	require.ElementsMatch(t, []string{"出具个人信息报告 成员信息", "查看完整信息 成员信息：身份证号", "查看 附件", "查看 表册"}, seen)
	require.Equal(t, "出具个人信息报告", x.Seen[0].Action, "this one as well")

	for _, bad := range []struct {
		user   string
		body   object
		status int
		code   string
	}{
		{"county", ask(nil), http.StatusUnprocessableEntity, "required"},
		{"county", ask(object{"id_no": pupilID, "member_id": "person-2"}), http.StatusUnprocessableEntity, "required"},
		{"county", ask(object{"id_no": strangerID}), http.StatusNotFound, "not_found"},
		{"county", ask(object{"member_id": "person-9"}), http.StatusNotFound, "not_found"},
		{"county", object{"member_id": "person-2", "purpose": "查" + pupilID}, http.StatusBadRequest, "personal_data"},
		{"town", ask(object{"member_id": "person-2"}), http.StatusForbidden, "report_not_allowed"},
		{"cadre", ask(object{"member_id": "person-2"}), http.StatusForbidden, "report_not_allowed"},
		{"auditor", ask(object{"member_id": "person-2"}), http.StatusForbidden, "report_not_allowed"},
		{"far_town", ask(object{"member_id": "person-2"}), http.StatusNotFound, "not_found"},
		{"far_town", ask(object{"id_no": pupilID}), http.StatusNotFound, "not_found"},
		{"sec", ask(object{"id_no": pupilID}), http.StatusNotFound, "not_found"},
		{"", ask(object{"id_no": pupilID}), http.StatusUnauthorized, "not_signed_in"},
	} {
		for _, u := range []string{url, url + "/file"} {
			w.do(t, call{user: bad.user, method: "POST", url: u, body: bad.body, status: bad.status, code: bad.code})
		}
	}
	pdf := w.do(t, call{user: "county", method: "POST", url: url + "/file", status: 200, body: ask(object{"member_id": "person-2"}), want: []string{"%PDF"}})
	require.Contains(t, pdf.Header().Get("Content-Type"), "application/pdf")
	var logs []models.AccessLog
	require.NoError(t, w.store.DB.Where("action = 'report'").Order("at").Find(&logs).Error)
	require.Len(t, logs, 2)
	require.Equal(t, []string{"people", "person-2", "P4", "监护人申请查阅", "county_office"}, []string{logs[0].Table, logs[0].RecordID, logs[0].Class, logs[0].Purpose, logs[0].Role})
	var missed int64
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = 'search' AND tbl = 'people'").Count(&missed).Error)
	require.EqualValues(t, 4, missed, "who asks about nobody is kept too")
	w.do(t, call{user: "county", method: "GET", url: basePath + "/households/household-1", status: 200, want: []string{`"can_report":true`}})
	w.do(t, call{user: "town", method: "GET", url: basePath + "/households/household-1", status: 200, want: []string{`"can_report":false`, `"can_erase":true`, `"can_see_log":false`}})
	for user, status := range map[string]int{"county": 200, "auditor": 200, "town": 403, "cadre": 403, "farmer": 403, "far_town": 404, "sec": 404} {
		c := call{user: user, method: "GET", url: basePath + "/households/household-1/seen", status: status}
		if status == 200 {
			c.want = []string{"测town", "核对户口簿", "监护人申请查阅", "查看完整信息"}
		}
		w.do(t, c)
	}
}

// What was told of a household while a person was in it is told to him after he has left, and nothing of later; so is a paper
// about no case that names him. Each with its class and where it stands.
func TestPersonReportOfFormerHome(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			record := w.formRecord(t, "cadre", "f3", "household-2", place)
			w.openClue(t, "household-2", "cadre")
			left := w.clock().Add(time.Hour)
			change := models.Case{ID: "change", No: "BG-9", Procedure: "member_change", Version: 1, State: "entered", HouseholdID: "household-2", RegionCode: village, OpenedAt: w.clock(), UpdatedAt: left, DueAt: models.FarFuture, ClosedAt: &left,
				PolicyHash: w.policyHash(t, record)}
			opened := models.CaseEvent{ID: "change-1", CaseID: "change", Seq: 1, Kind: "open", Event: "member_change", At: w.clock(), Key: "change-1", Version: 1, PolicyHash: change.PolicyHash, Reply: []byte("{}"),
				Payload: w.store.Vault.Seal("case_events", "payload", "change-1", []byte(`{"kind":"transfer","changed_on":"2026-03-10","leaving":[{"person_id":"person-2","new_relation":"子女"},{"person_id":"person-3","new_relation":"子女"}]}`))}
			late := models.Case{ID: "late", No: "XS-LATE", Procedure: "risk_clue", Version: 1, State: "received", HouseholdID: "household-2", RegionCode: village, OpenedAt: left.Add(time.Hour), UpdatedAt: left, DueAt: models.FarFuture, PolicyHash: change.PolicyHash}
			docs, err := json.Marshal([]*papers.Document{{Title: "名册", Blocks: []papers.Block{
				{Table: &papers.Table{Header: 1, Rows: []papers.Row{{Cells: []papers.Cell{{Text: "姓名"}, {Text: "事由"}}}, {Cells: []papers.Cell{{Text: "罗小禾"}, {Text: "教育资助"}}}, {Cells: []papers.Cell{{Text: "余春苗"}, {Text: "临时救助"}}}}}},
				{Paragraph: &papers.Paragraph{Text: "罗小禾、余春苗等户"}}}}})
			require.NoError(t, err)
			paper := func(id, region string) *models.IssuedPaper {
				return &models.IssuedPaper{ID: id, Key: id, Kind: "register", Title: "帮扶名册", Number: "青发" + id, Office: "o", Series: id, Year: 2026, Seq: 1, RegionCode: region, Class: "P1", Hash: strings.Repeat("0", 64),
					Frozen: w.store.Vault.Seal("issued_papers", "frozen", id, docs), IssuedBy: "u-town", IssuedRole: "township_office", IssuedAt: w.clock()}
			}
			w.create(&change, &opened, &late, paper("10", township), paper("11", "510999"))

			rec := w.do(t, call{user: "county", method: "POST", url: basePath + "/people/report", status: 200, body: object{"member_id": "person-2", "purpose": "监护人申请查阅"}, not: []string{"XS-LATE", "青发11", "余春苗", "临时救助", "person-3"}})
			x := decode[gen.PersonReport](t, rec)
			said := map[string]gen.PersonValue{}
			for _, v := range x.Values {
				said[v.Source+"/"+v.Title+"/"+v.Text] = v
			}
			var former, named int
			for k, v := range said {
				require.NotEmpty(t, v.Class)
				if strings.HasPrefix(k, "曾在户 ") {
					former++
				}
				if strings.HasPrefix(k, "文书：青发10/帮扶名册/") {
					named++
				}
			}
			require.Greater(t, former, 5, "%+v", x.Values)
			require.Equal(t, 2, named)
			require.Contains(t, said, "文书：青发10/帮扶名册/姓名：罗小禾；事由：教育资助")
			kinds := map[string]int{}
			for _, r := range x.Records {
				kinds[r.Kind+strings.SplitN(r.Title, " ", 2)[0]]++
			}
			require.Equal(t, map[string]int{"事项曾在户": 2, "表册曾在户": 1, "文书帮扶名册": 1}, kinds)
		})
	}
}

// policyHash is the policy that a form was begun under.
func (w *world) policyHash(t *testing.T, record string) (hash string) {
	require.NoError(t, w.store.DB.Model(&models.FormRecord{}).Where("id = ?", record).Pluck("policy_hash", &hash).Error)
	return hash
}

// Whole values are shown to one account only so fast.
func TestWholeValuesAreShownSlowly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	file := decode[struct{ ID string }](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/" + clue + "/attachments", body: upfile(t, "screening_form", "a.png", png), status: 201})).ID
	w.server.reveals = limiter(2)
	url := basePath + "/households/household-1/unmask"
	for i, status := range []int{200, 200, 429} {
		r := w.doOn(t, w.echo, call{user: "cadre", method: "POST", url: url, body: object{"field": "phone", "purpose": "核对联系方式"}, status: status})
		if i == 2 {
			require.NotEmpty(t, r.Header().Get("Retry-After"))
		}
	}
	// Values of the register, answers and files are counted together.
	answer := call{user: "auditor", method: "POST", url: basePath + "/cases/" + clue + "/unmask", body: object{"seq": 1, "field": "content", "purpose": "与调查表核对"}, status: 200}
	open := call{user: "auditor", method: "POST", url: basePath + "/attachments/" + file + "/unmask", body: object{"purpose": "与调查表核对"}, status: 200}
	w.doOn(t, w.echo, answer)
	w.doOn(t, w.echo, open)
	answer.status, open.status = 429, 429
	w.doOn(t, w.echo, answer)
	w.doOn(t, w.echo, open)
	w.doOn(t, w.echo, call{user: "town", method: "POST", url: url, body: object{"field": "phone", "purpose": "核对联系方式"}, status: 200})
}
