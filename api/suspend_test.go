package api

import "testing"

// The county alone stops the clocks of a case, with a reason, and lets them run on.
func TestSuspension(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.openClue(t, "household-1", "cadre")
	url := "/api/v1/cases/" + id + "/suspension"
	order := object{"action": "suspend", "reason": "县防汛抗旱指挥部一级响应命令"}
	w.do(t, call{user: "town", method: "POST", url: url, status: 403, code: "role_not_allowed", body: order})
	w.do(t, call{user: "county", method: "POST", url: url, status: 400, body: object{"action": "suspend"}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 400, body: object{"action": "stop", "reason": "无"}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 200, body: order, want: []string{`"suspended":true`}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 409, code: "already_so", body: order})
	w.do(t, call{user: "cadre", method: "GET", url: "/api/v1/cases/" + id + "/clocks", status: 200, want: []string{`"state":"paused"`}})
	w.do(t, call{user: "county", method: "POST", url: url, status: 200, body: object{"action": "resume", "reason": "响应解除"}, want: []string{`"suspended":false`}})
	w.do(t, call{user: "cadre", method: "GET", url: "/api/v1/cases/" + id + "/clocks", status: 200, want: []string{`"state":"running"`}, not: []string{`"state":"paused"`}})
}
