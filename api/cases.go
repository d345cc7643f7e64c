package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// matters leaves out what is no matter to anybody unless asked for: where a household
// stands, and visits, of which every household always has some to come.
var matters = "cases.procedure NOT IN ('" + strings.Join(immaterial, "', '") + "')"

// immaterial are the procedures that matters leaves out.
var immaterial = []string{"household_status", "visit_task"}

// caseOrders are the ways in which cases are listed: the most urgent first, or the latest.
var caseOrders = orders[models.Case]{
	byMoment("due", "cases", "due_at", false, func(c *models.Case) (time.Time, string) { return c.DueAt, c.ID }),
	byMoment("opened", "cases", "opened_at", true, func(c *models.Case) (time.Time, string) { return c.OpenedAt, c.ID }),
}

// ListCases lists the cases that the viewer reaches, most urgent first. Household
// statuses and visits appear only when asked for.
func (s *server) ListCases(ctx context.Context, r gen.ListCasesRequestObject) (gen.ListCasesResponseObject, error) {
	page, err := s.caseList(ctx, r.Params)
	return gen.ListCases200JSONResponse(page), err
}

// QueryCases is the same with what is searched for in the body.
func (s *server) QueryCases(ctx context.Context, r gen.QueryCasesRequestObject) (gen.QueryCasesResponseObject, error) {
	b := r.Body
	page, err := s.caseList(ctx, gen.ListCasesParams{Cursor: b.Cursor, Limit: b.Limit, Q: b.Q, Village: b.Village, Procedure: b.Procedure, State: b.State, Open: b.Open, Overdue: b.Overdue, Dept: b.Dept,
		OpenedFrom: b.OpenedFrom, Sort: gen.CaseSort(b.Sort), Count: b.Count})
	return gen.QueryCases200JSONResponse(page), err
}

func (s *server) caseList(ctx context.Context, p gen.ListCasesParams) (gen.CasePage, error) {
	page := gen.CasePage{Items: []gen.CaseSummary{}}
	order, after, err := caseOrders.of(string(p.Sort), p.Cursor)
	if err != nil {
		return page, err
	}
	v := viewerOf(ctx)
	found, err := s.look(ctx, casesLike(v, p.Q), "cases.id")
	if err != nil {
		return page, err
	}
	tx := s.db(ctx).Model(&models.Case{}).Where(found.sql, found.args...)
	switch {
	case found.few:
		tx = s.filterCases(tx, v)
	case found.many:
		tx = s.scopeMany(tx, v)
	default:
		tx = s.scopeCases(tx, v)
	}
	tx = s.narrowCases(tx, p, found.few).Session(&gorm.Session{})
	rows, next, err := order.rows(tx, after, pageLimit(p.Limit))
	if err != nil {
		return page, err
	}
	if page.Items, err = s.summaries(ctx, rows); err != nil {
		return page, err
	}
	page.NextCursor = next
	page.Total, err = s.countRows(ctx, p.Count && !found.many, tx)
	return page, err
}

// narrowCases keeps the cases that a filter asks for; few are picked by a key already.
func (s *server) narrowCases(tx *gorm.DB, p gen.ListCasesParams, few bool) *gorm.DB {
	if p.Procedure != "" {
		tx = tx.Where("cases.procedure = ?", p.Procedure)
	} else {
		tx = tx.Where(matters)
	}
	if p.State != "" {
		tx = tx.Where("cases.state = ?", p.State)
	}
	if p.Village != "" {
		c := casesWithin(p.Village)
		if few {
			c = picked("cases.region_code")(p.Village)
		}
		tx = tx.Where(c.sql, c.args...)
	}
	if p.Dept != "" {
		tx = tx.Where("cases.dept = ?", p.Dept)
	}
	if !p.OpenedFrom.IsZero() {
		tx = tx.Where("cases.opened_at >= ?", dateOf(p.OpenedFrom.Time).Start().UTC())
	}
	if p.Open != nil && *p.Open || p.Overdue {
		tx = tx.Where("cases.closed_at IS NULL")
	} else if p.Open != nil {
		tx = tx.Where("cases.closed_at IS NOT NULL")
	}
	if p.Overdue {
		tx = tx.Where("cases.due_at <= ?", s.engine.Clock.Now())
	}
	return tx
}

// openers are the parts in which v may open a case of d for a household.
func openers(v *viewer, d *procedure.Definition, h *models.Household) []activities.Actor {
	var out []activities.Actor
	for _, g := range v.grants {
		if opens(g, d) && mayOpenFor(h)(g) {
			out = append(out, v.actor(g))
		}
	}
	return out
}

// inRole keeps the actors in a role; "" keeps all.
func inRole(actors []activities.Actor, role string) []activities.Actor {
	if role == "" {
		return actors
	}
	return slices.DeleteFunc(slices.Clone(actors), func(a activities.Actor) bool { return string(a.Role) != role })
}

func roleNotAllowed(title string) error {
	return procedure.Refuse(procedure.Forbidden, "role_not_allowed", "您的岗位不能办理“"+title+"”")
}

// OpenCase opens a case for a household.
func (s *server) OpenCase(ctx context.Context, r gen.OpenCaseRequestObject) (gen.OpenCaseResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	d, ok := procedure.Latest(in.Procedure)
	if !ok || len(d.Opening.Roles) == 0 {
		return nil, procedure.Refuse(procedure.NotFound, "procedure_not_found", "没有可以直接开启的这一程序")
	}
	h, err := s.openingFor(ctx, v, d, in)
	if err != nil {
		return nil, err
	}
	actors := inRole(openers(v, d, h), in.Role)
	if len(actors) == 0 {
		return nil, roleNotAllowed(d.Title)
	}
	// The form is staged under the key first, so that a key used again for
	// something else is found out.
	request := activities.FireRequest{CaseID: "open:" + v.user.ID, Event: d.Name + ":" + h.ID + in.RegionCode, Key: r.Params.IdempotencyKey, Actor: actors[0], Form: in.Form}
	submission, err := s.engine.Stage(ctx, request)
	if err != nil {
		return nil, err
	}
	c, err := s.cases.Open(ctx, activities.OpenRequest{Key: r.Params.IdempotencyKey, Procedure: d.Name, HouseholdID: h.ID, RegionCode: in.RegionCode, Actor: actors[0], Form: in.Form})
	if err != nil {
		return nil, s.engine.UnstageRefused(ctx, submission, err)
	}
	reply, _, err := s.engine.Done(ctx, c.ID, "open:"+v.user.ID+":"+r.Params.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	out, err := s.fireReply(ctx, v, reply)
	return gen.OpenCase200JSONResponse(out), err
}

// openingFor is what a new case will be about: a household that v reaches or may
// report on, or a region in the shape of one.
func (s *server) openingFor(ctx context.Context, v *viewer, d *procedure.Definition, in *gen.OpenCaseRequest) (*models.Household, error) {
	if in.HouseholdID == "" && d.About != procedure.AboutHousehold {
		return &models.Household{RegionCode: in.RegionCode}, nil
	}
	h, err := s.findHousehold(ctx, v, in.HouseholdID)
	if err == nil {
		return h, nil
	}
	h = &models.Household{}
	err = s.scopeOpening(s.db(ctx).Where("households.id = ?", in.HouseholdID), v, d).Take(h).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return h, err
}

// GetCase is one case.
func (s *server) GetCase(ctx context.Context, r gen.GetCaseRequestObject) (gen.GetCaseResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	see, err := s.eyes(ctx, v, c)
	if err != nil {
		return nil, err
	}
	p, err := s.engine.Snapshot(s.db(ctx), c.PolicyHash)
	if err != nil {
		return nil, err
	}
	list, err := s.summaries(ctx, []models.Case{*c})
	if err != nil {
		return nil, err
	}
	names, err := s.mentioned(ctx, c, see, factForm(c.Facts.Values))
	if err != nil {
		return nil, err
	}
	out := gen.CaseDetail{Summary: list[0], Facts: facts(definitionOf(c), s.withPeriod(c, p), see, p, names), Children: []gen.CaseRef{}, StuckReason: c.Stuck}
	if err := s.since(ctx, c, &out.Summary); err != nil {
		return nil, err
	}
	if out.Supervisions, err = s.supervisionsOf(ctx, c); err != nil {
		return nil, err
	}
	clocks, err := s.clockRows(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out.Clocks = s.clocksAt(c, clocks, s.engine.Clock.Now())
	if err := s.relatives(ctx, v, c, &out); err != nil {
		return nil, err
	}
	files, err := s.attachmentsOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if out.Attachments, err = s.attachmentViews(ctx, v, see, s.inCase(c), files); err != nil {
		return nil, err
	}
	var open []models.Task
	if err := s.db(ctx).Where("case_id = ? AND closed_at IS NULL", c.ID).Order("id").Find(&open).Error; err != nil {
		return nil, err
	}
	if out.Tasks, err = s.tasks(ctx, v, open); err != nil {
		return nil, err
	}
	out.PolicyKeys, err = s.otherPolicy(ctx, v, c, p)
	return gen.GetCase200JSONResponse(out), err
}

// since fills in when the case came into its present state.
func (s *server) since(ctx context.Context, c *models.Case, out *gen.CaseSummary) error {
	var ev models.CaseEvent
	err := s.db(ctx).Select("at").Where("case_id = ? AND seq = ?", c.ID, c.StepSeq).Take(&ev).Error
	if models.Missing(err) {
		return nil
	}
	out.StateSince = ev.At
	return err
}

// relatives are the case that opened this one and those it opened, as far as the
// viewer reaches them.
func (s *server) relatives(ctx context.Context, v *viewer, c *models.Case, out *gen.CaseDetail) error {
	var rows []models.Case
	tx := s.db(ctx).Where("cases.parent_id = ? OR cases.id = ?", c.ID, c.ParentID)
	if err := s.filterCases(tx, v).Order("cases.id").Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		if rows[i].ID == c.ParentID {
			out.Parent = caseRef(&rows[i])
			out.Summary.ParentID = c.ParentID
		} else {
			out.Children = append(out.Children, caseRef(&rows[i]))
		}
	}
	return nil
}

// ListAllowedEvents tells what the viewer may do on a case now, and of the rest
// why not.
func (s *server) ListAllowedEvents(ctx context.Context, r gen.ListAllowedEventsRequestObject) (gen.ListAllowedEventsResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	options, err := s.engine.Options(ctx, c, s.actors(v, c))
	if err != nil {
		return nil, err
	}
	p, err := s.engine.Snapshot(s.db(ctx), c.PolicyHash)
	if err != nil {
		return nil, err
	}
	d := definitionOf(c)
	out := gen.AllowedEvents{Seq: c.Seq, State: string(c.State), StateTitle: stateTitle(d, c.State), Items: []gen.AllowedEvent{}}
	for _, o := range options {
		to := o.Event.Target(c.State, c.FormerState)
		item := gen.AllowedEvent{
			Event: o.Event.Code, Title: o.Event.Title, To: string(to), ToTitle: stateTitle(d, to), Allowed: o.Allowed, Reasons: faults(o.Reasons),
			Role: string(o.Actor.Role), Roles: roleRefs(o.Event.Roles), OnBehalf: o.Actor.OnBehalf,
			Signers: []gen.SignerState{}, Return: o.Event.Return, Correction: o.Event.Correction, Document: o.Event.Document, Guards: guardRefs(o.Event.Guards),
		}
		if item.Form, err = s.form(ctx, c, o.Event, p); err != nil {
			return nil, err
		}
		if away := o.Actor.ForID; away != "" {
			item.For = gen.UserRef{ID: away, Name: v.nameOf(away)}
		}
		if o.Actor.Role != "" {
			item.RoleTitle = roleTitle(o.Actor.Role)
		}
		for _, st := range o.Signers {
			item.Signers = append(item.Signers, signerState(st))
			item.CanEndorse = item.CanEndorse || st.MaySign
		}
		out.Items = append(out.Items, item)
	}
	return gen.ListAllowedEvents200JSONResponse(out), nil
}

func signerState(st activities.SignerState) gen.SignerState {
	out := gen.SignerState{Title: st.Signer.Title, Roles: roleRefs(st.Signer.Roles), Needed: st.Needed, Signed: []gen.Signature{}}
	for _, g := range st.Given {
		out.Signed = append(out.Signed, gen.Signature{UserID: g.UserID, Name: g.UserName, Role: string(g.Role), RoleTitle: roleTitle(g.Role), ForName: g.ForName, At: g.CreatedAt})
	}
	return out
}
