package models_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/internal/testkit"
	"shouwang/models"
)

func file(t *testing.T) *models.Store {
	t.Helper()
	return testkit.OpenMigrated(t, "sqlite")
}

// oneConnection has everything go through one connection, so that the same kept
// statements are met again.
func oneConnection(t *testing.T, s *models.Store) {
	t.Helper()
	pool, err := s.DB.DB()
	require.NoError(t, err)
	pool.SetMaxOpenConns(1)
}

func TestKeptStatementRunsInsideItself(t *testing.T) {
	t.Parallel()
	s := file(t)
	for i := range 3 {
		require.NoError(t, s.DB.Create(&models.Meta{Name: fmt.Sprint(i), Value: "v"}).Error)
	}
	var seen []string
	require.NoError(t, s.Tx(t.Context(), func(tx *gorm.DB) error {
		const query = "SELECT name FROM meta WHERE value = ? ORDER BY name"
		outer, err := tx.Raw(query, "v").Rows()
		if err != nil {
			return err
		}
		defer outer.Close()
		for outer.Next() {
			var name string
			if err := outer.Scan(&name); err != nil {
				return err
			}
			var inner []string
			if err := tx.Raw(query, "v").Scan(&inner).Error; err != nil {
				return err
			}
			seen = append(seen, name+fmt.Sprint(inner))
		}
		return outer.Err()
	}))
	require.Equal(t, []string{"0[0 1 2]", "1[0 1 2]", "2[0 1 2]"}, seen)
}

func TestKeptStatementsFollowTheSchemaAndAreBounded(t *testing.T) {
	t.Parallel()
	s := file(t)
	oneConnection(t, s)
	require.NoError(t, s.DB.Create(&models.Meta{Name: "a", Value: "1"}).Error)
	read := func() map[string]any {
		row := map[string]any{}
		require.NoError(t, s.DB.Raw("SELECT * FROM meta WHERE name = ?", "a").Scan(&row).Error)
		return row
	}
	require.Equal(t, map[string]any{"name": "a", "value": "1"}, read())
	require.NoError(t, s.DB.Exec("ALTER TABLE meta ADD COLUMN more TEXT NOT NULL DEFAULT 'x'").Error)
	require.Equal(t, map[string]any{"name": "a", "value": "1", "more": "x"}, read())
	for i := range 400 { // more than are kept
		var n int
		require.NoError(t, s.DB.Raw(fmt.Sprintf("SELECT %d + COUNT(*) FROM meta", i)).Scan(&n).Error)
		require.Equal(t, i+1, n)
	}
	require.Equal(t, map[string]any{"name": "a", "value": "1", "more": "x"}, read())
}

func TestKeptStatementAfterItsError(t *testing.T) {
	t.Parallel()
	s := file(t)
	oneConnection(t, s)
	require.NoError(t, s.DB.Create(&models.Meta{Name: "a"}).Error)
	for range 2 {
		require.True(t, models.Duplicate(s.DB.Create(&models.Meta{Name: "a"}).Error))
	}
	require.NoError(t, s.DB.Create(&models.Meta{Name: "b"}).Error)
}

func TestWritersTakeTurns(t *testing.T) {
	t.Parallel()
	s := file(t)
	require.NoError(t, s.DB.Create(&models.Meta{Name: "n", Value: ""}).Error)
	add := func(tx *gorm.DB) error {
		var m models.Meta
		if err := tx.Where("name = ?", "n").Take(&m).Error; err != nil {
			return err
		}
		return tx.Model(&m).Where("name = ?", "n").Update("value", m.Value+"x").Error
	}
	var wg sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		wg.Go(func() {
			if i%4 == 0 { // writers without a transaction, in both pools
				errs[i] = s.Unsynced(t.Context()).Create(&models.Meta{Name: fmt.Sprint("u", i)}).Error
				return
			}
			errs[i] = s.Tx(t.Context(), add)
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	var m models.Meta
	require.NoError(t, s.DB.Where("name = ?", "n").Take(&m).Error)
	require.Len(t, m.Value, 30)
}

func TestWriterThatGivesUpLeavesTheTurn(t *testing.T) {
	t.Parallel()
	s := file(t)
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- s.Tx(t.Context(), func(*gorm.DB) error { close(held); <-release; return nil })
	}()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.Tx(ctx, func(*gorm.DB) error { return nil }), context.DeadlineExceeded)
	close(release)
	require.NoError(t, <-done)
	require.NoError(t, s.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Create(&models.Meta{Name: "after"}).Error }))
}

// A statement is planned for the values it is asked with: one plan for all values made a list by state take 200 ms instead of two.
func TestStatementsArePlannedForTheirValues(t *testing.T) {
	t.Parallel()
	dsn := testkit.Postgres(t)
	of := func(dsn string) (mode string) {
		require.NoError(t, testkit.OpenStore(t, dsn).DB.Raw("SHOW plan_cache_mode").Scan(&mode).Error)
		return mode
	}
	require.Equal(t, "force_custom_plan", of(dsn))
	with := "?"
	if strings.Contains(dsn, "?") {
		with = "&"
	}
	require.Equal(t, "auto", of(dsn+with+"plan_cache_mode=auto"), "who runs the server may say otherwise")
}

// What is promised waits for the disk, and only what is not does not.
func TestSyncedAndUnsynced(t *testing.T) {
	t.Parallel()
	settings := map[string][3]string{
		"sqlite":   {"PRAGMA synchronous", "2", "1"},
		"postgres": {"SHOW synchronous_commit", "on", "off"},
	}
	for name, want := range settings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := testkit.NewDSN(t, "sqlite")
			if name == "postgres" {
				dsn = testkit.Postgres(t)
			}
			s := testkit.OpenStore(t, dsn)
			var synced, unsynced string
			require.NoError(t, s.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Raw(want[0]).Scan(&synced).Error }))
			require.NoError(t, s.Unsynced(t.Context()).Raw(want[0]).Scan(&unsynced).Error)
			require.Equal(t, []string{want[1], want[2]}, []string{synced, unsynced})
		})
	}
}
