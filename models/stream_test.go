package models_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
)

// streamed is what TestStream reads of a person.
type streamed struct {
	ID     string
	Ord    int
	Head   bool
	Index  *string
	Sealed []byte
	Mark   *int64
	Joined *time.Time
}

// Whatever the driver, a row is read as it was written, NULL included, and keeps its values when others are read.
func TestStream(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		at := time.Date(2026, 11, 22, 9, 30, 0, 123_000, time.UTC)
		require.NoError(t, s.DB.Create(&models.Household{ID: "h", No: "h", RegionCode: "1", CreatedAt: at, UpdatedAt: at}).Error)
		var want []streamed
		for i, id := range []string{"a", `b"\`, "丙", "long"} {
			p := models.Person{ID: id, HouseholdID: "h", Ord: i - 1, Sealed: []byte{0, byte(i)}, CreatedAt: at, UpdatedAt: at}
			if i%2 == 0 {
				p.IsHead, p.IDIndex, p.PhoneMark, p.JoinedAt = i == 0, new("i"+id), new(int64(-1)<<62), &at
			}
			if id == "long" {
				p.Sealed = []byte(strings.Repeat("x", 100_000))
			}
			require.NoError(t, s.DB.Create(&p).Error)
			want = append(want, streamed{p.ID, p.Ord, p.IsHead, p.IDIndex, p.Sealed, p.PhoneMark, p.JoinedAt})
		}
		read := func(where string, args ...any) []streamed {
			var out []streamed
			var x streamed
			err := s.Stream(t.Context(), "SELECT id, ord, is_head, id_index, sealed, phone_mark, joined_at FROM people WHERE "+where+" ORDER BY ord", args, func(r models.Row) error {
				if err := r.Scan(&x.ID, &x.Ord, &x.Head, &x.Index, &x.Sealed, &x.Mark, &x.Joined); err != nil {
					return err
				}
				if x.Joined != nil {
					x.Joined = new(x.Joined.UTC())
				}
				out = append(out, x)
				return nil
			})
			require.NoError(t, err)
			return out
		}
		require.Equal(t, want, read("1 = 1"))
		require.Equal(t, want[1:3], read("id IN ? AND ord >= ?", []string{`b"\`, "丙", "nobody"}, 0))
		require.Equal(t, []streamed{want[0], want[2]}, read("phone_mark IN ?", []int64{-1 << 62, 7}))

		var text string
		var n int64
		err := s.Stream(t.Context(), "SELECT household_id, COUNT(*) FROM people GROUP BY household_id", nil, func(r models.Row) error { return r.Scan(&text, &n) })
		require.NoError(t, err)
		require.Equal(t, []any{"h", int64(4)}, []any{text, n})
		require.Error(t, s.Stream(t.Context(), "SELECT id_index FROM people ORDER BY ord", nil, func(r models.Row) error { return r.Scan(&text) }), "NULL is no text")
		stop := errors.New("enough")
		require.ErrorIs(t, s.Stream(t.Context(), "SELECT id FROM people", nil, func(models.Row) error { return stop }), stop)
		require.Error(t, s.Stream(t.Context(), "SELECT nothing FROM people", nil, func(models.Row) error { return nil }))
	})
}

// An opener opens what Secret opens, and what it has opened stays when it goes on.
func TestOpener(t *testing.T) {
	t.Parallel()
	v := newVault(t, 1, 2)
	o := v.Opener()
	var all []models.PersonSecret
	for i := range 300 {
		p := models.Person{ID: models.NewID()}
		want := models.PersonSecret{Relation: strings.Repeat("子", i), Dibao: new(i%2 == 0)}
		if i%7 == 0 {
			want.Other = map[string]string{"注": strings.Repeat("字", i)}
		}
		require.NoError(t, p.SetSecret(v, want))
		got := models.PersonSecret{Phone: "of another"}
		require.NoError(t, o.Person(&p, &got))
		require.Equal(t, want, got)
		all = append(all, got)
		p.ID += "x"
		require.Error(t, o.Person(&p, &got), "it was sealed for another place")
	}
	require.Equal(t, strings.Repeat("子", 17), all[17].Relation)
	h := models.Household{ID: "h"}
	secret := models.HouseholdSecret{Phone: "of another"}
	require.NoError(t, o.Household(&h, &secret))
	require.Equal(t, models.HouseholdSecret{}, secret, "nothing sealed")
}
