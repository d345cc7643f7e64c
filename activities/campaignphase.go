package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"shouwang/models"
	"shouwang/procedure"
)

// phaseRow is one phase of a campaign. It begins in the state Stage and lasts until the
// next one does.
type phaseRow struct {
	Stage   string `json:"stage"`
	Title   string `json:"title"`
	From    string `json:"from"`
	Until   string `json:"until"`
	Gate    string `json:"gate"`
	Outputs string `json:"outputs"`
	// Gates are the conditions, by their codes, without which it does not end.
	Gates []string `json:"gates"`
}

// phasePlan are the phases of a campaign in their order.
type phasePlan []phaseRow

func phasesOf(c *models.Case) phasePlan {
	var rows phasePlan
	c.Facts.Value("stages", &rows)
	return rows
}

func (p phasePlan) stages() []string {
	out := make([]string, len(p))
	for i, r := range p {
		out[i] = r.Stage
	}
	return out
}

// last is the last phase of a state, -1 without one.
func (p phasePlan) last(state procedure.State) int {
	at := procedure.PhaseAt(p.stages(), state)
	for at >= 0 && at+1 < len(p) && p[at+1].Stage == string(state) {
		at++
	}
	return at
}

// until is the day on which a state is over, "" if the plan does not say.
func (p phasePlan) until(state procedure.State) string {
	if at := p.last(state); at >= 0 {
		return p[at].Until
	}
	return ""
}

// phaseNow is the place of the present phase of a campaign, -1 before the first. One
// without the fact is older than phases and has one for each state.
func phaseNow(c *models.Case) int {
	at := -1
	if !c.Facts.Value("phase", &at) {
		return procedure.PhaseAt(phasesOf(c).stages(), c.State)
	}
	return at
}

// campaignStage sets the phase in which a campaign is after a step and its last day:
// before the training its first day, after a failed spot check the days set then.
func campaignStage(k *act) error {
	plan := phasesOf(k.c)
	if k.c.State == "issued" {
		if i := slices.Index(plan.stages(), "training"); i >= 0 {
			return setFact(&k.c.Facts, "stage_until", plan[i].From)
		}
		return nil
	}
	again := map[procedure.State]string{"rectification": "redo_by", "spot_check": "spot_by"}[k.c.State]
	if again != "" && k.c.Facts.Count["spot_fail"] > 0 {
		if err := setFact(&k.c.Facts, "phase", plan.last(k.c.State)); err != nil {
			return err
		}
		return setFact(&k.c.Facts, "stage_until", k.c.Facts.Text(again))
	}
	return k.enterPhase(procedure.PhaseAt(plan.stages(), k.c.State))
}

func (k *act) enterPhase(at int) error {
	plan := phasesOf(k.c)
	if at < 0 || at >= len(plan) {
		return nil
	}
	until := plan[at].Until
	if on := cutOffOf(k.c, stageCutOffs[string(k.c.State)]).On; on != "" {
		until = min(until, on)
	}
	if err := setFact(&k.c.Facts, "phase", at); err != nil {
		return err
	}
	if err := setFact(&k.c.Facts, "phase_began", k.now.UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	return setFact(&k.c.Facts, "stage_until", until)
}

// phasesDone: no phase is left out (S002 #0 “不能忽略或省略工作环节”): a state is left from
// its last phase only, and a phase only through its gates.
func phasesDone(k *act) []procedure.FieldFault {
	plan, at := phasesOf(k.c), phaseNow(k.c)
	var out []procedure.FieldFault
	last := plan.last(k.c.State)
	if at >= 0 && at < last {
		out = no("", "phases_left", "“%s”之后还有“%s”等%d个阶段，请先逐一办结", plan[at].name(), plan[at+1].name(), last-at)
	}
	if at < last || procedure.PhaseAt(plan.stages(), k.ev.To) != at {
		out = append(out, gatesOpen(k)...)
	}
	return out
}

// name is the title of a phase, or that of its state.
func (r phaseRow) name() string {
	if r.Title != "" {
		return r.Title
	}
	d, _ := procedure.Latest("campaign")
	st, _ := d.State(procedure.State(r.Stage))
	return st.Title
}

// PhaseRequest ends the present phase of a campaign where another follows in the same
// state. Note says what it has left: its papers, and how its gate was met.
type PhaseRequest struct {
	CaseID, Note, Key string
	Actors            []Actor
}

// EndPhase records that a phase is over and starts the clock of the next. The state of
// the campaign stays; the last phase of a state ends with the event that leaves it.
func (e *Engine) EndPhase(ctx context.Context, r PhaseRequest) (Reply, error) {
	if r.Note == "" {
		return Reply{}, required("note", "请写明本阶段形成的材料和完成情况")
	}
	return e.asIssuer(ctx, r.CaseID, "phase", r.Key, r.Actors, map[string]any{"note": r.Note}, func(k *act) error {
		plan, at := phasesOf(k.c), phaseNow(k.c)
		if at < 0 || at >= plan.last(k.c.State) {
			return procedure.Refuse(procedure.Conflict, "last_phase", "本环节没有后续阶段，请直接办理下一环节")
		}
		if shut := gatesOpen(k); len(shut) > 0 {
			return procedure.Refuse(procedure.Invalid, "conditions_not_met", "本阶段的完成标准尚未达到", shut...)
		}
		if err := k.enterPhase(at + 1); err != nil {
			return err
		}
		if err := k.e.moveClocks(k.tx, k.c, k.d, k.c.State, k.c.State, k.now); err != nil {
			return err
		}
		return retask(k.tx, k.c)
	})
}

// asIssuer records an act beside the events of a campaign by the office that leads it.
func (e *Engine) asIssuer(ctx context.Context, campaign, kind, key string, actors []Actor, form map[string]any, do func(k *act) error) (Reply, error) {
	var who Actor
	c, err := e.Case(ctx, campaign)
	if err == nil && c.Procedure != "campaign" {
		err = procedure.Refuse(procedure.NotFound, "case_not_found", "没有这项行动")
	}
	if err == nil {
		who, err = issuerAmong(c, actors)
	}
	if err != nil {
		return Reply{}, err
	}
	return e.side(ctx, campaign, kind, kind, key, who, form, func(k *act) error {
		if k.c.ClosedAt != nil {
			return procedure.Refuse(procedure.Conflict, "case_closed", "该行动已归档或取消")
		}
		return do(k)
	})
}

// issuerAmong is the one of somebody's posts in which he leads a campaign.
func issuerAmong(c *models.Case, actors []Actor) (Actor, error) {
	i := slices.IndexFunc(actors, func(a Actor) bool { return string(a.Role) == c.Facts.Text("issuer_role") })
	if i < 0 {
		return Actor{}, procedure.Refuse(procedure.Forbidden, "role_not_allowed", "只有行动的印发单位可以办理")
	}
	return actors[i], nil
}

// Phase is a phase of a campaign as it stands: State is done, current or ahead.
type Phase struct {
	Stage, Title, From, Until, Gate, Outputs, State string
	Overdue                                         bool
}

// Phases are those of a campaign on a day, "2006-01-02".
func Phases(c *models.Case, today string) []Phase {
	plan, at := phasesOf(c), phaseNow(c)
	out := make([]Phase, len(plan))
	for i, r := range plan {
		state := "ahead"
		switch {
		case i < at || c.State == "closed" || c.State == "archived":
			state = "done"
		case i == at && c.State != "cancelled":
			state = "current"
		}
		out[i] = Phase{Stage: r.Stage, Title: r.name(), From: r.From, Until: r.Until, Gate: r.Gate, Outputs: r.Outputs, State: state,
			Overdue: state == "current" && today > r.Until}
	}
	return out
}

// PhaseTitle tells which of its phases a campaign is in, "数据审核比对（4/9）".
func PhaseTitle(c *models.Case) string {
	plan, at := phasesOf(c), phaseNow(c)
	if at < 0 || at >= len(plan) {
		return ""
	}
	return fmt.Sprintf("%s（%d/%d）", plan[at].name(), at+1, len(plan))
}
