package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// A key that was not staged before was never committed, so nobody need look for its
// reply; and a form that a loss of power took is not committed without.
func TestStagedBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		cadre := w.Actor(procedure.VillageCadre)
		c := w.Open("risk_clue", w.NewHousehold(testkit.Village), cadre)
		r := w.Request(c, "register_locally", cadre)
		id, again, err := w.Engine.StageAgain(t.Context(), r)
		require.NoError(t, err)
		require.False(t, again)
		same, again, err := w.Engine.StageAgain(t.Context(), r)
		require.NoError(t, err)
		require.True(t, again)
		require.Equal(t, id, same)

		require.NoError(t, w.Store.DB.Where("id = ?", id).Delete(&models.Submission{}).Error)
		commit := activities.CommitRequest{CaseID: c.ID, Event: r.Event, Key: r.Key, ExpectedSeq: r.ExpectedSeq, Actor: cadre, SubmissionID: id}
		_, err = w.Engine.Commit(t.Context(), commit)
		w.Refused(err, procedure.Conflict, "submission_gone")

		commit.SubmissionID, again, err = w.Engine.StageAgain(t.Context(), r)
		require.NoError(t, err)
		require.False(t, again, "it is sent again as if for the first time")
		_, err = w.Engine.Commit(t.Context(), commit)
		require.NoError(t, err)
		_, again, err = w.Engine.StageAgain(t.Context(), r)
		require.NoError(t, err)
		require.True(t, again, "what was committed was staged")
	})
}
