package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

var onConflictDoNothing = clause.OnConflict{DoNothing: true}

// OpenRequest asks for a new case. Key makes it safe to repeat.
type OpenRequest struct {
	Key         string
	Procedure   string
	HouseholdID string
	// RegionCode, in place of a household, is what a case about a region is about.
	RegionCode string
	Actor      Actor
	Form       map[string]any
}

// opening is a case to be opened, by hand or by another case.
type opening struct {
	procedure string
	parent    *models.Case
	household string
	region    string
	subject   string
	dept      string
	key       string
	actor     Actor
	form      map[string]any
	facts     models.Facts // of the parent, from which the opening form's facts are taken
	now       time.Time
	computed  []policy.Finding // what it is opened for, if that was computed
	policy    *regionPolicy    // in force, where it is known already
}

// OpenCase opens a case by hand: who may, whether the form is right, and
// whether the household may have one more. Its workflow is started by the caller.
// The same key from the same actor gets the case that was opened before.
func (e *Engine) OpenCase(ctx context.Context, r OpenRequest) (*models.Case, error) {
	d, ok := procedure.Latest(r.Procedure)
	if !ok || len(d.Opening.Roles) == 0 {
		return nil, procedure.Refuse(procedure.NotFound, "procedure_not_found", "没有可以直接开启的这一程序")
	}
	if !slices.Contains(d.Opening.Roles, r.Actor.Role) {
		return nil, procedure.Refuse(procedure.Forbidden, "role_not_allowed", "您的岗位不能开启“"+d.Title+"”")
	}
	var c *models.Case
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		// The household first: one at a time, so that a key opens one case only and a
		// clue sees an identification that is being opened.
		h, err := e.subject(models.Locked(tx), d, r)
		if err != nil {
			return err
		}
		key := "open:" + r.Actor.UserID + ":" + r.Key
		var before models.CaseEvent
		err = tx.Where("kind = ? AND key = ?", "open", key).Take(&before).Error
		if err == nil {
			c, err = take(tx, before.CaseID)
			return err
		}
		if !models.Missing(err) {
			return err
		}
		c, err = e.open(tx, opening{procedure: r.Procedure, household: h.ID, region: h.RegionCode, subject: h.HeadName,
			key: key, actor: r.Actor, form: r.Form, now: e.Clock.Now()})
		if err != nil || d.Mode != procedure.Durable {
			return err
		}
		// Done once its workflow has loaded it; started again until then.
		return ask(tx, c.ID, "start", c.ID, "", c.OpenedAt)
	})
	if models.Duplicate(err) {
		return nil, procedure.Refuse(procedure.Conflict, "case_already_open", "该户已有在办的“"+d.Title+"”")
	}
	return c, err
}

// subject is the household a case is about, or a region in the shape of one.
func (e *Engine) subject(tx *gorm.DB, d *procedure.Definition, r OpenRequest) (*models.Household, error) {
	if d.About == procedure.AboutHousehold || d.About == procedure.AboutEither && r.HouseholdID != "" {
		return household(tx, r.HouseholdID)
	}
	var region models.Region
	err := tx.Where("code = ?", r.RegionCode).Take(&region).Error
	if models.Missing(err) || r.HouseholdID != "" {
		return nil, procedure.Refuse(procedure.Invalid, "region_required", "“"+d.Title+"”应当指明所属的村、乡镇或县",
			procedure.FieldFault{Field: "region_code", Code: "required", Message: "请选择所属的村、乡镇或县"})
	}
	return &models.Household{RegionCode: region.Code, HeadName: region.Name}, err
}

func household(tx *gorm.DB, id string) (*models.Household, error) {
	var h models.Household
	err := tx.Where("id = ?", id).Take(&h).Error
	if models.Missing(err) {
		return nil, procedure.Refuse(procedure.NotFound, "household_not_found", "没有这户农户")
	}
	return &h, err
}

// lockHousehold makes those wait who open or move something else about the same
// household. Locks are taken in the order case, household, status.
func lockHousehold(tx *gorm.DB, id string) error {
	_, err := household(models.Locked(tx).Select("id"), id)
	return err
}

// open writes a new case with its first act, clocks, tasks and consequences.
func (e *Engine) open(tx *gorm.DB, o opening) (*models.Case, error) {
	d, ok := procedure.Latest(o.procedure)
	if !ok {
		return nil, fmt.Errorf("procedure %s is not in this build", o.procedure)
	}
	snapshot, hash, err := e.policyOf(tx, o)
	if err != nil {
		return nil, err
	}
	c := newCase(d, o)
	k := &act{e: e, tx: tx, c: c, d: d, actor: o.actor, form: o.form, now: o.now, policy: snapshot, computed: o.computed}
	if err := k.admitOpening(); err != nil {
		return nil, err
	}
	if c.PolicyHash = hash; hash == "" {
		if c.PolicyHash, err = e.keepSnapshot(tx, snapshot); err != nil {
			return nil, err
		}
	}
	e.snapshots.Store(c.PolicyHash, snapshot)
	inherit(&c.Facts, d.Opening.Form, o.facts)
	if err := learn(&c.Facts, d.Opening.Form, o.form); err != nil {
		return nil, err
	}
	if err := k.derive(d.Opening.Derive); err != nil {
		return nil, err
	}
	// The row first, so that what refers to it can be written; what changes until the end is saved then.
	if err := models.Insert(tx, c); err != nil {
		return nil, err
	}
	if err := c.Remember(tx); err != nil {
		return nil, err
	}
	return c, e.begin(k, o)
}

// policyOf is the policy that a case opens under, and its hash if it is kept already.
func (e *Engine) policyOf(tx *gorm.DB, o opening) (policy.Snapshot, string, error) {
	if o.policy != nil {
		return o.policy.Snapshot, o.policy.hash, nil
	}
	s, err := e.resolve(tx, o.region, o.now)
	return s, "", err
}

func newCase(d *procedure.Definition, o opening) *models.Case {
	id := models.NewID()
	c := &models.Case{
		ID: id, No: caseNo(d, id, o.now), Procedure: d.Name, Version: d.Version, State: d.Initial,
		HouseholdID: o.household, RegionCode: o.region, Subject: o.subject, Dept: o.dept,
		OpenedBy: o.actor.Person(), OpenedAt: o.now, UpdatedAt: o.now, DueAt: models.FarFuture,
	}
	if o.parent != nil {
		c.ParentID = o.parent.ID
	}
	if d.OnePerHousehold {
		solo := d.Name + ":" + o.household
		c.SoloKey = &solo
	}
	return c
}

// caseNo is the number people quote: procedure, day and the random end of the id.
func caseNo(d *procedure.Definition, id string, now time.Time) string {
	return fmt.Sprintf("%s%s-%s", d.Prefix, policy.DateOf(now).Start().Format("20060102"), id[len(id)-8:])
}

// inherit takes over the facts of the case that opens this one, as far as the
// opening form asks for them.
func inherit(facts *models.Facts, form []procedure.Field, from models.Facts) {
	for _, f := range form {
		raw, ok := from.Values[f.Code]
		if !f.Fact || !ok {
			continue
		}
		if facts.Values == nil {
			facts.Values = map[string]json.RawMessage{}
		}
		facts.Values[f.Code] = raw
	}
}

// begin records the opening and everything that starts with it.
func (e *Engine) begin(k *act, o opening) error {
	c := k.c
	ev := k.record("open", c.Procedure, "", c.State, o.key)
	reply, err := json.Marshal(Reply{CaseID: c.ID, Event: "open", Seq: c.Seq + 1, State: c.State, At: o.now})
	if err != nil {
		return err
	}
	ev.Reply = reply
	if err := e.append(k.tx, c, ev, k.recorded()); err != nil {
		return err
	}
	if err := k.markTexts(ev, k.d.Opening.Form); err != nil {
		return err
	}
	c.StepSeq = c.Seq
	if err := e.moveClocks(k.tx, c, k.d, "", c.State, o.now); err != nil {
		return err
	}
	if err := e.moveTasks(k.tx, c, k.d, o.actor.UserID, o.now); err != nil {
		return err
	}
	if err := e.effects(k, k.d.Opening.Effects); err != nil {
		return err
	}
	return models.SaveCase(k.tx, c)
}
