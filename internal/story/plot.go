package story

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"shouwang/models"
	"shouwang/policy"
)

// Identify takes a household from a risk clue to registered. On the way one
// department reports a hit that is explained, an objection is overruled, and the
// township returns the case once. It returns the id of the identification.
func (p *Play) Identify(ctx context.Context, h House) (string, error) {
	id, err := p.clue(ctx, h)
	if err != nil {
		return "", err
	}
	return id, steps(ctx,
		func(ctx context.Context) error { return p.authorize(ctx, id, h) },
		func(ctx context.Context) error { return p.compare(ctx, h) },
		func(ctx context.Context) error { return p.verify(ctx, id, h) },
		func(ctx context.Context) error { return p.notice(ctx, h, true) },
		func(ctx context.Context) error { return p.reaches(ctx, p.Party.Township, id, "township_review") },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Township, id, "township_return", h, nil) },
		func(ctx context.Context) error { return p.verify(ctx, id, h) },
		func(ctx context.Context) error { return p.notice(ctx, h, false) },
		func(ctx context.Context) error { return p.reaches(ctx, p.Party.Township, id, "township_review") },
		func(ctx context.Context) error { return p.decide(ctx, id, h) },
	)
}

// Posted takes a household from a risk clue to the public notice of its identification, which hangs then. It returns the
// ids of both.
func (p *Play) Posted(ctx context.Context, h House) (identification, notice string, err error) {
	id, err := p.clue(ctx, h)
	if err != nil {
		return "", "", err
	}
	err = steps(ctx,
		func(ctx context.Context) error { return p.authorize(ctx, id, h) },
		func(ctx context.Context) error { return p.compare(ctx, h) },
		func(ctx context.Context) error { return p.verify(ctx, id, h) },
		func(ctx context.Context) (err error) { notice, err = p.post(ctx, h); return err },
	)
	return id, notice, err
}

func steps(ctx context.Context, list ...func(context.Context) error) error {
	for _, f := range list {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// clue: the village finds, registers and confirms a risk, two persons signing.
func (p *Play) clue(ctx context.Context, h House) (string, error) {
	clue, err := p.open(ctx, p.Party.Cadre, "risk_clue", h)
	if err != nil {
		return "", err
	}
	err = steps(ctx,
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre, clue, "register_locally", h, nil) },
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Cadre2, clue, "confirm_risk") },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre, clue, "confirm_risk", h, nil) },
	)
	if err != nil {
		return "", err
	}
	return p.openCase(ctx, p.Party.Cadre, h, "identification")
}

func (p *Play) authorize(ctx context.Context, id string, h House) error {
	if err := p.fire(ctx, p.Party.Cadre, id, "prepare", h, nil); err != nil {
		return err
	}
	return p.fire(ctx, p.Party.Cadre, id, "sign_authorization", h, nil)
}

// compare: every department answers; the first reports something, which the
// village explains and the township accepts.
func (p *Play) compare(ctx context.Context, h House) error {
	list, err := p.comparisons(ctx, h)
	if err != nil {
		return err
	}
	for i, c := range list {
		if err := p.answer(ctx, c, h, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// comparisons are the cases of all departments, which open together with the signature.
func (p *Play) comparisons(ctx context.Context, h House) ([]caseView, error) {
	list, err := p.cases(ctx, p.Party.Township, h, "dept_comparison")
	if err == nil && len(list) != len(p.Party.Departments) {
		err = fmt.Errorf("%d comparisons for %d departments", len(list), len(p.Party.Departments))
	}
	return list, err
}

func (p *Play) answer(ctx context.Context, c caseView, h House, hit bool) error {
	dept := p.Party.Departments[c.Dept]
	if err := p.fire(ctx, dept, c.ID, "accept", h, nil); err != nil {
		return err
	}
	if !hit {
		return p.fire(ctx, dept, c.ID, "answer_clean", h, nil)
	}
	return steps(ctx,
		func(ctx context.Context) error { return p.fire(ctx, dept, c.ID, "answer_hit", h, nil) },
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Cadre, c.ID, "explain") },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Surveyor, c.ID, "explain", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Township, c.ID, "settle", h, nil) },
	)
}

// verify: two surveyors visit, then the village reviews.
func (p *Play) verify(ctx context.Context, id string, h House) error {
	return steps(ctx,
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Surveyor2, id, "submit_verification") },
		func(ctx context.Context) error {
			return p.fire(ctx, p.Party.Surveyor, id, "submit_verification", h, nil)
		},
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Secretary, id, "review_pass", h, nil) },
	)
}

// notice: the sheet is drafted, checked and posted; somebody objects, if so
// wished; the window ends by itself once the closing photo is there.
func (p *Play) notice(ctx context.Context, h House, objected bool) error {
	n, err := p.post(ctx, h)
	if err != nil {
		return err
	}
	if objected {
		if err := p.objection(ctx, n, h); err != nil {
			return err
		}
	}
	due, err := p.due(ctx, p.Party.Cadre, n, "window")
	if err != nil {
		return err
	}
	// A photo counts from the beginning of the last day on.
	if err := p.passes(ctx, due.AddDate(0, 0, -1)); err != nil {
		return err
	}
	p.Say("　　公示期将满，上传期满照片")
	if _, err := p.photo(ctx, p.Party.Cadre, n, "end_photo"); err != nil {
		return err
	}
	return p.until(ctx, "the notice to end", func() (bool, error) {
		v, err := p.view(ctx, p.Party.Cadre, n)
		return v.Final, err
	})
}

// post drafts, checks and posts the sheet.
func (p *Play) post(ctx context.Context, h House) (string, error) {
	n, err := p.openCase(ctx, p.Party.Cadre, h, "village_notice")
	if err != nil {
		return "", err
	}
	return n, steps(ctx,
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre, n, "submit_draft", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre, n, "post", h, nil) },
	)
}

// objection: a villager objects on the public page, without an account; the
// handlers find nothing in it, and the village overrules it.
func (p *Play) objection(ctx context.Context, notice string, h House) error {
	public := Anonymous(p.Base)
	var list struct {
		Items []struct {
			ID       string `json:"id"`
			HeadName string `json:"head_name"`
		} `json:"items"`
	}
	if err := public.Get(ctx, "/public/villages/"+h.Village+"/notices", nil, &list); err != nil {
		return err
	}
	i := slices.IndexFunc(list.Items, func(x struct {
		ID       string `json:"id"`
		HeadName string `json:"head_name"`
	}) bool {
		return x.HeadName == h.HeadName
	})
	if i < 0 {
		return fmt.Errorf("the notice is not on the public page of %s", h.Village)
	}
	body := map[string]string{"facts": "听说这户在镇上有门面出租，请核查。"}
	maps.Copy(body, p.Objector)
	if err := public.Post(ctx, "/public/notices/"+list.Items[i].ID+"/objections", models.NewID(), body, nil); err != nil {
		return fmt.Errorf("objection: %w", err)
	}
	p.Say("村民在公示页匿名提出异议")
	ob, err := p.openCase(ctx, p.Party.Cadre, h, "objection")
	if err != nil {
		return err
	}
	return steps(ctx,
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre2, ob, "accept", h, nil) },
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Secretary, ob, "start") },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre2, ob, "start", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre2, ob, "find_overruled", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Cadre2, ob, "reply", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Secretary, notice, "overrule", h, nil) },
	)
}

// decide: township with the linked leader's signature, county, announcement, entry
// with a second check.
func (p *Play) decide(ctx context.Context, id string, h House) error {
	return steps(ctx,
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Leader, id, "township_pass") },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Township2, id, "township_pass", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.County, id, "county_pass", h, nil) },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Township2, id, "announce", h, nil) },
		func(ctx context.Context) error { return p.endorse(ctx, p.Party.Entry2, id, "register") },
		func(ctx context.Context) error { return p.fire(ctx, p.Party.Entry, id, "register", h, nil) },
		func(ctx context.Context) error { return p.reaches(ctx, p.Party.County, id, "registered") },
	)
}

// Neglect opens a clue that nobody works on.
func (p *Play) Neglect(ctx context.Context, h House) (string, error) {
	return p.open(ctx, p.Party.Cadre, "risk_clue", h)
}

// Climb waits until the ladder of a neglected case has reached an action, and
// that the person at the top has been told.
func (p *Play) Climb(ctx context.Context, id, action, login string) error {
	c, err := p.as(ctx, p.Party.Township)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	err = p.until(ctx, "rung "+action, func() (bool, error) {
		list, err := clocks(ctx, c, id)
		if err != nil {
			return false, err
		}
		for _, k := range list {
			for _, r := range k.Rungs {
				key := k.Code + r.At.String()
				if !r.Fired || seen[key] {
					continue
				}
				seen[key] = true
				p.Say("　　无人办理：%s %s %s", r.At.In(policy.Shanghai).Format("01-02 15:04"), k.Title, policy.ActionTitle(r.Action))
				if r.Action == action {
					return true, nil
				}
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	return p.told(ctx, id, action, login)
}

func (p *Play) told(ctx context.Context, id, action, login string) error {
	c, err := p.as(ctx, login)
	if err != nil {
		return err
	}
	return p.until(ctx, "the message to "+login, func() (bool, error) {
		for query := (url.Values{}); ; {
			var out struct {
				Groups []struct {
					Items []struct {
						CaseID string `json:"case_id"`
						Kind   string `json:"kind"`
					} `json:"items"`
				} `json:"groups"`
				Next string `json:"next_cursor"`
			}
			err := c.Get(ctx, "/messages", query, &out)
			for _, g := range out.Groups {
				for _, m := range g.Items {
					if m.CaseID == id && m.Kind == action {
						p.Say("　　%s 收到%s", login, policy.ActionTitle(action))
						return true, nil
					}
				}
			}
			if err != nil || out.Next == "" {
				return false, err
			}
			query.Set("cursor", out.Next)
		}
	})
}
