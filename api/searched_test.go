package api

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// What somebody looks for may be a name or a number. With a bulk job or an export it is kept sealed; both are still narrowed by it, and a
// key that is used again is held to it.
func TestWhatIsLookedForIsSealed(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.clues(t, 4) // every other household is that of 罗守田
		const looked = "罗守田"
		for _, c := range []struct{ path, table, counted string }{{"/bulk-jobs", "bulk_jobs", "total"}, {"/exports", "exports", "rows"}} {
			key := map[string]string{"Idempotency-Key": w.key()}
			ask := func(filter object, status int, code string) map[string]any {
				body := object{"action": "claim", "filter": filter}
				if c.table == "exports" {
					body = object{"list": "tasks", "reason": "季度核查", "filter": filter}
				}
				return decode[map[string]any](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + c.path, headers: key, body: body, status: status, code: code}))
			}
			made := ask(object{"q": looked, "procedure": "risk_clue"}, 200, "")
			require.EqualValues(t, 2, made[c.counted], c.path)
			require.Equal(t, made["id"], ask(object{"q": looked, "procedure": "risk_clue"}, 200, "")["id"])
			ask(object{"q": "单甲", "procedure": "risk_clue"}, 422, "key_reused")
			ask(object{"procedure": "risk_clue"}, 422, "key_reused")

			var rows []map[string]any
			require.NoError(t, w.store.DB.Table(c.table).Find(&rows).Error)
			require.Len(t, rows, 1)
			require.NotContains(t, fmt.Sprintf("%s", rows), looked)
			require.Contains(t, fmt.Sprintf("%s", rows[0]["filter"]), "risk_clue")
		}
	})
}
