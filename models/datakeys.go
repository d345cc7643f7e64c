package models

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"gorm.io/gorm"
)

// DataKey is a key that personal data are sealed with, wrapped by the key of the key file. New values are sealed with the
// newest; those sealed with an older one say so and open until they have been sealed anew.
type DataKey struct {
	ID        uint32 `gorm:"primaryKey;autoIncrement:false"`
	Wrapped   []byte
	CreatedAt time.Time
	RetiredAt *time.Time // when nothing was sealed with it any more

	// Kind is data for a key that seals, index for one of blind indexes. Since UsedAt indexes are written under it, and since
	// DoneAt nothing bears an older one.
	Kind   string
	UsedAt *time.Time
	DoneAt *time.Time
}

// Kinds of keys.
const (
	kindData  = "data"
	kindIndex = "index"
)

// ring are the data keys by their numbers, and the index keys that rows may bear, that which new ones do first.
type ring struct {
	keys    map[uint32]cipher.AEAD
	current uint32
	index   []indexKey
}

// unnamed stands for the key of the file, which seals as long as there are no data keys: its values bear no number.
const unnamed = 0

// Sealed values begin with these four bytes and the number of their key.
var headMark = []byte{0xf5, 'S', 'W', 2}

const headSize = 8

// KeyOf is the number of the data key that a value says it was sealed with, 0 when it says none.
func KeyOf(sealed []byte) uint32 {
	if len(sealed) < headSize || !bytes.Equal(sealed[:4], headMark) {
		return unnamed
	}
	return binary.BigEndian.Uint32(sealed[4:])
}

func headOf(key uint32) []byte {
	if key == unnamed {
		return nil
	}
	return binary.BigEndian.AppendUint32(bytes.Clone(headMark), key)
}

func seal(aead cipher.AEAD, key uint32, nonce, plain, place []byte) []byte {
	out := make([]byte, 0, headSize+len(nonce)+len(plain)+aead.Overhead())
	out = append(append(out, headOf(key)...), nonce...)
	return aead.Seal(out, nonce, plain, place)
}

// Nonce is the random part of what is sealed, another one each time something is sealed and the same when it is only
// sealed anew with another key: it tells whether a value was written since.
func Nonce(sealed []byte) []byte {
	if KeyOf(sealed) != unnamed {
		sealed = sealed[headSize:]
	}
	return sealed[:min(len(sealed), 12)]
}

// Reseal seals a value of a place with the present key; nil when it is sealed with that already. It keeps the random part,
// which no other value under the new key has, so that whoever compares that part sees that nothing has changed.
func (v *Vault) Reseal(table, column, id string, sealed []byte) ([]byte, error) {
	r := v.ring.Load()
	if len(sealed) == 0 || KeyOf(sealed) == r.current {
		return nil, nil
	}
	plain, err := v.Open(table, column, id, sealed)
	if err != nil {
		return nil, err
	}
	aead, nonce := r.keys[r.current], Nonce(sealed)
	if len(nonce) != aead.NonceSize() {
		return nil, errors.New("sealed value too short")
	}
	return seal(aead, r.current, nonce, plain, place(table, column, id)), nil
}

// key is a data key by its number. One that was made since is looked for.
func (v *Vault) key(id uint32) cipher.AEAD {
	if aead := v.ring.Load().keys[id]; aead != nil {
		return aead
	}
	if look := v.missed.Load(); look != nil && (*look)() == nil {
		return v.ring.Load().keys[id]
	}
	return nil
}

// Key is the number of the key that new values are sealed with.
func (v *Vault) Key() uint32 { return v.ring.Load().current }

func wrapPlace(id uint32) []byte { return place("data_keys", "wrapped", fmt.Sprint(id)) }

// newDataKey makes a key with a number, wrapped.
func (v *Vault) newDataKey(kind string, id uint32, now time.Time) DataKey {
	w := v.wrap[0]
	nonce := random(w.NonceSize())
	return DataKey{ID: id, Kind: kind, Wrapped: w.Seal(nonce, nonce, random(32), wrapPlace(id)), CreatedAt: now}
}

// unwrap opens a data key with one of the keys of the file.
func (v *Vault) unwrap(k *DataKey) ([]byte, error) {
	for _, w := range v.wrap {
		if raw, err := unsealed(w, nil, wrapPlace(k.ID), k.Wrapped); err == nil {
			return raw, nil
		}
	}
	return nil, fmt.Errorf("data key %d does not open with the key file %s", k.ID, v.file)
}

// OpenKeys reads the data keys, making the first when there is none. From then on everything is sealed with the newest
// key. Several servers may do so at once.
func (s *Store) OpenKeys(ctx context.Context) error {
	if len(s.Vault.wrap) == 0 {
		return nil // a vault made of a cipher has no other keys
	}
	var n int64
	if err := s.DB.WithContext(ctx).Model(&DataKey{}).Count(&n).Error; err != nil {
		return err
	}
	if n == 0 {
		k := s.Vault.newDataKey(kindData, 1, now())
		if err := s.DB.WithContext(ctx).Create(&k).Error; err != nil && !Duplicate(err) {
			return err
		}
	}
	if err := s.ReadKeys(ctx); err != nil {
		return err
	}
	look := func() error { return s.ReadKeys(context.WithoutCancel(ctx)) }
	s.Vault.missed.Store(&look)
	return nil
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// ReadKeys reads the data keys again. It goes by connections that no transaction holds: whoever waits for it may be in one.
func (s *Store) ReadKeys(ctx context.Context) error {
	v := s.Vault
	if len(v.wrap) == 0 {
		return nil
	}
	var rows []DataKey
	if err := s.Unsynced(ctx).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	before := v.ring.Load()
	next := &ring{keys: maps.Clone(before.keys), current: before.current}
	for i := range rows {
		id := rows[i].ID
		if rows[i].Kind != kindData {
			continue
		}
		if next.keys[id] == nil {
			aead, err := v.opened(&rows[i])
			if err != nil {
				return err
			}
			next.keys[id] = aead
		}
		next.current = max(next.current, id)
	}
	var err error
	if next.index, err = usedFirst(indexKey{raw: v.prints}, rows, v.rawIndex); err != nil {
		return err
	}
	v.ring.Store(next)
	return nil
}

// opened is a data key ready for use.
func (v *Vault) opened(k *DataKey) (cipher.AEAD, error) {
	raw, err := v.unwrapped(k)
	if err != nil {
		return nil, err
	}
	return newAEAD(raw)
}

// rawIndex is an index key, that of the ring if it is there.
func (v *Vault) rawIndex(k *DataKey) ([]byte, error) {
	if known, there := v.numbered(k.ID); there {
		return known.raw, nil
	}
	return v.unwrapped(k)
}

// unwrapped opens a key. The key file may have been changed meanwhile.
func (v *Vault) unwrapped(k *DataKey) ([]byte, error) {
	raw, err := v.unwrap(k)
	if err != nil && v.file != "" {
		keys, readErr := readKeys(v.file)
		if readErr != nil {
			return nil, errors.Join(err, readErr)
		}
		fresh := &Vault{file: v.file}
		if useErr := fresh.use(keys); useErr != nil {
			return nil, errors.Join(err, useErr)
		}
		raw, err = fresh.unwrap(k)
	}
	return raw, err
}

// keyWatch is how often a server looks for a newer data key.
const keyWatch = 5 * time.Second

// WatchKeys has a server seal with a new data key soon after there is one. It returns when ctx ends.
func (s *Store) WatchKeys(ctx context.Context, failed func(error)) {
	t := time.NewTicker(keyWatch)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := s.ReadKeys(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

// KeysSeen waits until every server that runs has looked for a newer data key since now.
func (s *Store) KeysSeen(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * keyWatch):
		return nil
	}
}

// NewKey makes a data key that everything is sealed with from now on, here at once and by other servers within moments.
func (s *Store) NewKey(ctx context.Context) (uint32, error) {
	return s.makeKey(ctx, kindData)
}

// makeKey makes a key of a kind; all are numbered together.
func (s *Store) makeKey(ctx context.Context, kind string) (uint32, error) {
	var last uint32
	if err := s.DB.WithContext(ctx).Model(&DataKey{}).Select("COALESCE(MAX(id), 0)").Scan(&last).Error; err != nil {
		return 0, err
	}
	k := s.Vault.newDataKey(kind, last+1, now())
	if err := s.DB.WithContext(ctx).Create(&k).Error; err != nil {
		return 0, err // another has just made one: nobody needs two
	}
	return k.ID, s.ReadKeys(ctx)
}

// Rekey puts a new key into the key file and wraps all data keys with it. Interrupted, it is begun again: until the last
// step the file holds both keys. Whoever has only the old file cannot open the data keys afterwards.
func (s *Store) Rekey(ctx context.Context, dropData bool) error {
	v := s.Vault
	if v.file == "" {
		return errors.New("this vault has no key file")
	}
	k, err := readKeys(v.file)
	if err != nil {
		return err
	}
	if k.Old == "" { // else it was interrupted after this step
		k.Old, k.Wrap = k.Wrap, hex.EncodeToString(random(32))
	}
	if err := replaceKeys(v.file, k); err != nil {
		return err
	}
	if err := v.use(k); err != nil {
		return err
	}
	if err := s.Tx(ctx, s.wrapAnew); err != nil {
		return err
	}
	k.Old = ""
	if dropData {
		k.Data = ""
	}
	if err := replaceKeys(v.file, k); err != nil {
		return err
	}
	return v.use(k)
}

func (s *Store) wrapAnew(tx *gorm.DB) error {
	var rows []DataKey
	if err := Locked(tx).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	w := s.Vault.wrap[0]
	for i := range rows {
		raw, err := s.Vault.unwrap(&rows[i])
		if err != nil {
			return err
		}
		nonce := random(w.NonceSize())
		wrapped := w.Seal(nonce, nonce, raw, wrapPlace(rows[i].ID))
		if err := tx.Model(&DataKey{}).Where("id = ?", rows[i].ID).Update("wrapped", wrapped).Error; err != nil {
			return err
		}
	}
	return nil
}

// replaceKeys writes the key file whole or not at all.
func replaceKeys(path string, k vaultKeys) error {
	name, err := writeKeys(path, k)
	if err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
