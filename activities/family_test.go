package activities_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
)

// Who else has a telephone number is found by the marks of numbers. Every look at what may be done in a case asks it.
func TestPhoneUsersAreFoundByTheirIndexes(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		explain := "EXPLAIN QUERY PLAN "
		if s.Postgres() {
			explain = "EXPLAIN "
		}
		var plan []map[string]any
		require.NoError(t, s.DB.Transaction(func(tx *gorm.DB) error {
			if s.Postgres() {
				require.NoError(t, tx.Exec("SET LOCAL enable_seqscan = off").Error) // an empty table is always read whole
			}
			stmt := activities.PhoneUsers(tx.Session(&gorm.Session{DryRun: true}), &models.Household{ID: "h"}, []int64{1, 2}).Find(&[]models.Household{}).Statement
			return tx.Raw(explain+stmt.SQL.String(), stmt.Vars...).Scan(&plan).Error
		}))
		for _, index := range []string{"households_phone", "people_phone"} {
			require.Contains(t, fmt.Sprint(plan), index)
		}
		require.NotContains(t, fmt.Sprint(plan), "Seq Scan")
		require.NotContains(t, fmt.Sprint(plan), "SCAN households")
	})
}
