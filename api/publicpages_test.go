package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// visit is a villager's browser: no session, no header of ours, and a form as old phones send it.
func visit(h http.Handler, method, target string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

// publicPage is a page as everybody gets it: small, without a script, a cookie or anything of another place.
func publicPage(t testing.TB, rec *httptest.ResponseRecorder, status int) string {
	t.Helper()
	body := rec.Body.String()
	require.Equal(t, status, rec.Code, body)
	require.Equal(t, "text/html; charset=UTF-8", rec.Header().Get("Content-Type"))
	require.Empty(t, rec.Header().Values("Set-Cookie"))
	require.Equal(t, "no-store", rec.Header().Get("Cache-Control"))
	require.Contains(t, rec.Header().Get("X-Robots-Tag"), "noindex")
	require.Contains(t, rec.Header().Get("Content-Security-Policy"), "default-src 'none'")
	require.Less(t, len(body), 10<<10)
	require.NotContains(t, body, "<script")
	require.NotContains(t, body, " style=")
	for _, link := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		require.Regexp(t, `^(/public/|/login$|/favicon\.svg$|tel:)`, link[1])
	}
	return body
}

var hiddenKey = regexp.MustCompile(`name="key" value="([^"]+)"`)

// givenCode is the code on the page after an objection.
func givenCode(t testing.TB, body string) string {
	t.Helper()
	found := regexp.MustCompile(`\d{4} \d{4} \d{4} \d{4}`).FindString(body)
	require.NotEmpty(t, found, body)
	return found
}

func TestPublicPages(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		_, notice := w.identify(t, "household-1")
		board, one := "/public/villages/"+village, noticePath(village, models.NoticeID(notice))

		before := publicPage(t, visit(w.http, "GET", one, nil), 404)
		require.Contains(t, before, "现在没有张贴", "the paper may be printed before it is posted")
		w.post(t, notice)

		secret := []string{headID, headPhone, "household-1", notice, "住院", "illness", "慢性病", "650000", "u-cadre"}
		list := publicPage(t, visit(w.http, "GET", board, nil), 200)
		sheet := publicPage(t, visit(w.http, "GET", one, nil), 200)
		for _, body := range []string{list, sheet} {
			require.Contains(t, body, "罗守田")
			require.Contains(t, body, "拟纳入防止返贫监测对象")
			require.Contains(t, body, "还有 <strong>7</strong> 天（含今天）", "five whole days after the day of posting, the last a Sunday")
			for _, s := range secret {
				require.NotContains(t, body, s)
			}
		}
		require.Contains(t, list, one)
		require.Contains(t, sheet, `tel:08255550000`)
		require.Contains(t, sheet, "1天内受理，5天内核查，核查后 2天内答复")
		require.Contains(t, publicPage(t, visit(w.http, "GET", one+"?size=large", nil), 200), `class="large"`)
		require.Contains(t, publicPage(t, visit(w.http, "GET", "/public/villages/"+farVillage, nil), 200), "目前没有正在公示的事项")
		require.NotContains(t, publicPage(t, visit(w.http, "GET", noticePath(farVillage, models.NoticeID(notice)), nil), 404), "罗守田", "a notice stands in its own village")
		publicPage(t, visit(w.http, "GET", "/public/villages/999999999999", nil), 404)
		publicPage(t, visit(w.http, "GET", "/public/anything", nil), 404)
		publicPage(t, visit(w.http, "DELETE", board, nil, csrfHeader, csrfValue), 405)

		// Too little is asked for again, with what was typed.
		said := url.Values{"facts": {"车"}, "name": {"胡<知>情"}, "key": {hiddenKey.FindStringSubmatch(sheet)[1]}}
		again := publicPage(t, visit(w.http, "POST", one, said), 422)
		require.Contains(t, again, "请写得具体一些")
		require.Contains(t, again, "胡&lt;知&gt;情")
		require.Contains(t, again, said.Get("key"), "the form stays the same one")
		said.Set("facts", strings.Repeat("长", maxFacts+1))
		publicPage(t, visit(w.http, "POST", one, said), 422)
		require.Equal(t, 403, visit(w.http, "POST", one, said, "Origin", "https://elsewhere.example").Code)
		require.Equal(t, 403, visit(w.http, "POST", one, said, "Sec-Fetch-Site", "cross-site").Code)

		// Sent twice, by an impatient finger, it is one objection with one code.
		said.Set("facts", "该户有小汽车一辆")
		said.Set("contact", "13900005678")
		first := givenCode(t, publicPage(t, visit(w.http, "POST", one, said, "Origin", "http://example.com"), 200))
		require.Equal(t, first, givenCode(t, publicPage(t, visit(w.http, "POST", one, said), 200)))
		var n int64
		require.NoError(t, w.store.DB.Model(&models.Case{}).Where("procedure = 'objection'").Count(&n).Error)
		require.EqualValues(t, 1, n)
		said.Set("facts", "另有一事，请核查")
		said.Set("key", "another-key-of-the-same-villager")
		require.Contains(t, publicPage(t, visit(w.http, "POST", one, said), 409), "请打电话或者当面向石桥村村民委员会反映", "one is being checked already")

		// Whoever has the code learns how it stands, and nothing of what was written or of whom it is about.
		ask := func(code string, status int) string {
			return publicPage(t, visit(w.http, "POST", "/public/receipts", url.Values{"code": {code}}), status)
		}
		publicPage(t, visit(w.http, "GET", "/public/receipts", nil), 200)
		objection := w.child(t, "household-1", "objection")
		received := ask(first, 200)
		require.Contains(t, received, "<h2>已收到</h2>")
		require.Contains(t, received, "最迟在2026年3月11日（周三）受理")
		w.fire(t, "town", objection, "accept", object{})
		checked := ask(" "+strings.ReplaceAll(first, " ", "")+" ", 200)
		require.Contains(t, checked, "<h2>正在核查</h2>")
		for _, s := range append(secret, "罗守田", "小汽车", "胡", "13900005678", objection) {
			require.NotContains(t, received+checked, s)
		}
		wrong := strings.Map(func(r rune) rune {
			if r == '9' {
				return '0'
			} else if r >= '0' && r < '9' {
				return r + 1
			}
			return r
		}, first)
		for _, code := range []string{"", "1234", wrong, first + "1", "YY20260311-0001"} {
			require.Contains(t, ask(code, 404), "没有这个查询码")
		}
		var kept models.ObjectionReceipt
		require.NoError(t, w.store.DB.Take(&kept).Error)
		require.NotContains(t, kept.CodeHash, digitsOf(first))

		// What has come down is gone for everybody.
		require.NoError(t, w.store.DB.Model(&models.PublicNotice{}).Where("case_id = ?", notice).Update("taken_down", w.clock()).Error)
		gone := publicPage(t, visit(w.http, "GET", one, nil), 404)
		require.NotContains(t, gone+publicPage(t, visit(w.http, "GET", board, nil), 200), "罗守田")
		require.NotContains(t, publicPage(t, visit(w.http, "POST", one, said), 404), "罗守田")
		require.Contains(t, ask(first, 200), "正在核查", "the objector still learns")
	})
}

// A result stays up for its days and then is gone by itself.
func TestResultsVanishAfterTheirDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := models.PublicNotice{ID: models.NewID(), CaseID: "c", Kind: "announcement", RegionCode: village, Title: "认定结果公告", Phone: "08255550000",
		Sheet: map[string]any{"head_name": "罗守田", "proposal": "纳入防止返贫监测对象", "period": "2026-03-11 至 2026-04-10", "id_no": headID}, PostedAt: w.clock(), UntilAt: w.clock().Add(time.Hour)}
	w.create(&up)
	body := publicPage(t, visit(w.http, "GET", noticePath(village, up.ID), nil), 200)
	require.Contains(t, body, "纳入防止返贫监测对象")
	require.NotContains(t, body, headID, "fields are named one by one")
	require.NotContains(t, body, "<form", "a result takes no objection")
	w.pass(time.Hour)
	publicPage(t, visit(w.http, "GET", noticePath(village, up.ID), nil), 404)
	require.NotContains(t, publicPage(t, visit(w.http, "GET", "/public/villages/"+village, nil), 200), "罗守田")
}

// Each state of an objection has its word, and no other word comes in between.
func TestWhatAnObjectorIsTold(t *testing.T) {
	t.Parallel()
	d, _ := procedure.Latest("objection")
	want := map[procedure.State]string{"received": "已收到", "accepted": "正在核查", "investigating": "正在核查", "upheld": "正在核查", "overruled": "正在核查", "second_review": "正在核查",
		"replied": "已答复", "closed": "已答复", "out_of_scope": "已答复"}
	require.Len(t, d.States, len(want))
	for _, s := range d.States {
		got := toldInPublic(&models.Case{State: s.Code})
		require.Equal(t, want[s.Code], got.State, s.Code)
		require.NotEmpty(t, got.Text)
		if want[s.Code] != "已答复" {
			require.NotContains(t, got.Text, "成立", "nothing of the finding before the reply")
		}
	}
	answered := models.Case{State: "replied", Facts: models.Facts{Count: map[string]int{"find_upheld": 1}}}
	require.Contains(t, toldInPublic(&answered).Text, "异议成立")
	answered.Facts.Count = map[string]int{"find_overruled": 1}
	require.Contains(t, toldInPublic(&answered).Text, "异议不成立")
}

// Nothing but these is open to somebody without a session: whoever opens more says so here.
func TestPublicNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(&models.PublicNotice{ID: models.NewID(), CaseID: "c", Kind: "notice", RegionCode: village, Sheet: map[string]any{"head_name": "罗守田"}, PostedAt: w.clock(), UntilAt: models.FarFuture})
	open := []string{"GET /public/receipts", "GET /public/style.css", "GET /public/villages/:code", "GET /public/villages/:code/notices/:id", "POST /public/receipts", "POST /public/villages/:code/notices/:id",
		"getPublicNotice", "listPublicNotices", "objectToNotice",
		"beginOIDC", "endOIDC", "getFeed", "getHealth", "getOpenAPI", "listSignInMethods", "signIn"}
	var found []string
	for _, r := range w.echo.Routes() {
		op := w.server.ops.byRoute[r.Method+" "+r.Path]
		switch {
		case op == nil:
			found = append(found, r.Method+" "+r.Path)
		case openToAll(op):
			found = append(found, op.Operation.OperationID)
		default:
			rec := visit(w.http, r.Method, strings.NewReplacer(":id", models.NewID(), ":code", village, ":year", "2026").Replace(r.Path), nil, csrfHeader, csrfValue)
			require.Equal(t, http.StatusUnauthorized, rec.Code, r.Method+" "+r.Path)
		}
	}
	slices.Sort(open)
	slices.Sort(found)
	require.Equal(t, open, found)

	// The application itself is one page, the same for whatever address, with nothing in it of anybody.
	h := w.served(t, nil)
	nonce := regexp.MustCompile(`nonce="[^"]*"`)
	home := nonce.ReplaceAllString(visit(h, "GET", "/", nil).Body.String(), "")
	require.NotContains(t, home, "罗守田")
	for _, path := range []string{"/cases", "/cases/01J", "/households/household-1", "/publicity", "/accounts", "/anything"} {
		rec := visit(h, "GET", path, nil)
		require.Equal(t, 200, rec.Code, path)
		require.Equal(t, home, nonce.ReplaceAllString(rec.Body.String(), ""), path)
	}
}

// Objections and questions after them are counted by address.
func TestThePublicIsCountedByAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.served(t, func(o *Options) { o.PerMinute = 3 })
	ask := func() int {
		return visit(h, "POST", "/public/receipts", url.Values{"code": {"1234123412341234"}}).Code
	}
	for range 3 {
		require.Equal(t, 404, ask())
	}
	rec := visit(h, "POST", "/public/receipts", url.Values{"code": {"1234123412341234"}})
	require.Equal(t, http.StatusTooManyRequests, rec.Code)
	require.Contains(t, publicPage(t, rec, http.StatusTooManyRequests), "过一分钟再试")
}

// The codes on printed notices lead to where the sheet stands, or there are none.
func TestTheCodeOfANoticeLeadsToItsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, notice := w.identify(t, "household-1")
	w.post(t, notice)
	for base, want := range map[string]string{"": "", "https://sw.example": "https://sw.example" + noticePath(village, models.NoticeID(notice))} {
		w.server.publicURL = base
		require.Equal(t, want, w.server.publicAddress(village, models.NoticeID(notice)))
	}
	var up models.PublicNotice
	require.NoError(t, w.store.DB.Where("case_id = ?", notice).Take(&up).Error)
	require.Equal(t, models.NoticeID(notice), up.ID)
	require.Len(t, up.ID, len(models.NewID()))
	require.NotEqual(t, models.NoticeID("a"), models.NoticeID("b"))
}
