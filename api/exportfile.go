package api

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"shouwang/models"
)

// Files of exports are sealed piece by piece: neither writing nor reading holds more than one piece. Each piece knows its
// place and whether it is the last, so that a file that was cut or put together anew does not open.
const sealedPiece = 64 << 10

type sealedWriter struct {
	f     *os.File
	vault *models.Vault
	id    string
	n     int
	buf   []byte
	size  int64
}

func pieceID(id string, n int, last bool) string { return fmt.Sprintf("%s/%d/%t", id, n, last) }

// newSealedFile makes the file of an export in a folder, in place of one that was begun before.
func newSealedFile(dir string, v *models.Vault, id string) (*sealedWriter, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, id), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	return &sealedWriter{f: f, vault: v, id: id}, err
}

// Write keeps what does not fill a piece.
func (w *sealedWriter) Write(p []byte) (int, error) {
	w.buf = append(w.buf, p...)
	w.size += int64(len(p))
	for len(w.buf) > sealedPiece {
		if err := w.piece(w.buf[:sealedPiece], false); err != nil {
			return 0, err
		}
		w.buf = append(w.buf[:0], w.buf[sealedPiece:]...)
	}
	return len(p), nil
}

func (w *sealedWriter) piece(plain []byte, last bool) error {
	sealed := w.vault.Seal("exports", "file", pieceID(w.id, w.n, last), plain)
	w.n++
	if err := binary.Write(w.f, binary.BigEndian, uint32(len(sealed))); err != nil {
		return err
	}
	_, err := w.f.Write(sealed)
	return err
}

// Close writes the last piece.
func (w *sealedWriter) Close() error {
	return errors.Join(w.piece(w.buf, true), w.f.Sync(), w.f.Close())
}

// sealedReader reads what a sealedWriter wrote.
type sealedReader struct {
	f     *os.File
	vault *models.Vault
	id    string
	n     int
	rest  []byte
	done  bool
}

func openSealedFile(dir string, v *models.Vault, id string) (*sealedReader, error) {
	f, err := os.Open(filepath.Join(dir, id))
	return &sealedReader{f: f, vault: v, id: id}, err
}

// Read gives the plain bytes.
func (r *sealedReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.done {
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *sealedReader) next() error {
	var size uint32
	if err := binary.Read(r.f, binary.BigEndian, &size); err != nil || size > 2*sealedPiece {
		return errors.Join(errors.New("export file is cut short"), err)
	}
	sealed := make([]byte, size)
	if _, err := io.ReadFull(r.f, sealed); err != nil {
		return err
	}
	plain, err := r.vault.Open("exports", "file", pieceID(r.id, r.n, false), sealed)
	if err != nil {
		if plain, err = r.vault.Open("exports", "file", pieceID(r.id, r.n, true), sealed); err != nil {
			return fmt.Errorf("export file: %w", err)
		}
		r.done = true
	}
	r.n++
	r.rest = plain
	return nil
}

// Close closes the file.
func (r *sealedReader) Close() error { return r.f.Close() }
