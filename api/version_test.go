package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// Only the county moves a case to another version, and only to one that exists.
func TestMoveVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.openClue(t, "household-1", "cadre")
	url := "/api/v1/cases/" + id + "/version"
	w.do(t, call{user: "town", method: "POST", url: url, status: 403, code: "role_not_allowed", body: object{"to": 2, "dry_run": true}})
	w.do(t, call{user: "next_cadre", method: "POST", url: url, status: 404, body: object{"to": 2, "dry_run": true}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 422, code: "unknown_version", body: object{"to": 99, "dry_run": true}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 422, code: "conditions_not_met", body: object{"to": 99}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 409, code: "already_so", body: object{"to": 1, "dry_run": true}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 400, body: object{"to": 0}})
}

// Only the county puts a case under the policy in force, when that is another.
func TestMoveToPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.openClue(t, "household-1", "cadre")
	url := "/api/v1/cases/" + id + "/policy"
	w.do(t, call{user: "town", method: "POST", url: url, status: 403, code: "role_not_allowed", body: object{"dry_run": true}})
	w.do(t, call{user: "next_cadre", method: "POST", url: url, status: 404, body: object{"dry_run": true}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 422, code: "conditions_not_met", body: object{}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 409, code: "already_so", body: object{"dry_run": true}})
	w.create(&models.PolicyRow{ID: "clue-days", Key: "clue_days", RegionCode: county, Value: []byte(`{"days":9,"unit":"calendar"}`), ValidFrom: w.clock().Add(-time.Minute), CreatedAt: w.clock()})
	got := w.do(t, call{user: "county", method: "POST", url: url, status: 200, body: object{"dry_run": true}})
	require.Contains(t, got.Body.String(), `"code":"clue_days"`)
	w.do(t, call{user: "county", method: "POST", url: url, status: 200, body: object{"reason": "核实期限已改"}})
}
