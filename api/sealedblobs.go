package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"

	"shouwang/models"
)

// SealedBlobs keeps the files of DirBlobs encrypted: signatures, disability cards
// and photographs of homes are class P3. The name is the hash of the plain bytes.
type SealedBlobs struct {
	Dir   DirBlobs
	Vault *models.Vault
}

// Put seals what it reads, which is held in memory: the server bounds a file to
// some megabytes.
func (b SealedBlobs) Put(_ context.Context, r io.Reader) (string, int64, error) {
	plain, err := io.ReadAll(r)
	if err != nil {
		return "", 0, err
	}
	sum := sha256.Sum256(plain)
	sha := hex.EncodeToString(sum[:])
	tmp, err := b.Dir.temp()
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b.Vault.Seal("blobs", "content", sha, plain))
	return sha, int64(len(plain)), b.Dir.keep(tmp, sha, err)
}

// Open reads a file; the error is fs.ErrNotExist for an unknown one.
func (b SealedBlobs) Open(ctx context.Context, sha string) (io.ReadCloser, error) {
	f, err := b.Dir.Open(ctx, sha)
	if err != nil {
		return nil, err
	}
	sealed, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	plain, err := b.Vault.Open("blobs", "content", sha, sealed)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(plain)), nil
}
