package api

import (
	"context"
	"time"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// ListCampaignTemplates lists the five kinds of campaign.
func (s *server) ListCampaignTemplates(context.Context, gen.ListCampaignTemplatesRequestObject) (gen.ListCampaignTemplatesResponseObject, error) {
	out := gen.CampaignTemplateList{Items: []gen.CampaignTemplate{}}
	for _, t := range procedure.Templates {
		out.Items = append(out.Items, templateView(t))
	}
	return gen.ListCampaignTemplates200JSONResponse(out), nil
}

func templateView(t procedure.Template) gen.CampaignTemplate {
	out := gen.CampaignTemplate{Code: t.Code, Title: t.Title, Seed: t.Seed, Phases: []string{}}
	for _, p := range t.Phases {
		out.Phases = append(out.Phases, p.Title)
	}
	return out
}

// PreviewCampaign is a template with its dates moved to a first one.
func (s *server) PreviewCampaign(_ context.Context, r gen.PreviewCampaignRequestObject) (gen.PreviewCampaignResponseObject, error) {
	t, ok := procedure.TemplateOf(r.Code)
	if !ok {
		return nil, notFound()
	}
	if year := r.Params.FirstDate.Year(); year < 2000 || year >= 2200 {
		return nil, badRequest("out_of_range", "日期的年份不对", procedure.FieldFault{Field: "first_date", Code: "out_of_range", Message: "日期的年份不对"})
	}
	plan := activities.PlanCampaign(s.engine.CalendarNow(), t, dateOf(r.Params.FirstDate.Time))
	d, _ := procedure.Latest("campaign")
	out := gen.CampaignPreview{Template: templateView(t), FirstDate: r.Params.FirstDate, Phases: []gen.PlannedPhase{}, Cutoffs: []gen.PlannedCutOff{},
		Forms: []string{}, Annexes: sourced(t.Annexes), Notes: sourced(t.Notes), WaitsFor: append([]int{}, plan.WaitsFor...), Form: plan.Form}
	for _, p := range plan.Phases {
		out.Phases = append(out.Phases, gen.PlannedPhase{Title: p.Title, StageTitle: stateTitle(d, procedure.State(p.Stage)),
			From: plannedDay(p.From), Until: plannedDay(p.Until), Gate: p.Gate, Outputs: p.Outputs})
	}
	for _, c := range plan.CutOffs {
		x := gen.PlannedCutOff{Title: optionTitle(d.Opening.Form, "item", c.Item), Event: c.Event}
		if c.Event == "" {
			x.On = plannedDay(c.On)
		}
		out.Cutoffs = append(out.Cutoffs, x)
	}
	for _, f := range t.Forms {
		out.Forms = append(out.Forms, optionTitle(d.Opening.Form, "forms", f))
	}
	return gen.PreviewCampaign200JSONResponse(out), nil
}

func sourced(in []procedure.Sourced) []gen.SourcedText {
	out := make([]gen.SourcedText, len(in))
	for i, x := range in {
		out[i] = gen.SourcedText{Text: x.Text, Source: x.Source}
	}
	return out
}

func plannedDay(d activities.PlannedDay) gen.PlannedDay {
	return gen.PlannedDay{On: day(d.On), Original: optionalDay(d.Original), Source: d.Source, Rolled: d.Rolled, Provisional: d.Provisional}
}

// optionTitle is the title of an option of a field, which may be a column of a table.
func optionTitle(fields []procedure.Field, field, code string) string {
	for _, f := range fields {
		if t := optionTitle(f.Columns, field, code); t != "" {
			return t
		}
		for _, o := range f.Options {
			if f.Code == field && o.Code == code {
				return o.Title
			}
		}
	}
	return ""
}

// findCampaign is the campaign with that id, if the viewer reaches it.
func (s *server) findCampaign(ctx context.Context, v *viewer, id string) (*models.Case, error) {
	c, err := s.findCase(ctx, v, id)
	if err == nil && c.Procedure != "campaign" {
		err = notFound()
	}
	return c, err
}

// EndPhase ends the present phase of a campaign.
func (s *server) EndPhase(ctx context.Context, r gen.EndPhaseRequestObject) (gen.EndPhaseResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCampaign(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	_, err = s.engine.EndPhase(ctx, activities.PhaseRequest{CaseID: c.ID, Note: r.Body.Note, Key: caseKey("phase", v.user.ID, r.Params.IdempotencyKey), Actors: s.actors(v, c)})
	if err != nil {
		return nil, err
	}
	s.nudge(ctx, c.ID)
	if c, err = s.findCampaign(ctx, v, r.ID); err != nil {
		return nil, err
	}
	return gen.EndPhase200JSONResponse(gen.CampaignPhaseList{Items: phaseViews(c, s.engine.Clock.Now())}), nil
}

// MeetCutOff records what villages have handed in by a cut-off of a campaign.
func (s *server) MeetCutOff(ctx context.Context, r gen.MeetCutOffRequestObject) (gen.MeetCutOffResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCampaign(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	_, err = s.engine.MeetCutOff(ctx, activities.CutOffRequest{CaseID: c.ID, Item: string(r.Body.Item), Villages: r.Body.Villages, Note: r.Body.Note,
		Key: caseKey("cutoff", v.user.ID, r.Params.IdempotencyKey), Actors: s.actors(v, c)})
	if err != nil {
		return nil, err
	}
	s.nudge(ctx, c.ID)
	if c, err = s.findCampaign(ctx, v, r.ID); err != nil {
		return nil, err
	}
	items, err := s.cutOffViews(ctx, c)
	return gen.MeetCutOff200JSONResponse(gen.CampaignCutOffList{Items: items}), err
}

func (s *server) cutOffViews(ctx context.Context, c *models.Case) ([]gen.CampaignCutOff, error) {
	list, err := s.engine.CutOffs(ctx, c)
	if err != nil {
		return nil, err
	}
	var want codes
	for _, x := range list {
		want.regions = append(want.regions, x.Owing...)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := []gen.CampaignCutOff{}
	for _, x := range list {
		view := gen.CampaignCutOff{Item: x.Item, Title: x.Title, On: optionalDay(x.On), Villages: x.Villages, Owing: []gen.OwingVillage{}, Overdue: x.Overdue}
		for _, code := range x.Owing {
			view.Owing = append(view.Owing, gen.OwingVillage{Code: code, Name: l.regions[code].Name})
		}
		out = append(out, view)
	}
	return out, nil
}

func phaseViews(c *models.Case, now time.Time) []gen.CampaignPhase {
	out := []gen.CampaignPhase{}
	for _, p := range activities.Phases(c, policy.DateOf(now).String()) {
		out = append(out, gen.CampaignPhase{Stage: p.Stage, Title: p.Title, From: optionalDay(p.From), Until: optionalDay(p.Until),
			Gate: p.Gate, Outputs: p.Outputs, State: gen.CampaignPhaseState(p.State), Overdue: p.Overdue})
	}
	return out
}
