package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
)

// rows of a table field.
type rows = []object

// identify takes a household from the clue to the village notice over HTTP and
// returns the ids of the identification and of the notice.
func (w *world) identify(t testing.TB, household string) (identification, notice string) {
	t.Helper()
	clue := w.openClue(t, household, "cadre")
	w.fire(t, "cadre", clue, "register_locally", object{})
	form := w.attach(t, "cadre", clue, "screening_form")
	w.do(t, call{user: "secretary", method: "POST", url: basePath + "/cases/" + clue + "/endorsements", body: object{"event": "confirm_risk"}, status: 200})
	w.fire(t, "cadre", clue, "confirm_risk", object{"visited_on": "2026-03-10", "respondent": "本人", "risk_types": []string{"illness"},
		"income_estimate": 650000, "difficulty": "住院自付较多", "screening_form": []string{form}, "fast_lane": true})
	identification = w.child(t, household, "identification")

	w.fire(t, "cadre", identification, "prepare", object{"policy_sheet": true, "told_on": "2026-03-10"})
	paper := w.attach(t, "cadre", identification, "authorization")
	w.fire(t, "cadre", identification, "sign_authorization", object{"sign_mode": "hand", "persons": rows{{"person_id": "person-1"}},
		"items": w.options(t, identification, "sign_authorization", "items"), "valid_until": "2026-12-31", "authorization": []string{paper}}, object{"on_behalf": true})

	sign1, sign2 := w.attach(t, "surveyor", identification, "surveyor_signature"), w.attach(t, "surveyor", identification, "farmer_signature")
	w.do(t, call{user: "surveyor2", method: "POST", url: basePath + "/cases/" + identification + "/endorsements", body: object{"event": "submit_verification"}, status: 200})
	w.fire(t, "surveyor", identification, "submit_verification", object{
		"visited_on": "2026-03-10", "respondent": "本人", "mode": "home", "category": "unstable", "risk_types": []string{"illness"}, "population": 3,
		"income": rows{{"item": "务工", "category": "wage", "income": 1500000, "expense": 0}}, "per_head_claimed": 500000, "own_medical": 0,
		"education_ok": true, "medical_ok": true, "housing_ok": true, "water_ok": true, "findings": "长期慢性病，需服药，身份证号" + headID,
		"surveyor_signature": []string{sign1}, "farmer_signature": []string{sign2},
	})
	sheet := w.attach(t, "secretary", identification, "sign_in")
	w.fire(t, "secretary", identification, "review_pass", object{"held_at": "2026-03-10T11:00:00+08:00", "place": "村委会", "chair": "村支书", "kind": "representatives",
		"eligible": 30, "present": 28, "agree": 27, "against": 0, "abstain": 1, "recused": true, "minutes": "同意", "sign_in": []string{sheet}})
	return identification, w.child(t, household, "village_notice")
}

// options are the codes of a choice field of an event.
func (w *world) options(t testing.TB, id, event, field string) []string {
	t.Helper()
	rec := w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases/" + id + "/events/allowed", status: 200})
	list := decode[struct {
		Items []struct {
			Event string
			Form  []struct {
				Code    string
				Options []struct{ Code string }
			}
		}
	}](t, rec)
	var out []string
	for _, e := range list.Items {
		for _, f := range e.Form {
			if e.Event == event && f.Code == field {
				for _, o := range f.Options {
					out = append(out, o.Code)
				}
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

// child is the open case of a procedure about a household.
func (w *world) child(t testing.TB, household, procedure string) string {
	t.Helper()
	var c models.Case
	require.NoError(t, w.store.DB.Where("household_id = ? AND procedure = ? AND closed_at IS NULL", household, procedure).Take(&c).Error)
	return c.ID
}

// post puts the notice of an identification up.
func (w *world) post(t testing.TB, notice string) {
	t.Helper()
	w.fire(t, "cadre", notice, "submit_draft", object{"village": "石桥村", "group": "三组", "head_name": "罗守田", "population": 3, "proposal": "拟纳入防止返贫监测对象", "unit": "石桥村村民委员会"})
	photo := w.attach(t, "cadre", notice, "photo")
	w.fire(t, "cadre", notice, "post", object{"place": "村公示栏", "phone": "08255550000", "channel": "board", "photo": []string{photo}})
}

func TestJourneyToTheNotice(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			identification, notice := w.identify(t, "household-1")
			w.post(t, notice)
			w.checkSeparation(t, identification)
			w.checkPublicPage(t, notice)
			w.checkHistory(t, identification)
			w.checkClasses(t, identification, notice)
			w.checkLists(t)
			v, err := w.engine.Verify(t.Context())
			require.NoError(t, err)
			require.Empty(t, v.Bad)
			require.Greater(t, v.Events, 10)
		})
	}
}

// checkSeparation: departments see their own comparison of the household and
// nothing else of it.
func (w *world) checkSeparation(t testing.TB, identification string) {
	rec := w.do(t, call{user: "civil", method: "GET", url: basePath + "/cases", status: 200, want: []string{"dept_comparison"}, not: []string{identification, "risk_clue"}})
	list := decode[struct{ Items []struct{ ID, Dept string } }](t, rec).Items
	require.Len(t, list, 1)
	require.Equal(t, "civil_affairs", list[0].Dept)
	w.do(t, call{user: "medical", method: "GET", url: basePath + "/cases/" + list[0].ID, status: 404})
	w.do(t, call{user: "civil", method: "GET", url: basePath + "/tasks", status: 200, want: []string{list[0].ID}})
	w.do(t, call{user: "civil", method: "GET", url: basePath + "/cases/" + identification, status: 404})
	w.do(t, call{user: "civil", method: "GET", url: basePath + "/households", status: 200, want: []string{"household-1"}, not: []string{"household-2"}})
	w.fire(t, "civil", list[0].ID, "accept", object{})
	w.fire(t, "civil", list[0].ID, "answer_hit", object{"item": w.options2(t, "civil", list[0].ID, "answer_hit", "item"), "as_of": "2026-03-01", "person_id": "person-1", "detail": "名下存款二十万元"})
	w.do(t, call{name: "the village explains the item without the detail", user: "cadre", method: "GET", url: basePath + "/cases/" + list[0].ID + "/timeline", status: 200, want: []string{`"hidden":true`}, not: []string{"二十万元"}})
	w.do(t, call{name: "the farmer learns yes or no", user: "farmer", method: "GET", url: basePath + "/cases/" + list[0].ID + "/timeline", status: 200, not: []string{"二十万元"}})
	w.do(t, call{name: "the county sees all", user: "county", method: "GET", url: basePath + "/cases/" + list[0].ID + "/timeline", status: 200, want: []string{"二十万元"}})
}

// options2 is the first code of a choice field as another user is offered it.
func (w *world) options2(t testing.TB, user, id, event, field string) string {
	rec := w.do(t, call{user: user, method: "GET", url: basePath + "/cases/" + id + "/events/allowed", status: 200})
	body := rec.Body.String()
	require.Contains(t, body, event)
	_, after, ok := strings.Cut(body, `"code":"`+field+`"`)
	require.True(t, ok, body)
	_, after, ok = strings.Cut(after, `"options":[{"code":"`)
	require.True(t, ok)
	code, _, _ := strings.Cut(after, `"`)
	return code
}

// checkPublicPage: the public sees what may be public, may object, and learns
// nothing of the case.
func (w *world) checkPublicPage(t testing.TB, notice string) {
	page := basePath + "/public/villages/" + village + "/notices"
	secret := []string{headID, headPhone, "household-1", notice, "住院", "illness", "慢性病", "650000", "u-cadre"}
	rec := w.do(t, call{method: "GET", url: page, status: 200, want: []string{"罗守田", "三组", "拟纳入防止返贫监测对象", "08255550000"}, not: secret})
	id := decode[struct{ Items []struct{ ID string } }](t, rec).Items[0].ID
	one := basePath + "/public/notices/" + id
	w.do(t, call{method: "GET", url: one, status: 200, want: []string{"罗守田"}, not: secret})
	w.do(t, call{method: "GET", url: basePath + "/public/villages/" + farVillage + "/notices", status: 200, want: []string{`"items":[]`}})
	w.do(t, call{method: "GET", url: basePath + "/public/villages/999999999999/notices", status: 404})
	w.do(t, call{method: "GET", url: basePath + "/public/notices/nothing", status: 404})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/notices?village=" + village, status: 200, want: []string{notice, `"live":true`}})

	key := map[string]string{"Idempotency-Key": "objection-of-a-neighbour"}
	body := object{"facts": "该户有小汽车一辆", "objector_name": "胡知情", "objector_contact": "13900005678"}
	w.do(t, call{method: "POST", url: one + "/objections", body: object{"facts": ""}, status: 400, code: "too_short"})
	w.do(t, call{method: "POST", url: one + "/objections", body: object{"facts": "有小汽车", "state": "upheld"}, status: 400, code: "unknown_field"})
	first := w.do(t, call{method: "POST", url: one + "/objections", body: body, headers: key, status: 200, want: []string{"receipt"}, not: secret})
	again := w.do(t, call{method: "POST", url: one + "/objections", body: body, headers: key, status: 200})
	require.JSONEq(t, first.Body.String(), again.Body.String())
	var given gen.ObjectionReply
	require.NoError(t, json.Unmarshal(first.Body.Bytes(), &given))
	w.do(t, call{name: "the office finds it by its receipt", user: "town", method: "GET", url: basePath + "/cases?q=" + given.Receipt, status: 200, want: []string{given.Receipt, `"procedure":"objection"`}})
	body["facts"] = "另有一事"
	w.do(t, call{method: "POST", url: one + "/objections", body: body, headers: key, status: 422, code: "key_reused"})

	// Who objected is known to nobody but the handler (P5).
	objector := []string{"胡知情", "13900005678", "小汽车"}
	objection := w.child(t, "household-1", "objection")
	for _, user := range []string{"cadre", "secretary", "county", "auditor", "farmer"} {
		w.do(t, call{name: "P5 on the notice", user: user, method: "GET", url: basePath + "/cases/" + notice + "/timeline", status: 200, not: objector})
	}
	w.do(t, call{name: "not the household", user: "farmer", method: "GET", url: basePath + "/cases/" + objection, status: 404})
	w.do(t, call{name: "the office names the handler", user: "town", method: "POST", url: basePath + "/cases/" + objection + "/events", status: 200,
		body: object{"event": "accept", "expected_seq": w.seq(t, "town", objection)}})
	w.do(t, call{name: "not the cadre", user: "cadre", method: "GET", url: basePath + "/cases/" + objection + "/timeline", status: 200, not: objector})
	w.do(t, call{name: "not another handler's colleague", user: "leader", method: "GET", url: basePath + "/cases/" + objection + "/timeline", status: 200, not: objector})
}

// checkHistory: timeline, as-of view, clocks and flow chart agree.
func (w *world) checkHistory(t testing.TB, id string) {
	url := basePath + "/cases/" + id
	rec := w.do(t, call{user: "town", method: "GET", url: url + "/timeline", status: 200, want: []string{"入户核实完成", "会签：入户核实完成", "上传附件", "开启", "云岭县清溪镇石桥村"}})
	line := decode[struct {
		Items []struct {
			Seq      int
			To       string
			PrevHash string `json:"prev_hash"`
			Hash     string
		}
	}](t, rec).Items
	for i, e := range line {
		require.Equal(t, i+1, e.Seq)
		if i > 0 {
			require.Equal(t, line[i-1].Hash, e.PrevHash)
		}
	}
	w.do(t, call{user: "town", method: "GET", url: url + "/asof?at=2026-03-10T04:00:00Z", status: 200, want: []string{`"state":"village_notice"`}})
	w.do(t, call{user: "town", method: "GET", url: url + "/asof?at=2026-03-10T03:59:59Z", status: 404, code: "not_yet_opened"})
	w.do(t, call{user: "town", method: "GET", url: url + "/clocks", status: 200, want: []string{"识别认定总时限", "起算：2026年3月10日", "结果：最后一日为2026年3月25日", "提醒", `"fired":false`}})
	w.do(t, call{user: "town", method: "GET", url: url + "/flow", status: 200, want: []string{`"present":"village_notice"`, "stateDiagram-v2", "class village_notice present"}})
	w.do(t, call{user: "town", method: "GET", url: url, status: 200, want: []string{"先行帮扶", "dept_comparison", "识别认定总时限"}})
}

// checkClasses: who sees which class of the same form (3.3), and that an identity
// number somebody typed into a text is masked for all.
func (w *world) checkClasses(t testing.TB, id, notice string) {
	url := basePath + "/cases/" + id + "/timeline"
	personal, sensitive := `"respondent"`, "需服药"
	for _, c := range []struct {
		user      string
		want, not []string
	}{
		{"town", []string{personal, `"hidden":true`}, []string{sensitive}}, // has not yet worked on it, and may ask for it
		{"county", []string{`"hidden":true`}, []string{sensitive}},
		{"surveyor", []string{sensitive}, nil}, // has worked on it
		{"cadre", []string{sensitive}, nil},    // has worked on it
		{"cadre2", []string{`"hidden":true`, "工资性"}, []string{sensitive}},
		{"grid", []string{`"hidden":true`}, []string{sensitive}},
		{"auditor", []string{"＊＊", `"hidden":true`}, []string{sensitive}},
		{"farmer", []string{sensitive}, nil},
	} {
		w.do(t, call{name: "classes", user: c.user, method: "GET", url: url, status: 200, want: c.want, not: append(c.not, headID)})
	}
	var logged int64
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("user_id = ? AND tbl = ? AND record_id = ?", "u-auditor", "cases", id).Count(&logged).Error)
	require.EqualValues(t, 1, logged)
}

// checkLists: no list of anybody holds an identity number, a phone number or an
// account.
func (w *world) checkLists(t testing.TB) {
	for _, u := range users {
		for _, url := range []string{"/cases", "/cases?open=true", "/cases?open=false", "/cases?overdue=true", "/cases?procedure=household_status", "/tasks", "/tasks?due=overdue", "/tasks/next", "/tasks/counts",
			"/households", "/households?q=l", "/households/household-1", "/households/household-1/members", "/households/household-1/cases", "/notices", "/messages", "/procedures", "/policy", "/regions", "/me"} {
			rec := w.do(t, call{user: u.login, method: "GET", url: basePath + url, not: []string{headID, childID, headPhone, headBank}})
			require.Contains(t, []int{200, 404}, rec.Code, url)
		}
	}
}

// The past stays as it was: a notice that was interrupted later shows, for the
// time before, the limit that held then.
func TestAsOfBeforeAnInterruption(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, notice := w.identify(t, "household-1")
	w.post(t, notice)
	w.pass(day24)
	w.fire(t, "cadre", notice, "interrupt", object{"cause": "公示栏被大风刮倒", "photo": []string{w.attach(t, "cadre", notice, "photo")}})
	w.pass(2 * day24)
	w.fire(t, "cadre", notice, "resume", object{"photo": []string{w.attach(t, "cadre", notice, "photo")}})
	w.pass(time.Hour)
	asOf := func(at string) map[string]string {
		rec := w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + notice + "/asof?at=" + at, status: 200})
		for _, k := range decode[struct{ Clocks []map[string]any }](t, rec).Clocks {
			if k["code"] == "window" {
				return map[string]string{"state": k["state"].(string), "due": k["due_at"].(string)}
			}
		}
		return nil
	}
	// The fifth day is Sunday the 15th, so the limit rolls to Monday.
	require.Equal(t, map[string]string{"state": "running", "due": "2026-03-16T16:00:00Z"}, asOf("2026-03-10T05:00:00Z"))
	require.Equal(t, map[string]string{"state": "paused", "due": "2026-03-16T16:00:00Z"}, asOf("2026-03-12T04:00:00Z"))
	now := asOf("2026-03-13T05:00:00Z")
	require.Equal(t, "running", now["state"])
	require.Equal(t, "2026-03-18T16:00:00Z", now["due"], "three days stood still, the first and the last included")
	w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + notice, status: 200, want: []string{now["due"]}})
}
