package ledger

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
)

// What is invented without a workbook is what the workbook says, and as clean.
func TestInventedHouseholdsAreClean(t *testing.T) {
	t.Parallel()
	today := policy.NewDate(2026, 11, 22)
	villages, err := Invent(GenerateOptions{Seed: 5, Households: 600, Large: true, Today: today})
	require.NoError(t, err)
	require.Len(t, villages, len(FictionVillages))
	c := policy.NewDataContext(today, policy.Resolve(nil, "990201", today.Start()))
	homes, people := 0, 0
	for _, village := range villages {
		for _, x := range village {
			homes, people = homes+1, people+len(x.Members)
			h := models.Household{ID: x.No, No: x.No, HeadName: x.Members[0].Name, Population: len(x.Members), BaseType: x.BaseType, Status: unregistered}
			var rows []models.Person
			var secrets []models.PersonSecret
			for k, m := range x.Members {
				rows = append(rows, models.Person{ID: fmt.Sprint(k), Name: m.Name, IsHead: k == 0, Ord: k})
				secrets = append(secrets, m.Secret)
			}
			f := register.Family(h, x.Secret, rows, secrets)
			require.Len(t, f.Years, 2)
			require.NotNil(t, f.Water)
			for _, r := range policy.DataRules {
				require.Empty(t, r.Find(&f, c), "%s of %s", r.Code, x.No)
			}
		}
	}
	require.Equal(t, 600, homes)
	require.InDelta(t, 4, float64(people)/float64(homes), 0.15, "large families have four members on average")
	again, err := Invent(GenerateOptions{Seed: 5, Households: 600, Large: true, Today: today})
	require.NoError(t, err)
	require.Equal(t, villages, again)
}
