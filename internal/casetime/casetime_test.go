package casetime

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]float64{"1d=2s": 43200, "1d=10ms": 8640000, "1d=24h": 1, "1d=1m30s": 960} {
		rate, err := ParseRate(s)
		require.NoError(t, err, s)
		require.Equal(t, want, rate, s)
	}
	for _, s := range []string{"", "1d", "2d=2s", "1h=2s", "d=2s", "1d=", "1d=2", "1d=9ms", "1d=24h1s", "1d=-2s"} {
		_, err := ParseRate(s)
		require.Error(t, err, s)
	}
}

func TestDrill(t *testing.T) {
	t.Parallel()
	real, start := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC)
	d := Drill{Real: real, Case: start, Rate: 43200}
	require.Equal(t, start, d.At(real))
	require.Equal(t, start.AddDate(0, 0, 1), d.At(real.Add(2*time.Second)))
	require.Equal(t, start.AddDate(0, 0, -1), d.At(real.Add(-2*time.Second)))
	require.Equal(t, 2*time.Second+time.Millisecond, d.Wait(real, start.AddDate(0, 0, 1)))
	require.Zero(t, d.Wait(real, start.AddDate(0, 0, -1)), "never negative")
	for _, at := range []time.Time{start.Add(time.Second), start.Add(7*time.Hour + 13), start.AddDate(0, 0, 15)} {
		woken := d.At(real.Add(d.Wait(real, at)))
		require.False(t, woken.Before(at), "never too early")
	}
	var none Drill
	require.Equal(t, real, none.At(real))
	require.Equal(t, time.Hour, none.Wait(real, real.Add(time.Hour)), "without a drill to the nanosecond")
	require.Zero(t, none.Wait(real, real))
}

func TestNow(t *testing.T) {
	t.Parallel()
	c := Clock{Real: func() time.Time { return time.Date(2026, 9, 21, 9, 0, 0, 1999, Shanghai) }}
	require.Equal(t, time.Date(2026, 9, 21, 1, 0, 0, 1000, time.UTC), c.Now(), "UTC, whole microseconds")
	before := time.Now().Add(-time.Microsecond)
	now := (&Clock{}).Now()
	require.False(t, now.Before(before))
	require.False(t, now.After(time.Now()))
}
