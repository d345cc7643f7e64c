package api

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// Who is refused a record stands in the access log, with what he asked for and a mark of the record, the same for the same
// one; what he named does not stand there. A success adds nothing, and nobody fills the log.
func TestRefusedAttemptsAreLogged(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		clue := w.openClue(t, "household-1", "cadre")
		refused := func() (out []models.AccessLog) {
			t.Helper()
			require.NoError(t, w.store.DB.Where("action = ?", RefusedAction).Order("id").Find(&out).Error)
			return out
		}
		// The world has one server for all requests of a test: the bound is its own.
		before := w.http
		w.http = w.echo
		defer func() { w.http = before }()
		unmask, report := object{"field": "phone", "purpose": "核对户口簿"}, object{"id_no": headID, "purpose": "本人申请查阅"}
		for _, x := range []struct {
			user, method, path string
			body               object
			status             int
			operation          string
		}{
			{"far_town", "GET", "/cases/" + clue, nil, 404, "getCase"},
			{"far_town", "GET", "/households/household-1", nil, 404, "getHousehold"},
			{"far_cadre", "POST", "/households/household-1/unmask", unmask, 404, "unmask"},
			{"far_town", "POST", "/people/report", report, 404, "reportOnPerson"},
			{"cadre", "POST", "/people/report", report, 403, "reportOnPerson"},
			{"cadre", "GET", "/access-log", nil, 403, "listAccessLog"},
		} {
			n := len(refused())
			w.do(t, call{user: x.user, method: x.method, url: basePath + x.path, body: x.body, status: x.status})
			rows := refused()
			require.Len(t, rows, n+1, x.path)
			a := rows[n]
			require.Equal(t, []string{"u-" + x.user, x.operation}, []string{a.UserID, a.Table}, x.path)
			require.NotEmpty(t, a.Field)
			if x.operation != "listAccessLog" {
				require.Regexp(t, regexp.MustCompile("^[0-9a-f]{16}$"), a.RecordID)
			}
			require.NotContains(t, a.RecordID+a.Purpose+a.Field, headID)
			require.NotEmpty(t, a.RequestID)
		}
		rows := refused()
		require.Equal(t, rows[3].RecordID, rows[4].RecordID, "the same person is known again")
		require.Equal(t, rows[1].RecordID, rows[2].RecordID)
		require.NotEqual(t, rows[0].RecordID, rows[1].RecordID)

		n := len(rows)
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases/" + clue, status: http.StatusOK})
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/households/household-1", status: http.StatusOK})
		require.Len(t, refused(), n, "nothing of what succeeds")

		for range refusedAtOnce + 10 {
			w.do(t, call{user: "next_cadre", method: "GET", url: basePath + "/households/household-9", status: 404})
		}
		require.Len(t, refused(), n+refusedAtOnce, "nobody floods the log")
		w.idle(refusedEvery)
		w.do(t, call{user: "next_cadre", method: "GET", url: basePath + "/households/household-9", status: 404})
		rows = refused()
		require.Len(t, rows, n+refusedAtOnce+1)
		require.Contains(t, rows[len(rows)-1].Purpose, "10", "and how many were left out is told")
		w.do(t, call{user: "far_town", method: "GET", url: basePath + "/households/household-1", status: 404})
		require.Len(t, refused(), n+refusedAtOnce+2, "others have their own bound")
	})
}
