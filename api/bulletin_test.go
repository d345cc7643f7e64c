package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// tally is one problem as its recorded acts alone tell it.
type tally struct {
	no, village, responsible, rung string
	state                          procedure.State
	due                            policy.Date
	span                           int
	self, hidden, escalated        bool
}

// tallied reads the acts of a problem: nothing of its row but number and place.
func (w *world) tallied(t *testing.T, c *models.Case) tally {
	t.Helper()
	events, err := w.engine.Events(t.Context(), c.ID)
	require.NoError(t, err)
	out, listed := tally{no: c.No, village: c.RegionCode}, false
	for i := range events {
		ev := &events[i]
		form, err := w.engine.Payload(ev)
		require.NoError(t, err)
		said := func(code string) string { s, _ := form[code].(string); return s }
		today, before := policy.DateOf(ev.At), out.due
		out.state, out.hidden = ev.ToState, out.hidden || form["concealed"] == true
		switch ev.Kind + " " + ev.Event {
		case "open rectification":
			out.self = form["self_found"] == true
		case "event register":
			out.self = out.self && said("source_class") == "self"
			listed = true
		case "event assign":
			out.responsible = said("responsible")
			if n, ok := form["due_days"].(float64); ok {
				out.due = today.AddDays(int(n))
			} else {
				out.due, _ = policy.ParseDate(said("due_date"))
			}
		case "event decide", "event extend", "event verify_return":
			out.responsible = max(said("responsible"), out.responsible)
			out.due, _ = policy.ParseDate(said("new_due"))
		case "event rebound":
			out.due = today.AddDays(out.span / 2)
		case "event escalate":
			out.escalated = true
		case "rung due.remind", "rung due.supervise", "rung due.report", "rung due.handle":
			out.rung = strings.TrimPrefix(ev.Event, "due.")
		}
		if out.due != before {
			out.span, out.rung = out.due.Sub(today), ""
		}
	}
	out.self = out.self && listed // what is in no ledger is judged by nobody
	return out
}

func (p tally) late(now time.Time) bool {
	working := []procedure.State{"found", "registered", "assigned", "rectifying", "escalated"}
	return slices.Contains(working, p.state) && p.due != (policy.Date{}) && p.due.Before(policy.DateOf(now))
}

// The numbers of a bulletin are those that the acts of the problems give when they are
// counted by hand, whatever has become of each.
func TestBulletinCountsWhatTheActsSay(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			w.campaigner("resident", procedure.ResidentLeader, village)
			w.campaigner("head", procedure.TownshipHead, township)
			w.campaigner("guidance", procedure.GuidanceGroup, township)
			p := w.programme(t)
			w.manyFates(t, p.No)
			var cases []models.Case
			require.NoError(t, w.store.DB.Where("procedure = ?", "rectification").Find(&cases).Error)
			for i := range cases {
				_, err := w.engine.Wake(t.Context(), cases[i].ID)
				require.NoError(t, err)
			}
			rec := w.do(t, call{user: "town", method: "POST", url: basePath + "/programmes/" + p.ID + "/bulletins", status: 200})
			got := decode[gen.Bulletin](t, rec).Numbers

			want, states, ladder := gen.ProgressNumbers{Unescalated: []string{}, Total: len(cases)}, map[string]int{}, map[string]int{}
			villages, people := map[string]gen.ProgressLine{}, map[string]gen.ProgressLine{}
			for i := range cases {
				one := w.tallied(t, &cases[i])
				states[string(one.state)]++
				line := gen.ProgressLine{Total: 1}
				switch one.state {
				case "closed", "lookback", "consolidated", "long_term":
					line.Done = 1
				case "not_established", "duplicate":
					line.Dropped = 1
				default:
					line.Open = 1
				}
				if one.late(w.clock()) {
					line.Overdue = 1
					ladder[one.rung]++
					if !one.escalated {
						want.Unescalated = append(want.Unescalated, one.no)
					}
				}
				want.Open, want.Done, want.Dropped, want.Overdue = want.Open+line.Open, want.Done+line.Done, want.Dropped+line.Dropped, want.Overdue+line.Overdue
				for m, code := range map[*map[string]gen.ProgressLine]string{&villages: one.village, &people: one.responsible} {
					sum := (*m)[code]
					(*m)[code] = gen.ProgressLine{Total: sum.Total + 1, Open: sum.Open + line.Open, Done: sum.Done + line.Done, Dropped: sum.Dropped + line.Dropped, Overdue: sum.Overdue + line.Overdue}
				}
				switch {
				case one.hidden:
					want.Concealed++
				case one.self:
					want.SelfFound++
				}
			}
			slices.Sort(want.Unescalated)
			require.Equal(t, []int{want.Total, want.Open, want.Overdue, want.Done, want.Dropped, want.SelfFound, want.Concealed},
				[]int{got.Total, got.Open, got.Overdue, got.Done, got.Dropped, got.SelfFound, got.Concealed})
			require.Equal(t, want.Unescalated, got.Unescalated)
			counts := func(list []gen.ProgressCount) map[string]int {
				out := map[string]int{}
				for _, c := range list {
					out[c.Code] = c.Count
				}
				return out
			}
			lines := func(list []gen.ProgressLine) map[string]gen.ProgressLine {
				out := map[string]gen.ProgressLine{}
				for _, l := range list {
					out[l.Code] = gen.ProgressLine{Total: l.Total, Open: l.Open, Done: l.Done, Dropped: l.Dropped, Overdue: l.Overdue}
				}
				return out
			}
			require.Equal(t, states, counts(got.States))
			require.Equal(t, ladder, counts(got.Ladder))
			require.Equal(t, villages, lines(got.Villages))
			require.Equal(t, people, lines(got.Responsible))
			require.Equal(t, []int{14, 4, 3, 3}, []int{got.Total, got.Overdue, got.Done, got.Dropped}, "every fate is there")
			require.Greater(t, len(ladder), 1)
		})
	}
}

// manyFates brings problems of a programme to many ends and half ends, and lets weeks pass.
func (w *world) manyFates(t *testing.T, programme string) {
	t.Helper()
	open := func(i int) string {
		id := w.openProblem(t, programme, []string{"household-1", "household-2", "household-3"}[i%3], fmt.Sprintf("问题%02d", i))
		return id
	}
	due := func(day string) object { return object{"due_kind": "date", "due_date": day} }
	sign := func(user, id, event string) {
		w.do(t, call{user: user, method: "POST", url: basePath + "/cases/" + id + "/endorsements", status: 200, body: object{"event": event}})
	}
	file := func(id, kind string) []string { return []string{w.attach(t, "town", id, kind)} }
	submit := func(id string) {
		w.fire(t, "cadre", id, "start", object{})
		w.fire(t, "cadre", id, "submit", object{"result": "已更换管道", "before": file(id, "before"), "after": file(id, "after")})
	}
	closeOut := func(id string) {
		submit(id)
		w.fire(t, "leader", id, "take", object{})
		w.fire(t, "leader", id, "verify_pass", object{"cause_clear": true, "measure_done": true, "books_match": true, "satisfaction": "satisfied", "finding": "属实", "verification": file(id, "verification")})
	}
	open(0)
	dismissed, kept := open(1), open(0+3)
	sign("leader", dismissed, "dismiss")
	w.fire(t, "town", dismissed, "dismiss", object{"reason": "经核实不存在", "evidence": file(dismissed, "evidence")})
	var c models.Case
	require.NoError(t, w.store.DB.Where("id = ?", kept).Take(&c).Error)
	for i := range 2 {
		w.fire(t, "town", open(4+i), "merge", object{"duplicate_of": c.No})
	}
	w.assignProblem(t, kept, due("2026-03-20"))
	rectifying, up := open(6), open(7)
	w.assignProblem(t, rectifying, object{"due_kind": "days_after", "due_days": 17})
	w.fire(t, "cadre", rectifying, "start", object{})
	w.assignProblem(t, up, due("2026-03-12"))
	handed, done, kept2 := open(9), open(10), open(12)
	w.assignProblem(t, handed, due("2026-03-15"))
	submit(handed)
	w.assignProblem(t, done, due("2026-03-15"))
	closeOut(done)
	w.assignProblem(t, kept2, object{"due_kind": "date", "due_date": "2026-03-25", "class": "long_term"})
	w.fire(t, "cadre", kept2, "start", object{})
	w.fire(t, "head", kept2, "to_long_term", object{"reason": "需长期坚持", "upkeep": "每季检修", "yearly_check": "2026-12-01"})
	back, fine, still := open(13), open(15), open(16)
	w.assignProblem(t, back, due("2026-03-20"))
	closeOut(back)
	w.assignProblem(t, fine, due("2026-03-12"))
	closeOut(fine)
	w.fire(t, "town", open(18), "register", object{"problem_type": "work", "nature": "water", "source_class": "county", "persons": "管水员", "facts": "停水三次", "concealed": false})
	w.assignProblem(t, still, due("2026-05-20"))
	w.pass(2 * day24)
	w.fire(t, "guidance", back, "rebound", object{"finding": "再次停水", "concealed": true})
	sign("secretary", up, "escalate")
	sign("resident", up, "escalate")
	w.fire(t, "town", up, "escalate", object{"beyond_us": true, "reason": "须县级立项", "signed_list": file(up, "signed_list")})
	w.pass(16 * day24)
}
