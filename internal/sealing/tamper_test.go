package sealing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/internal/evidence"
	"shouwang/internal/sealing"
	"shouwang/internal/testkit"
	"shouwang/models"
)

// attack is what somebody with the password of the database's owner does to the record. He is as thorough as its name
// says: "remade" means that all hashes of the case are right again, "resealed" that the sealed leaves are too.
type attack struct {
	name string
	do   func(s *scene)
	// bad is the record that must be named first, of scene.a unless another is meant; fault is a part of what is said.
	bad   func(s *scene) activities.BadRecord
	fault string
	// by are the checks that find it, each by itself; without all of them nobody would.
	by []string
}

func at(seq int) func(s *scene) activities.BadRecord {
	return func(s *scene) activities.BadRecord { return activities.BadRecord{CaseID: s.a, Seq: seq} }
}

func entry(seq int) func(s *scene) activities.BadRecord {
	return func(*scene) activities.BadRecord { return activities.BadRecord{Seq: seq} }
}

// ofB is b, of which no record is meant.
func ofB(s *scene) activities.BadRecord { return activities.BadRecord{CaseID: s.b} }

// paper is the file that was put into b.
const paper = "一张照片"

func digest(text string) string { return evidence.Digest([]byte(text)) }

var (
	sealed  = []string{sealing.CheckSealed}
	signed  = []string{sealing.CheckTree, sealing.CheckExported}
	timely  = []string{sealing.CheckTime}
	files   = []string{activities.CheckFiles}
	rows    = []string{activities.CheckRows}
	onForms = []string{activities.CheckRecords}
	moved   = []string{activities.CheckLink, activities.CheckContent, activities.CheckReply, sealing.CheckSealed}
)

var attacks = []attack{
	{"change", func(s *scene) { s.act(s.a, 2, func(ev *models.CaseEvent) { ev.ActorName = "别人" }) }, at(2), "与其摘要不符", []string{activities.CheckContent}},
	{"change, remade", func(s *scene) { s.remake(s.a, rename) }, at(2), "不是封存时的记录", sealed},
	{"change, resealed", func(s *scene) { s.remake(s.a, rename); s.reseal() }, at(2), "不符", signed},
	{"change, resealed, checkpoints removed", func(s *scene) {
		s.remake(s.a, rename)
		s.reseal()
		s.exec("DELETE FROM log_deliveries")
		s.exec("DELETE FROM log_checkpoints")
	}, at(2), "不符", []string{sealing.CheckExported}},
	{"delete", func(s *scene) { s.exec("DELETE FROM case_events WHERE case_id = ? AND seq = 3", s.a) }, at(3), "缺失",
		[]string{activities.CheckSequence, activities.CheckLink, activities.CheckHead, activities.CheckFacts, sealing.CheckSealed}},
	{"delete, remade", func(s *scene) {
		s.remake(s.a, func(list []models.CaseEvent) []models.CaseEvent { return slices.Delete(list, 3, 4) })
	}, at(4), "不在了", sealed},
	{"delete, resealed", func(s *scene) {
		s.remake(s.a, func(list []models.CaseEvent) []models.CaseEvent { return slices.Delete(list, 3, 4) })
		s.reseal()
	}, at(4), "末尾被截去", signed},
	{"delete the last", func(s *scene) { s.exec("DELETE FROM case_events WHERE case_id = ? AND seq = 5", s.a) }, at(6 - 1), "末尾",
		[]string{activities.CheckHead, activities.CheckFold, activities.CheckFacts, sealing.CheckSealed}},
	{"delete the last, remade", func(s *scene) {
		s.remake(s.a, func(list []models.CaseEvent) []models.CaseEvent { return list[:4] })
		c := s.before
		c.Seq, c.HeadHash = 4, s.events(s.a)[3].Hash
		s.save(&c)
	}, at(5), "不在了", sealed},
	{"insert", func(s *scene) {
		forged := s.events(s.a)[3]
		forged.ID, forged.Key, forged.Seq = models.NewID(), "forged", 6
		s.save(&forged)
	}, at(6), "", []string{activities.CheckLink, activities.CheckContent, activities.CheckForm, activities.CheckReply, activities.CheckHead}},
	{"insert, remade", func(s *scene) { s.remake(s.a, s.double) }, at(5), "不是封存时的记录", sealed},
	{"insert, resealed", func(s *scene) { s.remake(s.a, s.double); s.reseal() }, at(5), "不符", signed},
	{"insert without the key, resealed", func(s *scene) { s.remake(s.a, withoutForm(s.double)); s.reseal() }, at(5), "没有依法删除的记录",
		append([]string{activities.CheckForm}, signed...)},
	{"reorder", func(s *scene) {
		s.act(s.a, 3, func(ev *models.CaseEvent) { ev.Seq = 99 })
		s.act(s.a, 4, func(ev *models.CaseEvent) { ev.Seq = 3 })
		s.act(s.a, 99, func(ev *models.CaseEvent) { ev.Seq = 4 })
	}, at(3), "不相连", moved},
	{"reorder, remade", func(s *scene) { s.remake(s.a, reorder) }, at(3), "不是封存时的记录", sealed},
	{"reorder, resealed", func(s *scene) { s.remake(s.a, reorder); s.reseal() }, at(3), "不符", signed},
	{"swap between cases", func(s *scene) { s.swap() }, at(2), "不相连", moved},
	{"swap between cases, remade", func(s *scene) { s.swap(); s.remake(s.a, nil); s.remake(s.b, nil) }, at(2), "不是封存时的记录", sealed},
	{"swap between cases, resealed", func(s *scene) { s.swap(); s.remake(s.a, nil); s.remake(s.b, nil); s.reseal() }, at(2), "不符", signed},
	{"roll back the acts to yesterday", func(s *scene) { s.restore(s.yesterday, "cases", "case_events", "clocks", "tasks") },
		func(s *scene) activities.BadRecord { return activities.BadRecord{CaseID: s.b, Seq: 3} }, "不在了", sealed},
	{"roll back the whole table to yesterday", func(s *scene) { s.restore(s.yesterday) },
		func(s *scene) activities.BadRecord { return activities.BadRecord{CaseID: s.b, Seq: 3} }, "整库被退回", []string{sealing.CheckExported}},
	{"insert an act at the end of a case, dated before, remade", func(s *scene) { s.prolong() }, ofB, "后来加进去的", timely},
	{"insert an act at the end of a case, dated before, remade, and wait for the next checkpoint", func(s *scene) { s.prolong(); s.sealOn() },
		func(s *scene) activities.BadRecord { return activities.BadRecord{CaseID: s.b, Seq: 4} }, "早于上一个检查点", timely},
	{"give a past task to another", func(s *scene) {
		s.exec("UPDATE tasks SET assignee_id = ? WHERE case_id = ? AND closed_at IS NOT NULL", s.Actor("township_office").UserID, s.a)
	}, at(5), "承办人与办理记录不符", rows},
	{"say that a task began later", func(s *scene) { s.exec("UPDATE tasks SET opened_at = ? WHERE case_id = ?", s.Now(), s.b) }, func(s *scene) activities.BadRecord { return activities.BadRecord{CaseID: s.b, Seq: 3} }, "开始时间与办理记录不符", rows},
	{"move the day when a clock is due", func(s *scene) {
		s.exec("UPDATE clocks SET due_at = ?, last_day = '2027-01-01' WHERE case_id = ?", s.Now().AddDate(0, 3, 0), s.a)
	}, at(5), "到期时间按办理记录应为", rows},
	{"give a clock more days", func(s *scene) {
		s.exec("UPDATE clocks SET budget = ? WHERE case_id = ?", `{"days":90,"unit":"calendar"}`, s.a)
	}, at(5), "期限与当时的政策不符", rows},
	{"begin a clock later", func(s *scene) {
		s.exec("UPDATE clocks SET started_at = ?, anchor_at = ? WHERE case_id = ?", s.Now(), s.Now(), s.b)
	}, func(s *scene) activities.BadRecord { return activities.BadRecord{CaseID: s.b, Seq: 3} }, "起止时间与办理记录不符", rows},
	{"change the access log", func(s *scene) { s.exec("UPDATE access_logs SET user_id = 'other' WHERE record_id = 'two'") }, entry(2), "不是封存时的记录", sealed},
	{"delete from the access log", func(s *scene) { s.exec("DELETE FROM access_logs WHERE record_id = 'two'") }, entry(2), "不在了", sealed},
	{"delete from the access log, with an excuse", func(s *scene) {
		s.exec("DELETE FROM access_logs WHERE record_id = 'two'")
		s.excuse()
	}, entry(2), "不在了", sealed},
	{"delete from the access log, resealed", func(s *scene) {
		s.exec("DELETE FROM access_logs WHERE record_id = 'four'") // the last of them
		s.exec("DELETE FROM log_leaves WHERE chain = 'access' AND seq = 4")
		s.reseal()
	}, entry(4), "末尾被截去", signed},
	{"insert into the access log, dated yesterday", func(s *scene) { s.forge(models.NewID(), -24*time.Hour) }, entry(0), "后来加进去的", timely},
	{"insert into the access log, numbered before the others", func(s *scene) { s.forge("00"+models.NewID()[2:], 0) }, entry(0), "后来加进去的", timely},
	{"insert into the access log, dated yesterday, and wait for the next checkpoint", func(s *scene) {
		s.forge("00"+models.NewID()[2:], -24*time.Hour)
		s.sealOn()
	}, entry(5), "早于上一个检查点", timely},
	{"insert into the access log, dated tomorrow, and wait for the next checkpoint", func(s *scene) {
		s.forge(models.NewID(), 24*time.Hour)
		s.sealOn()
	}, entry(5), "晚于封存它的检查点", timely},
	{"insert an act of an administrator, numbered before the others", func(s *scene) {
		s.administer("forged", func(a *models.AdminAct) { a.ID = "00" + a.ID[2:] })
	}, entry(0), "后来加进去的", timely},
	{"change an act of an administrator", func(s *scene) { s.exec("UPDATE admin_acts SET actor_name = '别人' WHERE seq = 2") }, entry(2), "被改动", []string{sealing.CheckActs}},
	{"change an act of an administrator, remade", func(s *scene) {
		s.remakeAdmin(func(list []models.AdminAct) []models.AdminAct { list[1].ActorName = "别人"; return list })
	}, entry(2), "不是封存时的记录", sealed},
	{"delete the last act of an administrator", func(s *scene) { s.exec("DELETE FROM admin_acts WHERE seq = 3") }, entry(3), "不在了", sealed},
	{"delete an act of an administrator", func(s *scene) { s.exec("DELETE FROM admin_acts WHERE seq = 2") }, entry(2), "", []string{sealing.CheckActs, sealing.CheckSealed}},
	{"delete an act of an administrator, remade", func(s *scene) {
		s.remakeAdmin(func(list []models.AdminAct) []models.AdminAct { return slices.Delete(list, 1, 2) })
	}, entry(2), "不在了", sealed},
	{"insert an act of an administrator, remade", func(s *scene) {
		s.remakeAdmin(func(list []models.AdminAct) []models.AdminAct {
			forged := list[0]
			forged.ID = models.NewID()
			return slices.Insert(list, 1, forged)
		})
	}, entry(2), "不是封存时的记录", sealed},
	{"reorder the acts of administrators, remade", func(s *scene) {
		s.remakeAdmin(func(list []models.AdminAct) []models.AdminAct { list[0], list[1] = list[1], list[0]; return list })
	}, entry(1), "不是封存时的记录", sealed},
	{"delete the last act of an administrator, resealed", func(s *scene) {
		s.exec("DELETE FROM admin_acts WHERE seq = 3")
		s.exec("DELETE FROM log_leaves WHERE chain = 'admin' AND seq = 3")
		s.reseal()
	}, entry(3), "", signed},
	{"roll back the acts of administrators to yesterday", func(s *scene) { s.restore(s.yesterday, "admin_acts") }, entry(3), "不在了", sealed},
	{"change an act on a form", func(s *scene) {
		s.exec("UPDATE form_record_acts SET actor_id = 'other' WHERE record_id = ? AND row_version = 2", s.form)
	}, entry(2), "，表册记录", sealed},
	{"change what an act on a form says", func(s *scene) { s.reword(false) }, entry(2), "内容与其摘要不符", onForms},
	{"change what an act on a form says, remade", func(s *scene) { s.reword(true) }, entry(2), "不是封存时的记录", sealed},
	{"delete an act on a form", func(s *scene) { s.exec("DELETE FROM form_record_acts WHERE record_id = ? AND row_version = 2", s.form) }, entry(2), "缺失", append([]string{sealing.CheckSealed}, onForms...)},
	{"delete the last act on a form, remade", func(s *scene) { s.unvoid() }, entry(4), "不在了", sealed},
	{"delete the last act on a form, resealed", func(s *scene) {
		s.unvoid()
		s.exec("DELETE FROM log_leaves WHERE chain = 'form' AND seq = 4")
		s.reseal()
	}, entry(4), "末尾被截去", signed},
	{"insert an act on a form, dated yesterday", func(s *scene) { s.actOnForm(-24 * time.Hour) }, entry(0), "后来加进去的", timely},
	{"insert an act on a form, dated yesterday, and wait for the next checkpoint", func(s *scene) { s.actOnForm(-24 * time.Hour); s.sealOn() }, entry(5), "早于上一个检查点", timely},
	{"reorder the acts on a form", func(s *scene) {
		for _, x := range [][2]int{{1, 99}, {2, 1}, {99, 2}} {
			s.exec("UPDATE form_record_acts SET row_version = ? WHERE record_id = ? AND row_version = ?", x[1], s.form, x[0])
		}
	}, entry(1), "内容与其摘要不符", append([]string{sealing.CheckSealed}, onForms...)},
	{"roll back the forms to yesterday", func(s *scene) { s.restore(s.yesterday, "form_records", "form_record_acts") }, entry(4), "不在了", sealed},
	{"put a form back to what it was yesterday", func(s *scene) { s.restore(s.yesterday, "form_records") }, entry(3), "记为办理 2 次", onForms},
	{"give a form to another household", func(s *scene) { s.exec("UPDATE form_records SET subject_id = 'other' WHERE id = ?", s.form) }, entry(1), "内容与其摘要不符", onForms},
	{"make a void form hold again", func(s *scene) { s.exec("UPDATE form_records SET state = 'draft' WHERE id = ?", s.form) }, entry(3), "状态与办理记录不符", onForms},
	{"take away what a form says", func(s *scene) {
		s.exec("UPDATE form_record_acts SET answers = '', note = '', salt = '' WHERE record_id = ?", s.form)
		s.exec("UPDATE form_records SET answers = '', computed = '' WHERE id = ?", s.form)
	}, entry(1), "没有依法删除的记录", onForms},
	{"lose a file", func(s *scene) { delete(s.files, digest(paper)) }, ofB, "不在了", files},
	{"damage a file", func(s *scene) { s.files[digest(paper)] = []byte("另一张照片") }, ofB, "与其摘要不符", files},
	{"point a sealed leaf away from its entry", func(s *scene) {
		s.exec("UPDATE log_leaves SET ref = ref || 'x' WHERE chain = 'access' AND seq = 2")
	}, entry(2), "不在了", append([]string{sealing.CheckTime}, sealed...)},
	{"delete a sealed leaf", func(s *scene) { s.exec("DELETE FROM log_leaves WHERE chain = ? AND seq = 2", s.a) }, at(2), "封存序列缺",
		append([]string{sealing.CheckGaps}, signed...)},
}

// prolong puts one more act on b, with a new id and dated two days before, and makes the case right with it.
func (s *scene) prolong() {
	s.remake(s.b, func(list []models.CaseEvent) []models.CaseEvent {
		more, vault := list[2], s.Store.Vault
		form, err := vault.Open("case_events", "payload", more.ID, more.Payload)
		require.NoError(s.T, err)
		more.ID, more.Key, more.At = models.NewID(), "forged", s.Now().AddDate(0, 0, -2)
		more.Payload = vault.Seal("case_events", "payload", more.ID, form)
		var r activities.Reply
		require.NoError(s.T, json.Unmarshal(more.Reply, &r))
		r.At = more.At
		more.Reply, _ = json.Marshal(r)
		return append(list, more)
	})
}

func rename(list []models.CaseEvent) []models.CaseEvent {
	list[1].ActorName = "别人"
	return list
}

func reorder(list []models.CaseEvent) []models.CaseEvent {
	list[2], list[3] = list[3], list[2]
	return list
}

// double files the same attachment twice, as somebody can who has the key that seals forms.
func (s *scene) double(list []models.CaseEvent) []models.CaseEvent {
	twice, vault := list[3], s.Store.Vault
	form, err := vault.Open("case_events", "payload", twice.ID, twice.Payload)
	require.NoError(s.T, err)
	twice.ID, twice.Key = models.NewID(), "forged"
	twice.Payload = vault.Seal("case_events", "payload", twice.ID, form)
	return slices.Insert(list, 4, twice)
}

// withoutForm takes away the form of the fifth act, which somebody without the key cannot seal.
func withoutForm(change func([]models.CaseEvent) []models.CaseEvent) func([]models.CaseEvent) []models.CaseEvent {
	return func(list []models.CaseEvent) []models.CaseEvent {
		list = change(list)
		list[4].Payload = nil
		return list
	}
}

// TestTamper shows of each attack that it is found, at the first record that is not as it was, that each of the checks that
// are said to find it does so alone, and that without them it is not found: the test can fail.
func TestTamper(t *testing.T) {
	var found atomic.Int64
	t.Run("attacks", func(t *testing.T) {
		testkit.EachStore(t, func(t *testing.T, st *models.Store) {
			s := newScene(t, st)
			require.Empty(t, s.verify())
			for _, x := range attacks {
				t.Run(x.name, func(t *testing.T) {
					s.T = t
					defer s.restore(s.today)
					x.do(s)
					bad := s.verify()
					require.NotEmpty(t, bad)
					want := x.bad(s)
					require.Equal(t, []any{want.CaseID, want.Seq}, []any{bad[0].CaseID, bad[0].Seq}, "%+v", bad)
					require.Contains(t, bad[0].Fault, x.fault)
					require.Empty(t, s.verify(x.by...), "found by nothing else")
					for i, alone := range x.by {
						others := slices.Delete(slices.Clone(x.by), i, i+1)
						require.NotEmpty(t, s.verify(others...), "%s finds it alone", alone)
					}
					found.Add(1)
				})
			}
			s.T = t
			require.Empty(t, s.verify())
		})
	})
	databases := int(found.Load()) / len(attacks)
	fmt.Printf("tamper: %d attacks × %d databases, all found\n", len(attacks), databases)
	fmt.Printf("tamper: without protection, %d attacks × %d databases, none found\n", len(attacks), databases)
}

// scene is a county of which yesterday's tables were kept aside.
type scene struct {
	*place
	// a has five acts, b two of yesterday and one of today.
	a, b             string
	form             string      // a record that was begun and saved yesterday and voided today, beside another of yesterday
	before           models.Case // a as it was before its last act
	yesterday, today tables
	files            map[string][]byte // that are stored, by hash
}

func (s *scene) open(_ context.Context, sha string) (io.ReadCloser, error) {
	raw, ok := s.files[sha]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
}

func newScene(t *testing.T, st *models.Store) *scene {
	s := &scene{place: newPlace(t, st)}
	// Both are of one household and alike, so that an act of one would fit into the other.
	s.a = s.Reach("risk_clue", "verifying").ID
	s.b = s.Reach("risk_clue", "verifying").ID
	s.see("one", "two", "three")
	s.administer("account.create")
	s.administer("grant.give")
	s.form = s.newForm()
	s.onForm(activities.RecordAct{ID: s.form, RowVersion: 1, Action: activities.RecordSave})
	s.newForm()
	s.seal()
	s.yesterday = s.copy()
	s.SetNow(s.Now().AddDate(0, 0, 1))
	c := s.Case(s.b)
	_, err := s.Engine.Attach(t.Context(), models.Attachment{ID: models.NewID(), CaseID: c.ID, Kind: "papers", SHA256: digest(paper)}, "today", s.Actor("village_cadre"))
	require.NoError(t, err)
	s.Do(s.a, "close_no_risk")
	s.see("four")
	s.administer("grant.end")
	s.onForm(activities.RecordAct{ID: s.form, RowVersion: 2, Action: activities.RecordVoided, Note: "填错户"})
	s.SetNow(s.Now().Add(time.Hour))
	s.seal()
	s.before = s.yesterday.cases[slices.IndexFunc(s.yesterday.cases, func(c models.Case) bool { return c.ID == s.a })]
	s.today = s.copy()
	s.restore(s.today)
	require.Len(t, s.events(s.a), 5)
	require.Len(t, s.events(s.b), 3)
	return s
}

func (s *scene) newForm() string {
	r, err := s.Engine.OpenRecord(s.T.Context(), activities.FormDraft{Key: s.Key(), Form: "f3", HouseholdID: s.NewHousehold(testkit.Village).ID, Actor: s.Actor("village_cadre")})
	require.NoError(s.T, err)
	return r.ID
}

func (s *scene) onForm(a activities.RecordAct) {
	a.Key, a.Actor = s.Key(), s.Actor("village_cadre")
	_, err := s.Engine.ActOnRecord(s.T.Context(), a)
	require.NoError(s.T, err)
}

// formActs are the record that the attacks are on, and the acts on it.
func (s *scene) formActs() (r models.FormRecord, acts []models.FormRecordAct) {
	require.NoError(s.T, s.Store.DB.Where("id = ?", s.form).Take(&r).Error)
	require.NoError(s.T, s.Store.DB.Where("record_id = ?", s.form).Order("row_version").Find(&acts).Error)
	return r, acts
}

// reword changes the note of the second act on a form, as somebody can who has the key that seals notes; and its sum too.
func (s *scene) reword(remade bool) {
	r, acts := s.formActs()
	answers, _, err := acts[1].Texts(s.Store.Vault)
	require.NoError(s.T, err)
	was := acts[1]
	acts[1].Seal(s.Store.Vault, &r, answers, []byte("别的话"))
	if !remade {
		acts[1].Salt, acts[1].PayloadHash = was.Salt, was.PayloadHash
	}
	s.save(&acts[1])
}

// unvoid takes back the last act on a form.
func (s *scene) unvoid() {
	s.exec("DELETE FROM form_record_acts WHERE record_id = ? AND row_version = 3", s.form)
	s.exec("UPDATE form_records SET state = 'draft', row_version = 2 WHERE id = ?", s.form)
}

// actOnForm puts one more act on a form, dated now or otherwise.
func (s *scene) actOnForm(after time.Duration) {
	r, acts := s.formActs()
	last := acts[len(acts)-1]
	answers, _, err := last.Texts(s.Store.Vault)
	require.NoError(s.T, err)
	last.ID, last.Key, last.RowVersion, last.Action, last.At = models.NewID(), "forged", 4, activities.RecordSave, s.Now().Add(after)
	last.Seal(s.Store.Vault, &r, answers, nil)
	s.save(&last)
	s.exec("UPDATE form_records SET row_version = 4 WHERE id = ?", s.form)
}

func (s *scene) verify(without ...string) []activities.BadRecord {
	s.T.Helper()
	v, err := (&activities.Verifier{Engine: s.Engine, Without: without, OpenFile: s.open}).Run(s.T.Context())
	require.NoError(s.T, err)
	return append(v.Bad, s.audit(without...).Bad...)
}

func (s *scene) events(id string) []models.CaseEvent {
	s.T.Helper()
	list, err := s.Engine.Events(s.T.Context(), id)
	require.NoError(s.T, err)
	return list
}

// past does something with triggers and foreign keys out of the way, as the owner of the database can.
func (s *scene) past(do func(tx *gorm.DB) error) {
	s.T.Helper()
	require.NoError(s.T, s.Store.DB.WithContext(s.T.Context()).Connection(func(tx *gorm.DB) error {
		tx = tx.Session(&gorm.Session{NewDB: true})
		if s.Store.Postgres() {
			require.NoError(s.T, tx.Exec("SET session_replication_role = replica").Error)
			defer tx.Exec("SET session_replication_role = DEFAULT")
			return do(tx)
		}
		var triggers []struct{ Name, SQL string }
		require.NoError(s.T, tx.Raw("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").Scan(&triggers).Error)
		require.NotEmpty(s.T, triggers)
		require.NoError(s.T, tx.Exec("PRAGMA foreign_keys = 0").Error)
		for _, g := range triggers {
			require.NoError(s.T, tx.Exec("DROP TRIGGER "+g.Name).Error)
		}
		defer func() {
			for _, g := range triggers {
				require.NoError(s.T, tx.Exec(g.SQL).Error)
			}
			require.NoError(s.T, tx.Exec("PRAGMA foreign_keys = 1").Error)
		}()
		return do(tx)
	}))
}

func (s *scene) exec(sql string, args ...any) {
	s.T.Helper()
	s.past(func(tx *gorm.DB) error {
		res := tx.Exec(sql, args...)
		require.NotZero(s.T, res.RowsAffected, sql)
		return res.Error
	})
}

func (s *scene) save(row any) {
	s.T.Helper()
	s.past(func(tx *gorm.DB) error { return tx.Save(row).Error })
}

// act changes one act as it stands.
func (s *scene) act(id string, seq int, change func(ev *models.CaseEvent)) {
	s.T.Helper()
	list := s.events(id)
	i := slices.IndexFunc(list, func(ev models.CaseEvent) bool { return ev.Seq == seq })
	change(&list[i])
	s.save(&list[i])
}

// swap exchanges the second acts of a and b.
func (s *scene) swap() {
	s.act(s.a, 2, func(ev *models.CaseEvent) { ev.CaseID, ev.Seq = s.b, 99 })
	s.act(s.b, 2, func(ev *models.CaseEvent) { ev.CaseID = s.a })
	s.act(s.b, 99, func(ev *models.CaseEvent) { ev.Seq = 2 })
}

// remake changes the acts of a case and makes everything about them right again that the case itself holds.
func (s *scene) remake(id string, change func(list []models.CaseEvent) []models.CaseEvent) {
	s.T.Helper()
	list := s.events(id)
	if change != nil {
		list = change(list)
	}
	prev := ""
	for i := range list {
		ev := &list[i]
		ev.CaseID, ev.Seq, ev.Prev = id, i+1, prev
		var r activities.Reply
		require.NoError(s.T, json.Unmarshal(ev.Reply, &r))
		r.CaseID, r.Seq, r.Step = ev.CaseID, ev.Seq, ev.Step
		ev.Reply, _ = json.Marshal(r)
		ev.Hash = activities.EventHash(ev)
		prev = ev.Hash
	}
	s.past(func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM case_events WHERE case_id = ?", id).Error; err != nil {
			return err
		}
		if err := tx.Create(&list).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE cases SET seq = ?, head_hash = ? WHERE id = ?", len(list), prev, id).Error
	})
}

// reseal makes the leaves and the inner hashes of the tree anew, of what the records say now and in the order of before.
func (s *scene) reseal() {
	s.T.Helper()
	var old []models.LogLeaf
	require.NoError(s.T, s.Store.DB.Order("idx").Find(&old).Error)
	s.past(func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM log_leaves").Error; err != nil {
			return err
		}
		return tx.Exec("DELETE FROM log_tiles").Error
	})
	of := map[string][]models.CaseEvent{s.a: s.events(s.a), s.b: s.events(s.b)}
	var leaves []models.LogLeaf
	for _, l := range old {
		list, isCase := of[l.Chain]
		if isCase {
			if int(l.Seq) > len(list) {
				continue // the act is gone
			}
			l.Ref, l.Hash = list[l.Seq-1].ID, list[l.Seq-1].Hash
		}
		leaves = append(leaves, l)
	}
	for id, list := range of { // what was put in comes last
		if n := len(list); n > 0 && !slices.ContainsFunc(leaves, func(l models.LogLeaf) bool { return l.Ref == list[n-1].ID }) {
			leaves = append(leaves, models.LogLeaf{Chain: id, Seq: int64(n), Ref: list[n-1].ID, Hash: list[n-1].Hash})
		}
	}
	require.NoError(s.T, sealing.Grow(s.T.Context(), s.Store, leaves))
}

// excuse claims, in an entry that is rightly sealed, that entries were removed when their time was over.
func (s *scene) excuse() {
	var last models.LogCheckpoint
	require.NoError(s.T, s.Store.DB.Order("size DESC").Take(&last).Error)
	require.NoError(s.T, s.Store.DB.Create(&models.AccessLog{ID: models.NewID(), At: s.Now(), Action: sealing.PruneAction, Table: "access_logs", RecordID: fmt.Sprint(last.Size)}).Error)
	dir := s.sealer.Dir
	s.sealer.Dir = s.T.TempDir() // what is exported is compared with, not added to, by the attacks that follow
	s.seal()
	s.sealer.Dir = dir
}

// forge puts an entry into the access log, as if it had been there.
func (s *scene) forge(id string, after time.Duration) {
	s.save(&models.AccessLog{ID: id, At: s.Now().Add(after), UserID: "u", Action: "read", Table: "cases", RecordID: s.b})
}

// sealOn seals as a server does after a restart, an hour later, without adding to what is exported.
func (s *scene) sealOn() {
	was := *s.sealer
	now := s.Now().Add(time.Hour)
	s.sealer = &sealing.Sealer{Store: s.Store, Key: was.Key, Dir: s.T.TempDir(), Now: func() time.Time { return now }}
	s.seal()
	s.sealer = &was
}

// administer puts acts of an administrator on record.
func (s *scene) administer(kind string, changes ...func(a *models.AdminAct)) {
	s.T.Helper()
	a := models.AdminAct{At: s.Now(), ActorID: "u", ActorName: "管理员", Kind: kind, RegionCode: "510923", Target: "account"}
	require.NoError(s.T, s.Store.Tx(s.T.Context(), func(tx *gorm.DB) error { return models.RecordAdminAct(tx, &a) }))
	if len(changes) == 0 {
		return
	}
	s.exec("DELETE FROM admin_acts WHERE id = ?", a.ID)
	changes[0](&a)
	a.Hash = a.Sum()
	s.save(&a)
}

// remakeAdmin changes the acts of administrators and makes their chain right again.
func (s *scene) remakeAdmin(change func(list []models.AdminAct) []models.AdminAct) {
	s.T.Helper()
	var list []models.AdminAct
	require.NoError(s.T, s.Store.DB.Order("seq").Find(&list).Error)
	list = change(list)
	prev := ""
	for i := range list {
		a := &list[i]
		a.Seq, a.Prev = int64(i+1), prev
		a.Hash = a.Sum()
		prev = a.Hash
	}
	s.past(func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM admin_acts").Error; err != nil {
			return err
		}
		return tx.Create(&list).Error
	})
}

// tables are copies of what the record consists of.
type tables struct {
	cases       []models.Case
	events      []models.CaseEvent
	access      []models.AccessLog
	admin       []models.AdminAct
	clocks      []models.ClockRow
	tasks       []models.Task
	records     []models.FormRecord
	formActs    []models.FormRecordAct
	leaves      []models.LogLeaf
	tiles       []models.LogTile
	checkpoints []models.LogCheckpoint
	deliveries  []models.LogDelivery
}

func (s *scene) copy() (c tables) {
	for _, list := range []any{&c.cases, &c.events, &c.access, &c.admin, &c.clocks, &c.tasks, &c.records, &c.formActs, &c.leaves, &c.tiles, &c.checkpoints, &c.deliveries} {
		require.NoError(s.T, s.Store.DB.Find(list).Error)
	}
	return c
}

// restore puts back a copy of all tables, or of some.
func (s *scene) restore(c tables, only ...string) {
	s.T.Helper()
	var ids []string
	require.NoError(s.T, s.Store.DB.Model(&models.Attachment{}).Pluck("id", &ids).Error)
	s.files = map[string][]byte{digest(paper): []byte(paper)}
	for _, id := range ids {
		s.files[testkit.FileHash(id)] = []byte(id)
	}
	s.past(func(tx *gorm.DB) error {
		for _, x := range []struct {
			table string
			rows  any
		}{{"case_events", &c.events}, {"cases", &c.cases}, {"access_logs", &c.access}, {"admin_acts", &c.admin}, {"clocks", &c.clocks}, {"tasks", &c.tasks}, {"form_record_acts", &c.formActs}, {"form_records", &c.records}, {"log_deliveries", &c.deliveries}, {"log_checkpoints", &c.checkpoints},
			{"log_tiles", &c.tiles}, {"log_leaves", &c.leaves}} {
			if len(only) > 0 && !slices.Contains(only, x.table) {
				continue
			}
			if err := tx.Exec("DELETE FROM " + x.table).Error; err != nil {
				return err
			}
			if err := tx.Create(x.rows).Error; err != nil {
				return err
			}
		}
		return nil
	})
}
