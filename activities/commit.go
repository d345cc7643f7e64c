package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// FireRequest is an event somebody wants to fire, with the answers of its form.
type FireRequest struct {
	CaseID string
	Event  string
	// Key makes the request safe to repeat. ExpectedSeq is what the caller saw, or AnySeq.
	Key         string
	ExpectedSeq int
	Actor       Actor
	Form        map[string]any
	// Case is the case as the caller has just read it; nil has it read again.
	Case *models.Case
}

// CommitRequest is the same with ids only: it travels through workflow histories.
type CommitRequest struct {
	CaseID       string `json:"case_id"`
	Event        string `json:"event"`
	Key          string `json:"key"`
	ExpectedSeq  int    `json:"expected_seq"`
	Actor        Actor  `json:"actor"`
	SubmissionID string `json:"submission_id,omitempty"`
	OutboxID     string `json:"outbox_id,omitempty"`
	RunID        string `json:"run_id,omitempty"`
}

// act is one event on its way: everything guards and effects look at.
type act struct {
	e       *Engine
	tx      *gorm.DB
	c       *models.Case
	d       *procedure.Definition
	ev      *procedure.Event // nil while a case is being opened
	actor   Actor
	form    map[string]any
	asking  bool // only listing what is allowed: there is no form yet
	arg     string
	now     time.Time
	policy  policy.Snapshot
	brought *brought // what was read together with the case, if that was
	// computed are the checks that the act is taken on.
	computed []policy.Finding
}

// Precheck answers, without changing anything, what Commit would refuse now.
func (e *Engine) Precheck(ctx context.Context, r FireRequest) error {
	tx, c := e.Store.DB.WithContext(ctx), r.Case
	if c == nil {
		var err error
		if c, err = take(tx, r.CaseID); err != nil {
			return err
		}
	}
	if err := current(c, r.ExpectedSeq); err != nil {
		return err
	}
	d, err := definition(c)
	if err != nil {
		return err
	}
	_, err = e.prepare(tx, c, d, r.Event, r.Actor, r.Form, e.Clock.Now())
	return err
}

// current refuses a caller who has not seen the last transition.
func current(c *models.Case, seen int) error {
	if seen == AnySeq {
		return nil
	}
	if seen < c.StepSeq || seen > c.Seq {
		return procedure.Refuse(procedure.Conflict, "case_moved", "该事项已有新的办理情况，请刷新后再办")
	}
	return nil
}

// Done returns the reply to a key that was committed before.
func (e *Engine) Done(ctx context.Context, caseID, key string) (Reply, bool, error) {
	return done(e.Store.DB.WithContext(ctx), caseID, key)
}

func done(tx *gorm.DB, caseID, key string) (Reply, bool, error) {
	r, ev, err := recorded(tx, caseID, key)
	return r, ev != nil, err
}

// recorded finds the act that was recorded under a key, nil if there is none, and
// the reply to it.
func recorded(tx *gorm.DB, caseID, key string) (Reply, *models.CaseEvent, error) {
	var ev models.CaseEvent
	err := tx.Select("kind, event, actor_id, salt, payload_hash, reply").Where("case_id = ? AND key = ?", caseID, key).Take(&ev).Error
	if models.Missing(err) {
		return Reply{}, nil, nil
	}
	if err != nil {
		return Reply{}, nil, err
	}
	var r Reply
	err = json.Unmarshal(ev.Reply, &r)
	return r, &ev, err
}

func keyReused() error {
	return procedure.Refuse(procedure.Invalid, "key_reused", "同一请求编号不能用于不同的内容")
}

// Commit takes one event in one transaction: case row locked, state and sequence
// checked, guards run, and new state, event, clocks, tasks and outbox written
// together. A key that was committed before gets its reply again.
func (e *Engine) Commit(ctx context.Context, r CommitRequest) (Outcome, error) {
	out, err := e.commitOnce(ctx, r)
	if err == nil {
		return out, nil
	}
	// An act is recorded under its key once, so one that was committed before has
	// failed just now, for whatever reason, and needs no looking up before it does.
	if was, before, e := e.committed(ctx, r); before || e != nil {
		return was, e
	}
	return out, err
}

func (e *Engine) commitOnce(ctx context.Context, r CommitRequest) (Outcome, error) {
	var out Outcome
	var c models.Case
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		b, err := bring(tx, r)
		if err != nil {
			return err
		}
		if err := unsettled(tx, r.OutboxID); err != nil {
			return err
		}
		reply, err := e.commit(tx, b, r)
		if err != nil {
			return err
		}
		if err := settle(tx, r.OutboxID, "", e.Clock.Now()); err != nil {
			return err
		}
		c = b.Case
		out, err = outcome(tx, &c, reply)
		return err
	})
	if err == nil {
		e.announce(r.Key, &c, out.Reply)
	}
	return out, err
}

// committed finds the outcome of an event that is recorded under its key already.
func (e *Engine) committed(ctx context.Context, r CommitRequest) (out Outcome, found bool, err error) {
	err = e.Store.Tx(ctx, func(tx *gorm.DB) error {
		reply, before, err := recorded(tx, r.CaseID, r.Key)
		if err != nil || before == nil {
			return err
		}
		found = true
		if before.Kind != "event" || before.Event != r.Event {
			return keyReused()
		}
		c, err := take(models.Locked(tx), r.CaseID)
		if err != nil {
			return err
		}
		if err := settle(tx, r.OutboxID, "", e.Clock.Now()); err != nil {
			return err
		}
		out, err = outcome(tx, c, reply)
		return err
	})
	return out, found, err
}

func (e *Engine) commit(tx *gorm.DB, b *brought, r CommitRequest) (Reply, error) {
	if err := current(&b.Case, r.ExpectedSeq); err != nil {
		return Reply{}, err
	}
	d, err := definition(&b.Case)
	if err != nil {
		return Reply{}, err
	}
	form, err := e.staged(b, r.SubmissionID)
	if err != nil {
		return Reply{}, err
	}
	k, err := e.prepare(tx, &b.Case, d, r.Event, r.Actor, form, e.Clock.Now())
	if err != nil {
		return Reply{}, err
	}
	k.brought = b
	return e.take(k, r.Key, r.RunID)
}

// brought is what an act is taken with: its case, locked, the form that was sent in,
// and the names of those who act. It is read in one statement.
type brought struct {
	models.Case `gorm:"embedded"`
	FormID      *string
	FormBody    []byte
	OwnName     string
	AwayName    string
}

func bring(tx *gorm.DB, r CommitRequest) (*brought, error) {
	var b brought
	q := tx.Table("cases").Select("cases.*, submissions.id AS form_id, submissions.body AS form_body, COALESCE(own.name, '') AS own_name, COALESCE(away.name, '') AS away_name").
		Joins("LEFT JOIN submissions ON submissions.id = ?", r.SubmissionID).
		Joins("LEFT JOIN users own ON own.id = ?", r.Actor.UserID).Joins("LEFT JOIN users away ON away.id = ?", r.Actor.ForID)
	err := models.LockedIn(q, "cases").Where("cases.id = ?", r.CaseID).Take(&b).Error
	if models.Missing(err) {
		return nil, caseNotFound()
	}
	if err != nil {
		return nil, err
	}
	return &b, b.Remember(tx)
}

// prepare checks everything about an event and returns it ready to be taken.
func (e *Engine) prepare(tx *gorm.DB, c *models.Case, d *procedure.Definition, event string, actor Actor, form map[string]any, now time.Time) (*act, error) {
	ev, ok := d.EventFrom(event, c.State)
	if !ok {
		return nil, notInState(d, event, c.State)
	}
	snapshot, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return nil, err
	}
	k := &act{e: e, tx: tx, c: c, d: d, ev: ev, actor: actor, form: form, now: now, policy: snapshot}
	if err := k.authorise(); err != nil {
		return nil, err
	}
	if err := k.admit(); err != nil {
		return nil, err
	}
	return k, nil
}

func notInState(d *procedure.Definition, event string, s procedure.State) error {
	st, _ := d.State(s)
	ev, ok := d.Event(event)
	if !ok {
		return procedure.Refuse(procedure.Conflict, "unknown_event", "“"+d.Title+"”中没有这一操作")
	}
	return procedure.Refuse(procedure.Conflict, "event_not_allowed", fmt.Sprintf("当前环节为“%s”，不能办理“%s”", st.Title, ev.Title))
}

// authorise checks role and separation of duties.
func (k *act) authorise() error {
	allowed := slices.Contains(k.ev.Roles, k.actor.Role) && !k.actor.OnBehalf ||
		k.actor.OnBehalf && slices.Contains(k.ev.Proxies, k.actor.Role) ||
		k.actor.Role == procedure.Procedure && slices.Contains(k.ev.Proxies, procedure.Procedure)
	if !allowed {
		return procedure.Refuse(procedure.Forbidden, "role_not_allowed", fmt.Sprintf("您的岗位不能办理“%s”", k.ev.Title))
	}
	if f := k.separated(k.actor); f != nil {
		return procedure.Refuse(procedure.Forbidden, f.Code, f.Message)
	}
	if !k.related() {
		return procedure.Refuse(procedure.Forbidden, "not_in_relation", fmt.Sprintf("“%s”由本事项指定的人员办理", k.ev.Title))
	}
	return nil
}

// separated says why a person may not act: he has done field work or an earlier
// decision of this case himself (2.0 #5). Of a substitute and the person he stands in
// for neither may have, in his own name or with his own hands.
func (k *act) separated(a Actor) *procedure.FieldFault {
	for _, other := range k.ev.NotBy {
		if !share(a.persons(), k.c.Facts.By[other]) && !share(a.persons(), k.c.Facts.Hands[other]) {
			continue
		}
		ev, _ := k.d.Event(other)
		who := "您"
		if a.ForID != "" {
			who = "您或您代办的人员"
		}
		return &procedure.FieldFault{Code: "separation_of_duties", Message: fmt.Sprintf("%s办理过本事项的“%s”，应当回避“%s”", who, ev.Title, k.ev.Title)}
	}
	return nil
}

// admit checks the form and then the guards, and tells all that is to be mended.
func (k *act) admit() error {
	fields, err := EventFields(k.c, k.ev)
	if err != nil {
		return err
	}
	faults, err := k.formFaults(fields)
	if err != nil {
		return err
	}
	faults = append(faults, k.gates()...)
	if len(faults) > 0 {
		return procedure.Refuse(procedure.Invalid, "conditions_not_met", fmt.Sprintf("“%s”还有 %d 处需要补正", k.ev.Title, len(faults)), faults...)
	}
	return nil
}

// gates are what stands against an event beside its form.
func (k *act) gates() []procedure.FieldFault {
	faults := k.halted()
	for _, g := range k.ev.Guards {
		faults = append(faults, k.run(g)...)
	}
	return faults
}

func (k *act) admitOpening() error {
	if !k.actor.Role.Human() {
		return nil
	}
	faults, err := k.formFaults(k.d.Opening.Form)
	if err != nil {
		return err
	}
	for _, g := range k.d.Opening.Guards {
		faults = append(faults, k.run(g)...)
	}
	if len(faults) > 0 {
		return procedure.Refuse(procedure.Invalid, "conditions_not_met", fmt.Sprintf("开启“%s”还有 %d 处需要补正", k.d.Title, len(faults)), faults...)
	}
	return nil
}

func (k *act) formFaults(fields []procedure.Field) ([]procedure.FieldFault, error) {
	if !k.actor.Role.Human() {
		return nil, nil // acts by rule have no form
	}
	var files []models.Attachment
	if namesFiles(fields, k.form) {
		if err := k.tx.Select("id").Where("case_id = ?", k.c.ID).Find(&files).Error; err != nil {
			return nil, err
		}
	}
	more, err := k.listed(fields)
	return append(checkForm(fields, k.form, k.policy, files, k.now), more...), err
}

// record is the act as the history keeps it, still without number and hash.
func (k *act) record(kind, event string, from, to procedure.State, key string) *models.CaseEvent {
	ev := &models.CaseEvent{
		Kind: kind, Event: event, FromState: from, ToState: to, At: k.now, Key: key,
		ActorID: k.actor.UserID, ActorRole: k.actor.Role, ActorOrg: k.actor.Region, OnBehalf: k.actor.OnBehalf,
	}
	if k.actor.Dept != "" {
		ev.ActorOrg += "/" + k.actor.Dept
	}
	ev.ForID = k.actor.ForID
	// A name that cannot be read is left empty; the account id stands.
	ev.ActorName, ev.ForName, _ = k.names(k.actor)
	return ev
}

// take moves the case: the event has been checked and the row is locked.
func (e *Engine) take(k *act, key, runID string) (Reply, error) {
	c, from := k.c, k.c.State
	to := k.ev.Target(from, c.FormerState)
	if err := k.fill(); err != nil {
		return Reply{}, err
	}
	if err := k.remember(); err != nil {
		return Reply{}, err
	}
	c.Step++
	c.State, c.UpdatedAt = to, k.now
	if to != from {
		c.FormerState = from
	}
	if k.ev.Return {
		c.Returns++
	}
	k.close()
	reply := Reply{CaseID: c.ID, Event: k.ev.Code, Seq: c.Seq + 1, Step: c.Step, From: from, State: to, At: k.now, Closed: c.ClosedAt != nil}
	rec := k.record("event", k.ev.Code, from, to, key)
	rec.RunID = runID
	raw, err := json.Marshal(reply)
	if err != nil {
		return Reply{}, err
	}
	rec.Reply = raw
	if err := e.append(k.tx, c, rec, k.recorded()); err != nil {
		return Reply{}, err
	}
	if err := k.markTexts(rec, k.ev.Form); err != nil {
		return Reply{}, err
	}
	c.StepSeq = c.Seq
	if err := k.derive(k.ev.Derive); err != nil {
		return Reply{}, err
	}
	if err := e.moveClocks(k.tx, c, k.d, from, to, k.now); err != nil {
		return Reply{}, err
	}
	if err := e.effects(k, k.ev.Effects); err != nil {
		return Reply{}, err
	}
	if err := e.moveTasks(k.tx, c, k.d, k.actor.UserID, k.now); err != nil {
		return Reply{}, err
	}
	if err := k.inform(k.ev.Copies, reply.Seq); err != nil {
		return Reply{}, err
	}
	if err := e.tooManyReturns(k); err != nil {
		return Reply{}, err
	}
	if err := k.countForm(); err != nil {
		return Reply{}, err
	}
	return reply, models.SaveCase(k.tx, c)
}

// fill writes the form of an act by rule that has one.
func (k *act) fill() (err error) {
	if k.ev.Sheet != "" {
		k.form, err = sheets[k.ev.Sheet](k)
	}
	return err
}

// close marks the end of a case, or that a corrective event has reopened it.
func (k *act) close() {
	c := k.c
	if !k.d.Final(c.State) {
		c.ClosedAt = nil
		return
	}
	c.ClosedAt, c.SoloKey = &k.now, nil
}

// remember keeps the facts of the event: answers, persons, number and time.
func (k *act) remember() error {
	f := &k.c.Facts
	if err := learn(f, k.ev.Form, k.form); err != nil {
		return err
	}
	if f.Count == nil { // not By: an act by rule has nobody
		f.Count, f.At = map[string]int{}, map[string]time.Time{}
	}
	var signed []models.Endorsement
	if len(k.ev.Signers) > 0 {
		var err error
		if signed, err = signatures(k.tx, k.c, k.ev.Code); err != nil {
			return err
		}
	}
	rememberWho(f, k.ev.Code, k.actor)
	for _, s := range signed {
		rememberWho(f, k.ev.Code, Actor{UserID: s.UserID, ForID: s.ForID})
	}
	f.Count[k.ev.Code]++
	f.At[k.ev.Code] = k.now
	return nil
}

// signatures are those given for an event since the case came to this step.
func signatures(tx *gorm.DB, c *models.Case, event string) ([]models.Endorsement, error) {
	var out []models.Endorsement
	err := tx.Where("case_id = ? AND step = ? AND event = ?", c.ID, c.Step, event).Order("id").Find(&out).Error
	return out, err
}

// unsettled refuses a message that was refused before: told twice, it must not
// find the case in another state and take effect after all.
func unsettled(tx *gorm.DB, id string) error {
	if id == "" {
		return nil
	}
	var n int64
	err := tx.Model(&models.Outbox{}).Where("id = ? AND done_at IS NOT NULL", id).Count(&n).Error
	if err == nil && n > 0 {
		return procedure.Refuse(procedure.Conflict, "message_settled", "该消息已处理")
	}
	return err
}

// settle marks an outbox row as delivered to this case.
func settle(tx *gorm.DB, id, note string, now time.Time) error {
	if id == "" {
		return nil
	}
	return tx.Model(&models.Outbox{}).Where("id = ? AND done_at IS NULL", id).Updates(map[string]any{"done_at": now, "note": note}).Error
}

// outcome is what the workflow must know now.
func outcome(tx *gorm.DB, c *models.Case, reply Reply) (Outcome, error) {
	out := Outcome{Reply: reply, Version: c.Version, Wake: c.WakeAt}
	if c.DueAt.Before(models.FarFuture) {
		out.Due = &c.DueAt
	}
	var rows []models.Outbox
	if err := tx.Where("case_id = ? AND done_at IS NULL", c.ID).Order("id").Find(&rows).Error; err != nil {
		return out, err
	}
	for _, r := range rows {
		t, err := take(tx, r.TargetID)
		if err != nil {
			return out, err
		}
		out.Out = append(out.Out, Outgoing{ID: r.ID, Kind: r.Kind, TargetID: t.ID, Event: r.Event, Procedure: t.Procedure, Version: t.Version})
	}
	return out, nil
}
