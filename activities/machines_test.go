package activities_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// severalAtOnce are the procedures of which a household may have several open cases:
// what belongs to another case or department, what comes again with every period, and
// what is about one matter among many. A second clue of one day is merged instead.
var severalAtOnce = map[string]string{
	"risk_clue": "another day", "village_notice": "child", "dept_comparison": "one per department", "objection": "one per objector",
	"measure": "one per measure", "visit_task": "one per duty and period", "lookback_window": "one per quarter", "rectification": "one per problem",
	"data_issue": "one per problem", "household_form": "one per campaign",
}

// At most one open machine of each kind per household (2.17), for every procedure that
// is about households: made from the definitions.
func TestOneOpenMachineOfAKind(t *testing.T) {
	for _, d := range procedure.All {
		if d.About != procedure.AboutHousehold {
			continue
		}
		require.Equal(t, severalAtOnce[d.Name] == "", d.OnePerHousehold, "%s: one per household, or a reason why not", d.Name)
		if !d.OnePerHousehold {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, w *testkit.World) {
				c := w.Fresh(d.Name)
				require.Equal(t, new(d.Name+":"+c.HouseholdID), c.SoloKey)
				second := *c
				second.ID, second.No = models.NewID(), models.NewID()
				require.True(t, models.Duplicate(w.Store.DB.Create(&second).Error), "the database itself refuses a second")
				if len(d.Opening.Roles) > 0 {
					againAtOnce(t, w, d, c)
				}
			})
		})
	}
}

// againAtOnce asks for a second case by hand, from several desks at the same moment.
func againAtOnce(t *testing.T, w *testkit.World, d *procedure.Definition, c *models.Case) {
	form, err := w.Engine.OpeningAnswers(c.ID)
	require.NoError(t, err)
	role := d.Opening.Roles[len(d.Opening.Roles)-1]
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = w.Engine.OpenCase(t.Context(), activities.OpenRequest{Key: w.Key(), Procedure: d.Name, HouseholdID: c.HouseholdID, Actor: w.In(c, role), Form: form})
		})
	}
	wg.Wait()
	for _, err := range errs {
		var r *procedure.Refusal
		require.ErrorAs(t, err, &r)
		require.Contains(t, []procedure.RefusalKind{procedure.Conflict, procedure.Invalid}, r.Kind, r.Error())
	}
	var open int64
	require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("household_id = ? AND procedure = ? AND closed_at IS NULL", c.HouseholdID, d.Name).Count(&open).Error)
	require.EqualValues(t, 1, open)
}
