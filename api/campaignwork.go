package api

import (
	"context"
	"slices"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// GetCampaign is a campaign at a glance: its phases, what its gate lacks, and how far
// villages and surveyors are.
func (s *server) GetCampaign(ctx context.Context, r gen.GetCampaignRequestObject) (gen.GetCampaignResponseObject, error) {
	v, now := viewerOf(ctx), s.engine.Clock.Now()
	c, err := s.findCampaign(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	out := gen.CampaignDetail{ID: c.ID, Title: c.Facts.Text("title"), KindTitle: optionTitle(definitionOf(c).Opening.Form, "kind", c.Facts.Text("kind")),
		PhaseTitle: activities.PhaseTitle(c), Phases: phaseViews(c, now), Paused: c.Facts.Yes(models.Suspended), Lacking: []string{}, May: s.mayOnCampaign(v, c)}
	lacking, err := s.engine.Lacking(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, f := range lacking {
		out.Lacking = append(out.Lacking, f.Message)
	}
	numbers, err := activities.HouseholdNumbers(s.db(ctx), c.ID)
	if err != nil {
		return nil, err
	}
	out.Households, out.Done = numbers.Households, sum(numbers.Results)+sum(numbers.Exceptions)
	var moves int64
	if err := s.db(ctx).Model(&models.CampaignMove{}).Where("campaign_id = ?", c.ID).Count(&moves).Error; err != nil {
		return nil, err
	}
	out.PendingMoves = int(moves)
	if out.People, err = s.campaignPeople(ctx, c); err != nil {
		return nil, err
	}
	if out.Cutoffs, err = s.cutOffViews(ctx, c); err != nil {
		return nil, err
	}
	err = s.campaignNumbers(ctx, c, &out)
	return gen.GetCampaign200JSONResponse(out), err
}

func sum(m map[string]int) int {
	n := 0
	for _, x := range m {
		n += x
	}
	return n
}

func (s *server) mayOnCampaign(v *viewer, c *models.Case) []gen.CampaignDetailMay {
	out, actors := []gen.CampaignDetailMay{}, s.actors(v, c)
	lead := activities.MayLead(c, actors)
	if lead && (c.State == "fieldwork" || c.State == "review") {
		out = append(out, gen.Assign)
	}
	if lead && activities.MayEndPhase(c) {
		out = append(out, gen.Phase)
	}
	if activities.MayJoin(c, actors) {
		out = append(out, gen.Join)
	}
	if lead && c.State != "draft" {
		out = append(out, gen.Cutoff)
	}
	if c.State == "spot_check" && slices.ContainsFunc(actors, func(a activities.Actor) bool { return a.Role == procedure.GuidanceGroup }) {
		out = append(out, gen.Sample)
	}
	return out
}

func (s *server) campaignPeople(ctx context.Context, c *models.Case) ([]gen.CampaignPerson, error) {
	people := activities.CampaignPeople(c)
	var want codes
	for _, p := range people {
		want.users, want.regions = append(want.users, p.User), append(want.regions, p.Area)
	}
	l, err := s.labels(ctx, want)
	out := []gen.CampaignPerson{}
	for _, p := range people {
		if err != nil {
			break
		}
		x := gen.CampaignPerson{Group: p.Group, Area: l.region(p.Area), Duty: optionTitle(allFields(definitionOf(c)), "duty", p.Duty), Name: p.Name, UserID: p.User, Trained: p.Trained}
		if p.User != "" {
			x.Name = l.user(p.User).Name
		}
		out = append(out, x)
	}
	return out, err
}

// JoinCampaign adds a person to the groups of a campaign after its issue.
func (s *server) JoinCampaign(ctx context.Context, r gen.JoinCampaignRequestObject) (gen.JoinCampaignResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCampaign(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	_, err = s.engine.Join(ctx, activities.Joining{CampaignID: c.ID, Key: caseKey("join", v.user.ID, r.Params.IdempotencyKey), Group: r.Body.Group, Area: r.Body.Area,
		Duty: string(r.Body.Duty), User: r.Body.UserID, Name: r.Body.Name, Trained: r.Body.Trained, Actors: s.actors(v, c)})
	if err != nil {
		return nil, err
	}
	if c, err = s.findCampaign(ctx, v, r.ID); err != nil {
		return nil, err
	}
	people, err := s.campaignPeople(ctx, c)
	return gen.JoinCampaign200JSONResponse(gen.CampaignPeople{Items: people}), err
}

// campaignNumbers adds the progress of today and the trend up to it.
func (s *server) campaignNumbers(ctx context.Context, c *models.Case, out *gen.CampaignDetail) error {
	today := policy.DateOf(s.engine.Clock.Now())
	p, err := s.engine.ProgressNow(ctx, c)
	if err != nil {
		return err
	}
	l, err := s.progressLabels(ctx, p)
	if err != nil {
		return err
	}
	out.Villages = linesBy(p, func(x models.ProgressLine) string { return x.RegionCode }, l.region)
	out.Surveyors = linesBy(p, func(x models.ProgressLine) string { return x.SurveyorID }, surveyorName(l))
	out.Problems = []gen.CampaignProblems{}
	classes := map[string]*gen.CampaignProblems{}
	for _, x := range p.Problems {
		if classes[x.Class] == nil {
			classes[x.Class] = &gen.CampaignProblems{Title: problemClass(x.Class)}
		}
		t := classes[x.Class]
		t.Found, t.Closed, t.Overdue = t.Found+x.Found, t.Closed+x.Closed, t.Overdue+x.Overdue
	}
	for _, class := range sortedKeys(classes) {
		out.Problems = append(out.Problems, *classes[class])
	}
	out.Trend = []gen.CampaignDay{}
	days, err := s.engine.ProgressDays(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, d := range days {
		on, err := policy.ParseDate(d.Day)
		if err != nil {
			return err
		}
		out.Trend = append(out.Trend, dayTotals(on, d.Progress, true))
	}
	if _, begun := c.Facts.At["start_field"]; begun && c.ClosedAt == nil {
		out.Trend = append(out.Trend, dayTotals(today, p, false))
	}
	return nil
}

// problemClass is the class of a problem in words; without one it is not assigned yet.
func problemClass(class string) string {
	if class == "" {
		return "尚未交办"
	}
	return classTitle(class)
}

func (s *server) progressLabels(ctx context.Context, p models.CampaignProgress) (*labels, error) {
	var want codes
	for _, x := range p.Lines {
		want.regions, want.users = append(want.regions, x.RegionCode), append(want.users, x.SurveyorID)
	}
	for _, x := range p.Problems {
		want.regions = append(want.regions, x.RegionCode)
	}
	return s.labels(ctx, want)
}

func surveyorName(l *labels) func(id string) string {
	return func(id string) string {
		if id == "" {
			return "尚未分派"
		}
		return l.user(id).Name
	}
}

// linesBy adds up progress by a key of its lines.
func linesBy(p models.CampaignProgress, key func(models.ProgressLine) string, title func(string) string) []gen.CampaignLine {
	lines := map[string]*gen.CampaignLine{}
	for _, x := range p.Lines {
		code := key(x)
		if lines[code] == nil {
			lines[code] = &gen.CampaignLine{Code: code, Title: title(code)}
		}
		t := lines[code]
		t.Assigned, t.Visited, t.HandedIn, t.Passed, t.Returned = t.Assigned+x.Assigned, t.Visited+x.Visited, t.HandedIn+x.HandedIn, t.Passed+x.Passed, t.Returned+x.Returned
	}
	out := []gen.CampaignLine{}
	for _, code := range sortedKeys(lines) {
		out = append(out, *lines[code])
	}
	return out
}

func dayTotals(on policy.Date, p models.CampaignProgress, frozen bool) gen.CampaignDay {
	out := gen.CampaignDay{Day: day(on), Frozen: frozen}
	for _, x := range p.Lines {
		out.Assigned, out.Visited, out.HandedIn = out.Assigned+x.Assigned, out.Visited+x.Visited, out.HandedIn+x.HandedIn
		out.Passed, out.Returned = out.Passed+x.Passed, out.Returned+x.Returned
	}
	for _, x := range p.Problems {
		out.Found, out.Closed, out.Overdue = out.Found+x.Found, out.Closed+x.Closed, out.Overdue+x.Overdue
	}
	return out
}

// GetCampaignProgress is the progress at the end of a day by village, group and surveyor.
func (s *server) GetCampaignProgress(ctx context.Context, r gen.GetCampaignProgressRequestObject) (gen.GetCampaignProgressResponseObject, error) {
	c, err := s.findCampaign(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	on := policy.DateOf(s.engine.Clock.Now())
	if !r.Params.Day.IsZero() {
		on = dateOf(r.Params.Day.Time)
	}
	p, frozen, err := s.engine.ProgressOn(ctx, c, on)
	if err != nil {
		return nil, err
	}
	l, err := s.progressLabels(ctx, p)
	if err != nil {
		return nil, err
	}
	out := gen.CampaignProgress{Day: day(on), Frozen: frozen, Lines: []gen.CampaignProgressLine{}, Problems: []gen.CampaignVillageProblems{}}
	for _, x := range p.Lines {
		out.Lines = append(out.Lines, gen.CampaignProgressLine{RegionName: l.region(x.RegionCode), Group: x.Group, Surveyor: surveyorName(l)(x.SurveyorID),
			Assigned: x.Assigned, Visited: x.Visited, HandedIn: x.HandedIn, Passed: x.Passed, Returned: x.Returned})
	}
	for _, x := range p.Problems {
		out.Problems = append(out.Problems, gen.CampaignVillageProblems{RegionName: l.region(x.RegionCode), ClassTitle: problemClass(x.Class), Found: x.Found, Closed: x.Closed, Overdue: x.Overdue})
	}
	return gen.GetCampaignProgress200JSONResponse(out), nil
}

// AssignHouseholds shares unfinished households out among surveyors.
func (s *server) AssignHouseholds(ctx context.Context, r gen.AssignHouseholdsRequestObject) (gen.AssignHouseholdsResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCampaign(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	did, err := s.engine.Assign(ctx, activities.Assignment{CampaignID: c.ID, Key: caseKey("assign", v.user.ID, r.Params.IdempotencyKey), Villages: r.Body.Villages,
		Groups: r.Body.Groups, Households: r.Body.Households, From: r.Body.From, To: r.Body.To, DryRun: r.Body.DryRun, Actors: s.actors(v, c)})
	if err != nil {
		return nil, err
	}
	var want codes
	for _, x := range did.Loads {
		want.users = append(want.users, x.SurveyorID)
	}
	l, err := s.labels(ctx, want)
	out := gen.AssignmentReply{Households: did.Households, Pending: did.Pending, Loads: []gen.SurveyorLoad{}}
	for _, x := range did.Loads {
		if err == nil {
			who := l.user(x.SurveyorID)
			who.Name = surveyorName(l)(x.SurveyorID)
			out.Loads = append(out.Loads, gen.SurveyorLoad{Surveyor: who, Before: x.Before, After: x.After})
		}
	}
	return gen.AssignHouseholds200JSONResponse(out), err
}

// GetSample is the sample of the present spot check.
func (s *server) GetSample(ctx context.Context, r gen.GetSampleRequestObject) (gen.GetSampleResponseObject, error) {
	c, err := s.findCampaign(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.sample(ctx, c)
	return gen.GetSample200JSONResponse(out), err
}

func (s *server) sample(ctx context.Context, c *models.Case) (gen.SampleList, error) {
	rows, seed, err := activities.Samples(s.db(ctx), c)
	out := gen.SampleList{Round: c.Facts.Count["to_spot"], Seed: seed, Items: []gen.SampleItem{}}
	if err != nil {
		return out, err
	}
	var want codes
	for _, x := range rows {
		want.households, want.regions, want.users = append(want.households, x.HouseholdID), append(want.regions, x.RegionCode), append(want.users, x.SurveyorID)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return out, err
	}
	for _, x := range rows {
		out.Items = append(out.Items, gen.SampleItem{Household: l.household(x.HouseholdID), RegionName: l.region(x.RegionCode), Surveyor: l.user(x.SurveyorID),
			Result: gen.SampleItemResult(x.Result), Brief: scrub(x.Brief)})
	}
	return out, nil
}

// RecordSample takes results of the present spot check.
func (s *server) RecordSample(ctx context.Context, r gen.RecordSampleRequestObject) (gen.RecordSampleResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCampaign(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	req := activities.SampleRequest{CampaignID: c.ID, Key: caseKey("spot_result", v.user.ID, r.Params.IdempotencyKey), Actors: s.actors(v, c)}
	for _, x := range r.Body.Results {
		req.Results = append(req.Results, activities.SampleResult{HouseholdID: x.HouseholdID, Result: string(x.Result), Brief: x.Brief})
	}
	if _, err := s.engine.RecordSample(ctx, req); err != nil {
		return nil, err
	}
	out, err := s.sample(ctx, c)
	return gen.RecordSample200JSONResponse(out), err
}
