// Package lookback plays a look-back campaign (S000) over a township on a running server: everybody works over HTTP with an
// account of his own. Faults are planted on the way, so that it can be told which the rules find.
package lookback

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/demo"
	"shouwang/internal/example"
	"shouwang/internal/story"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Play is a performance. Villages, Surveyors and the households of the township are as they were seeded.
type Play struct {
	Base      string
	Engine    *activities.Engine
	Villages  int
	Surveyors int
	// Pause is the least case time between two visits of a surveyor.
	Pause time.Duration
	// Ahead are the days left until the training ends when the campaign is drawn up: on a fast clock days pass meanwhile.
	Ahead int
	// Story plays an identification beside the campaign.
	Story *story.Play
	// Papers is the directory that issued papers are copied to.
	Papers string
	// Say is told what has been done, Note the lines of a table about it.
	Say, Note func(format string, a ...any)

	door     sync.Mutex
	mu       sync.Mutex
	clients  map[string]*story.Client
	users    map[string]string // ids by login
	where    []int             // the village of each surveyor, from 0
	homes    map[string]*home
	order    []*home
	policy   policy.Snapshot
	campaign string
	// rectifyBy is the day by which the campaign wants problems mended, 2006-01-02.
	rectifyBy string
	faults    faults
	// Result is complete after Run.
	Result Result
	phases []phase
}

// Result is what has come of a performance.
type Result struct {
	State                    string // of the campaign
	Households, Covered      int
	Planted, Found, Invented int // by the last run of the rules
	Prevented                int
	// Rules are those that were put to the test, of AllRules the ones a run applies. Unseen were not.
	Rules  int
	Unseen []string
	Papers int
}

// phase is how long a part of the performance took.
type phase struct {
	title string
	took  time.Duration
}

// home is a household as the list says that the surveyors have with them.
type home struct {
	models.Household
	kind    string // as forms know it
	village int    // from 0
	n       int    // its place on the list
	form    string // the id of its form, once it was visited
	visited time.Time
	plant
}

type caseView struct {
	ID         string `json:"id"`
	No         string `json:"no"`
	State      string `json:"state"`
	StateTitle string `json:"state_title"`
	Seq        int    `json:"seq"`
	RegionCode string `json:"region_code"`
}

type task struct {
	ID        string `json:"id"`
	CaseID    string `json:"case_id"`
	State     string `json:"state"`
	Mine      bool   `json:"mine"`
	Region    string `json:"region_code"`
	Household struct {
		ID string `json:"id"`
	} `json:"household"`
}

// Run plays all of it.
func (p *Play) Run(ctx context.Context) error {
	for _, part := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"准备", p.prepare}, {"行动印发、培训、分派", p.start}, {"“四个不摘”核查", p.fourNots}, {"入户排查", p.field}, {"数据质量检查", p.quality}, {"问题整改和补填", p.mend}, {"识别程序", p.disorder},
		{"会审、复审、录入", p.review}, {"村表", p.villageForms}, {"村表质量检查", p.staleSums}, {"抽查、报告、归档", p.finish},
	} {
		began := time.Now()
		if err := part.do(ctx); err != nil {
			return fmt.Errorf("%s：%w", part.title, err)
		}
		p.phases = append(p.phases, phase{part.title, time.Since(began)})
	}
	for _, x := range p.phases {
		p.Note("%s　%.0f 秒", x.title, x.took.Seconds())
	}
	return p.conclude(ctx)
}

// conclude tells how the campaign has ended.
func (p *Play) conclude(ctx context.Context) error {
	c, err := p.as(ctx, office)
	if err != nil {
		return err
	}
	var out struct {
		Households, Done int
		Problems         []struct{ Found, Closed int }
	}
	if err := c.Get(ctx, "/campaigns/"+p.campaign, nil, &out); err != nil {
		return err
	}
	v, err := p.view(ctx, office, p.campaign)
	if err != nil {
		return err
	}
	found, closed := 0, 0
	for _, x := range out.Problems {
		found, closed = found+x.Found, closed+x.Closed
	}
	p.Result.State, p.Result.Households, p.Result.Covered, p.Result.Prevented = v.State, out.Households, out.Done, len(p.faults.prevented)
	p.Say("行动%s：覆盖 %d/%d 户（%s），问题 %d 个，办结 %d 个，文书 %d 份", v.StateTitle, out.Done, out.Households, rate(out.Done, out.Households), found, closed, p.Result.Papers)
	if v.State != "archived" || out.Done != len(p.order) {
		return fmt.Errorf("行动在 %s，覆盖 %d 户", v.State, out.Done)
	}
	return nil
}

// prepare reads who there is, and puts the faults that only typing could make into the register.
func (p *Play) prepare(ctx context.Context) error {
	var users []models.User
	db := p.Engine.Store.DB.WithContext(ctx)
	if err := db.Select("id", "login").Find(&users).Error; err != nil {
		return err
	}
	p.clients, p.users, p.homes = map[string]*story.Client{}, map[string]string{}, map[string]*home{}
	for _, u := range users {
		p.users[u.Login] = u.ID
	}
	var err error
	if p.policy, err = p.Engine.PolicyNow(ctx, demo.Village(1)); err != nil {
		return err
	}
	sizes, err := demo.VillageSizes(ctx, p.Engine.Store)
	if err != nil {
		return err
	}
	p.where = demo.Share(sizes, p.Surveyors)
	if err := p.monitored(ctx); err != nil {
		return err
	}
	if err := p.spoil(ctx); err != nil {
		return err
	}
	if err := p.histories(ctx); err != nil {
		return err
	}
	var list []models.Household
	if err := db.Where("region_code LIKE ?", demo.Township+"%").Order("region_code, no").Find(&list).Error; err != nil {
		return err
	}
	for i := range list {
		v, err := villageOf(list[i].RegionCode)
		if err != nil {
			return err
		}
		h := &home{Household: list[i], kind: kindOf(&list[i]), village: v, n: i}
		p.homes[h.ID], p.order = h, append(p.order, h)
	}
	if err := p.plant(ctx); err != nil {
		return err
	}
	kinds := map[string]int{}
	for _, h := range p.order {
		kinds[h.kind]++
	}
	p.Say("%d 个村 %d 户：脱贫户 %d，监测户 %d，一般农户 %d；预埋差错 %d 处", p.Villages, len(p.order), kinds["out_of_poverty"], kinds["monitored"], kinds["ordinary"], p.faults.count())
	return nil
}

// everyMonitored is which of the households were monitored before the system came.
const everyMonitored = 40

func (p *Play) monitored(ctx context.Context) error {
	db := p.Engine.Store.DB.WithContext(ctx)
	var ids []string
	if err := db.Model(&models.Household{}).Where("region_code LIKE ? AND base_type = ?", demo.Township+"%", "ordinary").Order("no").Pluck("id", &ids).Error; err != nil {
		return err
	}
	var some []string
	for i := 0; i < len(ids); i += everyMonitored {
		some = append(some, ids[i])
	}
	return db.Model(&models.Household{}).Where("id IN ?", some).Update("status", "monitored").Error
}

func kindOf(h *models.Household) string {
	switch {
	case h.Status == "monitored":
		return "monitored"
	case h.BaseType == "out_of_poverty":
		return "out_of_poverty"
	}
	return "ordinary"
}

func (p *Play) clock() *casetime.Clock { return p.Engine.Clock }

func (p *Play) day(n int) string { return policy.DateOf(p.clock().Now()).AddDays(n).String() }

// as is the session of somebody, signed in the first time.
func (p *Play) as(ctx context.Context, login string) (*story.Client, error) {
	p.mu.Lock()
	c := p.clients[login]
	p.mu.Unlock()
	if c != nil {
		return c, nil
	}
	// One after the other: forty passwords looked at in one moment take longer than the server lets any of them.
	p.door.Lock()
	defer p.door.Unlock()
	c, err := story.SignIn(ctx, p.Base, login, demo.Password)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients[login] = c
	return c, nil
}

func (p *Play) view(ctx context.Context, login, id string) (caseView, error) {
	var out struct {
		Summary caseView `json:"summary"`
	}
	c, err := p.as(ctx, login)
	if err == nil {
		err = c.Get(ctx, "/cases/"+id, nil, &out)
	}
	return out.Summary, err
}

// fire makes an event happen, as somebody who has seen the case up to seq; 0 has him look first.
func (p *Play) fire(ctx context.Context, login, id, event string, seq int, form map[string]any) (caseView, error) {
	var out struct {
		Case caseView `json:"case"`
	}
	if seq == 0 {
		v, err := p.view(ctx, login, id)
		if err != nil {
			return v, err
		}
		seq = v.Seq
	}
	body := map[string]any{"event": event, "expected_seq": seq}
	if form != nil {
		body["form"] = form
	}
	c, err := p.as(ctx, login)
	if err == nil {
		err = c.Post(ctx, "/cases/"+id+"/events", models.NewID(), body, &out)
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", login, event, err)
	}
	return out.Case, err
}

// act fires an event with a complete form, some answers of which are given.
func (p *Play) act(ctx context.Context, login, proc, id, event string, village int, answers map[string]any) error {
	d, _ := procedure.Latest(proc)
	var uploads error
	s := p.setting(village, func(field string) string {
		if _, given := answers[field]; given {
			return ""
		}
		file, err := p.upload(ctx, login, id, field, scan())
		uploads = errors.Join(uploads, err)
		return file
	})
	form := example.Form(d, event, s)
	maps.Copy(form, answers)
	if uploads != nil {
		return uploads
	}
	_, err := p.fire(ctx, login, id, event, 0, form)
	return err
}

func (p *Play) setting(village int, file func(string) string) example.Setting {
	return example.Setting{Now: p.clock().Now(), Village: demo.Village(village + 1), Policy: p.policy, File: file, Population: 3,
		Account: func(r procedure.Role) string {
			return p.users[map[procedure.Role]string{procedure.VillageCadre: demo.Cadre(village), procedure.LinkedLeader: "linked"}[r]]
		}}
}

// endorse signs under an event that somebody else will fire.
func (p *Play) endorse(ctx context.Context, login, id, event string) error {
	c, err := p.as(ctx, login)
	if err == nil {
		err = c.Post(ctx, "/cases/"+id+"/endorsements", models.NewID(), map[string]any{"event": event}, nil)
	}
	return err
}

// tasks are those of somebody's inbox in a state; village "" means all.
func (p *Play) tasks(ctx context.Context, login, proc, state, village string) ([]task, error) {
	return p.some(ctx, login, proc, state, village, 0)
}

// some are the most urgent of them, or all.
func (p *Play) some(ctx context.Context, login, proc, state, village string, enough int) ([]task, error) {
	c, err := p.as(ctx, login)
	if err != nil {
		return nil, err
	}
	q := url.Values{"procedure": {proc}, "limit": {"100"}}
	if village != "" {
		q.Set("village", village)
	}
	var out []task
	for {
		var page struct {
			Items []task `json:"items"`
			Next  string `json:"next_cursor"`
		}
		if err := c.Get(ctx, "/tasks", q, &page); err != nil {
			return nil, err
		}
		for _, t := range page.Items {
			if t.State == state {
				out = append(out, t)
			}
		}
		if page.Next == "" || enough > 0 && len(out) >= enough {
			return out, nil
		}
		q.Set("cursor", page.Next)
	}
}

// bulkSize is how many tasks go into one request.
const bulkSize = 50

// bulk does the same to many tasks; answers are those of one task that differ.
func (p *Play) bulk(ctx context.Context, login, action, event string, list []task, form map[string]any, answers func(task) map[string]any) error {
	c, err := p.as(ctx, login)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(list, bulkSize) {
		for len(part) > 0 {
			if part, err = p.bulkOnce(ctx, c, action, event, part, form, answers); err != nil {
				return fmt.Errorf("%s %s %s: %w", login, action, event, err)
			}
		}
	}
	return nil
}

// bulkOnce sends one request and returns the tasks for which there was no time.
func (p *Play) bulkOnce(ctx context.Context, c *story.Client, action, event string, part []task, form map[string]any, answers func(task) map[string]any) (left []task, err error) {
	ids, own := []string{}, map[string]any{}
	for _, t := range part {
		ids = append(ids, t.ID)
		if answers != nil {
			own[t.ID] = answers(t)
		}
	}
	body := map[string]any{"action": action, "event": event, "task_ids": ids}
	if form != nil {
		body["form"] = form
	}
	if answers != nil {
		body["answers"] = own
	}
	var out struct {
		Results []struct {
			Ok            bool
			Code, Message string
			Errors        []struct{ Field, Code, Message string }
		} `json:"results"`
	}
	if err := c.Post(ctx, "/tasks/bulk", models.NewID(), body, &out); err != nil {
		return nil, err
	}
	for i, r := range out.Results {
		switch {
		case r.Ok:
		case r.Code == "not_reached" || r.Code == "busy":
			left = append(left, part[i])
		default:
			return nil, fmt.Errorf("%s %s %v", r.Code, r.Message, r.Errors)
		}
	}
	return left, nil
}

// patience is how long anything is waited for: on a machine that is busy it may take long, and it is no fault of the campaign.
const patience = 20 * time.Minute

// until waits for a condition.
func until(ctx context.Context, what string, ok func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if done, err := ok(); err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("等待%s：%w", what, ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
