package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// approvedErasure is one of a person that a second person has agreed to.
func approvedErasure(t *testing.T, w *testkit.World, p *models.Person) *models.Erasure {
	t.Helper()
	town, county := w.Actor(procedure.TownshipOffice), w.Actor(procedure.CountyOffice)
	x, err := w.Engine.AskErasure(t.Context(), models.Erasure{Key: w.Key(), HouseholdID: p.HouseholdID, PersonID: p.ID, RegionCode: testkit.Village, Ground: models.GroundWrong,
		Reason: "云府发〔2026〕34号", AskedBy: town.UserID, AskedRole: string(town.Role)})
	require.NoError(t, err)
	x, err = w.Engine.DecideErasure(t.Context(), x.ID, models.ErasureApproved, "同意", county)
	require.NoError(t, err)
	return x
}

func keepsFiles(string) error { return nil }

// A household was called by its former head: his name goes from the lists and notices of that time, and the name of who came
// after him stays.
func TestEraseFormerHead(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		db := w.Store.DB
		c := w.Reach("identification", "home_verification")
		require.NoError(t, db.Model(&models.Case{}).Where("household_id = ?", c.HouseholdID).UpdateColumn("closed_at", w.Now()).Error)
		var people []models.Person
		require.NoError(t, db.Where("household_id = ?", c.HouseholdID).Order("ord").Find(&people).Error)
		former, head := &people[0], &people[1]
		require.Equal(t, former.Name, w.Case(c.ID).Subject)
		later := models.Case{ID: "later", No: "SB-9", Procedure: "visit_task", Version: 1, State: "done", HouseholdID: c.HouseholdID, RegionCode: c.RegionCode, Subject: head.Name, OpenedAt: w.Now(), ClosedAt: new(w.Now())}
		require.NoError(t, db.Create(&later).Error)
		record := models.FormRecord{ID: "record", Form: "f3", Version: 1, SubjectKind: "household", SubjectID: c.HouseholdID, Subject: former.Name, RegionCode: c.RegionCode, State: models.RecordDraft, CreatedAt: w.Now(), UpdatedAt: w.Now()}
		record.Answers, record.Computed = w.Store.Vault.Seal("form_records", "answers", record.ID, []byte("{}")), w.Store.Vault.Seal("form_records", "computed", record.ID, []byte("{}"))
		require.NoError(t, db.Create(&record).Error)
		for id, name := range map[string]string{"his": former.Name, "hers": head.Name} {
			require.NoError(t, db.Create(&models.PublicNotice{ID: id, CaseID: c.ID, Kind: "notice", RegionCode: c.RegionCode, Sheet: map[string]any{"head_name": name}, PostedAt: w.Now(), UntilAt: w.Now()}).Error)
		}
		require.NoError(t, db.Model(former).UpdateColumns(map[string]any{"is_head": false, "left_at": w.Now()}).Error)
		require.NoError(t, db.Model(head).UpdateColumn("is_head", true).Error)
		require.NoError(t, db.Model(&models.Household{}).Where("id = ?", c.HouseholdID).UpdateColumn("head_name", head.Name).Error)

		require.NoError(t, w.Engine.Erase(t.Context(), approvedErasure(t, w, former), keepsFiles))
		for _, table := range []string{"cases", "tasks", "form_records"} {
			var n int64
			require.NoError(t, db.Table(table).Where("subject = ?", former.Name).Count(&n).Error)
			require.Zero(t, n, table)
		}
		require.Equal(t, head.Name, w.Case("later").Subject)
		for id, name := range map[string]any{"his": nil, "hers": head.Name} {
			var n models.PublicNotice
			require.NoError(t, db.Where("id = ?", id).Take(&n).Error)
			require.Equal(t, name, n.Sheet["head_name"])
		}
		var h models.Household
		require.NoError(t, db.Where("id = ?", c.HouseholdID).Take(&h).Error)
		require.Equal(t, head.Name, h.HeadName)
		verdict, err := (&activities.Verifier{Engine: w.Engine, Without: []string{activities.CheckRecords}}).Run(t.Context()) // no act has made the form
		require.NoError(t, err)
		for _, b := range verdict.Bad {
			require.Equal(t, "later", b.CaseID, "which has no records: %s", b.Fault)
		}
	})
}

// Where a list asks whom it means, what can mean nobody but the person goes, and the question with it; what may mean another
// of the same name stays for who answers it.
func TestEraseListDoubts(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		db, vault := w.Store.DB, w.Store.Vault
		h := w.NewHousehold(testkit.Village)
		var p models.Person
		require.NoError(t, db.Where("household_id = ? AND NOT is_head", h.ID).Order("ord").Limit(1).Take(&p).Error)
		require.NoError(t, p.SetSecret(vault, models.PersonSecret{IDNo: "99010119850505002X"}))
		require.NoError(t, db.Save(&p).Error)
		require.NoError(t, db.Create(&models.DeptList{ID: "list", RegionCode: testkit.County, Mapping: map[string]string{}, Doubtful: 4}).Error)
		for id, x := range map[string]struct {
			candidates []string
			number     string
			decision   string
		}{"alone": {[]string{p.ID}, "", ""}, "number": {[]string{p.ID, "another"}, "99010119850505002x", ""}, "name": {[]string{"another", p.ID}, "", ""}, "not": {[]string{p.ID}, "", models.DeptNotSame}} {
			m := models.DeptMatch{ID: id, Area: testkit.County, RegionCode: testkit.Village, ListID: "list", Candidates: x.candidates, Decision: x.decision}
			require.NoError(t, m.SetWho(vault, models.DeptWho{Name: p.Name, IDNo: x.number}, id))
			require.NoError(t, db.Create(&m).Error)
			row := models.DeptRow{ID: "row " + id, ListID: "list", Sheet: id, Kind: "dibao", State: models.RowReview, MatchID: id}
			require.NoError(t, row.SetValues(vault, map[string]string{"name": p.Name}))
			require.NoError(t, db.Create(&row).Error)
		}
		require.NoError(t, w.Engine.Erase(t.Context(), approvedErasure(t, w, &p), keepsFiles))
		for id, stays := range map[string]bool{"alone": false, "number": false, "name": true, "not": true} {
			var m models.DeptMatch
			require.NoError(t, db.Where("id = ?", id).Take(&m).Error)
			require.Equal(t, stays, m.Sealed != nil, id)
			if !stays {
				require.Equal(t, models.DeptNotSame, m.Decision, "nobody is asked any more")
			}
			var rows int64
			require.NoError(t, db.Model(&models.DeptRow{}).Where("match_id = ? AND sealed IS NOT NULL", id).Count(&rows).Error)
			require.Equal(t, stays, rows == 1, id)
		}
		var l models.DeptList
		require.NoError(t, db.Where("id = 'list'").Take(&l).Error)
		require.Equal(t, []int{2, 2}, []int{l.Doubtful, l.Outside})
	})
}
