package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

type taskPage struct {
	Items []struct {
		ID, Bucket string
		CaseID     string `json:"case_id"`
		Mine       bool
		DueAt      time.Time `json:"due_at"`
	}
	NextCursor string `json:"next_cursor"`
}

func (w *world) task(t *testing.T, caseID, role string) string {
	var task models.Task
	require.NoError(t, w.store.DB.Where("case_id = ? AND role = ? AND closed_at IS NULL", caseID, role).Take(&task).Error)
	return task.ID
}

// Paging by key shows every task once, most urgent first, also when tasks come
// and go between the pages.
func TestInboxPages(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			clue := w.openClue(t, "household-1", "cadre")
			base := w.clock()
			for i := range 24 {
				due := base.Add(time.Duration(i/3) * 24 * time.Hour) // three of each due date
				w.create(&models.Task{ID: fmt.Sprintf("task-%02d", i), CaseID: clue, Procedure: "risk_clue", State: "new", Role: "village_cadre",
					Queue: "village_cadre@" + village, RegionCode: village, Subject: "罗守田", DueAt: due, OpenedAt: base})
			}
			seen := map[string]bool{}
			var last time.Time
			cursor, pages := "", 0
			for {
				p := decode[taskPage](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/tasks?limit=7&cursor=" + cursor, status: 200}))
				pages++
				for _, item := range p.Items {
					require.False(t, seen[item.ID])
					seen[item.ID] = true
					require.False(t, item.DueAt.Before(last))
					last = item.DueAt
				}
				if cursor = p.NextCursor; cursor == "" {
					break
				}
				require.NoError(t, w.store.DB.Where("id = ?", p.Items[0].ID).Delete(&models.Task{}).Error)
			}
			require.Equal(t, 4, pages)
			require.Len(t, seen, 25)
		})
	}
}

// Both sides of each edge: a limit whose last day is today is due at midnight.
func TestDueBuckets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "town") // its own tasks are in the buckets too
	require.NoError(t, w.store.DB.Where("case_id = ?", clue).Delete(&models.Task{}).Error)
	now := w.clock()
	today, soon := policy.DateOf(now).End(), policy.DateOf(now).AddDays(3).End()
	for i, c := range []struct {
		due    time.Time
		bucket string
	}{
		{now.Add(-time.Second), "overdue"}, {now, "overdue"}, {now.Add(time.Second), "today"}, {today, "today"}, {today.Add(time.Second), "soon"},
		{soon, "soon"}, {soon.Add(time.Second), "later"}, {models.FarFuture, "none"},
	} {
		id := fmt.Sprintf("task-%d-%s", i, c.bucket)
		w.create(&models.Task{ID: id, CaseID: clue, Procedure: "risk_clue", State: "new", Role: "village_cadre", Queue: "village_cadre@" + village, RegionCode: village, DueAt: c.due.UTC(), OpenedAt: now})
	}
	all := decode[taskPage](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/tasks", status: 200}))
	require.Len(t, all.Items, 8)
	for _, item := range all.Items {
		require.Contains(t, item.ID, item.Bucket)
	}
	for bucket, n := range map[string]int{"overdue": 2, "today": 2, "soon": 2, "all": 8} {
		p := decode[taskPage](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/tasks?due=" + bucket, status: 200}))
		require.Len(t, p.Items, n, bucket)
	}
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/tasks/counts", status: 200, want: []string{`"all":8`, `"overdue":2`, `"today":2`, `"soon":2`, `"mine":0`, `"count":8`}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/tasks/next", status: 200, want: []string{"task-0-overdue"}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/tasks/next?after=task-0-overdue", status: 200, want: []string{"task-1-overdue"}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/tasks?due=yesterday", status: 400, code: "unknown_option"})
}

func TestClaimReleaseReassign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	url := basePath + "/tasks/" + w.task(t, clue, "village_cadre")
	w.do(t, call{user: "cadre", method: "POST", url: url + "/claim", status: 200, want: []string{`"mine":true`}})
	w.do(t, call{name: "again", user: "cadre", method: "POST", url: url + "/claim", status: 200, want: []string{`"mine":true`}})
	w.do(t, call{name: "a colleague", user: "cadre2", method: "POST", url: url + "/claim", status: 409, code: "task_claimed"})
	w.do(t, call{name: "gone from his list", user: "cadre2", method: "GET", url: basePath + "/tasks", status: 200, want: []string{`"items":[]`}})
	w.do(t, call{name: "not his to give", user: "cadre2", method: "POST", url: url + "/reassign", body: object{"user_id": "u-cadre2"}, status: 403, code: "task_claimed"})
	w.do(t, call{name: "other role", user: "town", method: "POST", url: url + "/claim", status: 403, code: "not_your_task"})
	w.do(t, call{user: "cadre", method: "GET", url: url + "/candidates", status: 200, want: []string{"u-cadre", "u-cadre2"}, not: []string{"u-next_cadre", "u-secretary"}})
	w.do(t, call{name: "not on the post", user: "cadre", method: "POST", url: url + "/reassign", body: object{"user_id": "u-secretary"}, status: 422, code: "not_a_holder"})
	w.do(t, call{name: "the office above hands it on", user: "town", method: "POST", url: url + "/reassign", body: object{"user_id": "u-cadre2"}, status: 200, want: []string{"u-cadre2"}})
	w.do(t, call{user: "cadre2", method: "POST", url: url + "/release", status: 200, want: []string{`"mine":false`}})

	// Claims are recorded and do not make what others saw stale.
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases/" + clue + "/timeline", status: 200, want: []string{"领取", "转办", "退回待领"}})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/" + clue + "/events", body: object{"event": "register_locally", "expected_seq": 1}, status: 200})
	w.do(t, call{name: "done", user: "cadre", method: "POST", url: url + "/claim", status: 409, code: "task_closed"})
}

// A bulk request answers row by row; one fault does not stop the others, and the
// same key gives the same results.
func TestBulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two, next := w.openClue(t, "household-1", "cadre"), w.openClue(t, "household-2", "cadre"), w.openClue(t, "household-3", "next_cadre")
	ids := []string{w.task(t, one, "village_cadre"), w.task(t, next, "village_cadre"), w.task(t, two, "village_cadre"), "nothing"}
	key := map[string]string{"Idempotency-Key": "bulk-of-four"}
	body := object{"action": "fire", "event": "register_locally", "task_ids": ids, "form": object{"note": "批量登记"}}
	type reply struct {
		Done, Failed int
		Results      []struct {
			TaskID string `json:"task_id"`
			Ok     bool
			Code   string
			State  string
		}
	}
	for range 2 {
		r := decode[reply](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/tasks/bulk", headers: key, body: body, status: 200}))
		require.Equal(t, 2, r.Done)
		require.Equal(t, 2, r.Failed)
		for i, want := range []string{"", "not_found", "", "not_found"} {
			require.Equal(t, ids[i], r.Results[i].TaskID)
			require.Equal(t, want, r.Results[i].Code)
		}
		require.Equal(t, "verifying", r.Results[0].State)
	}
	var n int64
	require.NoError(t, w.store.DB.Model(&models.CaseEvent{}).Where("event = ?", "register_locally").Count(&n).Error)
	require.EqualValues(t, 2, n)
	// With another key the cases have moved.
	r := decode[reply](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/tasks/bulk", body: body, status: 200}))
	require.Zero(t, r.Done)
	require.Equal(t, "case_moved", r.Results[0].Code)

	claim := []string{w.task(t, one, "village_cadre"), w.task(t, two, "village_cadre")}
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/tasks/bulk", body: object{"action": "claim", "task_ids": claim}, status: 200, want: []string{`"done":2`, `"mine":2`}})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/tasks/bulk", body: object{"action": "reassign", "user_id": "u-cadre2", "task_ids": claim}, status: 200, want: []string{`"done":2`, `"mine":0`}})
	w.do(t, call{user: "cadre2", method: "POST", url: basePath + "/tasks/bulk", body: object{"action": "release", "task_ids": claim}, status: 200, want: []string{`"done":2`}})
}

// Many are signed in one request and then done in another, each with its own answers; the
// same key goes on where it stopped.
func TestBulkSignaturesAndOwnAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.openClue(t, "household-1", "cadre"), w.openClue(t, "household-2", "cadre")
	first := []string{w.task(t, one, "village_cadre"), w.task(t, two, "village_cadre")}
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/tasks/bulk", status: 200, want: []string{`"done":2`},
		body: object{"action": "fire", "event": "register_locally", "task_ids": first, "form": object{"note": "批量登记"}}})
	ids := []string{w.task(t, one, "village_cadre"), w.task(t, two, "village_cadre")}
	sign := call{user: "cadre2", method: "POST", url: basePath + "/tasks/bulk", status: 200, want: []string{`"done":2`},
		headers: map[string]string{"Idempotency-Key": "sign-both"}, body: object{"action": "endorse", "event": "confirm_risk", "task_ids": ids}}
	w.do(t, sign)
	w.do(t, sign)
	sign.headers, sign.want = nil, []string{`"done":0`, "already_signed"}
	w.do(t, sign)
	w.do(t, call{name: "what to sign", user: "cadre2", method: "POST", url: basePath + "/tasks/bulk", status: 422, code: "required", body: object{"action": "endorse", "task_ids": ids}})
	var n int64
	require.NoError(t, w.store.DB.Model(&models.Endorsement{}).Count(&n).Error)
	require.EqualValues(t, 2, n)

	w.create(&models.Attachment{ID: "paper-1", CaseID: one, CreatedAt: w.clock()}, &models.Attachment{ID: "paper-2", CaseID: two, CreatedAt: w.clock()})
	paper := func(n string) object { return object{"screening_form": []string{n}} }
	body := object{"action": "fire", "event": "confirm_risk", "task_ids": ids, "answers": object{ids[0]: paper("paper-1"), ids[1]: paper("paper-1")},
		"form": object{"visited_on": "2026-03-10", "respondent": "户主", "risk_types": []string{"unstable_employment"}, "income_estimate": 1, "difficulty": "务工收入中断", "fast_lane": false}}
	w.do(t, call{name: "the paper of another case", user: "cadre", method: "POST", url: basePath + "/tasks/bulk", status: 200, body: body, want: []string{`"done":1`, `"failed":1`, "screening_form[0]"}})
	body["task_ids"], body["answers"] = ids[1:], object{ids[1]: paper("paper-2")}
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/tasks/bulk", status: 200, body: body, want: []string{`"done":1`, "risk_confirmed"}})
}

// Who may sign is told what there is to sign, with its papers; a leader of the township signs too, without a task of his own.
func TestSigningDay(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			one, two := w.openClue(t, "household-1", "cadre"), w.openClue(t, "household-2", "cadre")
			w.openClue(t, "household-3", "next_cadre")
			w.create(&models.IssuedPaper{ID: "paper-1", Key: "k-1", Kind: "minutes", Title: "记录", Number: "1号", RegionCode: village, CaseID: one, Class: "P1", Frozen: []byte("x"), IssuedBy: "u-town", IssuedAt: w.clock()},
				&models.IssuedPaper{ID: "paper-2", Key: "k-2", Kind: "minutes", Title: "记录", Seq: 2, Number: "2号", RegionCode: village, CaseID: one, Class: "P1", Frozen: []byte("x"), IssuedBy: "u-town", IssuedAt: w.clock()},
				&models.VoidedPaper{PaperID: "paper-2", Reason: "有误重出", VoidedBy: "u-town", VoidedAt: w.clock()})
			list := func(user, query string) map[string]gen.Signable {
				out := map[string]gen.Signable{}
				for _, x := range decode[gen.SignablePage](t, w.do(t, call{user: user, method: "GET", url: basePath + "/signing" + query, status: 200})).Items {
					out[x.Case.ID+" "+x.Event] = x
				}
				return out
			}
			require.Empty(t, list("cadre2", ""), "nothing is to be signed before it is taken on")
			for _, id := range []string{one, two} {
				w.fire(t, "cadre", id, "register_locally", object{})
			}
			got := list("cadre2", "?village="+village)
			require.Contains(t, got, one+" confirm_risk")
			require.Contains(t, got, two+" confirm_risk")
			require.Len(t, got[one+" confirm_risk"].Papers, 1, "not the void one")
			require.True(t, got[one+" confirm_risk"].Papers[0].CanOpen)
			require.True(t, got[one+" confirm_risk"].CanSign)
			require.False(t, list("auditor", "")[one+" confirm_risk"].CanSign, "sees that it waits")
			require.Empty(t, got[two+" confirm_risk"].Papers)
			require.Empty(t, list("cadre2", "?procedure=identification"))
			require.Empty(t, list("far_town", ""))
			require.Empty(t, list("civil", ""))
			require.Empty(t, list("next_cadre", "?village="+village))

			ids := []string{got[one+" confirm_risk"].TaskID, got[two+" confirm_risk"].TaskID}
			body := object{"action": "endorse", "event": "confirm_risk", "task_ids": ids}
			w.do(t, call{user: "far_town", method: "POST", url: basePath + "/tasks/bulk", status: 200, body: body, want: []string{`"done":0`, `"not_found"`}, not: []string{one}})
			w.do(t, call{user: "cadre2", method: "POST", url: basePath + "/tasks/bulk", status: 200, body: body, want: []string{`"done":2`}})
			require.NotContains(t, list("cadre2", ""), one+" confirm_risk", "signed")
			w.do(t, call{user: "grid", method: "POST", url: basePath + "/tasks/bulk", status: 200, body: object{"action": "fire", "event": "confirm_risk", "task_ids": ids}, want: []string{`"done":0`}})
		})
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock()
	for i, m := range []models.Message{
		{Kind: "remind", Title: "提醒：线索核实", DeliverAt: now.Add(-time.Hour)},
		{Kind: "urge", Title: "催办：民主评议", DeliverAt: now.Add(-time.Hour)},
		{Kind: "supervise", Title: "督办通知", Urgent: true, DeliverAt: now.Add(-time.Minute)},
		{Kind: "remind", Title: "明晨才到", DeliverAt: now.Add(time.Hour)},
	} {
		m.ID, m.UserID, m.ClockID, m.RungNo, m.CreatedAt = fmt.Sprintf("message-%d", i), "u-cadre", "clock", i, now
		w.create(&m)
	}
	rec := w.do(t, call{user: "cadre", method: "GET", url: basePath + "/messages", status: 200, want: []string{`"unread":3`, "提醒汇总（2 条）"}, not: []string{"明晨才到"}})
	type page struct {
		Groups []struct {
			Digest bool
			Items  []struct{ ID string }
		}
	}
	g := decode[page](t, rec).Groups
	require.Len(t, g, 2)
	require.False(t, g[0].Digest)
	require.Len(t, g[1].Items, 2)
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/messages/message-0/read", status: 204})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/messages/message-0/read", status: 204})
	w.do(t, call{name: "not yet delivered", user: "cadre", method: "POST", url: basePath + "/messages/message-3/read", status: 404})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/messages?unread=true", status: 200, want: []string{`"unread":2`}, not: []string{"message-0"}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 200, want: []string{`"unread_messages":2`}})
}
