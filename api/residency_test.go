package api

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// The resident team keeps its months, the township sees who falls short, and nothing
// is written over (2.16).
func TestResidency(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			w.campaigner("resident", procedure.ResidentLeader, village)
			w.campaigner("member", procedure.ResidentMember, village)
			w.campaigner("other", procedure.ResidentMember, nextVillage)
			list := func(user, query string) map[string]gen.Residency {
				out := map[string]gen.Residency{}
				for _, r := range decode[gen.ResidencyList](t, w.do(t, call{user: user, method: "GET", url: basePath + "/residency" + query, status: 200})).Items {
					out[r.User.Name] = r
				}
				return out
			}
			record := func(user string, status int, code string, change object) {
				body := object{"user_id": "u-member", "region_code": village, "month": "2026-03", "days": 8, "long_plan": true, "annual_plan": true,
					"accident_insured": true, "illness_insured": true, "tasks_done": true}
				for k, v := range change {
					body[k] = v
				}
				w.do(t, call{user: user, method: "POST", url: basePath + "/residency", status: status, want: []string{code}, body: body})
			}
			require.Len(t, list("town", ""), 3)
			require.Len(t, list("cadre", ""), 2)
			require.Len(t, list("town", "?village="+nextVillage), 1)
			require.Empty(t, list("far_town", ""))
			require.Empty(t, list("farmer", ""))
			require.Empty(t, list("town", "?month=2026-02"), "nobody served then")
			require.Empty(t, list("town", "")["测member"].Findings, "the month is not over")
			may := func(user, query string) []string {
				var out []string
				for name, r := range list(user, query) {
					if r.CanRecord {
						out = append(out, name)
					}
				}
				slices.Sort(out)
				return out
			}
			require.Equal(t, []string{"测member", "测other", "测resident"}, may("town", ""), "who may record is told beforehand")
			require.Equal(t, []string{"测member", "测resident"}, may("resident", ""))
			require.Equal(t, []string{"测member"}, may("member", ""))
			require.Empty(t, may("cadre", ""))
			require.Empty(t, may("town", "?month=2026-04"), "a month that has not begun")

			record("cadre", 403, "role_not_allowed", nil)
			record("member", 403, "role_not_allowed", object{"user_id": "u-resident"})
			record("other", 404, "not_found", nil)
			record("town", 404, "not_found", object{"user_id": "u-cadre"})
			record("member", 422, "too_large", object{"days": 11}) // it is the tenth
			record("member", 422, "bad_month", object{"month": "2026-04"})
			record("member", 200, "resident_illness", object{"illness_insured": false, "days": 10})
			w.pass(30 * day24)
			record("resident", 200, `"findings":[]`, object{"days": 20})
			got := list("town", "?month=2026-03")
			require.Equal(t, []any{20, "测resident", 0}, []any{got["测member"].Record.Days, got["测member"].Record.RecordedBy, len(got["测member"].Findings)})
			require.Equal(t, "resident_unrecorded", got["测other"].Findings[0].Code)
			record("town", 200, "resident_days", object{"days": 19})
			var all []models.ResidentMonth
			require.NoError(t, w.store.DB.Where("user_id = ?", "u-member").Order("seq").Find(&all).Error)
			require.Len(t, all, 3, "what was recorded before stays")
			require.Error(t, w.store.DB.Model(&all[0]).Update("days", 31).Error, "append-only")

			once := call{user: "member", method: "POST", url: basePath + "/residency", status: 200, headers: map[string]string{"Idempotency-Key": "once-and-again"},
				body: object{"user_id": "u-member", "region_code": village, "month": "2026-04", "days": 5, "long_plan": true, "annual_plan": true, "accident_insured": true, "illness_insured": true, "tasks_done": true}}
			w.do(t, once)
			w.do(t, once)
			once.status, once.code, once.body.(object)["days"] = 422, "key_reused", 6
			w.do(t, once)
		})
	}
}
