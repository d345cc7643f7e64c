package api

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// engage gives an auditor an engagement over the county, or some areas, from one day to another from today.
func (w *world) engage(user string, from, until int, areas ...string) string {
	today := policy.DateOf(w.clock())
	if len(areas) == 0 {
		areas = []string{county}
	}
	e := models.Engagement{ID: "engagement-" + user, No: "SJ-" + user, UserID: user, Title: "政策落实跟踪审计", Basis: "审通〔2026〕8号", Areas: areas, Procedures: []string{},
		FromDay: today.AddDays(from).String(), UntilDay: today.AddDays(until).String(), RegionCode: county, GivenBy: "u-county", GivenRole: procedure.CountyOffice, GivenAt: w.clock()}
	w.create(&e)
	return e.ID
}

// reengage changes the one of the county's auditor.
func (w *world) reengage(t testing.TB, change map[string]any) {
	t.Helper()
	for _, name := range []string{"engagements_no_change", "engagements_end_once"} { // which the product never does
		sql := "DROP TRIGGER IF EXISTS " + name
		if w.store.Postgres() {
			sql += " ON engagements"
		}
		require.NoError(t, w.store.DB.Exec(sql).Error)
	}
	require.NoError(t, w.store.DB.Model(&models.Engagement{}).Where("user_id = ?", "u-auditor").Updates(change).Error)
}

// What is given stands among the acts that the audit administrator reads, as does its end; he reads the list as well, and
// nobody changes what was given.
func TestEngagementsAreSeenByAnother(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		give := func(user string) gen.Engagement {
			t.Helper()
			return decode[gen.Engagement](t, w.do(t, call{user: user, method: "POST", url: basePath + "/engagements", status: 200, body: object{"user_id": "u-auditor", "title": "专项审计",
				"basis": "审通〔2026〕9号", "areas": []string{township}, "procedures": []string{"village_notice"}, "from": "2026-03-10", "until": "2026-04-30"}}))
		}
		mine, office := give("sec"), give("county")
		w.do(t, call{user: "county", method: "POST", url: basePath + "/engagements/" + mine.ID + "/end", status: 200})
		page := decode[gen.AdminActPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts", status: 200}))
		var kinds []string
		for _, a := range page.Items {
			kinds = append(kinds, a.Kind+" "+a.ActorID+" "+a.TargetName)
			require.NotEqual(t, a.Kind, a.KindTitle)
			require.Contains(t, a.Detail, "依据：审通〔2026〕9号")
			require.NotContains(t, strings.Join(a.Detail, "；"), township, "by its name")
		}
		require.Equal(t, []string{"engagement.end u-county 测auditor", "engagement.give u-county 测auditor", "engagement.give u-sec 测auditor"}, kinds)
		list := func(user string, want, not []string) {
			t.Helper()
			w.do(t, call{user: user, method: "GET", url: basePath + "/engagements", status: 200, want: want, not: not})
		}
		list("log", []string{mine.No, office.No, `"can_give":[]`}, []string{`"can_end":true`})
		list("far_log", nil, []string{mine.No})
		w.do(t, call{user: "log", method: "POST", url: basePath + "/engagements/" + office.ID + "/end", status: 403, code: "role_not_allowed"})
		for column, value := range map[string]any{"until_day": "2027-04-30", "areas": `["` + county + `"]`, "user_id": "u-cadre", "given_by": "u-cadre"} {
			require.ErrorContains(t, w.store.DB.Model(&models.Engagement{}).Where("id = ?", office.ID).Update(column, value).Error, "append-only", column)
		}
		require.ErrorContains(t, w.store.DB.Model(&models.Engagement{}).Where("id = ?", mine.ID).Update("ended_at", nil).Error, "append-only", "ended once")
		require.ErrorContains(t, w.store.DB.Where("id = ?", office.ID).Delete(&models.Engagement{}).Error, "append-only")
	})
}

// An auditor sees what lies in the areas, the kinds and the days of his engagements, and on no other day anything.
func TestAuditorSeesWithinHisEngagement(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		clue := w.openClue(t, "household-1", "cadre")
		w.openClue(t, "household-9", "far_cadre")
		sees := func(name string, is bool) {
			t.Helper()
			status := 404
			if is {
				status = 200
			}
			list := func(url, id string) {
				t.Helper()
				c := call{name: name, user: "auditor", method: "GET", url: basePath + url, status: 200, want: []string{id}}
				if !is {
					c.want, c.not = nil, c.want
				}
				w.do(t, c)
			}
			for _, url := range []string{"/cases/" + clue, "/cases/" + clue + "/timeline", "/cases/" + clue + "/clocks", "/households/household-1"} {
				w.do(t, call{name: name, user: "auditor", method: "GET", url: basePath + url, status: status})
			}
			list("/cases", clue)
			list("/households", "household-1")
			w.do(t, call{name: name, user: "auditor", method: "GET", url: basePath + "/me", status: 200, want: []string{"auditor"}})
		}
		sees("in the county", true)
		w.reengage(t, map[string]any{"areas": `["` + farTownship + `"]`})
		sees("another township", false)
		w.reengage(t, map[string]any{"areas": `["` + village + `","` + farTownship + `"]`})
		sees("its village", true)
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/households", status: 200, not: []string{"household-3"}})

		// The kinds of cases: of households only those that have such a case.
		w.reengage(t, map[string]any{"areas": `["` + county + `"]`, "procedures": `["identification"]`})
		sees("another kind", false)
		w.reengage(t, map[string]any{"procedures": `["identification","risk_clue"]`})
		sees("its kind", true)
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/households", status: 200, not: []string{"household-2"}})
		for _, url := range []string{"/notices", "/papers", "/form-records", "/runs", "/programmes"} {
			w.do(t, call{name: "no kind of case", user: "auditor", method: "GET", url: basePath + url, status: 200, want: []string{`"items":[]`}})
		}

		// The days, both included, in the time of the county: 00:00 to 24:00.
		noon := w.clock()
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-auditor").Update("valid_from", noon.Add(-2*day24)).Error)
		w.reengage(t, map[string]any{"procedures": "[]", "from_day": "2026-03-10", "until_day": "2026-03-12"})
		for _, x := range []struct {
			at string
			is bool
		}{
			{"2026-03-09T23:59:59+08:00", false}, {"2026-03-10T00:00:00+08:00", true}, {"2026-03-12T23:59:59+08:00", true}, {"2026-03-13T00:00:00+08:00", false},
		} {
			at, err := time.Parse(time.RFC3339, x.at)
			require.NoError(t, err)
			w.pass(at.Sub(w.clock()))
			sees(x.at, x.is)
		}
		w.pass(noon.Sub(w.clock()))
		sees("again", true)
		w.reengage(t, map[string]any{"ended_at": w.clock()})
		sees("taken back", false)

		// The post ends, whatever the engagement says.
		w.reengage(t, map[string]any{"ended_at": nil})
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-auditor").Update("region_code", farTownship).Error)
		sees("his post is elsewhere", false)
	})
}

// Who may give an engagement, to whom and over what; and take it back.
func TestGiveAndEndEngagement(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.create(&models.RoleGrant{ID: "g-county-audit", UserID: "u-county", Role: procedure.Auditor, RegionCode: county, ValidFrom: w.clock().Add(-time.Hour)})
		input := func(more object) object {
			out := object{"user_id": "u-auditor", "title": "公示程序专项审计", "basis": "审通〔2026〕9号", "areas": []string{township}, "procedures": []string{"village_notice"}, "from": "2026-03-10", "until": "2026-04-30"}
			for k, v := range more {
				out[k] = v
			}
			return out
		}
		for _, c := range []struct {
			name, user, field, code string
			more                    object
			status                  int
		}{
			{"a township", "town", "", "role_not_allowed", nil, 403},
			{"the auditor himself", "auditor", "", "role_not_allowed", nil, 403},
			{"the system administrator", "sys", "", "role_not_allowed", nil, 403},
			{"to oneself", "county", "user_id", "not_to_himself", object{"user_id": "u-county"}, 422},
			{"to no auditor", "county", "user_id", "not_an_auditor", object{"user_id": "u-cadre"}, 422},
			{"over another county", "county", "areas", "outside_area", object{"areas": []string{township, "510922101"}}, 422},
			{"over no region", "sec", "areas[0]", "unknown_region", object{"areas": []string{"510923999"}}, 422},
			{"of no kind", "county", "procedures[0]", "unknown_procedure", object{"procedures": []string{"nothing"}}, 422},
			{"backwards", "county", "until", "until_before_from", object{"from": "2026-04-02", "until": "2026-04-01"}, 422},
			{"over before", "county", "until", "already_over", object{"from": "2026-03-01", "until": "2026-03-09"}, 422},
		} {
			want := []string{`"` + c.code + `"`}
			if c.field != "" {
				want = append(want, `"field":"`+c.field+`"`)
			}
			w.do(t, call{name: c.name, user: c.user, method: "POST", url: basePath + "/engagements", body: input(c.more), status: c.status, want: want})
		}
		key := map[string]string{"Idempotency-Key": "give-engagement-1"}
		given := decode[gen.Engagement](t, w.do(t, call{user: "county", method: "POST", url: basePath + "/engagements", body: input(nil), headers: key, status: 200}))
		again := decode[gen.Engagement](t, w.do(t, call{user: "county", method: "POST", url: basePath + "/engagements", body: input(nil), headers: key, status: 200}))
		require.Equal(t, given, again)
		w.do(t, call{user: "county", method: "POST", url: basePath + "/engagements", body: input(object{"until": "2026-05-01"}), headers: key, status: 422, code: "key_reused"})
		require.Equal(t, gen.EngagementState("valid"), given.State)
		w.do(t, call{name: "today's last day", user: "sec", method: "POST", url: basePath + "/engagements", body: input(object{"until": "2026-03-10", "procedures": []string{}}), status: 200, want: []string{`"procedures":[]`}})

		// Who gave it and who audits under it see it.
		for user, is := range map[string]bool{"county": true, "sec": true, "auditor": true, "town": false, "sys": false, "far_town": false} {
			c := call{user: user, method: "GET", url: basePath + "/engagements", status: 200, want: []string{given.No}}
			if !is {
				c.want, c.not = []string{`"items":[]`, `"auditors":[]`}, []string{given.No}
			}
			w.do(t, c)
		}
		w.do(t, call{user: "county", method: "GET", url: basePath + "/engagements", status: 200, want: []string{`"can_give":[{"code":"` + county, "测auditor"}})

		url := basePath + "/engagements/" + given.ID + "/end"
		w.do(t, call{name: "not by himself", user: "auditor", method: "POST", url: url, status: 403, code: "role_not_allowed"})
		w.do(t, call{user: "town", method: "POST", url: url, status: 404})
		w.do(t, call{user: "sec", method: "POST", url: url, status: 200, want: []string{`"state":"ended"`, "测sec"}})
		w.do(t, call{name: "once", user: "county", method: "POST", url: url, status: 409, code: "engagement_over"})
	})
}

// A sample is what its seed draws from the cases of the engagement, and stays as it was drawn.
func TestAuditSample(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.reengage(t, map[string]any{"areas": `["` + township + `"]`})
		ids := []string{w.openClue(t, "household-1", "cadre"), w.openClue(t, "household-2", "cadre"), w.openClue(t, "household-3", "next_cadre")}
		w.openClue(t, "household-9", "far_cadre")
		w.pass(time.Second)
		url := basePath + "/engagements/engagement-u-auditor/samples"
		key := map[string]string{"Idempotency-Key": "draw-sample-0001"}
		drawn := decode[gen.AuditSample](t, w.do(t, call{user: "auditor", method: "POST", url: url, body: object{"size": 2, "procedure": "risk_clue"}, headers: key, status: 200}))
		require.Equal(t, []any{3, 2}, []any{drawn.Population, len(drawn.Cases)})
		seed, err := strconv.ParseUint(drawn.Seed, 10, 64)
		require.NoError(t, err)
		var order []string
		for _, c := range drawn.Cases {
			order = append(order, c.ID)
		}
		require.Equal(t, activities.DrawSample(ids, 2, seed), order, "anybody draws the same")

		var logged models.AccessLog
		require.NoError(t, w.store.DB.Where("action = 'sample'").Take(&logged).Error)
		require.Equal(t, []string{drawn.ID, "u-auditor", "auditor", "SJ-u-auditor"}, []string{logged.RecordID, logged.UserID, logged.Role, logged.Field})

		w.openClue(t, "household-2", "cadre2")
		again := decode[gen.AuditSample](t, w.do(t, call{name: "asked again", user: "auditor", method: "POST", url: url, body: object{"size": 2, "procedure": "risk_clue"}, headers: key, status: 200}))
		require.Equal(t, drawn, again, "nobody draws until he likes it")
		w.do(t, call{user: "auditor", method: "POST", url: url, body: object{"size": 3, "procedure": "risk_clue"}, headers: key, status: 422, code: "key_reused"})
		w.do(t, call{user: "auditor", method: "POST", url: url, body: object{"size": 3, "village": farVillage}, status: 422, code: "nothing_to_draw"})
		w.do(t, call{name: "who gave it does not draw", user: "county", method: "POST", url: url, body: object{"size": 1}, status: 403, code: "no_engagement"})

		list := func(user string) []gen.AuditSample {
			return decode[gen.AuditSampleList](t, w.do(t, call{user: user, method: "GET", url: url, status: 200})).Items
		}
		require.Equal(t, []gen.AuditSample{drawn}, list("auditor"))
		require.Error(t, w.store.DB.Model(&models.EngagementSample{}).Where("id = ?", drawn.ID).Update("seed", "1").Error, "append-only")
		require.Error(t, w.store.DB.Where("id = ?", drawn.ID).Delete(&models.EngagementSample{}).Error)
		seen := list("sec")
		require.Equal(t, drawn.Seed, seen[0].Seed)
		require.Empty(t, seen[0].Cases, "who sees no case sees none in a sample")
		w.reengage(t, map[string]any{"until_day": "2026-03-09"})
		w.do(t, call{user: "auditor", method: "POST", url: url, body: object{"size": 1}, status: 403, code: "no_engagement"})
		require.Empty(t, list("auditor")[0].Cases)
	})
}

// The desk of the auditor: what patterns there are, and what they find in his engagement.
func TestPatternHits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		patterns := decode[gen.PatternList](t, w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/patterns", status: 200})).Items
		require.Len(t, patterns, len(activities.Patterns))
		one, two := w.openClue(t, "household-1", "cadre"), w.openClue(t, "household-2", "cadre")
		far := w.openClue(t, "household-9", "far_cadre")
		for i, c := range []string{one, two, far} {
			w.create(&models.Attachment{ID: "same-" + strconv.Itoa(i), CaseID: c, Kind: "photo", Name: "x.png", MIME: "image/png", SHA256: "h", Class: "P2", UploadedBy: "u-cadre", CreatedAt: w.clock()})
		}
		for _, p := range patterns {
			w.do(t, call{name: p.Code, user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=" + p.Code, status: 200})
			if p.Least != 0 {
				w.do(t, call{name: p.Code, user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=" + p.Code + "&least=" + strconv.Itoa(p.LeastMin), status: 200})
				if p.LeastMax < 10000 {
					w.do(t, call{name: p.Code, user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=" + p.Code + "&least=" + strconv.Itoa(p.LeastMax+1), status: 422, code: "least_out_of_range"})
				}
			} else {
				w.do(t, call{name: p.Code, user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=" + p.Code + "&least=3", status: 422, code: "least_out_of_range"})
			}
		}
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/hits", status: 400})
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=other", status: 400})
		hits := func(more string) []gen.PatternHit {
			return decode[gen.PatternHitPage](t, w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=evidence_reused" + more, status: 200})).Items
		}
		require.Len(t, hits(""), 3)
		w.reengage(t, map[string]any{"areas": `["` + township + `"]`})
		found := hits("")
		require.Len(t, found, 2)
		require.Equal(t, []string{"同一文件还用于其他1个对象", "测cadre", one}, []string{found[0].Text, found[0].Actor.Name, found[0].Other.ID})
		require.Equal(t, two, found[0].Case.ID)
		require.Empty(t, hits("&procedure=identification"))
		require.Empty(t, hits("&village="+nextVillage))
		require.Empty(t, hits("&from=2026-03-11"))
		require.Len(t, hits("&from=2026-03-10&until=2026-03-10"), 2)
		page := decode[gen.PatternHitPage](t, w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=evidence_reused&limit=1", status: 200}))
		rest := hits("&limit=1&cursor=" + page.NextCursor)
		require.NotEqual(t, page.Items[0].ID, rest[0].ID)

		rows := w.exported(t, "auditor", w.export(t, "auditor", "pattern_hits", object{"filter": object{"pattern": "evidence_reused"}}, 200))
		require.Len(t, rows, 4)
		require.Contains(t, strings.Join(rows[2], " "), "同一文件还用于其他1个对象")
		for _, user := range []string{"county", "town", "sec", "sys", "cadre"} {
			w.do(t, call{user: user, method: "GET", url: basePath + "/audit/hits?pattern=too_fast", status: 403, code: "no_engagement"})
		}
		w.reengage(t, map[string]any{"ended_at": w.clock()})
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/audit/hits?pattern=too_fast", status: 403, code: "no_engagement"})
		w.export(t, "auditor", "pattern_hits", object{"filter": object{"pattern": "evidence_reused"}}, 403)
	})
}

// An auditor of some kinds of cases sees no forms of campaigns, no erasures and no log of a household of his area: they are of no such kind.
func TestAuditorOfSomeKindsSeesNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := decode[gen.Erasure](t, w.do(t, call{user: "town", method: "POST", url: basePath + "/erasures", status: 200,
		body: object{"member_id": "person-2", "ground": "wrong", "reason": "监护人来信要求删除"}}))
	id := w.checking(t)
	w.do(t, call{user: "auditor", method: "GET", url: basePath + "/erasures", status: 200, want: []string{x.ID}})
	require.NotEmpty(t, w.campaignForms(t, "auditor", ""))
	w.do(t, call{user: "auditor", method: "GET", url: basePath + "/households/household-1/seen", status: 200})
	w.reengage(t, map[string]any{"procedures": `["identification"]`})
	w.do(t, call{user: "auditor", method: "GET", url: basePath + "/erasures", status: 200, want: []string{`"items":[]`}, not: []string{x.ID}})
	w.do(t, call{user: "auditor", method: "POST", url: basePath + "/erasures/" + x.ID + "/decision", body: object{"decision": "approved", "note": "同意删除"}, status: 404})
	require.Empty(t, w.campaignForms(t, "auditor", ""))
	require.GreaterOrEqual(t, w.do(t, call{user: "auditor", method: "GET", url: basePath + "/households/household-1/seen"}).Code, 403)
	w.reengage(t, map[string]any{"procedures": `["campaign"]`})
	require.Empty(t, w.campaignForms(t, "auditor", "?campaign_id="+id), "the campaign, not what villages hand in")
}
