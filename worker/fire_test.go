package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"shouwang/internal/casetime"
	"shouwang/internal/testkit/live"
	"shouwang/workflows"
)

// held keeps back what Temporal says about an update until it is released, and may
// lose it.
type held struct {
	interceptor.ClientInterceptorBase
	released chan struct{}
	loses    bool
}

func (h *held) InterceptClient(next interceptor.ClientOutboundInterceptor) interceptor.ClientOutboundInterceptor {
	out := &heldUpdates{held: h}
	out.Next = next
	return out
}

type heldUpdates struct {
	interceptor.ClientOutboundInterceptorBase
	held *held
}

func (u *heldUpdates) UpdateWorkflow(ctx context.Context, in *interceptor.ClientUpdateWorkflowInput) (client.WorkflowUpdateHandle, error) {
	answer, err := u.Next.UpdateWorkflow(ctx, in)
	<-u.held.released
	if u.held.loses {
		return nil, serviceerror.NewUnavailable("lost")
	}
	return answer, err
}

// An act is answered once it is committed, also when Temporal has not told so yet,
// or never will.
func TestAnswerDoesNotWaitForTemporal(t *testing.T) {
	for name, loses := range map[string]bool{"late": false, "lost": true} {
		t.Run(name, func(t *testing.T) {
			h := &held{released: make(chan struct{}), loses: loses}
			w := live.NewAt(t, store(t, "sqlite"), live.Temporal(t, ""), casetime.Drill{}, func(o *client.Options) {
				o.Interceptors = append(o.Interceptors, h)
			})
			id := clue(w)
			reply, err := w.Cases.Fire(t.Context(), w.Prepare(id, "register_locally"))
			require.NoError(t, err)
			require.Equal(t, w.Case(id).State, reply.State)
			require.EqualValues(t, 1, countEvents(t, w, id, "register_locally"))

			close(h.released)
			w.Cases.Drain()
			require.NoError(t, w.Cases.Settle(t.Context()))
			require.Eventually(t, func() bool { return stateOf(t, w, id).Current == reply.State }, 30*time.Second, 50*time.Millisecond)
		})
	}
}

func stateOf(t *testing.T, w *live.World, id string) (st workflows.State) {
	t.Helper()
	v, err := w.Client.QueryWorkflow(t.Context(), workflows.ID(id), "", workflows.QueryStatus)
	require.NoError(t, err)
	require.NoError(t, v.Get(&st))
	return st
}
