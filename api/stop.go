package api

import (
	"context"
	"slices"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// ListStops is the ledger of a case's stopped clocks, and what the viewer may do
// about them now.
func (s *server) ListStops(ctx context.Context, r gen.ListStopsRequestObject) (gen.ListStopsResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	rows, err := s.engine.Stops(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.engine.Snapshot(s.db(ctx), c.PolicyHash)
	if err != nil {
		return nil, err
	}
	var want codes
	for _, x := range rows {
		want.users = append(want.users, x.AskedBy, x.DecidedBy, x.ResumedBy)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := gen.StopList{Items: []gen.ClockStop{}, Causes: []gen.Option{}, May: []string{}}
	causes := p.Items("stop_causes")
	for _, x := range causes {
		out.Causes = append(out.Causes, gen.Option{Code: x.Code, Title: x.Title})
	}
	for _, x := range rows {
		out.Items = append(out.Items, stopView(x, causes, l))
	}
	out.May = append(out.May, activities.StopsAllowed(c, rows, s.actors(v, c))...)
	return gen.ListStops200JSONResponse(out), nil
}

func stopView(x models.ClockStop, causes []policy.Item, l *labels) gen.ClockStop {
	out := gen.ClockStop{Cause: x.Cause, CauseTitle: x.Cause, Basis: x.Basis, AskedBy: l.user(x.AskedBy), AskedAt: x.AskedAt, State: gen.ClockStopStateOver}
	if i := slices.IndexFunc(causes, func(c policy.Item) bool { return c.Code == x.Cause }); i >= 0 {
		out.CauseTitle = causes[i].Title
	}
	switch {
	case x.Pending():
		out.State = gen.ClockStopStatePending
	case !x.Approved:
		out.State = gen.ClockStopStateRefused
	case x.Running():
		out.State = gen.ClockStopStateRunning
	}
	if x.DecidedAt != nil {
		out.DecidedBy, out.DecidedAt = l.user(x.DecidedBy), *x.DecidedAt
	}
	if x.ResumedAt != nil {
		out.ResumedBy, out.ResumedAt = l.user(x.ResumedBy), *x.ResumedAt
	}
	return out
}

// Suspend takes an act about the clocks of a case: asked for, approved by another
// person at the county, refused, or run on.
func (s *server) Suspend(ctx context.Context, r gen.SuspendRequestObject) (gen.SuspendResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	action := string(r.Body.Action)
	reply, err := s.engine.Stop(ctx, activities.StopRequest{CaseID: c.ID, Action: action, Cause: r.Body.Cause, Reason: r.Body.Reason,
		Key: caseKey(action, v.user.ID, r.Params.IdempotencyKey), Actors: s.actors(v, c)})
	if err != nil {
		return nil, err
	}
	s.nudge(ctx, c.ID)
	rows, err := s.engine.Stops(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	still := slices.ContainsFunc(rows, models.ClockStop.Running)
	return gen.Suspend200JSONResponse(gen.SuspendReply{CaseID: c.ID, Seq: reply.Seq, Suspended: still, At: reply.At}), nil
}
