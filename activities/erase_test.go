package activities_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// What is held about a person goes where a second person has approved it; the acts stay and are proved, others keep
// theirs, and doing it again changes nothing.
func TestErase(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		ctx, db, vault := t.Context(), w.Store.DB, w.Store.Vault
		c := w.Reach("identification", "home_verification")
		var people []models.Person
		require.NoError(t, db.Where("household_id = ?", c.HouseholdID).Order("ord").Find(&people).Error)
		head, wife := people[0], &people[1]
		index := vault.Index("99010119850505002X")
		wife.IDIndex = &index
		require.NoError(t, wife.SetSecret(vault, models.PersonSecret{IDNo: "99010119850505002X", Phone: "13812345678", Health: "长期慢性病"}))
		require.NoError(t, db.Save(wife).Error)
		hit := models.QualityHit{ID: "hit", Kind: models.RunQuality, HouseholdID: c.HouseholdID, Rule: "DQ-01", PersonID: wife.ID, RegionCode: c.RegionCode}
		require.NoError(t, hit.SetSecret(vault, models.HitSecret{Message: "苗青的健康状况"}))
		row := models.DeptRow{ID: "row", ListID: "list", Kind: "dibao", State: models.RowCurrent, PersonID: wife.ID, HouseholdID: c.HouseholdID, FactKey: "k"}
		require.NoError(t, row.SetValues(vault, map[string]string{"name": "苗青"}))
		require.NoError(t, db.Create(&models.DeptList{ID: "list", RegionCode: testkit.County, Mapping: map[string]string{}}).Error)
		require.NoError(t, db.Create(&hit).Error)
		record, err := w.Engine.OpenRecord(ctx, activities.FormDraft{Key: w.Key(), Form: "f3", HouseholdID: c.HouseholdID, Actor: w.Actor(procedure.VillageCadre)})
		require.NoError(t, err)
		_, err = w.Engine.ActOnRecord(ctx, activities.RecordAct{Key: w.Key(), ID: record.ID, RowVersion: 1, Action: activities.RecordVoided, Note: wife.Name + "的情况填错", Actor: w.Actor(procedure.VillageCadre)})
		require.NoError(t, err)
		later := time.Now().Add(time.Hour)
		require.NoError(t, db.Create(&models.Export{ID: "export", No: "DC-1", UserID: w.Actor(procedure.TownshipOffice).UserID, Role: procedure.TownshipOffice, RegionCode: testkit.Township, List: "persons", Filter: map[string]any{}, State: models.ExportReady, CreatedAt: time.Now(), ExpiresAt: &later}).Error)
		require.NoError(t, db.Create(&row).Error)
		told := func() (n int) {
			t.Helper()
			for _, ev := range events(t, w, c.ID) {
				raw, err := vault.Open("case_events", "payload", ev.ID, ev.Payload)
				require.NoError(t, err)
				if ev.Kind != "erase" && strings.Contains(string(raw), wife.ID) {
					n++
				}
			}
			return n
		}
		require.Positive(t, told(), "the forms of the case speak of her")

		form, err := w.Engine.OpenRecord(ctx, activities.FormDraft{Key: w.Key(), Form: "screening_form", HouseholdID: c.HouseholdID, Actor: w.Actor(procedure.VillageCadre),
			Answers: answers{"problem": wife.Name + "长期患病，需要人照料，家中劳动力不足，收入明显减少"}})
		require.NoError(t, err)
		marked := func() (n int64) {
			require.NoError(t, db.Model(&models.RecordText{}).Where("record_id = ?", form.ID).Count(&n).Error)
			return n
		}
		require.EqualValues(t, 1, marked())

		town, county := w.Actor(procedure.TownshipOffice), w.Actor(procedure.CountyOffice)
		ask := func(person string, files ...string) (*models.Erasure, error) {
			return w.Engine.AskErasure(ctx, models.Erasure{Key: w.Key(), HouseholdID: c.HouseholdID, PersonID: person, RegionCode: c.RegionCode, Ground: models.GroundWrong,
				Reason: "云府发〔2026〕34号", Files: files, AskedBy: town.UserID, AskedRole: string(town.Role)})
		}
		refused := func(code string, err error) {
			t.Helper()
			var r *procedure.Refusal
			require.ErrorAs(t, err, &r)
			require.Equal(t, code, r.Code)
		}
		_, err = ask(wife.ID)
		refused("cases_open", err)
		require.NoError(t, db.Model(&models.Case{}).Where("household_id = ? AND procedure <> 'household_status'", c.HouseholdID).UpdateColumn("closed_at", w.Now()).Error)
		visit := models.Case{ID: "visit", No: "ZF-1", Procedure: "visit_task", Version: 1, State: "failed_absent", HouseholdID: c.HouseholdID, RegionCode: c.RegionCode, OpenedAt: w.Now()}
		require.NoError(t, db.Create(&visit).Error)
		_, err = ask(wife.ID)
		refused("cases_open", err)
		// The next visit always stands in the plan: nothing is known in it yet.
		require.NoError(t, db.Model(&visit).Update("state", "due").Error)
		_, err = ask(wife.ID, "nothing")
		refused("unknown_file", err)
		require.NoError(t, db.Delete(&visit).Error)
		_, err = ask(head.ID)
		refused("change_head_first", err)
		_, err = ask(wife.ID, "nothing")
		refused("unknown_file", err)
		var file models.Attachment
		require.NoError(t, db.Where("case_id = ?", c.ID).Order("id").Take(&file).Error)
		x, err := ask(wife.ID, file.ID)
		require.NoError(t, err)
		_, err = ask(wife.ID)
		refused("erasure_asked", err)
		var bytes []string
		remove := func(sha string) error { bytes = append(bytes, sha); return nil }
		refused("erasure_not_approved", w.Engine.Erase(ctx, x, remove))
		_, err = w.Engine.DecideErasure(ctx, x.ID, models.ErasureApproved, "同意", town)
		refused("separation_of_duties", err)
		x, err = w.Engine.DecideErasure(ctx, x.ID, models.ErasureApproved, "同意", county)
		require.NoError(t, err)
		_, err = w.Engine.DecideErasure(ctx, x.ID, models.ErasureRefused, "不同意", county)
		refused("erasure_decided", err)
		list, err := w.Engine.ApprovedErasures(ctx)
		require.NoError(t, err)
		require.Len(t, list, 1)

		require.NoError(t, w.Engine.Erase(ctx, &list[0], remove))
		require.Contains(t, bytes, file.SHA256)
		require.Zero(t, told())
		require.Zero(t, marked(), "the mark of a text goes with it")
		for _, ev := range events(t, w, c.ID) {
			if ev.Payload == nil {
				require.Empty(t, ev.Salt, "a short form could be guessed with it")
			}
		}
		var gone models.Person
		require.NoError(t, db.Where("id = ?", wife.ID).Take(&gone).Error)
		secret, err := gone.Secret(vault)
		require.NoError(t, err)
		require.Equal(t, models.PersonSecret{}, secret)
		require.Equal(t, "（已删除）", gone.Name)
		require.Nil(t, gone.IDIndex)
		require.Nil(t, gone.PhoneMark)
		require.NotNil(t, gone.LeftAt)
		for _, one := range []any{&models.QualityHit{}, &models.DeptRow{}} {
			var n int64
			require.NoError(t, db.Model(one).Where("sealed IS NOT NULL").Count(&n).Error)
			require.Zero(t, n)
		}
		var lists models.Export
		require.NoError(t, db.Where("id = 'export'").Take(&lists).Error)
		require.False(t, lists.ExpiresAt.After(time.Now()), "a list that may name her goes")
		var kept models.Person
		require.NoError(t, db.Where("id = ?", head.ID).Take(&kept).Error)
		secret, err = kept.Secret(vault)
		require.NoError(t, err)
		require.Equal(t, "健康", secret.Health, "others keep theirs")
		require.Equal(t, head.Name, kept.Name)

		var acts []models.FormRecordAct
		require.NoError(t, db.Where("record_id = ?", record.ID).Order("row_version").Find(&acts).Error)
		require.Len(t, acts, 3)
		require.Equal(t, activities.RecordErased, acts[2].Action)
		for _, a := range acts[:2] {
			require.Empty(t, append(a.Answers, a.Note...))
			require.Empty(t, a.Salt)
			require.NotEmpty(t, a.PayloadHash)
		}
		verdict, err := w.Engine.Verify(ctx)
		require.NoError(t, err)
		require.Empty(t, verdict.Bad, "what has gone is proved to have had to go")
		var done models.Erasure
		require.NoError(t, db.Where("id = ?", x.ID).Take(&done).Error)
		require.NotNil(t, done.DoneAt)
		require.Positive(t, done.Erased["case_events"])
		n := w.Case(c.ID).Seq
		require.NoError(t, w.Engine.Erase(ctx, &done, remove))
		require.Equal(t, n, w.Case(c.ID).Seq)
		require.Error(t, db.Exec("UPDATE erasures SET note = 'x'").Error)
		require.Error(t, db.Exec("DELETE FROM erasures").Error)
	})
}
