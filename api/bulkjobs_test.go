package api

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
)

func (w *world) bulk(t testing.TB, user string, body object) gen.BulkJob {
	t.Helper()
	return w.settled(t, user, decode[gen.BulkJob](t, w.do(t, call{user: user, method: "POST", url: basePath + "/bulk-jobs", body: body, status: 200})).ID)
}

// settled waits until a job is no longer worked on.
func (w *world) settled(t testing.TB, user, id string) (job gen.BulkJob) {
	t.Helper()
	require.Eventually(t, func() bool {
		job = decode[gen.BulkJob](t, w.do(t, call{user: user, method: "GET", url: basePath + "/bulk-jobs/" + id, status: 200}))
		return job.State != "checking" && job.State != "running"
	}, 20*time.Second, 20*time.Millisecond)
	return job
}

func (w *world) start(t testing.TB, user, id string) gen.BulkJob {
	t.Helper()
	w.do(t, call{user: user, method: "POST", url: basePath + "/bulk-jobs/" + id + "/start", status: 200})
	return w.settled(t, user, id)
}

func (w *world) clues(t testing.TB, n int) (ids []string) {
	w.manyHomes(t, 0, n)
	for i := range n {
		ids = append(ids, w.openClue(t, fmt.Sprintf("home-%03d", i), "cadre"))
	}
	return ids
}

// All tasks of a filter are looked at, and done when the person says so; what cannot be done is passed by and says why.
func TestBulkJobIsPreviewedAndDone(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ids := w.clues(t, 12)
		require.NoError(t, w.store.DB.Model(&models.Task{}).Where("case_id = ? AND role = 'village_cadre'", ids[3]).Update("assignee_id", "u-cadre").Error)
		key := map[string]string{"Idempotency-Key": w.key()}
		ask := func(body object, status int, code string) gen.BulkJob {
			rec := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/bulk-jobs", headers: key, body: body, status: status, code: code})
			if status != 200 {
				return gen.BulkJob{}
			}
			return decode[gen.BulkJob](t, rec)
		}
		claim := object{"action": "claim", "filter": object{"procedure": "risk_clue"}}
		job := ask(claim, 200, "")
		require.Equal(t, job.ID, ask(claim, 200, "").ID, "the same key asks once")
		ask(object{"action": "release", "filter": object{}}, 422, "key_reused")
		job = w.settled(t, "cadre", job.ID)
		require.Equal(t, []any{gen.BulkJobStateReady, 12, 11, 1, 0}, []any{job.State, job.Total, job.Ready, job.Skipped, job.Done})
		require.Equal(t, []gen.BulkReason{{State: "skipped", Code: "already_so", Message: "已经领取", Count: 1}}, job.Reasons)
		var taken int64
		require.NoError(t, w.store.DB.Model(&models.Task{}).Where("assignee_id <> ''").Count(&taken).Error)
		require.EqualValues(t, 1, taken, "nothing is done before the person says so")

		w.do(t, call{user: "cadre2", method: "POST", url: basePath + "/bulk-jobs/" + job.ID + "/start", status: 404})
		job = w.start(t, "cadre", job.ID)
		require.Equal(t, []any{gen.BulkJobStateDone, 11, 1, 0}, []any{job.State, job.Done, job.Skipped, job.Failed})
		rows := decode[gen.BulkRowPage](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/bulk-jobs/" + job.ID + "/rows?limit=10", status: 200}))
		require.Len(t, rows.Items, 10)
		require.NotEmpty(t, rows.Items[0].CaseNo)
		rest := decode[gen.BulkRowPage](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/bulk-jobs/" + job.ID + "/rows?limit=10&cursor=" + rows.NextCursor, status: 200}))
		require.Len(t, rest.Items, 2)
		skipped := decode[gen.BulkRowPage](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/bulk-jobs/" + job.ID + "/rows?state=skipped", status: 200}))
		require.Equal(t, ids[3], skipped.Items[0].CaseID)

		given := w.start(t, "cadre", w.bulk(t, "cadre", object{"action": "reassign", "user_id": "u-cadre2", "filter": object{"mine": true}}).ID)
		require.Equal(t, 12, given.Done)
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/bulk-jobs", body: object{"action": "reassign", "user_id": "u-cadre2", "filter": object{"mine": true}}, status: 422, code: "nothing_chosen"})
		nobody := w.bulk(t, "cadre2", object{"action": "reassign", "user_id": "u-town", "filter": object{"mine": true}})
		require.Equal(t, []any{0, "not_a_holder"}, []any{nobody.Ready, nobody.Reasons[0].Code})
	})
}

// An event is fired for each as an ordinary step; what needs a form of its own is not for a job.
func TestBulkJobFires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.clues(t, 3)
	form := w.bulk(t, "cadre", object{"action": "fire", "event": "misrouted", "filter": object{"procedure": "risk_clue"}})
	require.Zero(t, form.Ready, form)
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/bulk-jobs", body: object{"action": "fire", "event": "register_locally", "filter": object{}}, status: 422})
	job := w.bulk(t, "cadre", object{"action": "fire", "event": "register_locally", "filter": object{"procedure": "risk_clue"}})
	require.Equal(t, 3, job.Ready, job)
	job = w.start(t, "cadre", job.ID)
	require.Equal(t, []int{3, 0}, []int{job.Done, job.Failed}, job)
	for _, id := range ids {
		var n int64
		require.NoError(t, w.store.DB.Model(&models.CaseEvent{}).Where("case_id = ? AND event = 'register_locally'", id).Count(&n).Error)
		require.EqualValues(t, 1, n)
	}
}

// dying is an engine that is killed after so many acts, the last of them done and not told.
type dying struct {
	*direct
	left int
	kill context.CancelFunc
}

func (d *dying) Fire(ctx context.Context, r activities.FireRequest) (activities.Reply, error) {
	reply, err := d.direct.Fire(ctx, r)
	if d.left--; d.left == 0 {
		d.kill()
		return activities.Reply{}, errors.New("killed")
	}
	return reply, err
}

// A job whose server is killed half-way is gone on with by another, and acts on each row once.
func TestKilledBulkJobGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ids := w.clues(t, 25)
		job := w.bulk(t, "cadre", object{"action": "fire", "event": "register_locally", "filter": object{"procedure": "risk_clue"}})
		require.Equal(t, 25, job.Ready, job)
		require.NoError(t, w.store.DB.Model(&models.BulkJob{}).Where("id = ?", job.ID).Update("state", models.BulkRunning).Error)
		ctx, kill := context.WithCancel(t.Context())
		w.server.cases = &dying{w.cases, 13, kill}
		require.Error(t, w.server.bulk(ctx, job.ID))
		half := decode[gen.BulkJob](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/bulk-jobs/" + job.ID, status: 200}))
		require.Equal(t, []any{gen.BulkJobStateRunning, 12, 13, 0}, []any{half.State, half.Done, half.Ready, half.Failed})

		w.server.cases = w.cases
		require.NoError(t, w.server.bulk(t.Context(), job.ID), "the other server holds it still")
		require.Equal(t, gen.BulkJobStateRunning, decode[gen.BulkJob](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/bulk-jobs/" + job.ID, status: 200})).State)
		w.idle(bulkLease + time.Second)
		require.NoError(t, w.server.bulk(t.Context(), job.ID))
		whole := w.settled(t, "cadre", job.ID)
		require.Equal(t, []any{gen.BulkJobStateDone, 25, 0}, []any{whole.State, whole.Done, whole.Failed}, whole)
		for _, id := range ids {
			var n int64
			require.NoError(t, w.store.DB.Model(&models.CaseEvent{}).Where("case_id = ? AND event = 'register_locally'", id).Count(&n).Error)
			require.EqualValues(t, 1, n, id)
		}
	})
}

// A job that is cancelled stops, and can be gone on with; an account without its post does nothing any more.
func TestBulkJobStopsAndFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clues(t, 15)
	job := w.bulk(t, "cadre", object{"action": "claim", "filter": object{}})
	w.do(t, call{user: "cadre", method: "DELETE", url: basePath + "/bulk-jobs/" + job.ID, status: 200, want: []string{`"cancelled"`}})
	require.NoError(t, w.server.bulk(t.Context(), job.ID))
	require.Zero(t, w.settled(t, "cadre", job.ID).Done)

	gone := w.clock().Add(-time.Minute)
	require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("user_id = 'u-cadre'").Update("valid_to", gone).Error)
	require.NoError(t, w.store.DB.Model(&models.BulkJob{}).Where("id = ?", job.ID).Updates(map[string]any{"state": models.BulkRunning, "lease_until": nil}).Error)
	require.NoError(t, w.server.bulk(t.Context(), job.ID))
	var failed, taken int64
	require.NoError(t, w.store.DB.Model(&models.BulkRow{}).Where("state = ?", models.RowFailed).Count(&failed).Error)
	require.NoError(t, w.store.DB.Model(&models.Task{}).Where("assignee_id <> ''").Count(&taken).Error)
	require.Equal(t, []int64{15, 0}, []int64{failed, taken})

	require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("user_id = 'u-cadre'").Update("valid_to", nil).Error)
	again := w.start(t, "cadre", job.ID)
	require.Equal(t, []int{15, 0}, []int{again.Done, again.Failed}, "what has failed is tried once more")
}
