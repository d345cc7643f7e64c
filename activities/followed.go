package activities

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// followed is what the procedures have left of a household that the rules look at: who is paired with it, its last episode
// and its plans.
type followed struct {
	contact string
	episode *models.MonitoringEpisode // nil without one
	added   []confirmedRisk
	marked  bool // its elimination was marked
	plans   []*followedPlan
}

// followedPlan is a plan with its measures and the acts that say what they are for.
type followedPlan struct {
	measures []models.Case
	events   []models.CaseEvent
	forms    []map[string]any
}

// followed reads that of some households in as many statements as of one.
func (e *Engine) followed(tx *gorm.DB, ids []string, now time.Time) (map[string]*followed, error) {
	out := make(map[string]*followed, len(ids))
	for _, id := range ids {
		out[id] = &followed{}
	}
	if len(ids) == 0 {
		return out, nil
	}
	added, err := e.confirmedRisks(tx, ids)
	if err != nil {
		return nil, err
	}
	for id, list := range added {
		out[id].added = list
	}
	for _, read := range []func() error{
		func() error { return readContacts(tx, ids, now, out) },
		func() error { return readLastEpisodes(tx, ids, out) },
		func() error { return e.readPlans(tx, ids, out) },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readContacts(tx *gorm.DB, ids []string, now time.Time, out map[string]*followed) error {
	var rows []struct{ HouseholdID, Name string }
	err := tx.Table("role_grants g").Joins("JOIN users ON users.id = g.user_id").Where(models.Among(tx, "g.household_id", ids)).
		Where("g.household_id <> ''"). // as the index of households' grants has it
		Where("g.role = ? AND g.valid_from <= ? AND (g.valid_to IS NULL OR g.valid_to > ?)", procedure.AssistancePerson, now, now).
		Order("g.id").Select("g.household_id, users.name").Scan(&rows).Error
	for _, r := range rows {
		out[r.HouseholdID].contact = r.Name // the last one
	}
	return err
}

func readLastEpisodes(tx *gorm.DB, ids []string, out map[string]*followed) error {
	var rows []models.MonitoringEpisode
	if err := tx.Where(models.Among(tx, "household_id", ids)).Order("household_id, no").Find(&rows).Error; err != nil {
		return err
	}
	of, eliminations := map[string]*followed{}, []string{}
	for i := range rows {
		out[rows[i].HouseholdID].episode = &rows[i]
	}
	for _, id := range ids {
		if ep := out[id].episode; ep != nil && ep.EliminationID != "" {
			of[ep.EliminationID] = out[id]
			eliminations = append(eliminations, ep.EliminationID)
		}
	}
	if len(eliminations) == 0 {
		return nil
	}
	var marked []string
	err := tx.Model(&models.CaseEvent{}).Where(models.Among(tx, "case_id", eliminations)).Where("kind = ? AND event = ?", "event", "mark").Distinct().Pluck("case_id", &marked).Error
	for _, id := range marked {
		of[id].marked = true
	}
	return err
}

func (e *Engine) readPlans(tx *gorm.DB, ids []string, out map[string]*followed) error {
	var plans, measures []models.Case
	err := tx.Select("id", "household_id").Where(models.Among(tx, "household_id", ids)).Where("procedure = ? AND state <> ?", "assistance_plan", "ended_no_admission").Order("id").Find(&plans).Error
	if err != nil || len(plans) == 0 {
		return err
	}
	byID, planIDs := map[string]*followedPlan{}, []string{}
	for _, p := range plans {
		plan := &followedPlan{}
		byID[p.ID], planIDs = plan, append(planIDs, p.ID)
		out[p.HouseholdID].plans = append(out[p.HouseholdID].plans, plan)
	}
	if err := tx.Where(models.Among(tx, "parent_id", planIDs)).Where("procedure = ?", "measure").Order("id").Find(&measures).Error; err != nil {
		return err
	}
	for _, m := range measures {
		byID[m.ParentID].measures = append(byID[m.ParentID].measures, m)
	}
	var events []models.CaseEvent
	err = tx.Select("id", "case_id", "seq", "event", "payload").Where(models.Among(tx, "case_id", planIDs)).Where("kind = ? AND event IN ?", "event", planActs).Order("case_id, seq").Find(&events).Error
	if err != nil {
		return err
	}
	for i := range events {
		form, err := e.Payload(&events[i])
		if err != nil {
			return err
		}
		p := byID[events[i].CaseID]
		p.events, p.forms = append(p.events, events[i]), append(p.forms, form)
	}
	return nil
}

// tell adds it to the family that the rules look at.
func (x *followed) tell(f *policy.Family, e *Engine) (err error) {
	if f.Contact == "" {
		f.Contact = x.contact
	}
	if f.Episode, err = x.lastEpisode(f, e); err != nil || f.Episode == nil {
		return err
	}
	for _, p := range x.plans {
		f.Measures = append(f.Measures, p.inForce()...)
	}
	return nil
}

// lastEpisode is the last episode if it was not revoked, nil without one. Of one from before the system came the day of the
// identification may be unknown, and its indicators after the elimination are those of the register.
func (x *followed) lastEpisode(f *policy.Family, e *Engine) (*policy.Episode, error) {
	ep := x.episode
	if ep == nil || ep.RevokedAt != nil {
		return nil, nil
	}
	secret, err := ep.Secret(e.Store.Vault)
	if err != nil {
		return nil, err
	}
	out := &policy.Episode{Category: ep.Category, OtherNote: secret.OtherNote, Method: ep.Method, RiskTypes: risksOf(ep, secret, x.added)}
	if !ep.OpenedAt.IsZero() {
		out.Identified = policy.DateOf(ep.OpenedAt)
	}
	if ep.ClosedAt == nil {
		return out, nil
	}
	out.Eliminated = policy.DateOf(*ep.ClosedAt)
	out.Checked = x.marked // the marking wants the indicators
	if ep.EliminationID == "" {
		out.Checked = f.HasIndicators()
	}
	return out, nil
}

// inForce are the measures of a plan that have not failed, with the risk each was declared against.
func (p *followedPlan) inForce() []policy.FamilyMeasure {
	var cases []*models.Case
	found := standingOf(p.measures, p.events, p.forms, func(c *models.Case) bool { cases = append(cases, c); return true })
	if len(found) != len(cases) {
		cases = nil // one without a row in its plan: the kinds still tell
	}
	var out []policy.FamilyMeasure
	for j, m := range found {
		x := policy.FamilyMeasure{Kind: m.Kind, Risk: m.Risk}
		if cases != nil {
			c := cases[j]
			x.Name, x.Since = c.Facts.Text("content"), policy.DateOf(c.OpenedAt)
			x.Delivered = slices.Contains([]procedure.State{"delivered", "verified"}, c.State)
		}
		out = append(out, x)
	}
	return out
}
