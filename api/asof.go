package api

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/tale"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// A case as it was (5.7): everything is folded from the acts recorded until then, under the version of the procedure and
// the policy that held then.

// past is a case at a moment.
type past struct {
	at      time.Time
	n       int // how many acts had been recorded
	d       *procedure.Definition
	policy  policy.Snapshot
	last    *models.CaseEvent
	folded  activities.Folded
	facts   map[string]json.RawMessage
	clocks  []models.ClockRow
	holders []gen.HolderThen
	known   []knownAnswer
}

// knownAnswer is what a field of an act was last filled with.
type knownAnswer struct {
	gen.AnswerThen
	key string // of the field, in the act it belongs to
	raw []byte
}

// pastOf folds a history up to a moment.
func (s *server) pastOf(ctx context.Context, v *viewer, h *history, at time.Time) (*past, error) {
	p := &past{at: at.UTC(), d: h.d}
	for p.n < len(h.events) && !h.events[p.n].At.After(p.at) {
		p.n++
	}
	if p.n == 0 {
		return nil, &problem{status: 404, code: "not_yet_opened", detail: "此时该事项尚未开启"}
	}
	p.last = &h.events[p.n-1]
	folded, bad := activities.Fold(h.events[:p.n])
	if bad != nil {
		return nil, procedure.Refuse(procedure.Conflict, "record_damaged", bad.Fault)
	}
	p.folded = folded
	if d, ok := procedure.Lookup(h.c.Procedure, p.last.Version); ok {
		p.d = d
	}
	var err error
	if p.policy, err = s.engine.Snapshot(s.db(ctx), p.last.PolicyHash); err != nil {
		return nil, err
	}
	if p.facts, err = h.factsAt(p.n); err != nil {
		return nil, err
	}
	for _, row := range h.clocks {
		row = activities.BudgetAt(row, p.d, p.policy, p.facts)
		p.clocks = append(p.clocks, s.engine.ClockAt(row, p.d, h.events[:p.n], p.policy, p.at))
	}
	p.known = h.knownAt(v, p)
	p.holders, err = s.holdersAt(ctx, h, p.at)
	return p, err
}

// knownAt are the answers given in the first acts, each field of each act as it was filled last.
func (h *history) knownAt(v *viewer, p *past) []knownAnswer {
	var out []knownAnswer
	at := map[string]int{}
	for i := range h.events[:p.n] {
		ev := &h.events[i]
		own, see := h.own(v, ev), h.seeOf(ev)
		for _, f := range h.names.in(h.fields(ev)) {
			a := answers([]procedure.Field{f}, h.forms[i], see, own, p.policy)
			if len(a) == 0 {
				continue
			}
			raw, _ := json.Marshal(h.forms[i][f.Code]) // was JSON before
			k := knownAnswer{key: ev.Kind + "/" + ev.Event + "/" + f.Code, raw: raw, AnswerThen: gen.AnswerThen{Seq: ev.Seq, At: ev.At, Act: h.title(ev), Answer: a[0],
				CanUnmask: a[0].Hidden && h.unmask && mayShowWhole(f.Class, see)}}
			if n, ok := at[k.key]; ok {
				out[n] = k
			} else {
				at[k.key] = len(out)
				out = append(out, k)
			}
		}
	}
	return out
}

// own reports whether v has written an act himself.
func (h *history) own(v *viewer, ev *models.CaseEvent) bool {
	return ev.ActorID != "" && (ev.ActorID == v.user.ID || ev.ForID == v.user.ID)
}

// holdersAt are the inboxes in which a case was at a moment, and who had taken it there.
func (s *server) holdersAt(ctx context.Context, h *history, at time.Time) ([]gen.HolderThen, error) {
	var tasks []models.Task
	err := s.db(ctx).Where("case_id = ? AND opened_at <= ? AND (closed_at IS NULL OR closed_at > ?)", h.c.ID, at, at).Order("queue, id").Find(&tasks).Error
	if err != nil {
		return nil, err
	}
	var want codes
	for i := range tasks {
		tasks[i].AssigneeID = h.assigneeAt(&tasks[i], at)
		want.users, want.regions = append(want.users, tasks[i].AssigneeID), append(want.regions, areaOfInbox(&tasks[i]))
	}
	l, err := s.labels(ctx, want)
	out := []gen.HolderThen{}
	for i := range tasks {
		if err == nil {
			out = append(out, gen.HolderThen{Role: string(tasks[i].Role), RoleTitle: roleTitle(tasks[i].Role), Unit: l.region(areaOfInbox(&tasks[i])), User: l.user(tasks[i].AssigneeID), Since: tasks[i].OpenedAt})
		}
	}
	return out, err
}

// areaOfInbox is the area of the inbox of a task, which is named role@area or role@area/department.
func areaOfInbox(t *models.Task) string {
	_, office, _ := strings.Cut(t.Queue, "@")
	region, _, _ := strings.Cut(office, "/")
	if len(region) > 12 { // an inbox of one person or household
		return t.RegionCode
	}
	return region
}

// assigneeAt is who had taken a task at a moment, as the acts of taking, giving back and handing over tell.
func (h *history) assigneeAt(t *models.Task, at time.Time) string {
	who, moved := t.AssigneeID, false
	for i := range h.events {
		ev := &h.events[i]
		if ev.Kind != "claim" && ev.Kind != "release" && ev.Kind != "reassign" || h.forms[i]["task"] != t.ID {
			continue
		}
		if ev.At.After(at) {
			if !moved && ev.Kind == "claim" {
				return "" // nobody had it before
			}
			break
		}
		who, _ = h.forms[i]["to"].(string)
		moved = true
	}
	return who
}

// story tells acts in words, one for the command line and the desk.
func (h *history) story(d *procedure.Definition, from, to int) []gen.StoryStep {
	out := []gen.StoryStep{}
	for i := from; i < to; i++ {
		ev := &h.events[i]
		out = append(out, gen.StoryStep{Seq: ev.Seq, At: ev.At, Text: tale.Sentence(d, ev), Notes: tale.Notes(d, ev, h.forms[i])})
	}
	return out
}

// limitsOf are the limits that a policy sets for a procedure, in words.
func limitsOf(d *procedure.Definition, p policy.Snapshot) []gen.LimitThen {
	out := []gen.LimitThen{}
	for _, k := range d.Clocks {
		if k.Budget != "" || k.Until != "" {
			out = append(out, gen.LimitThen{Code: k.Code, Title: k.Title, Text: budgetText(k, p)})
		}
	}
	return out
}

// GetCaseAsOf tells a case as it stood at a moment: what was known, who held it, what was overdue, which rules applied.
func (s *server) GetCaseAsOf(ctx context.Context, r gen.GetCaseAsOfRequestObject) (gen.GetCaseAsOfResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.readHistory(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.pastOf(ctx, v, h, r.Params.At)
	if err != nil {
		return nil, err
	}
	known := make([]gen.AnswerThen, len(p.known))
	for i := range p.known {
		known[i] = p.known[i].AnswerThen
	}
	unmasked, err := s.unmaskedAt(ctx, v, h.c, p)
	if err != nil {
		return nil, err
	}
	return gen.GetCaseAsOf200JSONResponse(gen.CaseAsOf{
		CaseID: r.ID, At: p.at, State: string(p.folded.State), StateTitle: stateTitle(p.d, p.folded.State), Seq: p.folded.Seq, Step: p.folded.Step,
		Version: p.last.Version, PolicyHash: p.last.PolicyHash, Limits: limitsOf(p.d, p.policy), Holders: p.holders,
		Clocks: s.clocksAt(h.c, p.clocks, p.at), Facts: facts(p.d, p.facts, h.see, p.policy, h.names), Known: known, Story: h.story(p.d, 0, p.n), Timeline: h.entries(v, p.n), Unmasked: unmasked,
	}), nil
}

// unmaskedAt is who had seen whole values of a case and its household by then, for those who may know who has seen a household.
func (s *server) unmaskedAt(ctx context.Context, v *viewer, c *models.Case, p *past) ([]gen.PersonSeen, error) {
	out := []gen.PersonSeen{}
	told := func(g models.RoleGrant) bool {
		return (g.Role == procedure.CountyOffice || g.Role == procedure.Auditor) && s.reaches(g, c)
	}
	if !slices.ContainsFunc(v.grants, told) {
		return out, nil
	}
	looks, err := tale.Unmasked(s.db(ctx), p.d, c, p.at)
	for _, x := range looks {
		out = append(out, gen.PersonSeen{At: x.At, By: x.Name, Role: roleTitle(procedure.Role(x.Role)), Action: titleOf(accessActions, "unmask"), What: x.Title, Purpose: scrub(x.Purpose)})
	}
	return out, err
}

// CompareCase tells what has changed between two moments.
func (s *server) CompareCase(ctx context.Context, r gen.CompareCaseRequestObject) (gen.CompareCaseResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.readHistory(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if r.Params.To.Before(r.Params.From) {
		return nil, invalidField("to", "to_before_from", "较晚的时刻不能早于较早的时刻")
	}
	old, err := s.pastOf(ctx, v, h, r.Params.From)
	if err != nil {
		return nil, err
	}
	now, err := s.pastOf(ctx, v, h, r.Params.To)
	if err != nil {
		return nil, err
	}
	changes := append(s.movedBetween(h, old, now), answersBetween(old, now)...)
	return gen.CompareCase200JSONResponse(gen.CaseComparison{CaseID: r.ID, From: old.at, To: now.at, Changes: changes, Story: h.story(now.d, old.n, now.n)}), nil
}

// movedBetween is what has changed of a case but its answers.
func (s *server) movedBetween(h *history, old, now *past) []gen.CaseChange {
	out := []gen.CaseChange{}
	change := func(kind gen.CaseChangeKind, title, was, is string) {
		if was != is {
			out = append(out, gen.CaseChange{Kind: kind, Title: title, Old: was, New: is})
		}
	}
	change("state", "环节", stateTitle(old.d, old.folded.State), stateTitle(now.d, now.folded.State))
	change("version", "程序版本", strconv.Itoa(old.last.Version), strconv.Itoa(now.last.Version))
	change("policy", "政策版本", old.last.PolicyHash, now.last.PolicyHash)
	change("holder", "办理人", holdersText(old.holders), holdersText(now.holders))
	was, is := s.clocksAt(h.c, old.clocks, old.at), s.clocksAt(h.c, now.clocks, now.at)
	for _, k := range is {
		i := slices.IndexFunc(was, func(w gen.ClockShort) bool { return w.Code == k.Code && w.StartedAt.Equal(k.StartedAt) })
		before := ""
		if i >= 0 {
			before = clockText(was[i])
		}
		change("limit", k.Title, before, clockText(k))
	}
	return out
}

func holdersText(list []gen.HolderThen) string {
	var out []string
	for _, x := range list {
		out = append(out, strings.TrimSpace(x.Unit+" "+x.RoleTitle+" "+x.User.Name))
	}
	return strings.Join(out, "；")
}

var clockStates = map[gen.ClockShortState]string{gen.ClockShortStateRunning: "计时", gen.ClockShortStatePaused: "暂停", gen.ClockShortStateStopped: "已停"}

func clockText(k gen.ClockShort) string {
	out := clockStates[k.State] + "，期限至" + moment(k.DueAt)
	if k.Overdue {
		out += "，已超期"
	}
	return out
}

// answersBetween are the answers that were given or changed. That one has changed is told even where its text is hidden.
func answersBetween(old, now *past) []gen.CaseChange {
	before := map[string]knownAnswer{}
	for _, k := range old.known {
		before[k.key] = k
	}
	var out []gen.CaseChange
	for _, k := range now.known {
		was, ok := before[k.key]
		if ok && bytes.Equal(was.raw, k.raw) {
			continue
		}
		out = append(out, gen.CaseChange{Kind: "answer", Title: k.Act + "：" + k.Answer.Title, Old: was.Answer.Text, New: k.Answer.Text, Hidden: k.Answer.Hidden})
	}
	return out
}

// mayShowWhole reports of a class whether a role sees it masked and may see it whole for a purpose: never who has objected.
func mayShowWhole(class procedure.Class, see sight) bool {
	return (class == procedure.P2 || class == procedure.P3) && see.of(class) == masked
}

// mayUnmaskIn reports of a grant whether it lets somebody see a hidden answer of a case.
func (s *server) mayUnmaskIn(c *models.Case) func(models.RoleGrant) bool {
	return func(g models.RoleGrant) bool { return rules[g.Role].unmask && s.reaches(g, c) }
}

// UnmaskAnswer shows one masked answer of a record whole, for a purpose that stays on record.
func (s *server) UnmaskAnswer(ctx context.Context, r gen.UnmaskAnswerRequestObject) (gen.UnmaskAnswerResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	if err := s.slowly(v); err != nil {
		return nil, err
	}
	h, err := s.readHistory(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(h.events, func(ev models.CaseEvent) bool { return ev.Seq == in.Seq })
	if i < 0 {
		return nil, invalidField("seq", "unknown_record", "没有这一条记录")
	}
	fields := h.names.in(h.fields(&h.events[i]))
	n := slices.IndexFunc(fields, func(f procedure.Field) bool { return f.Code == in.Field })
	if n < 0 || h.forms[i][in.Field] == nil {
		return nil, invalidField("field", "unknown_field", "这一条记录没有填写这一项")
	}
	f := fields[n]
	if !h.unmask || !mayShowWhole(f.Class, h.seeOf(&h.events[i])) {
		return nil, forbidden("unmask_not_allowed", "您的岗位不能查看完整信息")
	}
	entry := models.AccessLog{Action: "unmask", Table: "case_events", RecordID: h.events[i].ID, CaseID: h.c.ID, HouseholdID: h.c.HouseholdID, Field: in.Field, Class: string(f.Class), Purpose: scrub(in.Purpose)}
	if err := s.logAccess(ctx, v, firstOf(v, s.mayUnmaskIn(h.c)), entry); err != nil {
		return nil, err
	}
	return gen.UnmaskAnswer200JSONResponse(gen.UnmaskAnswerReply{Seq: in.Seq, Field: in.Field, Text: answerText(f, h.forms[i][in.Field], h.policy), LoggedAt: s.now().UTC().Truncate(time.Microsecond)}), nil
}
