package models_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
)

// keyed opens a database with the keys of a file, as a server does.
func keyed(t *testing.T, dsn, file string) *models.Store {
	t.Helper()
	v, err := models.LoadVault(file)
	require.NoError(t, err)
	s, err := models.Open(dsn, v)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	_, err = s.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.OpenKeys(t.Context()))
	return s
}

func eachDSN(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Helper()
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			f(t, testkit.NewDSN(t, dialect))
		})
	}
}

func opens(t *testing.T, s *models.Store, sealed []byte) {
	t.Helper()
	plain, err := s.Vault.Open("people", "sealed", "p1", sealed)
	require.NoError(t, err)
	require.Equal(t, "甲", string(plain))
}

func sealed(s *models.Store) []byte { return s.Vault.Seal("people", "sealed", "p1", []byte("甲")) }

// A new key is used at once by the server that makes it, found by the others as soon as they meet a value of it, and used
// by them once they have looked. What older keys have sealed still opens.
func TestNewKeyReachesEveryServer(t *testing.T) {
	eachDSN(t, func(t *testing.T, dsn string) {
		ctx, file := t.Context(), filepath.Join(t.TempDir(), "keys.json")
		a, b := keyed(t, dsn, file), keyed(t, dsn, file)
		require.EqualValues(t, 1, a.Vault.Key())
		first := sealed(a)
		opens(t, b, first)
		id, err := a.NewKey(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 2, id)
		second := sealed(a)
		require.EqualValues(t, 2, models.KeyOf(second))
		require.EqualValues(t, 1, models.KeyOf(sealed(b)), "it has not looked")
		opens(t, b, second)
		require.EqualValues(t, 2, models.KeyOf(sealed(b)))
		require.NoError(t, b.ReadKeys(ctx))
		opens(t, a, first)
		opens(t, keyed(t, dsn, file), first)

		again, err := a.Vault.Reseal("people", "sealed", "p1", first)
		require.NoError(t, err)
		require.EqualValues(t, 2, models.KeyOf(again))
		require.Equal(t, models.Nonce(first), models.Nonce(again), "nothing was written")
		opens(t, b, again)
		none, err := a.Vault.Reseal("people", "sealed", "p1", again)
		require.NoError(t, err)
		require.Nil(t, none)
		_, err = a.Vault.Reseal("people", "sealed", "p2", first)
		require.Error(t, err, "another place")

		var row models.DataKey
		require.NoError(t, a.DB.Where("id = 2").Take(&row).Error)
		spoilt := bytes.Clone(row.Wrapped)
		spoilt[len(spoilt)-1] ^= 1
		require.NoError(t, a.DB.Model(&row).Update("wrapped", spoilt).Error)
		other, err := models.LoadVault(file)
		require.NoError(t, err)
		third, err := models.Open(dsn, other)
		require.NoError(t, err)
		defer third.Close()
		require.ErrorContains(t, third.OpenKeys(ctx), "data key 2")
	})
}

// An installation of before there were data keys goes on: its values open, new ones bear the number of a key.
func TestOldKeyFileGoesOn(t *testing.T) {
	eachDSN(t, func(t *testing.T, dsn string) {
		file := filepath.Join(t.TempDir(), "keys.json")
		key := func(b byte) string { return fmt.Sprintf("%x", bytes.Repeat([]byte{b}, 32)) }
		raw, err := json.Marshal(map[string]string{"data": key(1), "index": key(2)})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, raw, 0o600))
		old := newVault(t, 1, 2).Seal("people", "sealed", "p1", []byte("甲"))
		require.Zero(t, models.KeyOf(old))
		s := keyed(t, dsn, file)
		opens(t, s, old)
		now := sealed(s)
		require.EqualValues(t, 1, models.KeyOf(now))
		require.NoError(t, s.Rekey(t.Context(), false))
		again := keyed(t, dsn, file)
		opens(t, again, old)
		opens(t, again, now)
		require.NoError(t, s.Rekey(t.Context(), true))
		last := keyed(t, dsn, file)
		opens(t, last, now)
		_, err = last.Vault.Open("people", "sealed", "p1", old)
		require.Error(t, err, "its key has gone")
		require.Equal(t, s.Vault.Index("x"), last.Vault.Index("x"), "the blind index stays")
		written, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, string(written), key(1))
	})
}

// A new key file opens what the old one opened, also when changing it was interrupted between any two steps.
func TestRekey(t *testing.T) {
	eachDSN(t, func(t *testing.T, dsn string) {
		ctx, file := t.Context(), filepath.Join(t.TempDir(), "keys.json")
		s := keyed(t, dsn, file)
		running := keyed(t, dsn, file)
		value := sealed(s)
		before, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, s.Rekey(ctx, true))
		opens(t, keyed(t, dsn, file), value)
		opens(t, running, value)
		_, err = s.NewKey(ctx)
		require.NoError(t, err)
		opens(t, running, sealed(s))

		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		left, err := filepath.Glob(filepath.Join(filepath.Dir(file), "keys-*"))
		require.NoError(t, err)
		require.Empty(t, left)

		// Stopped after the file was written and nothing was wrapped anew: the file has both keys.
		after, err := os.ReadFile(file)
		require.NoError(t, err)
		var k map[string]string
		require.NoError(t, json.Unmarshal(after, &k))
		k["old_wrap"], k["wrap"] = k["wrap"], fmt.Sprintf("%x", bytes.Repeat([]byte{7}, 32))
		half, err := json.Marshal(k)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, half, 0o600))
		opens(t, keyed(t, dsn, file), value)
		require.NoError(t, keyed(t, dsn, file).Rekey(ctx, true))
		opens(t, keyed(t, dsn, file), value)

		// The old file alone opens nothing any more.
		require.NoError(t, os.WriteFile(file, before, 0o600))
		v, err := models.LoadVault(file)
		require.NoError(t, err)
		old, err := models.Open(dsn, v)
		require.NoError(t, err)
		defer old.Close()
		require.Error(t, old.OpenKeys(ctx))
	})
}

// A server that runs finds the new key by itself.
func TestWatchKeys(t *testing.T) {
	t.Parallel()
	dsn, file := testkit.NewDSN(t, "sqlite"), filepath.Join(t.TempDir(), "keys.json")
	a, b := keyed(t, dsn, file), keyed(t, dsn, file)
	go b.WatchKeys(t.Context(), func(error) {})
	_, err := a.NewKey(t.Context())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return b.Vault.Key() == 2 }, time.Minute, 50*time.Millisecond)
}
