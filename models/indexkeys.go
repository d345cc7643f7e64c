package models

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"gorm.io/gorm"
)

// indexKey is a key of blind indexes; that of the key file has no number.
//
// What is looked for by an exact value stands in the register as a keyed hash: identity numbers, telephone numbers, names of
// children, and how lists name somebody. A row says under which key all of its hashes are. While the key is being changed
// values are looked for under every key that rows may bear, and written under the newest that is in use.
type indexKey struct {
	id  uint32
	raw []byte
}

func (k indexKey) sum(parts ...string) []byte {
	m := hmac.New(sha256.New, k.raw)
	for _, p := range parts {
		m.Write([]byte(p))
	}
	return m.Sum(nil)
}

func (k indexKey) text(value string) string {
	return hex.EncodeToString(k.sum(strings.ToUpper(strings.TrimSpace(value))))
}

func (k indexKey) mark(kind, value string) int64 {
	return int64(binary.BigEndian.Uint64(k.sum(kind, "\x00", value)))
}

func (k indexKey) phone(number string) *int64 {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, number)
	if digits == "" {
		return nil
	}
	mark := k.mark("phone", digits)
	return &mark
}

func (k indexKey) name(name string) string {
	return fmt.Sprintf("%s%016x", sealedName, uint64(k.mark("name", name)))
}

// spelling is the mark of how a name is spelled.
func (k indexKey) spelling(pinyin string) string {
	return fmt.Sprintf("%s%016x", sealedName, uint64(k.mark("pinyin", pinyin)))
}

// sealedName begins what stands in a row in place of a name.
const sealedName = "#"

// writing is the key that new rows bear.
func (v *Vault) writing() indexKey { return v.ring.Load().index[0] }

// numbered is the key that a row bears.
func (v *Vault) numbered(id uint32) (indexKey, bool) {
	for _, k := range v.ring.Load().index {
		if k.id == id {
			return k, true
		}
	}
	return indexKey{}, false
}

// Index is the blind index of a value such as an identity number, as it is written now: equal values have equal indexes,
// and nobody without the key can compute one.
func (v *Vault) Index(value string) string { return v.writing().text(value) }

// Indexes are all under which a value may stand, first as it is written now.
func (v *Vault) Indexes(value string) []string { return underEach(v, value, indexKey.text) }

// NameMark stands in a row for a name that is sealed, as it is written now.
func (v *Vault) NameMark(name string) string { return v.writing().name(name) }

// NameMarks are all that may stand for a name: by them alone whoever has the keys finds the row.
func (v *Vault) NameMarks(name string) []string { return underEach(v, name, indexKey.name) }

// PhoneMarks are all that may stand for a telephone number, none for none.
func (v *Vault) PhoneMarks(number string) []int64 {
	var out []int64
	for _, m := range underEach(v, number, indexKey.phone) {
		if m != nil {
			out = append(out, *m)
		}
	}
	return out
}

func underEach[T any](v *Vault, value string, f func(indexKey, string) T) []T {
	keys := v.ring.Load().index
	out := make([]T, len(keys))
	for i, k := range keys {
		out[i] = f(k, value)
	}
	return out
}

// IndexKey is the number of the key that indexes are written under, 0 for that of the key file.
func (v *Vault) IndexKey() uint32 { return v.writing().id }

// IndexChanging reports whether rows may bear several keys.
func (v *Vault) IndexChanging() bool { return len(v.ring.Load().index) > 1 }

// MarkPhone gives the telephone mark that is missing in a row, under the key of the others in it; none if that is not known
// any more, since the row has another by now.
func (h *Household) MarkPhone(v *Vault, number string) {
	h.PhoneMark = v.phoneUnder(h.IndexKey, number)
}

// MarkPhone gives the telephone mark that is missing in a row, as that of a household.
func (p *Person) MarkPhone(v *Vault, number string) { p.PhoneMark = v.phoneUnder(p.IndexKey, number) }

func (v *Vault) phoneUnder(id uint32, number string) *int64 {
	if k, known := v.numbered(id); known {
		return k.phone(number)
	}
	return nil
}

// usedFirst are the keys of rows that values may stand under, that which is written first: of an older one nothing is left
// when the one in use is done. One that is not in use yet may be used by another server a moment later.
func usedFirst(file indexKey, rows []DataKey, raw func(*DataKey) ([]byte, error)) ([]indexKey, error) {
	used := -1
	for i := range rows {
		if rows[i].Kind == kindIndex && rows[i].UsedAt != nil {
			used = i
		}
	}
	var out []indexKey
	for i := range rows {
		if rows[i].Kind != kindIndex || i < used && rows[used].DoneAt != nil {
			continue
		}
		key, err := raw(&rows[i])
		if err != nil {
			return nil, err
		}
		out = append(out, indexKey{rows[i].ID, key})
		if i == used {
			out[0], out[len(out)-1] = out[len(out)-1], out[0]
		}
	}
	switch {
	case used < 0:
		out = append([]indexKey{file}, out...)
	case rows[used].DoneAt == nil:
		out = append(out, file)
	}
	return out, nil
}

// Alone has the transactions that write values which must stand once wait for each other while the key is being changed: two
// servers may write the same one under two keys, which no constraint of the database sees. It comes before one looks. A
// process that has missed a new key, because it watches for none or stood still, has learned of it afterwards.
func (v *Vault) Alone(tx *gorm.DB) error {
	if err := v.learn(tx); err != nil {
		return err
	}
	if !v.IndexChanging() || tx.Name() != "postgres" { // who writes to SQLite is alone
		return nil
	}
	return tx.Exec("SELECT pg_advisory_xact_lock(?)", indexLock).Error
}

const indexLock = 0x5357_0047

// learn reads the keys again when there is an index key that is not known.
func (v *Vault) learn(tx *gorm.DB) error {
	look := v.missed.Load()
	if look == nil { // no keys but those it was made of
		return nil
	}
	var newest uint32
	err := tx.Model(&DataKey{}).Where("kind = ?", kindIndex).Select("COALESCE(MAX(id), 0)").Scan(&newest).Error
	if _, known := v.numbered(newest); err != nil || newest == unnamed || known {
		return err
	}
	return (*look)()
}

// OnlyOnce refuses people whose identity number somebody else has under another key, as the constraint of the column does
// under the same one. SetSecret comes before it.
func OnlyOnce(tx *gorm.DB, v *Vault, people ...*Person) error {
	if err := v.Alone(tx); err != nil {
		return err
	}
	keys := v.ring.Load().index
	for _, p := range people {
		if p.IDIndex == nil || p.IndexKey == keys[0].id && len(p.others) == len(keys)-1 {
			continue
		}
		secret, err := p.Secret(v) // there are other keys than when it was sealed
		if err == nil {
			err = p.SetSecret(v, secret)
		}
		if err != nil {
			return err
		}
	}
	own := map[string]string{}
	for i := range people {
		for _, x := range people[i].others {
			own[x] = people[i].ID
		}
	}
	if len(own) == 0 {
		return nil
	}
	for part := range slices.Chunk(slices.Collect(maps.Keys(own)), resealBatch) {
		var there []Person
		if err := tx.Select("id", "id_index").Where("id_index IN ?", part).Find(&there).Error; err != nil {
			return err
		}
		for _, p := range there {
			if own[*p.IDIndex] != p.ID {
				return fmt.Errorf("identity number: %w", gorm.ErrDuplicatedKey)
			}
		}
	}
	return nil
}

// NewIndexKey makes a key of indexes that servers know and do not use yet. One that was made and never used is taken.
func (s *Store) NewIndexKey(ctx context.Context) error {
	var waiting int64
	if err := s.indexKeys(ctx).Where("used_at IS NULL").Count(&waiting).Error; err != nil || waiting > 0 {
		return err
	}
	_, err := s.makeKey(ctx, kindIndex)
	return err
}

// UseIndexKey has the newest key of indexes used: at once here, by other servers within moments. All must know it by then.
func (s *Store) UseIndexKey(ctx context.Context) error {
	err := s.indexKeys(ctx).Where("used_at IS NULL").Update("used_at", now()).Error
	if err != nil {
		return err
	}
	return s.ReadKeys(ctx)
}

func (s *Store) indexKeys(ctx context.Context) *gorm.DB {
	return s.DB.WithContext(ctx).Model(&DataKey{}).Where("kind = ?", kindIndex)
}

// indexed are the tables with rows that bear an index key.
var indexed = []string{"people", "households", "dept_matches"}

// Reindex computes anew, under the key in use, all indexes that are under another, in batches between which others work on.
// Who writes a row meanwhile wins. It may be interrupted and begun again: what is done is passed by. named is the text that
// the doubts of lists are found by.
func (s *Store) Reindex(ctx context.Context, named func(DeptWho) string, tell func(Resealed)) (int, error) {
	key := s.Vault.writing()
	total := 0
	for _, step := range []func() (int, error){
		func() (int, error) { return reindexRows(ctx, s, key.id, "people", s.reindexPerson(key), tell) },
		func() (int, error) { return reindexRows(ctx, s, key.id, "households", s.reindexHousehold(key), tell) },
		func() (int, error) {
			return reindexRows(ctx, s, key.id, "dept_matches", s.reindexDoubt(key, named), tell)
		},
	} {
		n, err := step()
		if total += n; err != nil {
			return total, err
		}
	}
	return total, nil
}

// reindexed are the columns of a row that are written, with what of it must be as it was read.
type reindexed struct {
	id     string
	key    uint32
	sealed []byte
	set    map[string]any
}

func reindexRows[T any](ctx context.Context, s *Store, key uint32, table string, anew func(*T) (reindexed, error), tell func(Resealed)) (int, error) {
	done, last := 0, ""
	for {
		var rows []T
		err := s.DB.WithContext(ctx).Table(table).Where("id > ? AND index_key <> ?", last, key).Order("id").Limit(resealBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return done, err
		}
		err = s.Tx(ctx, func(tx *gorm.DB) error {
			for i := range rows {
				r, err := anew(&rows[i])
				if err == nil {
					last, r.set["index_key"] = r.id, key
					same := tx.Table(table).Where("id = ? AND index_key = ?", r.id, r.key)
					if r.sealed == nil {
						same = same.Where("sealed IS NULL")
					} else {
						same = same.Where("sealed = ?", r.sealed)
					}
					err = same.UpdateColumns(r.set).Error
				}
				if err != nil {
					return fmt.Errorf("%s row %s: %w", table, r.id, err)
				}
			}
			return nil
		})
		if err != nil {
			return done, err
		}
		done += len(rows)
		tell(Resealed{table + ".index_key", done})
	}
}

func (s *Store) reindexPerson(key indexKey) func(*Person) (reindexed, error) {
	return func(p *Person) (reindexed, error) {
		r := reindexed{p.ID, p.IndexKey, p.Sealed, map[string]any{}}
		marked := strings.HasPrefix(p.Name, sealedName)
		secret, err := p.Secret(s.Vault)
		if err != nil {
			return r, err
		}
		if p.IDIndex != nil {
			r.set["id_index"] = key.text(secret.IDNo)
		}
		if p.PhoneMark != nil {
			r.set["phone_mark"] = key.phone(secret.Phone)
		}
		if marked {
			r.set["name"] = key.name(p.Name)
			r.set["name_pinyin"], r.set["name_abbr"] = p.spelled(key, p.Name, true)
		}
		return r, nil
	}
}

func (s *Store) reindexHousehold(key indexKey) func(*Household) (reindexed, error) {
	return func(h *Household) (reindexed, error) {
		r := reindexed{h.ID, h.IndexKey, h.Sealed, map[string]any{}}
		secret, err := h.Secret(s.Vault)
		if h.PhoneMark != nil {
			r.set["phone_mark"] = key.phone(secret.Phone)
		}
		return r, err
	}
}

func (s *Store) reindexDoubt(key indexKey, named func(DeptWho) string) func(*DeptMatch) (reindexed, error) {
	return func(m *DeptMatch) (reindexed, error) {
		r := reindexed{m.ID, m.IndexKey, m.Sealed, map[string]any{}}
		if len(m.Sealed) == 0 { // erased
			return r, nil
		}
		who, err := m.Who(s.Vault)
		r.set["match_key"] = key.text(named(who))
		return r, err
	}
}

// IndexedWith counts the rows by the number of the key that their indexes are under.
func (s *Store) IndexedWith(ctx context.Context) (map[uint32]int, error) {
	out := map[uint32]int{}
	for _, table := range indexed {
		var counts []struct {
			Key uint32
			N   int
		}
		err := s.DB.WithContext(ctx).Table(table).Select("index_key AS key, COUNT(*) AS n").Group("index_key").Scan(&counts).Error
		if err != nil {
			return nil, err
		}
		for _, c := range counts {
			out[c.Key] += c.N
		}
	}
	return out, nil
}

// IndexDone notes that nothing bears an older index key, and says how many rows do if that is not so. Values are looked for
// under the key in use alone afterwards.
func (s *Store) IndexDone(ctx context.Context) (left int, err error) {
	counts, err := s.IndexedWith(ctx)
	if err != nil {
		return 0, err
	}
	key := s.Vault.IndexKey()
	for id, n := range counts {
		if id != key {
			left += n
		}
	}
	if left > 0 {
		return left, nil
	}
	if err := s.indexKeys(ctx).Where("id = ? AND done_at IS NULL", key).Update("done_at", now()).Error; err != nil {
		return 0, err
	}
	return 0, s.ReadKeys(ctx)
}

// DropIndexKeys deletes the index keys older than the one in use that no row bears. It refuses while the change is not done.
func (s *Store) DropIndexKeys(ctx context.Context) (int64, error) {
	old := s.indexKeys(ctx).Where("id < ?", s.Vault.IndexKey())
	for _, table := range indexed {
		old = old.Where("NOT EXISTS (SELECT 1 FROM " + table + " t WHERE t.index_key = data_keys.id)")
	}
	res := old.Where("EXISTS (SELECT 1 FROM data_keys u WHERE u.kind = ? AND u.id = ? AND u.done_at IS NOT NULL)", kindIndex, s.Vault.IndexKey()).Delete(&DataKey{})
	return res.RowsAffected, res.Error
}
