package models_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/internal/testkit"
	"shouwang/models"
)

// heard is what an ear hears until it has been still for a while.
func heard(t *testing.T, e *models.Ear, wait time.Duration) (out models.Touched, rings int) {
	t.Helper()
	for {
		select {
		case <-e.Rang:
			got := e.Take()
			out.Cases, out.Users, out.All = append(out.Cases, got.Cases...), append(out.Users, got.Users...), out.All || got.All
			rings++
		case <-time.After(wait):
			return out, rings
		}
	}
}

// listening is an ear that is sure to hear: on PostgreSQL the connection of the bell comes up by itself.
func listening(t *testing.T, s *models.Store) *models.Ear {
	t.Helper()
	e := s.Listen()
	t.Cleanup(e.Close)
	for range 100 {
		require.NoError(t, s.Tx(t.Context(), func(tx *gorm.DB) error {
			models.Touch(tx, models.Touched{Users: []string{"try"}})
			return nil
		}))
		if _, n := heard(t, e, 200*time.Millisecond); n > 0 {
			return e
		}
	}
	t.Fatal("nothing is heard")
	return nil
}

func TestTheBellTellsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		dsn := testkit.MigratedDSN(t, dialect)
		s := testkit.OpenStore(t, dsn)
		other := s // another server on the same database
		if dialect == "postgres" {
			other = testkit.OpenStore(t, dsn)
		}
		e := listening(t, other)
		touch := func(id string, fail error) error {
			return s.Tx(t.Context(), func(tx *gorm.DB) error {
				models.TouchCases(tx, &models.Case{ID: id, RegionCode: "990101101001", OtherRegion: "990101101002"})
				return fail
			})
		}
		require.NoError(t, touch("a", nil))
		require.NoError(t, touch("b", nil))
		require.NoError(t, touch("a", nil))
		require.Error(t, touch("never", errors.New("no")))
		got, rings := heard(t, e, time.Second)
		require.ElementsMatch(t, []models.TouchedCase{{"a", "990101101001", "990101101002"}, {"b", "990101101001", "990101101002"}}, slices.Compact(got.Cases))
		require.LessOrEqual(t, rings, 2, "what comes at once is told at once")

		require.NoError(t, s.Tx(t.Context(), func(tx *gorm.DB) error {
			return tx.Create(&models.Message{ID: models.NewID(), UserID: "u", ClockID: "k", DeliverAt: time.Now(), CreatedAt: time.Now()}).Error
		}))
		got, _ = heard(t, e, 500*time.Millisecond)
		require.Equal(t, []string{"u"}, got.Users, "a new message is told whoever writes it")

		require.NoError(t, s.Tx(t.Context(), func(tx *gorm.DB) error {
			for range 61 {
				models.TouchCases(tx, &models.Case{ID: models.NewID(), RegionCode: "990101101001"})
			}
			return nil
		}))
		got, _ = heard(t, e, 500*time.Millisecond)
		require.True(t, got.All, "more than can be told one by one")
		require.Empty(t, got.Cases)

		e.Close()
		require.NoError(t, touch("late", nil))
		_, rings = heard(t, e, 300*time.Millisecond)
		require.Zero(t, rings, "who has gone hears nothing")
		models.TouchCases(s.DB.WithContext(context.Background()), &models.Case{ID: "outside"}) // and nothing happens
	})
}

// When the connection of the bell is lost, nobody knows what rang meanwhile: everybody looks again.
func TestTheBellComesBack(t *testing.T) {
	t.Parallel()
	s := testkit.OpenStore(t, testkit.NewDSN(t, "postgres"))
	e := listening(t, s)
	require.NoError(t, s.DB.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pid <> pg_backend_pid()").Error)
	got, _ := heard(t, e, 3*time.Second)
	require.True(t, got.All)
}
