package evidence

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"shouwang/internal/secretfile"
)

// Checkpoint says what the tree was at a moment: how many leaves, and their root.
type Checkpoint struct {
	// Origin names the log: it is the name of its key.
	Origin string
	Size   int64
	Root   tlog.Hash
	At     time.Time
}

// Text is the body of the signed note: origin, size, root, and one line with the time.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\n", c.Origin, c.Size, c.Root, Moment(c.At))
}

func parseCheckpoint(text string) (c Checkpoint, err error) {
	line := strings.Split(text, "\n")
	if len(line) < 5 || !strings.HasPrefix(line[3], "time ") {
		return c, errors.New("检查点格式不对")
	}
	var errs [3]error
	c.Origin = line[0]
	c.Size, errs[0] = strconv.ParseInt(line[1], 10, 64)
	c.Root, errs[1] = tlog.ParseHash(line[2])
	c.At, errs[2] = time.Parse(time.RFC3339Nano, strings.TrimPrefix(line[3], "time "))
	return c, errors.Join(errs[:]...)
}

// Open checks the signature of a note and gives the checkpoint in it.
func Open(signed []byte, publicKey string) (Checkpoint, error) {
	v, err := note.NewVerifier(strings.TrimSpace(publicKey))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("公钥不可用：%w", err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("检查点的签名不成立：%w", err)
	}
	return parseCheckpoint(n.Text)
}

// Key signs checkpoints. Public is the text by which others check them.
type Key struct {
	Private string `json:"private"`
	Public  string `json:"public"`
}

// Sign makes the signed note of a checkpoint, whose origin it sets.
func (k *Key) Sign(c Checkpoint) ([]byte, error) {
	s, err := note.NewSigner(k.Private)
	if err != nil {
		return nil, err
	}
	c.Origin = s.Name()
	return note.Sign(&note.Note{Text: c.Text()}, s)
}

// NewKey makes an Ed25519 key with a name of its own.
func NewKey() (*Key, error) {
	name := make([]byte, 8)
	_, _ = rand.Read(name) // never fails since Go 1.24
	private, public, err := note.GenerateKey(rand.Reader, "shouwang-"+hex.EncodeToString(name))
	return &Key{Private: private, Public: public}, err
}

// ErrNoKey says that there is no key file.
var ErrNoKey = errors.New("没有签署检查点的密钥文件")

// LoadKey reads the key file.
func LoadKey(path string) (*Key, error) {
	raw, err := secretfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w：%s", ErrNoKey, path)
	}
	if err != nil {
		return nil, err
	}
	var k Key
	if err := json.Unmarshal(raw, &k); err != nil {
		return nil, fmt.Errorf("密钥文件 %s：%w", path, err)
	}
	return &k, nil
}

// MakeKey makes the key file, unless there is one, and reads it.
func MakeKey(path string) (*Key, error) {
	if k, err := LoadKey(path); !errors.Is(err, ErrNoKey) {
		return k, err
	}
	k, err := NewKey()
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	// Whole or not at all, and made by one of several servers that start at once.
	if err := WriteOnce(path, raw); err != nil {
		return nil, err
	}
	return LoadKey(path)
}

// WriteOnce puts a file in place, whole and on the disk, for its owner alone; a file that is there already stays.
func WriteOnce(path string, raw []byte) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
