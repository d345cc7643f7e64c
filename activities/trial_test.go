package activities_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func localRule(when string) policy.CountyRule {
	return policy.CountyRule{Code: "local_big", Title: "大户", Use: policy.CountyScreening, When: when, Message: "人口多", Basis: "县规〔2026〕1号"}
}

// A rule of the place is tried on its households before it takes effect: the trial counts, shows some, and changes
// nothing; it holds for this very rule, in its area, for thirty days.
func TestTrialOfARule(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		w.NewHousehold(testkit.Village2)
		rule := localRule("家庭人口 >= 1")
		row := func(r ...policy.CountyRule) *models.PolicyRow {
			raw, err := json.Marshal(r)
			require.NoError(t, err)
			return &models.PolicyRow{Key: "county_rules", RegionCode: testkit.County, Value: raw}
		}
		check := func(row *models.PolicyRow) error { return activities.CheckTrials(w.Store.DB, row, w.Now()) }
		w.Refused(check(row(rule)), procedure.Invalid, "rule_untried")

		try := func(region string, r policy.CountyRule) models.QualityRun {
			run, err := w.Engine.StartRun(t.Context(), activities.RunRequest{Kind: models.RunTrial, Region: region, Rule: &r, AskedBy: "u"})
			require.NoError(t, err)
			require.NoError(t, w.Engine.WorkRuns(t.Context(), "one", nil))
			require.NoError(t, w.Store.DB.Where("id = ?", run.ID).Take(run).Error)
			require.Equal(t, models.RunDone, run.State)
			return *run
		}
		village := try(testkit.Village, rule)
		require.Equal(t, []string{h.ID}, village.Sample)
		w.Refused(check(row(rule)), procedure.Invalid, "rule_untried")

		county := try(testkit.County, rule)
		require.Equal(t, []int{2, 0}, []int{county.Counts.Rules["local_big"].Hits, county.Counts.Rules["local_big"].Unjudged})
		for _, table := range []string{"cases", "quality_hits", "quality_looks"} {
			var n int64
			require.NoError(t, w.Store.DB.Table(table).Count(&n).Error)
			require.Zero(t, n, table)
		}
		require.NoError(t, check(row(rule)))
		changed := rule
		changed.When = "家庭人口 >= 2"
		w.Refused(check(row(rule, changed)), procedure.Invalid, "rule_untried")

		unknown := try(testkit.County, localRule("人均收入 < 监测线"))
		require.Equal(t, []int{0, 2}, []int{unknown.Counts.Rules["local_big"].Hits, unknown.Counts.Rules["local_big"].Unjudged}, "nobody has recorded an income")

		w.SetPolicy("county_rules", testkit.County, []policy.CountyRule{rule})
		w.Advance(31)
		w.Refused(check(row(changed)), procedure.Invalid, "rule_untried")
		require.NoError(t, check(row(rule)), "what holds already need not be tried again")
	})
}

func TestTrialNeedsARule(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		_, err := w.Engine.StartRun(t.Context(), activities.RunRequest{Kind: models.RunTrial, Region: testkit.County})
		w.Refused(err, procedure.Invalid, "rule_required")
		wrong := localRule("家庭人口 >")
		_, err = w.Engine.StartRun(t.Context(), activities.RunRequest{Kind: models.RunTrial, Region: testkit.County, Rule: &wrong})
		require.Equal(t, "rule.when[6]", w.Refused(err, procedure.Invalid, "rule_invalid").Faults[0].Field)
	})
}
