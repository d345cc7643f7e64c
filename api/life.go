package api

import (
	"context"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// episodes are the times for which a household was monitored (5.3), class P1: the
// risks it was identified for stay sealed.
func (s *server) episodes(ctx context.Context, h *models.Household) ([]gen.Episode, error) {
	var rows []models.MonitoringEpisode
	if err := s.db(ctx).Where("household_id = ?", h.ID).Order("no").Find(&rows).Error; err != nil {
		return nil, err
	}
	now, err := s.engine.PolicyNow(ctx, h.RegionCode)
	out := make([]gen.Episode, len(rows))
	for i, r := range rows {
		out[i] = gen.Episode{No: r.No, CaseID: r.CaseID, OpenedAt: r.OpenedAt, Category: now.Title("category_set", r.Category), Method: procedure.EliminationMethod(r.Method), EliminationID: r.EliminationID}
		if r.ClosedAt != nil {
			out[i].ClosedOn = day(policy.DateOf(*r.ClosedAt))
		}
		if r.RolledBackAt != nil {
			out[i].RolledBackAt = *r.RolledBackAt
		}
		if r.RevokedAt != nil {
			out[i].RevokedAt = *r.RevokedAt
		}
	}
	return out, err
}

// life is how the status of a household has moved (2.17), oldest first.
func (s *server) life(ctx context.Context, h *models.Household) ([]gen.LifeMark, error) {
	var rows []models.CaseEvent
	err := s.db(ctx).Select("case_events.event, case_events.to_state, case_events.at").Joins("JOIN cases ON cases.id = case_events.case_id").
		Where("cases.household_id = ? AND cases.procedure = ? AND case_events.kind = ?", h.ID, householdStatus.Name, "event").Order("case_events.at, case_events.id").Find(&rows).Error
	out := make([]gen.LifeMark, len(rows))
	for i, r := range rows {
		e, _ := householdStatus.Event(r.Event)
		out[i] = gen.LifeMark{Event: r.Event, Title: e.Title, State: string(r.ToState), StateTitle: stateTitle(householdStatus, r.ToState), At: r.At}
	}
	return out, err
}
