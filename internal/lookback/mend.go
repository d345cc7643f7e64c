package lookback

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"shouwang/internal/demo"
	"shouwang/models"
	"shouwang/procedure"
)

// problem is a rectification with the village it is in.
type problem struct {
	id      string
	village int
}

// atOnce is how many problems are worked on at the same time.
const atOnce = 8

// mend closes the problems, whose forms are then filled in, and has what the instructors returned done again.
func (p *Play) mend(ctx context.Context) error {
	list, err := p.problems(ctx)
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, x := range list {
		g.Go(func() error { return p.rectify(gctx, x, i) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	p.faults.clear("records_disagree", "levels_disagree")
	g, gctx = errgroup.WithContext(ctx)
	for i := range p.Surveyors {
		g.Go(func() error { return p.again(gctx, demo.SurveyorLogin(i)) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for v := range p.Villages {
		for more := true; more; {
			if more, err = p.look(ctx, demo.Instructor(v%3), demo.Village(v+1)); err != nil {
				return err
			}
		}
	}
	p.Say("立行立改和专项整治销号 %d 个，其中延期 1 个；转入常态长期 1 个；先整改的户表已全部补填", len(list)-1)
	return until(ctx, "行动转入审核", func() (bool, error) {
		v, err := p.view(ctx, office, p.campaign)
		return v.State == "review", err
	})
}

// problems are those that the forms of the campaign have brought up.
func (p *Play) problems(ctx context.Context) ([]problem, error) {
	list, err := p.tasks(ctx, office, "rectification", "found", "")
	var out []problem
	for _, t := range list {
		if h := p.homes[t.Household.ID]; h != nil && h.disagrees != "" {
			out = append(out, problem{t.CaseID, h.village})
		}
	}
	if err == nil && len(out) != p.those(func(h *home) bool { return h.disagrees != "" }) {
		err = fmt.Errorf("%d problems", len(out))
	}
	return out, err
}

// rectify takes a problem to its end: the first is extended once, the second becomes a matter of regular care, the others
// are mended on the spot.
func (p *Play) rectify(ctx context.Context, x problem, n int) error {
	do := func(login, event string, answers map[string]any) error {
		return p.act(ctx, login, "rectification", x.id, event, x.village, answers)
	}
	cadre := demo.Cadre(x.village)
	class := map[int]string{0: procedure.RectifySpecial, 1: procedure.RectifyLongTerm}[n]
	due := map[string]any{"due_kind": procedure.DueDate, "due_date": p.rectifyBy, "class": procedure.RectifyImmediate}
	switch class { // what takes longer is not bound by the cut-off of what is mended on the spot
	case procedure.RectifySpecial:
		due["class"], due["due_date"] = class, p.day(10)
	case procedure.RectifyLongTerm:
		due = map[string]any{"due_kind": procedure.DueBeforeEvent, "due_event": procedure.SlowRectification, "due_date": nil, "class": class}
	}
	if err := do(office, "register", map[string]any{"nature": "housing"}); err != nil {
		return err
	}
	if err := do(office, "assign", due); err != nil {
		return err
	}
	if err := do(cadre, "start", nil); err != nil {
		return err
	}
	switch class {
	case procedure.RectifyLongTerm:
		return do(head, "to_long_term", map[string]any{"yearly_check": p.day(300)})
	case procedure.RectifySpecial:
		if err := p.endorse(ctx, office2, x.id, "extend"); err != nil {
			return err
		}
		if err := do(cadre, "extend", map[string]any{"new_due": p.day(20)}); err != nil {
			return err
		}
	}
	if err := do(cadre, "submit", nil); err != nil {
		return err
	}
	if err := do(linked, "take", nil); err != nil {
		return err
	}
	return do(linked, "verify_pass", nil)
}

// again is the second round of a surveyor: forms whose problem is mended are filled in, what came back is asked once more.
func (p *Play) again(ctx context.Context, login string) error {
	err := until(ctx, "整改完成", func() (bool, error) {
		var n int64
		err := p.Engine.Store.DB.WithContext(ctx).Model(&models.Case{}).Where("parent_id = ? AND procedure = ? AND state = ?", p.campaign, "household_form", "blocked_rectify").Count(&n).Error
		return n == 0, err
	})
	if err != nil {
		return err
	}
	for _, round := range []struct{ state, event string }{{"visiting", "fill"}, {"revisit", "revisit_done"}} {
		list, err := p.tasks(ctx, login, "household_form", round.state, "")
		if err != nil {
			return err
		}
		for _, t := range list {
			if err := p.fillIn(ctx, login, p.homes[t.Household.ID], t.CaseID, 0, round.event); err != nil {
				return err
			}
		}
	}
	return nil
}
