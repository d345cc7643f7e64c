package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/models"
)

func TestSealedBlobs(t *testing.T) {
	t.Parallel()
	vault, err := models.NewVault(bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32))
	require.NoError(t, err)
	b := SealedBlobs{Dir: DirBlobs(t.TempDir()), Vault: vault}
	plain := []byte("农户签字与手印")

	sha, size, err := b.Put(t.Context(), bytes.NewReader(plain))
	require.NoError(t, err)
	sum := sha256.Sum256(plain)
	require.Equal(t, hex.EncodeToString(sum[:]), sha)
	require.EqualValues(t, len(plain), size)
	again, _, err := b.Put(t.Context(), bytes.NewReader(plain))
	require.NoError(t, err)
	require.Equal(t, sha, again, "the same bytes are kept once")

	stored, err := os.ReadFile(b.Dir.path(sha))
	require.NoError(t, err)
	require.NotContains(t, string(stored), string(plain), "nothing lies in the clear")
	r, err := b.Open(t.Context(), sha)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, plain, got)

	other, _, err := b.Put(t.Context(), bytes.NewReader([]byte("另一份")))
	require.NoError(t, err)
	require.NoError(t, os.Rename(b.Dir.path(other), b.Dir.path(sha)))
	_, err = b.Open(t.Context(), sha)
	require.Error(t, err, "a file put in the place of another does not open")
	_, err = b.Open(t.Context(), hex.EncodeToString(make([]byte, 32)))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// Files that have to go while everything is sealed anew are not missed, and do not come back.
func TestResealWhileFilesGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, vault, dir := t.Context(), w.store.Vault, DirBlobs(t.TempDir())
	b := SealedBlobs{Dir: dir, Vault: vault}
	for _, text := range []string{"甲", "乙"} {
		_, _, err := b.Put(ctx, bytes.NewReader([]byte(text)))
		require.NoError(t, err)
	}
	exports := dir.Exports()
	for _, id := range []string{"x1", "x2"} {
		f, err := newSealedFile(exports, vault, id)
		require.NoError(t, err)
		_, err = f.Write([]byte("表"))
		require.NoError(t, errors.Join(err, f.Close()))
		w.create(&models.Export{ID: id, No: id, UserID: "u-cadre", Role: "village_cadre", RegionCode: village, List: "households", Filter: map[string]any{}, State: models.ExportReady, CreatedAt: w.clock()})
	}
	_, err := w.store.NewKey(ctx)
	require.NoError(t, err)

	n, err := b.Reseal(ctx, func(models.Resealed) { // the other is erased
		require.NoError(t, b.each(func(path, sha string) error {
			key, err := keyOfFile(path, 0)
			if err == nil && key != vault.Key() {
				err = dir.Remove(sha)
			}
			return err
		}))
	})
	require.NoError(t, err)
	require.Equal(t, 1, n)

	// The second expires when the list of them has just been read.
	var once sync.Once
	require.NoError(t, w.store.DB.Callback().Query().After("gorm:query").Register("expire", func(tx *gorm.DB) {
		once.Do(func() {
			other := tx.Session(&gorm.Session{NewDB: true})
			_ = tx.AddError(other.Exec("UPDATE exports SET state = ? WHERE id = 'x2'", models.ExportExpired).Error)
		})
	}))
	_, err = ResealExports(ctx, w.store, exports, func(models.Resealed) {})
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(exports, "x1"))
	require.NoFileExists(t, filepath.Join(exports, "x2"))
	counts, err := ExportsSealedWith(exports)
	require.NoError(t, err)
	require.Equal(t, map[uint32]int{vault.Key(): 1}, counts)
}
