package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// seen is a row of the table of 3.3 as the gate keeps it: what somebody of the village, of
// the case or of its household reaches of it, and how he sees P0 to P5 of it, before and
// while he works on it. "-" is hidden, "m" masked, "f" full.
type seen struct {
	// villages are those whose ordinary case he reaches; households those he reaches besides any case.
	cases, households bool
	see, work         string
}

var table33 = map[procedure.Role]seen{
	procedure.Farmer:            {true, true, "ffff--", "ffff--"}, // of his own household
	procedure.GridMember:        {true, true, "ffm---", "ffm---"},
	procedure.VillageMonitor:    {true, true, "fff---", "ffff--"},
	procedure.VillageCadre:      {true, true, "fff---", "ffff--"},
	procedure.VillageSecretary:  {true, true, "fff---", "ffff--"},
	procedure.ResidentLeader:    {true, true, "fff---", "ffff--"},
	procedure.ResidentMember:    {true, true, "fff---", "ffff--"},
	procedure.AssistancePerson:  {true, true, "ffff--", "ffff--"}, // of the household he is paired with
	procedure.MonitoringContact: {true, true, "ffff--", "ffff--"},
	procedure.Surveyor:          {false, false, "", ""}, // until there is a task for him
	procedure.Instructor:        {false, false, "", ""}, // of campaigns only
	procedure.GroupLeader:       {false, false, "", ""},
	procedure.Guide:             {false, false, "", ""},
	procedure.DataEntry:         {true, true, "fff---", "ffff--"},
	procedure.TownshipOffice:    {true, true, "ffmm--", "fffff-"},
	procedure.LinkedLeader:      {true, true, "ffmm--", "fffff-"},
	procedure.TownshipHead:      {true, true, "ffmm--", "fffff-"},
	procedure.TownshipDept:      {false, false, "", ""}, // until something is asked of it
	procedure.GuidanceGroup:     {true, true, "ffm---", "ffm---"},
	procedure.CountyOffice:      {true, true, "ffmmf-", "fffff-"},
	procedure.CountyDept:        {false, false, "", ""},
	procedure.CountyGroup:       {true, true, "ffmmf-", "fffff-"},
	procedure.CityOffice:        {false, false, "", ""}, // numbers only
	procedure.Discipline:        {false, false, "", ""}, // until it is late
	procedure.Auditor:           {true, true, "ffmmfm", "ffmmfm"},
	procedure.SysAdmin:          {false, false, "", ""},
	procedure.SecAdmin:          {false, false, "", ""},
	procedure.LogAdmin:          {false, false, "", ""},
}

func lookText(s sight) string {
	out := ""
	for _, l := range s {
		out += map[look]string{hidden: "-", masked: "m", full: "f"}[l]
	}
	return out
}

// Every role of section 3.2 that accounts hold has its row, reaches what the row says,
// and nothing of the village next to its own.
func TestEveryRoleSeesWhatTheTableSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.row("identification", "prepared", village, nil)
	elsewhere := w.row("identification", "prepared", farVillage, func(c *models.Case) { c.HouseholdID = "household-9" })
	ctx := t.Context()
	reaches := func(v *viewer, c *models.Case, household string) (bool, bool) {
		_, caseErr := w.server.findCase(ctx, v, c.ID)
		_, householdErr := w.server.findHousehold(ctx, v, household)
		return caseErr == nil, householdErr == nil
	}
	granted := 0
	for _, d := range procedure.Roles {
		if !d.Code.Granted() {
			require.NotContains(t, table33, d.Code)
			continue
		}
		granted++
		want, ok := table33[d.Code]
		require.True(t, ok, "%s has no row", d.Code)
		lengths := d.Regions()
		g := models.RoleGrant{ID: "g-" + string(d.Code), UserID: "u-x", Role: d.Code, RegionCode: village[:lengths[len(lengths)-1]]}
		if d.OfDept() {
			g.Dept = "land"
		}
		if d.Level == procedure.LevelHousehold {
			g.HouseholdID = "household-1"
		}
		if d.OfGroup() {
			g.GroupName = "三组"
		}
		v := &viewer{user: models.User{ID: "u-x"}, grants: []models.RoleGrant{g}}
		require.NoError(t, w.server.grouped(w.store.DB, v.grants))
		cases, households := reaches(v, c, "household-1")
		require.Equal(t, want.cases, cases, "%s: the case", d.Code)
		require.Equal(t, want.households, households, "%s: the household", d.Code)
		if len(g.RegionCode) > 6 {
			cases, households = reaches(v, elsewhere, "household-9")
			require.False(t, cases || households, "%s reaches another township", d.Code)
		}
		if !want.cases {
			continue
		}
		see, err := w.server.eyes(ctx, v, c)
		require.NoError(t, err)
		require.Equal(t, want.see, lookText(see), "%s", d.Code)
		working := *c
		working.Facts.By = map[string][]string{"prepare": {"u-x"}}
		see, err = w.server.eyes(ctx, v, &working)
		require.NoError(t, err)
		require.Equal(t, want.work, lookText(see), "%s at work", d.Code)
	}
	require.Len(t, table33, granted)
	require.Equal(t, 28, granted)
}

// Whoever is reached by his work alone: the row of a department once something is asked
// of it, of a surveyor with a task, of discipline once a case is late.
func TestRolesReachedByWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock()
	late := func(c *models.Case) { c.DueAt = now.Add(-time.Hour) }
	closedLate := w.row("risk_clue", "closed", village, func(c *models.Case) { c.ClosedAt = &now })
	w.create(&models.ClockRow{ID: "late", CaseID: closedLate.ID, Code: "total", Run: 1, StartedAt: now.Add(-72 * time.Hour), AnchorAt: now.Add(-72 * time.Hour), Budget: []byte(`{}`), DueAt: now.Add(-time.Hour), StoppedAt: &now})
	inTime := w.row("risk_clue", "closed", village, func(c *models.Case) { c.ClosedAt = &now })
	w.create(&models.ClockRow{ID: "in-time", CaseID: inTime.ID, Code: "total", Run: 1, StartedAt: now.Add(-72 * time.Hour), AnchorAt: now.Add(-72 * time.Hour), Budget: []byte(`{}`), DueAt: now.Add(time.Hour), StoppedAt: &now})
	_, err := w.server.findCase(t.Context(), &viewer{user: models.User{ID: "u-x"}, grants: []models.RoleGrant{{ID: "g-x", UserID: "u-x", Role: procedure.Discipline, RegionCode: township}}}, inTime.ID)
	require.Error(t, err, "neither late nor concealed")
	for name, x := range map[string]struct {
		c         *models.Case
		g         models.RoleGrant
		see, work string
	}{
		"department": {w.row("dept_comparison", "requested", village, func(c *models.Case) { c.Dept = "land" }), models.RoleGrant{Role: procedure.CountyDept, RegionCode: county, Dept: "land"}, "fff-f-", "fff-f-"},
		"discipline": {w.row("risk_clue", "new", village, late), models.RoleGrant{Role: procedure.Discipline, RegionCode: township}, "ffm--f", "ffm--f"},
		"discipline, concealed": {w.row("rectification", "archived", village, func(c *models.Case) { c.ClosedAt, c.Facts = &now, fact(t, map[string]any{"liable": true}) }),
			models.RoleGrant{Role: procedure.Discipline, RegionCode: township}, "ffm--f", "ffm--f"},
		"discipline, closed late": {closedLate, models.RoleGrant{Role: procedure.Discipline, RegionCode: township}, "ffm--f", "ffm--f"},
		"instructor":              {w.row("campaign", "fieldwork", village, nil), models.RoleGrant{Role: procedure.Instructor, RegionCode: township}, "ff----", "ffff--"},
		"leader":                  {w.row("village_form", "filling", village, nil), models.RoleGrant{Role: procedure.GroupLeader, RegionCode: township}, "ff----", "ffff--"},
	} {
		x.g.ID, x.g.UserID = "g-x", "u-x"
		v := &viewer{user: models.User{ID: "u-x"}, grants: []models.RoleGrant{x.g}}
		_, err := w.server.findCase(t.Context(), v, x.c.ID)
		require.NoError(t, err, name)
		see, err := w.server.eyes(t.Context(), v, x.c)
		require.NoError(t, err, name)
		require.Equal(t, x.see, lookText(see), name)
		x.c.Facts.By = map[string][]string{"fill": {"u-x"}}
		see, err = w.server.eyes(t.Context(), v, x.c)
		require.NoError(t, err, name)
		require.Equal(t, x.work, lookText(see), name)
	}
}

// The city sees the numbers of its counties and no case.
func TestCitySeesNumbersOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.campaigner("city", procedure.CityOffice, county[:4])
		clue := w.openClue(t, "household-1", "cadre")
		w.row("rectification", "rectifying", village, nil)
		require.Equal(t, w.figures(t, "county", "").Stages, w.figures(t, "city", "").Stages)
		require.NotEmpty(t, w.figures(t, "city", "").Stages)
		w.do(t, call{user: "city", method: "GET", url: basePath + "/cases/" + clue, status: 404})
		for _, list := range []string{"/cases", "/households", "/tasks", "/figures/problems", "/notices", "/papers"} {
			w.do(t, call{user: "city", method: "GET", url: basePath + list, status: 200, want: []string{`"items":[]`}, not: []string{clue, "罗守田"}})
		}
	})
}

// The head of a group reaches its households, their cases and the tasks about them, whatever else is in the same inbox; of
// the village what is on its board.
func TestGridMemberReachesHisGroup(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.campaigner("group2", procedure.GridMember, village)
		w.campaigner("nogroup", procedure.GridMember, village)
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = 'g-group2'").Update("group_name", "四组").Error)
		require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = 'household-2'").Update("group_name", "四组").Error)
		clue := w.openClue(t, "household-1", "grid")
		w.create(&models.Task{ID: "task-group", CaseID: clue, Procedure: "risk_clue", State: "new", Role: procedure.GridMember, Queue: models.Queue(procedure.GridMember, village, ""), RegionCode: village, Subject: "罗守田", OpenedAt: w.clock(), DueAt: w.clock().Add(day24)})
		tasks := func(user string) []string {
			var out []string
			for _, x := range decode[gen.TaskPage](t, w.do(t, call{user: user, method: "GET", url: basePath + "/tasks", status: 200})).Items {
				out = append(out, x.ID)
			}
			return out
		}
		task := tasks("grid")
		require.Len(t, task, 1)
		for _, user := range []string{"group2", "nogroup"} {
			require.Empty(t, tasks(user), user)
			w.do(t, call{user: user, method: "GET", url: basePath + "/tasks/counts", status: 200, want: []string{`"all":0`}})
			w.do(t, call{user: user, method: "POST", url: basePath + "/tasks/" + task[0] + "/claim", status: 404})
			for _, url := range []string{"/cases/" + clue, "/households/household-1", "/households/household-1/members"} {
				w.do(t, call{user: user, method: "GET", url: basePath + url, status: 404})
				w.do(t, call{user: "grid", method: "GET", url: basePath + url, status: 200})
			}
			for _, list := range []string{"/cases", "/households"} {
				w.do(t, call{user: user, method: "GET", url: basePath + list, status: 200, not: []string{clue, "罗守田"}})
			}
			w.do(t, call{user: user, method: "GET", url: basePath + "/messages", status: 200, not: []string{clue}})
		}
		w.do(t, call{user: "group2", method: "GET", url: basePath + "/households", status: 200, want: []string{"余春苗"}})
		w.do(t, call{user: "nogroup", method: "GET", url: basePath + "/households", status: 200, not: []string{"余春苗"}})
		w.do(t, call{user: "grid", method: "GET", url: basePath + "/households/household-2", status: 404})
		w.do(t, call{user: "grid", method: "POST", url: basePath + "/tasks/" + task[0] + "/claim", status: 200})

		// Lent while its head is away, the post reaches no more.
		w.absence("u-grid", "g-grid", "u-group2", 0, 2)
		w.do(t, call{user: "group2", method: "GET", url: basePath + "/cases/" + clue, status: 200})
		w.do(t, call{user: "group2", method: "GET", url: basePath + "/households/household-3", status: 404})

		// The post is given for a group that is there.
		id := w.newAccount(t, "newcomer").Account.ID
		grid := object{"role": "grid_member", "region_code": village}
		w.grant(t, "sec", id, 422, "unknown_group", grid)
		w.grant(t, "sec", id, 422, "unknown_group", with(grid, object{"group": "九组"}))
		w.grant(t, "sec", id, 422, "group_of_its_head", object{"group": "三组"})
		account := decode[gen.Account](t, w.grant(t, "sec", id, 200, "", with(grid, object{"group": "三组"})))
		require.Equal(t, "三组", account.Grants[0].Group)
	})
}

// The city sees a single case when it has asked for it in writing: that one, masked, for the days of the request, and it is
// on record; neither the household nor any other case.
func TestCityReadsOneCaseOnWrittenRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.campaigner("city", procedure.CityOffice, county[:4])
		clue, other := w.openClue(t, "household-1", "cadre"), w.openClue(t, "household-2", "cadre")
		var c models.Case
		require.NoError(t, w.store.DB.Where("id = ?", clue).Take(&c).Error)
		in := object{"user_id": "u-city", "title": "书面调阅", "basis": "市乡振函〔2026〕8号", "areas": []string{county}, "case_no": c.No, "from": "2026-03-10", "until": "2026-03-11"}
		give := func(user string, status int, code string, more object) string {
			t.Helper()
			return w.do(t, call{user: user, method: "POST", url: basePath + "/engagements", body: with(in, more), status: status, code: code}).Body.String()
		}
		give("cadre", 403, "role_not_allowed", nil)
		require.Contains(t, give("county", 422, "engagement_faulty", object{"case_no": "XS0"}), "unknown_case")
		require.Contains(t, give("sec", 422, "engagement_faulty", nil), "unknown_case", "who sees no case opens none")
		require.Contains(t, give("county", 422, "engagement_faulty", object{"user_id": "u-auditor"}), "not_a_city_office")
		require.Contains(t, give("county", 422, "engagement_faulty", object{"case_no": ""}), "not_an_auditor")
		w.do(t, call{user: "city", method: "GET", url: basePath + "/cases/" + clue, status: 404})
		id := decode[gen.Engagement](t, w.do(t, call{user: "county", method: "POST", url: basePath + "/engagements", body: in, status: 200, want: []string{c.No}})).ID

		w.do(t, call{user: "city", method: "GET", url: basePath + "/cases", status: 200, want: []string{clue}, not: []string{other}})
		w.do(t, call{user: "city", method: "GET", url: basePath + "/cases/" + clue + "/timeline", status: 200, not: []string{headPhone, headID}})
		v := &viewer{user: models.User{ID: "u-city"}}
		var err error
		v.grants, err = w.server.grantsOf(w.store.DB, "u-city")
		require.NoError(t, err)
		see, err := w.server.eyes(t.Context(), v, &c)
		require.NoError(t, err)
		require.Equal(t, "ffm---", lookText(see))
		for _, url := range []string{"/cases/" + other, "/households/household-1", "/households/household-1/members"} {
			w.do(t, call{user: "city", method: "GET", url: basePath + url, status: 404})
		}
		w.do(t, call{user: "city", method: "GET", url: basePath + "/households", status: 200, want: []string{`"items":[]`}})
		var seen int64
		require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("user_id = 'u-city' AND record_id = ?", clue).Count(&seen).Error)
		require.Positive(t, seen, "it stands in the access log")
		w.do(t, call{user: "county", method: "POST", url: basePath + "/engagements/" + id + "/end", status: 200})
		w.do(t, call{user: "city", method: "GET", url: basePath + "/cases/" + clue, status: 404})
	})
}
