package api

import (
	"context"
	"slices"

	"shouwang/api/gen"
	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// A household on one page: what the rules say of its record, its incomes, its risks, what is done about them and who was
// there when. One operation, because each part needs the same record and the same question of who may see what.

// overviewField stands in the access log for the whole of it.
const overviewField = "overview"

// overviewVisits are the visits of two years, as many as the rules can ask for.
const overviewVisits = 300

// GetHouseholdOverview shows what the viewer sees of a household every day.
func (s *server) GetHouseholdOverview(ctx context.Context, r gen.GetHouseholdOverviewRequestObject) (gen.GetHouseholdOverviewResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.findHousehold(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	see, over, err := s.householdEyes(ctx, v, h)
	if err != nil {
		return nil, err
	}
	if err := s.logAccess(ctx, v, over, models.AccessLog{Action: "read", Table: "households", RecordID: h.ID, HouseholdID: h.ID, Field: overviewField, Class: "P2"}); err != nil {
		return nil, err
	}
	out, err := s.overview(ctx, v, h, see)
	out.CanReveal = len(out.Withheld) > 0 && see.purposed().see != see.see
	return gen.GetHouseholdOverview200JSONResponse(out), err
}

// RevealHouseholdOverview shows what is masked every day too, for a purpose that is kept.
func (s *server) RevealHouseholdOverview(ctx context.Context, r gen.RevealHouseholdOverviewRequestObject) (gen.RevealHouseholdOverviewResponseObject, error) {
	v := viewerOf(ctx)
	if err := s.slowly(v); err != nil {
		return nil, err
	}
	h, err := s.findHousehold(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	see, over, err := s.householdEyes(ctx, v, h)
	if err != nil {
		return nil, err
	}
	if see.purposed().see == see.see {
		return nil, forbidden("unmask_not_allowed", "您的岗位不能查看完整信息")
	}
	entry := models.AccessLog{Action: "unmask", Table: "households", RecordID: h.ID, HouseholdID: h.ID, Field: overviewField, Class: "P3", Purpose: r.Body.Purpose}
	if err := s.logAccess(ctx, v, firstOf(v, mayUnmask(over)), entry); err != nil {
		return nil, err
	}
	out, err := s.overview(ctx, v, h, see.purposed())
	return gen.RevealHouseholdOverview200JSONResponse(out), err
}

func (s *server) overview(ctx context.Context, v *viewer, h *models.Household, see eyes) (gen.HouseholdOverview, error) {
	out := gen.HouseholdOverview{Guarantees: []gen.RuleFinding{}, Incomes: []gen.HouseholdIncome{}, Measures: []gen.HouseholdMeasure{}, Visits: []gen.HouseholdVisit{}, Withheld: []string{}, Responsible: []gen.HouseholdResponsible{}}
	p, err := s.engine.PolicyNow(ctx, h.RegionCode)
	if err != nil {
		return out, err
	}
	f, err := s.family(ctx, h)
	if err != nil {
		return out, err
	}
	s.guarantees(f, p, see, &out)
	incomes(f, see, &out)
	for _, part := range []func() error{
		func() error { return s.risk(ctx, h, p, see, &out) },
		func() error { return s.measures(ctx, v, h, p, &out) },
		func() error { return s.visits(ctx, v, h, p, &out) },
		func() error { return s.responsible(ctx, h, p, &out) },
	} {
		if err := part(); err != nil {
			return out, err
		}
	}
	return out, nil
}

// family is the record of a household as the rules look at it.
func (s *server) family(ctx context.Context, h *models.Household) (*policy.Family, error) {
	secret, err := h.Secret(s.engine.Store.Vault)
	if err != nil {
		return nil, err
	}
	var people []models.Person
	if err := s.db(ctx).Where("household_id = ? AND left_at IS NULL", h.ID).Order("ord, id").Find(&people).Error; err != nil {
		return nil, err
	}
	secrets := make([]models.PersonSecret, len(people))
	for i := range people {
		if secrets[i], err = people[i].Secret(s.engine.Store.Vault); err != nil {
			return nil, err
		}
	}
	f := register.Family(*h, secret, people, secrets)
	return &f, nil
}

// guaranteeOf names a column that each guarantee is told from: it is seen as far as that is. What school a child goes to is
// as sensitive as all else about it.
var guaranteeOf = map[string]struct {
	code  string
	child bool
}{policy.ScreenEducation: {"school", true}, policy.ScreenMedical: {"resident_insured", false}, policy.ScreenHousing: {"house_grade", false}}

func (s *server) guarantees(f *policy.Family, p policy.Snapshot, see eyes, out *gen.HouseholdOverview) {
	withheld := false
	for _, x := range policy.Guarantees(f, policy.DateOf(s.engine.Clock.Now()), p) {
		of, ok := guaranteeOf[x.Code]
		if !ok {
			of.code = "water_litres" // the parts of drinking water
		}
		class := register.ClassOf(of.code)
		if of.child {
			class = register.ClassOfChild(of.code)
		}
		found := ruleFinding(x)
		switch see.of(of.code, class, of.child) {
		case hidden:
			found.Verdict, found.VerdictTitle = "hidden", "按权限不显示"
			fallthrough
		case masked:
			found.Reason, found.Values, withheld = "", []gen.RuleValue{}, true
		}
		out.Guarantees = append(out.Guarantees, found)
	}
	if withheld {
		out.Withheld = append(out.Withheld, "guarantees")
	}
}

func ruleFinding(x policy.Finding) gen.RuleFinding {
	said := map[policy.Verdict][2]string{policy.VerdictYes: {"met", "达标"}, policy.VerdictNo: {"unmet", "未达标"}, policy.VerdictJudge: {"judge", "须人工判断"}}[x.Verdict]
	out := gen.RuleFinding{Code: x.Code, Title: x.Title, Verdict: gen.RuleFindingVerdict(said[0]), VerdictTitle: said[1], Reason: x.Reason, Basis: policy.BasisTitle(x.Basis), Values: []gen.RuleValue{}}
	for _, y := range x.Values {
		out.Values = append(out.Values, gen.RuleValue{Name: y.Name, Text: y.Text})
	}
	return out
}

// incomes are those of all years on record, in full or not at all: a masked sum is none.
func incomes(f *policy.Family, see eyes, out *gen.HouseholdOverview) {
	if len(f.Years) == 0 {
		return
	}
	if see.of("income_wage", register.ClassOf("income_wage"), false) < full {
		out.Withheld = append(out.Withheld, "incomes")
		return
	}
	told := func(fen int64) *int64 {
		if fen == 0 {
			return nil
		}
		return &fen
	}
	for _, y := range f.Years {
		out.Incomes = append(out.Incomes, gen.HouseholdIncome{Year: y.Year, Wage: told(y.Wage), Production: told(y.Production), Property: told(y.Property), Transfer: told(y.Transfer),
			ProductionExpense: told(y.ProductionExpense), PerHead: told(y.PerHead)})
	}
}

// risk is the last episode of monitoring; for what it was begun is sensitive.
func (s *server) risk(ctx context.Context, h *models.Household, p policy.Snapshot, see eyes, out *gen.HouseholdOverview) error {
	var last []models.MonitoringEpisode
	err := s.db(ctx).Where("household_id = ? AND revoked_at IS NULL", h.ID).Order("no DESC").Limit(1).Find(&last).Error
	if err != nil || len(last) == 0 {
		return err
	}
	ep := last[0]
	x := gen.HouseholdRisk{No: ep.No, Category: p.Title("category_set", ep.Category), OpenedOn: day(policy.DateOf(ep.OpenedAt)), Types: []string{}}
	if ep.ClosedAt != nil {
		x.ClosedOn = day(policy.DateOf(*ep.ClosedAt))
	}
	if see.of("risk_types", procedure.P3, false) < full {
		out.Withheld = append(out.Withheld, "risks")
	} else {
		secret, err := ep.Secret(s.engine.Store.Vault)
		if err != nil {
			return err
		}
		for _, code := range secret.RiskTypes {
			x.Types = append(x.Types, p.Title("risk_type_set", code))
		}
	}
	out.Risk = x
	return nil
}

// measures are those of the last plan, as far as the viewer reaches them.
func (s *server) measures(ctx context.Context, v *viewer, h *models.Household, p policy.Snapshot, out *gen.HouseholdOverview) error {
	var plans, measures []models.Case
	tx := s.filterCases(s.db(ctx).Where("cases.household_id = ? AND cases.procedure = ?", h.ID, "assistance_plan"), v)
	if err := tx.Order("cases.opened_at DESC, cases.id DESC").Limit(1).Find(&plans).Error; err != nil || len(plans) == 0 {
		return err
	}
	plan := caseRef(&plans[0])
	out.Plan = plan
	tx = s.filterCases(s.db(ctx).Where("cases.parent_id = ? AND cases.procedure = ?", plan.ID, "measure"), v)
	if err := tx.Order("cases.id").Limit(100).Find(&measures).Error; err != nil {
		return err
	}
	today := policy.DateOf(s.engine.Clock.Now()).String()
	for i := range measures {
		c := &measures[i]
		due, ref := c.LastDay("due"), caseRef(c)
		out.Measures = append(out.Measures, gen.HouseholdMeasure{Case: ref, Kind: p.Title("measure_kinds", c.Facts.Text("kind")), Content: scrub(c.Facts.Text("content")),
			DueOn: optionalDay(due), Overdue: !ref.Final && due != "" && due < today && slices.Contains(undelivered, c.State)})
	}
	return nil
}

// undelivered are the states of a measure that has still to be carried out.
var undelivered = []procedure.State{"planned", "applied", "dept_accepted", "delivering"}

var visitStandings = map[procedure.State]gen.HouseholdVisitStanding{"scheduled": "ahead", "due": "due", "failed_absent": "due", "done_home": "done", "done_remote": "done",
	"missed": "missed", "excused": "excused"}

// visits are the duties to visit of the last two years with what came of each.
func (s *server) visits(ctx context.Context, v *viewer, h *models.Household, p policy.Snapshot, out *gen.HouseholdOverview) error {
	var rows []models.Case
	since := policy.DateOf(s.engine.Clock.Now()).AddMonths(-24).Start().UTC()
	tx := s.filterCases(s.db(ctx).Where("cases.household_id = ? AND cases.procedure = ? AND cases.opened_at >= ?", h.ID, "visit_task", since), v)
	if err := tx.Order("cases.opened_at DESC, cases.id DESC").Limit(overviewVisits).Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		c := &rows[i]
		x := gen.HouseholdVisit{CaseID: c.ID, Title: p.Title("visit_rule", c.Facts.Text("duty")), Standing: visitStandings[c.State], StateTitle: stateTitle(definitionOf(c), c.State),
			Role: c.Facts.Text("duty_role"), Until: optionalDay(c.Facts.Text("ends_on")), On: optionalDay(c.Facts.Text("visited_on"))}
		if before, err := policy.ParseDate(c.Facts.Text("wait_until")); err == nil {
			x.From = day(before.AddDays(1))
		}
		out.Visits = append(out.Visits, x)
	}
	return nil
}
