package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Loaded is what a workflow starts from.
type Loaded struct {
	State procedure.State `json:"state"`
	Step  int             `json:"step"`
	// StepSeq is the sequence of the last transition.
	StepSeq int `json:"step_seq"`
	Outcome
}

// Load gives a workflow run the state of its case and notes the run, so that its
// history can be archived. Being loaded is the receipt for a start.
func (e *Engine) Load(ctx context.Context, caseID, runID string) (Loaded, error) {
	var out Loaded
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		c, err := take(tx, caseID)
		if err != nil {
			return err
		}
		now := e.Clock.Now()
		err = tx.Model(&models.Outbox{}).Where("target_id = ? AND kind = ? AND done_at IS NULL", caseID, "start").Update("done_at", now).Error
		if err != nil {
			return err
		}
		run := models.WorkflowRun{RunID: runID, CaseID: caseID, StartedAt: now}
		if err := tx.Clauses(onConflictDoNothing).Create(&run).Error; err != nil {
			return err
		}
		out.State, out.Step, out.StepSeq = c.State, c.Step, c.StepSeq
		out.Outcome, err = outcome(tx, c, Reply{CaseID: c.ID, Seq: c.Seq, Step: c.Step, State: c.State, Closed: c.ClosedAt != nil})
		return err
	})
	return out, err
}

// Woken is what a look at the clocks of a case has found.
type Woken struct {
	// Fire lists events whose time has come and whose conditions hold.
	Fire []string `json:"fire,omitempty"`
	Outcome
}

// Wake looks at the clocks of a case: it fires the rungs that are due, each once,
// and names the events that the timer may fire now. Waking too early or twice
// does no harm.
func (e *Engine) Wake(ctx context.Context, caseID string) (Woken, error) {
	var out Woken
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		c, err := take(models.Locked(tx), caseID)
		if err != nil {
			return err
		}
		d, err := definition(c)
		if err != nil {
			return err
		}
		snapshot, err := e.Snapshot(tx, c.PolicyHash)
		if err != nil {
			return err
		}
		rows, err := runningClocks(tx, c.ID)
		if err != nil {
			return err
		}
		k := &act{e: e, tx: tx, c: c, d: d, actor: ByTimer, now: e.Clock.Now(), policy: snapshot}
		quiet := d.QuietWithParent && len(parentEnded(k)) == 0
		for i := range rows {
			if rows[i].PausedAt != nil {
				continue
			}
			if quiet {
				rows[i].NextAt = nil
			}
			if err := e.climb(k, &rows[i]); err != nil {
				return err
			}
			out.Fire = append(out.Fire, e.ripe(k, &rows[i])...)
		}
		if err := e.saveClocks(tx, c, rows); err != nil {
			return err
		}
		if err := models.SaveCase(tx, c); err != nil {
			return err
		}
		out.Outcome, err = outcome(tx, c, Reply{CaseID: c.ID, Seq: c.Seq, Step: c.Step, State: c.State, Closed: c.ClosedAt != nil})
		return err
	})
	return out, err
}

// climb fires the rungs of a clock that are due. After a long stop only the
// highest of several missed rungs sends messages: one notice says it all.
func (e *Engine) climb(k *act, row *models.ClockRow) error {
	d, ladder := e.Deadline(row), k.policy.Ladder(row.Ladder)
	for row.NextAt != nil && !row.NextAt.After(k.now) {
		rung, ok := ladder.Next(d, row.StartedAt, row.LastNo)
		if !ok {
			row.NextAt = nil
			break
		}
		row.LastNo, row.NextAt = rung.No, nil
		next, more := ladder.Next(d, row.StartedAt, rung.No)
		if more {
			at := next.At.UTC()
			row.NextAt = &at
		}
		if err := e.rung(k, row, rung, !more || next.At.After(k.now)); err != nil {
			return err
		}
	}
	return nil
}

// rung records one rung in the history of the case and tells the people.
func (e *Engine) rung(k *act, row *models.ClockRow, r policy.Rung, tell bool) error {
	fired := models.ClockRung{ClockID: row.ID, No: r.No, CaseID: k.c.ID, Action: r.Action, Level: r.Level, At: r.At.UTC(), FiredAt: k.now}
	res := k.tx.Clauses(onConflictDoNothing).Create(&fired)
	if res.Error != nil || res.RowsAffected == 0 {
		return res.Error // fired before
	}
	ev := k.record("rung", row.Code+"."+r.Action, k.c.State, k.c.State, fmt.Sprintf("rung:%s:%d", row.ID, r.No))
	ev.Reply = []byte("{}")
	if err := e.append(k.tx, k.c, ev, map[string]any{"clock": row.Code, "action": r.Action, "level": r.Level, "no": r.No, "due": row.DueAt.Format(time.RFC3339)}); err != nil {
		return err
	}
	if err := k.rungRecord(row.Code, r.Action); err != nil || !tell {
		return err
	}
	return e.remind(k, row, r)
}

// rungRecord writes what goes with a rung, such as the notice of a 督办.
func (k *act) rungRecord(clock, action string) error {
	i := slices.IndexFunc(k.d.Clocks, func(c procedure.Clock) bool { return c.Code == clock })
	if i < 0 || k.d.Clocks[i].OnRung[action] == "" {
		return nil
	}
	rung := *k
	rung.ev = &procedure.Event{Code: clock + "." + action}
	return hooks[k.d.Clocks[i].OnRung[action]](&rung)
}

// ripe lists the events of a clock whose limit is over and whose conditions hold.
// They are asked again at every wake until one of them is taken.
func (e *Engine) ripe(k *act, row *models.ClockRow) []string {
	if k.now.Before(row.DueAt) {
		return nil
	}
	row.FireAt = nil // due: from here on rungs and nudges ask again
	i := slices.IndexFunc(k.d.Clocks, func(c procedure.Clock) bool { return c.Code == row.Code })
	if i < 0 {
		return nil
	}
	var out []string
	for _, code := range k.d.Clocks[i].Fires {
		if _, err := e.prepare(k.tx, k.c, k.d, code, ByTimer, nil, k.now); err == nil {
			out = append(out, code)
		}
	}
	return out
}

// remind writes a message to everybody the rung is for. Ordinary ones appear with
// the next morning digest, urgent ones at once.
func (e *Engine) remind(k *act, row *models.ClockRow, r policy.Rung) error {
	i := slices.IndexFunc(k.d.Clocks, func(c procedure.Clock) bool { return c.Code == row.Code })
	title, whom := k.d.Title, e.recipients
	if i >= 0 {
		title = k.d.Clocks[i].Title
	}
	if i >= 0 && k.d.Clocks[i].Owed != nil {
		whom = func(tx *gorm.DB, c *models.Case, level string) ([]recipient, error) {
			return e.owed(tx, c, k.d.Clocks[i], level)
		}
	}
	users, err := whom(k.tx, k.c, r.Level)
	if err != nil {
		return err
	}
	st, _ := k.d.State(k.c.State)
	return k.tell(users, models.Message{CaseID: k.c.ID, ClockID: row.ID, RungNo: r.No, Kind: r.Action, Urgent: r.Urgent, DeliverAt: e.deliverAt(k, r),
		Title: fmt.Sprintf("%s：%s（%s）", policy.ActionTitle(r.Action), title, k.c.No),
		Body:  fmt.Sprintf("%s正在“%s”环节，期限至 %s。", k.d.Title, st.Title, row.LastDay)})
}

// tooManyReturns tells township and county, at once, of a case that has been
// returned more often than max_returns (2.2).
func (e *Engine) tooManyReturns(k *act) error {
	limit := k.policy.Int("max_returns")
	if !k.ev.Return || k.c.Returns <= limit {
		return nil
	}
	users, err := e.recipients(k.tx, k.c, policy.LevelTownship)
	if err != nil {
		return err
	}
	county, err := e.recipients(k.tx, k.c, policy.LevelCounty)
	if err != nil {
		return err
	}
	return k.tell(append(users, county...), models.Message{CaseID: k.c.ID, ClockID: "returns:" + k.c.ID, RungNo: k.c.Returns, Kind: policy.ActionSupervise, Urgent: true,
		Title: fmt.Sprintf("%s：退回 %d 次（%s）", policy.ActionTitle(policy.ActionSupervise), k.c.Returns, k.c.No),
		Body:  fmt.Sprintf("%s已退回 %d 次，超过上限 %d 次，请上级研究处理。", k.d.Title, k.c.Returns, limit)})
}

func (e *Engine) deliverAt(k *act, r policy.Rung) time.Time {
	if r.Urgent {
		return k.now
	}
	at, err := policy.ParseTimeOfDay(k.policy.Text("digest_hour"))
	if err != nil {
		return k.now
	}
	day := policy.DateOf(k.now)
	if digest := day.Start().Add(at); !digest.Before(k.now) {
		return digest.UTC()
	}
	return day.AddDays(1).Start().Add(at).UTC()
}

// offices that answer for a level when a limit is missed.
var offices = map[string][]procedure.Role{
	policy.LevelVillage:  {procedure.VillageSecretary},
	policy.LevelTownship: {procedure.TownshipOffice},
	policy.LevelLeader:   {procedure.TownshipHead},
	policy.LevelCounty:   {procedure.CountyOffice},
}

// recipients are the accounts a rung is for: those who can act now, for the higher
// levels the office of that level as well, and whoever stands in for one of them.
func (e *Engine) recipients(tx *gorm.DB, c *models.Case, level string) ([]recipient, error) {
	tasks, err := tasksOf(tx, c.ID)
	if err != nil {
		return nil, err
	}
	var users []recipient
	for _, t := range tasks {
		holders := []string{t.AssigneeID}
		if t.AssigneeID == "" {
			var err error
			if holders, err = e.Holders(tx, c, t.Role); err != nil {
				return nil, err
			}
		}
		all, err := e.withSubstitutes(tx, c, t.Role, holders)
		if err != nil {
			return nil, err
		}
		users = append(users, all...)
	}
	roles := offices[level]
	if len(tasks) == 0 { // nobody has to decide, as while a notice hangs; the village looks after it
		roles = append(slices.Clone(roles), procedure.VillageCadre)
	}
	more, err := e.holding(tx, c, roles...)
	return once(append(users, more...)), err
}

// Holders are the accounts that hold a role for a case now.
func (e *Engine) Holders(tx *gorm.DB, c *models.Case, role procedure.Role) ([]string, error) {
	def, _ := procedure.RoleOf(role)
	switch {
	case def.Fact != "" || role == procedure.Handler:
		return related(c, role), nil
	case def.RoleFact != "":
		return e.Holders(tx, c, procedure.Role(c.Facts.Text(def.RoleFact)))
	}
	now, held := e.Clock.Now(), role
	if role == procedure.Counterpart {
		held = procedure.VillageCadre
	}
	q := tx.Model(&models.RoleGrant{}).Joins("JOIN users ON users.id = role_grants.user_id AND NOT users.disabled").
		Where("role_grants.role = ? AND role_grants.valid_from <= ? AND (role_grants.valid_to IS NULL OR role_grants.valid_to > ?)", held, now, now)
	switch {
	case def.Level == procedure.LevelHousehold:
		q = q.Where("role_grants.household_id = ?", c.HouseholdID)
	case role == procedure.Counterpart:
		q = q.Where("role_grants.region_code = ?", c.OtherRegion)
	case role == procedure.CountyDept || role == procedure.TownshipDept:
		q = q.Where("role_grants.region_code = ? AND role_grants.dept = ?", Office(c.RegionCode, def.Level), c.Dept)
	case role == procedure.GridMember:
		q = q.Where("role_grants.region_code = ? AND role_grants.group_name = (SELECT group_name FROM households WHERE id = ?)", Office(c.RegionCode, def.Level), c.HouseholdID)
	default:
		q = q.Where("role_grants.region_code = ?", Office(c.RegionCode, def.Level))
	}
	var ids []string
	err := q.Distinct().Order("role_grants.user_id").Pluck("role_grants.user_id", &ids).Error
	return ids, err
}
