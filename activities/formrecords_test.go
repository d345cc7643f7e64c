package activities_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/forms"
	"shouwang/internal/example"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// A form record on both databases: one for a subject and period, each state kept, one writer at a time.
func TestFormRecords(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		cadre, office := w.Actor(procedure.VillageCadre), w.Actor(procedure.TownshipOffice)
		region := models.Region{}
		require.NoError(t, w.Store.DB.Where("code = ?", testkit.Village).Take(&region).Error)
		blank, err := w.Engine.BlankForm(t.Context(), "annex6", h, &region, "某甲")
		require.NoError(t, err)
		require.Equal(t, h.HeadName, blank.Answers["head"])
		require.Equal(t, float64(h.Population), blank.Answers["population"])
		answers := example.Fields("annex6@1", blank.Form.Written(), w.Setting(&models.Case{HouseholdID: h.ID, RegionCode: h.RegionCode}))

		draft := activities.FormDraft{Form: "annex6", HouseholdID: h.ID, Period: "2026", Actor: cadre}
		open := func(key string) (*models.FormRecord, error) {
			d := draft
			d.Key = key
			return w.Engine.OpenRecord(t.Context(), d)
		}
		r, err := open("k1")
		require.NoError(t, err)
		same, err := open("k1")
		require.NoError(t, err)
		require.Equal(t, r.ID, same.ID)
		_, err = open("k2")
		w.Refused(err, procedure.Conflict, "form_exists")

		act := func(key, action string, version int, who activities.Actor, form map[string]any, note string) (*models.FormRecord, error) {
			return w.Engine.ActOnRecord(t.Context(), activities.RecordAct{Key: key, ID: r.ID, RowVersion: version, Action: action, Actor: who, Answers: form, Note: note})
		}
		_, err = act("k3", activities.RecordFinish, 1, cadre, nil, "")
		w.Refused(err, procedure.Invalid, "conditions_not_met")

		// Two write at once from the same version: one of them is told.
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, key := range []string{"k4", "k5"} {
			wg.Go(func() { _, errs[i] = act(key, activities.RecordSave, 1, cadre, answers, "") })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				w.Refused(err, procedure.Conflict, "form_moved")
			}
		}
		require.Equal(t, 1, won)

		_, err = act("k6", activities.RecordFinish, 2, cadre, nil, "")
		require.NoError(t, err)
		_, err = act("k7", activities.RecordCheck, 3, cadre, nil, "")
		w.Refused(err, procedure.Forbidden, "separation_of_duties")
		_, err = act("k8", activities.RecordCheck, 3, office, nil, "属实")
		require.NoError(t, err)
		_, err = act("k9", activities.RecordVoided, 4, office, nil, " ")
		w.Refused(err, procedure.Invalid, "conditions_not_met")
		_, err = act("k10", activities.RecordVoided, 4, office, nil, "填错户")
		require.NoError(t, err)
		next, err := open("k11")
		require.NoError(t, err, "what was voided is filled in anew")
		require.NotEqual(t, r.ID, next.ID)

		var old models.FormRecord
		require.NoError(t, w.Store.DB.Where("id = ?", r.ID).Take(&old).Error)
		_, _, kept, result, err := w.Engine.ReadRecord(t.Context(), &old)
		require.NoError(t, err)
		require.Equal(t, answers, kept)
		require.False(t, result.Has(forms.Error))
		var acts int64
		require.NoError(t, w.Store.DB.Model(&models.FormRecordAct{}).Where("record_id = ?", r.ID).Count(&acts).Error)
		require.EqualValues(t, 5, acts)
		require.Error(t, w.Store.DB.Exec("DELETE FROM form_record_acts WHERE record_id = ?", r.ID).Error)
	})
}

// Somebody else's key is not an act on this record.
func TestFormKeyIsOfOneRecord(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		cadre := w.Actor(procedure.VillageCadre)
		var ids []string
		for _, key := range []string{"a", "b"} {
			r, err := w.Engine.OpenRecord(t.Context(), activities.FormDraft{Key: key, Form: "f3", HouseholdID: w.NewHousehold(testkit.Village).ID, Actor: cadre})
			require.NoError(t, err)
			ids = append(ids, r.ID)
		}
		_, err := w.Engine.ActOnRecord(t.Context(), activities.RecordAct{Key: "a", ID: ids[1], RowVersion: 1, Action: activities.RecordSave, Actor: cadre})
		w.Refused(err, procedure.Invalid, "key_reused")
	})
}
