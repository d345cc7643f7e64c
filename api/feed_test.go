package api

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
)

// subscribe makes a link for a user and returns its path.
func (w *world) subscribe(t *testing.T, user string) string {
	t.Helper()
	return decode[struct{ Path string }](t, w.do(t, call{user: user, method: "POST", url: basePath + "/me/calendar", status: 200})).Path
}

// feed is what a calendar program reads, its folded lines joined.
func (w *world) feed(t *testing.T, path string) string {
	t.Helper()
	rec := w.do(t, call{method: "GET", url: path, status: 200, want: []string{"BEGIN:VCALENDAR", "END:VCALENDAR"}})
	return strings.ReplaceAll(rec.Body.String(), "\r\n ", "")
}

func (w *world) caseNo(t *testing.T, id string) string {
	t.Helper()
	var c models.Case
	require.NoError(t, w.store.DB.Where("id = ?", id).Take(&c).Error)
	return c.No
}

func TestCalendarLinkIsMadeRenewedAndRevoked(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			url := basePath + "/me/calendar"
			link := func(want ...string) {
				w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, want: want, not: []string{"feeds"}})
			}
			link(`"exists":false`)
			first := w.subscribe(t, "cadre")
			require.Regexp(t, `^/api/v1/feeds/[A-Za-z0-9_-]{43}\.ics$`, first, "256 bits")
			link(`"exists":true`, `"created_at":"2026-03-10T04:00:00Z"`)
			var row models.CalendarLink
			require.NoError(t, w.store.DB.Take(&row).Error)
			require.Nil(t, row.FetchedAt)
			require.NotContains(t, fmt.Sprintf("%+v", row), strings.TrimSuffix(first[len(basePath+"/feeds/"):], ".ics"), "the token itself is never stored")

			w.idle(20 * time.Minute)
			h := w.do(t, call{method: "GET", url: first, status: 200}).Header()
			require.Equal(t, "text/calendar; charset=utf-8", h.Get("Content-Type"))
			require.Equal(t, "private, no-cache", h.Get("Cache-Control"))
			link(`"fetched_at":"2026-03-10T04:20:00Z"`)

			second := w.subscribe(t, "cadre")
			require.NotEqual(t, first, second)
			w.do(t, call{name: "renewed", method: "GET", url: first, status: 404, code: "not_found"})
			link(`"exists":true`, `"created_at":"2026-03-10T04:20:00Z"`)
			w.feed(t, second)
			w.do(t, call{user: "town", method: "DELETE", url: url, status: 204})
			w.feed(t, second) // his own link alone was revoked
			for range 2 {
				w.do(t, call{user: "cadre", method: "DELETE", url: url, status: 204})
			}
			w.do(t, call{name: "revoked", method: "GET", url: second, status: 404, code: "not_found"})
			link(`"exists":false`)
		})
	}
}

// Whatever is wrong with a link, the answer is the same.
func TestWrongLinksAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.subscribe(t, "cadre")
	revoked := w.subscribe(t, "town")
	w.do(t, call{user: "town", method: "DELETE", url: basePath + "/me/calendar", status: 204})
	seen := map[string]bool{}
	for _, path := range []string{revoked, strings.TrimSuffix(good, ".ics"), good + ".ics", basePath + "/feeds/.ics", basePath + "/feeds/" + strings.Repeat("A", 43) + ".ics",
		basePath + "/feeds/" + strings.Repeat("A", 5000) + ".ics", basePath + "/feeds/" + tokenHash(strings.TrimSuffix(good[len(basePath+"/feeds/"):], ".ics")) + ".ics"} {
		rec := w.do(t, call{method: "GET", url: path, status: 404, code: "not_found"})
		seen[strings.Replace(rec.Body.String(), rec.Header().Get("X-Request-Id"), "", 1)] = true
		require.Equal(t, "no-store", rec.Header().Get("Cache-Control"))
	}
	require.Len(t, seen, 1)
	w.do(t, call{name: "a session does not help", user: "town", method: "GET", url: revoked, status: 404})
	w.do(t, call{name: "a link is no session", method: "GET", url: basePath + "/me/calendar", status: 401})
}

// The calendar of every account holds what is in its inbox, and no name, number or
// word of a form of anybody.
func TestFeedHoldsTheInboxAndNobodysName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-2", "cadre")
	identification, notice := w.identify(t, "household-1")
	require.NotEmpty(t, notice)
	words := []string{headID, childID, headPhone, headBank, "房屋漏雨", "三组"}
	for table, column := range map[string]string{"people": "name", "users": "name", "households": "head_name"} {
		var names []string
		require.NoError(t, w.store.DB.Table(table).Pluck(column, &names).Error)
		words = append(words, names...)
	}
	require.Greater(t, len(words), 20)
	events := 0
	for _, u := range users {
		raw := w.do(t, call{method: "GET", url: w.subscribe(t, u.login), status: 200, not: words}).Body.String()
		got := strings.ReplaceAll(raw, "\r\n ", "")
		for _, word := range words {
			require.NotContains(t, got, word, u.login)
		}
		p := decode[struct {
			Items []struct {
				CaseID string `json:"case_id"`
				CaseNo string `json:"case_no"`
				DueAt  string `json:"due_at"`
			}
		}](t, w.do(t, call{user: u.login, method: "GET", url: basePath + "/tasks?limit=50", status: 200}))
		due := map[string]bool{}
		for _, item := range p.Items {
			if item.DueAt != "" {
				due[item.CaseID] = true
				require.Contains(t, got, item.CaseNo, u.login)
			}
		}
		require.Equal(t, len(due), strings.Count(got, "BEGIN:VEVENT"), u.login)
		events += len(due)
	}
	require.GreaterOrEqual(t, events, 5)
	got := w.feed(t, w.subscribe(t, "cadre"))
	require.Contains(t, got, "SUMMARY:风险线索·")
	require.Contains(t, got, w.caseNo(t, clue))
	require.Contains(t, got, "LOCATION:云岭县清溪镇石桥村")
	require.NotContains(t, got, w.caseNo(t, identification), "it is in nobody's inbox while its notice is up")
}

// The gate decides: neighbours have nothing of it, a colleague's task is his, and
// what ends with the post ends here.
func TestFeedObeysTheGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	no := w.caseNo(t, w.openClue(t, "household-1", "cadre"))
	var id string
	require.NoError(t, w.store.DB.Model(&models.Case{}).Where("no = ?", no).Pluck("id", &id).Error)
	paths := map[string]string{}
	for _, user := range []string{"cadre", "cadre2", "next_cadre", "far_cadre", "far_town", "sys", "farmer"} {
		paths[user] = w.subscribe(t, user)
	}
	for user, path := range paths {
		got := w.feed(t, path)
		if user == "cadre" || user == "cadre2" {
			require.Contains(t, got, no, user)
			continue
		}
		require.NotContains(t, got, "BEGIN:VEVENT", user)
	}
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/tasks/" + w.task(t, id, "village_cadre") + "/claim", status: 200})
	require.NotContains(t, w.feed(t, paths["cadre2"]), no, "a colleague has taken it")
	require.Contains(t, w.feed(t, paths["cadre"]), no)

	grants := w.store.DB.Model(&models.RoleGrant{}).Where("user_id = ?", "u-cadre").Session(&gorm.Session{})
	require.NoError(t, grants.Update("valid_to", w.clock()).Error)
	require.NotContains(t, w.feed(t, paths["cadre"]), "BEGIN:VEVENT", "the post has ended")
	require.NoError(t, grants.Update("valid_to", w.clock().Add(time.Second)).Error)
	require.Contains(t, w.feed(t, paths["cadre"]), no)
	require.NoError(t, w.store.DB.Model(&models.User{}).Where("id = ?", "u-cadre").Update("disabled", true).Error)
	require.NotContains(t, w.feed(t, paths["cadre"]), "BEGIN:VEVENT", "the account is disabled")
}

// One event per case and clock, which moves with its date.
func TestEventMovesWithItsDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	path := w.subscribe(t, "cadre")
	line := func(text, name string) string {
		_, rest, ok := strings.Cut(text, "\r\n"+name)
		require.True(t, ok, text)
		rest, _, _ = strings.Cut(rest, "\r\n")
		return rest
	}
	before := w.feed(t, path)
	var k models.ClockRow
	require.NoError(t, w.store.DB.Where("case_id = ?", clue).Order("due_at").Take(&k).Error)
	day, err := policy.ParseDate(k.LastDay)
	require.NoError(t, err)
	compact := func(d policy.Date) string { return strings.ReplaceAll(d.String(), "-", "") }
	require.Equal(t, compact(day), line(before, "DTSTART;VALUE=DATE:"))

	later := day.AddDays(3)
	change := map[string]any{"due_at": later.End().UTC(), "provisional": true}
	require.NoError(t, w.store.DB.Model(&models.ClockRow{}).Where("id = ?", k.ID).Updates(change).Error)
	require.NoError(t, w.store.DB.Model(&models.ClockRow{}).Where("case_id = ? AND id <> ?", clue, k.ID).Update("stopped_at", w.clock()).Error)
	require.NoError(t, w.store.DB.Model(&models.Task{}).Where("case_id = ?", clue).Update("due_at", later.End().UTC()).Error)
	after := w.feed(t, path)
	require.Equal(t, compact(later), line(after, "DTSTART;VALUE=DATE:"))
	require.Equal(t, line(before, "UID:"), line(after, "UID:"))
	require.Contains(t, after, "STATUS:TENTATIVE")
	require.Contains(t, after, "日期暂估")
	require.Contains(t, before, "STATUS:CONFIRMED")
	require.Equal(t, 1, strings.Count(after, "BEGIN:VEVENT"))
	require.Equal(t, 1, strings.Count(after, "BEGIN:VALARM"))

	require.NoError(t, w.store.DB.Model(&models.Task{}).Where("case_id = ?", clue).Update("due_at", models.FarFuture).Error)
	require.NotContains(t, w.feed(t, path), "BEGIN:VEVENT", "what is never due is no deadline")
}

// Of 501 deadlines, each in two inboxes of one person, the last is left out.
func TestFeedHasTheSoonestFiveHundred(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(&models.RoleGrant{ID: "g-more", UserID: "u-cadre", Role: "village_secretary", RegionCode: village, ValidFrom: w.clock().Add(-time.Hour)})
	var c models.Case
	require.NoError(t, w.store.DB.Where("id = ?", w.openClue(t, "household-1", "cadre")).Take(&c).Error)
	require.NoError(t, w.store.DB.Where("case_id = ?", c.ID).Delete(&models.Task{}).Error)
	var cases []models.Case
	var tasks []models.Task
	for i := range maxDeadlines + 1 {
		c.ID, c.No, c.SoloKey = fmt.Sprintf("case-%03d", i), fmt.Sprintf("XS-%03d", i), nil
		cases = append(cases, c)
		for _, role := range []string{"village_cadre", "village_secretary"} {
			tasks = append(tasks, models.Task{ID: role + c.ID, CaseID: c.ID, Procedure: "risk_clue", State: "new", Role: "village_cadre", Queue: role + "@" + village,
				RegionCode: village, DueAt: w.clock().Add(time.Duration(i) * time.Hour), OpenedAt: w.clock()})
		}
	}
	require.NoError(t, w.store.DB.CreateInBatches(cases, 100).Error)
	require.NoError(t, w.store.DB.CreateInBatches(tasks, 100).Error)
	got := w.feed(t, w.subscribe(t, "cadre"))
	require.Equal(t, maxDeadlines, strings.Count(got, "BEGIN:VEVENT"))
	require.Contains(t, got, "XS-499")
	require.NotContains(t, got, "XS-500")
	require.Less(t, strings.Index(got, "XS-000"), strings.Index(got, "XS-001"))
}

func TestTooManyFetches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.subscribe(t, "cadre")
	w.server.feeds = limiter(2)
	var codes []int
	for range 3 {
		rec := httptest.NewRecorder()
		w.echo.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		codes = append(codes, rec.Code)
	}
	require.Equal(t, []int{200, 200, 429}, codes)
}

// The secret of a link is in no log and no answer, whatever happens to it.
func TestLinksAreNotLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.subscribe(t, "cadre")
	token := strings.TrimSuffix(path[len(basePath+"/feeds/"):], ".ics")
	var log bytes.Buffer
	w.server.log = slog.New(slog.NewTextHandler(&log, nil))
	get := func(path string) string {
		rec := httptest.NewRecorder()
		w.echo.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		return rec.Body.String()
	}
	require.NotContains(t, get(path), token)
	require.NotContains(t, get(path+"x"), token)
	require.NoError(t, w.store.DB.Exec("DROP TABLE calendar_links").Error)
	require.Contains(t, get(path), `"internal"`)
	require.Contains(t, log.String(), "calendar_links", "our own fault is logged")
	require.NotContains(t, log.String(), token)
}
