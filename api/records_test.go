package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/procedure"
)

func TestHouseholdSearch(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			for _, c := range []struct {
				user, query string
				want, not   []string
			}{
				{"town", "q=罗", []string{"household-1", "household-3"}, []string{"household-2", "household-9"}},
				{"town", "q=罗守田", []string{"household-1"}, []string{"household-3"}},
				{"town", "q=LST", []string{"household-1"}, []string{"household-3"}},
				{"town", "q=luo shou", []string{"household-1"}, []string{"household-3"}},
				{"town", "q=h1510923", []string{"household-1"}, []string{"household-3"}},
				{"town", "q=%25", []string{`"items":[]`}, nil},
				{"town", "q=_", []string{`"items":[]`}, nil},
				{"town", "village=" + nextVillage, []string{"household-3"}, []string{"household-1"}},
				{"town", "village=" + farVillage, []string{`"items":[]`}, nil},
				{"town", "status=none", []string{"household-1", "未纳入"}, nil},
				{"town", "status=monitored", []string{`"items":[]`}, nil},
				{"county", "q=程", []string{"household-9"}, []string{"household-1"}},
				{"county", "village=" + county, []string{"household-1", "household-9"}, nil},
				{"cadre", "q=" + headID, []string{`"items":[]`}, nil},
			} {
				u := url.URL{Path: basePath + "/households", RawQuery: c.query}
				q, err := url.ParseQuery(c.query)
				require.NoError(t, err, c.query)
				u.RawQuery = q.Encode()
				w.do(t, call{user: c.user, method: "GET", url: u.String(), status: 200, want: c.want, not: c.not})
			}
			p := decode[struct {
				NextCursor string `json:"next_cursor"`
				Items      []struct{ ID string }
			}](t, w.do(t, call{user: "county", method: "GET", url: basePath + "/households?limit=3", status: 200}))
			require.Len(t, p.Items, 3)
			w.do(t, call{user: "county", method: "GET", url: basePath + "/households?limit=3&cursor=" + p.NextCursor, status: 200, want: []string{"household-9"}, not: []string{"household-1", "next_cursor"}})
		})
	}
}

// One record is masked; one value of it may be seen whole, for a purpose, and
// that is kept.
func TestMaskAndUnmask(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := basePath + "/households/household-1"
	w.do(t, call{user: "cadre", method: "GET", url: home, status: 200, want: []string{"138****1234", "清溪镇石桥村", "12345.00元"}, not: []string{headPhone, headBank, "三组五号"}})
	w.do(t, call{user: "cadre", method: "GET", url: home + "/members", status: 200, want: []string{"**************0014", "弱劳动力"}, not: []string{headID, childID, headPhone, "长期慢性病", "小学五年级"}})
	w.do(t, call{user: "town", method: "GET", url: home + "/members", status: 200, want: []string{"长＊＊", "小＊＊", "罗*禾"}, not: []string{headID, childID, "长期慢性病", "小学五年级", "1960-03-07", "2015-05-05", "罗小禾"}})
	for _, office := range []string{"town", "leader", "county"} {
		w.do(t, call{user: office, method: "GET", url: home, status: 200, want: []string{`"can_unmask":[`, `"income"`, "138****1234"}, not: []string{"12345.00元", headPhone}})
	}
	w.do(t, call{user: "auditor", method: "GET", url: home + "/members", status: 200, want: []string{"长＊＊"}, not: []string{headID, "长期慢性病"}})

	unmask := func(user string, body object, status int, code string, want ...string) {
		w.do(t, call{user: user, method: "POST", url: home + "/unmask", body: body, status: status, code: code, want: want})
	}
	unmask("town", object{"field": "id_no", "member_id": "person-1", "purpose": "与部门核对身份"}, 200, "", headID)
	unmask("cadre", object{"field": "phone", "purpose": "电话联系农户"}, 200, "", headPhone)
	unmask("auditor", object{"field": "address", "purpose": "实地抽查走访"}, 200, "", "三组五号")
	unmask("town", object{"field": "id_no", "purpose": "与部门核对身份"}, 422, "required")
	unmask("town", object{"field": "id_no", "member_id": "person-1"}, 400, "required")
	unmask("town", object{"field": "id_no", "member_id": "person-1", "purpose": "看"}, 400, "too_short")
	unmask("town", object{"field": "bank", "purpose": "核对补贴账户"}, 200, "", headBank)
	unmask("cadre", object{"field": "bank", "purpose": "核对补贴账户"}, 422, "unknown_option")
	unmask("leader", object{"field": "income", "purpose": "核对收入台账"}, 200, "", "12345.00元")
	unmask("town", object{"field": "school", "member_id": "person-2", "purpose": "核查控辍保学"}, 200, "", "小学五年级")
	unmask("town", object{"field": "name", "member_id": "person-2", "purpose": "核查控辍保学"}, 200, "", "罗小禾")
	unmask("town", object{"field": "name", "member_id": "person-1", "purpose": "核查控辍保学"}, 422, "unknown_option")
	unmask("cadre", object{"field": "id_no", "member_id": "person-2", "purpose": "核对孩子身份"}, 422, "unknown_option")
	unmask("auditor", object{"field": "health", "member_id": "person-1", "purpose": "核查健康帮扶"}, 200, "", "长期慢性病")
	unmask("cadre", object{"field": "health", "member_id": "person-1", "purpose": "核查健康帮扶"}, 422, "unknown_option")
	unmask("town", object{"field": "nothing", "purpose": "与部门核对身份"}, 422, "unknown_option")
	unmask("grid", object{"field": "id_no", "member_id": "person-1", "purpose": "与部门核对身份"}, 403, "unmask_not_allowed")
	unmask("town", object{"field": "id_no", "member_id": "nobody", "purpose": "与部门核对身份"}, 404, "not_found")

	var logs []models.AccessLog
	require.NoError(t, w.store.DB.Where("action = ?", "unmask").Order("id").Find(&logs).Error)
	require.Len(t, logs, 8)
	require.Equal(t, "u-town", logs[0].UserID)
	require.Equal(t, "person-1", logs[0].RecordID)
	require.Equal(t, "id_no", logs[0].Field)
	require.Equal(t, "与部门核对身份", logs[0].Purpose)
	require.NotEmpty(t, logs[0].RequestID)
	require.Equal(t, "township_office", logs[0].Role)
	var reads int64
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = ? AND tbl = ?", "read", "people").Count(&reads).Error)
	require.EqualValues(t, 3, reads)
}

// What a monitored household lacks of the five things it must have stands in its
// record; of others nothing is said.
func TestFiveOnesInTheRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := basePath + "/households/household-1"
	w.do(t, call{user: "cadre", method: "GET", url: home, status: 200, not: []string{"five_ones"}})
	require.NoError(t, w.store.DB.Exec("UPDATE households SET status = 'monitored' WHERE id = 'household-1'").Error)
	w.do(t, call{user: "cadre", method: "GET", url: home, status: 200, want: []string{"five_ones", "/5，缺", "一个帮扶计划、一套帮扶措施、一月一走访、一本帮扶手册"}, not: []string{"兜底保障户"}})
	var people []models.Person
	require.NoError(t, w.store.DB.Where("household_id = ?", "household-1").Find(&people).Error)
	for i := range people {
		secret, err := people[i].Secret(w.store.Vault)
		require.NoError(t, err)
		secret.Labour = "无劳动力"
		require.NoError(t, people[i].SetSecret(w.store.Vault, secret))
		require.NoError(t, w.store.DB.Save(&people[i]).Error)
	}
	w.do(t, call{user: "cadre", method: "GET", url: home, status: 200, want: []string{"整户无劳动能力兜底保障户"}})
	w.do(t, call{user: "grid", method: "GET", url: home, status: 200, want: []string{"five_ones"}, not: []string{"兜底保障户"}})
}

// Every procedure is told completely, the same as its definition.
func TestProcedures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/procedures", status: 200, want: []string{"identification", "risk_clue", `"can_open":true`}})
	for _, d := range procedure.All {
		p := decode[struct {
			States, Clocks []struct{ Code string }
			Events         []struct {
				Code string
				Form []struct {
					Code, Kind string
					Options    []struct{ Code string }
				}
			}
			Mermaid string
		}](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/procedures/" + d.Name, status: 200}))
		require.Len(t, p.States, len(d.States))
		require.Len(t, p.Clocks, len(d.Clocks))
		require.Len(t, p.Events, len(d.Events))
		require.Equal(t, d.Mermaid(""), p.Mermaid)
		for i, e := range p.Events {
			require.Len(t, e.Form, len(d.Events[i].Form))
			for j, f := range e.Form {
				// What the case itself gives, such as its staff, stands with its allowed events.
				given := d.Events[i].Form[j].OptionsFrom != ""
				if (f.Kind == "choice" || f.Kind == "choices") && !given {
					require.NotEmpty(t, f.Options, d.Name+" "+e.Code+" "+f.Code)
				}
			}
		}
	}
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/procedures/identification?version=1", status: 200})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/procedures/identification?version=99", status: 404})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/procedures/amnesty", status: 404})
}

func TestPolicyRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	put := func(user string, body object, status int, code string, want ...string) {
		b := object{"key": "notice_days", "region_code": township, "valid_from": "2026-04-01", "value": 7, "source": "云办发〔2026〕3号"}
		for k, v := range body {
			b[k] = v
		}
		w.do(t, call{user: user, method: "PUT", url: basePath + "/policy/rows", body: b, status: status, code: code, want: want})
	}
	put("cadre", nil, 403, "role_not_allowed")
	put("town", nil, 403, "role_not_allowed")
	put("county", object{"region_code": "510999"}, 404, "not_found")
	put("county", object{"value": "七天"}, 422, "policy_invalid", "policy_shape")
	put("county", object{"value": 0}, 422, "policy_invalid", "policy_range")
	put("county", object{"key": "nothing"}, 422, "policy_invalid", "policy_key")
	put("county", object{"valid_from": "2026-03-09"}, 422, "policy_invalid", "policy_backdated")
	put("county", object{"valid_from": "2026-13-09"}, 400, "")
	put("county", object{"valid_to": "2026-03-31"}, 422, "policy_invalid", "policy_validity")
	put("county", object{"value": 12}, 422, "policy_invalid", "policy_sum") // the steps would exceed the whole
	w.do(t, call{user: "county", method: "GET", url: basePath + "/policy?region=" + village + "&on=2026-04-02", status: 200, not: []string{"云办发"}})

	put("county", object{"value": 4}, 200, "", `"value":4`, "云办发〔2026〕3号", `"title":"村级公示"`, `"unit":"天"`)
	put("sec", object{"value": 3, "valid_from": "2026-05-01"}, 200, "", `"value":3`)
	value := func(on, want string) {
		w.do(t, call{user: "county", method: "GET", url: basePath + "/policy?region=" + village + "&on=" + on, status: 200,
			want: []string{`"key":"notice_days"`, `"source":"E-1, E-2","title":"村级公示","unit":"天","value":` + want}})
	}
	value("2026-03-31", "5")
	value("2026-04-01", "4")
	value("2026-04-30", "4")
	value("2026-05-01", "3")
	w.do(t, call{user: "far_cadre", method: "GET", url: basePath + "/policy?region=" + village, status: 404})
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/calendar/2026", status: 200, want: []string{`"published":true`, `{"date":"2026-02-14","kind":"makeup","name":"春节","work":true}`, "国办"}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/calendar/2027", status: 200, want: []string{`"published":false`, "尚未公布"}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/calendar/1999", status: 400, code: "out_of_range"})
}

// Outside /api the web application answers; below /api never.
func TestWebBeside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h, err := New(Options{Engine: w.engine, Cases: w.cases, Web: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("page")) })})
	require.NoError(t, err)
	for path, want := range map[string]string{"/": "page", "/tasks": "page", "/apix": "page", "/api": "route_not_found", "/api/": "route_not_found", "/api/v2/me": "route_not_found"} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		require.Contains(t, rec.Body.String(), want, path)
	}
}
