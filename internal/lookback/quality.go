package lookback

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"shouwang/internal/demo"
	"shouwang/internal/story"
	"shouwang/models"
	"shouwang/policy"
)

// quality runs the data rules over the township, as its office asks for it, and compares what they find with what was planted.
func (p *Play) quality(ctx context.Context) error {
	return p.measure(ctx, func(policy.RuleInfo) bool { return true })
}

// tally is what a rule was to find and has found.
type tally struct{ planted, found, invented int }

// measure compares a run with what was planted, and shows the rules that are to be shown.
func (p *Play) measure(ctx context.Context, show func(policy.RuleInfo) bool) error {
	run, took, err := p.check(ctx)
	if err != nil {
		return err
	}
	if err := p.draws(ctx); err != nil {
		return err
	}
	hits, err := p.hits(ctx)
	if err != nil {
		return err
	}
	by := map[string]*tally{}
	at := func(rule string) *tally {
		if by[rule] == nil {
			by[rule] = &tally{}
		}
		return by[rule]
	}
	for x := range p.faults.planted {
		at(x.rule).planted++
		if hits[x] {
			at(x.rule).found++
		}
	}
	var odd []string
	for x := range hits {
		if !p.faults.planted[x] {
			at(x.rule).invented++
			odd = append(odd, x.rule+" "+p.no(x.subject))
		}
	}
	for x := range p.faults.planted {
		if !hits[x] {
			odd = append(odd, "漏检 "+x.rule+" "+p.no(x.subject))
		}
	}
	p.Say("数据质量检查：%d 户用 %.1f 秒，立事项 %d 件", run.Looked, took.Seconds(), run.Opened)
	all := tally{}
	for _, r := range rules() {
		t := by[r.Code]
		if t == nil {
			continue
		}
		if !show(r) && t.found == t.planted && t.invented == 0 {
			all = tally{all.planted + t.planted, all.found + t.found, all.invented + t.invented}
			continue
		}
		p.Note("%s　预埋 %d，检出 %d，误报 %d　%s", r.Group, t.planted, t.found, t.invented, r.Title)
		all = tally{all.planted + t.planted, all.found + t.found, all.invented + t.invented}
	}
	p.Say("　　合计预埋 %d，检出 %d，误报 %d：查准率 %s，查全率 %s", all.planted, all.found, all.invented, rate(all.found, all.found+all.invented), rate(all.found, all.planted))
	p.Result.Planted, p.Result.Found, p.Result.Invented = all.planted, all.found, all.invented
	if len(odd) > 0 {
		slices.Sort(odd)
		return fmt.Errorf("检查结果与预埋不符：%s", strings.Join(odd[:min(len(odd), 20)], "；"))
	}
	return nil
}

func rate(part, whole int) string {
	if whole == 0 {
		return "－"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

// no is the number of a household, or a village as it is.
func (p *Play) no(subject string) string {
	if h := p.homes[subject]; h != nil {
		return h.No
	}
	return subject
}

type runView struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Looked int    `json:"looked"`
	Opened int    `json:"opened"`
}

// check asks for a run and waits for its end.
func (p *Play) check(ctx context.Context) (runView, time.Duration, error) {
	var run runView
	began := time.Now()
	c, err := p.as(ctx, office)
	if err != nil {
		return run, 0, err
	}
	err = until(ctx, "夜间检查结束", func() (bool, error) {
		began = time.Now()
		err := c.Post(ctx, "/runs", models.NewID(), map[string]any{"kind": models.RunQuality, "region_code": demo.Township}, &run)
		var no *story.Problem
		if errors.As(err, &no) && no.Code == "run_in_progress" {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return run, 0, err
	}
	err = until(ctx, "数据质量检查", func() (bool, error) {
		err := c.Get(ctx, "/runs/"+run.ID, nil, &run)
		if run.State == models.RunFailed {
			return false, fmt.Errorf("run %s failed", run.ID)
		}
		return run.State == models.RunDone, err
	})
	return run, time.Since(began), err
}

// hits are what the rules find in the township now.
func (p *Play) hits(ctx context.Context) (map[finding]bool, error) {
	var rows []models.QualityHit
	err := p.Engine.Store.DB.WithContext(ctx).Where("kind = ? AND gone_at IS NULL AND region_code LIKE ?", models.RunQuality, demo.Township+"%").Find(&rows).Error
	out := map[finding]bool{}
	for _, h := range rows {
		out[finding{h.Rule, h.HouseholdID, h.PersonID}] = true
	}
	return out, err
}

// preventions tells what forms and procedures did not let anybody do.
func (p *Play) preventions() {
	groups := map[string][]string{}
	for _, r := range rules() {
		for _, x := range p.faults.prevented {
			if x.rule == r.Code {
				groups[r.Group] = append(groups[r.Group], x.what)
			}
		}
	}
	p.Say("由表单和程序当场拦下、不会成为差错的：")
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		p.Note("%s　%s", g, strings.Join(groups[g], "；"))
	}
	all, prevented := rules(), map[string]bool{}
	for _, x := range p.faults.prevented {
		prevented[x.rule] = true
	}
	p.Result.Unseen = p.faults.unseen()
	p.Result.Rules = len(all) - len(p.Result.Unseen)
	p.Say("规则 %d 条：预埋并检出 %d 条，当场拦下 %d 条，本次没有合适农户 %d 条 %s", len(all), len(p.faults.tried), len(prevented), len(p.Result.Unseen), strings.Join(p.Result.Unseen, "、"))
}
