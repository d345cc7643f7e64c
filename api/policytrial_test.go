package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
)

// A policy row is tried before it is set: what would hold from when on, which places keep their own, how many open cases go on
// under another value; all checks are made, and nothing is written.
func TestTryingAPolicyRow(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.openClue(t, "household-1", "cadre")
		w.openClue(t, "household-9", "far_cadre")
		row := func(more object) object {
			body := object{"key": "clue_days", "region_code": county, "valid_from": "2026-04-01", "value": 1, "source": "云振发〔2026〕3号"}
			for k, v := range more {
				body[k] = v
			}
			return body
		}
		put := func(user string, more object, status int, code string) gen.PolicyRow {
			return decode[gen.PolicyRow](t, w.do(t, call{user: user, method: "PUT", url: basePath + "/policy/rows", body: row(more), status: status, code: code}))
		}
		try := func(more object) gen.PolicyOutlook {
			more["dry_run"] = true
			return put("county", more, 200, "").Outlook
		}
		one := gen.PolicyUse{Procedure: "risk_clue", Title: "风险线索", Open: 1, Differing: 1, Limits: 1}
		both := gen.PolicyUse{Procedure: "risk_clue", Title: "风险线索", Open: 2, Differing: 2, Limits: 2}
		find := func(o gen.PolicyOutlook) gen.PolicyUse {
			for _, u := range o.Procedures {
				if u.Procedure == one.Procedure {
					u.Title = one.Title
					return u
				}
			}
			return gen.PolicyUse{}
		}

		told := try(object{})
		require.Equal(t, []any{2.0, 1.0, true}, []any{told.Before, told.After, told.Changes})
		require.Equal(t, both, find(told))
		require.Equal(t, one, find(try(object{"region_code": township})), "the other clue is in the next township")
		told = try(object{"value": 2})
		require.False(t, told.Changes)
		require.Equal(t, gen.PolicyUse{Procedure: one.Procedure, Title: one.Title, Open: 2}, find(told), "what is so already changes nothing")
		require.Zero(t, find(try(object{"key": "notice_days", "value": 4})).Limits, "a clue has no limit that it counts")

		put("town", object{"dry_run": true}, 403, "role_not_allowed")
		put("county", object{"dry_run": true, "value": 0}, 422, "policy_invalid")
		put("county", object{"dry_run": true, "valid_from": "2026-03-09"}, 422, "policy_invalid")
		put("county", object{"dry_run": true, "key": "notice_days", "value": 12}, 422, "policy_invalid") // does not stand together with others
		var rows, acts int64
		require.NoError(t, w.store.DB.Model(&models.PolicyRow{}).Where("key <> ?", "income_line").Count(&rows).Error)
		require.NoError(t, w.store.DB.Model(&models.AdminAct{}).Where("kind = ?", "policy.set").Count(&acts).Error)
		require.Equal(t, []int64{0, 0}, []int64{rows, acts})

		require.Zero(t, put("county", object{"region_code": township}, 200, "").Outlook)
		told = try(object{})
		require.Equal(t, []string{"云岭县清溪镇"}, told.Narrower)
		require.Equal(t, one, find(told), "the township keeps its own")
		accept := func(value int, from string, more object) object {
			out := object{"key": "clue_accept_days", "value": value, "valid_from": from}
			for k, v := range more {
				out[k] = v
			}
			return out
		}
		put("county", accept(3, "2026-05-01", nil), 200, "")
		later := func(o gen.PolicyOutlook) map[string]any {
			out := map[string]any{}
			for _, l := range o.Later {
				out[l.From.String()] = l.Value
			}
			return out
		}
		require.Equal(t, map[string]any{"2026-05-01": 3.0}, later(try(accept(5, "2026-04-01", nil))))
		require.Equal(t, map[string]any{"2026-04-16": 2.0, "2026-05-01": 3.0}, later(try(accept(5, "2026-04-01", object{"valid_to": "2026-04-15"}))), "after its last day the default holds again")

		// What is set a second time for the same day takes the place of the first.
		put("county", accept(9, "2026-06-01", nil), 200, "")
		put("county", accept(6, "2026-06-01", nil), 200, "")
		for _, k := range decode[gen.Policy](t, w.do(t, call{user: "county", method: "GET", url: basePath + "/policy?region=" + farTownship + "&on=2026-06-02", status: 200})).Keys {
			if k.Key == "clue_accept_days" {
				require.Equal(t, 6.0, k.Value)
				require.Len(t, k.Rows, 2, "of two of the same day one never held")
			}
		}
	})
}

// The page of an open case tells the county office, and nobody else, which of its values are no longer those in force; once it is
// put under these there are none.
func TestCaseTellsItsOlderPolicy(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		id := w.openClue(t, "household-1", "cadre")
		keys := func(user string) []gen.Option {
			return decode[gen.CaseDetail](t, w.do(t, call{user: user, method: "GET", url: basePath + "/cases/" + id, status: 200})).PolicyKeys
		}
		require.Empty(t, keys("county"))
		w.do(t, call{user: "county", method: "PUT", url: basePath + "/policy/rows", status: 200,
			body: object{"key": "clue_days", "region_code": county, "valid_from": "2026-03-10", "value": 1, "source": "云振发〔2026〕3号"}})
		w.pass(day24)
		changed := []gen.Option{{Code: "clue_days", Title: "线索核实办结"}}
		require.Equal(t, changed, keys("county"))
		require.Empty(t, keys("town"))
		require.Empty(t, keys("cadre"))

		move := func(body object) gen.PolicyMove {
			return decode[gen.PolicyMove](t, w.do(t, call{user: "county", method: "POST", url: basePath + "/cases/" + id + "/policy", body: body, status: 200}))
		}
		told := move(object{"dry_run": true})
		require.Equal(t, changed, told.Keys)
		require.Len(t, told.Clocks, 1)
		require.Equal(t, changed, keys("county"), "a dry run changes nothing")
		require.Equal(t, told.Clocks, move(object{"reason": "县里改为一天"}).Clocks)
		require.Empty(t, keys("county"))
	})
}
