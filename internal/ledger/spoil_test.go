package ledger

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
)

// notSpoilable are the rules for which the register holds no fault: what they look at is kept by procedures.
var notSpoilable = []string{
	"phone_shared_county", // needs a second county
	"risk_type_missing", "other_without_note", "identified_on_missing", "measure_missing", "labour_only_security", "disability_subsidy_without_disabled",
	"rain_dew_without_student", "work_subsidy_without_worker", "public_post_without_worker", "tekun_measure_without_person",
	"eliminated_indicators_empty", "eliminated_contact_missing", "eliminated_without_measure", "eliminated_too_soon", "eliminated_same_month",
}

// One fault for each rule is put into a township that has none: the rules find those, and nothing else.
func TestSpoiledTownship(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
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
	require.ElementsMatch(t, every, slices.Concat(Spoilable(), SpoilableMonitored(), notSpoilable))

	again, err := Spoil(t.Context(), store, SpoilOptions{Region: township, Seed: 3, Codes: []string{"uninsured"}, Context: ruleContext()})
	require.NoError(t, err)
	require.Empty(t, want[again[0].No], "another household")
	_, err = Spoil(t.Context(), store, SpoilOptions{Region: "999901102", Context: ruleContext()})
	require.ErrorContains(t, err, "no household fits")
}

// Real people are never spoiled.
func TestSpoilLeavesRealPeopleAlone(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	real := "110105" + "19491231002"
	apply(t, store, plan(t, store, workbook(t, "台账", []any{"户编号", "村", "姓名", "与户主关系", "身份证号"}, []any{"H1", "松塘村", "单志明", "户主", id(real)})))
	_, err := Spoil(t.Context(), store, SpoilOptions{Region: township, Codes: []string{"population_mismatch"}, Context: ruleContext()})
	require.Error(t, err)
	require.Equal(t, 1, count[models.Household](t, store))
	h, _, _ := loaded(t, store, "H1")
	require.Equal(t, 1, h.Population)
}

// Monitored households are spoiled by what contradicts their risk, or their elimination.
func TestSpoiledMonitoredHouseholds(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	o := GenerateOptions{Seed: 5, Households: 450, Wide: true}
	for _, o.Year = range []int{2025, 2026} {
		file, _ := generated(t, o)
		apply(t, store, plan(t, store, file))
	}
	day := policy.DateOf(today)
	// What each household is, told by turns: the township has some of every kind.
	kinds := []policy.Family{
		inForce("illness", "health", day), inForce("disability", "security", day), inForce("schooling", "education", day), inForce("labour_shortage", "industry", day),
		inForce("unstable_employment", "employment", day), inForce("accident", "social", day), gone("industry", day), gone("security", day), gone("public_post", day),
	}
	kinds[1].Measures = append(kinds[1].Measures, policy.FamilyMeasure{Kind: "industry", Name: "养殖"})
	require.NoError(t, store.DB.Model(&models.Household{}).Where("1 = 1").Update("status", "monitored").Error)
	told := map[string]policy.Family{}
	for i, f := range families(t, store) {
		told[f.ID] = kinds[i%len(kinds)]
		if grownPupils(f, day) { // who alone can have left school
			told[f.ID] = kinds[2]
		}
	}
	put, err := Spoil(t.Context(), store, SpoilOptions{Region: township, Seed: 3, Codes: SpoilableMonitored(), Context: ruleContext(),
		Monitored: func(_ *gorm.DB, id string) (policy.Family, error) { return told[id], nil }})
	require.NoError(t, err)
	require.Len(t, put, len(monitoredSpoilings))
	all := families(t, store)
	for i := range all {
		f := &all[i]
		f.Episode, f.Measures, f.Contact = told[f.ID].Episode, told[f.ID].Measures, told[f.ID].Contact
	}
	found := ruleFindings(all)
	for _, p := range put {
		require.Equal(t, []string{p.Code + " " + p.Member}, found[p.No])
	}
	_, err = Spoil(t.Context(), store, SpoilOptions{Region: township, Codes: SpoilableMonitored(), Context: ruleContext()})
	require.ErrorContains(t, err, "no household fits", "nobody tells what they are")
}

// grownPupils tells whether there are pupils, and none under sixteen.
func grownPupils(f policy.Family, day policy.Date) bool {
	pupils := 0
	for _, m := range f.Members {
		if age, _ := m.Age(day); m.InSchool() && age < 16 {
			return false
		}
		if m.InSchool() {
			pupils++
		}
	}
	return pupils > 0
}

func inForce(risk, kind string, day policy.Date) policy.Family {
	return policy.Family{Contact: "周联系", Episode: &policy.Episode{RiskTypes: []string{risk}, Identified: day.AddDays(-90)},
		Measures: []policy.FamilyMeasure{{Kind: kind, Name: "帮扶", Risk: risk}}}
}

func gone(kind string, day policy.Date) policy.Family {
	return policy.Family{Contact: "周联系", Measures: []policy.FamilyMeasure{{Kind: kind, Name: "帮扶"}},
		Episode: &policy.Episode{RiskTypes: []string{"accident"}, Identified: day.AddDays(-400), Eliminated: day.AddDays(-30), Method: "assisted", Checked: true}}
}
