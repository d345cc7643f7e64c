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
	"shouwang/internal/ledger"
	"shouwang/internal/story"
	"shouwang/policy"
)

// plant is what is wrong about a household or its form.
type plant struct {
	copied    *home // whose income sheet it has (DQ-02)
	forged    bool  // the surveyor signs for it (DQ-03)
	hasty     bool  // both signatures were drawn on one device within seconds (DQ-03)
	spent     int64 // what the form says of rigid expenses, in fen
	burst     int   // its place among the forms of one hour, from 1 (DQ-14)
	burstAt   time.Time
	far       bool   // the form is filled in far from it (DQ-13)
	disagrees string // the rule that finds what does not agree (DQ-10)
	asks      bool   // a ruling is asked for
	returned  bool   // the instructor returns it once
	claimed   bool   // it claims more than its items come to, and says why (5.4)
	unsafe    bool   // the house is found unsafe by a late correction (DQ-09)
}

// finding is what a rule finds in a household, a member of it, or a village.
type finding struct{ rule, subject, member string }

// faults are those that were planted, and those that a form or a procedure does not let anybody make.
type faults struct {
	planted   map[finding]bool
	tried     map[string]bool // the rules for which one was, mended since or not
	prevented []prevention
}

// prevention is what somebody was kept from doing, and the rule that would have found it.
type prevention struct{ rule, what string }

func (f *faults) add(rule, subject, member string) {
	if f.planted == nil {
		f.planted, f.tried = map[finding]bool{}, map[string]bool{}
	}
	f.tried[rule] = true
	f.planted[finding{rule, subject, member}] = true
}

func (f *faults) count() int { return len(f.planted) }

func (f *faults) size(rule string) int {
	n := 0
	for x := range f.planted {
		if x.rule == rule {
			n++
		}
	}
	return n
}

// has tells whether a household has a fault of one of some rules.
func (f *faults) has(id string, rules ...string) bool {
	return slices.ContainsFunc(rules, func(rule string) bool { return f.planted[finding{rule, id, ""}] })
}

// touches tells whether there is a fault in a household.
func (f *faults) touches(id string) bool {
	return f.homes()[id]
}

// homes are the households and villages with faults, by id.
func (f *faults) homes() map[string]bool {
	out := map[string]bool{}
	for x := range f.planted {
		out[x.subject] = true
	}
	return out
}

// unseen are the rules for which nothing was planted, and nothing prevented either.
func (f *faults) unseen() []string {
	var out []string
	for _, r := range rules() {
		if !f.tried[r.Code] && !slices.ContainsFunc(f.prevented, func(x prevention) bool { return x.rule == r.Code }) {
			out = append(out, r.Code)
		}
	}
	return out
}

// rules are those that a run applies: those of earlier releases are left out of it.
func rules() []policy.RuleInfo {
	return slices.DeleteFunc(policy.AllRules(), func(r policy.RuleInfo) bool {
		return slices.ContainsFunc(policy.FormerRules, func(o policy.DataRule) bool { return o.Code == r.Code })
	})
}

// clear forgets the faults of a rule, which have been mended.
func (f *faults) clear(rules ...string) {
	for x := range f.planted {
		if slices.Contains(rules, x.rule) {
			delete(f.planted, x)
		}
	}
}

// playDays is longer than the campaign takes: a birthday meanwhile must change nothing.
const playDays = 60

// spoil puts one fault for each rule of the register into a household of its own. A small township has no household that
// fits for some.
func (p *Play) spoil(ctx context.Context) error {
	today := policy.DateOf(p.clock().Now())
	o := ledger.SpoilOptions{Region: demo.Township, Seed: 1, Context: policy.NewDataContext(today, p.policy), Until: today.AddDays(playDays)}
	put, err := ledger.Spoil(ctx, p.Engine.Store, o)
	fits := func() bool { return err == nil || !strings.Contains(err.Error(), "no household fits") }
	if fits() {
		p.spoiled(put)
		return err
	}
	for _, code := range ledger.Spoilable() {
		o.Codes = []string{code}
		if put, err = ledger.Spoil(ctx, p.Engine.Store, o); err != nil && fits() {
			return err
		}
		p.spoiled(put)
	}
	return nil
}

func (p *Play) spoiled(put []ledger.Spoiled) {
	for _, x := range put {
		p.faults.add(x.Code, x.HouseholdID, x.Member)
	}
}

// shares of the households with something about them, one in so many.
const (
	everyMismatch = 100
	everyRuling   = 150
	everyReturn   = 50
	burstSize     = 8
	perHour       = 6 // default of dq_forms_per_hour
	pairs         = 3
	farAway       = 3
	forgeries     = 6
	hasties       = 3
	expenses      = 6
	claims        = 3
)

// plant chooses the households whose forms will have faults, each at most one.
func (p *Play) plant(ctx context.Context) error {
	used := map[string]bool{}
	for x := range p.faults.planted {
		used[x.subject] = true
	}
	take := func(n int, fits func(*home) bool) []*home {
		var out []*home
		for _, h := range p.order {
			if len(out) < n && !used[h.ID] && fits(h) {
				used[h.ID] = true
				out = append(out, h)
			}
		}
		return out
	}
	share := func(every int) int { return max(2, len(p.order)/every) }
	for _, a := range p.order {
		if p.faults.size("same_income_sheet") == 2*pairs || used[a.ID] || a.kind == "ordinary" {
			continue
		}
		for _, b := range take(1, func(h *home) bool {
			return h != a && h.kind != "ordinary" && h.village == a.village
		}) {
			used[a.ID], b.copied = true, a
			p.faults.add("same_income_sheet", a.ID, "")
			p.faults.add("same_income_sheet", b.ID, "")
		}
	}
	for _, h := range take(farAway, func(h *home) bool { return h.kind == "monitored" }) {
		h.far = true
		p.faults.add("collector_far", h.ID, "")
	}
	for _, h := range take(claims, func(h *home) bool { return h.kind != "ordinary" }) {
		h.claimed = true
		p.faults.add("income_claim_differs", h.ID, "")
	}
	for _, h := range take(forgeries, func(*home) bool { return true }) {
		h.forged = true
		p.faults.add("signature_alike", h.ID, "")
	}
	for _, h := range take(hasties, func(*home) bool { return true }) {
		h.hasty = true
		p.faults.add("signature_same_device", h.ID, "")
	}
	for _, h := range take(1, func(h *home) bool { return h.kind == "ordinary" }) {
		if err := p.beside(ctx, h); err != nil {
			return err
		}
	}
	if err := p.medicalList(ctx, take(2*expenses, func(h *home) bool { return h.kind == "ordinary" })); err != nil {
		return err
	}
	for i, h := range take(share(everyMismatch), func(*home) bool { return true }) {
		h.disagrees = []string{"records_disagree", "levels_disagree"}[i%2]
		p.faults.add(h.disagrees, h.ID, "")
	}
	for _, h := range take(share(everyRuling), func(*home) bool { return true }) {
		h.asks = true
	}
	for _, h := range take(share(everyReturn), func(*home) bool { return true }) {
		h.returned = true
	}
	return nil
}

// plantBurst lets one surveyor claim eight forms within forty minutes: from the seventh on there are too many in an hour.
func (p *Play) plantBurst(list []task) {
	n, began := 0, p.clock().Now().Add(-3*time.Hour)
	for _, t := range list {
		if h := p.homes[t.Household.ID]; h != nil && h.plant == (plant{}) && n < burstSize {
			n++
			h.burst, h.burstAt = n, began.Add(time.Duration(n)*5*time.Minute)
			if n > perHour {
				p.faults.add("forms_per_hour", h.ID, "")
			}
		}
	}
}

func (p *Play) asks() int    { return p.those(func(h *home) bool { return h.asks }) }
func (p *Play) returns() int { return max(2, len(p.order)/everyReturn) }

func (p *Play) those(is func(*home) bool) int {
	n := 0
	for _, h := range p.order {
		if is(h) {
			n++
		}
	}
	return n
}

// refused notes that somebody was kept from making a fault, which a rule would have found: by this code of this field, or of
// the whole.
func (p *Play) refused(err error, rule, what, code string) error {
	var no *story.Problem
	if !errors.As(err, &no) {
		return fmt.Errorf("%s %s was not refused: %w", rule, what, err)
	}
	if no.Code != code && !slices.ContainsFunc(no.Errors, func(e struct{ Field, Code, Message string }) bool { return e.Code == code || e.Field == code }) {
		return fmt.Errorf("%s %s was refused otherwise: %w", rule, what, err)
	}
	p.faults.prevented = append(p.faults.prevented, prevention{rule, what})
	return nil
}

// nobodySurveys tries a form that names no surveyor, and then finishes it with one. A household form has none to leave out:
// who visits is its surveyor.
func (p *Play) nobodySurveys(ctx context.Context, login string, h *home) error {
	full := p.sheetOf("screening_form", h)
	short := maps.Clone(full)
	delete(short, "surveyor")
	record, version, err := p.begun(ctx, login, map[string]any{"form": "screening_form", "household_id": h.ID, "answers": short})
	if err != nil {
		return err
	}
	if err := p.refused(p.done(ctx, login, record, version, nil), "collector_missing", "表单没有填写调查人", "surveyor"); err != nil {
		return err
	}
	return p.done(ctx, login, record, version, full)
}

// refusals tries what the form itself does not take, on one household, and then fills its form in as it should be.
func (p *Play) refusals(ctx context.Context) error {
	login := demo.SurveyorLogin(0)
	list, err := p.tasks(ctx, login, "household_form", "assigned", "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(t task) bool {
		h := p.homes[t.Household.ID]
		return h != nil && h.plant == (plant{}) && h.kind == "ordinary"
	})
	h, id := p.homes[list[i].Household.ID], list[i].CaseID
	h.form, h.visited = id, p.clock().Now()
	p.plantBurst(slices.Delete(list, i, i+1))
	visit := map[string]any{"identity_stated": true, "purpose_stated": true, "three_unified": true, "four_agree": true}
	_, err = p.fire(ctx, login, id, "visit", 0, visit)
	if err := p.refused(err, "survey_date_missing", "没有入户日期", "visited_at"); err != nil {
		return err
	}
	visit["visited_at"] = p.clock().Now().In(policy.Shanghai).Format(time.RFC3339)
	if err := p.nobodySurveys(ctx, login, h); err != nil {
		return err
	}
	c, err := p.fire(ctx, login, id, "visit", 0, visit)
	if err != nil {
		return err
	}
	form, err := p.answers(ctx, login, h, id, "fill")
	if err != nil {
		return err
	}
	for _, x := range []struct{ rule, what, field, code string }{{"farmer_signature_missing", "没有农户签字", "household_signature", "household_signature"}, {"collector_signature_missing", "没有调查员签字", "surveyor_signature", "surveyor_signature"},
		{"signature_same_image", "农户签字与调查员签字是同一图像", "", "same_signature"}} {
		tried := map[string]any{}
		for k, v := range form {
			if k != x.field {
				tried[k] = v
			}
		}
		if x.field == "" {
			tried["household_signature"] = form["surveyor_signature"]
		}
		_, err := p.fire(ctx, login, id, "fill", c.Seq, tried)
		if err := p.refused(err, x.rule, x.what, x.code); err != nil {
			return err
		}
	}
	if c, err = p.fire(ctx, login, id, "fill", 0, form); err != nil {
		return err
	}
	if c, err = p.fire(ctx, login, id, "self_check", c.Seq, map[string]any{"complete": true, "consistent": true}); err != nil {
		return err
	}
	if c, err = p.fire(ctx, login, id, "hand_in", c.Seq, nil); err != nil {
		return err
	}
	_, err = p.fire(ctx, login, id, "instructor_pass", c.Seq, nil)
	return p.refused(err, "collector_is_reviewer", "采集人审核自己的户表", "separation_of_duties")
}
