package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/canary"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// The one who is erased: nothing of this is anybody else's. A name among P2 is in the clear while he is there, as all names
// of grown-ups are, and must go as well.
var (
	leaverID = numbered18("99010119660606771")
	leaver   = []canary.Bird{
		{Class: "P2", Name: "姓名", Value: "欧阳" + canaryNotes + "去"},
		{Class: "P2", Name: "身份证号", Value: leaverID},
		{Class: "P2", Name: "电话", Value: "19966667777"},
		{Class: "P3", Name: "健康状况", Value: canaryNotes + "慢性病子丑寅"},
		{Class: "P3", Name: "残疾", Value: canaryNotes + "听力三级"},
		{Class: "P3", Name: "残疾证", Value: leaverID + "43"},
		{Class: "P4", Name: "部门名单", Value: canaryNotes + "残疾人补贴备注"},
		{Class: "P2", Name: "走访所见", Value: canaryNotes + "近日外出就医由邻居照看家中牲畜无人喂养门锁已经锈蚀"},
	}
)

// After an erasure nobody finds anything of the person, in the clear or with the keys that are left: not in a table, a sealed
// column, a file or a dump. What stays is named in docs/security.md, and none of it is his.
func TestCanaryOfTheErased(t *testing.T) {
	for name, cfg := range map[string]func(t *testing.T) *Config{
		"sqlite":   func(*testing.T) *Config { return &Config{} },
		"postgres": func(t *testing.T) *Config { return &Config{DB: testkit.Postgres(t), TemporalDB: testkit.Postgres(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newServerOf(t, cfg(t)).settled()
			p := v.leaver()
			v.tellOf(p)
			require.NotEmpty(t, v.kept().Findings(), "he is there")
			require.Contains(t, fmt.Sprint(v.kept().Findings()), "case_events.payload")
			id := v.approved(p, v.filesOf()...)
			ctx := t.Context()
			cmd := &Config{Data: v.cfg.Data, DB: v.cfg.DB, Namespace: "shouwang", Profile: "demo"}
			require.NoError(t, eraseCmd{}.Run(ctx, cmd))
			var keys []uint32
			var rotate keysRotateCmd
			require.Eventually(t, func() bool {
				err := rotate.Run(ctx, cmd)
				rotate.Resume = true // what the server had in hand is still sealed with the old key
				if err != nil {
					return false
				}
				require.NoError(t, keysDropCmd{}.Run(ctx, cmd))
				require.NoError(t, v.app.engine.Store.DB.Model(&models.DataKey{}).Pluck("id", &keys).Error)
				return len(keys) == 1
			}, time.Minute, 200*time.Millisecond)
			var x models.Erasure
			require.NoError(t, v.app.engine.Store.DB.Where("id = ?", id).Take(&x).Error)
			require.NotNil(t, x.DoneAt)
			for _, f := range v.kept().Findings() {
				t.Error(f)
			}
			require.Error(t, v.as("township").Get(ctx, "/exports/"+v.exported+"/file", nil, new([]byte)), "a list that holds him is over")
			var marks int64
			require.NoError(t, v.app.engine.Store.DB.Table("event_texts").Where("event_id IN (SELECT id FROM case_events WHERE payload IS NULL)").Count(&marks).Error)
			require.Zero(t, marks, "marks of texts go with the texts")
			require.NoError(t, v.app.engine.Store.DB.Table("record_texts").Where("record_id IN (SELECT id FROM form_records WHERE length(answers) = 0)").Count(&marks).Error)
			require.Zero(t, marks, "those of forms as well")
			var texts []string
			require.NoError(t, v.app.engine.Store.DB.Table("visit_texts").Where("case_id IN (SELECT case_id FROM case_events WHERE payload IS NULL)").Pluck("text_hash", &texts).Error)
			for _, text := range texts {
				require.Empty(t, text)
			}
			require.Equal(t, []uint32{v.app.engine.Store.Vault.Key()}, keys, "older ones, with what free pages and backups hold, are of no more use")
			verdict, err := v.app.engine.Verify(ctx)
			require.NoError(t, err)
			require.Empty(t, verdict.Bad)
		})
	}
}

// leaver puts somebody into the household that the play is about.
func (v *aviary) leaver() *models.Person {
	t, s := v.t, v.app.engine.Store
	var err error
	v.house, err = v.play.FindHouse(t.Context(), 0)
	require.NoError(t, err)
	p := &models.Person{ID: models.NewID(), HouseholdID: v.house.ID, Name: leaver[0].Value, Ord: 9, UpdatedAt: v.app.engine.Clock.Now(), IDIndex: new(s.Vault.Index(leaverID))}
	require.NoError(t, p.SetSecret(s.Vault, models.PersonSecret{IDNo: leaverID, Phone: leaver[2].Value, Health: leaver[3].Value, Disability: leaver[4].Value, Certificate: leaver[5].Value, BirthDate: "1966-06-06"}))
	require.NoError(t, s.DB.Create(p).Error)
	return p
}

// tellOf has him told of wherever somebody may be: forms of cases, a form record, a list of a department, papers, notes,
// exports, names of files, a report.
func (v *aviary) tellOf(p *models.Person) {
	t, ctx := v.t, v.t.Context()
	words := leaver[0].Value + "，" + leaver[7].Value
	birds := map[procedure.Class]string{"P2": words, "P3": words, "P4": words}
	v.play.Alter = func(fields []procedure.Field, form map[string]any) {
		plantAll(birds, fields, form, false, func(procedure.Kind) {})
	}
	_, err := v.play.Identify(ctx, v.house)
	require.NoError(t, err)
	cadre, town := v.as("cadre"), v.as("township")
	var raw []byte
	require.NoError(t, cadre.Get(ctx, "/households/"+v.house.ID+"/members", nil, &raw))
	require.Contains(t, string(raw), leaver[0].Value)
	var record struct{ Item struct{ ID string } }
	require.NoError(t, cadre.Post(ctx, "/form-records", models.NewID(), map[string]any{"form": "f3", "household_id": v.house.ID,
		"answers": map[string]any{"head": v.house.HeadName, "taken_by": leaver[0].Value}}, &record))
	list := "姓名,身份证号,状态,备注\n" + leaver[0].Value + "," + leaverID + ",新增," + leaver[6].Value + "\n"
	var preview struct{ Sha256 string }
	send := map[string]string{"kind": "dibao", "as_of": v.app.engine.Clock.Now().Format(time.DateOnly)}
	require.NoError(t, town.Send(ctx, "/dept-files/preview", "", send, "名单.csv", "text/csv", []byte(list), &preview))
	send["confirm"] = preview.Sha256
	require.NoError(t, town.Send(ctx, "/dept-files/import", models.NewID(), send, "名单.csv", "text/csv", []byte(list), nil))
	var page struct {
		Items []struct{ ID, Procedure string }
	}
	require.NoError(t, town.Get(ctx, "/households/"+v.house.ID+"/cases", url.Values{"limit": {"100"}}, &page))
	for _, c := range page.Items {
		if c.Procedure == "identification" {
			var paper struct{ ID string }
			require.NoError(t, cadre.Post(ctx, "/papers", models.NewID(), map[string]any{"kind": "authorization", "case_id": c.ID, "purpose": "sign"}, &paper))
			require.NoError(t, cadre.Get(ctx, "/papers/"+paper.ID+"/file", url.Values{"format": {"pdf"}}, &raw))
		}
	}
	require.NoError(t, v.as("county").Post(ctx, "/people/report", "", map[string]string{"id_no": leaverID, "purpose": "本人申请查阅"}, &raw))
	var x struct{ ID, State string }
	require.NoError(t, town.Post(ctx, "/exports", models.NewID(), map[string]any{"list": "persons", "reason": "季度核查", "filter": map[string]string{"village": v.house.Village}}, &x))
	require.Eventually(t, func() bool { return town.Get(ctx, "/exports/"+x.ID+"/file", nil, &raw) == nil }, time.Minute, 100*time.Millisecond)
	v.exported = x.ID
}

// filesOf are the files of the household that the request for the erasure names: nobody but people knows who is on them.
func (v *aviary) filesOf() []string {
	var out []string
	require.NoError(v.t, v.app.engine.Store.DB.Model(&models.Attachment{}).Where("case_id IN (SELECT id FROM cases WHERE household_id = ?)", v.house.ID).Limit(1).Pluck("id", &out).Error)
	require.NotEmpty(v.t, out)
	return out
}

// kept looks at all there is with the keys that are left: what is in the clear, what can be opened, files and dumps.
func (v *aviary) kept() *canary.Search {
	t, ctx, s := v.t, v.t.Context(), v.app.engine.Store
	t.Helper()
	out := canary.New(leaver...)
	v.tables(out)
	v.temporal(out)
	for _, c := range models.SealedColumns {
		var rows []struct {
			Key   string
			Value []byte
		}
		require.NoError(t, s.DB.Table(c.Table).Select(c.Key+" AS key, "+c.Column+" AS value").Where("length("+c.Column+") > 0").Scan(&rows).Error)
		for _, r := range rows {
			plain, err := s.Vault.Open(c.Table, c.Column, r.Key, r.Value)
			require.NoError(t, err, "%s %s", c, r.Key)
			out.Look("opened: "+c.String(), plain)
		}
	}
	blobs := v.cfg.files(s.Vault)
	paths, err := filepath.Glob(filepath.Join(string(blobs.Dir), "??", "??", "*"))
	require.NoError(t, err)
	for _, path := range paths {
		sealed, err := os.ReadFile(path)
		require.NoError(t, err)
		plain, err := s.Vault.Open("blobs", "content", filepath.Base(path), sealed)
		require.NoError(t, err)
		out.Look("opened: file", plain)
	}
	for _, dsn := range []string{v.cfg.DB, v.cfg.TemporalDB} {
		if dsn != "" {
			out.Look(inDump, dumped(t, ctx, dsn))
		}
	}
	return out
}
