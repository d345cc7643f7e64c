package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/api/gen"
	"shouwang/internal/programme"
	"shouwang/internal/testkit"
	"shouwang/models"
)

// heard are the lines before an answer, and the answer.
func heard(t testing.TB, rec *httptest.ResponseRecorder) (lines []progressLine, end answerLine, answer []byte) {
	t.Helper()
	require.Equal(t, 200, rec.Code)
	require.Equal(t, progressType, rec.Result().Header.Get(echo.HeaderContentType))
	rest := rec.Body.Bytes()
	for {
		line, more, ok := bytes.Cut(rest, []byte("\n"))
		require.True(t, ok, "the answer ends without a status: %s", rest)
		rest = more
		if bytes.Contains(line, []byte(`"status"`)) {
			require.NoError(t, json.Unmarshal(line, &end))
			return lines, end, rest
		}
		var x progressLine
		require.NoError(t, json.Unmarshal(line, &x))
		lines = append(lines, x)
	}
}

// Who asks for it hears how far an import is, row by row, and then gets the answer that he would have got without; who goes
// away stops it between two rows, and it goes on when it is sent again.
func TestImportTellsHowFarItIs(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		p := w.programme(t)
		var book bytes.Buffer
		require.NoError(t, programme.ExampleWorkbook(&book))
		url := basePath + "/programmes/" + p.ID + "/import"
		ask := func(more string, headers map[string]string) *httptest.ResponseRecorder {
			return w.doOn(t, w.echo, call{user: "town", method: "POST", url: url + more, status: 200, body: workbookForm(t, book.Bytes()), headers: headers})
		}
		lines := map[string]string{progressHeader: "lines"}
		require.Contains(t, ask("", lines).Header().Get(echo.HeaderContentType), "application/json", "what is soon done is told at once")
		w.server.tellAfter, w.server.tellEvery = 0, 0
		plain := ask("", nil)
		require.Contains(t, plain.Header().Get(echo.HeaderContentType), "application/json", "nobody has asked")
		told, end, answer := heard(t, ask("", lines))
		require.Equal(t, answerLine{200, "application/json"}, end)
		require.JSONEq(t, plain.Body.String(), string(answer))
		require.Len(t, told, 23, "the plan of each row")
		require.Equal(t, []progressLine{{0, 23}, {22, 23}}, []progressLine{told[0], told[22]})
		preview := decode[gen.ProblemImport](t, plain)

		// A refusal is an answer too.
		_, end, answer = heard(t, ask("?confirm="+strings.Repeat("0", 64), lines))
		require.Equal(t, answerLine{409, "application/problem+json"}, end)
		require.Contains(t, string(answer), "another_file")

		// Somebody closes the page in the middle.
		stop, cancel := context.WithCancel(t.Context())
		rows := 0
		w.server.tellEvery = 0
		rec := &closing{ResponseRecorder: httptest.NewRecorder(), leave: func(line string) {
			if strings.Contains(line, `"done"`) {
				if rows++; rows == 23+4 { // the plan of 23, then the rows
					cancel()
				}
			}
		}}
		w.echo.ServeHTTP(rec, w.importRequest(t, url+"?confirm="+preview.Sha256, book.Bytes()).WithContext(stop))
		var n int64
		require.NoError(t, w.store.DB.Model(&models.ProgrammeProblem{}).Count(&n).Error)
		require.Less(t, n, int64(23))
		_, end, answer = heard(t, ask("?confirm="+preview.Sha256, lines))
		require.Equal(t, 200, end.Status)
		var done gen.ProblemImport
		require.NoError(t, json.Unmarshal(answer, &done))
		require.True(t, done.Applied)
		require.Zero(t, done.Rejected)
		require.NoError(t, w.store.DB.Model(&models.ProgrammeProblem{}).Count(&n).Error)
		require.EqualValues(t, 23, n, "each row once")

		// A workbook comes whole after the lines.
		returned := w.doOn(t, w.echo, call{user: "town", method: "POST", url: url + "/returned", status: 200, body: workbookForm(t, book.Bytes()), headers: lines})
		_, end, answer = heard(t, returned)
		require.Equal(t, 200, end.Status)
		_, err := excelize.OpenReader(bytes.NewReader(answer))
		require.NoError(t, err)
		w.doOn(t, w.echo, call{user: "town", method: "POST", url: url, status: 400, body: workbookForm(t, book.Bytes()), headers: map[string]string{progressHeader: "words"}})
	})
}

// The other files tell it too.
func TestEveryImportTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pupil(t)
	w.server.tellAfter, w.server.tellEvery = 0, 0
	lines := map[string]string{progressHeader: "lines"}
	send := func(user, url string, body *form) ([]progressLine, answerLine, []byte) {
		return heard(t, w.doOn(t, w.echo, call{user: user, method: "POST", url: basePath + url, status: 200, body: body, headers: lines}))
	}
	told, end, answer := send("town", "/dept-files/preview", listForm(t, dropouts, object{"kind": "dropout", "as_of": "2026-03-01"}))
	require.Equal(t, 200, end.Status, string(answer))
	require.Equal(t, []progressLine{{4, 4}}, told)
	var seen gen.DeptPreview
	require.NoError(t, json.Unmarshal(answer, &seen))
	told, end, answer = send("town", "/dept-files/import", listForm(t, dropouts, object{"kind": "dropout", "as_of": "2026-03-01", "confirm": seen.Sha256}))
	require.Equal(t, 200, end.Status, string(answer))
	require.Equal(t, progressLine{4, 4}, told[0])
	exported := w.do(t, call{user: "cadre", method: "POST", status: 200, url: basePath + "/forms/workbook/export", body: object{"form": "f3", "region_code": village, "period": "2026", "purpose": "入户填写"}})
	told, end, answer = send("cadre", "/forms/workbook", workbookForm(t, exported.Body.Bytes()))
	require.Equal(t, 200, end.Status, string(answer))
	require.NotEmpty(t, told)
	require.Zero(t, told[0].Done)
}

// closing is a reader who goes away while lines are written.
type closing struct {
	*httptest.ResponseRecorder
	leave func(line string)
}

func (l *closing) Write(p []byte) (int, error) {
	l.leave(string(p))
	return l.ResponseRecorder.Write(p)
}

// The first word comes after a while, the next not at once; an answer without any is as it is.
func TestTellingPausesBetweenWords(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	slow := &tellingAnswer{ResponseWriter: rec, from: time.Now().Add(time.Hour), every: time.Hour}
	slow.tell(1, 2)
	slow.WriteHeader(422)
	require.Equal(t, []any{422, 0}, []any{rec.Code, rec.Body.Len()})
	rec = httptest.NewRecorder()
	slow = &tellingAnswer{ResponseWriter: rec, every: time.Hour}
	slow.tell(1, 3)
	slow.tell(2, 3)
	slow.WriteHeader(422)
	require.Equal(t, 200, rec.Code)
	require.Equal(t, "{\"done\":1,\"total\":3}\n{\"status\":422,\"type\":\"application/x-ndjson\"}\n", rec.Body.String())
}

// importRequest is a request with a workbook, for a caller who serves it himself.
func (w *world) importRequest(t testing.TB, url string, content []byte) *http.Request {
	t.Helper()
	body := workbookForm(t, content)
	r := httptest.NewRequest(http.MethodPost, url, bytes.NewReader(body.bytes))
	r.Header.Set(echo.HeaderContentType, body.contentType)
	r.Header.Set(csrfHeader, csrfValue)
	r.Header.Set("Idempotency-Key", w.key())
	r.Header.Set(progressHeader, "lines")
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: w.tokens["town"]})
	return r
}
