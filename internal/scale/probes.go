package main

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/procedure"
)

// probes are all that is measured.
func (b *bench) probes() []probe {
	var out []probe
	for _, v := range viewers {
		out = append(out, b.inbox(v.login, v.role, v.region, v.dept)...)
		out = append(out, b.lists(v.login, v.region)...)
		out = append(out, b.searches(v.login, v.region)...)
		out = append(out, b.people(v.login)...)
		out = append(out, b.oneCase(v.login)...)
		out = append(out, b.oneHousehold(v.login)...)
	}
	out = append(out, b.cockpit("county")...) // whose campaign it is; a township does not see it
	out = append(out, b.inbox("farmer", procedure.Farmer, householdID(1), "")[:1]...)
	return append(out, b.steps()...)
}

// What the p95 of the server is held to, milliseconds.
const inboxAim, searchAim, householdAim, cockpitAim = 30, 25, 75, 300

// aimed gives each of a list its aim.
func aimed(aim int, list []probe) []probe {
	for i := range list {
		list[i].aim = aim
	}
	return list
}

func get(path string) func(int) (string, string, string) {
	return func(int) (string, string, string) { return "GET", path, "" }
}

// page50 is the place where page 50 of a list begins, "" when it is not so long.
func (b *bench) page50(viewer, path string) string {
	cursor := ""
	for range 49 {
		var page struct {
			NextCursor string `json:"next_cursor"`
		}
		rec := b.request(viewer, "GET", path+"cursor="+cursor, "")
		require.Equal(b.t, 200, rec.Code, rec.Body.String())
		require.NoError(b.t, json.Unmarshal(rec.Body.Bytes(), &page))
		if cursor = page.NextCursor; cursor == "" {
			return ""
		}
	}
	return cursor
}

func (b *bench) inbox(viewer string, role procedure.Role, region, dept string) []probe {
	queue := models.Queue(role, region, dept)
	const raw = "SELECT * FROM tasks WHERE queue = ? AND closed_at IS NULL ORDER BY due_at, id LIMIT 21"
	out := []probe{
		{name: "inbox", aim: inboxAim, send: get("/tasks"), raw: raw, args: []any{queue}},
		{name: "inbox, due soon", send: get("/tasks?due=soon")},
		{name: "counts", send: get("/tasks/counts"), raw: "SELECT procedure, COUNT(*), MIN(due_at), MIN(assignee_id) FROM tasks WHERE queue = ? AND closed_at IS NULL GROUP BY procedure", args: []any{queue}},
		{name: "next task", send: get("/tasks/next")},
		{name: "desk", send: get("/desk")},
		{name: "desk, places", send: get("/desk/areas")},
		{name: "done", send: get("/desk/done")},
		{name: "started", send: get("/desk/started")},
		{name: "inbox by name", send: func(i int) (string, string, string) {
			chars, _, _ := name(i)
			return "GET", "/tasks?q=" + url.QueryEscape(chars), ""
		}},
	}
	return named(viewer, append(out, probe{name: "inbox, page 50 of 10", list: "/tasks?limit=10&"}))
}

func named(viewer string, list []probe) []probe {
	for i := range list {
		list[i].viewer = viewer
	}
	return list
}

func (b *bench) lists(viewer, region string) []probe {
	// As the index of the level has it.
	area := fmt.Sprintf("substr(region_code, 1, %d) = ?", len(region))
	if len(region) == 12 {
		area = "region_code = ?"
	}
	out := []probe{
		{name: "cases, open", send: get("/cases?open=true"), raw: "SELECT * FROM cases WHERE " + area + " AND closed_at IS NULL ORDER BY due_at, id LIMIT 21", args: []any{region}},
		{name: "cases, closed", send: get("/cases?open=false")},
		{name: "cases, all", send: get("/cases")},
		{name: "cases, overdue", send: get("/cases?overdue=true")},
		{name: "cases by state", send: get("/cases?procedure=risk_clue&state=verifying")},
		{name: "cases by state, rare", send: get("/cases?procedure=identification&state=withdrawn")},
		{name: "households", send: get("/households"), raw: "SELECT * FROM households WHERE region_code >= ? AND region_code < ? ORDER BY region_code, id LIMIT 21", args: []any{region, region + "~"}},
		{name: "households, monitored", send: get("/households?status=monitored")},
		{name: "households by the name of the head, counted", send: get("/households?sort=name&count=true")},
		{name: "households, last changed, counted", send: get("/households?sort=updated&count=true")},
		{name: "cases, last opened, counted", send: get("/cases?sort=opened&count=true")},
		{name: "figures", send: get("/figures")},
	}
	return named(viewer, append(out, probe{name: "cases, open, page 50", list: "/cases?open=true&"}, probe{name: "households, page 50", list: "/households?"}))
}

func (b *bench) searches(viewer, region string) []probe {
	by := func(path string, text func(i int) string) func(int) (string, string, string) {
		return func(i int) (string, string, string) { return "GET", path + "?q=" + url.QueryEscape(text(i)), "" }
	}
	full := func(i int) string { chars, _, _ := name(i); return chars }
	surname := func(i int) string { return surnames[i%len(surnames)].char }
	pinyin := func(i int) string { _, p, _ := name(i); return p }
	initials := func(i int) string { _, _, a := name(i); return a }
	letter := func(i int) string { _, _, a := name(i); return a[:1] }
	nobody := func(i int) string { return fmt.Sprintf("欧阳%d", i) }
	number := func(i int) string { return fmt.Sprintf("%s%07d", region+"101201"[:12-len(region)], i) }
	return named(viewer, aimed(searchAim, []probe{
		{name: "households by name", send: by("/households", full), raw: "SELECT * FROM households WHERE substr(region_code, 1, 6) = ? AND head_name = ?", args: []any{region[:6], full(5)}},
		{name: "households by surname", send: by("/households", surname)},
		{name: "households by pinyin", send: by("/households", pinyin)},
		{name: "households by initials", send: by("/households", initials)},
		{name: "households by one letter", send: by("/households", letter)},
		{name: "households by a name nobody has", send: by("/households", nobody)},
		{name: "households by number", send: by("/households", number)},
		{name: "households by half a number", send: by("/households", func(int) string { return region[:6] })},
		{name: "household by identity number", send: func(i int) (string, string, string) {
			return "POST", "/households/search", fmt.Sprintf(`{"id_no":%q}`, idNo(i))
		}},
		{name: "cases by name", send: by("/cases", full)},
		{name: "cases by surname", send: by("/cases", surname)},
		{name: "cases by initials", send: by("/cases", initials)},
		{name: "cases by a name nobody has", send: by("/cases", nobody)},
	}))
}

// people are looked for by everything that somebody may be found by; what is looked for stands in the body.
func (b *bench) people(viewer string) []probe {
	find := func(sort string, text func(i int) string) func(int) (string, string, string) {
		return func(i int) (string, string, string) {
			return "POST", "/persons/query", fmt.Sprintf(`{"q":%q,"sort":%q,"count":true}`, text(i), sort)
		}
	}
	part := func(n int) func(int) string {
		return func(i int) string { chars, pinyin, abbr := name(i); return []string{chars, pinyin, abbr}[n] }
	}
	return named(viewer, aimed(searchAim, []probe{
		{name: "people, counted", send: find("place", func(int) string { return "" })},
		{name: "people by the spelling of their names, counted", send: find("name", func(int) string { return "" })},
		{name: "people by name", send: find("place", part(0))},
		{name: "people by surname", send: find("place", func(i int) string { return surnames[i%len(surnames)].char })},
		{name: "people by given name", send: find("place", func(i int) string { chars, _, _ := name(i); return string([]rune(chars)[1:]) })},
		{name: "people by pinyin", send: find("place", part(1))},
		{name: "people by initials", send: find("place", part(2))},
		{name: "people by identity number", send: find("place", idNo)},
		{name: "people by telephone", send: find("place", func(i int) string { return fmt.Sprintf("138%08d", i) })},
	}))
}

// oneCase looks at the cases on the viewer's first page, one after another.
func (b *bench) oneCase(viewer string) []probe {
	var page struct{ Items []struct{ ID string } }
	rec := b.request(viewer, "GET", "/cases?limit=100", "")
	require.NoError(b.t, json.Unmarshal(rec.Body.Bytes(), &page), rec.Body.String())
	if len(page.Items) == 0 {
		return nil
	}
	of := func(path string) func(int) (string, string, string) {
		return func(i int) (string, string, string) {
			return "GET", "/cases/" + page.Items[i%len(page.Items)].ID + path, ""
		}
	}
	const raw = "SELECT * FROM case_events WHERE case_id = ? ORDER BY seq"
	return named(viewer, []probe{
		{name: "case", send: of(""), raw: "SELECT * FROM cases WHERE id = ?", args: []any{page.Items[0].ID}},
		{name: "allowed events", send: of("/events/allowed")},
		{name: "timeline", send: of("/timeline"), raw: raw, args: []any{page.Items[0].ID}},
	})
}

// oneHousehold looks at the households on the viewer's first page, one after another, and at the map of his area.
func (b *bench) oneHousehold(viewer string) []probe {
	var page struct{ Items []struct{ ID string } }
	rec := b.request(viewer, "GET", "/households?limit=100", "")
	require.NoError(b.t, json.Unmarshal(rec.Body.Bytes(), &page), rec.Body.String())
	if len(page.Items) == 0 {
		return nil
	}
	of := func(path string) func(int) (string, string, string) {
		return func(i int) (string, string, string) {
			return "GET", "/households/" + page.Items[i%len(page.Items)].ID + path, ""
		}
	}
	out := []probe{{name: "household page, all it asks", aim: householdAim, step: b.householdPage(viewer, of)}, {name: "household", send: of("")}, {name: "household, overview", send: of("/overview")},
		{name: "household, cases", send: of("/cases")}, {name: "household, members", send: of("/members")}}
	if b.request(viewer, "GET", "/map", "").Code == 200 {
		out = append(out, probe{name: "map", send: get("/map")})
	}
	return named(viewer, out)
}

// householdPage asks all that the page of a household asks when it opens.
func (b *bench) householdPage(viewer string, of func(path string) func(int) (string, string, string)) func(i int) error {
	return func(i int) error {
		for _, path := range []string{"", "/overview", "/cases", "/members"} {
			method, url, body := of(path)(i)
			if rec := b.request(viewer, method, url, body); rec.Code != 200 {
				return fmt.Errorf("%s: %d %s", url, rec.Code, rec.Body)
			}
		}
		return nil
	}
}

// acts is the circle that a clue goes through: returned, dispatched again, taken.
var acts = []struct {
	event, viewer string
	form          map[string]any
}{
	{"misrouted", "village", map[string]any{"reason": "不在本村居住"}},
	{"redispatch", "township", map[string]any{"target_village": hotVillage}},
	{"accept", "village", map[string]any{}},
}

// steps move clues of the large village round their circle: on the engine alone
// and through the API.
func (b *bench) steps() []probe {
	var rows []models.Case
	err := b.store.DB.Where("region_code = ? AND procedure = ? AND state = ?", hotVillage, "risk_clue", "verifying").Order("id").Limit(40).Find(&rows).Error
	require.NoError(b.t, err)
	require.Len(b.t, rows, 40)
	actors := map[string]activities.Actor{}
	for _, v := range viewers {
		actors[v.login] = activities.Actor{UserID: v.login, Role: v.role, Region: v.region}
	}
	const here = 20
	turn := func(i int) (*models.Case, int) { return &rows[i%here], i / here % len(acts) }
	onEngine := func(i int) error {
		c, n := turn(i)
		a := acts[n]
		_, err := direct{b.engine}.Fire(b.t.Context(), activities.FireRequest{CaseID: c.ID, Event: a.event, Key: b.key(), ExpectedSeq: activities.AnySeq, Actor: actors[a.viewer], Form: a.form})
		return err
	}
	byAPI := func(i int) error {
		_, n := turn(i)
		c, a := &rows[here+i%here], acts[n]
		form, err := json.Marshal(a.form)
		if err != nil {
			return err
		}
		rec := b.request(a.viewer, "POST", "/cases/"+c.ID+"/events", fmt.Sprintf(`{"event":%q,"expected_seq":%d,"form":%s}`, a.event, c.Seq, form))
		var out struct{ Reply struct{ Seq int } }
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || out.Reply.Seq == 0 {
			return fmt.Errorf("%s: %d %s", a.event, rec.Code, rec.Body)
		}
		c.Seq = out.Reply.Seq
		return nil
	}
	return []probe{
		{viewer: "several", name: "Engine.Commit of one step", step: onEngine},
		{viewer: "several", name: "one step by the API, without Temporal", step: byAPI},
	}
}
