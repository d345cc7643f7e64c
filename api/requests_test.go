package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// badRequests are answered without anything having changed.
func badRequests(t *testing.T, w *world, clue string, seq int) []call {
	events := basePath + "/cases/" + clue + "/events"
	fire := func(more object) object {
		b := object{"event": "register_locally", "expected_seq": seq, "form": object{}}
		for k, v := range more {
			b[k] = v
		}
		return b
	}
	noKey := map[string]string{"Idempotency-Key": ""}
	return []call{
		{name: "malformed", method: "POST", url: events, body: `{"event":`, status: 400, code: "malformed_json"},
		{name: "two values", method: "POST", url: events, body: `{"event":"register_locally","expected_seq":1} {}`, status: 400, code: "malformed_json"},
		{name: "trailing rubbish", method: "POST", url: events, body: `{"event":"register_locally","expected_seq":1}x`, status: 400, code: "malformed_json"},
		{name: "not UTF-8", method: "POST", url: events, body: "{\"event\":\"\xff\",\"expected_seq\":1}", status: 400, code: "malformed_json"},
		{name: "NUL", method: "POST", url: events, body: `{"event":"a\u0000b","expected_seq":1}`, status: 400, code: "malformed_json"},
		{name: "empty body", method: "POST", url: events, body: ``, status: 400, code: "malformed_json"},
		{name: "not JSON", method: "POST", url: events, body: `a=b`, headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: 415, code: "unsupported_media_type"},
		{name: "unknown field", method: "POST", url: events, body: fire(object{"actor": "u-county"}), status: 400, code: "unknown_field", want: []string{"actor"}},
		{name: "field in the wrong case", method: "POST", url: events, body: `{"Event":"register_locally","expected_seq":1}`, status: 400},
		{name: "missing field", method: "POST", url: events, body: object{"event": "register_locally"}, status: 400, code: "required", want: []string{"expected_seq"}},
		{name: "wrong type", method: "POST", url: events, body: fire(object{"expected_seq": "1"}), status: 400, code: "wrong_type", want: []string{"expected_seq"}},
		{name: "id in the body does not override the path", method: "POST", url: events, body: fire(object{"id": "other"}), status: 400, code: "unknown_field"},
		{name: "no key", method: "POST", url: events, body: fire(nil), headers: noKey, status: 400, code: "idempotency_key_required"},
		{name: "short key", method: "POST", url: events, body: fire(nil), headers: map[string]string{"Idempotency-Key": "abc"}, status: 400, want: []string{"Idempotency-Key"}},
		{name: "no CSRF header", method: "POST", url: events, body: fire(nil), headers: map[string]string{csrfHeader: ""}, status: 403, code: "csrf_header_missing"},
		{name: "wrong CSRF header", method: "POST", url: events, body: fire(nil), headers: map[string]string{csrfHeader: "XMLHttpRequest"}, status: 403, code: "csrf_header_missing"},
		{name: "unknown event", method: "POST", url: events, body: fire(object{"event": "approve_all"}), status: 409, code: "unknown_event"},
		{name: "event of another state", method: "POST", url: events, body: fire(object{"event": "confirm_risk"}), status: 409, code: "event_not_allowed"},
		{name: "event by rule only", method: "POST", url: events, body: fire(object{"event": "merge"}), status: 403, code: "role_not_allowed"},
		{name: "future sequence", method: "POST", url: events, body: fire(object{"expected_seq": seq + 5}), status: 409, code: "case_moved"},
		{name: "stale sequence", method: "POST", url: events, body: fire(object{"expected_seq": seq - 1}), status: 409, code: "case_moved"},
		{name: "role he does not hold", method: "POST", url: events, body: fire(object{"role": "county_office"}), status: 403, code: "role_not_allowed"},
		{name: "on behalf of nobody", method: "POST", url: events, body: fire(object{"on_behalf": true}), status: 403, code: "role_not_allowed"},
		{name: "wrong role", user: "grid", method: "POST", url: events, body: fire(object{"event": "dispatch"}), status: 403, code: "role_not_allowed"},
		{name: "auditor only looks", user: "auditor", method: "POST", url: events, body: fire(nil), status: 403, code: "role_not_allowed"},
		{name: "unknown answer", method: "POST", url: events, body: fire(object{"form": object{"secret": 1}}), status: 422, code: "conditions_not_met", want: []string{"unknown_field", "secret"}},
		{name: "answer of the wrong type", method: "POST", url: events, body: fire(object{"form": object{"note": 1}}), status: 422, code: "conditions_not_met", want: []string{"wrong_type", "note"}},
		{name: "answer too long", method: "POST", url: events, body: fire(object{"form": object{"note": strings.Repeat("长", 2001)}}), status: 422, code: "conditions_not_met", want: []string{"too_long"}},
		{name: "body too large", method: "POST", url: events, body: fire(object{"form": object{"note": strings.Repeat("x", maxBody)}}), status: 413, code: "too_large"},
		{name: "id out of shape", method: "GET", url: basePath + "/cases/" + strings.Repeat("x", 65), status: 400},
		{name: "id with a quote", method: "GET", url: basePath + "/cases/a'b", status: 400},
		{name: "limit too large", method: "GET", url: basePath + "/cases?limit=101", status: 400, code: "out_of_range"},
		{name: "parameter given twice", method: "GET", url: basePath + "/cases?limit=5&limit=6", status: 400},
		{name: "limit not a number", method: "GET", url: basePath + "/cases?limit=many", status: 400},
		{name: "parameter not UTF-8", method: "GET", url: basePath + "/dept-lists?kind=%FF%FE", status: 400, code: "wrong_format", want: []string{`"kind"`}},
		{name: "parameter with NUL", method: "GET", url: basePath + "/cases?procedure=a%00", status: 400, code: "wrong_format", want: []string{`"procedure"`}},
		{name: "path not UTF-8", method: "GET", url: basePath + "/procedures/%FF", status: 400, code: "wrong_format"},
		{name: "path with NUL", method: "GET", url: basePath + "/public/villages/%00/notices", status: 400},
		{name: "calendar with NUL", method: "GET", url: basePath + "/feeds/a%00b", status: 400, code: "wrong_format"},
		{name: "query that is none", method: "GET", url: basePath + "/cases?procedure=%zz", status: 400, code: "wrong_format"},
		{name: "bad cursor", method: "GET", url: basePath + "/cases?cursor=zzz", status: 400, code: "bad_cursor"},
		{name: "bad moment", method: "GET", url: basePath + "/cases/" + clue + "/asof?at=yesterday", status: 400},
		{name: "before it was opened", method: "GET", url: basePath + "/cases/" + clue + "/asof?at=2020-01-01T00:00:00Z", status: 404, code: "not_yet_opened"},
		{name: "unknown route", method: "GET", url: basePath + "/nothing", status: 404, code: "route_not_found"},
		{name: "unknown method", method: "PUT", url: basePath + "/cases", body: object{}, status: 405, code: "method_not_allowed"},
		{name: "unknown procedure", method: "POST", url: basePath + "/cases", body: object{"procedure": "amnesty", "household_id": "household-1", "form": object{}}, status: 404, code: "procedure_not_found"},
		{name: "procedure nobody opens by hand", method: "POST", url: basePath + "/cases", body: object{"procedure": "village_notice", "household_id": "household-1", "form": object{}}, status: 404, code: "procedure_not_found"},
		{name: "empty opening form", method: "POST", url: basePath + "/cases", body: object{"procedure": "risk_clue", "household_id": "household-2", "form": object{}}, status: 422, code: "conditions_not_met", want: []string{"found_at", "channel"}},
		{name: "farmer may not open a clue", user: "farmer", method: "POST", url: basePath + "/cases", body: object{"procedure": "risk_clue", "household_id": "household-1", "form": object{}}, status: 403, code: "role_not_allowed"},
		{name: "endorse what needs no signature", method: "POST", url: basePath + "/cases/" + clue + "/endorsements", body: object{"event": "register_locally"}, status: 403, code: "not_a_signer"},
		{name: "endorse an unknown event", method: "POST", url: basePath + "/cases/" + clue + "/endorsements", body: object{"event": "nothing"}, status: 409, code: "unknown_event"},
		{name: "too many tasks", method: "POST", url: basePath + "/tasks/bulk", body: object{"action": "claim", "task_ids": manyIDs(201)}, status: 400, code: "too_long"},
		{name: "bulk without event", method: "POST", url: basePath + "/tasks/bulk", body: object{"action": "fire", "task_ids": []string{"a"}}, status: 422, code: "required"},
	}
}

func manyIDs(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("task-%d", i)
	}
	return out
}

func TestBadRequestsChangeNothing(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			clue := w.openClue(t, "household-1", "cadre")
			before := w.fingerprint(t)
			for _, c := range badRequests(t, w, clue, 1) {
				if c.user == "" {
					c.user = "cadre"
				}
				w.do(t, c)
			}
			require.Equal(t, before, w.fingerprint(t))
		})
	}
}

// fingerprint counts the rows that a request could have left behind.
func (w *world) fingerprint(t *testing.T) map[string]int64 {
	out := map[string]int64{}
	for _, m := range []any{&models.Case{}, &models.CaseEvent{}, &models.Submission{}, &models.Task{}, &models.Attachment{}, &models.Endorsement{}, &models.Message{}, &models.PolicyRow{}, &models.Outbox{}} {
		var n int64
		require.NoError(t, w.store.DB.Model(m).Count(&n).Error)
		out[fmt.Sprintf("%T", m)] = n
	}
	var seqs int64
	require.NoError(t, w.store.DB.Model(&models.Case{}).Select("COALESCE(SUM(seq), 0)").Scan(&seqs).Error)
	out["seqs"] = seqs
	return out
}

func TestSameKeySameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	url := basePath + "/cases/" + clue + "/events"
	key := map[string]string{"Idempotency-Key": "the-very-same-key"}
	body := object{"event": "register_locally", "expected_seq": 1, "form": object{"note": "已登记"}}

	first := w.do(t, call{user: "cadre", method: "POST", url: url, body: body, headers: key, status: 200, want: []string{`"state":"verifying"`}})
	again := w.do(t, call{user: "cadre", method: "POST", url: url, body: body, headers: key, status: 200})
	require.JSONEq(t, first.Body.String(), again.Body.String())
	w.do(t, call{name: "another body", user: "cadre", method: "POST", url: url, headers: key, status: 422, code: "key_reused",
		body: object{"event": "register_locally", "expected_seq": 1, "form": object{"note": "另一内容"}}})
	// The key belongs to the person: for a colleague it is a new one, and the case has moved.
	w.do(t, call{name: "somebody else's key", user: "cadre2", method: "POST", url: url, body: body, headers: key, status: 409})
	var n int64
	require.NoError(t, w.store.DB.Model(&models.CaseEvent{}).Where("case_id = ? AND event = ?", clue, "register_locally").Count(&n).Error)
	require.EqualValues(t, 1, n)

	open := object{"procedure": "risk_clue", "household_id": "household-2", "form": object{"channel": "petition", "found_at": "2026-03-10T09:00:00+08:00", "content": "反映困难"}}
	one := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases", body: open, headers: key, status: 200})
	two := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases", body: open, headers: key, status: 200})
	require.JSONEq(t, one.Body.String(), two.Body.String())
	open["household_id"] = "household-1"
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases", body: open, headers: key, status: 422, code: "key_reused"})
}

// A key whose request was refused may be used again once the form is mended.
func TestRefusedKeyMayBeMended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := map[string]string{"Idempotency-Key": "mended-later"}
	form := object{"channel": "petition", "content": "反映困难"}
	body := object{"procedure": "risk_clue", "household_id": "household-2", "form": form}
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases", body: body, headers: key, status: 422, code: "conditions_not_met"})
	form["found_at"] = "2026-03-10T09:00:00+08:00"
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases", body: body, headers: key, status: 200})
}

// Sixteen people press the same button: one event, and everybody else is told
// that the case has moved.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	var wg sync.WaitGroup
	codes := make([]int, 16)
	for i := range codes {
		wg.Go(func() {
			user := []string{"cadre", "cadre2"}[i%2]
			codes[i] = w.do(t, call{user: user, method: "POST", url: basePath + "/cases/" + clue + "/events", body: object{"event": "register_locally", "expected_seq": 1}}).Code
		})
	}
	wg.Wait()
	won := 0
	for _, c := range codes {
		if c == 200 {
			won++
		} else {
			require.Equal(t, http.StatusConflict, c)
		}
	}
	require.Equal(t, 1, won)
	v, err := w.engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Bad)
}

// What goes wrong inside is not told outside.
func TestFaultsTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	body := object{"event": "register_locally", "expected_seq": 1}
	var log bytes.Buffer
	w.server.log = slog.New(slog.NewTextHandler(&log, nil))
	w.http = w.echo
	w.cases.fail = fmt.Errorf("pq: secret table\nlevel=INFO msg=\"all is well\"")
	rec := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/" + clue + "/events", body: body, status: 500, code: "internal", not: []string{"secret", "all is well"}})
	id := decode[struct {
		RequestID string `json:"request_id"`
	}](t, rec).RequestID
	require.NotEmpty(t, id)
	require.Equal(t, 1, strings.Count(log.String(), "\n"), "one line, whatever stands in it: %s", log.String())
	require.Regexp(t, `^time=\S+(Z|[+-]\d\d:\d\d) level=ERROR msg="request failed" err="pq: secret table\\n`, log.String(), "our own fault is logged, with its time and zone")
	require.Contains(t, log.String(), "request_id="+id)
	w.cases.fail = fmt.Errorf("wait: %w", context.DeadlineExceeded)
	rec = w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/" + clue + "/events", body: body, status: 503, code: "busy"})
	require.Equal(t, "1", rec.Header().Get("Retry-After"))
}

// Who leaves before he is answered is no fault of ours.
func TestWhoLeavesIsNoFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log bytes.Buffer
	w.server.log = slog.New(slog.NewTextHandler(&log, nil))
	gone, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(gone, "GET", basePath+"/me", nil)
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: w.tokens["cadre"]})
	rec := httptest.NewRecorder()
	w.echo.ServeHTTP(rec, r)
	require.Equal(t, 503, rec.Code)
	require.Empty(t, log.String())
}

// A panic is a fault like any other, and a number that the caller chose is not
// the number of the request.
func TestPanicIsAFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	w.server.cases = nil // the first call on it panics
	var log bytes.Buffer
	w.server.log = slog.New(slog.NewTextHandler(&log, nil))
	r := httptest.NewRequest("POST", basePath+"/cases/"+clue+"/events", strings.NewReader(`{"event":"register_locally","expected_seq":1}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(csrfHeader, csrfValue)
	r.Header.Set("Idempotency-Key", "panics-inside")
	r.Header.Set("X-Request-Id", "chosen-by-the-caller")
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: w.tokens["cadre"]})
	rec := httptest.NewRecorder()
	w.echo.ServeHTTP(rec, r)
	require.Equal(t, 500, rec.Code)
	require.Contains(t, rec.Body.String(), `"code":"internal"`)
	require.NotContains(t, rec.Body.String(), "nil pointer")
	require.NotContains(t, rec.Body.String(), "chosen-by-the-caller")
	require.Contains(t, log.String(), "nil pointer", "it is logged")
	require.NotContains(t, log.String(), "chosen-by-the-caller")
}

// A body that does not come ends the request, not the server's patience.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h, err := New(Options{Engine: w.engine, Cases: w.cases, Log: slog.New(slog.DiscardHandler), Timeout: 200 * time.Millisecond})
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	defer srv.Close()
	body, never := io.Pipe()
	defer never.Close()
	r, err := http.NewRequest("POST", srv.URL+basePath+"/session", body)
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(csrfHeader, csrfValue)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 503, resp.StatusCode)

	head, err := http.Head(srv.URL + basePath + "/health")
	require.NoError(t, err)
	defer head.Body.Close()
	raw, err := io.ReadAll(head.Body)
	require.NoError(t, err)
	require.Equal(t, 200, head.StatusCode)
	require.Empty(t, raw)
}
