package models_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
)

// inClear are the columns of bytes that are not sealed: hashes, policy, statistics and histories that hold ids only.
var inClear = []string{"policy_snapshots.body", "workflow_runs.history", "bulletins.numbers", "data_keys.wrapped", "log_tiles.data"}

// Every column of bytes is sealed, or is known to hold nothing personal.
func TestEverySealedColumnIsKnown(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		query := "SELECT m.name || '.' || p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND p.type = 'BLOB'"
		if s.Postgres() {
			query = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea'"
		}
		var columns []string
		require.NoError(t, s.DB.Raw(query).Scan(&columns).Error)
		want := slices.Clone(inClear)
		for _, c := range models.SealedColumns {
			want = append(want, c.String())
		}
		require.ElementsMatch(t, want, columns)
	})
}

// sealedElsewhere is what is sealed and stands in no column: files, which are sealed anew by their own steps, the wrapped
// keys themselves, and what a browser carries for ten minutes.
var sealedElsewhere = []string{"exports.file", "blobs.content", "oidc.journey"}

// Every place that the source seals something for is a column that is sealed anew, or known to be something else: a column
// of text would be found here, one of bytes also above. The row is the one whose key the source names.
func TestEverySealingIsKnown(t *testing.T) {
	places := map[string]bool{}
	call := regexp.MustCompile(`\.Seal\("([a-z_]+)", "([a-z_]+)", `)
	for _, folder := range []string{"models", "activities", "api", "internal", "cmd", "worker", "workflows"} {
		err := filepath.WalkDir(filepath.Join("..", folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			raw, err := os.ReadFile(path)
			for _, m := range call.FindAllStringSubmatch(string(raw), -1) {
				places[m[1]+"."+m[2]] = true
			}
			return err
		})
		require.NoError(t, err)
	}
	want := slices.Clone(sealedElsewhere)
	for _, c := range models.SealedColumns {
		want = append(want, c.String())
	}
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(places)))
}

// What is sealed for a row is sealed for the column that the list names as its key: a second factor opens after the change.
func TestSecondFactorsAreSealedAnew(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		require.NoError(t, s.OpenKeys(ctx))
		require.NoError(t, s.DB.Create(&models.User{ID: "u", Login: "u", Name: "某人"}).Error)
		require.NoError(t, s.DB.Create(&models.SecondFactor{UserID: "u", Sealed: s.Vault.Seal("second_factors", "sealed", "u", []byte("secret")), CreatedAt: time.Now()}).Error)
		key, err := s.NewKey(ctx)
		require.NoError(t, err)
		_, err = s.Reseal(ctx, func(models.Resealed) {})
		require.NoError(t, err)
		var f models.SecondFactor
		require.NoError(t, s.DB.Take(&f).Error)
		require.Equal(t, key, models.KeyOf(f.Sealed))
		plain, err := s.Vault.Open("second_factors", "sealed", "u", f.Sealed)
		require.NoError(t, err)
		require.Equal(t, "secret", string(plain))
	})
}

// What is proved by hashes may be sealed anew, and nothing beside it may be changed.
func TestRecordedActsKeepAllButWhatIsSealed(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		w.Reach("identification", "home_verification")
		for _, table := range []string{"case_events", "issued_papers", "form_record_acts"} {
			types, err := s.DB.Migrator().ColumnTypes(table)
			require.NoError(t, err)
			for _, column := range types {
				sealed := slices.ContainsFunc(models.SealedColumns, func(c models.SealedColumn) bool { return c.Table == table && c.Column == column.Name() })
				if table+"."+column.Name() == "case_events.salt" {
					continue
				}
				var n int64
				require.NoError(t, s.DB.Table(table).Count(&n).Error)
				if n == 0 { // triggers speak of rows: the definition has to do
					require.True(t, sealed || triggerNames(t, s, table, column.Name()), "%s.%s", table, column.Name())
					continue
				}
				err := s.DB.Exec(fmt.Sprintf("UPDATE %s SET %s = %s", table, column.Name(), column.Name())).Error
				if sealed {
					require.NoError(t, err, "%s.%s", table, column.Name())
				} else {
					require.ErrorContains(t, err, "append-only", "%s.%s", table, column.Name())
				}
			}
		}
		require.ErrorContains(t, s.DB.Exec("UPDATE case_events SET salt = 'x'").Error, "append-only", "a salt goes with what it salts, and is never another")
	})
}

func triggerNames(t *testing.T, s *models.Store, table, column string) bool {
	query := "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
	if s.Postgres() {
		query = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = ?::regclass AND NOT tgisinternal"
	}
	var defs []string
	require.NoError(t, s.DB.Raw(query, table).Scan(&defs).Error)
	return slices.ContainsFunc(defs, func(def string) bool {
		_, list, _ := strings.Cut(def, "UPDATE OF ")
		list, _, _ = strings.Cut(list, " ON ")
		return slices.Contains(strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '"' }), column)
	})
}

// Everything is sealed anew while others write, and opens with the new key alone; chains and prints stay as they were.
func TestResealWhileServersWrite(t *testing.T) {
	eachDSN(t, func(t *testing.T, dsn string) {
		ctx, s := t.Context(), testkit.OpenStore(t, dsn)
		_, err := s.Migrate(ctx)
		require.NoError(t, err)
		require.NoError(t, s.OpenKeys(ctx))
		w := testkit.NewWorld(t, s)
		c := w.Reach("identification", "home_verification")
		before, err := s.SealedWith(ctx)
		require.NoError(t, err)
		require.Greater(t, before[1], 10)
		var people []models.Person
		require.NoError(t, s.DB.Order("id").Find(&people).Error)

		key, err := s.NewKey(ctx)
		require.NoError(t, err)
		stop, written := make(chan struct{}), 0
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				p := people[written%len(people)]
				if err := errors.Join(p.SetSecret(s.Vault, models.PersonSecret{Health: fmt.Sprint("改", written)}), s.DB.Model(&models.Person{}).Where("id = ?", p.ID).UpdateColumn("sealed", p.Sealed).Error); err != nil {
					t.Error(err)
					return
				}
				written++
			}
		})
		places := map[string]int{}
		n, err := s.Reseal(ctx, func(r models.Resealed) { places[r.Place] = r.Done })
		close(stop)
		wg.Wait()
		require.NoError(t, err)
		require.Positive(t, n)
		require.Positive(t, places["case_events.payload"])
		after, err := s.SealedWith(ctx)
		require.NoError(t, err)
		require.Equal(t, before[1], after[key], "nothing was lost")
		require.Zero(t, after[1])
		again, err := s.Reseal(ctx, func(models.Resealed) { t.Error("done already") })
		require.NoError(t, err)
		require.Zero(t, again)
		require.NoError(t, s.Retire(ctx))
		require.NoError(t, s.DB.Where("id < ? AND retired_at IS NOT NULL", key).Delete(&models.DataKey{}).Error)

		fresh := testkit.OpenStore(t, dsn)
		require.NoError(t, fresh.OpenKeys(ctx))
		w.Engine.Store = fresh
		v, err := w.Engine.Verify(ctx)
		require.NoError(t, err)
		require.Empty(t, v.Bad)
		require.NotEmpty(t, w.Case(c.ID).HeadHash)
	})
}

// Names of children and of files of before names were sealed are sealed with the next change of keys; a name is found by
// its mark and comes back with the secret.
func TestNamesAreSealed(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		ctx := t.Context()
		require.NoError(t, s.DB.Create(&models.Household{ID: "h", No: "1"}).Error)
		young := time.Now().AddDate(-5, 0, 0)
		born := func(id, name, date, number string, head bool) {
			p := models.Person{ID: id, HouseholdID: "h", Name: name, IsHead: head}
			require.NoError(t, p.SetSecret(s.Vault, models.PersonSecret{BirthDate: date, IDNo: number}))
			p.Name = name // as it stood before
			require.NoError(t, s.DB.Create(&p).Error)
		}
		born("adult", "田大山", "1980-01-01", "", false)
		born("child", "田小雨", young.Format(time.DateOnly), "", false)
		born("pupil", "田小雪", "", "990101"+young.Format("20060102")+"0011", false)
		born("orphan", "田小禾", young.Format(time.DateOnly), "", true)
		// The secrets of before held no names.
		for _, id := range []string{"child", "pupil"} {
			var p models.Person
			require.NoError(t, s.DB.Where("id = ?", id).Take(&p).Error)
			p.Sealed = s.Vault.Seal("people", "sealed", id, []byte(`{"birth_date":"`+young.Format(time.DateOnly)+`"}`))
			require.NoError(t, s.DB.Save(&p).Error)
		}
		require.NoError(t, s.DB.Create(&models.Attachment{ID: "a", Name: "田小雨的照片.png", CreatedAt: young}).Error)
		n, err := s.SealNames(ctx, func(models.Resealed) {})
		require.NoError(t, err)
		require.Equal(t, 3, n)
		for id, name := range map[string]string{"adult": "田大山", "child": "田小雨", "pupil": "田小雪", "orphan": "田小禾"} {
			var p models.Person
			require.NoError(t, s.DB.Where("id = ?", id).Take(&p).Error)
			if id == "child" || id == "pupil" {
				require.Equal(t, s.Vault.NameMark(name), p.Name)
			} else {
				require.Equal(t, name, p.Name)
			}
			secret, err := p.Secret(s.Vault)
			require.NoError(t, err)
			require.Equal(t, name, p.Name)
			require.Empty(t, secret.Name)
		}
		var a models.Attachment
		require.NoError(t, s.DB.Where("id = 'a'").Take(&a).Error)
		require.Empty(t, a.Name)
		name, err := a.FileName(s.Vault)
		require.NoError(t, err)
		require.Equal(t, "田小雨的照片.png", name)
		n, err = s.SealNames(ctx, func(models.Resealed) {})
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

// Two who change keys at once end with everything sealed, whichever of the two keys it is with.
func TestResealMeetsAnotherChangeOfKeys(t *testing.T) {
	eachDSN(t, func(t *testing.T, dsn string) {
		ctx, file := t.Context(), filepath.Join(t.TempDir(), "keys.json")
		one := keyed(t, dsn, file)
		require.NoError(t, one.DB.Create(&models.Household{ID: "h", No: "1"}).Error)
		person := func(s *models.Store, id string) {
			p := models.Person{ID: id, HouseholdID: "h", Name: "田大山"}
			require.NoError(t, p.SetSecret(s.Vault, models.PersonSecret{Health: "长期慢性病"}))
			require.NoError(t, s.DB.Create(&p).Error)
		}
		person(one, "a")
		_, err := one.NewKey(ctx)
		require.NoError(t, err)
		other := keyed(t, dsn, file)
		_, err = other.NewKey(ctx)
		require.NoError(t, err)
		person(other, "b")
		person(other, "c")
		_, err = one.Reseal(ctx, func(models.Resealed) {})
		require.NoError(t, err)
		for _, id := range []string{"a", "b", "c"} {
			var p models.Person
			require.NoError(t, one.DB.Where("id = ?", id).Take(&p).Error)
			secret, err := p.Secret(one.Vault)
			require.NoError(t, err)
			require.Equal(t, "长期慢性病", secret.Health, id)
		}
	})
}
