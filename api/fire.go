package api

import (
	"context"
	"log/slog"
	"slices"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// caseKey is the key of an act as the case keeps it: two persons, or two kinds
// of act, never share one.
func caseKey(kind, user, key string) string { return kind + ":" + user + ":" + key }

// FireEvent fires an event on a case.
func (s *server) FireEvent(ctx context.Context, r gen.FireEventRequestObject) (gen.FireEventResponseObject, error) {
	v := viewerOf(ctx)
	reply, err := s.fire(ctx, v, r.ID, r.Params.IdempotencyKey, *r.Body)
	if err != nil {
		return nil, err
	}
	out, err := s.fireReply(ctx, v, reply)
	return gen.FireEvent200JSONResponse(out), err
}

// fire chooses the part in which v acts and hands the event to the case.
func (s *server) fire(ctx context.Context, v *viewer, caseID, key string, in gen.FireRequest) (activities.Reply, error) {
	c, err := s.findCase(ctx, v, caseID)
	if err != nil {
		return activities.Reply{}, err
	}
	d := definitionOf(c)
	ev, ok := d.Event(in.Event)
	if !ok {
		return activities.Reply{}, procedure.Refuse(procedure.Conflict, "unknown_event", "“"+d.Title+"”中没有这一操作")
	}
	actor, err := s.part(v, c, ev, in)
	if err != nil {
		return activities.Reply{}, err
	}
	to, err := s.mayTell(ctx, v, c, in.CopyTo)
	if err != nil {
		return activities.Reply{}, err
	}
	reply, err := s.cases.Fire(ctx, activities.FireRequest{CaseID: c.ID, Event: in.Event, Key: caseKey("fire", v.user.ID, key),
		ExpectedSeq: in.ExpectedSeq, Actor: actor, Form: in.Form, Case: c})
	if err != nil {
		return activities.Reply{}, err
	}
	// Sent again, the request gets the same reply, and tells whom it has not told yet.
	return reply, s.tell(ctx, to, key, actor, reply)
}

// part is the first of v's roles that may fire an event, in his own name or on
// behalf of somebody. It depends on v and the event only, so that a request that
// is sent again is the same request.
func (s *server) part(v *viewer, c *models.Case, ev *procedure.Event, in gen.FireRequest) (activities.Actor, error) {
	all := activities.Candidates(ev, s.actors(v, c))
	fits := func(a activities.Actor) bool {
		return a.OnBehalf == in.OnBehalf && (in.Role == "" || string(a.Role) == in.Role) && (in.For == "" || a.ForID == in.For)
	}
	// Of several posts the one that the case was made for, which never changes.
	i := slices.IndexFunc(all, func(a activities.Actor) bool {
		def, _ := procedure.RoleOf(a.Role)
		return fits(a) && def.RoleFact != "" && string(a.As) == c.Facts.Text(def.RoleFact)
	})
	if i < 0 {
		i = slices.IndexFunc(all, fits)
	}
	if i < 0 {
		return activities.Actor{}, roleNotAllowed(ev.Title)
	}
	return all[i], nil
}

// fireReply is the answer to a step: where the case stands, what is next for the
// viewer, and how much is left.
func (s *server) fireReply(ctx context.Context, v *viewer, r activities.Reply) (gen.FireReply, error) {
	c, err := s.engine.CaseAt(ctx, r.CaseID, r.Seq)
	if err != nil {
		return gen.FireReply{}, err
	}
	list, err := s.summaries(ctx, []models.Case{*c})
	if err != nil {
		return gen.FireReply{}, err
	}
	d := definitionOf(c)
	out := gen.FireReply{Case: list[0], Reply: gen.Reply{CaseID: r.CaseID, Seq: r.Seq, Step: r.Step, State: string(r.State),
		StateTitle: stateTitle(d, r.State), Event: r.Event, EventTitle: eventTitle(d, r.Event), At: r.At}}
	counts, queues, err := s.inbox(ctx, v)
	if err != nil {
		return gen.FireReply{}, err
	}
	out.Counts = counts
	out.NextTask, out.NextReason, err = s.nextOf(ctx, v, s.db(ctx).Model(&models.Task{}), queues, c)
	return out, err
}

func eventTitle(d *procedure.Definition, code string) string {
	if code == "open" || code == d.Name {
		return "开启"
	}
	if ev, ok := d.Event(code); ok {
		return ev.Title
	}
	return code
}

// Endorse signs under an event that somebody else will fire.
func (s *server) Endorse(ctx context.Context, r gen.EndorseRequestObject) (gen.EndorseResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	seq := activities.AnySeq
	if r.Body.ExpectedSeq != nil {
		seq = *r.Body.ExpectedSeq
	}
	key := caseKey("endorse", v.user.ID, r.Params.IdempotencyKey)
	reply, err := s.engine.Endorse(ctx, c.ID, r.Body.Event, key, seq, inRole(s.actors(v, c), r.Body.Role))
	if err != nil {
		return nil, err
	}
	s.nudgeCase(ctx, c)
	return gen.Endorse200JSONResponse(gen.EndorseReply{CaseID: c.ID, Seq: reply.Seq, Event: reply.Event, At: reply.At}), nil
}

// nudgeCase nudges a case that has a workflow; what an inline one waits for is found at its
// next event.
func (s *server) nudgeCase(ctx context.Context, c *models.Case) {
	if !procedure.IsInline(c.Procedure, c.Version) {
		s.nudge(ctx, c.ID)
	}
}

// nudge is a courtesy: what it would have started, the clocks of the case start
// later.
func (s *server) nudge(ctx context.Context, caseID string) {
	if err := s.cases.Nudge(ctx, caseID); err != nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "nudge failed", slog.String("case", caseID), slog.String("err", err.Error()))
	}
}
