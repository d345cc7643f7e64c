package api

import "testing"

// A township asks for the clocks of a case to stand still, another person at the
// county approves, and both stand in the ledger with the ground for it.
func TestSuspension(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.openClue(t, "household-1", "cadre")
	url := "/api/v1/cases/" + id + "/suspension"
	order := object{"action": "stop_request", "cause": "disaster", "reason": "县防汛抗旱指挥部一级响应命令"}
	approve := object{"action": "suspend", "reason": "同意"}
	w.do(t, call{user: "cadre", method: "POST", url: url, status: 403, code: "role_not_allowed", body: order})
	w.do(t, call{user: "town", method: "POST", url: url, status: 400, body: object{"action": "stop_request"}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 400, body: object{"action": "stop", "reason": "无"}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 409, code: "already_so", body: approve})
	w.do(t, call{user: "town", method: "GET", url: url, status: 200, want: []string{`"may":["stop_request"]`, `"code":"disaster"`}})
	w.do(t, call{user: "town", method: "POST", url: url, status: 200, body: order, want: []string{`"suspended":false`}})
	w.do(t, call{user: "town", method: "POST", url: url, status: 403, code: "role_not_allowed", body: approve})
	w.do(t, call{user: "county", method: "GET", url: url, status: 200, want: []string{`"may":["suspend","stop_refuse"]`, `"state":"pending"`}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 200, body: approve, want: []string{`"suspended":true`}})
	w.do(t, call{user: "cadre", method: "GET", url: "/api/v1/cases/" + id + "/clocks", status: 200, want: []string{`"state":"paused"`}})
	w.do(t, call{user: "town", method: "POST", url: url, status: 200, body: object{"action": "resume", "reason": "响应解除"}, want: []string{`"suspended":false`}})
	w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, want: []string{`"may":[]`, `"state":"over"`, `县防汛抗旱指挥部一级响应命令`}})
	w.do(t, call{user: "cadre", method: "GET", url: "/api/v1/cases/" + id + "/clocks", status: 200, want: []string{`"state":"running"`}, not: []string{`"state":"paused"`}})
	w.do(t, call{user: "next_cadre", method: "GET", url: url, status: 404})
}
