package testkit

import (
	"slices"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Reach brings a fresh case of a procedure into a state by the shortest way of
// its definition, each step with all it needs. Nothing is written past the engine.
func (w *World) Reach(proc string, state procedure.State) *models.Case {
	w.T.Helper()
	defer func(before string) { w.still = before }(w.still)
	w.still = proc
	c := w.Fresh(proc)
	d := w.Definition(c)
	for _, event := range route(d, c.State, state) {
		w.Do(c.ID, event)
	}
	c = w.Case(c.ID)
	require.Equal(w.T, state, c.State, proc)
	return c
}

// route is the shortest list of events from one state to another. Corrections are
// taken only when there is no other way.
func route(d *procedure.Definition, from, to procedure.State) []string {
	type node struct {
		at   procedure.State
		path []string
	}
	seen := map[procedure.State]bool{from: true}
	for queue := []node{{at: from}}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		if n.at == to {
			return n.path
		}
		for _, e := range d.Events {
			if !slices.Contains(e.From, n.at) {
				continue
			}
			if next := e.Target(n.at, ""); !seen[next] {
				seen[next] = true
				queue = append(queue, node{next, append(slices.Clone(n.path), e.Code)})
			}
		}
	}
	return nil
}

// Fresh is a new case of a procedure in its first state, opened the way such
// cases come about: by hand, or by the case they belong to.
func (w *World) Fresh(proc string) *models.Case {
	w.T.Helper()
	switch proc {
	case "village_notice":
		return w.Last(w.Reach("identification", "village_notice").ID, proc)
	case "dept_comparison":
		return w.Last(w.Reach("identification", "home_verification").ID, proc)
	case "objection":
		notice := w.Reach("village_notice", "posted")
		w.Do(notice.ID, "object")
		return w.Last(notice.ID, proc)
	case "risk_elimination":
		return w.nominated()
	case "lookback_window":
		return &w.Children(w.Reach("risk_elimination", "eliminated").ID, proc)[0]
	case "rollback":
		return w.Open(proc, w.household(w.Reach("risk_elimination", "eliminated")), w.Actor(procedure.VillageCadre))
	case "assistance_plan", "measure", "visit_task":
		return w.freshAssistance(proc)
	case "member_change", "data_issue", "medical_reassistance", "poverty_exit", "return_to_poverty":
		return w.freshMembers(proc)
	case "campaign", "household_form", "village_form":
		return w.freshCampaign(proc)
	case "household_status":
		ident := w.Fresh("identification")
		w.Do(ident.ID, "cancel") // none, candidate, none
		return w.Status(ident.HouseholdID)
	}
	return w.Open(proc, w.NewHousehold(Village), w.Actor(procedure.VillageCadre))
}

// Status is the status case of a household.
func (w *World) Status(household string) *models.Case {
	w.T.Helper()
	var c models.Case
	require.NoError(w.T, w.Store.DB.Where("household_id = ? AND procedure = ?", household, "household_status").Take(&c).Error)
	return &c
}

// Do makes an event happen with everything it needs: what must have happened
// before elsewhere, the signatures, and somebody who may.
func (w *World) Do(caseID, event string) {
	w.T.Helper()
	w.Ready(caseID, event)
	c := w.Case(caseID)
	e, ok := w.Definition(c).EventFrom(event, c.State)
	if !ok {
		return // it has happened by itself while its conditions were brought about
	}
	actor := w.Doer(c, e)
	if actor.Role.Human() {
		w.Fire(caseID, event, actor)
		return
	}
	w.ByRule(caseID, event, actor)
}

// ByRule commits an event as the system, a timer or another case.
func (w *World) ByRule(caseID, event string, actor activities.Actor) {
	w.T.Helper()
	_, err := w.Engine.Commit(w.T.Context(), activities.CommitRequest{CaseID: caseID, Event: event, Key: w.Key(), ExpectedSeq: activities.AnySeq, Actor: actor})
	require.NoError(w.T, err, "%s as %s", event, actor.Role)
	w.deliver()
}

// Doer is somebody who may fire an event on a case: in the first of its roles that
// people hold, if there is one.
func (w *World) Doer(c *models.Case, e *procedure.Event) activities.Actor {
	w.T.Helper()
	for _, r := range e.Roles {
		if r.Human() {
			return w.In(c, r)
		}
	}
	return w.In(c, e.Roles[0])
}

// In is an account in a role, or in a relation, to a case.
func (w *World) In(c *models.Case, role procedure.Role) activities.Actor {
	w.T.Helper()
	switch role {
	case procedure.System, procedure.Timer, procedure.Procedure:
		return activities.Actor{Role: role}
	case procedure.Farmer, procedure.AssistancePerson, procedure.MonitoringContact:
		return w.Paired(role, c.HouseholdID)
	case procedure.CountyDept, procedure.TownshipDept:
		dept := c.Dept
		if dept == "" {
			dept = policy.Departments[0].Code
		}
		return w.DeptOf(role, dept)
	case procedure.Counterpart:
		return w.counterpart(c)
	case procedure.Handler:
		return w.relation(c.ID, "accept", role)
	case procedure.Objector:
		return w.relation(c.ParentID, "object", role)
	}
	if def, _ := procedure.RoleOf(role); def.Fact != "" || def.RoleFact != "" {
		return w.named(c, def)
	}
	return w.Nth(role, villageOf(c), 0)
}

// villageOf is the village of a case; of one about a larger area, the first.
func villageOf(c *models.Case) string {
	if len(c.RegionCode) < len(Village) {
		return Village
	}
	return c.RegionCode
}

// named is an account that stands in a relation which a fact of the case names; an
// outsider where the fact is not there yet.
func (w *World) named(c *models.Case, def procedure.RoleDef) activities.Actor {
	w.T.Helper()
	if as := procedure.Role(c.Facts.Text(def.RoleFact)); as != "" {
		a := w.In(c, as)
		a.Role, a.As = def.Code, as
		return a
	}
	a := w.Actor(procedure.TownshipOffice)
	a.Role, a.As = def.Code, procedure.TownshipOffice
	if user := c.Facts.Text(def.Fact); user != "" {
		a.UserID = user
	}
	return a
}

// relation is the account that fired an event on a case, in another role.
func (w *World) relation(caseID, event string, role procedure.Role) activities.Actor {
	w.T.Helper()
	var ev models.CaseEvent
	err := w.Store.DB.Where("case_id = ? AND event = ? AND kind = ?", caseID, event, "event").Order("seq DESC").Limit(1).Find(&ev).Error
	require.NoError(w.T, err)
	return activities.Actor{UserID: ev.ActorID, Role: role, Region: ev.ActorOrg}
}

// Ready brings about what an event needs: its signatures and what lies outside
// its case.
func (w *World) Ready(caseID, event string) {
	w.T.Helper()
	w.Need(w.Case(caseID), event)
	c := w.Case(caseID)
	if e, ok := w.Definition(c).EventFrom(event, c.State); ok {
		w.Sign(c, e, w.Doer(c, e))
	}
}

// Sign has an event signed by enough others than its actor.
func (w *World) Sign(c *models.Case, e *procedure.Event, actor activities.Actor) {
	w.T.Helper()
	snapshot, err := w.Engine.Snapshot(w.Store.DB, c.PolicyHash)
	require.NoError(w.T, err)
	for _, s := range e.Signers {
		for _, other := range w.others(c, s, actor)[:activities.SignersNeeded(s, snapshot)] {
			w.Endorse(c.ID, e.Code, other)
		}
	}
}

// others are accounts that may sign, the actor left out.
func (w *World) others(c *models.Case, s procedure.Signer, actor activities.Actor) []activities.Actor {
	w.T.Helper()
	var out []activities.Actor
	for _, role := range s.Roles {
		def, _ := procedure.RoleOf(role)
		area := activities.Office(c.RegionCode, def.Level)
		if def.Level == procedure.LevelHousehold {
			area = c.HouseholdID
		}
		for _, a := range w.actors[string(role)+"@"+area] {
			if a.UserID != actor.UserID && (s.Dept == "" || s.Dept == a.Dept) {
				out = append(out, a)
			}
		}
	}
	return out
}

// Need brings about what must have happened elsewhere before an event can. With
// Hold, what follows from that does not yet reach the case.
func (w *World) Need(c *models.Case, event string) {
	w.T.Helper()
	w.campaignNeeds(c, event)
	switch c.Procedure + "." + event {
	case "risk_clue.merge":
		w.Open("identification", w.household(c), w.Actor(procedure.VillageCadre))
	case "identification.township_pass":
		w.Compare(c.ID)
	case "identification.notice_passed", "risk_elimination.notice_passed", "poverty_exit.notice_ok":
		w.Do(w.posted(c).ID, "expire_clean")
	case "identification.notice_upheld", "risk_elimination.notice_upheld", "poverty_exit.notice_bad":
		w.Do(w.objected(w.posted(c)).ID, "uphold")
	case "village_notice.expire_clean":
		w.RunOut(c)
	case "village_notice.expire_overruled":
		w.Do(w.objected(c).ID, "overrule")
		w.RunOut(c)
	case "village_notice.overrule":
		w.decide(c, "find_overruled")
	case "village_notice.uphold":
		w.decide(c, "find_upheld")
	case "village_notice.pull":
		w.Do(c.ParentID, "withdraw")
	case "objection.close", "dept_comparison.lapse":
		w.Skip(c.ID, w.Now().AddDate(0, 0, 7))
	case "rectification.start_lookback":
		w.WaitFor(c, "wait")
	case "assistance_plan.all_delivered":
		w.settleMeasures(c.ID, "verified")
	case "assistance_plan.close":
		w.SetStatus(c.HouseholdID, "stable")
	case "assistance_plan.stop":
		w.settleMeasures(c.ID, "cancelled")
		w.refuseAdmission(c)
	case "visit_task.open":
		w.after(c, "open")
	case "visit_task.miss":
		w.after(c, "visit")
	case "member_change.ask_counterpart":
		w.AsTransfer(c, w.NewHousehold(Village2))
	case "poverty_exit.dept_pass", "poverty_exit.dept_fail":
		w.clearQueue(c)
	case "household_status.observation_done":
		w.observed(c)
	case "risk_elimination.precheck_fail":
		w.Open("risk_clue", w.household(c), w.Actor(procedure.VillageCadre))
	case "lookback_window.open", "lookback_window.lapse":
		w.Skip(c.ID, w.until(c))
	case "lookback_window.cancel":
		w.RollBack(c.HouseholdID)
	}
}

func (w *World) household(c *models.Case) *models.Household {
	w.T.Helper()
	var h models.Household
	require.NoError(w.T, w.Store.DB.Where("id = ?", c.HouseholdID).Take(&h).Error)
	return &h
}

// Compare has every open department comparison of a case answered clean.
func (w *World) Compare(caseID string) {
	w.T.Helper()
	for _, c := range w.Children(caseID, "dept_comparison") {
		if c.ClosedAt != nil {
			continue
		}
		if c.State == "requested" {
			w.Do(c.ID, "accept")
		}
		w.Do(c.ID, "answer_clean")
	}
}

// posted is the notice of a case, on the board.
func (w *World) posted(c *models.Case) *models.Case {
	w.T.Helper()
	n := w.Last(c.ID, "village_notice")
	for _, event := range route(w.Definition(n), n.State, "posted") {
		w.Do(n.ID, event)
	}
	return w.Case(n.ID)
}

// objected is a posted notice to which an objection has been raised.
func (w *World) objected(n *models.Case) *models.Case {
	w.T.Helper()
	w.Do(n.ID, "object")
	return w.Case(n.ID)
}

// decide has the open objection to a notice investigated.
func (w *World) decide(n *models.Case, finding string) {
	w.T.Helper()
	o := w.Last(n.ID, "objection")
	if o.State != "received" {
		return
	}
	for _, event := range []string{"accept", "start", finding} {
		w.Do(o.ID, event)
	}
}

// RunOut lets the period of a notice pass, with a photo of its last day.
func (w *World) RunOut(n *models.Case) {
	w.T.Helper()
	var clock models.ClockRow
	require.NoError(w.T, w.Store.DB.Where("case_id = ? AND code = ? AND stopped_at IS NULL", n.ID, "window").Take(&clock).Error)
	w.SetNow(clock.DueAt.Add(-1))
	w.Attach(n.ID, "end_photo")
	w.Skip(n.ID, clock.DueAt)
}
