package deptlist

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/policy"
)

func candidate(id, name, number, birth, village string) Candidate {
	return Candidate{Person: models.Person{ID: id, HouseholdID: "h-" + id, Name: name}, Secret: models.PersonSecret{IDNo: number, BirthDate: birth}, Village: village}
}

// The identity number first, then name, village and birth date; what is doubtful is for a person to say (2.1).
func TestMatching(t *testing.T) {
	t.Parallel()
	const here, there = "510923101201", "510923101202"
	a, b := number("19600307", 1), number("19600307", 3)
	shou := candidate("p", "罗守田", a, "1960-03-07", here)
	noNumber := candidate("q", "罗守田", "", "1960年3月7日", here)
	for _, x := range []struct {
		name        string
		who         Who
		village     string
		same, named []Candidate
		want        Outcome
		reason      string
	}{
		{"same number and name", Who{Name: "罗守田", IDNo: a}, "", []Candidate{shou}, nil, Matched, ""},
		{"same number, name and village", Who{Name: "罗守田", IDNo: a}, here, []Candidate{shou}, []Candidate{shou}, Matched, ""},
		{"dots of names", Who{Name: "阿•木", IDNo: a}, "", []Candidate{candidate("p", "阿·木", a, "", here)}, nil, Matched, ""},
		{"same number, other name", Who{Name: "罗守天", IDNo: a}, "", []Candidate{shou}, nil, Doubtful, NameDiffers},
		{"same number, other village", Who{Name: "罗守田", IDNo: a}, there, []Candidate{shou}, nil, Doubtful, MovedVillage},
		{"name, village and birth", Who{Name: "罗守田", Birth: policy.NewDate(1960, 3, 7)}, here, nil, []Candidate{shou}, Matched, ""},
		{"number unknown to the register", Who{Name: "罗守田", IDNo: a, Birth: policy.NewDate(1960, 3, 7)}, here, nil, []Candidate{noNumber}, Matched, ""},
		{"other number", Who{Name: "罗守田", IDNo: b, Birth: policy.NewDate(1960, 3, 7)}, here, nil, []Candidate{shou}, Doubtful, NumberDiffers},
		{"born on another day", Who{Name: "罗守田", Birth: policy.NewDate(1960, 3, 8)}, here, nil, []Candidate{shou}, Outside, ""},
		{"neither number nor birth", Who{Name: "罗守田"}, here, nil, []Candidate{shou}, Doubtful, NoNumber},
		{"several", Who{Name: "罗守田", Birth: policy.NewDate(1960, 3, 7)}, here, nil, []Candidate{shou, noNumber}, Doubtful, SeveralPersons},
		{"nobody", Who{Name: "罗守田", IDNo: a}, "", nil, nil, Outside, ""},
	} {
		got := match(&Row{Who: x.who, Village: x.village}, x.same, x.named)
		require.Equal(t, x.want, got.Outcome, x.name)
		require.Equal(t, x.reason, got.Reason, x.name)
		require.Equal(t, x.want == Matched, got.Person != nil, x.name)
		require.Equal(t, x.want == Doubtful, len(got.Candidates) > 0, x.name)
	}
}

// A decision holds for rows that name somebody in the same way, however it is written.
func TestKeyOfAName(t *testing.T) {
	t.Parallel()
	k := Who{Name: "阿·木", Village: "石桥村"}.Named()
	require.Equal(t, k, Who{Name: "阿 • 木", Village: "石桥村委会"}.Named())
	for _, w := range []Who{{Name: "阿木", Village: "石桥村"}, {Name: "阿·木", Village: "柳湾村"}, {Name: "阿·木", Village: "石桥村", IDNo: "1"}, {Name: "阿·木", Village: "石桥村", Birth: policy.NewDate(1960, 3, 7)}} {
		require.NotEqual(t, k, w.Named())
	}
}

// What a row newly says; what an earlier list or the register said already is no sign.
func TestSigns(t *testing.T) {
	t.Parallel()
	type values = map[string]string
	for _, x := range []struct {
		name, kind  string
		now, before values
		reg         Known
		call        Consequence
		channel     string
	}{
		{"S3-019 new 低保", "dibao", values{"status": "yes"}, nil, Known{}, Clue, DibaoOrHousing},
		{"S3-019 back in 低保", "dibao", values{"status": "yes"}, values{"status": "no"}, Known{}, Clue, DibaoOrHousing},
		{"S3-019 低保 as last month", "dibao", values{"status": "yes"}, values{"status": "yes"}, Known{}, Nothing, ""},
		{"S3-019 低保 in the register", "dibao", values{"status": "yes"}, nil, Known{Dibao: true}, Nothing, ""},
		{"S3-019 低保 ended", "dibao", values{"status": "no"}, values{"status": "yes"}, Known{}, Nothing, ""},
		{"S3-019 grade B", "house_grade", values{"grade": "B"}, nil, Known{HouseGrade: "A"}, Nothing, ""},
		{"S3-019 grade C", "house_grade", values{"grade": "C"}, values{"grade": "B"}, Known{HouseGrade: "A"}, Clue, DibaoOrHousing},
		{"S3-019 C to D", "house_grade", values{"grade": "D"}, values{"grade": "C"}, Known{HouseGrade: "C"}, Clue, DibaoOrHousing},
		{"S3-019 grade C in the register", "house_grade", values{"grade": "C"}, nil, Known{HouseGrade: "C"}, Nothing, ""},
		{"S3-009 unemployed, 脱贫", "unemployment", values{"status": "out"}, nil, Known{OutOfPoverty: true}, Clue, DeptPush},
		{"S3-009 unemployed, ordinary", "unemployment", values{"status": "out"}, nil, Known{}, Nothing, ""},
		{"S3-009 still unemployed", "unemployment", values{"status": "out"}, values{"status": "out"}, Known{OutOfPoverty: true}, Nothing, ""},
		{"S3-009 at work", "unemployment", values{"status": "in"}, values{"status": "out"}, Known{OutOfPoverty: true}, Nothing, ""},
		{"S3-054 unable to pay", "uninsured", values{"unable": "yes"}, values{"unable": "no"}, Known{}, Clue, DeptPush},
		{"S3-054 unwilling", "uninsured", values{"unable": "no"}, nil, Known{}, Nothing, ""},
		{"new disability", "disability", values{"level": "3"}, nil, Known{}, Clue, DeptPush},
		{"disability in the register", "disability", values{"level": "3"}, nil, Known{Disabled: true}, Nothing, ""},
		{"graver disability", "disability", values{"level": "2"}, values{"level": "3"}, Known{Disabled: true}, Clue, DeptPush},
		{"lighter disability", "disability", values{"level": "3"}, values{"level": "2"}, Known{Disabled: true}, Nothing, ""},
		{"dropout", "dropout", values{"status": "out"}, nil, Known{}, Clue, DeptPush},
		{"back at school", "dropout", values{"status": "in"}, values{"status": "out"}, Known{}, Nothing, ""},
		{"out again", "dropout", values{"status": "out"}, values{"status": "in"}, Known{}, Clue, DeptPush},
		{"serious illness", "serious_illness", values{}, nil, Known{}, Clue, DeptPush},
		{"serious illness in the register", "serious_illness", values{}, nil, Known{SeriouslyIll: true}, Nothing, ""},
		{"tekun", "tekun", values{}, nil, Known{}, Clue, DeptPush},
		{"water", "water_test", values{"passed": "no"}, values{"passed": "yes"}, Known{}, Clue, DeptPush},
		{"water fine", "water_test", values{"passed": "yes"}, nil, Known{}, Nothing, ""},
		{"DQ-04 expense on the limit", "large_expense", values{"amount": "500000"}, nil, Known{}, Nothing, ""},
		{"DQ-04 expense just over", "large_expense", values{"amount": "500001"}, nil, Known{}, Clue, DeptPush},
		{"DQ-04 expense repeated", "large_expense", values{"amount": "600000"}, values{"amount": "500001"}, Known{}, Nothing, ""},
		{"DQ-04 school cost just over", "school_cost", values{"amount": "500001"}, values{"amount": "500000"}, Known{}, Clue, DeptPush},
		{"death", "death", values{"on": "2026-08-01"}, nil, Known{}, Correction, ""},
		{"death again", "death", values{"on": "2026-08-01"}, values{"on": "2026-08-01"}, Known{}, Nothing, ""},
		{"moved", "registration", values{"change": "out"}, nil, Known{}, Correction, ""},
		{"S3-041 medical cost", "medical_cost", values{"own": "1"}, values{"own": "1"}, Known{}, Alert, ""},
	} {
		s := Signs(kind(t, x.kind), x.now, x.before, x.reg, 500000)
		require.Equal(t, x.call, s.Call, x.name)
		require.True(t, s.Call == Nothing || MaySign(kind(t, x.kind), x.now, x.before), x.name)
		require.Equal(t, x.channel, s.Channel, x.name)
		require.Equal(t, x.call == Clue || x.call == Correction, s.Reason != "", x.name)
	}
}
