package lookback

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"shouwang/internal/demo"
	"shouwang/models"
	"shouwang/policy"
)

// staleSums has the county find one more fault after the village form was entered: its sums are not those of the forms any
// more, which the rule about village forms finds (DQ-09).
func (p *Play) staleSums(ctx context.Context) error {
	v := p.Villages - 1
	h := p.ofVillage(v)
	id := h.form
	if _, err := p.fire(ctx, county, id, "feedback", 0, map[string]any{"problems": []any{map[string]any{"indicator": "housing", "problem": "比对发现该户住房为危房"}},
		"answer_by": p.day(3), "reason": "县级比对反馈"}); err != nil {
		return err
	}
	h.unsafe = true
	if err := p.fillIn(ctx, p.surveyorOf(h), h, id, 0, "corrected"); err != nil {
		return err
	}
	p.faults.add("village_total", demo.Village(v+1), "")
	if err := p.measure(ctx, func(r policy.RuleInfo) bool {
		return slices.ContainsFunc(policy.VillageRules, func(v policy.VillageRule) bool { return v.Code == r.Code })
	}); err != nil {
		return err
	}
	here := demo.Village(v + 1)
	if err := p.entered(ctx, v); err != nil {
		return err
	}
	p.Say("村表汇总数与修订后的户表不一致已检出（%s）", here)
	p.preventions()
	return nil
}

// ofVillage is a household of a village about which nothing is wrong.
func (p *Play) ofVillage(v int) *home {
	for _, h := range p.order {
		if h.village == v && h.plant == (plant{}) && h.kind == "out_of_poverty" && h.form != "" {
			return h
		}
	}
	return nil
}

func (p *Play) surveyorOf(h *home) string {
	var row models.CampaignScope
	p.Engine.Store.DB.Where("campaign_id = ? AND household_id = ?", p.campaign, h.ID).Take(&row)
	for i := range p.Surveyors {
		if p.users[demo.SurveyorLogin(i)] == row.SurveyorID {
			return demo.SurveyorLogin(i)
		}
	}
	return ""
}

// sampleShare is how many of a hundred households the spot check looks at.
const sampleShare = 2

// finish spot-checks, reports and archives the campaign, with its papers.
func (p *Play) finish(ctx context.Context) error {
	if err := p.spotCheck(ctx); err != nil {
		return err
	}
	if err := p.handIn(ctx); err != nil {
		return err
	}
	report := map[string]any{"achievements": "全镇农户逐户排查，问题边查边改", "problems": "个别户账实不符", "corrected": "立行立改问题全部销号", "next_steps": "巩固整改成果，迎接后评估"}
	if err := p.endorse(ctx, linked, p.campaign, "report"); err != nil {
		return err
	}
	if err := p.paper(ctx, office, "self_assessment", map[string]any{"case_id": p.campaign}, report); err != nil {
		return err
	}
	if err := p.act(ctx, office, "campaign", p.campaign, "report", 0, report); err != nil {
		return err
	}
	if err := p.locked(ctx); err != nil {
		return err
	}
	return p.act(ctx, office, "campaign", p.campaign, "archive", 0, map[string]any{"archive_no": "青乡振档2026-1", "papers_filed": true})
}

// handIn records the lists of new objects that the villages owe (S0-066).
func (p *Play) handIn(ctx context.Context) error {
	c, err := p.as(ctx, office)
	if err != nil {
		return err
	}
	var villages []string
	for v := range p.Villages {
		villages = append(villages, demo.Village(v+1))
	}
	body := map[string]any{"item": "new_objects", "villages": villages, "note": "各村新增监测对象名单已收齐"}
	var out struct{}
	return c.Post(ctx, "/campaigns/"+p.campaign+"/cutoffs", models.NewID(), body, &out)
}

func (p *Play) spotCheck(ctx context.Context) error {
	for _, x := range []struct {
		kind      string
		at, texts map[string]any
	}{{"daily", nil, nil}, {"problem_list", map[string]any{"region": demo.Township}, nil}, {"ledger", map[string]any{"region": demo.Township}, nil},
		{"bulletin", nil, map[string]any{"summary": "各村入户排查全部完成，问题边查边改。", "demand": "常态长期整改的问题按月调度，防止反弹。"}}} {
		at := x.at
		if at == nil {
			at = map[string]any{"case_id": p.campaign}
		}
		if err := p.paper(ctx, office, x.kind, at, x.texts); err != nil {
			return err
		}
	}
	if err := p.numbers(ctx); err != nil {
		return err
	}
	size := max(2, len(p.order)*sampleShare/100)
	if err := p.act(ctx, guidance, "campaign", p.campaign, "to_spot", 0, map[string]any{"sample": "各村随机抽取", "sample_size": size}); err != nil {
		return err
	}
	c, err := p.as(ctx, guidance)
	if err != nil {
		return err
	}
	var sample struct {
		Seed  string `json:"seed"`
		Items []struct {
			Household struct {
				ID string `json:"id"`
			} `json:"household"`
		} `json:"items"`
	}
	if err := c.Get(ctx, "/campaigns/"+p.campaign+"/sample", nil, &sample); err != nil {
		return err
	}
	var results []any
	for _, x := range sample.Items {
		results = append(results, map[string]any{"household_id": x.Household.ID, "result": "pass"})
	}
	if err := c.Post(ctx, "/campaigns/"+p.campaign+"/sample", models.NewID(), map[string]any{"results": results}, nil); err != nil {
		return err
	}
	if err := p.paper(ctx, guidance, "spot_check", map[string]any{"case_id": p.campaign}, map[string]any{"opinion": "抽查户与户表一致，同意验收"}); err != nil {
		return err
	}
	file, err := p.upload(ctx, office, p.campaign, "report", scan())
	if err != nil {
		return err
	}
	if err := p.act(ctx, guidance, "campaign", p.campaign, "spot_pass", 0, map[string]any{"opinion": "抽查户与户表一致，同意验收", "report": []string{file}}); err != nil {
		return err
	}
	p.Say("抽查验收：按随机种子 %s 抽取 %d 户（调查员不参加），全部合格", sample.Seed, len(results))
	return nil
}

// numbers tells what the daily report and the bulletin say, and that it is what was played.
func (p *Play) numbers(ctx context.Context) error {
	c, err := p.as(ctx, office)
	if err != nil {
		return err
	}
	var out struct {
		Day   string `json:"day"`
		Lines []struct {
			Assigned, Visited, Passed, Returned int
			HandedIn                            int `json:"handed_in"`
		} `json:"lines"`
		Problems []struct{ Found, Closed, Overdue int } `json:"problems"`
	}
	if err := c.Get(ctx, "/campaigns/"+p.campaign+"/progress", nil, &out); err != nil {
		return err
	}
	var assigned, visited, handed, passed, returned, found, closed, overdue int
	for _, l := range out.Lines {
		assigned, visited, handed, passed, returned = assigned+l.Assigned, visited+l.Visited, handed+l.HandedIn, passed+l.Passed, returned+l.Returned
	}
	for _, x := range out.Problems {
		found, closed, overdue = found+x.Found, closed+x.Closed, overdue+x.Overdue
	}
	p.Say("日报（%s）：分派 %d 户，入户 %d，交表 %d，指导员通过 %d，各级退回 %d", out.Day, assigned, visited, handed, passed, returned)
	p.Say("通报：问题 %d 个，办结 %d 个，逾期 %d 个", found, closed, overdue)
	if n := len(p.order); assigned != n || visited != n || handed != n || found == 0 || overdue > 0 {
		return fmt.Errorf("%d households, of which the report says %d, %d, %d", n, assigned, visited, handed)
	}
	return nil
}

// locked waits until the days in which the county may answer are over and every form is locked by its own clock.
func (p *Play) locked(ctx context.Context) error {
	began := time.Now()
	err := until(ctx, "户表、村表锁定", func() (bool, error) {
		var n int64
		err := p.Engine.Store.DB.WithContext(ctx).Model(&models.Case{}).Where("parent_id = ? AND procedure IN ? AND state <> ?", p.campaign, []string{"household_form", "village_form"}, "locked").Count(&n).Error
		return n == 0, err
	})
	p.Say("反馈期满（演练时钟走到 %s，等候 %.0f 秒），户表、村表全部锁定", policy.DateOf(p.clock().Now()), time.Since(began).Seconds())
	return err
}

// paper issues a paper and keeps its PDF.
func (p *Play) paper(ctx context.Context, login, kind string, about, texts map[string]any) error {
	body := map[string]any{"kind": kind}
	for k, v := range about {
		body[k] = v
	}
	var list []any
	for k, v := range texts {
		list = append(list, map[string]any{"code": k, "text": v})
	}
	if list != nil {
		body["texts"] = list
	}
	c, err := p.as(ctx, login)
	if err != nil {
		return err
	}
	var out map[string]json.RawMessage
	if err := c.Post(ctx, "/papers", models.NewID(), body, &out); err != nil {
		return fmt.Errorf("paper %s: %w", kind, err)
	}
	return p.keep(ctx, c, out)
}
