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

// side records an act that does not move a case: under the lock, in the chain,
// once per key.
func (e *Engine) side(ctx context.Context, caseID, kind, event, key string, actor Actor, form map[string]any, do func(k *act) error) (Reply, error) {
	var reply Reply
	err := e.Store.Tx(ctx, func(tx *gorm.DB) (err error) {
		reply, err = e.sideIn(tx, caseID, kind, event, key, actor, form, do)
		return err
	})
	return reply, err
}

// sideIn is side in a transaction that goes on.
func (e *Engine) sideIn(tx *gorm.DB, caseID, kind, event, key string, actor Actor, form map[string]any, do func(k *act) error) (Reply, error) {
	c, err := take(models.Locked(tx), caseID)
	if err != nil {
		return Reply{}, err
	}
	reply, before, err := recorded(tx, c.ID, key)
	if err != nil {
		return Reply{}, err
	}
	if before != nil {
		return reply, again(before, kind, event, actor, form)
	}
	d, err := definition(c)
	if err != nil {
		return Reply{}, err
	}
	snapshot, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return Reply{}, err
	}
	k := &act{e: e, tx: tx, c: c, d: d, actor: actor, now: e.Clock.Now(), policy: snapshot}
	if err := do(k); err != nil {
		return Reply{}, err
	}
	reply = Reply{CaseID: c.ID, Event: event, Seq: c.Seq + 1, Step: c.Step, From: c.State, State: c.State, At: k.now, Closed: c.ClosedAt != nil}
	ev := k.record(kind, event, c.State, c.State, key)
	if ev.Reply, err = json.Marshal(reply); err != nil {
		return Reply{}, err
	}
	if err := e.append(tx, c, ev, form); err != nil {
		return Reply{}, err
	}
	c.UpdatedAt = k.now
	return reply, models.SaveCase(tx, c)
}

// again refuses a key that was used for another act: its reply would be taken for
// an answer to this one.
func again(before *models.CaseEvent, kind, event string, actor Actor, form map[string]any) error {
	payload, err := payloadOf(form)
	if err != nil {
		return err
	}
	if before.Kind != kind || before.Event != event || before.ActorID != actor.UserID || before.PayloadHash != PayloadHash(before.Salt, payload) {
		return keyReused()
	}
	return nil
}

// Endorse signs under an event that somebody else is about to fire.
func (e *Engine) Endorse(ctx context.Context, caseID, event, key string, expectedSeq int, actors []Actor) (Reply, error) {
	if len(actors) == 0 {
		return Reply{}, procedure.Refuse(procedure.Forbidden, "role_not_allowed", "您的岗位不能会签")
	}
	who := actors[0]
	return e.side(ctx, caseID, "endorse", event, key, who, nil, func(k *act) error {
		if err := current(k.c, expectedSeq); err != nil {
			return err
		}
		ev, ok := k.d.EventFrom(event, k.c.State)
		if !ok {
			return notInState(k.d, event, k.c.State)
		}
		k.ev = ev
		i := slices.IndexFunc(actors, func(a Actor) bool {
			return slices.ContainsFunc(ev.Signers, func(s procedure.Signer) bool { return slices.Contains(s.Roles, a.Role) })
		})
		if i < 0 {
			return procedure.Refuse(procedure.Forbidden, "not_a_signer", fmt.Sprintf("“%s”不需要您会签", ev.Title))
		}
		k.actor = actors[i]
		if f := k.mayNotSign(k.actor); f != nil {
			return procedure.Refuse(procedure.Forbidden, f.Code, f.Message)
		}
		sig := models.Endorsement{ID: models.NewID(), CaseID: k.c.ID, Step: k.c.Step, Event: event, UserID: k.actor.UserID, ForID: k.actor.ForID, Role: k.actor.Role, CreatedAt: k.now}
		var err error
		if sig.UserName, sig.ForName, err = k.names(k.actor); err != nil {
			return err
		}
		if err := k.signedBefore(); err != nil {
			return err
		}
		if err := k.checkTurn(); err != nil {
			return err
		}
		sig.Dept = k.actor.Dept
		err = k.tx.Create(&sig).Error
		if models.Duplicate(err) {
			return procedure.Refuse(procedure.Conflict, "already_signed", "您已会签")
		}
		if err != nil {
			return err
		}
		return k.passTurn()
	})
}

// AssignTask gives a task to a person ("" gives it back to the office). kind is
// claim, release or reassign. Whoever holds the task must hold its role.
func (e *Engine) AssignTask(ctx context.Context, taskID, kind, key, to string, actor Actor) (Reply, error) {
	var t models.Task
	err := e.Store.DB.WithContext(ctx).Where("id = ?", taskID).Take(&t).Error
	if models.Missing(err) {
		return Reply{}, procedure.Refuse(procedure.NotFound, "task_not_found", "没有这项待办")
	}
	if err != nil {
		return Reply{}, err
	}
	return e.side(ctx, t.CaseID, kind, kind, key, actor, map[string]any{"task": taskID, "to": to}, func(k *act) error {
		if err := k.tx.Where("id = ?", taskID).Take(&t).Error; err != nil {
			return err
		}
		if t.ClosedAt != nil {
			return procedure.Refuse(procedure.Conflict, "task_closed", "该待办已办结")
		}
		if kind == "claim" && t.AssigneeID != "" && t.AssigneeID != to {
			return procedure.Refuse(procedure.Conflict, "task_claimed", "该待办已由他人认领")
		}
		if to != "" {
			if err := k.mayHold(t, to); err != nil {
				return err
			}
		}
		if k.c.Procedure == "household_form" && t.Role == procedure.Surveyor { // his for good, not for this step
			if err := giveForm(k.tx, k.c, to); err != nil {
				return err
			}
		}
		return k.tx.Model(&t).Update("assignee_id", to).Error
	})
}

func (k *act) mayHold(t models.Task, user string) error {
	if t.Role == procedure.Handler {
		return nil // an objection may be handed to anybody the handler trusts with it; guards check the rest
	}
	holders, err := k.e.Holders(k.tx, k.c, t.Role)
	if err != nil {
		return err
	}
	if !slices.Contains(holders, user) {
		return procedure.Refuse(procedure.Invalid, "not_a_holder", "该人员不在承办岗位上", procedure.FieldFault{Field: "user_id", Code: "not_a_holder", Message: "该人员不在承办岗位上"})
	}
	return nil
}

// Attach records a file with a case. Its bytes are stored already.
func (e *Engine) Attach(ctx context.Context, a models.Attachment, key string, actor Actor) (Reply, error) {
	a.UploadedBy = actor.UserID
	form := map[string]any{"attachment": a.ID, "kind": a.Kind, "sha256": a.SHA256}
	facts, err := a.FactsHash(e.Store.Vault)
	if err != nil {
		return Reply{}, err
	}
	if facts != "" {
		form["facts"] = facts
	}
	if a.Look != 0 {
		form["look"] = fmt.Sprintf("%016x", a.Look)
	}
	if a.Device != "" && !a.SignedAt.IsZero() {
		form["device"], form["signed_at"] = a.Device, a.SignedAt.UTC().Format(time.RFC3339Nano)
	}
	return e.side(ctx, a.CaseID, "attach", "attach", key, actor, form, func(k *act) error {
		a.CreatedAt = k.now
		return k.tx.Create(&a).Error
	})
}

// UseCalendar puts a newly published calendar into force and recomputes every
// provisional date (section 6; a case keeps its policy, not its guesses). It
// returns the cases whose dates have moved, whose workflows must look again. Which
// holidays have changed is put on record.
func (e *Engine) UseCalendar(ctx context.Context, cal *policy.Calendar) ([]string, error) {
	e.calendar.Store(cal)
	if err := e.Store.Tx(ctx, e.recordCalendar); err != nil {
		return nil, err
	}
	return e.RearmProvisional(ctx)
}

// RearmProvisional recomputes every provisional date by the calendar in use, and returns the cases whose dates have moved.
func (e *Engine) RearmProvisional(ctx context.Context) ([]string, error) {
	var ids []string
	err := e.Store.DB.WithContext(ctx).Model(&models.ClockRow{}).Where("provisional AND stopped_at IS NULL").Distinct().Order("case_id").Pluck("case_id", &ids).Error
	if err != nil {
		return nil, err
	}
	var moved []string
	for _, id := range ids {
		err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
			c, err := take(models.Locked(tx), id)
			if err != nil {
				return err
			}
			changed, err := e.rearm(tx, c)
			if err != nil {
				return err
			}
			if changed {
				moved = append(moved, id)
			}
			if err := retask(tx, c); err != nil {
				return err
			}
			return models.SaveCase(tx, c)
		})
		if err != nil {
			return moved, err
		}
	}
	return moved, nil
}
