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

// A head who turns out to be a child by a corrected birth date is named no more: not in the register, not by cases, tasks and forms
// that were there before, not on the notice that is up, nor on one that is drafted with the name.
func TestHeadWhoIsAChildIsNotNamed(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		n := w.Reach("village_notice", "posted")
		var h models.Household
		require.NoError(t, w.Store.DB.Where("id = ?", n.HouseholdID).Take(&h).Error)
		require.NoError(t, w.Store.DB.Model(&h).Update("population", 5).Error)
		require.NoError(t, w.Store.DB.Create(&models.FormRecord{ID: "f", SubjectKind: "household", SubjectID: h.ID, Subject: h.HeadName, RegionCode: h.RegionCode, Answers: []byte("sealed"), Computed: []byte("sealed"), CreatedAt: w.Now(), UpdatedAt: w.Now()}).Error)
		c := w.Open("data_issue", &h, w.Actor(procedure.TownshipOffice))
		through(w, c, "assign", "check")
		head, of := w.Setting(c).People[0], func(now string, old string) answers {
			return answers{"corrections": []any{answers{"item": "birth_date", "person_id": w.Setting(c).People[0], "old": old, "new": now}}}
		}
		born := time.Now().AddDate(-8, 0, 0).Format(time.DateOnly)
		w.Fire(c.ID, "correct", owner(w, c), of(born, ""))

		require.Equal(t, "田某某", reload(t, w, &h).HeadName)
		for table, where := range map[string]string{"cases": "household_id = ?", "tasks": "case_id IN (SELECT id FROM cases WHERE household_id = ?)", "form_records": "subject_id = ?"} {
			var subjects []string
			require.NoError(t, w.Store.DB.Table(table).Where(where, h.ID).Distinct().Pluck("subject", &subjects).Error)
			require.Equal(t, []string{"田某某"}, subjects, table)
		}
		var notices []models.PublicNotice
		require.NoError(t, w.Store.DB.Find(&notices).Error)
		require.Len(t, notices, 1)
		require.Equal(t, "田某某", notices[0].Sheet["head_name"])
		require.NotEmpty(t, notices[0].Sheet["proposal"])
		people := everyRow(t, w, "people", "id = ?", head)
		require.False(t, strings.Contains(people, "田禾"), people)
		v, err := (&activities.Verifier{Engine: w.Engine, Without: []string{activities.CheckRecords}}).Run(t.Context()) // no act has made the form
		require.NoError(t, err)
		require.Empty(t, v.Bad)

		// What was drafted before, with the name, is posted without it.
		draft := w.Reach("village_notice", "privacy_check")
		require.NoError(t, w.Store.DB.Model(&models.Household{}).Where("id = ?", draft.HouseholdID).Update("head_name", "田某某").Error)
		require.Equal(t, "田禾", w.Form(draft, "submit_draft")["head_name"])
		w.Do(draft.ID, "post")
		var posted models.PublicNotice
		require.NoError(t, w.Store.DB.Where("case_id = ?", draft.ID).Take(&posted).Error)
		require.Equal(t, "田某某", posted.Sheet["head_name"])

		// One who was a child by mistake alone has his name back.
		require.NoError(t, w.Store.DB.Model(&h).Update("population", 4).Error)
		w.Do(c.ID, "verify")
		require.NoError(t, w.Store.DB.Model(&h).Update("population", 5).Error)
		again := w.Open("data_issue", &h, w.Actor(procedure.TownshipOffice))
		through(w, again, "assign", "check")
		c = again
		w.Fire(c.ID, "correct", owner(w, c), of("1970-01-02", born))
		require.Equal(t, "田禾", reload(t, w, &h).HeadName)
	})
}

func everyRow(t *testing.T, w *testkit.World, table, where string, args ...any) string {
	t.Helper()
	var rows []map[string]any
	require.NoError(t, w.Store.DB.Table(table).Where(where, args...).Find(&rows).Error)
	var out strings.Builder
	for _, r := range rows {
		for _, v := range r {
			if s, ok := v.(string); ok {
				out.WriteString(s + "\n")
			}
		}
	}
	return out.String()
}
