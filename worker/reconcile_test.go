package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"shouwang/internal/testkit/live"
	"shouwang/procedure"
	"shouwang/worker"
	"shouwang/workflows"
)

// kinds maps the diverging cases to what is wrong with them.
func kinds(t *testing.T, w *live.World, rebuild bool) map[string]string {
	t.Helper()
	found, err := w.Cases.Reconcile(t.Context(), rebuild)
	require.NoError(t, err)
	out := map[string]string{}
	for _, d := range found {
		out[d.CaseID] = d.Kind
		require.NotEmpty(t, d.Detail)
	}
	return out
}

func TestReconcileFindsAndRepairsEveryKindOfDivergence(t *testing.T) {
	w := county(t)
	sound, missing, behind := clue(w), clue(w), clue(w)
	w.Do(sound, "register_locally")
	require.NoError(t, w.Client.TerminateWorkflow(t.Context(), workflows.ID(missing), "", "lost"))
	c := w.Case(behind) // moves past its workflow
	_, err := w.SendAlone(w.Request(c, "register_locally", w.Actor(procedure.VillageCadre)))
	require.NoError(t, err)
	_, err = w.Client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: workflows.ID("NOSUCHCASE"), TaskQueue: "nobody"}, "risk_clue", workflows.Input{})
	require.NoError(t, err)
	w.Eventually(func() bool { return len(kinds(t, w, false)) == 3 }, "what Temporal lists lags behind")

	want := map[string]string{missing: "missing", behind: "behind", "NOSUCHCASE": "leftover"}
	require.Equal(t, want, kinds(t, w, false))
	require.Equal(t, want, kinds(t, w, true))
	w.Eventually(func() bool { return len(kinds(t, w, false)) == 0 }, "not repaired")
	w.Do(missing, "register_locally", "misrouted")
	w.Do(behind, "misrouted")
	w.Do(sound, "misrouted")
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, status(t, w, missing))
}

// Cases at work are not mistaken for diverging ones.
func TestReconcileLeavesCasesAtWorkAlone(t *testing.T) {
	w := county(t)
	w.Cases.ContinueAfter = 1
	ids := []string{clue(w), clue(w)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, id := range ids {
			w.Do(id, "register_locally", "misrouted", "redispatch", "accept", "misrouted", "redispatch", "accept")
		}
	}()
	cases := &worker.Cases{Client: w.Client, Engine: w.Engine}
	for alive := true; alive; {
		select {
		case <-done:
			alive = false
		default:
		}
		found, err := cases.Reconcile(t.Context(), false)
		require.NoError(t, err)
		require.Empty(t, found)
	}
}
