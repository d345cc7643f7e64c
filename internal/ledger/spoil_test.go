package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/policy"
)

// notSpoilable are the rules for which the register alone holds no fault.
var notSpoilable = []string{
	"phone_shared_county", // needs a second county
	// Monitored households and their measures.
	"risk_disability_without_disabled", "risk_illness_without_ill", "risk_illness_without_payment", "risk_schooling_without_student", "risk_labour_shortage_with_labour",
	"risk_employment_without_worker", "housing_without_risk", "water_without_risk", "schooling_without_risk", "risk_type_missing", "other_without_note", "identified_on_missing",
	"measure_missing", "labour_only_security", "no_labour_without_dibao", "no_labour_without_flag", "disability_subsidy_without_disabled", "rain_dew_without_student",
	"work_subsidy_without_worker", "public_post_without_worker", "tekun_measure_without_person",
	// After an elimination.
	"eliminated_indicators_empty", "eliminated_below_line", "eliminated_dangerous_house", "eliminated_unsafe_water", "eliminated_contact_missing", "eliminated_without_measure",
	"eliminated_too_soon", "eliminated_same_month", "eliminated_industry_without_income", "eliminated_dibao_without_transfer", "eliminated_post_without_wage",
}

// One fault for each rule is put into a township that has none: the rules find those, and nothing else.
func TestSpoiledTownship(t *testing.T) {
	t.Parallel()
	store := newStore(t, t.TempDir()+"/test.db")
	o := GenerateOptions{Seed: 11, Households: 900, Wide: true}
	for _, o.Year = range []int{2025, 2026} {
		file, _ := generated(t, o)
		apply(t, store, plan(t, store, file))
	}
	put, err := Spoil(t.Context(), store, SpoilOptions{Region: township, Seed: 3, Context: ruleContext()})
	require.NoError(t, err)
	want, codes := map[string][]string{}, map[string]bool{}
	for _, p := range put {
		require.Empty(t, want[p.No], "one fault in a household")
		want[p.No] = []string{p.Code + " " + p.Member}
		codes[p.Code] = true
	}
	all := families(t, store)
	for i := range all {
		for j := range all[i].Members {
			m := &all[i].Members[j]
			m.Taken = want[all[i].No] != nil && want[all[i].No][0] == "id_duplicate "+m.ID // as the blind index tells
		}
	}
	require.Equal(t, want, ruleFindings(all))
	var every []string
	for _, r := range policy.DataRules {
		every = append(every, r.Code)
		require.Equal(t, spoilings[r.Code] != nil, codes[r.Code], r.Code)
	}
	require.ElementsMatch(t, every, append(Spoilable(), notSpoilable...))

	again, err := Spoil(t.Context(), store, SpoilOptions{Region: township, Seed: 3, Codes: []string{"uninsured"}, Context: ruleContext()})
	require.NoError(t, err)
	require.Empty(t, want[again[0].No], "another household")
	_, err = Spoil(t.Context(), store, SpoilOptions{Region: "999901102", Context: ruleContext()})
	require.ErrorContains(t, err, "no household fits")
}

// Real people are never spoiled.
func TestSpoilLeavesRealPeopleAlone(t *testing.T) {
	t.Parallel()
	store := newStore(t, t.TempDir()+"/test.db")
	real := "110105" + "19491231002"
	apply(t, store, plan(t, store, workbook(t, "台账", []any{"户编号", "村", "姓名", "与户主关系", "身份证号"}, []any{"H1", "松塘村", "单志明", "户主", id(real)})))
	_, err := Spoil(t.Context(), store, SpoilOptions{Region: township, Codes: []string{"population_mismatch"}, Context: ruleContext()})
	require.Error(t, err)
	require.Equal(t, 1, count[models.Household](t, store))
	h, _, _ := loaded(t, store, "H1")
	require.Equal(t, 1, h.Population)
}
