package ledger

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

func TestTownshipRoundTrip(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	_, err := Generate(&buf, GenerateOptions{Seed: 7})
	require.NoError(t, err)
	file := buf.Bytes()
	stores(t, func(t *testing.T, store *models.Store) {
		start := time.Now()
		l := read(t, file)
		readDone := time.Now()
		p, err := NewPlan(t.Context(), store, l, scope)
		require.NoError(t, err)
		planDone := time.Now()
		require.Empty(t, codes(p, false))
		require.Equal(t, 3000, p.Created)
		require.Zero(t, p.Rejected+p.Changed+p.Unchanged)
		b := apply(t, store, p)
		t.Logf("3000 households, %d people: read %v, plan %v, apply %v", p.People,
			readDone.Sub(start).Round(time.Millisecond), planDone.Sub(readDone).Round(time.Millisecond), time.Since(planDone).Round(time.Millisecond))
		require.Equal(t, 3000, b.Created)
		require.Equal(t, 3000, count[models.Household](t, store))
		require.Equal(t, p.People, count[models.Person](t, store))
		require.Greater(t, p.People, 9000)

		again := plan(t, store, file)
		require.Equal(t, []int{0, 0, 3000, 0}, []int{again.Created, again.Changed, again.Unchanged, again.Rejected})
		require.Equal(t, 3000, apply(t, store, again).Unchanged)
		require.Equal(t, p.People, count[models.Person](t, store))
	})
}
