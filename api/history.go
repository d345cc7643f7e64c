package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/tale"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// history is everything that was recorded about a case, opened once per request.
type history struct {
	c      *models.Case
	d      *procedure.Definition
	see    sight
	others sight    // of what others than his department have said
	depts  []string // his departments
	unmask bool     // may see masked answers whole, for a purpose
	policy policy.Snapshot
	events []models.CaseEvent
	forms  []map[string]any // of the events, in their order
	clocks []models.ClockRow
	files  map[string]gen.Attachment
	labels *labels
	names  lists // for answers that the case gave the options of
}

// readHistory reads a case for the viewer and records that he has seen it.
func (s *server) readHistory(ctx context.Context, v *viewer, id string) (*history, error) {
	c, err := s.findCase(ctx, v, id)
	if err != nil {
		return nil, err
	}
	h := &history{c: c, d: definitionOf(c), files: map[string]gen.Attachment{}}
	if h.see, err = s.eyes(ctx, v, c); err != nil {
		return nil, err
	}
	if h.others, err = s.othersEyes(ctx, v, c); err != nil {
		return nil, err
	}
	for _, g := range v.grants {
		if g.Dept != "" && s.reaches(g, c) {
			h.depts = append(h.depts, g.Dept)
		}
	}
	h.unmask = slices.ContainsFunc(v.grants, s.mayUnmaskIn(c))
	if h.policy, err = s.engine.Snapshot(s.db(ctx), c.PolicyHash); err != nil {
		return nil, err
	}
	if h.events, err = s.engine.Events(ctx, c.ID); err != nil {
		return nil, err
	}
	var want codes
	for i := range h.events {
		form, err := s.engine.Payload(&h.events[i])
		if err != nil {
			return nil, err
		}
		h.forms = append(h.forms, form)
		region, _, _ := strings.Cut(h.events[i].ActorOrg, "/")
		want.regions = append(want.regions, region)
	}
	if h.labels, err = s.labels(ctx, want); err != nil {
		return nil, err
	}
	if h.names, err = s.mentioned(ctx, c, h.see, append(h.forms, factForm(c.Facts.Values))...); err != nil {
		return nil, err
	}
	if h.clocks, err = s.clockRows(ctx, c.ID); err != nil {
		return nil, err
	}
	if err := s.readFiles(ctx, v, h); err != nil {
		return nil, err
	}
	if h.see.of(procedure.P2) != hidden {
		err = s.logAccess(ctx, v, s.inCase(c), models.AccessLog{Action: "read", Table: "cases", RecordID: c.ID, CaseID: c.ID, HouseholdID: c.HouseholdID, Class: h.highest()})
	}
	return h, err
}

func (s *server) readFiles(ctx context.Context, v *viewer, h *history) error {
	rows, err := s.attachmentsOf(ctx, h.c.ID)
	if err != nil {
		return err
	}
	views, err := s.attachmentViews(ctx, v, h.see, s.inCase(h.c), rows)
	for _, a := range views {
		h.files[a.ID] = a
	}
	return err
}

// seeOf is how much of one act is seen.
func (h *history) seeOf(ev *models.CaseEvent) sight {
	if _, dept, _ := strings.Cut(ev.ActorOrg, "/"); slices.Contains(h.depts, dept) {
		return h.see
	}
	return h.others
}

// highest is the most sensitive class that is shown.
func (h *history) highest() string {
	for i := len(h.see) - 1; i >= 0; i-- {
		if h.see[i] != hidden {
			return "P" + string(rune('0'+i))
		}
	}
	return "P0"
}

// GetTimeline tells all recorded acts of a case, oldest first.
func (s *server) GetTimeline(ctx context.Context, r gen.GetTimelineRequestObject) (gen.GetTimelineResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.readHistory(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	return gen.GetTimeline200JSONResponse(gen.Timeline{CaseID: r.ID, Items: h.entries(v, len(h.events))}), nil
}

// entries are the first n acts as the viewer sees them.
func (h *history) entries(v *viewer, n int) []gen.TimelineEntry {
	out := make([]gen.TimelineEntry, n)
	for i := range n {
		out[i] = h.entry(v, &h.events[i], h.forms[i])
	}
	return out
}

func (h *history) entry(v *viewer, ev *models.CaseEvent, form map[string]any) gen.TimelineEntry {
	out := gen.TimelineEntry{Seq: ev.Seq, Kind: ev.Kind, Event: ev.Event, Title: h.title(ev), At: ev.At, Actor: h.actor(ev),
		Answers: []gen.Answer{}, Attachments: []gen.Attachment{}, Overdue: h.overdueAt(ev.At), Hash: ev.Hash, PrevHash: ev.Prev}
	if ev.ToState != "" {
		out.From, out.To = string(ev.FromState), string(ev.ToState)
		out.ToTitle = stateTitle(h.d, ev.ToState)
		if ev.FromState != "" {
			out.FromTitle = stateTitle(h.d, ev.FromState)
		}
	}
	own := h.own(v, ev)
	fields := h.names.in(h.fields(ev))
	out.Answers = answers(fields, form, h.seeOf(ev), own, h.policy)
	for _, id := range fileIDs(fields, form) {
		if a, ok := h.files[id]; ok {
			out.Attachments = append(out.Attachments, a)
		}
	}
	if id, ok := form["attachment"].(string); ok && ev.Kind == "attach" {
		if a, ok := h.files[id]; ok {
			out.Attachments = append(out.Attachments, a)
		}
	}
	if e, ok := h.d.Event(ev.Event); ok && ev.Kind == "event" {
		out.Document = e.Document
	}
	out.Checks = checks(form, h.seeOf(ev))
	return out
}

// checks are what an act was taken on. Their values are personal data of the most
// sensitive kind that a form may ask for.
func checks(form map[string]any, see sight) []gen.CheckResult {
	found, err := activities.Computed(form)
	if err != nil {
		return nil // erased, or not to be opened: the act itself still stands
	}
	out := make([]gen.CheckResult, len(found))
	for i, f := range found {
		out[i] = gen.CheckResult{Code: f.Code, Title: f.Title, Verdict: string(f.Verdict), VerdictTitle: f.Verdict.Title(), Basis: policy.BasisTitle(f.Basis), Values: []gen.NamedValue{}}
		if see.of(procedure.P3) != full {
			out[i].Hidden = true
			continue
		}
		out[i].Reason = f.Reason
		for _, v := range f.Values {
			out[i].Values = append(out[i].Values, gen.NamedValue{Name: v.Name, Text: v.Text})
		}
	}
	return out
}

var reasonField = []procedure.Field{
	{Code: "cause", Title: "法定情形", Kind: procedure.Choice, Class: procedure.P1, OptionsKey: "stop_causes"},
	{Code: "reason", Title: "理由", Kind: procedure.Long, Class: procedure.P1},
}

// foundField is what a run of the rules says beside the steps of a case.
var foundField = []procedure.Field{{Code: "detail", Title: "规则发现", Kind: procedure.Long, Class: procedure.P2}}

// copyField is who was told of an act.
var copyField = []procedure.Field{{Code: "names", Title: "抄送给", Kind: procedure.Text, Class: procedure.P1}}

// fields is the form an act was recorded with.
func (h *history) fields(ev *models.CaseEvent) []procedure.Field {
	switch ev.Kind {
	case "open":
		return h.d.Opening.Form
	case "event":
		if e, ok := h.d.Event(ev.Event); ok {
			if fields, err := activities.EventFields(h.c, e); err == nil {
				return fields
			}
			return e.Form // of a form version that is not in this build any more: what is known is shown
		}
	case "stop_request", "stop_refuse", "suspend", "resume", "migrate", "repolicy":
		return reasonField
	case "rule_again", "rule_changed", "rule_found", "survey_found":
		return foundField
	case "copy":
		return copyField
	}
	return nil
}

func (h *history) title(ev *models.CaseEvent) string {
	switch ev.Kind {
	case "event":
		return eventTitle(h.d, ev.Event)
	case "paper":
		return tale.PaperActs[ev.Event]
	case "endorse":
		return "会签：" + eventTitle(h.d, ev.Event)
	case "rung":
		clock, action, _ := strings.Cut(ev.Event, ".")
		return policy.ActionTitle(action) + "：" + clockTitle(h.c, clock)
	}
	return orText(tale.Kinds[ev.Kind], ev.Kind)
}

func (h *history) actor(ev *models.CaseEvent) gen.ActorRef {
	region, dept, _ := strings.Cut(ev.ActorOrg, "/")
	unit := h.labels.region(region)
	if dept != "" {
		unit = strings.TrimSpace(unit + " " + deptTitle(dept))
	}
	out := gen.ActorRef{UserID: ev.ActorID, Name: ev.ActorName, Role: string(ev.ActorRole), RoleTitle: roleTitle(ev.ActorRole), Unit: unit, OnBehalf: ev.OnBehalf, ForID: ev.ForID, ForName: ev.ForName}
	if out.Name == "" {
		out.Name = out.RoleTitle
	}
	return out
}

// overdueAt reports whether a limit of the case had passed at a moment.
func (h *history) overdueAt(at time.Time) bool {
	return slices.ContainsFunc(h.clocks, func(k models.ClockRow) bool {
		running := !at.Before(k.StartedAt) && (k.StoppedAt == nil || !at.After(*k.StoppedAt))
		return running && k.PausedAt == nil && k.Ladder != policy.LadderSilent && !at.Before(k.DueAt)
	})
}

// fileIDs are the attachments that a form names, those in tables included.
func fileIDs(fields []procedure.Field, form map[string]any) []string {
	var out []string
	for _, f := range fields {
		list, _ := form[f.Code].([]any)
		for _, item := range list {
			switch x := item.(type) {
			case string:
				if f.Kind == procedure.Files {
					out = append(out, x)
				}
			case map[string]any:
				out = append(out, fileIDs(f.Columns, x)...)
			}
		}
	}
	return out
}

// factsAt are the facts known after the first n acts. Those that a case inherits
// from the one that opened it are in no form; they never change.
func (h *history) factsAt(n int) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	said := map[string]bool{}
	for i := range h.events {
		for _, f := range h.fields(&h.events[i]) {
			v, ok := h.forms[i][f.Code]
			if !f.Fact || !ok {
				continue
			}
			said[f.Code] = true
			if i >= n {
				continue
			}
			raw, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			out[f.Code] = raw
		}
	}
	for _, f := range h.d.Opening.Form {
		if raw, ok := h.c.Facts.Values[f.Code]; ok && f.Fact && !said[f.Code] {
			out[f.Code] = raw
		}
	}
	return out, nil
}
