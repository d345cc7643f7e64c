package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuietEndsWhenItEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, until, at, end string }{
		{"21:00", "07:30", "03-11 20:59:59", ""},
		{"21:00", "07:30", "03-11 21:00:00", "03-12 07:30:00"},
		{"21:00", "07:30", "03-11 23:59:59", "03-12 07:30:00"},
		{"21:00", "07:30", "03-12 00:00:00", "03-12 07:30:00"},
		{"21:00", "07:30", "03-12 07:29:59", "03-12 07:30:00"},
		{"21:00", "07:30", "03-12 07:30:00", ""},
		{"21:00", "07:30", "02-28 22:00:00", "03-01 07:30:00"},
		{"12:00", "14:00", "03-11 11:59:59", ""},
		{"12:00", "14:00", "03-11 12:00:00", "03-11 14:00:00"},
		{"12:00", "14:00", "03-11 13:59:59", "03-11 14:00:00"},
		{"12:00", "14:00", "03-11 14:00:00", ""},
		{"00:00", "06:00", "03-11 00:00:00", "03-11 06:00:00"},
		{"00:00", "06:00", "03-11 23:59:59", ""},
		{"22:00", "00:00", "03-11 23:59:59", "03-12 00:00:00"},
		{"22:00", "00:00", "03-12 00:00:00", ""},
		{"08:00", "08:00", "03-11 08:00:00", ""}, // none
	} {
		q, err := ParseQuiet(c.from, c.until)
		require.NoError(t, err)
		at, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-"+c.at, Shanghai)
		require.NoError(t, err)
		end, quiet := q.End(at.UTC()) // whatever zone the moment is told in
		require.Equal(t, c.end != "", quiet, "%+v", c)
		if quiet {
			require.Equal(t, c.end, end.In(Shanghai).Format("01-02 15:04:05"), "%+v", c)
		}
	}
	_, err := ParseQuiet("21:00", "24:00")
	require.Error(t, err)
}
