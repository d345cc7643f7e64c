package api

import (
	"context"
	"sync"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/exprs"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Runs of the data rules and of screening over an area (2.13, 2.1). The offices start them; who works in the whole of
// the area sees them, and of what they have found what he sees of the households.

// scopeRuns keeps the runs over areas that lie within one in which v works.
func scopeRuns(tx *gorm.DB, v *viewer) *gorm.DB {
	return inAreas(tx, v, func(code string) condition { return withinLevel("quality_runs.region_code", code) })
}

// withinLevel holds for codes of any level in an area, the area itself included.
func withinLevel(column, prefix string) condition {
	return condition{"substr(" + column + ", 1, ?) = ?", []any{len(prefix), prefix}}
}

func (s *server) findRun(ctx context.Context, v *viewer, id string) (*models.QualityRun, error) {
	var run models.QualityRun
	err := scopeRuns(s.db(ctx).Where("quality_runs.id = ?", id), v).Take(&run).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &run, err
}

// ListRuns lists them, newest first.
func (s *server) ListRuns(ctx context.Context, r gen.ListRunsRequestObject) (gen.ListRunsResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	tx := scopeRuns(s.db(ctx).Model(&models.QualityRun{}), v)
	if p.Kind != "" {
		tx = tx.Where("quality_runs.kind = ?", p.Kind)
	}
	if p.Village != "" {
		c := withinLevel("quality_runs.region_code", p.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	if after != nil {
		tx = tx.Where("quality_runs.id < ?", after.ID)
	}
	limit := pageLimit(p.Limit)
	var rows []models.QualityRun
	if err := tx.Order("quality_runs.id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(x models.QualityRun) cursor { return cursor{ID: x.ID} })
	page := gen.RunPage{Items: []gen.Run{}, CanStart: []gen.RegionRef{}, NextCursor: next}
	var want codes
	for _, g := range v.own() {
		if managing(g.Role) {
			want.regions = append(want.regions, g.RegionCode)
		}
	}
	offices := distinct(want.regions)
	for _, x := range rows {
		want.regions, want.users = append(want.regions, x.RegionCode), append(want.users, x.AskedBy)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	for _, code := range offices {
		page.CanStart = append(page.CanStart, gen.RegionRef{Code: code, Name: l.region(code)})
	}
	for i := range rows {
		x, err := s.runView(ctx, v, &rows[i], l)
		if err != nil {
			return nil, err
		}
		page.Items = append(page.Items, x)
	}
	return gen.ListRuns200JSONResponse(page), nil
}

// StartRun puts one in line.
func (s *server) StartRun(ctx context.Context, r gen.StartRunRequestObject) (gen.StartRunResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	if !keeps(v, in.RegionCode) {
		return nil, forbidden("role_not_allowed", "检查由本级乡镇、县级乡村振兴部门开始")
	}
	run, err := s.engine.StartRun(ctx, activities.RunRequest{Kind: string(in.Kind), Region: in.RegionCode, Full: in.Full, Channel: string(in.Channel), Rule: ruleOnTrial(in.Rule),
		Key: caseKey("run", v.user.ID, r.Params.IdempotencyKey), AskedBy: v.user.ID})
	if err != nil {
		return nil, err
	}
	out, err := s.runAlone(ctx, v, run)
	return gen.StartRun200JSONResponse(out), err
}

// GetRun tells how far one has come.
func (s *server) GetRun(ctx context.Context, r gen.GetRunRequestObject) (gen.GetRunResponseObject, error) {
	v := viewerOf(ctx)
	run, err := s.findRun(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.runAlone(ctx, v, run)
	return gen.GetRun200JSONResponse(out), err
}

// CancelRun ends one where it stands.
func (s *server) CancelRun(ctx context.Context, r gen.CancelRunRequestObject) (gen.CancelRunResponseObject, error) {
	v := viewerOf(ctx)
	run, err := s.findRun(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if !keeps(v, run.RegionCode) {
		return nil, forbidden("role_not_allowed", "检查由本级乡镇、县级乡村振兴部门取消")
	}
	if run, err = s.engine.CancelRun(ctx, run.ID); err != nil {
		return nil, err
	}
	out, err := s.runAlone(ctx, v, run)
	return gen.CancelRun200JSONResponse(out), err
}

func (s *server) runAlone(ctx context.Context, v *viewer, run *models.QualityRun) (gen.Run, error) {
	l, err := s.labels(ctx, codes{regions: []string{run.RegionCode}, users: []string{run.AskedBy}, households: run.Sample})
	if err != nil {
		return gen.Run{}, err
	}
	return s.runView(ctx, v, run, l)
}

func (s *server) runView(ctx context.Context, v *viewer, run *models.QualityRun, l *labels) (gen.Run, error) {
	c := run.Counts
	out := gen.Run{ID: run.ID, Kind: gen.RunKind(run.Kind), RegionCode: run.RegionCode, RegionName: l.region(run.RegionCode), State: gen.RunState(run.State), Full: run.FullLook,
		Channel: run.Channel, CreatedAt: run.CreatedAt, Total: run.Total, Passed: run.Passed, Looked: run.Looked, Opened: c.Opened, Renewed: c.Renewed, Standing: c.Standing,
		Gone: c.Gone, Watched: c.Watched, Rules: []gen.RunRule{}, CanCancel: run.EndedAt == nil && keeps(v, run.RegionCode)}
	if run.AskedBy != "" {
		out.AskedBy = l.user(run.AskedBy).Name
	}
	if run.StartedAt != nil {
		out.StartedAt = *run.StartedAt
	}
	if run.EndedAt != nil {
		out.EndedAt = *run.EndedAt
	}
	titles, err := s.localTitles(ctx, run)
	if err != nil {
		return out, err
	}
	for _, code := range c.Codes() {
		group, title := ruleTitle(run.Kind, code, titles)
		out.Rules = append(out.Rules, gen.RunRule{Code: code, Group: group, Title: title, Hits: c.Rules[code].Hits, Unjudged: c.Rules[code].Unjudged})
	}
	for _, id := range run.Sample {
		if h := l.household(id); h.ID != "" {
			out.Sample = append(out.Sample, h)
		}
	}
	return out, nil
}

func ruleOnTrial(in gen.CountyRule) *policy.CountyRule {
	if in.Code == "" {
		return nil
	}
	return &policy.CountyRule{Code: in.Code, Title: in.Title, Use: in.Use, When: in.When, Message: in.Message, Basis: in.Basis}
}

// localTitles are the titles of the place's own rules, that of a rule on trial included.
func (s *server) localTitles(ctx context.Context, run *models.QualityRun) (map[string]string, error) {
	now, err := s.engine.PolicyNow(ctx, run.RegionCode)
	if err != nil {
		return nil, err
	}
	list := append(now.CountyRules(policy.CountyScreening), now.CountyRules(policy.CountyQuality)...)
	if run.Rule != "" {
		r, err := activities.TrialRule(run)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	out := map[string]string{}
	for _, r := range list {
		out[r.Code] = r.Title
	}
	return out, nil
}

// GetRuleLanguage tells what a rule of a place may be written with.
func (s *server) GetRuleLanguage(context.Context, gen.GetRuleLanguageRequestObject) (gen.GetRuleLanguageResponseObject, error) {
	out := gen.RuleLanguage{Names: []gen.NamedValue{}, Cells: policy.CountyCells(), Functions: exprs.Functions(), Example: `人均收入 < 监测线 && any(成员, .大病)`}
	for _, n := range policy.CountyNames() {
		out.Names = append(out.Names, gen.NamedValue{Name: n.Name, Text: n.Help})
	}
	return gen.GetRuleLanguage200JSONResponse(out), nil
}

// dataRuleInfos are the checks of DQ-01 to DQ-41 by their code.
var dataRuleInfos = sync.OnceValue(func() map[string]policy.RuleInfo {
	out := map[string]policy.RuleInfo{}
	for _, r := range policy.AllRules() {
		out[r.Code] = r
	}
	return out
})

// ruleTitle is a rule as people know it: its number in the table of 5.5, if it has one, and its title.
func ruleTitle(kind, code string, local map[string]string) (group, title string) {
	if t, ok := local[code]; ok {
		return "本地", t
	}
	if kind == models.RunScreening {
		return "", policy.ScreenTitles()[code]
	}
	r := dataRuleInfos()[code]
	return r.Group, r.Title
}

// ListHits lists what the rules find now in the area of a run.
func (s *server) ListHits(ctx context.Context, r gen.ListHitsRequestObject) (gen.ListHitsResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	run, err := s.findRun(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.hits(ctx, v, run)
	if p.Rule != "" {
		tx = tx.Where("quality_hits.rule = ?", p.Rule)
	}
	if p.Village != "" {
		c := within("quality_hits.region_code", p.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	if after != nil {
		tx = tx.Where("(quality_hits.region_code, quality_hits.id) > (?, ?)", after.Key, after.ID)
	}
	limit := pageLimit(p.Limit)
	var rows []models.QualityHit
	if err := tx.Order("quality_hits.region_code, quality_hits.id").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(h models.QualityHit) cursor { return cursor{Key: h.RegionCode, ID: h.ID} })
	items, err := s.hitItems(ctx, v, run, rows)
	return gen.ListHits200JSONResponse(gen.HitPage{Items: items, NextCursor: next}), err
}

// hits are those of a run's area and kind that stand, of households and villages that v reaches.
func (s *server) hits(ctx context.Context, v *viewer, run *models.QualityRun) *gorm.DB {
	here := within("quality_hits.region_code", run.RegionCode)
	tx := s.db(ctx).Model(&models.QualityHit{}).Joins("LEFT JOIN households ON households.id = quality_hits.household_id").
		Where("quality_hits.kind = ? AND quality_hits.gone_at IS NULL", run.Kind).Where(here.sql, here.args...)
	// What concerns a village and not a household is about the village itself.
	return s.reachedHouseholds(tx, v, picked("COALESCE(households.region_code, quality_hits.region_code)"))
}

// hitItems show what was found to whom the data of the household are shown; a finding may tell of health (P3).
func (s *server) hitItems(ctx context.Context, v *viewer, run *models.QualityRun, rows []models.QualityHit) ([]gen.Hit, error) {
	var want codes
	var cases []string
	for _, h := range rows {
		want.regions, want.households, cases = append(want.regions, h.RegionCode), append(want.households, h.HouseholdID), append(cases, h.CaseID)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	states, err := s.caseStates(ctx, v, distinct(cases))
	if err != nil {
		return nil, err
	}
	local, err := s.localTitles(ctx, run)
	if err != nil {
		return nil, err
	}
	homes := make([]models.Household, len(rows))
	for i, h := range rows {
		homes[i] = models.Household{ID: h.HouseholdID, RegionCode: h.RegionCode}
	}
	over, err := s.overHouseholds(ctx, v, homes...)
	if err != nil {
		return nil, err
	}
	out, shown := []gen.Hit{}, false
	for i := range rows {
		h := &rows[i]
		_, title := ruleTitle(h.Kind, h.Rule, local)
		item := gen.Hit{ID: h.ID, Rule: h.Rule, Title: title, Household: l.household(h.HouseholdID), RegionCode: h.RegionCode, RegionName: l.region(h.RegionCode), PersonID: h.PersonID,
			FoundAt: h.FoundAt, SeenAt: h.SeenAt, Hidden: true}
		// To mend its register is the work of the office, and the purpose of the run.
		if v.eyesUnder(over(&homes[i])).told.of(procedure.P3) == full {
			secret, err := h.Secret(s.engine.Store.Vault)
			if err != nil {
				return nil, err
			}
			item.Message, item.Hidden, shown = secret.Message, false, true
		}
		if state, ok := states[h.CaseID]; ok {
			item.CaseID, item.CaseState = h.CaseID, state
		}
		out = append(out, item)
	}
	if !shown {
		return out, nil
	}
	reaches := func(g models.RoleGrant) bool {
		return reachOf(g) == area && inRegion(run.RegionCode, g.RegionCode)
	}
	return out, s.logAccess(ctx, v, reaches, models.AccessLog{Action: "read", Table: "quality_hits", RecordID: run.ID, Class: "P3"})
}

// caseStates are the titles of the states of the cases that v reaches.
func (s *server) caseStates(ctx context.Context, v *viewer, ids []string) (map[string]string, error) {
	out := map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var cases []models.Case
	err := s.filterCases(s.db(ctx).Select("cases.id", "cases.procedure", "cases.version", "cases.state").Where("cases.id IN ?", ids), v).Find(&cases).Error
	for i := range cases {
		st, _ := definitionOf(&cases[i]).State(cases[i].State)
		out[cases[i].ID] = st.Title
	}
	return out, err
}

// groupTasks is how many tasks one request hands out.
const groupTasks = 200

// hitTasks are the tasks by which v hands out what was found, by village and by whom it is proposed to: as many of each
// group as one request takes.
func (s *server) hitTasks(ctx context.Context, v *viewer, run *models.QualityRun, staff string, args []any) (map[[2]string][]gen.HitTask, error) {
	var rows []struct{ RegionCode, StaffID, Rule, TaskID string }
	mine := openTasks(s.db(ctx).Model(&models.Task{}), v).Where("tasks.queue IN ?", distinct(queuesOf(v))).Select("tasks.id, tasks.case_id")
	err := s.hits(ctx, v, run).Joins("JOIN cases ON cases.id = quality_hits.case_id AND cases.closed_at IS NULL AND cases.state IN ('detected', 'new')").
		Joins("JOIN (?) AS mine ON mine.case_id = cases.id", mine).
		Select("quality_hits.region_code, "+staff+" AS staff_id, quality_hits.rule, mine.id AS task_id", args...).Order("mine.id").Scan(&rows).Error
	out := map[[2]string][]gen.HitTask{}
	seen := map[string]bool{}
	for _, r := range rows {
		key := [2]string{r.RegionCode, r.StaffID}
		if seen[r.TaskID] || len(out[key]) == groupTasks { // several rules may have led to one clue
			continue
		}
		seen[r.TaskID] = true
		t := gen.HitTask{TaskID: r.TaskID}
		if run.Kind == models.RunQuality {
			t.Cause = activities.Cause(r.Rule)
		}
		out[key] = append(out[key], t)
	}
	return out, err
}

// GroupHits groups the hits whose case waits to be handed out, by village and by whom they are proposed to: the owner of a
// data issue, the helper of the household of a clue.
func (s *server) GroupHits(ctx context.Context, r gen.GroupHitsRequestObject) (gen.GroupHitsResponseObject, error) {
	v := viewerOf(ctx)
	run, err := s.findRun(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	staff := "COALESCE((SELECT MIN(g.user_id) FROM role_grants g WHERE g.household_id = quality_hits.household_id AND g.household_id <> '' AND g.role = 'assistance_person' AND (g.valid_to IS NULL OR g.valid_to > ?)), '')"
	args := []any{s.engine.Clock.Now()}
	if run.Kind == models.RunQuality {
		staff, args = "quality_hits.owner_id", nil
	}
	var rows []struct {
		RegionCode, StaffID string
		Households, Hits    int
	}
	tx := s.hits(ctx, v, run).Joins("JOIN cases ON cases.id = quality_hits.case_id AND cases.closed_at IS NULL AND cases.state IN ('detected', 'new')")
	err = tx.Select("quality_hits.region_code, "+staff+" AS staff_id, COUNT(DISTINCT quality_hits.household_id) AS households, COUNT(*) AS hits", args...).
		Group("1, 2").Order("1, 2").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	var want codes
	for _, x := range rows {
		want.regions, want.users = append(want.regions, x.RegionCode), append(want.users, x.StaffID)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	tasks, err := s.hitTasks(ctx, v, run, staff, args)
	if err != nil {
		return nil, err
	}
	out := gen.HitGroups{Items: []gen.HitGroup{}}
	for _, x := range rows {
		g := gen.HitGroup{RegionCode: x.RegionCode, RegionName: l.region(x.RegionCode), StaffID: x.StaffID, Households: x.Households, Hits: x.Hits, Event: "dispatch", Tasks: tasks[[2]string{x.RegionCode, x.StaffID}]}
		if run.Kind == models.RunQuality {
			g.Event = "assign"
		}
		if g.Tasks == nil {
			g.Tasks = []gen.HitTask{}
		}
		if x.StaffID != "" {
			g.StaffName = l.user(x.StaffID).Name
		}
		out.Items = append(out.Items, g)
	}
	return gen.GroupHits200JSONResponse(out), nil
}
