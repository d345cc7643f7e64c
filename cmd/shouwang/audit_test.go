package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReplayUntil(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"2026-11-22":                "2026-11-22T23:59:59.999999999+08:00", // with all of the day
		"2026-11-22 09:30":          "2026-11-22T09:30:59.999999999+08:00",
		"2026-11-22T01:30:00Z":      "2026-11-22T09:30:00+08:00",
		"2026-11-22T09:30:00+08:00": "2026-11-22T09:30:00+08:00",
	} {
		got, err := replayCmd{At: at}.until()
		require.NoError(t, err)
		wanted, err := time.Parse(time.RFC3339Nano, want)
		require.NoError(t, err)
		require.True(t, got.Equal(wanted), "%s %s", at, got)
	}
	_, err := replayCmd{At: "昨天"}.until()
	require.ErrorContains(t, err, "应写作")
	got, err := replayCmd{}.until()
	require.NoError(t, err)
	require.True(t, got.IsZero())
}

// An audit of the wrong folder finds nothing and leaves nothing behind.
func TestAuditOfNothing(t *testing.T) {
	t.Parallel()
	cfg := &Config{Data: t.TempDir()}
	require.ErrorContains(t, verifyCmd{}.Run(t.Context(), cfg), "没有数据库")
	require.ErrorContains(t, replayCmd{Case: "RD1"}.Run(t.Context(), cfg), "没有数据库")
	left, err := os.ReadDir(cfg.Data)
	require.NoError(t, err)
	require.Empty(t, left)
}
