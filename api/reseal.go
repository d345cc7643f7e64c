package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"shouwang/models"
)

// Reseal seals every file with the present data key that is not sealed with it yet, one after another; each is put in the
// place of the old one whole. It may be interrupted and begun again.
func (b SealedBlobs) Reseal(ctx context.Context, tell func(models.Resealed)) (int, error) {
	done := 0
	err := b.each(func(path, sha string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		changed, err := b.resealFile(path, sha)
		if changed {
			done++
			tell(models.Resealed{Place: "attachments", Done: done})
		}
		return err
	})
	return done, err
}

// each calls for every file that is kept. One that had to go meanwhile is not missed.
func (b SealedBlobs) each(f func(path, sha string) error) error {
	paths, err := filepath.Glob(filepath.Join(string(b.Dir), "??", "??", "*"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := f(path, filepath.Base(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func (b SealedBlobs) resealFile(path, sha string) (bool, error) {
	sealed, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	again, err := b.Vault.Reseal("blobs", "content", sha, sealed)
	if err != nil || again == nil {
		return false, err
	}
	tmp, err := b.Dir.temp()
	if err != nil {
		return false, err
	}
	defer os.Remove(tmp.Name()) // gone once it has been put in place
	_, err = tmp.Write(again)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return false, err
	}
	if _, err := os.Lstat(path); err != nil { // it had to go, and must not come back
		return false, err
	}
	return true, os.Rename(tmp.Name(), path)
}

// SealedWith counts the files by the number of the key they are sealed with.
func (b SealedBlobs) SealedWith() (map[uint32]int, error) {
	out := map[uint32]int{}
	err := b.each(func(path, _ string) error {
		key, err := keyOfFile(path, 0)
		out[key]++
		return err
	})
	return out, err
}

// keyOfFile is the number of the key that what stands in a file from some place on is sealed with.
func keyOfFile(path string, from int64) (uint32, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	head := make([]byte, 8)
	if _, err := f.ReadAt(head, from); err != nil {
		return 0, err
	}
	return models.KeyOf(head), nil
}

// firstPiece is where the first piece of an export begins, behind its length.
const firstPiece = 4

// ResealExports seals anew the files of exported lists that can still be fetched. One that is being written is left to its
// writer, and told by the next count.
func ResealExports(ctx context.Context, s *models.Store, dir string, tell func(models.Resealed)) (int, error) {
	var ids []string
	if err := s.DB.WithContext(ctx).Model(&models.Export{}).Where("state = ?", models.ExportReady).Order("id").Pluck("id", &ids).Error; err != nil {
		return 0, err
	}
	done := 0
	for _, id := range ids {
		key, err := keyOfFile(filepath.Join(dir, id), firstPiece)
		if err == nil && key == s.Vault.Key() {
			continue
		}
		if err == nil {
			err = resealExport(s.Vault, dir, id)
		}
		if err == nil {
			err = dropExpired(ctx, s, dir, id)
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return done, fmt.Errorf("export %s: %w", id, err)
		}
		done++
		tell(models.Resealed{Place: "exports", Done: done})
	}
	return done, nil
}

// dropExpired takes a file away again that a server has let expire while it was sealed anew: whoever lets it expire after this
// takes it away himself.
func dropExpired(ctx context.Context, s *models.Store, dir, id string) error {
	var n int64
	err := s.DB.WithContext(ctx).Model(&models.Export{}).Where("id = ? AND state = ?", id, models.ExportReady).Count(&n).Error
	if err != nil || n > 0 {
		return err
	}
	return os.Remove(filepath.Join(dir, id))
}

// resealExport writes the file anew beside itself and puts it in its place.
func resealExport(v *models.Vault, dir, id string) error {
	r, err := openSealedFile(dir, v, id)
	if err != nil {
		return err
	}
	defer r.Close()
	aside := filepath.Join(dir, "resealed")
	w, err := newSealedFile(aside, v, id)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	if err = errors.Join(err, w.Close()); err != nil {
		return errors.Join(err, os.Remove(filepath.Join(aside, id)))
	}
	return os.Rename(filepath.Join(aside, id), filepath.Join(dir, id))
}

// ExportsSealedWith counts the files of exported lists by the number of the key they are sealed with.
func ExportsSealedWith(dir string) (map[uint32]int, error) {
	out := map[uint32]int{}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		key, err := keyOfFile(filepath.Join(dir, e.Name()), firstPiece)
		if errors.Is(err, fs.ErrNotExist) { // expired since
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) { // one that is just being begun is empty
			return out, err
		}
		out[key]++
	}
	return out, err
}
