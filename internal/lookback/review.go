package lookback

import (
	"context"
	"fmt"
	"maps"

	"golang.org/x/sync/errgroup"

	"shouwang/internal/demo"
	"shouwang/models"
)

// review takes the forms of each village through joint review, full review and entry.
func (p *Play) review(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	for v := range p.Villages {
		g.Go(func() error { return p.joint(gctx, v) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	g, gctx = errgroup.WithContext(ctx)
	for v := range p.Villages {
		g.Go(func() error { return p.entered(gctx, v) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	p.Say("%d 份户表逐村会审（调查员、村干部会签）、编码、复审定稿，一人录入一人复核", len(p.order))
	return p.act(ctx, office, "campaign", p.campaign, "to_rect", 0, nil)
}

// joint is the joint review of a village: its surveyors and its cadre sign for every form, the group leader passes and
// codes them, and sends them to the full review.
func (p *Play) joint(ctx context.Context, v int) error {
	here, lead := demo.Village(v+1), demo.Leader(v)
	for _, login := range p.surveyorsOf(v) {
		mine, err := p.tasks(ctx, login, "household_form", "joint_review", here)
		if err != nil {
			return err
		}
		if err := p.bulk(ctx, login, "endorse", "joint_pass", mine, nil, nil); err != nil {
			return err
		}
	}
	for _, x := range []struct {
		login, action, event string
		form                 map[string]any
		answers              func(task) map[string]any
	}{
		{demo.Cadre(v), "endorse", "joint_pass", nil, nil},
		{lead, "fire", "joint_pass", map[string]any{"reviewed_on": p.day(0)}, func(t task) map[string]any {
			return map[string]any{"form_code": "HB-" + p.homes[t.Household.ID].No}
		}},
	} {
		list, err := p.tasks(ctx, x.login, "household_form", "joint_review", here)
		if err != nil {
			return err
		}
		if err := p.bulk(ctx, x.login, x.action, x.event, list, x.form, x.answers); err != nil {
			return err
		}
	}
	return p.all(ctx, lead, "coded", here, "to_office", nil)
}

// all fires an event on every form of a village in a state.
func (p *Play) all(ctx context.Context, login, state, village, event string, form map[string]any) error {
	list, err := p.tasks(ctx, login, "household_form", state, village)
	if err != nil {
		return err
	}
	return p.bulk(ctx, login, "fire", event, list, form, nil)
}

// entered is the full review of a village and its entry by two people.
func (p *Play) entered(ctx context.Context, v int) error {
	here := demo.Village(v + 1)
	if err := p.all(ctx, office2, "office_review", here, "office_pass", nil); err != nil {
		return err
	}
	if v == 0 {
		if err := p.alone(ctx, here); err != nil {
			return err
		}
	}
	list, err := p.tasks(ctx, entry2, "household_form", "final", here)
	if err != nil {
		return err
	}
	if err := p.bulk(ctx, entry2, "endorse", "enter", list, nil, nil); err != nil {
		return err
	}
	return p.all(ctx, entry, "final", here, "enter", map[string]any{"entered_on": p.day(0)})
}

// alone tries an entry that nobody has checked.
func (p *Play) alone(ctx context.Context, village string) error {
	list, err := p.tasks(ctx, entry, "household_form", "final", village)
	if err != nil || len(list) == 0 {
		return fmt.Errorf("no form is final: %w", err)
	}
	_, err = p.fire(ctx, entry, list[0].CaseID, "enter", 0, map[string]any{"entered_on": p.day(0)})
	return p.refused(err, "entry_unchecked", "录入没有第二人复核", "signature_missing")
}

// villageForms has the form of each village checked, signed and entered.
func (p *Play) villageForms(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for v := range p.Villages {
		g.Go(func() error { return p.villageForm(ctx, v) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	p.Say("%d 份村表：汇总数由户表自动算出，村、组复核，主要负责人签章，县级比对后录入", p.Villages)
	return nil
}

// villageFormOf waits until the form of a village is to be filled in.
func (p *Play) villageFormOf(ctx context.Context, v int) (string, error) {
	var c models.Case
	err := until(ctx, "村表可填", func() (bool, error) {
		err := p.Engine.Store.DB.WithContext(ctx).Where("parent_id = ? AND procedure = ? AND region_code = ?", p.campaign, "village_form", demo.Village(v+1)).Take(&c).Error
		return c.State == "drafting", err
	})
	return c.ID, err
}

func (p *Play) villageForm(ctx context.Context, v int) error {
	id, err := p.villageFormOf(ctx, v)
	if err != nil {
		return err
	}
	clerk := demo.Secretary(v)
	facts := map[string]any{"clinics": 1, "doctors": 1, "public_toilets": 2, "waste_points": 6, "libraries": 1, "primary_schools": 0, "hardened_road": true, "bus": true,
		"collective_income": 12_000_000, "delisted": true, "entry_clerk": p.users[clerk], "sums_checked": true}
	if v == 0 {
		short := map[string]any{}
		for k, x := range facts {
			if k != "clinics" {
				short[k] = x
			}
		}
		_, err := p.fire(ctx, clerk, id, "village_check", 0, short)
		if err := p.refused(err, "village_blank", "村表有项目未填", "clinics"); err != nil {
			return err
		}
		for _, x := range []struct{ rule, what, field string }{{"village_water_households", "自填未实现饮水安全户数", "unsafe_water"}, {"village_dangerous_households", "自填危房户数", "unsafe_houses"}} {
			typed := maps.Clone(facts)
			typed[x.field] = 99_999
			_, err := p.fire(ctx, clerk, id, "village_check", 0, typed)
			if err := p.refused(err, x.rule, x.what+"（由户表汇总，不能大于总户数）", x.field); err != nil {
				return err
			}
		}
		facts["village_arable"] = 1.0
		p.faults.add("village_land_short", demo.Village(v+1), "")
	}
	if _, err := p.fire(ctx, clerk, id, "village_check", 0, facts); err != nil {
		return err
	}
	for _, x := range []struct {
		login, event string
		form         map[string]any
	}{{demo.Leader(v), "group_check", nil}, {head, "sign", nil}, {office2, "send", nil}} {
		if err := p.act(ctx, x.login, "village_form", id, x.event, v, x.form); err != nil {
			return err
		}
	}
	if err := p.endorse(ctx, county, id, "enter"); err != nil {
		return err
	}
	return p.act(ctx, clerk, "village_form", id, "enter", v, nil)
}
