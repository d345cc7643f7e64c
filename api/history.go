package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// history is everything that was recorded about a case, opened once per request.
type history struct {
	c      *models.Case
	d      *procedure.Definition
	see    sight
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
		err = s.logAccess(ctx, v, s.inCase(c), models.AccessLog{Action: "read", Table: "cases", RecordID: c.ID, Class: h.highest()})
	}
	return h, err
}

func (s *server) readFiles(ctx context.Context, v *viewer, h *history) error {
	rows, err := s.attachmentsOf(ctx, h.c.ID)
	if err != nil {
		return err
	}
	views, err := s.attachmentViews(ctx, v, h.see, rows)
	for _, a := range views {
		h.files[a.ID] = a
	}
	return err
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
	own := ev.ActorID != "" && (ev.ActorID == v.user.ID || ev.ForID == v.user.ID)
	fields := h.names.in(h.fields(ev))
	out.Answers = answers(fields, form, h.see, own, h.policy)
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
	out.Checks = checks(form, h.see)
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
	}
	return nil
}

var kindTitles = map[string]string{"open": "开启", "claim": "领取", "release": "退回待领", "reassign": "转办", "attach": "上传附件",
	"stop_request": "申请中止计时", "stop_refuse": "不予中止计时", "suspend": "批准中止计时", "resume": "恢复计时", "rebuild": "重建流程",
	"migrate": "转入新版流程", "repolicy": "改用现行政策", "redate": "整改期限随方案事项调整", "stop_due": "未予纳入，应当终止", "stop_lifted": "再次识别，计划继续",
	"handover_due": "责任人离任，应当更换", "handover_lifted": "责任人恢复", "archive": "流程运行记录归档",
	"rule_clean": "规则不再发现该问题", "rule_again": "规则再次发现该问题",
	"rule_changed": "规则发现的情况有变化", "rule_found": "规则发现新的情况",
	"survey_found": "入户调查发现新的情况"}

var paperActs = map[string]string{"issue_paper": "签发文书", "void_paper": "作废文书"}

func (h *history) title(ev *models.CaseEvent) string {
	switch ev.Kind {
	case "event":
		return eventTitle(h.d, ev.Event)
	case "paper":
		return paperActs[ev.Event]
	case "endorse":
		return "会签：" + eventTitle(h.d, ev.Event)
	case "rung":
		clock, action, _ := strings.Cut(ev.Event, ".")
		return policy.ActionTitle(action) + "：" + clockTitle(h.c, clock)
	}
	return orText(kindTitles[ev.Kind], ev.Kind)
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

// GetCaseAsOf tells a case as it stood at a moment: state and facts are folded
// from the acts recorded until then.
func (s *server) GetCaseAsOf(ctx context.Context, r gen.GetCaseAsOfRequestObject) (gen.GetCaseAsOfResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.readHistory(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	at := r.Params.At.UTC()
	n := 0
	for n < len(h.events) && !h.events[n].At.After(at) {
		n++
	}
	if n == 0 {
		return nil, &problem{status: 404, code: "not_yet_opened", detail: "此时该事项尚未开启"}
	}
	folded, bad := activities.Fold(h.events[:n])
	if bad != nil {
		return nil, procedure.Refuse(procedure.Conflict, "record_damaged", bad.Fault)
	}
	clocks := make([]models.ClockRow, len(h.clocks))
	for i, row := range h.clocks {
		clocks[i] = s.engine.ClockAt(row, h.d, h.events[:n], h.policy, at)
	}
	known, err := h.factsAt(n)
	if err != nil {
		return nil, err
	}
	return gen.GetCaseAsOf200JSONResponse(gen.CaseAsOf{
		CaseID: r.ID, At: at, State: string(folded.State), StateTitle: stateTitle(h.d, folded.State), Seq: folded.Seq, Step: folded.Step,
		Clocks: s.clocksAt(h.c, clocks, at), Facts: facts(h.d, known, h.see, h.policy, h.names), Timeline: h.entries(v, n),
	}), nil
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
