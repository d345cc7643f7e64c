package api

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/programme"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Figures count from the tables that the inbox is made of, for the areas in which the
// viewer works. Departments and field workers, who see single cases, have none.

// figureDays is how far back answers of departments and closed problems are counted.
const figureDays = 365

// since is the first day of what is counted over a year.
func (f *figures) since() policy.Date { return policy.DateOf(f.now).AddDays(-figureDays) }

// figures is one request for figures.
type figures struct {
	s      *server
	ctx    context.Context
	v      *viewer
	region string
	now    time.Time
	// counted are the offices whose areas are counted: those that see the cases, or numbers too.
	counted func(reach) bool
}

// in keeps the rows of the viewer's areas, and of the region he asks for.
func (f *figures) in(tx *gorm.DB, column string) *gorm.DB {
	c := areasOf(f.v, f.counted, withinColumn(column))
	if f.region != "" {
		c = c.and(within(column, f.region))
	}
	return tx.Where(c.sql, c.args...)
}

func (f *figures) cases() *gorm.DB {
	return f.in(f.s.db(f.ctx).Model(&models.Case{}), "cases.region_code")
}

// of keeps the cases of one procedure, which the index by county and procedure finds.
func (f *figures) of(name string) *gorm.DB {
	c := inCountiesOf(f.v)
	return f.in(f.s.db(f.ctx).Model(&models.Case{}).Where(c.sql, c.args...).Where("cases.procedure = ?", name), "cases.region_code || ''")
}

// GetFigures counts what the viewer's areas are at.
func (s *server) GetFigures(ctx context.Context, r gen.GetFiguresRequestObject) (gen.GetFiguresResponseObject, error) {
	f := &figures{s: s, ctx: ctx, v: viewerOf(ctx), region: r.Params.Region, now: s.engine.Clock.Now(), counted: isCounted}
	out := gen.Figures{At: f.now, Since: day(f.since())}
	for _, part := range []func(*gen.Figures) error{f.open, f.coverage, f.risks, f.departments, f.rectification} {
		if err := part(&out); err != nil {
			return nil, err
		}
	}
	return gen.GetFigures200JSONResponse(out), nil
}

// openByState counts open cases by village, procedure and state: it reads the index of
// open cases and nothing else.
func (f *figures) openByState() *gorm.DB {
	return f.cases().Where("cases.closed_at IS NULL").
		Select("cases.region_code, cases.procedure, cases.state, count(*) AS open, sum(CASE WHEN cases.due_at <= ? THEN 1 ELSE 0 END) AS overdue", f.now.UTC()).
		Group("cases.region_code, cases.procedure, cases.state")
}

type openCount struct {
	RegionCode, Procedure, State string
	Open, Overdue                int
}

func (f *figures) open(out *gen.Figures) error {
	var rows []openCount
	if err := f.openByState().Scan(&rows).Error; err != nil {
		return err
	}
	var want codes
	stages, villages := map[string]*gen.StageFigure{}, map[string]*gen.VillageFigure{}
	for _, r := range rows {
		want.regions = append(want.regions, r.RegionCode)
		key := r.Procedure + "/" + r.State
		if stages[key] == nil {
			d, _ := procedure.Latest(r.Procedure)
			stages[key] = &gen.StageFigure{Procedure: r.Procedure, ProcedureTitle: d.Title, State: r.State, StateTitle: stateTitle(d, procedure.State(r.State))}
		}
		st := stages[key]
		st.Open, st.Overdue = st.Open+r.Open, st.Overdue+r.Overdue
		if slices.Contains(immaterial, r.Procedure) { // as the list of cases leaves them out
			continue
		}
		if villages[r.RegionCode] == nil {
			villages[r.RegionCode] = &gen.VillageFigure{Code: r.RegionCode}
		}
		vi := villages[r.RegionCode]
		vi.Open, vi.Overdue = vi.Open+r.Open, vi.Overdue+r.Overdue
	}
	l, err := f.s.labels(f.ctx, want)
	if err != nil {
		return err
	}
	out.Stages, out.Villages = []gen.StageFigure{}, []gen.VillageFigure{}
	for _, key := range sortedKeys(stages) {
		out.Stages = append(out.Stages, *stages[key])
	}
	for _, code := range sortedKeys(villages) {
		villages[code].Title = l.region(code)
		out.Villages = append(out.Villages, *villages[code])
	}
	return nil
}

// coverage counts the households of campaigns that are under way, by village.
func (f *figures) coverage(out *gen.Figures) error {
	out.Campaigns = []gen.CampaignFigure{}
	var rows []struct {
		ID, RegionCode   string
		Households, Done int
	}
	counties := inCountiesOf(f.v) // one of the whole county goes through its townships too
	open := f.s.db(f.ctx).Model(&models.Case{}).Select("id").Where(counties.sql, counties.args...).Where("procedure = ? AND closed_at IS NULL", "campaign")
	err := f.in(f.s.db(f.ctx).Model(&models.CampaignScope{}), "campaign_scope.region_code").Where("campaign_scope.campaign_id IN (?)", open).
		Select("campaign_scope.campaign_id AS id, campaign_scope.region_code, count(*) AS households, sum(CASE WHEN result <> '' OR exception <> '' THEN 1 ELSE 0 END) AS done").
		Group("campaign_scope.campaign_id, campaign_scope.region_code").Order("campaign_scope.campaign_id, campaign_scope.region_code").Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return err
	}
	var want codes
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i], want.regions = r.ID, append(want.regions, r.RegionCode)
	}
	var campaigns []models.Case
	if err := f.s.db(f.ctx).Where("id IN ?", distinct(ids)).Find(&campaigns).Error; err != nil {
		return err
	}
	var reached []string
	if err := f.s.filterCases(f.s.db(f.ctx).Model(&models.Case{}).Where("cases.id IN ?", distinct(ids)), f.v).Pluck("cases.id", &reached).Error; err != nil {
		return err
	}
	titles := map[string]string{}
	for i := range campaigns {
		titles[campaigns[i].ID] = campaigns[i].Facts.Text("title")
	}
	l, err := f.s.labels(f.ctx, want)
	for _, r := range rows {
		if err == nil {
			out.Campaigns = append(out.Campaigns, gen.CampaignFigure{ID: r.ID, Title: titles[r.ID], Code: r.RegionCode, CanOpen: slices.Contains(reached, r.ID), RegionName: l.region(r.RegionCode), Households: r.Households, Done: r.Done})
		}
	}
	return err
}

// risks counts the monitored households by risk type, of class P3: fewer than the
// policy's minimum are not told, and none looks like few.
func (f *figures) risks(out *gen.Figures) error {
	home := f.region
	if home == "" {
		home = homeRegion(f.v)
	}
	p, err := f.s.policyFor(f.ctx, home, f.now)
	if err != nil {
		return err
	}
	var rows []models.MonitoringEpisode
	err = f.in(f.s.db(f.ctx).Model(&models.MonitoringEpisode{}), "monitoring_episodes.region_code").Where("closed_at IS NULL AND revoked_at IS NULL").Find(&rows).Error
	if err != nil {
		return err
	}
	households := map[string]map[string]bool{}
	for i := range rows {
		secret, err := rows[i].Secret(f.s.engine.Store.Vault)
		if err != nil {
			return err
		}
		for _, risk := range secret.RiskTypes {
			if households[risk] == nil {
				households[risk] = map[string]bool{}
			}
			households[risk][rows[i].HouseholdID] = true
		}
	}
	out.RiskMinimum, out.Risks = p.Int("figures_minimum"), []gen.RiskFigure{}
	for _, risk := range p.Items("risk_type_set") {
		x := gen.RiskFigure{Code: risk.Code, Title: risk.Title, Masked: true}
		if n := len(households[risk.Code]); n >= out.RiskMinimum {
			x.Households, x.Masked = n, false
		}
		out.Risks = append(out.Risks, x)
	}
	return nil
}

// answers are the acts by which a department answers.
var comparisonAnswers = []string{"answer_clean", "answer_hit"}

// departments tells how long each department takes to answer (2.12), over a year.
func (f *figures) departments(out *gen.Figures) error {
	var rows []models.Case
	err := f.of("dept_comparison").Select("cases.id, cases.dept, cases.facts, cases.opened_at").
		Where("cases.opened_at >= ?", f.since().Start().UTC()).Order("cases.dept, cases.id").Find(&rows).Error
	if err != nil {
		return err
	}
	byDept, days := map[string]*gen.DepartmentFigure{}, map[string][]int{}
	for i := range rows {
		c := &rows[i]
		if byDept[c.Dept] == nil {
			byDept[c.Dept] = &gen.DepartmentFigure{Code: c.Dept, Title: deptTitle(c.Dept)}
		}
		d := byDept[c.Dept]
		d.Asked++
		if c.Facts.Count["lapse"] > 0 {
			d.Overdue++
		}
		for _, event := range comparisonAnswers {
			if at, ok := c.Facts.At[event]; ok {
				d.Answered++
				days[c.Dept] = append(days[c.Dept], policy.DateOf(at).Sub(policy.DateOf(c.OpenedAt)))
			}
		}
	}
	out.Departments = []gen.DepartmentFigure{}
	for _, dept := range sortedKeys(byDept) {
		d := byDept[dept]
		d.MedianDays, d.P90Days = quantile(days[dept], 0.5), quantile(days[dept], 0.9)
		out.Departments = append(out.Departments, *d)
	}
	return nil
}

// quantile is the least value that a share of all does not exceed; 0 of none.
func quantile(values []int, share float64) float32 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return float32(sorted[max(int(math.Ceil(share*float64(len(sorted))))-1, 0)])
}

// problemIDs are the problems that figures are about: open ones, and those of a year.
func (f *figures) problemIDs() *gorm.DB {
	return f.of("rectification").Select("cases.id").
		Where("(cases.closed_at IS NULL OR cases.opened_at >= ?)", f.since().Start().UTC())
}

// rectification counts problems by class, level and village, and how many were open on
// each day.
func (f *figures) rectification(out *gen.Figures) error {
	problems, err := programme.LoadIn(f.s.db(f.ctx), f.problemIDs(), func(tx *gorm.DB) *gorm.DB { return tx })
	if err != nil {
		return err
	}
	n, err := f.s.numbers(f.ctx, problems)
	if err != nil {
		return err
	}
	d, _ := procedure.Latest("rectification")
	level := func(code string) string { return optionTitle(allFields(d), "subject_kind", code) }
	out.Rectification = gen.RectificationFigure{Total: n.Total, Open: n.Open, Overdue: n.Overdue, Done: n.Done, Villages: n.Villages,
		Classes: lines(programme.Lines(problems, f.now, func(p *programme.Problem) string { return p.Facts.Text("class") }, classTitle)),
		Levels:  lines(programme.Lines(problems, f.now, func(p *programme.Problem) string { return p.Facts.Text("subject_kind") }, level))}
	out.BurnDown = burnDown(programme.BurnDown(problems, policy.Date{}, f.now))
	return nil
}

// ListFigureProblems lists the problems that the figures of rectification count, of one class, level or standing.
func (s *server) ListFigureProblems(ctx context.Context, r gen.ListFigureProblemsRequestObject) (gen.ListFigureProblemsResponseObject, error) {
	p := r.Params
	f := &figures{s: s, ctx: ctx, v: viewerOf(ctx), region: p.Region, now: s.engine.Clock.Now(), counted: isArea}
	problems, err := programme.LoadIn(s.db(ctx), f.problemIDs(), func(tx *gorm.DB) *gorm.DB { return tx })
	if err != nil {
		return nil, err
	}
	problems = slices.DeleteFunc(problems, func(x programme.Problem) bool {
		return !fits(p.Class, x.Facts.Text("class")) || !fits(p.Level, x.Facts.Text("subject_kind")) || p.Standing == gen.ListFigureProblemsParamsStandingOpen && !x.Open() ||
			p.Standing == gen.ListFigureProblemsParamsStandingOverdue && !x.Overdue(f.now) || p.Standing == gen.ListFigureProblemsParamsStandingDone && !x.Done()
	})
	slices.SortStableFunc(problems, func(a, b programme.Problem) int { // the overdue ones first
		if x, y := a.Overdue(f.now), b.Overdue(f.now); x != y {
			return map[bool]int{true: -1, false: 1}[x]
		}
		return a.DueOn().Start().Compare(b.DueOn().Start())
	})
	out, err := s.problemItems(ctx, problems, f.now)
	return gen.ListFigureProblems200JSONResponse(out), err
}

// fits reports whether a code is the one asked for: "" asks for any, "-" for none.
func fits(asked, code string) bool { return asked == "" || asked == code || asked == "-" && code == "" }

func lines(in []programme.Line) []gen.ProgressLine {
	out := make([]gen.ProgressLine, len(in))
	for i, x := range in {
		out[i] = gen.ProgressLine{Code: x.Code, Title: strings.TrimSpace(x.Title), Total: x.Total, Open: x.Open, Overdue: x.Overdue, Done: x.Done, Dropped: x.Dropped}
	}
	return out
}

func burnDown(days []programme.Day) []gen.ProgressDay {
	out := []gen.ProgressDay{}
	for _, d := range days {
		x := gen.ProgressDay{Day: day(d.Day), Planned: d.Planned}
		if d.Open >= 0 {
			x.Open = &d.Open
		}
		out = append(out, x)
	}
	return out
}
