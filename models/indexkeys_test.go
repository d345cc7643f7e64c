package models_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/models"
)

func named(w models.DeptWho) string { return w.IDNo + "|" + w.Name }

// numberOf is an invented identity number.
func numberOf(i int) string { return fmt.Sprintf("99010119700101%04d", i) }

// enrol writes somebody with a number, a telephone and, if a child, a name that is sealed.
func enrol(s *models.Store, i int) error {
	id := fmt.Sprintf("p%04d", i)
	p := models.Person{ID: id, HouseholdID: "h1", Name: "甲" + id, Ord: i, IDIndex: new(s.Vault.Index(numberOf(i)))}
	secret := models.PersonSecret{IDNo: numberOf(i), Phone: fmt.Sprintf("139%08d", i), BirthDate: "1970-01-01"}
	if i%3 == 0 {
		secret.BirthDate = time.Now().AddDate(-3, 0, 0).Format(time.DateOnly)
	}
	if err := p.SetSecret(s.Vault, secret); err != nil {
		return err
	}
	return s.DB.Transaction(func(tx *gorm.DB) error {
		if err := models.OnlyOnce(tx, s.Vault, &p); err != nil {
			return err
		}
		return tx.Create(&p).Error
	})
}

// found requires each of the first n to be found by everything that is looked for, by a server.
func found(t *testing.T, s *models.Store, n int) {
	t.Helper()
	count := func(where string, args ...any) int64 {
		var rows int64
		require.NoError(t, s.DB.Model(&models.Person{}).Where(where, args...).Count(&rows).Error)
		return rows
	}
	for i := range n {
		id := fmt.Sprintf("p%04d", i)
		require.EqualValues(t, 1, count("id = ? AND id_index IN ?", id, s.Vault.Indexes(numberOf(i))), id)
		require.EqualValues(t, 1, count("id = ? AND phone_mark IN ?", id, s.Vault.PhoneMarks(fmt.Sprintf("139%08d", i))), id)
		require.EqualValues(t, 1, count("id = ? AND name IN ?", id, append(s.Vault.NameMarks("甲"+id), "甲"+id)), id)
		var p models.Person
		require.NoError(t, s.DB.Where("id = ?", id).Take(&p).Error)
		_, err := p.Secret(s.Vault)
		require.NoError(t, err)
		require.Equal(t, "甲"+id, p.Name)
	}
	require.EqualValues(t, 1, count("1 = 1 AND id IN (SELECT 'p0000') AND (SELECT COUNT(*) FROM households WHERE phone_mark IN ?) = 1", s.Vault.PhoneMarks("13900000000")))
	var doubts int64
	require.NoError(t, s.DB.Model(&models.DeptMatch{}).Where("area = '990101' AND match_key IN ?", s.Vault.Indexes(named(models.DeptWho{Name: "乙", IDNo: numberOf(1)}))).Count(&doubts).Error)
	require.EqualValues(t, 1, doubts)
}

// The key of blind indexes is changed under servers that run: what is looked for is found before, half-way, after an
// interruption and afterwards, by servers that know of the key and by those that do not use it yet; nobody is enrolled twice
// meanwhile; and the old key goes when nothing bears it, not before.
func TestIndexKeyChanges(t *testing.T) {
	eachDSN(t, func(t *testing.T, dsn string) {
		const all = 1100 // three batches
		ctx, file := t.Context(), filepath.Join(t.TempDir(), "keys.json")
		s, other := keyed(t, dsn, file), keyed(t, dsn, file)
		h := models.Household{ID: "h1", No: "1", RegionCode: "990101001001", HeadName: "甲", BaseType: "ordinary", Status: "none"}
		require.NoError(t, h.SetSecret(s.Vault, models.HouseholdSecret{Phone: "13900000000"}))
		require.NoError(t, s.DB.Create(&h).Error)
		list := models.DeptList{ID: "l1", Kind: "dibao", RegionCode: "990101", Mapping: map[string]string{}}
		require.NoError(t, s.DB.Create(&list).Error)
		doubt := models.DeptMatch{ID: "m1", Area: "990101", ListID: "l1", Candidates: []string{}}
		who := models.DeptWho{Name: "乙", IDNo: numberOf(1)}
		require.NoError(t, doubt.SetWho(s.Vault, who, named(who)))
		require.NoError(t, s.DB.Create(&doubt).Error)
		gone := models.DeptMatch{ID: "m2", Area: "990101", ListID: "l1", MatchKey: "erased:m2", Candidates: []string{}}
		require.NoError(t, s.DB.Create(&gone).Error)
		// The rows in the middle are of no account to what is tried, but for there being many.
		require.NoError(t, s.DB.Transaction(func(tx *gorm.DB) error {
			filling := *s
			filling.DB = tx
			for i := range all {
				if err := enrol(&filling, i); err != nil {
					return err
				}
			}
			return nil
		}))
		found(t, s, 4)
		before := indexes(t, s)
		print := s.Vault.Print("x")

		change := func(last uint32) uint32 {
			require.NoError(t, s.NewIndexKey(ctx))
			require.NoError(t, s.NewIndexKey(ctx), "one that waits is taken")
			require.NoError(t, other.ReadKeys(ctx))
			require.Equal(t, last, s.Vault.IndexKey(), "known, not used")
			require.True(t, other.Vault.IndexChanging())
			require.NoError(t, s.UseIndexKey(ctx))
			require.Greater(t, s.Vault.IndexKey(), last)
			require.Equal(t, last, other.Vault.IndexKey(), "it has not looked again")
			return s.Vault.IndexKey()
		}
		key := change(0)

		// Both kinds of server write and find; each refuses what the other has.
		require.NoError(t, enrol(s, all))
		require.NoError(t, enrol(other, all+1))
		for _, server := range []*models.Store{s, other} {
			found(t, server, 4)
			for _, i := range []int{0, all, all + 1} {
				again := *server
				require.Error(t, twice(&again, i), "number %d", i)
				require.True(t, models.Duplicate(twice(&again, i)))
			}
		}

		// Stopped after the first batch.
		stopped := errors.New("stopped")
		half, stop := context.WithCancelCause(ctx)
		n, err := s.Reindex(half, named, func(models.Resealed) { stop(stopped) })
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 500, n)
		counts, err := s.IndexedWith(ctx)
		require.NoError(t, err)
		require.Equal(t, 501, counts[key])
		require.Equal(t, all+4-500, counts[0])
		for _, server := range []*models.Store{s, other} {
			found(t, server, 600)
			require.True(t, models.Duplicate(twice(server, 0)))
			require.True(t, models.Duplicate(twice(server, 1000)))
		}
		left, err := s.IndexDone(ctx)
		require.NoError(t, err)
		require.Equal(t, all+4-500, left)
		require.True(t, s.Vault.IndexChanging(), "it is not done")

		// A process that starts in the middle goes on.
		fresh := keyed(t, dsn, file)
		require.Equal(t, key, fresh.Vault.IndexKey())
		require.NoError(t, other.ReadKeys(ctx))
		n, err = fresh.Reindex(ctx, named, func(models.Resealed) {})
		require.NoError(t, err)
		require.Equal(t, all+4-500, n)
		left, err = fresh.IndexDone(ctx)
		require.NoError(t, err)
		require.Zero(t, left)
		require.False(t, fresh.Vault.IndexChanging())
		for _, server := range []*models.Store{fresh, other, keyed(t, dsn, file)} {
			found(t, server, 10)
			require.True(t, models.Duplicate(twice(server, 1000)))
		}
		for column, value := range indexes(t, s) {
			require.NotEqual(t, before[column], value, column)
		}
		require.Equal(t, print, fresh.Vault.Print("x"), "prints stay")
		var p models.Person
		require.NoError(t, s.DB.Where("id = 'p0003'").Take(&p).Error)
		require.True(t, strings.HasPrefix(p.Name, "#"), "a child's name stays sealed")
		require.Equal(t, fresh.Vault.Index(numberOf(3)), *p.IDIndex)
		require.NoError(t, s.DB.Where("id = 'm2'").Take(&gone).Error)
		require.Equal(t, "erased:m2", gone.MatchKey)

		// The next change: the key in the database goes when nothing bears it.
		require.NoError(t, s.ReadKeys(ctx))
		require.NoError(t, other.ReadKeys(ctx))
		next := change(key)
		dropped, err := s.DropIndexKeys(ctx)
		require.NoError(t, err)
		require.Zero(t, dropped, "everything bears it")
		_, err = s.Reindex(ctx, named, func(models.Resealed) {})
		require.NoError(t, err)
		left, err = s.IndexDone(ctx)
		require.NoError(t, err)
		require.Zero(t, left)
		require.NoError(t, other.ReadKeys(ctx))
		require.NoError(t, s.DB.Exec("UPDATE people SET index_key = ? WHERE id = 'p0007'", key).Error)
		dropped, err = s.DropIndexKeys(ctx)
		require.NoError(t, err)
		require.Zero(t, dropped, "one row bears it")
		require.NoError(t, s.DB.Exec("UPDATE people SET index_key = ? WHERE id = 'p0007'", next).Error)
		dropped, err = s.DropIndexKeys(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 1, dropped)
		require.NoError(t, s.Rekey(ctx, true))
		last := keyed(t, dsn, file)
		require.Equal(t, next, last.Vault.IndexKey())
		found(t, last, 10)
		require.NoError(t, enrol(last, all+2))
		require.True(t, models.Duplicate(twice(last, all+2)))
	})
}

// twice enrols somebody else with a number that is there.
func twice(s *models.Store, i int) error {
	p := models.Person{ID: models.NewID(), HouseholdID: "h1", Name: "丙", Ord: 9000, IDIndex: new(s.Vault.Index(numberOf(i)))}
	if err := p.SetSecret(s.Vault, models.PersonSecret{IDNo: numberOf(i)}); err != nil {
		return err
	}
	return s.DB.Transaction(func(tx *gorm.DB) error {
		if err := models.OnlyOnce(tx, s.Vault, &p); err != nil {
			return err
		}
		return tx.Create(&p).Error
	})
}

// indexes are one value of each column that is computed anew.
func indexes(t *testing.T, s *models.Store) map[string]string {
	t.Helper()
	out := map[string]string{}
	for column, query := range map[string]string{"id_index": "SELECT id_index FROM people WHERE id = 'p0003'", "name": "SELECT name FROM people WHERE id = 'p0003'",
		"phone": "SELECT CAST(phone_mark AS TEXT) FROM people WHERE id = 'p0003'", "home": "SELECT CAST(phone_mark AS TEXT) FROM households WHERE id = 'h1'",
		"doubt": "SELECT match_key FROM dept_matches WHERE id = 'm1'"} {
		var value string
		require.NoError(t, s.DB.Raw(query).Scan(&value).Error)
		require.NotEmpty(t, value)
		out[column] = value
	}
	return out
}

// A process that stood still while a new key came, and was used, enters nobody twice: it learns of the key when it writes.
func TestSleeperLearnsOfAnIndexKey(t *testing.T) {
	eachDSN(t, func(t *testing.T, dsn string) {
		ctx, file := t.Context(), filepath.Join(t.TempDir(), "keys.json")
		awake, sleeper := keyed(t, dsn, file), keyed(t, dsn, file)
		h := models.Household{ID: "h1", No: "1", RegionCode: "990101001001", HeadName: "甲", BaseType: "ordinary", Status: "none"}
		require.NoError(t, awake.DB.Create(&h).Error)
		require.NoError(t, awake.NewIndexKey(ctx))
		require.NoError(t, awake.UseIndexKey(ctx))
		require.NoError(t, enrol(awake, 0))
		require.Zero(t, sleeper.Vault.IndexKey())
		require.True(t, models.Duplicate(twice(sleeper, 0)))
		require.Equal(t, awake.Vault.IndexKey(), sleeper.Vault.IndexKey())

		late := keyed(t, dsn, file)
		require.NoError(t, awake.NewIndexKey(ctx))
		require.NoError(t, awake.UseIndexKey(ctx))
		require.NoError(t, enrol(late, 3))
		var p models.Person
		require.NoError(t, awake.DB.Where("id = 'p0003'").Take(&p).Error)
		require.Equal(t, awake.Vault.IndexKey(), p.IndexKey, "it writes under what it has learned")
		require.Equal(t, awake.Vault.Index(numberOf(3)), *p.IDIndex)
		require.Equal(t, awake.Vault.NameMark("甲p0003"), p.Name)
	})
}

// Two servers, one of which does not write under the new key yet, enter the same number at the same moment: one of them does.
func TestNobodyEntersTwiceUnderTwoKeys(t *testing.T) {
	eachDSN(t, func(t *testing.T, dsn string) {
		ctx, file := t.Context(), filepath.Join(t.TempDir(), "keys.json")
		a, b := keyed(t, dsn, file), keyed(t, dsn, file)
		h := models.Household{ID: "h1", No: "1", RegionCode: "990101001001", HeadName: "甲", BaseType: "ordinary", Status: "none"}
		require.NoError(t, a.DB.Create(&h).Error)
		require.NoError(t, a.NewIndexKey(ctx))
		require.NoError(t, b.ReadKeys(ctx))
		require.NoError(t, a.UseIndexKey(ctx))
		require.NotEqual(t, a.Vault.IndexKey(), b.Vault.IndexKey())
		for i := range 40 {
			results := make(chan error, 2)
			for _, server := range []*models.Store{a, b} {
				go func() { results <- twice(server, i) }()
			}
			first, second := <-results, <-results
			require.True(t, (first == nil) != (second == nil), "number %d: %v, %v", i, first, second)
			require.True(t, models.Duplicate(errors.Join(first, second)))
		}
	})
}
