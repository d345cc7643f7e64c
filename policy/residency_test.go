package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestResidency(t *testing.T) {
	t.Parallel()
	good := ResidencyFacts{Days: 20, LongPlan: true, AnnualPlan: true, AccidentInsured: true, IllnessInsured: true, TasksDone: true}
	require.Empty(t, Residency(good, with()))
	for code, change := range map[string]func(f *ResidencyFacts){
		"resident_days": func(f *ResidencyFacts) { f.Days = 19 }, "resident_long_plan": func(f *ResidencyFacts) { f.LongPlan = false },
		"resident_annual_plan": func(f *ResidencyFacts) { f.AnnualPlan = false }, "resident_accident": func(f *ResidencyFacts) { f.AccidentInsured = false },
		"resident_illness": func(f *ResidencyFacts) { f.IllnessInsured = false }, "resident_tasks": func(f *ResidencyFacts) { f.TasksDone = false },
	} {
		f := good
		change(&f)
		got := Residency(f, with())
		require.Len(t, got, 1)
		require.Equal(t, code, got[0].Code)
	}
}
