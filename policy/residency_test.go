package policy

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestResidency(t *testing.T) {
	t.Parallel()
	good := ResidencyFacts{Days: 20, LongPlan: true, AnnualPlan: true, AccidentInsured: true, IllnessInsured: true, TasksDone: true}
	require.Empty(t, Residency(good, with()))
	for days, want := range map[int]int{19: 1, 20: 0, 21: 0} {
		t.Run(fmt.Sprintf("S3-060 %d days", days), func(t *testing.T) {
			f := good
			f.Days = days
			require.Len(t, Residency(f, with()), want)
		})
	}
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
