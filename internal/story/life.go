package story

import (
	"context"
	"fmt"
	"slices"
	"time"

	"shouwang/policy"
	"shouwang/procedure"
)

// Life plays years of one household: found at risk and identified, helped and
// visited, the risk eliminated and looked back on twice, found unstable and rolled
// back, helped again, eliminated again, and stable in four look-backs. It returns the
// ids of both eliminations.
func (p *Play) Life(ctx context.Context, h House) ([]string, error) {
	var list []string
	eliminate := func(ctx context.Context) error {
		id, err := p.eliminate(ctx, h)
		list = append(list, id)
		return err
	}
	lookback := func(event string) func(context.Context) error {
		return func(ctx context.Context) error { return p.lookback(ctx, h, event) }
	}
	err := steps(ctx,
		func(ctx context.Context) error { return p.admit(ctx, h) },
		func(ctx context.Context) error { return p.pair(ctx, h) },
		func(ctx context.Context) error { return p.help(ctx, h) },
		func(ctx context.Context) error { return p.visits(ctx, h, 3) },
		eliminate, lookback("report_stable"), lookback("report_unstable"),
		func(ctx context.Context) error { return p.rollBack(ctx, h) },
		func(ctx context.Context) error { return p.help(ctx, h) },
		func(ctx context.Context) error { return p.visits(ctx, h, 2) },
		eliminate, lookback("report_stable"), lookback("report_stable"), lookback("report_stable"), lookback("report_stable"),
		func(ctx context.Context) error { return p.lived(ctx, h) },
	)
	return list, err
}

// admit identifies the household without a detour.
func (p *Play) admit(ctx context.Context, h House) error {
	id, err := p.clue(ctx, h)
	if err != nil {
		return err
	}
	return steps(ctx,
		func(ctx context.Context) error { return p.authorize(ctx, id, h) },
		func(ctx context.Context) error { return p.clean(ctx, h) },
		func(ctx context.Context) error { return p.verify(ctx, id, h) },
		func(ctx context.Context) error { return p.notice(ctx, h, false) },
		func(ctx context.Context) error { return p.reaches(ctx, p.Party.Township, id, "township_review") },
		func(ctx context.Context) error { return p.decide(ctx, id, h) },
	)
}

// clean: every department has nothing to report, be it late: years are played fast.
func (p *Play) clean(ctx context.Context, h House) error {
	list, err := p.comparisons(ctx, h)
	if err != nil {
		return err
	}
	for _, c := range list {
		dept := p.Party.Departments[c.Dept]
		// It may have run overdue meanwhile, in which case the answer alone is due.
		_ = p.fire(ctx, dept, c.ID, "accept", h, nil)
		if err := p.fire(ctx, dept, c.ID, "answer_clean", h, nil); err != nil {
			return err
		}
	}
	return nil
}

// pair gives the household the one person who is responsible for its help.
func (p *Play) pair(ctx context.Context, h House) error {
	c, err := p.as(ctx, p.Party.Helper)
	if err != nil {
		return err
	}
	var me struct {
		User struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	if err := c.Get(ctx, "/me", nil, &me); err != nil {
		return err
	}
	p.helper = me.User.ID
	plan, err := p.openCase(ctx, p.Party.Secretary, h, "assistance_plan")
	if err != nil {
		return err
	}
	if err := p.endorse(ctx, p.Party.Township, plan, "assign_responsible"); err != nil {
		return err
	}
	return p.fire(ctx, p.Party.Secretary, plan, "assign_responsible", h, nil)
}

// help has the plan declared, approved and carried out, and its result evaluated.
func (p *Play) help(ctx context.Context, h House) error {
	plan, err := p.openCase(ctx, p.Party.Helper, h, "assistance_plan")
	if err != nil {
		return err
	}
	dept := "civil_affairs"
	byDept := func(form map[string]any) {
		rows, _ := form["measures"].([]any)
		for _, r := range rows {
			r.(map[string]any)["dept"] = dept
		}
	}
	return steps(ctx,
		func(ctx context.Context) error {
			return p.until(ctx, "the plan to be drafted", func() (bool, error) {
				v, err := p.view(ctx, p.Party.Helper, plan)
				return v.State == "drafting" || v.State == "adjusting", err
			})
		},
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Helper, plan, "declare_plan", h, byDept) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Township2, plan, "plan_approve", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Helper, plan, "start", h, nil) },
		func(ctx context.Context) error { return p.measure(ctx, h, p.Party.Departments[dept]) },
		func(ctx context.Context) error { return p.reaches(ctx, p.Party.Cadre, plan, "delivered") },
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Helper, plan, "evaluate") },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre, plan, "evaluate", h, nil) },
	)
}

// measure: asked for, accepted and delivered by the department, verified by the township.
func (p *Play) measure(ctx context.Context, h House, dept string) error {
	id, err := p.openCase(ctx, p.Party.Township, h, "measure")
	if err != nil {
		return err
	}
	for _, x := range []struct{ login, event string }{{p.Party.Helper, "apply"}, {dept, "accept"}, {dept, "begin"}, {dept, "deliver"}, {p.Party.Township, "verify"}} {
		if err := p.fire(ctx, x.login, id, x.event, h, nil); err != nil {
			return err
		}
	}
	return nil
}

// visitRoom is what must be left of the period of a visit that is set out for: days pass
// while its record is being sent.
const visitRoom = 5 * 24 * time.Hour

// visits: the helper visits once in each of so many months, when it is due.
func (p *Play) visits(ctx context.Context, h House, n int) error {
	c, err := p.as(ctx, p.Party.Helper)
	if err != nil {
		return err
	}
	for range n {
		err := p.until(ctx, "a visit to be due", func() (bool, error) {
			list, err := p.cases(ctx, p.Party.Helper, h, "visit_task")
			if err != nil {
				return false, err
			}
			for _, x := range list {
				if x.Final || x.DueAt.Before(p.Clock.Now().Add(visitRoom)) || !p.may(ctx, c, x.ID, "record_home") {
					continue
				}
				return true, p.fire(ctx, p.Party.Helper, x.ID, "record_home", h, func(form map[string]any) {
					form["finding"] = fmt.Sprintf("%s 到家中了解务工、收入和住房情况，家庭生活正常", p.Clock.Now().Format("2006年1月2日"))
				})
			}
			return false, nil
		})
		if err != nil {
			return err
		}
		month := policy.PeriodOf("month", policy.DateOf(p.Clock.Now()))
		if err := p.passes(ctx, month.Last.End()); err != nil {
			return err
		}
	}
	return nil
}

// may asks whether somebody may fire an event of a case now.
func (p *Play) may(ctx context.Context, c *Client, id, event string) bool {
	var out struct {
		Items []struct {
			Event   string `json:"event"`
			Allowed bool   `json:"allowed"`
		} `json:"items"`
	}
	if err := c.Get(ctx, "/cases/"+id+"/events/allowed", nil, &out); err != nil {
		return false
	}
	for _, x := range out.Items {
		if x.Event == event && x.Allowed {
			return true
		}
	}
	return false
}

// eliminate takes the household through the elimination of its risk.
func (p *Play) eliminate(ctx context.Context, h House) (string, error) {
	id, err := p.open(ctx, p.Party.Secretary, "risk_elimination", h, func(form map[string]any) { form["method"] = "assisted" })
	if err != nil {
		return "", err
	}
	return id, steps(ctx,
		func(ctx context.Context) error {
			return p.reaches(ctx, p.Party.Secretary, id, "home_verification")
		},
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Surveyor2, id, "submit_verification") },
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Township, id, "submit_verification") },
		func(ctx context.Context) error {
			return p.fire(ctx, p.Party.Surveyor, id, "submit_verification", h, nil)
		},
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre, id, "confirm", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Secretary, id, "review_pass", h, nil) },
		func(ctx context.Context) error { return p.notice(ctx, h, false) },
		func(ctx context.Context) error { return p.reaches(ctx, p.Party.Township, id, "township_review") },
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Leader, id, "township_pass") },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Township2, id, "township_pass", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.County, id, "county_pass", h, nil) },
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Entry, id, "mark") },
		func(ctx context.Context) error {
			return p.fire(ctx, p.Party.Township2, id, "mark", h, func(form map[string]any) { form["method"] = "assisted" })
		},
	)
}

// lookback waits until a look-back after an elimination is open and reports it, both sides signing.
func (p *Play) lookback(ctx context.Context, h House, event string) error {
	var id string
	err := p.until(ctx, "a look-back to open", func() (bool, error) {
		list, err := p.cases(ctx, p.Party.Cadre, h, "lookback_window")
		for _, c := range list {
			if err != nil || id != "" || c.State != "open" && c.State != "overdue" {
				continue
			}
			var after bool
			if after, err = p.afterElimination(ctx, c.ID); after {
				id = c.ID
			}
		}
		return id != "", err
	})
	if err != nil {
		return err
	}
	if err := p.endorse(ctx, p.Party.Township, id, event); err != nil {
		return err
	}
	return p.fire(ctx, p.Party.Cadre, id, event, h, nil)
}

// afterElimination reports whether a look-back is one of the year after an
// elimination, rather than that of a quarter in which the household was monitored.
func (p *Play) afterElimination(ctx context.Context, id string) (bool, error) {
	c, err := p.as(ctx, p.Party.Cadre)
	if err != nil {
		return false, err
	}
	var out struct {
		Parent struct {
			Procedure string `json:"procedure"`
		} `json:"parent"`
	}
	err = c.Get(ctx, "/cases/"+id, nil, &out)
	return out.Parent.Procedure == "risk_elimination", err
}

// rollBack takes the rollback that a look-back has proposed to its end.
func (p *Play) rollBack(ctx context.Context, h House) error {
	id, err := p.openCase(ctx, p.Party.Cadre, h, "rollback")
	if err != nil {
		return err
	}
	return steps(ctx,
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Cadre2, id, "verify") },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre, id, "verify", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Secretary, id, "send", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Township2, id, "township_pass", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.County, id, "county_pass", h, nil) },
	)
}

// lived checks what the page of the household shows of its life: one episode, rolled
// back and closed again, and every change of its status.
func (p *Play) lived(ctx context.Context, h House) error {
	c, err := p.as(ctx, p.Party.County)
	if err != nil {
		return err
	}
	var out struct {
		Status   procedure.State `json:"status"`
		Episodes []struct {
			ClosedOn     string `json:"closed_on"`
			RolledBackAt string `json:"rolled_back_at"`
		} `json:"episodes"`
		Life []struct {
			Event string `json:"event"`
			Title string `json:"title"`
			At    string `json:"at"`
		} `json:"life"`
	}
	if err := c.Get(ctx, "/households/"+h.ID, nil, &out); err != nil {
		return err
	}
	var marks []string
	for _, m := range out.Life {
		p.Say("　　%s %s", m.At[:10], m.Title)
		marks = append(marks, m.Event)
	}
	want := []string{"case_opened", "admitted", "elimination_started", "eliminated", "rolled_back", "elimination_started", "eliminated", "observation_done"}
	if out.Status != "stable" || !slices.Equal(marks, want) || len(out.Episodes) != 1 || out.Episodes[0].ClosedOn == "" || out.Episodes[0].RolledBackAt == "" {
		return fmt.Errorf("the life of the household: %s %v %v", out.Status, marks, out.Episodes)
	}
	return nil
}
