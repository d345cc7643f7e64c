package models_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/internal/testkit"
	"shouwang/models"
)

func sampleCase(s *models.Store) *models.Case {
	at := time.Date(2026, 3, 4, 5, 6, 7, 890000, time.UTC)
	solo := models.NewID()
	return &models.Case{
		ID: models.NewID(), No: models.NewID(), Procedure: "village_notice", Version: 1, State: "posted", HouseholdID: "h", Subject: "田禾", RegionCode: "990101101201",
		Facts:      models.Facts{Values: map[string]json.RawMessage{"place": json.RawMessage(`"公示栏"`)}, Count: map[string]int{"post": 1}},
		PolicyHash: "p", OpenedAt: at, UpdatedAt: at, DueAt: models.FarFuture, WakeAt: &at, SoloKey: &solo,
	}
}

func TestInsertStoresWhatCreateStores(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		one, two := sampleCase(s), sampleCase(s)
		require.NoError(t, models.Insert(s.DB, one, two))
		require.NoError(t, models.Insert[models.Case](s.DB))
		for _, want := range []*models.Case{one, two} {
			var got models.Case
			require.NoError(t, s.DB.Where("id = ?", want.ID).Take(&got).Error)
			require.Equal(t, want.Facts, got.Facts)
			require.True(t, want.WakeAt.Equal(*got.WakeAt))
			require.True(t, want.OpenedAt.Equal(got.OpenedAt))
			require.Equal(t, *want.SoloKey, *got.SoloKey)
			require.Nil(t, got.ClosedAt)
		}
		require.True(t, models.Duplicate(models.Insert(s.DB, one)))
	})
}

func TestSaveChangesWritesWhatChanged(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		made := sampleCase(s)
		require.NoError(t, models.Insert(s.DB, made))
		c, err := models.TakeCase(s.DB, made.ID)
		require.NoError(t, err)

		// What somebody else writes meanwhile into another column stays.
		require.NoError(t, s.DB.Model(&models.Case{}).Where("id = ?", c.ID).Update("stuck", "等待").Error)
		closed := made.OpenedAt.Add(time.Hour)
		c.State, c.ClosedAt, c.WakeAt, c.SoloKey = "closed", &closed, nil, nil
		c.Facts.Count["post"]++
		require.NoError(t, models.SaveCase(s.DB, c))
		got, err := models.TakeCase(s.DB, c.ID)
		require.NoError(t, err)
		require.EqualValues(t, "closed", got.State)
		require.True(t, closed.Equal(*got.ClosedAt))
		require.Nil(t, got.WakeAt)
		require.Nil(t, got.SoloKey)
		require.Equal(t, 2, got.Facts.Count["post"], "a map that was changed in place has changed")
		require.Equal(t, "等待", got.Stuck)

		// Saved twice, the second save starts from the first.
		c.State = "posted"
		require.NoError(t, models.SaveCase(s.DB, c))
		got, err = models.TakeCase(s.DB, c.ID)
		require.NoError(t, err)
		require.EqualValues(t, "posted", got.State)

		require.NoError(t, models.SaveCase(s.DB, got), "nothing changed, nothing written")
		require.NoError(t, s.DB.Delete(&models.Case{}, "id = ?", c.ID).Error)
		got.State = "closed"
		require.ErrorIs(t, models.SaveCase(s.DB, got), gorm.ErrRecordNotFound)
	})
}

func TestAmong(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		for _, code := range []string{"a", `b"\`, "c,{}", "", "NULL"} {
			require.NoError(t, s.DB.Create(&models.Region{Code: code}).Error)
		}
		for _, list := range [][]string{{"a"}, {`b"\`, "c,{}"}, {"", "NULL", "x"}, {}} {
			var want, got []string
			require.NoError(t, s.DB.Model(&models.Region{}).Where("code IN ?", list).Order("code").Pluck("code", &want).Error)
			require.NoError(t, s.DB.Model(&models.Region{}).Where(models.Among(s.DB, "code", list)).Order("code").Pluck("code", &got).Error)
			require.Equal(t, want, got, "%q", list)
		}
	})
}
