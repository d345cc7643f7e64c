package worker_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/procedure"
)

// Five hundred events on a hundred and twenty-five cases at once, four on each, in
// whatever order they arrive, each repeated under its key until it fits: the chains
// are whole and every event is there once.
func TestFiveHundredConcurrentEventsLeaveChainsWhole(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			w := live.New(t, store(t, dialect), live.Temporal(t, ""), 0)
			w.Cases.ContinueAfter = 25
			cadre, office := w.Actor(procedure.VillageCadre), w.Actor(procedure.TownshipOffice)
			acts := []struct {
				event string
				actor activities.Actor
				form  map[string]any
			}{
				{"register_locally", cadre, nil}, {"misrouted", cadre, map[string]any{"reason": "不在本村"}},
				{"redispatch", office, map[string]any{"target_village": testkit.Village}}, {"accept", cadre, nil},
			}
			ids := make([]string, 125)
			for i := range ids {
				ids[i] = clue(w)
			}
			var wg sync.WaitGroup
			gate := make(chan struct{}, 16) // so many clients
			faults := make(chan error, len(ids)*len(acts))
			for _, id := range ids {
				for i, a := range acts {
					wg.Go(func() {
						r := activities.FireRequest{CaseID: id, Event: a.event, Key: fmt.Sprintf("%s-%d", id, i), ExpectedSeq: activities.AnySeq, Actor: a.actor, Form: a.form}
						faults <- persist(t, w, r, gate)
					})
				}
			}
			wg.Wait()
			close(faults)
			for err := range faults {
				require.NoError(t, err)
			}
			v, err := w.Engine.Verify(t.Context())
			require.NoError(t, err)
			require.Empty(t, v.Bad)
			var events int64
			require.NoError(t, w.Store.DB.Model(&models.CaseEvent{}).Where("kind = 'event'").Count(&events).Error)
			require.EqualValues(t, 500, events)
			for _, id := range ids {
				require.EqualValues(t, "verifying", w.State(id))
				require.Equal(t, 4, w.Case(id).Step)
			}
		})
	}
}

// persist sends a request until the case has come to where it fits.
func persist(t *testing.T, w *live.World, r activities.FireRequest, gate chan struct{}) error {
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); {
		gate <- struct{}{}
		_, err := w.Cases.Fire(t.Context(), r)
		<-gate
		var no *procedure.Refusal
		if err == nil || !errors.As(err, &no) || no.Kind != procedure.Conflict && no.Kind != procedure.Busy {
			return err
		}
		again := time.NewTimer(20 * time.Millisecond)
		<-again.C
	}
	return errors.New("never taken: " + r.Event)
}
