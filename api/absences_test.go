package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// absence writes an absence from so many days after today until so many, as if it
// had been entered in time, and returns its id.
func (w *world) absence(away, grant, hands string, from, until int) string {
	today := policy.DateOf(w.clock())
	a := models.Absence{ID: models.NewID(), UserID: away, FromDay: today.AddDays(from).String(), UntilDay: today.AddDays(until).String(), Reason: "leave", EnteredBy: away, CreatedAt: w.clock()}
	w.create(&a, &models.Substitution{AbsenceID: a.ID, GrantID: grant, SubstituteID: hands, UntilDay: a.UntilDay})
	return a.ID
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			f(t, newWorld(t, dialect))
		})
	}
}

// leave is a request to enter an absence.
func (w *world) leave(from, until int, more object, subs ...object) object {
	today := policy.DateOf(w.clock())
	body := object{"from": today.AddDays(from).String(), "until": today.AddDays(until).String(), "reason": "leave", "substitutes": subs}
	for k, v := range more {
		body[k] = v
	}
	return body
}

func sub(grant, user string) object { return object{"grant_id": grant, "user_id": user} }

// guide gives somebody an office at the township that reaches no case by itself.
func (w *world) guide(login string) {
	w.create(&models.RoleGrant{ID: "g-guide-" + login, UserID: "u-" + login, Role: procedure.Guide, RegionCode: township, ValidFrom: w.clock().Add(-time.Hour)})
}

// next_cadre, of the next village and a guide of the township, stands in for the
// township office: on these days and under these conditions he reaches the first
// village, on no other.
func TestGateOfSubstitutes(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		clue := w.openClue(t, "household-1", "cadre")
		sees := func(user string, yes bool, why string) {
			t.Helper()
			status, items := 404, `"items":[]`
			if yes {
				status, items = 200, clue
			}
			w.do(t, call{name: why, user: user, method: "GET", url: basePath + "/cases/" + clue, status: status})
			for _, url := range []string{"/tasks?village=" + village, "/cases?village=" + village, "/cases?q=lst", "/cases?q=罗守田"} {
				w.do(t, call{name: why, user: user, method: "GET", url: basePath + url, status: 200, want: []string{items}})
			}
			counts := decode[struct{ All int }](t, w.do(t, call{user: user, method: "GET", url: basePath + "/tasks/counts", status: 200}))
			require.Equal(t, yes, counts.All > 0, why)
		}
		w.absence("u-town", "g-town", "u-next_cadre", -1, 5)
		sees("next_cadre", false, "a village is not lent its township")
		w.guide("next_cadre")
		sees("next_cadre", true, "he has an office of the township now")
		require.NoError(t, w.store.DB.Model(&models.Absence{}).Where("user_id = ?", "u-town").Updates(map[string]any{"cancelled_at": w.clock(), "cancelled_by": "u-town"}).Error)
		sees("next_cadre", false, "nobody is away")
		w.absence("u-town", "g-town", "u-next_cadre", 1, 5)
		sees("next_cadre", false, "it begins tomorrow")
		w.absence("u-town", "g-town", "u-next_cadre", -5, -1)
		sees("next_cadre", false, "it ended yesterday")
		w.absence("u-town", "g-town", "u-far_cadre", -1, 5)
		sees("far_cadre", false, "the other township, however it was entered")
		sees("next_cadre", false, "another stands in")
		w.absence("u-county", "g-county", "u-auditor", -1, 5)
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/me", status: 200, want: []string{`"standing_in":[]`}})
		today := w.absence("u-town", "g-town", "u-next_cadre", 0, 0)
		sees("next_cadre", true, "today only")
		w.do(t, call{user: "next_cadre", method: "GET", url: basePath + "/me", status: 200, want: []string{`"standing_in":[{`, "测town"}})
		sees("far_cadre", false, "nothing to do with him")

		// No chain: who stands in for the substitute gets what is the substitute's own.
		w.absence("u-next_cadre", "g-next_cadre", "u-far_town", 0, 0)
		w.household("household-4", nextVillage, "田丰年", "tianfengnian", "tfn")
		sees("far_town", false, "a substitute of the substitute")

		disable := func(user string, yes bool) {
			require.NoError(t, w.store.DB.Model(&models.User{}).Where("id = ?", user).Update("disabled", yes).Error)
		}
		disable("u-town", true)
		sees("next_cadre", false, "the person away has left for good")
		disable("u-town", false)
		ended := w.clock()
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-town").Update("valid_to", ended).Error)
		sees("next_cadre", false, "the office is no longer his")
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-town").Update("valid_to", nil).Error)
		sees("next_cadre", true, "all is as it was")

		now := w.clock()
		w.pass(policy.DateOf(now).End().Sub(now) - time.Microsecond)
		sees("next_cadre", true, "the last moment of the last day")
		w.do(t, call{user: "town", method: "POST", url: basePath + "/absences/" + today + "/cancel", status: 200, want: []string{`"cancelled"`}})
		sees("next_cadre", false, "taken back")
		w.pass(time.Microsecond)
		sees("next_cadre", true, "tomorrow has come, and with it the absence first entered")
		w.pass(5 * day24)
		sees("next_cadre", false, "that ends by itself too")
	})
}

// A substitute finds the work in his inbox with the name he does it for, what the
// person away had taken included; both names are on what he does, and when the
// absence is over the person away finds the work where it stands.
func TestSubstituteWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "secretary")
	task := w.task(t, clue, "village_cadre")
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/tasks/" + task + "/claim", status: 200})
	w.do(t, call{user: "grid", method: "GET", url: basePath + "/tasks", status: 200, want: []string{`"items":[]`}})
	w.do(t, call{user: "grid", method: "POST", url: basePath + "/tasks/" + task + "/release", status: 404})
	id := w.absence("u-cadre", "g-cadre", "u-grid", 0, 2)

	w.do(t, call{user: "grid", method: "GET", url: basePath + "/tasks", status: 200, want: []string{task, `"for":{"id":"u-cadre","name":"测cadre"}`, `"mine":true`}})
	w.do(t, call{user: "grid", method: "GET", url: basePath + "/tasks?mine=true", status: 200, want: []string{task}})
	w.do(t, call{user: "cadre2", method: "GET", url: basePath + "/tasks", status: 200, want: []string{`"items":[]`}})
	w.do(t, call{user: "grid", method: "POST", url: basePath + "/tasks/" + task + "/release", status: 200})
	w.do(t, call{user: "grid", method: "POST", url: basePath + "/tasks/" + task + "/claim", status: 200, want: []string{`"claimed_by":{"id":"u-cadre"`, `"for":{"id":"u-cadre"`}})

	// As a grid member he may register it himself; told to, he does so for the other.
	w.fire(t, "grid", clue, "register_locally", object{}, object{"for": "u-cadre"})
	w.do(t, call{user: "grid", method: "GET", url: basePath + "/cases/" + clue + "/events/allowed", status: 200, want: []string{`"for":{"id":"u-cadre","name":"测cadre"}`}})
	form := w.attach(t, "grid", clue, "screening_form")
	w.absence("u-secretary", "g-secretary", "u-cadre2", 0, 0)
	w.do(t, call{user: "cadre2", method: "POST", url: basePath + "/cases/" + clue + "/endorsements", body: object{"event": "confirm_risk", "role": "village_secretary"}, status: 200})
	w.fire(t, "grid", clue, "confirm_risk", object{"visited_on": "2026-03-10", "respondent": "本人", "risk_types": []string{"illness"},
		"income_estimate": 650000, "difficulty": "住院自付较多", "screening_form": []string{form}, "fast_lane": false})
	line := w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + clue + "/timeline", status: 200}).Body.String()
	require.Equal(t, 4, strings.Count(line, `"for_id":"u-cadre","for_name":"测cadre","name":"测grid"`), "released, claimed, registered, confirmed: %s", line)
	require.Contains(t, line, `"for_id":"u-secretary","for_name":"测secretary","name":"测cadre2"`)
	v, err := w.engine.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, v.Bad)
	var c models.Case
	require.NoError(t, w.store.DB.Where("id = ?", clue).Take(&c).Error)
	require.Equal(t, []string{"u-cadre", "u-secretary"}, c.Facts.By["confirm_risk"])

	// What he takes for the other stays with the other.
	again := w.openClue(t, "household-2", "secretary")
	next := w.task(t, again, "village_cadre")
	w.do(t, call{user: "grid", method: "POST", url: basePath + "/tasks/" + next + "/claim", status: 200})
	w.do(t, call{user: "grid", method: "POST", url: basePath + "/absences/" + id + "/cancel", status: 403, code: "not_your_absence"})
	w.pass(3 * day24)
	w.do(t, call{user: "grid", method: "GET", url: basePath + "/tasks", status: 200, want: []string{`"items":[]`}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/tasks", status: 200, want: []string{next, `"mine":true`}, not: []string{`"for":`}})
	w.do(t, call{user: "grid", method: "POST", url: basePath + "/absences/" + id + "/cancel", status: 409, code: "absence_over"})
}

// Many tasks at once are done for the person away as well; opening a case, too.
func TestSubstituteInBulkAndOpening(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.guide("next_cadre")
	w.absence("u-town", "g-town", "u-next_cadre", 0, 0)
	clue := w.openClue(t, "household-1", "next_cadre")
	var ev models.CaseEvent
	require.NoError(t, w.store.DB.Where("case_id = ? AND kind = 'open'", clue).Take(&ev).Error)
	require.Equal(t, []string{"u-next_cadre", "u-town", "township_office"}, []string{ev.ActorID, ev.ForID, string(ev.ActorRole)})
	w.do(t, call{user: "next_cadre", method: "POST", url: basePath + "/tasks/bulk", status: 200, want: []string{`"done":1`},
		body: object{"action": "fire", "event": "dispatch", "form": object{"target_village": village}, "task_ids": []string{w.task(t, clue, "township_office")}}})
	var last models.CaseEvent
	require.NoError(t, w.store.DB.Where("case_id = ? AND event = 'dispatch'", clue).Take(&last).Error)
	require.Equal(t, []string{"u-next_cadre", "u-town"}, []string{last.ActorID, last.ForID})

	// What carries one name only is not done for somebody else.
	w.absence("u-county", "g-county", "u-civil", 0, 0)
	w.do(t, call{user: "civil", method: "PUT", url: basePath + "/policy/rows", status: 403, code: "role_not_allowed",
		body: object{"key": "clue_days", "region_code": county, "valid_from": "2026-04-01", "value": object{"n": 3, "unit": "calendar"}, "source": "县办字〔2026〕1号"}})
	w.do(t, call{user: "next_cadre", method: "POST", url: basePath + "/absences", status: 404, body: w.leave(0, 1, object{"user_id": "u-secretary"}, sub("g-secretary", "u-grid"))})
}

// Who may be entered, by whom, for which days.
func TestEnterAbsence(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.create(&models.RoleGrant{ID: "g-cadre-watch", UserID: "u-leader", Role: "auditor", RegionCode: county, ValidFrom: w.clock().Add(-time.Hour)})
		w.absence("u-entry", "g-entry", "u-town", 4, 6)
		for _, c := range []struct {
			name, user  string
			from, until int
			more        object
			subs        []object
			status      int
			code        string
		}{
			{"oneself, two substitutes", "cadre", 0, 3, nil, []object{sub("g-cadre", "u-secretary"), sub("g-cadre", "u-grid")}, 200, ""},
			{"another time meanwhile", "cadre", 2, 3, nil, []object{sub("g-cadre", "u-surveyor")}, 200, ""},
			{"by the township", "town", 0, 0, object{"user_id": "u-secretary"}, []object{sub("g-secretary", "u-grid")}, 200, ""},
			{"by the county, of the township", "county", 1, 1, object{"user_id": "u-town"}, []object{sub("g-town", "u-far_cadre")}, 422, "outside_area"},
			{"below the area", "town", 1, 1, nil, []object{sub("g-town", "u-next_cadre")}, 422, "outside_area"},
			{"by the other township", "far_town", 0, 0, object{"user_id": "u-cadre"}, []object{sub("g-cadre", "u-grid")}, 404, "not_found"},
			{"by a colleague", "cadre2", 0, 0, object{"user_id": "u-cadre"}, []object{sub("g-cadre", "u-grid")}, 404, "not_found"},
			{"of the county, by the township", "town", 0, 0, object{"user_id": "u-county"}, []object{sub("g-county", "u-cadre")}, 404, "not_found"},
			{"nobody of that name", "town", 0, 0, object{"user_id": "nobody"}, []object{sub("g-cadre", "u-grid")}, 404, "not_found"},
			{"the neighbour's village", "cadre", 0, 0, nil, []object{sub("g-cadre", "u-next_cadre")}, 422, "outside_area"},
			{"the office above", "cadre", 0, 0, nil, []object{sub("g-cadre", "u-town")}, 422, "outside_area"},
			{"a farmer", "cadre", 0, 0, nil, []object{sub("g-cadre", "u-farmer")}, 422, "outside_area"},
			{"an auditor", "county", 0, 0, nil, []object{sub("g-county", "u-auditor")}, 422, "outside_area"},
			{"one who audits as well", "county", 0, 0, nil, []object{sub("g-county", "u-leader")}, 422, "outside_area"},
			{"himself", "cadre", 0, 0, nil, []object{sub("g-cadre", "u-cadre")}, 422, "own_substitute"},
			{"an office of another", "cadre", 0, 0, nil, []object{sub("g-secretary", "u-grid")}, 422, "not_his_office"},
			{"the auditor's office", "auditor", 0, 0, nil, []object{sub("g-auditor", "u-cadre")}, 422, "not_his_office"},
			{"the administrator's office", "sec", 0, 0, nil, []object{sub("g-sec", "u-cadre")}, 422, "not_his_office"},
			{"the farmer's house", "farmer", 0, 0, nil, []object{sub("g-farmer", "u-cadre")}, 422, "not_his_office"},
			{"yesterday", "cadre", -1, 0, nil, []object{sub("g-cadre", "u-grid")}, 422, "absence_backdated"},
			{"the wrong way round", "cadre", 2, 1, nil, []object{sub("g-cadre", "u-grid")}, 422, "absence_order"},
			{"a year and a day", "cadre", 0, 365, nil, []object{sub("g-cadre", "u-grid")}, 200, ""},
			{"longer", "cadre", 0, 366, nil, []object{sub("g-cadre", "u-grid")}, 422, "absence_too_long"},
			{"away before", "town", 1, 3, nil, []object{sub("g-town", "u-entry")}, 200, ""},
			{"away on the last day", "town", 1, 4, nil, []object{sub("g-town", "u-entry")}, 422, "substitute_away"},
			{"away on the first day", "town", 6, 9, nil, []object{sub("g-town", "u-entry")}, 422, "substitute_away"},
			{"back again", "town", 7, 9, nil, []object{sub("g-town", "u-entry")}, 200, ""},
		} {
			var n, after int64
			require.NoError(t, w.store.DB.Model(&models.Absence{}).Count(&n).Error)
			rec := w.do(t, call{name: c.name, user: c.user, method: "POST", url: basePath + "/absences", status: c.status, body: w.leave(c.from, c.until, c.more, c.subs...)})
			require.NoError(t, w.store.DB.Model(&models.Absence{}).Count(&after).Error)
			require.Equal(t, c.status == 200, after == n+1, c.name)
			require.Contains(t, rec.Body.String(), c.code, c.name)
		}
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/absences", status: 400, body: w.leave(0, 0, nil)})
	})
}

// The same request enters once and tells each substitute once; the list shows it to
// those it concerns, and only they can end it.
func TestAbsenceList(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		key := map[string]string{"Idempotency-Key": "enter-once-1"}
		body := w.leave(0, 2, nil, sub("g-cadre", "u-secretary"), sub("g-cadre", "u-grid"))
		id := ""
		for range 2 {
			id = decode[struct{ ID string }](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/absences", headers: key, body: body, status: 200, want: []string{`"running"`, "测grid", "休假"}})).ID
		}
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/absences", headers: key, body: w.leave(0, 3, nil, sub("g-cadre", "u-grid")), status: 422, code: "key_reused"})
		w.do(t, call{user: "grid", method: "GET", url: basePath + "/messages", status: 200, want: []string{"请您代办：测cadre", `"unread":1`}})
		for user, can := range map[string]string{"cadre": "true", "grid": "false", "secretary": "false", "town": "true", "county": "true"} {
			w.do(t, call{user: user, method: "GET", url: basePath + "/absences", status: 200, want: []string{id, `"can_cancel":` + can}})
		}
		for _, user := range []string{"cadre2", "next_cadre", "far_town", "auditor", "sec", "farmer"} {
			w.do(t, call{user: user, method: "GET", url: basePath + "/absences", status: 200, want: []string{`"items":[]`}})
		}
		for range 2 {
			w.do(t, call{user: "town", method: "POST", url: basePath + "/absences/" + id + "/cancel", status: 200, want: []string{`"cancelled"`, `"cancelled_by":{"id":"u-town"`}})
		}
		w.do(t, call{user: "grid", method: "GET", url: basePath + "/messages", status: 200, want: []string{"代办已取消：测cadre", `"unread":2`}})
		for _, sql := range []string{"UPDATE absences SET until_day = '2027-01-01' WHERE id = ?", "DELETE FROM absences WHERE id = ?", "DELETE FROM substitutions WHERE absence_id = ?"} {
			require.ErrorContains(t, w.store.DB.Exec(sql, id).Error, "append-only", sql)
		}
	})
}

// Whom one may enter, and whom one may ask.
func TestAbsenceChoices(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/absences/people", status: 200, want: []string{`"items":[]`}})
		w.do(t, call{user: "town", method: "GET", url: basePath + "/absences/people?q=测c", status: 200, want: []string{"u-cadre", "u-cadre2"}, not: []string{"u-county", "u-grid", "u-far_cadre", "u-auditor"}})
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/absences/offices", status: 200, want: []string{`"grant_id":"g-cadre"`, "u-cadre2", "u-secretary"},
			not: []string{"u-next_cadre", "u-farmer", "u-town", `"id":"u-cadre","name":"测cadre"},{`}})
		w.do(t, call{user: "town", method: "GET", url: basePath + "/absences/offices?user_id=u-cadre&q=测g", status: 200, want: []string{"u-grid"}, not: []string{"u-secretary"}})
		w.do(t, call{user: "far_town", method: "GET", url: basePath + "/absences/offices?user_id=u-cadre", status: 404})
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/absences/offices", status: 200, want: []string{`"items":[]`}})
		w.do(t, call{user: "town", method: "GET", url: basePath + "/absences/offices", status: 200, want: []string{"u-leader", "u-entry"}, not: []string{"u-cadre", "u-county"}})
		w.do(t, call{user: "civil", method: "GET", url: basePath + "/absences/offices", status: 200, want: []string{`"candidates":[]`}})
	})
}

// Every request asks for whom its sender stands in; it must not cost a walk through a table.
func TestStandInsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dry := w.store.DB.Session(&gorm.Session{DryRun: true})
	for name, c := range map[string]struct {
		tx    *gorm.DB
		index string
	}{
		"of a substitute": {models.StandIns(dry, "2026-03-10", w.clock()).Where("substitutions.substitute_id = ?", "u-grid"), "substitutions_substitute"},
		"of the away":     {models.StandIns(dry, "2026-03-10", w.clock()).Where("absences.user_id IN ?", []string{"u-cadre"}), "absences_user"},
	} {
		stmt := c.tx.Scan(&[]models.StandIn{}).Statement
		var plan []struct{ Detail string }
		require.NoError(t, w.store.DB.Raw("EXPLAIN QUERY PLAN "+stmt.SQL.String(), stmt.Vars...).Scan(&plan).Error)
		require.Contains(t, fmt.Sprint(plan), c.index, name)
		require.NotContains(t, fmt.Sprint(plan), "SCAN ", name)
	}
}

// The access log tells under which office somebody looked, and for whom when it was
// lent: his own office counts first, unless it would have shown him less.
func TestTheAccessLogNamesThePersonAway(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		clue := w.openClue(t, "household-1", "cadre")
		w.guide("next_cadre")
		w.absence("u-town", "g-town", "u-next_cadre", 0, 0)
		w.absence("u-town", "g-town", "u-cadre", 0, 0)
		w.create(&models.RoleGrant{ID: "g-guide-cadre", UserID: "u-cadre", Role: procedure.Guide, RegionCode: township, ValidFrom: w.clock().Add(-time.Hour)})
		home := basePath + "/households/household-1"
		looked := func(user, url string, body object) models.AccessLog {
			t.Helper()
			method := "GET"
			if body != nil {
				method = "POST"
			}
			var before, after []string
			require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Pluck("id", &before).Error)
			w.do(t, call{user: user, method: method, url: url, body: body, status: 200})
			require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("id NOT IN ?", append(before, "")).Pluck("id", &after).Error)
			require.Len(t, after, 1, url)
			var row models.AccessLog
			require.NoError(t, w.store.DB.Where("id = ?", after[0]).Take(&row).Error)
			return row
		}
		for name, x := range map[string]struct {
			user, url string
			body      object
			role      procedure.Role
			away      string
		}{
			"in his own office":                      {"county", home, nil, procedure.CountyOffice, ""},
			"a household for somebody away":          {"next_cadre", home, nil, procedure.TownshipOffice, "u-town"},
			"a case for somebody away":               {"next_cadre", basePath + "/cases/" + clue + "/timeline", nil, procedure.TownshipOffice, "u-town"},
			"a value for somebody away":              {"next_cadre", home + "/unmask", object{"field": "phone", "purpose": "电话联系农户"}, procedure.TownshipOffice, "u-town"},
			"more than his own office would show":    {"cadre", home + "/members", nil, procedure.TownshipOffice, "u-town"},
			"unmasked as his own office lets him do": {"cadre", home + "/unmask", object{"field": "phone", "purpose": "电话联系农户"}, procedure.VillageCadre, ""},
		} {
			got := looked(x.user, x.url, x.body)
			require.Equal(t, []string{string(x.role), x.away}, []string{got.Role, got.ForID}, name)
		}
	})
}

// Whoever stands in for somebody and then goes on leave himself leaves a gap: the
// person away and who entered his leave are told at once, and the list shows it.
func TestASubstituteWhoGoesOnLeaveIsReported(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.guide("next_cadre")
		w.create(&models.RoleGrant{ID: "g-guide-cadre", UserID: "u-cadre", Role: procedure.Guide, RegionCode: nextVillage, ValidFrom: w.clock().Add(-time.Hour)})
		today := policy.DateOf(w.clock())
		first := models.Absence{ID: models.NewID(), UserID: "u-town", FromDay: today.AddDays(2).String(), UntilDay: today.AddDays(6).String(), Reason: "leave", EnteredBy: "u-county", CreatedAt: w.clock()}
		w.create(&first, &models.Substitution{AbsenceID: first.ID, GrantID: "g-town", SubstituteID: "u-next_cadre", UntilDay: first.UntilDay})
		told := func(user string) (out []models.Message) {
			require.NoError(t, w.store.DB.Where("user_id = ? AND clock_id LIKE 'away:%'", user).Order("id").Find(&out).Error)
			return out
		}
		enter := func(from, until int) {
			t.Helper()
			w.do(t, call{user: "next_cadre", method: "POST", url: basePath + "/absences", body: w.leave(from, until, nil, sub("g-next_cadre", "u-cadre")), status: 200})
		}
		enter(0, 1)
		enter(7, 8)
		require.Empty(t, told("u-town"), "he is back, or not away yet")
		w.do(t, call{user: "town", method: "GET", url: basePath + "/absences", status: 200, want: []string{`"away":false`}, not: []string{`"away":true`}})
		enter(6, 6)
		for _, user := range []string{"u-town", "u-county"} {
			m := told(user)
			require.Len(t, m, 1, user)
			require.True(t, m[0].Urgent)
			require.Contains(t, m[0].Body, "测next_cadre")
		}
		w.do(t, call{user: "town", method: "GET", url: basePath + "/absences", status: 200, want: []string{`"away":true`}})
		require.NoError(t, w.store.DB.Model(&models.Absence{}).Where("id = ?", first.ID).Updates(map[string]any{"cancelled_at": w.clock(), "cancelled_by": "u-town"}).Error)
		enter(3, 4)
		require.Len(t, told("u-town"), 1, "he stands in no more")
	})
}
