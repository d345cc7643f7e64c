package api

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
)

// startReplay asks for a replay.
func (w *world) startReplay(t testing.TB, choice object) gen.AuditReplay {
	t.Helper()
	return decode[gen.AuditReplay](t, w.do(t, call{user: "auditor", method: "POST", url: auditURL + "/replays", body: choice, status: 200}))
}

func (w *world) replayed(t testing.TB, id string) gen.AuditReplay {
	t.Helper()
	return decode[gen.AuditReplay](t, w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit-replays/" + id, status: 200}))
}

// hold makes the requests of the test put replays in line and nobody work at them but the test.
func (w *world) hold() {
	w.http = w.echo
	w.server.replaying.Lock()
}

// All cases of an engagement are replayed, what does not hold is told with its case, and how fast it went.
func TestAuditReplay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.hold()
		w.reengage(t, map[string]any{"areas": `["` + township + `"]`})
		good, bad := w.openClue(t, "household-1", "cadre"), w.openClue(t, "household-2", "cadre")
		far := w.openClue(t, "household-9", "far_cadre")
		require.NoError(t, w.store.DB.Model(&models.Case{}).Where("id IN ?", []string{bad, far}).Update("state", "closed_risk").Error)
		var asked []string
		w.server.histories = func(_ context.Context, cases []string) (int, int, []activities.BadRecord, error) {
			asked = append(asked, cases...)
			return len(cases), 1, nil, nil
		}
		x := w.startReplay(t, object{"procedure": "risk_clue"})
		require.Equal(t, []any{gen.ReplayWaiting, 2, 0, true}, []any{x.State, x.Total, x.Done, x.CanCancel})
		require.NoError(t, w.server.replayAll(t.Context()))
		x = w.replayed(t, x.ID)
		require.Equal(t, []any{gen.ReplayDone, 2, 2, 2, 1, 1, false}, []any{x.State, x.Done, x.Events, x.Histories, x.Missing, x.Bad, x.CanCancel})
		require.Positive(t, x.PerSecond)
		require.ElementsMatch(t, []string{good, bad}, asked)
		require.Contains(t, x.Choice, "任务范围内的全部事项")

		faults := decode[gen.AuditFaultPage](t, w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit-replays/" + x.ID + "/faults", status: 200})).Items
		require.Len(t, faults, 1)
		require.Equal(t, bad, faults[0].Case.ID)
		require.Equal(t, "按记录推演应在“风险线索：新线索”，事项记为“风险线索：closed_risk”", faults[0].Fault)
		list := decode[gen.AuditReplayPage](t, w.do(t, call{user: "auditor", method: "GET", url: auditURL + "/replays", status: 200})).Items
		require.Equal(t, []gen.AuditReplay{x}, list)

		// Nobody else sees it, and after the last day nobody does.
		for _, url := range []string{"/audit-replays/" + x.ID, "/audit-replays/" + x.ID + "/faults"} {
			for _, user := range []string{"county", "town", "sec", "far_cadre"} {
				w.do(t, call{user: user, method: "GET", url: basePath + url, status: 404})
			}
		}
		w.do(t, call{user: "county", method: "GET", url: auditURL + "/replays", status: 200, want: []string{`"items":[]`}})
		w.do(t, call{user: "county", method: "POST", url: auditURL + "/replays", body: object{}, status: 403, code: "no_engagement"})
		w.do(t, call{user: "auditor", method: "POST", url: auditURL + "/replays", body: object{"case_id": far}, status: 404})
		w.do(t, call{user: "auditor", method: "POST", url: auditURL + "/replays", body: object{"village": farVillage}, status: 422, code: "nothing_chosen"})
		w.do(t, call{user: "auditor", method: "POST", url: basePath + "/audit-replays/" + x.ID + "/cancel", status: 409, code: "replay_over"})
		w.reengage(t, map[string]any{"until_day": "2026-03-09"})
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit-replays/" + x.ID, status: 403, code: "no_engagement"})
		w.do(t, call{user: "auditor", method: "GET", url: auditURL + "/replays", status: 200, want: []string{`"items":[]`}})
	})
}

// What is done is kept: whoever goes on begins behind it. A replay that was cancelled, or whose engagement is over, ends there.
func TestAuditReplayGoesOn(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.hold()
		for range 3 {
			w.openClue(t, "household-1", "cadre")
		}
		x := w.startReplay(t, object{})
		require.Equal(t, 3, x.Total)
		row := func() *models.AuditReplay {
			t.Helper()
			var now models.AuditReplay
			require.NoError(t, w.store.DB.Where("id = ?", x.ID).Take(&now).Error)
			return &now
		}
		// One server has done two, and stops.
		ids, err := w.server.chosenAfter(t.Context(), x.ID, "", 2)
		require.NoError(t, err)
		require.NoError(t, w.store.DB.Model(row()).Updates(map[string]any{"state": models.ReplayRunning, "cursor": ids[1], "done": 2, "events": 2, "started_at": w.wall()}).Error)
		var asked []string
		w.server.histories = func(_ context.Context, cases []string) (int, int, []activities.BadRecord, error) {
			asked = append(asked, cases...)
			return 0, 0, nil, nil
		}
		require.NoError(t, w.server.replayAll(t.Context()))
		require.Len(t, asked, 1, "only the third")
		require.NotContains(t, ids, asked[0])
		now := w.replayed(t, x.ID)
		require.Equal(t, []any{gen.ReplayDone, 3, 0}, []any{now.State, now.Done, now.Bad})

		// Two at once do not count twice.
		y := w.startReplay(t, object{})
		x = y
		old := row()
		require.NoError(t, w.server.replaySome(t.Context(), row()))
		require.ErrorIs(t, w.server.replaySome(t.Context(), old), errCancelled)
		require.Equal(t, 3, row().Done)

		// Cancelled between two batches.
		w.do(t, call{user: "auditor", method: "POST", url: basePath + "/audit-replays/" + y.ID + "/cancel", status: 200, want: []string{`"state":"cancelled"`, `"done":3`}})
		require.ErrorIs(t, w.server.replaySome(t.Context(), row()), errCancelled)
		require.NoError(t, w.server.replayAll(t.Context()))
		require.Equal(t, models.ReplayCancelled, row().State)

		// While another server has the lease, this one leaves it.
		x = w.startReplay(t, object{})
		mine, err := w.store.Lease(t.Context(), "audit.replay", "another", time.Minute)
		require.NoError(t, err)
		require.True(t, mine)
		require.NoError(t, w.server.replayAll(t.Context()))
		require.Equal(t, models.ReplayWaiting, row().State)
		_, err = w.store.Lease(t.Context(), "audit.replay", "another", 0)
		require.NoError(t, err)

		// A fault of ours ends it, and says so.
		w.server.histories = func(context.Context, []string) (int, int, []activities.BadRecord, error) {
			return 0, 0, nil, errors.New("out of reach")
		}
		require.ErrorContains(t, w.server.replayAll(t.Context()), "out of reach")
		require.Equal(t, []string{models.ReplayFailed, "failed"}, []string{row().State, row().Code})

		// So does the end of the engagement.
		w.server.histories = nil
		x = w.startReplay(t, object{})
		w.reengage(t, map[string]any{"ended_at": w.clock()})
		require.NoError(t, w.server.replayAll(t.Context()))
		require.Equal(t, []string{models.ReplayFailed, "role_lost"}, []string{row().State, row().Code})
	})
}

// What a server is asked to replay it works at by itself, and after the next start what was left.
func TestAuditReplayRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.http = w.echo
	w.openClue(t, "household-1", "cadre")
	x := decode[gen.AuditReplay](t, w.do(t, call{user: "auditor", method: "POST", url: auditURL + "/replays", body: object{}, status: 200}))
	over := func() bool { return w.replayed(t, x.ID).State == gen.ReplayDone }
	require.Eventually(t, over, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, w.store.DB.Model(&models.AuditReplay{}).Where("id = ?", x.ID).Updates(map[string]any{"state": models.ReplayRunning, "ended_at": nil}).Error)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w.server.background = ctx
	done := make(chan struct{})
	go func() { defer close(done); w.server.tendReplays() }()
	require.Eventually(t, over, 10*time.Second, 10*time.Millisecond)
	stop()
	<-done
}
