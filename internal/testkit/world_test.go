package testkit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/procedure"
)

// Every state of every procedure can be reached by its events alone: the world
// drives cases as people, timers and other cases would.
func TestWorldReachesEveryState(t *testing.T) {
	EachStore(t, func(t *testing.T, s *models.Store) {
		w := NewWorld(t, s)
		for _, d := range procedure.All {
			for _, st := range d.States {
				c := w.Reach(d.Name, st.Code)
				require.Equal(t, st.Final, c.ClosedAt != nil, "%s %s", d.Name, st.Code)
			}
		}
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
		require.Greater(t, v.Events, 400)
	})
}
