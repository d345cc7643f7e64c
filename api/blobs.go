package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Blobs keeps the bytes of attachments under their SHA-256, in hex. The same
// bytes are kept once.
type Blobs interface {
	Put(ctx context.Context, r io.Reader) (sha string, size int64, err error)
	Open(ctx context.Context, sha string) (io.ReadCloser, error)
}

// DirBlobs keeps blobs as files below a folder, two levels deep.
type DirBlobs string

// Put writes to a temporary file first, so that a name is never seen half written.
func (d DirBlobs) Put(_ context.Context, r io.Reader) (string, int64, error) {
	tmp, err := d.temp()
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(tmp.Name())
	h := sha256.New()
	size, err := io.Copy(io.MultiWriter(tmp, h), r)
	sha := hex.EncodeToString(h.Sum(nil))
	return sha, size, d.keep(tmp, sha, err)
}

// Exports is the folder for exported lists, kept with the attachments so that whoever shares these shares them too.
func (d DirBlobs) Exports() string { return filepath.Join(string(d), "exports") }

// temp is a new file beside the blobs, to be removed by the caller.
func (d DirBlobs) temp() (*os.File, error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, err
	}
	return os.CreateTemp(string(d), "upload-*")
}

// keep closes a temporary file and gives it its name, unless writing it failed.
func (d DirBlobs) keep(tmp *os.File, sha string, written error) error {
	if err := errors.Join(written, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	path := d.path(sha)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// Open reads a blob; the error is fs.ErrNotExist for an unknown one.
func (d DirBlobs) Open(_ context.Context, sha string) (io.ReadCloser, error) {
	if raw, err := hex.DecodeString(sha); err != nil || len(raw) != sha256.Size {
		return nil, fmt.Errorf("blob %q: %w", sha, fs.ErrNotExist)
	}
	return os.Open(d.path(sha))
}

// Remove takes the bytes of a blob; one that has gone already is no fault.
func (d DirBlobs) Remove(sha string) error {
	if raw, err := hex.DecodeString(sha); err != nil || len(raw) != sha256.Size {
		return nil // no such blob was ever kept
	}
	err := os.Remove(d.path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (d DirBlobs) path(sha string) string {
	return filepath.Join(string(d), sha[:2], sha[2:4], sha)
}
