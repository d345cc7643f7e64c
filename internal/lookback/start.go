package lookback

import (
	"context"
	"fmt"
	"net/url"

	"shouwang/internal/demo"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Accounts of the township and the county, beside those of the campaign.
const (
	office, office2 = "township", "township2"
	linked, head    = "linked", "head"
	guidance        = "guidance"
	entry, entry2   = "entry", "entry2"
	county          = "county"
)

// trainingDays are those of S000 from the first day to the end of the training: it ends in Ahead days, so that the field
// work can begin.
const trainingDays = 9

// start draws up the campaign from its template, issues it, trains the surveyors and shares the households out.
func (p *Play) start(ctx context.Context) error {
	c, err := p.as(ctx, office)
	if err != nil {
		return err
	}
	var preview struct {
		Form map[string]any `json:"form"`
	}
	first := p.day(p.Ahead - trainingDays)
	if err := c.Get(ctx, "/campaigns/templates/look_back/preview", url.Values{"first_date": {first}}, &preview); err != nil {
		return err
	}
	form := preview.Form
	for _, c := range form["cutoffs"].([]any) {
		if x := c.(map[string]any); x["item"] == "rectification" {
			p.rectifyBy = x["on"].(string)
		}
	}
	form["title"] = "青禾镇巩固脱贫攻坚成果“回头看”"
	form[procedure.CheckedDepartments] = departments()
	var out struct {
		Reply struct {
			CaseID string `json:"case_id"`
		} `json:"reply"`
	}
	if err := c.Post(ctx, "/cases", models.NewID(), map[string]any{"procedure": "campaign", "region_code": demo.Township, "form": form}, &out); err != nil {
		return err
	}
	p.campaign = out.Reply.CaseID
	draft := map[string]any{"scope": nil, "stages": nil, "forms": nil, "cutoffs": nil, "households": nil, procedure.CheckedDepartments: nil}
	issue := map[string]any{"groups": p.groups(), "document_no": "青府发〔2026〕34号"}
	for k, v := range draft {
		issue[k] = v
	}
	if err := p.act(ctx, office, "campaign", p.campaign, "issue", 0, issue); err != nil {
		return err
	}
	if err := p.act(ctx, office, "campaign", p.campaign, "train", 0, map[string]any{"content": "填表说明、指标解释、口径把握、数据质量"}); err != nil {
		return err
	}
	var trained []any
	for i := range p.Surveyors {
		trained = append(trained, map[string]any{"user": p.users[demo.SurveyorLogin(i)]})
	}
	if err := p.act(ctx, office, "campaign", p.campaign, "start_field", 0, map[string]any{"trained": trained}); err != nil {
		return err
	}
	if err := p.listed(ctx); err != nil {
		return err
	}
	return p.assign(ctx)
}

// surveyorsOf are the logins of the surveyors of a village.
func (p *Play) surveyorsOf(village int) []string {
	var out []string
	for i, v := range p.where {
		if v == village {
			out = append(out, demo.SurveyorLogin(i))
		}
	}
	return out
}

func (p *Play) groups() []any {
	var out []any
	add := func(village int, duty, login string) {
		out = append(out, map[string]any{"group": fmt.Sprintf("第%d组", village+1), "area": demo.Village(village + 1), "duty": duty, "user": p.users[login]})
	}
	for v := range p.Villages {
		add(v, "instructor", demo.Instructor(v%3))
		add(v, "group_leader", demo.Leader(v))
		out = append(out, map[string]any{"group": fmt.Sprintf("第%d组", v+1), "area": demo.Village(v + 1), "duty": "guide", "name": "老党员"})
	}
	for i := range p.Surveyors {
		add(p.where[i], "surveyor", demo.SurveyorLogin(i))
	}
	return out
}

// listed waits until every household of the scope has its form.
func (p *Play) listed(ctx context.Context) error {
	db := p.Engine.Store.DB.WithContext(ctx)
	return until(ctx, "户表开启", func() (bool, error) {
		var n int64
		err := db.Model(&models.Case{}).Where("parent_id = ? AND procedure = ?", p.campaign, "household_form").Count(&n).Error
		return int(n) == len(p.order), err
	})
}

// assign shares the households of each village out among its surveyors.
func (p *Play) assign(ctx context.Context) error {
	c, err := p.as(ctx, office)
	if err != nil {
		return err
	}
	least, most := len(p.order), 0
	for v := range p.Villages {
		var to []string
		for _, login := range p.surveyorsOf(v) {
			to = append(to, p.users[login])
		}
		var out struct {
			Loads []struct{ After int } `json:"loads"`
		}
		body := map[string]any{"villages": []string{demo.Village(v + 1)}, "to": to}
		if err := c.Post(ctx, "/campaigns/"+p.campaign+"/assignments", models.NewID(), body, &out); err != nil {
			return err
		}
		for _, l := range out.Loads {
			if l.After > 0 {
				least, most = min(least, l.After), max(most, l.After)
			}
		}
	}
	p.Say("“回头看”已按模板 S000 印发（入户自 %s 起），%d 名调查员培训完毕，%d 份户表均衡分派：每人 %d 至 %d 户", policy.DateOf(p.clock().Now()), p.Surveyors, len(p.order), least, most)
	return nil
}
