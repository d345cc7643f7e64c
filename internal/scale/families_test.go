package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/ledger"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// What is measured is a register as villages have it: followed households have their episode, helper, plan and measures,
// and the rules about them judge what they look at.
func TestFamiliesAreAsInVillages(t *testing.T) {
	for i, want := range map[int]procedure.State{0: "monitored", 2: "monitored", 3: "observing", 4: "stable", 7: "stable", 8: "none", 99: "none", 100: "monitored"} {
		require.Equal(t, want, statusOf(i), i)
	}
	dsn := testkit.MigratedDSN(t, "sqlite")
	s := testkit.OpenStore(t, dsn)
	fillFamilies(t, s, dsn, 600)
	count := func(row any, where string, args ...any) (n int64) {
		require.NoError(t, s.DB.Model(row).Where(where, args...).Count(&n).Error)
		return n
	}
	require.EqualValues(t, 600, count(&models.Household{}, "true"))
	require.EqualValues(t, 48, count(&models.MonitoringEpisode{}, "true"))
	require.EqualValues(t, 18, count(&models.MonitoringEpisode{}, "closed_at IS NULL"))
	require.EqualValues(t, 48, count(&models.RoleGrant{}, "household_id <> ''"))
	require.GreaterOrEqual(t, count(&models.Case{}, "procedure = 'measure'"), int64(48))
	require.InDelta(t, 84, count(&models.Household{}, "base_type = ?", ledger.OutOfPoverty), 30)
	e := &activities.Engine{Store: s, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{Real: func() time.Time { return measuredOn }}}
	f, err := e.Family(s.DB, householdID(0), measuredOn)
	require.NoError(t, err)
	require.NotEmpty(t, f.Contact)
	require.NotNil(t, f.Episode)
	require.Len(t, f.Measures, len(f.Episode.RiskTypes))
	require.NotEmpty(t, f.Measures[0].Risk, "the measure answers a risk of the plan")
	require.Len(t, f.Years, 2)
	require.NotNil(t, f.Water)
	var have []policy.Measure
	for _, m := range f.Measures {
		have = append(have, policy.Measure{Kind: m.Kind, Risk: m.Risk})
	}
	require.Empty(t, policy.Unanswered(f.Episode.RiskTypes, have, policy.Resolve(nil, "990201", measuredOn)))
}
