package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	openapitypes "github.com/oapi-codegen/runtime/types"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/programme"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Programmes of rectification. Who works anywhere in the area of one sees it; every
// number and list counts only the problems that he reaches. The office at or above
// its level keeps it.

// scopeProgrammes keeps the programmes that concern an area of v.
func scopeProgrammes(tx *gorm.DB, v *viewer) *gorm.DB {
	var cs []condition
	for _, g := range v.grants {
		if reachOf(g) != area || g.RegionCode == "" {
			continue
		}
		cs = append(cs, within("programmes.region_code", g.RegionCode), condition{"programmes.region_code IN ?", []any{above(g.RegionCode)}})
	}
	c := anyOf(cs)
	return tx.Where(c.sql, c.args...)
}

// above are the codes of the township and county that an office belongs to.
func above(region string) []string {
	out := []string{region}
	for _, n := range []int{6, 9} {
		if len(region) > n {
			out = append(out, region[:n])
		}
	}
	return out
}

// keeps reports whether v may write a programme for a region: the township or county
// office over it, in its own name.
func keeps(v *viewer, region string) bool {
	return slices.ContainsFunc(v.own(), func(g models.RoleGrant) bool { return managing(g.Role) && inRegion(region, g.RegionCode) })
}

// bulletins reports whether v may issue one: who keeps the programme, and the leaders.
func bulletins(v *viewer, region string) bool {
	return keeps(v, region) || slices.ContainsFunc(v.own(), func(g models.RoleGrant) bool {
		return g.Role == procedure.TownshipHead && inRegion(region, g.RegionCode)
	})
}

// ListProgrammes lists them, newest first.
func (s *server) ListProgrammes(ctx context.Context, r gen.ListProgrammesRequestObject) (gen.ListProgrammesResponseObject, error) {
	v := viewerOf(ctx)
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := scopeProgrammes(s.db(ctx), v)
	limit := pageLimit(r.Params.Limit)
	var rows []models.Programme
	if err := newestFirst(tx, "programmes.created_at", "programmes.id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(p models.Programme) cursor { return cursor{At: p.CreatedAt, ID: p.ID} })
	out := gen.ProgrammePage{Items: []gen.Programme{}, CanCreate: []gen.RegionRef{}, NextCursor: next}
	for i := range rows {
		problems, err := s.problems(ctx, v, &rows[i])
		if err != nil {
			return nil, err
		}
		item, err := s.programmeView(ctx, v, &rows[i], problems)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, item)
	}
	var areas []string
	for _, g := range v.own() {
		if managing(g.Role) {
			areas = append(areas, g.RegionCode)
		}
	}
	l, err := s.labels(ctx, codes{regions: areas})
	for _, code := range distinct(areas) {
		if err == nil {
			out.CanCreate = append(out.CanCreate, gen.RegionRef{Code: code, Name: l.region(code)})
		}
	}
	return gen.ListProgrammes200JSONResponse(out), err
}

// findProgramme is the programme with that id, if it concerns v.
func (s *server) findProgramme(ctx context.Context, v *viewer, id string) (*models.Programme, error) {
	var p models.Programme
	err := scopeProgrammes(s.db(ctx).Where("programmes.id = ?", id), v).Take(&p).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &p, err
}

// problems are those of a programme that v reaches.
func (s *server) problems(ctx context.Context, v *viewer, p *models.Programme) ([]programme.Problem, error) {
	return programme.Load(s.db(ctx), p.ID, func(tx *gorm.DB) *gorm.DB { return s.filterCases(tx, v) })
}

func (s *server) programmeView(ctx context.Context, v *viewer, p *models.Programme, problems []programme.Problem) (gen.Programme, error) {
	l, err := s.labels(ctx, codes{regions: []string{p.RegionCode}})
	if err != nil {
		return gen.Programme{}, err
	}
	n := programme.Sum(problems, s.engine.Clock.Now(), same, same)
	out := gen.Programme{ID: p.ID, No: p.No, Title: p.Title, RegionCode: p.RegionCode, RegionName: l.region(p.RegionCode), SourcePaper: p.SourcePaper, Plan: p.Plan,
		Phases: []gen.ProgrammePhase{}, Events: []gen.ProgrammeEvent{}, Seq: p.Seq, Total: n.Total, Open: n.Open, Overdue: n.Overdue,
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, CanEdit: keeps(v, p.RegionCode), CutOff: optionalDay(p.CutOff)}
	for _, ph := range p.Phases {
		out.Phases = append(out.Phases, gen.ProgrammePhase{Kind: gen.ProgrammePhaseKind(ph.Kind), Title: ph.Title, From: dayOf(ph.From), Until: dayOf(ph.Until)})
	}
	for _, e := range p.Events {
		out.Events = append(out.Events, gen.ProgrammeEvent{Code: e.Code, Title: e.Title, On: optionalDay(e.On)})
	}
	return out, nil
}

func same(code string) string { return code }

// optionalDay is a stored day, left out of the answer when there is none.
func optionalDay(text string) openapitypes.Date {
	if text == "" {
		return openapitypes.Date{}
	}
	return dayOf(text)
}

// storedDay writes a day of a request as it is stored.
func storedDay(d openapitypes.Date) string {
	if d.IsZero() {
		return ""
	}
	return dateOf(d.Time).String()
}

// fill takes over what somebody has written about a programme, or says what is wrong.
func fill(p *models.Programme, in *gen.ProgrammeInput) error {
	p.Title, p.SourcePaper, p.Plan, p.CutOff = strings.TrimSpace(in.Title), in.SourcePaper, in.Plan, storedDay(in.CutOff)
	p.Phases, p.Events = []models.Phase{}, []models.ProgrammeEvent{}
	if p.Title == "" {
		return invalidField("title", "required", "请填写方案名称")
	}
	kinds := map[string]bool{}
	for i, ph := range in.Phases {
		x := models.Phase{Kind: string(ph.Kind), Title: ph.Title, From: storedDay(ph.From), Until: storedDay(ph.Until)}
		if x.Until < x.From { // days as text sort by time
			return invalidField(fmt.Sprintf("phases[%d].until", i), "phase_dates", "阶段的结束日期早于开始日期")
		}
		if i > 0 && x.From < p.Phases[i-1].From {
			return invalidField(fmt.Sprintf("phases[%d].from", i), "phase_order", "各阶段应当按时间先后排列")
		}
		if x.Kind == models.PhaseConsolidate && kinds[x.Kind] {
			return invalidField(fmt.Sprintf("phases[%d].kind", i), "phase_twice", "巩固提升阶段只有一个")
		}
		kinds[x.Kind] = true
		p.Phases = append(p.Phases, x)
	}
	for i, e := range in.Events {
		if _, twice := p.Event(e.Code); twice {
			return invalidField(fmt.Sprintf("events[%d].code", i), "event_twice", "事项代码重复")
		}
		p.Events = append(p.Events, models.ProgrammeEvent{Code: e.Code, Title: e.Title, On: storedDay(e.On)})
	}
	return nil
}

// CreateProgramme makes a new one.
func (s *server) CreateProgramme(ctx context.Context, r gen.CreateProgrammeRequestObject) (gen.CreateProgrammeResponseObject, error) {
	v, now := viewerOf(ctx), s.engine.Clock.Now()
	if !keeps(v, r.Body.RegionCode) {
		return nil, forbidden("role_not_allowed", "整改方案由本级乡镇、县级乡村振兴部门建立")
	}
	id := models.NewID()
	p := &models.Programme{ID: id, No: "FA" + policy.DateOf(now).Start().Format("20060102") + "-" + id[len(id)-6:], RegionCode: r.Body.RegionCode, CreatedBy: v.user.ID, CreatedAt: now}
	if err := fill(p, r.Body); err != nil {
		return nil, err
	}
	p, err := s.writeProgramme(ctx, v, p, "create", caseKey("programme", v.user.ID, r.Params.IdempotencyKey), r.Body)
	if err != nil {
		return nil, err
	}
	out, err := s.programmeView(ctx, v, p, nil)
	return gen.CreateProgramme200JSONResponse(out), err
}

// EditProgramme changes one. The problems that are due before one of its events are
// dated anew, each by an act of its own.
func (s *server) EditProgramme(ctx context.Context, r gen.EditProgrammeRequestObject) (gen.EditProgrammeResponseObject, error) {
	v := viewerOf(ctx)
	p, err := s.findProgramme(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if !keeps(v, p.RegionCode) {
		return nil, forbidden("role_not_allowed", "整改方案由本级乡镇、县级乡村振兴部门修改")
	}
	if r.Body.RegionCode != p.RegionCode {
		return nil, invalidField("region_code", "region_fixed", "方案所属地区不能改变")
	}
	before := p.CutOff
	if err := fill(p, r.Body); err != nil {
		return nil, err
	}
	if err := s.keepsEvents(ctx, p); err != nil {
		return nil, err
	}
	if err := s.keepsLimits(ctx, p, before); err != nil {
		return nil, err
	}
	key := caseKey("programme", v.user.ID, r.Params.IdempotencyKey)
	if p, err = s.writeProgramme(ctx, v, p, "edit", key, r.Body); err != nil {
		return nil, err
	}
	if err := s.redate(ctx, v, p, key); err != nil {
		return nil, err
	}
	problems, err := s.problems(ctx, v, p)
	if err != nil {
		return nil, err
	}
	out, err := s.programmeView(ctx, v, p, problems)
	return gen.EditProgramme200JSONResponse(out), err
}

// keepsEvents refuses to drop an event that an open problem is due before.
func (s *server) keepsEvents(ctx context.Context, p *models.Programme) error {
	ids, err := s.engine.BeforeEvents(ctx, p.ID)
	for _, id := range ids {
		c, err := s.engine.Case(ctx, id)
		if err != nil {
			return err
		}
		if _, ok := p.Event(c.Facts.Text("due_event")); !ok {
			return invalidField("events", "event_in_use", "还有问题须在被删除的事项之前完成，如 "+c.No)
		}
	}
	return err
}

// keepsLimits refuses a new cut-off before the limit of an open problem (2.8 assign),
// but of those that follow an event, which are dated anew.
func (s *server) keepsLimits(ctx context.Context, p *models.Programme, before string) error {
	if p.CutOff == "" || p.CutOff == before {
		return nil
	}
	list, err := programme.Load(s.db(ctx), p.ID, func(tx *gorm.DB) *gorm.DB { return tx.Where("cases.closed_at IS NULL") })
	for _, c := range list {
		if c.Facts.Text("due_kind") != procedure.DueBeforeEvent && c.Waits() && p.CutOff < c.Facts.Text("due_on") {
			return invalidField("cut_off", "limit_after_cut_off", "还有问题的整改期限晚于新的截止日期，如 "+c.No)
		}
	}
	return err
}

// writeProgramme stores a programme with the act that made it so, once per key.
func (s *server) writeProgramme(ctx context.Context, v *viewer, p *models.Programme, kind, key string, in *gen.ProgrammeInput) (*models.Programme, error) {
	content, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		var before models.ProgrammeAct
		err := tx.Where("key = ?", key).Take(&before).Error
		if err == nil {
			if before.Content != string(content) || before.Kind != kind || kind == "edit" && before.ProgrammeID != p.ID {
				return keyReused()
			}
			p = &models.Programme{}
			return tx.Where("id = ?", before.ProgrammeID).Take(p).Error
		}
		if !models.Missing(err) {
			return err
		}
		var stored models.Programme
		if kind == "edit" {
			if err := models.Locked(tx).Where("id = ?", p.ID).Take(&stored).Error; err != nil {
				return err
			}
			if stored.Seq != in.ExpectedSeq {
				return procedure.Refuse(procedure.Conflict, "programme_moved", "方案已有新的修改，请刷新后再改")
			}
		}
		p.Seq, p.UpdatedAt = stored.Seq+1, s.engine.Clock.Now()
		if err := tx.Save(p).Error; err != nil {
			return err
		}
		return s.programmeAct(tx, v, p, kind, key, string(content))
	})
	return p, err
}

func keyReused() error {
	return procedure.Refuse(procedure.Invalid, "key_reused", "同一请求编号不能用于不同的内容")
}

// programmeAct records what was done to a programme.
func (s *server) programmeAct(tx *gorm.DB, v *viewer, p *models.Programme, kind, key, content string) error {
	a := models.ProgrammeAct{ID: models.NewID(), ProgrammeID: p.ID, Seq: p.Seq, Kind: kind, Key: key, ActorID: v.user.ID, At: s.engine.Clock.Now(), Content: content}
	for _, g := range v.own() {
		if inRegion(p.RegionCode, g.RegionCode) {
			a.ActorRole = g.Role
			break
		}
	}
	return tx.Create(&a).Error
}

// redate dates the open problems anew that are due before an event. Doing so twice
// does no harm, so that a request that was cut off is completed by sending it again.
func (s *server) redate(ctx context.Context, v *viewer, p *models.Programme, key string) error {
	ids, err := s.engine.BeforeEvents(ctx, p.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.own(), func(g models.RoleGrant) bool { return managing(g.Role) && inRegion(p.RegionCode, g.RegionCode) })
	actor := v.actor(v.own()[i])
	for _, id := range ids {
		moved, err := s.engine.Redate(ctx, id, fmt.Sprintf("redate:%d:%s", p.Seq, key), actor)
		if err != nil {
			return err
		}
		if moved {
			s.nudge(ctx, id)
		}
	}
	return nil
}
