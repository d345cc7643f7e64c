package api

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/internal/testkit"
)

// The wall names villages and officials and tells households by number: nobody of them, and no problem in its own words,
// can be read from it. What is late or near stands on it, and what is a day further off does not.
func TestProgrammeWall(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		p := w.programme(t)
		today := w.now
		for i, left := range []int{nearDays, nearDays + 1, 0} {
			id := w.openProblem(t, p.No, fmt.Sprintf("household-%d", i%2+1), fmt.Sprintf("罗守田家供水问题%d", i))
			w.assignProblem(t, id, object{"due_kind": "date", "due_date": today.AddDate(0, 0, left).Format("2006-01-02")})
		}
		url := basePath + "/programmes/" + p.ID + "/wall"
		read := func(user string) gen.ProgrammeWall {
			return decode[gen.ProgrammeWall](t, w.do(t, call{user: user, method: "GET", url: url, status: 200, not: []string{"罗守田", "供水", "138000", "household-1"}}))
		}
		wall := read("town")
		require.Equal(t, 3, wall.Progress.Total)
		require.Equal(t, "集中整改", wall.PhaseTitle)
		require.NotEmpty(t, wall.BurnDown)
		require.Len(t, wall.Problems, 2, "a week is near, a day more is not")
		require.Equal(t, []int{0, nearDays}, []int{wall.Problems[0].DaysLeft, wall.Problems[1].DaysLeft})
		require.NotEmpty(t, wall.Problems[0].HouseholdNo)
		require.Equal(t, "测cadre", wall.Problems[0].Responsible)

		w.now = w.now.AddDate(0, 0, 1)
		wall = read("cadre")
		require.Equal(t, -1, wall.Problems[0].DaysLeft)
		require.Len(t, wall.Problems, 3)
		require.Equal(t, 1, wall.Progress.Overdue)
		require.Empty(t, read("next_cadre").Problems, "each sees the problems that he reaches")
		for user, status := range map[string]int{"far_town": 404, "civil": 404, "farmer": 404, "sec": 404} {
			w.do(t, call{user: user, method: "GET", url: url, status: status})
		}
	})
}
