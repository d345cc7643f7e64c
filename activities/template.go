package activities

import (
	"fmt"
	"slices"

	"shouwang/policy"
	"shouwang/procedure"
)

// CampaignPlan is a template moved to a first day: what the paper of a campaign would
// say. Form is the same as answers of the opening form; all of it may be changed before
// the issue.
type CampaignPlan struct {
	Template procedure.Template
	First    policy.Date
	Phases   []PlannedPhase
	CutOffs  []PlannedCutOff
	// WaitsFor are the years without a published calendar on which dates rest.
	WaitsFor []int
	Form     map[string]any
}

// PlannedPhase is a phase of a template with its days.
type PlannedPhase struct {
	procedure.TemplatePhase
	From, Until PlannedDay
}

// PlannedCutOff is a cut-off of a template; On is zero where it is before an event.
type PlannedCutOff struct {
	procedure.TemplateCutOff
	On PlannedDay
}

// PlannedDay is a day of a plan. Original is the day in the document, "" without one;
// Rolled says that it was moved off a day that is not worked, Provisional that it rests
// on a year whose calendar is not published.
type PlannedDay struct {
	On                  policy.Date
	Original, Source    string
	Rolled, Provisional bool
}

// PlanCampaign moves a template to a first day. Days between dates are kept in the unit
// of the template; last days that are not worked roll to the next that is.
func PlanCampaign(cal *policy.Calendar, t procedure.Template, first policy.Date) CampaignPlan {
	p := planner{cal: cal, t: t, first: first}
	plan := CampaignPlan{Template: t, First: first}
	for _, ph := range t.Phases {
		plan.Phases = append(plan.Phases, PlannedPhase{TemplatePhase: ph, From: p.day(ph.From, false), Until: p.day(ph.Until, t.Roll)})
	}
	for _, c := range t.CutOffs {
		out := PlannedCutOff{TemplateCutOff: c}
		if c.Event == "" {
			out.On = p.day(c.On, t.Roll)
		}
		plan.CutOffs = append(plan.CutOffs, out)
	}
	slices.Sort(p.waits)
	plan.WaitsFor = slices.Compact(p.waits)
	plan.Form = plan.form()
	return plan
}

type planner struct {
	cal   *policy.Calendar
	t     procedure.Template
	first policy.Date
	waits []int
}

func (p *planner) day(m procedure.Moment, roll bool) PlannedDay {
	d := p.cal.Deadline(p.first.Start(), policy.Budget{Days: p.days(m), Unit: policy.Unit(p.t.Unit), RollHoliday: roll}, 0)
	if d.Provisional {
		p.waits = append(p.waits, d.WaitsFor)
	}
	return PlannedDay{On: d.LastDay, Original: m.On, Source: m.Source, Rolled: d.Rolled, Provisional: d.Provisional}
}

// days are those from the first day of the document to one of its days.
func (p *planner) days(m procedure.Moment) int {
	if m.On == "" {
		return m.Days
	}
	on, _ := policy.ParseDate(m.On) // checked when the template was read
	first, _ := policy.ParseDate(p.t.First)
	if p.t.Unit == string(policy.UnitWorking) {
		n, _ := p.cal.WorkdaysBetween(first, on)
		return n
	}
	return on.Sub(first)
}

func (p CampaignPlan) form() map[string]any {
	stages, cutoffs := []any{}, []any{}
	for _, ph := range p.Phases {
		row := map[string]any{"stage": ph.Stage, "title": ph.Title, "from": ph.From.On.String(), "until": ph.Until.On.String(), "gate": ph.Gate, "outputs": ph.Outputs}
		if len(ph.Gates) > 0 {
			row["gates"] = ph.Gates
		}
		stages = append(stages, row)
	}
	for _, c := range p.CutOffs {
		if c.Event != "" {
			cutoffs = append(cutoffs, map[string]any{"item": c.Item, "event": c.Event})
			continue
		}
		cutoffs = append(cutoffs, map[string]any{"item": c.Item, "on": c.On.On.String()})
	}
	t := p.Template
	return map[string]any{"kind": t.Code, "template": fmt.Sprintf("%s@%d", t.Code, t.Version), "scope": t.Scope, "forms": t.Forms, "stages": stages, "cutoffs": cutoffs}
}
