package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/procedure"
)

// The filled forms of a campaign are forms that can be printed: 户表 with what the register and the visit say, 村表 with the
// sums over them.
func TestFilledSheets(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := fielded(w, 1)
		form, village := &formsOf(w, c)[0], w.Last(c.ID, "village_form")
		do(w, form, "visit")
		_, err := w.Engine.FilledSheets(t.Context(), w.Case(form.ID))
		w.Refused(err, procedure.Conflict, "form_not_filled")
		_, err = w.Engine.FilledSheets(t.Context(), village)
		w.Refused(err, procedure.Conflict, "form_not_filled")
		_, err = w.Engine.FilledSheets(t.Context(), c)
		w.Refused(err, procedure.NotFound, "no_form")

		do(w, form, toFinal[1:]...)
		list, err := w.Engine.FilledSheets(t.Context(), w.Case(form.ID))
		require.NoError(t, err)
		require.Len(t, list, 1)
		a := list[0].Answers
		require.Equal(t, "household_sheet", list[0].Form.Code)
		require.Equal(t, form.Subject, a["head"])
		require.Equal(t, "老党员", a["guide"])
		require.Equal(t, "HB-001", a["form_code"])
		require.InDelta(t, 600000, a["per_head_claimed"], 0)
		require.NotEmpty(t, a["surveyor"])
		require.NotEmpty(t, list[0].Form.Print(a, list[0].World).Blocks)

		do(w, village, "village_check")
		list, err = w.Engine.FilledSheets(t.Context(), w.Case(village.ID))
		require.NoError(t, err)
		require.Equal(t, "village_sheet@1", list[0].Form.Key())
		require.InDelta(t, 1, list[0].Answers["surveyed_households"], 0)
		require.Equal(t, true, list[0].Answers["bus"])
		require.NotEmpty(t, list[0].Answers["surveyed_on"])
	})
}
