package models_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
)

func TestOneOwnerHasALease(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		take := func(owner string, lasts time.Duration) bool {
			ok, err := s.Lease(t.Context(), "work", owner, lasts)
			require.NoError(t, err)
			return ok
		}
		require.True(t, take("a", time.Hour))
		require.False(t, take("b", time.Hour), "another has it")
		require.True(t, take("a", -time.Second), "who has it may ask again, here for no longer")
		require.True(t, take("b", time.Hour), "it is over")
		require.False(t, take("a", time.Hour))
		ok, err := s.Lease(t.Context(), "other work", "a", time.Hour)
		require.NoError(t, err)
		require.True(t, ok, "each name is a lease of its own")
	})
}
