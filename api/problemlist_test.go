package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/programme"
	"shouwang/internal/testkit"
	"shouwang/models"
)

// listProblem enters a problem of a programme as it stands, with its facts.
func (w *world) listProblem(programmeID, state, region string, facts object, due time.Time) string {
	c := w.row("rectification", state, region, func(c *models.Case) {
		c.DueAt, c.HouseholdID = due, ""
		c.Facts.Values = map[string]json.RawMessage{}
		for k, v := range facts {
			c.Facts.Values[k], _ = json.Marshal(v)
		}
	})
	w.create(&models.ProgrammeProblem{ProgrammeID: programmeID, CaseID: c.ID, RowKey: c.ID, JoinedAt: w.clock()})
	return c.ID
}

// problemList reads the whole list page by page.
func (w *world) problemList(t testing.TB, user, id, query string, limit int) (ids []string, first gen.ProgrammeProblemList) {
	t.Helper()
	ids = []string{}
	for cursor, n := "", 0; n == 0 || cursor != ""; n++ {
		page := decode[gen.ProgrammeProblemList](t, w.do(t, call{user: user, method: "GET", status: 200,
			url: fmt.Sprintf("%s/programmes/%s/problems?limit=%d&count=%t&%s&cursor=%s", basePath, id, limit, n == 0, query, url.QueryEscape(cursor))}))
		require.LessOrEqual(t, len(page.Items), limit)
		for _, x := range page.Items {
			ids = append(ids, x.Case.ID)
		}
		if cursor = page.NextCursor; n == 0 {
			first = page
		}
	}
	return ids, first
}

// The list of a programme is paged, narrowed and counted by the database, in either as the figures of the programme count.
func TestProblemsAreListedPageByPage(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		p := w.programme(t)
		today, day := w.clock(), func(n int) string { return w.clock().AddDate(0, 0, n).Format(time.DateOnly) }
		moved := func(set, now string) object { return object{"set": set, "now": now} }
		add := func(state, region string, facts object, days int) string {
			return w.listProblem(p.ID, state, region, facts, today.AddDate(0, 0, days))
		}
		late := []string{
			add("assigned", village, object{"due_on": day(-1), "responsible": "u-cadre", "class": "special"}, -9),
			add("rectifying", nextVillage, object{"due_on": day(-40), "responsible": "u-leader", "class": "immediate", "due_on_moved": moved(day(-41), day(9))}, -8),
			add("escalated", village, object{"due_on": day(-40), "due_on_moved": moved(day(-40), day(-1)), "suspended": false}, -7),
		}
		timely := []string{
			add("assigned", village, object{"due_on": day(0), "responsible": "u-cadre", "class": "special"}, 1),                        // to the end of today
			add("assigned", village, object{"due_on": day(-40), "due_on_moved": moved(day(-40), day(0)), "responsible": "u-cadre"}, 2), // with the days of a pause
			add("rectifying", village, object{"due_on": day(-1), "suspended": true}, 3),
			add("submitted", nextVillage, object{"due_on": day(-1)}, 4),
			add("closed", village, object{"due_on": day(-1), "class": "immediate"}, 5),
			add("found", village, object{}, 6),
			add("registered", nextVillage, nil, 6), // at the same moment
		}
		add("found", farVillage, object{}, 7)                                                          // of an area that the town does not reach
		w.listProblem(w.programmeOf(t, "county"), "found", village, object{"class": "special"}, today) // of another programme

		all := slices.Concat(late, timely)
		for _, limit := range []int{1, 3, 100} {
			got, first := w.problemList(t, "town", p.ID, "", limit)
			require.ElementsMatch(t, all, got, "each once")
			require.Equal(t, all[:8], got[:8], "the most urgent first")
			require.Equal(t, []int{len(all), len(late)}, []int{*first.Total, *first.Overdue})
		}
		items, err := programme.Load(w.store.DB, p.ID, func(tx *gorm.DB) *gorm.DB { return tx })
		require.NoError(t, err)
		counted := []string{}
		for i := range items {
			if items[i].Overdue(today) {
				counted = append(counted, items[i].ID)
			}
		}
		for query, want := range map[string][]string{
			"overdue=true":                       counted,
			"overdue=false":                      all,
			"village=" + nextVillage:             {late[1], timely[3], timely[6]},
			"village=" + township:                all,
			"village=" + farVillage:              {},
			"responsible=u-cadre":                {late[0], timely[0], timely[1]},
			"responsible=u-cadre&overdue=true":   {late[0]},
			"responsible=-&village=" + village:   {late[2], timely[2], timely[4], timely[5]},
			"responsible=u-nobody":               {},
			"class=special":                      {late[0], timely[0]},
			"class=-&state=found":                {timely[5]},
			"state=assigned":                     {late[0], timely[0], timely[1]},
			"open=true&village=" + village:       {late[0], late[2], timely[0], timely[1], timely[2], timely[5]},
			"class=" + url.QueryEscape("' OR '"): {},
		} {
			got, first := w.problemList(t, "town", p.ID, query, 2)
			require.ElementsMatch(t, want, got, query)
			require.Equal(t, len(want), *first.Total, query)
		}
		require.ElementsMatch(t, late, counted, "Case.Late and the list say the same")

		own, _ := w.problemList(t, "cadre", p.ID, "", 100)
		require.ElementsMatch(t, []string{late[0], late[2], timely[0], timely[1], timely[2], timely[4], timely[5]}, own, "a village sees its own")
		w.do(t, call{user: "far_town", method: "GET", url: basePath + "/programmes/" + p.ID + "/problems", status: 404})
		w.do(t, call{user: "town", method: "GET", url: basePath + "/programmes/" + p.ID + "/problems?cursor=eyJpIjoieCIsInMiOiJvcGVuZWQifQ", status: 400, code: "bad_cursor"})
		x := w.export(t, "town", "programme_problems", object{"filter": object{"id": p.ID}}, 200)
		require.Equal(t, []int{len(all), len(all)}, []int{x.Rows, x.Total}, "an export keeps all of them")
		require.NotEmpty(t, decode[gen.ProgrammeDetail](t, w.do(t, call{user: "town", method: "GET", url: basePath + "/programmes/" + p.ID, status: 200})).Classes)
	})
}

// programmeOf is another programme of the same place.
func (w *world) programmeOf(t testing.TB, user string) string {
	return decode[gen.Programme](t, w.do(t, call{user: user, method: "POST", url: basePath + "/programmes", status: 200, body: programmeInput()})).ID
}
