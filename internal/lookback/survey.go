package lookback

import (
	"context"
	"fmt"
	"maps"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"shouwang/activities"
	"shouwang/forms"
	"shouwang/internal/demo"
	"shouwang/internal/example"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// field is the first round: all surveyors go from house to house while instructors look through what is handed in and
// group leaders answer what they are asked. What does not agree waits for its rectification.
func (p *Play) field(ctx context.Context) error {
	began := time.Now()
	if err := p.refusals(ctx); err != nil {
		return err
	}
	var done atomic.Bool
	surveyors, inField := errgroup.WithContext(ctx)
	others, behind := errgroup.WithContext(ctx)
	for i := range p.Surveyors {
		surveyors.Go(func() error { return p.survey(inField, demo.SurveyorLogin(i)) })
	}
	for v := range p.Villages {
		others.Go(func() error { return p.instruct(behind, v, &done) })
	}
	err := surveyors.Wait()
	done.Store(true)
	if err != nil {
		return err
	}
	if err := others.Wait(); err != nil {
		return err
	}
	n := len(p.order)
	p.Say("第一轮入户：%d 户，每秒 %.0f 户；账实不符先整改 %d 户，请示 %d 户，指导员退回 %d 户", n, float64(n)/time.Since(began).Seconds(), p.faults.size("records_disagree")+p.faults.size("levels_disagree"), p.asks(), p.returns())
	return nil
}

// survey is the work of one surveyor: each household of his list in turn, those of a burst first.
func (p *Play) survey(ctx context.Context, login string) error {
	list, err := p.tasks(ctx, login, "household_form", "assigned", "")
	if err != nil {
		return err
	}
	var asked []string
	var last time.Time
	for _, burst := range []bool{true, false} {
		for _, t := range list {
			h := p.homes[t.Household.ID]
			if h == nil || (h.burst > 0) != burst {
				continue
			}
			if err := p.pace(ctx, last); err != nil {
				return err
			}
			last = p.clock().Now()
			state, err := p.visit(ctx, login, h, t.CaseID)
			if err != nil {
				return fmt.Errorf("%s: %w", h.No, err)
			}
			if state == "awaiting_ruling" {
				asked = append(asked, t.CaseID)
			}
		}
	}
	for _, id := range asked {
		if err := p.answered(ctx, login, id); err != nil {
			return err
		}
	}
	return nil
}

// pace waits until a surveyor can have come to the next house.
func (p *Play) pace(ctx context.Context, last time.Time) error {
	for p.clock().Now().Before(last.Add(p.Pause)) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// visit goes to one household and fills in its form, unless something stands against it. It returns the state of the form.
func (p *Play) visit(ctx context.Context, login string, h *home, id string) (string, error) {
	h.form = id
	at := p.clock().Now()
	if h.burst > 0 {
		at = h.burstAt
	}
	if h.kind == "monitored" {
		if err := p.locate(ctx, login, h); err != nil {
			return "", err
		}
	}
	h.visited = at
	lon, lat := h.place()
	if h.far {
		lon += 0.05
	}
	c, err := p.fire(ctx, login, id, "visit", 0, map[string]any{"identity_stated": true, "purpose_stated": true, "visited_at": at.In(policy.Shanghai).Format(time.RFC3339),
		"guide": "老党员", "longitude": lon, "latitude": lat, "three_unified": h.disagrees != "records_disagree", "four_agree": h.disagrees != "levels_disagree"})
	if err != nil {
		return "", err
	}
	switch {
	case h.disagrees != "":
		c, err = p.fire(ctx, login, id, "mismatch", c.Seq, map[string]any{"mismatches": []any{map[string]any{"indicator": "housing", "mismatch": "reality",
			"brief": "系统登记住房等级与实际不一致", "detail": "系统为C级，实际已改造入住"}}})
		return c.State, err
	case h.asks:
		c, err = p.fire(ctx, login, id, "ask_ruling", c.Seq, map[string]any{"indicator": "income", "question": "户主在县城租房，家中老人在村，收入如何认定"})
		return c.State, err
	}
	return "", p.fillIn(ctx, login, h, id, c.Seq, "fill")
}

// place is where a household lives, in degrees.
func (h *home) place() (lon, lat float64) {
	return 104.5 + float64(h.n%100)/1000, 30.5 + float64(h.n/100)/1000
}

// locate records where a monitored household lives (form F3, S0-047).
func (p *Play) locate(ctx context.Context, login string, h *home) error {
	answers := p.sheetOf("f3", h)
	answers["longitude"], answers["latitude"] = h.place()
	return p.finished(ctx, login, map[string]any{"form": "f3", "household_id": h.ID, "answers": answers})
}

// sheetOf are the answers to a form about a household that is well.
func (p *Play) sheetOf(form string, h *home) map[string]any {
	f, _ := forms.Standard.InForce(form, p.policy)
	s := example.Setting{Now: p.clock().Now(), Village: h.RegionCode, Group: h.GroupName, HeadName: h.HeadName, Population: h.Population, Policy: p.policy}
	return example.Fields(f.Key(), f.Written(), s)
}

// finished fills in a form record and finishes it.
func (p *Play) finished(ctx context.Context, login string, body map[string]any) error {
	id, version, err := p.begun(ctx, login, body)
	if err != nil {
		return err
	}
	return p.done(ctx, login, id, version, nil)
}

// begun opens a form record with its answers.
func (p *Play) begun(ctx context.Context, login string, body map[string]any) (id string, version int, err error) {
	c, err := p.as(ctx, login)
	if err != nil {
		return "", 0, err
	}
	var record struct {
		Item struct {
			ID      string `json:"id"`
			Version int    `json:"row_version"`
		} `json:"item"`
	}
	if err := c.Post(ctx, "/form-records", models.NewID(), body, &record); err != nil {
		return "", 0, fmt.Errorf("%v: %w", body["form"], err)
	}
	return record.Item.ID, record.Item.Version, nil
}

// done finishes a form record, with new answers if there are any.
func (p *Play) done(ctx context.Context, login, id string, version int, answers any) error {
	c, err := p.as(ctx, login)
	if err != nil {
		return err
	}
	act := map[string]any{"action": "finish", "row_version": version}
	if answers != nil {
		act["answers"] = answers
	}
	return c.Post(ctx, "/form-records/"+id+"/acts", models.NewID(), act, nil)
}

// answered waits for a ruling and goes on with the form.
func (p *Play) answered(ctx context.Context, login, id string) error {
	var v caseView
	err := until(ctx, "请示答复", func() (ok bool, err error) {
		v, err = p.view(ctx, login, id)
		return v.State == "visiting", err
	})
	if err != nil {
		return err
	}
	return p.fillIn(ctx, login, p.byForm(id), id, v.Seq, "fill")
}

func (p *Play) byForm(id string) *home {
	for _, h := range p.order {
		if h.form == id {
			return h
		}
	}
	return nil
}

// fillIn sends the form with its signatures, checks it and hands it in.
func (p *Play) fillIn(ctx context.Context, login string, h *home, id string, seq int, event string) error {
	form, err := p.answers(ctx, login, h, id, event)
	if err != nil {
		return err
	}
	c, err := p.fire(ctx, login, id, event, seq, form)
	if err != nil {
		return err
	}
	if event == "corrected" {
		return nil
	}
	if c, err = p.fire(ctx, login, id, "self_check", c.Seq, map[string]any{"complete": true, "consistent": true}); err != nil {
		return err
	}
	_, err = p.fire(ctx, login, id, "hand_in", c.Seq, nil)
	return err
}

// surveyForms are those of the library that the campaign names.
var surveyForms = []string{"annex4", "annex5", "annex6", "screening_form"}

// answers are those of a household of its kind, that is well.
func (p *Play) answers(ctx context.Context, login string, h *home, id, event string) (map[string]any, error) {
	keys, err := activities.ChooseSheets(h.kind, surveyForms, p.policy)
	if err != nil {
		return nil, err
	}
	d, _ := procedure.Latest("household_form")
	ev, _ := d.Event(event)
	fields, err := activities.EventFields(&models.Case{Procedure: d.Name, Version: d.Version, Facts: activities.SheetFacts(keys)}, ev)
	if err != nil {
		return nil, err
	}
	var failed error
	file := func(kind string) string {
		content := scan()
		switch kind {
		case "surveyor_signature":
			content = surveyorHand(h, login)
		case "household_signature":
			content = householdHand(h, login)
		}
		var about []map[string]string
		if kind == "surveyor_signature" || kind == "household_signature" {
			about = append(about, p.signed(h, login, kind))
		}
		id, err := p.upload(ctx, login, id, kind, content, about...)
		if err != nil {
			failed = err
		}
		return id
	}
	s := example.Setting{Now: p.clock().Now(), Asked: h.visited, Village: h.RegionCode, Group: h.GroupName, HeadName: h.HeadName, Population: h.Population, Policy: p.policy, File: file}
	form := example.Fields(strings.Join(keys, ","), fields, s)
	maps.Copy(form, p.own(h, form))
	return form, failed
}

// own are the answers that are the household's: what it is, what it earns, what it has spent.
func (p *Play) own(h *home, form map[string]any) map[string]any {
	out := map[string]any{}
	put := func(code string, v any) {
		if _, asked := form[code]; asked {
			out[code] = v
		}
	}
	put("household_type", h.kind)
	put("population_note", nil)
	put("change_reason", "电话核实后更正")
	put("line", 800_000.0)
	put("per_head_estimate", 1_000_000.0)
	put("rigid_expense", float64(h.spent))
	put("rigid_or_drop", false)
	if h.unsafe {
		put("housing_ok", false)
		put("housing_note", "墙体开裂，需加固")
	}
	if _, asked := form["income"]; asked {
		rows, perHead := h.income()
		out["income"], out["per_head_claimed"] = rows, perHead
		if h.claimed {
			out["per_head_claimed"], out["claim_note"] = perHead+50_000, "农户把尚未发放的务工补贴计算在内"
		}
	}
	return out
}

// income is the sheet of a household and what it comes to a head, in fen: no two are alike, unless it was copied.
func (h *home) income() ([]any, float64) {
	from := h
	if h.copied != nil {
		from = h.copied
	}
	n, of := float64(from.n), float64(from.Population)
	row := func(item string, quantity, income, expense float64) any {
		return map[string]any{"item": item, "quantity": quantity, "income": income, "expense": expense}
	}
	// What is more in wages is less in other support: the sum divides by the heads.
	rows := []any{row("4-02", 10, 700_000*of+n*100, 0), row("3-11", 1, 400_000*of-n*100, 0), row("1-11", 800, 120_000*of, 40_000*of), row("1-04", 20, 60_000*of, 20_000*of), row("2-01", 2, 40_000*of, 0)}
	return rows, math.Floor(1_260_000 * of / float64(h.Population))
}

// lookEvery is how often an instructor looks whether forms were handed in.
const lookEvery = 3 * time.Second

// instruct is the daily work of an instructor and a group leader in a village: rulings are given, forms handed in pass,
// some come back.
func (p *Play) instruct(ctx context.Context, village int, done *atomic.Bool) error {
	who, lead, here := demo.Instructor(village%3), demo.Leader(village), demo.Village(village+1)
	for last := false; ; {
		last = done.Load()
		asked, err := p.some(ctx, lead, "household_form", "awaiting_ruling", here, bulkSize)
		if err != nil {
			return err
		}
		if err := p.bulk(ctx, lead, "fire", "ruling", asked, map[string]any{"answer": "分户居住、共享收支的按一户认定，收入合并计算"}, nil); err != nil {
			return err
		}
		more, err := p.look(ctx, who, here)
		if err != nil || last && !more {
			return err
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookEvery):
		}
	}
}

// look passes some forms handed in of a village and returns others. More says that there may be more of them.
func (p *Play) look(ctx context.Context, who, village string) (more bool, err error) {
	list, err := p.some(ctx, who, "household_form", "handed_in", village, bulkSize)
	if err != nil {
		return false, err
	}
	var pass, back []task
	for _, t := range list {
		if h := p.homes[t.Household.ID]; h.returned {
			h.returned = false
			back = append(back, t)
			continue
		}
		pass = append(pass, t)
	}
	if err := p.bulk(ctx, who, "fire", "instructor_return", back, map[string]any{"reason": "务工月数与佐证不一致，请重新核实"}, nil); err != nil {
		return false, err
	}
	return len(list) >= bulkSize, p.bulk(ctx, who, "fire", "instructor_pass", pass, nil, nil)
}
