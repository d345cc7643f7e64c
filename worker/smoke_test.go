package worker_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func smokeEngine(t *testing.T) *activities.Engine {
	v, err := models.LoadVault(filepath.Join(t.TempDir(), "keys.json"))
	require.NoError(t, err)
	s, err := models.Open(filepath.Join(t.TempDir(), "p.db"), v)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	_, err = s.Migrate(t.Context())
	require.NoError(t, err)
	now := time.Now().UTC()
	require.NoError(t, s.DB.Create(&[]models.Region{
		{Code: "510923", Level: "county", Name: "县", Path: "县"},
		{Code: "510923101", Parent: "510923", Level: "township", Name: "乡", Path: "县乡"},
		{Code: "510923101201", Parent: "510923101", Level: "village", Name: "村", Path: "县乡村"},
	}).Error)
	require.NoError(t, s.DB.Create(&models.User{ID: "u1", Login: "u1", Name: "甲", CreatedAt: now}).Error)
	require.NoError(t, s.DB.Create(&models.Household{ID: "h1", No: "1", RegionCode: "510923101201", HeadName: "乙", Population: 3, BaseType: "ordinary", Status: "none", CreatedAt: now, UpdatedAt: now}).Error)
	return &activities.Engine{Store: s, Calendar: policy.DefaultCalendar(), Clock: &casetime.Clock{}}
}

func TestSmoke(t *testing.T) {
	e := smokeEngine(t)
	c := serve(t, temporal(t, ""), e)
	cadre := activities.Actor{UserID: "u1", Role: procedure.VillageCadre, Region: "510923101201"}
	office := activities.Actor{UserID: "u1", Role: procedure.TownshipOffice, Region: "510923101"}
	began := time.Now()
	r, err := c.Open(t.Context(), activities.OpenRequest{Key: "k", Procedure: "risk_clue", HouseholdID: "h1", Actor: cadre, Form: map[string]any{
		"channel": "routine_check", "found_at": time.Now().Format(time.RFC3339), "content": "…"}})
	require.NoError(t, err)
	t.Log("open", time.Since(began))
	for i, x := range []struct {
		ev   string
		who  activities.Actor
		form map[string]any
	}{
		{"register_locally", cadre, nil},
		{"misrouted", cadre, map[string]any{"reason": "x"}},
		{"redispatch", office, map[string]any{"target_village": "510923101201"}},
		{"accept", cadre, nil},
		{"misrouted", cadre, map[string]any{"reason": "x"}},
	} {
		began := time.Now()
		r, err = c.Fire(t.Context(), activities.FireRequest{CaseID: r.CaseID, Event: x.ev, Key: x.ev + string(rune('a'+i)), ExpectedSeq: r.Seq, Actor: x.who, Form: x.form})
		require.NoError(t, err, x.ev)
		t.Log(x.ev, r.State, time.Since(began))
	}
	h, err := c.History(t.Context(), r.CaseID, "")
	require.NoError(t, err)
	for _, ev := range h.Events {
		t.Log(ev.EventId, ev.EventType)
	}
	d, err := c.Reconcile(t.Context(), false)
	require.NoError(t, err)
	require.Empty(t, d)
}
