package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/internal/tale"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// stages are when something happened to a clue.
type stages struct{ opened, claimed, released, registered, corrected time.Time }

// lived is a clue that was opened, taken, given back and registered, an hour between each.
func (w *world) lived(t *testing.T) (id string, at stages) {
	t.Helper()
	id = w.openClue(t, "household-1", "cadre")
	at.opened = w.clock()
	w.pass(time.Hour)
	task := basePath + "/tasks/" + w.task(t, id, "village_cadre")
	w.do(t, call{user: "cadre2", method: "POST", url: task + "/claim", status: 200})
	at.claimed = w.clock()
	w.pass(time.Hour)
	w.do(t, call{user: "cadre2", method: "POST", url: task + "/release", status: 200})
	at.released = w.clock()
	w.pass(time.Hour)
	w.fire(t, "cadre", id, "register_locally", object{"note": "已登记"})
	at.registered = w.clock()
	w.pass(9 * day24)
	return id, at
}

func (w *world) asOf(t *testing.T, user, id string, at time.Time) gen.CaseAsOf {
	t.Helper()
	return decode[gen.CaseAsOf](t, w.do(t, call{user: user, method: "GET", url: basePath + "/cases/" + id + "/asof?at=" + at.Format(time.RFC3339), status: 200}))
}

// What was known, who held it, what was overdue, and which version of procedure and policy applied, at any moment.
func TestCaseAtAnyMoment(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		id, at := w.lived(t)
		for _, x := range []struct {
			name, state, holder string
			at                  time.Time
			known, late         int
		}{
			{"opened", "new", "", at.opened, 3, 0},
			{"a second before it was taken", "new", "", at.claimed.Add(-time.Second), 3, 0},
			{"taken", "new", "测cadre2", at.claimed, 3, 0},
			{"given back", "new", "", at.released, 3, 0},
			{"registered", "verifying", "", at.registered, 4, 0},
			{"left lying", "verifying", "", w.clock(), 4, 1},
		} {
			got := w.asOf(t, "auditor", id, x.at)
			require.Equal(t, x.state, got.State, x.name)
			require.Len(t, got.Known, x.known, x.name)
			i := slices.IndexFunc(got.Holders, func(h gen.HolderThen) bool { return h.Role == "village_cadre" })
			require.Equal(t, []any{"云岭县清溪镇石桥村", x.holder}, []any{got.Holders[i].Unit, got.Holders[i].User.Name}, x.name)
			late := 0
			for _, k := range got.Clocks {
				if k.Overdue && k.State == gen.ClockShortStateRunning {
					late++
				}
			}
			require.Equal(t, x.late > 0, late > 0, x.name)
			require.Len(t, got.Story, got.Seq, x.name)
			require.NotEmpty(t, got.Limits)
			require.Len(t, got.PolicyHash, 64)
			require.Equal(t, 1, got.Version)
		}

		// The words are those of the command line.
		var events []models.CaseEvent
		require.NoError(t, w.store.DB.Where("case_id = ?", id).Order("seq").Find(&events).Error)
		d, _ := procedure.Lookup("risk_clue", 1)
		for i, step := range w.asOf(t, "auditor", id, w.clock()).Story {
			require.Equal(t, tale.Sentence(d, &events[i]), step.Text)
		}
		require.Contains(t, events[0].ActorName, "测cadre")

		// The policy that applied then, whatever the case was moved to since.
		before := w.asOf(t, "auditor", id, at.registered)
		w.create(&models.PolicyRow{ID: "longer", Key: "clue_days", RegionCode: county, Value: []byte(`{"days":9,"unit":"calendar"}`), ValidFrom: w.clock().Add(-time.Hour), CreatedAt: w.clock()})
		moved := w.clock()
		w.do(t, call{user: "county", method: "POST", url: basePath + "/cases/" + id + "/policy", body: object{"reason": "按县办新规定办理"}, status: 200})
		after := w.asOf(t, "auditor", id, moved.Add(time.Second))
		require.NotEqual(t, before.PolicyHash, after.PolicyHash)
		require.NotEqual(t, before.Limits, after.Limits)
		again := w.asOf(t, "auditor", id, at.registered)
		require.Equal(t, []any{before.PolicyHash, before.Limits}, []any{again.PolicyHash, again.Limits})
		require.Equal(t, policy.DateOf(before.Clocks[0].DueAt), policy.DateOf(again.Clocks[0].DueAt))
	})
}

// What differs between two moments: from old to new.
func TestCompareCase(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		id, at := w.lived(t)
		url := func(from, to time.Time) string {
			return basePath + "/cases/" + id + "/compare?from=" + from.Format(time.RFC3339) + "&to=" + to.Format(time.RFC3339)
		}
		between := func(from, to time.Time) map[string]gen.CaseChange {
			got := decode[gen.CaseComparison](t, w.do(t, call{user: "auditor", method: "GET", url: url(from, to), status: 200}))
			out := map[string]gen.CaseChange{}
			for _, c := range got.Changes {
				out[string(c.Kind)+" "+c.Title] = c
			}
			return out
		}
		require.Empty(t, between(at.opened, at.opened))
		require.Empty(t, between(at.opened, at.claimed.Add(-time.Second)))
		taken := between(at.opened, at.claimed)
		require.Len(t, taken, 1)
		cadre := "云岭县清溪镇石桥村 " + roleTitle("village_cadre")
		require.Contains(t, taken["holder 办理人"].Old, cadre)
		require.NotContains(t, taken["holder 办理人"].Old, cadre+" 测cadre2")
		require.Contains(t, taken["holder 办理人"].New, cadre+" 测cadre2")

		moved := between(at.opened, w.clock())
		require.Equal(t, []string{"新线索", "核实中"}, []string{moved["state 环节"].Old, moved["state 环节"].New})
		require.Equal(t, gen.CaseChange{Kind: "answer", Title: "村级登记：登记说明", New: "已登记"}, moved["answer 村级登记：登记说明"])
		late := false
		for _, c := range moved {
			late = late || c.Kind == "limit" && strings.Contains(c.New, "已超期")
		}
		require.True(t, late)
		w.do(t, call{user: "auditor", method: "GET", url: url(at.claimed, at.opened), status: 422, code: "to_before_from"})
		w.do(t, call{user: "auditor", method: "GET", url: url(at.opened.Add(-time.Second), at.claimed), status: 404, code: "not_yet_opened"})
		w.do(t, call{user: "far_town", method: "GET", url: url(at.opened, at.claimed), status: 404})
	})
}

// What is masked is shown whole for a purpose, to roles that may, and who has looked stays on record.
func TestUnmaskAnswer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		id, at := w.lived(t)
		known := map[string]gen.AnswerThen{}
		for _, k := range w.asOf(t, "auditor", id, at.registered).Known {
			known[k.Answer.Code] = k
		}
		require.Equal(t, []any{"房＊＊", true, true, 1}, []any{known["content"].Answer.Text, known["content"].Answer.Hidden, known["content"].CanUnmask, known["content"].Seq})
		require.False(t, known["channel"].CanUnmask, "nothing is masked there")

		url := basePath + "/cases/" + id + "/unmask"
		ask := func(more object) object {
			out := object{"seq": 1, "field": "content", "purpose": "核对线索内容"}
			for k, v := range more {
				out[k] = v
			}
			return out
		}
		for _, c := range []struct {
			name, user, code string
			more             object
			status           int
		}{
			{"no purpose", "auditor", "", object{"purpose": "看"}, 400},
			{"no such record", "auditor", "unknown_record", object{"seq": 99}, 422},
			{"no such field", "auditor", "unknown_field", object{"field": "nothing"}, 422},
			{"not filled in", "auditor", "unknown_field", object{"field": "risk_types"}, 422},
			{"the grid member sees it masked and no more", "grid", "unmask_not_allowed", nil, 403},
			{"nothing to unmask", "cadre", "unmask_not_allowed", nil, 403},
			{"elsewhere", "far_town", "", nil, 404},
		} {
			w.do(t, call{name: c.name, user: c.user, method: "POST", url: url, body: ask(c.more), status: c.status, code: c.code, not: []string{"房屋漏雨"}})
		}
		var logs []models.AccessLog
		find := func() []models.AccessLog {
			logs = nil
			require.NoError(t, w.store.DB.Where("action = ? AND tbl = ?", "unmask", "case_events").Find(&logs).Error)
			return logs
		}
		require.Empty(t, find())
		w.do(t, call{user: "auditor", method: "POST", url: url, body: ask(nil), status: 200, want: []string{"房屋漏雨，近日住院"}})
		require.Len(t, find(), 1)
		require.Equal(t, []any{"u-auditor", "content", "P2", "auditor"}, []any{logs[0].UserID, logs[0].Field, logs[0].Class, logs[0].Role})
		require.Equal(t, "核对线索内容", logs[0].Purpose)
		require.NotContains(t, logs[0].Purpose, "房屋漏雨")

		// It stands in the case as it was from then on, and where the household's own log is.
		w.create(&models.AccessLog{ID: models.NewID(), At: at.registered.Add(time.Second), UserID: "u-county", Action: "unmask", Table: "case_events", RecordID: logs[0].RecordID, Field: "content"})
		seen := w.asOf(t, "auditor", id, at.registered).Unmasked
		require.Len(t, seen, 1, "what comes later is not told")
		require.Equal(t, []string{"测auditor", "查看完整信息", "情况说明"}, []string{seen[0].By, seen[0].Action, seen[0].What})
		require.Len(t, w.asOf(t, "auditor", id, at.registered.Add(time.Minute)).Unmasked, 2)
		require.Empty(t, w.asOf(t, "cadre", id, at.registered).Unmasked, "for the county office and the auditor")
		var c models.Case
		require.NoError(t, w.store.DB.Where("id = ?", id).Take(&c).Error)
		require.Equal(t, []string{id, c.HouseholdID}, []string{logs[0].CaseID, logs[0].HouseholdID})
		w.do(t, call{user: "county", method: "GET", url: basePath + "/households/" + c.HouseholdID + "/seen", status: 200, want: []string{"测auditor", "办理记录：情况说明"}})
	})
}

// Whole answers are shown at the pace of a reader, as whole values of the register are.
func TestUnmaskAnswerSlowly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.lived(t)
	w.http, w.server.reveals = w.echo, limiter(1)
	ask := call{user: "auditor", method: "POST", url: basePath + "/cases/" + id + "/unmask", body: object{"seq": 1, "field": "content", "purpose": "核对线索内容"}}
	ask.status = 200
	w.do(t, ask)
	ask.status, ask.code = 429, "too_many"
	w.do(t, ask)
}

// Nobody unmasks who has objected.
func TestObjectorStaysMasked(t *testing.T) {
	t.Parallel()
	for class, may := range map[procedure.Class]bool{procedure.P0: false, procedure.P1: false, procedure.P2: true, procedure.P3: true, procedure.P4: false, procedure.P5: false} {
		require.Equal(t, may, mayShowWhole(class, sightAudit), class)
		require.False(t, mayShowWhole(class, sightCompared), "what is full needs none")
		require.False(t, mayShowWhole(class, sightOrdinary), "what is hidden is no more than that")
	}
}
