package lookback

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"shouwang/internal/demo"
	"shouwang/internal/ledger"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// past is what became of a household before the system came: for what it was monitored, since when, until when, and what was
// done for it. Days count back from today; 0 is not known of the first, and not yet of the second.
type past struct {
	risks        []string
	since, until int
	method       string
	measures     []policy.FamilyMeasure
	unpaired     bool // nobody looks after it
	unfilled     bool // its water is not recorded
}

func measure(kind, content string) policy.FamilyMeasure {
	return policy.FamilyMeasure{Kind: kind, Name: content}
}

// inForce is a household that is monitored for a risk, with a measure against it.
func inForce(risk string, measures ...policy.FamilyMeasure) past {
	return past{risks: []string{risk}, since: 90, measures: measures}
}

// gone is one whose risk was eliminated.
func gone(method string, measures ...policy.FamilyMeasure) past {
	return past{risks: []string{"accident"}, since: 400, until: 30, method: method, measures: measures}
}

var (
	social = measure("social", "社会力量慰问帮扶")
	aid    = measure("security", "临时救助")
)

// pasts are such that one rule about monitored households finds something in them, and no other.
var pasts = map[string]past{
	"risk_type_missing":     {since: 90},
	"other_without_note":    inForce("other", social),
	"identified_on_missing": {risks: []string{"accident"}},
	"measure_missing":       inForce("accident"),
	"labour_only_security":  inForce("accident", aid),

	"disability_subsidy_without_disabled": inForce("accident", social, measure("security", "残疾人两项补贴")),
	"rain_dew_without_student":            inForce("accident", measure("education", "雨露计划补助")),
	"work_subsidy_without_worker":         inForce("accident", measure("employment", "外出务工补贴")),
	"public_post_without_worker":          inForce("accident", measure("public_post", "安排护林岗位")),
	"tekun_measure_without_person":        inForce("accident", social, measure("security", "特困供养")),

	"eliminated_indicators_empty": {risks: []string{"accident"}, since: 400, until: 30, method: "natural", unfilled: true},
	"eliminated_contact_missing":  {risks: []string{"accident"}, since: 400, until: 30, method: "natural", unpaired: true},
	"eliminated_without_measure":  gone("assisted"),
	"eliminated_too_soon":         {risks: []string{"accident"}, since: 130, until: 30, method: "natural"},
	"eliminated_same_month":       {risks: []string{"accident"}, since: 40, until: 30, method: "natural"},
}

// grounds are pasts with which nothing is wrong, until the register is changed as ledger.SpoilableMonitored has it.
var grounds = map[string]past{
	"risk_disability_without_disabled": inForce("disability", aid, measure("industry", "发展养殖")),
	"risk_illness_without_ill":         inForce("illness", measure("health", "大病救治")),
	"risk_illness_without_payment":     inForce("illness", measure("health", "大病救治")),
	"risk_schooling_without_student":   inForce("schooling", measure("education", "助学补助")),
	"risk_labour_shortage_with_labour": inForce("labour_shortage", measure("industry", "托管种植")),
	"risk_employment_without_worker":   inForce("unstable_employment", measure("employment", "推荐就业")),
	"housing_without_risk":             inForce("accident", social), "water_without_risk": inForce("accident", social), "schooling_without_risk": inForce("accident", social),
	"medical_without_risk":    inForce("accident", social),
	"no_labour_without_dibao": inForce("accident", social), "no_labour_without_flag": inForce("accident", social),
	"eliminated_below_line": gone("natural"), "eliminated_dangerous_house": gone("natural"), "eliminated_unsafe_water": gone("natural"),
	"eliminated_industry_without_income": gone("assisted", measure("industry", "发展养殖")),
	"eliminated_dibao_without_transfer":  gone("natural"), "eliminated_post_without_wage": gone("natural"),
}

// histories gives households a past in which a rule about monitored households finds something.
func (p *Play) histories(ctx context.Context) error {
	c := policy.NewDataContext(policy.DateOf(p.clock().Now()), p.policy)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	lived := func(rule string, x past, home, member string) {
		g.Go(func() error {
			if err := p.live(gctx, home, x); err != nil {
				return fmt.Errorf("%s: %w", rule, err)
			}
			return p.sole(gctx, home, c, rule+" "+member)
		})
		p.faults.add(rule, home, member)
	}
	for _, rule := range ledger.SpoilableMonitored() {
		x, known := grounds[rule]
		if !known {
			continue
		}
		s, err := p.ground(ctx, rule, x, c)
		if err != nil {
			return errors.Join(err, g.Wait())
		}
		if s != nil {
			lived(rule, x, s.HouseholdID, s.Member)
		}
	}
	var rest []string
	for _, r := range policy.DataRules {
		if _, known := pasts[r.Code]; known {
			rest = append(rest, r.Code)
		}
	}
	for _, rule := range rest {
		home, err := p.fitting(ctx, rule, c)
		if err != nil {
			return errors.Join(err, g.Wait())
		}
		if home != "" {
			lived(rule, pasts[rule], home, "")
		}
	}
	return g.Wait()
}

// ground finds a household to which a past may have happened and spoils its register for the rule, village after village;
// nil when none fits.
func (p *Play) ground(ctx context.Context, rule string, x past, c policy.DataContext) (*ledger.Spoiled, error) {
	for v := range p.Villages {
		o := ledger.SpoilOptions{Region: demo.Village(v + 1), Seed: 2, Context: c, Codes: []string{rule}, Assumed: true, Not: p.faults.homes(),
			Monitored: func(*gorm.DB, string) (f policy.Family, err error) { x.tell(&f, c.Today); return f, nil }}
		put, err := ledger.Spoil(ctx, p.Engine.Store, o)
		if err == nil {
			// At once, so that nobody else takes it.
			return &put[0], p.enter(ctx, put[0].HouseholdID, x)
		}
		if !strings.Contains(err.Error(), "no household fits") {
			return nil, err
		}
	}
	return nil, nil
}

// tell puts a past into what the rules look at.
func (x past) tell(f *policy.Family, today policy.Date) {
	f.Measures = x.measures
	if !x.unpaired {
		f.Contact = "有人联系"
	}
	if x.unfilled {
		f.Water = nil
	}
	f.Episode = &policy.Episode{RiskTypes: x.risks, Method: x.method}
	if x.since > 0 {
		f.Episode.Identified = today.AddDays(-x.since)
	}
	if x.until > 0 { // a family of which nothing else is told yet has its indicators in the register
		f.Episode.Eliminated, f.Episode.Checked = today.AddDays(-x.until), f.HasIndicators() || f.ID == ""
	}
}

// fitting finds a household in which, had it that past, the rule and no other would find something, and enters it.
func (p *Play) fitting(ctx context.Context, rule string, c policy.DataContext) (string, error) {
	var ids []string
	db := p.Engine.Store.DB.WithContext(ctx)
	if err := db.Model(&models.Household{}).Where("region_code LIKE ? AND status = ?", demo.Township+"%", "none").Order("no").Pluck("id", &ids).Error; err != nil {
		return "", err
	}
	r := rand.New(rand.NewPCG(3, 4))
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, id := range ids {
		f, err := p.Engine.Family(db, id, p.clock().Now())
		if err != nil {
			return "", err
		}
		if pasts[rule].tell(&f, c.Today); slices.Equal(found(&f, c), []string{rule + " "}) {
			return id, p.enter(ctx, id, pasts[rule])
		}
	}
	return "", nil
}

// found are the rules that object to a household, each with the member.
func found(f *policy.Family, c policy.DataContext) []string {
	var out []string
	for _, r := range policy.DataRules {
		for _, x := range r.Find(f, c) {
			out = append(out, r.Code+" "+x.Member)
		}
	}
	return out
}

// sole makes sure that what was put into a household is what the rules find.
func (p *Play) sole(ctx context.Context, id string, c policy.DataContext, want string) error {
	f, err := p.Engine.Family(p.Engine.Store.DB.WithContext(ctx), id, p.clock().Now())
	if err == nil && !slices.Equal(found(&f, c), []string{want}) {
		err = fmt.Errorf("%s: the rules find %v", want, found(&f, c))
	}
	return err
}

// enter writes that a household was monitored before the system came, as if its risk were not eliminated yet. Like any such
// household it is given a plan of assistance, which its episode is filed under.
func (p *Play) enter(ctx context.Context, id string, x past) error {
	vault := p.Engine.Store.Vault
	var h models.Household
	err := p.Engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", id).Take(&h).Error; err != nil {
			return err
		}
		if x.unfilled {
			s, err := h.Secret(vault)
			if err != nil {
				return err
			}
			s.Water = models.WaterRecord{}
			if err := h.SetSecret(vault, s); err != nil {
				return err
			}
		}
		h.Status, h.RowVersion = "monitored", h.RowVersion+1
		return tx.Save(&h).Error
	})
	if err != nil {
		return err
	}
	v, err := villageOf(h.RegionCode)
	if err != nil {
		return err
	}
	plan, err := p.openPlan(ctx, demo.Secretary(v), id)
	if err != nil {
		return err
	}
	return p.Engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		ep := models.MonitoringEpisode{ID: models.NewID(), HouseholdID: id, No: 1, CaseID: plan, RegionCode: h.RegionCode, Category: "unstable"}
		if x.since > 0 {
			ep.OpenedAt = p.before(x.since)
		}
		if err := ep.SetSecret(vault, models.EpisodeSecret{RiskTypes: x.risks}); err != nil {
			return err
		}
		if err := tx.Create(&ep).Error; err != nil || x.unpaired || len(x.measures) > 0 {
			return err // the plan pairs it
		}
		return tx.Create(&models.RoleGrant{ID: models.NewID(), UserID: p.users[demo.Cadre(v)], Role: procedure.AssistancePerson, RegionCode: h.RegionCode, HouseholdID: id, ValidFrom: p.before(max(x.since, 1))}).Error
	})
}

func (p *Play) openPlan(ctx context.Context, login, id string) (string, error) {
	c, err := p.as(ctx, login)
	if err != nil {
		return "", err
	}
	var out struct {
		Reply struct {
			CaseID string `json:"case_id"`
		} `json:"reply"`
	}
	err = c.Post(ctx, "/cases", models.NewID(), map[string]any{"procedure": "assistance_plan", "household_id": id, "form": map[string]any{}}, &out)
	return out.Reply.CaseID, err
}

// before is noon so many days ago.
func (p *Play) before(days int) time.Time {
	return policy.DateOf(p.clock().Now()).AddDays(-days).Start().Add(12 * time.Hour).UTC()
}

// villageOf is the number of a village of the township, from 0.
func villageOf(region string) (int, error) {
	n, err := strconv.Atoi(region[len(demo.Township)+2:])
	return n - 1, err
}

// live carries out the measures of a past, and then marks the risk as eliminated if it was.
func (p *Play) live(ctx context.Context, id string, x past) error {
	if err := p.plan(ctx, id, x); err != nil || x.until == 0 {
		return err
	}
	return p.Engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Model(&models.MonitoringEpisode{}).Where("household_id = ?", id).Updates(map[string]any{"closed_at": policy.DateOf(p.before(x.until)).Start().UTC(), "method": x.method}).Error
	})
}

// plan has the plan of assistance drawn up, approved and begun.
func (p *Play) plan(ctx context.Context, id string, x past) error {
	if len(x.measures) == 0 {
		return nil
	}
	var ids []string
	db := p.Engine.Store.DB.WithContext(ctx)
	if err := db.Model(&models.MonitoringEpisode{}).Where("household_id = ?", id).Pluck("case_id", &ids).Error; err != nil {
		return err
	}
	plan := ids[0]
	f, err := p.Engine.Family(db, id, p.clock().Now())
	if err != nil {
		return err
	}
	v, err := villageOf(f.Region)
	if err != nil {
		return err
	}
	able := slices.ContainsFunc(f.Members, func(m policy.Member) bool { can, _ := policy.CanWork(m.Labour); return can })
	var rows []any
	for _, m := range x.measures {
		rows = append(rows, map[string]any{"risk": x.risks[0], "kind": m.Kind, "content": m.Name, "dept": "civil_affairs", "amount": 100_000.0, "due": p.day(300)})
	}
	if err := p.endorse(ctx, office, plan, "assign_responsible"); err != nil {
		return err
	}
	for _, e := range []struct {
		login, event string
		answers      map[string]any
	}{
		{demo.Secretary(v), "assign_responsible", map[string]any{"responsible_account": p.users[demo.Cadre(v)]}},
		{demo.Cadre(v), "declare_plan", map[string]any{"has_labour": able, "measures": rows, "labour_reason": "按该户实际困难安排"}},
		{office, "plan_approve", nil}, {demo.Cadre(v), "start", nil},
	} {
		if err := p.act(ctx, e.login, "assistance_plan", plan, e.event, v, e.answers); err != nil {
			return err
		}
	}
	return nil
}

// beside gives a household the telephone number of one in the neighbouring county, for two rules to find.
func (p *Play) beside(ctx context.Context, h *home) error {
	vault := p.Engine.Store.Vault
	return p.Engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		var there, here models.Household
		if err := tx.Where("region_code LIKE ? AND phone_mark IS NOT NULL", demo.OtherCounty+"%").Order("no").Take(&there).Error; err != nil {
			return err
		}
		theirs, err := there.Secret(vault)
		if err != nil {
			return err
		}
		if err := tx.Where("id = ?", h.ID).Take(&here).Error; err != nil {
			return err
		}
		ours, err := here.Secret(vault)
		if err != nil {
			return err
		}
		ours.Phone = theirs.Phone
		if err := here.SetSecret(vault, ours); err != nil {
			return err
		}
		here.RowVersion++
		p.faults.add("phone_shared_county", h.ID, "")
		p.faults.add("phone_shared_household", h.ID, "")
		return tx.Save(&here).Error
	})
}
