package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

func TestTidyForgetsFormsButNotKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		cadre := w.Actor(procedure.VillageCadre)
		c := w.Open("risk_clue", w.NewHousehold(testkit.Village), cadre)
		r := w.Request(c, "register_locally", cadre)
		_, err := w.Send(r)
		require.NoError(t, err)
		abandoned := activities.FireRequest{CaseID: c.ID, Event: "misrouted", Key: "abandoned", Actor: cadre, Form: answers{"reason": "不在本村"}}
		_, err = w.Engine.Stage(t.Context(), abandoned)
		require.NoError(t, err)
		bodies := func(key string) (n int64) {
			require.NoError(t, w.Store.DB.Model(&models.Submission{}).Where("case_id = ? AND key = ? AND body IS NOT NULL", c.ID, key).Count(&n).Error)
			return n
		}
		require.NoError(t, w.Engine.Tidy(t.Context()))
		require.EqualValues(t, 1, bodies(r.Key), "a day has not passed")

		w.SetNow(w.Now().AddDate(0, 0, 2))
		require.NoError(t, w.Engine.Tidy(t.Context()))
		require.Zero(t, bodies(r.Key))
		require.EqualValues(t, 1, bodies("abandoned"), "what may still be under way is kept longer")
		again, err := w.Engine.Stage(t.Context(), r)
		require.NoError(t, err)
		require.NotEmpty(t, again)
		other := r
		other.Form = answers{"note": "另一内容"}
		_, err = w.Engine.Stage(t.Context(), other)
		w.Refused(err, procedure.Invalid, "key_reused")

		w.SetNow(w.Now().AddDate(0, 0, 30))
		require.NoError(t, w.Engine.Tidy(t.Context()))
		require.Zero(t, bodies("abandoned"))
	})
}
