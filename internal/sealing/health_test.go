package sealing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/sealing"
)

// A record that is not sealed, or a checkpoint that has not left, is told once two checkpoints should have passed.
func TestSealingHealth(t *testing.T) {
	onBoth(t, func(t *testing.T, p *place) {
		began := time.Now()
		now := began
		s := &sealing.Sealer{Store: p.Store, Key: p.sealer.Key, Now: func() time.Time { return now }}
		told := func(after time.Duration, want string) {
			t.Helper()
			now = began.Add(after)
			code, err := s.Health(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, code)
		}
		told(9*time.Hour, "") // nothing to seal
		a := p.Reach("risk_clue", "verifying")
		told(2*time.Hour-time.Minute, "")
		told(2*time.Hour+time.Minute, sealing.CheckpointLate)
		_, err := s.Seal(t.Context())
		require.NoError(t, err)
		told(3*time.Hour, "")
		p.see(a.ID)
		told(3*time.Hour, sealing.CheckpointLate)
		_, err = s.Seal(t.Context())
		require.NoError(t, err)
		told(90*24*time.Hour, "")

		s.Dir = t.TempDir()
		told(90*24*time.Hour, sealing.CheckpointUndelivered)
		require.NoError(t, p.Store.DB.Exec("INSERT INTO log_deliveries (size, target, at) SELECT size, 'folder', at FROM log_checkpoints").Error)
		told(90*24*time.Hour, "")
		s.URL = "http://127.0.0.1:1"
		told(90*24*time.Hour, sealing.CheckpointUndelivered)
	})
}
