package api

import (
	"context"
	"slices"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// MoveVersion moves an open case to another version of its procedure, or tells what
// would come of it.
func (s *server) MoveVersion(ctx context.Context, r gen.MoveVersionRequestObject) (gen.MoveVersionResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	m, err := s.engine.Migrate(ctx, activities.Migration{To: r.Body.To, Change: activities.Change{CaseID: c.ID, Key: caseKey("migrate", v.user.ID, r.Params.IdempotencyKey),
		Reason: r.Body.Reason, DryRun: r.Body.DryRun, Actors: s.actors(v, c)}})
	if err != nil {
		return nil, err
	}
	if !r.Body.DryRun {
		s.nudge(ctx, c.ID)
	}
	return gen.MoveVersion200JSONResponse(moved(c, m, r.Body.DryRun)), nil
}

func moved(c *models.Case, m activities.Migrated, dry bool) gen.VersionMove {
	from, _ := procedure.Lookup(c.Procedure, m.From)
	to, _ := procedure.Lookup(c.Procedure, m.To)
	if from == nil || to == nil { // the answer to a repeated key
		return gen.VersionMove{CaseID: c.ID, Seq: m.Reply.Seq, From: c.Version, To: c.Version, Lost: []gen.Option{}, Gained: []gen.Option{},
			Stopped: []gen.Option{}, Started: []gen.Option{}}
	}
	return gen.VersionMove{CaseID: c.ID, Seq: m.Reply.Seq, From: m.From, To: m.To, DryRun: dry,
		Lost: eventsNamed(from, m.Lost), Gained: eventsNamed(to, m.Gained), Stopped: clocksNamed(from, m.Stopped), Started: clocksNamed(to, m.Started)}
}

// MoveToPolicy puts an open case under the policy in force, or tells what would come of it.
func (s *server) MoveToPolicy(ctx context.Context, r gen.MoveToPolicyRequestObject) (gen.MoveToPolicyResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	m, err := s.engine.Repolicy(ctx, activities.Change{CaseID: c.ID, Key: caseKey("repolicy", v.user.ID, r.Params.IdempotencyKey),
		Reason: r.Body.Reason, DryRun: r.Body.DryRun, Actors: s.actors(v, c)})
	if err != nil {
		return nil, err
	}
	if !r.Body.DryRun {
		s.nudge(ctx, c.ID)
	}
	out := gen.PolicyMove{CaseID: c.ID, Seq: m.Reply.Seq, DryRun: r.Body.DryRun, Keys: keysNamed(m.Keys), Clocks: []gen.ClockMove{}}
	for _, k := range m.Clocks {
		for _, named := range clocksNamed(definitionOf(c), []string{k.Clock}) {
			out.Clocks = append(out.Clocks, gen.ClockMove{Code: named.Code, Title: named.Title, DueBefore: k.Before, DueAfter: k.After})
		}
	}
	return gen.MoveToPolicy200JSONResponse(out), nil
}

func eventsNamed(d *procedure.Definition, codes []string) []gen.Option {
	out := []gen.Option{}
	for _, code := range codes {
		out = append(out, gen.Option{Code: code, Title: eventTitle(d, code)})
	}
	return out
}

func clocksNamed(d *procedure.Definition, codes []string) []gen.Option {
	out := []gen.Option{}
	for _, code := range codes {
		if i := slices.IndexFunc(d.Clocks, func(k procedure.Clock) bool { return k.Code == code }); i >= 0 {
			out = append(out, gen.Option{Code: code, Title: d.Clocks[i].Title})
		}
	}
	return out
}
