package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each guarantee is told with its rule: met, not met, and open where a fact is missing, which is never read as a no.
func TestGuarantees(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		with    func(*Family)
		code    string
		verdict Verdict
		reason  string
	}{
		{"a child at school", nil, ScreenEducation, VerdictYes, "适龄儿童均在校，或者有规定的情形"},
		{"a child who has left school", func(f *Family) { f.Members[2].School, f.Members[2].NotInSchool = "", "厌学" }, ScreenEducation, VerdictNo, "适龄未在校1人"},
		{"a child of whom nothing is known", func(f *Family) { f.Members[2].School = "" }, ScreenEducation, VerdictJudge, "在校情况没有记录或者须核清1人"},
		{"no child", func(f *Family) { f.Members = f.Members[:2] }, ScreenEducation, VerdictYes, "没有义务教育阶段适龄儿童"},
		{"all insured", nil, ScreenMedical, VerdictYes, "全员参加一种基本医疗保险和大病保险"},
		{"insured twice", func(f *Family) { f.Members[0].EmployeeInsured = new(true) }, ScreenMedical, VerdictNo, "未参保、重复参保或者无大病保险1人"},
		{"one not insured, of one nothing known", func(f *Family) {
			f.Members[0].ResidentInsured, f.Members[1].ResidentInsured, f.Members[1].EmployeeInsured = new(false), nil, nil
		}, ScreenMedical, VerdictNo, "未参保、重复参保或者无大病保险1人；参保情况没有记录1人"},
		{"grade A", nil, ScreenHousing, VerdictYes, "住房等级：A"},
		{"grade C, repaired and moved in", func(f *Family) { f.House.Grade, f.House.Repaired, f.House.MovedIn = "C", true, true }, ScreenHousing, VerdictYes, "已改造：是"},
		{"grade C", func(f *Family) { f.House.Grade = "C" }, ScreenHousing, VerdictNo, "住房等级：C"},
		{"no grade", func(f *Family) { f.House.Grade = "" }, ScreenHousing, VerdictJudge, "住房等级：未知"},
		{"water on the tap", nil, ScreenWater, VerdictYes, "四项均达标"},
		{"too little water", func(f *Family) { f.Water.LitresPerDay = 1 }, "water_quantity", VerdictNo, "每人每日1升"},
		{"no record of water", func(f *Family) { f.Water = nil }, ScreenWater, VerdictJudge, "没有登记"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := sound()
			if tc.with != nil {
				tc.with(&f)
			}
			var found Finding
			for _, x := range Guarantees(&f, screenDay, screenPolicy()) {
				if x.Code == tc.code {
					found = x
				}
				for _, m := range f.Members {
					require.NotContains(t, x.Reason, m.Name, "members are counted, not named")
				}
			}
			require.Equal(t, tc.verdict, found.Verdict)
			require.Contains(t, found.Reason, tc.reason)
			require.NotEmpty(t, found.Basis)
		})
	}
}
