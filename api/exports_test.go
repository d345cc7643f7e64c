package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

func (w *world) export(t testing.TB, user, list string, more object, status int) gen.Export {
	t.Helper()
	body := object{"list": list, "reason": "季度核查"}
	for k, v := range more {
		body[k] = v
	}
	rec := w.do(t, call{user: user, method: "POST", url: basePath + "/exports", status: status, body: body})
	if status != 200 {
		return gen.Export{}
	}
	return w.made(t, user, decode[gen.Export](t, rec))
}

// made waits for an export that takes longer than its request waits.
func (w *world) made(t testing.TB, user string, x gen.Export) gen.Export {
	t.Helper()
	for x.State == models.ExportWaiting || x.State == models.ExportRunning {
		time.Sleep(20 * time.Millisecond)
		x = decode[gen.Export](t, w.do(t, call{user: user, method: "GET", url: basePath + "/exports/" + x.ID, status: 200}))
	}
	return x
}

// rowsOf downloads an export and reads its rows.
func (w *world) exported(t testing.TB, user string, x gen.Export) [][]string {
	t.Helper()
	require.Equal(t, gen.ExportState("ready"), x.State, x.Code)
	rec := w.do(t, call{user: user, method: "GET", url: basePath + "/exports/" + x.ID + "/file", status: 200})
	require.Contains(t, rec.Header().Get("Content-Disposition"), x.No)
	require.EqualValues(t, x.Size, rec.Body.Len())
	book, err := excelize.OpenReader(bytes.NewReader(rec.Body.Bytes()))
	require.NoError(t, err)
	rows, err := book.GetRows(book.GetSheetName(0))
	require.NoError(t, err)
	require.Len(t, rows, x.Rows+2)
	return rows
}

// An export is what the gate shows, masked, with a watermark; who took what and why stays on record.
func TestExportIsMaskedMarkedAndRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = ?", "household-2").Update("head_name", "=cmd|'/c'!A1").Error)
	w.export(t, "cadre", "households", object{"reason": "核对 " + headID}, 400)
	x := w.export(t, "cadre", "households", nil, 200)
	rows := w.exported(t, "cadre", x)
	require.Len(t, rows, 4, "two households of the village")
	for _, s := range []string{"测cadre", "云岭县清溪镇石桥村", "2026-03-10 12:00", x.No, "季度核查"} {
		require.Contains(t, rows[0][0], s)
	}
	text := fmt.Sprint(rows)
	for _, s := range []string{headPhone, headBank, headID, "罗望禾", "程远山"} {
		require.NotContains(t, text, s)
	}
	require.Contains(t, text, "138****1234")
	require.Contains(t, text, "'=cmd|'/c'!A1", "nothing in it can run")

	people := fmt.Sprint(w.exported(t, "town", w.export(t, "town", "persons", object{"filter": object{"village": village}}, 200)))
	require.Contains(t, people, "罗小禾")
	require.Contains(t, people, "长期慢性病")
	require.NotContains(t, people, headID)
	require.NotContains(t, fmt.Sprint(w.exported(t, "grid", w.export(t, "grid", "persons", nil, 200))), "长期慢性病", "P3 is not for the grid")

	var logs []models.AccessLog
	require.NoError(t, w.store.DB.Where("action = ? AND record_id = ?", "export", x.ID).Order("at, id").Find(&logs).Error)
	require.Len(t, logs, 2, "asked for and downloaded")
	require.NotContains(t, logs[0].Purpose, headID)
	var kept models.Export
	require.NoError(t, w.store.DB.Where("id = ?", x.ID).Take(&kept).Error)
	require.Equal(t, []any{1, 2, 64}, []any{kept.Downloads, kept.Rows, len(kept.SHA256)})
	sealed, err := os.ReadFile(filepath.Join(w.server.exportDir, x.ID))
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "PK\x03\x04", "the file is sealed")
}

func TestEveryListCanBeExported(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			everyList(t, newWorld(t, dialect))
		})
	}
}

// recordOf is the filter of a list that belongs to a record.
func recordOf(list string, ids map[string]string) object {
	if list == "pattern_hits" {
		return object{"pattern": "too_fast"}
	}
	kind, _, of := strings.Cut(strings.TrimPrefix(exportLists[list].path, "/"), "/{id}")
	if !of {
		return object{}
	}
	return object{"id": ids[kind]}
}

func everyList(t *testing.T, w *world) {
	ids := w.records(t)
	for list, l := range exportLists {
		filter := object{"filter": recordOf(list, ids)}
		user := "town"
		if list == "pattern_hits" { // of the auditor's desk
			user = "auditor"
		}
		rows := w.exported(t, user, w.export(t, user, list, filter, 200))
		require.Equal(t, l.columns, rows[1], list)
		for _, r := range rows[2:] {
			require.LessOrEqual(t, len(r), len(l.columns), list)
		}
		if user == "auditor" {
			w.export(t, "town", list, filter, 403)
			continue
		}
		if strings.Contains(l.path, "{id}") {
			w.export(t, "far_town", list, filter, 404)
			w.export(t, "town", list, nil, 400)
			continue
		}
		far := fmt.Sprint(w.exported(t, "far_town", w.export(t, "far_town", list, nil, 200))[2:])
		for _, s := range []string{"罗守田", "罗守天", "dept-list-1", "XS", ids["cases"]} {
			require.NotContains(t, far, s, list)
		}
	}
}

// listedKeys are the values of a field in all rows that a list shows over HTTP, in its order: the list is where the first
// member of path leads, the field where the last does.
func (w *world) listedKeys(t testing.TB, user, list string, filter object, array, field string) []string {
	t.Helper()
	target, query := exportLists[list].path, url.Values{"limit": {"2"}}
	for k, v := range filter {
		if k == "id" {
			target = strings.Replace(target, "{id}", fmt.Sprint(v), 1)
		} else {
			query.Set(k, fmt.Sprint(v))
		}
	}
	if w.server.ops.byRoute["GET "+echoPath(exportLists[list].path)].Operation.Parameters.GetByInAndName("query", "limit") == nil {
		query.Del("limit")
	}
	out := []string{}
	for cursor, more := "", true; more; more = cursor != "" {
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		page := decode[object](t, w.do(t, call{user: user, method: "GET", url: basePath + target + "?" + query.Encode(), status: 200}))
		for _, v := range walk(page, array) {
			key, _ := walk(v, field)[0].(string)
			out = append(out, key)
		}
		cursor, _ = page["next_cursor"].(string)
	}
	return out
}

// walk follows the members of a path, through every element of a list.
func walk(v any, path string) []any {
	if list, ok := v.([]any); ok {
		var out []any
		for _, x := range list {
			out = append(out, walk(x, path)...)
		}
		return out
	}
	if path == "" {
		return []any{v}
	}
	name, rest, _ := strings.Cut(path, ".")
	if x, ok := v.(map[string]any); ok {
		return walk(x[name], rest)
	}
	return []any{nil}
}

// shownLists tells of each list where its rows stand in the answer of its operation, and which field of them is in which
// column of the workbook.
var shownLists = map[string]struct {
	array, field string
	column       int
	user         string
	filters      []object
}{
	"tasks": {"items", "case_no", 0, "cadre", []object{{"due": "overdue"}, {"due": "today"}, {"due": "soon"}, {"due": "all"}, {"mine": true}, {"q": "罗守田"}, {"q": "nobody"},
		{"procedure": "risk_clue"}, {"procedure": "campaign"}, {"village": village}, {"q": "lst", "procedure": "risk_clue", "village": village, "mine": true}}},
	"cases": {"items", "no", 0, "town", []object{{"open": true}, {"open": false}, {"overdue": true}, {"q": "罗守田"}, {"procedure": "risk_clue"}, {"procedure": "visit_task"},
		{"procedure": "data_issue"}, {"procedure": "risk_clue", "state": "new"}, {"village": nextVillage}, {"open": false, "q": "lst"}}},
	"problems":            {"items", "no", 0, "town", []object{{"open": true}, {"open": false}, {"overdue": true}, {"q": "罗守田"}, {"village": nextVillage}}},
	"households":          {"items", "household_no", 0, "town", []object{{"q": "罗"}, {"q": "lst"}, {"status": "none"}, {"status": "monitored"}, {"village": nextVillage}, {"village": village, "q": "luo"}}},
	"household_cases":     {"items", "no", 0, "town", nil},
	"members":             {"items", "name", 0, "town", nil},
	"episodes":            {"episodes", "category", 1, "town", nil},
	"form_records":        {"items", "subject", 1, "cadre", []object{{"form": "f3"}, {"form": "f1"}, {"state": "draft"}, {"state": "final"}, {"village": village}, {"household_id": "household-1"}}},
	"papers":              {"items", "number", 0, "town", []object{{"kind": "household_notice"}, {"kind": "minutes"}, {"village": nextVillage}}},
	"messages":            {"groups.items", "title", 1, "cadre", []object{{"unread": true}}},
	"absences":            {"items", "user.name", 0, "town", nil},
	"supervisions":        {"items", "notice.no", 0, "town", []object{{"open": true}, {"programme_id": "programme-1"}}},
	"programmes":          {"items", "no", 0, "town", nil},
	"programme_problems":  {"items", "case.no", 0, "town", nil},
	"programme_villages":  {"progress.villages", "title", 0, "town", nil},
	"programme_people":    {"progress.responsible", "title", 0, "town", nil},
	"runs":                {"items", "region_name", 1, "town", []object{{"kind": "quality"}, {"kind": "screening"}, {"village": village}}},
	"run_rules":           {"rules", "title", 0, "town", nil},
	"run_groups":          {"items", "region_name", 0, "town", nil},
	"run_hits":            {"items", "title", 3, "town", []object{{"rule": "population_mismatch"}, {"rule": "other"}, {"village": nextVillage}}},
	"campaign_phases":     {"phases", "title", 0, "town", nil},
	"campaign_villages":   {"villages", "title", 0, "town", nil},
	"campaign_surveyors":  {"surveyors", "title", 0, "town", nil},
	"campaign_days":       {"trend", "day", 0, "town", nil},
	"campaign_people":     {"people", "name", 3, "town", nil},
	"campaign_coverage":   {"items", "household.household_no", 0, "town", []object{{"done": true}, {"done": false}, {"village": village}, {"village": nextVillage}}},
	"campaign_sample":     {"items", "household.household_no", 0, "town", nil},
	"figures_stages":      {"stages", "state_title", 1, "town", []object{{"region": village}, {"region": nextVillage}}},
	"figures_villages":    {"villages", "title", 0, "town", []object{{"region": village}}},
	"figures_campaigns":   {"campaigns", "title", 0, "town", []object{{"region": village}}},
	"figures_risks":       {"risks", "title", 0, "town", nil},
	"figures_departments": {"departments", "title", 0, "town", nil},
	"figures_classes":     {"rectification.classes", "title", 0, "town", nil},
	"figures_levels":      {"rectification.levels", "title", 0, "town", nil},
	"figures_days":        {"burn_down", "day", 0, "town", []object{{"region": village}}},
	"figures_problems":    {"items", "case.no", 0, "town", []object{{"standing": "open"}, {"standing": "done"}, {"class": "-"}, {"level": "household"}, {"region": nextVillage}}},
	"dept_lists":          {"items", "dept_title", 0, "town", []object{{"kind": "medical_cost"}, {"kind": "disability"}}},
	"dept_reviews":        {"items", "name", 4, "town", nil},
	"engagements":         {"items", "no", 0, "county", nil},
	"pattern_hits":        {"items", "case.no", 2, "auditor", []object{{"pattern": "evidence_reused"}, {"pattern": "same_person"}, {"pattern": "idle_days", "least": 1}, {"village": nextVillage}}},
}

// What is exported are the rows of the list with the filters it is shown with, in its order.
func TestExportIsTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.records(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	ids["campaigns"] = w.campaign(t)
	p := w.programme(t)
	ids["programmes"] = p.ID
	problem := ""
	for i, household := range []string{"household-1", "household-2", "household-3"} {
		problem = w.openProblem(t, p.No, household, fmt.Sprintf("收入测算不准%d", i))
	}
	require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = ?", "household-1").Update("population", 9).Error)
	ids["runs"] = w.startRun(t, "town", "quality", township)
	w.work(t)
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/tasks/" + ids["tasks"] + "/claim", status: 200})
	now := w.clock()
	w.row("risk_clue", "no_risk", village, func(c *models.Case) { c.ClosedAt = &now })
	w.row("risk_clue", "verifying", nextVillage, func(c *models.Case) { c.DueAt = now })
	w.row("visit_task", "scheduled", village, nil)
	w.create(&models.SupervisionNotice{ID: "notice-1", No: "督1", CaseID: problem, IssuedBy: "u-town", IssuedRole: "township_office", IssuedAt: now})

	for list := range exportLists {
		if list == "persons" {
			continue // the members of the households, which the next test compares
		}
		shown, ok := shownLists[list]
		require.True(t, ok, list)
		for _, filter := range append(shown.filters, nil) {
			whole := recordOf(list, ids)
			for k, v := range filter {
				whole[k] = v
			}
			got := []string{}
			x := w.export(t, shown.user, list, object{"filter": whole}, 200)
			if w.server.filters(exportLists[list].path)["count"] != nil {
				require.Equal(t, x.Rows, x.Total, "%s %v: what is told beforehand", list, filter)
			}
			for _, row := range w.exported(t, shown.user, x)[2:] {
				got = append(got, append(row, make([]string, len(exportLists[list].columns))...)[shown.column])
			}
			if list == "problems" {
				whole["procedure"] = "rectification"
			}
			require.Equal(t, w.listedKeys(t, shown.user, list, whole, shown.array, shown.field), got, "%s %v", list, filter)
			if filter == nil {
				t.Logf("%s: %d rows", list, len(got))
			}
		}
	}
}

// The filter of members is that of their households.
func TestExportOfPersonsFollowsTheHouseholds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, filter := range []object{{}, {"q": "罗守田"}, {"village": nextVillage}, {"status": "monitored"}} {
		households := map[string]bool{}
		for _, no := range w.listedKeys(t, "town", "households", filter, "items", "household_no") {
			households[no] = true
		}
		var want int64
		nos := slices.Collect(maps.Keys(households))
		require.NoError(t, w.store.DB.Model(&models.Person{}).Where("left_at IS NULL AND household_id IN (SELECT id FROM households WHERE no IN ?)", nos).Count(&want).Error)
		rows := w.exported(t, "town", w.export(t, "town", "persons", object{"filter": filter}, 200))[2:]
		require.Len(t, rows, int(want))
		for _, r := range rows {
			require.True(t, households[r[0]], r[0])
		}
	}
}

func TestExportRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, user := range []string{"farmer", "sec", "sys"} {
		w.export(t, user, "households", nil, 403)
	}
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/exports", status: 400, body: object{"list": "households", "reason": "看"}})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/exports", status: 400, body: object{"list": "users", "reason": "季度核查"}})
	for _, filter := range []object{{"overdue": true}, {"cursor": "x"}, {"limit": 1}, {"due": "never"}, {"mine": "true"}, {"village": "x"}, {"id": "household-1"}} {
		w.export(t, "cadre", "tasks", object{"filter": filter}, 400)
	}

	key := map[string]string{"Idempotency-Key": "export-key-0001"}
	ask := func(reason string, status int) gen.Export {
		return decode[gen.Export](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/exports", headers: key, status: status, body: object{"list": "households", "reason": reason}}))
	}
	x := ask("季度核查", 200)
	require.Equal(t, x.ID, ask("季度核查", 200).ID, "the same key is one export")
	ask("另一用途", 422)
	w.do(t, call{user: "cadre2", method: "GET", url: basePath + "/exports/" + x.ID, status: 404})
	w.do(t, call{user: "cadre2", method: "GET", url: basePath + "/exports/" + x.ID + "/file", status: 404})

	w.create(&models.PolicyRow{ID: "few", Key: "export_max_rows", RegionCode: county, Value: []byte("1"), ValidFrom: w.clock().AddDate(-1, 0, 0), CreatedAt: w.clock()})
	many := w.export(t, "cadre", "households", nil, 200)
	require.Equal(t, []any{gen.ExportState("failed"), "too_many_rows"}, []any{many.State, many.Code})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/exports/" + many.ID + "/file", status: 409, code: "export_not_ready"})
	require.NoFileExists(t, filepath.Join(w.server.exportDir, many.ID))
}

// A file goes with its time, its office, or at the wish of who made it; the record stays.
func TestExportsExpireAndAreCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x, y, z := w.export(t, "cadre", "households", nil, 200), w.export(t, "cadre", "persons", nil, 200), w.export(t, "secretary", "persons", nil, 200)
	path := func(e gen.Export) string { return filepath.Join(w.server.exportDir, e.ID) }
	w.do(t, call{user: "cadre", method: "DELETE", url: basePath + "/exports/" + y.ID, status: 200, want: []string{`"cancelled"`}})
	require.NoFileExists(t, path(y))
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/exports/" + y.ID + "/file", status: 409})

	require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-secretary").Update("region_code", nextVillage).Error)
	w.do(t, call{user: "secretary", method: "GET", url: basePath + "/exports/" + z.ID + "/file", status: 404})

	later := func(d time.Duration) {
		w.idle(d)
		require.NoError(t, w.store.DB.Model(&models.Session{}).Where("user_id <> ''").Update("seen_at", w.wall()).Error)
	}
	later(24*time.Hour - time.Second)
	require.NoError(t, w.server.tidyExports(t.Context()))
	w.exported(t, "cadre", x)
	later(time.Second)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/exports/" + x.ID + "/file", status: 409})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/exports/" + x.ID, status: 200, want: []string{`"expired"`}})
	require.NoError(t, w.server.tidyExports(t.Context()))
	require.NoFileExists(t, path(x))
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/exports", status: 200, want: []string{x.ID, y.ID, `"expired"`, `"cancelled"`}, not: []string{z.ID}})
}

// What a server has left in the middle is begun anew by the next one, once; without the office it has failed.
func TestExportIsTakenUpAfterARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	left := func(id, role string, until time.Time) {
		w.create(&models.Export{ID: id, No: "DC-" + id, UserID: "u-cadre", Role: "village_cadre", RegionCode: role, List: "households", Filter: map[string]any{}, Reason: "季度核查",
			State: models.ExportRunning, Rows: 7, Attempts: 1, LeaseUntil: &until, CreatedAt: w.wall()})
	}
	now := w.wall()
	left("over", village, now)
	left("held", village, now.Add(time.Second))
	left("lost", nextVillage, now)
	for _, id := range []string{"over", "held", "lost"} {
		require.NoError(t, w.server.export(t.Context(), id))
	}
	state := func(id string) string {
		var x models.Export
		require.NoError(t, w.store.DB.Where("id = ?", id).Take(&x).Error)
		return x.State + x.Code
	}
	require.Equal(t, []string{"ready", "running", "failedrole_lost"}, []string{state("over"), state("held"), state("lost")})

	// A server that is stopped leaves the lease to run out; one that fails three times gives up.
	left("stopped", village, now)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, w.server.export(ctx, "stopped"))
	require.Equal(t, "running", state("stopped"))
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	w.server.exportDir = file // no folder
	for range 2 {
		require.Error(t, w.server.export(t.Context(), "stopped"))
		w.idle(exportLease)
	}
	require.Equal(t, "failedfailed", state("stopped"))
}

// A sealed file opens only whole and in its own place.
func TestSealedFile(t *testing.T) {
	t.Parallel()
	vault, err := models.NewVault(make([]byte, 32), make([]byte, 32))
	require.NoError(t, err)
	for _, size := range []int{0, 1, sealedPiece - 1, sealedPiece, sealedPiece + 1, 3*sealedPiece + 5} {
		dir := t.TempDir()
		want := []byte(strings.Repeat("守", size))[:size]
		w, err := newSealedFile(dir, vault, "a")
		require.NoError(t, err)
		_, err = w.Write(want)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		read := func(id string) ([]byte, error) {
			r, err := openSealedFile(dir, vault, id)
			require.NoError(t, err)
			defer r.Close()
			return io.ReadAll(r)
		}
		got, err := read("a")
		require.NoError(t, err)
		require.Equal(t, len(want), len(got))
		require.True(t, bytes.Equal(want, got))
		raw, err := os.ReadFile(filepath.Join(dir, "a"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "b"), raw, 0o600))
		_, err = read("b")
		require.Error(t, err, "a file of another name")
		cut := raw[:len(raw)-1]
		if size > sealedPiece {
			cut = raw[:4+sealedPiece+28] // whole pieces, but not the last
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), cut, 0o600))
		_, err = read("a")
		require.Error(t, err, "a file that is cut short")
	}
}

// The memory in use while 100,000 rows are exported does not depend on them.
func TestExportMemoryIsConstant(t *testing.T) {
	w := newWorld(t)
	households := func(n, from int) {
		rows := make([]models.Household, 0, n)
		for i := range n {
			id := fmt.Sprintf("many-%06d", from+i)
			rows = append(rows, models.Household{ID: id, No: id, RegionCode: farVillage, GroupName: "三组", HeadName: "程远山", Population: 3, BaseType: "ordinary", Status: "none", CreatedAt: w.clock(), UpdatedAt: w.clock()})
		}
		require.NoError(t, w.store.DB.CreateInBatches(rows, 1000).Error)
	}
	peak := func() (int, uint64) {
		stop, most := make(chan struct{}), make(chan uint64)
		go func() {
			var m runtime.MemStats
			top := uint64(0)
			for {
				select {
				case <-stop:
					most <- top
					return
				case <-time.After(20 * time.Millisecond): // a sample, nothing waits for it
					runtime.GC()
					runtime.ReadMemStats(&m)
					top = max(top, m.HeapAlloc)
				}
			}
		}()
		x := models.Export{ID: "x" + models.NewID(), UserID: "u-far_cadre", Role: "village_cadre", RegionCode: farVillage, List: "households", Filter: map[string]any{}, Reason: "x", State: models.ExportWaiting, CreatedAt: w.wall()}
		x.No = x.ID
		w.create(&x)
		require.NoError(t, w.server.export(t.Context(), x.ID))
		close(stop)
		require.NoError(t, w.store.DB.Where("id = ?", x.ID).Take(&x).Error)
		require.Equal(t, models.ExportReady, x.State, x.Code)
		return x.Rows, <-most
	}
	households(4999, 0)
	few, small := peak()
	households(95_000, 4999)
	many, large := peak()
	require.Equal(t, []int{5000, 100_000}, []int{few, many})
	require.Less(t, large, small+8<<20)
}

// A list that one server has made another one hands out, and lets expire for both.
func TestAnotherServerHandsOutExports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.http
	x := w.export(t, "cadre", "households", nil, 200)
	w.http = w.another()
	theirs := w.exported(t, "cadre", x)
	w.http = first
	require.Equal(t, theirs, w.exported(t, "cadre", x))

	w.http = w.another()
	w.do(t, call{user: "cadre", method: "DELETE", url: basePath + "/exports/" + x.ID, status: 200})
	w.http = first
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/exports/" + x.ID + "/file", status: 409, code: "export_not_ready"})
	require.NoFileExists(t, filepath.Join(w.server.exportDir, x.ID))
}

// What is taken out stands on record, or it is not taken out: not the next time either.
func TestNothingIsTakenOutUnrecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openClue(t, "household-1", "cadre")
	full := func(is bool) {
		t.Helper()
		sql := "DROP TRIGGER full"
		if is {
			sql = "CREATE TRIGGER full BEFORE INSERT ON access_logs BEGIN SELECT RAISE(ABORT, 'disk full'); END"
		}
		require.NoError(t, w.store.DB.Exec(sql).Error)
	}
	for i, c := range []call{
		{user: "cadre", url: "/exports", body: object{"list": "households", "reason": "季度核查"}},
		{user: "auditor", url: "/engagements/engagement-u-auditor/packages", body: object{"reason": "跟踪审计取证"}},
	} {
		c.method, c.url, c.headers = "POST", basePath+c.url, map[string]string{"Idempotency-Key": fmt.Sprint("unrecorded-000", i)}
		full(true)
		c.status = 500
		w.do(t, c)
		full(false)
		var n int64
		require.NoError(t, w.store.DB.Model(&models.Export{}).Where("user_id = ?", "u-"+c.user).Count(&n).Error)
		require.Zero(t, n)
		c.status = 200
		x := decode[gen.Export](t, w.do(t, c))
		require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = 'export' AND record_id = ?", x.ID).Count(&n).Error)
		require.EqualValues(t, 1, n)
	}
}
