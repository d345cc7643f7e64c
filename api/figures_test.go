package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/programme"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// row is a case as figures count it.
func (w *world) row(proc, state, region string, more func(c *models.Case)) *models.Case {
	id := models.NewID()
	c := &models.Case{ID: id, No: "T-" + id, Procedure: proc, Version: 1, State: procedure.State(state), HouseholdID: "household-1", RegionCode: region,
		OpenedAt: w.clock(), UpdatedAt: w.clock(), DueAt: models.FarFuture}
	if more != nil {
		more(c)
	}
	w.create(c)
	return c
}

func (w *world) figures(t testing.TB, user, query string) gen.Figures {
	return decode[gen.Figures](t, w.do(t, call{user: user, method: "GET", url: basePath + "/figures" + query, status: 200}))
}

// fact is a fact of a case as JSON.
func fact(t testing.TB, values map[string]any) models.Facts {
	f := models.Facts{Values: map[string]json.RawMessage{}, Count: map[string]int{}, At: map[string]time.Time{}}
	for code, v := range values {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		f.Values[code] = raw
	}
	return f
}

// Figures count what was put there, each viewer those of his areas.
func TestFigures(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			now := w.clock()
			late := func(c *models.Case) { c.DueAt = now }
			w.row("risk_clue", "new", village, late)
			w.row("risk_clue", "new", village, func(c *models.Case) { c.DueAt = now.Add(time.Second) })
			w.row("risk_clue", "verifying", nextVillage, late)
			w.row("risk_clue", "new", farVillage, nil)
			w.row("risk_clue", "no_risk", village, func(c *models.Case) { c.ClosedAt = &now; c.DueAt = now })

			stages := func(user, query string) map[string][2]int {
				out := map[string][2]int{}
				for _, x := range w.figures(t, user, query).Stages {
					out[x.Procedure+" "+x.StateTitle] = [2]int{x.Open, x.Overdue}
				}
				return out
			}
			require.Equal(t, map[string][2]int{"risk_clue 新线索": {2, 1}, "risk_clue 核实中": {1, 1}}, stages("town", ""))
			require.Equal(t, map[string][2]int{"risk_clue 新线索": {3, 1}, "risk_clue 核实中": {1, 1}}, stages("county", ""))
			require.Equal(t, map[string][2]int{"risk_clue 新线索": {1, 0}}, stages("far_town", ""))
			require.Equal(t, map[string][2]int{"risk_clue 新线索": {2, 1}}, stages("cadre", ""))
			require.Equal(t, map[string][2]int{"risk_clue 核实中": {1, 1}}, stages("town", "?region="+nextVillage))
			require.Empty(t, stages("town", "?region="+farTownship), "asking for more does not give more")
			for _, user := range []string{"civil", "surveyor", "farmer", "sys", "sec"} {
				f := w.figures(t, user, "")
				require.Empty(t, f.Stages, user)
				require.Empty(t, f.Villages, user)
				for _, r := range f.Risks {
					require.True(t, r.Masked, user)
				}
			}
			villages := w.figures(t, "town", "").Villages
			require.Len(t, villages, 2)
			require.Equal(t, []int{2, 1}, []int{villages[0].Open, villages[0].Overdue})
			require.Contains(t, villages[0].Title, "石桥村")
		})
	}
}

// Each number is that of the list it leads to, for whoever looks.
func TestFiguresAreTheirLists(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			now := w.clock()
			late := func(c *models.Case) { c.DueAt = now }
			for _, proc := range []string{"risk_clue", "visit_task", "household_status", "rectification"} {
				w.row(proc, "new", village, late)
				w.row(proc, "new", village, nil)
				w.row(proc, "new", nextVillage, nil)
				w.row(proc, "new", farVillage, late)
				w.row(proc, "new", village, func(c *models.Case) { c.ClosedAt = &now })
			}
			first := policy.DateOf(now).AddDays(-figureDays).Start()
			for i, at := range []time.Time{now, first, first.Add(-time.Second)} {
				w.row("dept_comparison", "clean", village, func(c *models.Case) { c.Dept, c.OpenedAt = []string{"land", "land", "land"}[i], at })
			}
			for _, user := range []string{"town", "county", "cadre"} {
				count := func(query string) int {
					target := basePath + "/cases?limit=100" + query
					return len(decode[gen.CasePage](t, w.do(t, call{user: user, method: "GET", url: target, status: 200})).Items)
				}
				for _, region := range []string{"", village, nextVillage} {
					query, where := "", ""
					if region != "" {
						query, where = "?region="+region, "&village="+region
					}
					f := w.figures(t, user, query)
					for _, x := range f.Stages {
						of := where + "&procedure=" + x.Procedure + "&state=" + x.State
						require.Equal(t, []int{count(of + "&open=true"), count(of + "&overdue=true")}, []int{x.Open, x.Overdue}, user+of)
					}
					for _, x := range f.Villages {
						require.Equal(t, []int{count("&open=true&village=" + x.Code), count("&overdue=true&village=" + x.Code)}, []int{x.Open, x.Overdue}, user+x.Code)
					}
					for _, x := range f.Departments {
						require.Equal(t, count(where+"&procedure=dept_comparison&dept="+x.Code+"&opened_from="+f.Since.String()), x.Asked, user+x.Code)
					}
				}
				require.NotEmpty(t, w.figures(t, user, "").Departments)
			}
		})
	}
}

// The numbers of rectification are those of the problems that the list gives.
func TestFiguresOfProblemsAreTheirList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	yesterday := policy.DateOf(w.clock()).AddDays(-1).String()
	problem := func(state, region, class, level, due string, opened time.Time) {
		w.row("rectification", state, region, func(c *models.Case) {
			c.OpenedAt, c.Facts = opened, fact(t, map[string]any{"class": class, "subject_kind": level, "due_on": due})
			if state == "long_term" || state == "untrue" {
				c.ClosedAt = &opened
			}
		})
	}
	now, long := w.clock(), w.clock().AddDate(-2, 0, 0)
	problem("found", village, "", "household", "", now)
	problem("rectifying", village, "immediate", "household", yesterday, long)
	problem("rectifying", nextVillage, "immediate", "village", "", now)
	problem("closed", village, "special", "village", yesterday, now)
	problem("long_term", village, "special", "village", "", long)
	problem("rectifying", farVillage, "immediate", "household", yesterday, now)
	for _, user := range []string{"town", "county", "cadre", "civil"} {
		count := func(query string) int {
			return len(decode[gen.ProgrammeProblemList](t, w.do(t, call{user: user, method: "GET", url: basePath + "/figures/problems?" + query, status: 200})).Items)
		}
		f := w.figures(t, user, "").Rectification
		require.Equal(t, []int{f.Total, f.Open, f.Overdue, f.Done}, []int{count(""), count("standing=open"), count("standing=overdue"), count("standing=done")}, user)
		for name, lines := range map[string][]gen.ProgressLine{"class": f.Classes, "level": f.Levels, "region": f.Villages} {
			for _, l := range lines {
				of := name + "=" + orText(l.Code, "-")
				require.Equal(t, []int{l.Total, l.Open, l.Overdue, l.Done}, []int{count(of), count(of + "&standing=open"), count(of + "&standing=overdue"), count(of + "&standing=done")}, user+of)
			}
		}
	}
	require.Equal(t, 4, w.figures(t, "town", "").Rectification.Total)
}

// Answer times of departments: median and ninth decile of ten answers, one that never
// came.
func TestFiguresOfDepartments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := w.clock().AddDate(0, 0, -20)
	ask := func(dept, event string, days int, late bool) {
		w.row("dept_comparison", "clean", village, func(c *models.Case) {
			c.Dept, c.OpenedAt, c.Facts = dept, asked, fact(t, nil)
			if event != "" {
				c.Facts.At[event] = asked.AddDate(0, 0, days)
			}
			if late {
				c.Facts.Count["lapse"] = 1
			}
		})
	}
	for i := range 10 {
		ask("civil_affairs", []string{"answer_clean", "answer_hit"}[i%2], i+1, i == 9)
	}
	ask("civil_affairs", "", 0, true)
	ask("land", "", 0, false)
	w.row("dept_comparison", "clean", village, func(c *models.Case) { c.Dept, c.OpenedAt = "land", w.clock().AddDate(0, 0, -figureDays-1) })
	got := w.figures(t, "town", "").Departments
	require.Len(t, got, 2)
	require.Equal(t, gen.DepartmentFigure{Code: "civil_affairs", Title: got[0].Title, Asked: 11, Answered: 10, Overdue: 2, MedianDays: 5, P90Days: 9}, got[0])
	require.Equal(t, gen.DepartmentFigure{Code: "land", Title: got[1].Title, Asked: 1}, got[1])
	require.Empty(t, w.figures(t, "far_town", "").Departments)
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		values []int
		median float32
		p90    float32
	}{{nil, 0, 0}, {[]int{4}, 4, 4}, {[]int{9, 1}, 1, 9}, {[]int{3, 1, 2}, 2, 3}, {[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 6, 10}} {
		require.Equal(t, [2]float32{x.median, x.p90}, [2]float32{quantile(x.values, 0.5), quantile(x.values, 0.9)}, x.values)
	}
}

// Risk types are sensitive: five households are told, four look like none.
func TestFiguresMaskFewHouseholds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	episode := func(risk string, closed bool) {
		id := models.NewID()
		w.create(&models.Household{ID: id, No: id, RegionCode: village, HeadName: "田禾", BaseType: "ordinary", Status: "monitored", CreatedAt: w.clock(), UpdatedAt: w.clock()})
		c := w.row("identification", "entered", village, func(c *models.Case) { c.HouseholdID = id; at := w.clock(); c.ClosedAt = &at })
		m := &models.MonitoringEpisode{ID: models.NewID(), HouseholdID: id, No: 1, CaseID: c.ID, RegionCode: village, OpenedAt: w.clock()}
		require.NoError(t, m.SetSecret(w.store.Vault, models.EpisodeSecret{RiskTypes: []string{risk}}))
		if closed {
			at := w.clock()
			m.ClosedAt = &at
		}
		w.create(m)
	}
	for range 5 {
		episode("illness", false)
	}
	for range 4 {
		episode("accident", false)
	}
	episode("accident", true)
	f := w.figures(t, "town", "")
	require.Equal(t, 5, f.RiskMinimum)
	told := map[string]int{}
	for _, r := range f.Risks {
		require.Equal(t, r.Masked, r.Households == 0)
		told[r.Code] = r.Households
	}
	require.Equal(t, 5, told["illness"])
	require.Zero(t, told["accident"])
	require.Greater(t, len(told), 5, "those of nobody are there too")
	for _, r := range w.figures(t, "far_town", "").Risks {
		require.True(t, r.Masked)
	}
}

// Problems by class, level and village, and how many were open each day.
func TestFiguresOfRectification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	problem := func(state, region, class, level, due string, closed int) {
		w.row("rectification", state, region, func(c *models.Case) {
			c.OpenedAt = w.clock().AddDate(0, 0, -3)
			c.Facts = fact(t, map[string]any{"class": class, "subject_kind": level, "due_on": due})
			if closed >= 0 {
				at := w.clock().AddDate(0, 0, -closed)
				c.ClosedAt = &at
				c.Seq = 2
			}
		})
	}
	problem("assigned", village, "immediate", "household", "2026-03-09", -1)
	problem("assigned", village, "immediate", "household", "2026-03-10", -1)
	problem("rectifying", nextVillage, "special", "village", "2026-03-20", -1)
	problem("found", village, "", "household", "", -1)
	done := w.row("rectification", "consolidated", village, func(c *models.Case) {
		at := w.clock().AddDate(0, 0, -1)
		c.OpenedAt, c.ClosedAt, c.Facts = w.clock().AddDate(0, 0, -3), &at, fact(t, map[string]any{"class": "special", "subject_kind": "household"})
	})
	w.create(&models.CaseEvent{ID: models.NewID(), CaseID: done.ID, Seq: 2, Kind: "event", Event: "verify_pass", FromState: "verifying", ToState: "closed", At: w.clock().AddDate(0, 0, -1), Key: "k"})
	f := w.figures(t, "town", "")
	r := f.Rectification
	require.Equal(t, []int{5, 4, 1, 1}, []int{r.Total, r.Open, r.Overdue, r.Done})
	by := func(list []gen.ProgressLine) map[string][3]int {
		out := map[string][3]int{}
		for _, x := range list {
			out[x.Title] = [3]int{x.Total, x.Open, x.Overdue}
		}
		return out
	}
	require.Equal(t, map[string][3]int{"立行立改": {2, 2, 1}, "专项整治": {2, 1, 0}, "尚未交办": {1, 1, 0}}, by(r.Classes))
	require.Equal(t, map[string][3]int{"农户": {4, 3, 1}, "村": {1, 1, 0}}, by(r.Levels))
	require.Len(t, r.Villages, 2)
	open := map[string]int{}
	for _, d := range f.BurnDown {
		if d.Open != nil {
			open[d.Day.String()] = *d.Open
		}
	}
	require.Equal(t, map[string]int{"2026-03-07": 5, "2026-03-08": 5, "2026-03-09": 4, "2026-03-10": 4}, open)
	require.Equal(t, 4, w.figures(t, "cadre", "").Rectification.Total)
	require.Zero(t, w.figures(t, "far_town", "").Rectification.Total)
}

// Coverage of a campaign that is under way, and its cockpit, day, assignment and sample.
func TestCampaignAtAGlance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	id := w.campaign(t)
	url := basePath + "/campaigns/" + id
	detail := func(user string) gen.CampaignDetail {
		return decode[gen.CampaignDetail](t, w.do(t, call{user: user, method: "GET", url: url, status: 200, not: []string{"罗守田"}}))
	}
	d := detail("town")
	require.Equal(t, []any{"春季集中排查", "排查整改", 2, 0, 0, false}, []any{d.Title, d.KindTitle, d.Households, d.Done, d.PendingMoves, d.Paused})
	require.Equal(t, "入户（2/6）", d.PhaseTitle)
	require.Equal(t, []string{"还有农户没有调查结果"}, d.Lacking)
	require.Equal(t, []gen.CampaignDetailMay{gen.Assign, gen.Join, gen.Cutoff}, d.May)
	require.Empty(t, detail("instructor").May)
	require.Len(t, d.People, 5)
	require.Len(t, d.Trend, 1)
	require.False(t, d.Trend[0].Frozen)
	require.Len(t, d.Surveyors, 2)
	require.Equal(t, []int{2, 0}, []int{d.Villages[0].Assigned, d.Villages[0].Visited})

	assign := func(user string, status int, code string, more object) gen.AssignmentReply {
		body := object{"to": []string{"u-surveyor"}}
		for k, x := range more {
			body[k] = x
		}
		rec := w.do(t, call{user: user, method: "POST", url: url + "/assignments", status: status, code: code, body: body})
		if status != 200 {
			return gen.AssignmentReply{}
		}
		return decode[gen.AssignmentReply](t, rec)
	}
	preview := assign("town", 200, "", object{"dry_run": true})
	require.Equal(t, 1, preview.Households)
	require.Equal(t, []int{1, 2}, []int{preview.Loads[0].Before, preview.Loads[0].After})
	require.Len(t, detail("town").Surveyors, 2, "only looked at")
	assign("county", 403, "role_not_allowed", nil)
	assign("far_town", 404, "", nil)
	assign("town", 422, "nothing_to_assign", object{"villages": []string{nextVillage}})
	require.Zero(t, assign("town", 200, "", nil).Pending)
	require.Len(t, detail("town").Surveyors, 1)

	join := func(user string, status int, code string, more object) {
		body := object{"group": "二组", "area": village, "duty": "surveyor", "user_id": "u-late", "trained": true}
		for k, x := range more {
			body[k] = x
		}
		w.do(t, call{user: user, method: "POST", url: url + "/people", status: status, code: code, body: body})
	}
	w.campaigner("late", procedure.Surveyor, village)
	assign("town", 422, "not_a_surveyor", object{"to": []string{"u-late"}})
	join("county", 403, "role_not_allowed", nil)
	join("town", 422, "surveyors_untrained", object{"trained": false})
	join("town", 422, "not_a_holder", object{"user_id": "u-cadre"})
	join("town", 422, "not_a_holder", object{"area": farVillage})
	join("town", 200, "", nil)
	join("town", 409, "already_so", nil)
	join("town", 200, "", object{"duty": "guide", "name": "老村长"})
	require.Len(t, detail("town").People, 7)
	require.Equal(t, 2, assign("town", 200, "", object{"to": []string{"u-late"}}).Households)
	require.Equal(t, 2, assign("town", 200, "", nil).Households)

	owes := detail("instructor").Cutoffs
	require.Len(t, owes, 1)
	require.Equal(t, []any{"上报新增监测对象名单", 1, false}, []any{owes[0].Title, owes[0].Villages, owes[0].Overdue})
	require.Equal(t, village, owes[0].Owing[0].Code)
	meet := func(user string, status int, code string, body object) {
		w.do(t, call{user: user, method: "POST", url: url + "/cutoffs", status: status, code: code, body: body})
	}
	handed := object{"item": "new_objects", "villages": []string{village}, "note": "名单已报送"}
	meet("county", 403, "role_not_allowed", handed)
	meet("far_town", 404, "", handed)
	meet("town", 422, "conditions_not_met", object{"item": "new_objects", "villages": []string{nextVillage}, "note": "名单已报送"})
	meet("town", 200, "", handed)
	meet("town", 409, "already_so", handed)
	require.Empty(t, detail("town").Cutoffs[0].Owing)
	v, err := w.engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Bad)

	var form models.Case
	require.NoError(t, w.store.DB.Where("parent_id = ? AND procedure = ? AND household_id = ?", id, "household_form", "household-1").Take(&form).Error)
	w.fire(t, "surveyor", form.ID, "visit", object{"identity_stated": true, "purpose_stated": true, "visited_at": "2026-03-10T10:00:00+08:00", "guide": "老党员", "three_unified": true, "four_agree": true})
	day1 := decode[gen.CampaignProgress](t, w.do(t, call{user: "town", method: "GET", url: url + "/progress?day=2026-03-10", status: 200}))
	require.Equal(t, []int{2, 1}, []int{sumOf(day1.Lines, func(x gen.CampaignProgressLine) int { return x.Assigned }), sumOf(day1.Lines, func(x gen.CampaignProgressLine) int { return x.Visited })})
	require.False(t, day1.Frozen)
	w.pass(day24)
	require.NoError(t, w.engine.TendCampaigns(t.Context()))
	require.True(t, decode[gen.CampaignProgress](t, w.do(t, call{user: "town", method: "GET", url: url + "/progress?day=2026-03-10", status: 200})).Frozen)
	require.Len(t, detail("town").Trend, 2)

	sample := decode[gen.SampleList](t, w.do(t, call{user: "town", method: "GET", url: url + "/sample", status: 200}))
	require.Zero(t, sample.Round)
	w.do(t, call{user: "town", method: "POST", url: url + "/sample", status: 403, code: "role_not_allowed", body: object{"results": []object{{"household_id": "household-1", "result": "pass"}}}})
	f := w.figures(t, "town", "").Campaigns
	require.Equal(t, []gen.CampaignFigure{{ID: id, CanOpen: true, Title: "春季集中排查", Code: village, RegionName: f[0].RegionName, Households: 2}}, f)
	require.Empty(t, w.figures(t, "far_town", "").Campaigns)
	w.do(t, call{user: "next_cadre", method: "GET", url: url, status: 404})
}

func sumOf[T any](list []T, of func(T) int) int {
	n := 0
	for _, x := range list {
		n += of(x)
	}
	return n
}

// At size no figure reads all recorded acts: open cases are counted from their index,
// acts are looked up by case.
func TestFiguresUseIndexes(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			w.fill(t)
			v := &viewer{user: models.User{ID: "u-town"}, grants: []models.RoleGrant{{Role: procedure.TownshipOffice, RegionCode: township}}}
			f := &figures{s: w.server, ctx: t.Context(), v: v, now: w.clock(), counted: isCounted}
			var seen []string
			note := func(tx *gorm.DB) {
				if sql := tx.Statement.SQL.String(); !tx.DryRun && !strings.Contains(sql, "EXPLAIN") {
					seen = append(seen, tx.Dialector.Explain(sql, tx.Statement.Vars...))
				}
			}
			require.NoError(t, w.store.DB.Callback().Query().After("gorm:query").Register("seen", note))
			require.NoError(t, w.store.DB.Callback().Row().After("gorm:row").Register("seen", note))
			var out gen.Figures
			for _, part := range []func(*gen.Figures) error{f.open, f.coverage, f.departments, f.rectification} {
				require.NoError(t, part(&out))
			}
			_, err := programme.LoadIn(f.s.db(t.Context()), f.problemIDs(), func(tx *gorm.DB) *gorm.DB { return tx })
			require.NoError(t, err)
			campaign := &models.Case{ID: "c", Facts: models.Facts{At: map[string]time.Time{"start_field": w.clock()}}}
			_, _, err = w.engine.ProgressOn(t.Context(), campaign, policy.DateOf(w.clock()))
			require.NoError(t, err)
			require.Greater(t, len(seen), 6)
			acts, open := 0, 0
			for _, sql := range slices.Clone(seen) { // explaining is seen too
				plan := w.plan(t, sql)
				require.NotContains(t, plan, "SCAN case_events", sql)
				require.NotContains(t, plan, "Seq Scan on case_events", sql)
				require.NotRegexp(t, `SCAN cases(\n|$)`, plan, sql)
				require.NotContains(t, plan, "Seq Scan on cases", sql)
				require.NotContains(t, plan, "SCAN clocks", sql)
				if strings.Contains(plan, "cases_figures") {
					open++
				}
				if strings.Contains(sql, "case_events") {
					acts++
				}
			}
			require.Positive(t, acts)
			require.Positive(t, open)
		})
	}
}

// fill makes a county of ten thousand cases with five acts each, most of them ended
// and elsewhere.
func (w *world) fill(t testing.TB) {
	for _, sql := range []string{
		`INSERT INTO cases (id, no, procedure, version, state, former_state, step, seq, step_seq, head_hash, household_id, subject, region_code, other_region, dept, parent_id, facts, returns, policy_hash, opened_by, opened_at, updated_at, due_at, closed_at, stuck)
		 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
		 SELECT 'x' || i, 'X' || i, CASE i % 50 WHEN 0 THEN 'rectification' WHEN 1 THEN 'dept_comparison' ELSE 'risk_clue' END, 1, 'new', '', 1, 10, 1, '', 'h' || i, '', CASE WHEN i % 20 = 0 THEN '510923101201' ELSE '510999102201' END, '', '', 'p' || i, '{}', 0, '', '',
		 '2026-03-01 00:00:00+00:00', '2026-03-01 00:00:00+00:00', '2026-04-01 00:00:00+00:00', CASE WHEN i % 10 = 0 THEN NULL ELSE '2026-03-02 00:00:00+00:00' END, '' FROM n`,
		`INSERT INTO case_events (id, case_id, seq, step, kind, event, from_state, to_state, actor_id, actor_name, actor_role, actor_org, on_behalf, at, key, version, policy_hash, salt, payload_hash, prev, hash, run_id)
		 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)
		 SELECT cases.id || '-' || i, cases.id, i, i, 'event', 'visit', 'new', 'new', '', '', '', '', FALSE, '2026-03-01 00:00:00+00:00', 'k' || i, 1, '', '', '', '', '', '' FROM cases, n WHERE cases.id LIKE 'x%'`,
		"ANALYZE",
	} {
		if w.store.Postgres() {
			sql = strings.ReplaceAll(sql, "'2026-03-02 00:00:00+00:00' END", "'2026-03-02 00:00:00+00:00'::timestamptz END")
			sql = strings.ReplaceAll(sql, "'2026-03-01 00:00:00+00:00'", "'2026-03-01 00:00:00+00:00'::timestamptz")
			sql = strings.ReplaceAll(sql, "'2026-04-01 00:00:00+00:00'", "'2026-04-01 00:00:00+00:00'::timestamptz")
		}
		require.NoError(t, w.store.DB.Exec(sql).Error)
	}
}

// plan is how the database would run a statement.
func (w *world) plan(t testing.TB, sql string) string {
	var lines []string
	if w.store.Postgres() {
		require.NoError(t, w.store.DB.Raw("EXPLAIN "+sql).Scan(&lines).Error)
		return strings.Join(lines, "\n")
	}
	var rows []struct{ Detail string }
	require.NoError(t, w.store.DB.Raw("EXPLAIN QUERY PLAN "+sql).Scan(&rows).Error)
	for _, r := range rows {
		lines = append(lines, r.Detail)
	}
	return strings.Join(lines, "\n")
}
