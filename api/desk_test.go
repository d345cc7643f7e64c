package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func (w *world) get(t *testing.T, user, url string) call {
	return call{user: user, method: "GET", url: basePath + url, status: 200}
}

func (w *world) desk(t *testing.T, user string) gen.Desk {
	return decode[gen.Desk](t, w.do(t, w.get(t, user, "/desk")))
}

func (w *world) done(t *testing.T, user, query string) gen.DonePage {
	return decode[gen.DonePage](t, w.do(t, w.get(t, user, "/desk/done"+query)))
}

// takeOn has a cadre register a clue and take it on.
func (w *world) takeOn(t *testing.T, clue, user string, more object) {
	t.Helper()
	w.do(t, call{user: user, method: "POST", url: basePath + "/cases/" + clue + "/events", status: 200, body: with(object{"event": "register_locally", "expected_seq": 1, "form": object{}}, more)})
}

// 已办 has one line for each case, with one's last act on it and where the case stands now; 我发起的 has what one has opened,
// and both leave out what one reaches no more.
func TestDoneAndStarted(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			first := w.openClue(t, "household-1", "cadre")
			w.pass(time.Minute)
			second := w.openClue(t, "household-2", "cadre")
			w.pass(time.Minute)
			w.takeOn(t, first, "cadre", nil)

			page := w.done(t, "cadre", "")
			require.Equal(t, []string{first, second}, []string{page.Items[0].Case.ID, page.Items[1].Case.ID}, "the last worked on first")
			require.Equal(t, []string{"村级登记", "开启事项"}, []string{page.Items[0].Act.Title, page.Items[1].Act.Title}, "the last act, once for each case")
			require.Equal(t, "verifying", page.Items[0].Case.State)
			require.Equal(t, "测cadre（村“两委”干部）", page.Items[0].Act.By)
			require.Empty(t, w.done(t, "cadre2", "").Items, "what a colleague has done is not mine")

			small := w.done(t, "cadre", "?limit=1")
			require.Len(t, small.Items, 1)
			rest := w.done(t, "cadre", "?limit=1&cursor="+small.NextCursor)
			require.Equal(t, second, rest.Items[0].Case.ID)
			require.Empty(t, rest.NextCursor)

			started := decode[gen.CasePage](t, w.do(t, w.get(t, "cadre", "/desk/started?limit=1")))
			require.Equal(t, second, started.Items[0].ID, "the newest first")
			more := decode[gen.CasePage](t, w.do(t, w.get(t, "cadre", "/desk/started?cursor="+started.NextCursor)))
			require.Len(t, more.Items, 1)
			require.Empty(t, decode[gen.CasePage](t, w.do(t, w.get(t, "cadre", "/desk/started?open=false"))).Items)

			// Moved to another village, he sees neither.
			require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-cadre").Update("region_code", farVillage).Error)
			require.Empty(t, w.done(t, "cadre", "").Items)
			require.Empty(t, decode[gen.CasePage](t, w.do(t, w.get(t, "cadre", "/desk/started"))).Items)
		})
	}
}

// 本月办结 counts the cases that I have worked on this month and that have ended: as many as its list has, and none of last month.
func TestEndedThisMonth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	w.takeOn(t, clue, "cadre", nil)
	require.Zero(t, w.desk(t, "cadre").EndedThisMonth, "it goes on")
	require.NoError(t, w.store.DB.Model(&models.Case{}).Where("id = ?", clue).Update("closed_at", w.clock()).Error)
	require.Equal(t, 1, w.desk(t, "cadre").EndedThisMonth, "once, though he acted twice")
	require.Len(t, w.done(t, "cadre", "?this_month=true&ended=true").Items, 1)
	require.Zero(t, w.desk(t, "cadre2").EndedThisMonth)

	next, err := time.Parse(time.RFC3339, "2026-03-31T15:59:00Z") // the last minute of March in China
	require.NoError(t, err)
	w.pass(next.Sub(w.clock()))
	require.Equal(t, 1, w.desk(t, "cadre").EndedThisMonth)
	w.pass(time.Minute)
	require.Zero(t, w.desk(t, "cadre").EndedThisMonth, "April has begun")
	require.Empty(t, w.done(t, "cadre", "?this_month=true&ended=true").Items)
	require.Len(t, w.done(t, "cadre", "?ended=true").Items, 1)
}

// However the inbox is narrowed, it tells how many late tasks it does not show; and what was sent back can be found.
func TestHiddenOverdueAndReturned(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			clue := w.openClue(t, "household-1", "cadre")
			require.NoError(t, w.store.DB.Where("case_id = ?", clue).Delete(&models.Task{}).Error)
			now := w.clock()
			for i, due := range []time.Duration{-48, -1, 0, 1, 24 * 30} {
				kind := []string{"risk_clue", "visit_task"}[i%2]
				w.create(&models.Task{ID: fmt.Sprintf("task-%d", i), CaseID: clue, Procedure: kind, State: "new", Role: "village_cadre", Queue: "village_cadre@" + village, RegionCode: village, Subject: "罗守田", DueAt: now.Add(due * time.Hour), OpenedAt: now})
			}
			hidden := func(query string) int {
				return decode[gen.TaskPage](t, w.do(t, w.get(t, "cadre", "/tasks"+query))).HiddenOverdue
			}
			require.Zero(t, hidden(""))
			require.Zero(t, hidden("?due=overdue"))
			require.Equal(t, 3, hidden("?due=soon"), "a filter of days hides all that is late")
			require.Equal(t, 1, hidden("?procedure=risk_clue"))
			require.Equal(t, 2, hidden("?procedure=visit_task"))
			require.Zero(t, hidden("?village="+village))
			require.Equal(t, 3, hidden("?mine=true"))

			require.Equal(t, 3, hidden("?returned=true"))
			require.Zero(t, w.desk(t, "cadre").Returned)
			require.NoError(t, w.store.DB.Model(&models.Case{}).Where("id = ?", clue).Update("returns", 1).Error)
			require.Equal(t, 5, w.desk(t, "cadre").Returned)
			require.Len(t, decode[gen.TaskPage](t, w.do(t, w.get(t, "cadre", "/tasks?returned=true"))).Items, 5)
		})
	}
}

// A county sees its townships, those below their villages; the numbers are those of the list of cases.
func TestDeskAreas(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			due := func(user, household string, in time.Duration) {
				clue := w.openClue(t, household, user)
				require.NoError(t, w.store.DB.Model(&models.Case{}).Where("id = ?", clue).Update("due_at", w.clock().Add(in)).Error)
			}
			due("cadre", "household-1", -time.Hour)
			due("cadre", "household-2", 0)
			due("next_cadre", "household-3", policy.DateOf(w.clock()).AddDays(3).End().Sub(w.clock()))
			due("far_cadre", "household-9", 4*day24+12*time.Hour)
			areas := func(user string) []gen.DeskArea {
				return decode[gen.DeskAreas](t, w.do(t, w.get(t, user, "/desk/areas"))).Items
			}
			require.Equal(t, []gen.DeskArea{{Code: village, Name: "石桥村", Overdue: 2}, {Code: nextVillage, Name: "柳湾村", Soon: 1}}, areas("town"))
			require.Equal(t, []gen.DeskArea{{Code: township, Name: "清溪镇", Overdue: 2, Soon: 1}}, areas("county"), "the far township has nothing that is near")
			require.Len(t, decode[gen.CasePage](t, w.do(t, w.get(t, "county", "/cases?overdue=true&village="+township))).Items, 2)
			for _, user := range []string{"sec", "surveyor", "civil", "farmer"} {
				require.Empty(t, areas(user), user)
			}
		})
	}
}

// Of tasks due on the same day that of the case itself comes first, then one of the same village; an earlier day goes before
// either. The reason says so, with the working days that are left.
func TestNextTaskSaysWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // a Tuesday
	clue := w.openClue(t, "household-1", "town")
	other := w.openClue(t, "household-3", "town")
	require.NoError(t, w.store.DB.Where("1 = 1").Delete(&models.Task{}).Error)
	day := func(n int) time.Time { return policy.DateOf(w.clock()).AddDays(n).End().UTC() }
	task := func(id, caseID, region string, due time.Time) {
		w.create(&models.Task{ID: id, CaseID: caseID, Procedure: "risk_clue", State: "new", Role: "township_office", Queue: "township_office@" + township, RegionCode: region, Subject: "罗守田", DueAt: due, OpenedAt: w.clock()})
	}
	next := func(after string) (id, reason string) {
		n := decode[gen.NextTask](t, w.do(t, w.get(t, "town", "/tasks/next?after="+after)))
		return n.Task.ID, n.Reason
	}
	both := func(id, reason string) func(string, string) {
		return func(gotID, gotReason string) { require.Equal(t, []string{id, reason}, []string{gotID, gotReason}) }
	}
	both("", "")(next(""))
	task("a-far", other, nextVillage, day(3))
	both("a-far", "最急：剩 3 个工作日")(next(""))
	task("b-done", clue, village, day(0))
	both("a-far", "最急：剩 3 个工作日")(next("b-done"))
	task("c-near", other, village, day(3))
	both("c-near", "同村、最急：剩 3 个工作日")(next("b-done"))
	task("d-same", clue, village, day(3).Add(-time.Minute))
	both("d-same", "同一事项、最急：剩 3 个工作日")(next("b-done"))
	task("e-late", other, nextVillage, day(-4)) // over since Friday night: Monday and today
	both("e-late", "最急：已超期 2 个工作日")(next("b-done"))
	require.NoError(t, w.store.DB.Where("id = ?", "e-late").Delete(&models.Task{}).Error)
	both("b-done", "最急：今日到期")(next(""))
	// A task that is not his tells nothing, not even of which village it is.
	w.create(&models.Task{ID: "foreign", CaseID: clue, Procedure: "risk_clue", State: "new", Role: "village_cadre", Queue: "village_cadre@" + farVillage, RegionCode: farVillage, DueAt: day(0), OpenedAt: w.clock()})
	both("b-done", "最急：今日到期")(next("foreign"))
}

// After the last day of a limit no working day may have passed; a limit far away is not counted to the day.
func TestWorkdaysLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	friday := policy.DateOf(w.clock()).AddDays(3) // 13 March 2026
	for _, c := range []struct {
		on   int // days after that Friday
		want string
	}{{0, "今日到期"}, {-3, "剩 3 个工作日"}, {1, "已超期，不足 1 个工作日"}, {2, "已超期，不足 1 个工作日"}, {3, "已超期 1 个工作日"}} {
		w.pass(friday.AddDays(c.on).Start().Add(10 * time.Hour).Sub(w.clock()))
		due := friday.End().UTC()
		left := w.server.workdaysLeft(due)
		require.Equal(t, c.want, urgency(gen.Task{Bucket: bucketOf(due, w.clock()), Overdue: !w.clock().Before(due), WorkdaysLeft: left}))
	}
	require.Nil(t, w.server.workdaysLeft(models.FarFuture))
	require.Nil(t, w.server.workdaysLeft(w.clock().AddDate(2, 0, 0)))
	require.Equal(t, "没有更急的", urgency(gen.Task{Bucket: gen.TaskBucketNone}))
	require.Equal(t, "期限在一年以后", urgency(gen.Task{Bucket: gen.TaskBucketLater}))
}

// 常用意见 are one's own, in the order given; numbers of people do not stand in them.
func TestUsualOpinions(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			url := basePath + "/me/opinions"
			w.do(t, call{user: "town", method: "GET", url: url, status: 200, want: []string{`{"items":[]}`}})
			for _, items := range [][]string{{"材料齐全，同意。", "情况属实。"}, {"情况属实。"}, {"情况属实。"}} {
				w.do(t, call{user: "town", method: "PUT", url: url, status: 200, body: object{"items": items}})
				got := decode[gen.UsualOpinions](t, w.do(t, w.get(t, "town", "/me/opinions")))
				require.Equal(t, items, got.Items)
			}
			w.do(t, call{user: "county", method: "GET", url: url, status: 200, want: []string{`{"items":[]}`}})
			w.do(t, call{user: "town", method: "PUT", url: url, status: 400, body: object{"items": []string{"联系" + headPhone}}, not: []string{headPhone}})
			w.do(t, call{user: "town", method: "PUT", url: url, status: 400, body: object{"items": []string{strings.Repeat("长", 501)}}})
			w.do(t, call{user: "town", method: "PUT", url: url, status: 200, body: object{"items": []string{}}})
			w.do(t, call{user: "town", method: "GET", url: url, status: 200, want: []string{`{"items":[]}`}})
		})
	}
}

// At size the desk reads nobody's acts but one's own, and no cases but those that it counts.
func TestDeskUsesIndexes(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			w.fill(t)
			own := `INSERT INTO case_events (id, case_id, seq, step, kind, event, from_state, to_state, actor_id, actor_name, actor_role, actor_org, on_behalf, at, key, version, policy_hash, salt, payload_hash, prev, hash, run_id)
				SELECT id || '-own', id, 6, 6, 'event', 'visit', 'new', 'new', 'u-town', '', '', '', FALSE, opened_at, 'own', 1, '', '', '', '', '', '' FROM cases WHERE id LIKE 'x%00'`
			require.NoError(t, w.store.DB.Exec(own).Error)
			require.NoError(t, w.store.DB.Exec("ANALYZE").Error)
			v := &viewer{user: models.User{ID: "u-town"}, grants: []models.RoleGrant{{Role: procedure.TownshipOffice, RegionCode: township}}}
			ctx, dry := t.Context(), func(tx *gorm.DB, into any) string {
				st := tx.Session(&gorm.Session{DryRun: true}).Find(into).Statement
				return tx.Dialector.Explain(st.SQL.String(), st.Vars...)
			}
			started := w.server.filterCases(w.store.DB.Model(&models.Case{}).Where("cases.opened_by = ? AND cases.opened_by <> ''", "u-town"), v)
			for name, q := range map[string]struct{ sql, index string }{
				"done":            {dry(newestFirst(w.server.doneBy(ctx, v, time.Time{}).Select(actColumns), "case_events.at", "case_events.id", nil, 20), &[]models.CaseEvent{}), "case_events_actor"},
				"done this month": {dry(ended(w.server.doneBy(ctx, v, monthStart(w.clock()))).Select("COUNT(*)"), &[]models.CaseEvent{}), "case_events_actor"},
				"started":         {dry(newestFirst(started, "cases.opened_at", "cases.id", nil, 20), &[]models.Case{}), "cases_started"},
			} {
				plan := w.plan(t, q.sql)
				require.Contains(t, plan, q.index, "%s: %s\n%s", name, q.sql, plan)
				for _, scan := range []string{"SCAN case_events", "Seq Scan on case_events", "Seq Scan on cases"} {
					require.NotContains(t, plan, scan, "%s: %s\n%s", name, q.sql, plan)
				}
			}
		})
	}
}
