package api

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/internal/testkit"
	"shouwang/models"
)

// All cases of a household can be reached, page by page, each once and the newest first, with their number.
func TestCasesOfAHouseholdHaveNoEnd(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		w.caseTransaction(t)
		read := func(user, query string, limit int) (ids []string, total int) {
			ids = []string{}
			for cursor, n := "", 0; n == 0 || cursor != ""; n++ {
				page := decode[gen.CasePage](t, w.do(t, call{user: user, method: "GET", status: 200,
					url: fmt.Sprintf("%s/households/household-1/cases?limit=%d&count=%t&%s&cursor=%s", basePath, limit, n == 0, query, url.QueryEscape(cursor))}))
				for _, x := range page.Items {
					ids = append(ids, x.ID)
				}
				if n == 0 {
					total = *page.Total
				}
				cursor = page.NextCursor
			}
			return ids, total
		}
		all, total := read("town", "", 100)
		require.Len(t, all, total)
		require.Equal(t, 230, total)
		few, _ := read("town", "", 7)
		require.Equal(t, all, few)
		count := func(user, query string) int {
			ids, total := read(user, query, 50)
			require.Len(t, ids, total, query)
			return total
		}
		require.Equal(t, []int{77, 153}, []int{count("town", "open=true"), count("town", "open=false")})
		require.Equal(t, []int{46, 184}, []int{count("town", "problems=true"), count("town", "problems=false")})
		require.Equal(t, 230, count("town", "open=true&problems=true")+count("town", "open=false&problems=true")+count("town", "open=true&problems=false")+count("town", "open=false&problems=false"))
		w.do(t, call{user: "far_town", method: "GET", url: basePath + "/households/household-1/cases", status: 404})
		x := w.export(t, "town", "household_cases", object{"filter": object{"id": "household-1"}}, 200)
		require.Equal(t, []int{230, 230}, []int{x.Rows, x.Total})
	})
}

// caseTransaction enters 230 cases of the first household: every third is open, every fifth a problem, some of the same moment.
func (w *world) caseTransaction(t testing.TB) {
	t.Helper()
	var rows []models.Case
	for i := range 230 {
		id := models.NewID()
		c := models.Case{ID: id, No: "T-" + id, Procedure: "risk_clue", Version: 1, State: "received", HouseholdID: "household-1", RegionCode: village, OpenedAt: w.clock().Add(time.Duration(i/2) * time.Minute), UpdatedAt: w.clock(), DueAt: models.FarFuture}
		if i%3 != 0 {
			c.ClosedAt = new(w.clock())
		}
		if i%5 == 0 {
			c.Procedure, c.State = "rectification", "found"
		}
		rows = append(rows, c)
	}
	require.NoError(t, w.store.DB.CreateInBatches(rows, 50).Error)
}
