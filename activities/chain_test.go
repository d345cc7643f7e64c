package activities_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// Recorded acts cannot be changed or removed in the ordinary way.
func TestRecordsAreAppendOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("risk_clue", "verifying")
		require.NoError(t, w.Store.DB.Create(&models.AccessLog{ID: "a", At: w.Now()}).Error)
		for _, sql := range []string{
			"UPDATE case_events SET actor_name = '别人' WHERE case_id = ?", "DELETE FROM case_events WHERE case_id = ?",
			"UPDATE access_logs SET user_id = ? WHERE id = 'a'", "DELETE FROM access_logs WHERE id <> ?",
		} {
			require.ErrorContains(t, w.Store.DB.Exec(sql, c.ID).Error, "append-only", sql)
		}
		require.Len(t, events(t, w, c.ID), 2)
	})
}

func events(t *testing.T, w *testkit.World, id string) []models.CaseEvent {
	t.Helper()
	list, err := w.Engine.Events(t.Context(), id)
	require.NoError(t, err)
	return list
}

// unlock takes the triggers away, as somebody with the database's password could.
func unlock(t *testing.T, w *testkit.World) {
	t.Helper()
	sqls := []string{"DROP TRIGGER case_events_salt_goes", "DROP TRIGGER case_events_go_by_erasure", "DROP TRIGGER case_events_no_update", "DROP TRIGGER case_events_no_delete"}
	if w.Store.Postgres() {
		sqls = []string{"DROP TRIGGER case_events_append_only ON case_events", "DROP TRIGGER case_events_salt_goes ON case_events", "DROP TRIGGER case_events_go_by_erasure ON case_events"}
	}
	for _, sql := range sqls {
		require.NoError(t, w.Store.DB.Exec(sql).Error)
	}
}

// Whoever gets past the triggers is found out, at the record he has touched.
func TestTamperingIsFound(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		unlock(t, w)
		for _, x := range tamperings {
			t.Run(x.name, func(t *testing.T) {
				c := w.Reach("risk_clue", "verifying")
				w.Do(c.ID, "close_no_risk")
				list := events(t, w, c.ID)
				require.Len(t, list, 5) // open, register_locally, endorse, attach, close_no_risk
				n, bad, err := w.Engine.VerifyCase(t.Context(), w.Case(c.ID))
				require.NoError(t, err)
				require.Nil(t, bad)
				require.Equal(t, 5, n)

				require.NoError(t, w.Store.DB.Exec("DELETE FROM event_texts").Error) // which refer to acts
				x.do(t, w, list)
				_, bad, err = w.Engine.VerifyCase(t.Context(), w.Case(c.ID))
				require.NoError(t, err)
				require.NotNil(t, bad)
				require.Equal(t, x.seq, bad.Seq, bad.Fault)
				require.Equal(t, c.ID, bad.CaseID)
				require.Contains(t, bad.Fault, x.fault)
				v, err := w.Engine.Verify(t.Context())
				require.NoError(t, err)
				require.Contains(t, v.Bad, *bad)
			})
		}
	})
}

type tampering struct {
	name  string
	seq   int
	fault string
	do    func(t *testing.T, w *testkit.World, list []models.CaseEvent)
}

func change(column string, value any) func(*testing.T, *testkit.World, []models.CaseEvent) {
	return func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		set(t, w, &list[1], column, value)
	}
}

func set(t *testing.T, w *testkit.World, ev *models.CaseEvent, column string, value any) {
	t.Helper()
	res := w.Store.DB.Model(&models.CaseEvent{}).Where("id = ?", ev.ID).UpdateColumn(column, value)
	require.NoError(t, res.Error)
	require.EqualValues(t, 1, res.RowsAffected)
}

func remove(i int) func(*testing.T, *testkit.World, []models.CaseEvent) {
	return func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		require.NoError(t, w.Store.DB.Where("event_id = ?", list[i].ID).Delete(&models.EventText{}).Error)
		require.NoError(t, w.Store.DB.Where("id = ?", list[i].ID).Delete(&models.CaseEvent{}).Error)
	}
}

const (
	differs = "记录内容与其摘要不符"
	unlike  = "表单内容"
)

var tamperings = []tampering{
	{"actor", 2, differs, change("actor_id", "other")},
	{"name", 2, differs, change("actor_name", "别人")},
	{"role", 2, differs, change("actor_role", "county_office")},
	{"organisation", 2, differs, change("actor_org", "990102")},
	{"on behalf", 2, differs, change("on_behalf", true)},
	{"time", 2, differs, change("at", testkit.Start.AddDate(0, 0, -3))},
	{"event", 2, differs, change("event", "accept")},
	{"state", 2, differs, change("to_state", "no_risk")},
	{"step", 2, differs, change("step", 9)},
	{"key", 2, differs, change("key", "another")},
	{"policy", 2, differs, change("policy_hash", "x")},
	{"version", 2, differs, change("version", 2)},
	{"hash of the form", 2, differs, change("payload_hash", "x")},
	{"salt", 2, unlike, change("salt", "x")},
	{"form", 2, unlike, change("payload", []byte("something that was never sealed"))},
	{"link", 2, "不相连", change("prev", "x")},
	{"reply", 2, "答复", change("reply", `{"case_id":"x"}`)},
	{"removed in the middle", 3, "缺失", remove(2)},
	{"first removed", 1, "缺失", remove(0)},
	{"tail cut off", 5, "末尾", remove(4)},
	{"all removed", 1, "末尾", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		require.NoError(t, w.Store.DB.Where("case_id = ?", list[0].CaseID).Delete(&models.EventText{}).Error)
		require.NoError(t, w.Store.DB.Where("case_id = ?", list[0].CaseID).Delete(&models.CaseEvent{}).Error)
	}},
	{"two swapped", 3, "不相连", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		set(t, w, &list[2], "seq", 99)
		set(t, w, &list[3], "seq", 3)
		set(t, w, &list[2], "seq", 4)
	}},
	{"forms swapped", 2, unlike, func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		set(t, w, &list[1], "payload", list[4].Payload)
		set(t, w, &list[4], "payload", list[1].Payload)
	}},
	{"inserted in the middle", 3, "不相连", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		for i := 4; i >= 2; i-- {
			set(t, w, &list[i], "seq", i+2)
		}
		forge(t, w, list[1], 3, list[3].Prev)
	}},
	{"inserted at the end, well made", 6, "末尾", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		forge(t, w, list[2], 6, list[4].Hash)
	}},
	{"state of the case", 5, "推演", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("id = ?", list[0].CaseID).UpdateColumn("state", "invalid").Error)
	}},
	{"file replaced", 4, "附件", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		require.NoError(t, w.Store.DB.Model(&models.Attachment{}).Where("case_id = ?", list[0].CaseID).UpdateColumn("sha256", "sha-other").Error)
	}},
	{"file removed", 4, "附件", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		require.NoError(t, w.Store.DB.Where("case_id = ?", list[0].CaseID).Delete(&models.Attachment{}).Error)
	}},
	{"who has done it", 5, "办理人", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		remember(t, w, list[0].CaseID, func(f *models.Facts) { f.By["close_no_risk"] = f.By["close_no_risk"][:1] })
	}},
	{"how often", 5, "次数", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		remember(t, w, list[0].CaseID, func(f *models.Facts) { f.Count["close_no_risk"] = 0 })
	}},
	{"head of the case", 6, "末尾", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("id = ?", list[0].CaseID).UpdateColumn("head_hash", "x").Error)
	}},
	{"a transition that the definition does not know", 5, "按程序定义", func(t *testing.T, w *testkit.World, list []models.CaseEvent) {
		rewrite(t, w, list, 4, func(ev *models.CaseEvent) { ev.ToState = "invalid" })
	}},
}

// remember changes what a case remembers past the engine.
func remember(t *testing.T, w *testkit.World, id string, change func(f *models.Facts)) {
	t.Helper()
	c := w.Case(id)
	change(&c.Facts)
	require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("id = ?", id).Select("facts").Updates(c).Error)
}

// forge inserts a copy of an act with a number and link of its own, rightly hashed.
func forge(t *testing.T, w *testkit.World, ev models.CaseEvent, seq int, prev string) {
	t.Helper()
	old := ev.ID
	ev.ID, ev.Seq, ev.Prev, ev.Key = models.NewID(), seq, prev, "forged"
	raw, err := w.Store.Vault.Open("case_events", "payload", old, ev.Payload)
	require.NoError(t, err)
	ev.Payload = w.Store.Vault.Seal("case_events", "payload", ev.ID, raw)
	seal(t, &ev)
	require.NoError(t, w.Store.DB.Create(&ev).Error)
}

// seal makes reply and hash of a changed act right again.
func seal(t *testing.T, ev *models.CaseEvent) {
	t.Helper()
	var r activities.Reply
	require.NoError(t, json.Unmarshal(ev.Reply, &r))
	r.Seq, r.From, r.State = ev.Seq, ev.FromState, ev.ToState
	raw, err := json.Marshal(r)
	require.NoError(t, err)
	ev.Reply = raw
	ev.Hash = activities.EventHash(ev)
}

// rewrite changes one act and makes all hashes after it right again, the head too.
func rewrite(t *testing.T, w *testkit.World, list []models.CaseEvent, i int, f func(ev *models.CaseEvent)) {
	t.Helper()
	f(&list[i])
	for ; i < len(list); i++ {
		if i > 0 {
			list[i].Prev = list[i-1].Hash
		}
		seal(t, &list[i])
		require.NoError(t, w.Store.DB.Save(&list[i]).Error)
	}
	require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("id = ?", list[0].CaseID).UpdateColumn("head_hash", list[len(list)-1].Hash).Error)
}

// A case that moves on while it is checked, as on a server that runs, is no fault.
func TestVerifyReadsAgainACaseThatMoved(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		before := w.Reach("risk_clue", "verifying")
		w.Do(before.ID, "close_no_risk")
		n, bad, err := w.Engine.VerifyCase(t.Context(), before)
		require.NoError(t, err)
		require.Nil(t, bad)
		require.Equal(t, w.Case(before.ID).Seq, n)
	})
}

func TestRemovedCaseIsFound(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		c := w.Fresh("risk_clue")
		// Removing it needs the database's checks out of the way.
		if s.Postgres() {
			for _, table := range []string{"case_events", "tasks", "clocks"} {
				require.NoError(t, s.DB.Exec("ALTER TABLE "+table+" DROP CONSTRAINT "+table+"_case_id_fkey").Error)
			}
			require.NoError(t, s.DB.Exec("DELETE FROM cases WHERE id = ?", c.ID).Error)
		} else {
			require.NoError(t, s.DB.Connection(func(tx *gorm.DB) error {
				return tx.Exec("PRAGMA foreign_keys = 0; DELETE FROM cases WHERE id = '" + c.ID + "'; PRAGMA foreign_keys = 1").Error
			}))
		}
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Equal(t, []activities.BadRecord{{CaseID: c.ID, Fault: "事项已被删除，只剩办理记录"}}, v.Bad)
	})
}

// A form that has gone leaves the chain whole only where the chain says that it had to go.
func TestFormGoneWithoutRecordIsFound(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		unlock(t, w)
		c := w.Reach("risk_clue", "verifying")
		set(t, w, &events(t, w, c.ID)[1], "payload", nil)
		_, bad, err := w.Engine.VerifyCase(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, 2, bad.Seq)
		require.Contains(t, bad.Fault, "没有依法删除的记录")
	})
}

// Five hundred acts on a hundred cases at once: transitions, files, claims and
// signatures. Every case ends with a whole chain, and nobody's act is lost.
func TestManyActsAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.Hold = true
		const cases, each = 100, 5
		ids := make([]string, cases)
		tasks := make([]string, cases)
		for i := range ids {
			c := w.Open("risk_clue", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre))
			ids[i] = c.ID
			var task models.Task
			require.NoError(t, w.Store.DB.Where("case_id = ? AND role = ?", c.ID, procedure.VillageCadre).Take(&task).Error)
			tasks[i] = task.ID
		}
		acts := crowd(w, ids, tasks)
		require.Len(t, acts, cases*each)
		rand.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
		var wg sync.WaitGroup
		queue := make(chan func() error)
		errs := make(chan error, len(acts))
		for range 32 {
			wg.Go(func() {
				for act := range queue {
					errs <- act()
				}
			})
		}
		for _, act := range acts {
			queue <- act
		}
		close(queue)
		wg.Wait()
		close(errs)
		for err := range errs {
			require.NoError(t, err)
		}
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
		require.Equal(t, cases, v.Cases)
		for _, id := range ids {
			c := w.Case(id)
			require.Equal(t, procedure.State("verifying"), c.State)
			require.Equal(t, 1, c.Step, "two wanted to register it, one did")
		}
	})
}

// crowd is what many people want to do at once: two register the same clue, two
// attach files, one claims it. Whoever comes too late is refused, not lost.
func crowd(w *testkit.World, ids, tasks []string) []func() error {
	ctx := context.Background()
	cadre, other := w.Actor(procedure.VillageCadre), w.Nth(procedure.VillageCadre, testkit.Village, 1)
	var acts []func() error
	for i, id := range ids {
		for j, who := range []activities.Actor{cadre, other} {
			acts = append(acts, func() error {
				_, err := w.SendAlone(activities.FireRequest{CaseID: id, Event: "register_locally", Key: fmt.Sprintf("fire%d", j), ExpectedSeq: activities.AnySeq, Actor: who, Form: map[string]any{}})
				return unlessRefused(err, procedure.Conflict)
			}, func() error {
				a := models.Attachment{ID: models.NewID(), CaseID: id, Kind: "papers", Class: procedure.P3}
				_, err := w.Engine.Attach(ctx, a, fmt.Sprintf("attach%d", j), who)
				return err
			})
		}
		acts = append(acts, func() error {
			_, err := w.Engine.AssignTask(ctx, tasks[i], "claim", "claim", cadre.UserID, cadre)
			return unlessRefused(err, procedure.Conflict)
		})
	}
	return acts
}

func unlessRefused(err error, kind procedure.RefusalKind) error {
	var r *procedure.Refusal
	if errors.As(err, &r) && r.Kind == kind {
		return nil
	}
	return err
}

// What later steps look at is told again from the acts: an answer, a person or a count
// that somebody has changed in the row of a case is found.
func TestVerifyTellsChangedFacts(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := given(w)
		w.Do(c.ID, "start")
		w.Do(c.ID, "escalate")
		c = w.Case(c.ID)
		check := func() *activities.BadRecord {
			_, bad, err := w.Engine.VerifyCase(t.Context(), w.Case(c.ID))
			require.NoError(t, err)
			return bad
		}
		require.Nil(t, check())
		for want, change := range map[string]func(f *models.Facts){
			"整改责任人":      func(f *models.Facts) { f.Values["responsible"] = json.RawMessage(`"somebody"`) },
			"问题性质简述":     func(f *models.Facts) { delete(f.Values, "brief") },
			"“开始整改”的办理人": func(f *models.Facts) { f.By["start"] = nil },
			"“上报”的办理人":   func(f *models.Facts) { f.By["escalate"] = f.By["escalate"][:1] },
			"“延期”的办理次数":  func(f *models.Facts) { f.Count["extend"] = 2 },
			"“上报”的办理时间":  func(f *models.Facts) { f.At["escalate"] = f.At["escalate"].Add(-time.Hour) },
		} {
			other := *w.Case(c.ID)
			change(&other.Facts)
			require.NoError(t, w.Store.DB.Save(&other).Error)
			bad := check()
			require.NotNil(t, bad, want)
			require.Contains(t, bad.Fault, want)
			require.NoError(t, w.Store.DB.Save(c).Error)
		}
		require.Nil(t, check())
	})
}
