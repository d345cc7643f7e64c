package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

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
