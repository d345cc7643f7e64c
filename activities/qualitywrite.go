package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// onConflictPrint keeps the newer look.
var onConflictPrint = clause.OnConflict{Columns: []clause.Column{{Name: "kind"}, {Name: "household_id"}}, DoUpdates: clause.AssignmentColumns([]string{"print"})}

// knownHit is a hit of an earlier look with the case that answers it.
type knownHit struct {
	models.QualityHit
	CaseState  procedure.State
	CaseClosed *time.Time
	CaseFacts  string
}

// answered reports whether the case has ended with an answer that holds as long as the facts are the same: the owner has
// explained them, or the visit has found no risk.
func (h *knownHit) answered() bool {
	if h.Kind == models.RunScreening {
		return true
	}
	var f models.Facts
	return json.Unmarshal([]byte(h.CaseFacts), &f) == nil && f.At["explain"].After(f.At["correct"])
}

// changes are what a batch has to write.
type changes struct {
	w       *looker
	tx      *gorm.DB
	run     *models.QualityRun
	now     time.Time
	looks   []models.QualityLook
	fresh   []*asked // hits that want a case
	stand   []string // ids of hits that are as they were
	written []*models.QualityHit
}

// asked is a hit that wants a case.
type asked struct {
	home *home
	hit  *models.QualityHit
	told finding
	new  bool
}

// write compares what was found with what was known and writes the difference, cases included.
func (w *looker) write(tx *gorm.DB, run *models.QualityRun, homes []*home) error {
	if w.kind == models.RunTrial {
		w.countTrial(run, homes)
		return nil
	}
	c := &changes{w: w, tx: tx, run: run, now: w.e.Clock.Now()}
	for _, x := range homes {
		if !x.looked {
			continue
		}
		if err := c.compare(x); err != nil {
			return err
		}
	}
	if err := c.open(); err != nil {
		return err
	}
	return c.save()
}

// readKnown reads the hits of the households that were looked at before.
func (w *looker) readKnown(ctx context.Context, homes []*home) error {
	at := map[string]*home{}
	var ids []string
	for _, x := range homes {
		if x.looked && x.before != nil {
			ids, at[x.household.ID] = append(ids, x.household.ID), x
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return w.query(ctx, `SELECT h.id, h.household_id, h.rule, h.person_id, h.region_code, h.print, h.case_id, h.owner_id, h.found_at, h.seen_at, h.gone_at, h.run_id,
		COALESCE(c.state, ''), c.closed_at, COALESCE(c.facts, '') FROM quality_hits h LEFT JOIN cases c ON c.id = h.case_id WHERE h.household_id IN ? AND h.kind = ?`,
		[]any{ids, w.kind}, func(r models.Row) error {
			h := &knownHit{QualityHit: models.QualityHit{Kind: w.kind}}
			err := r.Scan(&h.ID, &h.HouseholdID, &h.Rule, &h.PersonID, &h.RegionCode, &h.Print, &h.CaseID, &h.OwnerID, &h.FoundAt, &h.SeenAt, &h.GoneAt, &h.RunID,
				&h.CaseState, &h.CaseClosed, &h.CaseFacts)
			at[h.HouseholdID].known = append(at[h.HouseholdID].known, h)
			return err
		})
}

// compare sorts the findings of a household: new ones, those that are known, and those that are found no more.
func (c *changes) compare(x *home) error {
	known := x.known
	if !x.village {
		c.run.Looked++
	}
	if x.before == nil || *x.before != x.print {
		c.looks = append(c.looks, models.QualityLook{Kind: c.w.kind, HouseholdID: x.household.ID, Print: x.print})
	}
	if len(x.marks) > 0 {
		c.run.Marked++
		for _, m := range x.marks {
			if err := c.tx.Model(m.row).Where("phone_mark IS NULL AND index_key = ?", m.key).Select("phone_mark").UpdateColumns(m.row).Error; err != nil {
				return err
			}
		}
	}
	if x.watched {
		c.run.Counts.Watched++
	}
	for _, rule := range x.unjudged {
		c.run.Counts.Rule(rule).Unjudged++
	}
	for _, f := range x.found {
		c.run.Counts.Rule(f.rule).Hits++
		i := slices.IndexFunc(known, func(h *knownHit) bool { return h.Rule == f.rule && h.PersonID == f.person })
		if i < 0 {
			hit := &models.QualityHit{ID: models.NewID(), Kind: c.w.kind, HouseholdID: x.household.ID, Rule: f.rule, PersonID: f.person, FoundAt: c.now}
			c.fresh = append(c.fresh, &asked{x, hit, f, true})
			continue
		}
		if err := c.again(x, f, known[i]); err != nil {
			return err
		}
	}
	for _, h := range known {
		if h.GoneAt == nil && !slices.ContainsFunc(x.found, func(f finding) bool { return f.rule == h.Rule && f.person == h.PersonID }) {
			if err := c.gone(h); err != nil {
				return err
			}
		}
	}
	return nil
}

// again deals with a finding that was made before: its case is still open, its answer holds, or it is asked anew.
func (c *changes) again(x *home, f finding, h *knownHit) error {
	open := h.CaseID != "" && h.CaseClosed == nil
	if !open && (h.Print != f.print || !h.answered()) {
		c.fresh = append(c.fresh, &asked{x, &h.QualityHit, f, false})
		return nil
	}
	c.run.Counts.Standing++
	if h.Print == f.print && h.GoneAt == nil && h.RegionCode == x.household.RegionCode {
		c.stand = append(c.stand, h.ID)
		return nil
	}
	if kind := whatNow(h, f); open && kind != "" {
		if err := c.note(h.CaseID, kind, h.ID, f); err != nil {
			return err
		}
	}
	return c.put(&h.QualityHit, x, f)
}

// whatNow is how a finding differs from what its open case says: it is back, or of other values; "" for neither.
func whatNow(h *knownHit, f finding) string {
	switch {
	case h.GoneAt != nil:
		return "rule_again"
	case h.Print != f.print:
		return "rule_changed"
	}
	return ""
}

// gone notes that a rule finds something no more, on the open case too: people close it.
func (c *changes) gone(h *knownHit) error {
	c.run.Counts.Gone++
	if h.CaseID != "" && h.CaseClosed == nil {
		if err := c.note(h.CaseID, "rule_clean", h.ID); err != nil {
			return err
		}
	}
	return c.tx.Model(&models.QualityHit{}).Where("id = ?", h.ID).Updates(map[string]any{"gone_at": c.now, "run_id": c.run.ID}).Error
}

// note records on an open case, beside its steps, what a run has found about it, with the values that were used.
func (c *changes) note(caseID, kind, about string, list ...finding) error {
	_, err := c.w.e.sideIn(c.tx, caseID, kind, kind, fmt.Sprintf("%s:%s:%s", kind, c.run.ID, about), BySystem, foundForm(list), func(*act) error { return nil })
	return err
}

// foundForm is what the record of an act keeps of findings: the words, and the checks with the values that were used; nil for
// none.
func foundForm(list []finding) map[string]any {
	if len(list) == 0 {
		return nil
	}
	var checks []policy.Finding
	for _, f := range list {
		checks = append(checks, f.check)
	}
	return map[string]any{"detail": wordsOf(list), procedure.ComputedField: checks}
}

func wordsOf(list []finding) string {
	var words []string
	for _, f := range list {
		words = append(words, f.message)
	}
	return strings.Join(words, "；")
}

// put fills a hit with what was found; save writes it.
func (c *changes) put(hit *models.QualityHit, x *home, f finding) error {
	hit.RegionCode, hit.Print, hit.SeenAt, hit.GoneAt, hit.RunID = x.household.RegionCode, f.print, c.now, nil, c.run.ID
	c.written = append(c.written, hit)
	return hit.SetSecret(c.w.e.Store.Vault, models.HitSecret{Message: f.message, Values: f.values})
}

// open finds or opens the cases that answer new hits.
func (c *changes) open() error {
	if len(c.fresh) == 0 {
		return nil
	}
	for _, a := range c.fresh {
		if err := c.put(a.hit, a.home, a.told); err != nil {
			return err
		}
	}
	if c.w.kind == models.RunScreening {
		return c.openClues()
	}
	return c.openIssues()
}

// count notes what has become of a hit that wanted a case.
func (c *changes) count(a *asked, opened bool) {
	switch {
	case !opened:
		c.run.Counts.Standing++
	case a.new:
		c.run.Counts.Opened++
	default:
		c.run.Counts.Renewed++
	}
}

// openCases are the open cases of some procedures about the households with new hits.
func (c *changes) openCases(procedures ...string) (map[string][]models.Case, error) {
	var ids []string
	for _, a := range c.fresh {
		ids = append(ids, a.hit.HouseholdID)
	}
	slices.Sort(ids)
	var list []models.Case
	err := c.tx.Where("household_id IN ? AND procedure IN ? AND closed_at IS NULL", slices.Compact(ids), procedures).Order("opened_at, id").Find(&list).Error
	out := map[string][]models.Case{}
	for _, x := range list {
		out[x.HouseholdID] = append(out[x.HouseholdID], x)
	}
	return out, err
}

// openClues opens one clue for each household with new signs, by the channel of the run. While a clue or an
// identification of the household is open, that one answers them.
func (c *changes) openClues() error {
	there, err := c.openCases("risk_clue", "identification")
	if err != nil {
		return err
	}
	byHome := map[*home][]*asked{}
	var order []*home
	for _, a := range c.fresh {
		if len(byHome[a.home]) == 0 {
			order = append(order, a.home)
		}
		byHome[a.home] = append(byHome[a.home], a)
	}
	for _, x := range order {
		var list []finding
		for _, a := range byHome[x] {
			list = append(list, a.told)
		}
		id, opened := "", false
		if open := there[x.household.ID]; len(open) > 0 {
			id = open[0].ID
			if err := c.note(id, "rule_found", x.household.ID, list...); err != nil {
				return err
			}
		} else {
			clue, err := c.openClue(x, list)
			if err != nil {
				return err
			}
			id, opened = clue.ID, true
		}
		for _, a := range byHome[x] {
			a.hit.CaseID = id
			c.count(a, opened)
		}
	}
	return nil
}

func (c *changes) openClue(x *home, list []finding) (*models.Case, error) {
	var signs []policy.Finding
	for _, f := range list {
		signs = append(signs, f.check)
	}
	h := &x.household
	form := map[string]any{"channel": c.run.Channel, "found_at": c.now.In(policy.Shanghai).Format(time.RFC3339), "content": wordsOf(list)}
	clue, err := c.w.e.open(c.tx, opening{procedure: "risk_clue", household: h.ID, region: h.RegionCode, subject: h.HeadName,
		key: "screening:" + c.run.ID + ":" + h.ID, actor: BySystem, now: c.now, form: form, computed: signs, policy: x.policy.regionPolicy})
	if err != nil {
		return nil, err
	}
	return clue, ask(c.tx, clue.ID, "start", clue.ID, "", c.now)
}

// openIssues opens a data issue for each new hit, in bulk. One that somebody has opened by hand for the same rule and
// member answers it.
func (c *changes) openIssues() error {
	there, err := c.openCases("data_issue")
	if err != nil {
		return err
	}
	var list []*asked
	for _, a := range c.fresh {
		for i := range there[a.hit.HouseholdID] {
			if x := &there[a.hit.HouseholdID][i]; x.Facts.Text("rule") == a.hit.Rule && x.Facts.Text("person_id") == a.hit.PersonID {
				a.hit.CaseID = x.ID
			}
		}
		open := a.hit.CaseID != "" && slices.ContainsFunc(there[a.hit.HouseholdID], func(x models.Case) bool { return x.ID == a.hit.CaseID })
		if c.count(a, !open); !open {
			list = append(list, a)
		} else if err := c.note(a.hit.CaseID, "rule_found", a.hit.ID, a.told); err != nil {
			return err
		}
	}
	return c.writeIssues(list)
}

// writeIssues writes the cases of data issues with their openings, clocks and tasks.
func (c *changes) writeIssues(list []*asked) error {
	owners, err := c.owners(list)
	if err != nil {
		return err
	}
	d, _ := procedure.Latest("data_issue")
	var (
		cases  []*models.Case
		events []*models.CaseEvent
		clocks []*models.ClockRow
		tasks  []*models.Task
	)
	for _, a := range list {
		x, ev, clock, err := c.issue(d, a, owners)
		if err != nil {
			return err
		}
		a.hit.CaseID = x.ID
		cases, events, clocks = append(cases, x), append(events, ev), append(clocks, clock)
		for _, role := range d.States[0].Todo {
			tasks = append(tasks, newTasks(x, role, c.now)...)
		}
	}
	if err := insertMany(c.tx, cases); err != nil {
		return err
	}
	if err := insertMany(c.tx, events); err != nil {
		return err
	}
	if err := insertMany(c.tx, clocks); err != nil {
		return err
	}
	models.TouchCases(c.tx, cases...)
	return insertMany(c.tx, tasks)
}

// insertMany writes rows in statements that both databases take.
func insertMany[T any](tx *gorm.DB, rows []*T) error {
	for part := range slices.Chunk(rows, bulkRows) {
		if err := models.Insert(tx, part...); err != nil {
			return err
		}
	}
	return nil
}

// issue is one data issue, opened and still to be stored.
func (c *changes) issue(d *procedure.Definition, a *asked, owners owners) (*models.Case, *models.CaseEvent, *models.ClockRow, error) {
	h, s := &a.home.household, a.home.policy
	about := h.ID
	if a.home.village {
		about = ""
	}
	x := newCase(d, opening{procedure: d.Name, household: about, region: h.RegionCode, subject: h.HeadName, actor: BySystem, now: c.now})
	x.PolicyHash = s.hash
	form := map[string]any{"source": "own_rule", "rule": a.hit.Rule, "person_id": a.hit.PersonID, "detail": a.told.message}
	if err := learn(&x.Facts, d.Opening.Form, form); err != nil {
		return nil, nil, nil, err
	}
	// Proposals, for the township to decide: no answers of anybody.
	cause, owner := owners.of(h, a.hit.Rule)
	a.hit.OwnerID = owner
	x.Facts = with(x.Facts, map[string]any{"proposed_cause": cause, "proposed_owner": owner})
	k := &act{e: c.w.e, tx: c.tx, c: x, d: d, actor: BySystem, now: c.now, policy: s.Snapshot}
	ev := k.record("open", d.Name, "", d.Initial, "quality:"+c.run.ID+":"+a.hit.ID)
	reply, err := json.Marshal(Reply{CaseID: x.ID, Event: "open", Seq: 1, State: d.Initial, At: c.now})
	if err != nil {
		return nil, nil, nil, err
	}
	ev.Reply = reply
	form[procedure.ComputedField] = []policy.Finding{a.told.check}
	if err := c.w.e.link(x, ev, form); err != nil {
		return nil, nil, nil, err
	}
	x.StepSeq = x.Seq
	clock, err := c.w.e.newClock(x, d.Clocks[0], s.Snapshot, 1, c.now)
	x.DueAt, x.WakeAt = clock.DueAt, clock.NextAt
	return x, ev, &clock, err
}

// save writes looks, hits and those that stand.
func (c *changes) save() error {
	if err := c.saveLooks(); err != nil {
		return err
	}
	var fresh []*models.QualityHit
	for _, hit := range c.written {
		if slices.ContainsFunc(c.fresh, func(a *asked) bool { return a.hit == hit && a.new }) {
			fresh = append(fresh, hit)
			continue
		}
		if err := c.tx.Save(hit).Error; err != nil {
			return err
		}
	}
	for part := range slices.Chunk(c.stand, bulkRows) {
		if err := c.tx.Model(&models.QualityHit{}).Where("id IN ?", part).Updates(map[string]any{"seen_at": c.now, "run_id": c.run.ID}).Error; err != nil {
			return err
		}
	}
	return insertMany(c.tx, fresh) // a hit that is there already was found by another run: this one begins anew
}

// saveLooks writes what the households looked like, in one statement where arrays are known.
func (c *changes) saveLooks() error {
	if !c.w.e.Store.Postgres() {
		for part := range slices.Chunk(c.looks, bulkRows) {
			if err := c.tx.Clauses(onConflictPrint).Create(&part).Error; err != nil {
				return err
			}
		}
		return nil
	}
	if len(c.looks) == 0 {
		return nil
	}
	ids, prints := make([]string, len(c.looks)), make([]int64, len(c.looks))
	for i, l := range c.looks {
		ids[i], prints[i] = l.HouseholdID, l.Print
	}
	_, err := c.tx.Statement.ConnPool.ExecContext(c.tx.Statement.Context, `INSERT INTO quality_looks (household_id, kind, print)
		SELECT i, $2, p FROM unnest($1::text[], $3::bigint[]) AS x (i, p) ON CONFLICT (household_id, kind) DO UPDATE SET print = excluded.print`, ids, c.w.kind, prints)
	return err
}
