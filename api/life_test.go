package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// The page of a household shows its episodes and how its status has moved, and
// nothing of the risks it was identified for.
func TestHouseholdShowsItsEpisodes(t *testing.T) {
	w := newWorld(t)
	home := basePath + "/households/household-1"
	w.do(t, call{user: "cadre", url: home, status: 200, want: []string{`"episodes":[]`, `"life":[]`}})
	clue := w.openClue(t, "household-1", "cadre") // any case to hang the records on
	at := w.clock()
	closed := at.AddDate(0, 6, 0)
	ep := models.MonitoringEpisode{ID: models.NewID(), HouseholdID: "household-1", No: 1, CaseID: clue, RegionCode: village, OpenedAt: at, Category: "unstable", ClosedAt: &closed, Method: "natural"}
	require.NoError(t, ep.SetSecret(w.store.Vault, models.EpisodeSecret{RiskTypes: []string{"illness"}}))
	w.create(&ep)
	w.do(t, call{user: "cadre", url: home, status: 200, want: []string{`"category":"脱贫不稳定户"`, `"method":"自然消除"`, `"closed_on":"2026-09-10"`}, not: []string{"illness", "因病"}})
}
