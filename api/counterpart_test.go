package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// moving reports that a child of household-1 moves to the far village.
func (w *world) moving(t *testing.T) string {
	t.Helper()
	rec := w.do(t, call{user: "cadre", method: "POST", url: "/api/v1/cases", status: 200, body: object{
		"procedure": "member_change", "household_id": "household-1",
		"form": object{"kind": "transfer", "changed_on": "2026-03-01", "out_reason": "split", "target_no": "H9" + farVillage,
			"leaving": []object{{"person_id": "person-2", "new_relation": "外孙女"}}},
	}})
	return decode[struct{ Case struct{ ID string } }](t, rec).Case.ID
}

func listed(t *testing.T, w *world, user, id string) bool {
	t.Helper()
	rec := w.do(t, call{user: user, method: "GET", url: "/api/v1/cases?procedure=member_change", status: 200})
	for _, c := range decode[struct{ Items []struct{ ID string } }](t, rec).Items {
		if c.ID == id {
			return true
		}
	}
	return false
}

// While a transfer is open both villages see it, each does its own part, and nobody
// else of the other township does (2.10).
func TestTransferIsSeenByBothVillages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.moving(t)
	url := "/api/v1/cases/" + id
	hidden := func(users ...string) {
		for _, u := range users {
			w.do(t, call{user: u, method: "GET", url: url, status: 404})
			require.False(t, listed(t, w, u, id), u)
		}
	}
	hidden("far_cadre", "next_cadre", "far_town")
	w.fire(t, "cadre", id, "confirm", object{"household_told": true, "evidence": []string{w.attach(t, "cadre", id, "evidence")}, "opinion": "属实"})

	// Who leaves has a name, for those who may read names.
	w.do(t, call{user: "cadre", method: "GET", url: url + "/timeline", status: 200, want: []string{"罗小禾 外孙女"}})
	w.do(t, call{user: "auditor", method: "GET", url: url + "/timeline", status: 200, not: []string{"罗小禾"}})
	hidden("next_cadre", "far_town")
	require.True(t, listed(t, w, "far_cadre", id))
	require.True(t, listed(t, w, "cadre", id))
	rec := w.do(t, call{user: "far_cadre", method: "GET", url: "/api/v1/tasks", status: 200})
	require.Contains(t, rec.Body.String(), id, "it waits in their inbox")
	rec = w.do(t, call{user: "far_cadre", method: "GET", url: url + "/events/allowed", status: 200})
	var may []string
	for _, e := range decode[struct {
		Items []struct {
			Event   string
			Allowed bool
		}
	}](t, rec).Items {
		if e.Allowed {
			may = append(may, e.Event)
		}
	}
	require.ElementsMatch(t, []string{"counterpart_ok", "counterpart_no"}, may)

	// The cadre who reported it is no counterpart, nor is his colleague.
	for _, u := range []string{"cadre", "cadre2"} {
		w.do(t, call{user: u, method: "POST", url: url + "/events", status: 403, body: object{"event": "counterpart_ok", "expected_seq": w.seq(t, u, id), "form": object{"household_told": true}}})
	}
	again := call{user: "far_cadre", method: "POST", url: url + "/events", headers: map[string]string{"Idempotency-Key": "agree-once"}, status: 200,
		body: object{"event": "counterpart_ok", "expected_seq": w.seq(t, "far_cadre", id), "form": object{"household_told": true}}}
	w.do(t, again)
	w.do(t, again) // the same answer, for the case is still seen
	w.do(t, call{user: "far_cadre", method: "POST", url: url + "/events", status: 403, body: object{"event": "return", "expected_seq": w.seq(t, "far_cadre", id), "form": object{"reason": "材料不齐"}}})

	w.do(t, call{user: "leader", method: "POST", url: url + "/endorsements", status: 200, body: object{"event": "pass"}})
	w.fire(t, "town", id, "pass", object{"opinion": "同意"})
	w.fire(t, "entry", id, "enter", object{"entered_on": "2026-03-10"})
	hidden("far_cadre")
	var child models.Person
	require.NoError(t, w.store.DB.Where("id = ?", "person-2").Take(&child).Error)
	require.Equal(t, "household-9", child.HouseholdID)
	w.do(t, call{user: "far_cadre", method: "GET", url: "/api/v1/households/household-9/members", status: 200})
}
