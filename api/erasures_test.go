package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
)

// An office asks, another person of the county decides, the command carries it out; then nothing of the person is shown.
func TestErasureByTheOffices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := basePath + "/erasures"
	ask := object{"member_id": "person-2", "ground": "wrong", "reason": "监护人来信要求删除"}
	w.do(t, call{user: "cadre", method: "POST", url: url, body: ask, status: 403, code: "role_not_allowed"})
	w.do(t, call{user: "far_town", method: "POST", url: url, body: ask, status: 404})
	w.do(t, call{user: "town", method: "POST", url: url, body: with(ask, object{"member_id": "person-9"}), status: 404})
	w.do(t, call{user: "town", method: "POST", url: url, body: with(ask, object{"reason": "删除" + headID}), status: 400, code: "personal_data"})
	w.do(t, call{user: "town", method: "POST", url: url, body: with(ask, object{"member_id": "person-1"}), status: 409, code: "change_head_first"})
	w.do(t, call{user: "town", method: "POST", url: url, body: with(ask, object{"files": []string{"nothing"}}), status: 422, code: "unknown_file"})
	key := map[string]string{"Idempotency-Key": "erasure-key-1"}
	x := decode[gen.Erasure](t, w.do(t, call{user: "town", method: "POST", url: url, body: ask, headers: key, status: 200, want: []string{"非本人或者不必要", "待审批", `"can_decide":false`}}))
	again := decode[gen.Erasure](t, w.do(t, call{user: "town", method: "POST", url: url, body: ask, headers: key, status: 200}))
	require.Equal(t, x.ID, again.ID)
	w.do(t, call{user: "town", method: "POST", url: url, body: with(ask, object{"ground": "expired"}), headers: key, status: 422, code: "key_reused"})
	w.do(t, call{user: "county", method: "POST", url: url, body: ask, status: 409, code: "erasure_asked"})

	decide := url + "/" + x.ID + "/decision"
	yes := object{"decision": "approved", "note": "同意删除"}
	for user, status := range map[string]int{"town": 403, "auditor": 403, "cadre": 404, "far_town": 404, "sec": 404} {
		w.do(t, call{user: user, method: "POST", url: decide, body: yes, status: status})
	}
	w.do(t, call{user: "county", method: "GET", url: url, status: 200, want: []string{x.ID, `"can_decide":true`}})
	w.do(t, call{user: "county", method: "POST", url: decide, body: yes, status: 200, want: []string{"已批准，待执行"}})
	w.do(t, call{user: "county", method: "POST", url: decide, body: yes, status: 200})
	w.do(t, call{user: "county", method: "POST", url: decide, body: object{"decision": "refused", "note": "不同意"}, status: 409, code: "erasure_decided"})
	for user, seen := range map[string]bool{"town": true, "auditor": true, "cadre": false, "far_town": false, "farmer": false, "sys": false} {
		c := call{user: user, method: "GET", url: url + "?household_id=household-1", status: 200}
		if seen {
			c.want = []string{x.ID}
		} else {
			c.not = []string{x.ID}
		}
		w.do(t, c)
	}

	list, err := w.engine.ApprovedErasures(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, w.engine.Erase(t.Context(), &list[0], func(string) error { return nil }))
	w.do(t, call{user: "town", method: "GET", url: url, status: 200, want: []string{"已删除"}})
	w.do(t, call{user: "town", method: "GET", url: basePath + "/households/household-1/members", status: 200, want: []string{"罗守田"}, not: []string{"罗小禾", "小学五年级"}})
	w.do(t, call{user: "town", method: "POST", url: basePath + "/households/search", body: object{"id_no": childID}, status: 200, want: []string{`"items":[]`}})
}

// A file and a paper that had to go say so.
func TestErasedFilesSaySo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.identify(t, "household-1")
	var file models.Attachment
	require.NoError(t, w.store.DB.Where("case_id = ?", c).Order("id").Take(&file).Error)
	require.NoError(t, w.store.DB.Model(&file).UpdateColumn("erased_at", w.clock()).Error)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/attachments/" + file.ID, status: 404, code: "file_erased"})
	p := w.issue(t, "cadre", object{"kind": "minutes", "case_id": c, "purpose": "sign"})
	w.create(&models.Erasure{ID: "x", Key: "x", HouseholdID: "household-1", PersonID: "person-1", Files: []string{}, Erased: map[string]int{}, AskedBy: "u-town", AskedAt: w.clock(), Decision: models.ErasureApproved, DecidedBy: "u-county"})
	require.NoError(t, w.store.DB.Model(&models.IssuedPaper{}).Where("id = ?", p.ID).UpdateColumn("frozen", []byte{}).Error)
	w.do(t, call{user: "cadre", method: "GET", url: papersURL + "/" + p.ID + "/file?format=pdf", status: 404, code: "paper_erased"})
	w.do(t, call{user: "cadre", method: "POST", url: papersURL + "/bundle", body: object{"ids": []string{p.ID}, "purpose": "sign"}, status: 404, code: "paper_erased"})
}
