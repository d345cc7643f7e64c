package activities

import (
	"context"

	"shouwang/models"
	"shouwang/procedure"
)

// campaignNext is the event by which a campaign leaves each of its states forwards.
var campaignNext = map[procedure.State]string{
	"draft": "issue", "issued": "train", "training": "start_field", "fieldwork": "to_review", "review": "to_rect",
	"rectification": "to_spot", "spot_check": "spot_pass", "reporting": "report", "closed": "archive",
}

// Lacking is what still keeps a campaign from its next state, as far as that can be
// told without a form.
func (e *Engine) Lacking(ctx context.Context, c *models.Case) ([]procedure.FieldFault, error) {
	d, err := definition(c)
	if err != nil {
		return nil, err
	}
	ev, ok := d.EventFrom(campaignNext[c.State], c.State)
	if !ok {
		return nil, nil
	}
	tx := e.Store.DB.WithContext(ctx)
	snapshot, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return nil, err
	}
	k := &act{e: e, tx: tx, c: c, d: d, ev: ev, actor: BySystem, asking: true, now: e.Clock.Now(), policy: snapshot}
	return k.gates(), nil
}

// CampaignPerson is somebody with a duty in a campaign: an account, or a guide who has
// none.
type CampaignPerson struct {
	Group, Area, Duty, User, Name string
	Trained                       bool
}

// CampaignPeople are the people of a campaign.
func CampaignPeople(c *models.Case) []CampaignPerson {
	rows := groupsOf(c)
	trained := map[string]bool{}
	for _, id := range trainedOf(c) {
		trained[id] = true
	}
	out := make([]CampaignPerson, len(rows))
	for i, r := range rows {
		out[i] = CampaignPerson{Group: r.Group, Area: r.Area, Duty: r.Duty, User: r.User, Name: r.Name, Trained: trained[r.User]}
	}
	return out
}

// MayLead reports whether one of somebody's posts leads a campaign that is not over.
func MayLead(c *models.Case, actors []Actor) bool {
	_, err := issuerAmong(c, actors)
	return err == nil && c.ClosedAt == nil
}

// MayJoin reports whether one of somebody's posts may add people to a campaign: before the
// issue they are in its plan.
func MayJoin(c *models.Case, actors []Actor) bool { return MayLead(c, actors) && c.State != "draft" }

// MayEndPhase reports whether another phase follows in the present state of a campaign.
func MayEndPhase(c *models.Case) bool {
	at := phaseNow(c)
	return at >= 0 && at < phasesOf(c).last(c.State)
}
