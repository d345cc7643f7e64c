package models

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// Vault seals personal data of classes P2 to P5 and answers searches for exact
// values through a blind index.
type Vault struct {
	aead  cipher.AEAD
	index []byte
}

// vaultKeys is the key file: two different keys, kept outside the database.
type vaultKeys struct {
	Data  string `json:"data"`
	Index string `json:"index"`
}

// NewVault makes a vault of two 32-byte keys.
func NewVault(data, index []byte) (*Vault, error) {
	if len(data) != 32 || len(index) != 32 {
		return nil, errors.New("vault keys must have 32 bytes each")
	}
	block, err := aes.NewCipher(data)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Vault{aead: aead, index: index}, nil
}

// LoadVault reads the key file and makes it, with fresh keys, when there is none.
func LoadVault(path string) (*Vault, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = makeKeys(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	var k vaultKeys
	if err := json.Unmarshal(raw, &k); err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	data, err1 := hex.DecodeString(k.Data)
	index, err2 := hex.DecodeString(k.Index)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return NewVault(data, index)
}

func makeKeys(path string) ([]byte, error) {
	k := vaultKeys{Data: hex.EncodeToString(random(32)), Index: hex.EncodeToString(random(32))}
	raw, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "keys-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	// Two servers starting at once must not end with different keys, nor one read
	// what the other has half written: a link is made whole, by one of them.
	err = os.Link(f.Name(), path)
	if errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	}
	return raw, err
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}

// Seal encrypts plain for one place: table, column and row. A sealed value that
// is moved to another place does not open.
func (v *Vault) Seal(table, column, id string, plain []byte) []byte {
	nonce := random(v.aead.NonceSize())
	return v.aead.Seal(nonce, nonce, plain, place(table, column, id))
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
	n := v.aead.NonceSize()
	if len(sealed) < n {
		return to, errors.New("sealed value too short")
	}
	return v.aead.Open(to, sealed[:n], sealed[n:], place)
}

func place(table, column, id string) []byte { return appendPlace(nil, table, column, id) }

func appendPlace(to []byte, table, column, id string) []byte {
	to = append(append(to, table...), '|')
	to = append(append(to, column...), '|')
	return append(to, id...)
}

// Mark is a short keyed hash of a value of a kind: equal values have equal marks, values of two kinds never do, and two
// different ones have the same mark once in some 2^64.
func (v *Vault) Mark(kind, value string) int64 {
	m := hmac.New(sha256.New, v.index)
	m.Write([]byte(kind))
	m.Write([]byte{0})
	m.Write([]byte(value))
	return int64(binary.BigEndian.Uint64(m.Sum(nil)))
}

// PhoneMark is the mark of a telephone number, nil of none.
func (v *Vault) PhoneMark(number string) *int64 {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, number)
	if digits == "" {
		return nil
	}
	mark := v.Mark("phone", digits)
	return &mark
}

// Index is the blind index of a value such as an identity number: equal values
// have equal indexes, and nobody without the key can compute one.
func (v *Vault) Index(value string) string {
	m := hmac.New(sha256.New, v.index)
	m.Write([]byte(strings.ToUpper(strings.TrimSpace(value))))
	return hex.EncodeToString(m.Sum(nil))
}
