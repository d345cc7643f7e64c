package models

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"shouwang/internal/secretfile"
)

// Vault seals personal data of classes P2 to P5 and answers searches for exact
// values through a blind index.
//
// What is sealed is sealed with a data key, and says with which. The data keys are kept in the database, wrapped by a key
// of the key file, so that they can be changed while servers run and the key file can be changed without touching what is
// sealed (docs/decisions/0024). Values of before there were data keys say nothing, and are opened with the key of the file.
type Vault struct {
	prints []byte // the index key of the file: of prints, and of indexes until there is another
	ring   atomic.Pointer[ring]

	// file is the key file, "" for a vault that was made of keys.
	file string
	// wrap are the keys that data keys may be wrapped with, the present one first.
	wrap []cipher.AEAD
	// missed is asked when something was sealed with a key that the ring does not have.
	missed atomic.Pointer[func() error]
}

// vaultKeys is the key file, kept outside the database: what wraps the data keys, the key of blind indexes, and, where
// there are values of before there were data keys, the one key that these were sealed with, which then wraps as well
// until there is another.
type vaultKeys struct {
	Wrap  string `json:"wrap,omitempty"`
	Old   string `json:"old_wrap,omitempty"` // while data keys are being wrapped anew
	Data  string `json:"data,omitempty"`
	Index string `json:"index"`
}

// NewVault makes a vault of two 32-byte keys, one that seals, and wraps data keys once there are any, and one of indexes.
func NewVault(data, index []byte) (*Vault, error) {
	aead, err1 := newAEAD(data)
	wrap, err2 := wrapper(data)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	v, err := NewVaultWith(aead, index)
	if err != nil {
		return nil, err
	}
	v.wrap = []cipher.AEAD{wrap}
	return v, nil
}

// NewVaultWith makes a vault that seals with a cipher as it is.
func NewVaultWith(aead cipher.AEAD, index []byte) (*Vault, error) {
	if len(index) != 32 {
		return nil, errKeySize
	}
	v := &Vault{prints: index}
	v.ring.Store(&ring{keys: map[uint32]cipher.AEAD{unnamed: aead}, index: []indexKey{{raw: index}}})
	return v, nil
}

var errKeySize = errors.New("vault keys must have 32 bytes each")

func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, errKeySize
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// wrapper is the key that wraps data keys where the file has only the one that sealed before there were any: never that
// key itself.
func wrapper(data []byte) (cipher.AEAD, error) {
	if len(data) != 32 {
		return nil, errKeySize
	}
	key, err := hkdf.Key(sha256.New, data, nil, "shouwang: wraps data keys", 32)
	if err != nil {
		return nil, err
	}
	return newAEAD(key)
}

// LoadVault reads the key file and makes it, with fresh keys, when there is none.
func LoadVault(path string) (*Vault, error) {
	k, err := readKeys(path)
	if errors.Is(err, fs.ErrNotExist) {
		k, err = makeKeys(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	v := &Vault{file: path}
	return v, v.use(k)
}

// use takes the keys of a file.
func (v *Vault) use(k vaultKeys) error {
	index, err := hex.DecodeString(k.Index)
	if err != nil || len(index) != 32 {
		return fmt.Errorf("key file %s: %w", v.file, errors.Join(err, errKeySize))
	}
	keys := map[uint32]cipher.AEAD{}
	wrap, err := k.wrappers()
	if err == nil && k.Data != "" {
		keys[unnamed], err = decodeAEAD(k.Data, newAEAD)
	}
	if err != nil {
		return fmt.Errorf("key file %s: %w", v.file, err)
	}
	v.prints, v.wrap = index, wrap
	v.ring.CompareAndSwap(nil, &ring{keys: keys, index: []indexKey{{raw: index}}})
	return nil
}

// wrappers are the keys that data keys may be wrapped with, the present one first.
func (k vaultKeys) wrappers() ([]cipher.AEAD, error) {
	var out []cipher.AEAD
	for _, x := range []struct {
		text string
		make func([]byte) (cipher.AEAD, error)
	}{{k.Wrap, newAEAD}, {k.Old, newAEAD}, {k.Data, wrapper}} {
		if x.text == "" {
			continue
		}
		aead, err := decodeAEAD(x.text, x.make)
		if err != nil {
			return nil, err
		}
		out = append(out, aead)
	}
	if len(out) == 0 {
		return nil, errors.New("no key that wraps data keys")
	}
	return out, nil
}

func decodeAEAD(text string, make func([]byte) (cipher.AEAD, error)) (cipher.AEAD, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return make(raw)
}

func readKeys(path string) (k vaultKeys, err error) {
	raw, err := secretfile.Read(path)
	if err != nil {
		return k, err
	}
	return k, json.Unmarshal(raw, &k)
}

func makeKeys(path string) (vaultKeys, error) {
	k := vaultKeys{Wrap: hex.EncodeToString(random(32)), Index: hex.EncodeToString(random(32))}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return k, err
	}
	name, err := writeKeys(path, k)
	if err != nil {
		return k, err
	}
	defer os.Remove(name)
	// Two servers starting at once must not end with different keys, nor one read
	// what the other has half written: a link is made whole, by one of them.
	err = os.Link(name, path)
	if errors.Is(err, fs.ErrExist) {
		return readKeys(path)
	}
	return k, err
}

// writeKeys writes keys to a file of its own beside the key file.
func writeKeys(path string, k vaultKeys) (name string, err error) {
	raw, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "keys-*") // which nobody but its owner reads
	if err != nil {
		return "", err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}

// Seal encrypts plain for one place: table, column and row. A sealed value that
// is moved to another place does not open.
func (v *Vault) Seal(table, column, id string, plain []byte) []byte {
	r := v.ring.Load()
	aead := r.keys[r.current]
	if aead == nil {
		panic("vault: sealing before the data keys were opened")
	}
	return seal(aead, r.current, random(aead.NonceSize()), plain, place(table, column, id))
}

// Open decrypts what Seal made for the same place. Nothing sealed opens as nothing.
func (v *Vault) Open(table, column, id string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	return v.open(nil, place(table, column, id), sealed)
}

// open appends what is opened to a slice.
func (v *Vault) open(to, place, sealed []byte) ([]byte, error) {
	if id := KeyOf(sealed); id != unnamed {
		if aead := v.key(id); aead != nil {
			if plain, err := unsealed(aead, to, place, sealed[headSize:]); err == nil {
				return plain, nil
			}
		}
		// A value of before there were data keys may begin like that by chance.
	}
	aead := v.ring.Load().keys[unnamed]
	if aead == nil {
		return to, errors.New("sealed with a key that is not known, or not sealed here")
	}
	return unsealed(aead, to, place, sealed)
}

func unsealed(aead cipher.AEAD, to, place, sealed []byte) ([]byte, error) {
	n := aead.NonceSize()
	if len(sealed) < n {
		return to, errors.New("sealed value too short")
	}
	return aead.Open(to, sealed[:n], sealed[n:], place)
}

func place(table, column, id string) []byte { return appendPlace(nil, table, column, id) }

func appendPlace(to []byte, table, column, id string) []byte {
	to = append(append(to, table...), '|')
	to = append(append(to, column...), '|')
	return append(to, id...)
}

// Mark is a short print of a value of a kind: equal values have equal marks, values of two kinds never do, and two different
// ones have the same mark once in some 2^64.
//
// Prints tell that something is what it was: a long text, a finding, the row of a ledger, an address in a log. They are under
// the key of the file and stay so, because decisions and sealed records hang on them; nothing is looked up in them.
func (v *Vault) Mark(kind, value string) int64 { return indexKey{raw: v.prints}.mark(kind, value) }

// Print is a long one.
func (v *Vault) Print(value string) string { return indexKey{raw: v.prints}.text(value) }
