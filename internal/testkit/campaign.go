package testkit

import (
	"context"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/example"
	"shouwang/models"
	"shouwang/procedure"
)

// OpenIn opens a case about a region with a complete form, changed by the given
// answers.
func (w *World) OpenIn(proc, region string, actor activities.Actor, answers ...map[string]any) *models.Case {
	w.T.Helper()
	c, err := w.TryOpenIn(proc, region, actor, answers...)
	require.NoError(w.T, err)
	return w.Case(c.ID)
}

// TryOpenIn is OpenIn for what may be refused.
func (w *World) TryOpenIn(proc, region string, actor activities.Actor, answers ...map[string]any) (*models.Case, error) {
	w.T.Helper()
	d, ok := procedure.Latest(proc)
	require.True(w.T, ok, proc)
	form := example.Opening(d, w.Setting(&models.Case{Procedure: proc, RegionCode: region}))
	for _, a := range answers {
		merge(form, a)
	}
	c, err := w.Engine.OpenCase(context.Background(), activities.OpenRequest{Key: w.Key(), Procedure: proc, RegionCode: region, Actor: actor, Form: form})
	if err == nil {
		w.deliver()
	}
	return c, err
}

// Campaign is a new campaign about the named households, still a draft.
func (w *World) Campaign(households ...*models.Household) *models.Case {
	w.T.Helper()
	rows := make([]any, len(households))
	for i, h := range households {
		rows[i] = map[string]any{"household_id": h.ID}
	}
	return w.OpenIn("campaign", Township, w.Actor(procedure.TownshipOffice), map[string]any{"scope": []any{procedure.ScopeListed}, "households": rows})
}

// InField brings a campaign to the field, with the forms of its households opened.
func (w *World) InField(c *models.Case) *models.Case {
	w.T.Helper()
	for _, event := range []string{"issue", "train", "start_field"} {
		w.Do(c.ID, event)
	}
	w.Tend()
	return w.Case(c.ID)
}

// Tend goes on with the campaigns, as every server does now and then.
func (w *World) Tend() {
	w.T.Helper()
	require.NoError(w.T, w.Engine.TendCampaigns(w.T.Context()))
	w.deliver()
}

// freshCampaign is a campaign about one household of its own, or one of its forms.
func (w *World) freshCampaign(proc string) *models.Case {
	w.T.Helper()
	c := w.Campaign(w.NewHousehold(Village))
	if proc == "campaign" {
		return c
	}
	return w.Last(w.InField(c).ID, proc)
}

// forms brings all open forms of a procedure that a campaign has opened into a state.
func (w *World) forms(campaign, proc string, state procedure.State) {
	w.T.Helper()
	w.Tend()
	for _, c := range w.Children(campaign, proc) {
		now := w.Case(c.ID)
		if now.ClosedAt != nil {
			continue
		}
		for _, event := range route(w.Definition(now), now.State, state) {
			w.Do(c.ID, event)
		}
		require.Equal(w.T, state, w.State(c.ID), proc)
	}
}

// campaignNeeds brings about what the gates of a campaign and of its forms want.
func (w *World) campaignNeeds(c *models.Case, event string) {
	w.T.Helper()
	switch c.Procedure + "." + event {
	case "campaign.to_review":
		w.MeetGates(c.ID)
		w.forms(c.ID, "household_form", "handed_in")
	case "campaign.to_rect":
		w.forms(c.ID, "household_form", "final")
		w.MeetGates(c.ID)
	case "campaign.to_spot", "campaign.report":
		w.MeetGates(c.ID)
	case "campaign.spot_pass":
		w.passSample(c)
		w.MeetGates(c.ID)
	case "campaign.archive":
		w.forms(c.ID, "household_form", "locked")
		w.forms(c.ID, "village_form", "locked")
	case "village_form.open":
		w.forms(c.ParentID, "household_form", "final")
	case "household_form.rectified":
		w.forms(c.ID, "rectification", "closed")
	case "household_form.lock", "village_form.lock":
		w.WaitFor(c, "lock")
	}
}

// passSample has every household of the present spot check found in order.
func (w *World) passSample(c *models.Case) {
	w.T.Helper()
	rows, _, err := activities.Samples(w.Store.DB, w.Case(c.ID))
	require.NoError(w.T, err)
	results := make([]activities.SampleResult, len(rows))
	for i, r := range rows {
		results[i] = activities.SampleResult{HouseholdID: r.HouseholdID, Result: models.SamplePass}
	}
	_, err = w.Engine.RecordSample(w.T.Context(), activities.SampleRequest{CampaignID: c.ID, Key: w.Key(), Results: results, Actors: []activities.Actor{w.In(c, procedure.GuidanceGroup)}})
	require.NoError(w.T, err)
}
